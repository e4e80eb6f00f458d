//! Bytes and numbers come in, 32 bits go out: Bob Jenkins's lookup3 with the seed and the byte order that PostgreSQL uses on a
//! little-endian machine. Knows no types.

/// lookup3's golden ratio and PostgreSQL's own addition to it; the length in bytes is added to this.
const SEED: u32 = 0x9e37_79b9_u32.wrapping_add(3_923_095);

/// The three words that everything is mixed into.
struct State {
    a: u32,
    b: u32,
    c: u32,
}

impl State {
    fn new(length: usize) -> Self {
        // PostgreSQL's lengths are 32 bits wide too: a value has less than 1 GB.
        let start = SEED.wrapping_add(length as u32);
        Self { a: start, b: start, c: start }
    }

    fn add(&mut self, words: [u32; 3]) {
        self.a = self.a.wrapping_add(words[0]);
        self.b = self.b.wrapping_add(words[1]);
        self.c = self.c.wrapping_add(words[2]);
    }

    /// Between two blocks of twelve bytes.
    fn mix(&mut self) {
        let Self { a, b, c } = self;
        for [first, second, third] in [[4, 6, 8], [16, 19, 4]] {
            *a = a.wrapping_sub(*c) ^ c.rotate_left(first);
            *c = c.wrapping_add(*b);
            *b = b.wrapping_sub(*a) ^ a.rotate_left(second);
            *a = a.wrapping_add(*c);
            *c = c.wrapping_sub(*b) ^ b.rotate_left(third);
            *b = b.wrapping_add(*a);
        }
    }

    /// After the last block.
    fn finish(mut self) -> u32 {
        let Self { a, b, c } = &mut self;
        *c = (*c ^ *b).wrapping_sub(b.rotate_left(14));
        *a = (*a ^ *c).wrapping_sub(c.rotate_left(11));
        *b = (*b ^ *a).wrapping_sub(a.rotate_left(25));
        *c = (*c ^ *b).wrapping_sub(b.rotate_left(16));
        *a = (*a ^ *c).wrapping_sub(c.rotate_left(4));
        *b = (*b ^ *a).wrapping_sub(a.rotate_left(14));
        *c = (*c ^ *b).wrapping_sub(b.rotate_left(24));
        *c
    }
}

/// The hash of bytes: `hash_any`.
pub(super) fn bytes(value: &[u8]) -> u32 {
    let mut state = State::new(value.len());
    let (blocks, rest) = value.as_chunks::<12>();
    for block in blocks {
        state.add(words(block));
        state.mix();
    }
    let mut last = [0; 12];
    last[..rest.len()].copy_from_slice(rest);
    // The lowest byte of the third word belongs to the length: what is left stands above it.
    let [a, b, c] = words(&last);
    state.add([a, b, c << 8]);
    state.finish()
}

/// The hash of a number: `hash_uint32`.
pub(super) fn number(value: u32) -> u32 {
    let mut state = State::new(4);
    state.add([value, 0, 0]);
    state.finish()
}

fn words(block: &[u8; 12]) -> [u32; 3] {
    let (words, _) = block.as_chunks::<4>();
    [u32::from_le_bytes(words[0]), u32::from_le_bytes(words[1]), u32::from_le_bytes(words[2])]
}
