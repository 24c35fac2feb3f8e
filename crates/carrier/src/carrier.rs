//! The one door to every carrier. Each question has one answer type, whoever is asked.
//!
//! A closed list of carriers, so that a new one is met by the compiler wherever it matters. Reports have a door
//! of their own ([`crate::ReportFeed`]).

use crate::account::{AccountSettings, CarrierKind, SetupError};
use crate::budget::Budget;
use crate::capabilities::Capabilities;
use crate::change::{ChangeOutcome, ChangeRequest};
use crate::check::{CheckReport, PlanOffer};
use crate::failure::CallFailure;
use crate::limiter::PaceMemory;
use crate::messages::{
    MessageRequest, MessageStatus, MessageTarget, Reply, SendOutcome, SentMessage,
};
use crate::{control_center, sprint};
use fleet::registration::{
    CarrierUnit, FollowUp, LookUp, ProgrammingValues, RegistrationIntent, RegistrationOutcome,
};
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

/// An account at a carrier. Build one for each account and share it: the pace of its calls is kept in it.
pub enum Carrier {
    /// The Sprint account API.
    Sprint(sprint::Account),
    /// Cisco IoT Control Center.
    ControlCenter(control_center::Account),
}

/// What a unit can be found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identifier {
    /// Our own reference.
    ClientReference(Uuid),
    /// IMEI, MEID or ESN in normal form.
    Device(String),
    /// The SIM.
    Iccid(String),
    /// The carrier's own number.
    RemoteId(String),
    /// Phone number.
    Mdn(String),
}

/// One page of the account's units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitPage {
    /// The units.
    pub units: Vec<CarrierUnit>,
    /// Cursor of the next page; `None` at the end.
    pub next: Option<String>,
}

impl Carrier {
    /// Prepares an account. Nothing is sent.
    ///
    /// # Errors
    /// When the address, proxy or certificates break a rule.
    pub fn new(settings: AccountSettings) -> Result<Self, SetupError> {
        match settings.carrier {
            CarrierKind::Sprint => sprint::Account::new(settings).map(Self::Sprint),
            CarrierKind::ControlCenter => {
                control_center::Account::new(settings).map(Self::ControlCenter)
            }
        }
    }

    /// Keeps the pace of its calls where it outlives the program: limits hold over restarts. The first memory counts.
    pub fn remember_in(&self, memory: Arc<dyn PaceMemory>) {
        match self {
            Self::Sprint(account) => account.remember_in(memory),
            Self::ControlCenter(account) => account.remember_in(memory),
        }
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        match self {
            Self::Sprint(_) => sprint::capabilities(),
            Self::ControlCenter(_) => control_center::capabilities(),
        }
    }

    /// Whose contract is spoken.
    #[must_use]
    pub fn kind(&self) -> CarrierKind {
        match self {
            Self::Sprint(_) => CarrierKind::Sprint,
            Self::ControlCenter(_) => CarrierKind::ControlCenter,
        }
    }

    /// The account's name, as in preferences.
    #[must_use]
    pub fn account_name(&self) -> &str {
        match self {
            Self::Sprint(account) => &account.settings().name,
            Self::ControlCenter(account) => &account.settings().name,
        }
    }

