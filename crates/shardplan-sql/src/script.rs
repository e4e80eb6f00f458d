//! One phase comes in, one script for psql goes out.

use shardplan::{Change, Phase, PhaseKind, Plan, Shadow, ShadowChange, Step};

use crate::backfill::Job;
use crate::quote::{comment, dollar, list, name_literal};
use crate::steps::{self, Patience};
use crate::{backfill, gate, helpers, preflight, prelude, shadow, trigger, undecided, verify};

/// A file of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Where it belongs, relative to the folder of the plan, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// The file of a phase.
#[must_use]
pub fn path(kind: PhaseKind) -> &'static str {
    match kind {
        PhaseKind::Preflight => "00_preflight.sql",
        PhaseKind::UnifyTypes => "05_unify_types.sql",
        PhaseKind::AddColumns => "10_add_columns.sql",
        PhaseKind::Triggers => "15_triggers.sql",
        PhaseKind::Backfill => "20_backfill.sql",
        PhaseKind::UniqueIndexes => "30_unique_indexes.sql",
        PhaseKind::Keys => "40_keys.sql",
        PhaseKind::HandOver => "45_hand_over.sql",
        PhaseKind::Distribute => "50_distribute.sql",
        PhaseKind::Shadows => "20_shadows.sql",
        PhaseKind::Capture => "25_capture.sql",
        PhaseKind::Copy => "30_copy.sql",
        PhaseKind::Build => "40_build.sql",
        PhaseKind::Exchange => "50_exchange.sql",
        PhaseKind::ForeignKeys => "60_foreign_keys.sql",
        PhaseKind::CleanUp => "70_clean_up.sql",
        PhaseKind::Verify => "80_verify.sql",
    }
}

/// So many gates share a statement: enough for a small schema to have one, few enough to find the one that closed.
const GATES_PER_STATEMENT: usize = 50;

/// The script that carries a phase out.
pub(crate) fn forward(plan: &Plan, phase: &Phase) -> Script {
    let mut text = head(plan, &format!("phase: {}", phase.kind), room(plan, phase));
    settings(&mut text, phase, true);
    if [PhaseKind::Shadows, PhaseKind::Build].contains(&phase.kind) {
        text.push_str(SEQUENTIAL);
    }
    if phase.kind == PhaseKind::Distribute && !phase.steps.iter().any(steps::locks_first) {
        one_by_one(&mut text);
    }
    let may_be_on_cluster = phase.kind == PhaseKind::Preflight || !phase.kind.is_preparation();
    if may_be_on_cluster {
        text.push_str(
            "-- Citus warns of each function that it does not take to the workers.\nSET client_min_messages = error;\n",
        );
    }
    if phase.kind == PhaseKind::Preflight {
        preflight::begin(&mut text);
    }
    if !phase.gates.is_empty() || !phase.steps.is_empty() {
        prelude::write(&mut text, phase);
    }
    verify::functions(&mut text, phase);
    if may_be_on_cluster {
        text.push_str("RESET client_min_messages;\n");
    }
    for gates in phase.gates.chunks(GATES_PER_STATEMENT) {
        gate::statement(&mut text, gates);
    }
    match phase.kind {
        PhaseKind::Preflight => preflight::finish(&mut text, plan),
        PhaseKind::UnifyTypes => unify(&mut text, plan, phase),
        PhaseKind::Triggers => triggers(&mut text, plan, phase),
        PhaseKind::Backfill => fill(&mut text, phase),
        PhaseKind::Distribute if !phase.steps.is_empty() => {
            leftovers(&mut text, phase);
            verify::take_rows(&mut text, plan);
            steps::write(&mut text, plan, phase);
        }
        PhaseKind::CleanUp if !phase.steps.is_empty() => {
            verify::same_rows(&mut text);
            steps::write(&mut text, plan, phase);
        }
        PhaseKind::Verify => verify::finish(&mut text, plan, phase),
        PhaseKind::Shadows => shadows(&mut text, plan, phase),
        PhaseKind::Capture => capture(&mut text, plan, phase),
        PhaseKind::Copy => copy(&mut text, phase),
        _ => steps::write(&mut text, plan, phase),
    }
    if phase.kind == PhaseKind::Verify {
        text.push_str("\\echo 'verified: the cluster is what the plan promised'\n");
    } else if phase.gates.is_empty() && phase.steps.is_empty() && phase.kind != PhaseKind::Preflight {
        text.push_str("-- Nothing to do for this schema.\n");
    }
    Script { path: path(phase.kind).to_owned(), text }
}

