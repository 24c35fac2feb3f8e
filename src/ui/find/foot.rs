//! Under the found units: the keys, and what can be done with all of them at once.

use crate::engine::UnitsMeant;
use crate::ui::draw::{Draw, Room};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, icon_table as icons, palette};
use crate::ui::widgets::{Button, key_cap, place};
use crate::ui::{sheets, words};
use egui::{Sense, Ui, vec2};

/// The keys, and what can be done with all that was found.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, query: &str) {
    let palette = palette(ui);
    ui.add_space(4.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    let total = draw.state.search.total;
    let (_, right) = place::at(ui, rect, place::from_right(), |ui| {
        let known = draw.state.search.query == query && draw.state.search.complete;
        let off = (!known).then_some("The search is still going on.");
        let of = || UnitsMeant::Found(query.to_owned());
        let words = || {
            let units = words::several(total, "unit", "units");
            format!("the {units} found by {query}")
        };
        let acts = [
            ("Push to these", icons::ARROW_RIGHT),
            ("Labels", icons::TAG),
            ("Export", icons::FILE_TEXT),
        ];
        for (index, (name, icon)) in acts.into_iter().enumerate() {
            let pressed = Button::new(name)
                .icon(icon)
                .height(28.0)
                .off(off)
                .show(ui)
                .clicked();
            match index {
                _ if !pressed || off.is_some() => {}
                0 => sheets::push_to(draw, query.to_owned()),
                1 => sheets::label(draw, of(), words()),
                _ => sheets::export(draw, of(), words()),
            }
        }
    });
    let left = rect.with_max_x(right.left() - 12.0);
    place::at(ui, left, place::from_left(), |ui| {
        ui.set_clip_rect(left.intersect(ui.clip_rect()));
        keys(ui, palette, draw.room != Room::Narrow);
    });
}

fn keys(ui: &mut Ui, palette: &Palette, all: bool) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.add_space(4.0);
        let words = |ui: &mut Ui, words: &str| {
            ui.label(text::rich(
                words,
                Size::Caption,
                Weight::Regular,
                palette.ink2,
            ));
            ui.add_space(10.0);
        };
        let (rect, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
        icons::NOT_EQUALS_BOLD.paint(ui.painter(), rect.center(), 14.0, palette.person.line);
        words(ui, "differs from its template");
        key_cap::show(ui, "↑");
        key_cap::show(ui, "↓");
        words(ui, "choose");
        key_cap::show(ui, "Enter");
        words(ui, "open");
        if all {
            key_cap::show(ui, "Ctrl C");
            words(ui, "copy the number");
        }
    });
}
