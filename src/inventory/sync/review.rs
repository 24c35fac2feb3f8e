//! What people must be asked about: edits that met another's edit, a deleted unit, or a refusal; and what a question shows.
//!
//! What a decision writes is the business of [`super::deciding`].

use super::super::columns::timestamp;
use super::super::{InventoryError, units};
use super::body::{Body, Kind, clash};
use super::ops::as_uuid;
use super::wire::{self, Row};
use super::{history, shown};
use fleet::UnitId;
use fleet::edit::Field;
use fleet::unit::Unit;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use uuid::Uuid;

/// Why a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewKind {
    /// Two people changed one field.
    Field,
    /// A finished job's facts differ from what another job or person wrote: which unit is in the drawer?
    Facts,
    /// The unit was deleted meanwhile.
    Gone,
    /// A unit with this number exists already: another office or a SQL user added it, or deleted it and added it anew.
    Double,
    /// The fleet database refused a value.
    Refused {
        /// Which field, where it is known.
        field: Option<String>,
    },
}

/// One field of a review entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewValue {
    /// Column's name.
    pub field: String,
    /// What this office wrote; `None` is empty.
    pub yours: Option<String>,
    /// What stands there; `None` is empty.
    pub theirs: Option<String>,
}

/// One thing that a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewEntry {
    /// The operation that it is about.
    pub op_id: Uuid,
    /// The field, where it is about one.
    pub field: Option<String>,
    /// The unit, where its identity is known.
    pub unit: Option<UnitId>,
    /// Why.
    pub kind: ReviewKind,
    /// What clashes.
    pub values: Vec<ReviewValue>,
    /// Who wrote yours, and when.
    pub yours_by: (String, Timestamp),
    /// Who wrote theirs, and when, where the fleet database told.
    pub theirs_by: Option<(String, Timestamp)>,
    /// When the clash was found.
    pub found_at: Timestamp,
    /// What the fleet database said when it refused, made harmless.
    pub said: Option<String>,
}

impl ReviewEntry {
    /// The column that was refused, where nobody enters it and the rest can go out without it: a text that a unit or a carrier told.
    #[must_use]
    pub fn can_go_without(&self) -> Option<&str> {
        let ReviewKind::Refused { field: Some(field) } = &self.kind else {
            return None;
        };
        let shown = self.values.iter().any(|value| value.field == *field);
        (shown && can_be_left_out(field)).then_some(field.as_str())
    }

    /// Whether it is not known which value was refused: a person names it, `KEY=VALUE`.
    #[must_use]
    pub fn may_be_any(&self) -> bool {
        self.kind == ReviewKind::Refused { field: None }
    }

    /// Whether what the unit is known by was refused: with another number it is another unit.
    #[must_use]
    pub fn is_about_its_number(&self) -> bool {
        matches!(&self.kind, ReviewKind::Refused { field: Some(field) } if wire::is_identity(field))
    }
}

/// Whether a row can be written without this column, and no person enters it.
pub(super) fn can_be_left_out(column: &str) -> bool {
    let known = fleet_db::columns::column(column);
    known.is_some_and(|column| column.default.is_none())
        && Field::of_key(column).is_none()
        && !wire::is_identity(column)
}

/// What a person decides about a review entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewDecision {
    /// Theirs stays, mine is dropped.
    KeepTheirs,
    /// Mine is written over theirs; a deleted unit is added again; entries of a double move to the unit that exists.
    UseMine,
    /// Something else is written. A fact that nobody enters can only be left out: nothing is written in its place. Where it is not known which
    /// value was refused, `KEY=VALUE`.
    Edit(String),
}

/// One stored question with the operation that it is about.
pub(super) struct Question {
    op_id: Uuid,
    pub field: String,
    theirs: Option<Value>,
    /// What a unit that is gone was known by.
    known_by: Option<Row>,
    found_at: Timestamp,
    pub unit_id: Uuid,
    actor: String,
    pub body: Body,
    pub made_at: Timestamp,
    pub outcome: String,
    detail: Value,
    pub decided: Option<String>,
}

/// The unit that a question is about, as it stands now.
pub(super) struct Subject {
    /// Its number: another one than the operation's where another row of the fleet table has the identity.
    pub number: Uuid,
    /// What stands there; `None` when there is no such unit here.
    pub row: Option<Row>,
    /// What it is known by, where that can be told.
    pub id: Option<UnitId>,
    /// It had the number of one that was refused for that, and was deleted since.
    pub was_in_the_way: bool,
}

