//! Shadow tables on a real cluster: filled and kept up to date beside live tables that change, stopped anywhere, exchanged, and
//! taken back before that.

use std::collections::BTreeMap;

use shardplan::{Catalog, Plan, Strategy};
use shardplan_testkit::psql;

use crate::cases::{self, Case};
use crate::citus::{Cluster, clear, cluster, colocation, misplaced, sequences, strays, unenforced};
use crate::run::{beginnings, run, script};
use crate::{read, report, rows};

/// The scripts, in order.
const SCRIPTS: [&str; 11] = [
    "00_preflight.sql",
    "10_add_columns.sql",
    "15_triggers.sql",
    "20_shadows.sql",
    "25_capture.sql",
    "30_copy.sql",
    "40_build.sql",
    "50_exchange.sql",
    "60_foreign_keys.sql",
    "70_clean_up.sql",
    "80_verify.sql",
];

/// Where the exchange is among them.
const EXCHANGE: usize = 7;

/// Those that take everything back that came before the exchange.
const BACK: [&str; 6] = [
    "undo/40_build.sql",
    "undo/30_copy.sql",
    "undo/25_capture.sql",
    "undo/20_shadows.sql",
    "undo/15_triggers.sql",
    "undo/10_add_columns.sql",
];

fn loaded(cluster: &Cluster, case: &Case) -> (Catalog, Plan) {
    clear(&cluster.url);
    case.load(&cluster.url);
    let original = read(&cluster.url);
    let plan = case.plan_by(Strategy::Shadow, original.clone());
    (original, plan)
}

