//! Every key of a file that the form does not know, lacks, or has in another kind, each with its path: a parser stops at the first one.
//!
//! Held against the same schema that editors get, so that it cannot say anything else than the form that reads files.

use super::Problems;
use crate::profile::json_schema::json_schema;
use serde_json::{Map, Value};

/// Keys by which a table of a list is named in a path, instead of by its number.
const NAMES: [&str; 3] = ["key", "id", "exchange"];

/// What is wrong with the form of `file`, and the file without what nothing knows.
pub(super) fn look(file: &mut Value, problems: &mut Problems) {
    let schema = json_schema();
    let walk = Walk { root: &schema };
    walk.value(&schema, file, "", problems);
}

struct Walk<'a> {
    root: &'a Value,
}

impl Walk<'_> {
    fn value(&self, schema: &Value, value: &mut Value, path: &str, problems: &mut Problems) {
        let schema = self.resolved(schema);
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            for each in all {
                self.value(each, value, path, problems);
            }
        }
        for alternatives in ["anyOf", "oneOf"] {
            if let Some(forms) = schema.get(alternatives).and_then(Value::as_array) {
                self.one_of(forms, value, path, problems);
            }
        }
        if !self.kind(schema, value, path, problems) {
            if let Some(any) = self.stand_in(schema) {
                *value = any;
            }
            return;
        }
        match value {
            Value::Object(table) => self.table(schema, table, path, problems),
            Value::Array(list) => self.list(schema, list, path, problems),
            _ => {}
        }
    }

    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let name = schema.get("$ref").and_then(Value::as_str);
        let pointer = name.and_then(|name| name.strip_prefix('#'));
        pointer
            .and_then(|pointer| self.root.pointer(pointer))
            .unwrap_or(schema)
    }

    /// Something in place of what is missing or of another kind, so that the rest of the file can be looked at too.
    fn stand_in(&self, schema: &Value) -> Option<Value> {
        let schema = self.resolved(schema);
        let is_closed = ["enum", "const", "anyOf", "oneOf"]
            .iter()
            .any(|key| schema.get(key).is_some());
        let kind = schema.get("type").and_then(Value::as_str);
        match kind.filter(|_| !is_closed)? {
            "string" if schema.get("maxLength").is_none() => Some(Value::from("")),
            "integer" => Some(schema.get("minimum").cloned().unwrap_or(Value::from(0))),
            "boolean" => Some(Value::from(false)),
            "array" if schema.get("minItems").is_none() => Some(Value::Array(Vec::new())),
            _ => None,
        }
    }

    /// Words of a closed list, tables that a word tells apart, or several forms of which the nearest one is meant.
    fn one_of(&self, forms: &[Value], value: &mut Value, path: &str, problems: &mut Problems) {
        let forms: Vec<&Value> = forms
            .iter()
            .map(|form| self.resolved(form))
            .filter(|form| form.get("type").and_then(Value::as_str) != Some("null"))
            .collect();
        let words: Vec<&str> = forms.iter().filter_map(|form| constant(form)).collect();
        if words.len() == forms.len() {
            if !value.as_str().is_some_and(|word| words.contains(&word)) {
                problems.add(path, format!("one of {} is expected", words.join(", ")));
            }
            return;
        }
        if let Some(tag) = forms.iter().find_map(|form| tag_of(form))
            && let Some(table) = value.as_object()
        {
            let said = table.get(tag).and_then(Value::as_str);
            let at = format!("/properties/{tag}");
            let known: Vec<&str> = forms
                .iter()
                .filter_map(|form| form.pointer(&at).and_then(constant))
                .collect();
            let found = known.iter().position(|word| Some(*word) == said);
            match found.and_then(|index| forms.get(index)) {
                Some(form) => self.value(form, value, path, problems),
                None => problems.add(
                    joined(path, tag),
                    format!("one of {} is expected", known.join(", ")),
                ),
            }
            return;
        }
        let tried = forms.iter().map(|form| {
            let (mut value, mut problems) = (value.clone(), Problems::default());
            self.value(form, &mut value, path, &mut problems);
            (problems.0.len(), form)
        });
        if let Some((_, form)) = tried.min_by_key(|(count, _)| *count) {
            self.value(form, value, path, problems);
        }
    }

    /// Whether it is of the kind that must stand there.
    fn kind(&self, schema: &Value, value: &Value, path: &str, problems: &mut Problems) -> bool {
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => return true,
        };
        let fits = kinds.iter().any(|kind| match *kind {
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => false,
        });
        if !fits {
            let kinds = kinds.into_iter().filter_map(for_people);
            let kinds: Vec<&str> = kinds.collect();
            problems.add(path, format!("{} is expected here", kinds.join(" or ")));
            return false;
        }
        let least = schema.get("minimum").and_then(Value::as_i64);
        if let (Some(least), Some(number)) = (least, value.as_i64())
            && number < least
        {
            problems.add(path, format!("at least {least} is expected"));
        }
        let longest = schema.get("maxLength").and_then(Value::as_u64);
        if let (Some(1), Some(text)) = (longest, value.as_str())
            && text.chars().count() != 1
        {
            problems.add(path, "one character is expected here");
        }
        true
    }

    fn table(
        &self,
        schema: &Value,
        table: &mut Map<String, Value>,
        path: &str,
        problems: &mut Problems,
    ) {
        let nothing = Map::new();
        let keys = schema.get("properties").and_then(Value::as_object);
        let keys = keys.unwrap_or(&nothing);
        let others = schema.get("additionalProperties");
        let closed = others.and_then(Value::as_bool) == Some(false);
        let required = schema.get("required").and_then(Value::as_array);
        for key in required.into_iter().flatten().filter_map(Value::as_str) {
            if !table.contains_key(key) {
                problems.add(joined(path, key), "is missing");
                if let Some(any) = keys.get(key).and_then(|form| self.stand_in(form)) {
                    table.insert(key.to_owned(), any);
                }
            }
        }
        let unknown: Vec<String> = table
            .keys()
            .filter(|key| closed && !keys.contains_key(*key))
            .cloned()
            .collect();
        for key in unknown {
            let known: Vec<&str> = keys.keys().map(String::as_str).collect();
            let known = known.join(", ");
            problems.add(
                joined(path, &key),
                format!("is no key here; known are {known}"),
            );
            table.remove(&key);
        }
        for (key, value) in table.iter_mut() {
            if let Some(form) = keys.get(key).or(others.filter(|form| form.is_object())) {
                self.value(form, value, &joined(path, key), problems);
            }
        }
    }

    fn list(&self, schema: &Value, list: &mut [Value], path: &str, problems: &mut Problems) {
        let length = schema.get("minItems").and_then(Value::as_u64);
        let given = u64::try_from(list.len()).unwrap_or(u64::MAX);
        if let Some(length) = length.filter(|length| *length != given) {
            problems.add(path, format!("{length} values are expected here"));
        }
        for (index, value) in list.iter_mut().enumerate() {
            let form = match schema.get("items") {
                Some(Value::Array(forms)) => forms.get(index),
                form => form,
            };
            let name = NAMES.iter().find_map(|name| value.get(name)?.as_str());
            let place = joined(path, name.unwrap_or(&(index + 1).to_string()));
            if let Some(form) = form {
                self.value(form, value, &place, problems);
            }
        }
    }
}

fn constant(schema: &Value) -> Option<&str> {
    schema.get("const").and_then(Value::as_str)
}

/// The key whose word tells the forms of a table apart.
fn tag_of(schema: &Value) -> Option<&str> {
    let keys = schema.get("properties").and_then(Value::as_object)?;
    let tag = keys.iter().find(|(_, form)| constant(form).is_some());
    tag.map(|(key, _)| key.as_str())
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn for_people(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "string" => "a text",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a table",
        _ => return None,
    })
}
