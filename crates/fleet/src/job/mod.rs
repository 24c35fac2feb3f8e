//! One unit's way over the bench, as a state machine: inputs come in, effects go out, nothing is done here.
//!
//! The shell carries out the effects of one [`Job::handle`] call strictly in order and finishes each `Append` (durably) before it
//! begins the next effect. That order is the whole of 'intent before effect'.

use crate::fault::{Fault, UnitCondition};
use crate::journal::{Decision, JobEvent, JobId, Verdict};
use crate::plan::{PlaceWrite, Plan};
use crate::profile::Profile;
use crate::reading::{Identity, Reading};
use crate::registration::{
    FollowUp, LookUp, RegistrationIntent, RegistrationOutcome, RegistrationState, ValuesOutcome,
};
use crate::secret::Secret;
use crate::template::Template;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

mod activation;
mod codes;
mod connection;
mod ends;
mod first;
mod history;
mod image;
mod machine;
mod phase;
mod proof;
mod record;
mod registering;
mod restoring;
mod rule_l;
mod start;
mod states;
mod waits;
mod writing;

pub use codes::CodesGiven;
pub use history::{condition_of, state_of};
pub use machine::Job;
pub use states::JobState;

/// What a job is told at its birth, and again when it is taken up after a restart of the program.
#[derive(Debug, Clone)]
pub struct JobSetup {
    /// Its number.
    pub job: JobId,
    /// The unit family.
    pub profile: Arc<Profile>,
    /// What the unit shall hold. A job taken up for its registration only needs none.
    pub template: Option<Arc<Template>>,
    /// Whether guarded changes are already agreed to, and by whom.
    pub approved_by: Option<String>,
    /// Who confirmed the profile by its name, where it is a file of the bench and not part of the program.
    pub profile_confirmed_by: Option<String>,
    /// What shall be registered after the unit is proved; made by the shell from preferences, `None` when nothing shall.
    pub registration: Option<RegistrationIntent>,
    /// Whether a carrier can be asked at all in this run; otherwise the registration is owed.
    pub carrier_at_hand: bool,
    /// How long the carrier may need until a look-up shows what was registered, milliseconds (30 min unless the carrier says else).
    pub settle_ms: u64,
    /// Service codes that earlier jobs gave this unit, for families that are written under one.
    pub codes: CodesGiven,
}

/// What can be asked of a session with a unit. Each runs as one or more exchanges of the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Ask who it is.
    Identify,
    /// Read everything that the profile can read.
    ReadAll,
    /// Write these places, at most 16, all absolute; the identity is read again before the first byte of a write leaves.
    Write(Vec<PlaceWrite>),
    /// Take the service code that the carrier gave into memory, unless a person gave one for this unit. Nothing is sent.
    LearnCode(Secret),
    /// Save, where the family needs it.
    Save,
    /// Ask for the restart. Success means only that the whole request left.
    Restart,
    /// End the session politely.
    End,
}

/// What came of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationOutcome {
    /// Of `Identify`.
    Identified(Box<Identity>),
    /// Of `ReadAll`.
    Read(Reading),
    /// Of `Write`: places that the unit refused; an empty list is only an acknowledgement.
    Written {
        /// Refused places.
        refused: Vec<crate::profile::Place>,
    },
    /// Of `Write`, where the unit's family gives its refusals a meaning.
    WrittenButSaid {
        /// Refused places.
        refused: Vec<crate::profile::Place>,
        /// What the unit said, with what it means, each once.
        said: Vec<String>,
    },
    /// Of `LearnCode`, `Save`, `End`, and of a `Restart` that the unit acknowledged.
    Done,
    /// Of `Restart`: the whole request left, and nothing said that it arrived.
    Sent,
    /// It failed.
    Failed(Fault),
    /// The connection was lost in the middle; nothing is known about the last request.
    ConnectionLost,
    /// The same, and the unit answers already on another connection: its port was opened anew because it had fallen silent.
    OpenedAnew,
}

/// What a job can be told.
#[derive(Debug, Clone)]
pub enum Input {
    /// Begin with the unit that answered, or go on after recovery with the unit that came back.
    Start {
        /// Who answered, on this connection.
        identity: Box<Identity>,
        /// Number of the connection.
        connection: u64,
    },
    /// Begin without the unit: registration after a restart of the program.
    StartWithoutUnit,
    /// What came of the last `Run`.
    Operation(OperationOutcome),
    /// A unit answered after `AwaitUnit`.
    UnitBack {
        /// Who.
        identity: Box<Identity>,
        /// Number of the connection.
        connection: u64,
    },
    /// The unit answers after `AwaitUnit`, and nothing shows that it restarted as it was asked to.
    NotRestarted {
        /// Who.
        identity: Box<Identity>,
        /// Number of the connection.
        connection: u64,
    },
    /// Nobody came back in time after `AwaitUnit`.
    UnitAbsent,
    /// The program ends while the unit is away: nobody looks for it any more, and whether it comes back is not known.
    NobodyLooks,
    /// The port is there again, and the unit did not answer on it long enough to be known: no cable is out.
    UnitSilent,
    /// What a person decided.
    Decided {
        /// Who.
        by: String,
        /// What.
        decision: Decision,
    },
    /// What came of `Claim`.
    Claim(ClaimOutcome),
    /// What came of `Register`.
    Registration(RegistrationOutcome),
    /// What came of `LookUp`.
    LookUp(LookUp),
    /// What came of `Follow`.
    FollowUp(FollowUp),
    /// What came of `AskValues`.
    Values(ValuesOutcome),
    /// The time asked for with `WakeAt` has come.
    Wake,
    /// A person wants it to stop at the next safe point.
    StopRequested {
        /// Who.
        by: String,
    },
    /// Nothing of this job was kept, because another one of the unit or of its SIM is open: another lane has it, or another unit tells
    /// the same number.
    WorkedOnElsewhere,
    /// The inventory could not write: nothing more may be done.
    AppendFailed {
        /// In plain words.
        detail: String,
    },
}

