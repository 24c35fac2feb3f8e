//! Where the program keeps its things: one folder for each bench, found by the system's rules or named by `--data-dir`.

use std::io;
use std::path::{Path, PathBuf};

/// The folder of the person at this computer.
#[must_use]
pub fn home() -> Option<PathBuf> {
    directories::UserDirs::new().map(|user| user.home_dir().to_owned())
}

/// Their folder for documents, whatever the system calls it; their own folder where there is none.
#[must_use]
pub fn documents() -> Option<PathBuf> {
    let user = directories::UserDirs::new()?;
    let documents = user.document_dir().filter(|folder| folder.is_dir());
    Some(documents.unwrap_or_else(|| user.home_dir()).to_owned())
}

/// Folders of one bench.
#[derive(Debug, Clone)]
pub struct Folders {
    data: PathBuf,
    preferences: PathBuf,
}

impl Folders {
    /// The folders that this system gives to programs, or everything under `data_dir` when it is named. Makes them.
    ///
    /// # Errors
    /// When a folder cannot be made, in the system's words with its path.
    pub fn find(data_dir: Option<&Path>) -> io::Result<Self> {
        let folders = match data_dir {
            Some(folder) => Self {
                data: folder.to_owned(),
                preferences: folder.to_owned(),
            },
            None => {
                let found =
                    directories::ProjectDirs::from("", "", "Fleetdesk").ok_or_else(|| {
                        io::Error::other("this user has no home folder; name one with --data-dir")
                    })?;
                Self {
                    data: found.data_local_dir().to_owned(),
                    preferences: found.config_dir().to_owned(),
                }
            }
        };
        for folder in [&folders.data, &folders.preferences, &folders.logs()] {
            make_private(folder).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
            })?;
        }
        Ok(folders)
    }

    /// Folder of the inventory file and its backups.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Log files.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.data.join("logs")
    }

    /// The preferences file.
    #[must_use]
    pub fn preferences_file(&self) -> PathBuf {
        self.preferences.join("preferences.toml")
    }

    /// Profiles of this bench, which lie over the shipped ones.
    #[must_use]
    pub fn device_profiles(&self) -> PathBuf {
        self.data.join("device_profiles")
    }
}

/// Makes a folder that only this user can open: it holds phone numbers and customers.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_folder_holds_everything_of_a_bench() {
        let root = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(&root.path().join("bench"))).unwrap();
        for path in [
            folders.data().to_owned(),
            folders.logs(),
            folders.preferences_file(),
            folders.device_profiles(),
        ] {
            assert!(path.starts_with(root.path()));
        }
        assert!(folders.logs().is_dir());
    }
}
