//! The order in which tables are placed: reference tables first, then referenced before referencing.

use super::draft::Draft;
use super::step::Method;
use super::support;
use super::verdict::{ForeignKeyVerdict, PlacedAs, Placing};
use crate::classify::Placement;
use crate::graph::{Edges, TableIx};

/// Every table that is placed by a call of its own, in order: partitions follow their partitioned table.
pub(super) fn placings(draft: &mut Draft<'_>, foreign_keys: &[ForeignKeyVerdict]) -> Vec<Placing> {
    let edges: Vec<(u32, u32)> = foreign_keys.iter().filter_map(|verdict| edge(draft, verdict)).collect();
    let order = Edges::new(draft.graph.tables().len(), edges).referenced_first();
    let (mut reference, mut distributed) = (Vec::new(), Vec::new());
    for ix in order.numbers.into_iter().map(TableIx) {
        let table = draft.table(ix);
        if table.partition_of.is_some() {
            continue;
        }
        match draft.placement(ix) {
            Placement::Reference => reference.push(Placing { table: table.name.clone(), as_what: PlacedAs::Reference }),
            Placement::Distributed { column, .. } => {
                let method = method(draft, ix);
                let as_what = PlacedAs::Distributed { column: column.clone(), method };
                distributed.push(Placing { table: table.name.clone(), as_what });
            }
            Placement::Local => {}
        }
    }
    reference.append(&mut distributed);
    reference
}

/// From the table that is placed for the referencing one to that for the referenced one; no edge orders a table against itself.
fn edge(draft: &Draft<'_>, verdict: &ForeignKeyVerdict) -> Option<(u32, u32)> {
    let key = verdict.after()?;
    let from = draft.placed_for(draft.find(&key.from));
    let to = draft.placed_for(draft.find(&key.to));
    (from != to).then_some((from.0, to.0))
}

/// Large tables, and those of unknown size, are distributed without blocking their writers, unless that would lose
/// something.
fn method(draft: &mut Draft<'_>, ix: TableIx) -> Method {
    use crate::classify::ForcedMethod;
    let name = &draft.table(ix).name;
    let forced = draft.rules.tables.get(name).and_then(|rule| rule.method);
    let rows = draft.classification.expected_rows(name);
    let wanted = match forced {
        Some(ForcedMethod::Blocking) => Method::Blocking,
        Some(ForcedMethod::Concurrent) => Method::Concurrent,
        None if rows.is_some_and(|rows| rows < draft.rules.concurrent_rows) => Method::Blocking,
        None => Method::Concurrent,
    };
    match wanted {
        Method::Blocking => Method::Blocking,
        Method::Concurrent => support::concurrent_or_blocking(draft, ix, forced.is_some()),
    }
}
