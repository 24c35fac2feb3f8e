//! The collector: fetches the carrier's reports into the fleet database, as a Lambda function on a schedule or once on any machine.
//!
//! [`run::run`] is the whole work: a source of reports, the store, a plan. Around it stand settings, credentials and the shells. It keeps
//! nothing between runs; where it stands is in the database. What units mean with their reports is left to those who read them.

pub mod aws;
pub mod credentials;
pub mod judge;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod log;
pub mod run;
pub mod settings;
pub mod source;
pub mod trouble;
pub mod work;
mod writes;
