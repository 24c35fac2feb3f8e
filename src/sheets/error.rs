//! What can go wrong with a spreadsheet file, in the four lines that a person reads.

use crate::inventory::InventoryError;
use fleet::printable::escaped;
use fleet::sheet::MappingError;
use std::path::{Path, PathBuf};

/// Why a list cannot be read, written or brought in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// It cannot be opened or read.
    #[error("the file {} cannot be read: {why}", shown(.path))]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// It is larger than any list of units.
    #[error("the file {} is larger than {most_mib} MiB", shown(.path))]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The limit.
        most_mib: u64,
    },
    /// It is something else.
    #[error("the file {} is no list: {why}", shown(.path))]
    NoList {
        /// Which file.
        path: PathBuf,
        /// What it is.
        why: &'static str,
    },
    /// Numbers one a line were wanted, and it is no text.
    #[error("the file {} is no list of numbers: {why}", shown(.path))]
    NoText {
        /// Which file.
        path: PathBuf,
        /// What it is.
        why: &'static str,
    },
    /// There is no such sheet in it.
    #[error("the workbook {} has no sheet called '{}'; it has {}", shown(.path), escaped(.name), escaped(&.there.join(", ")))]
    NoSheet {
        /// Which file.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// What there is.
        there: Vec<String>,
    },
    /// Nothing stands in it.
    #[error("the file {} is empty", shown(.0))]
    Empty(PathBuf),
    /// A quotation mark has no partner, so that rows cannot be told apart.
    #[error("a quotation mark in row {row} of {} is not closed, so the rows behind it cannot be told apart", shown(.path))]
    Unclosed {
        /// Which file.
        path: PathBuf,
        /// The row with the mark, as a spreadsheet counts.
        row: u64,
    },
    /// A workbook that is not whole.
    #[error("the workbook {} is damaged: {why}", shown(.path))]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// What is packed in a workbook is larger than any list of units.
    #[error("the workbook {} holds more than {most_mib} MiB once it is unpacked", shown(.path))]
    Unfolds {
        /// Which file.
        path: PathBuf,
        /// The limit.
        most_mib: u64,
    },
    /// The columns cannot be used so.
    #[error("{0}")]
    Mapping(#[from] MappingError),
    /// The folder of a file to be written is not there.
    #[error("the folder {} is not there", shown(.folder))]
    NoFolder {
        /// Which folder.
        folder: PathBuf,
        /// Of which file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("the file {} cannot be written: {why}", shown(.path))]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// There is no place for the rows that would not be taken.
    #[error("rows that are not taken would go to {}, which cannot be written: {why}", shown(.path))]
    NoPlaceForRefused {
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
        match missing_folder(path) {
            Some(folder) => Self::NoFolder {
                folder: folder.to_owned(),
                path: path.to_owned(),
            },
            None => Self::Unwritable {
                path: path.to_owned(),
                why: error.to_string(),
            },
        }
    }

    /// What a person does about it.
    #[must_use]
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => {
                "Check the file's name and whether another program keeps it open."
            }
            Self::TooLarge { .. } | Self::Unfolds { .. } => "Split the list into several files.",
            Self::NoList { .. } => {
                "Save it as .xlsx or .csv in the spreadsheet program, then take that file."
            }
            Self::NoText { .. } => {
                "Save the column of numbers as text or .csv, one number a line, then take that file."
            }
            Self::NoSheet { .. } => "Name one of its sheets with --sheet.",
            Self::Empty(_) => "Take the file with the headings in its first row.",
            Self::Unclosed { .. } => {
                "Close the mark at the end of its cell, or take it away if it belongs to no pair, then take the file again."
            }
            Self::Damaged { .. } => {
                "Have it sent or copied again, or open it in the spreadsheet program and save it anew."
            }
            Self::Mapping(MappingError::TooManyColumns) => {
                "Take the columns away that say nothing of units, save the list and take it again."
            }
            Self::Mapping(_) => {
                "Say what the columns hold: --map COLUMN=FIELD, once for each column that is not understood."
            }
            Self::NoFolder { .. } => MAKE_THE_FOLDER,
            Self::Unwritable { .. } => {
                "Free space on the disk, close the program that keeps the file open, or name another file."
            }
            Self::NoPlaceForRefused { .. } => {
                "Copy the list into a folder of your own and take it from there, or name another file with --rejects."
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
            Self::TooLarge { .. } | Self::Unfolds { .. } => "S-831",
            Self::NoList { .. } => "S-832",
            Self::NoSheet { .. } => "S-833",
            Self::Empty(_) => "S-834",
            Self::Mapping(_) => "S-835",
            Self::Unwritable { .. } => "S-836",
            Self::NoFolder { .. } => "S-844",
            Self::TooManyRows { .. } => "S-837",
            Self::Inventory(_) => "S-838",
            Self::NoText { .. } => "S-843",
            Self::Unclosed { .. } => "S-840",
            Self::Damaged { .. } => "S-841",
            Self::NoPlaceForRefused { .. } => "S-842",
        }
    }
}

/// What a person does where the folder of a file is not there.
pub const MAKE_THE_FOLDER: &str = "Make the folder first, or name a file in one that is there.";

/// The folder that a file is to be written into, where it is not there: no file can be, whatever room the disk has.
#[must_use]
pub fn missing_folder(file: &Path) -> Option<&Path> {
    let folder = file.parent()?;
    (!folder.as_os_str().is_empty() && !folder.exists()).then_some(folder)
}

/// A path as a terminal may show it: whoever sent the file named it.
fn shown(path: &Path) -> String {
    escaped(&path.display().to_string())
}
