//! Lists of units against the inventory: what is known of each row's unit, and writing the rows that are taken.
//!
//! A row is judged in the same transaction that writes it, so that nothing which happens meanwhile is overwritten unseen.

use super::pending::Pending;
use super::{Inventory, InventoryError, indexing, sync, units};
use fleet::edit;
use fleet::sheet::{Known, Mapping, ReadRow, Survey, Verdict, judge};
use fleet::unit::{Unit, UnitState};
use fleet::{Iccid, UnitId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// What all rows of one import share.
#[derive(Debug)]
pub struct ImportRules {
    /// What the columns hold.
    pub mapping: Mapping,
    /// What the rows say of each other.
    pub survey: Survey,
    /// Office of new units whose row names none.
    pub office: String,
    /// Who imports, as timelines and other offices read it.
    pub by: String,
    /// The file's name, for timelines.
    pub file: String,
    /// When.
    pub at: Timestamp,
}

impl Inventory {
    /// What the inventory knows that bears on each row; the rows come back with their doubts settled.
    pub fn look_up_rows(&self, rows: Vec<ReadRow>) -> Pending<Vec<(ReadRow, Known)>> {
        self.read(move |connection| {
            rows.into_iter()
                .map(|mut row| {
                    let known = known(connection, &row)?;
                    row.settle(known.unit.as_ref());
                    Ok((row, known))
                })
                .collect()
        })
    }

    /// Judges rows and writes nothing.
    pub fn judge_rows(&self, rows: Vec<ReadRow>, rules: Arc<ImportRules>) -> Pending<Vec<Verdict>> {
        self.read(move |connection| {
            rows.into_iter()
                .map(|row| verdict(connection, row, &rules))
                .collect()
        })
    }

    /// Judges rows and writes those that are taken, in one transaction: row, timeline, and what the fleet database is owed.
    pub fn import_rows(
        &self,
        rows: Vec<ReadRow>,
        rules: Arc<ImportRules>,
    ) -> Pending<Vec<Verdict>> {
        self.write_units(move |connection| {
            rows.into_iter()
                .map(|row| {
                    let number = row.row.number;
                    let verdict = verdict(connection, row, &rules)?;
                    match &verdict {
                        Verdict::New(unit) => enter(connection, None, unit, number, &rules)?,
                        Verdict::Changes(unit, _) => {
                            let before = units::unit(connection, &unit.id)?;
                            enter(connection, before.as_ref(), unit, number, &rules)?;
                        }
                        Verdict::Empty | Verdict::AlreadySo(_) | Verdict::Refused(_) => {}
                    }
                    Ok(verdict)
                })
                .collect()
        })
    }
}

fn verdict(
    connection: &Connection,
    row: ReadRow,
    rules: &ImportRules,
) -> Result<Verdict, InventoryError> {
    let known = known(connection, &row)?;
    Ok(judge(
        row,
        &rules.mapping,
        &rules.survey,
        &known,
        &rules.office,
        rules.at,
    ))
}

fn enter(
    connection: &Connection,
    before: Option<&Unit>,
    after: &Unit,
    row: u64,
    rules: &ImportRules,
) -> Result<(), InventoryError> {
    let mut entry = edit::entry(before, after, &rules.by, rules.at);
    let what = if before.is_some() {
        "Changed by a list"
    } else {
        "Entered by a list"
    };
    entry.title = what.to_owned();
    let source = format!("row {row} of {}", rules.file);
    entry.detail = match entry.detail.as_str() {
        "" => source,
        changed => format!("{changed} ({source})"),
    };
    sync::edited(connection, after, &entry)
}

/// By the index alone: a list waits until that knows of every row, and for each of its rows all others cannot be looked at.
fn known(connection: &Connection, row: &ReadRow) -> Result<Known, InventoryError> {
    let Some(id) = row.asks_for() else {
        return Ok(Known::default());
    };
    let iccid = row.iccid();
    let mdn = row.mdn();
    Ok(Known {
        unit: units::unit(connection, id)?,
        sim_holder: match &iccid {
            Some(iccid) => holder(connection, SIM_HOLDER, iccid.as_str(), id)?,
            None => None,
        },
        line_holder: match &mdn {
            Some(mdn) => holder(connection, LINE_HOLDER, mdn.as_str(), id)?,
            None => None,
        },
    })
}

const SIM_HOLDER: &str =
    "SELECT unit.id_kind, unit.id FROM unit_number JOIN unit ON unit.row = unit_number.unit
     WHERE unit_number.number = ?1 AND unit.iccid = ?1 AND unit.gone = 0 AND unit.state <> 'retired'
       AND NOT (unit.id_kind = ?2 AND unit.id = ?3) LIMIT 1";
const LINE_HOLDER: &str =
    "SELECT unit.id_kind, unit.id FROM unit_number JOIN unit ON unit.row = unit_number.unit
     WHERE unit_number.number = ?1 AND unit.mdn = ?1 AND unit.gone = 0 AND unit.state <> 'retired'
       AND NOT (unit.id_kind = ?2 AND unit.id = ?3) LIMIT 1";

/// The same by the rows themselves, each of which is looked at: while the index of numbers may not know them all.
const SIM_HOLDER_BY_ROWS: &str = "SELECT id_kind, id FROM unit
     WHERE iccid = ?1 AND gone = 0 AND state <> 'retired' AND NOT (id_kind = ?2 AND id = ?3) LIMIT 1";
const LINE_HOLDER_BY_ROWS: &str = "SELECT id_kind, id FROM unit
     WHERE mdn = ?1 AND gone = 0 AND state <> 'retired' AND NOT (id_kind = ?2 AND id = ?3) LIMIT 1";

/// The unit in use, other than this one, that has a SIM.
pub(super) fn sim_holder(
    connection: &Connection,
    iccid: &Iccid,
    but_not: &UnitId,
) -> Result<Option<UnitId>, InventoryError> {
    let question = match indexing::is_behind(connection)? {
        true => SIM_HOLDER_BY_ROWS,
        false => SIM_HOLDER,
    };
    holder(connection, question, iccid.as_str(), but_not)
}

/// That a change gives no SIM and no phone number to a second unit in use. What a unit has already is no gift, unless it comes back into use.
pub(super) fn check_given(
    connection: &Connection,
    before: Option<&Unit>,
    after: &Unit,
) -> Result<(), InventoryError> {
    if after.state == UnitState::Retired {
        return Ok(());
    }
    let in_use = before.filter(|unit| unit.state != UnitState::Retired);
    let taken = |what, holder: Option<UnitId>| match holder {
        Some(unit) => Err(InventoryError::Taken {
            what,
            unit: unit.to_string(),
        }),
        None => Ok(()),
    };
    if let Some(iccid) = &after.iccid
        && in_use.is_none_or(|unit| unit.iccid.as_ref() != Some(iccid))
    {
        taken("SIM", sim_holder(connection, iccid, &after.id)?)?;
    }
    if let Some(mdn) = &after.mdn
        && in_use.is_none_or(|unit| unit.mdn.as_ref() != Some(mdn))
    {
        let question = match indexing::is_behind(connection)? {
            true => LINE_HOLDER_BY_ROWS,
            false => LINE_HOLDER,
        };
        let holder = holder(connection, question, mdn.as_str(), &after.id)?;
        taken("phone number", holder)?;
    }
    Ok(())
}

/// Another unit in use that has a number.
fn holder(
    connection: &Connection,
    question: &'static str,
    number: &str,
    but_not: &UnitId,
) -> Result<Option<UnitId>, InventoryError> {
    let found: Option<(String, String)> = connection
        .prepare_cached(question)?
        .query_row(
            params![number, but_not.kind().as_str(), but_not.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    found
        .map(|(kind, id)| super::columns::unit_id(&kind, &id))
        .transpose()
}
