//! Pushes that several benches share: making one known, hearing how far it is, having a unit for oneself, telling what became of it.
//!
//! What a push is and what its states mean is the benches' business; here it is JSON beside the few columns that decide who may have a unit.

use crate::fault::Fault;
use crate::session::{Session, get};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

/// How long a unit stays with a bench that says nothing more, seconds. A bench that works says so every third of it.
pub const HOLD_S: i32 = 60;
/// Pushes that are heard at once; more than a fleet ever has open.
const MOST: i64 = 500;

const SHARE: &str = "SELECT fleet.share_push($1, $2, $3, $4::text::jsonb, $5::text::jsonb, $6, $7::text::jsonb) AS new";
const OPEN: &str = "SELECT p.push_id, p.device_id, p.actor, p.about::text AS about, p.progress::text AS progress, p.changed
     FROM fleet.pushes p WHERE p.state NOT IN ('cancelled', 'ended') OR p.push_id = ANY ($1) ORDER BY p.begun_at LIMIT $2";
const UNITS: &str = "SELECT u.turn, u.standing, u.way, u.pilot, u.body::text AS body, u.device_id, u.actor, u.changed,
     coalesce(u.held_until > clock_timestamp(), false) AS held
     FROM fleet.push_units u WHERE u.push_id = $1 AND (u.changed > $2 AND u.changed <= $3 OR u.turn = ANY ($4)) ORDER BY u.turn";
const CLAIM: &str = "SELECT answer, actor FROM fleet.claim_push_unit($1, $2, $3, $4, $5, $6)";
const TELL: &str =
    "SELECT turn, taken FROM fleet.tell_push($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7)";
const HOLD: &str = "SELECT fleet.hold_push_units($1, $2, $3, $4)";

/// A push as the fleet database has it.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedPush {
    /// Its number.
    pub push: Uuid,
    /// The bench that began it.
    pub device: Uuid,
    /// Who that bench said to be.
    pub actor: Option<String>,
    /// What it is about, as that bench wrote it.
    pub about: Value,
    /// How it stands.
    pub progress: Value,
    /// Number of its newest change.
    pub changed: i64,
}

/// One unit of a shared push.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedUnit {
    /// Its place in the push.
    pub turn: i32,
    /// How far it is. Newer than the body while a bench begins with it.
    pub standing: String,
    /// By which way it is reached.
    pub way: String,
    /// Whether it belongs to the pilot.
    pub pilot: bool,
    /// The unit as the bench that did it last wrote it.
    pub body: Value,
    /// The bench that has it, or last had.
    pub device: Option<Uuid>,
    /// Who that bench says to be.
    pub actor: Option<String>,
    /// Number of the change.
    pub changed: i64,
    /// Whether that bench said lately that it works on it.
    pub held: bool,
}

/// A push as the bench that begins it tells it.
#[derive(Debug, Clone, Default)]
pub struct NewPush {
    /// What it is about.
    pub about: Value,
    /// How it stands.
    pub progress: Value,
    /// How many units go first.
    pub pilot: i32,
    /// Its units, each with `turn`, `standing`, `way`, `pilot` and `attempts` beside what else is kept of it.
    pub units: Vec<Value>,
}

/// Whether a bench may do a unit now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushAnswer {
    /// It may: nobody else will.
    Mine,
    /// Another bench has it in hand.
    Held(Option<String>),
    /// Nothing is left to do for it.
    Done(Option<String>),
    /// The pilot has all its units already.
    PilotFirst,
    /// The push does not run.
    NotRunning,
    /// The database does not know this push or this unit of it.
    Unknown,
}

/// What a bench tells of a push.
#[derive(Debug, Clone, Default)]
pub struct TellPush {
    /// Up to which change it has heard.
    pub heard: i64,
    /// How the push stands, where this bench changed that.
    pub progress: Option<Value>,
    /// Units, each with `turn`, `standing`, `way`, `pilot` and `in_hand` beside what else is kept of it.
    pub units: Vec<Value>,
}

impl Session {
    /// Makes a push known to the other benches; telling it again changes nothing. Whether it was new.
    ///
    /// # Errors
    /// When the connection breaks, a right is missing, or the database is too old to keep pushes.
    pub async fn share_push(
        &self,
        push: Uuid,
        device: Uuid,
        actor: &str,
        new: &NewPush,
    ) -> Result<bool, Fault> {
        let statement = self.statement(SHARE).await?;
        let units = Value::Array(new.units.clone()).to_string();
        let (about, progress) = (new.about.to_string(), new.progress.to_string());
        let rows = self
            .query(
                &statement,
                &[
                    &push, &device, &actor, &about, &progress, &new.pilot, &units,
                ],
            )
            .await?;
        get(first(&rows)?, "new")
    }

