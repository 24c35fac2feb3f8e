//! The talk with a lane's unit as on a terminal: read-only until a person switches typing on, unprintable things visible, the end in sight.

use crate::engine::{Command, Lane, LaneState, Slot, Talk, TalkWish};
use crate::ui::desk::Dialog;
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, icon_table as icons, palette};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::toggle::toggle;
use crate::ui::widgets::{Button, speak, why};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, Color32, Frame, Id, Margin, ScrollArea, Sense, Ui, vec2};
use fleet::Secret;
use fleet::transcript::EntryKind;

/// Height of one line.
const LINE: f32 = 20.0;
/// Characters of time and mark before each line.
const BEFORE_TEXT: usize = 11;
/// Fewest characters of a line beside them, however narrow it is.
const FEWEST: usize = 12;

/// What the window remembers of talks: what is being typed, and how the lines break.
#[derive(Default)]
pub struct TalkDesk {
    typed: (Option<Slot>, String),
    rows: Rows,
}

/// Pieces of lines that fit the width, made anew only when lines or width changed.
#[derive(Default)]
struct Rows {
    made_for: Option<(Slot, u64, u64, usize, usize)>,
    /// Line, from, to.
    pieces: Vec<(usize, usize, usize)>,
}

impl Rows {
    fn make(&mut self, slot: Slot, talk: &Talk, columns: usize) {
        let count = talk.lines().len();
        let made_for = (slot, talk.changes(), talk.earlier(), count, columns);
        if self.made_for == Some(made_for) {
            return;
        }
        self.made_for = Some(made_for);
        self.pieces.clear();
        for (place, line) in talk.lines().enumerate() {
            let mut from = 0;
            let starts = line.text.char_indices().map(|(at, _)| at);
            for at in starts.skip(columns).step_by(columns) {
                self.pieces.push((place, from, at));
                from = at;
            }
            self.pieces.push((place, from, line.text.len()));
        }
    }
}

/// What stands in the fold's row beside its name.
pub fn note(talk: &Talk) -> String {
    let count = talk.earlier() + talk.lines().len() as u64;
    let lines = words::several(count, "line", "lines");
    if talk.typing {
        format!("{lines}, typing is on")
    } else {
        format!("{lines}, listening only")
    }
}

/// Draws the talk, the switch, and the line to type in.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, lane: &Lane) {
    ui.spacing_mut().item_spacing.y = 8.0;
    lines(ui, &mut draw.desk.talk.rows, lane);
    if lane.talk.typing {
        type_line(ui, draw, lane);
    }
    under(ui, draw, lane);
}

fn lines(ui: &mut Ui, rows: &mut Rows, lane: &Lane) {
    let palette = palette(ui);
    let talk = &lane.talk;
    if talk.lines().len() == 0 {
        ui.label(text::rich(
            "Nothing was said yet.",
            Size::Caption,
            Weight::Regular,
            palette.ink2,
        ));
        return;
    }
    let frame = Frame::new()
        .fill(palette.bg)
        .corner_radius(6.0)
        .inner_margin(Margin::symmetric(8, 6));
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let letter = text::width(ui.painter(), "0000000000", text::mono(palette.ink)) / 10.0;
        // The bar at the right must not lie on the text.
        let fit = ((ui.available_width() - 12.0) / letter.max(1.0)) as usize;
        let columns = fit.saturating_sub(BEFORE_TEXT).max(FEWEST);
        rows.make(lane.slot, talk, columns);
        let earlier = usize::from(talk.earlier() > 0);
        ScrollArea::vertical()
            .id_salt(("talk", lane.slot.0))
            .max_height(240.0)
            .auto_shrink([false, true])
            .stick_to_bottom(true)
            .show_rows(ui, LINE, rows.pieces.len() + earlier, |ui, range| {
                for row in range {
                    match row.checked_sub(earlier) {
                        None => left_out(ui, talk.earlier()),
                        Some(row) => piece(ui, palette, talk, rows.pieces.get(row)),
                    }
                }
            });
    });
}

fn left_out(ui: &mut Ui, earlier: u64) {
    let palette = palette(ui);
    let lines = words::several(earlier, "earlier line is", "earlier lines are");
    paint(
        ui,
        palette.ink3,
        &format!("{lines} not kept"),
        Role::ListItem,
        None,
    );
}