const QUESTION: &str = "SELECT r.op_id, r.field, r.theirs, r.found_ms, o.unit_id, o.actor, o.body, o.made_ms, o.outcome, o.detail, r.decided
     FROM review r JOIN op o ON o.op_id = r.op_id";

fn question(row: &rusqlite::Row<'_>) -> Result<Question, InventoryError> {
    let json = |text: Option<String>| -> Result<Option<Value>, InventoryError> {
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    };
    let field: String = row.get(1)?;
    let told = json(row.get(2)?)?;
    let (theirs, known_by) = match told {
        Some(Value::Object(numbers)) if field.is_empty() => (None, Some(numbers)),
        told => (told, None),
    };
    Ok(Question {
        op_id: as_uuid(&row.get::<_, Vec<u8>>(0)?)?,
        field,
        theirs,
        known_by,
        found_at: timestamp(row.get(3)?)?,
        unit_id: as_uuid(&row.get::<_, Vec<u8>>(4)?)?,
        actor: row.get(5)?,
        body: serde_json::from_str(&row.get::<_, String>(6)?)?,
        made_at: timestamp(row.get(7)?)?,
        outcome: row.get::<_, Option<String>>(8)?.unwrap_or_default(),
        detail: json(row.get(9)?)?.unwrap_or_default(),
        decided: row.get(10)?,
    })
}

pub(super) fn one(
    connection: &Connection,
    op: Uuid,
    field: &str,
) -> Result<Question, InventoryError> {
    let mut statement =
        connection.prepare_cached(&format!("{QUESTION} WHERE r.op_id = ?1 AND r.field = ?2"))?;
    let mut rows = statement.query(params![op.as_bytes(), field])?;
    match rows.next()? {
        Some(row) => question(row),
        None => Err(InventoryError::NotFound("this question".to_owned())),
    }
}

/// All that is open, oldest first.
pub(super) fn open(connection: &Connection) -> Result<Vec<ReviewEntry>, InventoryError> {
    let mut statement = connection.prepare_cached(&format!(
        "{QUESTION} WHERE r.decided IS NULL ORDER BY r.found_ms, o.seq, r.field"
    ))?;
    let mut rows = statement.query([])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry(connection, question(row)?)?);
    }
    Ok(entries)
}

/// Those that were decided, newest first.
pub(super) fn decided(
    connection: &Connection,
) -> Result<Vec<(Uuid, Option<String>)>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT op_id, field FROM review WHERE decided IS NOT NULL ORDER BY decided_ms DESC LIMIT 1000",
    )?;
    let mut rows = statement.query([])?;
    let mut decided = Vec::new();
    while let Some(row) = rows.next()? {
        let field: String = row.get(1)?;
        let op = as_uuid(&row.get::<_, Vec<u8>>(0)?)?;
        decided.push((op, Some(field).filter(|field| !field.is_empty())));
    }
    Ok(decided)
}

fn entry(connection: &Connection, question: Question) -> Result<ReviewEntry, InventoryError> {
    let subject = subject(connection, &question)?;
    let kind = kind(&question, &subject);
    let theirs_by = match kind {
        // Who added it, or who deleted it.
        ReviewKind::Double => history::last_change_of(connection, subject.number, &[])?,
        ReviewKind::Gone if subject.was_in_the_way => {
            history::last_change_of(connection, subject.number, &[])?
        }
        _ => history::last_change_of(connection, question.unit_id, &fields_of(&question))?,
    };
    let said = question.detail.get("message").and_then(Value::as_str);
    let said = said
        .filter(|_| matches!(kind, ReviewKind::Refused { .. }))
        .map(fleet::printable::printable);
    Ok(ReviewEntry {
        op_id: question.op_id,
        said,
        values: values(&question, &kind, &subject),
        field: Some(question.field).filter(|field| !field.is_empty()),
        unit: subject.id,
        kind,
        yours_by: (question.actor, question.made_at),
        theirs_by,
        found_at: question.found_at,
    })
}

/// Units that open questions are about and whose history is not kept yet, those of the oldest questions; `again`: also where one is kept.
pub(super) fn without_history(
    connection: &Connection,
    again: bool,
) -> Result<Vec<Uuid>, InventoryError> {
    let mut statement = connection.prepare_cached(&format!(
        "{QUESTION} WHERE r.decided IS NULL ORDER BY r.found_ms, o.seq, r.field LIMIT 100"
    ))?;
    let mut rows = statement.query([])?;
    let mut units = Vec::new();
    while let Some(row) = rows.next()? {
        let question = question(row)?;
        let subject = subject(connection, &question)?;
        // What a rule of the table refused clashes with nobody.
        let with_others = !matches!(kind(&question, &subject), ReviewKind::Refused { .. });
        if with_others && (again || history::newest(connection, subject.number)? == 0) {
            units.push(subject.number);
        }
    }
    Ok(units)
}

