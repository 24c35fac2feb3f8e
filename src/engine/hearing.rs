//! Hearing units in service through the fleet database: first reports, the reports of the unit that is shown, lists of those that are silent.
//!
//! Beside the rounds of the agreement and on a connection of its own, with the same rights: nothing here is written to the fleet database.
//! What was heard is kept in the inventory, so that it can be shown, with its time, when there is no line.

use super::context::Context;
use super::event::Event;
use super::heard::{
    CollectorAge, HeardLists, HeardUnit, Hearing, LONGEST_LIST, QUIET_MIN, SeenReport, UnitHeard,
    UnitReports,
};
use super::lists;
use crate::inventory::{AwaitedUnit, Inventory};
use crate::sync::{Connection, Login, RoundError};
use fleet::UnitId;
use fleet::first_report::{Awaited, place};
use fleet::unit::{UnitEvent, UnitEventKind};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// While a unit that was just proved is waited for; the collector comes every few minutes.
const SOON: Duration = Duration::from_secs(15);
/// Otherwise.
const USUAL: Duration = Duration::from_secs(60);
/// At a pretend carrier everything goes faster.
const IN_SANDBOX: Duration = Duration::from_secs(1);
/// A unit proved within that time is news.
const NEWS: SignedDuration = SignedDuration::from_hours(2);
/// Units proved longer ago are no longer waited for one by one; they stand in the list of those never heard.
const AWAITED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
const MOST_AWAITED: u32 = 200;
/// Pauses between two looks at what costs the database more.
const LISTS: Duration = Duration::from_secs(60);
const INTERVALS: Duration = Duration::from_secs(3_600);
const SHOWN_UNIT: Duration = Duration::from_secs(20);
/// Name of the note that keeps collector and lists.
const NOTE: &str = "heard";

/// One look at the fleet database.
#[derive(Debug, Clone)]
pub struct Heard {
    /// When the collector last ran.
    pub collector: Option<CollectorAge>,
    /// First reports that are news.
    pub fresh: Vec<(UnitId, SeenReport)>,
    /// Units still waited for.
    pub awaited: Vec<AwaitedUnit>,
}

/// Asks the fleet database about units in service.
pub struct Hearer {
    connection: Connection,
    usual: BTreeMap<String, i64>,
    usual_at: Option<Instant>,
    lists_at: Option<Instant>,
    intervals_at: Option<Instant>,
}

impl Hearer {
    /// Not connected yet.
    #[must_use]
    pub fn new(login: Login) -> Self {
        Self {
            connection: Connection::new(login),
            usual: BTreeMap::new(),
            usual_at: None,
            lists_at: None,
            intervals_at: None,
        }
    }

    /// Looks for first reports once, and keeps those that are news with their entry on the unit's timeline.
    ///
    /// # Errors
    /// When fleet database or inventory did not answer; nothing is then lost, the next look tells it.
    pub async fn look(&mut self, inventory: &Inventory) -> Result<Heard, RoundError> {
        let now = Timestamp::now();
        let since = now.checked_sub(AWAITED_FOR).unwrap_or(Timestamp::MIN);
        let mut awaited = inventory.awaited_reports(since, MOST_AWAITED).await?;
        let session = self.connection.session().await?;
        let collector = session.collector_age().await?;
        let mut fresh = Vec::new();
        if !awaited.is_empty() {
            let numbers: Vec<&str> = awaited.iter().map(|unit| unit.id.as_str()).collect();
            for first in session.first_reports(&numbers).await? {
                let Some(index) = awaited
                    .iter()
                    .position(|unit| first.is_of(unit.id.as_str()))
                else {
                    continue;
                };
                let id = awaited.swap_remove(index).id;
                let text = serde_json::to_string(&first.report).unwrap_or_default();
                let entry = entry(&first.report, first.provisioned_at);
                let kept =
                    inventory.note_first_report(id.clone(), first.provisioned_at, text, entry, now);
                if kept.await? {
                    fresh.push((id, first.report));
                }
            }
        }
        if due(self.usual_at, INTERVALS) {
            self.usual_at = Some(Instant::now());
            // A database that was set up before there was such a view has no experience to tell.
            if let Ok(usual) = self.connection.session().await?.usual_first_report().await {
                self.usual = usual.into_iter().collect();
            }
        }
        Ok(Heard {
            collector,
            fresh,
            awaited,
        })
    }

