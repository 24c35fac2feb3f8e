//! The one thread that writes: it takes requests, commits them, and answers only then.
//!
//! Requests that wait at the same moment share one transaction, each in its own savepoint, so that sixteen lanes pay for one
//! wait of the disk and not for sixteen. What a request means is not known here.

use super::error::{Failure, InventoryError};
use super::lock::InstanceLock;
use super::pending::Pending;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Most requests in one transaction.
const LONGEST_BATCH: usize = 64;
/// Nobody must have asked for that long before work between requests begins: pages that come one after the other do not wait for it.
const QUIET_BEFORE_BETWEEN: Duration = Duration::from_millis(300);

/// Something to write, with somebody who waits for it.
trait Request: Send {
    /// Does the work inside the open transaction and keeps its answer. `Err` means: undo this request, its answer says why.
    fn run(&mut self, connection: &Connection) -> Result<(), Option<InventoryError>>;
    /// Gives the kept answer, or the error that undid the whole transaction.
    fn answer(self: Box<Self>, committed: Result<(), InventoryError>);
    /// Whether it runs by itself, outside of any transaction.
    fn is_alone(&self) -> bool;
}

struct Write<W, T, E> {
    work: Option<W>,
    kept: Option<Result<T, E>>,
    alone: bool,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Request for Write<W, T, E>
where
    W: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: Failure,
{
    fn run(&mut self, connection: &Connection) -> Result<(), Option<InventoryError>> {
        let Some(work) = self.work.take() else {
            return Err(None);
        };
        let kept = work(connection);
        let verdict = kept
            .as_ref()
            .map(|_| ())
            .map_err(|error| error.inventory_error().cloned());
        self.kept = Some(kept);
        verdict
    }

    fn answer(self: Box<Self>, committed: Result<(), InventoryError>) {
        let answer = match (committed, self.kept) {
            // Its own refusal is more telling than what became of the others.
            (_, Some(Err(own))) => Err(own),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Ok(()), None) => Err(InventoryError::Closed.into()),
            (Err(error), _) => Err(error.into()),
        };
        // Nobody may be waiting any more; what was written stays written.
        let _nobody_waits = self.reply.send(answer);
    }

    fn is_alone(&self) -> bool {
        self.alone
    }
}

/// The thread's handle; dropping it finishes what was asked for, marks the clean end and closes the file.
pub(super) struct Writer {
    requests: Option<Sender<Box<dyn Request>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. It holds the file and its lock until the last request is done.
    ///
    /// `between` is what is done while nobody asks for anything, part by part, until it answers that nothing is left.
    /// `suspect` is set by whoever meets damage; then the end is not marked as clean, and the next start looks closely.
    pub(super) fn start(
        connection: Connection,
        lock: InstanceLock,
        suspect: Arc<AtomicBool>,
        between: fn(&Connection) -> Result<bool, InventoryError>,
    ) -> Result<Self, InventoryError> {
        let (requests, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("inventory-writer".to_owned())
            .spawn(move || {
                write_until_closed(&connection, &waiting, &suspect, between);
                drop(connection);
                drop(lock);
            })
            .map_err(|error| InventoryError::Other(error.to_string()))?;
        Ok(Self {
            requests: Some(requests),
            thread: Some(thread),
        })
    }

    /// Queues a write.
    pub(super) fn ask<T, E, W>(&self, work: W) -> Pending<T, E>
    where
        W: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Failure,
    {
        self.queue(work, false)
    }

    /// Queues work that runs outside of any transaction, between those of others.
    pub(super) fn ask_alone<T, W>(&self, work: W) -> Pending<T>
    where
        W: FnOnce(&Connection) -> Result<T, InventoryError> + Send + 'static,
        T: Send + 'static,
    {
        self.queue(work, true)
    }

    fn queue<T, E, W>(&self, work: W, alone: bool) -> Pending<T, E>
    where
        W: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Failure,
    {
        let (reply, pending) = Pending::channel();
        if let Some(requests) = &self.requests {
            // If the thread is gone, the request is dropped with its reply, and the caller reads 'closed'.
            let _thread_is_gone = requests.send(Box::new(Write {
                work: Some(work),
                kept: None,
                alone,
                reply,
            }));
        }
        pending
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(
                "the inventory's writer ended badly; the file is checked at the next start"
            );
        }
    }
}

