//! Lists as Excel workbooks, read cell by cell.
//!
//! A number cell has lost what a number cannot hold: from the sixteenth digit on it is told in the shortened form that the
//! spreadsheet shows, which the heart refuses.

use super::error::SheetError;
use calamine::{DataRef, Reader, SheetVisible, Xlsx, XlsxError};
use fleet::sheet::Row;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// What a workbook may unfold to.
const MOST_UNFOLDED: u64 = 2 << 30;
/// Whole numbers below it are kept exactly.
const EXACT_BELOW: f64 = 1e15;

/// One sheet of a workbook.
#[derive(Debug, Clone)]
pub(super) struct XlsxFile {
    path: PathBuf,
    sheet: String,
    others: Vec<String>,
}

type Workbook = Xlsx<BufReader<File>>;

impl XlsxFile {
    pub fn open(path: &Path, wanted: Option<&str>) -> Result<Self, SheetError> {
        check_size(path)?;
        let mut workbook = workbook(path)?;
        let visible: Vec<String> = workbook
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.visible == SheetVisible::Visible)
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
        Ok(Self {
            path: path.to_owned(),
            sheet,
            others,
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

    /// Gives each row that has a cell, with the share of the sheet that was read, until `each` wants no more.
    pub fn rows(&self, each: &mut dyn FnMut(Row, f32) -> bool) -> Result<(), SheetError> {
        let failed = |error: XlsxError| SheetError::unreadable(&self.path, &error);
        let mut workbook = workbook(&self.path)?;
        let mut reader = workbook
            .worksheet_cells_reader(&self.sheet)
            .map_err(failed)?;
        let last = reader.dimensions().end.0.max(1) as f32;
        let mut at = 0;
        let mut cells: Vec<String> = Vec::new();
        while let Some(cell) = reader.next_cell().map_err(failed)? {
            let (row, column) = cell.get_position();
            let text = text_of(cell.get_value());
            if text.is_empty() {
                continue;
            }
            if row != at && !cells.is_empty() {
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

fn workbook(path: &Path) -> Result<Workbook, SheetError> {
    let file = File::open(path).map_err(|error| SheetError::unreadable(path, &error))?;
    Xlsx::new(BufReader::new(file)).map_err(|error| match error {
        XlsxError::Password => SheetError::NoList {
            path: path.to_owned(),
            why: "it is locked with a password",
        },
        other => SheetError::unreadable(path, &other),
    })
}

fn first_filled(
    workbook: &mut Workbook,
    names: &[String],
    path: &Path,
) -> Result<String, SheetError> {
    for name in names {
        let Ok(mut reader) = workbook.worksheet_cells_reader(name) else {
            continue;
        };
        while let Ok(Some(cell)) = reader.next_cell() {
            if !text_of(cell.get_value()).is_empty() {
                return Ok(name.clone());
            }
        }
    }
    Err(SheetError::Empty(path.to_owned()))
}

/// A small file can unfold to more than the computer has.
fn check_size(path: &Path) -> Result<(), SheetError> {
    let failed = |error: &dyn std::fmt::Display| SheetError::unreadable(path, &error);
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| failed(&error))?;
    let mut unfolded: u64 = 0;
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|error| failed(&error))?;
        unfolded = unfolded.saturating_add(entry.size());
    }
    if unfolded > MOST_UNFOLDED {
        return Err(SheetError::TooLarge {
            path: path.to_owned(),
            most_mib: MOST_UNFOLDED >> 20,
        });
    }
    Ok(())
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

    #[test]
    fn numbers_are_told_as_the_spreadsheet_shows_them() {
        assert_eq!(number_text(356_938_035_643_809.0), "356938035643809");
        assert_eq!(number_text(89_011_200_000_117_291_582.0), "8.90112E+19");
        assert_eq!(number_text(9e18), "9E+18");
        assert_eq!(number_text(0.0), "0");
        assert_eq!(number_text(2.5), "2.5");
    }
}
