//! One phase comes in, one script for psql goes out.

use std::fmt::Write;

use shardplan::{
    Backfill, Change, Gate, LockMode, Phase, PhaseKind, Placement, Plan, Step, TableLock, Transaction, Undo,
};

use crate::quote::comment;
use crate::{backfill, done, gate, probe, statement};

/// A file of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Where it belongs, relative to the folder of the plan, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// The file of a phase.
pub(crate) fn path(kind: PhaseKind) -> &'static str {
    match kind {
        PhaseKind::Preflight => "00_preflight.sql",
        PhaseKind::AddColumns => "10_add_columns.sql",
        PhaseKind::Backfill => "20_backfill.sql",
        PhaseKind::UniqueIndexes => "30_unique_indexes.sql",
        PhaseKind::Keys => "40_keys.sql",
        PhaseKind::Distribute => "50_distribute.sql",
        PhaseKind::ForeignKeys => "60_foreign_keys.sql",
        PhaseKind::CleanUp => "70_clean_up.sql",
        PhaseKind::Verify => "80_verify.sql",
    }
}

/// So many gates share a statement: enough for a small schema to have one, few enough to find the one that closed.
const GATES_PER_STATEMENT: usize = 50;

/// The script that carries a phase out.
pub(crate) fn forward(plan: &Plan, phase: &Phase) -> Script {
    let mut text = head(plan, &format!("phase: {}", phase.kind));
    settings(&mut text, phase);
    for gates in phase.gates.chunks(GATES_PER_STATEMENT) {
        gate::statement(&mut text, gates);
    }
    match phase.kind {
        PhaseKind::Preflight => questions(&mut text, plan),
        PhaseKind::Backfill => fill(&mut text, phase),
        _ => steps(&mut text, plan, phase),
    }
    if phase.kind == PhaseKind::Verify {
        text.push_str("\\echo 'verified: the cluster is what the plan promised'\n");
    } else if phase.gates.is_empty() && phase.steps.is_empty() {
        text.push_str("-- Nothing to do for this schema.\n");
    }
    Script { path: path(phase.kind).to_owned(), text }
}

/// The only script of a plan that is blocked.
pub(crate) fn blocked(plan: &Plan) -> Script {
    let mut text = head(plan, "this plan is blocked");
    for finding in plan.blockers() {
        let _ =
            writeln!(text, "{}", comment(format_args!("{}: {} ({})", finding.rule, finding.message, finding.advice)));
    }
    let count = plan.blockers().count();
    gate::stop(&mut text, &format!("this plan has {count} blockers"), "README.md says what to do about each");
    Script { path: path(PhaseKind::Preflight).to_owned(), text }
}

fn head(plan: &Plan, what: &str) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", comment(format_args!("shardplan, distribution key {}; {what}", plan.key)));
    text.push_str("\\set ON_ERROR_STOP on\n");
    text
}

/// What every statement of the script needs.
fn settings(text: &mut String, phase: &Phase) {
    if !phase.steps.is_empty() {
        text.push_str("-- Scans and copies take as long as they take; only waits for locks are cut short.\n");
        text.push_str("SET statement_timeout = 0;\n");
    }
    if phase.steps.iter().any(|step| Patience::of(&step.changes, &step.locks) == Patience::Brief) {
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
            text.push_str("-- Without this, a table whose referenced table references a reference table is refused.\n");
            text.push_str("SET citus.multi_shard_modify_mode = 'sequential';\n");
        }
        _ => {}
    }
}

fn line(text: &mut String, statement: &str) {
    text.push_str(statement);
    text.push_str(";\n");
}

/// The counting queries of the findings.
fn questions(text: &mut String, plan: &Plan) {
    for finding in &plan.findings {
        if let Some(query) = &finding.query {
            let _ = writeln!(text, "\n{}\n{}", comment(&finding.message), comment(&finding.advice));
            line(text, &probe::probe_query(query));
        }
    }
}

fn fill(text: &mut String, phase: &Phase) {
    let backfills: Vec<&Backfill> = phase
        .steps
        .iter()
        .flat_map(|step| &step.changes)
        .filter_map(|change| match change {
            Change::Backfill(backfill) => Some(backfill),
            _ => None,
        })
        .collect();
    if backfills.is_empty() {
        return;
    }
    for (why, statement) in backfill::objects(&backfills) {
        if !why.is_empty() {
            let _ = writeln!(text, "\n{}", comment(&why));
        }
        line(text, &statement);
    }
    let job = backfill::JOB;
    let rows = backfill::BATCH_ROWS;
    let _ = write!(
        text,
        "
-- With pg_cron in this database a job works until all is done and then takes itself off the schedule.
-- To stop it before: SELECT cron.unschedule('{job}');
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_cron') AS has_cron \\gset
\\if :has_cron
SELECT cron.schedule('{job}', '* * * * *', 'CALL shardplan.run_backfill({rows}, interval ''50 seconds'')');
\\else
-- Without it this call does the same, here and now; it can be interrupted and run again.
CALL shardplan.run_backfill({rows});
\\endif
SELECT * FROM shardplan.progress;
"
    );
}

/// How long a statement may wait for its locks.
#[derive(Clone, Copy, PartialEq)]
enum Patience {
    /// Briefly: what comes after it in the queue, the application, waits too.
    Brief,
    /// Without end: it blocks nobody, and a build that gives up leaves an invalid index.
    Endless,
}

