//! Fleetdesk, the desktop program: rooms around the heart (`fleet`) and the carrier accounts (`carrier`).
//!
//! Commands go down, events come up, nothing reaches sideways. `ARCHITECTURE.md` is the map.

pub mod bundle;
pub mod cli;
pub mod demo;
pub mod engine;
pub mod folders;
pub mod inventory;
pub mod labels;
pub mod link;
pub mod logging;
pub mod preferences;
pub mod profiles;
pub mod secrets;
pub mod sheets;
pub mod start;
pub mod sync;
#[cfg(feature = "gui")]
pub mod ui;
#[cfg(feature = "gui")]
pub mod window;
