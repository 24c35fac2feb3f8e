//! What people are asked after another office or a SQL user was faster, and what their decision writes.

use super::*;
use fleet::edit::{Edit, Field};
use fleet_db::protocol::{
    Answer, HistoryEntry, Operation, OperationKind, Outcome, Page, PulledUnit,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A row of the fleet table for the nth unit, with more columns.
fn row(rev: i64, number: Uuid, n: u32, more: &Value) -> PulledUnit {
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

fn deleted(rev: i64, number: Uuid) -> PulledUnit {
    PulledUnit {
        rev,
        unit_id: number,
        unit: None,
    }
}

/// Hears these rows, to the end.
fn hear(bench: &Bench, rows: Vec<PulledUnit>) {
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

fn taken(bench: &Bench) -> Vec<Operation> {
    let all = BTreeSet::new();
    bench.inventory.take_operations(all).wait().unwrap()
}

/// Answers all that waits.
fn answer(bench: &Bench, outcome: Outcome, detail: &Value) {
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

fn set(bench: &Bench, n: u32, field: Field, text: &str) {
    let edits = vec![Edit::new(field, text).unwrap()];
    let edited = bench
        .inventory
        .edit_unit(unit_id(n), edits, "me", at(3).wall);
    edited.wait().unwrap();
}

fn decide(
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

fn asked(bench: &Bench) -> Vec<ReviewEntry> {
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
        let unheard = bench.inventory.units_in_question().wait();
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
        let unheard = bench.inventory.units_in_question().wait();
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
