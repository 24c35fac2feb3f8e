//! The ways out of a job: parked for a person, failed, cancelled, set aside. Each is in the journal and on the unit's timeline.

use super::machine::Job;
use super::phase::AfterClosing;
use super::{Ending, Now};
use crate::fault::{Fault, UnitCondition};
use crate::journal::{Decision, JobEvent, Verdict};
use crate::unit::{UnitEventKind, UnitState};

impl Job {
    /// It cannot go on now; the same unit, or a person, lets it go on later.
    pub(super) fn park(&mut self, fault: Fault, now: Now) {
        let bench = &self.history.bench;
        // The code stands before the values: where it was refused none of them left.
        let condition = match fault {
            Fault::CodeRefused { .. } if !bench.answered && bench.proved.is_none() => {
                UnitCondition::Untouched
            }
            _ => self.condition_now(),
        };
        if self.history.opened.is_some() {
            let event = JobEvent::NeedsPerson {
                fault: fault.clone(),
                condition,
            };
            let waits = UnitEventKind::Person;
            self.record_stop(event, &fault, waits, UnitState::NeedsPerson, now);
        }
        let ending = Ending {
            condition,
            ..self.ending_with(Some(fault))
        };
        self.close(AfterClosing::End(Box::new(ending)), now);
    }

    /// It failed before anything was written.
    pub(super) fn fail(&mut self, fault: Fault, now: Now) {
        self.fail_in(fault, self.condition(), now);
    }

    /// It failed, and the unit is left in `condition`.
    pub(super) fn fail_in(&mut self, fault: Fault, condition: UnitCondition, now: Now) {
        if self.history.opened.is_some() {
            let event = JobEvent::Failed {
                fault: fault.clone(),
                condition,
            };
            self.record_stop(
                event,
                &fault,
                UnitEventKind::Stopped,
                UnitState::Stopped,
                now,
            );
        }
        let ending = Ending {
            verdict: verdict_of(&fault),
            condition,
            ..self.ending_with(Some(fault))
        };
        self.close(AfterClosing::End(Box::new(ending)), now);
    }

    /// A person stopped it before anything was written.
    pub(super) fn cancel(&mut self, now: Now) {
        let condition = self.condition();
        if self.history.opened.is_some() {
            let by = self.stop.clone().unwrap_or_default();
            self.note(JobEvent::Cancelled { by, condition }, now);
        }
        let ending = self.ending_with(Some(Fault::Cancelled));
        self.close(AfterClosing::End(Box::new(ending)), now);
    }

    /// A person gives it up.
    pub(super) fn set_aside(&mut self, by: String, fault: Fault, now: Now) {
        let decision = Decision::SetAside;
        self.note(JobEvent::PersonDecided { by, decision }, now);
        let condition = self.condition();
        if self.history.bench.proved.is_none() {
            return self.fail_in(fault, condition, now);
        }
        let events = vec![JobEvent::Failed {
            fault: fault.clone(),
            condition,
        }];
        let detail = "A person gave it up".to_owned();
        self.record_registration(None, "Registration set aside", detail, events, now);
        let ending = self.ending_with(Some(fault));
        self.end(ending);
    }
}

fn verdict_of(fault: &Fault) -> Verdict {
    if fault.needs_person() {
        Verdict::NeedsPerson
    } else {
        Verdict::Stopped
    }
}
