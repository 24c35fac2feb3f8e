//! Cisco IoT Control Center: SIMs of an account, known by their ICCID, changed by setting absolute values.
//!
//! A SIM is in the account before anything is registered; registering puts it into service and writes our reference into a
//! custom field. Nothing here gives the unit's own reports: the service only knows where the network saw the SIM.

mod changing;
mod dates;
mod judging;
mod line;
mod listing;
mod messages;
mod registering;
mod wire;

use crate::account::{AccountSettings, SetupError};
use crate::capabilities::{Capabilities, PrimaryKey};
use crate::carrier::Identifier;
use crate::check::{CLOCK_WINDOW_S, CheckReport, CheckVerdict, PlanOffer};
use crate::failure::CallFailure;
use crate::limiter::PaceMemory;
use fleet::registration::{CarrierUnit, FollowUp, LookUp, RegistrationIntent};
use line::Line;
use reqwest::Method;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use wire::{Device, Echo, Session};

/// Units in one page of a list, the contract's most.
const PAGE_SIZE: u32 = 50;
/// Text of one message that every data coding carries.
const LONGEST_TEXT: usize = 160;
/// Longest unit name that is sent. The service's own bound is not published.
const LONGEST_NAME: usize = 50;

/// One account of Control Center.
pub struct Account {
    line: Line,
}

/// What this carrier can do.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        primary_key: PrimaryKey::Iccid,
        needs_iccid: true,
        needs_service_zip: false,
        has_suspended: false,
        has_test_ready: true,
        has_plan_change_limit: false,
        has_transactions: false,
        gives_programming_values: false,
        repeats_are_safe: true,
        usual_activation_min: 30,
        // Values are absolute: setting them again is harmless, so there is nothing to wait for.
        settle_time_ms: 0,
        message_length: Some(LONGEST_TEXT),
        messages_per_call: 1,
        messages_repeat_safely: false,
        // Nothing public names it; half a minute is what a person waits before asking again.
        message_settle_ms: 30_000,
        gives_replies: true,
        lists_plans: false,
        has_dated_changes: true,
        deactivation_is_final: false,
        page_size: PAGE_SIZE,
        list_place_kept_s: None,
        list_is_whole: false,
        unit_name_length: LONGEST_NAME,
        calls_per_second: 4,
        calls_per_day: None,
    }
}

impl Account {
    /// Prepares the account. Nothing is sent.
    pub(crate) fn new(settings: AccountSettings) -> Result<Self, SetupError> {
        Line::new(settings).map(|line| Self { line })
    }

    /// Keeps the pace of calls over restarts of the program.
    pub(crate) fn remember_in(&self, memory: Arc<dyn PaceMemory>) {
        self.line.limiter.remember_in(memory);
    }

    pub(crate) fn settings(&self) -> &AccountSettings {
        &self.line.settings
    }

    /// Asks for an echo: it shows address, credentials and the service's clock.
    pub(crate) async fn check(&self) -> CheckReport {
        let answer = self
            .line
            .exchange(Method::GET, "/echo/fleetdesk", &[], None)
            .await;
        let clock_offset_s = answer
            .as_ref()
            .ok()
            .and_then(crate::client::Reply::date_offset_s);
        let echo = line::of_read::<Echo>(answer);
        let verdict = match echo {
            Err(failure) => return CheckReport::failed(failure, None, clock_offset_s),
            Ok(echo) if echo.context.as_deref() != Some("fleetdesk") => {
                CheckVerdict::NotTheCarrier {
                    why: "the echo is not what was sent".to_owned(),
                }
            }
            // Nothing is signed with the time here, but a wrong clock spoils every date that is asked for.
            Ok(_) if clock_offset_s.is_some_and(|offset| offset.abs() > CLOCK_WINDOW_S) => {
                CheckVerdict::ClockWrong {
                    offset_s: clock_offset_s,
                }
            }
            Ok(_) => CheckVerdict::Ready,
        };
        let usable = !matches!(verdict, CheckVerdict::NotTheCarrier { .. });
        CheckReport {
            verdict,
            account_id: None,
            account_name: usable.then(|| self.settings().name.clone()),
            plans: self.known_plans(&BTreeSet::new()),
            max_units: None,
            budget: None,
            clock_offset_s,
        }
    }

    /// Rate plans that are written down here or in use. The service has no list of them.
    pub(crate) async fn plans(&self) -> Result<Vec<PlanOffer>, CallFailure> {
        let page = self.list(None, None).await?;
        let in_use = page
            .units
            .into_iter()
            .filter_map(|unit| unit.plan_code)
            .collect();
        Ok(self.known_plans(&in_use))
    }

