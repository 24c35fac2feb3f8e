//! The inventory as its callers see it, on real files.

mod first_load;
mod heard;
mod journal;
mod questions;
mod recovery;
mod refusals;
mod search;
mod templates;
mod texts;
mod units;

use super::*;
use fleet::Moment;
use fleet::fault::{Fault, UnitCondition};
use fleet::ids::{Iccid, Imei, Mdn};
use fleet::reading::Identity;
use fleet::registration::RegistrationIntent;
use fleet::unit::UnitEventKind;
use tempfile::TempDir;

/// A folder with an open inventory, without the daily backup unless a test asks.
struct Bench {
    folder: TempDir,
    inventory: Inventory,
    opened: Opened,
}

fn options() -> Options {
    Options {
        daily_backup: false,
        ..Options::default()
    }
}

fn bench() -> Bench {
    bench_with(&options())
}

fn bench_with(options: &Options) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let (inventory, opened) = Inventory::open(folder.path(), options).unwrap();
    Bench {
        folder,
        inventory,
        opened,
    }
}

impl Bench {
    /// Closes it and opens the same folder again.
    fn again(self) -> Self {
        let Self {
            folder, inventory, ..
        } = self;
        drop(inventory);
        let (inventory, opened) = Inventory::open(folder.path(), &options()).unwrap();
        Self {
            folder,
            inventory,
            opened,
        }
    }

    /// Closes it, lets somebody tamper with the file, opens it again.
    fn tampered(self, with: &str) -> Self {
        let Self {
            folder, inventory, ..
        } = self;
        drop(inventory);
        tamper(folder.path(), with);
        let (inventory, opened) = Inventory::open(folder.path(), &options()).unwrap();
        Self {
            folder,
            inventory,
            opened,
        }
    }
}

/// Somebody with another program at the file.
fn tamper(folder: &Path, with: &str) {
    rusqlite::Connection::open(folder.join("inventory.sqlite"))
        .unwrap()
        .execute_batch(with)
        .unwrap();
}

fn at(seconds: i64) -> Now {
    Now {
        moment: Moment(u64::try_from(seconds).unwrap() * 1000),
        wall: Timestamp::from_second(1_790_000_000 + seconds).unwrap(),
    }
}

/// The nth unit of a made-up range, with its check digit.
fn imei(n: u32) -> Imei {
    let body = format!("35686800{n:06}");
    (0..10)
        .find_map(|digit| {
            Imei::parse(&format!("{body}{digit}"))
                .ok()
                .filter(Imei::check_digit_ok)
        })
        .unwrap()
}

fn unit_id(n: u32) -> UnitId {
    UnitId::Imei(imei(n))
}

fn iccid(n: u32) -> Iccid {
    Iccid::parse(&format!("8901260{n:012}")).unwrap()
}

fn identity(n: u32) -> Identity {
    Identity {
        id: unit_id(n),
        imei: Some(imei(n)),
        meid: None,
        esn: None,
        iccid: Some(iccid(n)),
        iccid_text: None,
        profile: "teltonika-fmb".to_owned(),
        variant: "fmb920".to_owned(),
        model: "FMB920".to_owned(),
        firmware: Some("03.27.07".to_owned()),
        hardware: None,
        serial_number: None,
        warnings: Vec::new(),
    }
}

fn intent(n: u32) -> RegistrationIntent {
    RegistrationIntent {
        client_reference: RegistrationIntent::client_reference(
            "sprint",
            "main",
            &unit_id(n),
            Some(&iccid(n)),
            0,
        ),
        account: "main".to_owned(),
        unit: unit_id(n),
        iccid: Some(iccid(n)),
        unit_name: format!("Unit {n}"),
        serial_number: None,
        plan_code: "M2M5".to_owned(),
        service_zip: "98101".to_owned(),
        generation: 0,
    }
}

fn job_id(n: u128) -> JobId {
    JobId(Uuid::from_u128(n))
}

fn opened_event(n: u32) -> JobEvent {
    JobEvent::Opened {
        registers_first: false,
        profile_confirmed_by: None,
        identity: Box::new(identity(n)),
        profile_sha256: "ab".repeat(32),
        template: "Courier".to_owned(),
        template_version: 3,
        connection: 1,
        registration: Some(intent(n)),
    }
}

fn open_request(job: JobId, n: u32) -> OpenJob {
    OpenJob {
        job,
        unit: unit_id(n),
        iccid: Some(iccid(n)),
        hardware_serial: None,
        firmware: Some("03.27.07".to_owned()),
        profile_id: "teltonika-fmb".to_owned(),
        profile_sha256: "ab".repeat(32),
        state: "identified".to_owned(),
        events: vec![opened_event(n)],
        now: at(0),
    }
}

fn save_intent(round: u32) -> JobEvent {
    JobEvent::SaveIntent { round }
}

fn failed() -> JobEvent {
    JobEvent::Failed {
        fault: Fault::DidNotComeBack,
        condition: UnitCondition::NotKnown,
    }
}

fn entry(title: &str) -> UnitEvent {
    UnitEvent {
        at: at(5).wall,
        kind: UnitEventKind::Verified,
        title: title.to_owned(),
        detail: String::new(),
        by: "bench 2".to_owned(),
    }
}

fn unit(n: u32) -> Unit {
    let mut unit = Unit::new(unit_id(n), at(i64::from(n)).wall);
    unit.iccid = Some(iccid(n));
    unit.mdn = Mdn::parse(&format!("206555{:04}", n % 10_000)).ok();
    unit.serial_number = Some(format!("SN{n:07}"));
    unit.model = Some("FMB920".to_owned());
    unit
}
