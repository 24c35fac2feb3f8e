//! When to go round again: every 15 seconds, at once after an edit, more and more seldom while nobody answers.

use std::time::Duration;

/// Between two rounds while all is well.
const USUAL: Duration = Duration::from_secs(15);
/// After the first failure.
const FIRST: Duration = Duration::from_secs(5);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(300);

/// Counts failures and gives pauses.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    failures: u32,
}

impl Pace {
    /// The pause after a round that went well.
    pub fn after_success(&mut self) -> Duration {
        self.failures = 0;
        USUAL
    }

    /// The pause after one that did not. `chance` is anything from 0 to 255: benches that lost one server must not come back
    /// in step.
    pub fn after_failure(&mut self, chance: u8) -> Duration {
        let doubled = FIRST.saturating_mul(1 << self.failures.min(10));
        self.failures = self.failures.saturating_add(1);
        doubled
            .mul_f64(0.5 + f64::from(chance) / 255.0)
            .min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_minutes_and_are_forgotten_after_a_success() {
        let mut pace = Pace::default();
        assert_eq!(pace.after_failure(0), Duration::from_millis(2_500));
        assert_eq!(pace.after_failure(255), Duration::from_secs(15));
        for _ in 0..60 {
            assert!(pace.after_failure(128) <= LONGEST);
        }
        assert_eq!(pace.after_failure(255), LONGEST);
        assert_eq!(pace.after_success(), USUAL);
        assert_eq!(pace.after_failure(0), Duration::from_millis(2_500));
    }
}
