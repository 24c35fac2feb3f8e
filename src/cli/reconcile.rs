//! `fleetdesk carrier reconcile`: where account and inventory differ, with what to do, on the screen and as a sheet.

use super::args::{Global, ReconcileArgs};
use super::carrier::{no_account, runtime};
use super::exit::ExitStatus;
use super::output::Output;
use super::units::unreadable;
use crate::engine::{
    CompareError, CompareNews, Comparer, Comparison, Finding, FindingSheet, ListProgress,
};
use crate::sheets::SheetError;
use crate::start::{Machine, StartError};
use fleet::wording::counted;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use std::path::Path;

/// Pages between two words about the progress.
const TOLD_EACH_PAGES: u32 = 25;

pub(super) fn run(
    global: &Global,
    args: &ReconcileArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let csv = args.csv.as_deref();
    let machine = Machine::look(global)?;
    let account = machine.account(global)?.ok_or_else(no_account)?;
    let (inventory, _) = machine.inventory()?;
    crate::engine::remember_pace(&account, &inventory);
    if account.sandbox {
        output.problem("Sandbox: a pretend account.");
    }
    let mut sheet = csv
        .map(|path| FindingSheet::begin(path).map_err(|error| no_sheet(path, &error)))
        .transpose()?;
    let comparer = Comparer {
        most_calls: args.calls,
        whole: args.whole,
        waits: args.wait,
        ..Comparer::new(&inventory, &account)
    };
    let mut spoiled = None;
    let mut hears = |news: CompareNews<'_>| match news {
        CompareNews::Read(progress) => tell_progress(progress, output),
        CompareNews::Found(finding) => {
            tell(finding, output);
            if let Some(Err(error)) = sheet.as_mut().map(|sheet| sheet.add(finding)) {
                spoiled.get_or_insert(error);
            }
        }
    };
    let compared = runtime()?.block_on(comparer.compare(&mut hears));
    let result = compared.map_err(|error| match error {
        CompareError::Inventory(error) => unreadable(error),
        unfinished @ CompareError::Unfinished { .. } => in_words(&unfinished, Timestamp::now()),
    })?;
    if let (Some(sheet), None) = (sheet, &spoiled) {
        spoiled = sheet.end().err();
    }
    if let Some(error) = spoiled {
        return Err(no_sheet(csv.unwrap_or(Path::new("")), &error));
    }
    tell_end(&result, output);
    Ok(if result.findings > 0 || result.not_looked_up > 0 {
        ExitStatus::NeedsPerson
    } else {
        ExitStatus::Done
    })
}

/// A list that was not read to its end: how far, and what makes it go on.
fn in_words(error: &CompareError, now: Timestamp) -> StartError {
    let CompareError::Unfinished {
        why,
        progress,
        place_until,
        calls_again_at,
    } = error
    else {
        return StartError::Usage(error.to_string());
    };
    let clock = |at: Timestamp| clock(at, now);
    let again = match (calls_again_at, place_until) {
        // The carrier forgets the place before there are calls again: only who stays keeps it.
        (Some(again), Some(until)) if again > until => format!(
            "There are calls again at {}. The carrier keeps the place in its list until {} only: start it with --wait, which keeps the place and goes on by itself, or the list is begun anew.",
            clock(*again),
            clock(*until)
        ),
        (Some(again), _) => format!(
            "There are calls again at {}: start it again then, or with --wait now.",
            clock(*again)
        ),
        (None, Some(until)) => format!(
            "Start it again before {}: until then the carrier keeps the place in its list, later the list is begun anew.",
            clock(*until)
        ),
        (None, None) => "Start it again: it goes on where it stopped.".to_owned(),
    };
    StartError::failed(
        format!("The account was not read to its end: {why}."),
        format!(
            "{}; {} subscriptions in this run. It is kept; nothing was changed anywhere.",
            pages(progress),
            progress.read
        ),
        again,
        "C-550",
    )
}

/// 'Page 312 of about 501 is read'.
fn pages(progress: &ListProgress) -> String {
    match progress.pages_expected {
        Some(expected) => format!(
            "Page {} of about {} is read",
            progress.pages,
            expected.max(progress.pages)
        ),
        None => format!("Page {} of the changes is read", progress.pages),
    }
}

