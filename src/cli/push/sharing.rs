//! What other benches did with shared pushes, asked before a command looks at one, and told after it changed one.

use super::runtime;
use crate::cli::args::Global;
use crate::cli::output::Output;
use crate::inventory::Inventory;
use crate::start::{Machine, StartError};
use crate::sync::RoundError;
use crate::sync::shared_pushes::{Teller, round};
use std::time::Duration;

/// A command is not kept waiting for longer.
const LONGEST: Duration = Duration::from_secs(8);

/// Hears and tells, where there is a fleet database. Without an answer the command goes on: what is owed is told later.
pub(super) fn agree(
    global: &Global,
    machine: &Machine,
    inventory: &Inventory,
    output: Output,
) -> Result<(), StartError> {
    let Some(login) = machine.fleet_db_if_any(global)? else {
        return Ok(());
    };
    let actor = machine.actor();
    let agreed = runtime()?.block_on(async {
        let asked = async {
            let session = login.session().await?;
            let device = inventory.sync_state().await?.device_id;
            round(inventory, &session, &Teller { device, actor }).await
        };
        tokio::time::timeout(LONGEST, asked).await
    });
    let why = match agreed {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(RoundError::Database(fault))) => fault.to_string(),
        Ok(Err(RoundError::Inventory(error))) => error.to_string(),
        Err(_) => "it did not answer in time".to_owned(),
    };
    tracing::info!(%why, "shared pushes are not agreed now");
    output.problem(
        "Note: other benches hear of this push later; the fleet database could not be asked.",
    );
    Ok(())
}
