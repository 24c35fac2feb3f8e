//! Every shipped profile, walked end to end: the real dialogue against the simulated unit, in pretend time.

// Clippy knows test functions by their attribute; what they share may fail as loudly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod clean;
mod desk;
mod every_byte;
mod faulty;
mod job;
