//! The sandbox's own door beside the contract: switches, seeds, and edits as somebody makes them in the carrier's portal.

use super::desk::Desk;
use super::ledger::LedgerLine;
use super::reports::ReportSeed;
use super::seed::AccountSeed;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// An edit in the portal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PortalEdit {
    unit: String,
    set: Map<String, Value>,
}

/// The door's routes.
pub(super) fn routes(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/sandbox/control", get(read_control).post(write_control))
        .route(
            "/sandbox/traffic",
            get(|State(desk): State<Arc<Desk>>| async move { Json(desk.traffic()) }),
        )
        .route(
            "/sandbox/reports",
            post(
                |State(desk): State<Arc<Desk>>, Json(body): Json<Value>| async move {
                    told(read::<ReportSeed>(body).and_then(|seed| seed_reports(&desk, seed)))
                },
            ),
        )
        .route(
            "/sandbox/units",
            post(
                |State(desk): State<Arc<Desk>>, Json(body): Json<Value>| async move {
                    told(read::<AccountSeed>(body).and_then(|seed| seed_account(&desk, seed)))
                },
            ),
        )
        .route(
            "/sandbox/portal",
            post(
                |State(desk): State<Arc<Desk>>, Json(body): Json<Value>| async move {
                    told(
                        read::<PortalEdit>(body)
                            .and_then(|edit| edit_in_portal(&desk, edit.unit, edit.set)),
                    )
                },
            ),
        )
        .with_state(desk)
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, String> {
    serde_json::from_value(body).map_err(|error| error.to_string())
}

fn told(done: Result<(), String>) -> Response {
    match done {
        Ok(()) => Json(json!({"result": "done"})).into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, Json(json!({"error": why}))).into_response(),
    }
}

async fn read_control(State(desk): State<Arc<Desk>>) -> Json<Value> {
    Json(json!({"switches": desk.switches()}))
}

async fn write_control(State(desk): State<Arc<Desk>>, Json(change): Json<Value>) -> Response {
    match desk.change_switches(&change) {
        Ok(switches) => Json(json!({"switches": switches})).into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, Json(json!({"error": why}))).into_response(),
    }
}

/// Reports that shall appear from now on.
pub(super) fn seed_reports(desk: &Desk, seed: ReportSeed) -> Result<(), String> {
    seed.check()?;
    desk.enter(LedgerLine::ReportsSeeded {
        at: Timestamp::now(),
        seed,
    })
}

/// Units that the account holds from now on.
pub(super) fn seed_account(desk: &Desk, seed: AccountSeed) -> Result<(), String> {
    seed.check()?;
    desk.enter(LedgerLine::AccountSeeded {
        at: Timestamp::now(),
        seed,
    })
}

/// A change behind our back.
pub(super) fn edit_in_portal(
    desk: &Desk,
    unit_id: String,
    set: Map<String, Value>,
) -> Result<(), String> {
    desk.enter(LedgerLine::PortalEdited {
        at: Timestamp::now(),
        unit_id,
        set,
    })
}
