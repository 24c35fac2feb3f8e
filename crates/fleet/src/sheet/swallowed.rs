//! Rows of a list as text that a lonely quotation mark drew into a cell of another row: they would be gone without a verdict.

use super::{Column, Mapping, Reason, Refusal};
use crate::ids::{Iccid, Meid};

/// Whether a cell holds nothing but what could be an IMEI, a MEID or an ICCID, with a good check digit or without.
#[must_use]
pub fn could_be_a_number(cell: &str) -> bool {
    if cell.len() < 14 {
        return false;
    }
    let bare: String = cell
        .chars()
        .filter(|each| !each.is_whitespace() && !matches!(each, '-' | '"' | '\''))
        .collect();
    let digits = bare.bytes().all(|each| each.is_ascii_digit());
    (14..=20).contains(&bare.len())
        && (digits || Meid::parse(&bare).is_ok() || Iccid::parse(&bare).is_ok())
}

/// The number of a unit on a line within a cell that is parted as a row of this list, with the number where its rows have it.
pub(super) fn number_inside(
    cell: &str,
    place: usize,
    mapping: &Mapping,
    separator: char,
) -> Option<String> {
    if !cell.contains(['\n', '\r']) {
        return None;
    }
    cell.split(['\n', '\r'])
        .enumerate()
        .find_map(|(line, text)| {
            // The first line goes on where the cell begins; each further one begins a row.
            let from = if line == 0 { place } else { 0 };
            let parts: Vec<&str> = text.split(separator).collect();
            if parts.len() < 2 {
                return None;
            }
            let found = parts.into_iter().enumerate().find(|(part, text)| {
                let names_unit = |column: &Column| column.is_identity();
                let column = mapping.columns().get(from + part);
                column.is_some_and(names_unit) && could_be_a_number(text)
            });
            found.map(|(_, text)| text.trim().trim_matches('"').to_owned())
        })
}

/// Why a row that may hold others is not taken.
pub(super) fn reason(heading: &str, number: String) -> Reason {
    Reason {
        column: heading.to_owned(),
        refusal: Refusal::HoldsRows(number),
    }
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
    fn a_line_that_is_parted_as_a_row_with_its_number_in_its_place_is_one() {
        let headings = ["customer", "imei", "note"].map(str::to_owned);
        let mapping = Mapping::guess(&headings);
        let inside = |cell: &str, place| number_inside(cell, place, &mapping, ',');
        let number = Some("356938030000021".to_owned());
        assert_eq!(inside("Bob\nC,356938030000021", 2), number);
        assert_eq!(inside("Bob\r\nC,\"356938030000021\",x\r\nz", 2), number);
        // The row itself, drawn into its first cell.
        assert_eq!(inside("Al,356938030000021\nX", 0), number);
        for harmless in [
            "was\n356938030000021",
            "356938030000021, then\nanother",
            "one\n356938030000021, swapped",
            "C,356938030000021",
            "two\nlines, and 356938030000021 too",
        ] {
            assert_eq!(inside(harmless, 2), None, "{harmless}");
        }
    }
}
