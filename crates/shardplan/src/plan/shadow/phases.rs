//! The phases of this strategy: those of the preparation come in, of which the first few stay, and all phases go out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use super::super::atomic;
use super::super::change::{Change, Commented, IndexBuild, KeyKind};
use super::super::distribute::{placed_gates, placing_change, restore_comments, verify};
use super::super::draft::Draft;
use super::super::fill;
use super::super::foreign_key_steps::{comment_of, validation_when_placed};
use super::super::gate::Gate;
use super::super::lock::{LockMode, TableLock};
use super::super::obstacles;
use super::super::remake;
use super::super::simulate::Schema;
use super::super::step::{Phase, PhaseKind, Step, Transaction, Undo};
use super::super::verdict::{ForeignKeyFate, ForeignKeyVerdict, PlacedAs, Placing};
use super::late::{self, Keys, Late};
use super::{CopyRows, Shadow, ShadowChange, ShadowPart, check, shadows};
use crate::catalog::{Action, ForeignKey, Index, Key, ReplicaIdentity, Table};
use crate::classify::Placement;
use crate::name::{Name, TableName};

/// All phases. Of those before the distribution, the preflight, the added columns and their triggers stay; what the others would
/// make of the live tables is made of their shadows.
pub(in crate::plan) fn phases(
    draft: &mut Draft<'_>,
    preparation: Vec<Phase>,
    verdicts: &[ForeignKeyVerdict],
    order: &[Placing],
) -> Vec<Phase> {
    let target = Schema::after(draft.graph.catalog().clone(), &preparation);
    let keys = late::between(draft, verdicts, order);
    check::report(draft, &target, (verdicts, &keys), order);
    let fills = fill::fills(draft);
    let shadows = shadows(draft, &target, &fills, verdicts, order);
    let mut written = Vec::new();
    let mut handed_over = Vec::new();
    let mut phases = Vec::new();
    for phase in preparation {
        match phase.kind {
            PhaseKind::Preflight | PhaseKind::AddColumns | PhaseKind::Triggers => phases.push(phase),
            PhaseKind::HandOver => {
                let gates = phase.gates.into_iter();
                written.extend(gates.filter(|gate| matches!(gate, Gate::WrittenWithKey { .. })));
                handed_over.extend(taken_off_what_stays(phase.steps, &shadows));
            }
            _ => {}
        }
    }
    let plain = || shadows.iter().map(|shadow| Gate::IsPlain { table: shadow.table.clone() });
    phases.push(make(draft, &target, &shadows, order));
    phases.push(capture(&shadows, plain().collect()));
    phases.push(copy(draft, &shadows, plain().collect()));
    phases.push(build(&target, &shadows, &keys, plain().collect()));
    let mut exchange = exchange(draft, &shadows, (verdicts, &keys), order, written);
    exchange.steps.extend(handed_over);
    // In the same script: until then nothing checks them.
    exchange.steps.extend(remake::connect_local_tables(draft, verdicts));
    phases.push(exchange);
    phases.push(validated(draft, verdicts, &keys));
    phases.push(clean_up(&shadows, order));
    phases.push(verify(draft, verdicts, order));
    phases
}

/// The triggers of the tables that are exchanged go with them; a local one on the way to the key has its own still. Until the
/// exchange they are needed, and an undo has nothing to give back: the tables that they wrote to are gone.
fn taken_off_what_stays(steps: Vec<Step>, shadows: &[Shadow]) -> impl Iterator<Item = Step> {
    let goes: HashSet<TableName> = shadows.iter().flat_map(Shadow::family).map(|[live, ..]| live.clone()).collect();
    let stays = steps.into_iter().filter(move |step| !goes.contains(&step.table));
    stays.map(|step| Step { undo: Undo::Nothing, ..step })
}

fn phase(kind: PhaseKind, gates: Vec<Gate>, steps: Vec<Step>) -> Phase {
    Phase { kind, gates, steps }
}

fn step(shadow: &Shadow, why: &'static str, change: ShadowChange) -> Step {
    Step::new(&shadow.table, why, vec![Change::Shadow(change)], Undo::Nothing)
}

