//! The ledger: what the sandbox did, one JSON object a line, appended before any answer leaves.
//!
//! It is evidence for tests, which read the file by themselves, and the memory from which a sandbox starts again.

use super::messages::MessageLine;
use super::reports::ReportSeed;
use super::seed::AccountSeed;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// One thing that the sandbox did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub enum LedgerLine {
    /// A registration was accepted.
    Registered {
        /// When.
        at: Timestamp,
        /// The caller's reference.
        client_ref: Uuid,
        /// Device.
        device_id: String,
        /// SIM.
        iccid: Option<String>,
        /// The number that it was given.
        unit_id: String,
        /// Transaction of its activation.
        transaction_id: String,
        /// When that ends.
        due_at: Timestamp,
        /// Whether it ends in error.
        fails: bool,
        /// The whole request.
        request: Value,
    },
    /// Another change of a unit was accepted.
    Changed {
        /// When.
        at: Timestamp,
        /// The caller's reference.
        client_ref: Uuid,
        /// The unit.
        unit_id: String,
        /// Which change, as the contract words it.
        operation: String,
        /// Its transaction.
        transaction_id: String,
        /// When that ends.
        due_at: Timestamp,
        /// The whole request.
        request: Value,
    },
    /// A request was answered with what was there already; nothing was done.
    Replayed {
        /// When.
        at: Timestamp,
        /// The caller's reference.
        client_ref: Uuid,
        /// The unit.
        unit_id: String,
    },
    /// A write was refused; nothing was done.
    Refused {
        /// When.
        at: Timestamp,
        /// The caller's reference, if it could be read.
        client_ref: Option<Uuid>,
        /// HTTP status.
        status: u16,
        /// Error word.
        error: String,
    },
    /// A unit was looked up.
    LookedUp {
        /// When.
        at: Timestamp,
        /// By which identifier.
        by: String,
        /// Its value.
        value: String,
        /// Whether there was one.
        found: bool,
    },
    /// Messages were taken over, or refused one by one.
    MessagesTaken {
        /// When.
        at: Timestamp,
        /// The caller's reference.
        client_ref: Uuid,
        /// Each of them.
        messages: Vec<MessageLine>,
        /// When they arrive.
        due_at: Timestamp,
        /// The whole request.
        request: Value,
    },
    /// A unit sent something back to a message.
    UnitAnswered {
        /// When.
        at: Timestamp,
        /// The carrier's number for the message.
        message: String,
        /// What it said.
        text: String,
    },
    /// Somebody changed a unit in the carrier's portal, behind our back.
    PortalEdited {
        /// When.
        at: Timestamp,
        /// The unit.
        unit_id: String,
        /// What was set, in the contract's names.
        set: Map<String, Value>,
    },
    /// A row of units was put into the account.
    AccountSeeded {
        /// When.
        at: Timestamp,
        /// Which.
        seed: AccountSeed,
    },
    /// Reports were seeded; they appear by time.
    ReportsSeeded {
        /// When.
        at: Timestamp,
        /// Which.
        seed: ReportSeed,
    },
    /// The answer to a write was lost or replaced on purpose.
    AnswerLost {
        /// When.
        at: Timestamp,
        /// The caller's reference.
        client_ref: Uuid,
        /// Whether all was done before.
        after_commit: bool,
    },
}

/// The lines, in memory and, where a path was given, in the file.
#[derive(Debug)]
pub(super) struct Ledger {
    lines: Vec<LedgerLine>,
    file: Option<File>,
}

impl Ledger {
    /// Opens the file, reads what is there and goes on behind it.
    pub(super) fn open(path: Option<&PathBuf>) -> io::Result<Self> {
        let Some(path) = path else {
            return Ok(Self {
                lines: Vec::new(),
                file: None,
            });
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let (lines, whole_bytes) = parse(&text)?;
        if whole_bytes < text.len() {
            // The last line was cut by a kill: it was never answered for, so it did not happen.
            file.set_len(u64::try_from(whole_bytes).unwrap_or(u64::MAX))?;
        }
        file.seek(SeekFrom::End(0))?;
        Ok(Self {
            lines,
            file: Some(file),
        })
    }

    /// Appends a line; it is with the operating system before this returns.
    pub(super) fn append(&mut self, line: LedgerLine) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            let mut text = serde_json::to_string(&line)?;
            text.push('\n');
            file.write_all(text.as_bytes())?;
        }
        self.lines.push(line);
        Ok(())
    }

    pub(super) fn lines(&self) -> &[LedgerLine] {
        &self.lines
    }
}

/// Reads a ledger file by itself, without a sandbox.
///
/// # Errors
/// When the file cannot be read, or a whole line in it is no ledger line.
pub fn read(path: &Path) -> io::Result<Vec<LedgerLine>> {
    parse(&std::fs::read_to_string(path)?).map(|(lines, _)| lines)
}

/// The whole lines of a ledger, and how many bytes they take.
fn parse(text: &str) -> io::Result<(Vec<LedgerLine>, usize)> {
    let whole_bytes = text.rfind('\n').map_or(0, |index| index + 1);
    let whole = text.get(..whole_bytes).unwrap_or_default();
    let lines = whole
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    Ok((lines, whole_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u128) -> LedgerLine {
        LedgerLine::Replayed {
            at: Timestamp::UNIX_EPOCH,
            client_ref: Uuid::from_u128(number),
            unit_id: "U000001".to_owned(),
        }
    }

    #[test]
    fn a_line_cut_by_a_kill_did_not_happen_and_the_next_one_stands_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        Ledger::open(Some(&path)).unwrap().append(line(1)).unwrap();
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"kind\":\"rep")
            .unwrap();
        let mut ledger = Ledger::open(Some(&path)).unwrap();
        assert_eq!(ledger.lines(), [line(1)]);
        ledger.append(line(2)).unwrap();
        assert_eq!(read(&path).unwrap(), [line(1), line(2)]);
    }

    #[test]
    fn a_ledger_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::fs::write(&path, "hello\n").unwrap();
        assert!(Ledger::open(Some(&path)).is_err());
    }
}
