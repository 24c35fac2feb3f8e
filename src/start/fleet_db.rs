//! Where the fleet database is and how this bench logs in there: from the preferences, or from the command for once.

use super::{Machine, StartError};
use crate::cli::Global;
use crate::secrets;
use crate::sync::Login;
use fleet_db::{Credential, Fault, Roots, Target};
use std::sync::Arc;

impl Machine {
    /// The fleet database, which must be configured.
    ///
    /// # Errors
    /// When there is none, or its address or certificates cannot be used.
    pub fn fleet_db(&self, global: &Global) -> Result<Login, StartError> {
        self.fleet_db_if_any(global)?.ok_or_else(|| {
            StartError::failed(
                "No fleet database is set up on this bench.",
                "Nothing was done; all is kept on this computer.",
                "Name it with --fleet-db postgres://USER@HOST:PORT/NAME, or in the preferences: [fleet_db] address = \"...\".",
                "F-800",
            )
        })
    }

    /// The fleet database: the one that the command names, otherwise that of the preferences; `None` when there is none.
    ///
    /// # Errors
    /// When its address or certificates cannot be used.
    pub fn fleet_db_if_any(&self, global: &Global) -> Result<Option<Login>, StartError> {
        let chosen = self.preferences.fleet_db.as_ref();
        let Some(address) = global
            .fleet_db
            .as_deref()
            .or(chosen.map(|chosen| chosen.address.as_str()))
        else {
            return Ok(None);
        };
        let target = Target::parse(address).map_err(|error| {
            cannot(&Fault::BadAddress {
                why: error.to_string(),
            })
        })?;
        let roots = match chosen.and_then(|chosen| chosen.roots.as_ref()) {
            Some(file) => Roots::from_file(file),
            None => Roots::rds(),
        };
        let roots = roots.map_err(|error| {
            StartError::failed(
                format!("The certificates to trust cannot be read: {error}."),
                "Nothing was done; no connection was made.",
                "Correct the file that the preferences name under [fleet_db] roots.",
                "F-803",
            )
        })?;
        let of = target.clone();
        Ok(Some(Login {
            target,
            roots: Arc::new(roots),
            credentials: Arc::new(move || credential(&of)),
        }))
    }
}

/// Read anew for each login: the password may have been changed meanwhile.
fn credential(target: &Target) -> Result<Credential, Fault> {
    match secrets::from_keychain(&keychain_name(target)) {
        Ok(Some(password)) => Ok(Credential::Password(password)),
        // A server on this computer may trust whoever is on it; it says so if it does not.
        _ if target.is_plain_text() => Ok(Credential::Nothing),
        Ok(None) => Err(Fault::NoCredential {
            why: "the keychain holds no password for it".to_owned(),
        }),
        Err(error) => Err(Fault::NoCredential {
            why: error.to_string(),
        }),
    }
}

/// Name of the database's password in the keychain.
#[must_use]
pub fn keychain_name(target: &Target) -> String {
    format!("fleet database {target}")
}

fn cannot(fault: &Fault) -> StartError {
    let advice = fault.advice();
    StartError::failed(
        advice.what_happened,
        "Nothing was done.",
        advice.what_to_do,
        advice.code,
    )
}
