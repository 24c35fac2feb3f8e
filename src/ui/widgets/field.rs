//! Fields to type in: a plain one, a hidden one for secrets, and the big search box.

use super::{focus, key_cap, speak};
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::style::RADIUS_CONTROL;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use egui::accesskit::Role;
use egui::{
    Align2, Frame, Id, Rect, Response, Stroke, StrokeKind, TextEdit, Ui, UiBuilder, pos2, vec2,
};

/// Height of the search box.
pub const SEARCH_HEIGHT: f32 = 52.0;

fn next_id() -> Id {
    Id::unique("the next field takes the keyboard")
}

/// The next field that is drawn takes the keyboard: what is typed into a dialog that has just opened is not lost.
pub fn give_keyboard_to_next(ctx: &egui::Context) {
    ctx.data_mut(|data| data.insert_temp(next_id(), true));
}

/// Whoever has the keyboard keeps it, whatever is drawn from now on.
pub fn keep_keyboard(ctx: &egui::Context) {
    ctx.data_mut(|data| data.remove::<bool>(next_id()));
}

/// Whether nothing has taken the keyboard yet that was given to the next field; nobody gets it after this.
pub fn keyboard_is_left(ctx: &egui::Context) -> bool {
    let left = ctx.data_mut(|data| data.remove_temp::<bool>(next_id()));
    left.is_some()
}

fn entered_id() -> Id {
    Id::unique("the field that Enter was pressed in")
}

/// The field that Enter was pressed in, drawn in this frame: whoever has the main act takes it. It is asked for once.
pub fn take_entered(ctx: &egui::Context) -> Option<Id> {
    ctx.data_mut(|data| data.remove_temp::<Option<Id>>(entered_id()))
        .flatten()
}

/// Whether Enter was pressed in this very field, which has an act of its own.
pub fn is_entered(ctx: &egui::Context, field: &Response) -> bool {
    let entered = ctx.data(|data| data.get_temp::<Option<Id>>(entered_id()));
    let entered = entered.flatten() == Some(field.id);
    entered && take_entered(ctx).is_some()
}

/// The id of a plain field of this name.
#[must_use]
pub fn field_id(name: &str) -> Id {
    Id::unique(("field", name))
}

/// A plain field.
#[derive(Debug)]
pub struct Field<'a> {
    /// What is typed.
    pub text: &'a mut String,
    /// What the field is called.
    pub name: &'a str,
    /// Shown while it is empty.
    pub hint: &'a str,
    /// Shows dots.
    pub secret: bool,
    /// Something is wrong with it: an amber outline. The words stand beside it.
    pub wrong: bool,
    /// Width.
    pub width: f32,
}

impl Field<'_> {
    /// Adds it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let palette = palette(ui);
        let takes_keyboard = ui.data_mut(|data| data.remove_temp::<bool>(next_id()));
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, 34.0), egui::Sense::hover());
        let edit = TextEdit::singleline(self.text)
            .id(field_id(self.name))
            .frame(Frame::NONE)
            .password(self.secret)
            .hint_text(text::rich(
                self.hint,
                Size::Body,
                Weight::Regular,
                palette.ink3,
            ))
            .desired_width(self.width - 24.0)
            .margin(egui::Margin::ZERO);
        let inside = Rect::from_center_size(rect.center(), vec2(self.width - 24.0, 20.0));
        let outline = |ui: &Ui, focused: bool| {
            let stroke = match (focused, self.wrong) {
                (_, true) => Stroke::new(2.0, palette.person.line),
                (true, false) => Stroke::new(2.0, palette.work.line),
                (false, false) => Stroke::new(1.0, palette.edge),
            };
            ui.painter().rect(
                rect,
                RADIUS_CONTROL,
                palette.surface,
                stroke,
                StrokeKind::Inside,
            );
        };
        let focused = ui.memory(|memory| memory.has_focus(field_id(self.name)));
        outline(ui, focused);
        let response = ui
            .new_child(UiBuilder::new().max_rect(inside))
            .add_sized(inside.size(), edit);
        if takes_keyboard.is_some() {
            response.request_focus();
        }
        focus::note(ui, &response);
        if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
            ui.data_mut(|data| data.insert_temp(entered_id(), Some(response.id)));
        }
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_label(self.name));
        response
    }
}

/// The search box's id, so that anything can give it the keyboard.
#[must_use]
pub fn search_id() -> Id {
    Id::unique("search box")
}

/// Whether a part of the search box's text is chosen, so that copying means that part.
#[must_use]
pub fn search_has_selection(ctx: &egui::Context) -> bool {
    let state = TextEdit::load_state(ctx, search_id());
    let range = state.and_then(|state| state.cursor.char_range());
    range.is_some_and(|range| !range.is_empty())
}

/// Chooses all that stands in the search box, so that what is typed next stands in its place.
pub fn select_search(ctx: &egui::Context, typed: &str) {
    let mut state = TextEdit::load_state(ctx, search_id()).unwrap_or_default();
    let end = egui::text::CCursor::new(typed.chars().count());
    let all = egui::text::CCursorRange::two(egui::text::CCursor::default(), end);
    state.cursor.set_char_range(Some(all));
    state.store(ctx, search_id());
}

/// Adds the search box, as wide as there is room; `count` stands inside at its right.
pub fn search(ui: &mut Ui, typed: &mut String, hint: &str, count: &str) -> Response {
    let palette = palette(ui);
    let size = vec2(ui.available_width(), SEARCH_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    let focused = ui.memory(|memory| memory.has_focus(search_id()));
    let stroke = if focused {
        Stroke::new(2.0, palette.work.line)
    } else {
        Stroke::new(1.0, palette.edge)
    };
    ui.painter()
        .rect(rect, 8.0, palette.surface, stroke, StrokeKind::Inside);
    icons::MAGNIFYING_GLASS.paint(
        ui.painter(),
        pos2(rect.left() + 24.0, rect.center().y),
        22.0,
        palette.ink2,
    );
    let right = paint_right(ui, palette, rect, count, !typed.is_empty());
    let inside = Rect::from_min_max(
        pos2(rect.left() + 45.0, rect.top() + 11.0),
        pos2(right - 12.0, rect.bottom() - 11.0),
    );
    let edit = TextEdit::singleline(typed)
        .id(search_id())
        .frame(Frame::NONE)
        .font(egui::TextStyle::Heading)
        .hint_text(text::rich(hint, Size::Title, Weight::Regular, palette.ink3))
        .desired_width(inside.width())
        .align(Align2::LEFT_CENTER)
        .margin(egui::Margin::ZERO);
    let response = ui
        .new_child(UiBuilder::new().max_rect(inside))
        .add_sized(inside.size(), edit);
    focus::note(ui, &response);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::SearchInput);
        node.set_label("Find");
        node.set_description(count);
    });
    response
}

fn paint_right(ui: &Ui, palette: &Palette, rect: Rect, count: &str, clearable: bool) -> f32 {
    let y = rect.center().y;
    let mut right = rect.right() - 14.0;
    if clearable {
        right -= key_cap::width(ui.painter(), "Esc");
        key_cap::paint(
            ui.painter(),
            pos2(right, y),
            "Esc",
            palette.ink2,
            palette.line,
        );
        right -= 12.0;
    }
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let drawn = text::paint(
        ui.painter(),
        pos2(right, y),
        Align2::RIGHT_CENTER,
        count,
        format,
    );
    if !count.is_empty() {
        speak::note(ui, drawn, "count", Role::Status, count);
    }
    drawn.left()
}
