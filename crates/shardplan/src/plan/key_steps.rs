//! The steps by which a widened key takes over from the old one.

use super::change::{Change, Commented, IndexBuild, KeyKind};
use super::draft::Draft;
use super::foreign_key_steps;
use super::gate::Gate;
use super::keys::{Keys, Unique, Widened};
use super::order::places;
use super::partitions::{attached_key, build_index, part_indexes};
use super::step::{Step, Undo};
use super::verdict::{ForeignKeyVerdict, Placing};
use crate::catalog::{Index, IndexPart, Key, ReplicaIdentity, Table, Timing};
use crate::graph::TableIx;
use crate::name::{Name, TableName};

/// Builds the index that takes the old key's place.
pub(super) fn build(draft: &mut Draft<'_>, widened: &Widened<'_>, steps: &mut Vec<Step>) {
    let why = "takes the place of the old key, without blocking writers while it is built";
    let Some(parts) = &widened.parts else {
        let changes = build_index(draft, widened.table, &widened.index);
        one_by_one(draft.table(widened.table), why, changes, steps);
        return;
    };
    // A constraint of a partitioned table cannot take an index over: only those of the partitions are built now.
    for (part, index) in parts {
        let table = draft.table(*part);
        let index = Index { attached_to: None, ..index.clone() };
        let build = IndexBuild::Concurrently;
        let change = Change::create_index(&table.name, index, build);
        one_by_one(table, why, vec![change], steps);
    }
}

/// The indexes of the partitions, for a constraint of a partitioned table.
pub(super) fn parts_of_constraint(
    draft: &mut Draft<'_>,
    ix: TableIx,
    old: Unique<'_>,
    index: &Index,
) -> Option<Vec<(TableIx, Index)>> {
    (draft.is_partitioned(ix) && old.constraint().is_some()).then(|| part_indexes(draft, ix, index))
}

/// One step for each change.
pub(super) fn one_by_one(table: &Table, why: &'static str, changes: Vec<Change>, steps: &mut Vec<Step>) {
    let mut undos: Vec<Undo> = changes.iter().map(built_undo).collect();
    if let Some(Change::CreateIndex { build: IndexBuild::OnlyParent, .. }) = changes.first() {
        // Of an index tree only the parent's index can be dropped, and those that hang under it go with it: first it, then
        // those that were not attached yet.
        let drops = undos.iter_mut().flat_map(|undo| match std::mem::replace(undo, Undo::Nothing) {
            Undo::Changes(groups) => groups,
            Undo::Nothing | Undo::Impossible(_) => Vec::new(),
        });
        undos[0] = Undo::Changes(drops.collect());
    }
    for (change, undo) in changes.into_iter().zip(undos) {
        steps.push(Step::new(&table.name, why, vec![change], undo));
    }
}

fn built_undo(change: &Change) -> Undo {
    match change {
        Change::CreateIndex { table, index, build } => {
            Undo::by(drop_index(table, &index.name, *build != IndexBuild::OnlyParent))
        }
        _ => Undo::Nothing,
    }
}

fn drop_index(table: &TableName, index: &Name, concurrently: bool) -> Change {
    Change::DropIndex { table: table.clone(), index: index.clone(), concurrently }
}

/// What must hold before the key is swapped.
pub(super) fn valid_index(draft: &Draft<'_>, widened: &Widened<'_>) -> Vec<Gate> {
    let name = widened.old.name();
    let gate = |table: TableIx, index: &Index, becomes: &Name| Gate::IndexIsValid {
        table: draft.table(table).name.clone(),
        index: index.name.clone(),
        becomes: becomes.clone(),
        positions: index.elements.len(),
    };
    let Some(parts) = &widened.parts else {
        return vec![gate(widened.table, &widened.index, name)];
    };
    let parts = parts.iter();
    parts.map(|(part, index)| gate(*part, index, attached_key(draft, *part, name).unwrap_or(&index.name))).collect()
}

