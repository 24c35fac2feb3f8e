//! A unit that was entered, never set here, and lies on the bench: read, rehearsed, pushed, with a secret and without a keychain.

use crate::desk::Desk;

const TEMPLATE: &str = "name = \"Vans\"\nversion = 1\n[settings]\napn.name = \"iot.example\"\napn.password = \"canary-4711\"\nreport.moving_interval_s = 45\n";

#[test]
fn a_unit_that_was_read_is_pushed_a_secret_that_no_keychain_has_and_a_rehearsal_keeps_nothing() {
    let desk = Desk::new();
    let template = desk.write("template.toml", TEMPLATE);
    let units = desk.plug("ports", "teltonika-fmb", &["--seed", "12"]);
    let (port, folder, id) = (units.port(0), units.folder(), units.id(0));
    let added = desk.run("bench", &["unit", "add", &format!("imei={id}")]);
    assert_eq!(added.code, Some(0), "{added:#?}");
    let push = [
        "push",
        "--template",
        &template,
        "--select",
        "*",
        "--via",
        "cable",
    ];
    let rehearse = || desk.run("bench", &[&push[..], &["--rehearse"]].concat());

    let unread = rehearse();
    assert_eq!(unread.one("summary")["cannot"], 1, "{unread:#?}");
    let read = desk.run("bench", &["read", "--port", &port]);
    assert!(read.errors.contains("has this reading now"), "{read:#?}");

    let foreseen = rehearse();
    assert_eq!(foreseen.one("summary")["change"], 1, "{foreseen:#?}");
    let kept = desk.run("bench", &["templates", "list"]);
    assert!(kept.of_type("template").is_empty(), "{kept:#?}");

    let run = [
        "--yes",
        "--pilot",
        "0",
        "--wait",
        "90",
        "--port",
        &port,
        "--port-dir",
        &folder,
    ];
    let pushed = desk.run("bench", &[&push[..], &run].concat());
    assert_eq!(pushed.code, Some(0), "{pushed:#?}");
    let all = format!("{unread:#?}{foreseen:#?}{pushed:#?}");
    assert!(!all.contains("canary-4711"), "{all}");
    let found = desk.run("bench", &["unit", "show", &id]);
    assert_eq!(found.one("unit")["state"], "verified", "{found:#?}");
}
