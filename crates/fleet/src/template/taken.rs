//! A draft from what a unit was last read to hold. What belongs to that one unit stays out, and what is secret is given anew.

use super::Template;
use super::families::objections;
use super::rules::{number_problem, text_problem};
use crate::profile::Profile;
use crate::setting::{SettingKey, SettingKind, ShownValue, Value};
use crate::unit::Unit;
use std::collections::{BTreeMap, BTreeSet};

/// Words of keys whose value belongs to one unit or one SIM.
const OWN_WORDS: [&str; 12] = [
    "imei", "imsi", "meid", "esn", "iccid", "mdn", "msid", "serial", "pin", "puk", "phone", "vin",
];

/// What was taken from a unit, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// Values for the draft.
    pub settings: BTreeMap<SettingKey, Value>,
    /// Secrets that the unit has and nobody can read out: they are given by a person.
    pub secrets: BTreeSet<SettingKey>,
    /// Of `settings`, those after which only a cable helps: to be looked over.
    pub guarded: BTreeSet<SettingKey>,
    /// What stayed out, with the reason for people.
    pub left_out: Vec<(SettingKey, String)>,
}

impl Taken {
    /// What of the unit's last reading can stand in a template.
    #[must_use]
    pub fn from_unit(unit: &Unit, profile: &Profile) -> Self {
        let mut taken = Self::default();
        for (key, shown) in &unit.settings {
            let Some(setting) = profile.setting(key) else {
                let why = "the unit's family no longer has this setting".to_owned();
                taken.left_out.push((key.clone(), why));
                continue;
            };
            if let Some(why) = belongs_to_one(key, shown, unit)
                .or_else(|| setting.volatile.then(|| "it changes by itself".to_owned()))
            {
                taken.left_out.push((key.clone(), why));
                continue;
            }
            let value = match shown {
                ShownValue::Secret { secret_set: true } => {
                    taken.secrets.insert(key.clone());
                    continue;
                }
                ShownValue::Secret { secret_set: false } => Value::Secret(crate::Secret::new("")),
                ShownValue::Integer(number) => Value::Integer(*number),
                ShownValue::Text(text) => Value::Text(text.clone()),
            };
            let kind_fits = match (&value, setting.kind) {
                (Value::Integer(_), SettingKind::Integer)
                | (Value::Secret(_), SettingKind::Secret)
                | (Value::Text(_), SettingKind::Text | SettingKind::Choice) => true,
                (Value::Text(_) | Value::Integer(_) | Value::Secret(_), _) => false,
            };
            let problem = match &value {
                _ if !kind_fits => {
                    Some("the unit's value means nothing for this setting".to_owned())
                }
                Value::Integer(number) => number_problem(key, *number),
                Value::Text(text) => text_problem(key, text),
                Value::Secret(_) => None,
            };
            if let Some(why) = problem {
                taken.left_out.push((key.clone(), why));
                continue;
            }
            if setting.guarded {
                taken.guarded.insert(key.clone());
            }
            taken.settings.insert(key.clone(), value);
        }
        taken.drop_what_its_own_family_refuses(profile);
        taken
    }

    /// A unit can hold what its family's profile would not write (a value from the factory outside the documented range).
    fn drop_what_its_own_family_refuses(&mut self, profile: &Profile) {
        let template = self.clone().into_draft("draft", 1);
        for (key, value) in &template.settings {
            if let Some(objection) = objections([profile], &template, key, Some(value))
                .into_iter()
                .find(|objection| objection.models.is_empty())
            {
                self.settings.remove(key);
                self.guarded.remove(key);
                self.left_out.push((key.clone(), objection.why));
            }
        }
    }

    /// The draft: what was taken, with the secrets still to be given.
    #[must_use]
    pub fn into_draft(self, name: impl Into<String>, version: u32) -> Template {
        Template {
            settings: self.settings,
            missing_secrets: self.secrets,
            ..Template::empty(name, version)
        }
    }
}

/// Why the value is this one unit's or SIM's own, if it is.
fn belongs_to_one(key: &SettingKey, shown: &ShownValue, unit: &Unit) -> Option<String> {
    let mut words = key.as_str().split(['.', '_']);
    if let Some(word) = words.find(|word| OWN_WORDS.contains(word)) {
        return Some(format!("{word} belongs to one unit or one SIM"));
    }
    let text = match shown {
        ShownValue::Text(text) => text.clone(),
        ShownValue::Integer(number) => number.to_string(),
        ShownValue::Secret { .. } => return None,
    };
    let numbers = [
        Some(unit.id.as_str()),
        unit.iccid.as_ref().map(crate::Iccid::as_str),
        unit.mdn.as_ref().map(crate::Mdn::as_str),
        unit.serial_number.as_deref(),
        unit.vehicle.as_deref(),
    ];
    // A short number can be contained in any text by chance.
    let own = numbers
        .into_iter()
        .flatten()
        .any(|number| number.len() >= 6 && text.contains(number));
    own.then(|| "it holds a number of this one unit".to_owned())
}