/// The empty tables, in their places on the cluster.
fn make(draft: &Draft<'_>, target: &Schema, shadows: &[Shadow], order: &[Placing]) -> Phase {
    let first = order.iter().find(|placing| placing.as_what != PlacedAs::Reference).map(|placing| &placing.table);
    let places: HashMap<&TableName, &Shadow> = shadows.iter().map(|shadow| (&shadow.table, shadow)).collect();
    let first = first.and_then(|first| places.get(first)).map(|shadow| &shadow.shadow);
    let mut gates = vec![Gate::CitusIsReady { concurrent: false }];
    gates.extend(shadows.iter().map(|shadow| Gate::IsPlain { table: shadow.table.clone() }));
    let mut steps: Vec<Step> = shadows.iter().flat_map(disown).collect();
    for placing in order {
        let Some(shadow) = places.get(&placing.table) else { continue };
        let live = draft.table(draft.find(&placing.table));
        let Some(target) = target.table(&placing.table) else { continue };
        steps.push(create(shadow, live, target));
        let placing = Placing { table: shadow.shadow.clone(), as_what: placing.as_what.clone() };
        let why = "takes its place on the cluster while it is empty";
        steps.push(Step::new(&shadow.table, why, vec![placing_change(&placing, first)], Undo::Nothing));
    }
    phase(PhaseKind::Shadows, gates, steps)
}

/// A copy draws from the same sequence; only at the exchange does it become its own.
fn disown(shadow: &Shadow) -> impl Iterator<Item = Step> {
    shadow.sequences.iter().map(|(sequence, column)| {
        let own = ShadowChange::Own { sequence: sequence.clone(), table: shadow.table.clone(), column: column.clone() };
        let why = "the sequence outlives its table: the new one draws from it too";
        let disown = Change::Shadow(ShadowChange::Disown { sequence: sequence.clone() });
        Step::new(&shadow.table, why, vec![disown], Undo::by(Change::Shadow(own)))
    })
}

fn create(shadow: &Shadow, live: &Table, target: &Table) -> Step {
    let mut changes = vec![Change::Shadow(ShadowChange::Create(Box::new(shadow.clone())))];
    let stricter = target
        .columns
        .iter()
        .filter(|column| column.not_null && live.column(&column.name).is_none_or(|live| !live.not_null));
    changes.extend(
        stricter.map(|column| Change::SetNotNull { table: shadow.shadow.clone(), column: column.name.clone() }),
    );
    changes
        .extend(keys(&shadow.shadow, target).filter(|(name, _)| **name == shadow.key_name).map(|(_, change)| change));
    if matches!(live.replica_identity, ReplicaIdentity::Full | ReplicaIdentity::Nothing) {
        let identity = live.replica_identity.clone();
        changes.push(Change::SetReplicaIdentity { table: shadow.shadow.clone(), identity });
    }
    let drop = ShadowChange::Drop { shadow: shadow.shadow.clone() };
    let why = "the table as it will be, still empty, with the key by which changed rows are found";
    Step::new(&shadow.table, why, changes, Undo::by(Change::Shadow(drop)))
}

fn capture(shadows: &[Shadow], gates: Vec<Gate>) -> Phase {
    let triggers = [Shadow::ON_TRUNCATE, Shadow::ON_CHANGE].map(Into::into).to_vec();
    let one = |shadow: &Shadow| {
        let undo = shadow.family().map(|[table, ..]| Change::DropTriggers {
            table: table.clone(),
            // That of a partition for its rows goes with the one that it was made from.
            triggers: triggers.iter().take(if *table == shadow.table { 2 } else { 1 }).cloned().collect(),
        });
        let undo = Undo::Changes(vec![undo.collect()]);
        let change = Change::Shadow(ShadowChange::Capture(Box::new(shadow.clone())));
        let why = "from here on each changed row is noted, to be copied anew";
        Step::new(&shadow.table, why, vec![change], undo)
    };
    let mut steps: Vec<Step> = shadows.iter().map(one).collect();
    if let Some(first) = shadows.first() {
        let why = "brings the copies up to date";
        steps.push(step(first, why, ShadowChange::DefineReplay(shadows.to_vec())));
    }
    phase(PhaseKind::Capture, gates, steps)
}

fn copy(draft: &mut Draft<'_>, shadows: &[Shadow], gates: Vec<Gate>) -> Phase {
    let mut steps = Vec::with_capacity(shadows.len());
    for shadow in shadows {
        let live = draft.table(draft.find(&shadow.table));
        let row_key = shadow.row_key.iter().filter_map(|name| live.column(name));
        let rows = CopyRows {
            shadow: shadow.clone(),
            row_key: row_key.map(|column| (column.name.clone(), column.data_type.clone())).collect(),
            function: draft.names.helper(&shadow.table, &"rows".into(), "copy"),
        };
        steps.push(step(shadow, "nobody waits for it", ShadowChange::CopyRows(Box::new(rows))));
    }
    phase(PhaseKind::Copy, gates, steps)
}

