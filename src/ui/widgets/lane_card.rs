//! A lane as a card: a filled card asks for your hands, a paper card asks for nothing.

use super::number::paint_ending;
use super::shape::Shape;
use super::{bar, focus, speak};
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::style::RADIUS_CARD;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Family, Palette, palette};
use egui::accesskit::Role;
use egui::{
    Align2, Color32, Id, Painter, Rect, Response, Sense, Stroke, StrokeKind, Ui, pos2, vec2,
};

/// How much room a card has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardSize {
    /// About 224 x 165.
    Big,
    /// About 144 x 126.
    Medium,
    /// About 211 x 95: the figure stands beside the slot number.
    Narrow,
}

/// Where the unit's number ends in a card of medium size.
const FIGURE_BOTTOM_MEDIUM: f32 = 56.0;

/// What a card is made of.
#[derive(Debug, Clone, Copy)]
pub enum Ground {
    /// An empty place.
    Hollow,
    /// Asks for nothing.
    Paper,
    /// Asks for hands, in the fill of a family.
    Fill(fn(&Palette) -> Family),
    /// Fill with an inner line: set aside.
    Sign(fn(&Palette) -> Family),
}

/// Colour of word and shape on paper.
#[derive(Debug, Clone, Copy)]
pub enum Voice {
    /// A family's text and line.
    Family(fn(&Palette) -> Family),
    /// Ink word, shape in the family's line.
    Ink(fn(&Palette) -> Family),
    /// Second-line ink, for what is only almost so.
    Quiet,
    /// Second-line ink, shape in the family's line.
    QuietWord(fn(&Palette) -> Family),
    /// Caption ink and an edge-coloured shape: nothing there.
    Faint,
}

/// A lane as it is drawn.
#[derive(Debug, Clone)]
pub struct LaneCard {
    /// Slot number.
    pub slot: u32,
    /// Model, or empty.
    pub model: String,
    /// The unit's number, or empty.
    pub number: String,
    /// Whether the housing label was scanned.
    pub ticked: bool,
    /// Short code, when something is wrong.
    pub code: Option<String>,
    /// The big word.
    pub word: String,
    /// The line under it.
    pub second: String,
    /// What it is made of.
    pub ground: Ground,
    /// Colour of word and shape on paper.
    pub voice: Voice,
    /// The shape of the state.
    pub shape: Shape,
    /// How far the work is.
    pub progress: Option<f32>,
    /// Whether it was just plugged: 0 no, 1 the height of a blink.
    pub blink: f32,
    /// Whether the pane shows it.
    pub chosen: bool,
}

impl LaneCard {
    /// An empty place.
    #[must_use]
    pub fn empty(slot: u32) -> Self {
        Self {
            slot,
            model: String::new(),
            number: String::new(),
            ticked: false,
            code: None,
            word: "Empty".into(),
            second: "Plug a unit here".into(),
            ground: Ground::Hollow,
            voice: Voice::Faint,
            shape: Shape::Icon(icons::CIRCLE_DASHED),
            progress: None,
            blink: 0.0,
            chosen: false,
        }
    }

    /// Adds it into `rect`; `of` is how many lanes its hub has.
    pub fn show(&self, ui: &Ui, rect: Rect, size: CardSize, of: usize) -> Response {
        let palette = palette(ui);
        let response = ui.interact(rect, Id::unique(("lane", self.slot)), Sense::click());
        if ui.is_rect_visible(rect) {
            let share = self
                .progress
                .map(|share| bar::glide(ui, response.id.with("bar"), share));
            self.paint(ui.painter(), palette, rect, size, share);
        }
        if self.chosen {
            let ring = Stroke::new(2.0, palette.ink);
            ui.painter()
                .rect_stroke(rect.expand(2.0), 12.0, ring, StrokeKind::Outside);
            focus::note(ui, &response);
        } else {
            focus::ring(ui, &response, f32::from(RADIUS_CARD));
        }
        speak::tell(&response, Role::ListBoxOption, &self.spoken(), |node| {
            node.set_selected(self.chosen);
            node.set_position_in_set(usize::try_from(self.slot).unwrap_or(1));
            node.set_size_of_set(of);
            if let Some(share) = self.progress {
                node.set_numeric_value(f64::from(share));
                node.set_min_numeric_value(0.0);
                node.set_max_numeric_value(1.0);
            }
        });
        response
    }

