//! The carrier counts calls: what a unit sent is read once, though every look for an answer lists it again.

use super::Office;
use carrier::sandbox::Exchange;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const UNITS: u32 = 2;

/// Numbers of the texts that units sent, as the carrier listed them.
fn listed(exchange: &Exchange) -> Vec<String> {
    let mut query = exchange.query.iter();
    if !query.any(|(name, value)| name == "msgType" && value == "MO") {
        return Vec::new();
    }
    let ids = exchange.answer["smsMsgIds"].as_array().unwrap();
    ids.iter()
        .map(|id| match id {
            Value::String(id) => id.clone(),
            id => id.to_string(),
        })
        .collect()
}

#[test]
fn what_a_unit_answered_by_text_is_read_once() {
    let office = Office::open(0, UNITS, 0, &BTreeSet::new());
    let list: Vec<String> = office.ids.values().cloned().collect();
    let list = office.desk.write("list.txt", &list.join("\n"));
    let template = office.desk.named("push.toml");
    let what = ["--template", &template, "--list", &list, "--via", "sms"];
    let pushed = office.push(&[&what[..], &["--pilot", "0", "--yes"]].concat());
    assert_eq!(pushed.one("summary")["verified"], UNITS, "{pushed:#?}");

    let traffic = office.network.sandbox.traffic();
    let of_units: BTreeSet<String> = traffic.iter().flat_map(listed).collect();
    let mut reads: BTreeMap<&str, usize> = BTreeMap::new();
    for exchange in &traffic {
        let id = exchange.path.rsplit('/').next().unwrap();
        if exchange.method == "GET" && of_units.contains(id) {
            *reads.entry(id).or_default() += 1;
        }
    }
    let answered = usize::try_from(UNITS).unwrap() * super::TEXTS_A_UNIT;
    assert_eq!(reads.len(), answered, "{reads:?}");
    assert!(reads.values().all(|times| *times == 1), "{reads:?}");
}
