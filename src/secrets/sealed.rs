//! A file of secrets under a passphrase, for computers without a keychain; a person chooses it. It stands nowhere in plain text.
//!
//! The key comes from the passphrase by Argon2id, the names and secrets together are sealed with XChaCha20-Poly1305, and what the
//! file says of itself (salt, nonce, cost) is part of what the seal covers. Each change seals the whole anew, with new salt and nonce.

use super::{SecretsError, refuse_if_others_can_read};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::rand_core::RngCore as _;
use chacha20poly1305::aead::{Aead as _, OsRng, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use fleet::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file's name in the folder of the bench.
const FILE: &str = "secrets.sealed";
/// Fewest characters of a passphrase: the file may be stolen and guessed at for years.
pub const SHORTEST_PASSPHRASE: usize = 12;
/// Largest file that is looked at.
const LARGEST: u64 = 1 << 20;
const VERSION: u32 = 1;
/// Cost of one guess: 64 MiB of memory, gone over three times.
const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 3;
/// A file that asks for more than this was not made here.
const MOST_MEMORY_KIB: u32 = 512 << 10;
const MOST_PASSES: u32 = 20;

/// What the file says of itself, in its first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    fleetdesk_secrets: u32,
    memory_kib: u32,
    passes: u32,
    salt: [u8; 16],
    nonce: [u8; 24],
}

impl Head {
    fn new() -> Self {
        let mut head = Self {
            fleetdesk_secrets: VERSION,
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt: [0; 16],
            nonce: [0; 24],
        };
        OsRng.fill_bytes(&mut head.salt);
        OsRng.fill_bytes(&mut head.nonce);
        head
    }

    fn cipher(&self, passphrase: &Secret) -> Result<XChaCha20Poly1305, String> {
        if self.memory_kib > MOST_MEMORY_KIB || self.passes > MOST_PASSES {
            return Err("asks for more memory or time than Fleetdesk ever does".to_owned());
        }
        let odd = |error: argon2::Error| format!("cannot be opened: {error}");
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(odd)?;
        let mut key = Zeroizing::new([0_u8; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.reveal().as_bytes(), &self.salt, key.as_mut())
            .map_err(odd)?;
        Ok(XChaCha20Poly1305::new(key.as_ref().into()))
    }
}

/// The sealed file of a bench.
#[derive(Debug, Clone)]
pub struct SealedFile {
    path: PathBuf,
}

/// Secrets by name, wiped when dropped.
type Secrets = BTreeMap<String, Secret>;

impl SealedFile {
    /// The one in this folder, whether it is there yet or not.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join(FILE),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is one.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// The secret of that name; `None` when the file holds none.
    ///
    /// # Errors
    /// When there is no such file, others could read it, it is no sealed file, or the passphrase does not open it.
    pub fn get(&self, passphrase: &Secret, name: &str) -> Result<Option<Secret>, SecretsError> {
        Ok(self.open(passphrase)?.remove(name))
    }

    /// Keeps a secret under that name. The first one makes the file.
    ///
    /// # Errors
    /// When the passphrase is too short for a new file or does not open the one that is there, or when it cannot be written; it is then
    /// as it was.
    pub fn keep(
        &self,
        passphrase: &Secret,
        name: &str,
        secret: &Secret,
    ) -> Result<(), SecretsError> {
        let mut secrets = if self.exists() {
            self.open(passphrase)?
        } else {
            if passphrase.reveal().chars().count() < SHORTEST_PASSPHRASE {
                return Err(SecretsError::PassphraseTooShort);
            }
            Secrets::new()
        };
        secrets.insert(name.to_owned(), secret.clone());
        self.seal(passphrase, &secrets)
    }

    fn failed(&self, why: impl Into<String>) -> SecretsError {
        SecretsError::File {
            path: self.path.display().to_string(),
            why: why.into(),
        }
    }