/// The only script of a plan that is blocked.
pub(crate) fn blocked(plan: &Plan) -> Script {
    let mut text = head(plan, "this plan is blocked", 0);
    for finding in plan.blockers() {
        comment(&mut text, format_args!("{}: {} ({})", finding.rule, finding.message, finding.advice));
    }
    let count = plan.blockers().count();
    prelude::write_require(&mut text);
    gate::stop(&mut text, &format!("this plan has {count} blockers"), "README.md says what to do about each");
    Script { path: path(PhaseKind::Preflight).to_owned(), text }
}

/// The first lines of a script, with room for the rest, so that it need not be moved while it grows.
fn head(plan: &Plan, what: &str, room: usize) -> String {
    let mut text = String::with_capacity(room);
    comment(&mut text, format_args!("shardplan, distribution key {}; {what}", plan.key));
    text.push_str("\\set ON_ERROR_STOP on\n");
    text
}

/// About as many bytes as a script has, from what it writes for a step, a gate, a question. Too much costs nothing: the system
/// gives memory when it is written to.
fn room(plan: &Plan, phase: &Phase) -> usize {
    let per_step = match phase.kind {
        PhaseKind::Backfill => 3_600,
        PhaseKind::Triggers => 2_100,
        _ => 480,
    };
    let questions = if phase.kind == PhaseKind::Preflight { plan.findings.len() } else { 0 };
    4_096 + phase.steps.len() * per_step + phase.gates.len() * 120 + questions * 400
}

/// What the settings of a role or a database must not change.
const SESSION: &str = "\
SET standard_conforming_strings = on;
SET quote_all_identifiers = off;
SET default_transaction_isolation = 'read committed';
-- Rows that a policy hides from this role must stop the script, not be left out.
SET row_security = off;
";

/// One script at a time. It asks again and again instead of waiting, because a waiting session would hold up the other one's
/// CREATE INDEX CONCURRENTLY; and for a few seconds, because a killed session keeps its locks until it has gone.
const ALONE: &str = "
BEGIN
  FOR attempt IN 1..50 LOOP
    IF pg_try_advisory_lock(hashtext('shardplan_script')) THEN
      RETURN;
    END IF;
    COMMIT;
    PERFORM pg_sleep(0.1);
    COMMIT;
  END LOOP;
  RAISE EXCEPTION USING MESSAGE = 'another session runs a script of shardplan in this database',
    HINT = 'wait for its end, or look for it in pg_locks among those of locktype advisory';
END
";

/// What every statement of the script needs.
fn settings(text: &mut String, phase: &Phase, is_forward: bool) {
    let reads_rows = [PhaseKind::Capture, PhaseKind::Copy, PhaseKind::Build, PhaseKind::Exchange];
    if phase.kind.is_preparation() || reads_rows.contains(&phase.kind) {
        text.push_str(SESSION);
    }
    if !phase.steps.is_empty() {
        text.push_str("\n-- One script at a time.\nDO ");
        dollar(text, |text| text.push_str(ALONE));
        text.push_str(";\n\n");
        text.push_str("-- Scans and copies take as long as they take, unless PGOPTIONS says '-c shardplan.statement_wait=1h'; only waits that block\n");
        text.push_str("-- others are cut short.\n");
        text.push_str("SELECT set_config('statement_timeout', coalesce(nullif(current_setting('shardplan.statement_wait', true), ''), '0'), false) AS statement_wait \\gset\n");
        if steps::is_local(phase.kind) {
            text.push_str("SET lock_timeout = 0;\n");
        }
    }
    if steps::needs_patience(phase) || is_forward && phase.steps.iter().any(steps::locks_first) {
        text.push_str("-- A statement that waits too long for its lock gives up, rather than let the application queue behind it, and tries again a\n");
        text.push_str("-- little later. After ten minutes the script stops: run it again then, and what is done is left out. Other limits are set by\n");
        text.push_str("-- PGOPTIONS='-c shardplan.lock_wait=50ms -c shardplan.lock_patience=10min' psql ...\n");
    } else if phase.steps.iter().any(|step| Patience::of(&step.changes, &step.locks) == Patience::Brief) {
        text.push_str("-- A statement that gives up waiting for its lock stops the script, rather than let the application queue behind it:\n");
        text.push_str("-- run the script again then. What is done is left out.\n");
    }
    match phase.kind {
        PhaseKind::Preflight => text.push_str(
            "-- Types are compared as they are printed under an empty search path.\nSET search_path = pg_catalog;\n",
        ),
        PhaseKind::Distribute => {
            text.push_str("-- Without this, create_reference_table converts every table that is connected to it by foreign keys.\n");
            text.push_str("SET citus.enable_local_reference_table_foreign_keys = off;\n");
        }
        _ => {}
    }
}

