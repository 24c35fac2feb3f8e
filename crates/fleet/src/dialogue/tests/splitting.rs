//! However the bytes were cut into reads, the same happens.

use super::scripted_queclink::serial;
use super::*;
use proptest::prelude::*;

/// Runs operations with a peer whose bytes arrive in pieces of these sizes.
fn events_in_pieces(
    family: &str,
    end: char,
    answer: impl FnMut(&str) -> Vec<(u64, String)>,
    operations: &[Operation],
    mut sizes: impl FnMut() -> usize,
) -> (Vec<DialogueEvent>, String) {
    struct Pieces<'a, F> {
        inner: Script<F>,
        pending: Vec<u8>,
        sizes: &'a mut dyn FnMut() -> usize,
    }
    impl<F: FnMut(&str) -> Vec<(u64, String)>> Peer for Pieces<'_, F> {
        fn hear(&mut self, bytes: &[u8], now: Moment) {
            self.inner.hear(bytes, now);
        }
        fn deadline(&self) -> Option<Moment> {
            self.inner.deadline()
        }
        fn said(&mut self, now: Moment) -> Option<Vec<u8>> {
            while let Some(bytes) = self.inner.said(now) {
                self.pending.extend(bytes);
            }
            if self.pending.is_empty() {
                return None;
            }
            let size = (self.sizes)().clamp(1, self.pending.len());
            Some(self.pending.drain(..size).collect())
        }
    }
    let mut now = Moment(1000);
    let mut peer = Pieces {
        inner: Script::new(end, answer),
        pending: Vec::new(),
        sizes: &mut sizes,
    };
    let mut dialogue = Dialogue::new(profile(family), Knowledge::default(), now);
    let mut events = Vec::new();
    for operation in operations {
        events.extend(run_events(
            &mut dialogue,
            &mut peer,
            &mut now,
            operation.clone(),
        ));
    }
    (events, dialogue.transcript().to_json_lines())
}

fn queclink(request: &str) -> Vec<(u64, String)> {
    let serial = serial(request);
    let head = "1A0800,860599000773978,GL300";
    let time = "20161007041531,10F8$";
    let report = format!("\r\n+RESP:GTFRI,{head},0,0,1,{time}junk+RESP:GTPDP,{head},{time}");
    let resp = |name: &str, rest: &str| format!("+RESP:{name},{head},{rest},{time}");
    let (word, answer) = if !request.contains("=gl300,") {
        return vec![(5, report)];
    } else if request.contains("gl300,8,") {
        ("VER", resp("GTVER", "GL300,0A03,0103"))
    } else if request.contains("gl300,6,") {
        ("CID", resp("GTCID", "89011200000000000017"))
    } else if request.contains("gl300,2,SRI,") {
        (
            "READ",
            resp(
                "GTALS",
                "SRI,3,,1,a.example.net,2107,223.6.250.102,2107,,0,0,0,,,",
            ),
        )
    } else {
        return vec![(5, report)];
    };
    let ack = format!("+ACK:GTRTO,{head},{word},{serial},{time}");
    // Glued: acknowledgement, report and answer in one go; the acknowledgement a second time later.
    vec![(20, format!("{ack}{report}{answer}{report}")), (60, ack)]
}

fn teltonika(request: &str) -> Vec<(u64, String)> {
    let noise = "[2026.08.01 02:01:15]-[MODEM.STATUS] SIM: detectado\r\n\u{1b}]52;c;x\u{7}\r\n";
    let text = match request {
        ":cfg_info:?" => [
            "0:03.28.07",
            "1:12",
            "2:FMB1:2",
            "3:352094082042885",
            "5:1",
            "6:1",
            "8:1",
            "11:12",
            "12:1",
            "13:5",
            "14:M",
        ]
        .map(|line| format!("cfg_info:{line}\r\n"))
        .concat(),
        ".imei" => "IMEI:352094082042885\r\nICCID: 89011200000000000017\r\n".to_owned(),
        ":cfg_connect" => "<CFG_CONNECT>\r\n".to_owned(),
        ":cfg_getcfg" => {
            format!("<GET_PARAMS_START>\r\n2001:a\r\n{noise}2005:5027\r\n<GET_PARAMS_END>:2\r\n")
        }
        _ => "<SETPARAM_RESULT>:1\r\n".to_owned(),
    };
    vec![(20, format!("{noise}{text}{noise}"))]
}

fn both(sizes: impl Fn() -> Box<dyn FnMut() -> usize>) -> Vec<(Vec<DialogueEvent>, String)> {
    let writes = |name: &str| {
        vec![
            Operation::Identify,
            Operation::ReadAll,
            Operation::Write(vec![write(name, "7")]),
        ]
    };
    vec![
        events_in_pieces(QUECLINK, '$', queclink, &writes("SRI.main_port"), sizes()),
        events_in_pieces(FMB, '\r', teltonika, &writes("2001"), sizes()),
    ]
}

#[test]
fn one_by_one_or_all_at_once_the_same_happens() {
    let whole = both(|| Box::new(|| usize::MAX));
    assert!(whole.iter().all(|(events, _)| events.len() >= 3));
    let finished = |(events, _): &(Vec<DialogueEvent>, String)| {
        !events
            .iter()
            .any(|event| matches!(event, DialogueEvent::Finished(OperationOutcome::Failed(_))))
    };
    assert!(whole.iter().all(finished), "{whole:#?}");
    assert_eq!(both(|| Box::new(|| 1)), whole);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn however_the_bytes_are_cut_the_same_happens(sizes in proptest::collection::vec(1_usize..60, 1..40)) {
        let pieces = both(|| {
            let mut turns = sizes.clone().into_iter().cycle();
            Box::new(move || turns.next().unwrap())
        });
        prop_assert_eq!(pieces, both(|| Box::new(|| usize::MAX)));
    }
}

#[test]
fn a_recorded_dialogue_replays_to_the_same_events() {
    let operations = [Operation::Identify, Operation::ReadAll];
    for (family, end, answer) in [
        (QUECLINK, '$', queclink as fn(&str) -> Vec<(u64, String)>),
        (FMB, '\r', teltonika as fn(&str) -> Vec<(u64, String)>),
    ] {
        let (events, record) = events_in_pieces(family, end, answer, &operations, || usize::MAX);
        let transcript = crate::Transcript::from_json_lines(&record).unwrap();
        assert_eq!(transcript.to_json_lines(), record);
        let again = transcript.replay(&profile(family), Knowledge::default(), &operations);
        assert_eq!(again, events, "{family}");
    }
}
