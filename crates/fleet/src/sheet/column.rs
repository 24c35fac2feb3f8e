//! What a column of a list can hold, and which headings people give it.

use crate::edit::Field;
use crate::ids::UnitIdKind;

/// What a column of a list is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The number a unit is known by, of this kind.
    Identity(UnitIdKind),
    /// The number a unit is known by; its kind follows from its form, or stands in the column [`Column::IdKind`].
    Unit,
    /// Kind of the number in [`Column::Unit`], as our own files for machines write it.
    IdKind,
    /// Something that people enter.
    Field(Field),
    /// Something that a bench or a carrier tells: shown in exports, never taken from a list.
    Proved,
    /// A column of our own file of refused rows.
    Reason,
    /// Nothing of ours.
    Ignored,
}

/// Headings as people write them, in small letters without anything but letters and digits.
const HEADINGS: &[(&str, Column)] = &[
    ("imei", Column::Identity(UnitIdKind::Imei)),
    ("meid", Column::Identity(UnitIdKind::Meid)),
    ("esn", Column::Identity(UnitIdKind::Esn)),
    ("hardware", Column::Identity(UnitIdKind::Hardware)),
    ("unit", Column::Unit),
    ("device", Column::Unit),
    ("tracker", Column::Unit),
    ("id", Column::Unit),
    ("unitid", Column::Unit),
    ("deviceid", Column::Unit),
    ("idkind", Column::IdKind),
    ("iccid", Column::Field(Field::Iccid)),
    ("sim", Column::Field(Field::Iccid)),
    ("ccid", Column::Field(Field::Iccid)),
    ("mdn", Column::Field(Field::Mdn)),
    ("msisdn", Column::Field(Field::Mdn)),
    ("phone", Column::Field(Field::Mdn)),
    ("telephone", Column::Field(Field::Mdn)),
    ("mobile", Column::Field(Field::Mdn)),
    ("line", Column::Field(Field::Mdn)),
    ("serial", Column::Field(Field::SerialNumber)),
    ("sn", Column::Field(Field::SerialNumber)),
    ("customer", Column::Field(Field::Customer)),
    ("client", Column::Field(Field::Customer)),
    ("company", Column::Field(Field::Customer)),
    ("account", Column::Field(Field::Customer)),
    ("vehicle", Column::Field(Field::Vehicle)),
    ("plate", Column::Field(Field::Vehicle)),
    ("licenseplate", Column::Field(Field::Vehicle)),
    ("licenceplate", Column::Field(Field::Vehicle)),
    ("registrationplate", Column::Field(Field::Vehicle)),
    ("truck", Column::Field(Field::Vehicle)),
    ("car", Column::Field(Field::Vehicle)),
    ("asset", Column::Field(Field::Vehicle)),
    ("office", Column::Field(Field::Office)),
    ("site", Column::Field(Field::Office)),
    ("branch", Column::Field(Field::Office)),
    ("location", Column::Field(Field::Office)),
    ("note", Column::Field(Field::Note)),
    ("notes", Column::Field(Field::Note)),
    ("comment", Column::Field(Field::Note)),
    ("comments", Column::Field(Field::Note)),
    ("remark", Column::Field(Field::Note)),
    ("remarks", Column::Field(Field::Note)),
    ("model", Column::Field(Field::Model)),
    ("devicemodel", Column::Field(Field::Model)),
    ("plan", Column::Field(Field::Plan)),
    ("rateplan", Column::Field(Field::Plan)),
    ("state", Column::Field(Field::State)),
    ("status", Column::Field(Field::State)),
    ("firmware", Column::Proved),
    ("profile", Column::Proved),
    ("family", Column::Proved),
    ("template", Column::Proved),
    ("templateversion", Column::Proved),
    ("registration", Column::Proved),
    ("carrierstate", Column::Proved),
    ("carrierid", Column::Proved),
    ("carriersnumber", Column::Proved),
    ("lastproved", Column::Proved),
    ("provisionedat", Column::Proved),
    ("lastchanged", Column::Proved),
    ("updatedat", Column::Proved),
    ("rowinthefile", Column::Reason),
    ("whynottaken", Column::Reason),
    ("code", Column::Reason),
];

/// Words that say nothing more about a heading: 'IMEI number', 'Customer name', 'SIM card no.'.
const EMPTY_WORDS: &[&str] = &[
    "number", "no", "nr", "num", "name", "code", "card", "the", "of", "text", "id", "unit",
    "device",
];

