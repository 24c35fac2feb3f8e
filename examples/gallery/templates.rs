//! Templates of the invented office: a draft in order, one that a family cannot hold, and what changed since the version before.

use super::sample::now;
use fleet::profile::ProfileRegistry;
use fleet::template::{ReleaseStop, TemplateEdit, all_objections, difference};
use fleet::{SettingKey, Template, Value};
use fleetdesk::engine::*;
use jiff::SignedDuration;
use std::sync::Arc;

/// What a page needs beside the office.
pub fn events(page: &str) -> Vec<Event> {
    let moving_s = match page {
        "template-draft" | "template-released" | "template-long" => 30,
        "template-limit" => 500_000,
        _ => return Vec::new(),
    };
    let draft = page != "template-released";
    let Some(opened) = opened(moving_s, draft) else {
        return Vec::new();
    };
    let mut opened = opened;
    if page == "template-long" {
        opened = lengthened(opened);
    }
    vec![
        Event::Families(ProfileRegistry::shipped()),
        Event::Templates(vec![facts(6, draft), facts(5, false), facts(4, false)]),
        Event::TemplateOpened(Box::new(opened)),
    ]
}

/// The same with a long value at every place that can hold one, and all families in use.
fn lengthened(page: TemplatePage) -> TemplatePage {
    let host = "gateway-for-the-units-of-the-long-valley-road.fleet.example.net";
    let long = contents(6, host, 30).unwrap_or_else(|| Template::empty("Van standard", 6));
    let optional = SettingKey::new("report.parked_interval_s").ok();
    let long = optional
        .and_then(|key| long.edited(TemplateEdit::Optional(key, true)).ok())
        .unwrap_or(long);
    TemplatePage {
        contents: Arc::new(long),
        families: Vec::new(),
        ..page
    }
}

fn facts(version: u32, draft: bool) -> TemplateFacts {
    let at = now() - SignedDuration::from_hours(24 * (8 - i64::from(version)));
    TemplateFacts {
        name: "Van standard".into(),
        version,
        released: !draft,
        created_at: Some(at),
        released_by: (!draft).then(|| (at, "North office, Bench 2".into())),
        changed: draft.then(|| (at, "North office, Bench 2".into())),
        based_on: Some(version - 1),
        ..TemplateFacts::default()
    }
}

fn contents(version: u32, host: &str, moving_s: i64) -> Option<Template> {
    let values = [
        ("server.host", Value::Text(host.into())),
        ("server.port", Value::Integer(5_029)),
        ("apn.name", Value::Text("iot.example".into())),
        ("report.moving_interval_s", Value::Integer(moving_s)),
        ("report.parked_interval_s", Value::Integer(21_600)),
    ];
    let empty = Template::empty("Van standard", version);
    values
        .into_iter()
        .try_fold(empty, |template, (key, value)| {
            let key = SettingKey::new(key).ok()?;
            template.edited(TemplateEdit::Set(key, value)).ok()
        })
}

fn opened(moving_s: i64, draft: bool) -> Option<TemplatePage> {
    let registry = ProfileRegistry::shipped();
    let families: Vec<_> = ["meitrack", "teltonika-fmb", "queclink"]
        .into_iter()
        .filter_map(|id| registry.get(id))
        .collect();
    let (before, after) = (
        contents(5, "old.example.net", 120)?,
        contents(6, "gps.example.net", moving_s)?,
    );
    let stops = match draft {
        true => all_objections(families.iter().map(|family| &***family), &after),
        false => Vec::new(),
    };
    Some(TemplatePage {
        name: "Van standard".into(),
        version: 6,
        changed: difference(&before, &after),
        former: Some((5, Arc::new(before))),
        contents: Arc::new(after),
        stops: stops.into_iter().map(ReleaseStop::Objection).collect(),
        families: families.iter().map(|family| family.id.clone()).collect(),
        used: families
            .iter()
            .zip([1_204, 310, 1])
            .map(|(family, units)| TemplateUse {
                version: Some(5),
                profile: Some(family.id.clone()),
                units,
            })
            .collect(),
        ..TemplatePage::default()
    })
}
