//! `fleetdesk templates`: what units can be given.

use super::args::{Global, TemplatesAction, TemplatesArgs};
use super::exit::ExitStatus;
use super::output::Output;
use crate::start::{Machine, StartError};
use serde_json::json;

pub(super) fn run(
    global: &Global,
    args: &TemplatesArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    match &args.action {
        TemplatesAction::List => {
            let (inventory, _) = machine.inventory()?;
            let templates = inventory
                .templates()
                .wait()
                .map_err(super::units::unreadable)?;
            for template in &templates {
                if output.is_json() {
                    output.json_line(&json!({ "type": "template", "name": template.name, "version": template.version, "released": template.released }));
                } else {
                    output.line(&format!(
                        "{:<32} version {}",
                        template.name, template.version
                    ));
                }
            }
            if output.is_json() {
                output.json_line(&json!({ "type": "summary", "templates": templates.len() }));
            } else if templates.is_empty() {
                output.line("No template yet. 'fleetdesk templates import FILE' brings one in.");
            }
            Ok(ExitStatus::Done)
        }
        TemplatesAction::Import { file } => {
            let template = super::provision::template(file, &machine.registry)?;
            let (inventory, _) = machine.inventory()?;
            crate::engine::keep_template(&inventory, &template).map_err(|error| {
                StartError::failed(
                    format!("{error}."),
                    "The inventory is as it was.",
                    "Raise the template's version number and bring it in again.",
                    "P-421",
                )
            })?;
            output.say(&format!(
                "{} version {} is in the inventory.",
                template.name, template.version
            ));
            Ok(ExitStatus::Done)
        }
    }
}
