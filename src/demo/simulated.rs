//! Simulated units at work: one thread each, on pseudo-terminals where the system has them, in memory elsewhere.
//!
//! What a unit says is `fleet::simulator`'s business; here it gets a port, real time and a cable.

use super::texting::OnAir;
use crate::link::{BytePort, MemoryHub};
use fleet::Moment;
use fleet::simulator::{SimulatedUnit, SimulatorEvent};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest nap of a unit, so that its end is noticed.
const LONGEST_NAP: Duration = Duration::from_millis(50);
/// What a unit holds back for a slow reader; a real one has no more memory either.
const BACKLOG_BYTES: usize = 64 * 1024;

/// Where ports of simulated units appear.
#[derive(Clone)]
pub enum Socket {
    /// Links to pseudo-terminals in this folder.
    #[cfg(unix)]
    Folder(std::path::PathBuf),
    /// Ports inside this process.
    Memory(MemoryHub),
}

impl Socket {
    fn plug(&self, name: &str) -> io::Result<Box<dyn BytePort>> {
        match self {
            #[cfg(unix)]
            Self::Folder(folder) => Ok(Box::new(super::pty::PtyEnd::make(&folder.join(name))?)),
            Self::Memory(hub) => Ok(Box::new(hub.plug(name))),
        }
    }

    fn unplug(&self, name: &str) {
        match self {
            // Dropping the end removed the link.
            #[cfg(unix)]
            Self::Folder(_) => {}
            Self::Memory(hub) => hub.unplug(name),
        }
    }

    /// The name to open a port by.
    #[must_use]
    pub fn port_name(&self, name: &str) -> String {
        match self {
            #[cfg(unix)]
            Self::Folder(folder) => folder.join(name).display().to_string(),
            Self::Memory(_) => name.to_owned(),
        }
    }
}

/// A simulated unit that is plugged in and runs until it is dropped.
pub struct RunningUnit {
    /// Name of the port it was first plugged into.
    pub port: String,
    unit: Arc<Mutex<SimulatedUnit>>,
    start: Instant,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl RunningUnit {
    /// Plugs `unit` in as `name`; after each restart with a vanishing port it comes back as `name-2`, `name-3` and so on.
    ///
    /// # Errors
    /// When the system gives no port or no thread.
    pub fn start(
        unit: SimulatedUnit,
        socket: &Socket,
        name: &str,
        start: Instant,
    ) -> io::Result<Self> {
        let port = socket.plug(name)?;
        let (unit, stop) = (Arc::new(Mutex::new(unit)), Arc::new(AtomicBool::new(false)));
        let run = Run {
            unit: Arc::clone(&unit),
            stop: Arc::clone(&stop),
            socket: socket.clone(),
            name: name.to_owned(),
            plugged_as: name.to_owned(),
            plugged: 1,
            port: Some(port),
            backlog: VecDeque::new(),
            start,
        };
        let thread = std::thread::Builder::new()
            .name(format!("unit {name}"))
            .spawn(move || run.serve())?;
        Ok(Self {
            port: socket.port_name(name),
            unit,
            start,
            stop,
            thread: Some(thread),
        })
    }

    /// The unit as the carrier's network meets it.
    #[must_use]
    pub fn on_air(&self) -> OnAir {
        OnAir::plugged(Arc::clone(&self.unit), self.start)
    }

    /// Looks at the unit from outside, as somebody with a soldering iron could.
    pub fn look<T>(&self, look: impl FnOnce(&SimulatedUnit) -> T) -> T {
        look(&self.unit.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for RunningUnit {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Run {
    unit: Arc<Mutex<SimulatedUnit>>,
    stop: Arc<AtomicBool>,
    socket: Socket,
    name: String,
    plugged_as: String,
    plugged: u32,
    port: Option<Box<dyn BytePort>>,
    backlog: VecDeque<u8>,
    start: Instant,
}

impl Run {
    fn serve(mut self) {
        while !self.stop.load(Ordering::Relaxed) {
            let bytes = self.hear();
            let unit = Arc::clone(&self.unit);
            let mut unit = unit.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.now();
            if !bytes.is_empty() {
                unit.receive(&bytes, now);
            }
            if unit.next_deadline().is_some_and(|deadline| deadline <= now) {
                unit.timeout(now);
            }
            while let Some(chunk) = unit.take_outgoing(now) {
                self.backlog.extend(chunk);
            }
            while let Some(event) = unit.next_event() {
                self.follow(&event);
            }
            drop(unit);
            self.speak();
        }
        self.port = None;
        self.socket.unplug(&self.plugged_as);
    }

    fn now(&self) -> Moment {
        Moment(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Waits for bytes until the unit itself has something to do.
    fn hear(&mut self) -> Vec<u8> {
        let deadline = self
            .unit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next_deadline();
        let now = self.now();
        let mut nap = deadline.map_or(LONGEST_NAP, |deadline| {
            Duration::from_millis(deadline.since_ms(now)).min(LONGEST_NAP)
        });
        if !self.backlog.is_empty() {
            nap = nap.min(Duration::from_millis(2));
        }
        let mut buffer = [0; 1024];
        match self.port.as_mut().map(|port| port.read(&mut buffer, nap)) {
            Some(Ok(count)) => buffer.get(..count).unwrap_or_default().to_vec(),
            Some(Err(error))
                if matches!(
                    error.kind(),
                    ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::WouldBlock
                ) =>
            {
                Vec::new()
            }
            // Nobody holds the other end of a memory port any more, or there is no port now.
            Some(Err(_)) | None => {
                std::thread::sleep(nap);
                Vec::new()
            }
        }
    }

    fn speak(&mut self) {
        let Some(port) = &mut self.port else {
            self.backlog.clear();
            return;
        };
        while !self.backlog.is_empty() {
            let (chunk, _) = self.backlog.as_slices();
            match port.write(chunk) {
                Ok(count) if count > 0 => drop(self.backlog.drain(..count)),
                _ => break,
            }
        }
        let excess = self.backlog.len().saturating_sub(BACKLOG_BYTES);
        self.backlog.drain(..excess);
    }

    fn follow(&mut self, event: &SimulatorEvent) {
        match event {
            SimulatorEvent::PortVanished => {
                self.speak();
                self.port = None;
                self.socket.unplug(&self.plugged_as);
            }
            SimulatorEvent::PortBack if self.port.is_none() => {
                self.plugged += 1;
                self.plugged_as = format!("{}-{}", self.name, self.plugged);
                match self.socket.plug(&self.plugged_as) {
                    Ok(port) => self.port = Some(port),
                    Err(error) => {
                        tracing::error!(%error, name = %self.plugged_as, "a simulated unit cannot be plugged in again")
                    }
                }
            }
            _ => {}
        }
    }
}
