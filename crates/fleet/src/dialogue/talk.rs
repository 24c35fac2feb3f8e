//! What a dialogue remembers from one exchange to the next: what is known about the unit, and the state of the line.
//!
//! It decides nothing; exchanges and operations read it and write it down.

use super::framing::Framer;
use super::redaction::Redactor;
use super::{DialogueEvent, Knowledge};
use crate::ids::{Esn, IdentifierError, Imei, Label, Meid, UnitId, Warning};
use crate::moment::Moment;
use crate::printable::printable;
use crate::profile::{Access, Captures, LabelHolds, Profile, SignMeaning, Variant};
use crate::reading::Identity;
use crate::secret::Secret;
use crate::transcript::{EntryKind, Transcript};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Captures by which units are told apart.
pub(super) const IDENTITY_NAMES: [&str; 5] = ["imei", "meid", "esn", "id", "device_id"];

/// An answer within that time was there before another family was asked.
const AT_ONCE_MS: u64 = 110;

/// Correlation numbers have four digits.
const FIRST_SERIAL: u16 = 1000;
const LAST_SERIAL: u16 = 9999;

/// Requests whose echo may still come; factory passwords are tried in one go, and other families ask on an unknown port.
const MOST_RECENT: usize = 96;

/// What is known about the unit.
#[derive(Debug)]
pub(super) struct Known {
    /// Stands in requests.
    pub(super) password: Option<Secret>,
    /// Opens a session; sent once at most.
    pub(super) keyword: Option<Secret>,
    /// Keywords of single units, by identity.
    pub(super) keywords: Arc<BTreeMap<String, Secret>>,
    /// Who should answer.
    pub(super) expected: Option<Identity>,
    /// What the housing says.
    pub(super) label: Option<Label>,
    /// Which number stands in questions by the label.
    label_holds: LabelHolds,
    /// Who answered on this connection.
    pub(super) identity: Option<Identity>,
    /// What the unit said while it was identified.
    pub(super) facts: Captures,
    /// The maker's number that a report named, where units may answer only to it.
    heard_number: Option<String>,
    /// Whether the next question calls the unit by that number: each second one to a stranger does.
    pub(super) calls_by_report: bool,
    /// Whether it answered to that number.
    answers_to_report: bool,
}

/// Whose frame it is, by the identity in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// Our unit's, or it does not say.
    Ours,
    /// Another unit's, with its number.
    Other(String),
    /// It names nobody: a damaged frame, most likely.
    Damaged(String),
}

impl Known {
    fn new(profile: &Profile, knowledge: Knowledge) -> Self {
        let secret = knowledge.password.filter(|secret| !secret.is_empty());
        let (password, keyword) = match profile.access {
            Access::Keyword { .. } | Access::ServiceCode { .. } => (None, secret),
            Access::PasswordInRequest { .. } | Access::Open => (secret, None),
        };
        Self {
            password,
            keyword,
            keywords: knowledge.keywords,
            expected: knowledge.expected,
            label: knowledge.label,
            label_holds: profile.identify.label,
            identity: None,
            facts: Captures::new(),
            heard_number: None,
            calls_by_report: false,
            answers_to_report: false,
        }
    }

    /// Takes the maker's number from a report: a unit that ignores what does not name it is called by that.
    pub(super) fn hear_number(&mut self, report: &Captures) {
        if self.label_holds == LabelHolds::DeviceId
            && self.identity.is_none()
            && let Some(number) = report.get("device_id")
            && read_identity("device_id", number).is_ok()
        {
            self.heard_number = Some(number.clone());
        }
    }

    /// Whether it may be that it answers only to a number that neither a person gave nor a report named.
    pub(super) fn lacks_number(&self) -> bool {
        self.lacks_label() && self.heard_number.is_none()
    }

    /// By how many numbers it can be called: none at all, and that of a report.
    pub(super) fn numbers_to_call(&self) -> u32 {
        1 + u32::from(self.heard_number.is_some())
    }

