//! Review: what two people changed at once, one question after the other, in plain words. Nothing technical stands here.

use super::desk::{Area, Decided, Screen};
use super::draw::{Draw, Room};
use super::keys::{Act, cap};
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::button::link;
use super::widgets::card::{HeadNote, card};
use super::widgets::field::Field;
use super::widgets::{Button, FailureCard, Number, empty, focus, number, paging, speak, why};
use super::words;
use crate::engine::{Command, ReviewDecision, ReviewEntry, ReviewKind, ReviewValue};
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use fleet::edit::{self, EditError};
use fleet::unit::column_words;

/// Draws the list and the chosen question.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let colours = palette(ui);
    let paper = Frame::new().fill(colours.surface);
    Panel::top("review head")
        .exact_size(64.0)
        .resizable(false)
        .frame(paper.inner_margin(Margin::symmetric(24, 10)))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.label(text::rich("Review", Size::Title, Weight::Semibold, colours.ink));
            ui.label(text::rich(
                "Different fields merge by themselves. The same field: the first to reach the office database stays, the second is asked here.",
                Size::Caption,
                Weight::Regular,
                colours.ink3,
            ));
        });
    let nothing = draw.state.reviews.is_empty() && draw.desk.decided.is_empty();
    if nothing && draw.state.agreement.trouble.is_none() {
        CentralPanel::default().frame(paper).show(ui, |ui| {
            let words = if draw.state.agreement.configured {
                "Nobody else changed what you changed."
            } else {
                "There is no fleet database yet: nobody else can change what you change."
            };
            empty::show(ui, icons::CHECK, "Nothing needs you", words, |_| {});
        });
        return;
    }
    let width = if draw.room == Room::Narrow {
        232.0
    } else {
        332.0
    };
    Panel::left("review list")
        .exact_size(width)
        .resizable(false)
        .frame(paper)
        .show(ui, |ui| {
            ScrollArea::vertical()
                .auto_shrink(false)
                .show(ui, |ui| list(ui, draw));
        });
    CentralPanel::default()
        .frame(Frame::new().fill(colours.bg).inner_margin(Margin::same(24)))
        .show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 16.0;
                paging::turn(ui);
                if let Some(advice) = &draw.state.agreement.trouble {
                    FailureCard::of(advice, true).show(ui);
                }
                if let Some(entry) = chosen(draw) {
                    question(ui, draw, entry);
                }
            });
        });
}

/// The question that is shown.
fn chosen<'a>(draw: &Draw<'a>) -> Option<&'a ReviewEntry> {
    let last = draw.state.reviews.len().checked_sub(1)?;
    draw.state.reviews.get(draw.desk.review.min(last))
}

fn head(ui: &mut Ui, words: &str) {
    let colours = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::hover());
    let format = text::format(Size::Body, Weight::Semibold, colours.ink);
    text::paint(
        ui.painter(),
        rect.left_center() + vec2(20.0, 0.0),
        Align2::LEFT_CENTER,
        words,
        format,
    );
    ui.painter().hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, colours.line),
    );
    speak::tell(&response, Role::Heading, words, |_| {});
}

fn list(ui: &mut Ui, draw: &mut Draw<'_>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let state = draw.state;
    head(
        ui,
        &words::several(state.reviews.len() as u64, "needs you", "need you"),
    );
    for (index, entry) in state.reviews.iter().enumerate() {
        row(ui, draw, index, entry);
    }
    if draw.desk.decided.is_empty() {
        return;
    }
    ui.add_space(16.0);
    head(ui, "Decided since the start");
    let mut undone = None;
    for (index, decided) in draw.desk.decided.iter().enumerate() {
        let colours = palette(ui);
        Frame::new()
            .inner_margin(Margin::symmetric(20, 8))
            .show(ui, |ui| {
                ui.push_id(("decided", index), |ui| {
                    ui.horizontal(|ui| {
                        Number::new(&decided.unit).show(ui);
                        if link(ui, "Undo").clicked() {
                            undone = Some(index);
                        }
                    });
                    let words = format!("{}: {}", decided.what, decided.how);
                    ui.label(text::rich(
                        words,
                        Size::Caption,
                        Weight::Regular,
                        colours.ink2,
                    ));
                });
            });
    }
    if let Some(index) = undone {
        undo(draw, index);
    }
}

