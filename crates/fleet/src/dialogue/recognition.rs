//! Finds out which of several families answers on an unknown port.
//!
//! Only the families' identify exchanges are ever sent. Every family hears everything; one of them asks at a time, in two rounds:
//! a short one, so that a unit that answers at once is known within two seconds, and a longer one. A late answer still counts.

use super::access::has_keyword;
use super::identify::{stranger, unanswered_by_all};
use super::talk::Looking;
use super::{Dialogue, DialogueEvent, Knowledge};
use crate::fault::Fault;
use crate::job::{Operation, OperationOutcome};
use crate::moment::Moment;
use crate::profile::{Access, Pattern, Profile, SignMeaning};
use crate::reading::Identity;
use crate::secret::Secret;
use crate::transcript::Transcript;
use std::collections::VecDeque;
use std::sync::Arc;

/// Longest wait for a first reply in the first round, milliseconds. A late answer still counts, so it may be short.
const SHORT_WAIT_MS: u64 = 500;
/// The shortest one, however many families there are.
const SHORTEST_WAIT_MS: u64 = 120;
/// What the first round may take where many families are asked, milliseconds.
const FIRST_ROUND_MS: u64 = 1400;
/// In the second round, and for a family that was heard: slow units answer after nearly two seconds.
pub(super) const LONG_WAIT_MS: u64 = 2000;
/// What the second round may take where many families are asked, milliseconds.
const SECOND_ROUND_MS: u64 = 6500;
/// Rounds.
const ROUNDS: u32 = 2;
/// Time limit for finding out who answers, milliseconds. A unit that has answered may finish its identification.
const LONGEST_MS: u64 = 10_000;

/// What came of it.
#[derive(Debug)]
pub enum RecognitionEvent {
    /// A known unit answered; the dialogue with it goes on.
    Recognised(Box<Dialogue>, Box<Identity>),
    /// No unit that can be worked with.
    Failed(Fault),
}

#[derive(Debug)]
struct Candidate {
    dialogue: Dialogue,
    begun: bool,
    /// Why it is not this family.
    fault: Option<Fault>,
    /// Named by an unasked frame, so that it was asked at once.
    preferred: bool,
}

/// Looks for a known unit on one port.
#[derive(Debug)]
pub struct Recognition {
    candidates: Vec<Candidate>,
    active: usize,
    round: u32,
    /// How many there are.
    rounds: u32,
    /// Somebody answered: only this one goes on.
    winner: Option<usize>,
    began_at: Moment,
    events: VecDeque<RecognitionEvent>,
    over: bool,
    asked: Asked,
    /// The moment of the last call that told it.
    now: Moment,
}

/// Lines that were asked and not answered yet: as many refusals may still come, and none of them answers a later question.
#[derive(Debug, Default)]
struct Asked {
    /// When each of them left, oldest first.
    open: VecDeque<Moment>,
    /// Whether half a line left: what a family that ends its requests otherwise said, until another one ends the line.
    half: bool,
    line: Vec<u8>,
    /// How any of the families says no.
    noes: Vec<Pattern>,
}

/// More questions than all families ask.
const MOST_OPEN: usize = 256;
/// A refusal is no longer than this.
const LONGEST_NO: usize = 64;
/// Nobody says no later than this, milliseconds.
const LATEST_NO_MS: u64 = 1200;

impl Asked {
    fn among(candidates: &[Candidate]) -> Self {
        let mut noes: Vec<Pattern> = Vec::new();
        for candidate in candidates {
            let profile = candidate.dialogue.profile();
            let questions = profile.identify.ask.iter();
            let exchanges = questions.filter_map(|name| profile.exchange.get(name));
            for no in exchanges.flat_map(|exchange| &exchange.refusals) {
                if !noes.iter().any(|each| each.text() == no.text()) {
                    noes.push(no.clone());
                }
            }
        }
        Self {
            noes,
            ..Self::default()
        }
    }

    fn sent(&mut self, bytes: &[u8], now: Moment) {
        for byte in bytes {
            let ends = matches!(byte, b'\r' | b'\n');
            if ends && std::mem::take(&mut self.half) && self.open.len() < MOST_OPEN {
                self.open.push_back(now);
            }
            self.half |= !ends;
        }
    }

