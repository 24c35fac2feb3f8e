//! Compares a carrier's account with the inventory: reads the whole list page by page, keeps what it said, and names what
//! differs with what to do about it. It goes on where it stopped, and holds a page at a time.

use super::changing::registration_of;
use super::options::Account;
use crate::inventory::{Inventory, InventoryError, Listed, Ours};
use carrier::{CallFailure, Capabilities, Identifier};
use fleet::registration::{CarrierUnit, LookUp, RegistrationState, SubscriptionState};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::time::Duration;

/// Subscriptions compared at once.
const PIECE: u32 = 500;
/// A listing that began longer ago is begun anew: cursors and what was read are too old then.
const LONGEST_LISTING: SignedDuration = SignedDuration::from_mins(55);
/// Repeats of a page whose answer was lost.
const MOST_REPEATS: u32 = 5;
/// Part of the day's calls that is left to the bench: one of so many.
const RESERVED_PART: u32 = 10;

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The account pays for a unit that is not in the inventory.
    BilledNotOurs,
    /// The inventory says that it is registered; the account has no subscription for it.
    UnknownThere,
    /// The two disagree about its state.
    StateDiffers,
    /// The two disagree about its plan.
    PlanDiffers,
    /// The two disagree which SIM is in which unit.
    PairDiffers,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What differs.
    pub difference: Difference,
    /// The unit, where the inventory has one.
    pub unit: Option<String>,
    /// The SIM.
    pub iccid: Option<String>,
    /// The carrier's number.
    pub carrier_id: Option<String>,
    /// What the inventory says.
    pub ours: String,
    /// What the carrier says.
    pub theirs: String,
    /// What to do.
    pub remedy: String,
}

/// How a comparison ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Subscriptions that the account lists.
    pub listed: u64,
    /// Differences found.
    pub findings: u64,
    /// Calls that this run made.
    pub calls: u32,
    /// Units that could not be looked up one by one any more, because the calls of this run were spent.
    pub not_looked_up: u64,
    /// Whether the list tells in which unit a SIM is, so that pairs could be compared.
    pub pairs_compared: bool,
}

/// Why there is no report yet.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The list could not be read to its end; what was read is kept.
    #[error("{why}")]
    Unfinished {
        /// Why.
        why: String,
        /// Subscriptions read so far in this run.
        read: u64,
    },
    /// The inventory cannot be used.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
}

/// Compares one account.
pub struct Comparer<'a> {
    /// The inventory.
    pub inventory: &'a Inventory,
    /// The account.
    pub account: &'a Account,
    /// Most calls of this run; `None` leaves a tenth of the day's calls to the bench.
    pub most_calls: Option<u32>,
}

