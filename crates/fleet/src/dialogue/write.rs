//! Writes places: parameters in batches, positional commands read freshly, changed and written whole.
//!
//! A refusal is reported by place, never as a fault: what a unit refuses is settled by reading back.

use super::answer::Answer;
use super::identify::cheapest;
use super::question::{Expect, Given, Question};
use super::read::{command_question, read_silence, split_fields};
use super::script::{Script, Step, fault_of};
use super::talk::Talk;
use super::{DialogueEvent, DialogueProgress};
use crate::fault::Fault;
use crate::job::OperationOutcome;
use crate::moment::Moment;
use crate::plan::PlaceWrite;
use crate::profile::{BatchWrite, Place, Reply, Silence};
use crate::secret::{DOTS, Secret};
use std::borrow::Cow;
use std::collections::VecDeque;

/// Name of the batch write in faults.
const BATCH: &str = "write";

/// How often a command is read again until two readings agree.
const MOST_READS: u32 = 3;

/// A part of the work: what one request writes.
#[derive(Debug)]
enum Part {
    Batch(Vec<PlaceWrite>),
    Command {
        command: String,
        writes: Vec<PlaceWrite>,
    },
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Begin,
    Batch,
    ReadCommand,
    WriteCommand,
    Presence,
}

/// Writes places.
#[derive(Debug)]
pub(super) struct Write {
    writes: Vec<PlaceWrite>,
    parts: VecDeque<Part>,
    stage: Stage,
    refused: Vec<Place>,
    done: usize,
    of: usize,
    /// How often the front command may still be read again.
    reads_left: u32,
    /// Something was refused by silence: it counts only when the unit is still there.
    silent: bool,
}

impl Write {
    pub(super) fn new(writes: Vec<PlaceWrite>) -> Self {
        Self {
            of: writes.len(),
            writes,
            parts: VecDeque::new(),
            stage: Stage::Begin,
            refused: Vec::new(),
            done: 0,
            reads_left: MOST_READS,
            silent: false,
        }
    }

    /// Sorts the writes into requests. What the unit's language cannot carry is refused here.
    fn begin(&mut self, talk: &mut Talk) -> Step {
        let mut parameters = Vec::new();
        let mut commands: Vec<(String, Vec<PlaceWrite>)> = Vec::new();
        for write in std::mem::take(&mut self.writes) {
            if talk.line.redactor.is_secret(&write.place) {
                talk.line.redactor.learn(&write.after);
            }
            if !can_be_sent(talk, &write) {
                self.refuse(&[write]);
                continue;
            }
            match &write.place {
                Place::Parameter { .. } if talk.profile.parameters.is_some() => {
                    parameters.push(write)
                }
                Place::Field { command, .. } if talk.profile.positional.is_some() => {
                    match commands.iter_mut().find(|(each, _)| each == command) {
                        Some((_, writes)) => writes.push(write),
                        None => commands.push((command.clone(), vec![write])),
                    }
                }
                Place::Parameter { .. } | Place::Field { .. } => self.refuse(&[write]),
            }
        }
        if let Some(batch) = talk
            .profile
            .parameters
            .as_ref()
            .map(|parameters| &parameters.write)
        {
            let end = talk.profile.line.request_end.len();
            for group in batches(batch, end, parameters, &mut self.refused) {
                self.parts.push_back(Part::Batch(group));
            }
        }
        for (command, writes) in commands {
            self.parts.push_back(Part::Command { command, writes });
        }
        self.ask(talk)
    }

