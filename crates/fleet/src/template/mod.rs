//! What a unit shall hold: desired values, released in versions.
//!
//! Whether a unit family knows a key, and how a value looks on the wire, is the profile's business; who may release a
//! template is the inventory's.

mod difference;
mod edits;
mod families;
mod form;
mod problem;
mod release;
mod rules;
mod stored;
mod taken;

pub use difference::{Changed, Difference, difference};
pub use edits::{EditRefused, TemplateEdit, typed};
pub use families::{FamilyStand, Limit, Objection, Stand, all_objections, objections, stands};
pub use problem::TemplateProblem;
pub use release::{InUse, ReleaseStop, models_that_hold, release_stops};
pub use taken::Taken;

use crate::profile::Place;
use crate::secret::Secret;
use crate::setting::{SettingKey, SettingKind, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Desired values for units of any family.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// Name for people.
    pub name: String,
    /// Version, from 1; a released version never changes.
    pub version: u32,
    /// Desired values.
    pub settings: BTreeMap<SettingKey, Value>,
    /// Keys of `settings` or `missing_secrets` that a unit may lack: skipped and said.
    pub optional: BTreeSet<SettingKey>,
    /// By profile: texts that a family needs to map a key onto its own words.
    pub map: BTreeMap<String, BTreeMap<SettingKey, String>>,
    /// By profile: what units of that family get instead of the common values.
    pub apart: BTreeMap<String, Apart>,
    /// Secret keys whose values the stored form leaves out; they must be given again before a unit is planned.
    pub missing_secrets: BTreeSet<SettingKey>,
    /// One unit's own former texts by place, when it shall be put back to them. Never in a file; nothing else counts beside it.
    pub former: BTreeMap<Place, String>,
}

/// What units of one family get instead of the common values. No secret stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Apart {
    /// Other values, for keys of the template.
    pub values: BTreeMap<SettingKey, Value>,
    /// Keys of the template that such units are left without.
    pub left_out: BTreeSet<SettingKey>,
}

impl Apart {
    /// Whether such units get the common values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.left_out.is_empty()
    }
}

impl Template {
    /// One unit's former settings, to be put back; `name` and `version` are the template that it had then.
    #[must_use]
    pub fn of_former(name: String, version: u32, former: BTreeMap<Place, String>) -> Self {
        Self {
            name,
            version,
            former,
            ..Self::default()
        }
    }

    /// One that sets nothing yet.
    #[must_use]
    pub fn empty(name: impl Into<String>, version: u32) -> Self {
        Self {
            name: name.into(),
            version,
            ..Self::default()
        }
    }

    /// Why `name` cannot be a template's name.
    #[must_use]
    pub fn name_problem(name: &str) -> Option<&'static str> {
        form::name_problem(name)
    }

    /// The template as units of `profile` get it, and the keys that it leaves them without.
    #[must_use]
    pub fn on(&self, profile: &str) -> (Cow<'_, Self>, BTreeSet<SettingKey>) {
        let Some(apart) = self.apart.get(profile) else {
            return (Cow::Borrowed(self), BTreeSet::new());
        };
        let mut own = self.clone();
        for (key, value) in &apart.values {
            if own.settings.contains_key(key) {
                own.settings.insert(key.clone(), value.clone());
            }
        }
        let mut left_out = BTreeSet::new();
        for key in &apart.left_out {
            if own.settings.remove(key).is_some() | own.missing_secrets.remove(key) {
                left_out.insert(key.clone());
            }
        }
        (Cow::Owned(own), left_out)
    }

    /// Whether it gives `key` a value.
    #[must_use]
    pub fn has(&self, key: &SettingKey) -> bool {
        self.settings.contains_key(key) || self.missing_secrets.contains(key)
    }

    /// Whether the value at `key` is secret.
    #[must_use]
    pub fn is_secret(&self, key: &SettingKey) -> bool {
        self.missing_secrets.contains(key)
            || matches!(self.settings.get(key), Some(Value::Secret(_)))
    }

    /// Reads a template file.
    ///
    /// # Errors
    /// Every problem of the file, each with its place.
    pub fn from_toml(text: &str) -> Result<Self, Vec<TemplateProblem>> {
        form::read(text, form::Origin::File)
    }

    /// Reads what [`Template::to_toml_redacted`] wrote: secrets stand in `missing_secrets`.
    ///
    /// # Errors
    /// Every problem, each with its place.
    pub fn from_toml_redacted(text: &str) -> Result<Self, Vec<TemplateProblem>> {
        form::read(text, form::Origin::Store)
    }

    /// The form for storage: secrets are left out and their keys listed under `secret`.
    ///
    /// A profile's own secrets are known as such only after [`Template::retype`].
    #[must_use]
    pub fn to_toml_redacted(&self) -> String {
        stored::write(self)
    }

    /// Keys that `known` does not know, in their order.
    pub fn unknown_keys(&self, known: impl Fn(&SettingKey) -> bool) -> Vec<SettingKey> {
        let unknown = self.keys().filter(|key| !known(key));
        unknown.cloned().collect()
    }

    /// Gives values the kind that a profile says they have: a text or number becomes a secret, or a text no longer is one.
    ///
    /// A value that cannot have that kind (a text where a number is asked for) stays, for the plan to refuse.
    pub fn retype(&mut self, kind_of: impl Fn(&SettingKey) -> Option<SettingKind>) {
        for (key, value) in &mut self.settings {
            let retyped = match (kind_of(key), &*value) {
                (Some(SettingKind::Secret), Value::Text(text)) => {
                    Some(Value::Secret(Secret::new(text.clone())))
                }
                (Some(SettingKind::Secret), Value::Integer(number)) => {
                    Some(Value::Secret(Secret::new(number.to_string())))
                }
                (Some(SettingKind::Text | SettingKind::Choice), Value::Secret(secret)) => {
                    Some(Value::Text(secret.reveal().to_owned()))
                }
                (Some(SettingKind::Integer), Value::Secret(secret)) => {
                    secret.reveal().parse().ok().map(Value::Integer)
                }
                _ => None,
            };
            if let Some(retyped) = retyped {
                *value = retyped;
            }
        }
    }

    /// Puts back a secret that the stored form left out. Returns whether `key` was missing.
    pub fn supply_secret(&mut self, key: &SettingKey, secret: Secret) -> bool {
        let missing = self.missing_secrets.remove(key);
        if missing {
            self.settings.insert(key.clone(), Value::Secret(secret));
        }
        missing
    }

    /// Every key that it gives a value, also where the value is a secret that is missing here.
    pub fn keys(&self) -> impl Iterator<Item = &SettingKey> {
        let keys: BTreeSet<&SettingKey> =
            self.settings.keys().chain(&self.missing_secrets).collect();
        keys.into_iter()
    }
}

#[cfg(test)]
mod draft_tests;
#[cfg(test)]
mod tests;
