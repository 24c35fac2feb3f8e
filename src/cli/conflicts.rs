//! `fleetdesk fleet-db conflicts` and `decide`: the questions for people, and their answers, in text and JSON.

use super::args::{DecideArgs, Global};
use super::exit::ExitStatus;
use super::output::Output;
use super::units::unreadable;
use crate::inventory::{InventoryError, ReviewDecision, ReviewEntry, ReviewKind};
use crate::start::{Machine, StartError};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

pub(super) fn list(global: &Global, output: Output) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let inventory = machine.inventory_to_read()?;
    let open = inventory.reviews().wait().map_err(unreadable)?;
    for entry in &open {
        if output.is_json() {
            output.json_line(&object(entry));
        } else {
            print(entry, output);
        }
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "conflicts": open.len() }));
    } else if open.is_empty() {
        output.line("Nothing needs you.");
    } else {
        output.line("Decide each with 'fleetdesk fleet-db decide QUESTION' and one of --keep-theirs, --use-mine, --edit TEXT.");
    }
    Ok(if open.is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::NeedsPerson
    })
}

pub(super) fn decide(
    global: &Global,
    args: &DecideArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let (inventory, _) = machine.inventory()?;
    let by = machine.actor();
    let now = Timestamp::now();
    let not_there = || {
        StartError::failed(
            format!("There is no open question {}.", args.question),
            "Nothing was changed.",
            "'fleetdesk fleet-db conflicts' lists those that are open.",
            "I-741",
        )
    };
    let refused = |error: InventoryError| match error {
        InventoryError::NotFound(what) => StartError::failed(
            format!("{what} is not there.", what = crate::cli::sentence(&what)),
            "Nothing was changed.",
            "'fleetdesk fleet-db conflicts' lists what is open; 'fleetdesk sync' brings the newest state.",
            "I-741",
        ),
        // What does not fit is no edit, as with 'unit set'; the question stays open.
        InventoryError::Refused(why) => StartError::Usage(why),
        other => unreadable(other),
    };
    let (tail, field) = match args.question.split_once(':') {
        Some((tail, field)) => (tail, Some(field.to_owned())),
        None => (args.question.as_str(), None),
    };
    if args.decision.undo {
        let decided = inventory.decided_reviews().wait().map_err(unreadable)?;
        let meant = decided
            .into_iter()
            .find(|(op, of)| tail_of(*op) == tail && *of == field);
        let (op, field) = meant.ok_or_else(not_there)?;
        inventory
            .undo_review(op, field, by, now)
            .wait()
            .map_err(refused)?;
    } else {
        let open = inventory.reviews().wait().map_err(unreadable)?;
        let entry = open
            .into_iter()
            .find(|entry| question(entry) == args.question);
        let entry = entry.ok_or_else(not_there)?;
        let decision = match (&args.decision.edit, args.decision.use_mine) {
            (Some(text), _) => ReviewDecision::Edit(text.clone()),
            (None, true) => ReviewDecision::UseMine,
            (None, false) => ReviewDecision::KeepTheirs,
        };
        inventory
            .decide_review(entry.op_id, entry.field, decision, by, now)
            .wait()
            .map_err(refused)?;
    }
    let left = inventory.reviews().wait().map_err(unreadable)?.len();
    if output.is_json() {
        output
            .json_line(&json!({ "type": "summary", "decided": args.question, "conflicts": left }));
    } else {
        let word = if args.decision.undo {
            "The question is open again"
        } else {
            "Decided"
        };
        output.line(&format!("{word}. {left} still need you."));
    }
    Ok(ExitStatus::Done)
}

/// What a question is called: the end of its operation's number, and the field.
fn question(entry: &ReviewEntry) -> String {
    let tail = tail_of(entry.op_id);
    match &entry.field {
        Some(field) => format!("{tail}:{field}"),
        None => tail,
    }
}

fn tail_of(op: Uuid) -> String {
    let number = op.simple().to_string();
    number.chars().skip(number.len() - 10).collect()
}

fn object(entry: &ReviewEntry) -> serde_json::Value {
    let why = match &entry.kind {
        ReviewKind::Field => "field",
        ReviewKind::Facts => "facts",
        ReviewKind::Gone => "gone",
        ReviewKind::Double => "double",
        ReviewKind::Refused { .. } => "refused",
    };
    let values: Vec<_> = entry
        .values
        .iter()
        .map(|value| json!({ "field": value.field, "yours": value.yours, "theirs": value.theirs }))
        .collect();
    // Where it is about one field, its values stand at the top as well.
    let only = entry.values.first().filter(|_| entry.field.is_some());
    json!({
        "type": "conflict", "question": question(entry), "why": why, "unit": entry.unit.as_ref().map(|unit| unit.as_str()),
        "field": entry.field, "yours": only.and_then(|value| value.yours.clone()),
        "theirs": only.and_then(|value| value.theirs.clone()), "values": values,
        "said": entry.said, "yours_by": entry.yours_by.0, "yours_at": entry.yours_by.1,
        "theirs_by": entry.theirs_by.as_ref().map(|by| &by.0), "theirs_at": entry.theirs_by.as_ref().map(|by| by.1),
    })
}

fn when(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%d %b %H:%M")
        .to_string()
}

fn print(entry: &ReviewEntry, output: Output) {
    let unit = entry.unit.as_ref().map_or("a unit", |unit| unit.as_str());
    let why = match &entry.kind {
        ReviewKind::Field => "two people changed the same field".to_owned(),
        ReviewKind::Facts => {
            "a finished job found something else than what stands there".to_owned()
        }
        ReviewKind::Gone => "the unit was deleted meanwhile".to_owned(),
        ReviewKind::Double => match &entry.theirs_by {
            Some((who, at)) => {
                format!(
                    "a unit with this number exists already (added by {who}, {})",
                    when(*at)
                )
            }
            None => "a unit with this number exists already".to_owned(),
        },
        ReviewKind::Refused { field } => format!(
            "the fleet table does not take {}",
            field.as_deref().map_or("this", fleet::unit::column_words)
        ),
    };
    output.line(&format!("{}  unit {unit}: {why}", question(entry)));
    let shown = |value: &Option<String>| {
        value
            .as_deref()
            .map_or_else(|| "empty".to_owned(), fleet::printable::printable)
    };
    if entry.values.is_empty() {
        output.line("    nothing differs");
    }
    for value in &entry.values {
        output.line(&format!("    {}", fleet::unit::column_words(&value.field)));
        output.line(&format!(
            "      yours   {}  ({}, {})",
            shown(&value.yours),
            entry.yours_by.0,
            when(entry.yours_by.1)
        ));
        let by = entry
            .theirs_by
            .as_ref()
            .map(|(who, at)| format!("  ({who}, {})", when(*at)))
            .unwrap_or_default();
        output.line(&format!("      theirs  {}{by}", shown(&value.theirs)));
    }
    if let Some(said) = &entry.said {
        output.line(&format!("    the fleet database says: {said}"));
    }
    if entry.can_go_without().is_some() {
        output.line("    --edit '' sends the rest without it");
    } else if entry.may_be_any() {
        output.line(
            "    --edit KEY=VALUE corrects the value that is wrong, such as --edit model=FMB920",
        );
    } else if entry.is_about_its_number() {
        output.line("    with another number it is another unit: --keep-theirs forgets this one, 'unit add' adds it with its right number");
    }
}
