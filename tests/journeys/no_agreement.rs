//! When the fleet database says no, or says nothing: words and a next step, and work at the bench goes on.

use crate::desk::{Desk, Finished, Fleet};
use serde_json::json;

const ONE: &str = "356938035643809";

/// The code of the trouble; its four lines are there.
fn trouble(finished: &Finished) -> String {
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    let error = finished.one("error");
    let lines = error["message"].as_array().unwrap();
    assert!(
        lines.len() == 4 && lines.iter().all(|line| line.as_str().unwrap().len() > 3),
        "{error}"
    );
    error["fault"].as_str().unwrap().to_owned()
}

#[test]
fn whatever_the_database_says_the_bench_goes_on_and_its_edits_go_out_later() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let address = fleet.address("bench_a");
    let sync = |address: &str| desk.run("a", &["sync", "--fleet-db", address]);
    let mut edits = 0;
    let mut work_goes_on = || {
        edits += 1;
        let note = format!("note=entered {edits}");
        let set = desk.run("a", &["unit", "set", ONE, &note]);
        assert_eq!(set.code, Some(0), "{set:#?}");
        assert_eq!(
            desk.run("a", &["unit", "show", ONE]).one("unit")["notes"],
            json!(format!("entered {edits}"))
        );
    };
    let none = desk.run("a", &["sync"]);
    assert_eq!(trouble(&none), "F-800", "there is none yet");
    desk.run("a", &["unit", "add", &format!("imei={ONE}")]);
    assert_eq!(sync(&address).code, Some(0));

    // Nobody there.
    assert_eq!(
        trouble(&sync("postgres://bench_a@127.0.0.1:1/fleet")),
        "F-811"
    );
    work_goes_on();

    // No such login, and none of the passwords fits.
    assert_eq!(trouble(&sync(&fleet.address("nobody_known"))), "F-830");
    work_goes_on();

    // The right was taken away.
    fleet.admin("REVOKE fleet_app FROM bench_a");
    assert_eq!(trouble(&sync(&address)), "F-840");
    work_goes_on();
    fleet.admin("GRANT fleet_app TO bench_a");

    // A newer program is asked for: nothing is sent, the rest is heard.
    fleet.admin("UPDATE fleet.sync_head SET min_client = 99");
    fleet.psql("maria", "UPDATE fleet.units SET customer = 'Acme'");
    let old = sync(&address);
    assert_eq!(old.code, Some(4), "{old:#?}");
    assert!(old.errors.contains("F-844"), "{old:#?}");
    let summary = old.one("summary");
    assert_eq!(
        (&summary["pushed"], &summary["pulled"], &summary["waiting"]),
        (&json!(0), &json!(1), &json!(1))
    );
    work_goes_on();
    fleet.admin("UPDATE fleet.sync_head SET min_client = 1");

    // The table has a new column with a value in each row: everything is heard anew.
    fleet.admin("ALTER TABLE fleet.units ADD COLUMN colour text DEFAULT 'red'; UPDATE fleet.sync_head SET schema_version = 99");
    let heard = sync(&address).one("summary");
    assert_eq!(
        (&heard["pushed"], &heard["pulled"], &heard["waiting"]),
        (&json!(1), &json!(1), &json!(0)),
        "{heard}"
    );
    let there = fleet.psql("maria", "SELECT customer, notes FROM fleet.units");
    assert_eq!(there, format!("Acme|entered {edits}"));
}

#[test]
fn a_clock_that_is_wrong_by_a_day_is_told_and_mixes_nothing_up() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let address = fleet.address("bench_a");
    // It is the same to a bench whether its own clock is a day ahead or the server's a day behind.
    fleet.admin(
        "CREATE OR REPLACE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
             AS $$ SELECT pg_catalog.now() - interval '1 day' $$",
    );
    desk.run("a", &["unit", "add", &format!("imei={ONE}")]);
    fleet.psql("maria", "INSERT INTO fleet.units (serial) VALUES ('HW-1')");
    let told = desk.run("a", &["sync", "--fleet-db", &address]);
    assert_eq!(told.code, Some(0), "work goes on: {told:#?}");
    let summary = told.one("summary");
    assert_eq!(
        (&summary["pushed"], &summary["waiting"]),
        (&json!(1), &json!(0))
    );
    assert!(
        summary["clock_off_s"].as_i64().unwrap() > 86_000,
        "{summary}"
    );
    for words in [
        "The clock of this computer is about 24 hours ahead of the office database's.",
        "Set date and time of this computer",
        "F-870",
    ] {
        assert!(told.errors.contains(words), "{words}: {told:#?}");
    }
    for (bench, unit, fact) in [("a", "HW-1", "note=by a"), ("a", ONE, "customer=Acme")] {
        assert_eq!(desk.run(bench, &["unit", "set", unit, fact]).code, Some(0));
    }
    let again = desk
        .run("a", &["sync", "--fleet-db", &address])
        .one("summary");
    assert_eq!(
        (&again["pushed"], &again["conflicts"]),
        (&json!(2), &json!(0))
    );
    let check = desk.run("a", &["fleet-db", "check", "--fleet-db", &address]);
    assert_eq!(check.code, Some(3), "{check:#?}");
    let clock = check.of_type("step").pop().unwrap();
    assert_eq!(
        (&clock["step"], &clock["verdict"]),
        (&json!("clock"), &json!("notice"))
    );
    assert!(
        clock["words"].as_str().unwrap().contains("24 h ahead"),
        "{clock}"
    );
}