impl Comparer<'_> {
    /// Reads the list to its end and tells each difference to `tell`, in the list's order.
    ///
    /// # Errors
    /// When the list could not be read to its end (the next run goes on), or the inventory cannot be used.
    pub async fn compare(
        &self,
        mut tell: impl FnMut(&Finding),
    ) -> Result<Comparison, CompareError> {
        let capabilities = self.account.carrier.capabilities();
        let mut calls = 0;
        let run = self.list(&mut calls).await?;
        let mut result = Comparison {
            listed: 0,
            findings: 0,
            calls: 0,
            not_looked_up: 0,
            pairs_compared: false,
        };
        let account = self.account.account.as_str();
        let mut after = String::new();
        loop {
            let piece = self
                .inventory
                .compared(account, run, after.clone(), PIECE)
                .await?;
            for (listed, ours) in &piece.items {
                result.listed += 1;
                result.pairs_compared |= listed.device_id.is_some();
                for finding in differences(listed, ours.as_ref(), &capabilities) {
                    result.findings += 1;
                    tell(&finding);
                }
            }
            match piece.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let mut after = 0;
        loop {
            let piece = self
                .inventory
                .not_listed(account, run, after, PIECE)
                .await?;
            for ours in &piece.items {
                for finding in self
                    .look_up(ours, &capabilities, &mut calls, &mut result)
                    .await
                {
                    result.findings += 1;
                    tell(&finding);
                }
            }
            match piece.next {
                Some(next) => after = next,
                None => break,
            }
        }
        result.calls = calls;
        Ok(result)
    }

    /// Reads what is still to be read of the list; answers its number.
    async fn list(&self, calls: &mut u32) -> Result<u32, CompareError> {
        let account = self.account.account.as_str();
        let known = self.inventory.carrier_listing(account).await?;
        let now = Timestamp::now();
        let fresh = known
            .filter(|known| !known.complete && now.duration_since(known.begun) < LONGEST_LISTING);
        let (mut run, mut cursor) = match fresh {
            Some(known) if known.cursor.is_some() => (known.run, known.cursor),
            _ => (self.inventory.begin_listing(account, now).await?, None),
        };
        let (mut read, mut repeats, mut begun_anew) = (0, 0, false);
        loop {
            if self.are_spent(*calls) {
                let why = "the calls of this run are spent; what was read is kept".to_owned();
                return Err(CompareError::Unfinished { why, read });
            }
            *calls += 1;
            match self.account.carrier.list(cursor.as_deref()).await {
                Ok(page) => {
                    repeats = 0;
                    read += u64::try_from(page.units.len()).unwrap_or_default();
                    self.inventory
                        .keep_listed(
                            account,
                            run,
                            page.units,
                            page.next.clone(),
                            Timestamp::now(),
                        )
                        .await?;
                    match page.next {
                        Some(next) => cursor = Some(next),
                        None => return Ok(run),
                    }
                }
                // The cursor of an earlier run has become too old: once, the list is begun anew.
                Err(CallFailure::Refused(rejection))
                    if cursor.is_some() && !begun_anew && rejection.word.contains("CURSOR") =>
                {
                    begun_anew = true;
                    run = self
                        .inventory
                        .begin_listing(account, Timestamp::now())
                        .await?;
                    cursor = None;
                }
                Err(failure) if repeats < MOST_REPEATS && may_pass(&failure) => {
                    repeats += 1;
                    let wait = failure.retry_after_s().unwrap_or(1).max(u64::from(repeats));
                    tokio::time::sleep(Duration::from_secs(wait)).await;
                }
                Err(failure) => {
                    let why = failure.to_string();
                    return Err(CompareError::Unfinished { why, read });
                }
            }
        }
    }

    fn are_spent(&self, calls: u32) -> bool {
        match (self.most_calls, self.account.carrier.budget()) {
            (Some(most), _) => calls >= most,
            (None, Some(budget)) => budget.remaining <= budget.limit / RESERVED_PART,
            (None, None) => false,
        }
    }

    /// A unit that the list does not have is looked up by itself: a list may be cut to what changed lately.
    async fn look_up(
        &self,
        ours: &Ours,
        capabilities: &Capabilities,
        calls: &mut u32,
        result: &mut Comparison,
    ) -> Vec<Finding> {
        if self.are_spent(*calls) {
            result.not_looked_up += 1;
            return Vec::new();
        }
        *calls += 1;
        let by_sim = capabilities.needs_iccid;
        let identifier = match (&ours.iccid, by_sim) {
            (Some(iccid), true) => Identifier::Iccid(iccid.clone()),
            _ => Identifier::Device(ours.id.as_str().to_owned()),
        };
        match self.account.carrier.find(&identifier).await {
            LookUp::Found { unit } => differences(&listed(unit), Some(ours), capabilities),
            LookUp::NotFound => vec![finding(
                Difference::UnknownThere,
                None,
                Some(ours),
                word_of(ours.registration),
                "not on this account".to_owned(),
                "Look whether it is on another account; if it is still used, put it on the bench to register it, otherwise retire it.",
            )],
            LookUp::Failed { .. } => {
                result.not_looked_up += 1;
                Vec::new()
            }
        }
    }
}

fn may_pass(failure: &CallFailure) -> bool {
    match failure {
        CallFailure::NoAnswer { .. }
        | CallFailure::Trouble { .. }
        | CallFailure::Malformed { .. } => true,
        CallFailure::RetryAfter {
            seconds,
            quota_spent,
        } => !quota_spent && *seconds <= 30,
        _ => false,
    }
}

fn listed(unit: CarrierUnit) -> Listed {
    Listed {
        remote_id: unit.remote_id,
        device_id: unit.device_id,
        iccid: unit.iccid,
        plan_code: unit.plan_code,
        state: unit.state,
        raw_state: unit.raw_state,
    }
}

