//! Units in service that need a look, below what is owed: not heard yet, never heard, gone quiet, another interval than was set.

use super::desk::{Area, Screen};
use super::draw::Draw;
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::card::{HeadNote, card};
use super::widgets::{Number, Pill, Shape, Tone, focus, speak};
use super::words;
use crate::engine::{Command, HeardUnit, Hearing, LONGEST_LIST};
use egui::accesskit::Role;
use egui::{Align2, Frame, Margin, Sense, Stroke, Ui, pos2, vec2};
use fleet::UnitId;
use fleet::first_report::Waiting;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Rows of each list on the screen; the command line has them all.
const FEW: usize = 12;

/// One unit of a list.
struct Row {
    id: Option<UnitId>,
    number: String,
    pill: Pill,
    detail: String,
    end: String,
}

/// Whether there is a unit to show.
#[must_use]
pub fn is_empty(hearing: &Hearing) -> bool {
    let lists = &hearing.lists;
    (hearing.awaited.is_empty() || hearing.collector.is_none())
        && lists.never_heard.is_empty()
        && lists.quiet.is_empty()
        && lists.interval_differs.is_empty()
}

/// Adds the lists that have units.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let hearing = &draw.state.hearing;
    let (now, zone) = (draw.now, draw.zone);
    let mut lists = Vec::new();
    if hearing.collector.is_some() {
        let rows: Vec<Row> = awaited(hearing, now, zone);
        lists.push(("Waiting for first report", hearing.awaited.len(), rows, ""));
    }
    let never: Vec<&HeardUnit> = hearing
        .lists
        .never_heard
        .iter()
        .filter(|unit| id_of(&unit.serial).is_none_or(|id| !hearing.awaited.contains_key(&id)))
        .collect();
    let rows = never
        .iter()
        .take(FEW)
        .map(|unit| never_row(unit, now, zone));
    lists.push((
        "Never reported since the bench",
        never.len(),
        rows.collect(),
        "fleetdesk units --never-heard",
    ));
    let quiet = &hearing.lists.quiet;
    let rows = quiet
        .iter()
        .take(FEW)
        .map(|unit| quiet_row(unit, now, zone));
    lists.push((
        "Gone quiet",
        quiet.len(),
        rows.collect(),
        "fleetdesk units --silent 2d",
    ));
    let differs = &hearing.lists.interval_differs;
    let rows = differs.iter().take(FEW).map(|unit| Row {
        id: id_of(&unit.serial),
        number: unit.serial.clone(),
        pill: Pill::new(
            "Interval differs",
            Some(Shape::Icon(icons::NOT_EQUALS_BOLD)),
            Tone::News(|p| p.person),
        ),
        detail: format!(
            "every {} s on the road, set to {} s",
            unit.seen_s, unit.set_s
        ),
        end: unit.vehicle.clone().unwrap_or_default(),
    });
    lists.push((
        "Interval seen differs from interval set",
        differs.len(),
        rows.collect(),
        "fleetdesk units --interval-differs",
    ));
    for (title, count, rows, command) in lists {
        list(ui, draw, title, count, rows, command);
    }
}

fn list(
    ui: &mut Ui,
    draw: &mut Draw<'_>,
    title: &str,
    count: usize,
    rows: Vec<Row>,
    command: &str,
) {
    if rows.is_empty() {
        return;
    }
    let note = if count >= LONGEST_LIST as usize {
        format!("{} units and more", words::count(count as u64))
    } else {
        words::several(count as u64, "unit", "units")
    };
    let more = count.saturating_sub(rows.len());
    card(ui, title, HeadNote::Words(note), |ui| {
        for line in &rows {
            row(ui, draw, line);
        }
        if more > 0 {
            let mut words = format!("{} more", words::count(more as u64));
            if !command.is_empty() {
                words = format!("{words}; all of them: {command}");
            }
            Frame::new()
                .inner_margin(Margin::symmetric(16, 10))
                .show(ui, |ui| {
                    let colour = palette(ui).ink2;
                    ui.label(text::rich(&words, Size::Caption, Weight::Regular, colour));
                });
        }
    });
}