#[test]
fn a_newer_form_of_the_database_is_told_and_agreed_with_all_the_same() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let address = fleet.address("bench_a");
    fleet.admin("UPDATE fleet.sync_head SET schema_version = 99");
    desk.run("a", &["unit", "add", &format!("imei={ONE}")]);
    let told = desk.run("a", &["sync", "--fleet-db", &address]);
    assert_eq!(
        (told.code, &told.one("summary")["pushed"]),
        (Some(0), &json!(1)),
        "{told:#?}"
    );
    assert!(
        told.errors.contains("F-842") && told.errors.contains("Update Fleetdesk on this computer"),
        "{told:#?}"
    );
}

#[test]
fn two_copies_of_one_data_folder_are_noticed_and_both_go_on() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let address = fleet.address("bench_a");
    desk.run("a", &["unit", "add", &format!("imei={ONE}")]);
    desk.run("a", &["sync", "--fleet-db", &address]);
    std::fs::create_dir_all(desk.path("copy")).unwrap();
    std::fs::copy(
        desk.path("a/inventory.sqlite"),
        desk.path("copy/inventory.sqlite"),
    )
    .unwrap();
    for (bench, fact) in [("a", "note=from the first"), ("copy", "vehicle=KL-1")] {
        assert_eq!(desk.run(bench, &["unit", "set", ONE, fact]).code, Some(0));
    }
    let first = desk
        .run("a", &["sync", "--fleet-db", &address])
        .one("summary");
    assert_eq!(
        (&first["pushed"], &first["was_copied"]),
        (&json!(1), &json!(false))
    );
    let copy = desk.run("copy", &["sync", "--fleet-db", &address]);
    assert!(
        copy.errors.contains("a copy of this data folder"),
        "{copy:#?}"
    );
    assert_eq!(copy.one("summary")["pushed"], 1);
    assert_eq!(
        fleet.psql("maria", "SELECT notes, vehicle FROM fleet.units"),
        "from the first|KL-1"
    );
}

#[test]
fn a_unit_whose_sim_another_bench_has_claimed_is_not_registered() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let sandbox = desk.sandbox("carrier", &json!({ "activation_delay_ms": 100 }));
    let units = desk.plug("ports", "teltonika-fmb", &["--seed", "5"]);
    let (port, folder) = (units.port(0), units.folder());
    let address = fleet.address("bench_a");
    let read = desk.run("a", &["read", "--port", &port]);
    let iccid = read.lines.iter().find_map(|line| {
        let at = line.find("\"iccid\":\"")? + 9;
        line.get(at..)?.split('"').next().map(str::to_owned)
    });
    let iccid = iccid.unwrap_or_else(|| panic!("{read:#?}"));
    let claim = format!(
        "INSERT INTO fleet.claims (kind, key, job_id, device_id, actor)
         VALUES ('iccid', '{iccid}', gen_random_uuid(), gen_random_uuid(), 'Office b, Bench b')"
    );
    fleet.admin(&claim);
    let all = desk.provision(
        &port,
        &folder,
        &[
            "--sandbox",
            &sandbox.url,
            "--fleet-db",
            &address,
            "--carrier-wait",
            "5",
        ],
    );
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let told = desk.run("a", &all);
    assert!(
        told.lines
            .iter()
            .any(|line| line.contains("being configured by Office b, Bench b")),
        "{told:#?}"
    );
    assert!(sandbox.registrations().is_empty(), "{told:#?}");
}