    fn known_plans(&self, in_use: &BTreeSet<String>) -> Vec<PlanOffer> {
        let written: BTreeSet<String> = self.settings().plans.iter().cloned().collect();
        written
            .union(in_use)
            .map(|plan| PlanOffer {
                plan_code: plan.clone(),
                description: if in_use.contains(plan) {
                    "in use on this account".to_owned()
                } else {
                    "named in the preferences".to_owned()
                },
                orderable: true,
            })
            .collect()
    }

    pub(crate) async fn find(&self, identifier: &Identifier) -> LookUp {
        let found = match identifier {
            Identifier::Iccid(iccid) | Identifier::RemoteId(iccid) => self.device(iccid).await,
            Identifier::ClientReference(reference) => match self.with_reference(*reference).await {
                Ok(Some(device)) => Ok(device),
                Ok(None) => return LookUp::NotFound,
                Err(failure) => Err(failure),
            },
            Identifier::Device(_) | Identifier::Mdn(_) => {
                return LookUp::Failed {
                    why: "this carrier finds a unit by its SIM only".to_owned(),
                    offline: false,
                    retry_after_s: None,
                };
            }
        };
        looked_up(found.map(|device| device.carrier_unit()))
    }

    /// What the account holds of an intent. A SIM that nobody registered for us is 'not found'.
    pub(crate) async fn look_up(&self, intent: &RegistrationIntent) -> LookUp {
        let Some(iccid) = &intent.iccid else {
            return LookUp::NotFound;
        };
        match self.device(iccid.as_str()).await {
            Ok(device) => match self.held(&device, intent).await {
                Some(unit) => LookUp::Found { unit },
                None => LookUp::NotFound,
            },
            Err(failure) => looked_up(Err(failure)),
        }
    }

    /// The service has no transactions: the SIM itself shows whether it came to what was asked for.
    pub(crate) async fn follow(&self, handle: &str) -> FollowUp {
        let Some(awaited) = judging::Awaited::parse(handle) else {
            return FollowUp::Forgotten;
        };
        match self.device(&awaited.iccid).await {
            Ok(device) if awaited.is_reached(&device) => FollowUp::Completed {
                at: device.updated_at(),
            },
            Ok(_) => FollowUp::Pending {
                retry_after_s: None,
            },
            Err(CallFailure::NotFound { .. }) => FollowUp::Forgotten,
            Err(failure) => FollowUp::Unanswered {
                retry_after_s: failure.retry_after_s(),
                why: failure.to_string(),
            },
        }
    }

    /// The registration that a SIM holds, with the unit that the network saw it in since it was put into service.
    ///
    /// A SIM that was moved on purpose shows its former unit until the new one connects: that says nothing about this one.
    async fn held(&self, device: &Device, intent: &RegistrationIntent) -> Option<CarrierUnit> {
        let mut unit = judging::held(device, intent, self.settings().test_ready_on_bench)?;
        let in_doubt = judging::is_ours(device, intent) && judging::other_unit(device, intent);
        if in_doubt && !self.seen_since_activation(device).await {
            unit.device_id = None;
        }
        Some(unit)
    }

    /// Whether the SIM had a session since it was put into service. Where that cannot be learned, it counts as seen.
    async fn seen_since_activation(&self, device: &Device) -> bool {
        let Ok(path) = path_of(&device.iccid) else {
            return true;
        };
        let session: Session = match self.line.ask(&format!("{path}/sessionInfo"), &[]).await {
            Ok(session) => session,
            Err(_) => return true,
        };
        match (session.started_at(), device.activated_at()) {
            (Some(started), Some(activated)) => started > activated,
            (None, _) => false,
            (Some(_), None) => true,
        }
    }

    /// Details of one SIM.
    async fn device(&self, iccid: &str) -> Result<Device, CallFailure> {
        self.line.ask(&path_of(iccid)?, &[]).await
    }
}

/// The resource of a SIM. Only digits come into a path.
fn path_of(iccid: &str) -> Result<String, CallFailure> {
    let digits =
        (18..=20).contains(&iccid.len()) && iccid.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        Ok(format!("/devices/{iccid}"))
    } else {
        Err(CallFailure::NotFound {
            word: "not a SIM number".to_owned(),
        })
    }
}

fn looked_up(found: Result<CarrierUnit, CallFailure>) -> LookUp {
    match found {
        Ok(unit) => LookUp::Found { unit },
        Err(CallFailure::NotFound { .. }) => LookUp::NotFound,
        Err(failure) => LookUp::Failed {
            offline: failure.is_offline(),
            retry_after_s: failure.retry_after_s(),
            why: failure.to_string(),
        },
    }
}

/// A body that is no error.
fn read<T: for<'de> Deserialize<'de>>(value: &serde_json::Value) -> Option<T> {
    T::deserialize(value).ok()
}
