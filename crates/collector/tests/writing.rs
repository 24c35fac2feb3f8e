//! Pages leave for the database before the answer to the one before is there: what if that one is not stored.

use crate::world::{World, plan, switches};
use collector::run::Ending;
use collector::trouble::Trouble;

#[tokio::test]
async fn behind_a_page_that_the_database_refuses_nothing_is_stored_and_the_next_run_goes_on_there()
{
    let world = World::new(switches()).await;
    world.seed_past(5, 60);
    // Of six pages of 50 the third: the fourth is on its way by then.
    world
        .sql
        .batch_execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF (SELECT count(*) FROM fleet.position_reports) >= 100 THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NULL; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON fleet.position_reports FOR EACH STATEMENT EXECUTE FUNCTION refuse()",
        )
        .await
        .unwrap();
    let refused = world.run(&plan()).await;
    assert!(
        matches!(&refused, Err(Trouble::DatabaseTrouble(why)) if why.contains("not this one")),
        "{refused:?}"
    );
    assert_eq!(world.stored().await, 100);

    let mend = "DROP TRIGGER refuse ON fleet.position_reports";
    world.sql.batch_execute(mend).await.unwrap();
    let tally = world.run(&plan()).await.unwrap();
    assert_eq!((tally.ending, tally.new_reports), (Ending::CaughtUp, 200));
    assert_eq!(world.stored().await, 300);
}
