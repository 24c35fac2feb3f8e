//! The shortest honest job: read, write what differs, save, restart, find the same unit again, read everything, compare.

use super::desk::{Desk, Lost};
use fleet::fault::Mismatch;
use fleet::job::{Operation, OperationOutcome};
use fleet::plan::PlaceWrite;
use fleet::profile::{Place, Setting, same_on_wire, to_wire};
use fleet::setting::SettingKind;
use fleet::{Fault, Identity, Reading, Secret, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Rounds of writing until a value that does not stay counts as one that never will.
const ROUNDS: usize = 2;
/// Connections that may be lost.
const LOSSES: usize = 4;

/// How a walk ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// Every wanted text was read back after save and restart.
    Verified {
        /// Rounds of writing.
        rounds: usize,
        identity: Box<Identity>,
    },
    Failed(Fault),
}

/// What is wanted, as wire texts by place, made up from the profile's own limits: something else than the unit holds.
pub fn wanted(desk: &Desk, variant: &str) -> BTreeMap<Place, (Setting, String)> {
    let variant = desk.profile.variant(variant).unwrap();
    let mut wanted = BTreeMap::new();
    for setting in desk
        .profile
        .settings_on(variant)
        .filter(|setting| setting.set_apart_from.is_none())
    {
        let text = to_wire(&desk.profile, &setting, &value_for(&setting)).unwrap();
        for place in &setting.places {
            wanted.insert(place.clone(), (setting.clone(), text.clone()));
        }
    }
    for need in desk
        .profile
        .settings_on(variant)
        .flat_map(|setting| setting.needs)
    {
        if !desk
            .unit
            .ram()
            .get(&need.place)
            .is_some_and(|text| need.any.contains(text))
        {
            let as_text = desk.profile.settings.first().unwrap();
            let as_text = Setting {
                kind: SettingKind::Text,
                ..as_text.clone()
            };
            wanted.insert(need.place, (as_text, need.any.first().unwrap().clone()));
        }
    }
    wanted
}

fn value_for(setting: &Setting) -> Value {
    let fits = |text: &str| {
        text.chars()
            .take(setting.max_length.unwrap_or(64))
            .collect::<String>()
    };
    match setting.kind {
        SettingKind::Integer => {
            let mask = setting.mask.map_or(900, i64::from);
            let candidates = [mask, 900, 20_000, 7, 2, 1, setting.max.unwrap_or(0)];
            let good = |number: &i64| {
                setting
                    .mask
                    .is_none_or(|mask| number & !i64::from(mask) == 0)
                    && setting.min.is_none_or(|min| *number >= min)
                    && setting.max.is_none_or(|max| *number <= max)
                    && number % setting.scale == 0
            };
            Value::Integer(candidates.into_iter().find(good).unwrap())
        }
        SettingKind::Choice => Value::Text(setting.choices.keys().next_back().unwrap().clone()),
        SettingKind::Text => Value::Text(fits(&format!(
            "walk.{}",
            setting.key.as_str().replace(['.', '_'], "-")
        ))),
        SettingKind::Secret => Value::Secret(Secret::new(fits("hidden-walk-words"))),
    }
}

/// Walks the whole way.
pub fn walk(desk: &mut Desk) -> Ended {
    let mut job = Job {
        desk,
        losses: 0,
        identity: None,
        before: None,
    };
    match job.go() {
        Ok(rounds) => Ended::Verified {
            rounds,
            identity: Box::new(job.identity.expect("it was recognised")),
        },
        Err(fault) => Ended::Failed(fault),
    }
}

struct Job<'a> {
    desk: &'a mut Desk,
    losses: usize,
    identity: Option<Identity>,
    before: Option<Reading>,
}

