#![no_main]
//! Feeds bytes to `line`; the body is the one that the bounded run in the tests uses.

#[path = "../../crates/fleet/tests/noise/bodies.rs"]
#[allow(dead_code)]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::line(data));
