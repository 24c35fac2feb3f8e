//! One connection to the fleet database: push, pull, claims.
//!
//! Answers count only when the server has said that it is ready again: the triggers run at COMMIT, so the row 'applied' may come first and
//! an error after it. Every call here reads to that end before it returns.

use crate::connect::{Connected, Warnings, connect};
use crate::credential::Credential;
use crate::fault::Fault;
use crate::protocol::{
    Answer, ClaimAnswer, HistoryEntry, MOST_BYTES, MOST_OPERATIONS, OpenClaim, Operation, Outcome,
    Page, PageAfter, Position, Purge, RowHolder,
};
use crate::pulling::{AnyJson, Pulling};
use crate::roots::Roots;
use crate::target::Target;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

/// Longest wait for one answer. Longer than the server's own limit of a statement, so that usually the server says no first.
const ANSWER: Duration = Duration::from_secs(45);

const PUSH: &str = "SELECT op_id, outcome, detail FROM fleet.sync_push($1::uuid, $2::text::jsonb)";
/// The triggers that give a revision run at COMMIT, which no limit of a statement covers: a commit that waits for another's would wait until the line
/// is given up here, and then nobody can be asked whose it is. What a lock may take covers it. A shorter limit of the login stays.
const WAITS: &str = "SELECT set_config('lock_timeout', '15s', false) FROM pg_catalog.pg_settings \
     WHERE name = 'lock_timeout' AND setting::bigint NOT BETWEEN 1 AND 15000";
const KNOWN_OPS: &str = "SELECT k FROM fleet.known_ops($1::uuid[]) AS k";
const CLAIM: &str = "SELECT mine, job_id, actor, at FROM fleet.claim($1, $2, $3, $4, $5)";
const OPEN_CLAIMS: &str = "SELECT kind, key, job_id, actor, at FROM fleet.open_claims()";
const END_CLAIMS: &str = "SELECT fleet.end_claims($1)";
const HISTORY: &str = "SELECT n, change, op_id, actor, login::text AS login, xact_at FROM fleet.unit_history WHERE unit_id = $1 ORDER BY n";
const PURGES: &str =
    "SELECT rev, unit_id, fields FROM fleet.purges WHERE rev > $1 ORDER BY rev, unit_id";
const HOLDER: &str = "SELECT login::text AS login, since, greatest(0, extract(epoch FROM clock_timestamp() - since))::bigint AS open_s FROM fleet.row_holder($1) WHERE login IS NOT NULL AND since IS NOT NULL LIMIT 1";

/// A logged-in connection. Dropping it closes it.
pub struct Session {
    client: Client,
    carrier: JoinHandle<()>,
    broken: AtomicBool,
    warnings: Warnings,
    push: OnceCell<Statement>,
    pull: OnceCell<Pulling>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Session")
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

impl Session {
    /// Connects, trusting the shipped roots of RDS. Must be called within a tokio runtime, which then carries the connection.
    ///
    /// # Errors
    /// Which step failed, and why.
    pub async fn connect(target: &Target, credential: Credential) -> Result<Self, Fault> {
        let roots = Roots::rds().map_err(|error| Fault::not_understood(error.to_string()))?;
        Self::connect_trusting(target, credential, &roots).await
    }

    /// Connects, trusting `roots` and nobody else.
    ///
    /// # Errors
    /// Which step failed, and why.
    pub async fn connect_trusting(
        target: &Target,
        credential: Credential,
        roots: &Roots,
    ) -> Result<Self, Fault> {
        let Connected {
            client,
            carrier,
            warnings,
        } = connect(target, &credential, roots).await?;
        Ok(Self {
            client,
            carrier,
            warnings,
            broken: AtomicBool::new(false),
            push: OnceCell::new(),
            pull: OnceCell::new(),
        })
    }

    /// Whether the connection is of no more use: closed by the server, cut, or given up after an answer that did not come.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.client.is_closed() || self.broken.load(Ordering::Relaxed)
    }

