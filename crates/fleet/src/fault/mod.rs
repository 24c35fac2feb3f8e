//! What can go wrong, as a closed list, and what a person is told: four lines, once, for screen, command line, log and history.
//!
//! Adapters say what happened ([`Fault`]); only [`advice`] says what a person can do about it.

use serde::{Deserialize, Serialize};

mod advice;
mod cure;
mod reason;
#[cfg(test)]
mod tests;
mod words;

pub use advice::{Advice, advice};
pub use cure::Cure;

/// Everything that can stop a unit or need a person. Texts in the variants are facts, already free of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    // Ports: L
    /// There is no such port.
    NoSuchPort,
    /// Another program has it.
    PortBusy,
    /// This user may not open it.
    PortNotPermitted,
    /// What stands under that name is no serial port.
    NotASerialPort,
    /// The port went away and did not come back in time.
    PortVanished,
    /// The port failed in another way.
    PortFailed {
        /// In the system's words.
        detail: String,
    },

    // Dialogue: D
    /// Nothing at all was heard.
    Silent,
    /// Something answers, but no known unit.
    NotAKnownUnit {
        /// The first of what was heard, made printable.
        heard: String,
    },
    /// The unit's cellular modem answers here; its tracker listens on another port.
    ModemPort,
    /// Only a unit's log comes here; nothing answers.
    LogPort,
    /// The unit sends a binary mode that this family's commands cannot switch.
    BinaryMode,
    /// A question that must be answered was not, after all tries.
    NoAnswer {
        /// Which exchange of the profile.
        exchange: String,
    },
    /// The unit said no.
    RefusedByUnit {
        /// Which exchange.
        exchange: String,
        /// What it said.
        reply: String,
    },
    /// The unit's password is not the one we have; silence in families that refuse by silence.
    WrongPassword,
    /// The unit is locked and no code was given. Nothing was tried.
    Locked {
        /// Tries left, where the unit tells.
        tries_left: Option<u32>,
    },
    /// The code that a person gave was refused. It is not tried again.
    CodeRefused {
        /// Tries left, where the unit tells.
        tries_left: Option<u32>,
    },
    /// A reply was cut or its count does not fit.
    ReplyIncomplete {
        /// Which exchange.
        exchange: String,
        /// What was missing.
        detail: String,
    },
    /// More came than a unit can mean to say.
    TooMuch {
        /// Which limit.
        detail: String,
    },
    /// Another unit answers where this job's unit was.
    OtherUnit {
        /// Who was expected.
        expected: String,
        /// Who answered.
        found: String,
    },
    /// The identity that the unit tells has a wrong form or check digit.
    BadIdentity {
        /// What it said.
        said: String,
    },
    /// The unit answers only to its number, and no label was given.
    LabelNeeded,

    // Plan: P
    /// The template wants a setting that this unit does not have.
    SettingNotAvailable {
        /// Setting keys.
        keys: Vec<String>,
        /// Model name.
        model: String,
        /// Why not.
        why: String,
        /// What would cure it.
        #[serde(default)]
        cure: Cure,
    },
    /// A value does not fit this unit.
    ValueOutOfRange {
        /// Setting key.
        key: String,
        /// What the limits are.
        limits: String,
    },
    /// The unit's model or firmware is not one that the profile describes.
    UnknownModel {
        /// What the unit said.
        said: String,
    },
    /// What the unit held before cannot be written to it again.
    FormerNotWritable {
        /// Key of the setting.
        key: String,
        /// Model.
        model: String,
        /// What it held and what can be written, for people.
        why: String,
    },
    /// Guarded changes wait for a person's word.
    ApprovalNeeded {
        /// Labels of the guarded settings.
        settings: Vec<String>,
    },
    /// A person said no.
    ApprovalRefused,
    /// A profile of the bench's own folder decides where the unit reports to, and nobody has confirmed it.
    ProfileNotConfirmed {
        /// Its short name.
        profile: String,
    },

    // Proof: V
    /// Values did not stay after save and restart.
    DidNotStay {
        /// Label, written, read back.
        settings: Vec<Mismatch>,
    },
    /// The unit refused these values.
    ValuesRefused {
        /// Labels.
        settings: Vec<String>,
    },
    /// Values that nobody asked to change are different after the restart.
    ChangedByItself {
        /// Place, before, after.
        settings: Vec<Mismatch>,
    },
    /// The unit did not come back after its restart.
    DidNotComeBack,
    /// The unit keeps restarting.
    RestartLoop,
    /// This family has no command to restart; a person must cut the power.
    PowerCycleNeeded,
    /// Nothing that was written can ever be read again: such units do not show it.
    NeverShown {
        /// Which settings.
        settings: Vec<String>,
    },
    /// The unit did not confirm that it saved.
    NotSaved,
    /// A command that must not be repeated has no known outcome.
    OneShotUnknown {
        /// Which command.
        exchange: String,
    },

    // Carrier: C
    /// The carrier refused the registration.
    CarrierRefused {
        /// The carrier's word.
        word: String,
        /// The carrier's text.
        message: String,
    },
    /// The carrier holds other values for this unit or SIM.
    CarrierConflict {
        /// What differs.
        detail: String,
    },
    /// Whether the carrier registered the unit cannot be known by looking.
    CarrierUnknown {
        /// What was seen.
        detail: String,
    },
    /// The carrier has not finished within its longest time.
    CarrierTooSlow {
        /// Hours waited.
        hours: u64,
    },
    /// Another bench holds this SIM or unit.
    ClaimedElsewhere {
        /// Who.
        holder: String,
    },

    /// What the unit has to be told exists only after its registration, and that is not finished.
    ValuesAwaited,
    // Text messages: T
    /// The carrier would not take the message.
    MessageRefused {
        /// The carrier's words.
        message: String,
    },
    /// The unit did not answer a message in time.
    MessageNotAnswered {
        /// Minutes waited.
        minutes: u64,
    },
    /// Whether the message was sent is not known, and it could not be looked up.
    MessageInDoubt {
        /// What was seen.
        detail: String,
    },
    /// The unit answered that it did not take the values.
    MessageAnsweredNo {
        /// What it said.
        reply: String,
    },
    /// The unit's answer by message shows other values.
    MessageShowsOther {
        /// Label, wanted, shown.
        settings: Vec<Mismatch>,
    },

    // Program: J, I
    /// Another job is open for this unit or SIM.
    JobOpen,
    /// The inventory file cannot be written.
    InventoryFailed {
        /// In plain words.
        detail: String,
    },
    /// A person stopped it.
    Cancelled,
    /// The bench that had it in hand for a push says nothing more, and the push was cancelled meanwhile.
    BenchGone {
        /// Who that bench is.
        bench: String,
    },
    /// Another push of this bench has the unit.
    InOtherPush {
        /// Its title.
        push: String,
    },
    /// A part of the program failed; the lane is safe.
    Internal {
        /// For support.
        detail: String,
    },
}

