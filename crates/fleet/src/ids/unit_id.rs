//! What a unit is known by: IMEI, else MEID, else ESN, else what its maker engraved.

use super::clean::clean;
use super::{Esn, IdentifierError, Imei, Meid, Warning};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A unit's identity; in files `{"id_kind": "imei", "id": "356868000041418"}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "id_kind", content = "id", rename_all = "snake_case")]
pub enum UnitId {
    /// GSM, UMTS and LTE units.
    Imei(Imei),
    /// CDMA units.
    Meid(Meid),
    /// Old CDMA units.
    Esn(Esn),
    /// Units that tell only a number of their maker's.
    Hardware(String),
}

/// Which number a unit is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitIdKind {
    /// IMEI.
    Imei,
    /// MEID.
    Meid,
    /// ESN.
    Esn,
    /// A number of the maker's.
    Hardware,
}

impl UnitIdKind {
    /// The word in files and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Imei => "imei",
            Self::Meid => "meid",
            Self::Esn => "esn",
            Self::Hardware => "hardware",
        }
    }
}

impl std::str::FromStr for UnitIdKind {
    type Err = UnknownIdKind;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Imei, Self::Meid, Self::Esn, Self::Hardware]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownIdKind)
    }
}

/// The text is none of the four kinds of identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the kind of an identity is imei, meid, esn or hardware")]
pub struct UnknownIdKind;

impl fmt::Display for UnitIdKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl UnitId {
    /// Understands what a unit says when asked for its number, by its form. A wrong check digit is a warning.
    ///
    /// # Errors
    /// When it is neither IMEI nor MEID nor ESN.
    pub fn from_unit_answer(text: &str) -> Result<(Self, Option<Warning>), IdentifierError> {
        let bare = clean(text);
        let decimal = bare.bytes().all(|each| each.is_ascii_digit());
        match (bare.chars().count(), decimal) {
            (8 | 11, _) => Esn::parse(&bare)
                .map(|esn| (esn.warning(), esn))
                .map(|(warning, esn)| (Self::Esn(esn), warning)),
            (18 | 19, true) | (14 | 15, false) => {
                Meid::from_unit(&bare).map(|(meid, warning)| (Self::Meid(meid), warning))
            }
            // Fourteen decimal digits are a MEID of the shared range, or an IMEI without its check digit.
            (14, true) if bare.starts_with("99") => {
                Meid::from_unit(&bare).map(|(meid, warning)| (Self::Meid(meid), warning))
            }
            _ => Imei::from_unit(&bare).map(|(imei, warning)| (Self::Imei(imei), warning)),
        }
    }

    /// Reads an identity back from where we stored it, kind and number apart. Unlike `parse`, it takes an IMEI as its unit
    /// told it, wrong check digit or not.
    ///
    /// # Errors
    /// When the number does not have that kind's form.
    pub fn from_stored(kind: UnitIdKind, text: &str) -> Result<Self, IdentifierError> {
        match kind {
            UnitIdKind::Imei => Imei::from_file(text).map(Self::Imei),
            UnitIdKind::Meid => Meid::parse(text).map(Self::Meid),
            UnitIdKind::Esn => Esn::parse(text).map(Self::Esn),
            UnitIdKind::Hardware => Ok(Self::Hardware(text.to_owned())),
        }
    }

    /// Which number it is.
    #[must_use]
    pub fn kind(&self) -> UnitIdKind {
        match self {
            Self::Imei(_) => UnitIdKind::Imei,
            Self::Meid(_) => UnitIdKind::Meid,
            Self::Esn(_) => UnitIdKind::Esn,
            Self::Hardware(_) => UnitIdKind::Hardware,
        }
    }

    /// The bare number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Imei(imei) => imei.as_str(),
            Self::Meid(meid) => meid.as_str(),
            Self::Esn(esn) => esn.as_str(),
            Self::Hardware(text) => text,
        }
    }

    /// The last four characters, by which people call a unit.
    #[must_use]
    pub fn last_four(&self) -> &str {
        let text = self.as_str();
        text.char_indices()
            .rev()
            .nth(3)
            .and_then(|(index, _)| text.get(index..))
            .unwrap_or(text)
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_units_answer_is_told_by_its_form() {
        let kind = |text: &str| {
            UnitId::from_unit_answer(text).map(|(id, warning)| (id.kind(), warning.is_some()))
        };
        assert_eq!(kind("356868000041418"), Ok((UnitIdKind::Imei, false)));
        assert_eq!(kind("356868000041410"), Ok((UnitIdKind::Imei, true)));
        assert_eq!(kind("990002105802514"), Ok((UnitIdKind::Imei, false)));
        assert_eq!(kind("35686800004141"), Ok((UnitIdKind::Imei, true)));
        assert_eq!(kind("99000210580251"), Ok((UnitIdKind::Meid, false)));
        assert_eq!(kind("A0000000002329"), Ok((UnitIdKind::Meid, false)));
        assert_eq!(kind("5B0F4240"), Ok((UnitIdKind::Esn, false)));
        assert!(kind("8016B128").is_err());
        assert!(kind("").is_err());
    }

    #[test]
    fn files_hold_kind_and_number_side_by_side() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Row {
            #[serde(flatten)]
            id: UnitId,
            note: Option<String>,
        }
        for (id, kind, text) in [
            (
                UnitId::Imei(Imei::parse("356868000041418").unwrap()),
                "imei",
                "356868000041418",
            ),
            (
                UnitId::Meid(Meid::parse("A0000000002329").unwrap()),
                "meid",
                "A0000000002329",
            ),
            (
                UnitId::Esn(Esn::parse("5B0F4240").unwrap()),
                "esn",
                "5B0F4240",
            ),
            (
                UnitId::Hardware("0001104520".to_owned()),
                "hardware",
                "0001104520",
            ),
        ] {
            assert_eq!(id.kind().to_string(), kind);
            assert_eq!(
                UnitId::from_stored(kind.parse().unwrap(), text).unwrap(),
                id
            );
            let row = Row { id, note: None };
            let json = serde_json::to_value(&row).unwrap();
            assert_eq!(
                json,
                serde_json::json!({"id_kind": kind, "id": text, "note": null})
            );
            assert_eq!(serde_json::from_value::<Row>(json).unwrap(), row);
        }
        assert!(
            serde_json::from_str::<UnitId>(r#"{"id_kind":"imei","id":356868000041418}"#).is_err()
        );
    }

    #[test]
    fn people_call_a_unit_by_its_last_four() {
        assert_eq!(
            UnitId::Hardware("1104520013".to_owned()).last_four(),
            "0013"
        );
        assert_eq!(UnitId::Hardware("13".to_owned()).last_four(), "13");
        assert_eq!(UnitId::Hardware("äöüßé".to_owned()).last_four(), "öüßé");
    }
}
