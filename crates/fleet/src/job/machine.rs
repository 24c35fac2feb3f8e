//! The job itself: takes inputs, keeps the journal's fold and its own place in this run, and hands out effects.

use super::codes::MOST_CODES;
use super::history::{End, History};
use super::phase::{AfterClosing, Phase};
use super::states::JobState;
use super::waits::CarrierWaits;
use super::{Effect, Ending, Input, JobSetup, Now, Operation, OperationOutcome, Progress};
use crate::fault::{Fault, UnitCondition};
use crate::journal::{Decision, JobEvent, Verdict};
use crate::plan::{PlaceWrite, Plan};
use crate::profile::{Place, Variant};
use crate::reading::{Identity, Reading};
use crate::registration::RegistrationState;
use crate::secret::Secret;
use jiff::Timestamp;
use std::collections::{BTreeSet, VecDeque};

/// One unit's way over the bench. It decides; whoever holds it carries out the effects, in their order.
#[derive(Debug)]
pub struct Job {
    pub(super) setup: JobSetup,
    pub(super) history: History,
    /// The fold of what was certainly stored: as it was before the effects that are being carried out.
    kept: History,
    pub(super) phase: Phase,
    pub(super) out: Vec<Effect>,
    pub(super) bench: BenchRun,
    pub(super) waits: CarrierWaits,
    /// Who asked for the stop at the next safe point.
    pub(super) stop: Option<String>,
    pub(super) ending: Option<Ending>,
}

/// What this run knows of the unit; gone after a crash, and read again then.
#[derive(Debug, Default)]
pub(super) struct BenchRun {
    /// Who is expected, as last seen.
    pub identity: Option<Identity>,
    pub connection: u64,
    /// Whether a connection is open that can be ended politely.
    pub connected: bool,
    pub image: Option<Reading>,
    pub plan: Option<Plan>,
    pub queue: VecDeque<Vec<PlaceWrite>>,
    pub current: Vec<PlaceWrite>,
    /// What the unit said to what it refused of it, with what that means.
    pub said: Vec<String>,
    pub written: BTreeSet<Place>,
    /// What was read back and is right, until the identity is confirmed once more.
    pub proof: Option<(Reading, Vec<crate::setting::SettingKey>)>,
    /// Parameters without a setting that differ after the restart.
    pub also_changed: Vec<String>,
    /// Round of writing: 0 first, then one for each repair.
    pub round: u32,
    pub setbacks: u32,
    /// How often it came back in this run.
    pub returns: u32,
    pub losses: u32,
    pub restore_rounds: u32,
    pub restoring: Vec<PlaceWrite>,
    /// The service code as the carrier gave it; in memory only.
    pub code: Option<Secret>,
    /// How often it was asked to restart after the last saving.
    pub restarts_asked: u32,
    /// It was asked in vain.
    pub restart_unseen: bool,
}

impl Job {
    /// A job at its birth.
    #[must_use]
    pub fn new(setup: JobSetup) -> Self {
        let history = setup.codes.history();
        Self {
            setup,
            kept: history.clone(),
            history,
            phase: Phase::Fresh,
            out: Vec::new(),
            bench: BenchRun::default(),
            waits: CarrierWaits::default(),
            stop: None,
            ending: None,
        }
    }

    /// A job taken up from its journal. Waiting times of the carrier start anew; [`Job::recover_timed`] keeps them.
    #[must_use]
    pub fn recover(setup: JobSetup, events: &[JobEvent]) -> Self {
        let events = events.iter().map(|event| (event, None));
        let history = setup.codes.history().and_then(events);
        Self {
            history,
            ..Self::new(setup)
        }
    }

    /// A job taken up from its journal, with the wall time of each event.
    #[must_use]
    pub fn recover_timed(setup: JobSetup, events: &[(JobEvent, Timestamp)]) -> Self {
        let events = events.iter().map(|(event, at)| (event, Some(*at)));
        let history = setup.codes.history().and_then(events);
        Self {
            history,
            ..Self::new(setup)
        }
    }

