//! What people do to a draft, one act at a time, and how what they type becomes a value.

use super::rules::{number_problem, shared_kind, sounds_secret, text_problem};
use super::{Template, form};
use crate::printable::is_printable;
use crate::secret::Secret;
use crate::setting::{SettingKey, SettingKind, Value};
use crate::wording;

/// One act on a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateEdit {
    /// This value shall stand there.
    Set(SettingKey, Value),
    /// The setting leaves the template, and all that was said about it.
    Remove(SettingKey),
    /// Whether a unit may lack it.
    Optional(SettingKey, bool),
    /// Where it stands on units of a profile that asks; `None` takes the answer back.
    Map {
        /// Profile.
        profile: String,
        /// Setting.
        key: SettingKey,
        /// Place, in the profile's words.
        place: Option<String>,
    },
    /// Another value for units of one profile; `None` gives them the common one again.
    Apart {
        /// Profile.
        profile: String,
        /// Setting.
        key: SettingKey,
        /// Value.
        value: Option<Value>,
    },
    /// Whether units of one profile are left without it.
    LeaveOut {
        /// Profile.
        profile: String,
        /// Setting.
        key: SettingKey,
        /// Whether.
        on: bool,
    },
}

/// Why an act on a draft is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditRefused {
    /// The setting is not in the template.
    #[error("{0} is not in this template")]
    NotThere(SettingKey),
    /// A secret is the same for all families.
    #[error("{0} is secret: it is the same for every family")]
    SecretApart(SettingKey),
    /// The value cannot stand there, whatever the family.
    #[error("{0}")]
    Value(String),
    /// Too many.
    #[error("a template has at most {} settings", form::MOST_SETTINGS)]
    TooMany,
}

impl Template {
    /// The template after `edit`.
    ///
    /// # Errors
    /// When the act has no meaning here; the template is then as it was.
    pub fn edited(&self, edit: TemplateEdit) -> Result<Self, EditRefused> {
        let mut next = self.clone();
        match edit {
            TemplateEdit::Set(key, value) => next.set(key, value)?,
            TemplateEdit::Remove(key) => {
                let there =
                    next.settings.remove(&key).is_some() | next.missing_secrets.remove(&key);
                if !there {
                    return Err(EditRefused::NotThere(key));
                }
                next.optional.remove(&key);
                for words in next.map.values_mut() {
                    words.remove(&key);
                }
                for apart in next.apart.values_mut() {
                    apart.values.remove(&key);
                    apart.left_out.remove(&key);
                }
            }
            TemplateEdit::Optional(key, on) => {
                next.must_have(&key)?;
                if on {
                    next.optional.insert(key);
                } else {
                    next.optional.remove(&key);
                }
            }
            TemplateEdit::Map {
                profile,
                key,
                place,
            } => {
                next.must_have(&key)?;
                let words = next.map.entry(profile).or_default();
                match place {
                    Some(place) if is_printable(&place) && !place.trim().is_empty() => {
                        words.insert(key, place);
                    }
                    Some(_) => {
                        return Err(EditRefused::Value(
                            "a place is a text without control characters".to_owned(),
                        ));
                    }
                    None => {
                        words.remove(&key);
                    }
                }
            }
            TemplateEdit::Apart {
                profile,
                key,
                value,
            } => {
                next.must_have(&key)?;
                if next.is_secret(&key) || matches!(value, Some(Value::Secret(_))) {
                    return Err(EditRefused::SecretApart(key));
                }
                if let Some(value) = &value {
                    fits_key(&key, value)?;
                }
                let apart = next.apart.entry(profile).or_default();
                apart.left_out.remove(&key);
                match value {
                    Some(value) => apart.values.insert(key, value),
                    None => apart.values.remove(&key),
                };
            }
            TemplateEdit::LeaveOut { profile, key, on } => {
                next.must_have(&key)?;
                let apart = next.apart.entry(profile).or_default();
                if on {
                    apart.values.remove(&key);
                    apart.left_out.insert(key);
                } else {
                    apart.left_out.remove(&key);
                }
            }
        }
        next.map.retain(|_, words| !words.is_empty());
        next.apart.retain(|_, apart| !apart.is_empty());
        Ok(next)
    }

