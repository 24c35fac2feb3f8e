//! A table on paper: a title, facts about the whole, then a row for each unit, over as many pages as it needs.
//!
//! Nothing is cut: a text that is wider than its column goes on in a further line.

use super::type_face::TypeFaces;
use super::{LabelError, POINTS_PER_MM};
use krilla::Document;
use krilla::geom::Point;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::text::TextDirection;

/// A4, upright, in millimetres.
const PAGE_MM: (f32, f32) = (210.0, 297.0);
const MARGIN: f32 = 15.0 * POINTS_PER_MM;
const TITLE: f32 = 14.0;
const TEXT: f32 = 7.5;
const LINE: f32 = 10.5;
/// Between two columns.
const GAP: f32 = 5.0;

/// What stands on the pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Above everything.
    pub title: String,
    /// Name and value of what is true of the whole.
    pub facts: Vec<(String, String)>,
    /// Heads of the columns.
    pub heads: Vec<String>,
    /// Each column's part of the width; together 1.
    pub shares: Vec<f32>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// A line of text at its place on a page.
struct Placed {
    left: f32,
    top: f32,
    size: f32,
    bold: bool,
    text: String,
}

/// The report as the bytes of a PDF.
///
/// # Errors
/// When the PDF cannot be put together.
pub fn report(report: &Report) -> Result<Vec<u8>, LabelError> {
    let faces = TypeFaces::load().ok_or(LabelError::Fonts)?;
    let (width, height) = (PAGE_MM.0 * POINTS_PER_MM, PAGE_MM.1 * POINTS_PER_MM);
    let pages = laid_out(report, &faces, width, height);
    let mut document = Document::new();
    let count = pages.len();
    for (number, lines) in (1..).zip(&pages) {
        let settings = PageSettings::from_wh(width, height)
            .ok_or_else(|| LabelError::Pdf("a page of no size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for line in lines {
            write(&mut surface, &faces, line);
        }
        let foot = Placed {
            left: MARGIN,
            top: height - MARGIN * 0.7,
            size: TEXT,
            bold: false,
            text: format!("Page {number} of {count}"),
        };
        write(&mut surface, &faces, &foot);
        surface.finish();
        page.finish();
    }
    document
        .finish()
        .map_err(|error| LabelError::Pdf(format!("{error:?}")))
}

fn laid_out(report: &Report, faces: &TypeFaces, width: f32, height: f32) -> Vec<Vec<Placed>> {
    let room = width - 2.0 * MARGIN;
    let lowest = height - MARGIN - LINE;
    let mut pages: Vec<Vec<Placed>> = Vec::new();
    let mut page = Vec::new();
    let mut top = MARGIN;
    for text in wrapped(faces, &report.title, true, TITLE, room) {
        page.push(Placed {
            left: MARGIN,
            top,
            size: TITLE,
            bold: true,
            text,
        });
        top += TITLE * 1.3;
    }
    top += LINE * 0.5;
    let beside = room * 0.16;
    for (name, value) in &report.facts {
        page.push(Placed {
            left: MARGIN,
            top,
            size: TEXT,
            bold: true,
            text: name.clone(),
        });
        for text in wrapped(faces, value, false, TEXT, room - beside) {
            page.push(Placed {
                left: MARGIN + beside,
                top,
                size: TEXT,
                bold: false,
                text,
            });
            top += LINE;
        }
    }
    top += LINE;
    let columns = Columns::of(&report.shares, room);
    top = columns.row(faces, &report.heads, true, top, &mut page);
    for row in &report.rows {
        let needed = columns.lines(faces, row) * LINE;
        if top + needed > lowest {
            pages.push(std::mem::take(&mut page));
            top = columns.row(faces, &report.heads, true, MARGIN, &mut page);
        }
        top = columns.row(faces, row, false, top, &mut page);
    }
    pages.push(page);
    pages
}

/// Left side and width of each column.
struct Columns(Vec<(f32, f32)>);

impl Columns {
    fn of(shares: &[f32], room: f32) -> Self {
        let mut left = MARGIN;
        let columns = shares.iter().map(|share| {
            let column = (left, share * room - GAP);
            left += share * room;
            column
        });
        Self(columns.collect())
    }

    fn lines(&self, faces: &TypeFaces, cells: &[String]) -> f32 {
        let counts = cells
            .iter()
            .zip(&self.0)
            .map(|(cell, (_, width))| wrapped(faces, cell, false, TEXT, *width).len());
        counts.max().unwrap_or(1) as f32
    }

    /// Places a row; gives where the next one begins.
    fn row(
        &self,
        faces: &TypeFaces,
        cells: &[String],
        bold: bool,
        top: f32,
        page: &mut Vec<Placed>,
    ) -> f32 {
        let mut most: usize = 1;
        for (cell, (left, width)) in cells.iter().zip(&self.0) {
            let lines = wrapped(faces, cell, bold, TEXT, *width);
            most = most.max(lines.len());
            page.extend(lines.into_iter().enumerate().map(|(number, text)| Placed {
                left: *left,
                top: top + number as f32 * LINE,
                size: TEXT,
                bold,
                text,
            }));
        }
        top + most as f32 * LINE + 2.0
    }
}

/// A text in lines that are no wider than `width`; a word that is wider by itself is parted.
fn wrapped(faces: &TypeFaces, text: &str, bold: bool, size: f32, width: f32) -> Vec<String> {
    let fits = |line: &str| faces.width(line, bold) * size <= width;
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let joined = match line.is_empty() {
            true => word.to_owned(),
            false => format!("{line} {word}"),
        };
        if fits(&joined) {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            line.push(letter);
            if !fits(&line) && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::take(&mut line));
                line.push(letter);
            }
        }
    }
    lines.push(line);
    lines
}

