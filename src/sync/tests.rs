//! Rounds against a fleet database of a few lines, where the moment of each fault can be chosen.

use super::{FleetDatabase, RoundError, round, round_in_pages};
use crate::inventory::{Inventory, Options};
use fleet::UnitId;
use fleet::ids::Imei;
use fleet::unit::Unit;
use fleet_db::Fault;
use fleet_db::protocol::{
    Answer, HistoryEntry, Operation, Outcome, Page, PageAfter, Position, PulledUnit, Purge,
    RowHolder,
};
use jiff::Timestamp;
use serde_json::json;
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
    /// Pushes until the rows that others have are free.
    busy_for: Cell<u32>,
    /// Whose transaction every commit waits for.
    held_up_by: RefCell<Option<String>>,
}

impl FleetDatabase for Plain {
    async fn push(&self, _device: Uuid, operations: &[Operation]) -> Result<Vec<Answer>, Fault> {
        if self.held_up_by.borrow().is_some() {
            return Err(Fault::Disturbed {
                sqlstate: Some("57014".to_owned()),
                why: "canceling statement due to statement timeout".to_owned(),
            });
        }
        let ids = operations.iter().map(|operation| operation.op_id);
        if self.busy_for.get() > 0 {
            self.busy_for.set(self.busy_for.get() - 1);
            return Ok(ids
                .map(|op_id| Answer {
                    op_id,
                    outcome: Outcome::Busy,
                    detail: None,
                })
                .collect());
        }
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

    async fn row_holder(&self, unit: Option<Uuid>) -> Result<Option<RowHolder>, Fault> {
        let login = self.held_up_by.borrow().clone().filter(|_| unit.is_none());
        Ok(login.map(|login| RowHolder {
            login,
            since: Timestamp::now(),
            open_s: 420,
        }))
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

#[tokio::test]
async fn a_row_that_another_bench_has_for_a_moment_is_asked_for_once_more_and_one_that_stays_busy_ends_the_round()
 {
    for (busy_for, pushed, busy) in [(1, 1, 0), (9, 0, 1)] {
        let database = Plain::default();
        let folder = tempfile::tempdir().unwrap();
        let (inventory, _) = Inventory::open(folder.path(), &Options::default()).unwrap();
        let id = UnitId::Imei(Imei::parse("356938035643809").unwrap());
        let unit = Unit::new(id, Timestamp::now());
        inventory.upsert_unit(unit, Vec::new()).await.unwrap();
        database.busy_for.set(busy_for);
        let summary = round(&inventory, &database).await.unwrap();
        assert_eq!((summary.pushed, summary.busy.len()), (pushed, busy));
        assert_eq!(database.busy_for.get(), busy_for.saturating_sub(2));
    }
}

#[tokio::test]
async fn whoever_holds_up_all_changes_is_named_and_they_go_out_afterwards() {
    let database = Plain::default();
    let folder = tempfile::tempdir().unwrap();
    let (inventory, _) = Inventory::open(folder.path(), &Options::default()).unwrap();
    let id = UnitId::Imei(Imei::parse("356938035643809").unwrap());
    let unit = Unit::new(id, Timestamp::now());
    inventory.upsert_unit(unit, Vec::new()).await.unwrap();
    *database.held_up_by.borrow_mut() = Some("editor_1".to_owned());
    let Err(RoundError::Database(fault)) = round(&inventory, &database).await else {
        panic!("nothing can go out");
    };
    assert!(
        !fault.is_retryable(),
        "a person must act: it is told, not only tried again"
    );
    let advice = fault.advice();
    let told = &advice.what_happened;
    assert!(
        told.contains("editor_1") && told.contains("7 min"),
        "{told}"
    );
    assert!(advice.what_to_do.contains("COMMIT or ROLLBACK"));
    *database.held_up_by.borrow_mut() = None;
    assert_eq!(round(&inventory, &database).await.unwrap().pushed, 1);
}

/// A fleet table to which others add units, also between two pages, and that can be restored.
#[derive(Default)]
struct Growing {
    /// By revision, each commit one unit; its tag.
    commits: RefCell<Vec<(PulledUnit, Uuid)>>,
    /// Pulls until somebody adds a unit, just before the answer.
    adds_in: Cell<u32>,
    /// Pulls until the line breaks.
    breaks_in: Cell<u32>,
}

impl Growing {
    fn of(units: u128) -> Self {
        let growing = Self::default();
        (0..units).for_each(|n| growing.add(n));
        growing
    }

    fn add(&self, n: u128) {
        let mut commits = self.commits.borrow_mut();
        let unit_id = Uuid::from_u128(n + 1);
        let row = json!({"id": unit_id.to_string(), "serial": format!("SN-{n}"), "state": "known", "settings": {}});
        let unit = PulledUnit {
            rev: i64::try_from(commits.len()).unwrap() + 1,
            unit_id,
            unit: row.as_object().cloned().map(Into::into),
        };
        commits.push((unit, Uuid::now_v7()));
    }

    fn restore(&self, commits: usize) {
        self.commits.borrow_mut().truncate(commits);
    }
}

/// Counts down; whether it is now.
fn is_now(left: &Cell<u32>) -> bool {
    left.replace(left.get().saturating_sub(1)) == 1
}

impl FleetDatabase for Growing {
    async fn push(&self, _: Uuid, _: &[Operation]) -> Result<Vec<Answer>, Fault> {
        Ok(Vec::new())
    }

    async fn pull(&self, from: &Position, after: &PageAfter, limit: u32) -> Result<Page, Fault> {
        if is_now(&self.adds_in) {
            self.add(100);
        }
        if is_now(&self.breaks_in) {
            return Err(Fault::NotUnderstood {
                why: "the line broke".to_owned(),
            });
        }
        let commits = self.commits.borrow();
        let known = usize::try_from(from.cursor - 1).ok();
        let known = known.and_then(|place| commits.get(place));
        let (last, head_tag) = commits.last().unwrap();
        let rows = commits.iter().map(|(unit, _)| unit);
        Ok(Page {
            head: last.rev,
            head_tag: *head_tag,
            schema_version: fleet_db::install::SCHEMA_VERSION,
            min_client: 1,
            same_history: from.tag.is_none() || known.map(|commit| commit.1) == from.tag,
            purged: 0,
            rows: rows
                .filter(|unit| {
                    unit.rev > from.cursor && (unit.rev, unit.unit_id) > (after.rev, after.unit_id)
                })
                .take(limit as usize)
                .cloned()
                .collect(),
        })
    }

    async fn known_ops(&self, _: &[Uuid]) -> Result<HashSet<Uuid>, Fault> {
        Ok(HashSet::new())
    }

    async fn history(&self, _: Uuid) -> Result<Vec<HistoryEntry>, Fault> {
        Ok(Vec::new())
    }

    async fn purges(&self, _: i64) -> Result<Vec<Purge>, Fault> {
        Ok(Vec::new())
    }

    async fn row_holder(&self, _: Option<Uuid>) -> Result<Option<RowHolder>, Fault> {
        Ok(None)
    }
}

/// Serials that the inventory shows.
async fn shown(inventory: &Inventory) -> Vec<String> {
    let page = inventory.units_page(100, 0).await.unwrap();
    let mut shown: Vec<String> = page.rows.iter().map(|unit| unit.id.to_string()).collect();
    shown.sort();
    shown
}

#[tokio::test]
async fn a_unit_that_was_added_during_a_pull_and_lost_by_a_restore_is_no_ghost() {
    let database = Growing::of(3);
    let folder = tempfile::tempdir().unwrap();
    let (inventory, _) = Inventory::open(folder.path(), &Options::default()).unwrap();
    database.adds_in.set(2);
    round_in_pages(&inventory, &database, 2).await.unwrap();
    assert_eq!(shown(&inventory).await, ["SN-0", "SN-1", "SN-100", "SN-2"]);
    // Back to the moment when the pull began; then somebody adds another one.
    database.restore(3);
    database.add(7);
    let summary = round_in_pages(&inventory, &database, 2).await.unwrap();
    assert_eq!(summary.began_anew, Some(0));
    assert_eq!(shown(&inventory).await, ["SN-0", "SN-1", "SN-2", "SN-7"]);
}

#[tokio::test]
async fn a_pull_that_was_cut_off_does_not_go_on_in_a_database_that_was_restored_meanwhile() {
    let database = Growing::of(5);
    let folder = tempfile::tempdir().unwrap();
    let (inventory, _) = Inventory::open(folder.path(), &Options::default()).unwrap();
    database.breaks_in.set(2);
    round_in_pages(&inventory, &database, 2).await.unwrap_err();
    assert_eq!(shown(&inventory).await.len(), 2);
    database.restore(1);
    database.add(7);
    database.add(8);
    let summary = round_in_pages(&inventory, &database, 2).await.unwrap();
    assert_eq!(summary.began_anew, Some(0));
    assert_eq!(shown(&inventory).await, ["SN-0", "SN-7", "SN-8"]);
}
