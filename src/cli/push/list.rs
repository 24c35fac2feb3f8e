//! `push list` and `push show`.

use super::short;
use crate::cli::exit::ExitStatus;
use crate::cli::output::Output;
use crate::cli::units::unreadable;
use crate::inventory::Inventory;
use crate::start::{Machine, StartError};
use fleet::push::{Push, PushId, PushState, PushUnit, Standing};
use fleet::wording::units;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Enough for any list.
const ALL: u32 = 100_000;

pub(super) fn all(machine: &Machine, output: Output) -> Result<ExitStatus, StartError> {
    let inventory = machine.inventory_to_read()?;
    let rows = inventory.pushes(ALL).wait().map_err(unreadable)?;
    for row in &rows {
        let counts: Vec<(Standing, u64)> = Standing::ALL
            .into_iter()
            .filter_map(|standing| Some((standing, *row.counts.get(&standing)?)))
            .collect();
        if output.is_json() {
            let mut object = json!({
                "type": "push",
                "id": row.facts.id,
                "short": short(row.facts.id),
                "title": row.facts.title,
                "state": row.progress.state.word(),
                "wave": row.progress.wave,
                "by": row.facts.by,
                "begun": row.facts.begun,
                "undoes": row.facts.undoes,
            });
            for (standing, count) in counts {
                set(&mut object, standing.as_str(), json!(count));
            }
            output.json_line(&object);
        } else {
            let counts: Vec<String> = counts
                .iter()
                .map(|(standing, count)| format!("{count} {}", standing.words().to_lowercase()))
                .collect();
            output.line(&format!(
                "{}  {:<10} {}  {:<28} {}",
                short(row.facts.id),
                row.progress.state.word(),
                clock(row.facts.begun),
                row.facts.title,
                counts.join(", ")
            ));
        }
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "pushes": rows.len() }));
    } else if rows.is_empty() {
        output.line("No push yet. 'fleetdesk push --template T --select QUERY --rehearse' shows what one would do.");
    }
    Ok(ExitStatus::Done)
}

pub(super) fn show(machine: &Machine, id: &str, output: Output) -> Result<ExitStatus, StartError> {
    let inventory = machine.inventory_to_read()?;
    let id = named(&inventory, id)?;
    let push = push(&inventory, id)?;
    for unit in push.units() {
        tell_unit(unit, output);
    }
    if !output.is_json() {
        for line in inventory.push_log(id).wait().map_err(unreadable)? {
            output.line(&format!(
                "  {}  {}  ({})",
                clock(line.at),
                line.what,
                line.by
            ));
        }
    }
    tell_end(&push, output);
    Ok(ExitStatus::Done)
}

/// A push and how it stands, after something was done with it.
pub(super) fn told(
    inventory: &Inventory,
    id: PushId,
    output: Output,
) -> Result<ExitStatus, StartError> {
    tell_end(&push(inventory, id)?, output);
    Ok(ExitStatus::Done)
}

pub(super) fn push(inventory: &Inventory, id: PushId) -> Result<Push, StartError> {
    inventory
        .push(id)
        .wait()
        .map_err(unreadable)?
        .ok_or_else(|| no_such(&id.to_string()))
}

/// The one push that a text names: its number, or how that begins or ends.
pub(super) fn named(inventory: &Inventory, text: &str) -> Result<PushId, StartError> {
    let text = text.trim().to_lowercase();
    let rows = inventory.pushes(ALL).wait().map_err(unreadable)?;
    let fitting: Vec<PushId> = rows
        .iter()
        .map(|row| row.facts.id)
        .filter(|id| {
            let id = id.to_string();
            !text.is_empty() && (id.starts_with(&text) || id.ends_with(&text))
        })
        .collect();
    match fitting.as_slice() {
        [id] => Ok(*id),
        [] => Err(no_such(&text)),
        several => Err(StartError::failed(
            format!("{} pushes fit {text}.", several.len()),
            "Nothing was changed.",
            "Give more of the number.",
            "P-454",
        )),
    }
}

fn no_such(text: &str) -> StartError {
    StartError::failed(
        format!("No push has the number {text}."),
        "Nothing was changed.",
        "'fleetdesk push list' lists them.",
        "P-453",
    )
}

/// One unit, in a line.
pub(super) fn tell_unit(unit: &PushUnit, output: Output) {
    if output.is_json() {
        output.json_line(&json!({
            "type": "unit",
            "id": unit.id.as_str(),
            "id_kind": unit.id.kind().to_string(),
            "model": unit.model,
            "way": unit.way.as_str(),
            "changes": unit.changes(),
            "state": unit.standing.as_str(),
            "since": unit.since,
            "words": unit.words,
            "code": unit.code(),
            "condition": unit.condition,
            "attempts": unit.attempts,
            "pilot": unit.pilot,
            "elsewhere": unit.elsewhere,
            "passed_over": unit.passed_over,
            "sent": unit.sent_at,
            "taken": unit.taken_at,
            "verified": unit.proved_at,
        }));
    } else {
        output.line(&format!(
            "{:<18} {:<12} {:<6} {:<12} {}  {}",
            unit.id.as_str(),
            unit.model.as_deref().unwrap_or(""),
            unit.way.as_str(),
            unit.standing.words(),
            clock(unit.since),
            unit.words_with_bench()
        ));
    }
}

/// The last line: how the push stands.
pub(super) fn tell_end(push: &Push, output: Output) {
    let (facts, counts) = (push.facts(), push.counts());
    let why = match &push.progress().state {
        PushState::Stopped { why } => Some(why.clone()),
        _ => None,
    };
    if output.is_json() {
        let mut object = json!({
            "type": "summary",
            "push": facts.id,
            "short": short(facts.id),
            "title": facts.title,
            "template": facts.template.as_ref().map(|(name, _)| name),
            "template_version": facts.template.as_ref().map(|(_, version)| version),
            "state": push.progress().state.word(),
            "why": why,
            "wave": push.progress().wave,
            "units": counts.units,
        });
        for standing in Standing::ALL {
            set(&mut object, standing.as_str(), json!(counts.of(standing)));
        }
        output.json_line(&object);
        return;
    }
    let parts: Vec<String> = Standing::ALL
        .into_iter()
        .filter(|standing| counts.of(*standing) > 0)
        .map(|standing| {
            format!(
                "{} {}",
                counts.of(standing),
                standing.words().to_lowercase()
            )
        })
        .collect();
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    output.line(&format!(
        "\nPush {} ({}) {}{why}. {}: {}",
        short(facts.id),
        facts.title,
        push.progress().state.word(),
        units(counts.units),
        parts.join(", ")
    ));
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

pub(super) fn clock(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%d %b %H:%M")
        .to_string()
}
