//! Carries out what a job asks for while its unit is on the bench: strictly in order, each append on the disk before the next step.

use super::context::{Context, Picked};
use super::interrupted::OpenJob;
use super::keeping::{Keeper, Kept, not_kept};
use super::lane::{LaneInput, LaneTask, UnitHere};
use super::options::Approval;
use super::registering;
use super::state::{LaneState, Question};
use fleet::fault::UnitCondition;
use fleet::job::{CodesGiven, Effect, Ending, Input, Job, JobSetup, Operation, OperationOutcome};
use fleet::journal::{Decision, JobId, Verdict};
use fleet::registration::{RegistrationIntent, RegistrationState};
use fleet::{Fault, Identity, Plan, Profile, UnitId};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Pause between two looks at whether the background has let go of a job.
const BETWEEN_LOOKS: Duration = Duration::from_millis(150);

impl LaneTask {
    /// Works on the unit in hand until it is released or its job ends.
    pub(super) async fn work(&mut self) {
        let Some(here) = &self.here else { return };
        let identity = here.identity.clone();
        let connection = here.connection;
        let (mut job, mut keeper) = match self.take_up(&identity).await {
            Ok(found) => found,
            Err(fault) => return self.end_early(&fault),
        };
        if let Err(fault) = self.say_code_was_given(&mut job, &mut keeper).await {
            return self.end_early(&fault);
        }
        let start = Input::Start {
            identity: Box::new(identity),
            connection,
        };
        self.drive(job, keeper, start).await;
        // The unit may now be pulled: the conversation ends politely and the port is given back with the session.
        if let Some(here) = &self.here {
            let _ = here.session.run(Operation::End).await;
        }
    }

    /// A person gave another service code since the last one left: the journal says so before it may leave.
    async fn say_code_was_given(
        &mut self,
        job: &mut Job,
        keeper: &mut Keeper,
    ) -> Result<(), Fault> {
        let unit = self.view.unit.as_ref().map(|unit| &unit.id);
        let typed = self.code_given.take();
        let given = self.context.new_code || (typed.is_some() && typed.as_ref() == unit);
        if !given || !job.waits_for_a_code() {
            return Ok(());
        }
        let decided = Input::Decided {
            by: self.context.bench.clone(),
            decision: Decision::GoOn,
        };
        for effect in job.handle(decided, self.context.now()) {
            if let Kept::Failed(error) = keeper.carry_out(effect, job.state()).await {
                return Err(Fault::InventoryFailed {
                    detail: error.to_string(),
                });
            }
        }
        Ok(())
    }

    fn end_early(&mut self, fault: &Fault) {
        let verdict = if fault.needs_person() {
            Verdict::NeedsPerson
        } else {
            Verdict::Stopped
        };
        self.view.question = self.question_of(fault);
        self.end(
            &Ending {
                verdict,
                registration: RegistrationState::Skipped,
                changes: 0,
                fault: Some(fault.clone()),
                condition: UnitCondition::Untouched,
            },
            false,
        );
    }

