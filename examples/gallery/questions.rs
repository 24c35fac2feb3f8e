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
        said: None,
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

/// A lane whose unit would be set by a profile file of this bench.
pub fn profile_file() -> Lane {
    let redirect = |what: &str, how: &str| fleet::profile::Redirect {
        what: what.into(),
        how: how.into(),
    };
    let fault = Fault::ProfileNotConfirmed {
        profile: "acme-mark".into(),
    };
    let file = ProfileFile {
        id: "acme-mark".into(),
        name: "Acme Mark trackers".into(),
        file: "/home/anna/.config/fleetdesk/profiles/acme-mark-of-the-long-valley.toml".into(),
        sha256: "3f7a90b2".repeat(8),
        redirects: vec![
            redirect("server.host", "at 2004 2007"),
            redirect("server.port", "at 2005"),
            redirect("apn.name", "at 2001"),
            redirect("apn.name", "writes 'fleet.example' at 2011"),
            redirect(
                "text messages",
                "write 'gps.example.net' at SRI.main_host and 5027 at SRI.main_port",
            ),
        ],
    };
    Lane {
        changes: Vec::new(),
        advice: Some(advice(&fault, UnitCondition::Untouched, "Slot 4")),
        question: Some(Question::ConfirmProfile(std::sync::Arc::new(file))),
        ..needs_you(4, "3390")
    }
}
