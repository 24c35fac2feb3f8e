//! Labels as a PDF: a QR code at the left, at its right the last four digits large, the whole number, and names.
//!
//! What stands on a label is decided in `fleet::label`. No number is ever cut: text shrinks until it fits, and only names are
//! shortened, in the middle.

mod print;
mod report;
mod type_face;

pub use print::{PrintError, print};
pub use report::{Report, report};

use fleet::label::{Label, LabelSize, SMALLEST_NAME_MM, shortened};
use krilla::Document;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::paint::FillRule;
use krilla::surface::Surface;
use krilla::text::TextDirection;
use qrcode::{Color, EcLevel, QrCode};
use type_face::TypeFaces;

const POINTS_PER_MM: f32 = 72.0 / 25.4;
const SMALLEST_NAME: f32 = SMALLEST_NAME_MM * POINTS_PER_MM;
/// Light round the code, in modules, as scanners want it.
const QUIET_MODULES: usize = 4;
/// Why labels cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// The number does not fit into a QR code.
    #[error("the number {0} is too long for a QR code")]
    Code(String),
    /// The program's own fonts cannot be used.
    #[error("the fonts of the program cannot be read")]
    Fonts,
    /// The PDF could not be put together.
    #[error("the PDF cannot be made: {0}")]
    Pdf(String),
}

/// A QR code as dark and light modules, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Modules of a side.
    pub side: usize,
    /// Whether each is dark.
    pub dark: Vec<bool>,
}

/// The code of a label, as it is printed.
///
/// # Errors
/// When the number is too long for one.
pub fn code(text: &str) -> Result<Code, LabelError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|_| LabelError::Code(text.to_owned()))?;
    let dark = code.to_colors().into_iter().map(|each| each == Color::Dark);
    Ok(Code {
        side: code.width(),
        dark: dark.collect(),
    })
}

/// Where a label stands on its page, in points from its top left corner.
#[derive(Debug, Clone, Copy)]
struct Place {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
}

/// Labels as the bytes of a PDF. On sheets the first `skip` places stay free: they are used up already.
///
/// # Errors
/// When a number is too long for a code, or the PDF cannot be put together.
pub fn pdf(labels: &[Label], size: &LabelSize, skip: usize) -> Result<Vec<u8>, LabelError> {
    let faces = TypeFaces::load().ok_or(LabelError::Fonts)?;
    let on_a_page = size.on_a_page();
    let skip = if size.sheet.is_some() {
        skip % on_a_page
    } else {
        0
    };
    let (page_width, page_height) = size.sheet.map_or((size.width_mm, size.height_mm), |sheet| {
        (sheet.width_mm, sheet.height_mm)
    });
    let mut document = Document::new();
    let places: Vec<Option<&Label>> = std::iter::repeat_n(None, skip)
        .chain(labels.iter().map(Some))
        .collect();
    for of_page in places.chunks(on_a_page) {
        let settings =
            PageSettings::from_wh(page_width * POINTS_PER_MM, page_height * POINTS_PER_MM)
                .ok_or_else(|| LabelError::Pdf("a page of no size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for (index, label) in of_page.iter().enumerate() {
            if let Some(label) = label {
                draw(&mut surface, &faces, label, place(size, index))?;
            }
        }
        surface.finish();
        page.finish();
    }
    document
        .finish()
        .map_err(|error| LabelError::Pdf(format!("{error:?}")))
}

/// The labels with letters that the fonts do not have, in whose place a question mark would stand.
///
/// # Errors
/// When the fonts cannot be used.
pub fn with_missing_letters(labels: &[Label]) -> Result<Vec<&Label>, LabelError> {
    let faces = TypeFaces::load().ok_or(LabelError::Fonts)?;
    let lacks = |label: &&Label| !label.names.iter().all(|name| faces.have_all(name));
    Ok(labels.iter().filter(lacks).collect())
}

fn place(size: &LabelSize, index: usize) -> Place {
    let (left, top) = size.sheet.map_or((0.0, 0.0), |sheet| {
        let columns = usize::from(sheet.columns).max(1);
        let (row, column) = (index / columns, index % columns);
        (
            sheet.left_mm + sheet.across_mm * column as f32,
            sheet.top_mm + sheet.down_mm * row as f32,
        )
    });
    Place {
        left: left * POINTS_PER_MM,
        top: top * POINTS_PER_MM,
        width: size.width_mm * POINTS_PER_MM,
        height: size.height_mm * POINTS_PER_MM,
    }
}

fn draw(
    surface: &mut Surface<'_>,
    faces: &TypeFaces,
    label: &Label,
    place: Place,
) -> Result<(), LabelError> {
    let margin = 1.5 * POINTS_PER_MM;
    let side = (place.height - 2.0 * margin).min(place.width * 0.42);
    draw_code(
        surface,
        &label.code,
        place.left + margin,
        place.top + (place.height - side) / 2.0,
        side,
    )?;
    let left = place.left + margin + side + 1.0 * POINTS_PER_MM;
    let width = place.left + place.width - margin - left;
    let height = place.height - 2.0 * margin;
    // The last four take a third, the number and each name share the rest.
    let lines = 1 + label.names.len();
    let large = height * 0.34;
    let line = (height - large) / lines as f32;
    let mut below = place.top + margin;
    let mut write = |text: &str, bold: bool, room: f32| {
        let wanted = room * 0.82;
        let fitting = faces.size_to_fit(text, bold, wanted, width);
        let (text, size) =
            match bold || fitting >= SMALLEST_NAME.min(wanted) || text == label.number {
                true => (text.to_owned(), fitting),
                false => name_to_fit(faces, text, SMALLEST_NAME.min(wanted), width),
            };
        below += room;
        // The baseline stands above the line's foot by what hangs below it.
        let baseline = below - room * 0.24;
        let mut at = left;
        for (run, face) in faces.runs(&text, bold) {
            surface.draw_text(
                Point::from_xy(at, baseline),
                face.font.clone(),
                size,
                &run,
                false,
                TextDirection::LeftToRight,
            );
            at += face.width(&run) * size;
        }
    };
    write(&label.last_four, true, large);
    write(&label.number, false, line);
    label.names.iter().for_each(|name| write(name, false, line));
    Ok(())
}

/// The longest form of a name that fits at a size.
fn name_to_fit(faces: &TypeFaces, name: &str, size: f32, width: f32) -> (String, f32) {
    let fits = |most: &usize| faces.width(&shortened(name, *most), false) * size <= width;
    let most = (1..=name.chars().count()).rev().find(fits).unwrap_or(1);
    (shortened(name, most), size)
}

fn draw_code(
    surface: &mut Surface<'_>,
    text: &str,
    left: f32,
    top: f32,
    side: f32,
) -> Result<(), LabelError> {
    let code = code(text)?;
    let modules = code.side;
    let module = side / (modules + 2 * QUIET_MODULES) as f32;
    let mut path = PathBuilder::new();
    for (index, dark) in code.dark.into_iter().enumerate() {
        if dark {
            let (row, column) = (index / modules, index % modules);
            let x = left + (column + QUIET_MODULES) as f32 * module;
            let y = top + (row + QUIET_MODULES) as f32 * module;
            if let Some(dark) = Rect::from_xywh(x, y, module, module) {
                path.push_rect(dark);
            }
        }
    }
    if let Some(path) = path.finish() {
        surface.set_fill(Some(krilla::paint::Fill {
            rule: FillRule::NonZero,
            ..krilla::paint::Fill::default()
        }));
        surface.draw_path(&path);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
