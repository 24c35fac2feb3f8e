//! Parameters that a simulated unit shows and takes one at a time.

use super::faults::SimulatorFault as Fault;
use super::requests::Request;
use super::unit::SimulatedUnit;
use crate::profile::{Access, Place, Profile};

/// What comes of asking for one parameter.
#[derive(Debug)]
pub(super) enum Shown {
    /// Its value.
    Value(String),
    /// The unit does not have it, or hides it.
    NotThere,
    /// No answer.
    Nothing,
}

impl SimulatedUnit {
    pub(super) fn read_single(&mut self, request: &Request) -> Shown {
        let Some(parameter) = request.captures.get("parameter") else {
            return Shown::NotThere;
        };
        let place = Place::Parameter {
            parameter: parameter.clone(),
        };
        if !self.memory.ram().contains_key(&place) {
            return Shown::NotThere;
        }
        if self.speech.happens_once(Fault::EndlessLine) {
            self.endless = true;
            return Shown::Nothing;
        }
        if self.not_ready() || self.speech.happens_once(Fault::DumpShortOnce) {
            return Shown::Nothing;
        }
        Shown::Value(self.memory.shown(&place).to_owned())
    }

    /// Writes one parameter; `false` when the unit refuses it.
    pub(super) fn write_single(&mut self, profile: &Profile, request: &Request) -> bool {
        let needs_code = matches!(profile.access, Access::ServiceCode { .. });
        if needs_code && self.lock.locked {
            return false;
        }
        let Some((place, value)) = self.single_of(profile, request) else {
            return false;
        };
        if !self.takes(&place, &value) || self.memory.lacks_mask(&place, &value) {
            return false;
        }
        self.apply(profile, vec![(place, value)]);
        true
    }

    /// A number with an index and a value with a mask have commas too: which of them end the name, the unit knows by its own list.
    fn single_of(&self, profile: &Profile, request: &Request) -> Option<(Place, String)> {
        let pattern = &profile.exchange.get(&request.exchange)?.request;
        let said = pattern
            .format(|name| request.captures.get(name).map(|text| text.as_str().into()))
            .ok()?;
        self.memory.ram().keys().find_map(|place| {
            let Place::Parameter { parameter } = place else {
                return None;
            };
            let captures = pattern.given("parameter", parameter).parse(&said)?;
            let value = captures.get("value")?;
            Some((place.clone(), value.trim_matches('"').to_owned()))
        })
    }
}
