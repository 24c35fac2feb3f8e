//! The columns of the fleet table: the one list that the functions in the database are written out from.
//!
//! The table itself is made by the numbered migrations; a test holds this list against it.

/// One column of `fleet.units`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, and the name of the field in operations and pulled rows.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Value of a row that gives none, as JSON; otherwise NULL.
    pub default: Option<&'static str>,
}

/// What a column holds, as JSON carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text, numbers of units and SIMs included.
    Text,
    /// A whole number.
    Integer,
    /// An object.
    Object,
    /// A moment, RFC 3339; the database answers in UTC.
    Time,
}

const fn text(name: &'static str) -> Column {
    Column {
        name,
        kind: ColumnKind::Text,
        default: None,
    }
}

/// All columns that people and benches edit, in the order of the table; `id` is not among them, because it never changes.
pub const UNIT_COLUMNS: &[Column] = &[
    text("serial"),
    text("imei"),
    text("meid"),
    text("esn"),
    text("serial_number"),
    text("model"),
    text("hardware"),
    text("firmware"),
    text("profile"),
    text("iccid"),
    text("imsi"),
    text("mdn"),
    text("msid"),
    text("template"),
    Column {
        name: "template_version",
        kind: ColumnKind::Integer,
        default: None,
    },
    Column {
        name: "settings",
        kind: ColumnKind::Object,
        default: Some("{}"),
    },
    Column {
        name: "state",
        kind: ColumnKind::Text,
        default: Some("\"known\""),
    },
    text("carrier"),
    text("carrier_state"),
    text("carrier_id"),
    text("plan_code"),
    text("client_reference"),
    text("vehicle"),
    text("customer"),
    text("office"),
    text("notes"),
    Column {
        name: "provisioned_at",
        kind: ColumnKind::Time,
        default: None,
    },
];

/// The column of that name.
#[must_use]
pub fn column(name: &str) -> Option<&'static Column> {
    UNIT_COLUMNS.iter().find(|column| column.name == name)
}

/// The names in order, each after `before`, with commas between.
pub(crate) fn names(before: &str) -> String {
    let named = UNIT_COLUMNS
        .iter()
        .map(|column| format!("{before}{}", column.name));
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet::edit::{Field, longest_text};

    /// How many characters a column takes, as the table's own check has it.
    fn most_in_table(column: &str) -> Option<usize> {
        let table = include_str!("../sql/0001_units.sql");
        let (_, check) = table.split_once(&format!("CHECK (length({column}) <= "))?;
        check.split_once(')')?.0.parse().ok()
    }

    #[test]
    fn people_may_enter_as_much_as_the_table_takes_and_no_more() {
        let numbers = [Field::Iccid, Field::Mdn, Field::State];
        for field in Field::ALL {
            assert!(column(field.key()).is_some(), "{}", field.key());
            if !numbers.contains(&field) {
                let most = most_in_table(field.key());
                assert_eq!(most, Some(longest_text(field)), "{}", field.key());
            }
        }
    }
}