/// Everything that differs between a subscription and its unit.
fn differences(listed: &Listed, ours: Option<&Ours>, capabilities: &Capabilities) -> Vec<Finding> {
    let theirs = listed.raw_state.clone();
    let Some(unit) = ours else {
        let billed = is_billed(&listed.state, capabilities);
        let plan = listed.plan_code.clone().unwrap_or_default();
        let found = finding(
            Difference::BilledNotOurs,
            Some(listed),
            None,
            "not in the inventory".to_owned(),
            format!("{theirs}, plan {plan}"),
            "If nobody knows it, end the subscription in the carrier's portal; otherwise put the unit on the bench.",
        );
        return if billed { vec![found] } else { Vec::new() };
    };
    let mut found = Vec::new();
    let device = listed
        .device_id
        .as_deref()
        .unwrap_or_else(|| unit.id.as_str());
    let sims = (listed.iccid.as_deref(), unit.iccid.as_deref());
    let other_device = !device.eq_ignore_ascii_case(unit.id.as_str());
    if other_device || matches!(sims, (Some(theirs), Some(ours)) if theirs != ours) {
        let sim = |sim: Option<&str>| sim.unwrap_or("no SIM").to_owned();
        found.push(finding(
            Difference::PairDiffers,
            Some(listed),
            ours,
            format!("{} with {}", unit.id.as_str(), sim(sims.1)),
            format!("{device} with {}", sim(sims.0)),
            "Put the unit on the bench: it says itself which SIM is in it. Then correct whichever side is wrong.",
        ));
    }
    if !agree(unit.registration, &listed.state) {
        found.push(finding(
            Difference::StateDiffers,
            Some(listed),
            ours,
            word_of(unit.registration),
            theirs,
            state_remedy(unit.registration, &listed.state),
        ));
    }
    let plans = (listed.plan_code.as_deref(), unit.plan_code.as_deref());
    if let (Some(theirs), Some(ours_plan)) = plans
        && theirs != ours_plan
        && is_billed(&listed.state, capabilities)
    {
        found.push(finding(
            Difference::PlanDiffers,
            Some(listed),
            ours,
            ours_plan.to_owned(),
            theirs.to_owned(),
            "If the inventory is right, 'fleetdesk carrier plan' sets it; if the carrier is, correct the inventory.",
        ));
    }
    found
}

/// Whether a subscription costs money each month, as far as its state tells.
fn is_billed(state: &SubscriptionState, capabilities: &Capabilities) -> bool {
    match state {
        SubscriptionState::Active | SubscriptionState::Pending | SubscriptionState::Other(_) => {
            true
        }
        // Where 'suspended' is no state of its own, it means out of service at no cost.
        SubscriptionState::Suspended | SubscriptionState::Held => capabilities.has_suspended,
        SubscriptionState::TestReady | SubscriptionState::Cancelled | SubscriptionState::Error => {
            false
        }
    }
}

fn agree(ours: Option<RegistrationState>, theirs: &SubscriptionState) -> bool {
    match (ours, theirs) {
        // At a carrier without a final state, ended and out of service look the same.
        (Some(RegistrationState::Ended), SubscriptionState::Suspended) => true,
        // What was never asked for may lie there unused.
        (
            None
            | Some(RegistrationState::Owed | RegistrationState::Skipped | RegistrationState::Refused),
            SubscriptionState::TestReady
            | SubscriptionState::Held
            | SubscriptionState::Cancelled
            | SubscriptionState::Error,
        ) => true,
        (ours, theirs) => match registration_of(theirs) {
            Some(expected) => ours == Some(expected),
            None => true,
        },
    }
}

fn state_remedy(ours: Option<RegistrationState>, theirs: &SubscriptionState) -> &'static str {
    match (ours, theirs) {
        (Some(RegistrationState::Owed | RegistrationState::Pending), _) => {
            "'fleetdesk carrier follow' goes on with it."
        }
        (Some(RegistrationState::Active), SubscriptionState::Suspended) => {
            "If it is in use, 'fleetdesk carrier restore' puts it back into service; otherwise note it as suspended."
        }
        (
            Some(RegistrationState::Suspended | RegistrationState::Ended),
            SubscriptionState::Active,
        ) => "It is in service and may cost: suspend or deactivate it, or put it back to work.",
        (_, SubscriptionState::Cancelled) => {
            "Its subscription has ended: register it again on the bench if it is still used."
        }
        _ => "Look at the unit in the carrier's portal, then correct whichever side is wrong.",
    }
}

fn word_of(state: Option<RegistrationState>) -> String {
    let word = state.map(|state| serde_json::json!(state));
    word.and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_else(|| "not registered".to_owned())
}

fn finding(
    difference: Difference,
    listed: Option<&Listed>,
    ours: Option<&Ours>,
    ours_says: String,
    theirs: String,
    remedy: &str,
) -> Finding {
    let sim_there = listed.and_then(|listed| listed.iccid.clone());
    Finding {
        difference,
        unit: ours
            .map(|ours| ours.id.as_str().to_owned())
            .or_else(|| listed.and_then(|listed| listed.device_id.clone())),
        iccid: sim_there.or_else(|| ours.and_then(|ours| ours.iccid.clone())),
        carrier_id: listed
            .map(|listed| listed.remote_id.clone())
            .or_else(|| ours.and_then(|ours| ours.carrier_id.clone())),
        ours: ours_says,
        theirs,
        remedy: remedy.to_owned(),
    }
}
