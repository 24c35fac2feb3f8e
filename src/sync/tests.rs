//! Rounds against a fleet database of a few lines, where the moment of each fault can be chosen.

use super::{FleetDatabase, RoundError, round};
use crate::inventory::{Inventory, Options};
use fleet::UnitId;
use fleet::ids::Imei;
use fleet::unit::Unit;
use fleet_db::Fault;
use fleet_db::protocol::{
    Answer, HistoryEntry, Operation, Outcome, Page, PageAfter, Position, Purge, RowHolder,
};
use jiff::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use uuid::Uuid;

/// It takes every operation, and changes nothing by it.
#[derive(Default)]
struct Plain {
    receipts: RefCell<HashSet<Uuid>>,
    sent: RefCell<Vec<Uuid>>,
    breaks_after_push: Cell<bool>,
    broken: Cell<bool>,
    asked_for_receipts: Cell<u32>,
}

impl FleetDatabase for Plain {
    async fn push(&self, _device: Uuid, operations: &[Operation]) -> Result<Vec<Answer>, Fault> {
        let ids = operations.iter().map(|operation| operation.op_id);
        self.sent.borrow_mut().extend(ids.clone());
        self.receipts.borrow_mut().extend(ids.clone());
        self.broken.set(self.breaks_after_push.take());
        let answer = |op_id| Answer {
            op_id,
            outcome: Outcome::Applied,
            detail: None,
        };
        Ok(ids.map(answer).collect())
    }

    async fn pull(&self, _: &Position, _: &PageAfter, _: u32) -> Result<Page, Fault> {
        if self.broken.take() {
            return Err(Fault::NotUnderstood {
                why: "the line broke".to_owned(),
            });
        }
        Ok(Page {
            head: 1,
            head_tag: Uuid::from_u128(1),
            schema_version: fleet_db::install::SCHEMA_VERSION,
            min_client: 1,
            same_history: true,
            purged: 0,
            rows: Vec::new(),
        })
    }

    async fn known_ops(&self, operations: &[Uuid]) -> Result<HashSet<Uuid>, Fault> {
        self.asked_for_receipts
            .set(self.asked_for_receipts.get() + 1);
        let receipts = self.receipts.borrow();
        let known = operations.iter().filter(|op| receipts.contains(op));
        Ok(known.copied().collect())
    }

    async fn history(&self, _: Uuid) -> Result<Vec<HistoryEntry>, Fault> {
        Ok(Vec::new())
    }

    async fn purges(&self, _: i64) -> Result<Vec<Purge>, Fault> {
        Ok(Vec::new())
    }

    async fn row_holder(&self, _: Uuid) -> Result<Option<RowHolder>, Fault> {
        Ok(None)
    }
}

/// An inventory with one unit whose answer came, and whose round broke before the pull.
async fn answered_and_not_heard(database: &Plain) -> (tempfile::TempDir, Inventory) {
    let folder = tempfile::tempdir().unwrap();
    let (inventory, _) = Inventory::open(folder.path(), &Options::default()).unwrap();
    round(&inventory, database).await.unwrap();
    let id = UnitId::Imei(Imei::parse("356938035643809").unwrap());
    let unit = Unit::new(id, Timestamp::now());
    inventory.upsert_unit(unit, Vec::new()).await.unwrap();
    database.breaks_after_push.set(true);
    let broken = round(&inventory, database).await;
    assert!(matches!(broken, Err(RoundError::Database(_))), "{broken:?}");
    assert_eq!(database.sent.borrow().len(), 1);
    (folder, inventory)
}

#[tokio::test]
async fn an_answer_that_a_restore_took_back_before_it_was_heard_goes_out_again() {
    let database = Plain::default();
    let (_folder, inventory) = answered_and_not_heard(&database).await;
    // Restored to the moment that this bench had heard of: its place is part of that history, too.
    database.receipts.borrow_mut().clear();
    let summary = round(&inventory, &database).await.unwrap();
    assert_eq!(summary.began_anew, Some(1));
    let sent = database.sent.borrow();
    assert!(sent.len() == 2 && sent[0] == sent[1], "{sent:?}");
}

#[tokio::test]
async fn an_answer_that_stands_is_asked_for_once_and_not_sent_again() {
    let database = Plain::default();
    let (_folder, inventory) = answered_and_not_heard(&database).await;
    for _ in 0..3 {
        let summary = round(&inventory, &database).await.unwrap();
        assert_eq!(summary.began_anew, None);
    }
    assert_eq!(database.sent.borrow().len(), 1);
    assert_eq!(database.asked_for_receipts.get(), 1);
}
