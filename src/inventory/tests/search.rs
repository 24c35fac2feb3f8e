//! Finding: any fragment of any number, texts, several words, and the order.

use super::*;
use fleet::registration::RegistrationState;
use fleet::unit::UnitState;
use proptest::prelude::*;

fn ids(page: &UnitsPage) -> Vec<UnitId> {
    page.rows.iter().map(|unit| unit.id.clone()).collect()
}

fn find(bench: &Bench, query: &str) -> Vec<UnitId> {
    let query = Query::parse(query).unwrap();
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
fn a_sharp_s_is_found_in_small_and_in_large_letters() {
    let bench = bench();
    put(&bench, 1, |unit| {
        unit.customer = Some("Bäckerei Hauptstraße".to_owned())
    });
    put(&bench, 2, |unit| unit.note = Some("Strasse 7".to_owned()));
    for query in ["strasse", "STRASSE", "Straße"] {
        assert_eq!(find(&bench, query).len(), 2, "{query}");
    }
    for query in [
        "hauptstraße",
        "HAUPTSTRASSE",
        "customer:hauptstr",
        "note:straße",
    ] {
        assert_eq!(find(&bench, query).len(), 1, "{query}");
    }
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
        "8901 2600 0000 0000 142F",
        "+12065550142",
        "1-206-555-0142",
        "+1 206 555 0142",
        "phone:\"+1 206 555 0142\"",
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
            Query::parse(query).is_err()
                || (bench
                    .inventory
                    .find_units(Query::parse(query).unwrap(), 5, 0)
                    .wait()
                    .is_ok()),
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
            .find_units(Query::parse("FMB920").unwrap(), 20, offset)
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
fn a_part_of_a_number_names_the_one_unit_that_has_it_and_of_several_it_says_so() {
    let bench = bench();
    put(&bench, 142, |_| {});
    put(&bench, 10_142, |_| {});
    let named = |text: &str| bench.inventory.unit_named_by_part(text).wait().unwrap();
    let is = |text: &str, n: u32| matches!(named(text), Named::One(unit) if unit.id == unit_id(n));
    assert!(is(imei(142).as_str(), 142) && is("10142", 10_142));
    assert!(
        is("3568680001", 10_142) && is("86800010", 10_142),
        "a beginning, and a part in the middle"
    );
    assert_eq!(named("356868"), Named::Several(2), "both begin so");
    assert_eq!(named("686800"), Named::Several(2), "both have this inside");
    assert_eq!(named("0142"), Named::Several(2), "both end so");
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

/// A unit by chance, from few words, so that many queries fit several.
fn chance_unit(n: u32, chance: u32) -> Unit {
    let pick = |salt: u32, of: &[&str]| -> Option<String> {
        let at = (chance / (1 + salt * 7) + n * salt) as usize % (of.len() + 1);
        of.get(at).map(|text| (*text).to_owned())
    };
    let mut unit = unit(n);
    unit.customer = pick(1, &["Northwind Couriers", "Café Coaches", "Pattern Dairy"]);
    unit.vehicle = pick(2, &["KL-4821 B", "SMP 1147", "4821"]);
    unit.office = pick(3, &["North", "South office"]);
    unit.note = pick(4, &["spare for 4821", "behind the glove box"]);
    unit.template = pick(5, &["Van standard", "Coach"]);
    unit.template_version = unit.template.as_ref().map(|_| 1 + n % 3);
    unit.state = [
        UnitState::Known,
        UnitState::Verified,
        UnitState::Retired,
        UnitState::Stopped,
    ][(chance % 4) as usize];
    unit.registration = chance
        .is_multiple_of(3)
        .then_some(RegistrationState::Active);
    unit.provisioned_at = chance.is_multiple_of(2).then(|| {
        Timestamp::from_second(
            Timestamp::now().as_second() - i64::from(chance % 40) * 86_400 - 3_600,
        )
        .unwrap()
    });
    unit
}

const ASKED: [&str; 46] = [
    "phone:\"+1 206 555 0007\"",
    "+1 (206) 555-0007",
    "4821",
    "821",
    "48",
    "0",
    "20655",
    "206555",
    "89012600",
    "012600",
    "26000000",
    "3568",
    "6800",
    "68000",
    "SN00",
    "sn",
    "kl4821",
    "north",
    "orthwi",
    "cafe",
    "dairy pattern",
    "glove",
    "glove box",
    "\"glove box\"",
    "4821 north",
    "spare north",
    "office:north",
    "office:south,none",
    "-office:north",
    "state:verified",
    "state:retired,stopped",
    "state:active",
    "state:in-use 4821",
    "state:never-reported",
    "template:\"van standard\"",
    "template:\"coach v2\"",
    "version<3",
    "drift:yes",
    "drift:yes office:north",
    "set<20d",
    "set>20d",
    "set:never",
    "seen<9d state:verified",
    "customer:cou",
    "plate:4821",
    "imei:3568 customer:none",
];

#[test]
fn the_indexes_find_exactly_what_the_pure_rules_say() {
    let bench = bench();
    let mut units = Vec::new();
    for n in 0..160_u32 {
        let unit = chance_unit(n * 37, n.wrapping_mul(2_654_435_761) >> 7);
        units.push(unit);
    }
    bench.inventory.upsert_units(units.clone()).wait().unwrap();
    for (version, released) in [(2, true), (3, false)] {
        let template = fleet::Template::empty("Van standard", version);
        let template = StoredTemplate {
            released,
            ..StoredTemplate::of_file(&template, "", at(0).wall)
        };
        bench.inventory.save_template(template).wait().unwrap();
    }
    for text in ASKED {
        let query = Query::parse(text).unwrap();
        let expected: Vec<UnitId> = query
            .readings()
            .iter()
            .map(|reading| {
                let fitting = units.iter().filter(|unit| {
                    let newest_version =
                        (unit.template.as_deref() == Some("Van standard")).then_some(2);
                    reading.fits(&fleet::query::Facts {
                        unit,
                        seen: unit.provisioned_at,
                        reported: None,
                        newest_version,
                        differs: false,
                        now: Timestamp::now(),
                    })
                });
                fitting.map(|unit| unit.id.clone()).collect::<Vec<_>>()
            })
            .find(|fitting| !fitting.is_empty())
            .unwrap_or_default();
        let mut found = bench.inventory.select_units(query.clone()).wait().unwrap();
        let all = bench.inventory.search_all(query.clone()).wait().unwrap();
        assert_eq!(all.len(), found.len(), "{text}");
        let first = bench.inventory.search_first(query, 1000).wait().unwrap();
        if first.complete {
            let lines = first.lines.iter().map(|(_, line)| line.unit.id.clone());
            assert_eq!(lines.collect::<Vec<_>>(), found, "{text}");
            assert_eq!(first.total, found.len() as u64, "{text}");
        }
        let mut expected = expected;
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_list_has_a_verdict_for_each_line_in_its_order() {
    let bench = bench();
    for n in [1, 2, 142, 10_142] {
        put(&bench, n, |_| {});
    }
    let (one, two) = (imei(1), imei(2));
    let mut slip = two.as_str().to_owned();
    slip.replace_range(9..10, if slip.as_bytes()[9] == b'7' { "8" } else { "7" });
    let text = format!(
        "IMEI\n{one}\n{}\n{one}\n0142\n{slip}\n8.96E+19\n{}\n77777\nname only\n{}",
        iccid(142),
        iccid(142),
        iccid(2),
    );
    let verdicts = bench
        .inventory
        .look_up_list(fleet::pasted::lines(&text))
        .wait()
        .unwrap();
    let words: Vec<String> = verdicts
        .iter()
        .map(|verdict| match verdict {
            ListVerdict::Found { id, .. } => format!("found {id}"),
            ListVerdict::Double { of } => format!("double of {of}"),
            ListVerdict::Several(count) => format!("{count} units"),
            ListVerdict::WrongDigit { near, .. } => format!("wrong digit, near {near:?}"),
            ListVerdict::CutOff => "cut off".into(),
            ListVerdict::NotFound { .. } => "not found".into(),
            ListVerdict::NoNumber => "no number".into(),
        })
        .collect();
    assert_eq!(
        words,
        [
            format!("found {one}"),
            format!("found {}", unit_id(142)),
            "double of 2".into(),
            "2 units".into(),
            format!("wrong digit, near {:?}", [unit_id(2)]),
            "cut off".into(),
            "double of 3".into(),
            "not found".into(),
            "no number".into(),
            format!("found {}", unit_id(2)),
        ]
    );
}

#[test]
fn a_report_makes_a_unit_seen_and_a_stale_one_changes_nothing() {
    let bench = bench();
    put(&bench, 1, |_| {});
    let ids = |query: &str| {
        bench
            .inventory
            .select_units(Query::parse(query).unwrap())
            .wait()
            .unwrap()
    };
    assert_eq!(ids("report:never"), [unit_id(1)]);
    let ago =
        |hours: i64| Timestamp::from_second(Timestamp::now().as_second() - hours * 3_600).unwrap();
    bench
        .inventory
        .note_reports(vec![(unit_id(1), ago(2))])
        .wait()
        .unwrap();
    bench
        .inventory
        .note_reports(vec![(unit_id(1), ago(90))])
        .wait()
        .unwrap();
    assert_eq!(ids("state:reporting seen<3h"), [unit_id(1)]);
    assert!(ids("state:quiet").is_empty() && ids("report:never").is_empty());
}

#[test]
fn an_inventory_of_an_older_program_is_made_searchable_when_it_is_opened() {
    let bench = bench();
    put(&bench, 142, |_| {});
    let bench = bench.tampered(
        "DELETE FROM unit_number; DELETE FROM number_head; DELETE FROM unit_fragment; DELETE FROM unit_word;
         DELETE FROM unit_facet; DELETE FROM facet; DELETE FROM meta WHERE key = 'search_index'",
    );
    assert_eq!(find(&bench, "0142"), [unit_id(142)]);
    assert_eq!(bench.inventory.counts().wait().unwrap().units, 1);
}

#[test]
fn rows_with_other_letters_are_indexed_anew_where_an_older_program_kept_them_as_they_stood() {
    let bench = bench();
    put(&bench, 142, |unit| {
        unit.customer = Some("Straßenbau Łódź".to_owned());
        unit.vehicle = Some("KL-4821".to_owned());
    });
    put(&bench, 143, |unit| unit.customer = Some("Acme".to_owned()));
    // As the older program filled them.
    let bench = bench.tampered(
        "DELETE FROM unit_word; DELETE FROM unit_fragment;
         INSERT INTO unit_fragment (rowid, tails, texts) SELECT row, '', concat(customer, char(10), vehicle) FROM unit;
         INSERT INTO unit_word (rowid, customer, vehicle) SELECT row, customer, vehicle FROM unit;
         UPDATE meta SET value = '2' WHERE key = 'search_index'",
    );
    for query in ["strassenbau", "lodz", "tassenb", "kl4821", "4821", "łódź"] {
        let expected = if query == "tassenb" {
            vec![]
        } else {
            vec![unit_id(142)]
        };
        assert_eq!(find(&bench, query), expected, "{query}");
    }
    assert_eq!(find(&bench, "acme"), [unit_id(143)]);
    // Numbers stand in their index once, so that they can be taken out again.
    let bench = bench.tampered("");
    assert_eq!(find(&bench, "0142"), [unit_id(142)]);
}

#[test]
fn letters_of_other_alphabets_are_found_in_small_and_large() {
    let bench = bench();
    put(&bench, 1, |unit| {
        unit.customer = Some("Bäckerei Hauptstraße".to_owned());
        unit.vehicle = Some("М-ЁЖ 12".to_owned());
    });
    put(&bench, 2, |unit| {
        unit.note = Some("ΣΊΣΥΦΟΣ, Łódź, IŞIK".to_owned())
    });
    for query in [
        "strasse",
        "HAUPTSTRASSE",
        "hauptstraße",
        "customer:backerei",
        "мёж12",
        "м-еж",
    ] {
        assert_eq!(find(&bench, query), [unit_id(1)], "{query}");
    }
    for query in [
        "ΣΙΣΥΦΟΣ",
        "σίσυφος",
        "lodz",
        "ŁÓDŹ",
        "ışık",
        "isik",
        "note:lod",
    ] {
        assert_eq!(find(&bench, query), [unit_id(2)], "{query}");
    }
}
