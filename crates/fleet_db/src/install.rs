//! The database's side: one script that makes or brings up to date everything in it, with numbered migrations.
//!
//! The script is the same text whatever the database holds: each numbered step looks for itself whether it was done, so what
//! a person approves is what runs, here or in psql. It is one transaction. A released step never changes; functions and rights are
//! written anew each time. A library for migrations was looked at and left out: it keeps its own table and its own way of applying,
//! so the printed script would be another one than the one that runs.

use crate::columns::{UNIT_COLUMNS, names};
use crate::fault::Fault;
use crate::session::Session;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// One numbered step.
struct Migration {
    version: i32,
    name: &'static str,
    sql: &'static str,
}

/// All steps, in order. A step that was released never changes.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "units",
        sql: include_str!("../sql/0001_units.sql"),
    },
    Migration {
        version: 2,
        name: "reports",
        sql: include_str!("../sql/0002_reports.sql"),
    },
    Migration {
        version: 3,
        name: "claims_and_purges",
        sql: include_str!("../sql/0003_claims_and_purges.sql"),
    },
    Migration {
        version: 4,
        name: "open_claims",
        sql: include_str!("../sql/0004_open_claims.sql"),
    },
    Migration {
        version: 5,
        name: "pushes",
        sql: include_str!("../sql/0005_pushes.sql"),
    },
    Migration {
        version: 6,
        name: "push_logins",
        sql: include_str!("../sql/0006_push_logins.sql"),
    },
    Migration {
        version: 7,
        name: "told_reports",
        sql: include_str!("../sql/0007_told_reports.sql"),
    },
];

/// Number of the newest step: the schema that this program knows.
pub const SCHEMA_VERSION: i32 = 7;

const GROUND: &str = include_str!("../sql/ground.sql");
const SYNC_PUSH: &str = include_str!("../sql/sync_push.sql");
const FUNCTIONS: &str = include_str!("../sql/functions.sql");
const PUSH_FUNCTIONS: &str = include_str!("../sql/push_functions.sql");
const GRANTS: &str = include_str!("../sql/grants.sql");
const REPORT_FUNCTIONS: &str = include_str!("../sql/report_functions.sql");
const REPORT_VIEWS: &str = include_str!("../sql/report_views.sql");
const REPORT_GRANTS: &str = include_str!("../sql/report_grants.sql");

/// The whole script, for a person to approve or for psql: what [`install`] runs, to the letter.
#[must_use]
pub fn script() -> String {
    let mut script = String::from("BEGIN;\n");
    script.push_str(GROUND);
    let _ = write!(script, "\n{}", refuse_newer());
    for migration in MIGRATIONS {
        script.push('\n');
        script.push_str(&step(migration));
    }
    for part in [
        &sync_push(),
        FUNCTIONS,
        PUSH_FUNCTIONS,
        REPORT_FUNCTIONS,
        REPORT_VIEWS,
        GRANTS,
        REPORT_GRANTS,
    ] {
        script.push('\n');
        script.push_str(part);
    }
    script.push_str("\nRESET ROLE;\nCOMMIT;\n");
    script
}

/// Applies [`script`] over a connection whose login may create roles and schemas. Answers what the script could not do and does not need:
/// warnings for the administrator.
///
/// # Errors
/// When a right is missing, when the database is newer than this program, or when the connection breaks; nothing is then changed.
pub async fn install(session: &Session) -> Result<Vec<String>, Fault> {
    // A step over a large table may take its time.
    session.run_script("SET statement_timeout = 0").await?;
    session.run_script(&script()).await.map_err(newer)?;
    Ok(session.take_warnings())
}

/// How the script refuses a newer database; the number of that one's schema follows.
const NEWER: &str =
    "this database is newer than this program and must not be changed by it: it has schema ";

