//! Holds exchanges against the OpenAPI document that is kept with the crate: operation, parameters, bodies, statuses.
//!
//! Only the words of JSON Schema that the document uses are understood; any other is a failed test, not a passed one.

use carrier::CarrierKind;
use carrier::sandbox::Exchange;
use regex::Regex;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

const KNOWN_WORDS: &[&str] = &[
    "type",
    "properties",
    "required",
    "additionalProperties",
    "nullable",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "items",
    "minItems",
    "maxItems",
    "minProperties",
    "format",
    "description",
    "example",
    "default",
];

pub struct Contract {
    document: Value,
    /// Compiled once: most of the time of a check would go into them.
    patterns: RefCell<BTreeMap<String, Regex>>,
}

impl Contract {
    pub fn load(kind: CarrierKind) -> Self {
        let text = match kind {
            CarrierKind::Sprint => include_str!("../contract/sprint-account.openapi.yaml"),
            CarrierKind::ControlCenter => include_str!("../contract/control-center.openapi.yaml"),
        };
        Self {
            document: serde_yaml_ng::from_str(text).unwrap(),
            patterns: RefCell::default(),
        }
    }

    /// Panics with the place at fault when an exchange breaks the contract.
    pub fn check(&self, exchange: &Exchange) {
        let place = format!(
            "{} {} -> {}",
            exchange.method, exchange.path, exchange.status
        );
        let operation = &self.path(&exchange.path)[exchange.method.to_ascii_lowercase()];
        assert!(operation.is_object(), "{place}: no such operation");
        self.check_query(exchange, operation, &place);
        if let Some(schema) = operation.pointer("/requestBody") {
            // A refused request may be anything; an accepted one must fit.
            if exchange.status < 400 {
                let schema = &self.resolve(schema)["content"]["application/json"]["schema"];
                let body = exchange.request.as_ref().unwrap_or(&Value::Null);
                self.fits(body, schema, &format!("{place}: request"));
            }
        }
        let response = &operation["responses"][exchange.status.to_string()];
        assert!(
            response.is_object(),
            "{place}: the status is not in the contract"
        );
        let schema = &self.resolve(response)["content"]["application/json"]["schema"];
        self.fits(&exchange.answer, schema, &format!("{place}: answer"));
    }

    /// The path of the document that an address fits: its own, or one with names in place of some parts.
    fn path(&self, path: &str) -> &Value {
        let paths = self.document["paths"].as_object().unwrap();
        let fits = |template: &str| {
            let (theirs, ours) = (template.split('/'), path.split('/'));
            theirs.clone().count() == ours.clone().count()
                && theirs
                    .zip(ours)
                    .all(|(theirs, ours)| theirs.starts_with('{') || theirs == ours)
        };
        let found = paths.get(path).or_else(|| {
            paths
                .iter()
                .find(|(template, _)| fits(template))
                .map(|(_, path)| path)
        });
        found.unwrap_or(&Value::Null)
    }

    fn check_query(&self, exchange: &Exchange, operation: &Value, place: &str) {
        if exchange.status >= 400 {
            return;
        }
        let parameters: Vec<&Value> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| self.resolve(parameter))
            .filter(|parameter| parameter["in"] == json!("query"))
            .collect();
        for (name, value) in &exchange.query {
            let parameter = parameters
                .iter()
                .find(|parameter| parameter["name"] == json!(name));
            let schema = &parameter
                .unwrap_or_else(|| panic!("{place}: parameter {name} is not in the contract"))["schema"];
            let value = match self.resolve(schema)["type"].as_str() {
                Some("integer") => json!(value.parse::<i64>().unwrap()),
                Some("boolean") => json!(value.parse::<bool>().unwrap()),
                _ => json!(value),
            };
            self.fits(&value, schema, &format!("{place}: {name}"));
        }
        for parameter in parameters
            .iter()
            .filter(|parameter| parameter["required"] == json!(true))
        {
            let name = parameter["name"].as_str().unwrap();
            let sent = name == "timestamp" || exchange.query.iter().any(|(each, _)| each == name);
            assert!(sent, "{place}: parameter {name} is missing");
        }
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(path) => self.document.pointer(path.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    fn fits(&self, value: &Value, schema: &Value, place: &str) {
        let schema = self.resolve(schema);
        let words = schema
            .as_object()
            .unwrap_or_else(|| panic!("{place}: no schema"));
        for word in words.keys() {
            assert!(
                KNOWN_WORDS.contains(&word.as_str()),
                "{place}: this check does not understand {word}"
            );
        }
        if value.is_null() {
            assert_eq!(schema["nullable"], json!(true), "{place}: null");
            return;
        }
        if let Some(choices) = schema.get("enum") {
            assert!(
                choices.as_array().unwrap().contains(value),
                "{place}: {value}"
            );
        }
        match schema["type"].as_str().unwrap() {
            "object" => self.object_fits(value, words, place),
            "array" => {
                let items = value
                    .as_array()
                    .unwrap_or_else(|| panic!("{place}: {value} is no array"));
                let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
                let least = schema["minItems"].as_u64().unwrap_or(0);
                let count = items.len() as u64;
                assert!((least..=most).contains(&count), "{place}: {count} items");
                items
                    .iter()
                    .for_each(|item| self.fits(item, &schema["items"], place));
            }
            "string" => self.text_fits(value, schema, place),
            "integer" => {
                let number = value
                    .as_i64()
                    .unwrap_or_else(|| panic!("{place}: {value} is no whole number"));
                assert!(
                    schema["minimum"]
                        .as_i64()
                        .is_none_or(|least| number >= least),
                    "{place}: {number}"
                );
                assert!(
                    schema["maximum"].as_i64().is_none_or(|most| number <= most),
                    "{place}: {number}"
                );
            }
            "number" => {
                let number = value
                    .as_f64()
                    .unwrap_or_else(|| panic!("{place}: {value} is no number"));
                assert!(
                    schema["minimum"]
                        .as_f64()
                        .is_none_or(|least| number >= least)
                        && schema["maximum"].as_f64().is_none_or(|most| number <= most),
                    "{place}: {number}"
                );
            }
            "boolean" => assert!(value.is_boolean(), "{place}: {value}"),
            other => panic!("{place}: this check does not understand type {other}"),
        }
    }

    fn object_fits(&self, value: &Value, schema: &Map<String, Value>, place: &str) {
        let members = value
            .as_object()
            .unwrap_or_else(|| panic!("{place}: {value} is no object"));
        let properties = schema["properties"].as_object().unwrap();
        let least = schema.get("minProperties").and_then(Value::as_u64);
        assert!(
            members.len() as u64 >= least.unwrap_or(0),
            "{place}: too few"
        );
        for name in schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            assert!(
                members.contains_key(name.as_str().unwrap()),
                "{place}: {name} is missing"
            );
        }
        for (name, member) in members {
            match properties.get(name) {
                Some(schema) => self.fits(member, schema, &format!("{place}.{name}")),
                None => panic!("{place}.{name} is not in the contract"),
            }
        }
    }
}

