//! What happens around the file: second instance, unclean ends, damage, backups, full disks.

use super::*;
use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

#[test]
fn a_second_instance_may_only_look() {
    let bench = bench();
    bench
        .inventory
        .upsert_unit(unit(1), Vec::new())
        .wait()
        .unwrap();
    assert!(matches!(
        Inventory::open(bench.folder.path(), &options()),
        Err(OpenError::InUse)
    ));
    let second = Inventory::open_read_only(bench.folder.path()).unwrap();
    assert_eq!(second.unit(unit_id(1)).wait(), Ok(Some(unit(1))));
    assert_eq!(
        second.upsert_unit(unit(2), Vec::new()).wait(),
        Err(InventoryError::ReadOnly)
    );
    bench
        .inventory
        .upsert_unit(unit(3), Vec::new())
        .wait()
        .unwrap();
    assert_eq!(
        second.counts().wait().unwrap().units,
        2,
        "it sees what the first one writes"
    );
    drop(bench.inventory);
    assert!(Inventory::open(bench.folder.path(), &options()).is_ok());
}

#[test]
fn looking_where_nothing_is_says_so() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        Inventory::open_read_only(folder.path()),
        Err(OpenError::Absent(_))
    ));
}

#[test]
fn the_bench_keeps_its_number_and_an_end_is_known_to_be_clean() {
    let first = bench();
    assert!(first.opened.is_new);
    let id = first.opened.bench_id;
    let second = first.again();
    assert_eq!(
        (
            second.opened.bench_id,
            second.opened.is_new,
            second.opened.after_unclean_end
        ),
        (id, false, false)
    );
    second
        .inventory
        .set_note("port 3", "slot 1")
        .wait()
        .unwrap();
    let third = second.tampered("UPDATE meta SET value = '0' WHERE key = 'clean_end'");
    assert!(third.opened.after_unclean_end && third.opened.recovered.is_none());
    assert_eq!(
        third.inventory.note("port 3").wait(),
        Ok(Some("slot 1".to_owned()))
    );
    assert_eq!(
        third.inventory.note("clean_end").wait(),
        Ok(None),
        "notes cannot touch our own facts"
    );
}

#[test]
fn the_check_after_an_unclean_end_tells_how_far_it_is_and_one_after_a_clean_end_is_none() {
    let bench = bench();
    let units: Vec<_> = (1..=3_000).map(unit).collect();
    bench.inventory.upsert_units(units).wait().unwrap();
    let told: Arc<Mutex<Vec<CheckedSoFar>>> = Arc::default();
    let kept = Arc::clone(&told);
    let options = Options {
        check_told: Some(CheckTold::new(move |so_far| {
            kept.lock().unwrap().push(so_far)
        })),
        ..options()
    };
    let folder = bench.folder;
    drop(bench.inventory);
    drop(Inventory::open(folder.path(), &options).unwrap());
    assert!(
        told.lock().unwrap().is_empty(),
        "it was closed as it should be"
    );
    tamper(
        folder.path(),
        "UPDATE meta SET value = '0' WHERE key = 'clean_end'",
    );
    let (_inventory, opened) = Inventory::open(folder.path(), &options).unwrap();
    assert!(opened.after_unclean_end);
    let told = told.lock().unwrap();
    assert_eq!(told[0].pages_percent, Some(0));
    let shares: Vec<_> = told
        .iter()
        .map_while(|so_far| so_far.pages_percent)
        .collect();
    assert!(shares.is_sorted(), "{shares:?}");
    assert_eq!(told.last().unwrap().pages_percent, None, "rows come last");
    assert!(told[0].bytes > 500_000, "{told:?}");
}

#[test]
fn a_newer_file_is_left_alone() {
    let bench = bench();
    drop(bench.inventory);
    tamper(bench.folder.path(), "PRAGMA user_version = 900");
    let refused = Inventory::open(bench.folder.path(), &options()).unwrap_err();
    assert!(matches!(refused, OpenError::NewerSchema { found: 900, .. }));
    assert!(Inventory::open_read_only(bench.folder.path()).is_err());
}

