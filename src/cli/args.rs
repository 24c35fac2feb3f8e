//! What can be typed. Help texts are for the person who installs the program and reads them once.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Configures cellular GPS units over USB serial, proves every value by reading it back, registers them with the carrier and
/// keeps the office's inventory.
///
/// Without a command the window opens.
///
/// Exit codes: 0 all done, 1 something failed, 2 the command was wrong, 3 a person must decide, 4 done but something is owed.
#[derive(Debug, Parser)]
#[command(
    name = "fleetdesk",
    version,
    propagate_version = true,
    max_term_width = 110
)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Keep everything of this bench (preferences, inventory, logs) in this folder instead of the system's usual ones
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print one JSON object a line on standard output; messages for people go to standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more in the log file; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Use the running sandbox at this address as the carrier, with its public example key
    #[arg(long, global = true, value_name = "URL")]
    pub sandbox: Option<String>,
    /// Use the fleet database at this address for this command: postgres://USER@HOST:PORT/NAME, never with a password
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub fleet_db: Option<String>,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show a whole pretend office at work: simulated units, a pretend carrier, a fresh inventory
    Demo(DemoArgs),
    /// List the serial ports of this computer
    Ports(PortsArgs),
    /// Read one unit and print what it holds; nothing is written to it
    Read(ReadArgs),
    /// Configure units, prove every value by reading it back after a restart, and register them
    Provision(ProvisionArgs),
    /// List units of the inventory, or those that fit any part of a number, customer, plate or note
    Units(UnitsArgs),
    /// Show one unit with its history, add one, or change what people enter
    Unit(UnitArgs),
    /// Send what was done here to the fleet database and hear what others did
    Sync(SyncArgs),
    /// The fleet database that all offices share
    FleetDb(FleetDbArgs),
    /// List the templates in the inventory, or bring one in
    Templates(TemplatesArgs),
    /// Serve simulated units on pseudo-terminals until standard input closes
    Simulate(SimulateArgs),
    /// The carrier account: check it, follow what is open, or serve the sandbox
    Carrier(CarrierArgs),
    /// The unit families that this program can talk to
    Profiles(ProfilesArgs),
}

/// Of `demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// How many units
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub units: u32,
    /// Number that everything by chance follows from
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// In the terminal, also where there is a display
    #[arg(long)]
    pub headless: bool,
}

/// Of `ports`.
#[derive(Debug, Clone, Args)]
pub struct PortsArgs {
    /// Also list the entries of this folder
    #[arg(long, value_name = "DIR")]
    pub port_dir: Vec<PathBuf>,
}

/// What talking with units may need.
#[derive(Debug, Clone, Args)]
pub struct TalkArgs {
    /// A folder whose entries count as ports (pseudo-terminals, links by path): units that restart are looked for there too
    #[arg(long, value_name = "DIR")]
    pub port_dir: Vec<PathBuf>,
    /// TOML file with passwords and keywords by profile or by identity; refused when other users can read it
    #[arg(long, value_name = "FILE")]
    pub secrets: Option<PathBuf>,
    /// The IMEI on the housing of the unit at a port, for families that answer only to their number
    #[arg(long, value_name = "PORT=IMEI")]
    pub label: Vec<String>,
}

/// Of `read`.
#[derive(Debug, Clone, Args)]
pub struct ReadArgs {
    /// Port of the unit (COM7, /dev/ttyACM0)
    #[arg(long, value_name = "PORT")]
    pub port: String,
    /// Passwords, labels, folders.
    #[command(flatten)]
    pub talk: TalkArgs,
}

