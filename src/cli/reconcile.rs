//! `fleetdesk carrier reconcile`: where account and inventory differ, with what to do, on the screen and as CSV.

use super::args::Global;
use super::carrier::{no_account, runtime};
use super::exit::ExitStatus;
use super::output::Output;
use super::units::unreadable;
use crate::engine::{CompareError, Comparer, Difference, Finding};
use crate::start::{Machine, StartError};
use serde_json::json;
use std::fs::File;
use std::path::Path;

const HEADINGS: [&str; 7] = [
    "Difference",
    "Unit",
    "SIM",
    "Carrier's number",
    "Inventory says",
    "Carrier says",
    "What to do",
];

pub(super) fn run(
    global: &Global,
    csv: Option<&Path>,
    most_calls: Option<u32>,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let account = machine.account(global)?.ok_or_else(no_account)?;
    let (inventory, _) = machine.inventory()?;
    crate::engine::remember_pace(&account, &inventory);
    if account.sandbox {
        output.problem("Sandbox: a pretend account.");
    }
    let mut sheet = csv.map(Sheet::begin).transpose()?;
    let comparer = Comparer {
        inventory: &inventory,
        account: &account,
        most_calls,
    };
    let mut spoiled = None;
    let compared = runtime()?.block_on(comparer.compare(|finding| {
        tell(finding, output);
        if let Some(Err(error)) = sheet.as_mut().map(|sheet| sheet.add(finding)) {
            spoiled.get_or_insert(error);
        }
    }));
    let result = compared.map_err(|error| match error {
        CompareError::Inventory(error) => unreadable(error),
        CompareError::Unfinished { why, read } => StartError::failed(
            format!("The account could not be read to its end: {why}."),
            format!("{read} subscriptions were read and kept; nothing was changed anywhere."),
            "Start it again: within the hour it goes on where it stopped.",
            "C-550",
        ),
    })?;
    if let (Some(sheet), None) = (sheet, &spoiled) {
        spoiled = sheet.end().err();
    }
    if let Some(error) = spoiled {
        return Err(no_sheet(csv.unwrap_or(Path::new("")), &error));
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "reconcile": result }));
    } else {
        output.line(&format!(
            "Subscriptions compared: {}. Differences: {}. Calls made: {}.",
            result.listed, result.findings, result.calls
        ));
        if !result.pairs_compared {
            output.line("This carrier's list does not tell in which unit a SIM is: pairs were not compared.");
        }
        if result.not_looked_up > 0 {
            output.line(&format!(
                "{} units are not in the list and could not be looked up in this run.",
                result.not_looked_up
            ));
        }
    }
    Ok(if result.findings > 0 || result.not_looked_up > 0 {
        ExitStatus::NeedsPerson
    } else {
        ExitStatus::Done
    })
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
        words(finding.difference)
    ));
    output.line(&format!(
        "    inventory: {}; carrier: {}",
        finding.ours, finding.theirs
    ));
    output.line(&format!("    {}", finding.remedy));
}

fn words(difference: Difference) -> &'static str {
    match difference {
        Difference::BilledNotOurs => "billed, but not in the inventory",
        Difference::UnknownThere => "ours, but unknown there",
        Difference::StateDiffers => "the state differs",
        Difference::PlanDiffers => "the plan differs",
        Difference::PairDiffers => "unit and SIM differ",
    }
}

/// A CSV file for people.
struct Sheet(csv::Writer<File>);

impl Sheet {
    fn begin(path: &Path) -> Result<Self, StartError> {
        let begun = File::create(path)
            .map_err(csv::Error::from)
            .and_then(|file| {
                let mut writer = csv::WriterBuilder::new()
                    .quote_style(csv::QuoteStyle::Always)
                    .from_writer(file);
                writer.write_record(HEADINGS)?;
                Ok(Self(writer))
            });
        begun.map_err(|error| no_sheet(path, &error))
    }

    fn add(&mut self, finding: &Finding) -> Result<(), csv::Error> {
        let cell = |text: Option<&str>| harmless(text.unwrap_or_default());
        self.0.write_record([
            harmless(words(finding.difference)),
            cell(finding.unit.as_deref()),
            cell(finding.iccid.as_deref()),
            cell(finding.carrier_id.as_deref()),
            harmless(&finding.ours),
            harmless(&finding.theirs),
            harmless(&finding.remedy),
        ])
    }

    fn end(mut self) -> Result<(), csv::Error> {
        Ok(self.0.flush()?)
    }
}

/// A cell that no spreadsheet reads as a formula.
fn harmless(text: &str) -> String {
    fleet::sheet::marks::mark(text)
}

fn no_sheet(path: &Path, error: &csv::Error) -> StartError {
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

    #[test]
    fn a_sheet_holds_no_formula_and_keeps_its_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.csv");
        let evil = [
            "=HYPERLINK(\"x\")",
            " =1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "＝1",
            "a\nb,\"c\"",
        ];
        let mut sheet = Sheet::begin(&path).unwrap();
        for text in evil {
            let finding = Finding {
                difference: Difference::PlanDiffers,
                unit: Some("490154203237518".to_owned()),
                iccid: Some("89011200000000000017".to_owned()),
                carrier_id: None,
                ours: text.to_owned(),
                theirs: "0042".to_owned(),
                remedy: String::new(),
            };
            sheet.add(&finding).unwrap();
        }
        sheet.end().unwrap();
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), evil.len());
        for (row, text) in rows.iter().zip(evil) {
            assert_eq!((&row[2], &row[5]), ("89011200000000000017", "0042"));
            assert_eq!(row[4].trim_start_matches('\''), text);
            assert!(
                !row[4].trim_start().starts_with(['=', '+', '-', '@', '＝']),
                "{row:?}"
            );
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.lines()
                .next()
                .unwrap()
                .starts_with("\"Difference\",\"Unit\""),
            "{text}"
        );
    }
}
