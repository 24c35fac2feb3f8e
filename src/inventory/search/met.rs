//! Rows that a search has met already. Row numbers are counted up from 1: a bit each costs a hundredth of a set of numbers.

use fixedbitset::FixedBitSet;
use std::collections::HashSet;

/// Rows behind this one would make the bits cost more than a set: 16 MB.
const MOST_BITS: usize = 1 << 27;

/// A set of rows.
#[derive(Default)]
pub(super) struct Met {
    bits: FixedBitSet,
    beyond: HashSet<i64>,
}

impl Met {
    /// Notes a row. `false`: it was met before.
    pub fn insert(&mut self, row: i64) -> bool {
        let Some(bit) = usize::try_from(row).ok().filter(|bit| *bit < MOST_BITS) else {
            return self.beyond.insert(row);
        };
        if bit >= self.bits.len() {
            self.bits.grow((bit + 1).next_power_of_two());
        }
        !self.bits.put(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_new_once_wherever_it_lies() {
        let mut met = Met::default();
        for row in [0, 1, 63, 64, 1_000_000, i64::MAX, -1] {
            assert!(met.insert(row), "{row}");
            assert!(!met.insert(row), "{row}");
        }
        assert!(met.insert(2));
    }
}
