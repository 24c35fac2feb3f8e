//! One unit on two benches at once: one of them registers it, the other is told who does.

use crate::desk::{Desk, Finished, Fleet, words};
use serde_json::json;

#[test]
fn one_unit_on_two_benches_is_registered_once_and_the_other_bench_is_told_who_has_it() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    for bench in ["a", "b"] {
        let folder = desk.path(bench);
        std::fs::create_dir_all(&folder).unwrap();
        let preferences = format!("bench = \"Bench {bench}\"\noffice = \"Office {bench}\"\n");
        std::fs::write(folder.join("preferences.toml"), preferences).unwrap();
    }
    // The carrier takes its time, so the first bench's registration is still under way when the second one comes.
    let sandbox = desk.sandbox("carrier", &json!({ "activation_delay_ms": 25_000 }));
    let units = ["a", "b"]
        .map(|bench| desk.plug(&format!("ports-{bench}"), "teltonika-fmb", &["--seed", "5"]));
    assert_eq!(units[0].id(0), units[1].id(0), "the same unit");
    let id = units[0].id(0);
    let provision = |bench: usize, wait: &str| -> Finished {
        let name = ["a", "b"][bench];
        let (port, folder) = (units[bench].port_now(0), units[bench].folder());
        let address = fleet.address(&format!("bench_{name}"));
        let rest = [
            "--sandbox",
            &sandbox.url,
            "--fleet-db",
            &address,
            "--carrier-wait",
            wait,
        ];
        desk.run(name, &words(&desk.provision(&port, &folder, &rest)))
    };
    let sync = |name: &str| {
        let address = fleet.address(&format!("bench_{name}"));
        desk.run(name, &["sync", "--fleet-db", &address])
    };
    let first = provision(0, "1");
    assert_eq!(first.verdict().1, "pending", "{first:#?}");
    assert_eq!(sandbox.registrations().len(), 1, "{first:#?}");
    assert_eq!(sync("a").code, Some(0));
    // Before anything is written on the other bench, it can be seen there who has the unit, and since when.
    let heard = sync("b").one("in_hand");
    assert_eq!(heard["by"], "Office a, Bench a", "{heard}");
    assert!(
        heard["since"]
            .as_str()
            .is_some_and(|since| since.ends_with('Z')),
        "{heard}"
    );
    let seen = desk.run("b", &["unit", "show", &id]);
    assert_eq!(
        seen.one("unit")["being_configured"]["by"],
        "Office a, Bench a",
        "{seen:#?}"
    );
    assert!(
        sync("a").of_type("in_hand").is_empty(),
        "its own work is no news"
    );

    let second = provision(1, "5");
    let unit = second.one("unit");
    assert_eq!(unit["fault"], "C-505", "{second:#?}");
    let told = unit["message"].to_string();
    assert!(
        told.contains("being configured by Office a, Bench a since"),
        "{told}"
    );
    assert_eq!(sandbox.registrations().len(), 1, "{second:#?}");

    // It is in service; the office database is told, and then the other bench may go on with its own job.
    std::thread::sleep(std::time::Duration::from_secs(20));
    let followed = desk.run(
        "a",
        &[
            "carrier",
            "follow",
            "--carrier-wait",
            "60",
            "--sandbox",
            &sandbox.url,
        ],
    );
    assert_eq!(
        followed.one("unit")["registration"],
        "active",
        "{followed:#?}"
    );
    assert_eq!(sync("a").code, Some(0));
    let address = fleet.address("bench_b");
    let goes_on = desk.run(
        "b",
        &[
            "carrier",
            "follow",
            "--carrier-wait",
            "60",
            "--sandbox",
            &sandbox.url,
            "--fleet-db",
            &address,
        ],
    );
    assert_eq!(
        goes_on.one("unit")["registration"],
        "active",
        "{goes_on:#?}"
    );
    assert_eq!(
        sandbox.registrations().as_slice(),
        std::slice::from_ref(&id),
        "once, for all benches"
    );
    // Both benches set the unit before either had heard of the other: which record counts is asked, neither is overwritten.
    let both = sync("b");
    assert_eq!(both.code, Some(3), "{both:#?}");
    assert_ne!(both.one("summary")["conflicts"], 0, "{both:#?}");
    // Whatever became of its record, the other bench's job has ended: it holds nobody up, and the first bench may set the unit again.
    assert!(
        sync("a").of_type("in_hand").is_empty(),
        "nothing is in hand any more"
    );
    let again = provision(0, "5");
    assert_eq!(again.verdict().2, None, "{again:#?}");
    let theirs = desk.run("b", &["fleet-db", "conflicts"]);
    assert!(
        !theirs.of_type("conflict").is_empty() || theirs.code == Some(3),
        "{theirs:#?}"
    );
    assert_eq!(sandbox.registrations(), [id]);
}
