//! A new collector before its schema: said with the way on, nothing stored and nothing lost, and everything comes once the schema is there.

use crate::world::{World, cluster, plan, switches};
use collector::trouble::Trouble;

#[tokio::test]
async fn a_collector_that_is_newer_than_the_schema_says_what_comes_first_and_loses_nothing() {
    let world = World::new(switches()).await;
    world.seed_past(2, 30);
    let older = "DROP FUNCTION fleet.report_told, fleet.report_memory; UPDATE fleet.sync_head SET schema_version = 6";
    world.sql.batch_execute(older).await.unwrap();
    let told = world.run(&plan()).await.unwrap_err();
    assert_eq!(told.code(), "database_not_ready", "{told}");
    for words in [
        "the database is not ready for reports",
        "'fleetdesk fleet-db install'",
        "comes before its collector",
    ] {
        assert!(told.to_string().contains(words), "{told}");
    }
    assert_eq!(world.stored().await, 0);
    let lease =
        "SELECT count(*) FROM fleet.feeds WHERE lease_owner IS NOT NULL OR cursor IS NOT NULL";
    assert_eq!(world.number(lease).await, 0);
    // The check says the same before a run does.
    let ready = world.store().await.is_ready().await.map_err(Trouble::from);
    assert!(
        matches!(&ready, Err(Trouble::DatabaseNotReady(why)) if why.contains("report_told")),
        "{ready:?}"
    );
    let admin = cluster().administrator(&world.database).await.unwrap();
    fleet_db::install::install(&admin).await.unwrap();
    world.run_to_the_end(&plan()).await;
    assert_eq!(world.stored().await, 60);
}
