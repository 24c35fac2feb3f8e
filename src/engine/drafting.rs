//! What people do to templates: begin a draft, work on it, compare, release; alike for screens and the command line.
//!
//! What a draft may hold is decided in `fleet::template`, what is kept by the inventory; here secrets go to where they are kept and
//! what a person should see of a template is put together.

use crate::inventory::{Inventory, InventoryError, StoredTemplate, TemplateUse};
use crate::secrets::TemplateSecrets;
use fleet::profile::ProfileRegistry;
use fleet::template::{
    Difference, InUse, ReleaseStop, Taken, TemplateEdit, difference, release_stops,
};
use fleet::unit::Unit;
use fleet::{Profile, SettingKey, Template, UnitId, Value};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most units that a template's page lists.
const UNITS_LISTED: u32 = 50;

/// From what a draft begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftStart {
    /// Nothing, under a new name.
    Empty(String),
    /// A version of the same name.
    Version(String, u32),
    /// What a unit was last read to hold, under a name.
    Unit(UnitId, String),
}

/// What people want of templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateWish {
    /// Show a version with what belongs to it.
    Open(String, u32),
    /// Begin a draft.
    Begin(DraftStart),
    /// Work on the draft of that name.
    Edit(String, Vec<TemplateEdit>),
    /// Release the draft of that name; the second is who does.
    Release(String, String),
    /// Drop the draft of that name.
    Drop(String),
    /// No version is looked at any more: what is shown of units need not be told anew.
    PutAway,
    /// Take the draft of that name back, if this run dropped it.
    TakeBack(String),
}

/// A draft that was dropped, secrets included: it lives in memory, so that it can be taken back while the program runs.
#[derive(Debug, Clone)]
pub struct DroppedDraft {
    contents: Template,
    based_on: Option<u32>,
}

impl DroppedDraft {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.contents.name
    }

    /// The version that it would have become.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.contents.version
    }
}

/// A version of a template with all that a person looks at before releasing or using it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplatePage {
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// What it holds, secrets left out.
    pub contents: Arc<Template>,
    /// What stands between a draft and its release; nothing for a released one.
    pub stops: Vec<ReleaseStop>,
    /// Secrets that are not at hand on this computer.
    pub secrets_missing: BTreeSet<SettingKey>,
    /// The version before it, with what it holds.
    pub former: Option<(u32, Arc<Template>)>,
    /// What changed since that version.
    pub changed: Vec<Difference>,
    /// How many units have which version, by family.
    pub used: Vec<TemplateUse>,
    /// Profiles of those units, known ones only.
    pub families: Vec<String>,
    /// Profile and model of those units, each pair once.
    pub models: Vec<(Option<String>, Option<String>)>,
    /// The first of those units.
    pub units: Vec<Unit>,
    /// What was left out when it was taken from a unit, once.
    pub left_out: Vec<(SettingKey, String)>,
}

impl TemplatePage {
    /// The units that have it: their families, and which of their models they are.
    #[must_use]
    pub fn in_use<'a>(&'a self, registry: &'a ProfileRegistry) -> Vec<InUse<'a>> {
        match self.models.is_empty() {
            false => in_use(registry, &self.models),
            true => (self.families.iter())
                .filter_map(|id| registry.get(id))
                .map(|profile| InUse::new(profile, [None]))
                .collect(),
        }
    }
}

/// Why something was not done to a template.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The inventory says no.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// It cannot be released yet.
    #[error("it cannot be released yet: {}", first_stop(.0))]
    Stopped(Vec<ReleaseStop>),
    /// The unit tells nothing that a template could hold.
    #[error("{0}")]
    Unit(String),
}

fn first_stop(stops: &[ReleaseStop]) -> String {
    stops.first().map(ReleaseStop::words).unwrap_or_default()
}

/// The way to templates.
#[derive(Clone)]
pub struct Drafts {
    /// Where they are kept.
    pub inventory: Inventory,
    /// Unit families.
    pub registry: ProfileRegistry,
    /// Where secrets are kept.
    pub secrets: Arc<TemplateSecrets>,
    /// Who works here.
    pub by: String,
}

impl Drafts {
    /// Begins a draft and answers its page.
    ///
    /// # Errors
    /// When there is one already, or what it begins from is not there.
    pub async fn begin(&self, start: DraftStart) -> Result<TemplatePage, DraftError> {
        let mut left_out = Vec::new();
        let (first, based_on) = match start {
            DraftStart::Empty(name) => {
                let name = name.trim().to_owned();
                let taken = self.inventory.templates().await?;
                if taken.iter().any(|template| template.name == name) {
                    return Err(InventoryError::Exists(format!("a template '{name}'")).into());
                }
                (Template::empty(name, 1), None)
            }
            DraftStart::Version(name, version) => {
                let stored = self.stored(&name, version).await?;
                (self.with_secrets(stored.contents()?).await, Some(version))
            }
            DraftStart::Unit(id, name) => {
                let taken = self.taken(id).await?;
                left_out.clone_from(&taken.left_out);
                (taken.into_draft(name.trim(), 1), None)
            }
        };
        let page = self.begun(first, based_on).await?;
        Ok(TemplatePage { left_out, ..page })
    }

