//! A row of the fleet table as the text that a bench keeps of it.
//!
//! A first pull has hundreds of thousands of rows, which are kept as they come: they are written as JSON once, straight from the wire.

use serde_json::{Map, Value};
use std::io::Write as _;

/// A row of the fleet table: a JSON object of its columns, in the table's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow(Box<str>);

impl UnitRow {
    /// The row as JSON.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.0
    }

    /// The row as an object.
    #[must_use]
    pub fn to_map(&self) -> Map<String, Value> {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl From<Map<String, Value>> for UnitRow {
    fn from(row: Map<String, Value>) -> Self {
        Self(Value::Object(row).to_string().into())
    }
}

/// What stands before each value of a row: `{"id":`, then `,"serial":`.
pub(crate) fn heads<'name>(names: impl Iterator<Item = &'name str>) -> Vec<Vec<u8>> {
    let head = |(place, name)| {
        let before = if place == 0 { '{' } else { ',' };
        format!("{before}{}:", Value::from(name)).into_bytes()
    };
    names.enumerate().map(head).collect()
}

/// A row that is being written, value by value in the order of its heads. One after the other: the space is used again.
pub(crate) struct Writing<'a> {
    heads: &'a [Vec<u8>],
    text: Vec<u8>,
    values: usize,
}

impl<'a> Writing<'a> {
    pub(crate) fn new(heads: &'a [Vec<u8>]) -> Self {
        Self {
            heads,
            text: Vec::new(),
            values: 0,
        }
    }

    /// The next value: `write` adds its JSON.
    pub(crate) fn value(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(head) = self.heads.get(self.values) {
            self.text.extend_from_slice(head);
            write(&mut self.text);
            self.values += 1;
        }
    }

    /// The row of the values since the last one.
    pub(crate) fn end(&mut self) -> UnitRow {
        let end: &[u8] = if self.values == 0 { b"{}" } else { b"}" };
        self.text.extend_from_slice(end);
        // Every part of it was a text; a row is never lost for a byte.
        let row = UnitRow(String::from_utf8_lossy(&self.text).into());
        self.text.clear();
        self.values = 0;
        row
    }
}

/// Adds a text as JSON.
pub(crate) fn write_text(to: &mut Vec<u8>, text: &str) {
    // A vector takes every byte, and a text is always JSON.
    let _cannot_fail = serde_json::to_writer(to, text);
}

/// Adds what needs nothing but quotation marks.
pub(crate) fn write_quoted(to: &mut Vec<u8>, value: impl std::fmt::Display) {
    let _cannot_fail = write!(to, "\"{value}\"");
}

/// Adds what stands as it is.
pub(crate) fn write_bare(to: &mut Vec<u8>, value: impl std::fmt::Display) {
    let _cannot_fail = write!(to, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_is_written_as_any_json_and_read_as_it_was() {
        let object = json!({
            "id": "a", "note \"odd\"": "two\nlines, \"quoted\"", "n": 7, "none": null, "settings": {"a": [1, {"b": "}"}]}, "last": true
        });
        let object = object.as_object().unwrap();
        let row = UnitRow::from(object.clone());
        assert_eq!(row.json(), Value::Object(object.clone()).to_string());
        assert_eq!(&row.to_map(), object);
        let heads = heads(object.keys().map(String::as_str));
        let mut writing = Writing::new(&heads);
        for _ in 0..2 {
            for value in object.values() {
                writing.value(|to| match value.as_str() {
                    Some(text) => write_text(to, text),
                    None => write_bare(to, value),
                });
            }
            assert_eq!(writing.end(), row);
        }
        assert_eq!(writing.end().json(), "{}");
    }
}
