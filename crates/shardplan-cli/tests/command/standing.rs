//! How far a plan is, as `apply` and `status` tell it: per table, what is left, and no number that nobody knows.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::apply::Shop;
use crate::{Folder, KEY, said};

/// What `status --format json` says of each table: its stage, how much is filled, and what is left.
fn tables(shop: &Shop) -> Vec<String> {
    let output = shop.command(&["status"]).args(["--format", "json"]).output().unwrap();
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |table: &Value| {
        let left: Vec<&str> = table["left"].as_array().unwrap().iter().map(|left| left.as_str().unwrap()).collect();
        format!("{} {}: {}", table["table"].as_str().unwrap(), table["stage"].as_str().unwrap(), left.join(", "))
    };
    status["tables"].as_array().unwrap().iter().map(of).collect()
}

fn apply(shop: &Shop, until: &str) {
    let mut apply = shop.command(&["apply"]);
    let output = apply.args(["--yes", "--until", until]).env("PGOPTIONS", "-c shardplan.quiet=-1h").output().unwrap();
    assert!(output.status.success(), "{until}: {}", String::from_utf8_lossy(&output.stderr));
}

/// After each phase that matters, in text and in JSON.
#[test]
fn status_says_of_each_table_where_it_is_and_what_is_left() {
    let shop = Shop::on_cluster("combined");
    let mut told = String::new();
    for phase in ["preflight", "add_columns", "backfill", "keys", "distribute", "foreign_keys", "verify"] {
        apply(&shop, phase);
        told.push_str(&format!("after {phase}\n  {}\n", tables(&shop).join("\n  ")));
    }
    insta::assert_snapshot!("tables_on_their_way", told);
    let (code, out, _) = shop.status();
    assert_eq!(code, 0);
    assert!(out.ends_with("\nTables: 4 of 4 done\n"), "{out}");
}

#[test]
fn status_tells_the_same_on_a_terminal() {
    let shop = Shop::new();
    apply(&shop, "add_columns");
    let (code, out, _) = shop.status();
    assert_eq!(code, 1);
    let (_, tables) = out.split_once("\nTables: 0 of 4 done\n").unwrap();
    let line = tables.lines().find(|line| line.contains("line_items")).unwrap();
    let expected = "line_items  column added  left: backfill, 1 key, distribution, 3 foreign keys";
    assert_eq!(line.trim(), expected, "{out}");
}