/// Swaps every widened key, referencing tables before the tables that they reference.
pub(super) fn swap(
    draft: &Draft<'_>,
    keys: &Keys<'_>,
    foreign_keys: &[ForeignKeyVerdict],
    order: &[Placing],
    steps: &mut Vec<Step>,
) {
    let places = places(draft, order);
    let mut bottom_up: Vec<&Widened<'_>> = keys.widened.iter().collect();
    bottom_up.sort_by_key(|widened| std::cmp::Reverse(places[draft.placed_for(widened.table).at()]));
    for widened in bottom_up {
        let table = draft.table(widened.table);
        let moved = foreign_key_steps::moved(draft, keys, widened, foreign_keys);
        let targeting = foreign_key_steps::taken_back_with(draft, keys, widened, foreign_keys);
        let mut changes = foreign_key_steps::leave(&moved);
        changes.extend(match (widened.old.constraint(), &widened.parts) {
            (Some((kind, timing)), None) => take_index(table, widened.old.name(), kind, &widened.index.name, timing),
            (Some((kind, timing)), Some(parts)) => swap_partitioned(draft, table, (widened, parts), kind, timing),
            (None, _) => replace_index(table, widened.old.name(), &widened.index.name),
        });
        changes.extend(restore_marks(table, widened.old));
        changes.extend(foreign_key_steps::arrive(draft, &moved));
        let undo = Undo::Changes(way_back(draft, table, widened, &targeting));
        steps.push(Step::new(&table.name, "the new key takes over in one short transaction", changes, undo));
        foreign_key_steps::validate_moved(draft, &moved, steps);
    }
}

/// A constraint goes, and one of the same name takes an index that is there.
fn take_index(table: &Table, name: &Name, kind: KeyKind, index: &Name, timing: Timing) -> Vec<Change> {
    vec![
        Change::DropConstraint { table: table.name.clone(), name: name.clone() },
        Change::AddKeyUsingIndex { table: table.name.clone(), name: name.clone(), kind, index: index.clone(), timing },
    ]
}

/// An index goes, and another takes its name.
fn replace_index(table: &Table, name: &Name, by: &Name) -> Vec<Change> {
    let rename = Change::RenameIndex { table: table.name.clone(), from: by.clone(), to: name.clone() };
    vec![drop_index(&table.name, name, false), rename]
}

