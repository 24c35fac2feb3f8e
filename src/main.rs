//! The program: reads the command line and opens the window or runs a command.

use fleetdesk::cli::{self, ExitStatus};

fn main() -> ExitStatus {
    fleetdesk::secrets::switch_off_core_dumps();
    let arguments = match cli::typed() {
        Ok(arguments) => arguments,
        Err(told) => return told,
    };
    #[cfg(feature = "gui")]
    if let Some(status) = fleetdesk::window::open_if_wanted(&arguments) {
        return status;
    }
    cli::run(arguments)
}
