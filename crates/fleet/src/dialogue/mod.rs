//! The talk with one unit on one connection, without the connection: bytes and the moment come in; bytes, a deadline and events
//! come out.
//!
//! A [`Dialogue`] knows the family it talks with. Which family answers on an unknown port is found out by [`Recognition`].
//! The shell owns the port: it writes what [`Dialogue::take_outgoing`] gives, hands in what it reads, calls
//! [`Dialogue::timeout`] at or after [`Dialogue::next_deadline`], and knows alone when the connection is lost.

mod access;
mod answer;
mod batch;
mod exchange;
mod framing;
mod identify;
mod meaning;
mod mending;
mod one_line;
mod operations;
mod overhear;
mod passwords;
mod question;
mod read;
mod recognition;
mod redaction;
mod replies;
mod same_unit;
mod script;
mod session;
mod talk;
#[cfg(test)]
mod tests;
mod typed;
mod write;

use recognition::LONG_WAIT_MS;
pub use recognition::{Recognition, RecognitionEvent};
pub(crate) use redaction::Redactor;

use crate::ids::Label;
use crate::job::{Operation, OperationOutcome};
use crate::moment::Moment;
use crate::profile::{Access, Profile, SignMeaning};
use crate::reading::Identity;
use crate::secret::Secret;
use crate::transcript::{EntryKind, Transcript};
use answer::Answer;
use exchange::Asking;
use framing::Heard;
use meaning::{Meaning, is_echo, is_piece_of_requests, meaning_of};
use mending::{HALF_WAITS_MS, mended};
use one_line::taken_apart;
use script::{Script, Step};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use talk::{Looking, Talk};

/// What is known before the first byte.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// The unit's password or keyword, as a person gave it. A keyword is sent once at most.
    pub password: Option<Secret>,
    /// Keywords of single units by their identity, for a locked unit that tells who it is before it is opened.
    pub keywords: Arc<BTreeMap<String, Secret>>,
    /// Who must answer: after a restart, or when a job goes on.
    pub expected: Option<Identity>,
    /// The number on the housing, for families that answer only to it.
    pub label: Option<Label>,
}

/// How far an operation has come, for the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogueProgress {
    /// Lines of a list.
    Lines {
        /// Read so far.
        read: u64,
    },
    /// Positional commands.
    Commands {
        /// Read so far.
        read: usize,
        /// Of.
        of: usize,
    },
    /// Places.
    Places {
        /// Settled so far.
        written: usize,
        /// Of.
        of: usize,
    },
}

/// What a dialogue tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialogueEvent {
    /// How far it is.
    Progress(DialogueProgress),
    /// Something a person should know though it stops nothing.
    Warning(String),
    /// A try ended in silence, and the question is asked again: the unit may be restarting.
    NoAnswerYet,
    /// The unit says that it is starting, or has just started.
    Starting,
    /// The operation is over.
    Finished(OperationOutcome),
}

/// Lines of a list between two progress events.
const LINES_PER_EVENT: u64 = 500;

/// The talk with one unit on one connection.
pub struct Dialogue {
    talk: Talk,
    running: Option<Running>,
    lines_told: u64,
    /// The first half of a line that the unit's log cut.
    cut_line: Option<String>,
    /// When it was heard.
    cut_at: Moment,
    /// What a person typed last.
    typed: Option<typed::Typed>,
}

/// The operation under way.
#[derive(Debug)]
struct Running {
    scripts: VecDeque<Box<dyn Script>>,
    asking: Option<Asking>,
    identifying: bool,
}

/// What was read stands in it as it came, secrets too: so it prints only who talks.
impl fmt::Debug for Dialogue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Dialogue")
            .field("profile", &self.talk.profile.id)
            .field("unit", &self.identity().map(|identity| &identity.id))
            .field("busy", &self.is_busy())
            .finish_non_exhaustive()
    }
}

impl Dialogue {
    /// A dialogue on a connection that was opened just now.
    #[must_use]
    pub fn new(profile: Arc<Profile>, knowledge: Knowledge, now: Moment) -> Self {
        let mut talk = Talk::new(profile, knowledge, now);
        let opened = format!("opened for {}", talk.profile.id);
        talk.line.note(now, &opened);
        Self {
            talk,
            running: None,
            lines_told: 0,
            cut_line: None,
            cut_at: Moment::default(),
            typed: None,
        }
    }

