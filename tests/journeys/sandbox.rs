//! The sandbox as a command: driven by a seed and by a file that is written anew while it runs.

use crate::desk::{Desk, Finished, Running};
use serde_json::{Value, json};
use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(30);

fn serve(desk: &Desk, kind: &str, more: &[&str]) -> (Running, String) {
    let data = desk.named("sandbox-data");
    let mut all = vec![
        "carrier",
        "sandbox",
        "--json",
        "--kind",
        kind,
        "--data-dir",
        &data,
    ];
    all.extend(more);
    let mut running = Running::start(&all);
    let first = running.next_line(LONGEST).expect("the sandbox's address");
    (running, first["base_url"].as_str().unwrap().to_owned())
}

fn carrier(desk: &Desk, url: &str, arguments: &[&str]) -> Finished {
    let mut all = vec!["carrier"];
    all.extend(arguments);
    all.extend(["--sandbox", url]);
    desk.run("bench", &all)
}

fn states(desk: &Desk, url: &str) -> Vec<String> {
    let listed = carrier(desk, url, &["list"]);
    assert_eq!(listed.code, Some(0), "{listed:#?}");
    let state = |line: &Value| {
        line["subscription"]["raw_state"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    listed.of_type("subscription").iter().map(state).collect()
}

#[test]
fn what_stands_in_the_control_file_holds_from_then_on_and_is_done_once() {
    let desk = Desk::new();
    let ledger = desk.named("ledger.jsonl");
    let control = desk.write(
        "control.json",
        &json!({ "units": [{ "units": 3, "plan": "M2MGPS5" }] }).to_string(),
    );
    let more = ["--seed", "7", "--ledger", &ledger, "--control", &control];
    let (mut running, url) = serve(&desk, "sprint", &more);
    assert_eq!(states(&desk, &url), ["ACTIVE"; 3]);

    let write = |file: &Value| desk.write("control.json", &file.to_string());
    let units = json!([{ "units": 3, "plan": "M2MGPS5" }]);
    let edit = json!([{ "unit": "U000002", "set": { "status": "SUSPENDED" } }]);
    write(&json!({ "units": units, "portal": edit }));
    let read = running.next_line(LONGEST).unwrap();
    assert_eq!(read["done"], json!({ "rows": 0, "edits": 1 }), "{read}");
    assert_eq!(states(&desk, &url), ["ACTIVE", "SUSPENDED", "ACTIVE"]);

    write(&json!({ "units": units, "portal": edit, "switches": { "key_expired": true } }));
    running.next_line(LONGEST).unwrap();
    assert_eq!(carrier(&desk, &url, &["check"]).code, Some(1));

    // A file with a mistake is told on standard error and changes nothing; the next one without it counts.
    write(&json!({ "switches": { "key_expird": false } }));
    std::thread::sleep(Duration::from_millis(900));
    assert_eq!(carrier(&desk, &url, &["check"]).code, Some(1));
    write(&json!({ "units": units, "portal": edit }));
    running.next_line(LONGEST).unwrap();
    assert_eq!(carrier(&desk, &url, &["check"]).code, Some(0));
    let ended = running.kill();
    assert!(ended.errors.contains("key_expird"), "{ended:#?}");

    // Begun again on its ledger it is the same carrier, and does nothing of the file twice.
    let (running, url) = serve(&desk, "sprint", &more);
    assert_eq!(states(&desk, &url), ["ACTIVE", "SUSPENDED", "ACTIVE"]);
    drop(running);
}

#[test]
fn a_command_with_a_mistake_in_its_control_file_is_told_where() {
    let desk = Desk::new();
    let control = desk.write("control.json", r#"{"switches": {"no_such_switch": 1}}"#);
    let run = desk.run("bench", &["carrier", "sandbox", "--control", &control]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.errors.contains("no_such_switch"), "{run:#?}");
}
