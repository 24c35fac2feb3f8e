//! The last ten scans, each with a way back, and the large word that answers the newest: the visible twin of its sound.

use super::desk::{Dialog, LifeChoice, Screen, UnitForm};
use super::draw::Draw;
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::status_item::HEIGHT as STATUS_HEIGHT;
use super::widgets::{button, place, speak};
use crate::engine::{Command, Question, ScanSeen, Slot};
use egui::accesskit::{Live, Role};
use egui::{
    Align2, Area as Floating, FontId, Frame, Id, Margin, Order, Panel, Stroke, StrokeKind, Ui, vec2,
};
use fleet::UnitId;
use fleet::edit::Field;
use fleet::ids::{Label, Recognised, recognise};
use jiff::Timestamp;

/// Seconds that the large word stays.
const WORD_S: f64 = 1.6;
/// Height of the line of scans.
const LINE: f32 = 34.0;

/// Where a scan came from, for the way back.
#[derive(Clone)]
struct Origin {
    number: u64,
    screen: Screen,
    unit: Option<UnitId>,
    /// It was to tick the lane of its unit.
    ticks: bool,
    /// The unit that it put among those of a push.
    joined: Option<UnitId>,
}

/// What the window remembers of scans.
#[derive(Default)]
pub struct ScanDesk {
    /// Scans that were sent to the engine.
    sent: u64,
    /// Where the window was when each was scanned, newest last.
    from: Vec<Origin>,
    /// The newest one that was answered.
    answered: u64,
    /// The large word, and until when.
    word: Option<(ScanSeen, f64)>,
}

impl ScanDesk {
    /// A scan goes to the engine from this screen; whether it is to tick a lane there.
    pub fn sent(&mut self, screen: Screen, unit: Option<UnitId>, ticks: bool) {
        self.sent += 1;
        self.from.push(Origin {
            number: self.sent,
            screen,
            unit,
            ticks,
            joined: None,
        });
        let surplus = self.from.len().saturating_sub(crate::engine::LAST_SCANS);
        self.from.drain(..surplus);
    }

    /// The newest one put this unit among those of a push that is chosen.
    pub fn joined(&mut self, unit: UnitId) {
        if let Some(from) = self.from.last_mut() {
            from.joined = Some(unit);
        }
    }

    /// The engine told the last scans. Answers the newest when it was not known yet, and where it was scanned.
    pub fn answered(&mut self, scans: &[ScanSeen], now_s: f64) -> Option<(ScanSeen, Screen)> {
        let newest = scans.first().filter(|scan| scan.number > self.answered)?;
        self.answered = newest.number;
        let newest = self.as_met(newest);
        self.word = Some((newest.clone(), now_s + WORD_S));
        let from = self.screen_of(newest.number);
        Some((newest, from.unwrap_or(Screen::Bench)))
    }

    /// A number was scanned into a field: the large word says which.
    pub fn filled(&mut self, field: Field, number: &str, at: Timestamp, now_s: f64) {
        let digits = number.chars().count();
        let short: String = number.chars().skip(digits.saturating_sub(4)).collect();
        let seen = ScanSeen {
            number: 0,
            at,
            word: format!("…{short}"),
            short,
            detail: format!("stands in {}", field.words()),
            good: true,
            known: true,
            unit: None,
            ticked: Vec::new(),
            undone: false,
        };
        self.word = Some((seen, now_s + WORD_S));
    }

    fn origin_of(&self, number: u64) -> Option<&Origin> {
        self.from.iter().find(|from| from.number == number)
    }

    fn screen_of(&self, number: u64) -> Option<Screen> {
        self.origin_of(number).map(|from| from.screen)
    }

    /// What a scan means where it was scanned: on the bench a good label that ticks no lane is of a unit which is not there, and where scans
    /// open units one that the inventory has not is not known.
    fn as_met(&self, scan: &ScanSeen) -> ScanSeen {
        let screen = self.screen_of(scan.number);
        if scan.good && !scan.known && screen.is_some_and(Screen::scan_opens) {
            return ScanSeen {
                word: "Not known".to_owned(),
                detail: format!("…{} is not in the inventory", scan.short),
                good: false,
                ..scan.clone()
            };
        }
        // One over a dialog only looks the unit up, wherever that is.
        let was_to_tick = self.origin_of(scan.number).is_some_and(|from| from.ticks);
        if !was_to_tick || !scan.good || !scan.ticked.is_empty() {
            return scan.clone();
        }
        ScanSeen {
            word: "Not on the bench".to_owned(),
            detail: match scan.detail.is_empty() {
                true => format!("…{}", scan.short),
                false => format!("…{}: {}", scan.short, scan.detail),
            },
            good: false,
            ..scan.clone()
        }
    }
}

