//! Makes a plan from a reading and a template. Nothing is guessed: what a unit cannot take stops it before the first write.

use super::{Change, Expected, PlaceWrite, Plan, Skipped};
use crate::fault::{Cure, Fault};
use crate::profile::{
    Need, Place, Profile, Setting, Variant, WireError, from_wire, same_on_wire, to_wire,
};
use crate::reading::{Identity, Reading};
use crate::secret::Secret;
use crate::setting::{SettingKey, SettingKind, Value};
use crate::template::Template;
use std::collections::{BTreeMap, BTreeSet};

/// On which way the values reach the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Cable,
    Message,
}

impl Way {
    /// Whether the unit shows what it holds on this way, as far as the way itself goes.
    fn shows(self, profile: &Profile, setting: &Setting) -> bool {
        self == Self::Cable
            || setting
                .places
                .iter()
                .all(|place| profile.shown_by_message(place))
    }

    /// Whether commands are shown before they are written.
    fn shows_commands(self, profile: &Profile) -> bool {
        match self {
            Self::Cable => shows_commands(profile),
            Self::Message => profile.shows_commands_by_message(),
        }
    }

    /// Why the setting cannot be reached on this way at all.
    fn closed(self, profile: &Profile, setting: &Setting) -> Option<&'static str> {
        match self {
            Self::Cable if by_message_only(profile, setting) => Some(
                "units of this family are set by text message only: no answer to a command over a cable is known",
            ),
            Self::Cable => None,
            Self::Message => {
                let needed = setting.needs.iter().map(|need| &need.place);
                let mut places = setting.places.iter().chain(needed);
                (!places.all(|place| profile.written_by_message(place)))
                    .then_some("no text message that sets it is known: only a cable does")
            }
        }
    }
}

/// A setting of the template as it will stand on this unit.
struct Wanted {
    setting: Setting,
    value: Value,
    wire: String,
    places: Vec<Place>,
}

impl Plan {
    /// The difference between what `reading` shows and what `template` wants of this unit.
    ///
    /// # Errors
    /// When the template cannot be put on this unit as a whole. Nothing may be written then.
    pub fn compute(
        profile: &Profile,
        identity: &Identity,
        reading: &Reading,
        template: &Template,
    ) -> Result<Self, Fault> {
        Self::by(Way::Cable, profile, identity, reading, template)
    }

    /// The same for a unit in a vehicle, which is set by text message: `reading` is what is known of it, which may be nothing.
    /// What its messages cannot show again is not readable here.
    ///
    /// # Errors
    /// When the template cannot be put on this unit by messages as a whole.
    pub fn for_messages(
        profile: &Profile,
        identity: &Identity,
        reading: &Reading,
        template: &Template,
    ) -> Result<Self, Fault> {
        Self::by(Way::Message, profile, identity, reading, template)
    }

    fn by(
        way: Way,
        profile: &Profile,
        identity: &Identity,
        reading: &Reading,
        template: &Template,
    ) -> Result<Self, Fault> {
        if !template.former.is_empty() {
            return Self::back_to(profile, variant_of(profile, identity)?, reading, template);
        }
        let mut plan = Self::default();
        let (template, left_out) = template.on(&profile.id);
        let template = template.as_ref();
        plan.skipped.extend(left_out.into_iter().map(|key| Skipped {
            key,
            why: "the template leaves it out on this family".to_owned(),
        }));
        let mut lacking = Vec::new();
        let mut settings = available(way, profile, identity, template, reading, &mut lacking)?;
        if settings.is_empty() && !lacking.is_empty() {
            return Err(nothing_applies(identity, &lacking));
        }
        plan.skipped.extend(lacking);
        for setting in &mut settings {
            setting.readable &= way.shows(profile, setting);
        }
        let missing = |setting: &&Setting| template.missing_secrets.contains(&setting.key);
        if let Some(setting) = settings.iter().find(missing) {
            return Err(Fault::ValueOutOfRange {
                key: setting.key.to_string(),
                limits: "its value is secret and has to be given again".to_owned(),
            });
        }
        let wanted = wanted(profile, template, settings)?;
        contradictions(&wanted)?;
        let whole = written_whole(way, profile, identity, &wanted, reading)?;
        for each in &wanted {
            plan.add(each, reading, &whole);
        }
        for (setting, need) in needs(&wanted) {
            plan.add_need(setting, need, reading);
        }
        Ok(plan)
    }

