//! The record of one dialogue: both directions with their times, secrets as dots, bounded, readable and replayable.
//!
//! Secrets are removed before anything comes here ([`crate::dialogue`] does it); this module only keeps, prints and replays.

use crate::dialogue::{Dialogue, DialogueEvent, Knowledge};
use crate::job::Operation;
use crate::moment::Moment;
use crate::printable::escaped;
use crate::profile::{Framing, Profile, encode};
use crate::wording::counted;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// Entries kept from the beginning.
const KEEP_FIRST: usize = 400;
/// Entries kept from the end.
const KEEP_LAST: usize = 1600;
/// Bytes kept from the end, whatever the number of entries.
const KEEP_LAST_BYTES: usize = 512 * 1024;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The dialogue began to work on an operation.
    Begun,
    /// Sent to the unit.
    Sent,
    /// Received and understood as part of a reply.
    Frame,
    /// Received, but not what was asked for.
    Unsolicited,
    /// Our own request, repeated by the unit.
    Echo,
    /// What the dialogue noticed (a timeout, a refused reply).
    Note,
}

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// What it is.
    pub kind: EntryKind,
    /// The text, without secrets.
    pub text: String,
}

/// Why a file is no transcript.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the transcript: {problem}")]
pub struct TranscriptError {
    /// Line, from one.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// What was said on one connection: its beginning and its end, with the number of entries left out between them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transcript {
    first: Vec<Entry>,
    last: VecDeque<Entry>,
    last_bytes: usize,
    left_out: u64,
}

impl Transcript {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry; `text` must be free of secrets.
    pub(crate) fn add(&mut self, at: Moment, kind: EntryKind, text: impl Into<String>) {
        let text = text.into();
        if self.first.len() < KEEP_FIRST {
            self.first.push(Entry { at, kind, text });
            return;
        }
        self.last_bytes += text.len();
        self.last.push_back(Entry { at, kind, text });
        while self.last.len() > KEEP_LAST || self.last_bytes > KEEP_LAST_BYTES {
            let Some(gone) = self.last.pop_front() else {
                break;
            };
            self.last_bytes -= gone.text.len();
            self.left_out += 1;
        }
    }

