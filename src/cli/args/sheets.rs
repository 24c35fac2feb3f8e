//! What can be typed about lists of units.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Of `import`.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// The list: .csv in any usual alphabet and with any usual separator, or .xlsx
    pub file: PathBuf,
    /// What a column holds, where its heading does not say so: 'Nummer=imei', 'C=customer', 'Farbe=none'
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub map: Vec<String>,
    /// Show what would become of each row; nothing is written
    #[arg(long)]
    pub preview: bool,
    /// Where rows that are not taken go, with their reasons; otherwise beside the list
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Empty cells empty their fields; otherwise they say nothing
    #[arg(long)]
    pub clear_empty: bool,
    /// Which sheet of a workbook; otherwise the first that is not empty
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
}

/// Which units of the inventory; all when nothing is said.
#[derive(Debug, Clone, Args)]
pub struct ChosenUnits {
    /// Only units that a search finds, as Find takes it
    #[arg(
        long,
        value_name = "QUERY",
        conflicts_with = "list",
        allow_hyphen_values = true
    )]
    pub select: Option<String>,
    /// Only the units of this file, in its order: one number a line
    #[arg(long, value_name = "FILE")]
    pub list: Option<PathBuf>,
}

/// For whom an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Readers {
    /// Headings and words as on the screen; a .csv is safe to open in a spreadsheet
    People,
    /// Names of the fleet table, times in UTC, plain .csv; do not open it in a spreadsheet
    Machines,
}

/// Of `export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// The file to write: .xlsx or .csv
    pub file: PathBuf,
    /// Which units.
    #[command(flatten)]
    pub chosen: ChosenUnits,
    /// Who reads it
    #[arg(
        long = "for",
        value_name = "WHOM",
        value_enum,
        default_value = "people"
    )]
    pub readers: Readers,
}
