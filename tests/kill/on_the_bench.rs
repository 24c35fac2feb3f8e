//! Killed while the unit is worked on: between reading and proof, once or twice.

use super::{Point, killed_at};
use crate::desk::{Desk, Sandbox, Units, words};
use fleet::registration::RegistrationState;
use fleet::unit::UnitState;
use serde_json::json;

const fn at(event: &'static str, later_ms: u64) -> Point {
    Point { event, later_ms }
}

/// From the first event to the last; the pauses fall into writing, saving, restarting and reading back.
const POINTS: [Point; 11] = [
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
    at("restarted", 200),
];

#[test]
fn a_teltonika_unit_is_finished_by_a_second_start_wherever_the_first_was_killed() {
    at_every_point("teltonika-fmb", "fmb120");
}

#[test]
fn a_queclink_unit_is_finished_by_a_second_start_wherever_the_first_was_killed() {
    at_every_point("queclink", "gl300");
}

#[test]
fn a_unit_is_finished_also_when_the_second_start_is_killed_too() {
    let desk = Desk::new();
    let sandbox = desk.sandbox("carrier", &json!({ "activation_delay_ms": 100 }));
    let plug = |profile: &str| desk.plug(profile, profile, &["--seed", "77"]);
    let units = ["teltonika-fmb", "queclink"].map(plug);
    std::thread::scope(|stories| {
        for unit in &units {
            let (desk, sandbox) = (&desk, &sandbox);
            stories.spawn(move || {
                let (id, folder) = (unit.id(0), unit.folder());
                let carrier = ["--sandbox", &sandbox.url];
                for point in [at("write_intent", 100), at("save_intent", 200)] {
                    let run = desk.provision(&unit.port_now(0), &folder, &carrier);
                    killed_at(desk, &id, desk.start(&id, &words(&run)), point);
                }
                finished(desk, unit, sandbox, &id, at("save_intent", 200));
            });
        }
    });
    assert_eq!(sandbox.registrations().len(), 2);
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

    finished(desk, unit, sandbox, &bench, point);
}

/// The run after the kill brings everything to its end.
fn finished(desk: &Desk, unit: &Units, sandbox: &Sandbox, bench: &str, point: Point) {
    let id = unit.id(0);
    let carrier = ["--sandbox", &sandbox.url];
    let last = desk.provision(&unit.port_now(0), &unit.folder(), &carrier);
    let last = desk.run(bench, &words(&last));
    let (verdict, registration, fault) = last.verdict();
    assert_eq!(
        (verdict.as_str(), registration.as_str(), fault, last.code),
        ("verified", "active", None, Some(0)),
        "{point:?}: {last:#?}"
    );

    // The whole way stands in one whole journal: the last run went on where the first was cut off.
    let jobs = desk.jobs(bench, &id);
    let [job] = jobs.as_slice() else {
        panic!("{point:?}: {jobs:#?}");
    };
    assert_eq!(job.state, "done", "{point:?}: {job:#?}");
    let row = desk.unit_row(bench, &id);
    assert_eq!(row.state, UnitState::Verified, "{point:?}");
    assert_eq!(row.registration, Some(RegistrationState::Active));
    desk.is_free(bench);
}
