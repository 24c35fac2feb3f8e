//! Invented data of an office with a carrier account: what the carrier declares, its plans, and a comparison with it.

use super::sample;
use fleetdesk::engine::{
    AccountFacts, Comparison, Difference, Event, Finding, ListProgress, ReconcileStanding,
    Reconciled, ToDo,
};
use jiff::SignedDuration;
use std::sync::Arc;

/// What the account can do; `path` is that of a sandbox, which tells whose contract it is.
pub fn facts(path: &str) -> Option<Event> {
    let settings = carrier::AccountSettings::sandbox(&format!("http://127.0.0.1:1{path}"));
    let plan = |code: &str, description: &str| carrier::PlanOffer {
        plan_code: code.into(),
        description: description.into(),
        orderable: true,
    };
    Some(Event::Account(Box::new(AccountFacts {
        capabilities: carrier::Carrier::new(settings).ok()?.capabilities(),
        plans: vec![
            plan("M2MGPS5", "5 MB a month"),
            plan("M2MLTE20", "20 MB a month, LTE"),
        ],
        plan_code: "M2MGPS5".into(),
    })))
}

/// The unit that is shown waits for the carrier.
pub fn waiting(what: &str, detail: &str) -> Option<Event> {
    let Some(Event::UnitOpened(page)) = sample::unit_opened() else {
        return None;
    };
    Some(Event::ToDo(vec![ToDo {
        id: page.unit.id,
        what: what.into(),
        detail: detail.into(),
        since: sample::now() - SignedDuration::from_mins(40),
        needs_person: false,
        asks: false,
    }]))
}

fn told(standing: ReconcileStanding, findings: Vec<Finding>) -> Event {
    Event::Reconciled(Box::new(Reconciled {
        standing,
        findings: Arc::new(findings),
    }))
}

fn progress(pages: u32, waits: bool) -> ListProgress {
    ListProgress {
        pages,
        pages_expected: Some(501),
        read: u64::from(pages) * 200,
        calls: pages,
        only_changed_since: None,
        waits_until: waits.then(|| sample::now() + SignedDuration::from_hours(9)),
    }
}

/// The list is being read, or waits for the next day.
pub fn reading(waits: bool) -> Event {
    told(ReconcileStanding::Reading(progress(312, waits)), Vec::new())
}

/// It was not read to its end.
pub fn unfinished() -> Event {
    let standing = ReconcileStanding::Unfinished {
        why: "the carrier cannot be reached".into(),
        progress: progress(312, false),
        calls_again_at: None,
    };
    told(standing, Vec::new())
}

/// A difference of every kind, and many of one.
pub fn compared() -> Event {
    let finding = |difference, unit: &str, ours: &str, theirs: &str, remedy: &str| Finding {
        difference,
        unit: Some(unit.into()),
        iccid: Some("89012600000000000011".into()),
        carrier_id: Some("U000017".into()),
        ours: ours.into(),
        theirs: theirs.into(),
        remedy: remedy.into(),
    };
    use Difference::{BilledNotOurs, PairDiffers, PlanDiffers, StateDiffers, UnknownThere};
    let mut findings = vec![
        finding(
            BilledNotOurs,
            "356868000041418",
            "not in the inventory",
            "ACTIVE, plan M2MGPS5",
            "If nobody knows it, end the subscription in the carrier's portal; otherwise put the unit on the bench.",
        ),
        finding(
            UnknownThere,
            "354178036859789",
            "active",
            "not on this account",
            "Look whether it is on another account; if it is still used, put it on the bench to register it, otherwise retire it.",
        ),
        finding(
            PlanDiffers,
            "260531793113837",
            "M2MGPS5",
            "M2MLTE20",
            "If the inventory is right, 'fleetdesk carrier plan' sets it; if the carrier is, correct the inventory.",
        ),
        finding(
            PairDiffers,
            "490154203237518",
            "490154203237518 with 89011200000000000017",
            "490154203237518 with 89012600000000000011",
            "Put the unit on the bench: it says itself which SIM is in it. Then correct whichever side is wrong.",
        ),
    ];
    for _ in 0..40 {
        findings.push(finding(
            StateDiffers,
            "490154203237518",
            "suspended",
            "ACTIVE",
            "It is in service and may cost: suspend or deactivate it, or put it back to work.",
        ));
    }
    let standing = ReconcileStanding::Compared {
        comparison: Comparison {
            listed: 100_003,
            findings: findings.len() as u64,
            calls: 501,
            not_looked_up: 0,
            pairs_compared: true,
            only_changed_since: None,
        },
        at: sample::now() - SignedDuration::from_mins(4),
    };
    told(standing, findings)
}
