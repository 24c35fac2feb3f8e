//! What a unit says while nothing is asked of it, for the lane on which it stands: read as on a terminal, without secrets, and nothing is sent.

use super::event::Event;
use super::lane::LaneTask;
use super::state::TalkLine;
use fleet::transcript::{Entry, EntryKind};

/// Most lines of the talk that stay on the screen while a unit talks by itself.
const MOST_TALK: usize = 1000;

impl From<&Entry> for TalkLine {
    fn from(entry: &Entry) -> Self {
        Self {
            at_ms: entry.at.0,
            sent: entry.kind == EntryKind::Sent,
            unsolicited: entry.kind == EntryKind::Unsolicited,
            text: entry.text.clone(),
        }
    }
}

impl LaneTask {
    /// More of the talk with the unit in hand.
    pub(super) fn overheard(&mut self, connection: u64, lines: Vec<TalkLine>) {
        let here = self.here.as_ref();
        if here.is_none_or(|here| here.connection != connection) {
            return;
        }
        let talk = &mut self.view.talk;
        talk.extend(lines);
        talk.drain(..talk.len().saturating_sub(MOST_TALK));
        self.context
            .tell(Event::LaneChanged(Box::new(self.view.clone())));
    }
}
