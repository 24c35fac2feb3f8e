//! Rows, records and templates.

use super::*;
use fleet::registration::RegistrationState;
use fleet::setting::{SettingKey, ShownValue};
use fleet::unit::UnitState;

fn record(n: u32) -> Record {
    let mut unit = Unit::new(unit_id(n), at(60).wall);
    unit.iccid = Some(iccid(n));
    unit.model = Some("FMB920".to_owned());
    unit.state = UnitState::Verified;
    unit.registration = Some(RegistrationState::Owed);
    unit.provisioned_at = Some(at(60).wall);
    unit.settings.insert(
        SettingKey::new("apn.name").unwrap(),
        ShownValue::Text("fleet.example".to_owned()),
    );
    Record {
        unit,
        entry: entry("Verified"),
        events: vec![JobEvent::Recorded {
            operation: Uuid::from_u128(77),
        }],
    }
}

/// What the fleet database is to be told, in order.
fn owed(bench: &Bench) -> Vec<serde_json::Value> {
    let bodies: Pending<Vec<String>> = bench.inventory.read(|connection| {
        let mut statement = connection.prepare("SELECT body FROM op ORDER BY seq")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    });
    bodies
        .wait()
        .unwrap()
        .iter()
        .map(|body| serde_json::from_str(body).unwrap())
        .collect()
}

#[test]
fn a_sim_that_was_put_into_another_unit_is_found_there() {
    let bench = bench();
    let old = record(1).unit;
    let put = |unit: &Unit| {
        let entries = vec![entry("Edited")];
        bench.inventory.upsert_unit(unit.clone(), entries).wait()
    };
    put(&old).unwrap();
    assert_eq!(bench.inventory.sim_taken_by(&old).wait(), Ok(None));
    let mut new = record(2).unit;
    new.iccid = old.iccid.clone();
    put(&new).unwrap();
    assert_eq!(bench.inventory.sim_taken_by(&old).wait(), Ok(Some(new)));
}

#[test]
fn a_row_comes_back_as_it_went_in() {
    let bench = bench();
    let mut whole = record(1).unit;
    whole.firmware = Some("03".to_owned());
    whole.mdn = Some(Mdn::parse("2065550142").unwrap());
    whole.template = Some("Courier".to_owned());
    whole.template_version = Some(3);
    whole.plan_code = Some("M2M5".to_owned());
    whole.carrier_id = Some("c-1".to_owned());
    whole.customer = Some("Müller & Söhne".to_owned());
    whole.vehicle = Some("KL-4821 B".to_owned());
    whole.office = Some("North".to_owned());
    whole.note = Some("under the seat".to_owned());
    whole.profile = Some("teltonika-fmb".to_owned());
    whole.serial_number = Some("S1".to_owned());
    bench
        .inventory
        .upsert_unit(whole.clone(), vec![entry("Edited"), entry("Again")])
        .wait()
        .unwrap();
    assert_eq!(bench.inventory.unit(unit_id(1)).wait(), Ok(Some(whole)));
    let titles: Vec<_> = bench
        .inventory
        .timeline(unit_id(1), 10)
        .wait()
        .unwrap()
        .into_iter()
        .map(|entry| entry.title)
        .collect();
    assert_eq!(titles, ["Again", "Edited"]);
    assert!(matches!(
        bench.inventory.add_entry(unit_id(2), entry("x")).wait(),
        Err(InventoryError::NotFound(_))
    ));
}

#[test]
fn units_of_every_kind_of_identity_come_back() {
    let bench = bench();
    let ids = [
        unit_id(1),
        UnitId::Meid(fleet::Meid::parse("A0000000002329").unwrap()),
        UnitId::Esn(fleet::Esn::parse("0E000001").unwrap()),
        UnitId::Hardware("chip-7".to_owned()),
    ];
    for id in &ids {
        bench
            .inventory
            .upsert_unit(Unit::new(id.clone(), at(0).wall), Vec::new())
            .wait()
            .unwrap();
        assert_eq!(
            bench
                .inventory
                .unit(id.clone())
                .wait()
                .unwrap()
                .map(|unit| unit.id),
            Some(id.clone())
        );
    }
    let page = bench.inventory.units_page(3, 1).wait().unwrap();
    assert_eq!((page.rows.len(), page.total), (3, 4));
    assert_eq!(page.rows[0].id, ids[2]);
}

