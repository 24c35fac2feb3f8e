//! A disk that is full at the start, or becomes full while a unit is worked on.

use super::refused;
use crate::desk::{Desk, words};
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
