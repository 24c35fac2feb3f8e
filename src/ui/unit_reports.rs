//! A unit in service, on its page: its last positions on a plain map, its reports of each hour, and how the wait for the first one stands.

use super::draw::Draw;
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::card::{HeadNote, card};
use super::widgets::{Pill, Shape, Tone, hours, track};
use super::words;
use crate::engine::{FirstWord, SeenReport, UnitHeard, UnitReports};
use egui::{Frame, Margin, Ui};
use fleet::first_report::{Waiting, place};
use fleet::setting::{SettingKey, ShownValue};
use fleet::unit::Unit;
use jiff::{SignedDuration, Timestamp};

/// Silence after which a unit is not called reporting any more, minutes: the longest parked interval that is usual, and a little.
const REPORTING_MIN: i64 = 25 * 60;

/// What was heard of the unit that is shown.
fn heard<'a>(draw: &Draw<'a>, unit: &Unit) -> Option<&'a UnitHeard> {
    draw.state
        .unit_heard
        .as_ref()
        .filter(|heard| heard.id == unit.id)
}

/// How the unit stands with its reports, for the head of its page; `None` where nobody can tell.
#[must_use]
pub fn pill(draw: &Draw<'_>, unit: &Unit) -> Option<Pill> {
    let last = heard(draw, unit)
        .and_then(|heard| heard.reports.as_ref())
        .and_then(|reports| reports.unit.last_heard_at);
    let icon = Some(Shape::Icon(icons::BROADCAST));
    let word = draw.state.hearing.first_word(&unit.id, draw.now);
    match (word, last) {
        (Some(FirstWord::Waiting(Waiting::AsUsual)), _) => {
            Some(Pill::new("Waiting for first report", icon, Tone::Neutral))
        }
        (Some(FirstWord::Waiting(Waiting::Longer(_))), _) => Some(Pill::new(
            "Taking longer than usual",
            icon,
            Tone::News(|p| p.person),
        )),
        (_, Some(last)) => {
            let silent = words::seconds_since(last, draw.now);
            if i64::try_from(silent).unwrap_or(i64::MAX) / 60 < REPORTING_MIN {
                Some(Pill::new("Reporting", icon, Tone::Neutral))
            } else {
                let words = format!("Silent for {}", words::roughly(silent));
                Some(Pill::new(words, icon, Tone::News(|p| p.person)))
            }
        }
        (Some(FirstWord::Came(_)), None) => Some(Pill::new("Reporting", icon, Tone::Neutral)),
        (None, None) => None,
    }
}

/// Adds both panels, one below the other; nothing where there is no fleet database.
pub fn show(ui: &mut Ui, draw: &Draw<'_>, unit: &Unit) {
    positions(ui, draw, unit);
    per_hour(ui, draw, unit);
}

/// Adds the panel with the last positions; nothing where there is no fleet database.
pub fn positions(ui: &mut Ui, draw: &Draw<'_>, unit: &Unit) {
    if !draw.state.agreement.configured {
        return;
    }
    let reports = heard(draw, unit).and_then(|heard| heard.reports.as_ref());
    let dots = reports
        .map(|reports| dots(reports, draw))
        .unwrap_or_default();
    let note = match (dots.first(), dots.last()) {
        (Some(first), Some(last)) if dots.len() > 1 => {
            HeadNote::Words(format!("{} to {}", first.time, last.time))
        }
        (_, Some(last)) => HeadNote::Words(last.time.clone()),
        _ => HeadNote::None,
    };
    card(ui, "Last positions", note, |ui| {
        if dots.is_empty() {
            return nothing(ui, draw, unit, reports);
        }
        let spoken = reports
            .and_then(|reports| reports.last.iter().find_map(told_place))
            .map(|place| {
                format!(
                    "Map of the last {} positions, the last one {place}",
                    dots.len()
                )
            })
            .unwrap_or_default();
        track::show(ui, &dots, &spoken);
        ui.add_space(1.0);
    });
}

/// Adds the panel with the reports of each hour; nothing where there is no fleet database or nothing was heard.
pub fn per_hour(ui: &mut Ui, draw: &Draw<'_>, unit: &Unit) {
    let Some(heard) = heard(draw, unit).filter(|_| draw.state.agreement.configured) else {
        return;
    };
    let (Some(reports), Some(told_at)) = (&heard.reports, heard.told_at) else {
        return;
    };
    let counts = &reports.by_hour;
    if counts.is_empty() {
        return;
    }
    let total: i64 = counts.iter().sum();
    let begins = told_at
        .checked_sub(SignedDuration::from_hours(counts.len() as i64))
        .unwrap_or(told_at);
    let end = if draw.state.hearing.deaf_since.is_some() {
        words::when(told_at, draw.now, draw.zone)
    } else {
        "now".to_owned()
    };
    let note = format!(
        "{} to {end}, {} in all",
        words::when(begins, draw.now, draw.zone),
        words::count(u64::try_from(total).unwrap_or_default())
    );
    let interval_s = set_interval_s(unit);
    let expected = interval_s.map(|seconds| 3_600.0 / seconds as f32);
    let ticks = ticks(counts.len(), begins, draw);
    card(ui, "Reports an hour", HeadNote::Words(note.clone()), |ui| {
        Frame::new()
            .inner_margin(Margin::symmetric(16, 14))
            .show(ui, |ui| {
                let spoken = format!("Reports an hour, {note}");
                hours::show(
                    ui,
                    &hours::Hours {
                        counts,
                        expected,
                        ticks: &ticks,
                        spoken: &spoken,
                    },
                );
                if let Some(seconds) = interval_s {
                    ui.add_space(4.0);
                    hours::legend(ui, &legend(seconds, reports));
                }
            });
    });
}

