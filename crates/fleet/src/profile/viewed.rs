//! What an answer shows by a view: single captures, and lists of pairs in the form in which parameters are written.

use super::pattern::{Captures, Pattern};
use super::schema::{BatchWrite, Place, Profile, View};

impl View {
    /// The words of an answer that show something.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.into.keys().chain(&self.pairs).map(String::as_str)
    }
}

impl Profile {
    /// Every place with its text, in the order of the wire. Where a parameter comes twice the first one counts.
    pub(crate) fn shown_by(&self, view: &View, captures: &Captures) -> Vec<(Place, String)> {
        let mut shown: Vec<(Place, String)> = Vec::new();
        for (word, place) in &view.into {
            if let Some(text) = captures.get(word) {
                shown.push((Place::named(place), text.clone()));
            }
        }
        for (parameter, text) in self.pairs_of(view, captures) {
            let place = Place::Parameter { parameter };
            if !shown.iter().any(|(each, _)| *each == place) {
                shown.push((place, text));
            }
        }
        shown
    }

    fn pairs_of(&self, view: &View, captures: &Captures) -> Vec<(String, String)> {
        let (Some(write), Some(list)) = (self.batch(), listed(view, captures)) else {
            return Vec::new();
        };
        let pair = |text: &str| {
            let mut captures = write.pair.parse(text)?;
            captures.remove("parameter").zip(captures.remove("value"))
        };
        list.split(write.separator.as_str())
            .filter_map(pair)
            .collect()
    }

    /// The list of an answer with other texts, for what may be kept of it.
    pub(crate) fn pairs_with(
        &self,
        view: &View,
        captures: &Captures,
        mut shown: impl FnMut(&Place, &str) -> String,
    ) -> Option<String> {
        let list = listed(view, captures)?;
        let write = self.batch()?;
        let again = |text: &str| {
            let Some(captures) = write.pair.parse(text) else {
                return text.to_owned();
            };
            let (Some(parameter), Some(value)) = (captures.get("parameter"), captures.get("value"))
            else {
                return text.to_owned();
            };
            let place = Place::Parameter {
                parameter: parameter.clone(),
            };
            refilled(&write.pair, parameter, &shown(&place, value))
        };
        let texts: Vec<String> = list.split(write.separator.as_str()).map(again).collect();
        Some(texts.join(&write.separator))
    }

    /// A list of pairs as the unit would show it.
    pub(crate) fn list_of<'a>(
        &self,
        held: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Option<String> {
        let write = self.batch()?;
        let texts: Vec<String> = held
            .map(|(parameter, value)| refilled(&write.pair, parameter, value))
            .collect();
        Some(texts.join(&write.separator))
    }

    fn batch(&self) -> Option<&BatchWrite> {
        self.parameters.as_ref().map(|each| &each.write)
    }
}

fn listed<'a>(view: &View, captures: &'a Captures) -> Option<&'a str> {
    let word = view.pairs.as_ref()?;
    captures.get(word).map(String::as_str)
}

fn refilled(pair: &Pattern, parameter: &str, value: &str) -> String {
    pair.format(|hole| match hole {
        "parameter" => Some(parameter.into()),
        "value" => Some(value.into()),
        _ => None,
    })
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::ProfileRegistry;

    #[test]
    fn a_list_of_pairs_is_read_however_many_come_and_shown_without_secrets() {
        let registry = ProfileRegistry::shipped();
        let profile = registry.get("suntech-universal").unwrap();
        let view = profile.view.first().unwrap();
        let word = view.pairs.clone().unwrap();
        let captures = Captures::from([(word, "01#internet;03#hush;60#1E;01#late;odd".to_owned())]);
        let place = |number: &str| Place::named(number);
        assert_eq!(
            profile.shown_by(view, &captures),
            [
                (place("01"), "internet".to_owned()),
                (place("03"), "hush".to_owned()),
                (place("60"), "1E".to_owned()),
            ]
        );
        let kept = profile.pairs_with(view, &captures, |place, text| {
            if place.to_string() == "03" {
                "**".to_owned()
            } else {
                text.to_owned()
            }
        });
        assert_eq!(kept.unwrap(), "01#internet;03#**;60#1E;01#late;odd");
        let held = [("01", "a"), ("02", "")];
        assert_eq!(profile.list_of(held.into_iter()).unwrap(), "01#a;02#");
    }
}
