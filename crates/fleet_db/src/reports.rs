//! The report store: pages of reports into the database, each in one transaction with its cursor, and a lease so that only one reads a feed.
//!
//! What a report means and which of its values can be believed is decided by the caller; when to fetch and when to stop as well.

use crate::fault::Fault;
use crate::session::{Session, get};
use jiff::Timestamp;
use tokio::sync::OnceCell;
use tokio_postgres::Statement;
use uuid::Uuid;

/// Number of this way of storing. A database may refuse older ones (`fleet.report_rules.min_collector`).
pub const COLLECTOR_VERSION: i32 = 1;
/// The state that a lost lease is refused with.
const LEASE_LOST: &str = "FD001";

const READY: &str = "SELECT fleet.report_ready($1) AS outcome";
/// Which of the functions that are called here are not there or not for this login.
const MISSING: &str = "SELECT string_agg(n.name, ', ') AS missing FROM unnest($1::text[]) AS n(name) WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_proc p \
     JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace WHERE s.nspname = 'fleet' AND p.proname = n.name AND has_function_privilege(p.oid, 'EXECUTE'))";
const CALLED: &[&str] = &[
    "report_begin",
    "report_page",
    "report_told",
    "report_memory",
    "report_gap",
    "report_end",
    "report_window",
    "unnamed_devices",
    "devices_told",
];
const BEGIN: &str = "SELECT outcome, cursor, tail_cursor, newest_received_at, window_from, window_to, at \
     FROM fleet.report_begin($1, $2, $3, $4, $5)";
const PAGE: &str = "SELECT fleet.report_page($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,\
     $27,$28,$29,$30,$31) AS fresh, fleet.report_told($1, $32)";
const MEMORY: &str = "SELECT told FROM fleet.report_memory($1) AS told";
const GAP: &str = "SELECT fleet.report_gap($1, $2, $3, $4)";
const END: &str = "SELECT fleet.report_end($1, $2, $3, $4) AS stray";
const UNNAMED: &str = "SELECT unit FROM fleet.unnamed_devices($1, $2) AS unit";
const TOLD: &str = "SELECT fleet.devices_told($1, $2, $3, $4, $5, $6)";
const WINDOW: &str = "SELECT fleet.report_window($1, $2, $3, $4)";

/// Why something was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// Somebody else reads this feed now, or has read on: nothing of the page was stored.
    #[error("another run reads this feed")]
    LeaseLost,
    /// The database.
    #[error(transparent)]
    Database(#[from] Fault),
}

/// A connection that stores reports.
#[derive(Debug)]
pub struct ReportStore {
    session: Session,
    page: OnceCell<Statement>,
}

/// Who reads a feed, and for how long without a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Name of the feed.
    pub feed: String,
    /// This run.
    pub owner: Uuid,
    /// Seconds until another run may take over; each page begins them anew.
    pub seconds: i32,
}

/// Where a run begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The carrier's word after the last page that is stored; `None` is the very beginning.
    pub cursor: Option<String>,
    /// Where the last page began, to be read once more: the carrier may show a report late, behind others that came after it.
    pub tail_cursor: Option<String>,
    /// The newest report that is stored, by when the carrier got it.
    pub newest_received_at: Option<Timestamp>,
    /// For a second reading of past days: which, from and to (without).
    pub window: Option<(Timestamp, Timestamp)>,
    /// The database's clock.
    pub now: Timestamp,
}

/// What asking for the lease came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The lease is this run's.
    Mine(Standing),
    /// Another run has it.
    Other,
    /// A window that was read to its end.
    Done,
    /// The database wants a newer collector.
    TooOld,
}

/// One report as it is stored. Degrees, metres, kilometres an hour, volts.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "the columns of fleet.position_reports, where they are described"
)]
pub struct StoredReport {
    pub report_id: String,
    pub carrier_unit: String,
    pub mdn: Option<String>,
    pub reported_at: Timestamp,
    pub received_at: Timestamp,
    pub unit_time: Option<Timestamp>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub odometer_m: Option<i64>,
    pub sequence: Option<i64>,
    pub event_code: Option<i64>,
    pub speed_kmh: Option<f32>,
    pub altitude_m: Option<f32>,
    pub accuracy_m: Option<f32>,
    pub hdop: Option<f32>,
    pub main_voltage: Option<f32>,
    pub heading_deg: Option<i16>,
    pub satellites: Option<i16>,
    pub ignition: Option<bool>,
    pub payload_base64: Option<String>,
}

/// What could not be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedReport {
    /// The carrier's number of the report, or something in its place that is the same each time.
    pub report_id: String,
    /// In plain words, without values that vary.
    pub reason: String,
    /// When the carrier got it, where that can be believed.
    pub received_at: Option<Timestamp>,
    /// What came, as JSON.
    pub body: String,
}

