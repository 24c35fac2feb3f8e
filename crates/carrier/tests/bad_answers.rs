//! Answers that no sandbox would give, from a server that says the same bytes to everybody.

use crate::office::{cdma, lte, settings, unknown};
use carrier::{AccountSettings, CallFailure, Carrier, TrustedRoots};
use fleet::registration::{FollowUp, LookUp, RegistrationOutcome, RejectionCause};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers each connection with the same bytes and closes it; gives what the first read of each brought.
pub fn answer_each(listener: TcpListener, answer: Vec<u8>) -> Arc<Mutex<Vec<Vec<u8>>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 64 * 1024];
            let length = stream.read(&mut request).await.unwrap_or(0);
            request.truncate(length);
            log.lock().unwrap().push(request);
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    });
    seen
}

fn http(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn json(status: &str, body: &str) -> Vec<u8> {
    http(status, "application/json", body)
}

async fn carrier_answering(answer: Vec<u8>) -> Carrier {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    answer_each(listener, answer);
    let mut settings = settings(&base_url);
    settings.limits.read_repeats = 0;
    Carrier::new(settings).unwrap()
}

#[tokio::test]
async fn whatever_the_contract_does_not_call_refused_is_unknown() {
    let answers = [
        json("200 OK", "{\"result\":\"ACCEPTED\""),
        json("200 OK", "{}"),
        json("200 OK", "[]"),
        json("200 OK", ""),
        json("204 No Content", ""),
        json("200 OK", "{\"error\":\"NEVER_HEARD\"}"),
        json("200 OK", "{\"error\":\"UNEXPECTED_ERROR\"}"),
        json("404 Not Found", "{\"error\":\"DEVICE_NOT_FOUND\"}"),
        json("408 Request Timeout", "{\"error\":\"X\"}"),
        json("409 Conflict", "{\"error\":\"X\"}"),
        json("425 Too Early", "{\"error\":\"X\"}"),
        json("429 Too Many Requests", "{\"error\":\"X\"}"),
        json("500 Oops", "{\"error\":\"INVALID_DEVICE_ID\"}"),
        json("502 Bad Gateway", "{}"),
        json("503 Away", "{\"error\":\"SERVICE_TEMPORARILY_UNAVAILABLE\"}"),
        http("400 Bad Request", "text/html", "<html>Blocked by the proxy</html>"),
        http("200 OK", "image/png", "{}"),
        json("400 Bad Request", "{\"message\":\"no error word\"}"),
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"result\":".to_vec(),
        b"220 mail.example ESMTP\r\n".to_vec(),
        Vec::new(),
    ];
    for answer in answers {
        let text = String::from_utf8_lossy(&answer).into_owned();
        let outcome = carrier_answering(answer).await.register(&lte(1)).await;
        assert!(
            matches!(outcome, RegistrationOutcome::Unknown { .. }),
            "{text}\n{outcome:?}"
        );
    }
}

#[tokio::test]
async fn only_the_carriers_own_word_means_not_found() {
    let answers = [
        http("404 Not Found", "text/html", "<html>No such page</html>"),
        json("404 Not Found", "{\"error\":\"SOMETHING_ELSE\"}"),
        json("404 Not Found", "{}"),
        json("200 OK", "{}"),
        json("500 Oops", "{\"error\":\"DEVICE_NOT_FOUND\"}"),
        Vec::new(),
    ];
    for answer in answers {
        let text = String::from_utf8_lossy(&answer).into_owned();
        let carrier = carrier_answering(answer).await;
        let found = carrier.look_up(&lte(1)).await;
        assert!(
            matches!(found, LookUp::Failed { offline: false, .. }),
            "{text}\n{found:?}"
        );
        let followed = carrier.follow("T1").await;
        assert!(
            matches!(followed, FollowUp::Unanswered { .. }),
            "{text}\n{followed:?}"
        );
    }
}

#[tokio::test]
async fn a_refusal_under_200_is_a_refusal_whatever_its_case() {
    let carrier = carrier_answering(json(
        "200 OK",
        "{\"Error\":\"invalid_key\",\"Message\":\"Who\r\nare you?\"}",
    ))
    .await;
    let outcome = carrier.register(&lte(1)).await;
    let RegistrationOutcome::Rejected(rejection) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (rejection.cause, rejection.word.as_str()),
        (RejectionCause::Credentials, "INVALID_KEY")
    );
    assert_eq!(rejection.message, "Who  are you?");
    let carrier = carrier_answering(json("200 OK", "{\"error\":\"Device_Not_Found\"}")).await;
    assert_eq!(carrier.look_up(&lte(1)).await, LookUp::NotFound);
}