    /// A question leaves, the first of its tries or a later one.
    pub(super) fn called(&mut self, tries_before: usize) {
        let is_stranger = self.identity.is_none();
        self.calls_by_report = self.answers_to_report || (is_stranger && tries_before % 2 == 1);
    }

    /// The unit answered what was asked last.
    pub(super) fn answered(&mut self) {
        self.answers_to_report |= self.calls_by_report && self.heard_number.is_some();
    }

    /// The number by which the unit is called on the next connection.
    pub(super) fn label_for_next(&self) -> Option<Label> {
        let heard = self.heard_number.as_ref();
        let heard = heard.filter(|_| self.answers_to_report);
        let label = self.label.clone();
        label.or_else(|| heard.and_then(|number| number.parse().ok()))
    }

    /// Whether it is known whose keyword is needed.
    pub(super) fn has_said_who(&self) -> bool {
        self.reference().is_some()
            || IDENTITY_NAMES
                .iter()
                .any(|name| self.facts.contains_key(*name))
    }

    /// The keyword for this unit: what was given for its identity comes before what was given for its family.
    pub(super) fn settle_keyword(&mut self) {
        let said = IDENTITY_NAMES.iter().find_map(|name| {
            let text = self.facts.get(*name)?;
            read_identity(name, text)
                .ok()
                .filter(|said| !said.is_doubtful())
        });
        let id = said
            .map(|said| said.id)
            .or_else(|| Some(self.reference()?.id.clone()))
            .or_else(|| Some(self.label.as_ref()?.unit()));
        if let Some(own) = id.and_then(|id| self.keywords.get(id.as_str())) {
            self.keyword = Some(own.clone());
        }
    }

    /// The unit that must answer, if that is settled.
    pub(super) fn reference(&self) -> Option<&Identity> {
        self.identity.as_ref().or(self.expected.as_ref())
    }

    /// The unit that must answer, for people.
    pub(super) fn reference_text(&self) -> String {
        match (self.reference(), &self.label) {
            (Some(identity), _) => identity.id.to_string(),
            (None, Some(label)) => label.to_string(),
            (None, None) => String::new(),
        }
    }

    /// Whether the unit has told a MEID while it was identified.
    pub(super) fn tells_meid(&self) -> bool {
        let said = ["meid", "id"].iter().filter_map(|name| {
            let text = self.facts.get(*name)?;
            read_identity(name, text).ok()
        });
        said.into_iter()
            .any(|said| matches!(said.id, UnitId::Meid(_)))
    }

    /// A text for a hole of a request.
    pub(super) fn fact(&self, name: &str) -> Option<String> {
        let identity = self.reference();
        let imei = || {
            identity
                .and_then(|identity| identity.imei.clone())
                .or_else(|| self.label.as_ref()?.imei().cloned())
                .map(|imei| imei.to_string())
        };
        match name {
            "label" if self.label_holds == LabelHolds::DeviceId => Some(self.number_on_label()),
            "imei" | "label" => imei(),
            "id" => identity
                .map(|identity| identity.id.to_string())
                .or_else(imei),
            "device_id" => identity
                .and_then(|identity| identity.serial_number.clone())
                .or_else(|| self.facts.get(name).cloned()),
            _ => self.facts.get(name).cloned(),
        }
    }

    /// The maker's number that a person gave or a report named; nothing where there is none, because many units answer without it.
    fn number_on_label(&self) -> String {
        let heard = self.heard_number.as_ref().filter(|_| self.calls_by_report);
        match &self.label {
            Some(Label::Number(number)) => number.clone(),
            Some(Label::Imei(_)) | None => heard.cloned().unwrap_or_default(),
        }
    }

    /// Whether it may be that the unit answers only to a number that nobody gave.
    pub(super) fn lacks_label(&self) -> bool {
        let has_number = matches!(self.label, Some(Label::Number(_)));
        self.label_holds == LabelHolds::DeviceId && !has_number
    }

