//! A profile file of the bench's own folder: it says where units report to, so a person confirms it by its name, and the journal
//! keeps which text of it was used.

use crate::desk::{Desk, words};
use serde_json::Value;

#[test]
fn a_profile_of_the_folder_is_used_only_after_it_was_confirmed_by_its_name() {
    let desk = Desk::new();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/device_profiles/queclink.toml");
    let shipped = std::fs::read_to_string(shipped).unwrap();
    std::fs::create_dir_all(desk.path("bench/device_profiles")).unwrap();
    let ours = shipped.replace("name = \"Queclink GV", "name = \"Our GV");
    std::fs::write(desk.path("bench/device_profiles/ours.toml"), &ours).unwrap();
    let unit = desk.plug("ports", "queclink", &["--model", "gv55", "--seed", "74"]);
    let provision = || {
        let all = desk.provision(&unit.port_now(0), &unit.folder(), &["--no-register"]);
        desk.run("bench", &words(&all))
    };

    // Agreeing to the values beforehand is not agreeing to the file.
    let refused = provision();
    assert_eq!(refused.code, Some(3), "{refused:#?}");
    assert_eq!(
        refused.verdict().2.as_deref(),
        Some("P-412"),
        "{refused:#?}"
    );
    let wrong = desk.run(
        "bench",
        &["profiles", "confirm", "queclink", "--name", "Queclink"],
    );
    assert_eq!(wrong.code, Some(3), "{wrong:#?}");
    assert_eq!(provision().code, Some(3));

    let confirmed = desk.run(
        "bench",
        &["profiles", "confirm", "queclink", "--name", "queclink"],
    );
    assert_eq!(confirmed.code, Some(0), "{confirmed:#?}");
    assert!(
        confirmed
            .errors
            .contains("This changes where the unit reports to"),
        "{confirmed:#?}"
    );
    let summary = confirmed.one("summary");
    let lines = summary["redirects"].as_array().unwrap();
    let names_the_server = |line: &Value| line.as_str().unwrap().starts_with("server.host");
    assert!(lines.iter().any(names_the_server), "{summary}");
    let done = provision();
    assert_eq!(done.verdict().0, "verified", "{done:#?}");
    let sha256 = summary["sha256"].as_str().unwrap();
    let jobs = desk.jobs("bench", &unit.id(0));
    let opened = jobs.iter().flat_map(|job| &job.events);
    let used = |event: &&Value| event["kind"] == "opened" && event["profile_sha256"] == *sha256;
    let opened = opened
        .clone()
        .find(used)
        .unwrap_or_else(|| panic!("{jobs:#?}"));
    assert!(opened["profile_confirmed_by"].is_string(), "{opened:#}");

    // Another text of the file, with another server place, asks again.
    let moved = ours.replace("Our GV", "Their GV");
    std::fs::write(desk.path("bench/device_profiles/ours.toml"), moved).unwrap();
    assert_eq!(provision().verdict().2.as_deref(), Some("P-412"));
}
