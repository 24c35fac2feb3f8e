//! Reads a profile file and reports everything that is wrong with it, each problem with its key path.
//!
//! First the file as text (`text`), then its form (`form`: unknown, missing and other kinds of keys), then small named checks of what it means, which all run: a person
//! who writes a profile sees every problem at once. What passes is a [`Profile`] that the rest of the house trusts.

mod access;
mod commands;
mod exchanges;
mod form;
mod line;
mod places;
mod roles;
mod settings;
mod simulated;
mod sms;
#[cfg(test)]
mod tests;
mod text;
mod variants;

use super::schema::{Profile, ProfileForm};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// One thing that is wrong with a profile file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ProfileProblem {
    /// Where, as a path of keys (`exchange.info.request`), or a line of the file.
    pub path: String,
    /// What, for the person who writes profiles.
    pub problem: String,
}

/// What the checks found so far, and the places of which enough was said.
#[derive(Default)]
struct Problems(Vec<ProfileProblem>, BTreeSet<String>);

impl Problems {
    fn add(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        let path = path.into();
        if self.1.contains(&path) {
            return;
        }
        self.0.push(ProfileProblem {
            path,
            problem: problem.into(),
        });
    }

    /// What was said of these places is enough: something else stands there now, and what that would mean is nobody's fault.
    fn settle(&mut self) {
        self.1 = self.0.iter().map(|each| each.path.clone()).collect();
    }

    /// Adds `problem` unless `holds`.
    fn expect(&mut self, holds: bool, path: impl Into<String>, problem: impl Into<String>) {
        if !holds {
            self.add(path, problem);
        }
    }
}

/// One named check of a profile's meaning.
type Check = fn(&ProfileForm, &mut Problems);

/// Every check, in the order of the file.
const CHECKS: [&[Check]; 10] = [
    line::CHECKS,
    exchanges::CHECKS,
    roles::CHECKS,
    access::CHECKS,
    commands::CHECKS,
    variants::CHECKS,
    settings::CHECKS,
    places::CHECKS,
    simulated::CHECKS,
    sms::CHECKS,
];

impl Profile {
    /// Reads a profile strictly: an unknown key is an error, and so is whatever a check finds.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn from_toml(text: &str) -> Result<Self, Vec<ProfileProblem>> {
        let (form, mut problems) = text::read(text)?;
        for check in CHECKS.iter().copied().flatten() {
            check(&form, &mut problems);
        }
        if !problems.0.is_empty() {
            return Err(problems.0);
        }
        let mut sha256 = String::new();
        for byte in Sha256::digest(text.as_bytes()) {
            let _ = write!(sha256, "{byte:02x}");
        }
        Ok(Self { form, sha256 })
    }
}

/// Whether `name` is a lower-case word as in patterns and captures.
fn is_word(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '_')
}

/// The values that stand more than once, each once.
fn repeated<'a, T: PartialEq + ?Sized>(values: impl Iterator<Item = &'a T>) -> Vec<&'a T> {
    let mut seen: Vec<&T> = Vec::new();
    let mut again: Vec<&T> = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        } else if !again.contains(&value) {
            again.push(value);
        }
    }
    again
}
