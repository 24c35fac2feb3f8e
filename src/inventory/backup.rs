//! A copy for each day, opened and checked before it counts, and putting the newest good one in the place of a damaged file.

use super::columns::unit_id;
use super::connection::{is_whole_inventory, open_reader};
use super::error::{InventoryError, OpenError};
use super::place;
use fleet::UnitId;
use fleet::journal::JobId;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Folder of the copies, beside the inventory.
const FOLDER: &str = "backups";
const BEGIN: &str = "inventory-";
const END: &str = ".sqlite";
/// End of the name under which a backup is copied into place.
const RESTORING: &str = ".restoring";
/// Days that are kept.
const KEPT: usize = 14;

/// What a start found damaged, and what it did about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The damaged files under their new names.
    pub set_aside: Vec<PathBuf>,
    /// The backup that stands in their place; `None` when there was no good one and the inventory begins empty.
    pub backup: Option<PathBuf>,
    /// Jobs that the damaged file still shows and the backup does not know. A person must look at each.
    pub lost_jobs: Vec<LostJob>,
    /// Whether the damaged file could be read to the end for that list.
    pub list_is_whole: bool,
}

/// A job that a backup does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostJob {
    /// Its number.
    pub job: JobId,
    /// Its unit.
    pub unit: UnitId,
    /// Its last state.
    pub state: String,
}

/// Copies the inventory, checks the copy and forgets the oldest. `None` when the day has its copy already.
pub(super) fn make(
    folder: &Path,
    file: &Path,
    day: Date,
) -> Result<Option<PathBuf>, InventoryError> {
    let made = copy_to(folder, file, &format!("{BEGIN}{day}{END}"))?;
    if made.is_some() {
        forget_oldest(folder)?;
    }
    Ok(made)
}

/// A copy of its own before the schema changes. It is not among the daily ones and is not forgotten.
pub(super) fn before_migration(
    folder: &Path,
    file: &Path,
    schema: i64,
    day: Date,
) -> Result<Option<PathBuf>, InventoryError> {
    copy_to(
        folder,
        file,
        &format!("before-migration-of-schema-{schema}-{day}{END}"),
    )
}

/// Makes a copy in the place of all that are there, daily ones and others, if there are any: they hold what must not be kept.
/// The old ones go only after the new one was checked.
pub(super) fn renew(folder: &Path, file: &Path, day: Date) -> Result<(), InventoryError> {
    let backups = folder.join(FOLDER);
    let old: Vec<PathBuf> = fs::read_dir(&backups)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "sqlite"))
        .collect();
    if old.is_empty() {
        return Ok(());
    }
    let (new, target) = (
        format!("renewed-{day}{END}"),
        backups.join(format!("{BEGIN}{day}{END}")),
    );
    let fresh = backups.join(&new);
    if fresh.exists() {
        fs::remove_file(&fresh).map_err(|error| of_disk(&error))?;
    }
    copy_to(folder, file, &new)?;
    fs::rename(&fresh, &target).map_err(|error| of_disk(&error))?;
    for path in old
        .iter()
        .filter(|path| **path != target && **path != fresh)
    {
        fs::remove_file(path).map_err(|error| of_disk(&error))?;
    }
    sync_folder(&backups);
    Ok(())
}

fn copy_to(folder: &Path, file: &Path, name: &str) -> Result<Option<PathBuf>, InventoryError> {
    let backups = folder.join(FOLDER);
    place::make_private(&backups).map_err(|error| of_disk(&error))?;
    let target = backups.join(name);
    if target.exists() {
        return Ok(None);
    }
    let part = backups.join(format!("{name}.part"));
    let copied = copy_and_check(file, &part)
        .and_then(|()| fs::rename(&part, &target).map_err(|error| of_disk(&error)));
    if copied.is_err() {
        // A half copy must not lie about; when it cannot be removed either, the next run starts over it.
        let _left_behind = fs::remove_file(&part);
    }
    copied?;
    sync_folder(&backups);
    Ok(Some(target))
}

fn copy_and_check(file: &Path, part: &Path) -> Result<(), InventoryError> {
    if part.exists() {
        fs::remove_file(part).map_err(|error| of_disk(&error))?;
    }
    place::private_file(part).map_err(|error| of_disk(&error))?;
    let path = part
        .to_str()
        .ok_or_else(|| InventoryError::Other(format!("{} is not plain text", part.display())))?;
    open_reader(file)?.execute("VACUUM INTO ?1", [path])?;
    if !is_whole_inventory(part)? {
        return Err(InventoryError::Corrupt);
    }
    let written = fs::OpenOptions::new().write(true).open(part);
    written
        .and_then(|written| written.sync_all())
        .map_err(|error| of_disk(&error))
}