/// Puts a scanned SIM or phone number into its field of a unit that is edited. Answers the field and the number; nothing when the scan is
/// neither.
pub fn fill(form: &mut UnitForm, scan: &str) -> Option<(Field, String)> {
    let (field, number) = recognise(scan).into_iter().find_map(|each| match each {
        Recognised::Iccid(iccid) => Some((Field::Iccid, iccid.as_str().to_owned())),
        Recognised::Mdn(mdn) => Some((Field::Mdn, mdn.as_str().to_owned())),
        _ => None,
    })?;
    let of_form = |(each, ..): &&mut (Field, String, String)| *each == field;
    let (_, _, typed) = form.fields.iter_mut().find(of_form)?;
    typed.clone_from(&number);
    Some((field, number))
}

/// On the bench a scan ticks a lane, on a push that is being chosen it joins the pile, in a swap it names the other unit; elsewhere it
/// opens the unit. The engine hears of each, and says what came of it. Only a SIM or a phone number that is scanned while a unit is edited is
/// what stands on its row from then on, and `true` is answered: nobody looks for the unit that has it.
pub fn scanned(draw: &mut Draw<'_>, scan: String, now_s: f64) -> bool {
    if draw.desk.dialog == Some(Dialog::EditUnit)
        && let Some(form) = draw.desk.unit_form.as_mut()
        && let Some((field, number)) = fill(form, &scan)
    {
        let at = draw.now;
        draw.desk.scans.filled(field, &number, at, now_s);
        return true;
    }
    let unit = unit_of(&scan);
    let chooses_push = draw.desk.screen == Screen::Push
        && draw.state.push.is_none()
        && draw.state.rehearsal.is_none();
    let on_bench = draw.desk.screen == Screen::Bench && draw.desk.dialog.is_none();
    if on_bench && let Some((slot, label)) = answers_label(draw, &scan) {
        draw.wish(Command::GiveLabel(slot, label.to_string()));
        return true;
    }
    draw.desk
        .scans
        .sent(draw.desk.screen, draw.desk.unit.clone(), on_bench);
    match (&draw.desk.dialog, unit) {
        (Some(Dialog::Life(LifeChoice::Swap)), Some(id)) => {
            draw.desk.swap_with = id.to_string();
        }
        (Some(_), _) | (None, None) => {}
        (None, Some(id)) if chooses_push => {
            let units = &mut draw.desk.push.units;
            if !units.contains(id.as_str()) {
                let gap = if units.trim().is_empty() { "" } else { " " };
                *units = format!("{}{gap}{id}", units.trim());
                draw.desk.scans.joined(id);
            }
        }
        (None, Some(id)) if draw.desk.screen.scan_opens() => {
            draw.desk.unit = Some(id.clone());
            draw.desk.screen = Screen::Unit;
            draw.wish(Command::OpenUnit(id));
        }
        (None, Some(_)) => {}
    }
    draw.wish(Command::Scan {
        text: scan,
        ticks: on_bench,
    });
    false
}

/// The lane whose question is what stands on the housing, and what was scanned there. Only what can be nothing but that unit's answers: not
/// the label of another lane's unit, not a SIM or a phone number, and nothing while several lanes ask and none of them is chosen.
fn answers_label(draw: &Draw<'_>, scan: &str) -> Option<(Slot, Label)> {
    let slot = draw.desk.shown_lane(draw.state)?;
    let lanes = draw.state.lanes.values();
    let asking = lanes.filter(|lane| lane.question == Some(Question::Label));
    let asking: Vec<Slot> = asking.map(|lane| lane.slot).collect();
    let is_meant = match asking.as_slice() {
        [only] => *only == slot,
        several => several.contains(&slot) && draw.desk.chosen == Some(slot),
    };
    let label = label_of(scan).filter(|_| is_meant)?;
    let number = label.to_string();
    let mut others = draw.state.lanes.values().filter(|lane| lane.slot != slot);
    let is_of_another = others.any(|lane| {
        lane.unit
            .as_ref()
            .is_some_and(|unit| unit.id.as_str() == number)
    });
    (!is_of_another).then_some((slot, label))
}

