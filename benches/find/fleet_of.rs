//! A made-up fleet: as many units as wanted, each the same in every run.

use fleet::UnitId;
use fleet::ids::{Iccid, Imei, Mdn};
use fleet::registration::RegistrationState;
use fleet::unit::{Unit, UnitState};
use jiff::{SignedDuration, Timestamp};

pub const CUSTOMERS: [&str; 16] = [
    "Example Couriers",
    "Sample Coaches",
    "Pattern Dairy",
    "Model Quarries",
    "Northwind Parcels",
    "Harbour Freight",
    "Hillside Rentals",
    "Summit Builders",
    "Prairie Ambulance",
    "Lakeview Schools",
    "Granite Paving",
    "Meadow Logistics",
    "Orchard Produce",
    "Canyon Towing",
    "Beacon Utilities",
    "Cedar Plumbing",
];
pub const WORDS: [&str; 24] = [
    "behind",
    "glove",
    "box",
    "under",
    "seat",
    "passenger",
    "driver",
    "dashboard",
    "spare",
    "returned",
    "antenna",
    "replaced",
    "battery",
    "checked",
    "waiting",
    "installer",
    "warranty",
    "trailer",
    "reefer",
    "blue",
    "white",
    "training",
    "loaner",
    "urgent",
];
const OFFICES: [&str; 8] = [
    "North", "South", "East", "West", "Harbour", "Airport", "Valley", "Central",
];
const TEMPLATES: [&str; 6] = [
    "Van standard",
    "Coach",
    "Cold chain",
    "Plant",
    "Trailer",
    "Ambulance",
];
const TACS: [&str; 12] = [
    "35686800", "86105903", "35201910", "35746207", "86769504", "35331111", "35804010", "86454503",
    "35923508", "86258204", "35161109", "86041705",
];

/// Numbers that look like chance, and are the same in every run.
pub fn chance(n: usize, salt: u64) -> u64 {
    let mut x = (n as u64).wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn pick<'a>(n: usize, salt: u64, of: &[&'a str]) -> &'a str {
    of[chance(n, salt) as usize % of.len()]
}

/// The nth unit.
pub fn unit(n: usize) -> Unit {
    // A step that is no divisor of the range meets each number once.
    let serial = (n as u64 * 611_953) % 1_000_000;
    let tac = TACS[n / 1_000_000 % TACS.len()..]
        .iter()
        .chain(&TACS)
        .nth(chance(n, 1) as usize % TACS.len())
        .unwrap();
    let full = match Imei::parse(&format!("{tac}{serial:06}")) {
        Err(fleet::ids::IdentifierError::CheckDigitMissing { full }) => full,
        other => panic!("{other:?}"),
    };
    let now = Timestamp::now();
    let hours = |hours: u64| now - SignedDuration::from_hours(hours as i64);
    let mut unit = Unit::new(
        UnitId::Imei(Imei::parse(&full).unwrap()),
        hours(chance(n, 2) % 9_000),
    );
    unit.iccid = Iccid::parse(&format!(
        "89012{}{:010}",
        60 + chance(n, 3) % 3,
        chance(n, 4) % 10_000_000_000
    ))
    .ok()
    .or_else(|| Iccid::parse(&format!("8901260{:012}", chance(n, 4) % 1_000_000_000_000)).ok());
    unit.mdn = Mdn::parse(&format!("206{:07}", 2_000_000 + chance(n, 5) % 8_000_000)).ok();
    unit.serial_number = Some(format!("S{:08}", chance(n, 6) % 100_000_000));
    unit.model = Some(pick(n, 7, &["FMB920", "FMC130", "GL300", "GV55", "ST4300"]).to_owned());
    unit.firmware = Some("03.27.07".to_owned());
    unit.customer = Some(pick(n, 8, &CUSTOMERS).to_owned());
    unit.vehicle = Some(format!(
        "{} {:04}",
        pick(n, 9, &["SMP", "KLT", "BVX"]),
        chance(n, 10) % 10_000
    ));
    unit.office = Some(pick(n, 11, &OFFICES).to_owned());
    unit.note = chance(n, 12).is_multiple_of(2).then(|| {
        format!(
            "{} {} {}",
            pick(n, 13, &WORDS),
            pick(n, 14, &WORDS),
            pick(n, 15, &WORDS)
        )
    });
    unit.template = Some(pick(n, 16, &TEMPLATES).to_owned());
    unit.template_version = Some(3 + (chance(n, 17) % 3) as u32);
    unit.state = match chance(n, 18) % 20 {
        0 => UnitState::Known,
        1 => UnitState::Stopped,
        2 => UnitState::Retired,
        3 => UnitState::NotVerified,
        _ => UnitState::Verified,
    };
    unit.registration = match chance(n, 19) % 10 {
        0 => None,
        1 => Some(RegistrationState::Suspended),
        _ => Some(RegistrationState::Active),
    };
    unit.provisioned_at = (unit.state != UnitState::Known).then(|| hours(chance(n, 20) % 9_000));
    unit
}
