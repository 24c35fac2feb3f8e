//! A stand-in for the Sprint account API: a real HTTP server with a ledger of its own and faults that can be switched on.
//!
//! It serves the demo, tests and people who want to look. Beyond the contract it has one door, `/sandbox/control` on the
//! same address: GET shows the switches, POST with a JSON object changes those that it names. POST of a report seed to
//! `/sandbox/reports` lets reports appear.

mod admission;
mod answer;
mod changes;
mod desk;
mod ledger;
mod messages;
mod reads;
mod reports;
mod server;
mod switches;
mod traffic;
mod validation;
mod world;

pub use crate::account::{EXAMPLE_KEY, EXAMPLE_SECRET};
pub use ledger::{LedgerLine, read as read_ledger};
pub use messages::MessageLine;
pub use reports::ReportSeed;
pub use switches::Switches;
pub use traffic::Exchange;

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
    /// Where; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Path of the contract's resources.
    pub base_path: String,
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
            base_path: "/accountServices/resources/v1".to_owned(),
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
        config.key,
        config.secret,
        config.seed,
        config.switches,
        ledger,
    ));
    let (stop, stopped) = oneshot::channel();
    let base_path = format!("/{}", config.base_path.trim_matches('/'));
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
        self.desk.seed_reports(seed)
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