    /// Adds it as a picture only: nothing to press.
    pub fn show_plain(&self, ui: &Ui, rect: Rect, size: CardSize) {
        self.paint(ui.painter(), palette(ui), rect, size, self.progress);
        speak::note(
            ui,
            rect,
            ("plain lane", self.slot),
            Role::Label,
            &self.spoken(),
        );
    }

    /// 'Slot 6, FT-300, ending 2 4 6 8, Setting 4 of 11, leave plugged in'.
    #[must_use]
    pub fn spoken(&self) -> String {
        let mut words = vec![format!("Slot {}", self.slot)];
        if !self.model.is_empty() {
            words.push(self.model.clone());
        }
        if !self.number.is_empty() {
            words.push(format!("ending {}", speak::spoken_ending(&self.number)));
        }
        words.push(self.word.clone());
        if !self.second.is_empty() {
            let mut second = self.second.chars();
            let first = second
                .next()
                .map(|c| c.to_lowercase().to_string())
                .unwrap_or_default();
            words.push(first + second.as_str());
        }
        if self.ticked {
            words.push("label ticked".into());
        }
        words.extend(self.code.clone());
        words.join(", ")
    }

    /// The colour of its cable, and of its place in small pictures.
    #[must_use]
    pub fn cable(&self, palette: &Palette) -> Option<Color32> {
        match (self.ground, self.voice) {
            (Ground::Hollow, _) => None,
            (Ground::Fill(family) | Ground::Sign(family), _) => {
                let family = family(palette);
                let pale = crate::ui::theme::palette::contrast(family.fill, palette.bg) < 3.0;
                Some(if pale { family.line } else { family.fill })
            }
            (Ground::Paper, Voice::Family(family) | Voice::Ink(family)) => {
                Some(family(palette).line)
            }
            (Ground::Paper, _) => Some(palette.edge),
        }
    }

    fn paint(
        &self,
        painter: &Painter,
        palette: &Palette,
        rect: Rect,
        size: CardSize,
        share: Option<f32>,
    ) {
        let look = self.look(palette);
        let outline = Stroke::new(1.0, look.outline);
        painter.rect(rect, RADIUS_CARD, look.ground, outline, StrokeKind::Inside);
        let mut inside = rect;
        if let Ground::Sign(_) = self.ground {
            let line = Stroke::new(2.0, look.word);
            painter.rect_stroke(
                rect.shrink(3.0),
                f32::from(RADIUS_CARD) - 3.0,
                line,
                StrokeKind::Inside,
            );
            inside = rect.shrink(2.0);
        }
        let badge = self.paint_badge(painter, palette, inside, &look);
        let shape_size = if size == CardSize::Big { 30.0 } else { 24.0 };
        let shape_at = match size {
            CardSize::Big => pos2(inside.right() - 27.0, inside.top() + 26.0),
            CardSize::Medium => pos2(inside.right() - 23.0, inside.top() + 21.0),
            CardSize::Narrow => pos2(inside.right() - 23.0, inside.top() + 19.0),
        };
        self.shape.paint(
            painter,
            palette,
            shape_at,
            shape_size,
            look.shape,
            look.ground,
        );
        let limit = shape_at.x - shape_size / 2.0 - 6.0;
        let facts_right = self.paint_facts(painter, badge, limit, size, &look);
        self.paint_figure(painter, inside, badge, facts_right, size, &look);
        self.paint_words(painter, palette, inside, size, share, &look);
    }

