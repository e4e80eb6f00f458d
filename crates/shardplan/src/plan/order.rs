//! The order in which tables are placed: reference tables first, then referenced before referencing.

use super::change::Method;
use super::draft::Draft;
use super::row_types;
use super::support;
use super::verdict::{ForeignKeyVerdict, PlacedAs, Placing};
use crate::classify::{Placement, Strategy};
use crate::graph::{Edges, TableIx};

/// Every table that is placed by a call of its own, in order: partitions follow their partitioned table.
///
/// Among tables that could come next, those whose writers wait come first, then the first by name: so the foreign keys that
/// the concurrent function wants away are away for as short as can be.
pub(super) fn placings(draft: &mut Draft<'_>, foreign_keys: &[ForeignKeyVerdict]) -> Vec<Placing> {
    let methods: Vec<Option<Method>> = draft.graph.indices().map(|ix| placed_by(draft, ix)).collect();
    let mut ranked: Vec<TableIx> = draft.graph.indices().collect();
    ranked.sort_by_key(|ix| methods[ix.at()] == Some(Method::Concurrent));
    let mut ranks = vec![0u32; ranked.len()];
    (0u32..).zip(&ranked).for_each(|(rank, ix)| ranks[ix.at()] = rank);

    let rows =
        row_types::row_columns(draft).into_iter().map(|(ix, _, of)| (draft.placed_for(ix), draft.placed_for(of)));
    let edges = foreign_keys.iter().filter_map(|verdict| edge(draft, verdict)).chain(rows.filter(|(ix, of)| ix != of));
    let edges = edges.map(|(from, to)| (ranks[from.at()], ranks[to.at()])).collect();
    let order = Edges::new(ranked.len(), edges).referenced_first();
    let (mut reference, mut distributed) = (Vec::new(), Vec::new());
    for ix in order.numbers.into_iter().map(|rank| ranked[rank as usize]) {
        let table = draft.table(ix).name.clone();
        match (draft.placement(ix), methods[ix.at()]) {
            (Placement::Distributed { column, .. }, Some(method)) => {
                let as_what = PlacedAs::Distributed { column: column.clone(), method };
                distributed.push(Placing { table, as_what });
            }
            (Placement::Reference, _) if draft.table(ix).partition_of.is_none() => {
                reference.push(Placing { table, as_what: PlacedAs::Reference });
            }
            _ => {}
        }
    }
    reference.append(&mut distributed);
    reference
}

/// By table: its place in the order, if it is placed by a call of its own.
pub(super) fn places(draft: &Draft<'_>, order: &[Placing]) -> Vec<Option<usize>> {
    let mut places = vec![None; draft.graph.tables().len()];
    for (at, placing) in order.iter().enumerate() {
        places[draft.find(&placing.table).at()] = Some(at);
    }
    places
}

/// How a table is distributed; `None` if it is not, or only as a partition.
fn placed_by(draft: &mut Draft<'_>, ix: TableIx) -> Option<Method> {
    let is_distributed = draft.column(ix).is_some() && draft.table(ix).partition_of.is_none();
    is_distributed.then(|| method(draft, ix))
}

/// From the table that is placed for the referencing one to that for the referenced one; no edge orders a table against
/// itself, and a local table orders nothing.
fn edge(draft: &Draft<'_>, verdict: &ForeignKeyVerdict) -> Option<(TableIx, TableIx)> {
    let key = verdict.after()?;
    let from = draft.placed_for(draft.find(&key.from));
    let to = draft.placed_for(draft.find(&key.to));
    let placed = [from, to].into_iter().all(|ix| *draft.placement(ix) != Placement::Local);
    (from != to && placed).then_some((from, to))
}

/// What the strategy says for all tables. If it leaves the choice: large tables, and those of unknown size, are distributed
/// without blocking their writers, unless that would lose something.
fn method(draft: &mut Draft<'_>, ix: TableIx) -> Method {
    use crate::classify::ForcedMethod;
    match draft.rules.strategy {
        Strategy::Combined => {}
        Strategy::Atomic | Strategy::Shadow => return Method::Blocking,
        Strategy::Online => return support::concurrent_or_blocking(draft, ix, false),
    }
    let name = &draft.table(ix).name;
    let forced = draft.rules.tables.get(name).and_then(|rule| rule.method);
    let rows = draft.classification.expected_rows(name);
    let wanted = match forced {
        Some(ForcedMethod::Blocking) => Method::Blocking,
        Some(ForcedMethod::Concurrent) => Method::Concurrent,
        None if rows.is_none() => {
            draft.report("size-unknown", name, None, format!("nobody knows how many rows `{name}` has"));
            Method::Concurrent
        }
        None if rows.is_some_and(|rows| rows < draft.rules.concurrent_rows) => Method::Blocking,
        None => Method::Concurrent,
    };
    match wanted {
        Method::Blocking => Method::Blocking,
        Method::Concurrent => support::concurrent_or_blocking(draft, ix, forced.is_some()),
    }
}
