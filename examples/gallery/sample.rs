//! An invented office, told as the events an engine would tell. The screens' tests use the same one.

use fleet::fault::{Fault, UnitCondition, advice};
use fleet::job::Progress;
use fleet::journal::Verdict;
use fleet::plan::ShownChange;
use fleet::registration::RegistrationState;
use fleet::setting::{SettingKey, ShownValue};
use fleet::unit::{Unit, UnitEvent, UnitEventKind, UnitState};
use fleet::{Iccid, Imei, Mdn, UnitId};
use fleetdesk::engine::*;
use jiff::{SignedDuration, Timestamp};

#[path = "questions.rs"]
mod questions;

pub use questions::reviews;

/// The time in the invented office.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_795_344_240).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn minutes_ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

/// A valid IMEI with this ending, in the range that is for tests.
pub fn unit_id(ending: &str) -> Option<UnitId> {
    (0..100_000)
        .map(|middle| format!("004999{middle:05}{ending}"))
        .find_map(|text| Imei::parse(&text).ok())
        .and_then(|imei| UnitId::from_unit_answer(imei.as_str()).ok())
        .map(|(id, _)| id)
}

/// This bench.
pub fn bench(sandbox: bool) -> Event {
    Event::Bench(BenchFacts {
        name: "Bench 2".into(),
        office: "North office".into(),
        sandbox,
        carrier: Some("Example account".into()),
        units: 12_480,
        read_only: false,
    })
}

/// A job of 80 units.
pub fn job() -> Event {
    Event::Job(Some(BenchJob {
        customer: "Example Couriers".into(),
        template: "Van standard".into(),
        template_version: 5,
        count: Some(80),
        done: 37,
        register: true,
    }))
}

/// The bottom line.
pub fn status() -> Event {
    Event::Status(Status {
        registrations_waiting: 1,
        waiting_since: Some(minutes_ago(1)),
        carrier_calls: Some((412, 500)),
        last_scan: Some(("004999012632468".into(), "ticked on slot 6".into())),
        ..Status::default()
    })
}

fn key(text: &str) -> Option<SettingKey> {
    SettingKey::new(text).ok()
}

/// Label, key, before, after, guarded.
type Line = (
    &'static str,
    &'static str,
    Option<ShownValue>,
    ShownValue,
    bool,
);

fn lines() -> Vec<Line> {
    let text = |text: &str| ShownValue::Text(text.into());
    let number = ShownValue::Integer;
    let secret = ShownValue::Secret { secret_set: true };
    vec![
        (
            "Server address",
            "server.host",
            Some(text("192.0.2.10")),
            text("gps.example.net"),
            true,
        ),
        (
            "Server port",
            "server.port",
            Some(number(5_000)),
            number(5_027),
            true,
        ),
        (
            "Transport",
            "server.transport",
            Some(text("udp")),
            text("tcp"),
            false,
        ),
        (
            "APN",
            "apn.name",
            Some(text("internet")),
            text("fleet.example"),
            true,
        ),
        (
            "APN user",
            "apn.user",
            Some(text("")),
            text("example"),
            false,
        ),
        ("APN password", "apn.password", None, secret, true),
        (
            "Moving, every",
            "report.moving_interval_s",
            Some(number(120)),
            number(30),
            false,
        ),
        (
            "Parked, every",
            "report.parked_interval_s",
            Some(number(3_600)),
            number(21_600),
            false,
        ),
        (
            "Heartbeat, every",
            "report.heartbeat_interval_s",
            Some(number(300)),
            number(600),
            false,
        ),
        (
            "Sleep after",
            "sleep.after_s",
            Some(number(0)),
            number(300),
            false,
        ),
        (
            "Movement by",
            "movement.source",
            Some(text("ignition")),
            text("any"),
            false,
        ),
    ]
}

/// The plan of a unit, `written` lines of it written.
pub fn changes(mark: impl Fn(usize) -> ChangeMark) -> Vec<LaneChange> {
    lines()
        .into_iter()
        .enumerate()
        .filter_map(|(index, (label, name, before, after, guarded))| {
            Some(LaneChange {
                change: ShownChange {
                    key: key(name)?,
                    label: label.into(),
                    before,
                    after,
                    guarded,
                    readable: true,
                },
                mark: mark(index),
            })
        })
        .collect()
}

