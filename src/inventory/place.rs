//! Where an inventory may live: a folder of this computer's own disk that only its user can read.

use super::error::OpenError;
use std::fs;
use std::path::Path;

/// Programs that copy folders behind our back, by the first word of the folder they make.
const SYNCED_FOLDERS: [&str; 5] = [
    "OneDrive",
    "Dropbox",
    "Google Drive",
    "iCloudDrive",
    "Mobile Documents",
];

/// Makes the folder, readable by its user only, and refuses places where SQLite files get damaged.
pub(super) fn prepare(folder: &Path) -> Result<(), OpenError> {
    let failed = |error: std::io::Error| OpenError::FolderNotWritable {
        folder: folder.to_owned(),
        detail: error.to_string(),
    };
    let whole = std::path::absolute(folder).map_err(failed)?;
    let there = whole
        .ancestors()
        .find(|part| part.exists())
        .unwrap_or(&whole);
    let real = there.canonicalize().map_err(failed)?;
    refuse_unsafe(&whole, &real)?;
    if !folder.is_dir() {
        make_private(folder).map_err(failed)?;
    }
    Ok(())
}

/// Makes a folder and its parents; the folder itself is for its user only.
pub(super) fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes an empty file for its user only, or takes the rights of others from the one that is there.
pub(super) fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let rights = _file.metadata()?.permissions();
        if rights.mode() & 0o077 != 0 {
            _file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

/// `folder` as it was given, `real` the part of it that exists, without links.
fn refuse_unsafe(folder: &Path, real: &Path) -> Result<(), OpenError> {
    let what = if on_network_drive(real) {
        Some("on a network drive".to_owned())
    } else {
        let synced = synced_by(folder).or_else(|| synced_by(real));
        synced.map(|name| format!("a folder that {name} copies to other computers"))
    };
    match what {
        Some(what) => Err(OpenError::PlaceNotSafe {
            folder: folder.to_owned(),
            what,
        }),
        None => Ok(()),
    }
}

fn synced_by(folder: &Path) -> Option<&'static str> {
    let names = folder
        .components()
        .filter_map(|part| part.as_os_str().to_str());
    names
        .flat_map(|name| {
            SYNCED_FOLDERS
                .into_iter()
                .filter(move |synced| is_folder_of(name, synced))
        })
        .next()
}

/// 'OneDrive' and 'OneDrive - Company' are OneDrive's; 'OneDriver' is not.
fn is_folder_of(name: &str, synced: &str) -> bool {
    name.strip_prefix(synced)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(']))
}

#[cfg(target_os = "linux")]
fn on_network_drive(folder: &Path) -> bool {
    use nix::sys::statfs;
    // The magic numbers of SMB's newer drivers are not in the library's list.
    const CIFS: u32 = 0xff53_4d42;
    const SMB2: u32 = 0xfe53_4d42;
    let Ok(found) = statfs::statfs(folder) else {
        return false;
    };
    let kind = found.filesystem_type();
    let known = [
        statfs::NFS_SUPER_MAGIC,
        statfs::SMB_SUPER_MAGIC,
        statfs::CODA_SUPER_MAGIC,
        statfs::NCP_SUPER_MAGIC,
        statfs::AFS_SUPER_MAGIC,
    ];
    known.contains(&kind)
        || [CIFS, SMB2]
            .iter()
            .any(|magic| i64::from(*magic) == (kind.0 & 0xffff_ffff))
}

#[cfg(windows)]
fn on_network_drive(folder: &Path) -> bool {
    use std::path::{Component, Prefix};
    matches!(
        folder.components().next(),
        Some(Component::Prefix(prefix)) if matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..))
    )
}

#[cfg(not(any(target_os = "linux", windows)))]
fn on_network_drive(_folder: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_another_program_copies_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("OneDrive - Example").join("fleetdesk");
        let refused = prepare(&folder).unwrap_err();
        assert!(
            matches!(&refused, OpenError::PlaceNotSafe { what, .. } if what.contains("OneDrive")),
            "{refused}"
        );
        assert!(
            !folder.exists(),
            "nothing is made in a place that is refused"
        );
        assert!(synced_by(Path::new("/home/ann/OneDriver/Dropboxes")).is_none());
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_said() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("taken");
        fs::write(&path, "x").unwrap();
        assert!(matches!(
            prepare(&path),
            Err(OpenError::FolderNotWritable { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_files_are_for_their_user_only() {
        use std::os::unix::fs::PermissionsExt;
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("data");
        prepare(&folder).unwrap();
        let file = folder.join("file");
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        private_file(&file).unwrap();
        assert_eq!(
            fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read(&file).unwrap(), b"x");
    }
}
