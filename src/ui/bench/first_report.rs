//! The last step of a lane's unit: the wait for its first report, and the report. What the rest of a lane looks like is [`super::look`]'s business.

use super::look;
use crate::engine::{FirstWord, Hearing, Lane, LaneState, SeenReport};
use crate::ui::draw::Draw;
use crate::ui::theme::icon_table as icons;
use crate::ui::widgets::lane_card::LaneCard;
use crate::ui::widgets::shape::Shape;
use crate::ui::widgets::stage_rail::StageMark;
use crate::ui::words;
use fleet::first_report::{Waiting, place};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The card of a lane, with what was heard of its unit.
#[must_use]
pub fn card(lane: &Lane, draw: &Draw<'_>) -> LaneCard {
    let mut card = look::card(lane, draw.now);
    if lane.state == LaneState::Ready
        && let Some(unit) = &lane.unit
        && let Some(elsewhere) = draw
            .state
            .agreement
            .who_has(&unit.id, unit.iccid.as_deref())
    {
        card.second = elsewhere.words(draw.zone);
        return card;
    }
    let Some(word) = word(lane, &draw.state.hearing, draw.now) else {
        return card;
    };
    card.second = said(&word, draw.zone);
    // Pull it all the same; but 'Done' is said once it was heard.
    if matches!(word, FirstWord::Waiting(_)) && lane.state == LaneState::Done {
        card.word = LaneState::Verified.word();
        card.shape = Shape::Icon(icons::SEAL_CHECK);
    }
    if matches!(word, FirstWord::Waiting(_)) && pulls(&lane.state) {
        card.second = format!("Pull and label. {}", card.second);
    }
    card
}

/// The line under the big word in the pane.
#[must_use]
pub fn second(lane: &Lane, draw: &Draw<'_>) -> String {
    let Some(word) = word(lane, &draw.state.hearing, draw.now) else {
        return look::second(lane, draw.now);
    };
    let mut said = said(&word, draw.zone);
    if let FirstWord::Waiting(Waiting::Longer(cause)) = word {
        said = format!("Taking longer than usual; likely: {}", cause.words());
    }
    if pulls(&lane.state) {
        format!("Pull and label. {said}")
    } else {
        said
    }
}

/// The stages of a lane; the last one is the first report.
#[must_use]
pub fn stages(lane: &Lane, draw: &Draw<'_>) -> [StageMark; 6] {
    let mut stages = look::stages(lane);
    let mark = match word(lane, &draw.state.hearing, draw.now) {
        Some(FirstWord::Waiting(_)) => StageMark::Now,
        Some(FirstWord::Came(_)) => StageMark::Past,
        None => return stages,
    };
    if let Some(last) = stages.last_mut() {
        *last = mark;
    }
    stages
}

/// 'First report 14:02, 47.61 N 122.33 W'.
#[must_use]
pub fn came(report: &SeenReport, zone: &TimeZone) -> String {
    let at = words::clock(report.reported_at, zone);
    match (report.latitude, report.longitude) {
        (Some(north), Some(east)) => format!("First report {at}, {}", place(north, east, 2)),
        _ => format!("First report {at}, without a position"),
    }
}

fn said(word: &FirstWord, zone: &TimeZone) -> String {
    match word {
        FirstWord::Waiting(Waiting::AsUsual) => "Waiting for first report".to_owned(),
        FirstWord::Waiting(Waiting::Longer(cause)) => {
            format!("Taking longer than usual: {}", cause.short())
        }
        FirstWord::Came(report) => came(report, zone),
    }
}

fn pulls(state: &LaneState) -> bool {
    matches!(state, LaneState::Done | LaneState::AlreadySet)
}