    /// What is kept, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.first.iter().chain(&self.last)
    }

    /// How many entries there ever were, kept or not.
    #[must_use]
    pub fn total(&self) -> u64 {
        let kept = self.first.len() + self.last.len();
        self.left_out + u64::try_from(kept).unwrap_or(u64::MAX)
    }

    /// What came after the first `total` entries, as far as it is kept.
    pub fn since(&self, total: u64) -> impl Iterator<Item = &Entry> {
        let kept = self.first.len() + self.last.len();
        let newer = usize::try_from(self.total().saturating_sub(total)).unwrap_or(kept);
        self.entries().skip(kept.saturating_sub(newer))
    }

    /// How many entries were left out between the beginning and the end.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The moment of the first entry.
    #[must_use]
    pub fn began_at(&self) -> Moment {
        self.first.first().map_or(Moment(0), |entry| entry.at)
    }

    /// Lines for people: seconds since the beginning, direction, text.
    #[must_use]
    pub fn to_lines(&self) -> Vec<String> {
        let began = self.began_at();
        let line = |entry: &Entry| {
            let milliseconds = entry.at.since_ms(began);
            let mark = match entry.kind {
                EntryKind::Begun => "==",
                EntryKind::Sent => "->",
                EntryKind::Frame => "<-",
                EntryKind::Unsolicited => "<~",
                EntryKind::Echo => "<=",
                EntryKind::Note => "--",
            };
            let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
            format!("{seconds:>4}.{rest:03} {mark} {}", escaped(&entry.text))
        };
        let mut lines: Vec<String> = self.first.iter().map(line).collect();
        if self.left_out > 0 {
            lines.push(format!(
                "          -- {} left out",
                counted(self.left_out, "entry", "entries")
            ));
        }
        lines.extend(self.last.iter().map(line));
        lines
    }

    /// One JSON object a line, for files.
    #[must_use]
    pub fn to_json_lines(&self) -> String {
        let mut text = String::new();
        let mut push = |entry: &Entry| {
            if let Ok(line) = serde_json::to_string(entry) {
                text.push_str(&line);
                text.push('\n');
            }
        };
        self.first.iter().for_each(&mut push);
        if self.left_out > 0 {
            push(&Entry {
                at: self.last.front().map_or(Moment(0), |entry| entry.at),
                kind: EntryKind::Note,
                text: format!("{} left out", counted(self.left_out, "entry", "entries")),
            });
        }
        self.last.iter().for_each(&mut push);
        text
    }

    /// Reads what [`Transcript::to_json_lines`] wrote.
    ///
    /// # Errors
    /// The first line that is no entry.
    pub fn from_json_lines(text: &str) -> Result<Self, TranscriptError> {
        let mut transcript = Self::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let entry: Entry = serde_json::from_str(line).map_err(|error| TranscriptError {
                line: index + 1,
                problem: error.to_string(),
            })?;
            transcript.add(entry.at, entry.kind, entry.text);
        }
        Ok(transcript)
    }

    /// Feeds what was received to a new dialogue at the recorded times, and says what came of it.
    ///
    /// The `operations` begin where the record says that operations began. What depends on a secret that was removed
    /// (a value that reads as dots) reads as dots here too; everything else comes out as it did.
    #[must_use]
    pub fn replay(
        &self,
        profile: &Arc<Profile>,
        knowledge: Knowledge,
        operations: &[Operation],
    ) -> Vec<DialogueEvent> {
        let mut dialogue = Dialogue::new(Arc::clone(profile), knowledge, self.began_at());
        let mut operations = operations.iter();
        let mut events = Vec::new();
        let mut now = self.began_at();
        for entry in self.entries() {
            // What is due before this entry happened before it; a sent entry is itself the work of a deadline.
            let due = if entry.kind == EntryKind::Sent {
                entry.at
            } else {
                Moment(entry.at.0.saturating_sub(1))
            };
            while let Some(deadline) = dialogue.next_deadline()
                && deadline <= due
            {
                dialogue.timeout(deadline.max(now));
                take(&mut dialogue, &mut events);
            }
            now = now.max(entry.at);
            match entry.kind {
                EntryKind::Begun => {
                    if let Some(operation) = operations.next() {
                        dialogue.begin(operation.clone(), now);
                    }
                }
                EntryKind::Frame | EntryKind::Unsolicited | EntryKind::Echo => {
                    dialogue.receive(&as_received(profile, &entry.text), now);
                }
                EntryKind::Sent | EntryKind::Note => {}
            }
            take(&mut dialogue, &mut events);
        }
        while let Some(deadline) = dialogue.next_deadline() {
            dialogue.timeout(deadline);
            take(&mut dialogue, &mut events);
        }
        events
    }
}

fn take(dialogue: &mut Dialogue, events: &mut Vec<DialogueEvent>) {
    while dialogue.take_outgoing().is_some() {}
    while let Some(event) = dialogue.next_event() {
        events.push(event);
    }
}

/// The bytes that become this frame again.
fn as_received(profile: &Profile, text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    match &profile.line.framing {
        Framing::Counted { reply_start, .. } => {
            let (letter, _) = text.split_once(',').unwrap_or_default();
            if letter.len() == 1 {
                return encode(reply_start, text);
            }
            bytes.extend_from_slice(b"\r\n");
        }
        Framing::Terminator { end, .. } if text.ends_with(*end) => {}
        Framing::Terminator { end, .. } if *end == '\0' => bytes.push(0),
        Framing::Terminator { .. } | Framing::Line {} => bytes.extend_from_slice(b"\r\n"),
    }
    bytes
}
