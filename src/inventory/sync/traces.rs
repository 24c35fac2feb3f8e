//! What is blanked of a person beside the unit's own rows: how pushes chose their units, what was texted, notes of what was heard.
//!
//! A push that was begun keeps the search that a person typed, and that may be a name, or a part of one.

use super::super::{InventoryError, meta};
use rusqlite::{Connection, params};
use serde_json::Value;
use std::collections::BTreeSet;

/// What stands in a text where a fact stood.
pub(super) const BLANK: &str = "(removed)";
/// What stands where a search stood that named a person.
const BLANK_SEARCH: &str = "by a search (removed)";
/// Shorter parts of a search are parts of half of all words.
const SHORTEST_PART: usize = 3;

/// JSON that may quote a fact: how it is read, with its key first, and how it is written anew.
const JSON: &[(&str, &str)] = &[
    (
        "SELECT push_id, facts FROM push",
        "UPDATE push SET facts = ?2 WHERE push_id = ?1",
    ),
    (
        "SELECT push_id, progress FROM push",
        "UPDATE push SET progress = ?2 WHERE push_id = ?1",
    ),
    (
        "SELECT key, value FROM meta WHERE key LIKE 'note:%'",
        "UPDATE meta SET value = ?2 WHERE key = ?1",
    ),
    // One that is still open must stay the request that it was.
    (
        "SELECT client_reference, request FROM carrier_change WHERE state IN ('done', 'refused')",
        "UPDATE carrier_change SET request = ?2 WHERE client_reference = ?1",
    ),
];

/// Plain text that may quote a fact.
const TEXT: &[(&str, &str)] = &[
    (
        "SELECT n, what FROM push_log",
        "UPDATE push_log SET what = ?2 WHERE n = ?1",
    ),
    (
        "SELECT client_reference, detail FROM carrier_message",
        "UPDATE carrier_message SET detail = ?2 WHERE client_reference = ?1",
    ),
    (
        "SELECT client_reference, detail FROM carrier_change",
        "UPDATE carrier_change SET detail = ?2 WHERE client_reference = ?1",
    ),
];

/// Blanks the values wherever these tables quote them. Answers whether anything was.
pub(super) fn blank(
    connection: &Connection,
    values: &BTreeSet<String>,
) -> Result<bool, InventoryError> {
    if values.is_empty() {
        return Ok(false);
    }
    let mut any = false;
    for (look, write) in JSON {
        any |= each(connection, look, write, |text| {
            let mut json: Value = serde_json::from_str(text).ok()?;
            let mut changed = false;
            in_json(&mut json, values, &mut changed);
            changed.then(|| json.to_string())
        })?;
    }
    for (look, write) in TEXT {
        any |= each(connection, look, write, |text| without(text, values))?;
    }
    for value in values {
        any |= connection
            .prepare_cached("UPDATE carrier_message SET mdn = NULL WHERE mdn = ?1")?
            .execute([value])?
            > 0;
    }
    if any {
        meta::set(connection, meta::UNTIDY, "1")?;
    }
    Ok(any)
}

