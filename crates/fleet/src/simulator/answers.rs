//! What a simulated unit does with a request: looks up, changes RAM, saves, refuses by silence, and says so.

use super::faults::SimulatorFault as Fault;
use super::replies::{Asked, Said, Words};
use super::requests::{Meaning, Request};
use super::single::Shown;
use super::unit::{SimulatedUnit, SimulatorEvent};
use crate::Moment;
use crate::profile::{Access, Captures, Place, Profile, Reply, Save, View};
use std::sync::Arc;

/// What comes of a request besides frames.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub said: Vec<Said>,
    pub restart: bool,
}

impl Answer {
    fn nothing() -> Self {
        Self::default()
    }
}

impl SimulatedUnit {
    /// Does what is asked. Silence is an answer without frames.
    pub(super) fn answer(&mut self, request: &Request, now: Moment) -> Answer {
        let profile = Arc::clone(&self.profile);
        if !self.lets_in(&profile, request) || !self.voice.is_meant(&request.captures) {
            return Answer::nothing();
        }
        let mut words = self.lock.words(&profile.access);
        match request.meaning {
            Meaning::Dump => Answer {
                said: self.dump(&profile, now),
                restart: false,
            },
            Meaning::BatchWrite => Answer {
                said: self.batch(&profile, request, now),
                restart: false,
            },
            Meaning::Read => match self.read(&profile, request) {
                Some((word, fields)) => {
                    words.insert(word, fields);
                    if !request.captures.contains_key("command")
                        && let Some(command) = self.memory.commands().next()
                    {
                        words.insert("command", command.to_owned());
                    }
                    let mut said = self.replies(&profile, request, &words, now);
                    if self.speech.happens_once(Fault::DumpShortOnce) {
                        said.pop();
                    }
                    Answer {
                        said,
                        restart: false,
                    }
                }
                None => Answer::nothing(),
            },
            Meaning::Write if !self.write_fields(&profile, request) => Answer {
                said: self.refusal(&profile, request, now),
                restart: false,
            },
            Meaning::ReadSingle => match self.read_single(request) {
                Shown::Value(value) => {
                    words.insert("value", value);
                    Answer {
                        said: self.replies(&profile, request, &words, now),
                        restart: false,
                    }
                }
                Shown::NotThere => Answer {
                    said: self.refusal(&profile, request, now),
                    restart: false,
                },
                Shown::Nothing => Answer::nothing(),
            },
            Meaning::WriteSingle if !self.write_single(&profile, request) => Answer {
                said: self.refusal(&profile, request, now),
                restart: false,
            },
            Meaning::ServiceCode => {
                let said = request.captures.get("code").map(String::as_str);
                self.lock.try_keyword(said);
                if self.lock.tries_left == 0 {
                    // Too many wrong codes: the unit powers down for good.
                    self.endless = false;
                    self.lock.dead = true;
                }
                Answer {
                    said: if self.lock.locked {
                        self.refusal(&profile, request, now)
                    } else {
                        self.replies(&profile, request, &words, now)
                    },
                    restart: false,
                }
            }
            Meaning::Login => {
                self.lock
                    .try_keyword(request.captures.get("keyword").map(String::as_str));
                words = self.lock.words(&profile.access);
                let tells_state = profile.exchange.get(&request.exchange).is_some_and(|exchange| {
                    exchange.replies.iter().any(|reply| matches!(reply, Reply::Frame { any, .. } if any.iter().any(|each| each.has("locked"))))
                });
                let said = if !self.lock.locked || tells_state {
                    self.replies(&profile, request, &words, now)
                } else {
                    Vec::new()
                };
                Answer {
                    said,
                    restart: false,
                }
            }
            Meaning::Save => {
                if self.speech.has(Fault::HalfSaved) {
                    self.memory.save_half();
                } else if !self.speech.has(Fault::SaveIgnored) {
                    self.memory.save();
                }
                self.tell(SimulatorEvent::Saved);
                Answer {
                    said: self.replies(&profile, request, &words, now),
                    restart: false,
                }
            }
            Meaning::Restart => Answer {
                said: self.replies(&profile, request, &words, now),
                restart: true,
            },
            Meaning::Question if self.endless_view(&profile, request) => Answer::nothing(),
            Meaning::Write | Meaning::WriteSingle | Meaning::AccessState | Meaning::Question => {
                Answer {
                    said: self.replies(&profile, request, &words, now),
                    restart: false,
                }
            }
        }
    }

