//! Units that are registered before they are set: they stay in their lane while the carrier is asked.

use super::keeping::Keeper;
use super::lane::{LaneInput, LaneTask};
use fleet::job::Input;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How often a wait for the carrier looks whether the program is being left.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

impl LaneTask {
    /// Waits until the carrier may be asked again, and hears meanwhile what happens to the unit. `None` when this run does not wait
    /// for so long, or a person wants it stopped.
    pub(super) async fn carrier_pause(
        &mut self,
        delay_ms: u64,
        keeper: &mut Keeper,
    ) -> Option<Input> {
        let wake_at = Instant::now() + Duration::from_millis(delay_ms);
        if !keeper.follows_until(wake_at) {
            return None;
        }
        let id = self.here.as_ref().map(|here| here.identity.id.clone());
        // A unit that is pulled and plugged in elsewhere meanwhile comes back to this lane.
        *self.expects.borrow_mut() = id;
        let woken = loop {
            if self.context.quitting.get() || self.stop_wanted {
                break None;
            }
            if Instant::now() >= wake_at {
                break Some(Input::Wake);
            }
            let until = wake_at.min(Instant::now() + BETWEEN_LOOKS);
            tokio::select! {
                input = self.inbox.recv() => match input {
                    Some(input) => self.hear_beside(input),
                    None => break None,
                },
                () = sleep_until(until) => {}
            }
        };
        *self.expects.borrow_mut() = None;
        woken
    }

    fn hear_beside(&mut self, input: LaneInput) {
        if let LaneInput::Lost(connection) = &input
            && self
                .here
                .as_ref()
                .is_some_and(|here| here.connection == *connection)
        {
            self.here = None;
            return;
        }
        self.overhear(input);
    }

    /// Ends this run of a job; what is left is in its journal.
    pub(super) fn stop_input(&self) -> Input {
        Input::StopRequested {
            by: self.context.bench.clone(),
        }
    }
}
