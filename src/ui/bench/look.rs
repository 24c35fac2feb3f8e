//! What each state of a lane looks like: card, stages, words. The one place where states meet shapes and colours.

use crate::engine::{ChangeMark, Lane, LaneChange, LaneState, Question};
use crate::ui::theme::icon_table as icons;
use crate::ui::widgets::change_rows::{ChangeRow, Mark};
use crate::ui::widgets::lane_card::{Ground, LaneCard, Voice};
use crate::ui::widgets::shape::Shape;
use crate::ui::widgets::stage_rail::StageMark;
use crate::ui::words;
use fleet::registration::RegistrationState;
use jiff::Timestamp;

/// The card of `lane` at `now`.
#[must_use]
pub fn card(lane: &Lane, now: Timestamp) -> LaneCard {
    let (ground, voice, shape) = look(lane, now);
    LaneCard {
        slot: lane.slot.0,
        model: lane
            .unit
            .as_ref()
            .map(|unit| unit.model.clone())
            .unwrap_or_default(),
        number: lane
            .unit
            .as_ref()
            .map(|unit| unit.id.as_str().to_owned())
            .unwrap_or_default(),
        ticked: lane.ticked,
        code: match (&lane.state, &lane.advice) {
            (LaneState::Stopped, Some(advice)) => Some(advice.code.to_owned()),
            _ => None,
        },
        word: lane.state.word(),
        second: second(lane, now),
        ground,
        voice,
        shape,
        progress: progress(lane, now),
        blink: 0.0,
        chosen: false,
    }
}

/// Ground, voice and shape of a state.
#[must_use]
pub fn look(lane: &Lane, now: Timestamp) -> (Ground, Voice, Shape) {
    let icon = Shape::Icon;
    let work = Voice::Family(|p| p.work);
    let green = Ground::Fill(|p| p.proved);
    match &lane.state {
        LaneState::Empty => (Ground::Hollow, Voice::Faint, icon(icons::CIRCLE_DASHED)),
        LaneState::Looking => (Ground::Paper, Voice::QuietWord(|p| p.work), Shape::Spinner),
        LaneState::Ready => (Ground::Paper, Voice::Ink(|p| p.work), Shape::DoubleRing),
        LaneState::Reading => (Ground::Paper, work, Shape::Spinner),
        LaneState::AlreadySet => (green, work, icon(icons::EQUALS_BOLD)),
        LaneState::Setting { .. } => (Ground::Paper, work, icon(icons::LOCK_FILL)),
        LaneState::Restarting { .. } => (
            Ground::Paper,
            work,
            Shape::Ring(progress(lane, now).unwrap_or(0.0)),
        ),
        LaneState::Checking { .. } => (Ground::Paper, work, icon(icons::EYE)),
        LaneState::PuttingBack => (
            Ground::Paper,
            work,
            icon(icons::ARROW_COUNTER_CLOCKWISE_BOLD),
        ),
        LaneState::WaitingForUnit => (Ground::Fill(|p| p.person), work, icon(icons::PLUGS_FILL)),
        LaneState::Verified => (
            Ground::Paper,
            Voice::Family(|p| p.proved),
            icon(icons::SEAL_CHECK),
        ),
        LaneState::Done => (green, work, icon(icons::CHECK_FAT_FILL)),
        LaneState::DoneCarrierOwed => (green, work, Shape::CheckOwed),
        LaneState::NotVerified => (Ground::Paper, Voice::Quiet, icon(icons::SEAL_QUESTION)),
        LaneState::NeedsYou => (Ground::Fill(|p| p.person), work, icon(icons::WARNING_FILL)),
        LaneState::Stopped => (Ground::Sign(|p| p.stop), work, Shape::Octagon),
    }
}

