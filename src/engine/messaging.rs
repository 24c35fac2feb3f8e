//! Texts to units over the carrier: kept before they leave, sent once, looked up after any doubt, followed to their end.
//!
//! It serves the command line and pushes over the air. Who is meant and what is said is the caller's; the words themselves are
//! kept nowhere, because they may hold a unit's keyword, so a caller that goes on after a restart says them again. Work that
//! nobody waits for belongs into [`carrier::yielding`].

use super::options::Account;
use crate::inventory::{Inventory, InventoryError, KeptMessage, MessageStanding};
use carrier::messages::Reply;
use carrier::{CallFailure, MessageRequest, MessageState, MessageTarget, SendOutcome, SentMessage};
use fleet::registration::{Rejection, RejectionCause};
use fleet::unit::{Unit, UnitEvent, UnitEventKind};
use fleet::{Secret, UnitId};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Pauses between two looks, the last one again and again; seconds. At some carriers each look costs one of the day's calls.
const PAUSES_S: [u64; 6] = [1, 2, 5, 10, 30, 60];
/// Where repeats are safe, they are so for thirty days; a day less keeps clear of how days are counted there.
const REFERENCES_LIVE: SignedDuration = SignedDuration::from_hours(29 * 24);

/// Sends texts over one account.
#[derive(Clone)]
pub struct Messenger {
    /// Where texts are kept.
    pub inventory: Inventory,
    /// The account.
    pub account: Account,
    /// Who sends, for timelines.
    pub by: String,
    /// How long a list of the carrier may lag behind a text that it took over, where repeats are not safe.
    pub settle: Duration,
}

/// One text to one unit. Its number stays the same over attempts and restarts: asking twice sends once.
#[derive(Debug, Clone)]
pub struct MessageWish {
    /// The caller's number for it.
    pub client_reference: Uuid,
    /// The unit.
    pub unit: UnitId,
    /// Its phone number and SIM.
    pub target: MessageTarget,
    /// The words.
    pub text: Secret,
}

/// How a text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageEnd {
    /// The unit has it.
    Delivered,
    /// The carrier took it over; whether it arrives is not known yet.
    Underway,
    /// The carrier took it over and could not deliver it.
    Failed {
        /// The carrier's word.
        why: String,
    },
    /// Not sent, and not sent later by itself.
    Refused {
        /// Why.
        why: String,
    },
    /// Certainly not sent yet: ask again.
    NotYet {
        /// Why.
        why: String,
        /// Seconds that the carrier asked to wait.
        retry_after_s: u64,
        /// Whether the day's calls are spent.
        quota_spent: bool,
    },
    /// Whether it was sent is not known yet: ask again, it is looked up and never sent blindly.
    InDoubt {
        /// What was seen.
        why: String,
    },
}

impl MessageEnd {
    /// Whether it will not change any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Delivered | Self::Failed { .. } | Self::Refused { .. }
        )
    }
}

impl MessageWish {
    /// A text to a unit as the inventory knows it.
    #[must_use]
    pub fn to(unit: &Unit, client_reference: Uuid, text: Secret) -> Self {
        Self {
            client_reference,
            unit: unit.id.clone(),
            target: MessageTarget {
                mdn: unit.mdn.clone(),
                iccid: unit.iccid.clone(),
            },
            text,
        }
    }
}

impl Messenger {
    /// A messenger with the account's own patience.
    #[must_use]
    pub fn new(inventory: Inventory, account: Account, by: impl Into<String>) -> Self {
        let settle = Duration::from_millis(account.carrier.capabilities().message_settle_ms);
        Self {
            inventory,
            account,
            by: by.into(),
            settle,
        }
    }