fn row(ui: &mut Ui, draw: &mut Draw<'_>, index: usize, entry: &ReviewEntry) {
    let colours = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::click());
    let chosen = draw
        .desk
        .review
        .min(draw.state.reviews.len().saturating_sub(1))
        == index;
    if chosen {
        ui.painter().rect_filled(rect, 0.0, colours.work.tint);
        draw.desk.area(Area::Main, response.id);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, colours.bg);
    }
    let id = entry.unit.as_ref().map_or("", |unit| unit.as_str());
    Number::new(id).paint(
        ui.painter(),
        colours,
        rect.left_top() + vec2(20.0, 18.0),
        Align2::LEFT_CENTER,
    );
    let what = what(entry);
    let format = text::format(Size::Caption, Weight::Medium, colours.ink2);
    text::paint_told(
        ui,
        &response,
        pos2(rect.left() + 20.0, rect.top() + 39.0),
        Align2::LEFT_CENTER,
        &what,
        format,
        rect.width() - 36.0,
    );
    ui.painter().hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, colours.line),
    );
    focus::ring(ui, &response, 2.0);
    let spoken = format!("Unit ending {}, {what}", speak::spoken_ending(id));
    speak::tell(&response, Role::ListBoxOption, &spoken, |node| {
        node.set_selected(chosen)
    });
    if response.clicked() {
        draw.desk.review = index;
        draw.desk.review_typed = None;
    }
}

