//! The form of a profile file as a JSON Schema, for editors: they complete keys, show what each means and underline what is unknown.
//!
//! It is made from the same form that reads files, so it cannot say anything else. What only the named checks know (a place that no
//! setting rules, a frame without an end) stays theirs: `profiles check` reports it.

use super::Pattern;
use super::schema::ProfileForm;
use crate::setting::SettingKey;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;
use std::borrow::Cow;

/// The schema, in the draft that editors of TOML understand best (7).
#[must_use]
pub fn json_schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<ProfileForm>();
    schema.insert("title".to_owned(), Value::from("Fleetdesk device profile"));
    schema.to_value()
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "One frame as text with holes: {name}, {name*}, {name#15}, {name%14}; {{ and }} are braces."
        })
    }
}

impl JsonSchema for SettingKey {
    fn schema_name() -> Cow<'static, str> {
        "SettingKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Lower-case words joined by dots, such as report.moving_interval_s."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::json_schema;
    use crate::profile::registry::shipped_texts;
    use serde_json::{Value, json};

    /// The schema as a validator of others reads it.
    struct Validator {
        schemas: boon::Schemas,
        form: boon::SchemaIndex,
    }

    impl Validator {
        fn new() -> Self {
            let mut schemas = boon::Schemas::new();
            let mut compiler = boon::Compiler::new();
            let at = "https://fleetdesk.example/profile.json";
            compiler.add_resource(at, json_schema()).unwrap();
            let form = compiler.compile(at, &mut schemas).unwrap();
            Self { schemas, form }
        }

        fn problem(&self, instance: &Value) -> Option<String> {
            let checked = self.schemas.validate(instance, self.form);
            checked.err().map(|error| error.to_string())
        }

        fn is_valid(&self, instance: &Value) -> bool {
            self.problem(instance).is_none()
        }
    }

    fn instance(text: &str) -> Value {
        let table: toml::Table = toml::from_str(text).unwrap();
        serde_json::to_value(table).unwrap()
    }

    #[test]
    fn every_shipped_profile_is_accepted() {
        let validator = Validator::new();
        let own = [
            include_str!("tiny.toml"),
            include_str!("../../tests/families/acme.toml"),
        ];
        for text in shipped_texts().chain(own) {
            assert_eq!(validator.problem(&instance(text)), None);
        }
    }

    #[test]
    fn unknown_keys_and_wrong_kinds_are_refused_wherever_they_stand() {
        let validator = Validator::new();
        let good = instance(shipped_texts().next().unwrap());
        assert!(validator.is_valid(&good));
        // An unknown key in every table of the file that is not the profile's own words.
        let own_words = [
            "exchange", "facts", "initial", "into", "fields", "lacks", "replace", "choices",
            "match", "meaning", "fixed", "shown_as",
        ];
        let mut places = Vec::new();
        tables("", &good, &own_words, &mut places);
        assert!(places.len() > 60, "{}", places.len());
        for pointer in places {
            let mut bad = good.clone();
            let table = bad.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
            table.insert("unknown_key".to_owned(), json!(1));
            assert!(
                !validator.is_valid(&bad),
                "unknown key accepted at '{pointer}'"
            );
        }
        for (pointer, wrong) in [
            ("/line/baud", json!("fast")),
            ("/line/parity", json!("mark")),
            ("/setting/0/kind", json!("number")),
            ("/setting/0/places", json!("2001")),
            ("/variant/0/match", json!([])),
            ("/access/by", json!("magic")),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer)
                .unwrap_or_else(|| panic!("{pointer}")) = wrong;
            assert!(!validator.is_valid(&bad), "{pointer}");
        }
        for required in [
            "schema",
            "id",
            "name",
            "line",
            "identify",
            "exchange",
            "simulator",
        ] {
            let mut bad = good.clone();
            bad.as_object_mut().unwrap().remove(required);
            assert!(!validator.is_valid(&bad), "{required}");
        }
    }

    /// Every table whose keys the form knows, by its pointer.
    fn tables(at: &str, value: &Value, own_words: &[&str], found: &mut Vec<String>) {
        match value {
            Value::Object(table) => {
                let name = at.rsplit('/').next().unwrap_or_default();
                if !own_words.contains(&name) {
                    found.push(at.to_owned());
                }
                for (key, value) in table {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    tables(&format!("{at}/{key}"), value, own_words, found);
                }
            }
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    tables(&format!("{at}/{index}"), value, own_words, found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn keys_are_explained_in_the_schema() {
        let text = json_schema().to_string();
        assert!(
            text.contains("Every place it stands in"),
            "descriptions come from the form"
        );
    }
}