fn write_until_closed(
    connection: &Connection,
    waiting: &Receiver<Box<dyn Request>>,
    suspect: &AtomicBool,
    between: fn(&Connection) -> Result<bool, InventoryError>,
) {
    let mut stopped: Option<String> = None;
    let mut next = None;
    let (mut more, mut quiet) = (true, QUIET_BEFORE_BETWEEN);
    loop {
        let asked = match next.take() {
            Some(request) => Ok(request),
            None if more && stopped.is_none() => waiting.recv_timeout(quiet),
            None => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let first = match asked {
            Ok(request) => request,
            Err(RecvTimeoutError::Timeout) => {
                more = do_between(connection, between);
                quiet = Duration::ZERO;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        (more, quiet) = (true, QUIET_BEFORE_BETWEEN);
        let mut batch = vec![first];
        if !batch.iter().any(|request| request.is_alone()) {
            for more in waiting.try_iter() {
                if more.is_alone() {
                    next = Some(more);
                    break;
                }
                batch.push(more);
                if batch.len() >= LONGEST_BATCH {
                    break;
                }
            }
        }
        if let Some(why) = &stopped {
            for request in batch {
                request.answer(Err(InventoryError::Stopped(why.clone())));
            }
            continue;
        }
        let (outcome, damage) = match batch.as_mut_slice() {
            [alone] if alone.is_alone() => run_alone(connection, alone.as_mut()),
            together => write_batch(connection, together),
        };
        if let Some(damage) = damage {
            tracing::error!(error = %damage, "the inventory stops writing");
            stopped = Some(damage.to_string());
        }
        for request in batch {
            request.answer(outcome.clone());
        }
    }
    if stopped.is_none()
        && !suspect.load(Ordering::Relaxed)
        && let Err(error) = end_cleanly(connection)
    {
        tracing::warn!(%error, "the inventory could not be closed cleanly; it is checked at the next start");
    }
}

/// One part of what is done while nobody asks; whether there is more of it.
fn do_between(
    connection: &Connection,
    between: fn(&Connection) -> Result<bool, InventoryError>,
) -> bool {
    let done = connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(InventoryError::from)
        .and_then(|()| between(connection))
        .and_then(|done| Ok(connection.execute_batch("COMMIT").map(|()| done)?));
    match done {
        Ok(done) => !done,
        Err(error) => {
            tracing::warn!(%error, "work between requests could not be done; it is tried again after the next one");
            if !connection.is_autocommit()
                && let Err(error) = connection.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "and could not be taken back");
            }
            false
        }
    }
}

/// Work that makes its own transactions, or can be in none.
fn run_alone(
    connection: &Connection,
    request: &mut dyn Request,
) -> (Result<(), InventoryError>, Option<InventoryError>) {
    let outcome = request.run(connection);
    let error = outcome.err().flatten();
    (Ok(()), error.filter(InventoryError::stops_writing))
}

/// One transaction. The second value is an error after which nothing may be written any more.
fn write_batch(
    connection: &Connection,
    batch: &mut [Box<dyn Request>],
) -> (Result<(), InventoryError>, Option<InventoryError>) {
    let mut damage = None;
    let outcome = run_batch(connection, batch, &mut damage);
    if let Err(error) = &outcome {
        if error.stops_writing() {
            damage = Some(error.clone());
        }
        if !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            damage = Some(error.into());
        }
    }
    (outcome, damage)
}

