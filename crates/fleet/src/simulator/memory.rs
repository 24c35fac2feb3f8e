//! What a simulated unit holds: RAM and flash apart, by place. Writes go to RAM; only saving reaches flash; a restart forgets the RAM.

use super::limits::{Limit, limits, other_text};
use super::random::Random;
use crate::profile::{Place, Profile, SimulatedModel, Variant};
use std::collections::{BTreeMap, BTreeSet};

/// RAM, flash and what the unit knows about its places.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    ram: BTreeMap<Place, String>,
    flash: BTreeMap<Place, String>,
    /// Places of each positional command, in order.
    layouts: BTreeMap<String, Vec<Place>>,
    /// Numbered parameters in the order of their numbers.
    numbered: Vec<Place>,
    limits: BTreeMap<Place, Vec<Limit>>,
    /// Places of each setting, in the profile's order.
    settings: Vec<Vec<Place>>,
    /// Places that were written since the unit was made.
    written: BTreeSet<Place>,
    /// Places whose RAM was written and not saved.
    unsaved: BTreeSet<Place>,
}

impl Memory {
    /// A unit as it comes out of its box.
    pub(super) fn new(
        profile: &Profile,
        variant: &Variant,
        model: &SimulatedModel,
        random: &mut Random,
    ) -> Result<Self, String> {
        let (limits, settings) = limits(profile, variant);
        let mut flash = BTreeMap::new();
        let mut layouts = BTreeMap::new();
        for (command, names) in &variant.fields {
            let places: Vec<Place> = names
                .iter()
                .enumerate()
                .map(|(index, name)| field_place(command, name, index))
                .collect();
            flash.extend(places.iter().map(|place| (place.clone(), String::new())));
            layouts.insert(command.clone(), places);
        }
        for (place, known) in &limits {
            if let Place::Field { .. } = place
                && !flash.contains_key(place)
            {
                return Err(format!("variant '{}' has no field {place}", variant.id));
            }
            flash.insert(
                place.clone(),
                known.first().map(Limit::first_text).unwrap_or_default(),
            );
        }
        for need in profile
            .settings_on(variant)
            .flat_map(|setting| setting.needs)
        {
            if matches!(need.place, Place::Parameter { .. }) || flash.contains_key(&need.place) {
                flash.insert(need.place, need.any.first().cloned().unwrap_or_default());
            }
        }
        add_fillers(
            &mut flash,
            profile.simulator.filler_from,
            profile.simulator.filler_parameters,
            random,
        );
        for (place, text) in &model.initial {
            let place = place_named(place);
            if matches!(place, Place::Field { .. }) && !flash.contains_key(&place) {
                return Err(format!("variant '{}' has no field {place}", variant.id));
            }
            flash.insert(place, text.clone());
        }
        let mut numbered: Vec<(u64, Place)> = flash
            .keys()
            .filter_map(|place| match place {
                Place::Parameter { parameter } => {
                    Some((parameter.parse().unwrap_or(u64::MAX), place.clone()))
                }
                Place::Field { .. } => None,
            })
            .collect();
        numbered.sort();
        let numbered = numbered.into_iter().map(|(_, place)| place).collect();
        let nothing = BTreeSet::new();
        Ok(Self {
            ram: flash.clone(),
            flash,
            layouts,
            numbered,
            limits,
            settings,
            written: nothing.clone(),
            unsaved: nothing,
        })
    }

    pub(super) fn ram(&self) -> &BTreeMap<Place, String> {
        &self.ram
    }

    pub(super) fn flash(&self) -> &BTreeMap<Place, String> {
        &self.flash
    }

    /// Places that were written since the unit was made.
    pub(super) fn written(&self) -> &BTreeSet<Place> {
        &self.written
    }

    /// The positional commands that this variant has.
    pub(super) fn commands(&self) -> impl Iterator<Item = &str> {
        self.layouts.keys().map(String::as_str)
    }

    /// The places of a positional command, if this variant has it.
    pub(super) fn layout(&self, command: &str) -> Option<&[Place]> {
        self.layouts.get(command).map(Vec::as_slice)
    }

