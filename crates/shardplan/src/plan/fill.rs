//! The phases that give rows the key that they lack: columns, triggers, the backfill, and the end of the triggers.
//!
//! A table takes its key from the first table on its path whose own path is the rest of it: over one hop, as a rule. So the
//! tables are filled in waves, along the paths that the plan shows, and a row has the key that the row has which it references.

use std::borrow::Cow;
use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use super::change::Change;
use super::draft::{Draft, type_schema};
use super::filling::{
    Backfill, Derivation, Disagreeing, KeepCopy, KeepKey, KeyTrigger, PassKeyOn, Unassigned, Undecided,
};
use super::gate::Gate;
use super::preflight;
use super::step::{Phase, PhaseKind, Step, Undo};
use super::unify::Unification;
use super::verdict::{ForeignKeyFate, ForeignKeyVerdict};
use crate::catalog::{Column, ColumnPair, DataType, ForeignKey, Index, IndexElement, IndexPart, Table, Timing};
use crate::classify::{Hop, Path, Placement};
use crate::graph::TableIx;
use crate::name::{Name, TableName};

/// The triggers that keep the key; last by name, so that they see what the triggers of the application have changed.
const KEEP_ON_INSERT: &str = "zz_shardplan_keep_on_insert";
const KEEP_ON_UPDATE: &str = "zz_shardplan_keep_on_update";

/// The triggers that take rows along begin so: first by name. An underscore, or a letter in lower case, would come after the
/// server's `RI_ConstraintTrigger_…`.
const PASS: &str = "00_shardplan_";

/// Whether a trigger of that name is one of a plan.
pub(super) fn is_own(trigger: &Name) -> bool {
    ["zz_shardplan_keep_", PASS].iter().any(|prefix| trigger.as_str().starts_with(prefix))
}

/// Before this version, a row trigger before a statement cannot be on a partitioned table.
const PARTITIONED_BEFORE_TRIGGERS: u32 = 130_000;

/// A table that gets the column, and where its key comes from.
pub(super) struct Fill<'c> {
    ix: TableIx,
    pub(super) from: Derivation,
    /// All the way to the table that held the key from the start.
    path: &'c Path,
    wave: usize,
}

/// The tables that get the column, wave by wave; partitions get it from their parent.
pub(super) fn fills<'c>(draft: &Draft<'c>) -> Vec<Fill<'c>> {
    let mut paths: Vec<(TableIx, &'c Name, &'c Path)> = draft
        .tables()
        .filter_map(|(ix, table)| match draft.placement(ix) {
            Placement::Distributed { column, backfill: Some(path) } if table.partition_of.is_none() => {
                Some((ix, column, path))
            }
            _ => None,
        })
        .collect();
    // By the length of the path: what a table derives from comes before it.
    paths.sort_by_key(|(ix, _, path)| (path.hops.len(), *ix));
    let mut waves: HashMap<TableIx, usize> = HashMap::default();
    let mut fills: Vec<Fill<'c>> = Vec::with_capacity(paths.len());
    for (ix, column, path) in paths {
        let (path_start, source) = start_of(draft, path);
        let wave = source.and_then(|source| waves.get(&source)).map_or(0, |wave| wave + 1);
        waves.insert(ix, wave);
        let operators = operator_schemas(draft, &path_start, draft.table(ix));
        let from =
            Derivation { table: draft.table(ix).name.clone(), column: column.clone(), path: path_start, operators };
        fills.push(Fill { ix, from, path, wave });
    }
    fills.sort_by_key(|fill| (fill.wave, fill.ix));
    fills
}

