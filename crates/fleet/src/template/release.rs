//! What stands between a draft and its release. Who may release is the inventory's and the office's business.

use super::Template;
use super::families::{Objection, all_objections};
use crate::profile::Profile;
use crate::setting::SettingKey;
use crate::wording;

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

/// What stands against releasing `template`. `in_use` are the families that units with this template belong to; where there are none,
/// one family of `all` that can hold it is enough.
#[must_use]
pub fn release_stops<'a>(
    template: &Template,
    in_use: impl IntoIterator<Item = &'a Profile> + Clone,
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
    if in_use.clone().into_iter().next().is_some() {
        let objections = all_objections(in_use, template).into_iter();
        stops.extend(objections.map(ReleaseStop::Objection));
        return stops;
    }
    let each = all.into_iter().map(|each| all_objections([each], template));
    if let Some(fewest) = each
        .min_by_key(Vec::len)
        .filter(|fewest| !fewest.is_empty())
    {
        stops.push(ReleaseStop::FitsNobody(fewest));
    }
    stops
}
