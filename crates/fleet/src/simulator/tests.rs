//! Simulated units of the shipped profiles, asked by hand.

use super::{SimulatedUnit, SimulatedUnitOptions, SimulatorEvent, SimulatorFault as Fault};
use crate::profile::{Place, Profile, ProfileRegistry};
use crate::{Moment, Secret};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

const FMB: &str = "teltonika-fmb";
const QUECLINK: &str = "queclink";

fn profile(id: &str) -> Arc<Profile> {
    Arc::clone(ProfileRegistry::shipped().get(id).unwrap())
}

fn place(name: &str) -> Place {
    super::memory::place_named(name)
}

/// A unit and pretend time.
struct Bench {
    unit: SimulatedUnit,
    now: Moment,
}

impl Bench {
    fn new(profile_id: &str, options: SimulatedUnitOptions) -> Self {
        let now = Moment(1000);
        Self {
            unit: SimulatedUnit::new(profile(profile_id), options, now).unwrap(),
            now,
        }
    }

    fn with(profile_id: &str, model: &str, faults: &[Fault]) -> Self {
        Self::new(
            profile_id,
            SimulatedUnitOptions {
                model: Some(model.into()),
                seed: 7,
                faults: faults.to_vec(),
                ..Default::default()
            },
        )
    }

    /// Lets that long pass and gives all that was sent.
    fn pass(&mut self, milliseconds: u64) -> Vec<u8> {
        let end = self.now.plus_ms(milliseconds);
        let mut heard = Vec::new();
        loop {
            while let Some(bytes) = self.unit.take_outgoing(self.now) {
                heard.extend(bytes);
            }
            match self
                .unit
                .next_deadline()
                .filter(|deadline| *deadline <= end)
            {
                Some(deadline) => self.now = self.now.max(deadline),
                None => break,
            }
        }
        self.now = end;
        heard
    }

    fn ask(&mut self, request: &str) -> String {
        self.unit.receive(request.as_bytes(), self.now);
        String::from_utf8_lossy(&self.pass(2000)).into_owned()
    }

    fn events(&mut self) -> Vec<SimulatorEvent> {
        std::iter::from_fn(|| self.unit.next_event()).collect()
    }
}

#[test]
fn every_simulated_model_is_recognised_as_its_variant_by_its_own_facts() {
    for profile in ProfileRegistry::shipped().all() {
        for model in &profile.simulator.units {
            let options = SimulatedUnitOptions {
                model: Some(model.variant.clone()),
                ..Default::default()
            };
            let unit = SimulatedUnit::new(Arc::clone(profile), options, Moment(0)).unwrap();
            assert_eq!(
                profile
                    .variant_for(unit.facts())
                    .map(|variant| variant.id.as_str()),
                Some(model.variant.as_str())
            );
            assert!(!unit.identity().id().is_empty());
        }
    }
}

#[test]
fn an_unknown_model_is_refused_with_the_known_ones() {
    let options = SimulatedUnitOptions {
        model: Some("gx".into()),
        ..Default::default()
    };
    let message = SimulatedUnit::new(profile(QUECLINK), options, Moment(0)).unwrap_err();
    assert!(
        message.contains("'gx'") && message.contains("gl320m"),
        "{message}"
    );
}

#[test]
fn a_line_unit_tells_who_it_is_dumps_writes_saves_and_restarts() {
    let mut bench = Bench::with(FMB, "fmb120", &[]);
    let imei = bench.unit.imei().unwrap().to_owned();
    let told = bench.ask("\r:cfg_info:?\r");
    assert!(
        told.contains(&format!("cfg_info:3:{imei}\r\n")) && told.contains("cfg_info:2:FMB1:2\r\n"),
        "{told}"
    );
    let told = bench.ask(".imei\r");
    assert!(
        told.contains(&format!("IMEI:{imei}\r\n")) && told.contains(bench.unit.iccid().unwrap()),
        "{told}"
    );

    let dump = bench.ask(":cfg_getcfg\r");
    let lines = dump
        .lines()
        .filter(|line| line.starts_with(|each: char| each.is_ascii_digit()))
        .count();
    assert!(
        lines > 1200 && dump.contains(&format!("<GET_PARAMS_END>:{lines}\r\n")),
        "{lines}"
    );

    assert!(
        bench
            .ask(":cfg_setparam:2001:iot.example;99999999:1;2005:70000\r")
            .contains("<SETPARAM_RESULT>:1\r\n")
    );
    assert_eq!(bench.unit.ram()[&place("2001")], "iot.example");
    assert_eq!(bench.unit.flash()[&place("2001")], "wap");
    assert!(bench.ask(":cfg_save\r").contains("<SAVE_CFG_RESULT>:1\r\n"));
    assert_eq!(bench.unit.flash()[&place("2001")], "iot.example");
    assert_eq!(
        bench.events(),
        [
            SimulatorEvent::Wrote {
                places: vec![place("2001")]
            },
            SimulatorEvent::Saved
        ]
    );

    bench.ask(":cfg_setparam:2001:forgotten\r");
    bench.ask(".reset\r");
    bench.pass(6000);
    assert_eq!(bench.unit.ram()[&place("2001")], "iot.example");
    let events = bench.events();
    let rest: Vec<_> = events.iter().skip(1).collect();
    assert_eq!(
        rest,
        [
            &SimulatorEvent::PortVanished,
            &SimulatorEvent::Restarted,
            &SimulatorEvent::PortBack
        ]
    );
}

