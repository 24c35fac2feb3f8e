//! Whole files through the real inventory: what is written is read again, and lists come in row by row.

use super::*;
use crate::inventory::{Inventory, Options};
use fleet::edit::{Edit, Field};
use fleet::sheet::{EmptyCells, Mapping, marks};
use fleet::unit::Unit;
use fleet::{Imei, UnitId};
use jiff::Timestamp;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

struct Office {
    folder: tempfile::TempDir,
    inventory: Inventory,
}

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (inventory, _) =
            Inventory::open(&folder.path().join("bench"), &Options::default()).unwrap();
        Self { folder, inventory }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn import_with(&self, path: &Path, change: impl FnOnce(&mut Import)) -> ImportReport {
        let source = Source::open(path, None).unwrap();
        let mut import = Import {
            mapping: Mapping::guess(source.headings()),
            source,
            empty: EmptyCells::Keep,
            office: "Seattle".to_owned(),
            by: "Seattle, bench 2".to_owned(),
            rejects: None,
            preview: false,
        };
        change(&mut import);
        import
            .run(
                &self.inventory,
                &AtomicBool::new(false),
                &mut |_| {},
                &mut |_, _| {},
            )
            .unwrap()
    }

    fn import(&self, path: &Path) -> ImportReport {
        self.import_with(path, |_| {})
    }

    fn export(&self, name: &str, kind: WriteKind) -> PathBuf {
        let path = self.folder.path().join(name);
        let exported = export(
            &self.inventory,
            &Choice::All,
            &path,
            kind,
            &AtomicBool::new(false),
            &mut |_| {},
        );
        exported.unwrap().unwrap().path
    }
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    Source::open(path, None)
        .unwrap()
        .rows(&mut |row, _| {
            rows.push(row.cells);
            true
        })
        .unwrap();
    rows
}

const KINDS: [(&str, WriteKind); 3] = [
    ("list.xlsx", WriteKind::Xlsx),
    ("list.csv", WriteKind::CsvForPeople { separator: b',' }),
    ("machines.csv", WriteKind::CsvForMachines),
];

#[test]
fn good_rows_go_in_and_the_others_come_back_with_their_reasons() {
    let office = Office::new();
    let list = office.write(
        "units.csv",
        "IMEI;Kunde;SIM;Farbe\r\n356938035643809;Müller;89011200000117291582;red\r\n356938035643808;x;;\r\n\r\n490154203237518;y;8.96E+19;blue\r\n",
    );
    let report = office.import_with(&list, |import| {
        import.mapping.change("Kunde=customer").unwrap()
    });
    assert_eq!((report.new, report.refused, report.rows), (1, 2, 3));
    let back = report.rejects.unwrap();
    assert_eq!(back.file_name().unwrap(), "units.refused.csv");
    let back = rows(&back);
    assert_eq!(
        back[0][..5],
        ["356938035643808", "x", "", "", "3"].map(str::to_owned)
    );
    assert!(
        back[0][5].contains("it would be 9") && back[0][6] == "S-805",
        "{back:?}"
    );
    assert_eq!((back[1][4].as_str(), back[1][6].as_str()), ("5", "S-801"));

    let id = UnitId::Imei(Imei::parse("356938035643809").unwrap());
    let unit = office.inventory.unit(id.clone()).wait().unwrap().unwrap();
    assert_eq!(
        (unit.customer.as_deref(), unit.office.as_deref()),
        (Some("Müller"), Some("Seattle"))
    );
    let told = &office.inventory.timeline(id, 10).wait().unwrap()[0];
    assert_eq!(
        (told.title.as_str(), told.by.as_str()),
        ("Entered by a list", "Seattle, bench 2")
    );
    assert!(
        told.detail.ends_with("(row 2 of units.csv)"),
        "{}",
        told.detail
    );
    assert_eq!(
        office.inventory.counts().wait().unwrap().outbox,
        1,
        "the fleet database is owed it"
    );
}

