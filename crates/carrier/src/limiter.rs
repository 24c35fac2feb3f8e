//! One limiter for each account: how many calls may begin in a second, whether they may overlap, and what the day still holds.
//!
//! What it knows outlives the program where it is given a memory. Calls inside [`yielding`] are those that nobody waits for:
//! they let others go first, and leave the last part of the day's calls to people.

use crate::budget::Budget;
use crate::client::Reply;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as Queue, MutexGuard, Notify};
use tokio::time::{Instant, sleep_until};

const WINDOW: Duration = Duration::from_secs(1);
/// Part of the day's calls that is left to people: one of so many.
const RESERVED_PART: u32 = 10;
const DAY_S: i64 = 24 * 60 * 60;

tokio::task_local! {
    static NOBODY_WAITS: ();
}

/// Runs calls that nobody waits for: each lets calls of people go first, and none takes the last tenth of the day's calls.
pub async fn yielding<F: Future>(work: F) -> F::Output {
    NOBODY_WAITS.scope((), work).await
}

fn nobody_waits() -> bool {
    NOBODY_WAITS.try_with(|()| ()).is_ok()
}

/// What a limiter knows, in a form that outlives the program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaceState {
    /// Calls of a day, as the carrier told; 0 when it did not.
    pub limit: u32,
    /// Left of them.
    pub remaining: u32,
    /// When the count starts again.
    pub reset_at: Option<Timestamp>,
    /// Until when the carrier refuses because nothing is left.
    pub spent_until: Option<Timestamp>,
    /// When the calls of the last second began.
    pub begun: Vec<Timestamp>,
}

/// Where a limiter's knowledge is kept.
pub trait PaceMemory: Send + Sync {
    /// What was kept last.
    fn recall(&self) -> Option<PaceState>;
    /// Keeps it. Called before each call leaves; need not wait for the disk.
    fn keep(&self, state: &PaceState);
}

/// How a carrier wants to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Calls that may begin in one second.
    pub(crate) per_second: u32,
    /// Whether a call may begin only after the one before has ended.
    pub(crate) one_at_a_time: bool,
}

/// Hands out turns, first come, first served among equals.
pub(crate) struct Limiter {
    rule: Rule,
    begun: Queue<VecDeque<Instant>>,
    people_waiting: AtomicUsize,
    people_gone: Notify,
    state: Mutex<PaceState>,
    memory: OnceLock<Arc<dyn PaceMemory>>,
}

/// The right to one call; where calls may not overlap, nobody else has one until it is dropped.
pub(crate) struct Turn<'a> {
    _alone: Option<MutexGuard<'a, VecDeque<Instant>>>,
}

impl Limiter {
    pub(crate) fn new(rule: Rule) -> Self {
        Self {
            rule,
            begun: Queue::default(),
            people_waiting: AtomicUsize::new(0),
            people_gone: Notify::new(),
            state: Mutex::default(),
            memory: OnceLock::new(),
        }
    }

    /// Takes up what an earlier run knew, and keeps what this one learns. The first memory counts.
    pub(crate) fn remember_in(&self, memory: Arc<dyn PaceMemory>) {
        let recalled = memory.recall();
        if self.memory.set(memory).is_err() {
            return;
        }
        let Some(state) = recalled else {
            return;
        };
        let now = Timestamp::now();
        let begun = state.begun.iter().filter_map(|at| {
            let ago = Duration::try_from(now.duration_since(*at)).ok()?;
            Instant::now().checked_sub(ago).filter(|_| ago < WINDOW)
        });
        if let Ok(mut queue) = self.begun.try_lock() {
            let own = std::mem::take(&mut *queue);
            queue.extend(begun.chain(own));
        }
        let mut known = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if known.limit == 0 {
            *known = state;
        }
    }