fn lane(slot: u32, model: &str, ending: &str, state: LaneState) -> Lane {
    let unit = unit_id(ending).map(|id| LaneUnit {
        story: None,
        id,
        model: model.into(),
        firmware: Some("03.28".into()),
        iccid: Some("8999010000031116612".into()),
        greeting: "New, never set here".into(),
        warnings: Vec::new(),
    });
    Lane {
        state,
        unit,
        since: Some(now() - SignedDuration::from_secs(9)),
        already_right: vec![("Time zone".into(), ShownValue::Text("UTC".into()))],
        talk: talk(),
        ..Lane::empty(Slot(slot), "")
    }
}

fn talk() -> Talk {
    use fleet::transcript::EntryKind::{Begun, Echo, Frame, Note, Sent, Unsolicited};
    let line = |at_ms, kind, text: &str| TalkLine {
        at_ms,
        kind,
        text: text.into(),
    };
    let noise =
        r"\u{1b}[2JLOG: position fixed\u{0}, 9 satellites, speed 0, heading 270, altitude 312 m";
    let mut talk = Talk::default();
    talk.add([
        line(10, Begun, "identify"),
        line(12, Sent, ".info"),
        line(31, Echo, ".info"),
        line(140, Frame, "INFO: model FT-300 firmware 03.28"),
        line(190, Unsolicited, noise),
        line(255, Begun, "read"),
        line(260, Sent, ":cfg_getparam 2004"),
        line(402, Frame, "Param ID:2004 Value:192.0.2.10"),
        line(410, Sent, ":cfg_setparam 2003:••••••"),
        line(5_412, Note, "no answer to 'write', asked again"),
    ]);
    talk
}

/// Sixteen lanes with every kind of state.
pub fn lanes() -> Vec<Lane> {
    let mut lanes = vec![
        lane(1, "FT-300", "0374", LaneState::Done),
        lane(2, "FT-300", "9152", LaneState::Verified),
        lane(3, "FT-300", "7706", LaneState::DoneCarrierOwed),
        needs_you(4, "3390"),
        lane(
            5,
            "FT-300",
            "5817",
            LaneState::Restarting { usual_ms: 20_000 },
        ),
        setting(6, "2468"),
        lane(7, "FT-300", "6034", LaneState::Checking { done: 7, of: 11 }),
        lane(8, "TR-55", "1129", LaneState::Done),
        stopped(9, "8245"),
        Lane {
            unit: None,
            since: Some(now()),
            ..lane(10, "", "", LaneState::Looking)
        },
        ready(11, "4821"),
        lane(12, "TR-55", "0967", LaneState::Ready),
        lane(13, "FT-300", "4410", LaneState::AlreadySet),
        Lane::empty(Slot(14), ""),
        lane(
            15,
            "FT-300",
            "7391",
            LaneState::Setting { done: 10, of: 11 },
        ),
        Lane::empty(Slot(16), ""),
    ];
    for lane in &mut lanes {
        lane.template = Some(("Van standard".into(), 5));
        lane.ticked = matches!(lane.slot.0, 6 | 11);
    }
    lanes
}

/// A lane that waits to be started.
pub fn ready(slot: u32, ending: &str) -> Lane {
    lane(slot, "FT-300", ending, LaneState::Ready)
}

/// A lane that is being set.
pub fn setting(slot: u32, ending: &str) -> Lane {
    let mark = |index| match index {
        0..=2 => ChangeMark::Written,
        3 => ChangeMark::Writing,
        _ => ChangeMark::Waiting,
    };
    Lane {
        changes: changes(mark),
        carrier_note: Some("Asked when verified".into()),
        ..lane(
            slot,
            "FT-300",
            ending,
            LaneState::from_progress(&Progress::Setting { done: 4, of: 11 })
                .unwrap_or(LaneState::Reading),
        )
    }
}

