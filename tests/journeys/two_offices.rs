//! Two data folders and one fleet database: units, edits, clashes and SQL users between them.

use crate::desk::{Desk, Finished, Fleet, words};
use serde_json::{Value, json};

const ONE: &str = "356938035643809";
const TWO: &str = "490154203237518";

/// Two offices at one desk.
pub(super) struct Offices {
    pub(super) desk: Desk,
    pub(super) fleet: Fleet,
}

impl Offices {
    pub(super) fn new() -> Self {
        let offices = Self {
            desk: Desk::new(),
            fleet: Fleet::new(),
        };
        for bench in ["a", "b"] {
            let folder = offices.desk.path(bench);
            std::fs::create_dir_all(&folder).unwrap();
            let preferences = format!("bench = \"Bench {bench}\"\noffice = \"Office {bench}\"\n");
            std::fs::write(folder.join("preferences.toml"), preferences).unwrap();
        }
        offices
    }

    pub(super) fn run(&self, bench: &str, arguments: &[&str]) -> Finished {
        self.desk.run(bench, arguments)
    }

    /// A command that must do all it was asked.
    pub(super) fn done(&self, bench: &str, arguments: &[&str]) -> Finished {
        let finished = self.run(bench, arguments);
        assert_eq!(finished.code, Some(0), "{arguments:?}: {finished:#?}");
        finished
    }

    /// A round; its summary.
    pub(super) fn sync(&self, bench: &str) -> Value {
        let address = self.fleet.address(&format!("bench_{bench}"));
        let finished = self.run(bench, &["sync", "--fleet-db", &address]);
        assert!(matches!(finished.code, Some(0 | 3 | 4)), "{finished:#?}");
        finished.one("summary")
    }

    pub(super) fn unit(&self, bench: &str, id: &str) -> Value {
        self.done(bench, &["unit", "show", id]).one("unit")
    }

    pub(super) fn history(&self, bench: &str, id: &str) -> Vec<Value> {
        self.done(bench, &["unit", "show", id]).of_type("event")
    }

    pub(super) fn conflicts(&self, bench: &str) -> Vec<Value> {
        self.run(bench, &["fleet-db", "conflicts"])
            .of_type("conflict")
    }
}

