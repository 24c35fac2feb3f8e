//! A row that opens and shuts what stands under it.

use super::{focus, speak};
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use egui::accesskit::Role;
use egui::{Align2, Response, Sense, Stroke, Ui, pos2, vec2};

/// Height of a fold row.
pub const ROW: f32 = 32.0;

/// Adds the row; `open` is turned when it is pressed. `inset` is the margin of what stands around it.
pub fn row(ui: &mut Ui, open: &mut bool, title: &str, note: &str, inset: f32) -> Response {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    if response.clicked() {
        *open = !*open;
    }
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect, 0.0, palette.bg);
    }
    painter.hline(
        rect.x_range(),
        rect.top() + 0.5,
        Stroke::new(1.0, palette.line),
    );
    let y = rect.center().y;
    let caret = if *open {
        icons::CARET_DOWN
    } else {
        icons::CARET_RIGHT
    };
    caret.paint(
        painter,
        pos2(rect.left() + inset + 6.0, y),
        14.0,
        palette.ink2,
    );
    let format = text::format(Size::Caption, Weight::Medium, palette.ink2);
    let name = text::paint(
        painter,
        pos2(rect.left() + inset + 22.0, y),
        Align2::LEFT_CENTER,
        title,
        format,
    );
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let room = rect.right() - inset - name.right() - 12.0;
    text::paint_within(
        painter,
        pos2(rect.right() - inset, y),
        Align2::RIGHT_CENTER,
        note,
        format,
        room.max(0.0),
    );
    focus::ring(ui, &response, 2.0);
    speak::tell(&response, Role::DisclosureTriangle, title, |node| {
        node.set_expanded(*open);
        node.set_description(note);
    });
    response
}
