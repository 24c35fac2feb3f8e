//! Writes messages: questions for what a unit holds, writes cut so that each fits, the restart.

use super::{Held, SmsMessage, SmsProblem, SmsPurpose, Texting, septets};
use crate::plan::PlaceWrite;
use crate::profile::{BatchWrite, Pattern, Place};
use crate::secret::{DOTS, Secret};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What fills a hole: on the wire, and where people see it.
type Filling = BTreeMap<&'static str, (String, String)>;

impl Texting<'_> {
    /// The messages that ask for `places`, and which answers to them prove; none where the family shows nothing by message.
    ///
    /// # Errors
    /// When a message lacks a password or a fact, or does not fit.
    pub fn questions(&self, places: &BTreeSet<Place>) -> Result<Vec<SmsMessage>, SmsProblem> {
        let Some(ask) = &self.sms.ask else {
            return Ok(Vec::new());
        };
        let mut messages = Vec::new();
        let mut commands: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
        let mut parameters: Vec<(&str, Place)> = Vec::new();
        for place in places
            .iter()
            .filter(|each| self.profile.shown_by_message(each))
        {
            match place {
                Place::Field { command, .. } => {
                    commands.entry(command).or_default().push(place.clone());
                }
                Place::Parameter { parameter } => parameters.push((parameter, place.clone())),
            }
        }
        if !ask.has("command") && !commands.is_empty() {
            let places = commands.into_values().flatten().collect();
            let what = "all settings";
            let all = self.message(
                SmsPurpose::Ask,
                ask,
                Filling::new(),
                places,
                what,
                &messages,
            )?;
            messages.push(all);
            commands = BTreeMap::new();
        }
        for (command, places) in commands {
            let filling = Filling::from([("command", open(command))]);
            let mut message =
                self.message(SmsPurpose::Ask, ask, filling, places, command, &messages)?;
            message.command = Some(command.to_owned());
            messages.push(message);
        }
        let at_most = if ask.has("parameters") {
            self.sms.ask_at_most.max(1)
        } else {
            1
        };
        for group in parameters.chunks(at_most) {
            let separator = self.batch().map_or(";", |batch| batch.separator.as_str());
            let numbers: Vec<&str> = group.iter().map(|(number, _)| *number).collect();
            let joined = open(&numbers.join(separator));
            let filling = Filling::from([("parameters", joined.clone()), ("parameter", joined)]);
            let places = group.iter().map(|(_, place)| place.clone()).collect();
            let what = numbers.join(", ");
            messages.push(self.message(SmsPurpose::Ask, ask, filling, places, &what, &messages)?);
        }
        Ok(messages)
    }

    /// The messages that write, in the order of `writes`. Commands are written whole: over what `held` shows of them.
    ///
    /// # Errors
    /// When anything of it cannot be said in messages: nothing should be sent then.
    pub fn writes(
        &self,
        writes: &[PlaceWrite],
        held: &Held,
    ) -> Result<Vec<SmsMessage>, SmsProblem> {
        let mut messages: Vec<SmsMessage> = Vec::new();
        let mut parameters: Vec<&PlaceWrite> = Vec::new();
        let mut commands: Vec<(&str, Vec<&PlaceWrite>)> = Vec::new();
        let mut seen = BTreeSet::new();
        for write in writes.iter().filter(|write| seen.insert(&write.place)) {
            if !self.profile.written_by_message(&write.place) {
                return Err(SmsProblem::NoFormFor(write.place.clone()));
            }
            if !self.can_be_sent(write) {
                return Err(SmsProblem::Character(write.place.clone()));
            }
            match &write.place {
                Place::Parameter { .. } => parameters.push(write),
                Place::Field { command, .. } => {
                    match commands.iter_mut().find(|(each, _)| each == command) {
                        Some((_, writes)) => writes.push(write),
                        None => commands.push((command, vec![write])),
                    }
                }
            }
        }
        let unknown: Vec<String> = commands
            .iter()
            .filter(|(command, writes)| self.must_be_asked(command, writes, held))
            .map(|(command, _)| (*command).to_owned())
            .collect();
        if !unknown.is_empty() {
            return Err(SmsProblem::AskFirst(unknown));
        }
        for (command, writes) in commands {
            messages.push(self.command(command, &writes, held, &messages)?);
        }
        self.pairs(&parameters, &mut messages)?;
        Ok(messages)
    }

    /// The message that restarts the unit, where the family needs one to apply what was written.
    ///
    /// # Errors
    /// When it lacks a password or a fact.
    pub fn restart(&self) -> Result<Option<SmsMessage>, SmsProblem> {
        let Some(restart) = &self.sms.restart else {
            return Ok(None);
        };
        let mut message = self.message(
            SmsPurpose::Restart,
            restart,
            Filling::new(),
            Vec::new(),
            "the restart",
            &[],
        )?;
        message.is_answered = false;
        Ok(Some(message))
    }

    fn batch(&self) -> Option<&BatchWrite> {
        self.profile.parameters.as_ref().map(|each| &each.write)
    }

    fn fixed(&self, place: &Place) -> Option<&String> {
        self.sms.fixed.get(&place.to_string())
    }

    /// Whether the command stands on fields that neither the writes nor the profile give, and that the unit could be asked for.
    fn must_be_asked(&self, command: &str, writes: &[&PlaceWrite], held: &Held) -> bool {
        self.profile.shows_commands_by_message()
            && held.command(self.variant, command).is_none()
            && self
                .missing(command, writes)
                .is_none_or(|missing| !missing.is_empty())
    }

    /// Fields of the command that nothing gives; `None` for a command that the model does not have.
    fn missing(&self, command: &str, writes: &[&PlaceWrite]) -> Option<Vec<Place>> {
        let layout = self.variant.fields.get(command)?;
        let place = |field: &String| Place::Field {
            command: command.to_owned(),
            field: field.clone(),
        };
        let given = |place: &Place| {
            self.fixed(place).is_some() || writes.iter().any(|write| write.place == *place)
        };
        Some(
            layout
                .iter()
                .map(place)
                .filter(|each| !given(each))
                .collect(),
        )
    }

    fn command(
        &self,
        command: &str,
        writes: &[&PlaceWrite],
        held: &Held,
        before: &[SmsMessage],
    ) -> Result<SmsMessage, SmsProblem> {
        let no_form = || {
            let place = writes.first().map(|write| write.place.clone());
            SmsProblem::NoFormFor(place.unwrap_or_else(|| Place::named(command)))
        };
        let layout = self.variant.fields.get(command).ok_or_else(no_form)?;
        let pattern = self.sms.command.as_ref().ok_or_else(no_form)?;
        let positional = self.profile.positional.as_ref().ok_or_else(no_form)?;
        let known = held.command(self.variant, command);
        let is_known = known.is_some();
        let mut texts = match known {
            Some(texts) => texts,
            None => match self.missing(command, writes) {
                Some(missing) if missing.is_empty() => vec![String::new(); layout.len()],
                Some(missing) => return Err(SmsProblem::Incomplete(missing)),
                None => return Err(no_form()),
            },
        };
        let mut shown = Vec::new();
        for (field, text) in layout.iter().zip(&mut texts) {
            let place = Place::Field {
                command: command.to_owned(),
                field: field.clone(),
            };
            if let Some(write) = writes.iter().find(|write| write.place == place) {
                write.after.reveal().clone_into(text);
            } else if let Some(fixed) = self.fixed(&place).filter(|_| !is_known) {
                text.clone_from(fixed);
            }
            shown.push(self.shown(&place, text));
        }
        if let Some(quote) = positional.quote {
            for text in texts.iter_mut().chain(&mut shown) {
                *text = format!("{quote}{text}{quote}");
            }
        }
        let joined = (
            texts.join(&positional.separator),
            shown.join(&positional.separator),
        );
        let filling = Filling::from([("command", open(command)), ("fields", joined)]);
        let places = writes.iter().map(|write| write.place.clone()).collect();
        let mut message =
            self.message(SmsPurpose::Write, pattern, filling, places, command, before)?;
        message.command = Some(command.to_owned());
        message.sent = sent(writes);
        Ok(message)
    }

    /// As many pairs in each message as fit.
    fn pairs(
        &self,
        writes: &[&PlaceWrite],
        messages: &mut Vec<SmsMessage>,
    ) -> Result<(), SmsProblem> {
        let mut rest = writes;
        while !rest.is_empty() {
            let mut count = if self.sms.pairs.is_some() {
                rest.len()
            } else {
                1
            };
            loop {
                let (group, others) = rest.split_at(count.min(rest.len()));
                match self.pair_message(group, messages) {
                    Ok(message) => {
                        messages.push(message);
                        rest = others;
                        break;
                    }
                    Err(SmsProblem::TooLong { .. }) if count > 1 => count -= 1,
                    Err(problem) => return Err(problem),
                }
            }
        }
        Ok(())
    }

    fn pair_message(
        &self,
        writes: &[&PlaceWrite],
        before: &[SmsMessage],
    ) -> Result<SmsMessage, SmsProblem> {
        let places: Vec<Place> = writes.iter().map(|write| write.place.clone()).collect();
        let what = places.iter().map(ToString::to_string).collect::<Vec<_>>();
        let what = what.join(", ");
        let no_form = || SmsProblem::NoFormFor(Place::named(&what));
        let (pattern, filling) = match (&self.sms.pairs, &self.sms.single, writes) {
            (Some(pattern), _, _) => {
                let batch = self.batch().ok_or_else(no_form)?;
                let mut texts = Vec::new();
                let mut shown = Vec::new();
                for write in writes {
                    let value = write.after.reveal();
                    texts.push(pair(&batch.pair, &write.place, value).ok_or_else(no_form)?);
                    let value = self.shown(&write.place, value);
                    shown.push(pair(&batch.pair, &write.place, &value).ok_or_else(no_form)?);
                }
                let joined = (texts.join(&batch.separator), shown.join(&batch.separator));
                (pattern, Filling::from([("pairs", joined)]))
            }
            (None, Some(pattern), [write]) => {
                let value = write.after.reveal();
                let filling = Filling::from([
                    ("parameter", open(&write.place.to_string())),
                    ("value", (value.to_owned(), self.shown(&write.place, value))),
                ]);
                (pattern, filling)
            }
            _ => return Err(no_form()),
        };
        let mut message =
            self.message(SmsPurpose::Write, pattern, filling, places, &what, before)?;
        message.sent = sent(writes);
        Ok(message)
    }

    fn message(
        &self,
        purpose: SmsPurpose,
        pattern: &Pattern,
        filling: Filling,
        places: Vec<Place>,
        what: &str,
        before: &[SmsMessage],
    ) -> Result<SmsMessage, SmsProblem> {
        let number = u16::try_from(before.len()).unwrap_or(u16::MAX);
        // Writes and questions of one push do not share numbers either.
        let number = number
            .wrapping_mul(2)
            .wrapping_add(u16::from(purpose == SmsPurpose::Ask));
        let serial = format!("{:04X}", self.serial.wrapping_add(number));
        let fill = |name: &str, shown: bool| -> Option<String> {
            if let Some((wire, dots)) = filling.get(name) {
                return Some(if shown { dots } else { wire }.clone());
            }
            let secret = |secret: Secret| {
                if shown && !secret.is_empty() {
                    DOTS.to_owned()
                } else {
                    secret.reveal().to_owned()
                }
            };
            match name {
                "serial" => Some(serial.clone()),
                "login" => Some(secret(
                    self.access.login.clone().unwrap_or_else(|| Secret::new("")),
                )),
                "password" => self.password().map(secret),
                fact => self.facts.get(fact).cloned(),
            }
        };
        let missing = |hole: String| match hole.as_str() {
            "password" => SmsProblem::PasswordNeeded(self.sms.password_note.clone()),
            _ => SmsProblem::FactNeeded(hole),
        };
        let text = pattern
            .format(|name| fill(name, false).map(Cow::Owned))
            .map_err(missing)?;
        let shown = pattern
            .format(|name| fill(name, true).map(Cow::Owned))
            .map_err(missing)?;
        let most = self.sms.max_length;
        match septets(&text) {
            Some(length) if length <= most => {}
            Some(length) => {
                let what = what.to_owned();
                return Err(SmsProblem::TooLong { what, length, most });
            }
            None => {
                let place = places.first().cloned();
                return Err(SmsProblem::Character(
                    place.unwrap_or_else(|| Place::named(what)),
                ));
            }
        }
        let is_answered = match purpose {
            SmsPurpose::Ask => !self.sms.shown.is_empty(),
            SmsPurpose::Write => !self.sms.taken.is_empty(),
            SmsPurpose::Restart => false,
        };
        Ok(SmsMessage {
            purpose,
            places,
            command: None,
            is_answered,
            text: Secret::new(text),
            shown,
            serial,
            sent: Vec::new(),
        })
    }

    /// What a person gave, or what the notes say that new units have where a wrong one costs nothing.
    pub(super) fn password(&self) -> Option<Secret> {
        if let Some(password) = &self.access.password {
            return Some(password.clone());
        }
        let factory = self.sms.factory_password.as_ref()?;
        let text = factory
            .format(|name| (name == "variant").then_some(Cow::Borrowed(self.variant.id.as_str())));
        text.ok().map(Secret::new)
    }

    fn shown(&self, place: &Place, text: &str) -> String {
        if self.profile.secret_places(self.variant).contains(place) && !text.is_empty() {
            DOTS.to_owned()
        } else {
            text.to_owned()
        }
    }

    /// Reserved and control characters would change the meaning of the message; they never leave.
    fn can_be_sent(&self, write: &PlaceWrite) -> bool {
        let reserved = self.profile.reserved_at(&write.place);
        write
            .after
            .reveal()
            .chars()
            .all(|each| matches!(each, ' '..='~') && !reserved.contains(each))
    }
}

fn open(text: &str) -> (String, String) {
    (text.to_owned(), text.to_owned())
}

fn sent(writes: &[&PlaceWrite]) -> Vec<(Place, Secret)> {
    writes
        .iter()
        .map(|write| (write.place.clone(), write.after.clone()))
        .collect()
}

fn pair(pattern: &Pattern, place: &Place, value: &str) -> Option<String> {
    let parameter = place.to_string();
    pattern
        .format(|name| match name {
            "parameter" => Some(Cow::Borrowed(parameter.as_str())),
            "value" => Some(Cow::Borrowed(value)),
            _ => None,
        })
        .ok()
}
