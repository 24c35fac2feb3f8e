//! What stands around every screen: the rail, the bottom line, the sandbox's frame, messages.

use super::desk::{Area, Dialog, EditBack, Screen, WayBack};
use super::draw::{Draw, Room};
use super::keys::{Act, cap};
use super::theme::text::{self, Size, Weight};
use super::theme::{Icon, icon_table as icons, palette};
use super::widgets::nav::{self, Place};
use super::widgets::status_item::HEIGHT as STATUS_HEIGHT;
use super::widgets::{StatusItem, place, speak};
use super::words;
use crate::engine::{Agreement, Command, State};
use egui::accesskit::Role;
use egui::{
    Align, Align2, Area as Floating, Color32, Frame, Id, LayerId, Layout, Margin, Order, Panel,
    Sense, Stroke, StrokeKind, Ui, vec2,
};
use fleet::printable::printable;
use jiff::Timestamp;

/// Width of the sandbox's frame.
pub const SANDBOX_FRAME: f32 = 4.0;
/// Seconds that a message stays.
pub const TOAST_S: f64 = 6.0;

/// Between two items of the bottom line.
const ITEM_GAP: f32 = 20.0;

/// Draws the bottom line.
pub fn status_line(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    Panel::bottom("status line")
        .exact_size(STATUS_HEIGHT)
        .resizable(false)
        .frame(Frame::new().fill(palette.bg))
        .show(ui, |ui| {
            let rect = ui.max_rect();
            let (_, right) = place::at(ui, rect, place::from_right(), |ui| {
                ui.spacing_mut().item_spacing.x = ITEM_GAP;
                ui.add_space(16.0);
                right_items(ui, draw);
            });
            let left = rect.with_max_x(right.left() - 20.0);
            place::at(ui, left, place::from_left(), |ui| {
                ui.set_clip_rect(left.intersect(ui.clip_rect()));
                ui.spacing_mut().item_spacing.x = ITEM_GAP;
                left_items(ui, draw);
            });
        });
}

fn left_items(ui: &mut Ui, draw: &mut Draw<'_>) {
    if draw.state.bench.sandbox {
        sandbox_tag(ui);
    } else {
        ui.add_space(16.0);
    }
    let mut first = true;
    for (item, command) in fitting(ui, draw) {
        let room = ui.available_width();
        // A long word of trouble is cut rather than left out.
        if !first && item.width(ui) > room && room < LEAST_ROOM {
            break;
        }
        let response = item.show(ui);
        draw.desk.area(Area::Status, response.id);
        if response.clicked() {
            match command {
                Pressed::Nothing => {}
                Pressed::ToDo => draw.desk.screen = Screen::ToDo,
                Pressed::Review => draw.desk.screen = Screen::Review,
            }
        }
        first = false;
    }
}

/// An item that does not fit is begun in so much room.
const LEAST_ROOM: f32 = 240.0;

/// The items to be shown, in their order. Where there is not room for all, how the offices agree is never what is left out.
fn fitting(ui: &Ui, draw: &Draw<'_>) -> Vec<(StatusItem, Pressed)> {
    let mut agreed = Vec::new();
    agreement(draw, &mut agreed);
    let mut others = before_agreement(draw);
    if draw.room == Room::Wide {
        others.extend(owed(draw));
    }
    let width = |items: &[(StatusItem, Pressed)]| -> f32 {
        let each = items.iter().map(|(item, _)| item.width(ui) + ITEM_GAP);
        each.sum()
    };
    let mut items = if width(&others) + width(&agreed) > ui.available_width() {
        if let [.., trouble, stands] = agreed.as_mut_slice()
            && draw.state.agreement.trouble.is_some()
        {
            std::mem::swap(trouble, stands);
        }
        agreed.extend(others);
        agreed
    } else {
        others.extend(agreed);
        others
    };
    if draw.room == Room::Wide {
        for item in after_agreement(draw) {
            if width(&items) + item.0.width(ui) > ui.available_width() {
                break;
            }
            items.push(item);
        }
    }
    items
}

