//! Decides edits of a SIM: what is so already, what is refused, what is entered into the ledger.

use super::super::answer::Answer;
use super::super::changes::Decision;
use super::super::ledger::LedgerLine;
use super::super::switches::Switches;
use super::error;
use super::sims::{COMMUNICATION_PLANS, RATE_PLANS, Sims};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

const SETTABLE: &[&str] = &[
    "ACTIVATED",
    "DEACTIVATED",
    "TEST_READY",
    "ACTIVATION_READY",
    "INVENTORY",
    "RETIRED",
    "PURGED",
];
const ENDED: &[&str] = &["RETIRED", "PURGED", "REPLACED"];
const MEMBERS: &[&str] = &[
    "effectiveDate",
    "status",
    "ratePlan",
    "communicationPlan",
    "customer",
    "deviceID",
    "modemID",
    "overageLimitOverride",
    "accountCustom1",
    "accountCustom2",
    "customerCustom1",
];

pub(in super::super) fn decide(
    sims: &Sims,
    iccid: &str,
    request: &Value,
    switches: &Switches,
    now: Timestamp,
) -> Decision {
    try_decide(sims, iccid, request, switches, now).unwrap_or_else(Decision::Refuse)
}

fn try_decide(
    sims: &Sims,
    iccid: &str,
    request: &Value,
    switches: &Switches,
    now: Timestamp,
) -> Result<Decision, Answer> {
    let wrong = |what: &str| {
        error(
            400,
            &format!("{what} is missing or wrong"),
            Some("10000003"),
        )
    };
    let members = request
        .as_object()
        .filter(|members| !members.is_empty())
        .ok_or_else(|| wrong("body"))?;
    if let Some(name) = members
        .keys()
        .find(|name| !MEMBERS.contains(&name.as_str()))
    {
        return Err(wrong(name));
    }
    let text = |name: &str| {
        members
            .get(name)
            .map(|value| value.as_str().ok_or_else(|| wrong(name)))
            .transpose()
    };
    for name in MEMBERS {
        text(name)?;
    }
    let (status, rate_plan) = (text("status")?, text("ratePlan")?);
    if status.is_some_and(|status| !SETTABLE.contains(&status)) {
        return Err(wrong("status"));
    }
    if rate_plan.is_some_and(|plan| !RATE_PLANS.contains(&plan)) {
        return Err(wrong("ratePlan"));
    }
    if text("communicationPlan")?.is_some_and(|plan| !COMMUNICATION_PLANS.contains(&plan)) {
        return Err(wrong("communicationPlan"));
    }
    let starts_at = text("effectiveDate")?
        .map(|date| effective(date, now).ok_or_else(|| wrong("effectiveDate")))
        .transpose()?;
    let sim = sims
        .find(iccid, switches, now)
        .ok_or_else(|| error(404, "Resource not found", None))?;
    if ENDED.contains(&sim.status.as_str()) {
        return Err(error(
            400,
            "The status of this SIM is final",
            Some("10000003"),
        ));
    }
    let reference = text("accountCustom1")?
        .or(sim.named("accountCustom1"))
        .and_then(|text| Uuid::parse_str(text).ok());
    let client_ref = reference.unwrap_or_default();
    if sim.holds(members) {
        let answer = Answer::new(200, json!({"iccid": iccid}));
        return Ok(Decision::Replay {
            answer,
            unit_id: iccid.to_owned(),
        });
    }
    let delay_ms = if status.is_some() {
        i64::try_from(switches.activation_delay_ms).unwrap_or(i64::MAX)
    } else {
        0
    };
    let due_at = starts_at.unwrap_or_else(|| {
        now.checked_add(SignedDuration::from_millis(delay_ms))
            .unwrap_or(Timestamp::MAX)
    });
    let held = sim
        .named("accountCustom1")
        .and_then(|text| Uuid::parse_str(text).ok());
    let into_service = status == Some("ACTIVATED") && sim.coming_status() != "ACTIVATED";
    let registers = members.contains_key("accountCustom1") && (into_service || held != reference);
    let line = if registers {
        LedgerLine::Registered {
            at: now,
            client_ref,
            device_id: text("modemID")?
                .or(text("deviceID")?)
                .unwrap_or_default()
                .to_owned(),
            iccid: Some(iccid.to_owned()),
            unit_id: iccid.to_owned(),
            transaction_id: String::new(),
            due_at,
            fails: switches.activation_fails.contains(iccid),
            request: request.clone(),
        }
    } else {
        LedgerLine::Changed {
            at: now,
            client_ref,
            unit_id: iccid.to_owned(),
            operation: "EDIT".to_owned(),
            transaction_id: String::new(),
            due_at,
            request: request.clone(),
        }
    };
    Ok(Decision::Commit { line, client_ref })
}

/// A day within the next 180.
fn effective(text: &str, now: Timestamp) -> Option<Timestamp> {
    let at: Timestamp = text.parse().ok()?;
    (SignedDuration::from_hours(-1)..=SignedDuration::from_hours(180 * 24))
        .contains(&at.duration_since(now))
        .then_some(at)
}
