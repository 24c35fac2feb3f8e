//! The simulated unit itself: power, port, requests and the agenda of what it does by itself.

use super::answers::Lock;
use super::faults::SimulatorFault as Fault;
use super::identity::SimulatedIdentity;
use super::memory::Memory;
use super::pacing::{Chunk, Pacing};
use super::random::Random;
use super::replies::{Said, Voice, Words};
use super::requests::{Hearing, Request, RequestBook};
use super::speech::{Delivery, Speech};
use crate::profile::{Access, Captures, Pattern, Place, Profile, SignMeaning, SimulatedModel};
use crate::{Moment, Secret};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What the unit's own buffer holds at most; more is lost, as on a real unit.
const BUFFER_BYTES: usize = 1 << 20;
/// Events that nobody fetched; older ones are forgotten.
const EVENTS: usize = 1024;
/// How long a pulled cable stays out, milliseconds.
const CABLE_OUT_MS: u64 = 1500;
/// From the last byte of the answer to a restart request until the unit is gone, milliseconds.
const RESTART_AFTER_MS: u64 = 20;
/// How long a unit in a restart loop stays, milliseconds.
const LOOP_STAYS_MS: (u64, u64) = (400, 900);

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

#[derive(Debug, Clone)]
enum Action {
    Say { chunks: Vec<Chunk>, asked_at: Moment },
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
    model: SimulatedModel,
    variant_model: String,
    identity: SimulatedIdentity,
    seed: u64,
    number: u32,
    book: RequestBook,
    hearing: Hearing,
    line: Pacing,
    agenda: BTreeMap<(Moment, u64), Action>,
    agenda_number: u64,
    events: VecDeque<SimulatorEvent>,
    powered: bool,
    cable: bool,
    port_was_there: bool,
    starting_until: Moment,
    last_reply_at: Moment,
    kept_wrong_once: bool,
    accounted_until: Moment,
    accounted_ms: u64,
}

