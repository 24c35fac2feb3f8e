//! `fleetdesk templates`: what units can be given; drafts, what changed, and their release.

mod draft;
mod shown;

use super::args::{Global, TemplatesAction, TemplatesArgs};
use super::exit::ExitStatus;
use super::output::Output;
use super::sentence;
use crate::engine::{
    DraftError, DraftStart, Drafts, Fit, TemplatePage, TemplateSecrets, template_fit,
};
use crate::inventory::{Inventory, StoredTemplate};
use crate::start::{Machine, StartError};
use fleet::template::ReleaseStop;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(
    global: &Global,
    args: &TemplatesArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    match &args.action {
        TemplatesAction::List => list(&machine, output),
        TemplatesAction::Show {
            name,
            version,
            toml,
        } => show(&machine, name, *version, *toml, output),
        TemplatesAction::Diff { name, old, new } => diff(&machine, name, (*old, *new), output),
        TemplatesAction::Import { file } => import(&machine, file, output),
        TemplatesAction::Draft(args) => draft::run(&machine, args, output),
        TemplatesAction::FromUnit { id, name } => from_unit(&machine, id, name, output),
        TemplatesAction::Release { name, by } => release(&machine, name, by, output),
        TemplatesAction::Drop { name } => {
            let (inventory, _) = machine.inventory()?;
            wait(drafts(&machine, inventory).drop_draft(name))?;
            if output.is_json() {
                output.json_line(&json!({ "type": "summary", "dropped": name }));
            }
            output.say(&format!("The draft of {name} is dropped."));
            Ok(ExitStatus::Done)
        }
        TemplatesAction::Limits { key } => shown::limits(&machine, key.as_deref(), output),
    }
}

fn import(machine: &Machine, file: &Path, output: Output) -> Result<ExitStatus, StartError> {
    let template = super::provision::template(file, &machine.registry)?;
    let (inventory, _) = machine.inventory()?;
    let fit = wait(async {
        let fit = template_fit(&inventory, &machine.registry, &template).await;
        fit.map_err(DraftError::Inventory)
    })?;
    if !fit.stops.is_empty() {
        let words: Vec<String> = fit.stops.iter().map(ReleaseStop::words).collect();
        return Err(StartError::failed(
            format!("It was not brought in. {}", words.join(" ")),
            "The inventory is as it was.",
            "Correct the file; 'fleetdesk templates limits' tells what each family takes.",
            "P-425",
        ));
    }
    let kept = crate::engine::keep_template(
        &inventory,
        &template,
        &machine.actor(),
        &TemplateSecrets::default(),
    );
    kept.map_err(|error| {
        StartError::failed(
            format!("{}.", sentence(&error.to_string())),
            "The inventory is as it was.",
            "Raise the template's version number and bring it in again.",
            "P-421",
        )
    })?;
    tell_fit(&fit, &template.name, output);
    if output.is_json() {
        output.json_line(&json!({ "type": "template", "name": template.name, "version": template.version, "released": true, "families": fit.families }));
        output.json_line(
            &json!({ "type": "summary", "templates": 1, "objections": fit.objections.len() }),
        );
    }
    output.say(&format!(
        "{} version {} is in the inventory.",
        template.name, template.version
    ));
    Ok(ExitStatus::Done)
}

/// Which units could not take it, and which families can.
fn tell_fit(fit: &Fit, name: &str, output: Output) {
    if output.is_json() {
        for objection in &fit.objections {
            output.json_line(&json!({
                "type": "objection", "key": objection.key, "profile": objection.profile, "models": objection.models,
                "words": objection.words(),
            }));
        }
    }
    if !fit.objections.is_empty() {
        let words: Vec<String> = fit
            .objections
            .iter()
            .map(|objection| format!("  {}", objection.words()))
            .collect();
        output.problem(&format!(
            "Note: units that have a template {name} now cannot take all of it:\n{}",
            words.join("\n")
        ));
    }
    if fit.others > 0 {
        output.say(&format!(
            "Families that can hold all of it: {}. {} cannot; 'fleetdesk templates limits' tells why.",
            fit.families.join(", "),
            fleet::wording::counted(fit.others as u64, "other", "others")
        ));
    }
}

fn list(machine: &Machine, output: Output) -> Result<ExitStatus, StartError> {
    let inventory = machine.inventory_to_read()?;
    let templates = all(&inventory)?;
    for template in &templates {
        if output.is_json() {
            output.json_line(&shown::listed(template));
        } else {
            output.line(&shown::list_line(template));
        }
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "templates": templates.len() }));
    } else if templates.is_empty() {
        output.line("No template yet. 'fleetdesk templates import FILE' brings one in, 'templates draft NAME' begins one.");
    }
    Ok(ExitStatus::Done)
}

