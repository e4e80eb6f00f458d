//! Shadow tables on the stand-in and on a real cluster: filled and kept up to date beside live tables that change, stopped
//! anywhere, exchanged, and taken back before that.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use shardplan::{Catalog, Plan, Strategy};
use shardplan_testkit::{Database, psql, standin};

use crate::cases::{self, Case, check_each};
use crate::citus::{Cluster, clear, cluster, colocation, misplaced, sequences, strays, unenforced};
use crate::run::{beginnings, run, script};
use crate::watched::watched;
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

/// Where tables are exchanged.
pub(crate) enum Place {
    /// Its database is emptied each time.
    Cluster(Cluster),
    /// With a database of its own each time.
    Standin,
}

impl Place {
    fn version(&self) -> u32 {
        match self {
            Self::Cluster(cluster) => cases::version(&cluster.url),
            Self::Standin => cases::version(&standin().server().database("postgres").url()),
        }
    }

    pub(crate) fn load(&self, case: &Case) -> Loaded {
        let (database, url) = match self {
            Self::Cluster(cluster) => (None, cluster.url.clone()),
            Self::Standin => {
                let database = standin().fresh_database();
                // Nobody waits a day before the hand-over.
                let url = format!("{}?options=-c%20shardplan.quiet%3D-1h", database.url());
                (Some(database), url)
            }
        };
        if database.is_some() {
            case.load_few(&url);
        } else {
            clear(&url);
            case.load(&url);
        }
        let original = read(&url);
        let plan = case.plan_by(Strategy::Shadow, original.clone());
        Loaded { database, url, original, plan }
    }
}

/// A fixture in a place.
pub(crate) struct Loaded {
    /// If it has one of its own.
    database: Option<Database<'static>>,
    url: String,
    original: Catalog,
    pub(crate) plan: Plan,
}

impl Loaded {
    /// What is in the one database of a cluster.
    pub(crate) fn on_cluster(url: &str, original: Catalog, plan: Plan) -> Self {
        Self { database: None, url: url.to_owned(), original, plan }
    }

    fn fingerprints(&self) -> rows::Rows {
        rows::fingerprints(&self.url, &self.original)
    }

    fn run(&self, paths: &[&str]) -> Result<(), String> {
        run(&self.url, &self.plan, paths)
    }

    pub(crate) fn discard(&self) {
        self.database.iter().for_each(Database::discard);
    }
}

/// What is wrong once all scripts have run.
fn problems(loaded: &Loaded) -> Vec<String> {
    let (url, plan) = (&loaded.url, &loaded.plan);
    let mut client = shardplan::connect(url).unwrap();
    let mut problems: Vec<String> = plan.order.iter().filter_map(|placing| misplaced(&mut client, placing)).collect();
    // The stand-in has one copy of all rows.
    if loaded.database.is_none() {
        problems.extend(plan.order.iter().flat_map(|placing| strays(&mut client, placing)));
    }
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
    let place = Place::Cluster(cluster());
    report(&exchange_all(&place, |chosen, exchange| chosen.iter().flat_map(exchange).collect()));
}

#[test]
fn fixtures_are_exchanged_on_the_stand_in() {
    report(&exchange_all(&Place::Standin, |chosen, exchange| check_each(chosen, exchange)));
}

/// All fixtures that the server loads; `SHARDPLAN_FIXTURE` names one to try alone.
fn exchange_all(
    place: &Place,
    each: impl FnOnce(Vec<Case>, &(dyn Fn(&Case) -> Vec<String> + Sync)) -> Vec<String>,
) -> Vec<String> {
    let version = place.version();
    let one = std::env::var("SHARDPLAN_FIXTURE").ok();
    let mut chosen = cases::all();
    chosen.retain(|case| case.loads_on(version) && one.as_ref().is_none_or(|one| case.name.starts_with(one.as_str())));
    let tried = AtomicUsize::new(0);
    let found = each(chosen, &|case| {
        let loaded = place.load(case);
        let mut problems = Vec::new();
        if let Some(blocker) = loaded.plan.blockers().next() {
            println!("{}: {}", case.name, blocker.message);
        } else {
            tried.fetch_add(1, Ordering::Relaxed);
            problems = exchange(&loaded).into_iter().map(|problem| format!("{}: {problem}", case.name)).collect();
            println!("{}: {problems:#?}", case.name);
        }
        loaded.discard();
        problems
    });
    println!("{tried:?} fixtures exchanged");
    assert!(tried.into_inner() > 0, "no fixture can be exchanged");
    found
}

