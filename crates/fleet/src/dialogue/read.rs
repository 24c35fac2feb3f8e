//! Reads everything that the profile can read from a unit: the list of parameters, or each positional command.
//!
//! A reading is complete when every command of the model was answered. A command whose fields are not as many as the model's
//! list is answered but not understood: its places are left out, with a warning, and what is missing there cannot be set either.

use super::access::{Lock, LockCheck, has_keyword};
use super::answer::Answer;
use super::question::{Given, Question};
use super::same_unit::cheapest;
use super::script::{Script, Step, fault_of};
use super::talk::Talk;
use super::{DialogueEvent, DialogueProgress};
use crate::fault::Fault;
use crate::job::OperationOutcome;
use crate::moment::Moment;
use crate::profile::{Captures, Pattern, Place, Reply, Silence, View};
use crate::reading::Reading;

/// How often a command is read again that came in no known form.
const MOST_MISREAD: u32 = 2;

/// How long a unit that is known to show such a list may take for it, milliseconds, and how often it is asked.
const VIEW_MS: u64 = 2500;
const VIEW_TRIES: u32 = 3;

/// How often a bare value is asked for until the same comes twice.
const MOST_TIMES: u32 = 4;

/// Reads everything.
#[derive(Debug, Default)]
pub(super) struct ReadAll {
    reading: Reading,
    commands: Vec<String>,
    singles: Vec<String>,
    views: Vec<View>,
    next: usize,
    stage: Stage,
    lock: Option<LockCheck>,
    answered: usize,
    /// How often the present command came in a form that is not known: damage does not hit twice alike.
    misread: u32,
    /// A bare value that was told once, or that a command is not defined.
    said_once: Option<String>,
    /// The parameter before was met with silence.
    was_silent: bool,
    /// How the unit refused to show a command, in its own words.
    refused: Option<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    List,
    Singles,
    Views,
    Commands,
    Presence,
}

impl ReadAll {
    fn begin(&mut self, talk: &mut Talk) -> Step {
        let Some(variant) = talk.variant() else {
            return Step::fail(Fault::Internal {
                detail: "reading began before the unit was known".to_owned(),
            });
        };
        self.commands = match &talk.profile.positional {
            Some(positional) if positional.read.is_some() => {
                variant.fields.keys().cloned().collect()
            }
            Some(_) | None => Vec::new(),
        };
        let shows_singles = talk
            .profile
            .single
            .as_ref()
            .is_some_and(|single| single.read.is_some());
        if shows_singles {
            let places = talk.profile.readable_places(variant).into_iter();
            self.singles = places
                .filter_map(|place| match place {
                    Place::Parameter { parameter } => Some(parameter),
                    Place::Field { .. } => None,
                })
                .collect();
        }
        let views = talk.profile.view.iter();
        self.views = views
            .filter(|view| variant.views.contains(&view.exchange))
            .cloned()
            .collect();
        self.reading.secret_places = talk.profile.secret_places(variant);
        self.reading.complete = true;
        self.ask_list(talk)
    }

    fn ask_list(&mut self, talk: &mut Talk) -> Step {
        self.stage = Stage::List;
        let dump = talk.profile.parameters.as_ref();
        match dump.and_then(|parameters| parameters.dump.as_ref()) {
            Some(dump) => Step::ask(Question::dump(dump)),
            None => self.ask_single(talk),
        }
    }

    fn ask_single(&mut self, talk: &mut Talk) -> Step {
        self.stage = Stage::Singles;
        let Some(parameter) = self.singles.get(self.next) else {
            self.next = 0;
            return self.ask_view(talk);
        };
        match single_question(talk, parameter) {
            Ok(question) => Step::ask(question),
            Err(fault) => Step::fail(fault),
        }
    }

