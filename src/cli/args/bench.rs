//! What can be typed about ports and the units at them.

use clap::Args;
use std::path::PathBuf;

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
