//! IMEI: fifteen digits, the last one a Luhn check digit.

use super::clean::{clean, identifier_text, only_digits};
use super::{IdentifierError, Warning, luhn};

const WHAT: &str = "an IMEI";
const LENGTHS: &str = "15 digits";

/// The identity of a GSM, UMTS or LTE unit.
///
/// What people type or scan must have the right check digit ([`Imei::parse`]). What a unit says about itself is kept
/// as it is, with a [`Warning`] ([`Imei::from_unit`]), because modules with a wrong last digit exist and their labels show the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Imei(String);

identifier_text!(Imei, Imei::from_file);

impl Imei {
    /// Reads what a person typed or scanned.
    ///
    /// # Errors
    /// When it has no such form, when the check digit is wrong (the error names the right one), when it is missing
    /// (14 digits: the error carries the full number to ask about) or when a software version stands there (16 digits).
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = clean(text);
        only_digits(WHAT, &digits)?;
        let (body, expected) = body_of(&digits)?;
        match digits.len() {
            14 => Err(IdentifierError::CheckDigitMissing {
                full: format!("{body}{expected}"),
            }),
            16 => Err(IdentifierError::SoftwareVersion {
                imei: format!("{body}{expected}"),
            }),
            _ if digits.ends_with(expected) => Ok(Self(digits)),
            _ => {
                let found = digits.chars().last().unwrap_or_default();
                Err(IdentifierError::CheckDigit {
                    what: WHAT,
                    position: 15,
                    found,
                    expected,
                })
            }
        }
    }

    /// Reads what a unit says about itself: a wrong or missing check digit is a warning.
    ///
    /// # Errors
    /// When it is not 14, 15 or 16 digits.
    pub fn from_unit(text: &str) -> Result<(Self, Option<Warning>), IdentifierError> {
        let digits = clean(text);
        only_digits(WHAT, &digits)?;
        let (body, expected) = body_of(&digits)?;
        let full = format!("{body}{expected}");
        Ok(match digits.len() {
            14 => (Self(full), Some(Warning::CheckDigitWorkedOut { expected })),
            16 => (Self(full), Some(Warning::SoftwareVersion { expected })),
            _ if digits == full => (Self(full), None),
            _ => {
                let found = digits.chars().last().unwrap_or_default();
                (
                    Self(digits),
                    Some(Warning::CheckDigit {
                        what: "IMEI",
                        found,
                        expected,
                    }),
                )
            }
        })
    }

    /// The IMEI of an IMEISV: its first 14 digits with their check digit.
    ///
    /// # Errors
    /// When it is not 16 digits.
    pub fn from_imeisv(text: &str) -> Result<Self, IdentifierError> {
        let digits = clean(text);
        only_digits("an IMEISV", &digits)?;
        if digits.len() != 16 {
            return Err(IdentifierError::Length {
                what: "an IMEISV",
                expected: "16 digits",
                found: digits.len(),
            });
        }
        let (body, expected) = body_of(&digits)?;
        Ok(Self(format!("{body}{expected}")))
    }

    /// Reads one of our own files, where an IMEI as its unit tells it may stand.
    pub(super) fn from_file(text: &str) -> Result<Self, IdentifierError> {
        match Self::parse(text) {
            Err(IdentifierError::CheckDigit { .. }) => Ok(Self(clean(text))),
            other => other,
        }
    }

    /// The fourteen digits that name the unit, without the check digit.
    #[must_use]
    pub fn body(&self) -> &str {
        self.0.get(..14).unwrap_or(&self.0)
    }

    /// Whether the last digit is the right one; always so for what a person typed.
    #[must_use]
    pub fn check_digit_ok(&self) -> bool {
        luhn::decimal(self.body()).is_some_and(|expected| self.0.ends_with(expected))
    }
}

/// The fourteen digits and the check digit that belongs to them.
fn body_of(digits: &str) -> Result<(&str, char), IdentifierError> {
    let wrong_length = || IdentifierError::Length {
        what: WHAT,
        expected: LENGTHS,
        found: digits.chars().count(),
    };
    if !(14..=16).contains(&digits.len()) {
        return Err(wrong_length());
    }
    let body = digits.get(..14).ok_or_else(wrong_length)?;
    let expected = luhn::decimal(body).ok_or_else(wrong_length)?;
    Ok((body, expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: [&str; 4] = [
        "260531793113837",
        "490154203237518",
        "356868000041418",
        "354178036859789",
    ];

    #[test]
    fn published_numbers_are_read() {
        for full in VECTORS {
            let imei = Imei::parse(full).unwrap();
            assert_eq!(imei.to_string(), full);
            assert!(imei.check_digit_ok());
        }
    }

    #[test]
    fn a_wrong_check_digit_is_named_with_the_right_one() {
        let error = Imei::parse("354178036859781").unwrap_err();
        assert_eq!(
            error,
            IdentifierError::CheckDigit {
                what: WHAT,
                position: 15,
                found: '1',
                expected: '9'
            }
        );
        assert_eq!(
            error.to_string(),
            "an IMEI cannot end with 1 at place 15: with these digits it would be 9; compare each digit with the label"
        );
    }

    #[test]
    fn a_missing_check_digit_is_asked_about() {
        let error = Imei::parse("49015420323751").unwrap_err();
        assert_eq!(
            error,
            IdentifierError::CheckDigitMissing {
                full: "490154203237518".to_owned()
            }
        );
    }

    #[test]
    fn a_software_version_is_converted() {
        assert_eq!(
            Imei::from_imeisv("35686800-004141-20").unwrap().as_str(),
            "356868000041418"
        );
        let error = Imei::parse("3568680000414120").unwrap_err();
        assert_eq!(
            error,
            IdentifierError::SoftwareVersion {
                imei: "356868000041418".to_owned()
            }
        );
        assert!(Imei::from_imeisv("356868000041418").is_err());
    }

    #[test]
    fn a_units_own_wrong_check_digit_is_kept_and_said() {
        let (imei, warning) = Imei::from_unit("354178036859781").unwrap();
        assert_eq!(imei.as_str(), "354178036859781");
        assert!(!imei.check_digit_ok());
        assert_eq!(
            warning,
            Some(Warning::CheckDigit {
                what: "IMEI",
                found: '1',
                expected: '9'
            })
        );
        assert_eq!(Imei::from_unit("354178036859789").unwrap().1, None);
        let (worked_out, warning) = Imei::from_unit("35417803685978").unwrap();
        assert_eq!(worked_out.as_str(), "354178036859789");
        assert!(warning.is_some());
    }

    #[test]
    fn what_a_unit_told_survives_a_file() {
        let (imei, _) = Imei::from_unit("354178036859781").unwrap();
        let text = serde_json::to_string(&imei).unwrap();
        assert_eq!(text, "\"354178036859781\"");
        assert_eq!(serde_json::from_str::<Imei>(&text).unwrap(), imei);
        for bad in ["354178036859789", "\"35417803685978\"", "\"\"", "null"] {
            assert!(serde_json::from_str::<Imei>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "1",
            "35417803685978O",
            "+354178036859789",
            "35417803685978912",
            "３54178036859789",
            "354178036859789\0",
        ] {
            assert!(Imei::parse(bad).is_err(), "{bad}");
            assert!(Imei::from_unit(bad).is_err(), "{bad}");
        }
    }
}
