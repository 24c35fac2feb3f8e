//! `fleetdesk carrier sandbox`: a pretend carrier on this computer, driven by a seed and by a file that may change while it runs.

use super::args::SandboxArgs;
use super::carrier::runtime;
use super::exit::ExitStatus;
use super::output::Output;
use crate::start::StartError;
use carrier::CarrierKind;
use carrier::sandbox::{ControlFile, SandboxConfig, SandboxHandle, Switches};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// How often the control file is looked at.
const LOOK: Duration = Duration::from_millis(300);

pub(super) fn run(args: &SandboxArgs, output: Output) -> Result<ExitStatus, StartError> {
    let base: Switches = match &args.switches {
        Some(path) => read(path)?,
        None => Switches::default(),
    };
    let control: Option<(&Path, ControlFile)> = match &args.control {
        Some(path) => Some((path, read(path)?)),
        None => None,
    };
    let config = SandboxConfig {
        kind: CarrierKind::of_word(&args.kind).unwrap_or(CarrierKind::Sprint),
        listen: args.listen,
        ledger: args.ledger.clone(),
        switches: base.clone(),
        seed: args.seed,
        ..SandboxConfig::default()
    };
    runtime()?.block_on(async {
        let sandbox = carrier::sandbox::serve(config)
            .await
            .map_err(|error| failed(&error.to_string()))?;
        if let Some((path, control)) = &control {
            control
                .apply(&sandbox, &base)
                .map_err(|why| mistaken(path, &why))?;
        }
        if output.is_json() {
            output.json_line(&json!({ "type": "sandbox", "base_url": sandbox.base_url() }));
        } else {
            output.line(&sandbox.base_url());
            output.problem("A pretend carrier: nothing here is billed. Use it with  --sandbox URL . Ctrl C ends it.");
        }
        tokio::select! {
            () = crate::demo::until_terminated() => {}
            () = watch(args.control.as_deref(), &sandbox, &base, output) => {}
        }
        sandbox.stop().await;
        Ok(ExitStatus::Done)
    })
}

/// Reads the control file again whenever its text changes; a file with a mistake changes nothing.
async fn watch(path: Option<&Path>, sandbox: &SandboxHandle, base: &Switches, output: Output) {
    let Some(path) = path else {
        return std::future::pending().await;
    };
    let mut last = std::fs::read_to_string(path).ok();
    loop {
        tokio::time::sleep(LOOK).await;
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        if last.as_ref() == Some(&text) {
            continue;
        }
        let applied = ControlFile::parse(&text).and_then(|file| file.apply(sandbox, base));
        last = Some(text);
        match applied {
            Ok(done) if output.is_json() => {
                output.json_line(&json!({ "type": "control", "done": done }));
            }
            Ok(done) => output.problem(&format!(
                "Control file read again: switches set, {} rows of units, {} edits in the portal.",
                done.rows, done.edits
            )),
            Err(why) => output.problem(&format!(
                "{} has a mistake: {why}. What was set before stays.",
                path.display()
            )),
        }
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, StartError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        StartError::Usage(format!("{} cannot be read: {error}", path.display()))
    })?;
    serde_json::from_str(&text).map_err(|error| mistaken(path, &error.to_string()))
}

fn mistaken(path: &Path, why: &str) -> StartError {
    StartError::Usage(format!("{} has a mistake: {why}", path.display()))
}

fn failed(why: &str) -> StartError {
    StartError::failed(
        format!("The sandbox cannot be served: {why}."),
        "Nothing was done.",
        "Take another address with --listen, or another ledger file.",
        "C-520",
    )
}
