//! The top line: for whom, which template, how many are done, and the one button that starts.

use crate::engine::{BenchJob, Command, LaneState, State};
use crate::ui::desk::{Area, Dialog};
use crate::ui::draw::{Draw, Room};
use crate::ui::keys::{Act, cap};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, icon_table as icons, palette};
use crate::ui::widgets::{Button, bar, place, speak, toggle, why};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align, Align2, Id, Layout, Rect, Sense, Ui, pos2, vec2};

/// Draws the line.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let rect = ui.max_rect();
    let margin = if draw.room == Room::Wide { 24.0 } else { 16.0 };
    let inside = rect.shrink2(vec2(margin, 0.0));
    let left_end = left(ui, palette, inside, draw);
    let right = Rect::from_min_max(pos2(left_end + 16.0, inside.top()), inside.max);
    place::at(ui, right, place::from_right(), |ui| buttons(ui, draw));
    ui.advance_cursor_after_rect(rect);
}

/// Says that the job's template has a newer version, and takes it when a person wants it.
pub fn newer(ui: &mut Ui, draw: &mut Draw<'_>, newer: u32) {
    let Some(job) = &draw.state.job else { return };
    let colours = palette(ui);
    let margin = if draw.room == Room::Wide { 24.0 } else { 16.0 };
    let inside = ui.max_rect().shrink2(vec2(margin, 0.0));
    place::at(ui, inside, place::from_left(), |ui| {
        let words = format!(
            "{} v{newer} is released. This job sets v{}.",
            job.template, job.template_version
        );
        let take = format!("Take v{newer}");
        let button = Button::new(&take).height(28.0);
        let room = ui.available_width() - button.natural_width(ui) - 16.0;
        let format = text::format(Size::Body, Weight::Medium, colours.ink);
        let shown = text::cut_middle(ui.painter(), &words, &format, room.max(80.0));
        let label = ui.label(text::rich(&shown, Size::Body, Weight::Medium, colours.ink));
        speak::tell(&label, Role::Status, &words, |_| {});
        ui.add_space(16.0);
        if button.show(ui).clicked() {
            draw.wish(Command::TakeVersion(newer));
        }
    });
}

fn left(ui: &Ui, palette: &Palette, inside: Rect, draw: &mut Draw<'_>) -> f32 {
    let wide = draw.room == Room::Wide;
    let (title, caption) = heads(draw.state.job.as_ref(), wide);
    let most = if wide { 260.0 } else { 150.0 };
    let painter = ui.painter();
    let y = inside.center().y;
    let format = text::format(
        if wide { Size::Lead } else { Size::Body },
        Weight::Semibold,
        palette.ink,
    );
    let title_shown = text::cut_middle(painter, &title, &format, most);
    let title_rect = text::paint(
        painter,
        pos2(inside.left(), y - 9.0),
        Align2::LEFT_CENTER,
        &title_shown,
        format,
    );
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let caption_rect = text::paint_within(
        painter,
        pos2(inside.left(), y + 11.0),
        Align2::LEFT_CENTER,
        &caption,
        format,
        most,
    );
    let names = title_rect.union(caption_rect);
    let response = ui.interact(names.expand(6.0), Id::unique("job names"), Sense::click());
    if response.clicked() {
        draw.desk.open(Dialog::PickJob);
    }
    crate::ui::widgets::focus::ring(ui, &response, 6.0);
    speak::tell(
        &response,
        Role::Button,
        &format!("Job: {title}, {caption}"),
        |node| {
            node.set_description("Picks another job");
        },
    );
    draw.desk.area(Area::Head, response.id);
    match &draw.state.job {
        Some(job) => count(
            ui,
            palette,
            job,
            draw.state,
            pos2(names.right() + if wide { 40.0 } else { 16.0 }, y),
            wide,
        ),
        None => names.right(),
    }
}

fn heads(job: Option<&BenchJob>, wide: bool) -> (String, String) {
    match job {
        None => (
            "No job picked".into(),
            "Units are only looked at, never written".into(),
        ),
        Some(job) => {
            let template = format!("{} v{}", job.template, job.template_version);
            let carrier = if job.register || !wide {
                ""
            } else {
                " · not registered"
            };
            if job.customer.is_empty() {
                (template, format!("released, no customer{carrier}"))
            } else {
                (
                    job.customer.clone(),
                    format!("{template}, released{carrier}"),
                )
            }
        }
    }
}

