//! How far a plan has come in a database, as the database knows: a session comes in, the finished phases go out.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use super::server::Server;
use super::session::{Rows, Session, Stop};
use crate::failure::Failure;

/// Nothing of it goes with the helpers of the scripts: it says at the end that the plan is done.
const TABLE: &str = "
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS shardplan_state;
CREATE TABLE IF NOT EXISTS shardplan_state.phases (
  plan text NOT NULL,
  phase text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  PRIMARY KEY (plan, phase)
);
";

/// Held as long as a plan is applied.
const ALONE: &str = "SELECT pg_try_advisory_lock(hashtext('shardplan_apply'));";

/// The session of a run that was killed keeps its lock until its psql has noticed.
const LINGERING: Duration = Duration::from_secs(1);

/// What is there already, without making anything.
const LOOK: &str = "
SELECT to_regclass('shardplan_state.phases') IS NOT NULL AS is_known \\gset
\\if :is_known
SELECT plan, phase, finished_at IS NOT NULL FROM shardplan_state.phases ORDER BY started_at;
\\endif
";

/// The state of one plan in a database.
pub(crate) struct State {
    pub(crate) session: Session,
    plan: String,
    pub(crate) begun: BTreeSet<String>,
    pub(crate) finished: BTreeSet<String>,
}

/// Ends what a run that was killed has left at work: its psql goes on until the statement is done. Who has claimed the plan knows
/// that no other run is alive, and by whom else a script is run, it is not called `shardplan`.
const ORPHANS: &str = "
SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND datname = current_database() AND application_name = 'shardplan'
  AND pid <> pg_backend_pid() AND (classid::bigint << 32) | objid::bigint = hashtext('shardplan_script')::bigint;
";

impl State {
    /// Reads it, and changes nothing.
    pub(crate) fn read(server: &Server, plan: &str) -> Result<Self, Stop> {
        let session = Session::open(server, Rows::Bare)?;
        let mut state = Self { session, plan: plan.to_owned(), begun: BTreeSet::new(), finished: BTreeSet::new() };
        state.look()?;
        Ok(state)
    }

    fn look(&mut self) -> Result<(), Stop> {
        let (mut begun, mut finished) = (BTreeSet::new(), BTreeSet::new());
        for row in self.session.rows(LOOK)? {
            let [of, phase, is_finished] = &row[..] else { continue };
            if *of != self.plan {
                return Err(Stop::Failed(Failure::wrong(
                    "this database has the state of another plan; finish that one or take it back, then run `DROP SCHEMA shardplan_state CASCADE`",
                )));
            }
            begun.insert(phase.clone());
            if is_finished == "t" {
                finished.insert(phase.clone());
            }
        }
        (self.begun, self.finished) = (begun, finished);
        Ok(())
    }

    /// Lets nobody else apply a plan in this database as long as this lives, and makes room for what is to be noted.
    pub(crate) fn claim(&mut self) -> Result<(), Stop> {
        let begun = Instant::now();
        while self.session.rows(ALONE)? != [["t"]] {
            if begun.elapsed() > LINGERING {
                return Err(Stop::Failed(Failure::wrong(
                    "another `shardplan apply` is at work in this database; wait for its end (its sessions are those of the application `shardplan`)",
                )));
            }
            thread::sleep(Duration::from_millis(100));
        }
        self.session.rows(TABLE)?;
        self.session.rows(ORPHANS)?;
        // While this waited, another run may have gone on.
        self.look()
    }

    /// A phase begins.
    pub(crate) fn begin(&mut self, phase: &str) -> Result<(), Stop> {
        self.note(phase, "started_at = clock_timestamp(), finished_at = NULL")?;
        self.begun.insert(phase.to_owned());
        Ok(())
    }

    /// A phase is done.
    pub(crate) fn finish(&mut self, phase: &str) -> Result<(), Stop> {
        self.note(phase, "finished_at = clock_timestamp()")?;
        self.finished.insert(phase.to_owned());
        Ok(())
    }

    /// Plans and phases are known by words of our own, without quotes.
    fn note(&mut self, phase: &str, what: &str) -> Result<(), Stop> {
        let plan = &self.plan;
        let statement = format!(
            "INSERT INTO shardplan_state.phases (plan, phase) VALUES ('{plan}', '{phase}') ON CONFLICT (plan, phase) DO UPDATE SET {what};"
        );
        self.session.rows(&statement).map(|_| ())
    }
}
