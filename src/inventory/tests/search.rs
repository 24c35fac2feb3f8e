//! Finding: any fragment of any number, texts, several words, and the order.

use super::*;
use proptest::prelude::*;

fn ids(page: &UnitsPage) -> Vec<UnitId> {
    page.rows.iter().map(|unit| unit.id.clone()).collect()
}

fn find(bench: &Bench, query: &str) -> Vec<UnitId> {
    ids(&bench.inventory.find_units(query, 50, 0).wait().unwrap())
}

fn put(bench: &Bench, n: u32, change: impl FnOnce(&mut Unit)) {
    let mut unit = unit(n);
    change(&mut unit);
    bench
        .inventory
        .upsert_unit(unit, Vec::new())
        .wait()
        .unwrap();
}

#[test]
fn the_end_of_a_number_comes_before_its_beginning_and_its_middle() {
    let bench = bench();
    put(&bench, 1, |unit| {
        unit.serial_number = Some("4821000".to_owned())
    });
    put(&bench, 2, |unit| {
        unit.serial_number = Some("0004821000".to_owned())
    });
    put(&bench, 3, |unit| {
        unit.serial_number = Some("0004821".to_owned())
    });
    put(&bench, 4, |_| {});
    assert_eq!(find(&bench, "4821"), [unit_id(3), unit_id(1), unit_id(2)]);
    assert_eq!(find(&bench, "821"), [unit_id(3), unit_id(2), unit_id(1)]);
}

#[test]
fn numbers_are_found_as_people_write_them() {
    let bench = bench();
    put(&bench, 142, |unit| {
        unit.vehicle = Some("KL-4821 B".to_owned())
    });
    put(&bench, 7, |_| {});
    let meid = UnitId::Meid(fleet::Meid::parse("A0000000002329").unwrap());
    bench
        .inventory
        .upsert_unit(Unit::new(meid.clone(), at(0).wall), Vec::new())
        .wait()
        .unwrap();
    for query in [
        "(206) 555-0142",
        "206 555 0142",
        "2065550142",
        "5550142",
        "kl4821",
        "KL-4821",
        "4821b",
        "8901260 00000 0000142",
        "8901260000000000142F",
    ] {
        assert_eq!(find(&bench, query), [unit_id(142)], "{query}");
    }
    let decimal = fleet::Meid::parse("A0000000002329").unwrap().to_decimal();
    assert_eq!(find(&bench, &decimal[9..]), std::slice::from_ref(&meid));
    assert_eq!(find(&bench, "a00000000"), [meid]);
}

#[test]
fn words_of_texts_are_found_in_any_order_and_all_must_fit() {
    let bench = bench();
    put(&bench, 1, |unit| {
        unit.customer = Some("Northwind Couriers".to_owned());
        unit.note = Some("Under the passenger seat; \"blue\" van".to_owned());
    });
    put(&bench, 2, |unit| {
        unit.customer = Some("Northwind Couriers".to_owned())
    });
    assert_eq!(find(&bench, "north"), [unit_id(2), unit_id(1)]);
    assert_eq!(find(&bench, "COURIER seat"), [unit_id(1)]);
    assert_eq!(find(&bench, "assenge"), [unit_id(1)]);
    assert_eq!(find(&bench, "\"blue\""), [unit_id(1)]);
    assert_eq!(
        find(&bench, "va"),
        [unit_id(1)],
        "two letters find the beginning of a word"
    );
    assert_eq!(find(&bench, "0002 north"), [unit_id(2)]);
    assert_eq!(find(&bench, "north boat"), []);
}

#[test]
fn odd_queries_are_met() {
    let bench = bench();
    put(&bench, 1, |unit| {
        unit.note = Some("50% off; it's _here_".to_owned())
    });
    for query in [
        "'; DROP TABLE unit; --",
        "%",
        "_",
        "\"",
        "\"\"\"",
        "NEAR(a b)",
        "a* OR b",
        "-",
        "\0",
        "\u{202e}",
        "*",
        "(",
        "text:x",
        "ß",
    ] {
        assert!(
            bench.inventory.find_units(query, 5, 0).wait().is_ok(),
            "{query:?}"
        );
    }
    assert_eq!(find(&bench, "it's"), [unit_id(1)]);
    assert_eq!(find(&bench, "  "), [unit_id(1)], "nothing asked gives all");
    assert_eq!(find(&bench, &"9".repeat(5000)), []);
}

