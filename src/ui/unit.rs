//! One unit: facts, carrier, settings as last read against its template, and everything that happened to it.

use super::desk::{Area, Screen};
use super::draw::{Draw, Room};
use super::keys::{Act, cap};
use super::theme::style::RADIUS_CONTROL;
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::unit_words::{registration_pill, state_pill, template};
use super::widgets::card::{Fact, HeadNote, card, fact};
use super::widgets::number::paint_ending;
use super::widgets::{Button, Number, Pill, Shape, Tone, empty, focus, paging, place, speak};
use super::{carrier_card, unit_reports, unit_timeline, words};
use crate::engine::{FormerValue, TemplateFacts, UnitPage, UnitsMeant};
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, Rect, ScrollArea, Ui, pos2, vec2};
use fleet::UnitId;
use fleet::edit::Edit;
use fleet::setting::{SettingKey, ShownValue};
use fleet::unit::Unit;
use std::cell::Cell;

/// Draws the page of the unit that was opened last.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let state = draw.state;
    let page = state.unit_page.as_ref().filter(|page| {
        draw.desk
            .unit
            .as_ref()
            .is_none_or(|wanted| *wanted == page.unit.id)
    });
    let Some(page) = page else {
        let absent = state.unit_absent.clone();
        let absent = absent.filter(|absent| draw.desk.unit.as_ref() == Some(absent));
        CentralPanel::default()
            .frame(Frame::new().fill(palette.surface))
            .show(ui, |ui| {
                if let Some(id) = absent {
                    return not_here(ui, draw, &id);
                }
                empty::show(
                    ui,
                    icons::BINOCULARS,
                    "Looking for this unit",
                    "Its page comes from this PC, no network is needed.",
                    |_| {},
                );
            });
        return;
    };
    Panel::top("unit head")
        .exact_size(84.0)
        .resizable(false)
        .frame(Frame::new().fill(palette.surface))
        .show(ui, |ui| head(ui, draw, page));
    let brought = Cell::new(None);
    CentralPanel::default()
        .frame(Frame::new().fill(palette.bg))
        .show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                paging::turn(ui);
                Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
                    draw.area_begins(ui, super::desk::Area::Main);
                    columns(ui, draw, page, &brought);
                });
            });
        });
    if let Some(former) = brought.take()
        && let Ok(edit) = Edit::new(former.field, &former.value)
    {
        draw.edit(&page.unit, vec![edit]);
    }
}

/// The inventory has no such unit: what that means, and the ways on.
fn not_here(ui: &mut Ui, draw: &mut Draw<'_>, id: &UnitId) {
    let words = format!(
        "{id} is in no row of this PC's inventory. Perhaps a unit has a number like it; a unit that is plugged in on the bench or stands in a list that is brought in is known from then on."
    );
    empty::show(
        ui,
        icons::BINOCULARS,
        "No unit has this number here",
        &words,
        |ui| {
            let part = id.last_four().to_owned();
            let search = format!("Search for {part}");
            let search = Button::primary(&search)
                .icon(icons::MAGNIFYING_GLASS)
                .show(ui);
            draw.desk.area(Area::Main, search.id);
            if search.clicked() {
                draw.desk.typed = part;
                super::frame::go(draw, Screen::Find);
            }
            if Button::new("Plug it in on the bench").show(ui).clicked() {
                super::frame::go(draw, Screen::Bench);
            }
            if Button::new("Import a list")
                .icon(icons::DOWNLOAD_SIMPLE)
                .show(ui)
                .clicked()
            {
                draw.desk.screen = Screen::Import;
            }
            if Button::bare("Back to Find")
                .key(cap(Act::Escape))
                .show(ui)
                .clicked()
            {
                super::frame::go(draw, Screen::Find);
            }
        },
    );
}

/// Height of the part of the head in which its buttons are centred: the model and pills in the line below may be as long as they are.
const FIRST_LINE: f32 = 64.0;

