//! What `shardplan plan` does, in a hundred lines over the library: any schema comes in, a folder of scripts or a text goes out.

mod support;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use shardplan::{Catalog, Comparison, DistributionKey, Plan, Rules, SchemaGraph};
use shardplan_sql::Script;
use support::{Arguments, Failure, strategies};

const USAGE: &str = "\
usage: cargo run --example plan -- --key TABLE.COLUMN SOURCE [OPTION…] [-o DIR | --json]

Reads a schema from one SOURCE and plans its move to a Citus cluster:
  --ddl FILE…               SQL files, read one after the other (/dev/stdin for a pipe)
  --database-url URL        a live PostgreSQL server, 11 or later
  --catalog FILE.json       a catalog.json of an earlier run

  --key TABLE.COLUMN        the distribution key, with SQL's quoting
  --rules FILE.toml         overrides and expected sizes
  -o DIR                    writes README.md, the scripts, undo/, plan.json and catalog.json to a new folder
  --json                    prints the plan as JSON; without -o and --json the scripts are printed
";
const EXIT_CODES: &str = "
Exit codes: 0 the plan is made; 2 it has a blocker; 3 wrong arguments or input;
4 a file or server cannot be read, or the output not be written.
";
const OPTIONS: [&str; 7] = ["--key", "--ddl", "--database-url", "--catalog", "--rules", "-o", "--json"];

fn main() -> ExitCode {
    let options = [&OPTIONS[..], &strategies::OPTIONS].concat();
    support::main(&[USAGE, strategies::USAGE, EXIT_CODES].concat(), &options, run)
}

fn run(mut arguments: Arguments) -> Result<Plan, Failure> {
    let key: DistributionKey = match arguments.value("--key")? {
        Some(key) => key.parse()?,
        None => return Err(Failure::usage("`--key` is missing")),
    };
    let (folder, json) = (arguments.value("-o")?, arguments.flag("--json")?);
    if json && folder.is_some() {
        return Err(Failure::usage("choose one of `-o` and `--json`"));
    }
    let rules = rules(Rules::new(key), arguments.value("--rules")?)?;
    let rules = strategies::rules(rules, &mut arguments)?;
    let graph = SchemaGraph::new(catalog(&mut arguments)?)?;
    let plan = Comparison::new(&graph, &rules)?.into_plan();
    match folder {
        Some(folder) => write_folder(Path::new(&folder), &plan, graph.catalog())?,
        None if json => support::print(&plan.to_json())?,
        None => support::print(&support::stream(&shardplan_sql::render(&plan)))?,
    }
    Ok(plan)
}

fn rules(rules: Rules, path: Option<String>) -> Result<Rules, Failure> {
    match path {
        Some(path) => {
            rules.with_overrides(&support::read_file(&path)?).map_err(|error| Failure::from(error).in_file(&path))
        }
        None => Ok(rules),
    }
}

/// The catalog of the one source that was named.
fn catalog(arguments: &mut Arguments) -> Result<Catalog, Failure> {
    let sources = (arguments.values("--ddl")?, arguments.value("--database-url")?, arguments.value("--catalog")?);
    match sources {
        (files, None, None) if !files.is_empty() => read_ddl(&files),
        (files, Some(url), None) if files.is_empty() => support::read_database(&url),
        (files, None, Some(path)) if files.is_empty() => {
            Catalog::from_json(&support::read_file(&path)?).map_err(|error| Failure::from(error).in_file(&path))
        }
        _ => Err(Failure::usage("name one source: `--ddl`, `--database-url` or `--catalog`")),
    }
}

/// The files as one text, because a later one may alter what an earlier one creates.
fn read_ddl(files: &[String]) -> Result<Catalog, Failure> {
    let mut sql = String::new();
    let mut lines_before = Vec::new();
    for file in files {
        lines_before.push(sql.matches('\n').count() as u64);
        sql.push_str(&support::read_file(file)?);
        sql.push('\n');
    }
    Ok(support::read_ddl(&sql, |line| {
        let at = lines_before.partition_point(|before| *before < line) - 1;
        format!("{}:{}", files[at], line - lines_before[at])
    }))
}

/// Writes the plan to a folder that is new or empty: a script of another plan beside these could be run by mistake.
fn write_folder(folder: &Path, plan: &Plan, catalog: &Catalog) -> Result<(), Failure> {
    let cannot_write = |path: &Path, error| Failure::unreadable(&format!("cannot write `{}`", path.display()), &error);
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))?;
    if fs::read_dir(folder).map_err(|error| cannot_write(folder, error))?.next().is_some() {
        return Err(Failure::wrong(format!("`{}` is not empty; name a new folder, or empty it", folder.display())));
    }
    let mut scripts = shardplan_sql::render(plan);
    scripts.push(Script { path: "plan.json".to_owned(), text: plan.to_json() });
    scripts.push(Script { path: "catalog.json".to_owned(), text: catalog.to_json() });
    for Script { path, text } in scripts {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).and_then(|()| fs::write(&path, text)).map_err(|error| cannot_write(&path, error))?;
    }
    Ok(())
}