#[derive(Clone, Copy)]
enum Pressed {
    Nothing,
    ToDo,
    Review,
}

/// What is wrong with this PC or window.
fn before_agreement(draw: &Draw<'_>) -> Vec<(StatusItem, Pressed)> {
    let status = &draw.state.status;
    let mut items = Vec::new();
    if let Some(trouble) = &status.trouble {
        items.push((
            StatusItem::new(icons::WARNING, trouble.clone()),
            Pressed::Nothing,
        ));
    }
    if draw.state.bench.read_only {
        items.push((
            StatusItem::new(
                icons::LOCK,
                "Another window has the inventory: this one only reads",
            ),
            Pressed::Nothing,
        ));
    }
    items
}

/// What waits for the carrier.
fn owed(draw: &Draw<'_>) -> Vec<(StatusItem, Pressed)> {
    let status = &draw.state.status;
    let when = |at| words::when(at, draw.now, draw.zone);
    let mut items = Vec::new();
    if let Some(since) = status.carrier_offline_since {
        let words = format!(
            "Carrier not reached since {}, all is kept here",
            when(since)
        );
        items.push((StatusItem::new(icons::CLOUD_SLASH, words), Pressed::ToDo));
    }
    if status.registrations_waiting > 0 {
        let waiting = words::several(
            u64::from(status.registrations_waiting),
            "registration owed",
            "registrations owed",
        );
        let since = status
            .waiting_since
            .map(|since| format!(" since {}", when(since)))
            .unwrap_or_default();
        items.push((
            StatusItem::new(icons::CLOCK, format!("{waiting}{since}")),
            Pressed::ToDo,
        ));
    }
    items
}

/// What is good to know where there is room.
fn after_agreement(draw: &Draw<'_>) -> Vec<(StatusItem, Pressed)> {
    let status = &draw.state.status;
    let mut items: Vec<_> = reports(draw)
        .map(|item| (item, Pressed::ToDo))
        .into_iter()
        .collect();
    match (&draw.state.bench.carrier, status.carrier_calls) {
        (Some(_), Some((left, of))) => {
            let words = format!(
                "Carrier: {} of {} calls left today",
                words::count(u64::from(left)),
                words::count(u64::from(of))
            );
            let mut item = StatusItem::new(icons::CELL_TOWER, words);
            item.share = Some(left as f32 / of.max(1) as f32);
            items.push((item, Pressed::Nothing));
        }
        (Some(carrier), None) => items.push((
            StatusItem::new(icons::CELL_TOWER, format!("Carrier: {carrier}")),
            Pressed::Nothing,
        )),
        (None, _) => items.push((
            StatusItem::new(icons::CELL_TOWER, "No carrier account"),
            Pressed::Nothing,
        )),
    }
    items
}

/// How far reports of units in service reach; nothing where no collector ever ran.
fn reports(draw: &Draw<'_>) -> Option<StatusItem> {
    let hearing = &draw.state.hearing;
    let until = words::when(hearing.reports_up_to()?, draw.now, draw.zone);
    let until = until.trim_start_matches("today ");
    Some(if hearing.collector_is_late() {
        let words = format!("Reports only up to {until}, the collector is late");
        StatusItem::new(icons::WARNING, words)
    } else {
        StatusItem::new(icons::BROADCAST, format!("Reports up to {until}"))
    })
}

