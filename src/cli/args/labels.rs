//! What can be typed about labels.

use super::ChosenUnits;
use clap::Args;
use std::path::PathBuf;

/// Of `labels`.
#[derive(Debug, Clone, Args)]
pub struct LabelsArgs {
    /// Which units.
    #[command(flatten)]
    pub chosen: ChosenUnits,
    /// Size of a label: 62x29, 54x25, 57x32, 89x28, 102x51 for label printers; L7160, L7651, 5160 for sheets
    #[arg(long, value_name = "SIZE", default_value = "62x29")]
    pub size: String,
    /// The PDF to write
    #[arg(long, value_name = "FILE.pdf")]
    pub out: PathBuf,
    /// So many places of the first sheet are used up already
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub skip: usize,
    /// Hand the PDF to the system's printer (lp) once it is written
    #[arg(long)]
    pub print: bool,
}
