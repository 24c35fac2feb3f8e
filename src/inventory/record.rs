//! The record of a proved unit: row, timeline, what the fleet database is owed, and the journal's events, all or nothing.

use super::{Inventory, InventoryError, Pending, journal, registrations, sync, units};
use fleet::job::{Now, Record};
use fleet::journal::{JobEvent, JobId};
use fleet::registration::RegistrationState;
use fleet::unit::{Unit, UnitEvent, UnitEventKind};
use rusqlite::Connection;
use uuid::Uuid;

/// Writes everything of a record. The caller's transaction makes it one.
pub(super) fn write(
    connection: &Connection,
    boot_id: Uuid,
    job: JobId,
    record: &Record,
    by: &str,
    state: &str,
    now: Now,
) -> Result<u64, InventoryError> {
    let after = match &units::unit(connection, &record.unit.id)? {
        Some(known) => with_new_facts(known, &record.unit),
        None => record.unit.clone(),
    };
    let told = record.events.iter().find_map(|event| match event {
        JobEvent::Recorded { operation } => Some(*operation),
        _ => None,
    });
    // Facts of one finished job belong together: all of them count, or a person looks which unit is in the drawer.
    let doing = sync::Doing {
        actor: by,
        at: now.wall,
        atomic: true,
        op_id: told,
    };
    sync::write(connection, &after, &doing)?;
    let row = units::row_of(connection, &after.id)?
        .ok_or_else(|| InventoryError::NotFound(format!("unit {}", after.id)))?;
    units::add_entry(connection, row, &record.entry)?;
    let last = journal::append(connection, boot_id, job, &record.events, state, now)?;
    if let Some(standing) = record.unit.registration {
        registrations::recorded(connection, job, standing, now.wall)?;
    }
    Ok(last)
}

/// Keeps what a unit that is known here held when it was read, and that it was read. `false`: there is no such unit here.
pub(super) fn note_reading(
    connection: &Connection,
    read: &Unit,
    by: &str,
) -> Result<bool, InventoryError> {
    let Some(known) = units::unit(connection, &read.id)? else {
        return Ok(false);
    };
    let state = known.state;
    let after = Unit {
        state,
        ..with_new_facts(&known, read)
    };
    let entry = UnitEvent {
        at: read.updated_at,
        kind: UnitEventKind::Bench,
        title: "Read on the bench".to_owned(),
        detail: String::new(),
        by: by.to_owned(),
    };
    sync::edited(connection, &after, &entry)?;
    Ok(true)
}

impl Inventory {
    /// Keeps what a unit held when it was read, if it is known here; who it is, its firmware and its SIM, too. What it holds is then known
    /// to pushes and to lists of drift. `false`: there is no such unit here, and nothing was kept.
    pub fn note_reading(&self, read: Unit, by: impl Into<String>) -> Pending<bool> {
        let by = by.into();
        self.write_units(move |connection| note_reading(connection, &read, &by))
    }
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
