//! One line of JSON for each run, which is its log and its metrics at once: CloudWatch reads the figures out of the line (embedded metric
//! format), so the function needs no right to send metrics.

use crate::run::{Ending, Tally};
use crate::trouble::Trouble;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::Write as _;

const NAMESPACE: &str = "Fleetdesk/Collector";
/// Figures and their units as CloudWatch knows them.
const FIGURES: &[(&str, &str)] = &[
    ("Runs", "Count"),
    ("LagSeconds", "Seconds"),
    ("Pages", "Count"),
    ("Rows", "Count"),
    ("NewRows", "Count"),
    ("Rejected", "Count"),
    ("Gaps", "Count"),
    ("StrayRows", "Count"),
];

/// The line of a run that took `took_ms`.
#[must_use]
pub fn line(feed: &str, outcome: &Result<Tally, Trouble>, at: Timestamp, took_ms: u64) -> Value {
    match outcome {
        // Another run is at it: its own line tells the figures.
        Ok(tally) if tally.ending == Ending::OtherRun => {
            json!({ "level": "info", "message": "another run reads this feed", "Feed": feed, "took_ms": took_ms })
        }
        Ok(tally) => {
            let figures: Vec<_> = FIGURES
                .iter()
                .map(|(name, unit)| json!({ "Name": name, "Unit": unit }))
                .collect();
            json!({
                "_aws": { "Timestamp": at.as_millisecond(), "CloudWatchMetrics": [
                    { "Namespace": NAMESPACE, "Dimensions": [["Feed"]], "Metrics": figures } ] },
                "level": "info", "message": "run", "Feed": feed, "ending": tally.ending,
                "Runs": 1, "LagSeconds": tally.lag_s, "Pages": tally.pages, "Rows": tally.reports,
                "NewRows": tally.new_reports, "Rejected": tally.rejected, "Gaps": tally.gaps,
                "StrayRows": tally.stray, "calls_left": tally.calls_left, "took_ms": took_ms,
            })
        }
        Err(trouble) => {
            json!({ "level": "error", "message": trouble.to_string(), "code": trouble.code(), "Feed": feed, "took_ms": took_ms })
        }
    }
}

/// The line of what kept a run from beginning.
#[must_use]
pub fn trouble(trouble: &Trouble) -> Value {
    json!({ "level": "error", "message": trouble.to_string(), "code": trouble.code() })
}

/// Writes a line to standard output, whole.
pub fn write(line: &Value) {
    let text = format!("{line}\n");
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
