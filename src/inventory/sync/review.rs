//! What people must be asked about: edits that met another's edit, a deleted unit, or a refusal. What they decide becomes an
//! operation like any other, or nothing.

use super::super::{InventoryError, columns::timestamp, units};
use super::body::{Body, Kind, clash};
use super::ops::{self, Doing, as_uuid};
use super::wire::{self, Row};
use super::{history, shown};
use fleet::UnitId;
use fleet::unit::{UnitEvent, UnitEventKind};
use fleet_db::protocol::Outcome;
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
    /// A unit with this number exists already, under another row.
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
}

/// What a person decides about a review entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewDecision {
    /// Theirs stays, mine is dropped.
    KeepTheirs,
    /// Mine is written over theirs; a deleted unit is added again; entries of a double move to the unit that exists.
    UseMine,
    /// Something else is written.
    Edit(String),
}

/// Notes what must be asked about an answer.
pub(super) fn note(
    connection: &Connection,
    op: Uuid,
    body: &Body,
    outcome: Outcome,
    server: &Row,
    at: Timestamp,
) -> Result<(), InventoryError> {
    let whole = body.atomic || body.kind == Kind::Delete;
    let entries: Vec<(&str, Option<&Value>)> = match outcome {
        Outcome::Applied | Outcome::Busy => Vec::new(),
        Outcome::Conflict | Outcome::Partial if !whole => server
            .iter()
            .map(|(field, theirs)| (field.as_str(), Some(theirs)))
            .collect(),
        _ => vec![("", None)],
    };
    let mut insert = connection.prepare_cached(
        "INSERT INTO review (op_id, field, theirs, found_ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for (field, theirs) in entries {
        insert.execute(params![
            op.as_bytes(),
            field,
            theirs.map(Value::to_string),
            at.as_millisecond()
        ])?;
    }
    Ok(())
}

/// A refused entry of this unit is entered anew: its question is answered by that.
pub(super) fn entered_anew(
    connection: &Connection,
    number: Uuid,
    at: Timestamp,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "UPDATE review SET decided = 'edited', decided_ms = ?2 WHERE decided IS NULL AND op_id IN
                 (SELECT op_id FROM op WHERE unit_id = ?1 AND outcome = 'rejected' AND json_extract(body, '$.kind') = 'create')",
        )?
        .execute(params![number.as_bytes(), at.as_millisecond()])?;
    Ok(())
}

/// One stored question with the operation that it is about.
struct Question {
    op_id: Uuid,
    field: String,
    theirs: Option<Value>,
    found_at: Timestamp,
    unit_id: Uuid,
    actor: String,
    body: Body,
    made_at: Timestamp,
    outcome: String,
    detail: Value,
    decided: Option<String>,
}

const QUESTION: &str = "SELECT r.op_id, r.field, r.theirs, r.found_ms, o.unit_id, o.actor, o.body, o.made_ms, o.outcome, o.detail, r.decided
     FROM review r JOIN op o ON o.op_id = r.op_id";

