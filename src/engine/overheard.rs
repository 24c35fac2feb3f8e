//! The talk with the unit of a lane, as on a terminal: what is said both ways, without secrets, and what a person types once typing was
//! switched on. While a job works nobody types; after anybody did, nothing that was proved counts any more.

use super::aside::TYPED_BY_HAND;
use super::event::Event;
use super::lane::{LaneTask, UnitHere};
use super::run::Report;
use super::state::LaneState;
use fleet::job::Input;
use fleet::printable::escaped;
use fleet::transcript::{Entry, EntryKind, Transcript};
use fleet::unit::{Unit, UnitEvent, UnitEventKind};
use fleet::{Fault, Secret, UnitId};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;

/// Most lines that stay on the screen.
const MOST_LINES: usize = 1000;
/// Most bytes of them.
const MOST_BYTES: usize = 256 * 1024;
/// How long a unit that was typed to may take until it answers again.
const LONGEST_BACK_MS: u64 = 20_000;
/// What stands beside a unit that somebody typed to.
const NOT_PROVED_NOW: &str =
    "Commands were typed to it by hand: what it holds has not been read since.";

/// One line of the talk with a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TalkLine {
    /// Milliseconds since the connection was opened.
    pub at_ms: u64,
    /// Who said it.
    pub kind: EntryKind,
    /// The text, printable, without secrets.
    pub text: String,
}

/// The talk as far as it is shown: its last lines, bounded in number and in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Talk {
    lines: VecDeque<Arc<TalkLine>>,
    bytes: usize,
    earlier: u64,
    changes: u64,
    /// A person may type to the unit now.
    pub typing: bool,
}

/// What a person wants of the talk.
#[derive(Debug, Clone)]
pub enum TalkWish {
    /// Typing is switched on or off.
    Typing(bool),
    /// Sends this, as it stands.
    Say(Secret),
}

/// What is new in the talk.
pub(super) struct TalkNews {
    /// They are all lines of the connection, after so many that are not kept.
    anew: Option<u64>,
    lines: Vec<TalkLine>,
}

impl From<&Entry> for TalkLine {
    fn from(entry: &Entry) -> Self {
        Self {
            at_ms: entry.at.0,
            kind: entry.kind,
            text: visible(&entry.text),
        }
    }
}

/// Every character as a terminal's font has it: other alphabets as escapes, secrets' dots as dots.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in escaped(text).chars() {
        match character {
            ' '..='~' | '•' | '…' => shown.push(character),
            other => shown.extend(other.escape_unicode()),
        }
    }
    shown
}

impl TalkNews {
    /// All that is kept of a connection's talk.
    pub fn whole(transcript: &Transcript) -> Self {
        Self {
            anew: Some(transcript.left_out()),
            lines: transcript.entries().map(TalkLine::from).collect(),
        }
    }

    /// What came since.
    pub fn more(entries: &[Entry]) -> Self {
        Self {
            anew: None,
            lines: entries.iter().map(TalkLine::from).collect(),
        }
    }
}

impl Talk {
    /// The lines that are kept, oldest first.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &TalkLine> {
        self.lines.iter().map(AsRef::as_ref)
    }

    /// The line at this place.
    #[must_use]
    pub fn line(&self, place: usize) -> Option<&TalkLine> {
        self.lines.get(place).map(AsRef::as_ref)
    }

    /// How many lines came before those that are kept.
    #[must_use]
    pub fn earlier(&self) -> u64 {
        self.earlier
    }

    /// How often it changed: as long as that stays, the lines are the same.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Adds lines at the end and lets the oldest go.
    pub fn add(&mut self, lines: impl IntoIterator<Item = TalkLine>) {
        self.changes += 1;
        for line in lines {
            self.bytes += line.text.len();
            self.lines.push_back(Arc::new(line));
            while self.lines.len() > MOST_LINES || (self.bytes > MOST_BYTES && self.lines.len() > 1)
            {
                let Some(gone) = self.lines.pop_front() else {
                    break;
                };
                self.bytes -= gone.text.len();
                self.earlier += 1;
            }
        }
    }

    fn take(&mut self, news: TalkNews) {
        if let Some(earlier) = news.anew {
            self.lines.clear();
            self.bytes = 0;
            self.earlier = earlier;
        }
        self.add(news.lines);
    }
}

impl LaneTask {
    /// News of the talk on a connection of this lane.
    pub(super) fn talk(&mut self, connection: u64, news: TalkNews) {
        let here = self.here.as_ref();
        let is_ours = here.map_or(news.anew.is_some(), |here| here.connection == connection);
        if is_ours {
            self.view.talk.take(news);
            self.context
                .tell(Event::LaneChanged(Box::new(self.view.clone())));
        }
    }

    /// What a person wants of the talk while nothing is done with the unit.
    pub(super) async fn talk_wish(&mut self, wish: TalkWish) {
        match wish {
            TalkWish::Typing(true) if self.here.is_none() => {
                let words = "No known unit answers there: nothing is typed to what is not known";
                self.context.toast(words, true);
            }
            TalkWish::Typing(true) => {
                self.view.talk.typing = true;
                self.show();
            }
            TalkWish::Typing(false) => self.end_typing().await,
            TalkWish::Say(text) => self.say(text).await,
        }
    }

