//! Honest servers that are not the sandbox: what the contract leaves open, they do otherwise, and nothing untrue is made of it.

use crate::office::{lte, settings, sim};
use carrier::{
    AccountSettings, CallFailure, Carrier, CheckVerdict, Identifier, MessageRequest, MessageState,
    MessageTarget, ReportFeed, SendOutcome, SentMessage,
};
use fleet::registration::{LookUp, RegistrationOutcome, RejectionCause, SubscriptionState};
use fleet::{Mdn, Secret};
use jiff::Timestamp;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

/// A server that answers by method and path with query.
pub struct Server {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn answering(
        answer: impl Fn(&str) -> (u16, &'static str, String) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 64 * 1024];
                let length = stream.read(&mut request).await.unwrap_or(0);
                let text = String::from_utf8_lossy(&request[..length]).into_owned();
                let line = text.lines().next().unwrap_or_default().to_owned();
                let (status, headers, body) = answer(&line);
                log.lock().unwrap().push(line);
                let length = body.len();
                let reply = format!(
                    "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
                );
                let _ = stream.write_all(reply.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { address, heard }
    }

    fn settings(&self, path: &str) -> AccountSettings {
        let mut settings = settings(&format!("http://{}{path}", self.address));
        settings.limits.read_repeats = 0;
        settings
    }

    fn sprint(&self) -> Carrier {
        Carrier::new(self.settings("/accountServices/resources/v1")).unwrap()
    }

    fn control_center(&self) -> Carrier {
        Carrier::new(self.settings("/rws/api/v1")).unwrap()
    }

    fn count(&self, part: &str) -> usize {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|line| line.contains(part)).count()
    }
}

fn ok(body: &str) -> (u16, &'static str, String) {
    (200, "", body.to_owned())
}

fn message(text: &str) -> MessageRequest {
    MessageRequest {
        client_reference: Uuid::from_u128(9),
        to: vec![MessageTarget {
            mdn: Some(Mdn::parse("9135550117").unwrap()),
            iccid: sim(1).iccid,
        }],
        text: text.to_owned(),
    }
}

#[tokio::test]
async fn numbers_written_as_texts_and_texts_as_numbers_are_read_alike() {
    let server = Server::answering(|line| match line {
        line if line.contains("/unit/status") => ok(
            r#"{"UnitID": 17, "Status": "active", "SwitchStatusCode": "A", "deviceid": 356868000000100, "iccid": 89011200000000000017,
                "MDN": 9135550117, "msid": 9135550117, "planCode": "M2MGPS5", "Programming": {"MDN": 9135550117, "msid": "000009135550117", "subsidyLock": 123456}}"#,
        ),
        line if line.contains("/account/info") => ok(
            r#"{"accountId": 100, "accountName": "A", "status": "Active", "limits": {"maxUnits": "250"},
                "plans": [{"planCode": "P1", "orderable": "true"}, {"planCode": 5, "description": null, "orderable": "no"}]}"#,
        ),
        line if line.contains("/report/list") => ok(
            r#"{"reports": [{"reportId": 5, "unitId": "U1", "receivedAt": "2026-03-02T15:04:05Z", "eventTime": "2026-03-02T15:04:05Z",
                "eventCode": "7", "sequence": "12", "ignition": "true", "mainVoltage": "12.6",
                "fix": {"valid": "true", "latitude": "47.5", "longitude": -122.25, "satellites": "9"}}],
                "nextCursor": 7, "hasMore": "false", "retentionDays": "30"}"#,
        ),
        _ => ok(r#"{"tranno": 5, "mdn": 9135550117, "state": "Delivered", "submittedAt": "yesterday"}"#),
    })
    .await;
    let carrier = server.sprint();
    let found = carrier
        .find(&Identifier::Device("356868000000100".to_owned()))
        .await;
    let LookUp::Found { unit } = found else {
        panic!("{found:?}")
    };
    assert_eq!(
        (unit.iccid.as_deref(), unit.device_id.as_deref()),
        (Some("89011200000000000017"), Some("356868000000100"))
    );
    assert_eq!(
        (unit.remote_id.as_str(), unit.state),
        ("17", SubscriptionState::Active)
    );
    let values = carrier.programming_values("17").await.unwrap().unwrap();
    assert_eq!(
        (values.mdn.as_str(), values.msid.as_str()),
        ("9135550117", "000009135550117")
    );
    assert_eq!(values.lock_code.reveal(), "123456");
    assert!(!format!("{values:?}").contains("123456"));
    let plans = carrier.plans().await.unwrap();
    assert_eq!(
        plans.iter().map(|plan| plan.orderable).collect::<Vec<_>>(),
        [true, false]
    );
    let status = carrier.message_status("5").await.unwrap();
    assert_eq!(
        (status.state, status.sent_at),
        (MessageState::Delivered, None)
    );
    let feed = ReportFeed::new(server.settings("/v1")).unwrap();
    let page = feed.list(None, 10, None).await.unwrap();
    assert_eq!((page.reports.len(), page.unreadable.len()), (1, 0));
    let report = &page.reports[0];
    assert_eq!(
        (report.event_code, report.sequence, report.ignition),
        (Some(7), Some(12), Some(true))
    );
    assert_eq!(
        (report.fix.latitude, report.fix.satellites),
        (Some(47.5), Some(9))
    );
    assert_eq!(
        (
            page.has_more,
            page.retention_days,
            page.next_cursor.as_str()
        ),
        (false, Some(30), "7")
    );
}

