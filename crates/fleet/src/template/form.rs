//! Reads a template file: strict form, every problem at once.
//!
//! It walks the parsed tree by hand instead of deserialising: a derived reader stops at the first problem, cannot take
//! quoted and dotted keys alike, and its messages quote lines in which a password may stand.

use super::rules::{number_problem, shared_kind, sounds_secret, text_problem};
use super::{Apart, Template, TemplateProblem};
use crate::printable::{is_printable, printable};
use crate::secret::Secret;
use crate::setting::{SettingKey, SettingKind, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

/// Greatest size of a file in bytes.
const LARGEST: usize = 1 << 20;
/// Deepest nesting of tables under `settings`.
const DEEPEST: usize = 16;
/// Most settings in a template.
pub(super) const MOST_SETTINGS: usize = 2000;
/// Most problems that are reported; a file with more is no template.
const MOST_PROBLEMS: usize = 50;
/// Longest name in characters.
const LONGEST_NAME: usize = 80;

/// Where the text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A person's file, with all values.
    File,
    /// Our own storage, where secrets are only listed.
    Store,
}

type Node<'i> = Spanned<DeValue<'i>>;

/// Reads a template.
pub(super) fn read(text: &str, origin: Origin) -> Result<Template, Vec<TemplateProblem>> {
    if text.len() > LARGEST {
        let what = "the file is larger than 1 MiB, so it is no template".to_owned();
        return Err(vec![TemplateProblem {
            path: String::new(),
            line: None,
            what,
        }]);
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader {
        text,
        problems: Vec::new(),
    };
    let mut form_holds = true;
    for error in &errors {
        // After a doubled key the rest of the tree is sound; after anything else it may be guesswork.
        let doubled = error.message().starts_with("duplicate key");
        form_holds &= doubled;
        let what = if doubled {
            "this key stands twice".to_owned()
        } else {
            format!("not valid TOML: {}", printable(error.message()))
        };
        reader.problem("", error.span(), what);
    }
    let template = if form_holds {
        reader.template(root.get_ref(), origin)
    } else {
        None
    };
    match template {
        Some(template) if reader.problems.is_empty() => Ok(template),
        _ => {
            reader
                .problems
                .sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
            reader.problems.dedup();
            reader.problems.truncate(MOST_PROBLEMS);
            Err(reader.problems)
        }
    }
}

struct Reader<'i> {
    text: &'i str,
    problems: Vec<TemplateProblem>,
}

