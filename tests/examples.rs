//! The examples as a person runs them: arguments in; exit code, standard output and the exact messages out.

#[path = "../examples/support/documented.rs"]
mod documented;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use shardplan::{Catalog, Classification, Estimate, Plan, Rules, SchemaGraph, Simulation, Strategy};
use shardplan_testkit::shared;

/// An example, which `cargo test` builds along with the tests, next to their folder.
fn example(name: &str) -> Command {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(is_fresh(&program), "{} is missing or out of date: run `cargo build --examples`", program.display());
    let mut command = Command::new(program);
    command.env_remove("PGPASSWORD");
    command
}

/// Whether a program is newer than its sources, which cargo lists beside it: with `cargo test --test examples` alone nobody
/// builds it again.
fn is_fresh(program: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let Ok(list) = fs::read_to_string(program.with_extension("d")) else { return false };
    let sources = list.split_once(": ").map_or("", |(_, sources)| sources).replace("\\ ", "\0");
    let built = modified(program);
    built.is_some() && sources.split_whitespace().all(|source| modified(Path::new(&source.replace('\0', " "))) <= built)
}

fn run(name: &str, arguments: &[&str]) -> Output {
    example(name).args(arguments).output().unwrap()
}

fn catalog() -> Catalog {
    Catalog::from_ddl(&fs::read_to_string(fixture("tailspin/schema.sql")).unwrap()).catalog
}

/// The plan of the main example.
fn tailspin(strategy: Strategy) -> Plan {
    let graph = SchemaGraph::new(catalog()).unwrap();
    let rules = Rules { strategy: Some(strategy), ..Rules::new("stores.store_id".parse().unwrap()) };
    Plan::new(&Classification::new(&graph, &rules).unwrap())
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

/// Exit code and messages, without what changes from run to run.
fn said(output: &Output, replaced: &[(&str, &str)]) -> String {
    let mut text = format!("exit code {}\n{}", output.status.code().unwrap(), str::from_utf8(&output.stderr).unwrap());
    for (from, to) in replaced {
        text = text.replace(from, to);
    }
    text
}

macro_rules! assert_said {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($name, $text) })
    };
}

