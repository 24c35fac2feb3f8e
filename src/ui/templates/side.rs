//! Beside the rows: what stands against the release, what changed, whom it would touch.

use crate::engine::{Command, TemplateFacts, TemplatePage, TemplateWish};
use crate::ui::draw::Draw;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::card::{HeadNote, card, separator};
use crate::ui::widgets::field::Field;
use crate::ui::widgets::{Button, bar, fold};
use crate::ui::words;
use egui::{Frame, Margin, Stroke, Ui, vec2};
use fleet::setting::ShownValue;
use fleet::template::{ReleaseStop, TemplateEdit};
use fleet::{SettingKey, wording};

/// Most reasons that are shown at once.
const MOST_STOPS: usize = 5;

/// Draws them.
pub(super) fn show(ui: &mut Ui, draw: &mut Draw<'_>, page: &TemplatePage, facts: &TemplateFacts) {
    ui.spacing_mut().item_spacing.y = 16.0;
    if !page.stops.is_empty() {
        stops(ui, draw, page);
    } else if !facts.released {
        card(ui, "Release", HeadNote::None, |ui| {
            inside(ui, |ui| {
                let field = Field {
                    text: &mut draw.desk.template_form.who,
                    name: "Who releases it",
                    hint: "Your name",
                    secret: false,
                    wrong: false,
                    width: ui.available_width(),
                };
                field.show(ui);
                caption(
                    ui,
                    "A released version never changes. Releasing sends nothing to units.",
                );
            });
        });
    }
    if !page.left_out.is_empty() {
        card(ui, "Not taken from the unit", HeadNote::None, |ui| {
            inside(ui, |ui| {
                for (key, why) in &page.left_out {
                    caption(ui, &format!("{}: {why}", wording::setting(key)));
                }
            });
        });
    }
    against(ui, page);
    touched(ui, draw, page);
}

fn inside<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    Frame::new()
        .inner_margin(Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            ui.set_min_width(ui.available_width());
            add(ui)
        })
        .inner
}

fn caption(ui: &mut Ui, words: &str) {
    let colour = palette(ui).ink2;
    ui.label(text::rich(words, Size::Caption, Weight::Regular, colour));
}

fn stops(ui: &mut Ui, draw: &mut Draw<'_>, page: &TemplatePage) {
    let palette = palette(ui);
    let frame = Frame::new()
        .stroke(Stroke::new(1.0, palette.person.line))
        .corner_radius(10);
    let mut edits = Vec::new();
    frame.show(ui, |ui| {
        card(ui, "Cannot be released yet", HeadNote::None, |ui| {
            inside(ui, |ui| {
                for stop in page.stops.iter().take(MOST_STOPS) {
                    ui.label(text::rich(
                        stop.words(),
                        Size::Body,
                        Weight::Medium,
                        palette.ink,
                    ));
                    if let ReleaseStop::Objection(objection) = stop {
                        let units: u64 = page
                            .used
                            .iter()
                            .filter(|used| used.profile.as_deref() == Some(&objection.profile))
                            .map(|used| used.units)
                            .sum();
                        caption(
                            ui,
                            &format!(
                                "{} of that family.",
                                words::several(
                                    units,
                                    "unit of this template is",
                                    "units of this template are"
                                )
                            ),
                        );
                        ui.horizontal_wrapped(|ui| {
                            cures(
                                ui,
                                objection,
                                page.contents.is_secret(&objection.key),
                                &mut edits,
                            );
                        });
                    }
                }
                if page.stops.len() > MOST_STOPS {
                    caption(ui, &format!("and {} more", page.stops.len() - MOST_STOPS));
                }
            });
        });
    });
    if !edits.is_empty() {
        draw.wish(Command::Template(TemplateWish::Edit(
            page.name.clone(),
            edits,
        )));
    }
}