#[test]
fn a_corrected_file_of_refused_rows_goes_in_as_it_is() {
    let office = Office::new();
    let list = office.write("units.csv", "IMEI,Customer\n356938035643808,x\n");
    let back = office.import(&list).rejects.unwrap();
    let text = std::fs::read_to_string(&back).unwrap();
    std::fs::write(&back, text.replace("356938035643808", "356938035643809")).unwrap();
    let report = office.import(&back);
    assert_eq!((report.new, report.refused, report.rejects), (1, 0, None));
    let again = office.import(&list).rejects.unwrap();
    assert_eq!(
        again.file_name().unwrap(),
        "units.refused-2.csv",
        "the corrected one is not overwritten"
    );
}

#[test]
fn a_preview_writes_nothing_at_all() {
    let office = Office::new();
    let list = office.write("units.csv", "IMEI\n356938035643809\n1\n");
    let before = office.inventory.counts().wait().unwrap();
    let report = office.import_with(&list, |import| import.preview = true);
    assert_eq!((report.new, report.refused, report.rejects), (1, 1, None));
    assert_eq!(office.inventory.counts().wait().unwrap(), before);
    assert_eq!(std::fs::read_dir(office.folder.path()).unwrap().count(), 2);
}

#[test]
fn a_stopped_import_is_ended_by_importing_again() {
    let office = Office::new();
    let imei = |n: u64| {
        let wrong = format!("{}0", 35_693_803_500_000 + n);
        let right = (0..10).map(|digit| format!("{}{digit}", &wrong[..14]));
        right
            .into_iter()
            .find(|text| Imei::parse(text).is_ok())
            .unwrap()
    };
    let lines: Vec<String> = (0..1700).map(imei).collect();
    let list = office.write("units.csv", &format!("IMEI\n{}\n", lines.join("\n")));
    let source = Source::open(&list, None).unwrap();
    let import = Import {
        mapping: Mapping::guess(source.headings()),
        source,
        empty: EmptyCells::Keep,
        office: String::new(),
        by: String::new(),
        rejects: None,
        preview: false,
    };
    let stop = AtomicBool::new(false);
    let report = import
        .run(
            &office.inventory,
            &stop,
            &mut |progress| {
                if progress.report.rows >= 1000 {
                    stop.store(true, std::sync::atomic::Ordering::Relaxed);
                }
            },
            &mut |_, _| {},
        )
        .unwrap();
    assert!(report.stopped && report.new == 1000, "{report:?}");
    assert_eq!(office.inventory.counts().wait().unwrap().units, 1000);
    let report = office.import(&list);
    assert_eq!(
        (report.already_so, report.new, report.stopped),
        (1000, 700, false)
    );
}

#[test]
fn number_cells_of_a_workbook_are_taken_while_they_are_whole() {
    let office = Office::new();
    let path = office.folder.path().join("numbers.xlsx");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet
        .write_string(0, 0, "IMEI")
        .unwrap()
        .write_string(0, 1, "ICCID")
        .unwrap();
    sheet.write_number(1, 0, 356_938_035_643_809.0).unwrap();
    sheet.write_number(2, 0, 490_154_203_237_518.0).unwrap();
    sheet
        .write_number(2, 1, 89_011_200_000_117_291_582.0)
        .unwrap();
    workbook.save(&path).unwrap();
    let report = office.import(&path);
    assert_eq!((report.new, report.refused), (1, 1));
    assert_eq!(report.kinds.keys().copied().collect::<Vec<_>>(), ["S-801"]);
    let back = report.rejects.unwrap();
    assert_eq!(back.extension().unwrap(), "xlsx");
    assert_eq!(rows(&back)[0][1], "8.90112E+19");
}

#[test]
fn what_is_no_list_is_told_by_what_it_is() {
    let office = Office::new();
    for (text, code) in [
        ("%PDF-1.7", "S-832"),
        ("<!DOCTYPE html>", "S-832"),
        ("", "S-834"),
        (",,\n", "S-834"),
    ] {
        let error = Source::open(&office.write("x.csv", text), None).unwrap_err();
        assert_eq!(error.code(), code, "{text}: {error}");
    }
    let missing = Source::open(&office.folder.path().join("nowhere.csv"), None).unwrap_err();
    assert_eq!(missing.code(), "S-830");
    let broken = Source::open(&office.write("x.xlsx", "PK\x03\x04 torn"), None).unwrap_err();
    assert_eq!(broken.code(), "S-841");
}

