//! Waiting for a unit that was asked to restart, whose cable was pulled, or whose port is opened anew.
//!
//! A restart has to be seen: the port went away where that shows it, the unit fell silent, or it says that it has just started. A unit that
//! never stopped answering may show what it has not kept, and the job must know that.

use super::lane::{LaneInput, LaneTask, UnitHere};
use super::run::Report;
use fleet::job::{Input, Operation, OperationOutcome};
use fleet::{Fault, Identity};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// A unit that was asked to restart and still answers after this time has not been seen to restart.
const STILL_ANSWERING: Duration = Duration::from_secs(6);
/// Pause between two questions to a unit that may still be starting.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(150);
/// How long a unit is waited for on a port that is opened anew: longer than finding out who answers there takes.
const LONGEST_ANEW_MS: u64 = 15_000;

/// What was seen while waiting for a restart.
#[derive(Default)]
struct Seen {
    restart: bool,
    /// That the port goes away is a sign of it.
    port_tells: bool,
    opened_anew: bool,
    /// The port is there, and nobody that is known answers on it.
    nobody: bool,
}

impl LaneTask {
    /// Waits for a unit whose connection was lost, wherever the loop finds it.
    pub(super) async fn await_cable(&mut self, identity: &Identity, longest_ms: u64) -> Input {
        if let Some(back) = self.arrived() {
            return back;
        }
        *self.expects.borrow_mut() = Some(identity.id.clone());
        let deadline = Instant::now() + Duration::from_millis(longest_ms);
        let mut seen = Seen::default();
        let back = loop {
            let input = tokio::select! {
                input = self.inbox.recv() => input,
                () = sleep_until(deadline) => None,
            };
            match input {
                None if seen.nobody => break Input::UnitSilent,
                None => break Input::UnitAbsent,
                // The program ends: a cable that was pulled may stay out for long, and the journal knows where the unit stands.
                Some(LaneInput::Stop) if self.context.quitting.get() && !self.opens_anew.get() => {
                    break Input::UnitAbsent;
                }
                Some(LaneInput::UnitHere(here)) => break self.take(here, true),
                Some(other) => self.hear_while_waiting(other, &mut seen),
            }
        };
        *self.expects.borrow_mut() = None;
        back
    }

    /// Gives the port back and has it opened again. Whether the unit then answers: the wait for it that follows ends at once.
    pub(super) async fn open_anew(&mut self) -> bool {
        let Some(identity) = self.give_port_back() else {
            return false;
        };
        self.opens_anew.set(true);
        let back = self.await_cable(&identity, LONGEST_ANEW_MS).await;
        self.opens_anew.set(false);
        self.arrived = self.here.take();
        matches!(back, Input::UnitBack { .. })
    }

