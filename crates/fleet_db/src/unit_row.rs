//! A row of the fleet table as the text that a bench keeps of it.
//!
//! A first pull has hundreds of thousands of rows, of which nearly all are kept as they come: they are written as JSON once, straight from the
//! wire, and whoever wants a column has it out of that text.

use serde_json::{Map, Value};
use std::io::Write as _;
use std::sync::Arc;

/// The columns of a question, in their order.
#[derive(Debug, PartialEq)]
pub(crate) struct Columns {
    names: Vec<String>,
    /// What stands before each value: `{"id":`, then `,"serial":`.
    heads: Vec<Vec<u8>>,
}

impl Columns {
    pub(crate) fn new(names: Vec<String>) -> Arc<Self> {
        let head = |(place, name): (usize, &String)| {
            let before = if place == 0 { '{' } else { ',' };
            format!("{before}{}:", Value::from(name.as_str())).into_bytes()
        };
        let heads = names.iter().enumerate().map(head).collect();
        Arc::new(Self { names, heads })
    }
}

/// A row of the fleet table, column by column in the table's order.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitRow {
    columns: Arc<Columns>,
    json: Box<str>,
    /// Where each value ends in the text.
    ends: Box<[usize]>,
}

impl UnitRow {
    /// The row as a JSON object.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Where a column stands in [`Self::written`]; `None`: there is no such column.
    #[must_use]
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.names.iter().position(|name| name == column)
    }

    /// What stands in the column of this place, as JSON.
    #[must_use]
    pub fn written(&self, place: usize) -> Option<&str> {
        let before = place
            .checked_sub(1)
            .map_or(Some(&0), |last| self.ends.get(last))?;
        let begin = before + self.columns.heads.get(place)?.len();
        self.json.get(begin..*self.ends.get(place)?)
    }

    /// What stands in a column; `None`: there is no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<Value> {
        serde_json::from_str(self.written(self.place(column)?)?).ok()
    }

    /// Whether columns have the same places in both rows, as far as that is known without comparing names.
    #[must_use]
    pub fn shares_places_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.columns, &other.columns)
    }

    /// The row as an object.
    #[must_use]
    pub fn to_map(&self) -> Map<String, Value> {
        serde_json::from_str(&self.json).unwrap_or_default()
    }
}

impl From<Map<String, Value>> for UnitRow {
    fn from(row: Map<String, Value>) -> Self {
        let columns = Columns::new(row.keys().cloned().collect());
        let mut writing = Writing::new(&columns);
        for value in row.values() {
            writing.value(|text| text.extend_from_slice(value.to_string().as_bytes()));
        }
        writing.end()
    }
}

/// A row that is being written, value by value in the order of its columns. One after the other: the space is used again.
pub(crate) struct Writing<'a> {
    columns: &'a Arc<Columns>,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Writing<'a> {
    pub(crate) fn new(columns: &'a Arc<Columns>) -> Self {
        Self {
            columns,
            text: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// The next value: `write` adds its JSON.
    pub(crate) fn value(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(head) = self.columns.heads.get(self.ends.len()) {
            self.text.extend_from_slice(head);
            write(&mut self.text);
            self.ends.push(self.text.len());
        }
    }

    /// The row of the values since the last one.
    pub(crate) fn end(&mut self) -> UnitRow {
        let end: &[u8] = if self.ends.is_empty() { b"{}" } else { b"}" };
        self.text.extend_from_slice(end);
        let row = UnitRow {
            columns: Arc::clone(self.columns),
            json: str::from_utf8(&self.text).unwrap_or_default().into(),
            ends: self.ends.as_slice().into(),
        };
        self.text.clear();
        self.ends.clear();
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
    fn every_column_is_found_in_the_text_of_its_row() {
        let object = json!({
            "id": "a", "note \"odd\"": "two\nlines, \"quoted\"", "n": 7, "none": null, "settings": {"a": [1, {"b": "}"}]}, "last": true
        });
        let object = object.as_object().unwrap();
        let row = UnitRow::from(object.clone());
        assert_eq!(row.json(), Value::Object(object.clone()).to_string());
        assert_eq!(&row.to_map(), object);
        for (name, value) in object {
            assert_eq!(row.get(name).as_ref(), Some(value));
            let written = row.written(row.place(name).unwrap());
            assert_eq!(written, Some(value.to_string().as_str()));
        }
        assert_eq!((row.get("other"), row.written(6)), (None, None));
        let empty = UnitRow::from(Map::new());
        assert_eq!((empty.json(), empty.written(0)), ("{}", None));
    }
}