    /// Whether the password fits and the unit is not locked for this request.
    fn lets_in(&self, profile: &Profile, request: &Request) -> bool {
        let password_fits = request
            .captures
            .get("password")
            .is_none_or(|said| said == self.lock.password.reveal());
        let needs_no_keyword = matches!(request.meaning, Meaning::AccessState | Meaning::Login);
        match profile.access {
            Access::Open => true,
            Access::ServiceCode { .. } => !self.lock.dead,
            Access::PasswordInRequest { .. } => password_fits,
            Access::Keyword { .. } => !self.lock.locked || needs_no_keyword,
        }
    }

    fn replies(
        &mut self,
        profile: &Profile,
        request: &Request,
        words: &Words,
        now: Moment,
    ) -> Vec<Said> {
        let Some(exchange) = profile.exchange.get(&request.exchange) else {
            return Vec::new();
        };
        let optional = profile.identify.optional.contains(&request.exchange);
        let variant = profile.variant(&self.model.variant);
        let answers =
            |view: &&View| variant.is_some_and(|variant| variant.views.contains(&view.exchange));
        let mut captures = request.captures.clone();
        for view in profile
            .view
            .iter()
            .filter(|view| view.exchange == request.exchange)
        {
            if answers(&view) {
                for (word, place) in &view.into {
                    let text = self.memory.shown_anyway(&Place::named(place)).to_owned();
                    // What a unit is known by may be a setting as well.
                    if let Some(fact) = self.voice.facts.get_mut(word) {
                        fact.clone_from(&text);
                    }
                    captures.insert(word.clone(), text);
                }
                if let Some(word) = &view.pairs {
                    let list = profile.list_of(self.memory.shown_parameters());
                    captures.insert(word.clone(), list.unwrap_or_default());
                }
            }
        }
        let asked = Asked {
            exchange,
            captures: &captures,
            simulator: &profile.simulator,
            optional,
        };
        self.voice.answer(&asked, words, now, &mut self.random)
    }

    /// Whether the unit is not ready to be read this time.
    pub(super) fn not_ready(&mut self) -> bool {
        let not_ready = self.speech.has(Fault::NotReadyTwice) && self.reads_refused < 2;
        self.reads_refused += u32::from(not_ready);
        not_ready
    }

    fn dump(&mut self, profile: &Profile, now: Moment) -> Vec<Said> {
        let Some(dump) = profile
            .parameters
            .as_ref()
            .and_then(|parameters| parameters.dump.as_ref())
        else {
            return Vec::new();
        };
        if self.speech.happens_once(Fault::EndlessLine) {
            self.endless = true;
            return Vec::new();
        }
        let not_ready = self.not_ready();
        let nothing = Captures::new();
        let frame = |text: String, after_ms: u64| Said {
            text,
            after_ms,
            limit_ms: Some(dump.idle_ms.min(dump.timeout_ms)),
        };
        let mut said = vec![frame(
            self.voice
                .say_anyway(&dump.start, &nothing, &Words::new(), now),
            self.random.between(profile.simulator.reply_ms),
        )];
        let mut count = dump.not_ready_count.unwrap_or(0);
        if !not_ready {
            for (parameter, value) in self.memory.shown_parameters() {
                let words = Words::from([
                    ("parameter", parameter.to_owned()),
                    ("value", value.to_owned()),
                ]);
                said.push(frame(
                    self.voice.say_anyway(&dump.line, &nothing, &words, now),
                    0,
                ));
            }
            count = said.len() as u64 - 1;
            if self.speech.happens_once(Fault::DumpShortOnce) && said.len() > 1 {
                said.remove(1 + self.random.below(said.len() - 1));
            }
        }
        let words = Words::from([("count", count.to_string())]);
        said.push(frame(
            self.voice.say_anyway(&dump.end, &nothing, &words, now),
            0,
        ));
        said
    }

