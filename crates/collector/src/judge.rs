//! What of a report is believed. Pure: a page and the database's clock in, rows and rejections out.
//!
//! A unit that was heard is always stored, if only without its place: that it was heard is the news. What is not believed is noted once
//! beside it. Nothing that a carrier can send may keep a page from being stored, or the feed would stand still.

use carrier::reports::UnreadableReport;
use carrier::{Report, ReportPage};
use fleet_db::reports::{JudgedPage, RejectedReport, StoredReport};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// A unit's clock may run ahead of the carrier's so far; a place is then still worth more than a doubt.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// Older than that no unit keeps reports; a clock that was never set, or whose weeks rolled over, tells such times.
const OLDEST: SignedDuration = SignedDuration::from_hours(400 * 24);
/// The carrier's own clock against the database's.
const CARRIER_AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// Bounds of what stands in keys, bytes.
const LONGEST_ID: usize = 100;
const LONGEST_PAYLOAD: usize = 64 * 1024;
const LONGEST_BODY: usize = 64 * 1024;

/// Reports that are remembered, twice over: more than a run reads in the time that a function has.
const MOST_TOLD: usize = 25_000;

/// What two clocks say that it is now: the database's and this machine's. Where one of them is wrong the other one still lets a report in.
#[derive(Debug, Clone, Copy)]
pub struct Clocks {
    behind: Timestamp,
    ahead: Timestamp,
}

impl Clocks {
    /// Of two.
    #[must_use]
    pub fn of(one: Timestamp, other: Timestamp) -> Self {
        Self {
            behind: one.min(other),
            ahead: one.max(other),
        }
    }

    /// Whether something may have been received then.
    fn allow(&self, received_at: Timestamp, ahead: SignedDuration) -> bool {
        let last = self.ahead.saturating_add(ahead).unwrap_or(Timestamp::MAX);
        let first = self.behind.saturating_sub(OLDEST).unwrap_or(Timestamp::MIN);
        (first..=last).contains(&received_at)
    }
}

/// Which reports were kept lately, and with which time. A number is unique and never reused; the database's key holds the time as well, so that it
/// alone would keep a report twice that is told once more with another one.
#[derive(Debug, Default)]
pub struct Told {
    newer: HashMap<i64, i64>,
    older: HashMap<i64, i64>,
}

impl Told {
    /// Takes up what earlier pages told, as the store kept it.
    pub fn recall(&mut self, kept: &[i64]) {
        for pair in kept.chunks_exact(2) {
            if let [report, at] = pair {
                self.newer.entry(*report).or_insert(*at);
            }
        }
    }

    /// The time with which a report was kept before, microseconds.
    fn before(&self, key: i64) -> Option<i64> {
        let kept = self.newer.get(&key).or_else(|| self.older.get(&key));
        kept.copied()
    }

    fn keep(&mut self, key: i64, at: i64) {
        if self.newer.len() >= MOST_TOLD {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, at);
    }
}

/// Stands for device and number; the same in every version.
fn digest(report: &Report) -> i64 {
    let mut digest = Sha256::new();
    digest.update(&report.unit_id);
    digest.update([0]);
    digest.update(&report.report_id);
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(digest.finalize()) {
        *to = from;
    }
    i64::from_be_bytes(first)
}

/// Judges a page alone, at the time `now`.
#[must_use]
pub fn judge(page: &ReportPage, now: Timestamp) -> JudgedPage {
    judge_beside(page, Clocks::of(now, now), &mut Told::default())
}

/// Judges a page of a run, beside what was told to it before.
#[must_use]
pub fn judge_beside(page: &ReportPage, clocks: Clocks, told: &mut Told) -> JudgedPage {
    let mut judged = JudgedPage::default();
    for report in &page.reports {
        let (key, at) = (digest(report), report.event_time.as_microsecond());
        let before = told.before(key);
        if before.is_some_and(|before| before != at) {
            let why = "its number was told before with another time; the first one is kept";
            judged.rejected.push(rejected(report, why));
        } else if judge_report(report, clocks, &mut judged) && before.is_none() {
            told.keep(key, at);
            judged.told.extend([key, at]);
        }
    }
    judged
        .rejected
        .extend(page.unreadable.iter().map(unreadable));
    judged
}