/// Nobody uses the copies yet, so that nobody waits while their indexes are built and their foreign keys are checked.
fn build(schema: &Schema, shadows: &[Shadow], keys: &Keys<'_>, mut gates: Vec<Gate>) -> Phase {
    let places: HashMap<&TableName, &Shadow> = shadows.iter().map(|shadow| (&shadow.table, shadow)).collect();
    gates.extend(shadows.iter().map(|shadow| Gate::IsCopied { table: shadow.table.clone() }));
    let mut steps = Vec::new();
    if let Some(first) = shadows.first() {
        let why = "the copies are what the tables were at one moment, before anything is built on them";
        steps.push(step(first, why, ShadowChange::CatchUp));
    }
    for shadow in shadows {
        let Some(target) = schema.table(&shadow.table) else { continue };
        let parts = shadow.parts.iter().filter_map(|part| Some(built_on_part(part, schema.table(&part.table)?)));
        let changes = parts.flatten().chain(built(shadow, target));
        steps.extend(changes.map(|change| {
            let undo = torn_down(&change);
            Step::new(&shadow.table, "built on the copy, where nobody waits", vec![change], undo)
        }));
    }
    for (key, late) in keys {
        let (Some(from), Some(to)) = (places.get(&key.from), places.get(&key.to)) else { continue };
        let key = ForeignKey { from: from.shadow.clone(), to: to.shadow.clone(), ..ForeignKey::clone(key) };
        let key = without_actions(key);
        if *late == Some(Late::ClosesCycle) {
            steps.extend(key.validated.then(|| tried(from, key)));
            continue;
        }
        let comment = comment_of(&key).filter(|_| late.is_none());
        let undo = Change::DropConstraint { table: key.from.clone(), name: key.name.clone() };
        let change = Change::add_foreign_key(ForeignKey { comment: None, ..key });
        let why = "enforced on the copy before it takes the table's place";
        steps.push(Step::new(&from.table, why, std::iter::once(change).chain(comment).collect(), Undo::by(undo)));
    }
    let analyze = |shadow: &Shadow| {
        let why = "its queries need statistics from the first moment on";
        step(shadow, why, ShadowChange::Analyze { table: shadow.shadow.clone() })
    };
    steps.extend(shadows.iter().map(analyze));
    if let Some(first) = shadows.first() {
        let mark = |is_built| Change::Shadow(ShadowChange::MarkBuilt { is_built });
        let why = "the exchange waits for this";
        steps.push(Step::new(&first.table, why, vec![mark(true)], Undo::by(mark(false))));
    }
    phase(PhaseKind::Build, gates, steps)
}

/// One that closes a cycle is not there while changed rows are copied; whether it will hold is seen now.
fn tried(from: &Shadow, key: ForeignKey) -> Step {
    let why = "closes a cycle, so that it comes back only at the exchange: all rows are looked at now";
    let change = ShadowChange::TryForeignKey(Box::new(ForeignKey { comment: None, ..key }));
    Step { transaction: Transaction::Required, ..step(from, why, change) }
}

/// What a replay deletes is gone from its table, or has moved: no action may take other rows along. RESTRICT takes none, and to a
/// replay, which deletes the referencing rows in a statement before, it is what NO ACTION is.
fn without_actions(key: ForeignKey) -> ForeignKey {
    let still = |action| if action == Action::Restrict { Action::Restrict } else { Action::NoAction };
    ForeignKey { on_delete: still(key.on_delete), on_update: still(key.on_update), set_columns: Vec::new(), ..key }
}

/// The foreign keys that came at the exchange: enforced since, and now validated.
fn validated(draft: &Draft<'_>, verdicts: &[ForeignKeyVerdict], keys: &Keys<'_>) -> Phase {
    let why = |late: &Late| match late {
        Late::Acts => {
            "enforced since the exchange, and before it without its actions: all rows are looked at once more"
        }
        Late::ClosesCycle => "enforced since the exchange, and before it on the old tables: all rows are looked at",
    };
    let late = keys.iter().filter_map(|(key, late)| Some((*key, why(late.as_ref()?))));
    let suspended = verdicts.iter().filter(|verdict| verdict.suspension.is_some()).filter_map(ForeignKeyVerdict::after);
    let suspended = suspended.map(|key| (key, remake::WHY_VALIDATED));
    let mut steps = Vec::new();
    for (key, why) in late.chain(suspended) {
        if key.validated && !draft.is_partitioned(draft.find(&key.from)) {
            steps.push(Step::new(&key.from, why, validation_when_placed(draft, key), Undo::Nothing));
        }
        if let Some(comment) = comment_of(key) {
            let why = "the comment went with the foreign key";
            steps.push(Step::new(&key.from, why, vec![comment], Undo::Nothing));
        }
    }
    phase(PhaseKind::ForeignKeys, Vec::new(), steps)
}

