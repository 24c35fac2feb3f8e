//! Rule L: after any doubt look it up; send again only when it is shown that nothing arrived.

use super::machine::Job;
use super::phase::{Asking, Next, Phase};
use super::waits::{CONFIRM_MS, LONGEST_ACTIVATION_HOURS};
use super::{Effect, Now, Progress};
use crate::fault::Fault;
use crate::ids::{Meid, UnitId};
use crate::registration::{CarrierUnit, RegistrationIntent};

/// Whether what the carrier holds is what we asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    /// Yes.
    Ours,
    /// No, and what differs.
    Other(String),
}

/// Ours is what carries our reference, or the same unit and plan under no reference at all. Contradicting values are never ours.
pub(super) fn compare(intent: &RegistrationIntent, unit: &CarrierUnit) -> Match {
    let other = |what: &str, ours: &str, theirs: &str| {
        let theirs = crate::printable::printable(theirs);
        Match::Other(format!(
            "{what}: asked for {ours}, the carrier holds {theirs}"
        ))
    };
    if let Some(device) = &unit.device_id
        && !same_device(&intent.unit, device)
    {
        return other("unit", intent.unit.as_str(), device);
    }
    if let (Some(wanted), Some(held)) = (&intent.iccid, &unit.iccid)
        && wanted.as_str() != held.trim()
    {
        return other("SIM", wanted.as_str(), held);
    }
    let by_reference = unit.client_reference == Some(intent.client_reference);
    if let Some(plan) = &unit.plan_code
        && *plan != intent.plan_code
    {
        return other("plan", &intent.plan_code, plan);
    }
    match unit.client_reference {
        _ if by_reference => Match::Ours,
        Some(held) => other(
            "reference",
            &intent.client_reference.to_string(),
            &held.to_string(),
        ),
        None if unit.device_id.is_none() => other("unit", intent.unit.as_str(), "no unit number"),
        None => Match::Ours,
    }
}

fn same_device(ours: &UnitId, theirs: &str) -> bool {
    let theirs = theirs.trim();
    match ours {
        UnitId::Meid(meid) => Meid::parse(theirs).is_ok_and(|other| other == *meid),
        _ => ours.as_str().eq_ignore_ascii_case(theirs),
    }
}

impl Job {
    /// A new question to the carrier, asked at once.
    pub(super) fn ask(&mut self, asking: Asking, now: Now) {
        self.waits.new_question(now);
        self.waits.asking = asking;
        self.look_up();
    }

    pub(super) fn look_up(&mut self) {
        let Some(intent) = self.intent().cloned() else {
            return;
        };
        self.phase = Phase::LookingUp;
        self.out.push(Effect::LookUp(intent));
    }

    pub(super) fn not_found(&mut self, now: Now) {
        match self.waits.asking.clone() {
            Asking::Conflict(rejection) => {
                let detail = format!("{} {}", rejection.word, rejection.message);
                self.park_at_carrier(Fault::CarrierConflict { detail }, now);
            }
            // It said 'accepted' or 'done': what it now cannot find may only lag behind.
            Asking::Activation => self.wait_for_activation(None, now),
            Asking::Doubt => self.not_found_in_doubt(now),
        }
    }

    /// Counted from the last attempt, not the first: the last one is the one that may still be on its way.
    fn not_found_in_doubt(&mut self, now: Now) {
        let intended_at = self.history.registration.intended_at;
        let age_ms = self.waits.age_ms(self.waits.intended, intended_at, now);
        let left_ms = self.setup.settle_ms.saturating_sub(age_ms);
        if left_ms > 0 {
            self.show(Progress::Owed);
            let pause_ms = self.waits.next_pause_ms(now);
            return self.wait_exactly(Next::LookUp, pause_ms.min(left_ms));
        }
        match self.waits.not_found_at {
            Some(first) if now.moment.since_ms(first) >= CONFIRM_MS => self.send(now),
            first => {
                let first = first.unwrap_or(now.moment);
                self.waits.not_found_at = Some(first);
                let left_ms = CONFIRM_MS.saturating_sub(now.moment.since_ms(first));
                self.wait_exactly(Next::LookUp, left_ms);
            }
        }
    }

    pub(super) fn look_up_failed(
        &mut self,
        why: String,
        offline: bool,
        retry_after_s: Option<u64>,
        now: Now,
    ) {
        if offline {
            self.show(Progress::Owed);
        }
        if self.waits.asking == Asking::Activation {
            return self.wait_for_activation(retry_after_s, now);
        }
        let intended_at = self.history.registration.intended_at;
        let age_ms = self.waits.age_ms(self.waits.intended, intended_at, now);
        if !offline && age_ms > LONGEST_ACTIVATION_HOURS * 3_600_000 {
            return self.park_at_carrier(Fault::CarrierUnknown { detail: why }, now);
        }
        self.wait(Next::LookUp, retry_after_s, now);
    }
}