    fn single(&mut self, answer: Answer, talk: &mut Talk, now: Moment) -> Step {
        let parameter = self.singles.get(self.next).cloned().unwrap_or_default();
        match answer {
            Answer::Replied { captures, .. } => {
                self.answered += 1;
                self.was_silent = false;
                if let Some(value) = captures.get("value") {
                    let value = unquoted(value).to_owned();
                    if bare_values(talk) && self.said_once.as_ref() != Some(&value) {
                        // Nothing in a bare line says that it is the answer: it counts when the same comes twice.
                        self.said_once = Some(value);
                        self.misread += 1;
                        if self.misread > MOST_TIMES {
                            return Step::fail(Fault::ReplyIncomplete {
                                exchange: "read".to_owned(),
                                detail: format!("{parameter} was never told twice alike"),
                            });
                        }
                        return self.ask_single(talk);
                    }
                    self.reading
                        .places
                        .insert(Place::Parameter { parameter }, value);
                }
            }
            // The unit says that it has no such parameter: what depends on it is not available.
            Answer::Refused(_) => {
                self.answered += 1;
                self.was_silent = false;
                talk.line.note(
                    now,
                    &format!("the unit does not have the parameter {parameter}"),
                );
            }
            // So does silence in some families, if the unit answers what is asked next.
            Answer::Silent if single_silence(talk) == Silence::Ignored && !self.was_silent => {
                self.was_silent = true;
                let words = format!("the unit says nothing to the parameter {parameter}");
                talk.line.note(now, &words);
            }
            Answer::Fault(fault) => return Step::fail(fault),
            answer => return Step::fail(fault_of(answer, "read")),
        }
        self.next += 1;
        self.misread = 0;
        self.said_once = None;
        talk.events
            .push_back(DialogueEvent::Progress(DialogueProgress::Commands {
                read: self.next,
                of: self.singles.len(),
            }));
        self.ask_single(talk)
    }

    fn ask_view(&mut self, talk: &mut Talk) -> Step {
        self.stage = Stage::Views;
        let Some(view) = self.views.get(self.next) else {
            self.next = 0;
            return self.ask_command(talk);
        };
        match Question::named(&talk.profile, &view.exchange) {
            Ok(mut question) => {
                // It may be short as a question to strangers; this unit is one that answers it.
                question.timeout_ms = question.timeout_ms.max(VIEW_MS);
                question.tries = question.tries.max(VIEW_TRIES);
                Step::ask(question)
            }
            Err(fault) => Step::fail(fault),
        }
    }

    fn view(&mut self, answer: Answer, talk: &mut Talk) -> Step {
        match (answer, self.views.get(self.next)) {
            (Answer::Replied { captures, .. }, Some(view)) => {
                let list = view.pairs.as_ref().and_then(|word| captures.get(word));
                if let Some(list) = list
                    && self.said_once.as_ref() != Some(list)
                {
                    // Nothing tells where such a list must end: it counts when the same comes twice.
                    self.said_once = Some(list.clone());
                    self.misread += 1;
                    if self.misread > MOST_TIMES {
                        return Step::fail(Fault::ReplyIncomplete {
                            exchange: view.exchange.clone(),
                            detail: "the list was never told twice alike".to_owned(),
                        });
                    }
                    return self.ask_view(talk);
                }
                for (place, text) in talk.profile.shown_by(view, &captures) {
                    let text = unquoted(&text).to_owned();
                    self.reading.places.insert(place, text);
                }
            }
            (answer, _) => return Step::fail(fault_of(answer, "read")),
        }
        self.next += 1;
        self.misread = 0;
        self.said_once = None;
        self.ask_view(talk)
    }

    fn ask_command(&mut self, talk: &mut Talk) -> Step {
        self.stage = Stage::Commands;
        let Some(command) = self.commands.get(self.next) else {
            return self.finish(talk);
        };
        match command_question(talk, command) {
            Ok(question) => Step::ask(question),
            Err(fault) => Step::fail(fault),
        }
    }

    /// What was not shown counts as not shown only when the unit is still there.
    fn finish(&mut self, talk: &Talk) -> Step {
        if let Some(question) = cheapest(talk)
            && self.stage == Stage::Commands
            && (!self.reading.complete || self.was_silent)
        {
            self.stage = Stage::Presence;
            return Step::ask(question);
        }
        if !self.commands.is_empty() && self.answered == 0 {
            let exchange = "read".to_owned();
            return Step::fail(match self.refused.take() {
                Some(reply) => Fault::RefusedByUnit { exchange, reply },
                None => Fault::NoAnswer { exchange },
            });
        }
        Step::Done(OperationOutcome::Read(std::mem::take(&mut self.reading)))
    }