fn head(ui: &mut Ui, draw: &mut Draw<'_>, page: &UnitPage) {
    let palette = palette(ui);
    let unit = &page.unit;
    let id = unit.id.as_str();
    let rect = ui.max_rect().shrink2(vec2(24.0, 0.0));
    let painter = ui.painter();
    let y = rect.top() + 30.0;
    let ending = paint_ending(
        painter,
        pos2(rect.left(), y),
        Align2::LEFT_CENTER,
        id,
        Size::Figure,
        palette.ink,
        palette.ink2,
    );
    let different = drift(unit, template_of(draw, unit)).len();
    let mut pills = vec![state_pill(unit.state), registration_pill(unit.registration)];
    pills.extend(unit_reports::pill(draw, unit));
    let iccid = unit.iccid.as_ref().map(|iccid| iccid.as_str());
    if let Some(elsewhere) = draw.state.agreement.who_has(&unit.id, iccid) {
        pills.push(Pill::new(
            elsewhere.words(draw.zone),
            Some(Shape::Icon(icons::WARNING_FILL)),
            Tone::News(|p| p.person),
        ));
    }
    if different > 0 {
        let words = words::several(different as u64, "setting differs", "settings differ");
        pills.push(Pill::new(
            words,
            Some(Shape::Icon(icons::NOT_EQUALS_BOLD)),
            Tone::News(|p| p.person),
        ));
    }
    let below = rect.top() + 62.0;
    let number = Number::new(id).paint(
        painter,
        palette,
        pos2(rect.left(), below),
        Align2::LEFT_CENTER,
    );
    let model = unit.model.as_deref().unwrap_or("Model not known");
    let firmware = unit
        .firmware
        .as_ref()
        .map(|firmware| format!(", firmware {firmware}"))
        .unwrap_or_default();
    let pill_words: Vec<&str> = pills.iter().map(|pill| pill.words.as_str()).collect();
    let spoken = format!(
        "Unit ending {}, {model}, {}",
        speak::spoken_ending(id),
        pill_words.join(", ")
    );
    speak::note(ui, ending.union(number), "head", Role::Heading, &spoken);
    let bottom = rect.top() + FIRST_LINE;
    let ((), buttons) = place::at(ui, rect.with_max_y(bottom), place::from_right(), |ui| {
        let back = Button::new("Back to Find").key(cap(Act::Escape)).show(ui);
        draw.desk.area(Area::Head, back.id);
        if back.clicked() {
            draw.desk.screen = Screen::Find;
            draw.desk.focus_search = true;
        }
        if Button::new("Edit")
            .icon(icons::PENCIL_SIMPLE)
            .key(cap(Act::Edit))
            .show(ui)
            .clicked()
        {
            edit(draw);
        }
        if Button::new("Label")
            .icon(icons::TAG)
            .key(cap(Act::LineMode))
            .show(ui)
            .clicked()
        {
            label(draw);
        }
        let wide = draw.room == Room::Wide;
        if wide
            && Button::new("Push")
                .icon(icons::ARROW_RIGHT)
                .key(cap(Act::Print))
                .show(ui)
                .clicked()
        {
            push(draw);
        }
        if wide
            && Button::new("Copy")
                .icon(icons::COPY)
                .key(cap(Act::Copy))
                .show(ui)
                .clicked()
        {
            ui.copy_text(id.to_owned());
        }
        life_menu(ui, draw, unit);
    });
    // What finds no room before the buttons stands at the end of the line below, and the model has what room is left there.
    let painter = ui.painter();
    let mut right = ending.right() + 14.0;
    let mut before = 0;
    for pill in &pills {
        let end = right + pill.width(painter);
        if end > buttons.left() - 10.0 {
            break;
        }
        right = end + 10.0;
        before += 1;
    }
    let (first, second) = pills.split_at_checked(before).unwrap_or((&[], &pills));
    let mut x = ending.right() + 14.0;
    for pill in first {
        x = pill.paint(painter, palette, pos2(x, y)).right() + 10.0;
    }
    let widths = second.iter().map(|pill| pill.width(painter) + 10.0);
    let room = rect.right() - number.right() - 14.0 - widths.sum::<f32>();
    let format = text::format(Size::Body, Weight::Regular, palette.ink3);
    let words = format!("{model}{firmware}");
    let shown = text::cut_middle(painter, &words, &format, room);
    let at = pos2(number.right() + 10.0, below);
    let line = text::paint(painter, at, Align2::LEFT_CENTER, &shown, format);
    let mut x = line.right() + 14.0;
    for pill in second {
        x = pill.paint(painter, palette, pos2(x, below)).right() + 10.0;
    }
    if shown != words {
        let id = ui.unique_id().with("model");
        ui.interact(line, id, egui::Sense::hover())
            .on_hover_text(words);
    }
}

