//! Texts looked for in other texts as whole words, however their letters are written.

use regex::{NoExpand, Regex, RegexBuilder};

/// Texts to look for.
#[derive(Debug, Clone)]
pub struct WholeWords(Regex);

/// They are too many or too long to be looked for at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("so many texts cannot be looked for at once")]
pub struct TooManyWords;

impl WholeWords {
    /// Looks for these; the longest first, because one may be the beginning of another.
    ///
    /// # Errors
    /// When together they are longer than some megabytes.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, TooManyWords> {
        let mut texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        let edge = |letter: Option<char>| match letter {
            Some(letter) if letter.is_alphanumeric() => r"\b",
            _ => "",
        };
        let alternatives: Vec<String> = texts
            .iter()
            .map(|text| {
                let (first, last) = (text.chars().next(), text.chars().next_back());
                format!("{}{}{}", edge(first), regex::escape(text), edge(last))
            })
            .collect();
        // An alternative of nothing would be found everywhere.
        let pattern = match alternatives.as_slice() {
            [] => r"[^\s\S]".to_owned(),
            some => some.join("|"),
        };
        RegexBuilder::new(&pattern)
            .case_insensitive(true)
            .build()
            .map(Self)
            .map_err(|_| TooManyWords)
    }

    /// The text with `by` in their places, where it has any of them.
    #[must_use]
    pub fn replaced(&self, text: &str, by: &str) -> Option<String> {
        self.0
            .is_match(text)
            .then(|| self.0.replace_all(text, NoExpand(by)).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_whole_in_any_letters_and_never_as_a_part_of_another() {
        let words = WholeWords::of(["Ärzte", "Ärzte Nord", "KL-4821", "(x)"]).unwrap();
        for (text, replaced) in [
            ("ÄRZTE NORD, ärzte", Some("-, -")),
            ("kl-4821.", Some("-.")),
            ("a(X)b", Some("a-b")),
            ("Ärztehaus, KL-48210", None),
        ] {
            assert_eq!(words.replaced(text, "-").as_deref(), replaced, "{text}");
        }
    }

    #[test]
    fn who_looks_for_nothing_finds_nothing() {
        let nothing = WholeWords::of(["", ""]).unwrap();
        assert_eq!(nothing.replaced("anything at all", "-"), None);
        assert_eq!(nothing.replaced("", "-"), None);
    }
}
