//! The profiles that this program knows: the shipped ones, and those of a user's folder laid over them.
//!
//! Nothing is read from a disk here; whoever finds files hands over their names and texts.

use super::schema::Profile;
use super::{ProfileProblem, Setting};
use crate::setting::{SettingKey, SettingKind};
use std::fmt;
use std::sync::Arc;

/// The shipped files, in the order in which units are asked who they are: harmless and quick questions first.
const SHIPPED: [(&str, &str); 11] = [
    (
        "teltonika-fmb.toml",
        include_str!("../../../../device_profiles/teltonika-fmb.toml"),
    ),
    (
        "queclink.toml",
        include_str!("../../../../device_profiles/queclink.toml"),
    ),
    (
        "calamp-lmu.toml",
        include_str!("../../../../device_profiles/calamp-lmu.toml"),
    ),
    (
        "suntech.toml",
        include_str!("../../../../device_profiles/suntech.toml"),
    ),
    (
        "suntech-universal.toml",
        include_str!("../../../../device_profiles/suntech-universal.toml"),
    ),
    (
        "meitrack.toml",
        include_str!("../../../../device_profiles/meitrack.toml"),
    ),
    (
        "queclink-pro.toml",
        include_str!("../../../../device_profiles/queclink-pro.toml"),
    ),
    (
        "airlink.toml",
        include_str!("../../../../device_profiles/airlink.toml"),
    ),
    (
        "sprint-cdma.toml",
        include_str!("../../../../device_profiles/sprint-cdma.toml"),
    ),
    // Any modem answers this one's questions, so it stands behind those that ask more particular ones.
    (
        "modem-3gpp.toml",
        include_str!("../../../../device_profiles/modem-3gpp.toml"),
    ),
    // This one asks nothing.
    (
        "xirgo.toml",
        include_str!("../../../../device_profiles/xirgo.toml"),
    ),
];

/// The texts of the shipped files.
#[cfg(test)]
pub(super) fn shipped_texts() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(_, text)| *text)
}

/// Where a profile came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileSource {
    /// Part of the program.
    Shipped,
    /// A file of that name in the user's own folder.
    Folder(String),
}

impl fmt::Display for ProfileSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shipped => formatter.write_str("shipped"),
            Self::Folder(file) => write!(formatter, "{file} in the profiles folder"),
        }
    }
}

/// A file that is no profile, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenProfile {
    /// Which file.
    pub source: ProfileSource,
    /// Why.
    pub problems: Vec<ProfileProblem>,
}

/// Every profile that can be used, and every file that cannot.
#[derive(Debug, Clone, Default)]
pub struct ProfileRegistry {
    known: Vec<(Arc<Profile>, ProfileSource)>,
    broken: Vec<BrokenProfile>,
}

impl ProfileRegistry {
    /// The profiles that are part of the program.
    #[must_use]
    pub fn shipped() -> Self {
        let mut registry = Self::default();
        for (_, text) in SHIPPED {
            registry.add(ProfileSource::Shipped, text);
        }
        registry
    }

    /// Lays a file of the user's folder over what is known: a profile of the same id takes the other's place, a new one is asked
    /// after all others. A broken file changes nothing and is kept with its problems.
    #[must_use]
    pub fn with_overlay(mut self, file_name: &str, text: &str) -> Self {
        self.add(ProfileSource::Folder(file_name.to_owned()), text);
        self
    }

    /// Notes a file that could not even be read, so that it is said and not ignored.
    #[must_use]
    pub fn with_unreadable(mut self, file_name: &str, why: &str) -> Self {
        self.broken.push(BrokenProfile {
            source: ProfileSource::Folder(file_name.to_owned()),
            problems: vec![ProfileProblem {
                path: "file".to_owned(),
                problem: why.to_owned(),
            }],
        });
        self
    }

