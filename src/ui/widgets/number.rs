//! Numbers of units and SIMs: groups of four from the right, the last four heavy, found digits marked.

use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use egui::accesskit::Role;
use egui::text::LayoutJob;
use egui::{Align2, Color32, Painter, Pos2, Rect, Response, Sense, TextFormat, Ui, vec2};
use fleet::query::folded;
use std::ops::Range;

/// Space between two groups at body size.
const GROUP_GAP: f32 = 5.0;

/// A number as text, and which of its characters were searched for.
#[derive(Debug, Clone, Default)]
pub struct Number<'a> {
    digits: &'a str,
    found: Option<Range<usize>>,
    size: Option<Size>,
    quiet: bool,
}

impl<'a> Number<'a> {
    /// `digits` without separators.
    #[must_use]
    pub fn new(digits: &'a str) -> Self {
        Self {
            digits,
            ..Self::default()
        }
    }

    /// Marks the last place where `needle` stands in the number.
    #[must_use]
    pub fn find(mut self, needle: &str) -> Self {
        self.found = found_in(self.digits, needle);
        self
    }

    /// Another size than body.
    #[must_use]
    pub fn size(mut self, size: Size) -> Self {
        self.size = Some(size);
        self
    }

    /// For second lines: no heavy ending, caption colour.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Draws it with `anchor` at `pos`.
    pub fn paint(&self, painter: &Painter, palette: &Palette, pos: Pos2, anchor: Align2) -> Rect {
        let job = self.job(palette);
        let galley = painter.layout_job(job);
        let rect = anchor.anchor_size(pos, galley.size());
        // One glyph for each character: a number has no ligatures.
        let glyphs = galley.rows.iter().flat_map(|row| {
            row.glyphs
                .iter()
                .map(|glyph| glyph.logical_rect().translate(row.pos.to_vec2()))
        });
        for (index, glyph) in glyphs.enumerate() {
            if self
                .found
                .as_ref()
                .is_some_and(|found| found.contains(&index))
            {
                paint_mark(painter, palette, glyph.translate(rect.min.to_vec2()));
            }
        }
        painter.galley(rect.min, galley, palette.ink);
        rect
    }

    /// Adds it as a widget; the whole number is its label and a click copies it.
    pub fn show(&self, ui: &mut Ui) -> Response {
        let palette = palette(ui);
        let job = self.job(palette);
        let size = ui.painter().layout_job(job).size();
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        self.paint(ui.painter(), palette, rect.min, Align2::LEFT_TOP);
        if response.clicked() {
            ui.copy_text(self.digits.to_owned());
        }
        super::speak::tell(&response, Role::Button, self.digits, |node| {
            node.set_description("Copies the number");
        });
        response
    }

    fn job(&self, palette: &Palette) -> LayoutJob {
        let characters: Vec<char> = self.digits.chars().collect();
        let size = self.size.unwrap_or(if self.quiet {
            Size::Caption
        } else {
            Size::Body
        });
        let count = characters.len();
        let ending = count.saturating_sub(4);
        let mut job = LayoutJob::default();
        for (index, character) in characters.iter().enumerate() {
            let heavy = index >= ending && !self.quiet;
            let found = self
                .found
                .as_ref()
                .is_some_and(|found| found.contains(&index));
            let colour = match (heavy || found, self.quiet) {
                (true, _) => palette.ink,
                (false, true) => palette.ink3,
                (false, false) => palette.ink2,
            };
            let weight = if heavy || found {
                Weight::Heavy
            } else {
                Weight::Regular
            };
            let format = text::format(size, weight, colour);
            let starts_group = index > 0 && (count - index).is_multiple_of(4);
            let gap = if starts_group {
                GROUP_GAP * size.points() / 14.0
            } else {
                0.0
            };
            append(&mut job, *character, gap, format);
        }
        job
    }
}

fn append(job: &mut LayoutJob, character: char, gap: f32, format: TextFormat) {
    let mut buffer = [0; 4];
    job.append(character.encode_utf8(&mut buffer), gap, format);
}

/// The ground of found digits and the line under them, as high as the line of text.
fn paint_mark(painter: &Painter, palette: &Palette, glyphs: Rect) {
    let ground = glyphs.shrink2(vec2(0.0, 1.0));
    painter.rect_filled(ground, 2.0, palette.mark);
    let line = Rect::from_min_max(egui::pos2(ground.left(), ground.bottom() - 2.0), ground.max);
    painter.rect_filled(line, 0.0, palette.work.line);
}

/// Where `needle` stands in `text`, its last place first, counted in characters. What a search takes for alike is alike here.
#[must_use]
pub fn found_in(text: &str, needle: &str) -> Option<Range<usize>> {
    let needle: Vec<char> = folded(needle)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    if needle.is_empty() {
        return None;
    }
    // A letter may be searched as two, as ß is.
    let mut letters: Vec<(char, usize)> = Vec::with_capacity(text.len());
    for (place, letter) in text.chars().enumerate() {
        let mut buffer = [0; 4];
        let folded = folded(letter.encode_utf8(&mut buffer));
        letters.extend(folded.chars().map(|letter| (letter, place)));
    }
    let found = letters.windows(needle.len()).rev().find(|window| {
        window
            .iter()
            .zip(&needle)
            .all(|((letter, _), wanted)| letter == wanted)
    })?;
    let (_, first) = found.first()?;
    let (_, last) = found.last()?;
    Some(*first..last + 1)
}