#[test]
fn a_record_writes_row_timeline_journal_and_outbox_at_once() {
    let bench = bench();
    bench
        .inventory
        .open_job(open_request(job_id(1), 1))
        .wait()
        .unwrap();
    assert_eq!(
        bench
            .inventory
            .record(job_id(1), record(1), "recorded", at(60))
            .wait(),
        Ok(1)
    );
    let bench = bench.again();
    assert_eq!(
        bench.inventory.unit(unit_id(1)).wait().unwrap(),
        Some(record(1).unit)
    );
    assert_eq!(
        bench.inventory.timeline(unit_id(1), 5).wait().unwrap(),
        [entry("Verified")]
    );
    assert_eq!(
        bench.inventory.open_jobs().wait().unwrap()[0].row.state,
        "recorded"
    );
    let [operation] = owed(&bench).try_into().unwrap();
    assert_eq!(operation["kind"], "create");
    assert_eq!(
        operation["fields"]["model"],
        serde_json::json!({ "base": null, "new": "FMB920" })
    );
    let [owed] = bench
        .inventory
        .registrations_owed()
        .wait()
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(
        (owed.intent, owed.attempts, owed.since),
        (intent(1), 0, at(60).wall)
    );
    let counts = bench.inventory.counts().wait().unwrap();
    assert_eq!(
        (
            counts.units,
            counts.verified,
            counts.open_jobs,
            counts.registrations_waiting,
            counts.outbox
        ),
        (1, 1, 1, 1, 1)
    );
}

#[test]
fn a_record_that_fails_at_its_last_step_leaves_nothing() {
    let bench = bench();
    bench
        .inventory
        .open_job(open_request(job_id(1), 1))
        .wait()
        .unwrap();
    let broken: Pending<()> = bench.inventory.write(|connection| {
        Ok(connection.execute_batch(
            "CREATE TRIGGER no_op BEFORE INSERT ON op BEGIN SELECT raise(ABORT, 'stop here'); END",
        )?)
    });
    broken.wait().unwrap();
    assert!(
        bench
            .inventory
            .record(job_id(1), record(1), "recorded", at(60))
            .wait()
            .is_err()
    );
    assert_eq!(bench.inventory.unit(unit_id(1)).wait(), Ok(None));
    assert_eq!(
        bench
            .inventory
            .find_units(Query::parse("FMB920").unwrap(), 5, 0)
            .wait()
            .unwrap()
            .total,
        0
    );
    assert_eq!(bench.inventory.registrations_owed().wait(), Ok(Vec::new()));
    let jobs = bench.inventory.open_jobs().wait().unwrap();
    assert_eq!(
        (
            jobs[0].row.state.as_str(),
            jobs[0].events.len(),
            &jobs[0].chain
        ),
        ("identified", 1, &Ok(()))
    );
}

#[test]
fn a_record_leaves_what_people_entered_and_what_it_has_no_word_about() {
    let bench = bench();
    let mut known = unit(1);
    known.customer = Some("Acme".to_owned());
    known.vehicle = Some("B-77".to_owned());
    known.note = Some("spare".to_owned());
    known.office = Some("North".to_owned());
    bench
        .inventory
        .upsert_unit(known.clone(), Vec::new())
        .wait()
        .unwrap();
    bench
        .inventory
        .open_job(open_request(job_id(1), 1))
        .wait()
        .unwrap();
    let mut with_words_of_people = record(1);
    with_words_of_people.unit.customer = Some("somebody else".to_owned());
    bench
        .inventory
        .record(job_id(1), with_words_of_people, "recorded", at(60))
        .wait()
        .unwrap();
    let now = bench.inventory.unit(unit_id(1)).wait().unwrap().unwrap();
    assert_eq!(
        (&now.customer, &now.vehicle, &now.note, &now.office),
        (&known.customer, &known.vehicle, &known.note, &known.office)
    );
    assert_eq!(
        (&now.mdn, &now.serial_number, now.state),
        (&known.mdn, &known.serial_number, UnitState::Verified)
    );
    let [_, operation] = owed(&bench).try_into().unwrap();
    assert_eq!(operation["kind"], "set");
    assert_eq!(operation["atomic"], true);
    assert_eq!(
        operation["fields"]["state"],
        serde_json::json!({ "base": "known", "new": "verified" })
    );
    assert!(
        operation["fields"].get("customer").is_none() && operation["fields"].get("model").is_none()
    );
}

