//! Jobs, their chains, and what follows for registrations.

use super::*;
use crate::inventory::OpenJobError;
use fleet::registration::{CarrierUnit, RegistrationOutcome, RegistrationState, SubscriptionState};

fn with_five_events() -> Bench {
    let bench = bench();
    bench
        .inventory
        .open_job(open_request(job_id(1), 1))
        .wait()
        .unwrap();
    let more = (1..5).map(save_intent).collect();
    assert_eq!(
        bench
            .inventory
            .append(job_id(1), more, "saving", at(1))
            .wait(),
        Ok(4)
    );
    bench
}

fn first_bad(bench: &Bench) -> Option<u64> {
    bench
        .inventory
        .verify_chain(job_id(1))
        .wait()
        .unwrap()
        .err()
        .map(|bad| bad.n)
}

#[test]
fn events_come_back_as_they_went_in_with_their_times() {
    let bench = with_five_events().again();
    let jobs = bench.inventory.open_jobs().wait().unwrap();
    let [job] = jobs.as_slice() else {
        panic!("{jobs:?}")
    };
    assert_eq!((job.row.state.as_str(), &job.chain), ("saving", &Ok(())));
    assert_eq!(job.row.unit, unit_id(1));
    assert_eq!(
        job.events.iter().map(|event| event.n).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4]
    );
    assert_eq!(job.events[0].event, opened_event(1));
    assert_eq!(job.events[4].event, save_intent(4));
    assert_eq!(
        (job.events[4].wall, job.events[4].mono_ms),
        (at(1).wall, 1000)
    );
    assert_eq!(bench.opened.last_event_at, Some(at(1).wall));
    assert_eq!(
        bench.inventory.events(job_id(1)).wait().unwrap().events,
        job.events
    );
}

#[test]
fn the_journal_refuses_to_be_changed() {
    let bench = with_five_events();
    for attempt in [
        "UPDATE job_event SET wall_ms = 0",
        "DELETE FROM job_event WHERE n = 4",
        "REPLACE INTO job_event SELECT * FROM job_event WHERE n = 2",
        "DELETE FROM job",
    ] {
        let refused: Pending<usize> = bench
            .inventory
            .write(move |connection| Ok(connection.execute(attempt, [])?));
        let refused = refused.wait().unwrap_err();
        assert!(
            refused.to_string().contains("append only") || refused.to_string().contains("kept"),
            "{attempt}: {refused}"
        );
    }
    assert_eq!(first_bad(&bench), None);
}

#[test]
fn tampering_is_found_at_its_first_event() {
    let without_triggers =
        "DROP TRIGGER job_event_is_never_changed; DROP TRIGGER job_event_is_never_deleted;";
    for (what, tampering, expected) in [
        ("changed text", "UPDATE job_event SET body = replace(body, '\"round\":2', '\"round\":9') WHERE n = 2", 2),
        ("changed column", "UPDATE job_event SET wall_ms = wall_ms + 1 WHERE n = 3", 3),
        ("changed kind", "UPDATE job_event SET kind = 'restored' WHERE n = 1", 1),
        ("deleted in the middle", "DELETE FROM job_event WHERE n = 2", 2),
        (
            "deleted and closed up",
            "DELETE FROM job_event WHERE n = 2; UPDATE job_event SET n = n - 1 WHERE n = 3; UPDATE job_event SET n = n - 1 WHERE n = 4",
            2,
        ),
        ("cut off at the end", "DELETE FROM job_event WHERE n = 4", 4),
        ("all cut off", "DELETE FROM job_event", 0),
        (
            "inserted",
            "UPDATE job_event SET n = n + 10 WHERE n > 2; UPDATE job_event SET n = n - 9 WHERE n > 10;
             INSERT INTO job_event SELECT job_id, 3, kind, body, wall_ms, mono_ms, boot_id, prev_hash, hash FROM job_event WHERE n = 2",
            3,
        ),
        (
            "swapped",
            "UPDATE job_event SET n = 99 WHERE n = 2; UPDATE job_event SET n = 2 WHERE n = 3; UPDATE job_event SET n = 3 WHERE n = 99",
            2,
        ),
    ] {
        let bench = with_five_events();
        assert_eq!(first_bad(&bench), None);
        let bench = bench.tampered(&format!("{without_triggers}{tampering}"));
        assert_eq!(first_bad(&bench), Some(expected), "{what}");
        let jobs = bench.inventory.open_jobs().wait().unwrap();
        assert!(jobs[0].chain.is_err(), "{what}");
        assert_eq!(u64::try_from(jobs[0].events.len()), Ok(expected), "what comes before the first bad event is still given: {what}");
    }
}

#[test]
fn a_unit_has_one_open_job_and_so_has_a_sim() {
    let bench = bench();
    bench
        .inventory
        .open_job(open_request(job_id(1), 1))
        .wait()
        .unwrap();
    let again = bench.inventory.open_job(open_request(job_id(2), 1)).wait();
    assert_eq!(
        again,
        Err(OpenJobError::JobOpen {
            existing: job_id(1),
            unit: unit_id(1),
            same_unit: true
        })
    );
    let mut same_sim = open_request(job_id(3), 2);
    same_sim.iccid = Some(iccid(1));
    let refused = bench.inventory.open_job(same_sim.clone()).wait();
    assert_eq!(
        refused,
        Err(OpenJobError::JobOpen {
            existing: job_id(1),
            unit: unit_id(1),
            same_unit: false
        })
    );

    bench
        .inventory
        .append(job_id(1), vec![failed()], "failed", at(2))
        .wait()
        .unwrap();
    bench.inventory.open_job(same_sim).wait().unwrap();
    let old = bench.inventory.jobs_of(unit_id(1)).wait().unwrap();
    assert_eq!((old.len(), old[0].error.as_deref()), (1, Some("V-320")));
}

