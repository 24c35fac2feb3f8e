//! One thread that lists ports and says what came and what went.

use super::port::PortFacts;
use super::sources::Ports;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Listing costs about 10 ms and a restart takes seconds: often enough to be felt as 'at once'.
const EVERY: Duration = Duration::from_millis(60);

/// Something came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortChange {
    /// A port is there that was not, or that is another one behind the same name.
    Appeared(PortFacts),
    /// A port is gone.
    Vanished(PortFacts),
}

/// The watching thread; dropping it ends the thread.
pub struct Watch {
    wishes: Option<Sender<Wish>>,
    thread: Option<JoinHandle<()>>,
}

enum Wish {
    Forget(String),
}

impl Watch {
    /// Starts watching; `tell` is called from the thread.
    #[must_use]
    pub fn start(ports: Ports, tell: impl Fn(PortChange) + Send + 'static) -> Self {
        let (wishes, incoming) = channel();
        let thread = std::thread::Builder::new()
            .name("port watch".into())
            .spawn(move || run(&ports, &incoming, &tell))
            .ok();
        Self {
            wishes: Some(wishes),
            thread,
        }
    }

    /// Makes the port count as new the next time it is seen: its session was lost, so whatever is there now must be asked again.
    pub fn forget(&self, name: &str) {
        if let Some(wishes) = &self.wishes {
            let _ = wishes.send(Wish::Forget(name.to_owned()));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(ports: &Ports, wishes: &Receiver<Wish>, tell: &impl Fn(PortChange)) {
    let mut known: BTreeMap<String, PortFacts> = BTreeMap::new();
    loop {
        let now: BTreeMap<String, PortFacts> = ports
            .list()
            .into_iter()
            .map(|port| (port.name.clone(), port))
            .collect();
        for (name, port) in &known {
            if now
                .get(name)
                .is_none_or(|found| found.target != port.target)
            {
                tell(PortChange::Vanished(port.clone()));
            }
        }
        for (name, port) in &now {
            if known
                .get(name)
                .is_none_or(|former| former.target != port.target)
            {
                tell(PortChange::Appeared(port.clone()));
            }
        }
        known = now;
        match wishes.recv_timeout(EVERY) {
            Ok(Wish::Forget(name)) => {
                known.remove(&name);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
