//! Templates as text, by name and version: drafts that people work on, and released ones that never change. What stands in them is
//! read by `fleet::template`; secrets are not in them.

use super::columns::timestamp;
use super::{Inventory, InventoryError, Pending, units};
use fleet::Template;
use fleet::template::TemplateEdit;
use fleet::unit::Unit;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A template as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTemplate {
    /// Name.
    pub name: String,
    /// Version.
    pub version: u32,
    /// Whether clerks may use it; from then on it never changes.
    pub released: bool,
    /// The TOML, secrets as dots.
    pub toml: String,
    /// When it came in or was begun.
    pub created_at: Timestamp,
    /// Who brought it in or began it.
    pub made_by: String,
    /// Version that the draft was begun from.
    pub based_on: Option<u32>,
    /// When a person last changed it, and who.
    pub changed: Option<(Timestamp, String)>,
    /// When it was released, and by whom; templates of files are released as they come in.
    pub released_by: Option<(Timestamp, String)>,
}

impl StoredTemplate {
    /// A template of a file: released as it comes in.
    #[must_use]
    pub fn of_file(template: &Template, by: impl Into<String>, now: Timestamp) -> Self {
        let by = by.into();
        Self {
            name: template.name.clone(),
            version: template.version,
            released: true,
            toml: template.to_toml_redacted(),
            created_at: now,
            made_by: by.clone(),
            based_on: None,
            changed: None,
            released_by: Some((now, by)),
        }
    }

    /// What stands in it, secrets left out.
    ///
    /// # Errors
    /// When the row does not hold what this program wrote.
    pub fn contents(&self) -> Result<Template, InventoryError> {
        contents(&self.toml)
    }
}

/// How many units have a version of a template, by family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateUse {
    /// Version that they were last given.
    pub version: Option<u32>,
    /// Profile.
    pub profile: Option<String>,
    /// How many, retired ones left out.
    pub units: u64,
}

impl Inventory {
    /// Keeps a template; a released one never changes, and a draft of that version is not run over.
    pub fn save_template(&self, template: StoredTemplate) -> Pending<()> {
        self.write(move |connection| save(connection, &template))
    }

    /// Whether [`Self::save_template`] would take it; nothing is kept.
    pub fn may_save_template(&self, template: StoredTemplate) -> Pending<()> {
        self.read(move |connection| is_new(connection, &template).map(|_| ()))
    }

    /// Templates by name, newest version first.
    pub fn templates(&self) -> Pending<Vec<StoredTemplate>> {
        self.read(all)
    }

    /// Begins a draft: the next version of `first.name`, holding what `first` holds. Only one draft of a name at a time.
    pub fn begin_draft(
        &self,
        first: Template,
        based_on: Option<u32>,
        by: impl Into<String>,
        now: Timestamp,
    ) -> Pending<StoredTemplate> {
        let by = by.into();
        self.write(move |connection| begin(connection, first, based_on, by, now))
    }

    /// Carries out acts on the draft of that name, all or none.
    pub fn edit_draft(
        &self,
        name: impl Into<String>,
        edits: Vec<TemplateEdit>,
        by: impl Into<String>,
        now: Timestamp,
    ) -> Pending<StoredTemplate> {
        let (name, by) = (name.into(), by.into());
        self.write(move |connection| edit(connection, &name, edits, &by, now))
    }

    /// Releases the draft of that name, unless it is no longer the `checked` text.
    pub fn release_draft(
        &self,
        name: impl Into<String>,
        checked: impl Into<String>,
        by: impl Into<String>,
        now: Timestamp,
    ) -> Pending<StoredTemplate> {
        let (name, checked, by) = (name.into(), checked.into(), by.into());
        self.write(move |connection| release(connection, &name, &checked, &by, now))
    }

    /// Drops the draft of that name.
    pub fn drop_draft(&self, name: impl Into<String>) -> Pending<()> {
        let name = name.into();
        self.write(move |connection| {
            let dropped = connection
                .prepare_cached("DELETE FROM template WHERE name = ?1 AND released = 0")?
                .execute([&name])?;
            if dropped == 0 {
                return Err(no_draft(&name));
            }
            Ok(())
        })
    }

