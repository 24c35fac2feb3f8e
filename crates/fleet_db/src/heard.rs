//! What the collector brought, as a desk asks for it: who is silent, what a unit reported, whether the collector runs.

use crate::fault::Fault;
use crate::session::{Session, get};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// Columns of one unit; the views tell times in UTC.
const UNIT: &str = "n.serial, n.model, n.vehicle, n.customer, n.office, n.carrier_state, n.provisioned_utc AT TIME ZONE 'UTC' AS provisioned_at, \
     n.last_heard_utc AT TIME ZONE 'UTC' AS last_heard_at, n.minutes_silent, n.position_utc AT TIME ZONE 'UTC' AS position_at, n.latitude, n.longitude";
/// Units that left a bench.
const IN_SERVICE: &str = "n.bench_state IN ('verified', 'not_verified')";

/// A unit of the fleet and when it was last heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeardUnit {
    /// What it is known by.
    pub serial: String,
    /// Its model.
    pub model: Option<String>,
    /// The vehicle it is in.
    pub vehicle: Option<String>,
    /// For whom.
    pub customer: Option<String>,
    /// Whose.
    pub office: Option<String>,
    /// Where its registration stands.
    pub carrier_state: Option<String>,
    /// When it left the bench.
    pub provisioned_at: Option<Timestamp>,
    /// When the carrier last got a report of it.
    pub last_heard_at: Option<Timestamp>,
    /// Minutes since then, by the database's clock.
    pub minutes_silent: Option<i64>,
    /// When it was there.
    pub position_at: Option<Timestamp>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenReport {
    /// When the unit made it.
    pub reported_at: Timestamp,
    /// When the carrier got it.
    pub received_at: Timestamp,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// How fast it went.
    #[serde(default)]
    pub speed_kmh: Option<f32>,
}

/// A unit's first report after the bench.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirstReport {
    /// What the unit is known by.
    pub serial: String,
    /// Its IMEI.
    pub imei: Option<String>,
    /// Its MEID.
    pub meid: Option<String>,
    /// When it was proved on the bench, as the fleet table says.
    pub provisioned_at: Timestamp,
    /// The report.
    #[serde(flatten)]
    pub report: SeenReport,
}

impl FirstReport {
    /// Whether this number (serial, IMEI or MEID) is the unit's.
    #[must_use]
    pub fn is_of(&self, number: &str) -> bool {
        self.serial == number
            || self.imei.as_deref() == Some(number)
            || self.meid.as_deref() == Some(number)
    }
}

/// The interval set at the bench beside the one seen on the road.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenInterval {
    /// As set, seconds.
    pub set_s: i64,
    /// The median seen while it moved, seconds.
    pub seen_s: i64,
    /// Whether that is another one.
    pub differs: bool,
}

/// What one unit reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitReports {
    /// The unit.
    pub unit: HeardUnit,
    /// Its first report after it left the bench.
    pub first: Option<SeenReport>,
    /// Its last reports, the newest first.
    pub last: Vec<SeenReport>,
    /// Reports of each of the last 24 hours, the oldest first.
    pub by_hour: Vec<i64>,
    /// Its interval on the road, where enough reports tell one.
    pub interval: Option<SeenInterval>,
    /// Minutes that units of its model usually take until their first report, where this fleet knows.
    pub usual_min: Option<i64>,
}

/// A unit that reports more often or more seldom than was set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntervalDiffers {
    /// The unit.
    pub serial: String,
    /// Its vehicle.
    pub vehicle: Option<String>,
    /// As set at the bench, seconds.
    pub set_s: i64,
    /// The median seen while it moved, seconds.
    pub seen_s: i64,
}

/// When the collector last ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectorAge {
    /// Seconds since the last run that fetched something or found nothing more to fetch; `None` when there never was one.
    pub seconds_since_run: Option<i64>,
    /// Whether that run fetched all there was.
    pub caught_up: Option<bool>,
    /// When the carrier got the newest report that it brought.
    pub newest_report_at: Option<Timestamp>,
}