/// How the agreement with the other offices stands: one item, and one for questions.
fn agreement(draw: &Draw<'_>, items: &mut Vec<(StatusItem, Pressed)>) {
    let agreement = &draw.state.agreement;
    if !agreement.configured {
        let words = "No fleet database yet: all is kept on this PC";
        items.push((StatusItem::new(icons::CLOUD_SLASH, words), Pressed::Nothing));
        return;
    }
    let when = |at| words::when(at, draw.now, draw.zone);
    if agreement.need_you > 0 {
        let words = words::several(agreement.need_you, "needs you", "need you");
        items.push((StatusItem::new(icons::WARNING, words), Pressed::Review));
    }
    if let Some(trouble) = &agreement.trouble {
        let words = trouble.what_happened.trim_end_matches('.').to_owned();
        items.push((StatusItem::new(icons::WARNING, words), Pressed::Review));
    }
    let wait = (agreement.waiting > 0)
        .then(|| words::several(agreement.waiting, "change waits", "changes wait"));
    let (icon, words) = match (agreement.offline_since, wait, agreement.agreed_at) {
        (Some(since), Some(wait), _) => (
            icons::CLOUD_SLASH,
            format!("{wait}, working offline since {}", when(since)),
        ),
        (Some(since), None, _) => (
            icons::CLOUD_SLASH,
            format!("Working offline since {}, all is kept here", when(since)),
        ),
        (None, Some(wait), _) if agreement.busy > 0 => {
            (icons::CLOCK, held(agreement, &wait, &when))
        }
        (None, Some(wait), Some(at)) => (
            icons::ARROWS_CLOCKWISE,
            format!("{wait}, last agreed {}", when(at)),
        ),
        (None, Some(wait), None) => (icons::ARROWS_CLOCKWISE, wait),
        (None, None, Some(at)) => (icons::CHECK, format!("All agreed {}", when(at))),
        (None, None, None) => (
            icons::ARROWS_CLOCKWISE,
            "Agreeing with the other offices for the first time".to_owned(),
        ),
    };
    items.push((StatusItem::new(icon, words), Pressed::Review));
}

/// Whom changes wait for.
fn held(agreement: &Agreement, wait: &str, when: &dyn Fn(Timestamp) -> String) -> String {
    let Some(row) = &agreement.held else {
        return format!("{wait}, somebody else is changing the unit just now");
    };
    let unit = row.unit.as_ref().map_or_else(
        || "a unit".to_owned(),
        |unit| format!("…{}", unit.last_four()),
    );
    format!(
        "{wait}, {unit} is being edited in SQL by {} since {}",
        printable(&row.login),
        when(row.since)
    )
}

fn right_items(ui: &mut Ui, draw: &mut Draw<'_>) {
    let bench = &draw.state.bench;
    let name = [bench.name.as_str(), bench.office.as_str()];
    let name: Vec<&str> = name.into_iter().filter(|part| !part.is_empty()).collect();
    if !name.is_empty() {
        StatusItem::words(name.join(", ")).show(ui);
    }
    let (icon, words) = match (draw.desk.choices.sound, draw.desk.sound_works) {
        (true, true) => (icons::SPEAKER_HIGH, "Sound on"),
        (true, false) => (icons::SPEAKER_SLASH, "No sound here"),
        (false, _) => (icons::SPEAKER_SLASH, "Sound off"),
    };
    if StatusItem::new(icon, words).show(ui).clicked() {
        draw.desk.choices.sound = !draw.desk.choices.sound;
        draw.desk.choices_changed = true;
    }
    if let (Some((scan, outcome)), Room::Wide) = (&draw.state.status.last_scan, draw.room) {
        let ending: String = scan
            .chars()
            .rev()
            .take(4)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let mut item = StatusItem::new(icons::BARCODE, "Last scan");
        item.strong = format!("…{ending}");
        item.rest.clone_from(outcome);
        item.show(ui);
    }
}

fn sandbox_tag(ui: &mut Ui) {
    let palette = palette(ui);
    let words = "Sandbox: nothing leaves this PC";
    let format = text::format(Size::Caption, Weight::Semibold, palette.pretend.on);
    let width = text::width(ui.painter(), words, format.clone()) + 50.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, STATUS_HEIGHT), Sense::hover());
    let painter = ui.painter();
    painter.rect_filled(rect, 0.0, palette.pretend.fill);
    icons::FLASK_FILL.paint(
        painter,
        rect.left_center() + vec2(22.0, 0.0),
        14.0,
        palette.pretend.on,
    );
    text::paint(
        painter,
        rect.left_center() + vec2(36.0, 0.0),
        Align2::LEFT_CENTER,
        words,
        format,
    );
    speak::tell(&response, Role::Status, words, |_| {});
}

