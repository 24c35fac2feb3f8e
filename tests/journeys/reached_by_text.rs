//! Units in vehicles, set by text message from end to end: the program's words leave through the real messenger and the pretend carrier's
//! network, the simulated unit obeys, and what it answers comes back the same way. Green only by asking again.

use super::messages::{quiet, started};
use crate::desk::HeldSandbox;
use carrier::sandbox::{AccountSeed, SandboxConfig, SeededUnit, Switches};
use carrier::{CarrierKind, MessageTarget};
use fleet::plan::PlaceWrite;
use fleet::profile::{Place, Profile, ProfileRegistry};
use fleet::simulator::{SimulatedUnit, SimulatedUnitOptions, SimulatorFault};
use fleet::sms::{Held, SmsAccess, SmsAnswer, SmsMessage, Texting};
use fleet::unit::Unit;
use fleet::{Iccid, Mdn, Moment, Secret, UnitId};
use fleetdesk::demo::{OnAir, carry_texts};
use fleetdesk::engine::{MessageEnd, MessageWish, Messenger};
use jiff::Timestamp;
use serde_json::{Map, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

const LONGEST: Duration = Duration::from_secs(20);

/// Families with a form, and what is set on each.
const FAMILIES: [(&str, &[(&str, &str)]); 7] = [
    (
        "teltonika-fmb",
        &[("2001", "iot.example"), ("2004", "track.example.net")],
    ),
    (
        "queclink",
        &[
            ("SRI.main_host", "track.example.net"),
            ("SRI.main_port", "5100"),
        ],
    ),
    ("queclink-pro", &[("APN.apn", "iot.example")]),
    (
        "suntech",
        &[("RPT.driving", "90"), ("NTW.host", "track.example.net")],
    ),
    (
        "suntech-universal",
        &[("01", "iot.example"), ("05", "track.example.net")],
    ),
    ("meitrack", &[("A12.interval", "12")]),
    (
        "xirgo",
        &[
            ("1002.apn", "iot.example"),
            ("1002.apn_user", "u"),
            ("1002.apn_password", "p4ss"),
        ],
    ),
];

/// One unit in a vehicle, its carrier and the program.
struct Vehicle {
    profile: Arc<Profile>,
    on_air: OnAir,
    sandbox: HeldSandbox,
    messenger: Messenger,
    unit: Unit,
    next: u128,
    heard: BTreeSet<String>,
    began: Timestamp,
    _folder: tempfile::TempDir,
}

impl Vehicle {
    async fn new(kind: CarrierKind, family: &str, faults: &[SimulatorFault]) -> Self {
        let profile = Arc::clone(ProfileRegistry::shipped().get(family).unwrap());
        let options = SimulatedUnitOptions {
            seed: 3,
            faults: faults.to_vec(),
            ..SimulatedUnitOptions::default()
        };
        let simulated = SimulatedUnit::new(Arc::clone(&profile), options, Moment(0)).unwrap();
        let seeded = SeededUnit::at(0);
        let sim = seeded.iccid;
        // Some tell only a number of their maker's: the carrier knows them by their SIM.
        let imei = simulated.imei().map_or(seeded.imei, str::to_owned);
        let switches = Switches {
            message_delay_ms: 10,
            ..quiet()
        };
        let sandbox = HeldSandbox::serve(SandboxConfig {
            kind,
            switches,
            ..SandboxConfig::default()
        })
        .await
        .unwrap();
        let seed = AccountSeed {
            units: 1,
            first: 0,
            plan: "M2MGPS5".to_owned(),
        };
        sandbox.seed_account(&seed).unwrap();
        if kind == CarrierKind::Sprint {
            let device = Map::from_iter([("deviceId".to_owned(), json!(imei))]);
            sandbox.edit_in_portal("U000001", device).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let messenger = started(folder.path(), &sandbox, kind, Duration::ZERO);
        let mut unit = Unit::new(
            UnitId::Imei(fleet::Imei::parse(&imei).unwrap()),
            Timestamp::now(),
        );
        unit.iccid = Some(Iccid::parse(&sim).unwrap());
        unit.mdn = Some(Mdn::parse("9135550101").unwrap());
        messenger
            .inventory
            .upsert_units(vec![unit.clone()])
            .await
            .unwrap();
        Self {
            on_air: OnAir::in_a_vehicle(simulated, Some(&sim)),
            profile,
            sandbox,
            messenger,
            unit,
            next: 1,
            heard: BTreeSet::new(),
            began: Timestamp::now(),
            _folder: folder,
        }
    }

    fn texting(&self) -> Texting<'_> {
        let (variant, facts) = self.on_air.look(|unit| {
            let mut facts = BTreeMap::new();
            if let Some(imei) = unit.imei() {
                facts.insert("imei".to_owned(), imei.to_owned());
            }
            if let Some(number) = unit.facts().get("device_id") {
                facts.insert("device_id".to_owned(), number.clone());
            }
            (unit.variant().to_owned(), facts)
        });
        let password = (self.profile.id == "meitrack").then(|| Secret::new("0000"));
        let access = SmsAccess {
            login: None,
            password,
        };
        Texting::new(&self.profile, &variant, facts, access, 7).unwrap()
    }

    /// Sends a message and waits until it is with the unit; gives what the unit answered, if anything came back.
    async fn say(&mut self, message: &SmsMessage) -> Option<String> {
        let wish = MessageWish::to(
            &self.unit,
            Uuid::from_u128(self.next),
            message.text().clone(),
        );
        self.next += 1;
        let wishes = [wish];
        let mut ends = self.messenger.send(&wishes).await.unwrap();
        let until = Instant::now() + LONGEST;
        while !ends.iter().all(MessageEnd::is_final) {
            assert!(Instant::now() < until, "{ends:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
            ends = self.messenger.follow(&wishes).await.unwrap();
        }
        assert_eq!(ends, [MessageEnd::Delivered]);
        carry_texts(&self.sandbox, std::slice::from_ref(&self.on_air));
        let target = MessageTarget {
            mdn: self.unit.mdn.clone(),
            iccid: self.unit.iccid.clone(),
        };
        let replies = self.messenger.answers(&target, self.began).await.unwrap();
        let mut fresh: Vec<String> = replies
            .into_iter()
            .filter(|reply| self.heard.insert(reply.handle.clone()))
            .map(|reply| reply.text)
            .collect();
        assert!(fresh.len() <= 1, "one message, several answers: {fresh:?}");
        fresh.pop()
    }

    /// What the unit shows by messages of these places; nothing where it shows nothing.
    async fn ask(&mut self, places: &[Place]) -> Held {
        let mut held = Held::default();
        let shown: BTreeSet<Place> = places
            .iter()
            .filter(|place| self.profile.shown_by_message(place))
            .cloned()
            .collect();
        for question in self.texting().questions(&shown).unwrap() {
            let answer = self.say(&question).await;
            let answer = answer.expect("a question that is answered");
            let understood = self.texting().understand(&question, &answer);
            let SmsAnswer::Values(values) = understood.answer else {
                panic!("{}: {answer}", self.profile.id);
            };
            held.merge(values);
        }
        held
    }

    fn variant(&self) -> String {
        self.on_air.look(|unit| unit.variant().to_owned())
    }

    fn holds(&self, place: &Place) -> Option<String> {
        self.on_air.look(|unit| unit.flash().get(place).cloned())
    }
}

fn writes(changes: &[(&str, &str)]) -> Vec<PlaceWrite> {
    let write = |(place, text): &(&str, &str)| PlaceWrite {
        place: Place::named(place),
        before: None,
        after: Secret::new(*text),
    };
    changes.iter().map(write).collect()
}

#[tokio::test]
async fn every_family_with_a_form_is_set_by_text_and_asked_again() {
    let shipped = ProfileRegistry::shipped();
    let with_form = shipped.all().filter(|each| each.sms.is_some());
    let with_form: BTreeSet<&str> = with_form.map(|each| each.id.as_str()).collect();
    assert_eq!(
        with_form,
        FAMILIES.iter().map(|(family, _)| *family).collect()
    );
    for (family, changes) in FAMILIES {
        let mut vehicle = Vehicle::new(CarrierKind::ControlCenter, family, &[]).await;
        let places: Vec<Place> = changes
            .iter()
            .map(|(place, _)| Place::named(place))
            .collect();
        let held = vehicle.ask(&places).await;
        for message in vehicle.texting().writes(&writes(changes), &held).unwrap() {
            let answer = vehicle.say(&message).await;
            assert_eq!(answer.is_some(), message.is_answered, "{family}");
            if let Some(answer) = answer {
                let understood = vehicle.texting().understand(&message, &answer);
                assert_eq!(
                    understood.answer,
                    SmsAnswer::Taken {
                        not_repeated: vec![]
                    },
                    "{family}: {answer}"
                );
            }
        }
        for (place, text) in changes {
            let held = vehicle.holds(&Place::named(place));
            assert_eq!(held.as_deref(), Some(*text), "{family} {place}");
        }
        // Only asking again proves; what shows nothing stays unproved.
        let again = vehicle.ask(&places).await;
        let reading = again.to_reading(&vehicle.profile, &vehicle.variant());
        for (place, text) in changes {
            let place = Place::named(place);
            if vehicle.profile.shown_by_message(&place) {
                assert_eq!(reading.get(&place), Some(*text), "{family} {place}");
            } else {
                assert_eq!(reading.get(&place), None, "{family} {place}");
            }
        }
    }
}

/// Over a carrier that brings no answers back the unit obeys all the same, and nothing is proved.
#[tokio::test]
async fn where_answers_do_not_come_back_nothing_is_proved() {
    for (family, changes) in FAMILIES {
        if matches!(family, "queclink" | "queclink-pro" | "suntech") {
            // A whole command has to be asked for first, and no answer comes.
            continue;
        }
        let mut vehicle = Vehicle::new(CarrierKind::Sprint, family, &[]).await;
        let messages = vehicle
            .texting()
            .writes(&writes(changes), &Held::default())
            .unwrap();
        for message in messages {
            assert_eq!(vehicle.say(&message).await, None, "{family}");
        }
        for (place, text) in changes {
            let held = vehicle.holds(&Place::named(place));
            assert_eq!(held.as_deref(), Some(*text), "{family} {place}");
        }
    }
}

/// Taken and not kept: the acknowledgement is the same, and asking again shows the truth.
#[tokio::test]
async fn an_acknowledgement_by_text_is_no_proof() {
    let faults = [SimulatorFault::AckNotApplied];
    let mut vehicle = Vehicle::new(CarrierKind::ControlCenter, "teltonika-fmb", &faults).await;
    let place = Place::named("2001");
    let before = vehicle.holds(&place);
    let message = vehicle
        .texting()
        .writes(&writes(&[("2001", "iot.example")]), &Held::default())
        .unwrap()
        .remove(0);
    let answer = vehicle.say(&message).await.unwrap();
    assert!(matches!(
        vehicle.texting().understand(&message, &answer).answer,
        SmsAnswer::Taken { .. }
    ));
    let held = vehicle.ask(std::slice::from_ref(&place)).await;
    let reading = held.to_reading(&vehicle.profile, &vehicle.variant());
    assert_eq!(reading.get(&place), before.as_deref());
    assert_ne!(reading.get(&place), Some("iot.example"));
}

/// A text to a unit that has no power, or is locked against strangers, is delivered to nobody's use: silence, and nothing changes.
#[tokio::test]
async fn a_silent_unit_answers_no_text_and_keeps_what_it_holds() {
    let faults = [SimulatorFault::Silent];
    let mut vehicle = Vehicle::new(CarrierKind::ControlCenter, "teltonika-fmb", &faults).await;
    let place = Place::named("2001");
    let before = vehicle.holds(&place);
    let message = vehicle
        .texting()
        .writes(&writes(&[("2001", "iot.example")]), &Held::default())
        .unwrap()
        .remove(0);
    assert_eq!(vehicle.say(&message).await, None);
    assert_eq!(vehicle.holds(&place), before);
}
