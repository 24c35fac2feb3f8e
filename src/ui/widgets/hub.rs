//! A hub as it stands on the table: a dark bar with ports, cards plugged into it in the places where the hands are.

use super::lane_card::{CardSize, LaneCard};
use super::{place, speak};
use crate::ui::theme::style::RADIUS_CONTROL;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use egui::accesskit::Role;
use egui::{Align2, Painter, Rect, Sense, Ui, pos2, vec2};

/// Gap between two cards, and between a card and the bar.
pub const GAP: f32 = 8.0;

/// A hub as it is drawn.
#[derive(Debug, Clone)]
pub struct Hub {
    /// 'Hub 1'.
    pub name: String,
    /// Where it stands, or empty.
    pub place: String,
    /// What its lanes ask for ('4 to pull or cure').
    pub summary: String,
    /// Cards in a row.
    pub columns: usize,
    /// Its lanes, in order.
    pub lanes: Vec<LaneCard>,
}

impl Hub {
    fn rows(&self) -> usize {
        self.lanes.len().div_ceil(self.columns.max(1)).max(1)
    }

    /// How high it is with cards of `card_height`.
    #[must_use]
    pub fn height(&self, size: CardSize, card_height: f32) -> f32 {
        bar_height(size) + self.rows() as f32 * (card_height + GAP)
    }

    /// Adds it, as wide as there is room; returns the slot that was pressed.
    pub fn show(&self, ui: &mut Ui, size: CardSize, card_height: f32) -> Option<u32> {
        let (rect, _) = ui.allocate_exact_size(
            vec2(ui.available_width(), self.height(size, card_height)),
            Sense::hover(),
        );
        let mut pressed = None;
        place::at(ui, rect, place::down(), |ui| {
            let words = format!(
                "{}, {}{} slots",
                self.name,
                place_words(&self.place),
                self.lanes.len()
            );
            speak::region(ui, Role::ListBox, &words);
            let palette = palette(ui);
            let places = self.places(rect, size, card_height);
            self.paint_bar(ui.painter(), palette, places.bar, size);
            for (card, place) in self.lanes.iter().zip(&places.cards) {
                if size == CardSize::Big {
                    paint_port(ui.painter(), palette, card, *place, places.bar);
                }
                if card.show(ui, *place, size, self.lanes.len()).clicked() {
                    pressed = Some(card.slot);
                }
            }
        });
        pressed
    }

    fn places(&self, rect: Rect, size: CardSize, card_height: f32) -> Places {
        let columns = self.columns.max(1);
        let width = (rect.width() - GAP * (columns as f32 - 1.0)) / columns as f32;
        let above = if size == CardSize::Big {
            self.rows().div_ceil(2)
        } else {
            0
        };
        let bar_top = rect.top() + above as f32 * (card_height + GAP);
        let bar = Rect::from_min_size(
            pos2(rect.left(), bar_top),
            vec2(rect.width(), bar_height(size)),
        );
        let cards = (0..self.lanes.len())
            .map(|index| {
                let (row, column) = (index / columns, index % columns);
                let top = if row < above {
                    rect.top() + row as f32 * (card_height + GAP)
                } else {
                    bar.bottom() + GAP + (row - above) as f32 * (card_height + GAP)
                };
                let left = rect.left() + column as f32 * (width + GAP);
                Rect::from_min_size(pos2(left, top), vec2(width, card_height))
            })
            .collect();
        Places { bar, cards }
    }

    fn paint_bar(&self, painter: &Painter, palette: &Palette, bar: Rect, size: CardSize) {
        painter.rect_filled(bar, RADIUS_CONTROL, palette.hub);
        let y = bar.center().y;
        let name_size = if size == CardSize::Big {
            Size::Body
        } else {
            Size::Caption
        };
        let format = text::format(name_size, Weight::Semibold, palette.hub_text);
        let name = text::paint(
            painter,
            pos2(bar.left() + 14.0, y),
            Align2::LEFT_CENTER,
            &self.name,
            format,
        );
        let format = text::format(Size::Caption, Weight::Regular, palette.hub_text);
        let summary = text::paint(
            painter,
            pos2(bar.right() - 14.0, y),
            Align2::RIGHT_CENTER,
            &self.summary,
            format.clone(),
        );
        let room = summary.left() - name.right() - 22.0;
        text::paint_within(
            painter,
            pos2(name.right() + 11.0, y),
            Align2::LEFT_CENTER,
            &self.place,
            format,
            room.max(0.0),
        );
    }
}

struct Places {
    bar: Rect,
    cards: Vec<Rect>,
}

fn bar_height(size: CardSize) -> f32 {
    match size {
        CardSize::Big => 34.0,
        CardSize::Medium => 26.0,
        CardSize::Narrow => 22.0,
    }
}

fn place_words(place: &str) -> String {
    if place.is_empty() {
        String::new()
    } else {
        format!("{place}, ")
    }
}

/// The port in the bar beside `card`, and the cable when something is plugged.
fn paint_port(painter: &Painter, palette: &Palette, card: &LaneCard, place: Rect, bar: Rect) {
    let above = place.bottom() <= bar.top();
    let distance = if above {
        bar.top() - place.bottom()
    } else {
        place.top() - bar.bottom()
    };
    if distance > GAP + 0.5 {
        return;
    }
    let x = place.center().x;
    let (edge, inward) = if above {
        (bar.top(), 1.0)
    } else {
        (bar.bottom(), -1.0)
    };
    let notch = Rect::from_two_pos(pos2(x - 13.5, edge), pos2(x + 13.5, edge + 5.0 * inward));
    painter.rect_filled(notch, 0.0, palette.bg);
    let tongue = Rect::from_two_pos(
        pos2(x - 9.0, edge + 1.0 * inward),
        pos2(x + 9.0, edge + 3.0 * inward),
    );
    painter.rect_filled(tongue, 0.0, palette.hub_line);
    if let Some(colour) = card.cable(palette) {
        let card_edge = if above { place.bottom() } else { place.top() };
        let cable =
            Rect::from_two_pos(pos2(x - 5.0, card_edge), pos2(x + 5.0, edge + 1.0 * inward));
        painter.rect_filled(cable, 0.0, colour);
    }
}