    /// The blob that a job taken up from its journal needs to be able to put the old settings back, if any:
    /// give it to [`Job::give_image`] before the first input.
    #[must_use]
    pub fn image_needed(&self) -> Option<&str> {
        let bench = &self.history.bench;
        let needed = bench.wrote && bench.proved.is_none() && self.bench.image.is_none();
        bench
            .image_sha256
            .as_deref()
            .filter(|_| needed && self.history.end.is_none())
    }

    /// Hands back the blob that [`Job::image_needed`] named. Bytes that are not that blob are left aside.
    pub fn give_image(&mut self, bytes: &[u8]) {
        let Some(sha256) = self.image_needed().map(str::to_owned) else {
            return;
        };
        let Some(opened) = &self.history.opened else {
            return;
        };
        let profile = &self.setup.profile;
        if let Some(variant) = profile.variant(&opened.identity.variant) {
            self.bench.image = super::image::from_blob(profile, variant, &sha256, bytes);
        }
    }

    /// The durable state, for the job table.
    #[must_use]
    pub fn state(&self) -> JobState {
        self.history.state()
    }

    /// How it ended in this run; `None` while it goes on.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// What the unit holds now, as far as it is known.
    #[must_use]
    pub fn condition(&self) -> UnitCondition {
        self.history.condition()
    }

    /// Whether it stands still because a service code was refused or went unanswered: [`Input::Decided`] with [`Decision::GoOn`], before
    /// [`Input::Start`], says that a person gave another one.
    #[must_use]
    pub fn waits_for_a_code(&self) -> bool {
        self.history.waits_for_a_code()
    }

    /// Whether this run may stop driving the job now without leaving a question open: the unit is proved, recorded and released,
    /// and no request is under way. [`Job::standing`] says how it stands; another run takes it up with [`Input::StartWithoutUnit`].
    #[must_use]
    pub fn may_leave_pending(&self) -> bool {
        matches!(self.phase, Phase::Waiting(_) | Phase::Ended)
    }

    /// How it would end if this run stopped here.
    #[must_use]
    pub fn standing(&self) -> Ending {
        self.ending
            .clone()
            .unwrap_or_else(|| self.ending_with(self.note_about_proof()))
    }

    /// Takes one input; the effects are carried out strictly in order, each finished before the next begins.
    pub fn handle(&mut self, input: Input, now: Now) -> Vec<Effect> {
        self.waits.begin(now);
        match &input {
            // These come while effects may still be under way.
            Input::AppendFailed { .. } | Input::WorkedOnElsewhere => {
                self.history = self.kept.clone();
            }
            Input::StopRequested { .. } => {}
            _ => self.kept = self.history.clone(),
        }
        match input {
            Input::AppendFailed { detail } => {
                self.phase = Phase::Ended;
                let ending = Ending {
                    verdict: Verdict::Stopped,
                    ..self.ending_with(Some(Fault::InventoryFailed { detail }))
                };
                self.end(ending);
            }
            Input::WorkedOnElsewhere => {
                self.phase = Phase::Ended;
                self.end(self.ending_with(Some(Fault::JobOpen)));
            }
            Input::Decided { by, decision } => self.decided(by, decision, now),
            _ if self.phase == Phase::Ended => {}
            Input::Start {
                identity,
                connection,
            } => self.start(*identity, connection, now),
            Input::StartWithoutUnit => self.start_without_unit(now),
            Input::Operation(outcome) => self.operation(outcome, now),
            Input::UnitBack {
                identity,
                connection,
            } => self.unit_back(*identity, connection, now),
            Input::NotRestarted {
                identity,
                connection,
            } => self.not_restarted(*identity, connection, now),
            Input::UnitAbsent => self.unit_absent(now),
            Input::NobodyLooks => self.nobody_looks(now),
            Input::UnitSilent => self.unit_silent(now),
            Input::Claim(outcome) => self.claim_answered(outcome, now),
            Input::Registration(outcome) => self.registration_answered(outcome, now),
            Input::LookUp(answer) => self.looked_up(answer, now),
            Input::FollowUp(answer) => self.followed(answer, now),
            Input::Values(outcome) => self.values_answered(outcome, now),
            Input::Wake => self.woken(now),
            Input::StopRequested { by } => self.stop_requested(by, now),
        }
        std::mem::take(&mut self.out)
    }