/// What is wrong once all scripts have run.
fn problems(url: &str, plan: &Plan) -> Vec<String> {
    let mut client = shardplan::connect(url).unwrap();
    let mut problems: Vec<String> = plan.order.iter().filter_map(|placing| misplaced(&mut client, placing)).collect();
    problems.extend(plan.order.iter().flat_map(|placing| strays(&mut client, placing)));
    problems.extend(colocation(&mut client, plan));
    let catalog = read(url);
    problems.extend(unenforced(&mut client, plan, &catalog));
    for key in plan.foreign_keys.iter().filter_map(|verdict| verdict.after()) {
        if !catalog.foreign_keys.contains(key) {
            problems.push(format!("foreign key {} of {} is not as promised", key.name, key.from));
        }
    }
    let left = catalog.tables.iter().filter(|table| table.name.schema.as_str().starts_with("shardplan"));
    problems.extend(left.map(|table| format!("{} is left", table.name)));
    problems
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn fixtures_are_exchanged() {
    let cluster = cluster();
    let version = cases::version(&cluster.url);
    let one = std::env::var("SHARDPLAN_FIXTURE").ok();
    let mut chosen = cases::all();
    chosen.retain(|case| case.loads_on(version) && one.as_ref().is_none_or(|one| case.name.starts_with(one.as_str())));
    let (mut found, mut tried) = (Vec::new(), 0);
    for case in &chosen {
        let (original, plan) = loaded(&cluster, case);
        if plan.is_blocked() {
            continue;
        }
        tried += 1;
        let problems = exchange(&cluster, &original, &plan);
        println!("{}: {problems:#?}", case.name);
        found.extend(problems.into_iter().map(|problem| format!("{}: {problem}", case.name)));
    }
    println!("{tried} fixtures exchanged");
    assert!(tried > 0, "no fixture can be exchanged");
    report(&found);
}

fn exchange(cluster: &Cluster, original: &Catalog, plan: &Plan) -> Vec<String> {
    let url = &cluster.url;
    let before = (rows::fingerprints(url, original), sequences(url), views(url));
    if let Err(failure) = run(url, plan, &SCRIPTS) {
        return vec![failure];
    }
    let mut problems = rows::differences(&before.0, &rows::fingerprints(url, original));
    if sequences(url) != before.1 {
        problems.push(format!("sequences: before {:?}, after {:?}", before.1, sequences(url)));
    }
    if views(url) != before.2 {
        problems.push(format!("views: before {:?}, after {:?}", before.2, views(url)));
    }
    problems.extend(self::problems(url, plan));
    if let Err(failure) = run(url, plan, &SCRIPTS[EXCHANGE..]) {
        problems.push(format!("run again: {failure}"));
    }
    problems
}

/// The views with their comments, options and privileges.
fn views(url: &str) -> BTreeMap<String, String> {
    let query = "SELECT c.oid::regclass::text, concat_ws(' | ', pg_get_viewdef(c.oid), c.reloptions::text, c.relacl::text, obj_description(c.oid, 'pg_class'))
        FROM pg_class AS c WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')";
    let found = shardplan::connect(url).unwrap().query(query, &[]).unwrap();
    found.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// What an application does to the fixture `shadow`: rows that come, change, move to another tenant with what hangs on them, get
/// another primary key, exchange unique names, go and come again; a table that is emptied and filled.
const CHANGES: [&str; 9] = [
    "INSERT INTO theatres (country, name) VALUES ('NL', 'late');
     INSERT INTO halls (theatre_id, name, opened) SELECT max(theatre_id), 'late hall', '2022-02-02' FROM theatres;
     INSERT INTO shows (hall_id, title, price) SELECT max(hall_id), 'late show', 3 FROM halls;
     INSERT INTO tickets (show_id, seat) SELECT max(show_id), 'A1' FROM shows;",
    "UPDATE shows SET price = price + 1 WHERE show_id % 3 = 0; UPDATE tickets SET holder = 'changed' WHERE show_id = 5;",
    "DELETE FROM tickets WHERE show_id = 7; DELETE FROM tickets WHERE seat = 'row 1';",
    // To another tenant, with its shows and their tickets.
    "UPDATE halls SET theatre_id = 1 + theatre_id % 6 WHERE hall_id IN (2, 3, 4);",
    "UPDATE shows SET hall_id = 1 + hall_id % 18 WHERE show_id IN (20, 21) AND repeats IS NULL;",
    "UPDATE tickets SET seat = seat || ' moved' WHERE show_id = 11;",
    "UPDATE countries SET name = name || '!' WHERE code = 'PT'; INSERT INTO countries VALUES ('XX', 'Nowhere');",
    // The names change hands in one transaction: no order of single rows can follow.
    "BEGIN; UPDATE halls SET name = '-' WHERE name = 'hall 1'; UPDATE halls SET name = 'hall 1', theatre_id = 1 + theatre_id % 6 WHERE name = 'hall 7';
     UPDATE halls SET name = 'hall 7' WHERE name = '-'; COMMIT;
     DELETE FROM countries WHERE code = 'XX'; INSERT INTO countries VALUES ('YY', 'Nowhere');",
    "CREATE TEMP TABLE kept AS SELECT * FROM tickets; TRUNCATE tickets;
     INSERT INTO tickets SELECT * FROM kept WHERE show_id % 2 = 0;",
];

/// Before the copy, between the batches' end and the first replay, and just before the exchange: all changes each time.
#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn changes_at_any_moment_arrive() {
    let cluster = cluster();
    let url = &cluster.url;
    let mut found = Vec::new();
    for (at, change) in CHANGES.iter().enumerate() {
        for moment in ["30_copy.sql", "40_build.sql", "50_exchange.sql"] {
            let (original, plan) = loaded(&cluster, &Case::named("shadow"));
            let place = SCRIPTS.iter().position(|path| *path == moment).unwrap();
            run(url, &plan, &SCRIPTS[..place]).unwrap();
            psql(url, change).unwrap();
            let before = rows::fingerprints(url, &original);
            let outcome = run(url, &plan, &SCRIPTS[place..]);
            let mut problems: Vec<String> = outcome.err().into_iter().collect();
            if problems.is_empty() {
                problems = rows::differences(&before, &rows::fingerprints(url, &original));
                problems.extend(self::problems(url, &plan));
            }
            found.extend(problems.into_iter().map(|problem| format!("change {at} before {moment}: {problem}")));
        }
    }
    report(&found);
}

/// Every script stopped after each of its statements and run again; then, before the exchange, everything is taken back and
/// done once more.
#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn an_exchange_can_stop_anywhere() {
    let cluster = cluster();
    let url = &cluster.url;
    let (original, plan) = loaded(&cluster, &Case::named("shadow"));
    let before = (rows::fingerprints(url, &original), original.clone());
    for path in &SCRIPTS[..EXCHANGE] {
        for beginning in beginnings(&script(&plan, path)).iter().step_by(3) {
            psql(url, beginning).unwrap_or_else(|failure| panic!("{path}: {failure}"));
        }
        run(url, &plan, &[path]).unwrap();
        psql(url, CHANGES[1]).unwrap();
    }
    for path in BACK {
        run(url, &plan, &[path]).unwrap();
        run(url, &plan, &[path]).unwrap_or_else(|failure| panic!("twice: {failure}"));
    }
    let after = read(url);
    assert_eq!(
        after.tables.iter().map(|table| &table.name).collect::<Vec<_>>(),
        before.1.tables.iter().map(|table| &table.name).collect::<Vec<_>>()
    );
    assert_eq!(after.foreign_keys, before.1.foreign_keys);
    assert_eq!(after.sequences, before.1.sequences);

    let before = rows::fingerprints(url, &original);
    run(url, &plan, &SCRIPTS[..EXCHANGE]).unwrap();
    for path in &SCRIPTS[EXCHANGE..] {
        for beginning in beginnings(&script(&plan, path)) {
            psql(url, &beginning).unwrap_or_else(|failure| panic!("{path}: {failure}"));
        }
        run(url, &plan, &[path]).unwrap();
    }
    let mut found = rows::differences(&before, &rows::fingerprints(url, &original));
    found.extend(problems(url, &plan));
    report(&found);
}

