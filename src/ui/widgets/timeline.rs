//! What happened to a unit, newest first: time, a node on a line, what, more, who.

use super::speak;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Icon, palette};
use egui::accesskit::Role;
use egui::{Align2, Sense, Stroke, Ui, pos2, vec2};

/// Where words begin, and where the nodes stand.
const LEFT: f32 = 82.0;
const NODE: f32 = 59.0;

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// '10:41'.
    pub time: String,
    /// Icon of its kind.
    pub icon: Icon,
    /// Whether it is the one that was read back: the only green.
    pub proved: bool,
    /// What happened.
    pub title: String,
    /// More, or empty.
    pub detail: String,
    /// Who or where.
    pub by: String,
}

/// Adds the head of a day.
pub fn day(ui: &mut Ui, words: &str) {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    let format = text::format(Size::Caption, Weight::Semibold, palette.ink3);
    text::paint(
        ui.painter(),
        pos2(rect.left(), rect.bottom() - 9.0),
        Align2::LEFT_CENTER,
        words,
        format,
    );
    speak::tell(&response, Role::Heading, words, |_| {});
}

/// Adds something that belongs to the entry above it; the line of nodes goes on beside it.
pub fn beside<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let shown = ui.horizontal(|ui| {
        ui.add_space(LEFT);
        add(ui)
    });
    let rect = shown.response.rect;
    let gap = ui.spacing().item_spacing.y;
    ui.painter().vline(
        rect.left() + NODE,
        (rect.top() - gap - 2.0)..=(rect.bottom() + gap),
        Stroke::new(1.0, palette(ui).line),
    );
    shown.inner
}

/// Adds an entry.
pub fn entry(ui: &mut Ui, entry: &Entry) {
    let palette = palette(ui);
    let room = (ui.available_width() - LEFT).max(40.0);
    let layout = |words: &str, format| {
        ui.painter()
            .layout_job(text::block_job(words, format, room))
    };
    let title = layout(
        &entry.title,
        text::format(Size::Body, Weight::Medium, palette.ink),
    );
    let detail = layout(
        &entry.detail,
        text::format(Size::Caption, Weight::Regular, palette.ink2),
    );
    let by = layout(
        &entry.by,
        text::format(Size::Caption, Weight::Regular, palette.ink3),
    );
    let words = [&entry.title, &entry.detail, &entry.by];
    let galleys = [title, detail, by];
    let heights: Vec<f32> = words
        .iter()
        .zip(&galleys)
        .map(|(words, galley)| {
            if words.is_empty() {
                0.0
            } else {
                galley.size().y
            }
        })
        .collect();
    let height = heights.iter().sum::<f32>() + 14.0;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let words = format!(
        "{} {} {} {}",
        entry.time,
        fleet::wording::stopped(&entry.title),
        entry.detail,
        entry.by
    );
    speak::tell(&response, Role::ListItem, words.trim(), |_| {});
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter();
    let top = rect.top() + 10.0;
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    text::paint(
        painter,
        pos2(rect.left(), top),
        Align2::LEFT_CENTER,
        &entry.time,
        format,
    );
    let node = pos2(rect.left() + NODE, top + 2.0);
    painter.vline(
        node.x,
        (node.y + 14.0)..=(rect.bottom() - 2.0),
        Stroke::new(1.0, palette.line),
    );
    let (outline, ink) = if entry.proved {
        (palette.proved.line, palette.proved.line)
    } else {
        (palette.line, palette.ink2)
    };
    super::shape::outline(painter, node, 13.0, 1.0, outline);
    entry.icon.paint(painter, node, 14.0, ink);
    let mut y = rect.top();
    for (galley, height) in galleys.into_iter().zip(heights) {
        if height > 0.0 {
            painter.galley(pos2(rect.left() + LEFT, y), galley, palette.ink);
            y += height;
        }
    }
}
