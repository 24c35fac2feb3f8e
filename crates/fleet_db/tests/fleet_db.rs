//! The fleet database against a real PostgreSQL of its own.

// Clippy knows test functions by their attribute; what they share may fail as loudly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod doctor;
mod faults;
mod installing;
mod password_file;
mod pulling;
mod purging;
mod pushing;
mod restoring;
mod rights;
mod secure_line;
mod server;
mod sharing;
mod simulation;
mod strangers;