    fn open(&self, passphrase: &Secret) -> Result<Secrets, SecretsError> {
        let facts = fs::metadata(&self.path)
            .map_err(|error| self.failed(format!("cannot be read: {error}")))?;
        if facts.len() > LARGEST {
            return Err(self.failed("is far too large for one"));
        }
        refuse_if_others_can_read(&self.path).map_err(|why| self.failed(why))?;
        let bytes = fs::read(&self.path)
            .map_err(|error| self.failed(format!("cannot be read: {error}")))?;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (line, sealed) = bytes.split_at(end.unwrap_or(bytes.len()));
        let head: Head = serde_json::from_slice(line)
            .map_err(|_| self.failed("is no sealed file of Fleetdesk"))?;
        if head.fleetdesk_secrets != VERSION {
            return Err(self.failed("was made by a newer Fleetdesk; update this one"));
        }
        let cipher = head.cipher(passphrase).map_err(|why| self.failed(why))?;
        let payload = Payload {
            msg: sealed.get(1..).unwrap_or_default(),
            aad: line,
        };
        // A wrong passphrase and a changed byte look the same, as they should.
        let plain = cipher
            .decrypt(XNonce::from_slice(&head.nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| SecretsError::WrongPassphrase)?;
        serde_json::from_slice(&plain).map_err(|_| self.failed("is no sealed file of Fleetdesk"))
    }

    fn seal(&self, passphrase: &Secret, secrets: &Secrets) -> Result<(), SecretsError> {
        let head = Head::new();
        let line = serde_json::to_vec(&head).map_err(|error| self.failed(error.to_string()))?;
        let plain: BTreeMap<&str, &str> = secrets
            .iter()
            .map(|(name, secret)| (name.as_str(), secret.reveal()))
            .collect();
        let plain = serde_json::to_vec(&plain)
            .map(Zeroizing::new)
            .map_err(|error| self.failed(error.to_string()))?;
        let cipher = head.cipher(passphrase).map_err(|why| self.failed(why))?;
        let payload = Payload {
            msg: &plain,
            aad: &line,
        };
        let sealed = cipher
            .encrypt(XNonce::from_slice(&head.nonce), payload)
            .map_err(|_| self.failed("could not be sealed"))?;
        self.replace(&[line.as_slice(), b"\n", sealed.as_slice()].concat())
            .map_err(|error| self.failed(format!("cannot be written: {error}")))
    }

    /// Beside the old one, then in its place: a cut never leaves half a file. Nobody else could read it at any moment.
    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let beside = self.path.with_extension("sealed.new");
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    fn folder() -> (tempfile::TempDir, SealedFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = SealedFile::in_folder(folder.path());
        (folder, file)
    }

    const PASSPHRASE: &str = "correct horse battery";

    #[test]
    fn what_is_kept_comes_back_under_its_name_and_nothing_of_it_is_in_the_file() {
        let (_folder, file) = folder();
        let passphrase = secret(PASSPHRASE);
        file.keep(&passphrase, "fleet database", &secret("canary-1"))
            .unwrap();
        let before = fs::read(file.path()).unwrap();
        file.keep(&passphrase, "carrier account", &secret("canary-2 ü"))
            .unwrap();
        let after = fs::read(file.path()).unwrap();
        let get = |name: &str| file.get(&passphrase, name).unwrap();
        assert_eq!(get("fleet database"), Some(secret("canary-1")));
        assert_eq!(get("carrier account"), Some(secret("canary-2 ü")));
        assert_eq!(get("another"), None);
        for bytes in [&before, &after] {
            let text = String::from_utf8_lossy(bytes);
            assert!(
                !text.contains("canary") && !text.contains("fleet database"),
                "{text}"
            );
        }
        let salt = |bytes: &[u8]| {
            let line: Vec<u8> = bytes
                .iter()
                .copied()
                .take_while(|byte| *byte != b'\n')
                .collect();
            serde_json::from_slice::<Head>(&line).unwrap()
        };
        assert_ne!(salt(&before).salt, salt(&after).salt);
        assert_ne!(salt(&before).nonce, salt(&after).nonce);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_user_can_read_it_and_one_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, file) = folder();
        let passphrase = secret(PASSPHRASE);
        file.keep(&passphrase, "a", &secret("b")).unwrap();
        let mode = fs::metadata(file.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).unwrap();
        let refused = file.get(&passphrase, "a").unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn a_wrong_passphrase_and_each_changed_byte_open_nothing() {
        let (_folder, file) = folder();
        let passphrase = secret(PASSPHRASE);
        file.keep(&passphrase, "a", &secret("b")).unwrap();
        assert!(matches!(
            file.get(&secret("correct horse batterx"), "a"),
            Err(SecretsError::WrongPassphrase)
        ));
        assert!(matches!(
            file.keep(&secret("another passphrase"), "a", &secret("c")),
            Err(SecretsError::WrongPassphrase)
        ));
        let whole = fs::read(file.path()).unwrap();
        let line = whole.iter().position(|byte| *byte == b'\n').unwrap();
        // Nonce and salt stand in the line, the seal after it.
        for place in [line - 4, line + 1, line + 3, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[place] = match changed[place] {
                b'1' => b'2',
                digit if digit.is_ascii_digit() => b'1',
                other => other ^ 1,
            };
            fs::write(file.path(), &changed).unwrap();
            assert!(file.get(&passphrase, "a").is_err(), "byte {place}");
        }
        for broken in [&whole[..line + 5], &b"{}\n"[..], &b""[..]] {
            fs::write(file.path(), broken).unwrap();
            assert!(file.get(&passphrase, "a").is_err());
        }
    }

    #[test]
    fn a_short_passphrase_makes_no_file_and_a_greedy_file_is_not_obeyed() {
        let (_folder, file) = folder();
        assert!(matches!(
            file.keep(&secret("too short"), "a", &secret("b")),
            Err(SecretsError::PassphraseTooShort)
        ));
        assert!(!file.exists());
        let greedy = Head {
            memory_kib: u32::MAX,
            ..Head::new()
        };
        let text = format!("{}\nxxxx", serde_json::to_string(&greedy).unwrap());
        fs::write(file.path(), text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).unwrap();
        }
        let told = file.get(&secret(PASSPHRASE), "a").unwrap_err().to_string();
        assert!(told.contains("more memory"), "{told}");
    }
}
