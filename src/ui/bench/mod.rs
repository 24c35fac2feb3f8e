//! The bench: job line above, lanes in the places where the hands are, the pane of one lane at the right.

mod done_today;
pub mod first_report;
mod job_line;
mod lanes;
pub mod look;
mod pane;
mod pane_parts;
pub mod question;
pub mod talk;

pub use lanes::{lane_id, rows};

use super::draw::{Draw, Room};
use super::theme::palette;
use egui::{CentralPanel, Frame, Panel, Ui};

/// Draws the bench into the room that is left.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let paper = Frame::new().fill(palette.surface);
    let job_height = if draw.room == Room::Wide { 64.0 } else { 52.0 };
    Panel::top("job line")
        .exact_size(job_height)
        .resizable(false)
        .frame(paper)
        .show(ui, |ui| job_line::show(ui, draw));
    if let Some(newer) = draw.state.newer_version() {
        Panel::top("newer version")
            .exact_size(40.0)
            .resizable(false)
            .frame(paper)
            .show(ui, |ui| job_line::newer(ui, draw, newer));
    }
    match draw.room {
        Room::Wide | Room::Middle => {
            let width = if draw.room == Room::Wide {
                408.0
            } else {
                332.0
            };
            Panel::right("pane")
                .exact_size(width)
                .resizable(false)
                .frame(paper)
                .show(ui, |ui| pane::show(ui, draw));
        }
        Room::Narrow => {
            Panel::bottom("pane strip")
                .exact_size(44.0)
                .resizable(false)
                .frame(paper)
                .show(ui, |ui| pane::strip(ui, draw));
            if draw.desk.pane_open {
                CentralPanel::default()
                    .frame(paper)
                    .show(ui, |ui| pane::show(ui, draw));
                return;
            }
        }
    }
    CentralPanel::default()
        .frame(Frame::new().fill(palette.bg))
        .show(ui, |ui| lanes::show(ui, draw));
}
