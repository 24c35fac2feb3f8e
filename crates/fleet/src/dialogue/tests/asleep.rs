//! Units that say who they are by their reports and sleep through the first questions, among all families.

use super::*;

const REPORT: &str = "ST300STT;100850000;010;20260724;07:12:16;00129;+37.126885;-122.2006;0;0;9;1;0;15.30;001100;1;0072\r\n";

pub(super) fn look(
    peer: &mut dyn Peer,
    now: &mut Moment,
) -> Result<(Box<Dialogue>, Box<Identity>), Fault> {
    let shipped = ProfileRegistry::shipped();
    let families = shipped
        .all()
        .map(|profile| (Arc::clone(profile), Knowledge::default()))
        .collect();
    let mut recognition = Recognition::new(families, *now);
    let mut found = None;
    talk(&mut recognition, peer, now, |recognition| {
        found = recognition.next_event();
        found.is_some()
    });
    match found {
        Some(RecognitionEvent::Recognised(dialogue, identity)) => Ok((dialogue, identity)),
        Some(RecognitionEvent::Failed(fault)) => Err(fault),
        None => panic!("nothing came of it"),
    }
}

/// A unit of the older Suntech dialect that leaves its first `asleep` questions unanswered and reports all the while.
fn unit(asleep: usize) -> Script<impl FnMut(&str) -> Vec<(u64, String)>> {
    let mut left = asleep;
    let mut unit = Script::new('\r', move |request: &str| {
        if !request.starts_with("AT^ST300CMD") || left > 0 {
            left = left.saturating_sub(usize::from(request.starts_with("AT^ST300CMD")));
            return Vec::new();
        }
        vec![(40, "ST300CMD;Res;100850000;010;ReqVer;ST340\r\n".to_owned())]
    });
    for report in 0..40 {
        unit.will_say(Moment(1100 + report * 700), REPORT);
    }
    unit
}

#[test]
fn a_unit_that_was_heard_is_asked_again_before_others_are() {
    let mut now = Moment(1000);
    let mut unit = unit(1);
    let (_, identity) = look(&mut unit, &mut now).unwrap();
    assert_eq!(identity.serial_number.as_deref(), Some("100850000"));
    assert!(now.since_ms(Moment(1000)) < 4_000, "{now:?}");
}

#[test]
fn a_family_that_is_heard_and_never_answers_is_named_as_what_does_not_answer() {
    let mut now = Moment(1000);
    let mut unit = unit(1000);
    let fault = look(&mut unit, &mut now).err();
    assert_eq!(
        fault,
        Some(Fault::NoAnswer {
            exchange: "version".to_owned()
        })
    );
    assert!(now.since_ms(Moment(1000)) <= 10_000, "{now:?}");
    // What only looks like a modem's news is nobody we know.
    let mut now = Moment(1000);
    let mut stranger = Script::new('\r', |_: &str| Vec::new());
    stranger.will_say(Moment(1200), "+FOO: bar\r\n");
    let fault = look(&mut stranger, &mut now).err();
    assert!(
        matches!(fault, Some(Fault::NotAKnownUnit { .. })),
        "{fault:?}"
    );
}

#[test]
fn a_number_that_comes_back_in_small_letters_is_still_ours() {
    let mut now = Moment(0x10);
    for _ in 0..3 {
        let mut unit = Script::new('$', |request: &str| {
            let Some(ask) = request.strip_prefix("AT@APN?gl601###,,") else {
                return Vec::new();
            };
            let serial = ask.trim_end_matches('$').to_lowercase();
            let head = "+QRY:APN,123456789012347,C031,10,0,1,1,,testapn,,,0,";
            vec![(30, format!("{head},{serial},20210407101530,1234$"))]
        });
        let mut dialogue = Dialogue::new(profile("queclink-pro"), Knowledge::default(), now);
        let identity = identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
        assert_eq!(identity.id.as_str(), "123456789012347");
        now = now.plus_ms(0xAB);
    }
}
