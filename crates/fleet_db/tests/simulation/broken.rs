//! Protocols that are broken on purpose, each by one change of what stands in the database.

use crate::server::Database;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it is.
    Whole,
    /// Numbers are given while a transaction runs, not in the order in which they become visible.
    SequenceForHead,
    /// An operation sent twice is done twice.
    NoReceipt,
    /// What others wrote meanwhile is overwritten.
    LastPushWins,
    /// A deletion gets no revision.
    NoStampOnDelete,
}

impl Variant {
    /// Invariants that it must offend against; anything else found would be a mistake of this test.
    pub fn offends(self) -> &'static [&'static str] {
        match self {
            Self::Whole => &[],
            Self::SequenceForHead => &["I1", "I4"],
            Self::NoReceipt => &["I2", "I7"],
            Self::LastPushWins => &["I7"],
            Self::NoStampOnDelete => &["I1", "I4"],
        }
    }
}

pub async fn apply(variant: Variant, database: &Database) {
    let sql = database.sql("postgres").await;
    let script = match variant {
        Variant::Whole => return,
        Variant::NoStampOnDelete => "DROP TRIGGER stamp_id ON fleet.units;
             CREATE CONSTRAINT TRIGGER stamp_id AFTER INSERT ON fleet.units DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fleet.stamp();"
            .to_owned(),
        Variant::SequenceForHead => "SET ROLE fleet_owner; CREATE SEQUENCE fleet.revisions;
             ALTER TABLE fleet.sync_head RENAME TO true_head;
             CREATE VIEW fleet.sync_head AS SELECT (SELECT max(c.rev) FROM fleet.sync_commits c) AS rev, 1 AS schema_version, 1 AS min_client;
             GRANT SELECT ON fleet.sync_head TO fleet_app;
             DROP TRIGGER stamp_id ON fleet.units; DROP TRIGGER stamp_u ON fleet.units;
             CREATE OR REPLACE FUNCTION fleet.stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
             DECLARE r bigint := nextval('fleet.revisions');
             BEGIN INSERT INTO fleet.sync_commits(rev) VALUES (r);
               INSERT INTO fleet.unit_revs AS t (unit_id, rev) VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, r)
                 ON CONFLICT (unit_id) DO UPDATE SET rev = excluded.rev; RETURN NULL; END $$;
             CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE ON fleet.units FOR EACH ROW EXECUTE FUNCTION fleet.stamp();"
            .to_owned(),
        Variant::NoReceipt => changed(
            &sql,
            "IF NOT FOUND THEN RETURN QUERY SELECT s.op_id, s.outcome, s.detail FROM fleet.sync_ops s WHERE s.op_id = oid; CONTINUE; END IF;",
            "",
        )
        .await,
        Variant::LastPushWins => changed(&sql, "ELSIF u->f = b THEN", "ELSIF true THEN").await,
    };
    sql.batch_execute(&script).await.unwrap();
}

/// The function that takes pushes, with one place changed.
async fn changed(sql: &tokio_postgres::Client, from: &str, to: &str) -> String {
    let row = sql
        .query_one("SELECT pg_get_functiondef('fleet.sync_push'::regproc)", &[])
        .await
        .unwrap();
    let text: String = row.get(0);
    assert_eq!(
        text.matches(from).count(),
        1,
        "the place to break is there once"
    );
    text.replace(from, to)
}
