//! One cell: what a spreadsheet did to a number, and what is wrong with a text.

use super::{NOT_CALCULATED, Refusal};
use crate::edit::{Edit, EditError, Field, longest_text};
use crate::ids::{
    Esn, Iccid, IdentifierError, Imei, Mdn, Meid, Recognised, UnitId, UnitIdKind, recognise,
};
use crate::printable::is_printable;

const IMEI_DIGITS: usize = 15;
/// Digits that spreadsheets keep of a number.
const KEPT_DIGITS: usize = 15;
/// Errors that spreadsheets write into cells.
const SPREADSHEET_ERRORS: [&str; 9] = [
    "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!",
];

/// What is wrong with any cell, whatever stands in it.
pub(super) fn damaged(text: &str) -> Option<Refusal> {
    let bare = text.trim();
    let hashes = bare.len() > 2 && bare.bytes().all(|each| each == b'#');
    if hashes
        || SPREADSHEET_ERRORS
            .iter()
            .any(|error| bare.eq_ignore_ascii_case(error))
        || bare == NOT_CALCULATED
    {
        return Some(Refusal::SpreadsheetError(bare.to_owned()));
    }
    if text.contains('\u{fffd}') {
        return Some(Refusal::LostCharacters);
    }
    let lines = bare.split(['\n', '\r']);
    (!lines.into_iter().all(is_printable)).then_some(Refusal::CannotBeShown)
}

/// The number a unit is known by.
pub(super) fn identity(kind: UnitIdKind, text: &str) -> Result<UnitId, Refusal> {
    let read = |text: &str| match kind {
        UnitIdKind::Imei => Imei::parse(text).map(UnitId::Imei),
        UnitIdKind::Meid => Meid::parse(text).map(UnitId::Meid),
        UnitIdKind::Esn => Esn::parse(text).map(UnitId::Esn),
        UnitIdKind::Hardware => Ok(UnitId::Hardware(text.trim().to_owned())),
    };
    match kind {
        UnitIdKind::Hardware => {
            let found = text.trim().chars().count();
            if found > LONGEST_HARDWARE {
                return Err(Refusal::TooLong {
                    most: LONGEST_HARDWARE,
                    found,
                });
            }
            read(text).map_err(|error| Refusal::of_number(text, &error))
        }
        UnitIdKind::Imei => number(text, &[IMEI_DIGITS], read),
        UnitIdKind::Meid => number(text, &[14, 18], read),
        UnitIdKind::Esn => number(text, &[8, 11], read),
    }
}

/// Longest number of a maker's.
const LONGEST_HARDWARE: usize = 100;

/// The number a unit is known by, whose kind follows from its form.
pub(super) fn unit(text: &str) -> Result<UnitId, Refusal> {
    if let Some(spoilt) = spoilt(text) {
        return Err(spoilt);
    }
    match recognise(text).as_slice() {
        [Recognised::Imei(imei)] => Ok(UnitId::Imei(imei.clone())),
        [Recognised::Meid(meid)] => Ok(UnitId::Meid(meid.clone())),
        [Recognised::Esn(esn)] => Ok(UnitId::Esn(esn.clone())),
        // What looks like no other number may be an IMEI without its zeros; its own words are the best ones.
        _ => identity(UnitIdKind::Imei, text),
    }
}

/// A number without what people put around it so that a spreadsheet leaves it as it is: `="3569..."`, or an apostrophe before it.
pub(super) fn without_guard(text: &str) -> &str {
    let text = text.trim();
    let formula = text
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    match (formula, text.strip_prefix('\'')) {
        (Some(inner), _) if !inner.contains('"') => inner.trim(),
        (None, Some(rest)) if rest.starts_with(|each: char| each.is_ascii_alphanumeric()) => rest,
        _ => text,
    }
}

/// A field that people enter, checked as on the screen.
pub(super) fn edit(field: Field, text: &str) -> Result<Edit, Refusal> {
    let text = text.trim();
    match field {
        Field::Iccid if !text.is_empty() => {
            let iccid = number(text, &[19, 20], Iccid::parse)?;
            if let Some(warning) = iccid.warning() {
                let why = warning.to_string();
                return Err(Refusal::CheckDigit {
                    found: iccid.to_string(),
                    why,
                });
            }
        }
        Field::Mdn if !text.is_empty() => {
            number(text, &[10], Mdn::parse)?;
        }
        Field::State => return state(text),
        _ => {}
    }
    // Line ends of other systems are line ends.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let found = text.chars().count();
    Edit::new(field, &text).map_err(|error| match error {
        EditError::Value { .. } if found > longest_text(field) => Refusal::TooLong {
            most: longest_text(field),
            found,
        },
        EditError::Value { why, .. } => Refusal::NoNumber {
            found: text.clone(),
            why,
        },
        _ => Refusal::CannotBeShown,
    })
}

