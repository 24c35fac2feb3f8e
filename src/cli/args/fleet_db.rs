//! What can be typed about the fleet database.

use clap::{Args, Subcommand};

/// Of `sync`.
#[derive(Debug, Clone, Args)]
pub struct SyncArgs {
    /// Go on until terminated: every 15 seconds, more seldom while nobody answers
    #[arg(long)]
    pub watch: bool,
}

/// Of `fleet-db`.
#[derive(Debug, Clone, Args)]
pub struct FleetDbArgs {
    /// What to do
    #[command(subcommand)]
    pub action: FleetDbAction,
}

/// What can be done about the fleet database.
#[derive(Debug, Clone, Subcommand)]
pub enum FleetDbAction {
    /// Set the database up for Fleetdesk, or bring it up to date; needs a login that may create roles and schemas
    Install {
        /// Print the script that would be run, for the person who must approve it, and do nothing
        #[arg(long)]
        print_sql: bool,
    },
    /// Go the way to the database step by step and tell what works, what does not, and what to do
    Check,
    /// Keep the password of this bench in the keychain; it is typed, never given in the command
    Login {
        /// Keep it in a file sealed under a passphrase instead, for a computer without a keychain; an entry in the keychain is deleted
        #[arg(long)]
        sealed_file: bool,
    },
    /// List what a person must decide: fields that two people changed, units that were deleted, values that were refused
    Conflicts,
    /// Decide one of them
    Decide(DecideArgs),
}

/// Of `fleet-db decide`.
#[derive(Debug, Clone, Args)]
pub struct DecideArgs {
    /// As 'fleet-db conflicts' lists it
    pub question: String,
    /// How.
    #[command(flatten)]
    pub decision: DecisionArgs,
}

/// One of the decisions that `fleet-db decide` takes.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub struct DecisionArgs {
    /// Theirs stays; mine is dropped
    #[arg(long)]
    pub keep_theirs: bool,
    /// Mine is written over theirs; a deleted unit is added again; entries of a double move to the unit that exists
    #[arg(long)]
    pub use_mine: bool,
    /// This is written instead; an empty text leaves a refused fact out that nobody enters; KEY=VALUE where it is not known which value was refused
    #[arg(long, value_name = "TEXT")]
    pub edit: Option<String>,
    /// Take the decision back
    #[arg(long)]
    pub undo: bool,
}