/// Finds the unit that a question is about.
pub(super) fn subject(
    connection: &Connection,
    question: &Question,
) -> Result<Subject, InventoryError> {
    let refused_new = question.outcome == "rejected" && question.body.kind == Kind::Create;
    let in_the_way = added_before(question);
    if refused_new && in_the_way.is_none() {
        // It was never there. What stands under its number may be another unit, whose identity was corrected.
        let id = wire::identity(&new_values(&question.body));
        let number = entered_under(connection, question)?;
        let row = shown::row(connection, number)?;
        return Ok(Subject {
            number,
            row,
            id,
            was_in_the_way: false,
        });
    }
    let number = in_the_way.unwrap_or(question.unit_id);
    let row = shown::row(connection, number)?;
    if let Some(id) = row.as_ref().and_then(wire::identity) {
        return Ok(Subject {
            number,
            row,
            id: Some(id),
            was_in_the_way: false,
        });
    }
    let deleted = shown::base(connection, number)?.is_some_and(|base| base.row.is_none());
    let was_in_the_way = in_the_way.is_some() && deleted;
    let id = last_known(connection, question.unit_id)?.map(|unit| unit.id);
    let id = id
        .or_else(|| question.known_by.as_ref().and_then(wire::identity))
        .or_else(|| wire::identity(&new_values(&question.body)));
    let id = match id {
        None => known_in_history(connection, question.unit_id)?,
        known => known,
    };
    if question.outcome == "gone"
        && question.body.kind == Kind::Set
        && let Some(id) = &id
    {
        let now = shown::number_of(connection, id)?;
        if now != number
            && let Some(there) = shown::row(connection, now)?
        {
            return Ok(Subject {
                number: now,
                row: Some(there),
                id: Some(id.clone()),
                was_in_the_way,
            });
        }
    }
    Ok(Subject {
        number,
        row,
        id,
        was_in_the_way,
    })
}

/// The number that a question's operation goes out under when it is sent once more. That of a unit that never was may have become another one's.
pub(super) fn entered_under(
    connection: &Connection,
    question: &Question,
) -> Result<Uuid, InventoryError> {
    let is_new = question.body.kind == Kind::Create;
    match wire::identity(&new_values(&question.body)).filter(|_| is_new) {
        Some(id) => shown::number_of(connection, &id),
        None => Ok(question.unit_id),
    }
}

