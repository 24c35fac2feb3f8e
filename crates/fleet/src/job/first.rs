//! Units that are registered before they are set: what is written into them exists only then. Register, ask the carrier for the
//! values, then plan, write and look again as for any other unit.
//!
//! The service code comes from a person, or else from the carrier with the values; it is in memory only, never in the journal.

use super::machine::Job;
use super::phase::{Next, Phase};
use super::{Effect, Now, Operation, Progress};
use crate::fault::{Cure, Fault};
use crate::journal::JobEvent;
use crate::profile::{RegistrationValue, Setting};
use crate::reading::Identity;
use crate::registration::{CarrierUnit, ValuesOutcome};
use crate::setting::Value;
use crate::template::Template;
use std::sync::Arc;

impl Job {
    /// Whether a job that begins now has to register its unit first.
    pub(super) fn wants_to_register_first(&self) -> bool {
        let given = |setting: &Setting| setting.from_registration.is_some();
        self.setup.profile.register_first
            && self.intent().is_some()
            && self.setup.profile.settings.iter().any(given)
    }

    /// Whether this job registers its unit first, and the unit is not set yet.
    pub(super) fn registers_first(&self) -> bool {
        let opened = self.history.opened.as_ref();
        opened.is_some_and(|opened| opened.registers_first) && self.history.bench.proved.is_none()
    }

    /// Whether the registration goes on, with the unit or without it.
    pub(super) fn registration_comes_next(&self) -> bool {
        self.registers_first()
            && !self.history.bench.wrote
            && self.history.registration.registered.is_none()
    }

    /// Whether the unit cannot be planned yet: its values are not known.
    pub(super) fn must_be_registered_first(&self) -> bool {
        self.registers_first() && !self.history.bench.wrote && !self.values_at_hand()
    }

    fn values_at_hand(&self) -> bool {
        self.history.registration.values.is_some() && self.bench.code.is_some()
    }

    /// Why the unit is not set, when it only waits for the carrier.
    pub(super) fn values_awaited(&self) -> Option<Fault> {
        let waits = self.registers_first() && !self.history.bench.wrote;
        waits.then_some(Fault::ValuesAwaited)
    }

    /// What the unit shall hold: the template, and what the carrier gave.
    pub(super) fn template(&self) -> Option<Arc<Template>> {
        let template = self.setup.template.clone()?;
        let opened = self.history.opened.as_ref()?;
        let Some((mdn, msid)) = self
            .history
            .registration
            .values
            .as_ref()
            .filter(|_| opened.registers_first)
        else {
            return Some(template);
        };
        let mut whole = (*template).clone();
        for setting in &self.setup.profile.settings {
            let text = match setting.from_registration {
                Some(RegistrationValue::Mdn) => mdn.as_str(),
                Some(RegistrationValue::Msid) => short_msid(msid, setting),
                None => continue,
            };
            let value = Value::Text(text.to_owned());
            whole.settings.insert(setting.key.clone(), value);
        }
        Some(Arc::new(whole))
    }

    /// The unit has said twice who it is. Nothing is paid for before it is known that the template can be put on it.
    pub(super) fn begin_registering(&mut self, identity: &Identity, template: &Template, now: Now) {
        let profile = &self.setup.profile;
        let brought = |setting: &&Setting| {
            setting.from_registration.is_some() && template.keys().any(|key| *key == setting.key)
        };
        let keys: Vec<String> = profile
            .settings
            .iter()
            .filter(brought)
            .map(|setting| setting.key.to_string())
            .collect();
        if !keys.is_empty() {
            let why =
                "the carrier gives them when the unit is registered, and this job writes them then";
            return self.not_available(keys, why.to_owned(), Cure::LeaveThemOut, identity, now);
        }
        let variant = profile.variant(&identity.variant);
        let mut missing = Vec::new();
        let mut reasons: Vec<String> = Vec::new();
        for key in template
            .keys()
            .filter(|key| !template.optional.contains(*key))
        {
            let here = variant.map(|variant| profile.setting_on(variant, key));
            if let Some(Err(why)) = here {
                missing.push(key.to_string());
                reasons.push(why.to_string());
            }
        }
        if !missing.is_empty() {
            reasons.dedup();
            let why = reasons.join("; ");
            return self.not_available(missing, why, Cure::DoWithout, identity, now);
        }
        if self.history.bench.wrote {
            // What was begun is looked at as it stands; the code does not leave a second time.
            return self.read_registered();
        }
        self.register(now);
    }