impl Patience {
    fn of(changes: &[Change], locks: &[TableLock]) -> Self {
        let alone = changes.iter().any(Change::runs_alone);
        if !alone && locks.iter().any(|lock| lock.mode.blocks_writers()) { Self::Brief } else { Self::Endless }
    }

    /// Says so, if it is not so already.
    fn set(self, text: &mut String, now: &mut Option<Self>) {
        if now.replace(self) == Some(self) {
            return;
        }
        text.push('\n');
        text.push_str(match self {
            Self::Brief => "SET lock_timeout = '2s';\n",
            Self::Endless => "SET lock_timeout = 0;\n",
        });
    }
}

fn steps(text: &mut String, plan: &Plan, phase: &Phase) {
    let mut patience = None;
    for (at, step) in phase.steps.iter().enumerate() {
        Patience::of(&step.changes, &step.locks).set(text, &mut patience);
        let _ = writeln!(text, "\n{}", comment(format_args!("{}: {}.", step.table, step.why)));
        for lock in step.locks.iter().filter(|lock| lock.mode.blocks_writers()) {
            let _ = writeln!(
                text,
                "{}",
                comment(format_args!("Lock: {} on {}{}.", lock.mode, lock.table, duration(step, lock.mode)))
            );
        }
        let condition =
            done::condition(step).or_else(|| suspended_already(phase, at)).or_else(|| taken_over(plan, phase, step));
        if let Some(condition) = &condition {
            let _ = writeln!(text, "SELECT {condition} AS done \\gset\n\\if :done\n\\else");
        }
        changes(text, &step.changes, step.transaction);
        if condition.is_some() {
            text.push_str("\\endif\n");
        }
    }
}

fn duration(step: &Step, mode: LockMode) -> &'static str {
    let copies = step.changes.iter().any(|change| {
        matches!(change, Change::CreateReferenceTable { .. })
            || matches!(change, Change::Distribute { .. }) && mode == LockMode::Exclusive
    });
    let scans = step
        .changes
        .iter()
        .any(|change| matches!(change, Change::AddForeignKey { foreign_key } if foreign_key.validated));
    if copies {
        ", while it is copied"
    } else if scans {
        ", while the referencing table is scanned"
    } else {
        ", for a moment"
    }
}

/// An index that has become the key is not built again: it is there under the key's name.
fn taken_over(plan: &Plan, phase: &Phase, step: &Step) -> Option<String> {
    let [Change::CreateIndex { table, index, .. }] = &step.changes[..] else { return None };
    if phase.kind != PhaseKind::UniqueIndexes {
        return None;
    }
    plan.phase(PhaseKind::Keys).gates.iter().find_map(|gate| match gate {
        Gate::IndexIsValid { table: on, index: name, becomes, positions } if on == table && *name == index.name => {
            Some(done::is_key(table, becomes, *positions))
        }
        _ => None,
    })
}

/// A foreign key that goes before a table is distributed stays as it is once that table is distributed.
fn suspended_already(phase: &Phase, at: usize) -> Option<String> {
    if phase.kind != PhaseKind::Distribute || !matches!(phase.steps[at].changes[..], [Change::DropForeignKey { .. }]) {
        return None;
    }
    phase.steps[at..].iter().flat_map(|step| &step.changes).find_map(|change| match change {
        Change::Distribute { table, .. } => Some(done::is_placed(table, "partmethod = 'h'")),
        Change::CreateReferenceTable { table } => Some(done::is_placed(table, "repmodel = 't'")),
        _ => None,
    })
}

fn changes(text: &mut String, changes: &[Change], transaction: Transaction) {
    let block = transaction == Transaction::Required;
    if block {
        text.push_str("BEGIN;\n");
    }
    for change in changes {
        match change {
            Change::DropHelpers => text.push_str(DROP_HELPERS),
            other => {
                if let Some(invalid) = done::leftover(other) {
                    let _ = write!(text, "{invalid}");
                }
                let start = text.len();
                let _ = statement::statement(text, other);
                if text.len() > start {
                    text.push_str(";\n");
                }
            }
        }
    }
    if block {
        text.push_str("COMMIT;\n");
    }
}

const DROP_HELPERS: &str = "\
SELECT to_regclass('cron.job') IS NOT NULL AS has_cron \\gset
\\if :has_cron
SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = 'shardplan_backfill';
\\endif
DROP SCHEMA IF EXISTS shardplan CASCADE;
";

/// The script that takes a phase back: its steps from the last to the first.
pub(crate) fn undo(plan: &Plan, phase: &Phase) -> Script {
    let mut text = head(plan, &format!("takes back the phase: {}", phase.kind));
    settings(&mut text, phase);
    for step in phase.steps.iter().rev() {
        match &step.undo {
            Undo::Nothing => {}
            Undo::Impossible(why) => {
                let _ = writeln!(text, "\n{}", comment(format_args!("{}: {why}.", step.table)));
            }
            Undo::Changes(back) => {
                let _ = writeln!(text, "\n{}", comment(format_args!("{}: takes back: {}.", step.table, step.why)));
                for group in back {
                    let transaction = if group.len() > 1 { Transaction::Required } else { Transaction::Allowed };
                    changes(&mut text, group, transaction);
                }
            }
        }
    }
    if phase.kind == PhaseKind::Backfill {
        text.push_str(DROP_HELPERS);
    }
    Script { path: format!("undo/{}", path(phase.kind)), text }
}

/// Whether a table gets its column from the plan.
pub(crate) fn is_filled(placement: &Placement) -> bool {
    matches!(placement, Placement::Distributed { backfill: Some(_), .. })
}