/// The line under the big word.
#[must_use]
pub fn second(lane: &Lane, now: Timestamp) -> String {
    let waited = lane
        .since
        .map_or(0, |since| words::seconds_since(since, now));
    match &lane.state {
        LaneState::Empty => "Plug a unit here".into(),
        LaneState::Looking if waited < 5 => "Plugged just now".into(),
        LaneState::Looking => format!("No answer for {}", words::roughly(waited)),
        LaneState::Ready => lane
            .unit
            .as_ref()
            .map(|unit| unit.greeting.clone())
            .unwrap_or_default(),
        LaneState::Reading => "What it holds now".into(),
        LaneState::AlreadySet => "Pull. Nothing to do".into(),
        LaneState::Setting { .. } => "Leave plugged in".into(),
        LaneState::Restarting { usual_ms } if waited * 1_000 > usual_ms + usual_ms / 2 => {
            "Longer than usual".into()
        }
        LaneState::Restarting { usual_ms } => {
            format!("Normal, about {}", words::roughly(usual_ms.div_ceil(1_000)))
        }
        LaneState::Checking { done, of } => format!("What it kept: {done} of {of}"),
        LaneState::PuttingBack => "Its old settings".into(),
        LaneState::WaitingForUnit => "The cable is out".into(),
        LaneState::Verified => match lane.registration {
            Some(RegistrationState::Pending) => "The carrier activates it".into(),
            _ => "With the carrier".into(),
        },
        LaneState::Done => "Pull and label".into(),
        LaneState::DoneCarrierOwed => "Pull. Told when online".into(),
        LaneState::NotVerified => "Cannot be read back here".into(),
        LaneState::NeedsYou => reason(lane),
        LaneState::Stopped if lane.set_aside => "Pull. It is set aside".into(),
        LaneState::Stopped => lane
            .advice
            .as_ref()
            .map(|advice| advice.unit_state.clone())
            .unwrap_or_default(),
    }
}

/// Why it needs a person, in a few words.
fn reason(lane: &Lane) -> String {
    match &lane.question {
        Some(Question::Approve { guarded }) => {
            words::several(guarded.len() as u64, "guarded change", "guarded changes")
        }
        Some(Question::Password { .. }) => "Its password".into(),
        Some(Question::Label) => "Scan its label".into(),
        Some(Question::ConfirmProfile(_)) => "Confirm its profile".into(),
        Some(Question::PowerCycle) => "Cut its power once".into(),
        Some(Question::IsItRegistered { .. }) => "Is it registered?".into(),
        None => lane
            .advice
            .as_ref()
            .map(|advice| advice.what_happened.clone())
            .unwrap_or_default(),
    }
}

/// How far the work of a state is.
#[must_use]
pub fn progress(lane: &Lane, now: Timestamp) -> Option<f32> {
    let share = |done: usize, of: usize| Some(done as f32 / of.max(1) as f32);
    match lane.state {
        LaneState::Setting { done, of } | LaneState::Checking { done, of } => share(done, of),
        LaneState::Restarting { usual_ms } => {
            let since = lane.since?;
            let waited = (now.as_millisecond() - since.as_millisecond()).max(0) as f32;
            Some((waited / usual_ms.max(1) as f32).min(0.95))
        }
        _ => None,
    }
}

/// Where the six stages stand.
#[must_use]
pub fn stages(lane: &Lane) -> [StageMark; 6] {
    use StageMark::{Ahead, Now, Past, Proved, Stopped};
    match &lane.state {
        LaneState::Empty => [Ahead; 6],
        LaneState::Looking => [Now, Ahead, Ahead, Ahead, Ahead, Ahead],
        LaneState::Ready => [Past, Ahead, Ahead, Ahead, Ahead, Ahead],
        LaneState::Reading => [Past, Now, Ahead, Ahead, Ahead, Ahead],
        LaneState::Setting { .. } | LaneState::PuttingBack => {
            [Past, Past, Now, Ahead, Ahead, Ahead]
        }
        LaneState::Restarting { .. } | LaneState::WaitingForUnit => {
            [Past, Past, Past, Now, Ahead, Ahead]
        }
        LaneState::Checking { .. } => [Past, Past, Past, Past, Now, Ahead],
        LaneState::AlreadySet => [Past, Past, Ahead, Ahead, Proved, Ahead],
        LaneState::Verified | LaneState::Done | LaneState::DoneCarrierOwed => {
            [Past, Past, Past, Past, Proved, Ahead]
        }
        LaneState::NotVerified => [Past, Past, Past, Past, Ahead, Ahead],
        LaneState::NeedsYou | LaneState::Stopped => {
            let mark = if lane.state == LaneState::Stopped {
                Stopped
            } else {
                Now
            };
            let here = stage_of_trouble(lane);
            std::array::from_fn(|index| match index.cmp(&here) {
                std::cmp::Ordering::Less => Past,
                std::cmp::Ordering::Equal => mark,
                std::cmp::Ordering::Greater => Ahead,
            })
        }
    }
}

