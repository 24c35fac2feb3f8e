//! One pace for all calls of an account: never more than so many begin within one second.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

const WINDOW: Duration = Duration::from_secs(1);

/// Hands out turns, first come, first served.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: usize,
    begun: Mutex<VecDeque<Instant>>,
}

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        Self {
            per_second: usize::try_from(per_second.max(1)).unwrap_or(1),
            begun: Mutex::new(VecDeque::new()),
        }
    }

    /// Waits for this call's turn. The lock is held while waiting, which keeps the order of arrival.
    pub(crate) async fn turn(&self) {
        let mut begun = self.begun.lock().await;
        while begun.len() >= self.per_second {
            if let Some(oldest) = begun.pop_front() {
                sleep_until(oldest + WINDOW).await;
            }
        }
        begun.push_back(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_second_sees_more_calls_than_the_account_may_begin() {
        let pace = Pace::new(5);
        let mut starts = Vec::new();
        for _ in 0..23 {
            pace.turn().await;
            starts.push(Instant::now());
        }
        for window in starts.windows(6) {
            assert!(window[5] - window[0] >= WINDOW);
        }
        assert_eq!(starts[4], starts[0], "the first five need not wait");
        assert_eq!(
            starts[22] - starts[0],
            WINDOW * 4,
            "and nobody waits longer than needed"
        );
    }
}
