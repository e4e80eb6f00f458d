//! The command as a person runs it: arguments in; exit code, standard output, standard error and files out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accept;
mod apply;
mod drift;
mod errors;
mod queries;
mod readme;
mod skew;
mod standing;
mod suggest;
mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use assert_cmd::Command;
use shardplan::{Catalog, Plan, finding_rules};
use shardplan_testkit::{Options, shared};

const KEY: [&str; 2] = ["--key", "stores.store_id"];

fn shardplan(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("shardplan").unwrap();
    for variable in ["PGSERVICE", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGSSLMODE"] {
        command.env_remove(variable);
    }
    command.args(arguments).env_remove("PGPASSWORD").env_remove("CLICOLOR_FORCE").env("COLUMNS", "100");
    command
}

/// Exit code, standard output and standard error.
fn said(arguments: &[&str]) -> (i32, String, String) {
    let output = shardplan(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).join("schema.sql");
    path.canonicalize().unwrap().to_str().unwrap().to_owned()
}

/// A new folder, removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("shardplan-command-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_summary_says_first_how_hard_it_is() {
    let (code, out, err) = said(&["plan", KEY[0], KEY[1], "--ddl", &fixture("tailspin")]);
    assert_eq!((code, err.as_str()), (1, ""));
    insta::assert_snapshot!("tailspin", out);
}

#[test]
fn the_exit_code_says_how_grave_the_findings_are() {
    let folder = Folder::new();
    let ready = folder.file("ready.sql", "CREATE TABLE stores (store_id bigint PRIMARY KEY);");
    let plan = |ddl: &str| said(&["plan", KEY[0], KEY[1], "--ddl", ddl]);
    let (code, out, _) = plan(&ready);
    assert_eq!(code, 0, "{out}");
    let first = out.lines().next().unwrap();
    assert_eq!(first, "Difficulty of 1 table by stores.store_id: low (all tables hold the key already)");
    for (lone, stay) in [(1, "1 of them stays"), (2, "2 of them stay")] {
        let tables: String = (0..lone).map(|at| format!("CREATE TABLE lone_{at} (id bigint PRIMARY KEY);")).collect();
        let local = folder.file("local.sql", &format!("CREATE TABLE stores (store_id bigint PRIMARY KEY);{tables}"));
        let (_, out, _) = plan(&local);
        let words = format!("low ({stay} on one node, and the others hold the key already)");
        assert!(out.lines().next().unwrap().ends_with(&words), "{out}");
    }
    assert_eq!(plan(&fixture("tailspin")).0, 1);
    let blocked = folder.file(
        "blocked.sql",
        "CREATE TABLE stores (store_id bigint PRIMARY KEY);
         CREATE RULE no_more AS ON DELETE TO stores DO INSTEAD NOTHING;",
    );
    let (code, out, _) = plan(&blocked);
    assert_eq!(code, 2, "{out}");
    assert!(out.starts_with("Difficulty of 1 table by stores.store_id: blocked (1 blocker)"), "{out}");
    assert!(out.contains("There are no scripts while something blocks it."), "{out}");
}

#[test]
fn a_folder_holds_the_runbook_the_scripts_and_the_plan() {
    let folder = Folder::new();
    let (one, other) = (folder.path("one"), folder.path("other"));
    for path in [&one, &other] {
        let (code, out, err) = said(&["plan", KEY[0], KEY[1], "--ddl", &fixture("tailspin"), "-o", path]);
        assert_eq!((code, out.as_str()), (1, ""));
        assert!(err.starts_with("Difficulty of 4 tables"), "{err}");
    }
    let files = files(Path::new(&one));
    let pages = ["report.html", "graph.svg", "graph.mmd"];
    for name in
        ["README.md", "00_preflight.sql", "plan.json", "catalog.json", "undo/50_exchange.sql"].iter().chain(&pages)
    {
        assert!(files.iter().any(|(path, _)| path == name), "{name} is missing");
    }
    assert_eq!(files, self::files(Path::new(&other)), "the same input gives the same bytes");
    let plan = &files.iter().find(|(path, _)| path == "plan.json").unwrap().1;
    assert!(!Plan::from_json(plan).unwrap().is_blocked());
    // A plan of the catalog that it was made from is the same plan.
    let (_, again, _) =
        said(&["plan", KEY[0], KEY[1], "--catalog", &format!("{one}/catalog.json"), "--format", "json"]);
    assert_eq!(again, *plan);
    let (code, _, err) = said(&["plan", KEY[0], KEY[1], "--ddl", &fixture("tailspin"), "-o", &one]);
    assert_eq!(code, 3);
    assert_eq!(err, format!("error: `{one}` is not empty; name a new folder, or empty it\n"));
    let (code, _, err) =
        said(&["plan", "-q", KEY[0], KEY[1], "--ddl", &fixture("tailspin"), "-o", &folder.path("quiet")]);
    assert_eq!((code, err.as_str()), (1, ""));
}