/// A value that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// Label of the setting, or the place where none has one.
    pub what: String,
    /// What should stand there; dots for secrets.
    pub expected: String,
    /// What was read; dots for secrets, `None` when nothing was.
    pub found: Option<String>,
}

/// What the unit holds now, as far as that is known. Second of the four lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitCondition {
    /// Nothing was written.
    Untouched,
    /// Its former settings were written back and read back.
    PutBack,
    /// Some values were written; the rest is as before.
    PartlyWritten,
    /// Everything was written and read back.
    Set,
    /// Everything was written, nothing could be read back.
    WrittenUnproved,
    /// Cannot be told until it is plugged in again.
    NotKnown,
}

impl Fault {
    /// Short code that people can read out on the phone. Stable: a code never changes its meaning.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchPort => "L-101",
            Self::PortBusy => "L-102",
            Self::PortNotPermitted => "L-103",
            Self::NotASerialPort => "L-104",
            Self::PortVanished => "L-110",
            Self::PortFailed { .. } => "L-120",
            Self::Silent => "D-201",
            Self::NotAKnownUnit { .. } => "D-202",
            Self::ModemPort => "D-203",
            Self::BinaryMode => "D-204",
            Self::LogPort => "D-205",
            Self::NoAnswer { .. } => "D-210",
            Self::RefusedByUnit { .. } => "D-211",
            Self::WrongPassword => "D-220",
            Self::Locked { .. } => "D-221",
            Self::CodeRefused { .. } => "D-222",
            Self::ReplyIncomplete { .. } => "D-230",
            Self::TooMuch { .. } => "D-231",
            Self::OtherUnit { .. } => "D-240",
            Self::BadIdentity { .. } => "D-241",
            Self::LabelNeeded => "D-242",
            Self::SettingNotAvailable { .. } => "P-401",
            Self::ValueOutOfRange { .. } => "P-402",
            Self::UnknownModel { .. } => "P-403",
            Self::FormerNotWritable { .. } => "P-404",
            Self::ApprovalNeeded { .. } => "P-410",
            Self::ApprovalRefused => "P-411",
            Self::ProfileNotConfirmed { .. } => "P-412",
            Self::DidNotStay { .. } => "V-310",
            Self::ValuesRefused { .. } => "V-311",
            Self::ChangedByItself { .. } => "V-312",
            Self::DidNotComeBack => "V-320",
            Self::RestartLoop => "V-321",
            Self::PowerCycleNeeded => "V-322",
            Self::NeverShown { .. } => "V-323",
            Self::NotSaved => "V-330",
            Self::OneShotUnknown { .. } => "V-340",
            Self::CarrierRefused { .. } => "C-501",
            Self::CarrierConflict { .. } => "C-502",
            Self::CarrierUnknown { .. } => "C-503",
            Self::CarrierTooSlow { .. } => "C-504",
            Self::ClaimedElsewhere { .. } => "C-505",
            Self::ValuesAwaited => "C-506",
            Self::MessageRefused { .. } => "T-210",
            Self::MessageNotAnswered { .. } => "T-220",
            Self::MessageInDoubt { .. } => "T-230",
            Self::MessageAnsweredNo { .. } => "T-240",
            Self::MessageShowsOther { .. } => "T-310",
            Self::JobOpen => "J-601",
            Self::InventoryFailed { .. } => "I-701",
            Self::Cancelled => "J-602",
            Self::BenchGone { .. } => "J-603",
            Self::InOtherPush { .. } => "J-604",
            Self::Internal { .. } => "J-690",
        }
    }

    /// Whether a person can cure it now (amber) rather than set the unit aside (red).
    #[must_use]
    pub fn needs_person(&self) -> bool {
        matches!(
            self,
            Self::Locked { .. }
                | Self::CodeRefused { .. }
                | Self::WrongPassword
                | Self::LabelNeeded
                | Self::ApprovalNeeded { .. }
                | Self::ProfileNotConfirmed { .. }
                | Self::PowerCycleNeeded
                | Self::NeverShown { .. }
                | Self::OneShotUnknown { .. }
                | Self::CarrierConflict { .. }
                | Self::CarrierUnknown { .. }
                | Self::CarrierTooSlow { .. }
                | Self::ClaimedElsewhere { .. }
                | Self::ValuesAwaited
                | Self::MessageInDoubt { .. }
                | Self::OtherUnit { .. }
                | Self::PortVanished
                | Self::PortBusy
                | Self::PortNotPermitted
                | Self::ModemPort
                | Self::LogPort
        )
    }
}
