//! Maps by the server's object numbers: numbers in, hashes out. Tens of thousands of rows meet in them.
//!
//! The server gives the numbers out one after the other, so nobody can choose them to collide, and a cheap hash will do.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by object number, or by a number and what is counted within it.
pub(super) type OidMap<V, K = u32> = HashMap<K, V, BuildHasherDefault<OidHasher>>;

/// Multiplies by an odd constant without a pattern: 2^64 over the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Default)]
pub(super) struct OidHasher(u64);

impl Hasher for OidHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(u64::from(byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_i32(&mut self, number: i32) {
        self.write_u64(u64::from(number.cast_unsigned()));
    }

    fn write_i16(&mut self, number: i16) {
        self.write_u64(u64::from(number.cast_unsigned()));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(FACTOR);
    }

    fn finish(&self) -> u64 {
        // A product mixes upwards, and a map looks at the low bits first.
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use super::OidMap;

    #[test]
    fn numbers_are_found_again_alone_and_in_pairs() {
        let alone: OidMap<u32> = (0..10_000).map(|id| (id, id)).collect();
        assert!((0..10_000).all(|id| alone.get(&id) == Some(&id)));
        let pairs: OidMap<i16, (u32, i16)> = (0..100).flat_map(|id| (-50..50).map(move |n| ((id, n), n))).collect();
        assert_eq!(pairs.len(), 10_000);
        assert_eq!(pairs.get(&(7, -3)), Some(&-3));
    }
}
