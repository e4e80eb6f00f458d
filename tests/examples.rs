//! The examples as a person runs them: arguments in; exit code, standard output and the exact messages out.

#[path = "../examples/support/documented.rs"]
mod documented;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use shardplan::{Catalog, Classification, Estimate, Plan, Rules, SchemaGraph, Simulation, Strategy};
use shardplan_testkit::{Installation, Server, shared};

const KEY: [&str; 2] = ["--key", "stores.store_id"];

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

fn plan(arguments: &[&str]) -> Output {
    run("plan", arguments)
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

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("shardplan-examples-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    /// Writes a file and gives its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Names of the files of a folder and of its folders, in order.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(files(&path).iter().map(|inner| format!("{name}/{inner}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
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
    let output = plan(&["--key", r#""te""nants"."it's; $$id$$ --""#, "--ddl", &fixture("hostile_names/schema.sql")]);
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
fn a_folder_holds_the_plan_and_can_be_planned_from_again() {
    let folder = Folder::new();
    let to = format!("{}/plan", folder.path());
    let written = plan(&[&KEY[..], &["--ddl", &fixture("tailspin/schema.sql"), "-o", &to]].concat());
    assert_eq!((written.status.code(), stdout(&written)), (Some(0), ""));
    assert_said!("folder_files", files(Path::new(&to)).join("\n"));

    let catalog = format!("{to}/catalog.json");
    let json = plan(&[&KEY[..], &["--catalog", &catalog, "--json"]].concat());
    assert!(stdout(&json) == fs::read_to_string(format!("{to}/plan.json")).unwrap());
    assert!(Plan::from_json(stdout(&json)).is_ok());

    let again = plan(&[&KEY[..], &["--catalog", &catalog, "-o", &to]].concat());
    assert_said!("folder_not_empty", said(&again, &[(folder.path(), "DIR")]));
}

#[test]
fn a_plan_with_blockers_has_an_exit_code_of_its_own() {
    let folder = Folder::new();
    let triggers = fixture("triggers/schema.sql");
    let output = plan(&["--key", "organisations.organisation_id", "--ddl", &triggers, "-o", folder.path()]);
    assert_said!("blocked", said(&output, &[]));
    assert_eq!(files(&folder.0), ["00_preflight.sql", "README.md", "catalog.json", "plan.json"]);
}

#[test]
fn skipped_statements_are_told_with_their_file_and_line() {
    let folder = Folder::new();
    let one = folder.file("one.sql", "CREATE TABLE stores (store_id bigint PRIMARY KEY);\n\nALTER TABLE stores FROB;");
    let two = folder.file("two.sql", "CREATE TABLE t (\n  store_id bigint REFERENCES stores\n);\nCREATE TABLE (;\n");
    let output = plan(&[&KEY[..], &["--ddl", &one, &two]].concat());
    assert_said!("skipped", said(&output, &[(folder.path(), "DIR")]));
}

#[test]
fn wrong_arguments() {
    let ddl = fixture("tailspin/schema.sql");
    let cases: [(&str, &[&str]); 11] = [
        ("plan", &[]),
        ("plan", &KEY),
        ("plan", &["--key"]),
        ("plan", &["--key", "a.b", "c.d"]),
        ("plan", &["--key", "stores", "--ddl", &ddl]),
        ("plan", &["--key", "stores.store_id", "--ddl", &ddl, "--catalog", "catalog.json"]),
        ("plan", &["--key", "stores.store_id", "--ddl", &ddl, "--json", "-o", "DIR"]),
        ("plan", &["--key", "stores.store_id", "--ddl", &ddl, "--json", "yes"]),
        ("plan", &["--nonsense"]),
        ("tailspin", &["nonsense"]),
        ("tailspin", &["--database-url"]),
    ];
    let text: Vec<String> = cases
        .iter()
        .map(|(name, arguments)| format!("{name} {}\n{}", arguments.join(" "), said(&run(name, arguments), &[])))
        .collect();
    assert_said!("wrong_arguments", text.join("\n").replace(&ddl, "schema.sql"));
}

#[test]
fn help_is_no_error() {
    let output = plan(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert_said!("help", stdout(&output));
    assert!(stdout(&run("tailspin", &["--help"])).starts_with("usage: cargo run --example tailspin"));
}

#[test]
fn each_strategy_can_be_chosen() {
    let ddl = fixture("tailspin/schema.sql");
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
    let plan = plan(&["--key", "stores.store_id", "--ddl", &ddl, "--strategy", "atomic", "--json"]);
    assert_eq!(Plan::from_json(stdout(&plan)).unwrap().strategy, Strategy::Atomic);
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
    let json = plan(&[
        "--key",
        "stores.store_id",
        "--ddl",
        &fixture("tailspin/schema.sql"),
        "--strategy",
        &strategy,
        "--json",
    ]);
    assert_eq!(Plan::from_json(stdout(&json)).unwrap().cost.unwrap().figures.unenforced, zero);
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

    let catalog = Catalog::from_ddl(&fs::read_to_string(fixture("tailspin/schema.sql")).unwrap()).catalog;
    let graph = SchemaGraph::new(catalog.clone()).unwrap();
    let rules = Rules::new("stores.store_id".parse().unwrap());
    let plan = documented::plan(Plan::new(&Classification::new(&graph, &rules).unwrap()));
    let simulation = Simulation::new(&plan, catalog);
    assert_eq!((simulation.refusal, simulation.unkept), (None, Vec::new()));
    assert!(simulation.gaps.len() >= 4, "it leaves foreign keys unenforced");
}

#[test]
fn wrong_inputs() {
    let folder = Folder::new();
    let ddl = &fixture("tailspin/schema.sql");
    let json_column = &folder.file("json.sql", "CREATE TABLE stores (store_id json NOT NULL);");
    let dangling = &folder.file("dangling.sql", "CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES b (id));");
    let nothing = &folder.file("nothing.sql", "SELECT 1;\n");
    let toml = &folder.file("malformed.toml", "[tables.stores\nrows = 1\n");
    let unknown_rule = &folder.file("unknown_rule.toml", "[tables.stores]\nclas = \"local\"\n");
    let no_table = &folder.file("no_table.toml", "[tables.shops]\nclass = \"local\"\nreason = \"x\"\n");
    let no_reason = &folder.file("no_reason.toml", "[tables.products]\nclass = \"local\"\n");
    let no_json = &folder.file("no.json", "CREATE TABLE t ();");
    let later = &folder.file("later.json", "{ \"format\": \"shardplan-catalog\", \"version\": 99, \"body\": {} }");
    let other = &folder.file("other.json", "{ \"format\": \"shardplan-plan\", \"version\": 1, \"body\": {} }");
    let cases: [(&str, &[&str]); 14] = [
        ("no such table", &["--key", "store.store_id", "--ddl", ddl]),
        ("no such column", &["--key", "stores.id", "--ddl", ddl]),
        ("a key column of a type that cannot be one", &["--key", "stores.store_id", "--ddl", json_column]),
        ("nothing in it", &["--key", "stores.store_id", "--ddl", nothing]),
        ("a reference that leads nowhere", &["--key", "a.id", "--ddl", dangling]),
        ("malformed TOML", &["--key", "stores.store_id", "--ddl", ddl, "--rules", toml]),
        ("an unknown rule", &["--key", "stores.store_id", "--ddl", ddl, "--rules", unknown_rule]),
        ("an override that names nothing", &["--key", "stores.store_id", "--ddl", ddl, "--rules", no_table]),
        ("an override without a reason", &["--key", "stores.store_id", "--ddl", ddl, "--rules", no_reason]),
        ("no JSON", &["--key", "stores.store_id", "--catalog", no_json]),
        ("JSON of another version", &["--key", "stores.store_id", "--catalog", later]),
        ("JSON of another kind", &["--key", "stores.store_id", "--catalog", other]),
        ("no such strategy", &["--key", "stores.store_id", "--ddl", ddl, "--strategy", "shadow"]),
        ("not a name", &["--key", "stores..store_id", "--ddl", ddl]),
    ];
    let text: Vec<String> = cases
        .iter()
        .map(|(title, given)| format!("{title}: {}", said(&plan(given), &[(folder.path(), "DIR")])))
        .collect();
    assert_said!("wrong_inputs", text.join("\n"));
}

#[test]
fn what_cannot_be_read_or_written() {
    let folder = Folder::new();
    let ddl = fixture("tailspin/schema.sql");
    let binary = folder.0.join("binary.sql");
    fs::write(&binary, [0xff, 0xfe]).unwrap();
    let under_a_file = format!("{}/plan", folder.file("file", ""));
    let cases: [(&str, &[&str]); 6] = [
        ("no such file", &["--key", "stores.store_id", "--ddl", "no_such_file.sql"]),
        ("a folder", &["--key", "stores.store_id", "--ddl", folder.path()]),
        ("no text", &["--key", "stores.store_id", "--ddl", binary.to_str().unwrap()]),
        ("no such rules", &["--key", "stores.store_id", "--ddl", &ddl, "--rules", "no_such_file.toml"]),
        ("no server", &["--key", "stores.store_id", "--database-url", "postgres://me:secret@127.0.0.1:1/db"]),
        ("no place to write", &["--key", "stores.store_id", "--ddl", &ddl, "-o", &under_a_file]),
    ];
    let text: Vec<String> = cases
        .iter()
        .map(|(title, given)| format!("{title}: {}", said(&plan(given), &[(folder.path(), "DIR")])))
        .collect();
    assert_said!("unreadable", text.join("\n"));
}

#[test]
fn what_the_server_refuses() {
    let server = shared();
    let database = server.fresh_database();
    database.psql("CREATE TABLE stores (store_id bigint PRIMARY KEY); CREATE ROLE examples_reader LOGIN;").unwrap();
    let port = server.port().to_string();
    let hidden = [(port.as_str(), "PORT"), (database.name(), "DATABASE")];
    let not_permitted = plan(&[&KEY[..], &["--database-url", &database.url_as("examples_reader")]].concat());
    let no_role = plan(&[&KEY[..], &["--database-url", &database.url_as("nobody_at_all")]].concat());
    let text = format!("not permitted: {}\nno such role: {}", said(&not_permitted, &hidden), said(&no_role, &hidden));
    assert_said!("refused_by_server", text);
}

#[test]
fn a_server_that_is_too_old() {
    let required = std::env::var("SHARDPLAN_ALL_VERSIONS").is_ok_and(|value| value == "1");
    if !required && Installation::of_version(10).is_err() {
        return;
    }
    let server = Server::start_version(10).unwrap();
    let output = plan(&[&KEY[..], &["--database-url", &server.url("postgres")]].concat());
    assert_said!("server_too_old", said(&output, &[]));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = example("tailspin").stdout(writer).stderr(std::process::Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(0));
}
