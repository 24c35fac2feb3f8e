//! From a plugged unit to a registered one, and a second time, when nothing is left to do.

use crate::desk::{Desk, words};
use serde_json::{Value, json};

#[test]
fn a_unit_goes_the_whole_way_once_and_the_second_time_nothing_is_written() {
    std::thread::scope(|stories| {
        stories.spawn(|| whole_way("teltonika-fmb"));
        stories.spawn(|| whole_way("queclink"));
    });
}

/// Three units of different models, side by side.
fn whole_way(profile: &str) {
    let desk = Desk::new();
    let units = desk.plug("ports", profile, &["--units", "3", "--seed", "11"]);
    let sandbox = desk.sandbox("carrier", &json!({ "activation_delay_ms": 200 }));
    let ids: Vec<String> = (0..3).map(|index| units.id(index)).collect();
    let folder = units.folder();
    let provision = |ports: &[String]| {
        let mut all = desk.provision(&ports[0], &folder, &["--sandbox", &sandbox.url]);
        for port in &ports[1..] {
            all.extend(["--port".to_owned(), port.clone()]);
        }
        desk.run("bench", &words(&all))
    };

    let first_ports: Vec<String> = (0..3).map(|index| units.port(index)).collect();
    let first = provision(&first_ports);
    assert_eq!(first.code, Some(0), "{first:#?}");
    assert!(first.errors.contains("Sandbox"), "{first:#?}");
    let lines = first.of_type("unit");
    for port in &first_ports {
        // The port as it was given, whatever the unit came back as.
        let line = lines.iter().find(|line| line["port"] == json!(port));
        let line = line.unwrap_or_else(|| panic!("no line for {port}: {first:#?}"));
        assert_eq!(line["verdict"], "verified", "{line}");
        assert_eq!(line["registration"], "active", "{line}");
        assert!(line["changes"].as_u64().unwrap() > 0, "{line}");
        assert!(line["fault"].is_null() && line["message"].is_null());
    }
    adds_up(
        &first.one("summary"),
        3,
        ["verified", "registered", "recorded"],
    );
    assert_eq!(sorted(sandbox.registrations()), sorted(ids.clone()));

    let second_ports: Vec<String> = (0..3).map(|index| units.port_now(index)).collect();
    let second = provision(&second_ports);
    assert_eq!(second.code, Some(0), "{second:#?}");
    for line in second.of_type("unit") {
        assert_eq!(line["verdict"], "already_set", "{line}");
        assert_eq!(line["registration"], "active", "{line}");
        assert_eq!(line["changes"], 0, "{line}");
    }
    let wrote = |line: &&Value| {
        line["state"]
            .as_str()
            .is_some_and(|state| state.starts_with("Setting"))
    };
    assert_eq!(second.of_type("progress").iter().find(wrote), None);
    adds_up(
        &second.one("summary"),
        3,
        ["already_set", "registered", "recorded"],
    );
    assert_eq!(
        sandbox.registrations().len(),
        3,
        "registered once, not twice"
    );

    for id in &ids {
        let jobs = desk.jobs("bench", id);
        let [former, latter] = jobs.as_slice() else {
            panic!("{id}: {jobs:#?}");
        };
        assert!(former.count("write_intent") > 0 && former.count("save_intent") > 0);
        assert_eq!(
            (latter.count("write_intent"), latter.count("save_intent")),
            (0, 0),
            "{latter:#?}"
        );
        assert_eq!(
            (former.state.as_str(), latter.state.as_str()),
            ("done", "done")
        );
        found_again(&desk, id);
    }
    desk.is_free("bench");
}

/// The unit is found by the end of its number, and its page tells its story.
fn found_again(desk: &Desk, id: &str) {
    let listed = desk.run("bench", &["units", &id[8..]]);
    assert_eq!(listed.code, Some(0));
    let row = listed.one("unit");
    assert_eq!(
        (&row["state"], &row["registration"]),
        (&json!("verified"), &json!("active"))
    );
    let page = desk.run("bench", &["unit", "show", id]);
    assert_eq!(page.one("unit")["id"], json!(id), "{page:#?}");
    assert!(page.of_type("event").len() >= 3, "{page:#?}");
}

/// The summary counts each unit once, under the words that all units share, and nothing under the others.
fn adds_up(summary: &Value, units: u64, shared: [&str; 3]) {
    let verdicts = [
        "verified",
        "already_set",
        "not_verified",
        "stopped",
        "needs_person",
    ];
    let sum: u64 = verdicts
        .iter()
        .map(|word| summary[word].as_u64().unwrap())
        .sum();
    assert_eq!(
        (summary["units"].as_u64(), sum),
        (Some(units), units),
        "{summary}"
    );
    for word in shared {
        assert_eq!(summary[word], json!(units), "{word}: {summary}");
    }
    assert_eq!(summary["owed"], 0, "{summary}");
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}
