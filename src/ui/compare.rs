//! The carrier's account against the inventory: begin, how far it is, what differs with what to do about it, and a sheet of it.

use super::desk::{Area, Screen};
use super::draw::{Draw, Room};
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::card::{HeadNote, card};
use super::widgets::field::Field;
use super::widgets::{Button, Number, Pill, Shape, Tone, bar, empty, focus, paging, speak, why};
use super::words;
use crate::engine::{
    Command, Comparison, Finding, ListProgress, MOST_SHOWN, ReconcileStanding, ReconcileWish,
};
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use fleet::UnitId;
use std::path::PathBuf;

/// Height of a difference.
const ROW: f32 = 68.0;

/// Shows it, from elsewhere.
pub fn open(draw: &mut Draw<'_>) {
    draw.desk.screen = Screen::Compare;
    draw.wish(Command::Reconcile(ReconcileWish::Show));
}

/// Back to where it was opened.
pub fn back(draw: &mut Draw<'_>) {
    draw.desk.screen = Screen::ToDo;
}

/// Draws the screen.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let colours = palette(ui);
    let paper = Frame::new().fill(colours.surface);
    Panel::top("compare head")
        .exact_size(64.0)
        .resizable(false)
        .frame(paper.inner_margin(Margin::symmetric(24, 0)))
        .show(ui, |ui| ui.horizontal_centered(|ui| head(ui, draw)));
    let standing = draw.state.reconciled.standing.clone();
    let nothing = matches!(standing, ReconcileStanding::Never);
    if nothing || draw.state.account.is_none() {
        CentralPanel::default().frame(paper).show(ui, |ui| {
            let (title, words) = match draw.state.account {
                None => (
                    "No carrier account",
                    "Without an account there is nothing to compare the inventory with.",
                ),
                Some(_) => (
                    "Not compared yet",
                    "The account’s list is read page by page; what differs is listed here with what to do about it. Nothing is changed.",
                ),
            };
            empty::show(ui, icons::CELL_TOWER, title, words, |_| {});
        });
        return;
    }
    CentralPanel::default()
        .frame(Frame::new().fill(colours.bg).inner_margin(Margin::same(16)))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 16.0;
            match &standing {
                ReconcileStanding::Reading(progress) => reading(ui, draw, progress),
                ReconcileStanding::Unfinished {
                    why,
                    progress,
                    calls_again_at,
                } => {
                    let again = calls_again_at.map_or_else(String::new, |at| {
                        let when = words::when(at, draw.now, draw.zone);
                        format!(" There are calls again {when}.")
                    });
                    let told = format!(
                        "{}. What was read is kept: 'Go on' goes on there as long as the carrier keeps the place.{again}",
                        fleet::wording::sentence(why).trim_end_matches('.')
                    );
                    stopped(ui, "Not read to its end", &told, Some(progress));
                }
                ReconcileStanding::Failed { why } => {
                    stopped(ui, "Not compared", &fleet::wording::sentence(why), None);
                }
                ReconcileStanding::Compared { comparison, at } => {
                    let at = words::when(*at, draw.now, draw.zone);
                    compared(ui, draw, comparison, &at);
                }
                ReconcileStanding::Never => {}
            }
        });
}

fn head(ui: &mut Ui, draw: &mut Draw<'_>) {
    let colours = palette(ui);
    let back_button = Button::bare("To do").key("Esc").show(ui);
    draw.desk.area(Area::Head, back_button.id);
    if back_button.clicked() {
        back(draw);
    }
    ui.label(text::rich(
        "Compare with the carrier",
        Size::Title,
        Weight::Semibold,
        colours.ink,
    ));
    ui.add_space(12.0);
    let standing = &draw.state.reconciled.standing;
    let off = if draw.state.account.is_none() {
        Some("No carrier account is set up on this bench.")
    } else if draw.state.bench.read_only {
        Some("Another window has the inventory: this one only reads.")
    } else {
        None
    };
    let wish = match standing {
        ReconcileStanding::Reading(_) => Button::new("Stop")
            .icon(icons::X)
            .show(ui)
            .clicked()
            .then_some(ReconcileWish::Stop),
        ReconcileStanding::Unfinished { .. } => Button::primary("Go on")
            .off(off)
            .show(ui)
            .clicked()
            .then_some(ReconcileWish::Begin { whole: false }),
        ReconcileStanding::Compared { .. } => {
            let changes = Button::primary("Compare again").off(off).show(ui);
            let whole = Button::new("Read the whole account").off(off).show(ui);
            match (changes.clicked(), whole.clicked()) {
                (true, _) => Some(ReconcileWish::Begin { whole: false }),
                (false, true) => Some(ReconcileWish::Begin { whole: true }),
                _ => None,
            }
        }
        _ => Button::primary("Compare now")
            .icon(icons::ARROWS_CLOCKWISE)
            .off(off)
            .show(ui)
            .clicked()
            .then_some(ReconcileWish::Begin { whole: false }),
    };
    if let Some(wish) = wish.filter(|wish| off.is_none() || *wish == ReconcileWish::Stop) {
        draw.wish(Command::Reconcile(wish));
    }
    if let Some(off) = off {
        why(ui, off);
    }
}

