//! Templates: released ones never change, drafts are worked on, and who has which is counted.

use super::*;
use fleet::template::TemplateEdit;
use fleet::unit::UnitState;
use fleet::{SettingKey, Template, Value};

fn key(text: &str) -> SettingKey {
    SettingKey::new(text).unwrap()
}

fn port(number: i64) -> TemplateEdit {
    TemplateEdit::Set(key("server.port"), Value::Integer(number))
}

fn courier(version: u32, number: i64) -> Template {
    Template::empty("Courier", version)
        .edited(port(number))
        .unwrap()
}

#[test]
fn a_released_template_never_changes() {
    let bench = bench();
    let save = |version, number| {
        let template = StoredTemplate::of_file(&courier(version, number), "bench 1", at(1).wall);
        bench.inventory.save_template(template).wait()
    };
    save(1, 5_000).unwrap();
    save(1, 5_000).unwrap();
    let refused = save(1, 5_001).unwrap_err().to_string();
    assert!(refused.contains("higher version"), "{refused}");
    save(2, 5_001).unwrap();
    let all = bench.inventory.templates().wait().unwrap();
    let versions: Vec<u32> = all.iter().map(|template| template.version).collect();
    assert_eq!(versions, [2, 1]);
    assert_eq!(all[0].released_by, Some((at(1).wall, "bench 1".to_owned())));
    let behind: Pending<usize> = bench.inventory.write(|connection| {
        Ok(connection.execute("UPDATE template SET toml = '' WHERE version = 1", [])?)
    });
    assert!(behind.wait().is_err());
}

#[test]
fn a_draft_is_worked_on_released_once_and_then_stays() {
    let bench = bench();
    let inventory = &bench.inventory;
    let first = StoredTemplate::of_file(&courier(4, 5_000), "bench 1", at(1).wall);
    inventory.save_template(first).wait().unwrap();
    let begun = inventory
        .begin_draft(courier(4, 5_000), Some(4), "lead", at(2).wall)
        .wait()
        .unwrap();
    assert_eq!(
        (begun.version, begun.released, begun.based_on),
        (5, false, Some(4))
    );
    let again = inventory.begin_draft(courier(4, 5_000), Some(4), "lead", at(2).wall);
    assert!(matches!(again.wait(), Err(InventoryError::Exists(_))));
    let over = StoredTemplate::of_file(&courier(5, 1), "bench 1", at(2).wall);
    let refused = inventory
        .save_template(over)
        .wait()
        .unwrap_err()
        .to_string();
    assert!(refused.contains("draft"), "{refused}");

    let edited = inventory
        .edit_draft("Courier", vec![port(5_027)], "clerk", at(3).wall)
        .wait()
        .unwrap();
    assert_eq!(edited.changed, Some((at(3).wall, "clerk".to_owned())));
    // One act of two has no meaning, so neither is done.
    let both = vec![port(1), TemplateEdit::Remove(key("apn.name"))];
    assert!(
        inventory
            .edit_draft("Courier", both, "clerk", at(4).wall)
            .wait()
            .is_err()
    );
    let stale = inventory.release_draft("Courier", begun.toml, "lead", at(5).wall);
    assert!(stale.wait().unwrap_err().to_string().contains("meanwhile"));
    let released = inventory
        .release_draft("Courier", edited.toml.clone(), "lead", at(6).wall)
        .wait()
        .unwrap();
    assert_eq!(released.released_by, Some((at(6).wall, "lead".to_owned())));
    assert_eq!(released.contents().unwrap(), courier(5, 5_027));
    let kept = inventory.templates().wait().unwrap();
    assert_eq!(kept[0], released);
    for late in [
        inventory
            .edit_draft("Courier", vec![port(1)], "clerk", at(7).wall)
            .wait()
            .map(drop),
        inventory
            .release_draft("Courier", edited.toml, "lead", at(7).wall)
            .wait()
            .map(drop),
        inventory.drop_draft("Courier").wait(),
    ] {
        assert!(matches!(late, Err(InventoryError::NotFound(_))), "{late:?}");
    }
    assert_eq!(inventory.templates().wait().unwrap(), kept);
}

#[test]
fn a_dropped_draft_leaves_its_number_free_and_a_bad_name_is_refused() {
    let bench = bench();
    let begin = |name: &str| {
        let first = Template::empty(name, 1);
        bench
            .inventory
            .begin_draft(first, None, "lead", at(1).wall)
            .wait()
    };
    assert_eq!(begin("Courier").unwrap().version, 1);
    bench.inventory.drop_draft("Courier").wait().unwrap();
    assert_eq!(begin("Courier").unwrap().version, 1);
    for bad in ["", "  ", "a\u{7}b", &"x".repeat(81)] {
        assert!(begin(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn units_of_a_template_are_counted_by_version_and_family_without_retired_ones() {
    let bench = bench();
    let unit = |number: u64, version, state| {
        let body = format!("86000000{number:06}");
        let imei = (0..10).find_map(|digit| Imei::parse(&format!("{body}{digit}")).ok());
        let mut unit = Unit::new(UnitId::Imei(imei.unwrap()), at(1).wall);
        unit.template = Some("Courier".to_owned());
        unit.template_version = Some(version);
        unit.profile = Some("meitrack".to_owned());
        unit.state = state;
        unit
    };
    let units = vec![
        unit(1, 5, UnitState::Verified),
        unit(2, 5, UnitState::Stopped),
        unit(3, 4, UnitState::Verified),
        unit(4, 4, UnitState::Retired),
    ];
    bench.inventory.upsert_units(units).wait().unwrap();
    let used = bench.inventory.template_use("Courier").wait().unwrap();
    let counted: Vec<_> = used.iter().map(|each| (each.version, each.units)).collect();
    assert_eq!(counted, [(Some(5), 2), (Some(4), 1)]);
    assert_eq!(bench.inventory.template_use("Coach").wait(), Ok(Vec::new()));
    let listed = bench
        .inventory
        .units_with_template("Courier", 2)
        .wait()
        .unwrap();
    assert_eq!(listed.len(), 2);
}
