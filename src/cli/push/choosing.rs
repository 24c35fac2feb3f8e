//! Choosing units and template of a push, and telling its rehearsal.

use super::{Rehearsal, keep_template};
use crate::cli::output::Output;
use crate::engine::{Chosen, TemplateSecrets};
use crate::inventory::{Inventory, InventoryError, StoredTemplate};
use crate::start::StartError;
use fleet::Template;
use fleet::profile::ProfileRegistry;
use fleet::push::{Forecast, PushUnit, Standing, Way};
use fleet::wording::{counted, units};
use serde_json::json;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;

/// Which units the options choose.
pub(super) fn chosen(select: Option<&str>, list: Option<&Path>) -> Result<Chosen, StartError> {
    match (select, list) {
        (Some(query), None) => Ok(Chosen::Search(query.to_owned())),
        (None, Some(file)) => numbers(file).map(Chosen::Numbers),
        _ => Err(StartError::Usage(
            "choose units with --select QUERY or --list FILE".into(),
        )),
    }
}

fn numbers(file: &Path) -> Result<Vec<String>, StartError> {
    crate::sheets::list_numbers(file).map_err(|error| {
        StartError::failed(
            format!("{}.", crate::cli::sentence(&error.to_string())),
            "Nothing was done.",
            error.cure(),
            "P-452",
        )
    })
}

/// A template to push.
pub(super) struct Wanted {
    pub template: Arc<Template>,
    /// Whether it comes from a file and the inventory must have it before a push begins.
    from_file: bool,
}

impl Wanted {
    /// Brings the template of a file into the inventory.
    pub fn keep(
        &self,
        inventory: &Inventory,
        by: &str,
        secrets: &TemplateSecrets,
    ) -> Result<(), StartError> {
        if !self.from_file {
            return Ok(());
        }
        keep_template(inventory, &self.template, by, secrets).map_err(not_this_version)
    }

    /// Whether its file gives secrets, which only this program has.
    pub fn has_own_secrets(&self) -> bool {
        let template = &self.template;
        self.from_file && template.keys().any(|key| template.is_secret(key))
    }
}

fn unusable(what: String, cure: &'static str) -> StartError {
    StartError::failed(
        what,
        "Nothing was done; no unit was touched.",
        cure,
        "P-422",
    )
}

fn not_this_version(error: InventoryError) -> StartError {
    unusable(
        format!("{}.", crate::cli::sentence(&error.to_string())),
        "Raise the template's version number and start again.",
    )
}

/// The template that a text names: a file, or one that is in the inventory. Nothing is kept: that is for the push that begins.
pub(super) fn template(
    inventory: &Inventory,
    registry: &ProfileRegistry,
    wanted: &str,
    secrets: &TemplateSecrets,
) -> Result<Wanted, StartError> {
    let path = Path::new(wanted);
    if path.is_file() {
        let template = crate::cli::provision::template(path, registry)?;
        inventory
            .may_save_template(StoredTemplate::of_file(
                &template,
                "",
                jiff::Timestamp::now(),
            ))
            .wait()
            .map_err(not_this_version)?;
        return Ok(Wanted {
            template: Arc::new(template),
            from_file: true,
        });
    }
    let (name, version) = match wanted.rsplit_once('@') {
        Some((name, version)) => match version.trim_start_matches('v').parse::<u32>() {
            Ok(version) => (name, Some(version)),
            Err(_) => (wanted, None),
        },
        None => (wanted, None),
    };
    let all = inventory
        .templates()
        .wait()
        .map_err(crate::cli::units::unreadable)?;
    let found = all
        .into_iter()
        .filter(|template| template.name == name)
        .find(|template| version.map_or(template.released, |version| template.version == version));
    let Some(found) = found else {
        return Err(unusable(
            format!(
                "There is no template file {wanted} and no released template of this name in the inventory."
            ),
            "'fleetdesk templates list' lists them; 'templates import FILE' brings one in.",
        ));
    };
    if !found.released {
        return Err(unusable(
            format!("{} version {} is a draft.", found.name, found.version),
            "Have the office lead release it first.",
        ));
    }
    let mut template = found
        .contents()
        .map_err(|error| unusable(error.to_string(), "Bring it in again from its file."))?;
    secrets.supply(&mut template);
    if !template.missing_secrets.is_empty() {
        return Err(unusable(
            format!(
                "The secrets of {} version {} are not in this computer's keychain.",
                found.name, found.version
            ),
            "Name the template's file instead.",
        ));
    }
    Ok(Wanted {
        template: Arc::new(template),
        from_file: false,
    })
}