#[test]
fn a_row_with_a_cell_too_long_for_a_workbook_comes_back_with_its_beginning() {
    let office = Office::new();
    let long = format!("{}é\u{1f69a}", "x".repeat(40_000));
    let list = office.write(
        "long.csv",
        &format!("IMEI,Customer\n356938035643809,Example\n490154203237518,{long}\n"),
    );
    let back = office.folder.path().join("back.xlsx");
    let report = office.import_with(&list, |import| import.rejects = Some(back.clone()));
    assert_eq!((report.new, report.refused), (1, 1));
    assert_eq!(report.rejects.as_deref(), Some(back.as_path()));
    let cell = &rows(&back)[0][1];
    assert_eq!(cell.encode_utf16().count(), 32_767);
    assert!(cell.starts_with("xxx") && cell.ends_with("(cut: a cell holds no more)"));
}

#[test]
fn without_a_place_for_refused_rows_nothing_goes_in() {
    let office = Office::new();
    let list = office.write("units.csv", "IMEI\n356938035643809\n1\n");
    let source = Source::open(&list, None).unwrap();
    let import = Import {
        mapping: Mapping::guess(source.headings()),
        source,
        empty: EmptyCells::Keep,
        office: String::new(),
        by: String::new(),
        rejects: Some(office.folder.path().join("nowhere").join("back.csv")),
        preview: false,
    };
    let run = import.run(
        &office.inventory,
        &AtomicBool::new(false),
        &mut |_| {},
        &mut |_, _| {},
    );
    let error = run.unwrap_err();
    assert_eq!(error.code(), "S-842", "{error}");
    assert_eq!(office.inventory.counts().wait().unwrap().units, 0);
}

#[test]
fn where_no_row_is_refused_no_file_is_left() {
    let office = Office::new();
    let list = office.write("units.csv", "IMEI\n356938035643809\n");
    assert_eq!(office.import(&list).rejects, None);
    let left: Vec<String> = std::fs::read_dir(office.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("units."))
        .collect();
    assert_eq!(left, ["units.csv"]);
}

#[test]
fn a_file_keeps_its_name_in_the_sentence_that_is_told_of_it() {
    let error = Source::open(Path::new("in/no\u{1b}where.csv"), None).unwrap_err();
    let told = fleet::wording::sentence(&error.to_string());
    assert!(
        told.starts_with(r"The file in/no\u{1b}where.csv cannot be read"),
        "{told}"
    );
}

#[test]
fn a_list_with_more_columns_than_units_have_is_told_with_its_own_cure() {
    let office = Office::new();
    let headings: Vec<String> = (0..300).map(|number| format!("c{number}")).collect();
    let list = office.write("wide.csv", &format!("{}\n1\n", headings.join(",")));
    let source = Source::open(&list, None).unwrap();
    let error = SheetError::from(Mapping::guess(source.headings()).check().unwrap_err());
    assert!(
        error.to_string().contains("more than 256 columns")
            && error.cure().starts_with("Take the columns away"),
        "{error}: {}",
        error.cure()
    );
}

#[test]
fn a_mark_without_its_partner_refuses_the_list_and_nothing_goes_in() {
    let office = Office::new();
    let list = office.write(
        "q.csv",
        "imei,customer\n356938030000013,\"Bob\n356938030000021,C\n356938030000039,D\n",
    );
    let error = Source::open(&list, None).unwrap_err();
    assert_eq!(error.code(), "S-840");
    assert!(error.to_string().contains("in row 2 of "), "{error}");
    let closed = office.write(
        "closed.csv",
        "imei,note\n356938030000013,\"two\nlines\"\n356938030000021,C\n",
    );
    assert_eq!(office.import(&closed).new, 2);
}

#[test]
fn a_list_without_headings_loses_no_row() {
    let office = Office::new();
    let list = office.write("n.csv", "356938030000005,A\n356938030000013,B\n");
    let source = Source::open(&list, None).unwrap();
    assert_eq!(source.headings(), ["A", "B"]);
    assert!(!source.has_headings());
    let unclear = Mapping::guess(source.headings()).check();
    assert!(unclear.is_err(), "a person says what the columns hold");
    let report = office.import_with(&list, |import| {
        import.mapping.change("A=imei").unwrap();
        import.mapping.change("B=customer").unwrap();
    });
    assert_eq!((report.new, report.rows, report.refused), (2, 2, 0));
}