    /// Sends a batch of one device, at most [`MOST_OPERATIONS`] and [`MOST_BYTES`], and gives all answers, in the order sent. Sending the
    /// same again gives the same answers, except for those that were `busy`.
    ///
    /// # Errors
    /// Then no answer counts. After [`Fault::Disturbed`] it is not known whether the batch was done: send the very same again.
    pub async fn push(&self, device: Uuid, operations: &[Operation]) -> Result<Vec<Answer>, Fault> {
        if operations.len() > MOST_OPERATIONS {
            return Err(Fault::TooLarge {
                what: format!("{} operations at once", operations.len()),
            });
        }
        let text = serde_json::to_string(operations)
            .map_err(|error| Fault::not_understood(error.to_string()))?;
        if text.len() > MOST_BYTES {
            return Err(Fault::TooLarge {
                what: format!("{} bytes at once", text.len()),
            });
        }
        let prepared = || async {
            self.query(&self.statement(WAITS).await?, &[]).await?;
            self.statement(PUSH).await
        };
        let statement = self.push.get_or_try_init(prepared).await?;
        let rows = self.query(statement, &[&device, &text]).await?;
        let answers = rows.iter().map(answer).collect::<Result<Vec<_>, _>>()?;
        let asked = operations.iter().map(|operation| operation.op_id);
        if !asked.eq(answers.iter().map(|answer| answer.op_id)) {
            return Err(Fault::not_understood(
                "the answers are not those to what was sent",
            ));
        }
        Ok(answers)
    }