    /// How many units have which version of a template.
    pub fn template_use(&self, name: impl Into<String>) -> Pending<Vec<TemplateUse>> {
        let name = name.into();
        self.read(move |connection| used(connection, &name))
    }

    /// Profile and model of the units that have a template, each pair once, retired units left out.
    pub fn template_models(
        &self,
        name: impl Into<String>,
    ) -> Pending<Vec<(Option<String>, Option<String>)>> {
        let name = name.into();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT profile, model FROM unit
                 WHERE template = ?1 AND gone = 0 AND state <> 'retired' ORDER BY profile, model",
            )?;
            let rows = statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The first units that have a template, retired ones left out.
    pub fn units_with_template(&self, name: impl Into<String>, limit: u32) -> Pending<Vec<Unit>> {
        let name = name.into();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT row FROM unit WHERE template = ?1 AND gone = 0 AND state <> 'retired'
                 ORDER BY template_version, profile LIMIT ?2",
            )?;
            let rows: Vec<i64> = statement
                .query_map(params![name, limit], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let units = rows.into_iter().map(|row| units::unit_at(connection, row));
            units.collect()
        })
    }
}

const COLUMNS: &str = "name, version, released, toml, created_ms, made_by, based_on, changed_ms, changed_by, released_ms, released_by";

/// The same text again is no change; another text under a released version is refused.
fn save(connection: &Connection, template: &StoredTemplate) -> Result<(), InventoryError> {
    if is_new(connection, template)? {
        insert(connection, template)
    } else {
        Ok(())
    }
}

/// `false`: this version is there as it is.
fn is_new(connection: &Connection, template: &StoredTemplate) -> Result<bool, InventoryError> {
    let existing: Option<(bool, String)> = connection
        .prepare_cached("SELECT released, toml FROM template WHERE name = ?1 AND version = ?2")?
        .query_row(params![template.name, template.version], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    match existing {
        Some((true, toml)) if toml == template.toml => Ok(false),
        Some((true, _)) => Err(InventoryError::Other(format!(
            "template '{}' version {} is released and differs; give the new one a higher version",
            template.name, template.version
        ))),
        Some((false, _)) => Err(InventoryError::Other(format!(
            "a draft of template '{}' is already version {}; release or drop it, or give the new one another version",
            template.name, template.version
        ))),
        None => Ok(true),
    }
}

fn insert(connection: &Connection, template: &StoredTemplate) -> Result<(), InventoryError> {
    let (changed_at, changed_by) = parted(template.changed.as_ref());
    let (released_at, released_by) = parted(template.released_by.as_ref());
    connection
        .prepare_cached(&format!(
            "INSERT INTO template ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        ))?
        .execute(params![
            template.name,
            template.version,
            template.released,
            template.toml,
            template.created_at.as_millisecond(),
            template.made_by,
            template.based_on,
            changed_at,
            changed_by,
            released_at,
            released_by,
        ])?;
    super::search::facets::template_came(connection, &template.name, template.version)
}

fn parted(moment: Option<&(Timestamp, String)>) -> (Option<i64>, &str) {
    match moment {
        Some((at, by)) => (Some(at.as_millisecond()), by),
        None => (None, ""),
    }
}

fn begin(
    connection: &Connection,
    first: Template,
    based_on: Option<u32>,
    by: String,
    now: Timestamp,
) -> Result<StoredTemplate, InventoryError> {
    if let Some(problem) = Template::name_problem(&first.name) {
        return Err(InventoryError::Other(problem.to_owned()));
    }
    if draft(connection, &first.name)?.is_some() {
        return Err(InventoryError::Exists(format!(
            "a draft of '{}'",
            first.name
        )));
    }
    let newest: Option<u32> = connection
        .prepare_cached("SELECT max(version) FROM template WHERE name = ?1")?
        .query_row([&first.name], |row| row.get(0))?;
    let version = newest
        .unwrap_or(0)
        .checked_add(1)
        .ok_or_else(|| InventoryError::Other("there is no higher version number".to_owned()))?;
    let template = Template { version, ..first };
    let stored = StoredTemplate {
        name: template.name.clone(),
        version,
        released: false,
        toml: template.to_toml_redacted(),
        created_at: now,
        made_by: by.clone(),
        based_on,
        changed: Some((now, by)),
        released_by: None,
    };
    insert(connection, &stored)?;
    Ok(stored)
}

fn edit(
    connection: &Connection,
    name: &str,
    edits: Vec<TemplateEdit>,
    by: &str,
    now: Timestamp,
) -> Result<StoredTemplate, InventoryError> {
    let mut stored = draft(connection, name)?.ok_or_else(|| no_draft(name))?;
    let mut template = stored.contents()?;
    for edit in edits {
        template = template
            .edited(edit)
            .map_err(|refused| InventoryError::Other(refused.to_string()))?;
    }
    stored.toml = template.to_toml_redacted();
    stored.changed = Some((now, by.to_owned()));
    connection
        .prepare_cached(
            "UPDATE template SET toml = ?2, changed_ms = ?3, changed_by = ?4 WHERE name = ?1 AND released = 0",
        )?
        .execute(params![name, stored.toml, now.as_millisecond(), by])?;
    Ok(stored)
}

fn release(
    connection: &Connection,
    name: &str,
    checked: &str,
    by: &str,
    now: Timestamp,
) -> Result<StoredTemplate, InventoryError> {
    let mut stored = draft(connection, name)?.ok_or_else(|| no_draft(name))?;
    if stored.toml != checked {
        return Err(InventoryError::Other(
            "the draft was changed meanwhile; look at it again before it is released".to_owned(),
        ));
    }
    stored.released = true;
    stored.released_by = Some((now, by.to_owned()));
    connection
        .prepare_cached(
            "UPDATE template SET released = 1, released_ms = ?2, released_by = ?3 WHERE name = ?1 AND released = 0",
        )?
        .execute(params![name, now.as_millisecond(), by])?;
    Ok(stored)
}

fn no_draft(name: &str) -> InventoryError {
    InventoryError::NotFound(format!("a draft of '{name}'"))
}

fn draft(connection: &Connection, name: &str) -> Result<Option<StoredTemplate>, InventoryError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM template WHERE name = ?1 AND released = 0"
    ))?;
    let mut rows = statement.query([name])?;
    rows.next()?.map(understand).transpose()
}