/// A lane that waits for a word on its guarded changes.
pub fn needs_you(slot: u32, ending: &str) -> Lane {
    let guarded = ["Server address", "Server port", "APN", "APN password"]
        .map(str::to_owned)
        .to_vec();
    let fault = Fault::ApprovalNeeded {
        settings: guarded.clone(),
    };
    Lane {
        changes: changes(|_| ChangeMark::Waiting),
        advice: Some(advice(
            &fault,
            UnitCondition::Untouched,
            &format!("Slot {slot}"),
        )),
        question: Some(Question::Approve { guarded }),
        ..lane(slot, "TR-55", ending, LaneState::NeedsYou)
    }
}

/// What the pages of a profile file and of typing need beside the office.
pub fn asked_or_typed(page: &str) -> Option<Event> {
    if page == "typing-on" {
        let mut lane = lane(12, "TR-55", "0967", LaneState::Ready);
        lane.talk.typing = true;
        return Some(Event::LaneChanged(Box::new(lane)));
    }
    (page == "confirm-profile").then(|| Event::LaneChanged(Box::new(questions::profile_file())))
}

/// A lane whose server address did not stay.
pub fn stopped(slot: u32, ending: &str) -> Lane {
    let fault = Fault::DidNotStay {
        settings: vec![fleet::fault::Mismatch {
            what: "Server address".into(),
            expected: "gps.example.net".into(),
            found: Some("192.0.2.10".into()),
        }],
    };
    Lane {
        changes: changes(|index| {
            if index == 0 {
                ChangeMark::Differs
            } else {
                ChangeMark::Proved
            }
        }),
        advice: Some(advice(
            &fault,
            UnitCondition::PutBack,
            &format!("Slot {slot}"),
        )),
        ..lane(slot, "FT-300", ending, LaneState::Stopped)
    }
}

/// Units for lists.
pub fn units() -> Vec<Unit> {
    let rows = [
        (
            "4821",
            "Example Couriers",
            "SMP 1147",
            UnitState::Verified,
            Some(RegistrationState::Active),
            "",
        ),
        (
            "0553",
            "Model Quarries",
            "SMP 4821",
            UnitState::NotVerified,
            Some(RegistrationState::Pending),
            "",
        ),
        ("3390", "", "", UnitState::NeedsPerson, None, ""),
        (
            "6617",
            "Sample Coaches",
            "SMP 0088",
            UnitState::Stopped,
            Some(RegistrationState::Owed),
            "spare for 4821",
        ),
        (
            "1946",
            "Pattern Dairy with a very long name of its own",
            "",
            UnitState::Retired,
            None,
            "swapped out, see 4821",
        ),
    ];
    rows.into_iter()
        .filter_map(|(ending, customer, vehicle, state, registration, note)| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let mut unit = Unit::new(unit_id(ending)?, minutes_ago(1_500));
            unit.model = Some("FT-300".into());
            unit.firmware = Some("03.28".into());
            unit.serial_number = Some("S-0 0418 2217".into());
            unit.customer = some(customer);
            unit.vehicle = some(vehicle);
            unit.note = some(note);
            unit.office = Some("North".into());
            unit.state = state;
            unit.registration = registration;
            unit.iccid = Iccid::parse("8999010000031116612").ok();
            unit.mdn = Mdn::parse("2065550142").ok();
            if state == UnitState::Verified {
                unit.template = Some("Van standard".into());
                unit.template_version = Some(5);
                unit.plan_code = Some("M2M-5".into());
                unit.provisioned_at = Some(minutes_ago(282));
                unit.settings = lines()
                    .into_iter()
                    .filter_map(|line| Some((key(line.1)?, line.3)))
                    .collect();
                unit.settings
                    .insert(key("report.parked_interval_s")?, ShownValue::Integer(3_600));
            }
            Some(unit)
        })
        .collect()
}

/// The units as lists show them, by how '4821' was found in them.
fn found() -> Vec<(Group, UnitLine)> {
    let group = |unit: &Unit| {
        let number = unit.id.as_str();
        match (number.ends_with("4821"), number.contains("4821")) {
            (true, _) => Group::Ends,
            (false, true) => Group::Contains,
            (false, false) => Group::Words,
        }
    };
    let line = |(place, unit): (usize, Unit)| {
        let reported_at = (place != 2).then(|| minutes_ago(2 + 9 * place as i64));
        let line = UnitLine {
            seen_at: reported_at,
            reported_at,
            drifts: place == 1,
            unit,
        };
        (group(&line.unit), line)
    };
    let mut found: Vec<(Group, UnitLine)> = units().into_iter().enumerate().map(line).collect();
    found.sort_by_key(|(group, _)| *group);
    found
}

