//! The report feed: in order of receipt, by time, at least once, and honest about what was lost.

use crate::office::{Office, accepted, lte, settings, switches};
use carrier::sandbox::{ReportSeed, SandboxConfig, Switches};
use carrier::{CallFailure, Report, ReportFeed, ReportPage};
use serde_json::{Map, json};
use std::collections::BTreeSet;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn seed(units: &[&str], count: u32, every_ms: u64, begins_in_ms: i64) -> ReportSeed {
    ReportSeed {
        units: units.iter().map(|&unit| unit.to_owned()).collect(),
        count,
        every_ms,
        begins_in_ms,
        members: Map::new(),
    }
}

fn feed(office: &Office) -> ReportFeed {
    ReportFeed::new(settings(&office.sandbox.base_url())).unwrap()
}

/// Reads to the present end as a collector does, and gives the last cursor.
async fn read_all(feed: &ReportFeed, limit: u32) -> (Vec<Report>, String) {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page: ReportPage = match feed.list(cursor.as_deref(), limit, None).await {
            Ok(page) => page,
            Err(CallFailure::NoAnswer { .. } | CallFailure::RetryAfter { .. }) => continue,
            Err(other) => panic!("{other:?}"),
        };
        assert!(page.unreadable.is_empty(), "{:?}", page.unreadable);
        assert!(page.reports.len() <= limit as usize);
        all.extend(page.reports);
        if !page.has_more {
            return (all, page.next_cursor);
        }
        cursor = Some(page.next_cursor);
    }
}

#[tokio::test]
async fn reports_come_in_order_of_receipt_and_pages_meet_without_gap() {
    let office = Office::open(switches()).await;
    let (_, unit) = accepted(office.register(&lte(1)).await);
    office
        .sandbox
        .seed_reports(&seed(&[&unit.remote_id, "U999999"], 150, 1_000, -1_000_000))
        .unwrap();
    let feed = feed(&office);
    let (reports, end) = read_all(&feed, 70).await;
    assert_eq!(reports.len(), 300);
    assert!(
        reports
            .windows(2)
            .all(|pair| pair[0].received_at <= pair[1].received_at)
    );
    assert!(
        reports
            .windows(2)
            .all(|pair| pair[0].report_id < pair[1].report_id)
    );
    assert!(
        reports
            .iter()
            .any(|report| !report.fix.valid && report.fix.latitude.is_none())
    );
    assert!(
        reports
            .iter()
            .any(|report| report.received_at.as_second() - report.event_time.as_second() > 3_600)
    );
    let known = reports
        .iter()
        .find(|report| report.unit_id == unit.remote_id)
        .unwrap();
    assert!(known.mdn.is_some(), "a registered unit has its number");
    let stranger = reports
        .iter()
        .find(|report| report.unit_id == "U999999")
        .unwrap();
    assert_eq!(
        stranger.mdn, None,
        "a unit that is not registered still reports"
    );

    let empty = feed.list(Some(&end), 500, None).await.unwrap();
    assert_eq!(
        (empty.reports.len(), empty.next_cursor, empty.has_more),
        (0, end, false)
    );
    let one_unit = feed.list(None, 1_000, Some("U999999")).await.unwrap();
    assert_eq!(one_unit.reports.len(), 150);
    assert!(matches!(
        feed.list(None, 5, Some("U000777")).await,
        Err(CallFailure::NotFound { .. })
    ));
    assert_eq!(one_unit.retention_days, Some(30));
    office.close().await;
}

#[tokio::test]
async fn a_report_is_not_there_before_its_time() {
    let office = Office::open(switches()).await;
    office
        .sandbox
        .seed_reports(&seed(&["U000001"], 2, 3_600_000, -1))
        .unwrap();
    let feed = feed(&office);
    let (reports, end) = read_all(&feed, 10).await;
    assert_eq!(reports.len(), 1);
    office
        .sandbox
        .seed_reports(&seed(&["U000002"], 1, 0, 1_500))
        .unwrap();
    assert_eq!(
        feed.list(Some(&end), 10, None).await.unwrap().reports.len(),
        0
    );
    tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
    let page = feed.list(Some(&end), 10, None).await.unwrap();
    assert_eq!(page.reports[0].unit_id, "U000002");
    office.close().await;
}

