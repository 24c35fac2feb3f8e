//! Writing units of the inventory into a file, page by page.

use super::error::SheetError;
use super::writing::{SheetWriter, WriteKind};
use crate::inventory::Inventory;
use fleet::UnitId;
use fleet::sheet::{ExportColumn, For};
use fleet::unit::Unit;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Units of one question to the inventory.
const PAGE: u32 = 1000;

/// Which units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// All of the inventory.
    All,
    /// These, in this order.
    List(Vec<UnitId>),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Where.
    pub path: PathBuf,
    /// How many units.
    pub units: u64,
}

/// Writes the chosen units. Blocks; `tell` hears how many were written. Nothing when it was stopped.
///
/// # Errors
/// When the inventory or the disk would not; then no file stands there.
pub fn export(
    inventory: &Inventory,
    choice: &Choice,
    path: &Path,
    kind: WriteKind,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(u64),
) -> Result<Option<Exported>, SheetError> {
    let whom = match kind {
        WriteKind::CsvForMachines => For::Machines,
        WriteKind::Xlsx | WriteKind::CsvForPeople { .. } => For::People,
    };
    let zone = TimeZone::system();
    let columns = ExportColumn::all(whom);
    let headings: Vec<String> = columns
        .iter()
        .map(|column| column.heading(whom).to_owned())
        .collect();
    let mut writer = SheetWriter::create(path, kind, &headings)?;
    let mut units: u64 = 0;
    let finished = each_page(inventory, choice, stop, &mut |page| {
        for unit in page {
            let cells: Vec<String> = columns
                .iter()
                .map(|column| column.text(unit, whom, &zone))
                .collect();
            writer.row(&cells)?;
            units += 1;
        }
        tell(units);
        Ok(())
    })?;
    if !finished {
        return Ok(None);
    }
    let path = writer.finish()?;
    Ok(Some(Exported { path, units }))
}

/// Gives the chosen units page by page; false when it was stopped.
///
/// # Errors
/// When the inventory would not, or `each` would not.
pub fn each_page(
    inventory: &Inventory,
    choice: &Choice,
    stop: &AtomicBool,
    each: &mut dyn FnMut(&[Unit]) -> Result<(), SheetError>,
) -> Result<bool, SheetError> {
    let is_stopped = || stop.load(Ordering::Relaxed);
    match choice {
        Choice::All => {
            let mut after = 0;
            loop {
                if is_stopped() {
                    return Ok(false);
                }
                let (page, last) = inventory.units_after(after, PAGE).wait()?;
                each(&page)?;
                match last {
                    Some(last) => after = last,
                    None => return Ok(true),
                }
            }
        }
        Choice::List(ids) => {
            for part in ids.chunks(usize::try_from(PAGE).unwrap_or(1000)) {
                if is_stopped() {
                    return Ok(false);
                }
                let page = inventory.units_of(part.to_vec()).wait()?;
                each(&page)?;
            }
            Ok(true)
        }
    }
}
