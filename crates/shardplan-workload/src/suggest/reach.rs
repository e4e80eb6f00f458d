//! How near each table is to a candidate: facts and holders come in, foreign keys to follow per table go out, and how much of the
//! schema that is. Knows no statistics.

use std::collections::BTreeMap;

use shardplan::Name;

use super::facts::{Facts, MOST_HOPS};

/// What a table counts less, the farther it is. These two are all that the ranking can be tuned by; `docs/suggest.md` says how
/// they were found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Discounts {
    /// For each foreign key on the way to the candidate.
    pub(super) hop: f64,
    /// Once, if a row may have no way, because a column on it may be NULL.
    pub(super) nullable: f64,
}

impl Default for Discounts {
    fn default() -> Self {
        Self { hop: 0.7, nullable: 0.5 }
    }
}

/// A table's way to a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    /// How many foreign keys are followed; 0 for a table that holds it.
    pub(super) hops: usize,
    /// Whether a row may have no way.
    pub(super) nullable: bool,
}

impl Way {
    fn worth(self, discounts: Discounts) -> f64 {
        discounts.hop.powi(i32::try_from(self.hops).unwrap_or(i32::MAX))
            * if self.nullable { discounts.nullable } else { 1.0 }
    }
}

/// The shortest way of each table, the surest of several; `None` where there is none.
pub(super) fn ways(facts: &Facts<'_>, root: usize, holders: &BTreeMap<usize, &Name>) -> Vec<Option<Way>> {
    let mut ways = vec![None; facts.tables.len()];
    for (table, column) in holders {
        let nullable = *table != root && facts.column(*table, column).is_none_or(|column| !column.not_null);
        ways[*table] = Some(Way { hops: 0, nullable });
    }
    let mut level: Vec<usize> = holders.keys().copied().collect();
    for hops in 1..=MOST_HOPS {
        let mut next = Vec::new();
        for link in level.iter().flat_map(|table| &facts.incoming[*table]).map(|link| &facts.links[*link]) {
            let nullable = link.nullable || ways[link.to].is_some_and(|way| way.nullable);
            match &mut ways[link.from] {
                Some(way) if way.hops == hops => way.nullable &= nullable,
                Some(_) => {}
                none => {
                    *none = Some(Way { hops, nullable });
                    next.push(link.from);
                }
            }
        }
        level = next;
    }
    ways
}

/// The share of a schema that is near, from 0 to 1, where each table counts with its weight.
pub(super) fn nearness(ways: &[Option<Way>], weights: &[f64], discounts: Discounts) -> f64 {
    let all: f64 = weights.iter().sum();
    let near: f64 =
        ways.iter().zip(weights).filter_map(|(way, weight)| Some(way.as_ref()?.worth(discounts) * weight)).sum();
    if all > 0.0 { near / all } else { 0.0 }
}
