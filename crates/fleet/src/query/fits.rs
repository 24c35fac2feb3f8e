//! Whether one unit is meant. The inventory answers the same for a million with its indexes; this is what it must agree with.

use super::folded::{
    bare, folded, has_word_begin, numbers, texts, tokens, typed_number, typed_number_of,
    without_country_code,
};
use super::{AgeOf, Compare, Filter, Query, StateWord, Test, TextField, TextTest};
use crate::registration::RegistrationState;
use crate::unit::{Unit, UnitState};
use jiff::Timestamp;

/// A unit that was heard once is quiet when it was not heard for so long.
pub const QUIET_AFTER_MS: i64 = 24 * 60 * 60 * 1000;
/// Shorter fragments are looked for at both ends of numbers only.
pub const SHORTEST_FRAGMENT: usize = 3;

/// What a query may ask of a unit.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Its row.
    pub unit: &'a Unit,
    /// The last sign of life.
    pub seen: Option<Timestamp>,
    /// The last report.
    pub reported: Option<Timestamp>,
    /// Newest released version of its template.
    pub newest_version: Option<u32>,
    /// Whether its last reading differs from the version that it was given.
    pub differs: bool,
    /// The time.
    pub now: Timestamp,
}

impl Facts<'_> {
    /// Whether it is not as the newest released version of its template wants it. A retired unit is no concern.
    #[must_use]
    pub fn drifts(&self) -> bool {
        let old = match (self.unit.template_version, self.newest_version) {
            (Some(version), Some(newest)) => version < newest,
            _ => false,
        };
        self.unit.state != UnitState::Retired && (old || self.differs)
    }

    fn at(&self, of: AgeOf) -> Option<Timestamp> {
        match of {
            AgeOf::Seen => self.seen,
            AgeOf::Report => self.reported,
            AgeOf::Set => self.unit.provisioned_at,
            AgeOf::Changed => Some(self.unit.updated_at),
        }
    }
}

impl Query {
    /// The ways to read it, likeliest first: '8901 2602 0001' is one number before it is three words, and '+1 206 555 0142' is a phone number
    /// with its country code before it is four.
    /// A later way counts only where no unit fits an earlier one.
    #[must_use]
    pub fn readings(&self) -> Vec<Self> {
        let joined = typed_number(&self.words.concat());
        let digits = joined.bytes().all(|each| each.is_ascii_digit());
        let of_one = |number: &str| Self {
            words: vec![number.to_owned()],
            filters: self.filters.clone(),
        };
        let local = without_country_code(&joined).map(of_one);
        if self.words.len() > 1 && digits && !joined.is_empty() {
            let mut readings = vec![of_one(&joined)];
            readings.extend(local);
            readings.push(self.clone());
            readings
        } else {
            let mut readings = vec![self.clone()];
            readings.extend(local);
            readings
        }
    }

    /// Whether a unit fits, read in this one way.
    #[must_use]
    pub fn fits(&self, facts: &Facts<'_>) -> bool {
        self.words.iter().all(|word| word_fits(word, facts.unit))
            && self.filters.iter().all(|filter| filter.fits(facts))
    }
}

/// Whether a word stands in a number or a text of a unit.
#[must_use]
pub fn word_fits(word: &str, unit: &Unit) -> bool {
    let number = typed_number(word);
    let long = number.chars().count() >= SHORTEST_FRAGMENT;
    let in_number = |each: &String| {
        if long {
            each.contains(&number)
        } else {
            each.starts_with(&number) || each.ends_with(&number)
        }
    };
    if !number.is_empty() && numbers(unit).iter().any(in_number) {
        return true;
    }
    let (wanted, text) = (folded(word), folded(&joined_texts(unit)));
    if wanted.chars().count() >= SHORTEST_FRAGMENT && text.contains(&wanted) {
        return true;
    }
    let wanted = tokens(word);
    let there = tokens(&text);
    !wanted.is_empty()
        && wanted
            .iter()
            .all(|word| there.iter().any(|token| token.starts_with(word.as_str())))
}

