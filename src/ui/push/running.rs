//! Steps 3 to 5: how each unit stands, when it stops by itself, and what a person can do about it.

use super::choose::{UNIT_ROW, always, square};
use super::parts::{self, Figure};
use crate::engine::{Command, PushView, PushWish};
use crate::ui::desk::{Area, Dialog, Screen};
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::{Button, Number, focus, paging, speak, why};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{
    Align2, CentralPanel, Frame, Margin, Panel, ScrollArea, Sense, Stroke, StrokeKind, Ui, pos2,
    vec2,
};
use fleet::push::{PushState, PushUnit, Standing, Wave};

pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, push: &PushView) {
    let colours = palette(ui);
    let mut figures = Vec::new();
    let mut shares = Vec::new();
    for (standing, words) in super::SHOWN {
        let number = push.counts.of(standing);
        if number == 0 && !always(standing) {
            continue;
        }
        let below = if standing == Standing::Taken {
            "answered, not proved".to_owned()
        } else {
            String::new()
        };
        figures.push(Figure {
            number,
            words,
            below,
            colour: square(ui, standing),
        });
        shares.push((number, parts::colour(colours, standing)));
    }
    Panel::top("push counts")
        .resizable(false)
        .frame(Frame::new().fill(colours.surface))
        .show(ui, |ui| {
            parts::figures(ui, &figures, &shares);
            Frame::new()
                .inner_margin(Margin {
                    left: 24,
                    right: 24,
                    top: 0,
                    bottom: 12,
                })
                .show(ui, |ui| {
                    ui.label(text::rich(
                        standing_words(push, draw),
                        Size::Caption,
                        Weight::Regular,
                        colours.ink2,
                    ));
                    thresholds(ui, push);
                });
        });
    Panel::top("push buttons")
        .resizable(false)
        .frame(
            Frame::new()
                .fill(colours.bg)
                .inner_margin(Margin::symmetric(16, 10)),
        )
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| buttons(ui, draw, push));
        });
    CentralPanel::default()
        .frame(Frame::new().fill(colours.bg).inner_margin(Margin {
            left: 16,
            right: 16,
            top: 0,
            bottom: 16,
        }))
        .show(ui, |ui| table(ui, draw, push));
}

fn standing_words(push: &PushView, draw: &Draw<'_>) -> String {
    match (&push.progress.state, push.progress.pilot_verified) {
        (PushState::Stopped { why }, _) => format!("Stopped by itself: {why}."),
        (PushState::Paused { by }, _) => {
            format!("Paused by {by}. Units in hand come to their end.")
        }
        (PushState::Cancelled { by }, _) => format!("Cancelled by {by}."),
        (PushState::Ended, _) => "Ended. No unit waits.".to_owned(),
        (PushState::Running, Some(at)) => format!(
            "Pilot verified {}, then the rest began by itself.",
            words::when(at, draw.now, draw.zone)
        ),
        (PushState::Running, None) if push.progress.wave == Wave::Pilot => {
            format!(
                "Pilot: {} first; the rest begins when the pilot is verified.",
                words::several(push.pilot_size as u64, "unit", "units")
            )
        }
        (PushState::Running, None) => "All units that can be reached are worked on.".to_owned(),
    }
}

