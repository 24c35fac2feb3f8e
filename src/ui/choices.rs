//! A person's choices for the window: the part of the preferences that the window itself can change.

use crate::preferences::{Preferences, ThemeChoice};

/// Smallest and largest zoom.
pub const ZOOM: std::ops::RangeInclusive<f32> = 0.8..=2.0;

/// Choices for the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices {
    /// Theme.
    pub theme: ThemeChoice,
    /// Zoom, 0.8 to 2.0.
    pub zoom: f32,
    /// Nothing glides, turns or blinks.
    pub less_motion: bool,
    /// Sounds are played.
    pub sound: bool,
    /// The system tells when all lanes are done and somebody looks elsewhere.
    pub notify: bool,
    /// Size of labels, by its key.
    pub label_size: String,
    /// A label is printed when a lane turns green.
    pub print_labels: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::System,
            zoom: 1.0,
            less_motion: false,
            sound: true,
            notify: true,
            label_size: String::new(),
            print_labels: false,
        }
    }
}

impl Choices {
    /// What stands in the preferences.
    #[must_use]
    pub fn of(preferences: &Preferences) -> Self {
        Self {
            theme: preferences.theme,
            zoom: preferences.zoom.clamp(*ZOOM.start(), *ZOOM.end()),
            less_motion: preferences.less_motion,
            sound: preferences.sound,
            notify: preferences.notify,
            label_size: preferences.label_size.clone(),
            print_labels: preferences.print_labels,
        }
    }

    /// Puts them back there.
    pub fn keep_in(&self, preferences: &mut Preferences) {
        preferences.theme = self.theme;
        preferences.zoom = self.zoom;
        preferences.less_motion = self.less_motion;
        preferences.sound = self.sound;
        preferences.notify = self.notify;
        preferences.label_size.clone_from(&self.label_size);
        preferences.print_labels = self.print_labels;
    }

    /// Zoom, one step of 0.1 further, within its limits.
    pub fn zoom_by(&mut self, steps: i32) {
        let zoom = (self.zoom * 10.0).round() / 10.0 + 0.1 * steps as f32;
        self.zoom = zoom.clamp(*ZOOM.start(), *ZOOM.end());
    }

    /// Gives `ctx` these choices.
    pub fn apply(&self, ctx: &egui::Context) {
        // Where the system does not say, light.
        ctx.options_mut(|options| options.fallback_theme = egui::Theme::Light);
        ctx.set_theme(match self.theme {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
        });
        ctx.set_zoom_factor(self.zoom.clamp(*ZOOM.start(), *ZOOM.end()));
        let time = if self.less_motion { 0.0 } else { 0.12 };
        ctx.all_styles_mut(|style| style.animation_time = time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zoom_stays_within_its_limits() {
        let mut choices = Choices::default();
        choices.zoom_by(1);
        assert!((choices.zoom - 1.1).abs() < 0.001);
        choices.zoom_by(50);
        assert!((choices.zoom - 2.0).abs() < 0.001);
        choices.zoom_by(-50);
        assert!((choices.zoom - 0.8).abs() < 0.001);
    }
}