impl Column {
    /// What people are told the column is taken for.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Identity(UnitIdKind::Imei) => "IMEI",
            Self::Identity(UnitIdKind::Meid) => "MEID",
            Self::Identity(UnitIdKind::Esn) => "ESN",
            Self::Identity(UnitIdKind::Hardware) => "Hardware number",
            Self::Unit => "Unit (IMEI, MEID or ESN)",
            Self::IdKind => "Kind of number",
            Self::Field(field) => field.words(),
            Self::Proved => "Not taken: a bench or the carrier tells it",
            Self::Reason => "Not taken: reasons of an earlier import",
            Self::Ignored => "Not taken",
        }
    }

    /// The word on the command line and in files for machines; nothing for what is not taken.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Identity(kind) => kind.as_str(),
            Self::Unit => "unit",
            Self::IdKind => "id_kind",
            Self::Field(field) => field.key(),
            Self::Proved | Self::Reason | Self::Ignored => "none",
        }
    }

    /// The column that a person names: `imei`, `customer`, `none`.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let key = key.trim().to_ascii_lowercase();
        match key.as_str() {
            "none" | "ignore" | "-" => return Some(Self::Ignored),
            _ => {}
        }
        Self::takeable()
            .find(|column| column.key() == key)
            .or_else(|| Field::of_key(&key).map(Self::Field))
    }

    /// All that a column can be taken for, in the order in which people are shown them.
    pub fn takeable() -> impl Iterator<Item = Self> {
        let kinds = [
            UnitIdKind::Imei,
            UnitIdKind::Meid,
            UnitIdKind::Esn,
            UnitIdKind::Hardware,
        ];
        (kinds.into_iter().map(Self::Identity))
            .chain([Self::Unit, Self::IdKind])
            .chain(Field::ALL.into_iter().map(Self::Field))
    }

    /// Whether it names the unit.
    #[must_use]
    pub fn is_identity(self) -> bool {
        matches!(self, Self::Identity(_) | Self::Unit)
    }

    /// What a heading says.
    #[must_use]
    pub fn of_heading(heading: &str) -> Self {
        let words: Vec<String> = heading
            .replace("'s", "s")
            .split(|each: char| !each.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let told: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .filter(|word| !EMPTY_WORDS.contains(word))
            .collect();
        // The whole heading, then without words that say nothing, then several words for one thing: 'SIM (ICCID)'.
        of_words(&words.concat())
            .or_else(|| of_words(&told.concat()))
            .or_else(|| all_say(&told))
            .unwrap_or(Self::Ignored)
    }
}

/// What every one of the words says; nothing when they disagree, as 'SIM status' does.
fn all_say(words: &[&str]) -> Option<Column> {
    let mut said = words.iter().map(|word| of_words(word));
    let first = said.next()??;
    said.all(|other| other == Some(first)).then_some(first)
}

fn of_words(words: &str) -> Option<Column> {
    HEADINGS
        .iter()
        .find(|(heading, _)| *heading == words)
        .map(|(_, column)| *column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_headings_are_understood() {
        let check = |heading: &str, column: Column| {
            assert_eq!(Column::of_heading(heading), column, "{heading}");
        };
        check("IMEI", Column::Identity(UnitIdKind::Imei));
        check(" imei number ", Column::Identity(UnitIdKind::Imei));
        check("Device IMEI", Column::Identity(UnitIdKind::Imei));
        check("SIM (ICCID)", Column::Field(Field::Iccid));
        check("SIM card no.", Column::Field(Field::Iccid));
        check("Phone number", Column::Field(Field::Mdn));
        check("S/N", Column::Field(Field::SerialNumber));
        check("Serial number", Column::Field(Field::SerialNumber));
        check("serial_number", Column::Field(Field::SerialNumber));
        check("Customer name", Column::Field(Field::Customer));
        check("Licence plate", Column::Field(Field::Vehicle));
        check("plan_code", Column::Field(Field::Plan));
        check("Unit", Column::Unit);
        check("Carrier's number", Column::Proved);
        check("Template version", Column::Proved);
        check("Why not taken", Column::Reason);
        check("SIM status", Column::Ignored);
        check("Colour", Column::Ignored);
        check("", Column::Ignored);
    }

    #[test]
    fn every_field_can_be_named_on_the_command_line() {
        for column in Column::takeable() {
            assert_eq!(Column::of_key(column.key()), Some(column));
        }
        assert_eq!(Column::of_key("plan"), Some(Column::Field(Field::Plan)));
        assert_eq!(Column::of_key("none"), Some(Column::Ignored));
        assert_eq!(Column::of_key("colour"), None);
    }
}
