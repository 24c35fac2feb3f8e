//! Answers questions: the account, one unit, a page of units or of reports, a transaction.

use super::answer::Answer;
use super::ledger::LedgerLine;
use super::switches::Switches;
use super::validation::{PLANS, bad};
use super::world::{Unit, World};
use crate::sprint::signature::{Parameter, body_digest};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// What may name a unit; exactly one of them must be given.
const IDENTIFIERS: &[&str] = &["unitId", "clientRef", "deviceId", "iccid", "mdn"];
const CURSOR_MARK: &str = "after-";

/// One question, with all that answers it.
pub(super) struct Question<'a> {
    pub(super) world: &'a World,
    pub(super) query: &'a [Parameter],
    pub(super) switches: &'a Switches,
    pub(super) seed: u64,
    pub(super) now: Timestamp,
}

impl Question<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(each, _)| each == name)
            .map(|(_, value)| value.as_str())
    }

    /// Units that reads already show.
    fn visible(&self) -> impl Iterator<Item = &Unit> {
        let lag = SignedDuration::from_millis(
            i64::try_from(self.switches.lookup_lag_ms).unwrap_or(i64::MAX),
        );
        self.world
            .units()
            .iter()
            .filter(move |unit| self.now.duration_since(unit.registered_at) >= lag)
    }

    pub(super) fn account(&self) -> Answer {
        let skew = SignedDuration::from_secs(self.switches.clock_skew_s);
        let plans: Vec<Value> = PLANS
            .iter()
            .map(|plan| json!({"planCode": plan.code, "description": plan.description, "orderable": plan.orderable}))
            .collect();
        let per_second = if self.switches.calls_per_second == 0 {
            5
        } else {
            self.switches.calls_per_second
        };
        Answer::new(
            200,
            json!({
                "accountId": "100200300",
                "accountName": "Example Fleet",
                "status": "ACTIVE",
                "serverTime": super::admission::to_the_second(self.now.checked_add(skew).unwrap_or(self.now)),
                "limits": {"perSecond": per_second, "perDay": self.switches.quota_per_day.max(1), "maxUnits": 100_000},
                "plans": plans,
            }),
        )
    }

    /// One unit, and the ledger line of the look-up.
    pub(super) fn unit(&self) -> (Answer, Option<LedgerLine>) {
        let mut given = self
            .query
            .iter()
            .filter(|(name, _)| IDENTIFIERS.contains(&name.as_str()));
        let (Some((by, value)), None) = (given.next(), given.next()) else {
            return (bad("unitId"), None);
        };
        if by == "mdn" && !(value.len() == 10 && value.bytes().all(|byte| byte.is_ascii_digit())) {
            return (Answer::error(422, "INVALID_MDN").field("mdn"), None);
        }
        let matches: Vec<&Unit> = self
            .visible()
            .filter(|unit| is_named(unit, by, value))
            .collect();
        // Of several registrations of one device the living one counts, else the latest.
        let unit = matches
            .iter()
            .find(|unit| unit.is_live())
            .or_else(|| matches.last());
        let line = LedgerLine::LookedUp {
            at: self.now,
            by: by.clone(),
            value: value.clone(),
            found: unit.is_some(),
        };
        let with_values = self.parameter("includeProgramming") == Some("true");
        let answer = match unit {
            Some(unit) => {
                let lock_code = with_values.then(|| self.lock_code(unit));
                Answer::new(200, unit.to_json(lock_code.as_deref()))
            }
            None => Answer::error(404, "DEVICE_NOT_FOUND"),
        };
        (answer, Some(line))
    }

    /// Six digits that follow from the seed.
    fn lock_code(&self, unit: &Unit) -> String {
        let digest = body_digest(format!("{}/{}", self.seed, unit.unit_id).as_bytes());
        let number = digest
            .get(..8)
            .and_then(|text| u32::from_str_radix(text, 16).ok())
            .unwrap_or_default();
        format!("{:06}", number % 1_000_000)
    }

    /// Where a page begins, as long as that is kept.
    fn place<'t>(&self, token: &'t str) -> Option<&'t str> {
        let (given_ms, after) = token.strip_prefix(CURSOR_MARK)?.split_once('-')?;
        let age_ms = self.now.as_millisecond() - given_ms.parse::<i64>().ok()?;
        u64::try_from(age_ms)
            .is_ok_and(|age_ms| age_ms <= self.switches.page_token_kept_ms)
            .then_some(after)
    }

    pub(super) fn list(&self) -> Answer {
        let page_size = match self.parameter("pageSize").map(str::parse::<usize>) {
            None => 100,
            Some(Ok(size)) if (1..=200).contains(&size) => size,
            Some(_) => return bad("pageSize"),
        };
        let since = match self.parameter("updatedSince").map(str::parse::<Timestamp>) {
            None => Timestamp::MIN,
            Some(Ok(since)) => since,
            Some(Err(_)) => return bad("updatedSince"),
        };
        let after = match self.parameter("pageToken").map(|token| self.place(token)) {
            None => "",
            Some(Some(after)) => after,
            Some(None) => return Answer::error(400, "INVALID_CURSOR").field("pageToken"),
        };
        let status = self.parameter("status");
        let mut units = self.visible().filter(|unit| {
            unit.unit_id.as_str() > after
                && unit.updated_at >= since
                && status.is_none_or(|status| status == unit.status())
        });
        let page: Vec<&Unit> = units.by_ref().take(page_size).collect();
        let next = page.last().filter(|_| units.next().is_some()).map(|last| {
            format!(
                "{CURSOR_MARK}{}-{}",
                self.now.as_millisecond(),
                last.unit_id
            )
        });
        let units: Vec<Value> = page.iter().map(|unit| unit.to_json(None)).collect();
        Answer::new(200, json!({"units": units, "nextPageToken": next}))
    }

    pub(super) fn reports(&self, repeat: bool) -> Answer {
        let parameter = |name: &str| self.parameter(name).map(str::to_owned);
        let days = self.switches.report_retention_days;
        self.world
            .reports()
            .page(self.world, &parameter, days, repeat, self.now)
    }

    pub(super) fn message(&self) -> Answer {
        super::messages::status(self.world, self.parameter("tranno"), self.now)
    }

    pub(super) fn transaction(&self) -> Answer {
        let Some(id) = self.parameter("transactionId") else {
            return bad("transactionId");
        };
        match self.world.transaction(id) {
            Some(body) if body.get("status") == Some(&json!("PENDING")) => {
                Answer::new(200, body).with("retry-after", poll_after_s(self.switches))
            }
            Some(body) => Answer::new(200, body),
            None => Answer::error(404, "TRANSACTION_NOT_FOUND"),
        }
    }
}

/// When asking again makes sense.
pub(super) fn poll_after_s(switches: &Switches) -> u64 {
    switches.activation_delay_ms.div_ceil(1000).max(1)
}

fn is_named(unit: &Unit, by: &str, value: &str) -> bool {
    match by {
        "unitId" => unit.unit_id == value,
        "clientRef" => unit.registration.client_ref.to_string() == value.to_ascii_lowercase(),
        "deviceId" => unit.registration.device_id == value,
        "iccid" => unit.registration.iccid.as_deref() == Some(value),
        _ => unit.has_number() && unit.is_live() && unit.mdn() == value,
    }
}
