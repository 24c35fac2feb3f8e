//! Labels for units: the sizes that printers and sheets have, and what stands on one. Drawing them is the shell's business.

use crate::ids::UnitId;
use crate::unit::Unit;
use jiff::civil::Date;

/// A size of label, alone on a page or in the grid of a sheet. Lengths in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelSize {
    /// The word on the command line.
    pub key: &'static str,
    /// What people are told.
    pub words: &'static str,
    /// Width of a label.
    pub width_mm: f32,
    /// Height of a label.
    pub height_mm: f32,
    /// The sheet that it stands on; nothing for label printers, where each label is a page.
    pub sheet: Option<Sheet>,
}

/// A sheet with labels in a grid. Lengths in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sheet {
    /// Width of the sheet.
    pub width_mm: f32,
    /// Height of the sheet.
    pub height_mm: f32,
    /// Labels side by side.
    pub columns: u16,
    /// Labels below each other.
    pub rows: u16,
    /// From the left edge to the first label.
    pub left_mm: f32,
    /// From the top edge to the first label.
    pub top_mm: f32,
    /// From one label's left edge to the next one's.
    pub across_mm: f32,
    /// From one label's top edge to the next one's.
    pub down_mm: f32,
}

const fn roll(key: &'static str, words: &'static str, width_mm: f32, height_mm: f32) -> LabelSize {
    LabelSize {
        key,
        words,
        width_mm,
        height_mm,
        sheet: None,
    }
}

/// Smallest type of a name in millimetres (5.5 points), on paper and in pictures of it; below it names are shortened.
pub const SMALLEST_NAME_MM: f32 = 1.94;

/// All sizes, in the order in which people are shown them.
pub const SIZES: [LabelSize; 8] = [
    roll("62x29", "62 x 29 mm, label printer", 62.0, 29.0),
    roll("54x25", "54 x 25 mm, label printer", 54.0, 25.0),
    roll("57x32", "57 x 32 mm, label printer", 57.0, 32.0),
    roll("89x28", "89 x 28 mm, label printer", 89.0, 28.0),
    roll("102x51", "102 x 51 mm, label printer", 102.0, 51.0),
    LabelSize {
        key: "L7160",
        words: "Avery L7160, 21 on A4",
        width_mm: 63.5,
        height_mm: 38.1,
        sheet: Some(Sheet {
            width_mm: 210.0,
            height_mm: 297.0,
            columns: 3,
            rows: 7,
            left_mm: 7.2,
            top_mm: 15.15,
            across_mm: 66.04,
            down_mm: 38.1,
        }),
    },
    LabelSize {
        key: "L7651",
        words: "Avery L7651, 65 on A4",
        width_mm: 38.1,
        height_mm: 21.2,
        sheet: Some(Sheet {
            width_mm: 210.0,
            height_mm: 297.0,
            columns: 5,
            rows: 13,
            left_mm: 4.65,
            top_mm: 10.7,
            across_mm: 40.64,
            down_mm: 21.2,
        }),
    },
    LabelSize {
        key: "5160",
        words: "Avery 5160, 30 on Letter",
        width_mm: 66.675,
        height_mm: 25.4,
        sheet: Some(Sheet {
            width_mm: 215.9,
            height_mm: 279.4,
            columns: 3,
            rows: 10,
            left_mm: 4.76,
            top_mm: 12.7,
            across_mm: 69.85,
            down_mm: 25.4,
        }),
    },
];

impl LabelSize {
    /// The size of that word, in capitals or not.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let key = key.trim().replace('×', "x");
        SIZES
            .into_iter()
            .find(|size| size.key.eq_ignore_ascii_case(&key))
    }

    /// Labels of a page.
    #[must_use]
    pub fn on_a_page(&self) -> usize {
        self.sheet.map_or(1, |sheet| {
            usize::from(sheet.columns) * usize::from(sheet.rows)
        })
    }
}

