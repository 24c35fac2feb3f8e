//! Settings of a row that people may edit with plain SQL: one that no unit can have must not hide the others.
//!
//! A value of a kind that settings do not have (`1.5`, `true`, a list) is shown as its JSON. What stands under a name that is none is shown
//! together with its like, under [`OTHERS`]. Nothing of it is lost when the row is written again: [`keep_odd_ones`].

use crate::setting::{SettingKey, ShownValue};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Under this name stands what has a name that no setting can have, as JSON.
pub const OTHERS: &str = "other.settings";

/// Reads a unit's settings as they stand in its row.
///
/// # Errors
/// When they are no object, nor the text of one that no program could read as a whole.
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<SettingKey, ShownValue>, D::Error> {
    let members = match Value::deserialize(deserializer)? {
        Value::Object(members) => Some(members),
        Value::String(text) => members_of(&text),
        _ => None,
    };
    members
        .map(shown)
        .ok_or_else(|| D::Error::custom("settings are no object"))
}

/// Lets what this program cannot show as a setting stand as it did, in settings that are written over `before`.
pub fn keep_odd_ones(before: &Map<String, Value>, new: &mut Map<String, Value>) {
    let others = others(before);
    if !others.is_empty() && new.get(OTHERS) == Some(&Value::String(text_of(others.clone()))) {
        new.remove(OTHERS);
        new.extend(others);
    }
    for (name, value) in before {
        let as_shown = new.get(name).and_then(Value::as_str);
        if is_odd(value) && as_shown == Some(value.to_string().as_str()) {
            new.insert(name.clone(), value.clone());
        }
    }
}

fn is_odd(value: &Value) -> bool {
    ShownValue::deserialize(value).is_err()
}

/// What stands under names that no setting can have.
fn others(members: &Map<String, Value>) -> Map<String, Value> {
    members
        .iter()
        .filter(|(name, _)| SettingKey::new(name.as_str()).is_err())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn text_of(others: Map<String, Value>) -> String {
    Value::Object(others).to_string()
}

fn shown(members: Map<String, Value>) -> BTreeMap<SettingKey, ShownValue> {
    let others = others(&members);
    let mut all: BTreeMap<SettingKey, ShownValue> = members
        .into_iter()
        .filter_map(|(name, value)| {
            let shown = ShownValue::deserialize(&value)
                .unwrap_or_else(|_| ShownValue::Text(value.to_string()));
            Some((SettingKey::new(name).ok()?, shown))
        })
        .collect();
    if !others.is_empty()
        && let Ok(key) = SettingKey::new(OTHERS)
    {
        all.entry(key)
            .or_insert_with(|| ShownValue::Text(text_of(others)));
    }
    all
}

/// The members of an object that could not be read as a whole, because a number in it is out of all bounds or it is nested too deep; such a
/// member stands as its text.
fn members_of(text: &str) -> Option<Map<String, Value>> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut members = Map::new();
    let (mut depth, mut begin, mut in_string, mut escaped) = (0_usize, 0, false, false);
    let mut ends = Vec::new();
    for (at, letter) in inside.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '{' | '[' if !in_string => depth += 1,
            '}' | ']' if !in_string => depth = depth.checked_sub(1)?,
            ',' if !in_string && depth == 0 => ends.push(at),
            _ => {}
        }
    }
    ends.push(inside.len());
    for end in ends {
        let member = inside.get(begin..end)?.trim();
        begin = end + 1;
        if member.is_empty() {
            continue;
        }
        let mut names = serde_json::Deserializer::from_str(member).into_iter::<String>();
        let name = names.next()?.ok()?;
        let value = member
            .get(names.byte_offset()..)?
            .trim_start()
            .strip_prefix(':')?
            .trim();
        let read = serde_json::from_str(value);
        members.insert(name, read.unwrap_or_else(|_| value.into()));
    }
    Some(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<BTreeMap<SettingKey, ShownValue>, serde_json::Error> {
        deserialize(value)
    }

    fn as_json(value: Value) -> Value {
        json!(read(value).unwrap())
    }

    #[test]
    fn one_odd_setting_hides_no_other_and_is_shown_as_it_is() {
        let there = json!({
            "apn.name": "fleet", "server.port": 5027, "apn.password": {"secret_set": true},
            "report.angle_deg": 1.5, "report.parked": true, "report.list": [1, 2], "report.empty": null, "APN": "x", "": 7,
        });
        assert_eq!(
            as_json(there),
            json!({
                "apn.name": "fleet", "server.port": 5027, "apn.password": {"secret_set": true},
                "report.angle_deg": "1.5", "report.parked": "true", "report.list": "[1,2]", "report.empty": "null",
                "other.settings": r#"{"APN":"x","":7}"#,
            })
        );
        for none in [json!("none"), json!(7), json!([1]), Value::Null] {
            assert!(read(none.clone()).is_err(), "{none}");
        }
    }

    #[test]
    fn a_number_beyond_all_bounds_hides_no_other_setting() {
        let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
        let text = format!(
            r#"{{"apn.name": "a, \"b\" }}", "report.far": 1e400, "report.deep": {deep}, "server.port": 5027}}"#
        );
        assert_eq!(
            as_json(Value::String(text)),
            json!({ "apn.name": "a, \"b\" }", "report.far": "1e400", "report.deep": deep, "server.port": 5027 })
        );
        for broken in ["{", "{]}", r#"{"a" 1}"#, "{1: 2}"] {
            assert!(read(json!(broken)).is_err(), "{broken}");
        }
        assert_eq!(as_json(json!("{}")), json!({}));
    }

    #[test]
    fn what_is_written_again_leaves_the_odd_ones_as_they_were() {
        let before = json!({ "apn.name": "fleet", "report.angle_deg": 1.5, "report.parked": true, "APN": [1], "x": "y" });
        let mut new = as_json(before.clone());
        new["apn.name"] = json!("other");
        new["report.parked"] = json!("false");
        let new = new.as_object_mut().unwrap();
        keep_odd_ones(before.as_object().unwrap(), new);
        assert_eq!(
            Value::Object(new.clone()),
            json!({ "apn.name": "other", "report.angle_deg": 1.5, "report.parked": "false", "APN": [1], "x": "y" })
        );
        // A unit that was read anew holds what it holds.
        let mut anew = json!({ "apn.name": "fleet" });
        keep_odd_ones(before.as_object().unwrap(), anew.as_object_mut().unwrap());
        assert_eq!(anew, json!({ "apn.name": "fleet" }));
    }
}