/// The path up to the first table that gets its key by the rest of it, or has it at the end of it; and that table, if it has to
/// be filled itself.
fn start_of(draft: &Draft<'_>, path: &Path) -> (Path, Option<TableIx>) {
    for (at, hop) in path.hops.iter().enumerate() {
        let source = draft.placed_for(draft.find(&hop.to));
        let Placement::Distributed { column, backfill } = draft.placement(source) else { continue };
        let rest = backfill.as_ref().map_or(&[][..], |path| &path.hops);
        if *rest == path.hops[at + 1..] {
            let start = Path { hops: path.hops[..=at].to_vec(), column: column.clone() };
            return (start, backfill.is_some().then_some(source));
        }
    }
    (path.clone(), None)
}

/// The schemas of the types that a derivation compares; those of the server itself need none.
fn operator_schemas(draft: &Draft<'_>, path: &Path, table: &Table) -> Vec<Name> {
    let hops = path.hops.iter().map(|hop| (draft.table(draft.find(&hop.to)), &hop.columns));
    let compared = hops.flat_map(|(to, pairs)| pairs.iter().filter_map(|pair| to.column(&pair.to)));
    let row_key = table.primary_key.iter().flat_map(|key| &key.columns).filter_map(|name| table.column(name));
    let schemas: BTreeSet<Name> = compared
        .chain(row_key)
        .map(|column| &column.data_type)
        .chain(std::iter::once(draft.key_type().0))
        .filter_map(type_schema)
        .collect();
    schemas.into_iter().collect()
}

pub(super) fn add_columns(draft: &Draft<'_>, fills: &[Fill<'_>], unifications: &[Unification<'_>]) -> Phase {
    let (data_type, collation) = draft.key_type();
    let steps = fills.iter().map(|Fill { from: Derivation { table, column, .. }, path, .. }| {
        let why = format!("the rows of {table} get the key that they have over {}", describe(path));
        let change = Change::AddColumn {
            table: table.clone(),
            column: column.clone(),
            data_type: data_type.clone(),
            collation: collation.cloned(),
        };
        Step::new(
            table,
            why,
            vec![change],
            Undo::by(Change::DropColumn { table: table.clone(), column: column.clone() }),
        )
    });
    let gates = unifications.iter().map(Unification::gate_after).chain(preflight::plain_domain(draft, fills)).collect();
    Phase { kind: PhaseKind::AddColumns, gates, steps: steps.collect() }
}

fn describe(path: &Path) -> String {
    path.hops.iter().map(|hop| hop.to.to_string()).collect::<Vec<_>>().join(", ")
}

fn create(trigger: &KeyTrigger) -> Change {
    Change::CreateTrigger(Box::new(trigger.clone()))
}

pub(super) fn take_away(trigger: &KeyTrigger) -> Change {
    let triggers = trigger.names().into_iter().cloned().collect();
    Change::DropTriggers { table: trigger.on().clone(), triggers }
}

fn why(trigger: &KeyTrigger) -> String {
    match trigger {
        KeyTrigger::Keep(keep) => format!("a row that comes without {} gets it", keep.from.column),
        KeyTrigger::Pass(pass) => format!("a row that gets another key takes its rows of {} along", pass.from.table),
        KeyTrigger::Copy(KeepCopy { copy, .. }) => {
            format!("each new and changed row has the same in {} and {}", copy.from, copy.to)
        }
    }
}