    /// Pushes that are open, and those of `also` whatever became of them.
    ///
    /// # Errors
    /// When the connection breaks, a right is missing, or the database is too old to keep pushes.
    pub async fn shared_pushes(&self, also: &[Uuid]) -> Result<Vec<SharedPush>, Fault> {
        let statement = self.statement(OPEN).await?;
        let rows = self.query(&statement, &[&also, &MOST]).await?;
        let push = |row| {
            Ok(SharedPush {
                push: get(row, "push_id")?,
                device: get(row, "device_id")?,
                actor: get(row, "actor")?,
                about: json(row, "about")?,
                progress: json(row, "progress")?,
                changed: get(row, "changed")?,
            })
        };
        rows.iter().map(push).collect()
    }

    /// Units of a push whose newest change is after one and not after another, and those at the turns of `also`.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn push_units(
        &self,
        push: Uuid,
        after: i64,
        up_to: i64,
        also: &[i32],
    ) -> Result<Vec<SharedUnit>, Fault> {
        let statement = self.statement(UNITS).await?;
        let rows = self
            .query(&statement, &[&push, &after, &up_to, &also])
            .await?;
        let unit = |row| {
            Ok(SharedUnit {
                turn: get(row, "turn")?,
                standing: get(row, "standing")?,
                way: get(row, "way")?,
                pilot: get(row, "pilot")?,
                body: json(row, "body")?,
                device: get(row, "device_id")?,
                actor: get(row, "actor")?,
                changed: get(row, "changed")?,
                held: get(row, "held")?,
            })
        };
        rows.iter().map(unit).collect()
    }

    /// Asks for one unit of a push for this bench alone. After [`Fault::Disturbed`] ask again: the holder is told the same.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing; then it is not known who has the unit.
    pub async fn claim_push_unit(
        &self,
        push: Uuid,
        turn: i32,
        device: Uuid,
        actor: &str,
        way: &str,
    ) -> Result<PushAnswer, Fault> {
        let statement = self.statement(CLAIM).await?;
        let rows = self
            .query(&statement, &[&push, &turn, &device, &actor, &way, &HOLD_S])
            .await?;
        let row = first(&rows)?;
        let who: Option<String> = get(row, "actor")?;
        let answer: &str = get(row, "answer")?;
        Ok(match answer {
            "mine" => PushAnswer::Mine,
            "held" => PushAnswer::Held(who),
            "done" => PushAnswer::Done(who),
            "pilot" => PushAnswer::PilotFirst,
            "stopped" => PushAnswer::NotRunning,
            "unknown" => PushAnswer::Unknown,
            other => {
                return Err(Fault::not_understood(format!(
                    "the answer '{other}' about a unit of a push"
                )));
            }
        })
    }

    /// Tells what this bench did; answers for each turn whether its word was taken, and at -1 for the push as a whole.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing; telling it again is harmless.
    pub async fn tell_push(
        &self,
        push: Uuid,
        device: Uuid,
        actor: &str,
        told: &TellPush,
    ) -> Result<Vec<(i32, bool)>, Fault> {
        let statement = self.statement(TELL).await?;
        let progress = told.progress.as_ref().map(Value::to_string);
        let units = Value::Array(told.units.clone()).to_string();
        let rows = self
            .query(
                &statement,
                &[
                    &push,
                    &device,
                    &actor,
                    &told.heard,
                    &progress,
                    &units,
                    &HOLD_S,
                ],
            )
            .await?;
        rows.iter()
            .map(|row| Ok((get(row, "turn")?, get(row, "taken")?)))
            .collect()
    }

    /// Says that these units are still in this bench's hands.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn hold_push_units(
        &self,
        push: Uuid,
        device: Uuid,
        turns: &[i32],
    ) -> Result<(), Fault> {
        let statement = self.statement(HOLD).await?;
        self.query(&statement, &[&push, &device, &turns, &HOLD_S])
            .await
            .map(|_| ())
    }
}

fn first(rows: &[Row]) -> Result<&Row, Fault> {
    rows.first()
        .ok_or_else(|| Fault::not_understood("a question about a push had no answer"))
}

fn json(row: &Row, column: &str) -> Result<Value, Fault> {
    let text: &str = get(row, column)?;
    serde_json::from_str(text).map_err(|error| Fault::not_understood(format!("{column}: {error}")))
}
