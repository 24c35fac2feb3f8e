//! Asks a unit who it is and makes an [`Identity`] of what it says.

use super::access::{Lock, LockCheck, has_keyword, says_locked};
use super::answer::Answer;
use super::meaning::{is_echo, is_piece_of_requests};
use super::question::Question;
use super::same_unit::up_to_identity;
use super::script::{Script, Step, fault_of};
use super::talk::{IDENTITY_NAMES, Talk, read_identity};
use crate::fault::Fault;
use crate::ids::{Iccid, UnitId};
use crate::job::OperationOutcome;
use crate::moment::Moment;
use crate::printable::printable;
use crate::profile::{Access, Captures, Framing, Pattern, Profile, Reply, Silence, Variant};
use crate::reading::Identity;

/// Rounds until two answers agree, where the first one has a wrong check digit or contradicts itself.
const MOST_ROUNDS: u32 = 3;

/// How long a unit is asked among all families for what it need not tell, milliseconds: the last question may take its time within ten seconds.
const LONGEST_ASKING_MS: u64 = 8_500;

/// How long the answers to what was asked of a stranger may still come, before it is asked again.
const LATE_WORDS_MS: u64 = 600;

/// The whole question round.
#[derive(Debug, Default)]
pub(super) struct Identify {
    next: usize,
    rounds: u32,
    /// What was known before: a unit that is asked again need not tell again what it may leave out.
    former: Captures,
    lock: Option<LockCheck>,
    asked_after_unlocked: bool,
    /// What the unit said its number is, when that has to be heard twice.
    doubtful: Option<String>,
    /// The same for the number of its SIM.
    doubtful_sim: Option<String>,
    /// Which question told that number, and whether it alone is asked again.
    sim_told_by: Option<usize>,
    only_sim: bool,
    /// The question that calls the unit by a number that nobody gave was met with silence; whether that was while it was looked for.
    uncalled: Option<bool>,
    /// It is asked once more, awake: a whole wait tells.
    is_called_again: bool,
    /// What refusals of this round mean for people.
    notes: Vec<String>,
}

impl Identify {
    fn begin(&mut self, talk: &mut Talk) -> Step {
        self.next = 0;
        self.only_sim = false;
        self.rounds += 1;
        self.notes.clear();
        if talk.known.identity.is_some() && self.rounds == 1 {
            self.former.clone_from(&talk.known.facts);
        }
        talk.known.facts.clear();
        self.skip(talk);
        self.ask(talk)
    }

    /// On a connection on which the unit is already known only what it must answer is asked again.
    fn skip(&mut self, talk: &Talk) {
        let identify = &talk.profile.identify;
        let known = talk.known.identity.is_some() && !talk.is_cut_short;
        let has_meid = talk.known.tells_meid();
        let told = |name: &String| {
            let mut words = ["iccid", "imei"].into_iter();
            words.any(|word| talk.known.facts.contains_key(word) && tells_only(talk, name, word))
                || answered_already(talk, name)
        };
        let needless = |name: &String| {
            (identify.optional.contains(name)
                && !names_it_again(talk, name)
                && (known || told(name)))
                || (has_meid && identify.not_with_meid.contains(name))
        };
        while identify.ask.get(self.next).is_some_and(needless) {
            self.next += 1;
        }
    }

    fn ask(&self, talk: &mut Talk) -> Step {
        let Some(name) = talk.profile.identify.ask.get(self.next) else {
            return Step::fail(Fault::Internal {
                detail: format!("the profile {} asks nothing", talk.profile.id),
            });
        };
        match Question::named(&talk.profile, name) {
            Ok(mut question) => {
                // Part of an optional answer is an answer: the rest is what this unit does not have.
                question.is_optional =
                    talk.profile.identify.optional.contains(name) && !names_it_again(talk, name);
                if self.is_called_again && question.request.has("label") {
                    question.tries = talk.known.numbers_to_call();
                }
                // The next question would be whether it is locked.
                question.once_while_looking = has_keyword(&talk.profile);
                Step::ask(question.with_factory_passwords(&talk.profile, &talk.known))
            }
            Err(fault) => Step::fail(fault),
        }
    }

