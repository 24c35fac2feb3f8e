//! Other programs write the fleet table: only some columns, odd values, columns of their own, another order. Benches take it all.

use crate::desk::{Desk, Fleet};
use serde_json::json;

const ONE: &str = "356938035643809";

#[test]
fn rows_with_few_columns_and_odd_values_come_through_and_can_be_edited() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let sync = |bench: &str| {
        let address = fleet.address(&format!("bench_{bench}"));
        let finished = desk.run(bench, &["sync", "--fleet-db", &address]);
        assert_eq!(finished.code, Some(0), "{finished:#?}");
        finished.one("summary")
    };
    // Columns that no bench knows, in types of all kinds, one computed; an old column made anew at the end.
    fleet.admin(
        "ALTER TABLE fleet.units ADD COLUMN \"odd \"\"name\" numeric DEFAULT 'NaN', ADD COLUMN tags text[] DEFAULT '{a,NULL,\"b c\"}',
            ADD COLUMN place point, ADD COLUMN seen interval DEFAULT '1 mon 2 days', ADD COLUMN raw bytea DEFAULT '\\xdeadbeef',
            ADD COLUMN weight double precision DEFAULT 'Infinity', ADD COLUMN shout text GENERATED ALWAYS AS (upper(customer)) STORED;
         ALTER TABLE fleet.units DROP COLUMN vehicle CASCADE",
    );
    fleet.admin("ALTER TABLE fleet.units ADD COLUMN vehicle text CONSTRAINT units_vehicle_check CHECK (length(vehicle) <= 200)");
    for (n, sql) in [
        format!("INSERT INTO fleet.units (imei) VALUES ('{ONE}')"),
        "INSERT INTO fleet.units (serial) VALUES ('O''Brien; DROP TABLE fleet.units --')".to_owned(),
        "INSERT INTO fleet.units (notes, customer, serial) VALUES (E'two\\nlines\\t\\u202Eright to left', repeat('x', 200), 'HW-3')".to_owned(),
        "INSERT INTO fleet.units (serial, provisioned_at, template_version, settings) VALUES ('HW-4', 'infinity', 2147483647, '{\"deep\": {\"er\": [1, null, {\"x\": 1e300}]}}')".to_owned(),
        "INSERT INTO fleet.units (serial, provisioned_at) VALUES ('HW-5', '0044-03-15 12:00 BC')".to_owned(),
        "INSERT INTO fleet.units (serial, provisioned_at, carrier_state) VALUES ('HW-6', '2026-11-28 23:59:59.999999+14', 'a_word_of_tomorrow')".to_owned(),
        "INSERT INTO fleet.units (meid, mdn) VALUES ('A0000012345678', '+4915112345678')".to_owned(),
        "INSERT INTO fleet.units (esn, iccid, customer) VALUES ('4DABCDEF', '8901260222193240000', '')".to_owned(),
        // Worked out from a MEID, and so no number of one unit: it is shown by the serial that the table gives it.
        "INSERT INTO fleet.units (esn) VALUES ('80ABCDEF')".to_owned(),
        "INSERT INTO fleet.units (id, serial) SELECT '00000000-0000-0000-0000-000000000000', 'all zeros'".to_owned(),
        "INSERT INTO fleet.units (id, serial) SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'all ones'".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        let output = fleet.try_psql("maria", sql);
        assert!(output.status.success(), "{n}: {}", String::from_utf8_lossy(&output.stderr));
    }
    // A script that copies in, with columns in an order of its own.
    let rows = desk.write("rows.csv", "KL-77,HW-9,Beta\nKL-78,HW-10,\n");
    fleet.psql(
        "jonas",
        &format!("\\copy fleet.units (vehicle, serial, customer) FROM '{rows}' (FORMAT csv)"),
    );

    for bench in ["a", "b"] {
        assert_eq!(sync(bench)["pulled"], 13);
        let units = desk.run(bench, &["units"]).of_type("unit");
        assert_eq!(units.len(), 13, "{units:#?}");
        assert!(units.iter().any(|unit| unit["id"] == "80ABCDEF"));
        let of = |id: &str| {
            units
                .iter()
                .find(|unit| unit["id"] == id)
                .unwrap_or_else(|| panic!("{id}: {units:#?}"))
        };
        assert_eq!(of("HW-9")["vehicle"], "KL-77");
        assert_eq!(
            of("HW-4")["provisioned_at"],
            json!(null),
            "no such day is shown"
        );
        assert_eq!(of("HW-3")["customer"], "x".repeat(200));
    }
    for (unit, bench) in [
        (ONE, "a"),
        ("HW-4", "a"),
        ("HW-5", "b"),
        ("A0000012345678", "b"),
        ("all ones", "a"),
    ] {
        let set = desk.run(
            bench,
            &["unit", "set", unit, "customer=Acme", "vehicle=KL-1"],
        );
        assert_eq!(set.code, Some(0), "{set:#?}");
    }
    for bench in ["a", "b", "a"] {
        let summary = sync(bench);
        assert_eq!(
            (
                &summary["conflicts"],
                &summary["rejected"],
                &summary["waiting"]
            ),
            (&json!(0), &json!(0), &json!(0)),
            "{summary}"
        );
    }
    assert_eq!(
        fleet.psql("maria", "SELECT count(*) FROM fleet.units WHERE customer = 'Acme' AND shout = 'ACME' AND vehicle = 'KL-1' AND tags[3] = 'b c'"),
        "5"
    );
    assert_eq!(
        fleet.psql("maria", "SELECT provisioned_at, template_version, settings->'deep'->'er'->2->>'x' IS NOT NULL FROM fleet.units WHERE serial = 'HW-4'"),
        "infinity|2147483647|t",
        "what a bench cannot show it leaves as it is"
    );
}

