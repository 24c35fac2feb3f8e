//! Where words and data go: JSON lines or tables on standard output, words for people on standard error.

use crate::start::StartError;
use fleet::Advice;
use serde::Serialize;
use std::io::{self, Write};

/// Standard output and standard error, as this command uses them.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// For a command with or without `--json`.
    #[must_use]
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether standard output carries JSON lines.
    #[must_use]
    pub fn is_json(self) -> bool {
        self.json
    }

    /// One JSON object on one line, at once.
    pub fn json_line(self, value: &impl Serialize) {
        if let Ok(text) = serde_json::to_string(value) {
            self.line(&text);
        }
    }

    /// One line on standard output. A reader that went away (`| head`) is no fault of ours.
    pub fn line(self, text: &str) {
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// A line for people: standard output, or standard error where output is data.
    pub fn say(self, text: &str) {
        if self.json {
            self.problem(text)
        } else {
            self.line(text)
        }
    }

    /// A line for people about something that went wrong.
    pub fn problem(self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// The four lines.
    pub fn advice(self, advice: &Advice) {
        self.problem(&format!("\n{advice}\n"));
    }

    /// Why the command cannot start.
    pub fn start_error(self, error: &StartError) {
        let lines = match error {
            StartError::Usage(what) => [
                format!("The command cannot be used: {what}."),
                "Nothing was done.".into(),
                "Correct the command; --help says what it takes.".into(),
                "U-001".into(),
            ],
            StartError::Failed {
                what,
                state,
                cure,
                code,
            } => [what.clone(), state.clone(), cure.clone(), (*code).into()],
        };
        // A parser's message may have several lines and pictures of the place: here it is one line, so that four stay four.
        let lines = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        self.problem(&lines.join("\n"));
        if self.json {
            self.json_line(
                &serde_json::json!({ "type": "error", "fault": lines[3], "message": lines }),
            );
        }
    }
}

/// The four lines of an advice as JSON shows them.
#[must_use]
pub fn message(advice: &Advice) -> Vec<String> {
    advice.lines().into_iter().collect()
}
