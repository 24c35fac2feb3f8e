//! The schema of the inventory, one numbered step after the other. A step that was released never changes.

use super::error::OpenError;
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

/// Number of the newest step.
pub(super) const NEWEST_SCHEMA: i64 = 15;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("schema_1.sql")).comment("journal, units, templates"),
    M::up(include_str!("schema_2.sql")).comment("agreement with the fleet database"),
    M::up(include_str!("schema_3.sql")).comment("changes at a carrier, and its list"),
    M::up(include_str!("schema_4.sql")).comment("reports that were heard"),
    M::up(include_str!("schema_5.sql")).comment("searches of a million units"),
    M::up(include_str!("schema_6.sql")).comment("texts to units over a carrier"),
    M::up(include_str!("schema_7.sql")).comment("drafts of templates"),
    M::up(include_str!("schema_8.sql")).comment("facts about a person that are blanked"),
    M::up(include_str!("schema_9.sql")).comment("pushes"),
    M::up(include_str!("schema_10.sql")).comment("an account's list over days"),
    M::up(include_str!("schema_11.sql")).comment("answers that no pull holds yet"),
    M::up(include_str!("schema_12.sql")).comment("pushes that benches share"),
    M::up(include_str!("schema_13.sql"))
        .comment("rows of the fleet database in the order they came"),
    M::up(include_str!("schema_14.sql")).comment("units that a push passes over"),
    M::up(include_str!("schema_15.sql")).comment("pieces of numbers"),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// Brings the file to the newest schema.
pub(super) fn apply(connection: &mut Connection) -> Result<(), OpenError> {
    MIGRATIONS
        .to_latest(connection)
        .map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
            other => OpenError::Inventory(super::InventoryError::Other(other.to_string())),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_applies_and_the_newest_is_known_by_its_number() {
        MIGRATIONS.validate().unwrap();
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection).unwrap();
        let version: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(version, NEWEST_SCHEMA);
    }

    #[test]
    fn every_table_of_ours_is_strict() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection).unwrap();
        let loose: i64 = connection
            .query_row("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND strict = 0", [], |row| row.get(0))
            .unwrap();
        assert_eq!(loose, 0);
    }
}
