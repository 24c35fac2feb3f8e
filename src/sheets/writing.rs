//! Writing lists: every cell is text, no cell is a formula, and a file appears whole or not at all.

use super::error::SheetError;
use fleet::sheet::marks;
use rust_xlsxwriter::{Format, IgnoreError, Workbook, XlsxError};
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Rows of a sheet below its headings.
const MOST_ROWS: u32 = 1_048_575;
/// What a cell of a workbook holds, as its makers count: pieces of UTF-16.
const LONGEST_CELL: usize = 32_767;
/// What stands at the end of a cell that was cut.
const CUT: &str = " … (cut: a cell holds no more)";

/// Form of a file to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteKind {
    /// An Excel workbook of typed text cells: for people.
    Xlsx,
    /// Text that people open in a spreadsheet: every field quoted, texts that could be formulas marked.
    CsvForPeople {
        /// Between cells.
        separator: u8,
    },
    /// Plain text for programs, without marks.
    CsvForMachines,
}

/// Writes a file whole or not at all, over one that stands there.
///
/// # Errors
/// When it cannot be written; then nothing stands there that did not before.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = part_of(path);
    let written = File::create(&part)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        let _not_even_begun = std::fs::remove_file(&part);
    }
    written
}

/// Lines of any length as CSV for people: every field quoted, texts that could be formulas marked.
///
/// # Errors
/// When memory does not hold them.
pub fn csv_lines(lines: impl IntoIterator<Item = Vec<String>>) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for line in lines {
        writer.write_record(line.iter().map(|cell| marks::mark(cell)))?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

/// Where a file stands until it is whole.
fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

enum Sheet {
    Csv {
        writer: csv::Writer<BufWriter<File>>,
        marked: bool,
    },
    Xlsx {
        workbook: Box<Workbook>,
        text: Format,
        rows: u32,
        widths: Vec<usize>,
    },
}

/// A file under way. Nothing stands at its place until [`Self::finish`].
pub struct SheetWriter {
    path: PathBuf,
    part: PathBuf,
    sheet: Sheet,
    finished: bool,
}

impl SheetWriter {
    /// Begins a file with its headings.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, kind: WriteKind, headings: &[String]) -> Result<Self, SheetError> {
        let part = part_of(path);
        let failed = |error: &dyn std::fmt::Display| SheetError::unwritable(path, &error);
        let sheet = match kind {
            WriteKind::Xlsx => {
                // Asked for early: a workbook is written at its end.
                File::create(&part).map_err(|error| failed(&error))?;
                workbook(headings).map_err(|error| failed(&error))?
            }
            WriteKind::CsvForPeople { separator } => {
                let mut file = BufWriter::new(File::create(&part).map_err(|error| failed(&error))?);
                // Without this mark Excel takes the text for the alphabet of old Windows programs.
                file.write_all("\u{feff}".as_bytes())
                    .map_err(|error| failed(&error))?;
                let writer = csv::WriterBuilder::new()
                    .quote_style(csv::QuoteStyle::Always)
                    .delimiter(separator)
                    .terminator(csv::Terminator::CRLF)
                    .from_writer(file);
                Sheet::Csv {
                    writer,
                    marked: true,
                }
            }
            WriteKind::CsvForMachines => {
                let file = BufWriter::new(File::create(&part).map_err(|error| failed(&error))?);
                Sheet::Csv {
                    writer: csv::WriterBuilder::new().from_writer(file),
                    marked: false,
                }
            }
        };
        let mut begun = Self {
            path: path.to_owned(),
            part,
            sheet,
            finished: false,
        };
        if matches!(begun.sheet, Sheet::Csv { .. }) {
            begun.row(headings)?;
        }
        Ok(begun)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When it cannot be written, or a sheet has no more room.
    pub fn row(&mut self, cells: &[String]) -> Result<(), SheetError> {
        match &mut self.sheet {
            Sheet::Csv { writer, marked } => {
                let marked = *marked;
                let written = if marked {
                    writer.write_record(cells.iter().map(|cell| marks::mark(cell)))
                } else {
                    writer.write_record(cells)
                };
                written.map_err(|error| SheetError::unwritable(&self.path, &error))
            }
            Sheet::Xlsx {
                workbook,
                text,
                rows,
                widths,
            } => {
                if *rows >= MOST_ROWS {
                    return Err(SheetError::TooManyRows {
                        most: u64::from(MOST_ROWS),
                    });
                }
                *rows += 1;
                let failed = |error: XlsxError| SheetError::unwritable(&self.path, &error);
                let sheet = workbook.worksheet_from_index(0).map_err(failed)?;
                for (column, cell) in (0_u16..).zip(cells) {
                    if cell.is_empty() {
                        continue;
                    }
                    sheet
                        .write_string_with_format(*rows, column, fitting(cell), text)
                        .map_err(failed)?;
                    if let Some(width) = widths.get_mut(usize::from(column)) {
                        *width = (*width).max(cell.chars().count());
                    }
                }
                Ok(())
            }
        }
    }

    /// Puts the file into its place.
    ///
    /// # Errors
    /// When it cannot be written whole; then nothing stands there that did not before.
    pub fn finish(mut self) -> Result<PathBuf, SheetError> {
        let failed = |error: &dyn std::fmt::Display| SheetError::unwritable(&self.path, &error);
        match &mut self.sheet {
            Sheet::Csv { writer, .. } => {
                writer.flush().map_err(|error| failed(&error))?;
                writer
                    .get_ref()
                    .get_ref()
                    .sync_all()
                    .map_err(|error| failed(&error))?;
            }
            Sheet::Xlsx {
                workbook,
                rows,
                widths,
                ..
            } => {
                let mut save = || -> Result<(), XlsxError> {
                    let sheet = workbook.worksheet_from_index(0)?;
                    let last = u16::try_from(widths.len().saturating_sub(1)).unwrap_or(u16::MAX);
                    for (column, width) in (0_u16..).zip(widths.iter()) {
                        sheet.set_column_width(column, (*width + 2).clamp(8, 48) as f64)?;
                    }
                    sheet.autofilter(0, 0, *rows, last)?;
                    sheet.ignore_error_range(
                        0,
                        0,
                        (*rows).max(1),
                        last,
                        IgnoreError::NumberStoredAsText,
                    )?;
                    workbook.save(&self.part)
                };
                save().map_err(|error| failed(&error))?;
            }
        }
        std::fs::rename(&self.part, &self.path).map_err(|error| failed(&error))?;
        self.finished = true;
        Ok(self.path.clone())
    }
}

impl Drop for SheetWriter {
    fn drop(&mut self) {
        if !self.finished {
            // Half a list is worse than none.
            let _gone_already = std::fs::remove_file(&self.part);
        }
    }
}

/// A text as far as a cell of a workbook can hold it, with a mark where it cannot.
fn fitting(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_CELL || text.encode_utf16().count() <= LONGEST_CELL {
        return Cow::Borrowed(text);
    }
    let mut left = LONGEST_CELL.saturating_sub(CUT.encode_utf16().count());
    let kept: String = text
        .chars()
        .take_while(|each| {
            let fits = each.len_utf16() <= left;
            left = left.saturating_sub(each.len_utf16());
            fits
        })
        .collect();
    Cow::Owned(kept + CUT)
}

fn workbook(headings: &[String]) -> Result<Sheet, XlsxError> {
    let mut workbook = Workbook::new();
    // '@' is what spreadsheets call Text: what is typed into such a cell later stays text, too.
    let text = Format::new().set_num_format("@");
    let head = Format::new().set_bold().set_num_format("@");
    let sheet = workbook.add_worksheet_with_low_memory()?;
    sheet.set_name("Units")?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, heading) in (0_u16..).zip(headings) {
        sheet.set_column_format(column, &text)?;
        sheet.write_string_with_format(0, column, fitting(heading), &head)?;
    }
    Ok(Sheet::Xlsx {
        workbook: Box::new(workbook),
        text,
        rows: 0,
        widths: headings
            .iter()
            .map(|heading| heading.chars().count())
            .collect(),
    })
}
