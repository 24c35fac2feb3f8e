//! A rehearsal for a screen: everything that is said of it is worked out once, so that drawing asks no unit that is not seen.

use super::Rehearsal;
use fleet::plan::ShownChange;
use fleet::push::{PushUnit, Standing, Way};

/// A rehearsal with its figures.
#[derive(Debug, Clone)]
pub struct RehearsalView {
    /// What was rehearsed.
    pub rehearsal: Rehearsal,
    /// How many units change.
    pub changing: usize,
    /// How many hold every value already.
    pub already_right: usize,
    /// How many are left out.
    pub cannot: usize,
    /// How many change a guarded setting.
    pub guarded: usize,
    /// Labels of the guarded settings that change.
    pub guarded_labels: Vec<String>,
    /// How many are reached on a cable.
    pub by_cable: usize,
    /// How many are reached by text message.
    pub by_sms: usize,
    /// Each change with the number of units that have it, most units first.
    pub changes: Vec<(ShownChange, usize)>,
    /// Places of the units as they are listed: those that cannot first.
    order: Vec<usize>,
}

impl RehearsalView {
    /// Works the figures out; as slow as there are many units.
    #[must_use]
    pub fn of(rehearsal: Rehearsal) -> Self {
        let places = |cannot: bool| {
            let all = rehearsal.units.iter().enumerate();
            all.filter(move |(_, unit)| (unit.standing == Standing::Cannot) == cannot)
                .map(|(place, _)| place)
        };
        Self {
            changing: rehearsal.changing(),
            already_right: rehearsal.already_right(),
            cannot: rehearsal.cannot(),
            guarded: rehearsal.guarded(),
            guarded_labels: rehearsal.guarded_labels(),
            by_cable: rehearsal.by_way(Way::Cable),
            by_sms: rehearsal.by_way(Way::Sms),
            changes: rehearsal.changes(),
            order: places(true).chain(places(false)).collect(),
            rehearsal,
        }
    }

    /// How many units there are.
    #[must_use]
    pub fn units(&self) -> usize {
        self.order.len()
    }

    /// The unit in that row of the list.
    #[must_use]
    pub fn row(&self, row: usize) -> Option<&PushUnit> {
        self.rehearsal.units.get(*self.order.get(row)?)
    }

    /// Whether what was typed is the name and how many units change.
    #[must_use]
    pub fn is_agreed(&self, name: &str, count: &str) -> bool {
        self.rehearsal.is_name(name) && count.trim() == self.changing.to_string()
    }
}
