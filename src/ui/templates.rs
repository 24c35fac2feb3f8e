//! Templates: what units shall hold. Released versions are looked at, drafts are worked on, files are brought in.

mod form;
mod side;
pub mod typing;

use super::desk::Area;
use super::draw::{Draw, Room};
use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::card::{Fact, HeadNote, card, fact};
use super::widgets::field::{Field, field_id};
use super::widgets::pill::{Pill, Tone};
use super::widgets::shape::Shape;
use super::widgets::{Button, empty, focus, paging, place, speak, why};
use super::words;
use crate::engine::{Command, DraftStart, TemplateFacts, TemplatePage, TemplateWish};
use egui::accesskit::Role;
use egui::{Align2, CentralPanel, Frame, Margin, Panel, ScrollArea, Sense, Ui, pos2, vec2};
use fleet::Template;
use std::path::PathBuf;
use std::sync::Arc;

/// Draws the templates.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let paper = Frame::new().fill(palette.surface);
    let facts = draw.state.templates.get(draw.desk.template).cloned();
    if let Some(facts) = &facts {
        ask_for_page(draw, facts);
    }
    let focused = ui.memory(|memory| memory.focused());
    let page = facts
        .as_ref()
        .and_then(|facts| page_of(draw, facts, focused));
    Panel::top("templates head")
        .exact_size(64.0)
        .resizable(false)
        .frame(paper.inner_margin(Margin::symmetric(24, 0)))
        .show(ui, |ui| match &facts {
            Some(facts) => head(ui, draw, facts, page.as_deref()),
            None => {
                ui.horizontal_centered(|ui| import(ui, draw, true));
            }
        });
    if facts.is_none() && draw.desk.template_form.new_name.is_none() {
        CentralPanel::default().frame(paper).show(ui, |ui| {
            let words = "A template says what units shall hold. Type the path of a template file above and press Import, or begin a new one.";
            empty::show(ui, icons::SLIDERS_HORIZONTAL, "No template yet", words, |ui| {
                if Button::new("New template").icon(icons::PLUS).show(ui).clicked() {
                    draw.desk.template_form.new_name = Some(String::new());
                }
            });
        });
        return;
    }
    let list_width = if draw.room == Room::Narrow {
        200.0
    } else {
        248.0
    };
    Panel::left("templates list")
        .exact_size(list_width)
        .resizable(false)
        .frame(paper)
        .show(ui, |ui| list(ui, draw));
    let ground = Frame::new().fill(palette.bg).inner_margin(Margin::same(16));
    let (Some(facts), Some(page)) = (facts, page) else {
        CentralPanel::default().frame(ground).show(ui, |ui| {
            let words = "Reading the template...";
            ui.label(text::rich(words, Size::Body, Weight::Regular, palette.ink3));
        });
        return;
    };
    if draw.room == Room::Wide {
        Panel::right("templates side")
            .exact_size(372.0)
            .resizable(false)
            .show_separator_line(false)
            .frame(Frame::new().fill(palette.bg).inner_margin(Margin {
                left: 0,
                right: 16,
                top: 16,
                bottom: 0,
            }))
            .show(ui, |ui| {
                draw.area_begins(ui, Area::Pane);
                ScrollArea::vertical()
                    .id_salt("side")
                    .show(ui, |ui| side::show(ui, draw, &page, &facts));
            });
    }
    CentralPanel::default().frame(ground).show(ui, |ui| {
        ScrollArea::vertical().show(ui, |ui| {
            paging::turn(ui);
            if facts.released {
                details(ui, draw, &facts);
            } else {
                draw.area_begins(ui, Area::Form);
                form::show(ui, draw, &page);
            }
            if draw.room != Room::Wide {
                ui.add_space(16.0);
                draw.area_begins(ui, Area::Pane);
                side::show(ui, draw, &page, &facts);
            }
        });
    });
    let now_s = ui.input(|input| input.time);
    keep_typed(draw, &page, now_s);
}

