//! The Sprint account API: signed requests, their answers, and one pace for the account.
//!
//! All twelve operations of the contract are spoken here.

mod changes;
mod line;
mod messages;
mod odd_reports;
mod outcome;
mod reports;
pub(crate) mod signature;
mod wire;

use crate::account::{AccountSettings, SetupError};
use crate::budget::Budget;
use crate::capabilities::{Capabilities, PrimaryKey};
use crate::carrier::{Identifier, UnitPage};
use crate::check::{CLOCK_WINDOW_S, CheckReport, CheckVerdict, PlanOffer};
use crate::client::{Reply, SendError};
use crate::failure::CallFailure;
use crate::limiter::PaceMemory;
use fleet::UnitIdKind;
use fleet::printable::printable;
use fleet::registration::{
    CarrierUnit, FollowUp, LookUp, ProgrammingValues, RegistrationIntent, RegistrationOutcome,
    SubscriptionState,
};
use jiff::Timestamp;
use line::{Line, offset_from_now_s};
use outcome::Answer;
use reqwest::Method;
use serde::Serialize;
use signature::Parameter;
use std::sync::Arc;
use wire::{AccountInfo, Page, RegisterRequest, Unit};

/// Units in one page of a list, the contract's most.
const PAGE_SIZE: u32 = 200;

/// One account of the Sprint account API.
pub struct Account {
    line: Line,
}

/// How far a write came.
enum Operation {
    /// It was sent, with this result.
    Sent(Result<Reply, SendError>),
    /// It was held back, and that is all there is to know.
    Held(RegistrationOutcome),
}

/// What this carrier can do.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        primary_key: PrimaryKey::Device,
        needs_iccid: false,
        needs_service_zip: true,
        has_suspended: true,
        has_test_ready: false,
        has_plan_change_limit: true,
        has_transactions: true,
        gives_programming_values: true,
        repeats_are_safe: true,
        usual_activation_min: 30,
        settle_time_ms: 30 * 60 * 1000,
        message_length: Some(messages::LONGEST_TEXT),
        messages_per_call: messages::MOST_TARGETS,
        messages_repeat_safely: true,
        message_settle_ms: 0,
        gives_replies: false,
        lists_plans: true,
        has_dated_changes: false,
        deactivation_is_final: true,
        page_size: PAGE_SIZE,
        list_place_kept_s: Some(60 * 60),
        list_is_whole: true,
        unit_name_length: 50,
        calls_per_second: 5,
        calls_per_day: Some(500),
    }
}

impl Account {
    /// Prepares the account. Nothing is sent.
    pub(crate) fn new(settings: AccountSettings) -> Result<Self, SetupError> {
        Line::new(settings).map(|line| Self { line })
    }

    /// The same for reading reports: of a page that is too long, what is long in it is left out.
    pub(crate) fn abridging(self) -> Self {
        Self {
            line: self.line.abridging(),
        }
    }

    /// Keeps the pace of calls over restarts of the program.
    pub(crate) fn remember_in(&self, memory: Arc<dyn PaceMemory>) {
        self.line.limiter.remember_in(memory);
    }

    pub(crate) fn settings(&self) -> &AccountSettings {
        &self.line.settings
    }

    pub(crate) fn budget(&self) -> Option<Budget> {
        self.line.limiter.budget()
    }

    /// Operation 1, as a person asks for it: once, whatever was said before of the day's quota.
    pub(crate) async fn check(&self) -> CheckReport {
        let answer = self
            .line
            .exchange(Method::GET, "/account/info.json", &[], None)
            .await;
        let corrected_s = self.line.clock_offset_s();
        let info: AccountInfo = match outcome::of_read(answer) {
            Ok(info) => info,
            Err(failure) => {
                return CheckReport::failed(
                    failure,
                    self.budget(),
                    (corrected_s != 0).then_some(corrected_s),
                );
            }
        };
        let offset_s = info.server_time.as_deref().and_then(offset_from_now_s);
        let verdict = if info
            .status
            .as_deref()
            .is_some_and(|status| !status.eq_ignore_ascii_case("ACTIVE"))
        {
            CheckVerdict::NoRight {
                message: "The account is suspended.".to_owned(),
            }
        } else if offset_s.unwrap_or(corrected_s).abs() > CLOCK_WINDOW_S {
            CheckVerdict::ClockWrong {
                offset_s: offset_s.or(Some(corrected_s)),
            }
        } else {
            CheckVerdict::Ready
        };
        CheckReport {
            verdict,
            account_id: Some(printable(&info.account_id)),
            account_name: Some(printable(&info.account_name)),
            plans: info.plans.into_iter().map(plan_offer).collect(),
            max_units: info.limits.max_units.and_then(|text| text.parse().ok()),
            budget: self.budget(),
            clock_offset_s: offset_s,
        }
    }

