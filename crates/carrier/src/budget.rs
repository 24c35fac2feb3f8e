//! The day's budget of calls, as the carrier tells it with each answer.

use crate::client::Reply;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Calls of the current day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Budget {
    /// Allowed in a day.
    pub limit: u32,
    /// Left.
    pub remaining: u32,
    /// Seconds until the count starts again.
    pub reset_s: u64,
}

/// What is known of the budget: the last word of the carrier, and whether it said that nothing is left.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    known: Mutex<Known>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Known {
    limit: u32,
    remaining: u32,
    reset_at: Option<Instant>,
    spent_until: Option<Instant>,
}

impl Ledger {
    /// Takes the budget headers of an answer.
    pub(crate) fn note(&self, reply: &Reply) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let number = |name| {
            reply
                .header_number(name)
                .and_then(|value| u32::try_from(value).ok())
        };
        if let Some(limit) = number("x-dips-limit") {
            known.limit = limit;
        }
        if let Some(remaining) = number("x-dips-remaining") {
            known.remaining = remaining;
            if remaining > 0 {
                known.spent_until = None;
            }
        }
        if let Some(reset_s) = reply.header_number("x-dips-reset") {
            known.reset_at = Instant::now().checked_add(Duration::from_secs(reset_s));
        }
    }

    /// Remembers that the carrier refused because nothing is left for so long.
    pub(crate) fn note_spent(&self, seconds: u64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.remaining = 0;
        known.spent_until = Instant::now().checked_add(Duration::from_secs(seconds));
    }

    /// Seconds for which asking again is useless.
    pub(crate) fn spent_for_s(&self) -> Option<u64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        seconds_until(known.spent_until?).filter(|&seconds| seconds > 0)
    }

    /// The budget, once an answer told it.
    pub(crate) fn budget(&self) -> Option<Budget> {
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let reset_s = seconds_until(known.reset_at?).unwrap_or(0);
        (known.limit > 0).then_some(Budget {
            limit: known.limit,
            remaining: known.remaining,
            reset_s,
        })
    }
}

/// Whole seconds until then, rounded up; `None` when it is past.
fn seconds_until(moment: Instant) -> Option<u64> {
    let left = moment.checked_duration_since(Instant::now())?;
    Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
}
