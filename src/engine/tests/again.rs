//! 'Try once more' where nobody known answered, and what a unit that is set aside there still asks.

use super::{Folder, RunningUnit, Socket, is_locked, options, plug, watch};
use crate::engine::{Command, Engine, LaneState, Question, Slot, State};
use fleet::journal::Decision;
use fleet::profile::ProfileRegistry;
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorFault};
use fleet::{Moment, Secret};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn is(state: &State, wanted: &LaneState) -> bool {
    let lane = state.lanes.get(&Slot(1));
    lane.is_some_and(|lane| lane.state == *wanted)
}

#[test]
fn a_port_on_which_nobody_answered_is_looked_at_once_more_when_a_person_asks() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let socket = Socket::Folder(ports.path().to_owned());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
    let profile = options.registry.get("teltonika-fmb").unwrap();
    let silent = SimulatedUnitOptions {
        model: Some("fmb920".into()),
        faults: vec![SimulatorFault::Silent],
        ..SimulatedUnitOptions::default()
    };
    let silent = SimulatedUnit::new(Arc::clone(profile), silent, Moment(0)).unwrap();
    let unit = RunningUnit::start(silent, &socket, "first", Instant::now()).unwrap();
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let answers_nobody = |state: &State| {
        let lane = state.lanes.get(&Slot(1));
        lane.is_some_and(|lane| lane.advice.is_some() && lane.unit.is_none())
    };
    watch(&events, &mut state, "nobody answers", answers_nobody);
    let told = state.lanes[&Slot(1)].state.clone();
    for _ in 0..2 {
        engine.send(Command::Start(Slot(1)));
        watch(&events, &mut state, "it is looked at again", |state| {
            is(state, &LaneState::Looking)
        });
        watch(&events, &mut state, "nobody answers again", |state| {
            is(state, &told)
        });
    }
    engine.send(Command::Decide(Slot(1), Decision::SetAside));
    watch(&events, &mut state, "it is set aside", |state| {
        is(state, &LaneState::Stopped)
    });
    assert!(answers_nobody(&state), "it still says why");
    drop(unit);
    std::thread::sleep(Duration::from_secs(2));
    engine.send(Command::Start(Slot(1)));
    watch(&events, &mut state, "nothing is there", |state| {
        let mut said = state.toasts.iter().map(|toast| toast.text.as_str());
        said.any(|text| text.contains("plugged in"))
    });
    engine.quit();
    engine.join();
}

#[test]
fn a_locked_unit_that_is_set_aside_still_asks_for_its_password_and_no_try_is_used_up() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let socket = Socket::Folder(ports.path().to_owned());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let _unit = plug(&socket, "first", 1, "same-keyword");
    watch(&events, &mut state, "it is locked", |state| {
        is_locked(state, Slot(1))
    });
    engine.send(Command::Decide(Slot(1), Decision::SetAside));
    watch(&events, &mut state, "it is set aside", |state| {
        is(state, &LaneState::Stopped)
    });
    let asks = |state: &State| state.lanes[&Slot(1)].question.clone();
    assert!(matches!(asks(&state), Some(Question::Password { .. })));
    // What is asked is not answered by looking again: that would say a wrong password to it, if one were known.
    engine.send(Command::Start(Slot(1)));
    engine.send(Command::GivePassword(Slot(1), Secret::new("same-keyword")));
    watch(&events, &mut state, "it opens", |state| {
        is(state, &LaneState::Ready)
    });
    engine.quit();
    engine.join();
}
