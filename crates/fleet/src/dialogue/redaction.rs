//! Takes secrets out of everything that is kept or told: requests by their holes, received values by their places, and any
//! other text by looking for the secrets that are known.

use crate::printable::escaped;
use crate::profile::{Captures, Pattern, Place, Profile, Reply, Variant, View};
use crate::secret::{DOTS, Secret};
use std::collections::BTreeSet;

/// More secrets than a unit has; the oldest is forgotten.
const MOST_SECRETS: usize = 64;
/// A shorter secret is only looked for as a word of its own: `1` stands in every line.
const SHORT: usize = 4;

/// Knows the secrets of one connection.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    secrets: Vec<Secret>,
    places: BTreeSet<Place>,
}

impl Redactor {
    /// One that knows where secrets stand on any model of the family.
    pub(crate) fn new(profile: &Profile) -> Self {
        Self {
            secrets: Vec::new(),
            places: profile.secret_places_anywhere(),
        }
    }

    /// Remembers a secret, so that it is found wherever it turns up later.
    pub(crate) fn learn(&mut self, secret: &Secret) {
        if secret.is_empty() || self.secrets.contains(secret) {
            return;
        }
        if self.secrets.len() >= MOST_SECRETS {
            self.secrets.remove(0);
        }
        self.secrets.push(secret.clone());
    }

    /// Remembers a value that stood at a secret place. A short one is hidden there and nowhere else.
    pub(super) fn learn_received(&mut self, value: &str) {
        if value.chars().count() >= SHORT {
            self.learn(&Secret::new(value));
        }
    }

    /// Whether a value at `place` is a secret.
    pub(crate) fn is_secret(&self, place: &Place) -> bool {
        self.places.contains(place)
    }

    /// Parameters whose values are secrets.
    pub(super) fn secret_parameters(&self) -> impl Iterator<Item = &str> {
        self.places.iter().filter_map(|place| match place {
            Place::Parameter { parameter } => Some(parameter.as_str()),
            Place::Field { .. } => None,
        })
    }

    /// `text` with every known secret as dots.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut secrets: Vec<&Secret> = self.secrets.iter().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.reveal().len()));
        let mut clean = text.to_owned();
        for secret in secrets {
            // Received text is escaped, so a secret with an unusual character stands there escaped too.
            let needle = escaped(secret.reveal());
            clean = if needle.chars().count() < SHORT {
                without_word(&clean, &needle)
            } else {
                clean.replace(&needle, DOTS)
            };
        }
        clean
    }

    /// A received frame as it may be kept. Values at secret places become known on the way.
    pub(super) fn frame(
        &mut self,
        profile: &Profile,
        variant: Option<&Variant>,
        frame: &str,
    ) -> String {
        let dump = profile.parameters.as_ref();
        if let Some(dump) = dump.and_then(|parameters| parameters.dump.as_ref())
            && let Some(captures) = dump.line.parse(frame)
            && let (Some(parameter), Some(value)) =
                (captures.get("parameter"), captures.get("value"))
            && self.is_secret(&Place::Parameter {
                parameter: parameter.clone(),
            })
        {
            self.learn_received(value);
            return self.text(&refilled(&dump.line, &captures, "value", &dots(value)));
        }
        for pattern in single_patterns(profile) {
            let Some(captures) = pattern.parse(frame) else {
                continue;
            };
            if let (Some(parameter), Some(value)) =
                (captures.get("parameter"), captures.get("value"))
                && self.is_secret(&Place::Parameter {
                    parameter: parameter.clone(),
                })
            {
                self.learn_received(value);
                return self.text(&refilled(pattern, &captures, "value", &dots(value)));
            }
        }
        for (pattern, view) in view_patterns(profile) {
            let Some(mut captures) = pattern.parse(frame) else {
                continue;
            };
            for (word, place) in &view.into {
                let secret = self.is_secret(&Place::named(place));
                if let Some(value) = captures.get_mut(word).filter(|_| secret) {
                    self.learn_received(value);
                    *value = dots(value);
                }
            }
            let list = profile.pairs_with(view, &captures, |place, value| {
                if !self.is_secret(place) {
                    return value.to_owned();
                }
                self.learn_received(value);
                dots(value)
            });
            if let (Some(word), Some(list)) = (&view.pairs, list) {
                captures.insert(word.clone(), list);
            }
            return self.text(&refilled(pattern, &captures, "", ""));
        }
        for pattern in field_patterns(profile) {
            let Some(captures) = pattern.parse(frame) else {
                continue;
            };
            if let Some(sections) = captures.get("sections") {
                let shown = self.sections(profile, variant, sections);
                return self.text(&refilled(pattern, &captures, "sections", &shown));
            }
            if let Some(shown) = self.fields(profile, variant, &captures) {
                return self.text(&refilled(pattern, &captures, "fields", &shown));
            }
        }
        self.text(frame)
    }

    /// Several commands with the secrets of each as dots. What stands before the first name is no command.
    fn sections(&mut self, profile: &Profile, variant: Option<&Variant>, text: &str) -> String {
        let Some(positional) = &profile.positional else {
            return DOTS.to_owned();
        };
        let separator = positional.separator.as_str();
        let mut shown: Vec<String> = Vec::new();
        let mut open: Option<(String, Vec<&str>)> = None;
        let close = |redactor: &mut Self, open: Option<(String, Vec<&str>)>| {
            let (command, texts) = open?;
            let fields = texts.join(separator);
            let captures = Captures::from([
                ("command".to_owned(), command.clone()),
                ("fields".to_owned(), fields.clone()),
            ]);
            let fields = redactor
                .fields(profile, variant, &captures)
                .unwrap_or(fields);
            Some(format!("{command}{separator}{fields}"))
        };
        for each in text.split(separator) {
            if positional.sections.iter().any(|name| name == each) {
                shown.extend(close(self, open.take()));
                open = Some((each.to_owned(), Vec::new()));
            } else if let Some((_, texts)) = &mut open {
                texts.push(each);
            } else {
                shown.push(each.to_owned());
            }
        }
        shown.extend(close(self, open));
        shown.join(separator)
    }

    /// The fields of a positional command with its secrets as dots; all of them where the layout is not known.
    pub(super) fn fields(
        &mut self,
        profile: &Profile,
        variant: Option<&Variant>,
        captures: &Captures,
    ) -> Option<String> {
        let (command, fields) = (captures.get("command")?, captures.get("fields")?);
        let holds_secrets = self
            .places
            .iter()
            .any(|place| matches!(place, Place::Field { command: its, .. } if its == command));
        if !holds_secrets {
            return None;
        }
        let separator = &profile.positional.as_ref()?.separator;
        let texts: Vec<&str> = fields.split(separator.as_str()).collect();
        let forms = variant.into_iter().flat_map(|variant| {
            let shown_as = variant.shown_as.get(command).into_iter().flatten();
            variant.fields.get(command).into_iter().chain(shown_as)
        });
        let names = forms.into_iter().find(|names| names.len() == texts.len());
        let Some(names) = names else {
            return Some(DOTS.to_owned());
        };
        let shown: Vec<String> = texts
            .iter()
            .zip(names)
            .map(|(text, field)| {
                let place = Place::Field {
                    command: command.clone(),
                    field: field.clone(),
                };
                if self.is_secret(&place) {
                    self.learn_received(text);
                    dots(text)
                } else {
                    (*text).to_owned()
                }
            })
            .collect();
        Some(shown.join(separator))
    }
}

