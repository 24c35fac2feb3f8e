//! Units that were kept by the hundred thousand and are not shown yet: shown in parts, beside all other work, and without building a
//! [`fleet::unit::Unit`] of each.
//!
//! What comes out is the same as by [`super::shown`], which takes every row that is not plain. A mark in the file says how far they are
//! shown, so that it goes on after any end.

use super::super::{InventoryError, columns, indexing, meta, units};
use super::ops::as_uuid;
use super::plain::{Plain, text};
use super::shown;
use fleet::unit::UnitState;
use fleet::{Iccid, Mdn};
use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, Error, params};

/// Rows of one part: about as long as others can wait for the file.
const PART: u32 = 8_000;

/// From now on rows are kept that are not shown yet; they were heard at this moment.
pub(super) fn begin(connection: &Connection, at: Timestamp) -> Result<(), InventoryError> {
    let last: i64 = connection
        .prepare_cached("SELECT coalesce(max(n), 0) FROM base")?
        .query_row([], |row| row.get(0))?;
    let mark = match mark(connection)? {
        // Rows behind an older mark still wait, unless they are gone and their places are taken anew.
        Some(older) if older.after <= last => return Ok(()),
        _ => Mark { after: last, at },
    };
    set(connection, &mark)
}

/// Shows all that is left.
pub(in crate::inventory) fn show_all(connection: &Connection) -> Result<(), InventoryError> {
    while !show_part(connection)? {}
    Ok(())
}

/// Shows the next part. `true` when nothing is left.
pub(in crate::inventory) fn show_part(connection: &Connection) -> Result<bool, InventoryError> {
    let Some(Mark { after, at }) = mark(connection)? else {
        return Ok(true);
    };
    // Another version of the program may have called the searches complete since.
    indexing::fall_behind(connection)?;
    let mut part = connection
        .prepare_cached("SELECT n, unit_id, row FROM base WHERE n > ?1 ORDER BY n LIMIT ?2")?;
    let mut adding = Adding {
        known_op: known_op(connection)?,
        add: connection.prepare_cached(units::ADD_UNINDEXED)?,
        at,
    };
    let (mut last, mut shown) = (after, 0);
    let mut rows = part.query(params![after, PART])?;
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        shown += 1;
        let number = row.get_ref(1)?.as_blob().map_err(Error::from)?;
        let is_shown = match row.get_ref(2)?.as_str_or_null().map_err(Error::from)? {
            Some(json) => adding.add(number, json)?,
            None => false,
        };
        if is_shown {
            continue;
        }
        match shown::refresh(connection, as_uuid(number)?, at) {
            // One row that no program can read must not keep all others from being shown.
            Err(InventoryError::BadRow(why)) => {
                tracing::warn!(
                    n = last,
                    why,
                    "a kept row of the fleet database cannot be shown"
                );
            }
            other => {
                other?;
            }
        }
    }
    if shown == PART {
        set(connection, &Mark { after: last, at })?;
        return Ok(false);
    }
    meta::forget(connection, meta::SHOWN_TO)?;
    Ok(true)
}

/// How many rows are kept and not shown yet.
pub(in crate::inventory) fn rows_unshown(connection: &Connection) -> Result<i64, InventoryError> {
    let Some(mark) = mark(connection)? else {
        return Ok(0);
    };
    Ok(connection
        .prepare_cached("SELECT coalesce(max(n), 0) - ?1 FROM base")?
        .query_row([mark.after], |row| row.get::<_, i64>(0))?
        .max(0))
}

/// Asks whether anything was done here to a unit; `None` when nothing was done to any.
pub(super) fn known_op(
    connection: &Connection,
) -> Result<Option<CachedStatement<'_>>, InventoryError> {
    let any: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM op)")?
        .query_row([], |row| row.get(0))?;
    let ask = || connection.prepare_cached("SELECT 1 FROM op WHERE unit_id = ?1");
    Ok(any.then(ask).transpose()?)
}

/// After which row of `base` they are not shown, and when they were heard.
struct Mark {
    after: i64,
    at: Timestamp,
}

fn mark(connection: &Connection) -> Result<Option<Mark>, InventoryError> {
    let Some(text) = meta::get(connection, meta::SHOWN_TO)? else {
        return Ok(None);
    };
    let bad = || InventoryError::BadRow(format!("{} is '{text}'", meta::SHOWN_TO));
    let (after, at_ms) = text.split_once(' ').ok_or_else(bad)?;
    Ok(Some(Mark {
        after: after.parse().map_err(|_| bad())?,
        at: columns::timestamp(at_ms.parse().map_err(|_| bad())?)?,
    }))
}

fn set(connection: &Connection, mark: &Mark) -> Result<(), InventoryError> {
    let text = format!("{} {}", mark.after, mark.at.as_millisecond());
    Ok(meta::set(connection, meta::SHOWN_TO, &text)?)
}

struct Adding<'part> {
    known_op: Option<CachedStatement<'part>>,
    add: CachedStatement<'part>,
    at: Timestamp,
}

impl Adding<'_> {
    /// Shows a unit that is plain and new here. `false`: nothing was done.
    fn add(&mut self, number: &[u8], json: &str) -> Result<bool, InventoryError> {
        if let Some(known) = &mut self.known_op
            && known.exists([number])?
        {
            return Ok(false);
        }
        let Ok(plain) = serde_json::from_str::<Plain<'_>>(json) else {
            return Ok(false);
        };
        let Some(id) = plain.identity() else {
            return Ok(false);
        };
        let added = self.add.execute(params![
            id.kind().as_str(),
            id.as_str(),
            text(&plain.model),
            text(&plain.firmware),
            text(&plain.serial_number),
            text(&plain.profile),
            plain.iccid.as_ref().map(Iccid::as_str),
            plain.mdn.as_ref().map(Mdn::as_str),
            text(&plain.template),
            plain.template_version,
            serde_json::to_string(&plain.settings.unwrap_or_default())?,
            columns::as_word(&plain.state.unwrap_or(UnitState::Known))?,
            plain
                .carrier_state
                .as_ref()
                .map(columns::as_word)
                .transpose()?,
            text(&plain.plan_code),
            text(&plain.carrier_id),
            text(&plain.customer),
            text(&plain.vehicle),
            text(&plain.office),
            text(&plain.notes),
            plain.provisioned_at.map(|at| at.as_millisecond()),
            self.at.as_millisecond(),
            number
        ])?;
        Ok(added == 1)
    }
}
