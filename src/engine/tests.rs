//! The engine with simulated units on pseudo-terminals: what a person gives for one unit stays with that unit.

mod again;
pub(in crate::engine) mod asked;
mod cables;
mod counting;
mod dropping;
mod ending;
mod finding;
mod rig;
mod scanning;
mod talking;

use super::{
    Approval, Command, Engine, EngineOptions, Event, GivenJob, LaneState, Lanes, Question, Slot,
    State,
};
use crate::demo::{Folder, RunningUnit, Socket};
use crate::inventory::{Inventory, Options};
use crate::link::{PortSource, Ports};
use crate::secrets::UnitSecrets;
use fleet::profile::ProfileRegistry;
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions};
use fleet::{Moment, Secret, Template};
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
        password: (!keyword.is_empty()).then(|| Secret::new(keyword)),
    };
    let unit = SimulatedUnit::new(profile, options, Moment(0)).unwrap();
    RunningUnit::start(unit, socket, name, Instant::now()).unwrap()
}

fn watch(events: &Receiver<Event>, state: &mut State, what: &str, seen: impl Fn(&State) -> bool) {
    watch_for(LONGEST, events, state, what, seen);
}

fn watch_for(
    longest: Duration,
    events: &Receiver<Event>,
    state: &mut State,
    what: &str,
    seen: impl Fn(&State) -> bool,
) {
    let begun = Instant::now();
    while !seen(state) {
        let left = longest.checked_sub(begun.elapsed());
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

pub(in crate::engine) fn options(
    ports: &Folder,
    bench: &std::path::Path,
    registry: ProfileRegistry,
) -> EngineOptions {
    let (inventory, _) = Inventory::open(bench, &Options::default()).unwrap();
    EngineOptions {
        inventory,
        registry,
        ports: Ports::new(vec![PortSource::Folder(ports.path().to_owned())]),
        lanes: Lanes::All,
        account: None,
        fleet_db: None,
        bench: "Bench".into(),
        office: String::new(),
        unit_secrets: UnitSecrets::default(),
        template_secrets: Arc::default(),
        labels: std::collections::BTreeMap::new(),
        approval: Approval::Ask,
        follow_for: None,
        line_mode: false,
        pushes: crate::engine::PushScope::Nothing,
        message_wait: std::time::Duration::from_secs(600),
        support: None,
        job: None,
    }
}

#[test]
fn a_keyword_typed_for_one_unit_is_never_said_to_another() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let socket = Socket::Folder(ports.path().to_owned());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
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

/// A list, an export, labels and scans as a window asks for them, on a real inventory.
#[test]
fn a_window_brings_a_list_in_writes_one_out_keeps_labels_and_reads_scans() {
    use super::{
        ExportStage, ExportWish, LabelStage, LabelWish, ListStage, ListWish, SheetFor, UnitsMeant,
    };
    use fleet::label::SIZES;
    use fleet::sheet::Column;
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let (inventory, _) = Inventory::open(&bench.path().join("bench"), &Options::default()).unwrap();
    let options = EngineOptions {
        inventory: inventory.clone(),
        registry: ProfileRegistry::shipped(),
        ports: Ports::new(vec![PortSource::Folder(ports.path().to_owned())]),
        lanes: Lanes::All,
        account: None,
        fleet_db: None,
        bench: "Bench".into(),
        office: "North".into(),
        unit_secrets: UnitSecrets::default(),
        template_secrets: Arc::default(),
        labels: std::collections::BTreeMap::new(),
        approval: Approval::Ask,
        follow_for: None,
        line_mode: false,
        pushes: crate::engine::PushScope::Nothing,
        message_wait: Duration::from_secs(600),
        support: None,
        job: None,
    };
    let list = bench.path().join("units.csv");
    let text =
        "Nummer,Customer\n356938035643809,Acme\n356938035643808,Acme\n490154203237518,Beta\n";
    std::fs::write(&list, text).unwrap();
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let stage = |state: &State| state.incoming.as_ref().map(|list| list.stage.clone());

    engine.send(Command::List(ListWish::Open(list)));
    watch(&events, &mut state, "the column is not clear", |state| {
        matches!(stage(state), Some(ListStage::NotUsable(_)))
    });
    engine.send(Command::List(ListWish::Take(0, Column::Unit)));
    watch(
        &events,
        &mut state,
        "the list is looked through",
        |state| matches!(stage(state), Some(ListStage::Looked(report)) if (report.new, report.refused) == (2, 1)),
    );
    assert_eq!(
        inventory.counts().wait().unwrap().units,
        0,
        "nothing is entered by looking"
    );
    engine.send(Command::List(ListWish::Enter));
    watch(
        &events,
        &mut state,
        "the list is entered",
        |state| matches!(stage(state), Some(ListStage::Entered(report)) if report.new == 2 && report.rejects.is_some()),
    );
    engine.send(Command::List(ListWish::Enter));
    watch(
        &events,
        &mut state,
        "again it changes nothing",
        |state| matches!(stage(state), Some(ListStage::Entered(report)) if (report.new, report.changed, report.already_so) == (0, 0, 2)),
    );

    let out = bench.path().join("out.xlsx");
    let write = |units| {
        Command::Export(ExportWish::Write {
            units,
            path: out.clone(),
            readers: SheetFor::Excel,
        })
    };
    engine.send(write(UnitsMeant::Found("customer:acme".into())));
    watch(&events, &mut state, "the export is written", |state| {
        state
            .outgoing
            .as_ref()
            .is_some_and(|list| list.stage == ExportStage::Written(1))
    });
    let before = std::fs::read(&out).unwrap();
    engine.send(write(UnitsMeant::All));
    watch(
        &events,
        &mut state,
        "a file that is there is left",
        |state| {
            (state.outgoing.as_ref())
                .is_some_and(|list| matches!(list.stage, ExportStage::Failed(_)))
        },
    );
    assert_eq!(std::fs::read(&out).unwrap(), before);

    engine.send(Command::Label(LabelWish::Look(UnitsMeant::All)));
    watch(&events, &mut state, "labels can be looked at", |state| {
        state
            .labels
            .as_ref()
            .is_some_and(|labels| labels.count == 2 && labels.first.is_some())
    });
    let pdf = bench.path().join("labels.pdf");
    engine.send(Command::Label(LabelWish::Keep(SIZES[0], 0, pdf.clone())));
    watch(&events, &mut state, "labels are kept", |state| {
        (state.labels.as_ref()).is_some_and(|labels| labels.stage == LabelStage::Kept(pdf.clone()))
    });
    let id = state
        .labels
        .as_ref()
        .unwrap()
        .first
        .as_ref()
        .unwrap()
        .0
        .code
        .clone();
    let (id, _) = fleet::UnitId::from_unit_answer(&id).unwrap();
    let told = inventory.timeline(id.clone(), 5).wait().unwrap();
    assert_eq!(
        (told[0].title.as_str(), told[0].by.as_str()),
        ("Label", "North, Bench")
    );

    for text in [format!("IMEI:{id}"), "356938035643808".into()] {
        engine.send(Command::Scan { text, ticks: true });
    }
    watch(&events, &mut state, "both scans are answered", |state| {
        state.scans.len() == 2
    });
    let [wrong, right] = &state.scans[..] else {
        panic!("{:?}", state.scans)
    };
    assert_eq!(
        (right.number, right.good, right.unit.as_ref()),
        (1, true, Some(&id))
    );
    assert!(!wrong.good && wrong.word == "Cannot be read", "{wrong:?}");
    engine.send(Command::UndoScan(1));
    watch(&events, &mut state, "a scan is taken back", |state| {
        state.scans[1].undone
    });
    engine.quit();
    engine.join();
}

/// In the window a profile file of the bench is confirmed where it is needed: on the lane, by its name, after which the unit is set.
#[test]
fn a_profile_file_is_confirmed_on_the_lane_by_its_name() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let socket = Socket::Folder(ports.path().to_owned());
    let ours = include_str!("../../device_profiles/teltonika-fmb.toml")
        .replace("name = \"Teltonika FMB", "name = \"Our FMB");
    let registry = ProfileRegistry::shipped().with_overlay("ours.toml", &ours);
    let sha256 = registry.get("teltonika-fmb").unwrap().sha256().to_owned();
    let template = "name = \"Vans\"\nversion = 1\n[settings]\n\"apn.name\" = \"iot.example\"\n";
    let options = EngineOptions {
        approval: Approval::Given("Ann".into()),
        line_mode: true,
        job: Some(GivenJob {
            template: Arc::new(Template::from_toml(template).unwrap()),
            register: false,
            new_code: false,
        }),
        ..options(&ports, bench.path(), registry)
    };
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let unit = plug(&socket, "first", 1, "");
    let before = unit.look(|unit| unit.flash().clone());
    let asks = |state: &State| {
        let lane = state.lanes.get(&Slot(1))?;
        match &lane.question {
            Some(Question::ConfirmProfile(file)) if lane.state == LaneState::NeedsYou => {
                Some(Arc::clone(file))
            }
            _ => None,
        }
    };
    watch(&events, &mut state, "the file is asked about", |state| {
        asks(state).is_some()
    });
    let file = asks(&state).unwrap();
    assert_eq!((file.id.as_str(), &file.sha256), ("teltonika-fmb", &sha256));
    let server = |redirect: &fleet::profile::Redirect| redirect.what == "server.host";
    assert!(file.redirects.iter().any(server), "{file:?}");

    engine.send(Command::ConfirmProfile(Slot(1), "Teltonika".into()));
    watch(&events, &mut state, "a wrong name is said", |state| {
        state.toasts.iter().any(|toast| toast.warning)
    });
    assert!(asks(&state).is_some());
    assert_eq!(unit.look(|unit| unit.flash().clone()), before);

    engine.send(Command::ConfirmProfile(Slot(1), "teltonika-fmb".into()));
    watch(&events, &mut state, "the unit is set", |state| {
        state
            .lanes
            .get(&Slot(1))
            .is_some_and(|lane| lane.state == LaneState::Done)
    });
    assert_ne!(unit.look(|unit| unit.flash().clone()), before);
    engine.quit();
    engine.join();
}

#[test]
fn slots_are_matched_once_and_a_place_is_the_same_slot_from_then_on() {
    use super::SlotWish;
    use crate::link::MemoryHub;
    let bench = tempfile::tempdir().unwrap();
    let hub = MemoryHub::default();
    let start = |hub: &MemoryHub| {
        let unused = Folder::make(None).unwrap();
        let mut options = options(&unused, bench.path(), ProfileRegistry::shipped());
        options.ports = Ports::new(vec![PortSource::Memory(hub.clone())]);
        Engine::start(options, Box::new(|| {}))
    };
    let (engine, events) = start(&hub);
    let mut state = State::default();
    engine.send(Command::MatchSlots(SlotWish::Begin));
    watch(&events, &mut state, "matching begins", |state| {
        state.slots.matching
    });
    // From left to right on the table; the hub's own numbers are others.
    let mut cables = Vec::new();
    for (count, place) in [(1, "1-2.3"), (2, "1-2.1"), (3, "1-3.1")] {
        if place == "1-3.1" {
            engine.send(Command::MatchSlots(SlotWish::NextHub));
        }
        cables.push(hub.plug_at(place, place));
        watch(&events, &mut state, "the slot is matched", |state| {
            state.slots.hubs.iter().sum::<u32>() == count && state.lanes.contains_key(&Slot(count))
        });
    }
    assert_eq!(state.slots.hubs, [2, 1]);
    engine.send(Command::MatchSlots(SlotWish::Keep));
    watch(&events, &mut state, "it is kept", |state| {
        !state.slots.matching
    });
    engine.quit();
    engine.join();

    let hub = MemoryHub::default();
    let (engine, events) = start(&hub);
    let mut state = State::default();
    // Another day: other names, another order, and something at a place that nobody matched.
    for (name, place, slot) in [
        ("ttyACM0", "1-3.1", 3),
        ("ttyACM1", "1-7", 4),
        ("ttyACM2", "1-2.3", 1),
    ] {
        cables.push(hub.plug_at(name, place));
        watch(&events, &mut state, "it stands where it is", |state| {
            state
                .lanes
                .get(&Slot(slot))
                .is_some_and(|lane| lane.port == name)
        });
    }
    assert_eq!(state.slots.hubs, [2, 1]);
    assert_eq!(state.lanes.len(), 3);
    engine.quit();
    engine.join();
}

#[test]
fn a_unit_that_was_set_aside_is_greeted_with_its_story() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let socket = Socket::Folder(ports.path().to_owned());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let here = |state: &State, slot: Slot| {
        let lane = state.lanes.get(&slot);
        lane.is_some_and(|lane| lane.state == LaneState::Ready && lane.unit.is_some())
    };
    let first = plug(&socket, "first", 1, "");
    watch(&events, &mut state, "the unit is there", |state| {
        here(state, Slot(1))
    });
    engine.send(Command::Decide(Slot(1), fleet::journal::Decision::SetAside));
    watch(&events, &mut state, "it is set aside", |state| {
        !here(state, Slot(1))
    });
    drop(first);
    let _again = plug(&socket, "again", 1, "");
    watch(&events, &mut state, "it is greeted", |state| {
        let units = state.lanes.values().filter_map(|lane| lane.unit.as_ref());
        units
            .filter_map(|unit| unit.story.as_deref())
            .any(|story| story.starts_with("Set aside"))
    });
    engine.quit();
    engine.join();
}