/// Ways out of service and back. Nothing is ever deleted.
fn life_menu(ui: &mut Ui, draw: &mut Draw<'_>, unit: &Unit) {
    use super::desk::{Dialog, LifeChoice};
    let retired = unit.state == fleet::unit::UnitState::Retired;
    let choices: &[(&str, LifeChoice)] = if retired {
        &[("Back in use…", LifeChoice::TakeBack)]
    } else {
        &[
            ("Put another unit in its place…", LifeChoice::Swap),
            ("It came back…", LifeChoice::Return),
            ("Retire it…", LifeChoice::Retire),
        ]
    };
    // Where the buttons have no room, what they do is here.
    let all = draw.room != Room::Wide;
    let words = text::rich(
        if all { "More" } else { "Swap, return, retire" },
        Size::Body,
        Weight::Medium,
        palette(ui).ink,
    );
    let mut chosen = None;
    let menu = ui.menu_button(words, |ui| {
        if all && ui.button("Push to it").clicked() {
            push(draw);
            ui.close();
        }
        if all && ui.button("Copy its number").clicked() {
            ui.copy_text(unit.id.to_string());
            ui.close();
        }
        for (words, choice) in choices {
            if ui.button(*words).clicked() {
                chosen = Some(*choice);
                ui.close();
            }
        }
    });
    if let Some(choice) = chosen {
        // The dialog gives the keyboard back to what had it: the line of the menu is gone by then.
        menu.response.request_focus();
        draw.desk.swap_with.clear();
        draw.desk.open(Dialog::Life(choice));
    }
    focus::back_to(ui, &menu.response, menu.inner.is_some());
    focus::ring(ui, &menu.response, RADIUS_CONTROL.into());
}

/// Opens the form for what people enter about the unit that is shown.
pub fn edit(draw: &mut Draw<'_>) {
    if let Some(page) = &draw.state.unit_page {
        draw.desk.unit_form = Some(super::dialogs::edit_unit::form(&page.unit));
        draw.desk.open(super::desk::Dialog::EditUnit);
    }
}

/// Shows the label of the unit that is shown.
pub fn label(draw: &mut Draw<'_>) {
    if let Some(page) = &draw.state.unit_page {
        let id = page.unit.id.clone();
        let words = format!("unit …{}", id.last_four());
        super::sheets::label(draw, UnitsMeant::These(vec![id]), words);
    }
}

/// Takes the unit that is shown over to a new push.
pub fn push(draw: &mut Draw<'_>) {
    if let Some(page) = &draw.state.unit_page {
        super::sheets::push_to(draw, page.unit.id.to_string());
    }
}