/// All files below a folder with their contents, by path.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn markdown_is_the_runbook() {
    let (_, out, _) = said(&["plan", KEY[0], KEY[1], "--ddl", &fixture("tailspin"), "--format", "markdown"]);
    assert!(out.starts_with("**Difficulty of 4 tables by stores.store_id: "), "{out}");
    assert!(out.contains("## How to run it"), "{out}");
}

#[test]
fn limits_and_rates_are_told_on_the_command_line() {
    let plan = |more: &[&str]| {
        let tailspin = fixture("tailspin");
        let arguments = [&["plan", KEY[0], KEY[1], "--ddl", &tailspin, "--format", "json"], more].concat();
        let (code, out, err) = said(&arguments);
        assert!(code < 3, "{err}");
        Plan::from_json(&out).unwrap()
    };
    for strategy in ["combined", "atomic", "online", "shadow"] {
        assert_eq!(plan(&["--strategy", strategy]).strategy.to_string(), strategy);
    }
    let time = |plan: Plan| plan.cost.unwrap().figures.total;
    let folder = Folder::new();
    let sizes = folder.file("sizes.toml", "[tables.orders]\nrows = 10000000\n[tables.line_items]\nrows = 90000000\n");
    let rules = ["--rules", &sizes, "--strategy", "atomic"];
    let slow = time(plan(&[&rules[..], &["--copy-rate", "1000000"]].concat()));
    assert_ne!(slow, time(plan(&rules)));
    // A limit decides between the strategies, and one that the named strategy breaks is told.
    let quick = plan(&["--rules", &sizes, "--max-write-block", "5", "--max-unenforced", "0"]);
    assert_eq!(quick.strategy.to_string(), "shadow");
    let rules_of = |plan: Plan| plan.findings.into_iter().map(|finding| finding.rule).collect::<Vec<_>>();
    assert!(
        rules_of(plan(&[&rules[..], &["--max-write-block", "0.5"]].concat())).contains(&"write-block-limit".into())
    );
    let online = ["--rules", &sizes, "--strategy", "online", "--max-unenforced", "0.5"];
    assert!(rules_of(plan(&online)).contains(&"unenforced-limit".into()));
}

#[test]
fn what_is_read_and_written_is_said_when_it_is_asked_for() {
    let database = shared().fresh_database();
    database.psql("CREATE TABLE stores (store_id bigint PRIMARY KEY);").unwrap();
    let folder = Folder::new();
    let dir = folder.path("plan");
    let (code, _, err) = said(&["plan", "-v", KEY[0], KEY[1], "--url", &database.url(), "-o", &dir]);
    let line = "Difficulty of 1 table by stores.store_id: low (all tables hold the key already)";
    assert_eq!((code, err), (0, format!("read 1 tables from the server\nwrote `{dir}`\n{line}\n")));
}

#[test]
fn the_schema_of_a_plan_is_printed() {
    let (code, out, _) = said(&["schema"]);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/plan.schema.json");
    assert_eq!((code, out), (0, fs::read_to_string(path).unwrap()));
}

#[test]
fn statements_that_are_skipped_are_told_with_file_and_line() {
    let folder = Folder::new();
    let one = folder.file("one.sql", "CREATE TABLE stores (store_id bigint PRIMARY KEY);\n");
    let other = folder.file("other.sql", "\nMAKE ME A SANDWICH;\n");
    let (code, out, err) = said(&["plan", KEY[0], KEY[1], "--ddl", &one, &other]);
    assert_eq!(code, 1, "what was not read may be what matters");
    assert!(err.starts_with(&format!("{other}:2: skipped: ")), "{err}");
    let place = format!("{other}:2: MAKE ME A SANDWICH;");
    assert!(
        out.contains("  warning skipped-statement: ")
            && out.contains("1 statement was not read (")
            && out.contains(&place),
        "{out}"
    );
    // In the plan, the runbook and the report as well, and in a plan that is made of the catalog again.
    let dir = folder.path("plan");
    said(&["plan", "-q", KEY[0], KEY[1], "--ddl", &one, &other, "-o", &dir]);
    for file in ["plan.json", "README.md", "report.html"] {
        let text = fs::read_to_string(format!("{dir}/{file}")).unwrap();
        assert!(text.contains("skipped-statement") && text.contains("MAKE ME A SANDWICH"), "{file}");
    }
    assert_eq!(said(&["plan", KEY[0], KEY[1], "--catalog", &format!("{dir}/catalog.json")]).1, out);
    let accept = ["--accept", "skipped-statement", "--reason", "it is none"];
    assert_eq!(said(&[&["plan", KEY[0], KEY[1], "--ddl", &one, &other], &accept[..]].concat()).0, 0);
}

