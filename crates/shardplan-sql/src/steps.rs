//! The steps of a phase come in, their statements go out, with comments, locks and a look whether they are done.

use std::ops::Range;

use foldhash::HashMap;

use shardplan::{
    Change, Gate, LockMode, Name, Phase, PhaseKind, Plan, ShadowChange, Step, TableLock, TableName, Transaction, Undo,
};

use crate::done::{self, Question};
use crate::put::{Put, qualified};
use crate::quote::{comment, dollar, list, literal};
use crate::{helpers, shadow, statement, trigger};

/// How long a statement may wait for its locks.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Patience {
    /// Briefly: what comes after it in the queue, the application, waits too.
    Brief,
    /// Without end: it blocks nobody, and a build that gives up leaves an invalid index.
    Endless,
}

impl Patience {
    pub(crate) fn of(changes: &[Change], locks: &[TableLock]) -> Self {
        let alone = changes.iter().any(Change::runs_alone);
        if !alone && locks.iter().any(|lock| lock.mode.blocks_writers()) { Self::Brief } else { Self::Endless }
    }

    /// For a group of an undo, whose locks are not worked out: a validation and what runs alone block nobody.
    fn to_undo(group: &[Change]) -> Self {
        let endless = |change: &Change| change.runs_alone() || matches!(change, Change::ValidateConstraint { .. });
        if group.iter().all(endless) { Self::Endless } else { Self::Brief }
    }

    /// What says so; nothing if it is so already.
    fn setting(self, now: &mut Option<Self>) -> &'static str {
        if now.replace(self) == Some(self) {
            return "";
        }
        match self {
            Self::Brief => "SET lock_timeout = '2s';\n",
            Self::Endless => "SET lock_timeout = 0;\n",
        }
    }
}

/// The statements of a step, without what its script wraps around them: retries, looks whether it is done. Empty for what is no
/// statement of its own: a backfill, lists of undecided rows, functions of triggers, the helpers.
#[must_use]
pub fn step_sql(step: &Step) -> String {
    let mut text = String::new();
    statements(&mut text, &step.changes);
    text
}

/// Writes the steps of a phase.
pub(crate) fn write(text: &mut String, plan: &Plan, phase: &Phase) {
    write_some(text, plan, phase, 0..phase.steps.len());
}

/// Writes some of the steps of a phase.
pub(crate) fn write_some(text: &mut String, plan: &Plan, phase: &Phase, some: Range<usize>) {
    let becoming = becoming_keys(plan, phase);
    let unified = unified(plan, phase);
    let mut patience = None;
    for (at, step) in phase.steps.iter().enumerate().take(some.end).skip(some.start) {
        let needed = Patience::of(&step.changes, &step.locks);
        let setting = if is_local(phase.kind) { "" } else { needed.setting(&mut patience) };
        if !setting.is_empty() {
            text.push('\n');
            text.push_str(setting);
        }
        text.push('\n');
        comment(text, (&step.table, ": ", &step.why, "."));
        if ![PhaseKind::Shadows, PhaseKind::Build].contains(&phase.kind) {
            // Nobody knows the shadows yet: what locks them holds nobody up.
            locks(text, step);
        }
        let condition =
            done::condition(step).or_else(|| suspended_already(phase, at)).or_else(|| taken_over(&becoming, step));
        let way = Way::of(phase.kind, &step.changes, needed, step.transaction);
        match unified.get(&step.table) {
            Some(done) => unless(text, Some(once_unified(done, step, condition)), &step.changes, way),
            None => unless(text, condition, &step.changes, way),
        }
    }
}

/// How it is seen that the column of a table has got its other type, by table.
fn unified<'p>(plan: &'p Plan, phase: &Phase) -> HashMap<&'p TableName, Question<'p>> {
    if phase.kind != PhaseKind::UnifyTypes {
        return HashMap::default();
    }
    let gates = plan.phase(PhaseKind::AddColumns).gates.iter();
    let columns = gates.filter_map(|gate| match gate {
        Gate::ColumnIs { table, column, data_types } => {
            Some((table, Question::has_type(table, column, data_types.first()?)))
        }
        _ => None,
    });
    columns.collect()
}

