//! What is blanked of a person beside the unit's own rows: how pushes chose their units, what was texted, notes of what was heard.
//!
//! A push that was begun keeps the search that a person typed, and that may be a name, or a part of one.

use super::super::{InventoryError, meta};
use fleet::whole_words::WholeWords;
use rusqlite::{Connection, params};
use serde_json::Value;
use std::collections::BTreeSet;

/// What stands in a text where a fact stood.
pub(super) const BLANK: &str = "(removed)";
/// What stands where a search stood that named a person.
const BLANK_SEARCH: &str = "by a search (removed)";
/// Shorter parts of a search are parts of half of all words.
const SHORTEST_PART: usize = 3;

/// JSON that may quote a fact: how it is read, with its key first, how it is written anew, and which of its members are words of people
/// (all, where none is named). The others are the program's own and must stay what it can read.
const JSON: &[(&str, &str, &[&str])] = &[
    (
        "SELECT push_id, facts FROM push",
        "UPDATE push SET facts = ?2 WHERE push_id = ?1",
        &["chosen"],
    ),
    (
        "SELECT push_id, progress FROM push",
        "UPDATE push SET progress = ?2 WHERE push_id = ?1",
        &["why"],
    ),
    (
        "SELECT key, value FROM meta WHERE key LIKE 'note:%'",
        "UPDATE meta SET value = ?2 WHERE key = ?1",
        &[],
    ),
    // One that is still open must stay the request that it was.
    (
        "SELECT client_reference, request FROM carrier_change WHERE state IN ('done', 'refused')",
        "UPDATE carrier_change SET request = ?2 WHERE client_reference = ?1",
        &["reason"],
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
    let blanking = Blanking::of(values)?;
    let mut any = false;
    for (look, write, members) in JSON {
        any |= each(connection, look, write, |text| {
            let mut json: Value = serde_json::from_str(text).ok()?;
            let changed = blanking.json(&mut json, members, members.is_empty());
            changed.then(|| json.to_string())
        })?;
    }
    for (look, write) in TEXT {
        any |= each(connection, look, write, |text| blanking.without(text))?;
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

/// What is blanked.
struct Blanking {
    words: WholeWords,
    lower: Vec<String>,
}

impl Blanking {
    fn of(values: &BTreeSet<String>) -> Result<Self, InventoryError> {
        let values = values.iter().map(String::as_str);
        Ok(Self {
            words: WholeWords::of(values.clone())
                .map_err(|error| InventoryError::Other(error.to_string()))?,
            lower: values.map(str::to_lowercase).collect(),
        })
    }

    /// The text without the values, where it has any of them.
    fn without(&self, text: &str) -> Option<String> {
        self.words.replaced(text, BLANK)
    }

    /// Blanks the named members, and everything below a member that is `open`. Answers whether anything was.
    fn json(&self, value: &mut Value, members: &[&str], open: bool) -> bool {
        match value {
            Value::String(text) if open => match self.without(text) {
                Some(new) => {
                    *text = new;
                    true
                }
                None => false,
            },
            Value::Array(all) => all
                .iter_mut()
                .fold(false, |any, each| self.json(each, members, open) | any),
            Value::Object(all) => all.iter_mut().fold(false, |any, (key, each)| {
                let blanked = match each {
                    Value::String(chosen) if key == "chosen" && self.is_named_in(chosen) => {
                        BLANK_SEARCH.clone_into(chosen);
                        true
                    }
                    each => self.json(each, members, open || members.contains(&key.as_str())),
                };
                blanked | any
            }),
            _ => false,
        }
    }

    /// Whether a search names one of the values or a part of one. Only what a person typed counts, not the words around it.
    fn is_named_in(&self, chosen: &str) -> bool {
        let Some((_, typed)) = chosen.split_once('\'') else {
            return false;
        };
        typed
            .to_lowercase()
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|part| part.chars().count() >= SHORTEST_PART)
            .any(|part| self.lower.iter().any(|value| value.contains(part)))
    }
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
            assert!(blanking().json(&mut facts, &["chosen"], false), "{chosen}");
            assert_eq!(
                facts,
                json!({ "title": "Van v5", "chosen": BLANK_SEARCH, "by": "Bench 1" })
            );
        }
        for chosen in ["by the search 'office:north'", "by a list of 40 numbers"] {
            let mut facts = json!({ "chosen": chosen });
            assert!(!blanking().json(&mut facts, &["chosen"], false), "{chosen}");
        }
    }

    fn blanking() -> Blanking {
        Blanking::of(&values()).unwrap()
    }

    #[test]
    fn a_value_leaves_every_text_and_nothing_else_does() {
        let text = "for Erika Mustermann, ERIKA mustermann (kl-4821)";
        assert_eq!(
            blanking().without(text).as_deref(),
            Some("for (removed), (removed) ((removed))")
        );
        for other in ["for Erika", "KL-48210", "AKL-4821"] {
            assert_eq!(blanking().without(other), None, "{other}");
        }
    }

    #[test]
    fn words_of_the_program_stay_what_it_can_read() {
        let blanking = Blanking::of(&BTreeSet::from(["Running".to_owned()])).unwrap();
        let mut progress = json!({ "state": { "state": "running" }, "wave": "pilot" });
        assert!(!blanking.json(&mut progress, &["why"], false));
        let mut stopped = json!({ "state": { "state": "stopped", "why": "Running refused it" } });
        assert!(blanking.json(&mut stopped, &["why"], false));
        assert_eq!(stopped["state"]["why"], "(removed) refused it");
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
