//! Who reports: devices that only have the carrier's number are asked about, for as few of the account's calls as possible.

use crate::world::World;
use crate::world::switches;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use carrier::AccountSettings;
use collector::source::{AccountSource, ReportSource};
use fleet_db::reports::NamedDevice;
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// More than a collector once read; the last one stands on the last of the pages.
const UNITS: usize = 4_300;
const PAGE: usize = 200;

#[derive(Clone, Default)]
struct Account {
    lists: Arc<AtomicU32>,
    questions: Arc<AtomicU32>,
}

fn unit(number: usize) -> Value {
    let (kind, id) = match number {
        7 => ("ESN", "5B0F4240"),
        _ => ("IMEI", "490154203237518"),
    };
    json!({
        "unitId": format!("U{number:06}"), "unitName": "x", "deviceIdType": kind, "deviceId": id, "planCode": "P", "status": "ACTIVE",
        "switchStatusCode": "A", "registeredAt": "2026-01-01T00:00:00Z", "statusChangedAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
    })
}

async fn list(
    State(account): State<Account>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Json<Value> {
    account.lists.fetch_add(1, Ordering::Relaxed);
    let from: usize = query
        .get("pageToken")
        .map_or(0, |token| token.parse().unwrap());
    let to = (from + PAGE).min(UNITS);
    let units: Vec<_> = (from..to).map(unit).collect();
    Json(json!({ "units": units, "nextPageToken": (to < UNITS).then(|| to.to_string()) }))
}

async fn status(
    State(account): State<Account>,
    Query(query): Query<BTreeMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    account.questions.fetch_add(1, Ordering::Relaxed);
    let number = query["unitId"].trim_start_matches('U').parse();
    match number {
        Ok(number) if number < UNITS => (StatusCode::OK, Json(unit(number))),
        _ => (
            StatusCode::NOT_FOUND,
            Json(
                json!({ "error": "DEVICE_NOT_FOUND", "message": "m", "requestId": "R", "retryable": false }),
            ),
        ),
    }
}

impl Account {
    async fn source(&self) -> AccountSource {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://{}/accountServices/resources/v1",
            listener.local_addr().unwrap()
        );
        let routes = Router::new()
            .route("/accountServices/resources/v1/unit/list.json", get(list))
            .route(
                "/accountServices/resources/v1/unit/status.json",
                get(status),
            )
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let mut settings = AccountSettings::sandbox(&url);
        settings.limits.calls_per_second = 10_000;
        AccountSource::new(settings).unwrap()
    }

    /// Lists and single questions since the last look.
    fn calls(&self) -> (u32, u32) {
        (
            self.lists.swap(0, Ordering::Relaxed),
            self.questions.swap(0, Ordering::Relaxed),
        )
    }
}

fn numbers(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers
        .into_iter()
        .map(|number| format!("U{number:06}"))
        .collect()
}

fn imei_of(found: &[NamedDevice], number: usize) -> Option<&str> {
    let wanted = format!("U{number:06}");
    let one = found.iter().find(|device| device.carrier_unit == wanted)?;
    one.imei.as_deref()
}

#[tokio::test]
async fn few_devices_are_asked_about_alone_and_many_by_the_list_as_far_as_it_is_needed() {
    let account = Account::default();
    let source = account.source().await;
    let ask = async |wanted: Vec<String>, most: u32| {
        let (mut found, left) = (Vec::new(), Cell::new(most));
        let may_ask = || left.replace(left.get().saturating_sub(1)) > 0;
        source.devices(&wanted, &may_ask, &mut found).await.unwrap();
        (found, account.calls())
    };
    let (found, calls) = ask(numbers([7, 4_299, 900_000]), 100).await;
    assert_eq!((found.len(), calls), (2, (0, 3)));
    assert_eq!(imei_of(&found, 4_299), Some("490154203237518"));
    // By an ESN nobody is known.
    assert_eq!(imei_of(&found, 7), None);
    let (found, calls) = ask(numbers(10..30), 100).await;
    assert_eq!((found.len(), calls), (PAGE, (1, 0)));
    let (found, calls) = ask(numbers((0..20).chain([4_299])), 100).await;
    assert_eq!((found.len(), calls), (UNITS, (22, 0)));
    assert!(imei_of(&found, 4_299).is_some());
    // What is left of the day belongs to the desks.
    let (found, calls) = ask(numbers((0..20).chain([4_299])), 3).await;
    assert_eq!((found.len(), calls), (3 * PAGE, (3, 0)));
    let (found, calls) = ask(numbers([1, 2, 3]), 2).await;
    assert_eq!((found.len(), calls), (2, (0, 2)));
}

