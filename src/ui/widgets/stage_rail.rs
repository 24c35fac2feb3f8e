//! The six stages of a unit's way, and where it is.

use super::shape::outline;
use super::speak;
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use egui::accesskit::Role;
use egui::{Align2, Painter, Pos2, Rect, Sense, Stroke, Ui, pos2, vec2};

/// The stages in their order.
pub const STAGES: [&str; 6] = ["Known", "Read", "Set", "Restart", "Check", "Report"];
/// Height of the rail with its labels.
pub const HEIGHT: f32 = 44.0;

/// How far one stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageMark {
    /// Behind us.
    Past,
    /// Here.
    Now,
    /// To come.
    Ahead,
    /// Read back: the only green.
    Proved,
    /// It ended here.
    Stopped,
}

/// Adds the rail.
pub fn show(ui: &mut Ui, marks: [StageMark; 6]) {
    let palette = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let step = rect.width() / 6.0;
    let centre = |index: usize| pos2(rect.left() + step * (index as f32 + 0.5), rect.top() + 12.0);
    for (index, (stage, mark)) in STAGES.iter().zip(marks).enumerate() {
        if index > 0 {
            let line = (centre(index - 1).x + 13.0)..=(centre(index).x - 13.0);
            ui.painter()
                .hline(line, centre(index).y, Stroke::new(2.0, palette.line));
        }
        paint_stage(ui.painter(), palette, centre(index), mark);
        paint_label(ui.painter(), palette, centre(index), stage, mark);
    }
    let words = words(marks);
    let id = speak::note(ui, rect, "stages", Role::ProgressIndicator, "Stages");
    ui.ctx()
        .accesskit_node_builder(id, |node| node.set_value(words));
}

fn words(marks: [StageMark; 6]) -> String {
    STAGES
        .iter()
        .zip(marks)
        .map(|(stage, mark)| {
            let mark = match mark {
                StageMark::Past => "done",
                StageMark::Now => "now",
                StageMark::Ahead => "to come",
                StageMark::Proved => "proved",
                StageMark::Stopped => "stopped here",
            };
            format!("{stage} {mark}")
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn paint_stage(painter: &Painter, palette: &Palette, centre: Pos2, mark: StageMark) {
    const RADIUS: f32 = 9.0;
    match mark {
        StageMark::Past | StageMark::Proved => {
            let colour = if mark == StageMark::Past {
                palette.ink2
            } else {
                palette.proved.line
            };
            painter.circle_filled(centre, RADIUS, colour);
            icons::CHECK_BOLD.paint(painter, centre, 10.0, palette.surface);
        }
        StageMark::Now => {
            outline(painter, centre, RADIUS, 5.0, palette.work.line);
        }
        StageMark::Ahead => {
            outline(painter, centre, RADIUS, 2.0, palette.edge);
        }
        StageMark::Stopped => {
            painter.circle_filled(centre, RADIUS, palette.stop.line);
            let bar = Rect::from_center_size(centre, vec2(9.0, 2.0));
            painter.rect_filled(bar, 0.5, palette.surface);
        }
    }
}

fn paint_label(painter: &Painter, palette: &Palette, centre: Pos2, stage: &str, mark: StageMark) {
    let (weight, colour) = match mark {
        StageMark::Past => (Weight::Regular, palette.ink2),
        StageMark::Ahead => (Weight::Regular, palette.ink3),
        StageMark::Now => (Weight::Semibold, palette.work.text),
        StageMark::Proved => (Weight::Semibold, palette.proved.text),
        StageMark::Stopped => (Weight::Semibold, palette.stop.text),
    };
    let format = text::format(Size::Caption, weight, colour);
    text::paint(
        painter,
        centre + vec2(0.0, 21.0),
        Align2::CENTER_CENTER,
        stage,
        format,
    );
}
