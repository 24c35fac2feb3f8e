//! What people decide about a question becomes an operation like any other, or nothing; and it can be taken back.

use super::super::{InventoryError, units};
use super::body::{Body, Kind};
use super::ops::{self, Doing, as_uuid};
use super::review::{self, Question, ReviewDecision, ReviewKind, ReviewValue, Subject, theirs};
use super::wire::{self, Row};
use super::{history, shown};
use fleet::UnitId;
use fleet::edit::{Edit, Field};
use fleet::unit::{Unit, UnitEvent, UnitEventKind, column_words};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use uuid::Uuid;

/// Carries out what a person decided.
pub(super) fn decide(
    connection: &Connection,
    op: Uuid,
    field: &str,
    decision: &ReviewDecision,
    by: &str,
    at: Timestamp,
) -> Result<(), InventoryError> {
    let question = review::one(connection, op, field)?;
    if question.decided.is_some() {
        return Err(InventoryError::NotFound(
            "this question, still open,".to_owned(),
        ));
    }
    let subject = review::subject(connection, &question)?;
    let kind = review::kind(&question, &subject);
    // As they stood before the decision.
    let values = review::values(&question, &kind, &subject);
    let (word, unit, body) = match (decision, &kind) {
        (
            ReviewDecision::KeepTheirs,
            ReviewKind::Gone | ReviewKind::Double | ReviewKind::Refused { .. },
        ) => ("forgotten", question.unit_id, None),
        (ReviewDecision::KeepTheirs, _) => ("theirs", question.unit_id, None),
        (ReviewDecision::UseMine, ReviewKind::Gone) => (
            "added",
            review::entered_under(connection, &question)?,
            Some(added_again(connection, &question, &subject)?),
        ),
        (ReviewDecision::UseMine, ReviewKind::Double) => {
            let body = moved(&question, &subject)?;
            ("moved", subject.number, Some(body))
        }
        (ReviewDecision::UseMine, _) => (
            "mine",
            review::entered_under(connection, &question)?,
            Some(over_theirs(connection, &question, None)?),
        ),
        (ReviewDecision::Edit(text), _) => {
            let (field, text) = edited_field(&question, &kind, text)?;
            let value = entered(&question, &subject, &field, text, at)?;
            (
                "edited",
                review::entered_under(connection, &question)?,
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
    tell(connection, &subject, decision, &values, by, at)?;
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
    subject: &Subject,
    decision: &ReviewDecision,
    values: &[ReviewValue],
    by: &str,
    at: Timestamp,
) -> Result<(), InventoryError> {
    let known: Option<i64> = connection
        .prepare_cached("SELECT row FROM unit WHERE unit_id = ?1")?
        .query_row([subject.number.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(row) = known else { return Ok(()) };
    let title = match decision {
        ReviewDecision::KeepTheirs => "Decided: theirs stays",
        ReviewDecision::UseMine => "Decided: ours is written",
        ReviewDecision::Edit(_) => "Decided: neither",
    };
    let both: Vec<String> = values
        .iter()
        .filter(|value| value.field != "settings")
        .take(4)
        .map(|value| {
            let name = column_words(&value.field);
            let ours = value.yours.as_deref().unwrap_or("empty");
            let theirs = value.theirs.as_deref().unwrap_or("empty");
            format!("{name}: ours {ours}, theirs {theirs}")
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

/// Which field is written instead, and with what.
fn edited_field<'a>(
    question: &Question,
    kind: &ReviewKind,
    typed: &'a str,
) -> Result<(String, &'a str), InventoryError> {
    let is_known = |field: &String| {
        // A rule may ask for a value that nobody gave.
        question.body.fields.contains_key(field)
            || (*kind != ReviewKind::Field && Field::of_key(field).is_some())
    };
    let known = match kind {
        ReviewKind::Field => Some(question.field.clone()),
        ReviewKind::Refused { field: Some(field) } => Some(field.clone()),
        ReviewKind::Refused { field: None } => {
            let named = typed.split_once('=');
            let named = named.and_then(|(key, value)| Some((Field::of_key(key.trim())?, value)));
            let (field, value) = named.ok_or_else(|| {
                let keys = Field::ALL.map(Field::key).join(", ");
                InventoryError::Refused(format!(
                    "which value was refused is not known. Write KEY=VALUE with one of {keys}"
                ))
            })?;
            return Ok((field.key().to_owned(), value));
        }
        _ => None,
    };
    known
        .filter(is_known)
        .map(|field| (field, typed))
        .ok_or_else(|| InventoryError::NotFound("one field that could be edited".to_owned()))
}

/// What a person typed instead, with the checks of every edit, as the column holds it; `None` where the column is left out.
fn entered(
    question: &Question,
    subject: &Subject,
    column: &str,
    typed: &str,
    at: Timestamp,
) -> Result<Option<Value>, InventoryError> {
    let Some(field) = Field::of_key(column) else {
        let was_refused = question.outcome == "rejected";
        if was_refused && review::can_be_left_out(column) && typed.trim().is_empty() {
            return Ok(None);
        }
        let way_on = match was_refused {
            _ if wire::is_identity(column) && was_refused => {
                "a unit with another number is another unit. Forget this one and add it with its right number"
            }
            true if review::can_be_left_out(column) => "leave it empty to send the rest without it",
            true => "send it again once the fleet table was mended, or forget the change",
            false => "keep theirs or use mine",
        };
        return Err(InventoryError::Refused(format!(
            "{} is nothing that people enter; {way_on}",
            column_words(column)
        )));
    };
    let edit =
        Edit::new(field, typed).map_err(|error| InventoryError::Refused(error.to_string()))?;
    let mut row = match &subject.row {
        Some(row) => row.clone(),
        None => review::new_values(&question.body),
    };
    let stands = theirs(question, column, subject.row.as_ref());
    row.insert(column.to_owned(), stands);
    let mut unit = match wire::unit_of(&row, at) {
        Some((unit, _)) => unit,
        // What it is known by may be what was refused; the value is the same in any unit.
        None => Unit::new(UnitId::Hardware(String::new()), at),
    };
    edit.apply(&mut unit);
    let written = wire::row_of(&unit)?.get(column).cloned();
    Ok(Some(written.unwrap_or_default()))
}

/// Mine over what stands there now, or something else in one field, or without it.
fn over_theirs(
    connection: &Connection,
    question: &Question,
    instead: Option<(String, Option<Value>)>,
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
            Some((edited, None)) if *edited == field => continue,
            Some((edited, Some(value))) if *edited == field => value.clone(),
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
    if let Some((field, Some(value))) = instead
        && !question.body.fields.contains_key(&field)
    {
        let there = now.and_then(|row| row.get(&field).cloned());
        let is_new = question.body.kind == Kind::Create;
        changes.push((field, there.filter(|_| !is_new).unwrap_or_default(), value));
    }
    Ok(Body::of(question.body.kind, question.body.atomic, changes))
}

/// The unit as it was when it was deleted, or as it was known last, with my change.
fn added_again(
    connection: &Connection,
    question: &Question,
    subject: &Subject,
) -> Result<Body, InventoryError> {
    // The deleted row has columns that are not shown here, and what of it no unit here can have.
    let mut row = match (
        history::deleted_row(connection, question.unit_id)?,
        review::last_known(connection, question.unit_id)?,
        &subject.id,
    ) {
        (Some(row), ..) => row,
        (None, Some(unit), _) => wire::row_of(&unit)?,
        (None, None, Some(id)) => wire::row_of(&Unit::new(id.clone(), question.made_at))?,
        // A row that is known by nothing would only be refused, again and again.
        (None, None, None) => {
            return Err(InventoryError::NotFound(
                "the number that the deleted unit was known by".to_owned(),
            ));
        }
    };
    row.extend(review::new_values(&question.body));
    let mut changes = wire::difference(None, &row);
    changes.retain(|(_, _, new)| !new.is_null());
    Ok(Body::of(Kind::Create, false, changes))
}

/// My entries, for the unit that has the number already. What it is known by stays its own; where somebody added it by its serial alone, it gets its
/// IMEI or MEID with them, or it would be another unit for every bench that it is plugged into.
fn moved(question: &Question, subject: &Subject) -> Result<Body, InventoryError> {
    let there: &Row = subject.row.as_ref().ok_or_else(|| {
        InventoryError::NotFound(
            "the other unit; agree with the office database first, it".to_owned(),
        )
    })?;
    let mut changes = review::moving(question, Some(there));
    let mine = wire::difference(Some(there), &review::new_values(&question.body));
    changes.extend(mine.into_iter().filter(|(column, there, mine)| {
        wire::is_identity(column) && there.is_null() && !mine.is_null()
    }));
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
    let question = review::one(connection, op, field)?;
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