    fn set(&mut self, key: SettingKey, value: Value) -> Result<(), EditRefused> {
        fits_key(&key, &value)?;
        let value = match value {
            Value::Text(text) if sounds_secret(&key) => Value::Secret(Secret::new(text)),
            Value::Integer(number) if sounds_secret(&key) => {
                Value::Secret(Secret::new(number.to_string()))
            }
            value => value,
        };
        self.missing_secrets.remove(&key);
        self.settings.insert(key, value);
        if self.keys().count() > form::MOST_SETTINGS {
            return Err(EditRefused::TooMany);
        }
        Ok(())
    }

    fn must_have(&self, key: &SettingKey) -> Result<(), EditRefused> {
        if self.settings.contains_key(key) || self.missing_secrets.contains(key) {
            Ok(())
        } else {
            Err(EditRefused::NotThere(key.clone()))
        }
    }
}

/// Whether the value can stand at the key at all; the families' own limits are another question.
fn fits_key(key: &SettingKey, value: &Value) -> Result<(), EditRefused> {
    let problem = match value {
        Value::Integer(number) => number_problem(key, *number),
        Value::Text(text) => text_problem(key, text),
        Value::Secret(secret) => text_problem(key, secret.reveal()),
    };
    problem.map_or(Ok(()), |problem| Err(EditRefused::Value(problem)))
}

/// The value that `text` means at `key`. A bare number counts in `bare` (60 = minutes) where the key counts in seconds; '6 h', '90 min',
/// '45 s', '2 days' and 'off' say their unit themselves.
///
/// # Errors
/// Why it means nothing there, for people.
pub fn typed(key: &SettingKey, kind: SettingKind, text: &str, bare: i64) -> Result<Value, String> {
    let kind = shared_kind(key).unwrap_or(kind);
    let value = match kind {
        SettingKind::Integer => Value::Integer(typed_number(key, text.trim(), bare)?),
        SettingKind::Choice => Value::Text(text.trim().to_lowercase()),
        SettingKind::Text => Value::Text(text.trim().to_owned()),
        SettingKind::Secret => Value::Secret(Secret::new(text)),
    };
    match fits_key(key, &value) {
        Ok(()) => Ok(value),
        Err(refused) => Err(refused.to_string()),
    }
}

fn typed_number(key: &SettingKey, text: &str, bare: i64) -> Result<i64, String> {
    if text.is_empty() {
        return Err("a number is needed here".to_owned());
    }
    let in_seconds = wording::is_seconds(key);
    if in_seconds && text.eq_ignore_ascii_case("off") {
        return Ok(0);
    }
    let digits_end = text
        .char_indices()
        .find(|(index, each)| {
            !each.is_ascii_digit() && *each != ',' && !(*index == 0 && *each == '-')
        })
        .map_or(text.len(), |(index, _)| index);
    let (digits, unit) = text.split_at(digits_end);
    let number: i64 = digits.replace(',', "").parse().map_err(|_| {
        if in_seconds {
            "a time is needed here, such as 30 s, 5 min or 6 h".to_owned()
        } else {
            "a whole number is needed here".to_owned()
        }
    })?;
    let factor = match (in_seconds, unit.trim().to_lowercase().as_str()) {
        (true, "") => bare,
        (true, "s" | "sec" | "second" | "seconds") => 1,
        (true, "m" | "min" | "minute" | "minutes") => 60,
        (true, "h" | "hour" | "hours") => 3_600,
        (true, "d" | "day" | "days") => 86_400,
        (false, "") => 1,
        (true, _) => return Err("units of time are s, min, h and days".to_owned()),
        (false, _) => return Err("a whole number is needed here".to_owned()),
    };
    number
        .checked_mul(factor)
        .ok_or_else(|| "this number is too large".to_owned())
}
