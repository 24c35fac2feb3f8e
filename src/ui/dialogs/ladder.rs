//! 'I can't find my unit': six steps in order of likelihood. Each looks for itself where the program can see.

use crate::engine::{Lane, LaneState, State};
use crate::ui::bench::look;
use crate::ui::desk::LadderAnswers;
use crate::ui::draw::{Draw, Room};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, icon_table as icons, palette};
use crate::ui::widgets::{Button, CardSize, FailureCard, LaneCard, Shape, place, shape, speak};
use egui::accesskit::Role;
use egui::{Align2, Frame, Margin, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// In order.
    InOrder,
    /// This one now.
    Now,
    /// Later.
    Next,
}

struct Step {
    title: &'static str,
    words: String,
    in_order: bool,
    /// Something was seen that says it is this.
    seen: bool,
    /// What a person can answer.
    answer: Option<&'static str>,
}

/// Draws the ladder; never closes by itself.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let palette = palette(ui);
    let height = 530.0_f32.min(ui.ctx().content_rect().height() - 140.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let right_width = if draw.room == Room::Narrow {
        230.0
    } else {
        316.0
    };
    let middle = rect.right() - right_width;
    let left = Rect::from_min_max(rect.min, pos2(middle, rect.bottom()));
    let right = Rect::from_min_max(pos2(middle, rect.top()), rect.max);
    let corner = egui::CornerRadius {
        se: 10,
        ..egui::CornerRadius::ZERO
    };
    ui.painter()
        .rect_filled(right.shrink(1.0), corner, palette.bg);
    ui.painter()
        .vline(middle, rect.y_range(), Stroke::new(1.0, palette.line));
    place::at(ui, left, place::down(), |ui| {
        ScrollArea::vertical()
            .id_salt("steps")
            .auto_shrink(false)
            .show(ui, |ui| steps_ui(ui, draw));
    });
    place::at(ui, right, place::down(), |ui| {
        ScrollArea::vertical()
            .id_salt("seen")
            .auto_shrink(false)
            .show(ui, |ui| {
                Frame::new()
                    .inner_margin(Margin::same(20))
                    .show(ui, |ui| seen_ui(ui, draw));
            });
    });
    false
}

/// The lane that the ladder is about: one that does not talk, else none.
fn silent_lane(state: &State) -> Option<&Lane> {
    let code = |lane: &Lane| lane.advice.as_ref().map_or("", |advice| advice.code);
    let trouble = state
        .lanes
        .values()
        .find(|lane| code(lane).starts_with("L-") || code(lane).starts_with("D-20"));
    trouble.or_else(|| {
        state
            .lanes
            .values()
            .find(|lane| lane.state == LaneState::Looking)
    })
}

fn has_code(state: &State, code: &str) -> bool {
    state.lanes.values().any(|lane| {
        lane.advice
            .as_ref()
            .is_some_and(|advice| advice.code == code)
    })
}

fn steps(state: &State, answers: LadderAnswers) -> [Step; 6] {
    let any_port = state
        .lanes
        .values()
        .any(|lane| lane.state != LaneState::Empty);
    let refused = has_code(state, "L-103");
    let busy = has_code(state, "L-102");
    let words = |in_order: bool, yes: &str, no: &str| {
        if in_order {
            yes.to_owned()
        } else {
            no.to_owned()
        }
    };
    [
        Step {
            title: "Light on the unit",
            words: words(
                answers.light,
                "You said yes",
                "Does a light on the unit burn or blink? If not, it has no power.",
            ),
            in_order: answers.light,
            seen: false,
            answer: Some("Yes, it is on"),
        },
        Step {
            title: "Take another cable",
            words: words(
                answers.cable,
                "You tried another one",
                "Most often the cable only charges. Take one from a slot that works.",
            ),
            in_order: answers.cable,
            seen: false,
            answer: Some("Same with another cable"),
        },
        Step {
            title: "Another slot",
            words: words(
                answers.slot,
                "You tried another one",
                "Plug it into a slot that worked, or into the PC itself.",
            ),
            in_order: answers.slot,
            seen: false,
            answer: Some("Same in another slot"),
        },
        Step {
            title: "Driver",
            words: words(
                any_port,
                "A port is there",
                "No port has appeared. Ask your administrator to install the driver.",
            ),
            in_order: any_port,
            seen: false,
            answer: None,
        },
        Step {
            title: "Permission",
            words: words(
                !refused,
                "No port was refused",
                "This account may not use the port. On Linux it must be in the group dialout.",
            ),
            in_order: !refused,
            seen: refused,
            answer: None,
        },
        Step {
            title: "Taken by another program",
            words: words(
                !busy,
                "No other program holds a port",
                "Another program has the port. Close the vendor's tool, then wait a moment.",
            ),
            in_order: !busy,
            seen: busy,
            answer: None,
        },
    ]
}

