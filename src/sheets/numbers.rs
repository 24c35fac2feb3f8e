//! Cells that look as the numbers of units and SIMs do, well enough to tell a row from a heading or from a line of a note.

use fleet::{Iccid, Meid};

/// Whether a cell holds nothing but what could be an IMEI, a MEID or an ICCID, with a good check digit or without.
pub(super) fn could_be_a_number(cell: &str) -> bool {
    let bare: String = cell
        .chars()
        .filter(|each| !each.is_whitespace() && !matches!(each, '-' | '"' | '\''))
        .collect();
    let digits = bare.bytes().all(|each| each.is_ascii_digit());
    (14..=20).contains(&bare.len())
        && (digits || Meid::parse(&bare).is_ok() || Iccid::parse(&bare).is_ok())
}

/// How a spreadsheet calls a column: A is the first, AA the twenty-seventh.
pub(super) fn letters(column: usize) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        let letter = ('A'..='Z').nth((rest - 1) % 26).unwrap_or('A');
        letters.push(letter);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_units_are_told_from_headings() {
        for number in [
            "356938030000005",
            " 35-693803-000000-5 ",
            "'356938030000005",
            "356938030000006",
            "89011200000117291582",
            "8965 8808 1210 0011 146F",
            "A0000000002329",
        ] {
            assert!(could_be_a_number(number), "{number}");
        }
        for heading in [
            "IMEI",
            "Phone 2065550100",
            "2065550100",
            "",
            "Serial number",
            "id_kind",
        ] {
            assert!(!could_be_a_number(heading), "{heading}");
        }
    }

    #[test]
    fn columns_are_called_as_a_spreadsheet_calls_them() {
        let called: Vec<String> = [0, 1, 25, 26, 27, 51, 52, 701, 702]
            .into_iter()
            .map(letters)
            .collect();
        assert_eq!(called, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }
}
