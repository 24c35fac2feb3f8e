//! What a carrier's list said, and how it differs from the inventory; read and compared in pieces, so that a hundred thousand
//! units need no more memory than a few.

use super::columns::{timestamp, unit_id, word};
use super::{Inventory, InventoryError, Pending};
use fleet::UnitId;
use fleet::registration::{CarrierUnit, RegistrationState, SubscriptionState};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// How far the listing of an account has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingState {
    /// Number of the listing; rows of older ones are not looked at.
    pub run: u32,
    /// Where the next page begins; `None` is the beginning, or the end of a complete one.
    pub cursor: Option<String>,
    /// Whether every page was read.
    pub complete: bool,
    /// When it began.
    pub begun: Timestamp,
}

/// A subscription of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The carrier's number for it.
    pub remote_id: String,
    /// Device number.
    pub device_id: Option<String>,
    /// SIM.
    pub iccid: Option<String>,
    /// Plan.
    pub plan_code: Option<String>,
    /// State in our words.
    pub state: SubscriptionState,
    /// The carrier's word for it.
    pub raw_state: String,
}

/// A unit of the inventory, as far as comparing needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    /// Its identity.
    pub id: UnitId,
    /// SIM.
    pub iccid: Option<String>,
    /// Plan.
    pub plan_code: Option<String>,
    /// The carrier's number for it.
    pub carrier_id: Option<String>,
    /// Where its registration stands.
    pub registration: Option<RegistrationState>,
}

/// A subscription with the unit that it belongs to, if there is one.
pub type Compared = (Listed, Option<Ours>);

/// A piece of an answer, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<T, C> {
    /// What there is.
    pub items: Vec<T>,
    /// Where the next piece begins; `None` at the end.
    pub next: Option<C>,
}

impl Inventory {
    /// How far the listing of an account has come.
    pub fn carrier_listing(&self, account: impl Into<String>) -> Pending<Option<ListingState>> {
        let account = account.into();
        self.read(move |connection| listing(connection, &account))
    }

    /// Begins a new listing; answers its number.
    pub fn begin_listing(&self, account: impl Into<String>, now: Timestamp) -> Pending<u32> {
        let account = account.into();
        self.write(move |connection| begin(connection, &account, now))
    }

    /// Keeps a page and where the next one begins, in one transaction.
    pub fn keep_listed(
        &self,
        account: impl Into<String>,
        run: u32,
        units: Vec<CarrierUnit>,
        next: Option<String>,
        now: Timestamp,
    ) -> Pending<()> {
        let account = account.into();
        self.write(move |connection| keep(connection, &account, run, &units, next.as_deref(), now))
    }

    /// Subscriptions of a listing after `after`, each with its unit.
    pub fn compared(
        &self,
        account: impl Into<String>,
        run: u32,
        after: String,
        limit: u32,
    ) -> Pending<Piece<Compared, String>> {
        let account = account.into();
        self.read(move |connection| compared(connection, &account, run, &after, limit))
    }

    /// Units that should be at the carrier and that the listing does not have, after row `after`.
    pub fn not_listed(
        &self,
        account: impl Into<String>,
        run: u32,
        after: i64,
        limit: u32,
    ) -> Pending<Piece<Ours, i64>> {
        let account = account.into();
        self.read(move |connection| not_listed(connection, &account, run, after, limit))
    }
}

fn listing(connection: &Connection, account: &str) -> Result<Option<ListingState>, InventoryError> {
    let found = connection
        .prepare_cached(
            "SELECT run, cursor, complete, begun_ms FROM carrier_listing WHERE account = ?1",
        )?
        .query_row([account], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, i64>(3)?))
        })
        .optional()?;
    found
        .map(|(run, cursor, complete, begun)| {
            Ok(ListingState {
                run,
                cursor,
                complete,
                begun: timestamp(begun)?,
            })
        })
        .transpose()
}

fn begin(connection: &Connection, account: &str, now: Timestamp) -> Result<u32, InventoryError> {
    let run: u32 = connection
        .prepare_cached(
            "INSERT INTO carrier_listing (account, run, complete, begun_ms, last_ms) VALUES (?1, 1, 0, ?2, ?2)
             ON CONFLICT (account) DO UPDATE SET run = run + 1, cursor = NULL, complete = 0, begun_ms = ?2, last_ms = ?2
             RETURNING run",
        )?
        .query_row(params![account, now.as_millisecond()], |row| row.get(0))?;
    Ok(run)
}

