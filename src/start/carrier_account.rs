//! Which carrier account this bench has: the sandbox that the command names, otherwise that of the preferences.

use super::sealed::from_sealed;
use super::{Machine, StartError};
use crate::cli::{Global, ask_password};
use crate::engine::Account;
use crate::preferences::{CarrierContract, CarrierPreferences, SecretSource};
use crate::secrets::{self, SealedFile};
use carrier::{AccountSettings, Carrier, CarrierKind};
use fleet::Secret;
use std::sync::Arc;

/// A place that the sandbox serves.
const SANDBOX_SERVICE_ZIP: &str = "66251";

impl Machine {
    /// The carrier account: the sandbox where one is named, otherwise that of the preferences; `None` when there is none.
    ///
    /// # Errors
    /// When the address is not allowed, or the keychain cannot be read.
    pub fn account(&self, global: &Global) -> Result<Option<Account>, StartError> {
        let (settings, plan_code, service_zip) = if let Some(url) = &global.sandbox {
            let mut settings = AccountSettings::sandbox(url);
            let plan_code = sandbox_plan(settings.carrier).to_owned();
            settings.plans = vec![plan_code.clone()];
            (settings, plan_code, SANDBOX_SERVICE_ZIP.to_owned())
        } else if let Some(chosen) = &self.preferences.carrier {
            (
                settings(chosen, &self.sealed_file())?,
                chosen.plan_code.clone(),
                chosen.service_zip.clone(),
            )
        } else {
            return Ok(None);
        };
        let (account, sandbox) = (settings.name.clone(), settings.is_sandbox());
        let kind = settings.carrier.word().to_owned();
        let carrier =
            Carrier::new(settings).map_err(|error| StartError::Usage(error.to_string()))?;
        Ok(Some(Account {
            carrier: Arc::new(carrier),
            kind,
            account,
            plan_code,
            service_zip,
            sandbox,
        }))
    }
}

/// Plan that a sandbox offers to new units.
#[must_use]
pub fn sandbox_plan(kind: CarrierKind) -> &'static str {
    match kind {
        CarrierKind::Sprint => "M2MGPS5",
        CarrierKind::ControlCenter => "GPS 5MB",
    }
}

fn settings(chosen: &CarrierPreferences, file: &SealedFile) -> Result<AccountSettings, StartError> {
    let secret = match chosen.secret {
        SecretSource::Keychain => from_keychain(chosen)?,
        SecretSource::SealedFile => sealed(chosen, file)?,
        SecretSource::Typed => {
            if let Err(error) = secrets::forget_in_keychain(&keychain_name(&chosen.key)) {
                tracing::info!(%error, "an older secret may still be in the keychain");
            }
            let question = format!(
                "Secret of the carrier account {} (not shown while you type):",
                chosen.key
            );
            ask_password(&question).map_err(|why| {
                StartError::failed(
                    format!("The carrier account's secret was not given: {why}."),
                    "Nothing was done.",
                    "Start it in a terminal, or keep the secret in the keychain with 'fleetdesk carrier login'.",
                    "C-514",
                )
            })?
        }
    };
    let (name, url, key) = (&chosen.key, &chosen.base_url, &chosen.key);
    let mut settings = match chosen.contract {
        CarrierContract::Sprint => AccountSettings::sprint(name, url, key, secret),
        CarrierContract::ControlCenter => AccountSettings::control_center(name, url, key, secret),
    };
    settings.plans.clone_from(&chosen.plans);
    settings.plans.push(chosen.plan_code.clone());
    settings
        .communication_plan
        .clone_from(&chosen.communication_plan);
    settings.proxy.clone_from(&chosen.proxy);
    settings.test_ready_on_bench = chosen.test_ready;
    if let Some(calls) = chosen.calls_per_second {
        settings.limits.calls_per_second = calls.clamp(1, settings.limits.calls_per_second);
    }
    Ok(settings)
}

fn from_keychain(chosen: &CarrierPreferences) -> Result<Secret, StartError> {
    secrets::from_keychain(&keychain_name(&chosen.key))
        .map_err(|error| {
            StartError::failed(
                format!("The carrier account's secret cannot be read: {error}."),
                "Nothing was done.",
                "Unlock the keychain and start again, or leave the carrier out with --no-register.",
                "C-510",
            )
        })?
        .ok_or_else(|| {
            StartError::failed(
                "The keychain holds no secret for the carrier account.",
                "Nothing was done.",
                "Enter it with 'fleetdesk carrier login', or leave the carrier out with --no-register.",
                "C-511",
            )
        })
}

fn sealed(chosen: &CarrierPreferences, file: &SealedFile) -> Result<Secret, StartError> {
    from_sealed(file, &keychain_name(&chosen.key))
        .map_err(|error| {
            StartError::failed(
                format!("The carrier account's secret cannot be read: {error}."),
                "Nothing was done.",
                "Start it in a terminal and type the passphrase, or leave the carrier out with --no-register.",
                "C-515",
            )
        })?
        .ok_or_else(|| {
            StartError::failed(
                "The sealed file holds no secret for the carrier account.",
                "Nothing was done.",
                "Enter it with 'fleetdesk carrier login --sealed-file', or leave the carrier out with --no-register.",
                "C-511",
            )
        })
}

/// Name of the carrier account's secret in the keychain.
#[must_use]
pub fn keychain_name(account_key: &str) -> String {
    format!("carrier account {account_key}")
}
