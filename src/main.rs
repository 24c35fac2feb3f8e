//! The program: reads the command line and opens the window or runs a command.

use clap::Parser as _;
use fleetdesk::cli::{self, Arguments, ExitStatus};

fn main() -> ExitStatus {
    let arguments = Arguments::parse();
    cli::run(arguments)
}
