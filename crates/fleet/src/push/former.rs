//! What a unit held before a push changed it: out of the journal of its job, for the undo.

use crate::journal::JobEvent;
use crate::plan::ShownChange;
use crate::profile::Place;
use crate::secret::DOTS;
use crate::setting::{SettingKey, ShownValue, Value};
use crate::template::Template;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A unit's own former values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Former {
    /// What stood at each place that was written, in the words of the wire. Empty where the unit was reached by message.
    pub places: BTreeMap<String, String>,
    /// The settings of those places as people know them.
    pub settings: BTreeMap<SettingKey, ShownValue>,
    /// Settings whose places held different texts, so that they have no one value for people.
    #[serde(default)]
    pub mixed: BTreeSet<SettingKey>,
    /// Template and version that the unit had then.
    pub template: Option<(String, u32)>,
}

impl Former {
    /// What a job is given to put the unit back.
    #[must_use]
    pub fn as_template(&self) -> Template {
        let (name, version) = self
            .template
            .clone()
            .unwrap_or_else(|| ("former settings".to_owned(), 1));
        if self.places.is_empty() {
            // A unit that could not be asked is put back to the values that were last read from it.
            let value = |shown: &ShownValue| match shown {
                ShownValue::Integer(number) => Some(Value::Integer(*number)),
                ShownValue::Text(text) => Some(Value::Text(text.clone())),
                ShownValue::Secret { .. } => None,
            };
            let settings = self.settings.iter();
            let settings = settings.filter_map(|(key, shown)| Some((key.clone(), value(shown)?)));
            return Template {
                settings: settings.collect(),
                ..Template::empty(name, version)
            };
        }
        let places = self
            .places
            .iter()
            .map(|(place, text)| (Place::named(place), text.clone()));
        Template::of_former(name, version, places.collect())
    }

    /// Takes in what another job found before it wrote; what was found first counts.
    pub fn and_then(&mut self, later: Self) {
        for (place, text) in later.places {
            self.places.entry(place).or_insert(text);
        }
        for (key, value) in later.settings {
            if !self.mixed.contains(&key) {
                self.settings.entry(key).or_insert(value);
            }
        }
        let new = later
            .mixed
            .into_iter()
            .filter(|key| !self.settings.contains_key(key));
        self.mixed.extend(new.collect::<Vec<_>>());
    }

    /// The former values of a unit that was reached by message: they were read before, or are not known.
    ///
    /// # Errors
    /// Why they cannot be put back.
    pub fn of_changes(
        changes: &[ShownChange],
        template: Option<(String, u32)>,
    ) -> Result<Self, NoFormer> {
        let mut former = Self {
            template,
            ..Self::default()
        };
        for change in changes {
            match &change.before {
                Some(ShownValue::Secret { .. }) => {
                    return Err(NoFormer::Secret(change.label.clone()));
                }
                Some(value) => {
                    former.settings.insert(change.key.clone(), value.clone());
                }
                None => return Err(NoFormer::NotRead(change.label.clone())),
            }
        }
        Ok(former)
    }
}

/// Why a unit cannot be put back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoFormer {
    /// Nothing was written to it.
    #[error("nothing was written to it")]
    NothingWritten,
    /// What it held was not read before it was written.
    #[error("what stood at {0} before was not read")]
    NotRead(String),
    /// Secrets are never kept.
    #[error("the former secret at {0} was not kept: no secret ever is")]
    Secret(String),
    /// Another bench wrote it, and has what stood there before.
    #[error("it was set by {0}: undo the push on that bench")]
    Elsewhere(String),
    /// The image is not in the inventory.
    #[error("its before image is not in the inventory")]
    NoImage,
}

#[derive(Deserialize)]
struct Image {
    places: BTreeMap<String, String>,
}

/// SHA-256 of the before image that a job kept, and what stood at each place that it wrote, once `image` gives the bytes.
///
/// # Errors
/// Why the unit cannot be put back.
pub fn former_of<'e>(
    events: impl Iterator<Item = &'e JobEvent> + Clone,
    template: Option<(String, u32)>,
    image: impl FnOnce(&str) -> Option<Vec<u8>>,
) -> Result<Former, NoFormer> {
    // The first image counts: a job that was cut off and read the unit again kept what it had itself half written.
    let sha256 = events.clone().find_map(|event| match event {
        JobEvent::BeforeImage { sha256, .. } => Some(sha256.as_str()),
        _ => None,
    });
    let mut written: BTreeSet<&str> = BTreeSet::new();
    let mut settings = BTreeMap::new();
    let mut mixed = BTreeSet::new();
    for event in events {
        match event {
            JobEvent::WriteIntent { places, .. } => {
                written.extend(places.iter().map(String::as_str))
            }
            JobEvent::Planned { changes, .. } => {
                for change in changes {
                    let known = settings.contains_key(&change.key) || mixed.contains(&change.key);
                    match &change.before {
                        _ if known => {}
                        Some(before) => {
                            settings.insert(change.key.clone(), before.clone());
                        }
                        None => {
                            mixed.insert(change.key.clone());
                        }
                    }
                }
            }
            _ => {}
        }
    }
    if written.is_empty() {
        return Err(NoFormer::NothingWritten);
    }
    let bytes = sha256.and_then(image).ok_or(NoFormer::NoImage)?;
    let image: Image = serde_json::from_slice(&bytes).map_err(|_| NoFormer::NoImage)?;
    let mut places = BTreeMap::new();
    for place in written {
        match image.places.get(place) {
            Some(text) if text == DOTS => return Err(NoFormer::Secret(place.to_owned())),
            Some(text) => {
                places.insert(place.to_owned(), text.clone());
            }
            None => return Err(NoFormer::NotRead(place.to_owned())),
        }
    }
    Ok(Former {
        places,
        settings,
        mixed,
        template,
    })
}