/// The triggers of each filled table, and of the tables that it takes its key from.
pub(super) fn triggers(draft: &mut Draft<'_>, fills: &[Fill<'_>]) -> Vec<KeyTrigger> {
    let mut triggers = Vec::new();
    for fill in fills {
        let targets = if starts_at_generated(draft, fill) { Vec::new() } else { trigger_targets(draft, fill.ix) };
        for target in targets {
            let table = draft.table(target).name.clone();
            let mut name = |label| draft.names.helper(&table, &fill.from.column, label);
            let (function, inserts, updates) = (name("keep"), name("inserts"), name("updates"));
            let from = Derivation { table, ..fill.from.clone() };
            let (on_insert, on_update) = (Name::from(KEEP_ON_INSERT), Name::from(KEEP_ON_UPDATE));
            triggers.push(KeyTrigger::Keep(KeepKey { from, on_insert, on_update, function, inserts, updates }));
        }
        report_unindexed(draft, fill);
        for hop in 0..fill.from.path.hops.len() {
            let function = draft.names.helper(&fill.from.table, &fill.from.column, "pass");
            let name = |event: &str| Name::from(format!("{PASS}{event}_{}", triggers.len() + 1));
            let late = is_deferrable(draft, &fill.from.path.hops[hop]);
            if late {
                report_late(draft, fill, &fill.from.path.hops[hop]);
            }
            let on_insert = late.then(|| name("insert"));
            let on_update = name("update");
            triggers.push(KeyTrigger::Pass(PassKeyOn { from: fill.from.clone(), hop, on_update, on_insert, function }));
        }
    }
    triggers
}

/// Whether a row may come before the one that it references.
fn is_deferrable(draft: &Draft<'_>, hop: &Hop) -> bool {
    let mut keys = draft.graph.references(&hop.from);
    keys.any(|key| key.name == hop.foreign_key && key.timing != Timing::Immediate)
}

fn report_late(draft: &mut Draft<'_>, fill: &Fill<'_>, hop: &Hop) {
    let table = &fill.from.table;
    let message = format!(
        "foreign key `{}` of `{}` is deferrable: a row of `{table}` that comes before the row from which it gets `{}` must bring it once the script of the keys has run",
        hop.foreign_key, hop.from, fill.from.column
    );
    draft.report("row-before-reference", table, Some(&hop.foreign_key), message);
}

/// Whether the path starts at a generated column, whose value no trigger sees before the row is written; says so.
fn starts_at_generated(draft: &mut Draft<'_>, fill: &Fill<'_>) -> bool {
    let table = draft.table(fill.ix);
    let is_generated = |name: &Name| table.column(name).is_some_and(|column| column.generated.is_some());
    let start = fill.from.path.hops.first().into_iter().flat_map(|hop| &hop.columns);
    let Some(generated) = start.map(|pair| &pair.from).find(|name| is_generated(name)) else { return false };
    let message = format!(
        "`{}` is reached over the generated column `{generated}`, which a trigger cannot see: rows that come after the backfill has passed have no key unless the application writes it",
        table.name
    );
    draft.report("generated-path", &table.name, Some(generated), message);
    true
}

/// Says so when a key that changes has to look for its rows in the whole table.
fn report_unindexed(draft: &mut Draft<'_>, fill: &Fill<'_>) {
    let table = draft.table(fill.ix);
    let Some(hop) = fill.from.path.hops.first() else { return };
    let columns: Vec<&Name> = hop.columns.iter().map(|pair| &pair.from).collect();
    let serves = |leading: Vec<&Name>| {
        leading.len() >= columns.len() && leading[..columns.len()].iter().all(|name| columns.contains(name))
    };
    let by_key = table.keys().any(|key| serves(key.columns.iter().collect()));
    let by_index = table.indexes.iter().any(|index| index.predicate.is_none() && serves(leading_columns(index)));
    if by_key || by_index {
        return;
    }
    let listed = columns.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let message = format!(
        "no index of `{}` starts with {listed}: when a row of `{}` gets another key, the whole table is searched for its rows",
        table.name, hop.to
    );
    draft.report("unindexed-path", &table.name, Some(&hop.foreign_key), message);
}

/// The columns of an index up to the first expression.
fn leading_columns(index: &Index) -> Vec<&Name> {
    fn column(element: &IndexElement) -> Option<&Name> {
        match &element.part {
            IndexPart::Column(name) => Some(name),
            IndexPart::Expression(_) => None,
        }
    }
    index.elements.iter().map_while(column).collect()
}

