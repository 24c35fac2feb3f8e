//! What a unit said about itself: who it is and what it holds.

use crate::ids::{Esn, Iccid, Imei, Meid, UnitId};
use crate::profile::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A unit's own answer to 'who are you'.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The identity that a job belongs to.
    pub id: UnitId,
    /// IMEI, where it has one.
    pub imei: Option<Imei>,
    /// MEID on CDMA units.
    pub meid: Option<Meid>,
    /// ESN on older CDMA units.
    pub esn: Option<Esn>,
    /// SIM.
    pub iccid: Option<Iccid>,
    /// The ICCID exactly as the unit said it, kept when it does not have the form of one.
    pub iccid_text: Option<String>,
    /// Profile that understood it.
    pub profile: String,
    /// The profile's variant that fits it.
    pub variant: String,
    /// Model name for people.
    pub model: String,
    /// Firmware.
    pub firmware: Option<String>,
    /// Hardware revision.
    pub hardware: Option<String>,
    /// Serial number, where it tells one.
    pub serial_number: Option<String>,
    /// Things a person should know though they stop nothing ('check digit of the IMEI is wrong').
    pub warnings: Vec<String>,
}

impl Identity {
    /// Whether `other` is the same unit. One that told less this time is known by its maker's number.
    #[must_use]
    pub fn is_same_unit(&self, other: &Self) -> bool {
        let by_number = |one: &Self, other: &Self| matches!(&one.id, UnitId::Hardware(number) if other.serial_number.as_ref() == Some(number));
        self.id == other.id || by_number(self, other) || by_number(other, self)
    }
}

/// Everything that was read from a unit in one go, by place, in the words of the wire.
///
/// It holds secrets as they came, so it has no `Serialize`; [`Reading::redacted`] is what files may keep.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Wire texts by place.
    pub places: BTreeMap<Place, String>,
    /// Whether all that the profile can read was read (a dump whose count fits, every positional command).
    pub complete: bool,
    /// Places that hold secrets, for redaction.
    pub secret_places: std::collections::BTreeSet<Place>,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Reading")
            .field("places", &self.redacted())
            .field("complete", &self.complete)
            .finish()
    }
}

impl Reading {
    /// The wire text at `place`, if it was read.
    #[must_use]
    pub fn get(&self, place: &Place) -> Option<&str> {
        self.places.get(place).map(String::as_str)
    }

    /// What files and screens may keep: secrets as dots.
    #[must_use]
    pub fn redacted(&self) -> BTreeMap<String, String> {
        self.places
            .iter()
            .map(|(place, text)| {
                let hidden = self.secret_places.contains(place) && !text.is_empty();
                (
                    place.to_string(),
                    if hidden {
                        crate::secret::DOTS.to_owned()
                    } else {
                        text.clone()
                    },
                )
            })
            .collect()
    }
}
