//! A unit that exists for its carrier first: registered, then told its number under its service code, and said to be not verified.

use crate::desk::{Desk, words};
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;

/// A template for vans of any kind; a CDMA unit has no APN.
const TEMPLATE: &str = "name = \"Vans\"\nversion = 1\noptional = [\"apn.name\"]\n[settings]\napn.name = \"iot.example\"\n";

#[test]
fn a_cdma_unit_is_registered_first_and_then_told_its_number() {
    let desk = Desk::new();
    desk.write("template.toml", TEMPLATE);
    let secrets = desk.write("secrets.toml", "sprint-cdma = \"123456\"\n");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&secrets, private).unwrap();
    let units = desk.plug("ports", "sprint-cdma", &["--units", "1", "--seed", "3"]);
    let sandbox = desk.sandbox("carrier", &json!({ "activation_delay_ms": 900 }));
    let (port, folder, id) = (units.port(0), units.folder(), units.id(0));
    let rest = ["--sandbox", &sandbox.url, "--secrets", &secrets];
    let told = desk.run("bench", &words(&desk.provision(&port, &folder, &rest)));
    let unit = told.one("unit");
    assert_eq!(unit["verdict"], "not_verified", "{told:#?}");
    assert_eq!(unit["registration"], "active", "{told:#?}");
    assert_eq!(
        sandbox.registrations().as_slice(),
        std::slice::from_ref(&id)
    );
    let jobs = desk.jobs("bench", &id);
    let [job] = jobs.as_slice() else {
        panic!("{jobs:#?}");
    };
    for kind in ["registered", "values_given", "write_intent", "done"] {
        assert_eq!(job.count(kind), 1, "{kind}: {job:#?}");
    }
    let everything = format!("{told:#?} {job:#?}");
    assert!(!everything.contains("123456"), "{everything}");
}
