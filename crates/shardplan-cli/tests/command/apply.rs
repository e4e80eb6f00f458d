//! `shardplan apply` and `shardplan status` against a live server: killed, refused, lost, and in the end done.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use shardplan::{Catalog, Plan};
use shardplan_testkit::{Database, shared, standin};

use crate::{Folder, KEY, fixture, said, shardplan};

/// Tailspin with its rows in a database, and a plan of it in a folder.
pub(crate) struct Shop {
    pub(crate) database: Database<'static>,
    folder: Folder,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::on(shared().fresh_database(), "combined")
    }

    /// On what stands in for a cluster. Where there is a schema `public`, Citus puts its view of the tables there.
    pub(crate) fn on_cluster(strategy: &str) -> Self {
        let database = standin().fresh_database();
        database.psql("ALTER VIEW pg_catalog.citus_tables SET SCHEMA public; ALTER EXTENSION citus ADD VIEW public.citus_tables").unwrap();
        Self::on(database, strategy)
    }

    pub(crate) fn on(database: Database<'static>, strategy: &str) -> Self {
        let shop = Self { database, folder: Folder::new() };
        let data = fixture("tailspin").replace("schema.sql", "data.sql");
        for file in [fixture("tailspin"), data] {
            shop.database.psql(&fs::read_to_string(file).unwrap()).unwrap();
        }
        shop.make_plan(strategy);
        shop
    }

    /// In an empty folder.
    pub(crate) fn make_plan(&self, strategy: &str) {
        let plan = ["plan", "-q", KEY[0], KEY[1], "--strategy", strategy, "--url", &self.database.url(), "-o"];
        let (code, _, err) = said(&[&plan[..], &[&self.dir()]].concat());
        assert_eq!(code, 1, "{err}");
    }

    pub(crate) fn dir(&self) -> String {
        self.folder.path("plan")
    }

    pub(crate) fn plan(&self) -> Plan {
        Plan::from_json(&fs::read_to_string(format!("{}/plan.json", self.dir())).unwrap()).unwrap()
    }

    pub(crate) fn apply(&self, more: &[&str]) -> (i32, String, String) {
        said(&[&["apply", &self.dir(), "--url", &self.database.url()], more].concat())
    }

    /// A command with the folder and the database.
    pub(crate) fn command(&self, command: &[&str]) -> assert_cmd::Command {
        shardplan(&[command, &[&self.dir(), "--url", &self.database.url()]].concat())
    }

    pub(crate) fn status(&self) -> (i32, String, String) {
        said(&["status", &self.dir(), "--url", &self.database.url()])
    }

    /// In the background, up to the distribution.
    pub(crate) fn start(&self, told: Stdio) -> Child {
        self.start_until("hand_over", told)
    }

    fn start_until(&self, phase: &str, told: Stdio) -> Child {
        let program = assert_cmd::cargo::cargo_bin("shardplan");
        let mut command = Command::new(program);
        command.args(["apply", &self.dir(), "--url", &self.database.url(), "--yes", "--until", phase]);
        // What a killed one leaves goes with the test.
        command.env("TMPDIR", self.folder.path(".")).env("PGOPTIONS", "-c shardplan.quiet=-1h");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(told).spawn().unwrap()
    }

    pub(crate) fn ask(&self, query: &str) -> String {
        self.database.connect().unwrap().query_one(&format!("SELECT ({query})::text"), &[]).unwrap().get(0)
    }

    /// The schema without what a run notes about itself.
    fn schema(&self) -> Catalog {
        Catalog::from_database(&mut self.database.connect().unwrap()).unwrap().without_own().structure()
    }

    /// The preparation is what the plan promises, with all rows and all keys.
    pub(crate) fn is_prepared(&self) {
        let before = Catalog::from_json(&fs::read_to_string(format!("{}/catalog.json", self.dir())).unwrap()).unwrap();
        assert_eq!(self.schema().tables, self.plan().prepared(before).structure().tables);
        assert_eq!(self.ask("SELECT count(*) FROM line_items AS l JOIN orders AS o USING (store_id, order_id)"), "480");
        assert_eq!(self.ask("SELECT count(*) FROM line_items"), "480");
    }
}

