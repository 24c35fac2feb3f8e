//! From a proved unit to a registered one: claim, intent, request, following.

use super::machine::Job;
use super::phase::{Asking, Next, Phase};
use super::{ClaimOutcome, Effect, Now, Progress};
use crate::fault::Fault;
use crate::journal::{Decision, JobEvent};
use crate::registration::{
    CarrierUnit, RegistrationIntent, RegistrationOutcome, Rejection, RejectionCause,
    SubscriptionState,
};

impl Job {
    /// What shall be registered. Once a request may have left, that very request is what counts; until then the shell may
    /// complete what was owed (an account that was not there before).
    pub(super) fn intent(&self) -> Option<&RegistrationIntent> {
        let opened = self.history.opened.as_ref();
        let asked = self.history.registration.intent.as_ref();
        asked
            .or(self.setup.registration.as_ref())
            .or_else(|| opened.and_then(|opened| opened.registration.as_ref()))
    }

    pub(super) fn start_without_unit(&mut self, now: Now) {
        if self.ended_before() || !matches!(self.phase, Phase::Fresh | Phase::Ended) {
            return;
        }
        if self.history.bench.proved.is_none() && !self.registration_comes_next() {
            let parked = self.history.parked.clone().map(|(fault, _)| fault);
            let why = parked.or_else(|| self.values_awaited());
            let ending = self.ending_with(Some(why.unwrap_or(Fault::PortVanished)));
            return self.end(ending);
        }
        self.register(now);
    }

    /// The next step of the registration, as the journal tells it. Never a first request while one is unanswered.
    pub(super) fn register(&mut self, now: Now) {
        let Some(intent) = self.intent().cloned() else {
            return self.all_done(now);
        };
        let registration = self.history.registration.clone();
        if registration.registered.is_some() {
            return if self.registers_first() {
                self.ask_values(now)
            } else {
                self.all_done(now)
            };
        }
        let decided = self.history.decided;
        if let (Some((fault, _)), None) = (self.history.parked.clone(), decided)
            && !tried_again_by_itself(&fault)
        {
            let ending = self.ending_with(Some(fault));
            return self.end(ending);
        }
        if decided == Some(Decision::IsRegistered) {
            let unit = registration
                .seen
                .unwrap_or_else(|| told_by_a_person(&intent));
            return self.registered(unit, true, now);
        }
        if !self.setup.carrier_at_hand || self.stop.is_some() {
            return self.leave();
        }
        if registration.intent.is_none() && self.sim_was_changed(&intent) {
            let detail = "the unit's SIM is not the one that was to be registered".to_owned();
            return self.park_at_carrier(Fault::CarrierConflict { detail }, now);
        }
        if !registration.claimed {
            self.phase = Phase::Claiming;
            self.out.push(Effect::Claim);
            return;
        }
        if decided == Some(Decision::IsNotRegistered) {
            return self.send(now);
        }
        match (&registration.intent, registration.answer) {
            (None, _) => self.send(now),
            (Some(_), None | Some(RegistrationOutcome::Unknown { .. })) => {
                self.ask(Asking::Doubt, now);
            }
            (Some(_), Some(RegistrationOutcome::Accepted { .. })) => self.follow(now),
            (Some(_), Some(RegistrationOutcome::Done { .. })) => self.ask(Asking::Activation, now),
            (Some(_), Some(RegistrationOutcome::Conflict { rejection, .. })) => {
                self.ask(Asking::Conflict(rejection), now);
            }
            (
                Some(_),
                Some(
                    RegistrationOutcome::RetryAfter { .. }
                    | RegistrationOutcome::NotSent { .. }
                    | RegistrationOutcome::Rejected(_),
                ),
            ) => self.send(now),
        }
    }

    fn sim_was_changed(&self, intent: &RegistrationIntent) -> bool {
        let opened = self.history.opened.as_ref().map(|opened| &opened.identity);
        let seen = self
            .bench
            .identity
            .as_ref()
            .or(opened)
            .and_then(|each| each.iccid.as_ref());
        matches!((&intent.iccid, seen), (Some(wanted), Some(seen)) if wanted != seen)
    }

    pub(super) fn claim_answered(&mut self, outcome: ClaimOutcome, now: Now) {
        if self.phase != Phase::Claiming {
            return;
        }
        match outcome {
            ClaimOutcome::Claimed => self.note(JobEvent::Claimed { in_database: true }, now),
            ClaimOutcome::NoDatabase => self.note(JobEvent::Claimed { in_database: false }, now),
            ClaimOutcome::HeldBy(holder) => {
                return self.park_at_carrier(Fault::ClaimedElsewhere { holder }, now);
            }
            ClaimOutcome::Offline => {
                self.show(Progress::Owed);
                return self.wait(Next::Claim, None, now);
            }
        }
        self.register(now);
    }

    /// The intent is in the journal before the first byte leaves, with the same reference for every attempt.
    pub(super) fn send(&mut self, now: Now) {
        let Some(intent) = self.intent().cloned() else {
            return;
        };
        let attempt = self.history.registration.attempt + 1;
        self.note(
            JobEvent::RegistrationIntended {
                intent: intent.clone(),
                attempt,
            },
            now,
        );
        self.waits.intended = Some(now.moment);
        self.show(Progress::Registering);
        self.phase = Phase::Registering;
        self.out.push(Effect::Register(intent));
    }

