//! Agreeing with the fleet database: one round after the other, whatever happens in between.
//!
//! A round sends what was done here, then hears what others did. Each step is kept in the inventory before the next begins, so
//! a round may be cut anywhere and is simply begun again. When to go round is the engine's business; what the words on the
//! line mean is the package's `fleet_db`.

mod claims;
mod clock;
mod connection;
mod database;
mod left_alone;
mod pace;
mod round;
pub mod shared_pushes;
#[cfg(test)]
mod tests;

pub use claims::{InHand, heard_last, who_has};
pub use clock::clock_advice;
pub use connection::{Connection, Login};
pub use database::FleetDatabase;
pub use left_alone::{LeftAlone, keep_left_alone, left_alone};
pub use pace::Pace;
pub use round::{HeldRow, RoundError, Summary, round, round_in_pages};