#[test]
fn a_script_that_writes_all_the_time_is_followed_to_its_last_row() {
    let (desk, fleet) = (Desk::new(), Fleet::new());
    let address = |bench: &str| fleet.address(&format!("bench_{bench}"));
    fleet.psql(
        "maria",
        "INSERT INTO fleet.units (serial) SELECT 'HW-' || n FROM generate_series(1, 200) n",
    );
    let pace = "DO $$ BEGIN FOR n IN 1..400 LOOP
        UPDATE fleet.units SET notes = 'pass ' || n, vehicle = 'KL-' || n WHERE serial IN ('HW-' || 1 + n % 200, 'HW-' || 1 + n * 7 % 200);
        IF n % 10 = 0 THEN DELETE FROM fleet.units WHERE serial = 'HW-' || 1 + (n / 10) * 3 % 200; INSERT INTO fleet.units (serial, notes) VALUES ('new-' || n, 'script'); END IF;
        COMMIT; PERFORM pg_sleep(0.005); END LOOP; END $$";
    std::thread::scope(|stories| {
        let script = stories.spawn(|| fleet.psql("jonas", pace));
        let mut round = 0;
        while !script.is_finished() {
            for bench in ["a", "b"] {
                round += 1;
                let fact = format!("customer=round {round}");
                let unit = format!("HW-{}", 1 + round * 13 % 200);
                desk.run(bench, &["unit", "set", &unit, &fact]);
                let met = desk.run(bench, &["sync", "--fleet-db", &address(bench)]);
                assert!(matches!(met.code, Some(0 | 3 | 4)), "{met:#?}");
            }
        }
        script.join().unwrap();
    });
    let there = fleet.psql("maria", "SELECT string_agg(serial || ' ' || coalesce(customer, '-') || ' ' || coalesce(vehicle, '-') || ' ' || coalesce(notes, '-'), E'\\n' ORDER BY serial) FROM fleet.units");
    let mut there: Vec<&str> = there.lines().collect();
    there.sort_unstable();
    for bench in ["a", "b", "a", "b"] {
        let met = desk.run(bench, &["sync", "--fleet-db", &address(bench)]);
        assert!(matches!(met.code, Some(0 | 3)), "{met:#?}");
    }
    let after = fleet.psql("maria", "SELECT string_agg(serial || ' ' || coalesce(customer, '-') || ' ' || coalesce(vehicle, '-') || ' ' || coalesce(notes, '-'), E'\\n' ORDER BY serial) FROM fleet.units");
    let mut after: Vec<String> = after.lines().map(str::to_owned).collect();
    after.sort_unstable();
    assert_eq!(there.len(), after.len());
    for bench in ["a", "b"] {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
        let mut shown: Vec<String> = desk
            .run(bench, &["units", "--limit", "1000"])
            .of_type("unit")
            .iter()
            .map(|unit| {
                format!(
                    "{} {} {} {}",
                    text(&unit["id"]),
                    text(&unit["customer"]),
                    text(&unit["vehicle"]),
                    text(&unit["notes"])
                )
            })
            .collect();
        shown.sort_unstable();
        assert_eq!(shown, after, "{bench}");
    }
}