    /// Begins a draft that holds what `first` holds.
    async fn begun(
        &self,
        first: Template,
        based_on: Option<u32>,
    ) -> Result<TemplatePage, DraftError> {
        let now = Timestamp::now();
        let begun = self
            .inventory
            .begin_draft(first.clone(), based_on, self.by.as_str(), now)
            .await?;
        let version = begun.version;
        self.keep_secrets(Template { version, ..first }).await;
        self.page_of(begun).await
    }

    async fn taken(&self, id: UnitId) -> Result<Taken, DraftError> {
        let last_four = id.last_four().to_owned();
        let unit = self.inventory.unit(id).await?;
        let unit = unit.ok_or_else(|| {
            DraftError::Unit(format!("unit ...{last_four} is not in the inventory"))
        })?;
        let profile = unit.profile.as_ref().and_then(|id| self.registry.get(id));
        let Some(profile) = profile.filter(|_| !unit.settings.is_empty()) else {
            return Err(DraftError::Unit(format!(
                "unit ...{last_four} was never read here, so there is nothing to take from it"
            )));
        };
        Ok(Taken::from_unit(&unit, profile))
    }

    /// Carries out acts on a draft and answers its page.
    ///
    /// # Errors
    /// When there is no such draft, or an act has no meaning there. Nothing is changed then.
    pub async fn edit(
        &self,
        name: &str,
        edits: Vec<TemplateEdit>,
    ) -> Result<TemplatePage, DraftError> {
        let now = Timestamp::now();
        let typed: Vec<(SettingKey, fleet::Secret)> = edits.iter().filter_map(secret_of).collect();
        let edited = self
            .inventory
            .edit_draft(name, edits, self.by.as_str(), now)
            .await?;
        if !typed.is_empty() {
            let mut template = Template::empty(edited.name.as_str(), edited.version);
            for (key, secret) in typed {
                template.settings.insert(key, Value::Secret(secret));
            }
            self.keep_secrets(template).await;
        }
        self.page_of(edited).await
    }

    /// Releases a draft, if nothing stands against it; `who` says so.
    ///
    /// # Errors
    /// When something does, or the draft was changed meanwhile.
    pub async fn release(&self, name: &str, who: &str) -> Result<TemplatePage, DraftError> {
        let draft = self.draft(name).await?;
        let page = self.page_of(draft.clone()).await?;
        if !page.stops.is_empty() {
            return Err(DraftError::Stopped(page.stops));
        }
        let by = [who.trim(), self.by.as_str()];
        let by: Vec<&str> = by.into_iter().filter(|each| !each.is_empty()).collect();
        let released = self
            .inventory
            .release_draft(name, draft.toml, by.join(", "), Timestamp::now())
            .await?;
        self.page_of(released).await
    }

    /// Drops a draft with its secrets. The answer is what can be taken back.
    ///
    /// # Errors
    /// When there is none.
    pub async fn drop_draft(&self, name: &str) -> Result<DroppedDraft, DraftError> {
        let draft = self.draft(name).await?;
        let contents = draft.contents()?;
        let keys = contents.missing_secrets.clone();
        let dropped = DroppedDraft {
            contents: self.with_secrets(contents).await,
            based_on: draft.based_on,
        };
        self.inventory.drop_draft(name).await?;
        let (secrets, version) = (Arc::clone(&self.secrets), draft.version);
        let name = name.to_owned();
        let _ = tokio::task::spawn_blocking(move || secrets.forget(&name, version, &keys)).await;
        Ok(dropped)
    }

    /// Begins a dropped draft anew as it was, and answers its page.
    ///
    /// # Errors
    /// When there is another draft of that name by now.
    pub async fn take_back(&self, dropped: DroppedDraft) -> Result<TemplatePage, DraftError> {
        self.begun(dropped.contents, dropped.based_on).await
    }

