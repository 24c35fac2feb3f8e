//! `fleetdesk profiles show`: what a family can do, where its settings stand on a model, and the text messages that set a unit.

use super::super::args::ShowArgs;
use super::super::exit::ExitStatus;
use super::super::output::Output;
use super::super::provision;
use crate::secrets::UnitSecrets;
use crate::start::{Machine, StartError};
use fleet::fault::{UnitCondition, advice};
use fleet::plan::PlaceWrite;
use fleet::profile::{Captures, Place, Profile, Setting, Variant};
use fleet::reading::{Identity, Reading};
use fleet::setting::SettingKind;
use fleet::sms::{Held, SmsAccess, SmsMessage, SmsProblem, Texting};
use fleet::{Imei, Plan, UnitId};
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn show(
    machine: &Machine,
    args: &ShowArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let profile = machine.registry.get(&args.id).ok_or_else(|| {
        StartError::Usage(format!(
            "there is no family '{}'; 'fleetdesk profiles list' names them",
            args.id
        ))
    })?;
    let variant = match &args.model {
        None => profile.variants.first(),
        Some(model) => profile.variant(model),
    };
    let variant = variant.ok_or_else(|| {
        let ids: Vec<&str> = profile
            .variants
            .iter()
            .map(|each| each.id.as_str())
            .collect();
        StartError::Usage(format!(
            "'{}' has no such model; it has {}",
            args.id,
            ids.join(", ")
        ))
    })?;
    if let Some(path) = &args.template {
        let template = provision::template(path, &machine.registry)?;
        return messages(profile, variant, args, &template, output);
    }
    family(profile, variant, output);
    Ok(ExitStatus::Done)
}

fn family(profile: &Profile, variant: &Variant, output: Output) {
    let places = |setting: &Setting| -> Vec<String> {
        setting.places.iter().map(ToString::to_string).collect()
    };
    let lacks: Vec<(&str, &str)> = profile
        .lacks
        .iter()
        .chain(&variant.lacks)
        .map(|(key, why)| (key.as_str(), why.as_str()))
        .collect();
    if output.is_json() {
        let settings: Vec<_> = profile
            .settings_on(variant)
            .map(|each| json!({ "key": each.key, "label": each.label, "kind": each.kind, "places": places(&each), "guarded": each.guarded, "readable": each.readable, "inferred": each.inferred, "by_message": each.places.iter().all(|place| profile.written_by_message(place)) }))
            .collect();
        let models: Vec<&str> = profile
            .variants
            .iter()
            .map(|each| each.id.as_str())
            .collect();
        output.json_line(&json!({ "type": "profile", "id": profile.id, "name": profile.name, "sha256": profile.sha256(), "model": variant.id, "models": models, "unproven": profile.unproven.iter().chain(&variant.unproven).collect::<Vec<_>>(), "settings": settings, "lacks": lacks, "sms": profile.sms.is_some(), "sms_unproven": profile.sms.as_ref().and_then(|sms| sms.unproven.as_ref()) }));
        return;
    }
    output.line(&format!("{} ({})", profile.name, profile.id));
    let models: Vec<String> = profile
        .variants
        .iter()
        .map(|each| format!("{} ({})", each.id, each.model))
        .collect();
    output.line(&format!("Models: {}", models.join(", ")));
    for words in profile.unproven.iter().chain(&variant.unproven) {
        output.line(&format!("Not yet proven on real hardware: {words}"));
    }
    output.line(&format!(
        "\nSettings of {} ({}):",
        variant.id, variant.model
    ));
    for setting in profile.settings_on(variant) {
        let mut notes = vec![places(&setting).join(" ")];
        if setting.kind == SettingKind::Secret {
            notes.push("secret".to_owned());
        }
        if setting.guarded {
            notes.push("guarded".to_owned());
        }
        if !setting.readable {
            notes.push("never shown by the unit".to_owned());
        }
        if setting.inferred {
            notes.push("not yet proven on real hardware".to_owned());
        }
        output.line(&format!(
            "  {:<34} {}",
            setting.key.as_str(),
            notes.join(", ")
        ));
    }
    for (key, why) in lacks {
        output.line(&format!("  {key:<34} not here: {why}"));
    }
    let Some(sms) = &profile.sms else {
        output.line("\nText messages: none is known that sets such a unit.");
        return;
    };
    output.line("\nText messages (your values stand in the braces):");
    let forms = [
        &sms.command,
        &sms.pairs,
        &sms.single,
        &sms.ask,
        &sms.restart,
    ];
    for form in forms.into_iter().flatten() {
        output.line(&format!("  {}", form.text()));
    }
    if let Some(words) = &sms.unproven {
        output.line(&format!("  Not yet proven on real hardware: {words}"));
    }
    output.line("  --template FILE shows the messages that set a unit.");
}