/// What there is to say about the first report of a lane's unit. Only where everything else about it is said.
fn word(lane: &Lane, hearing: &Hearing, now: Timestamp) -> Option<FirstWord> {
    let unit = lane.unit.as_ref()?;
    let proved = match &lane.state {
        LaneState::Done | LaneState::AlreadySet => true,
        // The carrier's part is the news until it is over.
        LaneState::Verified | LaneState::DoneCarrierOwed | LaneState::NotVerified => false,
        _ => return None,
    };
    hearing
        .first_word(&unit.id, now)
        .filter(|word| proved || matches!(word, FirstWord::Came(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{CollectorAge, LaneUnit, Slot};
    use fleet::UnitId;
    use fleet::first_report::Awaited;

    fn lane(state: LaneState) -> Lane {
        let id = UnitId::from_unit_answer("490154203237518").unwrap().0;
        let unit = LaneUnit {
            story: None,
            id,
            model: "FT-300".into(),
            firmware: None,
            iccid: None,
            greeting: String::new(),
            warnings: Vec::new(),
        };
        Lane {
            state,
            unit: Some(unit),
            ..Lane::empty(Slot(1), "")
        }
    }

    fn heard(first: bool) -> Hearing {
        let id = lane(LaneState::Done).unit.unwrap().id;
        let mut hearing = Hearing {
            collector: Some(CollectorAge {
                seconds_since_run: Some(60),
                caught_up: Some(true),
                newest_report_at: None,
            }),
            ..Hearing::default()
        };
        if first {
            let report = SeenReport {
                reported_at: "2026-11-22T14:02:00Z".parse().unwrap(),
                received_at: "2026-11-22T14:02:03Z".parse().unwrap(),
                latitude: Some(47.61),
                longitude: Some(-122.33),
                speed_kmh: None,
            };
            hearing.first.insert(id, report);
        } else {
            let awaited = Awaited {
                provisioned_at: "2026-11-22T14:00:00Z".parse().unwrap(),
                registration: None,
                usual_min: Some(10),
                collector_silent_s: Some(60),
            };
            hearing.awaited.insert(id, awaited);
        }
        hearing
    }

    fn drawn<T>(hearing: Hearing, at: &str, look: impl FnOnce(&Draw<'_>) -> T) -> T {
        let state = crate::engine::State {
            hearing,
            ..Default::default()
        };
        let draw = Draw {
            state: &state,
            desk: &mut crate::ui::desk::Desk::default(),
            commands: &mut Vec::new(),
            now: at.parse().unwrap(),
            zone: &TimeZone::UTC,
            room: crate::ui::draw::Room::Wide,
        };
        look(&draw)
    }

    #[test]
    fn a_lane_waits_then_takes_longer_than_usual_then_tells_the_first_report() {
        let card_at = |hearing, at: &str| {
            let card = drawn(hearing, at, |draw| card(&lane(LaneState::Done), draw));
            (card.word, card.second)
        };
        let waiting = card_at(heard(false), "2026-11-22T14:05:00Z");
        assert_eq!(
            waiting,
            (
                "Verified".into(),
                "Pull and label. Waiting for first report".into()
            )
        );
        let longer = card_at(heard(false), "2026-11-22T14:10:00Z");
        assert_eq!(
            longer.1,
            "Pull and label. Taking longer than usual: sky, network, power?"
        );
        let came = card_at(heard(true), "2026-11-22T14:10:00Z");
        assert_eq!(
            came,
            ("Done".into(), "First report 14:02, 47.61 N 122.33 W".into())
        );
    }

    #[test]
    fn the_last_stage_lights_up_when_the_report_came() {
        let last = |hearing, state| {
            drawn(hearing, "2026-11-22T14:05:00Z", |draw| {
                stages(&lane(state), draw)[5]
            })
        };
        assert_eq!(last(heard(false), LaneState::Done), StageMark::Now);
        assert_eq!(last(heard(true), LaneState::Done), StageMark::Past);
        assert_eq!(last(Hearing::default(), LaneState::Done), StageMark::Ahead);
        assert_eq!(
            last(heard(false), LaneState::Stopped),
            look::stages(&lane(LaneState::Stopped))[5],
            "a stopped unit waits for nothing"
        );
    }

    #[test]
    fn without_a_fleet_database_a_lane_says_what_it_always_said() {
        let card = drawn(Hearing::default(), "2026-11-22T14:05:00Z", |draw| {
            card(&lane(LaneState::Done), draw)
        });
        assert_eq!(
            (card.word.as_str(), card.second.as_str()),
            ("Done", "Pull and label")
        );
    }
}