    /// Whether the sandbox stands in for it.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        match self {
            Self::Sprint(account) => account.settings().is_sandbox(),
            Self::ControlCenter(account) => account.settings().is_sandbox(),
        }
    }

    /// The day's budget, once an answer told it.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        match self {
            Self::Sprint(account) => account.budget(),
            Self::ControlCenter(_) => None,
        }
    }

    /// Whether the account can be used, and if not, why.
    pub async fn check(&self) -> CheckReport {
        match self {
            Self::Sprint(account) => account.check().await,
            Self::ControlCenter(account) => account.check().await,
        }
    }

    /// Plans that new units may take.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn plans(&self) -> Result<Vec<PlanOffer>, CallFailure> {
        match self {
            Self::Sprint(account) => account.plans().await,
            Self::ControlCenter(account) => account.plans().await,
        }
    }

    /// Looks one unit up.
    pub async fn find(&self, identifier: &Identifier) -> LookUp {
        match self {
            Self::Sprint(account) => account.find(identifier).await,
            Self::ControlCenter(account) => account.find(identifier).await,
        }
    }

    /// Looks up what the carrier holds of an intent: by client reference first, then by device, then by SIM.
    pub async fn look_up(&self, intent: &RegistrationIntent) -> LookUp {
        match self {
            Self::Sprint(account) => account.look_up(intent).await,
            Self::ControlCenter(account) => account.look_up(intent).await,
        }
    }

    /// Asks to register, once. The intent must be on disk before.
    pub async fn register(&self, intent: &RegistrationIntent) -> RegistrationOutcome {
        match self {
            Self::Sprint(account) => account.register(intent).await,
            Self::ControlCenter(account) => account.register(intent).await,
        }
    }

    /// Asks how an accepted change stands.
    pub async fn follow(&self, handle: &str) -> FollowUp {
        match self {
            Self::Sprint(account) => account.follow(handle).await,
            Self::ControlCenter(account) => account.follow(handle).await,
        }
    }

    /// Asks for a change of a subscription, once. The request must be kept before.
    pub async fn change(&self, request: &ChangeRequest) -> ChangeOutcome {
        match self {
            Self::Sprint(account) => account.change(request).await,
            Self::ControlCenter(account) => account.change(request).await,
        }
    }

    /// Sends a text, once. The request must be kept before.
    pub async fn send_message(&self, request: &MessageRequest) -> SendOutcome {
        match self {
            Self::Sprint(account) => account.send_message(request).await,
            Self::ControlCenter(account) => account.send_message(request).await,
        }
    }

    /// Messages of this text to this unit that the carrier took over since then, newest first: the read before a repeat. There may
    /// be more than one, for the same words may have been sent on purpose. Where repeats are safe nothing needs to be read.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn sent_before(
        &self,
        request: &MessageRequest,
        since: Timestamp,
    ) -> Result<Vec<SentMessage>, CallFailure> {
        match self {
            Self::Sprint(_) => Ok(Vec::new()),
            Self::ControlCenter(account) => account.sent_before(request, since).await,
        }
    }

    /// Numbers of the texts that a unit sent since then, oldest first, where the carrier gives them; empty elsewhere. Each text is a
    /// call of its own: who knows some of them already need not read those again.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn reply_handles(
        &self,
        target: &MessageTarget,
        since: Timestamp,
    ) -> Result<Vec<String>, CallFailure> {
        match (self, &target.iccid) {
            (Self::ControlCenter(account), Some(iccid)) => {
                account.reply_handles(iccid.as_str(), since).await
            }
            _ => Ok(Vec::new()),
        }
    }

    /// One text that a unit sent. It never changes.
    ///
    /// # Errors
    /// When no answer came, or the carrier keeps no such text.
    pub async fn reply(&self, handle: &str) -> Result<Reply, CallFailure> {
        match self {
            Self::ControlCenter(account) => account.reply(handle).await,
            Self::Sprint(_) => Err(CallFailure::NotFound {
                word: "this carrier gives no replies".to_owned(),
            }),
        }
    }

    /// All texts that a unit sent since then, oldest first.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn replies(
        &self,
        target: &MessageTarget,
        since: Timestamp,
    ) -> Result<Vec<Reply>, CallFailure> {
        let mut replies = Vec::new();
        for handle in self.reply_handles(target, since).await? {
            replies.push(self.reply(&handle).await?);
        }
        Ok(replies)
    }

    /// How a message fares.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn message_status(&self, handle: &str) -> Result<MessageStatus, CallFailure> {
        match self {
            Self::Sprint(account) => account.message_status(handle).await,
            Self::ControlCenter(account) => account.message_status(handle).await,
        }
    }

    /// Reads one page of the account's units; `None` begins.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn list(&self, cursor: Option<&str>) -> Result<UnitPage, CallFailure> {
        self.list_changed(None, cursor).await
    }

    /// Reads one page of those units that were changed since then, by the carrier's clock; of all units without it. The same moment
    /// belongs to each page of a list.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn list_changed(
        &self,
        since: Option<Timestamp>,
        cursor: Option<&str>,
    ) -> Result<UnitPage, CallFailure> {
        match self {
            Self::Sprint(account) => account.list(since, cursor).await,
            Self::ControlCenter(account) => account.list(since, cursor).await,
        }
    }

    /// Values that must be written into the unit, once it is active; `None` when the carrier gives none (yet).
    ///
    /// # Errors
    /// When no answer came.
    pub async fn programming_values(
        &self,
        remote_id: &str,
    ) -> Result<Option<ProgrammingValues>, CallFailure> {
        match self {
            Self::Sprint(account) => account.programming_values(remote_id).await,
            Self::ControlCenter(_) => Ok(None),
        }
    }
}