/// A copy that is filled anew must have only the key by which its rows are found.
fn torn_down(change: &Change) -> Undo {
    match change {
        Change::AddKey { table, key, .. } => {
            Undo::by(Change::DropConstraint { table: table.clone(), name: key.name.clone() })
        }
        Change::AddExclusion { table, exclusion } => {
            Undo::by(Change::DropConstraint { table: table.clone(), name: exclusion.name.clone() })
        }
        Change::CreateIndex { table, index, .. } => {
            Undo::by(Change::DropIndex { table: table.clone(), index: index.name.clone(), concurrently: false })
        }
        _ => Undo::Nothing,
    }
}

/// Everything but the key by which rows are found, the foreign keys and what a table has from the one that it was made like.
fn built(shadow: &Shadow, target: &Table) -> Vec<Change> {
    let on = || shadow.shadow.clone();
    let copy = Table { name: on(), ..target.clone() };
    let unique = keys(&shadow.shadow, target).filter(|(name, _)| **name != shadow.key_name).map(|(_, change)| change);
    let exclusions = target
        .exclusions
        .iter()
        .map(|exclusion| Change::AddExclusion { table: on(), exclusion: Box::new(exclusion.clone()) });
    let indexes = target.indexes.iter().filter(|index| !index.unique);
    let indexes = indexes.map(|index| Change::create_index(&on(), index.clone(), IndexBuild::Blocking));
    let identity = matches!(target.replica_identity, ReplicaIdentity::Index(_))
        .then(|| Change::SetReplicaIdentity { table: on(), identity: target.replica_identity.clone() });
    let comments = restore_comments(&copy).into_iter().flat_map(|step| step.changes);
    // Columns and checks brought theirs along.
    let comments = comments.filter(|change| {
        let is_check = |name: &Name| target.checks.iter().any(|check| check.name == *name);
        match change {
            Change::Comment { on: Commented::Column(..), .. } => false,
            Change::Comment { on: Commented::Constraint(_, name), .. } => !is_check(name),
            _ => true,
        }
    });
    unique.chain(exclusions).chain(indexes).chain(identity).chain(comments).collect()
}

/// What a partition has beside that of its partitioned table. It comes first: what is alike is taken for the table's then, and
/// keeps its name.
fn built_on_part(part: &ShadowPart, target: &Table) -> Vec<Change> {
    let unique = target.unique.iter().filter(|key| key.attached_to.is_none()).cloned();
    let indexes = target.indexes.iter().filter(|index| index.attached_to.is_none()).cloned();
    let own = Table {
        name: part.shadow.clone(),
        unique: unique.collect(),
        indexes: indexes.collect(),
        comment: target.comment.clone(),
        ..Table::new(part.shadow.clone())
    };
    let indexes = own.indexes.iter().filter(|index| !index.unique);
    let indexes = indexes.map(|index| Change::create_index(&own.name, index.clone(), IndexBuild::Blocking));
    let changes = keys(&own.name, &own).map(|(_, change)| change).chain(indexes);
    changes.chain(restore_comments(&own).into_iter().flat_map(|step| step.changes)).collect()
}

/// The primary key, the unique constraints and the unique indexes of a copy, each under its name.
fn keys<'t>(copy: &TableName, target: &'t Table) -> impl Iterator<Item = (&'t Name, Change)> {
    let add = move |kind, key: &'t Key| (&key.name, Change::add_key(copy, kind, Key { comment: None, ..key.clone() }));
    let primary = target.primary_key.iter().map(move |key| add(KeyKind::Primary, key));
    let unique = target.unique.iter().map(move |key| add(KeyKind::Unique, key));
    let indexes = target.indexes.iter().filter(|index| index.unique);
    let index = move |index: &'t Index| (&index.name, Change::create_index(copy, index.clone(), IndexBuild::Blocking));
    primary.chain(unique).chain(indexes.map(index))
}

