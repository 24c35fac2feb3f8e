//! A fleet that is heard for the first time by the hundred thousand: what comes out is what comes out row by row.

use super::*;
use fleet::edit::{Edit, Field};
use fleet_db::protocol::{Page, PulledUnit};
use serde_json::{Map, Value, json};

const UNITS: usize = 1_400;
/// Rows of a page that takes the usual way.
const FEW: usize = 300;

fn imei(n: usize) -> String {
    let first = format!("35693803{n:06}");
    let check = (0..10)
        .map(|digit| format!("{first}{digit}"))
        .find(|text| Imei::parse(text).is_ok());
    check.unwrap()
}

fn row(n: usize) -> PulledUnit {
    let number = Uuid::from_u128(0x5eed_0000 + n as u128);
    let mut unit = json!({
        "id": number.to_string(), "serial": imei(n), "imei": imei(n), "meid": null, "esn": null, "model": "FMB920", "settings": {},
        "state": "verified", "customer": format!("Customer {}", n % 7), "vehicle": format!("KL-{n}"), "notes": null,
        "template_version": 5, "provisioned_at": "2026-11-22T21:48:06+00:00", "a_new_column": n,
    });
    match n % 100 {
        17 => unit["mdn"] = json!("+4915112345678"),
        18 => unit["provisioned_at"] = json!("infinity"),
        // The same identity under two numbers: an old row and one that was added again.
        19 => {
            unit["imei"] = json!(imei(n - 2));
            unit["serial"] = json!(imei(n - 2));
        }
        20 => {
            unit["imei"] = Value::Null;
            unit["serial"] = json!(format!("HW-{n}"));
        }
        21 => unit["imei"] = json!("12"),
        23 => {
            unit["settings"] =
                json!({"server.host": "gps.example.net", "apn.name": "a", "server.port": 5027})
        }
        24 => unit["settings"] = json!({"not a key": 5}),
        25 => unit["settings"] = Value::Null,
        26 => unit["state"] = Value::Null,
        27 => unit["state"] = json!("new word"),
        28 => unit["template_version"] = json!(-1),
        29 => unit["iccid"] = json!("89012602221932400005"),
        30 => unit["iccid"] = json!("x"),
        31 => unit["carrier_state"] = json!("active"),
        32 => unit["carrier_state"] = json!("dormant"),
        33 => unit["model"] = json!(7),
        34 => unit["mdn"] = json!("2065551234"),
        _ => {}
    }
    let object: Map<String, Value> = unit.as_object().unwrap().clone();
    PulledUnit {
        rev: 1 + (n / 500) as i64,
        unit_id: number,
        unit: (n % 100 != 22).then(|| object.into()),
    }
}

/// Hears the fleet in pages of so many rows, after this bench has worked alone for a while.
fn heard(page_rows: usize) -> Bench {
    let bench = bench();
    let now = Timestamp::UNIX_EPOCH;
    let inventory = &bench.inventory;
    // Units that were entered here before: one is in the fleet under the same identity, one is not.
    for n in [3, UNITS + 50] {
        let id = UnitId::Imei(Imei::parse(&imei(n)).unwrap());
        let unit = Unit::new(id.clone(), now);
        inventory.add_unit(unit, "me").wait().unwrap();
        let edit = Edit::new(Field::Note, "entered here").unwrap();
        inventory
            .edit_unit(id, vec![edit], "me", now)
            .wait()
            .unwrap();
    }
    let rows: Vec<PulledUnit> = (0..UNITS).map(row).collect();
    for (place, part) in rows.chunks(page_rows).enumerate() {
        let page = Page {
            head: 9,
            head_tag: Uuid::from_u128(9),
            schema_version: 3,
            min_client: 1,
            same_history: true,
            purged: 0,
            rows: part.to_vec(),
        };
        inventory.keep_page(page, place == 0, now).wait().unwrap();
    }
    inventory.end_pull(now).wait().unwrap();
    bench
}

fn shown(bench: &Bench) -> Vec<Unit> {
    while !bench.inventory.show_part().wait().unwrap() {}
    let mut rows = bench.inventory.units_page(10_000, 0).wait().unwrap().rows;
    rows.sort_by(|one, other| one.id.cmp(&other.id));
    rows
}