fn refuse_newer() -> String {
    format!(
        "DO $newer$ DECLARE newest int := (SELECT max(m.version) FROM fleet.migrations m); BEGIN\n  IF newest > {SCHEMA_VERSION} THEN\n    \
         RAISE EXCEPTION '{NEWER}%, the program knows {SCHEMA_VERSION}', newest USING ERRCODE = 'object_not_in_prerequisite_state';\n  \
         END IF;\nEND $newer$;\n"
    )
}

/// The script's own refusal is the same fault as any bench finds with such a database.
fn newer(fault: Fault) -> Fault {
    let found = match &fault {
        Fault::Refused { why, .. } => why
            .strip_prefix(NEWER)
            .and_then(|rest| rest.split(',').next()?.parse().ok()),
        _ => None,
    };
    match found {
        Some(found) => Fault::SchemaNewer {
            found,
            known: SCHEMA_VERSION,
        },
        None => fault,
    }
}

/// A step that looks for itself whether it was done, and whether what was done is what stands here.
fn step(migration: &Migration) -> String {
    let Migration { version, name, sql } = migration;
    let sha256: String =
        Sha256::digest(sql.as_bytes())
            .iter()
            .fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
    format!(
        "DO $step$ DECLARE done text := (SELECT m.sha256 FROM fleet.migrations m WHERE m.version = {version}); BEGIN\n\
         IF done = '{sha256}' THEN RETURN; END IF;\n\
         IF done IS NOT NULL THEN RAISE EXCEPTION 'step {version} was applied with another text than this program knows' USING ERRCODE = 'object_not_in_prerequisite_state'; END IF;\n\
         EXECUTE $migration$\n{sql}$migration$;\n\
         INSERT INTO fleet.migrations (version, name, sha256) VALUES ({version}, '{name}', '{sha256}');\n\
         UPDATE fleet.sync_head SET schema_version = {version};\n\
         END $step$;\n"
    )
}

/// The function that takes pushed edits, with every column written out.
fn sync_push() -> String {
    let defaults: String = UNIT_COLUMNS
        .iter()
        .filter_map(|column| Some((column.name, column.default?)))
        .map(|(name, json)| format!(", '{name}', '{json}'::jsonb"))
        .collect();
    let listed: Vec<String> = UNIT_COLUMNS
        .iter()
        .map(|column| format!("'{}'", column.name))
        .collect();
    let listed = listed.join(", ");
    SYNC_PUSH
        .replace("/*NAMES*/", &listed)
        .replace("/*COLUMNS*/", &format!("id, {}", names("")))
        .replace("/*R.COLUMNS*/", &format!("r.id, {}", names("r.")))
        .replace("/*DEFAULTS*/", &defaults)
        .replace("/*SET COLUMNS*/", &names(""))
        .replace("/*SET R.COLUMNS*/", &names("r."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbered_without_a_gap_and_the_newest_is_known() {
        let numbers: Vec<_> = MIGRATIONS.iter().map(|step| step.version).collect();
        assert_eq!(numbers, (1..=SCHEMA_VERSION).collect::<Vec<_>>());
    }

    #[test]
    fn the_refusal_of_a_newer_database_says_to_update_the_program() {
        let refused = |why: String| {
            newer(Fault::Refused {
                sqlstate: "55000".to_owned(),
                why,
            })
        };
        let fault = refused(format!("{NEWER}6, the program knows 5"));
        let expected = Fault::SchemaNewer {
            found: 6,
            known: SCHEMA_VERSION,
        };
        assert_eq!(fault, expected);
        assert_eq!(fault.code(), "F-842");
        assert!(refuse_newer().contains(NEWER));
        let other = refused("step 1 was applied with another text".to_owned());
        assert_eq!(other.code(), "F-861");
    }

    #[test]
    fn no_place_is_left_open_in_the_script() {
        let script = script();
        assert!(
            !script.contains("COLUMNS*/")
                && !script.contains("DEFAULTS*/")
                && !script.contains("NAMES*/")
        );
        for column in UNIT_COLUMNS {
            assert!(
                script.contains(&format!("r.{}", column.name)),
                "{} is forgotten",
                column.name
            );
        }
    }
}