/// Where the trigger of a table has to be.
fn trigger_targets(draft: &Draft<'_>, ix: TableIx) -> Vec<TableIx> {
    let on_partitions = draft.server_version().is_some_and(|version| version < PARTITIONED_BEFORE_TRIGGERS);
    if on_partitions { row_holders(draft, ix) } else { vec![ix] }
}

/// The tables that hold the rows of a table: its partitions, or itself.
fn row_holders(draft: &Draft<'_>, ix: TableIx) -> Vec<TableIx> {
    if draft.is_partitioned(ix) { draft.graph.partitions(ix).collect() } else { vec![ix] }
}

pub(super) fn make_triggers(triggers: &[KeyTrigger]) -> Phase {
    Phase { kind: PhaseKind::Triggers, gates: Vec::new(), steps: triggers.iter().map(make_trigger).collect() }
}

pub(super) fn make_trigger(trigger: &KeyTrigger) -> Step {
    let changes = vec![Change::DefineTrigger(Box::new(trigger.clone())), create(trigger)];
    Step::new(trigger.on(), why(trigger), changes, Undo::by(take_away(trigger)))
}

/// Takes the triggers away again, once the application does without them.
pub(super) fn hand_over(draft: &Draft<'_>, fills: &[Fill<'_>], triggers: &[KeyTrigger]) -> Phase {
    let kept: HashSet<&TableName> = triggers
        .iter()
        .filter_map(|trigger| match trigger {
            KeyTrigger::Keep(keep) => Some(&keep.from.table),
            KeyTrigger::Pass(_) | KeyTrigger::Copy(_) => None,
        })
        .collect();
    let written = |fill: &Fill<'_>| {
        let parts = trigger_targets(draft, fill.ix).into_iter().map(|part| &draft.table(part).name);
        // Where no trigger counts, there is nothing to ask.
        let parts: Vec<TableName> = parts.filter(|part| kept.contains(part)).cloned().collect();
        let gate =
            |parts| Gate::WrittenWithKey { table: fill.from.table.clone(), column: fill.from.column.clone(), parts };
        (!parts.is_empty()).then(|| gate(parts))
    };
    // While rows still get their keys, and until foreign keys watch over them, the triggers must stay.
    let is_not_null =
        |fill: &Fill<'_>| Gate::IsNotNull { table: fill.from.table.clone(), column: fill.from.column.clone() };
    let why = "the application writes the key itself, and Citus accepts no trigger";
    let step = |trigger: &KeyTrigger| Step::new(trigger.on(), why, vec![take_away(trigger)], Undo::by(create(trigger)));
    Phase {
        kind: PhaseKind::HandOver,
        gates: fills.iter().map(is_not_null).chain(fills.iter().filter_map(written)).collect(),
        steps: triggers.iter().rev().map(step).collect(),
    }
}

pub(super) fn backfill(draft: &mut Draft<'_>, fills: &[Fill<'_>], foreign_keys: &[ForeignKeyVerdict]) -> Phase {
    let mut steps = Vec::new();
    let undecided = undecided(draft, fills, foreign_keys);
    if !undecided.unassigned.is_empty() || !undecided.disagreeing.is_empty() {
        let why = "rows without a key, and rows of two tenants tied to each other, are listed until someone decides";
        let change = Change::ListUndecided(Box::new(undecided));
        steps.push(Step::new(&draft.classification.root().name, why, vec![change], Undo::Nothing));
    }
    for fill in fills {
        // Each partition by itself: its own primary key orders its rows, and no batch spans two of them.
        for target in row_holders(draft, fill.ix) {
            let target = draft.table(target);
            let why = format!("each row takes {} from {}", fill.from.column, fill.from.path.end());
            let change = Change::Backfill(Box::new(Backfill {
                from: Derivation { table: target.name.clone(), ..fill.from.clone() },
                row_key: row_key(draft, target),
                wave: fill.wave,
                function: draft.names.helper(&target.name, &fill.from.column, "fill"),
            }));
            let undo = Undo::Impossible(Cow::Borrowed("dropping the column takes its values along"));
            steps.push(Step::new(&fill.from.table, why, vec![change], undo));
        }
    }
    Phase { kind: PhaseKind::Backfill, gates: Vec::new(), steps }
}

