//! Who may come in: key, signature, time, body digest, then the quotas. Refused callers cost nothing.

use super::answer::Answer;
use super::switches::Switches;
use super::validation::bad;
use crate::sprint::signature::{self, Parameter};
use fleet::Secret;
use jiff::Timestamp;
use serde_json::json;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Accepted distance of a timestamp, either way.
const WINDOW_S: i64 = 300;

/// Checks that a request is the account's own and fresh.
pub(super) fn admit(
    query: &[Parameter],
    body: Option<&[u8]>,
    account: (&str, &Secret),
    switches: &Switches,
    now: Timestamp,
) -> Result<(), Answer> {
    let get = |name: &str| {
        query
            .iter()
            .find(|(each, _)| each == name)
            .map(|(_, value)| value.as_str())
    };
    let mut names: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names
        .windows(2)
        .find_map(|pair| (pair.first() == pair.last()).then_some(pair.first()?))
    {
        return Err(bad(twice));
    }
    let key = get("key").ok_or_else(|| bad("key"))?;
    let sig = get("sig").ok_or_else(|| bad("sig"))?;
    let timestamp = get("timestamp").ok_or_else(|| bad("timestamp"))?;
    if key != account.0 {
        return Err(Answer::error(401, "INVALID_KEY"));
    }
    if switches.key_expired {
        return Err(Answer::error(401, "EXPIRED_KEY"));
    }
    if sig != signature::sign(query, account.1) {
        return Err(Answer::error(401, "INVALID_SIGNATURE"));
    }
    let at = parse_timestamp(timestamp).ok_or_else(|| bad("timestamp"))?;
    let now = now
        .checked_add(jiff::SignedDuration::from_secs(switches.clock_skew_s))
        .unwrap_or(now);
    if (at.as_second() - now.as_second()).abs() > WINDOW_S {
        return Err(
            Answer::error(401, "STALE_TIMESTAMP").member("serverTime", json!(to_the_second(now)))
        );
    }
    if let Some(body) = body {
        let digest = get("bodyMd5").ok_or_else(|| bad("bodyMd5"))?;
        if digest != signature::body_digest(body) {
            return Err(Answer::error(400, "BODY_DIGEST_MISMATCH").field("bodyMd5"));
        }
    }
    if switches.account_suspended {
        return Err(Answer::error(403, "ACCOUNT_SUSPENDED"));
    }
    Ok(())
}

/// A time as answers carry it.
pub(super) fn to_the_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let bare = ["UTC", "GMT", "Z"]
        .iter()
        .find_map(|zone| text.strip_suffix(zone))?;
    format!("{bare}Z").parse().ok()
}

/// The day's and the second's quota.
#[derive(Debug)]
pub(super) struct Quota {
    day_began: Instant,
    used: u32,
    recent: VecDeque<Instant>,
}

impl Quota {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            day_began: now,
            used: 0,
            recent: VecDeque::new(),
        }
    }

    /// Takes a call from the quotas; `costs` is false for calls that the contract gives for nothing.
    pub(super) fn take(
        &mut self,
        switches: &Switches,
        costs: bool,
        now: Instant,
    ) -> Result<(), Answer> {
        let day = Duration::from_millis(switches.day_ms.max(1));
        if now.duration_since(self.day_began) >= day {
            // Days follow each other without a gap, however long nobody called.
            let over = now.duration_since(self.day_began).as_millis() % day.as_millis();
            let over = Duration::from_millis(u64::try_from(over).unwrap_or_default());
            *self = Self::new(now.checked_sub(over).unwrap_or(now));
        }
        while self
            .recent
            .front()
            .is_some_and(|&at| now.duration_since(at) >= Duration::from_secs(1))
        {
            self.recent.pop_front();
        }
        let rate = usize::try_from(switches.calls_per_second).unwrap_or(usize::MAX);
        if rate > 0 && self.recent.len() >= rate {
            return Err(Answer::error(429, "RATE_LIMITED").with("retry-after", 1));
        }
        if costs && self.used >= switches.quota_per_day {
            return Err(Answer::error(429, "EXHAUSTED_DIPS")
                .with("retry-after", self.reset_s(switches, now)));
        }
        self.recent.push_back(now);
        self.used += u32::from(costs);
        Ok(())
    }

    /// The budget headers of an answer.
    pub(super) fn label(&self, answer: Answer, switches: &Switches) -> Answer {
        answer
            .with("x-dips-limit", switches.quota_per_day)
            .with(
                "x-dips-remaining",
                switches.quota_per_day.saturating_sub(self.used),
            )
            .with("x-dips-reset", self.reset_s(switches, Instant::now()))
    }

    /// Seconds until the next day, rounded up: whoever waits so long comes in.
    fn reset_s(&self, switches: &Switches, now: Instant) -> u64 {
        let left_ms = switches
            .day_ms
            .saturating_sub(since_ms(self.day_began, now));
        left_ms.div_ceil(1_000)
    }
}