    /// The unit's open job, if one was interrupted, otherwise a new one.
    async fn take_up(&mut self, identity: &Identity) -> Result<(Job, Keeper), Fault> {
        let context = Rc::clone(&self.context);
        let picked = match &self.turn {
            Some(turn) => Some(Picked {
                template: Arc::clone(&turn.template),
                customer: String::new(),
                count: None,
                done: BTreeSet::new(),
                register: false,
            }),
            None => context.picked.borrow().clone(),
        };
        let profile = context.registry.get(&identity.profile).cloned();
        let profile = profile.ok_or_else(|| Fault::UnknownModel {
            said: identity.profile.clone(),
        })?;
        let confirmed_by = context.profile_confirmed(&profile).await?;
        let open = self.called_back(&identity.id).await?;
        let this_job = open.as_ref().map(|open| open.job);
        let codes = context
            .codes_given(&identity.id, &profile, this_job)
            .await?;
        if let Some(open) = open {
            let by = confirmed_by.clone();
            let resumed = self.resume(&open, &profile, by, codes, picked.as_ref());
            if let Some(job) = resumed.await? {
                self.view.template = open.template.clone();
                return Ok((job, Keeper::resumed(context, open.job)));
            }
            context
                .put_away(&open, "a new job was started for this unit")
                .await?;
        }
        let picked = picked.ok_or(Fault::ApprovalRefused)?;
        // What the open job gave counts for the new one as well.
        let codes = match this_job {
            None => codes,
            Some(_) => context.codes_given(&identity.id, &profile, None).await?,
        };
        let another_given = context.new_code || self.code_given.as_ref() == Some(&identity.id);
        let codes = match another_given {
            true => codes.and_another_at_hand(),
            false => codes,
        };
        self.view.template = Some((picked.template.name.clone(), picked.template.version));
        let setup = JobSetup {
            job: JobId(Uuid::now_v7()),
            profile: Arc::clone(&profile),
            template: Some(Arc::clone(&picked.template)),
            approved_by: self.approved_by(),
            profile_confirmed_by: confirmed_by.clone(),
            registration: picked.register.then(|| context.intent(identity)),
            carrier_at_hand: context.account.is_some(),
            settle_ms: self.context.settle_ms(),
            codes,
        };
        let keeper = Keeper::new(context, setup.job, identity, &profile);
        Ok((Job::new(setup), keeper))
    }

    /// The unit's open job. One whose registration is followed in the background comes back to the bench first: its task ends at
    /// its next pause, at the latest when the carrier has answered.
    async fn called_back(&self, id: &UnitId) -> Result<Option<OpenJob>, Fault> {
        let context = &self.context;
        let Some(open) = context.open_job_of(id).await? else {
            return Ok(None);
        };
        let job = open.job;
        if !context.registering.borrow().contains(&job) {
            return Ok(Some(open));
        }
        context.called_back.borrow_mut().insert(job);
        let begun = Instant::now();
        while context.registering.borrow().contains(&job)
            && begun.elapsed() < registering::LONGEST_CARRIER_ANSWER
        {
            sleep(BETWEEN_LOOKS).await;
        }
        context.called_back.borrow_mut().remove(&job);
        if context.registering.borrow().contains(&job) {
            return Err(Fault::JobOpen);
        }
        // What it did meanwhile is in the journal.
        context.open_job_of(id).await
    }

    /// The job as its journal left it; `None` when it was begun with another template or profile, so that a new one reads the unit.
    async fn resume(
        &self,
        open: &OpenJob,
        profile: &Arc<Profile>,
        confirmed_by: Option<String>,
        codes: CodesGiven,
        picked: Option<&Picked>,
    ) -> Result<Option<Job>, Fault> {
        let context = &self.context;
        let wanted = picked.map(|picked| (picked.template.name.clone(), picked.template.version));
        let same_work = open.profile_sha256 == profile.sha256()
            && (wanted.is_none() || wanted == open.template);
        // A unit that is proved and asked for again is read again: it may have been changed since. But once the carrier was asked,
        // only the job that knows of it may go on: a new one would ask first and look up later.
        let asked = open.carrier_was_asked();
        if !asked && (!same_work || open.past_proof()) {
            return Ok(None);
        }
        let picked_template = picked.map(|picked| Arc::clone(&picked.template));
        // The same name and version is the same template; one unit's own former values have it from here only.
        let template = match picked_template.filter(|_| asked || wanted == open.template) {
            Some(template) => template,
            None => match context.template(open.template.as_ref()).await {
                Some(template) => template,
                None => return Ok(None),
            },
        };
        let registration = match (&open.registration, &context.account) {
            (Some(intent), Some(account)) => Some(context.complete(intent.clone(), account)),
            (registration, _) => registration.clone(),
        };
        let setup = JobSetup {
            job: open.job,
            profile: Arc::clone(profile),
            template: Some(template),
            approved_by: self.approved_by(),
            profile_confirmed_by: confirmed_by.clone(),
            registration,
            carrier_at_hand: context.account.is_some(),
            settle_ms: self.context.settle_ms(),
            codes,
        };
        let mut job = Job::recover_timed(setup, &open.events);
        if let Some(sha256) = job.image_needed().map(str::to_owned)
            && let Ok(Some(bytes)) = context.inventory.blob(sha256).await
        {
            job.give_image(&bytes);
        }
        Ok(Some(job))
    }