fn write(surface: &mut Surface<'_>, faces: &TypeFaces, line: &Placed) {
    let mut left = line.left;
    for (run, face) in faces.runs(&line.text, line.bold) {
        surface.draw_text(
            Point::from_xy(left, line.top + line.size),
            face.font.clone(),
            line.size,
            &run,
            false,
            TextDirection::LeftToRight,
        );
        left += face.width(&run) * line.size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_every_row_stands_on_some_page_and_inside_its_column() {
        let faces = TypeFaces::load().unwrap();
        let long = "V-310: did not stay, it has its old settings back and this goes on for more than one line of the column";
        let rows: Vec<Vec<String>> = (0..300)
            .map(|number| vec![format!("35693803564{number:04}"), long.to_owned()])
            .collect();
        let whole = Report {
            title: "Result of the push 'Van standard v5'".to_owned(),
            facts: vec![("by".to_owned(), "bench 2".to_owned())],
            heads: vec!["Unit".to_owned(), "In words".to_owned()],
            shares: vec![0.3, 0.7],
            rows: rows.clone(),
        };
        let (width, height) = (PAGE_MM.0 * POINTS_PER_MM, PAGE_MM.1 * POINTS_PER_MM);
        let pages = laid_out(&whole, &faces, width, height);
        assert!(pages.len() > 5, "{} pages", pages.len());
        for row in &rows {
            let found = pages.iter().flatten().any(|line| line.text == row[0]);
            assert!(found, "{} is on no page", row[0]);
        }
        for line in pages.iter().flatten() {
            let right = line.left + faces.width(&line.text, line.bold) * line.size;
            assert!(
                right <= width - MARGIN + 1.0,
                "'{}' ends at {right}",
                line.text
            );
            assert!(
                line.top < height - MARGIN,
                "'{}' at {}",
                line.text,
                line.top
            );
        }
        let words = pages.iter().flatten().filter(|line| !line.bold);
        let on_paper = words
            .map(|line| line.text.split_whitespace().count())
            .sum::<usize>();
        let given = long.split_whitespace().count() * 300 + 300 + 2;
        assert_eq!(on_paper, given);
        assert!(report(&whole).unwrap().starts_with(b"%PDF"));
    }
}