/// Foreign keys to reference tables want it.
const SEQUENTIAL: &str =
    "-- Citus keeps to one connection for each node.\nSET citus.multi_shard_modify_mode = 'sequential';\n";

/// What statements that come one after the other need of Citus; a transaction of all of them says what it needs itself.
fn one_by_one(text: &mut String) {
    text.push_str("-- Without this, a table whose referenced table references a reference table is refused.\n");
    text.push_str("SET citus.multi_shard_modify_mode = 'sequential';\n");
    text.push_str("-- At its end the concurrent function locks its table for a moment, over connections of its own that no lock_timeout of\n");
    text.push_str("-- this session reaches: look for long transactions before, because readers queue behind it too.\n");
}

/// What a concurrent call that failed has left: its slots hold back WAL, its publications hold up UPDATE and DELETE on tables without
/// a replica identity, and the next call needs its places.
fn leftovers(text: &mut String, phase: &Phase) {
    let concurrent = phase.steps.iter().filter(|step| step.changes.iter().any(Change::is_concurrent));
    let names: Vec<String> = concurrent.map(|step| name_literal(&step.table).to_string()).collect();
    if names.is_empty() {
        return;
    }
    text.push_str("\n-- What a concurrent call that failed has left: shards, slots, publications, subscriptions; sequences that start again.\n");
    line(text, "SELECT 'CALL citus_cleanup_orphaned_resources()' WHERE EXISTS (SELECT FROM pg_dist_cleanup) \\gexec");
    line(text, &format!("SELECT pg_temp.catch_up(ARRAY[{}]);", list(&names)));
}

fn line(text: &mut String, statement: &str) {
    text.push_str(statement);
    text.push('\n');
}

fn triggers(text: &mut String, plan: &Plan, phase: &Phase) {
    if phase.steps.is_empty() {
        return;
    }
    text.push_str(helpers::SCHEMA);
    trigger::shared(text);
    steps::write(text, plan, phase);
}

/// The steps up to the filling, the filling of all columns, and once it is complete the rest.
fn unify(text: &mut String, plan: &Plan, phase: &Phase) {
    let is_copy = |step: &Step| matches!(step.changes[..], [Change::CopyColumn(_)]);
    let Some(start) = phase.steps.iter().position(is_copy) else { return };
    let end = start + phase.steps[start..].iter().take_while(|step| is_copy(step)).count();
    text.push_str(helpers::SCHEMA);
    steps::write_some(text, plan, phase, 0..start);
    let copies = phase.steps[start..end].iter().flat_map(|step| &step.changes).filter_map(|change| match change {
        Change::CopyColumn(copy) => Some(Job::of_copy(copy)),
        _ => None,
    });
    backfill::at_once(text, &copies.collect::<Vec<_>>(), &steps::all_unified(plan, phase));
    steps::write_some(text, plan, phase, end..phase.steps.len());
}

