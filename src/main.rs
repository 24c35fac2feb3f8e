//! The program: reads the command line and opens the window or runs a command.

use clap::Parser as _;
use fleetdesk::cli::{self, Arguments, ExitStatus};

fn main() -> ExitStatus {
    fleetdesk::secrets::switch_off_core_dumps();
    let arguments = Arguments::parse();
    #[cfg(feature = "gui")]
    if let Some(status) = fleetdesk::window::open_if_wanted(&arguments) {
        return status;
    }
    cli::run(arguments)
}
