//! The phases of this strategy: those of the preparation come in, of which the first few stay, and all phases go out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use foldhash::HashMap;

use super::super::atomic;
use super::super::change::{Change, Commented, IndexBuild, KeyKind};
use super::super::distribute::{placed_gates, placing_change, restore_comments, verify};
use super::super::draft::Draft;
use super::super::fill;
use super::super::foreign_key_steps::{added_again, comment_of, drop_of, validation_when_placed};
use super::super::gate::Gate;
use super::super::lock::{LockMode, TableLock};
use super::super::simulate::Schema;
use super::super::step::{Phase, PhaseKind, Step, Undo};
use super::super::verdict::{ForeignKeyFate, ForeignKeyVerdict, PlacedAs, Placing};
use super::{CopyRows, Shadow, ShadowChange, check, shadows};
use crate::catalog::{Action, ForeignKey, Key, ReplicaIdentity, Table};
use crate::name::{Name, TableName};

/// All phases. Of those before the distribution, the preflight, the added columns and their triggers stay; what the others would
/// make of the live tables is made of their shadows.
pub(in crate::plan) fn phases(
    draft: &mut Draft<'_>,
    preparation: Vec<Phase>,
    verdicts: &[ForeignKeyVerdict],
    order: &[Placing],
) -> Vec<Phase> {
    check::report(draft, verdicts, order);
    let target = Schema::after(draft.graph.catalog().clone(), &preparation);
    let fills = fill::fills(draft);
    let shadows = shadows(draft, &target, &fills, verdicts, order);
    let mut written = Vec::new();
    let mut phases = Vec::new();
    for phase in preparation {
        match phase.kind {
            PhaseKind::Preflight | PhaseKind::AddColumns | PhaseKind::Triggers => phases.push(phase),
            PhaseKind::HandOver => {
                let gates = phase.gates.into_iter();
                written.extend(gates.filter(|gate| matches!(gate, Gate::WrittenWithKey { .. })));
            }
            _ => {}
        }
    }
    let plain = || shadows.iter().map(|shadow| Gate::IsPlain { table: shadow.table.clone() });
    phases.push(make(draft, &target, &shadows, order));
    phases.push(capture(&shadows, plain().collect()));
    phases.push(copy(draft, &shadows, plain().collect()));
    phases.push(build(draft, &target, &shadows, verdicts, plain().collect()));
    phases.push(exchange(draft, &shadows, verdicts, order, written));
    phases.push(validated(draft, verdicts, &shadows));
    phases.push(clean_up(&shadows, order));
    phases.push(verify(draft, verdicts, order));
    phases
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
    if let Some(key) = &target.primary_key {
        changes.push(Change::add_key(&shadow.shadow, KeyKind::Primary, Key { comment: None, ..key.clone() }));
    }
    if matches!(live.replica_identity, ReplicaIdentity::Full | ReplicaIdentity::Nothing) {
        let identity = live.replica_identity.clone();
        changes.push(Change::SetReplicaIdentity { table: shadow.shadow.clone(), identity });
    }
    let drop = ShadowChange::Drop { shadow: shadow.shadow.clone() };
    let why = "the table as it will be, still empty, with its new primary key";
    Step::new(&shadow.table, why, changes, Undo::by(Change::Shadow(drop)))
}

fn capture(shadows: &[Shadow], gates: Vec<Gate>) -> Phase {
    let triggers = [Shadow::ON_TRUNCATE, Shadow::ON_CHANGE].map(Into::into).to_vec();
    let one = |shadow: &Shadow| {
        let undo = Change::DropTriggers { table: shadow.table.clone(), triggers: triggers.clone() };
        let change = Change::Shadow(ShadowChange::Capture(Box::new(shadow.clone())));
        let why = "from here on each changed row is noted, to be copied anew";
        Step::new(&shadow.table, why, vec![change], Undo::by(undo))
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
        let rows = CopyRows {
            shadow: shadow.clone(),
            row_key: fill::row_key(draft, draft.table(draft.find(&shadow.table))),
            function: draft.names.helper(&shadow.table, &"rows".into(), "copy"),
        };
        steps.push(step(shadow, "nobody waits for it", ShadowChange::CopyRows(Box::new(rows))));
    }
    phase(PhaseKind::Copy, gates, steps)
}

