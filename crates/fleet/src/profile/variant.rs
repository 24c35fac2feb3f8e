//! What a profile says about one model: which variant fits, which settings it has, within which limits and at which places.
//!
//! How values look on the wire is `wire`'s business; whether the file makes sense is `check`'s.

use super::pattern::{Captures, Pattern};
use super::schema::{Place, Profile, Setting, Variant};
use crate::setting::{SettingKey, SettingKind};
use regex::Regex;
use std::collections::BTreeSet;

/// Why a setting cannot be had on a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotHere {
    /// The family has no such setting.
    #[error("this family has no setting '{0}'")]
    UnknownKey(SettingKey),
    /// The family has it, this model lacks it; the profile says why.
    #[error("{0}")]
    Lacking(String),
}

impl Variant {
    /// Where `field` stands in `command`, counting from zero.
    #[must_use]
    pub fn field_index(&self, command: &str, field: &str) -> Option<usize> {
        self.fields
            .get(command)?
            .iter()
            .position(|name| name == field && name != "_")
    }

    /// Whether every condition fits; a condition is a regular expression that must fit the whole text.
    #[must_use]
    pub fn fits(&self, facts: &Captures) -> bool {
        self.matches.iter().all(|(name, expression)| {
            facts.get(name).is_some_and(|text| {
                Regex::new(&format!("^(?:{expression})$")).is_ok_and(|regex| regex.is_match(text))
            })
        })
    }

    /// The model's name for people, with facts such as `{hardware}` filled in.
    #[must_use]
    pub fn model_name(&self, facts: &Captures) -> String {
        super::Pattern::new(&self.model)
            .format(|name| facts.get(name).map(|text| text.as_str().into()))
            .unwrap_or_else(|_| self.model.clone())
    }
}

impl Profile {
    /// The variants that a unit of this model may be: its row keeps the model, and firmware may part them further. All of them, where no model
    /// is known.
    #[must_use]
    pub fn variants_of(&self, model: Option<&str>) -> Vec<&Variant> {
        let is_of = |variant: &&Variant, model: &str| {
            // Few models are patterns, and making one of each costs a keystroke.
            let is_pattern = variant.model.contains('{');
            variant.model == model
                || is_pattern && Pattern::new(&variant.model).parse(model).is_some()
        };
        let named: Vec<&Variant> = (self.variants.iter())
            .filter(|variant| model.is_some_and(|model| is_of(variant, model)))
            .collect();
        match named.is_empty() {
            true => self.variants.iter().collect(),
            false => named,
        }
    }
}

impl Variant {
    /// How people call units of this kind while none is there whose own word for itself could be filled in.
    #[must_use]
    pub fn kind_name(&self) -> String {
        let Some((before, _)) = self.model.split_once('{') else {
            return self.model.clone();
        };
        match (before.trim(), self.id.as_str()) {
            ("", id) => id.to_owned(),
            (maker, "other") => format!("other {maker}"),
            (maker, id) => format!("{maker} ({id})"),
        }
    }
}

impl Profile {
    /// The variant of that name.
    #[must_use]
    pub fn variant(&self, id: &str) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.id == id)
    }

    /// The first variant that fits what a unit said about itself.
    #[must_use]
    pub fn variant_for(&self, facts: &Captures) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.fits(facts))
    }

    /// The family's setting of that key, with the limits that hold where a model says nothing else.
    #[must_use]
    pub fn setting(&self, key: &SettingKey) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.key == *key)
    }

    /// The setting as it is on one model: with that model's limits and places.
    ///
    /// # Errors
    /// When the family or this model lacks it.
    pub fn setting_on(&self, variant: &Variant, key: &SettingKey) -> Result<Setting, NotHere> {
        if let Some(why) = variant.lacks.get(key).or_else(|| self.lacks.get(key)) {
            return Err(NotHere::Lacking(why.clone()));
        }
        let setting = self
            .setting(key)
            .ok_or_else(|| NotHere::UnknownKey(key.clone()))?;
        Ok(replaced(setting, variant))
    }

    /// Every setting that the model has, in the file's order, with its limits and places there.
    pub fn settings_on<'a>(&'a self, variant: &'a Variant) -> impl Iterator<Item = Setting> + 'a {
        self.settings
            .iter()
            .filter(|setting| !variant.lacks.contains_key(&setting.key))
            .map(|setting| replaced(setting, variant))
    }

    /// Every place that a setting of the model uses, needs included: what has to be read before anything is planned.
    #[must_use]
    pub fn places_on(&self, variant: &Variant) -> BTreeSet<Place> {
        self.settings_on(variant)
            .flat_map(|setting| {
                let needs = setting.needs.into_iter().map(|need| need.place);
                setting.places.into_iter().chain(needs)
            })
            .collect()
    }

    /// The same without what the unit does not show.
    #[must_use]
    pub fn readable_places(&self, variant: &Variant) -> BTreeSet<Place> {
        self.settings_on(variant)
            .filter(|setting| setting.readable)
            .flat_map(|setting| {
                let needs = setting.needs.into_iter().map(|need| need.place);
                setting.places.into_iter().chain(needs)
            })
            .collect()
    }

    /// Places that hold secrets on the model. A setting that the model lacks counts too: its place may still hold one.
    #[must_use]
    pub fn secret_places(&self, variant: &Variant) -> BTreeSet<Place> {
        self.settings
            .iter()
            .filter(|setting| setting.kind == SettingKind::Secret)
            .flat_map(|setting| {
                let here = replaced(setting, variant).places;
                setting.places.clone().into_iter().chain(here)
            })
            .collect()
    }

    /// Places that hold secrets on any model, for the time before the model is known.
    #[must_use]
    pub fn secret_places_anywhere(&self) -> BTreeSet<Place> {
        self.variants
            .iter()
            .flat_map(|variant| self.secret_places(variant))
            .collect()
    }

    /// Characters that a value at `place` cannot carry, besides control characters.
    #[must_use]
    pub fn reserved_at(&self, place: &Place) -> &str {
        match place {
            Place::Parameter { .. } => self
                .parameters
                .as_ref()
                .map(|parameters| parameters.write.reserved.as_str())
                .or_else(|| Some(self.single.as_ref()?.reserved.as_str()))
                .unwrap_or_default(),
            Place::Field { .. } => self
                .positional
                .as_ref()
                .map_or("", |positional| positional.reserved.as_str()),
        }
    }
}

