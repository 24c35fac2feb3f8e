//! egui's own style, so that its plain widgets look like ours.

use super::palette::Palette;
use super::text::Size;
use egui::style::{ScrollStyle, WidgetVisuals};
use egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Visuals,
    vec2,
};

/// Radius of controls, pills and the hub bar.
pub const RADIUS_CONTROL: u8 = 6;
/// Radius of cards, modals and toasts.
pub const RADIUS_CARD: u8 = 10;
/// Radius of bars.
pub const RADIUS_BAR: u8 = 3;

/// The style of one theme.
#[must_use]
pub fn style(palette: &Palette, dark: bool) -> Style {
    let mut style = Style {
        visuals: visuals(palette, dark),
        animation_time: 0.12,
        ..Style::default()
    };
    let font = |size: Size| FontId::new(size.points(), FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, font(Size::Caption)),
        (TextStyle::Body, font(Size::Body)),
        (TextStyle::Button, font(Size::Body)),
        (TextStyle::Heading, font(Size::Title)),
        (
            TextStyle::Monospace,
            FontId::new(13.0, FontFamily::Monospace),
        ),
        (TextStyle::Name("lead".into()), font(Size::Lead)),
        (TextStyle::Name("figure".into()), font(Size::Figure)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 8.0);
    spacing.button_padding = vec2(12.0, 6.0);
    spacing.interact_size = vec2(32.0, 32.0);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(8);
    spacing.indent = 16.0;
    spacing.icon_width = 18.0;
    spacing.tooltip_width = 320.0;
    // Over the content, so that nothing moves when a bar comes or goes; always faintly there, so that more is not missed.
    spacing.scroll = ScrollStyle {
        bar_width: 10.0,
        floating_width: 4.0,
        floating_allocated_width: 0.0,
        foreground_color: true,
        dormant_handle_opacity: 0.18,
        active_handle_opacity: 0.45,
        interact_handle_opacity: 0.7,
        ..ScrollStyle::floating()
    };
    style.interaction.tooltip_delay = 0.4;
    style.interaction.selectable_labels = false;
    style
}

fn visuals(p: &Palette, dark: bool) -> Visuals {
    let mut visuals = if dark {
        Visuals::dark()
    } else {
        Visuals::light()
    };
    visuals.panel_fill = p.bg;
    visuals.window_fill = p.surface;
    visuals.extreme_bg_color = p.surface;
    visuals.faint_bg_color = p.bg;
    visuals.text_edit_bg_color = Some(p.surface);
    visuals.window_stroke = Stroke::new(1.0, p.line);
    visuals.window_corner_radius = CornerRadius::same(RADIUS_CARD);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS_CARD);
    visuals.window_shadow = Shadow {
        offset: [0, 12],
        blur: 32,
        spread: 0,
        color: p.shadow,
    };
    visuals.popup_shadow = Shadow {
        offset: [0, 6],
        blur: 20,
        spread: 0,
        color: p.shadow,
    };
    visuals.weak_text_color = Some(p.ink3);
    visuals.hyperlink_color = p.ink;
    visuals.code_bg_color = p.sunken;
    visuals.warn_fg_color = p.person.text;
    visuals.error_fg_color = p.stop.text;
    visuals.selection.bg_fill = p.mark;
    visuals.selection.stroke = Stroke::new(1.0, p.ink);
    visuals.text_cursor.stroke = Stroke::new(2.0, p.work.line);
    visuals.striped = false;
    visuals.indent_has_left_vline = false;
    visuals.disabled_alpha = 1.0;
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = widget(p.surface, Stroke::new(1.0, p.line), p.ink);
    widgets.inactive = widget(p.surface, Stroke::new(1.0, p.edge), p.ink);
    widgets.hovered = widget(p.sunken, Stroke::new(1.0, p.ink2), p.ink);
    widgets.active = widget(p.sunken, Stroke::new(1.0, p.ink), p.ink);
    widgets.open = widgets.active;
    visuals
}

fn widget(fill: Color32, outline: Stroke, ink: Color32) -> WidgetVisuals {
    WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: outline,
        corner_radius: CornerRadius::same(RADIUS_CONTROL),
        fg_stroke: Stroke::new(1.0, ink),
        expansion: 0.0,
    }
}
