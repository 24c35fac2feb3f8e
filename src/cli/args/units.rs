//! What can be typed about units of the inventory.

use clap::{Args, Subcommand};

/// Of `units`.
#[derive(Debug, Clone, Args)]
pub struct UnitsArgs {
    /// Any part of a number, customer, plate or note, and fields: office:north state:quiet template:"van standard" seen<7d
    pub query: Vec<String>,
    /// At most so many
    #[arg(long, default_value_t = 1000)]
    pub limit: u32,
    /// Look the numbers of this file up, one a line ('-' reads standard input): found, not found, double, in the given order
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    pub list: Option<std::path::PathBuf>,
    /// Only units that are not as the newest released version of their template wants them, or whose last reading differs from it
    #[arg(long)]
    pub drift: bool,
    /// Only what is owed or stands still: registrations, changes, units that are stopped or wait for a person, pushes that are not over
    #[arg(long, conflicts_with_all = ["query", "list", "drift"])]
    pub to_do: bool,
    /// Only units that this bench came to an end with today
    #[arg(long, conflicts_with_all = ["query", "list", "drift", "to_do"])]
    pub done_today: bool,
    /// Only units in service that were not heard for so long, or never: 2d, 36h, 90m (asks the fleet database)
    #[arg(long, value_name = "AGE", value_parser = crate::cli::reports::minutes, conflicts_with = "query")]
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
    /// It came back: customer and vehicle are emptied and stay in its history
    Return {
        /// Any identifier that fits exactly one unit
        id: String,
    },
    /// Take it out of use; it is never deleted
    Retire {
        /// Any identifier that fits exactly one unit
        id: String,
        /// Take a retired one back into use
        #[arg(long)]
        undo: bool,
    },
    /// Put another unit in its place: customer, vehicle and office go over; the SIM is 'carrier swap' afterwards
    Swap {
        /// The unit that is taken out
        id: String,
        /// The unit that takes its place
        #[arg(long, value_name = "ID")]
        with: String,
    },
}
