//! Where ports come from: the system's list, folders whose entries count as ports, names given by hand, and memory.

use super::memory::MemoryHub;
use super::port::{BytePort, PortFacts};
use super::serial::open_serial;
use super::usb_place;
use fleet::Fault;
use fleet::profile::Line;
use std::path::{Path, PathBuf};

/// One place where ports are found.
#[derive(Clone)]
pub enum PortSource {
    /// What the system lists: USB and built-in serial ports.
    System,
    /// A folder whose entries count as ports (pseudo-terminals, links by path).
    Folder(PathBuf),
    /// One name, given by hand; it is there when the system has it.
    Named(String),
    /// Ports inside this process.
    Memory(MemoryHub),
}

/// All places together.
#[derive(Clone, Default)]
pub struct Ports {
    sources: Vec<PortSource>,
}

impl Ports {
    /// Ports of these sources.
    #[must_use]
    pub fn new(sources: Vec<PortSource>) -> Self {
        Self { sources }
    }

    /// Every port that is there now, each name once. May take tens of milliseconds: never on the screen thread.
    #[must_use]
    pub fn list(&self) -> Vec<PortFacts> {
        let mut found = Vec::new();
        for source in &self.sources {
            match source {
                PortSource::System => found.extend(system_ports()),
                PortSource::Folder(folder) => found.extend(folder_ports(folder)),
                PortSource::Named(name) => {
                    if !cfg!(unix) || Path::new(name).exists() {
                        found.push(PortFacts::named(name));
                    }
                }
                PortSource::Memory(hub) => {
                    found.extend(hub.names().into_iter().map(|name| PortFacts {
                        usb_place: hub.place(&name),
                        ..PortFacts::named(name)
                    }))
                }
            }
        }
        // A link and the device behind it are one port: the name that came first stands.
        let mut targets = std::collections::BTreeSet::new();
        found.retain(|port: &PortFacts| targets.insert(port.target.clone()));
        found
    }

    /// Whether units on this port are seen: it is listed now, or will be once something is plugged into it.
    #[must_use]
    pub fn include(&self, port: &str) -> bool {
        let wanted = PortFacts::named(port);
        let by_rule = self.sources.iter().any(|source| match source {
            PortSource::Named(name) => PortFacts::named(name).target == wanted.target,
            PortSource::Folder(folder) => Path::new(port)
                .parent()
                .is_some_and(|parent| same_place(parent, folder)),
            PortSource::System | PortSource::Memory(_) => false,
        });
        by_rule
            || self
                .list()
                .iter()
                .any(|known| known.target == wanted.target)
    }

    /// Whether the entries of this folder count as ports.
    #[must_use]
    pub fn include_folder(&self, wanted: &Path) -> bool {
        self.sources.iter().any(
            |source| matches!(source, PortSource::Folder(folder) if same_place(folder, wanted)),
        )
    }

    /// Opens a port for this program alone.
    ///
    /// # Errors
    /// A port fault.
    pub fn open(&self, name: &str, line: &Line) -> Result<Box<dyn BytePort>, Fault> {
        for source in &self.sources {
            if let PortSource::Memory(hub) = source {
                match hub.take(name) {
                    Some(Some(end)) => return Ok(Box::new(end)),
                    Some(None) => return Err(Fault::PortBusy),
                    None => {}
                }
            }
        }
        open_serial(name, line)
    }
}

fn same_place(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

fn system_ports() -> Vec<PortFacts> {
    let ports = serialport::available_ports().unwrap_or_else(|error| {
        tracing::warn!(%error, "the system's list of serial ports cannot be read");
        Vec::new()
    });
    ports
        .into_iter()
        // macOS lists each port twice; the `tty.` twin waits for a modem's carrier and would hang.
        .filter(|port| !port.port_name.starts_with("/dev/tty."))
        .map(|port| {
            let mut facts = PortFacts::named(port.port_name);
            facts.built_in = !matches!(port.port_type, serialport::SerialPortType::UsbPort(_));
            if let serialport::SerialPortType::UsbPort(usb) = port.port_type {
                facts.usb_id = Some(format!("{:04X}:{:04X}", usb.vid, usb.pid));
                facts.product = usb.product;
                facts.usb_serial = usb.serial_number;
                facts.usb_place = usb_place::of(&facts.name);
            }
            facts
        })
        .collect()
}

/// Entries of a folder that are, or lead to, character devices; elsewhere than on Unix: none.
fn folder_ports(folder: &Path) -> Vec<PortFacts> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| is_character_device(path))
        .map(|path| path.display().to_string())
        .collect();
    names.sort();
    names.into_iter().map(PortFacts::named).collect()
}

#[cfg(unix)]
fn is_character_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    // The master of all pseudo-terminals stands among them and is none.
    path.file_name().is_none_or(|name| name != "ptmx")
        && std::fs::metadata(path).is_ok_and(|facts| facts.file_type().is_char_device())
}

#[cfg(not(unix))]
fn is_character_device(_path: &Path) -> bool {
    false
}