#[test]
fn the_index_itself_refuses_a_second_open_job() {
    let bench = bench();
    bench
        .inventory
        .open_job(open_request(job_id(1), 1))
        .wait()
        .unwrap();
    let second: Pending<usize> = bench.inventory.write(|connection| {
        Ok(connection.execute(
            "INSERT INTO job SELECT randomblob(16), unit_kind, unit_id, NULL, NULL, NULL, 'p', 's', 'planned', NULL, 0, -1, zeroblob(32) FROM job",
            [],
        )?)
    });
    assert!(second.wait().unwrap_err().to_string().contains("UNIQUE"));
}

#[test]
fn a_refused_opening_leaves_nothing() {
    let bench = bench();
    let mut empty = open_request(job_id(1), 1);
    empty.events.clear();
    assert!(bench.inventory.open_job(empty).wait().is_err());
    assert_eq!(bench.inventory.counts().wait().unwrap().open_jobs, 0);
    let unknown = bench
        .inventory
        .append(job_id(9), vec![failed()], "failed", at(0))
        .wait();
    assert!(matches!(unknown, Err(InventoryError::NotFound(_))));
}

#[test]
fn bytes_are_kept_under_their_own_hash_only() {
    let bench = bench();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    bench.inventory.put_blob(empty, Vec::new()).wait().unwrap();
    bench.inventory.put_blob(empty, Vec::new()).wait().unwrap();
    assert_eq!(bench.inventory.blob(empty).wait(), Ok(Some(Vec::new())));
    assert!(bench.inventory.put_blob(empty, vec![1]).wait().is_err());
    assert_eq!(bench.inventory.blob("00".repeat(32)).wait(), Ok(None));
}

fn carrier_unit(state: SubscriptionState) -> CarrierUnit {
    CarrierUnit {
        remote_id: "r-1".to_owned(),
        client_reference: Some(intent(1).client_reference),
        device_id: None,
        iccid: None,
        mdn: None,
        plan_code: None,
        state,
        raw_state: String::new(),
        reason: None,
    }
}

#[test]
fn a_registration_waits_from_its_intent_until_the_carrier_has_it() {
    let bench = bench();
    bench
        .inventory
        .open_job(open_request(job_id(1), 1))
        .wait()
        .unwrap();
    let waiting = |bench: &Bench| bench.inventory.registrations_owed().wait().unwrap();
    assert_eq!(waiting(&bench), []);

    let intended = |attempt| {
        vec![JobEvent::RegistrationIntended {
            intent: intent(1),
            attempt,
        }]
    };
    bench
        .inventory
        .append(job_id(1), intended(1), "reg_intent", at(10))
        .wait()
        .unwrap();
    bench
        .inventory
        .append(job_id(1), intended(2), "reg_intent", at(20))
        .wait()
        .unwrap();
    let [owed] = waiting(&bench).try_into().unwrap();
    assert_eq!(
        (owed.intent.clone(), owed.job, owed.state, owed.attempts),
        (intent(1), job_id(1), RegistrationState::Owed, 2)
    );
    assert_eq!(
        (owed.first_intent_at, owed.last_attempt_at),
        (Some(at(10).wall), Some(at(20).wall))
    );

    let accepted = RegistrationOutcome::Accepted {
        handle: "t-7".to_owned(),
        unit: None,
        retry_after_s: None,
    };
    bench
        .inventory
        .append(
            job_id(1),
            vec![JobEvent::RegistrationAnswered { answer: accepted }],
            "reg_pending",
            at(21),
        )
        .wait()
        .unwrap();
    let bench = bench.again();
    let [pending] = waiting(&bench).try_into().unwrap();
    assert_eq!(
        (pending.state, pending.handle.as_deref()),
        (RegistrationState::Pending, Some("t-7"))
    );

    let registered = JobEvent::Registered {
        unit: carrier_unit(SubscriptionState::Active),
        adopted: false,
    };
    bench
        .inventory
        .append(job_id(1), vec![registered], "done", at(30))
        .wait()
        .unwrap();
    assert_eq!(waiting(&bench), []);
}

#[test]
fn leases_end_with_the_program() {
    let bench = with_five_events();
    bench
        .inventory
        .take_lease(job_id(1), Some("/dev/ttyUSB0".to_owned()), at(1).wall)
        .wait()
        .unwrap();
    let bench = bench.again();
    assert_eq!(bench.opened.leases_cleared, 1);
    bench
        .inventory
        .take_lease(job_id(1), None, at(1).wall)
        .wait()
        .unwrap();
    bench.inventory.release_lease(job_id(1)).wait().unwrap();
    assert_eq!(bench.again().opened.leases_cleared, 0);
}