    fn operation(&mut self, outcome: OperationOutcome, now: Now) {
        let phase = self.phase;
        if phase == Phase::Closing {
            return self.closed(now);
        }
        match outcome {
            OperationOutcome::ConnectionLost => self.lost(false, now),
            OperationOutcome::OpenedAnew => self.lost(true, now),
            OperationOutcome::Failed(fault) => self.operation_failed(fault, now),
            OperationOutcome::Identified(identity) => match phase {
                Phase::IdentifyingAtStart => self.identified_at_start(*identity, now),
                Phase::IdentifyingBeforeSave => self.identified_before_save(&identity, now),
                Phase::IdentifyingAfter => self.identified_after(&identity, now),
                Phase::IdentifyingRegistered => self.identified_registered(&identity, now),
                _ => self.out_of_step("an identity", now),
            },
            OperationOutcome::Read(reading) => match phase {
                Phase::Reading { again } => self.read(reading, again, now),
                Phase::CheckingRefusal => self.refusal_checked(&reading, now),
                Phase::ReadingBack { again } => self.read_back(reading, again, now),
                _ => self.out_of_step("a reading", now),
            },
            OperationOutcome::Written { refused } if phase == Phase::Writing => {
                self.written(&refused, now);
            }
            OperationOutcome::WrittenButSaid { refused, said } if phase == Phase::Writing => {
                self.bench.said = said;
                self.written(&refused, now);
            }
            OperationOutcome::Done if phase == Phase::LearningCode => self.read_registered(),
            OperationOutcome::Done if phase == Phase::Saving => self.saved(now),
            OperationOutcome::Done if phase == Phase::Restarting => self.restart_sent(true),
            OperationOutcome::Sent if phase == Phase::Restarting => self.restart_sent(false),
            _ => self.out_of_step("an answer", now),
        }
    }

    fn out_of_step(&mut self, what: &str, now: Now) {
        let detail = format!("{what} came while the job was {:?}", self.phase);
        self.operation_failed(Fault::Internal { detail }, now);
    }

    /// Puts an event into the journal and into the fold. Events in a row share one transaction.
    pub(super) fn note(&mut self, event: JobEvent, now: Now) {
        self.history.apply(&event, Some(now.wall));
        match self.out.last_mut() {
            Some(Effect::Append(events)) => events.push(event),
            _ => self.out.push(Effect::Append(vec![event])),
        }
    }

    pub(super) fn show(&mut self, progress: Progress) {
        self.out.push(Effect::Show(progress));
    }

    pub(super) fn run(&mut self, operation: Operation, phase: Phase) {
        self.phase = phase;
        self.out.push(Effect::Run(operation));
    }

    /// Ends the session politely where there is one, then goes on.
    pub(super) fn close(&mut self, after: AfterClosing, now: Now) {
        self.waits.after_closing = Some(after);
        if self.bench.connected {
            self.run(Operation::End, Phase::Closing);
        } else {
            self.closed(now);
        }
    }

    fn closed(&mut self, now: Now) {
        self.bench.connected = false;
        match self.waits.after_closing.take() {
            Some(AfterClosing::End(ending)) => self.end(*ending),
            Some(AfterClosing::Register) | None => {
                self.out.push(Effect::UnitReleased);
                self.register(now);
            }
        }
    }

    pub(super) fn end(&mut self, ending: Ending) {
        self.phase = Phase::Ended;
        self.ending = Some(ending.clone());
        self.out.push(Effect::Ended(ending));
    }

