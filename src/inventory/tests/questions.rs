//! What people are asked after another office or a SQL user was faster, and what their decision writes.

use super::*;
use fleet::edit::{Edit, Field};
use fleet::ids::Meid;
use fleet_db::protocol::{
    Answer, HistoryEntry, Operation, OperationKind, Outcome, Page, PulledUnit,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A row of the fleet table for the nth unit, with more columns.
pub(super) fn row(rev: i64, number: Uuid, n: u32, more: &Value) -> PulledUnit {
    let mut row = json!({
        "id": number.to_string(), "serial": imei(n).as_str(), "imei": imei(n).as_str(), "settings": {}, "state": "known",
    });
    for (column, value) in more.as_object().unwrap() {
        row[column] = value.clone();
    }
    PulledUnit {
        rev,
        unit_id: number,
        unit: Some(row.as_object().unwrap().clone().into()),
    }
}

pub(super) fn deleted(rev: i64, number: Uuid) -> PulledUnit {
    PulledUnit {
        rev,
        unit_id: number,
        unit: None,
    }
}

/// Hears these rows, to the end.
pub(super) fn hear(bench: &Bench, rows: Vec<PulledUnit>) {
    let page = Page {
        head: rows.last().unwrap().rev,
        head_tag: Uuid::from_u128(9),
        schema_version: 5,
        min_client: 1,
        same_history: true,
        purged: 0,
        rows,
    };
    let now = at(10).wall;
    bench.inventory.keep_page(page, true, now).wait().unwrap();
    bench.inventory.end_pull(now).wait().unwrap();
}

pub(super) fn taken(bench: &Bench) -> Vec<Operation> {
    let all = BTreeSet::new();
    bench.inventory.take_operations(all).wait().unwrap()
}

/// Answers all that waits.
pub(super) fn answer(bench: &Bench, outcome: Outcome, detail: &Value) {
    let answers = taken(bench).into_iter().map(|operation| Answer {
        op_id: operation.op_id,
        outcome,
        detail: Some(detail.clone()),
    });
    let answers: Vec<Answer> = answers.collect();
    assert!(!answers.is_empty());
    let kept = bench.inventory.keep_answers(answers, at(5).wall);
    kept.wait().unwrap();
}

pub(super) fn set(bench: &Bench, n: u32, field: Field, text: &str) {
    let edits = vec![Edit::new(field, text).unwrap()];
    let edited = bench
        .inventory
        .edit_unit(unit_id(n), edits, "me", at(3).wall);
    edited.wait().unwrap();
}

pub(super) fn decide(
    bench: &Bench,
    entry: &ReviewEntry,
    decision: ReviewDecision,
) -> Result<(), InventoryError> {
    let decided = bench.inventory.decide_review(
        entry.op_id,
        entry.field.clone(),
        decision,
        "me",
        at(20).wall,
    );
    decided.wait()
}

pub(super) fn asked(bench: &Bench) -> Vec<ReviewEntry> {
    bench.inventory.reviews().wait().unwrap()
}

fn good_iccid() -> String {
    let mut numbers = (0..10).map(|digit| format!("890126000000000123{digit}"));
    numbers
        .find(|number| Edit::new(Field::Iccid, number).is_ok())
        .unwrap()
}

#[test]
fn what_is_typed_instead_of_both_has_the_checks_of_every_edit() {
    let bench = bench();
    let number = Uuid::from_u128(1);
    hear(&bench, vec![row(1, number, 1, &json!({}))]);
    set(&bench, 1, Field::Customer, "Gamma");
    set(&bench, 1, Field::Mdn, "2065550142");
    set(&bench, 1, Field::Iccid, &good_iccid());
    let iccid_there = iccid(7);
    let theirs = json!({ "customer": "Beta", "mdn": "2065550199", "iccid": iccid_there.as_str() });
    answer(&bench, Outcome::Conflict, &json!({ "server": theirs }));
    let wrong = [
        ("customer", "\u{1b}[31mred\u{202e}\u{7}\n x"),
        ("iccid", "89000000000000001110"),
        ("mdn", "abc"),
    ];
    for (entry, (field, typed)) in asked(&bench).iter().zip(wrong) {
        assert_eq!(entry.field.as_deref(), Some(field));
        let refused = decide(&bench, entry, ReviewDecision::Edit(typed.to_owned()));
        assert!(
            matches!(refused, Err(InventoryError::Refused(_))),
            "{field}: {refused:?}"
        );
    }
    let open = asked(&bench);
    assert_eq!(open.len(), 3, "all stay open: {open:?}");
    assert_eq!(taken(&bench), [], "nothing was written");

    let iccid = good_iccid();
    for (entry, typed) in open.iter().zip(["   ", iccid.as_str(), "206-555-0177"]) {
        decide(&bench, entry, ReviewDecision::Edit(typed.to_owned())).unwrap();
    }
    let written = taken(&bench);
    let of = |field: &str| {
        let change = written.iter().find_map(|each| each.fields.get(field));
        let change = change.unwrap_or_else(|| panic!("{field}: {written:?}"));
        (change.base.clone(), change.new.clone())
    };
    assert_eq!(of("customer"), (json!("Beta"), Value::Null));
    assert_eq!(of("iccid"), (json!(iccid_there.as_str()), json!(iccid)));
    assert_eq!(of("mdn"), (json!("2065550199"), json!("2065550177")));
}

#[test]
fn a_value_that_its_own_office_replaced_is_no_question_beside_the_newer_one() {
    let bench = bench();
    let number = Uuid::from_u128(1);
    hear(&bench, vec![row(1, number, 1, &json!({}))]);
    // Each goes out, and its answer is lost.
    for note in ["first", "second", "third"] {
        set(&bench, 1, Field::Note, note);
        taken(&bench);
    }
    let theirs = json!({ "server": { "notes": "theirs" } });
    answer(&bench, Outcome::Conflict, &theirs);
    let open = asked(&bench);
    assert_eq!(open.len(), 1, "{open:#?}");
    assert_eq!(yours(&open[0]), [("notes", "third")]);
    hear(
        &bench,
        vec![row(2, number, 1, &json!({ "notes": "theirs" }))],
    );
    // Over theirs: nobody saw the third one, and both stay questions.
    set(&bench, 1, Field::Note, "fourth");
    answer(
        &bench,
        Outcome::Conflict,
        &json!({ "server": { "notes": "theirs again" } }),
    );
    assert_eq!(asked(&bench).len(), 2);
}

#[test]
fn what_nobody_enters_is_not_typed() {
    let bench = bench();
    let number = Uuid::from_u128(1);
    hear(&bench, vec![row(1, number, 1, &json!({}))]);
    let mut proved = Unit::new(unit_id(1), at(2).wall);
    proved.firmware = Some("2".to_owned());
    bench
        .inventory
        .upsert_unit(proved, Vec::new())
        .wait()
        .unwrap();
    let theirs = json!({ "server": { "firmware": "3" } });
    answer(&bench, Outcome::Conflict, &theirs);
    let [entry] = asked(&bench).try_into().unwrap();
    let refused = decide(&bench, &entry, ReviewDecision::Edit("4".to_owned()));
    let Err(InventoryError::Refused(why)) = &refused else {
        panic!("{refused:?}");
    };
    assert!(why.starts_with("firmware is nothing that people enter"));
    decide(&bench, &entry, ReviewDecision::UseMine).unwrap();
}

#[test]
fn a_unit_that_another_added_before_is_shown_as_it_stands_there_with_who_added_it() {
    // Under a number of its own by SQL, or under the same one by an office that entered it, too.
    for by_office in [false, true] {
        let bench = bench();
        let mut mine = Unit::new(unit_id(1), at(1).wall);
        mine.customer = Some("A2".to_owned());
        mine.vehicle = Some("KL-1".to_owned());
        bench.inventory.add_unit(mine, "me").wait().unwrap();
        let number = if by_office {
            bench.inventory.fleet_number(unit_id(1)).wait().unwrap()
        } else {
            Uuid::from_u128(0x51)
        };
        let detail =
            json!({ "sqlstate": "23505", "constraint": "units_serial_key", "unit_id": number });
        answer(&bench, Outcome::Rejected, &detail);
        let there = json!({ "customer": "sqlcust", "vehicle": "KL-1", "state": "verified" });
        hear(&bench, vec![row(1, number, 1, &there)]);
        let unheard = bench.inventory.units_in_question(false).wait();
        assert_eq!(unheard, Ok(vec![number]), "who added it is to be heard");
        let added = HistoryEntry {
            n: 1,
            change: json!({ "insert": there }),
            op_id: None,
            actor: by_office.then(|| "Office b, Bench b".to_owned()),
            login: "sqlu".to_owned(),
            at: at(4).wall,
        };
        let kept = bench.inventory.keep_history(number, vec![added]);
        kept.wait().unwrap();
        let unheard = bench.inventory.units_in_question(false).wait();
        assert_eq!(unheard, Ok(Vec::new()));

        let [entry] = asked(&bench).try_into().unwrap();
        assert_eq!(
            (&entry.kind, &entry.unit),
            (&ReviewKind::Double, &Some(unit_id(1)))
        );
        let differs = ReviewValue {
            field: "customer".to_owned(),
            yours: Some("A2".to_owned()),
            theirs: Some("sqlcust".to_owned()),
        };
        assert_eq!(entry.values, [differs], "only what differs");
        let who = if by_office {
            "Office b, Bench b"
        } else {
            "sqlu (SQL)"
        };
        assert_eq!(entry.theirs_by, Some((who.to_owned(), at(4).wall)));

        decide(&bench, &entry, ReviewDecision::UseMine).unwrap();
        let [moved] = taken(&bench).try_into().unwrap();
        assert_eq!(
            (moved.unit_id, moved.kind),
            (number, OperationKind::Set),
            "{moved:?}"
        );
        assert_eq!(moved.fields.len(), 1, "what is proved stays: {moved:?}");
        assert_eq!(moved.fields["customer"].base, "sqlcust");
        let told = bench.inventory.timeline(unit_id(1), 10).wait().unwrap();
        assert!(
            told.iter()
                .any(|event| event.detail == "customer: ours A2, theirs sqlcust"),
            "{told:?}"
        );
    }
}

#[test]
fn a_unit_that_was_deleted_and_added_anew_takes_my_change_under_its_new_number() {
    let bench = bench();
    let (former, anew) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let there = json!({ "customer": "Beta" });
    hear(&bench, vec![row(1, former, 1, &there)]);
    set(&bench, 1, Field::Customer, "c1");
    answer(&bench, Outcome::Gone, &Value::Null);
    let [entry] = asked(&bench).try_into().unwrap();
    assert_eq!(entry.unit, Some(unit_id(1)));
    let there = json!({ "vehicle": "KL-1" });
    hear(&bench, vec![deleted(2, former), row(3, anew, 1, &there)]);
    let [entry] = asked(&bench).try_into().unwrap();
    assert_eq!(
        (&entry.kind, &entry.unit),
        (&ReviewKind::Double, &Some(unit_id(1))),
        "it stands in the inventory under its number"
    );
    let differs = ReviewValue {
        field: "customer".to_owned(),
        yours: Some("c1".to_owned()),
        theirs: None,
    };
    assert_eq!(entry.values, [differs]);

    decide(&bench, &entry, ReviewDecision::UseMine).unwrap();
    let shown = bench.inventory.unit(unit_id(1)).wait().unwrap().unwrap();
    assert_eq!(
        (shown.customer.as_deref(), shown.vehicle.as_deref()),
        (Some("c1"), Some("KL-1"))
    );
    let [written] = taken(&bench).try_into().unwrap();
    assert_eq!((written.unit_id, written.kind), (anew, OperationKind::Set));
    assert_eq!(written.fields.len(), 1, "{written:?}");
    assert_eq!(asked(&bench), []);
}

#[test]
fn a_unit_that_is_deleted_for_good_is_added_again_under_what_it_was_known_by() {
    let bench = bench();
    let (former, anew) = (Uuid::from_u128(1), Uuid::from_u128(2));
    hear(&bench, vec![row(1, former, 1, &json!({}))]);
    set(&bench, 1, Field::Customer, "c1");
    answer(&bench, Outcome::Gone, &Value::Null);
    hear(
        &bench,
        vec![deleted(2, former), row(3, anew, 1, &json!({}))],
    );
    hear(&bench, vec![deleted(4, anew)]);
    let [entry] = asked(&bench).try_into().unwrap();
    assert_eq!(
        (&entry.kind, &entry.unit),
        (&ReviewKind::Gone, &Some(unit_id(1)))
    );
    decide(&bench, &entry, ReviewDecision::UseMine).unwrap();
    let [written] = taken(&bench).try_into().unwrap();
    assert_eq!(
        (written.unit_id, written.kind),
        (former, OperationKind::Create)
    );
    let new = |field: &str| written.fields[field].new.clone();
    assert_eq!(
        (new("serial"), new("imei"), new("customer")),
        (
            json!(imei(1).as_str()),
            json!(imei(1).as_str()),
            json!("c1")
        )
    );
}

/// What a question shows of ours.
pub(super) fn yours(entry: &ReviewEntry) -> Vec<(&str, &str)> {
    let shown = entry.values.iter();
    shown
        .map(|value| (value.field.as_str(), value.yours.as_deref().unwrap_or("")))
        .collect()
}

#[test]
fn a_refused_new_unit_is_asked_about_with_what_a_person_entered() {
    let bench = bench();
    hear(&bench, vec![row(1, Uuid::from_u128(9), 9, &json!({}))]);
    let mut new = unit(1);
    new.customer = Some("Acme".to_owned());
    new.vehicle = Some("KL-1".to_owned());
    let entered = bench.inventory.upsert_unit(new, vec![entry("Entered")]);
    entered.wait().unwrap();
    let why = json!({ "sqlstate": "42703", "message": "no such column" });
    answer(&bench, Outcome::Rejected, &why);
    let [asked] = asked(&bench).try_into().unwrap();
    assert_eq!(asked.kind, ReviewKind::Refused { field: None });
    let columns: Vec<&str> = yours(&asked).iter().map(|(field, _)| *field).collect();
    for technical in ["serial", "settings", "state", "id"] {
        assert!(!columns.contains(&technical), "{columns:?}");
    }
    assert!(yours(&asked).contains(&("customer", "Acme")), "{asked:?}");
    // Sent again as it was, whole: what is not shown belongs to the row all the same.
    decide(&bench, &asked, ReviewDecision::UseMine).unwrap();
    let [again] = taken(&bench).try_into().unwrap();
    assert_eq!(again.kind, OperationKind::Create);
    assert_eq!(again.fields["serial"].new, json!(imei(1).as_str()));
}

#[test]
fn a_refused_field_is_asked_about_alone() {
    let bench = bench();
    hear(&bench, vec![row(1, Uuid::from_u128(1), 1, &json!({}))]);
    set(&bench, 1, Field::Customer, "Acme");
    set(&bench, 1, Field::Mdn, "2065550142");
    let why = json!({ "sqlstate": "23514", "constraint": "units_mdn_check", "message": "no" });
    answer(&bench, Outcome::Rejected, &why);
    let [asked] = asked(&bench).try_into().unwrap();
    assert_eq!(yours(&asked), [("mdn", "2065550142")]);
    // The customer was refused with it, and goes out again with the corrected number.
    decide(
        &bench,
        &asked,
        ReviewDecision::Edit("2065550143".to_owned()),
    )
    .unwrap();
    let [again] = taken(&bench).try_into().unwrap();
    assert_eq!(again.fields["customer"].new, json!("Acme"));
    assert_eq!(again.fields["mdn"].new, json!("2065550143"));
}

#[test]
fn a_number_that_was_corrected_with_sql_is_found_and_the_wrong_one_is_not() {
    let bench = bench();
    let number = Uuid::from_u128(1);
    let there = json!({ "customer": "Acme" });
    hear(&bench, vec![row(1, number, 1, &there)]);
    // Nothing but what it is known by has changed.
    hear(&bench, vec![row(2, number, 2, &there)]);
    let find = |text: &str| {
        let query = fleet::query::Query::parse(text).unwrap();
        let found = bench.inventory.find_units(query, 10, 0).wait().unwrap();
        let ids = found.rows.iter().map(|unit| unit.id.clone());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(find(imei(2).as_str()), [unit_id(2)]);
    assert_eq!(find(imei(1).as_str()), []);
    let named = |text: &str| bench.inventory.unit_named(text).wait().unwrap();
    assert_eq!(named(imei(1).as_str()), Named::Nothing);
    assert!(matches!(named(imei(2).as_str()), Named::One(unit) if unit.id == unit_id(2)));
}

#[test]
fn a_unit_is_named_by_every_number_that_the_fleet_table_has_of_it() {
    let bench = bench();
    let there = json!({
        "serial": "Van 7", "meid": "A0000012345678", "esn": "12345678", "imsi": "310410123456789", "msid": "2065551234", "client_reference": "REF-1",
    });
    let other = json!({ "serial": "Van 8", "msid": "2065559999" });
    hear(
        &bench,
        vec![
            row(1, Uuid::from_u128(1), 1, &there),
            row(2, Uuid::from_u128(2), 2, &other),
            row(3, Uuid::from_u128(3), 3, &json!({ "msid": "2065559999" })),
        ],
    );
    let named = |text: &str| bench.inventory.unit_named_by_part(text).wait().unwrap();
    for text in [
        "Van 7",
        "A0000012345678",
        "a000-0012345678",
        "12345678",
        "310410123456789",
        "2065551234",
        "REF-1",
    ] {
        let found = named(text);
        assert!(
            matches!(&found, Named::One(unit) if unit.id == unit_id(1)),
            "{text}: {found:?}"
        );
    }
    assert_eq!(named("2065559999"), Named::Several(2));
    assert_eq!(named("Van 9"), Named::Nothing);
    // A scanner says a whole number, in hexadecimal or in decimal digits.
    let meid = Meid::parse("A0000012345678").unwrap();
    for text in [meid.as_str(), &meid.to_decimal(), "12345678"] {
        let found = bench.inventory.unit_with_number(text).wait().unwrap();
        assert!(
            matches!(&found, Named::One(unit) if unit.id == unit_id(1)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn a_whole_second_number_is_no_end_of_another_units_number() {
    let bench = bench();
    let whole = imei(2);
    let esn = &whole.as_str()[7..];
    let there = json!({ "esn": esn });
    let rows = vec![
        row(1, Uuid::from_u128(1), 1, &there),
        row(2, Uuid::from_u128(2), 2, &json!({})),
    ];
    hear(&bench, rows);
    for named in [
        bench.inventory.unit_named_by_part(esn),
        bench.inventory.unit_with_number(esn),
    ] {
        let found = named.wait().unwrap();
        assert!(
            matches!(&found, Named::One(unit) if unit.id == unit_id(1)),
            "{found:?}"
        );
    }
}

#[test]
fn a_unit_whose_name_has_no_letter_or_digit_can_change_and_go_like_any_other() {
    let bench = bench();
    let names = ["%", "   ", "-", "_"];
    for (rev, customer) in [(1, "first"), (10, "second"), (20, "third")] {
        let rows = names.iter().zip(1_u32..).map(|(name, n)| {
            let there = json!({ "serial": name, "imei": null, "customer": customer });
            row(rev + i64::from(n), Uuid::from_u128(n.into()), n, &there)
        });
        hear(&bench, rows.collect());
        let found = bench.inventory.units_page(10, 0).wait().unwrap();
        assert_eq!((found.rows.len(), found.total), (4, 4));
        assert!(
            found
                .rows
                .iter()
                .all(|unit| unit.customer.as_deref() == Some(customer))
        );
    }
    hear(&bench, vec![deleted(30, Uuid::from_u128(1))]);
    assert_eq!(bench.inventory.units_page(10, 0).wait().unwrap().total, 3);
}

#[test]
fn a_unit_that_is_added_again_has_all_that_the_deleted_row_had() {
    let bench = bench();
    let number = Uuid::from_u128(1);
    let there = json!({ "hardware": "rev C", "imsi": "310410123456789", "mdn": "+4915112345678", "customer": "Beta" });
    let mut deleted_row = there.clone();
    for (column, value) in [
        ("id", json!(number.to_string())),
        ("serial", json!(imei(1).as_str())),
        ("imei", json!(imei(1).as_str())),
        ("a_newer_column", json!(7)),
    ] {
        deleted_row[column] = value;
    }
    hear(&bench, vec![row(1, number, 1, &there)]);
    set(&bench, 1, Field::Note, "mine");
    answer(&bench, Outcome::Gone, &Value::Null);
    hear(&bench, vec![deleted(2, number)]);
    let told = HistoryEntry {
        n: 2,
        change: json!({ "delete": deleted_row }),
        op_id: None,
        actor: None,
        login: "editor_1".to_owned(),
        at: at(4).wall,
    };
    bench
        .inventory
        .keep_history(number, vec![told])
        .wait()
        .unwrap();
    let [asked] = asked(&bench).try_into().unwrap();
    decide(&bench, &asked, ReviewDecision::UseMine).unwrap();
    let [written] = taken(&bench).try_into().unwrap();
    assert_eq!(written.kind, OperationKind::Create);
    let fields: Vec<(&str, &Value)> = written
        .fields
        .iter()
        .map(|(field, change)| (field.as_str(), &change.new))
        .collect();
    for (field, value) in there.as_object().unwrap() {
        assert!(
            fields.contains(&(field.as_str(), value)),
            "{field}: {fields:?}"
        );
    }
    assert!(fields.contains(&("notes", &json!("mine"))), "{fields:?}");
    assert!(!written.fields.contains_key("a_newer_column") && !written.fields.contains_key("id"));
}

#[test]
fn a_unit_that_somebody_added_by_its_serial_alone_gets_its_imei_with_my_entries() {
    let bench = bench();
    let theirs = Uuid::from_u128(5);
    let there = json!({ "imei": null, "customer": "Beta" });
    let mut new = unit(1);
    new.vehicle = Some("KL-1".to_owned());
    let entered = bench.inventory.upsert_unit(new, vec![entry("Entered")]);
    entered.wait().unwrap();
    answer(
        &bench,
        Outcome::Rejected,
        &json!({ "sqlstate": "23505", "constraint": "units_serial_key", "unit_id": theirs.to_string() }),
    );
    hear(&bench, vec![row(1, theirs, 1, &there)]);
    let [asked_once] = asked(&bench).try_into().unwrap();
    assert_eq!(asked_once.kind, ReviewKind::Double);
    decide(&bench, &asked_once, ReviewDecision::UseMine).unwrap();
    let [written] = taken(&bench).try_into().unwrap();
    assert_eq!(
        (written.unit_id, written.kind),
        (theirs, OperationKind::Set)
    );
    assert_eq!(written.fields["imei"].new, json!(imei(1).as_str()));
    assert!(written.fields["imei"].base.is_null());
    answer(&bench, Outcome::Applied, &Value::Null);
    let full = json!({ "customer": "Beta", "vehicle": "KL-1" });
    hear(&bench, vec![row(2, theirs, 1, &full)]);
    let shown = bench.inventory.unit(unit_id(1)).wait().unwrap().unwrap();
    assert_eq!(shown.customer.as_deref(), Some("Beta"));
    // The next entry for it goes to their row.
    set(&bench, 1, Field::Note, "again");
    let [next] = taken(&bench).try_into().unwrap();
    assert_eq!((next.unit_id, next.kind), (theirs, OperationKind::Set));
    assert_eq!(
        bench.inventory.units_page(10, 0).wait().unwrap().rows.len(),
        1
    );
}
