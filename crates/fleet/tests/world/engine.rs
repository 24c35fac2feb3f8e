//! A small engine: carries out effects in their order, each append durable before the next effect, and can die at every step.

use super::carrier::CarrierModel;
use super::store::Store;
use super::unit::Bench;
use fleet::Moment;
use fleet::job::{
    ClaimOutcome, Effect, Ending, Input, Job, JobSetup, JobState, Now, Operation, OperationOutcome,
    Progress,
};
use fleet::journal::{Decision, JobEvent};
use fleet::registration::{LookUp, RegistrationOutcome, RegistrationState, ValuesOutcome};
use jiff::Timestamp;

/// A wrong engine or job that the invariants must catch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    None,
    /// What will be done is written down only after it was done.
    ResultBeforeEffect,
    /// A doubt is met by sending again.
    ResendInDoubt,
    /// What was acknowledged is taken as read back.
    TrustAck,
    /// Who answers is only asked once.
    IdentityNotReRead,
}

/// Everything outside the process.
pub struct World {
    pub now_ms: u64,
    pub wall_offset_s: i64,
    pub bench: Bench,
    pub carrier: CarrierModel,
    pub store: Store,
    pub claims: Vec<ClaimOutcome>,
    pub approves: bool,
    pub stop_at_effect: Option<usize>,
    /// Which append, counted over the life of the world, finds the disk full.
    pub full_at_append: Option<u32>,
    pub appends: u32,
    /// What the next life begins with, when the engine does not choose.
    pub first: Option<First>,
    pub mutant: Mutant,
    pub problems: Vec<String>,
    /// What the screen has called proved or registered.
    pub promised: Vec<String>,
    pub handled: u32,
}

/// A beginning that people choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// The unit is plugged in, whatever the journal says.
    WithUnit,
    /// A person decides.
    Decided(Decision),
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessEnd {
    Crashed,
    Ended(Ending),
}

/// One life of the program.
pub struct Process {
    job: Job,
    points: usize,
    crash_at: Option<usize>,
    effects: usize,
    acknowledged: Vec<(fleet::profile::Place, String)>,
}

struct Crash;

const MOST_INPUTS: u32 = 1500;

impl World {
    pub fn now(&self) -> Now {
        let second = 1_760_000_000 + self.wall_offset_s;
        let wall = Timestamp::from_millisecond(second * 1000 + self.now_ms as i64).unwrap();
        Now {
            moment: Moment(self.now_ms),
            wall,
        }
    }

    pub fn take_up(&self, setup: JobSetup) -> Job {
        if self.store.events.is_empty() {
            return Job::new(setup);
        }
        let mut job = Job::recover_timed(setup, &self.store.events);
        if let Some(sha256) = job.image_needed().map(str::to_owned)
            && let Some(bytes) = self.store.blobs.get(&sha256)
        {
            job.give_image(bytes);
        }
        job
    }

    /// Starts the program once and drives the job until it ends or the program dies.
    pub fn process(&mut self, setup: JobSetup, crash_at: Option<usize>) -> (ProcessEnd, usize) {
        let job = self.take_up(setup);
        let state = job.state();
        let parked_proved = self
            .store
            .has(|event| matches!(event, JobEvent::Verified { .. }));
        let without_unit = state.goes_on_without_unit()
            || state.is_final()
            || (state.as_str() == "needs_person" && parked_proved);
        let first = self.first.take();
        let mut input = if let Some(First::Decided(decision)) = first {
            Input::Decided {
                by: "Ann".to_owned(),
                decision,
            }
        } else if without_unit && first.is_none() {
            Input::StartWithoutUnit
        } else {
            let mut now_ms = self.now_ms;
            let found = self.bench.await_unit(false, u64::MAX / 2, &mut now_ms);
            self.now_ms = now_ms;
            let identity = found.expect("somebody is plugged in");
            Input::Start {
                identity: Box::new(identity),
                connection: self.bench.connection,
            }
        };
        let mut process = Process {
            job,
            points: 0,
            crash_at,
            effects: 0,
            acknowledged: Vec::new(),
        };
        loop {
            self.handled += 1;
            assert!(self.handled < MOST_INPUTS, "P6: it does not come to an end");
            let effects = process.job.handle(input, self.now());
            if process.crash_at.is_none() {
                self.secrets(&format!("{effects:?}"));
            }
            match process.carry_out(self, effects) {
                Err(Crash) => return (ProcessEnd::Crashed, process.points),
                Ok(None) => {
                    let ending = process
                        .job
                        .ending()
                        .cloned()
                        .expect("P6: nothing was asked for");
                    return (ProcessEnd::Ended(ending), process.points);
                }
                Ok(Some(next)) => input = next,
            }
            let told_late = matches!(input, Input::AppendFailed { .. });
            if self.mutant == Mutant::None && !told_late {
                let folded = self.store.state.unwrap_or(JobState::New);
                if folded != process.job.state() {
                    let state = process.job.state();
                    self.problems
                        .push(format!("P5: {state:?} is not the fold {folded:?}"));
                }
            }
        }
    }

