//! What people may change on a unit's row, with the checks of a typed number: the same on the screen and on the command line.
//!
//! Where the change is kept and who is told of it is the inventory's business.

use crate::ids::{Esn, Iccid, Imei, Mdn, Meid, UnitId};
use crate::printable::is_printable;
use crate::unit::{Unit, UnitEvent, UnitEventKind, UnitState};
use jiff::Timestamp;

/// Longest text of most fields, in characters.
const LONGEST_TEXT: usize = 200;
/// Longest number or code that a maker or carrier gave, in characters.
const LONGEST_CODE: usize = 100;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 10_000;

/// How many characters a field takes: as many as its column of the fleet table, which a test there holds against this.
#[must_use]
pub fn longest_text(field: Field) -> usize {
    match field {
        Field::Note => LONGEST_NOTE,
        Field::SerialNumber | Field::Plan => LONGEST_CODE,
        _ => LONGEST_TEXT,
    }
}

/// A field that people may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Customer.
    Customer,
    /// Vehicle or plate.
    Vehicle,
    /// Office.
    Office,
    /// Free note.
    Note,
    /// SIM.
    Iccid,
    /// Phone number.
    Mdn,
    /// Serial number on the housing.
    SerialNumber,
    /// Model.
    Model,
    /// Plan at the carrier.
    Plan,
    /// `retired`, or `known` to take it back into use.
    State,
}

impl Field {
    /// All, in the order in which people are shown them.
    pub const ALL: [Self; 10] = [
        Self::Customer,
        Self::Vehicle,
        Self::Office,
        Self::Note,
        Self::Iccid,
        Self::Mdn,
        Self::SerialNumber,
        Self::Model,
        Self::Plan,
        Self::State,
    ];

    /// The word before the `=` on the command line: the column's name in the fleet table.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Vehicle => "vehicle",
            Self::Office => "office",
            Self::Note => "notes",
            Self::Iccid => "iccid",
            Self::Mdn => "mdn",
            Self::SerialNumber => "serial_number",
            Self::Model => "model",
            Self::Plan => "plan_code",
            Self::State => "state",
        }
    }

    /// The field of that word; `note` and `plan` are understood, too.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        match key {
            "note" => Some(Self::Note),
            "plan" => Some(Self::Plan),
            _ => Self::ALL.into_iter().find(|field| field.key() == key),
        }
    }

    /// What people call it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Customer => "Customer",
            Self::Vehicle => "Vehicle",
            Self::Office => "Office",
            Self::Note => "Note",
            Self::Iccid => "SIM (ICCID)",
            Self::Mdn => "Phone number",
            Self::SerialNumber => "Serial number",
            Self::Model => "Model",
            Self::Plan => "Plan",
            Self::State => "State",
        }
    }

    /// What stands in the row now, as a person would type it.
    #[must_use]
    pub fn text(self, unit: &Unit) -> String {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        match self {
            Self::Customer => text(&unit.customer),
            Self::Vehicle => text(&unit.vehicle),
            Self::Office => text(&unit.office),
            Self::Note => text(&unit.note),
            Self::Iccid => unit
                .iccid
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            Self::Mdn => unit
                .mdn
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            Self::SerialNumber => text(&unit.serial_number),
            Self::Model => text(&unit.model),
            Self::Plan => text(&unit.plan_code),
            Self::State => match unit.state {
                UnitState::Retired => "retired".to_owned(),
                _ => "known".to_owned(),
            },
        }
    }
}

/// Why an edit is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It has no `=`.
    #[error("'{0}' is not KEY=VALUE")]
    Form(String),
    /// There is no such field.
    #[error("'{key}' is no field that can be entered; these are: {}", keys(.with_identity))]
    UnknownKey {
        /// What was given.
        key: String,
        /// Whether what the unit is known by could be given too.
        with_identity: bool,
    },
    /// The value does not fit the field.
    #[error("{key}: {why}")]
    Value {
        /// Which field.
        key: &'static str,
        /// Why not.
        why: String,
    },
    /// A new unit needs one number that it is known by.
    #[error("a new unit needs exactly one of imei=, meid=, esn= or hardware=")]
    Identity,
    /// One field is given twice.
    #[error("{0} is given twice")]
    Twice(&'static str),
}

fn keys(with_identity: &bool) -> String {
    let identity = ["imei", "meid", "esn", "hardware"];
    let identity = identity.into_iter().filter(|_| *with_identity);
    let all: Vec<&str> = identity.chain(Field::ALL.map(Field::key)).collect();
    all.join(", ")
}

/// A checked change of one field; an empty text empties it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    field: Field,
    value: Checked,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Checked {
    Text(Option<String>),
    Iccid(Option<Iccid>),
    Mdn(Option<Mdn>),
    State(UnitState),
}

