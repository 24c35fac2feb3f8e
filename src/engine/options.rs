//! What the engine is given at its start. Everything it can reach stands here; it opens nothing by itself but ports.

use super::pushing::PushScope;
use crate::inventory::Inventory;
use crate::link::Ports;
use crate::secrets::{TemplateSecrets, UnitSecrets};
use carrier::Carrier;
use fleet::Template;
use fleet::profile::ProfileRegistry;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Everything at the engine's hand.
pub struct EngineOptions {
    /// The inventory; `None` where nothing shall be kept (reading only).
    pub inventory: Inventory,
    /// Unit families.
    pub registry: ProfileRegistry,
    /// Where ports come from.
    pub ports: Ports,
    /// Which ports become lanes.
    pub lanes: Lanes,
    /// The carrier account, when one is configured.
    pub account: Option<Account>,
    /// The fleet database that all offices share, when there is one.
    pub fleet_db: Option<crate::sync::Login>,
    /// Name of the bench on timelines and in journals.
    pub bench: String,
    /// Office of new rows.
    pub office: String,
    /// Passwords and keywords at hand.
    pub unit_secrets: UnitSecrets,
    /// Secrets of templates that this run has seen.
    pub template_secrets: std::sync::Arc<TemplateSecrets>,
    /// Housing labels by port, for families that answer only to their number.
    pub labels: BTreeMap<String, fleet::ids::Label>,
    /// Who agrees to guarded changes.
    pub approval: Approval,
    /// How long registrations are followed before they are left to a later run; `None` in the window: as long as it is open.
    pub follow_for: Option<Duration>,
    /// Whether plugging alone starts a unit from the beginning on.
    pub line_mode: bool,
    /// Which pushes this run works on.
    pub pushes: PushScope,
    /// How long a unit of a push may take to answer a text message.
    pub message_wait: Duration,
    /// What a support bundle is made from; the command line makes its own.
    pub support: Option<super::supporting::SupportFiles>,
    /// A job that is already picked: the command line has no job sheet.
    pub job: Option<GivenJob>,
}

/// Which ports become lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lanes {
    /// Exactly these, each started by itself once its unit answers. Others are only looked at for units that restart.
    Given(Vec<String>),
    /// Every port that appears and answers.
    All,
}

/// A job that the command line was given.
#[derive(Clone)]
pub struct GivenJob {
    /// What units shall hold.
    pub template: Arc<Template>,
    /// Whether they are registered.
    pub register: bool,
    /// Whether a person gave another service code, after the last one was refused or went unanswered.
    pub new_code: bool,
}

/// Who agrees to guarded changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// A person, when asked on the lane.
    Ask,
    /// Agreed beforehand by this person.
    Given(String),
    /// Nobody can be asked: such units wait for a person, untouched.
    Nobody,
}

/// A carrier account and what new units get on it.
#[derive(Clone)]
pub struct Account {
    /// The account.
    pub carrier: Arc<Carrier>,
    /// Short name of the carrier's kind, part of client references (`sprint`).
    pub kind: String,
    /// Which account, part of client references.
    pub account: String,
    /// Plan code for new units.
    pub plan_code: String,
    /// Where units are used.
    pub service_zip: String,
    /// Whether it is the sandbox.
    pub sandbox: bool,
}