/// What came of a claim in the office database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// This job has it.
    Claimed,
    /// No office database is configured: one bench, nothing to claim.
    NoDatabase,
    /// Another job holds it.
    HeldBy(String),
    /// The database cannot be reached now.
    Offline,
}

/// What a job wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Store these events, durably, before anything after it.
    Append(Vec<JobEvent>),
    /// Store a raw reading for the journal, secrets as dots, before the event that names it.
    KeepBlob {
        /// SHA-256 of the bytes.
        sha256: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Talk with the unit.
    Run(Operation),
    /// Wait for the same unit on this port or any other: after a restart, or after a lost connection.
    AwaitUnit {
        /// Who is expected.
        identity: Box<Identity>,
        /// Time limit, milliseconds.
        longest_ms: u64,
        /// What it usually takes, for the screen; 0 when a cable was pulled.
        usual_ms: u64,
        /// A restart was asked for (the port may stay); otherwise the connection was lost.
        restarting: bool,
        /// A port that goes away shows the restart; otherwise only a cable is out then.
        port_tells: bool,
    },
    /// Ask a person to agree to the guarded changes.
    AskApproval(Plan),
    /// Ask the office database for the SIM.
    Claim,
    /// Ask the carrier.
    Register(RegistrationIntent),
    /// Look up what the carrier holds: by client reference first, then by ICCID or device.
    LookUp(RegistrationIntent),
    /// Follow an accepted change.
    Follow {
        /// The carrier's handle.
        handle: String,
    },
    /// Ask the carrier for the values that the registered unit has to be told.
    AskValues {
        /// The unit's number at the carrier.
        remote_id: String,
    },
    /// Come back after that long.
    WakeAfter {
        /// Milliseconds.
        delay_ms: u64,
    },
    /// Write the unit's row, its outbox operation and these events in one transaction.
    Record(Box<Record>),
    /// Tell whoever watches.
    Show(Progress),
    /// The unit may be pulled; what is left is between the program and the carrier.
    UnitReleased,
    /// Nothing more will come.
    Ended(Ending),
}

/// What is written when a unit is proved, and again when its registration changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The row's new facts. Fields of people (customer, note) are left alone by the inventory.
    pub unit: crate::unit::Unit,
    /// Timeline entry.
    pub entry: crate::unit::UnitEvent,
    /// Events of the same transaction, `Recorded` among them.
    pub events: Vec<JobEvent>,
}

/// How a job stands at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// How the unit left the bench.
    pub verdict: Verdict,
    /// Where its registration stands.
    pub registration: RegistrationState,
    /// How many settings were changed.
    pub changes: usize,
    /// Why it is not green.
    pub fault: Option<Fault>,
    /// What the unit holds.
    pub condition: UnitCondition,
}

/// What screens show while a job works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "stage", content = "detail", rename_all = "snake_case")]
pub enum Progress {
    /// Reading everything.
    Reading,
    /// The plan is known.
    Planned(Vec<crate::plan::ShownChange>),
    /// Writing: settings written so far, of all.
    Setting {
        /// Written so far.
        done: usize,
        /// Of.
        of: usize,
    },
    /// Saving.
    Saving,
    /// Restarting; usual time in milliseconds.
    Restarting {
        /// Milliseconds.
        usual_ms: u64,
    },
    /// Reading back: right so far, of all.
    Checking {
        /// Right so far.
        done: usize,
        /// Of.
        of: usize,
    },
    /// Putting the old settings back.
    PuttingBack,
    /// The cable is out; waiting for the same unit.
    WaitingForUnit,
    /// Proved (or written and not provable); the unit may be pulled.
    Proved(Verdict),
    /// With the carrier.
    Registering,
    /// The carrier accepted; activation runs.
    Activating,
    /// Owed: done later by itself.
    Owed,
}

/// Wall time for records; given by the shell with each call.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Monotonic.
    pub moment: crate::Moment,
    /// Wall clock.
    pub wall: Timestamp,
}