fn each(
    connection: &Connection,
    look: &str,
    write: &str,
    anew: impl Fn(&str) -> Option<String>,
) -> Result<bool, InventoryError> {
    let mut statement = connection.prepare_cached(look)?;
    let rows: Vec<(rusqlite::types::Value, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut any = false;
    for (key, text) in rows {
        if let Some(new) = anew(&text) {
            any = true;
            connection
                .prepare_cached(write)?
                .execute(params![key, new])?;
        }
    }
    Ok(any)
}

fn in_json(value: &mut Value, values: &BTreeSet<String>, changed: &mut bool) {
    match value {
        Value::String(text) => {
            if let Some(new) = without(text, values) {
                *text = new;
                *changed = true;
            }
        }
        Value::Array(all) => all
            .iter_mut()
            .for_each(|each| in_json(each, values, changed)),
        Value::Object(all) => {
            for (key, each) in all.iter_mut() {
                if key == "chosen"
                    && let Value::String(text) = &*each
                    && names_one_of(text, values)
                {
                    *each = Value::String(BLANK_SEARCH.to_owned());
                    *changed = true;
                }
                in_json(each, values, changed);
            }
        }
        _ => {}
    }
}

/// The text without the values, where it has any of them, however they are written there: large or small.
fn without(text: &str, values: &BTreeSet<String>) -> Option<String> {
    let lower = text.to_lowercase();
    let mut new = text.to_owned();
    for value in values {
        new = new.replace(value.as_str(), BLANK);
        let small = value.to_lowercase();
        if lower.contains(&small) {
            new = new.replace(&small, BLANK);
        }
    }
    (new != text).then_some(new)
}

/// Whether a search names one of the values or a part of one. Only what a person typed counts, not the words around it.
fn names_one_of(chosen: &str, values: &BTreeSet<String>) -> bool {
    let Some((_, typed)) = chosen.split_once('\'') else {
        return false;
    };
    let lower: Vec<String> = values.iter().map(|value| value.to_lowercase()).collect();
    typed
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|part| part.chars().count() >= SHORTEST_PART)
        .any(|part| lower.iter().any(|value| value.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values() -> BTreeSet<String> {
        BTreeSet::from(["Erika Mustermann".to_owned(), "KL-4821".to_owned()])
    }

    #[test]
    fn a_search_that_names_a_person_or_a_part_of_the_name_is_blanked_whole() {
        for chosen in [
            "by the search 'customer:\"Erika Mustermann\"'",
            "by the search 'musterm'",
            "by the search 'plate:kl-4821 state:verified'",
        ] {
            let mut facts = json!({ "title": "Van v5", "chosen": chosen, "by": "Bench 1" });
            let mut changed = false;
            in_json(&mut facts, &values(), &mut changed);
            assert!(changed, "{chosen}");
            assert_eq!(
                facts,
                json!({ "title": "Van v5", "chosen": BLANK_SEARCH, "by": "Bench 1" })
            );
        }
        for chosen in ["by the search 'office:north'", "by a list of 40 numbers"] {
            let mut facts = json!({ "chosen": chosen });
            let mut changed = false;
            in_json(&mut facts, &values(), &mut changed);
            assert!(!changed, "{chosen}");
        }
    }

    #[test]
    fn a_value_leaves_every_text_and_nothing_else_does() {
        assert_eq!(
            without("for Erika Mustermann, erika mustermann", &values()).as_deref(),
            Some("for (removed), (removed)")
        );
        assert_eq!(without("for Erika", &values()), None);
    }

    #[test]
    fn pushes_messages_and_notes_of_the_file_hold_no_trace_afterwards() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::inventory::migrations::apply(&mut connection).unwrap();
        connection
            .execute_batch(
                "INSERT INTO push VALUES (zeroblob(16), '{\"chosen\":\"by the search ''mustermann''\"}', '{}', 'ended', 1, 1);
                 INSERT INTO push_log (push_id, at_ms, by, what) VALUES (zeroblob(16), 1, 'Bench 1', 'begun for Erika Mustermann');
                 INSERT INTO carrier_message VALUES ('m1', 'm1', 0, 'acc', 'imei', '356938035643809', 'KL-4821', NULL, 3, 'failed', NULL,
                     'KL-4821 is not in service', 1, NULL, 1, 1);
                 INSERT INTO meta VALUES ('note:heard', '{\"lists\":[\"Erika Mustermann\"]}')",
            )
            .unwrap();
        assert!(blank(&connection, &values()).unwrap());
        for look in [
            "SELECT facts FROM push",
            "SELECT what FROM push_log",
            "SELECT coalesce(mdn, '') || detail FROM carrier_message",
            "SELECT value FROM meta WHERE key = 'note:heard'",
        ] {
            let text: String = connection.query_row(look, [], |row| row.get(0)).unwrap();
            let lower = text.to_lowercase();
            assert!(
                !lower.contains("mustermann") && !lower.contains("4821"),
                "{text}"
            );
        }
        assert!(!blank(&connection, &values()).unwrap(), "once is enough");
    }
}