fn awaited(hearing: &Hearing, now: Timestamp, zone: &TimeZone) -> Vec<Row> {
    // The longest wait first: they are kept by number, and there are few.
    let mut units: Vec<_> = hearing.awaited.iter().collect();
    units.sort_by_key(|(_, awaited)| awaited.provisioned_at);
    let row = |(id, awaited): (&UnitId, &fleet::first_report::Awaited)| {
        let (words, tone, detail) = match awaited.standing(now) {
            Waiting::AsUsual => (
                "Waiting for first report",
                Tone::Neutral,
                format!("usual is {} min", awaited.usual()),
            ),
            Waiting::Longer(cause) => (
                "Taking longer than usual",
                Tone::News(|p| p.person),
                format!("likely: {}", cause.words()),
            ),
        };
        Row {
            id: Some(id.clone()),
            number: id.as_str().to_owned(),
            pill: Pill::new(words, Some(Shape::Icon(icons::BROADCAST)), tone),
            detail,
            end: format!("since {}", words::when(awaited.provisioned_at, now, zone)),
        }
    };
    units.into_iter().take(FEW).map(row).collect()
}

fn never_row(unit: &HeardUnit, now: Timestamp, zone: &TimeZone) -> Row {
    let end = unit
        .provisioned_at
        .map(|at| format!("since {}", words::when(at, now, zone)));
    heard_row(unit, "Never heard", end)
}

fn quiet_row(unit: &HeardUnit, now: Timestamp, zone: &TimeZone) -> Row {
    let end = unit
        .last_heard_at
        .map(|at| format!("since {}", words::when(at, now, zone)));
    heard_row(unit, "Quiet", end)
}

fn heard_row(unit: &HeardUnit, words: &str, end: Option<String>) -> Row {
    let facts = [&unit.vehicle, &unit.customer, &unit.office, &unit.model];
    let facts: Vec<&str> = facts.into_iter().filter_map(Option::as_deref).collect();
    Row {
        id: id_of(&unit.serial),
        number: unit.serial.clone(),
        pill: Pill::new(
            words,
            Some(Shape::Icon(icons::BROADCAST)),
            Tone::News(|p| p.person),
        ),
        detail: facts.join(", "),
        end: end.unwrap_or_default(),
    }
}

fn id_of(serial: &str) -> Option<UnitId> {
    UnitId::from_unit_answer(serial).ok().map(|(id, _)| id)
}

fn row(ui: &mut Ui, draw: &mut Draw<'_>, row: &Row) {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 42.0), Sense::click());
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect.shrink2(vec2(1.0, 0.0)), 0.0, palette.bg);
    }
    let y = rect.center().y;
    Number::new(&row.number).paint(
        painter,
        palette,
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
    );
    let shown = row
        .pill
        .paint(painter, palette, pos2(rect.left() + 220.0, y));
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let end = text::paint(
        painter,
        pos2(rect.right() - 16.0, y),
        Align2::RIGHT_CENTER,
        &row.end,
        format,
    );
    let format = text::format(Size::Body, Weight::Regular, palette.ink);
    let left = shown.right() + 16.0;
    let room = (end.left() - left - 16.0).max(0.0);
    text::paint_within(
        painter,
        pos2(left, y),
        Align2::LEFT_CENTER,
        &row.detail,
        format,
        room,
    );
    painter.hline(
        rect.x_range(),
        rect.top() - 0.5,
        Stroke::new(1.0, palette.line),
    );
    focus::ring(ui, &response, 2.0);
    draw.desk.area(Area::Main, response.id);
    let spoken = format!(
        "Unit ending {}, {}, {}, {}",
        speak::spoken_ending(&row.number),
        row.pill.words,
        row.detail,
        row.end
    );
    speak::tell(&response, Role::ListItem, &spoken, |_| {});
    if response.clicked()
        && let Some(id) = &row.id
    {
        draw.desk.unit = Some(id.clone());
        draw.desk.screen = Screen::Unit;
        draw.wish(Command::OpenUnit(id.clone()));
    }
}
