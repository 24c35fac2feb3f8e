//! A run that works on one push until nothing more can be done for it now.

use super::{list, short};
use crate::cli::args::{Global, PushRunArgs};
use crate::cli::bench;
use crate::cli::exit::ExitStatus;
use crate::cli::output::Output;
use crate::cli::units::unreadable;
use crate::engine::{
    Approval, Engine, EngineOptions, Event, Lane, LaneState, Lanes, PushMoved, PushScope, PushWish,
    Slot, TemplateSecrets, keep_push_wish,
};
use crate::inventory::Inventory;
use crate::start::{Machine, StartError};
use fleet::push::{Push, PushId, PushState, Standing};
use fleet::wording::counted;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// How often it is looked whether anything is still under way.
const LOOK: Duration = Duration::from_millis(200);

/// Does what a person wants of a push, without working on it. A push that runs already goes on as it is.
pub(super) fn wish(
    inventory: &Inventory,
    id: PushId,
    wish: PushWish,
    by: &str,
) -> Result<(), StartError> {
    let done = keep_push_wish(inventory, id, wish, by).map_err(|why| {
        StartError::failed(
            format!("{why}."),
            "Nothing was changed.",
            "'fleetdesk push show ID' tells how it stands.",
            "P-455",
        )
    })?;
    let running = || {
        let state = list::push(inventory, id).map(|push| push.progress().state.clone());
        state.is_ok_and(|state| state == PushState::Running)
    };
    if done || (wish == PushWish::GoOn && running()) {
        return Ok(());
    }
    Err(not_now(wish))
}

/// The push does not stand so that this can be done.
pub(super) fn not_now(wish: PushWish) -> StartError {
    let (what, cure) = match wish {
        PushWish::Pause => (
            "It does not run, so it cannot be paused.",
            "Nothing needs to be done.",
        ),
        PushWish::GoOn => (
            "It has ended, so it cannot go on.",
            "'push retry ID' tries its failed units again.",
        ),
        PushWish::Cancel => ("It has ended already.", "Nothing needs to be done."),
        PushWish::RetryFailed => (
            "It has no failed units that could be tried again now.",
            "Pause it first if it runs; 'push show ID' tells how each unit stands.",
        ),
    };
    StartError::failed(what, "Nothing was changed.", cure, "P-456")
}

/// Works on a push with every port that was given, until it ends, stops, or nothing could be done for a while.
pub(super) fn work(
    global: &Global,
    machine: Machine,
    inventory: Inventory,
    id: PushId,
    template_secrets: Arc<TemplateSecrets>,
    args: &PushRunArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let account = machine.account(global)?;
    let fleet_db = machine.fleet_db_if_any(global)?;
    let unit_secrets = bench::unit_secrets(&args.talk)?;
    let labels = bench::labels(&args.talk)?;
    if account.as_ref().is_some_and(|account| account.sandbox) {
        output.say("Sandbox: a pretend carrier. Nothing here is billed.");
    }
    output.say(&format!(
        "Push {} is kept: if this is cut off, 'fleetdesk push resume {}' goes on.",
        short(id),
        short(id)
    ));
    let options = EngineOptions {
        inventory: inventory.clone(),
        registry: machine.registry,
        ports: ports(args),
        lanes: Lanes::All,
        account,
        fleet_db,
        bench: machine.preferences.bench,
        office: machine.preferences.office,
        unit_secrets,
        template_secrets,
        labels,
        approval: Approval::Nobody,
        follow_for: Some(Duration::ZERO),
        line_mode: false,
        pushes: PushScope::Only(id),
        message_wait: Duration::from_secs(args.answer_wait),
        support: None,
        job: None,
    };
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    crate::cli::stopping::at_ctrl_c(engine.stopper(), output);
    // Talks that were cut off are led on: they are in hand before their first step is told.
    let known = list::push(&inventory, id)?;
    let mut under_way = UnderWay::new(Duration::from_secs(args.wait), known.in_hand().len());
    loop {
        match events.recv_timeout(LOOK) {
            Ok(Event::PushMoved(step)) if step.id == id => under_way.moved(&step, output),
            Ok(Event::LaneChanged(lane)) => under_way.lane(&lane),
            Ok(Event::LaneRemoved(slot)) => {
                under_way.lanes.remove(&slot);
            }
            Ok(Event::Toast(toast)) if toast.warning => output.problem(&toast.text),
            Ok(Event::WaitedFor(words)) => output.problem(&words),
            Ok(Event::Ended) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
        }
        if under_way.is_over() {
            break;
        }
    }
    engine.quit();
    while let Ok(event) = events.recv() {
        match event {
            Event::PushMoved(step) => under_way.moved(&step, output),
            Event::WaitedFor(words) => output.problem(&words),
            _ => {}
        }
    }
    engine.join();
    let push = inventory
        .push(id)
        .wait()
        .map_err(unreadable)?
        .ok_or_else(|| {
            StartError::failed(
                "The push is not in the inventory any more.",
                "What was done to units stands in their histories.",
                "Look at the units with 'fleetdesk units'.",
                "P-453",
            )
        })?;
    list::tell_end(&push, output);
    let waiting = push.counts().waiting;
    if !output.is_json() && waiting > 0 {
        output.line(&format!(
            "{}; 'fleetdesk push resume {}' goes on with {}.",
            counted(waiting as u64, "unit waits", "units wait"),
            short(id),
            if waiting == 1 { "it" } else { "them" }
        ));
    }
    Ok(status(&push))
}

