//! What screens list: search results, a unit's page, what is owed, templates, the bottom line.
//!
//! Each question runs beside the loop; the store answers from its own thread.

use super::context::Context;
use super::event::{Event, UnitEnded};
use super::state::{BenchFacts, BenchJob, DoneUnit, SearchAnswer, Status, TemplateFacts, UnitPage};
use crate::inventory::{Inventory, InventoryError, Named, StoredTemplate};
use fleet::journal::Verdict;
use fleet::setting::ShownValue;
use fleet::{Secret, Template, UnitId};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

/// Rows of a search that screens get; the rest is a count.
const SEARCH_ROWS: u32 = 200;
/// Timeline entries of a page.
const TIMELINE_ENTRIES: u32 = 500;

/// Tells screens the job on the bench.
pub(super) fn tell_job(context: &Context) {
    let job = context.picked.borrow().as_ref().map(|picked| BenchJob {
        customer: picked.customer.clone(),
        template: picked.template.name.clone(),
        template_version: picked.template.version,
        count: picked.count,
        done: picked.done,
        register: picked.register,
    });
    context.tell(Event::Job(job));
}

/// The last word on a unit in this run: for the command line, for 'done today' and for the count of the job.
pub(super) fn unit_ended(context: &Rc<Context>, ended: UnitEnded) {
    let good = matches!(
        ended.ending.verdict,
        Verdict::Verified | Verdict::AlreadySet | Verdict::NotVerified
    );
    if good && let Some(picked) = context.picked.borrow_mut().as_mut() {
        picked.done += 1;
    }
    tell_job(context);
    context.push_unit_ended(&ended);
    if let (Some(id), Some(model)) = (&ended.id, &ended.model) {
        context.tell(Event::UnitDone(DoneUnit {
            id: id.clone(),
            model: model.clone(),
            verdict: ended.ending.verdict,
            at: jiff::Timestamp::now(),
            seconds: ended.seconds,
        }));
    }
    context.tell(Event::UnitEnded(Box::new(ended)));
}

/// Answers a search. A newer one makes an older answer worthless, so only the newest is told.
pub(super) fn search(context: &Rc<Context>, query: String) {
    context.searched.replace(query.clone());
    let number = context.searches.get() + 1;
    context.searches.set(number);
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let begun = Instant::now();
        let answer = context
            .inventory
            .find_units(
                fleet::query::Query::parse(&query).unwrap_or_default(),
                SEARCH_ROWS,
                0,
            )
            .await;
        if context.searches.get() != number {
            return;
        }
        match answer {
            Ok(page) => context.tell(Event::Searched(SearchAnswer {
                query,
                rows: page.rows,
                total: page.total,
                took_ms: begun.elapsed().as_secs_f64() * 1000.0,
            })),
            Err(error) => context.toast(format!("The search failed: {error}"), true),
        }
    });
}

/// Opens a unit's page.
pub(super) fn open_unit(context: &Rc<Context>, id: UnitId) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let unit = context.inventory.unit(id.clone()).await;
        let timeline = context
            .inventory
            .timeline(id.clone(), TIMELINE_ENTRIES)
            .await;
        match (unit, timeline) {
            (Ok(Some(unit)), Ok(timeline)) => {
                context.shown_unit.replace(Some(unit.id.clone()));
                let id = unit.id.clone();
                context.tell(Event::UnitOpened(Box::new(UnitPage { unit, timeline })));
                super::hearing::opened(&context, id);
            }
            (Ok(None), _) => {
                context.shown_unit.replace(None);
                context.toast(
                    format!("Unit ...{} is not in the inventory", id.last_four()),
                    true,
                );
            }
            (Err(error), _) | (_, Err(error)) => {
                context.toast(format!("The unit cannot be opened: {error}"), true)
            }
        }
    });
}

/// What is on the screen may have changed: the open page and the search are told anew.
pub(super) fn shown_anew(context: &Rc<Context>) {
    if let Some(id) = context.shown_unit.borrow().clone() {
        open_unit(context, id);
    }
    let query = context.searched.borrow().clone();
    search(context, query);
}

/// A scan outside the bench opens the unit that it names.
pub(super) fn scanned(context: &Rc<Context>, text: &str, on_bench: bool) {
    let context = Rc::clone(context);
    let text = text.to_owned();
    tokio::task::spawn_local(async move {
        let tail: String = text
            .chars()
            .rev()
            .take(4)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let outcome = if on_bench {
            "ticked".to_owned()
        } else {
            match context.inventory.unit_named(text).await {
                Ok(Named::One(unit)) => {
                    open_unit(&context, unit.id.clone());
                    "opened".to_owned()
                }
                Ok(Named::Several(count)) => format!("fits {count} units"),
                _ => "is not on the bench and not in the inventory".to_owned(),
            }
        };
        context.last_scan.replace(Some((tail, outcome)));
        refresh(&context);
    });
}

