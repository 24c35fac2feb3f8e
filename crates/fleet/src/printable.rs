//! Makes text from units, carriers and files harmless for screens, terminals and logs.
//!
//! A unit's answer is bytes from a stranger: it could move a cursor, forge a line or turn the reading direction.

use std::fmt::Write as _;

/// Longest text that is shown, in characters.
const LONGEST: usize = 120;

/// `text` with control, direction and invisible characters as visible escapes, cut to 120 characters.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::new();
    let mut length = 0;
    for character in text.chars() {
        let mut piece = String::new();
        if is_harmless(character) {
            piece.push(character);
        } else {
            let _ = write!(piece, "{}", character.escape_unicode());
        }
        let piece_length = piece.chars().count();
        if length + piece_length > LONGEST {
            while length >= LONGEST {
                shown.pop();
                length -= 1;
            }
            shown.push('…');
            return shown;
        }
        length += piece_length;
        shown.push_str(&piece);
    }
    shown
}

/// Whether `text` could be shown as it is: no control, direction or invisible character stands in it.
#[must_use]
pub fn is_printable(text: &str) -> bool {
    text.chars().all(is_harmless)
}

/// `text` with the same characters as visible escapes, whole: for records that are not shown as one line.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmless(character) {
            shown.push(character);
        } else {
            let _ = write!(shown, "{}", character.escape_unicode());
        }
    }
    shown
}

fn is_harmless(character: char) -> bool {
    let invisible = matches!(u32::from(character),
        0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E
        | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xE0000..=0xE0FFF);
    !character.is_control() && !invisible
}

/// Bytes from a stranger as lines in which every one of them is visible: printable ASCII as it is, a backslash doubled, everything else
/// as an escape (`\\r`, `\\n`, `\\x1b`). Nothing of it can move a cursor, and no line grows without end.
#[derive(Debug, Default)]
pub struct Visible {
    line: String,
}

impl Visible {
    /// Longest line, in characters; what is longer goes on in the next one.
    pub const LONGEST: usize = 4096;

    /// Takes bytes; gives the lines that they end.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for byte in bytes {
            match byte {
                b'\\' => self.line.push_str("\\\\"),
                b'\r' => self.line.push_str("\\r"),
                b'\n' => self.line.push_str("\\n"),
                b' '..=b'~' => self.line.push(char::from(*byte)),
                other => {
                    let _ = write!(self.line, "\\x{other:02x}");
                }
            }
            if *byte == b'\n' || self.line.len() >= Self::LONGEST {
                lines.push(std::mem::take(&mut self.line));
            }
        }
        lines
    }

    /// What stands there without an end.
    pub fn rest(&mut self) -> Option<String> {
        (!self.line.is_empty()).then(|| std::mem::take(&mut self.line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tricks_of_hostile_text_become_visible() {
        assert_eq!(
            printable("OK\u{1b}]52;c;AAAA\u{7}"),
            r"OK\u{1b}]52;c;AAAA\u{7}"
        );
        assert_eq!(printable("a\rb\nc\0"), r"a\u{d}b\u{a}c\u{0}");
        assert_eq!(
            printable("\u{202e}321\u{200b}\u{feff}\u{9b}\u{7f}"),
            r"\u{202e}321\u{200b}\u{feff}\u{9b}\u{7f}"
        );
        assert_eq!(
            printable("Grüße, 東京 <img onerror>"),
            "Grüße, 東京 <img onerror>"
        );
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(printable(&"x".repeat(120)), "x".repeat(120));
        assert_eq!(printable(&"x".repeat(121)), format!("{}…", "x".repeat(119)));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_printable_and_short(characters in prop::collection::vec(any::<char>(), 0..300)) {
            let shown = printable(&characters.into_iter().collect::<String>());
            prop_assert!(is_printable(&shown));
            prop_assert!(shown.chars().count() <= 120);
            prop_assert_eq!(printable(&shown), shown);
        }
    }

    #[test]
    fn every_byte_of_a_terminal_is_visible_and_no_line_grows_without_end() {
        let mut visible = Visible::default();
        let lines = visible.take(b"OK\\\r\n\x1b]52;c;evil\x07\xe2\x80\xaex\n\0");
        assert_eq!(
            lines,
            ["OK\\\\\\r\\n", "\\x1b]52;c;evil\\x07\\xe2\\x80\\xaex\\n"]
        );
        assert_eq!(visible.rest().as_deref(), Some("\\x00"));
        let many = visible.take(&[b'a'; 100_000]);
        assert!(many.len() >= 24 && many.iter().all(|line| line.len() <= Visible::LONGEST + 4));
        assert!(
            many.iter()
                .chain(&lines)
                .all(|line| line.bytes().all(|byte| matches!(byte, b' '..=b'~')))
        );
    }
}
