//! What an operation says, as it is kept: kind, whether it is all or nothing, and each field with the value its editor saw.

use super::wire::Row;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is done to the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Create,
    Set,
    Delete,
}

/// One field's change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Change {
    pub base: Value,
    pub new: Value,
}

/// The content of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Body {
    pub kind: Kind,
    pub atomic: bool,
    pub fields: BTreeMap<String, Change>,
}

impl Body {
    /// Changes as `wire::difference` names them.
    pub fn of(kind: Kind, atomic: bool, changes: Vec<(String, Value, Value)>) -> Self {
        let fields = changes
            .into_iter()
            .map(|(name, base, new)| (name, Change { base, new }))
            .collect();
        Self {
            kind,
            atomic,
            fields,
        }
    }

    /// This one with a later one's values: what their editor saw first stays the base. A field that is back where it was drops out.
    pub fn joined(mut self, later: Self) -> Self {
        for (name, change) in later.fields {
            match self.fields.get_mut(&name) {
                Some(known) => known.new = change.new,
                None => {
                    self.fields.insert(name, change);
                }
            }
        }
        if self.kind == Kind::Set {
            self.fields.retain(|_, change| change.base != change.new);
        }
        self
    }
}

/// The fields that stood otherwise than the editor saw, with the values that stand there.
pub(super) fn clash(detail: &Value) -> Row {
    detail
        .get("server")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(base: &str, new: &str) -> Body {
        let change = ("customer".to_owned(), json!(base), json!(new));
        Body::of(Kind::Set, false, vec![change])
    }

    #[test]
    fn a_later_edit_keeps_what_the_first_editor_saw() {
        assert_eq!(set("a", "b").joined(set("b", "c")), set("a", "c"));
        assert!(set("a", "b").joined(set("b", "a")).fields.is_empty());
    }
}
