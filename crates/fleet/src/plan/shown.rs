//! What files and screens may see of plans and readings: values in the words of templates, secrets only as set or empty.

use super::compute::agreed;
use super::{Change, Plan, ShownChange};
use crate::profile::{Place, Profile};
use crate::reading::{Identity, Reading};
use crate::setting::{SettingKey, ShownValue};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

impl Plan {
    /// Whether nothing has to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Its lines as files and screens may see them.
    #[must_use]
    pub fn shown(&self) -> Vec<ShownChange> {
        self.changes.iter().map(ShownChange::from).collect()
    }

    /// SHA-256 over the shown lines, in hexadecimal: the same plan has the same one on every computer.
    #[must_use]
    pub fn sha256(&self) -> String {
        let text = serde_json::to_string(&self.shown()).unwrap_or_default();
        hex(&Sha256::digest(text.as_bytes()))
    }

    /// The lines that need a person's word.
    pub fn guarded(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.guarded)
    }
}

impl From<&Change> for ShownChange {
    fn from(change: &Change) -> Self {
        Self {
            key: change.key.clone(),
            label: change.label.clone(),
            before: change.before.as_ref().map(ShownValue::from),
            after: ShownValue::from(&change.after),
            guarded: change.guarded,
            readable: change.readable,
        }
    }
}

/// Every setting of the profile that can be told from `reading`. A setting whose places disagree is left out.
#[must_use]
pub fn settings_shown(
    profile: &Profile,
    identity: &Identity,
    reading: &Reading,
) -> BTreeMap<SettingKey, ShownValue> {
    let Some(variant) = profile.variant(&identity.variant) else {
        return BTreeMap::new();
    };
    let settings: Vec<_> = profile.settings_on(variant).collect();
    let mut shown = BTreeMap::new();
    for setting in settings.iter().filter(|setting| setting.readable) {
        let apart: BTreeSet<&Place> = settings
            .iter()
            .filter(|other| other.set_apart_from.as_ref() == Some(&setting.key))
            .flat_map(|other| &other.places)
            .collect();
        let places: Vec<Place> = setting
            .places
            .iter()
            .filter(|place| !apart.contains(place))
            .cloned()
            .collect();
        if let Some(value) = agreed(setting, &places, reading) {
            shown.insert(setting.key.clone(), ShownValue::from(&value));
        }
    }
    shown
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
