//! Fleetdesk.
fn main() {}