/// One box for each failure that it may have, the ones that it had with the sign of a failure.
fn thresholds(ui: &mut Ui, push: &PushView) {
    const MOST_BOXES: usize = 12;
    let colours = palette(ui);
    let limit = usize::try_from(push.facts.rules.stop_after).unwrap_or(usize::MAX);
    let failures = push.counts.failures();
    if limit == 0 {
        return;
    }
    ui.horizontal(|ui| {
        ui.label(text::rich(
            "Stops by itself",
            Size::Caption,
            Weight::Semibold,
            colours.ink,
        ));
        for index in 0..limit.min(MOST_BOXES) {
            let (rect, _) = ui.allocate_exact_size(vec2(24.0, 24.0), Sense::hover());
            let painter = ui.painter();
            if index < failures {
                painter.rect_filled(rect, 5.0, colours.stop.tint);
                painter.rect_stroke(
                    rect,
                    5.0,
                    Stroke::new(1.0, colours.stop.line),
                    StrokeKind::Inside,
                );
                icons::WARNING_OCTAGON_FILL.paint(painter, rect.center(), 14.0, colours.stop.text);
            } else {
                painter.rect_stroke(
                    rect,
                    5.0,
                    Stroke::new(1.0, colours.edge),
                    StrokeKind::Inside,
                );
            }
        }
        let code = push
            .counts
            .failures_by_code
            .iter()
            .filter(|(_, count)| **count > 0)
            .max_by_key(|(_, count)| **count);
        let code = code.map_or_else(String::new, |(code, count)| {
            format!(
                " {code} came {}.",
                words::several(*count as u64, "time", "times")
            )
        });
        let words = format!(
            "{failures} of {}. Also at {} with one code.{code}",
            words::several(limit as u64, "failure", "failures"),
            push.facts.rules.same_code
        );
        ui.label(text::rich(
            words,
            Size::Caption,
            Weight::Regular,
            colours.ink2,
        ));
    });
}

fn buttons(ui: &mut Ui, draw: &mut Draw<'_>, push: &PushView) {
    let id = push.facts.id;
    let over = push.progress.state.is_over();
    let mut wish = None;
    match push.progress.state {
        PushState::Running => {
            let response = Button::new("Pause")
                .icon(icons::PAUSE)
                .key("Space")
                .show(ui);
            draw.desk.area(Area::Pane, response.id);
            if response.clicked() {
                wish = Some(PushWish::Pause);
            }
        }
        PushState::Paused { .. } | PushState::Stopped { .. } => {
            let response = Button::new("Go on")
                .icon(icons::ARROW_RIGHT)
                .key("Space")
                .show(ui);
            draw.desk.area(Area::Pane, response.id);
            if response.clicked() {
                wish = Some(PushWish::GoOn);
            }
        }
        _ => {}
    }
    if !over
        && Button::new("Cancel at a safe point")
            .icon(icons::X)
            .show(ui)
            .clicked()
    {
        wish = Some(PushWish::Cancel);
    }
    let failed = push.counts.failed;
    let words = format!("Retry {failed} failed");
    let off = if failed == 0 {
        Some("No unit failed.")
    } else if push.progress.state == PushState::Running {
        Some("After the push has ended or is paused.")
    } else {
        None
    };
    if Button::new(&words)
        .icon(icons::ARROW_CLOCKWISE)
        .off(off)
        .show(ui)
        .clicked()
        && off.is_none()
    {
        wish = Some(PushWish::RetryFailed);
    }
    if let Some(reason) = off {
        why(ui, reason);
    }
    let off = (!over).then_some("After the push has ended: a new push with the old values.");
    if Button::new("Undo all")
        .icon(icons::ARROW_COUNTER_CLOCKWISE_BOLD)
        .off(off)
        .show(ui)
        .clicked()
        && off.is_none()
    {
        draw.wish(Command::RehearseUndo(id));
    }
    if let Some(reason) = off {
        why(ui, reason);
    }
    if Button::new("Result sheet…")
        .icon(icons::FILE_TEXT)
        .show(ui)
        .clicked()
    {
        let facts = &push.facts;
        draw.desk.push.sheet_path =
            super::sheet::offered_name(&facts.title, facts.begun, draw.zone);
        draw.desk.open(Dialog::PushSheet);
    }
    if let Some(wish) = wish {
        draw.wish(Command::Push(id, wish));
    }
}

/// Where columns begin.
const COLUMNS: [f32; 5] = [190.0, 256.0, 388.0, 514.0, 612.0];

