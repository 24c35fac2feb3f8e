//! Lists of units as people keep them in spreadsheets: what each column means, what each row would change, and why not.
//!
//! Rows come as text cells; nothing here reads a file or knows the inventory. The order is: [`Mapping::guess`] from the headings,
//! [`Mapping::read`] for each row, all rows through a [`Survey`], and [`judge`] with what the inventory knows of the unit.
//! Export is the way back: [`ExportColumn`] and [`marks`].

mod cell;
mod column;
mod export;
mod judge;
mod mapping;
pub mod marks;
mod reading;
mod refusal;
mod survey;
mod swallowed;
#[cfg(test)]
mod tests;

pub use column::Column;
pub use export::{ExportColumn, For};
pub use judge::{Change, Known, Verdict, judge};
pub use mapping::{Mapping, MappingError};
pub use reading::{EmptyCells, ReadRow, Row};
pub use refusal::{NOT_CALCULATED, Reason, Refusal};
pub use survey::Survey;
pub use swallowed::could_be_a_number;
