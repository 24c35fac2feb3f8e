//! What silence means for a question: whether it may be repeated quickly, and what is said when the tries are used up.

use super::super::answer::Answer;
use super::super::meaning::is_result_code;
use super::super::talk::Talk;
use super::Asking;
use crate::fault::Fault;
use crate::moment::Moment;
use crate::profile::{Captures, Pattern, SignMeaning};

/// Pause between two questions to a unit that restarts: it is to be met soon after it is back.
pub(super) const REMINDER_MS: u64 = 250;
/// How often it is asked so before the answer has its whole time again.
pub(super) const MOST_REMINDERS: u32 = 24;

/// A unit is not taken for slower than that, milliseconds.
const SLOWEST_MS: u64 = 1500;

impl Asking {
    /// Remembers how long the unit takes for an answer.
    pub(super) fn measure(&self, reply: usize, talk: &mut Talk, now: Moment) {
        if let Some(sent) = talk.line.last_sent.filter(|_| reply == 0) {
            let took = now.since_ms(sent).min(SLOWEST_MS);
            talk.line.slowest_ms = talk.line.slowest_ms.max(took);
        }
    }

    /// Questions that most units do not know are waited for shortly, but as long as this unit takes for others.
    pub(super) fn at_its_pace(&self, wait_ms: u64, talk: &Talk) -> u64 {
        let slowest = talk.line.slowest_ms;
        if self.question.is_optional && talk.looking.is_none() && self.replies.awaited() == 0 {
            wait_ms.max(slowest + slowest / 2)
        } else {
            wait_ms
        }
    }

    pub(in super::super) fn is_who(&self, talk: &Talk) -> bool {
        talk.profile.identify.ask.contains(&self.question.name)
    }

    /// Who the unit is may be asked as often as one likes where an answer tells by its serial number that it is one: a late answer
    /// to any of the questions counts.
    pub(super) fn may_be_repeated(&self, talk: &Talk) -> bool {
        self.is_who(talk)
            && talk.looking.is_none()
            && self.question.request.has("serial")
            && !self.question.one_shot
            && !self.passwords.are_tried()
    }

    /// A number that stands for 'no' was taken for a value until the word that ends an answer stayed away.
    pub(super) fn said_no_in_a_number(&self) -> Option<String> {
        let noes = self.question.refusals.iter().map(Pattern::text);
        let mut noes = noes.filter(|word| is_result_code(word));
        let said = noes.find(|word| self.replies.said_only(word));
        said.map(ToOwned::to_owned)
    }

    /// The word that ends the answer stayed away. A unit that leaves it out by its own setting leaves out those that say no as well.
    pub(super) fn without_its_end(&mut self, talk: &mut Talk, now: Moment) -> Option<Answer> {
        if !talk.line.leaves_out_ends
            && let Some(word) = self.said_no_in_a_number()
        {
            return Some(self.refused(&word, talk, now));
        }
        self.replies.left_out().then(|| {
            talk.line.leaves_out_ends = true;
            self.replied(talk, now)
        })
    }

    /// What an answer that never came, or came in part, means.
    pub(super) fn unanswered(&mut self, talk: &Talk) -> Answer {
        // From a unit that was understood a single sign is a damaged frame.
        let believed = |(_, tries): &&(SignMeaning, u32)| *tries > 1 || !talk.answered;
        if let Some(&(sign, _)) = self.signs.iter().find(believed) {
            return Answer::of_sign(sign);
        }
        if self.other.take().is_some() {
            return Answer::Incomplete {
                detail: "a reply names another unit than the others".to_owned(),
                captures: Captures::new(),
            };
        }
        if self.overlong {
            return Answer::Fault(Fault::TooMuch {
                detail: "a line longer than 4 KiB came".to_owned(),
            });
        }
        match self.replies.missing() {
            Some(detail) => Answer::Incomplete {
                detail,
                captures: self.replies.take_captures(),
            },
            None => Answer::Silent,
        }
    }
}
