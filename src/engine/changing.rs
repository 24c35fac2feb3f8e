//! Changes of subscriptions that a person decided: kept first, asked once, looked up after any doubt, followed to their end.
//!
//! What may be changed is the carrier's business and its capabilities'; who agreed is the caller's.

use super::context::Context;
use super::options::Account;
use crate::inventory::{ChangeStanding, Inventory, InventoryError, KeptChange};
use carrier::capabilities::PrimaryKey;
use carrier::{Change, ChangeRequest, Identifier};
use fleet::UnitId;
use fleet::registration::{
    CarrierUnit, FollowUp, LookUp, RegistrationOutcome, RegistrationState, SubscriptionState,
};
use fleet::unit::{Unit, UnitEvent, UnitEventKind};
use jiff::Timestamp;
use std::rc::Rc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Pauses between two questions, the last one again and again; seconds.
const PAUSES_S: [u64; 6] = [1, 2, 5, 10, 20, 60];

/// How long each change is followed in the background before the next one has its turn.
const LONGEST_BACKGROUND: Duration = Duration::from_secs(30);

/// Changes subscriptions of one account.
pub struct Changer {
    /// Where changes and rows are kept.
    pub inventory: Inventory,
    /// The account.
    pub account: Account,
    /// Who changes, for timelines.
    pub by: String,
}

/// What a person wants.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What shall change.
    pub change: Change,
    /// Why, for the carrier's records.
    pub reason: Option<String>,
    /// On which day, where the carrier has dated changes.
    pub starts_at: Option<Timestamp>,
}

/// How a change stands when this run leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeEnd {
    /// As wanted; the row says so.
    Done(Box<CarrierUnit>),
    /// The carrier works on it, or its answer is still looked for: a later run goes on.
    Open {
        /// What was seen last.
        why: String,
    },
    /// Not done.
    Refused {
        /// Why.
        why: String,
    },
}

/// Why nothing was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The account has no subscription for the unit.
    #[error("the account holds no subscription for this unit")]
    NotThere,
    /// Nothing is known, because the question failed.
    #[error("the carrier could not be asked: {0}")]
    NotAsked(String),
    /// Carrier and inventory do not speak of the same unit and SIM.
    #[error("{0}")]
    PairDiffers(String),
    /// Another change of the unit has no last word yet.
    #[error("another change of this unit is not finished")]
    Busy,
    /// The inventory cannot be written.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// A kept request cannot be read.
    #[error("a kept change cannot be understood: {0}")]
    Unreadable(String),
}

impl Changer {
    /// The subscription of a unit, as the carrier describes it now.
    ///
    /// # Errors
    /// When there is none, or the question failed.
    pub async fn subscription(&self, unit: &Unit) -> Result<CarrierUnit, ChangeError> {
        let by_sim = self.account.carrier.capabilities().primary_key == PrimaryKey::Iccid;
        let sim = unit
            .iccid
            .as_ref()
            .map(|iccid| Identifier::Iccid(iccid.to_string()));
        let identifier = match (&unit.carrier_id, sim) {
            (_, Some(sim)) if by_sim => sim,
            (Some(remote_id), _) if !remote_id.is_empty() => {
                Identifier::RemoteId(remote_id.clone())
            }
            _ => Identifier::Device(unit.id.as_str().to_owned()),
        };
        match self.account.carrier.find(&identifier).await {
            LookUp::Found { unit } => Ok(unit),
            LookUp::NotFound => Err(ChangeError::NotThere),
            LookUp::Failed { why, .. } => Err(ChangeError::NotAsked(why)),
        }
    }

