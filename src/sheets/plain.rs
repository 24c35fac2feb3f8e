//! Plain lists of numbers, one a line, in whatever alphabet they were saved.

use super::encoding::{Decoded, detect};
use super::error::SheetError;
use super::quotes::Quotes;
use super::source::foreign;
use fleet::Imei;
use fleet::sheet::could_be_a_number;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Largest list that is looked at.
const MOST_MIB: u64 = 64;
/// What is read where no file is named.
const STANDARD_INPUT: &str = "on standard input";

/// The text of a list in a file; `-` is standard input.
///
/// # Errors
/// When it cannot be read or is no text.
pub fn list_text(path: &Path) -> Result<String, SheetError> {
    let most = MOST_MIB << 20;
    let mut bytes = Vec::new();
    let (name, read) = if path == Path::new("-") {
        let read = std::io::stdin().take(most + 1).read_to_end(&mut bytes);
        (Path::new(STANDARD_INPUT), read)
    } else {
        let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
        (path, read)
    };
    let failed = |error: std::io::Error| SheetError::unreadable(name, &error);
    read.map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(SheetError::TooLarge {
            path: name.to_owned(),
            most_mib: MOST_MIB,
        });
    }
    let workbook = bytes
        .starts_with(b"PK\x03\x04")
        .then_some("it is a workbook");
    if let Some(why) = workbook.or_else(|| foreign(&bytes)) {
        return Err(SheetError::NoText {
            path: name.to_owned(),
            why,
        });
    }
    let encoding = detect(bytes.as_slice()).map_err(failed)?;
    let mut text = String::new();
    Decoded::new(bytes.as_slice(), encoding)
        .read_to_string(&mut text)
        .map_err(failed)?;
    Ok(text)
}

/// Heads of columns that hold a unit's number.
const HEADS: [&str; 9] = [
    "imei", "id", "serial", "unit", "number", "meid", "iccid", "mdn", "esn",
];

/// The numbers of units in a list as text: one a line, or the column of a table that is called so.
///
/// # Errors
/// When it cannot be read, is no text, or a quotation mark would take other rows into its cell.
pub fn list_numbers(path: &Path) -> Result<Vec<String>, SheetError> {
    let text = list_text(path)?;
    numbers_in(&text).map_err(|row| SheetError::Unclosed {
        path: match path == Path::new("-") {
            true => STANDARD_INPUT.into(),
            false => path.to_owned(),
        },
        row,
    })
}

/// Numbers of a list; otherwise the row with a quotation mark that has no partner.
fn numbers_in(text: &str) -> Result<Vec<String>, u64> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let parts = |sign: char| first.matches(sign).count();
    let delimiter = [b';', b'\t', b',']
        .into_iter()
        .max_by_key(|sign| parts(char::from(*sign)))
        .unwrap_or(b',');
    let mut quotes = Quotes::new(delimiter);
    quotes.take(text.as_bytes());
    if let Some(row) = quotes.unclosed() {
        return Err(row);
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().filter_map(Result::ok).collect();
    let head: Vec<String> = rows
        .first()
        .map(|row| row.iter().map(str::to_lowercase).collect())
        .unwrap_or_default();
    let named = HEADS
        .iter()
        .find_map(|name| head.iter().position(|cell| cell == name));
    let has_head = !head
        .iter()
        .any(|cell| cell.chars().any(|each| each.is_ascii_digit()));
    let rows = rows.iter().skip(usize::from(has_head));
    // Nobody says which column: the first one, unless only another one has numbers.
    let with_numbers = || {
        let mut columns = rows
            .clone()
            .filter_map(|row| row.iter().position(could_be_a_number));
        columns.next().unwrap_or(0)
    };
    let column = named.unwrap_or_else(with_numbers);
    let mut numbers = Vec::new();
    for row in rows {
        let imeis = row.iter().filter(|cell| Imei::parse(cell).is_ok());
        if named.is_none() && imeis.clone().count() > 1 {
            // Units beside each other are no columns of one unit.
            numbers.extend(imeis.map(str::to_owned));
        } else {
            numbers.extend(row.get(column).map(str::to_owned));
        }
    }
    numbers.retain(|number| !number.is_empty());
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_numbers_is_read_in_any_alphabet_and_a_workbook_is_told_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.txt");
        let text = "356938035643809\r\n490154203237518\r\n";
        let wide: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for bytes in [text.as_bytes(), wide.as_slice()] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(list_text(&path).as_deref(), Ok(text));
        }
        std::fs::write(&path, b"M\xfcller\n").unwrap();
        assert_eq!(list_text(&path).as_deref(), Ok("Müller\n"));
        std::fs::write(&path, b"PK\x03\x04 a workbook").unwrap();
        let error = list_text(&path).unwrap_err();
        assert!(
            error.to_string().ends_with("it is a workbook") && error.code() == "S-843",
            "{error}"
        );
        assert_eq!(
            list_text(&folder.path().join("nowhere"))
                .unwrap_err()
                .code(),
            "S-830"
        );
    }

    #[test]
    fn numbers_come_from_lines_from_the_column_that_is_called_so_and_from_units_beside_each_other()
    {
        let expected = ["356938035643809", "490154203237518"]
            .map(str::to_owned)
            .to_vec();
        for text in [
            "356938035643809\n490154203237518\n",
            "\u{feff}imei;plate\r\n356938035643809;KL-1\r\n490154203237518;\r\n",
            "plate,IMEI\nKL-1,356938035643809\nKL-2,490154203237518\n\n",
            "unit\n 356938035643809 \n\n490154203237518",
            "356938035643809, 490154203237518\n",
            "KL-1;356938035643809\nKL-2;490154203237518\n",
            "imei,note\n356938035643809,\"two\nlines\"\n490154203237518,12\" rack\n",
        ] {
            assert_eq!(numbers_in(text).as_ref(), Ok(&expected), "{text:?}");
        }
        // One that is wrong comes back as it is, to be told as not found.
        let wrong = ["356938035643809".to_owned(), "12".to_owned()];
        assert_eq!(numbers_in("356938035643809\n12\n"), Ok(wrong.to_vec()));
    }

    #[test]
    fn a_quotation_mark_that_would_swallow_units_is_told_with_its_row() {
        for text in [
            "imei,customer\n356938035643809,\"Bob\n490154203237518,C\n",
            "imei,customer\n356938035643809,\"Bob\n490154203237518,\"C\"\n",
        ] {
            assert_eq!(numbers_in(text), Err(2), "{text:?}");
        }
        assert_eq!(numbers_in("\"356938035643809\n490154203237518\n"), Err(1));
    }
}
