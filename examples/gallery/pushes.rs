//! Pushes of the invented office: before anything is sent, at work, stopped by itself, ended.

use super::sample::now;
use fleet::fault::{Fault, UnitCondition};
use fleet::plan::ShownChange;
use fleet::push::*;
use fleet::setting::{SettingKey, ShownValue};
use fleet::{Imei, UnitId};
use fleetdesk::engine::*;
use fleetdesk::inventory::PushLogLine;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// What a page needs beside the office.
pub fn events(page: &str) -> Vec<Event> {
    match page {
        "push" => vec![list()],
        "push-left" | "to-do-pushes" => vec![list(), left_alone()],
        "push-one" => vec![Event::Rehearsed(Some(std::sync::Arc::new(rehearsal_of(
            1, false,
        ))))],
        "push-many" => vec![Event::Rehearsed(Some(std::sync::Arc::new(rehearsal_of(
            300_000, false,
        ))))],
        "push-rehearsal" => vec![Event::Rehearsed(Some(std::sync::Arc::new(rehearsal(
            false,
        ))))],
        "push-long" => vec![Event::Rehearsed(Some(std::sync::Arc::new(rehearsal(true))))],
        "push-running" | "push-stopped" | "push-ended" | "push-sheet" => {
            vec![list(), Event::PushShown(Some(Box::new(view(page))))]
        }
        _ => Vec::new(),
    }
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

fn id(number: u32) -> Option<UnitId> {
    (0..10).find_map(|check| {
        let imei = Imei::parse(&format!("0049990{number:07}{check}")).ok()?;
        let found = UnitId::from_unit_answer(imei.as_str()).ok()?;
        Some(found.0)
    })
}

fn change(key: &str, label: &str, values: [ShownValue; 2], guarded: bool) -> Option<ShownChange> {
    let [before, after] = values;
    Some(ShownChange {
        key: SettingKey::new(key).ok()?,
        label: label.into(),
        before: Some(before),
        after,
        guarded,
        readable: true,
    })
}

/// Two settings, one of them guarded.
fn changes(long: bool) -> Vec<ShownChange> {
    let host = match long {
        true => "reports-of-the-long-valley-road.fleet-services.example.net",
        false => "gps.example.net",
    };
    let text = |text: &str| ShownValue::Text(text.into());
    let number = ShownValue::Integer;
    let mut all = vec![
        change(
            "server.host",
            "Server address",
            [text("old.example.net"), text(host)],
            true,
        ),
        change(
            "report.moving_interval_s",
            "Report while moving, every",
            [number(120), number(30)],
            false,
        ),
    ];
    if long {
        all.push(change(
            "report.heartbeat_interval_s",
            "Sign of life while parked, every",
            [number(3_600), number(600)],
            false,
        ));
    }
    all.into_iter().flatten().collect()
}

fn unit(number: u32, long: bool) -> Option<PushUnit> {
    let way = match number % 3 {
        0 => Way::Cable,
        _ => Way::Sms,
    };
    let forecast = match number {
        7 => Forecast::Cannot {
            why: "suspended at the carrier, a message would not arrive".into(),
            cure: "Restore it, or use a cable".into(),
        },
        19 => Forecast::Cannot {
            why: "it was never read here, so what would change is not known".into(),
            cure: "Plug it in once and read it".into(),
        },
        number if number % 8 == 5 => Forecast::AlreadyRight,
        _ => Forecast::Change {
            changes: changes(long),
        },
    };
    let model = match long {
        true => "FT-300 Long Range with external antenna",
        false => "FT-300",
    };
    Some(PushUnit::new(
        id(number)?,
        number,
        Some(model.into()),
        way,
        forecast,
        ago(14),
    ))
}

fn facts(long: bool) -> PushFacts {
    let name = match long {
        true => "Vans of the long valley road, second contract, night shift",
        false => "Van standard",
    };
    PushFacts {
        id: PushId(Uuid::from_u128(0x0193_7000_0000_7000_8000_0000_0000_0042)),
        title: format!("{name} v5"),
        template: Some((name.into(), 5)),
        undoes: None,
        chosen: "by the search 'office:north template:\"Van standard\"'".into(),
        via: Via::Any,
        rules: Rules::default(),
        agreed_by: Some("Bench 2".into()),
        by: "Bench 2".into(),
        begun: ago(14),
    }
}

/// What 312 units would make of it.
pub fn rehearsal(long: bool) -> RehearsalView {
    rehearsal_of(312, long)
}

/// The same with so many units.
pub fn rehearsal_of(count: u32, long: bool) -> RehearsalView {
    RehearsalView::of(Rehearsal {
        facts: facts(long),
        units: {
            let some: Vec<PushUnit> = (0..312).filter_map(|number| unit(number, long)).collect();
            let count = usize::try_from(count).unwrap_or_default();
            some.iter().cycle().take(count).cloned().collect()
        },
        not_found: vec!["356938035643809".into()],
        doubles: Vec::new(),
        cost: Some(DataCost {
            before_mb: Some(2.3),
            after_mb: 8.8,
            plan_mb: Some(5.0),
        }),
        over_plan: 268,
        at: now(),
    })
}

fn progress(page: &str) -> PushProgress {
    let state = match page {
        "push-stopped" => PushState::Stopped {
            why: "3 failures with the code V-310: probably the template, not the units".into(),
        },
        "push-ended" | "push-sheet" => PushState::Ended,
        _ => PushState::Running,
    };
    PushProgress {
        state,
        wave: Wave::Rest,
        counted_from: ago(14),
        looks: 0,
        pilot_verified: Some(ago(9)),
    }
}

/// A push on the screen.
pub fn view(page: &str) -> PushView {
    let ended = matches!(page, "push-ended" | "push-sheet");
    let stand = |mut unit: PushUnit| {
        if unit.standing != Standing::Waiting {
            return unit;
        }
        let (standing, words) = match unit.turn % 16 {
            1 | 11 if page != "push-running" && unit.turn < 40 => (
                Standing::Failed,
                "V-310: not kept after restart, it has its old settings back",
            ),
            _ if ended || unit.turn < 120 => {
                (Standing::Verified, "2 values read back after the restart")
            }
            2 => (Standing::Taken, "the unit answered that it took 2 values"),
            6 | 10 => (Standing::Sent, "written; asked again for its values"),
            _ => return unit,
        };
        unit.standing = standing;
        unit.words = words.into();
        unit.attempts = 1;
        unit.since = ago(i64::from(unit.turn % 9));
        if standing == Standing::Failed {
            unit.fault = Some(Fault::DidNotStay {
                settings: Vec::new(),
            });
            unit.condition = Some(UnitCondition::PutBack);
        }
        if unit.turn == 17 && page == "push-stopped" {
            let bench = "South office, Bench 1".to_owned();
            unit.fault = Some(Fault::BenchGone { bench });
            unit.condition = Some(UnitCondition::NotKnown);
            unit.words = "J-603: South office, Bench 1 had it in hand at the cancel and says nothing more; what it holds is known once it is read".into();
        }
        if unit.turn == 9 && page == "push-running" {
            unit.standing = Standing::Waiting;
            unit.passed_over = Some("Coaches of the long valley road v2".into());
        }
        if unit.turn % 16 == 8 && standing == Standing::Verified {
            unit.elsewhere = Some("South office, Bench 1".into());
        }
        unit
    };
    let units = (0..312).filter_map(|number| unit(number, false));
    let push = Push::recover(facts(false), progress(page), units.map(stand).collect());
    PushView {
        facts: push.facts().clone(),
        progress: push.progress().clone(),
        counts: push.counts().clone(),
        in_hand: 0,
        pilot_size: push.pilot_size(),
        units: push.units().to_vec(),
        log: vec![PushLogLine {
            at: ago(14),
            by: "Bench 2".into(),
            what: "Begun".into(),
        }],
    }
}

/// Pushes of other benches that this one cannot help with.
fn left_alone() -> Event {
    let left = |number: u128, title: &str, why: &str, cure: &str, code: &str| LeftAlone {
        push: PushId(Uuid::from_u128(number)),
        title: title.into(),
        by: "South office, Bench 1".into(),
        why: why.into(),
        cure: cure.into(),
        code: code.into(),
    };
    Event::PushesLeftAlone(vec![
        left(
            71,
            "Trailers v3",
            "its bench has a newer program, and this one does not understand it",
            "Bring this program up to date.",
            "P-458",
        ),
        left(
            72,
            "Vans of the long valley road, second contract, night shift v5",
            "its template Vans of the long valley road, second contract, night shift version 5 cannot be had here: version 5 is released here with other contents",
            "Give one of the two templates another version, then begin the push again.",
            "P-459",
        ),
    ])
}

/// Pushes of some days.
fn list() -> Event {
    let row = |page: &str, number: u128, title: &str, days: i64| {
        let view = view(page);
        let counts = Standing::ALL
            .into_iter()
            .map(|standing| (standing, view.counts.of(standing) as u64))
            .filter(|(_, count)| *count > 0);
        PushSummary {
            facts: PushFacts {
                id: PushId(Uuid::from_u128(number)),
                title: title.into(),
                begun: ago(14 + days * 1_440),
                ..view.facts
            },
            progress: view.progress,
            counts: counts.collect(),
            last: ago(1),
        }
    };
    Event::Pushes(vec![
        row("push-running", 1, "Van standard v5", 0),
        row("push-stopped", 2, "Coach v2", 1),
        row(
            "push-ended",
            3,
            "Undo of Vans of the long valley road, second contract, night shift v4",
            12,
        ),
    ])
}
