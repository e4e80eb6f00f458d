//! The phases on the cluster: distribution, the return of the foreign keys, clean-up and verification.

use std::borrow::Cow;

use foldhash::HashMap;

use super::atomic;
use super::change::{Change, Commented, Method};
use super::draft::Draft;
use super::foreign_key_steps;
use super::gate::Gate;
use super::obstacles::has_identity;
use super::remake;
use super::step::{Phase, PhaseKind, Step, Undo};
use super::verdict::{ForeignKeyVerdict, PlacedAs, Placing, Suspended};
use crate::catalog::{ForeignKey, Table};
use crate::classify::{Placement, Strategy};
use crate::graph::TableIx;
use crate::name::TableName;

pub(super) fn phases(draft: &Draft<'_>, foreign_keys: &[ForeignKeyVerdict], order: &[Placing]) -> Vec<Phase> {
    vec![
        distribute(draft, foreign_keys, order),
        return_foreign_keys(draft, foreign_keys),
        clean_up(draft, order),
        verify(draft, foreign_keys, order),
    ]
}

fn distribute(draft: &Draft<'_>, foreign_keys: &[ForeignKeyVerdict], order: &[Placing]) -> Phase {
    let concurrent = order.iter().any(|placing| method(placing) == Some(Method::Concurrent));
    let mut gates = vec![Gate::CitusIsReady { concurrent }];
    for placing in order {
        gates.push(Gate::NoTriggers { table: placing.table.clone() });
        if let PlacedAs::Distributed { column, .. } = &placing.as_what {
            gates.push(Gate::IsNotNull { table: placing.table.clone(), column: column.clone() });
        }
    }
    if draft.strategy == Strategy::Atomic {
        gates.push(Gate::PlacedTogether { tables: order.iter().map(|placing| placing.table.clone()).collect() });
    }
    let steps = match draft.strategy {
        Strategy::Atomic => vec![atomic::step(draft, foreign_keys, order)],
        Strategy::Combined | Strategy::Online | Strategy::Shadow => one_by_one(draft, foreign_keys, order),
    };
    Phase { kind: PhaseKind::Distribute, gates, steps }
}

/// A step for each table, and for each foreign key that must be away for some of them.
fn one_by_one(draft: &Draft<'_>, foreign_keys: &[ForeignKeyVerdict], order: &[Placing]) -> Vec<Step> {
    let first = order.iter().find(|placing| method(placing).is_some()).map(|placing| &placing.table);
    let suspensions = Suspensions::new(foreign_keys);
    let mut steps = Vec::new();
    for placing in order {
        steps.extend(suspensions.before(&placing.table).map(|key| suspend(draft, key)));
        let table = draft.table(draft.find(&placing.table));
        if method(placing) == Some(Method::Concurrent) {
            steps.push(remake::add_to_metadata(&table.name));
        }
        steps.push(place(draft, table, placing, first));
        steps.extend(suspensions.after(&placing.table).map(|key| bring_back(draft, key)));
    }
    steps
}

fn method(placing: &Placing) -> Option<Method> {
    match &placing.as_what {
        PlacedAs::Distributed { method, .. } => Some(*method),
        PlacedAs::Reference => None,
    }
}

/// The suspended foreign keys by the table before which they go and the one after which they return.
struct Suspensions<'v> {
    before: HashMap<&'v TableName, Vec<&'v ForeignKey>>,
    after: HashMap<&'v TableName, Vec<&'v ForeignKey>>,
}

impl<'v> Suspensions<'v> {
    fn new(verdicts: &'v [ForeignKeyVerdict]) -> Self {
        let mut suspensions = Self { before: Default::default(), after: Default::default() };
        for verdict in verdicts {
            let (Some(key), Some(suspension)) = (verdict.after(), &verdict.suspension) else { continue };
            if suspension.why != Suspended::LocalToReference {
                suspensions.before.entry(&suspension.before).or_default().push(key);
                suspensions.after.entry(&suspension.after).or_default().push(key);
            }
        }
        suspensions
    }

