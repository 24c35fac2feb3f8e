//! Templates as text, by name and version. What stands in them is read by `fleet::template`; secrets are not in them.

use super::InventoryError;
use super::columns::timestamp;
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
    /// When it came in.
    pub created_at: Timestamp,
}

/// Keeps a template. The same text again is no change; another text under a released version is refused.
pub(super) fn save(
    connection: &Connection,
    template: &StoredTemplate,
) -> Result<(), InventoryError> {
    let existing: Option<(bool, String)> = connection
        .prepare_cached("SELECT released, toml FROM template WHERE name = ?1 AND version = ?2")?
        .query_row(params![template.name, template.version], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    match existing {
        Some((released, toml)) if toml == template.toml && (released || !template.released) => {
            return Ok(());
        }
        Some((true, _)) => {
            return Err(InventoryError::Other(format!(
                "template '{}' version {} is released and differs; give the new one a higher version",
                template.name, template.version
            )));
        }
        _ => {}
    }
    connection
        .prepare_cached(
            "INSERT INTO template (name, version, released, toml, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (name, version) DO UPDATE SET released = excluded.released, toml = excluded.toml, created_ms = excluded.created_ms",
        )?
        .execute(params![
            template.name,
            template.version,
            template.released,
            template.toml,
            template.created_at.as_millisecond()
        ])?;
    super::search::facets::template_came(connection, &template.name, template.version)
}

/// All, by name, newest version first.
pub(super) fn all(connection: &Connection) -> Result<Vec<StoredTemplate>, InventoryError> {
    let mut statement =
        connection.prepare_cached("SELECT name, version, released, toml, created_ms FROM template ORDER BY name, version DESC")?;
    let rows: Vec<_> = statement.query_map([], raw)?.collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(template, created)| {
            Ok(StoredTemplate {
                created_at: timestamp(created)?,
                ..template
            })
        })
        .collect()
}

fn raw(row: &Row<'_>) -> Result<(StoredTemplate, i64), rusqlite::Error> {
    let template = StoredTemplate {
        name: row.get(0)?,
        version: row.get(1)?,
        released: row.get(2)?,
        toml: row.get(3)?,
        created_at: Timestamp::UNIX_EPOCH,
    };
    Ok((template, row.get(4)?))
}