    pub(super) fn registration_answered(&mut self, outcome: RegistrationOutcome, now: Now) {
        if self.phase != Phase::Registering {
            return;
        }
        let event = JobEvent::RegistrationAnswered {
            answer: outcome.clone(),
        };
        if let RegistrationOutcome::Accepted {
            unit,
            retry_after_s,
            ..
        } = outcome
        {
            self.accepted(unit.as_ref(), vec![event], now);
            self.waits.new_question(now);
            return self.wait(Next::Follow, retry_after_s, now);
        }
        self.note(event, now);
        match outcome {
            RegistrationOutcome::Accepted { .. } => {}
            RegistrationOutcome::Done { unit } => self.take_over(unit, false, now),
            RegistrationOutcome::Rejected(rejection) => self.rejected(&rejection, now),
            RegistrationOutcome::Conflict {
                existing: Some(unit),
                ..
            } => {
                self.take_over(*unit, true, now);
            }
            RegistrationOutcome::Conflict {
                rejection,
                existing: None,
            } => {
                self.ask(Asking::Conflict(rejection), now);
            }
            RegistrationOutcome::RetryAfter { seconds, .. } => {
                self.show(Progress::Owed);
                self.wait(Next::Send, Some(seconds), now);
            }
            RegistrationOutcome::NotSent { .. } => {
                self.show(Progress::Owed);
                self.wait(Next::Send, None, now);
            }
            RegistrationOutcome::Unknown { .. } => self.ask(Asking::Doubt, now),
        }
    }

    fn rejected(&mut self, rejection: &Rejection, now: Now) {
        let fault = Fault::CarrierRefused {
            word: rejection.word.clone(),
            message: rejection.message.clone(),
        };
        match rejection.cause {
            // Nothing is wrong with the unit: once a person has put the account right, the same request may go again.
            RejectionCause::Credentials | RejectionCause::Clock | RejectionCause::Account => {
                self.park_at_carrier(fault, now);
            }
            _ => self.refused(fault, now),
        }
    }

    /// A person must look; the unit itself is as proved as before.
    pub(super) fn park_at_carrier(&mut self, fault: Fault, now: Now) {
        let condition = self.condition();
        let event = JobEvent::NeedsPerson {
            fault: fault.clone(),
            condition,
        };
        let advice = crate::fault::advice(&fault, condition, "carrier");
        let detail = advice.lines().join(" ");
        self.record_registration(
            None,
            "Registration needs a person",
            detail,
            vec![event],
            now,
        );
        let ending = self.ending_with(Some(fault));
        self.end(ending);
    }

    /// Comes back after the next pause, or after what the carrier asked for when that is longer.
    pub(super) fn wait(&mut self, next: Next, at_least_s: Option<u64>, now: Now) {
        let pause_ms = self.waits.next_pause_ms(now);
        let delay_ms = pause_ms.max(at_least_s.unwrap_or(0).saturating_mul(1000));
        self.wait_exactly(next, delay_ms);
    }

    pub(super) fn wait_exactly(&mut self, next: Next, delay_ms: u64) {
        if self.stop.is_some() {
            return self.leave();
        }
        self.phase = Phase::Waiting(next);
        self.out.push(Effect::WakeAfter { delay_ms });
    }

    pub(super) fn woken(&mut self, now: Now) {
        let Phase::Waiting(next) = self.phase else {
            return;
        };
        match next {
            Next::Claim => self.register(now),
            Next::Send => self.send(now),
            Next::LookUp => self.look_up(),
            Next::Follow => self.follow(now),
            Next::Values => self.ask_values(now),
        }
    }

    /// Ends this run; what is owed or pending is taken up by another.
    pub(super) fn leave(&mut self) {
        if !self.history.registration.is_pending() {
            self.show(Progress::Owed);
        }
        let why = self.values_awaited().or_else(|| self.note_about_proof());
        let ending = self.ending_with(why);
        self.end(ending);
    }

    fn all_done(&mut self, now: Now) {
        if let Some(proved) = &self.history.bench.proved {
            let verdict = proved.verdict;
            self.note(JobEvent::Done { verdict }, now);
        }
        let ending = self.ending_with(self.note_about_proof());
        self.end(ending);
    }
}

/// Parked registrations that a new start may try once more without a person: nothing of ours is in doubt then.
fn tried_again_by_itself(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::ClaimedElsewhere { .. } | Fault::CarrierRefused { .. }
    )
}

fn told_by_a_person(intent: &RegistrationIntent) -> CarrierUnit {
    CarrierUnit {
        remote_id: String::new(),
        client_reference: Some(intent.client_reference),
        device_id: Some(intent.unit.to_string()),
        iccid: intent.iccid.as_ref().map(ToString::to_string),
        mdn: None,
        plan_code: Some(intent.plan_code.clone()),
        state: SubscriptionState::Other("told by a person".to_owned()),
        raw_state: "told by a person".to_owned(),
        reason: None,
    }
}