impl SimulatedUnit {
    /// A unit, powered and plugged in.
    ///
    /// # Errors
    /// In plain words, when the profile simulates no such model or its simulated model does not fit its variant.
    pub fn new(profile: Arc<Profile>, options: SimulatedUnitOptions, now: Moment) -> Result<Self, String> {
        let mut random = Random::new(options.seed, options.number);
        let mut model = chosen_model(&profile, options.model.as_deref(), options.number)?.clone();
        if options.faults.contains(&Fault::MissingSim) {
            model.iccid_prefix = None;
        }
        let variant = profile.variants.iter().find(|variant| variant.id == model.variant);
        let variant = variant.ok_or_else(|| format!("'{}' has no variant '{}'", profile.id, model.variant))?;
        let identity = SimulatedIdentity::new(&profile.id, &model, options.seed, options.number)?;
        let mut memory = Memory::new(&profile, variant, &model, &mut random)?;
        if options.faults.contains(&Fault::OperatorsDisagree) {
            memory.disagree();
        }
        let voice = Voice::new(&model.facts, &identity, &mut random);
        let speech = Speech::new(&profile.line.framing, &options.faults, &mut random);
        let mut password = match (&options.password, &profile.access) {
            (Some(password), _) => password.reveal().to_owned(),
            (None, Access::PasswordInRequest { factory }) => model.password.clone().or_else(|| factory.first().cloned()).unwrap_or_default(),
            (None, _) => model.password.clone().unwrap_or_default(),
        };
        if options.faults.contains(&Fault::WrongPassword) {
            password = format!("other{}", random.between((100, 999)));
        }
        let variant_model = Pattern::new(&variant.model)
            .format(|name| Some(model.facts.get(name).cloned().unwrap_or_default().into()))
            .unwrap_or_else(|_| variant.model.clone());
        let mut unit = Self {
            memory,
            voice,
            speech,
            lock: Lock::new(&profile, password),
            random,
            reads_refused: 0,
            endless: false,
            variant_model,
            model,
            identity,
            seed: options.seed,
            number: options.number,
            book: RequestBook::new(&profile),
            hearing: Hearing::new(&profile.line.framing),
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
        let most = if self.speech.has(Fault::SplitBytes) { 1 } else { 4096 };
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
        Secret::new(self.lock.password.clone())
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

    /// Power is cut and comes back at once: a restart that nobody asked for.
    pub fn cut_power(&mut self, now: Moment) {
        self.timeout(now);
        self.power_off(now);
    }

    /// The cable comes out. The unit itself stays powered.
    pub fn unplug(&mut self, now: Moment) {
        self.timeout(now);
        self.cable = false;
        self.line.clear();
        self.agenda.retain(|_, action| !matches!(action, Action::Say { .. }));
        self.show_port();
    }

    /// The cable is put back.
    pub fn plug(&mut self, now: Moment) {
        self.timeout(now);
        self.cable = true;
        self.last_reply_at = now;
        self.show_port();
    }

    /// Whether its port is there.
    #[must_use]
    pub fn port_is_there(&self) -> bool {
        self.cable && (self.powered || !self.profile.restart.as_ref().is_some_and(|restart| restart.port_vanishes))
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

    fn request(&mut self, text: &str, now: Moment, heard_at: Moment) {
        if self.speech.has(Fault::Silent) || self.endless || self.bytes_owed() > BUFFER_BYTES {
            return;
        }
        if self.speech.has(Fault::ModemPort) || self.speech.has(Fault::BinaryMode) {
            let bytes = if self.speech.has(Fault::ModemPort) { self.modem_word() } else { self.binary_word() };
            let at = heard_at.plus_ms(self.random.between(self.profile.simulator.reply_ms));
            self.plan(at, Action::Say { chunks: vec![Chunk::new(bytes)], asked_at: now });
            return;
        }
        if self.speech.has(Fault::Echo) {
            let echo = self.speech.framed(text);
            self.line.push(heard_at, Chunk::new(echo));
        }
        if heard_at < self.starting_until {
            if let Some(text) = self.starting_word(now) {
                let after_ms = self.random.between(self.profile.simulator.reply_ms);
                self.say(&[Said { text, after_ms, limit_ms: None }], now, heard_at);
            }
            return;
        }
        if let Some(request) = self.book.understand(text) {
            self.understood(&request, text, now, heard_at);
        }
    }

    fn understood(&mut self, request: &Request, text: &str, now: Moment, heard_at: Moment) {
        if request.meaning.writes() && self.speech.happens_once(Fault::CablePulledOnce) {
            let carried = 1 + self.random.below(text.len().saturating_sub(1));
            self.hearing.keep(text.as_bytes().get(..carried).unwrap_or_default());
            self.unplug(now);
            self.plan(now.plus_ms(CABLE_OUT_MS), Action::PlugIn);
            return;
        }
        let mut answer = self.answer(request, heard_at);
        if request.meaning.writes() && !answer.said.is_empty() {
            if self.speech.happens_once(Fault::AckLostApplied) {
                answer.said.clear();
            } else if self.speech.happens_once(Fault::LateAckOnce)
                && let Some(first) = answer.said.first_mut()
            {
                first.after_ms = first.limit_ms.unwrap_or(0) + 150;
                for delivery in self.speech.deliver(&answer.said, heard_at, heard_at, None, &mut self.random) {
                    self.plan_delivery(delivery, now);
                }
                return;
            }
        }
        self.say(&answer.said, now, heard_at);
        if answer.restart {
            let bytes = answer.said.iter().map(|said| said.text.len() + 2).sum();
            let at = self.last_reply_at.max(heard_at).plus_ms(self.line.span_ms(bytes) + RESTART_AFTER_MS);
            self.plan(at, Action::PowerOff);
        }
    }

    fn say(&mut self, said: &[Said], asked_at: Moment, heard_at: Moment) {
        let report = self.report(heard_at).map(|text| self.speech.framed(&text));
        let deliveries = self.speech.deliver(said, heard_at, self.last_reply_at, report.as_deref(), &mut self.random);
        for delivery in deliveries {
            self.last_reply_at = delivery.at;
            self.plan_delivery(delivery, asked_at);
        }
    }

    fn plan_delivery(&mut self, delivery: Delivery, asked_at: Moment) {
        self.plan(delivery.at, Action::Say { chunks: delivery.chunks, asked_at });
    }

    fn plan(&mut self, at: Moment, action: Action) {
        self.agenda_number += 1;
        self.agenda.insert((at, self.agenda_number), action);
    }

    fn plan_report(&mut self, now: Moment) {
        let every_ms = self.profile.simulator.unsolicited_every_ms;
        if every_ms.1 > 0 && !self.profile.simulator.unsolicited.is_empty() {
            let at = now.plus_ms(self.random.between(every_ms).max(1));
            self.plan(at, Action::Report);
        }
    }

    fn act(&mut self, action: Action, at: Moment) {
        match action {
            Action::Say { chunks, asked_at } => {
                for chunk in chunks {
                    self.line.push(at, chunk);
                }
                self.account(asked_at, self.line.free_at());
            }
            Action::Report => {
                self.plan_report(at);
                let strange = [Fault::Silent, Fault::ModemPort, Fault::BinaryMode].iter().any(|fault| self.speech.has(*fault));
                if self.powered && self.port_is_there() && !strange && !self.endless && self.line.held() < BUFFER_BYTES / 2 {
                    let bytes = self.report(at).map(|text| self.speech.framed(&text));
                    self.line.push_between(at, Chunk::new(bytes.unwrap_or_default()));
                }
            }
            Action::PowerOff => self.power_off(at),
            Action::PowerOn => self.power_on(at),
            Action::PlugIn => self.plug(at),
        }
    }

    /// A line that the unit sends unasked.
    fn report(&mut self, now: Moment) -> Option<String> {
        let profile = Arc::clone(&self.profile);
        let pattern = self.random.pick(&profile.simulator.unsolicited)?;
        Some(self.voice.say_anyway(pattern, &Captures::new(), &Words::new(), now))
    }

    fn power_off(&mut self, at: Moment) {
        self.line.clear();
        self.hearing.clear();
        self.endless = false;
        self.agenda.retain(|_, action| matches!(action, Action::Report | Action::PlugIn));
        self.powered = false;
        self.memory.restart();
        self.lock.restart(&Arc::clone(&self.profile));
        self.show_port();
        if !self.speech.has(Fault::NeverReturns) {
            let restart_ms = self.random.between(self.profile.simulator.restart_ms).max(1);
            self.account(at, at.plus_ms(restart_ms));
            self.plan(at.plus_ms(restart_ms), Action::PowerOn);
        }
    }

    fn power_on(&mut self, at: Moment) {
        self.powered = true;
        self.last_reply_at = at;
        self.starting_until = at.plus_ms(self.profile.simulator.restart_ms.0 / 10);
        self.flash_faults();
        if self.speech.happens_once(Fault::OtherUnit)
            && let Ok(other) = SimulatedIdentity::new(&self.profile.id, &self.model, self.seed, self.number.wrapping_add(500_000))
        {
            self.voice.take_identity(&other);
            self.identity = other;
        }
        if self.speech.has(Fault::RestartLoop) {
            let stays_ms = self.random.between(LOOP_STAYS_MS);
            self.plan(at.plus_ms(stays_ms), Action::PowerOff);
        }
        self.tell(SimulatorEvent::Restarted);
        self.show_port();
    }

    /// What faulty flash does at a start.
    fn flash_faults(&mut self) {
        let wrong_once = self.speech.has(Fault::KeepsWrongValueOnce) && !self.kept_wrong_once;
        if (wrong_once || self.speech.has(Fault::KeepsWrongValue))
            && let Some(place) = self.memory.written_place()
        {
            self.kept_wrong_once = true;
            let text = self.memory.other(&place);
            self.memory.set(&place, &text);
        }
        if self.speech.has(Fault::ChangesByItself)
            && let Some(place) = self.memory.unwritten_place()
        {
            let text = self.memory.other(&place);
            self.memory.set(&place, &text);
        }
    }

    fn show_port(&mut self) {
        let there = self.port_is_there();
        if there != self.port_was_there {
            self.port_was_there = there;
            if !there {
                self.line.clear();
            }
            self.tell(if there { SimulatorEvent::PortBack } else { SimulatorEvent::PortVanished });
        }
    }

    fn account(&mut self, from: Moment, until: Moment) {
        self.accounted_ms += until.since_ms(from.max(self.accounted_until));
        self.accounted_until = self.accounted_until.max(until);
    }

    fn bytes_owed(&self) -> usize {
        let planned = self.agenda.values().map(|action| match action {
            Action::Say { chunks, .. } => chunks.iter().map(|chunk| chunk.bytes.len()).sum(),
            _ => 0,
        });
        planned.sum::<usize>() + self.line.held()
    }

    fn modem_word(&self) -> Vec<u8> {
        let sign = self.profile.unsolicited.sign.iter().find(|sign| sign.means == SignMeaning::ModemPort);
        let word = sign.and_then(|sign| sign.pattern.as_ref()).and_then(|pattern| pattern.format(|_| Some("".into())).ok());
        format!("\r\n{}\r\n", word.unwrap_or_else(|| "ERROR".to_owned())).into_bytes()
    }

    fn binary_word(&mut self) -> Vec<u8> {
        let sign = self.profile.unsolicited.sign.iter().find(|sign| sign.means == SignMeaning::BinaryMode);
        let mut bytes = sign.and_then(|sign| sign.bytes.clone()).unwrap_or_default().into_bytes();
        bytes.extend_from_slice(&[0x07, 0x00, 0xff, 0x1a, 0x80]);
        bytes.extend_from_slice(&self.random.next().to_be_bytes());
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

fn chosen_model<'a>(profile: &'a Profile, variant: Option<&str>, number: u32) -> Result<&'a SimulatedModel, String> {
    let models = &profile.simulator.units;
    match variant {
        Some(variant) => models.iter().find(|model| model.variant == variant).ok_or_else(|| {
            let known: Vec<&str> = models.iter().map(|model| model.variant.as_str()).collect();
            format!("'{}' simulates no model '{variant}'; it has: {}", profile.id, known.join(", "))
        }),
        None => usize::try_from(number)
            .ok()
            .and_then(|number| models.get(number.checked_rem(models.len())?))
            .ok_or_else(|| format!("'{}' simulates no model", profile.id)),
    }
}
