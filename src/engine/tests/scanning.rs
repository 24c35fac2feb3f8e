//! What a scan names when the unit is known by another number here.

use super::{Folder, Socket, options, plug, watch};
use crate::engine::{Command, Engine, Slot, State};
use fleet::UnitId;
use fleet::ids::Imei;
use fleet::profile::ProfileRegistry;
use fleet_db::protocol::{Page, PulledUnit};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

const IMEI: &str = "356938035643809";
const MEID: &str = "A0000012345678";

#[test]
fn a_scanned_meid_names_the_unit_that_is_known_by_its_imei() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
    let there = json!({
        "id": Uuid::from_u128(1).to_string(), "serial": IMEI, "imei": IMEI, "meid": MEID, "customer": "Acme", "settings": {}, "state": "known",
    });
    let page = Page {
        head: 1,
        head_tag: Uuid::from_u128(9),
        schema_version: fleet_db::install::SCHEMA_VERSION,
        min_client: 1,
        same_history: true,
        purged: 0,
        rows: vec![PulledUnit {
            rev: 1,
            unit_id: Uuid::from_u128(1),
            unit: there.as_object().cloned().map(Into::into),
        }],
    };
    let now = Timestamp::now();
    let inventory = options.inventory.clone();
    inventory.keep_page(page, true, now).wait().unwrap();
    inventory.end_pull(now).wait().unwrap();
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    engine.send(Command::Scan {
        text: format!("MEID:{MEID}"),
        ticks: true,
    });
    watch(&events, &mut state, "the scan is answered", |state| {
        !state.scans.is_empty()
    });
    let scan = &state.scans[0];
    let known = UnitId::Imei(Imei::parse(IMEI).unwrap());
    assert_eq!(scan.unit.as_ref(), Some(&known), "{scan:?}");
    assert_eq!(scan.detail, "Acme");
    engine.quit();
    engine.join();
}

#[test]
fn a_scan_that_only_looks_a_unit_up_ticks_nothing_on_the_bench() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let socket = Socket::Folder(ports.path().to_owned());
    let options = options(&ports, bench.path(), ProfileRegistry::shipped());
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    let mut state = State::default();
    let _unit = plug(&socket, "first", 1, "");
    let unit = |state: &State| {
        let lane = state.lanes.get(&Slot(1))?;
        Some(lane.unit.as_ref()?.id.clone())
    };
    watch(&events, &mut state, "the unit is there", |state| {
        unit(state).is_some()
    });
    let id = unit(&state).unwrap();
    for (ticks, slots) in [(false, vec![]), (true, vec![Slot(1)])] {
        let text = id.to_string();
        engine.send(Command::Scan { text, ticks });
        let before = state.scans.len();
        watch(&events, &mut state, "the scan is answered", |state| {
            state.scans.len() > before
        });
        let scan = &state.scans[0];
        assert_eq!((scan.unit.as_ref(), &scan.ticked), (Some(&id), &slots));
        assert!(scan.good, "{scan:?}");
    }
    engine.quit();
    engine.join();
}