    /// Hears the number of the SIM once more; all the rest is known.
    fn ask_for_sim_again(&mut self, talk: &mut Talk) -> Step {
        let Some(told_by) = self.sim_told_by.take() else {
            return self.begin(talk);
        };
        self.rounds += 1;
        self.only_sim = true;
        self.next = told_by;
        talk.known.facts.remove("iccid");
        self.ask(talk)
    }

    fn go_on(&mut self, talk: &mut Talk, now: Moment) -> Step {
        if std::mem::take(&mut self.only_sim) {
            return self.finish(talk, now);
        }
        self.next += 1;
        self.skip(talk);
        let asked_for = talk.looked_for_since.map_or(0, |since| now.since_ms(since));
        if asked_for > LONGEST_ASKING_MS && self.needs_no_more(talk) {
            talk.is_cut_short = true;
            talk.line
                .note(now, "the rest is asked the next time: it answers slowly");
            return self.finish(talk, now);
        }
        if self.next < talk.profile.identify.ask.len() {
            return self.ask(talk);
        }
        self.finish(talk, now)
    }

    /// Whether it is known who it is, and only what it need not tell is left to be asked.
    fn needs_no_more(&self, talk: &Talk) -> bool {
        let identify = &talk.profile.identify;
        let mut left = identify.ask.iter().skip(self.next);
        let facts = &talk.known.facts;
        talk.known.identity.is_none()
            && self.next < identify.ask.len()
            && left.all(|name| identify.optional.contains(name))
            && IDENTITY_NAMES.iter().any(|name| facts.contains_key(*name))
            && identify
                .required
                .iter()
                .all(|name| facts.contains_key(name))
            && talk.profile.variant_for(facts).is_some()
    }

    fn judge(&mut self, answer: Answer, talk: &mut Talk, now: Moment) -> Step {
        let name = talk
            .profile
            .identify
            .ask
            .get(self.next)
            .cloned()
            .unwrap_or_default();
        let ignored = talk.profile.identify.optional.contains(&name)
            || talk
                .profile
                .exchange
                .get(&name)
                .is_some_and(|exchange| exchange.silence == Silence::Ignored);
        let optional = ignored && !names_it_again(talk, &name);
        match answer {
            Answer::Replied { captures, password } => {
                if let Some(password) = password {
                    talk.known.password = Some(password);
                }
                talk.answering.insert(name);
                if captures.contains_key("iccid") {
                    self.sim_told_by = Some(self.next);
                }
                talk.known.facts.extend(captures);
                self.go_on(talk, now)
            }
            Answer::Fault(fault) => Step::fail(fault),
            Answer::Incomplete { captures, .. } if optional => {
                if IDENTITY_NAMES
                    .iter()
                    .any(|each| captures.contains_key(*each))
                {
                    talk.answering.insert(name);
                }
                talk.known.facts.extend(captures);
                self.go_on(talk, now)
            }
            Answer::Refused(said) if optional => {
                let exchange = talk.profile.exchange.get(&name);
                let means = exchange.and_then(|exchange| exchange.refused_means.as_ref());
                self.notes
                    .extend(means.map(|means| format!("{means}: it said '{said}'")));
                self.go_on(talk, now)
            }
            _ if optional => self.go_on(talk, now),
            Answer::Incomplete { .. }
                if self.rounds < MOST_ROUNDS && !has_keyword(&talk.profile) =>
            {
                self.begin(talk)
            }
            Answer::Silent | Answer::Incomplete { .. } if has_keyword(&talk.profile) => {
                let (lock, step) = LockCheck::begin(talk);
                self.lock = Some(lock);
                step
            }
            // It may ignore what does not name it, and answer another question: then it is known what it wants.
            Answer::Silent if may_want_number(talk) && !self.is_last(talk) => {
                self.uncalled = Some(talk.looking.is_some());
                self.go_on(talk, now)
            }
            Answer::Silent => Step::fail(silence(talk, &name)),
            // A 'no' may be the late answer to another family's question.
            Answer::Refused(_) if self.rounds < MOST_ROUNDS && talk.known.identity.is_none() => {
                talk.line.not_before = now.plus_ms(LATE_WORDS_MS);
                talk.line.drain_due = true;
                self.begin(talk)
            }
            answer => Step::fail(fault_of(answer, &name)),
        }
    }

