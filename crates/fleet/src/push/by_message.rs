//! What a push says to one unit by text message, and what its answers amount to. Nothing is sent here.
//!
//! A unit that can be asked is asked before it is written and again afterwards; only the second answer proves. The messages
//! themselves are [`crate::sms`]'s.

use super::former::Former;
use super::machine::Kept;
use crate::fault::{Fault, UnitCondition};
use crate::ids::UnitId;
use crate::plan::{PlaceWrite, Plan};
use crate::profile::{Captures, Place, Profile, Variant};
use crate::reading::{Identity, Reading};
use crate::secret::{DOTS, Secret};
use crate::setting::{SettingKey, ShownValue};
use crate::sms::{Held, SmsAccess, SmsAnswer, SmsMessage, SmsProblem, Texting, Understood};
use crate::template::Template;
use crate::unit::Unit;
use std::collections::{BTreeMap, BTreeSet};

/// When a unit is asked what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Before anything is written.
    Before,
    /// Because that answer may have been one of an earlier talk, which came twice and late.
    BeforeOnceMore,
    /// After it was written: the answer proves.
    After,
    /// Because that answer may have been one to an earlier question, which came twice and late.
    AfterOnceMore,
}

impl Asking {
    /// Added to the numbers that messages carry: questions of one time must not share them with those of another.
    fn further(self) -> u16 {
        match self {
            Self::Before => 0,
            Self::BeforeOnceMore => 0x0400,
            Self::After => 0x0800,
            Self::AfterOnceMore => 0x0c00,
        }
    }
}

/// One unit that is to be set by messages.
#[derive(Debug)]
pub struct ByMessage<'a> {
    profile: &'a Profile,
    variant: &'a Variant,
    identity: Identity,
    template: &'a Template,
    access: SmsAccess,
    serial: u16,
    /// Whether what a unit sends back can be read.
    gives_answers: bool,
}

/// How far a unit's answers to writes went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// Values that the unit said it took.
    pub taken: usize,
    /// Values that were delivered and not answered.
    pub unanswered: usize,
}

impl<'a> ByMessage<'a> {
    /// `password` is the unit's own for messages, where a person gave one; `serial` should differ from attempt to attempt.
    #[must_use]
    pub fn new(
        unit: &Unit,
        profile: &'a Profile,
        template: &'a Template,
        password: Option<Secret>,
        serial: u16,
        gives_answers: bool,
    ) -> Option<Self> {
        let variant = profile
            .variants_of(unit.model.as_deref())
            .into_iter()
            .next()?;
        Some(Self {
            identity: identity_of(unit, profile, variant),
            profile,
            variant,
            template,
            access: SmsAccess {
                login: None,
                password,
            },
            serial,
            gives_answers,
        })
    }