#[test]
fn headings_are_found_below_a_title_and_no_row_of_a_unit_is_taken_for_one() {
    let office = Office::new();
    let opened = |text: &str| {
        let source = Source::open(&office.write("list.csv", text), None).unwrap();
        (source.headings().to_vec(), source.headings_below())
    };
    let imei = |headings: &[&str], below| {
        let headings: Vec<String> = headings.iter().map(|each| (*each).to_owned()).collect();
        (headings, below)
    };
    for (text, expected) in [
        (
            "Units of Acme,,\nas of,2026-11-28,\n,,\nIMEI,Customer,Note\n356938035643809,A,\n",
            imei(&["IMEI", "Customer", "Note"], Some(4)),
        ),
        (
            "# exported by a program\nimei\n356938035643809\n",
            imei(&["imei"], Some(2)),
        ),
        (
            "IMEI,Customer\nimei,customer\n",
            imei(&["IMEI", "Customer"], None),
        ),
        // The second row is a unit whose number has no form, and whose kind is a word that headings have, too.
        (
            "Nummer,Typ\nA12,Tracker\nB13,Tracker\n",
            imei(&["Nummer", "Typ"], None),
        ),
        (
            "Nummer,Typ\n356938035643809,IMEI\n",
            imei(&["Nummer", "Typ"], None),
        ),
    ] {
        assert_eq!(opened(text), expected, "{text:?}");
    }
    let list = office.write(
        "list.csv",
        "Units of Acme,\nIMEI,Customer\n356938035643809,A\n",
    );
    let report = office.import(&list);
    assert_eq!((report.new, report.refused), (1, 0));
}

#[test]
fn the_sheet_that_says_which_units_it_is_about_is_read_before_a_page_of_notes() {
    let office = Office::new();
    let path = office.folder.path().join("book.xlsx");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let notes = workbook.add_worksheet().set_name("Notes").unwrap();
    notes.write(0, 0, "Please read the second page").unwrap();
    let units = workbook.add_worksheet().set_name("Units").unwrap();
    units.write_row(0, 0, ["IMEI", "Customer"]).unwrap();
    units.write_row(1, 0, ["356938035643809", "A"]).unwrap();
    workbook.save(&path).unwrap();
    let read = |sheet| match Source::open(&path, sheet).unwrap().kind() {
        SourceKind::Xlsx { sheet, others } => (sheet, others.join(",")),
        SourceKind::Csv { .. } => panic!("it is a workbook"),
    };
    assert_eq!(read(None), ("Units".to_owned(), "Notes".to_owned()));
    assert_eq!(
        read(Some("Notes")),
        ("Notes".to_owned(), "Units".to_owned())
    );
}

#[test]
fn a_row_that_a_lonely_mark_drew_into_a_cell_is_told_and_the_others_go_in() {
    let office = Office::new();
    let list = office.write(
        "list.csv",
        "imei,customer,note\n356938035643809,\"Bob\n490154203237518,C\n356938030000005,D\",x\n356938030000013,E,f\n",
    );
    let report = office.import(&list);
    assert_eq!((report.new, report.refused), (1, 1));
    assert_eq!(report.kinds.keys().collect::<Vec<_>>(), [&"S-823"]);
    // A note that holds such a line goes out and comes in again as it is.
    let id = UnitId::Imei(Imei::parse("490154203237518").unwrap());
    let mut unit = Unit::new(id, Timestamp::UNIX_EPOCH);
    unit.note = Some("swapped\n356938035643809,then lost".to_owned());
    office.inventory.add_unit(unit, "").wait().unwrap();
    for kind in [
        WriteKind::CsvForMachines,
        WriteKind::CsvForPeople { separator: b',' },
    ] {
        let report = office.import(&office.export("all.csv", kind));
        assert_eq!((report.already_so, report.refused), (2, 0));
    }
}