    /// Waits for this call's turn. `counted` says whether it costs one of the day's calls.
    pub(crate) async fn turn(&self, counted: bool) -> Turn<'_> {
        let mut begun = if nobody_waits() {
            self.behind_people().await
        } else {
            self.people_waiting.fetch_add(1, Ordering::SeqCst);
            let waiting = Waiting(self);
            let begun = self.begun.lock().await;
            drop(waiting);
            begun
        };
        let per_second = usize::try_from(self.rule.per_second.max(1)).unwrap_or(1);
        while begun.len() >= per_second {
            if let Some(oldest) = begun.pop_front() {
                sleep_until(oldest + WINDOW).await;
            }
        }
        begun.push_back(Instant::now());
        self.change(|state| {
            let now = Timestamp::now();
            state
                .begun
                .retain(|at| now.duration_since(*at).unsigned_abs() < WINDOW);
            state.begun.push(now);
            // The carrier's own count comes with the answer; until then the call is counted here.
            state.remaining = state.remaining.saturating_sub(u32::from(counted));
        });
        Turn {
            _alone: self.rule.one_at_a_time.then_some(begun),
        }
    }

    async fn behind_people(&self) -> MutexGuard<'_, VecDeque<Instant>> {
        loop {
            let gone = self.people_gone.notified();
            if self.people_waiting.load(Ordering::SeqCst) == 0 {
                let begun = self.begun.lock().await;
                if self.people_waiting.load(Ordering::SeqCst) == 0 {
                    return begun;
                }
            } else {
                gone.await;
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut PaceState)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        if let Some(memory) = self.memory.get() {
            memory.keep(&state);
        }
    }

    fn known(&self) -> PaceState {
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        // A new day has come, or the clock was set back by days: what was known is worth nothing.
        let stale = state.reset_at.is_some_and(|at| {
            !(0..=DAY_S).contains(&(at.as_second() - Timestamp::now().as_second()))
        });
        if stale {
            state.remaining = state.limit;
            state.reset_at = None;
            state.spent_until = None;
        }
        state
    }

    /// Takes the budget headers of an answer.
    pub(crate) fn note(&self, reply: &Reply) {
        let number = |name| reply.header_number(name);
        let count = |name| number(name).and_then(|value| u32::try_from(value).ok());
        let (limit, remaining) = (count("x-dips-limit"), count("x-dips-remaining"));
        let reset_s = number("x-dips-reset");
        if limit.is_none() && remaining.is_none() && reset_s.is_none() {
            return;
        }
        self.change(|state| {
            state.limit = limit.unwrap_or(state.limit);
            if let Some(remaining) = remaining {
                state.remaining = remaining;
                if remaining > 0 {
                    state.spent_until = None;
                }
            }
            if let Some(reset_s) = reset_s {
                state.reset_at = from_now(reset_s);
            }
        });
    }

    /// Remembers that the carrier refused because nothing is left for so long.
    pub(crate) fn note_spent(&self, seconds: u64) {
        self.change(|state| {
            state.remaining = 0;
            state.spent_until = from_now(seconds);
        });
    }

    /// Seconds for which asking is useless, or not for this caller: what is left belongs to people.
    pub(crate) fn spent_for_s(&self) -> Option<u64> {
        let state = self.known();
        if let Some(seconds) = state.spent_until.and_then(seconds_until) {
            return Some(seconds);
        }
        let reserved = state.limit / RESERVED_PART;
        let kept_for_people = nobody_waits() && state.limit > 0 && state.remaining <= reserved;
        state
            .reset_at
            .filter(|_| kept_for_people)
            .and_then(seconds_until)
    }

    /// The budget, once an answer told it.
    pub(crate) fn budget(&self) -> Option<Budget> {
        let state = self.known();
        (state.limit > 0).then(|| Budget {
            limit: state.limit,
            remaining: state.remaining,
            reset_s: state.reset_at.and_then(seconds_until).unwrap_or(0),
        })
    }
}

/// A person in the queue; leaving it, for whatever reason, lets others know.
struct Waiting<'a>(&'a Limiter);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.0.people_waiting.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.people_gone.notify_waiters();
        }
    }
}

fn from_now(seconds: u64) -> Option<Timestamp> {
    let seconds = i64::try_from(seconds).ok()?;
    Timestamp::now()
        .checked_add(jiff::SignedDuration::from_secs(seconds))
        .ok()
}

