//! What the sandbox does wrong on purpose, and its quotas. All faults come by counting, so a run can be repeated.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Faults and bounds; every count is 'each n-th', 0 is never and 1 is always.
///
/// Writes are counted when they reached the point of being carried out, other requests when they arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Writes whose connection closes before anything was done.
    pub lose_answer_before_commit_every: u32,
    /// Writes whose connection closes after all was done.
    pub lose_answer_after_commit_every: u32,
    /// Writes answered 500 before anything was done.
    pub server_error_before_commit_every: u32,
    /// Writes answered 500 after all was done.
    pub server_error_after_success_every: u32,
    /// Requests answered 429; nothing is done.
    pub rate_limit_every: u32,
    /// Status of those where the contract does not fix it (Control Center); its code comes under any.
    pub rate_limit_status: u16,
    /// Seconds named in `Retry-After` with those; `None` leaves it out.
    pub rate_limit_retry_after_s: Option<u64>,
    /// Reads answered 503.
    pub unavailable_reads_every: u32,
    /// Reads answered 500.
    pub server_error_reads_every: u32,
    /// Reads whose connection closes without an answer.
    pub lose_answer_of_reads_every: u32,
    /// Pages of reports that begin with the last report of the page before: delivery is at least once.
    pub repeat_last_report_every: u32,
    /// How long reports are kept, days.
    pub report_retention_days: u32,
    /// Requests answered with a redirect.
    pub redirect_every: u32,
    /// Where the redirect points.
    pub redirect_to: String,
    /// Requests answered with a web page, as a portal does.
    pub html_instead_of_json_every: u32,
    /// Answers that end in the middle.
    pub cut_body_every: u32,
    /// Answers that do not end for four mebibytes.
    pub huge_body_every: u32,
    /// Answers held back, after all was done.
    pub slow_answer_every: u32,
    /// For how long.
    pub slow_answer_ms: u64,
    /// Time from an accepted change to its end.
    pub activation_delay_ms: u64,
    /// Devices whose activation ends in error.
    pub activation_fails: BTreeSet<String>,
    /// Devices or SIMs that belong to another account.
    pub owned_elsewhere: BTreeSet<String>,
    /// Devices that the carrier does not know.
    pub not_in_inventory: BTreeSet<String>,
    /// Time from a message taken over to its arrival.
    pub message_delay_ms: u64,
    /// What units answer to a message, where the contract gives answers.
    pub message_reply: Option<String>,
    /// Phone numbers or SIMs that no message reaches.
    pub messages_fail: BTreeSet<String>,
    /// For how long reads do not yet show a registration.
    pub lookup_lag_ms: u64,
    /// Sandbox's clock minus this computer's.
    pub clock_skew_s: i64,
    /// Whether the key has expired.
    pub key_expired: bool,
    /// Whether the account is suspended.
    pub account_suspended: bool,
    /// Length of a day of calls, milliseconds.
    pub day_ms: u64,
    /// How long the place in a list of units is kept, milliseconds.
    pub page_token_kept_ms: u64,
    /// Calls in a day. Generous by default, so that tests need not think of it; the contract says 500.
    pub quota_per_day: u32,
    /// Calls in a second, 0 for any number; the contract says 5.
    pub calls_per_second: u32,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            lose_answer_before_commit_every: 0,
            lose_answer_after_commit_every: 0,
            server_error_before_commit_every: 0,
            server_error_after_success_every: 0,
            rate_limit_every: 0,
            rate_limit_status: 429,
            rate_limit_retry_after_s: Some(1),
            unavailable_reads_every: 0,
            server_error_reads_every: 0,
            lose_answer_of_reads_every: 0,
            repeat_last_report_every: 0,
            report_retention_days: 30,
            redirect_every: 0,
            redirect_to: "http://127.0.0.1:9/".to_owned(),
            html_instead_of_json_every: 0,
            cut_body_every: 0,
            huge_body_every: 0,
            slow_answer_every: 0,
            slow_answer_ms: 0,
            activation_delay_ms: 1_500,
            activation_fails: BTreeSet::new(),
            owned_elsewhere: BTreeSet::new(),
            not_in_inventory: BTreeSet::new(),
            message_delay_ms: 500,
            message_reply: None,
            messages_fail: BTreeSet::new(),
            lookup_lag_ms: 0,
            clock_skew_s: 0,
            key_expired: false,
            account_suspended: false,
            day_ms: 24 * 60 * 60 * 1_000,
            page_token_kept_ms: 60 * 60 * 1_000,
            quota_per_day: 100_000,
            calls_per_second: 0,
        }
    }
}

impl Switches {
    /// No faults, and the quotas of the contract.
    #[must_use]
    pub fn contract() -> Self {
        Self {
            quota_per_day: 500,
            calls_per_second: 5,
            ..Self::default()
        }
    }

    /// These switches with the members of a JSON object laid over them.
    ///
    /// # Errors
    /// When it is no object, or a member is unknown or of the wrong kind.
    pub fn changed_by(&self, change: &serde_json::Value) -> Result<Self, String> {
        let members = change
            .as_object()
            .ok_or("a JSON object with switches is expected")?;
        let mut all = serde_json::to_value(self).map_err(|error| error.to_string())?;
        if let Some(all) = all.as_object_mut() {
            all.extend(members.clone());
        }
        serde_json::from_value(all).map_err(|error| error.to_string())
    }
}

/// Counts events; the seed shifts where 'each n-th' begins.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Count {
    pub(super) value: u64,
}

impl Count {
    pub(super) fn next(&mut self) {
        self.value += 1;
    }

    /// Whether the present event is one of each `every`.
    pub(super) fn hits(self, every: u32, seed: u64) -> bool {
        every > 0
            && self
                .value
                .wrapping_add(seed)
                .is_multiple_of(u64::from(every))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_touches_only_what_it_names() {
        let switches = Switches {
            clock_skew_s: 7,
            ..Switches::default()
        };
        let changed = switches
            .changed_by(&json!({"activation_delay_ms": 3}))
            .unwrap();
        assert_eq!((changed.clock_skew_s, changed.activation_delay_ms), (7, 3));
        assert!(switches.changed_by(&json!({"no_such_switch": 1})).is_err());
        assert!(switches.changed_by(&json!([])).is_err());
    }

    #[test]
    fn each_third_is_each_third_and_never_is_never() {
        let hits = |every, seed| {
            (1..=9)
                .filter(|&value| Count { value }.hits(every, seed))
                .collect::<Vec<_>>()
        };
        assert_eq!(hits(3, 0), [3, 6, 9]);
        assert_eq!(hits(3, 1), [2, 5, 8]);
        assert_eq!(hits(1, 5).len(), 9);
        assert!(hits(0, 0).is_empty());
    }
}
