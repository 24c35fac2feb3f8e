//! Lists in and out of the window, and labels: what they share. A list comes in on a screen of its own; the rest are dialogs.

mod columns;
pub mod incoming;
pub mod labels;
pub mod outgoing;

use super::desk::{Dialog, Screen};
use super::draw::Draw;
use super::widgets::FailureCard;
use crate::engine::{Command, ExportWish, LabelWish, SheetFor, UnitsMeant};
use egui::Ui;
use fleet::Advice;

/// What is typed and chosen for lists and labels.
#[derive(Default)]
pub struct SheetForm {
    /// Path of the list that comes in, as typed.
    pub path: String,
    /// The field for the path takes the keyboard: it is the one thing to do.
    pub focus_path: bool,
    /// Show the rows that are not taken rather than the others.
    pub only_refused: bool,
    /// Units that go out or get labels, with the words for them.
    pub units: Option<(UnitsMeant, String)>,
    /// Path of the list that goes out, as typed.
    pub export_path: String,
    /// For whom it is.
    pub readers: SheetFor,
    /// Path of the labels' PDF, as typed.
    pub label_path: String,
    /// Places of the first sheet that are used up, as typed.
    pub skip: String,
}

/// Opens the screen on which a list comes in.
pub fn bring_in(draw: &mut Draw<'_>) {
    draw.desk.screen = Screen::Import;
    draw.desk.sheets.focus_path = true;
}

/// Asks where these units shall be written.
pub fn export(draw: &mut Draw<'_>, units: UnitsMeant, words: String) {
    let day = draw.now.to_zoned(draw.zone.clone()).date();
    let form = &mut draw.desk.sheets;
    form.units = Some((units, words));
    form.export_path = format!("fleetdesk-units-{day}.{}", form.readers.ending());
    draw.wish(Command::Export(ExportWish::PutAway));
    draw.desk.open(Dialog::Export);
}

/// Shows the labels of these units.
pub fn label(draw: &mut Draw<'_>, units: UnitsMeant, words: String) {
    let day = draw.now.to_zoned(draw.zone.clone()).date();
    draw.desk.sheets.label_path = format!("fleetdesk-labels-{day}.pdf");
    draw.desk.sheets.units = Some((units.clone(), words));
    draw.wish(Command::Label(LabelWish::Look(units)));
    draw.desk.open(Dialog::Labels);
}

/// Takes these units over to a new push, as if they had been typed there.
pub fn push_to(draw: &mut Draw<'_>, units: String) {
    draw.desk.push.units = units;
    draw.desk.push.focus_rehearse = true;
    draw.wish(Command::DropRehearsal);
    draw.wish(Command::ShowPush(None));
    draw.desk.screen = Screen::Push;
}

/// The four lines of what went wrong.
fn trouble(ui: &mut Ui, advice: &Advice) {
    FailureCard::of(advice, true).show(ui);
}
