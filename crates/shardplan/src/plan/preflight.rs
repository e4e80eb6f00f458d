//! The first phase: the schema as the plan saw it comes in, the questions whether it is still so go out. It looks only.
//!
//! All of it holds again after the preparation has run, whole or in part: after a failure a person starts from here. So what
//! the plan makes is known by its name, and a column by what is in it.

use foldhash::HashMap;

use super::draft::Draft;
use super::fill::Fill;
use super::gate::Gate;
use super::keys::{Keys, uniques};
use super::step::{Phase, PhaseKind};
use super::unify::Unification;
use super::verdict::{ForeignKeyFate, ForeignKeyVerdict, KeyFate, Placing};
use crate::catalog::{DataType, RowSecurity, Table};
use crate::classify::Placement;
use crate::graph::TableIx;
use crate::name::{Name, TableName};

pub(super) fn phase(
    draft: &Draft<'_>,
    keys: &Keys<'_>,
    foreign_keys: &[ForeignKeyVerdict],
    unifications: &[Unification<'_>],
    (order, fills): (&[Placing], &[Fill<'_>]),
) -> Phase {
    let mut gates: Vec<Gate> = order.iter().map(|placing| table_is(draft, draft.find(&placing.table))).collect();
    gates.extend(unifications.iter().flat_map(Unification::gates_before));
    gates.extend(plain_domain(draft, fills));
    gates.extend(deterministic(draft));
    gates.extend(added_columns(draft, fills));
    let hidden = placed(draft).filter(|(_, table)| table.row_security == RowSecurity::Forced);
    gates.extend(hidden.map(|(_, table)| Gate::SeesAllRows { table: table.name.clone() }));
    gates.extend(partitions(draft, keys));
    gates.extend(keys_are(draft, keys, unifications));
    gates.extend(foreign_keys_are(draft, foreign_keys, unifications));
    let swapped = keys.widened.iter().filter(|widened| widened.old.constraint().is_some());
    gates.extend(swapped.map(|widened| Gate::NoViewNeedsKey {
        table: draft.table(widened.table).name.clone(),
        name: widened.old.name().clone(),
    }));
    Phase { kind: PhaseKind::Preflight, gates, steps: Vec::new() }
}

fn table_is(draft: &Draft<'_>, ix: TableIx) -> Gate {
    let table = draft.table(ix);
    let built_on = table.keys().flat_map(|key| &key.columns).chain(draft.column(ix));
    // A column that gets another type has a gate of its own.
    let unified = draft.column(ix).filter(|_| draft.unified(ix).is_some());
    let mut columns: Vec<(Name, DataType)> = built_on
        .filter(|name| Some(*name) != unified)
        .filter_map(|name| table.column(name))
        .map(|column| (column.name.clone(), column.data_type.clone()))
        .collect();
    columns.sort();
    columns.dedup();
    Gate::TableIs { table: table.name.clone(), columns }
}

/// Where columns are added whose type is a domain.
pub(super) fn plain_domain(draft: &Draft<'_>, fills: &[Fill<'_>]) -> Option<Gate> {
    let (data_type, _) = draft.key_type();
    (!fills.is_empty() && draft.is_domain(data_type)).then(|| Gate::DomainIsPlain { data_type: data_type.clone() })
}

/// Of the root: the others have the same collation. Only a collation that is named, and a domain, can be such.
fn deterministic(draft: &Draft<'_>) -> Option<Gate> {
    let (data_type, collation) = draft.key_type();
    let key = &draft.rules.key;
    (collation.is_some() || draft.is_domain(data_type))
        .then(|| Gate::KeyIsDeterministic { table: key.table.clone(), column: key.column.clone() })
}

fn added_columns(draft: &Draft<'_>, fills: &[Fill<'_>]) -> impl Iterator<Item = Gate> {
    fills.iter().map(|fill| Gate::ColumnCanBeAdded {
        table: fill.from.table.clone(),
        column: fill.from.column.clone(),
        key: draft.rules.key.clone(),
        path: fill.from.path.clone(),
    })
}

/// The tables that change their place, partitions included.
fn placed<'c>(draft: &Draft<'c>) -> impl Iterator<Item = (TableIx, &'c Table)> {
    draft.tables().filter(|(ix, _)| *draft.placement(*ix) != Placement::Local)
}