    fn batch(&mut self, profile: &Profile, request: &Request, now: Moment) -> Vec<Said> {
        let Some(write) = profile
            .parameters
            .as_ref()
            .map(|parameters| &parameters.write)
        else {
            return Vec::new();
        };
        let pairs = request
            .captures
            .get("pairs")
            .map(String::as_str)
            .unwrap_or_default();
        let line = write
            .request
            .format(|_| Some(pairs.into()))
            .map_or(0, |line| line.len() + profile.line.request_end.len());
        if line > write.max_bytes {
            return Vec::new();
        }
        let mut accepted = Vec::new();
        for pair in pairs
            .split(write.separator.as_str())
            .filter(|pair| !pair.is_empty())
        {
            let Some(captures) = write.pair.parse(pair) else {
                continue;
            };
            let (Some(parameter), Some(value)) = (captures.get("parameter"), captures.get("value"))
            else {
                continue;
            };
            let place = Place::Parameter {
                parameter: parameter.clone(),
            };
            if self.takes(&place, value) && !value.contains(|each| write.reserved.contains(each)) {
                accepted.push((place, value.clone()));
            }
        }
        let said = pairs
            .split(write.separator.as_str())
            .filter(|pair| !pair.is_empty());
        let counts = write.replies.iter().any(|reply| reply.has("accepted"));
        if !counts && accepted.len() < said.count() {
            return Vec::new();
        }
        let words = Words::from([("accepted", accepted.len().to_string())]);
        self.apply(profile, accepted);
        let Some(text) = write
            .replies
            .iter()
            .find_map(|pattern| self.voice.say(pattern, &request.captures, &words, now))
        else {
            return Vec::new();
        };
        let after_ms = self.random.between(profile.simulator.reply_ms);
        vec![Said {
            text,
            after_ms,
            limit_ms: Some(write.timeout_ms),
        }]
    }

    /// A view whose answer never ends, or does not come yet.
    fn endless_view(&mut self, profile: &Profile, request: &Request) -> bool {
        let reads = profile
            .view
            .iter()
            .any(|view| view.exchange == request.exchange)
            && !profile.identify.ask.contains(&request.exchange);
        if reads && self.speech.happens_once(Fault::EndlessLine) {
            self.endless = true;
            return true;
        }
        reads && (self.not_ready() || self.speech.happens_once(Fault::DumpShortOnce))
    }

    /// The exchange's word for 'no', where the family has one.
    pub(super) fn refusal(
        &mut self,
        profile: &Profile,
        request: &Request,
        now: Moment,
    ) -> Vec<Said> {
        let exchange = profile.exchange.get(&request.exchange);
        let Some((exchange, pattern)) =
            exchange.and_then(|each| Some((each, each.refusals.first()?)))
        else {
            return Vec::new();
        };
        vec![Said {
            text: self
                .voice
                .say_anyway(pattern, &request.captures, &Words::new(), now),
            after_ms: self.random.between(profile.simulator.reply_ms),
            limit_ms: Some(exchange.timeout_ms),
        }]
    }

    /// The fields of a positional command as the unit shows them.
    fn fields(&self, profile: &Profile, command: &str) -> Option<String> {
        let positional = profile.positional.as_ref()?;
        let layout = self.memory.layout(command)?.to_vec();
        let variant = profile.variant(&self.model.variant)?;
        let form = variant
            .shown_as
            .get(command)
            .and_then(|forms| forms.first());
        let quoted = |text: &str| match positional.quote {
            Some(quote) => format!("{quote}{text}{quote}"),
            None => text.to_owned(),
        };
        let mut fields: Vec<String> = match form {
            Some(names) => names
                .iter()
                .map(|name| {
                    let place = layout
                        .iter()
                        .find(|place| matches!(place, Place::Field { field, .. } if field == name));
                    // A field without a meaning in this form: a marker of the unit's own.
                    place.map_or_else(
                        || "60".to_owned(),
                        |place| self.memory.shown(place).to_owned(),
                    )
                })
                .collect(),
            None => layout
                .iter()
                .map(|place| quoted(self.memory.shown(place)))
                .collect(),
        };
        if positional.more_fields {
            fields.extend(["\"0.0.0.0\"", "0", "0"].map(str::to_owned));
        }
        Some(fields.join(&positional.separator))
    }

