//! The form of a template for storage: TOML without secrets.

use super::Template;
use crate::setting::{SettingKey, Value};
use toml::{Table, Value as Toml};

/// Writes `template` without its secrets.
pub(super) fn write(template: &Template) -> String {
    let keys = |keys: &mut dyn Iterator<Item = &SettingKey>| {
        Toml::Array(keys.map(|key| Toml::String(key.to_string())).collect())
    };
    let is_secret = |key: &&SettingKey| {
        template.missing_secrets.contains(*key)
            || matches!(template.settings.get(*key), Some(Value::Secret(_)))
    };
    let mut settings = Table::new();
    for (key, value) in &template.settings {
        let value = match value {
            Value::Text(text) => Toml::String(text.clone()),
            Value::Integer(number) => Toml::Integer(*number),
            Value::Secret(_) => continue,
        };
        settings.insert(key.to_string(), value);
    }
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
    root.to_string()
}
