//! The support bundle: one file that tells of one unit and this bench what a support person needs, without any secret.
//!
//! What goes in is gathered first and shown with what was taken out; only then is the file written. The program keeps secrets out
//! of logs, journals and timelines anyway; this is the second fence.

mod redact;

pub use redact::Redaction;

use crate::inventory::{Inventory, InventoryError};
use fleet::UnitId;
use fleet::profile::ProfileRegistry;
use serde_json::json;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Days of the log that go in.
const LOG_FILES: usize = 3;
/// The end of each log file that goes in.
const MOST_LOG_BYTES: u64 = 4 << 20;
/// Jobs of the unit that go in, newest first.
const MOST_JOBS: usize = 20;
/// Entries of the timeline that go in.
const MOST_ENTRIES: u32 = 1000;

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its name inside.
    pub name: String,
    /// What it is, for people.
    pub words: &'static str,
    /// Its text, without secrets.
    pub text: String,
    /// How many secrets were taken out.
    pub taken_out: usize,
}

/// A bundle that can be looked at before it is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Its files.
    pub pieces: Vec<Piece>,
}

/// What a bundle is made from.
pub struct Gathering<'a> {
    /// The inventory.
    pub inventory: &'a Inventory,
    /// The unit it is about; without one the bundle tells of the bench alone.
    pub unit: Option<UnitId>,
    /// Unit families.
    pub registry: &'a ProfileRegistry,
    /// The preferences file.
    pub preferences: PathBuf,
    /// The folder of log files.
    pub logs: PathBuf,
    /// What must not be in it.
    pub redaction: &'a Redaction,
}

impl Gathering<'_> {
    /// Gathers everything. Blocks.
    ///
    /// # Errors
    /// When the inventory would not. A log or a preferences file that cannot be read is told in its place.
    pub fn gather(&self) -> Result<Bundle, InventoryError> {
        let mut bundle = Bundle { pieces: Vec::new() };
        let mut add = |name: String, words: &'static str, text: &str| {
            let (text, taken_out) = self.redaction.clean(text);
            bundle.pieces.push(Piece {
                name,
                words,
                text,
                taken_out,
            });
        };
        add(
            "versions.txt".to_owned(),
            "versions and unit families",
            &self.versions(),
        );
        let preferences = std::fs::read_to_string(&self.preferences).unwrap_or_else(told);
        add(
            "preferences.toml".to_owned(),
            "choices of this bench",
            &preferences,
        );
        for path in newest_logs(&self.logs) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let text = end_of(&path).unwrap_or_else(told);
            add(format!("logs/{name}"), "event log", &text);
        }
        if let Some(unit) = &self.unit {
            for (name, words, text) in self.of_unit(unit)? {
                add(name, words, &text);
            }
        }
        Ok(bundle)
    }

    fn versions(&self) -> String {
        let mut lines = vec![
            format!("Fleetdesk {}", env!("CARGO_PKG_VERSION")),
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            format!("gathered {}", jiff::Timestamp::now()),
            String::new(),
        ];
        lines.extend(self.registry.all().map(|profile| {
            let source = self.registry.source(&profile.id);
            let source = source.map(ToString::to_string).unwrap_or_default();
            format!("{} {} {source}", profile.id, profile.sha256())
        }));
        lines.join("\n")
    }

    /// Row, timeline, and each job's journal with the talk that it keeps.
    fn of_unit(
        &self,
        unit: &UnitId,
    ) -> Result<Vec<(String, &'static str, String)>, InventoryError> {
        let row = self.inventory.unit(unit.clone()).wait()?;
        let timeline = self.inventory.timeline(unit.clone(), MOST_ENTRIES).wait()?;
        let mut pieces = vec![
            (
                "unit.json".to_owned(),
                "the unit's row",
                pretty(&json!(row)),
            ),
            (
                "timeline.json".to_owned(),
                "the unit's timeline",
                pretty(&json!(timeline)),
            ),
        ];
        for job in self
            .inventory
            .jobs_of(unit.clone())
            .wait()?
            .into_iter()
            .take(MOST_JOBS)
        {
            let checked = self.inventory.events(job.job).wait()?;
            let mut lines: Vec<String> = Vec::new();
            for stored in &checked.events {
                let event = json!(stored.event);
                lines.push(json!({ "n": stored.n, "at": stored.wall, "event": event }).to_string());
                for sha256 in hashes(&event) {
                    if let Some(bytes) = self.inventory.blob(sha256.clone()).wait()? {
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        pieces.push((format!("talk/{sha256}.txt"), "what was said and read", text));
                    }
                }
            }
            if let Err(bad) = &checked.chain {
                lines.push(json!({ "chain": bad.to_string() }).to_string());
            }
            let name = format!("journal/{}.jsonl", json!(job.job).as_str().unwrap_or("job"));
            pieces.push((name, "journal of a job", lines.join("\n")));
        }
        pieces.sort_by(|first, second| first.0.cmp(&second.0));
        pieces.dedup_by(|first, second| first.0 == second.0);
        Ok(pieces)
    }
}

impl Bundle {
    /// Writes it whole or not at all.
    ///
    /// # Errors
    /// When the disk would not; then nothing stands there that did not before.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = path.with_file_name(name);
        let written = self
            .write(&part)
            .and_then(|()| std::fs::rename(&part, path));
        if written.is_err() {
            let _not_even_begun = std::fs::remove_file(&part);
        }
        written
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let mut archive = ZipWriter::new(File::create(path)?);
        for piece in &self.pieces {
            archive.start_file(piece.name.as_str(), options)?;
            archive.write_all(piece.text.as_bytes())?;
        }
        archive.finish()?.sync_all()
    }
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn told(error: io::Error) -> String {
    format!("(it cannot be read: {error})")
}

/// Every text in an event that names kept bytes.
fn hashes(event: &serde_json::Value) -> Vec<String> {
    match event {
        serde_json::Value::String(text)
            if text.len() == 64 && text.bytes().all(|each| each.is_ascii_hexdigit()) =>
        {
            vec![text.clone()]
        }
        serde_json::Value::Array(items) => items.iter().flat_map(hashes).collect(),
        serde_json::Value::Object(fields) => fields.values().flat_map(hashes).collect(),
        _ => Vec::new(),
    }
}

/// Log files are named by their day, so the newest ones come last.
fn newest_logs(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "log"))
        .collect();
    files.sort();
    let skip = files.len().saturating_sub(LOG_FILES);
    files.split_off(skip)
}

fn end_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MOST_LOG_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(MOST_LOG_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
