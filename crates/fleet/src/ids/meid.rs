//! MEID: fourteen hexadecimal digits, also written as eighteen decimal ones, each with or without a check digit.

use super::clean::{clean, identifier_text, only_digits, only_hex};
use super::{IdentifierError, Warning, luhn};
use sha1::{Digest, Sha1};

const WHAT: &str = "a MEID";
const LENGTHS: &str = "14 hexadecimal or 18 decimal digits, and maybe a check digit";

/// The identity of a CDMA unit, kept in its hexadecimal form without check digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Meid(String);

identifier_text!(Meid, Meid::parse);

/// What old CDMA networks call a unit that has a MEID. Several units share each one, so it is never an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PseudoEsn(u32);

impl Meid {
    /// Reads either form, with or without check digit.
    ///
    /// # Errors
    /// When it has no such form or its check digit is wrong.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let (meid, given) = split(text)?;
        match given {
            Some(CheckDigit {
                found,
                expected,
                position,
            }) if found != expected => Err(IdentifierError::CheckDigit {
                what: WHAT,
                position,
                found,
                expected,
            }),
            _ => Ok(meid),
        }
    }

    /// Reads what a unit says about itself: a wrong check digit is a warning.
    ///
    /// # Errors
    /// When it has no such form.
    pub fn from_unit(text: &str) -> Result<(Self, Option<Warning>), IdentifierError> {
        let (meid, given) = split(text)?;
        let warning = given
            .filter(|digit| digit.found != digit.expected)
            .map(|digit| Warning::CheckDigit {
                what: "MEID",
                found: digit.found,
                expected: digit.expected,
            });
        Ok((meid, warning))
    }

    /// The check digit of the hexadecimal form.
    #[must_use]
    pub fn check_digit(&self) -> char {
        hex_check_digit(&self.0).unwrap_or('0')
    }

    /// The decimal form: ten digits for the first eight, eight for the last six.
    #[must_use]
    pub fn to_decimal(&self) -> String {
        let (manufacturer, serial) = self.parts();
        format!("{manufacturer:010}{serial:08}")
    }

    /// The check digit of the decimal form.
    #[must_use]
    pub fn decimal_check_digit(&self) -> char {
        luhn::decimal(&self.to_decimal()).unwrap_or('0')
    }

    /// The pseudo-ESN: 80 and the last three bytes of the SHA-1 of the seven bytes (not of their text).
    #[must_use]
    pub fn pseudo_esn(&self) -> PseudoEsn {
        let (manufacturer, serial) = self.parts();
        let [_, serial @ ..] = serial.to_be_bytes();
        let mut digest = Sha1::new();
        digest.update(manufacturer.to_be_bytes());
        digest.update(serial);
        let hash: [u8; 20] = digest.finalize().into();
        let [.., first, second, third] = hash;
        PseudoEsn(u32::from_be_bytes([0x80, first, second, third]))
    }

    fn parts(&self) -> (u32, u32) {
        let part = |range: std::ops::Range<usize>| {
            self.0
                .get(range)
                .and_then(|text| u32::from_str_radix(text, 16).ok())
                .unwrap_or(0)
        };
        (part(0..8), part(8..14))
    }
}

impl PseudoEsn {
    /// Eight hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        format!("{:08X}", self.0)
    }

    /// Eleven decimal digits.
    #[must_use]
    pub fn to_decimal(self) -> String {
        super::esn::decimal_form(self.0)
    }
}

/// A check digit that was given, and what it should be.
struct CheckDigit {
    found: char,
    expected: char,
    position: usize,
}

fn split(text: &str) -> Result<(Meid, Option<CheckDigit>), IdentifierError> {
    let text = clean(text);
    match text.chars().count() {
        14 | 15 => {
            only_hex(WHAT, &text)?;
            let (hex, given) = text.split_at(14);
            check_start(hex)?;
            let given = given.chars().next().zip(hex_check_digit(hex));
            Ok((
                Meid(hex.to_owned()),
                given.map(|(found, expected)| CheckDigit {
                    found,
                    expected,
                    position: 15,
                }),
            ))
        }
        18 | 19 => {
            only_digits(WHAT, &text)?;
            let (decimal, given) = text.split_at(18);
            let hex = from_decimal(decimal)?;
            check_start(&hex)?;
            let given = given.chars().next().zip(luhn::decimal(decimal));
            Ok((
                Meid(hex),
                given.map(|(found, expected)| CheckDigit {
                    found,
                    expected,
                    position: 19,
                }),
            ))
        }
        found => Err(IdentifierError::Length {
            what: WHAT,
            expected: LENGTHS,
            found,
        }),
    }
}

