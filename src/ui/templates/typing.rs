//! What is being typed into a draft, and what speaks against it. Computed when something changes, never for each frame.

use crate::engine::TemplatePage;
use fleet::profile::ProfileRegistry;
use fleet::setting::{SettingKind, ShownValue};
use fleet::template::{Stand, TemplateEdit, stands, typed};
use fleet::{Profile, Secret, SettingKey, Template, Value, wording};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Seconds of quiet after which what was typed is kept.
pub const QUIET_S: f64 = 0.6;
/// Most lines of limits in a row.
const MOST_LINES: usize = 3;

/// One setting of a draft as it is being typed.
#[derive(Default)]
pub struct TypedField {
    /// The text.
    pub text: String,
    /// What a bare number counts in, and its sign ('min').
    pub unit: (i64, &'static str),
    /// Its name for people.
    pub name: String,
    /// Its kind.
    pub kind: Option<SettingKind>,
    /// A wrong value could cut units off.
    pub guarded: bool,
    /// Whether a unit may lack it.
    pub optional: bool,
    /// What it was in the version before, in words, where that differs.
    pub was: Option<String>,
    /// What speaks against what is typed.
    pub against: Option<String>,
    /// What the families take, in lines.
    pub limits: Vec<String>,
    /// Families that ask where it stands: profile, name, places to choose, the chosen one.
    pub asks: Vec<Asks>,
    /// Families that get something else: profile, in words.
    pub apart: Vec<(String, String)>,
    /// Since when the text waits to be kept, in seconds of the window's clock.
    pub waits_since: Option<f64>,
    /// It has the keyboard: text and unit are a person's own, whatever is told meanwhile.
    pub held: bool,
    /// Something was typed since it has the keyboard.
    pub typed: bool,
}

/// A family that asks where a setting stands.
#[derive(Debug, Clone)]
pub struct Asks {
    /// Profile.
    pub profile: String,
    /// Its name.
    pub family: String,
    /// Place and name of what can be chosen.
    pub places: Vec<(String, String)>,
    /// What is chosen.
    pub chosen: Option<String>,
}

/// The form of the template on the screen. It holds what is being typed, secrets too, so it cannot be printed.
#[derive(Default)]
pub struct TemplateForm {
    /// What the fields were made from.
    made_from: Option<Arc<Template>>,
    /// The fields.
    pub fields: BTreeMap<SettingKey, TypedField>,
    /// Keys in the order of the rows.
    pub rows: Vec<SettingKey>,
    /// The row whose further choices are open.
    pub open: Option<SettingKey>,
    /// What is typed to find a setting to add; `None` while nothing is to be added.
    pub adding: Option<String>,
    /// Name of a new template as typed; `None` while none is to be begun.
    pub new_name: Option<String>,
    /// Number of a unit to take settings from.
    pub unit: Option<String>,
    /// Who releases.
    pub who: String,
    /// Whether the list of units is open.
    pub units_open: bool,
    /// A draft was just asked for; its page is to be shown.
    pub begun: bool,
    /// Which version was asked for last.
    pub asked: Option<(String, u32)>,
}

impl TemplateForm {
    /// Makes the rows anew when the page is another one; what is being typed stays.
    pub fn follow(&mut self, page: &TemplatePage, registry: &ProfileRegistry) {
        if let Some(made_from) = &self.made_from
            && Arc::ptr_eq(made_from, &page.contents)
        {
            return;
        }
        let same = self.is_of(page);
        let mut former = std::mem::take(&mut self.fields);
        self.rows = page.contents.keys().cloned().collect();
        self.rows
            .sort_by(|one, other| wording::order(one).cmp(&wording::order(other)));
        for key in &self.rows {
            let mut field = made(page, registry, key);
            if let Some(typed) = former
                .remove(key)
                .filter(|typed| same && (typed.held || typed.waits_since.is_some()))
            {
                field.text = typed.text;
                field.unit = typed.unit;
                field.waits_since = typed.waits_since;
                field.held = typed.held;
                field.typed = typed.typed;
            }
            self.fields.insert(key.clone(), field);
        }
        if !same {
            self.open = None;
            self.adding = None;
            self.units_open = false;
        }
        self.made_from = Some(Arc::clone(&page.contents));
        let keys = self.rows.clone();
        for key in &keys {
            self.check(page, registry, key);
        }
    }

    /// Says anew what speaks against what is typed at `key`.
    pub fn check(&mut self, page: &TemplatePage, registry: &ProfileRegistry, key: &SettingKey) {
        let Some(field) = self.fields.get_mut(key) else {
            return;
        };
        field.against = against(page, registry, key, field);
    }