    async fn drive(&mut self, mut job: Job, mut keeper: Keeper, first: Input) {
        let mut effects: VecDeque<Effect> = job.handle(first, self.context.now()).into();
        while let Some(effect) = effects.pop_front() {
            // A unit that is there again is let in first: a stop would end the wait for it as that for one that is gone.
            let awaits = |effect: &Effect| matches!(effect, Effect::AwaitUnit { .. });
            let will_await = awaits(&effect) || effects.iter().any(awaits);
            if self.arrived.is_none() || !will_await {
                self.hear_wishes(&mut job, &mut effects);
            }
            let input = match effect {
                Effect::Run(operation) => {
                    Some(Input::Operation(self.talk_with_unit(operation).await))
                }
                Effect::AwaitUnit {
                    identity,
                    longest_ms,
                    usual_ms,
                    restarting,
                    port_tells,
                } => {
                    let waited = if restarting {
                        let times_ms = (longest_ms, usual_ms);
                        self.await_restart(&identity, times_ms, port_tells).await
                    } else {
                        self.await_cable(&identity, longest_ms).await
                    };
                    Some(waited)
                }
                Effect::AskApproval(plan) => Some(self.ask_approval(&plan).await),
                Effect::Show(progress) => {
                    self.progress(&progress);
                    None
                }
                Effect::WakeAfter { delay_ms } => {
                    let woken = self.carrier_pause(delay_ms, &mut keeper).await;
                    let lacking = woken.is_none() && job.ending().is_none();
                    // This run does not follow for so long: the journal holds the rest, and the unit is needed again for it.
                    if lacking {
                        effects.extend(job.handle(self.stop_input(), self.context.now()));
                    }
                    woken
                }
                Effect::UnitReleased => {
                    let seconds = self.seconds_of_work();
                    let Some(unit) = &self.view.unit else { return };
                    let released = registering::Released {
                        slot: self.view.slot,
                        port: self.view.port.clone(),
                        id: unit.id.clone(),
                        model: unit.model.clone(),
                        seconds,
                    };
                    registering::carry_on(Rc::clone(&self.context), job, keeper, effects, released);
                    self.finished = true;
                    return;
                }
                Effect::Ended(ending) => {
                    if ending.fault == Some(Fault::Cancelled) {
                        self.keep_reading(&job).await;
                    }
                    self.end(&ending, keeper.recorded());
                    return;
                }
                other => match keeper.carry_out(other, job.state()).await {
                    Kept::Nothing => None,
                    Kept::Input(input) => Some(input),
                    Kept::Failed(fault) => {
                        // The rest of this batch must not happen: its intent is not on the disk.
                        effects.clear();
                        Some(not_kept(&fault))
                    }
                },
            };
            if let Some(input) = input {
                effects.extend(job.handle(input, self.context.now()));
            }
        }
    }

    /// What was read before a person stopped the job, where the unit is known.
    async fn keep_reading(&self, job: &Job) {
        let context = &self.context;
        let Some(read) = job.as_read(context.now()) else {
            return;
        };
        let kept = context.inventory.note_reading(read, context.actor());
        if let Err(error) = kept.await {
            tracing::warn!(%error, "what was read could not be kept");
        }
    }

    /// What people pressed while the job worked.
    fn hear_wishes(&mut self, job: &mut Job, effects: &mut VecDeque<Effect>) {
        while let Ok(input) = self.inbox.try_recv() {
            self.overhear(input);
        }
        if self.context.quitting.get() {
            self.stop_wanted = true;
        }
        if std::mem::take(&mut self.stop_wanted) {
            let by = self.context.bench.clone();
            effects.extend(job.handle(Input::StopRequested { by }, self.context.now()));
        }
    }