#[test]
fn a_lane_at_work_is_not_taken_away_when_the_matching_of_slots_is_left() {
    use super::SlotWish;
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
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let is = |state: &State, fits: fn(&LaneState) -> bool| {
        let lane = state.lanes.get(&Slot(1));
        lane.is_some_and(|lane| fits(&lane.state))
    };
    engine.send(Command::MatchSlots(SlotWish::Begin));
    watch(&events, &mut state, "matching begins", |state| {
        state.slots.matching
    });
    let _unit = plug(&socket, "first", 1, "");
    watch(&events, &mut state, "it is ready", |state| {
        is(state, |lane| *lane == LaneState::Ready)
    });
    engine.send(Command::Start(Slot(1)));
    watch(&events, &mut state, "it is at work", |state| {
        is(state, |lane| matches!(lane, LaneState::Setting { .. }))
    });
    engine.send(Command::MatchSlots(SlotWish::Leave));
    watch(&events, &mut state, "it is said", |state| {
        let said = state.toasts.iter().map(|toast| toast.text.as_str());
        said.into_iter()
            .any(|text| text.starts_with("1 lane is at work"))
    });
    watch(&events, &mut state, "it comes to its end", |state| {
        is(state, |lane| *lane == LaneState::Done)
    });
    assert!(state.slots.matching);
    engine.send(Command::MatchSlots(SlotWish::Leave));
    watch(&events, &mut state, "the matching is left", |state| {
        !state.slots.matching
    });
    engine.quit();
    engine.join();
}