/// The parent's key is made alone, then each partition's from its finished index, then they are attached.
fn swap_partitioned(
    draft: &Draft<'_>,
    table: &Table,
    (widened, parts): (&Widened<'_>, &[(TableIx, Index)]),
    kind: KeyKind,
    timing: Timing,
) -> Vec<Change> {
    let name = widened.old.name();
    let mut changes = vec![
        Change::DropConstraint { table: table.name.clone(), name: name.clone() },
        Change::AddKeyOnly {
            table: table.name.clone(),
            name: name.clone(),
            kind,
            columns: columns(&widened.index),
            include: widened.index.include.clone(),
            timing,
        },
    ];
    for (part, index) in parts {
        let part_name = draft.table(*part).name.clone();
        let key_name = attached_key(draft, *part, name).unwrap_or(&index.name).clone();
        changes.push(Change::AddKeyUsingIndex {
            table: part_name.clone(),
            name: key_name.clone(),
            kind,
            index: index.name.clone(),
            timing,
        });
        changes.push(Change::AttachIndex {
            parent: table.name.clone(),
            parent_index: name.clone(),
            table: part_name,
            index: key_name,
        });
    }
    changes
}

fn columns(index: &Index) -> Vec<Name> {
    let column = |part: &IndexPart| match part {
        IndexPart::Column(name) => Some(name.clone()),
        IndexPart::Expression(_) => None,
    };
    index.elements.iter().filter_map(|element| column(&element.part)).collect()
}

/// What hung on the old index and would be gone with it.
pub(super) fn restore_marks(table: &Table, old: Unique<'_>) -> Vec<Change> {
    let (on, name) = (&table.name, old.name());
    let mut changes = Vec::new();
    if table.replica_identity == ReplicaIdentity::Index(name.clone()) {
        changes.push(Change::SetReplicaIdentity { table: on.clone(), identity: table.replica_identity.clone() });
    }
    if table.clustered_on.as_ref() == Some(name) {
        changes.push(Change::ClusterOn { table: on.clone(), index: name.clone() });
    }
    if let Some(text) = old.comment() {
        let commented = match old.constraint() {
            Some(_) => Commented::Constraint(on.clone(), name.clone()),
            None => Commented::Index(on.clone(), name.clone()),
        };
        changes.push(Change::Comment { on: commented, text: text.clone() });
    }
    changes
}

/// The old key again: its index is built anew without blocking writers, except on a partitioned table.
fn way_back(
    draft: &Draft<'_>,
    table: &Table,
    widened: &Widened<'_>,
    targeting: &[foreign_key_steps::New<'_>],
) -> Vec<Vec<Change>> {
    let name = widened.old.name();
    let mut swap_back = match (widened.old, widened.old.constraint()) {
        (Unique::Primary(key) | Unique::Constraint(key), Some((kind, _))) if draft.is_partitioned(widened.table) => {
            vec![
                Change::DropConstraint { table: table.name.clone(), name: name.clone() },
                Change::add_key(&table.name, kind, Key { comment: None, ..key.clone() }),
            ]
        }
        (Unique::Index(index), _) if draft.is_partitioned(widened.table) => {
            index_tree_again(draft, widened.table, index)
        }
        (_, Some((kind, timing))) => take_index(table, name, kind, &widened.way_back, timing),
        (_, None) => replace_index(table, name, &widened.way_back),
    };
    swap_back.extend(restore_marks(table, widened.old));
    let mut groups = Vec::new();
    if let Some(index) = old_index(widened).filter(|_| !draft.is_partitioned(widened.table)) {
        let build = IndexBuild::Concurrently;
        groups.push(vec![Change::create_index(&table.name, index, build)]);
    }
    groups.extend(foreign_key_steps::take_back(draft, targeting, swap_back));
    groups
}

/// The old index of a partitioned table and of its partitions, in place of the new one.
fn index_tree_again(draft: &Draft<'_>, ix: TableIx, old: &Index) -> Vec<Change> {
    let create = |table: &Table, index: &Index, build| {
        Change::create_index(&table.name, Index { comment: None, attached_to: None, ..index.clone() }, build)
    };
    let table = draft.table(ix);
    let mut changes = vec![drop_index(&table.name, &old.name, false), create(table, old, IndexBuild::OnlyParent)];
    for part in draft.graph.partitions(ix).map(|part| draft.table(part)) {
        for index in part.indexes.iter().filter(|index| index.attached_to.as_ref() == Some(&old.name)) {
            changes.push(create(part, index, IndexBuild::Blocking));
            changes.push(Change::AttachIndex {
                parent: table.name.clone(),
                parent_index: old.name.clone(),
                table: part.name.clone(),
                index: index.name.clone(),
            });
        }
    }
    changes
}

/// The index of the old key, under its interim name.
fn old_index(widened: &Widened<'_>) -> Option<Index> {
    let name = widened.way_back.clone();
    match widened.old {
        Unique::Primary(key) | Unique::Constraint(key) => Some(Index {
            name,
            elements: widened.old.elements(),
            include: key.include.clone(),
            ..widened.index.clone()
        }),
        Unique::Index(index) => Some(Index { name, comment: None, ..index.clone() }),
        Unique::Exclusion(_) => None,
    }
}

/// Drops what the user gives up.
pub(super) fn give_up(draft: &Draft<'_>, keys: &Keys<'_>, steps: &mut Vec<Step>) {
    for given_up in &keys.given_up {
        let table = draft.table(given_up.table);
        let name = given_up.old.name();
        let change = match given_up.old {
            Unique::Index(_) => drop_index(&table.name, name, true),
            Unique::Primary(_) | Unique::Constraint(_) | Unique::Exclusion(_) => {
                Change::DropConstraint { table: table.name.clone(), name: name.clone() }
            }
        };
        let undo = match given_up.old {
            Unique::Index(index) => {
                Undo::by(Change::create_index(&table.name, index.clone(), IndexBuild::Concurrently))
            }
            Unique::Constraint(key) => Undo::by(Change::add_key(&table.name, KeyKind::Unique, key.clone())),
            Unique::Primary(key) => Undo::by(Change::add_key(&table.name, KeyKind::Primary, key.clone())),
            Unique::Exclusion(exclusion) => {
                Undo::by(Change::AddExclusion { table: table.name.clone(), exclusion: Box::new(exclusion.clone()) })
            }
        };
        steps.push(Step::new(&table.name, "given up, as the rules say", vec![change], undo));
    }
}
