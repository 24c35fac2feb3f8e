//! Reads a profile file and reports what is wrong with it, every problem with its key path.

use super::schema::{Profile, ProfileForm};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// One thing that is wrong with a profile file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ProfileProblem {
    /// Where, as a path of keys (`exchange.info.request`).
    pub path: String,
    /// What, for the person who writes profiles.
    pub problem: String,
}

impl Profile {
    /// Reads a profile strictly: an unknown key is an error.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn from_toml(text: &str) -> Result<Self, Vec<ProfileProblem>> {
        let form: ProfileForm = toml::from_str(text).map_err(|error| {
            vec![ProfileProblem {
                path: "file".to_owned(),
                problem: error.to_string(),
            }]
        })?;
        let mut sha256 = String::new();
        for byte in Sha256::digest(text.as_bytes()) {
            let _ = write!(sha256, "{byte:02x}");
        }
        Ok(Self { form, sha256 })
    }
}