/// What a scan says of a housing: the one number of a unit in it, or a maker's number alone.
fn label_of(scan: &str) -> Option<Label> {
    let found = recognise(scan);
    let of_unit = |each: &&Recognised| {
        matches!(
            each,
            Recognised::Imei(_) | Recognised::Meid(_) | Recognised::Esn(_)
        )
    };
    let units: Vec<&Recognised> = found.iter().filter(of_unit).collect();
    let text = match (units.as_slice(), found.as_slice()) {
        ([Recognised::Imei(imei)], _) => imei.as_str(),
        ([Recognised::Meid(meid)], _) => meid.as_str(),
        ([Recognised::Esn(esn)], _) => esn.as_str(),
        ([], [Recognised::Other(other)]) => other,
        _ => return None,
    };
    text.parse().ok()
}

fn unit_of(scan: &str) -> Option<UnitId> {
    recognise(scan).into_iter().find_map(|each| {
        let text = match &each {
            Recognised::Imei(imei) => imei.as_str().to_owned(),
            Recognised::Meid(meid) => meid.as_str().to_owned(),
            _ => return None,
        };
        UnitId::from_unit_answer(&text).ok().map(|(id, _)| id)
    })
}

/// Draws the line of the last scans; nothing before the first one.
pub fn line(ui: &mut Ui, draw: &mut Draw<'_>) {
    let state = draw.state;
    if state.scans.is_empty() {
        return;
    }
    let colours = palette(ui);
    Panel::bottom("scans")
        .exact_size(LINE)
        .resizable(false)
        .frame(
            Frame::new()
                .fill(colours.surface)
                .inner_margin(Margin::symmetric(16, 0)),
        )
        .show(ui, |ui| {
            let rect = ui.max_rect();
            place::at(ui, rect, place::from_left(), |ui| {
                speak::region(ui, Role::List, "Last scans");
                ui.spacing_mut().item_spacing.x = 6.0;
                let (icon, _) = ui.allocate_exact_size(vec2(18.0, 18.0), egui::Sense::hover());
                icons::BARCODE.paint(ui.painter(), icon.center(), 16.0, colours.ink3);
                for scan in &state.scans {
                    let scan = draw.desk.scans.as_met(scan);
                    if !one(ui, draw, &scan) {
                        break;
                    }
                }
            });
        });
}

/// One scan; false when there is no room for it.
fn one(ui: &mut Ui, draw: &mut Draw<'_>, scan: &ScanSeen) -> bool {
    let colours = palette(ui);
    let words = match (scan.undone, scan.ticked.is_empty()) {
        (true, _) => format!("…{} taken back", scan.short),
        (false, false) => format!("…{} {}", scan.short, scan.word.to_lowercase()),
        (false, true) if scan.good => format!("…{}", scan.short),
        (false, true) => format!("…{} {}", scan.short, scan.word.to_lowercase()),
    };
    let from = draw.desk.scans.origin_of(scan.number);
    let back = from.filter(|from| from.screen != Screen::Bench).cloned();
    let led_somewhere = scan.good || scan.unit.is_some();
    // Units leave a push that was begun on its own page.
    let has_begun =
        draw.state.push.is_some() && back.as_ref().is_some_and(|from| from.joined.is_some());
    let can_undo =
        !has_begun && !scan.undone && led_somewhere && (!scan.ticked.is_empty() || back.is_some());
    let ink = match (scan.good, scan.undone) {
        (_, true) => colours.ink3,
        (true, false) => colours.ink,
        (false, false) => colours.person.text,
    };
    let format = text::format(Size::Caption, Weight::Medium, ink);
    let undo = text::format(Size::Caption, Weight::Semibold, ink);
    let mut width = text::width(ui.painter(), &words, format.clone()) + 20.0;
    if can_undo {
        width += text::width(ui.painter(), "Undo", undo) + 6.0;
    }
    if width > ui.available_width() {
        return false;
    }
    let icon = if scan.good {
        icons::CHECK
    } else {
        icons::WARNING_FILL
    };
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 18.0), egui::Sense::hover());
    icon.paint(ui.painter(), rect.center(), 13.0, ink);
    let label = ui.label(text::rich(&words, Size::Caption, Weight::Medium, ink));
    let spoken = format!("Scan {words}, {}", scan.detail);
    speak::tell(&label, Role::ListItem, &spoken, |_| {});
    if can_undo {
        let pressed = ui.push_id(("undo scan", scan.number), |ui| button::link(ui, "Undo"));
        if pressed.inner.clicked() {
            draw.wish(Command::UndoScan(scan.number));
            if let (true, Some(from)) = (scan.ticked.is_empty(), back) {
                draw.desk.screen = from.screen;
                if let Some(unit) = &from.joined {
                    draw.desk.push.take_out(unit);
                    // What was rehearsed, or is being, has the unit in it.
                    if draw.desk.push.asked || draw.state.rehearsal.is_some() {
                        draw.desk.push.forget_agreement();
                        draw.wish(Command::DropRehearsal);
                    }
                } else if let Some(unit) = from.unit {
                    draw.desk.unit = Some(unit.clone());
                    draw.wish(Command::OpenUnit(unit));
                }
            }
        }
    }
    ui.add_space(8.0);
    true
}