    /// A version with what belongs to it.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn page(&self, name: &str, version: u32) -> Result<TemplatePage, DraftError> {
        let stored = self.stored(name, version).await?;
        self.page_of(stored).await
    }

    /// What changed from one version to another.
    ///
    /// # Errors
    /// When one of them is not there.
    pub async fn compare(
        &self,
        name: &str,
        old: u32,
        new: u32,
    ) -> Result<Vec<Difference>, DraftError> {
        let old = self.stored(name, old).await?.contents()?;
        let new = self.stored(name, new).await?.contents()?;
        Ok(difference(
            &self.with_secrets(old).await,
            &self.with_secrets(new).await,
        ))
    }

    async fn page_of(&self, stored: StoredTemplate) -> Result<TemplatePage, DraftError> {
        let contents = stored.contents()?;
        let whole = self.with_secrets(contents.clone()).await;
        let used = self.inventory.template_use(stored.name.as_str()).await?;
        let families: BTreeSet<&str> = used
            .iter()
            .filter_map(|each| each.profile.as_deref())
            .filter(|id| self.registry.get(id).is_some())
            .collect();
        let models = self.inventory.template_models(stored.name.as_str()).await?;
        let in_use = in_use(&self.registry, &models);
        let all: Vec<&Profile> = self.registry.all().map(|profile| &**profile).collect();
        let stops = if stored.released {
            Vec::new()
        } else {
            release_stops(&whole, &in_use, all)
        };
        drop(in_use);
        let former = self.former(&stored).await?;
        let changed = match &former {
            Some((_, former)) => difference(&self.with_secrets((**former).clone()).await, &whole),
            None => Vec::new(),
        };
        let units = self
            .inventory
            .units_with_template(stored.name.as_str(), UNITS_LISTED)
            .await?;
        Ok(TemplatePage {
            families: families.iter().map(|id| (*id).to_owned()).collect(),
            models,
            name: stored.name,
            version: stored.version,
            contents: Arc::new(contents),
            stops,
            secrets_missing: whole.missing_secrets,
            former,
            changed,
            used,
            units,
            left_out: Vec::new(),
        })
    }

    /// The version that a draft was begun from, or else the released one before it.
    async fn former(
        &self,
        stored: &StoredTemplate,
    ) -> Result<Option<(u32, Arc<Template>)>, DraftError> {
        let all = self.inventory.templates().await?;
        let mut same = all.iter().filter(|each| each.name == stored.name);
        let former = same
            .clone()
            .find(|each| Some(each.version) == stored.based_on)
            .or_else(|| same.find(|each| each.released && each.version < stored.version));
        Ok(match former {
            Some(former) => Some((former.version, Arc::new(former.contents()?))),
            None => None,
        })
    }

    async fn stored(&self, name: &str, version: u32) -> Result<StoredTemplate, DraftError> {
        let all = self.inventory.templates().await?;
        let found = all
            .into_iter()
            .find(|each| each.name == name && each.version == version);
        found.ok_or_else(|| {
            InventoryError::NotFound(format!("template '{name}' version {version}")).into()
        })
    }

    async fn draft(&self, name: &str) -> Result<StoredTemplate, DraftError> {
        let all = self.inventory.templates().await?;
        let found = all
            .into_iter()
            .find(|each| each.name == name && !each.released);
        found.ok_or_else(|| InventoryError::NotFound(format!("a draft of '{name}'")).into())
    }

    /// The keychain may ask a person: no thread that others wait for does that.
    async fn with_secrets(&self, template: Template) -> Template {
        if template.missing_secrets.is_empty() {
            return template;
        }
        let (secrets, mut whole) = (Arc::clone(&self.secrets), template.clone());
        let supplied = tokio::task::spawn_blocking(move || {
            secrets.supply(&mut whole);
            whole
        });
        supplied.await.unwrap_or(template)
    }

    async fn keep_secrets(&self, template: Template) {
        let secrets = Arc::clone(&self.secrets);
        let kept = tokio::task::spawn_blocking(move || secrets.keep_all(&template)).await;
        if let Ok(Err(error)) = kept {
            tracing::warn!(%error, "a template's secret is kept only until the program ends");
        }
    }
}

/// The families that units belong to, by the profiles and models of their rows.
pub(super) fn in_use<'a>(
    registry: &'a ProfileRegistry,
    models: &'a [(Option<String>, Option<String>)],
) -> Vec<InUse<'a>> {
    let families: BTreeSet<&str> = models
        .iter()
        .filter_map(|(profile, _)| profile.as_deref())
        .collect();
    let of_family = |id: &'a str| {
        let of_it = models
            .iter()
            .filter(move |(profile, _)| profile.as_deref() == Some(id));
        let profile = registry.get(id)?;
        Some(InUse::new(
            profile,
            of_it.map(|(_, model)| model.as_deref()),
        ))
    };
    families.into_iter().filter_map(of_family).collect()
}

fn secret_of(edit: &TemplateEdit) -> Option<(SettingKey, fleet::Secret)> {
    match edit {
        TemplateEdit::Set(key, Value::Secret(secret)) => Some((key.clone(), secret.clone())),
        _ => None,
    }
}
