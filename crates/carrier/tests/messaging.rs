//! Messages to units: taken over once, each target by itself, and followed.

use crate::office::{Office, accepted, lte, switches};
use carrier::sandbox::{LedgerLine, Switches};
use carrier::{CallFailure, MessageRequest, MessageState, MessageTarget, SendOutcome, SentMessage};
use fleet::Mdn;
use fleet::registration::RejectionCause;
use uuid::Uuid;

fn to(mdn: &str) -> MessageTarget {
    MessageTarget {
        mdn: Some(Mdn::parse(mdn).unwrap()),
        iccid: None,
    }
}

fn request(number: u128, targets: Vec<MessageTarget>, text: &str) -> MessageRequest {
    MessageRequest {
        client_reference: Uuid::from_u128(number),
        to: targets,
        text: text.to_owned(),
    }
}

fn handles(outcome: SendOutcome) -> Vec<Result<String, RejectionCause>> {
    let SendOutcome::Answered { messages } = outcome else {
        panic!("{outcome:?}")
    };
    messages
        .into_iter()
        .map(|message| match message {
            SentMessage::Taken { handle } => Ok(handle),
            SentMessage::Refused(rejection) => Err(rejection.cause),
        })
        .collect()
}

#[tokio::test]
async fn a_message_is_taken_for_each_number_by_itself_and_followed_to_its_end() {
    let office = Office::open(Switches {
        message_delay_ms: 1_500,
        ..switches()
    })
    .await;
    for n in 1..=2 {
        accepted(office.register(&lte(n)).await);
    }
    office.sandbox.set_switches(Switches {
        message_delay_ms: 1_500,
        messages_fail: ["9135550102".to_owned()].into(),
        ..switches()
    });
    let request = request(
        1,
        vec![to("9135550101"), to("9135550102"), to("9135559999")],
        "!R3,70,7",
    );
    let sent = handles(office.carrier.send_message(&request).await);
    assert_eq!(sent[2], Err(RejectionCause::Account));
    let (good, bad) = (sent[0].clone().unwrap(), sent[1].clone().unwrap());
    assert_eq!(
        office.carrier.message_status(&good).await.unwrap().state,
        MessageState::Underway
    );
    tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
    assert_eq!(
        office.carrier.message_status(&good).await.unwrap().state,
        MessageState::Delivered
    );
    assert_eq!(
        office.carrier.message_status(&bad).await.unwrap().state,
        MessageState::Failed
    );
    assert!(matches!(
        office.carrier.message_status("nobody").await,
        Err(CallFailure::NotFound { .. })
    ));
    assert_eq!(
        handles(office.carrier.send_message(&request).await),
        sent,
        "a repeat is the same message"
    );
    office.close().await;
}

#[tokio::test]
async fn a_lost_answer_to_a_message_is_unknown_and_the_repeat_sends_no_second_one() {
    let office = Office::open(switches()).await;
    accepted(office.register(&lte(1)).await);
    let request = request(2, vec![to("9135550101")], "hello");
    office.sandbox.set_switches(Switches {
        lose_answer_after_commit_every: 1,
        ..switches()
    });
    assert!(matches!(
        office.carrier.send_message(&request).await,
        SendOutcome::Unknown { .. }
    ));
    office.sandbox.set_switches(switches());
    assert!(handles(office.carrier.send_message(&request).await)[0].is_ok());
    let taken = office
        .sandbox
        .ledger()
        .iter()
        .filter(|line| matches!(line, LedgerLine::MessagesTaken { .. }))
        .count();
    assert_eq!(taken, 1);
    office.close().await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_anything_leaves() {
    let office = Office::open(switches()).await;
    let long = "x".repeat(161);
    for (request, field) in [
        (request(3, vec![to("9135550101")], &long), "msg"),
        (request(3, vec![to("9135550101")], ""), "msg"),
        (request(3, vec![], "hello"), "mdns"),
        (request(3, vec![to("9135550101"); 11], "hello"), "mdns"),
        (
            request(
                3,
                vec![MessageTarget {
                    mdn: None,
                    iccid: None,
                }],
                "hello",
            ),
            "mdns",
        ),
    ] {
        let SendOutcome::Rejected(rejection) = office.carrier.send_message(&request).await else {
            panic!("{field} was sent")
        };
        assert_eq!(
            (rejection.word.as_str(), rejection.field.as_deref()),
            ("NOT_SENT", Some(field))
        );
    }
    assert!(office.sandbox.traffic().is_empty());
}