/// One piece of a line: time and mark stand before the first.
fn piece(ui: &mut Ui, palette: &Palette, talk: &Talk, piece: Option<&(usize, usize, usize)>) {
    let line = piece.and_then(|(place, ..)| talk.line(*place));
    let (Some((_, from, to)), Some(line)) = (piece, line) else {
        ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
        return;
    };
    let (mark, who) = who(line.kind);
    let colour = colour(palette, line.kind);
    let words = line.text.get(*from..*to).unwrap_or_default();
    if *from == 0 {
        let words = format!("{:>7.2} {mark} {words}", line.at_ms as f64 / 1_000.0);
        let spoken = format!("{who}: {}", line.text);
        paint(ui, colour, &words, Role::ListItem, Some(&spoken));
    } else {
        let words = format!("{:1$}{words}", "", BEFORE_TEXT);
        paint(ui, colour, &words, Role::GenericContainer, None);
    }
}

fn paint(ui: &mut Ui, colour: Color32, words: &str, role: Role, label: Option<&str>) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    text::paint(
        ui.painter(),
        rect.left_center(),
        Align2::LEFT_CENTER,
        words,
        text::mono(colour),
    );
    speak::tell(&response, role, label.unwrap_or(words), |_| {});
}

/// Mark and word of who said it: the marks are those of the support bundle.
fn who(kind: EntryKind) -> (&'static str, &'static str) {
    match kind {
        EntryKind::Sent => ("->", "Sent"),
        EntryKind::Frame => ("<-", "Answer"),
        EntryKind::Unsolicited => ("<~", "Said unasked"),
        EntryKind::Echo => ("<=", "Repeated"),
        EntryKind::Begun => ("==", "Begun"),
        EntryKind::Note => ("--", "Note"),
    }
}

fn colour(palette: &Palette, kind: EntryKind) -> Color32 {
    match kind {
        EntryKind::Sent => palette.ink,
        EntryKind::Frame => palette.ink2,
        _ => palette.ink3,
    }
}

fn as_text(talk: &Talk) -> String {
    let lines = talk.lines().map(|line| {
        let (mark, _) = who(line.kind);
        format!(
            "{:>9.3} {mark} {}\n",
            line.at_ms as f64 / 1_000.0,
            line.text
        )
    });
    lines.collect()
}

fn type_line(ui: &mut Ui, draw: &mut Draw<'_>, lane: &Lane) {
    let desk = &mut draw.desk.talk;
    if desk.typed.0 != Some(lane.slot) {
        desk.typed = (Some(lane.slot), String::new());
    }
    const NAME: &str = "Command for the unit";
    let field = Field {
        text: &mut desk.typed.1,
        name: NAME,
        hint: "Enter sends it as it stands",
        secret: false,
        wrong: false,
        width: ui.available_width(),
    };
    let response = field.show(ui);
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if entered && !desk.typed.1.trim().is_empty() {
        let typed = std::mem::take(&mut desk.typed.1);
        ui.memory_mut(|memory| memory.request_focus(Id::unique(("field", NAME))));
        draw.wish(Command::Talk(lane.slot, TalkWish::Say(Secret::new(typed))));
    }
    why(
        ui,
        "It leaves unchecked, with the line end of this family. Secrets are kept as dots where the command tells of one.",
    );
}

fn under(ui: &mut Ui, draw: &mut Draw<'_>, lane: &Lane) {
    let typing = lane.talk.typing;
    let off = why_not(lane);
    ui.horizontal(|ui| {
        let words = if typing {
            "Typing is on"
        } else {
            "Listening only"
        };
        ui.add_enabled_ui(off.is_none(), |ui| {
            let pressed = toggle(ui, typing, "Type to the unit", words).clicked();
            match (pressed && off.is_none(), typing) {
                (true, true) => draw.wish(Command::Talk(lane.slot, TalkWish::Typing(false))),
                (true, false) => draw.desk.open(Dialog::TypeToUnit(lane.slot)),
                (false, _) => {}
            }
        });
        ui.add_space(8.0);
        let nothing = (lane.talk.lines().len() == 0).then_some("Nothing was said yet.");
        let copy = Button::new("Copy").icon(icons::COPY).off(nothing).show(ui);
        if copy.clicked() && nothing.is_none() {
            ui.copy_text(as_text(&lane.talk));
        }
    });
    if let Some(off) = off {
        why(ui, off);
    }
}

/// Why nobody may type to the unit now.
#[must_use]
pub fn why_not(lane: &Lane) -> Option<&'static str> {
    if lane.talk.typing {
        return None;
    }
    if lane.state.is_working() || lane.state == LaneState::WaitingForUnit {
        return Some("The unit is at work: nobody types to it until that has ended.");
    }
    match (&lane.unit, &lane.state) {
        (None, _) => Some("No known unit answers here, and nothing is typed to what is not known."),
        (_, LaneState::NeedsYou) if lane.question.is_some() => {
            Some("Answer what is asked about the unit first.")
        }
        _ => None,
    }
}
