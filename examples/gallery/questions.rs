//! Invented questions of the review list.

use super::*;

fn clash(number: u128, field: &str, yours: &str, theirs: &str, kind: ReviewKind) -> ReviewEntry {
    let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ReviewEntry {
        op_id: uuid::Uuid::from_u128(number),
        field: (kind == ReviewKind::Field).then(|| field.to_owned()),
        unit: unit_id(match number {
            1 => "4821",
            2 => "0553",
            _ => "6617",
        }),
        kind,
        values: vec![ReviewValue {
            field: field.to_owned(),
            yours: value(yours),
            theirs: value(theirs),
        }],
        yours_by: ("North office, Bench 2".to_owned(), minutes_ago(13)),
        theirs_by: Some(("South office, Bench 1".to_owned(), minutes_ago(2))),
        found_at: minutes_ago(1),
    }
}

/// What two people changed at once.
pub fn reviews() -> Vec<ReviewEntry> {
    vec![
        clash(1, "vehicle", "SMP 1174", "SMP 1147", ReviewKind::Field),
        clash(2, "notes", "under the seat", "", ReviewKind::Field),
        clash(3, "notes", "still here", "", ReviewKind::Gone),
    ]
}
