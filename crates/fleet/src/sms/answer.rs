//! What a text from a unit means as an answer to one of our messages.

use super::{Held, SmsMessage, SmsPurpose, Texting};
use crate::dialogue::Redactor;
use crate::printable::escaped;
use crate::profile::{Captures, Pattern, Place, same_on_wire};
use crate::secret::Secret;

/// More than any answer of any family, in characters; a longer text is none.
const LONGEST: usize = 4096;

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsAnswer {
    /// The unit says that it took the write. It is an acknowledgement and proves nothing.
    Taken {
        /// Places that it did not repeat, or repeated with another value; empty where it repeats nothing at all.
        not_repeated: Vec<Place>,
    },
    /// The unit says no.
    Refused,
    /// What the unit holds.
    Values(Held),
    /// The text answers something else.
    NotAnAnswer,
}

/// An answer, and the same text as it may be kept and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// What it says.
    pub answer: SmsAnswer,
    /// The text with dots for secrets and without anything that could forge a line.
    pub shown: String,
}

impl Texting<'_> {
    /// What `text` means as an answer to `message`.
    #[must_use]
    pub fn understand(&self, message: &SmsMessage, text: &str) -> Understood {
        let said = text.trim();
        let answer = if said.chars().count() > LONGEST {
            SmsAnswer::NotAnAnswer
        } else {
            self.meaning(message, said)
        };
        let mut redactor = Redactor::new(self.profile);
        let secret_places = self.profile.secret_places(self.variant);
        for (place, value) in &message.sent {
            if secret_places.contains(place) {
                redactor.learn(value);
            }
        }
        if let SmsAnswer::Values(held) = &answer {
            for secret in self.secrets_in(held) {
                redactor.learn(&secret);
            }
        }
        for secret in [self.password(), self.access.login.clone()]
            .into_iter()
            .flatten()
        {
            redactor.learn(&secret);
        }
        let kept: String = said.chars().take(LONGEST).collect();
        Understood {
            answer,
            shown: redactor.text(&escaped(&kept)),
        }
    }

    fn meaning(&self, message: &SmsMessage, said: &str) -> SmsAnswer {
        if self.fit(&self.sms.refused, message, said).is_some() {
            return SmsAnswer::Refused;
        }
        match message.purpose {
            SmsPurpose::Write => match self.fit(&self.sms.taken, message, said) {
                Some(captures) => SmsAnswer::Taken {
                    not_repeated: self.not_repeated(message, &captures),
                },
                None => SmsAnswer::NotAnAnswer,
            },
            SmsPurpose::Ask => self
                .fit(&self.sms.shown, message, said)
                .and_then(|captures| self.values(message, &captures))
                .map_or(SmsAnswer::NotAnAnswer, SmsAnswer::Values),
            SmsPurpose::Restart => SmsAnswer::NotAnAnswer,
        }
    }

    /// The captures of the first pattern that fits. What is known of the message and of the unit must stand there as it is.
    fn fit(&self, patterns: &[Pattern], message: &SmsMessage, said: &str) -> Option<Captures> {
        patterns.iter().find_map(|pattern| {
            let mut pattern = pattern.given("serial", &message.serial);
            if let Some(command) = &message.command {
                pattern = pattern.given("command", command);
            }
            let captures = pattern.parse(said)?;
            let ours = self
                .facts
                .iter()
                .all(|(name, fact)| captures.get(name).is_none_or(|text| text == fact));
            // A message about one parameter is not answered about another one.
            let parameter = captures.get("parameter").is_none_or(|parameter| {
                let place = Place::Parameter {
                    parameter: parameter.clone(),
                };
                message.places.contains(&place)
            });
            (ours && parameter).then_some(captures)
        })
    }

    /// Pairs as they are written, one after another.
    fn pairs_in(&self, text: &str) -> Vec<(String, String)> {
        let Some(batch) = self.profile.parameters.as_ref().map(|each| &each.write) else {
            return Vec::new();
        };
        text.split(batch.separator.as_str())
            .filter_map(|pair| batch.pair.parse(pair))
            .filter_map(|captures| {
                Some((
                    captures.get("parameter")?.trim().to_owned(),
                    captures.get("value")?.clone(),
                ))
            })
            .collect()
    }

    fn not_repeated(&self, message: &SmsMessage, captures: &Captures) -> Vec<Place> {
        let Some(pairs) = captures.get("pairs") else {
            return Vec::new();
        };
        let pairs = self.pairs_in(pairs);
        let stands = |place: &Place, value: &Secret| {
            let name = place.to_string();
            pairs
                .iter()
                .any(|(parameter, text)| *parameter == name && self.same(place, text, value))
        };
        message
            .sent
            .iter()
            .filter(|(place, value)| !stands(place, value))
            .map(|(place, _)| place.clone())
            .collect()
    }

    fn same(&self, place: &Place, text: &str, value: &Secret) -> bool {
        text == value.reveal()
            || self
                .profile
                .settings_on(self.variant)
                .filter(|setting| setting.places.contains(place))
                .any(|setting| same_on_wire(&setting, text, value.reveal()))
    }

    fn values(&self, message: &SmsMessage, captures: &Captures) -> Option<Held> {
        let mut held = Held::default();
        if let Some(command) = &message.command {
            let texts = self.fields(command, captures)?;
            held.commands.insert(command.clone(), texts);
            return Some(held);
        }
        for command in self.variant.fields.keys() {
            if let Some(texts) = self.fields(command, captures) {
                held.commands.insert(command.clone(), texts);
            }
        }
        if let (Some(parameter), Some(value)) = (captures.get("parameter"), captures.get("value")) {
            let separator = self.profile.parameters.as_ref();
            let separator = separator.map(|each| each.write.separator.as_str());
            // Behind the first value more pairs may stand; a value itself cannot carry what separates them.
            let (first, rest) = match separator.and_then(|each| value.split_once(each)) {
                Some((first, rest)) => (first, rest),
                None => (value.as_str(), ""),
            };
            let asked = |parameter: &String| {
                let parameter = parameter.clone();
                message.places.contains(&Place::Parameter { parameter })
            };
            held.parameters
                .insert(parameter.clone(), Secret::new(first));
            for (parameter, value) in self.pairs_in(rest) {
                if asked(&parameter) {
                    held.parameters.insert(parameter, Secret::new(value));
                }
            }
        }
        (!held.is_empty()).then_some(held)
    }

    /// The fields of a command as they are written; nothing where the answer shows it in no known form.
    fn fields(&self, command: &str, captures: &Captures) -> Option<Vec<Secret>> {
        let positional = self.profile.positional.as_ref()?;
        if !captures.contains_key("fields") && !captures.contains_key("sections") {
            return None;
        }
        let texts = positional.split(&positional.fields_in(command, captures));
        let texts = self.profile.in_layout(self.variant, command, &texts)?;
        Some(texts.into_iter().map(Secret::new).collect())
    }

    fn secrets_in(&self, held: &Held) -> Vec<Secret> {
        let reading = held.to_reading(self.profile, &self.variant.id);
        reading
            .secret_places
            .iter()
            .filter_map(|place| reading.get(place))
            .map(Secret::new)
            .collect()
    }
}