#[test]
fn a_job_without_registration_takes_none_away() {
    let bench = bench();
    let mut known = unit(1);
    known.registration = Some(RegistrationState::Active);
    bench
        .inventory
        .upsert_unit(known, Vec::new())
        .wait()
        .unwrap();
    bench
        .inventory
        .open_job(open_request(job_id(1), 1))
        .wait()
        .unwrap();
    let mut without = record(1);
    without.unit.registration = Some(RegistrationState::Skipped);
    bench
        .inventory
        .record(job_id(1), without, "done", at(60))
        .wait()
        .unwrap();
    let now = bench.inventory.unit(unit_id(1)).wait().unwrap().unwrap();
    assert_eq!(now.registration, Some(RegistrationState::Active));
    assert_eq!(bench.inventory.registrations_owed().wait(), Ok(Vec::new()));
}

#[test]
fn another_sim_takes_the_old_number_with_it() {
    let bench = bench();
    bench
        .inventory
        .upsert_unit(unit(1), Vec::new())
        .wait()
        .unwrap();
    let mut request = open_request(job_id(1), 1);
    request.iccid = Some(iccid(5));
    bench.inventory.open_job(request).wait().unwrap();
    let mut other_sim = record(1);
    other_sim.unit.iccid = Some(iccid(5));
    bench
        .inventory
        .record(job_id(1), other_sim, "recorded", at(60))
        .wait()
        .unwrap();
    let now = bench.inventory.unit(unit_id(1)).wait().unwrap().unwrap();
    assert_eq!((now.iccid, now.mdn), (Some(iccid(5)), None));
}

#[test]
fn a_second_record_joins_the_operation_that_still_waits() {
    let bench = bench();
    bench
        .inventory
        .open_job(open_request(job_id(1), 1))
        .wait()
        .unwrap();
    bench
        .inventory
        .record(job_id(1), record(1), "recorded", at(60))
        .wait()
        .unwrap();
    let mut later = record(1);
    later.unit.registration = Some(RegistrationState::Active);
    later.unit.mdn = Some(Mdn::parse("2065550142").unwrap());
    bench
        .inventory
        .record(job_id(1), later, "done", at(90))
        .wait()
        .unwrap();
    let [operation] = owed(&bench).try_into().unwrap();
    assert_eq!(operation["kind"], "create");
    assert_eq!(
        operation["fields"]["carrier_state"],
        serde_json::json!({ "base": null, "new": "active" })
    );
    assert_eq!(operation["fields"]["mdn"]["new"], "2065550142");
    assert_eq!(operation["fields"]["model"]["new"], "FMB920");
    assert_eq!(bench.inventory.registrations_owed().wait(), Ok(Vec::new()));
}

#[test]
fn no_edit_gives_a_second_unit_in_use_a_sim_or_a_phone_number_that_another_has() {
    use fleet::edit::{Edit, Field};
    use fleet::life::LifeStep;
    let bench = bench();
    let inventory = &bench.inventory;
    let sim = Iccid::parse("89011200000117291582").unwrap();
    let edit = |n: u32, field, text: &str| {
        let edits = vec![Edit::new(field, text).unwrap()];
        let now = at(9).wall;
        inventory.edit_unit(unit_id(n), edits, "me", now).wait()
    };
    let mut first = Unit::new(unit_id(1), at(1).wall);
    first.iccid = Some(sim.clone());
    first.mdn = Some(fleet::Mdn::parse("2065550142").unwrap());
    inventory.add_unit(first, "me").wait().unwrap();
    let mut second = Unit::new(unit_id(2), at(1).wall);
    second.iccid = Some(sim.clone());
    let taken = |what, n| {
        Err(InventoryError::Taken {
            what,
            unit: unit_id(n).to_string(),
        })
    };
    assert_eq!(
        inventory.add_unit(second.clone(), "me").wait().map(drop),
        taken("SIM", 1)
    );
    second.iccid = None;
    inventory.add_unit(second, "me").wait().unwrap();
    let good = sim.to_string();
    assert_eq!(edit(2, Field::Iccid, &good).map(drop), taken("SIM", 1));
    assert_eq!(
        edit(2, Field::Mdn, "(206) 555-0142").map(drop),
        taken("phone number", 1)
    );
    // Other fields of a unit whose SIM stands twice, as two offices can make it, stay open to edits.
    edit(1, Field::Note, "seen").unwrap();

    // A retired unit is not in use; it cannot come back with what another has got meanwhile.
    let live = |n: u32, step| {
        inventory
            .change_life(unit_id(n), step, "me", at(10).wall)
            .wait()
    };
    live(1, LifeStep::Retire).unwrap();
    edit(2, Field::Iccid, &good).unwrap();
    assert_eq!(live(1, LifeStep::TakeBack).map(drop), taken("SIM", 2));
    edit(1, Field::Iccid, "").unwrap();
    live(1, LifeStep::TakeBack).unwrap();
}
