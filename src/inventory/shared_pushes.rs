//! What is kept of pushes that other benches share: how far they were heard, and what they still have to be told.
//!
//! A mark that something has to be told is written with the step itself, so that a bench that was cut off tells it later.

use super::passing_over::{self, PassedOver};
use super::{Inventory, InventoryError, Pending, pushes};
use fleet::push::{Push, PushId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// The place of the push as a whole among its turns.
const WHOLE: i64 = -1;

/// What the other benches were not told yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Untold {
    /// Number of the change, where the push as a whole changed.
    pub whole: Option<i64>,
    /// Turns of units, each with the number of its change.
    pub turns: BTreeMap<u32, i64>,
}

impl Untold {
    /// Whether they know everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_none() && self.turns.is_empty()
    }
}

impl Inventory {
    /// Up to which change each shared push was heard.
    pub fn shared_pushes(&self) -> Pending<BTreeMap<PushId, i64>> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT push_id, heard FROM shared_push")?;
            let mut rows = statement.query([])?;
            let mut found = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let id: Vec<u8> = row.get(0)?;
                found.insert(pushes::push_id(&id)?, row.get(1)?);
            }
            Ok(found)
        })
    }

    /// From now on the push is shared; `anew` has everything of it told once more.
    pub fn share_push(&self, id: PushId, anew: bool) -> Pending<()> {
        self.write(move |connection| {
            heard(connection, id, 0)?;
            if !anew {
                return Ok(());
            }
            let turns: Vec<i64> = connection
                .prepare_cached("SELECT turn FROM push_unit WHERE push_id = ?1")?
                .query_map([id.0.as_bytes().as_slice()], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            mark(connection, id, &turns, true)
        })
    }

    /// The push was heard up to that change, and nothing of it was new here.
    pub fn note_heard(&self, id: PushId, up_to: i64) -> Pending<()> {
        self.write(move |connection| heard(connection, id, up_to))
    }

    /// Keeps a push of another bench. Answers which of its units a push of this bench has: those are passed over here.
    pub fn take_in_push(&self, push: &Push, up_to: i64) -> Pending<PassedOver> {
        let (facts, progress, mut units) = (
            push.facts().clone(),
            push.progress().clone(),
            push.units().to_vec(),
        );
        self.write(move |connection| {
            let mut passed_over = PassedOver::default();
            for unit in &mut units {
                passing_over::look(connection, facts.id, unit, &mut passed_over)?;
            }
            pushes::insert(connection, &facts, &progress, &units)?;
            heard(connection, facts.id, up_to)?;
            Ok(passed_over)
        })
    }

    /// What the other benches were not told yet.
    pub fn untold(&self, id: PushId) -> Pending<Untold> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT turn, number FROM push_untold WHERE push_id = ?1")?;
            let mut rows = statement.query([id.0.as_bytes().as_slice()])?;
            let mut untold = Untold::default();
            while let Some(row) = rows.next()? {
                let (turn, number): (i64, i64) = (row.get(0)?, row.get(1)?);
                match u32::try_from(turn) {
                    Ok(turn) => drop(untold.turns.insert(turn, number)),
                    Err(_) => untold.whole = Some(number),
                }
            }
            Ok(untold)
        })
    }

    /// They were told that much; what changed since then stays to be told.
    pub fn told(&self, id: PushId, told: Untold) -> Pending<()> {
        self.write(move |connection| {
            let mut statement = connection.prepare_cached(
                "DELETE FROM push_untold WHERE push_id = ?1 AND turn = ?2 AND number = ?3",
            )?;
            let whole = told.whole.map(|number| (WHOLE, number));
            let turns = told
                .turns
                .iter()
                .map(|(turn, number)| (i64::from(*turn), *number));
            for (turn, number) in turns.chain(whole) {
                statement.execute(params![id.0.as_bytes().as_slice(), turn, number])?;
            }
            Ok(())
        })
    }

    /// These units have to be told although this bench did nothing to them now: the others know less of them.
    pub fn tell_again(&self, id: PushId, turns: Vec<u32>, whole: bool) -> Pending<()> {
        self.write(move |connection| {
            let turns: Vec<i64> = turns.into_iter().map(i64::from).collect();
            mark(connection, id, &turns, whole)
        })
    }
}

/// The push was heard up to there.
pub(super) fn heard(connection: &Connection, id: PushId, up_to: i64) -> Result<(), InventoryError> {
    connection
        .prepare_cached(
            "INSERT INTO shared_push (push_id, heard) VALUES (?1, ?2) ON CONFLICT (push_id) DO UPDATE SET heard = excluded.heard",
        )?
        .execute(params![id.0.as_bytes().as_slice(), up_to])?;
    Ok(())
}

/// Marks what has to be told, where the push is shared.
pub(super) fn mark(
    connection: &Connection,
    id: PushId,
    turns: &[i64],
    whole: bool,
) -> Result<(), InventoryError> {
    let id = id.0.as_bytes().as_slice();
    let shared = connection
        .prepare_cached("SELECT 1 FROM shared_push WHERE push_id = ?1")?
        .query_row([id], |_| Ok(()))
        .optional()?;
    if shared.is_none() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO push_untold (push_id, turn, number) VALUES (?1, ?2, 1)
         ON CONFLICT (push_id, turn) DO UPDATE SET number = number + 1",
    )?;
    for turn in turns.iter().copied().chain(whole.then_some(WHOLE)) {
        statement.execute(params![id, turn])?;
    }
    Ok(())
}
