//! Units that left the bench since the program started, under the hubs, newest first.

use crate::engine::{Command, DoneUnit};
use crate::ui::desk::Screen;
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::card::{HeadNote, card};
use crate::ui::widgets::{Number, Pill, Shape, Tone, focus, speak};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, Sense, Stroke, Ui, pos2, vec2};
use fleet::journal::Verdict;

const ROW: f32 = 36.0;

/// Draws the list, or nothing when it is empty.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    if draw.state.done_today.is_empty() {
        return;
    }
    let note = words::several(draw.state.done_today.len() as u64, "unit", "units");
    let mut opened = None;
    card(ui, "Done today", HeadNote::Words(note), |ui| {
        for (index, done) in draw.state.done_today.iter().enumerate() {
            let time = words::clock(done.at, draw.zone);
            let heard = draw.state.hearing.first.get(&done.id).map(|report| {
                let at = words::clock(report.reported_at, draw.zone);
                format!(", first report {at}")
            });
            if row(ui, done, &time, heard.as_deref().unwrap_or(""), index) {
                opened = Some(done.id.clone());
            }
        }
    });
    if let Some(id) = opened {
        draw.desk.unit = Some(id.clone());
        draw.desk.screen = Screen::Unit;
        draw.wish(Command::OpenUnit(id));
    }
}

/// How a verdict is told in a pill.
#[must_use]
pub fn verdict_pill(verdict: Verdict) -> Pill {
    let icon = Shape::Icon;
    match verdict {
        Verdict::Verified => Pill::new(
            "Verified",
            Some(icon(icons::SEAL_CHECK_FILL)),
            Tone::News(|p| p.proved),
        ),
        Verdict::AlreadySet => Pill::new(
            "Already set",
            Some(icon(icons::EQUALS_BOLD)),
            Tone::News(|p| p.proved),
        ),
        Verdict::NotVerified => Pill::new(
            "Not verified",
            Some(icon(icons::SEAL_QUESTION)),
            Tone::Outline,
        ),
        Verdict::Stopped => Pill::new("Stopped", Some(Shape::Octagon), Tone::News(|p| p.stop)),
        Verdict::NeedsPerson => Pill::new(
            "Needs you",
            Some(icon(icons::WARNING_FILL)),
            Tone::News(|p| p.person),
        ),
    }
}

fn row(ui: &mut Ui, done: &DoneUnit, time: &str, heard: &str, index: usize) -> bool {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect.shrink2(vec2(1.0, 0.0)), 0.0, palette.bg);
    }
    if index > 0 {
        painter.hline(rect.x_range(), rect.top(), Stroke::new(1.0, palette.line));
    }
    let y = rect.center().y;
    let number = Number::new(done.id.as_str()).paint(
        painter,
        palette,
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
    );
    let caption = text::format(Size::Caption, Weight::Regular, palette.ink3);
    text::paint_within(
        painter,
        pos2(number.right() + 16.0, y),
        Align2::LEFT_CENTER,
        &done.model,
        caption.clone(),
        120.0,
    );
    let seconds = format!("{time}, {} s{heard}", done.seconds.round());
    let shown = text::paint(
        painter,
        pos2(rect.right() - 16.0, y),
        Align2::RIGHT_CENTER,
        &seconds,
        caption,
    );
    let pill = verdict_pill(done.verdict);
    let left = (shown.left() - 16.0 - pill.width(painter)).min(rect.right() - 230.0);
    pill.paint(painter, palette, pos2(left, y));
    focus::ring(ui, &response, 4.0);
    let spoken = format!(
        "{}, ending {}, {}, {seconds}",
        done.model,
        speak::spoken_ending(done.id.as_str()),
        pill.words
    );
    speak::tell(&response, Role::ListItem, &spoken, |_| {});
    response.clicked()
}
