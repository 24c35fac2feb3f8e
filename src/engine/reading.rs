//! Reading one unit without a job: who it is and what it holds.

use super::greeting::greet;
use crate::link::{BytePort, Notice, Ports, Session};
use crate::secrets::UnitSecrets;
use fleet::dialogue::Knowledge;
use fleet::ids::Label;
use fleet::job::{Operation, OperationOutcome};
use fleet::plan::settings_shown;
use fleet::profile::{Access, Line, ProfileRegistry};
use fleet::setting::{SettingKey, ShownValue};
use fleet::{Fault, Identity, Profile, Secret, Transcript, UnitId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Most passwords of single units that are tried on one port; each costs seconds.
const MOST_PASSWORDS: usize = 10;
/// How often a busy port is looked at again, and after which pause, before it counts as another program's.
const BUSY_LOOKS: u32 = 8;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

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
    label: Option<Label>,
) -> Result<UnitRead, Fault> {
    let log = |transcript: Transcript| {
        for line in transcript.to_lines() {
            tracing::debug!("{line}");
        }
    };
    read_unit_and_listen(ports, port, registry, secrets, label, log)
}

/// As [`read_unit`]; `listen` is handed what was said, without secrets, whenever a question round is over.
///
/// # Errors
/// What went wrong; the unit is untouched.
pub fn read_unit_and_listen(
    ports: &Ports,
    port: &str,
    registry: &ProfileRegistry,
    secrets: &UnitSecrets,
    label: Option<Label>,
    listen: impl Fn(Transcript) + Send + Sync + 'static,
) -> Result<UnitRead, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::Internal {
            detail: error.to_string(),
        })?;
    let families = families(registry, secrets, label.as_ref(), None);
    let listen = Arc::new(listen);
    let tell = move |notice| {
        if let Notice::Talk(transcript) = notice {
            listen(*transcript);
        }
    };
    let single = secrets.for_single_units(registry);
    runtime.block_on(async {
        let (session, identity) = greet(ports, port, families, &single, tell).await?;
        let read = ask_everything(&session, registry, identity).await;
        // The port is free again before the answer is out, also for the next program.
        session.close();
        read
    })
}

async fn ask_everything(
    session: &Session,
    registry: &ProfileRegistry,
    identity: Identity,
) -> Result<UnitRead, Fault> {
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
}

/// Every family with what a dialogue with it may know before it begins. `expected` is whose secret counts where no label tells it.
pub(super) fn families(
    registry: &ProfileRegistry,
    secrets: &UnitSecrets,
    label: Option<&Label>,
    expected: Option<UnitId>,
) -> Vec<(Arc<Profile>, Knowledge)> {
    let id = label.map(Label::unit).or(expected);
    let keywords = Arc::new(secrets.by_unit(registry));
    registry
        .in_order_for(None)
        .into_iter()
        .map(|profile| {
            let password = secrets.for_unit(id.as_ref(), &profile.id).cloned();
            (
                profile,
                Knowledge {
                    password,
                    keywords: Arc::clone(&keywords),
                    expected: None,
                    label: label.cloned(),
                },
            )
        })
        .collect()
}

/// Opens a port, and waits a little where it is busy: our own session with it may still be ending.
pub(super) async fn open_when_free(
    ports: &Ports,
    port: &str,
    line: &Line,
) -> Result<Box<dyn BytePort>, Fault> {
    for _ in 0..BUSY_LOOKS {
        match ports.open(port, line) {
            Err(Fault::PortBusy) => tokio::time::sleep(BETWEEN_LOOKS).await,
            opened => return opened,
        }
    }
    ports.open(port, line)
}

/// Finds out who answers. Where a unit refuses the family's password by silence, which costs nothing, the passwords that a person
/// gave for single units are tried too: which unit it is, it tells only to the right one. Codes whose tries are counted are not.
pub(super) async fn recognise(
    session: &Session,
    families: Vec<(Arc<Profile>, Knowledge)>,
    secrets: Vec<Secret>,
) -> Result<Identity, Fault> {
    let mut first = session.recognise(families.clone()).await;
    if first == Err(Fault::WrongPassword) {
        // A unit that has just started talks before it listens: the right password may have come too early.
        first = session.recognise(families.clone()).await;
    }
    if first != Err(Fault::WrongPassword) {
        return first;
    }
    let silent: Vec<_> = families
        .into_iter()
        .filter(|(profile, _)| matches!(profile.access, Access::PasswordInRequest { .. }))
        .collect();
    for secret in secrets.into_iter().take(MOST_PASSWORDS) {
        let mut families = silent.clone();
        for (_, knowledge) in &mut families {
            knowledge.password = Some(secret.clone());
        }
        let answer = session.recognise(families).await;
        if !matches!(answer, Err(Fault::WrongPassword | Fault::Silent)) {
            return answer;
        }
    }
    first
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::demo::{Folder, RunningUnit, Socket};
    use crate::link::PortSource;
    use fleet::Moment;
    use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions};

    #[test]
    fn a_password_given_for_one_unit_opens_it_before_its_number_is_known() {
        let registry = ProfileRegistry::shipped();
        let options = SimulatedUnitOptions {
            model: Some("gv55".into()),
            seed: 5,
            number: 1,
            faults: Vec::new(),
            password: Some(Secret::new("own77")),
        };
        let profile = Arc::clone(registry.get("queclink").unwrap());
        let unit = SimulatedUnit::new(profile, options, Moment(0)).unwrap();
        let imei = unit.imei().unwrap().to_owned();
        let folder = Folder::make(None).unwrap();
        let socket = Socket::Folder(folder.path().to_owned());
        let unit = RunningUnit::start(unit, &socket, "unit", std::time::Instant::now()).unwrap();
        let ports = Ports::new(vec![PortSource::Named(unit.port.clone())]);
        let mut secrets = UnitSecrets::default();
        let without = read_unit(&ports, &unit.port, &registry, &secrets, None);
        assert_eq!(without.err(), Some(Fault::WrongPassword));
        secrets.give(imei.clone(), Secret::new("own77"));
        let read = read_unit(&ports, &unit.port, &registry, &secrets, None).unwrap();
        assert_eq!(read.identity.id.as_str(), imei);
        assert!(!read.settings.is_empty());
    }
}
