//! Four lines when something is wrong: what happened, what state the unit is in, what to do, short code.

use super::speak;
use crate::ui::theme::icon_table as icons;
use crate::ui::theme::style::RADIUS_CARD;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Icon, palette};
use egui::accesskit::Role;
use egui::{Frame, Margin, Sense, Stroke, Ui, vec2};

/// The four lines.
#[derive(Debug, Clone, Default)]
pub struct FailureCard {
    /// What happened.
    pub happened: String,
    /// What the unit holds now.
    pub condition: String,
    /// What to do.
    pub advice: String,
    /// Short code.
    pub code: String,
    /// A person can cure it now: amber, not red.
    pub curable: bool,
}

impl FailureCard {
    /// The four lines of an advice.
    #[must_use]
    pub fn of(advice: &fleet::Advice, curable: bool) -> Self {
        Self {
            happened: advice.what_happened.clone(),
            condition: advice.unit_state.clone(),
            advice: advice.what_to_do.clone(),
            code: advice.code.to_owned(),
            curable,
        }
    }

    /// Adds it.
    pub fn show(&self, ui: &mut Ui) {
        let palette = palette(ui);
        let family = if self.curable {
            palette.person
        } else {
            palette.stop
        };
        let frame = Frame::new()
            .fill(family.tint)
            .stroke(Stroke::new(1.0, family.line))
            .corner_radius(RADIUS_CARD)
            .inner_margin(Margin::symmetric(16, 14));
        frame.show(ui, |ui| {
            let whole = format!(
                "{} {} {} {}",
                self.happened, self.condition, self.advice, self.code
            );
            speak::region(ui, Role::Alert, &whole);
            ui.set_min_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 6.0;
            block(
                ui,
                &self.happened,
                text::format(Size::Lead, Weight::Semibold, palette.ink),
                None,
            );
            let back = Some(icons::ARROW_COUNTER_CLOCKWISE_BOLD);
            block(
                ui,
                &self.condition,
                text::format(Size::Body, Weight::Medium, palette.ink),
                back,
            );
            block(
                ui,
                &self.advice,
                text::format(Size::Body, Weight::Regular, palette.ink),
                None,
            );
            block(
                ui,
                &self.code,
                text::format(Size::Caption, Weight::Semibold, palette.ink2),
                None,
            );
        });
    }
}

fn block(ui: &mut Ui, words: &str, format: egui::TextFormat, icon: Option<Icon>) {
    if words.is_empty() {
        return;
    }
    let colour = format.color;
    let indent = if icon.is_some() { 24.0 } else { 0.0 };
    let line = format.line_height.unwrap_or(20.0);
    let galley = ui.painter().layout_job(text::block_job(
        words,
        format,
        ui.available_width() - indent,
    ));
    let (rect, response) =
        ui.allocate_exact_size(galley.size() + vec2(indent, 0.0), Sense::hover());
    if let Some(icon) = icon {
        icon.paint(ui.painter(), rect.min + vec2(8.0, line / 2.0), 16.0, colour);
    }
    ui.painter()
        .galley(rect.min + vec2(indent, 0.0), galley, colour);
    speak::tell(&response, Role::Label, words, |_| {});
}
