//! A report that is longer than a whole page may be, over real HTTP: its unit was heard, its size is noted, and the feed goes on.

use crate::world::{World, plan, switches};
use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use carrier::AccountSettings;
use collector::run::{Ending, run};
use collector::source::AccountSource;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const REPORTS: usize = 6;
const LONG: usize = 3;
const BYTES: usize = 9 * 1024 * 1024;

fn report(number: usize) -> Value {
    let payload = match number {
        LONG => "A".repeat(BYTES),
        _ => "QQ==".to_owned(),
    };
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(60);
    json!({
        "reportId": format!("R{number}"), "unitId": "U1", "receivedAt": at, "eventTime": at, "eventCode": 2, "sequence": number,
        "fix": { "valid": true, "latitude": 39.1, "longitude": -94.5 }, "payloadBase64": payload,
    })
}

async fn list(
    State(calls): State<Arc<AtomicU32>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Json<Value> {
    calls.fetch_add(1, Ordering::Relaxed);
    let from: usize = query.get("since").map_or(0, |since| since.parse().unwrap());
    let limit: usize = query["limit"].parse().unwrap();
    let to = (from + limit).min(REPORTS);
    let reports: Vec<Value> = (from..to).map(report).collect();
    Json(
        json!({ "reports": reports, "nextCursor": to.to_string(), "hasMore": to < REPORTS, "retentionDays": 30 }),
    )
}

#[tokio::test]
async fn a_report_longer_than_a_page_is_noted_with_its_size_and_the_feed_goes_on() {
    let world = World::new(switches()).await;
    let calls = Arc::new(AtomicU32::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let routes = Router::new()
        .route("/v1/report/list.json", get(list))
        .with_state(Arc::clone(&calls));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let mut settings = AccountSettings::sandbox(&url);
    settings.limits.calls_per_second = 10_000;
    settings.limits.read_repeats = 0;
    let source = AccountSource::new(settings).unwrap();
    let tally = run(&source, &world.store().await, &plan()).await.unwrap();
    assert_eq!(
        (tally.ending, tally.new_reports, tally.rejected),
        (Ending::CaughtUp, 6, 1)
    );
    let listed = calls.load(Ordering::Relaxed);
    assert_eq!(listed, 1, "each page costs a call of the account's day");
    let noted = "SELECT report_id || ' ' || (body->'payloadbase64'->>'leftout') || ' ' || reason FROM fleet.rejected_reports";
    assert_eq!(
        world.text(noted).await.unwrap(),
        format!(
            "R{LONG} {} does not fit the contract: payloadBase64 cannot be read; it is kept without it",
            BYTES + 2
        )
    );
    let without = "SELECT count(*) FROM fleet.position_reports WHERE latitude IS NOT NULL AND (payload_base64 IS NULL) = (report_id = 'R3')";
    assert_eq!(world.number(without).await, 6);
}
