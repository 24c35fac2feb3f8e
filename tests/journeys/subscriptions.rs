//! The life of a subscription from the command line, with either carrier: agreed to by name, seen on the unit's history, once.

use crate::desk::{Desk, Finished, Sandbox, words};
use carrier::sandbox::LedgerLine;
use serde_json::json;

#[test]
fn a_subscription_is_changed_by_name_and_each_step_stands_in_the_units_history() {
    std::thread::scope(|stories| {
        stories.spawn(|| whole_life("sprint", "M2MLTE20"));
        stories.spawn(|| whole_life("control-center", "GPS 20MB"));
    });
}

fn whole_life(kind: &str, other_plan: &str) {
    let desk = Desk::new();
    let switches =
        json!({ "activation_delay_ms": 200, "message_delay_ms": 100, "message_reply": "OK" });
    let sandbox = Sandbox::serve_kind(&desk.path("carrier"), kind, &switches);
    let unit = desk.plug("ports", "queclink", &["--model", "gv55", "--seed", "5"]);
    let (id, folder, port) = (unit.id(0), unit.folder(), unit.port(0));
    let run = desk.provision(&port, &folder, &["--sandbox", &sandbox.url]);
    assert_eq!(desk.run("bench", &words(&run)).code, Some(0));

    let carrier = |arguments: &[&str]| {
        let mut all = vec!["carrier"];
        all.extend(arguments);
        all.extend(["--sandbox", &sandbox.url]);
        desk.run("bench", &all)
    };
    let standing = |run: &Finished| run.one("change")["standing"].as_str().unwrap().to_owned();
    let shown = carrier(&["show", &id]);
    assert_eq!(shown.code, Some(0), "{shown:#?}");
    assert!(shown.one("subscription")["pair_differs"].is_null());

    let unasked = carrier(&["deactivate", &id]);
    assert_eq!(unasked.code, Some(1), "nobody agreed: {unasked:#?}");
    assert!(
        unasked.errors.contains("C-530") && unasked.errors.contains(&id),
        "{unasked:#?}"
    );

    let steps: [(&[&str], &str); 4] = [
        (&["suspend", &id], "suspended"),
        (&["restore", &id, "--yes"], "active"),
        (&["plan", other_plan, &id, "--yes"], "active"),
        (&["deactivate", &id, "--yes", "--reason", "sold"], "ended"),
    ];
    for (step, registration) in steps {
        let run = carrier(step);
        assert_eq!(
            (run.code, standing(&run)),
            (Some(0), "done".to_owned()),
            "{kind} {step:?}: {run:#?}"
        );
        let row = desk.run("bench", &["unit", "show", &id]).one("unit");
        assert_eq!(row["registration"], registration, "{kind} {step:?}");
    }
    let again = carrier(&["deactivate", &id, "--yes"]);
    assert_eq!(
        standing(&again),
        "done",
        "what is so already is not asked for"
    );
    let story = desk.run("bench", &["unit", "show", &id]);
    let titles: Vec<String> = story
        .of_type("event")
        .iter()
        .map(|event| event["title"].as_str().unwrap().to_owned())
        .collect();
    for title in [
        "Suspended at the carrier",
        "In service again",
        &format!("Plan is now {other_plan}"),
        "Subscription ended",
    ] {
        assert!(
            titles.iter().any(|each| each == title),
            "{kind} {title}: {titles:?}"
        );
    }
    let changed = sandbox
        .ledger()
        .iter()
        .filter(|line| matches!(line, LedgerLine::Changed { .. }))
        .count();
    assert_eq!(changed, 4, "{kind}: one change for each step");
}

#[test]
fn a_message_reaches_a_unit_and_a_wrong_pair_is_told_before_anything_is_asked() {
    let desk = Desk::new();
    let switches =
        json!({ "activation_delay_ms": 50, "message_delay_ms": 100, "message_reply": "OK" });
    let sandbox = Sandbox::serve_kind(&desk.path("carrier"), "control-center", &switches);
    let unit = desk.plug("ports", "queclink", &["--model", "gv55", "--seed", "6"]);
    let (id, folder, port) = (unit.id(0), unit.folder(), unit.port(0));
    let run = desk.provision(&port, &folder, &["--sandbox", &sandbox.url]);
    assert_eq!(desk.run("bench", &words(&run)).code, Some(0));
    let said = desk.run(
        "bench",
        &[
            "carrier",
            "message",
            &id,
            "hello",
            "--sandbox",
            &sandbox.url,
        ],
    );
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(
        (
            said.one("message")["state"].as_str(),
            said.one("message")["replies"].clone()
        ),
        (Some("delivered"), json!(["OK"]))
    );

    let iccid = desk.run("bench", &["unit", "show", &id]).one("unit")["iccid"]
        .as_str()
        .unwrap()
        .to_owned();
    sandbox.portal(&iccid, &json!({ "imei": "490154203237518" }));
    let refused = desk.run(
        "bench",
        &[
            "carrier",
            "plan",
            "GPS 20MB",
            &id,
            "--yes",
            "--sandbox",
            &sandbox.url,
        ],
    );
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    assert!(
        refused.errors.contains("C-535") && refused.errors.contains("490154203237518"),
        "{refused:#?}"
    );
    let compared = desk.run(
        "bench",
        &[
            "carrier",
            "reconcile",
            "--csv",
            &desk.named("report.csv"),
            "--sandbox",
            &sandbox.url,
        ],
    );
    assert_eq!(
        compared.code,
        Some(0),
        "the list of this carrier tells no pairs: {compared:#?}"
    );
    sandbox.portal(&iccid, &json!({ "status": "DEACTIVATED" }));
    let compared = desk.run(
        "bench",
        &[
            "carrier",
            "reconcile",
            "--csv",
            &desk.named("report.csv"),
            "--sandbox",
            &sandbox.url,
        ],
    );
    assert_eq!(
        (compared.code, compared.of_type("difference").len()),
        (Some(3), 1),
        "{compared:#?}"
    );
    assert!(
        std::fs::read_to_string(desk.path("report.csv"))
            .unwrap()
            .contains(&id)
    );
}