#[test]
fn what_a_row_no_longer_says_is_no_longer_found() {
    let bench = bench();
    put(&bench, 1, |unit| unit.customer = Some("Oldname".to_owned()));
    put(&bench, 1, |unit| {
        unit.customer = Some("Newname".to_owned());
        unit.serial_number = None;
    });
    assert_eq!(find(&bench, "oldname"), []);
    assert_eq!(find(&bench, "SN0000001"), []);
    assert_eq!(find(&bench, "newname"), [unit_id(1)]);
}

#[test]
fn pages_of_a_search_follow_each_other() {
    let bench = bench();
    for n in 0..30 {
        put(&bench, n, |_| {});
    }
    let page = |offset| {
        bench
            .inventory
            .find_units("FMB920", 20, offset)
            .wait()
            .unwrap()
    };
    assert_eq!(
        (page(0).rows.len(), page(20).rows.len(), page(0).total),
        (20, 10, 30)
    );
    let mut all = ids(&page(0));
    all.extend(ids(&page(20)));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 30);
}

#[test]
fn one_unit_is_named_by_a_whole_number_or_the_end_of_one() {
    let bench = bench();
    put(&bench, 142, |_| {});
    put(&bench, 10_142, |_| {});
    let named = |text: &str| bench.inventory.unit_named(text).wait().unwrap();
    let is = |text: &str, n: u32| matches!(named(text), Named::One(unit) if unit.id == unit_id(n));
    assert!(
        is(iccid(142).as_str(), 142)
            && is(imei(10_142).as_str(), 10_142)
            && is("SN0000142", 142)
            && is("10142", 10_142)
    );
    assert_eq!(
        named("2065550142"),
        Named::Several(2),
        "both have this number"
    );
    assert_eq!(named("0142"), Named::Several(2));
    assert_eq!(
        (named("77777"), named("")),
        (Named::Nothing, Named::Nothing)
    );
}

#[test]
fn a_common_word_beside_a_rare_one_loses_none() {
    let bench = bench();
    let filled: Pending<()> = bench.inventory.write(|connection| {
        for n in 0..10_200 {
            let mut unit = unit(n);
            unit.customer = Some(if n == 3 { "Common Rareword" } else { "Common" }.to_owned());
            super::super::units::write(connection, &unit)?;
        }
        Ok(())
    });
    filled.wait().unwrap();
    assert_eq!(find(&bench, "common rareword"), [unit_id(3)]);
    assert_eq!(find(&bench, "rarew absent"), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_fragment_of_four_digits_or_more_finds_its_unit(
        numbers in proptest::collection::btree_set(0_u32..1_000_000, 1..12),
        which in any::<proptest::sample::Index>(),
        begin in any::<proptest::sample::Index>(),
        length in 4_usize..12,
    ) {
        let bench = bench();
        for n in &numbers {
            put(&bench, *n, |_| {});
        }
        let wanted = unit(*numbers.iter().nth(which.index(numbers.len())).unwrap());
        for number in [wanted.id.as_str(), wanted.iccid.as_ref().unwrap().as_str(), wanted.serial_number.as_deref().unwrap(), wanted.mdn.as_ref().unwrap().as_str()] {
            let length = length.min(number.len());
            let begin = begin.index(number.len() - length + 1);
            let fragment = &number[begin..begin + length];
            let found = find(&bench, fragment);
            prop_assert!(found.contains(&wanted.id), "{fragment} of {number}");
            // Every hit really holds the fragment.
            for id in found {
                let unit = bench.inventory.unit(id).wait().unwrap().unwrap();
                prop_assert!(serde_json::to_string(&unit).unwrap().to_uppercase().contains(fragment));
            }
        }
    }
}
