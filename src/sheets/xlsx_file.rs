//! Lists as Excel workbooks, read cell by cell.
//!
//! A number cell has lost what a number cannot hold: from the sixteenth digit on it is told in the shortened form that the
//! spreadsheet shows, which the heart refuses.

use super::error::SheetError;
use super::hidden::Hidden;
use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use fleet::sheet::{NOT_CALCULATED, Row};
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

/// What all parts of a workbook may unfold to.
const MOST_UNFOLDED: u64 = 512 << 20;
/// How many times its own size a part may unfold to, once it is larger than that.
const MOST_TIMES: u64 = 250;
const ALWAYS_FINE: u64 = 16 << 20;
/// Bytes of a text without a tag in between; a cell has 32,767 characters at most, of ten bytes at most.
const LONGEST_CELL: usize = 327_670;
/// Bytes that are read at once.
const PIECE: usize = 64 << 10;

const NOT_WHOLE: &str = "it is not whole";
const CHANGED: &str = "what is packed in it is not what was packed";
const NO_SHEET: &str = "a sheet of it cannot be read";

/// Whole numbers below it are kept exactly.
const EXACT_BELOW: f64 = 1e15;

/// One sheet of a workbook.
#[derive(Debug, Clone)]
pub(super) struct XlsxFile {
    path: PathBuf,
    sheet: String,
    others: Vec<String>,
    /// Its cells that go over several rows.
    merged: Vec<Dimensions>,
    hidden: Hidden,
}

type Workbook = Xlsx<BufReader<File>>;

impl XlsxFile {
    pub fn open(path: &Path, wanted: Option<&str>) -> Result<Self, SheetError> {
        check_parts(path)?;
        let mut workbook = workbook(path)?;
        let visible: Vec<String> = workbook
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.visible == SheetVisible::Visible)
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .map(|sheet| sheet.name.clone())
            .collect();
        let sheet = match wanted {
            Some(name) => visible
                .iter()
                .find(|sheet| sheet.eq_ignore_ascii_case(name))
                .cloned()
                .ok_or_else(|| SheetError::NoSheet {
                    path: path.to_owned(),
                    name: name.to_owned(),
                    there: visible.clone(),
                })?,
            None => first_filled(&mut workbook, &visible, path)?,
        };
        let others = visible
            .into_iter()
            .filter(|other| *other != sheet)
            .collect();
        let merged = merged_of(&mut workbook, &sheet, path)?;
        Ok(Self {
            path: path.to_owned(),
            hidden: Hidden::on(path, &sheet),
            sheet,
            others,
            merged,
        })
    }

    /// The same workbook, another sheet of it.
    pub fn with_sheet(&self, name: &str) -> Result<Self, SheetError> {
        let all = self.others.iter().chain([&self.sheet]);
        Ok(Self {
            path: self.path.clone(),
            sheet: name.to_owned(),
            others: all.filter(|other| *other != name).cloned().collect(),
            merged: merged_of(&mut workbook(&self.path)?, name, &self.path)?,
            hidden: Hidden::on(&self.path, name),
        })
    }

    /// The sheet that is read.
    pub fn sheet(&self) -> &str {
        &self.sheet
    }

    /// Visible sheets that are not read.
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// What is hidden on the sheet that is read.
    pub fn hidden(&self) -> &Hidden {
        &self.hidden
    }

    /// Gives each row that has a cell, with the share of the sheet that was read, until `each` wants no more. What one cell says over several
    /// rows, merged into one, each of them says.
    pub fn rows(&self, each: &mut dyn FnMut(Row, f32) -> bool) -> Result<(), SheetError> {
        let failed = |_: XlsxError| damaged(&self.path, NO_SHEET);
        let mut workbook = workbook(&self.path)?;
        let mut merged = Merged {
            regions: &self.merged,
            next: 0,
            open: Vec::new(),
        };
        let mut reader = workbook
            .worksheet_cells_reader(&self.sheet)
            .map_err(failed)?;
        let last = reader.dimensions().end.0.max(1) as f32;
        let mut at = 0;
        let mut cells: Vec<String> = Vec::new();
        while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(failed)? {
            let (row, column) = cell.pos;
            let mut text = text_of(&cell.value);
            if matches!(cell.value, DataRef::Empty) && cell.formula.is_some() {
                NOT_CALCULATED.clone_into(&mut text);
            }
            if text.is_empty() {
                continue;
            }
            if row != at && !cells.is_empty() {
                merged.fill(at, &mut cells);
                let whole = Row {
                    number: u64::from(at) + 1,
                    cells: std::mem::take(&mut cells),
                };
                if !each(whole, (at as f32 / last).min(1.0)) {
                    return Ok(());
                }
            }
            at = row;
            let column = usize::try_from(column).unwrap_or_default();
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            if let Some(place) = cells.get_mut(column) {
                *place = text;
            }
        }
        if !cells.is_empty() {
            merged.fill(at, &mut cells);
            each(
                Row {
                    number: u64::from(at) + 1,
                    cells,
                },
                1.0,
            );
        }
        Ok(())
    }
}

