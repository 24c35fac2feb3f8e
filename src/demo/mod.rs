//! A whole pretend office: simulated units, the sandbox as the carrier, a fresh inventory; units that are set and
//! registered report, and the collector brings that into the fleet database. The rest is the real program.

mod collecting;
#[cfg(unix)]
mod folder;
mod office;
mod offices;
#[cfg(unix)]
mod pty;
mod service;
mod simulated;
mod texting;

pub use collecting::Collecting;
#[cfg(unix)]
pub use folder::Folder;
pub use office::{Office, OfficeError, OfficePlan};
pub use offices::{Offices, OfficesError};
pub use simulated::{RunningUnit, Socket};
pub use texting::{OnAir, carry_texts};

use std::io::Read as _;

/// Waits until standard input closes or the program is told to end.
pub fn wait_for_end() {
    let (ended, end) = std::sync::mpsc::channel();
    let closed = ended.clone();
    let _ = std::thread::Builder::new()
        .name("standard input".into())
        .spawn(move || {
            let mut sink = [0; 256];
            while matches!(std::io::stdin().lock().read(&mut sink), Ok(count) if count > 0) {}
            let _ = closed.send(());
        });
    let _ = std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            {
                runtime.block_on(until_terminated());
                let _ = ended.send(());
            }
        });
    let _ = end.recv();
}

/// Waits until the program is told to end (Ctrl C, or a termination signal).
pub async fn until_terminated() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut hangup)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
