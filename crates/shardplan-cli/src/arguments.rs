//! The command line: what a person may say, and what each word means. Knows no catalog and no plan.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// What `--url` means, in every command that has it.
pub(crate) const URL: &str = "A live PostgreSQL server, 11 or later, as psql is told of it: a URL, `host=… dbname=…` or `service=…`. What is left \
    out comes from where psql takes it (`PGSERVICE`, `PGHOST`, `PGPASSWORD`, `.pgpass` …); `postgres://` leaves out everything";

const ALL_CODES: &str = "\
Exit codes:
  0  nothing to say, or what was asked for is done
  1  there are warnings, or something is left to do
  2  something stands in the way
  3  wrong arguments or input
  4  a file or a server cannot be read, or the output not be written
The help of each command says what they mean there.";

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing to say
  1  the plan has warnings
  2  the plan has a blocker: there are no scripts
  3  wrong arguments or input
  4  a file or a server cannot be read, or the output not be written";

const APPLY_CODES: &str = "\
Exit codes:
  0  what was asked for is done
  2  a gate is closed, or the server has refused a statement; nothing is lost
  3  wrong arguments or input, another schema than the plan's, another plan or another `apply` at work
  4  a file or a server cannot be read";

const STATUS_CODES: &str = "\
Exit codes:
  0  the plan is carried out, and nothing has changed besides
  1  it is not carried out yet
  2  the schema has changed since the plan was made
  3  wrong arguments or input, or the state of another plan
  4  a file or a server cannot be read";

const SNAPSHOT_CODES: &str = "\
Exit codes:
  0  the catalog is printed
  3  wrong arguments
  4  the server cannot be read, or the output not be written";

const EXPLAIN_CODES: &str = "\
Exit codes:
  0  the rule, or the list of all, is printed
  3  there is no such rule";

const QUERIES_CODES: &str = "\
Exit codes:
  0  nothing to change
  1  statements must be changed, are unknown, or fail while the plan runs
  2  Citus refuses statements
  3  wrong arguments or input
  4  a file or a server cannot be read";

/// Plans the move of a PostgreSQL schema to a distributed Citus cluster.
#[derive(Debug, Parser)]
#[command(name = "shardplan", version, after_help = ALL_CODES, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Says nothing on standard error but errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Says on standard error what it reads and writes.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Plans the move of a schema: a folder of scripts with a runbook, or a summary.
    #[command(after_help = EXIT_CODES)]
    Plan(Box<PlanArguments>),
    /// Carries a plan out, phase by phase, from where it stands; can be stopped at any time and run again.
    #[command(after_help = APPLY_CODES)]
    Apply(ApplyArguments),
    /// Says how far a plan has come in a database, and what has changed there since it was made.
    #[command(after_help = STATUS_CODES)]
    Status(StatusArguments),
    /// Says what the plan means for the application's statements: which one shard answers, which must be changed, which fail.
    #[command(after_help = QUERIES_CODES)]
    Queries(QueriesArguments),
    /// Prints what an analysis needs of a live database, so that the plan can be made elsewhere: no row of any table.
    #[command(after_help = SNAPSHOT_CODES)]
    Snapshot(SnapshotArguments),
    /// Ranks what could be the distribution key of a schema, with the evidence for each.
    #[command(after_help = crate::suggest::EXIT_CODES)]
    Suggest(crate::suggest::SuggestArguments),
    /// Says how evenly the rows will lie on shards and nodes, and which tenants are too large.
    #[command(after_help = crate::skew::EXIT_CODES)]
    Skew(crate::skew::SkewArguments),
    /// Explains a rule that a finding comes from; without a rule, lists them all.
    #[command(after_help = EXPLAIN_CODES)]
    Explain {
        /// The id of the rule, as in `several-key-columns`.
        rule: Option<String>,
    },
    /// Prints the JSON Schema of `plan.json`.
    Schema,
    /// Prints what makes a shell complete the command line.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the manual page, for `man -l -`.
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// The distribution key, with SQL's quoting: `stores.store_id`.
    #[arg(long, value_name = "TABLE.COLUMN")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) source: Source,
    /// Overrides, limits and expected sizes, as TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// Accepts the findings of a rule, about one table or all: they are kept with the reason, and no longer counted.
    #[arg(long, value_name = "RULE[:TABLE]", requires = "reason")]
    pub(crate) accept: Vec<String>,
    /// Why; one for all that is accepted, or one for each in the same order.
    #[arg(long, value_name = "WHY", requires = "accept")]
    pub(crate) reason: Vec<String>,
    /// How all tables are distributed; without it and without one in the rules, the best one within the limits.
    #[arg(long, value_name = "NAME")]
    pub(crate) strategy: Option<String>,
    /// For how long a write may have to wait.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_write_block: Option<String>,
    /// For how long a foreign key may be unenforced.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_unenforced: Option<String>,
    /// How much the cluster copies in a second, with indexes.
    #[arg(long, value_name = "BYTES")]
    pub(crate) copy_rate: Option<String>,
    /// SQL files with the application's statements: the report says what becomes of them, as `shardplan queries` does.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "output")]
    pub(crate) statements: Vec<PathBuf>,
    /// Logs of the server, in csv or json format, for the same.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "output")]
    pub(crate) log: Vec<PathBuf>,
    /// The folder for the runbook, the scripts, their undo, `plan.json` and `catalog.json`: a new or an empty one.
    #[arg(short, long, value_name = "DIR", conflicts_with = "format")]
    pub(crate) output: Option<PathBuf>,
    /// Prints a summary of the plan, or the whole of it as JSON, instead of writing a folder.
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<Format>,
}

