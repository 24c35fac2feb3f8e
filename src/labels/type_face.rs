//! The fonts of labels, and how wide a text is in them: those of the window, so that nothing depends on the printer.

use krilla::text::{Font, Tag};
use ttf_parser::Face;

/// By alphabets, the usual one first.
static ALPHABETS: [&[u8]; 8] = [
    include_bytes!("../../assets/fonts/inter-latin.ttf"),
    include_bytes!("../../assets/fonts/inter-latin-ext.ttf"),
    include_bytes!("../../assets/fonts/inter-cyrillic.ttf"),
    include_bytes!("../../assets/fonts/inter-cyrillic-ext.ttf"),
    include_bytes!("../../assets/fonts/inter-greek.ttf"),
    include_bytes!("../../assets/fonts/inter-greek-ext.ttf"),
    include_bytes!("../../assets/fonts/inter-vietnamese.ttf"),
    include_bytes!("../../assets/fonts/inter-arrow.ttf"),
];
/// Texts are shaped when drawn, which may make them a little wider than the sum of their letters.
const SPARE: f32 = 0.97;

/// One font in one weight.
pub(super) struct TypeFace {
    pub font: Font,
    face: Face<'static>,
}

impl TypeFace {
    fn load(data: &'static [u8], weight: f32) -> Option<Self> {
        let mut face = Face::parse(data, 0).ok()?;
        let _not_variable = face.set_variation(ttf_parser::Tag::from_bytes(b"wght"), weight);
        let font = Font::new_variable(data.into(), 0, &[(Tag::new(b"wght"), weight)])?;
        Some(Self { font, face })
    }

    fn has(&self, letter: char) -> bool {
        self.face.glyph_index(letter).is_some()
    }

    /// Width at size 1.
    pub fn width(&self, text: &str) -> f32 {
        let whole: u32 = text
            .chars()
            .filter_map(|letter| self.face.glyph_index(letter))
            .filter_map(|glyph| self.face.glyph_hor_advance(glyph))
            .map(u32::from)
            .sum();
        whole as f32 / f32::from(self.face.units_per_em().max(1))
    }
}

/// Regular and bold, each in all alphabets.
pub(super) struct TypeFaces {
    regular: Vec<TypeFace>,
    bold: Vec<TypeFace>,
}

impl TypeFaces {
    pub fn load() -> Option<Self> {
        let all = |weight| -> Option<Vec<TypeFace>> {
            let alphabets = ALPHABETS.into_iter();
            alphabets.map(|data| TypeFace::load(data, weight)).collect()
        };
        Some(Self {
            regular: all(500.0)?,
            bold: all(700.0)?,
        })
    }

    /// Parts of a text with the font that has their letters; a letter that no font has becomes a question mark.
    pub fn runs(&self, text: &str, bold: bool) -> Vec<(String, &TypeFace)> {
        let faces = if bold { &self.bold } else { &self.regular };
        let mut runs: Vec<(String, usize)> = Vec::new();
        for letter in text.chars() {
            let found = faces.iter().position(|face| face.has(letter));
            let (letter, place) = found.map_or(('?', 0), |place| (letter, place));
            match runs.last_mut() {
                Some((run, of)) if *of == place => run.push(letter),
                _ => runs.push((letter.to_string(), place)),
            }
        }
        runs.into_iter()
            .filter_map(|(run, place)| Some((run, faces.get(place)?)))
            .collect()
    }

    /// Whether the fonts have every letter of a text.
    pub fn have_all(&self, text: &str) -> bool {
        let any = |letter| self.regular.iter().any(|face| face.has(letter));
        text.chars().all(any)
    }

    /// Width at size 1.
    pub fn width(&self, text: &str, bold: bool) -> f32 {
        let runs = self.runs(text, bold);
        runs.iter().map(|(run, face)| face.width(run)).sum::<f32>() / SPARE
    }

    /// The wanted size, or the largest at which the text is no wider than `width`.
    pub fn size_to_fit(&self, text: &str, bold: bool, wanted: f32, width: f32) -> f32 {
        let at_one = self.width(text, bold);
        if at_one <= 0.0 {
            return wanted;
        }
        wanted.min(width / at_one)
    }
}