/// The messages that put the template on a unit whose present values are not known.
fn messages(
    profile: &Profile,
    variant: &Variant,
    args: &ShowArgs,
    template: &fleet::Template,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let secrets = match &args.secrets {
        None => UnitSecrets::default(),
        Some(path) => {
            UnitSecrets::from_file(path).map_err(|error| StartError::Usage(error.to_string()))?
        }
    };
    let imei = args.unit.as_deref().map(Imei::parse).transpose();
    let imei = imei.map_err(|error| StartError::Usage(format!("--unit: {error}")))?;
    let id = imei.clone().map(UnitId::Imei);
    let password = secrets.for_unit(id.as_ref(), &profile.id).cloned();
    let mut facts = Captures::new();
    if let Some(imei) = &imei {
        facts.insert("imei".to_owned(), imei.as_str().to_owned());
    }
    if let Some(number) = &args.device_id {
        facts.insert("device_id".to_owned(), number.clone());
    }
    let identity = Identity {
        id: id.unwrap_or_else(|| UnitId::Hardware(variant.id.clone())),
        imei,
        meid: None,
        esn: None,
        iccid: None,
        iccid_text: None,
        profile: profile.id.clone(),
        variant: variant.id.clone(),
        model: variant.kind_name(),
        firmware: None,
        hardware: None,
        serial_number: None,
        warnings: Vec::new(),
    };
    let plan = match Plan::for_messages(profile, &identity, &Reading::default(), template) {
        Ok(plan) => plan,
        Err(fault) => {
            let model = variant.kind_name();
            output.advice(&advice(&fault, UnitCondition::Untouched, &model));
            return Ok(ExitStatus::Failed);
        }
    };
    let access = SmsAccess {
        login: None,
        password,
    };
    let told = Texting::new(profile, &variant.id, facts, access, 1)
        .and_then(|texting| wanted(&texting, &plan));
    match told {
        Ok((asked, written)) => {
            shown("asks what it holds", &asked, output);
            shown("writes", &written, output);
            if written.is_empty() {
                output.say("The unit's commands are written as a whole: what it answers to these questions goes into the messages that write.");
            }
            if let Some(words) = profile.sms.as_ref().and_then(|sms| sms.unproven.as_ref()) {
                output.say(&format!("Not yet proven on real hardware: {words}"));
            }
            Ok(ExitStatus::Done)
        }
        Err(problem) => {
            output.problem(&format!("No message can be written: {problem}.\nNothing was sent.\nGive what is missing, or set the unit over its cable.\nP-440"));
            Ok(ExitStatus::Failed)
        }
    }
}

type Messages = Vec<SmsMessage>;

fn wanted(texting: &Texting<'_>, plan: &Plan) -> Result<(Messages, Messages), SmsProblem> {
    let writes: Vec<PlaceWrite> = plan.groups().concat();
    let places: BTreeSet<Place> = writes.iter().map(|write| write.place.clone()).collect();
    let asked = texting.questions(&places)?;
    match texting.writes(&writes, &Held::default()) {
        Ok(written) => Ok((asked, written)),
        Err(SmsProblem::AskFirst(_)) => Ok((asked, Vec::new())),
        Err(problem) => Err(problem),
    }
}

fn shown(what: &str, messages: &[SmsMessage], output: Output) {
    for message in messages {
        if output.is_json() {
            output.json_line(&json!({ "type": "message", "purpose": what, "text": message.shown(), "length": message.length(), "answered": message.is_answered }));
        } else {
            output.line(&format!(
                "{what} ({} of 160): {}",
                message.length(),
                message.shown()
            ));
        }
    }
}