#[test]
fn a_plan_is_carried_out_from_where_it_stands() {
    let shop = Shop::new();
    let (code, out, _) = shop.status();
    assert_eq!(code, 1);
    assert!(out.starts_with("to do  00_preflight.sql"), "{out}");
    let (code, out, err) = shop.apply(&["--yes", "--until", "keys"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(
        err.contains("  1/20 orders: from here on no row comes without the key [ACCESS EXCLUSIVE on orders]\n"),
        "{err}"
    );
    assert!(err.ends_with("The phases that were asked for are done.\n"), "{err}");
    assert!(shop.status().1.contains("done   40_keys.sql"));
    let (code, _, err) = shop.apply(&["--yes", "--until", "45", "-v"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("40_keys.sql: done before\n45_hand_over.sql\n"), "{err}");
    shop.is_prepared();
    // There is no cluster: the gate says so, and nothing is lost.
    let (code, _, err) = shop.apply(&["--yes"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("stopped: ERROR:  the extension citus is not installed in this database\n"), "{err}");
    assert!(err.ends_with("Nothing is lost: mend this, and run the same command again to go on.\n"), "{err}");
    let (code, out, _) = shop.status();
    assert_eq!(code, 1);
    assert!(out.contains("begun  50_distribute.sql") && out.contains("to do  60_foreign_keys.sql"), "{out}");
}

/// On a cluster, or what stands in for it here, from the first phase to the last.
#[test]
fn a_plan_is_carried_out_to_its_end() {
    for strategy in ["shadow", "combined", "atomic"] {
        let shop = Shop::on_cluster(strategy);
        let mut apply = shop.command(&["apply"]);
        let output = apply.arg("--yes").env("PGOPTIONS", "-c shardplan.quiet=-1h").output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && err.ends_with("The plan is carried out.\n"), "{strategy}: {err}");
        assert!(err.contains("verified: the cluster is what the plan promised"), "{strategy}: {err}");
        assert_eq!(shop.ask("SELECT count(*) FROM line_items"), "480");
        let (code, out, err) = shop.status();
        assert_eq!(code, 0, "{strategy}: {out}{err}");
        assert!(out.ends_with("\nTables: 4 of 4 done\n"), "{strategy}: {out}");
        let (code, _, err) = shop.apply(&["--yes"]);
        assert_eq!((code, err.as_str()), (0, "The plan is carried out.\n"), "{strategy}");
    }
}

/// What the preparation makes on its way is no drift, whatever phase has just ended.
#[test]
fn no_phase_of_the_preparation_is_taken_for_a_change() {
    let shop = Shop::new();
    for phase in ["preflight", "add_columns", "triggers", "backfill", "unique_indexes", "keys", "hand_over"] {
        assert_eq!(shop.apply(&["--yes", "--until", phase]).0, 0, "{phase}");
        let (code, out, _) = shop.status();
        assert_eq!(code, 1, "after {phase}: {out}");
    }
}

#[test]
fn the_state_of_another_plan_is_refused() {
    let shop = Shop::new();
    assert_eq!(shop.apply(&["--yes", "--until", "preflight"]).0, 0);
    let other = shop.folder.path("other");
    said(&[
        "plan",
        "-q",
        KEY[0],
        KEY[1],
        "--strategy",
        "atomic",
        "--catalog",
        &format!("{}/catalog.json", shop.dir()),
        "-o",
        &other,
    ]);
    for arguments in [
        ["apply", &other, "--url", &shop.database.url(), "--yes"].as_slice(),
        &["status", &other, "--url", &shop.database.url()],
    ] {
        let (code, _, err) = said(arguments);
        assert_eq!(code, 3);
        assert!(err.starts_with("error: this database has the state of another plan; "), "{err}");
    }
}

#[test]
fn two_at_once_are_refused() {
    let shop = Shop::new();
    let mut other = shop.database.connect().unwrap();
    other.batch_execute("SELECT pg_advisory_lock(hashtext('shardplan_apply'))").unwrap();
    let begun = Instant::now();
    let (code, _, err) = shop.apply(&["--yes"]);
    assert_eq!(code, 3);
    assert!(begun.elapsed() < Duration::from_secs(8), "it waits for nobody for long");
    assert!(err.starts_with("error: another `shardplan apply` is at work in this database; "), "{err}");
    assert_eq!(shop.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'shardplan_state'"), "0");
}

#[test]
fn a_folder_that_does_not_belong_together_is_refused() {
    let shop = Shop::new();
    let refused = |words: &str| {
        let (code, _, err) = shop.apply(&["--yes"]);
        assert_eq!(code, 3, "{err}");
        assert!(err.contains(words), "{err}");
    };
    let (code, _, err) = shop.apply(&["--yes", "--until", "lunch"]);
    assert_eq!(code, 3);
    assert!(err.starts_with("error: no phase `lunch`; choose one of preflight, unify_types, add_columns, "), "{err}");
    // Nobody is there to be asked.
    assert_eq!(shop.apply(&["--until", "unify_types"]).0, 0);
    let (code, _, err) = shop.apply(&[]);
    assert_eq!(code, 3);
    assert!(
        err.ends_with("error: nobody can be asked here: say `--yes` to run all phases, or `--dry-run` to see them\n"),
        "{err}"
    );
    let (code, out, err) = shop.apply(&["--dry-run", "--until", "add_columns"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.ends_with("10_add_columns.sql (add_columns): 0 gates, 1 steps\n  1/1 line_items: the rows of line_items get the key that they have over orders [ACCESS EXCLUSIVE on line_items]\n"), "{out}");
    let script = format!("{}/40_keys.sql", shop.dir());
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, format!("{text}DROP TABLE stores;\n")).unwrap();
    refused("40_keys.sql` is not what this version of shardplan writes for `plan.json`");
    fs::write(format!("{}/plan.json", shop.dir()), "{").unwrap();
    refused("plan.json`: this is not a `shardplan-plan` document in JSON");
    fs::remove_file(format!("{}/plan.json", shop.dir())).unwrap();
    assert_eq!(shop.apply(&[]).0, 4);
}

#[test]
fn a_server_that_is_not_there_is_told_at_once_and_without_a_password() {
    let shop = Shop::new();
    let begun = Instant::now();
    let (code, _, err) = said(&["apply", &shop.dir(), "--url", "postgres://me:secret@127.0.0.1:1/d", "--yes"]);
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("cannot connect") && !err.contains("secret"), "{err}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

/// Lets every statement that changes the schema, and every batch of the backfill, take its time.
const SLOWLY: &str = "
CREATE FUNCTION slowly() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_sleep(0.01);
  IF tg_tag = 'CREATE TABLE' AND to_regclass('shardplan.settings') IS NOT NULL THEN
    INSERT INTO shardplan.settings (batch_rows, rest) VALUES (20, '0.05 s') ON CONFLICT DO NOTHING;
  END IF;
END $$;
CREATE EVENT TRIGGER slowly ON ddl_command_end EXECUTE FUNCTION slowly();";

/// A run that is killed after so many lines of what it tells, and a moment: the phase that was under way, if it was not done before.
fn killed(shop: &Shop, lines: usize, moment: Duration) -> Option<String> {
    let mut apply = shop.start_until("verify", Stdio::piped());
    let told = BufReader::new(apply.stderr.take().unwrap()).lines().map_while(Result::ok);
    let phase = told.take(lines).filter(|line| line.ends_with(".sql") && !line.starts_with(' ')).last();
    thread::sleep(moment);
    let is_done = apply.try_wait().unwrap().is_some();
    let _ = apply.kill();
    apply.wait().unwrap();
    phase.filter(|_| !is_done)
}

/// Killed again and again, with whatever is under way in whatever phase, it ends as a run that nobody has disturbed.
#[test]
fn fifty_kills_in_a_row_change_nothing() {
    let shop = Shop::on_cluster("combined");
    shop.database.psql(SLOWLY).unwrap();
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut met = Vec::new();
    for number in 0..50 {
        // Mostly soon; now and then so late that the longest phase comes to its end.
        let lines = 1 + next(if number % 8 == 7 { 24 } else { 4 });
        let moment = Duration::from_millis(next(100));
        met.extend(killed(&shop, usize::try_from(lines).unwrap(), moment));
    }
    let phases: BTreeSet<&String> = met.iter().collect();
    println!("{} of 50 kills met an unfinished plan, in {} phases: {phases:?}", met.len(), phases.len());
    assert!(met.len() >= 25, "{} of 50 kills met an unfinished plan", met.len());
    assert!(phases.len() >= 6, "in the phases {phases:?} only");
    let undisturbed = Shop::on_cluster("combined");
    for shop in [&shop, &undisturbed] {
        let output = shop.start_until("verify", Stdio::piped()).wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(shop.status().0, 0);
    }
    let [killed, whole] = [&shop, &undisturbed].map(Shop::schema);
    assert_eq!((killed.tables, killed.foreign_keys), (whole.tables, whole.foreign_keys));
    let rows = "SELECT string_agg(l::text, ';' ORDER BY line_item_id) FROM line_items AS l";
    assert_eq!(shop.ask(rows), undisturbed.ask(rows));
}

/// The session of a run that was killed may go on with its statement: who has claimed the plan ends it.
#[test]
fn what_a_killed_run_has_left_at_work_is_ended() {
    let shop = Shop::new();
    let mut orphan = Command::new("psql");
    orphan.args(["-qX", "-d", &shop.database.url(), "-c"]).env("PGAPPNAME", "shardplan");
    orphan.arg("SELECT pg_advisory_lock(hashtext('shardplan_script')), pg_sleep(600)").stdout(Stdio::null());
    let mut orphan = orphan.stderr(Stdio::piped()).spawn().unwrap();
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND objid::bigint = hashtext('shardplan_script')::bigint & 4294967295";
    until(|| shop.ask(held) == "1");
    let (code, _, err) = shop.apply(&["--yes", "--until", "preflight"]);
    assert_eq!(code, 0, "{err}");
    assert!(!orphan.wait().unwrap().success(), "its session was ended");
}

/// A run that had to wait for another sees what that one has done meanwhile.
#[test]
fn the_state_is_read_again_once_the_plan_is_claimed() {
    let shop = Shop::new();
    assert_eq!(shop.apply(&["--yes", "--until", "unify_types"]).0, 0);
    let mut other = shop.database.connect().unwrap();
    other.batch_execute("SELECT pg_advisory_lock(hashtext('shardplan_apply'))").unwrap();
    let apply = shop.start_until("add_columns", Stdio::piped());
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shardplan' AND query LIKE '%pg_try_advisory_lock%' AND datname = current_database()";
    until(|| other.query_one(waits, &[]).unwrap().get::<_, i64>(0) == 1);
    other
        .batch_execute(
            "INSERT INTO shardplan_state.phases (plan, phase, finished_at) SELECT plan, 'add_columns', now() FROM shardplan_state.phases LIMIT 1;
             SELECT pg_advisory_unlock(hashtext('shardplan_apply'))",
        )
        .unwrap();
    let output = apply.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && !err.contains("10_add_columns.sql"), "{err}");
}

/// Looks again and again until it holds.
fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn lost_connections_are_made_again() {
    let shop = Shop::new();
    let mut apply = shop.start(Stdio::piped());
    let mut client = shop.database.connect().unwrap();
    let kill = "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'shardplan' AND datname = current_database()) AS killed";
    let mut killed = 0;
    for _ in 0..3 {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing to kill");
            let now: i64 = client.query_one(kill, &[]).unwrap().get(0);
            if now > 0 || apply.try_wait().unwrap().is_some() {
                killed += now;
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        thread::sleep(Duration::from_millis(1_500));
    }
    assert!(killed > 0);
    let output = apply.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && err.contains("the connection is lost"), "{err}");
    shop.is_prepared();
}
