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
    /// The IMEI on the housing of the unit at a port, or its maker's number, for families that answer only to their number
    #[arg(long, value_name = "PORT=NUMBER")]
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

/// Of `talk`.
#[derive(Debug, Clone, Args)]
pub struct TerminalArgs {
    /// Port to listen on (COM7, /dev/ttyACM0); it must not be in use
    #[arg(long, value_name = "PORT")]
    pub port: String,
    /// Bits a second
    #[arg(long, default_value_t = 115_200)]
    pub baud: u32,
    /// Leave DTR and RTS as they are
    #[arg(long)]
    pub leave_lines: bool,
    /// Send what is typed, line by line: it can lock a unit or make it useless
    #[arg(long)]
    pub allow_commands: bool,
    /// What ends a typed line on its way to the unit
    #[arg(long, value_enum, default_value_t = LineEnd::Cr)]
    pub end: LineEnd,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub seconds: Option<u64>,
}

/// The end of a typed line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LineEnd {
    /// CR
    Cr,
    /// LF
    Lf,
    /// CR and LF
    Crlf,
    /// Nothing: the command carries its own end
    None,
}

impl LineEnd {
    /// The bytes.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Cr => b"\r",
            Self::Lf => b"\n",
            Self::Crlf => b"\r\n",
            Self::None => b"",
        }
    }
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
    /// The service code in --secrets is another one than the unit refused or did not answer: send it, once
    #[arg(long)]
    pub new_code: bool,
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
    /// Which units, and how.
    #[command(flatten)]
    pub units: SimulatedArgs,
}

/// Simulated units.
#[derive(Debug, Clone, Args)]
pub struct SimulatedArgs {
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
