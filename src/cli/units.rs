//! `fleetdesk units` and `fleetdesk unit`: the inventory in text and JSON.

use super::args::{Global, UnitsArgs};
use super::exit::ExitStatus;
use super::output::Output;
use crate::inventory::{Inventory, InventoryError, Named};
use crate::start::{Machine, StartError};
use fleet::edit::Field;
use fleet::printable::escaped;
use fleet::query::Query;
use fleet::unit::Unit;
use fleet::wording::counted;
use jiff::Timestamp;
use serde_json::json;

pub(super) fn list(
    global: &Global,
    args: &UnitsArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let mut query = args.query.join(" ");
    if args.drift {
        query = format!("{query} drift:yes").trim().to_owned();
    }
    let asked = Query::parse(&query).map_err(|error| StartError::Usage(error.to_string()))?;
    let short = asked.told_when_nothing_fits();
    let machine = Machine::look(global)?;
    let inventory = machine.inventory_to_read()?;
    let behind = make_searchable(&inventory, output)?;
    let page = inventory
        .find_units(asked, args.limit, 0)
        .wait()
        .map_err(unreadable)?;
    for unit in &page.rows {
        if output.is_json() {
            output.json_line(&object(unit, "unit"));
        } else {
            output.line(&row(unit));
        }
    }
    if output.is_json() {
        output.json_line(
            &json!({ "type": "summary", "units": page.rows.len(), "total": page.total, "behind": behind }),
        );
    } else if page.rows.is_empty() {
        output.line(&if query.is_empty() {
            "The inventory is empty.".to_owned()
        } else {
            let said = fleet::wording::stopped(&format!("No unit fits {}", escaped(&query)));
            match short {
                Some(short) => format!("{said} {short}"),
                None => said,
            }
        });
    } else if page.total > page.rows.len() as u64 {
        output.line(&format!(
            "{} of {}; --limit shows more",
            page.rows.len(),
            counted(page.total, "unit", "units")
        ));
    }
    Ok(ExitStatus::Done)
}

pub(super) fn show(global: &Global, id: &str, output: Output) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let inventory = machine.inventory_to_read()?;
    let unit = named(&inventory, id)?;
    let timeline = inventory
        .timeline(unit.id.clone(), 200)
        .wait()
        .map_err(unreadable)?;
    let heard = crate::sync::heard_last(&inventory);
    let heard = tokio::runtime::Builder::new_current_thread()
        .build()
        .map(|waits| waits.block_on(heard))
        .unwrap_or_default();
    let in_hand = crate::sync::who_has(&heard, &unit.id, unit.iccid.as_ref().map(|i| i.as_str()));
    if output.is_json() {
        let mut shown = object(&unit, "unit");
        if let (Some(shown), Some(in_hand)) = (shown.as_object_mut(), in_hand) {
            let told = json!({ "by": in_hand.by, "since": in_hand.since });
            shown.insert("being_configured".into(), told);
        }
        output.json_line(&shown);
        for entry in &timeline {
            let mut entry = json!(entry);
            if let Some(entry) = entry.as_object_mut() {
                entry.insert("type".into(), json!("event"));
            }
            output.json_line(&entry);
        }
        super::reports::of_unit(&machine, global, unit.id.as_str(), Timestamp::now(), output)?;
        output.json_line(&json!({ "type": "summary", "units": 1, "events": timeline.len() }));
        return Ok(ExitStatus::Done);
    }
    output.line(&row(&unit));
    if let Some(in_hand) = in_hand {
        let zone = jiff::tz::TimeZone::system();
        output.line(&format!("  {} (as last heard)", in_hand.words(&zone)));
    }
    for (name, value) in facts(&unit) {
        output.line(&format!("  {name:<36} {}", escaped(&value)));
    }
    for (key, value) in &unit.settings {
        let value = escaped(&value.to_string());
        output.line(&format!("  {:<36} {value}", key.as_str()));
    }
    for entry in timeline {
        let at = entry
            .at
            .to_zoned(jiff::tz::TimeZone::system())
            .strftime("%d %b %H:%M");
        output.line(&format!(
            "  {at}  {}  {}  ({})",
            escaped(&entry.title),
            escaped(&entry.detail),
            escaped(&entry.by)
        ));
    }
    super::reports::of_unit(&machine, global, unit.id.as_str(), Timestamp::now(), output)?;
    Ok(ExitStatus::Done)
}

