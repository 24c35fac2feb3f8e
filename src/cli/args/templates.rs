//! What can be typed about templates.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Of `templates`.
#[derive(Debug, Clone, Args)]
pub struct TemplatesArgs {
    /// What to do
    #[command(subcommand)]
    pub action: TemplatesAction,
}

/// What can be done with templates.
#[derive(Debug, Clone, Subcommand)]
pub enum TemplatesAction {
    /// List the templates of the inventory
    List,
    /// Show what a template sets, which families can hold it, and how many units have it
    #[command(disable_version_flag = true)]
    Show {
        /// Its name
        name: String,
        /// Another version than the newest
        #[arg(long, value_name = "N")]
        version: Option<u32>,
        /// Print it as a template file; secrets are left out
        #[arg(long)]
        toml: bool,
    },
    /// Tell in words what changed from one version to another
    Diff {
        /// Its name
        name: String,
        /// From this version
        old: u32,
        /// To this one
        new: u32,
    },
    /// Check a template file and bring it into the inventory, released
    Import {
        /// The file
        file: PathBuf,
    },
    /// Work on the draft of a template; it is begun when there is none. Nobody can be given a draft
    Draft(DraftArgs),
    /// Begin a draft from what a unit was last read to hold
    FromUnit {
        /// Any identifier that fits exactly one unit
        id: String,
        /// Name of the template
        #[arg(long)]
        name: String,
    },
    /// Release a draft: from then on it can be picked and never changes
    Release {
        /// Its name
        name: String,
        /// Who releases it
        #[arg(long, value_name = "WHO")]
        by: String,
    },
    /// Drop a draft
    Drop {
        /// Its name
        name: String,
    },
    /// Tell which values each unit family takes for a setting
    Limits {
        /// The setting, such as report.moving_interval_s; without one, every setting that more than one family has
        key: Option<String>,
    },
}

/// Of `templates draft`.
#[derive(Debug, Clone, Args)]
pub struct DraftArgs {
    /// Name of the template
    pub name: String,
    /// Begin it from this version instead of the newest released one
    #[arg(long, value_name = "N")]
    pub from: Option<u32>,
    /// Give a setting a value: server.port=5027, report.moving_interval_s=\"5 min\"
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Give a secret setting a value; it is typed, never given in the command
    #[arg(long, value_name = "KEY")]
    pub secret: Vec<String>,
    /// Take a setting out
    #[arg(long, value_name = "KEY")]
    pub unset: Vec<String>,
    /// A unit may lack this setting
    #[arg(long, value_name = "KEY")]
    pub optional: Vec<String>,
    /// No unit may lack it
    #[arg(long, value_name = "KEY")]
    pub required: Vec<String>,
    /// Where a setting stands on units of a family that asks: calamp-lmu:report.moving_interval_s=265,0; nothing after the '=' takes it back
    #[arg(long, value_name = "FAMILY:KEY=PLACE")]
    pub map: Vec<String>,
    /// Another value for units of one family: meitrack:report.moving_interval_s=60; nothing after the '=' takes it back
    #[arg(long, value_name = "FAMILY:KEY=VALUE")]
    pub apart: Vec<String>,
    /// Leave units of one family without a setting: xirgo:report.moving_interval_s
    #[arg(long, value_name = "FAMILY:KEY")]
    pub leave_out: Vec<String>,
}
