//! One office: its inventory on the disk, its staff's edits, its rounds, its crashes.

use super::chance::Chance;
use super::line::{Line, Variant, Witness};
use fleet::edit::{Edit, Field};
use fleet::ids::Imei;
use fleet::unit::{Unit, UnitState};
use fleet::{Iccid, UnitId};
use fleet_db::{Credential, Session, Target};
use fleetdesk::inventory::{Inventory, Options, ReviewDecision};
use fleetdesk::sync::{RoundError, round_in_pages};
use jiff::Timestamp;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tempfile::TempDir;

/// Units that everybody works on.
pub const UNITS: u64 = 40;
/// Rows of one page: small, so that pulls have several.
const PAGE: u32 = 7;

/// The n-th hot unit.
pub fn imei(n: u64) -> Imei {
    let body = format!("35693803{n:06}");
    (0..10)
        .find_map(|digit| Imei::parse(&format!("{body}{digit}")).ok())
        .unwrap()
}

pub struct Office {
    pub number: u64,
    pub folder: TempDir,
    target: Target,
    inventory: RefCell<Option<Inventory>>,
    chance: Rc<Chance>,
    witness: Rc<Witness>,
    variant: Variant,
    /// Values that were entered here: unit, column, value, in order.
    pub entered: RefCell<Vec<(String, &'static str, String)>>,
    pub crashes: Cell<u32>,
    pub rounds: Cell<u32>,
    /// How often it was told of another history since the last restore.
    pub compared: Rc<Cell<u32>>,
    /// Whether it had heard of something that the restore took away.
    pub must_notice: Cell<bool>,
    cursor: Cell<i64>,
}

impl Office {
    pub fn new(
        number: u64,
        seed: u64,
        target: Target,
        witness: Rc<Witness>,
        variant: Variant,
    ) -> Self {
        let office = Self {
            number,
            folder: tempfile::tempdir().unwrap(),
            target,
            inventory: RefCell::new(None),
            chance: Rc::new(Chance::new(seed, number)),
            witness,
            variant,
            entered: RefCell::default(),
            crashes: Cell::new(0),
            rounds: Cell::new(0),
            compared: Rc::default(),
            must_notice: Cell::new(false),
            cursor: Cell::new(0),
        };
        office.open();
        office
    }

    pub fn name(&self) -> String {
        format!("Office {}", self.number)
    }

    fn open(&self) {
        let options = Options {
            daily_backup: false,
            actor: self.name(),
            ..Options::default()
        };
        let (inventory, _) = Inventory::open(self.folder.path(), &options).unwrap();
        self.inventory.replace(Some(inventory));
    }

    pub fn inventory(&self) -> Inventory {
        self.inventory.borrow().clone().unwrap()
    }

    pub fn close(&self) {
        self.inventory.replace(None);
    }

    /// Works until the phase is over: edits, decisions, rounds, now and then a crash in the middle of a round.
    pub async fn work(&self, until: std::time::Instant) {
        while std::time::Instant::now() < until {
            for _ in 0..self.chance.below(4) {
                self.one_act().await;
            }
            let patience = Duration::from_millis(5 + self.chance.below(60));
            if self.chance.percent(15) {
                let cut = tokio::time::timeout(patience, self.round(12)).await;
                if cut.is_err() {
                    // What was asked of the writer is written or not, as after a cut; the rest is forgotten.
                    self.crashes.set(self.crashes.get() + 1);
                    self.close();
                    self.open();
                }
            } else {
                self.round(12).await;
            }
            tokio::time::sleep(Duration::from_millis(self.chance.below(40))).await;
        }
    }

    async fn one_act(&self) {
        match self.chance.below(20) {
            0..=12 => self.edit().await,
            13..=15 => self.enter().await,
            16 => self.job().await,
            _ => self.decide().await,
        }
    }

    fn unique(&self, word: &str) -> String {
        format!("{word} {}-{}", self.number, self.entered.borrow().len())
    }

    async fn some_unit(&self) -> Option<Unit> {
        let page = self.inventory().units_page(200, 0).await.unwrap();
        (!page.rows.is_empty()).then(|| self.chance.pick(&page.rows).clone())
    }

