//! The carrier crate against its sandbox, over real HTTP on loopback.

// Clippy knows test functions by their attribute; what they share may fail as loudly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod bad_answers;
mod changing;
mod checking;
mod contract;
mod control_center;
mod fault_table;
mod faults;
mod journey;
mod ledger;
mod messaging;
mod odd_pages;
mod office;
mod other_servers;
mod reading;
mod registering;
mod reports;
mod secrecy;
mod secure_line;
