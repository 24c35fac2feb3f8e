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
    Reconcile(ReconcileArgs),
    /// Keep the account's secret in this computer's keychain; it is typed, never given in the command
    Login {
        /// Keep it in a file sealed under a passphrase instead, for a computer without a keychain; an entry in the keychain is deleted
        #[arg(long)]
        sealed_file: bool,
    },
    /// Serve a pretend carrier on this computer until it is terminated; prints its address
    #[command(after_long_help = CONTROL_HELP)]
    Sandbox(SandboxArgs),
}

/// What stands at the end of the sandbox's help.
const CONTROL_HELP: &str = r#"The control file is JSON and is read again whenever it changes:

  {
    "switches": {
      "lose_answer_after_commit_every": 5,
      "server_error_before_commit_every": 7,
      "activation_delay_ms": 60000,
      "activation_fails": ["356938035643809"],
      "owned_elsewhere": ["89011200000000000017"],
      "rate_limit_every": 10, "rate_limit_retry_after_s": null,
      "quota_per_day": 500, "calls_per_second": 5,
      "clock_skew_s": 900
    },
    "units": [{"units": 100000, "first": 0, "plan": "M2MGPS5"}],
    "portal": [{"unit": "U000001", "set": {"status": "SUSPENDED"}}]
  }

Every count is 'each n-th', 0 is never. A switch that is taken out of the file goes back to what it was; a line of 'units' or
'portal' is done once. GET http://ADDRESS/sandbox/control shows all switches with their names, POST changes them."#;

/// Of `carrier reconcile`.
#[derive(Debug, Clone, Args)]
pub struct ReconcileArgs {
    /// Write the differences into this file too: CSV safe for spreadsheets, or a workbook where its name ends in .xlsx
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Make at most so many calls; otherwise a tenth of the day's calls is left to the bench
    #[arg(long, value_name = "N")]
    pub calls: Option<u32>,
    /// Read the whole account, also where reading what was changed since the last time would do
    #[arg(long)]
    pub whole: bool,
    /// Stay when the day's calls are spent, keep the place in the carrier's list, and go on when there are calls again
    #[arg(long)]
    pub wait: bool,
}

/// Of `carrier sandbox`.
#[derive(Debug, Clone, Args)]
pub struct SandboxArgs {
    /// Whose contract it speaks
    #[arg(long, value_name = "CARRIER", default_value = "sprint", value_parser = ["sprint", "control-center"])]
    pub kind: String,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// File that every accepted registration is written to, one JSON line each; on the same file it is the same carrier again
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// Where 'each n-th' begins, and which values units get: the same seed gives the same run
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// JSON file with switches that hold from the start: lost answers, slow activation, limits
    #[arg(long, value_name = "FILE")]
    pub switches: Option<PathBuf>,
    /// JSON file with switches, units and edits in the portal; read again whenever it changes
    #[arg(long, value_name = "FILE")]
    pub control: Option<PathBuf>,
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