    fn paint_badge(&self, painter: &Painter, palette: &Palette, inside: Rect, look: &Look) -> Rect {
        let left_top = inside.min + vec2(12.0, if inside.height() < 110.0 { 7.0 } else { 12.0 });
        let slot = self.slot.to_string();
        let format = text::format(Size::Body, Weight::Semibold, look.badge_ink);
        let width = (text::width(painter, &slot, format.clone()) + 10.0).max(24.0);
        let badge = Rect::from_min_size(left_top, vec2(width, 24.0));
        if matches!(self.ground, Ground::Hollow) {
            painter.rect_stroke(
                badge,
                6.0,
                Stroke::new(1.0, palette.line),
                StrokeKind::Inside,
            );
        } else {
            painter.rect_filled(badge, 6.0, look.badge);
        }
        text::paint(
            painter,
            badge.center(),
            Align2::CENTER_CENTER,
            &slot,
            format,
        );
        badge
    }

    /// Model, code and tick beside the badge, none of them under the shape; returns where they end.
    fn paint_facts(
        &self,
        painter: &Painter,
        badge: Rect,
        limit: f32,
        size: CardSize,
        look: &Look,
    ) -> f32 {
        let y = badge.center().y;
        let mut x = badge.right() + 10.0;
        let heavy = text::format(Size::Caption, Weight::Semibold, look.second);
        let code = self.code.as_deref().filter(|_| size != CardSize::Narrow);
        let code_room = code.map_or(0.0, |code| text::width(painter, code, heavy.clone()) + 10.0);
        let tick_room = if self.ticked { 24.0 } else { 0.0 };
        let model_room = limit - x - code_room - tick_room;
        if size == CardSize::Big && !self.model.is_empty() && model_room > 30.0 {
            let format = text::format(Size::Caption, Weight::Regular, look.caption);
            let model = text::cut_middle(painter, &self.model, &format, model_room);
            x = text::paint(painter, pos2(x, y), Align2::LEFT_CENTER, &model, format).right()
                + 10.0;
        }
        if let Some(code) = code {
            x = text::paint(painter, pos2(x, y), Align2::LEFT_CENTER, code, heavy).right() + 10.0;
        }
        if self.ticked {
            icons::BARCODE.paint(painter, pos2(x + 6.0, y), 16.0, look.caption);
            x += 24.0;
        }
        x
    }

    fn paint_figure(
        &self,
        painter: &Painter,
        inside: Rect,
        badge: Rect,
        facts_right: f32,
        size: CardSize,
        look: &Look,
    ) {
        if self.number.is_empty() {
            return;
        }
        let left = badge.left()
            - if matches!(self.ground, Ground::Paper) {
                0.0
            } else {
                1.0
            };
        let (pos, points) = match size {
            CardSize::Big => (pos2(left, inside.top() + 60.0), Size::Figure),
            CardSize::Medium => (pos2(left, inside.top() + 46.0), Size::Title),
            CardSize::Narrow => (pos2(facts_right - 2.0, badge.center().y), Size::Title),
        };
        paint_ending(
            painter,
            pos,
            Align2::LEFT_CENTER,
            &self.number,
            points,
            look.figure,
            look.dots,
        );
    }