/// Another screen is shown: what was typed is kept, and the page is asked for again when it is looked at again.
pub fn left(draw: &mut Draw<'_>) {
    if draw.desk.template_form.asked.take().is_some() {
        keep_all(draw);
        draw.wish(Command::Template(TemplateWish::PutAway));
    }
}

/// Keeps all that is typed into a draft, before its page or the window is left.
pub fn keep_all(draw: &mut Draw<'_>) {
    if let Some((name, edits)) = draw.desk.template_form.left_page() {
        draw.wish(Command::Template(TemplateWish::Edit(name, edits)));
    }
}

/// Leaves what was typed and waits long enough as a wish.
fn keep_typed(draw: &mut Draw<'_>, page: &TemplatePage, now_s: f64) {
    if !draw.desk.template_form.is_of(page) {
        return;
    }
    let edits = draw.desk.template_form.due(now_s);
    if !edits.is_empty() {
        let wish = TemplateWish::Edit(page.name.clone(), edits);
        draw.wish(Command::Template(wish));
    }
}

/// Asks for the page of the chosen version once.
fn ask_for_page(draw: &mut Draw<'_>, facts: &TemplateFacts) {
    let wanted = (facts.name.clone(), facts.version);
    if draw.desk.template_form.asked.as_ref() == Some(&wanted) {
        return;
    }
    draw.desk.template_form.asked = Some(wanted.clone());
    draw.wish(Command::Template(TemplateWish::Open(wanted.0, wanted.1)));
}

/// The page, when it is the chosen version's; a page that was just begun is chosen in the list.
fn page_of(
    draw: &mut Draw<'_>,
    facts: &TemplateFacts,
    focused: Option<egui::Id>,
) -> Option<Arc<TemplatePage>> {
    let page = draw.state.template_page.as_ref()?;
    if (page.name.as_str(), page.version) != (facts.name.as_str(), facts.version) {
        return None;
    }
    if !draw.desk.template_form.is_of(page) {
        keep_all(draw);
    }
    let has_keyboard = |name: &str| focused == Some(field_id(name));
    if draw.desk.template_form.is_held_without(has_keyboard) {
        keep_all(draw);
    }
    if !facts.released {
        draw.desk.template_form.follow(page, &draw.state.families);
    }
    Some(Arc::clone(page))
}

fn head(ui: &mut Ui, draw: &mut Draw<'_>, facts: &TemplateFacts, page: Option<&TemplatePage>) {
    let palette = palette(ui);
    let rect = ui.available_rect_before_wrap();
    let (_, right) = place::at(ui, rect, place::from_right(), |ui| {
        acts(ui, draw, facts, page)
    });
    let room = right.left() - rect.left() - 110.0;
    let title = match facts.released {
        true => format!("{} v{}", facts.name, facts.version),
        false => format!("{}, draft of v{}", facts.name, facts.version),
    };
    let format = text::format(Size::Lead, Weight::Semibold, palette.ink);
    let shown = text::cut_middle(ui.painter(), &title, &format, room.max(120.0));
    let y = rect.center().y;
    let drawn = text::paint(
        ui.painter(),
        pos2(rect.left(), y - 9.0),
        Align2::LEFT_CENTER,
        &shown,
        format,
    );
    speak::note(ui, drawn, "template title", Role::Heading, &title);
    let moment = facts
        .changed
        .as_ref()
        .filter(|_| !facts.released)
        .or(facts.released_by.as_ref());
    let who = moment.map(|(at, by)| {
        let when = words::when(*at, draw.now, draw.zone);
        let by = if by.is_empty() {
            String::new()
        } else {
            format!(" by {by}")
        };
        match (facts.released, facts.based_on) {
            (true, _) => format!("released {when}{by}"),
            (false, Some(from)) => format!("from v{from}, changed {when}{by}, kept as you type"),
            (false, None) => format!("changed {when}{by}, kept as you type"),
        }
    });
    let caption = text::format(Size::Caption, Weight::Regular, palette.ink2);
    // Where no room is beside the button, why it is off stands here.
    let off = match facts.released {
        false if draw.room != Room::Wide => against_release(draw, page),
        true if draw.room == Room::Narrow => has_draft(draw, facts).then(|| DRAFT_THERE.to_owned()),
        _ => None,
    };
    let who = off.or(who);
    let who = who.unwrap_or_else(|| "brought in from a file".to_owned());
    let line = text::paint_within(
        ui.painter(),
        pos2(rect.left(), y + 10.0),
        Align2::LEFT_CENTER,
        &who,
        caption,
        room.max(120.0),
    );
    speak::note(ui, line, "template caption", Role::Label, &who);
    if draw.room == Room::Wide {
        let (word, icon) = match facts.released {
            true => ("Released", icons::LOCK),
            false => ("Draft", icons::PENCIL_SIMPLE),
        };
        let pill = Pill::new(word, Some(Shape::Icon(icon)), Tone::Outline);
        pill.paint(ui.painter(), palette, pos2(drawn.right() + 14.0, y - 9.0));
    }
}