/// The searched texts of a unit, a line each.
#[must_use]
pub fn joined_texts(unit: &Unit) -> String {
    let lines: Vec<&str> = texts(unit).into_iter().flatten().collect();
    lines.join("\n")
}

impl Filter {
    /// Whether a unit fits.
    #[must_use]
    pub fn fits(&self, facts: &Facts<'_>) -> bool {
        let holds = match &self.test {
            Test::Text(field, tests) => tests
                .iter()
                .any(|test| test.fits(*field, &value(*field, facts.unit))),
            Test::State(states) => states.iter().any(|state| state.fits(facts)),
            Test::Version(compare, version) => facts
                .unit
                .template_version
                .is_some_and(|found| compare.holds(i64::from(found), i64::from(*version))),
            Test::Age(of, compare, age) => {
                let earliest = facts.now.as_millisecond() - age.milliseconds();
                let at = facts.at(*of).map(Timestamp::as_millisecond);
                match compare {
                    Compare::Less => at.is_some_and(|at| at > earliest),
                    // What never was is longer ago than anything.
                    _ => at.is_none_or(|at| at <= earliest),
                }
            }
            Test::Never(of) => facts.at(*of).is_none(),
            Test::Drift(yes) => facts.drifts() == *yes,
        };
        holds != self.not
    }
}

impl Compare {
    /// Whether `found` stands so to `wanted`.
    #[must_use]
    pub fn holds(self, found: i64, wanted: i64) -> bool {
        match self {
            Self::Is => found == wanted,
            Self::Less => found < wanted,
            Self::More => found > wanted,
        }
    }
}

/// What stands in a field; empty when nothing does.
#[must_use]
pub fn value(field: TextField, unit: &Unit) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    match field {
        TextField::Id => unit.id.as_str().to_owned(),
        TextField::Iccid => unit
            .iccid
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        TextField::Mdn => unit
            .mdn
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        TextField::Serial => text(&unit.serial_number),
        TextField::Vehicle => text(&unit.vehicle),
        TextField::Customer => text(&unit.customer),
        TextField::Office => text(&unit.office),
        TextField::Note => text(&unit.note),
        TextField::Model => text(&unit.model),
        TextField::Firmware => text(&unit.firmware),
        TextField::Template => template_text(unit.template.as_deref(), unit.template_version),
        TextField::Family => text(&unit.profile),
        TextField::Plan => text(&unit.plan_code),
    }
}

