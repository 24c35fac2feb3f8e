//! A push at work in one program, and second commands about it: the running one obeys as if its own button had been pressed.

use crate::desk::Desk;
use std::time::{Duration, Instant};

const TEMPLATE: &str = "name = \"Vans\"\nversion = 1\n[settings]\nreport.moving_interval_s = 45\n";
const LONGEST: Duration = Duration::from_secs(120);

#[test]
fn a_push_at_work_is_looked_at_and_paused_from_a_second_command_and_refuses_what_it_cannot_do() {
    let desk = Desk::new();
    let plug = |folder, seed| desk.plug(folder, "queclink", &["--model", "gv55", "--seed", seed]);
    let (here, elsewhere) = (plug("ports", "12"), plug("elsewhere", "13"));
    for unit in [&here, &elsewhere] {
        let id = format!("imei={}", unit.id(0));
        assert_eq!(desk.run("bench", &["unit", "add", &id]).code, Some(0));
        let read = desk.run("bench", &["read", "--port", &unit.port(0)]);
        assert!(read.errors.contains("has this reading now"), "{read:#?}");
    }
    let template = desk.write("vans.toml", TEMPLATE);
    let folder = here.folder();
    let push = ["push", "--template", &template, "--select", "*", "--yes"];
    let how = ["--pilot", "0", "--wait", "30", "--port-dir", &folder];
    let mut running = desk.start("bench", &[&push[..], &how].concat());
    let until = Instant::now() + LONGEST;
    while running.next_line(LONGEST).expect("it goes on")["state"] != "sent" {
        assert!(Instant::now() < until, "nothing was begun");
    }
    let bench = |arguments: &[&str]| desk.run("bench", &[&["push"], arguments].concat());
    let listed = bench(&["list"]);
    let push = listed.one("push")["id"].as_str().unwrap().to_owned();
    assert_eq!(bench(&["show", &push]).of_type("unit").len(), 2);

    // It runs already, also with the ports that it has; to others it has no way, and nothing has failed.
    let resumed = bench(&["resume", &push, "--port-dir", &folder]);
    assert_eq!(resumed.code, Some(4), "{resumed:#?}");
    assert_eq!(resumed.one("summary")["state"], "running", "{resumed:#?}");
    let refused = bench(&["resume", &push, "--port-dir", &elsewhere.folder()]);
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    for words in ["does not look at", "Nothing was changed", "P-462"] {
        assert!(refused.errors.contains(words), "{refused:#?}");
    }
    let retried = bench(&["retry", &push]);
    assert!(retried.errors.contains("P-456"), "{retried:#?}");
    assert!(!running.has_ended(), "it goes on undisturbed");

    // A unit that waits in it is no other push's, and what has not ended is not undone: both are told beside it.
    let again = ["--template", &template, "--select", "*"];
    let rehearsed = bench(&[&again[..], &["--rehearse"]].concat());
    assert_eq!(rehearsed.code, Some(0), "{rehearsed:#?}");
    let waiting = elsewhere.id(0);
    let foreseen = rehearsed.of_type("unit");
    let foreseen = foreseen.iter().find(|unit| unit["id"] == waiting.as_str());
    assert_eq!(foreseen.unwrap()["forecast"], "cannot", "{rehearsed:#?}");
    let undone = bench(&["undo", &push, "--yes"]);
    assert!(undone.errors.contains("has not ended"), "{undone:#?}");

    let asked = Instant::now();
    let paused = bench(&["pause", &push]);
    assert_eq!(paused.code, Some(0), "{paused:#?}");
    assert_eq!(paused.one("summary")["state"], "paused", "{paused:#?}");
    assert!(asked.elapsed() < Duration::from_secs(5), "it took too long");
    // What it had in hand comes to its end, and nothing more is begun.
    let ended = running.finish(LONGEST);
    let summary = ended.one("summary");
    assert_eq!(ended.code, Some(4), "{ended:#?}");
    assert_eq!(summary["state"], "paused", "{ended:#?}");
    assert_eq!(summary["verified"], 1, "{ended:#?}");
    assert_eq!(summary["waiting"], 1, "{ended:#?}");
    let wishes = std::fs::read_dir(desk.path("bench/wishes")).unwrap();
    assert_eq!(wishes.count(), 0, "something was left behind");
    let cancelled = bench(&["cancel", &push]);
    assert_eq!(cancelled.one("summary")["left_out"], 1, "{cancelled:#?}");
}

