//! Text messages to a simulated unit: it reads and writes the same memory as over its cable, and answers in the profile's words.

use super::faults::SimulatorFault as Fault;
use super::replies::Words;
use super::requests::{Meaning, Request};
use super::unit::{Action, SimulatedUnit};
use crate::Moment;
use crate::profile::{Access, Captures, Pattern, Place, Profile, Sms};
use std::sync::Arc;

impl SimulatedUnit {
    /// A text message reaches the unit. Gives what it answers by message; `None` is silence: it does not understand, somebody else is
    /// meant, the password is wrong, or it has no power.
    pub fn text_message(&mut self, text: &str, now: Moment) -> Option<String> {
        self.timeout(now);
        let profile = Arc::clone(&self.profile);
        let sms = profile.sms.as_ref()?;
        if !self.powered || self.speech.has(Fault::Silent) {
            return None;
        }
        let writes = [&sms.command, &sms.pairs, &sms.single];
        let ours = |pattern: &Option<Pattern>| pattern.as_ref().and_then(|each| each.parse(text));
        // A question can look like a write with other words in it, so questions are looked at first.
        if let Some(captures) = ours(&sms.ask).filter(|captures| self.obeys(&profile, captures)) {
            return self.shown_by_message(&profile, sms, &captures, now);
        }
        if ours(&sms.restart).is_some_and(|captures| self.obeys(&profile, &captures)) {
            self.plan(now.plus_ms(500), Action::PowerOff);
            return None;
        }
        let captures = writes.into_iter().find_map(ours)?;
        if !self.obeys(&profile, &captures) {
            return None;
        }
        let taken = match captures.get("pairs") {
            Some(pairs) => self.pairs_by_message(&profile, pairs),
            None => self.command_by_message(&profile, &captures),
        };
        if !self.speech.has(Fault::SaveIgnored) {
            self.memory.save();
        }
        let mut words = Words::new();
        let pattern = match &taken {
            Some(pairs) => {
                words.insert("pairs", pairs.clone());
                words.insert(
                    "echoed",
                    captures.get("fields").cloned().unwrap_or_default(),
                );
                sms.taken.first()?
            }
            None => sms.refused.first()?,
        };
        Some(self.voice.say_anyway(pattern, &captures, &words, now))
    }

    /// Whether the message means this unit and carries the password that it has for messages.
    fn obeys(&self, profile: &Profile, captures: &Captures) -> bool {
        let expected = match (&self.model.sms_password, &profile.access) {
            (Some(password), _) => password.as_str(),
            (None, Access::PasswordInRequest { .. }) => self.lock.password.reveal(),
            (None, _) => "",
        };
        let said = captures.get("password").map_or(expected, String::as_str);
        let login = captures.get("login").is_none_or(String::is_empty);
        said == expected && login && self.voice.is_meant(captures)
    }

    /// Writes what fits; gives the pairs that were taken, or nothing when none was.
    fn pairs_by_message(&mut self, profile: &Profile, pairs: &str) -> Option<String> {
        let batch = &profile.parameters.as_ref()?.write;
        let mut taken = Vec::new();
        let mut texts = Vec::new();
        for pair in pairs.split(batch.separator.as_str()) {
            let Some(captures) = batch.pair.parse(pair) else {
                continue;
            };
            let (Some(parameter), Some(value)) = (captures.get("parameter"), captures.get("value"))
            else {
                continue;
            };
            let place = Place::Parameter {
                parameter: parameter.clone(),
            };
            if self.memory.ram().contains_key(&place) && self.takes(&place, value) {
                taken.push((place, value.clone()));
                texts.push(pair);
            }
        }
        let said = texts.join(&batch.separator);
        if taken.is_empty() {
            return None;
        }
        self.apply(profile, taken);
        Some(said)
    }

    fn command_by_message(&mut self, profile: &Profile, captures: &Captures) -> Option<String> {
        let request = Request {
            meaning: Meaning::Write,
            exchange: String::new(),
            captures: captures.clone(),
        };
        self.write_fields(profile, &request).then(String::new)
    }

    fn shown_by_message(
        &mut self,
        profile: &Profile,
        sms: &Sms,
        captures: &Captures,
        now: Moment,
    ) -> Option<String> {
        let mut words = Words::new();
        if let Some(numbers) = captures
            .get("parameters")
            .or_else(|| captures.get("parameter"))
        {
            let batch = &profile.parameters.as_ref()?.write;
            let mut texts = Vec::new();
            for number in numbers.split(batch.separator.as_str()) {
                let place = Place::Parameter {
                    parameter: number.to_owned(),
                };
                let Some(value) = self.memory.ram().get(&place).cloned() else {
                    let mut captures = captures.clone();
                    captures.insert("parameter".to_owned(), number.to_owned());
                    let refused = sms.refused.first()?;
                    return Some(self.voice.say_anyway(refused, &captures, &words, now));
                };
                texts.push((number.to_owned(), value));
            }
            let (number, first) = texts.first()?.clone();
            let pair = |(number, value): &(String, String)| {
                batch.pair.format(|name| match name {
                    "parameter" => Some(number.as_str().into()),
                    _ => Some(value.as_str().into()),
                })
            };
            let rest: Result<Vec<String>, String> = texts.iter().skip(1).map(pair).collect();
            let all = [vec![first], rest.ok()?].concat().join(&batch.separator);
            words.insert("parameter", number);
            words.insert("value", all);
        } else {
            let request = Request {
                meaning: Meaning::Read,
                exchange: String::new(),
                captures: captures.clone(),
            };
            let (word, text) = self.read(profile, &request)?;
            words.insert(word, text);
        }
        let pattern = sms.shown.first()?;
        Some(self.voice.say_anyway(pattern, captures, &words, now))
    }
}