impl Reader<'_> {
    fn problem(&mut self, path: &str, span: Option<Range<usize>>, what: impl Into<String>) {
        let before = span.and_then(|span| self.text.get(..span.start));
        let line = before.map(|before| before.matches('\n').count() + 1);
        self.problems.push(TemplateProblem {
            path: path.to_owned(),
            line,
            what: what.into(),
        });
    }

    /// Everything, or `None` where a part that no template can lack is missing; the problems say which.
    fn template(&mut self, root: &DeTable<'_>, origin: Origin) -> Option<Template> {
        for (key, _) in root.iter() {
            let known = match key.get_ref().as_ref() {
                "name" | "version" | "settings" | "optional" | "map" | "family" => true,
                "secret" => origin == Origin::Store,
                _ => false,
            };
            if !known {
                let path = printable(key.get_ref());
                self.problem(
                    &path,
                    Some(key.span()),
                    "unknown key; a template has name, version, settings, optional, map and family",
                );
            }
        }
        let name = self.name(root.get("name"));
        let version = self.version(root.get("version"));
        let missing_secrets = match root.get("secret") {
            Some(node) if origin == Origin::Store => self.keys("secret", node),
            _ => BTreeSet::new(),
        };
        let settings = self.settings(root.get("settings"), origin == Origin::Store);
        let optional = root
            .get("optional")
            .map(|node| (node.span(), self.keys("optional", node)));
        let (optional_span, optional) = optional.unwrap_or_default();
        for key in &optional {
            if !settings.contains_key(key) && !missing_secrets.contains(key) {
                self.problem(
                    "optional",
                    Some(optional_span.clone()),
                    format!("{key} is not among the settings of this template"),
                );
            }
        }
        let map = root
            .get("map")
            .map_or_else(BTreeMap::new, |node| self.map(node));
        let secret = |key: &SettingKey| {
            missing_secrets.contains(key) || matches!(settings.get(key), Some(Value::Secret(_)))
        };
        let has = |key: &SettingKey| settings.contains_key(key) || missing_secrets.contains(key);
        let apart = root
            .get("family")
            .map_or_else(BTreeMap::new, |node| self.families(node, &has, &secret));
        Some(Template {
            name: name?,
            version: version?,
            settings,
            optional,
            map,
            apart,
            missing_secrets,
            former: BTreeMap::new(),
        })
    }

    fn name(&mut self, node: Option<&Node<'_>>) -> Option<String> {
        let Some(node) = node else {
            self.problem("name", None, "missing; write name = \"...\"");
            return None;
        };
        let what = match node.get_ref().as_str() {
            None => "the name is a text in quotes",
            Some(name) => match name_problem(name) {
                Some(what) => what,
                None => return Some(name.to_owned()),
            },
        };
        self.problem("name", Some(node.span()), what);
        None
    }

    fn version(&mut self, node: Option<&Node<'_>>) -> Option<u32> {
        let Some(node) = node else {
            self.problem("version", None, "missing; write version = 1");
            return None;
        };
        let version = node
            .get_ref()
            .as_integer()
            .and_then(integer)
            .and_then(|number| u32::try_from(number).ok());
        match version {
            Some(version @ 1..) => Some(version),
            _ => {
                self.problem(
                    "version",
                    Some(node.span()),
                    "the version is a whole number from 1, without quotes",
                );
                None
            }
        }
    }

    fn settings(
        &mut self,
        node: Option<&Node<'_>>,
        may_be_empty: bool,
    ) -> BTreeMap<SettingKey, Value> {
        let mut settings = BTreeMap::new();
        let table = match node.map(|node| (node, node.get_ref().as_table())) {
            None if may_be_empty => return settings,
            None => {
                self.problem(
                    "settings",
                    None,
                    "missing; a template has a table [settings] with at least one setting",
                );
                return settings;
            }
            Some((node, None)) => {
                self.problem(
                    "settings",
                    Some(node.span()),
                    "settings is a table: write [settings]",
                );
                return settings;
            }
            Some((node, Some(table))) if table.is_empty() && !may_be_empty => {
                self.problem("settings", Some(node.span()), "there is no setting in it");
                return settings;
            }
            Some((_, Some(table))) => table,
        };
        let mut seen = BTreeSet::new();
        for (path, key, node) in self.leaves("settings", table) {
            if !seen.insert(key.clone()) {
                self.problem(&path, Some(node.span()), "this setting stands twice");
            } else if let Some(value) = self.value(&path, &key, node) {
                settings.insert(key, value);
            }
        }
        if seen.len() > MOST_SETTINGS {
            self.problem(
                "settings",
                None,
                format!("a template has at most {MOST_SETTINGS} settings"),
            );
        }
        settings
    }

    /// Every value below `table` with its path and key, however its key is written.
    fn leaves<'t, 'i>(
        &mut self,
        root: &str,
        table: &'t DeTable<'i>,
    ) -> Vec<(String, SettingKey, &'t Node<'i>)> {
        let mut leaves = Vec::new();
        let mut open = vec![(String::new(), table, 0)];
        while let Some((prefix, table, depth)) = open.pop() {
            for (key, node) in table.iter() {
                // What a family's units are left without is a list beside the settings.
                if depth == 0 && root.starts_with("family.") && key.get_ref() == "leave_out" {
                    continue;
                }
                let name = if prefix.is_empty() {
                    key.get_ref().to_string()
                } else {
                    format!("{prefix}.{}", key.get_ref())
                };
                let path = format!("{root}.{}", printable(&name));
                match node.get_ref().as_table() {
                    Some(_) if depth >= DEEPEST => self.problem(&path, Some(key.span()), "tables are nested too deep"),
                    Some(inner) if inner.is_empty() => self.problem(&path, Some(key.span()), "there is nothing in it"),
                    Some(inner) => open.push((name, inner, depth + 1)),
                    None => match SettingKey::new(name) {
                        Ok(key) => leaves.push((path, key, node)),
                        Err(_) => self.problem(&path, Some(key.span()), "this is no setting key: use lower-case words with digits and _ joined by dots, such as apn.name"),
                    },
                }
            }
        }
        leaves
    }

    fn value(&mut self, path: &str, key: &SettingKey, node: &Node<'_>) -> Option<Value> {
        let kind = shared_kind(key);
        let found = match (kind, node.get_ref()) {
            (Some(SettingKind::Integer), DeValue::Integer(number))
            | (None, DeValue::Integer(number)) => match integer(number) {
                None => Err("this number is too large".to_owned()),
                Some(number) => match number_problem(key, number) {
                    None if sounds_secret(key) => {
                        Ok(Value::Secret(Secret::new(number.to_string())))
                    }
                    None => Ok(Value::Integer(number)),
                    Some(what) => Err(what),
                },
            },
            (Some(SettingKind::Integer), DeValue::String(text)) if is_number(text) => {
                Err(format!("write the number without quotes: {}", text.trim()))
            }
            (Some(SettingKind::Integer), node) => Err(format!(
                "a whole number is needed here, not {}",
                in_words(node)
            )),
            (kind, DeValue::String(text)) => match text_problem(key, text) {
                Some(what) => Err(what),
                None if kind == Some(SettingKind::Secret) || sounds_secret(key) => {
                    Ok(Value::Secret(Secret::new(text.as_ref())))
                }
                None => Ok(Value::Text(text.to_string())),
            },
            (None, node) => Err(format!(
                "a text in quotes or a whole number is needed here, not {}",
                in_words(node)
            )),
            (Some(_), node) => Err(format!(
                "a text in quotes is needed here, not {}",
                in_words(node)
            )),
        };
        match found {
            Ok(value) => Some(value),
            Err(what) => {
                self.problem(path, Some(node.span()), what);
                None
            }
        }
    }

    /// A list of setting keys.
    fn keys(&mut self, path: &str, node: &Node<'_>) -> BTreeSet<SettingKey> {
        let mut keys = BTreeSet::new();
        let empty = DeArray::new();
        let list = node.get_ref().as_array().unwrap_or_else(|| {
            self.problem(
                path,
                Some(node.span()),
                format!("{path} is a list of setting keys: {path} = [\"apn.user\"]"),
            );
            &empty
        });
        for each in list.iter() {
            match each.get_ref().as_str().map(SettingKey::new) {
                Some(Ok(key)) => {
                    if let Some(twice) = keys.replace(key) {
                        self.problem(
                            path,
                            Some(each.span()),
                            format!("{twice} stands twice in it"),
                        );
                    }
                }
                _ => self.problem(
                    path,
                    Some(each.span()),
                    "each entry is a setting key in quotes, such as \"apn.user\"",
                ),
            }
        }
        keys
    }

    /// `[family.PROFILE]`: values in place of the common ones, and `leave_out`.
    fn families(
        &mut self,
        node: &Node<'_>,
        has: &dyn Fn(&SettingKey) -> bool,
        secret: &dyn Fn(&SettingKey) -> bool,
    ) -> BTreeMap<String, Apart> {
        let mut families = BTreeMap::new();
        let Some(profiles) = node.get_ref().as_table() else {
            self.problem(
                "family",
                Some(node.span()),
                "family is a table for each profile: write [family.PROFILE]",
            );
            return families;
        };
        for (profile, node) in profiles.iter() {
            let path = format!("family.{}", printable(profile.get_ref()));
            let Some(table) = node.get_ref().as_table() else {
                let what = format!("this is a table: write [{path}]");
                self.problem(&path, Some(node.span()), what);
                continue;
            };
            let mut apart = Apart::default();
            if let Some(node) = table.get("leave_out") {
                apart.left_out = self.keys(&format!("{path}.leave_out"), node);
            }
            for (path, key, node) in self.leaves(&path, table) {
                if secret(&key) || sounds_secret(&key) {
                    let what = "this is secret: it is the same for every family";
                    self.problem(&path, Some(node.span()), what);
                } else if let Some(value) = self.value(&path, &key, node)
                    && apart.values.insert(key, value).is_some()
                {
                    self.problem(&path, Some(node.span()), "this setting stands twice");
                }
            }
            for key in apart.values.keys().chain(&apart.left_out) {
                if !has(key) {
                    let what = format!("{key} is not among the settings of this template");
                    self.problem(&path, Some(node.span()), what);
                }
            }
            if !apart.is_empty() {
                families.insert(profile.get_ref().to_string(), apart);
            }
        }
        families
    }

    fn map(&mut self, node: &Node<'_>) -> BTreeMap<String, BTreeMap<SettingKey, String>> {
        let mut map = BTreeMap::new();
        let Some(profiles) = node.get_ref().as_table() else {
            self.problem(
                "map",
                Some(node.span()),
                "map is a table for each profile: write [map.PROFILE]",
            );
            return map;
        };
        for (profile, node) in profiles.iter() {
            let path = format!("map.{}", printable(profile.get_ref()));
            let Some(table) = node.get_ref().as_table() else {
                self.problem(
                    &path,
                    Some(node.span()),
                    format!("this is a table: write [{path}]"),
                );
                continue;
            };
            let mut texts = BTreeMap::new();
            for (path, key, node) in self.leaves(&path, table) {
                match node.get_ref().as_str() {
                    Some(text) if is_printable(text) => {
                        if texts.insert(key, text.to_owned()).is_some() {
                            self.problem(&path, Some(node.span()), "this key stands twice");
                        }
                    }
                    _ => self.problem(
                        &path,
                        Some(node.span()),
                        "a text in quotes without control characters is needed here",
                    ),
                }
            }
            map.insert(profile.get_ref().to_string(), texts);
        }
        map
    }
}

/// Why `name` cannot be a template's name.
pub(super) fn name_problem(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        Some("the name is empty")
    } else if name.chars().count() > LONGEST_NAME {
        Some("the name has more than 80 characters")
    } else if !is_printable(name) {
        Some("the name has control or invisible characters")
    } else {
        None
    }
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn is_number(text: &str) -> bool {
    text.trim().len() <= 19 && text.trim().parse::<i64>().is_ok()
}

fn in_words(node: &DeValue<'_>) -> &'static str {
    match node {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a decimal point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