/// Where the schema comes from.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").required(true).args(["url", "ddl", "catalog"]))]
pub(crate) struct Source {
    #[arg(long, value_name = "URL", help = URL)]
    pub(crate) url: Option<String>,
    /// SQL files, read one after the other; `/dev/stdin` for a pipe.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) ddl: Vec<PathBuf>,
    /// What `shardplan snapshot` has written.
    #[arg(long, value_name = "FILE")]
    pub(crate) catalog: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// The folder that `shardplan plan -o` has written.
    #[arg(value_name = "DIR")]
    pub(crate) plan: PathBuf,
    #[arg(long, value_name = "URL", help = URL)]
    pub(crate) url: String,
    /// Stops after this phase: its word (`keys`), its number (`40`) or its script.
    #[arg(long, value_name = "PHASE")]
    pub(crate) until: Option<String>,
    /// Prints the phases and steps, and runs nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Asks nothing.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// The folder that `shardplan plan -o` has written.
    #[arg(value_name = "DIR")]
    pub(crate) plan: PathBuf,
    #[arg(long, value_name = "URL", help = URL)]
    pub(crate) url: String,
    /// The form of what is said.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: crate::status::StatusFormat,
}

#[derive(Debug, Args)]
pub(crate) struct QueriesArguments {
    /// The distribution key, with SQL's quoting: `stores.store_id`.
    #[arg(long, value_name = "TABLE.COLUMN")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) source: Source,
    /// SQL files with the application's statements. Without these and without a log, `--url` reads `pg_stat_statements`.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) statements: Vec<PathBuf>,
    /// Logs of the server, in csv or json format.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) log: Vec<PathBuf>,
    /// Overrides, limits and expected sizes, as TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// How all tables are distributed; without it and without one in the rules, the best one within the limits.
    #[arg(long, value_name = "NAME")]
    pub(crate) strategy: Option<String>,
    /// The form of what is printed.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotArguments {
    #[arg(long, value_name = "URL", help = URL)]
    pub(crate) url: String,
    /// Keeps the most common values of the columns, which are the users' data: they say how even the shards will be.
    #[arg(long)]
    pub(crate) common_values: bool,
    /// Leaves out comments and the bodies of functions; the labels of enums, and what stands in quotes in defaults, checks, generated
    /// expressions and views, become `redacted`. What a plan would say of the bodies is not found then. Names and numbers stay, and so do
    /// the literals that scripts are written with: in indexes, exclusion constraints, partition bounds, triggers, rules and policies.
    #[arg(long)]
    pub(crate) redact: bool,
}

/// The form of a summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal.
    #[default]
    Text,
    /// The whole plan.
    Json,
    /// For a wiki or a pull request.
    Markdown,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use clap::CommandFactory;

    use super::Arguments;

    /// A line for each argument of each command: the command, the argument as it is written, and the test that uses it. A new argument
    /// needs a test and a line.
    const TESTS: &str = include_str!("../tests/command/arguments.txt");

    /// `plan --key`, `explain RULE`.
    fn arguments() -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        let mut root = Arguments::command();
        root.build();
        let named = |command: &clap::Command| -> Vec<String> {
            let shown = |one: &clap::Arg| {
                one.get_long().map_or(one.get_id().to_string().to_uppercase(), |long| format!("--{long}"))
            };
            let own = command.get_arguments().filter(|one| !one.is_global_set());
            own.map(|one| format!("{} {}", command.get_name(), shown(one))).collect()
        };
        all.extend(root.get_arguments().filter_map(|one| Some(format!("shardplan --{}", one.get_long()?))));
        let commands = root.get_subcommands().filter(|command| command.get_name() != "help");
        commands.for_each(|command| all.extend(named(command)));
        all.retain(|one| !one.ends_with(" --help") || one.starts_with("shardplan "));
        all
    }

    #[test]
    fn every_argument_has_its_test() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command");
        let sources = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let sources: String = sources.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
        let mut listed = BTreeSet::new();
        for line in TESTS.lines() {
            let [command, argument, test] = line.split_whitespace().collect::<Vec<_>>()[..] else {
                panic!("a command, an argument and a test: {line}")
            };
            assert!(sources.contains(&format!("fn {test}()")), "no test `{test}`");
            listed.insert(format!("{command} {argument}"));
        }
        assert_eq!(listed, arguments());
    }
}
