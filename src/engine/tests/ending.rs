//! The end of the program while a unit is being set: it is never left between a write and its save, and not waited for longer than wanted.

use super::{LONGEST, options};
use crate::demo::Folder;
use crate::engine::{Approval, Engine, EngineOptions, Event, GivenJob};
use crate::link::{BytePort as _, MemoryHub, PortSource, Ports};
use fleet::profile::ProfileRegistry;
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorEvent, SimulatorFault};
use fleet::{Moment, Template};
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PORT: &str = "port";
const NAP: Duration = Duration::from_millis(20);
const APN: &str = "iot.example";

/// So long it takes until the unit has heard what it shall write.
const SLOW: Duration = Duration::from_millis(500);

/// A simulated unit on a port in memory.
struct OnPort {
    unit: Arc<Mutex<SimulatedUnit>>,
    /// Told when it shall write for the first time.
    writing: Receiver<()>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl OnPort {
    /// One that `turns_deaf` neither hears nor speaks from the moment in which it shall be written, until its port is opened anew.
    fn plug(hub: &MemoryHub, faults: Vec<SimulatorFault>, turns_deaf: bool) -> Self {
        let profile = ProfileRegistry::shipped();
        let profile = Arc::clone(profile.get("teltonika-fmb").unwrap());
        let options = SimulatedUnitOptions {
            model: Some("fmb920".into()),
            seed: 3,
            faults,
            ..SimulatedUnitOptions::default()
        };
        let unit = SimulatedUnit::new(profile, options, Moment(0)).unwrap();
        let (unit, ended) = (Arc::new(Mutex::new(unit)), Arc::new(AtomicBool::new(false)));
        let (told, writing) = channel();
        let (hub, ours, until) = (hub.clone(), Arc::clone(&unit), Arc::clone(&ended));
        let thread = std::thread::spawn(move || serve(&hub, &ours, turns_deaf, &until, &told));
        Self {
            unit,
            writing,
            ended,
            thread: Some(thread),
        }
    }

    fn holds_the_apn(&self) -> bool {
        let unit = self.unit.lock().unwrap();
        unit.flash().values().any(|value| value == APN)
    }
}

impl Drop for OnPort {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ended = self.thread.take().map(JoinHandle::join);
    }
}

fn serve(
    hub: &MemoryHub,
    unit: &Mutex<SimulatedUnit>,
    turns_deaf: bool,
    ended: &AtomicBool,
    writing: &Sender<()>,
) {
    let begun = Instant::now();
    let now = || Moment(u64::try_from(begun.elapsed().as_millis()).unwrap());
    let mut end = Some(hub.plug(PORT));
    let (mut written, mut deaf) = (false, false);
    while !ended.load(Ordering::Relaxed) {
        let mut buffer = [0; 1024];
        let heard = match end.as_mut().map(|end| end.read(&mut buffer, NAP)) {
            Some(Ok(count)) => &buffer[..count],
            Some(Err(error)) if error.kind() == ErrorKind::BrokenPipe => {
                deaf = false;
                end = Some(hub.plug(PORT));
                &[]
            }
            Some(Err(_)) => &[],
            None => {
                std::thread::sleep(NAP);
                &[]
            }
        };
        let said = String::from_utf8_lossy(heard);
        if said.contains(":cfg_setparam") && !std::mem::replace(&mut written, true) {
            writing.send(()).unwrap();
            deaf = turns_deaf;
            if !deaf {
                std::thread::sleep(SLOW);
            }
        }
        let mut unit = unit.lock().unwrap();
        if !heard.is_empty() && !deaf {
            unit.receive(heard, now());
        }
        if unit
            .next_deadline()
            .is_some_and(|deadline| deadline <= now())
        {
            unit.timeout(now());
        }
        while let Some(chunk) = unit.take_outgoing(now()) {
            if let Some(end) = end.as_mut().filter(|_| !deaf) {
                let _closed = end.write(&chunk);
            }
        }
        while let Some(event) = unit.next_event() {
            match event {
                SimulatorEvent::PortVanished => {
                    end = None;
                    hub.unplug(PORT);
                }
                SimulatorEvent::PortBack => end = Some(hub.plug(PORT)),
                _ => {}
            }
        }
    }
}

/// A bench that sets the unit by itself, and is ended by two Ctrl C while the unit is written. How long it took from then on.
fn ended_in_a_write(unit: &OnPort, hub: MemoryHub) -> Duration {
    let (unused, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let template = format!("name = \"Vans\"\nversion = 1\n[settings]\n\"apn.name\" = \"{APN}\"\n");
    let options = EngineOptions {
        ports: Ports::new(vec![PortSource::Memory(hub)]),
        approval: Approval::Given("Ann".into()),
        line_mode: true,
        job: Some(GivenJob {
            template: Arc::new(Template::from_toml(&template).unwrap()),
            register: false,
            new_code: false,
        }),
        ..options(&unused, bench.path(), ProfileRegistry::shipped())
    };
    let (engine, events) = Engine::start(options, Box::new(|| {}));
    unit.writing.recv_timeout(LONGEST).unwrap();
    let mut stop = engine.stopper();
    stop();
    stop();
    let asked = Instant::now();
    while !matches!(events.recv(), Ok(Event::Ended) | Err(_)) {}
    engine.join();
    asked.elapsed()
}

#[test]
fn a_unit_whose_port_is_opened_anew_while_the_program_ends_is_written_and_saved_before_it_is_left()
{
    let hub = MemoryHub::default();
    let unit = OnPort::plug(&hub, Vec::new(), true);
    assert!(!unit.holds_the_apn());
    ended_in_a_write(&unit, hub);
    assert!(
        unit.holds_the_apn(),
        "it was left in the middle of its write"
    );
}

#[test]
fn a_unit_that_begins_its_restart_after_the_second_ctrl_c_is_left_too() {
    let hub = MemoryHub::default();
    let never = vec![SimulatorFault::NeverReturns];
    let unit = OnPort::plug(&hub, never, false);
    let took = ended_in_a_write(&unit, hub);
    assert!(unit.holds_the_apn(), "it was not led to its restart");
    assert!(
        took < Duration::from_secs(20),
        "it was waited for: {took:?}"
    );
}
