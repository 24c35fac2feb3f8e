//! A small plot of counts for each hour, with a dashed line where they would stand at the interval that is set.

use super::speak;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use egui::accesskit::Role;
use egui::{Align2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

/// Height of the plot with its time axis.
pub const HEIGHT: f32 = 158.0;
const AXIS: f32 = 28.0;
const DASH: f32 = 4.0;

/// What the plot shows.
#[derive(Debug, Clone, Default)]
pub struct Hours<'a> {
    /// Counts, the oldest hour first; the last one is not over yet.
    pub counts: &'a [i64],
    /// Counts that the set interval gives.
    pub expected: Option<f32>,
    /// Words below some of the bars: which bar, and what.
    pub ticks: &'a [(usize, String)],
    /// The whole in words, for those who hear it.
    pub spoken: &'a str,
}

/// The count at the top of the plot: the highest bar or the dashed line, with a little air.
#[must_use]
pub fn top(counts: &[i64], expected: Option<f32>) -> f32 {
    let most = counts.iter().copied().max().unwrap_or(0).max(0) as f32;
    most.max(expected.unwrap_or(0.0)).max(1.0) * 1.06
}

/// Adds the plot.
pub fn show(ui: &mut Ui, hours: &Hours<'_>) {
    let palette = palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    speak::tell(&response, Role::Image, hours.spoken, |_| {});
    let plot = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - AXIS));
    let painter = ui.painter();
    for quarter in 1..4 {
        let y = plot.bottom() - plot.height() * quarter as f32 / 4.0;
        painter.hline(plot.x_range(), y, Stroke::new(1.0, palette.line));
    }
    let top = top(hours.counts, hours.expected);
    let step = plot.width() / hours.counts.len().max(1) as f32;
    let last = hours.counts.len().saturating_sub(1);
    for (index, count) in hours.counts.iter().enumerate() {
        let height = (plot.height() * (*count).max(0) as f32 / top).min(plot.height());
        // An hour without a report has a foot all the same: it was looked at.
        let height = height.max(1.5);
        let left = plot.left() + step * index as f32 + step * 0.1;
        let bar = Rect::from_min_max(
            pos2(left, plot.bottom() - height),
            pos2(left + step * 0.8, plot.bottom()),
        );
        let colour = if index == last {
            palette.ink
        } else {
            palette.ink2
        };
        painter.rect_filled(bar, 1.0, colour);
    }
    painter.hline(
        plot.x_range(),
        plot.bottom(),
        Stroke::new(1.0, palette.edge),
    );
    if let Some(expected) = hours.expected.filter(|expected| *expected > 0.0) {
        let y = plot.bottom() - plot.height() * expected / top;
        let line = [pos2(plot.left(), y), pos2(plot.right(), y)];
        let stroke = Stroke::new(1.5, palette.work.line);
        painter.extend(Shape::dashed_line(&line, stroke, DASH, DASH));
    }
    for (index, words) in hours.ticks {
        let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
        let y = rect.bottom() - 8.0;
        let (x, align) = match *index {
            0 => (plot.left(), Align2::LEFT_CENTER),
            index if index >= last => (plot.right(), Align2::RIGHT_CENTER),
            index => (
                plot.left() + step * (index as f32 + 0.5),
                Align2::CENTER_CENTER,
            ),
        };
        text::paint(painter, pos2(x, y), align, words, format);
    }
}

/// Adds the line below the plot that says what the dashes mean.
pub fn legend(ui: &mut Ui, words: &str) {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    speak::tell(&response, Role::Label, words, |_| {});
    let y = rect.center().y;
    let line = [pos2(rect.left(), y), pos2(rect.left() + 20.0, y)];
    let stroke = Stroke::new(1.5, palette.work.line);
    ui.painter()
        .extend(Shape::dashed_line(&line, stroke, DASH, DASH));
    let format = text::format(Size::Caption, Weight::Regular, palette.ink2);
    text::paint_within(
        ui.painter(),
        pos2(rect.left() + 28.0, y),
        Align2::LEFT_CENTER,
        words,
        format,
        rect.width() - 28.0,
    );
}

#[cfg(test)]
mod tests {
    use super::top;

    #[test]
    fn the_dashed_line_and_the_highest_bar_both_fit() {
        assert!(top(&[3, 200, 5], Some(120.0)) >= 200.0);
        assert!(top(&[3], Some(120.0)) >= 120.0);
        assert!(top(&[], None) > 0.0);
        assert!(top(&[0, 0], None) >= 1.0);
    }
}