    pub fn secrets(&mut self, text: &str) {
        for secret in [
            super::unit::FORMER_SECRET,
            super::scenario::NEW_SECRET,
            super::scenario::PIN,
        ] {
            if text.contains(secret) {
                self.problems
                    .push(format!("P12: a secret stands in {text}"));
            }
        }
    }
}

impl Process {
    /// Before an effect is after the one before it: there the last effect is done and its result is lost.
    fn point(&mut self) -> Result<(), Crash> {
        let here = self.points;
        self.points += 1;
        if self.crash_at == Some(here) {
            Err(Crash)
        } else {
            Ok(())
        }
    }

    /// Carries out effects in order; the one that asks for something must be the last.
    fn carry_out(
        &mut self,
        world: &mut World,
        mut effects: Vec<Effect>,
    ) -> Result<Option<Input>, Crash> {
        if world.mutant == Mutant::ResultBeforeEffect {
            effects.sort_by_key(|effect| matches!(effect, Effect::Append(_)));
        }
        let mut next = None;
        for effect in effects {
            self.effects += 1;
            if next.is_some() && world.mutant == Mutant::None {
                world
                    .problems
                    .push(format!("an effect follows a question: {effect:?}"));
            }
            if !matches!(effect, Effect::Show(_) | Effect::UnitReleased) {
                self.point()?;
            }
            next = self.carry_out_one(world, effect).or(next);
            if matches!(next, Some(Input::AppendFailed { .. })) {
                break;
            }
        }
        let stop = world
            .stop_at_effect
            .filter(|at| self.effects >= *at)
            .is_some();
        if stop && next.is_some() {
            world.stop_at_effect = None;
            let by = "Ann".to_owned();
            let effects = self.job.handle(Input::StopRequested { by }, world.now());
            if !effects.is_empty() {
                return self.carry_out(world, effects);
            }
        }
        Ok(next)
    }

