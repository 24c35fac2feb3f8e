//! Templates in text and JSON. Secrets are dots in both.

use crate::cli::exit::ExitStatus;
use crate::cli::output::Output;
use crate::engine::TemplatePage;
use crate::inventory::StoredTemplate;
use crate::start::{Machine, StartError};
use fleet::setting::ShownValue;
use fleet::template::{
    Changed, Difference, FamilyStand, Stand, all_objections, models_that_hold, stands,
};
use fleet::{Profile, SettingKey, Template, wording};
use serde_json::{Value as Json, json};

/// A template of the list.
pub(super) fn listed(template: &StoredTemplate) -> Json {
    json!({
        "type": "template",
        "name": template.name,
        "version": template.version,
        "released": template.released,
        "made_at": template.created_at,
        "made_by": template.made_by,
        "based_on": template.based_on,
        "changed_at": template.changed.as_ref().map(|(at, _)| at),
        "changed_by": template.changed.as_ref().map(|(_, by)| by),
        "released_at": template.released_by.as_ref().map(|(at, _)| at),
        "released_by": template.released_by.as_ref().map(|(_, by)| by),
    })
}

pub(super) fn list_line(template: &StoredTemplate) -> String {
    format!(
        "{:<32} version {:<4} {}",
        template.name,
        template.version,
        standing(template)
    )
}

/// 'released 3 Oct 2026 by the office lead', 'draft, changed ...'.
fn standing(template: &StoredTemplate) -> String {
    let said = |word: &str, moment: &Option<(jiff::Timestamp, String)>| {
        let Some((at, by)) = moment else {
            return word.to_owned();
        };
        let at = at.to_zoned(jiff::tz::TimeZone::system());
        let by = match by.as_str() {
            "" => String::new(),
            by => format!(" by {by}"),
        };
        format!("{word} {}{by}", at.strftime("%-d %b %Y %H:%M"))
    };
    if template.released {
        said("released", &template.released_by)
    } else {
        said("draft, changed", &template.changed)
    }
}

fn value_in_json(template: &Template, key: &SettingKey) -> Json {
    match template.settings.get(key) {
        Some(value) => json!(ShownValue::from(value)),
        None => json!(ShownValue::Secret { secret_set: true }),
    }
}

/// Everything about one version.
pub(super) fn page(
    machine: &Machine,
    stored: &StoredTemplate,
    page: &TemplatePage,
    output: Output,
) {
    let template = &page.contents;
    let families: Vec<(&str, Vec<String>)> = machine
        .registry
        .all()
        .map(|profile| {
            let found = all_objections([&**profile], template);
            let words = found
                .iter()
                .map(|objection| format!("{} ({})", objection.words(), objection.whom()));
            (profile.id.as_str(), words.collect())
        })
        .collect();
    let mut keys: Vec<&SettingKey> = template.keys().collect();
    keys.sort_by(|one, other| wording::order(one).cmp(&wording::order(other)));
    if output.is_json() {
        output.json_line(&listed(stored));
        for key in keys {
            output.json_line(&json!({
                "type": "setting",
                "key": key,
                "value": value_in_json(template, key),
                "optional": template.optional.contains(key),
                "guarded": guarded(machine, key),
                "at_hand": !page.secrets_missing.contains(key),
            }));
        }
        for (profile, objections) in &families {
            output.json_line(&json!({ "type": "family", "profile": profile, "takes_it": objections.is_empty(), "objections": objections }));
        }
        for line in &page.changed {
            output.json_line(&difference(line));
        }
        for stop in &page.stops {
            output.json_line(&json!({ "type": "stop", "words": stop.words() }));
        }
        let units: u64 = page.used.iter().map(|used| used.units).sum();
        output.json_line(&json!({
            "type": "summary",
            "name": stored.name,
            "version": stored.version,
            "released": stored.released,
            "settings": template.keys().count(),
            "units": units,
            "stops": page.stops.len(),
        }));
        return;
    }
    output.line(&format!(
        "{} version {}, {}",
        stored.name,
        stored.version,
        standing(stored)
    ));
    for key in keys {
        let value = match template.settings.get(key) {
            Some(value) => wording::value(key, &ShownValue::from(value)),
            None if page.secrets_missing.contains(key) => {
                "secret, not at hand on this computer".to_owned()
            }
            None => wording::value(key, &ShownValue::Secret { secret_set: true }),
        };
        let mut notes = String::new();
        if guarded(machine, key) {
            notes.push_str("  guarded");
        }
        if template.optional.contains(key) {
            notes.push_str("  a unit may lack it");
        }
        output.line(&format!("  {:<36} {value}{notes}", key.as_str()));
    }
    for (profile, apart) in &template.apart {
        for (key, value) in &apart.values {
            let value = wording::value(key, &ShownValue::from(value));
            output.line(&format!("  on {profile}: {key} {value}"));
        }
        for key in &apart.left_out {
            output.line(&format!("  on {profile}: {key} left out"));
        }
    }
    for (profile, words) in &template.map {
        for (key, place) in words {
            output.line(&format!("  on {profile}: {key} stands at {place}"));
        }
    }
    let (takes, others): (Vec<_>, Vec<_>) = families
        .into_iter()
        .partition(|(_, objections)| objections.is_empty());
    let mut takes: Vec<String> = takes
        .into_iter()
        .map(|(profile, _)| profile.to_owned())
        .collect();
    // A family may have models that lack what its others have.
    let registry = &machine.registry;
    takes.extend(others.iter().filter_map(|(id, _)| {
        let models = models_that_hold(registry.get(id)?, template);
        (!models.is_empty()).then(|| format!("{id} (some models)"))
    }));
    output.line(&match takes.is_empty() {
        true => "No family can hold all of it.".to_owned(),
        false => format!("Families that can hold it: {}", takes.join(", ")),
    });
    if let Some((_, objections)) = others.iter().find(|_| takes.is_empty()) {
        for words in objections {
            output.line(&format!("  {words}"));
        }
    }
    if let Some((former, _)) = &page.former {
        output.line(&format!("Against version {former}:"));
        for line in &page.changed {
            output.line(&format!("  {}", line.words()));
        }
        if page.changed.is_empty() {
            output.line("  nothing changed");
        }
    }
    let units: u64 = page.used.iter().map(|used| used.units).sum();
    output.line(&format!(
        "{} this template.",
        wording::counted(units, "unit has", "units have")
    ));
    for used in &page.used {
        let version = used
            .version
            .map_or("an unknown version".to_owned(), |version| {
                format!("version {version}")
            });
        let family = used.profile.as_deref().unwrap_or("unknown family");
        output.line(&format!(
            "  {} on {version}, {family}",
            wording::with_commas(used.units)
        ));
    }
    for stop in &page.stops {
        output.line(&format!("Not to be released yet: {}", stop.words()));
    }
}

