//! Wishes that programs leave beside the inventory for the one that has it: a folder of small files, each whole or not there.
//!
//! What is wished and answered is text that others understand. Who wishes holds a lock of the system for as long as it waits, so that the wish
//! of a program that was killed is never carried out; a wish is taken by giving its file another name, so that one that was withdrawn in the
//! same moment is not.

use super::{Inventory, place};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// The folder beside the inventory's file.
const FOLDER: &str = "wishes";
/// More is none of ours: the longest list of numbers is shorter.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// Nobody waits for an answer so long: a program that was stopped and went on meanwhile has no wish any more.
const OLDEST: Duration = Duration::from_secs(60);
/// What nobody waits for is cleared away after this.
const CLEARED_AFTER: Duration = Duration::from_secs(10);

/// Held by who wishes.
const ASKER: &str = "asker";
const WISH: &str = "wish";
const TAKEN: &str = "taken";
const ANSWER: &str = "answer";
const PART: &str = "part";
const ENDINGS: [&str; 5] = [ASKER, WISH, TAKEN, ANSWER, PART];

/// The place for wishes beside one inventory.
#[derive(Debug, Clone)]
pub struct Wishes {
    folder: PathBuf,
}

/// A wish that was taken, to be carried out and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenWish {
    /// Its number.
    pub number: Uuid,
    /// What is wished.
    pub text: String,
}

/// A wish that was left; what is still there of it goes when this is dropped.
#[derive(Debug)]
pub struct LeftWish {
    wishes: Wishes,
    number: Uuid,
    waits: File,
}

impl Inventory {
    /// The place for wishes beside this inventory.
    #[must_use]
    pub fn wishes(&self) -> Wishes {
        Wishes::beside(&self.shared.folder)
    }
}

impl Wishes {
    fn beside(folder: &Path) -> Self {
        Self {
            folder: folder.join(FOLDER),
        }
    }

    /// Leaves a wish for the program that has the inventory.
    ///
    /// # Errors
    /// When it cannot be left there.
    pub fn leave(&self, text: &str) -> io::Result<LeftWish> {
        place::make_private(&self.folder)?;
        let number = Uuid::now_v7();
        let waits = private(&self.file(number, ASKER))?;
        let left = LeftWish {
            wishes: self.clone(),
            number,
            waits,
        };
        // Who has the inventory may be looking whether it is locked in this very moment.
        left.waits.lock()?;
        self.write_whole(number, WISH, text)?;
        Ok(left)
    }

    /// Takes every wish that somebody waits for, oldest first, and clears away what nobody waits for any more. For the program that has the
    /// inventory, and no other.
    #[must_use]
    pub fn take(&self) -> Vec<TakenWish> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut numbers = Vec::new();
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let Some((number, ending)) = named(&path) else {
                continue;
            };
            let awaited = self.is_awaited(number);
            if awaited && ending == WISH && age(&path).is_none_or(|age| age < OLDEST) {
                numbers.push(number);
            } else if !awaited && age(&path).is_some_and(|age| age > CLEARED_AFTER) {
                let _ = fs::remove_file(&path);
            }
        }
        numbers.sort_unstable();
        numbers
            .into_iter()
            .filter_map(|number| self.take_one(number))
            .collect()
    }

    fn take_one(&self, number: Uuid) -> Option<TakenWish> {
        let taken = self.file(number, TAKEN);
        fs::rename(self.file(number, WISH), &taken).ok()?;
        let mut text = String::new();
        let read = File::open(&taken)
            .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
            .inspect_err(
                |error| tracing::warn!(%error, "a wish beside the inventory cannot be read"),
            );
        let _ = fs::remove_file(&taken);
        // What cannot be understood is answered as such.
        read.is_ok().then_some(TakenWish { number, text })
    }

    /// Answers a wish that was taken.
    ///
    /// # Errors
    /// When the answer cannot be left there.
    pub fn answer(&self, number: Uuid, text: &str) -> io::Result<()> {
        if self.is_awaited(number) {
            self.write_whole(number, ANSWER, text)?;
        }
        Ok(())
    }

    /// Whether the program that left it lives and waits.
    #[must_use]
    pub fn is_awaited(&self, number: Uuid) -> bool {
        let asker = OpenOptions::new()
            .write(true)
            .open(self.file(number, ASKER));
        asker.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    fn write_whole(&self, number: Uuid, ending: &str, text: &str) -> io::Result<()> {
        let part = self.file(number, PART);
        private(&part)?.write_all(text.as_bytes())?;
        fs::rename(&part, self.file(number, ending))
    }

    fn file(&self, number: Uuid, ending: &str) -> PathBuf {
        self.folder.join(format!("{number}.{ending}"))
    }
}