impl Edit {
    /// Checks what a person typed into a field.
    ///
    /// # Errors
    /// When it does not fit; for a number the error names the place that is wrong.
    pub fn new(field: Field, typed: &str) -> Result<Self, EditError> {
        let typed = typed.trim();
        let wrong = |why: String| EditError::Value {
            key: field.key(),
            why,
        };
        let given = !typed.is_empty();
        let value =
            match field {
                Field::Iccid => Checked::Iccid(
                    given
                        .then(|| typed_iccid(typed))
                        .transpose()
                        .map_err(wrong)?,
                ),
                Field::Mdn => Checked::Mdn(
                    given
                        .then(|| Mdn::parse(typed))
                        .transpose()
                        .map_err(|error| wrong(error.to_string()))?,
                ),
                Field::State => Checked::State(match typed {
                    "retired" => UnitState::Retired,
                    "known" => UnitState::Known,
                    _ => return Err(wrong(
                        "it can be set to retired or known; the other states are proved on a bench"
                            .to_owned(),
                    )),
                }),
                _ => {
                    let longest = longest_text(field);
                    if typed.chars().count() > longest {
                        return Err(wrong(format!("it has more than {longest} characters")));
                    }
                    if !typed.split('\n').all(is_printable) {
                        return Err(wrong("it has characters that cannot be shown".to_owned()));
                    }
                    Checked::Text(given.then(|| typed.to_owned()))
                }
            };
        Ok(Self { field, value })
    }

    /// Which field.
    #[must_use]
    pub fn field(&self) -> Field {
        self.field
    }

    /// Makes the change.
    pub fn apply(&self, unit: &mut Unit) {
        match (&self.value, self.field) {
            (Checked::Iccid(iccid), _) => unit.iccid.clone_from(iccid),
            (Checked::Mdn(mdn), _) => unit.mdn.clone_from(mdn),
            // A proved unit that is merely 'in use' stays proved.
            (Checked::State(UnitState::Retired), _) => unit.state = UnitState::Retired,
            (Checked::State(state), _) => {
                if unit.state == UnitState::Retired {
                    unit.state = *state;
                }
            }
            (Checked::Text(text), field) => {
                let place = match field {
                    Field::Vehicle => &mut unit.vehicle,
                    Field::Office => &mut unit.office,
                    Field::Note => &mut unit.note,
                    Field::SerialNumber => &mut unit.serial_number,
                    Field::Model => &mut unit.model,
                    Field::Plan => &mut unit.plan_code,
                    _ => &mut unit.customer,
                };
                place.clone_from(text);
            }
        }
    }
}

/// What the timeline says of a person's edit.
#[must_use]
pub fn entry(before: Option<&Unit>, after: &Unit, by: &str, at: Timestamp) -> UnitEvent {
    let quoted = |text: String| match text.as_str() {
        "" => "empty".to_owned(),
        _ => text,
    };
    let changed: Vec<String> = Field::ALL
        .into_iter()
        .filter_map(|field| {
            let new = field.text(after);
            match before.map(|before| field.text(before)) {
                Some(old) if old != new => Some(format!(
                    "{} {} → {}",
                    field.words(),
                    quoted(old),
                    quoted(new)
                )),
                None if !new.is_empty() && field != Field::State => {
                    Some(format!("{} {new}", field.words()))
                }
                _ => None,
            }
        })
        .collect();
    UnitEvent {
        at,
        kind: UnitEventKind::Edit,
        title: if before.is_some() {
            "Edited"
        } else {
            "Entered"
        }
        .to_owned(),
        detail: changed.join(", "),
        by: by.to_owned(),
    }
}

/// A typed ICCID whose check digit is wrong is a typing error; one that a unit tells may be.
fn typed_iccid(typed: &str) -> Result<Iccid, String> {
    let iccid = Iccid::parse(typed).map_err(|error| error.to_string())?;
    match iccid.warning() {
        Some(warning) => Err(warning.to_string()),
        None => Ok(iccid),
    }
}

/// Reads `KEY=VALUE` for a unit that is there.
///
/// # Errors
/// When a key is unknown or given twice, or a value does not fit.
pub fn edits(given: &[String]) -> Result<Vec<Edit>, EditError> {
    read(given, false).map(|(_, edits)| edits)
}

/// Reads `KEY=VALUE` for a new unit: what it is known by, and the rest.
///
/// # Errors
/// When it has no identity or more than one, when a key is unknown or given twice, or a value does not fit.
pub fn new_unit(given: &[String]) -> Result<(UnitId, Vec<Edit>), EditError> {
    let (id, edits) = read(given, true)?;
    Ok((id.ok_or(EditError::Identity)?, edits))
}

