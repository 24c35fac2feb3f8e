//! Simulated units on ports in memory whose cables a test holds in its hand: pulled, put into another port, pulled while a request leaves.

use crate::link::{BytePort as _, MemoryEnd, MemoryHub};
use fleet::Moment;
use fleet::profile::ProfileRegistry;
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorEvent, SimulatorFault};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a cable that the rig itself pulls stays out.
const OUT: Duration = Duration::from_millis(900);
/// So long it takes until a port is gone whose unit obeys.
const OBEYING: Duration = Duration::from_millis(60);

/// One unit. It has power of its own: a pulled cable restarts nothing.
pub struct Wired {
    pub unit: SimulatedUnit,
    /// Tells by what came of a request whether the cable is pulled now, once.
    pub pull_when: Option<fn(&str) -> bool>,
    /// Tells by what came of a request whether the unit obeys it and drops its port before it answers, each time.
    pub drops_when: Option<fn(&str) -> bool>,
    /// How often it started anew.
    pub starts: u32,
    port: String,
    end: Option<MemoryEnd>,
    /// The line that is coming in; the unit hears it when it is whole.
    line: Vec<u8>,
    /// Its port goes away then, and nothing that it says leaves before.
    drop_at: Option<Instant>,
    plug_at: Option<Instant>,
    moves: u32,
}

/// All of them, and who looks after them.
pub struct Rig {
    pub hub: MemoryHub,
    units: Arc<Mutex<Vec<Wired>>>,
    start: Instant,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Rig {
    pub fn new() -> Self {
        let (hub, start) = (MemoryHub::default(), Instant::now());
        let units: Arc<Mutex<Vec<Wired>>> = Arc::default();
        let stop = Arc::new(AtomicBool::new(false));
        let (theirs, ends, ports) = (Arc::clone(&units), Arc::clone(&stop), hub.clone());
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                for wired in theirs.lock().unwrap().iter_mut() {
                    wired.serve(&ports, since(start));
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Self {
            hub,
            units,
            start,
            stop,
            thread: Some(thread),
        }
    }

    /// Plugs a unit in. Its port has the name of its model and number.
    pub fn plug(&self, (family, model): (&str, &str), faults: &[SimulatorFault], number: u32) {
        let profile = Arc::clone(ProfileRegistry::shipped().get(family).unwrap());
        let options = SimulatedUnitOptions {
            model: Some(model.to_owned()),
            seed: 7,
            number,
            faults: faults.to_vec(),
            ..SimulatedUnitOptions::default()
        };
        let port = format!("{family}-{model}-{number}");
        self.units().push(Wired {
            unit: SimulatedUnit::new(profile, options, self.now()).unwrap(),
            pull_when: None,
            drops_when: None,
            starts: 0,
            end: Some(self.hub.plug(&port)),
            port,
            line: Vec::new(),
            drop_at: None,
            plug_at: None,
            moves: 0,
        });
    }

    /// The hub is without power, and so is what is plugged into it: all ports are gone at once.
    pub fn lose_power(&self) {
        let now = self.now();
        for wired in self.units().iter_mut() {
            wired.unit.cut_power(now);
            wired.pull(&self.hub, now);
        }
    }

    /// Puts each unit into a port of another name.
    pub fn plug_elsewhere(&self) {
        let now = self.now();
        for wired in self.units().iter_mut() {
            wired.plug_elsewhere(&self.hub, now);
        }
    }

    pub fn units(&self) -> MutexGuard<'_, Vec<Wired>> {
        self.units.lock().unwrap()
    }

    fn now(&self) -> Moment {
        since(self.start)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Wired {
    /// The cable comes out, and what was not taken from it is lost.
    fn pull(&mut self, hub: &MemoryHub, now: Moment) {
        self.end = None;
        self.line.clear();
        hub.unplug(&self.port);
        self.unit.unplug(now);
    }

    fn plug_elsewhere(&mut self, hub: &MemoryHub, now: Moment) {
        self.moves += 1;
        self.port = format!("{}-again-{}", self.port, self.moves);
        self.unit.plug(now);
        self.end = Some(hub.plug(&self.port));
    }

    fn serve(&mut self, hub: &MemoryHub, now: Moment) {
        if self.plug_at.is_some_and(|at| at <= Instant::now()) {
            self.plug_at = None;
            self.plug_elsewhere(hub, now);
        }
        if self.drop_at.is_some_and(|at| at <= Instant::now()) {
            self.drop_at = None;
            self.plug_at = Some(Instant::now() + OUT);
            self.pull(hub, now);
        }
        // One byte at a time: what comes after the pulled cable was never taken.
        let mut byte = [0; 1];
        while let Some(end) = &mut self.end
            && end.read(&mut byte, Duration::ZERO).is_ok()
        {
            self.line.push(byte[0]);
            let text = String::from_utf8_lossy(&self.line);
            if self.pull_when.is_some_and(|is_now| is_now(&text)) {
                self.pull_when = None;
                self.plug_at = Some(Instant::now() + OUT);
                self.pull(hub, now);
            } else if self.drops_when.is_some_and(|is_now| is_now(&text)) {
                self.unit.receive(&std::mem::take(&mut self.line), now);
                self.drop_at = Some(Instant::now() + OBEYING);
            } else if matches!(byte[0], b'\r' | b'\n' | b'$') {
                self.unit.receive(&std::mem::take(&mut self.line), now);
            }
        }
        if !self.line.is_empty() && self.pull_when.is_none() {
            self.unit.receive(&std::mem::take(&mut self.line), now);
        }
        self.unit.timeout(now);
        while let Some(bytes) = self.unit.take_outgoing(now) {
            if let Some(end) = self.end.as_mut().filter(|_| self.drop_at.is_none()) {
                let _ = end.write(&bytes);
            }
        }
        while let Some(event) = self.unit.next_event() {
            match event {
                SimulatorEvent::Restarted => self.starts += 1,
                SimulatorEvent::PortVanished => {
                    self.end = None;
                    hub.unplug(&self.port);
                }
                SimulatorEvent::PortBack if self.end.is_none() => {
                    self.end = Some(hub.plug(&self.port));
                }
                _ => {}
            }
        }
    }
}

fn since(start: Instant) -> Moment {
    Moment(u64::try_from(start.elapsed().as_millis()).unwrap())
}
