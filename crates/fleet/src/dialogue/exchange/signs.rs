//! What a unit says of itself instead of an answer: a sign of a wrong interface or mode, that it is starting, that it has just started.

use super::super::DialogueEvent;
use super::super::answer::Answer;
use super::super::talk::Talk;
use super::{Asking, Phase};
use crate::moment::Moment;
use crate::profile::SignMeaning;

/// Pause before a unit that is still starting is asked again: it answers, so asking often costs nothing.
const STARTING_PAUSE_MS: u64 = 250;
/// How long a unit may be starting.
const STARTING_LONGEST_MS: u64 = 60_000;

impl Asking {
    /// Something was seen that names a fault. Seen in two tries, or in the last one, it is believed.
    ///
    /// `cuts` tells whether it stands in place of a reply, so that waiting on makes no sense.
    pub(in super::super) fn sign(
        &mut self,
        sign: SignMeaning,
        cuts: bool,
        talk: &mut Talk,
        now: Moment,
    ) -> Option<Answer> {
        if !matches!(self.phase, Phase::Await { .. }) {
            return None;
        }
        if sign == SignMeaning::Starting {
            return self.starting(talk, now);
        }
        let first_here = self.sign_seen.replace(sign) != Some(sign);
        let tries_seen = match self.signs.iter_mut().find(|(each, _)| *each == sign) {
            Some((_, tries)) => {
                *tries += u32::from(first_here);
                *tries
            }
            None => {
                self.signs.push((sign, 1));
                1
            }
        };
        if tries_seen > 1 {
            return Some(Answer::of_sign(sign));
        }
        if cuts { self.expire(talk, now) } else { None }
    }

    fn starting(&mut self, talk: &mut Talk, now: Moment) -> Option<Answer> {
        let since = *self.starting_since.get_or_insert(now);
        if self.question.one_shot || now.since_ms(since) > STARTING_LONGEST_MS {
            return Some(self.unanswered(talk));
        }
        talk.line.note(now, "the unit is still starting");
        talk.events.push_back(DialogueEvent::Starting);
        self.tries_left += 1;
        if let Some(looking) = &mut talk.looking {
            // It talks: asking it again is better than asking another family's questions meanwhile.
            looking.questions_left = looking.questions_left.max(1);
        }
        self.again(STARTING_PAUSE_MS, talk, now);
        None
    }

    /// The unit has just started and knows nothing of our question. A last try is not repeated: it may be what restarted the unit.
    pub(in super::super) fn unit_started(&mut self, talk: &mut Talk, now: Moment) {
        let waiting = matches!(self.phase, Phase::Await { .. }) && talk.looking.is_none();
        if waiting && self.tries_left > 0 && !self.question.one_shot {
            self.again(STARTING_PAUSE_MS, talk, now);
        }
    }
}
