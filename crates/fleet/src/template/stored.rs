//! The form of a template for storage: TOML without secrets.

use super::Template;
use crate::setting::{SettingKey, Value};
use std::collections::BTreeMap;
use toml::{Table, Value as Toml};

/// Writes `template` without its secrets.
pub(super) fn write(template: &Template) -> String {
    let keys = |keys: &mut dyn Iterator<Item = &SettingKey>| {
        Toml::Array(keys.map(|key| Toml::String(key.to_string())).collect())
    };
    let is_secret = |key: &&SettingKey| template.is_secret(key);
    let values = |values: &BTreeMap<SettingKey, Value>| {
        let open = values.iter().filter(|(key, _)| !template.is_secret(key));
        open.filter_map(|(key, value)| Some((key.to_string(), in_toml(value)?)))
            .collect::<Table>()
    };
    let settings = values(&template.settings);
    let mut root = Table::new();
    root.insert("name".to_owned(), Toml::String(template.name.clone()));
    root.insert("version".to_owned(), Toml::Integer(template.version.into()));
    root.insert("optional".to_owned(), keys(&mut template.optional.iter()));
    root.insert(
        "secret".to_owned(),
        keys(&mut template.keys().filter(is_secret)),
    );
    root.insert("settings".to_owned(), Toml::Table(settings));
    let texts = template.map.iter().map(|(profile, texts)| {
        let texts = texts
            .iter()
            .map(|(key, text)| (key.to_string(), Toml::String(text.clone())));
        (profile.clone(), Toml::Table(texts.collect()))
    });
    root.insert("map".to_owned(), Toml::Table(texts.collect()));
    if !template.apart.is_empty() {
        let families = template.apart.iter().map(|(profile, apart)| {
            let mut table = values(&apart.values);
            if !apart.left_out.is_empty() {
                table.insert("leave_out".to_owned(), keys(&mut apart.left_out.iter()));
            }
            (profile.clone(), Toml::Table(table))
        });
        root.insert("family".to_owned(), Toml::Table(families.collect()));
    }
    root.to_string()
}

/// A value as it stands in a file; `None` for a secret, which never does.
fn in_toml(value: &Value) -> Option<Toml> {
    match value {
        Value::Text(text) => Some(Toml::String(text.clone())),
        Value::Integer(number) => Some(Toml::Integer(*number)),
        Value::Secret(_) => None,
    }
}
