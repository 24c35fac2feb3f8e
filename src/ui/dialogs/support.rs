//! The support bundle: what would be in it and what was taken out, before anything is saved.

use super::{body, foot_of};
use crate::engine::{Command, SupportPiece, SupportStage, SupportWish};
use crate::ui::desk::{Dialog, Screen};
use crate::ui::draw::Draw;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, paging, speak, why};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, ScrollArea, Sense, Ui, pos2, vec2};
use fleet::UnitId;
use std::path::PathBuf;

/// Files of a bundle that are seen at once.
const LIST_HEIGHT: f32 = 220.0;
const ROW: f32 = 26.0;
/// Where the names of the files begin.
const NAMES: f32 = 190.0;

/// Opens the dialog about the unit that is in front of the person: on the bench the chosen lane's, on a unit's page that one.
pub fn open(draw: &mut Draw<'_>) {
    let unit: Option<UnitId> = match draw.desk.screen {
        Screen::Unit => draw.desk.unit.clone(),
        Screen::Bench => draw
            .desk
            .shown_lane(draw.state)
            .and_then(|slot| draw.state.lanes.get(&slot))
            .and_then(|lane| lane.unit.as_ref())
            .map(|unit| unit.id.clone()),
        _ => None,
    };
    let day = draw.now.to_zoned(draw.zone.clone()).strftime("%Y-%m-%d");
    draw.desk.support_path = match &unit {
        Some(unit) => format!("fleetdesk-support-{}-{day}.zip", unit.last_four()),
        None => format!("fleetdesk-support-{day}.zip"),
    };
    draw.desk.open(Dialog::Support);
    draw.wish(Command::Support(SupportWish::Look(unit)));
}

/// Draws the dialog; returns whether it is done.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) -> bool {
    let colours = palette(ui);
    let bundle = draw.state.support.clone();
    let line = |ui: &mut Ui, words: &str| {
        ui.label(text::rich(words, Size::Body, Weight::Regular, colours.ink));
    };
    let stage = bundle.as_ref().map(|bundle| &bundle.stage);
    body(ui, |ui| {
        let about = match bundle.as_ref().and_then(|bundle| bundle.unit.as_ref()) {
            Some(unit) => format!("About unit …{} and this bench.", unit.last_four()),
            None => "About this bench. Open it on a unit's page to tell of that unit.".to_owned(),
        };
        line(ui, &about);
        match stage {
            None | Some(SupportStage::Gathering) => line(ui, "Gathering…"),
            Some(SupportStage::Shown(pieces)) => {
                ui.scope(|ui| list(ui, pieces));
                why(
                    ui,
                    "Numbers, customers and notes of the unit are in it: send it to support only.",
                );
                ui.add_space(4.0);
                Field {
                    text: &mut draw.desk.support_path,
                    name: "File",
                    hint: "Name or path of the file",
                    secret: false,
                    wrong: false,
                    width: ui.available_width(),
                }
                .show(ui);
                why(ui, "A bare name lands among your documents.");
            }
            Some(SupportStage::Saved(path)) => line(ui, &format!("Saved: {}", path.display())),
            Some(SupportStage::Failed(reason)) => line(ui, &format!("No bundle: {reason}.")),
        }
    });
    let shown = matches!(stage, Some(SupportStage::Shown(_)));
    if shown {
        let typed = draw.desk.support_path.trim();
        let off = typed.is_empty().then_some("Name the file first.");
        let path = PathBuf::from(typed);
        let (saved, ()) = foot_of(ui, Button::primary("Save the bundle"), off, |_| {});
        if saved {
            draw.wish(Command::Support(SupportWish::Save(path)));
        }
        return false;
    }
    let (done, ()) = foot_of(ui, Button::new("Done"), None, |_| {});
    if done {
        draw.wish(Command::Support(SupportWish::PutAway));
    }
    done
}

fn list(ui: &mut Ui, pieces: &[SupportPiece]) {
    let taken_out: usize = pieces.iter().map(|piece| piece.taken_out).sum();
    let words = format!(
        "{} would be in it; {} taken out.",
        words::several(pieces.len() as u64, "file", "files"),
        words::several(taken_out as u64, "secret was", "secrets were")
    );
    let colours = palette(ui);
    ui.label(text::rich(words, Size::Body, Weight::Semibold, colours.ink));
    // The list is as high as its rows: nothing stands between them.
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .max_height(LIST_HEIGHT)
        .show_rows(ui, ROW, pieces.len(), |ui, range| {
            paging::turn(ui);
            for piece in pieces.get(range).unwrap_or_default() {
                row(ui, piece);
            }
        });
}

fn row(ui: &mut Ui, piece: &SupportPiece) {
    let colours = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let painter = ui.painter();
    let kilobytes = words::count(piece.bytes.div_ceil(1_024) as u64);
    let right = match piece.taken_out {
        0 => format!("{kilobytes} kB"),
        taken_out => format!("{kilobytes} kB, {taken_out} taken out"),
    };
    let format = text::format(Size::Caption, Weight::Regular, colours.ink2);
    let shown = text::paint(
        painter,
        pos2(rect.right(), rect.center().y),
        Align2::RIGHT_CENTER,
        &right,
        format,
    );
    let end = shown.left() - 16.0;
    for (from, words, ink) in [
        (0.0, &piece.words, colours.ink),
        (NAMES, &piece.name, colours.ink2),
    ] {
        let at = rect.left_center() + vec2(from, 0.0);
        let until = if from < NAMES {
            rect.left() + NAMES - 12.0
        } else {
            end
        };
        text::paint_within(
            painter,
            at,
            Align2::LEFT_CENTER,
            words,
            text::format(Size::Body, Weight::Regular, ink),
            (until - at.x).max(0.0),
        );
    }
    let left = format!("{}   {}", piece.words, piece.name);
    speak::tell(
        &response,
        Role::ListItem,
        &format!("{left}, {right}"),
        |_| {},
    );
}