/// What somebody does to a live table while it is copied must not go with it.
#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn a_schema_that_changes_meanwhile_stops_the_exchange() {
    let cluster = cluster();
    let url = &cluster.url;
    let (_, plan) = loaded(&cluster, &Case::named("shadow"));
    run(url, &plan, &SCRIPTS[..EXCHANGE]).unwrap();
    psql(url, "ALTER TABLE tickets ADD COLUMN note text; CREATE INDEX halls_opened ON halls (opened)").unwrap();
    psql(url, "ALTER TABLE shows ALTER COLUMN title SET DEFAULT 'untitled', ADD CONSTRAINT cheap CHECK (price < 9999)")
        .unwrap();
    let failure = run(url, &plan, &SCRIPTS[EXCHANGE..=EXCHANGE]).unwrap_err();
    let changed = "changed since the copies were made: column note of public.tickets, column title of public.shows, \
                   constraint cheap of public.shows, index public.halls_opened";
    assert!(failure.contains(changed), "{failure}");
    psql(url, "ALTER TABLE tickets DROP COLUMN note; DROP INDEX halls_opened; ALTER TABLE shows DROP CONSTRAINT cheap")
        .unwrap();
    psql(url, "ALTER TABLE shows ALTER COLUMN title DROP DEFAULT").unwrap();
    psql(url, "CREATE MATERIALIZED VIEW titles AS SELECT title FROM shows").unwrap();
    let failure = run(url, &plan, &SCRIPTS[EXCHANGE..=EXCHANGE]).unwrap_err();
    assert!(failure.contains("still bound to the old tables: rule _RETURN on materialized view"), "{failure}");
    psql(url, "DROP MATERIALIZED VIEW titles").unwrap();
    run(url, &plan, &SCRIPTS[EXCHANGE..]).unwrap();
    report(&problems(url, &plan));
}

/// What was left out before the exchange stops it, and a sequence that somebody has drawn from holds nobody up for long.
#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn an_exchange_waits_for_what_it_needs_and_gives_back_what_it_holds() {
    let cluster = cluster();
    let url = &cluster.url;
    let (_, plan) = loaded(&cluster, &Case::named("shadow"));
    let build = SCRIPTS.iter().position(|path| *path == "40_build.sql").unwrap();
    run(url, &plan, &SCRIPTS[..build]).unwrap();
    let failure = run(url, &plan, &SCRIPTS[EXCHANGE..=EXCHANGE]).unwrap_err();
    assert!(failure.contains("keys, indexes and foreign keys are not all built on the copies"), "{failure}");
    run(url, &plan, &SCRIPTS[build..EXCHANGE]).unwrap();

    let mut other = shardplan::connect(url).unwrap();
    let mut open = other.transaction().unwrap();
    open.query("SELECT nextval('theatres_theatre_id_seq')", &[]).unwrap();
    let impatient = "SET shardplan.lock_patience = '2s';\n";
    let failure = psql(url, &format!("{impatient}{}", script(&plan, SCRIPTS[EXCHANGE]))).unwrap_err().to_string();
    assert!(failure.contains("not exchanged in") && failure.contains("lock timeout"), "{failure}");
    open.commit().unwrap();
    // A trigger that was off has not noted what changed.
    psql(url, "ALTER TABLE tickets DISABLE TRIGGER ALL; ALTER TABLE tickets ENABLE TRIGGER ALL").unwrap();
    let failure = run(url, &plan, &SCRIPTS[EXCHANGE..=EXCHANGE]).unwrap_err();
    assert!(failure.contains("trigger that notes the changes of public.tickets"), "{failure}");
    psql(url, "ALTER TABLE tickets ENABLE ALWAYS TRIGGER zz_shardplan_capture, ENABLE ALWAYS TRIGGER zz_shardplan_capture_truncate")
        .unwrap();
    run(url, &plan, &SCRIPTS[EXCHANGE..]).unwrap();
    report(&problems(url, &plan));
}
