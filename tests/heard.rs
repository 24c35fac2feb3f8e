//! A unit is finished when its first report was seen: from the bench through the carrier and the collector back to the bench.

use crate::desk::{Desk, Fleet};
use carrier::AccountSettings;
use carrier::sandbox::{ReportSeed, SandboxConfig, serve};
use collector::run::{Plan, run};
use collector::source::AccountSource;
use fleet_db::{ReportStore, Session, Target};
use serde_json::Map;
use std::time::Duration;

const NEW: &str = "490154203237518";
const SILENT: &str = "356868000041418";
const NEVER: &str = "354178036859789";

/// One run of the collector against a sandbox in which the units with these carrier numbers reported so many milliseconds ago.
fn collect(fleet: &Fleet, reported: &[(&str, i64)]) {
    let target = Target::parse(&fleet.address("collector")).unwrap();
    let waits = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    waits.block_on(async {
        let sandbox = serve(SandboxConfig::default()).await.unwrap();
        for (unit, ago_ms) in reported {
            let seed = ReportSeed {
                units: vec![(*unit).to_owned()],
                count: 3,
                every_ms: 1_000,
                begins_in_ms: -ago_ms,
                members: Map::new(),
            };
            sandbox.seed_reports(&seed).unwrap();
        }
        let source = AccountSource::new(AccountSettings::sandbox(&sandbox.base_url())).unwrap();
        let session = Session::connect(&target, fleet_db::Credential::Nothing).await;
        let plan = Plan::within(Duration::from_secs(30));
        let tally = run(&source, &ReportStore::new(session.unwrap()), &plan)
            .await
            .unwrap();
        assert_eq!(tally.new_reports, 3 * reported.len() as u64);
    });
}

#[test]
fn a_unit_waits_for_its_first_report_and_silent_ones_are_listed() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let bench = fleet.address("bench_a");
    let at = ["--fleet-db", bench.as_str()];
    let ask = |words: &[&str]| desk.run("bench", &[words, &at[..]].concat());
    fleet.admin(&format!(
        "CREATE ROLE collector LOGIN; SELECT fleet.admit('collector', 'fleet_collector');
         INSERT INTO fleet.units (imei, carrier_id, vehicle, state, carrier_state, provisioned_at) VALUES
           ('{NEW}', 'U000001', 'Van 1', 'verified', 'active', now() - interval '2 minutes'),
           ('{SILENT}', 'U000002', 'Van 2', 'verified', 'active', now() - interval '9 days'),
           ('{NEVER}', 'U000003', 'Van 3', 'verified', 'pending', now() - interval '3 hours')"
    ));
    assert_eq!(ask(&["sync"]).code, Some(0));
    let standing = |id: &str| {
        let shown = ask(&["unit", "show", id]);
        assert_eq!(shown.code, Some(0), "{shown:#?}");
        shown.one("reports")["standing"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(standing(NEW), "Waiting for first report.");
    assert!(
        standing(NEVER).contains("no collector has ever brought a report"),
        "it never ran"
    );

    collect(&fleet, &[("U000002", 3 * 86_400_000), ("U000001", 60_000)]);
    let first = standing(NEW);
    assert!(
        first.starts_with("First report ") && first.contains(" N "),
        "{first}"
    );
    assert!(standing(NEVER).contains("not active at the carrier"));

    let serials = |words: &[&str]| {
        let listed = ask(words);
        assert_eq!(listed.code, Some(0), "{listed:#?}");
        let units = listed.of_type("unit");
        units
            .iter()
            .map(|unit| unit["serial"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(serials(&["units", "--silent", "2d"]), [NEVER, SILENT]);
    assert_eq!(serials(&["units", "--silent", "5d"]), [NEVER]);
    assert_eq!(serials(&["units", "--never-heard"]), [NEVER]);
    assert!(serials(&["units", "--interval-differs"]).is_empty());
    let summary = ask(&["units", "--never-heard"]).one("summary");
    assert_eq!(summary["collector"]["caught_up"], true);
    assert_eq!(
        desk.run("bench", &["units", "--silent", "soon"]).code,
        Some(2)
    );
}

#[test]
fn a_fleet_database_that_does_not_answer_leaves_the_units_page_whole() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let bench = fleet.address("bench_a");
    fleet.admin(&format!(
        "INSERT INTO fleet.units (imei, state) VALUES ('{NEW}', 'verified')"
    ));
    assert_eq!(
        desk.run("bench", &["sync", "--fleet-db", &bench]).code,
        Some(0)
    );
    drop(fleet);
    let shown = desk.run("bench", &["unit", "show", NEW, "--fleet-db", &bench]);
    assert_eq!(shown.code, Some(0), "{shown:#?}");
    assert!(
        shown.errors.contains("Its reports are not shown"),
        "{shown:#?}"
    );
    assert_eq!(shown.of_type("reports").len(), 0);
    let listed = desk.run("bench", &["units", "--silent", "2d", "--fleet-db", &bench]);
    assert_eq!(listed.code, Some(1), "{listed:#?}");
}
