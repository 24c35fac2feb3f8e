//! Where words and data go: JSON lines or tables on standard output, words for people on standard error.
//!
//! Every word for people goes through here, so that nothing that came from a list, a unit or a colleague can speak to the terminal.

use crate::start::StartError;
use fleet::Advice;
use fleet::printable::{escaped, is_printable};
use serde::Serialize;
use std::borrow::Cow;
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
            written(&text);
        }
    }

    /// One line for people on standard output.
    pub fn line(self, text: &str) {
        written(&harmless(text));
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
        let _ = writeln!(io::stderr().lock(), "{}", harmless(text));
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
            self.json_line(&serde_json::json!({ "type": "summary", "fault": lines[3] }));
        }
    }
}

/// A reader that went away (`| head`) is no fault of ours.
fn written(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// The text with everything that could move a cursor, turn the reading direction or hide as a visible escape. Our own line ends and
/// columns stay; a line end inside a value is escaped where the value is put into a row.
fn harmless(text: &str) -> Cow<'_, str> {
    let ours = ['\n', '\t'];
    if text.split(ours).all(is_printable) {
        return Cow::Borrowed(text);
    }
    let parts = text.split_inclusive(ours).map(|part| {
        let end = part.chars().next_back().filter(|last| ours.contains(last));
        let words = part.strip_suffix(ours).unwrap_or(part);
        let mut words = escaped(words);
        words.extend(end);
        words
    });
    Cow::Owned(parts.collect())
}

/// The four lines of an advice as JSON shows them.
#[must_use]
pub fn message(advice: &Advice) -> Vec<String> {
    advice.lines().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_printed_can_speak_to_the_terminal() {
        for (text, shown) in [
            ("Grüße, 東京\n  \tzwei\n", "Grüße, 東京\n  \tzwei\n"),
            ("\u{1b}[31mX", r"\u{1b}[31mX"),
            (
                "a\n\u{1b}]52;c;AAAA\u{7}\tb",
                "a\n\\u{1b}]52;c;AAAA\\u{7}\tb",
            ),
            ("\u{202e}356938030000047\r", r"\u{202e}356938030000047\u{d}"),
            ("\u{9b}0m", r"\u{9b}0m"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), shown, "{text:?}");
        }
        let long = "x".repeat(500);
        assert_eq!(harmless(&long), long, "nothing is cut");
    }
}