impl Contract {
    fn text_fits(&self, value: &Value, schema: &Value, place: &str) {
        let text = value
            .as_str()
            .unwrap_or_else(|| panic!("{place}: {value} is no text"));
        let length = text.chars().count() as u64;
        assert!(
            schema["minLength"]
                .as_u64()
                .is_none_or(|least| length >= least),
            "{place}: {text:?} is too short"
        );
        assert!(
            schema["maxLength"]
                .as_u64()
                .is_none_or(|most| length <= most),
            "{place}: {text:?} is too long"
        );
        if let Some(pattern) = schema["pattern"].as_str() {
            let mut patterns = self.patterns.borrow_mut();
            let regex = patterns
                .entry(pattern.to_owned())
                .or_insert_with(|| Regex::new(pattern).unwrap());
            assert!(
                regex.is_match(text),
                "{place}: {text:?} does not match {pattern}"
            );
        }
        match schema["format"].as_str() {
            None => {}
            Some("uuid") => assert!(uuid::Uuid::parse_str(text).is_ok(), "{place}: {text:?}"),
            Some("date-time") => assert!(
                text.parse::<jiff::Timestamp>().is_ok() && text.ends_with('Z'),
                "{place}: {text:?}"
            ),
            Some(other) => panic!("{place}: this check does not understand format {other}"),
        }
    }
}

/// The check itself is checked: every example of the operations used here fits, and a spoiled one does not.
#[test]
fn the_contract_check_tells_right_from_wrong() {
    let contract = Contract::load(CarrierKind::Sprint);
    let mut examples = 0;
    for (method, path) in [
        ("get", "/account/info.json"),
        ("post", "/unit/add.json"),
        ("get", "/unit/status.json"),
        ("get", "/unit/list.json"),
        ("get", "/transaction/status.json"),
        ("get", "/report/list.json"),
        ("post", "/unit/changePlan.json"),
        ("post", "/unit/suspend.json"),
        ("post", "/unit/restore.json"),
        ("post", "/unit/deactivate.json"),
        ("post", "/sms/send.json"),
        ("get", "/sms/status.json"),
    ] {
        for (status, response) in contract.document["paths"][path][method]["responses"]
            .as_object()
            .unwrap()
        {
            let content = &contract.resolve(response)["content"]["application/json"];
            for example in content["examples"].as_object().unwrap().values() {
                contract.fits(&example["value"], &content["schema"], status);
                examples += 1;
            }
        }
    }
    assert!(examples > 130, "{examples} examples");
    let schema = json!({"$ref": "#/components/schemas/Transaction"});
    let right = json!({"transactionId": "T1", "operation": "REGISTER", "unitId": "U1", "status": "PENDING",
        "submittedAt": "2026-03-02T15:04:05Z", "completedAt": null});
    contract.fits(&right, &schema, "right");
    for (name, wrong) in [
        ("status", json!("SOON")),
        ("submittedAt", json!("yesterday")),
        ("extra", json!(1)),
        ("unitId", Value::Null),
    ] {
        let mut spoiled = right.clone();
        spoiled[name] = wrong;
        let caught = catch_unwind(AssertUnwindSafe(|| {
            contract.fits(&spoiled, &schema, "spoiled")
        }));
        assert!(caught.is_err(), "{name}");
    }
}

#[test]
fn the_check_of_the_other_contract_tells_right_from_wrong() {
    let contract = Contract::load(CarrierKind::ControlCenter);
    let mut examples = 0;
    for (path, operations) in contract.document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if let Some(body) = operation.pointer("/requestBody/content/application~1json") {
                for example in body["examples"].as_object().unwrap().values() {
                    contract.fits(&example["value"], &body["schema"], path);
                    examples += 1;
                }
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                let content = &contract.resolve(response)["content"]["application/json"];
                for example in content["examples"].as_object().unwrap().values() {
                    let place = format!("{method} {path} {status}");
                    contract.fits(&example["value"], &content["schema"], &place);
                    examples += 1;
                }
            }
        }
    }
    assert!(examples > 50, "{examples} examples");
    let schema = json!({"$ref": "#/components/schemas/DeviceEdit"});
    contract.fits(&json!({"status": "ACTIVATED"}), &schema, "right");
    for wrong in [json!({}), json!({"status": 1}), json!({"colour": "red"})] {
        let caught = catch_unwind(AssertUnwindSafe(|| contract.fits(&wrong, &schema, "wrong")));
        assert!(caught.is_err(), "{wrong}");
    }
}
