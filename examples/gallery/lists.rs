//! Lists in and out, labels and scans of the invented office.

use super::sample::{now, unit_id};
use fleet::Advice;
use fleet::edit::Field;
use fleet::label::{Label, in_groups};
use fleet::sheet::{Column, EmptyCells, Reason, Refusal, Row, Verdict};
use fleet::unit::{Unit, UnitState};
use fleetdesk::engine::*;
use fleetdesk::ui::desk::UnitForm;
use std::path::PathBuf;
use std::sync::Arc;

/// What a page needs beside the office.
pub fn events(page: &str) -> Vec<Event> {
    match page {
        "import-refused" => vec![Event::IncomingRefused(Advice {
            what_happened: "/home/anna/Documents/units.xls is no list: it is an old Excel file (.xls), or locked with a password.".into(),
            unit_state: "Nothing was changed.".into(),
            what_to_do: "Save it as .xlsx or .csv in the spreadsheet program, then take that file.".into(),
            code: "S-832",
        })],
        "import-columns" => vec![incoming(ListStage::NotUsable(
            "no column holds what a unit is known by: name the one with IMEI, MEID, ESN or hardware number".into(),
        ))],
        "import-working" => vec![incoming(ListStage::Entering(Progress {
            phase: Phase::Entering,
            share: 0.42,
            report: ImportReport {
                rows: 42_000,
                refused: 211,
                ..ImportReport::default()
            },
        }))],
        "import-done" => vec![incoming(ListStage::Entered(Arc::new(report(true))))],
        "import" => vec![incoming(ListStage::Looked(Arc::new(report(false))))],
        "export" => vec![Event::Outgoing(Some(Box::new(OutgoingList {
            file: "/home/anna/Documents/fleetdesk-units-2026-11-22.xlsx".into(),
            stage: ExportStage::Written(412),
        })))],
        "labels" => labels(),
        "pasted" => vec![pasted()],
        "scans" => vec![scans()],
        _ => Vec::new(),
    }
}

fn incoming(stage: ListStage) -> Event {
    let column = |heading: &str, taken_for: Column, examples: &[&str]| IncomingColumn {
        heading: heading.into(),
        taken_for,
        examples: examples.iter().map(|each| (*each).to_owned()).collect(),
    };
    let unclear = matches!(stage, ListStage::NotUsable(_));
    let number = if unclear {
        Column::Ignored
    } else {
        Column::Unit
    };
    Event::Incoming(Some(Box::new(IncomingList {
        file: PathBuf::from(
            "/home/anna/Documents/Example Couriers, delivery of November, second part.xlsx",
        ),
        form: "Excel, sheet Units".into(),
        other_sheets: vec!["Returns".into()],
        columns: vec![
            column("Nummer", number, &["004999012632468", "004999012634821"]),
            column(
                "SIM card no.",
                Column::Field(Field::Iccid),
                &["89011200000117291582"],
            ),
            column(
                "Customer",
                Column::Field(Field::Customer),
                &["Example Couriers", "Sample Coaches of the long valley road"],
            ),
            column(
                "Licence plate",
                Column::Field(Field::Vehicle),
                &["SMP 1147", "SMP 1148", "SMP 1149"],
            ),
            column("Colour", Column::Ignored, &["red", "blue"]),
            column("", Column::Ignored, &[]),
            column("Last proved", Column::Proved, &["2026-11-01 10:12"]),
        ],
        empty: EmptyCells::Keep,
        stage,
    })))
}

