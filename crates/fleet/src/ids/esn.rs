//! ESN: eight hexadecimal digits, also written as eleven decimal ones. The forerunner of the MEID.

use super::clean::{clean, identifier_text, only_digits, only_hex};
use super::{IdentifierError, Warning};

const WHAT: &str = "an ESN";
const PSEUDO: u32 = 0x80;

/// The identity of an old CDMA unit, kept in its hexadecimal form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Esn(String);

identifier_text!(Esn, Esn::parse);

impl Esn {
    /// Reads either form.
    ///
    /// # Errors
    /// When it has no such form, or when it is a pseudo-ESN, which is no identity.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = clean(text);
        let number = match text.chars().count() {
            8 => {
                only_hex(WHAT, &text)?;
                u32::from_str_radix(&text, 16).unwrap_or(0)
            }
            11 => {
                only_digits(WHAT, &text)?;
                from_decimal(&text)?
            }
            found => {
                return Err(IdentifierError::Length {
                    what: WHAT,
                    expected: "8 hexadecimal or 11 decimal digits",
                    found,
                });
            }
        };
        if number >> 24 == PSEUDO {
            Err(IdentifierError::PseudoEsn)
        } else {
            Ok(Self(format!("{number:08X}")))
        }
    }

    /// The decimal form: three digits for the manufacturer, eight for the serial number.
    #[must_use]
    pub fn to_decimal(&self) -> String {
        decimal_form(self.number())
    }

    /// The manufacturer code.
    #[must_use]
    pub fn manufacturer(&self) -> u8 {
        let [manufacturer, ..] = self.number().to_be_bytes();
        manufacturer
    }

    /// What is odd about it.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        let manufacturer = self.manufacturer();
        matches!(manufacturer, 0..=18 | 250 | 255)
            .then_some(Warning::EsnManufacturer { manufacturer })
    }

    fn number(&self) -> u32 {
        u32::from_str_radix(&self.0, 16).unwrap_or(0)
    }
}

/// Three digits for the upper byte, eight for the other three.
pub(super) fn decimal_form(number: u32) -> String {
    format!("{:03}{:08}", number >> 24, number & 0xFF_FFFF)
}

fn from_decimal(text: &str) -> Result<u32, IdentifierError> {
    let (manufacturer, serial) = text.split_at(3);
    let part = |digits: &str, part, greatest: u32| match digits.parse::<u32>() {
        Ok(number) if number <= greatest => Ok(number),
        _ => Err(IdentifierError::TooGreat {
            what: WHAT,
            part,
            greatest,
        }),
    };
    Ok((part(manufacturer, "first 3", 0xFF)? << 24) | part(serial, "last 8", 0xFF_FFFF)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_one_number() {
        let esn = Esn::parse("5b0f4240").unwrap();
        assert_eq!(esn, Esn::parse("09101000000").unwrap());
        assert_eq!(
            (esn.as_str(), esn.to_decimal().as_str()),
            ("5B0F4240", "09101000000")
        );
        assert_eq!(esn.warning(), None);
    }

    #[test]
    fn a_pseudo_esn_is_no_identity() {
        for pseudo in ["8016B128", "12801487144"] {
            assert_eq!(Esn::parse(pseudo), Err(IdentifierError::PseudoEsn));
        }
    }

    #[test]
    fn other_texts_are_refused_and_odd_ones_said() {
        for bad in [
            "",
            "5B0F424",
            "5B0F424G",
            "25600000000",
            "09116777216",
            "+9101000000",
        ] {
            assert!(Esn::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Esn::parse("12000001").unwrap().warning(),
            Some(Warning::EsnManufacturer { manufacturer: 18 })
        );
    }
}