const DRAFT_THERE: &str = "There is a draft already.";

fn has_draft(draw: &Draw<'_>, facts: &TemplateFacts) -> bool {
    let mut all = draw.state.templates.iter();
    all.any(|each| each.name == facts.name && !each.released)
}

/// Why the draft cannot be released now.
fn against_release(draw: &Draw<'_>, page: Option<&TemplatePage>) -> Option<String> {
    let stops = page.map_or(0, |page| page.stops.len());
    if page.is_none() || draw.desk.template_form.waits() {
        Some("It is being kept.".to_owned())
    } else if stops > 0 {
        Some(format!(
            "Release: {} against it.",
            words::several(stops as u64, "thing stands", "things stand")
        ))
    } else if draw.desk.template_form.who.trim().is_empty() {
        Some("Release: say who releases it.".to_owned())
    } else {
        None
    }
}

fn acts(ui: &mut Ui, draw: &mut Draw<'_>, facts: &TemplateFacts, page: Option<&TemplatePage>) {
    let name = || facts.name.clone();
    if facts.released {
        let off = has_draft(draw, facts).then_some(DRAFT_THERE);
        let words = format!("New draft from v{}", facts.version);
        if Button::primary(&words)
            .icon(icons::PENCIL_SIMPLE)
            .off(off)
            .show(ui)
            .clicked()
            && off.is_none()
        {
            let start = DraftStart::Version(name(), facts.version);
            draw.desk.template_form.begun = true;
            draw.wish(Command::Template(TemplateWish::Begin(start)));
        }
        if let Some(reason) = off.filter(|_| draw.room != Room::Narrow) {
            why(ui, reason);
        }
        return;
    }
    let who = draw.desk.template_form.who.trim().to_owned();
    let reason = against_release(draw, page);
    let words = format!("Release v{}", facts.version);
    if Button::primary(&words)
        .off(reason.as_deref())
        .show(ui)
        .clicked()
        && reason.is_none()
    {
        draw.wish(Command::Template(TemplateWish::Release(name(), who)));
    }
    if let Some(reason) = reason.filter(|_| draw.room == Room::Wide) {
        ui.scope(|ui| {
            ui.set_max_width(220.0);
            why(ui, &reason);
        });
    }
    if Button::new("Drop the draft").show(ui).clicked() {
        draw.wish(Command::Template(TemplateWish::Drop(name())));
    }
}