/// Which step is the one now: what was seen comes before what is only likely.
fn current(steps: &[Step]) -> Option<usize> {
    let seen = steps.iter().position(|step| step.seen);
    seen.or_else(|| steps.iter().position(|step| !step.in_order))
}

fn steps_ui(ui: &mut Ui, draw: &mut Draw<'_>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let steps = steps(draw.state, draw.desk.ladder);
    let current = current(&steps);
    for (index, step) in steps.iter().enumerate() {
        let standing = match (current == Some(index), step.in_order) {
            (true, _) => Standing::Now,
            (false, true) => Standing::InOrder,
            (false, false) => Standing::Next,
        };
        if step_ui(ui, draw, index, step, standing) {
            let answers = &mut draw.desk.ladder;
            match index {
                0 => answers.light = true,
                1 => answers.cable = true,
                _ => answers.slot = true,
            }
        }
    }
}

fn step_ui(ui: &mut Ui, draw: &Draw<'_>, index: usize, step: &Step, standing: Standing) -> bool {
    let palette = palette(ui);
    let now = standing == Standing::Now;
    let fill = if now {
        palette.work.tint
    } else {
        palette.surface
    };
    let mut answered = false;
    let frame = Frame::new().fill(fill).inner_margin(Margin {
        left: 66,
        right: 24,
        top: 14,
        bottom: 14,
    });
    let response = frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = if now { 6.0 } else { 0.0 };
        let size = if now { Size::Lead } else { Size::Body };
        let weight = if now {
            Weight::Semibold
        } else {
            Weight::Medium
        };
        ui.label(text::rich(step.title, size, weight, palette.ink));
        let (size, ink) = if now {
            (Size::Body, palette.ink2)
        } else {
            (Size::Caption, palette.ink3)
        };
        ui.label(text::rich(&step.words, size, Weight::Regular, ink));
        if now {
            watching(ui, palette, draw);
            if let Some(answer) = step.answer {
                answered = Button::new(answer).show(ui).clicked();
            }
        }
    });
    let rect = response.response.rect;
    paint_mark(ui, palette, rect, index, standing);
    let words = match standing {
        Standing::InOrder => "in order",
        Standing::Now => "",
        Standing::Next => "next",
    };
    let format = text::format(Size::Caption, Weight::Regular, palette.ink2);
    text::paint(
        ui.painter(),
        pos2(rect.right() - 24.0, rect.top() + 22.0),
        Align2::RIGHT_CENTER,
        words,
        format,
    );
    if index > 0 {
        let line = Stroke::new(1.0, palette.line);
        ui.painter().hline(rect.x_range(), rect.top(), line);
    }
    let spoken = format!(
        "Step {}: {}, {}. {}",
        index + 1,
        step.title,
        if now { "now" } else { words },
        step.words
    );
    speak::note(ui, rect, ("step", index), Role::ListItem, &spoken);
    answered
}

