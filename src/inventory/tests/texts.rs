//! Texts of pushes: whether one that writes may have left.

use super::*;
use fleet::push::{Push, PushFacts, PushId, Rules, Via};
use uuid::Uuid;

#[test]
fn a_text_that_certainly_never_left_has_not_written() {
    let bench = bench();
    let inventory = &bench.inventory;
    let unit = unit_id(1);
    let row = Unit::new(unit.clone(), at(0).wall);
    inventory.upsert_unit(row, Vec::new()).wait().unwrap();
    let (push, reference) = (PushId(Uuid::now_v7()), Uuid::now_v7());
    let facts = PushFacts {
        id: push,
        title: "Vans v1".to_owned(),
        template: Some(("Vans".to_owned(), 1)),
        undoes: None,
        chosen: "by search".to_owned(),
        via: Via::Any,
        rules: Rules::default(),
        agreed_by: None,
        by: "bench 2".to_owned(),
        begun: at(0).wall,
    };
    let begun = inventory.begin_push(&Push::new(facts, Vec::new()));
    begun.wait().unwrap();
    let text = PushMessage {
        client_reference: reference,
        push,
        unit: unit.clone(),
        attempt: 1,
        part: 2,
        reads: false,
        shown_sha256: "ab".repeat(32),
    };
    let kept = inventory.intend_push_message(text, at(1).wall);
    kept.wait().unwrap();
    let message = KeptMessage {
        client_reference: reference,
        call_reference: reference,
        place: 0,
        account: "one".to_owned(),
        unit: unit.clone(),
        mdn: None,
        iccid: None,
        length: 20,
        standing: MessageStanding::Intended,
        handle: None,
        detail: String::new(),
        since: at(1).wall,
        asked_at: None,
        attempts: 0,
    };
    let intended = vec![(message.clone(), entry("Message to the unit"))];
    inventory.intend_messages(intended).wait().unwrap();
    let has_written = |standing: MessageStanding, attempts: u32| {
        let noted = KeptMessage {
            standing,
            attempts,
            asked_at: Some(at(2).wall),
            ..message.clone()
        };
        let noted = inventory.note_messages(vec![(noted, None)], at(3).wall);
        noted.wait().unwrap();
        let asked = inventory.push_message_has_written(push, unit.clone(), 1);
        asked.wait().unwrap()
    };
    // The call was begun, and the program may have ended in it.
    assert!(has_written(MessageStanding::Intended, 1));
    // The carrier asked to wait: nothing left.
    assert!(!has_written(MessageStanding::Intended, 0));
    assert!(has_written(MessageStanding::Unknown, 1));
    assert!(has_written(MessageStanding::Taken, 1));
    assert!(has_written(MessageStanding::Delivered, 1));
    assert!(!has_written(MessageStanding::Refused, 1));
}
