//! Which scripts an operation is made of, in their order: who is it, the session, the work itself.

use super::Dialogue;
use super::identify::Identify;
use super::read::ReadAll;
use super::same_unit::{SameUnit, reads_identity};
use super::script::{LearnCode, PowerCycle, Script, Sequence};
use super::session::Begin;
use super::write::Write;
use crate::fault::Fault;
use crate::job::Operation;
use crate::profile::Save;
use std::collections::VecDeque;

impl Dialogue {
    pub(super) fn scripts_of(
        &self,
        operation: Operation,
    ) -> (&'static str, VecDeque<Box<dyn Script>>) {
        let talk = &self.talk;
        let mut scripts: VecDeque<Box<dyn Script>> = VecDeque::new();
        let known = talk.known.identity.is_some();
        if !known && !matches!(operation, Operation::Identify | Operation::End) {
            scripts.push_back(Box::new(Identify::default()));
        }
        if !talk.session_begun
            && !talk.profile.session.begin.is_empty()
            && matches!(operation, Operation::ReadAll | Operation::Write(_))
        {
            scripts.push_back(Box::new(Begin::default()));
        }
        let name = match operation {
            Operation::Identify => {
                scripts.push_back(Box::new(Identify::default()));
                "identify"
            }
            Operation::ReadAll => {
                scripts.push_back(Box::new(ReadAll::default()));
                "read"
            }
            Operation::Write(writes) => {
                if !reads_identity(talk, &writes) {
                    scripts.push_back(Box::new(SameUnit::default()));
                }
                scripts.push_back(Box::new(Write::new(writes)));
                "write"
            }
            Operation::LearnCode(code) => {
                scripts.push_back(Box::new(LearnCode(code)));
                "code"
            }
            Operation::Save => {
                if let Save::Exchange { exchange } = &talk.profile.save {
                    scripts.push_back(Box::new(SameUnit::default()));
                    let save = Sequence::new(vec![exchange.clone()]).or_else(Fault::NotSaved);
                    scripts.push_back(Box::new(save));
                }
                "save"
            }
            Operation::Restart => {
                let exchange = talk
                    .profile
                    .restart
                    .as_ref()
                    .and_then(|restart| restart.exchange.clone());
                let script: Box<dyn Script> = match exchange {
                    Some(exchange) => Box::new(Sequence::new(vec![exchange]).telling_sent()),
                    None => Box::new(PowerCycle),
                };
                scripts.push_back(script);
                "restart"
            }
            Operation::End => {
                if talk.session_begun {
                    let end = Sequence::new(talk.profile.session.end.clone()).lenient();
                    scripts.push_back(Box::new(end));
                }
                "end"
            }
        };
        (name, scripts)
    }
}
