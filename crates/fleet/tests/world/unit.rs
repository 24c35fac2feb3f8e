//! Units as the job sees them: RAM and flash apart, restarts, other units in the port, and everything that goes wrong there.

use fleet::job::{Operation, OperationOutcome};
use fleet::plan::PlaceWrite;
use fleet::profile::Place;
use fleet::{Fault, Iccid, Identity, Reading, UnitId};
use std::collections::{BTreeMap, BTreeSet};

pub type Places = BTreeMap<Place, String>;

/// What goes wrong at one operation, counted from 1 over the life of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The cable is pulled; the operation was or was not carried out before.
    Unplug { done: bool, away_ms: u64 },
    /// As `Unplug`, and the unit loses its power with the cable.
    PowerLoss,
    /// Another unit stands in the port, and nobody noticed.
    SwapUnnoticed,
    /// Another unit stands in the port after a lost connection.
    SwapNoticed,
    /// No answer; the operation was or was not carried out.
    NoAnswer { done: bool },
    /// A reading that is cut.
    CutReading,
}

/// What is wrong with a unit, and how often.
#[derive(Debug, Clone, Default)]
pub struct Flaws {
    /// Says no to a place; carries it out all the same when the flag is set.
    pub refuses: Vec<(&'static str, bool)>,
    /// Acknowledges a place and does not take it.
    pub forgets: Vec<&'static str>,
    /// Says that it saved and did not.
    pub saves_ignored: u32,
    /// Saves only the first half of its places.
    pub saves_half: u32,
    /// Keeps this text at a place, so often.
    pub keeps_wrong: Option<(&'static str, &'static str, u32)>,
    /// Changes a place at each restart.
    pub changes_itself: Option<(&'static str, &'static str)>,
    /// Never comes back from that many restarts within the time.
    pub stays_away: u32,
    /// Shows nothing of this command before its first restart.
    pub shows_late: Option<&'static str>,
    /// Does not obey that many requests to restart.
    pub ignores_restarts: u32,
    /// Leaves these places out of what it shows.
    pub hides: Vec<&'static str>,
}

pub struct UnitModel {
    pub identity: Identity,
    pub ram: Places,
    pub flash: Places,
    pub original: Places,
    pub flaws: Flaws,
    /// Writes that reached it.
    pub writes: u32,
    /// Whether it has restarted since it was last asked who it is after a restart.
    pub restarted: bool,
}

pub struct Bench {
    pub units: [UnitModel; 2],
    /// Which unit stands in the port.
    pub port: Option<usize>,
    /// When a pulled unit is put back.
    pub back_at: Option<u64>,
    pub connection: u64,
    pub operations: u32,
    pub faults: BTreeMap<u32, At>,
}

pub fn place(name: &str) -> Place {
    match name.split_once('.') {
        Some((command, field)) => Place::Field {
            command: command.to_owned(),
            field: field.to_owned(),
        },
        None => Place::Parameter {
            parameter: name.to_owned(),
        },
    }
}

pub fn identity(imei: &str, iccid: &str) -> Identity {
    let (id, _) = UnitId::from_unit_answer(imei).unwrap();
    Identity {
        id,
        imei: None,
        meid: None,
        esn: None,
        iccid: Some(Iccid::parse(iccid).unwrap()),
        iccid_text: None,
        profile: "bench-tester".to_owned(),
        variant: "one".to_owned(),
        model: "Tester One".to_owned(),
        firmware: Some("1.0".to_owned()),
        hardware: None,
        serial_number: None,
        warnings: Vec::new(),
    }
}

pub const FORMER_SECRET: &str = "formersecret";

impl UnitModel {
    pub fn new(imei: &str, iccid: &str, flaws: Flaws) -> Self {
        let factory: Places = [
            ("2001", "internet"),
            ("2003", FORMER_SECRET),
            ("10", ""),
            ("NET.mode", "0"),
            ("NET.link", "0"),
            ("NET.host", "old.example.net"),
            ("NET.port", "5027"),
            ("10050", "300"),
            ("10055", "120"),
            ("10150", "300"),
            ("10155", "120"),
            ("2100", "10"),
            ("99", "17"),
            ("30000", "x"),
        ]
        .into_iter()
        .map(|(name, text)| (place(name), text.to_owned()))
        .collect();
        Self {
            identity: identity(imei, iccid),
            ram: factory.clone(),
            flash: factory.clone(),
            original: factory,
            flaws,
            writes: 0,
            restarted: false,
        }
    }

    pub fn reading_of(places: &Places, hides: &[&str]) -> Reading {
        let secret = BTreeSet::from([place("2003"), place("10")]);
        let shown = places
            .iter()
            .filter(|(at, _)| **at != place("10") && !hides.iter().any(|name| place(name) == **at));
        Reading {
            places: shown.map(|(at, text)| (at.clone(), text.clone())).collect(),
            complete: true,
            secret_places: secret,
        }
    }

    fn write(&mut self, writes: &[PlaceWrite]) -> OperationOutcome {
        let mut refused = Vec::new();
        for write in writes {
            self.writes += 1;
            let refusal = self
                .flaws
                .refuses
                .iter()
                .find(|(name, _)| place(name) == write.place);
            if refusal.is_some() {
                refused.push(write.place.clone());
            }
            let takes = refusal.is_none_or(|(_, all_the_same)| *all_the_same);
            if let Some(at) = self
                .flaws
                .forgets
                .iter()
                .position(|name| place(name) == write.place)
            {
                self.flaws.forgets.remove(at);
            } else if takes {
                self.ram
                    .insert(write.place.clone(), write.after.reveal().to_owned());
            }
        }
        OperationOutcome::Written { refused }
    }

