//! Carrier accounts over HTTPS, and the sandbox that stands in for one.
//!
//! This crate carries one question to a carrier and says truthfully what is known afterwards. It keeps no state on
//! disk, never repeats a write and decides nothing about a unit: what follows from an answer is the job's
//! ([`fleet::job`]), above all what to do after [`fleet::registration::RegistrationOutcome::Unknown`].

pub mod account;
pub mod budget;
pub mod capabilities;
pub mod carrier;
pub mod change;
pub mod check;
pub mod control_center;
pub mod failure;
pub mod messages;
pub mod reports;
pub mod sprint;

mod abridged;
mod address;
mod client;
mod content;
mod limiter;
mod loose;
mod pieces;

#[cfg(feature = "sandbox")]
pub mod sandbox;

pub use account::{AccountSettings, CarrierKind, SetupError, TrustedRoots};
pub use budget::Budget;
pub use capabilities::Capabilities;
pub use carrier::{Carrier, Identifier, UnitPage};
pub use change::{Change, ChangeOutcome, ChangeRequest};
pub use check::{CheckReport, CheckVerdict, PlanOffer};
pub use failure::CallFailure;
pub use limiter::{PaceMemory, PaceState, yielding};
pub use messages::{
    MessageRequest, MessageState, MessageStatus, MessageTarget, SendOutcome, SentMessage,
};
pub use reports::{Report, ReportFeed, ReportPage};