fn question(row: &rusqlite::Row<'_>) -> Result<Question, InventoryError> {
    let json = |text: Option<String>| -> Result<Option<Value>, InventoryError> {
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    };
    Ok(Question {
        op_id: as_uuid(&row.get::<_, Vec<u8>>(0)?)?,
        field: row.get(1)?,
        theirs: json(row.get(2)?)?,
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

fn one(connection: &Connection, op: Uuid, field: &str) -> Result<Question, InventoryError> {
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
    let now = shown::row(connection, question.unit_id)?;
    let unit = match &now {
        Some(row) => wire::identity(row),
        None => last_known(connection, question.unit_id)?.map(|unit| unit.id),
    };
    let unit = unit.or_else(|| wire::identity(&new_values(&question.body)));
    let fields = fields_of(&question);
    let values = fields
        .iter()
        .filter_map(|field| {
            let change = question.body.fields.get(field)?;
            Some(ReviewValue {
                field: field.clone(),
                yours: text(&change.new),
                theirs: text(&theirs(&question, field, now.as_ref())),
            })
        })
        .collect();
    let theirs_by = history::last_change_of(connection, question.unit_id, &fields)?;
    Ok(ReviewEntry {
        op_id: question.op_id,
        field: Some(question.field.clone()).filter(|field| !field.is_empty()),
        unit,
        kind: kind(&question),
        values,
        yours_by: (question.actor, question.made_at),
        theirs_by,
        found_at: question.found_at,
    })
}

fn kind(question: &Question) -> ReviewKind {
    let told = |name: &str| question.detail.get(name).and_then(Value::as_str);
    match question.outcome.as_str() {
        "gone" => ReviewKind::Gone,
        "rejected" if question.body.kind == Kind::Create && other_unit(question).is_some() => {
            ReviewKind::Double
        }
        "rejected" => ReviewKind::Refused {
            field: told("column")
                .filter(|column| !column.is_empty())
                .map(str::to_owned)
                .or_else(|| refused_field(told("constraint")?)),
        },
        _ if question.field.is_empty() => ReviewKind::Facts,
        _ => ReviewKind::Field,
    }
}

/// Constraints are named after their column: `units_mdn_check`.
fn refused_field(constraint: &str) -> Option<String> {
    let inside = constraint.strip_prefix("units_")?;
    let column = inside
        .strip_suffix("_check")
        .or(inside.strip_suffix("_key"))?;
    Some(column.to_owned())
}

/// The unit that has the number already.
fn other_unit(question: &Question) -> Option<Uuid> {
    question.detail.get("unit_id")?.as_str()?.parse().ok()
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
fn theirs(question: &Question, field: &str, now: Option<&Row>) -> Value {
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

fn new_values(body: &Body) -> Row {
    body.fields
        .iter()
        .map(|(name, change)| (name.clone(), change.new.clone()))
        .collect()
}

/// A deleted unit as it was shown last.
fn last_known(
    connection: &Connection,
    number: Uuid,
) -> Result<Option<fleet::unit::Unit>, InventoryError> {
    let row: Option<i64> = connection
        .prepare_cached("SELECT row FROM unit WHERE unit_id = ?1")?
        .query_row([number.as_bytes()], |row| row.get(0))
        .optional()?;
    row.map(|row| units::unit_at(connection, row)).transpose()
}

/// Carries out what a person decided.
pub(super) fn decide(
    connection: &Connection,
    op: Uuid,
    field: &str,
    decision: &ReviewDecision,
    by: &str,
    at: Timestamp,
) -> Result<(), InventoryError> {
    let question = one(connection, op, field)?;
    if question.decided.is_some() {
        return Err(InventoryError::NotFound(
            "this question, still open,".to_owned(),
        ));
    }
    let kind = kind(&question);
    let (word, unit, body) = match (decision, &kind) {
        (
            ReviewDecision::KeepTheirs,
            ReviewKind::Gone | ReviewKind::Double | ReviewKind::Refused { .. },
        ) => ("forgotten", question.unit_id, None),
        (ReviewDecision::KeepTheirs, _) => ("theirs", question.unit_id, None),
        (ReviewDecision::UseMine, ReviewKind::Gone) => (
            "added",
            question.unit_id,
            Some(added_again(connection, &question)?),
        ),
        (ReviewDecision::UseMine, ReviewKind::Double) => {
            let other = other_unit(&question).unwrap_or(question.unit_id);
            ("moved", other, Some(moved(connection, &question, other)?))
        }
        (ReviewDecision::UseMine, _) => (
            "mine",
            question.unit_id,
            Some(over_theirs(connection, &question, None)?),
        ),
        (ReviewDecision::Edit(text), _) => {
            let field = edited_field(&question, &kind)?;
            let value = if text.is_empty() {
                Value::Null
            } else {
                Value::String(text.clone())
            };
            (
                "edited",
                question.unit_id,
                Some(over_theirs(connection, &question, Some((field, value)))?),
            )
        }
    };
    let follow = body
        .filter(|body| !body.fields.is_empty())
        .map(|body| {
            let op_id = Some(Uuid::now_v7());
            let doing = Doing {
                actor: by,
                at,
                atomic: body.atomic,
                op_id,
            };
            ops::add(connection, unit, body, &doing)
        })
        .transpose()?;
    tell(connection, &question, decision, by, at)?;
    connection
        .prepare_cached("UPDATE review SET decided = ?3, decided_ms = ?4, follow_op = ?5 WHERE op_id = ?1 AND field = ?2")?
        .execute(params![op.as_bytes(), field, word, at.as_millisecond(), follow.map(Uuid::into_bytes)])?;
    shown::refresh(connection, question.unit_id, at)?;
    if unit != question.unit_id {
        shown::refresh(connection, unit, at)?;
    }
    Ok(())
}

/// What was decided, and what was not chosen, on the unit's timeline: it can be brought back from there.
fn tell(
    connection: &Connection,
    question: &Question,
    decision: &ReviewDecision,
    by: &str,
    at: Timestamp,
) -> Result<(), InventoryError> {
    let now = shown::row(connection, question.unit_id)?;
    let known: Option<i64> = connection
        .prepare_cached("SELECT row FROM unit WHERE unit_id = ?1")?
        .query_row([question.unit_id.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(row) = known else { return Ok(()) };
    let title = match decision {
        ReviewDecision::KeepTheirs => "Decided: theirs stays",
        ReviewDecision::UseMine => "Decided: ours is written",
        ReviewDecision::Edit(_) => "Decided: neither",
    };
    let shown = |value: &Value| text(value).unwrap_or_else(|| "empty".to_owned());
    let both: Vec<String> = fields_of(question)
        .iter()
        .filter(|field| *field != "settings")
        .take(4)
        .filter_map(|field| {
            let mine = &question.body.fields.get(field)?.new;
            let name = fleet::unit::column_words(field);
            let theirs = theirs(question, field, now.as_ref());
            Some(format!(
                "{name}: ours {}, theirs {}",
                shown(mine),
                shown(&theirs)
            ))
        })
        .collect();
    let entry = UnitEvent {
        at,
        kind: UnitEventKind::Person,
        title: title.to_owned(),
        detail: both.join("; "),
        by: by.to_owned(),
    };
    units::add_entry(connection, row, &entry)
}

fn edited_field(question: &Question, kind: &ReviewKind) -> Result<String, InventoryError> {
    let only = match kind {
        ReviewKind::Field => Some(question.field.clone()),
        ReviewKind::Refused { field } => field
            .clone()
            .or_else(|| question.body.fields.keys().next().cloned()),
        _ => None,
    };
    only.filter(|field| question.body.fields.contains_key(field))
        .ok_or_else(|| InventoryError::NotFound("one field that could be edited".to_owned()))
}

/// Mine over what stands there now, or something else in one field.
fn over_theirs(
    connection: &Connection,
    question: &Question,
    instead: Option<(String, Value)>,
) -> Result<Body, InventoryError> {
    let now = shown::row(connection, question.unit_id)?;
    let mut changes = Vec::new();
    let asked = if question.field.is_empty() {
        question.body.fields.keys().cloned().collect()
    } else {
        vec![question.field.clone()]
    };
    for field in asked {
        let Some(change) = question.body.fields.get(&field) else {
            continue;
        };
        let new = match &instead {
            Some((edited, value)) if *edited == field => value.clone(),
            _ => change.new.clone(),
        };
        let base = if question.body.kind == Kind::Create {
            Value::Null
        } else {
            theirs(question, &field, now.as_ref())
        };
        if base != new {
            changes.push((field, base, new));
        }
    }
    Ok(Body::of(question.body.kind, question.body.atomic, changes))
}

/// The unit as it was known last, with my change.
fn added_again(connection: &Connection, question: &Question) -> Result<Body, InventoryError> {
    let mut row = match last_known(connection, question.unit_id)? {
        Some(unit) => wire::row_of(&unit)?,
        None => Row::new(),
    };
    row.extend(new_values(&question.body));
    let mut changes = wire::difference(None, &row);
    changes.retain(|(_, _, new)| !new.is_null());
    Ok(Body::of(Kind::Create, false, changes))
}

/// My entries, for the unit that has the number already. What it is known by stays its own.
fn moved(
    connection: &Connection,
    question: &Question,
    other: Uuid,
) -> Result<Body, InventoryError> {
    let there = shown::row(connection, other)?.ok_or_else(|| {
        InventoryError::NotFound(
            "the other unit; agree with the office database first, it".to_owned(),
        )
    })?;
    let mut changes = wire::difference(Some(&there), &new_values(&question.body));
    changes.retain(|(name, _, new)| !new.is_null() && !wire::is_identity(name));
    Ok(Body::of(Kind::Set, false, changes))
}

/// Takes a decision back: what it wrote is written back, and the question is open again.
pub(super) fn undo(
    connection: &Connection,
    op: Uuid,
    field: &str,
    by: &str,
    at: Timestamp,
) -> Result<(), InventoryError> {
    let follow: Option<Vec<u8>> = connection
        .prepare_cached(
            "SELECT follow_op FROM review WHERE op_id = ?1 AND field = ?2 AND decided IS NOT NULL",
        )?
        .query_row(params![op.as_bytes(), field], |row| row.get(0))
        .optional()?
        .ok_or_else(|| InventoryError::NotFound("a decision that could be undone".to_owned()))?;
    if let Some(follow) = follow {
        take_back(connection, &follow, by, at)?;
    }
    connection
        .prepare_cached("UPDATE review SET decided = NULL, decided_ms = NULL, follow_op = NULL WHERE op_id = ?1 AND field = ?2")?
        .execute(params![op.as_bytes(), field])?;
    let question = one(connection, op, field)?;
    shown::refresh(connection, question.unit_id, at)?;
    Ok(())
}

fn take_back(
    connection: &Connection,
    follow: &[u8],
    by: &str,
    at: Timestamp,
) -> Result<(), InventoryError> {
    let found: Option<(Vec<u8>, String, bool, bool)> = connection
        .prepare_cached(
            "SELECT unit_id, body, sent, seq = (SELECT max(seq) FROM op WHERE unit_id = o.unit_id) FROM op o WHERE op_id = ?1",
        )?
        .query_row([follow], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((unit, body, sent, is_last)) = found else {
        return Ok(());
    };
    let unit = as_uuid(&unit)?;
    if !sent && is_last {
        connection
            .prepare_cached("DELETE FROM op WHERE op_id = ?1")?
            .execute([follow])?;
    } else {
        let written: Body = serde_json::from_str(&body)?;
        let kind = match written.kind {
            Kind::Create => Kind::Delete,
            other => other,
        };
        let back = written
            .fields
            .into_iter()
            .map(|(name, change)| match kind {
                Kind::Delete => (name, change.new, Value::Null),
                _ => (name, change.new, change.base),
            })
            .collect();
        let doing = Doing {
            actor: by,
            at,
            atomic: written.atomic,
            op_id: Some(Uuid::now_v7()),
        };
        ops::add(
            connection,
            unit,
            Body::of(kind, written.atomic, back),
            &doing,
        )?;
    }
    shown::refresh(connection, unit, at)?;
    Ok(())
}
