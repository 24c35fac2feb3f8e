//! Parts of this screen alone: the five steps, figures over a bar, cells of its tables.

use crate::ui::desk::Area;
use crate::ui::draw::{Draw, Room};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, icon_table as icons, palette};
use crate::ui::widgets::{Button, Pill, Shape, Tone, bar, place, speak};
use egui::accesskit::Role;
use egui::{Align, Align2, Color32, Frame, Id, Layout, Margin, Sense, Ui, pos2, vec2};
use fleet::push::Standing;

/// Title, line below it, and where in the five steps this is.
pub fn head(
    ui: &mut Ui,
    draw: &mut Draw<'_>,
    title: &str,
    under: &str,
    steps: &[&str],
    now: usize,
) {
    let colours = palette(ui);
    let rect = ui.max_rect();
    let mut right = rect.right();
    if draw.room != Room::Narrow {
        right = stepper(ui, rect, steps, now);
    }
    let mut left = rect.left();
    if now > 0 {
        let back = rect.with_max_x(rect.left() + 96.0);
        place::at(ui, back, place::from_left(), |ui| {
            let response = Button::bare("All").key("Esc").show(ui);
            draw.desk.area(Area::Head, response.id);
            if response.clicked() {
                super::back(draw);
            }
        });
        left += 104.0;
    }
    let room = (right - left - 16.0).max(0.0);
    let whole = rect.with_min_x(left).with_max_x(left + room);
    let under_pointer = ui.interact(whole, Id::unique("push head"), Sense::hover());
    let format = text::format(Size::Lead, Weight::Semibold, colours.ink);
    let title_rect = text::paint_told(
        ui,
        &under_pointer,
        pos2(left, rect.center().y - 10.0),
        Align2::LEFT_CENTER,
        title,
        format,
        room,
    );
    let format = text::format(Size::Caption, Weight::Regular, colours.ink2);
    text::paint_told(
        ui,
        &under_pointer,
        pos2(left, rect.center().y + 11.0),
        Align2::LEFT_CENTER,
        under,
        format,
        room,
    );
    speak::note(ui, title_rect, "push title", Role::Heading, title);
}

fn stepper(ui: &Ui, rect: egui::Rect, steps: &[&str], now: usize) -> f32 {
    let colours = palette(ui);
    let painter = ui.painter();
    let y = rect.center().y;
    let mut right = rect.right();
    for (index, step) in steps.iter().enumerate().rev() {
        let weight = if index == now {
            Weight::Semibold
        } else {
            Weight::Regular
        };
        let ink = if index <= now {
            colours.ink
        } else {
            colours.ink3
        };
        let format = text::format(Size::Body, weight, ink);
        let words = text::paint(painter, pos2(right, y), Align2::RIGHT_CENTER, step, format);
        let centre = pos2(words.left() - 18.0, y);
        let number = (index + 1).to_string();
        if index < now {
            painter.circle_filled(centre, 11.0, colours.ink2);
            icons::CHECK_BOLD.paint(painter, centre, 12.0, colours.on_ink);
        } else {
            let (fill, ink) = if index == now {
                (colours.ink, colours.on_ink)
            } else {
                (colours.surface, colours.ink2)
            };
            painter.circle_filled(centre, 11.0, if index == now { fill } else { colours.edge });
            if index != now {
                painter.circle_filled(centre, 10.0, fill);
            }
            let format = text::format(Size::Caption, Weight::Semibold, ink);
            text::paint(painter, centre, Align2::CENTER_CENTER, &number, format);
        }
        let end = centre.x - 19.0;
        if index > 0 {
            painter.hline(end - 18.0..=end, y, egui::Stroke::new(1.0, colours.edge));
        }
        right = end - 26.0;
    }
    speak::note(
        ui,
        rect,
        "push step",
        Role::Status,
        &format!(
            "Step {} of {}: {}",
            now + 1,
            steps.len(),
            steps.get(now).copied().unwrap_or_default()
        ),
    );
    right
}

/// Colour of a standing; its word always stands beside it.
pub fn colour(palette: &Palette, standing: Standing) -> Color32 {
    match standing {
        Standing::Verified => palette.proved.fill,
        Standing::Taken => palette.work.fill,
        Standing::Sent => palette.ink3,
        Standing::Failed => palette.stop.fill,
        Standing::Cannot => palette.person.fill,
        Standing::AlreadyRight => palette.ink2,
        Standing::Waiting | Standing::LeftOut => palette.edge,
    }
}

/// The pill of a standing.
pub fn pill(standing: Standing) -> Pill {
    let (icon, tone) = match standing {
        Standing::Verified => (icons::SEAL_CHECK_FILL, Tone::News(|p| p.proved)),
        Standing::Taken => (icons::CHECK, Tone::Outline),
        Standing::Sent => (icons::ARROW_RIGHT, Tone::Outline),
        Standing::Waiting => (icons::CLOCK, Tone::Neutral),
        Standing::Failed => (icons::WARNING_OCTAGON_FILL, Tone::News(|p| p.stop)),
        Standing::AlreadyRight => (icons::EQUALS_BOLD, Tone::Neutral),
        Standing::Cannot => (icons::WARNING_FILL, Tone::News(|p| p.person)),
        Standing::LeftOut => (icons::PROHIBIT, Tone::Neutral),
    };
    Pill::new(standing.words(), Some(Shape::Icon(icon)), tone)
}

