//! SMS to units: what is sent, what is known afterwards, and how a message fares.

use fleet::registration::Rejection;
use fleet::{Iccid, Mdn};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One text to one unit or several. Kept by the caller before the first byte is sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRequest {
    /// Stable over attempts and crashes.
    pub client_reference: Uuid,
    /// To whom: as many as the carrier's capabilities allow in one call.
    pub to: Vec<MessageTarget>,
    /// The text. It may hold a unit's keyword, so it is kept from logs.
    pub text: String,
}

impl std::fmt::Debug for MessageRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("MessageRequest")
            .field("client_reference", &self.client_reference)
            .field("to", &self.to)
            .field("characters", &self.text.chars().count())
            .finish_non_exhaustive()
    }
}

/// Whom a message goes to: carriers know units by one number or the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageTarget {
    /// Phone number.
    pub mdn: Option<Mdn>,
    /// SIM.
    pub iccid: Option<Iccid>,
}

/// What is known after sending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum SendOutcome {
    /// The carrier looked at every target, in the request's order.
    Answered {
        /// What it says of each.
        messages: Vec<SentMessage>,
    },
    /// Refused as a whole, and documented as not processed.
    Rejected(Rejection),
    /// Nothing was done; ask again after that time.
    RetryAfter {
        /// Seconds to wait.
        seconds: u64,
        /// Whether the day's quota is spent.
        quota_spent: bool,
    },
    /// Whether it was sent cannot be told: look it up before sending again.
    Unknown {
        /// What was seen.
        why: String,
    },
    /// It is certain that no byte left.
    NotSent {
        /// What was seen.
        why: String,
    },
}

/// What the carrier says of one target. Taken over is not delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sent", rename_all = "snake_case")]
pub enum SentMessage {
    /// Taken over for delivery.
    Taken {
        /// Number to follow it by.
        handle: String,
    },
    /// Refused for this target.
    Refused(Rejection),
}

/// How a message fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageStatus {
    /// The carrier's number for it.
    pub handle: String,
    /// In our words.
    pub state: MessageState,
    /// The carrier's own word.
    pub raw_state: String,
    /// When it was taken over.
    pub sent_at: Option<Timestamp>,
    /// When its state last changed.
    pub changed_at: Option<Timestamp>,
}

/// State of a message in our words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// On its way.
    Underway,
    /// The unit has it.
    Delivered,
    /// It will not arrive.
    Failed,
    /// A word we do not know.
    Unclear,
}

/// What a unit sent back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The carrier's number for it.
    pub handle: String,
    /// The text, harmless for screens.
    pub text: String,
    /// When the carrier got it.
    pub at: Option<Timestamp>,
}

impl MessageState {
    /// Whether it will not change any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed)
    }
}
