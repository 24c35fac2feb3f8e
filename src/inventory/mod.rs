//! The local inventory: one SQLite file with units, journal, registrations and templates, written by one thread.
//!
//! Its door is [`Inventory`]: each call queues a request and gives a [`Pending`] answer, which for a write comes only after the
//! commit is on the disk. What events mean and what follows from them is decided in `fleet`; here they are kept whole.

mod backup;
mod carrier_changes;
mod carrier_listing;
mod carrier_messages;
mod chain;
mod checking;
mod columns;
mod connection;
mod error;
mod exporting;
mod heard;
mod importing;
mod indexing;
mod journal;
mod leases;
mod life;
mod lock;
mod meta;
mod migrations;
mod naming;
mod open;
mod passing_over;
mod pending;
mod place;
mod push_messages;
mod pushes;
mod reader;
mod record;
mod registrations;
mod search;
mod seed;
mod shared_pushes;
mod stuck;
mod sync;
mod templates;
#[cfg(test)]
mod tests;
mod tidy;
mod units;
mod wishes;
mod writer;

pub use backup::{LostJob, Recovered};
pub use carrier_changes::{ChangeStanding, KeptChange};
pub use carrier_listing::{Compared, Listed, ListingState, Ours, Piece};
pub use carrier_messages::{KeptMessage, MessageStanding};
pub use chain::{CheckedEvents, FirstBad, StoredEvent};
pub use checking::{CheckTold, CheckedSoFar};
pub use error::{InventoryError, OpenError};
pub use heard::{AwaitedUnit, KeptReports};
pub use importing::ImportRules;
pub use journal::{JobRow, OpenJob, OpenJobError, OpenJobRow};
pub use life::FormerValue;
pub use open::{Opened, Options};
pub use passing_over::PassedOver;
pub use pending::Pending;
pub use push_messages::PushMessage;
pub use pushes::{PushLogLine, PushRow, PushStep};
pub use registrations::WaitingRegistration;
pub use search::{
    AllFound, FirstFound, Group, ListVerdict, MOST_LINES, MenuValues, Named, UnitLine,
};
pub use shared_pushes::Untold;
pub use stuck::{Stuck, StuckUnit};
pub use sync::{
    Changed, ReviewDecision, ReviewEntry, ReviewKind, ReviewValue, SyncState, WentBack,
};
pub use templates::{StoredTemplate, TemplateUse};
pub use units::{Counts, UnitsPage};
pub use wishes::{LeftWish, TakenWish, Wishes};

use error::Failure;
use fleet::UnitId;
use fleet::job::{Now, Record};
use fleet::journal::{JobEvent, JobId};
use fleet::query::Query;
use fleet::unit::{Unit, UnitEvent};
use jiff::{Timestamp, Zoned};
use reader::Reader;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use uuid::Uuid;
use writer::Writer;

/// A handle to the inventory; clones share one file. Dropping the last one finishes what was asked for and closes the file.
#[derive(Clone)]
pub struct Inventory {
    shared: Arc<Shared>,
}

/// Dropped in this order: the writer goes last, so that it can tidy up a file that nobody else holds.
struct Shared {
    backups: Mutex<Vec<BackupThread>>,
    reader: Reader,
    /// Searches may go on for a while; nothing else waits behind them.
    searcher: Reader,
    writer: Option<Writer>,
    suspect: Arc<AtomicBool>,
    folder: PathBuf,
    file: PathBuf,
    boot_id: Uuid,
    actor: String,
}

/// A backup under way; waited for when dropped.
struct BackupThread(Option<JoinHandle<()>>);

impl BackupThread {
    fn is_at_work(&self) -> bool {
        self.0.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for BackupThread {
    fn drop(&mut self) {
        if self.0.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("a backup of the inventory ended badly");
        }
    }
}

impl std::fmt::Debug for Inventory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Inventory")
            .field("file", &self.shared.file)
            .field("read_only", &self.is_read_only())
            .finish()
    }
}

impl Inventory {
    /// Opens the inventory of `folder` for writing and makes it if there is none. Blocks until the file is checked.
    ///
    /// # Errors
    /// When another program has it ([`OpenError::InUse`]), when the place will not do, or when it is newer than this program.
    pub fn open(folder: &Path, options: &Options) -> Result<(Self, Opened), OpenError> {
        open::open(folder, options)
    }

    /// Opens it for looking, beside the program that has it. Every write then answers [`InventoryError::ReadOnly`].
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open_read_only(folder: &Path) -> Result<Self, OpenError> {
        open::open_read_only(folder)
    }

