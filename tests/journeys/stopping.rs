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
    assert!(matches!(stopped.code, Some(1 | 3 | 4)), "{stopped:#?}");
    assert_eq!(stopped.of_type("summary").len(), 1, "{stopped:#?}");
    // Whether it stands or was stopped on its way: that it failed by itself is not said of it.
    let (verdict, _, fault) = stopped.verdict();
    assert!(
        verdict == "verified" || fault.as_deref() == Some("J-602"),
        "{stopped:#?}"
    );
    let jobs = desk.jobs("bench", &id);
    assert_eq!(jobs.len(), 1, "{jobs:#?}");

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