#[tokio::test]
async fn an_answer_about_another_unit_is_unknown_and_a_careless_one_is_read() {
    let unit = |device: &str| {
        format!(
            "{{\"Result\":\"already_registered\",\"UNIT\":{{\"unitId\":17,\"clientRef\":null,\"deviceId\":\"{device}\",\
             \"planCode\":\"M2MGPS5\",\"mdn\":9135550117,\"status\":\"Hibernating\",\"tomorrow\":{{\"x\":[1]}}}}}}"
        )
    };
    let outcome = carrier_answering(json("200 OK", &unit("af0123450abcde")))
        .await
        .register(&cdma())
        .await;
    let RegistrationOutcome::Done { unit: done } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (done.remote_id.as_str(), done.raw_state.as_str()),
        ("17", "Hibernating")
    );
    assert_eq!(done.mdn.unwrap().as_str(), "9135550117");
    let outcome = carrier_answering(json("200 OK", &unit("A0000000002329")))
        .await
        .register(&cdma())
        .await;
    assert!(
        matches!(
            outcome,
            RegistrationOutcome::Conflict {
                existing: Some(_),
                ..
            }
        ),
        "{outcome:?}"
    );
    let foreign = unit("A0000000002329").replace("already_registered", "ACCEPTED");
    assert!(
        unknown(
            carrier_answering(json("202 Accepted", &foreign))
                .await
                .register(&cdma())
                .await
        )
        .contains("another")
    );
}

#[tokio::test]
async fn hostile_text_from_the_carrier_comes_out_harmless() {
    let body = "{\"error\":\"UNKNOWN_PLAN\",\"message\":\"\\u001b]52;c;AAAA\\u0007\\u202egnp\",\"field\":\"\\u0000plan\"}";
    let outcome = carrier_answering(json("422 No", body))
        .await
        .register(&lte(1))
        .await;
    let RegistrationOutcome::Rejected(rejection) = outcome else {
        panic!("{outcome:?}")
    };
    let shown = format!(
        "{}{}{}",
        rejection.word,
        rejection.message,
        rejection.field.unwrap()
    );
    assert!(
        !shown
            .chars()
            .any(|each| each.is_control() || each == '\u{202e}'),
        "{shown:?}"
    );
}

#[tokio::test]
async fn a_body_without_end_is_read_only_so_far() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let sent = Arc::new(Mutex::new(0_usize));
    let counter = Arc::clone(&sent);
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
            .await;
        // Two gibibytes, or until nobody listens any more.
        for _ in 0..(2 << 14) {
            if stream.write_all(&[b' '; 128 * 1024]).await.is_err() {
                break;
            }
            *counter.lock().unwrap() += 128 * 1024;
        }
    });
    let carrier = Carrier::new(settings(&base_url)).unwrap();
    assert!(unknown(carrier.register(&lte(1)).await).contains("longer than 1048576"));
    server.await.unwrap();
    assert!(
        *sent.lock().unwrap() < 64 * 1024 * 1024,
        "the connection was closed early"
    );
}

#[tokio::test]
async fn nothing_left_when_no_connection_stood() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = Carrier::new(settings(&format!("http://{address}/v1"))).unwrap();
    let nameless = Carrier::new(AccountSettings {
        trusted_roots: TrustedRoots::Only(Vec::new()),
        ..settings("https://no-such-carrier.invalid/v1")
    })
    .unwrap();
    for carrier in [refused, nameless] {
        let outcome = carrier.register(&lte(1)).await;
        assert!(
            matches!(outcome, RegistrationOutcome::NotSent { .. }),
            "{outcome:?}"
        );
        let found = carrier.look_up(&lte(1)).await;
        assert!(
            matches!(found, LookUp::Failed { offline: true, .. }),
            "{found:?}"
        );
        assert!(matches!(
            carrier.plans().await,
            Err(CallFailure::Offline { .. })
        ));
    }
}

#[tokio::test]
async fn nothing_left_when_tls_was_not_finished() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = answer_each(listener, b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    let base = settings(&format!("https://{address}/v1"));
    let carrier = Carrier::new(AccountSettings {
        trusted_roots: TrustedRoots::Only(Vec::new()),
        ..base
    })
    .unwrap();
    let outcome = carrier.register(&lte(1)).await;
    assert!(
        matches!(outcome, RegistrationOutcome::NotSent { .. }),
        "{outcome:?}"
    );
    for heard in seen.lock().unwrap().iter() {
        let text = String::from_utf8_lossy(heard);
        assert!(
            !text.contains("ABCD123XYZ") && !text.contains("unit/add"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_only_drips_ends_with_the_time_for_one_call() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream
            .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\n\r\n")
            .await;
        while stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    let mut settings = settings(&base_url);
    settings.limits.total_timeout_ms = 300;
    let why = unknown(Carrier::new(settings).unwrap().register(&lte(1)).await);
    assert!(
        why.contains("was cut") && why.contains("timed out"),
        "{why}"
    );
}

/// A compile-time promise: questions may be asked from any thread's runtime.
#[test]
fn questions_can_be_sent_between_threads() {
    fn sendable<T: Send>(_: &T) {}
    let carrier = Carrier::new(settings("http://127.0.0.1:9/v1")).unwrap();
    let intent = lte(1);
    sendable(&carrier.register(&intent));
    sendable(&carrier.look_up(&intent));
    sendable(&carrier.check());
    sendable(&carrier.follow("T1"));
    sendable(&carrier.list(None));
}
