//! A unit as lists show it: its row without the settings, and when it was heard.

use super::facets::Known;
use crate::inventory::InventoryError;
use crate::inventory::columns::timestamp;
use crate::inventory::units::understand;
use fleet::query::Facts;
use fleet::unit::Unit;
use jiff::Timestamp;
use rusqlite::Connection;

/// What lists need of a unit. Settings are not among it: a page of a list would take longer than a keystroke.
pub(super) struct Line {
    pub unit: Unit,
    pub seen_at: Option<Timestamp>,
    pub reported_at: Option<Timestamp>,
    pub differs: bool,
}

pub(super) fn line_at(connection: &Connection, row: i64) -> Result<Option<Line>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT id_kind, id, model, firmware, serial_number, profile, iccid, mdn, unit.template, unit.template_version, '{}', unit.state,
                unit.registration, plan_code, carrier_id, customer, vehicle, unit.office, note, provisioned_ms, updated_ms,
                seen_ms, report_ms, differs
         FROM unit LEFT JOIN unit_sign ON unit_sign.unit = unit.row
              LEFT JOIN unit_facet ON unit_facet.unit = unit.row LEFT JOIN facet USING (facet)
         WHERE row = ?1",
    )?;
    let mut rows = statement.query([row])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let at = |index: usize| -> Result<Option<Timestamp>, InventoryError> {
        row.get::<_, Option<i64>>(index)?.map(timestamp).transpose()
    };
    Ok(Some(Line {
        unit: understand(row)?,
        seen_at: at(21)?,
        reported_at: at(22)?,
        differs: row.get::<_, Option<bool>>(23)?.unwrap_or_default(),
    }))
}

/// Whether a candidate fits, and its row where that had to be read.
pub(super) struct Judged {
    pub is_meant: bool,
    pub line: Option<Line>,
}

impl Judged {
    pub fn unread(is_meant: bool) -> Self {
        Self {
            is_meant,
            line: None,
        }
    }
}

/// A unit as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitLine {
    /// Its row; without the settings.
    pub unit: Unit,
    /// The last sign of life that is known here: a report, or itself on a bench.
    pub seen_at: Option<Timestamp>,
    /// The last report that is known here.
    pub reported_at: Option<Timestamp>,
    /// Whether it is not as the newest released version of its template wants it.
    pub drifts: bool,
}

impl UnitLine {
    pub(super) fn of(line: Line, known: &Known, now: Timestamp) -> Self {
        let facts = Facts {
            unit: &line.unit,
            seen: line.seen_at,
            reported: line.reported_at,
            newest_version: known.newest_of(&line.unit),
            differs: line.differs,
            now,
        };
        let drifts = facts.drifts();
        Self {
            seen_at: line.seen_at,
            reported_at: line.reported_at,
            drifts,
            unit: line.unit,
        }
    }
}
