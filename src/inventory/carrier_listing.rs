//! What a carrier's list said, and how it differs from the inventory; read and compared in pieces, so that a hundred thousand
//! units need no more memory than a few.

use super::columns::{timestamp, unit_id, word};
use super::{Inventory, InventoryError, Pending};
use fleet::UnitId;
use fleet::registration::{CarrierUnit, RegistrationState, SubscriptionState};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

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
    /// When its last page was kept.
    pub last: Timestamp,
    /// Pages read.
    pub pages: u32,
    /// Only what was changed since then is listed; `None` is everything.
    pub since: Option<Timestamp>,
    /// Up to when everything is known.
    pub known: Option<Timestamp>,
    /// When the last listing of everything began that came to its end.
    pub whole: Option<Timestamp>,
    /// Pages that it had.
    pub whole_pages: Option<u32>,
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

    /// Begins a listing: of everything, or of what was changed since then, which adds to what is known.
    pub fn begin_listing(
        &self,
        account: impl Into<String>,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Pending<ListingState> {
        let account = account.into();
        self.write(move |connection| begin(connection, &account, since, now))
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

    /// Keeps what the carrier said of one unit that the listing does not have: its subscription, or that there is none.
    pub fn keep_looked_up(
        &self,
        account: impl Into<String>,
        run: u32,
        unit: UnitId,
        found: Option<CarrierUnit>,
        now: Timestamp,
    ) -> Pending<()> {
        let account = account.into();
        self.write(move |connection| match found {
            Some(found) => list(connection, &account, run, &found),
            None => {
                connection
                    .prepare_cached(
                        "INSERT INTO carrier_looked_up (account, unit, at_ms) VALUES (?1, ?2, ?3)
                         ON CONFLICT (account, unit) DO UPDATE SET at_ms = excluded.at_ms",
                    )?
                    .execute(params![account, unit.as_str(), now.as_millisecond()])?;
                Ok(())
            }
        })
    }

    /// Units of this bench that the carrier should have.
    pub fn units_at_carrier(&self) -> Pending<u64> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT count(*) FROM unit WHERE gone = 0 AND registration IN ('active', 'pending', 'suspended')")?
                .query_row([], |row| row.get::<_, i64>(0))?
                .unsigned_abs())
        })
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

    /// Units that should be at the carrier and that the listing does not have, after row `after`; each with when the carrier last
    /// said that it does not know it.
    pub fn not_listed(
        &self,
        account: impl Into<String>,
        run: u32,
        after: i64,
        limit: u32,
    ) -> Pending<Piece<(Ours, Option<Timestamp>), i64>> {
        let account = account.into();
        self.read(move |connection| not_listed(connection, &account, run, after, limit))
    }
}

fn listing(connection: &Connection, account: &str) -> Result<Option<ListingState>, InventoryError> {
    connection
        .prepare_cached(
            "SELECT run, cursor, complete, begun_ms, last_ms, pages, since_ms, known_ms, whole_ms, whole_pages
             FROM carrier_listing WHERE account = ?1",
        )?
        .query([account])?
        .next()?
        .map(state)
        .transpose()
}

fn state(row: &Row<'_>) -> Result<ListingState, InventoryError> {
    let maybe = |at: usize| -> Result<Option<Timestamp>, InventoryError> {
        row.get::<_, Option<i64>>(at)?.map(timestamp).transpose()
    };
    Ok(ListingState {
        run: row.get(0)?,
        cursor: row.get(1)?,
        complete: row.get(2)?,
        begun: timestamp(row.get(3)?)?,
        last: timestamp(row.get(4)?)?,
        pages: row.get(5)?,
        since: maybe(6)?,
        known: maybe(7)?,
        whole: maybe(8)?,
        whole_pages: row.get(9)?,
    })
}

/// A listing of everything makes what was known before worthless: its rows are overwritten one by one.
fn begin(
    connection: &Connection,
    account: &str,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<ListingState, InventoryError> {
    connection
        .prepare_cached(
            "INSERT INTO carrier_listing (account, run, complete, begun_ms, last_ms, since_ms) VALUES (?1, 1, 0, ?2, ?2, ?3)
             ON CONFLICT (account) DO UPDATE SET
                run = CASE WHEN ?3 IS NULL THEN run + 1 ELSE run END,
                known_ms = CASE WHEN ?3 IS NULL THEN NULL ELSE known_ms END,
                whole_ms = CASE WHEN ?3 IS NULL THEN NULL ELSE whole_ms END,
                cursor = NULL, complete = 0, pages = 0, since_ms = ?3, begun_ms = ?2, last_ms = ?2",
        )?
        .execute(params![
            account,
            now.as_millisecond(),
            since.map(Timestamp::as_millisecond)
        ])?;
    listing(connection, account)?.ok_or_else(|| {
        InventoryError::Other("the listing that was just begun is not there".to_owned())
    })
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
        list(connection, account, run, unit)?;
    }
    connection
        .prepare_cached(
            "UPDATE carrier_listing SET cursor = ?2, complete = ?3, last_ms = ?4, pages = pages + 1,
                known_ms = CASE WHEN ?3 THEN begun_ms ELSE known_ms END,
                whole_ms = CASE WHEN ?3 AND since_ms IS NULL THEN begun_ms ELSE whole_ms END,
                whole_pages = CASE WHEN ?3 AND since_ms IS NULL THEN pages + 1 ELSE whole_pages END
             WHERE account = ?1 AND run = ?5",
        )?
        .execute(params![account, next, next.is_none(), now.as_millisecond(), run])?;
    if next.is_none() {
        connection
            .prepare_cached("DELETE FROM carrier_listed WHERE account = ?1 AND run <> ?2")?
            .execute(params![account, run])?;
    }
    Ok(())
}

fn list(
    connection: &Connection,
    account: &str,
    run: u32,
    unit: &CarrierUnit,
) -> Result<(), InventoryError> {
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
) -> Result<Piece<(Ours, Option<Timestamp>), i64>, InventoryError> {
    let mut statement = connection.prepare_cached(
        "SELECT row, id_kind, id, iccid, plan_code, carrier_id, registration,
                (SELECT at_ms FROM carrier_looked_up k WHERE k.account = ?1 AND k.unit = u.id)
         FROM unit u
         WHERE row > ?3 AND gone = 0 AND registration IN ('active', 'pending', 'suspended')
           AND NOT EXISTS (SELECT 1 FROM carrier_listed l WHERE l.account = ?1 AND l.run = ?2 AND l.device_id = u.id)
           AND NOT EXISTS (SELECT 1 FROM carrier_listed l WHERE l.account = ?1 AND l.run = ?2 AND l.iccid = u.iccid)
         ORDER BY row LIMIT ?4",
    )?;
    let mut rows = statement.query(params![account, run, after, limit])?;
    let (mut items, mut last) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        let asked = row.get::<_, Option<i64>>(7)?.map(timestamp).transpose()?;
        items.push((ours(row)?, asked));
    }
    let whole = u32::try_from(items.len()).is_ok_and(|count| count == limit);
    Ok(Piece {
        items,
        next: whole.then_some(last),
    })
}
