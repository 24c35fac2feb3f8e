//! A folder for the links to pseudo-terminals, gone at the end when we made it.

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// A folder whose entries count as ports.
pub struct Folder {
    path: PathBuf,
    ours: bool,
}

impl Folder {
    /// The named folder, or a fresh one that only this user can open.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(named: Option<&Path>) -> io::Result<Self> {
        if let Some(path) = named {
            std::fs::create_dir_all(path)?;
            return Ok(Self {
                path: std::fs::canonicalize(path)?,
                ours: false,
            });
        }
        let path =
            std::env::temp_dir().join(format!("fleetdesk-ports-{}", uuid::Uuid::now_v7().simple()));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path, ours: true })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.ours {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
