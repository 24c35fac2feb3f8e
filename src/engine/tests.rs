//! The engine with simulated units on pseudo-terminals: what a person gives for one unit stays with that unit.

use super::{
    Approval, Command, Engine, EngineOptions, Event, LaneState, Lanes, Question, Slot, State,
};
use crate::demo::{Folder, RunningUnit, Socket};
use crate::inventory::{Inventory, Options};
use crate::link::{PortSource, Ports};
use crate::secrets::UnitSecrets;
use fleet::profile::ProfileRegistry;
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions};
use fleet::{Moment, Secret};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// Longest wait for anything a test expects to see.
const LONGEST: Duration = Duration::from_secs(60);

fn plug(socket: &Socket, name: &str, number: u32, keyword: &str) -> RunningUnit {
    let registry = ProfileRegistry::shipped();
    let profile = Arc::clone(registry.get("teltonika-fmb").unwrap());
    let options = SimulatedUnitOptions {
        model: Some("fmb920".into()),
        seed: 3,
        number,
        faults: Vec::new(),
        password: Some(Secret::new(keyword)),
    };
    let unit = SimulatedUnit::new(profile, options, Moment(0)).unwrap();
    RunningUnit::start(unit, socket, name, Instant::now()).unwrap()
}

fn watch(events: &Receiver<Event>, state: &mut State, what: &str, seen: impl Fn(&State) -> bool) {
    let begun = Instant::now();
    while !seen(state) {
        let left = LONGEST.checked_sub(begun.elapsed());
        let event = left.and_then(|left| events.recv_timeout(left).ok());
        state.apply(event.unwrap_or_else(|| panic!("never seen: {what}: {:#?}", state.lanes)));
    }
}

fn is_locked(state: &State, slot: Slot) -> bool {
    state.lanes.get(&slot).is_some_and(|lane| {
        lane.state == LaneState::NeedsYou
            && matches!(lane.question, Some(Question::Password { .. }))
    })
}

#[test]
fn a_keyword_typed_for_one_unit_is_never_said_to_another() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let socket = Socket::Folder(ports.path().to_owned());
    let (inventory, _) = Inventory::open(bench.path(), &Options::default()).unwrap();
    let options = EngineOptions {
        inventory,
        registry: ProfileRegistry::shipped(),
        ports: Ports::new(vec![PortSource::Folder(ports.path().to_owned())]),
        lanes: Lanes::All,
        account: None,
        fleet_db: None,
        bench: "Bench".into(),
        office: String::new(),
        unit_secrets: UnitSecrets::default(),
        labels: std::collections::BTreeMap::new(),
        approval: Approval::Ask,
        follow_for: None,
        line_mode: false,
        pushes: crate::engine::PushScope::Nothing,
        message_wait: std::time::Duration::from_secs(600),
        job: None,
    };
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();

    let _first = plug(&socket, "first", 1, "same-keyword");
    watch(&events, &mut state, "the first unit is locked", |state| {
        is_locked(state, Slot(1))
    });
    engine.send(Command::GivePassword(Slot(1), Secret::new("same-keyword")));
    watch(&events, &mut state, "the first unit opens", |state| {
        state
            .lanes
            .get(&Slot(1))
            .is_some_and(|lane| lane.state == LaneState::Ready)
    });

    // The second one would open to the same keyword: that it stays locked shows that nobody said it.
    let _second = plug(&socket, "second", 2, "same-keyword");
    watch(
        &events,
        &mut state,
        "the second unit asks for its own",
        |state| is_locked(state, Slot(2)),
    );
    engine.quit();
    engine.join();
}
