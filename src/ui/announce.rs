//! One sentence at a time for a screen reader: what changed on the bench. At most one a second, several slots joined.

use crate::engine::{Lane, LaneState, Slot};
use std::collections::BTreeMap;

/// Between two sentences.
const PAUSE_S: f64 = 1.0;

/// What waits to be said.
#[derive(Debug, Default)]
pub struct Announcer {
    waiting: BTreeMap<Slot, (String, bool)>,
    sentence: String,
    urgent: bool,
    said_at_s: f64,
}

impl Announcer {
    /// Notes that a lane changed from `before` to `after`.
    pub fn lane_changed(&mut self, before: Option<&LaneState>, after: &Lane) {
        if before == Some(&after.state) {
            return;
        }
        let (word, urgent) = match after.state {
            LaneState::NeedsYou => ("needs you", true),
            LaneState::Stopped => ("stopped", true),
            LaneState::WaitingForUnit => ("waits for its unit", true),
            LaneState::Done | LaneState::DoneCarrierOwed => ("done", false),
            LaneState::AlreadySet => ("already set", false),
            LaneState::NotVerified => ("not verified", false),
            _ => return,
        };
        self.waiting.insert(after.slot, (word.to_owned(), urgent));
    }

    /// Notes something else that is worth a sentence.
    pub fn say(&mut self, sentence: &str, now_s: f64) {
        self.sentence = sentence.to_owned();
        self.urgent = false;
        self.said_at_s = now_s;
    }

    /// The sentence of this moment, and whether it may interrupt.
    pub fn sentence(&mut self, now_s: f64) -> (&str, bool) {
        if !self.waiting.is_empty() && now_s - self.said_at_s >= PAUSE_S {
            let urgent = self.waiting.values().any(|(_, urgent)| *urgent);
            self.sentence = join(&std::mem::take(&mut self.waiting));
            self.urgent = urgent;
            self.said_at_s = now_s;
        }
        (&self.sentence, self.urgent)
    }

    /// Whether something still waits to be said.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}

/// 'Slots 1 and 8 done. Slot 4 needs you'.
fn join(changes: &BTreeMap<Slot, (String, bool)>) -> String {
    let mut by_word: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (slot, (word, _)) in changes {
        by_word.entry(word).or_default().push(slot.to_string());
    }
    let sentences: Vec<String> = by_word
        .into_iter()
        .map(|(word, slots)| match slots.split_last() {
            Some((last, [])) => format!("Slot {last} {word}"),
            Some((last, rest)) => format!("Slots {} and {last} {word}", rest.join(", ")),
            None => String::new(),
        })
        .collect();
    sentences.join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(slot: u32, state: LaneState) -> Lane {
        Lane {
            state,
            ..Lane::empty(Slot(slot), "")
        }
    }

    #[test]
    fn slots_with_the_same_news_are_joined() {
        let mut announcer = Announcer::default();
        announcer.lane_changed(None, &lane(1, LaneState::Done));
        announcer.lane_changed(None, &lane(8, LaneState::Done));
        announcer.lane_changed(None, &lane(4, LaneState::NeedsYou));
        assert_eq!(
            announcer.sentence(10.0),
            ("Slots 1 and 8 done. Slot 4 needs you", true)
        );
    }

    #[test]
    fn at_most_one_sentence_a_second() {
        let mut announcer = Announcer::default();
        announcer.lane_changed(None, &lane(1, LaneState::Done));
        assert_eq!(announcer.sentence(10.0).0, "Slot 1 done");
        announcer.lane_changed(None, &lane(2, LaneState::Done));
        assert_eq!(announcer.sentence(10.5).0, "Slot 1 done");
        assert!(announcer.is_waiting());
        assert_eq!(announcer.sentence(11.1).0, "Slot 2 done");
    }

    #[test]
    fn the_same_state_again_is_no_news() {
        let mut announcer = Announcer::default();
        announcer.lane_changed(Some(&LaneState::Done), &lane(1, LaneState::Done));
        assert!(!announcer.is_waiting());
    }
}
