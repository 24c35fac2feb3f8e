//! ICCID: the nineteen or twenty digits of a SIM.

use super::clean::{clean, identifier_text, only_digits};
use super::{IdentifierError, Warning, luhn};

const WHAT: &str = "an ICCID";

/// The number of a SIM. Its check digit is only a hint: some SIMs are made with a wrong one, and the carrier decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iccid(String);

identifier_text!(Iccid, Iccid::parse);

impl Iccid {
    /// Reads it with or without the F that fills up the card's last byte.
    ///
    /// # Errors
    /// When it is not 19 or 20 digits that start with 89.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = clean(text);
        let digits = text.strip_suffix('F').unwrap_or(&text);
        only_digits(WHAT, digits)?;
        if !matches!((digits.len(), text.len()), (19, _) | (20, 20)) {
            return Err(IdentifierError::Length {
                what: WHAT,
                expected: "19 or 20 digits",
                found: digits.len(),
            });
        }
        if !digits.starts_with("89") {
            return Err(IdentifierError::Start {
                what: WHAT,
                expected: "89",
            });
        }
        Ok(Self(digits.to_owned()))
    }

    /// Reads the form in which the card's file holds it: each pair of digits swapped.
    ///
    /// # Errors
    /// When the digits put right are no ICCID.
    pub fn from_card_bytes_text(text: &str) -> Result<Self, IdentifierError> {
        let text: Vec<char> = clean(text).chars().collect();
        let swapped: String = text.chunks(2).flat_map(|pair| pair.iter().rev()).collect();
        Self::parse(&swapped)
    }

    /// Whether the last digit is the Luhn digit of the others.
    #[must_use]
    pub fn luhn_ok(&self) -> bool {
        self.expected_digit()
            .is_some_and(|expected| self.0.ends_with(expected))
    }

    /// The last digit that the others ask for.
    #[must_use]
    pub fn expected_digit(&self) -> Option<char> {
        luhn::decimal(self.0.get(..self.0.len().checked_sub(1)?)?)
    }

    /// What is odd about it.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        let (found, expected) = self.0.chars().last().zip(self.expected_digit())?;
        (found != expected).then_some(Warning::IccidCheckDigit { found, expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_are_read_and_a_wrong_digit_is_only_said() {
        for good in [
            "8965880812100011146",
            "89011200000117291582",
            "89011200000403604860",
            "89011200000000000017",
            "89012600000000000011",
        ] {
            let iccid = Iccid::parse(good).unwrap();
            assert!(iccid.luhn_ok(), "{good}");
            assert_eq!(iccid.warning(), None);
        }
        let odd = Iccid::parse("8988216716970004975").unwrap();
        assert_eq!(odd.expected_digit(), Some('3'));
        assert_eq!(
            odd.warning(),
            Some(Warning::IccidCheckDigit {
                found: '5',
                expected: '3'
            })
        );
        assert!(!Iccid::parse("89011200000000000018").unwrap().luhn_ok());
        assert_eq!(luhn::decimal("8988216716970004975"), Some('9'));
    }

    #[test]
    fn the_filler_of_the_card_is_taken_off() {
        assert_eq!(
            Iccid::parse("8965880812100011146F").unwrap().as_str(),
            "8965880812100011146"
        );
        assert_eq!(
            Iccid::from_card_bytes_text("98102100000000000071")
                .unwrap()
                .as_str(),
            "89011200000000000017"
        );
        assert_eq!(
            Iccid::from_card_bytes_text("985688802101001141F6")
                .unwrap()
                .as_str(),
            "8965880812100011146"
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "F",
            "89",
            "896588081210001114",
            "8901120000011729158F2",
            "89011200000117291582F",
            "79011200000117291582",
            "8.96588E+18",
        ] {
            assert!(Iccid::parse(bad).is_err(), "{bad}");
        }
    }
}
