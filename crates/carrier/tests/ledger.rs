//! The sandbox itself: its ledger, its restart, its control door, and the changes that have no client yet.

use crate::office::{Office, accepted, lte, switches};
use carrier::sandbox::{LedgerLine, SandboxConfig, Switches, read_ledger, serve};
use fleet::registration::LookUp;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One HTTP exchange by hand: status and body.
async fn by_hand(office: &Office, request_line: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let mut stream = TcpStream::connect(office.sandbox.address()).await.unwrap();
    let head = format!(
        "{request_line} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

/// A signed write, signed by hand too, so that client and sandbox cannot share a mistake.
async fn signed_write(office: &Office, path: &str, body: &Value) -> (u16, Value) {
    let digest = format!("{:x}", Md5::digest(body.to_string()));
    let timestamp = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SUTC")
        .to_string();
    let text = format!("bodyMd5{digest}keyABCD123XYZtimestamp{timestamp}s3cr3t-example");
    let sig = format!("{:x}", Md5::digest(text));
    let query = format!(
        "key=ABCD123XYZ&timestamp={}&bodyMd5={digest}&sig={sig}",
        timestamp.replace(':', "%3A")
    );
    by_hand(
        office,
        &format!("POST /accountServices/resources/v1{path}?{query}"),
        body,
    )
    .await
}

pub async fn deactivate(office: &Office, unit_id: &str, device_id: &str) {
    let body = json!({"clientRef": "1e6f6d53-1c4b-4b83-b1a3-22e07f7b9a10", "unitId": unit_id, "confirmDeviceId": device_id});
    let (status, answer) = signed_write(office, "/unit/deactivate.json", &body).await;
    assert_eq!(status, 202, "{answer}");
}

fn registered(lines: &[LedgerLine]) -> usize {
    lines
        .iter()
        .filter(|line| matches!(line, LedgerLine::Registered { .. }))
        .count()
}

#[tokio::test]
async fn the_ledger_is_read_by_itself_and_a_sandbox_started_again_is_the_same_carrier() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    let config = SandboxConfig {
        ledger: Some(path.clone()),
        switches: switches(),
        ..SandboxConfig::default()
    };
    let office = Office::with(config.clone()).await;
    let first = accepted(office.register(&lte(1)).await);
    let LookUp::Found { unit } = office.carrier.look_up(&lte(1)).await else {
        panic!("not found")
    };
    let address = office.sandbox.address();
    office.close().await;

    let lines = read_ledger(&path).unwrap();
    assert_eq!(registered(&lines), 1);
    let text = std::fs::read_to_string(&path).unwrap();
    let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(line["kind"], "registered");
    assert_eq!(line["clientRef"], json!(lte(1).client_reference));
    assert_eq!(line["deviceId"], json!(lte(1).unit.as_str()));
    assert_eq!(line["iccid"], json!(lte(1).iccid.unwrap().as_str()));

    let again = Office::with(SandboxConfig {
        listen: address,
        ..config
    })
    .await;
    assert_eq!(again.carrier.look_up(&lte(1)).await, LookUp::Found { unit });
    assert_eq!(accepted(again.register(&lte(1)).await), first);
    accepted(again.register(&lte(2)).await);
    again.close().await;
    assert_eq!(registered(&read_ledger(&path).unwrap()), 2);
}

#[tokio::test]
async fn switches_change_at_run_time_through_the_control_door() {
    let office = Office::open(switches()).await;
    let (status, body) = by_hand(
        &office,
        "POST /sandbox/control",
        &json!({"rate_limit_every": 3, "clock_skew_s": 5}),
    )
    .await;
    assert_eq!(
        (status, &body["switches"]["rate_limit_every"]),
        (200, &json!(3))
    );
    assert_eq!(
        office.sandbox.switches(),
        Switches {
            rate_limit_every: 3,
            clock_skew_s: 5,
            ..switches()
        }
    );
    let (status, body) = by_hand(&office, "POST /sandbox/control", &json!({"no_such": 1})).await;
    assert_eq!(status, 400);
    assert!(body["error"].as_str().unwrap().contains("no_such"));
    let (status, body) = by_hand(&office, "GET /sandbox/control", &Value::Null).await;
    assert_eq!(
        (status, &body["switches"]["clock_skew_s"]),
        (200, &json!(5))
    );
}

#[tokio::test]
async fn suspend_restore_and_change_of_plan_follow_the_contracts_states() {
    let office = Office::open(switches()).await;
    let (_, unit) = accepted(office.register(&lte(1)).await);
    let mut n = 0;
    let mut body = |extra: Value| {
        n += 1;
        let mut body = json!({"clientRef": uuid::Uuid::from_u128(n), "unitId": unit.remote_id});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        body
    };
    let steps = [
        ("/unit/restore.json", json!({}), 200, "NO_CHANGE"),
        (
            "/unit/suspend.json",
            json!({"reason": "Seasonal storage"}),
            202,
            "ACCEPTED",
        ),
        ("/unit/suspend.json", json!({}), 200, "NO_CHANGE"),
        (
            "/unit/changePlan.json",
            json!({"planCode": "M2MLTE20"}),
            409,
            "INVALID_STATE",
        ),
        ("/unit/restore.json", json!({}), 202, "ACCEPTED"),
        (
            "/unit/changePlan.json",
            json!({"planCode": "M2MLTE20"}),
            202,
            "ACCEPTED",
        ),
        (
            "/unit/changePlan.json",
            json!({"planCode": "M2MLTE20"}),
            200,
            "NO_CHANGE",
        ),
        (
            "/unit/changePlan.json",
            json!({"planCode": "M2MGPS5"}),
            409,
            "PLAN_CHANGE_LIMIT",
        ),
        (
            "/unit/changePlan.json",
            json!({"planCode": "NOSUCH"}),
            422,
            "UNKNOWN_PLAN",
        ),
        (
            "/unit/deactivate.json",
            json!({"confirmDeviceId": "other"}),
            422,
            "CONFIRMATION_MISMATCH",
        ),
        (
            "/unit/deactivate.json",
            json!({"confirmDeviceId": lte(1).unit.as_str()}),
            202,
            "ACCEPTED",
        ),
        ("/unit/restore.json", json!({}), 409, "INVALID_STATE"),
        (
            "/unit/suspend.json",
            json!({"surprise": 1}),
            400,
            "INVALID_PARAMETER",
        ),
    ];
    for (path, extra, expected, word) in steps {
        let (status, answer) = signed_write(&office, path, &body(extra)).await;
        let said = answer["result"].as_str().or(answer["error"].as_str());
        assert_eq!((status, said), (expected, Some(word)), "{path} {answer}");
    }
    office.close().await;
}

#[tokio::test]
async fn a_request_that_cannot_be_understood_is_refused_with_its_field() {
    let office = Office::open(switches()).await;
    let good = json!({"clientRef": "7f9c2ba4-e88f-427d-9d3a-1f0a5e2b6c11", "unitName": "Truck 17", "deviceIdType": "MEID",
        "deviceId": "AF0123450ABCDE", "planCode": "M2MGPS5", "serviceZip": "66251"});
    let cases = [
        ("clientRef", json!("not-a-uuid"), 400),
        ("unitName", json!(""), 400),
        ("deviceIdType", json!("SERIAL"), 400),
        ("deviceId", json!("af0123450abcde"), 400),
        ("deviceId", json!("00123450ABCDEF"), 422),
        ("iccid", json!("12345"), 422),
        ("planCode", json!("m2m"), 400),
        ("serviceZip", json!("6625A"), 400),
        ("surprise", json!(1), 400),
    ];
    for (field, value, expected) in cases {
        let mut body = good.clone();
        body[field] = value;
        let (status, answer) = signed_write(&office, "/unit/add.json", &body).await;
        assert_eq!(
            (status, answer["field"].as_str()),
            (expected, Some(field)),
            "{answer}"
        );
    }
    let (status, _) = signed_write(&office, "/unit/add.json", &good).await;
    assert_eq!(status, 202);
    let refused = office
        .sandbox
        .ledger()
        .iter()
        .filter(|line| matches!(line, LedgerLine::Refused { .. }))
        .count();
    assert_eq!(refused, 9);
    office.close().await;
}

#[tokio::test]
async fn the_ledger_of_a_sandbox_that_cannot_be_read_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    std::fs::write(&path, "somebody's letter\n").unwrap();
    assert!(
        serve(SandboxConfig {
            ledger: Some(path.clone()),
            ..SandboxConfig::default()
        })
        .await
        .is_err()
    );
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "somebody's letter\n"
    );
}
