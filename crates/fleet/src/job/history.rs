//! What a job's journal tells: the fold of its events. The same events give the same history, however often they are read.

use super::states::JobState;
use crate::fault::{Fault, UnitCondition};
use crate::journal::{Decision, JobEvent, Verdict};
use crate::plan::ShownChange;
use crate::reading::Identity;
use crate::registration::{
    CarrierUnit, FollowUp, LookUp, RegistrationIntent, RegistrationOutcome, SubscriptionState,
};
use crate::setting::{SettingKey, ShownValue};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The fold.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    pub opened: Option<Opened>,
    pub bench: Bench,
    pub registration: Registration,
    /// How many records were committed; numbers the outbox operations.
    pub recorded: u32,
    pub parked: Option<(Fault, UnitCondition)>,
    /// What a person decided last, until it is acted upon.
    pub decided: Option<Decision>,
    pub end: Option<End>,
}

/// Who is worked on, and with what.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    pub identity: Identity,
    pub template: String,
    pub template_version: u32,
    pub registration: Option<RegistrationIntent>,
    pub registers_first: bool,
}

/// One pass of the unit over the bench.
#[derive(Debug, Clone, Default)]
pub(super) struct Bench {
    pub stage: BenchStage,
    pub image_sha256: Option<String>,
    pub plan_sha256: Option<String>,
    pub changes: Vec<ShownChange>,
    pub approved: bool,
    /// Whether a write was ever intended in this pass.
    pub wrote: bool,
    /// Whether a service code may have left with a write.
    pub code_left: bool,
    /// How many of them may have left so far.
    pub codes_left: u32,
    /// Whether the unit said no to the last one.
    pub code_refused: bool,
    /// Whether the unit answered for any group of values.
    pub answered: bool,
    pub next_group: u32,
    pub round: u32,
    pub restore: Option<Restore>,
    pub proved: Option<Proved>,
}

/// Where a pass stands, unless it is being put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum BenchStage {
    #[default]
    Identified,
    Imaged,
    Planned,
    Applying,
    Saving,
    Verifying,
}

/// A before image on its way back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Restore {
    pub places: Vec<String>,
    pub why: Option<Fault>,
}

/// What was proved and recorded.
#[derive(Debug, Clone)]
pub(super) struct Proved {
    pub verdict: Verdict,
    pub changes: usize,
    pub settings: BTreeMap<SettingKey, ShownValue>,
}

/// What was asked of the carrier and what it said.
#[derive(Debug, Clone, Default)]
pub(super) struct Registration {
    pub claimed: bool,
    pub intent: Option<RegistrationIntent>,
    pub attempt: u32,
    /// When the last attempt was intended, by the wall clock.
    pub intended_at: Option<Timestamp>,
    /// The answer to the last attempt; `None` after an intent is doubt.
    pub answer: Option<RegistrationOutcome>,
    pub handle: Option<String>,
    pub accepted_at: Option<Timestamp>,
    /// Whether the unit's row says that activation runs.
    pub pending_recorded: bool,
    /// What the carrier was last seen to hold for this unit.
    pub seen: Option<CarrierUnit>,
    pub registered: Option<CarrierUnit>,
    /// Phone number and mobile station id, as the carrier gave them to be written.
    pub values: Option<(String, String)>,
    pub refused: Option<Fault>,
}

impl Registration {
    /// Accepted, and not yet known to be active.
    pub fn is_pending(&self) -> bool {
        let held = |unit: &CarrierUnit| unit.state == SubscriptionState::Pending;
        self.handle.is_some() || self.seen.as_ref().is_some_and(held)
    }
}

/// How it ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    Done(Verdict),
    Failed(Fault, UnitCondition),
    Cancelled(UnitCondition),
}