fn paint_mark(ui: &Ui, palette: &Palette, rect: Rect, index: usize, standing: Standing) {
    let painter = ui.painter();
    let centre = pos2(rect.left() + 38.0, rect.top() + 31.0);
    let number = (index + 1).to_string();
    match standing {
        Standing::InOrder => {
            painter.circle_filled(centre, 14.0, palette.ink2);
            icons::CHECK_BOLD.paint(painter, centre, 15.0, palette.surface);
        }
        Standing::Now | Standing::Next => {
            let (line, ink) = if standing == Standing::Now {
                (palette.work.line, palette.work.text)
            } else {
                (palette.edge, palette.ink2)
            };
            shape::outline(painter, centre, 14.0, 2.0, line);
            let format = text::format(Size::Body, Weight::Semibold, ink);
            text::paint(painter, centre, Align2::CENTER_CENTER, &number, format);
        }
    }
}

fn watching(ui: &mut Ui, palette: &Palette, draw: &Draw<'_>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    Shape::Spinner.paint(
        ui.painter(),
        palette,
        pos2(rect.left() + 8.0, rect.center().y),
        16.0,
        palette.work.line,
        palette.work.tint,
    );
    let words = match silent_lane(draw.state) {
        Some(lane) => format!("Watching slot {}", lane.slot),
        None => "Watching all slots".to_owned(),
    };
    let format = text::format(Size::Body, Weight::Semibold, palette.work.text);
    let shown = text::paint(
        ui.painter(),
        pos2(rect.left() + 26.0, rect.center().y),
        Align2::LEFT_CENTER,
        &words,
        format,
    );
    let format = text::format(Size::Body, Weight::Regular, palette.ink2);
    let at = pos2(shown.right() + 8.0, rect.center().y);
    let room = rect.right() - at.x;
    text::paint_within(
        ui.painter(),
        at,
        Align2::LEFT_CENTER,
        "I go on by myself when the unit answers.",
        format,
        room.max(0.0),
    );
}

fn seen_ui(ui: &mut Ui, draw: &Draw<'_>) {
    let palette = palette(ui);
    ui.spacing_mut().item_spacing.y = 14.0;
    ui.label(text::rich(
        "What I see now",
        Size::Caption,
        Weight::Semibold,
        palette.ink3,
    ));
    let lane = silent_lane(draw.state);
    let answering = draw
        .state
        .lanes
        .values()
        .filter(|lane| lane.unit.is_some())
        .count();
    let mut card = lane.map_or_else(|| LaneCard::empty(1), |lane| look::card(lane, draw.now));
    card.chosen = false;
    if lane.is_some() {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 150.0), Sense::hover());
        ui.push_id("ladder card", |ui| card.show_plain(ui, rect, CardSize::Big));
    }
    let words = match (lane, answering) {
        (None, 0) => "No port with a unit has appeared yet.".to_owned(),
        (None, _) | (Some(_), 1..) => format!(
            "{} on the bench.",
            crate::ui::words::several(answering as u64, "unit answers", "units answer")
        ),
        (Some(_), 0) => "A port is there, but nothing known answers on it.".to_owned(),
    };
    ui.label(text::rich(words, Size::Body, Weight::Regular, palette.ink));
    if let Some(advice) = lane.and_then(|lane| lane.advice.as_ref()) {
        FailureCard::of(advice, true).show(ui);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Slot;

    #[test]
    fn what_was_seen_comes_before_what_is_likely() {
        let mut state = State::default();
        let first = steps(&state, LadderAnswers::default());
        assert_eq!(current(&first), Some(0));
        let mut lane = Lane::empty(Slot(2), "");
        lane.state = LaneState::Stopped;
        let fault = fleet::Fault::PortNotPermitted;
        lane.advice = Some(fleet::fault::advice(
            &fault,
            fleet::fault::UnitCondition::Untouched,
            "Slot 2",
        ));
        state.lanes.insert(Slot(2), lane);
        let second = steps(&state, LadderAnswers::default());
        assert_eq!(
            current(&second).map(|index| second[index].title),
            Some("Permission")
        );
    }

    #[test]
    fn answers_move_the_ladder_on() {
        let answers = LadderAnswers {
            light: true,
            cable: true,
            slot: false,
        };
        let steps = steps(&State::default(), answers);
        assert_eq!(
            current(&steps).map(|index| steps[index].title),
            Some("Another slot")
        );
    }
}
