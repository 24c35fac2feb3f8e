//! The question of a pull, and how its rows become units.
//!
//! The columns of the fleet table are asked for one by one, as the database has them when the question is prepared: that costs the server
//! a fifth of building one JSON object for each row. Columns that this program does not know come along, so that a bench keeps them.

use crate::fault::Fault;
use crate::moment::Moment;
use crate::protocol::{Page, Position, PulledUnit};
use crate::session::get;
use crate::unit_row::{UnitRow, Writing, heads, write_bare, write_quoted, write_text};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write as _;
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Client, Error, Row, Statement};
use uuid::Uuid;

/// Columns before those of the unit.
const FIRST: usize = 10;
/// Different objects that are remembered while a page is read.
const MOST_OBJECTS: usize = 512;
/// From this schema on, blanked facts are told.
const TELLS_PURGES: i32 = 3;

/// A prepared question and the columns that it asks for.
pub(crate) struct Pulling {
    pub(crate) statement: Statement,
    heads: Vec<Vec<u8>>,
    types: Vec<Type>,
    tells_purges: bool,
}

impl Pulling {
    pub(crate) async fn prepare(client: &Client) -> Result<Self, Error> {
        let table = client
            .prepare("SELECT u.* FROM fleet.units u LIMIT 0")
            .await?;
        // An older fleet table is heard all the same, until the administrator brings it up to date.
        let tells_purges: bool = client
            .query_one("SELECT to_regclass('fleet.purges') IS NOT NULL", &[])
            .await?
            .try_get(0)?;
        let purged = if tells_purges {
            "(SELECT coalesce(max(p.rev), 0) FROM fleet.purges p)"
        } else {
            "0::bigint"
        };
        let mut wanted = String::new();
        for column in table.columns() {
            let name = column.name().replace('"', "\"\"");
            // Whatever has many forms comes as JSON writes it.
            let _ = if is_plain(column.type_()) {
                write!(wanted, ", u.\"{name}\"")
            } else {
                write!(wanted, ", to_jsonb(u.\"{name}\") AS \"{name}\"")
            };
        }
        // The head is a row of its own, since asking and sending it with each unit costs as much as half of the unit. OFFSET 0 keeps the units
        // one look-up each: else a large page is joined by reading the whole table, page after page.
        let question = format!(
            "SELECT h.rev AS head, (SELECT c.tag FROM fleet.sync_commits c WHERE c.rev = h.rev) AS head_tag, h.schema_version, h.min_client,
       EXISTS (SELECT 1 FROM fleet.sync_commits c WHERE c.rev = $1 AND c.tag = $2) AS same_history,
       (SELECT count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = 'fleet.units'::regclass AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       {purged} AS purged, NULL::bigint AS rev, NULL::uuid AS unit_id, false AS there{wanted}
  FROM (SELECT * FROM fleet.sync_head LIMIT 1) h LEFT JOIN fleet.units u ON false
 UNION ALL
SELECT NULL::bigint, NULL::uuid, NULL::int, NULL::int, NULL::boolean, NULL::bigint, NULL::bigint, p.rev, p.unit_id, u.id IS NOT NULL{wanted}
  FROM (SELECT r.rev, r.unit_id FROM fleet.unit_revs r
     WHERE (r.rev, r.unit_id) > ($3, $4) AND r.rev > $1 ORDER BY r.rev, r.unit_id LIMIT $5) p
  LEFT JOIN LATERAL (SELECT one.* FROM fleet.units one WHERE one.id = p.unit_id OFFSET 0) u ON true"
        );
        let statement = client.prepare(&question).await?;
        let columns = statement.columns().iter().skip(FIRST);
        Ok(Self {
            heads: heads(columns.clone().map(tokio_postgres::Column::name)),
            types: columns.map(|column| column.type_().clone()).collect(),
            statement,
            tells_purges,
        })
    }

    /// The page that these rows are.
    pub(crate) fn page(&self, rows: &[Row], position: &Position) -> Result<Page, Fault> {
        let no_head = || Fault::not_understood("the database has no revision");
        let (first, changed) = rows.split_first().ok_or_else(no_head)?;
        if at::<Option<i64>>(first, 0)?.is_none() {
            return Err(no_head());
        }
        let columns: i64 = get(first, "columns")?;
        if usize::try_from(columns).ok() != Some(self.types.len()) {
            return Err(Fault::disturbed(
                "the fleet table has been given other columns meanwhile",
            ));
        }
        let schema_version: i32 = get(first, "schema_version")?;
        if !self.tells_purges && schema_version >= TELLS_PURGES {
            return Err(Fault::disturbed(
                "the fleet table was just brought up to date",
            ));
        }
        let (mut writing, mut objects) = (Writing::new(&self.heads), Objects::default());
        let unit = |row| {
            Ok(PulledUnit {
                rev: at(row, 7)?,
                unit_id: at(row, 8)?,
                unit: at::<bool>(row, 9)?
                    .then(|| self.unit(row, &mut writing, &mut objects))
                    .transpose()?,
            })
        };
        let mut units = changed.iter().map(unit).collect::<Result<Vec<_>, _>>()?;
        // They come in order, which the question may not promise without costing a sort.
        let place = |unit: &PulledUnit| (unit.rev, unit.unit_id);
        if !units.is_sorted_by_key(place) {
            units.sort_unstable_by_key(place);
        }
        let same: bool = get(first, "same_history")?;
        Ok(Page {
            head: get(first, "head")?,
            head_tag: get(first, "head_tag")?,
            schema_version,
            purged: get(first, "purged")?,
            min_client: get(first, "min_client")?,
            // Who knows nothing yet cannot be on another history.
            same_history: same || position.tag.is_none(),
            rows: units,
        })
    }

    fn unit(
        &self,
        row: &Row,
        writing: &mut Writing<'_>,
        objects: &mut Objects,
    ) -> Result<UnitRow, Fault> {
        for (index, kind) in self.types.iter().enumerate() {
            write(writing, row, FIRST + index, kind, objects)?;
        }
        Ok(writing.end())
    }
}

/// Types that are read as they are.
fn is_plain(kind: &Type) -> bool {
    [
        Type::TEXT,
        Type::UUID,
        Type::BOOL,
        Type::INT4,
        Type::INT8,
        Type::JSONB,
        Type::TIMESTAMPTZ,
    ]
    .contains(kind)
}

fn write(
    writing: &mut Writing<'_>,
    row: &Row,
    index: usize,
    kind: &Type,
    objects: &mut Objects,
) -> Result<(), Fault> {
    macro_rules! column {
        ($type:ty, $write:expr) => {{
            let value = at::<Option<$type>>(row, index)?;
            writing.value(|to| match value {
                Some(value) => $write(to, value),
                None => to.extend_from_slice(b"null"),
            });
        }};
    }
    match *kind {
        Type::TEXT => column!(&str, write_text),
        Type::UUID => column!(Uuid, write_quoted),
        Type::TIMESTAMPTZ => column!(Moment, write_quoted),
        Type::BOOL => column!(bool, write_bare),
        Type::INT4 => column!(i32, write_bare),
        Type::INT8 => column!(i64, write_bare),
        _ => column!(RawJson<'_>, |to: &mut Vec<u8>, raw: RawJson<'_>| {
            to.extend_from_slice(objects.written(raw.0).as_bytes());
        }),
    }
    Ok(())
}

/// Objects of a page as they are kept. Units of a fleet have the same few settings.
#[derive(Default)]
struct Objects(HashMap<Vec<u8>, String>);

impl Objects {
    fn written(&mut self, raw: &[u8]) -> &str {
        if !self.0.contains_key(raw) {
            if self.0.len() >= MOST_OBJECTS {
                self.0.clear();
            }
            self.0.insert(raw.to_vec(), any_json(raw).to_string());
        }
        self.0.get(raw).map_or("null", String::as_str)
    }
}

/// JSON in its binary form, as it came.
struct RawJson<'row>(&'row [u8]);