/// What a unit was known by, as the fleet database tells its beginning or its end.
fn known_in_history(
    connection: &Connection,
    number: Uuid,
) -> Result<Option<UnitId>, InventoryError> {
    let mut statement = connection
        .prepare_cached("SELECT change FROM fleet_history WHERE unit_id = ?1 ORDER BY n DESC")?;
    let mut rows = statement.query([number.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let change: Value = serde_json::from_str(&row.get::<_, String>(0)?)?;
        let whole = change.get("delete").or(change.get("insert"));
        if let Some(id) = whole.and_then(Value::as_object).and_then(wire::identity) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

pub(super) fn kind(question: &Question, subject: &Subject) -> ReviewKind {
    let told = |name: &str| question.detail.get(name).and_then(Value::as_str);
    match question.outcome.as_str() {
        // Deleted, and added anew under another number.
        "gone" if subject.number != question.unit_id => ReviewKind::Double,
        "gone" => ReviewKind::Gone,
        "rejected" if subject.was_in_the_way => ReviewKind::Gone,
        "rejected" if added_before(question).is_some() => ReviewKind::Double,
        "rejected" => ReviewKind::Refused {
            field: told("column")
                .filter(|column| !column.is_empty())
                .map(str::to_owned)
                .or_else(|| told("constraint").and_then(refused_field)),
        },
        _ if question.field.is_empty() => ReviewKind::Facts,
        _ => ReviewKind::Field,
    }
}

/// What a question shows of both sides.
pub(super) fn values(
    question: &Question,
    kind: &ReviewKind,
    subject: &Subject,
) -> Vec<ReviewValue> {
    let there = subject.row.as_ref();
    if let ReviewKind::Refused { field } = kind {
        return refused_values(question, field.as_deref(), there);
    }
    if *kind == ReviewKind::Double {
        return moving(question, there)
            .into_iter()
            .filter(|(field, ..)| field != "settings")
            .map(|(field, theirs, yours)| ReviewValue {
                yours: text(&yours),
                theirs: text(&theirs),
                field,
            })
            .collect();
    }
    let both = |field: String| {
        let change = question.body.fields.get(&field)?;
        Some(ReviewValue {
            yours: text(&change.new),
            theirs: text(&theirs(question, &field, there)),
            field,
        })
    };
    fields_of(question).into_iter().filter_map(both).collect()
}

/// What was refused: its field where that is known, otherwise all that people entered. What stands in a new row by itself is nobody's question.
fn refused_values(
    question: &Question,
    refused: Option<&str>,
    there: Option<&Row>,
) -> Vec<ReviewValue> {
    let fields = &question.body.fields;
    let known = refused.filter(|field| fields.contains_key(*field));
    let is_new = question.body.kind == Kind::Create;
    let of_people = |field: &str, new: &Value| {
        !(is_new && (field == "serial" || new.is_null() || is_default(field, new)))
            && field != "settings"
    };
    fields
        .iter()
        .filter(|(field, change)| match known {
            Some(known) => known == field.as_str(),
            None => of_people(field, &change.new),
        })
        .map(|(field, change)| ReviewValue {
            yours: text(&change.new),
            theirs: text(&theirs(question, field, there)),
            field: field.clone(),
        })
        .collect()
}

/// What of an operation differs from another row of the same identity, with what stands there. What it is known by is that row's own, and
/// what nobody entered is no entry.
pub(super) fn moving(question: &Question, there: Option<&Row>) -> Vec<(String, Value, Value)> {
    let mut changes = wire::difference(there, &new_values(&question.body));
    let whole = question.body.kind == Kind::Create;
    changes.retain(|(field, _, new)| {
        !wire::is_identity(field) && !(whole && (new.is_null() || is_default(field, new)))
    });
    changes
}

fn is_default(field: &str, value: &Value) -> bool {
    let default = fleet_db::columns::column(field).and_then(|column| column.default);
    default
        .and_then(|json| serde_json::from_str::<Value>(json).ok())
        .is_some_and(|default| default == *value)
}

/// Constraints are named after their column: `units_mdn_check`. Those of an administrator's own may name it anywhere: `units_model_house`.
fn refused_field(constraint: &str) -> Option<String> {
    let inside = constraint.strip_prefix("units_").unwrap_or(constraint);
    let own = inside
        .strip_suffix("_check")
        .or(inside.strip_suffix("_key"))
        .filter(|column| fleet_db::columns::column(column).is_some());
    if let Some(column) = own {
        return Some(column.to_owned());
    }
    let words = format!("_{constraint}_");
    let named = fleet_db::columns::UNIT_COLUMNS.iter().filter(|column| {
        let word = format!("_{}_", column.name);
        words.contains(&word)
    });
    named
        .max_by_key(|column| column.name.len())
        .map(|column| column.name.to_owned())
}

/// The unit that has the number already, where one was entered here that another had entered before.
fn added_before(question: &Question) -> Option<Uuid> {
    let refused = question.outcome == "rejected" && question.body.kind == Kind::Create;
    let other = question.detail.get("unit_id").filter(|_| refused)?;
    other.as_str()?.parse().ok()
}

/// The fields that a question is about: its one, or those that clash, or all.
fn fields_of(question: &Question) -> Vec<String> {
    if !question.field.is_empty() {
        return vec![question.field.clone()];
    }
    let clashing = clash(&question.detail);
    let of_interest = |name: &&String| clashing.is_empty() || clashing.contains_key(*name);
    question
        .body
        .fields
        .keys()
        .filter(of_interest)
        .cloned()
        .collect()
}

/// What stands there now. Until it was pulled, what the answer said stands there.
pub(super) fn theirs(question: &Question, field: &str, now: Option<&Row>) -> Value {
    let told = question
        .theirs
        .clone()
        .or_else(|| clash(&question.detail).get(field).cloned());
    let here = now.and_then(|row| row.get(field)).cloned();
    let seen = question.body.fields.get(field).map(|change| &change.base);
    match (told, here) {
        (Some(told), Some(here)) if Some(&here) == seen => told,
        (_, Some(here)) => here,
        (told, None) => told.unwrap_or_default(),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

pub(super) fn new_values(body: &Body) -> Row {
    body.fields
        .iter()
        .map(|(name, change)| (name.clone(), change.new.clone()))
        .collect()
}

/// A deleted unit as it was shown last.
pub(super) fn last_known(
    connection: &Connection,
    number: Uuid,
) -> Result<Option<Unit>, InventoryError> {
    let row: Option<i64> = connection
        .prepare_cached("SELECT row FROM unit WHERE unit_id = ?1")?
        .query_row([number.as_bytes()], |row| row.get(0))
        .optional()?;
    row.map(|row| units::unit_at(connection, row)).transpose()
}