/// What it is about, in two or three words.
fn what(entry: &ReviewEntry) -> String {
    match &entry.kind {
        ReviewKind::Field => capital(column_words(entry.field.as_deref().unwrap_or_default())),
        ReviewKind::Facts => "Facts of a finished job".to_owned(),
        ReviewKind::Gone => "Deleted by somebody".to_owned(),
        ReviewKind::Double => "There is one already".to_owned(),
        ReviewKind::Refused { field } => format!(
            "{} was refused",
            capital(field.as_deref().map_or("the change", column_words))
        ),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The question as a sentence, and one that explains it.
fn sentences(entry: &ReviewEntry) -> (String, String) {
    let by = entry
        .theirs_by
        .as_ref()
        .map(|(who, _)| format!(" by {who}"))
        .unwrap_or_default();
    match &entry.kind {
        ReviewKind::Field => (
            format!(
                "Which {} is right?",
                column_words(entry.field.as_deref().unwrap_or_default())
            ),
            "Both began from the same value. Theirs reached the office database first.".to_owned(),
        ),
        ReviewKind::Facts => (
            "Which unit is in the drawer?".to_owned(),
            "A job finished here found something else than what another wrote meanwhile."
                .to_owned(),
        ),
        ReviewKind::Gone => (
            "Is this unit still there?".to_owned(),
            format!("It was deleted from the fleet table{by} while you changed it."),
        ),
        ReviewKind::Double => (
            "A unit with this number exists already".to_owned(),
            format!("It was added{by}. Your entries can move to it."),
        ),
        ReviewKind::Refused { field } => (
            format!(
                "{} does not fit the fleet table",
                capital(field.as_deref().map_or("This change", column_words))
            ),
            refused_words(entry),
        ),
    }
}

fn refused_words(entry: &ReviewEntry) -> String {
    if entry.is_about_its_number() {
        return "With another number it is another unit: forget this one and add it with its right number. Where the table itself was mended since, send it again.".to_owned();
    }
    let first = match entry.can_go_without() {
        Some(_) => "Send the rest without it",
        None if entry.may_be_any() => "Correct the value that is wrong",
        None => "Correct the value",
    };
    let said = match &entry.said {
        Some(said) if entry.may_be_any() => format!("The office database says: {said}. "),
        _ => String::new(),
    };
    format!(
        "{said}{first}, or forget the change. Where the table itself was mended since, send it again."
    )
}

/// The two buttons' words.
fn buttons(kind: &ReviewKind) -> (&'static str, &'static str) {
    match kind {
        ReviewKind::Field | ReviewKind::Facts => ("Keep theirs", "Use mine"),
        ReviewKind::Gone => ("Forget my change", "Add the unit again"),
        ReviewKind::Double => ("Forget mine", "Move my entries to it"),
        ReviewKind::Refused { .. } => ("Forget my change", "Send it again"),
    }
}

fn question(ui: &mut Ui, draw: &mut Draw<'_>, entry: &ReviewEntry) {
    let colours = palette(ui);
    ui.horizontal(|ui| {
        let id = entry.unit.as_ref().map_or("", |unit| unit.as_str());
        let (rect, response) = ui.allocate_exact_size(vec2(220.0, 40.0), Sense::hover());
        let ending = number::paint_ending(
            ui.painter(),
            rect.left_center(),
            Align2::LEFT_CENTER,
            id,
            Size::Figure,
            colours.ink,
            colours.ink2,
        );
        Number::new(id).paint(
            ui.painter(),
            colours,
            ending.right_center() + vec2(14.0, 0.0),
            Align2::LEFT_CENTER,
        );
        speak::tell(
            &response,
            Role::Heading,
            &format!("Unit ending {}", speak::spoken_ending(id)),
            |_| {},
        );
        ui.add_space(40.0);
        if let Some(unit) = entry.unit.clone()
            && entry.kind != ReviewKind::Gone
            && Button::new("Open unit").show(ui).clicked()
        {
            draw.desk.unit = Some(unit.clone());
            draw.desk.screen = Screen::Unit;
            draw.wish(Command::OpenUnit(unit));
        }
    });
    let (asked, explained) = sentences(entry);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.label(text::rich(
            asked,
            Size::Title,
            Weight::Semibold,
            colours.ink,
        ));
        ui.label(text::rich(
            explained,
            Size::Body,
            Weight::Regular,
            colours.ink2,
        ));
    });
    let (theirs, mine) = buttons(&entry.kind);
    let told = |by: &(String, jiff::Timestamp)| {
        format!("{}, {}", by.0, words::when(by.1, draw.now, draw.zone))
    };
    let theirs_by = entry.theirs_by.as_ref().map(told).unwrap_or_default();
    let yours_by = told(&entry.yours_by);
    let wide = draw.room == Room::Wide;
    let mut pressed = None;
    let side = |ui: &mut Ui, title: &str, by: String, of: fn(&ReviewValue) -> &Option<String>| {
        card(ui, title, HeadNote::None, |ui| values(ui, entry, &by, of));
    };
    let of_theirs: fn(&ReviewValue) -> &Option<String> = |value| &value.theirs;
    let of_yours: fn(&ReviewValue) -> &Option<String> = |value| &value.yours;
    let both = matches!(
        entry.kind,
        ReviewKind::Field | ReviewKind::Facts | ReviewKind::Double
    );
    if wide && both {
        ui.columns(2, |columns| {
            if let [left, right] = columns {
                side(left, "Theirs", theirs_by, of_theirs);
                side(right, "Yours", yours_by, of_yours);
            }
        });
    } else {
        if both {
            side(ui, "Theirs", theirs_by, of_theirs);
        }
        side(ui, "Yours", yours_by, of_yours);
    }
    ui.horizontal_wrapped(|ui| {
        let keep = Button::new(theirs).key(cap(Act::KeepTheirs)).show(ui);
        draw.desk.area(Area::Pane, keep.id);
        if keep.clicked() {
            pressed = Some(ReviewDecision::KeepTheirs);
        }
        if Button::new(mine).key(cap(Act::UseMine)).show(ui).clicked() {
            pressed = Some(ReviewDecision::UseMine);
        }
        if is_editable(entry)
            && Button::new("Neither: type another")
                .icon(icons::PENCIL_SIMPLE)
                .key(cap(Act::Edit))
                .show(ui)
                .clicked()
        {
            begin_typing(draw, entry);
        }
        if let Some(column) = entry.can_go_without() {
            let words = format!("Send it without {}", column_words(column));
            if Button::new(&words).show(ui).clicked() {
                pressed = Some(ReviewDecision::Edit(String::new()));
            }
        }
    });
    if let Some(text) = typing(ui, draw, entry) {
        pressed = Some(ReviewDecision::Edit(text));
    }
    ui.label(text::rich(
        "What is not chosen stays on the timeline and can be brought back.",
        Size::Caption,
        Weight::Regular,
        colours.ink3,
    ));
    if let Some(decision) = pressed {
        decide(draw, decision);
    }
}