    /// Takes texts as far as the carrier takes them now; answers for each, in order. The same wish twice sends once.
    ///
    /// Equal texts leave together, as many in one call as the carrier allows.
    ///
    /// # Errors
    /// When the inventory cannot be read or written; nothing leaves that is not kept.
    pub async fn send(&self, wishes: &[MessageWish]) -> Result<Vec<MessageEnd>, InventoryError> {
        self.keep(wishes).await?;
        let mut calls = BTreeSet::new();
        for wish in wishes {
            let kept = self.inventory.message(wish.client_reference).await?;
            let Some(kept) = kept else { continue };
            let open = matches!(
                kept.standing,
                MessageStanding::Intended | MessageStanding::Unknown
            );
            if open && calls.insert(kept.call_reference) {
                self.drive(kept.call_reference, &wish.text).await?;
            }
        }
        self.ends(wishes).await
    }

    /// Looks once how texts fare that the carrier took over; answers for each, in order.
    ///
    /// # Errors
    /// When the inventory cannot be read or written.
    pub async fn follow(&self, wishes: &[MessageWish]) -> Result<Vec<MessageEnd>, InventoryError> {
        for wish in wishes {
            let kept = self.inventory.message(wish.client_reference).await?;
            if let Some(kept) = kept
                && kept.standing == MessageStanding::Taken
            {
                self.look(kept).await?;
            }
        }
        self.ends(wishes).await
    }

    /// Sends and follows until every text has its last word, for at most `limit`; answers for each, in order.
    ///
    /// # Errors
    /// When the inventory cannot be read or written.
    pub async fn carry(
        &self,
        wishes: &[MessageWish],
        limit: Duration,
    ) -> Result<Vec<MessageEnd>, InventoryError> {
        let began = Instant::now();
        let mut pauses = PAUSES_S.iter().copied();
        loop {
            self.send(wishes).await?;
            let ends = self.follow(wishes).await?;
            let wished = ends.iter().filter_map(|end| match end {
                MessageEnd::NotYet { retry_after_s, .. } => Some(*retry_after_s),
                MessageEnd::Underway | MessageEnd::InDoubt { .. } => Some(0),
                _ => None,
            });
            let Some(wished_s) = wished.min() else {
                return Ok(ends);
            };
            let pause = pauses.next().unwrap_or(60).max(wished_s);
            if began.elapsed() + Duration::from_secs(pause) > limit {
                return Ok(ends);
            }
            tokio::time::sleep(Duration::from_secs(pause)).await;
        }
    }

