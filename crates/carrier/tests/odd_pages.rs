//! Pages of reports that no sandbox would give.

use crate::bad_answers::answer_each;
use crate::office::settings;
use carrier::{CallFailure, ReportFeed, ReportPage};
use tokio::net::TcpListener;

const GOOD: &str = r#"{"reportId": "RP1", "unitId": "U1", "receivedAt": "2026-11-28T10:00:03Z", "eventTime": "2026-11-28T10:00:00Z",
    "eventCode": 2, "fix": {"valid": true, "latitude": 39.1, "longitude": -94.5, "speedKph": 48.2}, "mdn": "9135550117"}"#;

async fn listed(status: &str, kind: &str, body: &[u8]) -> Result<ReportPage, CallFailure> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let mut answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend(body);
    answer_each(listener, answer);
    let mut settings = settings(&base_url);
    settings.limits.read_repeats = 0;
    ReportFeed::new(settings)
        .unwrap()
        .list(None, 10, None)
        .await
}

fn page_with(report: &[u8]) -> Vec<u8> {
    let mut body = format!(r#"{{"reports": [{GOOD}, "#).into_bytes();
    body.extend(report);
    body.extend(br#"], "nextCursor": "c1", "hasMore": false, "retentionDays": 30}"#);
    body
}

#[tokio::test]
async fn one_report_that_is_no_json_costs_no_other_one_and_does_not_stop_the_feed() {
    let odd = GOOD.replace("RP1", "RP2");
    let deep = format!(", \"x\": {}{}}}", "[".repeat(200), "]".repeat(200));
    let mut no_text = odd.clone().into_bytes();
    no_text[odd.find("9135").unwrap()] = 0xff;
    for (report, read) in [
        (odd.replace("48.2", "1e999").into_bytes(), 2),
        (odd.replace("48.2", "NaN").into_bytes(), 2),
        (odd.replace("U1", "\\ud800").into_bytes(), 1),
        (no_text, 2),
        (odd.replace("\"}", &format!("\"{deep}")).into_bytes(), 2),
    ] {
        let text = String::from_utf8_lossy(&report).into_owned();
        let page = listed("200 OK", "application/json", &page_with(&report))
            .await
            .unwrap();
        assert_eq!(
            (page.reports.len(), page.unreadable.len()),
            (read, 1),
            "{text}"
        );
        assert_eq!((page.next_cursor.as_str(), page.has_more), ("c1", false));
        assert_eq!(page.unreadable[0].report_id.as_deref(), Some("RP2"));
    }
    let whole = page_with(odd.replace("48.2", "NaN").as_bytes());
    let cut = listed("200 OK", "application/json", &whole[..whole.len() - 20]).await;
    assert!(matches!(cut, Err(CallFailure::Malformed { .. })), "{cut:?}");
}

#[tokio::test]
async fn a_page_that_is_too_long_is_called_so() {
    let long = vec![GOOD; 9 * 1024 * 1024 / GOOD.len()].join(",");
    let outcome = listed("200 OK", "application/json", &page_with(long.as_bytes())).await;
    assert!(
        matches!(outcome, Err(CallFailure::TooLong { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_report_that_is_longer_than_a_page_costs_what_is_long_in_it_and_no_other_one() {
    let bytes = 9 * 1024 * 1024;
    let huge = "A".repeat(bytes);
    for (member, word, read) in [
        (format!(r#""payloadBase64": "{huge}""#), "payloadBase64", 2),
        (format!(r#""sequence": [["{huge}"]]"#), "sequence", 2),
        (format!(r#""receivedAt": "{huge}""#), "", 1),
    ] {
        let odd = GOOD.replace("RP1", "RP2").replace("\"}", "\",") + &member + "}";
        let page = listed("200 OK", "application/json", &page_with(odd.as_bytes()))
            .await
            .unwrap();
        assert_eq!(
            (page.reports.len(), page.unreadable.len()),
            (read, 1),
            "{word}"
        );
        assert_eq!((page.next_cursor.as_str(), page.has_more), ("c1", false));
        let noted = &page.unreadable[0];
        assert_eq!(noted.report_id.as_deref(), Some("RP2"));
        assert!(noted.why.starts_with(word), "{noted:?}");
        assert!(
            noted.raw.contains(r#"{"leftout":94371"#) && noted.raw.len() < 1_000,
            "its size is told: {noted:?}"
        );
    }
}

#[tokio::test]
async fn a_service_that_is_down_behind_a_web_page_is_in_trouble_and_not_another_network() {
    let page = b"<html>The service is away</html>";
    for (status, is_trouble) in [
        ("503 Service Unavailable", true),
        ("502 Bad Gateway", true),
        ("511 Network Authentication Required", false),
        ("200 OK", false),
        ("403 Forbidden", false),
    ] {
        let outcome = listed(status, "text/html", page).await;
        assert_eq!(
            matches!(outcome, Err(CallFailure::Trouble { .. })),
            is_trouble,
            "{status}: {outcome:?}"
        );
        assert_eq!(
            matches!(outcome, Err(CallFailure::NotTheCarrier { .. })),
            !is_trouble,
            "{status}: {outcome:?}"
        );
    }
}