pub(crate) fn exchange(loaded: &Loaded) -> Vec<String> {
    let url = &loaded.url;
    let before = (loaded.fingerprints(), sequences(url), views(url));
    let mut problems = match watched(url, &loaded.plan, loaded.original.clone(), &SCRIPTS) {
        Ok(problems) => problems,
        Err(failure) => return vec![failure],
    };
    problems.extend(rows::differences(&before.0, &loaded.fingerprints()));
    if sequences(url) != before.1 {
        problems.push(format!("sequences: before {:?}, after {:?}", before.1, sequences(url)));
    }
    if views(url) != before.2 {
        problems.push(format!("views: before {:?}, after {:?}", before.2, views(url)));
    }
    problems.extend(self::problems(loaded));
    if let Err(failure) = loaded.run(&SCRIPTS[EXCHANGE..]) {
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
/// another primary key, move to another partition, reference each other, exchange unique names, go and come again; a table and a
/// partition that are emptied and filled.
const CHANGES: [&str; 9] = [
    "INSERT INTO theatres (country, name) VALUES ('NL', 'late');
     INSERT INTO halls (theatre_id, name, opened) SELECT max(theatre_id), 'late hall', '2022-02-02' FROM theatres;
     INSERT INTO shows (hall_id, title, price) SELECT max(hall_id), 'late show', 3 FROM halls;
     UPDATE halls SET opening_show = (SELECT max(show_id) FROM shows) WHERE hall_id = (SELECT max(hall_id) FROM halls);
     INSERT INTO tickets (show_id, seat) SELECT max(show_id), 'A1' FROM shows;
     INSERT INTO ratings SELECT max(show_id), 'first', 1 FROM shows;
     INSERT INTO visits (day, hall_id) SELECT day, max(hall_id) FROM halls, unnest(ARRAY['2020-02-02', '2031-01-01']::date[]) AS day GROUP BY day;",
    "UPDATE shows SET price = price + 1 WHERE show_id % 3 = 0; UPDATE tickets SET holder = 'changed' WHERE show_id = 5;
     UPDATE ratings SET stars = 9 WHERE show_id % 5 = 0;
     UPDATE visits SET people = people + 1 WHERE people = 2; UPDATE visits_2020 SET people = 9 WHERE hall_id = 2;",
    "DELETE FROM tickets WHERE show_id = 7; DELETE FROM tickets WHERE seat = 'row 1'; DELETE FROM ratings WHERE stars = 2;
     UPDATE halls SET opening_show = NULL WHERE hall_id = 6; UPDATE halls SET opening_show = 54 WHERE hall_id = 1;
     DELETE FROM visits WHERE hall_id = 5; DELETE FROM visits_early WHERE people = 3;",
    // To another tenant, with its shows and their tickets.
    "UPDATE halls SET theatre_id = 1 + theatre_id % 6 WHERE hall_id IN (2, 3, 4);",
    "UPDATE shows SET hall_id = 1 + hall_id % 18 WHERE show_id IN (20, 21) AND repeats IS NULL;",
    "UPDATE tickets SET seat = seat || ' moved' WHERE show_id = 11; UPDATE ratings SET reviewer = reviewer || '!' WHERE show_id = 11;
     UPDATE visits SET day = day + 400 WHERE hall_id IN (3, 4);",
    "UPDATE countries SET name = name || '!' WHERE code = 'PT'; INSERT INTO countries VALUES ('XX', 'Nowhere');",
    // The names change hands in one transaction: no order of single rows can follow.
    "BEGIN; UPDATE halls SET name = '-' WHERE name = 'hall 1'; UPDATE halls SET name = 'hall 1', theatre_id = 1 + theatre_id % 6 WHERE name = 'hall 7';
     UPDATE halls SET name = 'hall 7' WHERE name = '-'; COMMIT;
     DELETE FROM countries WHERE code = 'XX'; INSERT INTO countries VALUES ('YY', 'Nowhere');",
    "CREATE TEMP TABLE kept AS SELECT * FROM tickets; TRUNCATE tickets;
     INSERT INTO tickets SELECT * FROM kept WHERE show_id % 2 = 0; TRUNCATE ratings; INSERT INTO ratings VALUES (3, 'only', 4);
     CREATE TEMP TABLE early AS SELECT * FROM visits_early; TRUNCATE visits_early; INSERT INTO visits SELECT * FROM early WHERE people = 1;",
];

/// Before the copy, between the batches' end and the first replay, and just before the exchange.
const MOMENTS: [&str; 3] = ["30_copy.sql", "40_build.sql", "50_exchange.sql"];

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn changes_at_any_moment_arrive() {
    report(&change_at(&Place::Cluster(cluster()), |_, _| true));
}

/// Without `SHARDPLAN_CASES`, each change at one moment.
#[test]
fn changes_at_any_moment_arrive_on_the_stand_in() {
    let all = std::env::var_os("SHARDPLAN_CASES").is_some();
    report(&change_at(&Place::Standin, |change, moment| all || change % MOMENTS.len() == moment));
}

fn change_at(place: &Place, is_tried: impl Fn(usize, usize) -> bool) -> Vec<String> {
    let case = Case::named("shadow");
    let mut found = Vec::new();
    for (at, change) in CHANGES.iter().enumerate() {
        for (_, moment) in MOMENTS.iter().enumerate().filter(|(moment, _)| is_tried(at, *moment)) {
            let loaded = place.load(&case);
            let problems = changed(&loaded, change, moment);
            found.extend(problems.into_iter().map(|problem| format!("change {at} before {moment}: {problem}")));
            loaded.discard();
        }
    }
    found
}

fn changed(loaded: &Loaded, change: &str, moment: &str) -> Vec<String> {
    let place = SCRIPTS.iter().position(|path| *path == moment).unwrap();
    loaded.run(&SCRIPTS[..place]).unwrap();
    psql(&loaded.url, change).unwrap();
    let before = loaded.fingerprints();
    if let Err(failure) = loaded.run(&SCRIPTS[place..]) {
        return vec![failure];
    }
    let mut problems = rows::differences(&before, &loaded.fingerprints());
    problems.extend(self::problems(loaded));
    problems
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn an_exchange_can_stop_anywhere() {
    stop_anywhere(&Place::Cluster(cluster()));
}

#[test]
fn an_exchange_can_stop_anywhere_on_the_stand_in() {
    stop_anywhere(&Place::Standin);
}

/// Every script stopped after each of its statements and run again; then, before the exchange, everything is taken back and
/// done once more.
fn stop_anywhere(place: &Place) {
    let loaded = place.load(&Case::named("shadow"));
    for path in &SCRIPTS[..EXCHANGE] {
        stop_in(&loaded, path, 3);
        psql(&loaded.url, CHANGES[1]).unwrap();
    }
    for path in BACK {
        loaded.run(&[path]).unwrap();
        loaded.run(&[path]).unwrap_or_else(|failure| panic!("twice: {failure}"));
    }
    let (before, after) = (&loaded.original, read(&loaded.url));
    assert_eq!(
        after.tables.iter().map(|table| &table.name).collect::<Vec<_>>(),
        before.tables.iter().map(|table| &table.name).collect::<Vec<_>>()
    );
    assert_eq!(after.foreign_keys, before.foreign_keys);
    assert_eq!(after.sequences, before.sequences);

    let before = loaded.fingerprints();
    loaded.run(&SCRIPTS[..EXCHANGE]).unwrap();
    SCRIPTS[EXCHANGE..].iter().for_each(|path| stop_in(&loaded, path, 1));
    let mut found = rows::differences(&before, &loaded.fingerprints());
    found.extend(problems(&loaded));
    loaded.discard();
    report(&found);
}

/// Stops a script after every statement, or one of so many, and then runs it to its end.
fn stop_in(loaded: &Loaded, path: &str, stride: usize) {
    for beginning in beginnings(&script(&loaded.plan, path)).iter().step_by(stride) {
        psql(&loaded.url, beginning).unwrap_or_else(|failure| panic!("{path}: {failure}"));
    }
    loaded.run(&[path]).unwrap();
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn a_schema_that_changes_meanwhile_stops_the_exchange() {
    change_schema_meanwhile(&Place::Cluster(cluster()));
}

#[test]
fn a_schema_that_changes_meanwhile_stops_the_exchange_on_the_stand_in() {
    change_schema_meanwhile(&Place::Standin);
}

/// What somebody does to a live table while it is copied must not go with it.
fn change_schema_meanwhile(place: &Place) {
    let loaded = place.load(&Case::named("shadow"));
    let url = &loaded.url;
    loaded.run(&SCRIPTS[..EXCHANGE]).unwrap();
    psql(url, "ALTER TABLE tickets ADD COLUMN note text; CREATE INDEX halls_opened ON halls (opened)").unwrap();
    psql(url, "ALTER TABLE shows ALTER COLUMN title SET DEFAULT 'untitled', ADD CONSTRAINT cheap CHECK (price < 9999)")
        .unwrap();
    psql(url, "CREATE TABLE visits_2030 PARTITION OF visits FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')").unwrap();
    let failure = loaded.run(&SCRIPTS[EXCHANGE..=EXCHANGE]).unwrap_err();
    let changed = "changed since the copies were made: column note of public.tickets, column title of public.shows, \
                   constraint cheap of public.shows, index public.halls_opened, partition public.visits_2030 of public.visits";
    assert!(failure.contains(changed), "{failure}");
    psql(url, "ALTER TABLE tickets DROP COLUMN note; DROP INDEX halls_opened; ALTER TABLE shows DROP CONSTRAINT cheap")
        .unwrap();
    psql(url, "ALTER TABLE shows ALTER COLUMN title DROP DEFAULT; DROP TABLE visits_2030").unwrap();
    psql(url, "ALTER TABLE visits DETACH PARTITION visits_early").unwrap();
    let failure = loaded.run(&SCRIPTS[EXCHANGE..=EXCHANGE]).unwrap_err();
    assert!(failure.contains("partition shardplan_new_public.visits_early of public.visits"), "{failure}");
    psql(url, "ALTER TABLE visits ATTACH PARTITION visits_early FOR VALUES FROM (MINVALUE) TO ('2020-01-01')").unwrap();
    psql(url, "CREATE MATERIALIZED VIEW titles AS SELECT title FROM shows").unwrap();
    let failure = loaded.run(&SCRIPTS[EXCHANGE..=EXCHANGE]).unwrap_err();
    assert!(failure.contains("still bound to the old tables: rule _RETURN on materialized view"), "{failure}");
    psql(url, "DROP MATERIALIZED VIEW titles").unwrap();
    loaded.run(&SCRIPTS[EXCHANGE..]).unwrap();
    let found = problems(&loaded);
    loaded.discard();
    report(&found);
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn an_exchange_waits_for_what_it_needs() {
    exchange_too_early(&Place::Cluster(cluster()));
}

#[test]
fn an_exchange_waits_for_what_it_needs_on_the_stand_in() {
    exchange_too_early(&Place::Standin);
}

/// What was left out before the exchange stops it, and a sequence that somebody has drawn from holds nobody up for long.
fn exchange_too_early(place: &Place) {
    let loaded = place.load(&Case::named("shadow"));
    let url = &loaded.url;
    let exchange = &SCRIPTS[EXCHANGE..=EXCHANGE];
    let build = SCRIPTS.iter().position(|path| *path == "40_build.sql").unwrap();
    loaded.run(&SCRIPTS[..build]).unwrap();
    let failure = loaded.run(exchange).unwrap_err();
    assert!(failure.contains("keys, indexes and foreign keys are not all built on the copies"), "{failure}");
    loaded.run(&SCRIPTS[build..EXCHANGE]).unwrap();

    let mut other = shardplan::connect(url).unwrap();
    let mut open = other.transaction().unwrap();
    open.query("SELECT nextval('theatres_theatre_id_seq')", &[]).unwrap();
    let impatient = format!("SET shardplan.lock_patience = '2s';\n{}", script(&loaded.plan, SCRIPTS[EXCHANGE]));
    let failure = psql(url, &impatient).unwrap_err().to_string();
    assert!(failure.contains("not exchanged in") && failure.contains("lock timeout"), "{failure}");
    open.commit().unwrap();
    drop(other);
    // A trigger that was off has not noted what changed.
    psql(url, "ALTER TABLE tickets DISABLE TRIGGER ALL; ALTER TABLE tickets ENABLE TRIGGER ALL").unwrap();
    let failure = loaded.run(exchange).unwrap_err();
    assert!(failure.contains("trigger that notes the changes of public.tickets"), "{failure}");
    for trigger in ["zz_shardplan_capture", "zz_shardplan_capture_truncate"] {
        psql(url, &format!("ALTER TABLE tickets ENABLE ALWAYS TRIGGER {trigger}")).unwrap();
    }
    loaded.run(&SCRIPTS[EXCHANGE..]).unwrap();
    let found = problems(&loaded);
    loaded.discard();
    report(&found);
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn a_sequence_in_use_is_waited_for() {
    wait_for_sequence(&Place::Cluster(cluster()));
}

#[test]
fn a_sequence_in_use_is_waited_for_on_the_stand_in() {
    wait_for_sequence(&Place::Standin);
}

/// While a transaction that has drawn from a sequence is open, a script which takes the sequence from its table, or gives it
/// back, waits; and whoever draws meanwhile does not queue behind it for long.
fn wait_for_sequence(place: &Place) {
    let loaded = place.load(&Case::named("shadow"));
    let url = &loaded.url;
    let make = SCRIPTS.iter().position(|path| *path == "20_shadows.sql").unwrap();
    loaded.run(&SCRIPTS[..make]).unwrap();
    let draw = "SELECT nextval('theatres_theatre_id_seq')";
    for path in [SCRIPTS[make], "undo/20_shadows.sql"] {
        let mut holder = shardplan::connect(url).unwrap();
        let mut open = holder.transaction().unwrap();
        open.query(draw, &[]).unwrap();
        std::thread::scope(|scope| {
            let running = scope.spawn(|| loaded.run(&[path]));
            let mut client = shardplan::connect(url).unwrap();
            let (started, mut longest) = (Instant::now(), Duration::ZERO);
            while started.elapsed() < Duration::from_secs(5) {
                let before = Instant::now();
                client.query(draw, &[]).unwrap();
                longest = longest.max(before.elapsed());
            }
            assert!(!running.is_finished(), "{path} does not wait for the sequence");
            println!("{path}: the longest wait for the sequence took {longest:?}");
            assert!(longest < Duration::from_secs(1), "{path}: waited {longest:?} for the sequence");
            open.commit().unwrap();
            running.join().unwrap().unwrap();
        });
    }
    let sequences = read(url).sequences;
    assert!(loaded.original.sequences.iter().all(|before| sequences.contains(before)), "{sequences:?}");
    loaded.discard();
}
