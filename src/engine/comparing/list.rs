//! Reads an account's list to its end: on from where it stopped, over more than one day of calls where it must be, and later only
//! what was changed.
//!
//! A carrier that counts the day's calls also forgets the place in its list after a while. Whoever waits for the next day therefore
//! spends a few calls on keeping the place: each reads a page, so none is lost.

use super::{CompareError, CompareNews, Comparer, Hears};
use crate::inventory::ListingState;
use carrier::CallFailure;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::time::Duration;

/// Repeats of a page whose answer was lost.
const MOST_REPEATS: u32 = 5;
/// How often a run begins the list because its place was lost.
const MOST_BEGINNINGS: u32 = 3;
/// Part of the day's calls that is left to the bench: one of so many.
const RESERVED_PART: u32 = 10;
/// Everything is listed anew after so long: what left the account is in no list of changes.
const WHOLE_COUNTS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The two clocks may differ, and a change may show late.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);
/// Longest sleep before the clock is looked at again: computers are suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(20);

/// How far a list was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListProgress {
    /// Pages read of this list, in all runs.
    pub pages: u32,
    /// Pages that it will have, as far as the last one or the inventory lets expect.
    pub pages_expected: Option<u32>,
    /// Subscriptions read in this run.
    pub read: u64,
    /// Calls of this run.
    pub calls: u32,
    /// Only what was changed since then is read.
    pub only_changed_since: Option<Timestamp>,
    /// The day's calls are spent; it goes on then.
    pub waits_until: Option<Timestamp>,
}

impl ListProgress {
    /// How far an earlier run came.
    #[must_use]
    pub fn of(listing: &ListingState) -> Self {
        Self {
            pages: listing.pages,
            pages_expected: listing.whole_pages,
            read: 0,
            calls: 0,
            only_changed_since: listing.since,
            waits_until: None,
        }
    }
}

/// Whether another call may be made.
pub(super) enum Room {
    /// It may.
    Free,
    /// The calls of this run are spent.
    RunSpent,
    /// The day's calls are spent, but for those of the bench; there are more then.
    DaySpent(Timestamp),
}

/// Where the reading stands.
struct Reading {
    listing: ListingState,
    progress: ListProgress,
    repeats: u32,
    beginnings: u32,
}

