//! What a job's journal means for the push that began it: while it runs, and after a crash between the two.

use super::machine::Kept;
use crate::fault::{Fault, UnitCondition};
use crate::job::Ending;
use crate::journal::{JobEvent, Verdict};
use crate::wording::counted;

/// What the end of a job means for its push.
#[must_use]
pub fn outcome_of_job(ending: &Ending) -> Kept {
    let changes = values(ending.changes);
    match (ending.verdict, &ending.fault) {
        // What the carrier says later takes nothing from what was read back.
        (Verdict::Verified, _) => Kept::Verified(format!("{changes} read back after the restart")),
        (Verdict::AlreadySet, _) => Kept::AlreadyRight { by_message: false },
        (Verdict::NotVerified, _) => Kept::TakenForNow(format!(
            "{changes} written; this family cannot show all of them again"
        )),
        (_, Some(fault)) => of_fault(fault, ending.condition),
        (_, None) => Kept::PutOff("it was left without a reason; plug it in again".to_owned()),
    }
}

fn of_fault(fault: &Fault, condition: UnitCondition) -> Kept {
    match fault {
        // Pulling a cable is normal: what is left is done when the unit is back.
        Fault::PortVanished => Kept::PutOff(
            "pulled while it was being set; goes on when it is plugged in again".to_owned(),
        ),
        Fault::Cancelled
            if matches!(condition, UnitCondition::Untouched | UnitCondition::PutBack) =>
        {
            Kept::PutOff("stopped at a safe point; waits for the cable".to_owned())
        }
        // Its job is not over: it goes on with the proof once the unit is back.
        Fault::Cancelled => Kept::PutOff(
            "stopped while it restarted; what it kept is checked when it is plugged in".to_owned(),
        ),
        _ if condition == UnitCondition::Set => {
            Kept::Verified("every value was read back".to_owned())
        }
        _ => Kept::Failed {
            fault: fault.clone(),
            condition,
        },
    }
}

impl Kept {
    /// What a job's journal says of a unit that was in hand when the program was cut off; `None` while the job is open.
    #[must_use]
    pub fn of_journal<'e>(events: impl Iterator<Item = &'e JobEvent>) -> Option<Self> {
        let mut changes = 0;
        let mut end = None;
        for event in events {
            match event {
                JobEvent::Planned { changes: lines, .. } => changes = lines.len(),
                JobEvent::Verified { unproved, .. } => {
                    end = Some(if changes == 0 {
                        Self::AlreadyRight { by_message: false }
                    } else if unproved.is_empty() {
                        Self::Verified(format!("{} read back after the restart", values(changes)))
                    } else {
                        Self::TakenForNow(format!(
                            "{} written; this family cannot show all of them again",
                            values(changes)
                        ))
                    });
                }
                JobEvent::Failed { fault, condition } => end = Some(of_fault(fault, *condition)),
                JobEvent::Cancelled { condition, .. } => {
                    end = Some(of_fault(&Fault::Cancelled, *condition))
                }
                _ => {}
            }
        }
        end
    }
}

fn values(count: usize) -> String {
    counted(count as u64, "value", "values")
}

/// A failure in a line of a list.
pub(super) fn failed_words(fault: &Fault, condition: UnitCondition) -> String {
    let state = match condition {
        UnitCondition::Untouched => "nothing was written to it",
        UnitCondition::PutBack => "it has its old settings back",
        UnitCondition::PartlyWritten => "it holds some old and some new settings",
        UnitCondition::Set => "it has all its new settings",
        UnitCondition::WrittenUnproved => "written, not proved",
        UnitCondition::NotKnown => "nothing is known to have changed",
    };
    format!(
        "{}: {}, {state}",
        fault.code(),
        fault.three_words().to_lowercase()
    )
}