impl History {
    pub fn of<'a>(events: impl IntoIterator<Item = (&'a JobEvent, Option<Timestamp>)>) -> Self {
        Self::default().and_then(events)
    }

    /// What has been, and these events.
    pub fn and_then<'a>(
        mut self,
        events: impl IntoIterator<Item = (&'a JobEvent, Option<Timestamp>)>,
    ) -> Self {
        for (event, at) in events {
            self.apply(event, at);
        }
        self
    }

    pub fn apply(&mut self, event: &JobEvent, at: Option<Timestamp>) {
        match event {
            JobEvent::Opened {
                identity,
                template,
                template_version,
                registration,
                registers_first,
                ..
            } => {
                if self.bench.proved.is_some() {
                    self.bench = Bench::default();
                }
                self.parked = None;
                self.opened = Some(Opened {
                    identity: (**identity).clone(),
                    template: template.clone(),
                    template_version: *template_version,
                    registration: registration.clone(),
                    registers_first: *registers_first,
                });
            }
            JobEvent::NeedsPerson { fault, condition } => {
                self.parked = Some((fault.clone(), *condition));
                self.decided = None;
                // Said before anything of the write was sent: the code is still to be given.
                if matches!(fault, Fault::Locked { .. }) {
                    self.bench.take_back_code();
                }
                self.bench.code_refused |= matches!(fault, Fault::CodeRefused { .. });
            }
            JobEvent::PersonDecided { decision, .. } => {
                // A person gave another code after the last one: that one may leave, once.
                if *decision == Decision::GoOn && self.waits_for_a_code() {
                    self.bench.code_left = false;
                    self.bench.code_refused = false;
                }
                self.parked = None;
                self.decided = Some(*decision);
            }
            JobEvent::Recorded { .. } => {
                self.recorded += 1;
                self.registration.pending_recorded |= self.registration.is_pending();
            }
            JobEvent::Done { verdict } => self.end = Some(End::Done(*verdict)),
            JobEvent::Failed { fault, condition } => {
                self.end = Some(End::Failed(fault.clone(), *condition));
            }
            JobEvent::Cancelled { condition, .. } => self.end = Some(End::Cancelled(*condition)),
            _ => {
                self.bench.apply(event);
                self.registration.apply(event, at);
            }
        }
        if matches!(
            event,
            JobEvent::Claimed { .. } | JobEvent::RegistrationIntended { .. }
        ) {
            self.parked = None;
            self.decided = None;
        }
    }

    /// Whether it stands still because a service code was refused, or may have been taken.
    pub fn waits_for_a_code(&self) -> bool {
        let about_it = |fault: &Fault| {
            matches!(
                fault,
                Fault::CodeRefused { .. } | Fault::OneShotUnknown { .. }
            )
        };
        self.bench.code_left
            && self
                .parked
                .as_ref()
                .is_some_and(|(fault, _)| about_it(fault))
    }

    pub fn state(&self) -> JobState {
        match self.end {
            Some(End::Done(_)) => return JobState::Done,
            Some(End::Failed(..)) => return JobState::Failed,
            Some(End::Cancelled(_)) => return JobState::Cancelled,
            None => {}
        }
        let Some(opened) = &self.opened else {
            return JobState::New;
        };
        if self.parked.is_some() {
            return JobState::NeedsPerson;
        }
        let registration = &self.registration;
        let comes_first = opened.registers_first && opened.registration.is_some();
        let first = comes_first && !self.bench.wrote && registration.registered.is_none();
        if self.bench.proved.is_none() && !first {
            return self.bench.state();
        }
        if registration.intent.is_none() && opened.registration.is_none()
            || registration.registered.is_some()
        {
            JobState::Recorded
        } else if registration.is_pending() {
            JobState::RegPending
        } else if registration.intent.is_some() {
            JobState::RegIntent
        } else {
            JobState::RegClaim
        }
    }

    /// What the unit holds, as far as the journal tells.
    pub fn condition(&self) -> UnitCondition {
        match (&self.end, &self.parked) {
            (Some(End::Failed(_, condition) | End::Cancelled(condition)), _)
            | (None, Some((_, condition))) => return *condition,
            _ => {}
        }
        match &self.bench.proved {
            Some(proved) => match proved.verdict {
                Verdict::AlreadySet => UnitCondition::Untouched,
                Verdict::NotVerified => UnitCondition::WrittenUnproved,
                _ => UnitCondition::Set,
            },
            None if self.bench.wrote => UnitCondition::PartlyWritten,
            None => UnitCondition::Untouched,
        }
    }
}

impl Bench {
    fn state(&self) -> JobState {
        if self.restore.is_some() {
            return JobState::Restoring;
        }
        match self.stage {
            BenchStage::Identified => JobState::Identified,
            BenchStage::Imaged => JobState::Imaged,
            BenchStage::Planned => JobState::Planned,
            BenchStage::Applying => JobState::Applying,
            BenchStage::Saving => JobState::Saving,
            BenchStage::Verifying => JobState::Verifying,
        }
    }