/// Nobody uses the copies yet, so that nobody waits while their indexes are built and their foreign keys are checked.
fn build(
    draft: &Draft<'_>,
    target: &Schema,
    shadows: &[Shadow],
    verdicts: &[ForeignKeyVerdict],
    mut gates: Vec<Gate>,
) -> Phase {
    let places: HashMap<&TableName, &Shadow> = shadows.iter().map(|shadow| (&shadow.table, shadow)).collect();
    gates.extend(shadows.iter().map(|shadow| Gate::IsCopied { table: shadow.table.clone() }));
    let mut steps = Vec::new();
    if let Some(first) = shadows.first() {
        let why = "the copies are what the tables were at one moment, before anything is built on them";
        steps.push(step(first, why, ShadowChange::CatchUp));
    }
    for shadow in shadows {
        let Some(target) = target.table(&shadow.table) else { continue };
        steps.extend(built(shadow, target).into_iter().map(|change| {
            let undo = torn_down(&change);
            Step::new(&shadow.table, "built on the copy, where nobody waits", vec![change], undo)
        }));
    }
    for key in verdicts.iter().filter_map(ForeignKeyVerdict::after) {
        let (Some(from), Some(to)) = (places.get(&key.from), places.get(&key.to)) else { continue };
        let has_actions = has_actions(key);
        let key = without_actions(ForeignKey { from: from.shadow.clone(), to: to.shadow.clone(), ..key.clone() });
        let comment = comment_of(&key).filter(|_| !has_actions);
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
    steps.extend(given_up(draft, &places, verdicts));
    if let Some(first) = shadows.first() {
        let mark = |is_built| Change::Shadow(ShadowChange::MarkBuilt { is_built });
        let why = "the exchange waits for this";
        steps.push(Step::new(&first.table, why, vec![mark(true)], Undo::by(mark(false))));
    }
    phase(PhaseKind::Build, gates, steps)
}

/// A table that stays would go on referencing an old one: those that the rules give up go, the others are a blocker.
fn given_up(
    draft: &Draft<'_>,
    places: &HashMap<&TableName, &Shadow>,
    verdicts: &[ForeignKeyVerdict],
) -> impl Iterator<Item = Step> {
    let keys = verdicts.iter().filter(|verdict| verdict.fate == ForeignKeyFate::GivenUp).map(|one| &one.foreign_key);
    let stays = keys.filter(|key| !places.contains_key(&key.from) && places.contains_key(&key.to));
    stays.map(|key| {
        let why = "given up, as the rules say: its table stays, and would go on referencing the old one";
        Step::new(&key.from, why, vec![drop_of(key)], added_again(draft, key))
    })
}

/// What a replay deletes is gone from its table, or has moved: no action may take other rows along.
fn without_actions(key: ForeignKey) -> ForeignKey {
    ForeignKey { on_delete: Action::NoAction, on_update: Action::NoAction, set_columns: Vec::new(), ..key }
}

fn has_actions(key: &ForeignKey) -> bool {
    let acts = |action: Action| ![Action::NoAction, Action::Restrict].contains(&action);
    acts(key.on_delete) || acts(key.on_update)
}

/// The foreign keys that got their actions at the exchange: enforced since, and now validated.
fn validated(draft: &Draft<'_>, verdicts: &[ForeignKeyVerdict], shadows: &[Shadow]) -> Phase {
    let mut steps = Vec::new();
    for key in actions(verdicts, shadows).filter(|key| key.validated) {
        let why = "enforced since the exchange, and before it without its actions: all rows are looked at once more";
        steps.push(Step::new(&key.from, why, validation_when_placed(draft, key), Undo::Nothing));
        if let Some(comment) = comment_of(key) {
            let why = "the comment went with the foreign key";
            steps.push(Step::new(&key.from, why, vec![comment], Undo::Nothing));
        }
    }
    phase(PhaseKind::ForeignKeys, Vec::new(), steps)
}

fn actions<'v>(verdicts: &'v [ForeignKeyVerdict], shadows: &[Shadow]) -> impl Iterator<Item = &'v ForeignKey> {
    let placed: BTreeSet<&TableName> = shadows.iter().map(|shadow| &shadow.table).collect();
    let is_placed = move |key: &&ForeignKey| placed.contains(&key.from) && placed.contains(&key.to);
    verdicts.iter().filter_map(ForeignKeyVerdict::after).filter(is_placed).filter(|key| has_actions(key))
}