    /// What waits long enough, or is asked for by `now` being infinite, as acts on the draft.
    pub fn due(&mut self, now_s: f64) -> Vec<TemplateEdit> {
        let mut edits = Vec::new();
        for (key, field) in &mut self.fields {
            let Some(since) = field.waits_since else {
                continue;
            };
            let secret = field.kind == Some(SettingKind::Secret);
            if now_s - since < QUIET_S || (secret && now_s.is_finite()) {
                continue;
            }
            if let Ok(value) = field.value(key) {
                field.waits_since = None;
                if secret {
                    field.text.clear();
                }
                edits.push(TemplateEdit::Set(key.clone(), value));
            }
        }
        edits
    }

    /// The keyboard has left the field of `key`: from now on it is shown as values are, in their own largest unit. What means nothing stays as
    /// it was typed.
    pub fn left(&mut self, key: &SettingKey) {
        let Some(field) = self.fields.get_mut(key).filter(|field| field.held) else {
            return;
        };
        field.held = false;
        let typed = std::mem::take(&mut field.typed);
        if field.kind == Some(SettingKind::Secret) {
            return;
        }
        let value = match typed {
            true => field.value(key).ok(),
            false => (self.made_from.as_ref())
                .and_then(|template| template.settings.get(key).cloned())
                .filter(|_| field.waits_since.is_none()),
        };
        if let Some(value) = value {
            (field.text, field.unit) = shown(key, &value);
        }
    }

    /// The page was left with something in hand: all of it is to be kept, answered with the name of its draft.
    pub fn left_page(&mut self) -> Option<(String, Vec<TemplateEdit>)> {
        if !self.waits() && !self.fields.values().any(|field| field.held) {
            return None;
        }
        let edits = self.due(f64::INFINITY);
        for key in self.rows.clone() {
            self.left(&key);
        }
        let name = self.made_from.as_ref()?.name.clone();
        (!edits.is_empty()).then_some((name, edits))
    }

    /// Whether a field that was typed into has lost the keyboard without a word, as when it was not drawn for a moment.
    pub fn is_held_without(&self, has_keyboard: impl Fn(&str) -> bool) -> bool {
        let mut fields = self.fields.values();
        fields.any(|field| field.held && !has_keyboard(&field.name))
    }

    /// Whether the fields are those of that page's version.
    pub fn is_of(&self, page: &TemplatePage) -> bool {
        (self.made_from.as_ref()).is_some_and(|made_from| {
            made_from.name == page.name && made_from.version == page.version
        })
    }