    /// The first place of the first setting: what faults of a single value fall on when nothing was written.
    pub(super) fn first_setting_place(&self) -> Option<&Place> {
        self.settings
            .iter()
            .flatten()
            .find(|place| self.shows(place))
    }

    /// The texts of numbered parameters that the unit shows, in order.
    pub(super) fn shown_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.numbered.iter().filter_map(|place| match place {
            Place::Parameter { parameter } if self.shows(place) => {
                Some((parameter.as_str(), self.ram.get(place)?.as_str()))
            }
            _ => None,
        })
    }

    /// What stands at a place, for an answer that shows it.
    pub(super) fn shown_anyway(&self, place: &Place) -> &str {
        self.ram.get(place).map_or("", String::as_str)
    }

    /// What the unit shows at a place: nothing where it hides the value.
    pub(super) fn shown(&self, place: &Place) -> &str {
        if self.shows(place) {
            self.ram.get(place).map_or("", String::as_str)
        } else {
            ""
        }
    }

    fn shows(&self, place: &Place) -> bool {
        self.limits
            .get(place)
            .is_none_or(|limits| limits.iter().any(|limit| limit.readable))
    }

    fn volatile(&self, place: &Place) -> bool {
        self.limits
            .get(place)
            .is_some_and(|limits| limits.iter().any(|limit| limit.volatile))
    }

    /// Whether the unit takes this text at this place. What already stands there is always taken.
    pub(super) fn takes(&self, place: &Place, text: &str) -> bool {
        let Some(held) = self.ram.get(place) else {
            return false;
        };
        held == text
            || self
                .limits
                .get(place)
                .is_none_or(|limits| limits.iter().any(|limit| limit.takes(text)))
    }

    /// A number that is to replace another becomes a smaller one, or a greater one where the limits leave no smaller.
    pub(super) fn clamped(&self, place: &Place, text: String) -> String {
        let is_number = self
            .limits
            .get(place)
            .is_some_and(|limits| limits.iter().any(Limit::is_number));
        let replaces = self.ram.get(place).is_some_and(|held| *held != text);
        match text.parse::<i64>() {
            Ok(number) if is_number && replaces => {
                let smaller = number.saturating_sub(number / 10 + 1).to_string();
                if self.takes(place, &smaller) {
                    smaller
                } else {
                    number.saturating_add(1).to_string()
                }
            }
            _ => text,
        }
    }

    /// Whether a number with a mask lacks it: no unit knows which bits are meant then.
    pub(super) fn lacks_mask(&self, place: &Place, text: &str) -> bool {
        let mut limits = self.limits.get(place).into_iter().flatten();
        limits.any(|limit| limit.mask.is_some()) && !text.contains(',')
    }

    /// The text that stands at a place after a write: with a mask only some bits of the number change.
    pub(super) fn merged(&self, place: &Place, text: String) -> String {
        let masked = self
            .limits
            .get(place)
            .is_some_and(|limits| limits.iter().any(|limit| limit.mask.is_some()));
        let Some((value, mask)) = text.split_once(',').filter(|_| masked) else {
            return text;
        };
        match (value.trim().parse::<u32>(), mask.trim().parse::<u32>()) {
            (Ok(value), Ok(mask)) => {
                let held = self
                    .ram
                    .get(place)
                    .and_then(|held| held.parse::<u32>().ok());
                ((held.unwrap_or(0) & !mask) | (value & mask)).to_string()
            }
            _ => text,
        }
    }

    /// Writes RAM. A place that the unit does not have stays absent.
    pub(super) fn write(&mut self, place: &Place, text: &str) {
        if let Some(held) = self.ram.get_mut(place) {
            if held != text {
                self.written.insert(place.clone());
                text.clone_into(held);
            }
            self.unsaved.insert(place.clone());
        }
    }

    /// Copies RAM to flash.
    pub(super) fn save(&mut self) {
        self.unsaved.clear();
        self.flash.clone_from(&self.ram);
    }

    /// Copies every second value written since the last save, beginning with the second; all others are lost.
    pub(super) fn save_half(&mut self) {
        let unsaved = std::mem::take(&mut self.unsaved)
            .into_iter()
            .filter(|place| self.ram.get(place) != self.flash.get(place));
        let kept: Vec<Place> = unsaved.skip(1).step_by(2).collect();
        for place in kept {
            if let Some(text) = self.ram.get(&place) {
                self.flash.insert(place, text.clone());
            }
        }
    }

    /// Forgets the RAM.
    pub(super) fn restart(&mut self) {
        self.unsaved.clear();
        self.ram.clone_from(&self.flash);
    }

    /// A person or a flash cell changes a stored value.
    pub(super) fn set(&mut self, place: &Place, text: &str) {
        self.flash.insert(place.clone(), text.to_owned());
        self.ram.insert(place.clone(), text.to_owned());
    }

    /// Another text that could stand at this place.
    pub(super) fn other(&self, place: &Place) -> String {
        let held = self.flash.get(place).map_or("", String::as_str);
        self.limits
            .get(place)
            .and_then(|limits| limits.first())
            .map_or_else(|| other_text(held), |limit| limit.other_text(held))
    }

    /// A written place whose value is shown again and proves something.
    pub(super) fn written_place(&self) -> Option<Place> {
        self.settings
            .iter()
            .flatten()
            .find(|place| {
                self.written.contains(*place) && self.shows(place) && !self.volatile(place)
            })
            .cloned()
    }

    /// A place that nobody wrote, preferably one that has a value and a setting: a change elsewhere may be a counter's.
    pub(super) fn unwritten_place(&self) -> Option<Place> {
        let free = |place: &&Place| {
            let nameless = matches!(place, Place::Field { field, .. } if field.starts_with('_'));
            !nameless
                && !self.written.contains(*place)
                && self.shows(place)
                && !self.volatile(place)
        };
        let with_value =
            |place: &&Place| self.flash.get(*place).is_some_and(|text| !text.is_empty());
        let has_setting = |place: &&Place| self.limits.contains_key(*place);
        let places = || self.flash.keys().filter(free);
        places()
            .filter(has_setting)
            .find(with_value)
            .or_else(|| places().find(with_value))
            .or_else(|| places().next())
            .cloned()
    }

    /// Gives the last place of every setting that stands in several places another text than the first.
    pub(super) fn disagree(&mut self) {
        for places in self.settings.clone() {
            if let [_, .., last] = places.as_slice() {
                let text = self.other(last);
                self.set(last, &text);
            }
        }
    }
}