fn clock(at: Timestamp, now: Timestamp) -> String {
    let zone = TimeZone::system();
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone));
    let form = match at.date() == now.date() {
        true => "%H:%M",
        false => "%H:%M on %-d %b",
    };
    at.strftime(form).to_string()
}

fn tell_progress(progress: &ListProgress, output: Output) {
    let waits = progress.waits_until.is_some();
    if !waits && !progress.pages.is_multiple_of(TOLD_EACH_PAGES) {
        return;
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "progress", "list": progress }));
        return;
    }
    match progress.waits_until {
        Some(until) => output.problem(&format!(
            "{}. The day's calls are spent, but for those of the bench; it goes on at {}. Leave it running, or press Ctrl C: what was read is kept.",
            pages(progress),
            clock(until, Timestamp::now())
        )),
        None => output.problem(&format!("{}.", pages(progress))),
    }
}

fn tell_end(result: &Comparison, output: Output) {
    if output.is_json() {
        return output.json_line(&json!({ "type": "summary", "reconcile": result }));
    }
    output.line(&format!(
        "Subscriptions compared: {}. Differences: {}. Calls made: {}.",
        result.listed, result.findings, result.calls
    ));
    if let Some(since) = result.only_changed_since {
        output.line(&format!(
            "Only what was changed since {} was read; --whole reads everything.",
            clock(since, Timestamp::now())
        ));
    }
    if !result.pairs_compared {
        output.line(
            "This carrier's list does not tell in which unit a SIM is: pairs were not compared.",
        );
    }
    if result.not_looked_up > 0 {
        output.line(&format!(
            "{} not in the list and could not be looked up in this run.",
            counted(result.not_looked_up, "unit is", "units are")
        ));
    }
}

fn tell(finding: &Finding, output: Output) {
    if output.is_json() {
        let mut line = json!(finding);
        if let Some(line) = line.as_object_mut() {
            line.insert("type".to_owned(), json!("difference"));
        }
        output.json_line(&line);
        return;
    }
    let name = finding
        .unit
        .as_deref()
        .or(finding.iccid.as_deref())
        .or(finding.carrier_id.as_deref());
    output.line(&format!(
        "{:<22} {}",
        name.unwrap_or("?"),
        finding.difference.words()
    ));
    output.line(&format!(
        "    inventory: {}; carrier: {}",
        finding.ours, finding.theirs
    ));
    output.line(&format!("    {}", finding.remedy));
}

fn no_sheet(path: &Path, error: &SheetError) -> StartError {
    StartError::failed(
        format!("{} cannot be written: {error}.", path.display()),
        "The comparison was made; its sheet is missing or cut.",
        "Free space on the disk or name another file with --csv.",
        "C-551",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn unfinished(again: Option<i64>, place: Option<i64>) -> String {
        let now = Timestamp::now();
        let at = |minutes: i64| now + SignedDuration::from_mins(minutes);
        let error = CompareError::Unfinished {
            why: "the day's calls are spent".to_owned(),
            progress: Box::new(ListProgress {
                pages: 312,
                pages_expected: Some(501),
                read: 62_400,
                calls: 312,
                only_changed_since: None,
                waits_until: None,
            }),
            place_until: place.map(at),
            calls_again_at: again.map(at),
        };
        match in_words(&error, now) {
            StartError::Failed {
                what, state, cure, ..
            } => format!("{what} {state} {cure}"),
            StartError::Usage(text) => text,
        }
    }

    #[test]
    fn who_stops_in_the_middle_is_told_how_far_it_is_and_what_makes_it_go_on() {
        let words = unfinished(Some(600), Some(60));
        assert!(words.contains("Page 312 of about 501 is read"), "{words}");
        assert!(
            words.contains("--wait") && words.contains("begun anew"),
            "{words}"
        );
        assert!(!unfinished(Some(10), Some(60)).contains("begun anew"));
        assert!(unfinished(None, Some(60)).contains("until then the carrier keeps the place"));
        assert!(unfinished(None, None).contains("goes on where it stopped"));
    }
}
