//! What is wrong is told with its place and what to do: the words of every error that a person can cause, and the exit codes.

use shardplan_testkit::{Installation, Server, shared};

use crate::{Folder, KEY, fixture, said};

/// What is said on standard error, with the folder of the test and this machine's own words left out.
struct Told {
    folder: Folder,
    text: String,
}

impl Told {
    fn new() -> Self {
        Self { folder: Folder::new(), text: String::new() }
    }

    /// Adds what is said of these arguments, which must end with this exit code and print nothing.
    fn add(&mut self, code: i32, arguments: &[&str]) {
        let (found, out, err) = said(arguments);
        assert_eq!((found, out.as_str()), (code, ""), "{arguments:?}: {err}");
        let shown = |text: &str| {
            text.replace(self.folder.path("").trim_end_matches('/'), "DIR")
                .replace(&fixture("tailspin"), "tailspin.sql")
        };
        let line = shown(&arguments.join(" "));
        self.text.push_str(&format!("$ shardplan {line}\n[{code}] {}\n", shown(err.trim_end())));
    }

    /// The same for a plan of Tailspin.
    fn plan(&mut self, code: i32, more: &[&str]) {
        let tailspin = fixture("tailspin");
        self.add(code, &[&["plan", KEY[0], KEY[1], "--ddl", &tailspin], more].concat());
    }

    /// The same for a plan of Tailspin by a file of rules.
    fn rules(&mut self, name: &str, toml: &str) {
        let file = self.folder.file(name, toml);
        self.plan(3, &["--rules", &file]);
    }
}

#[test]
fn wrong_rules_name_file_line_and_key() {
    let mut told = Told::new();
    told.rules("syntax.toml", "max_hops = 3\n[tables.orders\n");
    told.rules("key.toml", "[tables.stores]\nclas = \"local\"\n");
    told.rules("section.toml", "[tabels.stores]\nclass = \"local\"\n");
    told.rules("type.toml", "max_hops = \"many\"\n");
    told.rules("class.toml", "[tables.stores]\nclass = \"everywhere\"\nreason = \"so\"\n");
    told.rules("action.toml", "[foreign_keys.orders.a]\non_delete = \"explode\"\nreason = \"so\"\n");
    told.rules("target.toml", "target = \"citus-9\"\n");
    told.rules("strategy.toml", "strategy = \"magic\"\n");
    told.rules("limit.toml", "max_write_block = -1\n");
    told.rules("rate.toml", "copy_rate = 0\n");
    told.rules("name.toml", "[tables.\"a.b.c\"]\nrows = 1\n");
    told.rules("twice.toml", "[tables.orders]\nrows = 1\n[tables.\"public.orders\"]\nrows = 2\n");
    told.rules("unknown.toml", "[tables.order]\nrows = 1\n");
    told.rules("unreasoned.toml", "[tables.line_items]\nclass = \"local\"\n");
    told.rules("no_key.toml", "[foreign_keys.orders.none]\ndrop = true\nreason = \"so\"\n");
    told.rules("near_key.toml", "max_hops = 3\n\n[keys.orders.order_pkey]\ndrop = true\nreason = \"so\"\n");
    told.rules("root.toml", "[tables.stores]\nclass = \"local\"\nreason = \"so\"\n");
    told.rules("path.toml", "[tables.line_items]\npath = [\"none\"]\nreason = \"so\"\n");
    told.rules(
        "accepted.toml",
        "[[accept]]\nrule = \"application-must-write\"\ntable = \"line_item\"\nreason = \"so\"\n[[accept]]\nrule = \"shadow-table\"\nreason = \"so\"\n",
    );
    told.rules("accept.toml", "[[accept]]\nrule = \"application-must-write\"\n");
    told.rules("no_rule.toml", "\n[[accept]]\nrule = \"application-must-rite\"\nreason = \"so\"\n");
    insta::assert_snapshot!(told.text);
}