/// The condition that all columns have got their other type.
pub(crate) fn all_unified(plan: &Plan, phase: &Phase) -> String {
    let unified = unified(plan, phase);
    let columns = phase.steps.iter().filter(|step| matches!(step.changes[..], [Change::CopyColumn(_)]));
    let conditions = columns.filter_map(|step| unified.get(&step.table)).map(Question::to_string);
    conditions.collect::<Vec<_>>().join(" AND ")
}

/// Once a new column has taken over, what the steps before it have made has other names.
fn once_unified(unified: &Question<'_>, step: &Step, condition: Option<Question<'_>>) -> String {
    let takes_over = step.changes.iter().any(|change| matches!(change, Change::RenameColumn { .. }));
    match condition.filter(|_| !takes_over) {
        Some(condition) => format!("{unified} OR {condition}"),
        None => unified.to_string(),
    }
}

/// The locks that hold the application up, in the order in which they are taken; those of one mode in one line.
fn locks(text: &mut String, step: &Step) {
    let by_mode = step.locks.chunk_by(|one, next| one.mode == next.mode);
    for locks in by_mode.filter(|locks| locks[0].mode.blocks_writers()) {
        let (mode, tables) = (locks[0].mode, list(locks.iter().map(|lock| &lock.table)));
        comment(text, ("Lock ", duration(step, mode), ": ", mode, " on ", tables, "."));
    }
}

fn duration(step: &Step, mode: LockMode) -> &'static str {
    if let [Change::Shadow(_)] = step.changes[..] {
        return "while the last changed rows are copied";
    }
    if locks_first(step) {
        return "while all of it is copied";
    }
    let copies = step.changes.iter().any(|change| {
        matches!(change, Change::CreateReferenceTable { .. })
            || matches!(change, Change::Distribute { .. }) && mode == LockMode::Exclusive
    });
    let scans = step
        .changes
        .iter()
        .any(|change| matches!(change, Change::AddForeignKey { foreign_key } if foreign_key.validated));
    if copies {
        "while it is copied"
    } else if scans {
        "while the referencing table is scanned"
    } else {
        "for a moment"
    }
}

/// The indexes that become keys, with the name and the number of positions that they have then.
type Becoming<'p> = HashMap<(&'p TableName, &'p Name), (&'p Name, usize)>;

/// Those of the phase that builds them; no other needs them.
fn becoming_keys<'p>(plan: &'p Plan, phase: &Phase) -> Becoming<'p> {
    if phase.kind != PhaseKind::UniqueIndexes {
        return HashMap::default();
    }
    becoming(plan)
}

fn becoming(plan: &Plan) -> Becoming<'_> {
    let gates = plan.phase(PhaseKind::Keys).gates.iter();
    let keys = gates.filter_map(|gate| match gate {
        Gate::IndexIsValid { table, index, becomes, positions } => Some(((table, index), (becomes, *positions))),
        _ => None,
    });
    keys.collect()
}

/// An index that has become the key is not built again: it is there under the key's name.
fn taken_over<'p>(becoming: &Becoming<'p>, step: &'p Step) -> Option<Question<'p>> {
    let [Change::CreateIndex { table, index, .. }] = &step.changes[..] else { return None };
    let (becomes, positions) = becoming.get(&(table, &index.name))?;
    Some(Question::is_key(table, becomes, *positions))
}

