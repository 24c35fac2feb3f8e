//! A table whose values come in one line (`ESN:4141000100, IMEI:353358017784062`): the line is taken apart at the labels that are known.

use super::exchange::Asking;
use super::question::Expect;
use crate::profile::Reply;
use std::borrow::Cow;

/// The lines that `line` stands for while a table is awaited: itself, unless it has several of the table's labels.
pub(super) fn taken_apart(line: String, asking: Option<&Asking>) -> Vec<String> {
    let labels = asking.map(labels).unwrap_or_default();
    let mut places: Vec<(usize, usize)> = labels
        .iter()
        .flat_map(|label| places_of(label, &line))
        .collect();
    places.sort_unstable();
    if places.len() < 2 {
        return vec![line];
    }
    let ends = places.iter().skip(1).map(|(at, _)| *at);
    let ends: Vec<usize> = ends.chain([line.len()]).collect();
    let part = |((at, value_at), end): (&(usize, usize), usize)| {
        let label = line.get(*at..*value_at)?;
        let value = line.get(*value_at..end)?.trim_start();
        let is_end = |each: char| each.is_whitespace() || ",;|".contains(each);
        Some(format!("{label}{}", value.split(is_end).next()?))
    };
    places.iter().zip(ends).filter_map(part).collect()
}

/// How a line of the awaited table begins, for each of its labels.
fn labels(asking: &Asking) -> Vec<String> {
    let Expect::Replies(replies) = &asking.question.expect else {
        return Vec::new();
    };
    let Some(Reply::Table { line, into, .. }) = replies.get(asking.replies.awaited()) else {
        return Vec::new();
    };
    let label = |index: &String| {
        let fill = |name: &str| {
            Some(Cow::Owned(if name == "index" {
                index.clone()
            } else {
                String::new()
            }))
        };
        line.format(fill).ok()
    };
    let labels = into.keys().filter_map(label);
    labels.filter(|label| label.len() > 1).collect()
}

/// Where `label` stands in `line` as a word of its own, whatever its letters' case, and where its value begins.
fn places_of(label: &str, line: &str) -> Vec<(usize, usize)> {
    let is_word = |each: &u8| each.is_ascii_alphanumeric() || matches!(each, b'-' | b'_');
    let bytes = line.as_bytes();
    let windows = bytes.windows(label.len()).enumerate();
    windows
        .filter(|(at, window)| {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            window.eq_ignore_ascii_case(label.as_bytes()) && !before.is_some_and(is_word)
        })
        .map(|(at, _)| (at, at + label.len()))
        .collect()
}
