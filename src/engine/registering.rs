//! Registrations after the unit has left the bench, in the background: those of this run and those that earlier runs left open.

use super::context::Context;
use super::event::UnitEnded;
use super::following::Followed;
use super::interrupted::OpenJob;
use super::keeping::{Keeper, Kept, not_kept};
use super::lane::LaneInput;
use super::lists;
use super::run::Report;
use super::state::Slot;
use fleet::UnitId;
use fleet::fault::advice;
use fleet::job::{CodesGiven, Effect, Ending, Input, Job, JobSetup, Progress};
use fleet::journal::{Decision, JobId};
use fleet::registration::RegistrationState;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long a carrier may need until a look-up shows what it accepted, where no account says so.
pub(super) const SETTLE_MS: u64 = 30 * 60 * 1_000;
/// A request to the carrier ends within its own limit; cutting it would leave a doubt behind.
pub(super) const LONGEST_CARRIER_ANSWER: Duration = Duration::from_secs(70);

/// Where a unit came from that has left the bench.
pub(super) struct Released {
    pub slot: Slot,
    pub port: String,
    pub id: UnitId,
    pub model: String,
    /// So long its work on the bench took.
    pub seconds: f64,
}

/// Goes on with a job whose unit may be pulled.
pub(super) fn carry_on(
    context: Rc<Context>,
    job: Job,
    keeper: Keeper,
    effects: VecDeque<Effect>,
    released: Released,
) {
    context.registering.borrow_mut().insert(keeper.job());
    tokio::task::spawn_local(async move {
        let id = keeper.job();
        let (ending, recorded) = drive(&context, job, keeper, effects, &|progress| {
            tell_lane(&context, &released, progress)
        })
        .await;
        context.registering.borrow_mut().remove(&id);
        tell_lane_standing(&context, &released, &ending);
        lists::unit_ended(
            &context,
            UnitEnded {
                slot: released.slot,
                port: released.port.clone(),
                id: Some(released.id.clone()),
                model: Some(released.model.clone()),
                advice: ending.fault.as_ref().map(|fault| {
                    advice(
                        fault,
                        ending.condition,
                        &context.place(released.slot, &released.port),
                    )
                }),
                ending,
                recorded,
                seconds: released.seconds,
            },
        );
        let _ = context.reports.send(Report::ListsChanged);
    });
}

/// Takes up what earlier runs left between program and carrier, each in a task of its own.
pub(super) async fn take_up_open(context: &Rc<Context>) -> Vec<JoinHandle<Followed>> {
    if context.account.is_none() {
        return Vec::new();
    }
    let open = context.open_jobs().await.unwrap_or_default();
    open.into_iter()
        .filter(|open| open.past_proof() || open.waits_for_another_bench())
        .filter_map(|open| take_up(context, open, Input::StartWithoutUnit))
        .collect()
}

/// What a person decided about a registration whose unit is gone.
pub(super) async fn decide(context: &Rc<Context>, id: &UnitId, decision: Decision) {
    match context.open_job_of(id).await {
        Ok(Some(open)) => {
            let decided = Input::Decided {
                by: context.bench.clone(),
                decision,
            };
            drop(take_up(context, open, decided));
        }
        Ok(None) => context.toast(
            format!("Nothing is open for unit ...{} any more", id.last_four()),
            false,
        ),
        Err(fault) => context.toast(fault.three_words(), true),
    }
}

fn take_up(context: &Rc<Context>, open: OpenJob, first: Input) -> Option<JoinHandle<Followed>> {
    let account = context.account.clone()?;
    if !context.registering.borrow_mut().insert(open.job) {
        return None;
    }
    let profile = context.registry.get(&open.profile)?.clone();
    // What was owed without an account gets the account that is now there; what was asked keeps its reference.
    let registration = open
        .registration
        .clone()
        .map(|intent| context.complete(intent, &account));
    let setup = JobSetup {
        job: open.job,
        profile,
        template: None,
        approved_by: None,
        profile_confirmed_by: None,
        registration,
        carrier_at_hand: true,
        settle_ms: context.settle_ms(),
        // Nothing is written without the unit.
        codes: CodesGiven::default(),
    };
    let job = Job::recover_timed(setup, &open.events);
    let context = Rc::clone(context);
    // In the window nobody waits for these: what people ask for goes first, and the day's last calls are theirs.
    let nobody_waits = context.follow_for.is_none() && matches!(first, Input::StartWithoutUnit);
    let work = follow(context, job, open.job, open.unit, first);
    Some(tokio::task::spawn_local(async move {
        if nobody_waits {
            carrier::yielding(work).await
        } else {
            work.await
        }
    }))
}

async fn follow(
    context: Rc<Context>,
    mut job: Job,
    number: JobId,
    id: UnitId,
    first: Input,
) -> Followed {
    let effects = job.handle(first, context.now()).into();
    let keeper = Keeper::resumed(Rc::clone(&context), number);
    let (ending, _) = drive(&context, job, keeper, effects, &|_| {}).await;
    context.registering.borrow_mut().remove(&number);
    tracing::info!(unit = %id, registration = ?ending.registration, "an open registration was followed");
    let _ = context.reports.send(Report::ListsChanged);
    Followed {
        id,
        registration: ending.registration,
        fault: ending.fault,
    }
}

/// Carries out effects until the job ends or this run no longer follows it; then the journal holds the rest.
async fn drive(
    context: &Rc<Context>,
    mut job: Job,
    mut keeper: Keeper,
    mut effects: VecDeque<Effect>,
    show: &dyn Fn(&Progress),
) -> (Ending, bool) {
    keeper.follow_from_now();
    while let Some(effect) = effects.pop_front() {
        let input = match effect {
            Effect::Show(progress) => {
                show(&progress);
                None
            }
            Effect::Ended(ending) => return (ending, keeper.recorded()),
            other => match keeper.carry_out(other, job.state()).await {
                Kept::Nothing => None,
                Kept::Input(input) => Some(input),
                Kept::Failed(fault) => {
                    effects.clear();
                    Some(not_kept(&fault))
                }
            },
        };
        if let Some(input) = input {
            effects.extend(job.handle(input, context.now()));
        }
    }
    (job.standing(), keeper.recorded())
}

fn tell_lane(context: &Context, released: &Released, progress: &Progress) {
    let (registration, note) = match progress {
        Progress::Registering => (RegistrationState::Owed, "Asking the carrier"),
        Progress::Activating => (RegistrationState::Pending, "Accepted, activation runs"),
        Progress::Owed => (RegistrationState::Owed, "Owed: done later by itself"),
        _ => return,
    };
    let input = LaneInput::Registered {
        id: released.id.clone(),
        registration,
        note: note.into(),
        fault: None,
        last: false,
    };
    let _ = context.reports.send(Report::ToLane(released.slot, input));
}

fn tell_lane_standing(context: &Context, released: &Released, ending: &Ending) {
    let note = match ending.registration {
        RegistrationState::Active => "Registered and in service",
        RegistrationState::Pending => "Accepted, activation runs",
        RegistrationState::Owed => "Owed: done later by itself",
        RegistrationState::Skipped => "Not wanted in this job",
        RegistrationState::Refused => "Refused by the carrier",
        RegistrationState::Suspended => "Suspended at the carrier",
        RegistrationState::Ended => "Its subscription has ended",
    };
    let input = LaneInput::Registered {
        id: released.id.clone(),
        registration: ending.registration,
        note: note.into(),
        fault: ending.fault.clone(),
        last: true,
    };
    let _ = context.reports.send(Report::ToLane(released.slot, input));
}