#[test]
fn wrong_documents_name_file_line_and_key() {
    let mut told = Told::new();
    let catalog =
        |body: &str| format!("{{\n  \"format\": \"shardplan-catalog\",\n  \"version\": 1,\n  \"body\": {body}\n}}\n");
    for (name, text) in [
        ("broken.json", "{\n  \"format\": \n".to_owned()),
        ("other.json", "{\"format\": \"shardplan-plan\", \"version\": 1}".to_owned()),
        ("newer.json", "{\"format\": \"shardplan-catalog\", \"version\": 9}".to_owned()),
        ("none.json", "{}".to_owned()),
        ("key.json", catalog("{\n    \"tables\": [],\n    \"tabels\": []\n  }")),
        ("type.json", catalog("{\n    \"tables\": 3\n  }")),
        ("missing.json", catalog("{\n    \"tables\": [{}]\n  }")),
        ("empty.json", catalog("{\n    \"tables\": []\n  }")),
    ] {
        let file = told.folder.file(name, &text);
        told.add(3, &["plan", KEY[0], KEY[1], "--catalog", &file]);
    }
    let dir = told.folder.path("plan");
    said(&["plan", "-q", KEY[0], KEY[1], "--ddl", &fixture("tailspin"), "-o", &dir]);
    let plan = std::fs::read_to_string(format!("{dir}/plan.json")).unwrap();
    for (from, to) in [("\"strategy\"", "\"stratagem\""), ("\"version\": 1", "\"version\": 7"), ("}", "")] {
        told.folder.file("plan/plan.json", &plan.replacen(from, to, 1));
        told.add(3, &["status", &dir, "--url", "postgres://127.0.0.1:1/none"]);
    }
    insta::assert_snapshot!(told.text);
}

#[test]
fn wrong_arguments_are_told() {
    let mut told = Told::new();
    let tailspin = fixture("tailspin");
    told.plan(3, &["--strategy", "magic"]);
    told.plan(3, &["--max-write-block", "soon"]);
    told.plan(3, &["--max-unenforced", "-1"]);
    told.plan(3, &["--copy-rate", "0"]);
    told.plan(3, &["--format", "pdf"]);
    told.plan(3, &["--format", "json", "-o", "x"]);
    told.plan(3, &["--catalog", "x.json"]);
    told.plan(3, &["-q", "-v"]);
    for key in ["nowhere.id", "stores", "stores.", "stores.nothing", "a.b.c.d"] {
        told.add(3, &["plan", "--key", key, "--ddl", &tailspin]);
    }
    told.add(3, &["plan", KEY[0], KEY[1]]);
    told.add(3, &["plan", "--ddl", &tailspin]);
    told.add(3, &["plna"]);
    told.add(3, &["explain", "no-such-thing"]);
    told.add(3, &["explain", "several-key-column"]);
    told.add(3, &["completions", "cmd"]);
    told.add(3, &["snapshot"]);
    told.add(3, &["apply", "plan"]);
    told.add(3, &["status"]);
    insta::assert_snapshot!(told.text);
}

#[test]
fn a_schema_that_cannot_be_planned_is_told() {
    let mut told = Told::new();
    for (key, sql) in [
        ("stores.store_id", "CREATE TABLE stores (store_id json NOT NULL);"),
        ("a.id", "CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES b (id));"),
        ("stores.store_id", "SELECT 1;"),
        ("stores.store_id", "CREATE VIEW stores AS SELECT 1 AS store_id;"),
    ] {
        let file = told.folder.file("schema.sql", sql);
        told.add(3, &["plan", "-q", "--key", key, "--ddl", &file]);
    }
    insta::assert_snapshot!(told.text);
}

#[test]
fn what_a_server_refuses_is_told_with_the_grant() {
    let database = shared().fresh_database();
    database.psql("CREATE TABLE stores (store_id bigint PRIMARY KEY); CREATE ROLE command_reader LOGIN;").unwrap();
    let mut told = Told::new();
    for role in ["command_reader", "nobody_at_all"] {
        told.add(4, &["plan", KEY[0], KEY[1], "--url", &database.url_as(role)]);
        told.add(4, &["snapshot", "--url", &database.url_as(role)]);
    }
    let text = told.text.replace(&shared().port().to_string(), "PORT").replace(database.name(), "DATABASE");
    insta::assert_snapshot!(text);
}

#[test]
fn a_server_that_is_too_old_is_told() {
    let required = std::env::var("SHARDPLAN_ALL_VERSIONS").is_ok_and(|value| value == "1");
    if !required && Installation::of_version(10).is_err() {
        return;
    }
    let server = Server::start_version(10).unwrap();
    let (code, _, err) = said(&["snapshot", "--url", &server.url("postgres")]);
    assert_eq!(code, 4);
    assert!(err.starts_with("error: the server is PostgreSQL 10"), "{err}");
    assert!(err.ends_with("; shardplan reads PostgreSQL 11 and later\n"), "{err}");
}