fn read(given: &[String], with_identity: bool) -> Result<(Option<UnitId>, Vec<Edit>), EditError> {
    let (mut id, mut edits): (Option<UnitId>, Vec<Edit>) = (None, Vec::new());
    for text in given {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| EditError::Form(text.clone()))?;
        if with_identity && let Some(found) = identity(key, value)? {
            if id.replace(found).is_some() {
                return Err(EditError::Identity);
            }
            continue;
        }
        let field = Field::of_key(key);
        let field = field.ok_or_else(|| EditError::UnknownKey {
            key: key.to_owned(),
            with_identity,
        })?;
        if edits.iter().any(|edit| edit.field == field) {
            return Err(EditError::Twice(field.key()));
        }
        edits.push(Edit::new(field, value)?);
    }
    Ok((id, edits))
}

fn identity(key: &str, value: &str) -> Result<Option<UnitId>, EditError> {
    let wrong = |key, why: String| EditError::Value { key, why };
    Ok(Some(match key {
        "imei" => {
            UnitId::Imei(Imei::parse(value).map_err(|error| wrong("imei", error.to_string()))?)
        }
        "meid" => {
            UnitId::Meid(Meid::parse(value).map_err(|error| wrong("meid", error.to_string()))?)
        }
        "esn" => UnitId::Esn(Esn::parse(value).map_err(|error| wrong("esn", error.to_string()))?),
        "hardware" => {
            let value = value.trim();
            let fits = (1..=100).contains(&value.chars().count()) && is_printable(value);
            if !fits {
                return Err(wrong("hardware", "it has 1 to 100 characters".to_owned()));
            }
            UnitId::Hardware(value.to_owned())
        }
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_new_unit_is_read_with_its_number_and_its_facts() {
        let (id, edits) =
            new_unit(&given(&["imei=356938035643809", "customer=Acme", "note="])).unwrap();
        assert_eq!(id.as_str(), "356938035643809");
        let mut unit = Unit::new(id, Timestamp::UNIX_EPOCH);
        edits.iter().for_each(|edit| edit.apply(&mut unit));
        assert_eq!((unit.customer.as_deref(), unit.note), (Some("Acme"), None));
    }

    #[test]
    fn a_mistyped_digit_is_named() {
        let error = new_unit(&given(&["imei=356938035643808"]))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("place 15") && error.contains("it would be 9"),
            "{error}"
        );
        let error = edits(&given(&["iccid=8901260200000000001"]))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("iccid: "), "{error}");
    }

    #[test]
    fn an_unknown_key_is_answered_with_those_that_are_known() {
        let error = edits(&given(&["colour=red"])).unwrap_err().to_string();
        assert!(
            error.contains("'colour'") && error.contains("customer, vehicle"),
            "{error}"
        );
        assert!(!error.contains("hardware"));
        let error = new_unit(&given(&["colour=red"])).unwrap_err().to_string();
        assert!(
            error.contains("imei, meid, esn, hardware, customer"),
            "{error}"
        );
    }

    #[test]
    fn nothing_is_entered_twice_or_without_an_identity() {
        assert_eq!(
            new_unit(&given(&["customer=Acme"])),
            Err(EditError::Identity)
        );
        assert_eq!(
            new_unit(&given(&["esn=0E000001", "hardware=x"])),
            Err(EditError::Identity)
        );
        assert_eq!(
            edits(&given(&["note=a", "note=b"])),
            Err(EditError::Twice("notes"))
        );
        assert_eq!(
            edits(&given(&["note"])),
            Err(EditError::Form("note".into()))
        );
    }

    #[test]
    fn a_proved_unit_is_retired_and_comes_back_as_known() {
        let mut unit = Unit::new(UnitId::Hardware("x".into()), Timestamp::UNIX_EPOCH);
        unit.state = UnitState::Verified;
        Edit::new(Field::State, "known").unwrap().apply(&mut unit);
        assert_eq!(unit.state, UnitState::Verified);
        Edit::new(Field::State, "retired").unwrap().apply(&mut unit);
        Edit::new(Field::State, "known").unwrap().apply(&mut unit);
        assert_eq!(unit.state, UnitState::Known);
        assert!(Edit::new(Field::State, "verified").is_err());
    }

    #[test]
    fn what_cannot_be_shown_or_is_too_long_is_refused() {
        assert!(Edit::new(Field::Note, "a\u{1b}[31mb").is_err());
        assert!(Edit::new(Field::Note, "two\nlines").is_ok());
        assert!(Edit::new(Field::Customer, &"x".repeat(201)).is_err());
    }

    #[test]
    fn a_serial_number_and_a_plan_are_shorter_than_other_texts() {
        for field in [Field::SerialNumber, Field::Plan] {
            assert!(Edit::new(field, &"x".repeat(100)).is_ok());
            let error = Edit::new(field, &"x".repeat(101)).unwrap_err().to_string();
            assert!(error.contains("more than 100 characters"), "{error}");
        }
        assert!(Edit::new(Field::Model, &"x".repeat(200)).is_ok());
    }
}
