//! Spreads of tables come in, rows and bytes of each tenant and of each shard go out. Knows no classification.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::hash::KeyHash;
use super::shards::Shards;
use super::spread::Spread;

/// Rows and bytes, of which a part is known and the rest assumed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Load {
    /// Rows.
    pub rows: f64,
    /// Bytes with indexes: each row is taken to be as large as the average of its table.
    pub bytes: f64,
    /// The rows of these that were counted, or found by `ANALYZE` for this value.
    pub known_rows: f64,
}

impl Load {
    fn add(&mut self, rows: f64, row_bytes: f64, known: bool) {
        self.rows += rows;
        self.bytes += rows * row_bytes;
        self.known_rows += if known { rows } else { 0.0 };
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.bytes += other.bytes;
        self.known_rows += other.known_rows;
    }

    /// A part of it.
    fn part(self, parts: f64) -> Self {
        Self { rows: self.rows / parts, bytes: self.bytes / parts, known_rows: self.known_rows / parts }
    }

    /// What is compared: bytes, where they are known.
    pub fn weight(&self) -> f64 {
        if self.bytes > 0.0 { self.bytes } else { self.rows }
    }
}

/// The tenants of all tables of a colocation group together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tenants {
    /// Those known by name, the largest first, then by value.
    pub(super) named: Vec<(String, Load)>,
    /// All others together.
    pub(super) rest: Load,
    /// How many others, as far as that is known.
    pub(super) others: f64,
}

impl Tenants {
    /// Adds the tables up. A tenant that a table does not name has as many rows there as any other unnamed one.
    pub(super) fn new(spreads: &[Spread]) -> Self {
        let mut named: BTreeMap<&str, Load> = BTreeMap::new();
        for (value, _) in spreads.iter().flat_map(|spread| &spread.named) {
            named.entry(value).or_default();
        }
        let mut rest = Load::default();
        for spread in spreads {
            add(spread, &mut named, &mut rest);
        }
        let known = named.len() as f64;
        let all = spreads.iter().map(|spread| spread.named.len() as f64 + spread.rest_tenants).fold(0.0, f64::max);
        let mut named: Vec<(String, Load)> = named.into_iter().map(|(value, load)| (value.to_owned(), load)).collect();
        named.sort_by(|(one_value, one), (other_value, other)| {
            other.weight().total_cmp(&one.weight()).then_with(|| one_value.cmp(other_value))
        });
        Self { named, rest, others: (all - known).max(0.0) }
    }

    /// All rows that have a tenant.
    pub(super) fn total(&self) -> Load {
        let mut total = self.rest;
        self.named.iter().for_each(|(_, load)| total.merge(*load));
        total
    }

    /// The load of each shard, and how many named tenants it has: these where their hashes say, all others spread evenly.
    pub(super) fn placed(&self, hash: KeyHash, shards: Shards) -> Vec<(Load, usize)> {
        let even = self.rest.part(f64::from(shards.count()));
        let mut placed = vec![(even, 0); shards.count() as usize];
        for (value, load) in &self.named {
            // A value that is none of the type cannot come from its statistics; if it does, it counts nowhere.
            let Ok(hash) = hash.of(value) else { continue };
            let (shard, tenants) = &mut placed[shards.of(hash) as usize];
            shard.merge(*load);
            *tenants += 1;
        }
        placed
    }
}

fn add(spread: &Spread, named: &mut BTreeMap<&str, Load>, rest: &mut Load) {
    let own: HashMap<&str, f64> = spread.named.iter().map(|(value, rows)| (value.as_str(), *rows)).collect();
    let (each, row_bytes) = (spread.rest_each(), spread.row_bytes());
    let mut left = spread.rest_rows;
    for (value, load) in named {
        match own.get(value) {
            Some(rows) => load.add(*rows, row_bytes, true),
            None => {
                let rows = each.min(left);
                left -= rows;
                load.add(rows, row_bytes, false);
            }
        }
    }
    rest.add(left, row_bytes, false);
}
