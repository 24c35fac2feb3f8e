//! `fleetdesk templates draft`: from what is typed to acts on the draft, all or none.

use crate::cli::args::DraftArgs;
use crate::cli::exit::ExitStatus;
use crate::cli::output::Output;
use crate::engine::{DraftStart, Drafts};
use crate::start::{Machine, StartError};
use fleet::profile::ProfileRegistry;
use fleet::setting::SettingKind;
use fleet::template::{TemplateEdit, typed};
use fleet::{Secret, SettingKey, Value};

pub(super) fn run(
    machine: &Machine,
    args: &DraftArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    // What is typed is understood before anything is begun.
    let mut edits = edits(args, &machine.registry)?;
    for text in &args.secret {
        edits.push(ask_secret(text, &machine.registry, output)?);
    }
    let (inventory, _) = machine.inventory()?;
    let drafts = super::drafts(machine, inventory.clone());
    let page = super::wait(work(&drafts, args, edits))?;
    super::told(machine, &inventory, &page, output)
}

async fn work(
    drafts: &Drafts,
    args: &DraftArgs,
    edits: Vec<TemplateEdit>,
) -> Result<crate::engine::TemplatePage, crate::engine::DraftError> {
    let templates = drafts.inventory.templates().await?;
    let mut same = templates.iter().filter(|each| each.name == args.name);
    let draft = same.clone().find(|each| !each.released);
    let begun = match (draft, args.from) {
        (Some(draft), None) => drafts.page(&args.name, draft.version).await?,
        (_, Some(from)) => {
            let start = DraftStart::Version(args.name.clone(), from);
            drafts.begin(start).await?
        }
        (None, None) => {
            let newest = same.next().map(|each| each.version);
            let name = args.name.clone();
            let start = newest.map_or(DraftStart::Empty(name.clone()), |newest| {
                DraftStart::Version(name, newest)
            });
            drafts.begin(start).await?
        }
    };
    if edits.is_empty() {
        return Ok(begun);
    }
    drafts.edit(&begun.name, edits).await
}

fn edits(args: &DraftArgs, registry: &ProfileRegistry) -> Result<Vec<TemplateEdit>, StartError> {
    let mut edits = Vec::new();
    for text in &args.unset {
        edits.push(TemplateEdit::Remove(key(text)?));
    }
    for text in &args.set {
        let (name, value) = parted(text, "--set")?;
        let (key, kind) = known(name, registry)?;
        if kind == SettingKind::Secret {
            return Err(StartError::Usage(format!(
                "{key} is secret: use --secret {key}, it is then typed"
            )));
        }
        let value = value_of(&key, kind, value)?;
        edits.push(TemplateEdit::Set(key, value));
    }
    for (texts, optional) in [(&args.optional, true), (&args.required, false)] {
        for text in texts {
            edits.push(TemplateEdit::Optional(key(text)?, optional));
        }
    }
    for text in &args.map {
        let (name, place) = parted(text, "--map")?;
        let (profile, key) = of_family(name, registry)?;
        let place = Some(place.to_owned()).filter(|place| !place.is_empty());
        edits.push(TemplateEdit::Map {
            profile,
            key,
            place,
        });
    }
    for text in &args.apart {
        let (name, value) = parted(text, "--apart")?;
        let (profile, key) = of_family(name, registry)?;
        let (_, kind) = known(key.as_str(), registry)?;
        let value = match value {
            "" => None,
            value => Some(value_of(&key, kind, value)?),
        };
        edits.push(TemplateEdit::Apart {
            profile,
            key,
            value,
        });
    }
    for text in &args.leave_out {
        let (profile, key) = of_family(text, registry)?;
        edits.push(TemplateEdit::LeaveOut {
            profile,
            key,
            on: true,
        });
    }
    Ok(edits)
}

fn ask_secret(
    text: &str,
    registry: &ProfileRegistry,
    output: Output,
) -> Result<TemplateEdit, StartError> {
    let (key, kind) = known(text, registry)?;
    if kind != SettingKind::Secret {
        return Err(StartError::Usage(format!("{key} is not secret: use --set")));
    }
    output.problem(&format!("{key} (not shown while you type):"));
    let typed = rpassword::read_password()
        .map(Secret::new)
        .map_err(|error| StartError::Usage(format!("nothing was typed: {error}")))?;
    Ok(TemplateEdit::Set(key, Value::Secret(typed)))
}

fn parted<'a>(text: &'a str, option: &str) -> Result<(&'a str, &'a str), StartError> {
    let parted = text.split_once('=');
    let parted = parted.map(|(name, value)| (name.trim(), value));
    parted.ok_or_else(|| StartError::Usage(format!("{option} needs a '=' between key and value")))
}

fn key(text: &str) -> Result<SettingKey, StartError> {
    SettingKey::new(text.trim()).map_err(|error| StartError::Usage(error.to_string()))
}

fn known(text: &str, registry: &ProfileRegistry) -> Result<(SettingKey, SettingKind), StartError> {
    let key = key(text)?;
    match registry.known_setting(&key) {
        Some((kind, _)) => Ok((key, kind)),
        None => Err(StartError::Usage(format!(
            "no unit family knows the setting {key}; 'fleetdesk templates limits' lists them"
        ))),
    }
}

fn of_family(text: &str, registry: &ProfileRegistry) -> Result<(String, SettingKey), StartError> {
    let Some((profile, name)) = text.split_once(':') else {
        return Err(StartError::Usage(format!(
            "'{text}' does not say which family: write FAMILY:KEY, such as meitrack:report.moving_interval_s"
        )));
    };
    if registry.get(profile).is_none() {
        return Err(StartError::Usage(format!(
            "there is no family '{profile}'; 'fleetdesk profiles list' names them"
        )));
    }
    Ok((profile.to_owned(), key(name)?))
}

fn value_of(key: &SettingKey, kind: SettingKind, text: &str) -> Result<Value, StartError> {
    typed(key, kind, text, 1).map_err(|why| StartError::Usage(format!("{key}: {why}")))
}