#[tokio::test]
async fn values_for_the_unit_that_are_not_whole_or_not_harmless_are_not_given() {
    for programming in [
        r#"{"mdn": "9135550117", "msid": "000009135550117"}"#,
        r#"{"mdn": null, "msid": null, "subsidyLock": null}"#,
        r#"{"mdn": "9135550117", "msid": "0000", "subsidyLock": "123456"}"#,
        r#"{"mdn": "9135550117", "msid": "000009135550117", "subsidyLock": "12;AT+ERASE"}"#,
        r#"{"mdn": "91\r\n50117", "msid": "000009135550117", "subsidyLock": "123456"}"#,
    ] {
        let body =
            format!(r#"{{"unitId": "U1", "status": "ACTIVE", "programming": {programming}}}"#);
        let server = Server::answering(move |_| ok(&body)).await;
        let values = server.sprint().programming_values("U1").await.unwrap();
        assert!(values.is_none(), "{programming}");
    }
}

#[tokio::test]
async fn one_entry_need_not_stand_in_a_list_and_a_number_may_carry_its_country() {
    let entry = r#"{"Status": "s", "Tranno": 77, "MDN": "+1 913-555-0117", "gcode": 1000}"#;
    for body in [
        format!(r#"{{"messagingResponse": {entry}}}"#),
        format!(r#"{{"MessagingResponse": [{entry}]}}"#),
    ] {
        let server = Server::answering(move |_| (202, "", body.clone())).await;
        let sent = server.sprint().send_message(&message("hello")).await;
        assert!(
            matches!(&sent, SendOutcome::Answered { messages } if matches!(&messages[..], [SentMessage::Taken { handle }] if handle == "77")),
            "{sent:?}"
        );
    }
    // Neither taken nor refused, or taken without a number to follow it by: nothing is claimed.
    for entry in [
        r#"{"status": "Q", "tranno": "1", "mdn": "9135550117"}"#,
        r#"{"status": "S", "tranno": "", "mdn": "9135550117"}"#,
        r#"{"status": "S", "tranno": "1", "mdn": "9135550118"}"#,
    ] {
        let body = format!(r#"{{"MessagingResponse": [{entry}]}}"#);
        let server = Server::answering(move |_| (202, "", body.clone())).await;
        let sent = server.sprint().send_message(&message("hello")).await;
        assert!(matches!(sent, SendOutcome::Unknown { .. }), "{entry}");
    }
}

#[tokio::test]
async fn a_list_that_points_at_itself_ends() {
    let server = Server::answering(|_| {
        ok(r#"{"units": [{"unitId": "U1", "status": "ACTIVE"}], "nextPageToken": "again"}"#)
    })
    .await;
    let carrier = server.sprint();
    let first = carrier.list(None).await.unwrap();
    assert_eq!(first.next.as_deref(), Some("again"));
    assert_eq!(carrier.list(Some("again")).await.unwrap().next, None);
}

#[tokio::test]
async fn pages_that_do_not_say_which_is_the_last_are_read_to_their_end() {
    fn devices(from: u32, count: u32) -> String {
        let one =
            |n: u32| format!(r#"{{"iccid": "890126000000000{n:04}", "status": "ACTIVATED"}}"#);
        let all: Vec<String> = (from..from + count).map(one).collect();
        all.join(",")
    }
    // Two full pages and a rest; nothing says which is the last one.
    let silent = Server::answering(|line| {
        let body = match line {
            line if line.contains("pageNumber=1&") || line.contains("pageNumber=1 ") => {
                devices(0, 50)
            }
            line if line.contains("pageNumber=2") => devices(50, 50),
            _ => devices(100, 3),
        };
        ok(&format!(r#"{{"devices": [{body}]}}"#))
    })
    .await;
    // The last page again and again, whatever is asked for.
    let stubborn = Server::answering(|_| {
        ok(&format!(
            r#"{{"pageNumber": "1", "devices": [{}], "lastPage": "false"}}"#,
            devices(0, 50)
        ))
    })
    .await;
    for (server, expected) in [(silent, 103), (stubborn, 50)] {
        let carrier = server.control_center();
        let (mut cursor, mut units, mut pages) = (None, 0, 0);
        loop {
            let page = carrier.list(cursor.as_deref()).await.unwrap();
            units += page.units.len();
            pages += 1;
            cursor = page.next;
            if cursor.is_none() || pages > 10 {
                break;
            }
        }
        assert_eq!(units, expected);
    }
}

#[tokio::test]
async fn a_list_of_messages_may_have_another_name_but_a_missing_one_is_not_an_empty_one() {
    let found = |page: &'static str| async move {
        let server = Server::answering(move |line| {
            if line.contains("/smsMessages?") {
                ok(page)
            } else {
                ok(r#"{"smsMsgId": "250000000011", "status": "Pending", "messageText": "hello"}"#)
            }
        })
        .await;
        let carrier = server.control_center();
        carrier
            .sent_before(&message("hello"), Timestamp::now())
            .await
    };
    for page in [
        r#"{"pageNumber": 1, "smsMsgIds": [250000000011], "lastPage": true}"#,
        r#"{"SmsMessages": [{"smsMsgId": "250000000011"}], "lastPage": "true"}"#,
        r#"{"messages": ["250000000011"]}"#,
        r#"{"smsMsgIds": [250000000011], "lastPage": false}"#,
    ] {
        let sent = found(page).await.unwrap();
        assert!(
            matches!(&sent[..], [SentMessage::Taken { handle }] if handle == "250000000011"),
            "{page}: {sent:?}"
        );
    }
    assert!(
        found(r#"{"smsMsgIds": [], "lastPage": true}"#)
            .await
            .unwrap()
            .is_empty()
    );
    for page in [
        r#"{"pageNumber": 1, "lastPage": true}"#,
        r#"{"smsMsgIds": null, "lastPage": true}"#,
        r#"{"smsMsgIds": [{"id": 5}], "lastPage": true}"#,
    ] {
        assert!(
            matches!(found(page).await, Err(CallFailure::Malformed { .. })),
            "{page}"
        );
    }
}

#[tokio::test]
async fn a_search_that_ignores_our_reference_finds_nothing_of_ours() {
    let server = Server::answering(|line| {
        if line.contains("/devices?") {
            ok(r#"{"pageNumber": 1, "devices": [{"iccid": "89012600000000000011", "status": "ACTIVATED"}], "lastPage": true}"#)
        } else {
            ok(r#"{"iccid": "89012600000000000011", "status": "ACTIVATED", "accountCustom1": "somebody else"}"#)
        }
    })
    .await;
    let reference = Identifier::ClientReference(Uuid::from_u128(3));
    let found = server.control_center().find(&reference).await;
    assert!(matches!(found, LookUp::Failed { .. }), "{found:?}");
}

#[tokio::test]
async fn credentials_that_do_not_fit_are_known_by_their_code_under_any_status() {
    for status in [200, 400, 401, 403, 500] {
        let server = Server::answering(move |_| {
            let body = r#"{"ErrorMessage": "Invalid credentials", "ErrorCode": 10000001}"#;
            (status, "", body.to_owned())
        })
        .await;
        let carrier = server.control_center();
        assert_eq!(
            carrier.check().await.verdict,
            CheckVerdict::KeyWrong,
            "{status}"
        );
        let outcome = carrier.register(&sim(1)).await;
        assert!(
            matches!(&outcome, RegistrationOutcome::Rejected(rejection) if rejection.cause == RejectionCause::Credentials),
            "{outcome:?}"
        );
        assert_eq!(server.count("PUT "), 0, "nothing is asked of the SIM");
    }
}

#[tokio::test]
async fn a_network_that_wants_a_sign_in_is_told_from_a_carrier_in_trouble() {
    for (status, body) in [
        (511, "{}"),
        (407, "{\"error\": \"PROXY\"}"),
        (200, "<html>Welcome</html>"),
        (302, ""),
    ] {
        for control_center in [false, true] {
            let server = Server::answering(move |_| {
                let to = "location: http://169.254.169.254/latest/meta-data/\r\n";
                (status, to, body.to_owned())
            })
            .await;
            let carrier = if control_center {
                server.control_center()
            } else {
                server.sprint()
            };
            let verdict = carrier.check().await.verdict;
            assert!(
                matches!(verdict, CheckVerdict::NotTheCarrier { .. }),
                "{status}: {verdict:?}"
            );
            let outcome = carrier
                .register(&if control_center { sim(1) } else { lte(1) })
                .await;
            assert!(
                matches!(
                    outcome,
                    RegistrationOutcome::Unknown { .. } | RegistrationOutcome::NotSent { .. }
                ),
                "{status}: {outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_clock_complaint_without_the_carriers_time_is_answered_by_the_date_of_the_answer() {
    let server = Server::answering(|line| {
        // Two days ahead of us, told in the header of every answer only.
        let corrected = line.contains("timestamp=2099-");
        let date = "date: Sun, 01 Feb 2099 10:00:00 GMT\r\n";
        if corrected {
            let body = r#"{"accountId": "1", "accountName": "A", "status": "ACTIVE", "plans": []}"#;
            (200, date, body.to_owned())
        } else {
            let body = r#"{"error": "stale_timestamp", "message": "x", "requestId": "R", "retryable": true}"#;
            (401, date, body.to_owned())
        }
    })
    .await;
    let report = server.sprint().check().await;
    let CheckVerdict::ClockWrong {
        offset_s: Some(offset_s),
    } = report.verdict
    else {
        panic!("{report:?}")
    };
    assert!(offset_s > 365 * 24 * 3_600, "{offset_s}");
    assert!(report.is_usable(), "the corrected call was answered");
}

#[tokio::test]
async fn the_text_of_a_message_stands_in_no_debug_output() {
    let mut request = message("KEYWORD-7391");
    request.text.push_str(" reboot");
    let shown = format!("{request:?} {:?}", Secret::new("KEYWORD-7391"));
    assert!(!shown.contains("7391"), "{shown}");
}
