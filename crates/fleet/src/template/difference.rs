//! What changed between two versions of a template, in words.

use super::{Apart, Template};
use crate::setting::{SettingKey, ShownValue, Value};
use crate::wording;
use std::collections::BTreeSet;

/// One line of what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// About which setting.
    pub key: SettingKey,
    /// What.
    pub what: Changed,
}

/// What changed about a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It is new.
    Added(ShownValue),
    /// It is no longer there.
    Removed(ShownValue),
    /// It has another value.
    Value(ShownValue, ShownValue),
    /// The secret is another one.
    Secret,
    /// A secret of one of them is not at hand, so that they cannot be compared.
    SecretUnknown,
    /// Whether a unit may lack it.
    Optional(bool),
    /// Where it stands on units of a profile.
    Map {
        /// Profile.
        profile: String,
        /// Before.
        before: Option<String>,
        /// After.
        after: Option<String>,
    },
    /// What units of a profile get instead.
    Apart {
        /// Profile.
        profile: String,
        /// Before, in words.
        before: String,
        /// After, in words.
        after: String,
    },
}

/// Every line of what changed from `old` to `new`, in the order in which people think of settings.
#[must_use]
pub fn difference(old: &Template, new: &Template) -> Vec<Difference> {
    let keys: BTreeSet<&SettingKey> = old.keys().chain(new.keys()).collect();
    let mut lines = Vec::new();
    for key in keys {
        let mut line = |what| {
            lines.push(Difference {
                key: key.clone(),
                what,
            });
        };
        match (shown(old, key), shown(new, key)) {
            (None, Some(after)) => line(Changed::Added(after)),
            (Some(before), None) => {
                line(Changed::Removed(before));
                continue;
            }
            (Some(before), Some(after)) => match (old.settings.get(key), new.settings.get(key)) {
                (Some(Value::Secret(one)), Some(Value::Secret(other))) if one == other => {}
                (Some(Value::Secret(_)), Some(Value::Secret(_))) => line(Changed::Secret),
                (None, _) | (_, None) => line(Changed::SecretUnknown),
                _ if before != after => line(Changed::Value(before, after)),
                _ => {}
            },
            (None, None) => continue,
        }
        let both = old.has(key);
        let optional = new.optional.contains(key);
        if optional != old.optional.contains(key) && (both || optional) {
            line(Changed::Optional(optional));
        }
        for profile in profiles(old, new) {
            let place = |template: &Template| {
                let words = template.map.get(profile)?;
                words.get(key).cloned()
            };
            let (before, after) = (place(old), place(new));
            if before != after {
                line(Changed::Map {
                    profile: profile.clone(),
                    before,
                    after,
                });
            }
            let apart = |template: &Template| {
                let apart = template.apart.get(profile);
                apart.map_or_else(|| COMMON.to_owned(), |apart| apart_words(apart, key))
            };
            let (before, after) = (apart(old), apart(new));
            if before != after {
                line(Changed::Apart {
                    profile: profile.clone(),
                    before,
                    after,
                });
            }
        }
    }
    lines.sort_by(|one, other| wording::order(&one.key).cmp(&wording::order(&other.key)));
    lines
}

/// What units of a profile get when nothing is said about them.
const COMMON: &str = "as all";

fn apart_words(apart: &Apart, key: &SettingKey) -> String {
    match apart.values.get(key) {
        _ if apart.left_out.contains(key) => "left out".to_owned(),
        Some(value) => wording::value(key, &ShownValue::from(value)),
        None => COMMON.to_owned(),
    }
}

fn shown(template: &Template, key: &SettingKey) -> Option<ShownValue> {
    let missing = template.missing_secrets.contains(key);
    let secret = missing.then_some(ShownValue::Secret { secret_set: true });
    template.settings.get(key).map(ShownValue::from).or(secret)
}

fn profiles<'a>(old: &'a Template, new: &'a Template) -> BTreeSet<&'a String> {
    let of = |template: &'a Template| template.map.keys().chain(template.apart.keys());
    of(old).chain(of(new)).collect()
}

impl Difference {
    /// In words: 'Moving, every: 30 s, now 20 s'.
    #[must_use]
    pub fn words(&self) -> String {
        let name = wording::setting(&self.key);
        let value = |shown: &ShownValue| wording::value(&self.key, shown);
        match &self.what {
            Changed::Added(after) => format!("{name}: new, {}", value(after)),
            Changed::Removed(before) => format!("{name}: no longer set, was {}", value(before)),
            Changed::Value(before, after) => {
                format!("{name}: {}, now {}", value(before), value(after))
            }
            Changed::Secret => format!("{name}: another one"),
            Changed::SecretUnknown => {
                format!("{name}: kept secret, not at hand here to be compared")
            }
            Changed::Optional(true) => format!("{name}: a unit may now lack it"),
            Changed::Optional(false) => format!("{name}: no unit may lack it any more"),
            Changed::Map {
                profile,
                before,
                after,
            } => {
                let place =
                    |place: &Option<String>| place.clone().unwrap_or_else(|| "not said".to_owned());
                format!(
                    "{name} on {profile}: stands at {}, now {}",
                    place(before),
                    place(after)
                )
            }
            Changed::Apart {
                profile,
                before,
                after,
            } => format!("{name} on {profile}: {before}, now {after}"),
        }
    }
}