    fn is_last(&self, talk: &Talk) -> bool {
        self.next + 1 >= talk.profile.identify.ask.len()
    }

    fn finish(&mut self, talk: &mut Talk, now: Moment) -> Step {
        match self.uncalled.take() {
            // It was hardly waited for.
            Some(true) if talk.answered => {
                self.is_called_again = true;
                return self.begin(talk);
            }
            Some(_) if talk.answered => return Step::fail(Fault::LabelNeeded),
            Some(_) => {
                let first = talk.profile.identify.ask.first().cloned();
                return Step::fail(silence(talk, &first.unwrap_or_default()));
            }
            None => {}
        }
        if says_locked(&talk.profile, &talk.known.facts) && !self.asked_after_unlocked {
            let (lock, step) = LockCheck::begin(talk);
            self.lock = Some(lock);
            return step;
        }
        for (name, text) in std::mem::take(&mut self.former) {
            talk.known.facts.entry(name).or_insert(text);
        }
        let said = IDENTITY_NAMES
            .iter()
            .find_map(|name| talk.known.facts.get(*name).cloned())
            .unwrap_or_default();
        let (mut identity, doubtful) = match identity_of(&talk.profile, &talk.known.facts) {
            Ok(found) => found,
            // Damaged or cut answers are heard again before they are believed.
            Err(_) if self.rounds < most_rounds(talk) => return self.begin(talk),
            Err(Fault::NotAKnownUnit { .. }) => return Step::fail(stranger(talk)),
            Err(fault) => return Step::fail(fault),
        };
        identity.warnings.append(&mut self.notes);
        let sim = talk.known.facts.get("iccid").cloned();
        let sim_again = sim_is_doubtful(&identity) && self.doubtful_sim != sim;
        self.doubtful_sim = sim;
        let known = talk
            .known
            .reference()
            .is_some_and(|known| known.id == identity.id);
        if doubtful && !known && self.doubtful.as_ref() != Some(&said) {
            if self.rounds >= MOST_ROUNDS {
                return Step::fail(Fault::BadIdentity {
                    said: printable(&said),
                });
            }
            self.doubtful = Some(said);
            return self.begin(talk);
        }
        let first_time = talk.known.identity.is_none();
        if (first_time || talk.is_cut_short) && sim_again && self.rounds < MOST_ROUNDS {
            return self.ask_for_sim_again(talk);
        }
        talk.is_cut_short &= first_time;
        if first_time {
            for warning in &identity.warnings {
                talk.warn(now, warning.clone());
            }
        }
        talk.known.identity = Some(identity.clone());
        Step::Done(OperationOutcome::Identified(Box::new(identity)))
    }
}

impl Script for Identify {
    fn next(&mut self, answer: Option<Answer>, talk: &mut Talk, now: Moment) -> Step {
        let Some(answer) = answer else {
            return self.begin(talk);
        };
        let Some(mut lock) = self.lock.take() else {
            return self.judge(answer, talk, now);
        };
        match lock.next(answer, talk) {
            Lock::Step(step) => {
                self.lock = Some(lock);
                step
            }
            Lock::LoggedIn => {
                self.rounds = 0;
                self.begin(talk)
            }
            Lock::NotTold if talk.looking.is_some() => {
                self.rounds = 0;
                self.begin(talk)
            }
            Lock::NotLocked if !self.asked_after_unlocked => {
                self.asked_after_unlocked = true;
                self.begin(talk)
            }
            Lock::NotLocked | Lock::NotTold => {
                let name = talk
                    .profile
                    .identify
                    .ask
                    .get(self.next)
                    .cloned()
                    .unwrap_or_default();
                let locked = says_locked(&talk.profile, &talk.known.facts);
                Step::fail(if locked {
                    Fault::Locked { tries_left: None }
                } else {
                    silence(talk, &name)
                })
            }
        }
    }
}

