//! The inventory's part: only what was committed is still there after a crash.

use fleet::job::{JobState, Record, state_of};
use fleet::journal::{ChainedEvent, JobEvent, JobId, chain_hash};
use fleet::unit::Unit;
use jiff::Timestamp;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Default)]
pub struct Store {
    pub events: Vec<(JobEvent, Timestamp)>,
    chain: Vec<ChainedEvent>,
    pub blobs: BTreeMap<String, Vec<u8>>,
    pub rows: Vec<Unit>,
    pub outbox: Vec<Uuid>,
    pub state: Option<JobState>,
}

pub const JOB: JobId = JobId(Uuid::from_u128(0x0193_5f00_7000_8000_0000_0000_0000_0001));

impl Store {
    pub fn commit(&mut self, events: &[JobEvent], at: Timestamp) {
        for event in events {
            let body = serde_json::to_string(event).unwrap();
            let n = self.chain.len() as u64;
            let previous = self.chain.last().map_or([0; 32], |last| last.hash);
            let hash = chain_hash(&previous, JOB, n, &body);
            self.chain.push(ChainedEvent {
                n,
                body,
                previous,
                hash,
            });
            self.events.push((event.clone(), at));
        }
        self.state = Some(state_of(self.events.iter().map(|(event, _)| event)));
    }

    /// Row, outbox operation and events: all or nothing.
    pub fn commit_record(&mut self, record: &Record, at: Timestamp) {
        self.rows.push(record.unit.clone());
        for event in &record.events {
            if let JobEvent::Recorded { operation } = event {
                self.outbox.push(*operation);
            }
        }
        self.commit(&record.events, at);
    }

    pub fn has(&self, wanted: impl Fn(&JobEvent) -> bool) -> bool {
        self.events.iter().any(|(event, _)| wanted(event))
    }

    /// Why the journal is not what it was when it was written.
    pub fn chain_problem(&self) -> Option<String> {
        let mut previous = [0; 32];
        for (link, (event, _)) in self.chain.iter().zip(&self.events) {
            let hash = chain_hash(&previous, JOB, link.n, &link.body);
            if link.previous != previous || link.hash != hash {
                return Some(format!("the chain breaks at {}", link.n));
            }
            let read: JobEvent = serde_json::from_str(&link.body).unwrap();
            if read != *event {
                return Some(format!("event {} reads back as {read:?}", link.n));
            }
            previous = hash;
        }
        None
    }
}
