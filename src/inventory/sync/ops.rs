//! The operations: what was done here and what the fleet database answered. Each function is called inside one transaction.

use super::super::InventoryError;
use super::body::{Body, Change, Kind, clash};
use super::wire::{self, Row};
use super::{asking, shown};
use fleet::unit::Unit;
use fleet_db::protocol::{Answer, FieldChange, Operation, OperationKind, Outcome};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most operations in one push.
const MOST_OPERATIONS: usize = 500;
/// Most bytes of operations in one push; the database takes 1 MiB.
const MOST_BYTES: usize = 900 << 10;

/// Who does what, and when.
pub(in crate::inventory) struct Doing<'a> {
    pub actor: &'a str,
    pub at: Timestamp,
    /// All or nothing: the facts of one finished job.
    pub atomic: bool,
    /// The operation's number, where the journal gives one.
    pub op_id: Option<Uuid>,
}

/// Notes that the unit is now to be as `after` says, and shows it so. The answer is the operation, if anything differs.
pub(in crate::inventory) fn write(
    connection: &Connection,
    after: &Unit,
    doing: &Doing<'_>,
) -> Result<Option<Uuid>, InventoryError> {
    let number = shown::number_of(connection, &after.id)?;
    let before = shown::row(connection, number)?;
    let known_there = is_known_there(connection, number)?;
    let mut changes = wire::changes(before.as_ref().filter(|_| known_there), after)?;
    for (_, base, new) in &mut changes {
        if let (Some(base), Value::Object(new)) = (base.as_object(), new) {
            fleet::odd_settings::keep_odd_ones(base, new);
        }
    }
    let kind = if known_there { Kind::Set } else { Kind::Create };
    if kind == Kind::Create {
        changes.retain(|(_, _, new)| !new.is_null());
        asking::entered_anew(connection, number, doing.at)?;
    }
    let op = if changes.is_empty() {
        None
    } else {
        Some(add(
            connection,
            number,
            Body::of(kind, doing.atomic, changes),
            doing,
        )?)
    };
    shown::refresh(connection, number, after.updated_at)?;
    Ok(op)
}

/// Whether the fleet database has the unit, or will have it once it was told what waits.
fn is_known_there(connection: &Connection, number: Uuid) -> Result<bool, InventoryError> {
    let known = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM base WHERE unit_id = ?1 AND row IS NOT NULL)
                 OR EXISTS (SELECT 1 FROM op WHERE unit_id = ?1 AND json_extract(body, '$.kind') = 'create' AND (outcome IS NULL
                        OR (outcome = 'applied' AND acked_pull >= (SELECT pulls_done FROM sync_state WHERE one = 1))))",
        )?
        .query_row([number.as_bytes()], |row| row.get(0))?;
    Ok(known)
}

/// Keeps an operation, or joins it to the one before it that was not sent yet.
pub(super) fn add(
    connection: &Connection,
    number: Uuid,
    body: Body,
    doing: &Doing<'_>,
) -> Result<Uuid, InventoryError> {
    let last: Option<(Vec<u8>, String, String)> = connection
        .prepare_cached(
            "SELECT op_id, body, actor FROM op
             WHERE unit_id = ?1 AND sent = 0 AND seq = (SELECT max(seq) FROM op WHERE unit_id = ?1)",
        )?
        .query_row([number.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    if let Some((op_id, older, actor)) = last {
        let op_id = as_uuid(&op_id)?;
        let older: Body = serde_json::from_str(&older)?;
        let same_job = doing.op_id == Some(op_id);
        let same_person = doing.op_id.is_none() && actor == doing.actor;
        if body.kind == Kind::Set
            && older.kind != Kind::Delete
            && older.atomic == body.atomic
            && (same_job || same_person)
        {
            // Its number stays only where a journal names it. A copy of this file may have sent the number with what it stood for before;
            // what it stands for now must then not be taken for done.
            let number = if same_job { op_id } else { Uuid::now_v7() };
            return join(connection, op_id, number, older.joined(body));
        }
    }
    let op_id = match doing.op_id {
        // Its content may never change again; what is new goes out under a number of its own.
        Some(told) if exists(connection, told)? => {
            Uuid::new_v5(&told, next_seq(connection)?.to_string().as_bytes())
        }
        Some(told) => told,
        None => Uuid::now_v7(),
    };
    connection
        .prepare_cached("INSERT INTO op (op_id, seq, unit_id, actor, body, made_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![
            op_id.as_bytes(),
            next_seq(connection)?,
            number.as_bytes(),
            doing.actor,
            serde_json::to_string(&body)?,
            doing.at.as_millisecond()
        ])?;
    Ok(op_id)
}

fn join(
    connection: &Connection,
    op_id: Uuid,
    number: Uuid,
    body: Body,
) -> Result<Uuid, InventoryError> {
    if body.fields.is_empty() {
        connection
            .prepare_cached("DELETE FROM op WHERE op_id = ?1")?
            .execute([op_id.as_bytes()])?;
    } else {
        connection
            .prepare_cached("UPDATE op SET op_id = ?2, body = ?3 WHERE op_id = ?1")?
            .execute(params![
                op_id.as_bytes(),
                number.as_bytes(),
                serde_json::to_string(&body)?
            ])?;
        if number != op_id {
            connection
                .prepare_cached("UPDATE review SET follow_op = ?2 WHERE follow_op = ?1")?
                .execute(params![op_id.as_bytes(), number.as_bytes()])?;
        }
    }
    Ok(number)
}

fn exists(connection: &Connection, op_id: Uuid) -> Result<bool, InventoryError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM op WHERE op_id = ?1)")?
        .query_row([op_id.as_bytes()], |row| row.get(0))?)
}