#[test]
fn a_terminator_unit_acknowledges_with_the_serial_and_answers_later() {
    let mut bench = Bench::with(QUECLINK, "gl300", &[]);
    let told = bench.ask("AT+GTRTO=gl300,8,,,,,,12AB$");
    let ack = told
        .find(&format!(
            "+ACK:GTRTO,1A0800,{},GL300,VER,12AB,",
            bench.unit.imei().unwrap()
        ))
        .unwrap();
    let version = told.find("+RESP:GTVER,1A0800,").unwrap();
    assert!(ack < version, "{told}");

    let fields = "iot.example,,,,,,";
    assert!(
        bench
            .ask(&format!("AT+GTBSI=gl300,{fields},0002$"))
            .contains(",0002,")
    );
    assert!(
        bench
            .ask("AT+GTRTO=gl300,2,BSI,,,,,0003$")
            .contains(&format!(",GL300,BSI,{fields},"))
    );
    bench.ask("AT+GTRTO=gl300,3,,,,,,0004$");
    bench.pass(6000);
    assert!(bench.events().contains(&SimulatorEvent::Restarted) && bench.unit.port_is_there());
    assert_eq!(bench.unit.flash()[&place("BSI.apn")], "iot.example");
}

#[test]
fn silence_is_how_a_terminator_unit_refuses() {
    let mut bench = Bench::with(QUECLINK, "gl300", &[]);
    for request in [
        "AT+GTRTO=wrong,8,,,,,,12AB$",
        "AT+GTBSI=gl300,short,,12AB$",
        "AT+GTXYZ=gl300,,12AB$",
        "AT+GTRTO=gl300,2,XYZ,,,,,12AB$",
        "AT+GTSRI=gl300,3,,1,host,99999,,,,5,0,,,,,12AB$",
        "AT+GTBSI=gl300,a,AT+GTRTO=gl300,8,,,,,,12AB$",
    ] {
        let told = bench.ask(request);
        assert!(
            !told.contains("12AB")
                && !told.contains("+RESP:GTVER")
                && !told.contains("+RESP:GTALS"),
            "{request}: {told}"
        );
    }
    assert!(bench.unit.written().is_empty());
}

#[test]
fn a_keyword_locks_and_tries_are_counted() {
    let options = SimulatedUnitOptions {
        password: Some(Secret::new("open12")),
        ..Default::default()
    };
    let mut bench = Bench::new(FMB, options);
    assert!(!bench.ask(":cfg_info:?\r").contains("cfg_info:"));
    assert!(
        bench
            .ask(":sec_status\r")
            .contains("<SECSTAT>1,1,0,1,5\r\n")
    );
    assert!(
        bench
            .ask(":sec_login:guess\r")
            .contains("<SECSTAT>1,1,0,1,4\r\n")
    );
    assert!(
        bench
            .ask(":sec_login:open12\r")
            .contains("<SECSTAT>1,1,1,0,5\r\n")
    );
    assert!(bench.ask(":cfg_info:?\r").contains("cfg_info:3:"));
    bench.unit.cut_power(bench.now);
    bench.pass(6000);
    for _ in 0..5 {
        bench.ask(":sec_login:guess\r");
    }
    assert!(
        bench
            .ask(":sec_login:open12\r")
            .contains("<SECSTAT>1,1,0,1,0\r\n")
    );
}

#[test]
fn a_batch_longer_than_the_unit_takes_is_not_answered() {
    let mut bench = Bench::with(FMB, "fmb920", &[]);
    let pairs = vec!["2001:iot.example"; 60].join(";");
    assert!(
        !bench
            .ask(&format!(":cfg_setparam:{pairs}\r"))
            .contains("SETPARAM")
    );
}

