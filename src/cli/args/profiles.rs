//! What can be typed about unit families.

use super::TalkArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Of `profiles`.
#[derive(Debug, Clone, Args)]
pub struct ProfilesArgs {
    /// What to do
    #[command(subcommand)]
    pub action: ProfilesAction,
}

/// What can be done with profiles.
#[derive(Debug, Clone, Subcommand)]
pub enum ProfilesAction {
    /// List the families with their models
    List,
    /// Show what a family can do, and with --template the text messages that set a unit in a vehicle; secrets print as dots
    Show(ShowArgs),
    /// Print a JSON Schema of profile files, for editors
    Schema,
    /// Confirm a profile file of the bench's own folder by its name: it changes where units report to
    Confirm(ConfirmArgs),
    /// Simulate units of a profile file on pseudo-terminals: 'simulate' with a file
    Simulate(SimulateFileArgs),
    /// Check profile files and report every problem with its place; without a file, the shipped ones
    Check {
        /// Files
        file: Vec<PathBuf>,
    },
    /// Ask a real unit only the harmless part of a profile file (who are you, what do you hold) and print the talk
    Try(TryArgs),
    /// The same, and keep the talk for tests; secrets are removed
    Record(RecordArgs),
}

/// Of `profiles simulate`.
#[derive(Debug, Clone, Args)]
pub struct SimulateFileArgs {
    /// The profile file
    #[arg(required_unless_present = "profile")]
    pub file: Option<PathBuf>,
    /// The same by an option: a file, or a family (see 'profiles list')
    #[arg(long, value_name = "ID", conflicts_with = "file")]
    pub profile: Option<String>,
    /// Which units, and how.
    #[command(flatten)]
    pub units: super::SimulatedArgs,
}

/// Of `profiles record`.
#[derive(Debug, Clone, Args)]
pub struct RecordArgs {
    /// The profile file; without one, every family that this bench knows is asked for
    pub file: Option<PathBuf>,
    /// Port of the unit (COM7, /dev/ttyACM0)
    #[arg(long, value_name = "PORT")]
    pub port: String,
    /// Where the talk is written, one JSON object a line; otherwise it is printed
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Passwords, labels, folders.
    #[command(flatten)]
    pub talk: TalkArgs,
}

/// Of `profiles try`.
#[derive(Debug, Clone, Args)]
pub struct TryArgs {
    /// The profile file
    pub file: PathBuf,
    /// Port of the unit (COM7, /dev/ttyACM0)
    #[arg(long, value_name = "PORT")]
    pub port: String,
    /// Passwords, labels, folders.
    #[command(flatten)]
    pub talk: TalkArgs,
}

/// Of `profiles show`.
#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// Which family (see 'profiles list')
    pub id: String,
    /// Which model; otherwise the family's first
    #[arg(long, value_name = "VARIANT")]
    pub model: Option<String>,
    /// Template whose settings the messages shall write
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// The unit's IMEI, for families whose messages or answers name it
    #[arg(long, value_name = "IMEI")]
    pub unit: Option<String>,
    /// The unit's maker's number, for families whose messages name it
    #[arg(long, value_name = "NUMBER")]
    pub device_id: Option<String>,
    /// TOML file with passwords by profile or by identity; refused when other users can read it
    #[arg(long, value_name = "FILE")]
    pub secrets: Option<PathBuf>,
}

/// Of `profiles confirm`.
#[derive(Debug, Clone, Args)]
pub struct ConfirmArgs {
    /// Short name of the profile, as its file says
    pub id: String,
    /// The same name once more, instead of typing it when asked
    #[arg(long, value_name = "ID")]
    pub name: Option<String>,
}