/// Of `provision`.
#[derive(Debug, Clone, Args)]
pub struct ProvisionArgs {
    /// Template file with the settings the units shall hold
    #[arg(long, value_name = "FILE")]
    pub template: PathBuf,
    /// Port of a unit; several are worked on side by side
    #[arg(long, value_name = "PORT", required = true)]
    pub port: Vec<String>,
    /// Do not register the units with the carrier
    #[arg(long)]
    pub no_register: bool,
    /// Agree to changes after which only a cable helps (server, APN, passwords)
    #[arg(long)]
    pub yes: bool,
    /// How long to wait for the carrier to finish before leaving the rest to a later run
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    pub carrier_wait: u64,
    /// Passwords, labels, folders.
    #[command(flatten)]
    pub talk: TalkArgs,
}

/// Of `units`.
#[derive(Debug, Clone, Args)]
pub struct UnitsArgs {
    /// Any part of a number, customer, plate or note
    pub query: Vec<String>,
    /// At most so many
    #[arg(long, default_value_t = 1000)]
    pub limit: u32,
    /// Only units in service that were not heard for so long, or never: 2d, 36h, 90m (asks the fleet database)
    #[arg(long, value_name = "AGE", value_parser = super::reports::minutes, conflicts_with = "query")]
    pub silent: Option<i64>,
    /// Only units that were never heard since they left the bench (asks the fleet database)
    #[arg(long, conflicts_with_all = ["query", "silent"])]
    pub never_heard: bool,
    /// Only units that report more often or more seldom than was set (asks the fleet database)
    #[arg(long, conflicts_with_all = ["query", "silent", "never_heard"])]
    pub interval_differs: bool,
}

/// Of `unit`.
#[derive(Debug, Clone, Args)]
pub struct UnitArgs {
    /// What to do with it
    #[command(subcommand)]
    pub action: UnitAction,
}

/// What can be done with one unit.
#[derive(Debug, Clone, Subcommand)]
pub enum UnitAction {
    /// Print its row and its history
    Show {
        /// Any identifier that fits exactly one unit
        id: String,
    },
    /// Enter a new unit
    Add {
        /// One of imei, meid, esn, hardware, then customer, vehicle, office, note, iccid, mdn, ...
        #[arg(required = true, value_name = "KEY=VALUE")]
        fact: Vec<String>,
    },
    /// Change what people enter; nothing after the '=' empties the field
    Set {
        /// Any identifier that fits exactly one unit
        id: String,
        /// What shall stand there
        #[arg(required = true, value_name = "KEY=VALUE")]
        fact: Vec<String>,
    },
}

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
    Login,
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
    /// This is written instead
    #[arg(long, value_name = "TEXT")]
    pub edit: Option<String>,
    /// Take the decision back
    #[arg(long)]
    pub undo: bool,
}

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
    /// Check a template file and bring it into the inventory
    Import {
        /// The file
        file: PathBuf,
    },
}

/// Of `simulate`.
#[derive(Debug, Clone, Args)]
pub struct SimulateArgs {
    /// Which family (see 'profiles list'), or a profile file
    #[arg(long, value_name = "ID")]
    pub profile: String,
    /// How many units
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub units: u32,
    /// Number that everything by chance follows from
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Model to simulate; otherwise the family's models in turn
    #[arg(long, value_name = "VARIANT")]
    pub model: Option<String>,
    /// A fault that every unit has; may be given several times ('--fault list' names them)
    #[arg(long, value_name = "NAME")]
    pub fault: Vec<String>,
    /// Folder for the ports; otherwise a fresh one
    #[arg(long, value_name = "DIR")]
    pub port_dir: Option<PathBuf>,
}

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
    Login,
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
    /// Check profile files and report every problem with its place; without a file, the shipped ones
    Check {
        /// Files
        file: Vec<PathBuf>,
    },
    /// Ask a real unit only the harmless part of a profile file (who are you, what do you hold) and print the talk
    Try(TryArgs),
    /// The same, and keep the talk as a file for tests; secrets are removed
    Record {
        /// What to ask
        #[command(flatten)]
        ask: TryArgs,
        /// Where the talk is written, one JSON object a line
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}

/// Of `profiles try` and `profiles record`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
