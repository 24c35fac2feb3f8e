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