fn forget_oldest(folder: &Path) -> Result<(), InventoryError> {
    let daily = daily_copies(folder);
    for oldest in daily.iter().rev().skip(KEPT) {
        fs::remove_file(oldest).map_err(|error| of_disk(&error))?;
    }
    Ok(())
}

/// Paths of the daily copies, oldest first.
fn daily_copies(folder: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join(FOLDER)) else {
        return BTreeSet::new();
    };
    let names = entries.flatten().map(|entry| entry.path());
    names.filter(|path| day_of(path).is_some()).collect()
}

fn day_of(path: &Path) -> Option<Date> {
    path.file_name()?
        .to_str()?
        .strip_prefix(BEGIN)?
        .strip_suffix(END)?
        .parse()
        .ok()
}

/// Whether an earlier start was cut off while it restored: then what stands there now is not to be trusted.
pub(super) fn is_unfinished(file: &Path) -> bool {
    with_end(file, RESTORING).exists() || (!file.exists() && with_end(file, "-wal").exists())
}

/// Sets the damaged file aside and puts the newest good copy in its place, or nothing.
pub(super) fn restore(folder: &Path, file: &Path, now: Timestamp) -> Result<Recovered, OpenError> {
    let failed = |error: std::io::Error| OpenError::NotRestored(error.to_string());
    // Stands there from the first step to the last: a start that finds it begins again.
    let part = with_end(file, RESTORING);
    place::private_file(&part).map_err(failed)?;
    sync_folder(folder);
    let aside = folder.join(format!(
        "inventory-damaged-{}.sqlite",
        now.strftime("%Y-%m-%dT%H-%M-%S-%3fZ")
    ));
    let mut set_aside = Vec::new();
    for end in ["", "-wal", "-shm"] {
        let from = with_end(file, end);
        if from.exists() {
            let to = with_end(&aside, end);
            fs::rename(&from, &to).map_err(failed)?;
            set_aside.push(to);
        }
    }
    let backup = daily_copies(folder)
        .into_iter()
        .rev()
        .find(|copy| is_whole_inventory(copy).unwrap_or(false));
    match &backup {
        Some(copy) => {
            fs::copy(copy, &part).map_err(failed)?;
            let written = fs::OpenOptions::new().write(true).open(&part);
            written.and_then(|part| part.sync_all()).map_err(failed)?;
            fs::rename(&part, file).map_err(failed)?;
        }
        None => fs::remove_file(&part).map_err(failed)?,
    }
    sync_folder(folder);
    let mut lost_jobs = Vec::new();
    let list_is_whole = list_lost_jobs(&aside, backup.as_deref(), &mut lost_jobs).is_ok();
    Ok(Recovered {
        set_aside,
        backup,
        lost_jobs,
        list_is_whole,
    })
}

/// What the damaged file says of jobs, as far as it can be read; an error ends the list early.
fn list_lost_jobs(
    damaged: &Path,
    restored: Option<&Path>,
    lost: &mut Vec<LostJob>,
) -> Result<(), InventoryError> {
    let known = restored.map(open_reader).transpose()?;
    let damaged = Connection::open_with_flags(
        damaged,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    let mut statement = damaged.prepare("SELECT job_id, unit_kind, unit_id, state FROM job")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let job: [u8; 16] = row.get(0)?;
        let is_known = match &known {
            Some(known) => known
                .prepare_cached("SELECT 1 FROM job WHERE job_id = ?1")?
                .exists([job])?,
            None => false,
        };
        if !is_known {
            let unit = unit_id(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?)?;
            lost.push(LostJob {
                job: JobId(Uuid::from_bytes(job)),
                unit,
                state: row.get(3)?,
            });
        }
    }
    Ok(())
}

fn with_end(file: &Path, end: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(end);
    path.into()
}

fn of_disk(error: &std::io::Error) -> InventoryError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => InventoryError::DiskFull,
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            InventoryError::ReadOnly
        }
        _ => InventoryError::Other(error.to_string()),
    }
}

/// Makes a renaming last. Not every system can; there the file system sees to it.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = fs::File::open(folder) {
        let _cannot_here = folder.sync_all();
    }
}
