//! Rows and columns of a workbook's sheet that its maker has hidden, by hand or with a filter. They are read as the others are; people are told how
//! many, for they do not see them.
//!
//! Looked up in the sheet's own text. Where that says nothing that is understood, nothing is taken for hidden.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use zip::ZipArchive;

/// Bytes of a tag that are looked at.
const LONGEST_TAG: u64 = 64 << 10;

/// What is hidden on a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hidden {
    /// Numbers of rows, from 1, in their order.
    rows: Vec<u32>,
    /// First and last of columns, from 0.
    columns: Vec<(usize, usize)>,
}

impl Hidden {
    /// Looks a sheet up.
    pub fn on(path: &Path, sheet: &str) -> Self {
        let found = hidden_on(path, sheet);
        if found.is_none() {
            tracing::info!(sheet, "it cannot be told what is hidden on a sheet");
        }
        found.unwrap_or_default()
    }

    /// Whether any row is hidden, filled or not.
    pub fn has_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Whether a row is, by its number from 1.
    pub fn has_row(&self, number: u64) -> bool {
        u32::try_from(number).is_ok_and(|number| self.rows.binary_search(&number).is_ok())
    }

    /// Whether a column is, by its place from 0.
    pub fn has_column(&self, place: usize) -> bool {
        (self.columns.iter()).any(|(first, last)| (*first..=*last).contains(&place))
    }
}

fn hidden_on(path: &Path, sheet: &str) -> Option<Hidden> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(path).ok()?)).ok()?;
    let mut id = None;
    each_tag(&mut archive, "xl/workbook.xml", &mut |tag| {
        if tag.name == "sheet" && tag.value("name").is_some_and(|name| plain(name) == sheet) {
            id = tag.value("id").map(str::to_owned);
        }
    })?;
    let id = id?;
    let mut target = None;
    each_tag(&mut archive, "xl/_rels/workbook.xml.rels", &mut |tag| {
        if tag.name == "Relationship" && tag.value("Id") == Some(&id) {
            target = tag.value("Target").map(plain);
        }
    })?;
    let target = target?;
    let part = match target.strip_prefix('/') {
        Some(whole) => whole.to_owned(),
        None => format!("xl/{target}"),
    };
    let (mut hidden, mut row) = (Hidden::default(), 0_u32);
    each_tag(&mut archive, &part, &mut |tag| {
        let number = |name: &str| tag.value(name).and_then(|text| text.parse::<u32>().ok());
        let is_hidden = matches!(tag.value("hidden"), Some("1" | "true"));
        match tag.name {
            "row" => {
                row = number("r").unwrap_or(row.saturating_add(1));
                if is_hidden && hidden.rows.last().is_none_or(|last| *last < row) {
                    hidden.rows.push(row);
                }
            }
            "col" if is_hidden => {
                let place = |name| number(name)?.checked_sub(1)?.try_into().ok();
                if let (Some(first), Some(last)) = (place("min"), place("max")) {
                    hidden.columns.push((first, last));
                }
            }
            _ => {}
        }
    })?;
    Some(hidden)
}

/// An opening tag, names without what stands before their colon.
struct Tag<'a> {
    name: &'a str,
    rest: &'a str,
}

impl<'a> Tag<'a> {
    fn of(text: &'a str) -> Self {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        Self {
            name: local(name.trim_end_matches('/')),
            rest,
        }
    }

    fn value(&self, wanted: &str) -> Option<&'a str> {
        let mut rest = self.rest;
        loop {
            let (name, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let quote = after
                .chars()
                .next()
                .filter(|each| matches!(each, '"' | '\''))?;
            let (value, further) = after.get(1..)?.split_once(quote)?;
            if local(name.trim()) == wanted {
                return Some(value);
            }
            rest = further;
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Gives each opening tag of a part; nothing when the part is not there or cannot be read.
fn each_tag(
    archive: &mut ZipArchive<BufReader<File>>,
    part: &str,
    each: &mut dyn FnMut(&Tag<'_>),
) -> Option<()> {
    let mut reader = BufReader::new(archive.by_name(part).ok()?);
    let mut tag = Vec::new();
    loop {
        if reader.skip_until(b'<').ok()? == 0 {
            return Some(());
        }
        tag.clear();
        let mut limited = (&mut reader).take(LONGEST_TAG);
        limited.read_until(b'>', &mut tag).ok()?;
        let text = std::str::from_utf8(&tag).ok()?;
        if !text.starts_with(['/', '!', '?']) {
            each(&Tag::of(text.trim_end_matches('>').trim_end_matches('/')));
        }
    }
}

/// An attribute's text as it is meant.
fn plain(text: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    let mut text = text.to_owned();
    for (written, meant) in named {
        text = text.replace(written, meant);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheets::{HiddenParts, Source};
    use rust_xlsxwriter::Workbook;

    #[test]
    fn hidden_rows_and_columns_of_the_sheet_that_is_read_are_found_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.xlsx");
        let mut workbook = Workbook::new();
        let first = workbook.add_worksheet().set_name("A & 'B' C").unwrap();
        first.write_string(0, 0, "IMEI").unwrap();
        for row in 1..6 {
            first.write_string(row, 0, "1").unwrap();
        }
        first.set_row_hidden(2).unwrap();
        first.set_row_hidden(4).unwrap();
        first.set_column_hidden(3).unwrap();
        let other = workbook.add_worksheet().set_name("Other").unwrap();
        other.write_string(0, 0, "IMEI").unwrap();
        workbook.save(&path).unwrap();
        let hidden = Hidden::on(&path, "A & 'B' C");
        let rows: Vec<u64> = (1..8).filter(|row| hidden.has_row(*row)).collect();
        assert_eq!(rows, [3, 5]);
        let columns: Vec<usize> = (0..6).filter(|place| hidden.has_column(*place)).collect();
        assert_eq!(columns, [3]);
        assert_eq!(Hidden::on(&path, "Other"), Hidden::default());
        assert_eq!(Hidden::on(&path, "Nowhere"), Hidden::default());
    }

    #[test]
    fn tags_are_read_whatever_stands_before_their_names() {
        let tag = Tag::of("x:row r='7' spans=\"1:2\" hidden = \"true\"");
        assert_eq!(tag.name, "row");
        assert_eq!(tag.value("r"), Some("7"));
        assert_eq!(tag.value("hidden"), Some("true"));
        assert_eq!(tag.value("ht"), None);
    }

    #[test]
    fn what_is_hidden_in_a_workbook_is_counted_where_it_is_filled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.xlsx");
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (column, heading) in ["IMEI", "Customer", "Note"].into_iter().enumerate() {
            let column = u16::try_from(column).unwrap();
            sheet.write_string(0, column, heading).unwrap();
        }
        for (row, imei) in [(1, "356938035643809"), (2, "004999010640000")] {
            sheet.write_string(row, 0, imei).unwrap();
        }
        // The last one is empty.
        for row in [2, 7] {
            sheet.set_row_hidden(row).unwrap();
        }
        sheet.set_column_hidden(2).unwrap();
        sheet.set_column_hidden(9).unwrap();
        workbook.save(&path).unwrap();
        let source = Source::open(&path, None).unwrap();
        let words = source.hidden().words();
        let told = "1 hidden row and 1 hidden column (Note) are among them";
        assert_eq!(words.as_deref(), Some(told));
        assert_eq!(HiddenParts::default().words(), None);
    }
}
