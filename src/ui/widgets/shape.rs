//! The shapes of states: Phosphor icons where there is one, drawn by hand where there is none.

use crate::ui::theme::{Icon, Palette, icon_table as icons};
use egui::epaint::PathShape;
use egui::{Color32, Painter, Pos2, Rect, Shape as Drawn, Stroke, Vec2, pos2, vec2};
use std::f32::consts::TAU;

/// One shape of a state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// An icon.
    Icon(Icon),
    /// Turns once a second.
    Spinner,
    /// Fills from nothing (0) to whole (1).
    Ring(f32),
    /// A ring in a ring: ready.
    DoubleRing,
    /// The sign for 'set aside'.
    Octagon,
    /// A check with a clock in its corner.
    CheckOwed,
    /// A seal with a clock in its corner.
    SealSlow,
}

impl Shape {
    /// Draws it `size` high around `centre`; `ground` is the colour behind it.
    pub fn paint(
        self,
        painter: &Painter,
        palette: &Palette,
        centre: Pos2,
        size: f32,
        colour: Color32,
        ground: Color32,
    ) {
        match self {
            Self::Icon(icon) => {
                icon.paint(painter, centre, size, colour);
            }
            Self::Spinner => spinner(painter, centre, size, colour),
            Self::Ring(share) => ring(painter, palette, centre, size, colour, share),
            Self::DoubleRing => {
                outline(painter, centre, size * 0.42, size / 15.0, colour);
                outline(painter, centre, size * 0.28, size / 15.0, colour);
            }
            Self::Octagon => octagon(painter, centre, size, colour, ground),
            Self::CheckOwed => {
                icons::CHECK_FAT_FILL.paint(painter, centre, size, colour);
                clock(painter, centre, size, colour, ground);
            }
            Self::SealSlow => {
                icons::SEAL_CHECK.paint(painter, centre, size, colour);
                clock(painter, centre, size, colour, ground);
            }
        }
    }
}

/// A ring whose outer edge is at `radius`. egui's own circles put the line outside.
pub fn outline(painter: &Painter, centre: Pos2, radius: f32, width: f32, colour: Color32) {
    painter.circle_stroke(centre, radius - width, Stroke::new(width, colour));
}

/// Corner clock, on a disc of the ground so that it stands free.
fn clock(painter: &Painter, centre: Pos2, size: f32, colour: Color32, ground: Color32) {
    let corner = centre + vec2(size * 0.40, size * 0.38);
    painter.circle_filled(corner, size * 0.29, ground);
    icons::CLOCK_BOLD.paint(painter, corner, size * 0.52, colour);
}

fn octagon(painter: &Painter, centre: Pos2, size: f32, colour: Color32, ground: Color32) {
    let radius = size * 0.48;
    let corners = (0..8)
        .map(|corner| {
            let angle = TAU * (corner as f32 + 0.5) / 8.0;
            centre + radius * Vec2::angled(angle)
        })
        .collect();
    painter.add(Drawn::convex_polygon(corners, colour, Stroke::NONE));
    let bar = Rect::from_center_size(centre, vec2(size * 0.48, size * 0.14));
    painter.rect_filled(bar, size * 0.04, ground);
}

fn arc(painter: &Painter, centre: Pos2, radius: f32, from: f32, share: f32, stroke: Stroke) {
    const POINTS: usize = 48;
    let points = (0..=POINTS)
        .map(|point| {
            let angle = from + TAU * share * point as f32 / POINTS as f32;
            pos2(
                centre.x + radius * angle.cos(),
                centre.y + radius * angle.sin(),
            )
        })
        .collect();
    painter.add(PathShape::line(points, stroke));
}

fn ring(
    painter: &Painter,
    palette: &Palette,
    centre: Pos2,
    size: f32,
    colour: Color32,
    share: f32,
) {
    let (radius, width) = (size * 0.40, size * 0.12);
    outline(painter, centre, radius + width / 2.0, width, palette.line);
    let share = share.clamp(0.0, 1.0);
    if share > 0.0 {
        arc(
            painter,
            centre,
            radius,
            -TAU / 4.0,
            share,
            Stroke::new(width, colour),
        );
    }
}

fn spinner(painter: &Painter, centre: Pos2, size: f32, colour: Color32) {
    let turn = if painter.ctx().global_style().animation_time > 0.0 {
        painter.ctx().input(|input| input.time).fract() as f32
    } else {
        0.0
    };
    let from = TAU * (turn - 0.25) + 0.45;
    arc(
        painter,
        centre,
        size * 0.40,
        from,
        1.0 - 0.9 / TAU,
        Stroke::new(size * 0.09, colour),
    );
}
