//! A pasted or given list of numbers, line by line: what each line means before anybody looks it up.
//!
//! Lists come out of spreadsheets and mails: with headings, several columns, quotes, and numbers that a spreadsheet has ruined.

use crate::ids::{IdentifierError, Recognised, recognise};
use crate::printable::printable;
use crate::query::typed_number;

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedLine {
    /// Which line it was, from 1; empty lines count and are left out.
    pub line: u32,
    /// What stood there, printable.
    pub text: String,
    /// What is looked up.
    pub meant: Meant,
}

/// What a line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// A number, or the end of one, bare.
    Number(String),
    /// It has the form of a number whose digits cannot be right.
    Wrong {
        /// The number, bare.
        number: String,
        /// Why not.
        error: IdentifierError,
    },
    /// A spreadsheet has cut it off: `8.96E+19`.
    CutOff,
    /// Nothing that could be a number.
    NoNumber,
}

/// Whether a pasted text is a list and not something to search for.
#[must_use]
pub fn is_list(text: &str) -> bool {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .nth(1)
        .is_some()
}

/// The lines of a list in their order. A heading is left out.
#[must_use]
pub fn lines(text: &str) -> Vec<PastedLine> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let meant = meant(line);
        if at == 0 && meant == Meant::NoNumber {
            continue;
        }
        lines.push(PastedLine {
            line: u32::try_from(at + 1).unwrap_or(u32::MAX),
            text: shown(line, &meant),
            meant,
        });
    }
    lines
}

/// Why a line fits no unit, where its own form tells: a spreadsheet cut it off, or a digit is wrong.
#[must_use]
pub fn why_none(line: &str) -> Option<String> {
    match meant(line.trim()) {
        Meant::CutOff => Some("a spreadsheet cut it off; export the column as text".to_owned()),
        Meant::Wrong { error, .. } => Some(error.to_string()),
        Meant::Number(_) | Meant::NoNumber => None,
    }
}

/// What people see of a line: the number alone where one was found among other columns.
fn shown(line: &str, meant: &Meant) -> String {
    match meant {
        Meant::Number(number) | Meant::Wrong { number, .. } if line.contains(['\t', ';', ',']) => {
            number.clone()
        }
        _ => printable(line.trim_matches(['"', '\''])),
    }
}

fn meant(line: &str) -> Meant {
    let cells: Vec<&str> = line
        .split(['\t', ';'])
        .map(|cell| cell.trim().trim_matches(['"', '\'', '=']))
        .filter(|cell| !cell.is_empty())
        .collect();
    if let Some(found) = cells.iter().find_map(|cell| whole_number(cell)) {
        return found;
    }
    if cells.iter().any(|cell| is_cut_off(cell)) {
        return Meant::CutOff;
    }
    let wrong = cells.iter().find_map(|cell| {
        recognise(cell).into_iter().find_map(|found| match found {
            Recognised::Wrong { text, error } => Some(Meant::Wrong {
                number: typed_number(&text),
                error,
            }),
            _ => None,
        })
    });
    if let Some(wrong) = wrong {
        return wrong;
    }
    let with_digit = cells
        .iter()
        .flat_map(|cell| cell.split(','))
        .find(|cell| cell.bytes().any(|each| each.is_ascii_digit()));
    match with_digit.map(typed_number_of) {
        Some(number) if !number.is_empty() => Meant::Number(number),
        _ => Meant::NoNumber,
    }
}

/// A serial number or the end of a number, without the label before it.
fn typed_number_of(cell: &str) -> String {
    let other = recognise(cell).into_iter().find_map(|found| match found {
        Recognised::Other(text) => Some(text),
        _ => None,
    });
    typed_number(other.as_deref().unwrap_or(cell))
}

fn whole_number(cell: &str) -> Option<Meant> {
    recognise(cell).into_iter().find_map(|found| {
        let number = match &found {
            Recognised::Imei(imei) => imei.as_str(),
            Recognised::Meid(meid) => meid.as_str(),
            Recognised::Esn(esn) => esn.as_str(),
            Recognised::Iccid(iccid) => iccid.as_str(),
            Recognised::Mdn(mdn) => mdn.as_str(),
            Recognised::Wrong { .. } | Recognised::Other(_) => return None,
        };
        Some(Meant::Number(typed_number(number)))
    })
}

/// `8.96E+19`, `3,56868E+14`.
fn is_cut_off(cell: &str) -> bool {
    let Some((number, power)) = cell.split_once(['E', 'e']) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|each| each.is_ascii_digit());
    let number = number.replacen([',', '.'], "", 1);
    power.strip_prefix('+').is_some_and(digits) && digits(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant_of(text: &str) -> Vec<Meant> {
        lines(text).into_iter().map(|line| line.meant).collect()
    }

    fn number(text: &str) -> Meant {
        Meant::Number(text.to_owned())
    }

    #[test]
    fn a_column_of_numbers_is_read_in_its_order() {
        let text =
            "IMEI\r\n356868000041418\r\n\r\n35-686800-004141-8\n89011200000117291582F\n4821\n";
        let found = lines(text);
        let at: Vec<u32> = found.iter().map(|line| line.line).collect();
        assert_eq!(at, [2, 4, 5, 6]);
        assert_eq!(
            meant_of(text),
            [
                number("356868000041418"),
                number("356868000041418"),
                // Twenty digits and an F are no ICCID, and are looked up as they stand.
                number("89011200000117291582F"),
                number("4821")
            ]
        );
        assert_eq!(
            meant_of("8965880812100011146F"),
            [number("8965880812100011146")]
        );
    }

    #[test]
    fn the_number_is_found_among_other_columns() {
        assert_eq!(
            meant_of("Van 7\t356868000041418\tNorth"),
            [number("356868000041418")]
        );
        assert_eq!(
            meant_of("x;\"356868000041418\";y"),
            [number("356868000041418")]
        );
        assert_eq!(lines("x;356868000041418;y")[0].text, "356868000041418");
        assert_eq!(meant_of("S/N: AB-1104"), [number("AB1104")]);
    }

    #[test]
    fn ruined_and_mistyped_numbers_are_told_apart() {
        assert_eq!(meant_of("1\n8.96E+19"), [number("1"), Meant::CutOff]);
        assert_eq!(meant_of("1\n3,56868E+14")[1], Meant::CutOff);
        assert!(matches!(
            &meant_of("354178036859781")[0],
            Meant::Wrong { number, error: IdentifierError::CheckDigit { expected: '9', .. } } if number == "354178036859781"
        ));
        assert_eq!(meant_of("1\nno number here")[1], Meant::NoNumber);
        let why = |line: &str| why_none(line).unwrap_or_default();
        assert!(why(" 8.96E+19").contains("cut it off"));
        assert!(why("354178036859781").contains("it would be 9"));
        assert_eq!(why_none("354178036859789"), None);
    }

    #[test]
    fn one_line_is_a_search_and_two_are_a_list() {
        assert!(!is_list("4821\n") && !is_list("") && is_list("4821\n4822"));
    }
}
