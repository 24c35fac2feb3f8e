//! What stands where there is nothing yet: an icon, a few words, and what to press.

use super::speak;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Icon, palette};
use egui::accesskit::Role;
use egui::{Align, Layout, Sense, Ui, vec2};

/// Adds the words in the middle of the room that is left, then whatever `add` adds, centred.
pub fn show<R>(
    ui: &mut Ui,
    icon: Icon,
    title: &str,
    words: &str,
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    let palette = palette(ui);
    let area = ui.available_rect_before_wrap();
    let width = area.width().min(320.0);
    let top = area.top() + (area.height() * 0.30).max(16.0);
    let room = egui::Rect::from_min_size(
        egui::pos2(area.center().x - width / 2.0, top),
        vec2(width, (area.bottom() - top).max(0.0)),
    );
    let (inner, _) = super::place::at(ui, room, Layout::top_down(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        let (rect, _) = ui.allocate_exact_size(vec2(36.0, 36.0), Sense::hover());
        icon.paint(ui.painter(), rect.center(), 36.0, palette.ink3);
        let mut block = |words: &str, format: egui::TextFormat, role| {
            let colour = format.color;
            let mut job = text::block_job(words, format, width);
            job.halign = Align::Center;
            let galley = ui.painter().layout_job(job);
            let (rect, response) =
                ui.allocate_exact_size(vec2(width, galley.size().y), Sense::hover());
            ui.painter().galley(rect.center_top(), galley, colour);
            speak::tell(&response, role, words, |_| {});
        };
        block(
            title,
            text::format(Size::Lead, Weight::Semibold, palette.ink),
            Role::Heading,
        );
        block(
            words,
            text::format(Size::Body, Weight::Regular, palette.ink2),
            Role::Label,
        );
        ui.add_space(4.0);
        add(ui)
    });
    ui.advance_cursor_after_rect(area);
    inner
}
