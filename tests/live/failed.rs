//! Citus's calls that fail in the middle: their session is killed, the script is run again, and it ends as if nothing had happened.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use shardplan::Strategy;
use shardplan_testkit::psql;

use crate::cases::Case;
use crate::citus::{DISTRIBUTION, clear, cluster, insist, lost, misplaced_tables, sequences};
use crate::kept::kept;
use crate::run::{PREPARATION, beginnings, run, script};
use crate::{read, report, rows};

/// What a call says when another database of the instance is in its way.
const OTHERS: [&str; 3] = ["already exists", "replication slot", "another"];

/// How long a call may go on before it is killed: some are over by then, and nothing is killed.
const DELAYS: [u64; 6] = [5, 60, 300, 900, 1500, 2200];

/// What goes away in the middle of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Gone {
    /// The session on the coordinator.
    Session,
    /// The database on a worker, whose sessions end; it is there again after the script has failed.
    Database,
    /// The server of a worker, at once and without a word; it is started again after the script has failed.
    Server,
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn calls_that_let_writers_on_are_killed_in_the_middle() {
    report(&kill_each(&Case::named("remade"), Strategy::Online, Gone::Session));
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn a_worker_goes_away_while_writers_go_on() {
    report(&kill_each(&Case::named("remade"), Strategy::Online, Gone::Database));
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn a_worker_goes_away_while_writers_wait() {
    report(&kill_each(&Case::named("tailspin"), Strategy::Combined, Gone::Database));
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL, all nodes of it on one machine; stops the first worker"]
fn a_server_is_stopped_while_writers_go_on() {
    report(&kill_each(&Case::named("remade"), Strategy::Online, Gone::Server));
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL, all nodes of it on one machine; stops the first worker"]
fn a_server_is_stopped_while_writers_wait() {
    report(&kill_each(&Case::named("tailspin"), Strategy::Combined, Gone::Server));
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL, all nodes of it on one machine; stops the first worker"]
fn a_server_is_stopped_in_the_one_transaction() {
    report(&kill_each(&Case::named("tailspin"), Strategy::Atomic, Gone::Server));
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn calls_that_block_writers_are_killed_in_the_middle() {
    report(&kill_each(&Case::named("tailspin"), Strategy::Combined, Gone::Session));
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn calls_of_one_transaction_are_killed_in_the_middle() {
    report(&kill_each(&Case::named("tailspin"), Strategy::Atomic, Gone::Session));
}

fn kill_each(case: &Case, strategy: Strategy, gone: Gone) -> Vec<String> {
    let cluster = cluster();
    let url = &cluster.url;
    clear(url);
    case.load(url);
    psql(url, "ANALYZE").unwrap();
    let original = read(url);
    let plan = match strategy {
        Strategy::Combined => case.plan_blocking(original.clone()),
        _ => case.plan_by(strategy, original.clone()),
    };
    assert!(!plan.is_blocked());
    let positions = sequences(url);
    run(url, &plan, &PREPARATION).unwrap();
    let before = (rows::fingerprints(url, &original), kept(url), positions);
    let mut problems = Vec::new();
    for path in DISTRIBUTION {
        let script = script(&plan, path);
        problems.extend(calls(&script).iter().flat_map(|call| kill_in(url, &script, call, gone)));
        problems.extend(insist(url, &plan, path).err());
    }
    problems.extend(rows::differences(&before.0, &rows::fingerprints(url, &original)));
    problems.extend(lost(&before.1, &kept(url)));
    let after = sequences(url);
    if after != before.2 {
        problems.push(format!("sequences: before {:?}, after {after:?}", before.2));
    }
    problems.extend(misplaced_tables(url, &plan));
    problems
}

/// Somebody has tried it by hand, and it failed half-way: the table is a local one of the cluster, and its identity starts again.
#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn what_a_call_by_hand_has_left_is_gone_on_from() {
    let cluster = cluster();
    let url = &cluster.url;
    let case = Case::named("remade");
    clear(url);
    case.load(url);
    let plan = case.plan_by(Strategy::Online, read(url));
    run(url, &plan, &PREPARATION).unwrap();
    let by_hand = "ALTER TABLE books DROP CONSTRAINT books_library_id_fkey, DROP CONSTRAINT books_language_code_fkey;
        SET statement_timeout = '900ms'; SELECT create_distributed_table_concurrently('books', 'library_id')";
    let failure = psql(url, by_hand).unwrap_err().to_string();
    assert!(failure.contains("statement timeout"), "{failure}");
    let position = |url| sequences(url).into_iter().find(|(name, _)| name == "public.books_book_id_seq").unwrap().1;
    assert_eq!(position(url), None, "the call has not come so far as to make the table anew");
    DISTRIBUTION.iter().try_for_each(|path| insist(url, &plan, path)).unwrap();
    assert_eq!(position(url), Some(395));
    psql(url, "INSERT INTO books (library_id, language_code, title) VALUES (1, 'en', 'One more')").unwrap();
}

/// The calls of Citus's functions in a script.
fn calls(script: &str) -> Vec<String> {
    let is_call = |line: &&str| {
        ["SELECT create_", "SELECT citus_add_", "SELECT truncate_"].iter().any(|start| line.starts_with(start))
    };
    script.lines().filter(is_call).map(|line| line.trim_end_matches(';').to_owned()).collect()
}

/// Runs a script up to a call and kills it in its middle, after different times. What else it says than that it was killed.
fn kill_in(url: &str, script: &str, call: &str, gone: Gone) -> Vec<String> {
    let up_to = beginnings(script).into_iter().find(|beginning| beginning.contains(call)).expect("it is in the script");
    let worker = Worker::first(url);
    let mut problems = Vec::new();
    for delay in DELAYS.map(Duration::from_millis) {
        let over = AtomicBool::new(false);
        let (killed, outcome) = thread::scope(|scope| {
            let killer = scope.spawn(|| kill_once(url, call, delay, &over, |pid| gone.goes(url, &worker, pid)));
            let outcome = psql(url, &up_to).map(|_| ()).map_err(|failure| failure.to_string());
            over.store(true, Ordering::Relaxed);
            (killer.join().unwrap(), outcome)
        });
        if killed {
            gone.comes_back(url, &worker);
        }
        println!("{call}: {delay:?}: killed {killed}: {outcome:?}");
        match outcome {
            Ok(()) => return problems,
            Err(_) if killed => {}
            // Others work on this instance too, and some names are those of the instance.
            Err(failure) if OTHERS.iter().any(|words| failure.contains(words)) => {}
            Err(failure) => problems.push(format!("{call} after {delay:?}: {failure}")),
        }
    }
    problems
}

/// Lets something happen to the session that has been in a call for so long. Whether it did.
fn kill_once(url: &str, call: &str, delay: Duration, over: &AtomicBool, kill: impl Fn(i32) -> bool) -> bool {
    let mut client = shardplan::connect(url).unwrap();
    let active = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE $1 || '%' AND pid <> pg_backend_pid()";
    let mut seen: Option<Instant> = None;
    while !over.load(Ordering::Relaxed) {
        let found = client.query_opt(active, &[&call]).unwrap();
        let since = found.as_ref().map(|_| *seen.get_or_insert_with(Instant::now));
        if let (Some(row), Some(since)) = (found, since)
            && since.elapsed() >= delay
        {
            return kill(row.get(0));
        }
        thread::sleep(Duration::from_millis(2));
    }
    false
}

impl Gone {
    /// Takes it away while a session of the coordinator is in a call. Whether that was in time.
    fn goes(self, url: &str, worker: &Worker, pid: i32) -> bool {
        match self {
            Self::Session => {
                let end = "SELECT pg_catalog.pg_terminate_backend($1::int4, 5000::int8)";
                return shardplan::connect(url).unwrap().query_one(end, &[&pid]).unwrap().get(0);
            }
            Self::Database => worker.allow_connections(false),
            Self::Server => worker.pg_ctl(url, "-m immediate stop"),
        }
        true
    }

    fn comes_back(self, url: &str, worker: &Worker) {
        match self {
            Self::Session => {}
            Self::Database => worker.allow_connections(true),
            // It starts with the options that it had.
            Self::Server => worker.pg_ctl(url, &format!("-l {}/restarted.log restart", worker.folder)),
        }
    }
}

/// The first worker of a cluster.
struct Worker {
    /// Of its database `postgres`.
    url: String,
    database: String,
    /// Where its server lives.
    folder: String,
}

impl Worker {
    fn first(url: &str) -> Self {
        let first = "SELECT nodename, nodeport, current_database()::text FROM pg_dist_node WHERE groupid <> 0 ORDER BY groupid LIMIT 1";
        let row = shardplan::connect(url).unwrap().query_one(first, &[]).unwrap();
        let (host, port, database): (String, i32, String) = (row.get(0), row.get(1), row.get(2));
        let url = format!("postgres://postgres@{host}:{port}/postgres");
        let folder = shardplan::connect(&url).unwrap().query_one("SHOW data_directory", &[]).unwrap().get(0);
        Self { url, database, folder }
    }

    /// Lets sessions into the database, or ends them and lets none in.
    fn allow_connections(&self, allow: bool) {
        let mut client = shardplan::connect(&self.url).unwrap();
        client.batch_execute(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS {allow}", self.database)).unwrap();
        if !allow {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1::text";
            client.execute(end, &[&self.database]).unwrap();
        }
    }

    /// Runs it as the account that the servers run as, which only the coordinator can do for us.
    fn pg_ctl(&self, url: &str, what: &str) {
        let folder = &self.folder;
        let run = format!(
            "DO $do$ BEGIN EXECUTE format('COPY (SELECT) TO PROGRAM %L', (SELECT setting FROM pg_config WHERE name = 'BINDIR') ||
             '/pg_ctl -D {folder} -w {what} > {folder}/pg_ctl.log 2>&1 < /dev/null'); END $do$"
        );
        shardplan::connect(url).unwrap().batch_execute(&run).unwrap();
    }
}