/// Where no question that must be answered names the unit, those that it answered before are asked again and must be answered: otherwise
/// another unit in its place would go unnoticed.
fn names_it_again(talk: &Talk, name: &str) -> bool {
    let identify = &talk.profile.identify;
    let tells_who = |name: &String| {
        let exchange = talk.profile.exchange.get(name);
        exchange.is_some_and(|exchange| up_to_identity(&exchange.replies).is_some())
    };
    let sure = |each: &String| !identify.optional.contains(each) && tells_who(each);
    talk.known.identity.is_some()
        && talk.answering.contains(name)
        && tells_who(&name.to_owned())
        && !identify.ask.iter().any(sure)
}

/// Whether what this question is about was told in answer to another one.
fn answered_already(talk: &Talk, name: &str) -> bool {
    let exchange = talk.profile.exchange.get(name);
    let word = exchange.and_then(|exchange| exchange.only_without.as_ref());
    word.and_then(|word| talk.known.facts.get(word))
        .is_some_and(|text| !text.is_empty())
}

/// Makers have a question each for the number of the SIM, and some for the unit's; the first answer is enough.
fn tells_only(talk: &Talk, name: &str, wanted: &str) -> bool {
    let exchange = talk.profile.exchange.get(name);
    exchange.is_some_and(|exchange| {
        let mut words = Vec::new();
        for reply in &exchange.replies {
            match reply {
                Reply::Frame { any, .. } => words.extend(any.iter().flat_map(Pattern::names)),
                Reply::Table { .. } => return false,
            }
        }
        !words.is_empty() && words.iter().all(|word| *word == wanted)
    })
}

/// A stranger that says no to everything is soon left to the next family.
fn most_rounds(talk: &Talk) -> u32 {
    if talk.looking.is_some() {
        1
    } else {
        MOST_ROUNDS
    }
}

/// Whether it may be that the unit answers only to a number that nobody gave.
fn may_want_number(talk: &Talk) -> bool {
    talk.known.lacks_label() && talk.known.reference().is_none()
}

/// What silence to the first question means.
fn silence(talk: &Talk, exchange: &str) -> Fault {
    if talk.known.identity.is_some() || talk.answered {
        return Fault::NoAnswer {
            exchange: exchange.to_owned(),
        };
    }
    // It reports, and ignores what does not name it.
    if talk.family_heard && talk.known.lacks_number() && may_want_number(talk) {
        return Fault::LabelNeeded;
    }
    if talk.family_heard {
        return match talk.profile.access {
            Access::PasswordInRequest { .. } => unanswered_by_all(talk),
            Access::Keyword { .. } | Access::ServiceCode { .. } | Access::Open => Fault::NoAnswer {
                exchange: exchange.to_owned(),
            },
        };
    }
    stranger(talk)
}

/// A unit that reports and answered to no password, unless how its frames end shows that it is of a kind whose answers nobody knows.
pub(super) fn unanswered_by_all(talk: &Talk) -> Fault {
    match &talk.profile.line.framing {
        Framing::Terminator {
            also_end_means: Some(said),
            ..
        } if talk.line.framer.always_ended_otherwise() => {
            Fault::UnknownModel { said: said.clone() }
        }
        _ => Fault::WrongPassword,
    }
}

/// Something that is not of this family, or nothing.
pub(super) fn stranger(talk: &Talk) -> Fault {
    let mut pending = talk.line.framer.pending();
    if is_echo(&pending, talk) || is_piece_of_requests(&pending, talk) {
        pending.clear();
    }
    let heard = talk.first_heard.as_deref().unwrap_or(pending.trim());
    if heard.is_empty() {
        Fault::Silent
    } else {
        Fault::NotAKnownUnit {
            heard: printable(&talk.line.redactor.text(heard)),
        }
    }
}

