//! Spreads and tenants come in; what a reader must know of their certainty, as sentences, goes out. Knows no layout.

use super::hash::Unpredictable;
use super::load::Tenants;
use super::shards::Shards;
use super::spread::{Evidence, Spread};

/// What is assumed, and what is not known.
pub(super) fn of(
    spreads: &[Spread],
    tenants: &Tenants,
    unpredictable: Option<&Unpredictable>,
    shards: Shards,
    collation: Option<&str>,
) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(unpredictable.map(|why| format!("{why}; shards and nodes are not told")));
    notes.extend(collation.filter(|name| !name.starts_with("pg_catalog.")).map(|name| {
        format!(
            "the distribution column has the collation {name}: if that is not deterministic, Citus does not take the column, and \
             texts that it holds for equal are different tenants here"
        )
    }));
    notes.extend(assumed(spreads, tenants));
    notes.extend(few_others(tenants, shards));
    notes.extend(named(
        spreads,
        |spread| spread.evidence == Evidence::Nothing && spread.rows > 0.0,
        "nothing is known of the tenants of",
        "run ANALYZE, or scan the tables; they are taken to be spread evenly",
    ));
    notes.extend(named(
        spreads,
        |spread| spread.rows == 0.0,
        "no rows are known of",
        "they are empty, or were never analyzed",
    ));
    notes.extend(named(
        spreads,
        |spread| matches!(spread.evidence, Evidence::As(_)),
        "the key is not held yet by",
        "their rows are taken to be spread as those of the table that they get it from; a scan counts them",
    ));
    notes.extend(named(
        spreads,
        |spread| spread.keyless >= 0.5,
        "rows without a tenant are in",
        "no shard is for them: a distribution column takes no NULL",
    ));
    notes
}

/// The part of all rows whose tenants are not known.
fn assumed(spreads: &[Spread], tenants: &Tenants) -> Option<String> {
    if spreads.iter().all(|spread| spread.evidence == Evidence::Counted && spread.rest_rows == 0.0) {
        return None;
    }
    let total = tenants.total();
    let known = if total.rows > 0.0 { total.known_rows / total.rows } else { 0.0 };
    Some(format!(
        "{:.0} % of the rows are of tenants that are known by name; the others are assumed to be spread evenly over all other tenants and all shards",
        known * 100.0
    ))
}

/// So few tenants are unnamed that they cannot lie evenly.
fn few_others(tenants: &Tenants, shards: Shards) -> Option<String> {
    let few = tenants.others > 0.0 && tenants.others < 4.0 * f64::from(shards.count());
    (few && tenants.rest.rows > 0.0).then(|| {
        format!(
            "the {:.0} other tenants are too few for {} shards to lie as evenly as it is assumed here; a scan tells where they go",
            tenants.others,
            shards.count()
        )
    })
}

/// A sentence about some tables.
fn named(spreads: &[Spread], of: impl Fn(&Spread) -> bool, before: &str, after: &str) -> Option<String> {
    /// How many names a sentence has.
    const NAMES: usize = 8;
    let found: Vec<String> =
        spreads.iter().filter(|spread| of(spread)).map(|spread| spread.table.to_string()).collect();
    if found.is_empty() {
        return None;
    }
    let more = if found.len() > NAMES { format!(" and {} more", found.len() - NAMES) } else { String::new() };
    let names = found.into_iter().take(NAMES).collect::<Vec<_>>().join(", ");
    Some(format!("{before} {names}{more}: {after}"))
}
