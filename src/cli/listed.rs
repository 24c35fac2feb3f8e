//! `fleetdesk units --list FILE`: each line of a list with its verdict, in the given order.

use super::args::{Global, UnitsArgs};
use super::exit::ExitStatus;
use super::output::Output;
use super::units::{make_searchable, unreadable};
use crate::engine::LookedUpList;
use crate::inventory::{ListVerdict, MOST_LINES};
use crate::sheets::list_text;
use crate::start::{Machine, StartError};
use fleet::pasted::{self, PastedLine};
use fleet::printable::escaped;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn list(
    global: &Global,
    args: &UnitsArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let text = read(args.list.as_deref().unwrap_or(Path::new("-")))?;
    let lines = pasted::lines(&text);
    if lines.len() > MOST_LINES {
        return Err(StartError::Usage(format!(
            "the list has {} lines; at most {MOST_LINES} are looked up at once",
            lines.len()
        )));
    }
    let machine = Machine::look(global)?;
    let inventory = machine.inventory_to_read()?;
    let behind = make_searchable(&inventory, output)?;
    let verdicts = inventory
        .look_up_list(lines.clone())
        .wait()
        .map_err(unreadable)?;
    let list = LookedUpList::new(lines.into_iter().zip(verdicts).collect(), 0);
    for (line, verdict) in &list.lines {
        if output.is_json() {
            output.json_line(&object(line, verdict));
        } else {
            let (word, more) = told(verdict);
            output.line(&format!(
                "{:>6}  {:<22} {word:<12} {}",
                line.line,
                line.text,
                escaped(&more)
            ));
        }
    }
    let counts = format!(
        "{} found, {} not found, {} double, {} fit several units, {} cannot be read",
        list.found, list.not_found, list.double, list.several, list.unreadable
    );
    if output.is_json() {
        output.json_line(&json!({
            "type": "summary", "lines": list.lines.len(), "found": list.found, "not_found": list.not_found,
            "double": list.double, "several": list.several, "unreadable": list.unreadable, "behind": behind,
        }));
    } else {
        output.line(&counts);
    }
    Ok(ExitStatus::Done)
}

fn read(file: &Path) -> Result<String, StartError> {
    list_text(file).map_err(|error| {
        StartError::failed(
            format!("{}.", crate::cli::sentence(&error.to_string())),
            "Nothing was looked up.",
            "Save the column of numbers as a text file, one number a line.",
            "I-734",
        )
    })
}

fn told(verdict: &ListVerdict) -> (&'static str, String) {
    match verdict {
        ListVerdict::Found {
            id,
            model,
            customer,
            ..
        } => {
            let more = [Some(id.as_str()), model.as_deref(), customer.as_deref()];
            (
                "found",
                more.into_iter().flatten().collect::<Vec<_>>().join("  "),
            )
        }
        ListVerdict::Double { of } => ("double", format!("same as line {of}")),
        ListVerdict::NotFound { near } => ("not found", nearly(near)),
        ListVerdict::Several(count) => ("several", format!("{count} units end with it")),
        ListVerdict::WrongDigit { error, near } => {
            let near = nearly(near);
            let near = if near.is_empty() {
                near
            } else {
                format!("; {near}")
            };
            ("wrong digit", format!("{error}{near}"))
        }
        ListVerdict::CutOff => (
            "not a number",
            "a spreadsheet cut it off; export the column as text".to_owned(),
        ),
        ListVerdict::NoNumber => ("not a number", String::new()),
    }
}

fn nearly(near: &[fleet::UnitId]) -> String {
    let ids: Vec<&str> = near.iter().map(fleet::UnitId::as_str).collect();
    if ids.is_empty() {
        String::new()
    } else {
        format!("one digit from {}", ids.join(", "))
    }
}

fn object(line: &PastedLine, verdict: &ListVerdict) -> Value {
    let (word, more) = told(verdict);
    let mut object = json!({
        "type": "line", "line": line.line, "text": line.text, "verdict": word.replace(' ', "_"),
    });
    let extra = match verdict {
        ListVerdict::Found { id, .. } => ("id", json!(id.as_str())),
        ListVerdict::Double { of } => ("of", json!(of)),
        ListVerdict::NotFound { near } | ListVerdict::WrongDigit { near, .. } => (
            "near",
            json!(near.iter().map(fleet::UnitId::as_str).collect::<Vec<_>>()),
        ),
        ListVerdict::Several(count) => ("units", json!(count)),
        ListVerdict::CutOff | ListVerdict::NoNumber => ("why", json!(more)),
    };
    if let Some(object) = object.as_object_mut() {
        object.insert(extra.0.to_owned(), extra.1);
        if let ListVerdict::WrongDigit { error, .. } = verdict {
            object.insert("why".to_owned(), json!(error.to_string()));
        }
    }
    object
}