fn report(entered: bool) -> ImportReport {
    let mut shown = Vec::new();
    for (place, ending) in ["4821", "2468", "1147", "0099"].into_iter().enumerate() {
        let Some(id) = unit_id(ending) else { continue };
        let mut unit = Unit::new(id, now());
        unit.customer = Some("Example Couriers".into());
        unit.vehicle = Some(format!("SMP {}", 1147 + place));
        let row = Row {
            number: place as u64 + 2,
            cells: Vec::new(),
        };
        let verdict = match place {
            3 => Verdict::AlreadySo(unit.id),
            _ => Verdict::New(Box::new(unit)),
        };
        shown.push(SeenRow { row, verdict });
    }
    let refusals = [
        Refusal::Scientific("8.96E+19".into()),
        Refusal::LostZeros { found: "4999012632468".into(), full: "004999012632468".into() },
        Refusal::CheckDigit { found: "004999012632461".into(), why: "an IMEI cannot end with 1 at place 15: with these digits it would be 8; compare each digit with the label".into() },
        Refusal::NoIdentity,
    ];
    for (place, refusal) in refusals.into_iter().enumerate() {
        shown.push(SeenRow {
            row: Row {
                number: 117 + 31 * place as u64,
                cells: Vec::new(),
            },
            verdict: Verdict::Refused(vec![Reason {
                column: "Nummer".into(),
                refusal,
            }]),
        });
    }
    ImportReport {
        rows: 412,
        new: 398,
        changed: 3,
        already_so: 7,
        refused: 4,
        kinds: [
            ("S-801", ("number shortened by a spreadsheet (8.96E+19)", 1)),
            ("S-804", ("zeros at the front are lost", 1)),
            ("S-805", ("wrong check digit", 1)),
            ("S-809", ("nothing says which unit it is", 1)),
        ]
        .into(),
        shown,
        rejects: entered.then(|| "/home/anna/Documents/Example Couriers.refused.xlsx".into()),
        ..ImportReport::default()
    }
}

fn labels() -> Vec<Event> {
    let Some(id) = unit_id("4821") else {
        return Vec::new();
    };
    // Not a code that a scanner reads: the gallery draws without the library.
    let dark = (0..21 * 21)
        .map(|each| (each * 7 + each / 21 * 5) % 3 == 0)
        .collect();
    let label = Label {
        code: id.to_string(),
        last_four: id.last_four().to_owned(),
        number: format!("IMEI {}", in_groups(id.as_str())),
        names: vec![
            "Sample Coaches of the long valley road and its neighbours".into(),
            "SMP 1147".into(),
            "Van standard v5".into(),
            "2026-11-22".into(),
        ],
    };
    vec![Event::Labels(Some(Box::new(LabelSheet {
        count: 412,
        first: Some((label, Code { side: 21, dark })),
        letters_missing: vec!["...2468".into(), "...0553".into()],
        stage: LabelStage::Printed,
    })))]
}

fn pasted() -> Event {
    let text = "IMEI\n004999012632468\n8.96E+19\nABC\n";
    let lines = fleet::pasted::lines(text);
    let verdicts = [
        unit_id("4821").map(|id| ListVerdict::Found {
            id,
            model: Some("FMB920".into()),
            customer: Some("Example Couriers".into()),
            vehicle: Some("SMP 1147".into()),
            state: UnitState::Known,
        }),
        Some(ListVerdict::CutOff),
        Some(ListVerdict::NoNumber),
    ];
    let lines = lines
        .into_iter()
        .zip(verdicts.into_iter().flatten())
        .collect();
    Event::ListLookedUp(Box::new(LookedUpList::new(lines, 0)))
}

fn scans() -> Event {
    let scan = |number: u64, short: &str, slot: Option<u32>, good: bool| ScanSeen {
        number,
        at: now(),
        short: short.into(),
        word: match (slot, good) {
            (Some(slot), _) => format!("Slot {slot}"),
            (None, true) => format!("…{short}"),
            (None, false) => "Not known".into(),
        },
        detail: match (slot, good) {
            (Some(_), _) => "label ticked".into(),
            (None, true) => "Example Couriers, SMP 1147".into(),
            (None, false) => "no unit has 89011200000117291582".into(),
        },
        good,
        known: good,
        unit: unit_id(short).filter(|_| good),
        ticked: slot.map(Slot).into_iter().collect(),
        undone: number == 2,
    };
    Event::Scans(vec![
        scan(5, "1582", None, false),
        scan(4, "2468", Some(6), true),
        scan(3, "4821", None, true),
        scan(2, "1147", Some(3), true),
        scan(1, "0099", Some(2), true),
    ])
}

/// A form with a digit that does not fit.
pub fn edited() -> Option<UnitForm> {
    let fields = [
        (Field::Customer, "Example Couriers"),
        (Field::Vehicle, "SMP 1147"),
        (Field::Iccid, "89011200000117291583"),
        (Field::Mdn, "2065550142"),
    ];
    Some(UnitForm {
        unit: unit_id("4821")?,
        fields: fields
            .into_iter()
            .map(|(field, text)| (field, String::new(), text.to_owned()))
            .collect(),
    })
}