    fn paint_words(
        &self,
        painter: &Painter,
        palette: &Palette,
        inside: Rect,
        size: CardSize,
        share: Option<f32>,
        look: &Look,
    ) {
        let left = inside.left() + 12.0;
        let width = inside.width() - 24.0;
        let mut below = match (size, share.is_some()) {
            (CardSize::Big, false) => 21.0,
            (CardSize::Big, true) => 33.0,
            (CardSize::Medium, false) => 18.0,
            (CardSize::Medium, true) => 23.0,
            (CardSize::Narrow, false) => 16.0,
            (CardSize::Narrow, true) => 24.0,
        };
        let format = text::format(Size::Caption, Weight::Regular, look.second);
        let fits = text::width(painter, &self.second, format) <= width;
        // Two rows under the word in a low card: all of it moves away from the number.
        let crowded = size == CardSize::Narrow && share.is_none() && !fits;
        let word_size = if size == CardSize::Medium || crowded {
            Size::Body
        } else {
            Size::Lead
        };
        let format = text::format(word_size, Weight::Semibold, look.word);
        let word = painter.layout_job(text::block_job(&self.word, format, width));
        if crowded {
            below -= 4.0;
        }
        let format = text::format(Size::Caption, Weight::Regular, look.second);
        // A long second line takes two rows where the word has left room for them.
        let rows = if word.rows.len() > 1 || share.is_some() {
            1
        } else {
            2
        };
        let second = match self.second.rsplit_once(", ") {
            // What stands behind a comma (a place) stays in one piece.
            Some((before, behind)) if rows == 2 && !fits => format!("{before},\n{behind}"),
            _ => self.second.clone(),
        };
        let mut job = text::line_job(&second, format, width);
        job.wrap.max_rows = rows;
        job.break_on_newline = rows > 1;
        job.wrap.break_anywhere = job.wrap.max_rows == 1;
        let second = painter.layout_job(job);
        let second_top = inside.bottom() - below + Size::Caption.line() / 2.0 - second.size().y;
        let gap = if size == CardSize::Big { 1.0 } else { 0.0 };
        let word_top = second_top - gap - word.size().y + 1.0;
        // In a low card a word of two rows would stand on the number: then it has the second line's place.
        let on_the_number = size == CardSize::Medium
            && !self.number.is_empty()
            && word_top < inside.top() + FIGURE_BOTTOM_MEDIUM;
        if on_the_number {
            let word_top = second_top + second.size().y - word.size().y;
            painter.galley(pos2(left, word_top), word, look.word);
        } else {
            painter.galley(pos2(left, second_top), second, look.second);
            painter.galley(pos2(left, word_top), word, look.word);
        }
        if let Some(share) = share {
            let top = inside.bottom() - if size == CardSize::Big { 18.0 } else { 12.0 };
            let height = if size == CardSize::Big { 6.0 } else { 5.0 };
            let rect = Rect::from_min_size(pos2(left, top), vec2(width, height));
            bar::paint(painter, palette, rect, &[(share, look.shape)]);
        }
    }

    fn look(&self, p: &Palette) -> Look {
        match self.ground {
            Ground::Fill(family) | Ground::Sign(family) => {
                let f = family(p);
                Look {
                    ground: f.fill,
                    outline: if crate::ui::theme::palette::contrast(f.fill, p.bg) < 3.0 {
                        f.line
                    } else {
                        f.fill
                    },
                    badge: p.badge_on_fill,
                    badge_ink: f.on,
                    caption: f.on,
                    figure: f.on,
                    dots: f.on.gamma_multiply(0.8),
                    word: f.on,
                    second: f.on,
                    shape: f.on,
                }
            }
            Ground::Paper | Ground::Hollow => {
                let hollow = matches!(self.ground, Ground::Hollow);
                let (word, shape) = match self.voice {
                    Voice::Family(family) => (family(p).text, family(p).line),
                    Voice::Ink(family) => (p.ink, family(p).line),
                    Voice::QuietWord(family) => (p.ink2, family(p).line),
                    Voice::Quiet => (p.ink2, p.ink2),
                    Voice::Faint => (p.ink3, p.edge),
                };
                let ground = if hollow { p.bg } else { p.surface };
                Look {
                    ground: ground.lerp_to_gamma(p.work.tint, self.blink),
                    outline: p.line,
                    badge: p.sunken,
                    badge_ink: if hollow { p.ink3 } else { p.ink2 },
                    caption: p.ink3,
                    figure: p.ink,
                    dots: p.ink2,
                    word,
                    second: p.ink2,
                    shape,
                }
            }
        }
    }
}

/// The colours of one card.
struct Look {
    ground: Color32,
    outline: Color32,
    badge: Color32,
    badge_ink: Color32,
    caption: Color32,
    figure: Color32,
    dots: Color32,
    word: Color32,
    second: Color32,
    shape: Color32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_read_as_one_sentence() {
        let card = LaneCard {
            model: "FT-300".into(),
            number: "004999012632468".into(),
            word: "Setting 4 of 11".into(),
            second: "Leave plugged in".into(),
            ..LaneCard::empty(6)
        };
        assert_eq!(
            card.spoken(),
            "Slot 6, FT-300, ending 2 4 6 8, Setting 4 of 11, leave plugged in"
        );
        assert_eq!(
            LaneCard::empty(2).spoken(),
            "Slot 2, Empty, plug a unit here"
        );
    }
}
