//! The rows of a draft: name, what is typed, what families take, and further choices of one setting.

use super::typing::{TypedField, first_value};
use crate::engine::{Command, TemplatePage, TemplateWish};
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, icon_table as icons, palette};
use crate::ui::widgets::card::{HeadNote, card, separator};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, choice, place, speak, toggle, why};
use egui::accesskit::Role;
use egui::{Align, Align2, ComboBox, Galley, Margin, Rect, Sense, Ui, pos2, vec2};
use fleet::SettingKey;
use fleet::setting::SettingKind;
use fleet::template::TemplateEdit;
use std::sync::Arc;

/// Left edge of the fields in a row.
const FIELD: f32 = 158.0;
/// Least room for words beside a field.
const LEAST_BESIDE: f32 = 240.0;
/// Most settings that are offered to be added at once.
const OFFERED: usize = 8;

/// Draws the rows and leaves what is to be kept as wishes.
pub(super) fn show(ui: &mut Ui, draw: &mut Draw<'_>, page: &TemplatePage) {
    let note = match page.families.is_empty() {
        true => "limits of all families".to_owned(),
        false => format!(
            "limits of the families in use: {}",
            page.families.join(", ")
        ),
    };
    card(ui, "Settings", HeadNote::Words(note), |ui| {
        let rows = draw.desk.template_form.rows.clone();
        for (index, key) in rows.iter().enumerate() {
            if index > 0 {
                separator(ui);
            }
            row(ui, draw, page, key);
            if draw.desk.template_form.open.as_ref() == Some(key) {
                further(ui, draw, page, key);
            }
        }
        if !rows.is_empty() {
            separator(ui);
        }
        egui::Frame::new()
            .inner_margin(Margin::symmetric(16, 10))
            .show(ui, |ui| adding(ui, draw, page));
    });
}

fn row(ui: &mut Ui, draw: &mut Draw<'_>, page: &TemplatePage, key: &SettingKey) {
    let palette = palette(ui);
    let now_s = ui.input(|input| input.time);
    let Some(field) = draw.desk.template_form.fields.get_mut(key) else {
        return;
    };
    let number = field.kind == Some(SettingKind::Integer);
    let room = (ui.available_width() - FIELD - 16.0).max(120.0);
    let width = if number { 132.0_f32 } else { 228.0 };
    let at_right = room - width - 12.0 - 40.0;
    // Where too little room is beside the field, the words go below it.
    let below = at_right < LEAST_BESIDE;
    let beside = Beside::of(ui, palette, field, if below { room } else { at_right });
    let height = match (below, beside.height()) {
        (true, words) if words > 0.0 => 58.0 + words + 4.0,
        (true, _) => 58.0,
        (false, words) => (words + 20.0).max(58.0),
    };
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    speak::tell(&response, Role::Row, &field.name, |_| {});
    let (y, words) = match below {
        true => (rect.top() + 29.0, rect.with_min_y(rect.top() + 50.0)),
        false => (rect.center().y, rect),
    };
    let format = text::format(Size::Body, Weight::Medium, palette.ink);
    let name = text::cut_middle(ui.painter(), &field.name, &format, FIELD - 46.0);
    text::paint(
        ui.painter(),
        pos2(rect.left() + 16.0, y),
        Align2::LEFT_CENTER,
        &name,
        format,
    );
    if field.guarded {
        icons::SHIELD_WARNING_FILL.paint(
            ui.painter(),
            pos2(rect.left() + FIELD - 16.0, y),
            16.0,
            palette.ink2,
        );
    }
    let at = Rect::from_min_size(pos2(rect.left() + FIELD, y - 17.0), vec2(width, 34.0));
    let (typed, _) = place::at(ui, at, place::from_left(), |ui| field_of(ui, field, width));
    if number && !field.unit.1.is_empty() && field.text.trim().parse::<i64>().is_ok() {
        let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
        text::paint(
            ui.painter(),
            at.right_center() - vec2(12.0, 0.0),
            Align2::RIGHT_CENTER,
            field.unit.1,
            format,
        );
    }
    field.held |= typed.has_focus();
    if typed.changed() {
        field.waits_since = Some(now_s);
        field.typed = true;
    }
    let left = at.right() + 12.0;
    let right = rect.right() - 16.0;
    let left_of_words = if below { at.left() } else { left };
    let below_field = if below { 12.0 } else { 0.0 };
    let words = words.with_max_y(words.bottom() - below_field);
    beside.paint(ui, &field.name, left_of_words, words);
    let buttons = Rect::from_min_max(pos2(left, y - 16.0), pos2(right, y + 16.0));
    let open = draw.desk.template_form.open.as_ref() == Some(key);
    let name = format!("Further choices of {}", fleet::wording::setting(key));
    let (pressed, _) = place::at(ui, buttons, place::from_right(), |ui| {
        caret(ui, palette, open, &name)
    });
    if pressed {
        draw.desk.template_form.open = (!open).then(|| key.clone());
    }
    if typed.changed() {
        let families = &draw.state.families;
        draw.desk.template_form.check(page, families, key);
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(650));
    }
    if typed.lost_focus() {
        super::keep_typed(draw, page, f64::INFINITY);
        draw.desk.template_form.left(key);
    }
}