/// The same words of every command that takes a connection string, and what to write instead.
#[test]
fn a_malformed_connection_string_is_a_wrong_argument_everywhere() {
    let folder = Folder::new();
    let dir = folder.path("plan");
    said(&["plan", "-q", KEY[0], KEY[1], "--ddl", &fixture("tailspin"), "-o", &dir]);
    let commands: [&[&str]; 7] = [
        &["plan", KEY[0], KEY[1]],
        &["queries", KEY[0], KEY[1]],
        &["snapshot"],
        &["suggest"],
        &["skew", KEY[0], KEY[1]],
        &["apply", &dir, "--yes"],
        &["status", &dir],
    ];
    let mut told = String::new();
    for url in [
        "shop",
        "mysql://me:secret@h/d",
        "postgres://me:secret@h:many/d",
        "postgres://h/d?sslmode=perhaps",
        "postgres://h/d?nonsense=1",
        "service=none",
    ] {
        let all = commands.map(|command| said(&[command, &["--url", url]].concat()));
        let (code, out, err) = &all[0];
        assert_eq!((*code, out.as_str()), (3, ""), "{url}: {err}");
        assert!(!err.contains("secret"), "{err}");
        for (command, other) in commands.iter().zip(&all) {
            assert_eq!(other, &all[0], "{command:?} {url}");
        }
        told.push_str(&format!("--url {}\n{err}", url.replace("secret", "******")));
    }
    insta::assert_snapshot!(told);
}

/// What the help says of a command's exit codes is what that command can end with.
#[test]
fn the_help_of_each_command_says_its_exit_codes() {
    for (command, codes) in [
        ("plan", "01234"),
        ("apply", "0234"),
        ("status", "01234"),
        ("queries", "01234"),
        ("snapshot", "034"),
        ("suggest", "0134"),
        ("skew", "0134"),
        ("explain", "03"),
    ] {
        let (code, help, _) = said(&[command, "--help"]);
        assert_eq!(code, 0);
        let (_, told) = help.split_once("Exit codes:\n").unwrap();
        let code = |line: &str| line.strip_prefix("  ")?.chars().next().filter(char::is_ascii_digit);
        let found: String = told.lines().filter_map(code).collect();
        assert_eq!(found, codes, "{command}: {told}");
        assert!(command == "explain" || help.contains("--url <URL>"), "{help}");
        assert_eq!(help.contains("as psql is told of it"), command != "explain", "{command}: {help}");
    }
}

#[test]
fn what_cannot_be_read_or_written_is_told() {
    let mut told = Told::new();
    let (missing, tailspin) = (told.folder.path("missing"), fixture("tailspin"));
    told.add(4, &["plan", KEY[0], KEY[1], "--ddl", &missing]);
    told.add(4, &["plan", KEY[0], KEY[1], "--catalog", &missing]);
    told.plan(4, &["--rules", &missing]);
    let binary = told.folder.path("binary.sql");
    std::fs::write(&binary, [0xff, 0xfe]).unwrap();
    told.add(4, &["plan", KEY[0], KEY[1], "--ddl", &binary]);
    told.add(4, &["plan", KEY[0], KEY[1], "--ddl", &told.folder.path("")]);
    let file = told.folder.file("file", "");
    told.plan(4, &["-o", &format!("{file}/plan")]);
    for url in ["postgres://me:secret@127.0.0.1:1/none", "host=127.0.0.1 port=1 user=me dbname=none"] {
        told.add(4, &["plan", KEY[0], KEY[1], "--url", url]);
        told.add(4, &["snapshot", "--url", url]);
    }
    told.add(4, &["apply", &missing, "--url", "postgres://127.0.0.1:1/none"]);
    told.add(4, &["status", &missing, "--url", "postgres://127.0.0.1:1/none"]);
    let dir = told.folder.path("plan");
    said(&["plan", "-q", KEY[0], KEY[1], "--ddl", &tailspin, "-o", &dir]);
    told.add(4, &["status", &dir, "--url", "postgres://me@127.0.0.1:1/none"]);
    told.add(4, &["apply", &dir, "--yes", "--url", "host=127.0.0.1 port=1 password=secret"]);
    told.add(3, &["apply", &dir, "--until", "lunch", "--url", "postgres://127.0.0.1:1/none"]);
    std::fs::remove_file(format!("{dir}/40_keys.sql"))
        .or(std::fs::remove_file(format!("{dir}/50_exchange.sql")))
        .unwrap();
    told.add(4, &["apply", &dir, "--yes", "--url", "postgres://127.0.0.1:1/none"]);
    insta::assert_snapshot!(told.text.replace("secret", "******"));
}

/// Help, a man page and a plan that are lost on a full disk are no success.
#[test]
fn a_full_disk_is_told() {
    for arguments in [&["--help"][..], &["--version"], &["man"], &["completions", "bash"], &["explain", "shadow-table"]]
    {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("shardplan"));
        let output = command.args(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{arguments:?}");
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.starts_with("error: cannot write to standard output: "), "{arguments:?}: {err}");
    }
}
