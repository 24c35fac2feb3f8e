//! New units and facts that the fleet table refused: each question has a way on that is not only to forget it. And rows that SQL users wrote
//! otherwise than any program here would.

use super::questions::{answer, asked, decide, deleted, hear, row, set, taken, yours};
use super::*;
use fleet::edit::Field;
use fleet_db::protocol::{HistoryEntry, OperationKind, Outcome};
use serde_json::{Value, json};

fn enter(bench: &Bench, n: u32) {
    let mut new = unit(n);
    new.customer = Some("Acme".to_owned());
    let entered = bench.inventory.upsert_unit(new, vec![entry("Entered")]);
    entered.wait().unwrap();
}

fn shown(bench: &Bench, n: u32) -> Option<Unit> {
    bench.inventory.unit(unit_id(n)).wait().unwrap()
}

#[test]
fn a_unit_whose_number_another_one_had_before_it_was_corrected_is_a_unit_of_its_own() {
    let bench = bench();
    enter(&bench, 1);
    let [first] = taken(&bench).try_into().unwrap();
    answer(&bench, Outcome::Applied, &Value::Null);
    hear(
        &bench,
        vec![row(1, first.unit_id, 1, &json!({ "customer": "Acme" }))],
    );
    // A SQL user corrects the IMEI; then the unit that really has the first one comes.
    hear(
        &bench,
        vec![row(2, first.unit_id, 2, &json!({ "customer": "Acme" }))],
    );
    enter(&bench, 1);
    let [second] = taken(&bench).try_into().unwrap();
    assert_eq!(second.kind, OperationKind::Create, "{second:?}");
    assert_ne!(second.unit_id, first.unit_id);
    for n in [1, 2] {
        assert!(shown(&bench, n).is_some(), "{n}");
    }
}

#[test]
fn a_unit_that_was_entered_before_that_was_heard_can_be_sent_again() {
    let bench = bench();
    enter(&bench, 1);
    let [first] = taken(&bench).try_into().unwrap();
    let why = json!({ "sqlstate": "23505", "constraint": "units_pkey", "message": "double", "unit_id": null });
    answer(&bench, Outcome::Rejected, &why);
    hear(
        &bench,
        vec![row(1, first.unit_id, 2, &json!({ "customer": "Beta" }))],
    );
    let told = |n| bench.inventory.timeline(unit_id(n), 10).wait().unwrap();
    assert_eq!(told(2), [], "what was entered is no history of the other");
    let [question] = asked(&bench).try_into().unwrap();
    assert_eq!(question.unit, Some(unit_id(1)), "{question:?}");
    decide(&bench, &question, ReviewDecision::UseMine).unwrap();
    assert!(told(1).iter().any(|event| event.title == "Entered"));
    let [again] = taken(&bench).try_into().unwrap();
    assert_eq!(again.kind, OperationKind::Create);
    assert_ne!(again.unit_id, first.unit_id, "it would be refused for ever");
    assert_eq!(again.fields["imei"].new, json!(imei(1).as_str()));
    let customer = |n| shown(&bench, n).and_then(|unit| unit.customer);
    assert_eq!(customer(1).as_deref(), Some("Acme"));
    assert_eq!(customer(2).as_deref(), Some("Beta"));
}

#[test]
fn a_unit_whose_double_was_deleted_since_can_be_added_again() {
    let bench = bench();
    enter(&bench, 1);
    let other = Uuid::from_u128(77);
    let why = json!({ "sqlstate": "23505", "constraint": "units_imei_key", "message": "double", "unit_id": other.to_string() });
    answer(&bench, Outcome::Rejected, &why);
    hear(
        &bench,
        vec![row(1, other, 1, &json!({ "customer": "Beta" }))],
    );
    let [question] = asked(&bench).try_into().unwrap();
    assert_eq!(question.kind, ReviewKind::Double);
    hear(&bench, vec![deleted(2, other)]);
    let [question] = asked(&bench).try_into().unwrap();
    assert_eq!(question.kind, ReviewKind::Gone);
    assert_eq!(question.unit, Some(unit_id(1)), "{question:?}");
    decide(&bench, &question, ReviewDecision::UseMine).unwrap();
    let [again] = taken(&bench).try_into().unwrap();
    assert_eq!(again.kind, OperationKind::Create);
    assert_eq!(again.fields["customer"].new, json!("Acme"));
    assert!(shown(&bench, 1).is_some());
}

