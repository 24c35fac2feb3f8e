//! The collector between a sandbox of the carrier and a real PostgreSQL, with everything that goes wrong on the way.

// Clippy knows test functions by their attribute; what they share may fail as loudly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod desk_views;
mod far_ahead;
mod local_s3;
mod long_report;
mod naming;
mod odd_feeds;
mod order_of_update;
mod process;
mod rights;
mod storing;
mod world;
mod writing;