/// Patterns of replies that carry the fields of a positional command.
fn field_patterns(profile: &Profile) -> impl Iterator<Item = &Pattern> {
    profile
        .positional
        .iter()
        .filter_map(|positional| profile.exchange.get(positional.read.as_ref()?))
        .flat_map(|exchange| &exchange.replies)
        .flat_map(|reply| match reply {
            Reply::Frame { any, .. } => any.as_slice(),
            Reply::Table { .. } => &[],
        })
        .filter(|pattern| pattern.has("fields") || pattern.has("sections"))
}

/// Patterns of answers that show settings beside the commands that write them.
fn view_patterns(profile: &Profile) -> impl Iterator<Item = (&Pattern, &View)> {
    profile.view.iter().flat_map(|view| {
        let replies = profile
            .exchange
            .get(&view.exchange)
            .map(|each| each.replies.as_slice());
        let frames = replies
            .unwrap_or_default()
            .iter()
            .flat_map(|reply| match reply {
                Reply::Frame { any, .. } => any.as_slice(),
                Reply::Table { .. } => &[],
            });
        let shows = |pattern: &&Pattern| view.words().any(|word| pattern.has(word));
        frames.filter(shows).map(move |pattern| (pattern, view))
    })
}

/// Patterns of replies that carry one parameter with its name.
fn single_patterns(profile: &Profile) -> impl Iterator<Item = &Pattern> {
    profile
        .single
        .iter()
        .filter_map(|single| profile.exchange.get(single.read.as_ref()?))
        .flat_map(|exchange| &exchange.replies)
        .flat_map(|reply| match reply {
            Reply::Frame { any, .. } => any.as_slice(),
            Reply::Table { .. } => &[],
        })
        .filter(|pattern| pattern.has("parameter") && pattern.has("value"))
}

pub(super) fn refilled(pattern: &Pattern, captures: &Captures, name: &str, text: &str) -> String {
    pattern
        .format(|hole| {
            let captured = captures.get(hole).map(String::as_str);
            (if hole == name { Some(text) } else { captured }).map(Into::into)
        })
        .unwrap_or_else(|_| DOTS.to_owned())
}

pub(super) fn dots(value: &str) -> String {
    if value.is_empty() {
        String::new()
    } else {
        DOTS.to_owned()
    }
}

/// `text` with `word` as dots where no letter or digit touches it.
fn without_word(text: &str, word: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find(word) {
        let (before, from) = rest.split_at(index);
        let after = from.strip_prefix(word).unwrap_or_default();
        let touches = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        let previous = before
            .chars()
            .next_back()
            .or_else(|| clean.chars().next_back());
        clean.push_str(before);
        if touches(previous) || touches(after.chars().next()) {
            clean.push_str(word);
        } else {
            clean.push_str(DOTS);
        }
        rest = after;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_secret_becomes_dots_wherever_it_stands() {
        let mut redactor = Redactor::default();
        redactor.learn(&Secret::new("hunter2"));
        redactor.learn(&Secret::new("hunter22"));
        assert_eq!(
            redactor.text("a hunter22 b hunter2"),
            format!("a {DOTS} b {DOTS}")
        );
    }

    #[test]
    fn a_short_secret_is_only_taken_as_a_word_of_its_own() {
        let mut redactor = Redactor::default();
        redactor.learn(&Secret::new("12"));
        assert_eq!(
            redactor.text("AT=12,3,123,12"),
            format!("AT={DOTS},3,123,{DOTS}")
        );
        assert_eq!(redactor.text("12"), DOTS);
        assert_eq!(redactor.text("1212 12"), format!("1212 {DOTS}"));
    }
}
