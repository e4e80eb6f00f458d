//! `shardplan suggest`: a schema comes in, what could be its distribution key, side by side, goes out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use shardplan::SchemaGraph;
use shardplan_report::words::counted;
use shardplan_workload::{Outcome, Standing, Suggestion, Suggestions};

use crate::arguments::Source;
use crate::failure::Failure;
use crate::output::Output;
use crate::sheet::{Sheet, percent, rows};
use crate::{source, statements};

pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  there is a candidate that most of the schema is about
  1  the schema seems to have no tenant
  3  wrong arguments or input
  4  a file or a server cannot be read";

#[derive(Debug, Args)]
pub(crate) struct SuggestArguments {
    #[command(flatten)]
    source: Source,
    /// Files of the application's SQL, which is evidence too. Without them and without a log, `--url` reads what
    /// `pg_stat_statements` has counted.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    statements: Vec<PathBuf>,
    /// Logs of the server, in csv or json format, or copies of `pg_stat_statements` with its `query` and `calls`.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    log: Vec<PathBuf>,
    /// The form of the answer.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: SuggestFormat,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum SuggestFormat {
    /// For a terminal.
    #[default]
    Text,
    /// All of it, for other programs.
    Json,
    /// For a wiki or a pull request.
    Markdown,
}

/// Answers, with the exit code.
pub(crate) fn run(arguments: &SuggestArguments, output: Output) -> Result<u8, Failure> {
    let graph = SchemaGraph::new(source::catalog(&arguments.source, output)?)?;
    let url = arguments.source.url.as_deref();
    let workload = statements::read(&arguments.statements, &arguments.log, url, output)?;
    let suggestions = if workload.statements.is_empty() {
        Suggestions::new(&graph)
    } else {
        Suggestions::with_statements(&graph, &workload.statements)
    };
    Output::product(&match arguments.format {
        SuggestFormat::Text => sheet(&suggestions, Sheet::text()),
        SuggestFormat::Markdown => sheet(&suggestions, Sheet::markdown()),
        SuggestFormat::Json => suggestions.to_json(),
    })?;
    Ok(u8::from(suggestions.none.is_some()))
}

fn sheet(suggestions: &Suggestions, mut sheet: Sheet) -> String {
    match (&suggestions.none, suggestions.candidates.first()) {
        (None, Some(best)) => {
            sheet.title(format_args!("Suggested key of {}: {}", counted(suggestions.tables as u64, "table"), best.key))
        }
        _ => {
            sheet.title(format_args!("This schema of {} has no tenant", counted(suggestions.tables as u64, "table")));
        }
    }
    if let Some(why) = &suggestions.none {
        sheet.line(format_args!("Why: {why}."));
    }
    if let Some(schemas) = &suggestions.schemas {
        sheet.line(format_args!(
            "{} schemas hold the same {} tables, {} and {} among them: if each belongs to a tenant, Citus 12.0 and later can \
             distribute by schema, without a key.",
            schemas.schemas.len(),
            schemas.tables,
            schemas.schemas[0],
            schemas.schemas[1],
        ));
    }
    if let Some(read) = &suggestions.statements {
        sheet.line(format_args!(
            "Statements: {} on tables of the schema, {} on none, {} that could not be read.",
            read.counted, read.without_tables, read.unread
        ));
    }
    if !suggestions.candidates.is_empty() {
        sheet.part("Candidates, the best first");
        side_by_side(&mut sheet, &suggestions.candidates);
    }
    for candidate in &suggestions.candidates {
        if let Some(why) = &candidate.refused {
            sheet.line(format_args!("{} cannot be planned: {why}.", candidate.key));
        }
    }
    sheet.finished()
}

/// A line for each kind of evidence that one of the candidates has.
type Line = (&'static str, fn(&Suggestion) -> String);

const LINES: &[Line] = &[
    ("called elsewhere", |one| one.column.to_string()),
    ("its tenants are listed", |one| standing(one.standing).to_owned()),
    ("score", |one| format!("{:.2}", one.score)),
    ("near to it, by foreign keys", |one| percent(one.near_tables)),
    ("near to it, by bytes", |one| one.near_bytes.map(percent).unwrap_or_default()),
    ("on one shard, by calls", |one| one.single_shard.map_or_else(String::new, |share| percent(share.by_calls))),
    ("on one shard, by time", |one| one.single_shard.and_then(|share| share.by_time).map(percent).unwrap_or_default()),
    ("tables that hold it", |one| one.holding().to_string()),
    ("tables that reach it", |one| (one.reaching() - one.holding()).to_string()),
    ("… over 1, 2, … foreign keys", |one| {
        one.tables_by_hops.iter().skip(1).map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }),
    ("of both, NULL is possible in", |one| one.doubtful.to_string()),
    ("tables with keys that begin with it", |one| one.leading.to_string()),
    ("planned: ready", |one| planned(one, |outcome| outcome.ready.to_string())),
    ("planned: needs backfill", |one| planned(one, |outcome| outcome.backfilled.to_string())),
    ("planned: reference", |one| planned(one, |outcome| outcome.reference.to_string())),
    ("planned: local", |one| planned(one, |outcome| outcome.local.to_string())),
    ("uniqueness lost, in keys", |one| planned(one, |outcome| outcome.uniqueness_lost.to_string())),
    ("blockers, to be decided", |one| planned(one, |outcome| outcome.blockers.to_string())),
    ("tenants", |one| planned(one, |outcome| outcome.tenants.map_or_else(String::new, |count| rows(count as f64)))),
    ("largest tenant", |one| planned(one, |outcome| outcome.largest_tenant.map(percent).unwrap_or_default())),
    ("fullest of 32 shards, in averages", |one| {
        planned(one, |outcome| outcome.hottest_shard.map_or_else(String::new, |times| format!("{times:.2}")))
    }),
];

fn side_by_side(sheet: &mut Sheet, candidates: &[Suggestion]) {
    let mut titles = vec![String::new()];
    titles.extend(candidates.iter().map(|one| one.key.to_string()));
    let lines = LINES.iter().map(|(title, cell)| {
        let mut line = vec![(*title).to_owned()];
        line.extend(candidates.iter().map(cell));
        line
    });
    let told: Vec<Vec<String>> = lines.filter(|line| line[1..].iter().any(|cell| !cell.is_empty())).collect();
    sheet.table(&titles, &told);
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Referenced => "there",
        Standing::Named => "there, by name",
        _ => "nowhere",
    }
}

fn planned(suggestion: &Suggestion, cell: impl Fn(&Outcome) -> String) -> String {
    suggestion.outcome.as_ref().map(cell).unwrap_or_default()
}