    /// Changes a unit's subscription, and follows it for at most `limit`.
    ///
    /// # Errors
    /// When nothing was asked for.
    pub async fn change(
        &self,
        unit: &Unit,
        wanted: Wanted,
        limit: Duration,
    ) -> Result<ChangeEnd, ChangeError> {
        let held = self.subscription(unit).await?;
        if let Some(difference) = pair_difference(unit, &held) {
            return Err(ChangeError::PairDiffers(difference));
        }
        if wanted.starts_at.is_none() && wanted.change.is_reached(&held) {
            return Ok(ChangeEnd::Done(Box::new(held)));
        }
        let request = ChangeRequest {
            client_reference: Uuid::now_v7(),
            unit: held,
            change: wanted.change,
            reason: wanted.reason,
            starts_at: wanted.starts_at,
        };
        let kept = KeptChange {
            client_reference: request.client_reference,
            account: self.account.account.clone(),
            unit: unit.id.clone(),
            word: request.change.word().to_owned(),
            request: serde_json::to_string(&request)
                .map_err(|error| ChangeError::Unreadable(error.to_string()))?,
            standing: ChangeStanding::Intended,
            handle: None,
            detail: String::new(),
            since: Timestamp::now(),
            attempts: 0,
        };
        let detail = request.reason.clone().unwrap_or_default();
        let entry = self.entry(title_of(&request, false), detail);
        if !self.inventory.intend_change(kept.clone(), entry).await? {
            return Err(ChangeError::Busy);
        }
        self.drive(kept, request, limit).await
    }

    /// Goes on with every change of this account that has no last word, for at most `limit` each.
    ///
    /// # Errors
    /// When the inventory cannot be read or written.
    pub async fn follow_open(
        &self,
        limit: Duration,
    ) -> Result<Vec<(UnitId, String, ChangeEnd)>, ChangeError> {
        self.follow_those(&|_| true, limit).await
    }

    /// Goes on with those that are wanted.
    ///
    /// # Errors
    /// When the inventory cannot be read or written.
    pub(super) async fn follow_those(
        &self,
        wanted: &dyn Fn(&KeptChange) -> bool,
        limit: Duration,
    ) -> Result<Vec<(UnitId, String, ChangeEnd)>, ChangeError> {
        let mut ends = Vec::new();
        for kept in self.inventory.open_changes().await? {
            if kept.account != self.account.account || !wanted(&kept) {
                continue;
            }
            let request: ChangeRequest = serde_json::from_str(&kept.request)
                .map_err(|error| ChangeError::Unreadable(error.to_string()))?;
            let (unit, word) = (kept.unit.clone(), kept.word.clone());
            ends.push((unit, word, self.drive(kept, request, limit).await?));
        }
        Ok(ends)
    }