#[tokio::test]
async fn a_device_that_nobody_can_name_is_asked_about_each_hour_of_its_first_day_and_then_daily() {
    let world = World::new(switches()).await;
    let devices = "INSERT INTO fleet.reporting_devices (id, carrier, carrier_unit, imei, first_seen_at, asked_at) VALUES
        (1, 'sprint', 'new', NULL, now(), NULL),
        (2, 'sprint', 'new-asked', NULL, now() - interval '2 hours', now() - interval '50 minutes'),
        (3, 'sprint', 'new-again', NULL, now() - interval '2 hours', now() - interval '70 minutes'),
        (4, 'sprint', 'old-asked', NULL, now() - interval '3 days', now() - interval '23 hours'),
        (5, 'sprint', 'old-again', NULL, now() - interval '3 days', now() - interval '25 hours'),
        (6, 'sprint', 'named', '490154203237518', now(), NULL),
        (7, 'sprint', 'of-the-fleet', NULL, now(), NULL),
        (8, 'other', 'elsewhere', NULL, now(), NULL);
        INSERT INTO fleet.units (imei, carrier_id) VALUES ('356868000041418', 'of-the-fleet')";
    world.sql.batch_execute(devices).await.unwrap();
    let store = world.store().await;
    let wanted = store.unnamed_devices("sprint", 100).await.unwrap();
    assert_eq!(wanted, ["new", "new-again", "old-again"]);
    assert_eq!(
        store.unnamed_devices("sprint", 1).await.unwrap(),
        wanted[..1]
    );
    // Only those that were asked about wait for the next time.
    store
        .name_devices("sprint", &wanted[..1], &[])
        .await
        .unwrap();
    let left = store.unnamed_devices("sprint", 100).await.unwrap();
    assert_eq!(left, wanted[1..]);
}

#[tokio::test]
async fn a_phone_number_that_was_blanked_does_not_come_back_from_the_carriers_list() {
    let world = World::new(switches()).await;
    let known = "INSERT INTO fleet.units (imei, mdn) VALUES ('490154203237518', '9135550117'), ('356868000041418', '9135550118');
        INSERT INTO fleet.reporting_devices (id, carrier, carrier_unit, imei, mdn, unit_id)
          SELECT row_number() OVER (ORDER BY u.imei), 'sprint', u.imei, u.imei, u.mdn, u.id FROM fleet.units u;
        SELECT fleet.purge(u.id, '{mdn}') FROM fleet.units u WHERE u.imei = '490154203237518'";
    world.sql.batch_execute(known).await.unwrap();
    let told = ["490154203237518", "356868000041418"].map(|imei| NamedDevice {
        carrier_unit: imei.to_owned(),
        imei: Some(imei.to_owned()),
        meid: None,
        mdn: Some("9135550119".to_owned()),
    });
    world
        .store()
        .await
        .name_devices("sprint", &[], &told)
        .await
        .unwrap();
    let numbers = "SELECT string_agg(coalesce(mdn, 'none'), ' ' ORDER BY carrier_unit) FROM fleet.reporting_devices";
    assert_eq!(
        world.text(numbers).await.as_deref(),
        Some("9135550119 none")
    );
}
