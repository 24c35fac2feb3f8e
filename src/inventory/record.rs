//! The record of a proved unit: row, timeline, what the fleet database is owed, and the journal's events, all or nothing.

use super::{InventoryError, journal, registrations, units};
use fleet::job::{Now, Record};
use fleet::journal::{JobEvent, JobId};
use fleet::registration::RegistrationState;
use fleet::unit::Unit;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Writes everything of a record. The caller's transaction makes it one.
pub(super) fn write(
    connection: &Connection,
    boot_id: Uuid,
    job: JobId,
    record: &Record,
    state: &str,
    now: Now,
) -> Result<u64, InventoryError> {
    let before = units::unit(connection, &record.unit.id)?;
    let after = match &before {
        Some(known) => with_new_facts(known, &record.unit),
        None => record.unit.clone(),
    };
    let row = units::write(connection, &after)?;
    units::add_entry(connection, row, &record.entry)?;
    let last = journal::append(connection, boot_id, job, &record.events, state, now)?;
    if let Some(standing) = record.unit.registration {
        registrations::recorded(connection, job, standing, now.wall)?;
    }
    for event in &record.events {
        if let JobEvent::Recorded { operation } = event {
            owe(connection, *operation, row, before.as_ref(), &after, now)?;
        }
    }
    Ok(last)
}

/// What a bench learned, laid over what is known. What people entered stays, and so does what this job had no word about.
fn with_new_facts(known: &Unit, new: &Unit) -> Unit {
    let mut unit = known.clone();
    let other_sim = known.iccid.is_some() && new.iccid.is_some() && known.iccid != new.iccid;
    if other_sim {
        // These belonged to the former SIM.
        unit.mdn = None;
        unit.carrier_id = None;
        unit.plan_code = None;
        unit.registration = None;
    }
    take(&mut unit.model, &new.model);
    take(&mut unit.firmware, &new.firmware);
    take(&mut unit.serial_number, &new.serial_number);
    take(&mut unit.profile, &new.profile);
    take(&mut unit.iccid, &new.iccid);
    take(&mut unit.mdn, &new.mdn);
    // A job that was to register nothing takes no registration away.
    if unit.registration.is_none() || new.registration != Some(RegistrationState::Skipped) {
        take(&mut unit.registration, &new.registration);
    }
    take(&mut unit.plan_code, &new.plan_code);
    take(&mut unit.carrier_id, &new.carrier_id);
    take(&mut unit.provisioned_at, &new.provisioned_at);
    if new.template.is_some() {
        unit.template.clone_from(&new.template);
        unit.template_version = new.template_version;
    }
    if !new.settings.is_empty() {
        unit.settings.clone_from(&new.settings);
    }
    unit.state = new.state;
    unit.updated_at = new.updated_at;
    unit
}

fn take<T: Clone>(known: &mut Option<T>, new: &Option<T>) {
    if new.is_some() {
        known.clone_from(new);
    }
}

/// One operation for the fleet database: each fact that changed with the value it had, so that clashes show there.
///
/// Until it is sent, a second record of the same job joins it; the operation's number keeps it from doubling.
fn owe(
    connection: &Connection,
    operation: Uuid,
    row: i64,
    before: Option<&Unit>,
    after: &Unit,
    now: Now,
) -> Result<(), InventoryError> {
    let mut fields = changed_fields(before, after)?;
    let mut kind = if before.is_some() { "set" } else { "create" };
    let waiting: Option<(String, bool)> = connection
        .prepare_cached("SELECT body, sent FROM outbox WHERE op_id = ?1")?
        .query_row([operation.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    if let Some((body, sent)) = waiting {
        if sent {
            // Its content may never change again; what is new goes out with the next edit or by a comparison of rows.
            return Ok(());
        }
        let older: Value = serde_json::from_str(&body)?;
        if older.get("kind").and_then(Value::as_str) == Some("create") {
            kind = "create";
        }
        fields = joined(
            older
                .get("fields")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            fields,
        );
    }
    let body = json!({ "kind": kind, "atomic": true, "unit": after.id, "fields": fields });
    connection
        .prepare_cached(
            "INSERT INTO outbox (op_id, unit, body, made_ms) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (op_id) DO UPDATE SET body = excluded.body",
        )?
        .execute(params![
            operation.to_string(),
            row,
            body.to_string(),
            now.wall.as_millisecond()
        ])?;
    Ok(())
}

/// The older bases with the newer values.
fn joined(mut older: Map<String, Value>, newer: Map<String, Value>) -> Map<String, Value> {
    for (name, change) in newer {
        match older.get_mut(&name).and_then(Value::as_object_mut) {
            Some(known) => {
                known.insert(
                    "new".to_owned(),
                    change.get("new").cloned().unwrap_or(Value::Null),
                );
            }
            None => {
                older.insert(name, change);
            }
        }
    }
    older
}

fn changed_fields(
    before: Option<&Unit>,
    after: &Unit,
) -> Result<Map<String, Value>, InventoryError> {
    let before = before
        .map(serde_json::to_value)
        .transpose()?
        .unwrap_or_default();
    let Value::Object(after) = serde_json::to_value(after)? else {
        return Err(InventoryError::BadRow("a unit is not an object".to_owned()));
    };
    let mut fields = Map::new();
    for (name, new) in after {
        let base = before.get(&name).cloned().unwrap_or(Value::Null);
        let told_otherwise = matches!(name.as_str(), "id" | "id_kind" | "updated_at");
        if base != new && !told_otherwise {
            fields.insert(name, json!({ "base": base, "new": new }));
        }
    }
    Ok(fields)
}