/// Cells that go over several rows.
struct Merged<'a> {
    /// By their first row.
    regions: &'a [Dimensions],
    next: usize,
    /// Last row, column and text of those that reach the row being read.
    open: Vec<(u32, usize, String)>,
}

impl Merged<'_> {
    /// Completes a row, and keeps what its cells say of the rows below.
    fn fill(&mut self, row: u32, cells: &mut Vec<String>) {
        self.open.retain(|(last, ..)| *last >= row);
        for (_, column, text) in &self.open {
            if cells.len() <= *column {
                cells.resize(column + 1, String::new());
            }
            if let Some(cell) = cells.get_mut(*column).filter(|cell| cell.is_empty()) {
                cell.clone_from(text);
            }
        }
        while let Some(region) = self.regions.get(self.next) {
            if region.start.0 > row {
                return;
            }
            self.next += 1;
            let column = usize::try_from(region.start.1).unwrap_or(usize::MAX);
            let text = cells.get(column).filter(|text| !text.is_empty());
            if let Some(text) = text.filter(|_| region.start.0 == row) {
                self.open.push((region.end.0, column, text.clone()));
            }
        }
    }
}

/// The cells of a sheet that go over several rows, by their first row.
fn merged_of(
    workbook: &mut Workbook,
    sheet: &str,
    path: &Path,
) -> Result<Vec<Dimensions>, SheetError> {
    let mut regions = workbook
        .merge_cells_by_sheet_name(sheet)
        .map_err(|_| damaged(path, NO_SHEET))?;
    regions.retain(|region| region.end.0 > region.start.0);
    regions.sort_by_key(|region| region.start);
    Ok(regions)
}

fn workbook(path: &Path) -> Result<Workbook, SheetError> {
    let file = File::open(path).map_err(|error| SheetError::unreadable(path, &error))?;
    Xlsx::new(BufReader::new(file)).map_err(|error| match error {
        XlsxError::Password => SheetError::NoList {
            path: path.to_owned(),
            why: "it is locked with a password",
        },
        XlsxError::FileNotFound(_) => SheetError::NoList {
            path: path.to_owned(),
            why: "something else than a workbook is packed in it",
        },
        _ => damaged(path, "it cannot be read as a workbook"),
    })
}

fn first_filled(
    workbook: &mut Workbook,
    names: &[String],
    path: &Path,
) -> Result<String, SheetError> {
    for name in names {
        let unreadable = |_: XlsxError| damaged(path, NO_SHEET);
        let mut reader = workbook.worksheet_cells_reader(name).map_err(unreadable)?;
        while let Some(cell) = reader.next_cell().map_err(unreadable)? {
            if !text_of(cell.get_value()).is_empty() {
                return Ok(name.clone());
            }
        }
    }
    Err(SheetError::Empty(path.to_owned()))
}

