//! `units --to-do`: all that is owed or stands still at this bench.

use super::args::Global;
use super::exit::ExitStatus;
use super::output::Output;
use super::units::unreadable;
use crate::engine::{ToDo, to_do};
use crate::start::{Machine, StartError};
use fleet::push::Standing;
use fleet::wording::counted;
use jiff::tz::TimeZone;
use serde_json::json;

/// Pushes that are looked at.
const PUSHES: u32 = 1_000;

pub(super) fn list(global: &Global, output: Output) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let account = machine.account(global)?;
    let inventory = machine.inventory_to_read()?;
    let entries = super::carrier::runtime()?
        .block_on(to_do(&inventory, account.as_ref()))
        .map_err(unreadable)?;
    for entry in &entries {
        if output.is_json() {
            output.json_line(&json!({
                "type": "to_do", "id": entry.id.as_str(), "id_kind": entry.id.kind().to_string(),
                "what": entry.what, "detail": entry.detail, "since": entry.since, "needs_person": entry.needs_person,
            }));
        } else {
            output.line(&row(entry));
        }
    }
    let mut pushes = 0;
    for push in inventory.pushes(PUSHES).wait().map_err(unreadable)? {
        let count = |standing| push.counts.get(&standing).copied().unwrap_or_default();
        let open = count(Standing::Waiting) + count(Standing::Sent) + count(Standing::Taken);
        if push.progress.state.is_over() && count(Standing::Taken) + count(Standing::Sent) == 0 {
            continue;
        }
        pushes += 1;
        if output.is_json() {
            output.json_line(&json!({
                "type": "push", "id": push.facts.id, "title": push.facts.title, "state": push.progress.state.word(),
                "open": open, "failed": count(Standing::Failed), "since": push.facts.begun,
            }));
        } else {
            output.line(&format!(
                "{:<22} Push {}: {} or not proved, {} failed",
                push.facts.title,
                push.progress.state.word(),
                counted(open, "unit waits", "units wait"),
                count(Standing::Failed)
            ));
        }
    }
    let left_alone = super::carrier::runtime()?
        .block_on(crate::engine::pushes_left_alone(&inventory))
        .map_err(unreadable)?;
    for left in &left_alone {
        if output.is_json() {
            output.json_line(&json!({
                "type": "push_left_alone", "id": left.push, "title": left.title, "by": left.by, "why": left.why, "cure": left.cure,
                "code": left.code,
            }));
        } else {
            output.line(&left.words());
        }
    }
    let pushes = pushes + left_alone.len();
    if output.is_json() {
        let stuck = entries.iter().filter(|entry| entry.needs_person).count();
        output.json_line(&json!({
            "type": "summary", "units": entries.len(), "need_you": stuck, "pushes": pushes,
        }));
    } else if entries.is_empty() && pushes == 0 {
        output.line("Nothing is owed, and nothing stands still.");
    }
    Ok(match entries.iter().any(|entry| entry.needs_person) {
        true => ExitStatus::NeedsPerson,
        false if entries.is_empty() && pushes == 0 => ExitStatus::Done,
        false => ExitStatus::Owed,
    })
}

fn row(entry: &ToDo) -> String {
    let since = entry.since.to_zoned(TimeZone::system());
    format!(
        "{:<22} {:<24} {}  {}",
        entry.id.as_str(),
        entry.what,
        since.strftime("%-d %b %H:%M"),
        entry.detail
    )
}