fn fill(text: &mut String, phase: &Phase) {
    let changes = || phase.steps.iter().flat_map(|step| &step.changes);
    if changes().next().is_none() {
        return;
    }
    text.push_str(helpers::SCHEMA);
    for change in changes() {
        if let Change::ListUndecided(undecided) = change {
            undecided::objects(text, undecided);
        }
    }
    let backfills = changes().filter_map(|change| match change {
        Change::Backfill(backfill) => Some(Job::of_backfill(backfill)),
        _ => None,
    });
    let backfills: Vec<Job<'_>> = backfills.collect();
    if !backfills.is_empty() {
        backfill::objects(text, &backfills);
        backfill::start(text);
    }
    text.push_str("\n-- Rows about which someone must decide: none, or the next script will stop.\n");
    text.push_str("SELECT target, kind, reason, count(*) FROM shardplan.undecided GROUP BY target, kind, reason ORDER BY target, kind, reason;\n");
}

/// What taking the distribution back does and what it loses, before it does it.
const TO_PLAIN: &str = r"
\echo 'Every row is copied back to the coordinator, which must have room for all of them; readers and writers of a table and of all'
\echo 'that foreign keys connect to it wait while that goes on. Lost are: privileges that others than its owner have granted on a view,'
\echo 'and the old copies of the rows, so that what was written since the distribution cannot be told from what was there before.'
\echo 'A table with an identity column stays distributed: Citus refuses it. A function over a table that would be dropped stops the script.'
";

fn shadows(text: &mut String, plan: &Plan, phase: &Phase) {
    text.push_str(helpers::SCHEMA);
    shadow::shared_by_tables(text);
    steps::write(text, plan, phase);
    text.push_str("DROP PROCEDURE shardplan.take_after(regclass, regclass);\n");
}

fn capture(text: &mut String, plan: &Plan, phase: &Phase) {
    text.push_str(helpers::SCHEMA);
    shadow::shared_by_logs(text);
    steps::write(text, plan, phase);
}

fn copy(text: &mut String, phase: &Phase) {
    let jobs = phase.steps.iter().flat_map(|step| &step.changes).filter_map(|change| match change {
        Change::Shadow(ShadowChange::CopyRows(copy)) => Some(Job::of_rows(copy)),
        _ => None,
    });
    text.push_str(helpers::SCHEMA);
    shadow::copied(text, &jobs.collect::<Vec<_>>());
}

/// The script that takes a phase back: its steps from the last to the first.
pub(crate) fn undo(plan: &Plan, phase: &Phase) -> Script {
    let mut text = head(plan, &format!("takes back the phase: {}", phase.kind), room(plan, phase));
    settings(&mut text, phase, false);
    if phase.kind == PhaseKind::Distribute {
        text.push_str(TO_PLAIN);
        one_by_one(&mut text);
    }
    if let Some(shadow) = exchanged(plan) {
        helpers::block(&mut text, &shadow::not_exchanged(shadow));
    }
    prelude::write_for_undo(&mut text, phase);
    if phase.kind == PhaseKind::UnifyTypes {
        // First, so that a new column that is added again is filled again.
        helpers::drop_backfill(&mut text);
    }
    steps::write_undo(&mut text, plan, phase);
    match phase.kind {
        PhaseKind::Backfill => helpers::drop_backfill(&mut text),
        PhaseKind::Copy => {
            shadow::empty(&mut text, phase);
            helpers::drop_backfill(&mut text);
        }
        PhaseKind::HandOver if prelude::has_removed(phase) => helpers::block(&mut text, prelude::FORGET),
        PhaseKind::Capture => helpers::drop_capture(&mut text),
        PhaseKind::Shadows => shadow::drop_schemas(&mut text, phase),
        PhaseKind::Triggers | PhaseKind::UnifyTypes => helpers::drop_rest(&mut text),
        _ => {}
    }
    Script { path: format!("undo/{}", path(phase.kind)), text }
}

/// A table that the exchange of the plan brings into its place, if it has one.
fn exchanged(plan: &Plan) -> Option<&Shadow> {
    let exchange = plan.phases.iter().find(|phase| phase.kind == PhaseKind::Exchange)?;
    exchange.steps.iter().flat_map(|step| &step.changes).find_map(|change| match change {
        Change::Shadow(ShadowChange::Exchange { shadows, .. }) => shadows.first(),
        _ => None,
    })
}
