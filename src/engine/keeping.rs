//! Carries out the part of a job's effects that needs no unit: journal, inventory, carrier, waiting.

use super::agreeing;
use super::context::Context;
use crate::inventory::{InventoryError, OpenJob, OpenJobError};
use carrier::CallFailure;
use fleet::job::{Effect, Input, JobState};
use fleet::journal::{JobEvent, JobId};
use fleet::registration::{ProgrammingValues, ValuesOutcome};
use fleet::{Identity, Profile};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// What carrying out an effect gave.
pub(super) enum Kept {
    /// Nothing that the job waits for.
    Nothing,
    /// Something to tell the job.
    Input(Input),
    /// It could not be kept: nothing after it may happen.
    Failed(OpenJobError),
}

impl From<Result<(), InventoryError>> for Kept {
    fn from(written: Result<(), InventoryError>) -> Self {
        written.map_or_else(|error| Self::Failed(error.into()), |()| Self::Nothing)
    }
}

/// What the job is told where it could not be kept.
pub(super) fn not_kept(error: &OpenJobError) -> Input {
    match error {
        OpenJobError::JobOpen { .. } => Input::WorkedOnElsewhere,
        OpenJobError::Inventory(error) => Input::AppendFailed {
            detail: error.to_string(),
        },
    }
}

fn values(answer: Result<Option<ProgrammingValues>, CallFailure>) -> ValuesOutcome {
    match answer {
        Ok(Some(values)) => ValuesOutcome::Given(Box::new(values)),
        Ok(None) => ValuesOutcome::NotYet,
        Err(failure) => ValuesOutcome::Failed {
            retry_after_s: failure.retry_after_s(),
            why: failure.to_string(),
        },
    }
}

/// The journal's side of one job.
pub(super) struct Keeper {
    context: Rc<Context>,
    job: JobId,
    /// Facts for the job's row, until its first events are written.
    opening: Option<OpenJob>,
    recorded: bool,
    /// When this run stops following registrations.
    until: Option<Instant>,
}

impl Keeper {
    /// For a job at its birth: its row is made with its first events.
    pub fn new(context: Rc<Context>, job: JobId, identity: &Identity, profile: &Profile) -> Self {
        let opening = OpenJob {
            job,
            unit: identity.id.clone(),
            iccid: identity.iccid.clone(),
            hardware_serial: identity.serial_number.clone(),
            firmware: identity.firmware.clone(),
            profile_id: profile.id.clone(),
            profile_sha256: profile.sha256().to_owned(),
            state: JobState::New.as_str().to_owned(),
            events: Vec::new(),
            now: context.now(),
        };
        Self {
            context,
            job,
            opening: Some(opening),
            recorded: false,
            until: None,
        }
    }

    /// For a job taken up from its journal.
    pub fn resumed(context: Rc<Context>, job: JobId) -> Self {
        Self {
            context,
            job,
            opening: None,
            recorded: false,
            until: None,
        }
    }

    pub fn job(&self) -> JobId {
        self.job
    }

    /// Whether this run wrote the unit's row.
    pub fn recorded(&self) -> bool {
        self.recorded
    }

    /// Whether this run still follows the carrier at that time; counted from the first such question.
    pub fn follows_until(&mut self, at: Instant) -> bool {
        if self.until.is_none() {
            self.follow_from_now();
        }
        self.until.is_none_or(|until| at <= until)
    }

    /// From now on registrations are followed for as long as this run wants.
    pub fn follow_from_now(&mut self) {
        self.until = self.context.follow_for.map(|limit| Instant::now() + limit);
    }

    /// Carries out one effect; `state` is the word for the job's row.
    pub async fn carry_out(&mut self, effect: Effect, state: JobState) -> Kept {
        match effect {
            Effect::Append(events) => self.append(events, state).await,
            Effect::KeepBlob { sha256, bytes } => {
                self.context.inventory.put_blob(sha256, bytes).await.into()
            }
            Effect::Record(record) => {
                let written = self
                    .context
                    .inventory
                    .record(self.job, *record, state.as_str(), self.context.now())
                    .await;
                self.recorded |= written.is_ok();
                agreeing::soon(&self.context);
                written.map(|_| ()).into()
            }
            Effect::Claim => {
                Kept::Input(Input::Claim(agreeing::claim(&self.context, self.job).await))
            }
            Effect::WakeAfter { delay_ms } => self.sleep(delay_ms).await,
            Effect::Register(intent) => match &self.context.account {
                Some(account) => {
                    Kept::Input(Input::Registration(account.carrier.register(&intent).await))
                }
                None => Kept::Nothing,
            },
            Effect::LookUp(intent) => match &self.context.account {
                Some(account) => Kept::Input(Input::LookUp(account.carrier.look_up(&intent).await)),
                None => Kept::Nothing,
            },
            Effect::Follow { handle } => match &self.context.account {
                Some(account) => {
                    Kept::Input(Input::FollowUp(account.carrier.follow(&handle).await))
                }
                None => Kept::Nothing,
            },
            Effect::AskValues { remote_id } => match &self.context.account {
                Some(account) => {
                    let answer = account.carrier.programming_values(&remote_id).await;
                    Kept::Input(Input::Values(values(answer)))
                }
                None => Kept::Nothing,
            },
            // These need a unit, a screen or the loop; they are the caller's.
            Effect::Run(_)
            | Effect::AwaitUnit { .. }
            | Effect::AskApproval(_)
            | Effect::Show(_)
            | Effect::UnitReleased
            | Effect::Ended(_) => Kept::Nothing,
        }
    }

    async fn append(&mut self, events: Vec<JobEvent>, state: JobState) -> Kept {
        let now = self.context.now();
        match self.opening.take() {
            Some(opening) => {
                let request = OpenJob {
                    events,
                    now,
                    state: state.as_str().to_owned(),
                    ..opening
                };
                match self.context.inventory.open_job(request).await {
                    Ok(()) => Kept::Nothing,
                    Err(error) => Kept::Failed(error),
                }
            }
            None => self
                .context
                .inventory
                .append(self.job, events, state.as_str(), now)
                .await
                .map(|_| ())
                .into(),
        }
    }

    /// Waits, unless this run does not follow for so long: then the journal's state is what the next run takes up.
    async fn sleep(&self, delay_ms: u64) -> Kept {
        let wake_at = Instant::now() + Duration::from_millis(delay_ms);
        if self.until.is_some_and(|until| wake_at > until) {
            return Kept::Nothing;
        }
        // The engine may be told to end meanwhile; looking now and then is cheap and keeps the wait simple.
        while Instant::now() < wake_at {
            if self.context.quitting.get() || self.context.called_back.borrow().contains(&self.job)
            {
                return Kept::Nothing;
            }
            tokio::time::sleep_until(wake_at.min(Instant::now() + Duration::from_millis(200)))
                .await;
        }
        Kept::Input(Input::Wake)
    }
}