/// Draws the large word over everything, for a moment.
pub fn word(ui: &Ui, draw: &mut Draw<'_>) {
    let now_s = ui.input(|input| input.time);
    let Some((scan, until_s)) = draw.desk.scans.word.clone() else {
        return;
    };
    if now_s >= until_s {
        draw.desk.scans.word = None;
        return;
    }
    ui.ctx()
        .request_repaint_after(std::time::Duration::from_secs_f64(until_s - now_s));
    let colours = palette(ui);
    let (ground, ink) = if scan.good {
        (colours.ink, colours.on_ink)
    } else {
        (colours.person.tint, colours.person.text)
    };
    Floating::new(Id::unique("scan word"))
        .order(Order::Foreground)
        .anchor(
            Align2::CENTER_BOTTOM,
            vec2(0.0, -(STATUS_HEIGHT + LINE + 72.0)),
        )
        .interactable(false)
        .show(ui.ctx(), |ui| {
            let font = FontId::new(
                44.0,
                text::format(Size::Title, Weight::Semibold, ink)
                    .font_id
                    .family,
            );
            let large = ui.painter().layout_no_wrap(scan.word.clone(), font, ink);
            let detail = text::block_job(
                &scan.detail,
                text::format(Size::Lead, Weight::Medium, ink),
                520.0,
            );
            let detail = ui.painter().layout_job(detail);
            let width = large.size().x.max(detail.size().x).max(220.0) + 64.0;
            let height = large.size().y + detail.size().y + 40.0;
            let (rect, response) =
                ui.allocate_exact_size(vec2(width, height), egui::Sense::hover());
            let painter = ui.painter();
            let stroke = Stroke::new(2.0, ink);
            painter.rect(rect, 10.0, ground, stroke, StrokeKind::Inside);
            let x = |wide: f32| rect.center().x - wide / 2.0;
            let top = rect.top() + 16.0;
            let below = top + large.size().y + 4.0;
            painter.galley(egui::pos2(x(large.size().x), top), large, ink);
            painter.galley(egui::pos2(x(detail.size().x), below), detail, ink);
            let words = format!("Scan: {}, {}", scan.word, scan.detail);
            speak::tell(&response, Role::Status, &words, |node| {
                node.set_live(if scan.good {
                    Live::Polite
                } else {
                    Live::Assertive
                });
            });
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_over_a_dialog_of_the_bench_does_not_say_that_its_unit_is_not_there() {
        let scan = |number| ScanSeen {
            number,
            at: Timestamp::UNIX_EPOCH,
            short: "3809".into(),
            word: "…3809".into(),
            detail: "nobody has it".into(),
            good: true,
            known: true,
            unit: None,
            ticked: Vec::new(),
            undone: false,
        };
        let mut scans = ScanDesk::default();
        scans.sent(Screen::Bench, None, true);
        scans.sent(Screen::Bench, None, false);
        assert_eq!(scans.as_met(&scan(1)).word, "Not on the bench");
        assert_eq!(scans.as_met(&scan(2)).word, "…3809");
    }
}