    /// `whole` are commands that are written as a whole without having been read.
    fn add(&mut self, wanted: &Wanted, reading: &Reading, whole: &BTreeSet<String>) {
        let setting = &wanted.setting;
        let value = hide(setting, wanted.value.clone());
        if !setting.readable {
            self.not_readable.push(setting.key.clone());
        }
        let mut writes = Vec::new();
        for place in &wanted.places {
            let before = reading.get(place);
            self.expected.push(Expected {
                key: setting.key.clone(),
                label: label(setting),
                place: place.clone(),
                wire: Secret::new(wanted.wire.as_str()),
                or_else: Vec::new(),
                value: value.clone(),
                provable: setting.readable && !setting.volatile,
                was_shown: before.is_some(),
            });
            let alone = command_of(place).is_none_or(|command| !whole.contains(command));
            let right = setting.readable
                && alone
                && before.is_some_and(|before| same_on_wire(setting, before, &wanted.wire));
            if !right {
                writes.push(PlaceWrite {
                    place: place.clone(),
                    before: before.map(Secret::new),
                    after: Secret::new(wanted.wire.as_str()),
                });
            }
        }
        if writes.is_empty() {
            self.already_right.push((setting.key.clone(), value));
        } else {
            self.changes.push(Change {
                key: setting.key.clone(),
                label: label(setting),
                before: agreed(setting, &wanted.places, reading),
                after: value,
                guarded: setting.guarded,
                readable: setting.readable,
                writes,
            });
        }
    }

    fn add_need(&mut self, setting: &Setting, need: &Need, reading: &Reading) {
        let Some(first) = need.any.first() else {
            return;
        };
        let before = reading.get(&need.place);
        self.expected.push(Expected {
            key: setting.key.clone(),
            label: need.label.clone(),
            place: need.place.clone(),
            wire: Secret::new(first.as_str()),
            or_else: need.any.clone(),
            value: Value::Text(first.clone()),
            provable: setting.readable,
            was_shown: before.is_some(),
        });
        if before.is_some_and(|text| need.any.iter().any(|each| each == text)) {
            return;
        }
        self.changes.push(Change {
            key: setting.key.clone(),
            label: need.label.clone(),
            before: before.map(|text| Value::Text(text.to_owned())),
            after: Value::Text(first.clone()),
            guarded: setting.guarded,
            readable: setting.readable,
            writes: vec![PlaceWrite {
                place: need.place.clone(),
                before: before.map(Secret::new),
                after: Secret::new(first.as_str()),
            }],
        });
    }
}

