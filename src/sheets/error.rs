//! What can go wrong with a spreadsheet file, in the four lines that a person reads.

use crate::inventory::InventoryError;
use fleet::sheet::MappingError;
use std::path::{Path, PathBuf};

/// Why a list cannot be read, written or brought in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// It cannot be opened or read.
    #[error("{} cannot be read: {why}", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// It is larger than any list of units.
    #[error("{} is larger than {most_mib} MiB", .path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The limit.
        most_mib: u64,
    },
    /// It is something else.
    #[error("{} is no list: {why}", .path.display())]
    NoList {
        /// Which file.
        path: PathBuf,
        /// What it is.
        why: &'static str,
    },
    /// There is no such sheet in it.
    #[error("{} has no sheet called '{name}'; it has {}", .path.display(), .there.join(", "))]
    NoSheet {
        /// Which file.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// What there is.
        there: Vec<String>,
    },
    /// Nothing stands in it.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// The columns cannot be used so.
    #[error("{0}")]
    Mapping(#[from] MappingError),
    /// The file cannot be written.
    #[error("{} cannot be written: {why}", .path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// More rows than a sheet has.
    #[error("a sheet has room for {most} units, these are more")]
    TooManyRows {
        /// The limit.
        most: u64,
    },
    /// The inventory would not.
    #[error("{0}")]
    Inventory(#[from] InventoryError),
}

impl SheetError {
    pub(super) fn unreadable(path: &Path, error: &impl std::fmt::Display) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            why: error.to_string(),
        }
    }

    pub(super) fn unwritable(path: &Path, error: &impl std::fmt::Display) -> Self {
        Self::Unwritable {
            path: path.to_owned(),
            why: error.to_string(),
        }
    }

    /// What a person does about it.
    #[must_use]
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => {
                "Check the file's name and whether another program keeps it open."
            }
            Self::TooLarge { .. } => "Split the list into several files.",
            Self::NoList { .. } => {
                "Save it as .xlsx or .csv in the spreadsheet program, then take that file."
            }
            Self::NoSheet { .. } => "Name one of its sheets with --sheet.",
            Self::Empty(_) => "Take the file with the headings in its first row.",
            Self::Mapping(_) => {
                "Say what the columns hold: --map COLUMN=FIELD, once for each column that is not understood."
            }
            Self::Unwritable { .. } => {
                "Free space on the disk, close the program that keeps the file open, or name another file."
            }
            Self::TooManyRows { .. } => "Choose fewer units with --select, or write a .csv file.",
            Self::Inventory(_) => {
                "Free space on the disk or close the other Fleetdesk, then do it again: what is in already is not entered twice."
            }
        }
    }

    /// Short code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "S-830",
            Self::TooLarge { .. } => "S-831",
            Self::NoList { .. } => "S-832",
            Self::NoSheet { .. } => "S-833",
            Self::Empty(_) => "S-834",
            Self::Mapping(_) => "S-835",
            Self::Unwritable { .. } => "S-836",
            Self::TooManyRows { .. } => "S-837",
            Self::Inventory(_) => "S-838",
        }
    }
}