#[test]
fn a_refused_fact_that_nobody_enters_is_left_out_and_the_rest_goes_out() {
    let bench = bench();
    let mut new = unit(1);
    new.customer = Some("Acme".to_owned());
    new.firmware = Some("f".repeat(201));
    let entered = bench.inventory.upsert_unit(new, vec![entry("Entered")]);
    entered.wait().unwrap();
    let why = json!({ "sqlstate": "23514", "constraint": "units_firmware_check", "message": "no" });
    answer(&bench, Outcome::Rejected, &why);
    let [question] = asked(&bench).try_into().unwrap();
    assert_eq!(question.can_go_without(), Some("firmware"));
    assert_eq!(yours(&question).len(), 1);
    let typed = decide(&bench, &question, ReviewDecision::Edit("1.0".to_owned()));
    assert!(
        matches!(&typed, Err(InventoryError::Refused(why)) if why.contains("leave it empty")),
        "{typed:?}"
    );
    decide(&bench, &question, ReviewDecision::Edit(String::new())).unwrap();
    let [again] = taken(&bench).try_into().unwrap();
    assert!(!again.fields.contains_key("firmware"), "{again:?}");
    assert_eq!(again.fields["customer"].new, json!("Acme"));
}

#[test]
fn a_refused_number_says_that_another_number_is_another_unit() {
    let bench = bench();
    enter(&bench, 1);
    let why = json!({ "sqlstate": "23514", "constraint": "units_imei_check", "message": "no" });
    answer(&bench, Outcome::Rejected, &why);
    let [question] = asked(&bench).try_into().unwrap();
    assert!(question.is_about_its_number() && question.can_go_without().is_none());
    let typed = decide(&bench, &question, ReviewDecision::Edit("12".to_owned()));
    assert!(
        matches!(&typed, Err(InventoryError::Refused(why)) if why.contains("another unit")),
        "{typed:?}"
    );
    // Entered anew, it answers the question; sent again, it is what it was.
    decide(&bench, &question, ReviewDecision::UseMine).unwrap();
    let [again] = taken(&bench).try_into().unwrap();
    assert_eq!(again.fields["imei"].new, json!(imei(1).as_str()));
}

#[test]
fn one_setting_that_no_unit_can_have_hides_no_other_and_stays_as_it_was_written() {
    let bench = bench();
    let number = Uuid::from_u128(1);
    let there = json!({ "settings": { "apn.name": "fleet", "server.port": 5027, "report.angle_deg": 1.5, "APN": "x" } });
    hear(&bench, vec![row(1, number, 1, &there)]);
    let unit = shown(&bench, 1).unwrap();
    let settings = json!(unit.settings);
    assert_eq!(
        settings,
        json!({
            "apn.name": "fleet", "server.port": 5027, "report.angle_deg": "1.5", "other.settings": r#"{"APN":"x"}"#,
        })
    );
    // Nobody's change of another field touches them.
    set(&bench, 1, Field::Customer, "Acme");
    let [edit] = taken(&bench).try_into().unwrap();
    assert_eq!(edit.fields.keys().collect::<Vec<_>>(), ["customer"]);
    answer(&bench, Outcome::Applied, &Value::Null);
    // A text message told one of them anew.
    let mut told = shown(&bench, 1).unwrap();
    let port = fleet::SettingKey::new("server.port").unwrap();
    told.settings
        .insert(port, fleet::setting::ShownValue::Integer(5028));
    bench
        .inventory
        .upsert_unit(told, Vec::new())
        .wait()
        .unwrap();
    let [edit] = taken(&bench).try_into().unwrap();
    assert_eq!(
        edit.fields["settings"].new,
        json!({ "apn.name": "fleet", "server.port": 5028, "report.angle_deg": 1.5, "APN": "x" })
    );
    assert_eq!(edit.fields["settings"].base, there["settings"]);
}

/// A new unit that was refused so; the question.
fn refused(bench: &Bench, why: &Value) -> ReviewEntry {
    enter(bench, 1);
    answer(bench, Outcome::Rejected, why);
    let [question] = asked(bench).try_into().unwrap();
    question
}

#[test]
fn a_rule_of_an_administrators_own_is_met_by_another_value() {
    let bench = bench();
    let why = json!({ "sqlstate": "23514", "constraint": "units_model_house", "message": "no" });
    let question = refused(&bench, &why);
    let model = ReviewKind::Refused {
        field: Some("model".to_owned()),
    };
    assert_eq!(question.kind, model);
    decide(&bench, &question, ReviewDecision::Edit("FMB130".to_owned())).unwrap();
    let [again] = taken(&bench).try_into().unwrap();
    assert_eq!(again.fields["model"].new, json!("FMB130"));
    assert_eq!(again.fields["customer"].new, json!("Acme"));
}

#[test]
fn a_value_that_a_rule_asks_for_and_nobody_gave_is_entered_in_the_question() {
    let bench = bench();
    let why = json!({ "sqlstate": "23502", "column": "vehicle", "message": "null" });
    let question = refused(&bench, &why);
    decide(&bench, &question, ReviewDecision::Edit("KL-1".to_owned())).unwrap();
    let [again] = taken(&bench).try_into().unwrap();
    assert_eq!(again.fields["vehicle"].new, json!("KL-1"));
    assert_eq!(again.fields["vehicle"].base, Value::Null);
    assert_eq!(again.fields["customer"].new, json!("Acme"));
}