/// A foreign key that goes before a table is distributed stays as it is once that table is distributed.
fn suspended_already(phase: &Phase, at: usize) -> Option<Question<'_>> {
    if phase.kind != PhaseKind::Distribute || !matches!(phase.steps[at].changes[..], [Change::DropForeignKey { .. }]) {
        return None;
    }
    phase.steps[at..].iter().flat_map(|step| &step.changes).find_map(|change| match change {
        Change::Distribute { table, .. } => Some(Question::of("is_distributed", table)),
        Change::CreateReferenceTable { table } => Some(Question::of("is_reference", table)),
        _ => None,
    })
}

/// Writes what takes the steps of a phase back, from the last to the first; what was not done, or is back already, is left out.
pub(crate) fn write_undo(text: &mut String, plan: &Plan, phase: &Phase) {
    let becoming = keys_after(plan, phase);
    let mut patience = None;
    for step in phase.steps.iter().rev() {
        match &step.undo {
            Undo::Nothing => {}
            Undo::Impossible(why) => {
                text.push('\n');
                comment(text, (&step.table, ": ", why, "."));
            }
            Undo::Changes(groups) => {
                text.push('\n');
                comment(text, (&step.table, ": takes back: ", &step.why, "."));
                for group in groups {
                    let needed = Patience::to_undo(group);
                    if !is_local(phase.kind) {
                        text.push_str(needed.setting(&mut patience));
                    }
                    let not_swapped = step.changes.iter().find_map(|change| not_swapped(&becoming, change));
                    undo_group(text, group, not_swapped, (phase.kind, needed));
                }
            }
        }
    }
}

fn undo_group(
    text: &mut String,
    group: &[Change],
    not_swapped: Option<Question<'_>>,
    (kind, patience): (PhaseKind, Patience),
) {
    let transaction = if group.len() > 1 { Transaction::Required } else { Transaction::Allowed };
    let condition = match group {
        [Change::ValidateConstraint { .. }, ..] => done::of_change(&group[0]),
        _ => not_swapped.or_else(|| group.iter().find_map(done::undone)),
    };
    unless(text, condition, group, Way::of(kind, group, patience, transaction));
}

/// The keys as they are once the keys phase is done, by the index that each was made of.
fn keys_after<'p>(plan: &'p Plan, phase: &Phase) -> Becoming<'p> {
    if phase.kind == PhaseKind::Keys { becoming(plan) } else { HashMap::default() }
}

/// That this change of a swap has not been done, or has been taken back.
fn not_swapped<'p>(becoming: &Becoming<'p>, change: &'p Change) -> Option<Question<'p>> {
    match change {
        Change::AddKeyUsingIndex { table, index, .. } | Change::RenameIndex { table, from: index, .. } => {
            let (becomes, positions) = becoming.get(&(table, index))?;
            Some(Question::is_no_key(table, becomes, *positions))
        }
        Change::AddKeyOnly { table, name, columns, .. } => Some(Question::is_no_key(table, name, columns.len())),
        _ => None,
    }
}

/// Whether a step of the phase waits for a lock in short attempts.
///
/// Not after the distribution: what Citus runs on the workers is no matter for subtransactions.
pub(crate) fn needs_patience(phase: &Phase) -> bool {
    let brief = |step: &Step| Patience::of(&step.changes, &step.locks) == Patience::Brief;
    phase.steps.iter().any(|step| is_local(phase.kind) && brief(step) || lock_sequences(&step.changes))
}

/// Whether the script that takes the phase back may do so too.
pub(crate) fn undo_needs_patience(phase: &Phase) -> bool {
    is_local(phase.kind) || phase.steps.iter().any(|step| lock_sequences(&step.changes))
}

/// Whether changes wait for all who have drawn from a sequence in an open transaction, and hold up who draws next.
fn lock_sequences(changes: &[Change]) -> bool {
    let locks =
        |change: &Change| matches!(change, Change::Shadow(ShadowChange::Disown { .. } | ShadowChange::Own { .. }));
    changes.iter().any(locks)
}

/// Whether all that the steps of a phase lock are tables of the coordinator alone.
pub(crate) fn is_local(kind: PhaseKind) -> bool {
    kind.is_preparation() || kind == PhaseKind::Capture
}