/// The big count with its bar; returns where it ends.
fn count(
    ui: &Ui,
    palette: &Palette,
    job: &BenchJob,
    state: &State,
    at: egui::Pos2,
    wide: bool,
) -> f32 {
    let painter = ui.painter();
    let size = if wide { Size::Figure } else { Size::Title };
    let figure = words::count(u64::from(job.done));
    let figure_rect = text::paint(
        painter,
        at,
        Align2::LEFT_CENTER,
        &figure,
        text::format(size, Weight::Heavy, palette.ink),
    );
    let on_bench = on_the_bench(state);
    let caption = text::format(Size::Caption, Weight::Regular, palette.ink2);
    let left = figure_rect.right() + 12.0;
    let Some(of) = job.count else {
        let shown = text::paint(
            painter,
            pos2(left, at.y),
            Align2::LEFT_CENTER,
            "done",
            caption,
        );
        speak::note(
            ui,
            figure_rect.union(shown),
            "count",
            Role::Status,
            &format!("{figure} done"),
        );
        return shown.right();
    };
    let phrase = format!("done of {}", words::count(u64::from(of)));
    text::paint(
        painter,
        pos2(left, at.y - 5.0),
        Align2::LEFT_CENTER,
        &phrase,
        caption,
    );
    let width = if wide { 168.0 } else { 96.0 };
    let line = Rect::from_min_size(pos2(left, at.y + 7.0), vec2(width, 6.0));
    let share = |part: u32| part as f32 / of.max(1) as f32;
    let parts = [
        (share(job.done), palette.proved.line),
        (share(on_bench), palette.work.line),
    ];
    bar::paint(painter, palette, line, &parts);
    bar::tell(
        ui,
        figure_rect.union(line),
        "count",
        &format!("{figure} {phrase}"),
        share(job.done),
    );
    if !wide {
        return line.right();
    }
    let caption = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let to_come = of.saturating_sub(job.done).saturating_sub(on_bench);
    let first = format!("{on_bench} on the bench");
    let second = format!("{} to come", words::count(u64::from(to_come)));
    let rest = line.right() + 12.0;
    let shown = text::paint(
        painter,
        pos2(rest, at.y - 8.0),
        Align2::LEFT_CENTER,
        &first,
        caption.clone(),
    );
    text::paint(
        painter,
        pos2(rest, at.y + 8.0),
        Align2::LEFT_CENTER,
        &second,
        caption,
    );
    shown.right()
}

/// Units on lanes that are not counted as done.
fn on_the_bench(state: &State) -> u32 {
    let open = state.lanes.values().filter(|lane| {
        !matches!(
            lane.state,
            LaneState::Empty
                | LaneState::Done
                | LaneState::DoneCarrierOwed
                | LaneState::AlreadySet
                | LaneState::Verified
        )
    });
    u32::try_from(open.count()).unwrap_or(u32::MAX)
}

fn buttons(ui: &mut Ui, draw: &mut Draw<'_>) {
    let wide = draw.room == Room::Wide;
    let height = if wide { 40.0 } else { 32.0 };
    if draw.state.job.is_none() {
        if Button::primary("Pick a job")
            .key(cap(Act::PickJob))
            .height(height)
            .show(ui)
            .clicked()
        {
            draw.desk.open(Dialog::PickJob);
        }
    } else {
        start(ui, draw, height);
    }
    if draw.room != Room::Narrow {
        ui.add_space(8.0);
        let on = draw.state.line_mode;
        let words = if on { "Line mode on" } else { "Line mode off" };
        if toggle::toggle(ui, on, "Line mode", words).clicked() {
            draw.wish(Command::LineMode(!on));
        }
    }
    ui.add_space(if wide { 8.0 } else { 0.0 });
    let help = Button::bare("I can’t find my unit")
        .icon(icons::LIFEBUOY)
        .key(cap(Act::Ladder));
    let fits = help.natural_width(ui) < ui.available_width();
    if fits && help.show(ui).clicked() {
        draw.desk.open(Dialog::Ladder);
    }
}

fn start(ui: &mut Ui, draw: &mut Draw<'_>, height: f32) {
    let ready = draw.state.ready_lanes().count();
    let words = match (ready, draw.room) {
        (0, _) => "Start ready lanes".to_owned(),
        (1, Room::Wide) => "Start 1 ready lane".to_owned(),
        (_, Room::Wide) => format!("Start {ready} ready lanes"),
        _ => format!("Start {ready} ready"),
    };
    let off = match (ready, draw.state.bench.read_only) {
        (_, true) => Some("Another window has the inventory."),
        (0, _) => Some("No lane is ready."),
        _ => None,
    };
    let button = Button::primary(&words)
        .key(cap(Act::StartAll))
        .height(height)
        .off(off);
    if button.show(ui).clicked() {
        draw.wish(Command::StartAll);
    }
    if let Some(reason) = off.filter(|_| draw.room != Room::Narrow) {
        ui.allocate_ui_with_layout(
            vec2(142.0, 20.0),
            Layout::left_to_right(Align::Center),
            |ui| why(ui, reason),
        );
    }
}
