//! What the new intervals cost in data a month, against the plan. An estimate from stated assumptions, said as one.

use crate::setting::{SettingKey, ShownValue};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the estimate assumes. None of it is measured; the words say so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assumptions {
    /// Bytes on the network for one report, with all headers. 120 bytes of report and 180 of TCP and IP around it.
    pub bytes_per_report: f64,
    /// Hours a day that a unit moves.
    pub moving_hours: f64,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            bytes_per_report: 300.0,
            moving_hours: 8.0,
        }
    }
}

/// Data of one unit a month, and what it is held against.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DataCost {
    /// With the present intervals, megabytes; `None` where they are not known.
    pub before_mb: Option<f64>,
    /// With the new ones.
    pub after_mb: f64,
    /// What the plan includes, megabytes; `None` where nobody says.
    pub plan_mb: Option<f64>,
}

impl DataCost {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let now = self
            .before_mb
            .map_or_else(String::new, |before| format!(", now {before:.1} MB"));
        let plan = match self.plan_mb {
            None => "what the plan includes is not known here".to_owned(),
            Some(plan) if self.after_mb <= plan => format!("inside the plan's {plan} MB"),
            Some(plan) => format!("more than the plan's {plan} MB: the rest is billed extra"),
        };
        format!("about {:.1} MB a month each{now}; {plan}", self.after_mb)
    }
}

/// What a plan includes a month by its own name, megabytes: 'GPS 5MB', 'Fleet 1 GB'. `None` where the name says no amount, or several.
#[must_use]
pub fn included_mb(plan: &str) -> Option<f64> {
    let text = plan.to_lowercase();
    let mut found = None;
    for (at, _) in text.match_indices(['m', 'g']) {
        let (before, unit) = text.split_at(at);
        let factor = match unit.get(..2) {
            Some("mb") => 1.0,
            Some("gb") => 1_000.0,
            _ => continue,
        };
        let ends = unit
            .chars()
            .nth(2)
            .is_none_or(|next| !next.is_alphanumeric());
        let number = before.trim_end_matches([' ', '-', '_']);
        let start = number
            .rfind(|each: char| !each.is_ascii_digit() && each != '.')
            .map_or(0, |place| place + 1);
        let number = number
            .get(start..)
            .and_then(|number| number.parse::<f64>().ok());
        if let (true, Some(number)) = (ends, number) {
            if found.is_some() {
                return None;
            }
            found = Some(number * factor);
        }
    }
    found.filter(|included| *included > 0.0)
}

impl DataCost {
    /// Whether it needs more than the plan includes, as far as that is known.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.plan_mb.is_some_and(|plan| self.after_mb > plan)
    }
}

/// The estimate for one unit: its settings as last read, with the changed ones over them. `None` where no interval changes.
#[must_use]
pub fn data_cost(
    before: &BTreeMap<SettingKey, ShownValue>,
    changed: &BTreeMap<SettingKey, ShownValue>,
    plan_mb: Option<f64>,
    assumed: Assumptions,
) -> Option<DataCost> {
    let is_interval = |key: &SettingKey| {
        key.as_str().starts_with("report.") && key.as_str().ends_with("_interval_s")
    };
    if !changed.keys().any(is_interval) {
        return None;
    }
    let mut after = before.clone();
    after.extend(
        changed
            .iter()
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    Some(DataCost {
        before_mb: a_month(before, assumed),
        after_mb: a_month(&after, assumed)?,
        plan_mb,
    })
}

const INTERVALS: [&str; 3] = [
    "report.moving_interval_s",
    "report.parked_interval_s",
    "report.heartbeat_interval_s",
];

fn a_month(settings: &BTreeMap<SettingKey, ShownValue>, assumed: Assumptions) -> Option<f64> {
    // 'As each of its places was before' is an interval that nobody knows here, and not one that is switched off.
    let is_known = |(key, value): (&SettingKey, &ShownValue)| {
        !INTERVALS.contains(&key.as_str()) || matches!(value, ShownValue::Integer(_))
    };
    if !settings.iter().all(is_known) {
        return None;
    }
    let [moving, parked, heartbeat] = INTERVALS;
    let seconds = |name: &str| {
        settings.iter().find_map(|(key, value)| match value {
            ShownValue::Integer(seconds) if key.as_str() == name => {
                u32::try_from(*seconds).ok().map(f64::from)
            }
            _ => None,
        })
    };
    let moving = seconds(moving);
    let parked = seconds(parked);
    if moving.is_none() && parked.is_none() {
        return None;
    }
    // An interval of 0 means: none.
    let reports = |hours: f64, interval: Option<f64>| match interval {
        Some(interval) if interval > 0.0 => hours * 3_600.0 / interval,
        _ => 0.0,
    };
    let a_day = reports(assumed.moving_hours, moving)
        + reports(24.0 - assumed.moving_hours, parked)
        + reports(24.0, seconds(heartbeat));
    Some(a_day * 30.0 * assumed.bytes_per_report / 1_000_000.0)
}

#[cfg(test)]
mod tests {
    use super::{Assumptions, data_cost, included_mb};
    use crate::setting::{SettingKey, ShownValue};
    use std::collections::BTreeMap;

    #[test]
    fn an_interval_that_is_not_known_costs_no_made_up_amount() {
        let settings = |value: ShownValue| {
            let key = |text: &str| SettingKey::new(text).unwrap();
            BTreeMap::from([
                (key("report.moving_interval_s"), value),
                (key("report.parked_interval_s"), ShownValue::Integer(3_600)),
            ])
        };
        let known = settings(ShownValue::Integer(45));
        let text = "as each of its places was before".to_owned();
        let unknown = settings(ShownValue::Text(text));
        let assumed = Assumptions::default();
        assert_eq!(data_cost(&known, &unknown, None, assumed), None);
        let cost = data_cost(&unknown, &known, None, assumed).unwrap();
        assert_eq!(cost.before_mb, None);
        assert!((cost.after_mb - 5.9).abs() < 0.1, "{cost:?}");
    }

    #[test]
    fn a_plan_says_its_amount_in_its_name_or_nothing_is_assumed() {
        for (name, amount) in [
            ("GPS 5MB", Some(5.0)),
            ("gps-5-mb", Some(5.0)),
            ("Fleet 1.5 GB pooled", Some(1_500.0)),
            ("M2M_30MB_US", Some(30.0)),
            ("MB", None),
            ("Track", None),
            ("Gmbh 7 units", None),
            ("1MB then 10MB", None),
            ("0MB", None),
        ] {
            assert_eq!(included_mb(name), amount, "{name}");
        }
    }
}
