//! What is known of a unit in a vehicle: texts by place, and whole commands with the fields that have no name.

use crate::profile::{Place, Profile, Variant};
use crate::reading::Reading;
use crate::secret::Secret;
use std::collections::BTreeMap;

/// What a unit holds, as far as its answers showed it. Every value is a [`Secret`], so that no path needs to remember which ones are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    pub(super) parameters: BTreeMap<String, Secret>,
    /// Fields of whole commands, in the form in which they are written.
    pub(super) commands: BTreeMap<String, Vec<Secret>>,
}

impl Held {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.commands.is_empty()
    }

    /// Takes what another answer showed; the newer one counts.
    pub fn merge(&mut self, newer: Self) {
        self.parameters.extend(newer.parameters);
        self.commands.extend(newer.commands);
    }

    /// The same as a reading, for plans and for proof. It is never complete: a vehicle is asked for some places only.
    #[must_use]
    pub fn to_reading(&self, profile: &Profile, variant: &str) -> Reading {
        let mut reading = Reading::default();
        for (parameter, value) in &self.parameters {
            let parameter = parameter.clone();
            let text = value.reveal().to_owned();
            reading.places.insert(Place::Parameter { parameter }, text);
        }
        let Some(variant) = profile.variant(variant) else {
            return reading;
        };
        for (command, texts) in &self.commands {
            let names = variant.fields.get(command).into_iter().flatten();
            for (field, text) in names.zip(texts).filter(|(field, _)| *field != "_") {
                let place = Place::Field {
                    command: command.clone(),
                    field: field.clone(),
                };
                reading.places.insert(place, text.reveal().to_owned());
            }
        }
        reading.secret_places = profile.secret_places(variant);
        reading
    }

    /// The whole command, where it is known.
    pub(super) fn command(&self, variant: &Variant, command: &str) -> Option<Vec<String>> {
        let texts = self.commands.get(command)?;
        let layout = variant.fields.get(command)?;
        (texts.len() == layout.len())
            .then(|| texts.iter().map(|each| each.reveal().to_owned()).collect())
    }
}
