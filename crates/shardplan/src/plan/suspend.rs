//! Which foreign keys are seen to be away during the distribution, from when to when: as few and as short as the rules allow.

use super::draft::Draft;
use super::obstacles::has_identity;
use super::order::places;
use super::remake;
use super::verdict::{ForeignKeyVerdict, PlacedAs, Placing, Suspended, Suspension};
use crate::catalog::ForeignKey;
use crate::classify::{Placement, Strategy};
use crate::name::TableName;

/// Sets the suspension of every foreign key that cannot stay.
pub(super) fn decide(draft: &mut Draft<'_>, foreign_keys: &mut [ForeignKeyVerdict], order: &[Placing]) {
    let places = places(draft, order);
    for verdict in foreign_keys {
        let suspension = suspension(draft, verdict, &places, order);
        match (verdict.after(), &suspension) {
            (Some(key), Some(suspension)) => report(draft, key, suspension),
            (Some(key), None) if !together(draft) => report_window(draft, key, &places),
            _ => {}
        }
        verdict.suspension = suspension;
    }
}

/// Whether all tables are placed in one transaction: then nobody sees the moments between them.
fn together(draft: &Draft<'_>) -> bool {
    matches!(draft.strategy, Strategy::Atomic | Strategy::Shadow)
}

fn suspension(
    draft: &Draft<'_>,
    verdict: &ForeignKeyVerdict,
    places: &[Option<usize>],
    order: &[Placing],
) -> Option<Suspension> {
    let key = verdict.after()?;
    let (from_ix, to_ix) = (draft.find(&key.from), draft.find(&key.to));
    let place = |ix| places[draft.placed_for(ix).at()];
    let between = |first: usize, last: usize, why| Suspension {
        before: order[first].table.clone(),
        after: order[last].table.clone(),
        why,
    };
    let (from, to) = match (place(from_ix), place(to_ix)) {
        (Some(_), Some(_)) if together(draft) => return None,
        (Some(from), Some(to)) => (from, to),
        (None, Some(_)) if *draft.placement(to_ix) == Placement::Reference => {
            // Only for the moment in which it is taken out and put back.
            return Some(between(order.len() - 1, order.len() - 1, Suspended::LocalToReference));
        }
        _ => return None,
    };
    let concurrent = |at: usize| order[at].is_concurrent();
    let last = from.max(to);
    let attached = key.validated && draft.is_partitioned(from_ix) && draft.is_key_compared_as_another();
    let is_distributed = |at: usize| order[at].as_what != PlacedAs::Reference;
    match (from < to, concurrent(from), concurrent(to)) {
        (true, true, _) | (true, _, true) => Some(between(from, last, Suspended::Concurrent)),
        (true, false, false) => Some(between(from, last, Suspended::Cycle)),
        (false, _, true) => Some(between(to, last, Suspended::Concurrent)),
        (false, true, false) => Some(between(from, last, Suspended::Concurrent)),
        (false, false, false) if attached && is_distributed(to) => Some(between(from, last, Suspended::Attached)),
        (false, false, false) => None,
    }
}

fn report(draft: &mut Draft<'_>, key: &ForeignKey, suspension: &Suspension) {
    if suspension.why == Suspended::LocalToReference
        && let Some(why) = remake::against(draft, key)
    {
        let message = format!(
            "foreign key `{}` of the local table `{}` would make it a table of the cluster, and Citus refuses that: {why}",
            key.name, key.from
        );
        draft.report_key("local-partitioned", key, message);
    }
    let (rule, message) = match suspension.why {
        Suspended::Attached => (
            "foreign-key-check",
            format!(
                "foreign key `{}` of the partitioned `{}` is not enforced {}",
                key.name,
                key.from,
                span(suspension)
            ),
        ),
        Suspended::Concurrent | Suspended::Cycle => (
            "foreign-key-suspended",
            format!("foreign key `{}` of `{}` is not enforced {}", key.name, key.from, span(suspension)),
        ),
        Suspended::LocalToReference if draft.strategy == Strategy::Shadow => (
            "local-to-reference",
            format!(
                "local table `{}` references the reference table `{}`: `{}` goes with the exchange and is added again by the next step, and between the two it is not enforced{}",
                key.from,
                key.to,
                key.name,
                stays(draft, key)
            ),
        ),
        Suspended::LocalToReference => (
            "local-to-reference",
            format!(
                "local table `{}` references the reference table `{}`: until `{}` is added again at the end, a DELETE there is not checked against it{}",
                key.from,
                key.to,
                key.name,
                stays(draft, key)
            ),
        ),
    };
    draft.report_key(rule, key, message);
}

/// What cannot be taken back any more once a local table is in Citus's metadata.
fn stays(draft: &Draft<'_>, key: &ForeignKey) -> &'static str {
    match has_identity(draft, draft.find(&key.from)) {
        true => "; from then on it stays in Citus's metadata, because of its identity column",
        false => "",
    }
}

/// While the referenced table is placed and the referencing one is not yet, PostgreSQL looks for referencing rows of a deleted
/// one nowhere: what it deletes from is a shard.
fn report_window(draft: &mut Draft<'_>, key: &ForeignKey, places: &[Option<usize>]) {
    let place = |table: &TableName| places[draft.placed_for(draft.find(table)).at()];
    if let (Some(from), Some(to)) = (place(&key.from), place(&key.to))
        && to < from
    {
        let message = format!(
            "while `{}` is in its place and `{}` is not yet, a DELETE or a change of key in `{}` is not checked against `{}`",
            key.to, key.from, key.to, key.name
        );
        draft.report_key("delete-unchecked", key, message);
    }
}

fn span(suspension: &Suspension) -> String {
    if suspension.before == suspension.after {
        return format!("while `{}` is distributed", suspension.before);
    }
    format!("from just before `{}` is distributed until just after `{}` is", suspension.before, suspension.after)
}
