//! Units in service: what a unit of the pretend office does once it is set and has a subscription. It reports through the carrier.
//!
//! A unit reports when it holds the office's server in its flash and the pretend carrier's activation of it has ended, neither sooner nor
//! for any other reason: what the program says about it plays no part.

use super::texting::OnAir;
use carrier::sandbox::{LedgerLine, ReportSeed, SandboxHandle};
use jiff::Timestamp;
use serde_json::{Map, json};
use std::collections::BTreeSet;

/// From the network's yes to the first position; a real unit needs minutes for that.
const FIRST_FIX_MS: i64 = 4_000;
/// Reports of one unit in one demo: hours of them.
const REPORTS: u32 = 2_000;

/// Which units report already.
#[derive(Default)]
pub(super) struct Service {
    reporting: BTreeSet<String>,
}

impl Service {
    /// Lets units begin to report that can since the last time.
    pub fn look(&mut self, sandbox: &SandboxHandle, units: &[OnAir], server: &str, every_ms: u64) {
        let now = Timestamp::now();
        for line in sandbox.ledger() {
            let LedgerLine::Registered {
                device_id,
                unit_id,
                due_at,
                fails: false,
                ..
            } = line
            else {
                continue;
            };
            if due_at > now || self.reporting.contains(&unit_id) {
                continue;
            }
            if !units.iter().any(|unit| is_set(unit, &device_id, server)) {
                continue;
            }
            let seed = ReportSeed {
                units: vec![unit_id.clone()],
                count: REPORTS,
                every_ms,
                begins_in_ms: FIRST_FIX_MS,
                members: Map::from_iter([("eventCode".to_owned(), json!(2))]),
            };
            match sandbox.seed_reports(&seed) {
                Ok(()) => drop(self.reporting.insert(unit_id)),
                Err(error) => tracing::warn!(error, "a pretend unit cannot report"),
            }
        }
    }
}

/// Whether this is the unit of that number, and what survives a restart names the server.
fn is_set(unit: &OnAir, device_id: &str, server: &str) -> bool {
    unit.look(|unit| {
        let is_it = [unit.imei(), unit.meid()].contains(&Some(device_id));
        is_it && unit.flash().values().any(|text| text == server)
    })
}