/// MEIDs begin with A to F, apart from those that share the IMEI's number range (99, decimal digits only).
fn check_start(hex: &str) -> Result<(), IdentifierError> {
    let shared_range = hex.starts_with("99") && hex.bytes().all(|each| each.is_ascii_digit());
    if shared_range || hex.starts_with(|each: char| ('A'..='F').contains(&each)) {
        Ok(())
    } else {
        Err(IdentifierError::Start {
            what: WHAT,
            expected: "A to F, or with 99 and decimal digits only",
        })
    }
}

fn from_decimal(decimal: &str) -> Result<String, IdentifierError> {
    let (manufacturer, serial) = decimal.split_at(10);
    let too_great = |part, greatest| IdentifierError::TooGreat {
        what: WHAT,
        part,
        greatest,
    };
    let manufacturer: u32 = manufacturer
        .parse()
        .map_err(|_| too_great("first 10", u32::MAX))?;
    match serial.parse::<u32>() {
        Ok(serial) if serial <= 0xFF_FFFF => Ok(format!("{manufacturer:08X}{serial:06X}")),
        _ => Err(too_great("last 8", 0xFF_FFFF)),
    }
}

fn hex_check_digit(hex: &str) -> Option<char> {
    if hex.bytes().all(|each| each.is_ascii_digit()) {
        luhn::decimal(hex)
    } else {
        luhn::hexadecimal(hex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hexadecimal, check digit, decimal, check digit, pseudo-ESN in both forms.
    const VECTORS: [(&str, char, &str, char, &str, &str); 4] = [
        (
            "AF0123450ABCDE",
            'C',
            "293608736500703710",
            '0',
            "8016B128",
            "12801487144",
        ),
        (
            "FF000001123456",
            'F',
            "427819008101193046",
            '6',
            "800737E1",
            "12800473057",
        ),
        (
            "A0000000002329",
            '9',
            "268435456000009001",
            '3',
            "8051F1AB",
            "12805370283",
        ),
        (
            "99000210580251",
            '4',
            "256691457605767761",
            '1',
            "806F741B",
            "12807304219",
        ),
    ];

    #[test]
    fn published_numbers_are_read_in_every_form() {
        for (hex, hex_digit, decimal, decimal_digit, esn_hex, esn_decimal) in VECTORS {
            let meid = Meid::parse(hex).unwrap();
            for form in [
                format!("{hex}{hex_digit}"),
                decimal.to_owned(),
                format!("{decimal}{decimal_digit}"),
            ] {
                assert_eq!(Meid::parse(&form).unwrap(), meid, "{form}");
            }
            assert_eq!(meid.as_str(), hex);
            assert_eq!(meid.to_decimal(), decimal);
            assert_eq!(
                (meid.check_digit(), meid.decimal_check_digit()),
                (hex_digit, decimal_digit)
            );
            assert_eq!(meid.pseudo_esn().to_hex(), esn_hex);
            assert_eq!(meid.pseudo_esn().to_decimal(), esn_decimal);
        }
    }

    #[test]
    fn a_wrong_check_digit_is_named_and_from_a_unit_only_said() {
        let error = Meid::parse("AF0123450ABCDED").unwrap_err();
        assert_eq!(
            error,
            IdentifierError::CheckDigit {
                what: WHAT,
                position: 15,
                found: 'D',
                expected: 'C'
            }
        );
        assert!(Meid::parse("2936087365007037101").is_err());
        let (meid, warning) = Meid::from_unit("AF0123450ABCDED").unwrap();
        assert_eq!(meid.as_str(), "AF0123450ABCDE");
        assert!(warning.is_some());
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "35686800004141",
            "9900021058025A",
            "AF0123450ABCD",
            "AF0123450ABCDG",
            "429496729600000000",
            "427819008116777216",
            "000000000000000000",
        ] {
            assert!(Meid::parse(bad).is_err(), "{bad}");
        }
    }
}