#[test]
fn a_push_and_an_undo_that_are_wanted_beside_a_program_at_work_are_kept_and_go_on_after_it() {
    let desk = Desk::new();
    let plug = |folder, seed| desk.plug(folder, "queclink", &["--model", "gv55", "--seed", seed]);
    let (first, second) = (plug("ports", "16"), plug("others", "17"));
    for unit in [&first, &second] {
        let id = format!("imei={}", unit.id(0));
        assert_eq!(desk.run("bench", &["unit", "add", &id]).code, Some(0));
        let read = desk.run("bench", &["read", "--port", &unit.port(0)]);
        assert!(read.errors.contains("has this reading now"), "{read:#?}");
    }
    let template = desk.write("vans.toml", TEMPLATE);
    let bench = |arguments: &[&str]| desk.run("bench", &[&["push"], arguments].concat());
    let (one, other) = (first.id(0), second.id(0));
    let begin = ["--template", &template, "--yes", "--pilot", "0"];
    let on_first = ["--select", &one, "--port-dir", &first.folder()];
    let done = bench(&[&begin[..], &on_first].concat());
    assert_eq!(done.code, Some(0), "{done:#?}");
    let done = done.one("summary")["push"].as_str().unwrap().to_owned();

    // A program that waits for a unit which is not there has the inventory.
    let elsewhere = desk.path("empty");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let elsewhere = elsewhere.display().to_string();
    let waits = ["push", "--template", &template, "--select", &other, "--yes"];
    let how = ["--pilot", "0", "--wait", "40", "--port-dir", &elsewhere];
    let running = desk.start("bench", &[&waits[..], &how].concat());
    let until = Instant::now() + LONGEST;
    while bench(&["list"]).of_type("push").len() < 2 {
        assert!(Instant::now() < until, "it did not begin");
        std::thread::sleep(Duration::from_millis(200));
    }
    // Secrets of a template file are not handed over, and never replaced by those that the other program has.
    let with_secret = "version = 2\n[settings]\napn.password = \"canary\"\n";
    let with_secret = TEMPLATE
        .replace("version = 1\n[settings]\n", with_secret)
        .replace("45", "50");
    let secret = desk.write("secret.toml", &with_secret);
    let refused = bench(&["--template", &secret, "--select", &one, "--yes"]);
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    for words in [
        "the secrets of a template file",
        "Nothing was changed",
        "P-462",
    ] {
        assert!(refused.errors.contains(words), "{refused:#?}");
    }
    assert!(!refused.errors.contains("canary"), "{refused:#?}");
    let undone = bench(&["undo", &done, "--yes"]);
    assert_eq!(undone.code, Some(4), "{undone:#?}");
    assert!(undone.errors.contains("is kept"), "{undone:#?}");
    let undo = undone.one("summary");
    assert_eq!(undo["state"], "running", "{undone:#?}");
    assert_eq!(undo["waiting"], 1, "{undone:#?}");
    let pushed = bench(&["pause", undo["push"].as_str().unwrap()]);
    assert_eq!(pushed.one("summary")["state"], "paused", "{pushed:#?}");
    running.interrupt();
    running.finish(LONGEST);

    // Kept is kept: it goes on with the cable when that program has ended.
    let undo = undo["push"].as_str().unwrap();
    let resumed = bench(&["resume", undo, "--port-dir", &first.folder()]);
    assert_eq!(resumed.code, Some(0), "{resumed:#?}");
    assert_eq!(resumed.one("summary")["verified"], 1, "{resumed:#?}");
}