/// Judges one report, and tells whether it is kept.
fn judge_report(report: &Report, clocks: Clocks, judged: &mut JudgedPage) -> bool {
    let mut note = |reason: &str| judged.rejected.push(rejected(report, reason));
    if !is_name(&report.report_id) || !is_name(&report.unit_id) {
        note("its number or the unit's cannot be kept");
        return false;
    }
    let mut received_at = report.received_at;
    if !clocks.allow(received_at, CARRIER_AHEAD) {
        if !clocks.allow(report.event_time, AHEAD) {
            note("the carrier says it got it at an impossible time");
            return false;
        }
        note("the carrier says it got it at an impossible time; kept under the unit's own");
        received_at = report.event_time;
    }
    let believed =
        report.event_time <= received_at + AHEAD && report.event_time >= received_at - OLDEST;
    if report.event_time > received_at + AHEAD {
        note("the unit's clock is ahead; kept under the time when the carrier got it");
    } else if !believed {
        note("the unit's clock is far behind; kept under the time when the carrier got it");
    }
    let fix = &report.fix;
    let mut place = fix.latitude.zip(fix.longitude).filter(|_| fix.valid);
    if fix.off_the_globe.is_some() {
        note("its place is not on the globe; kept without a place");
    } else if place.is_some_and(|(north, east)| north == 0.0 && east == 0.0) {
        note("its place is 0, 0, which units without a fix tell; kept without a place");
        place = None;
    }
    judged.reports.push(StoredReport {
        report_id: report.report_id.clone(),
        carrier_unit: report.unit_id.clone(),
        mdn: report.mdn.clone().filter(|mdn| is_name(mdn)),
        reported_at: if believed {
            report.event_time
        } else {
            received_at
        },
        received_at,
        unit_time: (!believed).then_some(report.event_time),
        latitude: place.map(|(north, _)| north),
        longitude: place.map(|(_, east)| east),
        odometer_m: report.odometer_km.and_then(metres),
        sequence: report.sequence,
        event_code: report.event_code,
        speed_kmh: real(fix.speed_kph, 0.0, 2_000.0),
        altitude_m: real(fix.altitude_m, -1_000.0, 30_000.0),
        accuracy_m: real(fix.accuracy_m, 0.0, 1e7),
        hdop: real(fix.hdop, 0.0, 1_000.0),
        main_voltage: real(report.main_voltage, 0.0, 1_000.0),
        heading_deg: real(fix.heading_deg, 0.0, 360.0).and_then(whole),
        satellites: fix
            .satellites
            .and_then(|count| i16::try_from(count).ok())
            .filter(|count| *count >= 0),
        ignition: report.ignition,
        payload_base64: report
            .payload_base64
            .clone()
            .filter(|payload| payload.len() <= LONGEST_PAYLOAD && !payload.contains('\0')),
    });
    true
}

/// Whether a text can stand in a key of the database.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_ID && !text.contains('\0')
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "within the bounds of what was asked"
)]
fn real(value: Option<f64>, least: f64, most: f64) -> Option<f32> {
    value
        .filter(|value| (least..=most).contains(value))
        .map(|value| value as f32)
}

#[expect(clippy::cast_possible_truncation, reason = "0 to 360")]
fn whole(value: f32) -> Option<i16> {
    (0.0..=360.0).contains(&value).then(|| value.round() as i16)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "below a hundred million kilometres"
)]
fn metres(kilometres: f64) -> Option<i64> {
    (0.0..1e8)
        .contains(&kilometres)
        .then(|| (kilometres * 1_000.0).round() as i64)
}

fn rejected(report: &Report, reason: &str) -> RejectedReport {
    let body = json!({
        "reportId": report.report_id,
        "unitId": report.unit_id,
        "receivedAt": report.received_at,
        "eventTime": report.event_time,
        "eventCode": report.event_code,
        "latitude": report.fix.off_the_globe.map_or(report.fix.latitude, |(north, _)| Some(north)),
        "longitude": report.fix.off_the_globe.map_or(report.fix.longitude, |(_, east)| Some(east)),
        "payloadBase64": report.payload_base64,
    });
    noted(
        Some(&report.report_id),
        reason.to_owned(),
        Some(report.received_at),
        &body.to_string(),
    )
}

fn unreadable(one: &UnreadableReport) -> RejectedReport {
    let why: String = one
        .why
        .chars()
        .filter(|letter| *letter != '\0')
        .take(200)
        .collect();
    noted(
        one.report_id.as_deref(),
        format!("does not fit the contract: {why}"),
        None,
        &one.raw,
    )
}

fn noted(
    id: Option<&str>,
    reason: String,
    received_at: Option<Timestamp>,
    body: &str,
) -> RejectedReport {
    let same_each_time = || {
        let digest = Sha256::digest(body.as_bytes());
        let hex: String = digest
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("sha256:{hex}")
    };
    RejectedReport {
        report_id: id
            .filter(|id| is_name(id))
            .map_or_else(same_each_time, str::to_owned),
        reason,
        // The database knows times to the year 294276, jiff to 9999: all fit.
        received_at,
        // JSON in the database holds no NUL.
        body: if body.len() <= LONGEST_BODY {
            body.replace("\\u0000", "\\ufffd")
        } else {
            json!({"tooLong": body.len()}).to_string()
        },
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
