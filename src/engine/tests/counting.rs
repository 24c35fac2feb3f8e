//! 'Done today' and the count of the job: one unit is one unit, and its time is that of its last work, without waiting before.

use super::{Folder, Socket, options, plug, watch};
use crate::engine::{
    Approval, Command, Engine, EngineOptions, GivenJob, LaneState, Slot, State, day_began,
    done_since,
};
use fleet::Template;
use fleet::journal::Verdict;
use fleet::profile::ProfileRegistry;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So long the unit stands on the bench before anybody starts it.
const WAITS: Duration = Duration::from_secs(8);

#[test]
fn a_unit_that_is_worked_on_twice_counts_once_and_its_time_is_without_the_waiting_before() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let socket = Socket::Folder(ports.path().to_owned());
    let template = "name = \"Vans\"\nversion = 1\n[settings]\n\"apn.name\" = \"iot.example\"\n";
    let options = EngineOptions {
        approval: Approval::Given("Ann".into()),
        job: Some(GivenJob {
            template: Arc::new(Template::from_toml(template).unwrap()),
            register: false,
            new_code: false,
        }),
        ..options(&ports, bench.path(), ProfileRegistry::shipped())
    };
    let inventory = options.inventory.clone();
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let is = |state: &State, wanted: &LaneState| {
        let lane = state.lanes.get(&Slot(1));
        lane.is_some_and(|lane| lane.state == *wanted)
    };
    let begun = Instant::now();
    let _unit = plug(&socket, "first", 1, "");
    watch(&events, &mut state, "it is ready", |state| {
        is(state, &LaneState::Ready)
    });
    std::thread::sleep(WAITS);
    engine.send(Command::Start(Slot(1)));
    watch(&events, &mut state, "it is done", |state| {
        is(state, &LaneState::Done) && !state.done_today.is_empty()
    });
    let all = (begun.elapsed() - WAITS).as_secs_f64();
    let told = state.done_today[0].seconds;
    assert!(told <= all + 0.1, "{told} s of {all} s at work");
    std::thread::sleep(WAITS);
    engine.send(Command::Start(Slot(1)));
    watch(&events, &mut state, "it is right already", |state| {
        is(state, &LaneState::AlreadySet) && state.done_today[0].verdict == Verdict::AlreadySet
    });
    assert!(state.done_today[0].seconds < WAITS.as_secs_f64());
    assert_eq!(state.done_today.len(), 1, "{:?}", state.done_today);
    assert_eq!(state.job.as_ref().map(|job| job.done), Some(1));
    let since = day_began(Timestamp::now(), &TimeZone::UTC);
    let since = since - jiff::SignedDuration::from_hours(24);
    let runtime = super::asked::within(done_since(&inventory, since)).unwrap();
    assert_eq!(runtime.len(), 1, "{runtime:?}");
    assert_eq!(runtime[0].verdict, Verdict::AlreadySet);
    engine.quit();
    engine.join();
}
