//! Device profiles: what a unit family says and understands, as data. One TOML file for each family; no model is named in Rust.
//!
//! [`Profile::from_toml`] reads a file strictly, runs every named check and hands out a value that the rest trusts:
//! the dialogue formats requests and understands replies with it, the simulator does the reverse with the same patterns.

mod check;
mod counted;
mod json_schema;
mod pattern;
mod positional;
mod redirects;
mod registry;
mod schema;
#[cfg(test)]
mod shipped_facts;
mod variant;
mod viewed;
mod wire;

pub use check::ProfileProblem;
pub(crate) use counted::{Counted, Decoder, encode};
pub use json_schema::json_schema;
pub use pattern::{Captures, Pattern};
pub use redirects::Redirect;
pub use registry::{BrokenProfile, ProfileRegistry, ProfileSource};
pub use schema::*;
pub use variant::NotHere;
pub use wire::{WireError, from_wire, same_on_wire, takes_again, to_wire};

#[cfg(test)]
mod tests {
    use super::Profile;
    use crate::setting::SettingKey;

    pub(super) fn key(text: &str) -> SettingKey {
        SettingKey::new(text).unwrap()
    }

    /// A small family, for tests of this module only.
    pub(super) fn tiny() -> Profile {
        Profile::from_toml(include_str!("tiny.toml")).unwrap()
    }
}