/// Reads every part once. A small file can unfold to more than the computer has, and one that was damaged on its way can still look like a
/// list with other numbers in it.
fn check_parts(path: &Path) -> Result<(), SheetError> {
    let file = File::open(path).map_err(|error| SheetError::unreadable(path, &error))?;
    let mut archive =
        zip::ZipArchive::new(BufReader::new(file)).map_err(|_| damaged(path, NOT_WHOLE))?;
    let too_large = || SheetError::Unfolds {
        path: path.to_owned(),
        most_mib: MOST_UNFOLDED >> 20,
    };
    let no_list = |why| SheetError::NoList {
        path: path.to_owned(),
        why,
    };
    let mut piece = vec![0; PIECE];
    let mut all: u64 = 0;
    for index in 0..archive.len() {
        let mut part = archive
            .by_index(index)
            .map_err(|_| damaged(path, CHANGED))?;
        let packed = part.compressed_size();
        let is_text = part
            .name()
            .is_ok_and(|name| name.to_ascii_lowercase().ends_with(".xml"));
        let (mut unfolded, mut run, mut longest) = (0_u64, 0_usize, 0_usize);
        loop {
            // What it says of its own size is not believed; the reader tells when its checksum is another.
            let length = part.read(&mut piece).map_err(|_| damaged(path, CHANGED))?;
            let Some(bytes) = piece.get(..length).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            unfolded = unfolded.saturating_add(bytes.len() as u64);
            if all.saturating_add(unfolded) > MOST_UNFOLDED {
                return Err(too_large());
            }
            if unfolded > ALWAYS_FINE && unfolded / MOST_TIMES > packed {
                return Err(no_list(
                    "it unfolds to hundreds of times its size, as no list of units does",
                ));
            }
            if is_text {
                for byte in bytes {
                    run = if *byte == b'<' { 0 } else { run + 1 };
                    longest = longest.max(run);
                }
                if longest > LONGEST_CELL {
                    return Err(no_list(
                        "a cell in it is longer than a spreadsheet program makes one",
                    ));
                }
            }
        }
        all = all.saturating_add(unfolded);
    }
    Ok(())
}