/// 'Page 312 of about 501'.
fn pages(progress: &ListProgress) -> String {
    let page = words::count(u64::from(progress.pages));
    match progress.pages_expected {
        Some(expected) => {
            let expected = words::count(u64::from(expected.max(progress.pages)));
            format!("Page {page} of about {expected}")
        }
        None => format!("Page {page} of what was changed"),
    }
}

fn share(progress: &ListProgress) -> f32 {
    let expected = progress.pages_expected.unwrap_or(progress.pages).max(1);
    (progress.pages as f32 / expected as f32).min(1.0)
}

fn reading(ui: &mut Ui, draw: &Draw<'_>, progress: &ListProgress) {
    let colours = palette(ui);
    let title = match progress.waits_until {
        Some(_) => "Waiting for the next day’s calls",
        None => "Reading the account’s list",
    };
    card(ui, title, HeadNote::Words(pages(progress)), |ui| {
        inside(ui, |ui| {
            let size = vec2(ui.available_width(), 8.0);
            bar::show(
                ui,
                size,
                share(progress),
                colours.work.line,
                &pages(progress),
            );
            ui.add_space(4.0);
            let line = match progress.waits_until {
                Some(until) => format!(
                    "The day’s calls are spent, but for those of the bench. It goes on {} by itself while this window is open, and keeps its place until then.",
                    words::when(until, draw.now, draw.zone)
                ),
                None => format!(
                    "{} read in this run with {}. The bench goes first.",
                    words::several(progress.read, "subscription", "subscriptions"),
                    words::several(u64::from(progress.calls), "call", "calls")
                ),
            };
            body(ui, &line);
            body(ui, "Stop at any moment: what was read is kept.");
        });
    });
}

fn stopped(ui: &mut Ui, title: &str, told: &str, progress: Option<&ListProgress>) {
    let note = progress.map_or(HeadNote::None, |progress| HeadNote::Words(pages(progress)));
    card(ui, title, note, |ui| {
        inside(ui, |ui| {
            if let Some(progress) = progress {
                let size = vec2(ui.available_width(), 8.0);
                let colour = palette(ui).person.line;
                bar::show(ui, size, share(progress), colour, &pages(progress));
                ui.add_space(4.0);
            }
            body(ui, told);
        });
    });
}

fn inside(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    Frame::new()
        .inner_margin(Margin::symmetric(16, 14))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            ui.set_min_width(ui.available_width());
            add(ui);
        });
}

fn body(ui: &mut Ui, words: &str) {
    let colours = palette(ui);
    ui.label(text::rich(words, Size::Body, Weight::Regular, colours.ink));
}

