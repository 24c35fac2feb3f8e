//! What can be typed about the carrier account.

use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Of `carrier`.
#[derive(Debug, Clone, Args)]
pub struct CarrierArgs {
    /// What to do
    #[command(subcommand)]
    pub action: CarrierAction,
}

/// What can be done with the carrier account.
#[derive(Debug, Clone, Subcommand)]
pub enum CarrierAction {
    /// Tell whether the account can be used, and if not, why
    Check,
    /// Go on with registrations that earlier runs left open
    Follow {
        /// How long to follow before leaving the rest to a later run
        #[arg(long, value_name = "SECONDS", default_value_t = 20)]
        carrier_wait: u64,
    },
    /// List the plans of the account, or those in use where the carrier has no list
    Plans,
    /// List the account's subscriptions as the carrier has them
    List {
        /// At most so many
        #[arg(long, default_value_t = 1000)]
        limit: u32,
    },
    /// Show a unit's subscription as the carrier has it, and whether SIM and unit are the same there
    Show {
        /// Any identifier that fits exactly one unit
        id: String,
    },
    /// Put a unit that stands ready at the carrier into service (it is billed from then on)
    Activate(ChangeArgs),
    /// Move a unit to another plan
    Plan {
        /// The plan, exactly as 'carrier plans' writes it
        plan: String,
        /// Which unit, and how it is agreed to.
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Take a unit out of service for a while
    Suspend(ChangeArgs),
    /// Put a suspended unit back into service (it is billed from then on)
    Restore(ChangeArgs),
    /// End a unit's subscription
    Deactivate(ChangeArgs),
    /// Swap a SIM or a unit, step by step
    Swap(SwapArgs),
    /// Send a text to a unit and wait until it has it
    Message {
        /// Any identifier that fits exactly one unit
        id: String,
        /// The text; secrets of units do not belong into commands
        text: String,
        /// How long to wait for its delivery
        #[arg(long, value_name = "SECONDS", default_value_t = 20)]
        wait: u64,
    },
    /// Tell where account and inventory differ, with what to do; goes on where it stopped
    Reconcile {
        /// Write the differences into this CSV file too, safe for spreadsheets
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
        /// Make at most so many calls; otherwise a tenth of the day's calls is left to the bench
        #[arg(long, value_name = "N")]
        calls: Option<u32>,
    },
    /// Keep the account's secret in this computer's keychain; it is typed, never given in the command
    Login {
        /// Keep it in a file sealed under a passphrase instead, for a computer without a keychain; an entry in the keychain is deleted
        #[arg(long)]
        sealed_file: bool,
    },
    /// Serve a pretend carrier on this computer until it is terminated; prints its address
    Sandbox {
        /// Whose contract it speaks
        #[arg(long, value_name = "CARRIER", default_value = "sprint", value_parser = ["sprint", "control-center"])]
        kind: String,
        /// Address to listen on; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// File that every accepted registration is written to, one JSON line each
        #[arg(long, value_name = "FILE")]
        ledger: Option<PathBuf>,
        /// JSON file with switches: lost answers, slow activation, limits
        #[arg(long, value_name = "FILE")]
        switches: Option<PathBuf>,
    },
}

/// Which unit's subscription is changed, and how it is agreed to.
#[derive(Debug, Clone, Args)]
pub struct ChangeArgs {
    /// Any identifier that fits exactly one unit
    pub id: String,
    /// Agree to what it costs without being asked; otherwise the unit's number is typed
    #[arg(long)]
    pub yes: bool,
    /// Why, for the carrier's records and the unit's history
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// On which day (2026-12-01), where the carrier has dated changes
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
    /// How long to wait for the carrier to finish before leaving the rest to a later run
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    pub carrier_wait: u64,
}

/// Of `carrier swap`.
#[derive(Debug, Clone, Args)]
pub struct SwapArgs {
    /// What is swapped
    pub what: SwapWhat,
    /// The unit that loses its SIM, or that is taken out
    pub id: String,
    /// Agree to what it costs without being asked; otherwise the unit's number is typed
    #[arg(long)]
    pub yes: bool,
    /// How long to wait for the carrier to finish before leaving the rest to a later run
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    pub carrier_wait: u64,
}

/// What is swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SwapWhat {
    /// The unit gets another SIM
    Sim,
    /// The SIM gets another unit
    Unit,
}