fn state(text: &str) -> Result<Edit, Refusal> {
    let word = text.to_lowercase().replace([' ', '-'], "_");
    let proved = [
        "verified",
        "not_verified",
        "stopped",
        "needs_person",
        "needs_you",
    ];
    match word.as_str() {
        "known" | "in_use" | "active" => Edit::new(Field::State, "known"),
        "retired" | "out_of_use" => Edit::new(Field::State, "retired"),
        _ if proved.contains(&word.as_str()) => return Err(Refusal::ProvedState(text.to_owned())),
        _ => return Err(Refusal::UnknownState(text.to_owned())),
    }
    .map_err(|_| Refusal::UnknownState(text.to_owned()))
}

/// Reads a number; what will not do is looked at for what a spreadsheet does to numbers.
fn number<T>(
    text: &str,
    lengths: &[usize],
    read: impl Fn(&str) -> Result<T, IdentifierError>,
) -> Result<T, Refusal> {
    if let Some(spoilt) = spoilt(text) {
        return Err(spoilt);
    }
    let error = match read(text) {
        Ok(number) => return Ok(number),
        Err(error) => error,
    };
    let bare: String = text
        .chars()
        .filter(|each| !each.is_whitespace() && *each != '-')
        .collect();
    let with_zeros = lengths
        .iter()
        .filter(|length| bare.len() < **length)
        .find_map(|length| {
            let full = format!("{bare:0>width$}", width = *length);
            // No body that gives out IMEIs begins with another digit behind a zero: such a one lacks its check digit.
            let given_out =
                *length != IMEI_DIGITS || full.starts_with("00") || full.starts_with("01");
            let fits = bare.len() >= 4 && bare.is_ascii() && given_out && read(&full).is_ok();
            fits.then_some(full)
        });
    Err(match with_zeros {
        Some(full) => Refusal::LostZeros { found: bare, full },
        None => Refusal::of_number(text, &error),
    })
}

/// What a spreadsheet did to a number that is kept as a quantity.
fn spoilt(text: &str) -> Option<Refusal> {
    let text = text.trim();
    if is_shortened(text) {
        return Some(Refusal::Scientific(text.to_owned()));
    }
    let (whole, behind) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|each| each.is_ascii_digit());
    if digits(whole) && digits(behind) && behind.bytes().all(|each| each == b'0') {
        return Some(Refusal::DecimalPoint(text.to_owned()));
    }
    let (kept, rest) = text.split_at_checked(KEPT_DIGITS)?;
    let rounded = digits(kept) && rest.len() >= 3 && rest.bytes().all(|each| each == b'0');
    rounded.then(|| Refusal::Rounded(text.to_owned()))
}

