//! Where secrets come from: the system's keychain, a file sealed under a passphrase, a person; for units also a file for unattended use.
//! There is no plain-text fallback.

mod dumps;
mod keychain;
mod sealed;
mod templates;

pub use dumps::switch_off_core_dumps;
pub use keychain::{KeychainTrouble, forget_in_keychain, from_keychain, to_keychain};
pub use sealed::{SHORTEST_PASSPHRASE, SealedFile};
pub use templates::TemplateSecrets;

use fleet::profile::ProfileRegistry;
use fleet::{Secret, UnitId};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Why a secret is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The keychain did not do its part.
    #[error(transparent)]
    Keychain(#[from] KeychainTrouble),
    /// The sealed file does not open with this passphrase, or was changed by somebody.
    #[error("the passphrase does not open the sealed file of secrets")]
    WrongPassphrase,
    /// A new sealed file needs a better passphrase.
    #[error("the passphrase is too short: at least {SHORTEST_PASSPHRASE} characters")]
    PassphraseTooShort,
    /// The secrets file cannot be used.
    #[error("the secrets file {path} {why}")]
    File {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
}

/// Passwords and keywords of units, by identity or by profile.
#[derive(Debug, Clone, Default)]
pub struct UnitSecrets {
    by_name: BTreeMap<String, Secret>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Secret(Secret),
    Table(BTreeMap<String, Secret>),
}

impl UnitSecrets {
    /// Reads a TOML file whose keys are profile names or identities, at the top or in tables `[profiles]` and `[units]`.
    ///
    /// # Errors
    /// When the file cannot be read or understood, or when other users could read it. No part of its text is in the error.
    pub fn from_file(path: &Path) -> Result<Self, SecretsError> {
        let failed = |why: String| SecretsError::File {
            path: path.display().to_string(),
            why,
        };
        refuse_if_others_can_read(path).map_err(failed)?;
        let text = std::fs::read_to_string(path)
            .map(Secret::new)
            .map_err(|error| failed(format!("cannot be read: {error}")))?;
        let entries: BTreeMap<String, Entry> = toml::from_str(text.reveal()).map_err(|error| {
            // The parser's message quotes the line, which may hold a password: only its place is told.
            let line = error.span().map_or(1, |span| 1 + text.reveal().get(..span.start).unwrap_or_default().matches('\n').count());
            failed(format!("is not what it should be near line {line}: write lines like  queclink = \"password\"  or  \"352093081540152\" = \"keyword\""))
        })?;
        let mut by_name = BTreeMap::new();
        for (name, entry) in entries {
            match entry {
                Entry::Secret(secret) => {
                    by_name.insert(name, secret);
                }
                Entry::Table(table)
                    if matches!(name.as_str(), "profiles" | "profile" | "units" | "unit") =>
                {
                    by_name.extend(table)
                }
                Entry::Table(_) => {
                    return Err(failed(format!(
                        "has a table [{name}]: only [profiles] and [units] have a meaning"
                    )));
                }
            }
        }
        Ok(Self { by_name })
    }

    /// All of them, for taking them out of texts.
    pub fn all(&self) -> impl Iterator<Item = Secret> {
        self.by_name.values().cloned()
    }

    /// Adds what a person gave.
    pub fn give(&mut self, name: impl Into<String>, secret: Secret) {
        self.by_name.insert(name.into(), secret);
    }

    /// The secret for a unit: by its identity first, then by its profile.
    #[must_use]
    pub fn for_unit(&self, id: Option<&UnitId>, profile: &str) -> Option<&Secret> {
        id.and_then(|id| self.by_name.get(id.as_str()))
            .or_else(|| self.by_name.get(profile))
    }

    /// What was given for single units, by identity.
    #[must_use]
    pub fn by_unit(&self, registry: &ProfileRegistry) -> BTreeMap<String, Secret> {
        let of_units = self
            .by_name
            .iter()
            .filter(|(name, _)| registry.get(name).is_none());
        of_units
            .map(|(name, secret)| (name.clone(), secret.clone()))
            .collect()
    }

    /// Secrets that were given for single units rather than for a family.
    #[must_use]
    pub fn for_single_units(&self, registry: &ProfileRegistry) -> Vec<Secret> {
        self.by_unit(registry).into_values().collect()
    }
}

#[cfg(unix)]
fn refuse_if_others_can_read(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let facts = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if facts.permissions().mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(format!(
            "can be read by other users; run  chmod 600 {}  and start again",
            path.display()
        ))
    }
}

/// On Windows a file in the user's own folders is readable by that user and administrators only.
#[cfg(not(unix))]
fn refuse_if_others_can_read(path: &Path) -> Result<(), String> {
    std::fs::metadata(path)
        .map(|_| ())
        .map_err(|error| format!("cannot be read: {error}"))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn secrets_are_found_by_identity_before_profile() {
        let (_folder, path) = file(
            "queclink = \"by-profile\"\n[units]\n\"490154203237518\" = \"by-unit\"\n",
            0o600,
        );
        let secrets = UnitSecrets::from_file(&path).unwrap();
        let id = UnitId::Imei(fleet::Imei::parse("490154203237518").unwrap());
        assert_eq!(
            secrets.for_unit(None, "queclink").unwrap().reveal(),
            "by-profile"
        );
        assert_eq!(
            secrets.for_unit(Some(&id), "queclink").unwrap().reveal(),
            "by-unit"
        );
        assert!(secrets.for_unit(None, "teltonika-fmb").is_none());
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let (_folder, path) = file("queclink = \"x\"\n", 0o644);
        assert!(
            UnitSecrets::from_file(&path)
                .unwrap_err()
                .to_string()
                .contains("chmod 600")
        );
    }

    #[test]
    fn a_broken_file_is_said_without_its_contents() {
        let (_folder, path) = file("queclink = \"hunter2\nunits", 0o600);
        let words = UnitSecrets::from_file(&path).unwrap_err().to_string();
        assert!(
            words.contains("line") && !words.contains("hunter2"),
            "{words}"
        );
    }
}
