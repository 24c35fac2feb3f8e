//! What can be typed about the support bundle.

use clap::Args;
use std::path::PathBuf;

/// Of `support-bundle`.
#[derive(Debug, Clone, Args)]
pub struct SupportArgs {
    /// Any identifier that fits exactly one unit; without one the bundle tells of this bench alone
    pub unit: Option<String>,
    /// The file to write; otherwise fleetdesk-support-DAY.zip here
    #[arg(long, value_name = "FILE.zip")]
    pub out: Option<PathBuf>,
    /// Only show what would be inside and what was taken out
    #[arg(long)]
    pub preview: bool,
    /// TOML file with passwords and keywords of units, as 'provision' takes it: these are taken out, too
    #[arg(long, value_name = "FILE")]
    pub secrets: Option<PathBuf>,
}