fn since_ms(began: Instant, now: Instant) -> u64 {
    u64::try_from(now.duration_since(began).as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    const NOW: &str = "2026-03-02T15:04:05Z";

    fn refusal(
        query: &[(&str, &str)],
        body: Option<&[u8]>,
        switches: &Switches,
    ) -> Option<(u16, String)> {
        let secret = Secret::new("s3cr3t-example");
        let mut query: Vec<Parameter> = query
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        if !query.iter().any(|(name, _)| name == "sig") {
            query.push(("sig".to_owned(), signature::sign(&query, &secret)));
        }
        let answer = admit(
            &query,
            body,
            ("ABCD123XYZ", &secret),
            switches,
            NOW.parse().unwrap(),
        )
        .err()?;
        Some((answer.status, answer.word().unwrap_or_default().to_owned()))
    }

    #[test]
    fn only_the_accounts_own_fresh_requests_come_in() {
        let plain = Switches::default();
        let key = ("key", "ABCD123XYZ");
        let at = |text| ("timestamp", text);
        let fresh = at("2026-03-02T15:04:05UTC");
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);
        let cases: &[Case<'_>] = &[
            (&[key, fresh], None),
            (&[key, at("2026-03-02T15:09:05GMT")], None),
            (&[key, at("2026-03-02T15:09:06Z")], Some("STALE_TIMESTAMP")),
            (
                &[key, at("2026-03-02T14:59:04UTC")],
                Some("STALE_TIMESTAMP"),
            ),
            (
                &[key, at("2026-03-02T15:04:05CDT")],
                Some("INVALID_PARAMETER"),
            ),
            (&[("key", "OTHER"), fresh], Some("INVALID_KEY")),
            (&[key, fresh, ("sig", "00")], Some("INVALID_SIGNATURE")),
            (&[key, key, fresh], Some("INVALID_PARAMETER")),
            (&[fresh], Some("INVALID_PARAMETER")),
        ];
        for (query, word) in cases {
            assert_eq!(
                refusal(query, None, &plain)
                    .map(|(_, word)| word)
                    .as_deref(),
                *word,
                "{query:?}"
            );
        }
        let body = Some(&b"{}"[..]);
        let digest = signature::body_digest(b"{}");
        assert_eq!(
            refusal(&[key, fresh, ("bodyMd5", &digest)], body, &plain),
            None
        );
        let other = signature::body_digest(b"{ }");
        assert_eq!(
            refusal(&[key, fresh, ("bodyMd5", &other)], body, &plain)
                .unwrap()
                .1,
            "BODY_DIGEST_MISMATCH"
        );
        assert_eq!(
            refusal(&[key, fresh], body, &plain).unwrap().1,
            "INVALID_PARAMETER"
        );
        let expired = Switches {
            key_expired: true,
            ..Switches::default()
        };
        assert_eq!(
            refusal(&[key, fresh], None, &expired).unwrap().1,
            "EXPIRED_KEY"
        );
        let suspended = Switches {
            account_suspended: true,
            ..Switches::default()
        };
        assert_eq!(
            refusal(&[key, fresh], None, &suspended).unwrap(),
            (403, "ACCOUNT_SUSPENDED".to_owned())
        );
    }

    #[test]
    fn the_day_has_only_so_many_calls_and_polls_are_free() {
        let switches = Switches {
            quota_per_day: 2,
            ..Switches::default()
        };
        let now = Instant::now();
        let mut quota = Quota::new(now);
        assert!(quota.take(&switches, true, now).is_ok());
        assert!(quota.take(&switches, true, now).is_ok());
        assert!(quota.take(&switches, false, now).is_ok());
        assert_eq!(
            quota.take(&switches, true, now).unwrap_err().word(),
            Some("EXHAUSTED_DIPS")
        );
        assert!(quota.take(&switches, true, now + DAY).is_ok());
    }

    #[test]
    fn a_second_has_only_so_many_calls_wherever_it_begins() {
        let switches = Switches::contract();
        let began = Instant::now();
        let mut quota = Quota::new(began);
        let mut take = |at_ms| {
            quota
                .take(&switches, false, began + Duration::from_millis(at_ms))
                .is_ok()
        };
        assert!([0, 300, 600, 900, 990].into_iter().all(&mut take));
        assert!(!take(999));
        assert!(take(1_000));
        assert!(!take(1_299));
        assert!(take(1_300));
    }
}
