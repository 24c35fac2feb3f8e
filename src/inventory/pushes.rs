//! Pushes as they are kept: each step in one transaction, so that a program that is cut off finds what was true.

use super::columns::timestamp;
use super::passing_over::{self, PassedOver};
use super::{Inventory, InventoryError, Pending, shared_pushes};
use fleet::UnitId;
use fleet::push::{Push, PushFacts, PushId, PushProgress, PushUnit, Standing};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// A push in lists: what it is about, how it stands, how many units stand how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRow {
    /// What it is about.
    pub facts: PushFacts,
    /// How it stands.
    pub progress: PushProgress,
    /// Units by standing.
    pub counts: BTreeMap<Standing, u64>,
    /// When it last changed.
    pub last: Timestamp,
}

/// A line of a push's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushLogLine {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What.
    pub what: String,
}

/// A step of a push, kept as a whole.
#[derive(Debug, Clone)]
pub struct PushStep {
    /// Which push.
    pub push: PushId,
    /// How it stands now.
    pub progress: PushProgress,
    /// Units that changed.
    pub units: Vec<PushUnit>,
    /// Who and what, for the log.
    pub log: Option<(String, String)>,
    /// When.
    pub now: Timestamp,
    /// Up to which change the other benches' side was heard with it; `None` where it is this bench's own doing.
    pub heard: Option<i64>,
}

impl Inventory {
    /// Keeps a new push with all its units.
    ///
    /// Answers the first unit that another push has open, and keeps nothing then.
    pub fn begin_push(&self, push: &Push) -> Pending<Option<UnitId>> {
        let (facts, progress, units) = (
            push.facts().clone(),
            push.progress().clone(),
            push.units().to_vec(),
        );
        self.write(move |connection| begin(connection, &facts, &progress, &units))
    }

    /// Keeps one step of a push. Answers which of its units another push of this bench has, and which units are free for others now.
    pub fn keep_push_step(&self, step: PushStep) -> Pending<PassedOver> {
        self.write(move |connection| keep(connection, &step))
    }

    /// A push with all its units.
    pub fn push(&self, id: PushId) -> Pending<Option<Push>> {
        self.read(move |connection| whole(connection, id))
    }

    /// Pushes, newest first.
    pub fn pushes(&self, limit: u32) -> Pending<Vec<PushRow>> {
        self.read(move |connection| rows(connection, limit))
    }

    /// Pushes that have not ended, and those in which a unit only answered: what a run of the program has to know of.
    pub fn open_pushes(&self) -> Pending<Vec<Push>> {
        self.read(|connection| {
            let ids: Vec<Vec<u8>> = connection
                .prepare_cached(
                    "SELECT push_id FROM push WHERE state NOT IN ('ended', 'cancelled')
                     OR push_id IN (SELECT push_id FROM push_unit WHERE standing IN ('sent', 'taken')) ORDER BY begun_ms",
                )?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let mut found = Vec::new();
            for id in ids {
                found.extend(whole(connection, push_id(&id)?)?);
            }
            Ok(found)
        })
    }

    /// What was done with a push, oldest first.
    pub fn push_log(&self, id: PushId) -> Pending<Vec<PushLogLine>> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT at_ms, by, what FROM push_log WHERE push_id = ?1 ORDER BY n",
            )?;
            let mut rows = statement.query([id.0.as_bytes().as_slice()])?;
            let mut lines = Vec::new();
            while let Some(row) = rows.next()? {
                lines.push(PushLogLine {
                    at: timestamp(row.get(0)?)?,
                    by: row.get(1)?,
                    what: row.get(2)?,
                });
            }
            Ok(lines)
        })
    }

    /// In which push each of these units is open, where it is in one.
    pub fn pushes_that_hold(&self, units: Vec<UnitId>) -> Pending<BTreeMap<UnitId, PushFacts>> {
        self.read(move |connection| {
            let mut holding = BTreeMap::new();
            for unit in units {
                let facts: Option<String> = connection
                    .prepare_cached(
                        "SELECT facts FROM push JOIN push_unit USING (push_id)
                         WHERE unit_kind = ?1 AND unit_id = ?2 AND standing IN ('waiting', 'sent') AND passed_over = 0",
                    )?
                    .query_row([unit.kind().as_str(), unit.as_str()], |row| row.get(0))
                    .optional()?;
                if let Some(facts) = facts {
                    holding.insert(unit, serde_json::from_str(&facts)?);
                }
            }
            Ok(holding)
        })
    }
}

pub(super) fn begin(
    connection: &Connection,
    facts: &PushFacts,
    progress: &PushProgress,
    units: &[PushUnit],
) -> Result<Option<UnitId>, InventoryError> {
    let mut held = connection.prepare_cached(
        "SELECT 1 FROM push_unit WHERE unit_kind = ?1 AND unit_id = ?2 AND standing IN ('waiting', 'sent') AND passed_over = 0",
    )?;
    for unit in units.iter().filter(|unit| unit.standing.is_open()) {
        if held.exists([unit.id.kind().as_str(), unit.id.as_str()])? {
            return Ok(Some(unit.id.clone()));
        }
    }
    insert(connection, facts, progress, units)?;
    Ok(None)
}