    /// Whether a frame with these captures can come from our unit.
    pub(super) fn whose(&self, captures: &Captures) -> Whose {
        for name in IDENTITY_NAMES {
            let Some(text) = captures.get(name).filter(|text| !text.is_empty()) else {
                continue;
            };
            let said = read_identity(name, text);
            let settled = self.reference().is_some() || self.label.is_some();
            match said {
                Ok(said) if settled => {
                    if self.is_ours(&said.id) {
                        continue;
                    }
                    return if said.is_doubtful() {
                        Whose::Damaged(said.id.to_string())
                    } else {
                        Whose::Other(said.id.to_string())
                    };
                }
                Err(_) if name == "esn" => continue,
                Err(_) if settled => return Whose::Damaged(printable(text)),
                // Two answers of one question round that name two units: one of them is damaged.
                _ => {
                    if self.facts.get(name).is_some_and(|former| former != text) {
                        return Whose::Damaged(printable(text));
                    }
                }
            }
        }
        Whose::Ours
    }

    fn is_ours(&self, id: &UnitId) -> bool {
        let Some(identity) = self.reference() else {
            return match (id, &self.label) {
                (UnitId::Imei(imei), Some(Label::Imei(label))) => imei == label,
                (UnitId::Hardware(number), Some(Label::Number(label))) => number == label,
                _ => true,
            };
        };
        let also = match id {
            UnitId::Imei(imei) => identity.imei.as_ref() == Some(imei),
            UnitId::Meid(meid) => identity.meid.as_ref() == Some(meid),
            UnitId::Esn(esn) => identity.esn.as_ref() == Some(esn),
            UnitId::Hardware(text) => identity.serial_number.as_ref() == Some(text),
        };
        also || identity.id == *id
    }
}

/// An identity that a unit said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) id: UnitId,
    pub(super) warning: Option<Warning>,
}

impl Said {
    /// Whether no check digit vouches for it: one damaged character would make another number of the same form.
    pub(super) fn is_doubtful(&self) -> bool {
        match (&self.id, &self.warning) {
            (UnitId::Imei(_), None) => false,
            (UnitId::Imei(_), Some(_)) => true,
            (UnitId::Meid(_) | UnitId::Esn(_) | UnitId::Hardware(_), _) => true,
        }
    }
}

/// The identity in a capture of that name.
pub(super) fn read_identity(name: &str, text: &str) -> Result<Said, IdentifierError> {
    let (id, warning) = match name {
        "imei" => Imei::from_unit(text).map(|(imei, warning)| (UnitId::Imei(imei), warning)),
        "meid" => Meid::from_unit(text).map(|(meid, warning)| (UnitId::Meid(meid), warning)),
        "esn" => Esn::parse(text).map(|esn| {
            let warning = esn.warning();
            (UnitId::Esn(esn), warning)
        }),
        "device_id" => hardware(text).map(|id| (id, None)),
        _ => UnitId::from_unit_answer(text),
    }?;
    Ok(Said { id, warning })
}

/// A number of the maker's: a few letters and digits, not only zeros or the marks of an unset field.
fn hardware(text: &str) -> Result<UnitId, IdentifierError> {
    let text = text.trim();
    let good = (4..=20).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
        && !text.eq_ignore_ascii_case("NotReady");
    if good {
        Ok(UnitId::Hardware(text.to_owned()))
    } else {
        Err(IdentifierError::Length {
            what: "the unit's number",
            expected: "4 to 20 letters and digits",
            found: text.chars().count(),
        })
    }
}