/// Path field and button; `titled` puts the screen's name before them.
pub fn import(ui: &mut Ui, draw: &mut Draw<'_>, titled: bool) {
    let palette = palette(ui);
    if titled && draw.room != Room::Narrow {
        ui.label(text::rich(
            "Templates",
            Size::Title,
            Weight::Semibold,
            palette.ink,
        ));
        ui.add_space(16.0);
    }
    let path = draw.desk.template_path.trim().to_owned();
    let off = path
        .is_empty()
        .then_some("Type the path of a template file.");
    let button = Button::new("Import").icon(icons::DOWNLOAD_SIMPLE).off(off);
    // In the narrow list they stand one below the other.
    let room = match ui.available_width() - button.natural_width(ui) - 16.0 {
        beside if beside < 200.0 => ui.available_width(),
        beside => beside,
    };
    let field = Field {
        text: &mut draw.desk.template_path,
        name: "Path of a template file",
        hint: "Path of a template file, such as van-standard.toml",
        secret: false,
        wrong: false,
        width: room.min(420.0),
    };
    let response = field.show(ui);
    draw.desk.area(Area::Head, response.id);
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let pressed = button.show(ui).clicked();
    if off.is_none() && (pressed || entered) {
        draw.wish(Command::ImportTemplate(PathBuf::from(path)));
    }
    if let Some(reason) = off.filter(|_| draw.room == Room::Wide) {
        why(ui, reason);
    }
}

fn list(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        speak::region(ui, Role::ListBox, "Templates");
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(10.0);
        let mut former = "";
        for (index, template) in draw.state.templates.iter().enumerate() {
            if template.name != former {
                former = &template.name;
                let (rect, _) =
                    ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
                let format = text::format(Size::Body, Weight::Semibold, palette.ink);
                let name =
                    text::cut_middle(ui.painter(), &template.name, &format, rect.width() - 32.0);
                text::paint(
                    ui.painter(),
                    rect.left_center() + vec2(16.0, 0.0),
                    Align2::LEFT_CENTER,
                    &name,
                    format,
                );
            }
            let chosen = index == draw.desk.template;
            let (rect, response) =
                ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::click());
            if chosen {
                ui.painter().rect_filled(rect, 0.0, palette.work.tint);
                draw.desk.area(Area::Main, response.id);
            } else if response.hovered() {
                ui.painter().rect_filled(rect, 0.0, palette.bg);
            }
            let (icon, words) = version_words(template, draw);
            let y = rect.center().y;
            icon.paint(
                ui.painter(),
                pos2(rect.left() + 26.0, y),
                14.0,
                palette.ink2,
            );
            let weight = if chosen {
                Weight::Medium
            } else {
                Weight::Regular
            };
            let format = text::format(
                Size::Body,
                weight,
                if chosen { palette.ink } else { palette.ink2 },
            );
            text::paint_within(
                ui.painter(),
                pos2(rect.left() + 42.0, y),
                Align2::LEFT_CENTER,
                &words,
                format,
                rect.width() - 54.0,
            );
            focus::ring(ui, &response, 2.0);
            speak::tell(
                &response,
                Role::ListBoxOption,
                &format!("{} {words}", template.name),
                |node| {
                    node.set_selected(chosen);
                },
            );
            if response.clicked() {
                draw.desk.template = index;
            }
        }
        ui.add_space(12.0);
        Frame::new()
            .inner_margin(Margin::symmetric(16, 0))
            .show(ui, |ui| beginnings(ui, draw));
    });
}