    async fn drive(
        &self,
        mut kept: KeptChange,
        request: ChangeRequest,
        limit: Duration,
    ) -> Result<ChangeEnd, ChangeError> {
        let began = Instant::now();
        let mut pauses = PAUSES_S.iter().copied();
        // What an earlier run intended may have left: it is looked up before anything is asked.
        let mut in_doubt = kept.attempts > 0 && kept.handle.is_none();
        loop {
            let wait_s = match self.step(&mut kept, &request, &mut in_doubt).await? {
                Step::Ended(end) => return Ok(end),
                Step::Wait { at_least_s } => at_least_s,
            };
            let last = PAUSES_S.last().copied().unwrap_or(60);
            let pause = Duration::from_secs(pauses.next().unwrap_or(last).max(wait_s));
            if began.elapsed() + pause > limit {
                return Ok(ChangeEnd::Open {
                    why: kept.detail.clone(),
                });
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// One question to the carrier, and what follows from its answer.
    async fn step(
        &self,
        kept: &mut KeptChange,
        request: &ChangeRequest,
        in_doubt: &mut bool,
    ) -> Result<Step, ChangeError> {
        if let Some(handle) = kept.handle.clone() {
            return match self.account.carrier.follow(&handle).await {
                FollowUp::Completed { .. } => self.look(kept, request, in_doubt).await,
                FollowUp::Failed(rejection) => {
                    self.refused(kept, format!("{} ({})", rejection.message, rejection.word))
                        .await
                }
                FollowUp::Forgotten => {
                    (kept.handle, *in_doubt) = (None, true);
                    Ok(Step::Wait { at_least_s: 0 })
                }
                FollowUp::Pending { retry_after_s } => Ok(Step::Wait {
                    at_least_s: retry_after_s.unwrap_or(0),
                }),
                FollowUp::Unanswered { why, retry_after_s } => {
                    kept.detail = why;
                    Ok(Step::Wait {
                        at_least_s: retry_after_s.unwrap_or(0),
                    })
                }
            };
        }
        if *in_doubt {
            return self.look(kept, request, in_doubt).await;
        }
        kept.attempts += 1;
        self.note(kept).await?;
        match self.account.carrier.change(request).await {
            RegistrationOutcome::Done { unit } => self.done(kept, request, unit).await,
            RegistrationOutcome::Accepted {
                handle,
                retry_after_s,
                ..
            } => {
                kept.standing = ChangeStanding::Accepted;
                kept.detail = "the carrier works on it".to_owned();
                kept.handle = Some(handle);
                self.note(kept).await?;
                if request.starts_at.is_some() {
                    return Ok(Step::Ended(ChangeEnd::Open {
                        why: "the carrier does it on that day".to_owned(),
                    }));
                }
                Ok(Step::Wait {
                    at_least_s: retry_after_s.unwrap_or(0).min(5),
                })
            }
            RegistrationOutcome::Rejected(rejection) => {
                self.refused(kept, format!("{} ({})", rejection.message, rejection.word))
                    .await
            }
            RegistrationOutcome::Conflict {
                rejection,
                existing,
            } => match existing {
                Some(unit) if request.change.is_reached(&unit) => {
                    self.done(kept, request, *unit).await
                }
                _ => {
                    self.refused(kept, format!("{} ({})", rejection.message, rejection.word))
                        .await
                }
            },
            RegistrationOutcome::RetryAfter { seconds, .. } => {
                kept.detail = format!("the carrier asks to wait {seconds} s");
                Ok(Step::Wait {
                    at_least_s: seconds,
                })
            }
            RegistrationOutcome::NotSent { why } => {
                kept.detail = why;
                Ok(Step::Wait { at_least_s: 0 })
            }
            RegistrationOutcome::Unknown { why } => {
                kept.standing = ChangeStanding::Unknown;
                kept.detail = why;
                *in_doubt = true;
                self.note(kept).await?;
                Ok(Step::Wait { at_least_s: 0 })
            }
        }
    }

    /// Looks whether it is as wanted. If it is not, asking again is safe: both contracts take a repeat for the same change.
    async fn look(
        &self,
        kept: &mut KeptChange,
        request: &ChangeRequest,
        in_doubt: &mut bool,
    ) -> Result<Step, ChangeError> {
        let identifier = Identifier::RemoteId(request.unit.remote_id.clone());
        match self.account.carrier.find(&identifier).await {
            LookUp::Found { unit } if request.change.is_reached(&unit) => {
                self.done(kept, request, unit).await
            }
            LookUp::Found { .. } | LookUp::NotFound => {
                (kept.handle, *in_doubt) = (None, false);
                Ok(Step::Wait { at_least_s: 0 })
            }
            LookUp::Failed {
                why, retry_after_s, ..
            } => {
                kept.detail = why;
                Ok(Step::Wait {
                    at_least_s: retry_after_s.unwrap_or(0),
                })
            }
        }
    }

    async fn note(&self, kept: &KeptChange) -> Result<(), ChangeError> {
        let written = self
            .inventory
            .note_change(kept.clone(), None, Timestamp::now());
        Ok(written.await?)
    }

    async fn done(
        &self,
        kept: &mut KeptChange,
        request: &ChangeRequest,
        held: CarrierUnit,
    ) -> Result<Step, ChangeError> {
        (kept.standing, kept.handle) = (ChangeStanding::Done, None);
        kept.detail = format!("the carrier says '{}'", held.raw_state);
        let title = title_of(request, true);
        self.end(kept, title, Some((&held, &request.change)))
            .await?;
        Ok(Step::Ended(ChangeEnd::Done(Box::new(held))))
    }

    async fn refused(&self, kept: &mut KeptChange, why: String) -> Result<Step, ChangeError> {
        (kept.standing, kept.handle) = (ChangeStanding::Refused, None);
        kept.detail.clone_from(&why);
        let title = format!("Not done by the carrier: {}", kept.word);
        self.end(kept, title, None).await?;
        Ok(Step::Ended(ChangeEnd::Refused { why }))
    }

    /// The last word: the change, the unit's row and its timeline in one transaction.
    async fn end(
        &self,
        kept: &KeptChange,
        title: String,
        held: Option<(&CarrierUnit, &Change)>,
    ) -> Result<(), ChangeError> {
        let entry = self.entry(title, kept.detail.clone());
        let row = self.inventory.unit(kept.unit.clone()).await?;
        let told = row.map(|mut unit| {
            if let Some((held, change)) = held {
                take_over(&mut unit, held, change);
            }
            (unit, entry)
        });
        let written = self
            .inventory
            .note_change(kept.clone(), told, Timestamp::now());
        Ok(written.await?)
    }

    fn entry(&self, title: String, detail: String) -> UnitEvent {
        UnitEvent {
            at: Timestamp::now(),
            kind: UnitEventKind::Carrier,
            title,
            detail,
            by: self.by.clone(),
        }
    }
}

/// Goes on in the background with changes that earlier runs left open; nobody waits for it.
pub(super) fn take_up_open(context: &Rc<Context>) {
    let Some(account) = context.account.clone() else {
        return;
    };
    let changer = Changer {
        inventory: context.inventory.clone(),
        account,
        by: context.bench.clone(),
    };
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        // Those that a person of this run waits for are followed by that wait.
        let wanted = |change: &KeptChange| !context.changing.borrow().contains(&change.unit);
        let followed = carrier::yielding(changer.follow_those(&wanted, LONGEST_BACKGROUND)).await;
        match followed {
            Ok(ends) if ends.is_empty() => {}
            Ok(_) => drop(context.reports.send(super::run::Report::ListsChanged)),
            Err(error) => {
                tracing::warn!(%error, "open changes at the carrier could not be followed")
            }
        }
    });
}

enum Step {
    Ended(ChangeEnd),
    Wait { at_least_s: u64 },
}

/// What differs between a unit and its subscription, in words; a number that one side does not know differs from nothing.
#[must_use]
pub fn pair_difference(unit: &Unit, held: &CarrierUnit) -> Option<String> {
    if let Some(device) = &held.device_id
        && !matches!(unit.id, UnitId::Hardware(_))
        && !device.eq_ignore_ascii_case(unit.id.as_str())
    {
        return Some(format!(
            "the carrier has this subscription in unit {device}, the inventory has unit {}",
            unit.id.as_str()
        ));
    }
    match (&held.iccid, &unit.iccid) {
        (Some(theirs), Some(ours)) if theirs != ours.as_str() => Some(format!(
            "the carrier has SIM {theirs} for this unit, the unit itself said {ours}"
        )),
        _ => None,
    }
}

/// Where the inventory's word for a registration follows from the carrier's state.
#[must_use]
pub fn registration_of(state: &SubscriptionState) -> Option<RegistrationState> {
    match state {
        SubscriptionState::Active => Some(RegistrationState::Active),
        SubscriptionState::Pending => Some(RegistrationState::Pending),
        SubscriptionState::Suspended => Some(RegistrationState::Suspended),
        SubscriptionState::Cancelled => Some(RegistrationState::Ended),
        SubscriptionState::Error => Some(RegistrationState::Refused),
        SubscriptionState::TestReady | SubscriptionState::Held | SubscriptionState::Other(_) => {
            None
        }
    }
}

fn take_over(unit: &mut Unit, held: &CarrierUnit, change: &Change) {
    unit.updated_at = Timestamp::now();
    unit.registration = match change {
        // Where there is no final state, what a person ended is ended for this office.
        Change::Deactivate => Some(RegistrationState::Ended),
        _ => registration_of(&held.state).or(unit.registration),
    };
    if held.plan_code.is_some() {
        unit.plan_code.clone_from(&held.plan_code);
    }
    if held.mdn.is_some() {
        unit.mdn.clone_from(&held.mdn);
    }
    if !held.remote_id.is_empty() {
        unit.carrier_id = Some(held.remote_id.clone());
    }
}

/// What a timeline says of a change.
fn title_of(request: &ChangeRequest, done: bool) -> String {
    let text = match (&request.change, done) {
        (Change::Activate, false) => "Activation asked for at the carrier",
        (Change::Activate, true) => "Active at the carrier",
        (Change::Plan { plan_code }, false) => return format!("Plan {plan_code} asked for"),
        (Change::Plan { plan_code }, true) => return format!("Plan is now {plan_code}"),
        (Change::Suspend, false) => "Suspension asked for at the carrier",
        (Change::Suspend, true) => "Suspended at the carrier",
        (Change::Restore, false) => "Return into service asked for",
        (Change::Restore, true) => "In service again",
        (Change::Deactivate, false) => "End of the subscription asked for",
        (Change::Deactivate, true) => "Subscription ended",
    };
    text.to_owned()
}
