//! Secrets of templates: in the keychain where there is one, and for as long as the program runs in any case.

use super::{SecretsError, forget_in_keychain, from_keychain, to_keychain};
use fleet::{Secret, SettingKey, Template};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The secrets of templates that this run has seen, over those of the keychain. A keychain may ask a person and so may take long:
/// never to be used on a thread that must not wait.
#[derive(Default)]
pub struct TemplateSecrets {
    seen: Mutex<BTreeMap<String, Secret>>,
}

impl TemplateSecrets {
    /// Keeps the secrets that stand in `template`. All are remembered for this run, also when the keychain cannot be used.
    ///
    /// # Errors
    /// When a secret will be forgotten with the program.
    pub fn keep_all(&self, template: &Template) -> Result<(), SecretsError> {
        let mut kept = Ok(());
        for (key, value) in &template.settings {
            if let fleet::Value::Secret(secret) = value {
                kept = kept.and(self.keep(&template.name, template.version, key, secret));
            }
        }
        kept
    }

    /// Keeps one.
    ///
    /// # Errors
    /// When it will be forgotten with the program.
    pub fn keep(
        &self,
        template: &str,
        version: u32,
        key: &SettingKey,
        secret: &Secret,
    ) -> Result<(), SecretsError> {
        let name = name(template, version, key);
        let kept = to_keychain(&name, secret);
        self.seen().insert(name, secret.clone());
        kept
    }

    /// Gives `template` back the secrets that its stored form leaves out, as far as they are at hand.
    pub fn supply(&self, template: &mut Template) {
        for key in template.missing_secrets.clone() {
            if let Some(secret) = self.recall(&template.name, template.version, &key) {
                template.supply_secret(&key, secret);
            }
        }
    }

    /// Forgets those of a draft that was dropped, or one that left it.
    pub fn forget<'a>(
        &self,
        template: &str,
        version: u32,
        keys: impl IntoIterator<Item = &'a SettingKey>,
    ) {
        for key in keys {
            let name = name(template, version, key);
            self.seen().remove(&name);
            // Where there is no keychain, nothing of it stands there.
            let _ = forget_in_keychain(&name);
        }
    }

    fn recall(&self, template: &str, version: u32, key: &SettingKey) -> Option<Secret> {
        let name = name(template, version, key);
        if let Some(secret) = self.seen().get(&name) {
            return Some(secret.clone());
        }
        let secret = from_keychain(&name).ok().flatten()?;
        self.seen().insert(name, secret.clone());
        Some(secret)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Secret>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(template: &str, version: u32, key: &SettingKey) -> String {
    format!("template {template} {version} {key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_this_run_is_at_hand_with_and_without_a_keychain() {
        let secrets = TemplateSecrets::default();
        let key = SettingKey::new("apn.password").unwrap();
        let mut template = Template::empty("no such template of anybody", 7);
        template.missing_secrets.insert(key.clone());
        secrets.supply(&mut template);
        assert!(template.missing_secrets.contains(&key));
        secrets
            .seen()
            .insert(name(&template.name, 7, &key), Secret::new("canary"));
        secrets.supply(&mut template);
        assert!(template.missing_secrets.is_empty() && template.has(&key));
    }
}