    fn list(&mut self, answer: Answer, talk: &mut Talk) -> Step {
        match answer {
            Answer::Listed(list) => {
                for (parameter, value) in list {
                    self.reading
                        .places
                        .insert(Place::Parameter { parameter }, value);
                }
                self.ask_single(talk)
            }
            // A locked unit may also say that it is not ready.
            Answer::NotReady | Answer::Silent if has_keyword(&talk.profile) => {
                let (lock, step) = LockCheck::begin(talk);
                self.lock = Some(lock);
                step
            }
            answer => Step::fail(fault_of(answer, "dump")),
        }
    }

    fn command(&mut self, answer: Answer, talk: &mut Talk, now: Moment) -> Step {
        let command = self.commands.get(self.next).cloned().unwrap_or_default();
        let silence = read_silence(talk);
        match answer {
            Answer::Replied { captures, .. } => {
                self.answered += 1;
                let fields = fields_in(talk, &command, &captures);
                talk.fields.insert(command.clone(), fields.clone());
                match named_fields(talk, &command, &fields) {
                    Ok(places) => self.reading.places.extend(places),
                    Err(_) if self.misread < MOST_MISREAD => {
                        self.misread += 1;
                        return self.ask_command(talk);
                    }
                    Err(warning) => talk.warn(now, warning),
                }
            }
            Answer::Fault(fault) => return Step::fail(fault),
            Answer::Silent | Answer::Incomplete { .. } if silence == Silence::NoAnswer => {
                return Step::fail(fault_of(answer, "read"));
            }
            Answer::Refused(said) if let Some(fields) = undefined(talk, &command, &said) => {
                self.answered += 1;
                if self.said_once.as_ref() != Some(&said) {
                    // A late word of another answer reads the same: it counts when it comes again.
                    self.said_once = Some(said);
                    return self.ask_command(talk);
                }
                talk.line.note(now, &format!("the unit holds no {command}"));
                talk.fields.insert(command.clone(), fields.clone());
                let places = named_fields(talk, &command, &fields);
                self.reading.places.extend(places.unwrap_or_default());
            }
            answer => {
                if let Answer::Refused(said) = answer {
                    self.refused = Some(said);
                }
                self.reading.complete = false;
                talk.warn(now, format!("the unit did not show its settings {command}"));
            }
        }
        self.next += 1;
        self.misread = 0;
        self.said_once = None;
        talk.events
            .push_back(DialogueEvent::Progress(DialogueProgress::Commands {
                read: self.next,
                of: self.commands.len(),
            }));
        self.ask_command(talk)
    }
}

impl Script for ReadAll {
    fn next(&mut self, answer: Option<Answer>, talk: &mut Talk, now: Moment) -> Step {
        let Some(answer) = answer else {
            return self.begin(talk);
        };
        if let Some(mut lock) = self.lock.take() {
            return match lock.next(answer, talk) {
                Lock::Step(step) => {
                    self.lock = Some(lock);
                    step
                }
                Lock::LoggedIn => self.ask_list(talk),
                Lock::NotLocked | Lock::NotTold => Step::fail(fault_of(Answer::NotReady, "dump")),
            };
        }
        match self.stage {
            Stage::List => self.list(answer, talk),
            Stage::Singles => self.single(answer, talk, now),
            Stage::Views => self.view(answer, talk),
            Stage::Commands => self.command(answer, talk, now),
            Stage::Presence => match answer {
                Answer::Replied { .. } => self.finish(talk),
                answer => Step::fail(fault_of(answer, "read")),
            },
        }
    }
}

/// What silence to the read exchange means.
pub(super) fn read_silence(talk: &Talk) -> Silence {
    talk.profile
        .positional
        .as_ref()
        .and_then(|positional| talk.profile.exchange.get(positional.read.as_ref()?))
        .map(|exchange| exchange.silence)
        .unwrap_or_default()
}

