//! A list of units in a file, whatever its form: its headings, and its rows one by one, as often as needed.

use super::csv_file::{self, CsvFile};
use super::error::SheetError;
use super::numbers::letters;
use super::xlsx_file::XlsxFile;
use fleet::UnitIdKind;
use fleet::sheet::{Column, Mapping, Row, could_be_a_number};
use fleet::wording::counted;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest file that is looked at.
const MOST_MIB: u64 = 512;
/// Filled rows among which headings are looked for.
const LOOKED_AT_FOR_HEADINGS: usize = 20;

/// Form of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceKind {
    /// Text with separators.
    Csv {
        /// Between cells.
        separator: u8,
        /// How its alphabet is called.
        encoding: &'static str,
    },
    /// A sheet of a workbook.
    Xlsx {
        /// Which sheet.
        sheet: String,
        /// Other sheets that are not read.
        others: Vec<String>,
    },
}

impl SourceKind {
    /// Whether its alphabet is a guess: the file's bytes say nothing for certain.
    #[must_use]
    pub fn is_guessed(&self) -> bool {
        matches!(self, Self::Csv { encoding, .. } if !encoding.starts_with("UTF-"))
    }
}

#[derive(Debug, Clone)]
enum Form {
    Csv(CsvFile),
    Xlsx(XlsxFile),
}

/// A list in a file.
#[derive(Debug, Clone)]
pub struct Source {
    path: PathBuf,
    form: Form,
    headings: Vec<String>,
    headings_row: u64,
    /// Filled rows stand above the headings.
    rows_above: bool,
    marked: bool,
    hidden: HiddenParts,
}

/// What is read of a list though nobody sees it in the spreadsheet program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HiddenParts {
    /// How many filled rows below the headings.
    pub rows: u64,
    /// Headings of columns.
    pub columns: Vec<String>,
}

impl HiddenParts {
    /// The same in words; nothing when nothing is hidden.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let columns = self.columns.len() as u64;
        let rows = (self.rows > 0).then(|| counted(self.rows, "hidden row", "hidden rows"));
        let headings = (columns > 0).then(|| {
            let words = counted(columns, "hidden column", "hidden columns");
            format!("{words} ({})", self.columns.join(", "))
        });
        let parts: Vec<String> = rows.into_iter().chain(headings).collect();
        let verb = match self.rows + columns {
            0 => return None,
            1 => "is",
            _ => "are",
        };
        Some(format!("{} {verb} among them", parts.join(" and ")))
    }
}

impl Source {
    /// Opens a file and finds its headings among its first rows. Where a unit stands in the first row already, the list has none, and its
    /// columns are called by their letters. `sheet` names one of a workbook's.
    ///
    /// # Errors
    /// When it cannot be read or is no list.
    pub fn open(path: &Path, sheet: Option<&str>) -> Result<Self, SheetError> {
        let facts =
            std::fs::metadata(path).map_err(|error| SheetError::unreadable(path, &error))?;
        if !facts.is_file() {
            return Err(SheetError::unreadable(path, &"it is no file"));
        }
        if facts.len() > MOST_MIB << 20 {
            return Err(SheetError::TooLarge {
                path: path.to_owned(),
                most_mib: MOST_MIB,
            });
        }
        let form = match beginning(path)? {
            start if start.starts_with(b"PK\x03\x04") => Form::Xlsx(XlsxFile::open(path, sheet)?),
            start => match foreign(&start) {
                Some(why) => {
                    return Err(SheetError::NoList {
                        path: path.to_owned(),
                        why,
                    });
                }
                None => Form::Csv(CsvFile::open(path)?),
            },
        };
        let mut source = Self {
            path: path.to_owned(),
            form,
            headings: Vec::new(),
            headings_row: 0,
            rows_above: false,
            marked: false,
            hidden: HiddenParts::default(),
        };
        source.find_headings()?;
        if sheet.is_none() && !source.names_units() {
            source.look_on_other_sheets();
        }
        // Cells of our own files for machines carry no marks, and those of a workbook need none.
        source.marked = matches!(source.form, Form::Csv(_))
            && !Mapping::guess(&source.headings).is_for_machines();
        source.hidden = source.hidden_parts()?;
        Ok(source)
    }

    /// Reads the headings: those of the first rows that say what a unit is known by, for a title may stand above them; else the first row.
    fn find_headings(&mut self) -> Result<(), SheetError> {
        let mut first: Option<Row> = None;
        let mut found: Option<Row> = None;
        let (mut looked_at, mut most_filled) = (0, 0);
        self.raw_rows(&mut |row, _| {
            let filled = row.cells.iter().filter(|cell| !cell.trim().is_empty());
            let filled = filled.count();
            if filled == 0 {
                return true;
            }
            looked_at += 1;
            let is_unit = row.cells.iter().any(|cell| could_be_a_number(cell));
            if !is_unit && are_headings(&row, filled > most_filled) {
                found = Some(row);
                return false;
            }
            most_filled = most_filled.max(filled);
            first.get_or_insert(row);
            !is_unit && looked_at < LOOKED_AT_FOR_HEADINGS
        })?;
        self.rows_above = found.is_some() && first.is_some();
        let row = found.or(first);
        let row = row.ok_or_else(|| SheetError::Empty(self.path.clone()))?;
        if row.cells.iter().any(|cell| could_be_a_number(cell)) {
            self.headings = (0..row.cells.len()).map(letters).collect();
            self.headings_row = 0;
        } else {
            self.headings = headings_of(&row);
            self.headings_row = row.number;
        }
        Ok(())
    }

