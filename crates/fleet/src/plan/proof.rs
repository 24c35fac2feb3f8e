//! Compares what was read back with what a plan promised, and with what stood there before.

use super::compute::meaning;
use super::{Expected, PlaceWrite, Plan, ProofResult};
use crate::fault::Mismatch;
use crate::printable::printable;
use crate::profile::{Place, Profile, Setting, same_on_wire};
use crate::reading::{Identity, Reading};
use crate::secret::{DOTS, Secret};
use crate::setting::{SettingKind, Value};
use std::collections::BTreeSet;

impl Plan {
    /// What `after` proves. A place that was shown before and is not shown now is wrong; one that was never shown stays unproved.
    #[must_use]
    pub fn check(&self, profile: &Profile, identity: &Identity, after: &Reading) -> ProofResult {
        let mut result = ProofResult::default();
        let variant = profile.variant(&identity.variant);
        let mut wrong_keys = BTreeSet::new();
        for expected in &self.expected {
            let setting =
                variant.and_then(|variant| profile.setting_on(variant, &expected.key).ok());
            let found = after.get(&expected.place);
            let right = found.is_some_and(|text| expected.is_met_by(setting.as_ref(), text));
            if right && expected.provable {
                continue;
            }
            if !expected.provable || (found.is_none() && !expected.was_shown) {
                if !result.unproved.contains(&expected.key) {
                    result.unproved.push(expected.key.clone());
                }
                continue;
            }
            wrong_keys.insert(&expected.key);
            if !result.wrong.iter().any(|line| line.what == expected.label) {
                result.wrong.push(Mismatch {
                    what: expected.label.clone(),
                    expected: expected.value.to_string(),
                    found: found.map(|text| match (&expected.value, &setting) {
                        (Value::Secret(_), _) => DOTS.to_owned(),
                        (_, Some(setting)) if expected.or_else.is_empty() => {
                            printable(&meaning(setting, text).to_string())
                        }
                        _ => printable(text),
                    }),
                });
            }
            result.repairs.push(PlaceWrite {
                place: expected.place.clone(),
                before: found.map(Secret::new),
                after: expected.wire.clone(),
            });
        }
        for expected in &self.expected {
            let key = &expected.key;
            let open = wrong_keys.contains(key) || result.unproved.contains(key);
            if !open && !result.right.contains(key) {
                result.right.push(key.clone());
            }
        }
        result.unproved.retain(|key| !wrong_keys.contains(key));
        result
    }
}

impl Expected {
    fn is_met_by(&self, setting: Option<&Setting>, text: &str) -> bool {
        if text == self.wire.reveal() || self.or_else.iter().any(|each| each == text) {
            return true;
        }
        self.or_else.is_empty()
            && setting.is_some_and(|setting| same_on_wire(setting, text, self.wire.reveal()))
    }
}

/// What changed though nobody asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unplanned {
    /// Settings that the profile knows and that do not change by themselves, and any field of a positional command.
    pub settings: Vec<Mismatch>,
    /// Their places as they have to be written to stand as before.
    pub repairs: Vec<PlaceWrite>,
    /// Numbered parameters that the profile has no setting for. They may be counters: worth a note, no more.
    pub other: Vec<String>,
}

/// Compares two readings outside the plan. Dots that stand for a secret are not compared.
///
/// A field without a setting counts: its command was written whole, so a change there may be our own doing.
#[must_use]
pub fn unplanned(
    profile: &Profile,
    identity: &Identity,
    plan: &Plan,
    before: &Reading,
    after: &Reading,
) -> Unplanned {
    let mut found = Unplanned::default();
    let Some(variant) = profile.variant(&identity.variant) else {
        return found;
    };
    let planned: BTreeSet<&Place> = plan
        .expected
        .iter()
        .map(|expected| &expected.place)
        .collect();
    let known: Vec<Setting> = profile.settings_on(variant).collect();
    for (place, was) in &before.places {
        let Some(is) = after.get(place) else { continue };
        if planned.contains(place) || was == DOTS || was == is {
            continue;
        }
        let (what, secret, kept) = match known.iter().find(|each| each.places.contains(place)) {
            Some(setting) if setting.volatile || !setting.readable => continue,
            Some(setting) => (
                setting.label.clone(),
                setting.kind == SettingKind::Secret,
                same_on_wire(setting, was, is),
            ),
            None if matches!(place, Place::Field { .. }) => (
                place.to_string(),
                before.secret_places.contains(place),
                false,
            ),
            None => {
                found.other.push(place.to_string());
                continue;
            }
        };
        if kept {
            continue;
        }
        let setting = known.iter().find(|each| each.places.contains(place));
        let shown = |text: &str| match setting {
            _ if secret => DOTS.to_owned(),
            Some(setting) => printable(&meaning(setting, text).to_string()),
            None => printable(text),
        };
        found.settings.push(Mismatch {
            what,
            expected: shown(was),
            found: Some(shown(is)),
        });
        found.repairs.push(PlaceWrite {
            place: place.clone(),
            before: Some(Secret::new(is)),
            after: Secret::new(profile.written_back(variant, place, was)),
        });
    }
    found
}