    async fn edit(&self) {
        let Some(unit) = self.some_unit().await else {
            return self.enter().await;
        };
        let (field, column) = *self.chance.pick(&[
            (Field::Customer, "customer"),
            (Field::Vehicle, "vehicle"),
            (Field::Note, "notes"),
        ]);
        let value = self.unique(column);
        let edit = Edit::new(field, &value).unwrap();
        let edited =
            self.inventory()
                .edit_unit(unit.id.clone(), vec![edit], self.name(), Timestamp::now());
        edited.await.unwrap();
        self.entered
            .borrow_mut()
            .push((unit.id.as_str().to_owned(), column, value));
    }

    async fn enter(&self) {
        let id = UnitId::Imei(imei(self.chance.below(UNITS)));
        if self.inventory().unit(id.clone()).await.unwrap().is_some() {
            return;
        }
        let mut unit = Unit::new(id.clone(), Timestamp::now());
        let value = self.unique("customer");
        unit.customer = Some(value.clone());
        if self.inventory().add_unit(unit, self.name()).await.is_ok() {
            self.entered
                .borrow_mut()
                .push((id.as_str().to_owned(), "customer", value));
        }
    }

    /// The facts of a finished job: all of them or none.
    async fn job(&self) {
        let Some(mut unit) = self.some_unit().await else {
            return;
        };
        unit.state = *self.chance.pick(&[UnitState::Verified, UnitState::Stopped]);
        unit.firmware = Some(self.unique("firmware"));
        unit.provisioned_at = Some(Timestamp::now());
        unit.iccid = Iccid::parse("89011200002594276730").ok();
        super::world::record(&self.inventory(), unit).await;
    }

    async fn decide(&self) {
        let open = self.inventory().reviews().await.unwrap();
        if open.is_empty() {
            return;
        }
        let entry = self.chance.pick(&open).clone();
        let decision = match self.chance.below(3) {
            0 => ReviewDecision::KeepTheirs,
            1 => ReviewDecision::UseMine,
            _ => ReviewDecision::Edit(format!("agreed {}-{}", self.number, self.chance.next())),
        };
        let now = Timestamp::now();
        // Not each question takes each answer; a refused one stays open.
        let decided = self.inventory().decide_review(
            entry.op_id,
            entry.field.clone(),
            decision,
            self.name(),
            now,
        );
        if decided.await.is_ok() && self.chance.percent(20) {
            let undone = self
                .inventory()
                .undo_review(entry.op_id, entry.field, self.name(), now);
            undone.await.unwrap();
        }
    }

    /// One round over a line that fails in so many of a hundred cases. Whether it came to its end.
    pub async fn round(&self, faults: u64) -> bool {
        let Ok(session) = Session::connect(&self.target, Credential::Nothing).await else {
            return false;
        };
        let line = Line {
            target: self.target.clone(),
            session,
            chance: Rc::clone(&self.chance),
            witness: Rc::clone(&self.witness),
            variant: self.variant,
            faults,
            compared: Rc::clone(&self.compared),
        };
        let inventory = self.inventory();
        self.rounds.set(self.rounds.get() + 1);
        let compared_before = self.compared.get();
        match round_in_pages(&inventory, &line, PAGE).await {
            Ok(summary) => {
                if summary.began_anew.is_some() {
                    self.cursor.set(0);
                }
                let cursor = inventory.sync_state().await.unwrap().position.cursor;
                if cursor < self.cursor.get() {
                    self.witness.complain(format!(
                        "I3: {} went back from {} to {cursor}",
                        self.name(),
                        self.cursor.get()
                    ));
                }
                self.cursor.set(cursor);
                true
            }
            Err(RoundError::Database(_)) => {
                // It may have noticed a restore before it was cut, and heard all anew or only a part.
                let cursor = inventory.sync_state().await.unwrap().position.cursor;
                if cursor == 0 || self.compared.get() != compared_before {
                    self.cursor.set(cursor.min(self.cursor.get()));
                }
                false
            }
            Err(RoundError::Inventory(error)) => {
                self.witness.complain(format!("{}: {error}", self.name()));
                false
            }
        }
    }

    /// Claims a SIM out of a few, as the jobs of all offices do.
    pub async fn claim(&self, key: u64) -> Option<(uuid::Uuid, bool)> {
        let session = Session::connect(&self.target, Credential::Nothing)
            .await
            .ok()?;
        let job = uuid::Uuid::from_u128(u128::from(self.number) << 64 | u128::from(key));
        let told = session
            .claim("iccid", &format!("sim-{key}"), job, job, &self.name())
            .await
            .ok()?;
        Some((told.job_id, told.mine == (told.job_id == job)))
    }
}