    fn ask(&mut self, talk: &mut Talk) -> Step {
        let question = match self.parts.front() {
            None => match cheapest(talk).filter(|_| std::mem::take(&mut self.silent)) {
                Some(question) => {
                    self.stage = Stage::Presence;
                    Ok(question)
                }
                None => {
                    return Step::Done(OperationOutcome::Written {
                        refused: std::mem::take(&mut self.refused),
                    });
                }
            },
            Some(Part::Batch(writes)) => {
                self.stage = Stage::Batch;
                batch_question(talk, writes)
            }
            Some(Part::Command { command, .. }) => {
                self.stage = Stage::ReadCommand;
                command_question(talk, command)
            }
        };
        match question {
            Ok(question) => Step::ask(question),
            Err(fault) => Step::fail(fault),
        }
    }

    fn refuse(&mut self, writes: &[PlaceWrite]) {
        self.refused
            .extend(writes.iter().map(|write| write.place.clone()));
    }

    /// The front part is settled.
    fn go_on(&mut self, count: usize, talk: &mut Talk) -> Step {
        self.done += count;
        self.reads_left = MOST_READS;
        talk.events
            .push_back(DialogueEvent::Progress(DialogueProgress::Places {
                written: self.done,
                of: self.of,
            }));
        self.ask(talk)
    }

    fn batch(&mut self, answer: Answer, talk: &mut Talk, now: Moment) -> Step {
        let Some(Part::Batch(writes)) = self.parts.pop_front() else {
            return self.ask(talk);
        };
        let count = writes.len();
        let accepted = match answer {
            Answer::Replied { captures, .. } => match captures.get("accepted") {
                Some(text) => text.trim().parse::<usize>().unwrap_or(0),
                None => count,
            },
            Answer::Refused(_) => 0,
            answer => return Step::fail(fault_of(answer, BATCH)),
        };
        if accepted == count {
            return self.go_on(count, talk);
        }
        if count == 1 {
            self.refuse(&writes);
            return self.go_on(count, talk);
        }
        // The count does not say which pair failed: each is sent alone.
        talk.line.note(
            now,
            "part of the batch was refused: each value is sent alone",
        );
        for write in writes.into_iter().rev() {
            self.parts.push_front(Part::Batch(vec![write]));
        }
        self.ask(talk)
    }

    /// The command as the unit holds it now, with our fields changed: every other field is written as it was read, because an
    /// empty field is not 'leave as it is'.
    fn command_read(&mut self, answer: Answer, talk: &mut Talk, now: Moment) -> Step {
        let fields = match answer {
            Answer::Replied { captures, .. } => captures.get("fields").cloned().unwrap_or_default(),
            Answer::Fault(fault) => return Step::fail(fault),
            Answer::Silent | Answer::Incomplete { .. }
                if read_silence(talk) == Silence::NoAnswer =>
            {
                return Step::fail(fault_of(answer, "read"));
            }
            Answer::Silent | Answer::Incomplete { .. } => {
                self.silent = true;
                return self.command_refused(talk);
            }
            _ => return self.command_refused(talk),
        };
        // What is read here is written back, so it is believed only when it was read twice alike on this connection.
        let command = self.command_name();
        let before = talk.fields.insert(command.clone(), fields.clone());
        if before.as_ref() != Some(&fields) && self.reads_left > 0 {
            self.reads_left -= 1;
            return self.ask(talk);
        }
        if before.as_ref() != Some(&fields) {
            talk.line.note(
                now,
                "the unit tells its settings differently each time: nothing is written",
            );
            return self.command_refused(talk);
        }
        let texts = split_fields(talk, &fields);
        match self.changed(texts, talk) {
            Ok(question) => {
                if let Some(given) = question.given.get("fields") {
                    talk.fields.insert(command, given.text.reveal().to_owned());
                }
                self.stage = Stage::WriteCommand;
                Step::ask(question)
            }
            Err(Some(fault)) => Step::fail(fault),
            Err(None) => {
                talk.line.note(
                    now,
                    "the fields are not in the form known for this model: nothing is written",
                );
                self.command_refused(talk)
            }
        }
    }

    fn command_name(&self) -> String {
        match self.parts.front() {
            Some(Part::Command { command, .. }) => command.clone(),
            Some(Part::Batch(_)) | None => String::new(),
        }
    }

