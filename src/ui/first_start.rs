//! The first start on a PC: three steps, and a pretend office for who has no units at hand.

use super::desk::Dialog;
use super::draw::{Draw, Room};
use super::keys::{Act, cap};
use super::theme::style::RADIUS_CARD;
use super::theme::text::{self, Size, Weight};
use super::theme::{Palette, icon_table as icons, palette};
use super::widgets::{Button, shape, speak};
use crate::engine::State;
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, Pos2, Sense, Stroke, Ui, vec2};

/// Whether this bench has never done anything: no unit, no template, no job.
#[must_use]
pub fn is_first(state: &State) -> bool {
    state.templates.is_empty()
        && state.bench.units == 0
        && state.job.is_none()
        && state.lanes.is_empty()
}

/// Draws it.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let left = Frame::new()
        .fill(palette.surface)
        .inner_margin(Margin::symmetric(28, 32));
    if draw.room != Room::Narrow {
        Panel::left("first steps")
            .exact_size(348.0)
            .resizable(false)
            .frame(left)
            .show(ui, |ui| steps(ui, draw));
    }
    let right = Frame::new()
        .fill(palette.bg)
        .inner_margin(Margin::symmetric(48, 40));
    CentralPanel::default()
        .frame(right)
        .show(ui, |ui| now(ui, draw));
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    Done,
    Now,
    Later,
}

fn steps(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    Panel::bottom("pretend office")
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new())
        .show(ui, |ui| pretend_office(ui, draw, palette));
    let bench = &draw.state.bench;
    let name = match (bench.name.is_empty(), bench.office.is_empty()) {
        (true, _) => "This PC".to_owned(),
        (false, true) => bench.name.clone(),
        (false, false) => format!("{}, {}", bench.name, bench.office),
    };
    ui.label(text::rich(
        "Fleetdesk",
        Size::Figure,
        Weight::Semibold,
        palette.ink,
    ));
    ui.label(text::rich(
        "Three steps, once on this PC.",
        Size::Body,
        Weight::Regular,
        palette.ink2,
    ));
    ui.add_space(16.0);
    step(ui, 1, Step::Done, "This bench", &name);
    step(ui, 2, Step::Now, "A template", "What units shall hold");
    step(
        ui,
        3,
        Step::Later,
        "First job",
        "Pick the template, plug, start",
    );
}

fn step(ui: &mut Ui, number: u32, state: Step, title: &str, words: &str) {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 54.0), Sense::hover());
    let painter = ui.painter();
    let centre = rect.min + vec2(15.0, 15.0);
    number_disc(painter, palette, centre, number, state);
    if number < 3 {
        let line = (centre.y + 20.0)..=(centre.y + 42.0);
        painter.vline(centre.x, line, Stroke::new(2.0, palette.line));
    }
    let ink = if state == Step::Later {
        palette.ink2
    } else {
        palette.ink
    };
    let weight = if state == Step::Later {
        Weight::Regular
    } else {
        Weight::Semibold
    };
    let at = rect.min + vec2(44.0, 7.0);
    text::paint(
        painter,
        at,
        Align2::LEFT_CENTER,
        title,
        text::format(Size::Body, weight, ink),
    );
    let format = text::format(Size::Caption, Weight::Regular, palette.ink2);
    text::paint_within(
        painter,
        at + vec2(0.0, 18.0),
        Align2::LEFT_CENTER,
        words,
        format,
        rect.width() - 44.0,
    );
    speak::tell(
        &response,
        Role::ListItem,
        &format!("Step {number}: {title}. {words}"),
        |_| {},
    );
}

fn number_disc(painter: &egui::Painter, palette: &Palette, centre: Pos2, number: u32, state: Step) {
    let format = |ink| text::format(Size::Body, Weight::Semibold, ink);
    match state {
        Step::Done => {
            painter.circle_filled(centre, 15.0, palette.ink2);
            icons::CHECK_BOLD.paint(painter, centre, 16.0, palette.surface);
        }
        Step::Now => {
            painter.circle_filled(centre, 15.0, palette.ink);
            text::paint(
                painter,
                centre,
                Align2::CENTER_CENTER,
                &number.to_string(),
                format(palette.on_ink),
            );
        }
        Step::Later => {
            shape::outline(painter, centre, 15.0, 2.0, palette.edge);
            text::paint(
                painter,
                centre,
                Align2::CENTER_CENTER,
                &number.to_string(),
                format(palette.ink2),
            );
        }
    }
}

fn pretend_office(ui: &mut Ui, draw: &mut Draw<'_>, palette: &Palette) {
    let frame = Frame::new()
        .fill(palette.bg)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(RADIUS_CARD)
        .inner_margin(Margin::same(16));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.label(text::rich(
            "No units at hand?",
            Size::Body,
            Weight::Semibold,
            palette.ink,
        ));
        let words = "A pretend office shows everything. Nothing leaves this PC.";
        ui.label(text::rich(
            words,
            Size::Caption,
            Weight::Regular,
            palette.ink2,
        ));
        if Button::new("Open the pretend office")
            .icon(icons::FLASK)
            .show(ui)
            .clicked()
        {
            draw.desk.wants_pretend_office = true;
        }
    });
}

fn now(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    ui.set_max_width(ui.available_width().min(720.0));
    let title = ui.label(text::rich(
        "Bring in a template",
        Size::Figure,
        Weight::Semibold,
        palette.ink,
    ));
    speak::tell(&title, Role::Heading, "Bring in a template", |_| {});
    let words = "It says what units shall hold: server, APN, how often they report. Your office lead has it as a file.";
    ui.label(text::rich(words, Size::Lead, Weight::Regular, palette.ink2));
    ui.add_space(12.0);
    ui.horizontal(|ui| super::templates::import(ui, draw, false));
    ui.add_space(20.0);
    let frame = Frame::new()
        .fill(palette.work.tint)
        .corner_radius(RADIUS_CARD)
        .inner_margin(Margin::symmetric(20, 16));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.label(text::rich(
            "You can plug units in already",
            Size::Lead,
            Weight::Semibold,
            palette.ink,
        ));
        let words = "They are only looked at. Nothing is written until a job is picked.";
        ui.label(text::rich(words, Size::Body, Weight::Regular, palette.ink2));
    });
    ui.add_space(12.0);
    let help = Button::bare("I can’t find my unit")
        .icon(icons::LIFEBUOY)
        .key(cap(Act::Ladder));
    if help.show(ui).clicked() {
        draw.desk.open(Dialog::Ladder);
    }
    if draw.room == Room::Narrow {
        ui.add_space(12.0);
        pretend_office(ui, draw, palette);
    }
}