/// The lines of `status` about what runs now, once there is one with these words.
fn now(shop: &Shop, words: &str) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let out = shop.status().1;
        let now: Vec<String> = out.lines().filter(|line| line.starts_with("now    ")).map(str::to_owned).collect();
        if now.iter().any(|line| line.contains(words)) {
            return now;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "`{words}` is not in {out}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// A table that was never analysed has no known size; one that has grown since has no known rest.
#[test]
fn no_time_is_left_where_nobody_knows_how_many_rows_there_are() {
    let shop = Shop::new();
    apply(&shop, "triggers");
    let mut holder = shop.database.connect().unwrap();
    holder.batch_execute("BEGIN; UPDATE line_items SET quantity = quantity WHERE line_item_id = 7").unwrap();
    let mut run = shop.start(Stdio::null());
    now(&shop, "public.line_items: ");
    // From here on only the test says how far it is.
    run.kill().unwrap();
    run.wait().unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shardplan' AND datname = current_database()";
    shop.database.psql(end).unwrap();
    let statistics = |rows: i32| {
        let set = format!("UPDATE pg_class SET reltuples = {rows} WHERE oid = 'line_items'::regclass");
        shop.database.psql(&set).unwrap();
        let seen = "UPDATE shardplan.backfill SET rows_seen = 100, rows_filled = 100, time_spent = '1 s', started_at = now(), paused = NULL";
        shop.database.psql(seen).unwrap();
    };
    for rows in [-1, 0, 90] {
        statistics(rows);
        let line = now(&shop, "public.line_items: 100 ").concat();
        assert!(!line.contains("left") && line.contains("100/s"), "{rows}: {line}");
        assert_eq!(line.contains("of about 90 rows"), rows == 90, "{line}");
    }
    statistics(1_000);
    let line = now(&shop, "public.line_items: 100 of about 1000 rows").concat();
    assert!(line.contains("00:00:09 left"), "{line}");
    assert!(tables(&shop).iter().any(|table| table.starts_with("line_items filling: ")), "{:?}", tables(&shop));
}

/// The tables that are in their places, of all, and their bytes; of the one in hand, the rows that its shards have.
#[test]
fn the_distribution_is_told_in_tables_bytes_and_rows() {
    let shop = Shop::on_cluster("combined");
    shop.database.psql("ANALYZE").unwrap();
    std::fs::remove_dir_all(shop.dir()).unwrap();
    shop.make_plan("online");
    apply(&shop, "hand_over");
    // What reads a table lets it be distributed, and whoever has locked the last one against that holds the rest up.
    let mut holder = shop.database.connect().unwrap();
    holder.batch_execute("BEGIN; LOCK TABLE line_items IN ACCESS SHARE MODE").unwrap();
    let mut apply = Command::new(assert_cmd::cargo::cargo_bin("shardplan"));
    apply.args(["apply", &shop.dir(), "--url", &shop.database.url(), "--yes", "--until", "distribute"]);
    let mut apply = apply.env("PGOPTIONS", "-c shardplan.quiet=-1h").stderr(Stdio::null()).spawn().unwrap();
    let line = now(&shop, "in their places: 0 ").concat();
    assert!(line.contains(" of 4 tables, ") && line.ends_with(" kB"), "{line}");
    // The stand-in copies nothing, and each of its three nodes sees what runs here.
    let mut copy =
        Command::new("psql").args(["-qX", "-d", &shop.database.url()]).stdin(Stdio::piped()).spawn().unwrap();
    let rows: String = (0..50_000).map(|number| format!("{number}\n")).collect();
    let copied = format!("CREATE TEMP TABLE shard (id int);\nCOPY shard FROM STDIN;\n{rows}");
    copy.stdin.as_mut().unwrap().write_all(copied.as_bytes()).unwrap();
    let line = now(&shop, " rows copied").concat();
    let first = &shop.plan().order[0].table;
    assert!(line.contains(&format!("now    {first}: ")) && line.contains(" of about "), "{line}");
    // Where that cannot be asked, the rest is told.
    shop.database.psql("ALTER FUNCTION pg_catalog.run_command_on_all_nodes RENAME TO gone").unwrap();
    let lines = now(&shop, "in their places: ");
    assert!(lines.len() == 1 && shop.status().0 == 1, "{lines:?}");
    copy.kill().unwrap();
    copy.wait().unwrap();
    holder.batch_execute("COMMIT").unwrap();
    let _ = apply.wait().unwrap();
}

/// What a plan puts beside the application's tables is no table of the application: not in a plan, not in a snapshot, not in a dump.
#[test]
fn what_a_plan_has_made_for_itself_is_not_planned() {
    for strategy in ["combined", "shadow"] {
        let shop = Shop::on_cluster(strategy);
        apply(&shop, if strategy == "combined" { "backfill" } else { "shadows" });
        let own = "SELECT count(*) FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname LIKE 'shardplan%'";
        assert!(shop.ask(own).parse::<u32>().unwrap() > 1, "{strategy}");
        let folder = Folder::new();
        let dump = Command::new("pg_dump").args(["-s", "-d", &shop.database.url()]).output().unwrap();
        assert!(dump.status.success());
        let dump = folder.file("dump.sql", &String::from_utf8(dump.stdout).unwrap());
        let (code, snapshot, _) = said(&["snapshot", "--url", &shop.database.url()]);
        assert_eq!(code, 0);
        let snapshot = folder.file("catalog.json", &snapshot);
        let url = shop.database.url();
        for source in [["--url", &url], ["--ddl", &dump], ["--catalog", &snapshot]] {
            let (_, json, err) = said(&[&["plan", "-q", KEY[0], KEY[1], "--format", "json"], &source[..]].concat());
            let plan = shardplan::Plan::from_json(&json).unwrap_or_else(|error| panic!("{source:?}: {error} {err}"));
            let tables: Vec<String> = plan.tables.iter().map(|table| table.name.to_string()).collect();
            assert_eq!(tables, ["line_items", "orders", "products", "stores"], "{strategy} {source:?}");
        }
    }
}
