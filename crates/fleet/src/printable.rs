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
}
