//! Templates as screens and jobs need them: brought in from files, listed, picked. Drafts are `drafting`'s business.

use super::context::Context;
use super::drafting::{Drafts, TemplateWish, in_use};
use super::event::{Event, Toast};
use super::lists::refresh;
use super::state::TemplateFacts;
use crate::inventory::{Inventory, InventoryError, StoredTemplate};
use crate::secrets::TemplateSecrets;
use fleet::profile::ProfileRegistry;
use fleet::profile::Variant;
use fleet::setting::ShownValue;
use fleet::template::{Objection, ReleaseStop, models_that_hold, release_stops};
use fleet::{Profile, SettingKey, Template};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// A template that somebody named.
pub(super) enum NamedTemplate {
    /// It can be worked with.
    Ready(Arc<Template>),
    /// It is not there.
    Gone,
    /// It is a draft, and no unit ever gets a draft.
    Draft,
    /// A secret of it is not at hand on this computer.
    SecretMissing(SettingKey),
}

impl NamedTemplate {
    /// Why it cannot be picked, for people.
    pub fn refusal(&self, name: &str, version: u32) -> Option<String> {
        Some(match self {
            Self::Ready(_) => return None,
            Self::Gone => format!("{name} version {version} is not in the inventory any more"),
            Self::Draft => {
                format!("{name} version {version} is a draft: it can be picked once it is released")
            }
            Self::SecretMissing(key) => format!(
                "{name} version {version}: its {} is not at hand on this computer. Bring its file in again, or type it into a new draft and release that",
                fleet::wording::setting(key)
            ),
        })
    }
}

impl Context {
    /// The template of that name and version, with its secrets, or the one on the bench.
    pub async fn named_template(&self, name: &str, version: u32) -> NamedTemplate {
        if let Some(picked) = self.picked.borrow().as_ref()
            && picked.template.name == name
            && picked.template.version == version
        {
            return NamedTemplate::Ready(Arc::clone(&picked.template));
        }
        let stored = self.inventory.templates().await.unwrap_or_default();
        let found = stored
            .into_iter()
            .find(|template| template.name == name && template.version == version);
        let Some(found) = found else {
            return NamedTemplate::Gone;
        };
        if !found.released {
            return NamedTemplate::Draft;
        }
        let Ok(mut template) = found.contents() else {
            return NamedTemplate::Gone;
        };
        let secrets = Arc::clone(&self.template_secrets);
        let supplied = tokio::task::spawn_blocking(move || {
            secrets.supply(&mut template);
            template
        });
        match supplied.await {
            Ok(template) => match template.missing_secrets.first() {
                Some(key) => NamedTemplate::SecretMissing(key.clone()),
                None => NamedTemplate::Ready(Arc::new(template)),
            },
            Err(_) => NamedTemplate::Gone,
        }
    }

    /// A template that a job was begun with.
    pub async fn template(&self, wanted: Option<&(String, u32)>) -> Option<Arc<Template>> {
        let (name, version) = wanted?;
        match self.named_template(name, *version).await {
            NamedTemplate::Ready(template) => Some(template),
            _ => None,
        }
    }
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
        let fit = match template_fit(&context.inventory, &context.registry, &template).await {
            Ok(fit) => fit,
            Err(error) => return context.toast(error.to_string(), true),
        };
        if let Some(stop) = fit.stops.first() {
            return context.toast(format!("It was not brought in. {}", stop.words()), true);
        }
        let by = context.actor();
        let stored = StoredTemplate::of_file(&template, by, jiff::Timestamp::now());
        match context.inventory.save_template(stored).await {
            Ok(()) => {
                context.toast(
                    format!(
                        "{} version {} can now be picked",
                        template.name, template.version
                    ),
                    false,
                );
                if let Some(first) = fit.objections.first() {
                    let more = match fit.objections.len() {
                        1 => String::new(),
                        all => format!(" And {} more: open it to see them.", all - 1),
                    };
                    context.toast(format!("{}{more}", first.words()), true);
                }
                let secrets = Arc::clone(&context.template_secrets);
                let kept = tokio::task::spawn_blocking(move || secrets.keep_all(&template)).await;
                if let Ok(Err(error)) = kept {
                    told_forgetful(&context, &error);
                }
                refresh(&context);
            }
            Err(error) => context.toast(error.to_string(), true),
        }
    });
}

fn told_forgetful(context: &Rc<Context>, error: &crate::secrets::SecretsError) {
    tracing::warn!(%error, "a template's secret could not be kept");
    context.toast(
        "Its password is kept only until the program is closed: this computer's keychain cannot be used",
        true,
    );
}