fn show(
    machine: &Machine,
    name: &str,
    version: Option<u32>,
    toml: bool,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let inventory = machine.inventory_to_read()?;
    let stored = found(&inventory, name, version)?;
    let page = wait(drafts(machine, inventory).page(name, stored.version))?;
    if toml {
        output.line(stored.toml.trim_end());
    } else {
        shown::page(machine, &stored, &page, output);
    }
    Ok(ExitStatus::Done)
}

fn diff(
    machine: &Machine,
    name: &str,
    (old, new): (u32, u32),
    output: Output,
) -> Result<ExitStatus, StartError> {
    let inventory = machine.inventory_to_read()?;
    found(&inventory, name, Some(old))?;
    found(&inventory, name, Some(new))?;
    let lines = wait(drafts(machine, inventory).compare(name, old, new))?;
    for line in &lines {
        if output.is_json() {
            output.json_line(&shown::difference(line));
        } else {
            output.line(&line.words());
        }
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "name": name, "old": old, "new": new, "differences": lines.len() }));
    } else if lines.is_empty() {
        output.line(&format!("{name} v{old} and v{new} set the same."));
    }
    Ok(ExitStatus::Done)
}

fn from_unit(
    machine: &Machine,
    id: &str,
    name: &str,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let (inventory, _) = machine.inventory()?;
    let unit = super::units::named(&inventory, id)?;
    let start = DraftStart::Unit(unit.id, name.to_owned());
    let page = wait(drafts(machine, inventory.clone()).begin(start))?;
    for (key, why) in &page.left_out {
        if output.is_json() {
            output.json_line(&json!({ "type": "left_out", "key": key, "why": why }));
        } else {
            output.line(&format!(
                "left out: {} ({why})",
                fleet::wording::setting(key)
            ));
        }
    }
    let stored = found(&inventory, &page.name, Some(page.version))?;
    shown::page(machine, &stored, &page, output);
    Ok(ExitStatus::Done)
}

fn release(
    machine: &Machine,
    name: &str,
    by: &str,
    output: Output,
) -> Result<ExitStatus, StartError> {
    if by.trim().is_empty() {
        return Err(StartError::Usage(
            "--by needs the name of who releases it".into(),
        ));
    }
    let (inventory, _) = machine.inventory()?;
    let page = wait(drafts(machine, inventory).release(name, by))?;
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "name": page.name, "version": page.version, "released": true }));
    }
    output.say(&format!(
        "{} version {} is released and can be picked. Nothing was sent to any unit.",
        page.name, page.version
    ));
    Ok(ExitStatus::Done)
}

fn drafts(machine: &Machine, inventory: Inventory) -> Drafts {
    Drafts {
        inventory,
        registry: machine.registry.clone(),
        secrets: Arc::new(TemplateSecrets::default()),
        by: machine.actor(),
    }
}

fn wait<T>(asked: impl Future<Output = Result<T, DraftError>>) -> Result<T, StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| StartError::Usage(format!("the program cannot start: {error}")))?;
    runtime.block_on(asked).map_err(refused)
}

fn refused(error: DraftError) -> StartError {
    match &error {
        DraftError::Stopped(stops) => {
            let words: Vec<String> = stops.iter().map(ReleaseStop::words).collect();
            StartError::failed(
                format!("It cannot be released yet. {}", words.join(" ")),
                "The draft is as it was; nobody can be given it.",
                "Change it with 'fleetdesk templates draft', then release it again.",
                "P-422",
            )
        }
        DraftError::Inventory(_) | DraftError::Unit(_) => StartError::failed(
            format!("{}.", sentence(&error.to_string())),
            "The inventory is as it was.",
            "'fleetdesk templates list' shows what is there.",
            "P-423",
        ),
    }
}

fn all(inventory: &Inventory) -> Result<Vec<StoredTemplate>, StartError> {
    inventory
        .templates()
        .wait()
        .map_err(super::units::unreadable)
}

/// A version of a template, or the newest one.
fn found(
    inventory: &Inventory,
    name: &str,
    version: Option<u32>,
) -> Result<StoredTemplate, StartError> {
    let of_name: Vec<_> = all(inventory)?
        .into_iter()
        .filter(|template| template.name == name)
        .collect();
    let versions: Vec<String> = of_name
        .iter()
        .map(|each| each.version.to_string())
        .collect();
    let what = match versions.is_empty() {
        true => format!("There is no template {name}."),
        false => format!(
            "{name} has no such version; it has {}.",
            versions.join(", ")
        ),
    };
    of_name
        .into_iter()
        .find(|template| version.is_none_or(|version| template.version == version))
        .ok_or_else(|| {
            StartError::failed(
                what,
                "Nothing was done.",
                "'fleetdesk templates list' shows what is there.",
                "P-424",
            )
        })
}

/// The page of a draft after something was done to it, and whether it could be released.
fn told(
    machine: &Machine,
    inventory: &Inventory,
    page: &TemplatePage,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let stored = found(inventory, &page.name, Some(page.version))?;
    shown::page(machine, &stored, page, output);
    Ok(ExitStatus::Done)
}
