//! The cable is pulled after every single byte of the way.

use super::clean::walk_and_check_flash;
use super::desk::{Desk, every_model};
use super::job::Ended;

/// Walks with the cable pulled after each of these bytes.
fn pulled_after(profile_id: &str, variant: &str, step: usize) {
    let (profile, model) = every_model()
        .into_iter()
        .find(|(profile, model)| profile.id == profile_id && model.variant == variant)
        .expect("it is shipped");
    let mut clean = Desk::new(&profile, &model.variant, 3, &[]);
    assert!(matches!(
        walk_and_check_flash(&mut clean),
        Ended::Verified { .. }
    ));
    for after in (0..clean.sent).step_by(step) {
        let mut desk = Desk::new(&profile, &model.variant, 3, &[]);
        desk.pull_after = Some(after);
        let ended = walk_and_check_flash(&mut desk);
        assert!(
            matches!(ended, Ended::Verified { .. }),
            "{variant}, pulled after {after} bytes: {ended:?}\n{}",
            desk.transcript()
        );
    }
}

#[test]
fn a_line_unit_is_verified_wherever_its_cable_was_pulled() {
    pulled_after("teltonika-fmb", "fmb920", 7);
}

#[test]
fn a_terminator_unit_is_verified_wherever_its_cable_was_pulled() {
    pulled_after("queclink", "gl300", 3);
}