pub(super) fn replaced(setting: &Setting, variant: &Variant) -> Setting {
    let mut setting = setting.clone();
    if let Some(other) = variant.replace.get(&setting.key) {
        setting.min = other.min.or(setting.min);
        setting.max = other.max.or(setting.max);
        setting.max_length = other.max_length.or(setting.max_length);
        setting.readable = other.readable.unwrap_or(setting.readable);
        if let Some(places) = &other.places {
            setting.places.clone_from(places);
        }
        if let Some(needs) = &other.needs {
            setting.needs.clone_from(needs);
        }
    }
    setting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::tests::{key, tiny};

    fn facts(hardware: &str) -> Captures {
        Captures::from([("hardware".to_owned(), hardware.to_owned())])
    }

    #[test]
    fn a_kind_of_unit_is_named_without_the_unit_that_would_say_its_model() {
        let profile = tiny();
        let names: Vec<String> = profile.variants.iter().map(Variant::kind_name).collect();
        assert!(names.contains(&"other Tiny".to_owned()), "{names:?}");
        for profile in crate::profile::ProfileRegistry::shipped().all() {
            for variant in &profile.variants {
                let name = variant.kind_name();
                assert!(!name.contains(['{', '}']) && !name.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn the_first_variant_whose_whole_text_fits_is_taken() {
        let profile = tiny();
        assert_eq!(profile.variant_for(&facts("ONE:1")).unwrap().id, "one");
        assert_eq!(profile.variant_for(&facts("ONE:12")).unwrap().id, "other");
        assert!(profile.variant_for(&facts("XX")).is_none());
        assert!(profile.variant_for(&Captures::new()).is_none());
    }

    #[test]
    fn a_models_name_carries_its_facts() {
        let profile = tiny();
        let other = profile.variant("other").unwrap();
        assert_eq!(other.model_name(&facts("ONE:12")), "Tiny ONE:12");
        assert_eq!(other.model_name(&Captures::new()), "Tiny {hardware}");
    }

    #[test]
    fn a_variant_lacks_and_replaces() {
        let profile = tiny();
        let other = profile.variant("other").unwrap();
        assert!(matches!(
            profile.setting_on(other, &key("server.transport")),
            Err(NotHere::Lacking(why)) if why == "only TCP"
        ));
        assert!(matches!(
            profile.setting_on(other, &key("no.such")),
            Err(NotHere::UnknownKey(_))
        ));
        let apn = profile.setting_on(other, &key("apn.name")).unwrap();
        assert_eq!(apn.max_length, Some(20));
        assert_eq!(apn.places[0].to_string(), "3001");
        assert_eq!(
            profile.settings_on(other).count(),
            profile.settings.len() - 1
        );
    }

    #[test]
    fn secret_places_are_known_for_every_model() {
        let profile = tiny();
        let one = profile.variant("one").unwrap();
        let texts: Vec<String> = profile
            .secret_places(one)
            .iter()
            .map(Place::to_string)
            .collect();
        assert_eq!(texts, ["2003"]);
        assert!(profile.places_on(one).len() >= 4);
    }
}
