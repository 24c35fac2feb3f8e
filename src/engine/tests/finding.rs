//! Searches and lists while the indexes do not know of every unit yet.

use super::asked::{row, within};
use super::{LONGEST, options};
use crate::demo::Folder;
use crate::engine::context::Context;
use crate::engine::searching::look_up;
use crate::engine::{Event, LookedUpList};
use fleet::profile::ProfileRegistry;
use fleet::unit::Unit;
use fleet::{Imei, UnitId};
use jiff::Timestamp;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// So many that the indexes take a while.
const UNITS: u32 = 3_000;

async fn next_list(events: &Receiver<Event>) -> LookedUpList {
    let begun = Instant::now();
    loop {
        match events.try_recv() {
            Ok(Event::ListLookedUp(list)) => return *list,
            Ok(_) => {}
            Err(TryRecvError::Empty) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(TryRecvError::Disconnected) => panic!("the engine is gone"),
        }
        assert!(begun.elapsed() < LONGEST, "no list was told");
    }
}

#[test]
fn a_pasted_list_is_looked_up_once_more_when_searches_know_of_every_unit() {
    let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
    let registry = ProfileRegistry::shipped();
    let options = options(&ports, bench.path(), registry.clone());
    let inventory = options.inventory.clone();
    let model = row(&registry);
    let units: Vec<Unit> = (0..UNITS)
        .map(|number| Unit {
            vehicle: Some(format!("KL-{number}")),
            settings: model.settings.clone(),
            ..Unit::new(UnitId::Imei(imei(number)), Timestamp::now())
        })
        .collect();
    inventory.upsert_units(units).wait().unwrap();
    inventory.forget_searches().wait().unwrap();
    let (reports, _reports) = tokio::sync::mpsc::unbounded_channel();
    let (events, told) = std::sync::mpsc::channel();
    let context = Rc::new(Context::new(options, reports, events, Box::new(|| {})));
    let (first, then) = within(async {
        look_up(&context, imei(UNITS - 1).as_str());
        (next_list(&told).await, next_list(&told).await)
    });
    assert!(first.behind > 0, "{first:?}");
    assert_eq!((then.behind, then.found), (0, 1), "{then:?}");
}

pub(super) fn imei(number: u32) -> Imei {
    let body = format!("35693803{number:06}");
    let all = (0..10).map(|digit| format!("{body}{digit}"));
    { all }.find_map(|text| Imei::parse(&text).ok()).unwrap()
}