fn compared(ui: &mut Ui, draw: &mut Draw<'_>, comparison: &Comparison, at: &str) {
    let findings = std::sync::Arc::clone(&draw.state.reconciled.findings);
    let title = match comparison.findings {
        0 => "Account and inventory agree".to_owned(),
        some => words::several(some, "difference", "differences"),
    };
    let note = format!(
        "{} compared, read {at}",
        words::several(comparison.listed, "subscription", "subscriptions")
    );
    card(ui, &title, HeadNote::Words(note), |ui| {
        let mut notes = Vec::new();
        if let Some(since) = comparison.only_changed_since {
            let since = words::when(since, draw.now, draw.zone);
            notes.push(format!(
                "Only what was changed since {since} was read this time."
            ));
        }
        if !comparison.pairs_compared && comparison.listed > 0 {
            notes.push("This carrier’s list does not tell in which unit a SIM is: pairs were not compared.".to_owned());
        }
        if comparison.not_looked_up > 0 {
            let units = words::several(comparison.not_looked_up, "unit", "units");
            notes.push(format!(
                "{units} could not be looked up: the calls were spent."
            ));
        }
        if comparison.findings > MOST_SHOWN as u64 {
            notes.push(format!(
                "The first {} are shown; the sheet has them all.",
                words::count(MOST_SHOWN as u64)
            ));
        }
        if !notes.is_empty() {
            inside(ui, |ui| notes.iter().for_each(|note| body(ui, note)));
        }
        if comparison.findings > 0 {
            sheet(ui, draw);
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().auto_shrink([false, true]).show_rows(
            ui,
            ROW,
            findings.len(),
            |ui, rows| {
                paging::turn(ui);
                for finding in findings.get(rows).unwrap_or_default() {
                    row(ui, draw, finding);
                }
            },
        );
    });
}

/// Writing all differences into a file.
fn sheet(ui: &mut Ui, draw: &mut Draw<'_>) {
    Frame::new()
        .inner_margin(Margin::symmetric(16, 10))
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(12.0, 8.0);
                Field {
                    text: &mut draw.desk.compare_path,
                    name: "File for the differences",
                    hint: "File, ending in .csv or .xlsx",
                    secret: false,
                    wrong: false,
                    width: 340.0_f32.min(ui.available_width()),
                }
                .show(ui);
                let path = draw.desk.compare_path.trim().to_owned();
                let off = path.is_empty().then_some("Name a file first.");
                let save = Button::new("Save as a sheet")
                    .icon(icons::DOWNLOAD_SIMPLE)
                    .off(off)
                    .show(ui);
                match off {
                    Some(off) => why(ui, off),
                    None if save.clicked() => {
                        draw.wish(Command::Reconcile(ReconcileWish::Save(PathBuf::from(path))));
                    }
                    None => {}
                }
            });
        });
}

fn row(ui: &mut Ui, draw: &mut Draw<'_>, finding: &Finding) {
    let colours = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let painter = ui.painter();
    let known = finding
        .unit
        .as_deref()
        .filter(|_| finding.difference != crate::engine::Difference::BilledNotOurs);
    if response.hovered() && known.is_some() {
        painter.rect_filled(rect.shrink2(vec2(1.0, 0.0)), 0.0, colours.bg);
    }
    let name = finding.unit.as_deref().or(finding.iccid.as_deref());
    let name = name.or(finding.carrier_id.as_deref()).unwrap_or("?");
    let top = rect.top() + 22.0;
    let under = rect.top() + 46.0;
    let left = rect.left() + 16.0;
    Number::new(name).paint(painter, colours, pos2(left, top), Align2::LEFT_CENTER);
    let pill = Pill::new(
        finding.difference.words(),
        Some(Shape::Icon(icons::NOT_EQUALS_BOLD)),
        Tone::News(|p| p.person),
    );
    let indent = if draw.room == Room::Narrow {
        216.0
    } else {
        240.0
    };
    let shown = pill.paint(painter, colours, pos2(left + indent, top));
    let both = format!("inventory: {}   carrier: {}", finding.ours, finding.theirs);
    let room = (rect.right() - 16.0 - shown.right() - 16.0).max(0.0);
    text::paint_within(
        painter,
        pos2(shown.right() + 16.0, top),
        Align2::LEFT_CENTER,
        &both,
        text::format(Size::Body, Weight::Regular, colours.ink),
        room,
    );
    text::paint_within(
        painter,
        pos2(left, under),
        Align2::LEFT_CENTER,
        &finding.remedy,
        text::format(Size::Caption, Weight::Regular, colours.ink2),
        (rect.width() - 32.0).max(0.0),
    );
    let line = Stroke::new(1.0, colours.line);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, line);
    focus::ring(ui, &response, 2.0);
    draw.desk.area(Area::Main, response.id);
    let spoken = format!(
        "Ending {}, {}, {both}. {}",
        speak::spoken_ending(name),
        finding.difference.words(),
        finding.remedy
    );
    speak::tell(&response, Role::ListItem, &spoken, |_| {});
    let unit = known.and_then(|known| UnitId::from_unit_answer(known).ok());
    if let (true, Some((id, _))) = (response.clicked(), unit) {
        draw.desk.unit = Some(id.clone());
        draw.desk.screen = Screen::Unit;
        draw.wish(Command::OpenUnit(id));
    }
}
