//! One run: from the stored cursor to the end of the feed, or to the end of the time.
//!
//! Page n + 1 is fetched while page n is written, and sent before the answer to page n is there (`writes`). Cursor and rows move in one
//! transaction, so that a run which dies repeats only what was not stored, and what is there already is not stored twice. Nothing is kept between runs but what the database holds.

use crate::judge::{Clocks, Told, judge_beside};
use crate::source::ReportSource;
use crate::trouble::Trouble;
use crate::writes::Writes;
use carrier::{CallFailure, ReportPage};
use fleet_db::ReportStore;
use fleet_db::reports::{Begun, JudgedPage, Lease, Standing, StoreFault};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use uuid::Uuid;

/// How a run is done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Name of the feed's row in the database.
    pub feed: String,
    /// Reports asked for at once, at most 1,000.
    pub page_size: u32,
    /// Pages in one run.
    pub most_pages: u32,
    /// Calls of the account's day that are left to the desks.
    pub calls_for_desks: u32,
    /// Seconds after which another run may take over from one that died.
    pub lease_s: i32,
    /// When the run must have ended.
    pub deadline: Instant,
    /// Time kept for the last writes; three times the slowest page counts when that is more.
    pub reserve: Duration,
    /// First pause before a call is tried again; it doubles, with jitter.
    pub first_pause: Duration,
}

impl Plan {
    /// The ordinary plan, with the time that there is.
    #[must_use]
    pub fn within(budget: Duration) -> Self {
        Self {
            feed: "reports".to_owned(),
            page_size: 1_000,
            most_pages: 20,
            calls_for_desks: 100,
            lease_s: 60,
            deadline: Instant::now() + budget,
            reserve: Duration::from_secs(10).min(budget / 4),
            first_pause: Duration::from_millis(500),
        }
    }
}

/// Why a run ended without trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Everything that the carrier had was fetched.
    CaughtUp,
    /// The time or the pages of one run were used up; the next run goes on.
    Paused,
    /// The rest of the day's calls belongs to the desks.
    CallsSpent,
    /// Another run is at it.
    OtherRun,
    /// The days of a second reading are complete.
    WindowDone,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How it ended.
    pub ending: Ending,
    /// Pages stored.
    pub pages: u32,
    /// Reports in them.
    pub reports: u64,
    /// Those that were not there before.
    pub new_reports: u64,
    /// What could not be believed.
    pub rejected: u64,
    /// Times that the carrier had thrown reports away.
    pub gaps: u32,
    /// Reports in the default partition.
    pub stray: i64,
    /// Seconds between the newest stored report and now; 0 when nothing waits at the carrier.
    pub lag_s: i64,
    /// Calls left of the account's day.
    pub calls_left: Option<u32>,
}

const TRIES: u32 = 4;
/// Longest cursor that the carrier promises, characters.
const LONGEST_CURSOR: usize = 256;
/// Pages one after another that hold nothing and say that more waits.
const MOST_EMPTY_PAGES: u32 = 3;
/// Devices that the carrier is asked about at once.
const MOST_NAMED: i32 = 10_000;
/// A call that was waited for so long and brought nothing is the carrier's fault; a shorter one ends because the run does.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where a page takes longer than this, none is sent behind it: the answer to each is waited for 45 s.
const LONG_WRITE: Duration = Duration::from_secs(15);
/// A page that is asked for at twice the size is expected to stay below this, bytes.
const COMFORTABLE_PAGE: usize = 4 * 1024 * 1024;
/// What a report takes on the wire beside the unit's message, bytes.
const BARE_REPORT: usize = 600;

struct Run<'run, S> {
    source: &'run S,
    store: &'run ReportStore,
    plan: &'run Plan,
    lease: Lease,
    standing: Standing,
    tally: Tally,
    slowest: Duration,
    newest: Option<Timestamp>,
    begun: Instant,
    /// Pages that were sent to the database.
    sent: u32,
    /// Reports to ask for at once: fewer where a page was too long.
    page_size: Cell<u32>,
    /// Cursors that this run has come by.
    passed: BTreeSet<String>,
    empty_pages: u32,
    told: RefCell<Told>,
}

