//! Going on with open registrations without a bench: for the command line.

use super::context::Context;
use super::options::{Account, Approval, EngineOptions, Lanes};
use super::registering;
use crate::inventory::Inventory;
use crate::link::Ports;
use crate::secrets::UnitSecrets;
use fleet::profile::ProfileRegistry;
use fleet::registration::RegistrationState;
use fleet::{Fault, UnitId};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// How a registration stands after it was followed for a while.
pub struct Followed {
    /// Whose.
    pub id: UnitId,
    /// Where it stands.
    pub registration: RegistrationState,
    /// Why it is not done, when it is not.
    pub fault: Option<Fault>,
}

/// Goes on with every registration that earlier runs left open, for at most `limit`.
#[must_use]
pub fn follow_open(
    inventory: Inventory,
    registry: ProfileRegistry,
    account: Account,
    fleet_db: Option<crate::sync::Login>,
    bench: &str,
    limit: Duration,
) -> Vec<Followed> {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return Vec::new();
    };
    let options = EngineOptions {
        inventory,
        registry,
        ports: Ports::default(),
        lanes: Lanes::Given(Vec::new()),
        account: Some(account),
        fleet_db,
        bench: bench.to_owned(),
        office: String::new(),
        unit_secrets: UnitSecrets::default(),
        template_secrets: std::sync::Arc::default(),
        labels: BTreeMap::new(),
        approval: Approval::Nobody,
        follow_for: Some(limit),
        line_mode: false,
        pushes: super::pushing::PushScope::Nothing,
        message_wait: limit,
        support: None,
        job: None,
    };
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async move {
        // Nobody listens to events and reports here: the answer is what each task returns.
        let (reports, _reports) = tokio::sync::mpsc::unbounded_channel();
        let (events, _events) = std::sync::mpsc::channel();
        let context = Rc::new(Context::new(options, reports, events, Box::new(|| {})));
        let mut followed = Vec::new();
        for task in registering::take_up_open(&context).await {
            if let Ok(each) = task.await {
                followed.push(each);
            }
        }
        followed
    })
}
