//! The talk of a lane: read-only until it is switched, refused to a unit at work, without secrets, and afterwards nothing counts as proved.

use super::{Folder, Socket, options, plug, watch};
use crate::engine::{
    Approval, Command, Engine, Event, GivenJob, Lane, LaneState, Slot, State, TalkWish,
};
use fleet::profile::ProfileRegistry;
use fleet::transcript::EntryKind;
use fleet::unit::{UnitEventKind, UnitState};
use fleet::{Secret, Template};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

const SLOT: Slot = Slot(1);

fn lane(state: &State) -> &Lane {
    state.lanes.get(&SLOT).unwrap()
}

fn is(state: &State, wanted: &LaneState) -> bool {
    state
        .lanes
        .get(&SLOT)
        .is_some_and(|lane| lane.state == *wanted)
}

fn said(state: &State, kind: EntryKind, words: &str) -> bool {
    let lane = state.lanes.get(&SLOT);
    lane.is_some_and(|lane| {
        let mut lines = lane.talk.lines();
        lines.any(|line| line.kind == kind && line.text.contains(words))
    })
}

fn warned(state: &State, words: &str) -> bool {
    let mut toasts = state.toasts.iter();
    toasts.any(|toast| toast.warning && toast.text.contains(words))
}

/// Applies what comes for a while.
fn wait(events: &Receiver<Event>, state: &mut State, wait: Duration) {
    let until = Instant::now() + wait;
    while let Some(left) = until.checked_duration_since(Instant::now())
        && let Ok(event) = events.recv_timeout(left)
    {
        state.apply(event);
    }
}

fn type_line(engine: &Engine, text: &str) {
    engine.send(Command::Talk(SLOT, TalkWish::Say(Secret::new(text))));
}

#[test]
fn a_unit_is_typed_to_after_the_switch_only_and_is_not_proved_afterwards() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let socket = Socket::Folder(ports.path().to_owned());
    let template = "name = \"Vans\"\nversion = 1\n[settings]\n\"apn.name\" = \"iot.example\"\n";
    let options = crate::engine::EngineOptions {
        approval: Approval::Given("Ann".into()),
        line_mode: true,
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
    let first = plug(&socket, "port", 1, "");

    // At work: what is said is seen while it is said, and nobody types.
    watch(&events, &mut state, "it is read", |state| {
        is(state, &LaneState::Reading) && said(state, EntryKind::Sent, ":cfg_getcfg")
    });
    engine.send(Command::Talk(SLOT, TalkWish::Typing(true)));
    watch(&events, &mut state, "typing is refused", |state| {
        warned(state, "is at work")
    });
    watch(&events, &mut state, "it is done", |state| {
        is(state, &LaneState::Done)
    });
    assert!(!lane(&state).talk.typing);

    // Read-only: a line goes nowhere.
    type_line(&engine, ".imei?");
    watch(&events, &mut state, "nothing is sent", |state| {
        warned(state, "switched off")
    });
    assert!(is(&state, &LaneState::Done));

    engine.send(Command::Talk(SLOT, TalkWish::Typing(true)));
    watch(&events, &mut state, "typing is on", |state| {
        lane(state).talk.typing
    });
    assert!(
        is(&state, &LaneState::Done),
        "the switch alone changes nothing"
    );
    type_line(&engine, ".imei");
    watch(&events, &mut state, "the unit answers", |state| {
        said(state, EntryKind::Sent, ".imei") && said(state, EntryKind::Unsolicited, "IMEI:")
    });
    type_line(&engine, ":cfg_setparam:2001:typed.example;2003:hunter22");
    watch(&events, &mut state, "it is kept as dots", |state| {
        said(state, EntryKind::Sent, "2003:••••••")
            && said(state, EntryKind::Unsolicited, "<SETPARAM_RESULT>")
    });
    assert!(!format!("{:?}", lane(&state)).contains("hunter22"));
    // Green means proved: it is no longer.
    let unit = lane(&state).unit.clone().unwrap();
    assert!(is(&state, &LaneState::Ready), "{:?}", lane(&state).state);
    assert!(unit.warnings.iter().any(|words| words.contains("by hand")));
    let timeline = inventory.timeline(unit.id.clone(), 10).wait().unwrap();
    let typed = timeline
        .iter()
        .find(|each| each.title == "Typed to by hand");
    assert_eq!(typed.unwrap().kind, UnitEventKind::Changed);
    assert!(!format!("{timeline:?}").contains("hunter22"));
    let row = inventory.unit(unit.id.clone()).wait().unwrap().unwrap();
    assert_eq!(row.state, UnitState::NotVerified);

    // While somebody types nothing else is done with it; afterwards it is recognised anew and waits for a person, line mode or not.
    engine.send(Command::Start(SLOT));
    watch(&events, &mut state, "it does not start", |state| {
        warned(state, "switch it off")
    });
    engine.send(Command::Talk(SLOT, TalkWish::Typing(false)));
    watch(&events, &mut state, "it is looked at anew", |state| {
        is(state, &LaneState::Looking)
    });
    watch(&events, &mut state, "it is ready", |state| {
        is(state, &LaneState::Ready)
    });
    wait(&events, &mut state, Duration::from_millis(700));
    assert!(is(&state, &LaneState::Ready), "{:?}", lane(&state).state);
    assert!(!lane(&state).talk.typing);

    // The next unit in the same place is started by line mode as the first one was.
    drop(first);
    watch(&events, &mut state, "it is pulled", |state| {
        is(state, &LaneState::Empty)
    });
    let _second = plug(&socket, "port", 2, "");
    watch(&events, &mut state, "the next one is done", |state| {
        is(state, &LaneState::Done)
    });
    assert_ne!(lane(&state).unit.as_ref().unwrap().id, unit.id);
    engine.quit();
    engine.join();
}