/// Carries out one run.
///
/// # Errors
/// Which link is broken. What was stored before stays stored.
pub async fn run(
    source: &impl ReportSource,
    store: &ReportStore,
    plan: &Plan,
) -> Result<Tally, Trouble> {
    let lease = Lease {
        feed: plan.feed.clone(),
        owner: Uuid::new_v4(),
        seconds: plan.lease_s,
    };
    let mut tally = Tally {
        ending: Ending::Paused,
        pages: 0,
        reports: 0,
        new_reports: 0,
        rejected: 0,
        gaps: 0,
        stray: 0,
        lag_s: 0,
        calls_left: None,
    };
    let standing = match store.begin(&lease, source.carrier()).await? {
        Begun::Mine(standing) => standing,
        Begun::Other => {
            tally.ending = Ending::OtherRun;
            return Ok(tally);
        }
        Begun::Done => {
            tally.ending = Ending::WindowDone;
            return Ok(tally);
        }
        Begun::TooOld => return Err(Trouble::CollectorTooOld),
    };
    let mut run = Run {
        source,
        store,
        plan,
        lease,
        newest: standing.newest_received_at,
        standing,
        tally,
        slowest: Duration::ZERO,
        begun: Instant::now(),
        sent: 0,
        page_size: Cell::new(plan.page_size),
        passed: BTreeSet::new(),
        empty_pages: 0,
        told: RefCell::default(),
    };
    let memory = store.memory(&plan.feed).await.map_err(Trouble::from);
    run.told.get_mut().recall(&memory.unwrap_or_else(note));
    let walked = run.walk().await;
    if walked.is_ok() {
        run.name_devices().await.unwrap_or_else(note);
    }
    if matches!(walked, Err(Trouble::LeaseLost)) {
        run.tally.ending = Ending::OtherRun;
        return Ok(run.tally);
    }
    let ending = walked.as_ref().ok().copied();
    let counts = run.tally.pages > 0 || ending == Some(Ending::CaughtUp);
    let caught_up = ending
        .filter(|_| counts)
        .map(|ending| ending == Ending::CaughtUp);
    let ended = run
        .store
        .end(&run.lease, caught_up, ending == Some(Ending::WindowDone))
        .await;
    run.tally.ending = walked?;
    run.tally.stray = ended?;
    run.tally.calls_left = source.calls_left();
    if !matches!(run.tally.ending, Ending::CaughtUp | Ending::WindowDone) {
        let now = run.now();
        run.tally.lag_s = run
            .newest
            .map_or(0, |newest| (now - newest).get_seconds().max(0));
    }
    Ok(run.tally)
}

/// What only makes a run more complete must not spoil it; the next one tries it again.
fn note<T: Default>(trouble: Trouble) -> T {
    tracing::warn!(trouble = %trouble, "a lesser part of the run was left out");
    T::default()
}

