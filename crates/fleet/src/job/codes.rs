//! Service codes that a unit was given by earlier jobs. A unit counts what is wrong over all of them and powers down for good at the
//! fifth; what one job was refused must hold the next one back, whatever template or profile it has.

use super::history::{Bench, History};
use crate::journal::JobEvent;

/// How many service codes a unit is given, whoever gives them, until it takes one. Units power down after five wrong ones, so some are
/// left to the maker.
pub(super) const MOST_CODES: u32 = 3;

/// What a unit was told so far, and never took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CodesGiven {
    left: u32,
    waits: bool,
    refused: bool,
}

impl CodesGiven {
    /// What `earlier` jobs of the unit tell, the oldest first, each with its events in order.
    pub fn by<'a, Events>(earlier: impl IntoIterator<Item = Events>) -> Self
    where
        Events: IntoIterator<Item = &'a JobEvent>,
    {
        let mut given = Self::default();
        for events in earlier {
            let job = History::of(events.into_iter().map(|event| (event, None))).bench;
            if job.answered || job.proved.is_some() {
                given = Self::default();
            } else if job.codes_left > 0 {
                given = Self {
                    left: given.left + job.codes_left,
                    waits: job.code_left,
                    refused: job.code_refused,
                };
            }
        }
        given
    }

    /// A person has another code for the unit. It may leave, unless the unit was told too many.
    #[must_use]
    pub fn and_another_at_hand(self) -> Self {
        let waits = self.waits && self.left >= MOST_CODES;
        Self { waits, ..self }
    }

    pub(super) fn history(self) -> History {
        History {
            bench: Bench {
                code_left: self.waits,
                codes_left: self.left,
                code_refused: self.refused,
                ..Bench::default()
            },
            ..History::default()
        }
    }
}