/// Draws the frame that the sandbox wears, over everything.
pub fn sandbox_frame(ui: &Ui) {
    let colour = palette(ui).pretend.fill;
    let painter = ui
        .ctx()
        .layer_painter(LayerId::new(Order::Foreground, Id::unique("sandbox frame")));
    let stroke = Stroke::new(SANDBOX_FRAME, colour);
    painter.rect_stroke(ui.ctx().content_rect(), 0.0, stroke, StrokeKind::Inside);
}

/// Draws the rail.
pub fn rail(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let width = if draw.room == Room::Wide { 80.0 } else { 72.0 };
    Panel::left("rail")
        .exact_size(width)
        .resizable(false)
        .frame(Frame::new().fill(palette.bg).inner_margin(Margin {
            left: 0,
            right: 0,
            top: 8,
            bottom: 8,
        }))
        .show(ui, |ui| {
            speak::region(ui, Role::Navigation, "Screens");
            ui.spacing_mut().item_spacing.y = 2.0;
            for (screen, name, pair, count) in places(draw.state) {
                let chosen = draw.desk.screen == screen
                    || (screen == Screen::Find
                        && matches!(draw.desk.screen, Screen::Unit | Screen::Import))
                    || (screen == Screen::ToDo && draw.desk.screen == Screen::Compare);
                let place = Place {
                    name,
                    icons: pair,
                    chosen,
                    count,
                };
                let response = nav::show(ui, &place);
                draw.desk.area(Area::Rail, response.id);
                if response.clicked() {
                    go(draw, screen);
                }
            }
            ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
                let dialogs = [
                    (
                        "Options",
                        (icons::GEAR_SIX, icons::GEAR_SIX_FILL),
                        Dialog::Options,
                    ),
                    (
                        "Help",
                        (icons::LIFEBUOY, icons::LIFEBUOY_FILL),
                        Dialog::Keys,
                    ),
                ];
                for (name, pair, dialog) in dialogs {
                    let chosen = draw.desk.dialog.as_ref() == Some(&dialog);
                    let place = Place {
                        name,
                        icons: pair,
                        chosen,
                        count: 0,
                    };
                    if nav::show(ui, &place).clicked() {
                        draw.desk.open(dialog);
                    }
                }
            });
        });
}

