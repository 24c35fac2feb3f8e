//! The feed of logged unit reports, for the collector: a reader's door of its own, beside [`crate::Carrier`].
//!
//! Only some carriers have such a feed. Which cursor was reached is the caller's to keep; nothing is remembered here.

use crate::account::{AccountSettings, CarrierKind, SetupError};
use crate::budget::Budget;
use crate::failure::CallFailure;
use crate::sprint;
use jiff::Timestamp;
use thiserror::Error;

/// Most reports in one page.
pub const LARGEST_PAGE: u32 = 1_000;
/// A page of a thousand reports with what the units sent is longer than any other answer, bytes.
const PAGE_CAP_BYTES: usize = 8 * 1024 * 1024;

/// Reads an account's reports.
pub struct ReportFeed {
    account: sprint::Account,
}

/// One page, in the carrier's order of receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportPage {
    /// What could be read.
    pub reports: Vec<Report>,
    /// What could not, whole reports or members of a report that is kept without them: never dropped silently, and no reason to stop the feed.
    pub unreadable: Vec<UnreadableReport>,
    /// Where the next page begins; opaque.
    pub next_cursor: String,
    /// Whether more is there already.
    pub has_more: bool,
    /// How long the carrier keeps reports, days.
    pub retention_days: Option<u32>,
}

/// One report of one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Unique and never reused: the same report may be delivered twice.
    pub report_id: String,
    /// The carrier's number of the unit.
    pub unit_id: String,
    /// Its phone number.
    pub mdn: Option<String>,
    /// When the carrier got it.
    pub received_at: Timestamp,
    /// When the unit made it: may be much earlier, or wrong. Where it could not be read it is `received_at`, and noted as unreadable.
    pub event_time: Timestamp,
    /// The unit's own event number; `None` where it could not be read.
    pub event_code: Option<i64>,
    /// The unit's own counter; may wrap or restart.
    pub sequence: Option<i64>,
    /// Where it was.
    pub fix: Fix,
    /// Ignition on.
    pub ignition: Option<bool>,
    /// Volts.
    pub main_voltage: Option<f64>,
    /// Kilometres.
    pub odometer_km: Option<f64>,
    /// The unit's message as received, in base64.
    pub payload_base64: Option<String>,
}

/// A position as a report tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Fix {
    /// Whether the unit calls it valid. A place outside the globe is never valid, whatever the unit says.
    pub valid: bool,
    /// Degrees north, -90 to 90.
    pub latitude: Option<f64>,
    /// Degrees east, -180 to 180.
    pub longitude: Option<f64>,
    /// Metres.
    pub altitude_m: Option<f64>,
    /// Kilometres an hour.
    pub speed_kph: Option<f64>,
    /// Degrees from north, 0 to 360.
    pub heading_deg: Option<f64>,
    /// Satellites used.
    pub satellites: Option<i64>,
    /// Dilution of precision.
    pub hdop: Option<f64>,
    /// Metres.
    pub accuracy_m: Option<f64>,
    /// What the unit told as its place (degrees north, east) where that is nowhere on the globe; then there is no latitude and longitude.
    pub off_the_globe: Option<(f64, f64)>,
}

/// A report, or a part of it, that does not fit the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableReport {
    /// Its number, where that could be read.
    pub report_id: Option<String>,
    /// What does not fit.
    pub why: String,
    /// The report as JSON, member names in lower case; one that is no JSON stands as a text in it.
    pub raw: String,
}

/// Why an account has no feed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FeedError {
    /// The account cannot be used as it is set.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// This carrier knows where the network saw a SIM, not what units report.
    #[error("this carrier has no feed of unit reports")]
    NoFeed,
}

impl ReportFeed {
    /// Prepares the feed of an account. Nothing is sent.
    ///
    /// # Errors
    /// When the account's settings break a rule, or this carrier has no feed.
    pub fn new(mut settings: AccountSettings) -> Result<Self, FeedError> {
        match settings.carrier {
            CarrierKind::Sprint => {
                let cap = &mut settings.limits.body_cap_bytes;
                *cap = (*cap).max(PAGE_CAP_BYTES);
                let account = sprint::Account::new(settings)?.abridging();
                Ok(Self { account })
            }
            CarrierKind::ControlCenter => Err(FeedError::NoFeed),
        }
    }

    /// The day's budget, once an answer told it. A page costs one call, whatever its size.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        self.account.budget()
    }

    /// Reads the page after a cursor; `None` begins at the oldest report kept. `limit` is 1 to [`LARGEST_PAGE`]. Where a page is longer than
    /// it may be, members of reports beyond 64 KiB are left out of it and noted as unreadable.
    ///
    /// # Errors
    /// When no page came; [`CallFailure::CursorExpired`] says that reports were lost, which must be recorded, and
    /// [`CallFailure::TooLong`] that a smaller page must be asked for.
    pub async fn list(
        &self,
        since: Option<&str>,
        limit: u32,
        unit_id: Option<&str>,
    ) -> Result<ReportPage, CallFailure> {
        let limit = limit.clamp(1, LARGEST_PAGE);
        self.account.list_reports(since, limit, unit_id).await
    }
}
