//! Chance that repeats: the same seed gives the same numbers on every machine (SplitMix64). Not for secrets.

/// A stream of numbers.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// A stream of its own for each pair.
    pub(super) fn new(seed: u64, number: u32) -> Self {
        let mut random = Self(seed ^ u64::from(number).wrapping_mul(0xD6E8_FEB8_6659_FD93));
        random.next();
        random
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `least` to `greatest`, both included; `least` when they are the wrong way round.
    pub(super) fn between(&mut self, (least, greatest): (u64, u64)) -> u64 {
        match greatest
            .checked_sub(least)
            .and_then(|span| span.checked_add(1))
        {
            Some(choices) => least + self.next() % choices,
            None if greatest > least => self.next(),
            None => least,
        }
    }

    /// A place in something of that length; zero for nothing.
    pub(super) fn below(&mut self, length: usize) -> usize {
        usize::try_from(self.next() % (length.max(1) as u64)).unwrap_or(0)
    }

    /// One of these, if there is any.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = self.below(from.len());
        from.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let numbers = |seed, number| {
            let mut random = Random::new(seed, number);
            [random.next(), random.next(), random.next()]
        };
        assert_eq!(numbers(7, 1), numbers(7, 1));
        assert_ne!(numbers(7, 1), numbers(7, 2));
        assert_ne!(numbers(7, 1), numbers(8, 1));
    }

    #[test]
    fn a_range_is_kept_and_reached() {
        let mut random = Random::new(1, 1);
        let seen: std::collections::BTreeSet<_> =
            (0..200).map(|_| random.between((3, 6))).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [3, 4, 5, 6]);
        assert_eq!(random.between((9, 2)), 9);
    }
}
