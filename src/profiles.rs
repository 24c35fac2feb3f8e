//! Unit families at hand: the shipped ones, and those in the bench's own folder, which lie over them.
//!
//! This room only finds and reads files; what is in them is `fleet::profile`'s business.

use fleet::profile::ProfileRegistry;
use std::path::Path;

/// Largest profile file that is read, bytes.
pub const LARGEST_FILE_BYTES: u64 = 1024 * 1024;

/// The shipped families with those of `folder` over them. A broken file changes nothing and is told by the registry.
#[must_use]
pub fn load(folder: &Path) -> ProfileRegistry {
    let mut registry = ProfileRegistry::shipped();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return registry;
    };
    let mut paths: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths.iter().filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    }) {
        let file = path.display().to_string();
        registry = match read(path) {
            Ok(text) => registry.with_overlay(&file, &text),
            Err(why) => registry.with_unreadable(&file, &why),
        };
    }
    for broken in registry.broken() {
        tracing::warn!(file = %broken.source, problems = broken.problems.len(), "a profile file is broken and left out");
    }
    registry
}

/// Reads a profile file of bearable size.
///
/// # Errors
/// Why it cannot be read.
pub fn read(path: &Path) -> Result<String, String> {
    let facts = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if facts.len() > LARGEST_FILE_BYTES {
        return Err(format!(
            "is larger than {LARGEST_FILE_BYTES} bytes, which no profile is"
        ));
    }
    std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))
}