/// `8.96E+19`, `8,96e19`, `3.56938E+14`; not the hexadecimal `5E000001` of an ESN, which has no sign and no point.
fn is_shortened(text: &str) -> bool {
    let Some((number, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let (sign, power) = match exponent.strip_prefix(['+', '-']) {
        Some(power) => (true, power),
        None => (false, exponent),
    };
    let point = number.contains(['.', ',']);
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|each| each.is_ascii_digit());
    let mantissa = number.trim_start_matches('-').replace(['.', ','], "");
    (sign || point) && all_digits(&mantissa) && all_digits(power) && power.len() <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imei(text: &str) -> Result<UnitId, Refusal> {
        identity(UnitIdKind::Imei, text)
    }

    #[test]
    fn what_spreadsheets_do_to_numbers_is_recognised() {
        for text in [
            "8.96E+19",
            "8,96E+19",
            "8.90112E+19",
            "8.9e19",
            "3.56938E+14",
            "9E+18",
        ] {
            assert_eq!(
                edit(Field::Iccid, text),
                Err(Refusal::Scientific(text.to_owned()))
            );
            assert_eq!(imei(text), Err(Refusal::Scientific(text.to_owned())));
        }
        assert!(matches!(
            edit(Field::Iccid, "89011200000117200000"),
            Err(Refusal::Rounded(_))
        ));
        assert!(matches!(
            identity(UnitIdKind::Meid, "293608736500703000"),
            Err(Refusal::Rounded(_))
        ));
        assert!(matches!(
            imei("356938035643809.0"),
            Err(Refusal::DecimalPoint(_))
        ));
        assert!(matches!(
            edit(Field::Mdn, "2065550100,00"),
            Err(Refusal::DecimalPoint(_))
        ));
        assert!(matches!(
            edit(Field::Mdn, "2.06555E+09"),
            Err(Refusal::Scientific(_))
        ));
    }

    #[test]
    fn phone_numbers_are_read_as_people_write_them() {
        let plain = edit(Field::Mdn, "9135550199");
        assert!(plain.is_ok());
        for text in [
            "+1 (913) 555-0199",
            "(913) 555-0199",
            "913.555.0199",
            "+19135550199",
        ] {
            assert_eq!(edit(Field::Mdn, text), plain, "{text}");
        }
    }

    #[test]
    fn lost_zeros_are_told_with_the_whole_number() {
        let check = |kind, full: &str, found: &str| {
            assert!(identity(kind, full).is_ok(), "{full}");
            assert_eq!(
                identity(kind, found),
                Err(Refusal::LostZeros {
                    found: found.to_owned(),
                    full: full.to_owned()
                })
            );
        };
        check(UnitIdKind::Imei, "010928000000000", "10928000000000");
        check(UnitIdKind::Imei, "004400000000008", "4400000000008");
        check(UnitIdKind::Esn, "0E000001", "E000001");
    }

    #[test]
    fn fourteen_digits_lack_their_check_digit_unless_a_zero_makes_an_imei_that_is_given_out() {
        // With a zero before it the check digit would be right, but no IMEI begins with 03.
        let body = (0..10_000)
            .map(|number| format!("3569380300{number:04}"))
            .find(|body| Imei::parse(&format!("0{body}")).is_ok());
        let body = body.unwrap();
        assert!(
            matches!(imei(&body), Err(Refusal::CheckDigitMissing { .. })),
            "{body}"
        );
    }

    #[test]
    fn numbers_that_were_guarded_against_a_spreadsheet_are_read_without_their_guard() {
        for text in [
            "=\"356938035643809\"",
            "'356938035643809",
            " 356938035643809 ",
        ] {
            assert_eq!(without_guard(text), "356938035643809", "{text}");
        }
        for text in ["=A1", "=\"a\"&\"b\"", "''x", "x"] {
            assert_eq!(without_guard(text), text);
        }
    }

    #[test]
    fn hexadecimal_numbers_are_not_taken_for_shortened_ones() {
        assert!(identity(UnitIdKind::Esn, "5E000001").is_ok());
        assert!(matches!(
            identity(UnitIdKind::Esn, "5E+06"),
            Err(Refusal::Scientific(_))
        ));
    }

    #[test]
    fn wrong_numbers_are_told_by_what_is_wrong() {
        assert!(
            matches!(imei("356938035643808"), Err(Refusal::CheckDigit { why, .. }) if why.contains("it would be 9"))
        );
        assert!(
            matches!(imei("35693803564380"), Err(Refusal::CheckDigitMissing { full, .. }) if full == "356938035643809")
        );
        assert!(matches!(imei("12345"), Err(Refusal::NoNumber { .. })));
        assert!(matches!(
            imei("35693803564380X"),
            Err(Refusal::NoNumber { .. })
        ));
        assert!(matches!(
            edit(Field::Iccid, "89011200000117291583"),
            Err(Refusal::CheckDigit { .. })
        ));
        assert!(matches!(
            identity(UnitIdKind::Esn, "80016B12"),
            Err(Refusal::SharedNumber(_))
        ));
        assert!(matches!(
            unit("356938035643808"),
            Err(Refusal::CheckDigit { .. })
        ));
        assert_eq!(
            unit("A0000000002329").map(|id| id.kind()),
            Ok(UnitIdKind::Meid)
        );
    }

    #[test]
    fn damaged_texts_are_told() {
        assert!(matches!(
            damaged("#N/A"),
            Some(Refusal::SpreadsheetError(_))
        ));
        assert!(matches!(
            damaged("########"),
            Some(Refusal::SpreadsheetError(_))
        ));
        assert_eq!(damaged("M\u{fffd}ller"), Some(Refusal::LostCharacters));
        assert_eq!(damaged("a\u{1b}[31m"), Some(Refusal::CannotBeShown));
        assert_eq!(damaged("Grüße\r\nzwei"), None);
        assert_eq!(damaged("# 4"), None);
    }

    #[test]
    fn only_states_that_people_may_enter_are_taken() {
        assert!(edit(Field::State, "Retired").is_ok() && edit(Field::State, "in use").is_ok());
        assert!(matches!(
            edit(Field::State, "Verified"),
            Err(Refusal::ProvedState(_))
        ));
        assert!(matches!(
            edit(Field::State, "brokken"),
            Err(Refusal::UnknownState(_))
        ));
    }
}
