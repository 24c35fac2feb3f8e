//! What can go wrong with the inventory, in plain words. What a bench does about it is the engine's business.

use rusqlite::ErrorCode;
use std::path::PathBuf;

/// Why the inventory could not do what was asked. Nothing of the request was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// No room on the disk.
    #[error("the disk that holds the inventory is full; free some space, then try again")]
    DiskFull,
    /// The file or its folder cannot be written, or this program only reads because another one has the inventory.
    #[error(
        "the inventory can only be read here; another Fleetdesk has it, or its folder may not be written"
    )]
    ReadOnly,
    /// The file is damaged.
    #[error(
        "the inventory file is damaged; close Fleetdesk and start it again, it then restores the last checked backup"
    )]
    Corrupt,
    /// Another program holds the file.
    #[error("another Fleetdesk has this inventory open")]
    InUse,
    /// Another program holds the file for longer than we wait.
    #[error("another program keeps the inventory file busy; close it, then try again")]
    Busy,
    /// The disk failed. What it then holds is uncertain, so nothing more is written until the next start.
    #[error(
        "the disk reported an error ({0}); nothing more is written until Fleetdesk is started again"
    )]
    Disk(String),
    /// An earlier error stopped all writing.
    #[error("the inventory stopped writing after an error ({0}); start Fleetdesk again")]
    Stopped(String),
    /// What was asked for is not there.
    #[error("{0} is not in the inventory")]
    NotFound(String),
    /// What was to be added is there already.
    #[error("{0} is in the inventory already")]
    Exists(String),
    /// The inventory was closed before it answered.
    #[error("the inventory is closed")]
    Closed,
    /// A row does not hold what this program wrote.
    #[error("a row of the inventory cannot be understood: {0}")]
    BadRow(String),
    /// A number that only one unit in use can have belongs to another one.
    #[error("this {what} belongs to unit {unit}, which is in use; take it out there first")]
    Taken {
        /// What the number is.
        what: &'static str,
        /// That unit.
        unit: String,
    },
    /// It cannot be done with this unit as it stands.
    #[error("{0}")]
    Refused(String),
    /// Anything else.
    #[error("the inventory could not do that: {0}")]
    Other(String),
}

impl InventoryError {
    /// Whether writing must end here: after these nobody can tell what the disk holds.
    pub(super) fn stops_writing(&self) -> bool {
        matches!(self, Self::Disk(_) | Self::Corrupt)
    }
}

impl From<rusqlite::Error> for InventoryError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            // The file beside the inventory that its readers share could not be made as long as it must be.
            Some(ErrorCode::SystemIoFailure)
                if error.sqlite_error().is_some_and(|told| {
                    told.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
                }) =>
            {
                Self::DiskFull
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::SystemIoFailure) => Self::Disk(error.to_string()),
            _ => match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..) => Self::BadRow(error.to_string()),
                other => Self::Other(other.to_string()),
            },
        }
    }
}

impl From<serde_json::Error> for InventoryError {
    fn from(error: serde_json::Error) -> Self {
        Self::BadRow(error.to_string())
    }
}

/// Why the inventory could not be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another instance has it; it can still be opened read-only.
    #[error("another Fleetdesk has this inventory open; close it, or look only")]
    InUse,
    /// The folder cannot be made or written.
    #[error("the folder {folder} cannot be written: {detail}")]
    FolderNotWritable {
        /// Folder.
        folder: PathBuf,
        /// What the system says.
        detail: String,
    },
    /// A place where files are shared or copied behind our back.
    #[error(
        "{folder} is {what}; there the inventory could be damaged, choose a folder on this computer's own disk"
    )]
    PlaceNotSafe {
        /// Folder.
        folder: PathBuf,
        /// 'on a network drive', 'a folder that OneDrive copies to other computers'.
        what: String,
    },
    /// A newer program wrote the file.
    #[error(
        "this inventory was written by a newer Fleetdesk (schema {found}, known here up to {known}); update this one"
    )]
    NewerSchema {
        /// Schema in the file.
        found: i64,
        /// Newest known here.
        known: i64,
    },
    /// The file belongs to another program.
    #[error("{0} is not an inventory of Fleetdesk")]
    NotAnInventory(PathBuf),
    /// There is no file to read.
    #[error("there is no inventory in {0} yet")]
    Absent(PathBuf),
    /// The SQLite in this build has a known fault.
    #[error(
        "this build holds SQLite {0}; at least 3.51.3 is needed, older ones can damage the file"
    )]
    SqliteTooOld(String),
    /// Damaged, and no backup could be put in its place.
    #[error("the inventory is damaged and could not be set aside: {0}")]
    NotRestored(String),
    /// Anything else.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Inventory(error.into())
    }
}

/// An error that may carry an [`InventoryError`], so that the writer sees when the disk failed.
pub trait Failure: From<InventoryError> + Send + 'static {
    /// The inventory's part in it, if any.
    fn inventory_error(&self) -> Option<&InventoryError>;
}

impl Failure for InventoryError {
    fn inventory_error(&self) -> Option<&InventoryError> {
        Some(self)
    }
}
