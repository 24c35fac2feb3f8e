//! What each unit family can hold at a key: its limits in words, and what speaks against a value while it is being typed.
//!
//! The answer is the profile's own: a value that nothing speaks against here is one that a plan can write, and the reverse.

use super::Template;
use crate::plan::reached;
use crate::profile::{Place, Profile, Setting, to_wire};
use crate::setting::{SettingKey, SettingKind, Value};
use crate::wording;
use std::collections::BTreeSet;

/// What a family's setting takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// A whole number.
    Number {
        /// Least.
        min: Option<i64>,
        /// Greatest.
        max: Option<i64>,
        /// Allowed beside the range (0 = off).
        also: Vec<i64>,
        /// What it must be a multiple of.
        step: i64,
    },
    /// Text.
    Text {
        /// Fewest characters.
        shortest: usize,
        /// Most characters.
        longest: Option<usize>,
        /// Characters that the unit's language cannot carry, beside those that are no plain ASCII.
        without: String,
    },
    /// One of these words.
    Word(Vec<String>),
}

/// How a family stands to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// It takes values within this.
    Takes(Limit),
    /// The template says first which of the family's own places it is, one of these: place, name for people.
    AsksWhere(Vec<(String, String)>),
    /// It does not have it, and why.
    Lacks(String),
}

/// How the models of one family stand to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyStand {
    /// Profile (`calamp-lmu`).
    pub profile: String,
    /// Its name for people.
    pub family: String,
    /// Which of its models; empty for all of them.
    pub models: Vec<String>,
    /// How they stand.
    pub stand: Stand,
}

/// What speaks against a template on units of one family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// About which key.
    pub key: SettingKey,
    /// Profile (`calamp-lmu`).
    pub profile: String,
    /// Its name for people.
    pub family: String,
    /// Which of its models; empty for all of them.
    pub models: Vec<String>,
    /// Why, for people.
    pub why: String,
    /// The nearest value that such units can hold.
    pub nearest: Option<Value>,
    /// The family lacks the setting, whatever the value is.
    pub lacks: bool,
}

impl FamilyStand {
    /// Whom it is about: the family, or some of its models.
    #[must_use]
    pub fn whom(&self) -> String {
        whom(&self.family, &self.models)
    }
}

impl Objection {
    /// Whom it is about: the family, or some of its models.
    #[must_use]
    pub fn whom(&self) -> String {
        whom(&self.family, &self.models)
    }
}

fn whom(family: &str, models: &[String]) -> String {
    if models.is_empty() {
        family.to_owned()
    } else {
        wording::list(models, 3)
    }
}

impl Limit {
    fn of(profile: &Profile, setting: &Setting) -> Self {
        match setting.kind {
            SettingKind::Integer => Self::Number {
                min: setting.min,
                max: setting.max,
                also: setting.also.clone(),
                step: setting.scale.max(1),
            },
            SettingKind::Choice => Self::Word(setting.choices.keys().cloned().collect()),
            SettingKind::Text | SettingKind::Secret => {
                let reserved = setting
                    .places
                    .iter()
                    .flat_map(|place| profile.reserved_at(place).chars());
                let without: BTreeSet<char> = reserved.filter(|each| !each.is_control()).collect();
                Self::Text {
                    shortest: setting.min_length,
                    longest: setting.max_length,
                    without: without.into_iter().collect(),
                }
            }
        }
    }

    /// In words, with the unit of `key`: 'off or 10 s to 12 h, in steps of 10 s'.
    #[must_use]
    pub fn words(&self, key: &SettingKey) -> String {
        match self {
            Self::Number {
                min,
                max,
                also,
                step,
            } => {
                let said = |number: i64| wording::number(key, number);
                let range = match (min, max) {
                    (Some(min), Some(max)) => format!("{} to {}", said(*min), said(*max)),
                    (Some(min), None) => format!("{} or more", said(*min)),
                    (None, Some(max)) => format!("{} or less", said(*max)),
                    (None, None) => "any whole number".to_owned(),
                };
                let also: String = also.iter().map(|each| said(*each) + " or ").collect();
                let steps = match step {
                    1 => String::new(),
                    60 if wording::is_seconds(key) => ", whole minutes".to_owned(),
                    step => format!(", in steps of {}", said(*step)),
                };
                format!("{also}{range}{steps}")
            }
            Self::Text {
                shortest,
                longest,
                without,
            } => {
                let length = match (shortest, longest) {
                    (0 | 1, Some(longest)) => format!("to {longest} characters"),
                    (shortest, Some(longest)) if shortest == longest => {
                        format!("{longest} characters")
                    }
                    (shortest, Some(longest)) => format!("{shortest} to {longest} characters"),
                    (0, None) => "text".to_owned(),
                    (shortest, None) => format!("{shortest} characters or more"),
                };
                let never_empty = if *shortest == 1 { ", not empty" } else { "" };
                let without = match without.as_str() {
                    "" => String::new(),
                    some => {
                        let each = some.chars().map(|each| match each {
                            ' ' => "blanks".to_owned(),
                            other => other.to_string(),
                        });
                        format!(", without {}", each.collect::<Vec<_>>().join(" "))
                    }
                };
                format!("{length}{never_empty}{without}")
            }
            Self::Word(words) => {
                let words = words.iter().map(|word| {
                    wording::value(key, &crate::setting::ShownValue::Text(word.clone()))
                });
                words.collect::<Vec<_>>().join(" or ")
            }
        }
    }