#[tokio::test]
async fn a_cursor_older_than_the_retention_names_where_reading_can_go_on() {
    let office = Office::open(switches()).await;
    let feed = feed(&office);
    let beginning = feed.list(None, 10, None).await.unwrap().next_cursor;
    office
        .sandbox
        .seed_reports(&seed(&["U000001"], 3, 1, -40 * DAY_MS))
        .unwrap();
    office
        .sandbox
        .seed_reports(&seed(&["U000001"], 2, 1, -5 * DAY_MS))
        .unwrap();
    let Err(CallFailure::CursorExpired {
        oldest_cursor: Some(oldest),
    }) = feed.list(Some(&beginning), 10, None).await
    else {
        panic!("an expired cursor was expected")
    };
    let page = feed.list(Some(&oldest), 10, None).await.unwrap();
    assert_eq!(page.reports.len(), 2);
    assert_eq!(
        feed.list(None, 10, None).await.unwrap().reports,
        page.reports
    );
    for cursor in ["nonsense", "c2VxOjk5OTk5"] {
        let Err(CallFailure::Refused(rejection)) = feed.list(Some(cursor), 10, None).await else {
            panic!("{cursor} was taken")
        };
        assert_eq!(rejection.word, "INVALID_CURSOR");
    }
    office.close().await;
}

#[tokio::test]
async fn faults_of_the_way_lose_no_report_and_repeat_some() {
    let office = Office::open(Switches {
        lose_answer_of_reads_every: 5,
        server_error_reads_every: 7,
        unavailable_reads_every: 11,
        rate_limit_every: 9,
        repeat_last_report_every: 3,
        rate_limit_retry_after_s: None,
        ..switches()
    })
    .await;
    office
        .sandbox
        .seed_reports(&seed(&["U000001", "U000002"], 200, 10, -100_000))
        .unwrap();
    let (reports, _) = read_all(&feed(&office), 20).await;
    let distinct: BTreeSet<&str> = reports
        .iter()
        .map(|report| report.report_id.as_str())
        .collect();
    assert_eq!(distinct.len(), 400);
    assert!(reports.len() > 400, "delivery is at least once");
    office.close().await;
}

#[tokio::test]
async fn one_spoiled_report_does_not_stop_the_feed() {
    let office = Office::open(switches()).await;
    let mut spoiled = seed(&["U000001"], 1, 0, -1);
    spoiled.members = json!({"eventTime": "yesterday"})
        .as_object()
        .unwrap()
        .clone();
    office.sandbox.seed_reports(&spoiled).unwrap();
    let mut far = seed(&["U000001"], 1, 0, -1);
    far.members = json!({"fix": {"valid": true, "latitude": 200.0, "longitude": 5}, "mainVoltage": "13.8", "novelty": 1}).as_object().unwrap().clone();
    office.sandbox.seed_reports(&far).unwrap();
    let page = feed(&office).list(None, 10, None).await.unwrap();
    assert_eq!(page.unreadable.len(), 1);
    assert_eq!(
        page.unreadable[0].report_id.as_deref(),
        Some("RP00000000000001")
    );
    assert!(page.unreadable[0].raw.contains("yesterday"));
    // Its unit was heard all the same.
    assert_eq!(page.reports.len(), 2);
    assert_eq!(page.reports[0].event_time, page.reports[0].received_at);
    assert!(!page.reports[1].fix.valid && page.reports[1].fix.latitude.is_none());
    assert_eq!(page.reports[1].main_voltage, Some(13.8));
}

#[tokio::test]
async fn a_sandbox_started_again_has_the_same_reports_under_the_same_cursors() {
    let folder = tempfile::tempdir().unwrap();
    let config = SandboxConfig {
        ledger: Some(folder.path().join("ledger.jsonl")),
        switches: switches(),
        ..SandboxConfig::default()
    };
    let office = Office::with(config.clone()).await;
    office
        .sandbox
        .seed_reports(&seed(&["U000001", "U000003"], 20, 10, -9_000))
        .unwrap();
    let before = read_all(&feed(&office), 7).await;
    office.close().await;
    let again = Office::with(config).await;
    assert_eq!(read_all(&feed(&again), 9).await, before);
    assert!(again.sandbox.seed_reports(&seed(&[], 1, 0, 0)).is_err());
    again.close().await;
}

#[tokio::test]
async fn a_page_costs_one_call_of_the_day_and_a_spent_day_is_said() {
    let office = Office::open(Switches {
        quota_per_day: 1,
        ..switches()
    })
    .await;
    let feed = feed(&office);
    feed.list(None, 1_000, None).await.unwrap();
    assert_eq!(feed.budget().map(|budget| budget.remaining), Some(0));
    assert!(matches!(
        feed.list(None, 10, None).await,
        Err(CallFailure::RetryAfter {
            quota_spent: true,
            ..
        })
    ));
    office.close().await;
}
