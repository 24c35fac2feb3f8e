//! Why a question to the carrier has no answer. For writes see [`fleet::registration::RegistrationOutcome`].

use crate::client::{Obstacle, SendError};
use fleet::registration::Rejection;
use thiserror::Error;

/// What stands in place of an answer. Texts are harmless for screens and carry neither key nor signature.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallFailure {
    /// The carrier could not be reached; nothing was sent.
    #[error("the carrier cannot be reached: {why}")]
    Offline {
        /// What was seen.
        why: String,
    },
    /// The proxy that is set is in the way; nothing was sent.
    #[error("the proxy is in the way: {why}")]
    ProxyInTheWay {
        /// What was seen.
        why: String,
    },
    /// A connection stood, but it was not proved to be the carrier's; nothing was sent.
    #[error("the carrier's identity could not be proved: {why}")]
    NotTrusted {
        /// What was seen.
        why: String,
    },
    /// The connection stood and no whole answer came.
    #[error("{why}")]
    NoAnswer {
        /// What was seen.
        why: String,
    },
    /// A web page or a redirect came instead of an answer: a portal, a proxy, or the wrong address.
    #[error("something else than the carrier answered: {why}")]
    NotTheCarrier {
        /// What was seen.
        why: String,
    },
    /// The answer does not fit the contract.
    #[error("the carrier's answer cannot be understood: {why}")]
    Malformed {
        /// What does not fit.
        why: String,
    },
    /// The page is longer than what is read at once: fewer must be asked for.
    #[error("the page is longer than {} MiB", .cap_bytes / (1024 * 1024))]
    TooLong {
        /// What is read at once, bytes.
        cap_bytes: usize,
    },
    /// The carrier refuses.
    #[error("the carrier refuses: {} ({})", .0.message, .0.word)]
    Refused(Rejection),
    /// The carrier has no such thing.
    #[error("the carrier knows no such unit or transaction ({word})")]
    NotFound {
        /// Its word.
        word: String,
    },
    /// The cursor is older than what the carrier keeps: what came in between is lost.
    #[error("the cursor is older than the reports that the carrier keeps")]
    CursorExpired {
        /// Where what is kept begins.
        oldest_cursor: Option<String>,
    },
    /// Ask again after that time.
    #[error("the carrier asks to wait {seconds} s")]
    RetryAfter {
        /// Seconds.
        seconds: u64,
        /// Whether the day's quota is spent.
        quota_spent: bool,
    },
    /// The carrier is in trouble itself.
    #[error("the carrier is in trouble (status {status}, {word})")]
    Trouble {
        /// HTTP status.
        status: u16,
        /// Its word.
        word: String,
        /// Seconds that it asked to wait.
        retry_after_s: Option<u64>,
    },
}

impl CallFailure {
    /// Whether the carrier could not be reached at all.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(
            self,
            Self::Offline { .. } | Self::ProxyInTheWay { .. } | Self::NotTrusted { .. }
        )
    }

    /// Seconds that the carrier asked to wait.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::RetryAfter { seconds, .. } => Some(*seconds),
            Self::Trouble { retry_after_s, .. } => *retry_after_s,
            _ => None,
        }
    }
}

impl From<SendError> for CallFailure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::NotSent {
                obstacle: Obstacle::Tls,
                why,
            } => Self::NotTrusted { why },
            SendError::NotSent {
                obstacle: Obstacle::Proxy,
                why,
            } => Self::ProxyInTheWay { why },
            SendError::NotSent { why, .. } => Self::Offline { why },
            other => Self::NoAnswer {
                why: other.to_string(),
            },
        }
    }
}