    fn hidden_parts(&self) -> Result<HiddenParts, SheetError> {
        let Form::Xlsx(file) = &self.form else {
            return Ok(HiddenParts::default());
        };
        let hidden = file.hidden();
        let mut rows = 0;
        if hidden.has_rows() {
            self.rows(&mut |row, _| {
                let is_filled = row.cells.iter().any(|cell| !cell.trim().is_empty());
                rows += u64::from(is_filled && hidden.has_row(row.number));
                true
            })?;
        }
        let headings = self.headings.iter().enumerate();
        let columns = headings
            .filter(|(place, heading)| !heading.is_empty() && hidden.has_column(*place))
            .map(|(_, heading)| fleet::printable::printable(heading))
            .collect();
        Ok(HiddenParts { rows, columns })
    }

    /// Whether its headings, or its first row, say which units it is about.
    fn names_units(&self) -> bool {
        self.headings_row == 0 || Mapping::guess(&self.headings).names_units()
    }

    /// A workbook may begin with a page of notes: another sheet that says which units it is about is the list.
    fn look_on_other_sheets(&mut self) {
        let Form::Xlsx(file) = &self.form else { return };
        for name in file.others() {
            let Ok(sheet) = file.with_sheet(name) else {
                continue;
            };
            let mut other = Self {
                form: Form::Xlsx(sheet),
                ..self.clone()
            };
            if other.find_headings().is_ok() && other.names_units() {
                *self = other;
                return;
            }
        }
    }

    /// The row in which its headings stand, where rows above it are not read.
    #[must_use]
    pub fn headings_below(&self) -> Option<u64> {
        Some(self.headings_row).filter(|_| self.rows_above)
    }

    /// What is read though nobody sees it in the spreadsheet program.
    #[must_use]
    pub fn hidden(&self) -> &HiddenParts {
        &self.hidden
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(&self) -> String {
        self.path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// The headings.
    #[must_use]
    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// Whether the headings stand in the list; otherwise they are the letters of its columns.
    #[must_use]
    pub fn has_headings(&self) -> bool {
        self.headings_row > 0
    }

    /// Its form.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        match &self.form {
            Form::Csv(file) => SourceKind::Csv {
                separator: file.separator(),
                encoding: file.encoding(),
            },
            Form::Xlsx(file) => SourceKind::Xlsx {
                sheet: file.sheet().to_owned(),
                others: file.others().to_vec(),
            },
        }
    }

    /// Gives each row below the headings, with the share of the file that was read, until `each` wants no more.
    ///
    /// # Errors
    /// When the file can no longer be read.
    pub fn rows(&self, each: &mut dyn FnMut(Row, f32) -> bool) -> Result<(), SheetError> {
        self.raw_rows(&mut |mut row, share| {
            if row.number <= self.headings_row {
                return true;
            }
            if self.marked {
                csv_file::without_marks(&mut row);
            }
            each(row, share)
        })
    }

    fn raw_rows(&self, each: &mut dyn FnMut(Row, f32) -> bool) -> Result<(), SheetError> {
        match &self.form {
            Form::Csv(file) => file.rows(each),
            Form::Xlsx(file) => file.rows(each),
        }
    }
}

/// Whether a row says what a unit is known by: in words that nothing else has, or in any where it is `wider` than all above it, as no title is.
fn are_headings(row: &Row, wider: bool) -> bool {
    let mapping = Mapping::guess(&headings_of(row));
    let sure = |column: &Column| {
        matches!(
            column,
            Column::Identity(UnitIdKind::Imei | UnitIdKind::Meid | UnitIdKind::Esn)
        )
    };
    mapping.names_units() && (wider || mapping.columns().iter().any(sure))
}

fn headings_of(row: &Row) -> Vec<String> {
    let headings = row.cells.iter().map(|cell| cell.trim().to_owned());
    headings.collect()
}

fn beginning(path: &Path) -> Result<Vec<u8>, SheetError> {
    let failed = |error: std::io::Error| SheetError::unreadable(path, &error);
    let mut start = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(512).read_to_end(&mut start).map_err(failed)?;
    Ok(start)
}

/// What a file is when it begins as no list does.
pub(super) fn foreign(start: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &'static str); 7] = [
        (
            &[0xff, 0xfe, 0, 0],
            "it is text in UTF-32, which no spreadsheet program writes",
        ),
        (
            &[0, 0, 0xfe, 0xff],
            "it is text in UTF-32, which no spreadsheet program writes",
        ),
        (
            &[0xd0, 0xcf, 0x11, 0xe0],
            "it is an old Excel file (.xls), or locked with a password",
        ),
        (b"%PDF", "it is a PDF"),
        (&[0x89, b'P', b'N', b'G'], "it is a picture"),
        (&[0xff, 0xd8, 0xff], "it is a picture"),
        (b"SQLite format 3", "it is a database"),
    ];
    let named = known
        .iter()
        .find(|(mark, _)| start.starts_with(mark))
        .map(|(_, why)| *why);
    let page = start.trim_ascii_start();
    let web = page.starts_with(b"<!") || page.starts_with(b"<html") || page.starts_with(b"<?xml");
    named.or_else(|| web.then_some("it is a web page or XML"))
}
