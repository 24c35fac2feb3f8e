//! Spreadsheet files: reading lists out of CSV and XLSX, bringing them into the inventory, writing lists for people and machines.
//!
//! What a row means and whether it is taken is decided in `fleet::sheet`; here are bytes, files and the way through a long list.

mod csv_file;
mod encoding;
mod error;
mod export;
mod hidden;
mod import;
mod numbers;
mod plain;
mod quotes;
mod source;
#[cfg(test)]
mod tests;
mod writing;
mod xlsx_file;

pub use error::{MAKE_THE_FOLDER, SheetError, missing_folder};
pub use export::{Choice, Exported, each_page, export};
pub use import::{Import, ImportReport, Phase, Progress, SeenRow};
pub use plain::{list_numbers, list_text};
pub use source::{HiddenParts, Source, SourceKind};
pub use writing::{SheetWriter, WriteKind, csv_lines, write_whole};
