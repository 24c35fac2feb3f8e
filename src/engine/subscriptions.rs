//! The life of a subscription as a screen offers it: what may be asked for follows from what the carrier declares, never from its
//! name. The change itself is carried out by [`super::changing`].

use super::changing::{ChangeEnd, ChangeError, Changer, Wanted, pair_difference};
use super::context::Context;
use super::event::Event;
use super::lists;
use super::options::Account;
use super::run::Report;
use carrier::{Capabilities, Change, PlanOffer};
use fleet::UnitId;
use fleet::registration::RegistrationState;
use fleet::unit::Unit;
use jiff::Timestamp;
use std::rc::Rc;
use std::time::Duration;

/// How long a person's change is followed before it goes on in the background.
const FOLLOWED: Duration = Duration::from_secs(90);

/// What screens know of the carrier account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFacts {
    /// What the carrier can do.
    pub capabilities: Capabilities,
    /// Plans of the account's own list, or those in use where it has none; empty until the carrier told them.
    pub plans: Vec<PlanOffer>,
    /// Plan that new units get.
    pub plan_code: String,
}

/// A step in the life of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// From the bench into service.
    Activate,
    /// To another plan.
    Plan,
    /// Out of service for a while.
    Suspend,
    /// Into service again.
    Restore,
    /// The end.
    Deactivate,
}

impl Step {
    /// On its button.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Activate => "Activate",
            Self::Plan => "Change plan",
            Self::Suspend => "Suspend",
            Self::Restore => "Restore",
            Self::Deactivate => "Deactivate",
        }
    }

    /// The change that it stands for.
    #[must_use]
    pub fn change(self, plan_code: &str) -> Change {
        match self {
            Self::Activate => Change::Activate,
            Self::Plan => Change::Plan {
                plan_code: plan_code.to_owned(),
            },
            Self::Suspend => Change::Suspend,
            Self::Restore => Change::Restore,
            Self::Deactivate => Change::Deactivate,
        }
    }

    /// Whether a person agrees by typing the unit's whole number: it costs, or cannot be taken back.
    #[must_use]
    pub fn needs_confirmation(self) -> bool {
        self.change("").needs_confirmation()
    }
}

impl AccountFacts {
    /// Steps that a unit's subscription may take now; where there are none, why.
    ///
    /// # Errors
    /// The reason, in words for a person.
    pub fn steps(
        &self,
        registration: Option<RegistrationState>,
    ) -> Result<Vec<Step>, &'static str> {
        let mut steps = Vec::new();
        match registration {
            Some(RegistrationState::Active) => {
                if self.capabilities.has_test_ready {
                    steps.push(Step::Activate);
                }
                steps.extend([Step::Plan, Step::Suspend, Step::Deactivate]);
            }
            Some(RegistrationState::Suspended) => {
                steps.extend([Step::Restore, Step::Deactivate]);
            }
            Some(RegistrationState::Ended) if !self.capabilities.deactivation_is_final => {
                steps.push(Step::Restore);
            }
            Some(RegistrationState::Ended) => {
                return Err(
                    "Its subscription has ended. Put the unit on the bench to register it again.",
                );
            }
            Some(RegistrationState::Pending) => {
                return Err("The carrier still works on its registration.");
            }
            Some(RegistrationState::Owed) => {
                return Err("Its registration is owed and goes out by itself.");
            }
            None | Some(RegistrationState::Skipped | RegistrationState::Refused) => {
                return Err("The carrier does not hold it yet. The bench registers it.");
            }
        }
        Ok(steps)
    }

    /// What a step means and costs, in words; said before it is agreed to.
    #[must_use]
    pub fn cost_of(&self, step: Step, plan_code: &str, unit: &Unit) -> String {
        let present = unit.plan_code.as_deref().unwrap_or(&self.plan_code);
        cost_of(&step.change(plan_code), present, &self.capabilities)
    }
}

/// What a change costs, in words; said before it is agreed to.
#[must_use]
pub fn cost_of(change: &Change, present_plan: &str, capabilities: &Capabilities) -> String {
    match change {
        Change::Activate | Change::Restore => {
            format!("It goes into service and is billed on plan {present_plan}.")
        }
        Change::Plan { plan_code } if capabilities.has_plan_change_limit => format!(
            "It is billed on plan {plan_code} from now on; one change of plan is allowed in each billing period."
        ),
        Change::Plan { plan_code } => format!("It is billed on plan {plan_code} from now on."),
        Change::Deactivate if capabilities.deactivation_is_final => {
            "Its subscription ends for good and its phone number is lost. A later registration gets another number.".to_owned()
        }
        Change::Deactivate => "It goes out of service; 'restore' brings it back.".to_owned(),
        Change::Suspend => "It goes out of service for a while.".to_owned(),
    }
}

fn facts(account: &Account, plans: Vec<PlanOffer>) -> AccountFacts {
    AccountFacts {
        capabilities: account.carrier.capabilities(),
        plans,
        plan_code: account.plan_code.clone(),
    }
}

