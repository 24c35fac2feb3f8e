//! A line that lies, floods or says nothing that is text: bounded memory, no panic, nothing raw in what people see.

use super::*;
use proptest::prelude::*;

/// Feeds `bytes` again and again while the dialogue identifies, reads and writes.
fn flooded(family: &str, bytes: &[u8], times: usize) -> (Vec<DialogueEvent>, Dialogue) {
    let mut now = Moment(1000);
    let mut dialogue = Dialogue::new(profile(family), Knowledge::default(), now);
    let mut events = Vec::new();
    dialogue.begin(Operation::Identify, now);
    for _ in 0..times {
        dialogue.receive(bytes, now);
        now = now.plus_ms(3);
        if dialogue
            .next_deadline()
            .is_some_and(|deadline| deadline <= now)
        {
            dialogue.timeout(now);
        }
        while dialogue.take_outgoing().is_some() {}
        while let Some(event) = dialogue.next_event() {
            events.push(event);
        }
    }
    (events, dialogue)
}

#[test]
fn a_megabyte_of_noise_leaves_a_bounded_record() {
    let line = format!("[1]-[A] {}\r\n", "b".repeat(500));
    let frame = format!("+RESP:GT{}$\x1b[2J\x00", "c".repeat(500));
    let noises: [&[u8]; 5] = [b"x", b"\r\n", b"+ACK:", line.as_bytes(), frame.as_bytes()];
    for family in [FMB, QUECLINK] {
        for noise in noises {
            let chunk = noise.repeat(4096 / noise.len());
            let (_, dialogue) = flooded(family, &chunk, 256);
            let record = dialogue.transcript();
            let bytes: usize = record.entries().map(|entry| entry.text.len()).sum();
            assert!(record.entries().count() <= 2000);
            assert!(bytes < 3 * 1024 * 1024, "{bytes}");
            assert!(
                dialogue
                    .transcript()
                    .to_lines()
                    .iter()
                    .all(|line| !line.contains(|c: char| c.is_control()))
            );
        }
    }
}

#[test]
fn more_than_an_answer_can_be_is_too_much() {
    let line = format!("[1]-[NETWORK] {}\r\n", "x".repeat(3000));
    let (events, _) = flooded(FMB, line.repeat(16).as_bytes(), 100);
    let too_much = |event: &DialogueEvent| {
        matches!(
            event,
            DialogueEvent::Finished(OperationOutcome::Failed(Fault::TooMuch { .. }))
        )
    };
    assert!(events.iter().any(too_much), "{events:?}");
}

#[test]
fn what_a_stranger_says_is_made_harmless() {
    let mut now = Moment(1000);
    let mut peer = Script::new('\r', |_: &str| {
        vec![(
            5,
            "\u{1b}]52;c;aGk=\u{7}\u{202e}<img onerror>\r\n".to_owned(),
        )]
    });
    let mut dialogue = Dialogue::new(profile(FMB), Knowledge::default(), now);
    let Fault::NotAKnownUnit { heard } =
        failed(run(&mut dialogue, &mut peer, &mut now, Operation::Identify))
    else {
        panic!("not a stranger");
    };
    assert!(
        !heard.contains(|c: char| c.is_control() || c == '\u{202e}'),
        "{heard:?}"
    );
}

#[test]
fn a_sign_of_a_binary_mode_is_seen_across_reads() {
    let mut now = Moment(1000);
    let mut dialogue = Dialogue::new(profile(QUECLINK), Knowledge::default(), now);
    dialogue.begin(Operation::Identify, now);
    let mut outcome = None;
    for round in 0..4000 {
        now = now.plus_ms(10);
        if round % 20 == 0 {
            for piece in [&b"+A"[..], b"CK", b"\x01\x02\x33"] {
                dialogue.receive(piece, now);
            }
        }
        dialogue.timeout(now);
        while dialogue.take_outgoing().is_some() {}
        if let Some(DialogueEvent::Finished(finished)) = dialogue.next_event() {
            outcome = Some(finished);
            break;
        }
    }
    assert_eq!(outcome, Some(OperationOutcome::Failed(Fault::BinaryMode)));
}

#[test]
fn one_lost_colon_is_not_a_binary_mode() {
    let mut now = Moment(1000);
    let mut unit = simulated(QUECLINK, "gv55", &[], 7);
    let mut dialogue = Dialogue::new(profile(QUECLINK), Knowledge::default(), now);
    dialogue.begin(Operation::Identify, now);
    dialogue.receive(b"+ACKGTRTO,damaged$", now);
    let mut outcome = None;
    talk(&mut dialogue, &mut unit, &mut now, |dialogue| {
        while let Some(event) = dialogue.next_event() {
            if let DialogueEvent::Finished(finished) = event {
                outcome = Some(finished);
            }
        }
        outcome.is_some()
    });
    identified(outcome.unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_it_panic(
        chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..40),
        waits in proptest::collection::vec(0_u64..900, 40),
    ) {
        for family in [FMB, QUECLINK] {
            let mut now = Moment(1000);
            let mut dialogue = Dialogue::new(profile(family), Knowledge::default(), now);
            dialogue.begin(Operation::ReadAll, now);
            for (chunk, wait) in chunks.iter().zip(&waits) {
                dialogue.receive(chunk, now);
                now = now.plus_ms(*wait);
                dialogue.timeout(now);
                while dialogue.take_outgoing().is_some() {}
                while dialogue.next_event().is_some() {}
            }
            let _ = dialogue.transcript().to_json_lines();
        }
    }
}