fn cures(
    ui: &mut Ui,
    objection: &fleet::template::Objection,
    secret: bool,
    edits: &mut Vec<TemplateEdit>,
) {
    let key: &SettingKey = &objection.key;
    let profile = || objection.profile.clone();
    if let Some(nearest) = objection.nearest.clone().filter(|_| !secret) {
        let said = wording::value(key, &ShownValue::from(&nearest));
        let for_all = format!("Set {said} for all");
        if Button::new(&for_all).height(26.0).show(ui).clicked() {
            edits.push(TemplateEdit::Set(key.clone(), nearest.clone()));
        }
        let for_one = format!("Set {said} for {}", objection.profile);
        if Button::new(&for_one).height(26.0).show(ui).clicked() {
            edits.push(TemplateEdit::Apart {
                profile: profile(),
                key: key.clone(),
                value: Some(nearest),
            });
        }
    }
    let leave = format!("Leave it out on {}", objection.profile);
    if Button::new(&leave).height(26.0).show(ui).clicked() {
        edits.push(TemplateEdit::LeaveOut {
            profile: profile(),
            key: key.clone(),
            on: true,
        });
    }
    if objection.lacks
        && Button::new("A unit may lack it")
            .height(26.0)
            .show(ui)
            .clicked()
    {
        edits.push(TemplateEdit::Optional(key.clone(), true));
    }
}

fn against(ui: &mut Ui, page: &TemplatePage) {
    let Some((former, contents)) = &page.former else {
        return;
    };
    card(ui, &format!("Against v{former}"), HeadNote::None, |ui| {
        inside(ui, |ui| {
            let ink = palette(ui).ink;
            for line in page.changed.iter().take(12) {
                ui.label(text::rich(line.words(), Size::Body, Weight::Regular, ink));
            }
            if page.changed.len() > 12 {
                caption(ui, &format!("and {} more", page.changed.len() - 12));
            }
            let changed: std::collections::BTreeSet<&SettingKey> =
                page.changed.iter().map(|line| &line.key).collect();
            let same = contents
                .keys()
                .filter(|key| page.contents.has(key) && !changed.contains(key));
            let guarded = changed.iter().any(|key| words::guarded(key));
            let same = words::several(
                same.count() as u64,
                "setting as before",
                "settings as before",
            );
            let guarded = match guarded {
                true => "Guarded ones changed: after a wrong value only a cable helps.",
                false => "No guarded one changed.",
            };
            caption(ui, &format!("{same}. {guarded}"));
        });
    });
}

fn touched(ui: &mut Ui, draw: &mut Draw<'_>, page: &TemplatePage) {
    let palette = palette(ui);
    let total: u64 = page.used.iter().map(|used| used.units).sum();
    card(ui, "Whom it would touch", HeadNote::None, |ui| {
        inside(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(text::rich(
                    words::count(total),
                    Size::Figure,
                    Weight::Semibold,
                    palette.ink,
                ));
                let have = if total == 1 {
                    "unit is on"
                } else {
                    "units are on"
                };
                let words = format!("{have} {}", page.name);
                ui.label(text::rich(words, Size::Body, Weight::Regular, palette.ink2));
            });
            if total > 0 {
                let current = page.former.as_ref().map(|(version, _)| *version);
                let newest: u64 = page
                    .used
                    .iter()
                    .filter(|used| used.version == current || used.version == Some(page.version))
                    .map(|used| used.units)
                    .sum();
                let share = newest as f32 / total as f32;
                let width = ui.available_width();
                let said = page.used.iter().take(6).map(|used| {
                    let version = used
                        .version
                        .map_or("no version".to_owned(), |version| format!("v{version}"));
                    let family = used.profile.as_deref().unwrap_or("unknown family");
                    format!("{} on {version}, {family}", words::count(used.units))
                });
                let said = said.collect::<Vec<_>>().join("; ");
                bar::show(ui, vec2(width, 8.0), share, palette.ink2, &said);
                caption(ui, &said);
            }
            caption(ui, "Releasing sends nothing. A push does.");
        });
        if page.units.is_empty() {
            return;
        }
        separator(ui);
        let note = words::several(page.units.len() as u64, "unit", "units");
        let mut open = draw.desk.template_form.units_open;
        fold::row(ui, &mut open, "The first of them", &note, 16.0);
        draw.desk.template_form.units_open = open;
        if open {
            inside(ui, |ui| {
                for unit in &page.units {
                    let model = unit.model.as_deref().unwrap_or("unknown model");
                    let customer = unit.customer.as_deref().unwrap_or_default();
                    let words = format!("...{}  {model}  {customer}", unit.id.last_four());
                    if Button::bare(&words)
                        .icon(icons::BINOCULARS)
                        .height(26.0)
                        .show(ui)
                        .clicked()
                    {
                        draw.desk.unit = Some(unit.id.clone());
                        draw.desk.screen = crate::ui::desk::Screen::Unit;
                        draw.wish(Command::OpenUnit(unit.id.clone()));
                    }
                }
            });
        }
    });
}
