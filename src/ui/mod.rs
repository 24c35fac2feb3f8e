//! The window: screens drawn from `engine::State`, wishes sent as `engine::Command`s.
//!
//! Nothing here opens a port, a file or a connection, and nothing here waits.

pub mod theme;
pub mod widgets;