fn field_of(ui: &mut Ui, field: &mut TypedField, width: f32) -> egui::Response {
    let secret = field.kind == Some(SettingKind::Secret);
    let shown = Field {
        name: &field.name,
        hint: if secret {
            "•••••• as it is"
        } else {
            ""
        },
        secret,
        wrong: field.against.is_some(),
        width,
        text: &mut field.text,
    };
    shown.show(ui)
}

/// What stands beside a field: what speaks against it and what families take, then what else is to be known of it. Nothing of it is cut.
struct Beside {
    lines: Vec<(Arc<Galley>, String, Role)>,
    notes: Vec<Arc<Galley>>,
    width: f32,
}

impl Beside {
    fn of(ui: &Ui, palette: &Palette, field: &TypedField, width: f32) -> Self {
        let mut notes: Vec<String> = field.was.iter().map(|was| format!("was {was}")).collect();
        if field.optional {
            notes.push("a unit may lack it".into());
        }
        for (profile, what) in &field.apart {
            notes.push(format!("{profile}: {what}"));
        }
        let of_notes = match notes.is_empty() {
            true => 0.0,
            false => (width * 0.34).max(80.0),
        };
        let of_lines = (width - of_notes - 8.0).max(60.0);
        let laid_out = |words: &str, (weight, colour), width, halign| {
            let format = text::format(Size::Caption, weight, colour);
            let mut job = text::block_job(words, format, width);
            job.halign = halign;
            ui.painter().layout_job(job)
        };
        let strong = (Weight::Semibold, palette.person.text);
        let quiet = (Weight::Regular, palette.ink3);
        let against = field
            .against
            .iter()
            .map(|words| (words, strong, Role::Alert));
        let limits = field.limits.iter().map(|words| (words, quiet, Role::Label));
        let lines = against.chain(limits).map(|(words, look, role)| {
            let galley = laid_out(words, look, of_lines, Align::LEFT);
            (galley, words.clone(), role)
        });
        let beside = (Weight::Medium, palette.ink2);
        let notes = notes
            .iter()
            .map(|note| laid_out(note, beside, of_notes, Align::RIGHT));
        Self {
            lines: lines.collect(),
            notes: notes.collect(),
            width,
        }
    }

    fn height(&self) -> f32 {
        let lines: f32 = self.lines.iter().map(|(line, ..)| line.size().y).sum();
        let notes: f32 = self.notes.iter().map(|note| note.size().y).sum();
        lines.max(notes)
    }

    fn paint(self, ui: &Ui, name: &str, left: f32, rect: Rect) {
        let middle = rect.center().y;
        let colour = palette(ui).ink2;
        let notes: f32 = self.notes.iter().map(|note| note.size().y).sum();
        let mut y = middle - notes / 2.0;
        for note in self.notes {
            let below = y + note.size().y;
            ui.painter()
                .galley(pos2(left + self.width, y), note, colour);
            y = below;
        }
        let lines: f32 = self.lines.iter().map(|(line, ..)| line.size().y).sum();
        let mut y = middle - lines / 2.0;
        for (line, words, role) in self.lines {
            let drawn = Rect::from_min_size(pos2(left, y), line.size());
            ui.painter().galley(drawn.min, line, colour);
            let spoken = format!("{name}: {words}");
            speak::note(ui, drawn, (name, &words), role, &spoken);
            y = drawn.bottom();
        }
    }
}

fn caret(ui: &mut Ui, palette: &Palette, open: bool, name: &str) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(32.0, 32.0), Sense::click());
    if response.hovered() {
        ui.painter().rect_filled(rect, 6.0, palette.sunken);
    }
    let icon = if open {
        icons::CARET_DOWN
    } else {
        icons::CARET_RIGHT
    };
    icon.paint(ui.painter(), rect.center(), 16.0, palette.ink2);
    crate::ui::widgets::focus::ring(ui, &response, 6.0);
    speak::tell(&response, Role::Button, name, |node| {
        node.set_expanded(open)
    });
    response.clicked()
}

