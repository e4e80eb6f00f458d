//! The phases before the distribution, on plain PostgreSQL: preflight, columns, backfill, unique indexes, keys.

use std::borrow::Cow;

use super::change::{Backfill, Change};
use super::draft::Draft;
use super::foreign_key_steps;
use super::gate::Gate;
use super::key_steps;
use super::keys::Keys;
use super::partitions::build_index;
use super::preflight;
use super::step::{Phase, PhaseKind, Step, Undo};
use super::verdict::{ForeignKeyVerdict, PlacedAs, Placing};
use crate::catalog::{Column, DataType, Table};
use crate::classify::{Path, Placement};
use crate::graph::TableIx;
use crate::name::Name;

pub(super) fn phases(
    draft: &mut Draft<'_>,
    keys: &Keys<'_>,
    foreign_keys: &[ForeignKeyVerdict],
    order: &[Placing],
) -> Vec<Phase> {
    vec![
        preflight::phase(draft, keys, foreign_keys, order),
        add_columns(draft),
        backfill(draft),
        unique_indexes(draft, keys),
        swap_keys(draft, keys, foreign_keys, order),
    ]
}

/// The tables that get the column, with it and the path from which it is filled; partitions get it from their parent.
pub(super) fn to_fill<'c>(draft: &Draft<'c>) -> Vec<(TableIx, &'c Table, &'c Name, &'c Path)> {
    let fills = draft.tables().filter_map(|(ix, table)| match draft.placement(ix) {
        Placement::Distributed { column, backfill: Some(path) } if table.partition_of.is_none() => {
            Some((ix, table, column, path))
        }
        _ => None,
    });
    fills.collect()
}

fn add_columns(draft: &Draft<'_>) -> Phase {
    let (data_type, collation) = draft.key_type();
    let steps = to_fill(draft).into_iter().map(|(_, table, column, path)| {
        let why = format!("the rows of {} get the key that they have over {}", table.name, describe(path));
        let change = Change::AddColumn {
            table: table.name.clone(),
            column: column.clone(),
            data_type: data_type.clone(),
            collation: collation.cloned(),
        };
        let undo = Undo::by(Change::DropColumn { table: table.name.clone(), column: column.clone() });
        Step::new(&table.name, why, vec![change], undo)
    });
    Phase { kind: PhaseKind::AddColumns, gates: Vec::new(), steps: steps.collect() }
}

fn describe(path: &Path) -> String {
    path.hops.iter().map(|hop| hop.to.to_string()).collect::<Vec<_>>().join(", ")
}

fn backfill(draft: &Draft<'_>) -> Phase {
    let mut steps = Vec::new();
    for (ix, table, column, path) in to_fill(draft) {
        // Each partition by itself: its own primary key orders its rows, and no batch spans two of them.
        let targets: Vec<TableIx> =
            if draft.is_partitioned(ix) { draft.graph.partitions(ix).collect() } else { vec![ix] };
        for target in targets.into_iter().map(|part| draft.table(part)) {
            let why = format!("each row takes {column} from {}", path.end());
            let change = Change::Backfill(Box::new(Backfill {
                table: target.name.clone(),
                column: column.clone(),
                path: path.clone(),
                row_key: row_key(draft, target),
            }));
            let undo = Undo::Impossible(Cow::Borrowed("dropping the column takes its values along"));
            steps.push(Step::new(&table.name, why, vec![change], undo));
        }
    }
    Phase { kind: PhaseKind::Backfill, gates: Vec::new(), steps }
}

/// The columns by which the batches are cut. A key of a composite type cannot be held in a variable by its parts: such a
/// table is cut by blocks, like one without a key.
fn row_key(draft: &Draft<'_>, table: &Table) -> Vec<(Name, DataType)> {
    let names = table.primary_key.iter().flat_map(|key| &key.columns);
    let columns: Vec<&Column> = names.filter_map(|name| table.column(name)).collect();
    if columns.iter().any(|column| draft.is_composite(&column.data_type)) {
        return Vec::new();
    }
    columns.into_iter().map(|column| (column.name.clone(), column.data_type.clone())).collect()
}

fn unique_indexes(draft: &mut Draft<'_>, keys: &Keys<'_>) -> Phase {
    let nullable = draft.tables().filter_map(|(ix, table)| {
        let column = draft.column(ix).filter(|_| table.partition_of.is_none())?;
        let is_certain = table.column(column).is_some_and(|column| column.not_null);
        (!is_certain).then(|| Gate::NoNulls { table: table.name.clone(), column: column.clone() })
    });
    let gates = nullable.collect();
    let mut steps = Vec::new();
    for widened in &keys.widened {
        key_steps::build(draft, widened, &mut steps);
        if let Some(lookup) = &widened.lookup {
            let changes = build_index(draft, widened.table, lookup);
            let why = "queries that name the old key alone keep an index to use";
            key_steps::one_by_one(draft.table(widened.table), why, changes, &mut steps);
        }
    }
    Phase { kind: PhaseKind::UniqueIndexes, gates, steps }
}

fn swap_keys(draft: &mut Draft<'_>, keys: &Keys<'_>, foreign_keys: &[ForeignKeyVerdict], order: &[Placing]) -> Phase {
    let gates = keys.widened.iter().flat_map(|widened| key_steps::valid_index(draft, widened)).collect();
    let mut steps = Vec::new();
    for placing in order {
        if let PlacedAs::Distributed { column, .. } = &placing.as_what {
            not_null(draft, draft.find(&placing.table), column, &mut steps);
        }
    }
    foreign_key_steps::add(draft, keys, foreign_keys, &mut steps);
    foreign_key_steps::retire(draft, keys, foreign_keys, &mut steps);
    key_steps::swap(draft, keys, foreign_keys, order, &mut steps);
    key_steps::give_up(draft, keys, &mut steps);
    Phase { kind: PhaseKind::Keys, gates, steps }
}

/// Four statements instead of one, so that no scan runs under a lock that blocks the application.
fn not_null(draft: &mut Draft<'_>, ix: TableIx, column: &Name, steps: &mut Vec<Step>) {
    let table = draft.table(ix);
    if table.column(column).is_some_and(|column| column.not_null) {
        return;
    }
    let on = || table.name.clone();
    let name = draft.names.constraint(&table.name, std::iter::once(column), "not_null");
    let drop = Change::DropConstraint { table: on(), name: name.clone() };
    steps.push(Step::new(
        &table.name,
        "from here on no row comes without the key",
        vec![Change::AddNotNullCheck { table: on(), name: name.clone(), column: column.clone() }],
        Undo::by(drop.clone()),
    ));
    steps.push(Step::new(
        &table.name,
        "looks at the old rows while readers and writers go on",
        vec![Change::ValidateConstraint { table: on(), name, references: None }],
        Undo::Nothing,
    ));
    steps.push(Step::new(
        &table.name,
        "the validated check spares the scan (PostgreSQL 12 and later; on 11 it runs under this lock)",
        vec![Change::SetNotNull { table: on(), column: column.clone() }, drop],
        Undo::by(Change::DropNotNull { table: on(), column: column.clone() }),
    ));
}
