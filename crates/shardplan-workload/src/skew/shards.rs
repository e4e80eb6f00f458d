//! A number of shards comes in; the ranges of hashes that Citus gives them, the shard of a hash and the node of a shard go out.
//! Knows no tables.

use std::ops::RangeInclusive;

/// How many hashes there are.
const HASHES: i64 = 1 << 32;

/// The shards of a colocation group, as `create_distributed_table` makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shards(u32);

impl Shards {
    /// The most shards that Citus makes of a table (`citus.shard_count`).
    pub const MOST: u32 = 64_000;

    /// That many shards; `None` for none, and for more than [`Shards::MOST`].
    pub fn new(count: u32) -> Option<Self> {
        (1..=Self::MOST).contains(&count).then_some(Self(count))
    }

    /// How many.
    pub fn count(self) -> u32 {
        self.0
    }

    /// The hashes of each shard, in order. All ranges have the same width, but the last one has what is left besides.
    pub fn ranges(self) -> impl Iterator<Item = RangeInclusive<i32>> {
        (0..self.0).map(move |shard| {
            let first = i64::from(shard) * self.width();
            let last = if shard + 1 == self.0 { HASHES - 1 } else { first + self.width() - 1 };
            hash(first)..=hash(last)
        })
    }

    /// The shard of a hash, from 0.
    pub fn of(self, hash: i32) -> u32 {
        let shard = (i64::from(hash) - i64::from(i32::MIN)) / self.width();
        u32::try_from(shard).map_or(self.0 - 1, |shard| shard.min(self.0 - 1))
    }

    /// The node of a shard among this many, from 0: shards go round the nodes in the order of their names and ports.
    pub fn node(self, shard: u32, nodes: u32) -> u32 {
        shard % nodes.max(1)
    }

    fn width(self) -> i64 {
        HASHES / i64::from(self.0)
    }
}

/// The hash at a place in the order of all hashes.
fn hash(place: i64) -> i32 {
    i32::try_from(place + i64::from(i32::MIN)).expect("a place is less than the number of hashes")
}

#[cfg(test)]
mod tests {
    use super::Shards;

    #[test]
    fn ranges_are_those_of_citus_for_every_count() {
        for count in 1..=4096 {
            let shards = Shards::new(count).unwrap();
            // The rule as Citus's documentation of shard ranges has it: an increment, and the rest for the last one.
            let increment = (1_i64 << 32) / i64::from(count);
            let mut next = i64::from(i32::MIN);
            for (at, range) in (0..).zip(shards.ranges()) {
                let (first, last) = (i64::from(*range.start()), i64::from(*range.end()));
                assert_eq!(first, next, "{count} shards, {at}");
                let end = if at + 1 == count { i64::from(i32::MAX) } else { first + increment - 1 };
                assert_eq!(last, end, "{count} shards, {at}");
                for hash in [*range.start(), *range.end(), range.start() / 2 + range.end() / 2] {
                    assert_eq!(shards.of(hash), at, "{count} shards, hash {hash}");
                }
                next = last + 1;
            }
            assert_eq!(next, i64::from(i32::MAX) + 1);
        }
    }

    #[test]
    fn no_shards_and_too_many_are_no_shards() {
        assert_eq!(Shards::new(0), None);
        assert_eq!(Shards::new(Shards::MOST + 1), None);
        assert_eq!(Shards::new(1).unwrap().of(i32::MAX), 0);
    }
}
