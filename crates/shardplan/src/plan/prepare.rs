//! The phases before the distribution, on plain PostgreSQL, in their order; of these the unique indexes and the keys.

use foldhash::HashSet;

use super::change::Change;
use super::condition::Condition;
use super::draft::Draft;
use super::fill;
use super::foreign_key_steps;
use super::gate::Gate;
use super::key_steps;
use super::keys::Keys;
use super::obstacles;
use super::partitions::build_index;
use super::preflight;
use super::step::{Phase, PhaseKind, Step, Undo};
use super::unify;
use super::verdict::{ForeignKeyVerdict, PlacedAs, Placing};
use crate::catalog::Table;
use crate::graph::TableIx;
use crate::name::{Name, TableName};

pub(super) fn phases(
    draft: &mut Draft<'_>,
    keys: &Keys<'_>,
    foreign_keys: &[ForeignKeyVerdict],
    order: &[Placing],
) -> Vec<Phase> {
    let unifications = unify::unifications(draft);
    let fills = fill::fills(draft);
    let triggers = fill::triggers(draft, &fills);
    let mut hand_over = fill::hand_over(draft, &fills, &triggers);
    hand_over.steps.extend(obstacles::steps(draft));
    vec![
        preflight::phase(draft, keys, foreign_keys, &unifications, (order, &fills)),
        unify::phase(&unifications),
        fill::add_columns(draft, &fills, &unifications),
        fill::make_triggers(&triggers),
        fill::backfill(draft, &fills, foreign_keys),
        unique_indexes(draft, keys),
        swap_keys(draft, keys, foreign_keys, order),
        hand_over,
    ]
}

fn unique_indexes(draft: &mut Draft<'_>, keys: &Keys<'_>) -> Phase {
    let nullable = draft.tables().filter_map(|(ix, table)| {
        let column = draft.column(ix).filter(|_| table.partition_of.is_none())?;
        let is_certain = table.column(column).is_some_and(|column| column.not_null);
        (!is_certain).then(|| Gate::NoNulls { table: table.name.clone(), column: column.clone() })
    });
    let gates = nullable.chain(published(draft, keys)).collect();
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

/// A key that identifies rows to subscribers must be in what they get.
fn published(draft: &Draft<'_>, keys: &Keys<'_>) -> Vec<Gate> {
    let publications = &draft.graph.catalog().publications;
    let published: HashSet<&TableName> = publications.iter().flat_map(|publication| &publication.tables).collect();
    let mut tables: Vec<TableIx> = keys.widened.iter().map(|widened| widened.table).collect();
    tables.dedup();
    let gates = tables.into_iter().filter_map(|ix| {
        let table = &draft.table(ix).name;
        let column = draft.column(ix).filter(|_| published.contains(table))?;
        Some(Gate::PublishesKey { table: table.clone(), column: column.clone() })
    });
    gates.collect()
}

fn swap_keys(draft: &mut Draft<'_>, keys: &Keys<'_>, foreign_keys: &[ForeignKeyVerdict], order: &[Placing]) -> Phase {
    let agreement = foreign_keys.iter().filter_map(|verdict| fill::agreement(draft, verdict));
    let valid = keys.widened.iter().flat_map(|widened| key_steps::valid_index(draft, widened));
    let gates = valid.chain(agreement).chain(published(draft, keys)).collect();
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

/// From this version on, SET NOT NULL believes a validated CHECK.
const NOT_NULL_BY_CHECK: u32 = 120_000;

/// Four statements instead of one, so that no scan runs under a lock that blocks the application.
fn not_null(draft: &mut Draft<'_>, ix: TableIx, column: &Name, steps: &mut Vec<Step>) {
    let table = draft.table(ix);
    if table.column(column).is_some_and(|column| column.not_null) {
        return;
    }
    if draft.server_version().is_some_and(|version| version < NOT_NULL_BY_CHECK) {
        let bytes = table.statistics.as_ref().and_then(|statistics| statistics.bytes);
        let size = bytes.map(|bytes| format!(" ({} MB)", bytes / 1_000_000));
        let message = format!(
            "PostgreSQL 11 does not use the validated CHECK: SET NOT NULL on `{column}` reads all of `{}`{} while its readers and writers wait",
            table.name,
            size.unwrap_or_default()
        );
        draft.report("not-null-scan", &table.name, Some(column), message);
    }
    let on = || table.name.clone();
    let refuses_null = |part: &TableIx| draft.table(*part).column(column).is_some_and(|column| column.not_null);
    let parts: Vec<TableIx> = draft.graph.partitions(ix).filter(|part| !refuses_null(part)).collect();
    let nullable = |table: &Table| Change::DropNotNull { table: table.name.clone(), column: column.clone() };
    let name = draft.names.constraint(&table.name, std::iter::once(column), "not_null");
    let drop = Change::DropConstraint { table: on(), name: name.clone() };
    steps.push(Step::new(
        &table.name,
        "from here on no row comes without the key",
        vec![Change::AddCheck { table: on(), name: name.clone(), condition: Condition::NotNull(column.clone()) }],
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
        // On PostgreSQL 18 the partitions have a NOT NULL of their own from their primary keys.
        Undo::Changes(vec![std::iter::once(ix).chain(parts).map(|part| nullable(draft.table(part))).collect()]),
    ));
}