/// What a unit's page shows of it besides its settings.
fn facts(unit: &Unit) -> Vec<(&'static str, String)> {
    let known = Field::ALL
        .into_iter()
        .filter(|field| *field != Field::State)
        // Lines of a note stand one behind the other.
        .map(|field| (field.words(), field.text(unit).replace('\n', " / ")));
    let told = [
        ("Firmware", unit.firmware.clone()),
        ("Carrier's number", unit.carrier_id.clone()),
    ];
    let told = told.map(|(name, value)| (name, value.unwrap_or_default()));
    known
        .chain(told)
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// Lets searches know of every unit before something is looked for. They may be behind after an update of the program, or after a first load
/// that was cut off. Answers how many units may not be found all the same, about: the program that has the file sees to it.
pub(super) fn make_searchable(inventory: &Inventory, output: Output) -> Result<u64, StartError> {
    let behind = inventory.searches_behind().wait().map_err(unreadable)?;
    if behind == 0 {
        return Ok(0);
    }
    if inventory.is_read_only() {
        output.problem(&format!(
            "Note: the Fleetdesk that has the inventory is still making its searches ready, so about {} may not be found. Look again in a few minutes.",
            counted(behind, "unit", "units")
        ));
        return Ok(behind);
    }
    output.problem("Note: the searches are made ready for this version of Fleetdesk, once. That may take a few minutes.");
    while !inventory.catch_up().wait().map_err(unreadable)? {}
    Ok(0)
}

/// The one unit that a text names.
pub(super) fn named(inventory: &Inventory, id: &str) -> Result<Unit, StartError> {
    if id.trim().is_empty() {
        let why = "nothing was given that could name a unit";
        return Err(StartError::Usage(why.to_owned()));
    }
    // A number's end that one unit has may be another's too, and that one not known to searches yet.
    let mut behind = inventory.searches_behind().wait().map_err(unreadable)?;
    while behind > 0 && !inventory.is_read_only() {
        if inventory.catch_up().wait().map_err(unreadable)? {
            behind = 0;
        }
    }
    match inventory
        .unit_named_by_part(id)
        .wait()
        .map_err(unreadable)?
    {
        Named::One(unit) => Ok(*unit),
        Named::Nothing if behind > 0 => Err(StartError::failed(
            format!("No unit with the number {id} is found yet."),
            "Nothing was changed.",
            "Look again in a few minutes: the Fleetdesk that has the inventory is still making its searches ready.",
            "I-730",
        )),
        Named::Nothing => Err(StartError::failed(
            format!("No unit has the number {id}."),
            "Nothing was changed.",
            "'fleetdesk units PART' finds it by any part of a number.",
            "I-730",
        )),
        Named::Several(count) => Err(StartError::failed(
            format!("{} units fit {id}.", fleet::wording::with_commas(count)),
            "Nothing was changed.",
            "Give more of the number, so that exactly one fits.",
            "I-731",
        )),
    }
}

pub(super) fn object(unit: &Unit, kind: &str) -> serde_json::Value {
    let mut value = json!(unit);
    if let Some(object) = value.as_object_mut() {
        object.insert("type".into(), json!(kind));
        let imei = match &unit.id {
            fleet::UnitId::Imei(imei) => json!(imei),
            _ => json!(null),
        };
        object.insert("imei".into(), imei);
    }
    value
}

pub(super) fn row(unit: &Unit) -> String {
    let state = json!(unit.state)
        .as_str()
        .unwrap_or_default()
        .replace('_', " ");
    let template = match (&unit.template, unit.template_version) {
        (Some(name), Some(version)) => format!("{name} v{version}"),
        _ => "no template".to_owned(),
    };
    let registration = unit
        .registration
        .map_or("", super::provision::registration_word);
    // A unit is one line, whatever people wrote into its fields.
    escaped(&format!(
        "{:<18} {:<12} {state:<14} {template:<24} {registration:<8} {}",
        unit.id.as_str(),
        unit.model.as_deref().unwrap_or(""),
        unit.customer.as_deref().unwrap_or("")
    ))
}

pub(super) fn unreadable(error: InventoryError) -> StartError {
    StartError::failed(
        format!("The inventory cannot be read: {error}."),
        "Nothing was changed.",
        "Free space on the disk, or start again; a checked copy of each day stands in its backups folder.",
        "I-722",
    )
}