    async fn talk_with_unit(&mut self, operation: Operation) -> OperationOutcome {
        let Some(here) = &mut self.here else {
            return OperationOutcome::ConnectionLost;
        };
        here.wrote |= matches!(operation, Operation::Write(_));
        let wrote = here.wrote;
        let mut answer = std::pin::pin!(here.session.run(operation));
        let outcome = loop {
            tokio::select! {
                outcome = &mut answer => break outcome,
                Some(input) = self.inbox.recv() => self.overhear(input),
            }
        };
        match &outcome {
            OperationOutcome::ConnectionLost => self.here = None,
            // Some units fall silent after a write until their port is opened anew.
            OperationOutcome::Failed(Fault::NoAnswer { .. }) if wrote && self.open_anew().await => {
                return OperationOutcome::OpenedAnew;
            }
            _ => {}
        }
        outcome
    }

    /// What reaches the lane while its unit is at work: shown at once, obeyed at the next safe point.
    pub(super) fn overhear(&mut self, input: LaneInput) {
        match input {
            LaneInput::Stop => self.stop_wanted = true,
            LaneInput::Talk(connection, news) => self.talk(connection, news),
            LaneInput::Typing(wish) => self.refuse_typing(&wish),
            LaneInput::Written { written, of, .. } => self.written(written, of),
            LaneInput::Ticked(on) => self.ticked(on),
            LaneInput::UnitHere(here) => self.arrived = Some(here),
            _ => {}
        }
    }

    /// Shows what is guarded and waits for a person's word, where there is a person.
    async fn ask_approval(&mut self, plan: &Plan) -> Input {
        let guarded: Vec<String> = plan
            .changes
            .iter()
            .filter(|change| change.guarded)
            .map(|change| change.label.clone())
            .collect();
        if self.context.approval != Approval::Ask {
            return Input::StopRequested {
                by: "nobody could be asked".into(),
            };
        }
        self.view.question = Some(Question::Approve { guarded });
        self.set_state(LaneState::NeedsYou);
        let asked = Instant::now();
        let answer = loop {
            match self.inbox.recv().await {
                Some(LaneInput::Decide(decision @ (Decision::Approve | Decision::Refuse))) => {
                    break Input::Decided {
                        by: self.context.bench.clone(),
                        decision,
                    };
                }
                Some(LaneInput::Stop) | None => {
                    break Input::StopRequested {
                        by: self.context.bench.clone(),
                    };
                }
                Some(LaneInput::Lost(connection))
                    if self
                        .here
                        .as_ref()
                        .is_some_and(|here| here.connection == connection) =>
                {
                    self.here = None;
                    break Input::Operation(OperationOutcome::ConnectionLost);
                }
                Some(LaneInput::Talk(connection, news)) => self.talk(connection, news),
                Some(LaneInput::Typing(wish)) => self.refuse_typing(&wish),
                Some(_) => {}
            }
        };
        self.view.question = None;
        // Whoever is asked may be at lunch: that is not the unit's time.
        self.begun = self
            .begun
            .and_then(|begun| begun.checked_add(asked.elapsed()));
        answer
    }
}

impl Context {
    /// What will be registered for a unit. Without an account it is owed all the same; the account is filled in when there is one.
    fn intent(&self, identity: &Identity) -> RegistrationIntent {
        let intent = RegistrationIntent {
            client_reference: RegistrationIntent::client_reference(
                "",
                "",
                &identity.id,
                identity.iccid.as_ref(),
                0,
            ),
            account: String::new(),
            unit: identity.id.clone(),
            iccid: identity.iccid.clone(),
            unit_name: format!("{} {}", identity.model, identity.id.last_four()),
            serial_number: identity.serial_number.clone(),
            plan_code: String::new(),
            service_zip: String::new(),
            generation: 0,
        };
        match &self.account {
            Some(account) => self.complete(intent, account),
            None => intent,
        }
    }
}

impl UnitHere {
    /// Whether this is the unit that a lane waits for.
    pub(super) fn is(&self, expected: Option<&fleet::UnitId>) -> bool {
        expected == Some(&self.identity.id)
    }
}
