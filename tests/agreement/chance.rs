//! Chance that follows from a seed (SplitMix64).

use std::cell::Cell;

/// One stream of chance.
pub struct Chance(Cell<u64>);

impl Chance {
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Cell::new(
            seed.wrapping_mul(0x9e37_79b9) ^ stream.wrapping_mul(0x1234_5678_9abc_def1),
        ))
    }

    pub fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// True in so many of a hundred cases.
    pub fn percent(&self, of_hundred: u64) -> bool {
        self.below(100) < of_hundred
    }

    pub fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}
