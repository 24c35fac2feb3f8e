//! Reads everything that the profile can read from a unit: the list of parameters, or each positional command.
//!
//! A reading is complete when every command of the model was answered. A command whose fields are not as many as the model's
//! list is answered but not understood: its places are left out, with a warning, and what is missing there cannot be set either.

use super::access::{Lock, LockCheck, has_keyword};
use super::answer::Answer;
use super::identify::cheapest;
use super::question::{Given, Question};
use super::script::{Script, Step, fault_of};
use super::talk::Talk;
use super::{DialogueEvent, DialogueProgress};
use crate::fault::Fault;
use crate::job::OperationOutcome;
use crate::moment::Moment;
use crate::profile::{Place, Silence};
use crate::reading::Reading;

/// Reads everything.
#[derive(Debug, Default)]
pub(super) struct ReadAll {
    reading: Reading,
    commands: Vec<String>,
    next: usize,
    stage: Stage,
    lock: Option<LockCheck>,
    answered: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    List,
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
            Some(_) => variant.fields.keys().cloned().collect(),
            None => Vec::new(),
        };
        self.reading.secret_places = talk.profile.secret_places(variant);
        self.reading.complete = true;
        self.ask_list(talk)
    }

    fn ask_list(&mut self, talk: &mut Talk) -> Step {
        self.stage = Stage::List;
        match &talk.profile.parameters {
            Some(parameters) => Step::ask(Question::dump(&parameters.dump)),
            None => self.ask_command(talk),
        }
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
            && !self.reading.complete
        {
            self.stage = Stage::Presence;
            return Step::ask(question);
        }
        if !self.commands.is_empty() && self.answered == 0 {
            return Step::fail(Fault::NoAnswer {
                exchange: "read".to_owned(),
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
                self.ask_command(talk)
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
                let fields = captures.get("fields").cloned().unwrap_or_default();
                talk.fields.insert(command.clone(), fields.clone());
                match named_fields(talk, &command, &fields) {
                    Ok(places) => self.reading.places.extend(places),
                    Err(warning) => talk.warn(now, warning),
                }
            }
            Answer::Fault(fault) => return Step::fail(fault),
            Answer::Silent | Answer::Incomplete { .. } if silence == Silence::NoAnswer => {
                return Step::fail(fault_of(answer, "read"));
            }
            _ => {
                self.reading.complete = false;
                talk.warn(now, format!("the unit did not show its settings {command}"));
            }
        }
        self.next += 1;
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
        .and_then(|positional| talk.profile.exchange.get(&positional.read))
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
    let question = Question::named(&talk.profile, &positional.read)?;
    Ok(question.with("command", Given::open(command)))
}

/// The fields of a command by place; a warning when they are not as many as the model's list.
fn named_fields(talk: &Talk, command: &str, fields: &str) -> Result<Vec<(Place, String)>, String> {
    let texts = split_fields(talk, fields);
    let names = talk
        .variant()
        .and_then(|variant| variant.fields.get(command))
        .filter(|names| names.len() == texts.len());
    let Some(names) = names else {
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

/// The fields of a command in their order.
pub(super) fn split_fields(talk: &Talk, fields: &str) -> Vec<String> {
    let separator = talk
        .profile
        .positional
        .as_ref()
        .map_or(",", |positional| positional.separator.as_str());
    fields.split(separator).map(ToOwned::to_owned).collect()
}