    /// Waits for a unit that was asked to restart: on the same connection where the port stays, or wherever the loop finds it. `port_tells`: a
    /// port that goes away shows the restart.
    pub(super) async fn await_restart(
        &mut self,
        identity: &Identity,
        (longest_ms, usual_ms): (u64, u64),
        port_tells: bool,
    ) -> Input {
        if let Some(here) = self.arrived.take() {
            return self.take(here, port_tells);
        }
        *self.expects.borrow_mut() = Some(identity.id.clone());
        let begun = Instant::now();
        let deadline = begun + Duration::from_millis(longest_ms);
        let mut seen = Seen {
            restart: port_tells && self.here.is_none(),
            port_tells,
            ..Seen::default()
        };
        // A port that ought to go away and neither goes nor answers may have to be opened anew.
        let anew_at = self
            .port_should_vanish(identity)
            .then(|| begun + Duration::from_millis(usual_ms))
            .filter(|at| *at < deadline);
        let mut asking = None;
        let back = loop {
            if asking.is_none() {
                asking = self
                    .here
                    .as_ref()
                    .map(|here| Box::pin(here.session.run(Operation::Identify)));
            }
            let until = match anew_at {
                Some(at) if !seen.opened_anew && self.here.is_some() => at,
                _ => deadline,
            };
            let answered = tokio::select! {
                outcome = async { match &mut asking { Some(asking) => asking.await, None => std::future::pending().await } } => {
                    asking = None;
                    Ok(outcome)
                }
                input = self.inbox.recv() => Err(input),
                () = sleep_until(until) => {
                    if until == deadline {
                        break Input::UnitAbsent;
                    }
                    asking = None;
                    seen = Seen { opened_anew: true, port_tells, ..Seen::default() };
                    self.give_port_back();
                    continue;
                }
            };
            match answered {
                Ok(OperationOutcome::Identified(found))
                    if seen.restart || begun.elapsed() >= STILL_ANSWERING =>
                {
                    let Some(connection) = self.here.as_ref().map(|here| here.connection) else {
                        continue;
                    };
                    break back_as(seen.restart, found, connection);
                }
                Ok(OperationOutcome::ConnectionLost) => {
                    seen.restart |= port_tells;
                    self.here = None;
                }
                Ok(other @ OperationOutcome::Failed(Fault::OtherUnit { .. })) => {
                    break Input::Operation(other);
                }
                Ok(OperationOutcome::Failed(_)) => seen.restart = true,
                Ok(_) => sleep(BETWEEN_QUESTIONS).await,
                Err(None) => break Input::NobodyLooks,
                Err(Some(LaneInput::UnitHere(here))) => break self.take(here, seen.restart),
                Err(Some(other)) => self.hear_while_waiting(other, &mut seen),
            }
        };
        *self.expects.borrow_mut() = None;
        back
    }

    /// A unit that was recognised on a new connection while the talk on the old one was still ending.
    fn arrived(&mut self) -> Option<Input> {
        let here = self.arrived.take()?;
        Some(self.take(here, true))
    }

    fn take(&mut self, here: Box<UnitHere>, restarted: bool) -> Input {
        let identity = Box::new(here.identity.clone());
        let connection = here.connection;
        self.here = Some(here);
        back_as(restarted, identity, connection)
    }

    fn hear_while_waiting(&mut self, input: LaneInput, seen: &mut Seen) {
        let is_ours = |connection: u64| {
            let here = self.here.as_ref();
            here.is_some_and(|here| here.connection == connection)
        };
        match input {
            LaneInput::NoAnswerYet(connection) | LaneInput::Starting(connection) => {
                seen.restart |= is_ours(connection);
            }
            LaneInput::Lost(connection) if is_ours(connection) => {
                seen.restart |= seen.port_tells;
                self.here = None;
            }
            // Opening it anew did not make it answer: it is silent because it restarts.
            LaneInput::NobodyYet => {
                seen.nobody = true;
                seen.restart |= seen.opened_anew;
            }
            LaneInput::Stop => self.stop_wanted = true,
            LaneInput::Talk(connection, news) => self.talk(connection, news),
            LaneInput::Typing(wish) => self.refuse_typing(&wish),
            _ => {}
        }
    }

    /// Closes the port and has the loop look at it again. Who was there?
    fn give_port_back(&mut self) -> Option<Identity> {
        let here = self.here.take()?;
        let _ = self
            .context
            .reports
            .send(Report::GivenBack(here.connection));
        Some(here.identity)
    }

    fn port_should_vanish(&self, identity: &Identity) -> bool {
        let profile = self.context.registry.get(&identity.profile);
        let restart = profile.and_then(|profile| profile.restart.as_ref());
        restart.is_some_and(|restart| restart.port_vanishes)
    }
}

fn back_as(restarted: bool, identity: Box<Identity>, connection: u64) -> Input {
    if restarted {
        Input::UnitBack {
            identity,
            connection,
        }
    } else {
        Input::NotRestarted {
            identity,
            connection,
        }
    }
}
