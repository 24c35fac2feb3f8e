//! What a collector can be told to do, with its settings: fetch, fetch past days again, or look whether the three links hold.

use crate::credentials::{for_carrier, for_database};
use crate::run::{Plan, Tally, run};
use crate::settings::Settings;
use crate::source::AccountSource;
use crate::trouble::Trouble;
use fleet_db::{ReportStore, Session};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::time::Duration;
use tokio::time::timeout;

/// Longest time of one link's check.
const LINK: Duration = Duration::from_secs(9);
/// Until name, connection and TLS to the carrier stand, milliseconds. Short, so that a missing NAT is named and not waited for.
const REACH_CARRIER_MS: u64 = 6_000;

/// Fetches what the carrier has.
///
/// # Errors
/// Which link is broken.
pub async fn collect(settings: &Settings, budget: Duration) -> Result<Tally, Trouble> {
    // The time runs from now: what opening takes is part of it.
    let plan = plan(settings, budget);
    let (source, store) = open(settings).await?;
    run(&source, &store, &plan).await
}

/// Reads a past day (UTC) once more, as a feed of its own. A day that was read to its end is read again when it is asked for again, and today as
/// far as it has come.
///
/// # Errors
/// Which link is broken, or that the day has not begun.
pub async fn collect_day(
    settings: &Settings,
    day: Date,
    budget: Duration,
) -> Result<Tally, Trouble> {
    if day > Timestamp::now().to_zoned(TimeZone::UTC).date() {
        return Err(Trouble::Settings(format!(
            "{day} has not begun yet (UTC): there is nothing of it to read"
        )));
    }
    let at_midnight = |day: Date| {
        day.to_zoned(TimeZone::UTC)
            .map(|moment| moment.timestamp())
            .map_err(|error| Trouble::Settings(error.to_string()))
    };
    let next = day
        .tomorrow()
        .map_err(|error| Trouble::Settings(error.to_string()))?;
    let plan = Plan {
        feed: format!("day-{day}"),
        ..plan(settings, budget)
    };
    let (source, store) = open(settings).await?;
    store
        .open_window(
            &plan.feed,
            crate::source::ReportSource::carrier(&source),
            at_midnight(day)?,
            at_midnight(next)?,
        )
        .await?;
    run(&source, &store, &plan).await
}

fn plan(settings: &Settings, budget: Duration) -> Plan {
    Plan {
        page_size: settings.page_size,
        most_pages: settings.most_pages,
        calls_for_desks: settings.calls_for_desks,
        ..Plan::within(budget)
    }
}

/// Both ends at once: what a cold start costs is waiting.
async fn open(settings: &Settings) -> Result<(AccountSource, ReportStore), Trouble> {
    let (source, store) = tokio::join!(open_source(settings), open_store(settings));
    Ok((source?, store?))
}

async fn open_source(settings: &Settings) -> Result<AccountSource, Trouble> {
    let mut account = for_carrier(&settings.carrier_account, &settings.carrier_url).await?;
    account.limits.connect_timeout_ms = REACH_CARRIER_MS;
    account.limits.total_timeout_ms = 30_000;
    // Patience is the run's, which knows how much time is left.
    account.limits.read_repeats = 0;
    AccountSource::new(account).map_err(Trouble::Settings)
}

async fn open_store(settings: &Settings) -> Result<ReportStore, Trouble> {
    let credential = for_database(&settings.database_credential, &settings.database).await?;
    let session = Session::connect_trusting(&settings.database, credential, &settings.roots()?)
        .await
        .map_err(Trouble::of_database)?;
    Ok(ReportStore::new(session))
}

/// One link, looked at alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// `carrier` or `database`.
    pub link: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// The broken part, in one word.
    pub code: Option<&'static str>,
    /// What was seen.
    pub words: String,
}

/// Looks at every link, side by side, in under ten seconds. Nothing is stored; the carrier counts one call.
pub async fn check(settings: &Settings) -> Vec<Link> {
    let carrier = async {
        let source = open_source(settings).await?;
        let report = source.account().check().await;
        if report.is_usable() {
            Ok("the carrier answers and knows the account".to_owned())
        } else {
            Err(Trouble::of_check(&report.verdict))
        }
    };
    let database = async {
        let store = open_store(settings).await?;
        if !store.is_ready().await? {
            return Err(Trouble::CollectorTooOld);
        }
        Ok("the database answers and takes reports".to_owned())
    };
    let no_carrier = Trouble::CarrierUnreachable("no answer in time".to_owned());
    let no_database = Trouble::DatabaseUnreachable("no answer in time".to_owned());
    let (carrier, database) = tokio::join!(
        async { timeout(LINK, carrier).await.unwrap_or(Err(no_carrier)) },
        async { timeout(LINK, database).await.unwrap_or(Err(no_database)) },
    );
    vec![link("carrier", carrier), link("database", database)]
}

fn link(name: &'static str, seen: Result<String, Trouble>) -> Link {
    match seen {
        Ok(words) => Link {
            link: name,
            holds: true,
            code: None,
            words,
        },
        Err(trouble) => Link {
            link: name,
            holds: false,
            code: Some(trouble.code()),
            words: trouble.to_string(),
        },
    }
}
