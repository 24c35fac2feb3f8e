//! A notification of the system for whoever looks elsewhere. Where the desktop shows none, the window's own mark and words are left.

use std::sync::mpsc::{SyncSender, sync_channel};

/// Notifications that may wait for a slow desktop; more are not worth showing late.
const MOST_WAITING: usize = 4;

/// Shows notifications from a thread of its own: the desktop may take its time to answer.
pub struct Notifier(Option<SyncSender<String>>);

impl Notifier {
    /// Starts the thread. Nothing is asked of the desktop before there is something to say.
    pub fn start() -> Self {
        let (told, to_show) = sync_channel::<String>(MOST_WAITING);
        let thread = std::thread::Builder::new()
            .name("notifications".into())
            .spawn(move || {
                while let Ok(words) = to_show.recv() {
                    let shown = notify_rust::Notification::new()
                        .appname("Fleetdesk")
                        .icon("fleetdesk")
                        .summary("Fleetdesk")
                        .body(&words)
                        .show();
                    if let Err(error) = shown {
                        tracing::debug!(%error, "this desktop shows no notifications");
                    }
                }
            });
        Self(thread.is_ok().then_some(told))
    }

    /// Has the words shown some time. Never waits.
    pub fn show(&self, words: &str) {
        if let Some(told) = &self.0 {
            // A desktop that is so far behind shows the later ones no better.
            let _ = told.try_send(words.to_owned());
        }
    }
}
