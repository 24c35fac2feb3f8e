//! Reading one unit without a job: who it is and what it holds.

use crate::link::{Notice, Ports, Session};
use crate::secrets::UnitSecrets;
use fleet::dialogue::Knowledge;
use fleet::job::{Operation, OperationOutcome};
use fleet::plan::settings_shown;
use fleet::profile::ProfileRegistry;
use fleet::setting::{SettingKey, ShownValue};
use fleet::{Fault, Identity, Imei, Profile, UnitId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a unit said.
pub struct UnitRead {
    /// Who it is.
    pub identity: Identity,
    /// What it holds, in the words of templates.
    pub settings: BTreeMap<SettingKey, ShownValue>,
}

/// Opens a port, recognises the unit and reads everything. Nothing is written but questions.
///
/// # Errors
/// What went wrong; the unit is untouched.
pub fn read_unit(
    ports: &Ports,
    port: &str,
    registry: &ProfileRegistry,
    secrets: &UnitSecrets,
    label: Option<Imei>,
) -> Result<UnitRead, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::Internal {
            detail: error.to_string(),
        })?;
    runtime.block_on(async {
        let families = families(registry, secrets, label.as_ref());
        let line = families
            .first()
            .map(|(profile, _)| profile.line.clone())
            .ok_or_else(|| Fault::Internal {
                detail: "no unit family is known".into(),
            })?;
        let session = Session::start(ports.open(port, &line)?, port, |notice| {
            if let Notice::Talk(transcript) = notice {
                for line in transcript.to_lines() {
                    tracing::debug!("{line}");
                }
            }
        })?;
        let identity = session.recognise(families).await?;
        let reading = match session.run(Operation::ReadAll).await {
            OperationOutcome::Read(reading) => reading,
            OperationOutcome::Failed(fault) => return Err(fault),
            OperationOutcome::ConnectionLost => return Err(Fault::PortVanished),
            _ => {
                return Err(Fault::Internal {
                    detail: "the reading was not answered by one".into(),
                });
            }
        };
        let _ = session.run(Operation::End).await;
        let profile = registry
            .get(&identity.profile)
            .ok_or_else(|| Fault::UnknownModel {
                said: identity.profile.clone(),
            })?;
        let settings = settings_shown(profile, &identity, &reading);
        Ok(UnitRead { identity, settings })
    })
}

/// Every family with what a dialogue with it may know before it begins.
pub(super) fn families(
    registry: &ProfileRegistry,
    secrets: &UnitSecrets,
    label: Option<&Imei>,
) -> Vec<(Arc<Profile>, Knowledge)> {
    let id = label.cloned().map(UnitId::Imei);
    registry
        .in_order_for(None)
        .into_iter()
        .map(|profile| {
            let password = secrets.for_unit(id.as_ref(), &profile.id).cloned();
            (
                profile,
                Knowledge {
                    password,
                    expected: None,
                    label: label.cloned(),
                },
            )
        })
        .collect()
}