/// How a command ends that has a push go on.
pub(super) fn status(push: &Push) -> ExitStatus {
    let counts = push.counts();
    let mut status = ExitStatus::Done;
    if counts.failed > 0 || matches!(push.progress().state, PushState::Stopped { .. }) {
        status = status.and(ExitStatus::Failed);
    }
    if counts.cannot > 0 {
        status = status.and(ExitStatus::NeedsPerson);
    }
    if counts.waiting + counts.sent + counts.taken > 0 {
        status = status.and(ExitStatus::Owed);
    }
    status
}

fn ports(args: &PushRunArgs) -> crate::link::Ports {
    if args.port.is_empty() && args.talk.port_dir.is_empty() {
        return bench::ports(&[], &args.talk);
    }
    // Named ports and folders only: other units of this computer are not part of this run.
    bench::only_ports(&args.port, &args.talk)
}

struct UnderWay {
    wait: Duration,
    last: Instant,
    in_hand: usize,
    lanes: BTreeMap<Slot, LaneState>,
    over: bool,
}

impl UnderWay {
    fn new(wait: Duration, in_hand: usize) -> Self {
        Self {
            wait,
            last: Instant::now(),
            in_hand,
            lanes: BTreeMap::new(),
            over: false,
        }
    }

    fn moved(&mut self, step: &PushMoved, output: Output) {
        self.last = Instant::now();
        self.in_hand = step.in_hand;
        self.over = step.progress.state != PushState::Running;
        for unit in &step.units {
            if unit.standing != Standing::Waiting || unit.attempts > 0 {
                list::tell_unit(unit, output);
            }
        }
        if let Some(line) = &step.log {
            output.say(&format!("{}  ({})", line.what, line.by));
        }
    }

    fn lane(&mut self, lane: &Lane) {
        // What a unit says by itself moves nothing.
        let before = self.lanes.insert(lane.slot, lane.state.clone());
        if before.as_ref() != Some(&lane.state) {
            self.last = Instant::now();
        }
    }

    fn is_looking(&self) -> bool {
        self.lanes
            .values()
            .any(|state| *state == LaneState::Looking)
    }

    fn is_over(&self) -> bool {
        if self.in_hand > 0 {
            return false;
        }
        self.over || (!self.is_looking() && self.last.elapsed() >= self.wait)
    }
}