/// The settings that this unit has, in the profile's order; a missing one that is not optional stops everything.
fn available(
    way: Way,
    profile: &Profile,
    identity: &Identity,
    template: &Template,
    reading: &Reading,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<Setting>, Fault> {
    let variant = variant_of(profile, identity)?;
    let mut found = BTreeMap::new();
    let mut missing: Vec<(SettingKey, String)> = Vec::new();
    for key in template.keys() {
        let why = match had(profile, variant, template, key) {
            Ok(setting) => {
                let closed = way.closed(profile, &setting);
                let cable = way == Way::Cable;
                match not_shown(profile, &setting, reading).filter(|_| cable) {
                    _ if let Some(why) = closed => why.to_owned(),
                    _ if cable && unknown_to_unit(profile, &setting, reading) => {
                        "this unit does not show such a parameter".to_owned()
                    }
                    Some(command) => format!(
                        "the unit does not show its settings {command} in a form that is known"
                    ),
                    None => {
                        found.insert(key.clone(), setting);
                        continue;
                    }
                }
            }
            Err(not_here) => not_here,
        };
        if template.optional.contains(key) {
            skipped.push(Skipped {
                key: key.clone(),
                why,
            });
        } else {
            missing.push((key.clone(), why));
        }
    }
    if !missing.is_empty() {
        let reasons: BTreeSet<&str> = missing.iter().map(|(_, why)| why.as_str()).collect();
        let all = skipped.is_empty() && missing.len() == template.keys().count();
        return Err(Fault::SettingNotAvailable {
            keys: missing.iter().map(|(key, _)| key.to_string()).collect(),
            model: identity.model.clone(),
            why: reasons.into_iter().collect::<Vec<_>>().join("; "),
            cure: Cure::where_lacking(all),
        });
    }
    let order = profile
        .settings
        .iter()
        .filter_map(|setting| found.remove(&setting.key));
    Ok(order.collect())
}

/// A template may do without each of its settings, and yet a unit on which none of them can be set is not 'already set'.
fn nothing_applies(identity: &Identity, lacking: &[Skipped]) -> Fault {
    let reasons: BTreeSet<&str> = lacking.iter().map(|each| each.why.as_str()).collect();
    let reasons: Vec<&str> = reasons.into_iter().collect();
    Fault::SettingNotAvailable {
        keys: lacking.iter().map(|each| each.key.to_string()).collect(),
        model: identity.model.clone(),
        why: format!(
            "nothing of this template can be set on it. {}",
            reasons.join("; ")
        ),
        cure: Cure::OtherTemplate,
    }
}

/// The setting as a model has it and as `template` uses it, or why it cannot be had there whatever the unit itself holds.
pub(crate) fn had(
    profile: &Profile,
    variant: &Variant,
    template: &Template,
    key: &SettingKey,
) -> Result<Setting, String> {
    let setting = profile
        .setting_on(variant, key)
        .map_err(|not_here| not_here.to_string())?;
    let setting = mapped(profile, variant, template, setting)?;
    let unplaced = setting.places.iter().any(|place| !stands(variant, place));
    if unplaced || setting.places.is_empty() {
        Err("where it stands on this model is not known".to_owned())
    } else {
        Ok(setting)
    }
}

/// The same where it can be reached, over a cable or by text message.
pub(crate) fn reached(
    profile: &Profile,
    variant: &Variant,
    template: &Template,
    key: &SettingKey,
) -> Result<Setting, String> {
    let setting = had(profile, variant, template, key)?;
    match Way::Cable.closed(profile, &setting) {
        Some(why) if Way::Message.closed(profile, &setting).is_some() => Err(why.to_owned()),
        _ => Ok(setting),
    }
}

fn variant_of<'a>(profile: &'a Profile, identity: &Identity) -> Result<&'a Variant, Fault> {
    profile
        .variant(&identity.variant)
        .ok_or_else(|| Fault::UnknownModel {
            said: identity.variant.clone(),
        })
}

/// The command of the setting that the reading has no field of. Such a command is written whole from what was read, so it cannot
/// be written at all: that must be known before anything else is.
fn not_shown<'a>(profile: &Profile, setting: &'a Setting, reading: &Reading) -> Option<&'a str> {
    if !shows_commands(profile) {
        return None;
    }
    let needed = setting.needs.iter().map(|need| &need.place);
    let mut commands = setting.places.iter().chain(needed).filter_map(command_of);
    commands.find(|command| {
        !reading
            .places
            .keys()
            .any(|place| command_of(place) == Some(command))
    })
}

fn shows_commands(profile: &Profile) -> bool {
    let positional = profile.positional.as_ref();
    positional.is_none_or(|positional| positional.read.is_some())
}