fn run_batch(
    connection: &Connection,
    batch: &mut [Box<dyn Request>],
    damage: &mut Option<InventoryError>,
) -> Result<(), InventoryError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for request in batch {
        connection.execute_batch("SAVEPOINT request")?;
        match request.run(connection) {
            Ok(()) => connection.execute_batch("RELEASE request")?,
            Err(error) => {
                if let Some(error) = &error
                    && error.stops_writing()
                {
                    *damage = Some(error.clone());
                    return Err(error.clone());
                }
                // A full disk and the like undo the whole transaction by themselves, the others' work with it.
                if connection.is_autocommit() {
                    return Err(error.unwrap_or_else(|| {
                        InventoryError::Other("the transaction was undone".to_owned())
                    }));
                }
                connection.execute_batch("ROLLBACK TO request; RELEASE request")?;
            }
        }
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

fn end_cleanly(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.execute_batch("PRAGMA optimize")?;
    super::meta::set(connection, super::meta::CLEAN_END, "1")?;
    // Readers may still hold the file; then the -wal file stays, which is no harm.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(folder: &std::path::Path, max_pages: Option<u32>) -> Writer {
        let connection =
            super::super::connection::open_writer(&folder.join("a.sqlite"), max_pages).unwrap();
        connection
            .execute_batch("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT; CREATE TABLE t(a TEXT UNIQUE) STRICT")
            .unwrap();
        Writer::start(
            connection,
            InstanceLock::take(folder).unwrap(),
            Arc::default(),
            |_| Ok(true),
        )
        .unwrap()
    }

    fn insert(writer: &Writer, text: &str) -> Pending<usize> {
        let text = text.to_owned();
        writer.ask(move |connection| Ok(connection.execute("INSERT INTO t VALUES (?1)", [text])?))
    }

    fn count(writer: &Writer) -> i64 {
        writer
            .ask(|connection| {
                Ok::<_, InventoryError>(connection.query_row(
                    "SELECT count(*) FROM t",
                    [],
                    |row| row.get(0),
                )?)
            })
            .wait()
            .unwrap()
    }

    #[test]
    fn a_refused_request_does_not_undo_its_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path(), None);
        let pending: Vec<_> = ["a", "b", "a", "c"]
            .iter()
            .map(|text| insert(&writer, text))
            .collect();
        let answers: Vec<bool> = pending
            .into_iter()
            .map(|each| each.wait().is_ok())
            .collect();
        assert_eq!(answers, [true, true, false, true]);
        assert_eq!(count(&writer), 3);
    }

    #[test]
    fn a_full_disk_is_said_and_keeps_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path(), Some(20));
        insert(&writer, "small").wait().unwrap();
        assert_eq!(
            insert(&writer, &"x".repeat(1 << 20)).wait(),
            Err(InventoryError::DiskFull)
        );
        assert_eq!(count(&writer), 1);
        insert(&writer, "small again").wait().unwrap();
    }

    #[test]
    fn after_an_error_of_the_disk_everything_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path(), None);
        let failed: Pending<()> = writer.ask(|connection| {
            connection.execute("INSERT INTO t VALUES ('half')", [])?;
            Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC),
                None,
            )
            .into())
        });
        assert!(matches!(failed.wait(), Err(InventoryError::Disk(_))));
        assert!(matches!(
            insert(&writer, "later").wait(),
            Err(InventoryError::Stopped(_))
        ));
        drop(writer);
        let connection = Connection::open(folder.path().join("a.sqlite")).unwrap();
        let rows: i64 = connection
            .query_row(
                "SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM meta)",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(rows, 0, "nothing of it is kept, and no clean end is marked");
    }

    #[test]
    fn what_was_asked_for_is_written_before_the_file_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path(), None);
        let pending: Vec<_> = (0..200).map(|n| insert(&writer, &n.to_string())).collect();
        drop(writer);
        assert!(pending.into_iter().all(|each| each.wait().is_ok()));
        let connection = Connection::open(folder.path().join("a.sqlite")).unwrap();
        let rows: i64 = connection
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 200);
    }
}
