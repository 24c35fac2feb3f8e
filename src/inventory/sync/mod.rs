//! The inventory's side of agreeing with the fleet database: what is sent, what was answered, what is known.
//!
//! Each call of this door is one transaction. When to ask the fleet database, and what to do when it cannot be reached, is
//! decided by the room `sync`.

mod asking;
mod body;
mod deciding;
mod first_load;
mod former;
mod history;
mod ops;
mod plain;
mod pull;
mod purge;
mod repair;
mod review;
mod shown;
mod traces;
mod unshown;
mod wire;

pub use history::WentBack;
pub use pull::{Changed, SyncState};
pub use review::{ReviewDecision, ReviewEntry, ReviewKind, ReviewValue};

pub(super) use former::of as former_values;
pub(super) use history::of_unit as history_of;
pub(super) use ops::{Doing, write};
pub(super) use shown::numbered_otherwise;
pub(super) use unshown::{rows_unshown, show_all, show_part};
pub(super) use wire::number_of;

use super::error::InventoryError;
use super::pending::Pending;
use super::{Inventory, importing, units};
use fleet::UnitId;
use fleet::edit::{self, Edit};
use fleet::unit::{Unit, UnitEvent};
use fleet_db::protocol::{Answer, HistoryEntry, Operation, Page, Purge};
use jiff::Timestamp;
use rusqlite::Connection;
use std::collections::{BTreeSet, HashSet};
use uuid::Uuid;

/// Makes a file ready for agreeing: the row that says how far it has come, and numbers for units that have none.
pub(super) fn prepare(connection: &Connection, bench_id: Uuid) -> Result<(), InventoryError> {
    pull::prepare(connection, bench_id)?;
    let adopted = ops::adopt(connection, Timestamp::now())?;
    if adopted > 0 {
        tracing::info!(
            adopted,
            "units of this bench wait to be told to the fleet database"
        );
    }
    Ok(())
}

impl Inventory {
    /// How far this bench has heard, and what waits.
    pub fn sync_state(&self) -> Pending<SyncState> {
        self.read(pull::state)
    }

    /// The oldest operations without an answer, at most as many as one push takes; not of these units. From now on they never change.
    pub fn take_operations(&self, but_not_of: BTreeSet<Uuid>) -> Pending<Vec<Operation>> {
        self.write(move |connection| ops::take(connection, &but_not_of))
    }

    /// Keeps answers, with the questions that follow from them.
    pub fn keep_answers(&self, answers: Vec<Answer>, at: Timestamp) -> Pending<()> {
        self.write(move |connection| ops::keep_answers(connection, &answers, at))
    }

    /// Keeps a page of a pull and where it ended; `first` when it begins one. Answers the units that it changed.
    pub fn keep_page(&self, page: Page, first: bool, at: Timestamp) -> Pending<Vec<Changed>> {
        self.write(move |connection| pull::keep_page(connection, &page, first, at))
    }

    /// The last page of a pull is kept.
    pub fn end_pull(&self, at: Timestamp) -> Pending<()> {
        self.write(move |connection| pull::end(connection, at))
    }

    /// Notes schema and oldest client of a page that told nothing else.
    pub fn note_versions(&self, page: Page) -> Pending<()> {
        self.write(move |connection| pull::nothing_new(connection, &page))
    }

    /// Numbers of all operations that have an answer, oldest first.
    pub fn decided_operations(&self) -> Pending<Vec<Uuid>> {
        self.read(repair::decided)
    }

    /// Numbers of the answered operations that no finished pull holds yet, oldest first.
    pub fn uncovered_operations(&self) -> Pending<Vec<Uuid>> {
        self.read(repair::uncovered)
    }

    /// The fleet database has another history: what it does not know goes out again, and everything is heard from the beginning.
    /// Answers how many operations go out again.
    pub fn begin_anew(&self, known: HashSet<Uuid>, at: Timestamp) -> Pending<u64> {
        self.write_units(move |connection| repair::begin_anew(connection, &known, at))
    }

    /// Hears everything from the beginning; nothing is sent again.
    pub fn hear_all_again(&self) -> Pending<()> {
        self.write(repair::hear_all_again)
    }

    /// Takes another number for this bench: another one works on a copy of its folder.
    pub fn become_another_device(&self, device: Uuid) -> Pending<()> {
        self.write(move |connection| repair::become_another_device(connection, device))
    }

    /// Blanks facts about a person as the fleet database did. Answers how many units of this bench lost any.
    pub fn blank(&self, purges: Vec<Purge>, at: Timestamp) -> Pending<u64> {
        self.write(move |connection| purge::blank(connection, &purges, at))
    }

