//! A list comes in: which file, what its columns hold, what would become of each row, and then what became of it.

use super::{columns, trouble};
use crate::engine::{
    Command, ImportReport, IncomingList, ListStage, ListWish, Phase, Progress, SeenRow,
};
use crate::ui::desk::{Area, Screen};
use crate::ui::draw::{Draw, Room};
use crate::ui::keys::{Act, cap};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, icon_table as icons, palette};
use crate::ui::widgets::card::{HeadNote, card};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{
    Button, Number, Pill, Shape, Tone, bar, empty, paging, place, speak, why,
};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use fleet::sheet::Verdict;
use std::path::PathBuf;

const ROW: f32 = 34.0;

/// Draws the screen.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    take_dropped(ui, draw);
    let colours = palette(ui);
    let paper = Frame::new().fill(colours.surface);
    let state = draw.state;
    Panel::top("list in head")
        .exact_size(64.0)
        .resizable(false)
        .frame(paper.inner_margin(Margin::symmetric(24, 0)))
        .show(ui, |ui| head(ui, draw, state.incoming.as_ref()));
    let Some(list) = &state.incoming else {
        CentralPanel::default()
            .frame(paper)
            .show(ui, |ui| ask_for_file(ui, draw));
        return;
    };
    let ground = Frame::new().fill(colours.bg).inner_margin(Margin::same(16));
    if draw.room == Room::Narrow {
        CentralPanel::default().frame(ground).show(ui, |ui| {
            ScrollArea::vertical().show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 16.0;
                columns::show(ui, draw, list, 260.0);
                outcome(ui, draw, list);
                // Behind the lists inside of it, which would take it for theirs.
                paging::turn(ui);
            });
        });
        return;
    }
    let width = if draw.room == Room::Wide {
        520.0
    } else {
        400.0
    };
    Panel::left("list in columns")
        .exact_size(width)
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(colours.bg).inner_margin(Margin {
            left: 16,
            right: 0,
            top: 16,
            bottom: 16,
        }))
        .show(ui, |ui| {
            let height = ui.available_height();
            columns::show(ui, draw, list, height);
        });
    CentralPanel::default()
        .frame(ground)
        .show(ui, |ui| outcome(ui, draw, list));
}

/// A file that is dropped on this screen is opened.
fn take_dropped(ui: &Ui, draw: &mut Draw<'_>) {
    let dropped = ui.input(|input| {
        (input.raw.dropped_files.iter())
            .map(|file| file.path().to_owned())
            .next()
    });
    if let Some(path) = dropped {
        draw.desk.sheets.path = path.display().to_string();
        draw.wish(Command::List(ListWish::Open(path)));
    }
}