fn fixture(path: &str) -> String {
    format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_worked_examples_need_no_server() {
    let tailspin = run("tailspin", &[]);
    assert_said!("tailspin", said(&tailspin, &[]));
    assert!(stdout(&tailspin).contains("\n-- ===== 10_add_columns.sql =====\nRESET ALL;\n-- shardplan"));
    assert!(stdout(&tailspin).contains("create_distributed_table('shardplan_new_public.line_items', 'store_id'"));
    let importers = run("wide_world_importers", &[]);
    assert_said!("wide_world_importers", said(&importers, &[]));
    assert!(stdout(&importers).contains("create_reference_table('shardplan_new_public.device_types')"));
    assert_eq!(run("tailspin", &[]).stdout, tailspin.stdout, "same input, same bytes");
}

#[test]
fn the_embedded_planner_prints_the_names_of_its_scripts() {
    let output = run("embed", &[]);
    assert!(output.status.success());
    assert!(stdout(&output).contains("\n80_verify.sql: "));
}

#[test]
fn what_is_printed_is_input_for_psql() {
    let database = shared().fresh_database();
    database.load(Path::new(&fixture("tailspin/schema.sql"))).unwrap();
    database.load(Path::new(&fixture("tailspin/data.sql"))).unwrap();
    let refused = database.psql(stdout(&run("tailspin", &["--strategy", "combined"]))).unwrap_err().to_string();
    assert!(
        refused.contains("the extension citus is not installed"),
        "only the first script that needs a cluster may fail: {refused}"
    );
    let catalog = Catalog::from_database(&mut shardplan::connect(&database.url()).unwrap()).unwrap();
    let line_items = catalog.tables.iter().find(|table| table.name.name == "line_items").unwrap();
    let key = line_items.primary_key.as_ref().unwrap();
    assert_eq!(key.columns, ["store_id", "line_item_id"]);
}

#[test]
fn no_name_leaves_the_runbook_that_is_printed_as_comments() {
    let database = shared().fresh_database();
    database.load(Path::new(&fixture("tailspin/schema.sql"))).unwrap();
    let breaks = "CREATE TABLE \"a\r\\! b\n\\! c\" (id bigint PRIMARY KEY, store_id bigint REFERENCES stores);";
    database.connect().unwrap().batch_execute(breaks).unwrap();
    let output = run("tailspin", &["--database-url", &database.url()]);
    assert_eq!(output.status.code(), Some(0));
    let runbook = stdout(&output).split("\n-- ===== 00_preflight.sql =====\n").next().unwrap();
    assert!(runbook.lines().count() > 20);
    assert!(runbook.split(['\n', '\r']).all(|line| line.is_empty() || line.starts_with("--")), "{runbook}");
}

#[test]
fn a_live_database_gives_the_same_plan_as_its_schema_text() {
    let database = shared().fresh_database();
    database.load(Path::new(&fixture("tailspin/schema.sql"))).unwrap();
    let live = run("tailspin", &["--database-url", &database.url()]);
    assert_said!("tailspin_live", said(&live, &[]));
    assert!(stdout(&live) == stdout(&run("tailspin", &[])));
}

#[test]
fn wrong_arguments() {
    let no_server = "postgres://me:secret@127.0.0.1:1/db";
    let cases: [&[&str]; 5] = [
        &["nonsense"],
        &["--database-url"],
        &["--strategy", "magic"],
        &["--max-write-block", "soon"],
        &["--database-url", no_server],
    ];
    let text: Vec<String> = cases
        .iter()
        .map(|arguments| format!("{}\n{}", arguments.join(" "), said(&run("tailspin", arguments), &[])))
        .collect();
    assert_said!("wrong_arguments", text.join("\n").replace("secret", "******"));
}

#[test]
fn help_is_no_error() {
    let output = run("tailspin", &["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).starts_with("usage: cargo run --example tailspin"));
}

#[test]
fn each_strategy_can_be_chosen() {
    let printed = |output: Output| {
        assert_eq!(output.status.code(), Some(0));
        stdout(&output).to_owned()
    };
    for example in ["tailspin", "wide_world_importers"] {
        let combined = printed(run(example, &["--strategy", "combined"]));
        assert!(!combined.contains("CALL pg_temp.lock_with_patience("));
        let atomic = printed(run(example, &["--strategy", "atomic"]));
        assert!(atomic.contains("CALL pg_temp.lock_with_patience("), "{example}");
        assert!(!atomic.contains("create_distributed_table_concurrently("), "{example}");
        assert!(printed(run(example, &["--strategy", "online"])).contains("create_distributed_table_concurrently("));
    }
}

/// The strategy that the runbook of an example names, and how its table of all says that each stands to the limits.
fn chosen(arguments: &[&str]) -> (String, Vec<String>) {
    let output = run("tailspin", arguments);
    let text = stdout(&output);
    let (_, chosen) = text.split_once("of which this plan follows `").unwrap();
    let (table, _) = text.strip_prefix("-- ===== strategies =====\n").unwrap().split_once("\n\n").unwrap();
    let limits = table.lines().skip(1).map(|line| line.rsplit("  ").next().unwrap().trim().to_owned());
    (chosen.split('`').next().unwrap().to_owned(), limits.collect())
}

#[test]
fn without_a_name_the_limits_choose() {
    let zero: Estimate<Duration> = Estimate::About(Duration::ZERO);
    let (strategy, limits) = chosen(&[]);
    assert_eq!(tailspin(strategy.parse().unwrap()).cost.unwrap().figures.unenforced, zero);
    assert_eq!(limits.len(), Strategy::ALL.len() + 1, "all, and the documented way");
    assert!(limits.iter().rev().skip(1).all(|said| said == "within"));

    let (strategy, limits) = chosen(&["--max-write-block", "5"]);
    assert_ne!(strategy, "atomic");
    assert!(limits.contains(&"beyond".to_owned()) && limits.contains(&"within".to_owned()));
    // A hundred times as fast, one transaction is within the same limit.
    let (_, limits) = chosen(&["--max-write-block", "5", "--copy-rate", "3200000000"]);
    assert!(!limits.contains(&"beyond".to_owned()));
}

#[test]
fn the_readme_shows_the_numbers_that_are_printed() {
    let output = run("tailspin", &["--max-write-block", "5"]);
    let (table, _) = stdout(&output).split_once("\n\n").unwrap();
    let (_, rows) = table.split_once('\n').unwrap();
    assert!(include_str!("../README.md").contains(rows), "README.md shows other numbers than these:\n{rows}");
}

#[test]
fn where_no_strategy_is_within_the_limits_there_are_no_scripts() {
    let output = run("tailspin", &["--max-write-block", "0.001", "--max-unenforced", "0.001"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        str::from_utf8(&output.stderr)
            .unwrap()
            .contains("blocker: no-strategy-fits: no strategy is within the limits: ")
    );
    assert!(!stdout(&output).contains("10_add_columns.sql"));
    let named = run("tailspin", &["--max-write-block", "0.001", "--strategy", "online"]);
    assert_eq!(named.status.code(), Some(0));
    assert!(stdout(&named).contains("-- ### write-block-limit (1)"));
}

#[test]
fn the_documented_way_is_printed_and_would_be_accepted() {
    let output = run("tailspin", &["--strategy", "documented"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    assert!(text.starts_with("-- ===== strategies =====\n") && text.contains("\n-- documented "));
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is not printed"));
    let calls = [
        "create_distributed_table('public.stores'",
        "create_distributed_table('public.products'",
        "create_distributed_table_concurrently('public.orders'",
        "create_distributed_table_concurrently('public.line_items'",
        "truncate_local_data_after_distributing_table('public.stores')",
    ];
    assert!(calls.map(at).is_sorted());

    let plan = documented::plan(tailspin(Strategy::default()));
    let simulation = Simulation::new(&plan, catalog());
    assert_eq!((simulation.refusal, simulation.unkept), (None, Vec::new()));
    assert!(simulation.gaps.len() >= 4, "it leaves foreign keys unenforced");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = example("tailspin").stdout(writer).stderr(std::process::Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(0));
}