/// The question for the fields of one command.
pub(super) fn command_question(talk: &Talk, command: &str) -> Result<Question, Fault> {
    let positional = talk
        .profile
        .positional
        .as_ref()
        .ok_or_else(|| Fault::Internal {
            detail: "this family has no positional commands".to_owned(),
        })?;
    let read = positional.read.as_ref().ok_or_else(|| Fault::Internal {
        detail: "this family cannot show its commands".to_owned(),
    })?;
    let mut question = Question::named(&talk.profile, read)?;
    let undefined = positional.undefined.iter();
    question.nothing_held = undefined
        .flat_map(|each| each.says.iter().cloned())
        .collect();
    if !positional.sections.is_empty() {
        return Ok(question);
    }
    Ok(question.with("command", Given::open(command)))
}

/// The question for one parameter.
pub(super) fn single_question(talk: &Talk, parameter: &str) -> Result<Question, Fault> {
    let read = talk
        .profile
        .single
        .as_ref()
        .and_then(|single| single.read.as_ref());
    let read = read.ok_or_else(|| Fault::Internal {
        detail: "this family cannot show single parameters".to_owned(),
    })?;
    let question = Question::named(&talk.profile, read)?;
    Ok(question.with("parameter", Given::open(parameter)))
}

/// What silence to one parameter means.
fn single_silence(talk: &Talk) -> Silence {
    let read = talk.profile.single.as_ref();
    read.and_then(|single| talk.profile.exchange.get(single.read.as_ref()?))
        .map(|exchange| exchange.silence)
        .unwrap_or_default()
}

/// What counts as held where the unit says that it holds nothing of a command.
pub(super) fn undefined(talk: &Talk, command: &str, said: &str) -> Option<String> {
    let positional = talk.profile.positional.as_ref()?;
    let undefined = positional.undefined.as_ref()?;
    let fields = undefined.fields.get(command)?;
    let is_said = undefined
        .says
        .iter()
        .any(|each| each.parse(said.trim()).is_some());
    is_said.then(|| fields.join(&positional.separator))
}

/// Whether single values come in lines that name nothing.
fn bare_values(talk: &Talk) -> bool {
    let read = talk.profile.single.as_ref();
    let read = read.and_then(|single| talk.profile.exchange.get(single.read.as_ref()?));
    read.is_some_and(|read| {
        read.replies.iter().any(|reply| match reply {
            Reply::Frame { any, .. } => any.iter().any(Pattern::fits_any_line),
            Reply::Table { .. } => false,
        })
    })
}

/// A value without the quotation marks that some units put around texts.
fn unquoted(value: &str) -> &str {
    value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value)
}

/// The fields of `command` in an answer: all of it, or its section where one answer shows several commands.
pub(super) fn fields_in(talk: &Talk, command: &str, captures: &Captures) -> String {
    let positional = talk.profile.positional.as_ref();
    positional.map_or_else(String::new, |each| each.fields_in(command, captures))
}

/// The fields of a command by place; a warning when they are not as many as the model's list.
fn named_fields(talk: &Talk, command: &str, fields: &str) -> Result<Vec<(Place, String)>, String> {
    let texts = split_fields(talk, fields);
    let Some(names) = names_for(talk, command, texts.len()) else {
        return Err(format!(
            "the unit's settings {command} have {} fields, which is not the form known for this model; they are left alone",
            texts.len()
        ));
    };
    let place = |field: &String| Place::Field {
        command: command.to_owned(),
        field: field.clone(),
    };
    Ok(names
        .iter()
        .zip(texts)
        .filter(|(name, _)| *name != "_")
        .map(|(name, text)| (place(name), text))
        .collect())
}

/// The names of so many fields of a command: the model's list, or another form in which it shows them.
fn names_for(talk: &Talk, command: &str, count: usize) -> Option<Vec<String>> {
    talk.profile.names_for(talk.variant()?, command, count)
}

/// The fields of a command in their order, without quotation marks.
pub(super) fn split_fields(talk: &Talk, fields: &str) -> Vec<String> {
    let positional = talk.profile.positional.as_ref();
    positional.map_or_else(Vec::new, |each| each.split(fields))
}
