//! The one loop: commands in, effects out, events up.
//!
//! It knows the doors of link, inventory and carrier, and carries out what jobs ask for. It decides nothing about units
//! (that is `fleet::job`) and draws nothing.

mod command;
mod event;
mod state;

pub use command::Command;
pub use event::{Event, UnitEnded};
pub use state::*;