/// Whole seconds until then, rounded up; `None` when it is past.
fn seconds_until(at: Timestamp) -> Option<u64> {
    let left_ms = at.as_millisecond() - Timestamp::now().as_millisecond();
    u64::try_from(left_ms)
        .ok()
        .filter(|&left| left > 0)
        .map(|left| left.div_ceil(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    fn limiter(per_second: u32, one_at_a_time: bool) -> Limiter {
        Limiter::new(Rule {
            per_second,
            one_at_a_time,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_sees_more_calls_than_the_account_may_begin() {
        let limiter = limiter(5, false);
        let mut starts = Vec::new();
        for _ in 0..23 {
            limiter.turn(true).await;
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

    #[tokio::test(start_paused = true)]
    async fn where_calls_may_not_overlap_the_next_one_waits_for_the_end() {
        let limiter = limiter(1_000, true);
        let first = limiter.turn(true).await;
        let second = tokio::time::timeout(Duration::from_secs(5), limiter.turn(true)).await;
        assert!(second.is_err());
        drop(first);
        limiter.turn(true).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_nobody_waits_for_lets_people_go_first() {
        let limiter = Arc::new(limiter(1_000, true));
        let order = Arc::new(Mutex::new(Vec::new()));
        let held = limiter.turn(true).await;
        let ask = |name: &'static str, yields: bool| {
            let (limiter, order) = (Arc::clone(&limiter), Arc::clone(&order));
            let call = async move {
                let turn = limiter.turn(true).await;
                order.lock().unwrap().push(name);
                drop(turn);
            };
            tokio::spawn(async move {
                if yields {
                    yielding(call).await;
                } else {
                    call.await;
                }
            })
        };
        let background = ask("background", true);
        tokio::task::yield_now().await;
        let people = [ask("person 1", false), ask("person 2", false)];
        tokio::task::yield_now().await;
        drop(held);
        for task in people {
            task.await.unwrap();
        }
        background.await.unwrap();
        assert_eq!(
            *order.lock().unwrap(),
            ["person 1", "person 2", "background"]
        );
    }

    #[derive(Default)]
    struct Shelf(Mutex<Option<PaceState>>, AtomicU32);

    impl PaceMemory for Shelf {
        fn recall(&self) -> Option<PaceState> {
            self.0.lock().unwrap().clone()
        }

        fn keep(&self, state: &PaceState) {
            self.1.fetch_add(1, Ordering::SeqCst);
            *self.0.lock().unwrap() = Some(state.clone());
        }
    }

    #[tokio::test]
    async fn what_is_known_outlives_the_program() {
        let shelf = Arc::new(Shelf::default());
        let rule = Rule {
            per_second: 2,
            one_at_a_time: false,
        };
        let remembering = || {
            let limiter = Limiter::new(rule);
            limiter.remember_in(Arc::clone(&shelf) as Arc<dyn PaceMemory>);
            limiter
        };
        let before = remembering();
        before.note_spent(60);
        before.change(|state| state.limit = 500);
        before.turn(true).await;
        before.turn(true).await;
        drop(before);
        let after = remembering();
        assert!(
            after
                .spent_for_s()
                .is_some_and(|seconds| (59..=60).contains(&seconds))
        );
        assert_eq!(
            after
                .budget()
                .map(|budget| (budget.limit, budget.remaining)),
            Some((500, 0))
        );
        let begun = Instant::now();
        after.turn(true).await;
        assert!(
            begun.elapsed() > WINDOW / 2,
            "the calls of the last run still count"
        );
    }

    #[tokio::test]
    async fn the_last_tenth_of_the_day_belongs_to_people_and_a_new_day_begins_full() {
        let limiter = limiter(5, false);
        limiter.change(|state| {
            (state.limit, state.remaining, state.reset_at) = (500, 50, from_now(3_600));
        });
        assert_eq!(limiter.spent_for_s(), None);
        assert!(yielding(async { limiter.spent_for_s() }).await.is_some());
        limiter.change(|state| state.remaining = 51);
        assert_eq!(yielding(async { limiter.spent_for_s() }).await, None);
        limiter.change(|state| {
            (state.remaining, state.reset_at) = (
                0,
                Timestamp::now()
                    .checked_sub(jiff::SignedDuration::from_secs(5))
                    .ok(),
            );
        });
        assert_eq!(limiter.budget().map(|budget| budget.remaining), Some(500));
    }
}
