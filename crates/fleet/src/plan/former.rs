//! The plan that puts a unit back to its own former texts, place by place: what an undo is made of.

use super::compute::{label, meaning};
use super::{Change, Expected, PlaceWrite, Plan};
use crate::fault::{Cure, Fault};
use crate::printable::printable;
use crate::profile::{Place, Profile, Setting, Variant, WireError, same_on_wire, takes_again};
use crate::reading::Reading;
use crate::secret::Secret;
use crate::setting::{SettingKey, SettingKind, Value};
use crate::template::Template;
use std::collections::BTreeMap;

/// What a place of the unit is, in the profile's words.
struct Ruled {
    setting: Setting,
    label: String,
    /// The place only has to be so for the setting's sake; its text is taken letter by letter.
    beside: bool,
}

impl Plan {
    /// The difference between what `reading` shows and the former texts that `template` carries.
    pub(super) fn back_to(
        profile: &Profile,
        variant: &Variant,
        reading: &Reading,
        template: &Template,
    ) -> Result<Self, Fault> {
        let mut lines: Vec<(Ruled, BTreeMap<&Place, &str>)> = Vec::new();
        for (place, text) in &template.former {
            let Some(ruled) = ruling(profile, variant, place, &template.former) else {
                return Err(Fault::SettingNotAvailable {
                    keys: vec![place.to_string()],
                    model: variant.model.clone(),
                    why: "the device profile no longer describes this place".to_owned(),
                    cure: Cure::NewValues,
                });
            };
            match lines.iter_mut().find(|(line, _)| {
                line.setting.key == ruled.setting.key && line.label == ruled.label
            }) {
                Some((_, places)) => {
                    places.insert(place, text);
                }
                None => lines.push((ruled, BTreeMap::from([(place, text.as_str())]))),
            }
        }
        let order = |key: &SettingKey| {
            let mut settings = profile.settings.iter();
            settings.position(|setting| setting.key == *key)
        };
        lines.sort_by_key(|(line, _)| (order(&line.setting.key), line.beside));
        let mut plan = Self::default();
        for (ruled, places) in &lines {
            can_go_back(profile, variant, ruled, places, reading)?;
            plan.add_former(profile, variant, ruled, places, reading);
        }
        Ok(plan)
    }

    /// Former texts that the unit would not take again: the name of each setting, and why. Nothing is known here of what it holds now.
    #[must_use]
    pub fn not_writable_again(
        profile: &Profile,
        variant: &Variant,
        former: &BTreeMap<Place, String>,
    ) -> Vec<(String, String)> {
        let ruled = former.iter().filter_map(|(place, text)| {
            let ruled = ruling(profile, variant, place, former).filter(|ruled| !ruled.beside)?;
            let error = takes_again(profile, &ruled.setting, text).err()?;
            Some((ruled.label, held_and_why(&ruled.setting, text, &error)))
        });
        ruled.collect()
    }

    fn add_former(
        &mut self,
        profile: &Profile,
        variant: &Variant,
        ruled: &Ruled,
        places: &BTreeMap<&Place, &str>,
        reading: &Reading,
    ) {
        let setting = &ruled.setting;
        let value = |text: &str| match ruled.beside {
            true => Value::Text(text.to_owned()),
            false => meaning(setting, text),
        };
        let mut writes = Vec::new();
        for (place, former) in places {
            let before = reading.get(place);
            self.expected.push(Expected {
                key: setting.key.clone(),
                label: ruled.label.clone(),
                place: (*place).clone(),
                wire: Secret::new(profile.written_back(variant, place, former)),
                or_else: if ruled.beside {
                    vec![(*former).to_owned()]
                } else {
                    Vec::new()
                },
                value: value(former),
                provable: setting.readable && !setting.volatile,
                was_shown: before.is_some(),
            });
            let right = before.is_some_and(|before| {
                before == *former || (!ruled.beside && same_on_wire(setting, before, former))
            });
            if !right {
                writes.push(PlaceWrite {
                    place: (*place).clone(),
                    before: before.map(Secret::new),
                    after: Secret::new(profile.written_back(variant, place, former)),
                });
            }
        }
        let Some(after) = places.values().next().map(|text| value(text)) else {
            return;
        };
        if writes.is_empty() {
            self.already_right.push((setting.key.clone(), after));
            return;
        }
        let before = places.keys().find_map(|place| reading.get(place));
        self.changes.push(Change {
            key: setting.key.clone(),
            label: ruled.label.clone(),
            before: before.map(value),
            after,
            guarded: setting.guarded,
            readable: setting.readable,
            writes,
        });
    }
}

/// What the unit would refuse is named before anything is written: half an undo would be neither one state nor the other.
fn can_go_back(
    profile: &Profile,
    variant: &Variant,
    ruled: &Ruled,
    places: &BTreeMap<&Place, &str>,
    reading: &Reading,
) -> Result<(), Fault> {
    let setting = &ruled.setting;
    for (place, former) in places.iter().filter(|_| !ruled.beside) {
        let stands = reading
            .get(place)
            .is_some_and(|held| held == *former || same_on_wire(setting, held, former));
        if stands {
            continue;
        }
        if let Err(error) = takes_again(profile, setting, former) {
            return Err(Fault::FormerNotWritable {
                key: setting.key.to_string(),
                model: variant.model.clone(),
                why: held_and_why(setting, former, &error),
            });
        }
    }
    Ok(())
}

fn held_and_why(setting: &Setting, former: &str, error: &WireError) -> String {
    match setting.kind {
        SettingKind::Secret => error.to_string(),
        _ => format!("it held '{}'; {error}", printable(former)),
    }
}

/// What rules a place: its setting, or one that needs it beside itself. A setting that stands apart at a place of another one rules
/// it only where the two differed.
fn ruling(
    profile: &Profile,
    variant: &Variant,
    place: &Place,
    former: &BTreeMap<Place, String>,
) -> Option<Ruled> {
    let settings: Vec<Setting> = profile.settings_on(variant).collect();
    let here = |setting: &&Setting| setting.places.contains(place);
    let apart = settings
        .iter()
        .filter(here)
        .find(|setting| setting.set_apart_from.is_some());
    let alone = settings
        .iter()
        .filter(here)
        .find(|setting| setting.set_apart_from.is_none());
    let own = match (alone, apart) {
        (Some(alone), Some(apart)) => {
            let mut texts = alone.places.iter().filter_map(|place| former.get(place));
            let first = texts.next();
            let one = texts.all(|text| first.is_some_and(|first| same_on_wire(alone, first, text)));
            Some(if one { alone } else { apart })
        }
        (alone, apart) => alone.or(apart),
    };
    if let Some(setting) = own {
        return Some(Ruled {
            label: label(setting),
            setting: setting.clone(),
            beside: false,
        });
    }
    settings.iter().find_map(|setting| {
        let need = setting.needs.iter().find(|need| need.place == *place)?;
        Some(Ruled {
            label: need.label.clone(),
            setting: setting.clone(),
            beside: true,
        })
    })
}
