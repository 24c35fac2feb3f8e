//! Units that stand still here: stopped, or waiting for a person, with the last word of their timeline; and jobs that were cut off.

use super::columns::{timestamp, unit_id};
use super::{Inventory, InventoryError, Pending};
use fleet::UnitId;
use jiff::Timestamp;
use rusqlite::{Connection, params};

/// A unit that stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckUnit {
    /// Which.
    pub id: UnitId,
    /// How.
    pub how: Stuck,
    /// Title and detail of the last word about it, empty where there is none.
    pub last: (String, String),
    /// Since when.
    pub since: Timestamp,
}

/// How a unit stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stuck {
    /// Its last job stopped, or a person set it aside.
    Stopped,
    /// A person must decide.
    NeedsPerson,
    /// Its job was cut off and goes on when it is plugged in.
    CutOff,
    /// A person must say how it stands at the carrier.
    AsksCarrier,
}

impl Inventory {
    /// Units that stand still, longest first, at most so many of each kind.
    pub fn stuck_units(&self, limit: u32) -> Pending<Vec<StuckUnit>> {
        self.read(move |connection| {
            let mut found = Vec::new();
            for (state, how) in [
                ("needs_person", Stuck::NeedsPerson),
                ("stopped", Stuck::Stopped),
            ] {
                of_state(connection, state, how, limit, &mut found)?;
            }
            cut_off(connection, limit, &mut found)?;
            found.sort_by_key(|unit| unit.since);
            Ok(found)
        })
    }
}

fn of_state(
    connection: &Connection,
    state: &str,
    how: Stuck,
    limit: u32,
    found: &mut Vec<StuckUnit>,
) -> Result<(), InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT u.id_kind, u.id, coalesce(e.at_ms, u.updated_ms), coalesce(e.title, ''), coalesce(e.detail, '')
         FROM unit u LEFT JOIN unit_event e ON e.n =
           (SELECT n FROM unit_event WHERE unit = u.row AND kind IN ('stopped', 'person') ORDER BY at_ms DESC, n DESC LIMIT 1)
         WHERE u.state = ?1 AND u.gone = 0 ORDER BY u.updated_ms LIMIT ?2",
    )?;
    let mut rows = statement.query(params![state, limit])?;
    while let Some(row) = rows.next()? {
        found.push(StuckUnit {
            id: unit_id(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?)?,
            how,
            since: timestamp(row.get(2)?)?,
            last: (row.get(3)?, row.get(4)?),
        });
    }
    Ok(())
}

/// Jobs in the middle of their way over the bench. Those that are proved go on by themselves and are owed things.
fn cut_off(
    connection: &Connection,
    limit: u32,
    found: &mut Vec<StuckUnit>,
) -> Result<(), InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT unit_kind, unit_id, opened_ms, state = 'needs_person' FROM job
         WHERE state IN ('identified', 'imaged', 'planned', 'applying', 'saving', 'verifying', 'restoring')
           OR (state = 'needs_person' AND EXISTS
              (SELECT 1 FROM registration r WHERE r.job_id = job.job_id AND r.state IN ('owed', 'pending')))
         ORDER BY job_id LIMIT ?1",
    )?;
    let mut rows = statement.query([limit])?;
    while let Some(row) = rows.next()? {
        let id = unit_id(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?)?;
        let known = found.iter_mut().find(|known| known.id == id);
        let unit = StuckUnit {
            id,
            how: match row.get(3)? {
                true => Stuck::AsksCarrier,
                false => Stuck::CutOff,
            },
            since: timestamp(row.get(2)?)?,
            last: (String::new(), String::new()),
        };
        // The job says more of now than the row does of then.
        match known {
            Some(known) => *known = unit,
            None => found.push(unit),
        }
    }
    Ok(())
}