    /// The question that writes the whole command; `Err(None)` when its layout is not known.
    fn changed(&self, mut texts: Vec<String>, talk: &Talk) -> Result<Question, Option<Fault>> {
        let Some(Part::Command { command, writes }) = self.parts.front() else {
            return Err(None);
        };
        let positional = talk.profile.positional.as_ref().ok_or(None)?;
        let variant = talk.variant().ok_or(None)?;
        let known = variant.fields.get(command).map(Vec::len) == Some(texts.len());
        if !known {
            return Err(None);
        }
        let mut shown = texts.clone();
        for (index, text) in shown.iter_mut().enumerate() {
            let name = variant
                .fields
                .get(command)
                .and_then(|names| names.get(index));
            let secret = name.is_some_and(|field| {
                talk.line.redactor.is_secret(&Place::Field {
                    command: command.clone(),
                    field: field.clone(),
                })
            });
            if secret && !text.is_empty() {
                DOTS.clone_into(text);
            }
        }
        for write in writes {
            let Place::Field { field, .. } = &write.place else {
                return Err(None);
            };
            let index = variant.field_index(command, field).ok_or(None)?;
            if let (Some(text), Some(shown)) = (texts.get_mut(index), shown.get_mut(index)) {
                write.after.reveal().clone_into(text);
                *shown = shown_value(talk, write);
            }
        }
        let question = Question::named(&talk.profile, &positional.write).map_err(Some)?;
        Ok(question.with("command", Given::open(command)).with(
            "fields",
            Given {
                text: Secret::new(texts.join(&positional.separator)),
                shown: shown.join(&positional.separator),
            },
        ))
    }

    fn command_written(&mut self, answer: Answer, talk: &mut Talk) -> Step {
        let silence = talk
            .profile
            .positional
            .as_ref()
            .and_then(|positional| talk.profile.exchange.get(&positional.write))
            .map(|exchange| exchange.silence)
            .unwrap_or_default();
        match answer {
            Answer::Replied { .. } => {
                let Some(Part::Command { writes, .. }) = self.parts.pop_front() else {
                    return self.ask(talk);
                };
                self.go_on(writes.len(), talk)
            }
            Answer::Refused(_) => self.command_refused(talk),
            Answer::Silent | Answer::Incomplete { .. } if silence == Silence::Refused => {
                self.silent = true;
                self.command_refused(talk)
            }
            Answer::Silent | Answer::Incomplete { .. } if silence == Silence::Ignored => {
                let Some(Part::Command { writes, .. }) = self.parts.pop_front() else {
                    return self.ask(talk);
                };
                self.go_on(writes.len(), talk)
            }
            answer => Step::fail(fault_of(answer, "write")),
        }
    }

    fn command_refused(&mut self, talk: &mut Talk) -> Step {
        let Some(Part::Command { writes, .. }) = self.parts.pop_front() else {
            return self.ask(talk);
        };
        self.refuse(&writes);
        self.go_on(writes.len(), talk)
    }
}

impl Script for Write {
    fn next(&mut self, answer: Option<Answer>, talk: &mut Talk, now: Moment) -> Step {
        let Some(answer) = answer else {
            return self.begin(talk);
        };
        match self.stage {
            Stage::Begin => self.ask(talk),
            Stage::Batch => self.batch(answer, talk, now),
            Stage::ReadCommand => self.command_read(answer, talk, now),
            Stage::WriteCommand => self.command_written(answer, talk),
            Stage::Presence => match answer {
                Answer::Replied { .. } => self.ask(talk),
                answer => Step::fail(fault_of(answer, BATCH)),
            },
        }
    }
}