/// The line as the dialogue sees it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) framer: Framer,
    pub(super) outgoing: VecDeque<Vec<u8>>,
    pub(super) transcript: Transcript,
    pub(super) redactor: Redactor,
    /// When the last byte came.
    pub(super) last_heard: Moment,
    /// When the last request left.
    pub(super) last_sent: Option<Moment>,
    /// No request before this moment.
    pub(super) not_before: Moment,
    /// When a question of any family left last, while it was not known who is there.
    pub(super) others_sent: Option<Moment>,
    /// The next request is preceded by the wake bytes.
    pub(super) wake_due: bool,
    /// The next request waits until the line is quiet.
    pub(super) drain_due: bool,
    /// A request went unanswered on this connection: its answer may still come.
    pub(super) may_be_late: bool,
    /// It was asked to restart, and nothing but who it is was asked since.
    pub(super) restarting: bool,
    /// An answer came without the word that ends it, which some units let people switch off.
    pub(super) leaves_out_ends: bool,
    /// Nothing was heard in the whole time of the last request.
    pub(super) silent: bool,
    /// The longest that an answer took on this connection, milliseconds.
    pub(super) slowest_ms: u64,
    /// The last requests, newest last: a unit may repeat them late.
    pub(super) recent: VecDeque<Secret>,
    serial: u16,
}

impl Line {
    /// A fresh correlation number. It starts from the clock, so that a late answer to a former connection is not taken for ours.
    /// Digits only: a unit may repeat hexadecimal letters in the other case.
    pub(super) fn next_serial(&mut self) -> String {
        self.serial = if self.serial >= LAST_SERIAL {
            FIRST_SERIAL
        } else {
            self.serial + 1
        };
        self.serial.to_string()
    }

    /// The same as one letter, where frames are told apart by one.
    pub(super) fn next_letter(&mut self) -> String {
        let number = self.serial % 26;
        self.serial = self.serial.wrapping_add(1);
        let letter = u8::try_from(number).map_or(b'A', |number| b'A' + number);
        char::from(letter).to_string()
    }

    /// Keeps a request that left, so that its echo is known.
    pub(super) fn remember(&mut self, request: &Secret) {
        if self.recent.len() >= MOST_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(request.clone());
    }

    /// Adds a note to the transcript.
    pub(super) fn note(&mut self, now: Moment, text: &str) {
        let text = self.redactor.text(text);
        self.transcript.add(now, EntryKind::Note, text);
    }
}

/// Limits while a unit is looked for on an unknown port.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looking {
    /// Longest wait for a first reply.
    pub(super) longest_wait_ms: u64,
    /// How often something may still be asked in this round.
    pub(super) questions_left: u32,
    /// Another family's question may stand in the unit's buffer and spoil our first one.
    pub(super) residue: bool,
    /// So many questions of the same language were sent before and not answered yet: as many refusals may be late ones, and none to us.
    pub(super) noes_due: usize,
}

impl Looking {
    /// Whether a refusal may answer an earlier question. As many as are due are late.
    pub(super) fn is_late_no(&mut self) -> bool {
        let is_late = self.noes_due > 0;
        self.noes_due = self.noes_due.saturating_sub(1);
        is_late
    }
}

/// Everything that a dialogue remembers.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) profile: Arc<Profile>,
    pub(super) known: Known,
    pub(super) line: Line,
    pub(super) events: VecDeque<DialogueEvent>,
    /// The exchanges that open a session were run.
    pub(super) session_begun: bool,
    /// The keyword was sent; it never is again.
    pub(super) keyword_sent: bool,
    /// One-shot exchanges that were sent.
    pub(super) one_shots: BTreeSet<String>,
    /// A reply to our own request was understood on this connection.
    pub(super) answered: bool,
    /// When it began to be looked for among all families.
    pub(super) looked_for_since: Option<Moment>,
    /// It is known who it is, and what it need not tell was left for the next time: it is slow.
    pub(super) is_cut_short: bool,
    /// A frame that only this family sends was heard.
    pub(super) family_heard: bool,
    /// And it begins with a name that no other family's would.
    pub(super) family_named: bool,
    /// A sign of a wrong interface or mode that was heard before anything was understood.
    pub(super) sign_heard: Option<SignMeaning>,
    /// The first text that was heard and is not our own request.
    pub(super) first_heard: Option<String>,
    /// Texts from unasked frames that may name the model, in lower case.
    pub(super) hints: Vec<String>,
    /// Identify exchanges that this unit was heard to answer.
    pub(super) answering: BTreeSet<String>,
    /// Tables that this unit never fills: exchange to the indices that it has.
    pub(super) known_tables: BTreeMap<String, BTreeSet<String>>,
    /// The fields of positional commands as they were last read or written on this connection.
    pub(super) fields: BTreeMap<String, String>,
    /// Limits while it is not known who is there.
    pub(super) looking: Option<Looking>,
}

