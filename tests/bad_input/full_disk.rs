//! A disk that is full at the start, or becomes full while a unit is worked on.

use super::refused;
use crate::desk::{Desk, Fleet, words};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A small disk of its own; gone with this. Making one needs rights that not every machine gives.
struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    fn make(path: &Path, kibibytes: u32) -> Option<Self> {
        std::fs::create_dir_all(path).unwrap();
        let size = format!("size={kibibytes}k");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(path)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self {
                path: path.to_owned(),
            }),
            other => {
                eprintln!("skipped: no small disk can be mounted here: {other:?}");
                None
            }
        }
    }

    /// Takes all that is left, as some other program would.
    fn fill(&self) {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.path.join("other-program.dat")).unwrap();
        for size in [65_536, 4_096, 512, 1] {
            while file.write_all(&vec![7; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.path.join("other-program.dat")).unwrap();
    }
}

impl SmallDisk {
    /// A larger disk in its place, with what is on it.
    fn grow(&self, kibibytes: u32) {
        let size = format!("remount,size={kibibytes}k");
        let grown = Command::new("mount")
            .args(["-o", &size])
            .arg(&self.path)
            .status();
        assert!(grown.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).output();
    }
}

#[test]
fn a_full_disk_stops_the_work_before_the_next_effect_and_room_lets_it_go_on() {
    let desk = Desk::new();
    let Some(disk) = SmallDisk::make(&desk.path("small"), 4_096) else {
        return;
    };
    // Full at the start: nothing is begun.
    disk.fill();
    let run = desk.run("small/bench", &["units"]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    let code = run.one("error")["fault"].as_str().unwrap().to_owned();
    assert!(matches!(code.as_str(), "I-710" | "I-721"), "{run:#?}");
    refused(&run, 1, &code, "");
    disk.make_room();

    // Full in the middle: the journal cannot take the next intent, so the next effect does not happen.
    let unit = desk.plug("ports", "queclink", &["--model", "gv55", "--seed", "95"]);
    let provision = desk.provision(&unit.port(0), &unit.folder(), &["--no-register"]);
    let mut run = desk.start("small/bench", &words(&provision));
    loop {
        let line = run.next_line(Duration::from_secs(60)).expect("it goes on");
        if line["state"]
            .as_str()
            .is_some_and(|state| state.starts_with("Reading"))
        {
            break;
        }
    }
    disk.fill();
    let run = run.finish(crate::desk::LONGEST_RUN);
    let (verdict, _, fault) = run.verdict();
    assert_eq!(
        (verdict.as_str(), fault.as_deref(), run.code),
        ("stopped", Some("I-701"), Some(1)),
        "{run:#?}"
    );
    let unit_line = run.one("unit");
    assert_eq!(
        unit_line["message"].as_array().map(Vec::len),
        Some(4),
        "{run:#?}"
    );

    disk.make_room();
    let again = desk.provision(&unit.port_now(0), &unit.folder(), &["--no-register"]);
    let again = desk.run("small/bench", &words(&again));
    assert_eq!(
        (again.verdict().0.as_str(), again.code),
        ("verified", Some(0)),
        "{again:#?}"
    );
    desk.is_free("small/bench");
    // The disk goes before the folder that it is in.
    drop(disk);
}

#[test]
fn a_disk_that_fills_while_the_office_database_is_heard_is_told_and_the_next_round_goes_on_there() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let Some(disk) = SmallDisk::make(&desk.path("small"), 3_072) else {
        return;
    };
    fleet.psql(
        "maria",
        "INSERT INTO fleet.units (serial, notes) SELECT 'HW-' || n, repeat('n' || n, 100) FROM generate_series(1, 4000) n",
    );
    let address = fleet.address("bench_a");
    let sync = ["sync", "--fleet-db", address.as_str()];
    desk.run("small/bench", &["unit", "add", "imei=356938035643809"]);
    let told = desk.run("small/bench", &sync);
    refused(&told, 1, "I-740", "disk that holds the inventory is full");
    assert!(told.errors.contains("Free space on the disk"), "{told:#?}");
    disk.grow(262_144);
    let shown = desk.run("small/bench", &["unit", "show", "356938035643809"]);
    assert_eq!(shown.code, Some(0), "nothing is lost: {shown:#?}");
    let heard = desk.run("small/bench", &sync);
    assert_eq!(heard.code, Some(0), "{heard:#?}");
    assert_eq!(
        desk.run("small/bench", &["units", "--limit", "1"])
            .one("summary")["total"],
        4_001
    );
    assert_eq!(
        fleet.psql(
            "maria",
            "SELECT count(*) FROM fleet.units WHERE imei = '356938035643809'"
        ),
        "1"
    );
    drop(disk);
}

#[test]
fn an_edit_that_a_full_disk_cannot_take_is_refused_in_words() {
    let desk = Desk::new();
    let Some(disk) = SmallDisk::make(&desk.path("small"), 4_096) else {
        return;
    };
    desk.run("small/bench", &["unit", "add", "imei=356938035643809"]);
    disk.fill();
    let told = desk.run(
        "small/bench",
        &[
            "unit",
            "set",
            "356938035643809",
            &format!("note={}", "x".repeat(9_000)),
        ],
    );
    assert_eq!(told.code, Some(1), "{told:#?}");
    assert!(told.errors.contains("full"), "{told:#?}");
    disk.make_room();
    let set = desk.run(
        "small/bench",
        &["unit", "set", "356938035643809", "note=short"],
    );
    assert_eq!(set.code, Some(0), "{set:#?}");
    drop(disk);
}

#[test]
fn an_office_database_without_room_is_told_and_the_edits_wait_here() {
    use std::os::unix::fs::MetadataExt as _;
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let folder = fleet.folder().join("small");
    let Some(disk) = SmallDisk::make(&folder, 1_024) else {
        return;
    };
    let owner = std::fs::metadata(fleet.folder().join("data")).unwrap();
    std::os::unix::fs::chown(&folder, Some(owner.uid()), Some(owner.gid())).unwrap();
    fleet.admin(&format!(
        "CREATE TABLESPACE small LOCATION '{}'",
        folder.display()
    ));
    for table in ["fleet.sync_ops", "fleet.unit_history"] {
        fleet.admin(&format!("ALTER TABLE {table} SET TABLESPACE small"));
    }
    let address = fleet.address("bench_a");
    let sync = ["sync", "--fleet-db", address.as_str()];
    desk.run("a", &["unit", "add", "imei=356938035643809"]);
    disk.fill();
    let told = desk.run("a", &sync);
    refused(&told, 1, "F-853", "no room left");
    assert!(told.errors.contains("Tell the administrator"), "{told:#?}");
    let set = desk.run(
        "a",
        &["unit", "set", "356938035643809", "note=work goes on"],
    );
    assert_eq!(set.code, Some(0), "{set:#?}");
    disk.make_room();
    let sent = desk.run("a", &sync);
    assert_eq!(
        (sent.code, &sent.one("summary")["waiting"]),
        (Some(0), &Value::from(0)),
        "{sent:#?}"
    );
    assert_eq!(
        fleet.psql("maria", "SELECT notes FROM fleet.units"),
        "work goes on"
    );
    fleet.admin("ALTER TABLE fleet.sync_ops SET TABLESPACE pg_default");
    fleet.admin("ALTER TABLE fleet.unit_history SET TABLESPACE pg_default");
    fleet.admin("DROP TABLESPACE small");
    drop(disk);
}
