//! The collector of the pretend office: the real one, run every two seconds in a thread of this program.

use carrier::AccountSettings;
use collector::run::{Ending, Plan, run};
use collector::source::AccountSource;
use fleet_db::{Access, ReportStore};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// In life it comes every five minutes.
const EVERY: Duration = Duration::from_secs(2);
/// Longest nap, so that the end is noticed.
const NAP: Duration = Duration::from_millis(50);
/// Time of one run.
const BUDGET: Duration = Duration::from_secs(20);

/// A running collector. Dropping it ends it after the page in hand.
pub struct Collecting {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Collecting {
    /// Starts fetching from the carrier at `url` into the database, as a login of the collector's own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(url: String, database: Access) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("collector".into())
            .spawn(move || {
                let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                else {
                    return;
                };
                while !stopped.load(Ordering::Relaxed) {
                    runtime.block_on(once(&url, &database));
                    for _ in 0..EVERY.as_millis() / NAP.as_millis() {
                        if stopped.load(Ordering::Relaxed) {
                            return;
                        }
                        std::thread::sleep(NAP);
                    }
                }
            })?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One run, as Lambda would start it: nothing is kept from the run before.
async fn once(url: &str, database: &Access) {
    let source = match AccountSource::new(AccountSettings::sandbox(url)) {
        Ok(source) => source,
        Err(error) => return tracing::error!(error, "the pretend collector has no source"),
    };
    let store = match database.session().await {
        Ok(session) => ReportStore::new(session),
        Err(error) => return tracing::info!(%error, "the pretend collector has no database"),
    };
    match run(&source, &store, &Plan::within(BUDGET)).await {
        Ok(tally) if tally.ending == Ending::CaughtUp && tally.new_reports == 0 => {}
        Ok(tally) => tracing::debug!(?tally, "collected"),
        Err(trouble) => tracing::info!(%trouble, "not collected this time"),
    }
}