    /// It is certain that no code left with the last intent.
    fn take_back_code(&mut self) {
        if std::mem::take(&mut self.code_left) {
            self.codes_left = self.codes_left.saturating_sub(1);
        }
    }

    fn apply(&mut self, event: &JobEvent) {
        match event {
            JobEvent::BeforeImage { sha256, .. } => {
                self.image_sha256 = Some(sha256.clone());
                self.stage = BenchStage::Imaged;
            }
            JobEvent::Planned {
                plan_sha256,
                changes,
                ..
            } => {
                self.plan_sha256 = Some(plan_sha256.clone());
                self.changes.clone_from(changes);
                self.approved = false;
                if !self.wrote {
                    self.stage = BenchStage::Planned;
                }
            }
            JobEvent::Approved { .. } => self.approved = true,
            JobEvent::WriteIntent { group, round, .. } => {
                self.wrote = true;
                self.codes_left += u32::from(!self.code_left);
                self.code_left = true;
                self.next_group = group + 1;
                self.round = *round;
                self.stage = BenchStage::Applying;
            }
            JobEvent::WriteResult { .. } => self.answered = true,
            JobEvent::SaveIntent { .. } => self.stage = BenchStage::Saving,
            JobEvent::Restarted { .. } | JobEvent::Mismatch { .. } => {
                self.stage = BenchStage::Verifying;
            }
            JobEvent::RestoreIntent { places, why } => {
                self.restore = Some(Restore {
                    places: places.clone(),
                    why: why.clone(),
                });
            }
            JobEvent::Verified {
                settings, unproved, ..
            } => {
                let verdict = if self.changes.is_empty() {
                    Verdict::AlreadySet
                } else if unproved.is_empty() {
                    Verdict::Verified
                } else {
                    Verdict::NotVerified
                };
                let changes = self.changes.len();
                self.proved = Some(Proved {
                    verdict,
                    changes,
                    settings: settings.clone(),
                });
            }
            _ => {}
        }
    }
}

impl Registration {
    fn apply(&mut self, event: &JobEvent, at: Option<Timestamp>) {
        match event {
            JobEvent::Claimed { .. } => self.claimed = true,
            JobEvent::RegistrationIntended { intent, attempt } => {
                self.intent = Some(intent.clone());
                self.attempt = *attempt;
                self.intended_at = at;
                self.answer = None;
                self.handle = None;
            }
            JobEvent::RegistrationAnswered { answer } => {
                match answer {
                    RegistrationOutcome::Accepted { handle, unit, .. } => {
                        self.handle = Some(handle.clone());
                        self.accepted_at = at;
                        self.seen.clone_from(unit);
                    }
                    RegistrationOutcome::Done { unit } => {
                        self.accepted_at = at;
                        self.seen = Some(unit.clone());
                    }
                    _ => {}
                }
                self.answer = Some(answer.clone());
            }
            JobEvent::LookedUp {
                answer: LookUp::Found { unit },
            } => {
                self.seen = Some(unit.clone());
                self.accepted_at = self.accepted_at.or(at);
            }
            // The carrier no longer knows the handle: what holds is what a look-up finds.
            JobEvent::Followed {
                answer: FollowUp::Forgotten,
            } => {
                self.handle = None;
                self.answer = None;
            }
            JobEvent::Registered { unit, .. } => self.registered = Some(unit.clone()),
            JobEvent::ValuesGiven { mdn, msid } => {
                self.values = Some((mdn.clone(), msid.clone()));
            }
            JobEvent::RegistrationRefused { fault } => self.refused = Some(fault.clone()),
            _ => {}
        }
    }
}

/// The durable state that follows from `events`, for the job table.
#[must_use]
pub fn state_of<'a>(events: impl IntoIterator<Item = &'a JobEvent>) -> JobState {
    History::of(events.into_iter().map(|event| (event, None))).state()
}

/// What a unit holds after these events, as far as they tell.
#[must_use]
pub fn condition_of<'a>(events: impl IntoIterator<Item = &'a JobEvent>) -> UnitCondition {
    History::of(events.into_iter().map(|event| (event, None))).condition()
}