fn guarded(machine: &Machine, key: &SettingKey) -> bool {
    let settings = machine
        .registry
        .all()
        .filter_map(|profile| profile.setting(key));
    settings.into_iter().any(|setting| setting.guarded)
}

/// One line of what changed.
pub(super) fn difference(line: &Difference) -> Json {
    let (before, after) = match &line.what {
        Changed::Added(after) => (Json::Null, json!(after)),
        Changed::Removed(before) => (json!(before), Json::Null),
        Changed::Value(before, after) => (json!(before), json!(after)),
        Changed::Map { before, after, .. } => (json!(before), json!(after)),
        Changed::Apart { before, after, .. } => (json!(before), json!(after)),
        Changed::Secret | Changed::SecretUnknown | Changed::Optional(_) => (Json::Null, Json::Null),
    };
    json!({ "type": "difference", "key": line.key, "before": before, "after": after, "words": line.words() })
}

/// What each family takes.
pub(super) fn limits(
    machine: &Machine,
    key: Option<&str>,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let registry = &machine.registry;
    let keys = match key {
        Some(text) => {
            let key =
                SettingKey::new(text).map_err(|error| StartError::Usage(error.to_string()))?;
            if registry.known_setting(&key).is_none() {
                return Err(StartError::Usage(format!(
                    "no unit family knows the setting {key}"
                )));
            }
            vec![key]
        }
        None => {
            let shared = |key: &SettingKey| {
                registry
                    .all()
                    .filter(|profile| profile.setting(key).is_some())
                    .count()
                    > 1
            };
            registry.known_keys().into_iter().filter(shared).collect()
        }
    };
    let template = Template::empty("limits", 1);
    let profiles: Vec<&Profile> = registry.all().map(|profile| &**profile).collect();
    for key in &keys {
        if !output.is_json() {
            output.line(&format!("{key} ({})", wording::setting(key)));
        }
        for stand in stands(profiles.iter().copied(), &template, key) {
            if output.is_json() {
                output.json_line(&stand_in_json(key, &stand));
            } else {
                output.line(&format!(
                    "  {:<34} {}",
                    stand.whom(),
                    stand_words(key, &stand)
                ));
            }
        }
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "settings": keys.len() }));
    }
    Ok(ExitStatus::Done)
}

fn stand_words(key: &SettingKey, stand: &FamilyStand) -> String {
    match &stand.stand {
        Stand::Takes(limit) => limit.words(key),
        Stand::AsksWhere(places) => {
            let places: Vec<String> = places.iter().map(|(place, _)| place.clone()).collect();
            format!(
                "the template says where, one of: {}",
                wording::list(&places, 24)
            )
        }
        Stand::Lacks(why) => format!("not to be had: {why}"),
    }
}

fn stand_in_json(key: &SettingKey, stand: &FamilyStand) -> Json {
    let word = match &stand.stand {
        Stand::Takes(_) => "takes",
        Stand::AsksWhere(_) => "asks_where",
        Stand::Lacks(_) => "lacks",
    };
    json!({
        "type": "limit",
        "key": key,
        "profile": stand.profile,
        "models": stand.models,
        "stands": word,
        "words": stand_words(key, stand),
    })
}