    /// Whether something waits to be kept.
    pub fn waits(&self) -> bool {
        self.fields
            .values()
            .any(|field| field.waits_since.is_some())
    }
}

impl TypedField {
    /// What the text means.
    pub fn value(&self, key: &SettingKey) -> Result<Value, String> {
        let kind = self.kind.unwrap_or(SettingKind::Text);
        typed(key, kind, &self.text, self.unit.0)
    }
}

/// The families that the limits are told of: those in use, or all that there are.
fn families<'a>(page: &'a TemplatePage, registry: &'a ProfileRegistry) -> Vec<&'a Profile> {
    if page.families.is_empty() {
        return registry.all().map(|profile| &**profile).collect();
    }
    let known = page.families.iter().filter_map(|id| registry.get(id));
    known.map(|profile| &**profile).collect()
}

fn made(page: &TemplatePage, registry: &ProfileRegistry, key: &SettingKey) -> TypedField {
    let template = &page.contents;
    let value = template.settings.get(key);
    let kind = match registry.known_setting(key) {
        _ if template.is_secret(key) => Some(SettingKind::Secret),
        Some((kind, _)) => Some(kind),
        None => None,
    };
    let (text, unit) = value.map_or((String::new(), (1, "")), |value| shown(key, value));
    let was = page.former.as_ref().and_then(|(_, former)| {
        let shown = |template: &Template| template.settings.get(key).map(ShownValue::from);
        match (shown(former), shown(template)) {
            (Some(before), now) if Some(&before) != now.as_ref() && !template.is_secret(key) => {
                Some(wording::value(key, &before))
            }
            _ => None,
        }
    });
    let profiles = families(page, registry);
    let guarded = registry
        .all()
        .filter_map(|profile| profile.setting(key))
        .any(|setting| setting.guarded);
    let mut asks = Vec::new();
    for profile in registry.all() {
        let Some(setting) = profile.setting(key).filter(|setting| setting.mapped) else {
            continue;
        };
        // Asked with nothing chosen, so that the choice can be changed.
        let open = stands([&**profile], &Template::empty("", 1), &setting.key);
        let places = open.into_iter().find_map(|stand| match stand.stand {
            Stand::AsksWhere(places) => Some(places),
            _ => None,
        });
        asks.push(Asks {
            profile: profile.id.clone(),
            family: profile.name.clone(),
            places: places.unwrap_or_default(),
            chosen: template
                .map
                .get(&profile.id)
                .and_then(|words| words.get(key).cloned()),
        });
    }
    let apart = template.apart.iter().filter_map(|(profile, apart)| {
        let words = match apart.values.get(key) {
            Some(value) => wording::value(key, &ShownValue::from(value)),
            None if apart.left_out.contains(key) => "left out".to_owned(),
            None => return None,
        };
        Some((profile.clone(), words))
    });
    TypedField {
        text,
        unit,
        name: wording::setting(key),
        kind,
        guarded,
        optional: template.optional.contains(key),
        was,
        against: None,
        limits: limit_lines(&profiles, template, key),
        asks,
        apart: apart.collect(),
        waits_since: None,
        held: false,
        typed: false,
    }
}

/// A value as it stands in its field, and what a bare number there counts in.
fn shown(key: &SettingKey, value: &Value) -> (String, (i64, &'static str)) {
    let unit = unit_of(key, value);
    let text = match value {
        Value::Integer(0) if wording::is_seconds(key) => "off".to_owned(),
        Value::Integer(number) => (number / unit.0).to_string(),
        Value::Text(text) => text.clone(),
        Value::Secret(_) => String::new(),
    };
    (text, unit)
}

/// The largest unit of time in which the value is a whole number.
fn unit_of(key: &SettingKey, value: &Value) -> (i64, &'static str) {
    match value {
        Value::Integer(number) if wording::is_seconds(key) => match number {
            0 => (1, "s"),
            number if number % 3_600 == 0 => (3_600, "h"),
            number if number % 60 == 0 && *number >= 300 => (60, "min"),
            _ => (1, "s"),
        },
        _ => (1, ""),
    }
}

/// What families take, those that take the same together.
fn limit_lines(profiles: &[&Profile], template: &Template, key: &SettingKey) -> Vec<String> {
    let mut alike: Vec<(String, Vec<String>)> = Vec::new();
    let mut lacking: BTreeSet<String> = BTreeSet::new();
    for stand in stands(profiles.iter().copied(), template, key) {
        let whom = short(&stand.whom());
        let words = match &stand.stand {
            Stand::Takes(limit) => limit.words(key),
            Stand::AsksWhere(_) => "where it stands is chosen below".to_owned(),
            Stand::Lacks(_) => {
                lacking.insert(whom);
                continue;
            }
        };
        match alike.iter_mut().find(|(other, _)| *other == words) {
            Some((_, whoms)) => whoms.push(whom),
            None => alike.push((words, vec![whom])),
        }
    }
    let alone = alike.len() == 1 && lacking.is_empty();
    let mut lines: Vec<String> = alike
        .into_iter()
        .map(|(words, whoms)| match alone {
            true => words,
            false => format!("{}: {words}", wording::list(&whoms, 2)),
        })
        .collect();
    if !lacking.is_empty() {
        let lacking: Vec<String> = lacking.into_iter().collect();
        lines.push(format!("not on {}", wording::list(&lacking, 2)));
    }
    if lines.len() > MOST_LINES {
        let more = lines.len() - (MOST_LINES - 1);
        lines.truncate(MOST_LINES - 1);
        lines.push(format!("and {more} more kinds of limits"));
    }
    lines
}

/// A family's name without what stands in brackets.
fn short(name: &str) -> String {
    let name = name.split_once(" (").map_or(name, |(name, _)| name);
    name.to_owned()
}

fn against(
    page: &TemplatePage,
    registry: &ProfileRegistry,
    key: &SettingKey,
    field: &TypedField,
) -> Option<String> {
    let secret = field.kind == Some(SettingKind::Secret);
    if secret && field.text.is_empty() {
        let missing = page.secrets_missing.contains(key);
        return missing.then(|| "not at hand on this computer: type it again".to_owned());
    }
    let value = match field.value(key) {
        Ok(value) => value,
        Err(why) => return Some(why),
    };
    if page.families.is_empty() {
        return None;
    }
    let in_use = page.in_use(registry);
    let mut found =
        (in_use.iter()).flat_map(|each| each.objections_at(&page.contents, key, Some(&value)));
    let first = found.next()?;
    let said = match &value {
        Value::Secret(_) => "This".to_owned(),
        value => wording::value(key, &ShownValue::from(value)),
    };
    Some(if first.lacks {
        format!("{} cannot have it: {}", short(&first.whom()), first.why)
    } else {
        match &first.nearest {
            Some(nearest) => format!(
                "{said} is not what {} takes; nearest {}",
                short(&first.whom()),
                wording::value(key, &ShownValue::from(nearest))
            ),
            None => format!("{}: {}", short(&first.whom()), first.why),
        }
    })
}

/// A first value for a setting that is added.
pub fn first_value(registry: &ProfileRegistry, key: &SettingKey) -> Value {
    let setting = registry.all().find_map(|profile| profile.setting(key));
    match setting {
        Some(setting) if setting.kind == SettingKind::Integer => {
            Value::Integer(setting.min.unwrap_or(0).max(if wording::is_seconds(key) {
                60
            } else {
                0
            }))
        }
        Some(setting) if setting.kind == SettingKind::Choice => {
            Value::Text(setting.choices.keys().next().cloned().unwrap_or_default())
        }
        Some(setting) if setting.kind == SettingKind::Secret => Value::Secret(Secret::new("")),
        _ if key.as_str() == "server.host" => Value::Text("gps.example.net".to_owned()),
        _ => Value::Text(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> SettingKey {
        SettingKey::new(text).unwrap()
    }

    fn page(settings: &[(&str, Value)]) -> TemplatePage {
        let mut template = Template::empty("Vans", 2);
        for (name, value) in settings {
            template.settings.insert(key(name), value.clone());
        }
        TemplatePage {
            name: "Vans".into(),
            version: 2,
            contents: Arc::new(template),
            families: vec!["meitrack".into(), "teltonika-fmb".into()],
            ..TemplatePage::default()
        }
    }

    #[test]
    fn a_value_that_a_family_in_use_cannot_hold_is_said_while_it_is_typed_and_kept_after_a_pause() {
        let registry = ProfileRegistry::shipped();
        let moving = key("report.moving_interval_s");
        let page = page(&[(moving.as_str(), Value::Integer(3_600))]);
        let mut form = TemplateForm::default();
        form.follow(&page, &registry);
        let field = form.fields.get_mut(&moving).unwrap();
        assert_eq!((field.text.as_str(), field.unit), ("1", (3_600, "h")));
        assert_eq!(field.against, None);
        assert!(!field.limits.is_empty());
        field.text = "7 s".into();
        field.waits_since = Some(10.0);
        form.check(&page, &registry, &moving);
        let against = form.fields[&moving].against.clone().unwrap();
        assert!(against.contains("nearest 10 s"), "{against}");
        assert_eq!(form.due(10.3), []);
        assert_eq!(
            form.due(10.7),
            [TemplateEdit::Set(moving.clone(), Value::Integer(7))]
        );
        assert_eq!(form.due(99.0), [], "it is kept once");
        let field = form.fields.get_mut(&moving).unwrap();
        field.text = "7x".into();
        field.waits_since = Some(20.0);
        form.check(&page, &registry, &moving);
        assert!(form.fields[&moving].against.is_some());
        assert_eq!(
            form.due(f64::INFINITY),
            [],
            "what means nothing is not kept"
        );
    }

    #[test]
    fn a_secret_is_kept_only_when_it_was_typed_to_its_end_and_then_leaves_the_field() {
        let registry = ProfileRegistry::shipped();
        let password = key("apn.password");
        let mut page = page(&[]);
        let mut template = (*page.contents).clone();
        template.missing_secrets.insert(password.clone());
        page.contents = Arc::new(template);
        let mut form = TemplateForm::default();
        form.follow(&page, &registry);
        let field = form.fields.get_mut(&password).unwrap();
        field.text = "canary".into();
        field.waits_since = Some(1.0);
        assert_eq!(form.due(50.0), []);
        let kept = form.due(f64::INFINITY);
        assert_eq!(kept.len(), 1);
        assert!(!format!("{kept:?}").contains("canary"));
        assert!(form.fields[&password].text.is_empty());
    }

    #[test]
    fn a_field_that_lost_the_keyboard_without_a_word_is_found_and_let_go() {
        let registry = ProfileRegistry::shipped();
        let moving = key("report.moving_interval_s");
        let page = page(&[(moving.as_str(), Value::Integer(30))]);
        let mut form = TemplateForm::default();
        form.follow(&page, &registry);
        let field = form.fields.get_mut(&moving).unwrap();
        field.text = "300".into();
        (field.held, field.typed, field.waits_since) = (true, true, Some(1.0));
        assert!(!form.is_held_without(|_| true));
        assert!(form.is_held_without(|_| false));
        let kept = form.left_page();
        assert_eq!(
            kept,
            Some((
                "Vans".to_owned(),
                vec![TemplateEdit::Set(moving.clone(), Value::Integer(300))]
            ))
        );
        let field = &form.fields[&moving];
        assert!(!field.held);
        assert_eq!((field.text.as_str(), field.unit), ("5", (60, "min")));
    }
}