impl Session {
    /// Units in service that were not heard for so many minutes, the longest silent first; also those that were never heard.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn silent_units(&self, minutes: i64, limit: u32) -> Result<Vec<HeardUnit>, Fault> {
        let sql = format!(
            "SELECT {UNIT} FROM fleet.v_fleet_now n WHERE {IN_SERVICE} AND (n.minutes_silent IS NULL OR n.minutes_silent >= $1) \
             ORDER BY n.minutes_silent DESC NULLS FIRST, n.serial LIMIT $2"
        );
        let rows = self.ask(&sql, &[&minutes, &i64::from(limit)]).await?;
        rows.iter().map(heard).collect()
    }

    /// Units that left a bench and were not heard since.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn never_heard(&self, limit: u32) -> Result<Vec<HeardUnit>, Fault> {
        let sql = format!(
            "SELECT {UNIT} FROM fleet.v_never_heard h JOIN fleet.v_fleet_now n USING (unit_id) ORDER BY n.provisioned_utc, n.serial LIMIT $1"
        );
        let rows = self.ask(&sql, &[&i64::from(limit)]).await?;
        rows.iter().map(heard).collect()
    }

    /// Units whose interval on the road is not the one that was set.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn intervals_that_differ(&self, limit: u32) -> Result<Vec<IntervalDiffers>, Fault> {
        let sql = "SELECT v.serial, v.vehicle, v.moving_interval_set_s::bigint AS set_s, v.moving_interval_seen_s AS seen_s \
             FROM fleet.v_interval_check v WHERE v.differs ORDER BY v.serial LIMIT $1";
        let rows = self.ask(sql, &[&i64::from(limit)]).await?;
        let one = |row: &Row| {
            Ok(IntervalDiffers {
                serial: get(row, "serial")?,
                vehicle: get(row, "vehicle")?,
                set_s: get(row, "set_s")?,
                seen_s: get(row, "seen_s")?,
            })
        };
        rows.iter().map(one).collect()
    }

    /// What the unit with this serial, IMEI or MEID reported; `None` when the fleet table does not know it.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn reports_of(&self, number: &str) -> Result<Option<UnitReports>, Fault> {
        let sql = format!(
            "SELECT {UNIT}, n.unit_id FROM fleet.v_fleet_now n WHERE $1 IN (n.serial, n.imei, n.meid) LIMIT 1"
        );
        let rows = self.ask(&sql, &[&number]).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let id: uuid::Uuid = get(row, "unit_id")?;
        let first = "SELECT f.reported_at, f.received_at, f.latitude, f.longitude, NULL::real AS speed_kmh FROM fleet.v_first_report f WHERE f.unit_id = $1";
        let first = self.ask(first, &[&id]).await?;
        let last = "SELECT p.reported_at, p.received_at, p.latitude, p.longitude, p.speed_kmh FROM fleet.v_positions p WHERE p.unit_id = $1 \
             ORDER BY p.reported_at DESC, p.report_id DESC LIMIT 12";
        let last = self.ask(last, &[&id]).await?;
        let hours = "SELECT (SELECT count(*) FROM fleet.v_positions p WHERE p.unit_id = $1 AND p.reported_at > statement_timestamp() - make_interval(hours => h) \
               AND p.reported_at <= statement_timestamp() - make_interval(hours => h - 1)) AS reports FROM generate_series(24, 1, -1) h";
        let hours = self.ask(hours, &[&id]).await?;
        let unit = heard(row)?;
        let interval = "SELECT v.moving_interval_set_s::bigint AS set_s, v.moving_interval_seen_s AS seen_s, v.differs \
             FROM fleet.v_interval_check v WHERE v.unit_id = $1";
        let interval = self.ask(interval, &[&id]).await?;
        let usual = match (&unit.model, first.is_empty()) {
            (Some(model), true) => {
                let sql =
                    "SELECT v.usual_minutes FROM fleet.v_first_report_usual v WHERE v.model = $1";
                self.ask(sql, &[model]).await?
            }
            _ => Vec::new(),
        };
        Ok(Some(UnitReports {
            unit,
            interval: interval.first().map(interval_seen).transpose()?,
            usual_min: usual
                .first()
                .map(|row| get(row, "usual_minutes"))
                .transpose()?,
            first: first.first().map(seen).transpose()?,
            last: last.iter().map(seen).collect::<Result<_, _>>()?,
            by_hour: hours
                .iter()
                .map(|row| get(row, "reports"))
                .collect::<Result<_, _>>()?,
        }))
    }

    /// First reports of those of these units that were heard since they left the bench.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn first_reports(&self, numbers: &[&str]) -> Result<Vec<FirstReport>, Fault> {
        let sql = "SELECT f.serial, u.imei, u.meid, u.provisioned_at, f.reported_at, f.received_at, f.latitude, f.longitude, NULL::real AS speed_kmh \
             FROM fleet.units u JOIN fleet.v_first_report f ON f.unit_id = u.id WHERE u.serial = ANY($1) OR u.imei = ANY($1) OR u.meid = ANY($1)";
        let rows = self.ask(sql, &[&numbers]).await?;
        let one = |row: &Row| {
            Ok(FirstReport {
                serial: get(row, "serial")?,
                imei: get(row, "imei")?,
                meid: get(row, "meid")?,
                provisioned_at: get(row, "provisioned_at")?,
                report: seen(row)?,
            })
        };
        rows.iter().map(one).collect()
    }

    /// Minutes within which nine of ten units of each model were first heard, where at least five tell it.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn usual_first_report(&self) -> Result<Vec<(String, i64)>, Fault> {
        let sql = "SELECT v.model, v.usual_minutes FROM fleet.v_first_report_usual v";
        let rows = self.ask(sql, &[]).await?;
        let one = |row: &Row| Ok((get(row, "model")?, get(row, "usual_minutes")?));
        rows.iter().map(one).collect()
    }

    /// How long ago the collector last ran; `None` when this fleet has none.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn collector_age(&self) -> Result<Option<CollectorAge>, Fault> {
        let sql = "SELECT a.seconds_since_run, a.caught_up, a.newest_report_utc AT TIME ZONE 'UTC' AS newest_report_at FROM fleet.v_collector_age a ORDER BY a.seconds_since_run NULLS LAST LIMIT 1";
        let rows = self.ask(sql, &[]).await?;
        let age = |row: &Row| {
            Ok(CollectorAge {
                seconds_since_run: get(row, "seconds_since_run")?,
                caught_up: get(row, "caught_up")?,
                newest_report_at: get(row, "newest_report_at")?,
            })
        };
        rows.first().map(age).transpose()
    }

    async fn ask(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Fault> {
        let statement = self.statement(sql).await?;
        self.query(&statement, parameters).await
    }
}

fn heard(row: &Row) -> Result<HeardUnit, Fault> {
    Ok(HeardUnit {
        serial: get(row, "serial")?,
        model: get(row, "model")?,
        vehicle: get(row, "vehicle")?,
        customer: get(row, "customer")?,
        office: get(row, "office")?,
        carrier_state: get(row, "carrier_state")?,
        provisioned_at: get(row, "provisioned_at")?,
        last_heard_at: get(row, "last_heard_at")?,
        minutes_silent: get(row, "minutes_silent")?,
        position_at: get(row, "position_at")?,
        latitude: get(row, "latitude")?,
        longitude: get(row, "longitude")?,
    })
}

fn interval_seen(row: &Row) -> Result<SeenInterval, Fault> {
    Ok(SeenInterval {
        set_s: get(row, "set_s")?,
        seen_s: get(row, "seen_s")?,
        differs: get(row, "differs")?,
    })
}

fn seen(row: &Row) -> Result<SeenReport, Fault> {
    Ok(SeenReport {
        reported_at: get(row, "reported_at")?,
        received_at: get(row, "received_at")?,
        latitude: get(row, "latitude")?,
        longitude: get(row, "longitude")?,
        speed_kmh: get(row, "speed_kmh")?,
    })
}
