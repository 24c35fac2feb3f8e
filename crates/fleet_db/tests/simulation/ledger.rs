//! Everything that was seen while it was going on: what was sent, what was answered, who was told to hold a claim.

use fleet_db::{Answer, ClaimAnswer, Operation};
use std::collections::BTreeMap;
use std::sync::Mutex;
use uuid::Uuid;

/// An operation with who sent it.
#[derive(Clone)]
pub struct Sent {
    pub operation: Operation,
    pub login: String,
    pub device: Uuid,
}

#[derive(Default)]
pub struct Ledger {
    sent: Mutex<BTreeMap<Uuid, Sent>>,
    answers: Mutex<BTreeMap<Uuid, Vec<Answer>>>,
    claims: Mutex<BTreeMap<String, Vec<(Uuid, ClaimAnswer)>>>,
    violations: Mutex<Vec<String>>,
    pub faults: Mutex<BTreeMap<&'static str, u32>>,
}

impl Ledger {
    pub fn send(&self, operation: &Operation, login: &str, device: Uuid) {
        let sent = Sent {
            operation: operation.clone(),
            login: login.to_owned(),
            device,
        };
        self.sent.lock().unwrap().insert(operation.op_id, sent);
    }

    pub fn answered(&self, answers: &[Answer]) {
        let mut all = self.answers.lock().unwrap();
        for answer in answers.iter().filter(|answer| answer.outcome.is_decided()) {
            all.entry(answer.op_id).or_default().push(answer.clone());
        }
    }

    pub fn claimed(&self, key: &str, job: Uuid, answer: ClaimAnswer) {
        let mut all = self.claims.lock().unwrap();
        all.entry(key.to_owned()).or_default().push((job, answer));
    }

    /// Something was not as it must be.
    pub fn wrong(&self, what: String) {
        self.violations.lock().unwrap().push(what);
    }

    pub fn count(&self, fault: &'static str) {
        *self.faults.lock().unwrap().entry(fault).or_default() += 1;
    }

    pub fn sent(&self) -> BTreeMap<Uuid, Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub fn answers(&self) -> BTreeMap<Uuid, Vec<Answer>> {
        self.answers.lock().unwrap().clone()
    }

    pub fn claims(&self) -> BTreeMap<String, Vec<(Uuid, ClaimAnswer)>> {
        self.claims.lock().unwrap().clone()
    }

    pub fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }
}
