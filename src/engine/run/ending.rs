//! The end of the loop: lanes come to their safe points, and a unit that is just restarting is still let in when it is back.

use super::{Loop, Report};
use crate::engine::command::Command;
use crate::engine::context::Context;
use crate::engine::event::Event;
use crate::engine::lane::LaneInput;
use crate::engine::state::Slot;
use crate::engine::{outgoing, pushing, registering};
use crate::link::PortChange;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

/// A restart may take a minute and must not be cut; after that the journal is better than waiting.
const LONGEST_END: Duration = Duration::from_secs(90);
/// How long lanes may take to write down that their unit was not waited for any longer, pushes what lanes told them, and what people typed
/// to be kept.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// Units that are waited for longer are told.
const TOLD_AFTER: Duration = Duration::from_secs(2);
/// Between two looks whether the lanes have ended.
const LOOK: Duration = Duration::from_millis(20);

impl Loop {
    /// Lanes stop at safe points; background work ends where it sleeps. Nothing is waited for longer than a unit's own time limits.
    pub(super) async fn end(mut self, mut reports: UnboundedReceiver<Report>) {
        let context = Rc::clone(&self.context);
        context.quitting.set(true);
        context.incoming.borrow_mut().stop();
        outgoing::stop(&context);
        for lane in self.lanes.values() {
            let _ = lane.inbox.send(LaneInput::Stop);
        }
        let mut tasks = Vec::new();
        let begun = Instant::now();
        let (mut told, mut leaving) = (false, false);
        loop {
            tasks.extend(self.let_go());
            // Also a unit that began its restart only after that was wanted.
            if leaving {
                tasks.extend(self.leave_restarts());
            }
            if !told && begun.elapsed() > TOLD_AFTER {
                told = true;
                if let Some(words) = self.waited_for() {
                    context.tell(Event::WaitedFor(words));
                }
            }
            if self.lanes.is_empty() && tasks.iter().all(JoinHandle::is_finished) {
                break;
            }
            if begun.elapsed() > LONGEST_END {
                tracing::warn!(
                    "a lane did not reach a safe point in time; its journal says where it stands"
                );
                break;
            }
            tokio::select! {
                Some(report) = reports.recv() => match report {
                    Report::Command(Command::LeaveRestarts) => leaving = true,
                    report => self.take_at_the_end(report),
                },
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        // Whoever still waits for a unit hears that nobody looks for it any more, and writes that down.
        let waiting = std::mem::take(&mut self.lanes);
        tasks.extend(waiting.into_values().map(|lane| lane.task));
        tasks.append(&mut context.keeping.borrow_mut());
        drop(self);
        let begun = Instant::now();
        while begun.elapsed() < LAST_WORDS && !tasks.iter().all(JoinHandle::is_finished) {
            tokio::time::sleep(LOOK).await;
        }
        finish(&context).await;
    }

    /// Lanes that have no unit in their hands end by themselves; the others may wait for one that restarts.
    fn let_go(&mut self) -> Vec<JoinHandle<()>> {
        let at_work = self.context.lanes_at_work.borrow().clone();
        let idle: Vec<Slot> = (self.lanes.iter())
            .filter(|(slot, lane)| !at_work.contains(slot) || lane.task.is_finished())
            .map(|(slot, _)| *slot)
            .collect();
        let lanes = idle.iter().filter_map(|slot| self.lanes.remove(slot));
        lanes.map(|lane| lane.task).collect()
    }

    /// Lanes whose unit only restarts hear that nobody looks for it any more, write that down and end.
    fn leave_restarts(&mut self) -> Vec<JoinHandle<()>> {
        let restarting: Vec<Slot> = (self.lanes.iter())
            .filter(|(_, lane)| lane.restarts())
            .map(|(slot, _)| *slot)
            .collect();
        let lanes = restarting.iter().filter_map(|slot| self.lanes.remove(slot));
        lanes.map(|lane| lane.task).collect()
    }

    /// The units that lanes have in their hands, in words; nothing when there are none.
    fn waited_for(&self) -> Option<String> {
        let units: Vec<String> = (self.lanes.values())
            .map(|lane| {
                let unit = match &lane.unit {
                    Some(unit) => format!("...{}", unit.last_four()),
                    None => format!("the unit on {}", lane.port),
                };
                match lane.restarts() {
                    true => format!("{unit} (restarts)"),
                    false => format!("{unit} (is being set)"),
                }
            })
            .collect();
        (!units.is_empty()).then(|| {
            format!(
                "Waiting for {}, at most {} s.",
                units.join(", "),
                LONGEST_END.as_secs()
            )
        })
    }

    /// Only what lanes at work and units that come back to them need; nothing is begun any more.
    fn take_at_the_end(&mut self, report: Report) {
        match report {
            Report::Port(PortChange::Appeared(port)) if self.is_any_awaited() => {
                self.appeared(&port.name, true);
            }
            Report::GivenBack(connection) => self.given_back(connection),
            Report::Session(connection, notice) => self.notice(connection, notice),
            Report::Greeted {
                port,
                connection,
                answer,
            } => {
                let is_awaited = answer.as_ref().is_ok_and(|here| {
                    let mut lanes = self.lanes.values();
                    lanes.any(|lane| here.is(lane.expects.borrow().as_ref()))
                });
                if is_awaited || answer.is_err() {
                    self.greeted(&port, connection, answer);
                }
            }
            Report::ToLane(slot, input) => self.to_lane(slot, input),
            _ => {}
        }
    }

    fn is_any_awaited(&self) -> bool {
        let mut lanes = self.lanes.values();
        lanes.any(|lane| lane.expects.borrow().is_some())
    }
}

async fn finish(context: &Rc<Context>) {
    let followed = Instant::now();
    while !context.registering.borrow().is_empty()
        && followed.elapsed() < registering::LONGEST_CARRIER_ANSWER
    {
        tokio::time::sleep(LOOK).await;
    }
    let begun = Instant::now();
    while context.is_telling_pushes() && begun.elapsed() < LAST_WORDS {
        tokio::time::sleep(LOOK).await;
    }
    pushing::last_look(context).await;
    context.tell(Event::Ended);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::Folder;
    use crate::engine::pushing::begin_as_asked;
    use crate::engine::tests::asked::{row, seen, within};
    use crate::engine::tests::options;
    use crate::engine::{Chosen, PushAsked, PushScope, keep_template};
    use crate::secrets::TemplateSecrets;
    use fleet::Template;
    use fleet::profile::ProfileRegistry;
    use fleet::push::{Kept, Rules, Standing, Via};

    #[test]
    fn the_program_does_not_end_before_a_push_has_kept_what_a_lane_told_it_last() {
        let (ports, bench) = (Folder::make(None).unwrap(), tempfile::tempdir().unwrap());
        let registry = ProfileRegistry::shipped();
        let mut options = options(&ports, bench.path(), registry.clone());
        options.pushes = PushScope::All;
        let inventory = options.inventory.clone();
        let unit = row(&registry);
        let id = unit.id.clone();
        inventory.upsert_units(vec![unit]).wait().unwrap();
        let text = "name = \"Vans\"\nversion = 1\n[settings]\nreport.moving_interval_s = 47\n";
        let template = Template::from_toml(text).unwrap();
        keep_template(&inventory, &template, "me", &TemplateSecrets::default()).unwrap();
        let foreseen = seen(&inventory, &registry, template);
        let (reports, _reports) = tokio::sync::mpsc::unbounded_channel();
        let (events, _events) = std::sync::mpsc::channel();
        let context = Rc::new(Context::new(options, reports, events, Box::new(|| {})));
        let vans = PushAsked::Template {
            name: "Vans".into(),
            version: 1,
            chosen: Chosen::Search(String::new()),
            via: Via::Cable,
            rules: Rules::default(),
        };
        let push = within(async {
            let by = "me".to_owned();
            let push = begin_as_asked(&context, vans, foreseen, None, by, || true).await;
            let push = push.unwrap();
            assert!(context.push_turn(&id).await.is_some());
            context.push_told(&id, Kept::Verified("1 value read back".into()));
            finish(&context).await;
            push
        });
        let kept = inventory.push(push).wait().unwrap().unwrap();
        assert_eq!(kept.units()[0].standing, Standing::Verified);
    }
}