    fn carry_out_one(&mut self, world: &mut World, effect: Effect) -> Option<Input> {
        let at = world.now().wall;
        if matches!(effect, Effect::Append(_) | Effect::Record(_)) {
            world.appends += 1;
            if world.full_at_append == Some(world.appends) {
                let detail = "no space left".to_owned();
                return Some(Input::AppendFailed { detail });
            }
        }
        match effect {
            Effect::Append(events) => world.store.commit(&events, at),
            Effect::KeepBlob { sha256, bytes } => {
                world.secrets(&String::from_utf8_lossy(&bytes));
                world.store.blobs.insert(sha256, bytes);
            }
            Effect::Record(record) => {
                world.secrets(&format!("{record:?}"));
                world.store.commit_record(&record, at);
            }
            Effect::Show(progress) => world.shown(&progress),
            Effect::UnitReleased => {}
            Effect::Ended(ending) => {
                if ending.registration == RegistrationState::Active
                    && !world
                        .store
                        .has(|event| matches!(event, JobEvent::Registered { .. }))
                {
                    world.problems.push(format!(
                        "P4: called registered, and nothing kept says so: {ending:?}"
                    ));
                }
            }
            Effect::Run(operation) => {
                return Some(Input::Operation(self.operate(world, &operation)));
            }
            Effect::AwaitUnit {
                identity,
                longest_ms,
                restarting,
                ..
            } => {
                let mut now_ms = world.now_ms;
                let found = world.bench.await_unit(restarting, longest_ms, &mut now_ms);
                world.now_ms = now_ms;
                let connection = world.bench.connection;
                let restarted = std::mem::take(&mut world.bench.units[0].restarted);
                return Some(match found {
                    Some(found) if restarting && !restarted => Input::NotRestarted {
                        identity: Box::new(found),
                        connection,
                    },
                    Some(_) if world.mutant == Mutant::IdentityNotReRead => Input::UnitBack {
                        identity,
                        connection,
                    },
                    Some(found) => Input::UnitBack {
                        identity: Box::new(found),
                        connection,
                    },
                    None => Input::UnitAbsent,
                });
            }
            Effect::AskApproval(_) => {
                let decision = if world.approves {
                    Decision::Approve
                } else {
                    Decision::Refuse
                };
                return Some(Input::Decided {
                    by: "Ann".to_owned(),
                    decision,
                });
            }
            Effect::Claim => {
                world.now_ms += 50;
                let outcome = if world.claims.is_empty() {
                    ClaimOutcome::Claimed
                } else {
                    world.claims.remove(0)
                };
                return Some(Input::Claim(outcome));
            }
            Effect::Register(intent) => {
                world.now_ms += 400;
                let before = world.carrier.ledger.len();
                let outcome = world.carrier.register(&intent, world.now_ms);
                world.ledger_grew(before);
                return Some(Input::Registration(outcome));
            }
            Effect::LookUp(intent) => {
                world.now_ms += 200;
                if world.mutant == Mutant::ResendInDoubt && world.in_doubt() {
                    let before = world.carrier.ledger.len();
                    let _ = world.carrier.register(&intent, world.now_ms);
                    world.ledger_grew(before);
                }
                let answer: LookUp = world.carrier.look_up(&intent, world.now_ms);
                return Some(Input::LookUp(answer));
            }
            Effect::Follow { .. } => {
                world.now_ms += 200;
                return Some(Input::FollowUp(world.carrier.follow(world.now_ms)));
            }
            Effect::AskValues { .. } => {
                let why = "this family is set before it is registered".to_owned();
                world.problems.push(why.clone());
                return Some(Input::Values(ValuesOutcome::Failed {
                    why,
                    retry_after_s: None,
                }));
            }
            Effect::WakeAfter { delay_ms } => {
                world.now_ms += delay_ms;
                return Some(Input::Wake);
            }
        }
        None
    }

    fn operate(&mut self, world: &mut World, operation: &Operation) -> OperationOutcome {
        world.now_ms += 150;
        let expected = world.bench.units[0].identity.clone();
        let re_reads = world.mutant != Mutant::IdentityNotReRead;
        let outcome = world
            .bench
            .operate(operation, &expected.id, re_reads, world.now_ms);
        match (operation, outcome) {
            (Operation::Identify, OperationOutcome::Identified(_)) if !re_reads => {
                OperationOutcome::Identified(Box::new(expected))
            }
            (Operation::Write(writes), outcome) => {
                let texts = writes
                    .iter()
                    .map(|write| (write.place.clone(), write.after.reveal().to_owned()));
                self.acknowledged.extend(texts);
                outcome
            }
            (Operation::ReadAll, OperationOutcome::Read(mut reading))
                if world.mutant == Mutant::TrustAck =>
            {
                reading.places.extend(self.acknowledged.iter().cloned());
                OperationOutcome::Read(reading)
            }
            (_, outcome) => outcome,
        }
    }
}

impl World {
    fn shown(&mut self, progress: &Progress) {
        if let Progress::Proved(verdict) = progress {
            if !self
                .store
                .has(|event| matches!(event, JobEvent::Verified { .. }))
            {
                self.problems
                    .push("P4: called proved before it was kept".into());
            }
            self.promised.push(verdict.as_str().to_owned());
        }
    }

    /// Whether a request has no answer that settles it.
    fn in_doubt(&self) -> bool {
        matches!(
            self.store.events.last(),
            Some((
                JobEvent::RegistrationIntended { .. }
                    | JobEvent::RegistrationAnswered {
                        answer: RegistrationOutcome::Unknown { .. }
                    },
                _
            ))
        )
    }

    /// Whatever the carrier accepts must have been intended, durably, before.
    fn ledger_grew(&mut self, before: usize) {
        for accepted in self.carrier.ledger.iter().skip(before) {
            let intended = self.store.has(|event| {
                matches!(event, JobEvent::RegistrationIntended { intent, .. }
                    if intent.client_reference == accepted.reference)
            });
            if !intended {
                self.problems
                    .push("P9: registered without an intent in the journal".into());
            }
        }
    }
}
