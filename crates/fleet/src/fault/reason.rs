//! Faults in at most three words, for the cards of lanes and for lists.

use super::Fault;

impl Fault {
    /// The fault in at most three words ('Wrong password'). Details are the advice's business.
    #[must_use]
    pub fn three_words(&self) -> &'static str {
        match self {
            Self::NoSuchPort => "No such port",
            Self::PortBusy => "Port in use",
            Self::PortNotPermitted => "Port not permitted",
            Self::NotASerialPort => "No serial port",
            Self::PortVanished => "Unit unplugged",
            Self::PortFailed { .. } => "Port failed",
            Self::Silent => "No answer",
            Self::NotAKnownUnit { .. } => "Not a unit",
            Self::ModemPort => "Use other port",
            Self::LogPort => "Use other port",
            Self::BinaryMode => "Binary mode",
            Self::NoAnswer { .. } => "Stopped answering",
            Self::RefusedByUnit { .. } => "Unit refused",
            Self::WrongPassword => "Wrong password",
            Self::Locked { .. } => "Keyword needed",
            Self::CodeRefused { .. } => "Keyword refused",
            Self::ReplyIncomplete { .. } => "Answer cut short",
            Self::TooMuch { .. } => "Endless answer",
            Self::OtherUnit { .. } => "Another unit",
            Self::BadIdentity { .. } => "Number not right",
            Self::LabelNeeded => "Scan its label",
            Self::SettingNotAvailable { .. } => "Setting not available",
            Self::ValueOutOfRange { .. } => "Value not allowed",
            Self::UnknownModel { .. } => "Unknown model",
            Self::FormerNotWritable { .. } => "Cannot go back",
            Self::ApprovalNeeded { .. } => "Agree to changes",
            Self::ApprovalRefused => "Not agreed to",
            Self::ProfileNotConfirmed { .. } => "Confirm its profile",
            Self::DidNotStay { .. } => "Did not stay",
            Self::ValuesRefused { .. } => "Values refused",
            Self::ChangedByItself { .. } => "Changed by itself",
            Self::DidNotComeBack => "Not back yet",
            Self::RestartLoop => "Keeps restarting",
            Self::PowerCycleNeeded => "Cut its power",
            Self::NotSaved => "Not saved",
            Self::OneShotUnknown { .. } => "Check before repeating",
            Self::CarrierRefused { .. } => "Carrier refused",
            Self::CarrierConflict { .. } => "Carrier disagrees",
            Self::CarrierUnknown { .. } => "Registered or not?",
            Self::CarrierTooSlow { .. } => "Carrier too slow",
            Self::ClaimedElsewhere { .. } => "On another bench",
            Self::ValuesAwaited => "Number not known",
            Self::MessageRefused { .. } => "Message refused",
            Self::MessageNotAnswered { .. } => "No answer",
            Self::MessageInDoubt { .. } => "Sent or not?",
            Self::MessageAnsweredNo { .. } => "Unit refused",
            Self::MessageShowsOther { .. } => "Shows other values",
            Self::JobOpen => "Already under way",
            Self::InventoryFailed { .. } => "Inventory not writable",
            Self::Cancelled => "Cancelled",
            Self::Internal { .. } => "Program part failed",
        }
    }
}
