//! The system's keychain: Windows Credential Manager, macOS Keychain, Secret Service on Linux.
//!
//! A secret is kept as bytes, because Windows takes 2560 of them and would write text twice as wide. What is kept elsewhere from
//! now on leaves the keychain: an old entry must not win when it is read again.

use super::SecretsError;
use fleet::Secret;
use keyring::{Entry, Error};

/// Name of the program in the keychain.
const SERVICE: &str = "fleetdesk";
/// Most bytes of one secret that every system's keychain takes.
const MOST_BYTES: usize = 2560;

/// Why the keychain did not do its part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeychainTrouble {
    /// There is none.
    #[error(
        "this computer has no keychain; on Linux, install a secret service such as GNOME Keyring or KWallet"
    )]
    Absent,
    /// It is there and closed.
    #[error("the keychain of this computer is locked ({0})")]
    Locked(String),
    /// The secret is longer than it takes.
    #[error("the keychain of this computer takes at most {most} bytes for one secret")]
    TooLong {
        /// How many it takes.
        most: usize,
    },
    /// An entry is there that this program did not write so, or several.
    #[error(
        "the keychain holds an old entry under this name that cannot be used; enter the secret again, or delete 'fleetdesk' there"
    )]
    Stale,
    /// Anything else, a full keychain among it.
    #[error("the keychain of this computer failed, it may be full ({0})")]
    Failed(String),
}

/// One entry of a keychain.
trait Place {
    fn read(&self) -> Result<Vec<u8>, Error>;
    fn write(&self, secret: &[u8]) -> Result<(), Error>;
    fn delete(&self) -> Result<(), Error>;
}

impl Place for Entry {
    fn read(&self) -> Result<Vec<u8>, Error> {
        self.get_secret()
    }

    fn write(&self, secret: &[u8]) -> Result<(), Error> {
        self.set_secret(secret)
    }

    fn delete(&self) -> Result<(), Error> {
        self.delete_credential()
    }
}

fn entry(name: &str) -> Result<Entry, SecretsError> {
    Entry::new(SERVICE, name).map_err(|error| trouble(error).into())
}

/// What the keychain's word means. Bytes that it hands back with its error stay out of every text.
fn trouble(error: Error) -> KeychainTrouble {
    match error {
        Error::NoDefaultStore | Error::NotSupportedByStore(_) => KeychainTrouble::Absent,
        Error::NoStorageAccess(why) => KeychainTrouble::Locked(why.to_string()),
        Error::TooLong(_, most) => KeychainTrouble::TooLong {
            most: usize::try_from(most).unwrap_or(MOST_BYTES),
        },
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::Ambiguous(_) => {
            KeychainTrouble::Stale
        }
        Error::PlatformFailure(why) => KeychainTrouble::Failed(why.to_string()),
        Error::BadStoreFormat(why) => KeychainTrouble::Failed(why),
        other => KeychainTrouble::Failed(other.to_string()),
    }
}

/// Reads a secret from the keychain; `None` when it holds none under that name.
///
/// # Errors
/// When there is no keychain, it is locked, or what it holds cannot be used.
pub fn from_keychain(name: &str) -> Result<Option<Secret>, SecretsError> {
    read(&entry(name)?)
}

/// Keeps a secret in the keychain.
///
/// # Errors
/// When there is no keychain, it is locked or full, or the secret is too long for it; an older entry of that name is then gone,
/// so that it cannot win when read again.
pub fn to_keychain(name: &str, secret: &Secret) -> Result<(), SecretsError> {
    write(&entry(name)?, secret)
}

/// Deletes what the keychain holds under that name, because it is kept elsewhere from now on. Nothing there, or no keychain, is well.
///
/// # Errors
/// When an entry may still be there.
pub fn forget_in_keychain(name: &str) -> Result<(), SecretsError> {
    match entry(name) {
        Ok(entry) => delete(&entry),
        Err(SecretsError::Keychain(KeychainTrouble::Absent)) => Ok(()),
        Err(other) => Err(other),
    }
}

fn read(place: &impl Place) -> Result<Option<Secret>, SecretsError> {
    match place.read() {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(_) => Err(KeychainTrouble::Stale.into()),
        },
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(trouble(error).into()),
    }
}

