//! What a job is waiting for in this run. None of it is durable.

use super::Ending;
use crate::registration::Rejection;

/// What the next input should be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was asked for yet.
    Fresh,
    /// The second identity of the start.
    IdentifyingAtStart,
    /// Everything that the unit holds; `again` when the first try was incomplete.
    Reading {
        again: bool,
    },
    /// A person's word about guarded changes.
    Approving,
    /// A group of writes.
    Writing,
    /// Whether refused places hold their values all the same.
    CheckingRefusal,
    IdentifyingBeforeSave,
    Saving,
    /// The restart request.
    Restarting,
    /// The unit after its restart.
    AwaitingRestart,
    /// Everything, after the restart.
    ReadingBack {
        again: bool,
    },
    IdentifyingAfter,
    /// The unit after a lost connection.
    AwaitingUnit,
    /// The polite end of the session.
    Closing,
    Claiming,
    Registering,
    LookingUp,
    Following,
    /// What the carrier gives to be written.
    AskingValues,
    /// The unit once more, after its registration.
    IdentifyingRegistered,
    /// The service code goes into the memory of the talk.
    LearningCode,
    /// Time.
    Waiting(Next),
    Ended,
}

/// What a wake-up is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Claim,
    Send,
    LookUp,
    Follow,
    Values,
}

/// What a look-up has to answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Asking {
    /// Whether a request of ours was carried out at all: rule L.
    #[default]
    Doubt,
    /// What contradicts our request.
    Conflict(Rejection),
    /// Whether an accepted registration is active by now.
    Activation,
}

/// What follows the polite end of a session.
#[derive(Debug, Clone)]
pub(super) enum AfterClosing {
    /// The job ends, for this run at least.
    End(Box<Ending>),
    /// The unit may be pulled, and the carrier is next.
    Register,
}