/// Whether these writes name the unit by themselves, because each command is read before it is written.
pub(super) fn reads_identity(talk: &Talk, writes: &[PlaceWrite]) -> bool {
    let all_fields = writes
        .iter()
        .all(|write| matches!(write.place, Place::Field { .. }));
    let names_unit = talk
        .profile
        .positional
        .as_ref()
        .and_then(|positional| talk.profile.exchange.get(&positional.read))
        .is_some_and(|exchange| super::identify::up_to_identity(&exchange.replies).is_some());
    all_fields && names_unit
}

/// Reserved and control characters would change the meaning of the line; they never leave.
fn can_be_sent(talk: &Talk, write: &PlaceWrite) -> bool {
    let reserved = talk.profile.reserved_at(&write.place);
    write
        .after
        .reveal()
        .chars()
        .all(|character| matches!(character, ' '..='~') && !reserved.contains(character))
}

fn shown_value(talk: &Talk, write: &PlaceWrite) -> String {
    let text = write.after.reveal();
    if talk.line.redactor.is_secret(&write.place) && !text.is_empty() {
        DOTS.to_owned()
    } else {
        text.to_owned()
    }
}

fn pair(batch: &BatchWrite, write: &PlaceWrite, value: &str) -> Result<String, Fault> {
    let parameter = write.place.to_string();
    batch
        .pair
        .format(|name| match name {
            "parameter" => Some(Cow::Borrowed(parameter.as_str())),
            "value" => Some(Cow::Borrowed(value)),
            _ => None,
        })
        .map_err(|hole| Fault::Internal {
            detail: format!("nothing fills '{{{hole}}}' in a pair"),
        })
}

/// Groups that fit into one line each. A pair that is too long by itself is refused.
fn batches(
    batch: &BatchWrite,
    end_bytes: usize,
    writes: Vec<PlaceWrite>,
    refused: &mut Vec<Place>,
) -> Vec<Vec<PlaceWrite>> {
    let bare = batch
        .request
        .format(|_| Some(Cow::Borrowed("")))
        .unwrap_or_default();
    let room = batch.max_bytes.saturating_sub(bare.len() + end_bytes);
    let mut groups: Vec<Vec<PlaceWrite>> = Vec::new();
    let mut used = 0;
    for write in writes {
        let length =
            pair(batch, &write, write.after.reveal()).map_or(usize::MAX, |pair| pair.len());
        if length > room {
            refused.push(write.place);
            continue;
        }
        let joined = used + batch.separator.len() + length;
        match groups.last_mut() {
            Some(group) if joined <= room => {
                group.push(write);
                used = joined;
            }
            _ => {
                groups.push(vec![write]);
                used = length;
            }
        }
    }
    groups
}

fn batch_question(talk: &Talk, writes: &[PlaceWrite]) -> Result<Question, Fault> {
    let parameters = talk
        .profile
        .parameters
        .as_ref()
        .ok_or_else(|| Fault::Internal {
            detail: "this family has no numbered parameters".to_owned(),
        })?;
    let batch = &parameters.write;
    let mut texts = Vec::new();
    let mut shown = Vec::new();
    for write in writes {
        texts.push(pair(batch, write, write.after.reveal())?);
        shown.push(pair(batch, write, &shown_value(talk, write))?);
    }
    let question = Question {
        name: BATCH.to_owned(),
        request: batch.request.clone(),
        given: std::collections::BTreeMap::new(),
        expect: Expect::Replies(vec![Reply::Frame {
            any: batch.replies.clone(),
            within_ms: None,
        }]),
        timeout_ms: batch.timeout_ms,
        tries: batch.tries.max(1),
        retry_pause_ms: 0,
        pause_after_ms: 0,
        refusals: Vec::new(),
        pairs: Some(writes.len()),
        once_while_looking: false,
        is_optional: false,
        is_short: false,
        one_shot: false,
        passwords: Vec::new(),
    };
    Ok(question.with(
        "pairs",
        Given {
            text: Secret::new(texts.join(&batch.separator)),
            shown: shown.join(&batch.separator),
        },
    ))
}
