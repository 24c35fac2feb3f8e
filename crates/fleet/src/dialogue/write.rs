//! Writes places: parameters in batches, positional commands read freshly, changed and written whole.
//!
//! A refusal is reported by place, never as a fault: what a unit refuses is settled by reading back.

use super::answer::Answer;
use super::batch::{batch_question, batches};
use super::question::{Given, Question};
use super::read::{command_question, fields_in, read_silence, split_fields, undefined};
use super::same_unit::cheapest;
use super::script::{Script, Step, fault_of};
use super::talk::Talk;
use super::{DialogueEvent, DialogueProgress};
use crate::fault::Fault;
use crate::job::OperationOutcome;
use crate::moment::Moment;
use crate::plan::PlaceWrite;
use crate::profile::{Access, Place, Silence};
use crate::secret::{DOTS, Secret};
use std::collections::VecDeque;

/// Name of the batch write in faults.
pub(super) const BATCH: &str = "write";

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
    Single(PlaceWrite),
    /// An exchange around single parameters: a programming mode, the service code.
    Around(String),
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Begin,
    Batch,
    ReadCommand,
    WriteCommand,
    Single,
    Around,
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
    /// What went wrong inside a mode of the unit, while that mode is being left.
    fault: Option<Fault>,
    /// Refusals whose meaning is known, with it.
    said: Vec<String>,
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
            fault: None,
            said: Vec::new(),
        }
    }

    /// Keeps a refusal that means something to people.
    fn heard_no(&mut self, answer: &Answer, talk: &Talk) {
        let Answer::Refused(said) = answer else {
            return;
        };
        let mut meanings = talk.profile.meaning.values();
        let is_known = meanings.any(|words| said.ends_with(&format!("({words})")));
        if is_known && !self.said.contains(said) {
            self.said.push(said.clone());
        }
    }

    /// Sorts the writes into requests. What the unit's language cannot carry is refused here.
    fn begin(&mut self, talk: &mut Talk) -> Step {
        let mut parameters = Vec::new();
        let mut singles = Vec::new();
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
                Place::Parameter { .. } if writes_singles(talk) => singles.push(write),
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
        self.parts_for(singles, talk);
        if self.lacks_code(talk) {
            return Step::fail(Fault::Locked { tries_left: None });
        }
        self.ask(talk)
    }

    /// Whether a code is needed that nobody gave: then nothing of the write may leave.
    fn lacks_code(&self, talk: &mut Talk) -> bool {
        talk.known.settle_keyword();
        let needed = self
            .parts
            .iter()
            .any(|part| matches!(part, Part::Around(name) if is_service_code(talk, name)));
        needed && talk.known.keyword.is_none()
    }

    /// Single parameters with the exchanges that stand around them.
    fn parts_for(&mut self, singles: Vec<PlaceWrite>, talk: &Talk) {
        let Some(single) = &talk.profile.single else {
            return;
        };
        if singles.is_empty() {
            return;
        }
        let around = |names: &[String]| names.iter().cloned().map(Part::Around).collect::<Vec<_>>();
        self.parts.extend(around(&single.before));
        self.parts.extend(singles.into_iter().map(Part::Single));
        self.parts.extend(around(&single.after));
    }

    fn ask(&mut self, talk: &mut Talk) -> Step {
        let question = match self.parts.front() {
            None if self.fault.is_some() => return self.leave(Fault::Silent, talk),
            None => match cheapest(talk).filter(|_| std::mem::take(&mut self.silent)) {
                Some(question) => {
                    self.stage = Stage::Presence;
                    Ok(question)
                }
                None => {
                    let refused = std::mem::take(&mut self.refused);
                    let said = std::mem::take(&mut self.said);
                    return Step::Done(if said.is_empty() {
                        OperationOutcome::Written { refused }
                    } else {
                        OperationOutcome::WrittenButSaid { refused, said }
                    });
                }
            },
            Some(Part::Batch(writes)) => {
                self.stage = Stage::Batch;
                batch_question(talk, writes)
            }
            Some(Part::Command { command, .. }) if shows_commands(talk) => {
                self.stage = Stage::ReadCommand;
                command_question(talk, command)
            }
            Some(Part::Command { .. }) => match self.changed(&[], talk) {
                Ok(question) => {
                    self.stage = Stage::WriteCommand;
                    Ok(question)
                }
                Err(Some(fault)) => Err(fault),
                Err(None) => return self.command_refused(talk),
            },
            Some(Part::Single(write)) => {
                self.stage = Stage::Single;
                single_write(talk, write)
            }
            Some(Part::Around(name)) => {
                self.stage = Stage::Around;
                if is_service_code(talk, name) {
                    // Set before the question is formed: whatever happens to it, the code does not leave a second time.
                    let unsent = !std::mem::replace(&mut talk.keyword_sent, true);
                    if !unsent {
                        let exchange = name.clone();
                        return self.leave(Fault::OneShotUnknown { exchange }, talk);
                    }
                }
                Question::named(&talk.profile, name)
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
            Answer::Silent if batch_silence(talk) == Silence::Refused => {
                self.silent = true;
                0
            }
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

    fn single(&mut self, answer: Answer, talk: &mut Talk) -> Step {
        let Some(Part::Single(write)) = self.parts.pop_front() else {
            return self.ask(talk);
        };
        match answer {
            Answer::Replied { .. } => {}
            // Some units say nothing to a write: what became of it is seen when it is read again, if the unit is still there.
            Answer::Silent if single_silence(talk) == Silence::Ignored => self.silent = true,
            Answer::Refused(_) => self.refuse(&[write]),
            answer => return Step::fail(fault_of(answer, BATCH)),
        }
        self.go_on(1, talk)
    }

    fn around(&mut self, answer: Answer, talk: &mut Talk) -> Step {
        let Some(Part::Around(name)) = self.parts.pop_front() else {
            return self.ask(talk);
        };
        let exchange = talk.profile.exchange.get(&name);
        let ignored = exchange.is_some_and(|exchange| exchange.silence == Silence::Ignored);
        match answer {
            Answer::Replied { .. } => self.ask(talk),
            _ if self.fault.is_some() => self.ask(talk),
            Answer::Silent if ignored => self.ask(talk),
            Answer::Fault(fault) => Step::fail(fault),
            Answer::Refused(_) if is_service_code(talk, &name) => {
                self.leave(Fault::CodeRefused { tries_left: None }, talk)
            }
            _ if is_service_code(talk, &name) => {
                self.leave(Fault::OneShotUnknown { exchange: name }, talk)
            }
            answer => Step::fail(fault_of(answer, &name)),
        }
    }

    /// Leaves the mode that was entered for the writes, then says what went wrong: no unit is left in its programming mode.
    fn leave(&mut self, fault: Fault, talk: &mut Talk) -> Step {
        if let Some(first) = self.fault.take() {
            return Step::fail(first);
        }
        self.fault = Some(fault);
        let after = talk.profile.single.iter().flat_map(|single| &single.after);
        self.parts = after.cloned().map(Part::Around).collect();
        self.ask(talk)
    }

    /// The command as the unit holds it now, with our fields changed: every other field is written as it was read, because an
    /// empty field is not 'leave as it is'.
    fn command_read(&mut self, answer: Answer, talk: &mut Talk, now: Moment) -> Step {
        let fields = match answer {
            Answer::Replied { captures, .. } => fields_in(talk, &self.command_name(), &captures),
            Answer::Fault(fault) => return Step::fail(fault),
            Answer::Refused(said)
                if let Some(fields) = undefined(talk, &self.command_name(), &said) =>
            {
                fields
            }
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
        match self.changed(&texts, talk) {
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
            Some(Part::Batch(_) | Part::Single(_) | Part::Around(_)) | None => String::new(),
        }
    }

    /// The question that writes the whole command; `Err(None)` when its layout is not known. `read` is what the unit showed; where it
    /// shows nothing, every field must be given.
    fn changed(&self, read: &[String], talk: &Talk) -> Result<Question, Option<Fault>> {
        let Some(Part::Command { command, writes }) = self.parts.front() else {
            return Err(None);
        };
        let positional = talk.profile.positional.as_ref().ok_or(None)?;
        let variant = talk.variant().ok_or(None)?;
        let layout = variant.fields.get(command).ok_or(None)?;
        let mut texts = if positional.read.is_some() {
            talk.profile.in_layout(variant, command, read).ok_or(None)?
        } else {
            let given = |field: &String| {
                writes.iter().any(
                    |write| matches!(&write.place, Place::Field { field: its, .. } if its == field),
                )
            };
            if !layout.iter().all(given) {
                return Err(None);
            }
            vec![String::new(); layout.len()]
        };
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
        let write = positional.write.as_ref().ok_or(None)?;
        let question = Question::named(&talk.profile, write).map_err(Some)?;
        if let Some(quote) = positional.quote {
            for text in texts.iter_mut().chain(&mut shown) {
                *text = format!("{quote}{text}{quote}");
            }
        }
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
            .and_then(|positional| talk.profile.exchange.get(positional.write.as_ref()?))
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
        if matches!(self.stage, Stage::WriteCommand | Stage::Single) {
            self.heard_no(&answer, talk);
        }
        match self.stage {
            Stage::Begin => self.ask(talk),
            Stage::Batch => self.batch(answer, talk, now),
            Stage::ReadCommand => self.command_read(answer, talk, now),
            Stage::WriteCommand => self.command_written(answer, talk),
            Stage::Single => self.single(answer, talk),
            Stage::Around => self.around(answer, talk),
            Stage::Presence => match answer {
                Answer::Replied { .. } => self.ask(talk),
                answer => Step::fail(fault_of(answer, BATCH)),
            },
        }
    }
}

fn shows_commands(talk: &Talk) -> bool {
    let positional = talk.profile.positional.as_ref();
    positional.is_some_and(|positional| positional.read.is_some())
}

fn batch_silence(talk: &Talk) -> Silence {
    let parameters = talk.profile.parameters.as_ref();
    parameters
        .map(|parameters| parameters.write.silence)
        .unwrap_or_default()
}

fn single_silence(talk: &Talk) -> Silence {
    let single = talk.profile.single.as_ref();
    let write = single.and_then(|single| talk.profile.exchange.get(single.write.as_ref()?));
    write.map(|exchange| exchange.silence).unwrap_or_default()
}

fn writes_singles(talk: &Talk) -> bool {
    let single = talk.profile.single.as_ref();
    single.is_some_and(|single| single.write.is_some())
}

fn is_service_code(talk: &Talk, name: &str) -> bool {
    matches!(&talk.profile.access, Access::ServiceCode { exchange } if exchange == name)
}

/// The question that writes one parameter.
fn single_write(talk: &Talk, write: &PlaceWrite) -> Result<Question, Fault> {
    let name = talk
        .profile
        .single
        .as_ref()
        .and_then(|single| single.write.as_ref());
    let name = name.ok_or_else(|| Fault::Internal {
        detail: "this family cannot write single parameters".to_owned(),
    })?;
    let place = write.place.to_string();
    let single = talk.profile.single.as_ref();
    let quote = match single.is_some_and(|single| single.quoted.contains(&place)) {
        true => "\"",
        false => "",
    };
    let value = Given {
        text: Secret::new(format!("{quote}{}{quote}", write.after.reveal())),
        shown: format!("{quote}{}{quote}", shown_value(talk, write)),
    };
    Ok(Question::named(&talk.profile, name)?
        .with("parameter", Given::open(&place))
        .with("value", value))
}

/// Reserved and control characters would change the meaning of the line; they never leave.
fn can_be_sent(talk: &Talk, write: &PlaceWrite) -> bool {
    let reserved = talk.profile.reserved_at(&write.place);
    // The comma between a number and its mask is the profile's.
    let masked = talk
        .profile
        .settings
        .iter()
        .any(|setting| setting.mask.is_some() && setting.places.contains(&write.place));
    let carries = |character: char| !reserved.contains(character) || (masked && character == ',');
    write
        .after
        .reveal()
        .chars()
        .all(|character| matches!(character, ' '..='~') && carries(character))
}

pub(super) fn shown_value(talk: &Talk, write: &PlaceWrite) -> String {
    let text = write.after.reveal();
    if talk.line.redactor.is_secret(&write.place) && !text.is_empty() {
        DOTS.to_owned()
    } else {
        text.to_owned()
    }
}
