//! A desk for stories: the real program in child processes, simulated units on pseudo-terminals, the sandbox with a ledger.
//!
//! Everything is under one temporary folder and ends with the desk; only its own children are ended, by their ids.

#[path = "../crates/carrier/tests/contract.rs"]
mod contract;
mod fleet;
mod journal;
mod pretend;
mod program;

pub use fleet::Fleet;
pub use pretend::{HeldSandbox, Sandbox, Units, sandbox_account};
pub use program::{Finished, Running, copied_program};

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest run of a command that talks with units.
pub const LONGEST_RUN: Duration = Duration::from_secs(600);

/// What stories set on units unless they say otherwise. `apn.password` is what must never be seen again.
pub const TEMPLATE: &str = r#"name = "Van standard"
version = 5
optional = ["report.heartbeat_interval_s"]

[settings]
apn.name = "fleet.example"
apn.user = "example"
apn.password = "canary-apn-5519"
server.host = "gps.example.net"
server.port = 5027
server.transport = "tcp"
report.moving_interval_s = 30
report.parked_interval_s = 3600
report.heartbeat_interval_s = 600
"#;

/// One desk with its folder.
pub struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// A fresh desk with [`TEMPLATE`] as `template.toml`.
    pub fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        desk.write("template.toml", TEMPLATE);
        desk
    }

    /// A path under the desk.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same as text, for arguments.
    pub fn named(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Writes a file of the desk and gives its path as text.
    pub fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.named(name)
    }

    /// Begins a command on the bench `bench`; JSON lines are read as they come.
    pub fn start(&self, bench: &str, arguments: &[&str]) -> Running {
        let data = self.named(bench);
        let mut all = arguments.to_vec();
        all.extend(["--json", "--data-dir", &data]);
        Running::start(&all)
    }

    /// Runs a command on the bench `bench` to its end.
    pub fn run(&self, bench: &str, arguments: &[&str]) -> Finished {
        self.start(bench, arguments).finish(LONGEST_RUN)
    }

    /// Plugs in simulated units; `arguments` begin with the profile.
    pub fn plug(&self, folder: &str, profile: &str, arguments: &[&str]) -> Units {
        Units::plug(&self.path(folder), profile, arguments)
    }

    /// Serves a sandbox with the given switches.
    pub fn sandbox(&self, name: &str, switches: &Value) -> Sandbox {
        Sandbox::serve(&self.path(name), switches)
    }

    /// `provision` with this desk's template, agreed to beforehand, for one port.
    pub fn provision<'a>(&self, port: &'a str, folder: &'a str, rest: &[&'a str]) -> Vec<String> {
        let mut all: Vec<String> = ["provision", "--yes", "--template"]
            .map(str::to_owned)
            .into();
        all.push(self.named("template.toml"));
        all.extend(["--port", port, "--port-dir", folder].map(str::to_owned));
        all.extend(rest.iter().map(|&each| each.to_owned()));
        all
    }
}

/// Arguments as `&str`.
pub fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}
