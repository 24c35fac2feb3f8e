//! Which of the texts that a unit sent is its answer to one of ours, and what its answers prove.

use super::{Stop, Talk};
use carrier::{CallFailure, MessageTarget};
use fleet::plan::Plan;
use fleet::profile::Place;
use fleet::push::{Asking, Kept, Standing};
use fleet::sms::{Held, SmsAnswer, SmsMessage, Understood};
use fleet::unit::UnitEventKind;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How far the carrier's clock may be behind this computer's.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(60);
/// A network that keeps a text longer than this has thrown it away.
const LATEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Number of the first text that may be sent or not, so that those of the others stay the same when a talk is led again.
const BESIDE: u32 = 1_000;
/// How much of a unit's history is looked through for what it answered.
const HISTORY: u32 = 300;
/// How an answer is called there.
const ANSWERED: &str = "Answer of the unit";

/// What a unit answered to one round of questions.
#[derive(Default)]
pub(super) struct Answers {
    pub held: Held,
    /// The texts, as they are shown, each with the places that it was asked for.
    pub shown: Vec<(String, Vec<Place>)>,
}

impl Answers {
    /// Whether one of them that was asked for one of these places is word for word one of the earlier ones.
    pub fn repeats(&self, earlier: &BTreeSet<String>, places: &BTreeSet<Place>) -> bool {
        self.shown.iter().any(|(text, asked)| {
            earlier.contains(text) && asked.iter().any(|place| places.contains(place))
        })
    }

    fn texts(&self) -> BTreeSet<String> {
        self.shown.iter().map(|(text, _)| text.clone()).collect()
    }
}

