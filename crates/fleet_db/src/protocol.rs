//! What goes to the fleet database and what comes back.
//!
//! An [`Operation`] is one edit of one unit with the values that its editor saw. It has a number of its own and leaves a receipt, so
//! sending it again is harmless and gives the old answer. A pull is state: the units whose newest revision is above a [`Position`].

use crate::fault::Fault;
pub use crate::unit_row::UnitRow;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Version of the rules in this file. A database may ask for a newer one before it takes edits ([`Page::min_client`]).
pub const CLIENT_VERSION: i32 = 1;
/// Most operations in one push.
pub const MOST_OPERATIONS: usize = 500;
/// Most bytes of JSON in one push.
pub const MOST_BYTES: usize = 1 << 20;

/// One edit of one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its own number; the receipt is kept under it.
    pub op_id: Uuid,
    /// Its place in the order of this device; never used twice.
    pub seq: i64,
    /// The unit's row.
    pub unit_id: Uuid,
    /// What is done.
    pub kind: OperationKind,
    /// Who says to have done it; the login is the fact.
    pub actor: String,
    /// Whether all fields belong together: one clash then keeps the whole operation back.
    pub atomic: bool,
    /// The fields, by column name.
    pub fields: BTreeMap<String, FieldChange>,
}

/// What an operation does to its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    /// Adds the unit; only `new` of each field counts.
    Create,
    /// Changes fields.
    Set,
    /// Deletes the unit, if the fields named still hold their `base`.
    Delete,
}

/// A field's value before and after an edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// What the editor saw.
    pub base: Value,
    /// What it shall be.
    pub new: Value,
}

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Done.
    Applied,
    /// Some fields done; the others had changed meanwhile and are kept for review.
    Partial,
    /// Nothing done: fields had changed meanwhile.
    Conflict,
    /// The unit is not in the fleet table (any more).
    Gone,
    /// A rule of the table refused it.
    Rejected,
    /// Not decided and no receipt kept: somebody holds the row. Ask again later.
    Busy,
}

impl Outcome {
    /// Whether this is the last word on the operation.
    #[must_use]
    pub fn is_decided(self) -> bool {
        self != Self::Busy
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "applied" => Self::Applied,
            "partial" => Self::Partial,
            "conflict" => Self::Conflict,
            "gone" => Self::Gone,
            "rejected" => Self::Rejected,
            "busy" => Self::Busy,
            _ => return None,
        })
    }
}

/// The answer to one operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Which.
    pub op_id: Uuid,
    /// What became of it.
    pub outcome: Outcome,
    /// `{"server": {field: value}}` with the values that clashed; for a refusal `sqlstate`, `constraint`, `column`, `message` and, where a
    /// number exists already, `unit_id` of the unit that has it.
    pub detail: Option<Value>,
}

impl Answer {
    /// The values in the fleet table that clash with the operation's.
    #[must_use]
    pub fn clashing(&self) -> Option<&Map<String, Value>> {
        self.detail.as_ref()?.get("server")?.as_object()
    }
}

/// Where the last finished pull ended: the first page's head of that pull.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Revision up to which everything is known; 0 at the beginning.
    pub cursor: i64,
    /// Random tag of that revision; tells whether it is still the same history. `None` at the beginning.
    pub tag: Option<Uuid>,
}

/// Row after which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageAfter {
    /// Its revision.
    pub rev: i64,
    /// Its unit.
    pub unit_id: Uuid,
}

impl PageAfter {
    /// Where the first page of a pull begins.
    #[must_use]
    pub fn first(position: &Position) -> Self {
        Self {
            rev: position.cursor,
            unit_id: Uuid::max(),
        }
    }
}

/// One page of a pull.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Newest revision. Of the first page: the position to keep when the last page is stored.
    pub head: i64,
    /// Its tag.
    pub head_tag: Uuid,
    /// The database's schema. When it has changed, everything is pulled anew from 0.
    pub schema_version: i32,
    /// Oldest [`CLIENT_VERSION`] that may push.
    pub min_client: i32,
    /// Whether the position asked with belongs to this history; `false` after a restore or on another database.
    pub same_history: bool,
    /// Revision of the newest [`Purge`]; 0 when there never was one.
    pub purged: i64,
    /// Units in order of revision; fewer than asked for: this was the last page.
    pub rows: Vec<PulledUnit>,
}

impl Page {
    /// Whether this program may push to this database.
    ///
    /// # Errors
    /// [`Fault::ClientTooOld`] when it may not; pulling goes on, edits are kept.
    pub fn may_push(&self) -> Result<(), Fault> {
        if self.min_client > CLIENT_VERSION {
            return Err(Fault::ClientTooOld {
                wanted: self.min_client,
                ours: CLIENT_VERSION,
            });
        }
        Ok(())
    }
}

/// A unit as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct PulledUnit {
    /// Revision of its newest change.
    pub rev: i64,
    /// Its row.
    pub unit_id: Uuid,
    /// Its columns, `id` included; `None`: deleted.
    pub unit: Option<UnitRow>,
}

/// Who holds a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimAnswer {
    /// Whether the job that asked holds it.
    pub mine: bool,
    /// The job that holds it.
    pub job_id: Uuid,
    /// Who that job said to be.
    pub actor: Option<String>,
    /// Since when, by the server's clock.
    pub at: Timestamp,
}

/// A unit or SIM that a bench has in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenClaim {
    /// `iccid`, or the kind of the unit's identity.
    pub kind: String,
    /// Which.
    pub key: String,
    /// The job that holds it.
    pub job_id: Uuid,
    /// Who that job said to be.
    pub actor: Option<String>,
    /// Since when, by the server's clock.
    pub at: Timestamp,
}

/// One change of a unit, by whomever.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// Its place in the unit's history, from 1.
    pub n: i32,
    /// `{"insert": row}`, `{"delete": row}`, or `{field: [old, new]}`.
    pub change: Value,
    /// The operation, when a bench made it; `None`: plain SQL.
    pub op_id: Option<Uuid>,
    /// Who says to have done it; `None` for plain SQL.
    pub actor: Option<String>,
    /// The login that did it.
    pub login: String,
    /// When its transaction began, by the server's clock.
    pub at: Timestamp,
}

/// Facts about a person that were blanked for good: whoever keeps them blanks them, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purge {
    /// In which revision.
    pub rev: i64,
    /// Of which unit.
    pub unit_id: Uuid,
    /// The columns.
    pub fields: Vec<String>,
}

/// Who has a unit's row in an open transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowHolder {
    /// The login.
    pub login: String,
    /// Since when, by the server's clock.
    pub since: Timestamp,
    /// How long that is by then, by the same clock.
    pub open_s: i64,
}
