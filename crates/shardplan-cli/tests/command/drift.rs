//! What has changed in a database since its plan was made, before the plan is carried out and after it, as `status` tells it.

use std::fs;
use std::process::Command;

use shardplan_testkit::shared;

use crate::apply::Shop;

/// What `status` says has changed.
fn told(shop: &Shop) -> Vec<String> {
    let (code, out, err) = shop.status();
    let Some((_, told)) = out.split_once("Since the plan was made:\n") else {
        assert!(code < 2, "{out}{err}");
        return Vec::new();
    };
    assert_eq!(code, 2, "{out}");
    told.lines().map(|line| line.trim_start().to_owned()).collect()
}

#[test]
fn before_it_is_carried_out_any_change_is_refused() {
    let shop = Shop::new();
    let foreign =
        "CREATE TABLE gifts (id int, store_id bigint REFERENCES stores); ALTER TABLE stores ADD COLUMN town text;
        ALTER TABLE line_items ALTER quantity TYPE numeric; ALTER TABLE orders ADD UNIQUE (ordered_at);
        CREATE UNIQUE INDEX held ON orders (store_id, ordered_at); CREATE UNIQUE INDEX not_held ON orders ((ordered_at + '1 day'));
        ALTER TABLE orders ADD CONSTRAINT again FOREIGN KEY (store_id) REFERENCES stores";
    let foreign = foreign.replace("ordered_at", &shop.ask(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'orders'::regclass AND atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype, 'date'::regtype) LIMIT 1",
    ));
    shop.database.psql(&foreign).unwrap();
    insta::assert_snapshot!("changed_before", told(&shop).join("\n"));
    let (code, _, err) = shop.apply(&["--yes"]);
    assert_eq!(code, 3);
    let refusal = "error: this is not the schema that the plan was made for: table `gifts` is new, and ";
    assert!(err.starts_with(refusal) && err.ends_with(" more; make a new plan\n"), "{err}");
    let columns =
        "SELECT count(*) FROM information_schema.columns WHERE column_name = 'store_id' AND table_name = 'line_items'";
    assert_eq!(shop.ask(columns), "0");
}

/// Of which a plan knows nothing by name, and which decide what it does.
#[test]
fn what_hangs_on_a_table_counts_as_well() {
    for (change, said) in [
        ("CREATE INDEX more ON orders (store_id)", "index `more` of `orders` is new"),
        (
            "ALTER TABLE line_items ALTER quantity SET NOT NULL",
            "column `quantity` of `line_items` has another NOT NULL, identity or expression",
        ),
        ("ALTER TABLE orders ADD CONSTRAINT sane CHECK (store_id > 0)", "check `sane` of `orders` is new"),
        ("CREATE RULE kept AS ON DELETE TO stores DO INSTEAD NOTHING", "rule `kept` of `stores` is new"),
        (
            "ALTER TABLE line_items DROP CONSTRAINT line_items_order_id_fkey",
            "foreign key `line_items_order_id_fkey` of `line_items` is gone",
        ),
    ] {
        let shop = Shop::on(shared().fresh_database(), "combined");
        shop.database.psql(change).unwrap();
        let (code, _, err) = shop.apply(&["--yes"]);
        let expected = format!("error: this is not the schema that the plan was made for: {said}; make a new plan\n");
        assert_eq!((code, err), (3, expected), "{change}");
    }
}

/// A comment, a default and rows change nothing that a plan hangs on.
#[test]
fn what_no_plan_hangs_on_may_change() {
    let shop = Shop::new();
    shop.database
        .psql("COMMENT ON TABLE orders IS 'ours'; ALTER TABLE line_items ALTER quantity SET DEFAULT 7")
        .unwrap();
    assert_eq!(shop.apply(&["--yes", "--until", "preflight"]).0, 0);
}

