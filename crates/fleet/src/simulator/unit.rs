//! The simulated unit itself: what it is made of, its door to the outside, and the agenda of what it does at which moment.

use super::faults::SimulatorFault as Fault;
use super::identity::SimulatedIdentity;
use super::lock::Lock;
use super::memory::Memory;
use super::pacing::{Chunk, Pacing};
use super::random::Random;
use super::replies::{Voice, Words};
use super::requests::{Hearing, RequestBook};
use super::speech::Speech;
use crate::profile::{Access, Captures, Place, Profile, SimulatedModel};
use crate::{Moment, Secret};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What the unit's own buffer holds at most; more is lost, as on a real unit.
pub(super) const BUFFER_BYTES: usize = 1 << 20;
/// Events that nobody fetched; older ones are forgotten.
const EVENTS: usize = 1024;
/// Which unit to simulate.
#[derive(Debug, Clone, Default)]
pub struct SimulatedUnitOptions {
    /// Id of the variant; none: the profile's simulated models take turns by `number`.
    pub model: Option<String>,
    /// Same seed, same unit, same behaviour.
    pub seed: u64,
    /// Tells the units of one seed apart.
    pub number: u32,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// Its password or keyword, instead of the profile's.
    pub password: Option<Secret>,
}

/// What happens to a simulated unit, for whoever carries its bytes or watches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SimulatorEvent {
    /// Its port is gone: cable out, or the unit restarts.
    PortVanished,
    /// Its port is there again; the shell may give it another name.
    PortBack,
    /// It started again and lost what was not saved.
    Restarted,
    /// It accepted a write; these places changed.
    Wrote {
        /// Places whose RAM was to change.
        places: Vec<Place>,
    },
    /// It was asked to save.
    Saved,
}

/// What is done at a moment.
#[derive(Debug, Clone)]
pub(super) enum Action {
    Say {
        chunks: Vec<Chunk>,
        asked_at: Moment,
    },
    Report,
    PowerOff,
    PowerOn,
    PlugIn,
}

/// A unit made from a profile. Bytes and moments go in, bytes and events come out.
#[derive(Debug, Clone)]
pub struct SimulatedUnit {
    pub(super) profile: Arc<Profile>,
    pub(super) memory: Memory,
    pub(super) voice: Voice,
    pub(super) speech: Speech,
    pub(super) lock: Lock,
    pub(super) random: Random,
    /// How often a reading was answered with 'not ready'.
    pub(super) reads_refused: u32,
    /// A line without an end is being sent.
    pub(super) endless: bool,
    pub(super) model: SimulatedModel,
    pub(super) variant_model: String,
    pub(super) identity: SimulatedIdentity,
    pub(super) seed: u64,
    pub(super) number: u32,
    pub(super) book: RequestBook,
    pub(super) hearing: Hearing,
    pub(super) line: Pacing,
    pub(super) agenda: BTreeMap<(Moment, u64), Action>,
    pub(super) agenda_number: u64,
    pub(super) events: VecDeque<SimulatorEvent>,
    pub(super) powered: bool,
    pub(super) cable: bool,
    pub(super) port_was_there: bool,
    pub(super) starting_until: Moment,
    pub(super) last_reply_at: Moment,
    pub(super) kept_wrong_once: bool,
    pub(super) accounted_until: Moment,
    pub(super) accounted_ms: u64,
}

