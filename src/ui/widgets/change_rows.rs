//! Before and after, one setting a row. A blue dot is written, a green check is read back.

use super::shape::outline;
use super::speak;
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use egui::accesskit::Role;
use egui::{Align2, Painter, Pos2, Rect, Sense, Ui, pos2, vec2};

/// Height of a row.
pub const ROW: f32 = 26.0;

/// How far one setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Not yet written.
    Waiting,
    /// Being written.
    Writing,
    /// Written: an answer, no proof.
    Written,
    /// Read back and right.
    Proved,
    /// Read back and different.
    Differs,
    /// Cannot be read back on this family.
    Unprovable,
}

impl Mark {
    fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waits",
            Self::Writing => "being written",
            Self::Written => "written",
            Self::Proved => "read back",
            Self::Differs => "read back otherwise",
            Self::Unprovable => "cannot be read back",
        }
    }
}

/// One row.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    /// How far it is.
    pub mark: Mark,
    /// Name of the setting.
    pub name: String,
    /// Whether only a cable helps after a wrong value.
    pub guarded: bool,
    /// What it holds now.
    pub before: String,
    /// What it will hold, or holds.
    pub after: String,
}

/// Adds the head over the rows.
pub fn head(ui: &mut Ui, title: &str, before: &str, after: &str) {
    let palette = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let columns = Columns::of(rect);
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let y = rect.center().y;
    let painter = ui.painter();
    text::paint(
        painter,
        pos2(columns.old_right, y),
        Align2::RIGHT_CENTER,
        before,
        format.clone(),
    );
    text::paint(
        painter,
        pos2(columns.new_left, y),
        Align2::LEFT_CENTER,
        after,
        format,
    );
    let format = text::format(Size::Caption, Weight::Semibold, palette.ink3);
    text::paint(
        painter,
        pos2(rect.left(), y),
        Align2::LEFT_CENTER,
        title,
        format,
    );
    let words = format!("{title}, {before} to {after}");
    speak::note(ui, rect, "change head", Role::Heading, &words);
}

/// Adds one row.
pub fn row(ui: &mut Ui, row: &ChangeRow) {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let guarded = if row.guarded { ", guarded" } else { "" };
    let words = format!(
        "{}{guarded}: {} to {}, {}",
        row.name,
        row.before,
        row.after,
        row.mark.word()
    );
    speak::tell(&response, Role::Row, &words, |_| {});
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter();
    let tint = match row.mark {
        Mark::Writing => Some(palette.work.tint),
        Mark::Differs => Some(palette.stop.tint),
        _ => None,
    };
    if let Some(tint) = tint {
        painter.rect_filled(rect.expand2(vec2(6.0, 0.0)), 4.0, tint);
    }
    let columns = Columns::of(rect);
    let y = rect.center().y;
    paint_mark(painter, palette, pos2(rect.left() + 5.5, y), row.mark);
    let format = text::format(columns.size, Weight::Regular, palette.ink);
    let old_format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let old_room = columns.old_right - columns.guard - 9.0;
    let old = text::cut_middle(painter, &row.before, &old_format, old_room);
    let at = pos2(columns.old_right, y);
    let old = text::paint(painter, at, Align2::RIGHT_CENTER, &old, old_format);
    let name_end = if row.guarded {
        columns.guard - 8.0
    } else {
        old.left() - 8.0
    };
    let name = text::cut_middle(painter, &row.name, &format, name_end - columns.name);
    text::paint(
        painter,
        pos2(columns.name, y),
        Align2::LEFT_CENTER,
        &name,
        format,
    );
    if row.guarded {
        icons::SHIELD_WARNING_FILL.paint(painter, pos2(columns.guard, y), 14.0, palette.ink2);
    }
    let arrow = pos2((columns.old_right + columns.new_left) / 2.0, y);
    icons::ARROW_RIGHT.paint(painter, arrow, 12.0, palette.ink3);
    let format = text::format(columns.size, Weight::Semibold, palette.ink);
    let new = text::cut_middle(
        painter,
        &row.after,
        &format,
        rect.right() - columns.new_left + 4.0,
    );
    text::paint(
        painter,
        pos2(columns.new_left, y),
        Align2::LEFT_CENTER,
        &new,
        format,
    );
}

/// Adds the line that says what the shield means.
pub fn guarded_note(ui: &mut Ui) {
    let palette = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let y = rect.center().y;
    icons::SHIELD_WARNING_FILL.paint(ui.painter(), pos2(rect.left() + 6.0, y), 14.0, palette.ink2);
    let format = text::format(Size::Caption, Weight::Regular, palette.ink2);
    let words = "Guarded: after this only a cable helps.";
    text::paint(
        ui.painter(),
        pos2(rect.left() + 20.0, y),
        Align2::LEFT_CENTER,
        words,
        format,
    );
}

struct Columns {
    name: f32,
    guard: f32,
    old_right: f32,
    new_left: f32,
    /// Names and new values; smaller where there is little room, so that they need not be cut.
    size: Size,
}

impl Columns {
    fn of(rect: Rect) -> Self {
        let narrow = rect.width() < 340.0;
        let new_left = rect.right() - rect.width() * 0.325;
        Self {
            name: rect.left() + 20.0,
            guard: rect.left() + rect.width() * if narrow { 0.375 } else { 0.387 },
            old_right: new_left - if narrow { 16.0 } else { 20.0 },
            new_left,
            size: if narrow { Size::Caption } else { Size::Body },
        }
    }
}

fn paint_mark(painter: &Painter, palette: &Palette, centre: Pos2, mark: Mark) {
    match mark {
        Mark::Waiting => {
            outline(painter, centre, 4.0, 1.0, palette.edge);
        }
        Mark::Writing => {
            outline(painter, centre, 5.0, 3.0, palette.work.line);
        }
        Mark::Written => {
            painter.circle_filled(centre, 4.0, palette.work.line);
        }
        Mark::Proved => {
            icons::CHECK_BOLD.paint(painter, centre, 14.0, palette.proved.line);
        }
        Mark::Differs => {
            icons::NOT_EQUALS_BOLD.paint(painter, centre, 14.0, palette.stop.line);
        }
        Mark::Unprovable => {
            icons::SEAL_QUESTION.paint(painter, centre, 14.0, palette.ink2);
        }
    }
}