    /// How things stand, with `fault` as the reason why it is not green.
    pub(super) fn ending_with(&self, fault: Option<Fault>) -> Ending {
        let condition = self.condition();
        let proved = self.history.bench.proved.as_ref();
        let verdict = match (&fault, proved) {
            (Some(Fault::PowerCycleNeeded | Fault::NeverShown { .. }), Some(proved)) => {
                proved.verdict
            }
            (Some(fault), _) if fault.needs_person() => Verdict::NeedsPerson,
            (_, Some(proved)) => proved.verdict,
            _ => Verdict::Stopped,
        };
        let written = matches!(
            condition,
            UnitCondition::Set | UnitCondition::WrittenUnproved | UnitCondition::PartlyWritten
        );
        let changes = match proved {
            Some(proved) => proved.changes,
            None if written => self.history.bench.changes.len(),
            None => 0,
        };
        Ending {
            verdict,
            registration: self.registration_state(),
            changes,
            fault,
            condition,
        }
    }

    /// Where the registration stands.
    pub(super) fn registration_state(&self) -> RegistrationState {
        let registration = &self.history.registration;
        if registration.registered.is_some() {
            RegistrationState::Active
        } else if registration.refused.is_some() {
            RegistrationState::Refused
        } else if registration.is_pending() {
            RegistrationState::Pending
        } else if self.intent().is_some()
            && (self.history.bench.proved.is_some() || registration.intent.is_some())
        {
            RegistrationState::Owed
        } else {
            // Nothing is owed for a unit that is not proved: only a new run on the bench can change that.
            RegistrationState::Skipped
        }
    }

    /// A job that already ended, taken up again: says so once more and does nothing.
    pub(super) fn ended_before(&mut self) -> bool {
        let Some(end) = self.history.end.clone() else {
            return false;
        };
        let ending = match end {
            End::Done(verdict) => Ending {
                verdict,
                ..self.ending_with(None)
            },
            End::Failed(fault, _) => self.ending_with(Some(fault)),
            End::Cancelled(_) => self.ending_with(Some(Fault::Cancelled)),
        };
        self.end(ending);
        true
    }

    pub(super) fn variant(&self) -> Option<&Variant> {
        self.setup
            .profile
            .variant(&self.bench.identity.as_ref()?.variant)
    }

    fn decided(&mut self, by: String, decision: Decision, now: Now) {
        if self.history.end.is_some() {
            return;
        }
        match (self.phase, decision) {
            (Phase::Approving, Decision::Approve | Decision::GoOn) => self.approved(by, now),
            (Phase::Approving, Decision::SetAside) => {
                self.set_aside(by, Fault::ApprovalRefused, now)
            }
            (Phase::Approving, _) => self.not_approved(now),
            (Phase::Fresh | Phase::Ended, _) => {
                if decision == Decision::GoOn && self.history.waits_for_a_code() {
                    // The unit itself is needed for it: this is said before it is begun with.
                    if self.history.bench.codes_left < MOST_CODES {
                        self.note(JobEvent::PersonDecided { by, decision }, now);
                    }
                } else if let Some((fault, _)) = self.history.parked.clone() {
                    self.ending = None;
                    if decision == Decision::SetAside {
                        self.set_aside(by, fault, now);
                    } else {
                        let approved = decision == Decision::Approve
                            && matches!(fault, Fault::ApprovalNeeded { .. });
                        self.note(
                            JobEvent::PersonDecided {
                                by: by.clone(),
                                decision,
                            },
                            now,
                        );
                        if approved {
                            self.note(JobEvent::Approved { by }, now);
                        }
                        self.waits.accepted = Some(now.moment);
                        self.start_without_unit(now);
                    }
                }
            }
            _ => {}
        }
    }

    fn stop_requested(&mut self, by: String, now: Now) {
        self.stop = Some(by);
        match self.phase {
            Phase::Approving => self.not_approved(now),
            Phase::AwaitingUnit => self.unit_absent(now),
            Phase::Waiting(_) => self.leave(),
            Phase::Fresh => {
                let ending = self.ending_with(Some(Fault::Cancelled));
                self.end(ending);
            }
            _ => {}
        }
    }
}
