//! Ctrl C while a unit is at work: it comes to a safe point, its journal has an end or goes on, and what was begun is not left in doubt.

use crate::desk::{Desk, words};
use std::time::{Duration, Instant};

#[test]
fn the_first_ctrl_c_waits_for_a_safe_point_and_the_unit_can_be_set_afterwards() {
    let desk = Desk::new();
    desk.write(
        "template.toml",
        "name = \"Vans\"\nversion = 1\n[settings]\napn.name = \"iot.example\"\nreport.moving_interval_s = 45\n",
    );
    let units = desk.plug("ports", "teltonika-fmb", &["--seed", "12"]);
    let (port, folder, id) = (units.port(0), units.folder(), units.id(0));
    let provision = desk.provision(&port, &folder, &["--no-register"]);
    let mut running = desk.start("bench", &words(&provision));
    let until = Instant::now() + Duration::from_secs(60);
    let mut seen = Vec::new();
    while !seen
        .iter()
        .any(|state: &String| state.starts_with("Setting"))
    {
        assert!(Instant::now() < until, "{seen:?}");
        if let Some(line) = running.next_line(Duration::from_secs(20)) {
            seen.push(line["state"].as_str().unwrap_or_default().to_owned());
        }
    }
    running.interrupt();
    let stopped = running.finish(Duration::from_secs(120));
    assert!(
        stopped.errors.contains("safe for each unit"),
        "{stopped:#?}"
    );
    // It ended by itself, with its last line, and not by the signal.
    assert!(stopped.code.is_some(), "{stopped:#?}");
    assert_eq!(stopped.of_type("summary").len(), 1, "{stopped:#?}");
    // Whether it stands or was stopped on its way: that it failed by itself is not said of it.
    let (verdict, _, fault) = stopped.verdict();
    // Once it is written it is waited for and proved; before that it is left as it was.
    let (right, code) = match verdict.as_str() {
        "verified" => (fault.is_none(), 0),
        _ => (fault.as_deref() == Some("J-602"), 1),
    };
    assert!(right && stopped.code == Some(code), "{stopped:#?}");
    let jobs = desk.jobs("bench", &id);
    assert_eq!(jobs.len(), 1, "{jobs:#?}");

    if verdict != "verified" {
        // What was read before it was stopped is known.
        assert!(!desk.unit_row("bench", &id).settings.is_empty());
    }

    // It may be restarting still.
    let port = units.port_now(0);
    let provision = desk.provision(&port, &folder, &["--no-register"]);
    let again = desk.run("bench", &words(&provision));
    assert_eq!(again.code, Some(0), "{again:#?}");
    assert_eq!(
        desk.unit_row("bench", &id).state,
        fleet::unit::UnitState::Verified
    );
}

#[test]
fn ctrl_c_while_a_unit_restarts_waits_for_it_and_proves_it_and_a_push_counts_no_failure() {
    let desk = Desk::new();
    let units = desk.plug("ports", "queclink", &["--model", "gv55", "--seed", "14"]);
    let (port, folder, id) = (units.port(0), units.folder(), units.id(0));
    let added = desk.run("bench", &["unit", "add", &format!("imei={id}")]);
    assert_eq!(added.code, Some(0), "{added:#?}");
    assert_eq!(desk.run("bench", &["read", "--port", &port]).code, Some(0));
    let template = desk.write(
        "vans.toml",
        "name = \"Vans\"\nversion = 1\n[settings]\nreport.moving_interval_s = 45\n",
    );
    let push = ["push", "--template", &template, "--select", "*", "--yes"];
    let how = ["--pilot", "1", "--wait", "60", "--port-dir", &folder];
    let mut running = desk.start("bench", &[&push[..], &how].concat());
    let until = Instant::now() + Duration::from_secs(60);
    while running
        .next_line(Duration::from_secs(30))
        .expect("it goes on")["state"]
        != "taken"
    {
        assert!(Instant::now() < until, "it was never written");
    }
    running.interrupt();
    let stopped = running.finish(Duration::from_secs(120));
    let summary = stopped.one("summary");
    assert_eq!(summary["failed"], 0, "{stopped:#?}");
    assert_eq!(summary["verified"], 1, "{stopped:#?}");
    assert_eq!(summary["state"], "ended", "{stopped:#?}");
    assert_eq!(stopped.code, Some(0), "{stopped:#?}");
}

#[test]
fn the_second_ctrl_c_leaves_a_unit_that_does_not_come_back_and_its_push_goes_on_another_time() {
    let desk = Desk::new();
    let how = ["--model", "gv55", "--seed", "15"];
    let good = desk.plug("at-first", "queclink", &how);
    let id = good.id(0);
    let added = desk.run("bench", &["unit", "add", &format!("imei={id}")]);
    assert_eq!(added.code, Some(0), "{added:#?}");
    let read = desk.run("bench", &["read", "--port", &good.port(0)]);
    assert_eq!(read.code, Some(0), "{read:#?}");
    drop(good);
    let fault = ["--fault", "never-returns"];
    let units = desk.plug("ports", "queclink", &[&how[..], &fault].concat());
    assert_eq!(units.id(0), id, "the same unit");
    let template = desk.write(
        "vans.toml",
        "name = \"Vans\"\nversion = 1\n[settings]\nreport.moving_interval_s = 45\n",
    );
    let push = ["push", "--template", &template, "--select", "*", "--yes"];
    let folder = units.folder();
    let how = ["--pilot", "1", "--wait", "60", "--port-dir", &folder];
    let mut running = desk.start("bench", &[&push[..], &how].concat());
    let until = Instant::now() + Duration::from_secs(60);
    while running
        .next_line(Duration::from_secs(30))
        .expect("it goes on")["state"]
        != "taken"
    {
        assert!(Instant::now() < until, "it was never written");
    }
    running.interrupt();
    // Long enough for it to restart, and to be told.
    std::thread::sleep(Duration::from_secs(6));
    assert!(!running.has_ended(), "a unit that restarts is waited for");
    running.interrupt();
    let asked = Instant::now();
    let stopped = running.finish(Duration::from_secs(60));
    assert!(
        asked.elapsed() < Duration::from_secs(15),
        "it waited on: {stopped:#?}"
    );
    let told = format!("Waiting for ...{} (restarts)", &id[id.len() - 4..]);
    assert!(stopped.errors.contains(&told), "{stopped:#?}");
    let summary = stopped.one("summary");
    assert_eq!(summary["failed"], 0, "{stopped:#?}");
    assert_eq!(summary["waiting"], 1, "{stopped:#?}");
    assert_eq!(stopped.code, Some(4), "{stopped:#?}");
    assert_eq!(desk.jobs("bench", &id).len(), 1, "its job goes on");
}