impl SimulatedUnit {
    /// A unit, powered and plugged in.
    ///
    /// # Errors
    /// In plain words, when the profile simulates no such model or its simulated model does not fit its variant.
    pub fn new(
        profile: Arc<Profile>,
        options: SimulatedUnitOptions,
        now: Moment,
    ) -> Result<Self, String> {
        let mut random = Random::new(options.seed, options.number);
        let mut model = chosen_model(&profile, options.model.as_deref(), options.number)?.clone();
        if options.faults.contains(&Fault::MissingSim) {
            model.iccid_prefix = None;
        }
        let variant = profile
            .variant(&model.variant)
            .ok_or_else(|| format!("'{}' has no variant '{}'", profile.id, model.variant))?;
        let identity = SimulatedIdentity::new(&profile.id, &model, options.seed, options.number)?;
        let mut memory = Memory::new(&profile, variant, &model, &mut random)?;
        if options.faults.contains(&Fault::OperatorsDisagree) {
            memory.disagree();
        }
        if options.faults.contains(&Fault::OtherFirmware) {
            memory.other_firmware();
        }
        let voice = Voice::new(&model.facts, &identity, &mut random);
        let speech = Speech::new(&profile.line.framing, &options.faults, &mut random);
        let mut password = match (&options.password, &profile.access) {
            (Some(password), _) => password.reveal().to_owned(),
            (None, Access::PasswordInRequest { factory }) => model
                .password
                .clone()
                .or_else(|| factory.first().cloned())
                .unwrap_or_default(),
            (None, _) => model.password.clone().unwrap_or_default(),
        };
        if options.faults.contains(&Fault::WrongPassword) {
            password = format!("other{}", random.between((100, 999)));
        }
        let variant_model = variant.model_name(&model.facts);
        let mut unit = Self {
            memory,
            voice,
            speech,
            lock: Lock::new(&profile, Secret::new(password)),
            random,
            reads_refused: 0,
            endless: false,
            variant_model,
            model,
            identity,
            seed: options.seed,
            number: options.number,
            book: RequestBook::new(&profile),
            hearing: Hearing::new(&profile),
            line: Pacing::new(profile.simulator.bytes_per_s, BUFFER_BYTES),
            agenda: BTreeMap::new(),
            agenda_number: 0,
            events: VecDeque::new(),
            powered: true,
            cable: true,
            port_was_there: true,
            starting_until: Moment(0),
            last_reply_at: now,
            kept_wrong_once: false,
            accounted_until: now,
            accounted_ms: 0,
            profile,
        };
        unit.plan_report(now);
        Ok(unit)
    }

    /// Takes bytes that the host wrote.
    pub fn receive(&mut self, bytes: &[u8], now: Moment) {
        self.timeout(now);
        let heard_at = now.plus_ms(self.line.span_ms(bytes.len()));
        for byte in bytes {
            if !self.port_is_there() || !self.powered {
                return;
            }
            if let Some(text) = self.hearing.hear(*byte) {
                self.request(&text, now, heard_at);
            }
        }
    }

    /// Does what is due.
    pub fn timeout(&mut self, now: Moment) {
        while let Some(entry) = self.agenda.first_entry() {
            let (at, _) = *entry.key();
            if at > now {
                break;
            }
            let action = entry.remove();
            self.act(action, at);
        }
        if self.endless && self.line.held() < 512 {
            self.line.push(now, Chunk::new(vec![b'#'; 512]));
        }
    }

