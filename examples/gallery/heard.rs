//! Units between bench and first report: waited for, waited for too long, and heard.

use super::sample::{now, unit_id, unit_opened};
use fleet::UnitId;
use fleet::first_report::Awaited;
use fleet::registration::RegistrationState;
use fleetdesk::engine::{
    Agreement, CollectorAge, Event, HeardUnit, Hearing, SeenInterval, SeenReport, UnitHeard,
    UnitReports,
};
use jiff::SignedDuration;

fn report(minutes_ago: i64) -> SeenReport {
    let at = now() - SignedDuration::from_mins(minutes_ago);
    SeenReport {
        reported_at: at,
        received_at: at,
        latitude: Some(47.61 + minutes_ago as f64 / 900.0),
        longitude: Some(-122.33 - (minutes_ago % 37) as f64 / 700.0),
        speed_kmh: Some(41.0),
    }
}

fn awaited(minutes_ago: i64, registration: RegistrationState) -> Awaited {
    Awaited {
        provisioned_at: now() - SignedDuration::from_mins(minutes_ago),
        registration: Some(registration),
        usual_min: Some(12),
        collector_silent_s: Some(90),
    }
}

fn hearing() -> Hearing {
    let mut hearing = Hearing {
        told_at: Some(now() - SignedDuration::from_secs(4)),
        collector: Some(CollectorAge {
            seconds_since_run: Some(90),
            caught_up: Some(true),
            newest_report_at: Some(now() - SignedDuration::from_secs(100)),
        }),
        ..Hearing::default()
    };
    let waits = [
        ("0374", 3, RegistrationState::Active),
        ("4410", 55, RegistrationState::Pending),
        ("7391", 70, RegistrationState::Active),
    ];
    for (ending, minutes, registration) in waits {
        if let Some(id) = unit_id(ending) {
            hearing.awaited.insert(id, awaited(minutes, registration));
        }
    }
    if let Some(id) = unit_id("1129") {
        hearing.first.insert(id, report(2));
    }
    hearing
}

/// What the pages of first reports need beside the office.
pub fn events(page: &str) -> Vec<Event> {
    let Some(Event::UnitOpened(shown)) = unit_opened() else {
        return Vec::new();
    };
    let id = shown.unit.id.clone();
    let mut hearing = hearing();
    let agreement = Event::Agreement(Agreement {
        configured: true,
        agreed_at: Some(now() - SignedDuration::from_secs(8)),
        ..Agreement::default()
    });
    match page {
        "first-report" => vec![agreement, Event::Hearing(Box::new(hearing))],
        "unit-waits" | "unit-late" => {
            let minutes = if page == "unit-waits" { 3 } else { 95 };
            hearing
                .awaited
                .insert(id.clone(), awaited(minutes, RegistrationState::Active));
            vec![
                agreement,
                Event::UnitOpened(shown),
                Event::Hearing(Box::new(hearing)),
                heard(id, Vec::new()),
            ]
        }
        "unit-heard" => {
            let last = (0..60).map(|number| report(2 + number * 20)).collect();
            vec![
                agreement,
                Event::UnitOpened(shown),
                Event::Hearing(Box::new(hearing)),
                heard(id, last),
            ]
        }
        _ => Vec::new(),
    }
}

fn heard(id: UnitId, last: Vec<SeenReport>) -> Event {
    let came = !last.is_empty();
    let reports = UnitReports {
        unit: HeardUnit {
            serial: id.as_str().to_owned(),
            model: Some("FT-300".into()),
            vehicle: Some("SMP 1147".into()),
            customer: Some("Example Couriers".into()),
            office: Some("North office".into()),
            carrier_state: Some("active".into()),
            provisioned_at: Some(now() - SignedDuration::from_mins(95)),
            last_heard_at: last.first().map(|report| report.received_at),
            minutes_silent: last.first().map(|_| 2),
            position_at: last.first().map(|report| report.reported_at),
            latitude: last.first().and_then(|report| report.latitude),
            longitude: last.first().and_then(|report| report.longitude),
        },
        first: last.last().cloned(),
        by_hour: (0..24)
            .map(|hour| if came { (hour * 7) % 11 } else { 0 })
            .collect(),
        interval: came.then_some(SeenInterval {
            set_s: 30,
            seen_s: 62,
            differs: true,
        }),
        usual_min: Some(12),
        last,
    };
    Event::UnitHeard(Box::new(UnitHeard {
        id,
        reports: Some(reports),
        told_at: Some(now() - SignedDuration::from_secs(4)),
    }))
}

/// The page of the first unit with texts as long as people enter them.
pub fn unit_of_long_texts() -> Option<Event> {
    let Some(Event::UnitOpened(mut page)) = unit_opened() else {
        return None;
    };
    let customer = "Borealis Heavy Haulage and Sons of Greater Springfield, Ltd.";
    page.former.iter_mut().for_each(|former| {
        former.field = fleet::edit::Field::Customer;
        former.value = customer.into();
    });
    page.timeline.iter_mut().take(1).for_each(|entry| {
        entry.title = format!("Customer {customer} → Sample Coaches");
    });
    page.unit.customer = Some("Sample Coaches of the long valley road and its neighbours".into());
    page.unit.note = Some("Came back twice with a wet plug; the installer says the fuse of the second holder is too small. Ask before it goes out again, and send the long harness with it.".into());
    page.unit.model = Some("FMB920 with the long harness and the second battery".into());
    Some(Event::UnitOpened(page))
}