#[test]
fn today_gets_one_backup_that_opens_and_is_whole() {
    let bench = bench();
    for n in 0..50 {
        drop(bench.inventory.upsert_unit(unit(n), Vec::new()));
    }
    bench
        .inventory
        .upsert_unit(unit(50), Vec::new())
        .wait()
        .unwrap();
    let made = bench.inventory.back_up_if_due().wait().unwrap().unwrap();
    assert_eq!(bench.inventory.back_up_if_due().wait(), Ok(None));
    let copy = rusqlite::Connection::open(&made).unwrap();
    let units: i64 = copy
        .query_row("SELECT count(*) FROM unit", [], |row| row.get(0))
        .unwrap();
    assert_eq!(units, 51);
    #[cfg(unix)]
    for file in [
        made,
        bench.folder.path().join("inventory.sqlite"),
        bench.folder.path().join("inventory.sqlite-wal"),
    ] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            file.display()
        );
    }
}

#[test]
fn a_start_makes_the_backup_by_itself() {
    let bench = bench_with(&Options::default());
    drop(bench.inventory);
    assert_eq!(copies(bench.folder.path()).len(), 1);
}

#[test]
fn fourteen_days_are_kept() {
    let bench = bench();
    let backups = bench.folder.path().join("backups");
    fs::create_dir(&backups).unwrap();
    for day in 1..=20 {
        fs::write(
            backups.join(format!("inventory-2025-03-{day:02}.sqlite")),
            "old",
        )
        .unwrap();
    }
    fs::write(backups.join("inventory-of-ann.sqlite"), "not ours").unwrap();
    bench.inventory.back_up_if_due().wait().unwrap();
    let left = copies(bench.folder.path());
    assert_eq!(left.len(), 15);
    assert!(left.contains(&"inventory-of-ann.sqlite".to_owned()));
    assert!(
        !left.contains(&"inventory-2025-03-07.sqlite".to_owned())
            && left.contains(&"inventory-2025-03-08.sqlite".to_owned())
    );
}

fn copies(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("backups")).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Overwrites the second half of the file.
fn damage(file: &Path) {
    let mut file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(file)
        .unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    // The front of the file holds the schema itself: what is damaged there leaves nothing to list.
    let whole = bytes.len() / 4 * 3;
    file.seek(SeekFrom::Start(u64::try_from(whole).unwrap()))
        .unwrap();
    file.write_all(&vec![0xa5; bytes.len() - whole]).unwrap();
}

#[test]
fn a_damaged_file_is_set_aside_and_the_backup_stands_in_its_place() {
    let bench = bench();
    bench
        .inventory
        .open_job(open_request(job_id(1), 1))
        .wait()
        .unwrap();
    for n in 0..200 {
        bench
            .inventory
            .upsert_unit(unit(n), vec![entry("Verified")])
            .wait()
            .unwrap();
    }
    let backup = bench.inventory.back_up_if_due().wait().unwrap().unwrap();
    bench
        .inventory
        .open_job(open_request(job_id(2), 2))
        .wait()
        .unwrap();
    bench
        .inventory
        .upsert_unit(unit(900), Vec::new())
        .wait()
        .unwrap();
    let folder = bench.folder;
    drop(bench.inventory);
    tamper(
        folder.path(),
        "UPDATE meta SET value = '0' WHERE key = 'clean_end'",
    );
    damage(&folder.path().join("inventory.sqlite"));

    let (inventory, opened) = Inventory::open(folder.path(), &options()).unwrap();
    let recovered = opened.recovered.unwrap();
    assert_eq!(recovered.backup, Some(backup));
    assert!(
        recovered.set_aside.iter().all(|kept| kept.exists()) && !recovered.set_aside.is_empty()
    );
    assert_eq!(
        recovered.lost_jobs,
        [LostJob {
            job: job_id(2),
            unit: unit_id(2),
            state: "identified".to_owned()
        }]
    );
    assert_eq!(inventory.counts().wait().unwrap().units, 200);
    assert_eq!(inventory.verify_chain(job_id(1)).wait().unwrap(), Ok(()));
    assert_eq!(inventory.unit(unit_id(900)).wait(), Ok(None));
    drop(inventory);
    let (_inventory, opened) = Inventory::open(folder.path(), &options()).unwrap();
    assert!(opened.recovered.is_none() && !opened.after_unclean_end);
}