    /// When something is due, or the line has carried more.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Moment> {
        let due = self.agenda.first_key_value().map(|((at, _), _)| *at);
        [due, self.line.next_deadline()].into_iter().flatten().min()
    }

    /// What the line has carried by now; call it until there is nothing.
    pub fn take_outgoing(&mut self, now: Moment) -> Option<Vec<u8>> {
        self.timeout(now);
        let most = if self.speech.has(Fault::SplitBytes) {
            1
        } else {
            4096
        };
        self.line.take(now, most)
    }

    /// What happened, oldest first.
    pub fn next_event(&mut self) -> Option<SimulatorEvent> {
        self.events.pop_front()
    }

    /// Who it is now.
    #[must_use]
    pub fn identity(&self) -> &SimulatedIdentity {
        &self.identity
    }

    /// Its IMEI, if it has one.
    #[must_use]
    pub fn imei(&self) -> Option<&str> {
        self.identity.imei.as_deref()
    }

    /// Its MEID, if it has one.
    #[must_use]
    pub fn meid(&self) -> Option<&str> {
        self.identity.meid.as_deref()
    }

    /// Its SIM, if it has one.
    #[must_use]
    pub fn iccid(&self) -> Option<&str> {
        self.identity.iccid.as_deref()
    }

    /// Its model, for people.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.variant_model
    }

    /// Id of the variant it must be recognised as.
    #[must_use]
    pub fn variant(&self) -> &str {
        &self.model.variant
    }

    /// The facts it tells about itself.
    #[must_use]
    pub fn facts(&self) -> &BTreeMap<String, String> {
        &self.voice.facts
    }

    /// Its password or keyword; empty when it has none.
    #[must_use]
    pub fn password(&self) -> Secret {
        self.lock.password.clone()
    }

    /// Wire texts that survive a restart.
    #[must_use]
    pub fn flash(&self) -> &BTreeMap<Place, String> {
        self.memory.flash()
    }

    /// Wire texts that hold now.
    #[must_use]
    pub fn ram(&self) -> &BTreeMap<Place, String> {
        self.memory.ram()
    }

    /// Places that were written since it was made.
    #[must_use]
    pub fn written(&self) -> &std::collections::BTreeSet<Place> {
        self.memory.written()
    }

    /// Somebody edits a stored value with another program.
    pub fn set_flash(&mut self, place: &Place, text: &str) {
        self.memory.set(place, text);
    }

    /// Time that the unit itself took up to now, milliseconds: carrying bytes, thinking before replies, restarting. What else
    /// passed between first and last byte is the program's own.
    #[must_use]
    pub fn wire_and_reply_ms(&self) -> u64 {
        self.accounted_ms
    }

    pub(super) fn tell(&mut self, event: SimulatorEvent) {
        if self.events.len() >= EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    pub(super) fn plan(&mut self, at: Moment, action: Action) {
        self.agenda_number += 1;
        self.agenda.insert((at, self.agenda_number), action);
    }

    pub(super) fn plan_report(&mut self, now: Moment) {
        let every_ms = self.profile.simulator.unsolicited_every_ms;
        if every_ms.1 > 0 && !self.profile.simulator.unsolicited.is_empty() {
            let at = now.plus_ms(self.random.between(every_ms).max(1));
            self.plan(at, Action::Report);
        }
    }

    pub(super) fn act(&mut self, action: Action, at: Moment) {
        match action {
            Action::Say { chunks, asked_at } => {
                for chunk in chunks {
                    self.line.push(at, chunk);
                }
                self.account(asked_at, self.line.free_at());
            }
            Action::Report => {
                self.plan_report(at);
                let strange = [Fault::Silent, Fault::ModemPort, Fault::BinaryMode]
                    .iter()
                    .any(|fault| self.speech.has(*fault));
                if self.powered
                    && self.port_is_there()
                    && !strange
                    && !self.endless
                    && self.line.held() < BUFFER_BYTES / 2
                {
                    let bytes = self.report(at).map(|text| self.speech.framed(&text));
                    let bytes = self.speech.at_line_speed(bytes.unwrap_or_default());
                    self.line.push_between(at, Chunk::new(bytes));
                }
            }
            Action::PowerOff => self.power_off(at),
            Action::PowerOn => self.power_on(at),
            Action::PlugIn => self.plug(at),
        }
    }

    /// A line that the unit sends unasked.
    pub(super) fn report(&mut self, now: Moment) -> Option<String> {
        let profile = Arc::clone(&self.profile);
        let pattern = self.random.pick(&profile.simulator.unsolicited)?;
        Some(
            self.voice
                .say_anyway(pattern, &Captures::new(), &Words::new(), now),
        )
    }

    pub(super) fn account(&mut self, from: Moment, until: Moment) {
        self.accounted_ms += until.since_ms(from.max(self.accounted_until));
        self.accounted_until = self.accounted_until.max(until);
    }

    pub(super) fn bytes_owed(&self) -> usize {
        let planned = self.agenda.values().map(|action| match action {
            Action::Say { chunks, .. } => chunks.iter().map(|chunk| chunk.bytes.len()).sum(),
            _ => 0,
        });
        planned.sum::<usize>() + self.line.held()
    }
}

fn chosen_model<'a>(
    profile: &'a Profile,
    variant: Option<&str>,
    number: u32,
) -> Result<&'a SimulatedModel, String> {
    let models = &profile.simulator.units;
    match variant {
        Some(variant) => models
            .iter()
            .find(|model| model.variant == variant)
            .ok_or_else(|| {
                let known: Vec<&str> = models.iter().map(|model| model.variant.as_str()).collect();
                format!(
                    "'{}' simulates no model '{variant}'; it has: {}",
                    profile.id,
                    known.join(", ")
                )
            }),
        None => {
            let usual: Vec<&SimulatedModel> =
                models.iter().filter(|model| !model.only_if_named).collect();
            usize::try_from(number)
                .ok()
                .and_then(|number| usual.get(number.checked_rem(usual.len())?).copied())
                .ok_or_else(|| format!("'{}' simulates no model", profile.id))
        }
    }
}