fn damaged(path: &Path, why: &'static str) -> SheetError {
    SheetError::Damaged {
        path: path.to_owned(),
        why,
    }
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(time) => {
            let seconds = (time.as_f64() * 86_400.0).round() as i64;
            // A time of day has no day, and a length of time none either.
            if seconds >= 0 && (time.is_duration() || time.as_f64() < 1.0) {
                return format!(
                    "{:02}:{:02}:{:02}",
                    seconds / 3600,
                    seconds / 60 % 60,
                    seconds % 60
                );
            }
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (hour, minute, second) {
                (0, 0, 0) => date,
                _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn number_text(number: f64) -> String {
    if number.abs() >= EXACT_BELOW {
        // As the spreadsheet shows it: 8.90112E+19.
        let text = format!("{number:.5E}");
        let (digits, power) = text.split_once('E').unwrap_or((&text, "0"));
        let digits = match digits.contains('.') {
            true => digits.trim_end_matches('0').trim_end_matches('.'),
            false => digits,
        };
        return format!("{digits}E+{power}");
    }
    if number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// A workbook of ours with its sheet's text changed on the way.
    fn changed(folder: &Path, change: impl Fn(String) -> String) -> PathBuf {
        let (whole, path) = (folder.join("whole.xlsx"), folder.join("changed.xlsx"));
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.write_string(0, 0, "IMEI").unwrap();
        sheet.write_number(1, 0, 356_938_035_643_809.0).unwrap();
        workbook.save(&whole).unwrap();
        changed_part(&whole, &path, change)
    }

    /// A workbook as another file, with its first sheet's text changed.
    fn changed_part(whole: &Path, path: &Path, change: impl Fn(String) -> String) -> PathBuf {
        let mut archive = zip::ZipArchive::new(File::open(whole).unwrap()).unwrap();
        let mut writer = zip::ZipWriter::new(File::create(path).unwrap());
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .compression_level(Some(9));
        for index in 0..archive.len() {
            let mut part = archive.by_index(index).unwrap();
            let name = part.name().unwrap().into_owned();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            if name.contains("sheet1.xml") {
                text = change(text);
            }
            writer.start_file(name, options).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        path.to_owned()
    }

    fn refused(path: &Path) -> SheetError {
        XlsxFile::open(path, None).unwrap_err()
    }

    #[test]
    fn a_damaged_workbook_is_told_as_damaged_and_never_as_empty() {
        let folder = tempfile::tempdir().unwrap();
        let whole = changed(folder.path(), |text| text);
        assert!(XlsxFile::open(&whole, None).is_ok());
        let broken = changed(folder.path(), |text| {
            text.split_once("</c>").unwrap().0.to_owned()
        });
        assert_eq!(refused(&broken).code(), "S-841");

        let stored = folder.path().join("stored.xlsx");
        let mut writer = zip::ZipWriter::new(File::create(&stored).unwrap());
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        writer.start_file("xl/workbook.xml", options).unwrap();
        writer
            .write_all(b"<workbook>356938035643809</workbook>")
            .unwrap();
        writer.finish().unwrap();
        let mut bytes = std::fs::read(&stored).unwrap();
        let at = bytes
            .windows(15)
            .position(|window| window == b"356938035643809")
            .unwrap();
        bytes[at] = b'4';
        std::fs::write(&stored, &bytes).unwrap();
        let error = refused(&stored);
        assert_eq!(error.code(), "S-841", "{error}");
        std::fs::write(&stored, &bytes[..bytes.len() / 2]).unwrap();
        assert_eq!(refused(&stored).code(), "S-841");
    }

    #[test]
    fn a_small_workbook_that_unfolds_without_end_is_refused_before_it_does() {
        let folder = tempfile::tempdir().unwrap();
        let large = changed(folder.path(), |text| {
            text.replace(
                "<sheetData>",
                &format!("<sheetData>{}", "<r/>".repeat(8 << 20)),
            )
        });
        let size = std::fs::metadata(&large).unwrap().len();
        assert!(size < 100_000, "packed badly: {size}");
        assert_eq!(refused(&large).code(), "S-832");
        let long = changed(folder.path(), |text| {
            text.replace(
                "<sheetData>",
                &format!("<sheetData>{}", "x".repeat(400_000)),
            )
        });
        let error = refused(&long);
        assert_eq!(error.code(), "S-832");
        assert!(
            error.to_string().contains("a cell in it is longer"),
            "{error}"
        );
    }

    #[test]
    fn a_time_of_day_has_no_day() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("times.xlsx");
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        for (column, (number, form)) in (0_u16..).zip([
            (0.127_824_074_074, "hh:mm:ss"),
            (45_989.0, "yyyy-mm-dd"),
            (1.5, "[h]:mm"),
        ]) {
            let form = rust_xlsxwriter::Format::new().set_num_format(form);
            sheet
                .write_number_with_format(0, column, number, &form)
                .unwrap();
        }
        workbook.save(&path).unwrap();
        let mut rows = Vec::new();
        XlsxFile::open(&path, None)
            .unwrap()
            .rows(&mut |row, _| {
                rows.push(row.cells);
                true
            })
            .unwrap();
        assert_eq!(rows, [["03:04:04", "2025-11-28", "36:00:00"]]);
    }

    #[test]
    fn what_a_merged_cell_says_each_of_its_rows_says_and_a_formula_without_a_value_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("merged.xlsx");
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        let plain = rust_xlsxwriter::Format::new();
        sheet.write_row(0, 0, ["IMEI", "Customer", "Note"]).unwrap();
        for row in 1..6 {
            sheet.write_string(row, 0, row.to_string()).unwrap();
        }
        sheet.merge_range(1, 1, 3, 2, "Acme", &plain).unwrap();
        sheet.write_formula(4, 2, "=A1").unwrap();
        let named = rust_xlsxwriter::Formula::new("=B1").set_result("kept");
        sheet.write_formula(5, 1, named).unwrap();
        workbook.save(&path).unwrap();
        let without_value = |text: String| {
            let (before, behind) = text.split_once("<f>A1</f><v>0</v>").unwrap();
            format!("{before}<f>A1</f><v></v>{behind}")
        };
        let path = changed_part(&path, &folder.path().join("changed.xlsx"), without_value);
        let mut rows = Vec::new();
        XlsxFile::open(&path, None)
            .unwrap()
            .rows(&mut |row, _| {
                rows.push(row.cells.join("|"));
                true
            })
            .unwrap();
        let not_calculated = format!("4||{NOT_CALCULATED}");
        assert_eq!(
            rows,
            [
                "IMEI|Customer|Note",
                "1|Acme",
                "2|Acme",
                "3|Acme",
                not_calculated.as_str(),
                "5|kept"
            ]
        );
    }

    #[test]
    fn numbers_are_told_as_the_spreadsheet_shows_them() {
        assert_eq!(number_text(356_938_035_643_809.0), "356938035643809");
        assert_eq!(number_text(89_011_200_000_117_291_582.0), "8.90112E+19");
        assert_eq!(number_text(9e18), "9E+18");
        assert_eq!(number_text(0.0), "0");
        assert_eq!(number_text(2.5), "2.5");
    }
}