/// Which stage a lane's trouble belongs to, by the letter of its code.
fn stage_of_trouble(lane: &Lane) -> usize {
    let code = lane.advice.as_ref().map_or("", |advice| advice.code);
    let written = lane
        .changes
        .iter()
        .any(|change| change.mark != ChangeMark::Waiting);
    match code.get(..3).unwrap_or_default() {
        _ if matches!(lane.question, Some(Question::Approve { .. })) => 2,
        "V-3" if code.starts_with("V-31") => 4,
        "V-3" if code.starts_with("V-32") => 3,
        "V-3" | "P-4" => 2,
        "C-5" => 5,
        _ if written => 2,
        _ if lane.unit.is_some() => 1,
        _ => 0,
    }
}

/// A line of the plan as a row.
#[must_use]
pub fn row(line: &LaneChange) -> ChangeRow {
    let change = &line.change;
    ChangeRow {
        mark: match line.mark {
            ChangeMark::Waiting => Mark::Waiting,
            ChangeMark::Writing => Mark::Writing,
            ChangeMark::Written => Mark::Written,
            ChangeMark::Proved => Mark::Proved,
            ChangeMark::Differs => Mark::Differs,
            ChangeMark::Unprovable => Mark::Unprovable,
        },
        name: change.label.clone(),
        guarded: change.guarded,
        before: words::value(&change.key, change.before.as_ref()),
        after: words::value(&change.key, Some(&change.after)),
    }
}

/// Whether a lane asks for hands: pull, cure or set aside.
#[must_use]
pub fn asks(lane: &Lane) -> Asks {
    match lane.state {
        LaneState::AlreadySet
        | LaneState::Done
        | LaneState::DoneCarrierOwed
        | LaneState::NotVerified => Asks::Pull,
        LaneState::NeedsYou | LaneState::WaitingForUnit => Asks::Cure,
        LaneState::Stopped if lane.set_aside => Asks::Pull,
        LaneState::Stopped => Asks::SetAside,
        _ => Asks::Nothing,
    }
}

/// What a lane asks of hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// Pull it.
    Pull,
    /// Cure it.
    Cure,
    /// Set it aside.
    SetAside,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Slot;

    fn lane(state: LaneState) -> Lane {
        Lane {
            state,
            ..Lane::empty(Slot(1), "")
        }
    }

    #[test]
    fn green_fill_is_only_for_what_was_read_back() {
        use crate::ui::theme::palette::LIGHT;
        let now = Timestamp::UNIX_EPOCH;
        let all = [
            LaneState::Empty,
            LaneState::Looking,
            LaneState::Ready,
            LaneState::Reading,
            LaneState::Setting { done: 1, of: 2 },
            LaneState::Restarting { usual_ms: 1 },
            LaneState::Checking { done: 1, of: 2 },
            LaneState::PuttingBack,
            LaneState::WaitingForUnit,
            LaneState::NotVerified,
            LaneState::NeedsYou,
            LaneState::Stopped,
        ];
        for state in all {
            let (ground, voice, _) = look(&lane(state.clone()), now);
            if let Ground::Fill(family) | Ground::Sign(family) = ground {
                assert_ne!(family(&LIGHT), LIGHT.proved, "{state:?}");
            }
            if let (Ground::Paper, Voice::Family(family) | Voice::Ink(family)) = (ground, voice) {
                assert_ne!(family(&LIGHT), LIGHT.proved, "{state:?}");
            }
            assert!(!stages(&lane(state)).contains(&StageMark::Proved));
        }
    }

    #[test]
    fn a_restart_that_takes_long_says_so() {
        let start: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let mut lane = lane(LaneState::Restarting { usual_ms: 20_000 });
        lane.since = Some(start);
        let after = |seconds: i64| start + jiff::SignedDuration::from_secs(seconds);
        assert_eq!(second(&lane, after(5)), "Normal, about 20 s");
        assert_eq!(second(&lane, after(31)), "Longer than usual");
        assert!(progress(&lane, after(60)).unwrap() < 1.0);
    }
}
