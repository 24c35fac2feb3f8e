//! A unit is open in one push of this bench at a time: which push has it, and which ones pass over it meanwhile.
//!
//! Pushes of other benches are heard of at any moment, so this is looked at in the transaction that keeps a step, and who asked is told what was
//! found. A unit that the other push has set stays passed over: nobody's values are written over with those of a push that crossed it.

use super::InventoryError;
use super::pushes::push_id;
use fleet::UnitId;
use fleet::push::{PushFacts, PushId, PushUnit, Standing};
use rusqlite::{Connection, OptionalExtension, params};

/// What the store found about units that several pushes of this bench name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Units of this push that another one has, with its title.
    pub here: Vec<(UnitId, String)>,
    /// Units that another push passed over until now, and does no longer.
    pub freed: Vec<(PushId, UnitId)>,
}

/// Marks an open unit that another push has.
pub(super) fn look(
    connection: &Connection,
    push: PushId,
    unit: &mut PushUnit,
    found: &mut PassedOver,
) -> Result<(), InventoryError> {
    if !unit.standing.is_open() || unit.passed_over.is_some() {
        return Ok(());
    }
    unit.passed_over = holder(connection, push, &unit.id)?;
    if let Some(title) = &unit.passed_over {
        found.here.push((unit.id.clone(), title.clone()));
    }
    Ok(())
}

/// The title of the other push that has the unit open.
fn holder(
    connection: &Connection,
    push: PushId,
    unit: &UnitId,
) -> Result<Option<String>, InventoryError> {
    let facts: Option<String> = connection
        .prepare_cached(
            "SELECT facts FROM push JOIN push_unit USING (push_id)
             WHERE unit_kind = ?1 AND unit_id = ?2 AND standing IN ('waiting', 'sent') AND passed_over = 0 AND push_id <> ?3",
        )?
        .query_row(
            params![unit.kind().as_str(), unit.as_str(), push.0.as_bytes().as_slice()],
            |row| row.get(0),
        )
        .optional()?;
    let Some(facts) = facts else { return Ok(None) };
    Ok(Some(serde_json::from_str::<PushFacts>(&facts)?.title))
}

/// A push lets go of a unit without having set it: the oldest one that passed over it has it from now on.
pub(super) fn free(
    connection: &Connection,
    push: PushId,
    unit: &PushUnit,
    found: &mut PassedOver,
) -> Result<(), InventoryError> {
    let let_go = matches!(unit.standing, Standing::LeftOut | Standing::Failed);
    if !let_go || holder(connection, push, &unit.id)?.is_some() {
        return Ok(());
    }
    let (kind, id) = (unit.id.kind().as_str(), unit.id.as_str());
    let next: Option<(Vec<u8>, String)> = connection
        .prepare_cached(
            "SELECT push_id, body FROM push_unit WHERE unit_kind = ?1 AND unit_id = ?2 AND passed_over = 1 AND push_id <> ?3
             AND standing IN ('waiting', 'sent') ORDER BY push_id LIMIT 1",
        )?
        .query_row(params![kind, id, push.0.as_bytes().as_slice()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((other, body)) = next else {
        return Ok(());
    };
    let mut freed: PushUnit = serde_json::from_str(&body)?;
    freed.passed_over = None;
    connection
        .prepare_cached(
            "UPDATE push_unit SET passed_over = 0, body = ?4 WHERE push_id = ?1 AND unit_kind = ?2 AND unit_id = ?3",
        )?
        .execute(params![other, kind, id, serde_json::to_string(&freed)?])?;
    found.freed.push((push_id(&other)?, freed.id));
    Ok(())
}