#[test]
fn bytes_leave_no_faster_than_the_line_carries_and_the_time_is_accounted() {
    let mut bench = Bench::with(QUECLINK, "gl300", &[]);
    bench
        .unit
        .receive(b"AT+GTRTO=gl300,8,,,,,,12AB$", bench.now);
    let told = bench.pass(2000).len();
    let least_ms = 80 + 150 + u64::try_from(told).unwrap() * 1000 / 11520 / 2;
    let accounted_ms = bench.unit.wire_and_reply_ms();
    assert!(
        (least_ms..1000).contains(&accounted_ms),
        "{accounted_ms} for {told} bytes"
    );
}

#[test]
fn a_cable_that_is_pulled_leaves_half_a_write_behind() {
    let mut bench = Bench::with(FMB, "fmb920", &[Fault::CablePulledOnce]);
    bench
        .unit
        .receive(b":cfg_setparam:2001:iot.example\r", bench.now);
    assert_eq!(bench.events(), [SimulatorEvent::PortVanished]);
    assert_eq!(bench.unit.ram()[&place("2001")], "internet");
    bench.pass(1600);
    assert_eq!(bench.events(), [SimulatorEvent::PortBack]);
    assert!(
        !bench.ask(":cfg_info:?\r").contains("cfg_info:3:"),
        "the half request joins the next one"
    );
    assert!(bench.ask("\r:cfg_info:?\r").contains("cfg_info:3:"));
}

#[test]
fn flash_that_fails_does_so_at_the_restart() {
    let restarted = |fault: Option<Fault>, writes: &str| {
        let mut bench = Bench::with(FMB, "fmb920", &fault.into_iter().collect::<Vec<_>>());
        let before = bench.unit.flash().clone();
        bench.ask(&format!(":cfg_setparam:{writes}\r"));
        bench.ask(":cfg_save\r");
        bench.ask(".reset\r");
        bench.pass(6000);
        let after = bench.unit.flash();
        before
            .into_iter()
            .filter(|(place, text)| after[place] != *text)
            .map(|(place, _)| place.to_string())
            .collect::<BTreeSet<_>>()
            .len()
    };
    let writes = "2001:iot.example;2004:new.example;2005:6000";
    assert_eq!(restarted(None, writes), 3);
    assert_eq!(restarted(Some(Fault::SaveIgnored), writes), 0);
    assert_eq!(restarted(Some(Fault::HalfSaved), writes), 1);
    assert_eq!(restarted(Some(Fault::AckNotApplied), writes), 0);
    assert_eq!(restarted(Some(Fault::ChangesByItself), writes), 4);
    assert_eq!(restarted(Some(Fault::PartialBatch), writes), 2);
}

#[test]
fn a_wrong_value_is_kept_once_or_always() {
    for (fault, kept) in [
        (Fault::KeepsWrongValueOnce, true),
        (Fault::KeepsWrongValue, false),
    ] {
        let mut bench = Bench::with(QUECLINK, "gv55", &[fault]);
        let mut held = Vec::new();
        for _ in 0..2 {
            bench.ask("AT+GTBSI=gv55,iot.example,vivo,vivo,,,,,0001$");
            bench.ask("AT+GTRTO=gv55,3,,,,,,0002$");
            bench.pass(6000);
            held.push(bench.unit.flash()[&place("BSI.apn")] == "iot.example");
        }
        assert_eq!(held, [false, kept], "{fault}");
    }
}

#[test]
fn another_unit_can_answer_after_the_restart() {
    let mut bench = Bench::with(QUECLINK, "gl300", &[Fault::OtherUnit]);
    let before = bench.unit.imei().unwrap().to_owned();
    bench.unit.cut_power(bench.now);
    bench.pass(6000);
    assert_ne!(bench.unit.imei().unwrap(), before);
    assert!(
        bench
            .ask("AT+GTRTO=gl300,8,,,,,,12AB$")
            .contains(bench.unit.imei().unwrap())
    );
}

#[test]
fn places_of_one_setting_can_disagree() {
    let bench = Bench::with(FMB, "fmb920", &[Fault::OperatorsDisagree]);
    assert_ne!(
        bench.unit.flash()[&place("10050")],
        bench.unit.flash()[&place("10255")]
    );
}

