//! `fleetdesk read`: who a unit is and what it holds. Nothing is written to it.

use super::args::{Global, ReadArgs};
use super::bench;
use super::exit::ExitStatus;
use super::output::{Output, message};
use crate::engine::{UnitRead, read_unit};
use crate::start::{Machine, StartError};
use fleet::fault::{UnitCondition, advice};
use fleet::unit::Unit;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(super) fn run(
    global: &Global,
    args: &ReadArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let ports = bench::ports(std::slice::from_ref(&args.port), &args.talk);
    let secrets = bench::unit_secrets(&args.talk)?;
    let label = bench::labels(&args.talk)?.remove(&args.port);
    match read_unit(&ports, &args.port, &machine.registry, &secrets, label) {
        Ok(read) => {
            print(&read, output);
            keep(&machine, read, output);
            Ok(ExitStatus::Done)
        }
        Err(fault) => {
            let advice = advice(
                &fault,
                UnitCondition::Untouched,
                &format!("Port {}", args.port),
            );
            output.advice(&advice);
            if output.is_json() {
                output.json_line(&json!({ "type": "error", "port": args.port, "fault": fault.code(), "message": message(&advice) }));
            }
            Ok(if fault.needs_person() {
                ExitStatus::NeedsPerson
            } else {
                ExitStatus::Failed
            })
        }
    }
}

/// Keeps what was read where the unit is known. Not to be able to takes nothing from what was asked for.
fn keep(machine: &Machine, read: UnitRead, output: Output) {
    let identity = read.identity;
    let unit = Unit {
        model: Some(identity.model),
        firmware: identity.firmware,
        iccid: identity.iccid,
        profile: Some(identity.profile),
        settings: read.settings,
        ..Unit::new(identity.id, Timestamp::now())
    };
    match machine.inventory() {
        Ok((inventory, _)) => match inventory.note_reading(unit, machine.actor()).wait() {
            Ok(true) => output.say("The inventory has this reading now."),
            Ok(false) => {
                output.say("The inventory does not have this unit; the reading was not kept.")
            }
            Err(error) => output.problem(&format!("Note: the reading could not be kept: {error}.")),
        },
        Err(StartError::Failed {
            what, cure, code, ..
        }) => output.problem(&format!(
            "Note: the reading was not kept. {what} {cure} ({code})"
        )),
        Err(StartError::Usage(what)) => {
            output.problem(&format!("Note: the reading was not kept: {what}."));
        }
    }
}

fn print(read: &UnitRead, output: Output) {
    let identity = &read.identity;
    if output.is_json() {
        let mut object = Map::new();
        object.insert("type".into(), json!("unit"));
        object.insert("profile".into(), json!(identity.profile));
        object.insert("model".into(), json!(identity.model));
        object.insert("firmware".into(), json!(identity.firmware));
        object.insert("hardware".into(), json!(identity.hardware));
        object.insert("id".into(), json!(identity.id.as_str()));
        object.insert("id_kind".into(), json!(identity.id.kind().to_string()));
        match (&identity.imei, &identity.meid) {
            (_, Some(meid)) => object.insert("meid".into(), json!(meid)),
            (imei, None) => object.insert("imei".into(), json!(imei)),
        };
        object.insert("iccid".into(), json!(identity.iccid));
        object.insert("settings".into(), json!(read.settings));
        object.insert("warnings".into(), json!(identity.warnings));
        output.json_line(&Value::Object(object));
        return;
    }
    let mut rows = vec![
        ("Model".to_owned(), identity.model.clone()),
        (
            identity.id.kind().to_string().to_uppercase(),
            identity.id.to_string(),
        ),
        (
            "Firmware".into(),
            identity.firmware.clone().unwrap_or_default(),
        ),
        (
            "ICCID".into(),
            identity
                .iccid
                .as_ref()
                .map_or_else(|| "not told".into(), ToString::to_string),
        ),
    ];
    rows.extend(
        read.settings
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string())),
    );
    for (name, value) in rows {
        output.line(&format!("{name:<32} {value}"));
    }
    for warning in &identity.warnings {
        output.problem(&format!("Note: {warning}"));
    }
}