/// Numbers only grow, also when the newest operation was taken back before it was sent.
fn next_seq(connection: &Connection) -> Result<i64, InventoryError> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM op")?
        .query_row([], |row| row.get(0))?)
}

/// The oldest undecided operations, marked as sent: from now on their content never changes.
pub(super) fn take(
    connection: &Connection,
    but_not_of: &BTreeSet<Uuid>,
) -> Result<Vec<Operation>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT op_id, seq, unit_id, actor, body FROM op WHERE outcome IS NULL ORDER BY seq",
    )?;
    let mut rows = statement.query([])?;
    let (mut taken, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let unit_id = as_uuid(&row.get::<_, Vec<u8>>(2)?)?;
        if but_not_of.contains(&unit_id) {
            continue;
        }
        let body: String = row.get(4)?;
        bytes += body.len() + 200;
        if taken.len() >= MOST_OPERATIONS || (bytes > MOST_BYTES && !taken.is_empty()) {
            break;
        }
        let op_id = as_uuid(&row.get::<_, Vec<u8>>(0)?)?;
        taken.push(operation(
            op_id,
            row.get(1)?,
            unit_id,
            row.get(3)?,
            serde_json::from_str(&body)?,
        ));
    }
    drop(rows);
    let mut mark =
        connection.prepare_cached("UPDATE op SET sent = 1 WHERE op_id = ?1 AND sent = 0")?;
    for operation in &taken {
        mark.execute([operation.op_id.as_bytes()])?;
    }
    Ok(taken)
}

fn operation(op_id: Uuid, seq: i64, unit_id: Uuid, actor: String, body: Body) -> Operation {
    Operation {
        op_id,
        seq,
        unit_id,
        kind: match body.kind {
            Kind::Create => OperationKind::Create,
            Kind::Set => OperationKind::Set,
            Kind::Delete => OperationKind::Delete,
        },
        actor,
        atomic: body.atomic,
        fields: body
            .fields
            .into_iter()
            .map(|(name, change)| {
                let Change { base, new } = change;
                (name, FieldChange { base, new })
            })
            .collect(),
    }
}

/// Keeps what the fleet database answered, asks people where they must be asked, and shows the units anew.
pub(super) fn keep_answers(
    connection: &Connection,
    answers: &[Answer],
    at: Timestamp,
) -> Result<(), InventoryError> {
    let mut touched = BTreeSet::new();
    for answer in answers {
        let Some(word) = word(answer.outcome) else {
            continue;
        };
        let known: Option<(Vec<u8>, String)> = connection
            .prepare_cached("SELECT unit_id, body FROM op WHERE op_id = ?1 AND outcome IS NULL")?
            .query_row([answer.op_id.as_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((unit, body)) = known else {
            continue;
        };
        let detail = answer.detail.as_ref().filter(|detail| !detail.is_null());
        connection
            .prepare_cached(
                "UPDATE op SET outcome = ?2, detail = ?3, acked_ms = ?4,
                        acked_pull = (SELECT pulls_begun FROM sync_state WHERE one = 1) WHERE op_id = ?1",
            )?
            .execute(params![
                answer.op_id.as_bytes(),
                word,
                detail.map(ToString::to_string),
                at.as_millisecond()
            ])?;
        let body: Body = serde_json::from_str(&body)?;
        let server: Row = detail.map(clash).unwrap_or_default();
        asking::note(connection, answer.op_id, &body, answer.outcome, &server, at)?;
        // What was applied whole is shown already and stays so.
        if answer.outcome != Outcome::Applied {
            touched.insert(as_uuid(&unit)?);
        }
    }
    for unit in touched {
        shown::refresh(connection, unit, at)?;
    }
    Ok(())
}

/// The word that an outcome is kept under; none for one that decides nothing.
fn word(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Applied => Some("applied"),
        Outcome::Partial => Some("partial"),
        Outcome::Conflict => Some("conflict"),
        Outcome::Gone => Some("gone"),
        Outcome::Rejected => Some("rejected"),
        Outcome::Busy => None,
    }
}

pub(super) fn as_uuid(bytes: &[u8]) -> Result<Uuid, InventoryError> {
    Uuid::from_slice(bytes).map_err(|error| InventoryError::BadRow(error.to_string()))
}

/// Gives every unit that the fleet database was never told of its number and the operation that tells of it: rows that were
/// there before there was a fleet database. Answers how many.
pub(super) fn adopt(connection: &Connection, at: Timestamp) -> Result<u64, InventoryError> {
    let mut statement =
        connection.prepare_cached("SELECT row FROM unit WHERE unit_id IS NULL AND gone = 0")?;
    let rows: Vec<i64> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut adopted = 0;
    for row in rows {
        let unit = super::super::units::unit_at(connection, row)?;
        let doing = Doing {
            actor: "",
            at,
            atomic: false,
            op_id: None,
        };
        write(connection, &unit, &doing)?;
        adopted += 1;
    }
    Ok(adopted)
}