/// 'Van standard v5'.
#[must_use]
pub fn template_text(name: Option<&str>, version: Option<u32>) -> String {
    match (name, version) {
        (Some(name), Some(version)) => format!("{name} v{version}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => String::new(),
    }
}

impl TextTest {
    /// Whether a field's value fits.
    #[must_use]
    pub fn fits(&self, field: TextField, value: &str) -> bool {
        match self {
            Self::Empty => value.is_empty(),
            Self::Is(wanted) if field.is_number() => typed_number_of(field, wanted) == bare(value),
            Self::Is(wanted) => {
                let (wanted, value) = (folded(wanted), folded(value));
                let name = value.rsplit_once(" v").map(|(name, _)| name);
                wanted == value || (field == TextField::Template && name == Some(wanted.as_str()))
            }
            Self::Has(wanted) => {
                let number = typed_number_of(field, wanted);
                let as_number = field.is_number() || field == TextField::Vehicle;
                (as_number && !number.is_empty() && bare(value).contains(&number))
                    || (!field.is_number() && has_word_begin(&folded(value), &folded(wanted)))
            }
        }
    }
}

impl StateWord {
    /// Whether a unit is in this state.
    #[must_use]
    pub fn fits(self, facts: &Facts<'_>) -> bool {
        let (state, registration) = (facts.unit.state, facts.unit.registration);
        if let Some(wanted) = self.unit_state() {
            return state == wanted;
        }
        if let Some(wanted) = self.registration() {
            return registration == Some(wanted);
        }
        let quiet_since = facts.now.as_millisecond() - QUIET_AFTER_MS;
        let heard = facts.reported.map(Timestamp::as_millisecond);
        match self {
            Self::NotRegistered => {
                matches!(registration, None | Some(RegistrationState::Skipped))
            }
            Self::Reporting => heard.is_some_and(|at| at > quiet_since),
            Self::Quiet => state != UnitState::Retired && heard.is_some_and(|at| at <= quiet_since),
            Self::NeverReported => {
                state != UnitState::Retired
                    && facts.unit.provisioned_at.is_some()
                    && heard.is_none()
            }
            _ => state != UnitState::Retired,
        }
    }

    /// The state of the row that it stands for, if it is one.
    #[must_use]
    pub fn unit_state(self) -> Option<UnitState> {
        Some(match self {
            Self::Known => UnitState::Known,
            Self::Verified => UnitState::Verified,
            Self::NotVerified => UnitState::NotVerified,
            Self::Stopped => UnitState::Stopped,
            Self::NeedsYou => UnitState::NeedsPerson,
            Self::Retired => UnitState::Retired,
            _ => return None,
        })
    }

    /// The registration that it stands for, if it is one.
    #[must_use]
    pub fn registration(self) -> Option<RegistrationState> {
        Some(match self {
            Self::Active => RegistrationState::Active,
            Self::Activating => RegistrationState::Pending,
            Self::Owed => RegistrationState::Owed,
            Self::Refused => RegistrationState::Refused,
            Self::Suspended => RegistrationState::Suspended,
            Self::Ended => RegistrationState::Ended,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn at(days_ago: i64) -> Timestamp {
        Timestamp::from_second(NOW - days_ago * 86_400).unwrap()
    }

    fn unit() -> Unit {
        let id = crate::UnitId::from_unit_answer("356868000041418")
            .unwrap()
            .0;
        let mut unit = Unit::new(id, at(2));
        unit.iccid = crate::Iccid::parse("89011200000117291582").ok();
        unit.mdn = crate::Mdn::parse("2065550142").ok();
        unit.customer = Some("Café Northwind".into());
        unit.vehicle = Some("KL-4821 B".into());
        unit.office = Some("North office".into());
        unit.note = Some("behind the glove box".into());
        unit.template = Some("Van standard".into());
        unit.template_version = Some(4);
        unit.state = UnitState::Verified;
        unit.provisioned_at = Some(at(10));
        unit
    }

    fn fits(query: &str) -> bool {
        let unit = unit();
        let facts = Facts {
            unit: &unit,
            seen: Some(at(3)),
            reported: Some(at(3)),
            newest_version: Some(5),
            differs: false,
            now: at(0),
        };
        let query = Query::parse(query).unwrap();
        query.readings().iter().any(|reading| reading.fits(&facts))
    }

    #[test]
    fn a_unit_fits_by_any_part_of_it() {
        for query in [
            "1418",
            "41418",
            "3568",
            "6868",
            "8901 1200",
            "1582",
            "(206) 555-0142",
            "+12065550142",
            "1-206-555-0142",
            "+1 206 555 0142",
            "+1 (206) 555-0142",
            "phone:\"+1 206 555 0142\"",
            "phone=12065550142",
            "8901 1200 0001 1729 1582",
            "kl4821",
            "4821b",
            "northw",
            "orthwi",
            "cafe",
            "CAFÉ",
            "glove box",
            "\"glove box\"",
            "be",
            "office:north",
            "office:\"north office\"",
            "office=\"north OFFICE\"",
            "-office:south",
            "customer:north",
            "plate:4821",
            "sim:0117",
            "imei=356868000041418",
            "template:\"van standard\"",
            "template:\"van standard v4\"",
            "template=\"van standard\"",
            "version<5",
            "version:4",
            "state:verified",
            "state:quiet",
            "state:in-use",
            "state:not-registered",
            "state:retired,verified",
            "seen<7d",
            "seen>2d",
            "report<7d",
            "set<11d",
            "changed>1d",
            "drift:yes",
            "model:none",
            "office:south,north",
            "*",
        ] {
            assert!(fits(query), "{query}");
        }
        for query in [
            "9999",
            "1418 absent",
            "elove",
            "ox of",
            "office:orth",
            "office=north",
            "office:none",
            "-office:north",
            "version>4",
            "state:known",
            "state:reporting",
            "state:never-reported",
            "seen<2d",
            "seen>4d",
            "seen:never",
            "set<9d",
            "drift:no",
            "sim:4821",
            "state:active",
            "customer:wind",
        ] {
            assert!(!fits(query), "{query}");
        }
    }

    #[test]
    fn a_sharp_s_is_two_in_capitals() {
        let mut unit = unit();
        unit.customer = Some("Bäckerei Hauptstraße".into());
        for word in [
            "strasse",
            "STRASSE",
            "straße",
            "hauptstraße",
            "HAUPTSTRASSE",
            "baeckerei",
        ] {
            assert_eq!(word_fits(word, &unit), word != "baeckerei", "{word}");
        }
    }

    #[test]
    fn letters_of_other_alphabets_are_found_in_small_and_large_and_without_their_accents() {
        let found = |customer: &str, word: &str| {
            let mut unit = unit();
            (unit.customer, unit.vehicle) = (Some(customer.into()), None);
            word_fits(word, &unit)
        };
        for (customer, words) in [
            (
                "Bäckerei Hauptstraße",
                ["strasse", "HAUPTSTRASSE", "backerei"],
            ),
            ("Łódź Żabka", ["lodz", "ŁÓDŹ", "zabka"]),
            ("IŞIK Taşımacılık", ["isik", "ışık", "tasimacilik"]),
            ("ΣΊΣΥΦΟΣ", ["σίσυφος", "ΣΙΣΥΦΟΣ", "σισυφοσ"]),
            ("Ёлка", ["елка", "ЁЛКА", "ёл"]),
            ("ﬁrst Ærø", ["first", "aero", "FIRST"]),
        ] {
            for word in words {
                assert!(found(customer, word), "{word} in {customer}");
            }
        }
        assert!(!found("Bäckerei", "baeckerei"));
        assert_eq!(super::bare("М-ЁЖ 12"), super::bare("м-ёж12"));
    }

    #[test]
    fn a_number_typed_in_groups_is_one_number_first() {
        let first = |text: &str| Query::parse(text).unwrap().readings()[0].words.clone();
        assert_eq!(
            first("8965 8808 1210 0011 146F"),
            ["8965880812100011146"],
            "the F fills up the card's last byte"
        );
        let phone = Query::parse("+1 206 555 0142").unwrap().readings();
        assert_eq!(
            phone[..2]
                .iter()
                .map(|reading| reading.words.concat())
                .collect::<Vec<_>>(),
            ["12065550142", "2065550142"],
            "an ESN has eleven digits, too"
        );
        assert_eq!(Query::parse("12065550142").unwrap().readings().len(), 2);
        assert_eq!(Query::parse("2065550142").unwrap().readings().len(), 1);
    }

    #[test]
    fn a_retired_unit_is_neither_quiet_nor_adrift() {
        let mut unit = unit();
        unit.state = UnitState::Retired;
        let facts = Facts {
            unit: &unit,
            seen: Some(at(3)),
            reported: Some(at(3)),
            newest_version: Some(5),
            differs: true,
            now: at(0),
        };
        assert!(!facts.drifts());
        assert!(!StateWord::Quiet.fits(&facts) && !StateWord::InUse.fits(&facts));
    }

    #[test]
    fn what_never_was_is_longer_ago_than_anything() {
        let mut unit = unit();
        unit.provisioned_at = None;
        let facts = Facts {
            unit: &unit,
            seen: None,
            reported: None,
            newest_version: None,
            differs: false,
            now: at(0),
        };
        let fits = |query: &str| Query::parse(query).unwrap().fits(&facts);
        assert!(fits("seen>30d") && fits("set:never") && fits("report:never"));
        assert!(!fits("seen<30d") && !fits("drift:yes"));
    }
}
