//! What can be typed about pushes.

use super::TalkArgs;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Of `push`.
#[derive(Debug, Clone, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_precedence_over_arg = true
)]
pub struct PushArgs {
    /// What to do with a push that was begun before
    #[command(subcommand)]
    pub action: Option<PushAction>,
    /// Template that the units shall hold: a file, or the name of one in the inventory (NAME or NAME@VERSION)
    #[arg(long, value_name = "TEMPLATE", required = true)]
    pub template: Option<String>,
    /// Choose the units that fit this search
    #[arg(
        long,
        value_name = "QUERY",
        conflicts_with = "list",
        allow_hyphen_values = true
    )]
    pub select: Option<String>,
    /// Choose the units whose numbers stand in this file, one a line or in the column of a CSV file ('-': standard input)
    #[arg(long, value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// Only tell what would change, what is already right, and what cannot and why; nothing is kept or sent
    #[arg(long)]
    pub rehearse: bool,
    /// So many units first, until all of them are verified; 0 for none
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub pilot: u32,
    /// Stop by itself at so many failures; 0 for never. It also stops after three with one code
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub stop_after: u32,
    /// How units are reached: on a cable, by text message, or whichever is possible
    #[arg(long, value_enum, default_value_t = ViaArg::Any)]
    pub via: ViaArg,
    /// How this run works on it.
    #[command(flatten)]
    pub run: PushRunArgs,
}

/// How a run works on a push.
#[derive(Debug, Clone, Args)]
pub struct PushRunArgs {
    /// Port where a unit is or will be; several are worked on side by side. Without any, every port of this computer
    #[arg(long, value_name = "PORT")]
    pub port: Vec<String>,
    /// Passwords, labels, folders.
    #[command(flatten)]
    pub talk: TalkArgs,
    /// Agree beforehand to changes after which only a cable helps (server, APN, passwords)
    #[arg(long)]
    pub yes: bool,
    /// Leave the rest to a later run when nothing could be done for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    pub wait: u64,
    /// How long a unit may take to answer a text message
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub answer_wait: u64,
}

/// Ways of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ViaArg {
    /// On a cable, now or when it is next plugged in
    Cable,
    /// By text message through the carrier
    Sms,
    /// By text message where that is possible, otherwise on a cable
    Any,
}

/// What can be done with a push that was begun before. ID is the number that 'push list' shows, or its first characters.
#[derive(Debug, Clone, Subcommand)]
pub enum PushAction {
    /// List the pushes, newest first
    List,
    /// Show a push with each of its units
    Show {
        /// Which
        id: String,
    },
    /// Write the result sheet of a push: who, when, template version, each result
    Sheet {
        /// Which
        id: String,
        /// The file; its ending says which kind (.csv, .xlsx, .pdf)
        file: PathBuf,
    },
    /// Begin no more units; those in hand come to their end
    Pause {
        /// Which
        id: String,
    },
    /// Go on with a push that was paused, cut off, or stopped by itself
    Resume {
        /// Which
        id: String,
        /// The template file once more, where its secrets are not in the keychain
        #[arg(long, value_name = "FILE")]
        template: Option<PathBuf>,
        /// How this run works on it.
        #[command(flatten)]
        run: PushRunArgs,
    },
    /// End a push; units that were not begun are left out
    Cancel {
        /// Which
        id: String,
    },
    /// Try the failed units again, and no others
    Retry {
        /// Which
        id: String,
        /// The template file once more, where its secrets are not in the keychain
        #[arg(long, value_name = "FILE")]
        template: Option<PathBuf>,
        /// How this run works on it.
        #[command(flatten)]
        run: PushRunArgs,
    },
    /// Put each unit back to its own former values, as a new push
    Undo {
        /// Which
        id: String,
        /// Only tell what would be put back
        #[arg(long)]
        rehearse: bool,
        /// How this run works on it.
        #[command(flatten)]
        run: PushRunArgs,
    },
}
