//! Plain lists of numbers, one a line, in whatever alphabet they were saved.

use super::encoding::{Decoded, detect};
use super::error::SheetError;
use super::source::foreign;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Largest list that is looked at.
const MOST_MIB: u64 = 64;

/// The text of a list in a file; `-` is standard input.
///
/// # Errors
/// When it cannot be read or is no text.
pub fn list_text(path: &Path) -> Result<String, SheetError> {
    let most = MOST_MIB << 20;
    let mut bytes = Vec::new();
    let (name, read) = if path == Path::new("-") {
        let read = std::io::stdin().take(most + 1).read_to_end(&mut bytes);
        (Path::new("on standard input"), read)
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
}