    /// The lists of the whole fleet, where it is time to ask for them again.
    async fn lists(&mut self, known: &HeardLists) -> Result<Option<HeardLists>, RoundError> {
        if !due(self.lists_at, LISTS) {
            return Ok(None);
        }
        let session = self.connection.session().await?;
        let never_heard = session.never_heard(LONGEST_LIST).await?;
        let silent = session.silent_units(QUIET_MIN, LONGEST_LIST).await?;
        let quiet = silent.into_iter().filter(was_heard).collect();
        // Pauses between all reports of a day: asked for seldom.
        let interval_differs = if due(self.intervals_at, INTERVALS) {
            let found = session.intervals_that_differ(LONGEST_LIST).await?;
            self.intervals_at = Some(Instant::now());
            found
        } else {
            known.interval_differs.clone()
        };
        self.lists_at = Some(Instant::now());
        Ok(Some(HeardLists {
            never_heard,
            quiet,
            interval_differs,
        }))
    }

    async fn reports_of(&mut self, id: &UnitId) -> Result<Option<UnitReports>, RoundError> {
        let session = self.connection.session().await?;
        Ok(session.reports_of(id.as_str()).await?)
    }
}

fn was_heard(unit: &HeardUnit) -> bool {
    unit.last_heard_at.is_some()
}

fn due(last: Option<Instant>, pause: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= pause)
}

/// What a first report says on the unit's timeline.
fn entry(report: &SeenReport, provisioned_at: Timestamp) -> UnitEvent {
    let minutes = (report.received_at.as_second() - provisioned_at.as_second()).max(0) / 60;
    let after = match minutes {
        0 => "less than a minute after the proof".to_owned(),
        1..=119 => format!("{minutes} min after the proof"),
        _ => format!("{} h after the proof", minutes / 60),
    };
    let place = match (report.latitude, report.longitude) {
        (Some(north), Some(east)) => place(north, east, 2),
        _ => "without a position".to_owned(),
    };
    UnitEvent {
        at: report.reported_at,
        kind: UnitEventKind::Report,
        title: "First report".to_owned(),
        detail: format!("{place}, {after}"),
        by: "collector".to_owned(),
    }
}

/// What is kept between two runs of the program.
#[derive(Serialize, Deserialize)]
struct Kept {
    told_at: Timestamp,
    collector: Option<CollectorAge>,
    lists: HeardLists,
}

/// Listens until the engine ends. Without a fleet database there is nothing to hear.
pub(super) async fn hear(context: Rc<Context>) {
    let Some(login) = context.fleet_db.clone() else {
        return;
    };
    let mut hearing = remembered(&context).await;
    context.tell(Event::Hearing(Box::new(hearing.clone())));
    let mut hearer = Hearer::new(login);
    let mut shown: Option<(UnitId, Instant)> = None;
    while !context.quitting.get() {
        let went = turn(&context, &mut hearer, &mut hearing, &mut shown).await;
        let pause = match went {
            Ok(()) => {
                hearing.deaf_since = None;
                pace(&context, &hearing)
            }
            Err(error) => {
                tracing::info!(%error, "units in service are not heard this time");
                hearing.deaf_since.get_or_insert_with(Timestamp::now);
                USUAL
            }
        };
        context.tell(Event::Hearing(Box::new(hearing.clone())));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = context.hear_now.notified() => {}
        }
    }
}

fn pace(context: &Context, hearing: &Hearing) -> Duration {
    if context
        .account
        .as_ref()
        .is_some_and(|account| account.sandbox)
    {
        return IN_SANDBOX;
    }
    let now = Timestamp::now();
    let news = |awaited: &Awaited| now.duration_since(awaited.provisioned_at) < NEWS;
    if hearing.awaited.values().any(news) {
        SOON
    } else {
        USUAL
    }
}

