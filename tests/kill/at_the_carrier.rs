//! Killed while the unit is registered: the doubt is cleared by looking up, never by asking again.

use super::{Point, killed_at};
use crate::desk::{Desk, Sandbox, Units, words};
use serde_json::json;

/// A request that may or may not have left: when it did not, it is owed until the carrier's settle time is over.
const IN_DOUBT: [Point; 2] = [
    Point {
        event: "verified",
        later_ms: 0,
    },
    Point {
        event: "registration_intended",
        later_ms: 0,
    },
];

/// The carrier has carried it out, whatever we heard of it.
const CARRIED_OUT: [Point; 4] = [
    Point {
        event: "registration_intended",
        later_ms: 700,
    },
    Point {
        event: "registration_answered",
        later_ms: 0,
    },
    Point {
        event: "registration_answered",
        later_ms: 2_000,
    },
    Point {
        event: "registered",
        later_ms: 0,
    },
];

#[test]
fn a_unit_is_registered_once_wherever_the_first_run_was_killed() {
    let desk = Desk::new();
    // Answers are held back after all was done: a kill meanwhile leaves a registration that nobody was told of.
    let switches =
        json!({ "slow_answer_every": 1, "slow_answer_ms": 1_500, "activation_delay_ms": 1_000 });
    let sandbox = desk.sandbox("carrier", &switches);
    let points: Vec<(Point, bool)> = IN_DOUBT
        .map(|point| (point, true))
        .into_iter()
        .chain(CARRIED_OUT.map(|point| (point, false)))
        .collect();
    let plug = |index: usize| {
        let (seed, profile) = (index.to_string(), ["teltonika-fmb", "queclink"][index % 2]);
        desk.plug(&seed, profile, &["--seed", &seed])
    };
    let units: Vec<Units> = (0..points.len()).map(plug).collect();
    std::thread::scope(|stories| {
        for (unit, (point, in_doubt)) in units.iter().zip(points) {
            let (desk, sandbox) = (&desk, &sandbox);
            stories.spawn(move || registered_once(desk, unit, sandbox, point, in_doubt));
        }
    });
}

fn registered_once(desk: &Desk, unit: &Units, sandbox: &Sandbox, point: Point, in_doubt: bool) {
    let (bench, folder) = (unit.id(0), unit.folder());
    let carrier = ["--sandbox", &sandbox.url, "--carrier-wait", "30"];
    let first = desk.provision(&unit.port(0), &folder, &carrier);
    killed_at(desk, &bench, desk.start(&bench, &words(&first)), point);

    let second = desk.provision(&unit.port_now(0), &folder, &carrier);
    let second = desk.run(&bench, &words(&second));
    let story = format!("{point:?}: {second:#?}");
    let (verdict, registration, fault) = second.verdict();
    assert!(
        matches!(verdict.as_str(), "verified" | "already_set"),
        "{story}"
    );
    assert_eq!(fault, None, "{story}");
    let registered = sandbox.registrations();
    let times = registered.iter().filter(|id| **id == unit.id(0)).count();
    match (registration.as_str(), second.code) {
        ("active", Some(0)) => assert_eq!(times, 1, "{story}"),
        ("owed", Some(4)) if in_doubt => assert_eq!(times, 0, "{story}"),
        _ => panic!("{story}"),
    }
    let jobs = desk.jobs(&bench, &unit.id(0));
    // A job asks once; a later one of the same unit asks with the same reference, which the carrier answers with what is there.
    for job in jobs {
        let sent = job.count("registration_intended");
        assert!(sent <= 1, "asked, then looked up: {job:#?}");
    }
    desk.is_free(&bench);
}