    pub(crate) async fn plans(&self) -> Result<Vec<PlanOffer>, CallFailure> {
        let info: AccountInfo = self.line.ask("/account/info.json", &[]).await?;
        Ok(info.plans.into_iter().map(plan_offer).collect())
    }

    /// Operation 2, sent once.
    pub(crate) async fn register(&self, intent: &RegistrationIntent) -> RegistrationOutcome {
        let request = match RegisterRequest::from_intent(intent) {
            Ok(request) => request,
            Err(rejection) => return RegistrationOutcome::Rejected(rejection),
        };
        let answer = match self.write("/unit/add.json", &request).await {
            Operation::Sent(answer) => answer,
            Operation::Held(outcome) => return outcome,
        };
        match outcome::of_registration(answer, intent) {
            Answer::Settled(outcome) => {
                self.note_quota(&outcome);
                outcome
            }
            Answer::Contradicts {
                rejection,
                existing_unit_id,
            } => {
                let identifier = match existing_unit_id {
                    Some(unit_id) => Identifier::RemoteId(unit_id),
                    None if rejection.word == "CLIENT_REF_REUSED" => {
                        Identifier::ClientReference(intent.client_reference)
                    }
                    None => Identifier::Device(intent.unit.as_str().to_owned()),
                };
                let existing = self.read_unit(&identifier).await.ok().map(Box::new);
                RegistrationOutcome::Conflict {
                    rejection,
                    existing,
                }
            }
            Answer::Busy { transaction_id } => self.whose_change(intent, transaction_id).await,
        }
    }

    /// Sends a write once, unless the day's calls are known to be spent.
    async fn write<B: Serialize>(&self, path: &str, body: &B) -> Operation {
        let body = match serde_json::to_vec(body) {
            Ok(body) => body,
            Err(error) => {
                return Operation::Held(RegistrationOutcome::NotSent {
                    why: error.to_string(),
                });
            }
        };
        if let Some(seconds) = self.line.limiter.spent_for_s() {
            return Operation::Held(RegistrationOutcome::RetryAfter {
                seconds,
                quota_spent: true,
            });
        }
        Operation::Sent(
            self.line
                .exchange(Method::POST, path, &[], Some(body))
                .await,
        )
    }

    fn note_quota(&self, outcome: &RegistrationOutcome) {
        if let RegistrationOutcome::RetryAfter {
            seconds,
            quota_spent: true,
        } = outcome
        {
            self.line.limiter.note_spent(*seconds);
        }
    }

    /// A change of the same unit runs already. If the unit carries our reference it is ours and can be followed;
    /// otherwise nothing is claimed.
    async fn whose_change(
        &self,
        intent: &RegistrationIntent,
        transaction_id: Option<String>,
    ) -> RegistrationOutcome {
        let found = self
            .read_unit(&Identifier::ClientReference(intent.client_reference))
            .await;
        match (found, transaction_id) {
            (Ok(unit), Some(handle)) if outcome::holds_our_values(&unit, intent) => {
                RegistrationOutcome::Accepted {
                    handle,
                    unit: Some(unit),
                    retry_after_s: None,
                }
            }
            (_, transaction_id) => RegistrationOutcome::Unknown {
                why: format!(
                    "another change of this unit has not finished (transaction {})",
                    printable(transaction_id.as_deref().unwrap_or("not named"))
                ),
            },
        }
    }