    /// What a person wants of the talk while the unit is at work.
    pub(super) fn refuse_typing(&self, wish: &TalkWish) {
        if !matches!(wish, TalkWish::Typing(false)) {
            let words = format!(
                "{} is at work: nothing was typed to its unit. Wait for the end, or stop it safely",
                self.place()
            );
            self.context.toast(words, true);
        }
    }

    /// Whether the unit is kept from work because somebody types to it; says so when asked to.
    pub(super) fn is_typed_to(&self, say: bool) -> bool {
        let typing = self.view.talk.typing;
        if typing && say {
            let words = format!(
                "Typing is switched on for {}: switch it off before the unit is worked on",
                self.place()
            );
            self.context.toast(words, true);
        }
        typing
    }

    fn place(&self) -> String {
        self.context.place(self.view.slot, &self.view.port)
    }

    async fn say(&mut self, text: Secret) {
        if !self.view.talk.typing {
            let words = "Typing is switched off: nothing was sent";
            return self.context.toast(words, true);
        }
        let Some(unit) = self.here.as_ref().map(|here| here.identity.id.clone()) else {
            return;
        };
        if !self.typed {
            // Kept before the first word leaves: afterwards nothing on this unit counts as proved.
            if let Err(error) = self.keep_typing(&unit).await {
                let words = format!("Nothing was sent, because it cannot be kept: {error}");
                return self.context.toast(words, true);
            }
            self.typed = true;
            self.view.changes.clear();
            self.view.already_right.clear();
            self.view.advice = None;
            self.view.question = None;
            self.view.seconds = None;
            if let Some(unit) = &mut self.view.unit {
                unit.greeting = TYPED_BY_HAND.to_owned();
                unit.warnings.push(NOT_PROVED_NOW.to_owned());
            }
            self.set_state(LaneState::Ready);
        }
        let Some(here) = &mut self.here else {
            return;
        };
        here.wrote = true;
        if !here.session.say(text).await {
            let words = format!("{}: the line did not leave for the unit", self.place());
            self.context.toast(words, true);
        }
    }

    async fn keep_typing(&self, unit: &UnitId) -> Result<(), crate::inventory::InventoryError> {
        let entry = UnitEvent {
            at: Timestamp::now(),
            kind: UnitEventKind::Changed,
            title: TYPED_BY_HAND.to_owned(),
            detail: "unchecked commands left for it. What it holds was not read since".to_owned(),
            by: self.context.actor(),
        };
        let mut row = Unit::new(unit.clone(), entry.at);
        row.model = self.view.unit.as_ref().map(|unit| unit.model.clone());
        self.context.inventory.typed_to(row, entry).await
    }

    /// What was typed may have ended a session or restarted the unit: it is recognised anew before anything else is done with it.
    async fn end_typing(&mut self) {
        if !std::mem::take(&mut self.view.talk.typing) {
            return;
        }
        if !self.typed {
            return self.show();
        }
        let Some(here) = self.here.take() else {
            return self.show();
        };
        let UnitHere {
            session,
            identity,
            connection,
            ..
        } = *here;
        self.looking();
        // The port must be given back before it is looked at again.
        let _ = tokio::task::spawn_blocking(move || session.close()).await;
        let _ = self.context.reports.send(Report::GivenBack(connection));
        let back = self.await_cable(&identity, LONGEST_BACK_MS).await;
        match (self.here.take(), back) {
            (Some(here), _) => self.welcome(here).await,
            (None, Input::UnitSilent) => self.nobody_known(&Fault::Silent),
            (None, _) => self.set_state(LaneState::Empty),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet::Moment;

    fn line(text: &str) -> TalkLine {
        TalkLine {
            at_ms: 0,
            kind: EntryKind::Unsolicited,
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_end_stays_and_the_rest_is_counted() {
        let mut talk = Talk::default();
        talk.add((0..1500).map(|number| line(&number.to_string())));
        assert_eq!((talk.lines().len(), talk.earlier()), (MOST_LINES, 500));
        assert_eq!(talk.line(0).unwrap().text, "500");
        assert_eq!(talk.line(999).unwrap().text, "1499");
        // A unit that says much at once takes no more room.
        talk.add((0..600).map(|_| line(&"x".repeat(4096))));
        assert!(talk.bytes <= MOST_BYTES, "{}", talk.bytes);
        assert_eq!(
            talk.bytes,
            talk.lines().map(|line| line.text.len()).sum::<usize>()
        );
        assert_eq!(talk.earlier() + talk.lines().len() as u64, 2100);
    }

    #[test]
    fn everything_unprintable_is_visible_and_what_was_not_said_is_told_from_what_was() {
        let entry = |kind, text: &str| Entry {
            at: Moment(7),
            kind,
            text: text.to_owned(),
        };
        let shown = TalkLine::from(&entry(EntryKind::Unsolicited, "a\u{1b}[2J\u{202e}\r\n\0"));
        assert_eq!(shown.text, r"a\u{1b}[2J\u{202e}\u{d}\u{a}\u{0}");
        assert!(fleet::printable::is_printable(&shown.text));
        let other = TalkLine::from(&entry(EntryKind::Frame, "東 ••••••"));
        assert_eq!(other.text, r"\u{6771} ••••••");
        let note = TalkLine::from(&entry(EntryKind::Note, "failed: T-101"));
        assert_eq!((note.kind, note.at_ms), (EntryKind::Note, 7));
    }
}
