//! The one integration binary.

// Clippy knows test functions by their attribute; what they share may fail as loudly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr
)]

#[cfg(unix)]
mod agreement;
#[cfg(unix)]
mod bad_input;
#[cfg(unix)]
mod database;
#[cfg(unix)]
mod desk;
mod heard;
mod house;
#[cfg(unix)]
mod journeys;
#[cfg(unix)]
mod kill;
#[cfg(unix)]
mod pushes;
#[cfg(feature = "gui")]
mod screens;
#[cfg(all(target_os = "linux", feature = "gui"))]
mod window;