#[test]
fn a_support_bundle_is_shown_before_it_is_saved_and_holds_no_secret() {
    use super::{SupportFiles, SupportStage, SupportWish};
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let preferences = bench.path().join("preferences.toml");
    std::fs::write(&preferences, "office = \"tulip-and-anchor\"\n").unwrap();
    let options = EngineOptions {
        support: Some(SupportFiles {
            preferences,
            logs: bench.path().join("logs"),
            secrets: Arc::new(|| vec![Secret::new("tulip-and-anchor")]),
        }),
        ..options(&ports, bench.path(), ProfileRegistry::shipped())
    };
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    engine.send(Command::Support(SupportWish::Look(None)));
    let shown = |state: &State| match &state.support.as_ref()?.stage {
        SupportStage::Shown(pieces) => Some(pieces.iter().map(|piece| piece.taken_out).sum()),
        _ => None,
    };
    watch(&events, &mut state, "it is shown", |state| {
        shown(state) == Some(1_usize)
    });
    let file = bench.path().join("bundle.zip");
    assert!(!file.exists(), "nothing is saved yet");
    engine.send(Command::Support(SupportWish::Save(file.clone())));
    watch(&events, &mut state, "it is saved", |state| {
        let stage = state.support.as_ref().map(|bundle| &bundle.stage);
        stage == Some(&SupportStage::Saved(file.clone()))
    });
    assert!(std::fs::read(&file).unwrap().starts_with(b"PK"));
    engine.quit();
    engine.join();
}
