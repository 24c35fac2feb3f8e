//! Secrets in the sealed file of the bench: its passphrase is typed once for each start of the program, at the first need.

use super::{Machine, StartError};
use crate::cli::{Global, ask_password};
use crate::preferences::{LoginChoice, SecretSource};
use crate::secrets::{SealedFile, SecretsError, forget_in_keychain};
use fleet::Secret;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The passphrase, once it has opened the file. It leaves the memory with the program.
static PASSPHRASE: Mutex<Option<Secret>> = Mutex::new(None);
/// Set where the window asks for it: then nobody is asked at a terminal that may not even be seen.
static WINDOW_ASKS: AtomicBool = AtomicBool::new(false);

/// Why a secret is not to be had from the sealed file.
#[derive(Debug, thiserror::Error)]
pub(super) enum SealedTrouble {
    /// Nobody typed the passphrase.
    #[error("the passphrase of the sealed file was not given: {0}")]
    NotTyped(String),
    /// The file did not give it.
    #[error(transparent)]
    File(#[from] SecretsError),
}

/// The secret of that name from the sealed file.
pub(super) fn from_sealed(file: &SealedFile, name: &str) -> Result<Option<Secret>, SealedTrouble> {
    if !file.exists() {
        return Ok(None);
    }
    let mut known = PASSPHRASE.lock().unwrap_or_else(PoisonError::into_inner);
    let passphrase = match &*known {
        Some(passphrase) => passphrase.clone(),
        None if WINDOW_ASKS.load(Ordering::Relaxed) => {
            let why = "start Fleetdesk again to be asked for it once more".to_owned();
            return Err(SealedTrouble::NotTyped(why));
        }
        None => {
            ask_password("Passphrase of the sealed file of secrets (not shown while you type):")
                .map_err(SealedTrouble::NotTyped)?
        }
    };
    let found = file.get(&passphrase, name)?;
    *known = Some(passphrase);
    Ok(found)
}

impl Machine {
    /// The sealed file of this bench, whether it is there yet or not.
    #[must_use]
    pub fn sealed_file(&self) -> SealedFile {
        SealedFile::in_folder(self.folders.data())
    }

    /// Whether a passphrase must be asked before this bench can reach its carrier account and its fleet database.
    #[must_use]
    pub fn has_locked_secrets(&self, global: &Global) -> bool {
        let database = self
            .preferences
            .fleet_db
            .as_ref()
            .is_some_and(|chosen| chosen.login == LoginChoice::SealedFile);
        (database || self.has_locked_account(global)) && self.sealed_file().exists()
    }

    /// Whether the carrier account's secret lies in the sealed file.
    #[must_use]
    pub fn has_locked_account(&self, global: &Global) -> bool {
        global.sandbox.is_none()
            && self
                .preferences
                .carrier
                .as_ref()
                .is_some_and(|chosen| chosen.secret == SecretSource::SealedFile)
    }

    /// From now on only the window asks for the passphrase.
    pub fn passphrase_is_asked_in_the_window(&self) {
        WINDOW_ASKS.store(true, Ordering::Relaxed);
    }

    /// Opens the sealed file for this run of the program.
    ///
    /// # Errors
    /// When the passphrase is wrong or the file cannot be used; the words say which and what to do.
    pub fn open_sealed(&self, passphrase: Secret) -> Result<(), String> {
        match self.sealed_file().get(&passphrase, "") {
            Ok(_) => {
                *PASSPHRASE.lock().unwrap_or_else(PoisonError::into_inner) = Some(passphrase);
                Ok(())
            }
            Err(SecretsError::WrongPassphrase) => Err(
                "This is not the passphrase of the sealed file, or the file was changed. Nothing was opened; type it once more."
                    .to_owned(),
            ),
            Err(error) => Err(format!(
                "{}. Nothing was opened; put the file right, or go on without it.",
                crate::cli::sentence(&error.to_string())
            )),
        }
    }

    /// Keeps a secret in the sealed file because a person chose that, and takes it out of the keychain. Answers a note where an old entry
    /// may still be in the keychain.
    ///
    /// # Errors
    /// When the passphrase is not right or too short, or the file cannot be written; nothing is then changed.
    pub fn keep_sealed(
        &self,
        name: &str,
        secret: &Secret,
        code: &'static str,
    ) -> Result<Option<String>, StartError> {
        let file = self.sealed_file();
        let failed = |what: String, cure: &str| {
            StartError::failed(what, "Nothing was kept.", cure.to_owned(), code)
        };
        let typed = |question: &str| {
            ask_password(question).map_err(|why| {
                failed(
                    format!("The passphrase was not given: {why}."),
                    "Start it in a terminal.",
                )
            })
        };
        let passphrase = if file.exists() {
            typed("Passphrase of the sealed file of secrets (not shown while you type):")?
        } else {
            let first = typed(
                "A new passphrase for the sealed file of secrets, at least 12 characters (not shown while you type):",
            )?;
            if typed("The same passphrase once more:")? != first {
                return Err(failed(
                    "The two passphrases differ.".to_owned(),
                    "Type the same one twice.",
                ));
            }
            first
        };
        file.keep(&passphrase, name, secret).map_err(|error| {
            let cure = match &error {
                SecretsError::WrongPassphrase => {
                    "Type it once more. If it is lost, delete the file and enter all secrets of this bench anew."
                }
                SecretsError::PassphraseTooShort => "Take a longer one: several words are easy to keep in mind.",
                _ => "Correct what is said about the file, then enter the secret again.",
            };
            failed(format!("{}.", crate::cli::sentence(&error.to_string())), cure)
        })?;
        Ok(forget_in_keychain(name).err().map(|error| {
            format!("Note: an older entry may still be in the keychain ({error}). It is not used any more; delete 'fleetdesk' there.")
        }))
    }
}
