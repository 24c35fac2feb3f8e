//! Which of the texts that a unit sent is its answer to one of ours.

use super::{Stop, Talk};
use carrier::MessageTarget;
use fleet::profile::Place;
use fleet::sms::{Held, SmsAnswer, SmsMessage, Understood};
use fleet::unit::UnitEventKind;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How far the carrier's clock may be behind this computer's.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(60);

/// What a unit answered to one round of questions.
#[derive(Default)]
pub(super) struct Answers {
    pub held: Held,
    /// The texts, as they are shown, each with the places that it was asked for.
    pub shown: Vec<(String, Vec<Place>)>,
}

impl Answers {
    /// Whether one of them that shows a wrong place is word for word one of those.
    pub fn repeats(&self, earlier: &Self, wrong: &BTreeSet<Place>) -> bool {
        self.shown.iter().any(|(text, places)| {
            let was_there = earlier.shown.iter().any(|(shown, _)| shown == text);
            was_there && places.iter().any(|place| wrong.contains(place))
        })
    }
}

impl Talk<'_> {
    /// What the unit sent before this text leaves: an answer that came twice or late says nothing of what was written since.
    pub(super) async fn there_before(&self, reference: Uuid) -> Result<BTreeSet<String>, Stop> {
        if self.context.inventory.message(reference).await?.is_some() {
            return Ok(BTreeSet::new());
        }
        let since = Timestamp::now() - CLOCKS_APART - CLOCKS_APART;
        let there = self.messenger.answers(&self.target(), since).await;
        let there = there.inspect_err(|failure| {
            tracing::info!(%failure, "the carrier did not say what the unit answered before");
        });
        Ok(there
            .into_iter()
            .flatten()
            .map(|reply| reply.handle)
            .collect())
    }

    fn target(&self) -> MessageTarget {
        MessageTarget {
            mdn: self.row.mdn.clone(),
            iccid: self.row.iccid.clone(),
        }
    }

    /// The first answer of the unit that fits the text, counts for no other and was not there earlier.
    pub(super) async fn answer_to(
        &self,
        message: &SmsMessage,
        reference: Uuid,
        asked_at: Timestamp,
        earlier: &BTreeSet<String>,
    ) -> Result<Option<Understood>, Stop> {
        let since = asked_at - CLOCKS_APART;
        let replies = match self.messenger.answers(&self.target(), since).await {
            Ok(replies) => replies,
            // The next look asks again.
            Err(failure) => {
                tracing::info!(%failure, "the carrier did not say what units answered");
                return Ok(None);
            }
        };
        let inventory = &self.context.inventory;
        let counted = inventory.push_answers(self.line.id.clone()).await?;
        let ours = counted.get(&reference);
        for reply in replies {
            let taken_elsewhere = counted.values().any(|handle| *handle == reply.handle);
            let passed = taken_elsewhere || earlier.contains(&reply.handle);
            if ours.map_or(passed, |ours| *ours != reply.handle) {
                continue;
            }
            let understood = self.words.understand(message, &reply.text);
            let understood = understood.map_err(|problem| self.unsayable(&problem))?;
            if understood.answer == SmsAnswer::NotAnAnswer {
                continue;
            }
            if ours.is_none() {
                inventory
                    .push_message_answered(reference, reply.handle, Timestamp::now())
                    .await?;
                self.entry(
                    "Answer of the unit",
                    understood.shown.clone(),
                    UnitEventKind::Carrier,
                )
                .await?;
            }
            return Ok(Some(understood));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equal_answer_repeats_only_where_it_shows_what_is_wrong() {
        let place = |parameter: &str| Place::Parameter {
            parameter: parameter.to_owned(),
        };
        let answers = |shown: &[(&str, &str)]| Answers {
            held: Held::default(),
            shown: (shown.iter())
                .map(|(text, asked)| ((*text).to_owned(), vec![place(asked)]))
                .collect(),
        };
        let first = answers(&[("2001:iot", "2001"), ("10050:60", "10050")]);
        let after = answers(&[("2001:iot", "2001"), ("10050:61", "10050")]);
        assert!(!after.repeats(&first, &BTreeSet::from([place("10050")])));
        assert!(after.repeats(&first, &BTreeSet::from([place("2001")])));
    }
}