    /// Takes a byte that was heard; a line that is a refusal answers the oldest question.
    fn heard(&mut self, byte: u8) {
        if !matches!(byte, b'\r' | b'\n') {
            if self.line.len() <= LONGEST_NO {
                self.line.push(byte);
            }
            return;
        }
        let line = std::mem::take(&mut self.line);
        let text = std::str::from_utf8(&line).unwrap_or_default();
        if self.noes.iter().any(|no| no.parse(text).is_some()) {
            self.open.pop_front();
        }
    }

    /// How many may still be answered.
    fn open(&mut self, now: Moment) -> usize {
        let is_old = |sent: &Moment| now >= sent.plus_ms(LATEST_NO_MS);
        while self.open.front().is_some_and(is_old) {
            self.open.pop_front();
        }
        self.open.len()
    }
}

impl Recognition {
    /// Begins to look. `families` stand in the order in which they are asked, a likely one first; families whose first question
    /// would carry a secret of a person are asked last, because a stranger would learn it.
    #[must_use]
    pub fn new(mut families: Vec<(Arc<Profile>, Knowledge)>, now: Moment) -> Self {
        families.sort_by_key(|(profile, knowledge)| {
            let in_request = matches!(profile.access, Access::PasswordInRequest { .. });
            in_request && knowledge.password.is_some()
        });
        let secrets: Vec<Secret> = families
            .iter()
            .filter_map(|(_, knowledge)| knowledge.password.clone())
            .collect();
        let candidates: Vec<Candidate> = families
            .into_iter()
            .map(|(profile, knowledge)| {
                let mut dialogue = Dialogue::new(profile, knowledge, now);
                secrets.iter().for_each(|secret| dialogue.hide(secret));
                Candidate {
                    dialogue,
                    begun: false,
                    fault: None,
                    preferred: false,
                }
            })
            .collect();
        let asked = Asked::among(&candidates);
        let mut recognition = Self {
            candidates,
            active: 0,
            round: 0,
            rounds: ROUNDS,
            winner: None,
            began_at: now,
            events: VecDeque::new(),
            over: false,
            asked,
            now,
        };
        recognition.activate(now);
        recognition
    }

    /// The same with the short round only: for a first look where families of other speeds wait for their turn.
    #[must_use]
    pub fn glance(families: Vec<(Arc<Profile>, Knowledge)>, now: Moment) -> Self {
        Self {
            rounds: 1,
            ..Self::new(families, now)
        }
    }

    /// Takes bytes that came from the port.
    pub fn receive(&mut self, bytes: &[u8], now: Moment) {
        self.now = now;
        if self.over {
            return;
        }
        for byte in bytes {
            for index in 0..self.candidates.len() {
                if self.winner.is_some_and(|winner| winner != index) {
                    continue;
                }
                if let Some(candidate) = self.candidates.get_mut(index) {
                    candidate.dialogue.receive(std::slice::from_ref(byte), now);
                }
            }
            self.asked.heard(*byte);
            self.look(now);
            if self.over {
                return;
            }
        }
    }

    /// Does what is due; call it at or after [`Recognition::next_deadline`].
    pub fn timeout(&mut self, now: Moment) {
        self.now = now;
        if self.over {
            return;
        }
        if self.winner.is_none() && now >= self.began_at.plus_ms(LONGEST_MS) {
            self.give_up();
            return;
        }
        let Some(candidate) = self.candidates.get_mut(self.active) else {
            return;
        };
        let due = candidate
            .dialogue
            .next_deadline()
            .is_some_and(|deadline| now >= deadline);
        if !due {
            return;
        }
        if self.winner.is_none() && candidate.dialogue.round_is_over() {
            if candidate.dialogue.talk.family_heard && !candidate.preferred {
                // It is there: its answer may still come, and a unit that was asleep has to be asked once more.
                candidate.preferred = true;
                if let Some(looking) = &mut candidate.dialogue.talk.looking {
                    looking.longest_wait_ms = LONG_WAIT_MS;
                    looking.questions_left = 1;
                }
                candidate.dialogue.wait_longer(LONG_WAIT_MS);
            } else {
                self.next_family(now);
            }
        } else {
            candidate.dialogue.timeout(now);
        }
        self.look(now);
    }

