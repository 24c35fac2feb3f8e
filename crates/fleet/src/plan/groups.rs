//! Cuts the writes of a plan into groups, each with its own intent in the journal.

use super::{PlaceWrite, Plan};
use crate::profile::Place;
use std::collections::BTreeSet;

/// Most places in one group.
pub const MOST_PLACES: usize = 16;

impl Plan {
    /// The writes in their order, in groups of at most [`MOST_PLACES`] places.
    #[must_use]
    pub fn groups(&self) -> Vec<Vec<PlaceWrite>> {
        grouped(self.changes.iter().flat_map(|change| &change.writes))
    }
}

/// Cuts `writes` into groups of at most [`MOST_PLACES`]. Fields of one positional command stay together, even when they are more:
/// the command is written whole, and half of it in another group would be written twice.
pub fn grouped<'a>(writes: impl IntoIterator<Item = &'a PlaceWrite>) -> Vec<Vec<PlaceWrite>> {
    let mut seen = BTreeSet::new();
    let mut bundles: Vec<(Option<&str>, Vec<PlaceWrite>)> = Vec::new();
    for write in writes {
        if !seen.insert(&write.place) {
            continue;
        }
        let command = match &write.place {
            Place::Field { command, .. } => Some(command.as_str()),
            Place::Parameter { .. } => None,
        };
        let same = |bundle: &&mut (Option<&str>, Vec<PlaceWrite>)| {
            command.is_some() && bundle.0 == command
        };
        match bundles.iter_mut().find(same) {
            Some((_, bundle)) => bundle.push(write.clone()),
            None => bundles.push((command, vec![write.clone()])),
        }
    }
    let mut groups: Vec<Vec<PlaceWrite>> = Vec::new();
    for (_, bundle) in bundles {
        match groups.last_mut() {
            Some(group) if group.len() + bundle.len() <= MOST_PLACES => group.extend(bundle),
            _ => groups.push(bundle),
        }
    }
    groups
}
