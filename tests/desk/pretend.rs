//! The pretend part of the world: simulated units and the carrier's sandbox, each a process of its own.

use super::contract::Contract;
use super::program::Running;
use carrier::CarrierKind;
use carrier::sandbox::{Exchange, LedgerLine, SandboxConfig, SandboxHandle};
use carrier::{AccountSettings, Carrier};
use fleetdesk::engine::Account;
use serde_json::Value;
use std::ops::Deref;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest wait for a child to say its first words.
const LONGEST_START: Duration = Duration::from_secs(30);

/// Simulated units, plugged in until this is dropped.
pub struct Units {
    /// What each unit's line said.
    pub units: Vec<Value>,
    folder: PathBuf,
    _process: Running,
}

impl Units {
    /// Starts `simulate` with its ports in `folder`.
    pub fn plug(folder: &Path, profile: &str, arguments: &[&str]) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let (folder, data) = (folder.to_owned(), folder.with_extension("simulator"));
        let (ports, data) = (folder.display().to_string(), data.display().to_string());
        let mut all = vec!["simulate", "--json", "--profile", profile];
        all.extend(["--port-dir", &ports, "--data-dir", &data]);
        all.extend(arguments);
        let count = arguments
            .iter()
            .position(|&argument| argument == "--units")
            .map_or(1, |place| arguments[place + 1].parse().unwrap());
        let mut process = Running::start(&all);
        let units = (0..count)
            .map(|_| process.next_line(LONGEST_START).expect("a unit's line"))
            .collect();
        Self {
            units,
            folder,
            _process: process,
        }
    }

    /// The folder of the ports.
    pub fn folder(&self) -> String {
        self.folder.display().to_string()
    }

    /// The port that a unit was first plugged into.
    pub fn port(&self, index: usize) -> String {
        self.units[index]["port"].as_str().unwrap().to_owned()
    }

    /// IMEI or MEID of a unit.
    pub fn id(&self, index: usize) -> String {
        self.units[index]["id"].as_str().unwrap().to_owned()
    }

    /// The port where a unit is now: a restart gives it another name. Waits for one that is away.
    pub fn port_now(&self, index: usize) -> String {
        let begun = Instant::now();
        loop {
            if let Some(port) = self.port_if_there(index) {
                return port;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "unit {index} stays away"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The port where a unit is now, if it is.
    pub fn port_if_there(&self, index: usize) -> Option<String> {
        let first = Path::new(&self.port(index)).file_name()?.to_owned();
        let first = first.to_string_lossy();
        let entries = std::fs::read_dir(&self.folder).unwrap().flatten();
        entries
            .map(|entry| entry.path())
            .find(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let again = name.strip_prefix(&*first).unwrap_or("?");
                (again.is_empty() || again.starts_with('-'))
                    && std::fs::metadata(path).is_ok_and(|facts| facts.file_type().is_char_device())
            })
            .map(|path| path.display().to_string())
    }
}

/// A pretend carrier in a process of its own, with a ledger file.
pub struct Sandbox {
    /// Where it listens.
    pub url: String,
    ledger: PathBuf,
    _process: Running,
}

impl Sandbox {
    /// Serves with `switches`; its files stand in `folder`.
    pub fn serve(folder: &Path, switches: &Value) -> Self {
        Self::serve_kind(folder, "sprint", switches)
    }

    /// The same speaking the contract of that name.
    pub fn serve_kind(folder: &Path, kind: &str, switches: &Value) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let (ledger, file) = (folder.join("ledger.jsonl"), folder.join("switches.json"));
        std::fs::write(&file, switches.to_string()).unwrap();
        let text = |path: &Path| path.display().to_string();
        let mut process = Running::start(&[
            "carrier",
            "sandbox",
            "--json",
            "--kind",
            kind,
            "--ledger",
            &text(&ledger),
            "--switches",
            &text(&file),
            "--data-dir",
            &text(&folder.join("data")),
        ]);
        let first = process
            .next_line(LONGEST_START)
            .expect("the sandbox's address");
        Self {
            url: first["base_url"].as_str().unwrap().to_owned(),
            ledger,
            _process: process,
        }
    }

    /// Somebody changes a unit in the carrier's portal.
    pub fn portal(&self, unit: &str, set: &Value) {
        use std::io::{Read as _, Write as _};
        let address = self.url.split('/').nth(2).unwrap();
        let body = serde_json::json!({ "unit": unit, "set": set }).to_string();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let length = body.len();
        write!(stream, "POST /sandbox/portal HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// The last requests and answers, as the sandbox saw them.
    pub fn traffic(&self) -> Vec<Exchange> {
        use std::io::{Read as _, Write as _};
        let address = self.url.split('/').nth(2).unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(stream, "GET /sandbox/traffic HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// What it did so far, read from the file by ourselves.
    pub fn ledger(&self) -> Vec<LedgerLine> {
        ledger(&self.ledger)
    }

    /// Devices of all accepted registrations, in order.
    pub fn registrations(&self) -> Vec<String> {
        registrations(&self.ledger())
    }
}

/// Whatever a journey was about: what was said with its carrier keeps to the carrier's contract, both ways.
fn hold(kind: CarrierKind, exchanges: &[Exchange]) {
    let contract = Contract::load(kind);
    for exchange in exchanges {
        contract.check(exchange);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let kind = match self.url.contains("/rws/") {
            true => CarrierKind::ControlCenter,
            false => CarrierKind::Sprint,
        };
        hold(kind, &self.traffic());
    }
}

/// A pretend carrier within the test's own process, held to its contract when the story ends.
pub struct HeldSandbox {
    kind: CarrierKind,
    handle: SandboxHandle,
}

impl HeldSandbox {
    /// Serves until this is dropped.
    pub async fn serve(config: SandboxConfig) -> std::io::Result<Self> {
        let kind = config.kind;
        let handle = carrier::sandbox::serve(config).await?;
        Ok(Self { kind, handle })
    }
}

impl Deref for HeldSandbox {
    type Target = SandboxHandle;

    fn deref(&self) -> &SandboxHandle {
        &self.handle
    }
}

impl Drop for HeldSandbox {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            hold(self.kind, &self.handle.traffic());
        }
    }
}

/// Reads a ledger file by itself.
pub fn ledger(path: &Path) -> Vec<LedgerLine> {
    if path.exists() {
        carrier::sandbox::read_ledger(path).unwrap()
    } else {
        Vec::new()
    }
}

/// Devices of all accepted registrations, in order.
pub fn registrations(lines: &[LedgerLine]) -> Vec<String> {
    let device = |line: &LedgerLine| match line {
        LedgerLine::Registered { device_id, .. } => Some(device_id.clone()),
        _ => None,
    };
    lines.iter().filter_map(device).collect()
}

/// The pretend carrier's account at this address, as a bench has it.
pub fn sandbox_account(url: &str, kind: &str) -> Account {
    let mut settings = AccountSettings::sandbox(url);
    let plan_code = fleetdesk::start::sandbox_plan(settings.carrier).to_owned();
    settings.plans = vec![plan_code.clone()];
    Account {
        account: settings.name.clone(),
        kind: kind.to_owned(),
        carrier: Arc::new(Carrier::new(settings).unwrap()),
        plan_code,
        service_zip: "66251".to_owned(),
        sandbox: true,
    }
}