    /// Whether messages can do it at all, as far as that can be told before the unit was asked; if not, why.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn possible(&self) -> Result<(), String> {
        let texting = self.texting(0).map_err(|problem| problem.to_string())?;
        let plan = self.plan(&Held::default()).map_err(of_fault)?;
        let writes = plan.groups().concat();
        match texting.writes(&writes, &Held::default()) {
            Ok(_) => {}
            Err(SmsProblem::AskFirst(_)) if self.gives_answers => {}
            Err(SmsProblem::AskFirst(what)) => {
                return Err(format!(
                    "{} is written as a whole, so the unit has to be asked first, and this carrier brings no answers",
                    what.join(", ")
                ));
            }
            Err(problem) => return Err(problem.to_string()),
        }
        self.questions(Asking::Before)
            .map(drop)
            .map_err(|problem| problem.to_string())
    }

    /// The questions for everything that the unit shall hold; none where it cannot be asked.
    ///
    /// # Errors
    /// When a question lacks a password or a fact.
    pub fn questions(&self, asking: Asking) -> Result<Vec<SmsMessage>, SmsProblem> {
        if !self.gives_answers {
            return Ok(Vec::new());
        }
        let places: BTreeSet<Place> = self
            .plan(&Held::default())
            .map(|plan| plan.expected.into_iter().map(|each| each.place).collect())
            .unwrap_or_default();
        let texting = self.texting(asking.further())?;
        Ok(texting
            .questions(&places)?
            .into_iter()
            .filter(|message| message.is_answered)
            .collect())
    }

    /// What has to be written, from what the unit answered; everything, where it was not asked.
    ///
    /// # Errors
    /// When the template cannot be put on it by messages.
    pub fn plan(&self, held: &Held) -> Result<Plan, Fault> {
        let reading = self.reading(held);
        Plan::for_messages(self.profile, &self.identity, &reading, self.template)
    }

    /// The messages that write a plan.
    ///
    /// # Errors
    /// When anything of it cannot be said in messages.
    pub fn writes(&self, plan: &Plan, held: &Held) -> Result<Vec<SmsMessage>, SmsProblem> {
        let writes: Vec<PlaceWrite> = plan.groups().concat();
        self.texting(0)?.writes(&writes, held)
    }

    /// The message that has the unit apply what was written, where its family needs one.
    ///
    /// # Errors
    /// When it lacks a password or a fact.
    pub fn restart(&self) -> Result<Option<SmsMessage>, SmsProblem> {
        self.texting(0)?.restart()
    }

    /// What a text of the unit means as an answer to one of these messages.
    ///
    /// # Errors
    /// When the family takes no messages.
    pub fn understand(&self, message: &SmsMessage, text: &str) -> Result<Understood, SmsProblem> {
        Ok(self.texting(0)?.understand(message, text))
    }

    /// What the unit held before, as far as it answered: the way back.
    #[must_use]
    pub fn former(&self, plan: &Plan, held: &Held, template: Option<(String, u32)>) -> Former {
        let shown = self.reading(held).redacted();
        let mut former = Former {
            template,
            ..Former::default()
        };
        for change in &plan.changes {
            match &change.before {
                Some(before) => {
                    former
                        .settings
                        .insert(change.key.clone(), ShownValue::from(before));
                }
                None => {
                    former.mixed.insert(change.key.clone());
                }
            }
            for write in &change.writes {
                let place = write.place.to_string();
                if let Some(text) = shown.get(&place) {
                    former.places.insert(place, text.clone());
                }
            }
        }
        former
    }

    /// What the second answers prove.
    #[must_use]
    pub fn proof(&self, plan: &Plan, after: &Held) -> Kept {
        let changed = values(plan.changes.len());
        let reading = self.reading(after);
        let result = plan.check(self.profile, &self.identity, &reading);
        if !result.wrong.is_empty() {
            let condition = if result.right.is_empty() {
                UnitCondition::NotKnown
            } else {
                UnitCondition::PartlyWritten
            };
            return Kept::Failed {
                fault: Fault::MessageShowsOther {
                    settings: result.wrong,
                },
                condition,
            };
        }
        // What was asked for and did not come is no proof either.
        let silent = plan
            .expected
            .iter()
            .any(|expected| expected.provable && reading.get(&expected.place).is_none());
        if !result.unproved.is_empty() || silent {
            return Kept::TakenForNow(format!(
                "{changed} sent; what its messages do not show is proved by a reading on a cable"
            ));
        }
        Kept::Verified(format!("{changed} read back by text message"))
    }

    /// What stands where the second answers show what was written, and may be answers of an earlier talk.
    #[must_use]
    pub fn doubtful(&self, plan: &Plan) -> Kept {
        Kept::TakenForNow(format!(
            "{} sent; the unit's answer is one that it gave before, and no other came: a reading on a cable proves it",
            values(plan.changes.len())
        ))
    }

    /// Whether first answers call for nothing, or for other changes than what was read of the unit before.
    #[must_use]
    pub fn surprises(
        &self,
        plan: &Plan,
        held: &Held,
        read: &BTreeMap<SettingKey, ShownValue>,
    ) -> bool {
        let shown = self.settings_after(held);
        plan.changes.is_empty()
            || (shown.iter()).any(|(key, value)| read.get(key).is_some_and(|read| read != value))
    }

    /// The places that the second answers show to be wrong.
    #[must_use]
    pub fn wrong_places(&self, plan: &Plan, after: &Held) -> BTreeSet<Place> {
        let result = plan.check(self.profile, &self.identity, &self.reading(after));
        result
            .repairs
            .into_iter()
            .map(|write| write.place)
            .collect()
    }

    /// What stands where the unit cannot be asked again.
    #[must_use]
    pub fn unasked(&self, acknowledged: Acknowledged) -> Kept {
        let taken = values(acknowledged.taken);
        match acknowledged {
            Acknowledged {
                taken: 1..,
                unanswered: 0,
            } => Kept::TakenForNow(format!(
                "the unit answered that it took {taken}; a reading on a cable proves it"
            )),
            _ if self.gives_answers => Kept::SentForNow(
                "delivered; units of this family do not answer, a reading on a cable proves it"
                    .to_owned(),
            ),
            _ => Kept::SentForNow(
                "delivered; this carrier brings no answers, a reading on a cable proves it"
                    .to_owned(),
            ),
        }
    }

    /// Settings as they stand once a plan is proved.
    #[must_use]
    pub fn settings_after(&self, after: &Held) -> BTreeMap<SettingKey, ShownValue> {
        crate::plan::settings_shown(self.profile, &self.identity, &self.reading(after))
    }

    /// What is only our conclusion about these messages.
    #[must_use]
    pub fn unproven(&self) -> Option<&str> {
        self.profile.sms.as_ref()?.unproven.as_deref()
    }

    fn reading(&self, held: &Held) -> Reading {
        held.to_reading(self.profile, &self.variant.id)
    }

    fn texting(&self, further: u16) -> Result<Texting<'_>, SmsProblem> {
        let mut facts = Captures::new();
        if let Some(imei) = &self.identity.imei {
            facts.insert("imei".to_owned(), imei.as_str().to_owned());
        }
        if let Some(meid) = &self.identity.meid {
            facts.insert("meid".to_owned(), meid.as_str().to_owned());
        }
        Texting::new(
            self.profile,
            &self.variant.id,
            facts,
            self.access.clone(),
            self.serial.wrapping_add(further),
        )
    }
}