    fn before(&self, table: &TableName) -> impl Iterator<Item = &'v ForeignKey> {
        self.before.get(table).into_iter().flatten().copied()
    }

    fn after(&self, table: &TableName) -> impl Iterator<Item = &'v ForeignKey> {
        self.after.get(table).into_iter().flatten().copied()
    }
}

fn suspend(draft: &Draft<'_>, key: &ForeignKey) -> Step {
    let change = Change::DropForeignKey { table: key.from.clone(), name: key.name.clone(), references: key.to.clone() };
    let undo = foreign_key_steps::added_again(draft, key);
    Step::new(&key.from, "must be away while the next table is distributed", vec![change], undo)
}

/// Enforced for new rows at once; the old ones are looked at later, without blocking writers.
fn bring_back(draft: &Draft<'_>, key: &ForeignKey) -> Step {
    let back = remake::unvalidated(draft, key);
    let drop = Change::DropForeignKey { table: key.from.clone(), name: key.name.clone(), references: key.to.clone() };
    let changes = vec![Change::add_foreign_key(back)];
    Step::new(&key.from, "both its tables are in their places: enforced again for new rows", changes, Undo::by(drop))
}

fn place(draft: &Draft<'_>, table: &Table, placing: &Placing, first: Option<&TableName>) -> Step {
    let why = match method(placing) {
        None => "copied to every node, so that distributed tables can reference and join it",
        Some(Method::Blocking) => "its writers wait while it is copied",
        Some(Method::Concurrent) => "large or of unknown size: its writers go on while it is copied",
    };
    let undo = if has_identity(draft, draft.find(&table.name)) {
        Undo::Impossible(Cow::Borrowed("Citus cannot undistribute a table with an identity column"))
    } else {
        Undo::by(Change::Undistribute { table: table.name.clone() })
    };
    Step::new(&table.name, why, vec![placing_change(placing, first)], undo)
}

/// What makes a table what it becomes; the first distributed one starts the colocation group.
pub(super) fn placing_change(placing: &Placing, first: Option<&TableName>) -> Change {
    let table = placing.table.clone();
    match &placing.as_what {
        PlacedAs::Reference => Change::CreateReferenceTable { table },
        PlacedAs::Distributed { column, method } => {
            let colocate_with = first.filter(|first| **first != table).cloned();
            Change::Distribute { table, column: column.clone(), method: *method, colocate_with }
        }
    }
}

/// A copy of a table has no comments.
pub(super) fn restore_comments(table: &Table) -> Option<Step> {
    let name = &table.name;
    let own = table.comment.iter().map(|text| (Commented::Table(name.clone()), text));
    let columns = table.columns.iter().filter_map(|column| {
        column.comment.as_ref().map(|text| (Commented::Column(name.clone(), column.name.clone()), text))
    });
    let keys = table.keys().map(|key| (&key.name, &key.comment));
    let checks = table.checks.iter().map(|check| (&check.name, &check.comment));
    let exclusions = table.exclusions.iter().map(|exclusion| (&exclusion.name, &exclusion.comment));
    let constraints = keys.chain(checks).chain(exclusions).filter_map(|(constraint, text)| {
        text.as_ref().map(|text| (Commented::Constraint(name.clone(), constraint.clone()), text))
    });
    let indexes = table.indexes.iter().filter_map(|index| {
        index.comment.as_ref().map(|text| (Commented::Index(name.clone(), index.name.clone()), text))
    });
    let comments = own.chain(columns).chain(constraints).chain(indexes);
    let changes: Vec<Change> = comments.map(|(on, text)| Change::Comment { on, text: text.clone() }).collect();
    (!changes.is_empty()).then(|| Step::new(name, "a copy has no comments", changes, Undo::Nothing))
}

