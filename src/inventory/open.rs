//! Opening the inventory: lock, look, restore, migrate, and what a start has to know before jobs go on.

use super::backup::{self, Recovered};
use super::checking::CheckTold;
use super::connection::{self, Health};
use super::error::{InventoryError, OpenError};
use super::lock::InstanceLock;
use super::reader::Reader;
use super::writer::Writer;
use super::{Inventory, Shared, columns, indexing, leases, meta, migrations, place};
use jiff::{Timestamp, Zoned};
use rusqlite::{Connection, OptionalExtension};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// The inventory's file in its folder.
const FILE: &str = "inventory.sqlite";

/// How to open.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names the clock that `Moment`s are counted by; a new number for each run of the program unless a test says else.
    pub boot_id: Uuid,
    /// Make today's backup in the background if there is none yet.
    pub daily_backup: bool,
    /// Most pages that the file may have; tests fill the disk with it.
    pub max_pages: Option<u32>,
    /// Who works here, for the fleet database: office and bench. Without a name, who a timeline entry names.
    pub actor: String,
    /// Who is told how far the check after an unclean end is.
    pub check_told: Option<CheckTold>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            boot_id: Uuid::now_v7(),
            daily_backup: true,
            max_pages: None,
            actor: String::new(),
            check_told: None,
        }
    }
}

/// What a start found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Number of this bench, made at its first start.
    pub bench_id: Uuid,
    /// There was no inventory yet.
    pub is_new: bool,
    /// The last run was killed or cut off; the file was checked and is whole.
    pub after_unclean_end: bool,
    /// The file was damaged.
    pub recovered: Option<Recovered>,
    /// Jobs that somebody drove when the last run ended.
    pub leases_cleared: usize,
    /// Wall time of the last event of any journal. When the clock shows less, waiting times start again.
    pub last_event_at: Option<Timestamp>,
}

/// Opens for writing, as the only program.
pub(super) fn open(folder: &Path, options: &Options) -> Result<(Inventory, Opened), OpenError> {
    connection::check_version()?;
    place::prepare(folder)?;
    let lock = InstanceLock::take(folder)?;
    let file = folder.join(FILE);
    let now = Timestamp::now();
    let told = options.check_told.as_ref();
    let mut recovered = None;
    let mut health = connection::look(&file, told)?;
    if health == Health::Damaged {
        recovered = Some(set_aside(folder, &file, now)?);
        health = connection::look(&file, told)?;
    }
    let raised = match raise(folder, &file, options, recovered.as_ref(), now) {
        // Closed cleanly, and damaged since: found only on use.
        Err(OpenError::Inventory(InventoryError::Corrupt)) if recovered.is_none() => {
            recovered = Some(set_aside(folder, &file, now)?);
            health = connection::look(&file, told)?;
            raise(folder, &file, options, recovered.as_ref(), now)
        }
        other => other,
    };
    let (writing, bench_id, leases_cleared) = raised?;
    let opened = Opened {
        bench_id,
        is_new: health == Health::New,
        after_unclean_end: health == Health::UncleanEnd && recovered.is_none(),
        recovered,
        leases_cleared,
        last_event_at: last_event_at(&writing)?,
    };
    let suspect = Arc::new(AtomicBool::new(false));
    let reader = Reader::start(connection::open_reader(&file)?, Arc::clone(&suspect))?;
    let searcher = Reader::start(connection::open_searcher(&file)?, Arc::clone(&suspect))?;
    let writer = Writer::start(writing, lock, Arc::clone(&suspect), indexing::catch_up)?;
    let inventory = Inventory {
        shared: Arc::new(Shared {
            backups: Mutex::default(),
            reader,
            searcher,
            writer: Some(writer),
            suspect,
            folder: folder.to_owned(),
            file,
            boot_id: options.boot_id,
            actor: options.actor.clone(),
        }),
    };
    if options.daily_backup {
        // What comes of it stands in the log; the caller may ask again and wait.
        drop(inventory.back_up_if_due());
    }
    Ok((inventory, opened))
}

/// Opens for looking only, beside a program that writes.
pub(super) fn open_read_only(folder: &Path) -> Result<Inventory, OpenError> {
    connection::check_version()?;
    let file = folder.join(FILE);
    if !file.is_file() {
        return Err(OpenError::Absent(folder.to_owned()));
    }
    let connection = connection::open_reader(&file)?;
    connection::check_is_ours(&connection, &file)?;
    let suspect = Arc::new(AtomicBool::new(false));
    let reader = Reader::start(connection, Arc::clone(&suspect))?;
    let searcher = Reader::start(connection::open_searcher(&file)?, Arc::clone(&suspect))?;
    let boot_id = Uuid::nil();
    let folder = folder.to_owned();
    Ok(Inventory {
        shared: Arc::new(Shared {
            backups: Mutex::default(),
            reader,
            searcher,
            writer: None,
            suspect,
            folder,
            file,
            boot_id,
            actor: String::new(),
        }),
    })
}

fn set_aside(folder: &Path, file: &Path, now: Timestamp) -> Result<Recovered, OpenError> {
    let recovered = backup::restore(folder, file, now)?;
    tracing::error!(backup = ?recovered.backup, lost_jobs = recovered.lost_jobs.len(), "the inventory was damaged and is restored");
    Ok(recovered)
}

/// Brings the file to a state in which jobs can go on: newest schema, no leases, not marked as closed.
fn raise(
    folder: &Path,
    file: &Path,
    options: &Options,
    recovered: Option<&Recovered>,
    now: Timestamp,
) -> Result<(Connection, Uuid, usize), OpenError> {
    connection::make_file(folder, file)?;
    let mut writing = connection::open_writer(file, options.max_pages)?;
    let schema: i64 = writing.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if schema == 0 {
        connection::mark_as_ours(&writing)?;
    } else if schema < migrations::NEWEST_SCHEMA {
        backup::before_migration(folder, file, schema, Zoned::now().date())?;
    }
    migrations::apply(&mut writing)?;
    let transaction =
        writing.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    meta::set(&transaction, meta::CLEAN_END, "0")?;
    let bench_id = meta::bench_id(&transaction)?;
    let indexed = super::search::prepare(&transaction)?;
    if indexed > 0 {
        tracing::info!(
            indexed,
            "units were made ready for the searches of this program"
        );
    }
    super::sync::prepare(&transaction, bench_id)?;
    let leases_cleared = leases::clear(&transaction)?;
    if let Some(recovered) = recovered {
        let from = recovered
            .backup
            .as_deref()
            .and_then(Path::file_name)
            .map(PathBuf::from);
        meta::set(
            &transaction,
            meta::RESTORED,
            &format!("{now} from {}", from.unwrap_or_default().display()),
        )?;
    }
    transaction.commit()?;
    Ok((writing, bench_id, leases_cleared))
}

fn last_event_at(connection: &Connection) -> Result<Option<Timestamp>, InventoryError> {
    let last: Option<i64> = connection
        .query_row(
            "SELECT wall_ms FROM job_event ORDER BY rowid DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    last.map(columns::timestamp).transpose()
}