/// What stands on a unit's label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What the QR code says: the bare number, which every scanner's line is read as.
    pub code: String,
    /// The last four characters, by which people call a unit.
    pub last_four: String,
    /// The whole number in groups, with its kind.
    pub number: String,
    /// Names below it, each on a line of its own; they may be shortened.
    pub names: Vec<String>,
}

impl Label {
    /// The label of a unit, printed on `day`.
    #[must_use]
    pub fn of(unit: &Unit, day: Date) -> Self {
        let kind = match &unit.id {
            UnitId::Imei(_) => "IMEI",
            UnitId::Meid(_) => "MEID",
            UnitId::Esn(_) => "ESN",
            UnitId::Hardware(_) => "S/N",
        };
        let template = match (&unit.template, unit.template_version) {
            (Some(name), Some(version)) => Some(format!("{name} v{version}")),
            _ => None,
        };
        let names = [
            unit.customer.clone(),
            unit.vehicle.clone(),
            template,
            Some(day.to_string()),
        ];
        Self {
            code: unit.id.to_string(),
            last_four: unit.id.last_four().to_owned(),
            number: format!("{kind} {}", in_groups(unit.id.as_str())),
            names: names
                .into_iter()
                .flatten()
                .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
                .filter(|name| !name.is_empty())
                .collect(),
        }
    }
}

/// A number in groups of four from the right, so that the last group is what people call the unit by.
#[must_use]
pub fn in_groups(number: &str) -> String {
    let characters: Vec<char> = number.chars().collect();
    let mut groups: Vec<String> = characters
        .rchunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.reverse();
    groups.join(" ")
}

/// A name with its middle left out, so that at most `most` characters stay: the beginning says who, the end says which.
#[must_use]
pub fn shortened(name: &str, most: usize) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= most {
        return name.to_owned();
    }
    let kept = most.saturating_sub(1);
    let end = kept / 2;
    let beginning = characters.iter().take(kept - end);
    let ending = characters.iter().skip(characters.len() - end);
    beginning.chain(['…'].iter()).chain(ending).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Imei, Recognised, recognise};
    use jiff::Timestamp;
    use jiff::civil::date;

    #[test]
    fn a_label_says_what_people_and_the_scanner_need() {
        let imei = Imei::parse("356938035643809").unwrap();
        let mut unit = Unit::new(UnitId::Imei(imei.clone()), Timestamp::UNIX_EPOCH);
        unit.customer = Some("Acme\nNorth".to_owned());
        unit.template = Some("Van".to_owned());
        unit.template_version = Some(5);
        let label = Label::of(&unit, date(2026, 11, 28));
        assert_eq!(label.last_four, "3809");
        assert_eq!(label.number, "IMEI 356 9380 3564 3809");
        assert_eq!(label.names, ["Acme North", "Van v5", "2026-11-28"]);
        assert_eq!(recognise(&label.code), [Recognised::Imei(imei)]);
    }

    #[test]
    fn names_are_shortened_in_the_middle() {
        assert_eq!(shortened("Borealis", 8), "Borealis");
        assert_eq!(shortened("Borealis Transport 17", 11), "Borea…rt 17");
        assert_eq!(shortened("abc", 1), "…");
        assert_eq!(shortened("abc", 0), "…");
    }

    #[test]
    fn labels_of_a_sheet_stand_on_it() {
        for size in SIZES {
            assert_eq!(LabelSize::of_key(size.key), Some(size));
            let Some(sheet) = size.sheet else { continue };
            let right =
                sheet.left_mm + sheet.across_mm * f32::from(sheet.columns - 1) + size.width_mm;
            let bottom = sheet.top_mm + sheet.down_mm * f32::from(sheet.rows - 1) + size.height_mm;
            assert!(
                right <= sheet.width_mm && bottom <= sheet.height_mm,
                "{}",
                size.key
            );
            assert!(sheet.across_mm >= size.width_mm && sheet.down_mm >= size.height_mm);
        }
        assert_eq!(LabelSize::of_key("62×29").unwrap().on_a_page(), 1);
        assert_eq!(LabelSize::of_key("l7160").unwrap().on_a_page(), 21);
    }
}