    /// The nearest number within the limit.
    fn nearest(&self, wanted: i64) -> Option<i64> {
        let Self::Number {
            min,
            max,
            also,
            step,
        } = self
        else {
            return None;
        };
        let least = min.map_or(i64::MIN / 2, |min| {
            min.checked_add(step - 1)
                .map_or(min, |up| up - up.rem_euclid(*step))
        });
        let most = max.map_or(i64::MAX / 2, |max| max - max.rem_euclid(*step));
        let down = wanted.saturating_sub(wanted.rem_euclid(*step));
        let in_range =
            [down, down.saturating_add(*step)].map(|each| each.clamp(least, most.max(least)));
        // 'Off' is another wish than a short interval. Of two that are equally near the greater one: of intervals the cheaper one.
        let alone = min.is_none() && max.is_none() && !also.is_empty();
        let candidates = if alone {
            also.clone()
        } else {
            in_range.to_vec()
        };
        candidates
            .into_iter()
            .max_by_key(|each| (std::cmp::Reverse(each.abs_diff(wanted)), *each))
    }
}

/// How each family stands to `key`, as `template` uses it. Models that stand alike are told together.
#[must_use]
pub fn stands<'a>(
    profiles: impl IntoIterator<Item = &'a Profile>,
    template: &Template,
    key: &SettingKey,
) -> Vec<FamilyStand> {
    let mut all = Vec::new();
    for profile in profiles {
        let mut alike: Vec<(Stand, Vec<String>)> = Vec::new();
        for variant in &profile.variants {
            let stand = match reached(profile, variant, template, key) {
                Ok(setting) => Stand::Takes(Limit::of(profile, &setting)),
                Err(why) => match places_to_choose(profile, variant.id.as_str(), key) {
                    Some(places) => Stand::AsksWhere(places),
                    None => Stand::Lacks(why),
                },
            };
            let model = variant.kind_name();
            match alike.iter_mut().find(|(other, _)| *other == stand) {
                Some((_, models)) => models.push(model),
                None => alike.push((stand, vec![model])),
            }
        }
        let one = alike.len() == 1;
        all.extend(alike.into_iter().map(|(stand, models)| FamilyStand {
            profile: profile.id.clone(),
            family: profile.name.clone(),
            models: if one { Vec::new() } else { models },
            stand,
        }));
    }
    all
}

/// The places that a setting can be mapped to on a model, when the template is to say where it stands.
fn places_to_choose(
    profile: &Profile,
    variant: &str,
    key: &SettingKey,
) -> Option<Vec<(String, String)>> {
    let setting = profile.setting(key).filter(|setting| setting.mapped)?;
    let variant = profile.variant(variant)?;
    let mut places: Vec<(String, String)> = Vec::new();
    for other in profile.settings_on(variant) {
        if other.kind != setting.kind || other.mapped {
            continue;
        }
        places.extend(
            other
                .places
                .iter()
                .filter(|place| matches!(place, Place::Parameter { .. }))
                .map(|place| (place.to_string(), other.label.clone())),
        );
    }
    Some(places)
}

/// What speaks against `value` at `key` on units of these families; `None` for a secret that is not at hand.
#[must_use]
pub fn objections<'a>(
    profiles: impl IntoIterator<Item = &'a Profile>,
    template: &Template,
    key: &SettingKey,
    value: Option<&Value>,
) -> Vec<Objection> {
    let mut all = Vec::new();
    for profile in profiles {
        let Some(apart) = Apartness::of(template, &profile.id, key) else {
            continue;
        };
        let value = apart.value.or(value);
        let mut alike: Vec<(Objection, Vec<String>)> = Vec::new();
        let mut fine = false;
        for variant in &profile.variants {
            let found = match reached(profile, variant, template, key) {
                Ok(setting) => value.and_then(|value| {
                    let why = to_wire(profile, &setting, value).err()?.to_string();
                    let limit = Limit::of(profile, &setting);
                    let nearest = match value {
                        Value::Integer(number) => limit.nearest(*number).map(Value::Integer),
                        Value::Text(_) | Value::Secret(_) => None,
                    };
                    let nearest =
                        nearest.filter(|nearest| to_wire(profile, &setting, nearest).is_ok());
                    let why = match limit {
                        Limit::Number { .. } => limit.words(key),
                        _ => why,
                    };
                    Some((why, nearest, false))
                }),
                Err(_) if template.optional.contains(key) => None,
                Err(why) => Some((why, None, true)),
            };
            let Some((why, nearest, lacks)) = found else {
                fine = true;
                continue;
            };
            let objection = Objection {
                key: key.clone(),
                profile: profile.id.clone(),
                family: profile.name.clone(),
                models: Vec::new(),
                why,
                nearest,
                lacks,
            };
            match alike.iter_mut().find(|(other, _)| *other == objection) {
                Some((_, models)) => models.push(variant.kind_name()),
                None => alike.push((objection, vec![variant.kind_name()])),
            }
        }
        let whole = alike.len() == 1 && !fine;
        all.extend(alike.into_iter().map(|(objection, models)| Objection {
            models: if whole { Vec::new() } else { models },
            ..objection
        }));
    }
    all
}

/// What the template wants of one family at a key: its own value there, or none; `None` where it leaves the key out.
struct Apartness<'a> {
    value: Option<&'a Value>,
}

impl<'a> Apartness<'a> {
    fn of(template: &'a Template, profile: &str, key: &SettingKey) -> Option<Self> {
        let Some(apart) = template.apart.get(profile) else {
            return Some(Self { value: None });
        };
        (!apart.left_out.contains(key)).then(|| Self {
            value: apart.values.get(key),
        })
    }
}

/// Everything that speaks against putting `template` on units of these families.
#[must_use]
pub fn all_objections<'a>(
    profiles: impl IntoIterator<Item = &'a Profile> + Clone,
    template: &Template,
) -> Vec<Objection> {
    template
        .keys()
        .flat_map(|key| objections(profiles.clone(), template, key, template.settings.get(key)))
        .collect()
}
