//! The line between an office and the fleet database, with its faults: lost answers, lost questions, everything sent twice.
//!
//! It sees each answer as the server gave it, whether or not it arrives.

use super::chance::Chance;
use fleet_db::protocol::{
    Answer, HistoryEntry, Operation, Page, PageAfter, Position, Purge, RowHolder,
};
use fleet_db::{Credential, Fault, Session, Target};
use fleetdesk::sync::FleetDatabase;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use uuid::Uuid;

/// How an office works; all but the first are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    Right,
    /// Takes what it has heard for true though the line broke before the server said that it is ready.
    BelievesEarlyAnswers,
    /// Gives an operation another number when it sends it again.
    NumbersAnew,
    /// Keeps the head of a later moment than its first page's as its place.
    LaterHead,
    /// Takes a restored database for the one that it knows.
    BlindToRestores,
}

/// What everybody saw.
#[derive(Default)]
pub struct Witness {
    /// Outcomes that the server gave, by operation, since the last restore.
    pub outcomes: RefCell<BTreeMap<Uuid, String>>,
    /// What contradicts a promise while it runs.
    pub complaints: RefCell<Vec<String>>,
    pub lost: Cell<u32>,
    pub doubled: Cell<u32>,
}

impl Witness {
    pub fn complain(&self, what: String) {
        let mut complaints = self.complaints.borrow_mut();
        if complaints.len() < 20 {
            complaints.push(what);
        }
    }

    fn saw(&self, answers: &[Answer]) {
        for answer in answers.iter().filter(|answer| answer.outcome.is_decided()) {
            let said = format!("{:?}", answer.outcome);
            let mut outcomes = self.outcomes.borrow_mut();
            let before = outcomes.entry(answer.op_id).or_insert_with(|| said.clone());
            if *before != said {
                self.complain(format!(
                    "I2: {} was answered {before} and {said}",
                    answer.op_id
                ));
            }
        }
    }
}

/// One office's line.
pub struct Line {
    pub target: Target,
    pub session: Session,
    pub chance: Rc<Chance>,
    pub witness: Rc<Witness>,
    pub variant: Variant,
    /// Of a hundred questions, so many go wrong.
    pub faults: u64,
    /// How often the office was told of another history: by a page, or by a receipt that is not there.
    pub compared: Rc<Cell<u32>>,
}

fn cut() -> Fault {
    Fault::Disturbed {
        sqlstate: None,
        why: "cut by the test".to_owned(),
    }
}

impl FleetDatabase for Line {
    async fn push(&self, device: Uuid, operations: &[Operation]) -> Result<Vec<Answer>, Fault> {
        if self.chance.percent(self.faults / 2) {
            if self.variant == Variant::BelievesEarlyAnswers {
                // The rows came, the error after them was not waited for.
                let applied = |operation: &Operation| Answer {
                    op_id: operation.op_id,
                    outcome: fleet_db::Outcome::Applied,
                    detail: None,
                };
                return Ok(operations.iter().map(applied).collect());
            }
            return Err(cut());
        }
        let mut sent = operations.to_vec();
        if self.variant == Variant::NumbersAnew {
            for operation in &mut sent {
                operation.op_id = Uuid::now_v7();
            }
        }
        let mut answers = if self.chance.percent(self.faults) {
            // The same batch twice at once, over two lines: a proxy, or a client that gave up too early.
            self.witness.doubled.set(self.witness.doubled.get() + 1);
            let other = Session::connect(&self.target, Credential::Nothing).await?;
            let (first, second) =
                tokio::join!(self.session.push(device, &sent), other.push(device, &sent));
            if let Ok(second) = &second {
                self.witness.saw(second);
            }
            match (first, second) {
                (Ok(first), _) => first,
                (Err(_), Ok(second)) => second,
                (Err(fault), Err(_)) => return Err(fault),
            }
        } else {
            self.session.push(device, &sent).await?
        };
        self.witness.saw(&answers);
        if self.chance.percent(self.faults) {
            self.witness.lost.set(self.witness.lost.get() + 1);
            return Err(cut());
        }
        for (answer, operation) in answers.iter_mut().zip(operations) {
            answer.op_id = operation.op_id;
        }
        Ok(answers)
    }

    async fn pull(
        &self,
        position: &Position,
        after: &PageAfter,
        limit: u32,
    ) -> Result<Page, Fault> {
        let mut page = self.session.pull(position, after, limit).await?;
        if let Some(row) = page.rows.iter().find(|row| row.rev > page.head) {
            self.witness.complain(format!(
                "I4: unit {} has revision {} in a snapshot whose head is {}",
                row.unit_id, row.rev, page.head
            ));
        }
        if self.variant == Variant::LaterHead {
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            let later = self.session.pull(position, after, 1).await?;
            (page.head, page.head_tag) = (later.head, later.head_tag);
        }
        if self.chance.percent(self.faults / 2) {
            return Err(cut());
        }
        if self.variant == Variant::BlindToRestores {
            page.same_history = true;
        }
        if !page.same_history {
            self.compared.set(self.compared.get() + 1);
        }
        Ok(page)
    }

    async fn known_ops(&self, operations: &[Uuid]) -> Result<HashSet<Uuid>, Fault> {
        if self.chance.percent(self.faults) {
            return Err(cut());
        }
        let known = self.session.known_ops(operations).await?;
        if self.variant == Variant::BlindToRestores {
            return Ok(operations.iter().copied().collect());
        }
        if operations.iter().any(|op| !known.contains(op)) {
            self.compared.set(self.compared.get() + 1);
        }
        Ok(known)
    }

    async fn history(&self, unit: Uuid) -> Result<Vec<HistoryEntry>, Fault> {
        self.session.history(unit).await
    }

    async fn purges(&self, after: i64) -> Result<Vec<Purge>, Fault> {
        self.session.purges(after).await
    }

    async fn row_holder(&self, unit: Option<Uuid>) -> Result<Option<RowHolder>, Fault> {
        self.session.row_holder(unit).await
    }
}