impl<S: ReportSource> Run<'_, S> {
    /// From the cursor to the end; before it, the page that the run before ended with.
    async fn walk(&mut self) -> Result<Ending, Trouble> {
        let mut cursor = self.standing.cursor.clone();
        if let Some(ending) = self.read_tail_again(cursor.as_deref()).await? {
            return Ok(ending);
        }
        let mut fetched = match self.fetch(cursor.as_deref()).await? {
            Fetched::Page(page) => page,
            Fetched::CallsSpent => return Ok(Ending::CallsSpent),
            Fetched::NoTime => return Ok(Ending::Paused),
            Fetched::Gap(continued) => {
                cursor = continued;
                match self.fetch(cursor.as_deref()).await? {
                    Fetched::Page(page) => page,
                    _ => return Ok(Ending::Paused),
                }
            }
        };
        let mut writes = Writes::new(self.store, &self.lease);
        let mut judgement = self.judged(&fetched);
        loop {
            let begun = Instant::now();
            let (judged, window_ends) = judgement;
            let no_way_on = self.no_way_on(cursor.as_deref(), &fetched);
            let next = fetched.next_cursor.clone();
            // What it holds is kept, also where there is no way on from it.
            let leads_to = no_way_on.is_none().then_some(next.as_str());
            writes.add(cursor.as_deref(), leads_to, judged);
            self.sent += 1;
            let caught_up = !fetched.has_more;
            let end = match no_way_on {
                Some(trouble) => Some(Err(trouble)),
                None if window_ends || (caught_up && self.standing.window.is_some()) => {
                    Some(Ok(Ending::WindowDone))
                }
                None => caught_up.then_some(Ok(Ending::CaughtUp)),
            };
            let may_go_on = end.is_none() && self.may_fetch();
            // Judged as well while pages are written: the database has no rest between two pages.
            let following = async {
                if !may_go_on {
                    return Ok::<_, Trouble>(None);
                }
                Ok(match self.ask(Some(&next)).await? {
                    Fetched::Page(page) => {
                        let judgement = self.judged(&page);
                        Some(Following::Page(page, judgement))
                    }
                    Fetched::CallsSpent => Some(Following::CallsSpent),
                    Fetched::Gap(_) | Fetched::NoTime => Some(Following::Paused),
                })
            };
            // One more may wait behind the one that is written, unless that takes so long that the second answer would come too late.
            let may_wait = usize::from(self.slowest < LONG_WRITE);
            let following = writes.beside(following, may_wait).await;
            self.slowest = self.slowest.max(begun.elapsed());
            if let Ok(Some(Following::Page(page, judged))) = following {
                self.count_written(&mut writes)?;
                (fetched, judgement, cursor) = (page, judged, Some(next));
                continue;
            }
            writes.beside(std::future::ready(()), 0).await;
            self.count_written(&mut writes)?;
            return match (end, following?) {
                (Some(end), _) => end,
                (None, Some(Following::CallsSpent)) => Ok(Ending::CallsSpent),
                (None, None) if self.calls_are_for_desks() => Ok(Ending::CallsSpent),
                (None, _) => Ok(Ending::Paused),
            };
        }
    }

    /// Counts what was written; the first page that was not ends the run.
    fn count_written(&mut self, writes: &mut Writes<'_>) -> Result<(), Trouble> {
        for (judged, fresh) in writes.take_done() {
            self.count(&judged, fresh?);
        }
        Ok(())
    }

    /// The last page once more: the carrier may show a report late, behind others that came after it. While everything new fits into the
    /// same page this costs no call, because it is the whole run.
    async fn read_tail_again(&mut self, cursor: Option<&str>) -> Result<Option<Ending>, Trouble> {
        let Some(tail) = self.standing.tail_cursor.clone() else {
            return Ok(None);
        };
        let page = match self.ask(Some(&tail)).await? {
            Fetched::Page(page) => page,
            Fetched::CallsSpent => return Ok(Some(Ending::CallsSpent)),
            Fetched::NoTime => return Ok(Some(Ending::Paused)),
            // No longer kept, but what is not fetched yet may well be.
            Fetched::Gap(_) => return Ok(None),
        };
        let (judged, window_ends) = self.judged(&page);
        self.sent += 1;
        self.passed.insert(tail.clone());
        self.count_empty(&page);
        // A page that leads to where it began leads back: what stood in it is no longer shown, and what comes behind the cursor is asked for.
        let leads_back = page.next_cursor == tail && cursor != Some(tail.as_str());
        let cursor_fault = cursor_fault(&page.next_cursor);
        let at_the_end = !page.has_more && !leads_back && cursor_fault.is_none();
        let next = at_the_end.then_some(page.next_cursor.as_str());
        let fresh = self
            .store
            .store_page(&self.lease, Some(&tail), cursor, next, &judged)
            .await?;
        self.count(&judged, fresh);
        if let Some(why) = cursor_fault {
            return Err(Trouble::CarrierTrouble(why));
        }
        if !at_the_end {
            let spent = self.calls_are_for_desks();
            return Ok(spent.then_some(Ending::CallsSpent));
        }
        let ends = window_ends || self.standing.window.is_some();
        Ok(Some(if ends {
            Ending::WindowDone
        } else {
            Ending::CaughtUp
        }))
    }

    /// Why reading cannot go on behind a page that began at `cursor`, if so.
    fn no_way_on(&mut self, cursor: Option<&str>, page: &ReportPage) -> Option<Trouble> {
        let why = cursor_fault(&page.next_cursor).or_else(|| {
            self.passed.extend(cursor.map(str::to_owned));
            if !page.has_more {
                return None;
            }
            if self.passed.contains(&page.next_cursor) {
                return Some("its feed goes in a circle: it says that more waits and leads to a cursor that was read already".to_owned());
            }
            self.count_empty(page);
            (self.empty_pages >= MOST_EMPTY_PAGES).then(|| {
                format!("it says that more waits and sent {MOST_EMPTY_PAGES} empty pages")
            })
        })?;
        Some(Trouble::CarrierTrouble(why))
    }

    fn count_empty(&mut self, page: &ReportPage) {
        let empty = page.reports.is_empty() && page.unreadable.is_empty() && page.has_more;
        self.empty_pages = if empty { self.empty_pages + 1 } else { 0 };
    }

    /// Asks the carrier who the devices are that only have its number.
    async fn name_devices(&mut self) -> Result<(), Trouble> {
        let carrier = self.source.carrier();
        if !self.may_fetch() {
            return Ok(());
        }
        let wanted = self.store.unnamed_devices(carrier, MOST_NAMED).await?;
        if wanted.is_empty() {
            return Ok(());
        }
        let may_ask = || !self.time_left().is_zero() && !self.calls_are_for_desks();
        let mut found = Vec::new();
        let asked = timeout(
            self.time_left(),
            self.source.devices(&wanted, &may_ask, &mut found),
        )
        .await;
        // What was told before it failed is kept, and that it was asked: not each run may try it again.
        self.store.name_devices(carrier, &wanted, &found).await?;
        asked
            .map_err(|_| Trouble::CarrierTrouble("its units took too long to read".to_owned()))?
            .map_err(Trouble::of_call)
    }

    /// A page as it is to be stored, and whether the days of a second reading end in it.
    fn judged(&self, page: &ReportPage) -> (JudgedPage, bool) {
        let clocks = Clocks::of(self.now(), Timestamp::now());
        let mut judged = judge_beside(page, clocks, &mut self.told.borrow_mut());
        let Some((from, to)) = self.standing.window else {
            return (judged, false);
        };
        let ends = judged.reports.iter().any(|report| report.received_at >= to);
        judged
            .reports
            .retain(|report| report.received_at >= from && report.received_at < to);
        (judged, ends)
    }

    fn count(&mut self, judged: &JudgedPage, fresh: u64) {
        self.tally.pages += 1;
        self.tally.reports += judged.reports.len() as u64;
        self.tally.new_reports += fresh;
        self.tally.rejected += judged.rejected.len() as u64;
        let newest = judged.reports.iter().map(|report| report.received_at).max();
        self.newest = self.newest.max(newest);
    }

    /// By the database's clock: this machine's may be wrong.
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.begun.elapsed()).unwrap_or_default();
        self.standing
            .now
            .saturating_add(passed)
            .unwrap_or(self.standing.now)
    }

    fn time_left(&self) -> Duration {
        let reserve = self.plan.reserve.max(self.slowest * 3);
        self.plan
            .deadline
            .saturating_duration_since(Instant::now())
            .saturating_sub(reserve)
    }

    fn calls_are_for_desks(&self) -> bool {
        // A second reading of past days waits until there is plenty.
        let kept = self.plan.calls_for_desks * if self.standing.window.is_some() { 2 } else { 1 };
        self.source.calls_left().is_some_and(|left| left <= kept)
    }

    fn may_fetch(&self) -> bool {
        self.sent < self.plan.most_pages
            && !self.time_left().is_zero()
            && !self.calls_are_for_desks()
    }

    /// Asks for a page; a gap is written down at once.
    async fn fetch(&mut self, since: Option<&str>) -> Result<Fetched, Trouble> {
        let fetched = self.ask(since).await?;
        if let Fetched::Gap(continued) = &fetched {
            self.store
                .note_gap(&self.lease, since, continued.as_deref())
                .await?;
            self.tally.gaps += 1;
        }
        Ok(fetched)
    }

    /// Asks for a page, again where that makes sense and there is time.
    async fn ask(&self, since: Option<&str>) -> Result<Fetched, Trouble> {
        let mut pause = self.plan.first_pause;
        let mut tries = 0;
        loop {
            tries += 1;
            let (begun, size) = (Instant::now(), self.page_size.get());
            // The run ends in time also where the carrier says nothing.
            let until = self.plan.deadline.checked_sub(self.plan.reserve / 2);
            let left = until.map_or(Duration::ZERO, |until| {
                until.saturating_duration_since(begun)
            });
            if left.is_zero() {
                return Ok(Fetched::NoTime);
            }
            let answer = timeout(left, self.source.page(since, size)).await;
            let failure = match answer {
                Ok(Ok(page)) => {
                    self.page_size
                        .set(size_after(size, &page, self.plan.page_size));
                    return Ok(Fetched::Page(page));
                }
                Ok(Err(failure)) => failure,
                Err(_) if begun.elapsed() < PATIENCE && self.sent > 0 => {
                    return Ok(Fetched::NoTime);
                }
                Err(_) => CallFailure::NoAnswer {
                    why: "no answer came before the time of the run was up".to_owned(),
                },
            };
            match &failure {
                CallFailure::TooLong { cap_bytes } if size <= 1 => {
                    return Err(Trouble::CarrierTrouble(no_way_past(since, *cap_bytes)));
                }
                CallFailure::TooLong { .. } => {
                    self.page_size.set(size / 2);
                    tries = 0;
                    continue;
                }
                CallFailure::RetryAfter {
                    quota_spent: true, ..
                } => return Ok(Fetched::CallsSpent),
                CallFailure::CursorExpired { oldest_cursor } => {
                    let usable = |cursor: &String| cursor_fault(cursor).is_none();
                    return Ok(Fetched::Gap(oldest_cursor.clone().filter(usable)));
                }
                CallFailure::RetryAfter { .. }
                | CallFailure::NoAnswer { .. }
                | CallFailure::Malformed { .. }
                | CallFailure::Trouble { .. }
                | CallFailure::Offline { .. } => {}
                _ => return Err(Trouble::of_call(failure)),
            }
            if tries >= TRIES {
                return Err(Trouble::of_call(failure));
            }
            let asked = Duration::from_secs(failure.retry_after_s().unwrap_or_default());
            let wait = jittered(pause).max(asked);
            if wait >= self.time_left() {
                return match failure {
                    CallFailure::RetryAfter { .. } => Ok(Fetched::NoTime),
                    other => Err(Trouble::of_call(other)),
                };
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
    }
}

/// What came while a page was written.
enum Following {
    Page(ReportPage, (JudgedPage, bool)),
    CallsSpent,
    Paused,
}

enum Fetched {
    Page(ReportPage),
    CallsSpent,
    NoTime,
    Gap(Option<String>),
}

/// A report that is too long even without its long members: the feed has no way past it, and only the carrier can make one.
fn no_way_past(since: Option<&str>, cap_bytes: usize) -> String {
    let place = match since {
        Some(cursor) => format!("behind the cursor {}", fleet::printable::printable(cursor)),
        None => "at the beginning of the feed".to_owned(),
    };
    format!(
        "one report alone is longer than {} MiB, and the carrier's feed has no way past it; what came before it is stored. Ask the carrier to take the report {place} out of its feed; otherwise reading goes on by itself once it is older than the carrier keeps reports, and the gap is noted then",
        cap_bytes / (1024 * 1024)
    )
}

/// Why a cursor cannot be kept and told again, if so.
fn cursor_fault(cursor: &str) -> Option<String> {
    let length = cursor.chars().count();
    let why = if cursor.is_empty() {
        "is empty".to_owned()
    } else if length > LONGEST_CURSOR {
        format!("has {length} characters where at most {LONGEST_CURSOR} are promised")
    } else if cursor.chars().any(char::is_control) {
        "holds control characters".to_owned()
    } else {
        return None;
    };
    Some(format!(
        "its nextCursor {why}; the page's reports are stored, and reading stands where it began"
    ))
}

/// How many reports to ask for after a page: again more once the long ones are past.
fn size_after(size: u32, page: &ReportPage, most: u32) -> u32 {
    let long = |report: &carrier::Report| {
        BARE_REPORT + report.payload_base64.as_ref().map_or(0, String::len)
    };
    let read: usize = page.reports.iter().map(long).sum();
    let spoiled: usize = page.unreadable.iter().map(|one| one.raw.len()).sum();
    if (read + spoiled) * 2 > COMFORTABLE_PAGE {
        size
    } else {
        size.saturating_mul(2).min(most)
    }
}

/// Between half of it and all of it, so that two runs do not knock together.
fn jittered(pause: Duration) -> Duration {
    let dice = getrandom::u32().unwrap_or(u32::MAX / 2);
    pause / 2 + pause.mul_f64(f64::from(dice) / f64::from(u32::MAX) / 2.0)
}

impl From<StoreFault> for Trouble {
    fn from(fault: StoreFault) -> Self {
        match fault {
            StoreFault::LeaseLost => Self::LeaseLost,
            StoreFault::Database(fault) => Self::of_database(fault),
        }
    }
}