#[test]
fn a_line_without_end_stays_bounded() {
    let mut bench = Bench::with(FMB, "fmb920", &[Fault::EndlessLine]);
    bench.unit.receive(b":cfg_getcfg\r", bench.now);
    let heard = bench.pass(1000);
    assert!(heard.len() > 10_000 && !heard.contains(&b'\n'));
}

/// What a host could do to a unit.
#[derive(Debug, Clone)]
enum Step {
    Bytes(Vec<u8>),
    Write(String),
    Save,
    Dump,
    Pass(u64),
    CutPower,
    Unplug,
    Plug,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200).prop_map(Step::Bytes),
        "[a-z0-9.:;$,]{0,30}".prop_map(Step::Write),
        Just(Step::Save),
        Just(Step::Dump),
        (0_u64..5000).prop_map(Step::Pass),
        Just(Step::CutPower),
        Just(Step::Unplug),
        Just(Step::Plug),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop::sample::select(Fault::all().to_vec())
}

/// Runs the steps; gives all bytes heard. `each` is called before and after each step.
fn run(
    bench: &mut Bench,
    steps: &[Step],
    mut each: impl FnMut(&SimulatedUnit, &Step, bool),
) -> Vec<u8> {
    let mut heard = Vec::new();
    for step in steps {
        each(&bench.unit, step, false);
        match step {
            Step::Bytes(bytes) => bench.unit.receive(bytes, bench.now),
            Step::Write(value) => {
                bench.unit.receive(
                    format!("\r:cfg_setparam:2001:{value};10050:77\r").as_bytes(),
                    bench.now,
                );
                bench.unit.receive(
                    format!("$AT+GTBSI=gv55,{value},,,,,,,0001$").as_bytes(),
                    bench.now,
                );
            }
            Step::Save => bench.unit.receive(b"\r:cfg_save\r", bench.now),
            Step::Dump => bench
                .unit
                .receive(b"\r:cfg_getcfg\r$AT+GTRTO=gv55,2,BSI,,,,,0002$", bench.now),
            Step::Pass(milliseconds) => heard.extend(bench.pass(*milliseconds)),
            Step::CutPower => bench.unit.cut_power(bench.now),
            Step::Unplug => bench.unit.unplug(bench.now),
            Step::Plug => bench.unit.plug(bench.now),
        }
        each(&bench.unit, step, true);
    }
    heard.extend(bench.pass(3000));
    heard
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn flash_changes_only_by_saving_and_a_restart_loses_what_was_not_saved(steps in prop::collection::vec(step(), 1..25)) {
        let mut bench = Bench::with(FMB, "fmb120", &[]);
        let mut before = bench.unit.flash().clone();
        run(&mut bench, &steps, |unit, step, after| {
            let saves = matches!(step, Step::Save) || matches!(step, Step::Bytes(bytes) if bytes.contains(&b'\r'));
            if after && !saves {
                assert_eq!(&before, unit.flash(), "{step:?}");
            }
            if after && matches!(step, Step::CutPower) {
                assert_eq!(unit.ram(), unit.flash());
            }
            before.clone_from(unit.flash());
        });
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes(seed in any::<u64>(), fault in fault(), steps in prop::collection::vec(step(), 1..12)) {
        for id in [FMB, QUECLINK] {
            let heard = || {
                let options = SimulatedUnitOptions { seed, faults: vec![fault], ..Default::default() };
                let mut bench = Bench::new(id, options);
                (run(&mut bench, &steps, |_, _, _| {}), bench.unit.identity().clone(), bench.unit.wire_and_reply_ms())
            };
            assert!(heard() == heard());
        }
    }

    #[test]
    fn nothing_that_is_sent_makes_a_unit_panic_or_grow(
        seed in any::<u64>(),
        faults in prop::collection::vec(fault(), 0..4),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        for id in [FMB, QUECLINK] {
            let options = SimulatedUnitOptions { seed, faults: faults.clone(), ..Default::default() };
            let mut bench = Bench::new(id, options);
            let places = bench.unit.ram().len();
            run(&mut bench, &steps, |unit, _, _| assert!(unit.ram().len() == places && unit.bytes_owed() < 4 << 20));
        }
    }
}

#[test]
fn a_model_that_cannot_do_what_most_can_is_simulated_only_by_name() {
    for number in 0..12 {
        let options = SimulatedUnitOptions {
            number,
            ..Default::default()
        };
        let unit = SimulatedUnit::new(profile(QUECLINK), options, Moment(0)).unwrap();
        assert!(unit.identity().meid.is_none());
    }
    assert!(
        Bench::with(QUECLINK, "gl300vc", &[])
            .unit
            .identity()
            .meid
            .is_some()
    );
}