    /// Units that changed since `position`, after the row `after`, at most `limit`. One statement and one snapshot; asking again is harmless.
    ///
    /// The first page of a pull is asked for with [`PageAfter::first`]; later ones after the last row of the page before.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn pull(
        &self,
        position: &Position,
        after: &PageAfter,
        limit: u32,
    ) -> Result<Page, Fault> {
        let prepared = self
            .pull
            .get_or_try_init(|| self.within(Pulling::prepare(&self.client)));
        let pulling = prepared.await?;
        let rows = self
            .query(
                &pulling.statement,
                &[
                    &position.cursor,
                    &position.tag,
                    &after.rev,
                    &after.unit_id,
                    &i64::from(limit),
                ],
            )
            .await;
        let page = rows.and_then(|rows| pulling.page(&rows, position));
        match page {
            // The table was changed under the prepared question: a new connection asks anew.
            Err(Fault::Refused { sqlstate, why }) if sqlstate == "0A000" => {
                self.broken.store(true, Ordering::Relaxed);
                Err(Fault::disturbed(why))
            }
            Err(fault @ Fault::Disturbed { .. }) => {
                self.broken.store(true, Ordering::Relaxed);
                Err(fault)
            }
            other => other,
        }
    }

    /// Which of these operations the database has receipts of.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn known_ops(&self, operations: &[Uuid]) -> Result<HashSet<Uuid>, Fault> {
        let statement = self.statement(KNOWN_OPS).await?;
        let rows = self.query(&statement, &[&operations]).await?;
        rows.iter().map(|row| get(row, "k")).collect()
    }

    /// Claims `key` for a job until its registration has ended; the first one to ask holds it. Asking again is harmless.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing. After [`Fault::Disturbed`] ask again: the answer tells who holds it.
    pub async fn claim(
        &self,
        kind: &str,
        key: &str,
        job: Uuid,
        device: Uuid,
        actor: &str,
    ) -> Result<ClaimAnswer, Fault> {
        let statement = self.statement(CLAIM).await?;
        let rows = self
            .query(&statement, &[&kind, &key, &job, &device, &actor])
            .await?;
        let row = rows
            .first()
            .ok_or_else(|| Fault::not_understood("a claim had no answer"))?;
        Ok(ClaimAnswer {
            mine: get(row, "mine")?,
            job_id: get(row, "job_id")?,
            actor: get(row, "actor")?,
            at: get(row, "at")?,
        })
    }

    /// Which units and SIMs benches have in hand, newest first.
    ///
    /// # Errors
    /// When the connection breaks, a right is missing, or the database is too old to tell.
    pub async fn open_claims(&self) -> Result<Vec<OpenClaim>, Fault> {
        let statement = self.statement(OPEN_CLAIMS).await?;
        let rows = self.query(&statement, &[]).await?;
        let claim = |row| {
            Ok(OpenClaim {
                kind: get(row, "kind")?,
                key: get(row, "key")?,
                job_id: get(row, "job_id")?,
                actor: get(row, "actor")?,
                at: get(row, "at")?,
            })
        };
        rows.iter().map(claim).collect()
    }

    /// Tells that these jobs have ended: what they claimed is free. Telling it again is harmless.
    ///
    /// # Errors
    /// When the connection breaks, a right is missing, or the database is too old to hear it.
    pub async fn end_claims(&self, jobs: &[Uuid]) -> Result<(), Fault> {
        let statement = self.statement(END_CLAIMS).await?;
        self.query(&statement, &[&jobs]).await.map(|_| ())
    }

    /// All changes of a unit, oldest first; also of a deleted one.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn history(&self, unit_id: Uuid) -> Result<Vec<HistoryEntry>, Fault> {
        let statement = self.statement(HISTORY).await?;
        let rows = self.query(&statement, &[&unit_id]).await?;
        let entry = |row| {
            Ok(HistoryEntry {
                n: get(row, "n")?,
                change: get::<AnyJson>(row, "change")?.0,
                op_id: get(row, "op_id")?,
                actor: get(row, "actor")?,
                login: get(row, "login")?,
                at: get(row, "xact_at")?,
            })
        };
        rows.iter().map(entry).collect()
    }

    /// What was blanked after a revision, oldest first.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn purges(&self, after: i64) -> Result<Vec<Purge>, Fault> {
        let statement = self.statement(PURGES).await?;
        let rows = self.query(&statement, &[&after]).await?;
        let purge = |row| {
            Ok(Purge {
                rev: get(row, "rev")?,
                unit_id: get(row, "unit_id")?,
                fields: get(row, "fields")?,
            })
        };
        rows.iter().map(purge).collect()
    }

    /// Who has the unit's row in an open transaction (the reason of [`Outcome::Busy`]), or without a unit the counter of revisions, which every
    /// commit waits for; `None` when nobody has, or when it cannot be told.
    ///
    /// # Errors
    /// When the connection breaks or a right is missing.
    pub async fn row_holder(&self, unit_id: Option<Uuid>) -> Result<Option<RowHolder>, Fault> {
        let statement = self.statement(HOLDER).await?;
        let rows = self.query(&statement, &[&unit_id]).await?;
        let holder = |row| {
            Ok(RowHolder {
                login: get(row, "login")?,
                since: get(row, "since")?,
                open_s: get(row, "open_s")?,
            })
        };
        rows.first().map(holder).transpose()
    }

    /// The server's clock.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn server_time(&self) -> Result<Timestamp, Fault> {
        let statement = self.statement("SELECT clock_timestamp() AS now").await?;
        let rows = self.query(&statement, &[]).await?;
        let row = rows
            .first()
            .ok_or_else(|| Fault::not_understood("no time came"))?;
        get(row, "now")
    }

    /// Runs a script of several statements.
    pub(crate) async fn run_script(&self, script: &str) -> Result<(), Fault> {
        self.client
            .batch_execute(script)
            .await
            .map_err(|error| Fault::of_session(&error))
    }

    /// What the server warned of since this was asked last, made harmless.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        self.warnings
            .lock()
            .map(|mut warnings| std::mem::take(&mut *warnings))
            .unwrap_or_default()
    }

    /// The connection itself, for statements of other modules of this package.
    pub(crate) async fn query(
        &self,
        statement: &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Fault> {
        self.within(self.client.query(statement, parameters)).await
    }

    pub(crate) async fn statement(&self, sql: &str) -> Result<Statement, Fault> {
        self.within(self.client.prepare(sql)).await
    }

    /// Waits for an answer, but not for ever: a line that was cut without a word looks like a server that thinks.
    async fn within<T>(
        &self,
        asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Fault> {
        if self.is_closed() {
            return Err(Fault::disturbed("the connection is closed"));
        }
        match timeout(ANSWER, asked).await {
            Ok(answer) => answer.map_err(|error| Fault::of_session(&error)),
            Err(_) => {
                self.broken.store(true, Ordering::Relaxed);
                self.carrier.abort();
                Err(Fault::disturbed(format!(
                    "no answer within {} s",
                    ANSWER.as_secs()
                )))
            }
        }
    }
}

pub(crate) fn get<'row, T: FromSql<'row>>(row: &'row Row, column: &str) -> Result<T, Fault> {
    row.try_get(column)
        .map_err(|error| Fault::not_understood(crate::fault::chain(&error)))
}

fn answer(row: &Row) -> Result<Answer, Fault> {
    let word: Option<&str> = get(row, "outcome")?;
    let outcome = word.and_then(Outcome::from_word).ok_or_else(|| {
        Fault::not_understood(format!("the outcome '{}'", word.unwrap_or_default()))
    })?;
    Ok(Answer {
        op_id: get(row, "op_id")?,
        outcome,
        detail: get::<Option<Value>>(row, "detail")?,
    })
}
