//! How a command ends, for scripts.

use fleet::journal::Verdict;
use fleet::registration::RegistrationState;
use std::process::{ExitCode, Termination};

/// Exit codes. They are part of the program's contract: a code never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitStatus {
    /// 0: everything asked for is done.
    Done,
    /// 4: done here; something is owed to the carrier or the fleet database and follows by itself.
    Owed,
    /// 3: a person must decide about something.
    NeedsPerson,
    /// 1: something failed.
    Failed,
    /// 2: the command itself was wrong; nothing was done.
    Usage,
}

impl ExitStatus {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NeedsPerson => 3,
            Self::Owed => 4,
        }
    }

    /// What one unit's end means. A pending activation is no debt: the carrier has accepted it.
    #[must_use]
    pub fn of_unit(verdict: Verdict, registration: RegistrationState) -> Self {
        match (verdict, registration) {
            (Verdict::Stopped, _) | (_, RegistrationState::Refused) => Self::Failed,
            (Verdict::NeedsPerson, _) => Self::NeedsPerson,
            (_, RegistrationState::Owed) => Self::Owed,
            _ => Self::Done,
        }
    }

    /// The graver of two: failed before a person's decision before owed before done.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

impl Termination for ExitStatus {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_unit_decides_the_exit_code() {
        let owed = ExitStatus::of_unit(Verdict::Verified, RegistrationState::Owed);
        let person = ExitStatus::of_unit(Verdict::NeedsPerson, RegistrationState::Skipped);
        let failed = ExitStatus::of_unit(Verdict::Stopped, RegistrationState::Skipped);
        assert_eq!(ExitStatus::Done.and(owed).code(), 4);
        assert_eq!(owed.and(person).code(), 3);
        assert_eq!(person.and(failed).and(owed).code(), 1);
        assert_eq!(
            ExitStatus::of_unit(Verdict::AlreadySet, RegistrationState::Pending).code(),
            0
        );
    }
}