#[test]
fn after_the_distribution_the_metadata_of_citus_counts() {
    let shop = Shop::on_cluster("combined");
    let mut apply = shop.command(&["apply"]);
    let output = apply.arg("--yes").env("PGOPTIONS", "-c shardplan.quiet=-1h").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(told(&shop), Vec::<String>::new());
    let metadata = |change: &str| shop.database.psql(change).unwrap();
    let dist = "UPDATE pg_catalog.pg_dist_partition SET";
    metadata("CREATE TABLE gifts (id int PRIMARY KEY)");
    metadata(&format!(
        "{dist} partkey = (SELECT attnum::text FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'order_id') WHERE logicalrelid = 'orders'::regclass"
    ));
    metadata(&format!("{dist} colocationid = colocationid + 7 WHERE logicalrelid = 'line_items'::regclass"));
    metadata(&format!(
        "{dist} partmethod = 'n', partkey = NULL, repmodel = 't' WHERE logicalrelid = 'products'::regclass"
    ));
    insta::assert_snapshot!("changed_after", told(&shop).join("\n"));
    metadata("DELETE FROM pg_catalog.pg_dist_partition WHERE logicalrelid = 'orders'::regclass");
    assert!(told(&shop).contains(&"`orders` is not a table of the cluster any more".to_owned()), "{:?}", told(&shop));
}

/// Runs the script with psql, as the runbook says it.
fn run(shop: &Shop, script: &str) {
    let file = format!("{}/{script}", shop.dir());
    let mut psql = Command::new("psql");
    psql.args(["-qX", "-v", "ON_ERROR_STOP=1", "-d", &shop.database.url(), "-f", &file]);
    let output = psql.env("PGOPTIONS", "-c shardplan.quiet=-1h").output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whoever has begun with psql is not sent to make a new plan of what this one has made.
#[test]
fn what_the_scripts_have_made_with_psql_is_no_other_schema() {
    let next = "; that is what the scripts of this plan make: if they were run with psql, go on with psql, script by script; if not, make a new plan\n";
    let by_hand = "\nScripts were run with psql, which notes no phase: the tables tell how far it is.\n";
    for (strategy, last) in [("combined", "40_keys.sql"), ("shadow", "25_capture.sql")] {
        let shop = Shop::on_cluster(strategy);
        let mut scripts: Vec<_> = fs::read_dir(shop.dir()).unwrap().map(|file| file.unwrap().file_name()).collect();
        scripts.sort();
        let scripts: Vec<&str> = scripts.iter().filter_map(|file| file.to_str()).collect();
        assert!(scripts.contains(&last), "{scripts:?}");
        let is_due =
            |script: &&str| script.ends_with(".sql") && script.as_bytes()[0].is_ascii_digit() && *script <= last;
        for script in scripts.into_iter().filter(is_due) {
            run(&shop, script);
            let out = shop.status().1;
            assert_eq!(out.contains(by_hand), script >= "10", "{strategy}, {script}: {out}");
            if script >= "10" {
                let (code, _, err) = shop.apply(&["--yes"]);
                assert!(code == 3 && err.ends_with(next), "{strategy}, {script}: {err}");
            }
        }
        shop.database.psql("CREATE TABLE gifts (id int)").unwrap();
        let err = shop.apply(&["--yes"]).2;
        let first = "error: this is not the schema that the plan was made for: table `gifts` is new; the rest is what the scripts";
        assert!(err.starts_with(first), "{strategy}: {err}");
    }
}

/// A folder whose parts are not of one plan.
#[test]
fn a_catalog_of_another_schema_is_refused() {
    let shop = Shop::new();
    let file = format!("{}/catalog.json", shop.dir());
    let catalog = fs::read_to_string(&file).unwrap();
    fs::write(&file, catalog.replace("\"quantity\"", "\"amount\"")).unwrap();
    for command in ["apply", "status"] {
        let output = shop.command(&[command]).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{err}");
        assert_eq!(err, format!("error: `{file}` is not the schema that `plan.json` was made for\n"));
    }
}
