//! What can be typed. Help texts are for the person who installs the program and reads them once.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

mod bench;
mod carrier;
mod fleet_db;
mod labels;
mod profiles;
mod push;
mod sheets;
mod support;
mod templates;
mod units;

pub use bench::{
    PortsArgs, ProvisionArgs, ReadArgs, SimulateArgs, SimulatedArgs, TalkArgs, TerminalArgs,
};
pub use carrier::{
    CarrierAction, CarrierArgs, ChangeArgs, ReconcileArgs, SandboxArgs, SwapArgs, SwapWhat,
};
pub use fleet_db::{DecideArgs, FleetDbAction, FleetDbArgs, SyncArgs};
pub use labels::LabelsArgs;
pub use profiles::{ConfirmArgs, ProfilesAction, ProfilesArgs, RecordArgs, ShowArgs};
pub use push::{PushAction, PushArgs, PushRunArgs, ViaArg};
pub use sheets::{ChosenUnits, ExportArgs, ImportArgs, Readers};
pub use support::SupportArgs;
pub use templates::{DraftArgs, TemplatesAction, TemplatesArgs};
pub use units::{UnitAction, UnitArgs, UnitsArgs};

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
    /// Listen on a port as on a terminal, everything unprintable made visible; commands only after an explicit switch
    Talk(TerminalArgs),
    /// Configure units, prove every value by reading it back after a restart, and register them
    Provision(ProvisionArgs),
    /// Change many units at once: rehearse, a few first, then the rest; on cables and by text message
    Push(Box<PushArgs>),
    /// List units of the inventory, or those that fit any part of a number, customer, plate or note
    Units(UnitsArgs),
    /// Show one unit with its history, add one, or change what people enter
    Unit(UnitArgs),
    /// Bring a list of units (CSV, XLSX) into the inventory; rows that are not taken come back in a file with their reasons
    Import(ImportArgs),
    /// Write units of the inventory into a list (XLSX, CSV)
    Export(ExportArgs),
    /// Make a PDF with labels: a QR code, the last four digits large, the number, customer, vehicle and template
    Labels(LabelsArgs),
    /// Save what a support person needs of one unit and this bench into one file, without secrets
    SupportBundle(SupportArgs),
    /// Send what was done here to the fleet database and hear what others did
    Sync(SyncArgs),
    /// The fleet database that all offices share
    FleetDb(FleetDbArgs),
    /// Templates: list, show, compare, bring in, draft and release them
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
