//! The durable record of one unit's way over the bench: what will be done, then what was seen.
//!
//! State is the fold of these events. How they are stored is the inventory's business; no secret is ever in one.

use crate::fault::{Fault, Mismatch, UnitCondition};
use crate::plan::{ShownChange, Skipped};
use crate::reading::Identity;
use crate::registration::{CarrierUnit, FollowUp, LookUp, RegistrationIntent, RegistrationOutcome};
use crate::setting::{SettingKey, ShownValue};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Number of a job: a version 7 UUID, so that jobs sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub Uuid);

impl std::fmt::Display for JobId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// One entry of a job's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobEvent {
    /// The unit answered and the job began.
    Opened {
        /// Who answered.
        identity: Box<Identity>,
        /// Profile file.
        profile_sha256: String,
        /// Who confirmed by its name that this file may say where units report to; `None` for what is part of the program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile_confirmed_by: Option<String>,
        /// Template and version.
        template: String,
        /// Version of the template.
        template_version: u32,
        /// Connection it was seen on; grows with every new opening of a port.
        connection: u64,
        /// What shall be registered once the unit is proved; `None` when nothing shall.
        registration: Option<RegistrationIntent>,
        /// The unit is registered before it is set, because what is set exists only then.
        #[serde(default)]
        registers_first: bool,
    },
    /// Everything it held before the first write. The raw reading stands in a blob, secrets as dots.
    BeforeImage {
        /// Blob.
        sha256: String,
        /// Whether it can be put back from the blob: all was read and nothing that will change is secret.
        complete: bool,
    },
    /// What will change.
    Planned {
        /// SHA-256 of the changes as shown.
        plan_sha256: String,
        /// The changes.
        changes: Vec<ShownChange>,
        /// Settings that were already right, with their values.
        already_right: BTreeMap<SettingKey, ShownValue>,
        /// Settings that cannot be read back.
        not_readable: Vec<SettingKey>,
        /// Optional settings that this unit lacks.
        skipped: Vec<Skipped>,
    },
    /// A person agreed to the guarded changes.
    Approved {
        /// Who.
        by: String,
    },
    /// These places will be written now.
    WriteIntent {
        /// Number of the group, from 0.
        group: u32,
        /// Round: 0 first, then one for each repair after a mismatch.
        round: u32,
        /// Places.
        places: Vec<String>,
    },
    /// The unit's answer to a group.
    WriteResult {
        /// Number of the group.
        group: u32,
        /// Round.
        round: u32,
        /// Places that it refused.
        refused: Vec<String>,
    },
    /// Save and restart will be asked for now.
    SaveIntent {
        /// Round.
        round: u32,
    },
    /// The same unit is back after its restart.
    Restarted {
        /// Round.
        round: u32,
        /// Connection it is back on.
        connection: u64,
    },
    /// Everything planned was read back and is right.
    Verified {
        /// Blob of the reading.
        image_sha256: String,
        /// Settings as read, secrets as 'set'.
        settings: BTreeMap<SettingKey, ShownValue>,
        /// Settings that were written and cannot be read back.
        unproved: Vec<SettingKey>,
    },
    /// Something is not as it should be.
    Mismatch {
        /// Round.
        round: u32,
        /// What.
        settings: Vec<Mismatch>,
    },
    /// The before image will be written back now.
    RestoreIntent {
        /// Places.
        places: Vec<String>,
        /// Why the new values could not stand.
        #[serde(default)]
        why: Option<Fault>,
    },
    /// The before image was written back, restarted and read back.
    Restored,
    /// The before image could not be put back.
    NotRestored {
        /// Why.
        why: String,
    },
    /// The office database gave this job the SIM, or there is no office database.
    Claimed {
        /// `false` where no database is configured.
        in_database: bool,
    },
    /// The carrier will be asked to register now.
    RegistrationIntended {
        /// What exactly.
        intent: RegistrationIntent,
        /// Attempt, from 1.
        attempt: u32,
    },
    /// What the carrier answered.
    RegistrationAnswered {
        /// Its answer.
        answer: RegistrationOutcome,
    },
    /// What a look-up found. Every way out of doubt goes through one of these or a person.
    LookedUp {
        /// The answer.
        answer: LookUp,
    },
    /// What following an accepted change found.
    Followed {
        /// The answer.
        answer: FollowUp,
    },
    /// The carrier holds our registration; adopted when it was found rather than answered.
    Registered {
        /// As the carrier describes it.
        unit: CarrierUnit,
        /// Found by a look-up.
        adopted: bool,
    },
    /// What the carrier gave to be written into the unit. The service code is kept nowhere.
    ValuesGiven {
        /// Phone number.
        mdn: String,
        /// Mobile station id.
        msid: String,
    },
    /// The carrier refuses; the unit's settings stay as they are.
    RegistrationRefused {
        /// Why.
        fault: Fault,
    },
    /// Unit row, outbox operation and this event were written in one transaction.
    Recorded {
        /// Operation for the fleet database: UUIDv5 of the job, so that it cannot double.
        operation: Uuid,
    },
    /// It cannot go on without a person.
    NeedsPerson {
        /// Why.
        fault: Fault,
        /// What the unit holds now.
        condition: UnitCondition,
    },
    /// What a person decided.
    PersonDecided {
        /// Who.
        by: String,
        /// What.
        decision: Decision,
    },
    /// It ended without success.
    Failed {
        /// Why.
        fault: Fault,
        /// What the unit holds now.
        condition: UnitCondition,
    },
    /// A person stopped it.
    Cancelled {
        /// Who.
        by: String,
        /// What the unit holds now.
        condition: UnitCondition,
    },
    /// It ended well.
    Done {
        /// How.
        verdict: Verdict,
    },
}

/// What a person can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Guarded changes may be written.
    Approve,
    /// They may not.
    Refuse,
    /// 'It is registered'.
    IsRegistered,
    /// 'It is not registered': ask again with the same reference.
    IsNotRegistered,
    /// Go on where it stopped.
    GoOn,
    /// Leave it.
    SetAside,
}

/// How a unit left the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every value was read back after save and restart.
    Verified,
    /// Nothing had to be written: every value was read and is right.
    AlreadySet,
    /// Everything was accepted, but this family cannot show (all of) it.
    NotVerified,
    /// Something fails or disagrees.
    Stopped,
    /// A person must decide.
    NeedsPerson,
}

impl Verdict {
    /// The word in JSON lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::AlreadySet => "already_set",
            Self::NotVerified => "not_verified",
            Self::Stopped => "stopped",
            Self::NeedsPerson => "needs_person",
        }
    }
}

/// An event with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainedEvent {
    /// Number within the job, from 0.
    pub n: u64,
    /// Canonical JSON of the event and its times.
    pub body: String,
    /// Hash of the event before it; 32 zero bytes for the first.
    pub previous: [u8; 32],
    /// SHA-256 of previous hash, job, number and body.
    pub hash: [u8; 32],
}

/// Hash of an event: SHA-256 over the previous hash, the job's 16 bytes, the number in 8 bytes big endian and the body.
#[must_use]
pub fn chain_hash(previous: &[u8; 32], job: JobId, n: u64, body: &str) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(previous);
    digest.update(job.0.as_bytes());
    digest.update(n.to_be_bytes());
    digest.update(body.as_bytes());
    digest.finalize().into()
}