#[test]
fn what_one_office_does_the_other_sees_and_clashes_are_asked() {
    let offices = Offices::new();
    offices.done(
        "a",
        &[
            "unit",
            "add",
            &format!("imei={ONE}"),
            "customer=Acme",
            "note=spare",
        ],
    );
    let sent = offices.sync("a");
    assert_eq!(
        (&sent["pushed"], &sent["conflicts"]),
        (&json!(1), &json!(0)),
        "{sent}"
    );
    assert!(
        sent["head"].as_i64().unwrap() > 0 && sent["seconds"].is_f64(),
        "{sent}"
    );

    // One round brings it to the other.
    assert_eq!(offices.sync("b")["pulled"], 1);
    let there = offices.unit("b", ONE);
    assert_eq!(
        (&there["customer"], &there["notes"]),
        (&json!("Acme"), &json!("spare"))
    );

    // Different fields merge, without a question.
    offices.done("a", &["unit", "set", ONE, "vehicle=KL-4821"]);
    offices.done("b", &["unit", "set", ONE, "note=under the seat"]);
    for bench in ["a", "b", "a"] {
        assert_eq!(offices.sync(bench)["conflicts"], 0);
    }
    for bench in ["a", "b"] {
        let unit = offices.unit(bench, ONE);
        assert_eq!(
            (&unit["vehicle"], &unit["notes"]),
            (&json!("KL-4821"), &json!("under the seat")),
            "{bench}"
        );
        assert!(offices.conflicts(bench).is_empty());
    }

    // The same field is one question, for the second.
    offices.done("a", &["unit", "set", ONE, "customer=Beta"]);
    offices.done("b", &["unit", "set", ONE, "customer=Gamma"]);
    offices.sync("a");
    let met = offices.run(
        "b",
        &["sync", "--fleet-db", &offices.fleet.address("bench_b")],
    );
    assert_eq!(met.code, Some(3), "a person must decide: {met:#?}");
    assert_eq!(met.one("summary")["conflicts"], 1);
    let [question] = offices.conflicts("b").try_into().unwrap();
    assert_eq!(
        (
            &question["field"],
            &question["yours"],
            &question["theirs"],
            &question["unit"]
        ),
        (
            &json!("customer"),
            &json!("Gamma"),
            &json!("Beta"),
            &json!(ONE)
        )
    );
    assert_eq!(question["theirs_by"], "Office a, Bench a");
    assert_eq!(
        offices.unit("b", ONE)["customer"],
        "Beta",
        "the first one to reach the office database stays"
    );

    // Use mine, undo, use mine: it goes out with the next round.
    let name = question["question"].as_str().unwrap();
    offices.done("b", &["fleet-db", "decide", name, "--use-mine"]);
    assert_eq!(offices.unit("b", ONE)["customer"], "Gamma");
    assert!(offices.conflicts("b").is_empty());
    offices.done("b", &["fleet-db", "decide", name, "--undo"]);
    assert_eq!(offices.unit("b", ONE)["customer"], "Beta");
    assert_eq!(offices.conflicts("b").len(), 1);
    let unshown = ["fleet-db", "decide", name, "--edit", "\u{1b}[31mred"];
    let refused = offices.run("b", &unshown);
    assert_eq!(refused.code, Some(2), "as 'unit set' does: {refused:#?}");
    assert_eq!(offices.conflicts("b").len(), 1);
    offices.done("b", &["fleet-db", "decide", name, "--edit", "Gamma Ltd"]);
    offices.sync("b");
    offices.sync("a");
    assert_eq!(offices.unit("a", ONE)["customer"], "Gamma Ltd");
    assert_eq!(offices.run("a", &["fleet-db", "conflicts"]).code, Some(0));

    // Plain SQL appears in both, by login.
    offices.fleet.psql(
        "maria",
        &format!("UPDATE fleet.units SET vehicle = 'M-1' WHERE serial = '{ONE}'"),
    );
    for bench in ["a", "b"] {
        assert_eq!(offices.sync(bench)["pulled"], 1);
        assert_eq!(offices.unit(bench, ONE)["vehicle"], "M-1");
        let told = offices.history(bench, ONE);
        let by_sql = told.iter().find(|event| event["by"] == "maria (SQL)");
        let by_sql = by_sql.unwrap_or_else(|| panic!("{bench}: {told:#?}"));
        assert_eq!(by_sql["detail"], "Vehicle KL-4821 → M-1");
    }
    let of_a = offices.history("b", ONE);
    assert!(
        of_a.iter().any(|event| event["by"] == "Office a, Bench a"),
        "{of_a:#?}"
    );

    // A DELETE is a tombstone, not a ghost; an edit of it is one question.
    offices.fleet.psql(
        "jonas",
        &format!("DELETE FROM fleet.units WHERE serial = '{ONE}'"),
    );
    offices.done("b", &["unit", "set", ONE, "note=still here"]);
    offices.sync("a");
    assert_eq!(offices.run("a", &["unit", "show", ONE]).code, Some(1));
    assert_eq!(offices.done("a", &["units"]).one("summary")["total"], 0);
    offices.sync("b");
    let [gone] = offices.conflicts("b").try_into().unwrap();
    assert_eq!((&gone["why"], &gone["unit"]), (&json!("gone"), &json!(ONE)));
    offices.done(
        "b",
        &[
            "fleet-db",
            "decide",
            gone["question"].as_str().unwrap(),
            "--use-mine",
        ],
    );
    offices.sync("b");
    offices.sync("a");
    let again = offices.unit("a", ONE);
    assert_eq!(
        (&again["notes"], &again["customer"]),
        (&json!("still here"), &json!("Gamma Ltd"))
    );
}

#[test]
fn a_unit_proved_in_one_office_is_in_the_other_within_one_round() {
    let offices = Offices::new();
    let units = offices
        .desk
        .plug("ports", "teltonika-fmb", &["--seed", "5"]);
    let (port, folder, id) = (units.port(0), units.folder(), units.id(0));
    let provision = offices.desk.provision(&port, &folder, &["--no-register"]);
    offices.done("a", &words(&provision));
    assert_eq!(offices.sync("a")["pushed"], 1);
    assert_eq!(offices.sync("b")["pulled"], 1);
    let there = offices.unit("b", &id);
    assert_eq!(
        (&there["state"], &there["template"]),
        (&json!("verified"), &json!("Van standard"))
    );
    assert_eq!(there["settings"], offices.unit("a", &id)["settings"]);
    let in_sql = offices.fleet.psql(
        "maria",
        "SELECT imei, state, template_version, settings->>'apn.password' FROM fleet.units",
    );
    assert!(in_sql.starts_with(&format!("{id}|verified|5|")), "{in_sql}");
    assert!(!in_sql.contains("canary"), "{in_sql}");
}

#[test]
fn edits_made_offline_survive_a_restart_and_go_out_later() {
    let offices = Offices::new();
    let nobody = "postgres://bench_a@127.0.0.1:1/fleet";
    offices.done(
        "a",
        &["unit", "add", &format!("imei={TWO}"), "customer=Acme"],
    );
    let offline = offices.run("a", &["sync", "--fleet-db", nobody]);
    assert_eq!(offline.code, Some(1));
    let error = offline.one("error");
    assert_eq!(
        (&error["fault"], error["message"].as_array().unwrap().len()),
        (&json!("F-811"), 4)
    );
    offices.done("a", &["unit", "set", TWO, "note=entered on the road"]);
    let sent = offices.sync("a");
    assert_eq!(
        sent["pushed"], 1,
        "two edits of one person that were not sent are one: {sent}"
    );
    assert_eq!(sent["waiting"], 0);
    let again = offices.sync("a");
    assert_eq!(
        (&again["pushed"], &again["pulled"]),
        (&json!(0), &json!(0)),
        "{again}"
    );
    let in_sql = offices
        .fleet
        .psql("maria", "SELECT imei, customer, notes FROM fleet.units");
    assert_eq!(in_sql, format!("{TWO}|Acme|entered on the road"));
}

