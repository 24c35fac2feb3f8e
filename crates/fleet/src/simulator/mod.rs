//! A simulated unit, made from a profile: it speaks what the profile says and nothing else, so that demo, tests and benches can talk
//! with it over a real pseudo-terminal or with pretend time. It opens nothing and asks no clock; bytes and moments are arguments.
//!
//! It proves nothing about real units: it shows only that the program and the profile agree, and what the program does with [`SimulatorFault`]s.

mod answers;
mod faults;
mod identity;
mod limits;
mod lock;
mod memory;
mod messages;
mod pacing;
mod power;
mod random;
mod reactions;
mod replies;
mod requests;
mod single;
mod speech;
#[cfg(test)]
mod tests;
mod unit;

pub use faults::{SimulatorFault, UnknownSimulatorFault};
pub use identity::SimulatedIdentity;
pub use unit::{SimulatedUnit, SimulatedUnitOptions, SimulatorEvent};
