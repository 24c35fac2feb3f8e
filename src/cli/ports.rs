//! `fleetdesk ports`: what serial ports this computer has.

use super::args::PortsArgs;
use super::exit::ExitStatus;
use super::output::Output;
use crate::link::{PortSource, Ports};
use crate::start::StartError;
use serde_json::json;

pub(super) fn run(args: &PortsArgs, output: Output) -> Result<ExitStatus, StartError> {
    let mut sources: Vec<PortSource> = args
        .port_dir
        .iter()
        .cloned()
        .map(PortSource::Folder)
        .collect();
    sources.push(PortSource::System);
    let ports = Ports::new(sources).list();
    for port in &ports {
        if output.is_json() {
            output.json_line(&json!({
                "type": "port", "port": port.name, "usb_id": port.usb_id, "product": port.product, "usb_serial": port.usb_serial,
            }));
        } else {
            let about = [port.product.as_deref(), port.usb_id.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", ");
            output.line(&format!("{:<28} {about}", port.name));
        }
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "ports": ports.len() }));
    } else if ports.is_empty() {
        output.line("No serial port. Is a unit plugged in and does it have power? Is its cable one that carries data?");
    }
    Ok(ExitStatus::Done)
}
