//! Where the fleet database is and how this bench logs in there: from the preferences, or from the command for once.

use super::sealed::from_sealed;
use super::{Machine, StartError};
use crate::cli::{Global, ask_password};
use crate::preferences::{FleetDbPreferences, LoginChoice};
use crate::secrets::{self, SealedFile};
use fleet::Secret;
use fleet_db::access::PasswordSource;
use fleet_db::aws::CredentialSource;
use fleet_db::{Access, AwsCredentials, Credential, Fault, Login, Roots, Target};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

impl Machine {
    /// The fleet database, which must be configured.
    ///
    /// # Errors
    /// When there is none, or its address or certificates cannot be used.
    pub fn fleet_db(&self, global: &Global) -> Result<Access, StartError> {
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
    /// A database that is named for one command is logged in to as the preferences say, with roots and all.
    ///
    /// # Errors
    /// When its address or certificates cannot be used.
    pub fn fleet_db_if_any(&self, global: &Global) -> Result<Option<Access>, StartError> {
        let chosen = self.preferences.fleet_db.as_ref();
        let named = global.fleet_db.as_deref().map(Target::parse).transpose();
        let named = named.map_err(|error| {
            cannot(&Fault::BadAddress {
                why: error.to_string(),
            })
        })?;
        let Some(target) = named.or_else(|| chosen.map(|chosen| chosen.address.clone())) else {
            return Ok(None);
        };
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
        let login = login(&target, chosen, self.sealed_file())?;
        Ok(Some(Access {
            target,
            roots,
            login,
        }))
    }
}

fn login(
    target: &Target,
    chosen: Option<&FleetDbPreferences>,
    file: SealedFile,
) -> Result<Login, StartError> {
    let missing = |what: &str| {
        StartError::failed(
            format!("The preferences do not say {what}."),
            "Nothing was done; no connection was made.",
            "Complete the table [fleet_db] of the preferences file.",
            "F-804",
        )
    };
    // A server on this computer itself is not one of Amazon's; a password it may want like any other.
    let choice = chosen
        .map(|chosen| (chosen.login, chosen))
        .filter(|(login, _)| {
            let amazon = matches!(login, LoginChoice::RdsToken | LoginChoice::PasswordFile);
            !(amazon && target.is_plain_text())
        });
    Ok(match choice {
        Some((LoginChoice::RdsToken, chosen)) => Login::RdsToken {
            region: chosen
                .region
                .clone()
                .ok_or_else(|| missing("in which AWS region the fleet database is (region)"))?,
            source: aws_program(chosen.aws_profile.clone()),
        },
        Some((LoginChoice::PasswordFile, chosen)) => Login::PasswordFile {
            file: chosen
                .password_file
                .clone()
                .ok_or_else(|| missing("where the password file is ([fleet_db.password_file])"))?,
            source: aws_program(chosen.aws_profile.clone()),
        },
        Some((LoginChoice::SealedFile, _)) => {
            let target = target.clone();
            Login::Kept(Arc::new(move || sealed(&target, &file)))
        }
        Some((LoginChoice::Ask, _)) => Login::Kept(asked_once(target)),
        Some((LoginChoice::Keychain, _)) | None => {
            let target = target.clone();
            Login::Kept(Arc::new(move || kept(&target)))
        }
    })
}

/// Read anew for each login: the password may have been changed meanwhile.
fn kept(target: &Target) -> Result<Credential, Fault> {
    match secrets::from_keychain(&database_keychain_name(target)) {
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

/// From the sealed file, whose passphrase is typed once for each start.
fn sealed(target: &Target, file: &SealedFile) -> Result<Credential, Fault> {
    match from_sealed(file, &database_keychain_name(target)) {
        Ok(Some(password)) => Ok(Credential::Password(password)),
        Ok(None) if target.is_plain_text() => Ok(Credential::Nothing),
        Ok(None) => Err(Fault::NoCredential {
            why: "the sealed file holds no password for it".to_owned(),
        }),
        Err(error) => Err(Fault::NoCredential {
            why: error.to_string(),
        }),
    }
}

/// Typed once for each start of the program, at the first login.
fn asked_once(target: &Target) -> PasswordSource {
    let (target, typed) = (target.clone(), OnceLock::<Secret>::new());
    Arc::new(move || {
        if let Some(password) = typed.get() {
            return Ok(Credential::Password(password.clone()));
        }
        // Kept nowhere from now on: not in the keychain either.
        if let Err(error) = secrets::forget_in_keychain(&database_keychain_name(&target)) {
            tracing::info!(%error, "an older password may still be in the keychain");
        }
        let password = ask_password(&format!(
            "Password for {target} (not shown while you type):"
        ))
        .map_err(|why| Fault::NoCredential { why })?;
        Ok(Credential::Password(typed.get_or_init(|| password).clone()))
    })
}

/// Short-lived credentials from the AWS program, which knows how this person signs in there. Nothing of them is kept here.
fn aws_program(profile: Option<String>) -> CredentialSource {
    Arc::new(move || {
        let mut command = Command::new("aws");
        command.args(["configure", "export-credentials", "--format", "process"]);
        if let Some(profile) = &profile {
            command.args(["--profile", profile]);
        }
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("the AWS program 'aws' cannot be started: {error}"))?;
        if !output.status.success() {
            return Err(
                "the AWS program has no valid sign-in: run 'aws sso login' and try again"
                    .to_owned(),
            );
        }
        let text = Secret::new(String::from_utf8_lossy(&output.stdout));
        AwsCredentials::from_process_output(text.reveal())
    })
}

/// Name of the database's password in the keychain.
#[must_use]
pub fn database_keychain_name(target: &Target) -> String {
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
