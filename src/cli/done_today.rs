//! `units --done-today`: what this bench did since the day began, newest first.

use super::args::Global;
use super::exit::ExitStatus;
use super::output::Output;
use super::units::unreadable;
use crate::engine::{DoneUnit, day_began, done_since};
use crate::start::{Machine, StartError};
use fleet::journal::Verdict;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

pub(super) fn list(global: &Global, output: Output) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let inventory = machine.inventory_to_read()?;
    let since = day_began(Timestamp::now(), &TimeZone::system());
    let done = super::carrier::runtime()?
        .block_on(done_since(&inventory, since))
        .map_err(unreadable)?;
    for unit in &done {
        if output.is_json() {
            output.json_line(&json!({
                "type": "unit", "id": unit.id.as_str(), "id_kind": unit.id.kind().to_string(), "model": unit.model,
                "verdict": word(unit.verdict), "at": unit.at, "seconds": unit.seconds,
            }));
        } else {
            output.line(&row(unit));
        }
    }
    let good = done.iter().filter(|unit| is_good(unit.verdict)).count();
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "units": done.len(), "done": good }));
    } else {
        output.line(&format!("{good} done, {} not", done.len() - good));
    }
    Ok(ExitStatus::Done)
}

fn is_good(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Verified | Verdict::AlreadySet | Verdict::NotVerified
    )
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Verified => "verified",
        Verdict::AlreadySet => "already_set",
        Verdict::NotVerified => "not_verified",
        Verdict::Stopped => "stopped",
        Verdict::NeedsPerson => "needs_person",
    }
}

fn row(unit: &DoneUnit) -> String {
    let at = unit.at.to_zoned(TimeZone::system());
    format!(
        "{:<22} {:<12} {:<14} {}  {:.0} s",
        unit.id.as_str(),
        unit.model,
        word(unit.verdict).replace('_', " "),
        at.strftime("%H:%M"),
        unit.seconds
    )
}
