//! One program for each inventory file: a lock of the operating system, which it releases itself when the program is killed.

use super::error::OpenError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Name of the lock file beside the inventory.
const LOCK_FILE: &str = "inventory.sqlite.lock";

/// Held for as long as the inventory is open for writing.
#[derive(Debug)]
pub(super) struct InstanceLock {
    _file: File,
}

impl InstanceLock {
    /// Takes the lock of `folder`, or says that another program has it. Never waits.
    pub(super) fn take(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join(LOCK_FILE);
        let failed = |error: std::io::Error| OpenError::FolderNotWritable {
            folder: folder.to_owned(),
            detail: error.to_string(),
        };
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_that_it_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let first = InstanceLock::take(folder.path()).unwrap();
        assert!(matches!(
            InstanceLock::take(folder.path()),
            Err(OpenError::InUse)
        ));
        drop(first);
        assert!(InstanceLock::take(folder.path()).is_ok());
    }
}