type Entry = (Screen, &'static str, (Icon, Icon), usize);

fn places(state: &State) -> [Entry; 6] {
    [
        (Screen::Bench, "Bench", (icons::PLUGS, icons::PLUGS_FILL), 0),
        (
            Screen::Find,
            "Find",
            (icons::MAGNIFYING_GLASS, icons::MAGNIFYING_GLASS_FILL),
            0,
        ),
        (
            Screen::Push,
            "Push",
            (icons::PAPER_PLANE_TILT, icons::PAPER_PLANE_TILT_FILL),
            state
                .pushes
                .iter()
                .filter(|push| {
                    matches!(push.progress.state, fleet::push::PushState::Stopped { .. })
                })
                .count(),
        ),
        (
            Screen::Templates,
            "Templates",
            (icons::SLIDERS_HORIZONTAL, icons::SLIDERS_HORIZONTAL_FILL),
            0,
        ),
        (
            Screen::ToDo,
            "To do",
            (icons::LIST_CHECKS, icons::LIST_CHECKS_FILL),
            state.to_do.len() + state.lanes_that_wait().count(),
        ),
        (
            Screen::Review,
            "Review",
            (icons::NOT_EQUALS_BOLD, icons::NOT_EQUALS_BOLD),
            state.reviews.len(),
        ),
    ]
}

/// Shows another screen.
pub fn go(draw: &mut Draw<'_>, screen: Screen) {
    draw.desk.screen = screen;
    draw.desk.pane_open = false;
    if screen == Screen::Find {
        draw.desk.focus_search = true;
        if draw.desk.asked.is_empty()
            && draw.state.search.query.is_empty()
            && !draw.desk.typed.is_empty()
        {
            draw.commands
                .push(Command::Search(draw.desk.typed.trim().to_owned()));
        }
    }
}

/// Draws the messages of a few seconds. Those under the pointer stay.
pub fn toasts(ui: &Ui, draw: &mut Draw<'_>) {
    let now_s = ui.input(|input| input.time);
    draw.desk.toasts.retain(|toast| toast.until_s > now_s);
    let surplus = draw.desk.toasts.len().saturating_sub(3);
    draw.desk.toasts.drain(..surplus);
    if draw.desk.toasts.is_empty() {
        return;
    }
    let shown = Floating::new(Id::unique("toasts"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_BOTTOM, vec2(0.0, -(STATUS_HEIGHT + 24.0)))
        // What has no way back lets the pointer through.
        .interactable(draw.desk.toasts.iter().any(|toast| toast.back.is_some()));
    let mut undone = None;
    shown.show(ui.ctx(), |ui| {
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            for (index, toast) in draw.desk.toasts.iter_mut().enumerate() {
                let key = toast.back.as_ref().map(|_| cap(Act::Undo));
                let shown = toast.card.show(ui, toast.number, key);
                if shown.held {
                    toast.until_s = now_s + TOAST_S;
                }
                if shown.undone {
                    undone = Some(index);
                }
            }
        });
    });
    if let Some(index) = undone {
        take_back(draw, index);
    }
    let next = draw
        .desk
        .toasts
        .iter()
        .map(|toast| toast.until_s)
        .fold(f64::INFINITY, f64::min);
    ui.ctx()
        .request_repaint_after_secs((next - now_s).max(0.05) as f32);
}

/// Takes back what the newest message with an Undo tells of; whether there is one.
pub fn undo(draw: &mut Draw<'_>) -> bool {
    let mut toasts = draw.desk.toasts.iter();
    let newest = toasts.rposition(|toast| toast.back.is_some());
    newest.is_some_and(|index| take_back(draw, index))
}

/// Takes back what a message tells of. The message has done its work then.
fn take_back(draw: &mut Draw<'_>, index: usize) -> bool {
    let toast = draw.desk.toasts.get_mut(index);
    let Some(back) = toast.and_then(|toast| toast.back.take()) else {
        return false;
    };
    let until_s = draw.desk.toasts.remove(index).until_s;
    match back {
        WayBack::Edit(back) if is_ours(draw, &back) => {
            draw.edit_with(back.unit, back.edits, None);
        }
        WayBack::Edit(back) => {
            // Somebody else's word came between, and is not written over unseen.
            let words = format!(
                "Unit …{} holds something else by now. Nothing was taken back",
                back.unit.last_four()
            );
            draw.desk.say(words, until_s);
        }
        WayBack::Template(wish) => {
            // What comes back is what a person looks at next.
            draw.desk.template_form.begun = true;
            draw.desk.screen = Screen::Templates;
            draw.wish(Command::Template(wish));
        }
    }
    true
}

/// Whether a unit holds what an edit put there, or still what was there before, as far as is known here.
fn is_ours(draw: &Draw<'_>, back: &EditBack) -> bool {
    let page = draw.state.unit_page.as_ref();
    let Some(unit) = page
        .map(|page| &page.unit)
        .filter(|unit| unit.id == back.unit)
    else {
        return false;
    };
    let mut former = unit.clone();
    back.edits.iter().for_each(|edit| edit.apply(&mut former));
    let mut set = back.set.iter();
    set.all(|(field, text)| {
        let now = field.text(unit);
        now == *text || now == field.text(&former)
    })
}

/// The ground of the whole window.
pub fn ground(ui: &Ui, sandbox: bool) -> Frame {
    let margin = if sandbox { SANDBOX_FRAME as i8 } else { 0 };
    let ground: Color32 = palette(ui).bg;
    Frame::new().fill(ground).inner_margin(Margin::same(margin))
}
