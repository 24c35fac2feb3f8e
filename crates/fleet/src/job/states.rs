//! Names of the durable states, as the job table and lists show them.

/// How far a job has come, as its journal tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobState {
    /// Nothing is in the journal yet.
    New,
    /// The unit said who it is.
    Identified,
    /// Everything that it held is kept.
    Imaged,
    /// It is known what will change.
    Planned,
    /// Values are being written.
    Applying,
    /// Save and restart were asked for.
    Saving,
    /// It is back; what it kept is being read.
    Verifying,
    /// Its former values are being written back.
    Restoring,
    /// Proved; the office database is asked for the SIM next.
    RegClaim,
    /// The carrier was asked, or whether it was is in doubt.
    RegIntent,
    /// The carrier accepted; activation runs.
    RegPending,
    /// All is in the inventory; only the last word is missing.
    Recorded,
    /// Ended well.
    Done,
    /// Ended badly.
    Failed,
    /// Stopped by a person before anything was written.
    Cancelled,
    /// It cannot go on without a person.
    NeedsPerson,
}

impl JobState {
    /// The word in the job table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Identified => "identified",
            Self::Imaged => "imaged",
            Self::Planned => "planned",
            Self::Applying => "applying",
            Self::Saving => "saving",
            Self::Verifying => "verifying",
            Self::Restoring => "restoring",
            Self::RegClaim => "reg_claim",
            Self::RegIntent => "reg_intent",
            Self::RegPending => "reg_pending",
            Self::Recorded => "recorded",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::NeedsPerson => "needs_person",
        }
    }

    /// Whether nothing more will come: the unit and its SIM are free for another job.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Whether the rest is between the program and the carrier, so that the unit is not needed.
    #[must_use]
    pub fn goes_on_without_unit(self) -> bool {
        matches!(
            self,
            Self::RegClaim | Self::RegIntent | Self::RegPending | Self::Recorded
        )
    }
}