#[test]
fn a_database_that_was_put_back_is_repaired_and_what_was_lost_is_listed() {
    let offices = Offices::new();
    for id in [ONE, TWO] {
        offices.done("a", &["unit", "add", &format!("imei={id}"), "vehicle=KL-1"]);
    }
    offices.sync("a");
    offices.sync("b");
    offices.fleet.keep_as("yesterday");
    // The tail that will be lost: an edit of an office, one of a SQL user, and a unit that only SQL knew.
    offices.done("a", &["unit", "set", ONE, "note=by the office"]);
    offices.fleet.psql(
        "maria",
        &format!("UPDATE fleet.units SET vehicle = 'M-1' WHERE serial = '{TWO}'"),
    );
    offices
        .fleet
        .psql("maria", "INSERT INTO fleet.units (serial) VALUES ('HW-7')");
    for bench in ["a", "b"] {
        offices.sync(bench);
    }
    offices.fleet.put_back("yesterday");
    offices.fleet.psql(
        "jonas",
        &format!("UPDATE fleet.units SET customer = 'Acme' WHERE serial = '{TWO}'"),
    );
    let again = offices.sync("a");
    assert_eq!(
        (&again["began_anew"], &again["pushed"], &again["waiting"]),
        (&json!(1), &json!(1), &json!(0)),
        "{again}"
    );
    let lost = again["went_back"].as_array().unwrap();
    let of = |unit: &str| {
        let found = lost.iter().find(|row| row["unit"] == unit);
        found.unwrap_or_else(|| panic!("{unit}: {again}"))["before"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(of(TWO).contains("vehicle was M-1, is KL-1"), "{again}");
    assert_eq!(of("HW-7"), "the unit was in the fleet table");
    assert_eq!(lost.len(), 2, "what was sent again is not lost: {again}");
    assert_eq!(offices.sync("a")["went_back"], json!([]), "told once");
    let other = offices.sync("b");
    assert_eq!(other["went_back"].as_array().unwrap().len(), 2, "{other}");
    for bench in ["a", "b"] {
        let unit = offices.unit(bench, TWO);
        assert_eq!(
            (&unit["vehicle"], &unit["customer"]),
            (&json!("KL-1"), &json!("Acme"))
        );
        assert_eq!(offices.unit(bench, ONE)["notes"], "by the office");
        let told = offices.history(bench, TWO);
        assert!(
            told.iter()
                .any(|event| event["title"] == "The office database went back"),
            "{told:#?}"
        );
    }
}

#[test]
fn a_row_that_somebody_holds_in_sql_waits_and_nothing_else_does() {
    let offices = Offices::new();
    for id in [ONE, TWO] {
        offices.done("a", &["unit", "add", &format!("imei={id}")]);
    }
    offices.sync("a");
    offices.done("a", &["unit", "set", ONE, "note=mine"]);
    offices.done("a", &["unit", "set", TWO, "note=other"]);
    std::thread::scope(|stories| {
        stories.spawn(|| {
            let hold = format!("BEGIN; UPDATE fleet.units SET vehicle = 'held' WHERE serial = '{ONE}'; SELECT pg_sleep(6); COMMIT");
            offices.fleet.psql("maria", &hold)
        });
        let held = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'BEGIN; UPDATE%'";
        while offices.fleet.admin(held) == "0" {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
        let address = offices.fleet.address("bench_a");
        let meanwhile = offices.run("a", &["sync", "--fleet-db", &address]);
        assert_eq!(meanwhile.code, Some(4), "something is owed: {meanwhile:#?}");
        let summary = meanwhile.one("summary");
        assert_eq!(
            (&summary["pushed"], &summary["busy"], &summary["waiting"]),
            (&json!(1), &json!(1), &json!(1))
        );
        let held = &summary["held"][0];
        assert_eq!(
            (&held["unit"], &held["login"]),
            (&json!(ONE), &json!("maria"))
        );
        assert!(
            meanwhile
                .errors
                .contains("is being edited in SQL by maria since"),
            "{meanwhile:#?}"
        );
    });
    let later = offices.sync("a");
    assert_eq!(
        (&later["pushed"], &later["waiting"]),
        (&json!(1), &json!(0)),
        "{later}"
    );
    let unit = offices.unit("a", ONE);
    assert_eq!(
        (&unit["notes"], &unit["vehicle"]),
        (&json!("mine"), &json!("held"))
    );
}
