//! The difference between what a unit holds and what its template wants.
//!
//! Pure: a [`Reading`](crate::Reading) and a [`Template`](crate::Template) give a [`Plan`]; the same pair gives the same plan.

use crate::fault::Mismatch;
use crate::profile::Place;
use crate::secret::Secret;
use crate::setting::{SettingKey, ShownValue, Value};
use serde::{Deserialize, Serialize};

mod compute;
mod former;
mod groups;
mod proof;
mod shown;

pub(crate) use compute::reached;
pub use groups::{MOST_PLACES, grouped};
pub use proof::{Unplanned, unplanned};
pub(crate) use shown::hex;
pub use shown::settings_shown;

/// One place that will be written, in the words of the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceWrite {
    /// Where.
    pub place: Place,
    /// What stands there now, if it was read.
    pub before: Option<Secret>,
    /// What will stand there. A `Secret` for every setting, so that no path needs to remember which ones are.
    pub after: Secret,
}

/// One setting that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which setting.
    pub key: SettingKey,
    /// Its name for people ('Server address').
    pub label: String,
    /// What the unit holds now, in the words of templates; `None` when it could not be read or its places disagree.
    pub before: Option<Value>,
    /// What it will hold.
    pub after: Value,
    /// Whether a wrong value could cut the unit off, so that only a cable helps afterwards.
    pub guarded: bool,
    /// Whether this family can show the value again.
    pub readable: bool,
    /// Every place that differs.
    pub writes: Vec<PlaceWrite>,
}

/// A setting that the template marks optional and that this unit does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Which setting.
    pub key: SettingKey,
    /// Why, for people.
    pub why: String,
}

/// What has to be done so that a unit holds what its template wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What differs, in the order in which it is written.
    pub changes: Vec<Change>,
    /// What is already right, with its value.
    pub already_right: Vec<(SettingKey, Value)>,
    /// Settings that this family cannot show: written, never proved.
    pub not_readable: Vec<SettingKey>,
    /// Optional settings that this unit does not have.
    pub skipped: Vec<Skipped>,
    /// Every place that the template rules, differing or not: what has to be read back.
    pub expected: Vec<Expected>,
}

/// What one place shall hold in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Which setting rules it.
    pub key: SettingKey,
    /// Name of the plan's line for people.
    pub label: String,
    /// Where.
    pub place: Place,
    /// The text that is written there.
    pub wire: Secret,
    /// Other texts that do as well; only for what a setting needs beside itself.
    pub or_else: Vec<String>,
    /// The value in the words of templates.
    pub value: Value,
    /// Whether the family shows it again and it does not change by itself.
    pub provable: bool,
    /// Whether it stood in the reading that the plan was made from.
    pub was_shown: bool,
}

/// What reading back showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProofResult {
    /// Settings that stand as they should.
    pub right: Vec<SettingKey>,
    /// Lines that do not.
    pub wrong: Vec<Mismatch>,
    /// The places of those, as they have to be written again.
    pub repairs: Vec<PlaceWrite>,
    /// Settings that cannot be read back.
    pub unproved: Vec<SettingKey>,
}

/// A line of a plan as files and screens may see it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShownChange {
    /// Which setting.
    pub key: SettingKey,
    /// Its name for people.
    pub label: String,
    /// What the unit holds now.
    pub before: Option<ShownValue>,
    /// What it will hold.
    pub after: ShownValue,
    /// Whether it needs a person's word.
    pub guarded: bool,
    /// Whether it can be proved by reading back.
    pub readable: bool,
}