    /// Units that stood otherwise before the fleet database went back, once everything was heard anew: told once.
    pub fn take_went_back(&self) -> Pending<Vec<WentBack>> {
        self.write(history::take_went_back)
    }

    /// Keeps what the fleet database tells of a unit's history.
    pub fn keep_history(&self, unit: Uuid, entries: Vec<HistoryEntry>) -> Pending<()> {
        self.write(move |connection| history::keep(connection, unit, &entries))
    }

    /// Number of the newest history entry that is kept of a unit; 0 when there is none.
    pub fn newest_history(&self, unit: Uuid) -> Pending<i32> {
        self.read(move |connection| history::newest(connection, unit))
    }

    /// The unit that has this number in the fleet database, where this bench has it.
    pub fn unit_numbered(&self, number: Uuid) -> Pending<Option<UnitId>> {
        self.read(move |connection| shown::unit_numbered(connection, number))
    }

    /// The number of a unit in the fleet database.
    pub fn fleet_number(&self, id: UnitId) -> Pending<Uuid> {
        self.read(move |connection| shown::number_of(connection, &id))
    }

    /// What people must be asked, oldest first.
    pub fn reviews(&self) -> Pending<Vec<ReviewEntry>> {
        self.read(review::open)
    }

    /// Questions that were decided, by operation and field, newest first.
    pub fn decided_reviews(&self) -> Pending<Vec<(Uuid, Option<String>)>> {
        self.read(review::decided)
    }

    /// Units that questions are about and whose history this bench has not heard, those of the oldest questions; `again`: also where it has, since
    /// the fleet database has another history now.
    pub fn units_in_question(&self, again: bool) -> Pending<Vec<Uuid>> {
        self.read(move |connection| review::without_history(connection, again))
    }

    /// Carries out what a person decided about a question. What is typed instead has the checks of every edit; what does not fit is
    /// [`InventoryError::Refused`], and the question stays open.
    pub fn decide_review(
        &self,
        op: Uuid,
        field: Option<String>,
        decision: ReviewDecision,
        by: impl Into<String>,
        at: Timestamp,
    ) -> Pending<()> {
        let (field, by) = (field.unwrap_or_default(), by.into());
        self.write_units(move |connection| {
            deciding::decide(connection, op, &field, &decision, &by, at)
        })
    }

    /// Takes such a decision back; the question is open again.
    pub fn undo_review(
        &self,
        op: Uuid,
        field: Option<String>,
        by: impl Into<String>,
        at: Timestamp,
    ) -> Pending<()> {
        let (field, by) = (field.unwrap_or_default(), by.into());
        self.write_units(move |connection| deciding::undo(connection, op, &field, &by, at))
    }

    /// Adds a unit that a person entered.
    pub fn add_unit(&self, unit: Unit, by: impl Into<String>) -> Pending<Unit> {
        let by = by.into();
        self.write_units(move |connection| {
            if units::unit(connection, &unit.id)?.is_some() {
                return Err(InventoryError::Exists(format!("unit {}", unit.id)));
            }
            importing::check_given(connection, None, &unit)?;
            edited(
                connection,
                &unit,
                &edit::entry(None, &unit, &by, unit.updated_at),
            )?;
            Ok(unit)
        })
    }

    /// Changes a unit as a person wants it. Answers the row as it is then, and whether anything was different.
    pub fn edit_unit(
        &self,
        id: UnitId,
        edits: Vec<Edit>,
        by: impl Into<String>,
        at: Timestamp,
    ) -> Pending<(Unit, bool)> {
        let by = by.into();
        self.write_units(move |connection| {
            let before = units::unit(connection, &id)?
                .ok_or_else(|| InventoryError::NotFound(format!("unit {id}")))?;
            let mut after = before.clone();
            edits.iter().for_each(|edit| edit.apply(&mut after));
            if after == before {
                return Ok((before, false));
            }
            importing::check_given(connection, Some(&before), &after)?;
            after.updated_at = at;
            edited(
                connection,
                &after,
                &edit::entry(Some(&before), &after, &by, at),
            )?;
            Ok((after, true))
        })
    }
}

/// Keeps what a person entered: the row, its timeline, and what the fleet database is owed.
pub(super) fn edited(
    connection: &Connection,
    unit: &Unit,
    entry: &UnitEvent,
) -> Result<(), InventoryError> {
    let doing = Doing {
        actor: &entry.by,
        at: entry.at,
        atomic: false,
        op_id: None,
    };
    write(connection, unit, &doing)?;
    match units::row_of(connection, &unit.id)? {
        Some(row) => units::add_entry(connection, row, entry),
        None => Err(InventoryError::NotFound(format!("unit {}", unit.id))),
    }
}