/// Whether a unit may lack it, where it stands, what families get instead, and out with it.
fn further(ui: &mut Ui, draw: &mut Draw<'_>, page: &TemplatePage, key: &SettingKey) {
    let palette = palette(ui);
    let Some(field) = draw.desk.template_form.fields.get(key) else {
        return;
    };
    let (optional, asks, apart) = (field.optional, field.asks.clone(), field.apart.clone());
    let name = field.name.clone();
    let mut edits = Vec::new();
    let margin = Margin {
        left: 124,
        right: 16,
        top: 4,
        bottom: 12,
    };
    egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        let said = if optional {
            "A unit may lack it"
        } else {
            "Every unit must have it"
        };
        if toggle::toggle(ui, optional, &format!("A unit may lack {name}"), said).clicked() {
            edits.push(TemplateEdit::Optional(key.clone(), !optional));
        }
        for each in &asks {
            let chosen = each.chosen.clone().unwrap_or_else(|| "not said".to_owned());
            ui.horizontal(|ui| {
                let words = format!("Stands on {} at", each.family);
                ui.label(text::rich(
                    words,
                    Size::Caption,
                    Weight::Regular,
                    palette.ink2,
                ));
                let list = ComboBox::from_id_salt((&each.profile, key.as_str()))
                    .selected_text(chosen)
                    .width(220.0);
                let (_, chosen) = choice::show(ui, list, |ui| {
                    let mut all = each.places.iter();
                    all.find(|(place, label)| {
                        let on = each.chosen.as_ref() == Some(place);
                        choice::line(ui, on, format!("{label} ({place})"))
                    })
                });
                if let Some((place, _)) = chosen {
                    edits.push(TemplateEdit::Map {
                        profile: each.profile.clone(),
                        key: key.clone(),
                        place: Some(place.clone()),
                    });
                }
            });
        }
        for (profile, what) in &apart {
            ui.horizontal(|ui| {
                let words = format!("{profile}: {what}");
                ui.label(text::rich(
                    words,
                    Size::Caption,
                    Weight::Medium,
                    palette.ink,
                ));
                if Button::new("As all others").height(26.0).show(ui).clicked() {
                    let profile = profile.clone();
                    edits.push(if what == "left out" {
                        TemplateEdit::LeaveOut {
                            profile,
                            key: key.clone(),
                            on: false,
                        }
                    } else {
                        TemplateEdit::Apart {
                            profile,
                            key: key.clone(),
                            value: None,
                        }
                    });
                }
            });
        }
        if Button::new("Take it out of the template")
            .icon(icons::X)
            .height(26.0)
            .show(ui)
            .clicked()
        {
            edits.push(TemplateEdit::Remove(key.clone()));
        }
    });
    if !edits.is_empty() {
        draw.wish(Command::Template(TemplateWish::Edit(
            page.name.clone(),
            edits,
        )));
    }
}

fn adding(ui: &mut Ui, draw: &mut Draw<'_>, page: &TemplatePage) {
    let palette = palette(ui);
    let Some(mut typed) = draw.desk.template_form.adding.take() else {
        ui.horizontal(|ui| {
            if Button::new("Add a setting")
                .icon(icons::PLUS)
                .height(26.0)
                .show(ui)
                .clicked()
            {
                draw.desk.template_form.adding = Some(String::new());
            }
            let words = "Guarded settings have a shield: after a wrong value only a cable helps.";
            ui.label(text::rich(
                words,
                Size::Caption,
                Weight::Regular,
                palette.ink2,
            ));
        });
        return;
    };
    let mut close = false;
    ui.horizontal(|ui| {
        let field = Field {
            text: &mut typed,
            name: "Setting to add",
            hint: "Part of its name, such as APN or interval",
            secret: false,
            wrong: false,
            width: 300.0,
        };
        field.show(ui);
        close = Button::bare("Cancel").show(ui).clicked();
    });
    let wanted = typed.to_lowercase();
    let fits = |key: &SettingKey| {
        !page.contents.has(key)
            && (key.as_str().contains(&wanted)
                || fleet::wording::setting(key)
                    .to_lowercase()
                    .contains(&wanted))
    };
    let mut offered: Vec<SettingKey> = draw.state.families.known_keys();
    offered.retain(fits);
    offered.sort_by(|one, other| fleet::wording::order(one).cmp(&fleet::wording::order(other)));
    let more = offered.len().saturating_sub(OFFERED);
    for key in offered.iter().take(OFFERED) {
        let name = fleet::wording::setting(key);
        let words = format!("{name} ({key})");
        if Button::bare(&words).height(26.0).show(ui).clicked() {
            let value = first_value(&draw.state.families, key);
            let edit = TemplateEdit::Set(key.clone(), value);
            draw.wish(Command::Template(TemplateWish::Edit(
                page.name.clone(),
                vec![edit],
            )));
            close = true;
        }
    }
    if offered.is_empty() {
        why(ui, "No further setting has that in its name.");
    } else if more > 0 {
        why(ui, &format!("{more} more; type more of the name."));
    }
    if !close {
        draw.desk.template_form.adding = Some(typed);
    }
}
