//! Numbers that name units, SIMs and lines: IMEI, MEID, ESN, ICCID, MDN. A value that exists has a valid form.
//!
//! They are text everywhere, never numbers: leading zeros count, and twenty digits fit no number.
//! Who owns a number, or whether a carrier knows it, is not decided here.

mod clean;
mod error;
mod esn;
mod iccid;
mod imei;
mod label;
mod luhn;
mod mdn;
mod meid;
#[cfg(test)]
mod properties;
mod recognise;
mod unit_id;

pub use error::{IdentifierError, Warning};
pub use esn::Esn;
pub use iccid::Iccid;
pub use imei::Imei;
pub use label::Label;
pub use mdn::Mdn;
pub use meid::{Meid, PseudoEsn};
pub use recognise::{Recognised, recognise};
pub use unit_id::{UnitId, UnitIdKind, UnknownIdKind};