    fn save(&mut self) {
        if self.flaws.saves_ignored > 0 {
            self.flaws.saves_ignored -= 1;
            return;
        }
        let mut kept = self.ram.clone();
        if self.flaws.saves_half > 0 {
            self.flaws.saves_half -= 1;
            let half = kept.len() / 2;
            kept.extend(
                self.flash
                    .iter()
                    .skip(half)
                    .map(|(at, text)| (at.clone(), text.clone())),
            );
        }
        if let Some((name, text, times)) = &mut self.flaws.keeps_wrong
            && *times > 0
        {
            *times -= 1;
            kept.insert(place(name), (*text).to_owned());
        }
        self.flash = kept;
    }

    pub fn restart(&mut self) {
        self.flaws.shows_late = None;
        self.flash.insert(place("99"), "0".to_owned());
        if let Some((name, text)) = self.flaws.changes_itself {
            self.flash.insert(place(name), text.to_owned());
        }
        self.ram = self.flash.clone();
        self.restarted = true;
    }
}

impl Bench {
    fn there(&mut self) -> Option<&mut UnitModel> {
        self.port.and_then(|at| self.units.get_mut(at))
    }

    /// The right unit is in the port again, by a person's hand.
    pub fn plug_right_unit(&mut self) {
        self.port = Some(0);
        self.back_at = None;
        self.connection += 1;
    }

    /// What comes of `operation`. `guarded`: the session reads the identity again before a write leaves, as its contract says.
    pub fn operate(
        &mut self,
        operation: &Operation,
        expected: &UnitId,
        guarded: bool,
        now: u64,
    ) -> OperationOutcome {
        self.operations += 1;
        let fault = self.faults.remove(&self.operations);
        if let Some(At::SwapUnnoticed) = fault {
            self.port = Some(1);
        }
        match fault {
            Some(At::Unplug { done, away_ms }) => {
                if done {
                    self.carry_out(operation, expected, guarded);
                }
                self.port = None;
                self.back_at = Some(now + away_ms);
                OperationOutcome::ConnectionLost
            }
            Some(At::PowerLoss) => {
                self.units[0].restart();
                self.port = None;
                self.back_at = Some(now + 5000);
                OperationOutcome::ConnectionLost
            }
            Some(At::SwapNoticed) => {
                self.port = Some(1);
                self.connection += 1;
                OperationOutcome::ConnectionLost
            }
            Some(At::NoAnswer { done }) => {
                if done {
                    self.carry_out(operation, expected, guarded);
                }
                OperationOutcome::Failed(Fault::NoAnswer {
                    exchange: "any".to_owned(),
                })
            }
            Some(At::CutReading) => match self.carry_out(operation, expected, guarded) {
                OperationOutcome::Read(mut reading) => {
                    reading.complete = false;
                    reading.places = reading.places.into_iter().take(5).collect();
                    OperationOutcome::Read(reading)
                }
                other => other,
            },
            _ => self.carry_out(operation, expected, guarded),
        }
    }

    fn carry_out(
        &mut self,
        operation: &Operation,
        expected: &UnitId,
        guarded: bool,
    ) -> OperationOutcome {
        let Some(unit) = self.there() else {
            return OperationOutcome::ConnectionLost;
        };
        match operation {
            Operation::Identify => OperationOutcome::Identified(Box::new(unit.identity.clone())),
            Operation::ReadAll => {
                let mut reading = UnitModel::reading_of(&unit.ram, &unit.flaws.hides);
                if let Some(late) = unit.flaws.shows_late {
                    let hidden =
                        |at: &Place| matches!(at, Place::Field { command, .. } if command == late);
                    reading.places.retain(|at, _| !hidden(at));
                }
                OperationOutcome::Read(reading)
            }
            Operation::Write(_) if guarded && unit.identity.id != *expected => {
                OperationOutcome::Failed(Fault::OtherUnit {
                    expected: expected.to_string(),
                    found: unit.identity.id.to_string(),
                })
            }
            Operation::Write(writes) => unit.write(writes),
            Operation::Save => {
                unit.save();
                OperationOutcome::Done
            }
            Operation::Restart => {
                if unit.flaws.ignores_restarts > 0 {
                    unit.flaws.ignores_restarts -= 1;
                } else {
                    unit.restart();
                }
                OperationOutcome::Done
            }
            Operation::LearnCode(_) | Operation::End => OperationOutcome::Done,
        }
    }

    /// Who answers after waiting, if anybody does.
    pub fn await_unit(
        &mut self,
        restarting: bool,
        longest_ms: u64,
        now: &mut u64,
    ) -> Option<Identity> {
        if restarting && self.units[0].flaws.stays_away > 0 {
            self.units[0].flaws.stays_away -= 1;
            *now += longest_ms;
            return None;
        }
        if self.port.is_none() {
            let back_at = self.back_at.unwrap_or(*now);
            if back_at > *now + longest_ms {
                *now += longest_ms;
                return None;
            }
            *now = (*now).max(back_at);
            self.port = Some(0);
            self.back_at = None;
        }
        self.connection += 1;
        self.there().map(|unit| unit.identity.clone())
    }
}
