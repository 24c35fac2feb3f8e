//! What commands that talk with units share: ports, secrets and labels from their options.

use super::args::TalkArgs;
use crate::link::{PortSource, Ports};
use crate::secrets::UnitSecrets;
use crate::start::StartError;
use fleet::ids::Label;
use std::collections::BTreeMap;

/// Ports given by name first, then folders, then what the system lists.
pub(super) fn ports(given: &[String], talk: &TalkArgs) -> Ports {
    let mut sources: Vec<PortSource> = given.iter().cloned().map(PortSource::Named).collect();
    sources.extend(talk.port_dir.iter().cloned().map(PortSource::Folder));
    sources.push(PortSource::System);
    Ports::new(sources)
}

/// Ports given by name and folders, and no others.
pub(super) fn only_ports(given: &[String], talk: &TalkArgs) -> Ports {
    let named = given.iter().cloned().map(PortSource::Named);
    let folders = talk.port_dir.iter().cloned().map(PortSource::Folder);
    Ports::new(named.chain(folders).collect())
}

/// Passwords and keywords of the file, when one is named.
pub(super) fn unit_secrets(talk: &TalkArgs) -> Result<UnitSecrets, StartError> {
    match &talk.secrets {
        None => Ok(UnitSecrets::default()),
        Some(path) => UnitSecrets::from_file(path).map_err(|error| {
            StartError::failed(
                format!("{}.", super::sentence(&error.to_string())),
                "Nothing was done; no unit was touched.",
                "Correct the file and start again.",
                "U-010",
            )
        }),
    }
}

/// Housing labels by port.
pub(super) fn labels(talk: &TalkArgs) -> Result<BTreeMap<String, Label>, StartError> {
    talk.label
        .iter()
        .map(|text| {
            let (port, label) = text
                .rsplit_once('=')
                .ok_or_else(|| StartError::Usage(format!("--label {text} is not PORT=NUMBER")))?;
            let label: Label = label
                .parse()
                .map_err(|error| StartError::Usage(format!("--label {text}: {error}")))?;
            Ok((port.to_owned(), label))
        })
        .collect()
}