/// A copy that is filled anew must have its primary key only.
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

/// Everything but the primary key, the foreign keys and what a table has from the one that it was made like.
fn built(shadow: &Shadow, target: &Table) -> Vec<Change> {
    let on = || shadow.shadow.clone();
    let copy = Table { name: on(), ..target.clone() };
    let unique = target.unique.iter().map(|key| Change::add_key(&on(), KeyKind::Unique, key.clone()));
    let exclusions = target
        .exclusions
        .iter()
        .map(|exclusion| Change::AddExclusion { table: on(), exclusion: Box::new(exclusion.clone()) });
    let indexes = target.indexes.iter().map(|index| Change::create_index(&on(), index.clone(), IndexBuild::Blocking));
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
    unique.chain(exclusions).chain(indexes).chain(comments).collect()
}

fn exchange(
    draft: &Draft<'_>,
    shadows: &[Shadow],
    verdicts: &[ForeignKeyVerdict],
    order: &[Placing],
    mut gates: Vec<Gate>,
) -> Phase {
    let Some(first) = shadows.first() else { return phase(PhaseKind::Exchange, gates, Vec::new()) };
    let live = verdicts.iter().filter(|verdict| verdict.fate != ForeignKeyFate::Added);
    let live: Vec<&ForeignKey> = live.map(|verdict| &verdict.foreign_key).collect();
    let locks = atomic::locks(draft, &live, order).into_iter();
    let locks = locks.map(|lock| TableLock { mode: LockMode::AccessExclusive, ..lock }).collect();
    gates.extend(shadows.iter().map(|shadow| Gate::IsCopied { table: shadow.table.clone() }));
    gates.push(Gate::IsBuilt { table: first.table.clone() });
    let actions = actions(verdicts, shadows);
    let actions = actions.map(|key| ForeignKey { validated: false, comment: None, ..key.clone() }).collect();
    let placed: BTreeSet<&TableName> = shadows.iter().map(|shadow| &shadow.table).collect();
    let views = draft.graph.catalog().views.iter();
    let remade = views.filter(|view| !view.materialized && view.reads.iter().any(|table| placed.contains(table)));
    let views = remade.map(|view| view.name.clone()).collect();
    let change = Change::Shadow(ShadowChange::Exchange { shadows: shadows.to_vec(), locks, views, actions });
    let why = "all tables at one instant: their writers wait while the last changed rows are copied";
    let undo = Undo::Impossible(Cow::Borrowed(
        "the old tables are as they were at the exchange: what was written since is in the new ones only",
    ));
    phase(PhaseKind::Exchange, gates, vec![Step::new(&first.table, why, vec![change], undo)])
}

fn clean_up(shadows: &[Shadow], order: &[Placing]) -> Phase {
    let mut steps = Vec::new();
    if let Some(first) = shadows.first() {
        let tables = shadows.iter().map(|shadow| shadow.retired.clone()).collect();
        let schemas: BTreeSet<&Name> =
            shadows.iter().flat_map(|shadow| [&shadow.retired.schema, &shadow.shadow.schema]).collect();
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