async fn turn(
    context: &Rc<Context>,
    hearer: &mut Hearer,
    hearing: &mut Hearing,
    shown: &mut Option<(UnitId, Instant)>,
) -> Result<(), RoundError> {
    let heard = hearer.look(&context.inventory).await?;
    let now = Timestamp::now();
    hearing.told_at = Some(now);
    let silent_s = heard
        .collector
        .as_ref()
        .and_then(|collector| collector.seconds_since_run);
    hearing.awaited = heard
        .awaited
        .into_iter()
        .map(|unit| {
            let model = unit.model.as_deref().unwrap_or_default();
            let awaited = Awaited {
                provisioned_at: unit.provisioned_at,
                registration: unit.registration,
                usual_min: hearer.usual.get(model).copied(),
                collector_silent_s: silent_s,
            };
            (unit.id, awaited)
        })
        .collect();
    // Proved again: its former first report is no news any more.
    let awaited = &hearing.awaited;
    hearing.first.retain(|id, _| !awaited.contains_key(id));
    hearing.collector = heard.collector;
    let fresh = !heard.fresh.is_empty();
    for (id, report) in heard.fresh {
        hearing.first.insert(id, report);
    }
    if fresh {
        context.tell(Event::Hearing(Box::new(hearing.clone())));
        // Its timeline has one entry more.
        lists::shown_anew(context);
    }
    if let Some(lists) = hearer.lists(&hearing.lists).await? {
        hearing.lists = lists;
        keep(context, hearing).await;
    }
    let wanted = context.shown_unit.borrow().clone();
    if let Some(id) = wanted
        && (fresh || !matches!(shown, Some((last, at)) if *last == id && at.elapsed() < SHOWN_UNIT))
    {
        let reports = hearer.reports_of(&id).await?;
        *shown = Some((id.clone(), Instant::now()));
        if let Some(reports) = &reports
            && let Ok(text) = serde_json::to_string(reports)
        {
            context
                .inventory
                .keep_reports(id.clone(), text, now)
                .await?;
            if let Some(last) = reports.last.first() {
                let reported = vec![(id.clone(), last.reported_at)];
                context.inventory.note_reports(reported).await?;
            }
        }
        context.tell(Event::UnitHeard(Box::new(UnitHeard {
            id,
            reports,
            told_at: Some(now),
        })));
    }
    Ok(())
}

/// Tells what is kept of the unit that was opened, then asks anew.
pub(super) fn opened(context: &Rc<Context>, id: UnitId) {
    if context.fleet_db.is_none() {
        return;
    }
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let kept = context.inventory.kept_reports(id.clone()).await;
        let kept = kept.ok().flatten();
        let reports = kept
            .as_ref()
            .and_then(|kept| serde_json::from_str(kept.reports.as_deref()?).ok());
        context.tell(Event::UnitHeard(Box::new(UnitHeard {
            id,
            reports,
            told_at: kept.map(|kept| kept.told_at),
        })));
        context.hear_now.notify_one();
    });
}

async fn remembered(context: &Context) -> Hearing {
    let note = context.inventory.note(NOTE).await.ok().flatten();
    let kept: Option<Kept> = note.and_then(|text| serde_json::from_str(&text).ok());
    kept.map_or_else(Hearing::default, |kept| Hearing {
        told_at: Some(kept.told_at),
        collector: kept.collector,
        lists: kept.lists,
        ..Hearing::default()
    })
}

async fn keep(context: &Context, hearing: &Hearing) {
    let kept = Kept {
        told_at: hearing.told_at.unwrap_or_else(Timestamp::now),
        collector: hearing.collector.clone(),
        lists: hearing.lists.clone(),
    };
    if let Ok(text) = serde_json::to_string(&kept)
        && let Err(error) = context.inventory.set_note(NOTE, text).await
    {
        tracing::warn!(%error, "what was heard of units in service is not kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_on_the_timeline_tells_where_and_how_long_after_the_proof() {
        let report = |latitude| SeenReport {
            reported_at: "2026-11-22T14:29:00Z".parse().unwrap(),
            received_at: "2026-11-22T14:29:03Z".parse().unwrap(),
            latitude,
            longitude: Some(-122.33),
            speed_kmh: None,
        };
        let proved = "2026-11-22T14:02:00Z".parse().unwrap();
        let told = entry(&report(Some(47.61)), proved);
        assert_eq!(told.title, "First report");
        assert_eq!(told.detail, "47.61 N 122.33 W, 27 min after the proof");
        assert_eq!(told.kind, UnitEventKind::Report);
        let blind = entry(&report(None), "2026-11-22T14:29:00Z".parse().unwrap());
        assert_eq!(
            blind.detail,
            "without a position, less than a minute after the proof"
        );
    }
}
