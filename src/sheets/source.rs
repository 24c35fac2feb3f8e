//! A list of units in a file, whatever its form: its headings, and its rows one by one, as often as needed.

use super::csv_file::{self, CsvFile};
use super::error::SheetError;
use super::numbers::{could_be_a_number, letters};
use super::xlsx_file::XlsxFile;
use fleet::sheet::{Mapping, Row};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest file that is looked at.
const MOST_MIB: u64 = 512;

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
    marked: bool,
}

impl Source {
    /// Opens a file and reads its headings, which stand in the first row that has anything. Where a unit stands in that row already, the list
    /// has none, and its columns are called by their letters. `sheet` names one of a workbook's.
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
            marked: false,
        };
        let mut first: Option<Row> = None;
        source.raw_rows(&mut |row, _| {
            let filled = row.cells.iter().any(|cell| !cell.trim().is_empty());
            if filled {
                first = Some(row);
            }
            !filled
        })?;
        let first = first.ok_or_else(|| SheetError::Empty(path.to_owned()))?;
        if first.cells.iter().any(|cell| could_be_a_number(cell)) {
            source.headings = (0..first.cells.len()).map(letters).collect();
        } else {
            let headings = first.cells.iter().map(|cell| cell.trim().to_owned());
            source.headings = headings.collect();
            source.headings_row = first.number;
        }
        // Cells of our own files for machines carry no marks, and those of a workbook need none.
        source.marked = matches!(source.form, Form::Csv(_))
            && !Mapping::guess(&source.headings).is_for_machines();
        Ok(source)
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

fn beginning(path: &Path) -> Result<Vec<u8>, SheetError> {
    let failed = |error: std::io::Error| SheetError::unreadable(path, &error);
    let mut start = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(512).read_to_end(&mut start).map_err(failed)?;
    Ok(start)
}

/// What a file is when it begins as no list does.
pub(super) fn foreign(start: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &'static str); 5] = [
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
