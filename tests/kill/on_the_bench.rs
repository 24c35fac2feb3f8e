//! Killed while the unit is worked on: between reading and proof.

use super::{Point, killed_at};
use crate::desk::{Desk, Sandbox, Units, words};
use fleet::registration::RegistrationState;
use fleet::unit::UnitState;
use serde_json::json;

const fn at(event: &'static str, later_ms: u64) -> Point {
    Point { event, later_ms }
}

/// From the first event to the last; the pauses fall into writing, saving, restarting and reading back.
const POINTS: [Point; 12] = [
    at("opened", 0),
    at("before_image", 0),
    at("planned", 0),
    at("write_intent", 0),
    at("write_intent", 150),
    at("write_result", 0),
    at("save_intent", 0),
    at("save_intent", 300),
    at("save_intent", 1_500),
    at("restarted", 0),
    at("restarted", 400),
    at("verified", 0),
];

#[test]
fn a_teltonika_unit_is_finished_by_a_second_start_wherever_the_first_was_killed() {
    at_every_point("teltonika-fmb", "fmb120");
}

#[test]
fn a_queclink_unit_is_finished_by_a_second_start_wherever_the_first_was_killed() {
    at_every_point("queclink", "gl300");
}

/// One unit, one bench and one story for each point, all at once: they are mostly waiting.
fn at_every_point(profile: &str, model: &str) {
    let desk = Desk::new();
    let sandbox = desk.sandbox("carrier", &json!({ "activation_delay_ms": 100 }));
    let plug = |index: usize| {
        let seed = index.to_string();
        desk.plug(&seed, profile, &["--model", model, "--seed", &seed])
    };
    let units: Vec<Units> = (0..POINTS.len()).map(plug).collect();
    std::thread::scope(|stories| {
        for (unit, point) in units.iter().zip(POINTS) {
            let (desk, sandbox) = (&desk, &sandbox);
            stories.spawn(move || killed_and_finished(desk, unit, sandbox, point));
        }
    });
    let mut registered = sandbox.registrations();
    registered.sort();
    let mut ids: Vec<String> = units.iter().map(|unit| unit.id(0)).collect();
    ids.sort();
    assert_eq!(registered, ids, "each unit once");
}

fn killed_and_finished(desk: &Desk, unit: &Units, sandbox: &Sandbox, point: Point) {
    let (id, folder) = (unit.id(0), unit.folder());
    let bench = format!("bench-{id}");
    let carrier = ["--sandbox", &sandbox.url];
    let first = desk.provision(&unit.port(0), &folder, &carrier);
    killed_at(desk, &bench, desk.start(&bench, &words(&first)), point);

    let second = desk.provision(&unit.port_now(0), &folder, &carrier);
    let second = desk.run(&bench, &words(&second));
    let (verdict, registration, fault) = second.verdict();
    let story = format!("{point:?}: {second:#?}");
    // A unit that was proved before the kill is read again and found right.
    let proved_before = point.event == "verified" && verdict == "already_set";
    assert!(verdict == "verified" || proved_before, "{story}");
    assert_eq!(
        (registration.as_str(), fault, second.code),
        ("active", None, Some(0)),
        "{story}"
    );

    // All that was done stands in whole journals; what the first run began was gone on with, or put away by name.
    let jobs = desk.jobs(&bench, &id);
    let ended = |state: &str| matches!(state, "done" | "cancelled");
    let all_ended = jobs.iter().all(|job| ended(&job.state));
    let last = jobs.last().map(|job| job.state.as_str());
    assert!(all_ended && last == Some("done"), "{point:?}: {jobs:#?}");
    let row = desk.unit_row(&bench, &id);
    assert_eq!(row.state, UnitState::Verified, "{point:?}");
    assert_eq!(
        row.registration,
        Some(RegistrationState::Active),
        "{point:?}"
    );
    desk.is_free(&bench);
}