impl Comparer<'_> {
    /// Reads what is still to be read of the list.
    pub(super) async fn read_list(
        &self,
        calls: &mut u32,
        hears: &mut Hears<'_>,
    ) -> Result<ListingState, CompareError> {
        let listing = self.taken_up().await?;
        let pages_expected = self.pages_expected(&listing).await?;
        let progress = ListProgress {
            pages_expected,
            calls: *calls,
            ..ListProgress::of(&listing)
        };
        let mut reading = Reading {
            listing,
            progress,
            repeats: 0,
            beginnings: 0,
        };
        loop {
            match self.room(*calls, self.keeps_place(&reading.listing)) {
                Room::Free => {}
                Room::RunSpent => {
                    return Err(self.unfinished(&reading, "the calls of this run are spent", None));
                }
                Room::DaySpent(until) if self.waits => {
                    reading.progress.waits_until = Some(until);
                    hears(CompareNews::Read(&reading.progress));
                    let keep_at = self.place_until(&reading.listing, 5);
                    sleep_until(keep_at.map_or(until, |at| at.min(until))).await;
                    // Before the day is over the place needs keeping, as long as the bench's own calls are not touched.
                    let is_over = Timestamp::now() >= until;
                    if !is_over && !matches!(self.room(*calls, Duration::ZERO), Room::Free) {
                        sleep_until(until).await;
                    }
                    reading.progress.waits_until = None;
                }
                Room::DaySpent(until) => {
                    let why = "the day's calls are spent, but for those of the bench";
                    return Err(self.unfinished(&reading, why, Some(until)));
                }
            }
            *calls += 1;
            reading.progress.calls = *calls;
            if self.page(&mut reading).await? {
                hears(CompareNews::Read(&reading.progress));
                return Ok(reading.listing);
            }
            hears(CompareNews::Read(&reading.progress));
        }
    }

    /// The listing to go on with, or a new one.
    async fn taken_up(&self) -> Result<ListingState, CompareError> {
        let account = self.account.account.as_str();
        let now = Timestamp::now();
        let known = self.inventory.carrier_listing(account).await?;
        let since = match known {
            Some(known) if !known.complete && known.cursor.is_some() => {
                let place_is_kept = self.place_until(&known, 6).is_none_or(|until| now < until);
                if place_is_kept && (known.since.is_none() || !self.whole) {
                    return Ok(known);
                }
                known.since.filter(|_| !self.whole)
            }
            Some(known) if !self.whole => {
                let fresh = |whole: &Timestamp| now.duration_since(*whole).abs() < WHOLE_COUNTS;
                known
                    .whole
                    .filter(fresh)
                    .and(known.known)
                    .and_then(|known| known.checked_sub(MARGIN).ok())
            }
            _ => None,
        };
        Ok(self.inventory.begin_listing(account, since, now).await?)
    }

    async fn pages_expected(&self, listing: &ListingState) -> Result<Option<u32>, CompareError> {
        if listing.since.is_some() {
            return Ok(None);
        }
        let page_size = self.account.carrier.capabilities().page_size.max(1);
        let units = self.inventory.units_at_carrier().await?;
        let of_inventory = u32::try_from(units).unwrap_or(u32::MAX).div_ceil(page_size);
        Ok(Some(of_inventory.max(listing.whole_pages.unwrap_or(1))))
    }

    /// Reads one page, or does what its failure asks for; answers whether it was the last one.
    async fn page(&self, reading: &mut Reading) -> Result<bool, CompareError> {
        let account = self.account.account.as_str();
        let (since, cursor) = (reading.listing.since, reading.listing.cursor.clone());
        match self
            .account
            .carrier
            .list_changed(since, cursor.as_deref())
            .await
        {
            Ok(page) => {
                reading.repeats = 0;
                reading.progress.pages += 1;
                reading.progress.read += u64::try_from(page.units.len()).unwrap_or_default();
                let (run, now) = (reading.listing.run, Timestamp::now());
                self.inventory
                    .keep_listed(account, run, page.units, page.next.clone(), now)
                    .await?;
                reading.listing.last = now;
                let is_last = page.next.is_none();
                reading.listing.cursor = page.next;
                Ok(is_last)
            }
            // The carrier has forgotten the place: the list is begun anew.
            Err(CallFailure::Refused(rejection))
                if cursor.is_some()
                    && reading.beginnings < MOST_BEGINNINGS
                    && rejection.word.contains("CURSOR") =>
            {
                reading.beginnings += 1;
                reading.listing = self
                    .inventory
                    .begin_listing(account, since, Timestamp::now())
                    .await?;
                reading.progress.pages = 0;
                Ok(false)
            }
            // Others have spent the day's calls meanwhile.
            Err(CallFailure::RetryAfter {
                seconds,
                quota_spent: true,
            }) if self.waits => {
                if let Some(until) = from_now(seconds.max(1)) {
                    sleep_until(until).await;
                }
                Ok(false)
            }
            Err(failure) if reading.repeats < MOST_REPEATS && may_pass(&failure) => {
                reading.repeats += 1;
                let wait = failure
                    .retry_after_s()
                    .unwrap_or(1)
                    .max(u64::from(reading.repeats));
                tokio::time::sleep(Duration::from_secs(wait)).await;
                Ok(false)
            }
            Err(failure) => {
                let again = match failure {
                    CallFailure::RetryAfter { seconds, .. } => from_now(seconds),
                    _ => None,
                };
                Err(self.unfinished(reading, &failure.to_string(), again))
            }
        }
    }

    /// Whether another call may be made; `keeps` is how often in the rest of the day the place must be kept.
    pub(super) fn room(&self, calls: u32, place_kept: Duration) -> Room {
        if self.most_calls.is_some_and(|most| calls >= most) {
            return Room::RunSpent;
        }
        let Some(budget) = self.account.carrier.budget() else {
            return Room::Free;
        };
        if self.most_calls.is_some() && budget.remaining > 0 {
            return Room::Free;
        }
        let keeping = match place_kept.as_millis() {
            0 => 0,
            each_ms => (u128::from(budget.reset_s) * 1_000).div_ceil(each_ms),
        };
        let left_alone =
            u128::from(budget.limit / RESERVED_PART) + if self.waits { keeping } else { 0 };
        if u128::from(budget.remaining) > left_alone {
            return Room::Free;
        }
        match from_now(budget.reset_s) {
            Some(until) if budget.reset_s > 0 => Room::DaySpent(until),
            _ => Room::Free,
        }
    }

    /// How often the place must be kept; nothing where it does not get lost or nothing was read yet.
    fn keeps_place(&self, listing: &ListingState) -> Duration {
        let kept = self.place_kept.filter(|_| listing.cursor.is_some());
        kept.map_or(Duration::ZERO, |kept| kept * 5 / 6)
    }

    /// When so many sixths of the time are over for which the place is kept.
    fn place_until(&self, listing: &ListingState, sixths: u32) -> Option<Timestamp> {
        let kept = self.place_kept.filter(|_| listing.cursor.is_some())?;
        listing
            .last
            .checked_add(SignedDuration::try_from(kept * sixths / 6).ok()?)
            .ok()
    }

    fn unfinished(
        &self,
        reading: &Reading,
        why: &str,
        calls_again_at: Option<Timestamp>,
    ) -> CompareError {
        CompareError::Unfinished {
            why: why.to_owned(),
            progress: Box::new(reading.progress.clone()),
            place_until: self.place_until(&reading.listing, 6),
            calls_again_at,
        }
    }
}

fn from_now(seconds: u64) -> Option<Timestamp> {
    let seconds = SignedDuration::from_secs(i64::try_from(seconds).ok()?);
    Timestamp::now().checked_add(seconds).ok()
}

/// Sleeps until the wall clock says so.
async fn sleep_until(at: Timestamp) {
    loop {
        match Duration::try_from(at.duration_since(Timestamp::now())) {
            Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(LONGEST_SLEEP)).await,
            _ => return,
        }
    }
}

fn may_pass(failure: &CallFailure) -> bool {
    match failure {
        CallFailure::NoAnswer { .. }
        | CallFailure::Trouble { .. }
        | CallFailure::Malformed { .. } => true,
        CallFailure::RetryAfter {
            seconds,
            quota_spent,
        } => !quota_spent && *seconds <= 30,
        _ => false,
    }
}