fn write(place: &impl Place, secret: &Secret) -> Result<(), SecretsError> {
    let bytes = secret.reveal().as_bytes();
    let written = if bytes.len() > MOST_BYTES {
        Err(KeychainTrouble::TooLong { most: MOST_BYTES })
    } else {
        place.write(bytes).map_err(trouble)
    };
    written.map_err(|trouble| {
        let _ = place.delete();
        trouble.into()
    })
}

fn delete(place: &impl Place) -> Result<(), SecretsError> {
    match place.delete() {
        Ok(()) | Err(Error::NoEntry | Error::NoDefaultStore) => Ok(()),
        Err(error) => Err(trouble(error).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// A keychain of the tests: what it holds, and what it answers instead.
    #[derive(Default)]
    struct Fake {
        holds: RefCell<Option<Vec<u8>>>,
        refuses: Option<fn() -> Error>,
        refuses_writes: Option<fn() -> Error>,
    }

    impl Place for Fake {
        fn read(&self) -> Result<Vec<u8>, Error> {
            match self.refuses {
                Some(error) => Err(error()),
                None => self.holds.borrow().clone().ok_or(Error::NoEntry),
            }
        }

        fn write(&self, secret: &[u8]) -> Result<(), Error> {
            if let Some(error) = self.refuses.or(self.refuses_writes) {
                return Err(error());
            }
            *self.holds.borrow_mut() = Some(secret.to_owned());
            Ok(())
        }

        fn delete(&self) -> Result<(), Error> {
            match self.refuses {
                Some(error) => Err(error()),
                None => self
                    .holds
                    .borrow_mut()
                    .take()
                    .map(|_| ())
                    .ok_or(Error::NoEntry),
            }
        }
    }

    fn locked() -> Error {
        Error::NoStorageAccess("the collection is locked".into())
    }

    fn full() -> Error {
        Error::PlatformFailure("no space left in the store".into())
    }

    fn holding(text: &str) -> Fake {
        Fake {
            holds: RefCell::new(Some(text.as_bytes().to_owned())),
            ..Fake::default()
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        let place = Fake::default();
        assert!(read(&place).unwrap().is_none());
        write(&place, &Secret::new("grüße")).unwrap();
        assert_eq!(read(&place).unwrap().unwrap().reveal(), "grüße");
        delete(&place).unwrap();
        delete(&place).unwrap();
        assert!(read(&place).unwrap().is_none());
    }

    #[test]
    fn a_locked_and_an_absent_keychain_are_told_apart() {
        let place = Fake {
            refuses: Some(locked),
            ..Fake::default()
        };
        let told = read(&place).unwrap_err().to_string();
        assert!(told.contains("locked"), "{told}");
        assert!(delete(&place).is_err(), "an entry may still be there");
        let absent = Fake {
            refuses: Some(|| Error::NoDefaultStore),
            ..Fake::default()
        };
        let told = read(&absent).unwrap_err().to_string();
        assert!(
            told.contains("no keychain") && told.contains("GNOME Keyring"),
            "{told}"
        );
        delete(&absent).unwrap();
    }

    #[test]
    fn a_secret_that_does_not_fit_leaves_no_older_one_behind() {
        for (secret, refuses_writes) in [
            ("x".repeat(3 << 10), None),
            ("new".to_owned(), Some(full as fn() -> Error)),
        ] {
            let place = Fake {
                refuses_writes,
                ..holding("old")
            };
            let told = write(&place, &Secret::new(secret)).unwrap_err().to_string();
            assert!(told.contains("2560") || told.contains("full"), "{told}");
            assert!(
                read(&place).unwrap().is_none(),
                "the old one would win on the next read"
            );
        }
    }

    #[test]
    fn an_entry_that_cannot_be_used_is_said_without_its_bytes() {
        let place = Fake {
            holds: RefCell::new(Some(vec![0xff, 0xfe, b'h', 0, b'i', 0])),
            ..Fake::default()
        };
        let told = read(&place).unwrap_err().to_string();
        assert!(
            told.contains("old entry") && !told.contains("255"),
            "{told}"
        );
        let place = Fake {
            refuses: Some(|| Error::BadEncoding(b"hunter2".to_vec())),
            ..Fake::default()
        };
        let told = format!("{0} {0:?}", read(&place).unwrap_err());
        assert!(!told.contains("hunter2") && !told.contains("104"), "{told}");
    }
}