fn head(ui: &mut Ui, draw: &mut Draw<'_>, list: Option<&IncomingList>) {
    let colours = palette(ui);
    let rect = ui.max_rect();
    let (_, buttons) = place::at(ui, rect, place::from_right(), |ui| {
        head_acts(ui, draw, list)
    });
    let title = list.and_then(|list| list.file.file_name()).map_or_else(
        || "Bring a list in".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let room = (buttons.left() - rect.left() - 24.0).max(80.0);
    let format = text::format(Size::Title, Weight::Semibold, colours.ink);
    let shown = text::cut_middle(ui.painter(), &title, &format, room);
    let y = if list.is_some() {
        rect.center().y - 9.0
    } else {
        rect.center().y
    };
    let drawn = text::paint(
        ui.painter(),
        pos2(rect.left(), y),
        Align2::LEFT_CENTER,
        &shown,
        format,
    );
    speak::note(ui, drawn, "list in title", Role::Heading, &title);
    if let Some(list) = list {
        let format = text::format(Size::Caption, Weight::Regular, colours.ink2);
        let at = pos2(rect.left(), rect.center().y + 13.0);
        text::paint_within(
            ui.painter(),
            at,
            Align2::LEFT_CENTER,
            &list.form,
            format,
            room,
        );
    }
}

fn head_acts(ui: &mut Ui, draw: &mut Draw<'_>, list: Option<&IncomingList>) {
    let stage = list.map(|list| &list.stage);
    let looked = match stage {
        Some(ListStage::Looked(report)) => Some(report.new + report.changed),
        _ => None,
    };
    if let Some(rows) = looked {
        let words = format!("Enter {}", words::several(rows, "row", "rows"));
        let stopped = matches!(stage, Some(ListStage::Looked(report)) if report.stopped);
        let off = match (draw.state.bench.read_only, stopped, rows) {
            (true, ..) => Some("Another window has the inventory: this one only reads."),
            (_, true, _) => Some("The list was not looked through to its end."),
            (.., 0) => Some("No row says anything new."),
            _ => None,
        };
        let enter = Button::primary(&words).off(off).show(ui);
        draw.desk.area(Area::Head, enter.id);
        if enter.clicked() && off.is_none() {
            draw.wish(Command::List(ListWish::Enter));
        }
        if let Some(reason) = off {
            ui.add_space(8.0);
            let colour = palette(ui).ink2;
            ui.label(text::rich(reason, Size::Caption, Weight::Regular, colour));
        }
    }
    if matches!(stage, Some(ListStage::Looking(_) | ListStage::Entering(_)))
        && Button::new("Stop").icon(icons::PAUSE).show(ui).clicked()
    {
        draw.wish(Command::List(ListWish::Stop));
    }
    if list.is_some()
        && Button::new("Another file")
            .icon(icons::FOLDER_OPEN)
            .show(ui)
            .clicked()
    {
        draw.wish(Command::List(ListWish::PutAway));
        draw.desk.sheets.focus_path = true;
    }
    let back = Button::new("Back to Find").key(cap(Act::Escape)).show(ui);
    draw.desk.area(Area::Head, back.id);
    if back.clicked() {
        draw.desk.screen = Screen::Find;
        draw.desk.focus_search = true;
    }
}

fn ask_for_file(ui: &mut Ui, draw: &mut Draw<'_>) {
    let refused = draw.state.incoming_refused.as_ref();
    let words = "Drop an Excel or CSV file here, or type where it is. It is looked through first: nothing is entered by opening it.";
    empty::show(ui, icons::DOWNLOAD_SIMPLE, "Which list?", words, |ui| {
        let response = Field {
            text: &mut draw.desk.sheets.path,
            name: "File",
            hint: "Name or path of the file",
            secret: false,
            wrong: refused.is_some(),
            width: ui.available_width(),
        }
        .show(ui);
        draw.desk.area(Area::Main, response.id);
        if std::mem::take(&mut draw.desk.sheets.focus_path) {
            response.request_focus();
        }
        let entered =
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let typed = draw.desk.sheets.path.trim().to_owned();
        let off = typed
            .is_empty()
            .then_some("Type a name first, or drop the file here.");
        let pressed = Button::primary("Open").off(off).show(ui).clicked();
        if let Some(reason) = off {
            why(ui, reason);
        }
        if (pressed || entered) && off.is_none() {
            draw.wish(Command::List(ListWish::Open(PathBuf::from(typed))));
        }
        if let Some(advice) = refused {
            ui.add_space(8.0);
            trouble(ui, advice);
        }
    });
}

/// What would become of the rows, or what became of them.
fn outcome(ui: &mut Ui, draw: &mut Draw<'_>, list: &IncomingList) {
    match &list.stage {
        ListStage::NotUsable(_) => {
            let words = "Say which column holds the number that a unit is known by.";
            empty::show(
                ui,
                icons::LIST_CHECKS,
                "The columns are not clear yet",
                words,
                |_| {},
            );
        }
        ListStage::Looking(progress) => at_work(ui, progress, false),
        ListStage::Entering(progress) => at_work(ui, progress, true),
        ListStage::Failed(advice) => trouble(ui, advice),
        ListStage::Looked(report) => told(ui, draw, report, false),
        ListStage::Entered(report) => told(ui, draw, report, true),
    }
}

fn at_work(ui: &mut Ui, progress: &Progress, entering: bool) {
    let (title, words) = match (entering, progress.phase) {
        (false, Phase::Looking) => (
            "Looking through the list",
            "Step 1 of 2: what the rows say of each other",
        ),
        (false, Phase::Entering) => (
            "Looking through the list",
            "Step 2 of 2: each row against the inventory",
        ),
        (true, Phase::Looking) => ("Entering", "Step 1 of 2: what the rows say of each other"),
        (true, Phase::Entering) => ("Entering", "Step 2 of 2: rows go in, 500 at a time"),
    };
    empty::show(ui, icons::CIRCLE_NOTCH_BOLD, title, words, |ui| {
        let percent = (progress.share * 100.0).floor();
        let told = match progress.phase {
            Phase::Looking => format!("{percent} %"),
            Phase::Entering => {
                let rows = words::several(progress.report.rows, "row", "rows");
                format!(
                    "{percent} %, {rows}, {} not taken",
                    words::count(progress.report.refused)
                )
            }
        };
        let colour = palette(ui).work.line;
        bar::show(
            ui,
            vec2(ui.available_width(), 8.0),
            progress.share,
            colour,
            &told,
        );
        let colour = palette(ui).ink2;
        ui.label(text::rich(told, Size::Body, Weight::Regular, colour));
    });
}

fn told(ui: &mut Ui, draw: &mut Draw<'_>, report: &ImportReport, entered: bool) {
    let colours = palette(ui);
    let title = match (entered, report.stopped) {
        (false, false) => "What would become of each row",
        (false, true) => "Stopped: only a part was looked through",
        (true, false) => "Entered",
        (true, true) => "Stopped at a safe point",
    };
    let note = words::several(report.rows, "row", "rows");
    card(ui, title, HeadNote::Words(note), |ui| {
        counts(ui, report, entered);
        if let Some(path) = &report.rejects {
            let words = format!(
                "The rows that were not taken stand in {}, each with its reason. Correct them there and bring that file in.",
                path.display()
            );
            line(ui, &words);
        }
        if entered && report.stopped {
            line(
                ui,
                "Bring the list in again to go on: what is in is already so.",
            );
        }
        for (code, (kind, rows)) in &report.kinds {
            line(ui, &format!("{} × {kind} ({code})", words::count(*rows)));
        }
        choose_rows(ui, draw, report);
        let shown: Vec<&SeenRow> = report
            .shown
            .iter()
            .filter(|seen| is_refused(&seen.verdict) == draw.desk.sheets.only_refused)
            .collect();
        let room = ui.available_height().max(ROW * 4.0);
        ScrollArea::vertical()
            .id_salt("rows of the list")
            .auto_shrink(false)
            .max_height(room)
            .show_rows(ui, ROW, shown.len(), |ui, range| {
                if draw.room != Room::Narrow {
                    paging::turn(ui);
                }
                ui.spacing_mut().item_spacing.y = 0.0;
                speak::region(ui, Role::Table, "Rows of the list");
                for seen in shown.get(range).unwrap_or_default() {
                    one_row(ui, colours, seen, entered);
                }
            });
    });
}

fn is_refused(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Refused(_))
}