impl Job<'_> {
    fn go(&mut self) -> Result<usize, Fault> {
        self.find()?;
        let variant = self
            .identity
            .as_ref()
            .map(|identity| identity.variant.clone())
            .unwrap_or_default();
        let wanted = wanted(self.desk, &variant);
        let mut reading = self.read()?;
        self.before = Some(reading.clone());
        let mut rounds = 0;
        loop {
            let writes = differences(&wanted, &reading);
            if writes.is_empty() && rounds > 0 {
                break;
            }
            if rounds > ROUNDS {
                return Err(did_not_stay(&writes, &reading));
            }
            rounds += 1;
            self.write(&writes)?;
            self.command(&Operation::Save)?;
            self.restart()?;
            reading = self.read()?;
        }
        self.nothing_else_changed(&wanted, &reading)?;
        let _ = self.desk.run(Operation::End);
        Ok(rounds)
    }

    /// Recognises the unit, the same one as before.
    fn find(&mut self) -> Result<(), Fault> {
        let longest_ms = self
            .desk
            .profile
            .restart
            .as_ref()
            .map_or(60_000, |restart| restart.longest_ms);
        let end = self.desk.now.plus_ms(longest_ms);
        loop {
            if !self.desk.wait_for_port(end.since_ms(self.desk.now)) {
                return Err(Fault::DidNotComeBack);
            }
            match self.desk.recognise() {
                Ok(Ok(identity)) => {
                    let expected = self.identity.get_or_insert_with(|| identity.clone());
                    if !expected.is_same_unit(&identity) {
                        return Err(Fault::OtherUnit {
                            expected: expected.id.to_string(),
                            found: identity.id.to_string(),
                        });
                    }
                    return Ok(());
                }
                Ok(Err(fault))
                    if self.identity.is_none() || matches!(fault, Fault::OtherUnit { .. }) =>
                {
                    return Err(fault);
                }
                Ok(Err(_)) if self.desk.now < end => {}
                Ok(Err(_)) => return Err(Fault::DidNotComeBack),
                Err(Lost) => self.lost()?,
            }
        }
    }

    fn lost(&mut self) -> Result<(), Fault> {
        self.losses += 1;
        if self.losses > LOSSES {
            Err(Fault::RestartLoop)
        } else {
            Ok(())
        }
    }

    /// Runs an operation that may be repeated, on the next connection too.
    fn command(&mut self, operation: &Operation) -> Result<OperationOutcome, Fault> {
        loop {
            match self.desk.run(operation.clone()) {
                Ok(OperationOutcome::Failed(fault)) => return Err(fault),
                Ok(outcome) => return Ok(outcome),
                Err(Lost) => {
                    self.lost()?;
                    self.find()?;
                }
            }
        }
    }

    fn read(&mut self) -> Result<Reading, Fault> {
        match self.command(&Operation::ReadAll)? {
            OperationOutcome::Read(reading) => {
                assert!(
                    reading.complete || !self.desk.warnings.is_empty(),
                    "an incomplete reading must be said"
                );
                Ok(reading)
            }
            other => panic!("reading gave {other:?}"),
        }
    }

    fn write(&mut self, writes: &[PlaceWrite]) -> Result<(), Fault> {
        let mut refused = Vec::new();
        for group in writes.chunks(16) {
            match self.command(&Operation::Write(group.to_vec()))? {
                OperationOutcome::Written { refused: places } => refused.extend(places),
                other => panic!("writing gave {other:?}"),
            }
        }
        if refused.is_empty() {
            Ok(())
        } else {
            Err(Fault::ValuesRefused {
                settings: refused.iter().map(ToString::to_string).collect(),
            })
        }
    }

    fn restart(&mut self) -> Result<(), Fault> {
        if let Ok(OperationOutcome::Failed(fault)) = self.desk.run(Operation::Restart) {
            return Err(fault);
        }
        self.desk.pass(500);
        self.find()
    }

    fn nothing_else_changed(
        &self,
        wanted: &BTreeMap<Place, (Setting, String)>,
        after: &Reading,
    ) -> Result<(), Fault> {
        let before = self.before.as_ref().expect("it was read");
        let places: BTreeSet<&Place> = before
            .places
            .keys()
            .chain(after.places.keys())
            .filter(|place| !wanted.contains_key(place))
            .collect();
        let changed: Vec<Mismatch> = places
            .into_iter()
            .filter(|place| before.get(place) != after.get(place))
            .map(|place| Mismatch {
                what: place.to_string(),
                expected: before.get(place).unwrap_or_default().to_owned(),
                found: after.get(place).map(ToOwned::to_owned),
            })
            .collect();
        if changed.is_empty() {
            Ok(())
        } else {
            Err(Fault::ChangedByItself { settings: changed })
        }
    }
}

fn differences(wanted: &BTreeMap<Place, (Setting, String)>, reading: &Reading) -> Vec<PlaceWrite> {
    wanted
        .iter()
        .filter(|(place, (setting, text))| {
            !reading
                .get(place)
                .is_some_and(|held| same_on_wire(setting, held, text))
        })
        .map(|(place, (_, text))| PlaceWrite {
            place: place.clone(),
            before: reading.get(place).map(Secret::new),
            after: Secret::new(text.clone()),
        })
        .collect()
}

fn did_not_stay(writes: &[PlaceWrite], reading: &Reading) -> Fault {
    let mismatch = |write: &PlaceWrite| Mismatch {
        what: write.place.to_string(),
        expected: write.after.reveal().to_owned(),
        found: reading.get(&write.place).map(ToOwned::to_owned),
    };
    Fault::DidNotStay {
        settings: writes.iter().map(mismatch).collect(),
    }
}
