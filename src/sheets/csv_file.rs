//! Lists as text: separators found by themselves, quotation marks, and row numbers as a spreadsheet shows them.

use super::encoding::{Decoded, detect};
use super::error::SheetError;
use super::quotes::Quotes;
use encoding_rs::Encoding;
use fleet::sheet::{Row, marks};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Characters that are looked at to find the separator.
const LOOKED_AT: u64 = 64 << 10;
/// Bytes that are looked through at once.
const PIECE: usize = 64 << 10;
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// A CSV file, its alphabet and its separator.
#[derive(Debug, Clone)]
pub(super) struct CsvFile {
    path: PathBuf,
    encoding: &'static Encoding,
    separator: u8,
}

impl CsvFile {
    pub fn open(path: &Path) -> Result<Self, SheetError> {
        let failed = |error: std::io::Error| SheetError::unreadable(path, &error);
        let file = || File::open(path).map_err(failed);
        let encoding = detect(file()?).map_err(failed)?;
        let mut beginning = Vec::new();
        let decoded = Decoded::new(file()?, encoding);
        decoded
            .take(LOOKED_AT)
            .read_to_end(&mut beginning)
            .map_err(failed)?;
        let separator = separator(&String::from_utf8_lossy(&beginning));
        let mut quotes = Quotes::new(separator);
        let mut decoded = Decoded::new(file()?, encoding);
        let mut piece = vec![0; PIECE];
        loop {
            let length = decoded.read(&mut piece).map_err(failed)?;
            if length == 0 {
                break;
            }
            quotes.take(piece.get(..length).unwrap_or_default());
        }
        if let Some(row) = quotes.unclosed() {
            return Err(SheetError::Unclosed {
                path: path.to_owned(),
                row,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            encoding,
            separator,
        })
    }

    /// How people call its alphabet.
    pub fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    pub fn separator(&self) -> u8 {
        self.separator
    }

    /// Gives each row that is not empty, with the share of the file that was read, until `each` wants no more.
    pub fn rows(&self, each: &mut dyn FnMut(Row, f32) -> bool) -> Result<(), SheetError> {
        let failed = |error: &dyn std::fmt::Display| SheetError::unreadable(&self.path, &error);
        let file = File::open(&self.path).map_err(|error| failed(&error))?;
        let length = file.metadata().map_or(1, |facts| facts.len()).max(1);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            // With a line end behind it the last row counts as the others do.
            .from_reader(BufReader::new(Decoded::new(file, self.encoding)).chain(&b"\n"[..]));
        let mut record = csv::StringRecord::new();
        let mut number: u64 = 0;
        let mut begun = false;
        loop {
            let from = reader.position().line();
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => return Err(failed(&error)),
            }
            // Lines without anything in them are passed over by the reader, but a spreadsheet counts them.
            let inside = record
                .iter()
                .flat_map(str::bytes)
                .filter(|byte| *byte == b'\n')
                .count() as u64;
            let lines = reader.position().line().saturating_sub(from);
            number += 1 + lines.saturating_sub(inside + 1);
            let says_separator =
                !begun && record.get(0).is_some_and(|cell| cell.starts_with("sep="));
            begun = true;
            if says_separator {
                continue;
            }
            let cells = record.iter().map(str::to_owned).collect();
            let share = reader.position().byte() as f32 / length as f32;
            if !each(Row { number, cells }, share.min(1.0)) {
                return Ok(());
            }
        }
    }
}

/// Takes the marks out of a row that may carry them.
pub(super) fn without_marks(row: &mut Row) {
    for cell in &mut row.cells {
        *cell = marks::unmark(cell);
    }
}

/// The separator that its first line says or has most often outside quotation marks.
fn separator(beginning: &str) -> u8 {
    let said = beginning
        .strip_prefix("sep=")
        .and_then(|rest| rest.chars().next());
    if let Some(said) = said.filter(|each| SEPARATORS.contains(each)) {
        return said as u8;
    }
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut quoted = false;
    for character in beginning.trim_start_matches(['\n', '\r']).chars() {
        match character {
            '"' => quoted = !quoted,
            '\n' | '\r' if !quoted => break,
            _ if !quoted => {
                let at = SEPARATORS
                    .iter()
                    .position(|separator| *separator == character);
                if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    // Among equals the first one: the comma gave the files their name.
    let most = counts
        .iter()
        .zip(SEPARATORS)
        .rev()
        .max_by_key(|(count, _)| **count);
    most.map_or(b',', |(_, separator)| separator as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        let mut rows = Vec::new();
        CsvFile::open(&path)
            .unwrap()
            .rows(&mut |row, _| {
                rows.push((row.number, row.cells));
                true
            })
            .unwrap();
        rows
    }

    #[test]
    fn the_separator_is_found() {
        for (text, expected) in [
            ("a,b;c,d\n", b','),
            ("a;b;\"x,y,z\"\n", b';'),
            ("a\tb\n", b'\t'),
            ("one", b','),
            ("sep=;\na;b,c,d\n", b';'),
        ] {
            assert_eq!(separator(text), expected, "{text:?}");
        }
    }

    #[test]
    fn rows_have_the_numbers_that_a_spreadsheet_shows() {
        let numbers = |text: &str| rows(text).into_iter().map(|row| row.0).collect::<Vec<_>>();
        assert_eq!(numbers("h\na\nb\n"), [1, 2, 3]);
        assert_eq!(numbers("h\na\nb"), [1, 2, 3]);
        assert_eq!(numbers("h\r\n\r\n\r\na\r\nb\r\n"), [1, 4, 5]);
        assert_eq!(numbers("h,x\n\"two\nlines\",y\nb,z\n\nc,z"), [1, 2, 3, 5]);
        assert_eq!(numbers("sep=;\nh;x\na;b\n"), [2, 3]);
    }

    #[test]
    fn quoted_line_ends_and_separators_stay_in_their_cell() {
        let rows = rows("IMEI;Note\n1;\"two\nlines; \"\"quoted\"\"\"\n");
        assert_eq!(rows[1].1, ["1", "two\nlines; \"quoted\""]);
    }
}
