//! The fields that can be asked for by name, and the states.

/// A field by the name before the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// A text or a number.
    Text(TextField),
    /// How far the unit has come, and whether it is heard.
    State,
    /// Version of its template.
    Version,
    /// How long ago something was.
    Age(AgeOf),
    /// Whether it differs from its template.
    Drift,
}

/// A field that holds text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextField {
    /// What the unit is known by: IMEI, MEID, ESN.
    Id,
    /// SIM.
    Iccid,
    /// Phone number.
    Mdn,
    /// Serial number.
    Serial,
    /// Vehicle or plate.
    Vehicle,
    /// Customer.
    Customer,
    /// Office.
    Office,
    /// Note.
    Note,
    /// Model.
    Model,
    /// Firmware.
    Firmware,
    /// Name of its template; `van standard v5` asks for the version too.
    Template,
    /// Profile of its family.
    Family,
    /// Plan at the carrier.
    Plan,
}

/// What an age is the age of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgeOf {
    /// The last sign of life: a report, or the unit on a bench.
    Seen,
    /// The last report.
    Report,
    /// The last time that it was proved on a bench.
    Set,
    /// The last change of its row.
    Changed,
}

impl TextField {
    /// All, with the names that people may write; the first is the one that is shown.
    pub const ALL: [(Self, &'static [&'static str]); 13] = [
        (Self::Id, &["imei", "unit", "id", "meid", "esn"]),
        (Self::Iccid, &["iccid", "sim"]),
        (Self::Mdn, &["phone", "mdn", "number", "tel"]),
        (Self::Serial, &["serial", "serial_number"]),
        (Self::Vehicle, &["plate", "vehicle"]),
        (Self::Customer, &["customer"]),
        (Self::Office, &["office"]),
        (Self::Note, &["note", "notes"]),
        (Self::Model, &["model"]),
        (Self::Firmware, &["firmware"]),
        (Self::Template, &["template"]),
        (Self::Family, &["family", "profile"]),
        (Self::Plan, &["plan", "plan_code"]),
    ];

    /// The name that is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(field, _)| *field == self)
            .and_then(|(_, names)| names.first().copied())
            .unwrap_or("customer")
    }

    /// Whether it holds a number that is read out by its end.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::Id | Self::Iccid | Self::Mdn | Self::Serial)
    }
}

impl AgeOf {
    const ALL: [(Self, &'static [&'static str]); 4] = [
        (Self::Seen, &["seen", "heard"]),
        (Self::Report, &["report", "reported"]),
        (Self::Set, &["set", "verified", "proved"]),
        (Self::Changed, &["changed", "updated"]),
    ];

    /// The name that is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Report => "report",
            Self::Set => "set",
            Self::Changed => "changed",
        }
    }
}

impl Field {
    /// The field of that name, in any case.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let is = |names: &[&str]| names.contains(&name.as_str());
        match name.as_str() {
            "state" => return Some(Self::State),
            "version" => return Some(Self::Version),
            "drift" | "differs" => return Some(Self::Drift),
            _ => {}
        }
        let text = TextField::ALL.iter().find(|(_, names)| is(names));
        let age = AgeOf::ALL.iter().find(|(_, names)| is(names));
        text.map(|(field, _)| Self::Text(*field))
            .or_else(|| age.map(|(of, _)| Self::Age(*of)))
    }

    /// The names that are shown to people, in the order in which they are listed.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        let texts = TextField::ALL.iter().map(|(field, _)| field.name());
        texts
            .chain(["state", "version", "drift"])
            .chain(AgeOf::ALL.iter().map(|(of, _)| of.name()))
            .collect()
    }
}

/// What can be asked of a unit's state: how far it has come, where its registration stands, whether it is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateWord {
    /// Seen or entered, never configured here.
    Known,
    /// Every value read back.
    Verified,
    /// Accepted, but it cannot be shown.
    NotVerified,
    /// Something failed.
    Stopped,
    /// A person must decide.
    NeedsYou,
    /// Out of use.
    Retired,
    /// In use: everything that is not retired.
    InUse,
    /// Heard within the last day.
    Reporting,
    /// Heard once, and not within the last day.
    Quiet,
    /// Set on a bench, never heard, not retired.
    NeverReported,
    /// In service at the carrier.
    Active,
    /// The carrier works on it.
    Activating,
    /// The carrier is to be told.
    Owed,
    /// The carrier refused it.
    Refused,
    /// Out of service for a while.
    Suspended,
    /// Its subscription ended.
    Ended,
    /// No registration.
    NotRegistered,
}

impl StateWord {
    /// All, each with the words for it; the first is the one that is shown.
    pub const ALL: [(Self, &'static [&'static str]); 17] = [
        (Self::Known, &["known"]),
        (Self::Verified, &["verified"]),
        (
            Self::NotVerified,
            &["not-verified", "not_verified", "not verified"],
        ),
        (Self::Stopped, &["stopped"]),
        (Self::NeedsYou, &["needs-you", "needs_person", "needs you"]),
        (Self::Retired, &["retired"]),
        (Self::InUse, &["in-use", "in_use", "in use"]),
        (Self::Reporting, &["reporting"]),
        (Self::Quiet, &["quiet", "silent"]),
        (
            Self::NeverReported,
            &["never-reported", "never_reported", "never reported"],
        ),
        (Self::Active, &["active"]),
        (Self::Activating, &["activating", "pending"]),
        (Self::Owed, &["owed"]),
        (Self::Refused, &["refused"]),
        (Self::Suspended, &["suspended"]),
        (Self::Ended, &["ended", "deactivated"]),
        (
            Self::NotRegistered,
            &["not-registered", "not_registered", "not registered"],
        ),
    ];

    /// The word that is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(state, _)| *state == self)
            .and_then(|(_, words)| words.first().copied())
            .unwrap_or("known")
    }

    /// The state of that word, in any case.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase();
        Self::ALL
            .iter()
            .find(|(_, words)| words.contains(&word.as_str()))
            .map(|(state, _)| *state)
    }
}
