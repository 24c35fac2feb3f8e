//! What is wrong with a query, in words for the person who typed it.

use super::field::{Field, StateWord};
use crate::printable::printable;
use std::ops::Range;

/// Why a text is no query, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct QueryError {
    /// What is wrong and what could be written instead: a whole sentence, without its full stop.
    pub what: String,
    /// Which characters it is about, counted from 0.
    pub place: Range<usize>,
    /// Whether the text only ends too early: more typing may cure it.
    pub unfinished: bool,
}

impl QueryError {
    pub(super) fn new(what: impl Into<String>, place: Range<usize>) -> Self {
        Self {
            what: what.into(),
            place,
            unfinished: false,
        }
    }

    pub(super) fn unfinished(what: impl Into<String>, place: Range<usize>) -> Self {
        Self {
            unfinished: true,
            ..Self::new(what, place)
        }
    }

    /// Nothing is called so.
    pub(super) fn unknown_field(name: &str, sign: char, place: Range<usize>) -> Self {
        let shown = printable(name);
        let names = Field::names();
        let instead = match nearest(name, &names) {
            Some(near) => format!("did you mean {near}{sign}?"),
            None => format!("the fields are {}.", names.join(", ")),
        };
        Self::new(
            format!(
                "'{shown}' is no field; {instead} To look for the text itself, put it in quotes"
            ),
            place,
        )
    }

    /// No state is called so.
    pub(super) fn unknown_state(word: &str, place: Range<usize>) -> Self {
        let names: Vec<&str> = StateWord::ALL
            .iter()
            .filter_map(|(_, words)| words.first().copied())
            .collect();
        let shown = printable(word);
        Self::new(
            match nearest(word, &names) {
                Some(near) => format!("'{shown}' is no state; did you mean state:{near}?"),
                None => format!("'{shown}' is no state; the states are {}", names.join(", ")),
            },
            place,
        )
    }
}

/// The name that was probably meant: one or two letters apart, or begun.
fn nearest<'a>(typed: &str, names: &[&'a str]) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    if typed.chars().count() > 20 {
        return None;
    }
    let begun = names
        .iter()
        .filter(|name| typed.chars().count() >= 3 && name.starts_with(&typed));
    let mut begun = begun.copied();
    if let (Some(one), None) = (begun.next(), begun.next()) {
        return Some(one);
    }
    names
        .iter()
        .map(|name| (letters_apart(&typed, name), *name))
        .filter(|(apart, name)| *apart <= 1 + usize::from(name.len() >= 5))
        .min()
        .map(|(_, name)| name)
}

/// How many letters must be added, taken out or changed to come from one to the other.
fn letters_apart(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.chars().enumerate() {
        let mut here = vec![row + 1];
        let mut left = row + 1;
        for (column, wanted) in other.iter().enumerate() {
            let change = above.get(column).copied().unwrap_or(usize::MAX - 1)
                + usize::from(letter != *wanted);
            let add = above.get(column + 1).copied().unwrap_or(usize::MAX - 1) + 1;
            left = change.min(add).min(left + 1);
            here.push(left);
        }
        above = here;
    }
    above.last().copied().unwrap_or_default()
}
