//! MDN: the ten digits of a North American phone number.

use super::clean::{clean, identifier_text, only_digits};
use super::{IdentifierError, Warning};

const WHAT: &str = "a phone number";

/// A number that the carrier uses in tests; it has no North American form.
const TEST_NUMBER: &str = "0005551111";

/// A unit's phone number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mdn(String);

identifier_text!(Mdn, Mdn::parse);

impl Mdn {
    /// Reads ten digits, with or without +1 before them, set as people set them: `+1 (206) 555-0100`, `206.555.0100`.
    ///
    /// # Errors
    /// When it is not ten digits.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = clean(&text.replace(['(', ')', '.'], ""));
        let digits = text.strip_prefix("+1").unwrap_or(&text);
        only_digits(WHAT, digits)?;
        if digits.len() != 10 {
            return Err(IdentifierError::Length {
                what: WHAT,
                expected: "10 digits",
                found: digits.len(),
            });
        }
        Ok(Self(digits.to_owned()))
    }

    /// What is odd about it.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        let area_and_exchange = [self.0.chars().next(), self.0.chars().nth(3)];
        let good = area_and_exchange
            .into_iter()
            .flatten()
            .all(|each| ('2'..='9').contains(&each));
        (!good && self.0 != TEST_NUMBER).then(|| Warning::NotNanp {
            mdn: self.0.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_digits_are_read_with_and_without_country_code() {
        for text in [
            "2065550100",
            "+1 206-555-0100",
            "+12065550100",
            "+1 (206) 555-0100",
            "(206)555-0100",
            "206.555.0100",
        ] {
            let mdn = Mdn::parse(text).unwrap();
            assert_eq!((mdn.as_str(), mdn.warning()), ("2065550100", None));
        }
    }

    #[test]
    fn an_odd_number_is_said_except_the_test_number() {
        for odd in ["1065550100", "2061550100", "0005551112"] {
            assert_eq!(
                Mdn::parse(odd).unwrap().warning(),
                Some(Warning::NotNanp {
                    mdn: odd.to_owned()
                })
            );
        }
        assert_eq!(Mdn::parse(TEST_NUMBER).unwrap().warning(), None);
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "206555010",
            "12065550100",
            "+442065550100",
            "206555010x",
        ] {
            assert!(Mdn::parse(bad).is_err(), "{bad}");
        }
    }
}
