//! What can come of one question: the words in which `exchange` reports to the operations.

use crate::fault::Fault;
use crate::profile::{Captures, SignMeaning};
use crate::secret::Secret;
use std::collections::BTreeMap;

/// What came of a question.
#[derive(Debug)]
pub(super) enum Answer {
    /// Every reply came.
    Replied {
        /// What the replies said.
        captures: Captures,
        /// The factory password that worked, where several were tried.
        password: Option<Secret>,
    },
    /// The whole list of parameters.
    Listed(BTreeMap<String, String>),
    /// The list was not ready, after all tries.
    NotReady,
    /// The unit said no.
    Refused(String),
    /// Nothing that answers it, after all tries.
    Silent,
    /// Part of the answer, after all tries.
    Incomplete {
        /// What was missing.
        detail: String,
        /// What was there.
        captures: Captures,
    },
    /// Something that ends more than this question.
    Fault(Fault),
}

impl Answer {
    /// Nothing but a sign of something that cannot answer was seen.
    pub(super) fn of_sign(sign: SignMeaning) -> Self {
        Self::Fault(match sign {
            SignMeaning::ModemPort => Fault::ModemPort,
            SignMeaning::BinaryMode => Fault::BinaryMode,
            SignMeaning::Starting | SignMeaning::Started => Fault::Silent,
        })
    }
}