    fn add(&mut self, source: ProfileSource, text: &str) {
        let profile = match Profile::from_toml(text) {
            Ok(profile) => Arc::new(profile),
            Err(problems) => {
                self.broken.push(BrokenProfile { source, problems });
                return;
            }
        };
        match self
            .known
            .iter_mut()
            .find(|(former, _)| former.id == profile.id)
        {
            Some((_, ProfileSource::Folder(former))) => {
                let problem = format!("'{}' is already described by {former}", profile.id);
                self.broken.push(BrokenProfile {
                    source,
                    problems: vec![ProfileProblem {
                        path: "id".to_owned(),
                        problem,
                    }],
                });
            }
            Some(known) => *known = (profile, source),
            None => self.known.push((profile, source)),
        }
    }

    /// The profile of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Profile>> {
        self.known
            .iter()
            .map(|(profile, _)| profile)
            .find(|profile| profile.id == id)
    }

    /// Where the profile of that id came from.
    #[must_use]
    pub fn source(&self, id: &str) -> Option<&ProfileSource> {
        self.known
            .iter()
            .find(|(profile, _)| profile.id == id)
            .map(|(_, source)| source)
    }

    /// Every profile, in the order in which a stranger is asked.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Profile>> {
        self.known.iter().map(|(profile, _)| profile)
    }

    /// The same profiles, with those first that units with these USB ids were seen with. Ids are a hint for the order, never proof.
    #[must_use]
    pub fn in_order_for(&self, usb_id: Option<&str>) -> Vec<Arc<Profile>> {
        let hinted = |profile: &Profile| {
            usb_id.is_some_and(|id| {
                profile
                    .line
                    .usb_ids
                    .iter()
                    .any(|each| each.eq_ignore_ascii_case(id))
            })
        };
        let (mut first, rest): (Vec<_>, Vec<_>) =
            self.all().cloned().partition(|profile| hinted(profile));
        first.extend(rest);
        first
    }

    /// Files that are no profiles.
    #[must_use]
    pub fn broken(&self) -> &[BrokenProfile] {
        &self.broken
    }

    /// Kind and label of a setting, from the first profile that has it; `None` for a key that no profile knows.
    #[must_use]
    pub fn known_setting(&self, key: &SettingKey) -> Option<(SettingKind, String)> {
        self.all()
            .find_map(|profile| profile.setting(key))
            .map(|setting| (setting.kind, setting.label.clone()))
    }

    /// Every key that some profile knows, in alphabetical order, each once.
    #[must_use]
    pub fn known_keys(&self) -> Vec<SettingKey> {
        let settings = |profile: &Arc<Profile>| -> Vec<Setting> { profile.settings.clone() };
        let mut keys: Vec<SettingKey> =
            self.all().flat_map(settings).map(|each| each.key).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::tests::key;

    const TINY: &str = include_str!("tiny.toml");

    #[test]
    fn every_shipped_profile_loads() {
        let registry = ProfileRegistry::shipped();
        assert_eq!(registry.broken(), []);
        assert_eq!(registry.all().count(), SHIPPED.len());
        for (file, _) in SHIPPED {
            let id = file.trim_end_matches(".toml");
            assert!(
                registry.get(id).is_some(),
                "{file} must have its own name as id"
            );
            assert_eq!(registry.source(id), Some(&ProfileSource::Shipped));
        }
    }

    #[test]
    fn a_file_of_the_folder_lies_over_a_shipped_one() {
        let text = include_str!("../../../../device_profiles/queclink.toml")
            .replace("name = \"Queclink GV", "name = \"Our Queclink GV");
        let registry = ProfileRegistry::shipped().with_overlay("ours.toml", &text);
        assert_eq!(registry.broken(), []);
        assert!(registry.get("queclink").unwrap().name.starts_with("Our "));
        assert_eq!(
            registry.source("queclink"),
            Some(&ProfileSource::Folder("ours.toml".to_owned()))
        );
        let order: Vec<&str> = registry.all().map(|each| each.id.as_str()).collect();
        assert_eq!(order.len(), SHIPPED.len());
        assert_eq!(order[..2], ["teltonika-fmb", "queclink"]);
    }

    #[test]
    fn a_broken_file_is_said_and_changes_nothing() {
        let registry = ProfileRegistry::shipped()
            .with_overlay("bad.toml", "schema = ")
            .with_unreadable("locked.toml", "not permitted");
        let files: Vec<String> = registry
            .broken()
            .iter()
            .map(|each| each.source.to_string())
            .collect();
        assert_eq!(
            files,
            [
                "bad.toml in the profiles folder",
                "locked.toml in the profiles folder"
            ]
        );
        assert_eq!(registry.all().count(), SHIPPED.len());
    }

    #[test]
    fn two_files_of_the_folder_cannot_describe_the_same_family() {
        let registry = ProfileRegistry::shipped()
            .with_overlay("a.toml", TINY)
            .with_overlay("b.toml", TINY);
        assert_eq!(registry.broken().len(), 1);
        assert_eq!(registry.broken()[0].problems[0].path, "id");
        assert_eq!(
            registry.source("tiny"),
            Some(&ProfileSource::Folder("a.toml".to_owned()))
        );
    }

    #[test]
    fn usb_ids_are_a_hint_for_the_order() {
        let registry = ProfileRegistry::shipped().with_overlay("tiny.toml", TINY);
        let order = |usb_id| -> Vec<String> {
            registry
                .in_order_for(usb_id)
                .iter()
                .map(|profile| profile.id.clone())
                .collect()
        };
        assert_eq!(order(None)[0], "teltonika-fmb");
        assert_eq!(order(None).last().unwrap(), "tiny");
        assert_eq!(order(None).len(), SHIPPED.len() + 1);
        assert_eq!(order(Some("0e8d:0023"))[0], "teltonika-fmb");
        assert_eq!(order(Some("FFFF:0001")), order(None));
    }

    #[test]
    fn a_setting_is_known_when_any_profile_has_it() {
        let registry = ProfileRegistry::shipped();
        let known = registry.known_setting(&key("apn.password"));
        assert_eq!(
            known,
            Some((SettingKind::Secret, "APN password".to_owned()))
        );
        assert_eq!(registry.known_setting(&key("apn.nmae")), None);
        assert!(registry.known_keys().contains(&key("queclink.buffer_mode")));
        assert!(registry.known_keys().is_sorted());
    }

    #[test]
    fn every_key_of_the_shipped_profiles_is_explained() {
        let readme = include_str!("../../../../device_profiles/README.md");
        // Tables whose keys are the profile's own words.
        let named = [
            "exchange", "facts", "initial", "into", "fields", "lacks", "replace", "choices",
            "match", "meaning", "fixed", "shown_as",
        ];
        let mut keys = std::collections::BTreeSet::new();
        let mut tables: Vec<(bool, toml::Table)> = SHIPPED
            .iter()
            .map(|(_, text)| (false, toml::from_str(text).unwrap()))
            .collect();
        while let Some((own_words, table)) = tables.pop() {
            for (key, value) in table {
                let inside = named.contains(&key.as_str());
                if !own_words {
                    keys.insert(key);
                }
                let values = match value {
                    toml::Value::Array(values) => values,
                    value => vec![value],
                };
                for value in values {
                    if let toml::Value::Table(table) = value {
                        tables.push((inside, table));
                    }
                }
            }
        }
        assert!(keys.len() > 60, "{keys:?}");
        let unexplained: Vec<&String> = keys
            .iter()
            .filter(|key| {
                let forms = [format!("`{key}"), format!(".{key}"), format!("[{key}")];
                !forms.iter().any(|form| readme.contains(form.as_str()))
            })
            .collect();
        assert!(unexplained.is_empty(), "not in the README: {unexplained:?}");
    }
}