/// A new template, empty or from what a unit holds; a file brought in.
fn beginnings(ui: &mut Ui, draw: &mut Draw<'_>) {
    ui.spacing_mut().item_spacing.y = 8.0;
    let width = ui.available_width();
    let Some(mut name) = draw.desk.template_form.new_name.take() else {
        if Button::new("New template")
            .icon(icons::PLUS)
            .show(ui)
            .clicked()
        {
            draw.desk.template_form.new_name = Some(String::new());
        }
        import(ui, draw, false);
        return;
    };
    let mut unit = draw.desk.template_form.unit.take().unwrap_or_default();
    let field = |ui: &mut Ui, text: &mut String, name: &str, hint: &str| {
        let field = Field {
            text,
            name,
            hint,
            secret: false,
            wrong: false,
            width,
        };
        field.show(ui);
    };
    field(ui, &mut name, "Name of the new template", "Name");
    field(
        ui,
        &mut unit,
        "Unit to take it from",
        "IMEI to take it from, or empty",
    );
    let from = unit_of(&unit);
    let off = if let Some(problem) = Template::name_problem(&name) {
        Some(format!("{}.", fleet::wording::sentence(problem)))
    } else if draw
        .state
        .templates
        .iter()
        .any(|each| each.name == name.trim())
        && from.is_none()
    {
        Some("There is a template of that name.".to_owned())
    } else if !unit.trim().is_empty() && from.is_none() {
        Some("This is no whole IMEI.".to_owned())
    } else {
        None
    };
    let mut close = false;
    ui.horizontal(|ui| {
        if Button::new("Begin").off(off.as_deref()).show(ui).clicked() && off.is_none() {
            let name = name.trim().to_owned();
            let start = match from {
                Some(id) => DraftStart::Unit(id, name),
                None => DraftStart::Empty(name),
            };
            draw.desk.template_form.begun = true;
            draw.wish(Command::Template(TemplateWish::Begin(start)));
            close = true;
        }
        close |= Button::bare("Cancel").show(ui).clicked();
    });
    if let Some(reason) = off.filter(|_| !name.is_empty()) {
        why(ui, &reason);
    }
    if !close {
        draw.desk.template_form.new_name = Some(name);
        draw.desk.template_form.unit = Some(unit);
    }
}

fn unit_of(typed: &str) -> Option<fleet::UnitId> {
    fleet::UnitId::from_unit_answer(typed.trim())
        .ok()
        .map(|(id, _)| id)
}

fn version_words(template: &TemplateFacts, draw: &Draw<'_>) -> (super::theme::Icon, String) {
    if !template.released {
        return (icons::PENCIL_SIMPLE, format!("v{} draft", template.version));
    }
    let at = template
        .released_by
        .as_ref()
        .map(|(at, _)| *at)
        .or(template.created_at);
    let day = at.map(|at| words::day(at, draw.now, draw.zone).to_lowercase());
    let day = match day.as_deref() {
        Some("today" | "yesterday") => format!(" {}", day.unwrap_or_default()),
        Some(_) => at
            .map(|at| format!(" {}", words::day(at, draw.now, draw.zone)))
            .unwrap_or_default(),
        None => String::new(),
    };
    (icons::LOCK, format!("v{} released{day}", template.version))
}

fn details(ui: &mut Ui, draw: &Draw<'_>, template: &TemplateFacts) {
    let palette = palette(ui);
    ui.set_max_width(ui.available_width().min(720.0));
    card(
        ui,
        "Settings",
        HeadNote::Words("released, never changes".into()),
        |ui| {
            let mut settings: Vec<_> = template.settings.iter().collect();
            settings.sort_by_key(|(key, _)| words::order(key));
            for (key, value) in settings {
                let (name, value) = (words::setting(key), words::value(key, Some(value)));
                let line = Fact {
                    name: &name,
                    value: &value,
                    guarded: words::guarded(key),
                    wraps: true,
                    ..Fact::default()
                };
                fact(ui, &line, 200.0);
            }
            ui.add_space(6.0);
        },
    );
    ui.add_space(4.0);
    let on_job = draw.state.job.as_ref().is_some_and(|job| {
        job.template == template.name && job.template_version == template.version
    });
    let words = if on_job {
        "This template is on the bench now."
    } else {
        "Guarded settings have a shield: after a wrong value only a cable helps."
    };
    ui.label(text::rich(
        words,
        Size::Caption,
        Weight::Regular,
        palette.ink2,
    ));
}
