//! What a round asks of the fleet database, so that tests can stand in its place.

use fleet_db::protocol::{
    Answer, HistoryEntry, Operation, Page, PageAfter, Position, Purge, RowHolder,
};
use fleet_db::{Fault, Session};
use std::collections::HashSet;
use std::future::Future;
use uuid::Uuid;

/// The questions of a round.
pub trait FleetDatabase {
    /// Sends operations; all answers, or none counts.
    fn push(
        &self,
        device: Uuid,
        operations: &[Operation],
    ) -> impl Future<Output = Result<Vec<Answer>, Fault>>;
    /// A page of changed units.
    fn pull(
        &self,
        position: &Position,
        after: &PageAfter,
        limit: u32,
    ) -> impl Future<Output = Result<Page, Fault>>;
    /// Which operations the database has receipts of.
    fn known_ops(&self, operations: &[Uuid]) -> impl Future<Output = Result<HashSet<Uuid>, Fault>>;
    /// All changes of a unit.
    fn history(&self, unit: Uuid) -> impl Future<Output = Result<Vec<HistoryEntry>, Fault>>;
    /// Facts about people that were blanked after a revision.
    fn purges(&self, after: i64) -> impl Future<Output = Result<Vec<Purge>, Fault>>;
    /// Who has a unit's row in an open transaction; without a unit, who holds up everybody's commit.
    fn row_holder(
        &self,
        unit: Option<Uuid>,
    ) -> impl Future<Output = Result<Option<RowHolder>, Fault>>;
}

impl FleetDatabase for Session {
    async fn push(&self, device: Uuid, operations: &[Operation]) -> Result<Vec<Answer>, Fault> {
        Session::push(self, device, operations).await
    }

    async fn pull(
        &self,
        position: &Position,
        after: &PageAfter,
        limit: u32,
    ) -> Result<Page, Fault> {
        Session::pull(self, position, after, limit).await
    }

    async fn known_ops(&self, operations: &[Uuid]) -> Result<HashSet<Uuid>, Fault> {
        Session::known_ops(self, operations).await
    }

    async fn history(&self, unit: Uuid) -> Result<Vec<HistoryEntry>, Fault> {
        Session::history(self, unit).await
    }

    async fn purges(&self, after: i64) -> Result<Vec<Purge>, Fault> {
        Session::purges(self, after).await
    }

    async fn row_holder(&self, unit: Option<Uuid>) -> Result<Option<RowHolder>, Fault> {
        Session::row_holder(self, unit).await
    }
}