    /// What a unit sent since then, oldest first, where the carrier gives it; empty elsewhere.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn answers(
        &self,
        target: &MessageTarget,
        since: Timestamp,
    ) -> Result<Vec<Reply>, CallFailure> {
        self.account.carrier.replies(target, since).await
    }

    /// A text whose answer is there is with the unit: the carrier need not be asked for that, and each call counts.
    ///
    /// # Errors
    /// When the inventory cannot be read or written.
    pub async fn note_answered(&self, client_reference: Uuid) -> Result<(), InventoryError> {
        let kept = self.inventory.message(client_reference).await?;
        let Some(mut kept) = kept.filter(|kept| {
            matches!(
                kept.standing,
                MessageStanding::Taken | MessageStanding::Unknown
            )
        }) else {
            return Ok(());
        };
        kept.standing = MessageStanding::Delivered;
        kept.detail = "the unit answered it".to_owned();
        let told = Some(self.entry("Message delivered", kept.detail.clone()));
        let noted = self
            .inventory
            .note_messages(vec![(kept, told)], Timestamp::now());
        noted.await
    }

    /// Keeps new wishes, in calls of as many equal texts as the carrier allows.
    async fn keep(&self, wishes: &[MessageWish]) -> Result<(), InventoryError> {
        let capabilities = self.account.carrier.capabilities();
        let most = capabilities.messages_per_call.max(1);
        let mut groups: Vec<(&MessageWish, Vec<&MessageWish>)> = Vec::new();
        let mut met = BTreeSet::new();
        for wish in wishes {
            let known = self.inventory.message(wish.client_reference).await?;
            if known.is_some() || !met.insert(wish.client_reference) {
                continue;
            }
            let open = groups.iter_mut().find(|(first, members)| {
                members.len() < most && first.text.reveal() == wish.text.reveal()
            });
            match open {
                Some((_, members)) => members.push(wish),
                None => groups.push((wish, vec![wish])),
            }
        }
        for (first, members) in groups {
            // A call of one has its text's own number: what the carrier lists then leads back to the caller's.
            let call = match members.as_slice() {
                [only] => only.client_reference,
                _ => Uuid::now_v7(),
            };
            let mut kept = Vec::new();
            for (place, wish) in (0..).zip(members) {
                let refusal = self.unsendable(wish);
                let entry = match &refusal {
                    Some(why) => self.entry("Message not sent", why.clone()),
                    None => self.entry(
                        "Message to the unit",
                        format!("{} characters", wish.text.reveal().chars().count()),
                    ),
                };
                let message = KeptMessage {
                    client_reference: wish.client_reference,
                    // One that cannot be sent must not spoil the call of the others.
                    call_reference: if refusal.is_some() {
                        wish.client_reference
                    } else {
                        call
                    },
                    place,
                    account: self.account.account.clone(),
                    unit: wish.unit.clone(),
                    mdn: wish.target.mdn.clone(),
                    iccid: wish.target.iccid.clone(),
                    length: u32::try_from(first.text.reveal().chars().count()).unwrap_or(u32::MAX),
                    standing: if refusal.is_some() {
                        MessageStanding::Refused
                    } else {
                        MessageStanding::Intended
                    },
                    handle: None,
                    detail: refusal.unwrap_or_default(),
                    since: Timestamp::now(),
                    asked_at: None,
                    attempts: 0,
                };
                kept.push((message, entry));
            }
            self.inventory.intend_messages(kept).await?;
        }
        Ok(())
    }

    /// Why a text cannot be sent at all, if it cannot.
    fn unsendable(&self, wish: &MessageWish) -> Option<String> {
        let capabilities = self.account.carrier.capabilities();
        let Some(longest) = capabilities.message_length else {
            return Some("this carrier sends no messages".to_owned());
        };
        let length = wish.text.reveal().chars().count();
        if !(1..=longest).contains(&length) {
            return Some(format!(
                "a message has 1 to {longest} characters, not {length}"
            ));
        }
        let by_sim = capabilities.primary_key == carrier::capabilities::PrimaryKey::Iccid;
        match (by_sim, &wish.target.mdn, &wish.target.iccid) {
            (true, _, None) => {
                Some("this carrier sends by SIM, and the unit's SIM is not known".to_owned())
            }
            (false, None, _) => Some("the unit has no phone number yet".to_owned()),
            _ => None,
        }
    }

    /// One call, and what follows from its answer.
    async fn drive(&self, call: Uuid, text: &Secret) -> Result<(), InventoryError> {
        let mut kept = self.inventory.messages_of_call(call).await?;
        kept.retain(|message| {
            matches!(
                message.standing,
                MessageStanding::Intended | MessageStanding::Unknown
            )
        });
        let Some(first) = kept.first().cloned() else {
            return Ok(());
        };
        let request = MessageRequest {
            client_reference: call,
            to: kept
                .iter()
                .map(|message| MessageTarget {
                    mdn: message.mdn.clone(),
                    iccid: message.iccid.clone(),
                })
                .collect(),
            text: text.reveal().to_owned(),
        };
        if first.attempts > 0 {
            match self.look_back(&first, &request).await {
                Doubt::Settled(sent) => return self.note_sent(kept, vec![sent]).await,
                Doubt::MayAsk => {}
                Doubt::Stays(why) => {
                    for message in &mut kept {
                        message.standing = MessageStanding::Unknown;
                        message.detail.clone_from(&why);
                    }
                    return self.note(kept).await;
                }
            }
        }
        let now = Timestamp::now();
        for message in &mut kept {
            message.attempts += 1;
            message.asked_at = Some(now);
        }
        self.note(kept.clone()).await?;
        match self.account.carrier.send_message(&request).await {
            SendOutcome::Answered { messages } if messages.len() == kept.len() => {
                self.note_sent(kept, messages).await
            }
            SendOutcome::Answered { .. } => {
                self.doubt(kept, "the answer does not name every message")
                    .await
            }
            SendOutcome::Unknown { why } => self.doubt(kept, &why).await,
            SendOutcome::NotSent { why } => self.not_yet(kept, why).await,
            SendOutcome::RetryAfter {
                seconds,
                quota_spent,
            } => {
                let why = if quota_spent {
                    format!("{SPENT} {seconds} s")
                } else {
                    format!("{WAIT} {seconds} s")
                };
                self.not_yet(kept, why).await
            }
            SendOutcome::Rejected(rejection) if is_passing(&rejection) => {
                let why = in_words(&rejection);
                self.not_yet(kept, why).await
            }
            SendOutcome::Rejected(rejection) => {
                let all = kept.iter().map(|_| SentMessage::Refused(rejection.clone()));
                let all = all.collect();
                self.note_sent(kept, all).await
            }
        }
    }

    /// A text that may have left: it is looked up before anything is asked again.
    async fn look_back(&self, kept: &KeptMessage, request: &MessageRequest) -> Doubt {
        let asked_at = kept.asked_at.unwrap_or(kept.since);
        let ago = Timestamp::now().duration_since(asked_at);
        if self.account.carrier.capabilities().messages_repeat_safely {
            let old = Timestamp::now().duration_since(kept.since) > REFERENCES_LIVE;
            return if old {
                Doubt::Stays(
                    "it was asked for so long ago that the carrier no longer knows it".to_owned(),
                )
            } else {
                Doubt::MayAsk
            };
        }
        let found = match self.account.carrier.sent_before(request, asked_at).await {
            Ok(found) => found,
            Err(failure) => return Doubt::Stays(failure.to_string()),
        };
        for sent in found {
            let SentMessage::Taken { handle } = &sent else {
                continue;
            };
            let account = self.account.account.clone();
            match self
                .inventory
                .is_handle_known(account, handle.clone())
                .await
            {
                // The same words were sent before: that text is another one.
                Ok(true) => {}
                Ok(false) => return Doubt::Settled(sent),
                Err(error) => return Doubt::Stays(error.to_string()),
            }
        }
        let settled = SignedDuration::try_from(self.settle).is_ok_and(|settle| ago >= settle);
        if settled {
            Doubt::MayAsk
        } else {
            Doubt::Stays("the carrier does not show it (yet)".to_owned())
        }
    }

    async fn look(&self, mut kept: KeptMessage) -> Result<(), InventoryError> {
        let Some(handle) = kept.handle.clone() else {
            return Ok(());
        };
        let status = match self.account.carrier.message_status(&handle).await {
            Ok(status) => status,
            Err(failure) => {
                kept.detail = failure.to_string();
                return self.note(vec![kept]).await;
            }
        };
        let told = match status.state {
            MessageState::Underway | MessageState::Unclear => None,
            MessageState::Delivered => {
                kept.standing = MessageStanding::Delivered;
                Some(self.entry("Message delivered", String::new()))
            }
            MessageState::Failed => {
                kept.standing = MessageStanding::Failed;
                Some(self.entry("Message not delivered", status.raw_state.clone()))
            }
        };
        if told.is_none() && kept.detail == status.raw_state {
            return Ok(());
        }
        kept.detail = status.raw_state;
        let noted = self
            .inventory
            .note_messages(vec![(kept, told)], Timestamp::now());
        noted.await
    }

    async fn note_sent(
        &self,
        kept: Vec<KeptMessage>,
        sent: Vec<SentMessage>,
    ) -> Result<(), InventoryError> {
        let noted = kept.into_iter().zip(sent).map(|(mut message, sent)| {
            let told = match sent {
                SentMessage::Taken { handle } => {
                    message.standing = MessageStanding::Taken;
                    message.handle = Some(handle);
                    message.detail = "taken over by the carrier".to_owned();
                    None
                }
                SentMessage::Refused(rejection) => {
                    message.standing = MessageStanding::Refused;
                    message.detail = in_words(&rejection);
                    Some(self.entry("Message not sent", message.detail.clone()))
                }
            };
            (message, told)
        });
        let noted = noted.collect();
        self.inventory.note_messages(noted, Timestamp::now()).await
    }

    async fn doubt(&self, mut kept: Vec<KeptMessage>, why: &str) -> Result<(), InventoryError> {
        for message in &mut kept {
            message.standing = MessageStanding::Unknown;
            why.clone_into(&mut message.detail);
        }
        self.note(kept).await
    }

    /// It is certain that nothing was done: the next attempt is the first one again, unless an earlier one is in doubt.
    async fn not_yet(&self, mut kept: Vec<KeptMessage>, why: String) -> Result<(), InventoryError> {
        for message in &mut kept {
            message.attempts = message.attempts.saturating_sub(1);
            message.detail.clone_from(&why);
            if message.attempts == 0 {
                message.standing = MessageStanding::Intended;
            }
        }
        self.note(kept).await
    }

    async fn note(&self, kept: Vec<KeptMessage>) -> Result<(), InventoryError> {
        let noted = kept.into_iter().map(|message| (message, None)).collect();
        self.inventory.note_messages(noted, Timestamp::now()).await
    }

    async fn ends(&self, wishes: &[MessageWish]) -> Result<Vec<MessageEnd>, InventoryError> {
        let mut ends = Vec::new();
        for wish in wishes {
            let kept = self.inventory.message(wish.client_reference).await?;
            ends.push(kept.map_or_else(
                || MessageEnd::InDoubt {
                    why: "it is not kept".to_owned(),
                },
                end_of,
            ));
        }
        Ok(ends)
    }

    fn entry(&self, title: &str, detail: String) -> UnitEvent {
        UnitEvent {
            at: Timestamp::now(),
            kind: UnitEventKind::Carrier,
            title: title.to_owned(),
            detail,
            by: self.by.clone(),
        }
    }
}

