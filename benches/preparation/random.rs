//! Numbers that look random and are the same in every run: a seed comes in, numbers go out.

/// A generator of Marsaglia's xorshift family, good enough to pick rows.
pub struct Random(u64);

impl Random {
    /// Two seeds give two sequences.
    pub fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// A number from 0 up to, and without, the bound; 0 if the bound leaves none.
    pub fn below(&mut self, bound: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 1) as i64).checked_rem(bound).unwrap_or(0)
    }
}