fn columns(ui: &mut Ui, draw: &mut Draw<'_>, page: &UnitPage, brought: &Cell<Option<FormerValue>>) {
    let area = ui.available_rect_before_wrap();
    const GAP: f32 = 16.0;
    let column = |left: f32, width: f32| {
        Rect::from_min_size(
            area.min + vec2(left, 0.0),
            vec2(width, area.height().max(0.0)),
        )
    };
    let narrow = draw.room == Room::Narrow;
    if narrow {
        ui.spacing_mut().item_spacing.y = GAP;
        facts(ui, &page.unit);
        carrier_card::show(ui, draw, &page.unit);
        settings(ui, draw, &page.unit);
        unit_reports::show(ui, draw, &page.unit);
        draw.area_begins(ui, super::desk::Area::Pane);
        unit_timeline::show(ui, draw, page, brought);
        return;
    }
    let wide = draw.room == Room::Wide;
    // On large screens all three grow, so that a name and its value stay near each other.
    let first = if wide {
        (area.width() * 0.28).clamp(400.0, 620.0)
    } else {
        (area.width() - GAP) * 0.46
    };
    let third = if wide {
        (area.width() * 0.25).clamp(356.0, 620.0)
    } else {
        0.0
    };
    let second = area.width() - first - GAP - if wide { third + GAP } else { 0.0 };
    let in_column = |ui: &mut Ui, rect: Rect, add: &mut dyn FnMut(&mut Ui)| -> Rect {
        let (_, used) = place::at(ui, rect, place::down(), |ui| {
            ui.spacing_mut().item_spacing.y = GAP;
            add(ui);
        });
        used
    };
    let left = in_column(ui, column(0.0, first), &mut |ui| {
        facts(ui, &page.unit);
        carrier_card::show(ui, draw, &page.unit);
        unit_reports::positions(ui, draw, &page.unit);
    });
    let middle = in_column(ui, column(first + GAP, second), &mut |ui| {
        settings(ui, draw, &page.unit);
        unit_reports::per_hour(ui, draw, &page.unit);
    });
    let mut used = left.union(middle);
    let history_place = if wide {
        column(first + second + 2.0 * GAP, third)
    } else {
        Rect::from_min_max(pos2(area.left(), used.bottom() + GAP), area.max)
    };
    used = used.union(in_column(ui, history_place, &mut |ui| {
        draw.area_begins(ui, super::desk::Area::Pane);
        unit_timeline::show(ui, draw, page, brought);
    }));
    ui.advance_cursor_after_rect(used);
}

fn facts(ui: &mut Ui, unit: &Unit) {
    card(ui, "Facts", HeadNote::None, |ui| {
        let rows = [
            ("Customer", unit.customer.as_deref(), "no customer"),
            ("Vehicle", unit.vehicle.as_deref(), "none"),
            ("Office", unit.office.as_deref(), "not known"),
            ("Serial", unit.serial_number.as_deref(), "not read"),
            ("Note", unit.note.as_deref(), "none"),
        ];
        for (name, value, none) in rows {
            let shown = Fact {
                name,
                value: value.unwrap_or(none),
                faint: value.is_none(),
                wraps: true,
                ..Fact::default()
            };
            fact(ui, &shown, 148.0);
        }
        ui.add_space(6.0);
    });
}

fn template_of<'a>(draw: &Draw<'a>, unit: &Unit) -> Option<&'a TemplateFacts> {
    let name = unit.template.as_deref()?;
    let of_name = draw
        .state
        .templates
        .iter()
        .filter(|template| template.name == name);
    of_name
        .into_iter()
        .find(|template| Some(template.version) == unit.template_version)
}

/// Settings that stand otherwise than its template says.
fn drift<'a>(
    unit: &'a Unit,
    template: Option<&'a TemplateFacts>,
) -> Vec<(&'a SettingKey, &'a ShownValue)> {
    template.map_or_else(Vec::new, |template| {
        fleet::drift::differing(&unit.settings, &template.settings).collect()
    })
}

