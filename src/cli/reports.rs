//! What units in service reported, out of the fleet database: lists of silent ones, and the reports of one unit.

use super::args::{Global, UnitsArgs};
use super::exit::ExitStatus;
use super::output::{Output, message};
use crate::start::{Machine, StartError};
use fleet::first_report::{Awaited, COLLECTOR_LATE_S};
use fleet_db::heard::{CollectorAge, HeardUnit, SeenReport, UnitReports};
use fleet_db::{Access, Fault, Session};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// A look at one unit does not wait longer than that for the fleet database.
const SHORT: Duration = Duration::from_secs(6);
/// Minutes of an age such as `2d`, `36h` or `90m`.
pub(super) fn minutes(text: &str) -> Result<i64, String> {
    let number = |end: char| {
        text.strip_suffix(end)
            .and_then(|number| number.parse::<u32>().ok())
    };
    let (number, of) = match (number('d'), number('h'), number('m')) {
        (Some(days), _, _) => (days, 1_440),
        (_, Some(hours), _) => (hours, 60),
        (_, _, Some(minutes)) => (minutes, 1),
        _ => return Err("write days, hours or minutes: 2d, 36h, 90m".to_owned()),
    };
    if number == 0 {
        return Err("at least 1".to_owned());
    }
    Ok(i64::from(number) * of)
}

/// `units --silent AGE`, `--never-heard`, `--interval-differs`.
pub(super) fn list(
    global: &Global,
    args: &UnitsArgs,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let machine = Machine::look(global)?;
    let login = machine.fleet_db(global)?;
    let asked = runtime()?.block_on(async {
        let session = login.session().await?;
        let age = session.collector_age().await?;
        if args.interval_differs {
            let rows = session.intervals_that_differ(args.limit).await?;
            let rows = rows.iter().map(|row| {
                let vehicle = row.vehicle.as_deref().unwrap_or("");
                let words = format!(
                    "{:<18} {vehicle:<16} reports every {} s, set to {} s",
                    row.serial, row.seen_s, row.set_s
                );
                (json!(row), words)
            });
            return Ok((rows.collect::<Vec<_>>(), age));
        }
        let units = match args.silent {
            Some(minutes) => session.silent_units(minutes, args.limit).await?,
            None => session.never_heard(args.limit).await?,
        };
        let rows = units.iter().map(|unit| (json!(unit), row(unit)));
        Ok::<_, Fault>((rows.collect(), age))
    });
    let (rows, age) = match asked {
        Ok(asked) => asked,
        Err(fault) => {
            let advice = fault.advice();
            output.advice(&advice);
            if output.is_json() {
                output.json_line(
                    &json!({ "type": "error", "fault": advice.code, "message": message(&advice) }),
                );
            }
            return Ok(ExitStatus::Failed);
        }
    };
    for (object, words) in &rows {
        if output.is_json() {
            output.json_line(&typed(object.clone(), "unit"));
        } else {
            output.line(words);
        }
    }
    if output.is_json() {
        output.json_line(&json!({ "type": "summary", "units": rows.len(), "collector": age }));
    } else {
        if rows.is_empty() {
            output.line("No unit.");
        }
        output.say(&collector_words(age.as_ref()));
    }
    Ok(ExitStatus::Done)
}

/// The reports of one unit, for `unit show`; nothing where this bench has no fleet database.
pub(super) fn of_unit(
    machine: &Machine,
    global: &Global,
    number: &str,
    now: Timestamp,
    output: Output,
) -> Result<(), StartError> {
    let Some(login) = machine.fleet_db_if_any(global)? else {
        return Ok(());
    };
    let asked =
        runtime()?.block_on(async { tokio::time::timeout(SHORT, ask(&login, number)).await });
    let (reports, age) = match asked {
        Ok(Ok((Some(reports), age))) => (reports, age),
        Ok(Ok((None, _))) => return Ok(()),
        Ok(Err(fault)) => {
            output.problem(&format!("Its reports are not shown: {fault}."));
            return Ok(());
        }
        Err(_) => {
            output.problem("Its reports are not shown: the fleet database does not answer now.");
            return Ok(());
        }
    };
    let standing = standing(&reports, age.as_ref(), now);
    if output.is_json() {
        let mut object = typed(json!(reports), "reports");
        if let Some(object) = object.as_object_mut() {
            object.insert("standing".into(), json!(standing));
        }
        output.json_line(&object);
        return Ok(());
    }
    output.line(&format!("  {standing}"));
    if reports.by_hour.iter().any(|count| *count > 0) {
        output.line(&format!(
            "  reports of the last 24 hours, by hour: {}",
            plot(&reports.by_hour)
        ));
    }
    for report in reports.last.iter().take(5) {
        output.line(&format!(
            "  {}  {}",
            clock(report.reported_at),
            place(report)
        ));
    }
    Ok(())
}

async fn ask(
    login: &Access,
    number: &str,
) -> Result<(Option<UnitReports>, Option<CollectorAge>), Fault> {
    let session: Session = login.session().await?;
    Ok((
        session.reports_of(number).await?,
        session.collector_age().await?,
    ))
}