impl Former {
    /// Whether every place can be written again; a secret is never kept.
    ///
    /// # Errors
    /// Which secret is missing.
    pub fn whole(self) -> Result<Self, super::NoFormer> {
        match self.places.iter().find(|(_, text)| *text == DOTS) {
            Some((place, _)) => Err(super::NoFormer::Secret(place.clone())),
            None => Ok(self),
        }
    }
}

fn of_fault(fault: Fault) -> String {
    match fault {
        Fault::SettingNotAvailable { keys, why, .. } => format!("{}: {why}", keys.join(", ")),
        Fault::ValueOutOfRange { key, limits } => format!("{key}: {limits}"),
        other => other.three_words().to_lowercase(),
    }
}

fn values(count: usize) -> String {
    crate::wording::counted(count as u64, "value", "values")
}

fn identity_of(unit: &Unit, profile: &Profile, variant: &Variant) -> Identity {
    let id = unit.id.clone();
    Identity {
        imei: match &id {
            UnitId::Imei(imei) => Some(imei.clone()),
            _ => None,
        },
        meid: match &id {
            UnitId::Meid(meid) => Some(meid.clone()),
            _ => None,
        },
        esn: None,
        iccid: unit.iccid.clone(),
        iccid_text: None,
        profile: profile.id.clone(),
        variant: variant.id.clone(),
        model: unit.model.clone().unwrap_or_else(|| variant.model.clone()),
        firmware: unit.firmware.clone(),
        hardware: None,
        serial_number: unit.serial_number.clone(),
        warnings: Vec::new(),
        id,
    }
}