/// Of the partitioned tables whose partitions get an index of their own; another new partition takes everything over.
fn partitions(draft: &Draft<'_>, keys: &Keys<'_>) -> impl Iterator<Item = Gate> {
    let partitioned =
        placed(draft).filter(|(ix, _)| draft.is_partitioned(*ix) && keys.widened_of(*ix).next().is_some());
    partitioned.map(|(ix, table)| {
        let known = draft.graph.partitions(ix).map(|part| draft.table(part).name.clone()).collect();
        Gate::NoOtherPartitions { table: table.name.clone(), known }
    })
}

fn keys_are(draft: &Draft<'_>, keys: &Keys<'_>, unifications: &[Unification<'_>]) -> Vec<Gate> {
    let mut made: HashMap<TableIx, Vec<&Name>> = HashMap::default();
    for unification in unifications {
        made.entry(unification.ix).or_default().extend(unification.index_names());
    }
    for widened in &keys.widened {
        made.entry(widened.table).or_default().extend([&widened.index.name, &widened.way_back]);
        for (part, index) in widened.parts.iter().flatten() {
            made.entry(*part).or_default().push(&index.name);
        }
    }
    let others = placed(draft).map(|(ix, table)| {
        let own = uniques(table).map(|unique| unique.name());
        let known = own.chain(made.get(&ix).into_iter().flatten().copied()).cloned().collect();
        Gate::NoOtherKeys { table: table.name.clone(), known }
    });
    let stays = keys.verdicts.iter().filter(|verdict| verdict.fate != KeyFate::GivenUp);
    let stays = stays.filter(|verdict| *draft.placement(draft.find(&verdict.table)) != Placement::Local);
    let there = stays.map(|verdict| Gate::HasKey { table: verdict.table.clone(), name: verdict.name.clone() });
    there.chain(others).collect()
}

fn foreign_keys_are(draft: &Draft<'_>, verdicts: &[ForeignKeyVerdict], unifications: &[Unification<'_>]) -> Vec<Gate> {
    let is_placed = |table: &TableName| *draft.placement(draft.find(table)) != Placement::Local;
    let mut known: HashMap<&TableName, Vec<(TableName, Name)>> = HashMap::default();
    let mut gates = Vec::new();
    for copy in unifications.iter().flat_map(Unification::foreign_keys) {
        for end in [&copy.from, &copy.to] {
            known.entry(end).or_default().push((copy.from.clone(), copy.name.clone()));
        }
    }
    for verdict in verdicts {
        let (from, to) = (&verdict.foreign_key.from, &verdict.foreign_key.to);
        let names = names(verdict);
        for end in std::iter::once(from).chain(Some(to).filter(|to| *to != from)) {
            known.entry(end).or_default().extend(names.iter().map(|name| (from.clone(), name.clone())));
        }
        let is_there = !matches!(verdict.fate, ForeignKeyFate::Added | ForeignKeyFate::GivenUp);
        if is_there && (is_placed(from) || is_placed(to)) {
            gates.push(Gate::HasForeignKey { table: from.clone(), names });
        }
    }
    gates.extend(placed(draft).map(|(_, table)| {
        let known = known.remove(&table.name).unwrap_or_default();
        Gate::NoOtherForeignKeys { table: table.name.clone(), known }
    }));
    gates
}

/// Every name that it has from now to the distribution.
fn names(verdict: &ForeignKeyVerdict) -> Vec<Name> {
    let mut names = vec![verdict.foreign_key.name.clone()];
    if let ForeignKeyFate::Replaced { by, interim, .. } = &verdict.fate {
        names.extend(interim.clone());
        names.extend(Some(&by.name).filter(|name| **name != verdict.foreign_key.name).cloned());
    }
    names
}
