//! An integrator without Rust: an invented family from its file to a proved unit, every command a process of its own.

use crate::desk::{Desk, Running, words};
use std::time::Duration;

const ACME: &str = include_str!("../../crates/fleet/tests/families/acme.toml");
const LONG: Duration = Duration::from_secs(30);
const TEMPLATE: &str = "name = \"Vans\"\nversion = 1\n[settings]\n\"server.host\" = \"track.example.net\"\n\"report.moving_interval_s\" = 30\n";

#[test]
fn an_invented_family_goes_from_its_file_to_a_proved_unit() {
    let desk = Desk::new();
    let held = ACME.replace("\"word\" = \"\"", "\"word\" = \"hush-hush-9\"");
    let file = desk.write("acme.toml", &held);

    let schema = desk.run("bench", &["profiles", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&schema.lines.join("\n")).unwrap();
    assert!(schema["properties"]["exchange"].is_object(), "{schema}");

    // Two mistakes are told at once, each with its place.
    let wrong = held
        .replace("max_length = 60\nguarded = true", "max_length = 60")
        .replace("baud = 9600", "baud = 96");
    let wrong = desk.write("wrong.toml", &wrong);
    let check = desk.run("bench", &["profiles", "check", &wrong]);
    assert_eq!(check.code, Some(1), "{check:#?}");
    let problems = check.one("check")["problems"].to_string();
    for place in ["setting.server.host.guarded", "line.baud"] {
        assert!(problems.contains(place), "{problems}");
    }
    // A key that nothing knows does not hide the others.
    let unknown = held.replace("baud = 9600", "baudrate = 9600");
    let unknown = desk.write("unknown.toml", &unknown);
    let check = desk.run("bench", &["profiles", "check", &unknown]);
    let problems = check.one("check")["problems"].to_string();
    for place in ["line.baud: is missing", "line.baudrate: is no key here"] {
        assert!(problems.contains(place), "{problems}");
    }
    let good = desk.run("bench", &["profiles", "check", &file]);
    assert_eq!(good.code, Some(0), "{good:#?}");

    let ports = desk.named("ports");
    std::fs::create_dir_all(&ports).unwrap();
    let mut simulated = Running::start(&[
        "profiles",
        "simulate",
        "--json",
        &file,
        "--port-dir",
        &ports,
        "--data-dir",
        &desk.named("simulator"),
    ]);
    let unit = simulated.next_line(LONG).unwrap();
    let port = unit["port"].as_str().unwrap().to_owned();
    let folder = ["--port-dir", ports.as_str()];

    let all = [
        ["profiles", "try", &file, "--port", &port].as_slice(),
        &folder,
    ]
    .concat();
    let tried = desk.run("bench", &all);
    assert_eq!(tried.code, Some(0), "{tried:#?}");
    assert!(
        tried.errors.contains("Recognised as Acme Mark II"),
        "{tried:#?}"
    );
    assert!(!tried.lines.join("\n").contains("set home"), "{tried:#?}");

    let kept = desk.named("talk.jsonl");
    let all = [
        ["profiles", "record", &file, "--port", &port, "--to", &kept].as_slice(),
        &folder,
    ]
    .concat();
    let recorded = desk.run("bench", &all);
    assert_eq!(recorded.code, Some(0), "{recorded:#?}");
    let talk = std::fs::read_to_string(&kept).unwrap();
    assert!(talk.contains("hello acme") && talk.contains("home is <old.example.net>"));
    for said in [&talk, &tried.lines.join("\n"), &recorded.lines.join("\n")] {
        assert!(!said.contains("hush-hush-9"), "a secret was kept: {said}");
    }
    let again = fleet::Transcript::from_json_lines(&talk).unwrap();
    assert!(again.entries().count() > 4);
    // Without a file to write to it is printed as it would be kept.
    let all = [
        ["profiles", "record", &file, "--port", &port].as_slice(),
        &folder,
    ]
    .concat();
    let printed = desk.run("bench", &all);
    assert_eq!(printed.code, Some(0), "{printed:#?}");
    let printed = fleet::Transcript::from_json_lines(&printed.lines.join("\n")).unwrap();
    assert!(printed.entries().count() > 4);

    // In the bench's own folder the file is used once it is confirmed by its name.
    std::fs::create_dir_all(desk.path("bench/device_profiles")).unwrap();
    std::fs::copy(&file, desk.path("bench/device_profiles/acme.toml")).unwrap();
    let confirm = ["profiles", "confirm", "acme", "--name", "acme"];
    assert_eq!(desk.run("bench", &confirm).code, Some(0));
    let template = desk.write("acme-template.toml", TEMPLATE);
    let provision = || {
        let all = [
            "provision",
            "--yes",
            "--template",
            &template,
            "--port",
            &port,
            "--port-dir",
            &ports,
            "--no-register",
        ];
        let all: Vec<String> = all.iter().map(|word| (*word).to_owned()).collect();
        desk.run("bench", &words(&all))
    };
    let first = provision();
    assert_eq!(first.verdict().0, "verified", "{first:#?}");
    let second = provision();
    assert_eq!(second.verdict().0, "already_set", "{second:#?}");
}
