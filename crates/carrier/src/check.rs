//! What `carrier check` finds: one verdict that tells apart what needs different help, and what the account says of itself.

use crate::budget::Budget;
use crate::failure::CallFailure;
use fleet::registration::RejectionCause;
use serde::Serialize;

/// Furthest that this computer's clock may be off before a person must hear of it; the carriers' own window.
pub(crate) const CLOCK_WINDOW_S: i64 = 300;

/// What the account says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The one thing to know.
    pub verdict: CheckVerdict,
    /// The account's number.
    pub account_id: Option<String>,
    /// The account's name.
    pub account_name: Option<String>,
    /// Plans that the account lists.
    pub plans: Vec<PlanOffer>,
    /// Most units that the account may hold.
    pub max_units: Option<u32>,
    /// Calls of the day.
    pub budget: Option<Budget>,
    /// Carrier's clock minus this computer's, where it was told.
    pub clock_offset_s: Option<i64>,
}

/// Why the account can or cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum CheckVerdict {
    /// All is well.
    Ready,
    /// The carrier cannot be reached.
    NoNetwork {
        /// What was seen.
        why: String,
    },
    /// The proxy that is set is not there, or does not let us through.
    ProxyInTheWay {
        /// What was seen.
        why: String,
    },
    /// A portal, a proxy or the wrong address answers.
    NotTheCarrier {
        /// What was seen.
        why: String,
    },
    /// The certificate is not the carrier's, or not trusted here.
    NotTrusted {
        /// What was seen.
        why: String,
    },
    /// This computer's clock is outside the accepted window. Requests are corrected by the offset where it is known.
    ClockWrong {
        /// Carrier's clock minus this computer's; `None` when the carrier did not tell its time.
        offset_s: Option<i64>,
    },
    /// The key is not known.
    KeyWrong,
    /// The key is known, the secret does not fit.
    SecretWrong,
    /// The key has expired.
    KeyExpired,
    /// The account may not be used.
    NoRight {
        /// The carrier's text.
        message: String,
    },
    /// The day's calls are spent.
    QuotaSpent {
        /// Seconds until they start again.
        reset_s: u64,
    },
    /// The carrier answers, but not usefully.
    Trouble {
        /// What was seen.
        why: String,
    },
}

/// A plan of the account's own list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanOffer {
    /// Its code.
    pub plan_code: String,
    /// The carrier's text.
    pub description: String,
    /// Whether new units may take it.
    pub orderable: bool,
}

impl CheckReport {
    pub(crate) fn failed(
        failure: CallFailure,
        budget: Option<Budget>,
        clock_offset_s: Option<i64>,
    ) -> Self {
        Self {
            verdict: CheckVerdict::from_failure(failure, clock_offset_s),
            account_id: None,
            account_name: None,
            plans: Vec::new(),
            max_units: None,
            budget,
            clock_offset_s,
        }
    }

    /// Whether units can be registered now: a wrong clock alone does not prevent it once its offset is known.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let known = self.account_name.is_some();
        known
            && matches!(
                self.verdict,
                CheckVerdict::Ready | CheckVerdict::ClockWrong { .. }
            )
    }
}

impl CheckVerdict {
    fn from_failure(failure: CallFailure, clock_offset_s: Option<i64>) -> Self {
        match failure {
            CallFailure::Offline { why } => Self::NoNetwork { why },
            CallFailure::ProxyInTheWay { why } => Self::ProxyInTheWay { why },
            CallFailure::NotTrusted { why } => Self::NotTrusted { why },
            CallFailure::NotTheCarrier { why } => Self::NotTheCarrier { why },
            CallFailure::RetryAfter {
                seconds,
                quota_spent: true,
            } => Self::QuotaSpent { reset_s: seconds },
            CallFailure::Refused(rejection) => match (rejection.cause, rejection.word.as_str()) {
                (RejectionCause::Clock, _) => Self::ClockWrong {
                    offset_s: clock_offset_s,
                },
                (RejectionCause::Credentials, "EXPIRED_KEY") => Self::KeyExpired,
                (RejectionCause::Credentials, "INVALID_SIGNATURE") => Self::SecretWrong,
                (RejectionCause::Credentials, _) => Self::KeyWrong,
                (RejectionCause::Account, _) => Self::NoRight {
                    message: rejection.message,
                },
                _ => Self::Trouble {
                    why: CallFailure::Refused(rejection).to_string(),
                },
            },
            other => Self::Trouble {
                why: other.to_string(),
            },
        }
    }
}