impl<'row> FromSql<'row> for RawJson<'row> {
    fn from_sql(
        kind: &Type,
        raw: &'row [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(text_of(kind, raw)))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::JSON | Type::JSONB)
    }
}

/// JSON of whatever a person wrote in SQL. What this program cannot hold (a number beyond all bounds, nesting without end) comes as its
/// text: one odd value must not keep a bench from hearing all others.
pub(crate) struct AnyJson(pub(crate) Value);

impl<'row> FromSql<'row> for AnyJson {
    fn from_sql(
        kind: &Type,
        raw: &'row [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(any_json(text_of(kind, raw))))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::JSON | Type::JSONB)
    }
}

fn any_json(text: &[u8]) -> Value {
    // Read as it will stand in its row: one level deeper than by itself.
    let within = [b"[", text, b"]"].concat();
    match serde_json::from_slice::<[Value; 1]>(&within) {
        Ok([value]) => value,
        Err(_) => Value::String(String::from_utf8_lossy(text).into_owned()),
    }
}

/// The binary form of jsonb begins with the number of its version.
fn text_of<'row>(kind: &Type, raw: &'row [u8]) -> &'row [u8] {
    match raw.split_first() {
        Some((1, text)) if *kind == Type::JSONB => text,
        _ => raw,
    }
}

fn at<'row, T: FromSql<'row>>(row: &'row Row, index: usize) -> Result<T, Fault> {
    row.try_get(index)
        .map_err(|error| Fault::not_understood(crate::fault::chain(&error)))
}
