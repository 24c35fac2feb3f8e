//! The rehearsal: from a unit's last reading and its family's profile, what would change on it, what is already right, and what
//! cannot be and why. Nothing is sent; each unit is read again before it is written, and that reading decides.

use super::Via;
use super::former::Former;
use super::unit::{Forecast, Way};
use crate::plan::{Plan, ShownChange};
use crate::profile::{Profile, ProfileRegistry, Setting, Variant, same_on_wire, to_wire};
use crate::secret::Secret;
use crate::setting::{SettingKey, ShownValue, Value};
use crate::template::Template;
use crate::unit::{Unit, UnitState};

/// What the units shall hold.
#[derive(Debug, Clone, Copy)]
pub enum Aim<'a> {
    /// What a template says.
    Template(&'a Template),
    /// What this unit held before.
    Former(&'a Former),
}

/// What else decides whether a unit can be reached.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// Who or what has the unit: another push, another bench, a job that is open.
    pub held_by: Option<&'a str>,
    /// Whether text messages can be sent at all, and if not, why.
    pub no_messages: Option<&'a str>,
    /// Why this unit's family and settings cannot be written by message, where they cannot.
    pub not_by_message: Option<&'a str>,
    /// It stands on the bench now.
    pub on_bench: bool,
}

/// What a rehearsal says of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsed {
    /// By which way it would be reached.
    pub way: Way,
    /// What would come of it.
    pub forecast: Forecast,
}