/// A page whose main act stays in sight, however low the window is: `above` may scroll, `foot` stands under it from the right end, last
/// in the order of the keyboard.
pub fn with_foot(
    ui: &mut Ui,
    draw: &mut Draw<'_>,
    above: impl FnOnce(&mut Ui, &mut Draw<'_>),
    foot: impl FnOnce(&mut Ui, &mut Draw<'_>),
) {
    let kept = Id::unique("height of the foot of a push");
    let height = ui.data(|data| data.get_temp(kept)).unwrap_or(FOOT);
    let whole = ui.max_rect();
    let line = whole.bottom() - height;
    place::at(ui, whole.with_max_y(line), place::down(), |ui| {
        ui.set_clip_rect(ui.max_rect().intersect(ui.clip_rect()));
        above(ui, draw);
    });
    let below = whole.with_min_y(line);
    let colours = palette(ui);
    ui.painter().rect_filled(below, 0.0, colours.surface);
    let stroke = egui::Stroke::new(1.0, colours.line);
    ui.painter().hline(below.x_range(), line + 0.5, stroke);
    let inside = below.shrink2(vec2(24.0, 14.0));
    let layout = Layout::right_to_left(Align::Center).with_main_wrap(true);
    let (_, used) = place::at(ui, inside, place::down(), |ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        ui.allocate_ui_with_layout(vec2(inside.width(), 32.0), layout, |ui| foot(ui, draw));
    });
    let needed = used.height().max(32.0) + 28.0;
    if (needed - height).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(kept, needed));
        ui.ctx().request_repaint();
    }
}

/// A window that is lower has no room for small print.
const LOW: f32 = 640.0;
/// Height of a foot of one row.
const FOOT: f32 = 60.0;

/// One figure with its words; `colour` is the square before the words.
pub struct Figure<'a> {
    pub number: usize,
    pub words: &'a str,
    pub below: String,
    pub colour: Option<Color32>,
}

/// Figures side by side and a bar of their shares below.
pub fn figures(ui: &mut Ui, figures: &[Figure<'_>], parts: &[(usize, Color32)]) {
    let colours = palette(ui);
    let whole = parts.iter().map(|(count, _)| *count).sum::<usize>().max(1);
    Frame::new()
        .fill(colours.surface)
        .inner_margin(Margin::symmetric(24, 16))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(24.0, 4.0);
                for figure in figures {
                    one_figure(ui, figure);
                }
            });
            ui.add_space(10.0);
            let (rect, _) =
                ui.allocate_exact_size(vec2(ui.available_width(), 10.0), Sense::hover());
            #[expect(clippy::cast_precision_loss, reason = "shares of a bar")]
            let shares: Vec<(f32, Color32)> = parts
                .iter()
                .map(|(count, colour)| (*count as f32 / whole as f32, *colour))
                .collect();
            bar::paint(ui.painter(), colours, rect, &shares);
        });
}

fn one_figure(ui: &mut Ui, figure: &Figure<'_>) {
    let colours = palette(ui);
    // In a low window the units below are worth more than the small print.
    let is_low = ui.ctx().content_rect().height() < LOW;
    let number = crate::ui::words::count(figure.number as u64);
    let big = text::format(Size::Figure, Weight::Semibold, colours.ink);
    let small = text::format(Size::Body, Weight::Regular, colours.ink2);
    let caption = text::format(Size::Caption, Weight::Regular, colours.ink3);
    let painter = ui.painter();
    let below = text::width(painter, &figure.below, caption.clone());
    let width = text::width(painter, &number, big.clone())
        .max(text::width(painter, figure.words, small.clone()) + 18.0)
        .max(if is_low { 0.0 } else { below });
    let height = if is_low { 54.0 } else { 74.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let painter = ui.painter();
    text::paint(
        painter,
        pos2(rect.left(), rect.top() + 16.0),
        Align2::LEFT_CENTER,
        &number,
        big,
    );
    let mut left = rect.left();
    let y = rect.top() + 44.0;
    if let Some(colour) = figure.colour {
        let square = egui::Rect::from_center_size(pos2(left + 5.0, y), vec2(10.0, 10.0));
        painter.rect_filled(square, 2.0, colour);
        left += 18.0;
    }
    text::paint(
        painter,
        pos2(left, y),
        Align2::LEFT_CENTER,
        figure.words,
        small,
    );
    if !is_low {
        text::paint(
            painter,
            pos2(rect.left(), rect.top() + 64.0),
            Align2::LEFT_CENTER,
            &figure.below,
            caption,
        );
    }
    speak::tell(
        &response,
        Role::Status,
        &format!("{number} {} {}", figure.words, figure.below),
        |_| {},
    );
}