fn values(ui: &mut Ui, entry: &ReviewEntry, by: &str, of: fn(&ReviewValue) -> &Option<String>) {
    let colours = palette(ui);
    Frame::new()
        .inner_margin(Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            for value in &entry.values {
                let shown = of(value).as_deref().map(fleet::printable::printable);
                let size = if entry.values.len() == 1 {
                    Size::Figure
                } else {
                    Size::Body
                };
                if entry.values.len() > 1 {
                    ui.label(text::rich(
                        capital(column_words(&value.field)),
                        Size::Caption,
                        Weight::Regular,
                        colours.ink3,
                    ));
                }
                let (words, ink) = match shown {
                    Some(shown) => (shown, colours.ink),
                    None => ("empty".to_owned(), colours.ink3),
                };
                ui.label(text::rich(words, size, Weight::Semibold, ink));
            }
            if entry.values.is_empty() {
                ui.label(text::rich(
                    "Nothing differs",
                    Size::Body,
                    Weight::Regular,
                    colours.ink3,
                ));
            }
            ui.label(text::rich(by, Size::Caption, Weight::Regular, colours.ink2));
        });
}

fn is_editable(entry: &ReviewEntry) -> bool {
    entered(entry).is_some() || entry.may_be_any()
}

/// The field that something else can be typed into, where it is one that people enter.
fn entered(entry: &ReviewEntry) -> Option<edit::Field> {
    let column = match &entry.kind {
        ReviewKind::Field => entry.field.as_deref(),
        ReviewKind::Refused { field } => field.as_deref(),
        _ => None,
    };
    edit::Field::of_key(column?)
}

/// Puts the field for something else away; what is typed there is kept.
pub fn put_away(draw: &mut Draw<'_>) {
    if let Some(entry) = chosen(draw)
        && let Some(typed) = draw.desk.review_typed.take()
    {
        draw.desk.review_kept = Some((entry.op_id, typed));
    }
}

fn begin_typing(draw: &mut Draw<'_>, entry: &ReviewEntry) {
    draw.desk.review_opens = true;
    let kept = draw.desk.review_kept.take();
    if let Some((_, typed)) = kept.filter(|(op, _)| *op == entry.op_id) {
        draw.desk.review_typed = Some(typed);
        return;
    }
    let typed = if entry.may_be_any() {
        // One that people enter, with its name: another one can be named in its place.
        let mut values = entry.values.iter();
        let first = values.find(|value| edit::Field::of_key(&value.field).is_some());
        first.map(|value| {
            let yours = value.yours.as_deref().unwrap_or_default();
            format!("{}={yours}", value.field)
        })
    } else {
        let meant = match &entry.kind {
            ReviewKind::Refused { field: Some(field) } => {
                entry.values.iter().find(|value| value.field == *field)
            }
            _ => entry.values.first(),
        };
        meant.and_then(|value| value.yours.clone())
    };
    draw.desk.review_typed = Some(typed.unwrap_or_default());
}

