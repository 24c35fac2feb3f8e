//! Device profiles: what a unit family says and understands, as data. One TOML file for each family; no model is named in Rust.
//!
//! [`Profile::from_toml`] reads a file strictly, runs every named check of [`check`] and hands out a value that the rest trusts:
//! the dialogue formats requests and understands replies with it, the simulator does the reverse with the same patterns.

mod pattern;
mod schema;

pub use pattern::{Captures, Pattern};
pub use schema::*;
