//! Where a unit's last reading differs from the template that it was given.

use crate::setting::{SettingKey, ShownValue};
use std::collections::BTreeMap;

/// Settings that stand otherwise than `wanted` says, with what it says. A secret is never compared: it is only known to be set;
/// and a setting that the unit cannot tell proves nothing.
pub fn differing<'a>(
    read: &'a BTreeMap<SettingKey, ShownValue>,
    wanted: &'a BTreeMap<SettingKey, ShownValue>,
) -> impl Iterator<Item = (&'a SettingKey, &'a ShownValue)> {
    let secret = |value: &ShownValue| matches!(value, ShownValue::Secret { .. });
    wanted.iter().filter(move |(key, wanted)| {
        read.get(key).is_some_and(|read| {
            !secret(read) && !secret(wanted) && read.to_string() != wanted.to_string()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_read_and_is_no_secret_can_differ() {
        let key = |text: &str| SettingKey::new(text).unwrap();
        let read = BTreeMap::from([
            (key("server.port"), ShownValue::Integer(5_000)),
            (key("apn.name"), ShownValue::Text("fleet".into())),
            (
                key("apn.password"),
                ShownValue::Secret { secret_set: false },
            ),
            (key("report.angle_deg"), ShownValue::Text("15".into())),
        ]);
        let wanted = BTreeMap::from([
            (key("server.port"), ShownValue::Integer(5_027)),
            (key("apn.name"), ShownValue::Text("fleet".into())),
            (key("apn.password"), ShownValue::Secret { secret_set: true }),
            (key("report.parked_interval_s"), ShownValue::Integer(60)),
            (key("report.angle_deg"), ShownValue::Integer(15)),
        ]);
        let found: Vec<&str> = differing(&read, &wanted)
            .map(|(key, _)| key.as_str())
            .collect();
        assert_eq!(found, ["server.port"]);
    }
}