    /// What a reading shows, under the word that stands for it in the reply; `None` where this variant does not have it.
    pub(super) fn read(
        &mut self,
        profile: &Profile,
        request: &Request,
    ) -> Option<(&'static str, String)> {
        let positional = profile.positional.as_ref()?;
        let (word, text) = if positional.sections.is_empty() {
            let command = match request.captures.get("command") {
                Some(command) => command.clone(),
                // One question shows every command; the simulated models have one of them.
                None => self.memory.commands().next()?.to_owned(),
            };
            ("fields", self.fields(profile, &command)?)
        } else {
            let section = |name: &String| {
                let fields = self.fields(profile, name).unwrap_or_else(|| "0".to_owned());
                format!("{name}{}{fields}", positional.separator)
            };
            let all: Vec<String> = positional.sections.iter().map(section).collect();
            ("sections", all.join(&positional.separator))
        };
        if self.speech.happens_once(Fault::EndlessLine) {
            self.endless = true;
            return None;
        }
        if self.not_ready() {
            return None;
        }
        Some((word, text))
    }

    /// Writes a positional command; `false` when the unit refuses it, which it does by silence.
    pub(super) fn write_fields(&mut self, profile: &Profile, request: &Request) -> bool {
        let (Some(positional), Some(command), Some(fields)) = (
            &profile.positional,
            request.captures.get("command"),
            request.captures.get("fields"),
        ) else {
            return false;
        };
        let Some(layout) = self.memory.layout(command).map(<[Place]>::to_vec) else {
            return false;
        };
        let texts: Vec<&str> = fields
            .split(positional.separator.as_str())
            .map(|text| match positional.quote {
                Some(quote) => text.trim_matches(quote),
                None => text,
            })
            .collect();
        if texts.len() != layout.len()
            || !layout
                .iter()
                .zip(&texts)
                .all(|(place, text)| self.takes(place, text))
        {
            return false;
        }
        let writes = layout
            .into_iter()
            .zip(texts.into_iter().map(str::to_owned))
            .collect();
        self.apply(profile, writes);
        true
    }

    pub(super) fn takes(&self, place: &Place, text: &str) -> bool {
        let refused = self.speech.has(Fault::PartialBatch)
            && self.memory.first_setting_place() == Some(place);
        self.memory.takes(place, text)
            && !(refused
                && self
                    .memory
                    .ram()
                    .get(place)
                    .is_some_and(|held| held != text))
    }

    /// Carries out a write that the unit accepted.
    pub(super) fn apply(&mut self, profile: &Profile, writes: Vec<(Place, String)>) {
        if self.speech.has(Fault::AckNotApplied) {
            return;
        }
        let writes: Vec<(Place, String)> = writes
            .into_iter()
            .map(|(place, text)| {
                let text = self.memory.merged(&place, text);
                (place, text)
            })
            .collect();
        let changed: Vec<Place> = writes
            .iter()
            .filter(|(place, text)| self.memory.ram().get(place) != Some(text))
            .map(|(place, _)| place.clone())
            .collect();
        for (place, text) in writes {
            let text = if self.speech.has(Fault::ClampedValue) {
                self.memory.clamped(&place, text)
            } else {
                text
            };
            self.memory.write(&place, &text);
        }
        if matches!(profile.save, Save::Nothing) {
            if self.speech.has(Fault::HalfSaved) {
                self.memory.save_half();
            } else if !self.speech.has(Fault::SaveIgnored) {
                self.memory.save();
            }
        }
        self.tell(SimulatorEvent::Wrote { places: changed });
    }
}