/// Where a unit stands between the bench and its first report.
fn standing(reports: &UnitReports, age: Option<&CollectorAge>, now: Timestamp) -> String {
    if let Some(first) = &reports.first {
        return format!(
            "First report {}  {}",
            clock(first.reported_at),
            place(first)
        );
    }
    let Some(provisioned_at) = reports.unit.provisioned_at else {
        return "No report since it is known.".to_owned();
    };
    let state = reports.unit.carrier_state.clone();
    let awaited = Awaited {
        provisioned_at,
        registration: state.and_then(|word| serde_json::from_value(json!(word)).ok()),
        usual_min: reports.usual_min,
        collector_silent_s: age.and_then(|age| age.seconds_since_run),
    };
    format!("{}.", awaited.words(now))
}

fn collector_words(age: Option<&CollectorAge>) -> String {
    match age.and_then(|age| age.seconds_since_run) {
        Some(seconds) if seconds > COLLECTOR_LATE_S => format!(
            "The collector last fetched reports {} ago: units may have been heard since.",
            ago(seconds / 60)
        ),
        Some(seconds) => format!("Collector: {} ago.", ago(seconds / 60)),
        None => "No collector has ever brought reports into this fleet database.".to_owned(),
    }
}

fn row(unit: &HeardUnit) -> String {
    let vehicle = unit.vehicle.as_deref().unwrap_or("");
    let silent = match unit.minutes_silent {
        Some(minutes) => format!("silent {}", ago(minutes)),
        None => "never heard".to_owned(),
    };
    let seen = unit.last_heard_at.map_or_else(String::new, clock);
    let place = match (unit.latitude, unit.longitude) {
        (Some(north), Some(east)) => degrees(north, east),
        _ => String::new(),
    };
    format!(
        "{:<18} {vehicle:<16} {silent:<18} {seen:<13} {place}",
        unit.serial
    )
    .trim_end()
    .to_owned()
}

fn ago(minutes: i64) -> String {
    match minutes {
        0..60 => format!("{minutes} min"),
        60..1_440 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", minutes / 1_440, minutes % 1_440 / 60),
    }
}

fn clock(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%d %b %H:%M")
        .to_string()
}

fn place(report: &SeenReport) -> String {
    match (report.latitude, report.longitude) {
        (Some(north), Some(east)) => degrees(north, east),
        _ => "without a position".to_owned(),
    }
}

fn degrees(north: f64, east: f64) -> String {
    fleet::first_report::place(north, east, 4)
}

/// One sign for each hour, higher for more.
fn plot(by_hour: &[i64]) -> String {
    let most = by_hour.iter().copied().max().unwrap_or(0).max(1);
    let signs = ['.', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    by_hour
        .iter()
        .map(|count| {
            let step = (count * 8 + most - 1) / most;
            usize::try_from(step)
                .ok()
                .and_then(|step| signs.get(step))
                .copied()
                .unwrap_or('.')
        })
        .collect()
}

fn typed(mut object: Value, kind: &str) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.insert("type".into(), json!(kind));
    }
    object
}

fn runtime() -> Result<tokio::runtime::Runtime, StartError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            StartError::failed(
                format!("The system gives no means to wait: {error}."),
                "Nothing was done.",
                "Close other programs and start again.",
                "U-041",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(first: Option<SeenReport>, carrier_state: &str) -> UnitReports {
        UnitReports {
            unit: HeardUnit {
                serial: "490154203237518".into(),
                model: None,
                vehicle: None,
                customer: None,
                office: None,
                carrier_state: Some(carrier_state.into()),
                provisioned_at: Some("2026-11-22T10:00:00Z".parse().unwrap()),
                last_heard_at: None,
                minutes_silent: None,
                position_at: None,
                latitude: None,
                longitude: None,
            },
            first,
            last: Vec::new(),
            by_hour: Vec::new(),
            interval: None,
            usual_min: None,
        }
    }

    #[test]
    fn a_unit_waits_then_takes_longer_than_usual_and_then_was_heard() {
        let running = CollectorAge {
            seconds_since_run: Some(120),
            caught_up: Some(true),
            newest_report_at: None,
        };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let early = standing(
            &reports(None, "active"),
            Some(&running),
            at("2026-11-22T10:20:00Z"),
        );
        assert_eq!(early, "Waiting for first report.");
        let late = |state, age| standing(&reports(None, state), age, at("2026-11-22T13:00:00Z"));
        assert!(
            late("active", Some(&running)).contains("Taking longer than usual; likely: no network")
        );
        assert!(late("pending", Some(&running)).contains("not active at the carrier"));
        assert!(late("active", None).contains("no collector"));
        let first = SeenReport {
            reported_at: at("2026-11-22T14:02:00Z"),
            received_at: at("2026-11-22T14:02:03Z"),
            latitude: Some(47.61),
            longitude: Some(-122.33),
            speed_kmh: None,
        };
        let heard = standing(
            &reports(Some(first), "active"),
            None,
            at("2026-11-22T15:00:00Z"),
        );
        assert!(
            heard.starts_with("First report 22 Nov") && heard.ends_with("47.6100 N 122.3300 W"),
            "{heard}"
        );
    }

    #[test]
    fn ages_are_read_and_told_in_words() {
        assert_eq!(
            (minutes("2d"), minutes("36h"), minutes("90m")),
            (Ok(2_880), Ok(2_160), Ok(90))
        );
        for wrong in ["2", "d", "0d", "-1d", "2w", ""] {
            assert!(minutes(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            (ago(59), ago(61), ago(2_941)),
            ("59 min".into(), "1 h 1 min".into(), "2 d 1 h".into())
        );
        assert_eq!(plot(&[0, 1, 8]), ".▁█");
    }
}