    fn not_available(
        &mut self,
        keys: Vec<String>,
        why: String,
        cure: Cure,
        identity: &Identity,
        now: Now,
    ) {
        let fault = Fault::SettingNotAvailable {
            keys,
            model: identity.model.clone(),
            why,
            cure,
        };
        self.fail(fault, now);
    }

    /// The carrier holds the registration: its row says so, and the unit's values are asked for.
    pub(super) fn registered_first(&mut self, unit: CarrierUnit, adopted: bool, now: Now) {
        let events = vec![JobEvent::Registered {
            unit: unit.clone(),
            adopted,
        }];
        let detail = unit
            .mdn
            .as_ref()
            .map_or_else(String::new, |mdn| format!("Number {mdn}"));
        self.record_registration(Some(&unit), "Registered", detail, events, now);
        self.waits.new_question(now);
        self.ask_values(now);
    }

    /// Asks for what has to be written; without the unit that waits until it is plugged in.
    pub(super) fn ask_values(&mut self, _now: Now) {
        let remote_id = self
            .history
            .registration
            .registered
            .as_ref()
            .map(|unit| unit.remote_id.clone());
        let (true, Some(remote_id)) = (self.bench.connected && self.stop.is_none(), remote_id)
        else {
            return self.leave();
        };
        self.phase = Phase::AskingValues;
        self.out.push(Effect::AskValues { remote_id });
    }

    pub(super) fn values_answered(&mut self, outcome: ValuesOutcome, now: Now) {
        if self.phase != Phase::AskingValues {
            return;
        }
        let values = match outcome {
            ValuesOutcome::Given(values) => values,
            ValuesOutcome::NotYet => return self.wait(Next::Values, None, now),
            ValuesOutcome::Failed { retry_after_s, .. } => {
                self.show(Progress::Owed);
                return self.wait(Next::Values, retry_after_s, now);
            }
        };
        let (mdn, msid) = (values.mdn.clone(), values.msid.clone());
        if self.history.registration.values.as_ref() != Some(&(mdn.clone(), msid.clone())) {
            self.note(JobEvent::ValuesGiven { mdn, msid }, now);
        }
        self.bench.code = Some(values.lock_code.clone());
        self.run(Operation::Identify, Phase::IdentifyingRegistered);
    }

    /// It is still the unit that was registered.
    pub(super) fn identified_registered(&mut self, identity: &Identity, now: Now) {
        if self.same_unit(identity, now) {
            self.learn_code_and_read();
        }
    }

    pub(super) fn learn_code_and_read(&mut self) {
        match self.bench.code.clone().filter(|code| !code.is_empty()) {
            Some(code) if !self.history.bench.wrote => {
                self.run(Operation::LearnCode(code), Phase::LearningCode);
            }
            _ => self.read_registered(),
        }
    }

    pub(super) fn read_registered(&mut self) {
        self.show(Progress::Reading);
        self.run(Operation::ReadAll, Phase::Reading { again: false });
    }
}

/// Carriers give the station id as 15 digits, with country and network in front; a unit that takes ten takes the last ones.
fn short_msid<'a>(msid: &'a str, setting: &Setting) -> &'a str {
    let digits = msid.bytes().all(|byte| byte.is_ascii_digit());
    let most = setting.max_length.unwrap_or(msid.len());
    let from = msid.len().saturating_sub(most);
    msid.get(from..)
        .filter(|_| digits && msid.len() == 15)
        .unwrap_or(msid)
}