/// The columns by which the batches are cut. A key of a composite type cannot be held in a variable by its parts: such a
/// table is cut by blocks, like one without a key.
pub(super) fn row_key(draft: &Draft<'_>, table: &Table) -> Vec<(Name, DataType)> {
    let names = table.primary_key.iter().flat_map(|key| &key.columns);
    let columns: Vec<&Column> = names.filter_map(|name| table.column(name)).collect();
    if columns.iter().any(|column| draft.is_composite(&column.data_type)) {
        return Vec::new();
    }
    columns.into_iter().map(|column| (column.name.clone(), column.data_type.clone())).collect()
}

fn undecided(draft: &Draft<'_>, fills: &[Fill<'_>], foreign_keys: &[ForeignKeyVerdict]) -> Undecided {
    let paths: HashMap<TableIx, &Path> = fills.iter().map(|fill| (fill.ix, &fill.from.path)).collect();
    let mut unassigned = Vec::new();
    for (ix, table) in draft.tables().filter(|(_, table)| table.partition_of.is_none()) {
        let Some(column) = draft.column(ix) else { continue };
        if table.column(column).is_some_and(|column| column.not_null) {
            continue;
        }
        unassigned.extend(row_holders(draft, ix).into_iter().map(|part| Unassigned {
            table: draft.table(part).name.clone(),
            column: column.clone(),
            path: paths.get(&ix).map(|path| Path::clone(path)),
            row_key: key_columns(draft.table(part)),
        }));
    }
    let disagreeing =
        foreign_keys.iter().filter_map(Composite::of).flat_map(|composite| disagreeing(draft, &composite));
    Undecided { unassigned, disagreeing: disagreeing.collect() }
}

fn key_columns(table: &Table) -> Vec<Name> {
    table.primary_key.iter().flat_map(|key| &key.columns).cloned().collect()
}

/// A foreign key that gains the distribution column.
struct Composite<'v> {
    old: &'v ForeignKey,
    added: &'v ColumnPair,
    /// The name under which the new one is added.
    name: &'v Name,
}

impl<'v> Composite<'v> {
    fn of(verdict: &'v ForeignKeyVerdict) -> Option<Self> {
        match &verdict.fate {
            ForeignKeyFate::Replaced { by, interim, added: Some(added), .. } => {
                Some(Self { old: &verdict.foreign_key, added, name: interim.as_ref().unwrap_or(&by.name) })
            }
            _ => None,
        }
    }

    /// The tables that hold the referencing rows.
    fn row_holders(&self, draft: &Draft<'_>) -> Vec<TableIx> {
        row_holders(draft, draft.find(&self.old.from))
    }
}

fn disagreeing(draft: &Draft<'_>, composite: &Composite<'_>) -> Vec<Disagreeing> {
    let listed = composite.row_holders(draft).into_iter().map(|part| draft.table(part)).map(|part| Disagreeing {
        table: part.name.clone(),
        foreign_key: composite.name.clone(),
        to: composite.old.to.clone(),
        columns: composite.old.columns.clone(),
        key: composite.added.clone(),
        row_key: key_columns(part),
    });
    listed.collect()
}

/// What must hold of the rows before a foreign key gains the distribution column.
pub(super) fn agreement(draft: &Draft<'_>, verdict: &ForeignKeyVerdict) -> Option<Gate> {
    let composite = Composite::of(verdict)?;
    let parts = composite.row_holders(draft).into_iter().map(|part| draft.table(part).name.clone());
    Some(Gate::NoDisagreement {
        table: composite.old.from.clone(),
        foreign_key: composite.name.clone(),
        parts: parts.collect(),
    })
}
