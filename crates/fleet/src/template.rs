//! What a unit shall hold: desired values, released in versions.
//!
//! Whether a unit family knows a key, and how a value looks on the wire, is the profile's business.

use crate::setting::{SettingKey, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Desired values for units of any family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Name for people.
    pub name: String,
    /// Version, from 1; a released version never changes.
    pub version: u32,
    /// Desired values.
    pub settings: BTreeMap<SettingKey, Value>,
    /// Keys among `settings` that a unit may lack: skipped and said.
    pub optional: BTreeSet<SettingKey>,
    /// By profile: texts that a family needs to map a key onto its own words.
    pub map: BTreeMap<String, BTreeMap<SettingKey, String>>,
    /// Secret keys whose values are not in the stored form and must be asked for again.
    pub missing_secrets: BTreeSet<SettingKey>,
}
