//! What is asked of a carrier and what it can answer, in words that fit every carrier.
//!
//! How a request is signed and sent is the `carrier` crate's business; what follows from an answer is the job's.

use crate::ids::{Iccid, Mdn, UnitId};
use crate::secret::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Namespace of the client references, so that the same intent has the same reference on every bench.
const CLIENT_REFERENCE_NAMESPACE: Uuid = Uuid::from_u128(0x6b0f_3c1e_52d1_4f0b_9d55_08a7_41f2_c9aa);

/// One wish to have a unit registered. Written to the journal before the first byte is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationIntent {
    /// Stable over attempts, crashes and benches; goes to the carrier as its client reference.
    pub client_reference: Uuid,
    /// Which account it is meant for, as named in preferences.
    pub account: String,
    /// The unit.
    pub unit: UnitId,
    /// Its SIM, where it has one.
    pub iccid: Option<Iccid>,
    /// The name the account shows, at most 50 characters.
    pub unit_name: String,
    /// The unit's serial number, where known.
    pub serial_number: Option<String>,
    /// A plan code of the account's own list.
    pub plan_code: String,
    /// Where the unit will be used: five digits.
    pub service_zip: String,
    /// Grows only when a person asks for a new registration of the same unit.
    pub generation: u32,
}

impl RegistrationIntent {
    /// The client reference that follows from what is registered: the same for each attempt.
    #[must_use]
    pub fn client_reference(
        carrier: &str,
        account: &str,
        unit: &UnitId,
        iccid: Option<&Iccid>,
        generation: u32,
    ) -> Uuid {
        let sim = iccid.map_or("", Iccid::as_str);
        let text = format!(
            "{carrier}|{account}|{}:{}|{sim}|register|{generation}",
            unit.kind(),
            unit.as_str()
        );
        Uuid::new_v5(&CLIENT_REFERENCE_NAMESPACE, text.as_bytes())
    }
}

/// State of a subscription in our words; a word of the carrier that we do not know is kept and shown, never guessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// Accepted, activation not finished.
    Pending,
    /// In service.
    Active,
    /// On the bench at no cost, where the carrier has that.
    TestReady,
    /// Suspended by us.
    Suspended,
    /// Reserved or hotlined by the carrier.
    Held,
    /// Ended.
    Cancelled,
    /// Activation ended in error.
    Error,
    /// A word we do not know.
    Other(String),
}

/// A unit as the carrier describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierUnit {
    /// The carrier's own number for it.
    pub remote_id: String,
    /// The client reference that the carrier keeps with it.
    pub client_reference: Option<Uuid>,
    /// Device identifier as the carrier has it, bare text.
    pub device_id: Option<String>,
    /// ICCID as the carrier has it, bare text.
    pub iccid: Option<String>,
    /// Phone number, once given.
    pub mdn: Option<Mdn>,
    /// Plan code.
    pub plan_code: Option<String>,
    /// State in our words.
    pub state: SubscriptionState,
    /// The carrier's own word for the state.
    pub raw_state: String,
    /// Why, when the state is an error.
    pub reason: Option<String>,
}

/// Values that a registration produces and that must be written into some units.
#[derive(Debug, Clone)]
pub struct ProgrammingValues {
    /// Phone number.
    pub mdn: String,
    /// Mobile station id.
    pub msid: String,
    /// Service programming code.
    pub lock_code: Secret,
}

/// What came of asking for them.
#[derive(Debug, Clone)]
pub enum ValuesOutcome {
    /// Here they are.
    Given(Box<ProgrammingValues>),
    /// The carrier has none yet.
    NotYet,
    /// No answer, or none that can be used.
    Failed {
        /// Why, for the log.
        why: String,
        /// When the carrier wants to be asked again, seconds.
        retry_after_s: Option<u64>,
    },
}

/// What is known after a request to register. `Unknown` is never hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RegistrationOutcome {
    /// The carrier holds the registration with our values. Its state may still be `Pending` if it gave no handle to follow.
    Done {
        /// As the carrier describes it.
        unit: CarrierUnit,
    },
    /// Accepted; follow the handle.
    Accepted {
        /// Number of the carrier's transaction.
        handle: String,
        /// As the carrier describes it so far.
        unit: Option<CarrierUnit>,
        /// The carrier asked to wait so long before the next question.
        retry_after_s: Option<u64>,
    },
    /// Refused for a reason that the carrier documents as 'not processed'.
    Rejected(Rejection),
    /// The carrier holds something that contradicts the request.
    Conflict {
        /// Why.
        rejection: Rejection,
        /// What it holds, where it says so.
        existing: Option<Box<CarrierUnit>>,
    },
    /// Nothing was done; ask again after that time (rate or daily quota).
    RetryAfter {
        /// Seconds to wait.
        seconds: u64,
        /// Whether the day's quota is spent.
        quota_spent: bool,
    },
    /// Whether it was done cannot be told from this answer.
    Unknown {
        /// What was seen, without secrets.
        why: String,
    },
    /// It is certain that no byte of the request reached the carrier.
    NotSent {
        /// What was seen.
        why: String,
    },
}

/// A refusal in the carrier's words and in ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Closed list of causes that need different help.
    pub cause: RejectionCause,
    /// The carrier's error word or number.
    pub word: String,
    /// The carrier's text, made harmless for screens.
    pub message: String,
    /// Which field it names.
    pub field: Option<String>,
}

/// Why a carrier refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionCause {
    /// A value is wrong: correct it and register again.
    Value,
    /// Key, signature or right: stop the whole queue.
    Credentials,
    /// This computer's clock is outside the accepted window.
    Clock,
    /// The device or SIM belongs to another account.
    OwnedElsewhere,
    /// The carrier does not know the device or the SIM.
    NotKnown,
    /// The account may not do this.
    Account,
    /// Anything else that is documented as not processed.
    Other,
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum LookUp {
    /// A unit.
    Found {
        /// As the carrier describes it.
        unit: CarrierUnit,
    },
    /// The carrier says that it has none.
    NotFound,
    /// The question itself failed; nothing is known.
    Failed {
        /// What was seen.
        why: String,
        /// Whether the carrier could be reached at all.
        offline: bool,
        /// Seconds that the carrier asked to wait.
        retry_after_s: Option<u64>,
    },
}

/// State of an accepted change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum FollowUp {
    /// Still running.
    Pending {
        /// Seconds that the carrier asked to wait.
        retry_after_s: Option<u64>,
    },
    /// Finished well.
    Completed {
        /// When, by the carrier's clock.
        at: Option<Timestamp>,
    },
    /// Finished badly.
    Failed(Rejection),
    /// The carrier no longer knows the handle: look the unit up.
    Forgotten,
    /// The question failed; nothing is known.
    Unanswered {
        /// What was seen.
        why: String,
        /// Seconds that the carrier asked to wait.
        retry_after_s: Option<u64>,
    },
}

/// Where a registration stands, on the unit's row and in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationState {
    /// In service.
    Active,
    /// Accepted, activation not finished.
    Pending,
    /// Not yet asked, or the answer is not yet known; done later by itself.
    Owed,
    /// Not wanted for this unit.
    Skipped,
    /// The carrier said no.
    Refused,
    /// Out of service at the carrier, by a person's wish.
    Suspended,
    /// The subscription has ended.
    Ended,
}