fn by_message_only(profile: &Profile, setting: &Setting) -> bool {
    let positional = profile.positional.as_ref();
    let no_fields = positional.is_some_and(|positional| positional.write.is_none());
    no_fields
        && setting
            .places
            .iter()
            .any(|place| command_of(place).is_some())
}

/// A parameter that was asked for by itself and not shown.
fn unknown_to_unit(profile: &Profile, setting: &Setting, reading: &Reading) -> bool {
    let asked = profile
        .single
        .as_ref()
        .is_some_and(|single| single.read.is_some());
    let missing = |place: &Place| command_of(place).is_none() && reading.get(place).is_none();
    asked && setting.readable && setting.places.iter().any(missing)
}

/// A setting whose place the template names: it stands where another setting of the profile does, within that one's limits.
fn mapped(
    profile: &Profile,
    variant: &Variant,
    template: &Template,
    mut setting: Setting,
) -> Result<Setting, String> {
    if !setting.mapped {
        return Ok(setting);
    }
    let words = template.map.get(&profile.id);
    let Some(name) = words.and_then(|words| words.get(&setting.key)) else {
        return Err(format!(
            "which of the unit's own timers it is depends on the script that the unit runs; the template says so under [map.{}]",
            profile.id
        ));
    };
    let place = Place::named(name);
    let owner = profile
        .settings_on(variant)
        .find(|other| other.kind == setting.kind && other.places.contains(&place));
    let Some(owner) = owner else {
        return Err(format!(
            "[map.{}] names '{name}', which is no timer of this family",
            profile.id
        ));
    };
    setting.places = vec![place];
    setting.scale = owner.scale;
    setting.min = owner.min.max(setting.min);
    setting.max = owner.max.or(setting.max);
    setting.also.clone_from(&owner.also);
    Ok(setting)
}

/// Commands that are written without having been read: every field of theirs must be given, because an empty one could clear a value.
fn written_whole(
    way: Way,
    profile: &Profile,
    identity: &Identity,
    wanted: &[Wanted],
    reading: &Reading,
) -> Result<BTreeSet<String>, Fault> {
    let mut whole = BTreeSet::new();
    if way.shows_commands(profile) {
        return Ok(whole);
    }
    let variant = variant_of(profile, identity)?;
    let needs: BTreeSet<&Place> = needs(wanted).iter().map(|(_, need)| &need.place).collect();
    for (command, fields) in &variant.fields {
        let stands_here = |place: &&Place| command_of(place) == Some(command.as_str());
        let given: BTreeSet<&Place> = wanted
            .iter()
            .flat_map(|each| &each.places)
            .chain(needs.iter().copied())
            .filter(stands_here)
            .collect();
        if given.is_empty() {
            continue;
        }
        let missing: Vec<String> = profile
            .settings_on(variant)
            .filter(|setting| {
                let here = setting.places.iter().filter(stands_here);
                here.clone().count() > 0 && !here.clone().all(|place| given.contains(place))
            })
            .map(|setting| setting.key.to_string())
            .collect();
        let fixed = match (way, &profile.sms) {
            (Way::Message, Some(sms)) => sms
                .fixed
                .keys()
                .map(|name| Place::named(name))
                .filter(|place| stands_here(&place) && !given.contains(place))
                .count(),
            _ => 0,
        };
        if given.len() + fixed < fields.len() {
            return Err(Fault::SettingNotAvailable {
                why: format!(
                    "the unit takes all of {command} at once and cannot show what it holds now"
                ),
                keys: missing,
                model: identity.model.clone(),
                cure: Cure::GiveThem,
            });
        }
        let settled = |each: &&Wanted| {
            each.setting.readable
                && each.places.iter().all(|place| {
                    reading
                        .get(place)
                        .is_some_and(|text| same_on_wire(&each.setting, text, &each.wire))
                })
        };
        let mut here = wanted
            .iter()
            .filter(|each| each.places.iter().any(|place| stands_here(&place)));
        if !here.all(|each| settled(&each)) {
            whole.insert(command.clone());
        }
    }
    Ok(whole)
}