fn return_foreign_keys(draft: &Draft<'_>, verdicts: &[ForeignKeyVerdict]) -> Phase {
    let mut steps = remake::connect_local_tables(draft, verdicts);
    for verdict in verdicts {
        let (Some(key), Some(_)) = (verdict.after(), &verdict.suspension) else { continue };
        let needs_validation = key.validated && !draft.is_partitioned(draft.find(&key.from));
        if needs_validation {
            let changes = foreign_key_steps::validation_when_placed(draft, key);
            steps.push(Step::new(&key.from, remake::WHY_VALIDATED, changes, Undo::Nothing));
        }
        if let Some(comment) = foreign_key_steps::comment_of(key) {
            steps.push(Step::new(&key.from, "the comment went with the foreign key", vec![comment], Undo::Nothing));
        }
    }
    Phase { kind: PhaseKind::ForeignKeys, gates: Vec::new(), steps }
}

/// Referencing tables first: the truncation of a table cascades to those that reference it, and those are empty by then.
fn clean_up(draft: &Draft<'_>, order: &[Placing]) -> Phase {
    let mut steps = Vec::new();
    let behind_local = behind_local_tables(draft);
    for placing in order.iter().rev() {
        if behind_local[draft.find(&placing.table).at()] {
            // The cascade would empty the local table, whose rows are nowhere else.
            continue;
        }
        let why = "its rows are on the workers: the old copy on the coordinator only takes space and disturbs later changes of the schema";
        let change = Change::TruncateLocalData { table: placing.table.clone() };
        let undo = Undo::Impossible(Cow::Borrowed("the rows are on the workers"));
        steps.push(Step::new(&placing.table, why, vec![change], undo));
    }
    if let Some(first) = order.first() {
        steps.push(Step::new(
            &first.table,
            "nothing needs the backfill any more",
            vec![Change::DropHelpers],
            Undo::Nothing,
        ));
    }
    Phase { kind: PhaseKind::CleanUp, gates: placed_gates(order), steps }
}

/// By table: whether a local table references it, directly or over other tables.
fn behind_local_tables(draft: &Draft<'_>) -> Vec<bool> {
    let is_local = |ix: &TableIx| *draft.placement(*ix) == Placement::Local;
    let mut waiting: Vec<TableIx> = draft.graph.indices().filter(is_local).collect();
    let mut behind = vec![false; draft.graph.indices().count()];
    while let Some(from) = waiting.pop() {
        for to in draft.graph.outgoing(from).map(|key| draft.graph.ends(key).1) {
            if !std::mem::replace(&mut behind[to.at()], true) {
                waiting.push(to);
            }
        }
    }
    behind
}

pub(super) fn placed_gates(order: &[Placing]) -> Vec<Gate> {
    let gate = |placing: &Placing| match &placing.as_what {
        PlacedAs::Reference => Gate::IsReference { table: placing.table.clone() },
        PlacedAs::Distributed { column, .. } => {
            Gate::IsDistributed { table: placing.table.clone(), column: column.clone() }
        }
    };
    order.iter().map(gate).collect()
}

pub(super) fn verify(draft: &Draft<'_>, verdicts: &[ForeignKeyVerdict], order: &[Placing]) -> Phase {
    let mut gates = placed_gates(order);
    let distributed = order.iter().filter(|placing| method(placing).is_some());
    gates.push(Gate::AreColocated { tables: distributed.map(|placing| placing.table.clone()).collect() });
    let placed = |key: &ForeignKey| *draft.placement(draft.find(&key.from)) != Placement::Local;
    gates.extend(verdicts.iter().filter_map(ForeignKeyVerdict::after).filter(|key| placed(key)).map(|key| {
        Gate::IsEnforced { table: key.from.clone(), foreign_key: key.name.clone(), validated: key.validated }
    }));
    Phase { kind: PhaseKind::Verify, gates, steps: Vec::new() }
}