impl Memory {
    /// Other firmware than the profile's: each command has one field more, and one parameter is not there.
    pub(super) fn other_firmware(&mut self) {
        for (command, places) in &mut self.layouts {
            let place = field_place(command, "_", places.len());
            self.flash.insert(place.clone(), String::new());
            self.ram.insert(place.clone(), String::new());
            places.push(place);
        }
        let missing = self.settings.iter().flatten();
        let mut missing = missing.filter(|place| matches!(place, Place::Parameter { .. }));
        if let Some(place) = missing.next().cloned() {
            self.flash.remove(&place);
            self.ram.remove(&place);
            self.numbered.retain(|each| *each != place);
        }
    }
}

/// The place that a name in `simulator.unit.initial` means: `2001`, or `SRI.main_host`.
pub(super) fn place_named(name: &str) -> Place {
    Place::named(name)
}

/// Fields without a meaning are told apart by their position.
fn field_place(command: &str, name: &str, index: usize) -> Place {
    let field = if name == "_" {
        format!("_{}", index + 1)
    } else {
        name.to_owned()
    };
    Place::Field {
        command: command.to_owned(),
        field,
    }
}

fn add_fillers(flash: &mut BTreeMap<Place, String>, from: u32, count: u32, random: &mut Random) {
    let mut left = count;
    for number in from.. {
        if left == 0 {
            break;
        }
        let place = Place::Parameter {
            parameter: number.to_string(),
        };
        if let std::collections::btree_map::Entry::Vacant(free) = flash.entry(place) {
            free.insert(random.between((0, 9999)).to_string());
            left -= 1;
        }
    }
}
