//! A service code leaves once at most, whatever is wrong with the unit or its line: each wrong or doubled one brings it nearer to its end.

use super::*;

const CODE: &str = "123456";

/// A simulated unit, with what it was asked. Its cable comes out after so many bytes, behind an adapter whose port stays.
struct Asked {
    unit: SimulatedUnit,
    heard: String,
    pull_after: Option<usize>,
    plug_at: Option<Moment>,
}

impl Peer for Asked {
    fn hear(&mut self, bytes: &[u8], now: Moment) {
        let left = self
            .pull_after
            .and_then(|after| after.checked_sub(self.heard.len()));
        self.heard.push_str(&String::from_utf8_lossy(bytes));
        let carried = left.unwrap_or(bytes.len()).min(bytes.len());
        self.unit.receive(&bytes[..carried], now);
        if left.is_some_and(|left| left < bytes.len()) {
            self.pull_after = None;
            self.unit.unplug(now);
            self.plug_at = Some(now.plus_ms(1500));
        }
    }
    fn deadline(&self) -> Option<Moment> {
        let unit = self.unit.next_deadline();
        [unit, self.plug_at].into_iter().flatten().min()
    }
    fn said(&mut self, now: Moment) -> Option<Vec<u8>> {
        if self.plug_at.is_some_and(|at| at <= now) {
            self.plug_at = None;
            self.unit.plug(now);
        }
        self.unit.timeout(now);
        self.unit.take_outgoing(now)
    }
}

impl Asked {
    fn codes(&self) -> usize {
        self.heard.matches("KWSPC").count()
    }
}

/// Identifies and writes, on this connection and on the next one with what is known then.
fn written_twice(unit: &mut Asked) -> Vec<OperationOutcome> {
    let mut now = Moment(1000);
    let mut knowledge = with_password(CODE);
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let mut dialogue = Dialogue::new(profile("sprint-cdma"), knowledge, now);
        for operation in [
            Operation::Identify,
            Operation::Write(vec![
                write("KWDIR", "2065550123"),
                write("KWMSID", "2065550124"),
            ]),
        ] {
            dialogue.begin(operation, now);
            let mut outcome = None;
            talk(&mut dialogue, unit, &mut now, |dialogue| {
                while let Some(event) = dialogue.next_event() {
                    if let DialogueEvent::Finished(finished) = event {
                        outcome = Some(finished);
                    }
                }
                outcome.is_some()
            });
            outcomes.extend(outcome);
        }
        knowledge = dialogue.knowledge();
        let record = dialogue.transcript().to_json_lines();
        assert!(!record.contains(CODE), "{record}");
    }
    outcomes
}

fn asked(faults: &[SimulatorFault], seed: u64) -> Asked {
    Asked {
        unit: simulated("sprint-cdma", "meid", faults, seed),
        heard: String::new(),
        pull_after: None,
        plug_at: None,
    }
}

#[test]
fn a_code_leaves_once_whatever_is_wrong() {
    let mut unit = asked(&[], 1);
    let clean = written_twice(&mut unit);
    assert_eq!(unit.codes(), 1);
    assert!(
        matches!(&clean[1], OperationOutcome::Written { refused } if refused.is_empty()),
        "{clean:?}"
    );
    for fault in SimulatorFault::all() {
        for seed in 1..=3 {
            let mut unit = asked(&[*fault], seed);
            let outcomes = written_twice(&mut unit);
            assert!(unit.codes() <= 1, "{fault} seed {seed}: {}", unit.heard);
            for outcome in &outcomes {
                let told = matches!(
                    outcome,
                    OperationOutcome::Identified(_)
                        | OperationOutcome::Written { .. }
                        | OperationOutcome::WrittenButSaid { .. }
                        | OperationOutcome::Failed(_)
                );
                assert!(told, "{fault} seed {seed}: {outcome:?}");
            }
        }
    }
}

#[test]
fn a_code_leaves_once_wherever_the_cable_was_pulled() {
    let mut unit = asked(&[], 1);
    written_twice(&mut unit);
    for bytes in 0..unit.heard.len() {
        let mut unit = asked(&[], 1);
        unit.pull_after = Some(bytes);
        written_twice(&mut unit);
        assert!(unit.codes() <= 1, "after {bytes}: {}", unit.heard);
    }
}
