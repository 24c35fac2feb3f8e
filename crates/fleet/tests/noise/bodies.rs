//! What is fed with bytes from strangers: the framing and meaning of every shipped family, patterns, and profile files. Used by the bounded
//! run in `tests/noise.rs` and by the targets in `fuzz/`.

use fleet::job::Operation;
use fleet::profile::{Pattern, ProfileRegistry};
use fleet::{Dialogue, Knowledge, Moment, Profile};
use std::sync::{Arc, OnceLock};

/// Every shipped family, read once.
pub fn families() -> &'static [Arc<Profile>] {
    static FAMILIES: OnceLock<Vec<Arc<Profile>>> = OnceLock::new();
    FAMILIES.get_or_init(|| ProfileRegistry::shipped().all().cloned().collect())
}

/// The first byte chooses the family, the rest is what the line brings while the unit is identified and read.
pub fn line(data: &[u8]) {
    let Some((&choice, bytes)) = data.split_first() else {
        return;
    };
    let all = families();
    let Some(profile) = all.get(usize::from(choice) % all.len().max(1)) else {
        return;
    };
    let mut now = Moment(1000);
    let knowledge = Knowledge {
        label: "356868000041418".parse().ok(),
        ..Knowledge::default()
    };
    let mut dialogue = Dialogue::new(Arc::clone(profile), knowledge, now);
    dialogue.begin(Operation::ReadAll, now);
    for piece in bytes.chunks(7) {
        dialogue.receive(piece, now);
        now = now.plus_ms(u64::from(piece.first().copied().unwrap_or(0)) * 4);
        dialogue.timeout(now);
        while dialogue.take_outgoing().is_some() {}
        while dialogue.next_event().is_some() {}
    }
    let printable = |line: &String| !line.contains(|each: char| each.is_control());
    assert!(dialogue.transcript().to_lines().iter().all(printable));
}

/// A pattern, a NUL, and a frame for it: what it catches can be written again.
pub fn pattern(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (pattern, frame) = text.split_once('\0').unwrap_or((&text, ""));
    let pattern = Pattern::new(pattern);
    if let Some(captures) = pattern.parse(frame) {
        let again = pattern.format(|name| captures.get(name).map(|text| text.as_str().into()));
        assert_eq!(again.as_deref(), Ok(frame));
    }
}

/// A profile file: refused with places, or one whose simulated unit can be made.
pub fn profile_file(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Profile::from_toml(&text) {
        Ok(profile) => assert_eq!(profile.sha256().len(), 64),
        Err(problems) => assert!(!problems.is_empty()),
    }
}