/// What was found for '4821'.
pub fn searched() -> Event {
    Event::Searched(SearchAnswer {
        query: "4821".into(),
        total: 5,
        first: found(),
        complete: true,
        took_ms: 1.7,
        ..SearchAnswer::default()
    })
}

/// The page of the first unit.
pub fn unit_opened() -> Option<Event> {
    let entry = |at, kind, title: &str, detail: &str, by: &str| UnitEvent {
        at,
        kind,
        title: title.into(),
        detail: detail.into(),
        by: by.into(),
    };
    use UnitEventKind::{Bench, Carrier, Changed, Edit, Verified};
    Some(Event::UnitOpened(Box::new(UnitPage {
        unit: units().into_iter().next()?,
        former: vec![FormerValue {
            at: minutes_ago(120),
            field: fleet::edit::Field::Vehicle,
            value: "SMP 1074".into(),
        }],
        sim_taken_by: None,
        timeline: vec![
            entry(
                minutes_ago(120),
                Edit,
                "Plate SMP 1147, before SMP 1074",
                "",
                "South office",
            ),
            entry(
                minutes_ago(270),
                Carrier,
                "Active",
                "Accepted before, plan M2M-5",
                "carrier",
            ),
            entry(
                minutes_ago(282),
                Verified,
                "Verified",
                "11 changes read back after restart, template v5",
                "bench 2",
            ),
            entry(
                minutes_ago(283),
                Changed,
                "11 settings written",
                "server, APN, intervals",
                "bench 2",
            ),
            entry(
                minutes_ago(1_700),
                Bench,
                "On the bench, slot 6",
                "read, before image kept",
                "bench 2",
            ),
        ],
    })))
}

/// Two templates.
pub fn templates() -> Event {
    let template = |name: &str, version, days: i64| TemplateFacts {
        name: name.into(),
        version,
        released: true,
        created_at: Some(minutes_ago(days * 1_440)),
        settings: lines()
            .into_iter()
            .filter_map(|line| Some((key(line.1)?, line.3)))
            .collect(),
        ..TemplateFacts::default()
    };
    Event::Templates(vec![
        template("Van standard", 5, 20),
        template("Van standard", 4, 100),
        template("Coach", 2, 74),
    ])
}

/// One thing for a person, two that go out by themselves.
pub fn to_do() -> Event {
    let entry = |ending: &str, what: &str, detail: &str, minutes, needs_person| {
        Some(ToDo {
            id: unit_id(ending)?,
            what: what.into(),
            detail: detail.into(),
            since: minutes_ago(minutes),
            needs_person,
            asks: needs_person,
        })
    };
    let entries = [
        entry(
            "3390",
            "Is it registered?",
            "The carrier gave no answer twice",
            95,
            true,
        ),
        entry(
            "7706",
            "Registration owed",
            "The carrier could not be reached",
            1,
            false,
        ),
        entry(
            "9152",
            "Activation runs",
            "Accepted today, usually ten minutes",
            4,
            false,
        ),
    ];
    Event::ToDo(entries.into_iter().flatten().collect())
}

/// Units that left the bench.
pub fn done_today() -> Vec<Event> {
    let verdicts = [
        ("1129", Verdict::Verified),
        ("4410", Verdict::AlreadySet),
        ("8245", Verdict::Stopped),
    ];
    verdicts
        .into_iter()
        .filter_map(|(ending, verdict)| {
            Some(Event::UnitDone(DoneUnit {
                id: unit_id(ending)?,
                model: "FT-300".into(),
                verdict,
                at: minutes_ago(3),
                seconds: 48.0,
            }))
        })
        .collect()
}

/// The whole office at work.
pub fn office(sandbox: bool) -> Vec<Event> {
    let mut events = vec![
        bench(sandbox),
        job(),
        status(),
        templates(),
        to_do(),
        searched(),
    ];
    events.extend(
        lanes()
            .into_iter()
            .map(|lane| Event::LaneChanged(Box::new(lane))),
    );
    events
}