/// Does what people want of templates and tells what came of it.
pub(super) fn template_wish(context: &Rc<Context>, wish: TemplateWish) {
    let asked = Rc::clone(context);
    context.keep(async move {
        let context = asked;
        let drafts = drafts_of(&context);
        let lists_change = !matches!(wish, TemplateWish::Open(..));
        let shows = !matches!(wish, TemplateWish::Edit(..));
        let done = match wish {
            TemplateWish::Open(name, version) => drafts.page(&name, version).await,
            TemplateWish::Begin(start) => drafts.begin(start).await,
            TemplateWish::Edit(name, edits) => drafts.edit(&name, edits).await,
            TemplateWish::Release(name, who) => {
                let released = drafts.release(&name, &who).await;
                if let Ok(page) = &released {
                    let words = format!(
                        "{} v{} is released. Releasing sends nothing to units",
                        page.name, page.version
                    );
                    context.toast(words, false);
                }
                released
            }
            TemplateWish::Drop(name) => match drafts.drop_draft(&name).await {
                Ok(dropped) => {
                    let of_draft = (name.clone(), dropped.version());
                    let mut shown = context.shown_template.borrow_mut();
                    shown.take_if(|shown| *shown == of_draft);
                    drop(shown);
                    let mut kept = context.dropped_drafts.borrow_mut();
                    kept.insert(name.clone(), dropped);
                    drop(kept);
                    context.tell(Event::Toast(Toast {
                        text: format!("The draft of {name} is dropped"),
                        warning: false,
                        undo: Some(TemplateWish::TakeBack(name)),
                        unit: None,
                    }));
                    return refresh(&context);
                }
                Err(error) => Err(error),
            },
            TemplateWish::PutAway => {
                context.shown_template.replace(None);
                return;
            }
            TemplateWish::TakeBack(name) => {
                let dropped = context.dropped_drafts.borrow_mut().remove(&name);
                let Some(dropped) = dropped else {
                    let words = format!("The draft of {name} is not kept any more");
                    return context.toast(words, true);
                };
                match drafts.take_back(dropped.clone()).await {
                    Ok(page) => Ok(page),
                    Err(error) => {
                        // It can be tried again once what stands against it is gone.
                        let mut kept = context.dropped_drafts.borrow_mut();
                        kept.insert(name, dropped);
                        Err(error)
                    }
                }
            }
        };
        match done {
            Ok(page) => {
                // The list first: what is opened stands in it.
                if lists_change {
                    tell_templates(&context).await;
                }
                if shows {
                    let shown = (page.name.clone(), page.version);
                    context.shown_template.replace(Some(shown));
                }
                context.tell(Event::TemplateOpened(Box::new(page)));
            }
            Err(error) => {
                let mut words = error.to_string();
                if let Some(first) = words.get(..1).map(str::to_uppercase) {
                    words.replace_range(..1, &first);
                }
                context.toast(words, true);
            }
        }
    });
}

/// Which units have the template that is on the screen may have changed: its page is told anew, if it is still the one by then.
pub(super) fn shown_anew(context: &Rc<Context>) {
    let Some(shown) = context.shown_template.borrow().clone() else {
        return;
    };
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let page = drafts_of(&context).page(&shown.0, shown.1).await;
        if let Ok(page) = page
            && context.shown_template.borrow().as_ref() == Some(&shown)
        {
            context.tell(Event::TemplateOpened(Box::new(page)));
        }
    });
}

fn drafts_of(context: &Context) -> Drafts {
    Drafts {
        inventory: context.inventory.clone(),
        registry: context.registry.clone(),
        secrets: Arc::clone(&context.template_secrets),
        by: context.actor(),
    }
}

/// Reads the list anew and tells it.
pub(super) async fn tell_templates(context: &Rc<Context>) {
    if let Ok(templates) = context.inventory.templates().await {
        context.tell(Event::Templates(templates.iter().map(facts).collect()));
    }
}

/// Whom a template of a file can be put on, before it is brought in as released.
#[derive(Debug, Default)]
pub struct Fit {
    /// Why no unit at all could take it; such a file is not brought in.
    pub stops: Vec<ReleaseStop>,
    /// What units that have a template of this name could not take.
    pub objections: Vec<Objection>,
    /// Families of which some model can hold all of it, by name.
    pub families: Vec<String>,
    /// How many families cannot.
    pub others: usize,
}

/// Looks at whom a template can be put on.
///
/// # Errors
/// When the inventory cannot be read.
pub async fn template_fit(
    inventory: &Inventory,
    registry: &ProfileRegistry,
    template: &Template,
) -> Result<Fit, InventoryError> {
    let models = inventory.template_models(template.name.as_str()).await?;
    let in_use = in_use(registry, &models);
    let all: Vec<&Profile> = registry.all().map(|profile| &**profile).collect();
    let mut families = Vec::new();
    for profile in &all {
        let holding = models_that_hold(profile, template);
        let of_all: BTreeSet<String> = profile.variants.iter().map(Variant::kind_name).collect();
        match holding.len() {
            0 => {}
            some if some == of_all.len() => families.push(profile.name.clone()),
            _ => families.push(format!("{} (some models)", profile.name)),
        }
    }
    Ok(Fit {
        stops: release_stops(template, &[], all.iter().copied()),
        objections: (in_use.iter())
            .flat_map(|each| each.objections(template))
            .collect(),
        others: all.len() - families.len(),
        families,
    })
}

/// Keeps a checked template of a file, released; `by` brought it in. Its secrets go to the keychain and, for this run, to `secrets`.
///
/// # Errors
/// When that version is already there with other values, or the inventory cannot be written.
pub fn keep_template(
    inventory: &Inventory,
    template: &Template,
    by: &str,
    secrets: &TemplateSecrets,
) -> Result<(), InventoryError> {
    let stored = StoredTemplate::of_file(template, by, jiff::Timestamp::now());
    inventory.save_template(stored).wait()?;
    if let Err(error) = secrets.keep_all(template) {
        tracing::warn!(%error, "a template's secret could not be kept");
    }
    Ok(())
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
        released_by: stored.released_by.clone(),
        changed: stored.changed.clone(),
        based_on: stored.based_on,
        settings,
    }
}