/// A page, judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JudgedPage {
    /// To be stored.
    pub reports: Vec<StoredReport>,
    /// To be noted.
    pub rejected: Vec<RejectedReport>,
    /// What the page told for the first time: a digest of device and number, then the time in microseconds, by turns.
    pub told: Vec<i64>,
}

/// Who the carrier says a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedDevice {
    /// The carrier's number.
    pub carrier_unit: String,
    /// Its IMEI.
    pub imei: Option<String>,
    /// Its MEID, 14 hexadecimal digits.
    pub meid: Option<String>,
    /// Its phone number.
    pub mdn: Option<String>,
}

impl ReportStore {
    /// Over a session whose login is a member of `fleet_collector`.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self {
            session,
            page: OnceCell::new(),
        }
    }

    /// Whether reports can be stored here; nothing is changed. `false` when the database wants a newer collector.
    ///
    /// # Errors
    /// When the database does not answer, is not set up, or the login has not the right.
    pub async fn is_ready(&self) -> Result<bool, StoreFault> {
        let statement = self.session.statement(READY).await?;
        let rows = self
            .session
            .query(&statement, &[&COLLECTOR_VERSION])
            .await?;
        let word: Option<&str> = rows.first().map(|row| get(row, "outcome")).transpose()?;
        if word != Some("ready") {
            return Ok(false);
        }
        let statement = self.session.statement(MISSING).await?;
        let rows = self.session.query(&statement, &[&CALLED]).await?;
        let missing: Option<String> = rows
            .first()
            .map(|row| get(row, "missing"))
            .transpose()?
            .flatten();
        match missing {
            None => Ok(true),
            Some(missing) => Err(Fault::NoRight {
                why: format!("it may not call {missing} of the schema fleet, or they are not there yet ('fleetdesk fleet-db install')"),
            }
            .into()),
        }
    }

    /// Takes the lease of a feed; it is made when it is not there.
    ///
    /// # Errors
    /// When the database does not answer or is not set up.
    pub async fn begin(&self, lease: &Lease, carrier: &str) -> Result<Begun, StoreFault> {
        let statement = self.session.statement(BEGIN).await?;
        let rows = self
            .session
            .query(
                &statement,
                &[
                    &lease.feed,
                    &carrier,
                    &lease.owner,
                    &lease.seconds,
                    &COLLECTOR_VERSION,
                ],
            )
            .await?;
        let row = rows
            .first()
            .ok_or_else(|| Fault::not_understood("no word about the lease"))?;
        let outcome: &str = get(row, "outcome")?;
        Ok(match outcome {
            "mine" => {
                let from: Option<Timestamp> = get(row, "window_from")?;
                Begun::Mine(Standing {
                    cursor: get(row, "cursor")?,
                    tail_cursor: get(row, "tail_cursor")?,
                    newest_received_at: get(row, "newest_received_at")?,
                    window: from.zip(get(row, "window_to")?),
                    now: get(row, "at")?,
                })
            }
            "done" => Begun::Done,
            "too_old" => Begun::TooOld,
            _ => Begun::Other,
        })
    }

    /// Stores a page that began at `start`, and with `next` moves the cursor there from `from`; without it the cursor stays where it is. All of
    /// it or nothing. Gives the number of reports that were not there before.
    ///
    /// # Errors
    /// When the lease is lost or the database refuses. After [`Fault::Disturbed`] it is not known whether the page was stored: what matters
    /// is the cursor that the next [`Self::begin`] tells.
    pub async fn store_page(
        &self,
        lease: &Lease,
        start: Option<&str>,
        from: Option<&str>,
        next: Option<&str>,
        page: &JudgedPage,
    ) -> Result<u64, StoreFault> {
        let statement = self
            .page
            .get_or_try_init(|| self.session.statement(PAGE))
            .await?;
        let all = &page.reports;
        let bad = &page.rejected;
        let newest = all.iter().map(|report| report.received_at).max();
        macro_rules! column {
            ($field:ident) => {
                all.iter().map(|report| &report.$field).collect::<Vec<_>>()
            };
        }
        let rows = self
            .session
            .query(
                statement,
                &[
                    &lease.feed,
                    &lease.owner,
                    &lease.seconds,
                    &start,
                    &from,
                    &next,
                    &newest,
                    &column!(report_id),
                    &column!(carrier_unit),
                    &column!(mdn),
                    &column!(reported_at),
                    &column!(received_at),
                    &column!(unit_time),
                    &column!(latitude),
                    &column!(longitude),
                    &column!(odometer_m),
                    &column!(sequence),
                    &column!(event_code),
                    &column!(speed_kmh),
                    &column!(altitude_m),
                    &column!(accuracy_m),
                    &column!(hdop),
                    &column!(main_voltage),
                    &column!(heading_deg),
                    &column!(satellites),
                    &column!(ignition),
                    &column!(payload_base64),
                    &bad.iter().map(|one| &one.report_id).collect::<Vec<_>>(),
                    &bad.iter().map(|one| &one.reason).collect::<Vec<_>>(),
                    &bad.iter().map(|one| &one.received_at).collect::<Vec<_>>(),
                    &bad.iter().map(|one| &one.body).collect::<Vec<_>>(),
                    &page.told,
                ],
            )
            .await
            .map_err(of_page)?;
        let fresh: i64 = get(
            rows.first()
                .ok_or_else(|| Fault::not_understood("a page had no answer"))?,
            "fresh",
        )?;
        Ok(u64::try_from(fresh).unwrap_or_default())
    }

    /// What the last pages of a feed told, the oldest first, as [`JudgedPage::told`] has it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn memory(&self, feed: &str) -> Result<Vec<i64>, StoreFault> {
        let statement = self.session.statement(MEMORY).await?;
        let rows = self.session.query(&statement, &[&feed]).await?;
        let pages: Result<Vec<Vec<i64>>, Fault> = rows.iter().map(|row| get(row, "told")).collect();
        Ok(pages?.concat())
    }

    /// Writes down that the carrier threw reports away, and goes on where it says.
    ///
    /// # Errors
    /// When the lease is lost or the database refuses.
    pub async fn note_gap(
        &self,
        lease: &Lease,
        lost_from: Option<&str>,
        continue_from: Option<&str>,
    ) -> Result<(), StoreFault> {
        let statement = self.session.statement(GAP).await?;
        self.session
            .query(
                &statement,
                &[&lease.feed, &lease.owner, &lost_from, &continue_from],
            )
            .await
            .map_err(of_page)?;
        Ok(())
    }

    /// Ends a run: gives the lease back, makes partitions ahead, finds the units behind new devices. Tells how many reports lie in the
    /// default partition. `caught_up` is `None` where the run brought nothing and does not count as one.
    ///
    /// # Errors
    /// When the database refuses. The lease then runs out by itself.
    pub async fn end(
        &self,
        lease: &Lease,
        caught_up: Option<bool>,
        done: bool,
    ) -> Result<i64, StoreFault> {
        let statement = self.session.statement(END).await?;
        let rows = self
            .session
            .query(&statement, &[&lease.feed, &lease.owner, &caught_up, &done])
            .await?;
        Ok(rows
            .first()
            .map(|row| get(row, "stray"))
            .transpose()?
            .unwrap_or_default())
    }

    /// The carrier's numbers of devices of which nobody knows who they are and about which it is time to ask, `most` of them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn unnamed_devices(
        &self,
        carrier: &str,
        most: i32,
    ) -> Result<Vec<String>, StoreFault> {
        let statement = self.session.statement(UNNAMED).await?;
        let rows = self.session.query(&statement, &[&carrier, &most]).await?;
        let units: Result<Vec<String>, Fault> = rows.iter().map(|row| get(row, "unit")).collect();
        Ok(units?)
    }

    /// Keeps who the carrier's devices are, and that it was asked about `asked`; names of devices that never reported are not kept.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn name_devices(
        &self,
        carrier: &str,
        asked: &[String],
        devices: &[NamedDevice],
    ) -> Result<(), StoreFault> {
        let statement = self.session.statement(TOLD).await?;
        let units: Vec<_> = devices.iter().map(|device| &device.carrier_unit).collect();
        let imeis: Vec<_> = devices.iter().map(|device| &device.imei).collect();
        let meids: Vec<_> = devices.iter().map(|device| &device.meid).collect();
        let mdns: Vec<_> = devices.iter().map(|device| &device.mdn).collect();
        self.session
            .query(
                &statement,
                &[&carrier, &asked, &units, &imeis, &meids, &mdns],
            )
            .await?;
        Ok(())
    }

    /// Prepares a second reading of past days, from and to (without), as a feed of its own. Asking again is harmless.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_window(
        &self,
        feed: &str,
        carrier: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(), StoreFault> {
        let statement = self.session.statement(WINDOW).await?;
        self.session
            .query(&statement, &[&feed, &carrier, &from, &to])
            .await?;
        Ok(())
    }
}

fn of_page(fault: Fault) -> StoreFault {
    match fault {
        Fault::Refused { sqlstate, .. } if sqlstate == LEASE_LOST => StoreFault::LeaseLost,
        other => StoreFault::Database(other),
    }
}
