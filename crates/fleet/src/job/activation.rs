//! What the carrier holds for us: pending and followed, active, refused, or a person's matter.

use super::machine::Job;
use super::phase::{Asking, Next, Phase};
use super::rule_l::{Match, compare};
use super::waits::LONGEST_ACTIVATION_HOURS;
use super::{Effect, Now, Progress};
use crate::fault::Fault;
use crate::journal::JobEvent;
use crate::registration::{CarrierUnit, FollowUp, LookUp, SubscriptionState};

impl Job {
    /// The carrier holds a unit for us, or says so: is it ours, and what is its state?
    pub(super) fn take_over(&mut self, unit: CarrierUnit, adopted: bool, now: Now) {
        let Some(intent) = self.intent() else { return };
        if let Match::Other(detail) = compare(intent, &unit) {
            return self.park_at_carrier(Fault::CarrierConflict { detail }, now);
        }
        match unit.state {
            SubscriptionState::Active | SubscriptionState::TestReady => {
                self.registered(unit, adopted, now);
            }
            SubscriptionState::Pending => {
                if !self.history.registration.pending_recorded {
                    self.accepted(Some(&unit), Vec::new(), now);
                    self.waits.new_question(now);
                }
                self.wait_for_activation(None, now);
            }
            SubscriptionState::Error => {
                let message = unit.reason.clone().unwrap_or_default();
                self.refused(
                    Fault::CarrierRefused {
                        word: unit.raw_state,
                        message,
                    },
                    now,
                );
            }
            SubscriptionState::Suspended
            | SubscriptionState::Held
            | SubscriptionState::Cancelled
            | SubscriptionState::Other(_) => {
                let word = crate::printable::printable(&unit.raw_state);
                let detail = format!("the carrier holds it as '{word}'");
                self.park_at_carrier(Fault::CarrierConflict { detail }, now);
            }
        }
    }

    pub(super) fn accepted(&mut self, unit: Option<&CarrierUnit>, events: Vec<JobEvent>, now: Now) {
        self.waits.accepted = Some(now.moment);
        let detail = "Activation runs at the carrier".to_owned();
        self.record_registration(unit, "Accepted by the carrier", detail, events, now);
        self.show(Progress::Activating);
    }

    pub(super) fn registered(&mut self, unit: CarrierUnit, adopted: bool, now: Now) {
        if self.registers_first() {
            return self.registered_first(unit, adopted, now);
        }
        let mut events = vec![JobEvent::Registered {
            unit: unit.clone(),
            adopted,
        }];
        if let Some(proved) = &self.history.bench.proved {
            events.push(JobEvent::Done {
                verdict: proved.verdict,
            });
        }
        let detail = unit
            .mdn
            .as_ref()
            .map_or_else(String::new, |mdn| format!("Number {mdn}"));
        self.record_registration(Some(&unit), "Registered", detail, events, now);
        let ending = self.ending_with(self.note_about_proof());
        self.end(ending);
    }

    pub(super) fn refused(&mut self, fault: Fault, now: Now) {
        let condition = self.condition();
        let events = vec![
            JobEvent::RegistrationRefused {
                fault: fault.clone(),
            },
            JobEvent::Failed {
                fault: fault.clone(),
                condition,
            },
        ];
        let (word, message) = match &fault {
            Fault::CarrierRefused { word, message } => (word.as_str(), message.as_str()),
            _ => (fault.code(), ""),
        };
        let detail = format!("{word} {message}").trim().to_owned();
        self.record_registration(None, "Refused by the carrier", detail, events, now);
        let ending = self.ending_with(Some(fault));
        self.end(ending);
    }

    pub(super) fn follow(&mut self, now: Now) {
        match self.history.registration.handle.clone() {
            Some(handle) => {
                self.show(Progress::Activating);
                self.phase = Phase::Following;
                self.out.push(Effect::Follow { handle });
            }
            None => self.ask(Asking::Activation, now),
        }
    }

    pub(super) fn followed(&mut self, answer: FollowUp, now: Now) {
        if self.phase != Phase::Following {
            return;
        }
        match answer {
            FollowUp::Pending { retry_after_s } => self.wait_for_activation(retry_after_s, now),
            FollowUp::Unanswered { retry_after_s, .. } => {
                self.wait_for_activation(retry_after_s, now);
            }
            FollowUp::Completed { .. } => {
                self.note(JobEvent::Followed { answer }, now);
                self.ask(Asking::Activation, now);
            }
            FollowUp::Failed(ref rejection) => {
                let fault = Fault::CarrierRefused {
                    word: rejection.word.clone(),
                    message: rejection.message.clone(),
                };
                self.note(JobEvent::Followed { answer }, now);
                self.refused(fault, now);
            }
            FollowUp::Forgotten => {
                self.note(JobEvent::Followed { answer }, now);
                self.ask(Asking::Doubt, now);
            }
        }
    }

    /// Ask again later, or give it to a person when the carrier's own limit is over.
    pub(super) fn wait_for_activation(&mut self, retry_after_s: Option<u64>, now: Now) {
        let registration = &self.history.registration;
        let since = registration.accepted_at.or(registration.intended_at);
        let age_ms = self.waits.age_ms(self.waits.accepted, since, now);
        if age_ms > LONGEST_ACTIVATION_HOURS * 3_600_000 {
            let fault = Fault::CarrierTooSlow {
                hours: age_ms / 3_600_000,
            };
            return self.park_at_carrier(fault, now);
        }
        let next = if self.history.registration.handle.is_some() && self.phase == Phase::Following {
            Next::Follow
        } else {
            self.waits.asking = Asking::Activation;
            Next::LookUp
        };
        self.wait(next, retry_after_s, now);
    }

    pub(super) fn looked_up(&mut self, answer: LookUp, now: Now) {
        if self.phase != Phase::LookingUp {
            return;
        }
        match answer {
            LookUp::Found { ref unit } => {
                let unit = unit.clone();
                let news = self.history.registration.seen.as_ref() != Some(&unit);
                if news || self.waits.asking != Asking::Activation {
                    self.note(JobEvent::LookedUp { answer }, now);
                }
                let adopted = self.waits.asking != Asking::Activation;
                self.take_over(unit, adopted, now);
            }
            LookUp::NotFound => {
                self.note(JobEvent::LookedUp { answer }, now);
                self.not_found(now);
            }
            LookUp::Failed {
                why,
                offline,
                retry_after_s,
            } => {
                self.look_up_failed(why, offline, retry_after_s, now);
            }
        }
    }
}