impl Talk {
    pub(super) fn new(profile: Arc<Profile>, knowledge: Knowledge, now: Moment) -> Self {
        let mut redactor = Redactor::new(&profile);
        for secret in knowledge.password.iter().chain(knowledge.keywords.values()) {
            redactor.learn(secret);
        }
        let line = Line {
            framer: Framer::new(&profile),
            outgoing: VecDeque::new(),
            transcript: Transcript::new(),
            redactor,
            last_heard: now,
            last_sent: None,
            not_before: now,
            others_sent: None,
            wake_due: true,
            drain_due: true,
            may_be_late: false,
            restarting: false,
            leaves_out_ends: false,
            silent: false,
            slowest_ms: 0,
            recent: VecDeque::new(),
            serial: FIRST_SERIAL
                + u16::try_from(now.0 % u64::from(LAST_SERIAL - FIRST_SERIAL)).unwrap_or_default(),
        };
        let hints = knowledge
            .expected
            .iter()
            .flat_map(|identity| {
                [
                    identity.variant.to_lowercase(),
                    identity.model.to_lowercase(),
                ]
            })
            .collect();
        Self {
            known: Known::new(&profile, knowledge),
            line,
            events: VecDeque::new(),
            session_begun: false,
            keyword_sent: false,
            one_shots: BTreeSet::new(),
            answered: false,
            looked_for_since: None,
            is_cut_short: false,
            family_heard: false,
            family_named: false,
            sign_heard: None,
            first_heard: None,
            hints,
            answering: BTreeSet::new(),
            known_tables: BTreeMap::new(),
            fields: BTreeMap::new(),
            looking: None,
            profile,
        }
    }

    /// The variant of the unit that answered.
    pub(super) fn variant(&self) -> Option<&Variant> {
        let identity = self.known.identity.as_ref()?;
        self.profile.variant(&identity.variant)
    }

    /// A stranger is understood. One that answered late still owes its answers to other families' questions: they are waited for, so
    /// that none is taken for an answer to what is asked next.
    pub(super) fn met(&mut self, now: Moment) {
        if self.looking.is_none() || !self.profile.line.drain {
            return;
        }
        let Some(sent) = self.line.last_sent else {
            return;
        };
        let late_ms = now.since_ms(sent);
        if late_ms > AT_ONCE_MS {
            let last = self
                .line
                .others_sent
                .map_or(sent, |others| others.max(sent));
            self.line.not_before = last.plus_ms(late_ms + late_ms / 2);
            self.line.drain_due = true;
        }
    }

    /// A reply to our own request was understood: from now on the unit is asked at leisure.
    pub(super) fn understood(&mut self) {
        self.answered = true;
        self.looking = None;
    }

    /// Whether its first question is none: it waits for what the unit says by itself.
    pub(super) fn only_listens(&self) -> bool {
        let first = self.profile.identify.ask.first();
        first
            .and_then(|name| self.profile.exchange.get(name))
            .is_some_and(|exchange| exchange.request.text().is_empty())
    }

    /// Tells a person something that stops nothing.
    pub(super) fn warn(&mut self, now: Moment, text: String) {
        self.line.note(now, &text);
        self.events
            .push_back(DialogueEvent::Warning(self.line.redactor.text(&text)));
    }
}
