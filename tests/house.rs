//! The house rules that the compiler does not keep: who may enter which room, what the heart may not know, how files are cut.
//!
//! What README.md shows is held against the program. `ARCHITECTURE.md` says why. Each rule is a function from text to complaints, so each is also shown a planted offence.

mod files;
mod packages;
mod readme;
mod rooms;
mod source;
mod unit_families;

/// Fails with every complaint at once.
fn nothing_is_wrong(complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "{} complaints:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}