#[test]
fn every_rule_is_explained() {
    let (code, list, _) = said(&["explain"]);
    assert_eq!(code, 0);
    for rule in finding_rules() {
        assert!(list.lines().any(|line| line.split_whitespace().next() == Some(rule.id)), "{} is not listed", rule.id);
        let (code, page, _) = said(&["explain", rule.id]);
        assert_eq!(code, 0, "{}", rule.id);
        assert!(page.starts_with(rule.id) && page.contains("\nWhat to do\n"), "{page}");
    }
    let (_, page, _) = said(&["explain", "several-key-columns"]);
    insta::assert_snapshot!("several_key_columns", page);
}

#[test]
fn a_snapshot_gives_the_plan_that_the_database_gives() {
    let database = shared().fresh_database();
    database
        .psql(
            "CREATE TABLE stores (store_id bigint PRIMARY KEY, name text DEFAULT 'secret default');
             COMMENT ON TABLE stores IS 'secret comment';
             CREATE TYPE mood AS ENUM ('secret mood');
             CREATE TABLE orders (order_id bigserial PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores, town text,
               upper_town text GENERATED ALWAYS AS (town || 'secret suffix') STORED, CHECK (town <> 'secret place'));
             CREATE VIEW elsewhere AS SELECT * FROM orders WHERE town <> 'secret view';
             CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 /* secret body */ $$;
             INSERT INTO stores SELECT generate_series(1, 5);
             INSERT INTO orders (store_id, town) SELECT 1 + i % 5, 'secret town' FROM generate_series(1, 500) i;
             ANALYZE;",
        )
        .unwrap();
    let url = database.url();
    let folder = Folder::new();
    let planned = |source: &[&str]| said(&[&["plan", KEY[0], KEY[1], "--format", "json"], source].concat());
    let (code, whole, err) = said(&["snapshot", "--url", &url]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(whole.contains("secret body") && !whole.contains("secret town"));
    let file = folder.file("whole.json", &whole);
    assert_eq!(planned(&["--catalog", &file]), planned(&["--url", &url]));
    // The folder of a plan goes round: no value of a user is in it unasked.
    let dir = folder.path("plan");
    assert!(said(&["plan", "-q", KEY[0], KEY[1], "--url", &url, "-o", &dir]).0 < 2);
    let catalog = fs::read_to_string(format!("{dir}/catalog.json")).unwrap();
    assert!(catalog.contains("\"town\"") && !catalog.contains("secret town"));
    let (_, with_values, _) = said(&["snapshot", "--url", &url, "--common-values"]);
    assert!(with_values.contains("secret town"));
    let (code, redacted, err) = said(&["snapshot", "--url", &url, "--redact"]);
    assert_eq!(code, 0);
    assert!(err.contains("redacted"), "{err}");
    assert!(!redacted.contains("secret"), "{redacted}");
    // What draws the numbers of a key is no secret, and decides what the key goes on to promise.
    assert!(redacted.contains("nextval"));
    assert_eq!(Catalog::from_json(&redacted).unwrap().tables.len(), 2);
    let file = folder.file("redacted.json", &redacted);
    assert_eq!(planned(&["--catalog", &file]).0, planned(&["--url", &url]).0);
}

/// From the URL, the environment and the password file, and nowhere else; none of them is printed.
#[test]
fn a_password_is_found_where_psql_finds_it() {
    let hba = "local all all trust\nhost all clerk 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n";
    let server = Options::new().file("pg_hba.conf", hba).set("hba_file", "pg_hba.conf").start().unwrap();
    server.database("postgres").execute("CREATE ROLE clerk LOGIN PASSWORD 'se:cret'").unwrap();
    let folder = Folder::new();
    let (host, database) = (format!("127.0.0.1:{}", server.port()), "postgres");
    let file = folder.file("pgpass", &format!("# ours\n{host}:*:clerk:se\\:cret\n"));
    let url = format!("postgres://clerk@{host}/{database}");
    let snapshot = |url: &str, variables: &[(&str, &str)]| {
        let mut command = shardplan(&["snapshot", "--url", url]);
        command.env("PGPASSFILE", "/nowhere").envs(variables.iter().copied());
        command.output().unwrap()
    };
    let with_password = url.replace("clerk@", "clerk:se%3Acret@");
    assert!(snapshot(&with_password, &[]).status.success());
    assert!(snapshot(&url, &[("PGPASSWORD", "se:cret")]).status.success());
    let only_mine = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    only_mine(0o600);
    assert!(snapshot(&url, &[("PGPASSFILE", &file)]).status.success());
    only_mine(0o644);
    let wrong = with_password.replace("cret", "crets");
    for output in [snapshot(&url, &[("PGPASSFILE", &file)]), snapshot(&url, &[]), snapshot(&wrong, &[])] {
        assert_eq!(output.status.code(), Some(4));
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(
            err.starts_with(&format!("error: cannot connect to {host}/{database}: ")) && !err.contains("cret"),
            "{err}"
        );
    }
}

/// From a service, its file, and variables, by the library's driver and by psql alike.
#[test]
fn a_server_is_found_where_psql_finds_it() {
    let database = shared().fresh_database();
    database.psql("CREATE TABLE stores (store_id bigint PRIMARY KEY);").unwrap();
    let folder = Folder::new();
    let name = database.url().rsplit_once('/').unwrap().1.to_owned();
    let port = shared().port().to_string();
    let services = folder.file(
        "services",
        &format!(
            "# ours\n[other]\nhost=nowhere\n\n[shop]\nhost=127.0.0.1\nport={port}\ndbname={name}\nuser=postgres\n"
        ),
    );
    let dir = folder.path("plan");
    let with = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output =
            shardplan(arguments).env("PGSERVICEFILE", &services).envs(variables.iter().copied()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let variables = [("PGHOST", "127.0.0.1"), ("PGPORT", &port), ("PGDATABASE", &name), ("PGUSER", "postgres")];
    let (code, err) = with(&["plan", "-q", KEY[0], KEY[1], "--url", "service=shop", "-o", &dir], &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    for (url, variables) in [
        ("service=shop", &[][..]),
        ("postgres://?service=shop", &[("PGHOST", "nowhere.invalid")]),
        ("postgres://", &[("PGSERVICE", "shop")]),
        ("postgres://", &variables),
        ("sslmode=prefer", &variables),
    ] {
        assert_eq!(with(&["snapshot", "-q", "--url", url], variables), (0, String::new()), "{url}");
        let (code, err) = with(&["apply", &dir, "-q", "--yes", "--until", "preflight", "--url", url], variables);
        assert_eq!((code, err.as_str()), (0, ""), "{url}");
        assert_eq!(with(&["status", &dir, "-q", "--url", url], variables).0, 1, "{url}");
    }
    let required = [&variables[..], &[("PGSSLMODE", "require")]].concat();
    let (code, err) = with(&["snapshot", "--url", "postgres://"], &required);
    assert!(code == 4 && err.contains("cannot connect to 127.0.0.1:"), "{err}");
    let (code, err) = with(&["snapshot", "--url", "service=none"], &[]);
    assert!(code == 3 && err.contains("definition of service `none` not found"), "{err}");
}

#[test]
fn shells_and_man_are_served() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, out, _) = said(&["completions", shell]);
        assert!(code == 0 && out.contains("shardplan") && out.contains("max-write-block"), "{shell}: {out}");
    }
    let (code, page, _) = said(&["man"]);
    assert!(code == 0 && page.starts_with(".ie") && page.contains("shardplan"), "{page}");
    assert_eq!(said(&["--help"]).0, 0);
    assert_eq!(said(&["--version"]).1, format!("shardplan {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(said(&[]).0, 3);
}

#[test]
fn colour_is_for_terminals() {
    let (_, plain, _) = said(&["plan", KEY[0], KEY[1], "--ddl", &fixture("tailspin")]);
    assert!(!plain.contains('\u{1b}'));
    let mut forced = shardplan(&["plan", KEY[0], KEY[1], "--ddl", &fixture("tailspin")]);
    let forced = forced.env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(String::from_utf8(forced.stdout).unwrap().contains("\u{1b}[1m"));
}