/// What a unit's refusal means.
#[must_use]
pub fn refused(understood: &Understood, condition: UnitCondition) -> Option<Kept> {
    matches!(understood.answer, SmsAnswer::Refused).then(|| Kept::Failed {
        fault: Fault::MessageAnsweredNo {
            reply: understood.shown.clone(),
        },
        condition,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Moment;
    use crate::profile::ProfileRegistry;
    use crate::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorFault};
    use jiff::Timestamp;
    use std::sync::Arc;

    const TEMPLATE: &str = "name = \"Van\"\nversion = 5\n[settings]\nserver.port = 5029\nreport.moving_interval_s = 45\n";

    struct Vehicle {
        simulated: SimulatedUnit,
        profile: Arc<Profile>,
        row: Unit,
    }

    fn vehicle(family: &str, faults: Vec<SimulatorFault>) -> Vehicle {
        let profile = Arc::clone(ProfileRegistry::shipped().get(family).unwrap());
        let options = SimulatedUnitOptions {
            seed: 3,
            faults,
            ..SimulatedUnitOptions::default()
        };
        let simulated = SimulatedUnit::new(Arc::clone(&profile), options, Moment(0)).unwrap();
        let (id, _) = UnitId::from_unit_answer(simulated.identity().id()).unwrap();
        let mut row = Unit::new(id, Timestamp::UNIX_EPOCH);
        row.model = Some(simulated.model().to_owned());
        row.profile = Some(profile.id.clone());
        Vehicle {
            simulated,
            profile,
            row,
        }
    }

    fn ask(vehicle: &mut Vehicle, words: &ByMessage<'_>, asking: Asking) -> Held {
        let mut held = Held::default();
        for question in words.questions(asking).unwrap() {
            let text = question.text().reveal();
            let answer = vehicle.simulated.text_message(text, Moment(10)).unwrap();
            let SmsAnswer::Values(values) = words.understand(&question, &answer).unwrap().answer
            else {
                panic!("{answer}");
            };
            held.merge(values);
        }
        held
    }

    fn talk(vehicle: &mut Vehicle) -> (Kept, Former) {
        let template = Template::from_toml(TEMPLATE).unwrap();
        let profile = Arc::clone(&vehicle.profile);
        let words = ByMessage::new(&vehicle.row, &profile, &template, None, 7, true).unwrap();
        assert_eq!(words.possible(), Ok(()));
        let held = ask(vehicle, &words, Asking::Before);
        let plan = words.plan(&held).unwrap();
        let former = words.former(&plan, &held, None);
        for write in words.writes(&plan, &held).unwrap() {
            let answer = vehicle
                .simulated
                .text_message(write.text().reveal(), Moment(20));
            let understood = words.understand(&write, &answer.unwrap()).unwrap();
            assert!(matches!(understood.answer, SmsAnswer::Taken { .. }));
        }
        let after = ask(vehicle, &words, Asking::After);
        (words.proof(&plan, &after), former)
    }

    #[test]
    fn only_the_second_answer_proves_and_an_acknowledgement_does_not() {
        for family in ["teltonika-fmb", "queclink"] {
            let mut honest = vehicle(family, Vec::new());
            let (kept, _) = talk(&mut honest);
            assert!(matches!(kept, Kept::Verified(_)), "{family}: {kept:?}");
        }
        let mut lying = vehicle("teltonika-fmb", vec![SimulatorFault::AckNotApplied]);
        let (kept, _) = talk(&mut lying);
        let Kept::Failed { fault, condition } = kept else {
            panic!("{kept:?}");
        };
        assert_eq!(fault.code(), "T-310");
        assert_eq!(condition, UnitCondition::NotKnown);
    }

    #[test]
    fn what_the_first_answer_showed_is_the_way_back() {
        let mut unit = vehicle("teltonika-fmb", Vec::new());
        let before = unit.simulated.flash().clone();
        let (_, former) = talk(&mut unit);
        assert_ne!(unit.simulated.flash(), &before);
        assert!(!former.places.is_empty());
        for (place, text) in &former.places {
            assert_eq!(before.get(&Place::named(place)), Some(text), "{place}");
        }
    }

    #[test]
    fn what_cannot_be_said_by_message_is_told_before_anything_is_sent() {
        let template = Template::from_toml(TEMPLATE).unwrap();
        let possible = |family: &str, gives_answers: bool| {
            let vehicle = vehicle(family, Vec::new());
            ByMessage::new(
                &vehicle.row,
                &vehicle.profile,
                &template,
                None,
                7,
                gives_answers,
            )
            .unwrap()
            .possible()
        };
        assert_eq!(possible("teltonika-fmb", false), Ok(()));
        let why = possible("queclink", false).unwrap_err();
        assert!(why.contains("brings no answers"), "{why}");
        let why = possible("meitrack", true).unwrap_err();
        assert!(!why.is_empty());
        for profile in ProfileRegistry::shipped()
            .all()
            .filter(|each| each.sms.is_none())
        {
            let vehicle = vehicle(&profile.id, Vec::new());
            let words = ByMessage::new(&vehicle.row, profile, &template, None, 7, true).unwrap();
            let why = words.possible().unwrap_err();
            assert!(why.contains("only a cable does"), "{}: {why}", profile.id);
        }
    }

    #[test]
    fn where_no_answer_comes_nothing_is_verified() {
        let template = Template::from_toml(TEMPLATE).unwrap();
        let vehicle = vehicle("teltonika-fmb", Vec::new());
        let words =
            ByMessage::new(&vehicle.row, &vehicle.profile, &template, None, 7, false).unwrap();
        assert!(words.questions(Asking::Before).unwrap().is_empty());
        let silent = Acknowledged {
            taken: 0,
            unanswered: 2,
        };
        assert!(matches!(words.unasked(silent), Kept::SentForNow(_)));
    }
}