pub(super) fn insert(
    connection: &Connection,
    facts: &PushFacts,
    progress: &PushProgress,
    units: &[PushUnit],
) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "INSERT INTO push (push_id, facts, progress, state, begun_ms, last_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        )?
        .execute(params![
            facts.id.0.as_bytes().as_slice(),
            serde_json::to_string(facts)?,
            serde_json::to_string(progress)?,
            progress.state.word(),
            facts.begun.as_millisecond()
        ])?;
    for unit in units {
        connection
            .prepare_cached(
                "INSERT INTO push_unit (push_id, turn, unit_kind, unit_id, standing, body, passed_over) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                facts.id.0.as_bytes().as_slice(),
                unit.turn,
                unit.id.kind().as_str(),
                unit.id.as_str(),
                unit.standing.as_str(),
                serde_json::to_string(unit)?,
                unit.passed_over.is_some()
            ])?;
    }
    log(connection, facts.id, facts.begun, &facts.by, "Begun")
}

fn keep(connection: &Connection, step: &PushStep) -> Result<PassedOver, InventoryError> {
    let id = step.push.0.as_bytes().as_slice();
    let known: Option<String> = connection
        .prepare_cached("SELECT progress FROM push WHERE push_id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let progress = serde_json::to_string(&step.progress)?;
    let changed = connection
        .prepare_cached(
            "UPDATE push SET progress = ?2, state = ?3, last_ms = ?4 WHERE push_id = ?1",
        )?
        .execute(params![
            id,
            progress,
            step.progress.state.word(),
            step.now.as_millisecond()
        ])?;
    if changed == 0 {
        return Err(InventoryError::NotFound(format!("push {}", step.push)));
    }
    let mut passed_over = PassedOver::default();
    for unit in &step.units {
        let mut unit = unit.clone();
        passing_over::look(connection, step.push, &mut unit, &mut passed_over)?;
        connection
            .prepare_cached(
                "UPDATE push_unit SET standing = ?3, body = ?4, passed_over = ?5 WHERE push_id = ?1 AND turn = ?2",
            )?
            .execute(params![
                id,
                unit.turn,
                unit.standing.as_str(),
                serde_json::to_string(&unit)?,
                unit.passed_over.is_some()
            ])?;
        passing_over::free(connection, step.push, &unit, &mut passed_over)?;
    }
    if let Some((by, what)) = &step.log {
        log(connection, step.push, step.now, by, what)?;
    }
    match step.heard {
        Some(heard) => shared_pushes::heard(connection, step.push, heard)?,
        None => {
            let turns: Vec<i64> = step.units.iter().map(|unit| i64::from(unit.turn)).collect();
            let whole = known.as_ref() != Some(&progress);
            shared_pushes::mark(connection, step.push, &turns, whole)?;
        }
    }
    Ok(passed_over)
}

fn log(
    connection: &Connection,
    push: PushId,
    at: Timestamp,
    by: &str,
    what: &str,
) -> Result<(), InventoryError> {
    connection
        .prepare_cached("INSERT INTO push_log (push_id, at_ms, by, what) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            push.0.as_bytes().as_slice(),
            at.as_millisecond(),
            by,
            what
        ])?;
    Ok(())
}

fn whole(connection: &Connection, id: PushId) -> Result<Option<Push>, InventoryError> {
    let found: Option<(String, String)> = connection
        .prepare_cached("SELECT facts, progress FROM push WHERE push_id = ?1")?
        .query_row([id.0.as_bytes().as_slice()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((facts, progress)) = found else {
        return Ok(None);
    };
    let mut statement =
        connection.prepare_cached("SELECT body FROM push_unit WHERE push_id = ?1 ORDER BY turn")?;
    let mut rows = statement.query([id.0.as_bytes().as_slice()])?;
    let mut units = Vec::new();
    while let Some(row) = rows.next()? {
        units.push(serde_json::from_str::<PushUnit>(
            row.get_ref(0)?
                .as_str()
                .map_err(|error| InventoryError::BadRow(error.to_string()))?,
        )?);
    }
    Ok(Some(Push::recover(
        serde_json::from_str(&facts)?,
        serde_json::from_str(&progress)?,
        units,
    )))
}

fn rows(connection: &Connection, limit: u32) -> Result<Vec<PushRow>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT push_id, facts, progress, last_ms FROM push ORDER BY begun_ms DESC, push_id DESC LIMIT ?1",
    )?;
    let mut rows = statement.query([limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id: Vec<u8> = row.get(0)?;
        let mut counts = BTreeMap::new();
        let mut counting = connection.prepare_cached(
            "SELECT standing, count(*) FROM push_unit WHERE push_id = ?1 GROUP BY standing",
        )?;
        let mut by_standing = counting.query([id])?;
        while let Some(row) = by_standing.next()? {
            let word: String = row.get(0)?;
            let standing = Standing::ALL.into_iter().find(|each| each.as_str() == word);
            let standing = standing
                .ok_or_else(|| InventoryError::BadRow(format!("push_unit standing {word}")))?;
            counts.insert(
                standing,
                u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
            );
        }
        found.push(PushRow {
            facts: serde_json::from_str(&row.get::<_, String>(1)?)?,
            progress: serde_json::from_str(&row.get::<_, String>(2)?)?,
            counts,
            last: timestamp(row.get(3)?)?,
        });
    }
    Ok(found)
}

pub(super) fn push_id(bytes: &[u8]) -> Result<PushId, InventoryError> {
    uuid::Uuid::from_slice(bytes)
        .map(PushId)
        .map_err(|error| InventoryError::BadRow(format!("push id: {error}")))
}