    /// Begins an operation. One runs at a time: beginning another abandons it, and its outcome is never told.
    pub fn begin(&mut self, operation: Operation, now: Moment) {
        if self.running.take().is_some() {
            self.talk.line.drain_due = true;
            self.talk.line.may_be_late = true;
        }
        self.lines_told = 0;
        self.cut_line = None;
        let restarting = operation == Operation::Restart;
        self.talk.line.restarting =
            restarting || (self.talk.line.restarting && operation == Operation::Identify);
        let (name, scripts) = self.scripts_of(operation);
        if restarting {
            // Where the port stays, the unit behind it still forgets that a session was open.
            self.talk.session_begun = false;
        }
        self.talk.line.transcript.add(now, EntryKind::Begun, name);
        self.running = Some(Running {
            identifying: name == "identify",
            scripts,
            asking: None,
        });
        self.advance(None, now);
    }

    /// Takes bytes that came from the unit.
    pub fn receive(&mut self, bytes: &[u8], now: Moment) {
        if !bytes.is_empty() {
            self.talk.line.last_heard = now;
            self.talk.line.silent = false;
        }
        let mut heard = Vec::new();
        for &byte in bytes {
            self.count(now);
            self.talk.line.framer.push(byte, &mut heard);
            for each in heard.drain(..) {
                self.hear(each, now);
            }
        }
    }

    /// Does what is due; call it at or after [`Dialogue::next_deadline`].
    pub fn timeout(&mut self, now: Moment) {
        if now >= self.cut_at.plus_ms(HALF_WAITS_MS)
            && let Some(line) = self.cut_line.take()
        {
            self.hear_text(&line, true, now);
        }
        if let Some(asking) = self
            .running
            .as_mut()
            .and_then(|running| running.asking.as_mut())
            && let Some(answer) = asking.timeout(&mut self.talk, now)
        {
            self.advance(Some(answer), now);
        }
    }

