//! Plans: what a template wants of a unit, against what the unit shows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use fleet::fault::Mismatch;
use fleet::plan::{MOST_PLACES, PlaceWrite, grouped, settings_shown, unplanned};
use fleet::profile::Place;
use fleet::setting::ShownValue;
use fleet::{Fault, Identity, Plan, Profile, Reading, Secret, SettingKey, Template, UnitId, Value};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Read once: compiling its patterns takes longer than most tests.
static PROFILE: LazyLock<Profile> =
    LazyLock::new(|| Profile::from_toml(include_str!("bench_tester.toml")).unwrap());

fn profile() -> &'static Profile {
    &PROFILE
}

fn identity(variant: &str) -> Identity {
    let (id, _) = UnitId::from_unit_answer("356868000041418").unwrap();
    Identity {
        id,
        imei: None,
        meid: None,
        esn: None,
        iccid: None,
        iccid_text: None,
        profile: "bench-tester".to_owned(),
        variant: variant.to_owned(),
        model: "Tester".to_owned(),
        firmware: None,
        hardware: None,
        serial_number: None,
        warnings: Vec::new(),
    }
}

fn place(name: &str) -> Place {
    match name.split_once('.') {
        Some((command, field)) => Place::Field {
            command: command.to_owned(),
            field: field.to_owned(),
        },
        None => Place::Parameter {
            parameter: name.to_owned(),
        },
    }
}

const FACTORY: [(&str, &str); 13] = [
    ("2001", "internet"),
    ("2003", ""),
    ("NET.mode", "0"),
    ("NET.link", "0"),
    ("NET.host", "old.example.net"),
    ("NET.port", "5027"),
    ("10050", "300"),
    ("10055", "120"),
    ("10150", "300"),
    ("10155", "120"),
    ("2100", "10"),
    ("99", "17"),
    ("30000", "x"),
];

fn reading(changed: &[(&str, &str)]) -> Reading {
    let mut reading = Reading {
        complete: true,
        ..Reading::default()
    };
    for (name, text) in FACTORY.iter().chain(changed) {
        reading.places.insert(place(name), (*text).to_owned());
    }
    reading.secret_places.insert(place("2003"));
    reading
}

fn template(text: &str) -> Template {
    Template::from_toml(&format!("name = \"Vans\"\nversion = 3\n{text}")).unwrap()
}

fn compute(text: &str, reading: &Reading) -> Result<Plan, Fault> {
    Plan::compute(profile(), &identity("one"), reading, &template(text))
}

fn key(text: &str) -> SettingKey {
    SettingKey::new(text).unwrap()
}

fn written(plan: &Plan) -> BTreeMap<String, String> {
    plan.groups()
        .into_iter()
        .flatten()
        .map(|write| (write.place.to_string(), write.after.reveal().to_owned()))
        .collect()
}

fn after(plan: &Plan, before: &Reading) -> Reading {
    let mut after = before.clone();
    for write in plan.groups().into_iter().flatten() {
        after
            .places
            .insert(write.place.clone(), write.after.reveal().to_owned());
    }
    after
}