#[test]
fn where_it_is_not_known_which_value_was_refused_a_person_names_it() {
    let bench = bench();
    let why = json!({ "sqlstate": "P0001", "message": "not in this house" });
    let question = refused(&bench, &why);
    assert!(question.may_be_any());
    assert_eq!(question.said.as_deref(), Some("not in this house"));
    for typed in ["Beta", "colour=red", ""] {
        let told = decide(&bench, &question, ReviewDecision::Edit(typed.to_owned()));
        assert!(
            matches!(&told, Err(InventoryError::Refused(why)) if why.contains("KEY=VALUE")),
            "{typed}: {told:?}"
        );
    }
    let told = decide(
        &bench,
        &question,
        ReviewDecision::Edit("iccid=12".to_owned()),
    );
    assert!(matches!(told, Err(InventoryError::Refused(_))), "{told:?}");
    let typed = ReviewDecision::Edit("customer=Beta".to_owned());
    decide(&bench, &question, typed).unwrap();
    let [again] = taken(&bench).try_into().unwrap();
    assert_eq!(again.kind, OperationKind::Create);
    assert_eq!(again.fields["customer"].new, json!("Beta"));
    assert_eq!(again.fields["imei"].new, json!(imei(1).as_str()));
}

#[test]
fn after_the_fleet_database_went_back_a_units_history_is_the_one_that_it_has_now() {
    let bench = bench();
    enter(&bench, 1);
    let [created] = taken(&bench).try_into().unwrap();
    answer(&bench, Outcome::Applied, &Value::Null);
    hear(
        &bench,
        vec![row(1, created.unit_id, 1, &json!({ "customer": "Acme" }))],
    );
    let told = |n, change: Value, login: &str, op_id| HistoryEntry {
        n,
        change,
        op_id,
        actor: None,
        login: login.to_owned(),
        at: at(i64::from(n) + if login == "jonas" { 10 } else { 0 }).wall,
    };
    let edit = |to: &str| json!({ "vehicle": [null, to] });
    let keep = |entries| {
        let kept = bench.inventory.keep_history(created.unit_id, entries);
        kept.wait().unwrap();
    };
    keep(vec![
        told(1, json!({ "insert": {} }), "bench_a", Some(created.op_id)),
        told(2, edit("before"), "maria", None),
        told(3, edit("lost"), "maria", None),
    ]);
    // It is another database now: what was ours there is somebody else's here, and it has less.
    keep(vec![
        told(1, json!({ "insert": {} }), "jonas", None),
        told(2, edit("after"), "jonas", None),
    ]);
    let timeline = bench.inventory.timeline(unit_id(1), 20).wait().unwrap();
    let others: Vec<&str> = timeline
        .iter()
        .filter(|event| event.by.ends_with("(SQL)"))
        .map(|event| event.detail.as_str())
        .collect();
    assert_eq!(others, ["Vehicle empty → after", ""], "{timeline:#?}");
    // One that does not know the unit at all takes nothing away: this may be the last copy of what somebody deleted.
    keep(Vec::new());
    let still = bench.inventory.timeline(unit_id(1), 20).wait().unwrap();
    assert_eq!(still, timeline);
}

#[test]
fn units_whose_serials_differ_in_capitals_only_are_each_named_by_their_own() {
    let bench = bench();
    let serial = |n: u32, serial: &str| {
        let more = json!({ "serial": serial, "imei": null });
        row(i64::from(n), Uuid::from_u128(n.into()), n, &more)
    };
    hear(&bench, vec![serial(1, "HW-1"), serial(2, "hw-1")]);
    for text in ["HW-1", "hw-1"] {
        let named = bench.inventory.unit_named_by_part(text).wait().unwrap();
        let Named::One(unit) = named else {
            panic!("{text}: {named:?}");
        };
        assert_eq!(unit.id.as_str(), text);
    }
    let either = bench.inventory.unit_named("Hw-1").wait().unwrap();
    assert_eq!(either, Named::Several(2));
}

#[test]
fn a_serial_that_is_another_units_number_names_neither() {
    let bench = bench();
    let imei = unit_id(1).as_str().to_owned();
    let serial = json!({ "serial": imei, "imei": null });
    hear(
        &bench,
        vec![
            row(1, Uuid::from_u128(1), 1, &json!({})),
            row(2, Uuid::from_u128(2), 2, &serial),
        ],
    );
    let named = bench.inventory.unit_named(&imei).wait().unwrap();
    assert_eq!(named, Named::Several(2));
}
