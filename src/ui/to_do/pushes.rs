//! Pushes that are not over: what they wait for, and the way to them.

use crate::engine::{Command, PushSummary};
use crate::ui::desk::Screen;
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::card::{HeadNote, card};
use crate::ui::widgets::{Pill, Shape, Tone, focus, speak};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, Sense, Stroke, Ui, pos2, vec2};
use fleet::push::{PushState, Standing};

const ROW: f32 = 42.0;

/// Those with something left to do or to look at.
pub fn open(pushes: &[PushSummary]) -> Vec<PushSummary> {
    let unproved = |push: &PushSummary| {
        [Standing::Sent, Standing::Taken]
            .iter()
            .any(|standing| push.counts.get(standing).is_some_and(|count| *count > 0))
    };
    let open = pushes
        .iter()
        .filter(|push| !push.progress.state.is_over() || unproved(push));
    open.cloned().collect()
}

/// What a push waits for.
fn waits_for(push: &PushSummary) -> String {
    let count = |standing| push.counts.get(&standing).copied().unwrap_or_default();
    let units = |count| words::several(count, "unit", "units");
    let why = match &push.progress.state {
        PushState::Stopped { why } => format!("{why}. "),
        PushState::Paused { by } => format!("Paused by {by}. "),
        _ => String::new(),
    };
    let parts = [
        (count(Standing::Waiting), "not begun"),
        (count(Standing::Sent), "sent, no answer yet"),
        (count(Standing::Taken), "answered, not proved"),
        (count(Standing::Failed), "failed"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{} {words}", units(count)))
        .collect();
    format!("{why}{}", parts.join(", "))
}

pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, pushes: &[PushSummary]) {
    if pushes.is_empty() {
        return;
    }
    let note = words::several(pushes.len() as u64, "push", "pushes");
    card(
        ui,
        "Pushes that are not over",
        HeadNote::Words(note),
        |ui| {
            for push in pushes {
                row(ui, draw, push);
            }
        },
    );
}

fn row(ui: &mut Ui, draw: &mut Draw<'_>, push: &PushSummary) {
    let colours = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect.shrink2(vec2(1.0, 0.0)), 0.0, colours.bg);
    }
    let y = rect.center().y;
    let format = text::format(Size::Body, Weight::Medium, colours.ink);
    text::paint_told(
        ui,
        &response,
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
        &push.facts.title,
        format,
        188.0,
    );
    let (shape, tone) = match push.progress.state {
        PushState::Stopped { .. } => (Shape::Octagon, Tone::News(|p| p.stop)),
        _ => (Shape::Icon(icons::PAPER_PLANE_TILT), Tone::Neutral),
    };
    let pill = Pill::new(push.progress.state.word(), Some(shape), tone);
    let shown = pill.paint(painter, colours, pos2(rect.left() + 220.0, y));
    let since = format!(
        "since {}",
        words::when(push.facts.begun, draw.now, draw.zone)
    );
    let format = text::format(Size::Caption, Weight::Regular, colours.ink3);
    let since_rect = text::paint(
        painter,
        pos2(rect.right() - 16.0, y),
        Align2::RIGHT_CENTER,
        &since,
        format,
    );
    let waits = waits_for(push);
    let left = shown.right() + 16.0;
    let format = text::format(Size::Body, Weight::Regular, colours.ink);
    text::paint_told(
        ui,
        &response,
        pos2(left, y),
        Align2::LEFT_CENTER,
        &waits,
        format,
        (since_rect.left() - left - 16.0).max(0.0),
    );
    painter.hline(
        rect.x_range(),
        rect.top() - 0.5,
        Stroke::new(1.0, colours.line),
    );
    focus::ring(ui, &response, 2.0);
    let spoken = format!(
        "{}, {}, {waits}, {since}",
        push.facts.title,
        push.progress.state.word()
    );
    speak::tell(&response, Role::ListItem, &spoken, |_| {});
    if response.clicked() {
        draw.desk.screen = Screen::Push;
        draw.wish(Command::ShowPush(Some(push.facts.id)));
    }
}
