//! Passwords and keywords that a person typed for the unit at one port: they are that unit's, and said to no other.

use crate::secrets::UnitSecrets;
use fleet::dialogue::Knowledge;
use fleet::{Profile, Secret, UnitId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was typed and has not opened its unit yet, by port.
#[derive(Default)]
pub(super) struct Typed {
    by_port: BTreeMap<String, Secret>,
}

impl Typed {
    /// Keeps what a person typed for the unit at a port.
    pub(super) fn give(&mut self, port: &str, secret: Secret) {
        self.by_port.insert(port.to_owned(), secret);
    }

    /// What was typed comes before anything that was known: which family the unit is of, it tells only when it is opened.
    pub(super) fn say_to(&self, port: &str, families: &mut [(Arc<Profile>, Knowledge)]) {
        if let Some(secret) = self.by_port.get(port) {
            for (_, knowledge) in families {
                knowledge.password = Some(secret.clone());
            }
        }
    }

    /// The unit at the port answered: what was typed is its own from now on. Without an answer it was wrong and is forgotten.
    pub(super) fn answered(
        &mut self,
        port: &str,
        unit: Option<&UnitId>,
        secrets: &mut UnitSecrets,
    ) {
        if let (Some(secret), Some(unit)) = (self.by_port.remove(port), unit) {
            secrets.give(unit.as_str(), secret);
        }
    }
}