/// The interval that was set for a unit on the move, seconds.
fn set_interval_s(unit: &Unit) -> Option<i64> {
    let key = SettingKey::new("report.moving_interval_s").ok()?;
    match unit.settings.get(&key) {
        Some(ShownValue::Integer(seconds)) if *seconds > 0 => Some(*seconds),
        _ => None,
    }
}

/// What the dashed line means, and whether the road agrees with the bench.
fn legend(seconds: i64, reports: &UnitReports) -> String {
    let an_hour = (3_600.0 / seconds as f64).round();
    let set = format!("{an_hour} an hour is what {seconds} s gives while it moves.");
    match &reports.interval {
        Some(seen) if seen.differs => format!("{set} Seen: every {} s.", seen.seen_s),
        Some(_) => format!("{set} Interval seen equals interval set."),
        None => set,
    }
}

/// Which bars have a time below them: the first, the last, and one each quarter.
fn ticks(bars: usize, begins: Timestamp, draw: &Draw<'_>) -> Vec<(usize, String)> {
    let last = bars.saturating_sub(1);
    let quarter = (bars / 4).max(1);
    (0..bars)
        .step_by(quarter)
        .filter(|index| *index + 1 < last || *index == 0)
        .filter_map(|index| {
            let at = begins
                .checked_add(SignedDuration::from_hours(index as i64))
                .ok()?;
            Some((index, words::clock(at, draw.zone)))
        })
        .chain([(last, "now".to_owned())])
        .collect()
}

/// Positions as dots, the oldest first.
fn dots(reports: &UnitReports, draw: &Draw<'_>) -> Vec<track::Dot> {
    let of = |report: &SeenReport| {
        let (latitude, longitude) = report.latitude.zip(report.longitude)?;
        let more = report
            .speed_kmh
            .map(|speed| format!("{} km/h", speed.round()))
            .unwrap_or_default();
        Some(track::Dot {
            latitude,
            longitude,
            time: words::clock(report.reported_at, draw.zone),
            more,
        })
    };
    reports.last.iter().rev().filter_map(of).collect()
}

fn told_place(report: &SeenReport) -> Option<String> {
    let (north, east) = report.latitude.zip(report.longitude)?;
    Some(place(north, east, 2))
}

/// Why there is no map.
fn nothing(ui: &mut Ui, draw: &Draw<'_>, unit: &Unit, reports: Option<&UnitReports>) {
    let palette = palette(ui);
    let awaited = draw.state.hearing.awaited.get(&unit.id);
    let words = match (reports, awaited) {
        (_, Some(awaited)) if draw.state.hearing.collector.is_some() => {
            format!("{}.", awaited.words(draw.now))
        }
        (Some(reports), _) if !reports.last.is_empty() => {
            "It reports, but without a position: it does not see the sky.".to_owned()
        }
        (Some(_), _) => "No report in the last 35 days.".to_owned(),
        (None, _) if draw.state.hearing.deaf_since.is_some() => {
            "Not asked yet: the office database cannot be reached now.".to_owned()
        }
        (None, _) => "The fleet table does not know this unit yet.".to_owned(),
    };
    Frame::new()
        .inner_margin(Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.label(text::rich(
                &words,
                Size::Body,
                Weight::Regular,
                palette.ink2,
            ));
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{HeardUnit, SeenInterval};

    fn reports(interval: Option<SeenInterval>) -> UnitReports {
        UnitReports {
            unit: HeardUnit {
                serial: "490154203237518".into(),
                model: None,
                vehicle: None,
                customer: None,
                office: None,
                carrier_state: None,
                provisioned_at: None,
                last_heard_at: None,
                minutes_silent: None,
                position_at: None,
                latitude: None,
                longitude: None,
            },
            first: None,
            last: Vec::new(),
            by_hour: Vec::new(),
            interval,
            usual_min: None,
        }
    }

    #[test]
    fn the_legend_says_what_the_interval_gives_and_whether_the_road_agrees() {
        let seen = |seen_s, differs| {
            Some(SeenInterval {
                set_s: 30,
                seen_s,
                differs,
            })
        };
        assert_eq!(
            legend(30, &reports(seen(31, false))),
            "120 an hour is what 30 s gives while it moves. Interval seen equals interval set."
        );
        assert!(legend(30, &reports(seen(60, true))).ends_with("Seen: every 60 s."));
        assert_eq!(
            legend(300, &reports(None)),
            "12 an hour is what 300 s gives while it moves."
        );
    }
}