#[test]
fn no_cell_of_a_file_for_people_is_a_formula() {
    let office = Office::new();
    let payloads = [
        "=HYPERLINK(\"http://x\")",
        "=cmd|' /C calc'!A0",
        "+12065550100",
        "-2+3",
        "@SUM(1)",
        " =1",
        "＝1",
        "a;=1+1",
        "two\n=lines",
        "'=own mark",
    ];
    let id = UnitId::Imei(Imei::parse("356938035643809").unwrap());
    let mut unit = Unit::new(id.clone(), Timestamp::now());
    office.inventory.add_unit(unit.clone(), "").wait().unwrap();
    for payload in payloads {
        let edits = [Field::Note, Field::Customer].map(|field| Edit::new(field, payload).unwrap());
        edits.iter().for_each(|edit| edit.apply(&mut unit));
        let _no_change = office
            .inventory
            .edit_unit(id.clone(), edits.to_vec(), "", Timestamp::now())
            .wait()
            .unwrap();
        let csv = office.export("list.csv", KINDS[1].1);
        let text = std::fs::read_to_string(&csv).unwrap();
        assert!(text.starts_with("\u{feff}\"IMEI\",\"MEID\""), "{text}");
        for separator in [b',', b';', b'\t'] {
            let mut reader = csv::ReaderBuilder::new()
                .delimiter(separator)
                .flexible(true)
                .has_headers(false)
                .from_reader(text.as_bytes());
            let cells: Vec<String> = reader
                .records()
                .flat_map(|record| {
                    record
                        .unwrap()
                        .iter()
                        .map(str::to_owned)
                        .collect::<Vec<_>>()
                })
                .collect();
            assert!(
                cells.iter().all(|cell| !marks::is_formula(cell)),
                "{payload:?} split at {separator}: {cells:?}"
            );
        }
        let xlsx = office.export("list.xlsx", WriteKind::Xlsx);
        let mut archive = zip::ZipArchive::new(std::fs::File::open(xlsx).unwrap()).unwrap();
        let mut sheet = String::new();
        std::io::Read::read_to_string(
            &mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(),
            &mut sheet,
        )
        .unwrap();
        assert!(
            !sheet.contains("<f>") && !sheet.contains("<f "),
            "a formula cell"
        );
        assert!(
            !sheet.contains("<c r=\"A2\" s=\"1\"><v>"),
            "an IMEI as a quantity"
        );
        for (name, kind) in KINDS {
            let report = office.import(&office.export(name, kind));
            assert_eq!(
                (report.already_so, report.rows),
                (1, 1),
                "{payload:?} in {name}"
            );
        }
    }
}

#[test]
fn every_field_of_lines_for_people_is_quoted() {
    let lines = [
        vec!["imei", "note"],
        vec!["356938035643809", "=1+1"],
        vec![""],
    ];
    let lines: [Vec<String>; 3] = lines.map(|line| line.into_iter().map(str::to_owned).collect());
    let text = String::from_utf8(csv_lines(lines).unwrap()).unwrap();
    assert_eq!(
        text,
        "\"imei\",\"note\"\r\n\"356938035643809\",\"'=1+1\"\r\n\"\"\r\n"
    );
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "['=+@;,\"\t -]{0,6}[a-zé€=]{0,4}",
        "_x00[0-9A-F]{2}_",
        "[0-9]{0,24}",
        any::<String>().prop_map(|text| text
            .chars()
            .filter(|each| !each.is_control() && *each != '\u{fffe}' && *each != '\u{ffff}')
            .collect()),
        "[a-z]{1,3}\n=[a-z]",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again(cells in prop::collection::vec((cell(), cell(), cell()), 1..12)) {
        let folder = tempfile::tempdir().unwrap();
        let written: Vec<Vec<String>> = cells.into_iter().map(|(a, b, c)| vec!["x".to_owned(), a, b, c]).collect();
        for (name, kind) in KINDS {
            let path = folder.path().join(name);
            let headings = ["id_kind", "id", "b", "c"].map(str::to_owned);
            let people = ["A", "IMEI", "b", "c"].map(str::to_owned);
            let headings = if kind == WriteKind::CsvForMachines { headings } else { people };
            let mut writer = SheetWriter::create(&path, kind, &headings).unwrap();
            for row in &written {
                writer.row(row).unwrap();
            }
            writer.finish().unwrap();
            let mut read = rows(&path);
            read.iter_mut().for_each(|row| row.resize(4, String::new()));
            prop_assert_eq!(&read, &written, "{}", name);
        }
    }
}
