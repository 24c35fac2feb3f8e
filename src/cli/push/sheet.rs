//! `push sheet`: the result sheet of a push.

use super::list;
use crate::cli::exit::ExitStatus;
use crate::cli::output::Output;
use crate::engine::{ResultSheetError, write_result_sheet};
use crate::sheets::MAKE_THE_FOLDER;
use crate::start::{Machine, StartError};
use fleet::wording::counted;
use serde_json::json;
use std::path::Path;

pub(super) fn write(
    machine: &Machine,
    id: &str,
    file: &Path,
    output: Output,
) -> Result<ExitStatus, StartError> {
    let inventory = machine.inventory_to_read()?;
    let push = list::push(&inventory, list::named(&inventory, id)?)?;
    write_result_sheet(&push, file).map_err(|error| match error {
        ResultSheetError::Ending(_) => StartError::Usage(error.to_string()),
        ResultSheetError::NoFolder(_) => StartError::failed(
            format!("{}.", crate::cli::sentence(&error.to_string())),
            "The push is as it was.",
            MAKE_THE_FOLDER,
            "P-457",
        ),
        ResultSheetError::NotWritten(..) => StartError::failed(
            format!("{error}."),
            "The push is as it was.",
            "Close the file if it is open elsewhere, or name another one.",
            "P-457",
        ),
    })?;
    if output.is_json() {
        output.json_line(&json!({
            "type": "summary", "push": push.facts().id, "units": push.units().len(), "file": file.display().to_string(),
        }));
    }
    output.say(&format!(
        "{} in {}.",
        counted(push.units().len() as u64, "unit is", "units are"),
        file.display()
    ));
    Ok(ExitStatus::Done)
}
