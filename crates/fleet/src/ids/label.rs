//! What stands on a unit's housing, as a person scans or types it: an IMEI, or a number of the maker's.

use super::clean::clean;
use super::{IdentifierError, Imei, UnitId};
use std::fmt;
use std::str::FromStr;

/// Fewest and most characters of a maker's number. What is longer is meant to be an IMEI.
const NUMBER_LENGTH: std::ops::RangeInclusive<usize> = 6..=13;

/// The number on a unit's housing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// An IMEI, its check digit right.
    Imei(Imei),
    /// A number of the maker's.
    Number(String),
}

impl Label {
    /// The IMEI, where it is one.
    #[must_use]
    pub fn imei(&self) -> Option<&Imei> {
        match self {
            Self::Imei(imei) => Some(imei),
            Self::Number(_) => None,
        }
    }

    /// The unit with this number.
    #[must_use]
    pub fn unit(&self) -> UnitId {
        match self {
            Self::Imei(imei) => UnitId::Imei(imei.clone()),
            Self::Number(text) => UnitId::Hardware(text.clone()),
        }
    }
}

impl FromStr for Label {
    type Err = IdentifierError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = clean(text);
        let plain = bare.bytes().all(|each| each.is_ascii_alphanumeric());
        let counts = bare.bytes().any(|each| matches!(each, b'1'..=b'9'));
        if NUMBER_LENGTH.contains(&bare.chars().count()) && plain && counts {
            return Ok(Self::Number(bare));
        }
        Imei::parse(text).map(Self::Imei)
    }
}

impl From<Imei> for Label {
    fn from(imei: Imei) -> Self {
        Self::Imei(imei)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Imei(imei) => imei.fmt(formatter),
            Self::Number(text) => formatter.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_makers_number_is_told_from_an_imei_by_its_length_and_a_mistyped_imei_is_none() {
        let read = |text: &str| text.parse::<Label>().map(|label| label.unit().to_string());
        assert_eq!(read("35 686800 004141 8").as_deref(), Ok("356868000041418"));
        assert_eq!(read("0848028047").as_deref(), Ok("0848028047"));
        assert!(matches!("0848028047".parse(), Ok(Label::Number(_))));
        for wrong in [
            "356868000041410",
            "35686800004141",
            "0000000000",
            "12345",
            "",
            "a;b#c1234",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