    /// Whether this handle can only look.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.shared.writer.is_none()
    }

    fn write<T, E, W>(&self, work: W) -> Pending<T, E>
    where
        W: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Failure,
    {
        match &self.shared.writer {
            Some(writer) => writer.ask(work),
            None => Pending::failed(InventoryError::ReadOnly),
        }
    }

    /// As [`Self::write`], for what looks at units first: what is kept and not shown yet would pass for unknown, and be written over.
    fn write_units<T, E, W>(&self, work: W) -> Pending<T, E>
    where
        W: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Failure,
    {
        self.write(move |connection| {
            sync::show_all(connection)?;
            work(connection)
        })
    }

    fn read<T, W>(&self, work: W) -> Pending<T>
    where
        W: FnOnce(&Connection) -> Result<T, InventoryError> + Send + 'static,
        T: Send + 'static,
    {
        self.shared.reader.ask(work)
    }

    /// As [`Self::read`], for what may take long: `work` asks now and then whether anybody still waits.
    fn search<T, W>(&self, work: W) -> Pending<T>
    where
        W: FnOnce(&Connection, &dyn Fn() -> bool) -> Result<T, InventoryError> + Send + 'static,
        T: Send + 'static,
    {
        self.shared.searcher.ask_stoppable(work)
    }

    /// Begins a job with its first events, unless another one is open for the same unit or SIM.
    pub fn open_job(&self, request: OpenJob) -> Pending<(), OpenJobError> {
        let boot_id = self.shared.boot_id;
        self.write(move |connection| journal::open_job(connection, boot_id, &request))
    }

    /// Appends events in order and sets the job's state to the word that follows from them; answers the last event's number.
    pub fn append(
        &self,
        job: JobId,
        events: Vec<JobEvent>,
        state: impl Into<String>,
        now: Now,
    ) -> Pending<u64> {
        let (boot_id, state) = (self.shared.boot_id, state.into());
        self.write(move |connection| {
            journal::append(connection, boot_id, job, &events, &state, now)
        })
    }

    /// Keeps bytes under their SHA-256 (64 hex digits); a second time is no change.
    pub fn put_blob(&self, sha256: impl Into<String>, bytes: Vec<u8>) -> Pending<()> {
        let sha256 = sha256.into();
        self.write(move |connection| journal::put_blob(connection, &sha256, &bytes))
    }

    /// Writes a proved unit's row, its timeline entry, what the fleet database is owed, and the journal's events in one transaction.
    ///
    /// What people entered in the row (customer, vehicle, office, note) stays. Answers the last event's number.
    pub fn record(
        &self,
        job: JobId,
        record: Record,
        state: impl Into<String>,
        now: Now,
    ) -> Pending<u64> {
        let (boot_id, state) = (self.shared.boot_id, state.into());
        let by = Some(self.shared.actor.clone()).filter(|actor| !actor.is_empty());
        let by = by.unwrap_or_else(|| record.entry.by.clone());
        self.write_units(move |connection| {
            record::write(connection, boot_id, job, &record, &by, &state, now)
        })
    }

    /// Notes that this program drives the job. All leases end with the program.
    pub fn take_lease(&self, job: JobId, port: Option<String>, now: Timestamp) -> Pending<()> {
        let boot_id = self.shared.boot_id;
        self.write(move |connection| leases::take(connection, job, port.as_deref(), boot_id, now))
    }

    /// Notes that the job is no longer driven.
    pub fn release_lease(&self, job: JobId) -> Pending<()> {
        self.write(move |connection| leases::release(connection, job))
    }

    /// Writes a whole row as a person or an import gives it, with what its timeline shall say.
    pub fn upsert_unit(&self, unit: Unit, entries: Vec<UnitEvent>) -> Pending<()> {
        self.write_units(move |connection| units::write_with_entries(connection, &unit, &entries))
    }

    /// Writes many whole rows in one transaction, without a timeline entry for each.
    pub fn upsert_units(&self, units: Vec<Unit>) -> Pending<()> {
        self.write_units(move |connection| {
            units
                .iter()
                .try_for_each(|unit| units::write_with_entries(connection, unit, &[]))
        })
    }

    /// Adds to the timeline of a unit that is in the inventory.
    pub fn add_entry(&self, id: UnitId, entry: UnitEvent) -> Pending<()> {
        self.write_units(move |connection| match units::row_of(connection, &id)? {
            Some(row) => units::add_entry(connection, row, &entry),
            None => Err(InventoryError::NotFound(format!("unit {id}"))),
        })
    }

    /// Adds the same entry to the timelines of units, in one transaction. Units that are not there are left out.
    pub fn add_entries(&self, ids: Vec<UnitId>, entry: UnitEvent) -> Pending<()> {
        self.write_units(move |connection| {
            for id in &ids {
                if let Some(row) = units::row_of(connection, id)? {
                    units::add_entry(connection, row, &entry)?;
                }
            }
            Ok(())
        })
    }

    /// Keeps a single fact of this bench by name.
    pub fn set_note(&self, key: impl Into<String>, value: impl Into<String>) -> Pending<()> {
        let (key, value) = (meta::note_key(&key.into()), value.into());
        self.write(move |connection| Ok(meta::set(connection, &key, &value)?))
    }

    /// A fact kept by [`Self::set_note`].
    pub fn note(&self, key: impl Into<String>) -> Pending<Option<String>> {
        let key = meta::note_key(&key.into());
        self.read(move |connection| Ok(meta::get(connection, &key)?))
    }

    /// Jobs that have not ended, oldest first, each with its events and whether its chain is whole.
    pub fn open_jobs(&self) -> Pending<Vec<OpenJobRow>> {
        self.read(journal::open_jobs)
    }

    /// Jobs of a unit, newest first.
    pub fn jobs_of(&self, unit: UnitId) -> Pending<Vec<JobRow>> {
        self.read(move |connection| journal::jobs_of(connection, &unit))
    }

    /// Jobs of this bench that were begun since then, oldest first.
    pub fn jobs_since(&self, since: Timestamp) -> Pending<Vec<JobRow>> {
        self.read(move |connection| journal::jobs_since(connection, since))
    }

    /// Whether a job of this bench has ended; `None` when it is none of this bench.
    pub fn has_ended(&self, job: JobId) -> Pending<Option<bool>> {
        self.read(move |connection| journal::has_ended(connection, job))
    }

    /// A job's events and whether its chain is whole.
    pub fn events(&self, job: JobId) -> Pending<CheckedEvents> {
        self.read(move |connection| chain::read(connection, job))
    }

    /// Whether a job's journal is what was written; the inner error names the first event that is not.
    pub fn verify_chain(&self, job: JobId) -> Pending<Result<(), FirstBad>> {
        self.read(move |connection| Ok(chain::read(connection, job)?.chain))
    }

    /// Bytes kept under that SHA-256.
    pub fn blob(&self, sha256: impl Into<String>) -> Pending<Option<Vec<u8>>> {
        let sha256 = sha256.into();
        self.read(move |connection| journal::blob(connection, &sha256))
    }

    /// The row of a unit.
    pub fn unit(&self, id: UnitId) -> Pending<Option<Unit>> {
        self.read(move |connection| units::unit(connection, &id))
    }

    /// The one unit that a text names: by a whole number of any kind, or by the end of one.
    pub fn unit_named(&self, text: impl Into<String>) -> Pending<Named> {
        let text = text.into();
        self.read(move |connection| search::named(connection, &text))
    }

    /// The same, also by a whole number that it is not known by here: the MEID of a unit that has an IMEI, or what SQL users call it. For one
    /// question at a time: it may read all that the fleet database told.
    pub fn unit_with_number(&self, text: impl Into<String>) -> Pending<Named> {
        let text = text.into();
        self.search(move |connection, _| naming::named(connection, &text))
    }

    /// The same, also by any part of a number that fits no other unit.
    pub fn unit_named_by_part(&self, text: impl Into<String>) -> Pending<Named> {
        let text = text.into();
        self.search(move |connection, _| naming::named_by_part(connection, &text))
    }

    /// Units that fit a query, best first and with their settings; an empty query gives all. Drop the answer to stop it.
    pub fn find_units(&self, query: Query, limit: u32, offset: u32) -> Pending<UnitsPage> {
        self.search(move |connection, stop| search::find(connection, &query, limit, offset, stop))
    }

    /// All units, last changed first.
    pub fn units_page(&self, limit: u32, offset: u32) -> Pending<UnitsPage> {
        self.read(move |connection| units::page(connection, limit, offset))
    }

    /// What happened to a unit, newest first.
    pub fn timeline(&self, id: UnitId, limit: u32) -> Pending<Vec<UnitEvent>> {
        self.read(move |connection| units::timeline(connection, &id, limit))
    }

    /// Registrations that wait for us or for the carrier, longest first.
    pub fn registrations_owed(&self) -> Pending<Vec<WaitingRegistration>> {
        self.read(registrations::waiting)
    }

    /// How many of everything.
    pub fn counts(&self) -> Pending<Counts> {
        self.read(units::counts)
    }

    /// Copies the file into `backups` and checks the copy, unless today has one or one is being made.
    /// Runs beside everything else; ask once in a while.
    pub fn back_up_if_due(&self) -> Pending<Option<PathBuf>> {
        if self.is_read_only() {
            return Pending::failed(InventoryError::ReadOnly);
        }
        let (reply, pending) = Pending::channel();
        let (folder, file, suspect) = (
            self.shared.folder.clone(),
            self.shared.file.clone(),
            Arc::clone(&self.shared.suspect),
        );
        let mut backups = self
            .shared
            .backups
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        backups.retain(BackupThread::is_at_work);
        if !backups.is_empty() {
            let _received_below = reply.send(Ok(None));
            return pending;
        }
        let thread = std::thread::Builder::new()
            .name("inventory-backup".to_owned())
            .spawn(move || {
                let made = backup::make(&folder, &file, Zoned::now().date());
                if let Err(error) = &made {
                    tracing::error!(%error, "today's backup of the inventory could not be made");
                    suspect.fetch_or(*error == InventoryError::Corrupt, Ordering::Relaxed);
                }
                let _nobody_waits = reply.send(made);
            });
        match thread {
            Ok(thread) => backups.push(BackupThread(Some(thread))),
            Err(error) => return Pending::failed(InventoryError::Other(error.to_string())),
        }
        pending
    }
}