/// Tells what the account can do, at once, and its plans as soon as the carrier told them. One call, that nobody waits for.
pub(super) fn learn(context: &Rc<Context>) {
    let Some(account) = context.account.clone() else {
        return;
    };
    context.tell(Event::Account(Box::new(facts(&account, Vec::new()))));
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        match carrier::yielding(account.carrier.plans()).await {
            Ok(plans) => {
                context.tell(Event::Account(Box::new(facts(&account, plans))));
                // The answer told the day's calls too.
                lists::refresh(&context);
            }
            Err(failure) => tracing::info!(%failure, "the account's plans are not known yet"),
        }
    });
}

/// Asks for a step that a person agreed to, and says how it ended.
pub(super) fn change(context: &Rc<Context>, id: UnitId, change: Change, on: Option<Timestamp>) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let Some((changer, unit)) = at_hand(&context, &id).await else {
            return;
        };
        let wanted = Wanted {
            change,
            reason: None,
            starts_at: on,
        };
        let ending = id.last_four();
        if !context.changing.borrow_mut().insert(id.clone()) {
            return context.toast(format!("Unit …{ending}: a change of it is under way"), true);
        }
        let ended = changer.change(&unit, wanted, FOLLOWED).await;
        context.changing.borrow_mut().remove(&id);
        match ended {
            Ok(ChangeEnd::Done(held)) => context.toast(
                format!("Unit …{ending}: the carrier says {}", held.raw_state),
                false,
            ),
            Ok(ChangeEnd::Open { why }) => context.toast(
                format!("Unit …{ending}: {why}. It is kept and goes on by itself"),
                false,
            ),
            Ok(ChangeEnd::Refused { why }) => context.toast(
                format!("Unit …{ending}: the carrier did not do it. {why}"),
                true,
            ),
            Err(error) => context.toast(in_words(ending, &error), true),
        }
        told_anew(&context);
    });
}

/// Looks a unit's subscription up, and says what the carrier holds and whether unit and SIM are the same there.
pub(super) fn look_up(context: &Rc<Context>, id: UnitId) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let Some((changer, unit)) = at_hand(&context, &id).await else {
            return;
        };
        let ending = id.last_four();
        match changer.subscription(&unit).await {
            Ok(held) => match pair_difference(&unit, &held) {
                Some(difference) => context.toast(
                    format!("Unit …{ending}: {difference}. Put it on the bench: it says which SIM is in it"),
                    true,
                ),
                None => {
                    let plan = held.plan_code.map_or_else(String::new, |plan| format!(", plan {plan}"));
                    context.toast(
                        format!("Unit …{ending}: the carrier says {}{plan}; unit and SIM agree", held.raw_state),
                        false,
                    );
                }
            },
            Err(error) => context.toast(in_words(ending, &error), true),
        }
        told_anew(&context);
    });
}

async fn at_hand(context: &Rc<Context>, id: &UnitId) -> Option<(Changer, Unit)> {
    let account = context.account.clone()?;
    let unit = context.inventory.unit(id.clone()).await.ok().flatten()?;
    let changer = Changer {
        inventory: context.inventory.clone(),
        account,
        by: context.bench.clone(),
    };
    Some((changer, unit))
}

pub(super) fn told_anew(context: &Rc<Context>) {
    lists::shown_anew(context);
    let _ = context.reports.send(Report::ListsChanged);
}

fn in_words(ending: &str, error: &ChangeError) -> String {
    format!("Unit …{ending}: {error}. Nothing was changed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use carrier::{AccountSettings, Carrier};

    fn of(path: &str) -> AccountFacts {
        let settings = AccountSettings::sandbox(&format!("http://127.0.0.1:1{path}"));
        AccountFacts {
            capabilities: Carrier::new(settings).unwrap().capabilities(),
            plans: Vec::new(),
            plan_code: "P1".to_owned(),
        }
    }

    #[test]
    fn what_is_offered_follows_from_the_state_and_from_what_the_carrier_declares() {
        let (sprint, control_center) = (of("/v1"), of("/rws/api/v1"));
        let active = Some(RegistrationState::Active);
        assert_eq!(
            sprint.steps(active),
            Ok(vec![Step::Plan, Step::Suspend, Step::Deactivate])
        );
        assert_eq!(
            control_center.steps(active).unwrap().first(),
            Some(&Step::Activate),
            "only where a unit may stand ready"
        );
        let ended = Some(RegistrationState::Ended);
        assert!(sprint.steps(ended).is_err());
        assert_eq!(control_center.steps(ended), Ok(vec![Step::Restore]));
        for nothing in [
            None,
            Some(RegistrationState::Owed),
            Some(RegistrationState::Pending),
        ] {
            assert!(sprint.steps(nothing).is_err_and(|why| why.ends_with('.')));
        }
    }

    #[test]
    fn whatever_costs_or_cannot_be_taken_back_is_agreed_to_by_number() {
        for step in [Step::Activate, Step::Plan, Step::Restore, Step::Deactivate] {
            assert!(step.needs_confirmation(), "{step:?}");
        }
        assert!(!Step::Suspend.needs_confirmation());
    }
}
