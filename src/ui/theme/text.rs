//! Type: five sizes, four weights, and small ways to draw a line of text.

use egui::epaint::text::VariationCoords;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Align, Align2, Color32, FontFamily, FontId, Painter, Pos2, Rect, Response, RichText, Ui, vec2,
};

/// Sizes of type. Nothing is smaller than a caption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 12 over 16: captions, keys, second lines.
    Caption,
    /// 14 over 20: body, tables, buttons.
    Body,
    /// 16 over 22: lane word, card head.
    Lead,
    /// 20 over 26: title, pane state.
    Title,
    /// 28 over 34: last four digits, counts.
    Figure,
}

impl Size {
    /// Points.
    #[must_use]
    pub const fn points(self) -> f32 {
        match self {
            Self::Caption => 12.0,
            Self::Body => 14.0,
            Self::Lead => 16.0,
            Self::Title => 20.0,
            Self::Figure => 28.0,
        }
    }

    /// Line height in points.
    #[must_use]
    pub const fn line(self) -> f32 {
        match self {
            Self::Caption => 16.0,
            Self::Body => 20.0,
            Self::Lead => 22.0,
            Self::Title => 26.0,
            Self::Figure => 34.0,
        }
    }
}

/// Weights of type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// 400.
    Regular,
    /// 500: buttons, values.
    Medium,
    /// 600: words, heads.
    Semibold,
    /// 650: the last digits of a number.
    Heavy,
}

impl Weight {
    const fn axis(self) -> f32 {
        match self {
            Self::Regular => 400.0,
            Self::Medium => 500.0,
            Self::Semibold => 600.0,
            Self::Heavy => 650.0,
        }
    }
}

/// Format of a piece of text.
#[must_use]
pub fn format(size: Size, weight: Weight, colour: Color32) -> TextFormat {
    let mut coords = VariationCoords::default();
    if weight != Weight::Regular {
        coords.push(b"wght", weight.axis());
    }
    TextFormat {
        font_id: FontId::new(size.points(), FontFamily::Proportional),
        line_height: Some(size.line()),
        color: colour,
        coords,
        valign: Align::Center,
        ..TextFormat::default()
    }
}

/// The format of transcripts.
#[must_use]
pub fn mono(colour: Color32) -> TextFormat {
    TextFormat {
        font_id: FontId::new(13.0, FontFamily::Monospace),
        line_height: Some(20.0),
        color: colour,
        ..TextFormat::default()
    }
}

/// A text for a label.
#[must_use]
pub fn rich(text: impl Into<String>, size: Size, weight: Weight, colour: Color32) -> RichText {
    let text = RichText::new(text)
        .size(size.points())
        .line_height(Some(size.line()))
        .color(colour);
    if weight == Weight::Regular {
        text
    } else {
        text.variation(b"wght", weight.axis())
    }
}

/// A line that is cut with '…' at `max_width`.
#[must_use]
pub fn line_job(text: &str, format: TextFormat, max_width: f32) -> LayoutJob {
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap = TextWrapping {
        max_width,
        max_rows: 1,
        break_anywhere: true,
        overflow_character: Some('…'),
    };
    job.break_on_newline = false;
    job
}

/// A text that wraps at `max_width`.
#[must_use]
pub fn block_job(text: &str, format: TextFormat, max_width: f32) -> LayoutJob {
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap.max_width = max_width;
    job
}

/// Draws one line with `anchor` at `pos` and returns where it is.
pub fn paint(painter: &Painter, pos: Pos2, anchor: Align2, text: &str, format: TextFormat) -> Rect {
    paint_within(painter, pos, anchor, text, format, f32::INFINITY)
}

/// Draws one line, cut at `max_width`, with `anchor` at `pos` and returns where it is.
pub fn paint_within(
    painter: &Painter,
    pos: Pos2,
    anchor: Align2,
    text: &str,
    format: TextFormat,
    max_width: f32,
) -> Rect {
    let colour = format.color;
    let galley = painter.layout_job(line_job(text, format, max_width));
    let rect = anchor.anchor_size(pos, galley.size());
    painter.galley(rect.min, galley, colour);
    rect
}

/// Draws one line like [`paint_within`]; where it had to be cut, the pointer over `response` tells the whole.
pub fn paint_told(
    ui: &Ui,
    response: &Response,
    pos: Pos2,
    anchor: Align2,
    text: &str,
    format: TextFormat,
    max_width: f32,
) -> Rect {
    let painter = ui.painter();
    if response.hovered() && width(painter, text, format.clone()) > max_width {
        response.clone().on_hover_text(text);
    }
    paint_within(painter, pos, anchor, text, format, max_width)
}

/// Draws a text that wraps at `max_width` and returns where it is.
pub fn paint_block(
    painter: &Painter,
    pos: Pos2,
    text: &str,
    format: TextFormat,
    max_width: f32,
) -> Rect {
    let colour = format.color;
    let galley = painter.layout_job(block_job(text, format, max_width));
    let rect = Rect::from_min_size(pos, galley.size());
    painter.galley(rect.min, galley, colour);
    rect
}

/// How wide a line is.
#[must_use]
pub fn width(painter: &Painter, text: &str, format: TextFormat) -> f32 {
    painter
        .layout_job(line_job(text, format, f32::INFINITY))
        .size()
        .x
}

/// A name cut in its middle, so that both ends can be read. Numbers are never given to this.
#[must_use]
pub fn cut_middle(painter: &Painter, text: &str, format: &TextFormat, max_width: f32) -> String {
    if width(painter, text, format.clone()) <= max_width {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let cut = |keep: usize| -> String {
        let head = keep.div_ceil(2);
        let tail = keep - head;
        letters
            .iter()
            .take(head)
            .chain(std::iter::once(&'…'))
            .chain(letters.iter().skip(letters.len() - tail))
            .collect()
    };
    let (mut low, mut high) = (0, letters.len());
    while low < high {
        let middle = (low + high).div_ceil(2);
        if width(painter, &cut(middle), format.clone()) <= max_width {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    cut(low)
}

/// Half a line height above `pos.y`, for text that is placed by its centre line.
#[must_use]
pub fn top_of(pos: Pos2, size: Size) -> Pos2 {
    pos - vec2(0.0, size.line() / 2.0)
}