fn settings(ui: &mut Ui, draw: &Draw<'_>, unit: &Unit) {
    let palette = palette(ui);
    let against = template(unit).map_or_else(
        || "no template yet".to_owned(),
        |template| format!("against {template}"),
    );
    let different = drift(unit, template_of(draw, unit));
    card(
        ui,
        "Settings as last read",
        HeadNote::Words(against),
        |ui| {
            if unit.settings.is_empty() {
                let format = text::rich(
                    "Nothing was read from this unit yet.",
                    Size::Body,
                    Weight::Regular,
                    palette.ink2,
                );
                Frame::new()
                    .inner_margin(Margin::symmetric(16, 12))
                    .show(ui, |ui| ui.label(format));
                return;
            }
            let mut settings: Vec<(&SettingKey, &ShownValue)> = unit.settings.iter().collect();
            settings.sort_by_key(|(key, _)| words::order(key));
            for (key, value) in settings {
                let wanted = different
                    .iter()
                    .find(|(each, _)| *each == key)
                    .map(|(_, wanted)| *wanted);
                setting(ui, key, value, wanted);
            }
            ui.add_space(6.0);
        },
    );
}

fn setting(ui: &mut Ui, key: &SettingKey, value: &ShownValue, wanted: Option<&ShownValue>) {
    let palette = palette(ui);
    let name = words::setting(key);
    let secret = matches!(value, ShownValue::Secret { secret_set: true });
    let shown = if secret {
        "kept as a secret".to_owned()
    } else {
        words::value(key, Some(value))
    };
    let top = ui.cursor().min;
    let row = Rect::from_min_size(top, vec2(ui.available_width(), super::widgets::card::FACT));
    if wanted.is_some() {
        ui.painter()
            .rect_filled(row.shrink2(vec2(1.0, 0.0)), 0.0, palette.person.tint);
    }
    let line = Fact {
        name: &name,
        value: &shown,
        guarded: words::guarded(key),
        wraps: wanted.is_none(),
        ..Fact::default()
    };
    fact(ui, &line, 220.0);
    let Some(wanted) = wanted else { return };
    let painter = ui.painter();
    let y = row.center().y;
    let heavy = text::format(Size::Caption, Weight::Semibold, palette.person.text);
    let wanted = words::value(key, Some(wanted));
    let value = text::paint(
        painter,
        pos2(row.right() - 16.0, y),
        Align2::RIGHT_CENTER,
        &wanted,
        heavy,
    );
    let plain = text::format(Size::Caption, Weight::Regular, palette.person.text);
    let words = text::paint(
        painter,
        pos2(value.left() - 4.0, y),
        Align2::RIGHT_CENTER,
        "template says",
        plain,
    );
    icons::NOT_EQUALS_BOLD.paint(
        painter,
        pos2(words.left() - 14.0, y),
        14.0,
        palette.person.line,
    );
    speak::note(
        ui,
        row,
        (key.as_str(), "drift"),
        Role::Label,
        &format!("{name} differs: template says {wanted}"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drift_compares_what_can_be_compared() {
        let key = |text: &str| SettingKey::new(text).unwrap();
        let id = fleet::UnitId::from_unit_answer("490154203237518")
            .unwrap()
            .0;
        let mut unit = Unit::new(id, jiff::Timestamp::UNIX_EPOCH);
        unit.settings
            .insert(key("server.port"), ShownValue::Integer(5_000));
        unit.settings
            .insert(key("apn.name"), ShownValue::Text("fleet".into()));
        unit.settings.insert(
            key("apn.password"),
            ShownValue::Secret { secret_set: false },
        );
        let template = TemplateFacts {
            name: "Van".into(),
            version: 1,
            released: true,
            settings: [
                (key("server.port"), ShownValue::Integer(5_027)),
                (key("apn.name"), ShownValue::Text("fleet".into())),
                (key("apn.password"), ShownValue::Secret { secret_set: true }),
                (key("report.parked_interval_s"), ShownValue::Integer(60)),
            ]
            .into(),
            ..TemplateFacts::default()
        };
        let different: Vec<&str> = drift(&unit, Some(&template))
            .into_iter()
            .map(|(key, _)| key.as_str())
            .collect();
        assert_eq!(different, ["server.port"]);
        assert!(drift(&unit, None).is_empty());
    }
}
