//! What stands between a draft and its release. Who may release is the inventory's and the office's business.

use super::Template;
use super::families::{Objection, all_objections, objections};
use crate::profile::{Profile, Variant};
use crate::setting::{SettingKey, Value};
use crate::wording;
use std::collections::BTreeSet;

/// One reason why a draft cannot be released yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseStop {
    /// It sets nothing.
    Empty,
    /// No family knows the key.
    UnknownKey(SettingKey),
    /// A secret has to be given again.
    SecretMissing(SettingKey),
    /// Units that have this template could not take it.
    Objection(Objection),
    /// No family at all could take it; what speaks against the one that comes nearest.
    FitsNobody(Vec<Objection>),
}

impl ReleaseStop {
    /// In words, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Empty => "There is no setting in it.".to_owned(),
            Self::UnknownKey(key) => format!("No unit family knows the setting {key}."),
            Self::SecretMissing(key) => format!(
                "{}: it is secret and not at hand on this computer; type it again.",
                wording::setting(key)
            ),
            Self::Objection(objection) => objection.words(),
            Self::FitsNobody(objections) => {
                let first = objections.first().map(Objection::words).unwrap_or_default();
                format!("No unit family can hold all of it. Nearest: {first}")
            }
        }
    }
}

impl Objection {
    /// In words: 'Moving, every: Meitrack takes 10 s or more'.
    #[must_use]
    pub fn words(&self) -> String {
        let name = wording::setting(&self.key);
        let (whom, why) = (self.whom(), self.why.trim_end_matches('.'));
        if self.lacks {
            format!("{name}: {whom} cannot have it: {why}.")
        } else if self.nearest.is_some() {
            format!("{name}: {whom} takes {why}.")
        } else {
            format!("{name}: {whom}: {why}.")
        }
    }
}

/// A family that units with a template belong to, and which of its models they are.
#[derive(Debug, Clone)]
pub struct InUse<'a> {
    profile: &'a Profile,
    /// How their models are called.
    models: BTreeSet<String>,
}

impl<'a> InUse<'a> {
    /// Units whose rows say these models. One that says none, or one that the family does not know, may be any of it.
    #[must_use]
    pub fn new(profile: &'a Profile, models: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let variants = models
            .into_iter()
            .flat_map(|model| profile.variants_of(model));
        Self {
            models: variants.map(Variant::kind_name).collect(),
            profile,
        }
    }

    /// What speaks against putting `template` on them; what other models of the family cannot hold is no matter.
    #[must_use]
    pub fn objections(&self, template: &Template) -> Vec<Objection> {
        self.of_these(all_objections([self.profile], template))
    }

    /// What speaks against `value` at `key` on them; `None` for a secret that is not at hand.
    #[must_use]
    pub fn objections_at(
        &self,
        template: &Template,
        key: &SettingKey,
        value: Option<&Value>,
    ) -> Vec<Objection> {
        self.of_these(objections([self.profile], template, key, value))
    }

    fn of_these(&self, all: Vec<Objection>) -> Vec<Objection> {
        let of_these = |mut objection: Objection| {
            let is_of_all = objection.models.is_empty();
            objection.models.retain(|model| self.models.contains(model));
            (is_of_all || !objection.models.is_empty()).then_some(objection)
        };
        all.into_iter().filter_map(of_these).collect()
    }
}

/// The names of a family's models that can hold all of a template.
#[must_use]
pub fn models_that_hold(profile: &Profile, template: &Template) -> BTreeSet<String> {
    let objections = all_objections([profile], template);
    if objections
        .iter()
        .any(|objection| objection.models.is_empty())
    {
        return BTreeSet::new();
    }
    let cannot = |model: &String| {
        let mut whom = objections.iter().flat_map(|objection| &objection.models);
        whom.any(|each| each == model)
    };
    let models = profile.variants.iter().map(Variant::kind_name);
    models.filter(|model| !cannot(model)).collect()
}

/// What stands against releasing `template`. `in_use` are the units that have it; where there are none, one model of `all` families that can
/// hold it is enough.
#[must_use]
pub fn release_stops<'a>(
    template: &Template,
    in_use: &[InUse<'_>],
    all: impl IntoIterator<Item = &'a Profile> + Clone,
) -> Vec<ReleaseStop> {
    let mut stops = Vec::new();
    if template.keys().next().is_none() {
        return vec![ReleaseStop::Empty];
    }
    let known = |key: &SettingKey| {
        all.clone()
            .into_iter()
            .any(|each| each.setting(key).is_some())
    };
    let unknown = template.unknown_keys(known);
    stops.extend(unknown.into_iter().map(ReleaseStop::UnknownKey));
    let missing = template.missing_secrets.iter().cloned();
    stops.extend(missing.map(ReleaseStop::SecretMissing));
    if !in_use.is_empty() {
        let objections = in_use.iter().flat_map(|each| each.objections(template));
        stops.extend(objections.map(ReleaseStop::Objection));
        return stops;
    }
    let fits = |profile: &Profile| !models_that_hold(profile, template).is_empty();
    if all.clone().into_iter().any(fits) {
        return stops;
    }
    let each = all.into_iter().map(|each| all_objections([each], template));
    let fewest = each.min_by_key(Vec::len);
    stops.extend(fewest.map(ReleaseStop::FitsNobody));
    stops
}
