//! Which of the texts that a unit sent is its answer to one of ours.

use super::{Stop, Talk};
use carrier::MessageTarget;
use fleet::sms::{SmsAnswer, SmsMessage, Understood};
use fleet::unit::UnitEventKind;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How far the carrier's clock may be behind this computer's.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(60);
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
