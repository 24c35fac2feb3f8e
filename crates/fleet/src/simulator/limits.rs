//! Which wire texts a simulated unit takes at a place: the profile's limits, seen from the unit's side.

use crate::profile::{Place, Profile, Setting, Variant};
use crate::setting::SettingKind;
use std::collections::BTreeMap;

/// What one setting allows at its places.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    kind: SettingKind,
    scale: i64,
    min: Option<i64>,
    max: Option<i64>,
    also: Vec<i64>,
    min_length: usize,
    max_length: Option<usize>,
    choices: Vec<String>,
    unit_takes: Vec<String>,
    /// Bits that are written together with the value.
    pub mask: Option<u32>,
    /// Whether the unit shows the value again.
    pub readable: bool,
    /// Whether the value changes by itself.
    pub volatile: bool,
}

impl Limit {
    fn new(setting: &Setting) -> Self {
        Self {
            kind: setting.kind,
            scale: setting.scale.max(1),
            min: setting.min,
            max: setting.max,
            also: setting.also.clone(),
            min_length: setting.min_length,
            max_length: setting.max_length,
            choices: setting.choices.values().flatten().cloned().collect(),
            unit_takes: setting.unit_takes.clone(),
            mask: setting.mask,
            readable: setting.readable,
            volatile: setting.volatile,
        }
    }

    /// Whether a unit takes this text.
    pub(super) fn takes(&self, text: &str) -> bool {
        if self.unit_takes.iter().any(|each| each == text) {
            return true;
        }
        match self.kind {
            SettingKind::Integer => self.number_fits(text),
            SettingKind::Choice => self.choices.iter().any(|choice| choice == text),
            SettingKind::Text | SettingKind::Secret => {
                let length = text.chars().count();
                length <= self.max_length.unwrap_or(usize::MAX)
                    && (length >= self.min_length || length == 0)
                    && text.chars().all(|each| !each.is_control())
            }
        }
    }

    /// Whether it is about numbers.
    pub(super) fn is_number(&self) -> bool {
        self.kind == SettingKind::Integer
    }

    fn number_fits(&self, text: &str) -> bool {
        if let Some(mask) = self.mask {
            let number = |text: &str| text.trim().parse::<u32>().ok();
            return match text.split_once(',') {
                Some((value, said)) => number(value).is_some() && number(said) == Some(mask),
                None => number(text).is_some(),
            };
        }
        let number = text
            .parse::<i64>()
            .ok()
            .and_then(|wire| wire.checked_mul(self.scale));
        number.is_some_and(|number| {
            self.also.contains(&number)
                || (self.min.is_none_or(|min| number >= min)
                    && self.max.is_none_or(|max| number <= max))
        })
    }

    /// A text that a unit could start with.
    pub(super) fn first_text(&self) -> String {
        match self.kind {
            SettingKind::Integer => (self.min.unwrap_or(0) / self.scale
                + i64::from(self.min.unwrap_or(0) % self.scale > 0))
            .to_string(),
            SettingKind::Choice => self.choices.first().cloned().unwrap_or_default(),
            SettingKind::Text | SettingKind::Secret => String::new(),
        }
    }

    /// Another text that the unit could hold as well.
    pub(super) fn other_text(&self, text: &str) -> String {
        let candidates = match self.kind {
            SettingKind::Integer => {
                let number = text.parse::<i64>().unwrap_or(0);
                let around = [number.saturating_add(1), number.saturating_sub(1)]
                    .map(|each| each.to_string());
                let ends = [self.min, self.max]
                    .into_iter()
                    .flatten()
                    .map(|end| (end / self.scale).to_string());
                around.into_iter().chain(ends).collect()
            }
            SettingKind::Choice => self.choices.clone(),
            SettingKind::Text | SettingKind::Secret => vec![other_text(text)],
        };
        candidates
            .iter()
            .find(|each| *each != text && self.takes(each))
            .cloned()
            .unwrap_or_else(|| other_text(text))
    }
}

/// A text of the same length and kind that is not the same; one character more for an empty one.
pub(super) fn other_text(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    match characters.pop() {
        Some('1') => characters.push('2'),
        Some(last) if last.is_ascii_digit() => characters.push('1'),
        Some('x') => characters.push('y'),
        Some(_) => characters.push('x'),
        None => characters.push('1'),
    }
    characters.into_iter().collect()
}

/// The limits of every place that a setting of this variant stands in, and the places of each setting in the profile's order.
pub(super) fn limits(
    profile: &Profile,
    variant: &Variant,
) -> (BTreeMap<Place, Vec<Limit>>, Vec<Vec<Place>>) {
    let mut limits: BTreeMap<Place, Vec<Limit>> = BTreeMap::new();
    let mut settings = Vec::new();
    for setting in profile.settings_on(variant) {
        for place in &setting.places {
            limits
                .entry(place.clone())
                .or_default()
                .push(Limit::new(&setting));
        }
        settings.push(setting.places);
    }
    (limits, settings)
}
