//! The journal of a bench, read through the inventory's own door: events by kind, chains, leases, locks.

use super::Desk;
use fleet::{Imei, Meid, UnitId};
use fleetdesk::inventory::{Inventory, Options};
use serde_json::{Value, json};

/// One job as the journal tells it.
#[derive(Debug)]
pub struct Job {
    /// State of its row.
    pub state: String,
    /// Kinds of its events, in order.
    pub kinds: Vec<String>,
    /// The events themselves.
    pub events: Vec<Value>,
}

impl Job {
    /// How often events of a kind stand in it.
    pub fn count(&self, kind: &str) -> usize {
        self.kinds.iter().filter(|each| *each == kind).count()
    }
}

/// A number of a unit that we know is whole.
pub fn unit_id(text: &str) -> UnitId {
    match Imei::parse(text) {
        Ok(imei) => UnitId::Imei(imei),
        Err(_) => UnitId::Meid(Meid::parse(text).unwrap()),
    }
}

impl Desk {
    /// The jobs of a unit on a bench, oldest first. Every chain must be whole, and every word on the disk the fold of its events.
    pub fn jobs(&self, bench: &str, unit: &str) -> Vec<Job> {
        let inventory = Inventory::open_read_only(&self.path(bench)).unwrap();
        let mut rows = inventory.jobs_of(unit_id(unit)).wait().unwrap();
        rows.reverse();
        let job = |row: fleetdesk::inventory::JobRow| {
            let checked = inventory.events(row.job).wait().unwrap();
            assert_eq!(checked.chain, Ok(()), "the chain of {unit} on {bench}");
            let folded = fleet::job::state_of(checked.events.iter().map(|stored| &stored.event));
            assert_eq!(row.state, folded.as_str(), "state of {unit} on {bench}");
            let events: Vec<Value> = checked
                .events
                .iter()
                .map(|stored| json!(stored.event))
                .collect();
            let kind = |event: &Value| event["kind"].as_str().unwrap().to_owned();
            Job {
                state: row.state,
                kinds: events.iter().map(kind).collect(),
                events,
            }
        };
        rows.into_iter().map(job).collect()
    }

    /// The row of a unit.
    pub fn unit_row(&self, bench: &str, unit: &str) -> fleet::unit::Unit {
        let inventory = Inventory::open_read_only(&self.path(bench)).unwrap();
        inventory.unit(unit_id(unit)).wait().unwrap().unwrap()
    }

    /// That nobody holds the bench any more: its lock can be taken, and no job is noted as driven.
    pub fn is_free(&self, bench: &str) {
        let (inventory, _) = Inventory::open(&self.path(bench), &Options::default()).unwrap();
        drop(inventory);
        let file = self.path(bench).join("inventory.sqlite");
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = rusqlite::Connection::open_with_flags(file, flags).unwrap();
        let leases: i64 = connection
            .query_row("SELECT count(*) FROM lease", [], |row| row.get(0))
            .unwrap();
        assert_eq!(leases, 0);
    }
}
