//! A stand-in for a carrier, either contract: a real HTTP server with a ledger of its own and faults that can be switched on.
//!
//! It serves the demo, tests and people who want to look. Beyond the contract it has a door, `/sandbox/control` on the
//! same address: GET shows the switches, POST with a JSON object changes those that it names. `/sandbox/reports`,
//! `/sandbox/units` and `/sandbox/portal` take seeds of reports and units, and edits behind our back; `/sandbox/traffic` tells the last
//! exchanges, without key and signature.

mod admission;
mod air;
mod answer;
mod changes;
mod control;
mod control_center;
mod desk;
mod door;
mod ledger;
mod messages;
mod reads;
mod reports;
mod seed;
mod server;
mod switches;
mod traffic;
mod validation;
mod world;

pub use crate::account::{EXAMPLE_KEY, EXAMPLE_SECRET};
pub use air::Arrived;
pub use control::{ControlEdit, ControlFile, Controlled};
pub use ledger::{LedgerLine, read as read_ledger};
pub use messages::MessageLine;
pub use reports::ReportSeed;
pub use seed::{AccountSeed, SeededUnit};
pub use switches::Switches;
pub use traffic::Exchange;

use crate::account::CarrierKind;
use desk::Desk;
use fleet::Secret;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How a sandbox is served.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// Whose contract is spoken.
    pub kind: CarrierKind,
    /// Where; port 0 takes a free one.
    pub listen: SocketAddr,
    /// File of the ledger. A sandbox started again on the same file is the same carrier.
    pub ledger: Option<PathBuf>,
    /// Faults and quotas.
    pub switches: Switches,
    /// Shifts where 'each n-th' begins, and decides lock codes.
    pub seed: u64,
    /// The account's key.
    pub key: String,
    /// The account's secret.
    pub secret: Secret,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            kind: CarrierKind::Sprint,
            ledger: None,
            switches: Switches::default(),
            seed: 0,
            key: EXAMPLE_KEY.to_owned(),
            secret: Secret::new(EXAMPLE_SECRET),
        }
    }
}

/// A running sandbox. Dropping it stops it.
pub struct SandboxHandle {
    address: SocketAddr,
    base_path: String,
    desk: Arc<Desk>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Serves a sandbox on the present tokio runtime.
///
/// # Errors
/// When the address cannot be taken, or the ledger cannot be read.
pub async fn serve(config: SandboxConfig) -> io::Result<SandboxHandle> {
    let ledger = ledger::Ledger::open(config.ledger.as_ref())?;
    let listener = TcpListener::bind(config.listen).await?;
    let address = listener.local_addr()?;
    let desk = Arc::new(Desk::new(
        config.kind,
        config.key,
        config.secret,
        config.seed,
        config.switches,
        ledger,
    ));
    let (stop, stopped) = oneshot::channel();
    let base_path = config.kind.base_path().to_owned();
    let task = tokio::spawn({
        let (desk, base_path) = (Arc::clone(&desk), base_path.clone());
        async move { server::serve(listener, desk, &base_path, stopped).await }
    });
    Ok(SandboxHandle {
        address,
        base_path,
        desk,
        stop: Some(stop),
        task,
    })
}

impl SandboxHandle {
    /// Address up to the resources, for [`crate::AccountSettings::sandbox`].
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, self.base_path)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The switches as they stand.
    #[must_use]
    pub fn switches(&self) -> Switches {
        self.desk.switches()
    }

    /// Changes the switches from now on.
    pub fn set_switches(&self, switches: Switches) {
        self.desk.set_switches(switches);
    }

    /// Lets reports appear.
    ///
    /// # Errors
    /// When the seed makes no sense or the ledger cannot be written.
    pub fn seed_reports(&self, seed: &ReportSeed) -> Result<(), String> {
        door::seed_reports(&self.desk, seed.clone())
    }

    /// Puts a row of units into the account.
    ///
    /// # Errors
    /// When the seed makes no sense or the ledger cannot be written.
    pub fn seed_account(&self, seed: &AccountSeed) -> Result<(), String> {
        door::seed_account(&self.desk, seed.clone())
    }

    /// Changes a unit (by its number at the carrier) as somebody would in the carrier's portal, in the contract's names.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn edit_in_portal(
        &self,
        unit_id: &str,
        set: serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), String> {
        door::edit_in_portal(&self.desk, unit_id.to_owned(), set)
    }

    /// All ledger lines so far.
    #[must_use]
    pub fn ledger(&self) -> Vec<LedgerLine> {
        self.desk.ledger()
    }

    /// The last exchanges, without key, time and signature.
    #[must_use]
    pub fn traffic(&self) -> Vec<Exchange> {
        self.desk.traffic()
    }

    /// Runs until the process ends or the task is stopped elsewhere: for a program that is nothing but a sandbox.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }

    /// Stops and gives the address back.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let _ = (&mut self.task).await;
    }
}