impl Talk<'_> {
    /// Whether the unit is asked beside. A talk that is led again and did so does so again: its first answers are as old as they were, and
    /// the texts that are kept do not leave a second time.
    pub(super) async fn asks_beside(&self, plan: &Plan, first: &Answers) -> Result<bool, Stop> {
        for (part, question) in (BESIDE..).zip(self.questions(Asking::BeforeOnceMore)?) {
            let reference = self.reference(part, &question);
            if self.context.inventory.message(reference).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(!self.is_past_asking() && self.is_unexpected(plan, first))
    }

    /// Whether this talk went on before from what the unit answered first.
    fn is_past_asking(&self) -> bool {
        let found = self.line.held.is_some() && self.line.attempts <= 1;
        found || self.line.standing == Standing::Taken
    }

    /// Whether first answers are others than the inventory lets expect: one may be of an earlier talk, come once more and late.
    ///
    /// That costs a unit that holds everything already its questions twice, and one that answers them only once is not told to be right. What
    /// this bench asked before cannot spare them: another bench may have asked, of whose texts nothing is known here.
    fn is_unexpected(&self, plan: &Plan, first: &Answers) -> bool {
        let read = &self.row.settings;
        self.words.surprises(plan, &first.held, read)
    }

    /// Asks in between, without what came before.
    pub(super) async fn ask_beside(&mut self, asking: Asking) -> Result<Answers, Stop> {
        let questions = self.questions(asking)?;
        self.may_hear_old = true;
        let next = std::mem::replace(&mut self.part, BESIDE);
        let answers = self.ask(questions).await;
        self.part = next;
        answers
    }

    /// Asks what the unit holds after it was written, once more where an older answer may have come late, and says what that proves.
    pub(super) async fn prove(&mut self, plan: &Plan, first: &Answers) -> Result<Kept, Stop> {
        let earlier = self.earlier_answers().await?;
        let again = self.questions(Asking::After)?;
        let mut after = self.ask(again).await?;
        let mut proof = self.words.proof(plan, &after.held);
        let is_doubtful = match &proof {
            // It may be the one to the first question, which shows what the unit held before.
            Kept::Failed { .. } => {
                let wrong = self.words.wrong_places(plan, &after.held);
                after.repeats(&first.texts(), &wrong)
            }
            // It may be one of an earlier talk, after which the unit held these very values.
            Kept::Verified(_) => {
                let writes = plan.changes.iter().flat_map(|change| &change.writes);
                let written = writes.map(|write| write.place.clone()).collect();
                after.repeats(&earlier, &written)
            }
            _ => false,
        };
        if is_doubtful {
            let once_more = self.questions(Asking::AfterOnceMore)?;
            match self.ask(once_more).await {
                Ok(answers) => {
                    after = answers;
                    proof = self.words.proof(plan, &after.held);
                }
                Err(Stop::Silently) => return Err(Stop::Silently),
                // No other answer: the one that there is does not prove, and what it shows to be wrong stands.
                Err(Stop::With(outcome)) => {
                    tracing::info!(?outcome, "a unit could not be asked once more");
                    if matches!(proof, Kept::Verified(_)) {
                        proof = self.words.doubtful(plan);
                    }
                }
            }
        }
        if matches!(proof, Kept::Verified(_)) {
            self.record(&after.held).await?;
        }
        Ok(proof)
    }

    /// What the unit answered before this talk and lately, as it is shown.
    async fn earlier_answers(&self) -> Result<BTreeSet<String>, Stop> {
        let begun = self.asked_first.unwrap_or_else(Timestamp::now);
        let history = self
            .context
            .inventory
            .timeline(self.line.id.clone(), HISTORY);
        let answers = history.await?.into_iter().filter(|entry| {
            entry.title == ANSWERED && entry.at < begun && begun.duration_since(entry.at) < LATEST
        });
        Ok(answers.map(|entry| entry.detail).collect())
    }

    /// What the unit sent before this text leaves: an answer that came twice or late says nothing of what was written since.
    pub(super) async fn there_before(&self, reference: Uuid) -> Result<BTreeSet<String>, Stop> {
        if self.context.inventory.message(reference).await?.is_some() {
            return Ok(BTreeSet::new());
        }
        let since = Timestamp::now() - CLOCKS_APART - CLOCKS_APART;
        let carrier = &self.messenger.account.carrier;
        let there = carrier.reply_handles(&self.target(), since).await;
        let there = there.inspect_err(|failure| {
            tracing::info!(%failure, "the carrier did not say what the unit answered before");
        });
        Ok(there.into_iter().flatten().collect())
    }

    fn target(&self) -> MessageTarget {
        MessageTarget {
            mdn: self.row.mdn.clone(),
            iccid: self.row.iccid.clone(),
        }
    }

    /// The first answer of the unit that fits the text, counts for no other and was not there earlier.
    pub(super) async fn answer_to(
        &mut self,
        message: &SmsMessage,
        reference: Uuid,
        asked_at: Timestamp,
        earlier: &BTreeSet<String>,
    ) -> Result<Option<Understood>, Stop> {
        let since = asked_at - CLOCKS_APART;
        let carrier = &self.messenger.account.carrier;
        let handles = match carrier.reply_handles(&self.target(), since).await {
            Ok(handles) => handles,
            Err(failure) => return Ok(unread(&failure)),
        };
        let inventory = &self.context.inventory;
        let counted = inventory.push_answers(self.line.id.clone()).await?;
        let ours = counted.get(&reference);
        for handle in handles {
            let taken_elsewhere = counted.values().any(|counted| *counted == handle);
            let passed = taken_elsewhere || earlier.contains(&handle);
            if ours.map_or(passed, |ours| *ours != handle) {
                continue;
            }
            let text = match self.heard.get(&handle) {
                Some(text) => text.clone(),
                None => match carrier.reply(&handle).await {
                    Ok(reply) => reply.text,
                    Err(failure) => return Ok(unread(&failure)),
                },
            };
            let understood = self.words.understand(message, &text);
            let understood = understood.map_err(|problem| self.unsayable(&problem))?;
            if understood.answer == SmsAnswer::NotAnAnswer {
                self.heard.insert(handle, text);
                continue;
            }
            if ours.is_none() {
                inventory
                    .push_message_answered(reference, handle, Timestamp::now())
                    .await?;
                self.entry(ANSWERED, understood.shown.clone(), UnitEventKind::Carrier)
                    .await?;
            }
            return Ok(Some(understood));
        }
        Ok(None)
    }
}

/// The next look asks again.
fn unread<T>(failure: &CallFailure) -> Option<T> {
    tracing::info!(%failure, "the carrier did not say what units answered");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equal_answer_repeats_only_where_it_shows_what_is_wrong() {
        let place = |parameter: &str| Place::Parameter {
            parameter: parameter.to_owned(),
        };
        let after = Answers {
            held: Held::default(),
            shown: ([("2001:iot", "2001"), ("10050:61", "10050")].iter())
                .map(|(text, asked)| ((*text).to_owned(), vec![place(asked)]))
                .collect(),
        };
        let first = BTreeSet::from(["2001:iot".to_owned(), "10050:60".to_owned()]);
        assert!(!after.repeats(&first, &BTreeSet::from([place("10050")])));
        assert!(after.repeats(&first, &BTreeSet::from([place("2001")])));
    }
}