fn keep(
    connection: &Connection,
    account: &str,
    run: u32,
    units: &[CarrierUnit],
    next: Option<&str>,
    now: Timestamp,
) -> Result<(), InventoryError> {
    for unit in units {
        connection
            .prepare_cached(
                "INSERT INTO carrier_listed (account, remote_id, device_id, iccid, plan_code, state, raw_state, run)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (account, remote_id) DO UPDATE SET device_id = excluded.device_id, iccid = excluded.iccid,
                    plan_code = excluded.plan_code, state = excluded.state, raw_state = excluded.raw_state, run = excluded.run",
            )?
            .execute(params![
                account,
                unit.remote_id,
                unit.device_id,
                unit.iccid,
                unit.plan_code,
                serde_json::to_string(&unit.state)?,
                unit.raw_state,
                run
            ])?;
    }
    connection
        .prepare_cached("UPDATE carrier_listing SET cursor = ?2, complete = ?3, last_ms = ?4 WHERE account = ?1 AND run = ?5")?
        .execute(params![account, next, next.is_none(), now.as_millisecond(), run])?;
    if next.is_none() {
        connection
            .prepare_cached("DELETE FROM carrier_listed WHERE account = ?1 AND run <> ?2")?
            .execute(params![account, run])?;
    }
    Ok(())
}

fn compared(
    connection: &Connection,
    account: &str,
    run: u32,
    after: &str,
    limit: u32,
) -> Result<Piece<Compared, String>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT remote_id, device_id, iccid, plan_code, state, raw_state FROM carrier_listed
         WHERE account = ?1 AND run = ?2 AND remote_id > ?3 ORDER BY remote_id LIMIT ?4",
    )?;
    let mut rows = statement.query(params![account, run, after, limit])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let listed = Listed {
            remote_id: row.get(0)?,
            device_id: row.get(1)?,
            iccid: row.get(2)?,
            plan_code: row.get(3)?,
            state: serde_json::from_str(&row.get::<_, String>(4)?)?,
            raw_state: row.get(5)?,
        };
        let ours = unit_of(connection, &listed)?;
        items.push((listed, ours));
    }
    let whole = u32::try_from(items.len()).is_ok_and(|count| count == limit);
    let next = items
        .last()
        .filter(|_| whole)
        .map(|(listed, _)| listed.remote_id.clone());
    Ok(Piece { items, next })
}

const BY_DEVICE: &str =
    "SELECT row, id_kind, id, iccid, plan_code, carrier_id, registration FROM unit
     WHERE id_kind IN ('imei', 'meid', 'esn') AND id = ?1 AND gone = 0";
const BY_SIM: &str = "SELECT row, id_kind, id, iccid, plan_code, carrier_id, registration FROM unit
     WHERE row IN (SELECT unit FROM unit_number WHERE number = ?1) AND iccid = ?1 AND gone = 0";

/// The unit of a subscription: by its device first, then by its SIM.
fn unit_of(connection: &Connection, listed: &Listed) -> Result<Option<Ours>, InventoryError> {
    let by_device = match &listed.device_id {
        Some(device) => one(connection, BY_DEVICE, device)?,
        None => None,
    };
    match (by_device, &listed.iccid) {
        (None, Some(iccid)) => one(connection, BY_SIM, iccid),
        (found, _) => Ok(found),
    }
}

fn one(connection: &Connection, sql: &str, number: &str) -> Result<Option<Ours>, InventoryError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([number])?;
    rows.next()?.map(ours).transpose()
}

fn ours(row: &Row<'_>) -> Result<Ours, InventoryError> {
    let registration: Option<String> = row.get(6)?;
    Ok(Ours {
        id: unit_id(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?)?,
        iccid: row.get(3)?,
        plan_code: row.get(4)?,
        carrier_id: row.get(5)?,
        registration: registration.map(|text| word(&text)).transpose()?,
    })
}

fn not_listed(
    connection: &Connection,
    account: &str,
    run: u32,
    after: i64,
    limit: u32,
) -> Result<Piece<Ours, i64>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT row, id_kind, id, iccid, plan_code, carrier_id, registration FROM unit u
         WHERE row > ?3 AND gone = 0 AND registration IN ('active', 'pending', 'suspended')
           AND NOT EXISTS (SELECT 1 FROM carrier_listed l WHERE l.account = ?1 AND l.run = ?2 AND l.device_id = u.id)
           AND NOT EXISTS (SELECT 1 FROM carrier_listed l WHERE l.account = ?1 AND l.run = ?2 AND l.iccid = u.iccid)
         ORDER BY row LIMIT ?4",
    )?;
    let mut rows = statement.query(params![account, run, after, limit])?;
    let (mut items, mut last) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        items.push(ours(row)?);
    }
    let whole = u32::try_from(items.len()).is_ok_and(|count| count == limit);
    Ok(Piece {
        items,
        next: whole.then_some(last),
    })
}