/// The big ending of a number: '…' and four heavy digits.
pub fn paint_ending(
    painter: &Painter,
    pos: Pos2,
    anchor: Align2,
    digits: &str,
    size: Size,
    colour: Color32,
    dots: Color32,
) -> Rect {
    let characters: Vec<char> = digits.chars().collect();
    let ending: String = characters
        .iter()
        .skip(characters.len().saturating_sub(4))
        .collect();
    let mut job = LayoutJob::default();
    job.append("…", 0.0, text::format(size, Weight::Regular, dots));
    job.append(&ending, 0.0, text::format(size, Weight::Heavy, colour));
    let galley = painter.layout_job(job);
    let rect = anchor.anchor_size(pos, galley.size());
    painter.galley(rect.min, galley, colour);
    rect
}

/// A label with the found part marked, for names, plates and notes.
pub fn paint_found(
    painter: &Painter,
    palette: &Palette,
    pos: Pos2,
    label: &str,
    needle: &str,
    format: TextFormat,
    max_width: f32,
) -> Rect {
    let shown = text::cut_middle(painter, label, &format, max_width);
    let Some(found) = found_in(&shown, needle) else {
        return text::paint(painter, pos, Align2::LEFT_CENTER, &shown, format);
    };
    let part = |range: Range<usize>| -> String {
        shown.chars().skip(range.start).take(range.len()).collect()
    };
    let (before, hit, after) = (
        part(0..found.start),
        part(found.clone()),
        part(found.end..shown.chars().count()),
    );
    let mut marked = format.clone();
    marked.color = palette.ink;
    let first = text::paint(painter, pos, Align2::LEFT_CENTER, &before, format.clone());
    let hit_left = pos + vec2(first.width(), 0.0);
    let hit_size = vec2(text::width(painter, &hit, marked.clone()), first.height());
    paint_mark(
        painter,
        palette,
        Align2::LEFT_CENTER.anchor_size(hit_left, hit_size),
    );
    let middle = text::paint(painter, hit_left, Align2::LEFT_CENTER, &hit, marked);
    let last = text::paint(
        painter,
        pos + vec2(first.width() + middle.width(), 0.0),
        Align2::LEFT_CENTER,
        &after,
        format,
    );
    first.union(middle).union(last)
}

/// Adds a typed number with one of its digits marked: the one that does not fit. `position` counts from 1.
pub fn wrong_digit(ui: &mut Ui, typed: &str, position: usize) {
    let palette = palette(ui);
    let plain = text::mono(palette.ink2);
    let mut marked = text::mono(palette.person.text);
    marked.background = palette.person.tint;
    marked.underline = egui::Stroke::new(2.0, palette.person.line);
    let mut job = LayoutJob::default();
    let digits = typed.chars().filter(|each| !matches!(each, ' ' | '-'));
    for (index, digit) in digits.enumerate() {
        let format = if index + 1 == position {
            &marked
        } else {
            &plain
        };
        job.append(&digit.to_string(), 0.0, format.clone());
    }
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(20.0, 4.0), Sense::hover());
    ui.painter()
        .galley(rect.min + vec2(20.0, 2.0), galley, palette.ink);
    let digit = typed
        .chars()
        .filter(|each| !matches!(each, ' ' | '-'))
        .nth(position.saturating_sub(1));
    let words = format!(
        "Digit {position} does not fit: {}",
        digit.map(String::from).unwrap_or_default()
    );
    super::speak::tell(&response, Role::Status, &words, |_| {});
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::palette::LIGHT;

    #[test]
    fn the_last_place_is_marked() {
        assert_eq!(found_in("4821004821", "4821"), Some(6..10));
        assert_eq!(found_in("004999014821069", "48 21"), Some(8..12));
        assert_eq!(found_in("Example Couriers", "couR"), Some(8..12));
        assert_eq!(found_in("Café in der Straße 4", "strasse"), Some(12..18));
        assert_eq!(found_in("İstanbul, Łódź", "lodz"), Some(10..14));
        assert_eq!(found_in("0049", ""), None);
        assert_eq!(found_in("0049", "5"), None);
    }

    #[test]
    fn groups_are_of_four_from_the_right() {
        let job = Number::new("004999011134821").job(&LIGHT);
        let gaps: Vec<usize> = job
            .sections
            .iter()
            .filter(|section| section.leading_space > 0.0)
            .map(|section| section.byte_range.start.0)
            .collect();
        assert_eq!(gaps, [3, 7, 11]);
        assert_eq!(job.text, "004999011134821");
    }
}