    /// Operation 3.
    pub(crate) async fn find(&self, identifier: &Identifier) -> LookUp {
        match self.read_unit(identifier).await {
            Ok(unit) => LookUp::Found { unit },
            Err(CallFailure::NotFound { .. }) => LookUp::NotFound,
            Err(failure) => LookUp::Failed {
                offline: failure.is_offline(),
                retry_after_s: failure.retry_after_s(),
                why: failure.to_string(),
            },
        }
    }

    /// Operation 3 up to three times: by our reference, by device, by SIM.
    ///
    /// A cancelled or failed registration under another reference holds nothing: the contract lets the unit register anew.
    pub(crate) async fn look_up(&self, intent: &RegistrationIntent) -> LookUp {
        let ours = self
            .find(&Identifier::ClientReference(intent.client_reference))
            .await;
        if ours != LookUp::NotFound {
            return ours;
        }
        let device = (intent.unit.kind() != UnitIdKind::Hardware)
            .then(|| Identifier::Device(intent.unit.as_str().to_owned()));
        let sim = intent
            .iccid
            .as_ref()
            .map(|iccid| Identifier::Iccid(iccid.as_str().to_owned()));
        for identifier in device.into_iter().chain(sim) {
            match self.find(&identifier).await {
                LookUp::NotFound => {}
                LookUp::Found { unit }
                    if matches!(
                        unit.state,
                        SubscriptionState::Cancelled | SubscriptionState::Error
                    ) => {}
                other => return other,
            }
        }
        LookUp::NotFound
    }

    /// Operation 9. It costs nothing of the day's quota.
    pub(crate) async fn follow(&self, handle: &str) -> FollowUp {
        let query = [parameter("transactionId", handle)];
        outcome::of_follow(
            self.line
                .exchange(Method::GET, "/transaction/status.json", &query, None)
                .await,
        )
    }

    /// Operation 4.
    pub(crate) async fn list(
        &self,
        since: Option<Timestamp>,
        cursor: Option<&str>,
    ) -> Result<UnitPage, CallFailure> {
        let mut query = vec![parameter("pageSize", &PAGE_SIZE.to_string())];
        let since = since.map(|since| since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        query.extend(since.map(|since| parameter("updatedSince", &since)));
        query.extend(cursor.map(|cursor| parameter("pageToken", cursor)));
        let page: Page = self.line.ask("/unit/list.json", &query).await?;
        Ok(UnitPage {
            units: page
                .units
                .into_iter()
                .map(Unit::into_carrier_unit)
                .collect(),
            // A page that names itself as the next one would be read for ever.
            next: page
                .next_page_token
                .filter(|token| !token.is_empty() && Some(token.as_str()) != cursor),
        })
    }

    /// Operation 3 with the values that a unit must be told.
    pub(crate) async fn programming_values(
        &self,
        remote_id: &str,
    ) -> Result<Option<ProgrammingValues>, CallFailure> {
        let query = [
            parameter("unitId", remote_id),
            parameter("includeProgramming", "true"),
        ];
        let unit: Unit = self.line.ask("/unit/status.json", &query).await?;
        Ok(unit.programming.and_then(wire::Programming::values))
    }

    async fn read_unit(&self, identifier: &Identifier) -> Result<CarrierUnit, CallFailure> {
        let query = [match identifier {
            Identifier::ClientReference(reference) => {
                parameter("clientRef", &reference.to_string())
            }
            Identifier::Device(text) => parameter("deviceId", text),
            Identifier::Iccid(text) => parameter("iccid", text),
            Identifier::RemoteId(text) => parameter("unitId", text),
            Identifier::Mdn(text) => parameter("mdn", text),
        }];
        let unit: Unit = self.line.ask("/unit/status.json", &query).await?;
        Ok(unit.into_carrier_unit())
    }
}

fn parameter(name: &str, value: &str) -> Parameter {
    (name.to_owned(), value.to_owned())
}

fn plan_offer(plan: wire::Plan) -> PlanOffer {
    PlanOffer {
        plan_code: printable(&plan.plan_code),
        description: printable(&plan.description.unwrap_or_default()),
        orderable: plan.orderable,
    }
}
