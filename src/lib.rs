//! Fleetdesk, the desktop program: rooms around the heart (`fleet`) and the carrier accounts (`carrier`).
//!
//! Commands go down, events come up, nothing reaches sideways. `ARCHITECTURE.md` is the map.

pub mod engine;
pub mod inventory;
#[cfg(feature = "gui")]
pub mod ui;