    /// When something is due without any byte.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        if self.over {
            return None;
        }
        let deadline = self.candidates.get(self.active)?.dialogue.next_deadline();
        let end = self.began_at.plus_ms(LONGEST_MS);
        match (self.winner, deadline) {
            (Some(_), deadline) => deadline,
            (None, Some(deadline)) => Some(deadline.min(end)),
            (None, None) => Some(end),
        }
    }

    /// The next bytes for the port.
    pub fn take_outgoing(&mut self) -> Option<Vec<u8>> {
        let dialogue = &mut self.candidates.get_mut(self.active)?.dialogue;
        let bytes = dialogue.take_outgoing()?;
        let noes_due = self.asked.open(self.now);
        if let Some(looking) = &mut dialogue.talk.looking {
            looking.noes_due = noes_due;
        }
        self.asked.sent(&bytes, self.now);
        if self.winner.is_none() {
            for candidate in &mut self.candidates {
                candidate.dialogue.also_sent(&bytes, self.now);
            }
        }
        Some(bytes)
    }

    /// What came of it; once.
    pub fn next_event(&mut self) -> Option<RecognitionEvent> {
        self.events.pop_front()
    }

    /// What was said with the family that came closest, for a report about a port where nothing was found.
    #[must_use]
    pub fn transcript(&self) -> Option<&Transcript> {
        let heard = |candidate: &&Candidate| candidate.dialogue.talk.first_heard.is_some();
        let best = self
            .candidates
            .iter()
            .find(heard)
            .or(self.candidates.first())?;
        Some(best.dialogue.transcript())
    }

    /// Looks at what the candidates have found out.
    fn look(&mut self, now: Moment) {
        if self.winner.is_none()
            && let Some(index) = self
                .candidates
                .iter()
                .position(|candidate| candidate.dialogue.talk.answered)
        {
            self.winner = Some(index);
            self.active = index;
        }
        let mut finished = None;
        for (index, candidate) in self.candidates.iter_mut().enumerate() {
            while let Some(event) = candidate.dialogue.next_event() {
                if let DialogueEvent::Finished(outcome) = event {
                    finished = Some((index, outcome));
                }
            }
        }
        match finished {
            Some((index, OperationOutcome::Identified(identity))) => {
                self.recognised(index, identity)
            }
            Some((index, outcome)) => self.failed(index, outcome, now),
            None if self.winner.is_none() => self.prefer(now),
            None => {}
        }
    }

    fn recognised(&mut self, index: usize, identity: Box<Identity>) {
        self.over = true;
        let candidate = self.candidates.swap_remove(index);
        self.candidates.clear();
        self.events.push_back(RecognitionEvent::Recognised(
            Box::new(candidate.dialogue),
            identity,
        ));
    }

    fn failed(&mut self, index: usize, outcome: OperationOutcome, now: Moment) {
        let fault = match outcome {
            OperationOutcome::Failed(fault) => fault,
            _ => Fault::Silent,
        };
        if self.winner == Some(index) {
            self.over = true;
            self.events.push_back(RecognitionEvent::Failed(fault));
            return;
        }
        if let Some(candidate) = self.candidates.get_mut(index) {
            candidate.fault = Some(fault);
        }
        if index == self.active {
            self.next_family(now);
        }
    }

    /// An unasked frame names a family that is not the one being asked: it is asked now.
    fn prefer(&mut self, now: Moment) {
        let named = |candidate: &Candidate| {
            candidate.dialogue.talk.family_heard
                && candidate.fault.is_none()
                && !candidate.preferred
        };
        let current = self.candidates.get(self.active);
        if current.is_some_and(|candidate| {
            candidate.dialogue.talk.family_heard && candidate.fault.is_none()
        }) {
            return;
        }
        if let Some(index) = self.candidates.iter().position(named) {
            if let Some(candidate) = self.candidates.get_mut(index) {
                candidate.preferred = true;
            }
            self.active = index;
            self.activate(now);
        }
    }

    /// The turn of the next family, in this round or the next one.
    fn next_family(&mut self, now: Moment) {
        let count = self.candidates.len();
        let waiting = |candidate: &Candidate| candidate.fault.is_none();
        let later =
            (self.active + 1..count).find(|&index| self.candidates.get(index).is_some_and(waiting));
        if let Some(index) = later {
            self.active = index;
            self.activate(now);
            return;
        }
        let named_fault = self
            .candidates
            .iter()
            .any(|candidate| matches!(candidate.fault, Some(Fault::BinaryMode)));
        let first = self.candidates.iter().position(waiting);
        self.round += 1;
        match first {
            Some(index) if !named_fault && self.round < self.rounds => {
                self.active = index;
                self.activate(now);
            }
            _ => self.give_up(),
        }
    }

    fn activate(&mut self, now: Moment) {
        let families = u64::try_from(self.candidates.len()).unwrap_or(1).max(1);
        let listens_only = |candidate: &Candidate| candidate.dialogue.talk.only_listens();
        let wait_ms =
            if self.round == 0 && self.candidates.get(self.active).is_some_and(listens_only) {
                0
            } else if self.round == 0 {
                (FIRST_ROUND_MS / families).clamp(SHORTEST_WAIT_MS, SHORT_WAIT_MS)
            } else {
                (SECOND_ROUND_MS / families).clamp(SHORT_WAIT_MS, LONG_WAIT_MS)
            };
        let others_asked = self.candidates.iter().any(|candidate| candidate.begun);
        let Some(candidate) = self.candidates.get_mut(self.active) else {
            self.give_up();
            return;
        };
        // A unit locked by a keyword may be silent to everything but the question whether it is locked.
        // One that wants to be called by a number that nobody gave answers its second question.
        let talk = &candidate.dialogue.talk;
        let wants_number = talk.known.lacks_label() && talk.profile.identify.ask.len() > 1;
        let has_second = self.round > 0 && (has_keyword(&talk.profile) || wants_number);
        let looking = Looking {
            longest_wait_ms: if candidate.preferred {
                LONG_WAIT_MS
            } else {
                wait_ms
            },
            // What was heard is there, and may only have slept through the first question.
            questions_left: if has_second || candidate.preferred {
                2
            } else {
                1
            },
            residue: others_asked && candidate.dialogue.profile().line.wake.is_empty(),
            noes_due: 0,
        };
        candidate.dialogue.look(looking, self.began_at);
        if candidate.begun {
            candidate.dialogue.timeout(now);
        } else {
            candidate.begun = true;
            candidate.dialogue.begin(Operation::Identify, now);
        }
        self.look(now);
    }

    /// Nobody answered: the best explanation.
    fn give_up(&mut self) {
        self.over = true;
        let best = self
            .candidates
            .iter()
            .map(|candidate| {
                let talk = &candidate.dialogue.talk;
                let only_logs = talk.family_heard && talk.profile.unsolicited.log_port;
                // That a family needs a label says nothing about a port where it was never heard.
                let label_only = candidate.fault == Some(Fault::LabelNeeded) && !talk.family_heard;
                let fault = candidate.fault.clone().filter(|_| !label_only);
                let fault = fault.unwrap_or_else(|| {
                    let in_request =
                        matches!(talk.profile.access, Access::PasswordInRequest { .. });
                    match talk.profile.identify.ask.first() {
                        _ if talk.family_heard && in_request => unanswered_by_all(talk),
                        _ if talk.family_named && talk.known.lacks_number() => Fault::LabelNeeded,
                        Some(exchange) if talk.family_named && !only_logs => Fault::NoAnswer {
                            exchange: exchange.clone(),
                        },
                        _ => stranger(talk),
                    }
                });
                match (&fault, talk.sign_heard) {
                    (Fault::NotAKnownUnit { .. }, None) if only_logs => Fault::LogPort,
                    (Fault::NotAKnownUnit { .. } | Fault::Silent, Some(SignMeaning::ModemPort)) => {
                        Fault::ModemPort
                    }
                    (
                        Fault::NotAKnownUnit { .. } | Fault::Silent,
                        Some(SignMeaning::BinaryMode),
                    ) => Fault::BinaryMode,
                    _ => fault,
                }
            })
            .min_by_key(rank)
            .unwrap_or(Fault::Silent);
        self.events.push_back(RecognitionEvent::Failed(best));
    }
}

/// The lower, the more it tells.
fn rank(fault: &Fault) -> u8 {
    match fault {
        Fault::Locked { .. } | Fault::CodeRefused { .. } | Fault::OtherUnit { .. } => 0,
        Fault::BinaryMode => 1,
        Fault::ModemPort | Fault::LogPort => 2,
        Fault::WrongPassword | Fault::UnknownModel { .. } => 3,
        // That a label is needed is said only where such a unit was heard.
        Fault::NoAnswer { .. }
        | Fault::ReplyIncomplete { .. }
        | Fault::TooMuch { .. }
        | Fault::LabelNeeded => 4,
        Fault::NotAKnownUnit { .. } => 5,
        Fault::Silent => 8,
        _ => 7,
    }
}