/// All, by name, newest version first.
fn all(connection: &Connection) -> Result<Vec<StoredTemplate>, InventoryError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM template ORDER BY name, version DESC"
    ))?;
    let mut rows = statement.query([])?;
    let mut templates = Vec::new();
    while let Some(row) = rows.next()? {
        templates.push(understand(row)?);
    }
    Ok(templates)
}

fn understand(row: &Row<'_>) -> Result<StoredTemplate, InventoryError> {
    let moment = |at: usize, by: usize| -> Result<Option<(Timestamp, String)>, InventoryError> {
        let at: Option<i64> = row.get(at)?;
        let by: String = row.get(by)?;
        at.map(|at| Ok((timestamp(at)?, by))).transpose()
    };
    Ok(StoredTemplate {
        name: row.get(0)?,
        version: row.get(1)?,
        released: row.get(2)?,
        toml: row.get(3)?,
        created_at: timestamp(row.get(4)?)?,
        made_by: row.get(5)?,
        based_on: row.get(6)?,
        changed: moment(7, 8)?,
        released_by: moment(9, 10)?,
    })
}

fn contents(toml: &str) -> Result<Template, InventoryError> {
    Template::from_toml_redacted(toml).map_err(|problems| {
        let first = problems.first().map(ToString::to_string);
        InventoryError::BadRow(format!("a template: {}", first.unwrap_or_default()))
    })
}

fn used(connection: &Connection, name: &str) -> Result<Vec<TemplateUse>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT template_version, profile, count(*) FROM unit
         WHERE template = ?1 AND gone = 0 AND state <> 'retired'
         GROUP BY template_version, profile ORDER BY template_version DESC, profile",
    )?;
    let rows = statement.query_map([name], |row| {
        Ok(TemplateUse {
            version: row.get(0)?,
            profile: row.get(1)?,
            units: u64::try_from(row.get::<_, i64>(2)?).unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
