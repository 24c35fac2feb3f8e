//! What people do that nobody meant: an older copy of a data folder is put back, SQL users write what no bench can show, or say that they
//! are somebody else. Nothing is lost silently, and one odd row costs no more than itself.

use super::two_offices::Offices;
use serde_json::json;

const ONE: &str = "356938035643809";
const TWO: &str = "490154203237518";

#[test]
fn an_edit_joined_in_a_folder_that_was_put_back_is_not_taken_for_the_one_that_went_out() {
    let offices = Offices::new();
    offices.done("a", &["unit", "add", &format!("imei={ONE}"), "customer=c0"]);
    offices.sync("a");
    offices.done("a", &["unit", "set", ONE, "customer=c1"]);
    let (folder, backup) = (offices.desk.path("a"), offices.desk.path("backup"));
    copy(&folder, &backup);
    assert_eq!(offices.sync("a")["pushed"], 1);
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::rename(&backup, &folder).unwrap();
    offices.done("a", &["unit", "set", ONE, "note=after the copy"]);
    offices.sync("a");
    let row = offices
        .fleet
        .admin("SELECT customer || '|' || coalesce(notes, '') FROM fleet.units");
    assert_eq!(row.trim(), "c1|after the copy");
    assert_eq!(offices.unit("a", ONE)["notes"], "after the copy");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_value_that_no_program_can_hold_keeps_no_bench_from_hearing_the_rest() {
    let offices = Offices::new();
    offices.done("a", &["unit", "add", &format!("imei={ONE}")]);
    offices.done("a", &["unit", "add", &format!("imei={TWO}")]);
    offices.sync("a");
    offices.sync("b");
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    for odd in [r#"{"a": 1e400}"#.to_owned(), format!(r#"{{"a": {deep}}}"#)] {
        offices.fleet.admin(&format!(
            "UPDATE fleet.units SET settings = '{odd}', vehicle = 'KL-1' WHERE imei = '{ONE}'"
        ));
        offices.fleet.admin(&format!(
            "UPDATE fleet.units SET notes = 'heard ' || now() WHERE imei = '{TWO}'"
        ));
        offices.done("b", &["unit", "set", TWO, "customer=Acme"]);
        assert_eq!(offices.sync("b")["pushed"], 1);
        assert_eq!(offices.unit("b", ONE)["vehicle"], "KL-1");
        assert!(
            offices.unit("b", TWO)["notes"]
                .to_string()
                .contains("heard")
        );
        offices.done("b", &["unit", "set", TWO, "customer=Other"]);
        offices.sync("b");
    }
}

#[test]
fn a_number_that_a_bench_cannot_show_is_asked_about_before_it_is_overwritten() {
    let offices = Offices::new();
    offices.done("a", &["unit", "add", &format!("imei={ONE}")]);
    offices.sync("a");
    offices.fleet.admin(&format!(
        "UPDATE fleet.units SET mdn = '+4915112345678' WHERE imei = '{ONE}'"
    ));
    offices.sync("a");
    offices.done("a", &["unit", "set", ONE, "mdn=2065559999"]);
    offices.sync("a");
    let asked = offices.conflicts("a");
    assert_eq!(asked.len(), 1, "{asked:#?}");
    assert_eq!(asked[0]["theirs"], json!("+4915112345678"), "{asked:#?}");
    let row = offices.fleet.admin("SELECT mdn FROM fleet.units");
    assert_eq!(row.trim(), "+4915112345678");
}

#[test]
fn a_row_whose_number_no_unit_here_can_have_is_shown_by_its_serial() {
    let offices = Offices::new();
    offices.fleet.admin(
        "INSERT INTO fleet.units (serial, esn, customer) VALUES ('SN-77', '80ABCDEF', 'pseudo')",
    );
    offices.sync("a");
    let found = offices.done("a", &["units", "pseudo"]).of_type("unit");
    assert_eq!(found.len(), 1, "{found:#?}");
    offices.done("a", &["unit", "set", "SN-77", "note=found"]);
    assert_eq!(offices.sync("a")["pushed"], 1);
    let row = offices
        .fleet
        .admin("SELECT serial || '|' || esn || '|' || notes FROM fleet.units");
    assert_eq!(row.trim(), "SN-77|80ABCDEF|found");
}

#[test]
fn who_edits_in_sql_is_told_by_his_login_whoever_he_says_he_is() {
    let offices = Offices::new();
    offices.done("a", &["unit", "add", &format!("imei={ONE}")]);
    offices.sync("a");
    let known = offices.fleet.admin("SELECT op_id FROM fleet.unit_history");
    for (number, said) in [
        (
            "forged1",
            "SET LOCAL fleet.actor = 'Office b, Bench b'".to_owned(),
        ),
        (
            "forged2",
            format!("SET LOCAL fleet.op_id = '{}'", known.trim()),
        ),
    ] {
        offices.fleet.psql(
            "maria",
            &format!("BEGIN; {said}; UPDATE fleet.units SET vehicle = '{number}'; COMMIT"),
        );
    }
    offices.sync("a");
    let told = offices.history("a", ONE);
    for number in ["forged1", "forged2"] {
        let one = told
            .iter()
            .find(|event| event["detail"].to_string().contains(&format!("{number}\"")));
        let by = one.unwrap_or_else(|| panic!("{told:#?}"))["by"].to_string();
        assert!(by.contains("(SQL)") && !by.contains("Office b"), "{by}");
    }
}

/// All units of the fleet table, number and customer.
fn table(offices: &Offices) -> String {
    offices
        .fleet
        .admin(
            "SELECT string_agg(imei || ' ' || customer, ', ' ORDER BY customer) FROM fleet.units",
        )
        .trim()
        .to_owned()
}

#[test]
fn a_unit_that_is_entered_under_a_number_that_was_corrected_with_sql_overwrites_no_other() {
    let offices = Offices::new();
    let correct =
        format!("UPDATE fleet.units SET imei = '{TWO}', serial = '{TWO}' WHERE imei = '{ONE}'");
    offices.done(
        "a",
        &["unit", "add", &format!("imei={ONE}"), "customer=First"],
    );
    offices.sync("a");
    offices.fleet.psql("maria", &correct);
    // Office b enters the unit that really has the number before it hears of that, office a afterwards.
    offices.done(
        "b",
        &["unit", "add", &format!("imei={ONE}"), "customer=Second"],
    );
    assert_eq!(offices.sync("b")["rejected"], 1);
    let [question] = offices.conflicts("b").try_into().unwrap();
    assert_eq!(question["unit"], ONE, "{question:#}");
    let name = question["question"].as_str().unwrap();
    offices.done("b", &["fleet-db", "decide", name, "--use-mine"]);
    offices.sync("b");
    assert!(offices.conflicts("b").is_empty());
    assert_eq!(table(&offices), format!("{TWO} First, {ONE} Second"));
    offices.sync("a");
    for bench in ["a", "b"] {
        assert_eq!(offices.unit(bench, ONE)["customer"], "Second", "{bench}");
        assert_eq!(offices.unit(bench, TWO)["customer"], "First", "{bench}");
    }
    offices.fleet.psql(
        "maria",
        &format!("DELETE FROM fleet.units WHERE imei = '{ONE}'"),
    );
    offices.sync("a");
    offices.done(
        "a",
        &["unit", "add", &format!("imei={ONE}"), "customer=Third"],
    );
    offices.sync("a");
    assert_eq!(table(&offices), format!("{TWO} First, {ONE} Third"));
}

#[test]
fn settings_that_no_unit_can_have_hide_no_other_and_stay_in_the_fleet_table_as_they_were_written() {
    let offices = Offices::new();
    offices.done("a", &["unit", "add", &format!("imei={ONE}")]);
    offices.sync("a");
    let written = r#"{"APN": "x", "apn.name": "fleet", "report.far": 1e400, "server.port": 5027, "report.angle_deg": 1.5}"#;
    offices.fleet.psql(
        "maria",
        &format!("UPDATE fleet.units SET settings = '{written}' WHERE imei = '{ONE}'"),
    );
    let before = offices.fleet.admin("SELECT settings FROM fleet.units");
    for bench in ["a", "b"] {
        offices.sync(bench);
        let settings = &offices.unit(bench, ONE)["settings"];
        for (key, value) in [
            ("apn.name", json!("fleet")),
            ("server.port", json!(5027)),
            ("report.angle_deg", json!("1.5")),
            ("other.settings", json!(r#"{"APN":"x"}"#)),
        ] {
            assert_eq!(settings[key], value, "{bench} {key}: {settings}");
        }
        assert!(settings["report.far"].as_str().unwrap().starts_with('1'));
    }
    offices.done("b", &["unit", "set", ONE, "note=seen"]);
    offices.sync("b");
    let after = offices.fleet.admin("SELECT settings FROM fleet.units");
    assert_eq!(before, after);
}