impl LeftWish {
    /// The answer, once it is there.
    #[must_use]
    pub fn answer(&self) -> Option<String> {
        fs::read_to_string(self.wishes.file(self.number, ANSWER)).ok()
    }

    /// Takes the wish back. `false` when it was taken before: then it was carried out, or is.
    #[must_use]
    pub fn withdraw(&self) -> bool {
        fs::remove_file(self.wishes.file(self.number, WISH)).is_ok()
    }
}

impl Drop for LeftWish {
    fn drop(&mut self) {
        for ending in [WISH, ANSWER, PART, ASKER] {
            let _ = fs::remove_file(self.wishes.file(self.number, ending));
        }
    }
}

/// A new file for its user only.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Number and ending of a file of ours.
fn named(path: &Path) -> Option<(Uuid, &'static str)> {
    let number = path.file_stem()?.to_str()?.parse().ok()?;
    let ending = path.extension()?.to_str()?;
    let ending = ENDINGS.into_iter().find(|known| *known == ending)?;
    Some((number, ending))
}

/// How long ago it was written; nothing when the clock went back since.
fn age(path: &Path) -> Option<Duration> {
    let written = fs::metadata(path).and_then(|facts| facts.modified()).ok()?;
    SystemTime::now().duration_since(written).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes() -> (tempfile::TempDir, Wishes) {
        let folder = tempfile::tempdir().unwrap();
        let wishes = Wishes::beside(folder.path());
        (folder, wishes)
    }

    fn entries(wishes: &Wishes) -> usize {
        fs::read_dir(&wishes.folder).unwrap().count()
    }

    fn make_older(path: &Path, age: Duration) {
        let file = OpenOptions::new().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn a_wish_is_taken_once_answered_and_leaves_nothing_behind() {
        let (_folder, wishes) = wishes();
        assert!(wishes.take().is_empty(), "nobody ever wished anything");
        let left = wishes.leave("first").unwrap();
        let later = wishes.leave("second").unwrap();
        let taken = wishes.take();
        let texts: Vec<&str> = taken.iter().map(|wish| wish.text.as_str()).collect();
        assert_eq!(texts, ["first", "second"], "in the order of asking");
        assert!(wishes.take().is_empty(), "once");
        assert_eq!(left.answer(), None);
        assert!(taken.iter().all(|wish| wishes.is_awaited(wish.number)));
        wishes.answer(taken[0].number, "done").unwrap();
        assert_eq!(left.answer().as_deref(), Some("done"));
        assert!(!left.withdraw(), "it was taken");
        drop((left, later));
        assert_eq!(entries(&wishes), 0);
        assert!(!taken.iter().any(|wish| wishes.is_awaited(wish.number)));
        // An answer that nobody waits for any more.
        wishes.answer(taken[1].number, "late").unwrap();
        assert_eq!(entries(&wishes), 0);
    }

    #[test]
    fn a_wish_that_was_withdrawn_is_not_taken() {
        let (_folder, wishes) = wishes();
        let left = wishes.leave("pause").unwrap();
        assert!(left.withdraw());
        assert!(wishes.take().is_empty());
    }

    #[test]
    fn the_wish_of_a_program_that_was_killed_or_slept_is_never_carried_out_and_goes() {
        let (_folder, wishes) = wishes();
        fs::create_dir_all(&wishes.folder).unwrap();
        // As a kill leaves it: files without a lock.
        let dead = Uuid::now_v7();
        for ending in [ASKER, WISH] {
            fs::write(wishes.file(dead, ending), "cancel").unwrap();
        }
        let foreign = wishes.folder.join("notes.txt");
        fs::write(&foreign, "not ours").unwrap();
        let slept = wishes.leave("cancel").unwrap();
        make_older(&wishes.file(slept.number, WISH), OLDEST * 2);
        assert!(wishes.take().is_empty());
        for ending in [ASKER, WISH] {
            make_older(&wishes.file(dead, ending), CLEARED_AFTER * 2);
        }
        make_older(&foreign, CLEARED_AFTER * 2);
        assert!(wishes.take().is_empty());
        assert!(!wishes.file(dead, WISH).exists(), "cleared away");
        assert!(!wishes.file(dead, ASKER).exists(), "cleared away");
        assert!(foreign.exists(), "what is not ours stays");
        assert!(slept.withdraw(), "nobody took it");
    }

    #[cfg(unix)]
    #[test]
    fn wishes_are_for_their_user_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, wishes) = wishes();
        let left = wishes.leave("pause").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&wishes.folder), 0o700);
        for ending in [ASKER, WISH] {
            assert_eq!(mode(&wishes.file(left.number, ending)), 0o600);
        }
    }
}
