//! Every colour of the screens, once for light and once for dark. No other file holds a colour literal.
//!
//! Colour is only state: buttons, selection and headings are ink. The tests compute the contrast that design asks for.

use egui::Color32;

/// The colours of one kind of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Icons, bars and outlines on surface.
    pub line: Color32,
    /// Words.
    pub text: Color32,
    /// Quiet background.
    pub tint: Color32,
    /// Loud background.
    pub fill: Color32,
    /// Words and shapes on the loud background.
    pub on: Color32,
}

/// All colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Window, rail, status line, disabled controls.
    pub bg: Color32,
    /// Cards, pane, heads, inputs.
    pub surface: Color32,
    /// Slot badge, neutral pill, hover.
    pub sunken: Color32,
    /// Separators, empty part of bars. Decorative.
    pub line: Color32,
    /// Outlines of controls, empty dots.
    pub edge: Color32,
    /// Text, primary button, selection ring.
    pub ink: Color32,
    /// Second lines, finished stages.
    pub ink2: Color32,
    /// Captions, old values, disabled text.
    pub ink3: Color32,
    /// Text on ink.
    pub on_ink: Color32,
    /// Hub bar.
    pub hub: Color32,
    /// Text on the hub bar.
    pub hub_text: Color32,
    /// Lines on the hub bar.
    pub hub_line: Color32,
    /// Found digits.
    pub mark: Color32,
    /// Shadow of modals, toasts and menus.
    pub shadow: Color32,
    /// What lies over the window behind a modal.
    pub veil: Color32,
    /// Behind the slot number of a filled card.
    pub badge_on_fill: Color32,
    /// The program has its hands on it; keyboard focus.
    pub work: Family,
    /// Read back.
    pub proved: Family,
    /// A person can cure it now; limits; drift.
    pub person: Family,
    /// Set aside.
    pub stop: Family,
    /// Sandbox, nothing else.
    pub pretend: Family,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const fn black(alpha: u8) -> Color32 {
    Color32::from_black_alpha(alpha)
}

const fn family(line: u32, text: u32, tint: u32, fill: u32, on: u32) -> Family {
    Family {
        line: rgb(line),
        text: rgb(text),
        tint: rgb(tint),
        fill: rgb(fill),
        on: rgb(on),
    }
}

/// The light theme.
pub const LIGHT: Palette = Palette {
    bg: rgb(0xF1F2F4),
    surface: rgb(0xFFFFFF),
    sunken: rgb(0xE7E9EC),
    line: rgb(0xDADDE2),
    edge: rgb(0x828A95),
    ink: rgb(0x14181E),
    ink2: rgb(0x444B55),
    ink3: rgb(0x5F6772),
    on_ink: rgb(0xFFFFFF),
    hub: rgb(0x2B3139),
    hub_text: rgb(0xF1F2F4),
    hub_line: rgb(0x4A525D),
    mark: rgb(0xCFE0FF),
    shadow: black(41),
    veil: black(110),
    badge_on_fill: black(46),
    work: family(0x1D5BD8, 0x1848B0, 0xE6EEFC, 0x1D5BD8, 0xFFFFFF),
    proved: family(0x0F7A45, 0x0A6438, 0xE0F3E8, 0x0F7A45, 0xFFFFFF),
    person: family(0xB87800, 0x7A4D00, 0xFFF2D2, 0xF7BA2A, 0x2A1C00),
    stop: family(0xC22F26, 0xA3211A, 0xFCE8E6, 0xC22F26, 0xFFFFFF),
    pretend: family(0x7A3BB0, 0x68299C, 0xF3EAFA, 0x7A3BB0, 0xFFFFFF),
};

/// The dark theme.
pub const DARK: Palette = Palette {
    bg: rgb(0x0E1115),
    surface: rgb(0x171B20),
    sunken: rgb(0x20252C),
    line: rgb(0x2C323A),
    edge: rgb(0x6F7884),
    ink: rgb(0xEDF0F3),
    ink2: rgb(0xB5BDC7),
    ink3: rgb(0x949DA9),
    on_ink: rgb(0x0E1115),
    hub: rgb(0x3A424D),
    hub_text: rgb(0xF1F2F4),
    hub_line: rgb(0x5A6470),
    mark: rgb(0x2A4A86),
    shadow: black(128),
    veil: black(140),
    badge_on_fill: black(46),
    work: family(0x6EA0FF, 0x8DB4FF, 0x172540, 0x2F68DD, 0xFFFFFF),
    proved: family(0x45C285, 0x5ED39A, 0x10301F, 0x157A49, 0xFFFFFF),
    person: family(0xF0B429, 0xF5C555, 0x35280A, 0xE9AC24, 0x241800),
    stop: family(0xFF7A70, 0xFF948B, 0x3B1715, 0xC8382F, 0xFFFFFF),
    pretend: family(0xBE8BEA, 0xCDA5F1, 0x2B1A3B, 0x8A4CC2, 0xFFFFFF),
};

/// Contrast of two opaque colours, 1 to 21.
#[must_use]
pub fn contrast(one: Color32, other: Color32) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Color32) -> f32 {
    let channel = |value: u8| {
        let value = f32::from(value) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: f32 = 4.5;
    const SHAPE: f32 = 3.0;

    fn at_least(name: &str, wanted: f32, one: Color32, other: Color32) {
        let ratio = contrast(one, other);
        assert!(ratio >= wanted, "{name}: {ratio:.2}, wanted {wanted}");
    }

    #[test]
    fn black_on_white_is_21() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
    }

    #[test]
    fn words_can_be_read() {
        for p in [LIGHT, DARK] {
            for (name, ground) in [("surface", p.surface), ("bg", p.bg), ("sunken", p.sunken)] {
                at_least(&format!("ink on {name}"), TEXT, p.ink, ground);
                at_least(&format!("ink2 on {name}"), TEXT, p.ink2, ground);
                at_least(&format!("ink3 on {name}"), TEXT, p.ink3, ground);
            }
            at_least("on_ink", TEXT, p.on_ink, p.ink);
            at_least("hub_text", TEXT, p.hub_text, p.hub);
            at_least("ink on mark", TEXT, p.ink, p.mark);
            for (name, f) in families(&p) {
                at_least(&format!("{name} text on tint"), TEXT, f.text, f.tint);
                at_least(&format!("{name} text on surface"), TEXT, f.text, p.surface);
                at_least(&format!("{name} on fill"), TEXT, f.on, f.fill);
            }
        }
    }

    #[test]
    fn shapes_and_outlines_can_be_seen() {
        for p in [LIGHT, DARK] {
            at_least("edge on surface", SHAPE, p.edge, p.surface);
            at_least("edge on bg", SHAPE, p.edge, p.bg);
            for (name, f) in families(&p) {
                at_least(&format!("{name} line"), SHAPE, f.line, p.surface);
                at_least(&format!("{name} line on bg"), SHAPE, f.line, p.bg);
            }
        }
    }

    #[test]
    fn the_light_amber_fill_needs_its_outline() {
        assert!(contrast(LIGHT.person.fill, LIGHT.bg) < SHAPE);
        at_least("its outline", SHAPE, LIGHT.person.line, LIGHT.bg);
    }

    fn families(p: &Palette) -> [(&'static str, Family); 5] {
        [
            ("work", p.work),
            ("proved", p.proved),
            ("person", p.person),
            ("stop", p.stop),
            ("pretend", p.pretend),
        ]
    }
}