/// How the changes of a step are written.
#[derive(Clone, Copy)]
enum Way {
    /// One after the other.
    Plain,
    /// Between BEGIN and COMMIT.
    Block,
    /// Together, in short attempts.
    Patient,
}

impl Way {
    fn of(kind: PhaseKind, changes: &[Change], patience: Patience, transaction: Transaction) -> Self {
        match (patience, transaction) {
            _ if lock_sequences(changes) => Self::Patient,
            (Patience::Brief, _) if is_local(kind) => Self::Patient,
            (_, Transaction::Required) => Self::Block,
            _ => Self::Plain,
        }
    }
}

/// Writes changes that are left out when they are done already.
fn unless(text: &mut String, done: Option<impl Put>, group: &[Change], way: Way) {
    let done = match (done, way) {
        (Some(done), Way::Patient) => return patiently(text, group, Some(done)),
        (Some(done), _) => done,
        (None, _) => return changes(text, group, way),
    };
    let _ = ("SELECT ", done, " AS done \\gset\n\\if :done\n\\else\n").put(text);
    changes(text, group, way);
    text.push_str("\\endif\n");
}

/// Writes changes.
fn changes(text: &mut String, changes: &[Change], way: Way) {
    match way {
        Way::Plain => {
            changes.iter().for_each(|change| first(text, change));
            statements(text, changes);
        }
        Way::Block => {
            changes.iter().for_each(|change| first(text, change));
            text.push_str(begin(changes));
            statements(text, changes);
            text.push_str("COMMIT;\n");
        }
        Way::Patient => patiently(text, changes, None::<&str>),
    }
}

/// What opens the transaction of changes that belong together; one that waits for locks must see what was written meanwhile.
fn begin(changes: &[Change]) -> &'static str {
    let locks_first = changes.iter().any(|change| matches!(change, Change::LockTables { .. }));
    if locks_first { "BEGIN ISOLATION LEVEL READ COMMITTED;\n" } else { "BEGIN;\n" }
}

/// Whether a step takes all its locks before it does anything.
pub(crate) fn locks_first(step: &Step) -> bool {
    let locks =
        |change: &Change| matches!(change, Change::LockTables { .. } | Change::Shadow(ShadowChange::Exchange { .. }));
    step.changes.iter().any(locks)
}

/// Writes changes that are tried again and again, unless they are done.
fn patiently(text: &mut String, changes: &[Change], done: Option<impl Put>) {
    changes.iter().for_each(|change| first(text, change));
    let locks = TableLock::of(changes);
    let waited_for = locks.iter().filter(|lock| lock.mode.blocks_writers());
    let tables = list(waited_for.map(|lock| qualified(&lock.table)));
    let _ = ("CALL pg_temp.with_patience(", literal(tables), ", ").put(text);
    dollar(text, |text| {
        text.push('\n');
        statements(text, changes);
    });
    let _ = (done.map(|done| (", done => ", done)), ");\n").put(text);
}

fn statements(text: &mut String, changes: &[Change]) {
    for change in changes {
        let start = text.len();
        let _ = statement::statement(text, change);
        if text.len() > start {
            text.push_str(";\n");
        }
    }
}

/// What a change needs before its statement, and what takes no lock on a table.
fn first(text: &mut String, change: &Change) {
    match change {
        Change::ChangeType { .. } => text.push_str(
            "-- Rewrites the table and its indexes while readers and writers wait. A value that the narrower type cannot hold stops it.\n",
        ),
        Change::DefineTrigger(trigger) => trigger::function(text, trigger),
        Change::DropHelpers => helpers::drop_all(text),
        Change::Shadow(change) => shadow::first(text, change),
        other => {
            if let Some(drop) = done::drop_leftover(other) {
                let _ = ("SELECT ", drop, " \\gexec\n").put(text);
            }
        }
    }
}