fn command_of(place: &Place) -> Option<&str> {
    match place {
        Place::Parameter { .. } => None,
        Place::Field { command, .. } => Some(command),
    }
}

/// Whether the model's layout has the place at all.
fn stands(variant: &Variant, place: &Place) -> bool {
    match place {
        Place::Parameter { .. } => true,
        Place::Field { command, field } => variant.field_index(command, field).is_some(),
    }
}

fn wanted(
    profile: &Profile,
    template: &Template,
    settings: Vec<Setting>,
) -> Result<Vec<Wanted>, Fault> {
    let mut all = Vec::new();
    for setting in &settings {
        let Some(value) = template.settings.get(&setting.key) else {
            continue;
        };
        let wire =
            to_wire(profile, setting, value).map_err(|error| out_of_range(setting, &error))?;
        let apart: BTreeSet<&Place> = settings
            .iter()
            .filter(|other| other.set_apart_from.as_ref() == Some(&setting.key))
            .flat_map(|other| &other.places)
            .collect();
        let places = setting
            .places
            .iter()
            .filter(|place| !apart.contains(place))
            .cloned()
            .collect();
        all.push(Wanted {
            setting: setting.clone(),
            value: value.clone(),
            wire,
            places,
        });
    }
    Ok(all)
}

fn out_of_range(setting: &Setting, error: &WireError) -> Fault {
    Fault::ValueOutOfRange {
        key: setting.key.to_string(),
        limits: error.to_string(),
    }
}

/// Two settings that want different texts at one place cannot both be had.
fn contradictions(wanted: &[Wanted]) -> Result<(), Fault> {
    let mut ruled: BTreeMap<&Place, &Wanted> = BTreeMap::new();
    for each in wanted {
        for place in &each.places {
            if let Some(other) = ruled.insert(place, each)
                && other.wire != each.wire
            {
                return Err(Fault::ValueOutOfRange {
                    key: each.setting.key.to_string(),
                    limits: format!(
                        "on this unit it is the same as {} and cannot differ from it",
                        other.setting.key
                    ),
                });
            }
        }
    }
    Ok(())
}

/// What the wanted settings need beside themselves, each place once. No setting rules such a place: profiles are checked for that.
fn needs(wanted: &[Wanted]) -> Vec<(&Setting, &Need)> {
    let mut all: Vec<(&Setting, &Need)> = Vec::new();
    for each in wanted {
        for need in &each.setting.needs {
            if !all.iter().any(|(_, other)| other.place == need.place) {
                all.push((&each.setting, need));
            }
        }
    }
    all
}

/// The value that stands at all of `places`, if they agree.
pub(super) fn agreed(setting: &Setting, places: &[Place], reading: &Reading) -> Option<Value> {
    let first = reading.get(places.first()?)?;
    let all_agree = places.iter().all(|place| {
        reading
            .get(place)
            .is_some_and(|text| same_on_wire(setting, first, text))
    });
    all_agree.then(|| meaning(setting, first))
}

/// What a text on the wire means; a text that means nothing for the setting is shown as it is.
pub(super) fn meaning(setting: &Setting, text: &str) -> Value {
    from_wire(setting, text).unwrap_or_else(|| hide(setting, Value::Text(text.to_owned())))
}

/// The setting's name for people, who are told when nobody has seen it work.
pub(super) fn label(setting: &Setting) -> String {
    if setting.inferred {
        format!("{} (not yet proven on real hardware)", setting.label)
    } else {
        setting.label.clone()
    }
}

fn hide(setting: &Setting, value: Value) -> Value {
    match value {
        Value::Text(text) if setting.kind == SettingKind::Secret => {
            Value::Secret(Secret::new(text))
        }
        other => other,
    }
}