fn exchange(
    draft: &Draft<'_>,
    shadows: &[Shadow],
    (verdicts, keys): (&[ForeignKeyVerdict], &Keys<'_>),
    order: &[Placing],
    mut gates: Vec<Gate>,
) -> Phase {
    let Some(first) = shadows.first() else { return phase(PhaseKind::Exchange, gates, Vec::new()) };
    let goes = |table: &TableName| *draft.placement(draft.find(table)) != Placement::Local;
    let live = verdicts.iter().filter(|verdict| verdict.fate != ForeignKeyFate::Added);
    let live = live.map(|verdict| &verdict.foreign_key).filter(|key| goes(&key.from) || goes(&key.to));
    let live: Vec<&ForeignKey> = live.collect();
    let locks = atomic::locks(draft, &live, order).into_iter();
    let locks = locks.map(|lock| TableLock { mode: LockMode::AccessExclusive, ..lock }).collect();
    gates.extend(shadows.iter().map(|shadow| Gate::IsCopied { table: shadow.table.clone() }));
    gates.push(Gate::IsBuilt { table: first.table.clone() });
    let late = keys.iter().filter(|(_, late)| late.is_some());
    let late = late.map(|(key, _)| ForeignKey { validated: false, comment: None, ..ForeignKey::clone(key) }).collect();
    // They would hold on to the old tables. One that stays comes back as soon as the new ones are there.
    let let_go = live.iter().filter(|key| goes(&key.from) != goes(&key.to)).map(|key| ForeignKey::clone(key)).collect();
    let placed: BTreeSet<&TableName> = shadows.iter().flat_map(Shadow::family).map(|[table, ..]| table).collect();
    let views = draft.graph.catalog().views.iter();
    let remade = views.filter(|view| !view.materialized && view.reads.iter().any(|table| placed.contains(table)));
    let views = remade.map(|view| view.name.clone()).collect();
    let given_up = shadows.iter().flat_map(|shadow| given_up(draft, shadow)).collect();
    let change =
        Change::Shadow(ShadowChange::Exchange { shadows: shadows.to_vec(), locks, views, late, let_go, given_up });
    let why = "all tables at one instant: their writers wait while the last changed rows are copied";
    let undo = Undo::Impossible(Cow::Borrowed(
        "the old tables are as they were at the exchange: what was written since is in the new ones only",
    ));
    phase(PhaseKind::Exchange, gates, vec![Step::new(&first.table, why, vec![change], undo)])
}

/// A row trigger of a partitioned table is on its partitions too.
fn given_up(draft: &Draft<'_>, shadow: &Shadow) -> Vec<(TableName, Name)> {
    let of = |table: &TableName| obstacles::removed_triggers(draft, draft.table(draft.find(table)));
    let whole = of(&shadow.table);
    let on = |table: &TableName| {
        let own = if *table == shadow.table { Vec::new() } else { of(table) };
        whole.iter().cloned().chain(own).map(|trigger| (table.clone(), trigger)).collect::<Vec<_>>()
    };
    shadow.family().flat_map(|[live, ..]| on(live)).collect()
}

fn clean_up(shadows: &[Shadow], order: &[Placing]) -> Phase {
    let mut steps = Vec::new();
    if let Some(first) = shadows.first() {
        let tables = shadows.iter().flat_map(Shadow::family).map(|[.., retired]| retired.clone()).collect();
        let schemas: BTreeSet<&Name> =
            shadows.iter().flat_map(Shadow::family).flat_map(|[_, new, old]| [&old.schema, &new.schema]).collect();
        let schemas = schemas.into_iter().cloned().collect();
        let drop = Change::Shadow(ShadowChange::DropRetired { tables, schemas });
        let undo = || Undo::Impossible(Cow::Borrowed("the old tables are gone"));
        steps.push(Step::new(&first.table, "nobody uses the old tables any more", vec![drop], undo()));
        for shadow in shadows {
            for (sequence, column) in &shadow.sequences {
                let own = ShadowChange::OwnOnWorkers {
                    sequence: sequence.clone(),
                    table: shadow.table.clone(),
                    column: column.clone(),
                };
                steps.push(step(shadow, "the sequence goes with its table on the workers too", own));
            }
        }
        let why = "nothing needs the helpers any more";
        steps.push(Step::new(&first.table, why, vec![Change::DropHelpers], Undo::Nothing));
    }
    phase(PhaseKind::CleanUp, placed_gates(order), steps)
}