    /// When something is due without any byte.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        let asking = self.running.as_ref()?.asking.as_ref()?;
        let due = asking.deadline(&self.talk);
        let half = self.cut_line.as_ref();
        let half = half.map(|_| self.cut_at.plus_ms(HALF_WAITS_MS));
        Some(half.map_or(due, |half| half.min(due)))
    }

    /// The next bytes for the unit, one request at a time.
    pub fn take_outgoing(&mut self) -> Option<Vec<u8>> {
        self.talk.line.outgoing.pop_front()
    }

    /// What happened, in order. An operation is not over before its last bytes were taken for the unit.
    pub fn next_event(&mut self) -> Option<DialogueEvent> {
        let held_back = matches!(self.talk.events.front(), Some(DialogueEvent::Finished(_)))
            && !self.talk.line.outgoing.is_empty();
        if held_back {
            None
        } else {
            self.talk.events.pop_front()
        }
    }

    /// Who answered on this connection.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.talk.known.identity.as_ref()
    }

    /// The profile it speaks.
    #[must_use]
    pub fn profile(&self) -> &Arc<Profile> {
        &self.talk.profile
    }

    /// What the next connection with this unit should know: who it is, and the password that worked.
    #[must_use]
    pub fn knowledge(&self) -> Knowledge {
        let known = &self.talk.known;
        let spent = self.talk.keyword_sent
            && matches!(self.talk.profile.access, Access::ServiceCode { .. });
        let keyword = known.keyword.clone().filter(|_| !spent);
        let keywords = if spent {
            Arc::default()
        } else {
            Arc::clone(&known.keywords)
        };
        Knowledge {
            password: known.password.clone().or(keyword),
            keywords,
            expected: known.reference().cloned(),
            label: known.label_for_next(),
        }
    }

    /// What was said, without secrets.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.talk.line.transcript
    }

    /// Whether an operation is under way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Begins a round of looking for a unit on an unknown port. Other families' questions may stand in the unit's buffer.
    fn look(&mut self, looking: Looking, since: Moment) {
        self.talk.looked_for_since = Some(since);
        self.talk.line.wake_due = true;
        self.talk.looking = Some(looking);
    }

    /// Waits longer for the answer to what was asked last.
    fn wait_longer(&mut self, longest_ms: u64) {
        if let Some(asking) = self
            .running
            .as_mut()
            .and_then(|running| running.asking.as_mut())
        {
            asking.wait_longer(longest_ms, &self.talk);
        }
    }

    /// Whether it only waits for answers to what it asked in this round.
    fn round_is_over(&self) -> bool {
        let Some(asking) = self
            .running
            .as_ref()
            .and_then(|running| running.asking.as_ref())
        else {
            return true;
        };
        let used_up = self
            .talk
            .looking
            .is_some_and(|looking| looking.questions_left == 0);
        used_up && asking.has_asked()
    }

    /// What another family asked on the same port: a line that repeats it is an echo here, too.
    fn also_sent(&mut self, bytes: &[u8], now: Moment) {
        self.talk.line.others_sent = Some(now);
        let text = String::from_utf8_lossy(bytes).trim().to_owned();
        if !text.is_empty() {
            self.talk.line.remember(&Secret::new(text));
        }
    }

    /// A secret that must not show up in this dialogue's transcript either.
    fn hide(&mut self, secret: &Secret) {
        self.talk.line.redactor.learn(secret);
    }

    /// Feeds an answer to the running script and begins what it asks for, until something has to be waited for.
    fn advance(&mut self, mut answer: Option<Answer>, now: Moment) {
        while let Some(running) = &mut self.running {
            running.asking = None;
            let step = match running.scripts.front_mut() {
                Some(script) => script.next(answer.take(), &mut self.talk, now),
                None => Step::Done(OperationOutcome::Done),
            };
            match step {
                Step::Ask(question) => {
                    let (asking, at_once) = Asking::begin(*question, &mut self.talk, now);
                    running.asking = Some(asking);
                    if at_once.is_none() {
                        return;
                    }
                    answer = at_once;
                }
                Step::Done(outcome) => {
                    running.scripts.pop_front();
                    if running.scripts.is_empty() || matches!(outcome, OperationOutcome::Failed(_))
                    {
                        self.finish(outcome, now);
                    }
                }
            }
        }
    }

    fn finish(&mut self, outcome: OperationOutcome, now: Moment) {
        if let OperationOutcome::Failed(fault) = &outcome {
            // After trouble the line may still carry the rest of an answer.
            self.talk.line.drain_due = true;
            self.talk.line.wake_due = true;
            self.talk.line.may_be_late = true;
            let note = format!("failed: {}", fault.code());
            self.talk.line.note(now, &note);
        }
        self.running = None;
        self.talk.events.push_back(DialogueEvent::Finished(outcome));
    }

    fn count(&mut self, now: Moment) {
        if let Some(asking) = self
            .running
            .as_mut()
            .and_then(|running| running.asking.as_mut())
            && let Some(answer) = asking.count(1)
        {
            self.advance(Some(answer), now);
        }
    }

    fn hear(&mut self, heard: Heard, now: Moment) {
        match heard {
            Heard::Frame(frame) => self.hear_frame(&frame, now),
            Heard::Stray(text) => self.hear_text(&text, false, now),
            Heard::Overlong => {
                self.talk
                    .line
                    .note(now, "a line longer than 4 KiB was dropped");
                if let Some(asking) = self
                    .running
                    .as_mut()
                    .and_then(|running| running.asking.as_mut())
                {
                    asking.overlong();
                }
            }
            Heard::Sign {
                means,
                only_identifying,
            } => self.hear_sign(means, only_identifying, now),
        }
    }

    fn says_started(&self, text: &str) -> bool {
        let signs = &self.talk.profile.unsolicited.sign;
        let mut patterns = signs
            .iter()
            .filter(|sign| sign.means == SignMeaning::Started)
            .filter_map(|sign| sign.pattern.as_ref());
        patterns.any(|pattern| pattern.parse(text).is_some())
    }

    /// What was asked before the unit started is lost.
    fn started(&mut self, now: Moment) {
        self.talk.line.note(now, "the unit has just started");
        self.talk.session_begun = false;
        self.talk.events.push_back(DialogueEvent::Starting);
        if let Some(asking) = self
            .running
            .as_mut()
            .and_then(|running| running.asking.as_mut())
        {
            asking.unit_started(&mut self.talk, now);
        }
    }

    fn hear_sign(&mut self, means: SignMeaning, only_identifying: bool, now: Moment) {
        if !self.talk.answered {
            self.talk.sign_heard.get_or_insert(means);
        }
        let Some(running) = &mut self.running else {
            return;
        };
        if only_identifying && !running.identifying {
            return;
        }
        if let Some(asking) = &mut running.asking
            && let Some(answer) = asking.sign(means, false, &mut self.talk, now)
        {
            self.advance(Some(answer), now);
        }
    }

    fn hear_frame(&mut self, frame: &str, now: Moment) {
        let running = self.running.as_ref();
        let identifying = running.is_some_and(|running| running.identifying);
        let asking = running.and_then(|running| running.asking.as_ref());
        let lines = mended(frame, &mut self.cut_line, asking, &self.talk, identifying);
        let lines: Vec<String> = lines
            .into_iter()
            .flat_map(|line| taken_apart(line, asking))
            .collect();
        if self.cut_line.is_some() {
            self.cut_at = now;
        }
        for line in lines {
            self.hear_text(&line, true, now);
        }
    }

    fn hear_text(&mut self, text: &str, is_frame: bool, now: Moment) {
        if self.says_started(text) {
            self.started(now);
        }
        let running = self.running.as_ref();
        let identifying = running.is_some_and(|running| running.identifying);
        let asking = running.and_then(|running| running.asking.as_ref());
        let meaning = match asking {
            Some(asking) => meaning_of(text, asking, &self.talk, identifying),
            None if is_echo(text, &self.talk) => Meaning::Echo,
            None => Meaning::Nothing,
        };
        let is_piece = !is_frame && is_piece_of_requests(text, &self.talk);
        let meaning = if meaning == Meaning::Nothing && is_piece {
            Meaning::Echo
        } else {
            meaning
        };
        self.record(text, &meaning, now);
        if let Meaning::Sign(means) = meaning
            && !self.talk.answered
        {
            self.talk.sign_heard.get_or_insert(means);
        }
        // A 'no' that names its family tells as much as a report.
        let of_lock =
            matches!(meaning, Meaning::Nothing | Meaning::Refusal) && self.overhear(text, is_frame);
        if self.talk.first_heard.is_none() && meaning != Meaning::Echo {
            self.talk.first_heard = Some(text.to_owned());
        }
        let Some(asking) = self
            .running
            .as_mut()
            .and_then(|running| running.asking.as_mut())
        else {
            return;
        };
        // While it is not known who is there, a 'no' may be another family's word for 'I do not understand'. Where another question can
        // name the unit too, that one is asked at once.
        // So is an answer that ends without a number.
        let names_nothing = match &meaning {
            Meaning::Refusal => true,
            Meaning::Reply { index, captures } => {
                captures.is_empty() && *index != asking.replies.awaited()
            }
            _ => false,
        };
        let answer = if of_lock
            && asking.is_who(&self.talk)
            && let Some(looking) = &mut self.talk.looking
        {
            // What it says of its lock came too late: it is asked for that again at once, and at leisure.
            looking.longest_wait_ms = LONG_WAIT_MS;
            looking.questions_left = looking.questions_left.max(1);
            Some(Answer::Silent)
        } else if names_nothing && self.talk.looking.is_some() {
            let is_late = self.talk.looking.as_mut().is_some_and(Looking::is_late_no);
            (asking.question.is_optional && !is_late).then_some(Answer::Silent)
        } else if meaning == Meaning::Refusal {
            Some(asking.refused(text, &mut self.talk, now))
        } else {
            asking.apply(meaning, &mut self.talk, now)
        };
        let lines = asking.replies.lines();
        if lines / LINES_PER_EVENT > self.lines_told / LINES_PER_EVENT {
            self.lines_told = lines;
            let progress = DialogueProgress::Lines { read: lines };
            self.talk
                .events
                .push_back(DialogueEvent::Progress(progress));
        }
        if answer.is_some() {
            self.advance(answer, now);
        }
    }

    /// Keeps what was heard, without secrets.
    fn record(&mut self, text: &str, meaning: &Meaning, now: Moment) {
        let sent = self
            .running
            .as_ref()
            .and_then(|running| running.asking.as_ref())
            .and_then(|asking| {
                let is_it = |sent: &&exchange::Sent| sent.text.reveal().trim() == text.trim();
                asking
                    .sent
                    .iter()
                    .rev()
                    .find(is_it)
                    .map(|sent| sent.shown.clone())
            });
        let typed = self.typed.as_ref().and_then(|typed| typed.echo(text));
        let (kind, shown) = match (meaning, sent, typed) {
            (Meaning::Echo, Some(shown), _)
            | (Meaning::Nothing | Meaning::Echo, _, Some(shown)) => (EntryKind::Echo, shown),
            _ => {
                let kind = if meaning.is_answer() {
                    EntryKind::Frame
                } else {
                    EntryKind::Unsolicited
                };
                let profile = Arc::clone(&self.talk.profile);
                let variant = self.talk.known.identity.as_ref();
                let variant = variant.and_then(|identity| profile.variant(&identity.variant));
                (kind, self.talk.line.redactor.frame(&profile, variant, text))
            }
        };
        self.talk.line.transcript.add(now, kind, shown);
    }
}