fn line(ui: &mut Ui, words: &str) {
    Frame::new()
        .inner_margin(Margin::symmetric(16, 3))
        .show(ui, |ui| {
            let colour = palette(ui).ink2;
            let label = ui.label(text::rich(words, Size::Body, Weight::Regular, colour));
            speak::tell(&label, Role::Label, words, |_| {});
        });
}

fn counts(ui: &mut Ui, report: &ImportReport, entered: bool) {
    let colours = palette(ui);
    let (new, changed) = if entered {
        ("new", "changed")
    } else {
        ("would be new", "would change")
    };
    Frame::new()
        .inner_margin(Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                let parts = [
                    (report.new, new),
                    (report.changed, changed),
                    (report.already_so, "already so"),
                    (report.refused, "not taken"),
                ];
                for (count, name) in parts {
                    let number = words::count(count);
                    let label = ui.label(text::rich(
                        &number,
                        Size::Figure,
                        Weight::Semibold,
                        colours.ink,
                    ));
                    speak::tell(&label, Role::Status, &format!("{number} {name}"), |_| {});
                    // Its words stay together where the line ends.
                    let name = name.replace(' ', "\u{a0}");
                    let name = text::rich(name, Size::Body, Weight::Regular, colours.ink2);
                    ui.label(name);
                    ui.add_space(12.0);
                }
            });
        });
}