/// The field for something else, with the checks of every edit; the text once it is given and fits.
fn typing(ui: &mut Ui, draw: &mut Draw<'_>, entry: &ReviewEntry) -> Option<String> {
    let meant = entered(entry);
    if meant.is_none() && !entry.may_be_any() {
        return None;
    }
    let typed = draw.desk.review_typed.as_mut()?;
    let fits = match meant {
        Some(meant) => edit::Edit::new(meant, typed).map(|_| ()),
        None => edit::edits(std::slice::from_ref(typed)).map(|_| ()),
    };
    let wrong = fits.err().map(|error| {
        let words = match error {
            // The field stands before it.
            EditError::Value { why, .. } => why,
            other => other.to_string(),
        };
        fleet::wording::sentence(&words)
    });
    let mut given = false;
    ui.horizontal_wrapped(|ui| {
        let field = Field {
            text: typed,
            name: "The right value",
            hint: match meant {
                Some(_) => "The right value; nothing empties it",
                None => "What is wrong, and the right value: model=FMB920",
            },
            secret: false,
            wrong: wrong.is_some(),
            width: 320.0,
        };
        let response = field.show(ui);
        if std::mem::take(&mut draw.desk.review_opens) {
            response.request_focus();
        }
        let entered =
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let button = Button::new("Write this").off(wrong.as_deref()).show(ui);
        given = wrong.is_none() && (button.clicked() || entered);
    });
    if let Some(wrong) = &wrong {
        why(ui, wrong);
    }
    given.then(|| draw.desk.review_typed.take()).flatten()
}

/// Decides the question that is shown.
pub fn decide(draw: &mut Draw<'_>, decision: ReviewDecision) {
    let Some(entry) = chosen(draw) else { return };
    let (theirs, mine) = buttons(&entry.kind);
    let how = match &decision {
        ReviewDecision::KeepTheirs => theirs.to_lowercase(),
        ReviewDecision::UseMine => mine.to_lowercase(),
        ReviewDecision::Edit(text) if text.is_empty() => match entry.can_go_without() {
            Some(_) => "sent without it".to_owned(),
            None => "emptied".to_owned(),
        },
        ReviewDecision::Edit(text) => format!("changed to {}", fleet::printable::printable(text)),
    };
    let decided = Decided {
        op: entry.op_id,
        field: entry.field.clone(),
        unit: entry
            .unit
            .as_ref()
            .map_or_else(String::new, |unit| unit.as_str().to_owned()),
        what: what(entry),
        how,
    };
    draw.wish(Command::DecideReview(
        entry.op_id,
        entry.field.clone(),
        decision,
    ));
    draw.desk.review_typed = None;
    draw.desk.was_decided(decided);
}

/// Takes back the newest decision, or another one.
pub fn undo(draw: &mut Draw<'_>, index: usize) {
    if index < draw.desk.decided.len() {
        let decided = draw.desk.decided.remove(index);
        draw.wish(Command::UndoReview(decided.op, decided.field));
    }
}

/// What keys do here.
pub fn perform(draw: &mut Draw<'_>, act: Act) {
    let Some(entry) = chosen(draw) else {
        if act == Act::Undo {
            undo(draw, 0);
        }
        return;
    };
    match act {
        Act::KeepTheirs => decide(draw, ReviewDecision::KeepTheirs),
        Act::UseMine => decide(draw, ReviewDecision::UseMine),
        Act::Edit if is_editable(entry) => begin_typing(draw, entry),
        Act::Undo => undo(draw, 0),
        Act::Move(0, down) => {
            let now = i64::try_from(draw.desk.review).unwrap_or_default() + i64::from(down);
            let last = draw.state.reviews.len().saturating_sub(1);
            draw.desk.review = usize::try_from(now).unwrap_or_default().min(last);
            draw.desk.review_typed = None;
        }
        _ => {}
    }
}