fn kept(bench: &Bench) -> Vec<(Vec<u8>, i64, Option<String>)> {
    let file = bench.folder.path().join("inventory.sqlite");
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut statement = connection
        .prepare("SELECT unit_id, rev, row FROM base ORDER BY unit_id")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_fleet_heard_at_once_is_the_same_as_one_heard_in_small_pages() {
    let (at_once, in_parts) = (heard(UNITS), heard(FEW));
    assert_eq!(kept(&at_once), kept(&in_parts));
    let (many, few) = (shown(&at_once), shown(&in_parts));
    assert!(many.len() > UNITS - 60, "{}", many.len());
    assert_eq!(many, few);
    while !at_once.inventory.catch_up().wait().unwrap() {}
    for bench in [&at_once, &in_parts] {
        for n in [5, 17, 18, 117, UNITS - 1] {
            let found = bench.inventory.unit_named(imei(n)).wait().unwrap();
            assert!(matches!(found, Named::One(_)), "{n}: {found:?}");
        }
        assert_eq!(
            bench.inventory.counts().wait().unwrap().units,
            many.len() as u64
        );
    }
}

#[test]
fn a_list_counts_also_the_units_that_searches_do_not_know_of_yet() {
    let bench = heard(UNITS);
    while !bench.inventory.show_part().wait().unwrap() {}
    let page = bench.inventory.units_page(10_000, 0).wait().unwrap();
    assert_eq!(page.total, page.rows.len() as u64);
    let counts = bench.inventory.counts().wait().unwrap();
    assert_eq!(counts.units, page.total);
}

#[test]
fn searches_catch_up_by_themselves_also_after_the_program_was_closed() {
    let bench = heard(UNITS);
    let wanted = imei(UNITS - 1);
    let found = |bench: &Bench| {
        let begun = std::time::Instant::now();
        while begun.elapsed() < std::time::Duration::from_secs(60) {
            if matches!(
                bench.inventory.unit_named(wanted.clone()).wait(),
                Ok(Named::One(_))
            ) {
                return true;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        false
    };
    assert!(found(&bench));
    // Cut off before the indexes had caught up.
    let bench = bench.tampered(
        "INSERT INTO meta (key, value) VALUES ('indexed_to', '100') ON CONFLICT (key) DO UPDATE SET value = '100';
         DELETE FROM unit_number WHERE unit > 100;
         DELETE FROM unit_fragment WHERE rowid > 100;
         DELETE FROM unit_word WHERE rowid > 100;
         DELETE FROM unit_facet WHERE unit > 100",
    );
    assert!(found(&bench));
    let state = |bench: &Bench| bench.inventory.sync_state().wait().unwrap().behind;
    assert!(bench.inventory.catch_up().wait().unwrap());
    assert!(!state(&bench));
}

#[test]
fn a_large_inventory_of_an_older_program_opens_at_once_and_its_searches_catch_up() {
    let bench = heard(UNITS);
    while !bench.inventory.catch_up().wait().unwrap() {}
    let counts = bench.inventory.counts().wait().unwrap();
    let bench = bench.tampered(
        "UPDATE meta SET value = '2' WHERE key = 'search_index'; DELETE FROM unit_piece; DELETE FROM unit_fragment",
    );
    assert!(bench.inventory.sync_state().wait().unwrap().behind);
    let left = bench.inventory.searches_behind().wait().unwrap();
    assert!(left > 0 && left <= UNITS as u64, "{left}");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(bench.inventory.caught_up()).unwrap();
    let whole = imei(UNITS - 1);
    let inside = fleet::query::Query::parse(&whole[6..14]).unwrap();
    let page = bench.inventory.find_units(inside, 10, 0).wait().unwrap();
    let found = page.rows.iter().any(|unit| unit.id.as_str() == whole);
    assert!(found, "{whole} is not among {}", page.total);
    assert_eq!(bench.inventory.counts().wait().unwrap(), counts);
    assert_eq!(bench.inventory.searches_behind().wait(), Ok(0));
}

#[test]
fn a_sim_is_not_given_twice_while_searches_do_not_know_of_the_unit_that_has_it() {
    const SIM: &str = "89011200000117200005";
    let bench = bench();
    let ids: Vec<UnitId> = (0..2)
        .map(|n| UnitId::Imei(Imei::parse(&imei(n)).unwrap()))
        .collect();
    let now = Timestamp::UNIX_EPOCH;
    for id in &ids {
        let unit = Unit::new(id.clone(), now);
        bench.inventory.add_unit(unit, "me").wait().unwrap();
    }
    let give = |bench: &Bench, id: &UnitId| {
        let edit = Edit::new(Field::Iccid, SIM).unwrap();
        let edits = vec![edit];
        bench
            .inventory
            .edit_unit(id.clone(), edits, "me", now)
            .wait()
    };
    give(&bench, &ids[0]).unwrap();
    let bench = bench.tampered(
        "INSERT INTO meta (key, value) VALUES ('indexed_to', '0'); DELETE FROM unit_number",
    );
    let refused = give(&bench, &ids[1]).unwrap_err();
    assert!(refused.to_string().contains("SIM"), "{refused}");
}

#[test]
fn a_unit_that_is_kept_and_not_shown_yet_is_no_new_one_for_whoever_enters_it() {
    let bench = heard(UNITS);
    let inventory = &bench.inventory;
    let now = Timestamp::UNIX_EPOCH;
    let id = |n: usize| UnitId::Imei(Imei::parse(&imei(n)).unwrap());
    let mut entered = Unit::new(id(200), now);
    entered.vehicle = Some("NEW 1".to_owned());
    // It is there already, and adding it again is told so instead of blanking what others know of it.
    assert!(inventory.add_unit(entered, "me").wait().is_err());
    let all = shown(&bench);
    let unit = all.iter().find(|unit| unit.id == id(200)).unwrap();
    assert_eq!(unit.vehicle.as_deref(), Some("KL-200"));
    assert_eq!(unit.customer.as_deref(), Some("Customer 4"));
    let edit = Edit::new(Field::Vehicle, "NEW 1").unwrap();
    let edited = bench.inventory.edit_unit(id(200), vec![edit], "me", now);
    edited.wait().unwrap();
    let all = shown(&bench);
    let unit = all.iter().find(|unit| unit.id == id(200)).unwrap();
    assert_eq!(unit.vehicle.as_deref(), Some("NEW 1"));
    assert_eq!(unit.customer.as_deref(), Some("Customer 4"));
}

#[test]
fn a_row_that_nobody_can_read_keeps_no_other_one_from_being_shown() {
    let bench = heard(UNITS);
    let file = bench.folder.path().join("inventory.sqlite");
    let connection = rusqlite::Connection::open(file).unwrap();
    let broken = "UPDATE base SET row = '{\"imei\": ' WHERE unit_id = ?1";
    let number = Uuid::from_u128(0x5eed_0000 + 300);
    connection.execute(broken, [number.as_bytes()]).unwrap();
    let all = shown(&bench);
    assert!(all.len() > UNITS - 60, "{}", all.len());
    let last = UnitId::Imei(Imei::parse(&imei(UNITS - 1)).unwrap());
    assert!(all.iter().any(|unit| unit.id == last));
}

#[test]
fn a_unit_that_is_worked_on_before_it_is_shown_keeps_what_was_done_and_what_was_heard() {
    let bench = heard(UNITS);
    let inventory = &bench.inventory;
    // Kept and not shown yet: searches and lists do not have it, and somebody enters it.
    let id = UnitId::Imei(Imei::parse(&imei(200)).unwrap());
    let number = Uuid::from_u128(0x5eed_0000 + 200);
    let changed = Page {
        head: 10,
        head_tag: Uuid::from_u128(10),
        schema_version: 3,
        min_client: 1,
        same_history: true,
        purged: 0,
        rows: vec![PulledUnit {
            rev: 10,
            unit_id: number,
            unit: row(200).unit.map(|unit| {
                let mut unit = unit.to_map();
                unit.insert("notes".to_owned(), json!("changed there meanwhile"));
                unit.into()
            }),
        }],
    };
    let now = Timestamp::UNIX_EPOCH;
    inventory.keep_page(changed, true, now).wait().unwrap();
    inventory.end_pull(now).wait().unwrap();
    let edit = Edit::new(Field::Vehicle, "NEW 1").unwrap();
    inventory
        .edit_unit(id.clone(), vec![edit], "me", now)
        .wait()
        .unwrap();
    let all = shown(&bench);
    let unit = all.iter().find(|unit| unit.id == id).unwrap();
    assert_eq!(unit.note.as_deref(), Some("changed there meanwhile"));
    assert_eq!(unit.vehicle.as_deref(), Some("NEW 1"));
    assert_eq!(unit.customer.as_deref(), Some("Customer 4"));
}
