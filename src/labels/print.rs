//! Handing labels to the system's printer. Where it has no such command, a person prints the PDF from a viewer.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Why nothing was printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// There is no command to print with.
    #[error(
        "this program cannot reach a printer on this system; keep the label as a PDF (Label, on the unit's page) and print that"
    )]
    NoPrinting,
    /// The printer's own words.
    #[error("the printer did not take the labels: {0}")]
    NotTaken(String),
}

/// Hands a PDF over; it stays in memory, so that no file with a customer's name is left behind. Blocks until the printing system
/// has it, which says nothing of the paper.
///
/// # Errors
/// When there is no such command, or it would not take it.
pub fn print(pdf: &[u8]) -> Result<(), PrintError> {
    let mut child = Command::new("lp")
        .args(["-t", "Fleetdesk labels"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|_| PrintError::NoPrinting)?;
    let handed = child.stdin.take().map(|mut stdin| stdin.write_all(pdf));
    let answer = child
        .wait_with_output()
        .map_err(|error| PrintError::NotTaken(error.to_string()))?;
    let why = String::from_utf8_lossy(&answer.stderr);
    let why = fleet::printable::printable(why.trim());
    match (answer.status.success(), handed) {
        (true, Some(Ok(()))) => Ok(()),
        (_, Some(Err(error))) if why.is_empty() => Err(PrintError::NotTaken(error.to_string())),
        _ => Err(PrintError::NotTaken(why)),
    }
}