/// Why something cannot be, and what to do about it.
struct Hindrance(String, &'static str);

/// Rehearses one unit.
#[must_use]
pub fn rehearse(
    unit: &Unit,
    registry: &ProfileRegistry,
    aim: Aim<'_>,
    via: Via,
    circumstances: Circumstances<'_>,
) -> Rehearsed {
    let foreseen = known_unit(unit, circumstances)
        .and_then(|()| changes(unit, registry, aim))
        .and_then(|changes| {
            let way = way(unit, via, circumstances)?;
            Ok((way, changes))
        });
    match foreseen {
        Ok((way, changes)) if changes.is_empty() => Rehearsed {
            way,
            forecast: Forecast::AlreadyRight,
        },
        Ok((way, changes)) => Rehearsed {
            way,
            forecast: Forecast::Change { changes },
        },
        Err(Hindrance(why, cure)) => Rehearsed {
            way: if via == Via::Sms {
                Way::Sms
            } else {
                Way::Cable
            },
            forecast: Forecast::Cannot {
                why,
                cure: cure.to_owned(),
            },
        },
    }
}

fn known_unit(unit: &Unit, circumstances: Circumstances<'_>) -> Result<(), Hindrance> {
    if unit.state == UnitState::Retired {
        return Err(Hindrance(
            "it is retired".to_owned(),
            "Bring it back into use first",
        ));
    }
    if let Some(holder) = circumstances.held_by {
        return Err(Hindrance(holder.to_owned(), "Try again later"));
    }
    if unit.profile.is_none() || unit.settings.is_empty() {
        return Err(Hindrance(
            "it was never read here, so what would change is not known".to_owned(),
            "Read it on the bench once ('fleetdesk read'), or set it there",
        ));
    }
    Ok(())
}

fn way(unit: &Unit, via: Via, circumstances: Circumstances<'_>) -> Result<Way, Hindrance> {
    if via == Via::Cable || (via == Via::Any && circumstances.on_bench) {
        return Ok(Way::Cable);
    }
    let hindrance = if let Some(why) = circumstances.no_messages {
        Some(Hindrance(why.to_owned(), "Use a cable"))
    } else if unit.mdn.is_none() && unit.iccid.is_none() {
        Some(Hindrance(
            "neither its phone number nor its SIM is known, so no message can reach it".to_owned(),
            "Enter its number, or use a cable",
        ))
    } else if unit.registration == Some(crate::registration::RegistrationState::Suspended) {
        Some(Hindrance(
            "suspended at the carrier, a message would not arrive".to_owned(),
            "Restore it, or use a cable",
        ))
    } else {
        circumstances
            .not_by_message
            .map(|why| Hindrance(why.to_owned(), "Use a cable"))
    };
    match hindrance {
        None => Ok(Way::Sms),
        Some(_) if via == Via::Any => Ok(Way::Cable),
        Some(hindrance) => Err(hindrance),
    }
}

fn changes(
    unit: &Unit,
    registry: &ProfileRegistry,
    aim: Aim<'_>,
) -> Result<Vec<ShownChange>, Hindrance> {
    let id = unit.profile.as_deref().unwrap_or_default();
    let Some(profile) = registry.get(id) else {
        return Err(Hindrance(
            format!("its device profile {id} is not there any more"),
            "Ask the office lead for the profile",
        ));
    };
    let variants = profile.variants_of(unit.model.as_deref());
    match aim {
        Aim::Template(template) => of_template(unit, profile, &variants, template),
        Aim::Former(former) => of_former(unit, profile, &variants, former),
    }
}

fn of_template(
    unit: &Unit,
    profile: &Profile,
    variants: &[&Variant],
    template: &Template,
) -> Result<Vec<ShownChange>, Hindrance> {
    if let Some(key) = template
        .missing_secrets
        .iter()
        .find(|key| profile.setting(key).is_some())
    {
        return Err(Hindrance(
            format!("the template's secret {key} has to be given again"),
            "Import the template once more",
        ));
    }
    let mut lacking: Vec<String> = Vec::new();
    let mut limits: Vec<String> = Vec::new();
    let mut lines = Vec::new();
    for (key, value) in &template.settings {
        let on: Vec<Result<Setting, String>> = variants
            .iter()
            .map(|variant| here(profile, variant, template, key))
            .collect();
        let settings: Vec<&Setting> = on.iter().flatten().collect();
        if settings.is_empty() {
            if !template.optional.contains(key) {
                let why = on.into_iter().find_map(Result::err).unwrap_or_default();
                lacking.push(format!("{key}: {why}"));
            }
            continue;
        }
        // One of the variants can hold it, or none: then the first says why.
        let wires: Vec<_> = settings
            .iter()
            .map(|setting| to_wire(profile, setting, value))
            .collect();
        let fitting = settings
            .iter()
            .zip(&wires)
            .find_map(|(setting, wire)| Some((*setting, wire.as_ref().ok()?)));
        match (
            fitting,
            settings.first(),
            wires.iter().find_map(|wire| wire.as_ref().err()),
        ) {
            (Some((setting, wire)), ..) => lines.extend(line(profile, setting, value, wire, unit)),
            (None, Some(setting), Some(error)) => {
                limits.push(format!("{}: {error}", setting.label))
            }
            _ => {}
        }
    }
    if !lacking.is_empty() {
        return Err(Hindrance(
            format!("this model cannot hold {}", lacking.join("; ")),
            "Choose another template",
        ));
    }
    if !limits.is_empty() {
        return Err(Hindrance(limits.join("; "), "Choose another template"));
    }
    let order = |key: &SettingKey| {
        profile
            .settings
            .iter()
            .position(|setting| setting.key == *key)
    };
    lines.sort_by_key(|line: &ShownChange| order(&line.key));
    Ok(lines)
}

fn here(
    profile: &Profile,
    variant: &Variant,
    template: &Template,
    key: &SettingKey,
) -> Result<Setting, String> {
    let setting = profile
        .setting_on(variant, key)
        .map_err(|not_here| not_here.to_string())?;
    let mapped = template
        .map
        .get(&profile.id)
        .is_some_and(|map| map.contains_key(key));
    if setting.mapped && !mapped {
        return Err(format!(
            "which of the unit's own timers it is stands under [map.{}] of a template, and not in this one",
            profile.id
        ));
    }
    Ok(setting)
}

/// The line of a setting that differs from what was last read; `None` where it is right.
fn line(
    profile: &Profile,
    setting: &Setting,
    value: &Value,
    wire: &str,
    unit: &Unit,
) -> Option<ShownChange> {
    let before = unit.settings.get(&setting.key);
    let right = match before {
        // Of a secret it is only known whether there is one.
        Some(ShownValue::Secret { secret_set }) => !secret_set && wire.is_empty(),
        Some(shown) => to_wire(profile, setting, &value_of(shown))
            .is_ok_and(|held| same_on_wire(setting, &held, wire)),
        None => false,
    };
    (!right).then(|| ShownChange {
        key: setting.key.clone(),
        label: setting.label.clone(),
        before: before.cloned(),
        after: ShownValue::from(value),
        guarded: setting.guarded,
        readable: setting.readable,
    })
}

fn value_of(shown: &ShownValue) -> Value {
    match shown {
        ShownValue::Integer(number) => Value::Integer(*number),
        ShownValue::Text(text) => Value::Text(text.clone()),
        ShownValue::Secret { .. } => Value::Secret(Secret::new("")),
    }
}

/// What the unit held and would refuse, named before anything is sent.
fn cannot_go_back(profile: &Profile, variant: &Variant, former: &Former) -> Option<Hindrance> {
    let template = former.as_template();
    let refused = Plan::not_writable_again(profile, variant, &template.former);
    let (label, why) = refused.into_iter().next()?;
    let words = format!("its former {label} cannot be written again: {why}");
    Some(Hindrance(words, "Set it with a template instead"))
}

fn of_former(
    unit: &Unit,
    profile: &Profile,
    variants: &[&Variant],
    former: &Former,
) -> Result<Vec<ShownChange>, Hindrance> {
    let mut lines = Vec::new();
    if let Some(hindrance) = variants
        .first()
        .and_then(|variant| cannot_go_back(profile, variant, former))
    {
        return Err(hindrance);
    }
    let several = ShownValue::Text("as each of its places was before".to_owned());
    let mixed = former.mixed.iter().map(|key| (key, &several));
    for (key, value) in former.settings.iter().chain(mixed) {
        let setting = variants
            .iter()
            .find_map(|variant| profile.setting_on(variant, key).ok());
        let Some(setting) = setting else {
            return Err(Hindrance(
                format!("the device profile no longer knows {key}"),
                "Ask the office lead for the profile",
            ));
        };
        let before = unit.settings.get(key);
        if before != Some(value) {
            lines.push(ShownChange {
                key: key.clone(),
                label: setting.label.clone(),
                before: before.cloned(),
                after: value.clone(),
                guarded: setting.guarded,
                readable: setting.readable,
            });
        }
    }
    Ok(lines)
}