/// Reads templates, owed registrations and counts anew and tells them.
pub(super) fn refresh(context: &Rc<Context>) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        if let Ok(templates) = context.inventory.templates().await {
            context.tell(Event::Templates(templates.iter().map(facts).collect()));
        }
        let waiting = context
            .inventory
            .registrations_owed()
            .await
            .unwrap_or_default();
        let counts = context.inventory.counts().await.ok();
        let entries = super::to_do::entries(&context, &waiting).await;
        context.tell(Event::ToDo(entries));
        let budget = context
            .account
            .as_ref()
            .and_then(|account| account.carrier.budget());
        context.tell(Event::Status(Status {
            registrations_waiting: u32::try_from(waiting.len()).unwrap_or(u32::MAX),
            waiting_since: waiting.iter().map(|registration| registration.since).min(),
            carrier_offline_since: context.offline_since.get(),
            carrier_calls: budget.map(|budget| (budget.remaining, budget.limit)),
            last_scan: context.last_scan.borrow().clone(),
            trouble: None,
        }));
        context.tell(Event::Bench(BenchFacts {
            name: context.bench.clone(),
            office: context.office.clone(),
            sandbox: context
                .account
                .as_ref()
                .is_some_and(|account| account.sandbox),
            carrier: context
                .account
                .as_ref()
                .map(|account| account.account.clone()),
            units: counts.map_or(0, |counts| counts.units),
            read_only: context.inventory.is_read_only(),
        }));
    });
}

/// Brings a template file into the inventory.
pub(super) fn import_template(context: &Rc<Context>, path: PathBuf) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let read = tokio::task::spawn_blocking(move || {
            std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
        })
        .await;
        let text = match read {
            Ok(Ok(text)) => text,
            Ok(Err(why)) => {
                return context.toast(format!("The template cannot be read: {why}"), true);
            }
            Err(_) => return,
        };
        let mut template = match Template::from_toml(&text) {
            Ok(template) => template,
            Err(problems) => {
                let first = problems
                    .first()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                return context.toast(
                    format!(
                        "The template has {} mistakes; the first: {first}",
                        problems.len()
                    ),
                    true,
                );
            }
        };
        if let Some(key) = template
            .unknown_keys(|key| context.registry.known_setting(key).is_some())
            .first()
        {
            return context.toast(format!("No unit family knows the setting {key}"), true);
        }
        template.retype(|key| context.registry.known_setting(key).map(|(kind, _)| kind));
        match context.inventory.save_template(stored(&template)).await {
            Ok(()) => {
                keep_secrets(&template);
                context.toast(
                    format!(
                        "{} version {} can now be picked",
                        template.name, template.version
                    ),
                    false,
                );
                refresh(&context);
            }
            Err(error) => context.toast(error.to_string(), true),
        }
    });
}

/// Keeps a checked template, released, with its secrets in the keychain.
///
/// # Errors
/// When that version is already there with other values, or the inventory cannot be written.
pub fn keep_template(inventory: &Inventory, template: &Template) -> Result<(), InventoryError> {
    inventory.save_template(stored(template)).wait()?;
    keep_secrets(template);
    Ok(())
}

fn stored(template: &Template) -> StoredTemplate {
    StoredTemplate {
        name: template.name.clone(),
        version: template.version,
        released: true,
        toml: template.to_toml_redacted(),
        created_at: jiff::Timestamp::now(),
    }
}

fn keychain_name(template: &Template, key: &fleet::SettingKey) -> String {
    format!("template {} {} {key}", template.name, template.version)
}

/// Secrets of a template stand in the keychain, never in the inventory. Without a keychain such a template must be imported again
/// in each run that uses it; picking it says so.
fn keep_secrets(template: &Template) {
    for (key, value) in &template.settings {
        if let fleet::Value::Secret(secret) = value
            && let Err(error) = crate::secrets::to_keychain(&keychain_name(template, key), secret)
        {
            tracing::warn!(%error, %key, "a template's secret could not be kept");
        }
    }
}

/// A template as the inventory keeps it, read, with its secrets from the keychain; `None` when one is missing.
#[must_use]
pub fn from_storage(toml: &str) -> Option<Template> {
    let mut template = Template::from_toml_redacted(toml).ok()?;
    for key in template.missing_secrets.clone() {
        let secret: Secret = crate::secrets::from_keychain(&keychain_name(&template, &key))
            .ok()
            .flatten()?;
        template.supply_secret(&key, secret);
    }
    Some(template)
}

fn facts(stored: &StoredTemplate) -> TemplateFacts {
    let read = Template::from_toml_redacted(&stored.toml).ok();
    let mut settings: std::collections::BTreeMap<_, _> = read
        .iter()
        .flat_map(|template| &template.settings)
        .map(|(key, value)| (key.clone(), ShownValue::from(value)))
        .collect();
    for key in read.iter().flat_map(|template| &template.missing_secrets) {
        settings.insert(key.clone(), ShownValue::Secret { secret_set: true });
    }
    TemplateFacts {
        name: stored.name.clone(),
        version: stored.version,
        released: stored.released,
        created_at: Some(stored.created_at),
        settings,
    }
}