fn choose_rows(ui: &mut Ui, draw: &mut Draw<'_>, report: &ImportReport) {
    let all = report.refused;
    let good = report.new + report.changed + report.already_so;
    let shown = report.shown.len();
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::hover());
    place::at(
        ui,
        rect.shrink2(vec2(16.0, 0.0)),
        place::from_left(),
        |ui| {
            let refused = format!("Not taken {}", words::count(all));
            let taken = format!("Taken {}", words::count(good));
            for (words, only) in [(&refused, true), (&taken, false)] {
                let button = if draw.desk.sheets.only_refused == only {
                    Button::primary(words)
                } else {
                    Button::new(words)
                };
                let button = button.height(28.0).show(ui);
                draw.desk.area(Area::Main, button.id);
                if button.clicked() {
                    draw.desk.sheets.only_refused = only;
                }
            }
            if (shown as u64) < all + good {
                let colour = palette(ui).ink3;
                let words = "the first 200 of each are shown";
                ui.label(text::rich(words, Size::Caption, Weight::Regular, colour));
            }
        },
    );
}

fn one_row(ui: &mut Ui, colours: &Palette, seen: &SeenRow, entered: bool) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let painter = ui.painter();
    painter.hline(
        rect.x_range(),
        rect.bottom(),
        Stroke::new(1.0, colours.line),
    );
    let y = rect.center().y;
    let number = seen.row.number.to_string();
    let format = text::format(Size::Caption, Weight::Regular, colours.ink3);
    text::paint(
        painter,
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
        &number,
        format,
    );
    let (pill, unit, words) = verdict(seen, entered);
    let pill_words = pill.words.clone();
    let shown = pill.paint(painter, colours, pos2(rect.left() + 72.0, y));
    let mut left = shown.right().max(rect.left() + 180.0) + 12.0;
    if let Some(unit) = &unit {
        let number = Number::new(unit).paint(painter, colours, pos2(left, y), Align2::LEFT_CENTER);
        left = number.right() + 12.0;
    }
    let room = (rect.right() - 16.0 - left).max(0.0);
    let format = text::format(Size::Body, Weight::Regular, colours.ink);
    text::paint_within(
        painter,
        pos2(left, y),
        Align2::LEFT_CENTER,
        &words,
        format,
        room,
    );
    let spoken = format!(
        "Row {number}, {pill_words}, {} {words}",
        unit.unwrap_or_default()
    );
    speak::tell(&response, Role::Row, &spoken, |_| {});
    if !words.is_empty() {
        response.on_hover_text(words);
    }
}

fn verdict(seen: &SeenRow, entered: bool) -> (Pill, Option<String>, String) {
    let icon = |icon| Some(Shape::Icon(icon));
    match &seen.verdict {
        Verdict::Empty => (Pill::new("Empty", None, Tone::Outline), None, String::new()),
        Verdict::New(unit) => {
            let facts = [&unit.customer, &unit.vehicle, &unit.office];
            let facts: Vec<&str> = facts.into_iter().filter_map(Option::as_deref).collect();
            let pill = Pill::new("New", icon(icons::PLUS), Tone::Neutral);
            (pill, Some(unit.id.to_string()), facts.join(", "))
        }
        Verdict::AlreadySo(id) => (
            Pill::new("Already so", icon(icons::CHECK), Tone::Outline),
            Some(id.to_string()),
            String::new(),
        ),
        Verdict::Changes(unit, changes) => {
            let changes: Vec<String> = changes
                .iter()
                .map(|change| {
                    let from = match change.from.as_str() {
                        "" => "empty",
                        from => from,
                    };
                    let to = match change.to.as_str() {
                        "" => "empty",
                        to => to,
                    };
                    format!("{}: {from} → {to}", change.field.words())
                })
                .collect();
            let words = if entered { "Changed" } else { "Changes" };
            let pill = Pill::new(words, icon(icons::PENCIL_SIMPLE), Tone::Neutral);
            (pill, Some(unit.id.to_string()), changes.join("; "))
        }
        Verdict::Refused(reasons) => {
            let why: Vec<String> = reasons
                .iter()
                .map(|reason| format!("{reason} ({})", reason.refusal.code()))
                .collect();
            let tone = Tone::News(|p: &Palette| p.person);
            let pill = Pill::new("Not taken", icon(icons::WARNING_FILL), tone);
            (pill, None, why.join(" "))
        }
    }
}
