//! The office of the demo: eight units by default, from both families, three of them with a trouble of their own.

use super::service::Service;
use super::simulated::{RunningUnit, Socket};
use super::texting::{OnAir, carry_texts};
use crate::engine::{Account, Approval, EngineOptions, GivenJob, Lanes};
use crate::inventory::Inventory;
use crate::link::{PortSource, Ports};
use crate::secrets::UnitSecrets;
use carrier::sandbox::{SandboxConfig, SandboxHandle};
use carrier::{AccountSettings, Carrier};
use fleet::profile::ProfileRegistry;
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorFault};
use fleet::{Moment, SettingKey, Template, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

/// What the pretend office sets on its units.
const TEMPLATE: &str = include_str!("template.toml");
/// The families of the pretend office: as different as families get, and both can prove what was written.
const FAMILIES: [&str; 2] = ["teltonika-fmb", "queclink"];
/// How long the demo follows the carrier; its activation takes about two seconds.
const FOLLOW_FOR: Duration = Duration::from_secs(12);
/// How long the pretend carrier needs to activate a unit.
const ACTIVATION_MS: u64 = 1_500;
/// How often the pretend network looks which units can report.
const LOOK_AT_UNITS: Duration = Duration::from_millis(250);

/// What kind of office.
#[derive(Debug, Clone, Copy)]
pub struct OfficePlan {
    /// How many units.
    pub units: u32,
    /// What chance follows from.
    pub seed: u64,
}

/// Why the office cannot open.
#[derive(Debug, thiserror::Error)]
#[error("the pretend office cannot open: {0}")]
pub struct OfficeError(String);

/// A running office. Dropping it unplugs the units and closes the carrier.
pub struct Office {
    units: Vec<RunningUnit>,
    ports: Ports,
    account: Account,
    template: Arc<Template>,
    folder: PathBuf,
    registry: ProfileRegistry,
    carrier: CarrierThread,
    #[cfg(unix)]
    _port_folder: Option<super::Folder>,
}

impl Office {
    /// Opens an office with everything fresh: its folder is made anew under the system's folder for passing things.
    ///
    /// # Errors
    /// When the system gives no folder, port, thread or address.
    pub fn open(plan: OfficePlan) -> Result<Self, OfficeError> {
        let failed = |error: &dyn std::fmt::Display| OfficeError(error.to_string());
        let folder =
            std::env::temp_dir().join(format!("fleetdesk-demo-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
        let registry = ProfileRegistry::shipped();
        let template = Template::from_toml(TEMPLATE).map_err(|problems| {
            OfficeError(
                problems
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        })?;
        #[cfg(unix)]
        let (socket, port_folder) = {
            let made = super::Folder::make(None).map_err(|error| failed(&error))?;
            (Socket::Folder(made.path().to_owned()), Some(made))
        };
        #[cfg(not(unix))]
        let socket = Socket::Memory(crate::link::MemoryHub::default());
        let ports = Ports::new(vec![match &socket {
            #[cfg(unix)]
            Socket::Folder(path) => PortSource::Folder(path.clone()),
            Socket::Memory(hub) => PortSource::Memory(hub.clone()),
        }]);
        let carrier = CarrierThread::start(folder.join("carrier-ledger.jsonl"))?;
        let settings = AccountSettings::sandbox(&carrier.base_url);
        let account = Account {
            account: settings.name.clone(),
            carrier: Arc::new(Carrier::new(settings).map_err(|error| failed(&error))?),
            kind: "sprint".into(),
            plan_code: "M2MGPS5".into(),
            service_zip: "66251".into(),
            sandbox: true,
        };
        let units = plug_in(plan, &registry, &socket)?;
        carrier.cover(Air {
            units: units.iter().map(RunningUnit::on_air).collect(),
            server: text_of(&template, "server.host"),
            every_ms: seconds_of(&template, "report.moving_interval_s") * 1_000,
        });
        Ok(Self {
            units,
            ports,
            account,
            template: Arc::new(template),
            folder,
            registry,
            carrier,
            #[cfg(unix)]
            _port_folder: port_folder,
        })
    }

    /// Names of the ports that units were first plugged into.
    #[must_use]
    pub fn port_names(&self) -> Vec<String> {
        self.units.iter().map(|unit| unit.port.clone()).collect()
    }

    /// Where the office keeps its inventory and the carrier its ledger.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the pretend carrier's account is.
    #[must_use]
    pub fn carrier_url(&self) -> &str {
        &self.carrier.base_url
    }

    /// What the engine is given: exactly these units on the command line, every port in the window.
    #[must_use]
    pub fn options(
        &self,
        inventory: Inventory,
        lanes: Lanes,
        fleet_db: Option<crate::sync::Login>,
    ) -> EngineOptions {
        let in_window = lanes == Lanes::All;
        // Without it the demo goes on all the same; only the list of templates lacks it.
        if let Err(error) = crate::engine::keep_template(
            &inventory,
            &self.template,
            "pretend office",
            &crate::secrets::TemplateSecrets::default(),
        ) {
            tracing::warn!("the demo's template is not kept: {error}");
        }
        EngineOptions {
            inventory,
            registry: self.registry.clone(),
            ports: self.ports.clone(),
            lanes,
            account: Some(self.account.clone()),
            fleet_db,
            bench: "Bench 1".into(),
            office: "Pretend office".into(),
            unit_secrets: UnitSecrets::default(),
            template_secrets: Arc::default(),
            labels: std::collections::BTreeMap::new(),
            approval: Approval::Given("the demo".into()),
            follow_for: (!in_window).then_some(FOLLOW_FOR),
            // The window shows an office at work, not one that waits for a first key.
            line_mode: in_window,
            pushes: crate::engine::PushScope::All,
            message_wait: std::time::Duration::from_secs(600),
            support: None,
            job: Some(GivenJob {
                template: Arc::clone(&self.template),
                register: true,
                new_code: false,
            }),
        }
    }
}

/// Families in turn; the second, third and fourth unit have a trouble of their own.
fn plug_in(
    plan: OfficePlan,
    registry: &ProfileRegistry,
    socket: &Socket,
) -> Result<Vec<RunningUnit>, OfficeError> {
    let start = Instant::now();
    let families: Vec<_> = FAMILIES.iter().filter_map(|id| registry.get(id)).collect();
    let mut units = Vec::new();
    for (index, number) in (1..=plan.units).enumerate() {
        let Some(profile) = families.get(index % families.len().max(1)) else {
            continue;
        };
        let faults = match number {
            2 => vec![SimulatorFault::WrongPassword],
            3 => vec![SimulatorFault::CablePulledOnce],
            4 => vec![SimulatorFault::KeepsWrongValueOnce],
            _ => Vec::new(),
        };
        let options = SimulatedUnitOptions {
            model: None,
            seed: plan.seed,
            number,
            faults,
            password: None,
        };
        let unit =
            SimulatedUnit::new(Arc::clone(profile), options, Moment(0)).map_err(OfficeError)?;
        let running = RunningUnit::start(unit, socket, &format!("unit-{number:02}"), start)
            .map_err(|error| OfficeError(error.to_string()))?;
        units.push(running);
    }
    Ok(units)
}

fn text_of(template: &Template, key: &str) -> String {
    let value = SettingKey::new(key)
        .ok()
        .and_then(|key| template.settings.get(&key));
    match value {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn seconds_of(template: &Template, key: &str) -> u64 {
    let value = SettingKey::new(key)
        .ok()
        .and_then(|key| template.settings.get(&key));
    match value {
        Some(Value::Integer(seconds)) => u64::try_from(*seconds).unwrap_or_default().max(1),
        _ => 60,
    }
}

/// What the carrier's network reaches: the units, and what they must hold to report.
struct Air {
    units: Vec<OnAir>,
    server: String,
    every_ms: u64,
}

/// The pretend carrier, on a thread of its own as a real one would be on a machine of its own.
struct CarrierThread {
    base_url: String,
    air: Sender<Air>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl CarrierThread {
    fn start(ledger: PathBuf) -> Result<Self, OfficeError> {
        let (told, tell) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (air, reached) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("pretend carrier".into())
            .spawn(move || {
                let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                else {
                    return;
                };
                runtime.block_on(async {
                    let switches = carrier::sandbox::Switches {
                        activation_delay_ms: ACTIVATION_MS,
                        ..carrier::sandbox::Switches::default()
                    };
                    let config = SandboxConfig {
                        ledger: Some(ledger),
                        switches,
                        ..SandboxConfig::default()
                    };
                    match carrier::sandbox::serve(config).await {
                        Ok(sandbox) => serve(sandbox, &told, &reached, stopped).await,
                        Err(error) => drop(told.send(Err(error.to_string()))),
                    }
                });
            })
            .map_err(|error| OfficeError(error.to_string()))?;
        let base_url = tell
            .recv()
            .map_err(|_| OfficeError("the pretend carrier did not start".into()))?
            .map_err(OfficeError)?;
        Ok(Self {
            base_url,
            air,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Reaches these units from now on.
    fn cover(&self, air: Air) {
        let _ = self.air.send(air);
    }
}

async fn serve(
    sandbox: SandboxHandle,
    told: &Sender<Result<String, String>>,
    reached: &Receiver<Air>,
    mut stopped: tokio::sync::oneshot::Receiver<()>,
) {
    let _ = told.send(Ok(sandbox.base_url()));
    let (mut service, mut air) = (Service::default(), None);
    while tokio::time::timeout(LOOK_AT_UNITS, &mut stopped)
        .await
        .is_err()
    {
        air = reached.try_recv().ok().or(air);
        if let Some(air) = &air {
            carry_texts(&sandbox, &air.units);
            service.look(&sandbox, &air.units, &air.server, air.every_ms);
        }
    }
    sandbox.stop().await;
}

impl Drop for CarrierThread {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