#[test]
fn a_restoring_that_was_cut_off_is_done_again() {
    let bench = bench();
    bench
        .inventory
        .upsert_unit(unit(1), Vec::new())
        .wait()
        .unwrap();
    bench.inventory.back_up_if_due().wait().unwrap().unwrap();
    let folder = bench.folder;
    drop(bench.inventory);
    // Cut off after the damaged file was set aside and half of the backup was copied.
    let file = folder.path().join("inventory.sqlite");
    fs::rename(&file, folder.path().join("inventory-damaged.sqlite")).unwrap();
    fs::write(folder.path().join("inventory.sqlite.restoring"), "half").unwrap();
    let (inventory, opened) = Inventory::open(folder.path(), &options()).unwrap();
    assert!(opened.recovered.unwrap().backup.is_some());
    assert_eq!(inventory.counts().wait().unwrap().units, 1);
    drop(inventory);
    let (_inventory, opened) = Inventory::open(folder.path(), &options()).unwrap();
    assert_eq!(opened.recovered, None);

    // Cut off between the renaming of the file and of its -wal.
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("inventory.sqlite-wal"),
        "of another file",
    )
    .unwrap();
    let (_inventory, opened) = Inventory::open(folder.path(), &options()).unwrap();
    assert_eq!(opened.recovered.unwrap().set_aside.len(), 1);
}

#[test]
fn without_a_good_backup_it_begins_empty_and_keeps_the_damaged_file() {
    let bench = bench();
    bench
        .inventory
        .upsert_unit(unit(1), Vec::new())
        .wait()
        .unwrap();
    let folder = bench.folder;
    drop(bench.inventory);
    fs::create_dir(folder.path().join("backups")).unwrap();
    fs::write(
        folder.path().join("backups/inventory-2025-03-01.sqlite"),
        "not a database, whatever its name says",
    )
    .unwrap();
    let file = folder.path().join("inventory.sqlite");
    let size = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
    fs::write(&file, vec![0xa5; size]).unwrap();
    let (inventory, opened) = Inventory::open(folder.path(), &options()).unwrap();
    let recovered = opened.recovered.unwrap();
    assert_eq!((recovered.backup, recovered.list_is_whole), (None, false));
    assert_eq!(fs::read(&recovered.set_aside[0]).unwrap(), vec![0xa5; size]);
    assert_eq!(inventory.counts().wait().unwrap().units, 0);
}

#[test]
fn a_full_disk_refuses_the_write_and_keeps_the_rest() {
    let bench = bench_with(&Options {
        max_pages: Some(120),
        ..options()
    });
    let written = (0..10_000)
        .take_while(|n| {
            bench
                .inventory
                .upsert_unit(unit(*n), vec![entry("Verified")])
                .wait()
                .is_ok()
        })
        .count();
    assert!(written > 10, "{written}");
    let n = u32::try_from(written).unwrap();
    assert_eq!(
        bench.inventory.upsert_unit(unit(n), Vec::new()).wait(),
        Err(InventoryError::DiskFull)
    );
    assert_eq!(bench.inventory.counts().wait().unwrap().units, u64::from(n));
    let bench = bench.again();
    assert_eq!(bench.inventory.counts().wait().unwrap().units, u64::from(n));
    bench
        .inventory
        .upsert_unit(unit(n), Vec::new())
        .wait()
        .unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let base = tempfile::tempdir().unwrap();
    let taken = base.path().join("file");
    fs::write(&taken, "x").unwrap();
    let refused = Inventory::open(&taken.join("data"), &options()).unwrap_err();
    assert!(
        matches!(refused, OpenError::FolderNotWritable { .. }),
        "{refused}"
    );
}

#[test]
fn writes_to_a_file_that_became_read_only_are_said() {
    let bench = bench();
    let locked: Pending<()> = bench
        .inventory
        .write(|connection| Ok(connection.pragma_update(None, "query_only", true)?));
    locked.wait().unwrap();
    assert_eq!(
        bench.inventory.upsert_unit(unit(1), Vec::new()).wait(),
        Err(InventoryError::ReadOnly)
    );
}