#[test]
fn a_command_that_the_unit_does_not_show_stops_it_before_anything_is_written() {
    let mut reading = reading(&[]);
    reading
        .places
        .retain(|place, _| !place.to_string().starts_with("NET."));
    let wish = "[settings]\n\"apn.name\" = \"iot\"\n\"server.host\" = \"new.example.net\"";
    match compute(wish, &reading) {
        Err(Fault::SettingNotAvailable { keys, why, .. }) => {
            assert_eq!(keys, ["server.host"]);
            assert!(why.contains("NET"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    let optional = format!("optional = [\"server.host\"]\n{wish}");
    let plan = compute(&optional, &reading).unwrap();
    assert_eq!(plan.skipped.len(), 1);
    assert_eq!(written(&plan).len(), 1);
}

#[test]
fn only_what_differs_is_written_in_the_profiles_order() {
    let plan = compute(
        "[settings]\n\"server.port\" = 5027\n\"report.moving_interval_s\" = 300\n\"apn.name\" = \"iot\"",
        &reading(&[]),
    )
    .unwrap();
    let lines: Vec<&str> = plan
        .changes
        .iter()
        .map(|change| change.label.as_str())
        .collect();
    assert_eq!(lines, ["APN", "Report while moving"]);
    assert_eq!(
        plan.already_right,
        [(key("server.port"), Value::Integer(5027))]
    );
    assert_eq!(
        written(&plan).into_keys().collect::<Vec<_>>(),
        ["10055", "10155", "2001"]
    );
    assert_eq!(plan.changes[1].before, None, "its places disagree");
    assert!(plan.guarded().all(|change| change.label == "APN"));
}

#[test]
fn a_setting_set_apart_rules_its_places_alone() {
    let text = "[settings]\n\"report.moving_interval_s\" = 60\n\"tester.send_interval_s\" = 120";
    let plan = compute(text, &reading(&[])).unwrap();
    assert_eq!(
        written(&plan),
        BTreeMap::from([("10050".into(), "60".into()), ("10150".into(), "60".into())])
    );
    assert_eq!(
        plan.already_right,
        [(key("tester.send_interval_s"), Value::Integer(120))]
    );
    let shown = settings_shown(profile(), &identity("one"), &after(&plan, &reading(&[])));
    assert_eq!(
        shown.get(&key("report.moving_interval_s")),
        Some(&ShownValue::Integer(60))
    );
}

#[test]
fn what_a_setting_needs_is_a_line_of_its_own_and_written_once() {
    let text = "[settings]\n\"server.host\" = \"old.example.net\"";
    let plan = compute(text, &reading(&[])).unwrap();
    assert_eq!(plan.changes.len(), 1);
    assert_eq!(plan.changes[0].label, "Connection mode");
    assert_eq!(
        written(&plan),
        BTreeMap::from([("NET.link".into(), "3".into())])
    );
    assert!(
        compute(text, &reading(&[("NET.link", "4")]))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn every_missing_setting_is_named_before_anything_is_written() {
    let text = "optional = [\"report.heartbeat_interval_s\"]\n[settings]\n\"server.host\" = \"h\"\n\"report.heartbeat_interval_s\" = 600\n\"no.such\" = 1";
    let stopped = Plan::compute(profile(), &identity("two"), &reading(&[]), &template(text));
    let Err(Fault::SettingNotAvailable { keys, .. }) = stopped else {
        panic!("{stopped:?}")
    };
    assert_eq!(keys, ["no.such", "server.host"]);
    let text = "optional = [\"report.heartbeat_interval_s\"]\n[settings]\n\"server.port\" = 1\n\"report.heartbeat_interval_s\" = 600";
    let plan = Plan::compute(profile(), &identity("two"), &reading(&[]), &template(text)).unwrap();
    assert_eq!(plan.skipped[0].why, "It sends no heartbeat.");
}

#[test]
fn a_value_that_does_not_fit_stops_the_unit() {
    for text in [
        "\"report.moving_interval_s\" = 90000",
        "\"report.heartbeat_interval_s\" = 330",
        "\"apn.name\" = \"a;b\"",
        "\"apn.name\" = \"an access point name that is far too long\"",
        "\"tester.mode\" = \"sideways\"",
    ] {
        let stopped = compute(&format!("[settings]\n{text}"), &reading(&[]));
        assert!(
            matches!(stopped, Err(Fault::ValueOutOfRange { .. })),
            "{text}: {stopped:?}"
        );
    }
}

#[test]
fn a_secret_shows_nowhere_but_in_its_write() {
    let text = "[settings]\n\"apn.password\" = \"hunter2\"";
    let before = reading(&[("2003", "former")]);
    let plan = compute(text, &before).unwrap();
    assert_eq!(written(&plan).get("2003"), Some(&"hunter2".to_owned()));
    let shown = serde_json::to_string(&plan.shown()).unwrap();
    let wrong = plan.check(profile(), &identity("one"), &before);
    let all = format!("{shown} {plan:?} {wrong:?} {before:?}");
    assert!(!all.contains("hunter2") && !all.contains("former"), "{all}");
}

#[test]
fn what_cannot_be_read_is_written_each_time_and_stays_unproved() {
    let text = "[settings]\n\"tester.pin\" = \"1234\"\n\"server.port\" = 1";
    let plan = compute(text, &reading(&[("NET.port", "1")])).unwrap();
    assert_eq!(plan.not_readable, [key("tester.pin")]);
    let result = plan.check(
        profile(),
        &identity("one"),
        &after(&plan, &reading(&[("NET.port", "1")])),
    );
    assert_eq!(result.unproved, [key("tester.pin")]);
    assert_eq!(result.right, [key("server.port")]);
    assert!(result.wrong.is_empty());
}

#[test]
fn a_place_that_the_unit_leaves_out_is_written_and_never_called_right() {
    let text = "[settings]\n\"apn.name\" = \"iot\"";
    let mut gap = reading(&[]);
    gap.places.remove(&place("2001"));
    let plan = compute(text, &gap).unwrap();
    assert_eq!(plan.changes[0].before, None);
    assert_eq!(
        plan.check(profile(), &identity("one"), &gap).unproved,
        [key("apn.name")]
    );
    let shown_before = compute(text, &reading(&[])).unwrap();
    let result = shown_before.check(profile(), &identity("one"), &gap);
    let line = Mismatch {
        what: "APN".into(),
        expected: "iot".into(),
        found: None,
    };
    assert_eq!(result.wrong, [line]);
    assert_eq!(result.repairs.len(), 1);
}

#[test]
fn numbers_and_words_are_compared_by_meaning() {
    let text = "[settings]\n\"report.heartbeat_interval_s\" = 600\n\"tester.mode\" = \"long\"";
    let other_words = reading(&[("2100", "10.000000"), ("NET.mode", "7")]);
    assert!(compute(text, &other_words).unwrap().is_empty());
}

#[test]
fn what_changes_by_itself_outside_the_plan_is_seen() {
    let before = reading(&[("2003", fleet::secret::DOTS)]);
    let plan = compute("[settings]\n\"apn.name\" = \"iot\"", &before).unwrap();
    let mut later = after(&plan, &before);
    for (name, text) in [
        ("99", "4000"),
        ("30000", "y"),
        ("2003", "secret"),
        ("2100", "10.0"),
    ] {
        later.places.insert(place(name), text.to_owned());
    }
    let found = unplanned(profile(), &identity("one"), &plan, &before, &later);
    assert!(
        found.settings.is_empty(),
        "volatile, secret and equal values do not count: {found:?}"
    );
    assert_eq!(found.other, ["30000"]);
    later.places.insert(place("NET.port"), "1".to_owned());
    let found = unplanned(profile(), &identity("one"), &plan, &before, &later);
    assert_eq!(found.settings[0].what, "Server port");
    assert_eq!(found.repairs[0].after.reveal(), "5027");
}

#[test]
fn groups_hold_sixteen_places_and_a_command_stays_whole() {
    let parameter = |number: usize| PlaceWrite {
        place: place(&number.to_string()),
        before: None,
        after: Secret::new("1"),
    };
    let field = |name: &str| PlaceWrite {
        place: place(name),
        before: None,
        after: Secret::new("1"),
    };
    let mut writes: Vec<PlaceWrite> = (0..15).map(parameter).collect();
    writes.extend([
        field("NET.a"),
        field("OTHER.x"),
        field("NET.b"),
        parameter(3),
    ]);
    let groups = grouped(&writes);
    assert!(groups.iter().all(|group| group.len() <= MOST_PLACES));
    assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [15, 3]);
    let net: Vec<usize> = groups
        .iter()
        .map(|group| {
            group
                .iter()
                .filter(|write| write.place.to_string().starts_with("NET"))
                .count()
        })
        .collect();
    assert_eq!(net, [0, 2]);
}

proptest! {
    #[test]
    fn the_plan_of_a_verified_unit_is_empty(
        port in 1_i64..65535,
        moving in 1_i64..86400,
        apn in "[a-z]{0,32}",
        apart in proptest::option::of(1_i64..86400),
        start in proptest::collection::vec("[0-9]{1,4}", 13),
    ) {
        let mut text = format!(
            "[settings]\n\"server.host\" = \"h\"\n\"server.port\" = {port}\n\"report.moving_interval_s\" = {moving}\n\"apn.name\" = \"{apn}\"\n"
        );
        if let Some(apart) = apart {
            text.push_str(&format!("\"tester.send_interval_s\" = {apart}\n"));
        }
        let changed: Vec<(&str, &str)> =
            FACTORY.iter().zip(&start).map(|((name, _), text)| (*name, text.as_str())).collect();
        let before = reading(&changed);
        let plan = compute(&text, &before).unwrap();
        let later = after(&plan, &before);
        let result = plan.check(profile(), &identity("one"), &later);
        prop_assert!(result.wrong.is_empty() && result.unproved.is_empty());
        prop_assert!(compute(&text, &later).unwrap().is_empty());
        prop_assert_eq!(unplanned(profile(), &identity("one"), &plan, &before, &later), Default::default());
        prop_assert_eq!(compute(&text, &before).unwrap().sha256(), plan.sha256());
    }
}