/// Tells what a rehearsal found, unit by unit where output is data or only the rehearsal was wanted.
pub(super) fn tell(rehearsal: &Rehearsal, whole: bool, output: Output) {
    if output.is_json() {
        if whole {
            for unit in &rehearsal.units {
                output.json_line(&foreseen(unit));
            }
        }
        output.json_line(&summary(rehearsal, whole));
        return;
    }
    if whole {
        for unit in &rehearsal.units {
            output.line(&row(unit));
        }
    }
    output.line(&format!(
        "{}: {} change, {} already set, {} cannot",
        units(rehearsal.units.len()),
        rehearsal.changing(),
        rehearsal.already_right(),
        rehearsal.cannot()
    ));
    for (change, count) in rehearsal.changes() {
        let before = change
            .before
            .as_ref()
            .map_or_else(|| "not read".to_owned(), ToString::to_string);
        let guarded = if change.guarded {
            "  guarded: after this only a cable helps"
        } else {
            ""
        };
        output.line(&format!(
            "  {:<32} {before} -> {}  on {count}{guarded}",
            change.label, change.after
        ));
    }
    output.line(&format!(
        "  {} on a cable, {} by text message",
        rehearsal.by_way(Way::Cable),
        rehearsal.by_way(Way::Sms)
    ));
    if let Some(cost) = rehearsal.cost_words() {
        output.line(&format!("  data: {cost}"));
    }
    if !whole {
        for unit in rehearsal
            .units
            .iter()
            .filter(|unit| unit.standing == Standing::Cannot)
        {
            output.line(&row(unit));
        }
    }
    for number in &rehearsal.not_found {
        let why =
            fleet::pasted::why_none(number).map_or_else(String::new, |why| format!(" ({why})"));
        output.line(&format!("  not found: {number}{why}"));
    }
    for number in &rehearsal.doubles {
        output.line(&format!("  named twice: {number}"));
    }
}

fn summary(rehearsal: &Rehearsal, last: bool) -> serde_json::Value {
    json!({
        "type": if last { "summary" } else { "rehearsal" },
        "units": rehearsal.units.len(),
        "change": rehearsal.changing(),
        "already_right": rehearsal.already_right(),
        "cannot": rehearsal.cannot(),
        "guarded": rehearsal.guarded(),
        "guarded_settings": rehearsal.guarded_labels(),
        "by_cable": rehearsal.by_way(Way::Cable),
        "by_sms": rehearsal.by_way(Way::Sms),
        "not_found": rehearsal.not_found,
        "doubles": rehearsal.doubles,
        "cost": rehearsal.cost,
        "over_plan": rehearsal.over_plan,
        "cost_words": rehearsal.cost_words(),
    })
}

fn foreseen(unit: &PushUnit) -> serde_json::Value {
    let (forecast, why, cure) = match &unit.forecast {
        Forecast::Change { .. } => ("change", None, None),
        Forecast::AlreadyRight => ("already_right", None, None),
        Forecast::Cannot { why, cure } => ("cannot", Some(why), Some(cure)),
    };
    json!({
        "type": "unit",
        "id": unit.id.as_str(),
        "id_kind": unit.id.kind().to_string(),
        "model": unit.model,
        "forecast": forecast,
        "way": unit.way.as_str(),
        "changes": unit.changes(),
        "guarded": unit.is_guarded(),
        "why": why,
        "cure": cure,
    })
}

fn row(unit: &PushUnit) -> String {
    let what = match &unit.forecast {
        Forecast::Change { changes } => changes
            .iter()
            .map(|change| {
                let before = change
                    .before
                    .as_ref()
                    .map_or_else(|| "not read".to_owned(), ToString::to_string);
                format!("{} {before} to {}", change.label, change.after)
            })
            .collect::<Vec<_>>()
            .join(", "),
        Forecast::AlreadyRight => "already set".to_owned(),
        Forecast::Cannot { why, cure } => format!("cannot: {why}. {cure}"),
    };
    let way = match unit.standing {
        Standing::Waiting => unit.way.as_str(),
        _ => "",
    };
    format!(
        "  {:<18} {:<12} {way:<6} {what}",
        unit.id.as_str(),
        unit.model.as_deref().unwrap_or("")
    )
}

/// Whether guarded changes are agreed to.
pub(super) enum Agreed {
    NotNeeded,
    By(String),
    No,
}

/// A person types how many units change, or agreed in the command.
pub(super) fn agreed(rehearsal: &Rehearsal, yes: bool, output: Output) -> Agreed {
    let guarded = rehearsal.guarded();
    if guarded == 0 {
        return Agreed::NotNeeded;
    }
    if yes {
        return Agreed::By("beforehand, with --yes".to_owned());
    }
    output.problem(&format!(
        "\n{} a new {}. After this only a cable helps.",
        counted(guarded as u64, "unit gets", "units get"),
        rehearsal.guarded_labels().join(", ")
    ));
    if !std::io::stdin().is_terminal() {
        output.problem("Nobody can be asked here.\nNothing was sent; no unit was touched.\nGive --yes to agree beforehand.\nP-410");
        return Agreed::No;
    }
    output.problem(&format!(
        "Type the name, {}, and after it how many units change:",
        rehearsal.name()
    ));
    let mut typed = String::new();
    let read = std::io::stdin().lock().read_line(&mut typed);
    let agreed = typed
        .trim()
        .rsplit_once(char::is_whitespace)
        .is_some_and(|(name, count)| rehearsal.is_agreed(name, count));
    if read.is_ok() && agreed {
        return Agreed::By("by typing name and count".to_owned());
    }
    output.problem("That is not the name and the number.\nNothing was sent; no unit was touched.\nStart again when you are sure.\nP-411");
    Agreed::No
}