/// What a look back at a text in doubt gives.
enum Doubt {
    Settled(SentMessage),
    MayAsk,
    Stays(String),
}

const WAIT: &str = "the carrier asks to wait";
const SPENT: &str = "the day's calls are spent; they start again in";

fn end_of(kept: KeptMessage) -> MessageEnd {
    let why = kept.detail;
    match kept.standing {
        MessageStanding::Delivered => MessageEnd::Delivered,
        MessageStanding::Taken => MessageEnd::Underway,
        MessageStanding::Failed => MessageEnd::Failed { why },
        MessageStanding::Refused => MessageEnd::Refused { why },
        MessageStanding::Intended if kept.attempts == 0 => MessageEnd::NotYet {
            retry_after_s: named_wait(&why).unwrap_or(0),
            quota_spent: why.starts_with(SPENT),
            why,
        },
        MessageStanding::Intended | MessageStanding::Unknown => MessageEnd::InDoubt { why },
    }
}

/// The wait that a kept detail names.
fn named_wait(why: &str) -> Option<u64> {
    let rest = why.strip_prefix(WAIT).or_else(|| why.strip_prefix(SPENT))?;
    rest.trim().trim_end_matches(" s").parse().ok()
}

/// Whether a refusal is about the account at this moment and not about the text: the text may go out later.
fn is_passing(rejection: &Rejection) -> bool {
    matches!(
        rejection.cause,
        RejectionCause::Credentials | RejectionCause::Clock
    ) || rejection.word == "ACCOUNT_SUSPENDED"
}

fn in_words(rejection: &Rejection) -> String {
    let message = rejection.message.trim_end_matches('.');
    if message.is_empty() {
        format!("the carrier refuses ({})", rejection.word)
    } else {
        format!("{message} ({})", rejection.word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_that_is_kept_in_words_is_read_again() {
        assert_eq!(named_wait(&format!("{WAIT} 17 s")), Some(17));
        assert_eq!(named_wait(&format!("{SPENT} 3600 s")), Some(3600));
        assert_eq!(named_wait("no connection could be made"), None);
    }
}