/// The identity that the facts amount to, and whether its check digit leaves a doubt.
fn identity_of(profile: &Profile, facts: &Captures) -> Result<(Identity, bool), Fault> {
    let fact = |name: &str| facts.get(name).filter(|text| !text.is_empty());
    let missing = profile
        .identify
        .required
        .iter()
        .any(|name| fact(name).is_none());
    if missing || IDENTITY_NAMES.iter().all(|name| fact(name).is_none()) {
        return Err(Fault::NotAKnownUnit {
            heard: String::new(),
        });
    }
    let variant = profile
        .variant_for(facts)
        .ok_or_else(|| unknown_model(profile, facts))?;
    let mut identity = blank(profile, variant, facts, UnitId::Hardware(String::new()));
    let mut doubtful = false;
    let mut first = None;
    for name in IDENTITY_NAMES {
        let Some(text) = fact(name) else { continue };
        let said = match read_identity(name, text) {
            Ok(said) => said,
            // A pseudo-ESN is made from the MEID and is no identity of its own.
            Err(_) if name == "esn" && fact("meid").is_some() => continue,
            Err(_) => {
                return Err(Fault::BadIdentity {
                    said: printable(text),
                });
            }
        };
        // The letters of a MEID or ESN are never vouched for; asking twice would only cost time.
        doubtful |= said.is_doubtful() && matches!(said.id, UnitId::Imei(_));
        if let Some(warning) = said.warning {
            identity.warnings.push(warning.to_string());
        }
        let id = said.id;
        match &id {
            UnitId::Imei(imei) => identity.imei = Some(imei.clone()),
            UnitId::Meid(meid) => identity.meid = Some(meid.clone()),
            UnitId::Esn(esn) => identity.esn = Some(esn.clone()),
            UnitId::Hardware(number) => {
                identity.serial_number.get_or_insert_with(|| number.clone());
            }
        }
        first.get_or_insert(id);
    }
    identity.warnings.dedup();
    if let Some(id) = first {
        identity.id = id;
    }
    identity.warnings.extend(profile.notice.clone());
    let unproven = variant.unproven.iter().chain(&profile.unproven);
    for words in unproven {
        identity
            .warnings
            .push(format!("not yet proven on real hardware: {words}"));
    }
    if let Some(text) = fact("iccid") {
        match Iccid::parse(text) {
            Ok(iccid) => {
                identity
                    .warnings
                    .extend(iccid.warning().map(|warning| warning.to_string()));
                identity.iccid = Some(iccid);
            }
            Err(error) => identity
                .warnings
                .push(format!("the SIM's number was not understood: {error}")),
        }
        identity.iccid_text = Some(printable(text));
    }
    Ok((identity, doubtful))
}

/// Whether the SIM's number has to be heard twice: a wrong one would be registered.
fn sim_is_doubtful(identity: &Identity) -> bool {
    let fits = |iccid: &Iccid| iccid.warning().is_none();
    identity.iccid_text.is_some() && !identity.iccid.as_ref().is_some_and(fits)
}

fn blank(profile: &Profile, variant: &Variant, facts: &Captures, id: UnitId) -> Identity {
    let fact = |name: &str| facts.get(name).filter(|text| !text.is_empty()).cloned();
    Identity {
        id,
        imei: None,
        meid: None,
        esn: None,
        iccid: None,
        iccid_text: None,
        profile: profile.id.clone(),
        variant: variant.id.clone(),
        model: variant.model_name(facts),
        firmware: fact("firmware"),
        hardware: fact("hardware"),
        serial_number: fact("serial_number"),
        warnings: Vec::new(),
    }
}

/// Names what the unit said of itself, as far as variants are chosen by it.
fn unknown_model(profile: &Profile, facts: &Captures) -> Fault {
    let mut said: Vec<String> = Vec::new();
    for name in profile
        .variants
        .iter()
        .flat_map(|variant| variant.matches.keys())
    {
        if let Some(text) = facts.get(name) {
            let part = format!("{name} {text}");
            if !said.contains(&part) {
                said.push(part);
            }
        }
    }
    Fault::UnknownModel {
        said: printable(&said.join(", ")),
    }
}