fn table(ui: &mut Ui, draw: &mut Draw<'_>, push: &PushView) {
    let colours = palette(ui);
    Frame::new()
        .fill(colours.surface)
        .stroke(Stroke::new(1.0, colours.line))
        .corner_radius(8.0)
        .show(ui, |ui| {
            let (rect, _) =
                ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
            let head = text::format(Size::Caption, Weight::Semibold, colours.ink2);
            let names = ["Way", "Sent, taken, proved", "State", "Since", "In words"];
            let painter = ui.painter();
            text::paint(
                painter,
                pos2(rect.left() + 16.0, rect.center().y),
                Align2::LEFT_CENTER,
                "Unit",
                head.clone(),
            );
            for (name, left) in names.into_iter().zip(COLUMNS) {
                text::paint(
                    painter,
                    pos2(rect.left() + left, rect.center().y),
                    Align2::LEFT_CENTER,
                    name,
                    head.clone(),
                );
            }
            ScrollArea::vertical()
                .auto_shrink([false, false])
                .show_rows(ui, UNIT_ROW, push.units.len(), |ui, range| {
                    paging::turn(ui);
                    ui.spacing_mut().item_spacing.y = 0.0;
                    for unit in push.units.get(range).unwrap_or_default() {
                        row(ui, draw, unit);
                    }
                });
        });
}

fn row(ui: &mut Ui, draw: &mut Draw<'_>, unit: &PushUnit) {
    let colours = palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), UNIT_ROW), Sense::click());
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect.shrink2(vec2(1.0, 0.0)), 0.0, colours.bg);
    }
    let y = rect.center().y;
    let [way, steps, state, since, in_words] = COLUMNS.map(|left| rect.left() + left);
    Number::new(unit.id.as_str()).paint(
        painter,
        colours,
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
    );
    let body = text::format(Size::Body, Weight::Regular, colours.ink);
    let way_words = if unit.way == fleet::push::Way::Sms {
        "SMS"
    } else {
        "cable"
    };
    text::paint(
        painter,
        pos2(way, y),
        Align2::LEFT_CENTER,
        way_words,
        body.clone(),
    );
    let done = match unit.standing {
        Standing::Verified => 3,
        Standing::Taken => 2,
        Standing::Sent | Standing::Failed => 1,
        _ => 0,
    };
    let colour = match unit.standing {
        Standing::Verified => colours.proved.fill,
        Standing::Failed => colours.stop.fill,
        _ => colours.work.fill,
    };
    for index in 0..3_u8 {
        let left = steps + f32::from(index) * 28.0;
        let part = egui::Rect::from_min_size(pos2(left, y - 2.5), vec2(25.0, 5.0));
        painter.rect_filled(part, 2.0, if index < done { colour } else { colours.line });
    }
    parts::pill(unit.standing).paint(painter, colours, pos2(state, y));
    if unit.standing != Standing::Waiting {
        let at = words::when(unit.since, draw.now, draw.zone);
        let at = at.trim_start_matches("today ");
        text::paint_told(
            ui,
            &response,
            pos2(since, y),
            Align2::LEFT_CENTER,
            at,
            body.clone(),
            100.0,
        );
    }
    text::paint_told(
        ui,
        &response,
        pos2(in_words, y),
        Align2::LEFT_CENTER,
        &unit.words_with_bench(),
        body,
        (rect.right() - in_words - 16.0).max(0.0),
    );
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, colours.line),
    );
    focus::ring(ui, &response, 2.0);
    speak::tell(
        &response,
        Role::ListItem,
        &format!(
            "Unit ending {}, {way_words}, {}, {}",
            speak::spoken_ending(unit.id.as_str()),
            unit.standing.words(),
            unit.words_with_bench()
        ),
        |_| {},
    );
    if response.clicked() {
        draw.desk.unit = Some(unit.id.clone());
        draw.desk.screen = Screen::Unit;
        draw.wish(Command::OpenUnit(unit.id.clone()));
    }
}
