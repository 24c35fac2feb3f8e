//! Choosing and rehearsing a push, and keeping it: nothing is sent here.

use crate::engine::options::Account;
use crate::inventory::{Inventory, InventoryError, Named};
use crate::secrets::UnitSecrets;
use fleet::profile::ProfileRegistry;
use fleet::push::{
    Aim, Assumptions, ByMessage, Circumstances, DataCost, Forecast, Push, PushFacts, PushId,
    PushUnit, Rules, Standing, Via, Way, data_cost, included_mb, rehearse,
};
use fleet::query::Query;
use fleet::setting::{SettingKey, ShownValue};
use fleet::unit::Unit;
use fleet::wording::counted;
use fleet::{Template, UnitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// How units are chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    /// By a search.
    Search(String),
    /// By their numbers, as a list or a scanner gives them.
    Numbers(Vec<String>),
    /// These.
    Units(Vec<UnitId>),
}

/// What a person wants pushed.
#[derive(Debug, Clone)]
pub struct PushOrder {
    /// What the units shall hold.
    pub template: Arc<Template>,
    /// Which units.
    pub chosen: Chosen,
    /// By which ways.
    pub via: Via,
    /// When it stops by itself.
    pub rules: Rules,
    /// Who wants it.
    pub by: String,
}

/// What a rehearsal found. Nothing is kept yet.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// What the push will be about.
    pub facts: PushFacts,
    /// Its units, in the order in which they were chosen.
    pub units: Vec<PushUnit>,
    /// Numbers that name no unit, or several.
    pub not_found: Vec<String>,
    /// Numbers that named a unit once more.
    pub doubles: Vec<String>,
    /// Data a month with the new intervals: of the unit that needs most.
    pub cost: Option<DataCost>,
    /// How many units would need more than their plan includes, as its name says.
    pub over_plan: usize,
    /// When it was rehearsed.
    pub at: Timestamp,
}

/// What a person saw of a rehearsal and agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foreseen {
    /// Units that change.
    pub changing: usize,
    /// Units that hold every value already.
    pub already_right: usize,
    /// Units that are left out.
    pub cannot: usize,
    /// Units of which a guarded setting changes.
    pub guarded: usize,
    /// Units that are reached by text message.
    pub by_message: usize,
    /// Numbers that name no unit, or several.
    pub not_found: usize,
    /// Hexadecimal SHA-256 over which units change, by which way and how, as shown, and which do not: other units or values are not agreed to.
    pub units_sha256: String,
}

impl Rehearsal {
    /// What a person sees of it.
    #[must_use]
    pub fn foreseen(&self) -> Foreseen {
        Foreseen {
            changing: self.changing(),
            already_right: self.already_right(),
            cannot: self.cannot(),
            guarded: self.guarded(),
            by_message: self.by_way(Way::Sms),
            not_found: self.not_found.len(),
            units_sha256: self.units_sha256(),
        }
    }

    /// Whatever order they were chosen in. Why one is left out is told in words and is none of the agreement.
    fn units_sha256(&self) -> String {
        let line = |unit: &PushUnit| {
            let (forecast, way) = match &unit.forecast {
                Forecast::Change { .. } => ("change", unit.way.as_str()),
                Forecast::AlreadyRight => ("already_right", ""),
                Forecast::Cannot { .. } => ("cannot", ""),
            };
            let (kind, id) = (unit.id.kind().to_string(), unit.id.as_str());
            serde_json::json!([kind, id, forecast, way, unit.changes()]).to_string()
        };
        let mut lines: Vec<String> = self.units.iter().map(line).collect();
        lines.sort_unstable();
        Sha256::digest(lines.join("\n"))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// How many units change.
    #[must_use]
    pub fn changing(&self) -> usize {
        self.count(|unit| unit.standing == Standing::Waiting)
    }

    /// How many hold every value already.
    #[must_use]
    pub fn already_right(&self) -> usize {
        self.count(|unit| unit.standing == Standing::AlreadyRight)
    }

    /// How many are left out.
    #[must_use]
    pub fn cannot(&self) -> usize {
        self.count(|unit| unit.standing == Standing::Cannot)
    }

    /// How many change a guarded setting.
    #[must_use]
    pub fn guarded(&self) -> usize {
        self.count(PushUnit::is_guarded)
    }

    /// What a person types beside the count to agree: the template's name, or the undo's.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.facts.template {
            Some((name, _)) => name,
            None => &self.facts.title,
        }
    }

    /// Whether what was typed is that name.
    #[must_use]
    pub fn is_name(&self, typed: &str) -> bool {
        let plain = |text: &str| {
            let words: Vec<&str> = text.split_whitespace().collect();
            words.join(" ").to_lowercase()
        };
        plain(typed) == plain(self.name())
    }

    /// Whether what was typed is that name and how many units change.
    #[must_use]
    pub fn is_agreed(&self, name: &str, count: &str) -> bool {
        self.is_name(name) && count.trim() == self.changing().to_string()
    }

    /// Labels of the guarded settings that change.
    #[must_use]
    pub fn guarded_labels(&self) -> Vec<String> {
        let changes = self.units.iter().flat_map(PushUnit::changes);
        let labels: BTreeSet<String> = changes
            .filter(|change| change.guarded)
            .map(|change| change.label.clone())
            .collect();
        labels.into_iter().collect()
    }

    /// What the new intervals cost in data, against the plan.
    #[must_use]
    pub fn cost_words(&self) -> Option<String> {
        let cost = self.cost?.words();
        Some(match self.over_plan {
            0 => cost,
            over => {
                let units = counted(over as u64, "unit needs", "units need");
                format!("{cost}; {units} more than the plan includes")
            }
        })
    }

    /// How many units are reached by a way.
    #[must_use]
    pub fn by_way(&self, way: Way) -> usize {
        self.count(|unit| unit.standing == Standing::Waiting && unit.way == way)
    }

    /// Each change with the number of units that have it, most units first.
    #[must_use]
    pub fn changes(&self) -> Vec<(fleet::plan::ShownChange, usize)> {
        let mut lines: Vec<(fleet::plan::ShownChange, usize)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for change in self.units.iter().flat_map(PushUnit::changes) {
            let place = *places.entry(change).or_insert(lines.len());
            match lines.get_mut(place) {
                Some((_, count)) => *count += 1,
                None => lines.push((change.clone(), 1)),
            }
        }
        lines.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        lines
    }

    fn count(&self, fits: impl Fn(&PushUnit) -> bool) -> usize {
        self.units.iter().filter(|unit| fits(unit)).count()
    }
}

/// Why a push cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The inventory did not do it.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The search cannot be understood.
    #[error("the search cannot be understood: {0}")]
    Query(String),
    /// No unit was chosen.
    #[error("no unit was chosen")]
    Nobody,
    /// No unit of the chosen ones changes.
    #[error("none of the chosen units changes")]
    NothingChanges,
    /// A unit was taken by another push meanwhile.
    #[error("unit {0} was taken by another push meanwhile; rehearse again")]
    Taken(String),
    /// There is no such push.
    #[error("there is no such push")]
    NoSuchPush,
    /// It goes on, or may.
    #[error("that push has not ended; cancel it first, then undo it")]
    StillOpen,
    /// Nothing can be undone.
    #[error("no unit of that push was changed, so there is nothing to undo")]
    NothingToUndo,
}

impl PushError {
    /// Code of all of them, in the program's table of codes.
    pub const CODE: &'static str = "P-451";

    /// What happened, what state units are in, what to do and the code, for whoever stands before the window.
    #[must_use]
    pub fn told_on_screen(&self) -> String {
        let cure = match self {
            Self::Query(_) => "Correct it under Units; Find shows what a search means.",
            Self::Nobody => "Choose units by a search, by numbers or by scanning them.",
            Self::Taken(_) => "Rehearse again.",
            Self::NoSuchPush => "Choose one from the list of pushes.",
            Self::StillOpen => "Its own page has the button for it.",
            Self::NothingChanges | Self::NothingToUndo | Self::Inventory(_) => self.cure(),
        };
        let what = fleet::wording::sentence(&self.to_string());
        format!(
            "{what}. Nothing was sent; no unit was touched. {cure} {}",
            Self::CODE
        )
    }

    /// What a person can do about it on the command line.
    #[must_use]
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Query(_) => "Correct the search; 'fleetdesk units QUERY' tries it.",
            Self::Nobody => "Choose units with --select QUERY or --list FILE.",
            Self::Taken(_) => "Give the command once more.",
            Self::NoSuchPush => "'fleetdesk push list' lists them.",
            Self::StillOpen => "'fleetdesk push cancel ID' ends it.",
            Self::NothingChanges | Self::NothingToUndo => "Nothing needs to be done.",
            Self::Inventory(_) => "Free space on the disk, or start again.",
        }
    }
}

/// Rehearses an order: what would change on each unit, what is already right, what cannot and why.
///
/// # Errors
/// When the inventory cannot be read, or nobody was chosen.
pub async fn rehearse_push(
    inventory: &Inventory,
    registry: &ProfileRegistry,
    carrier: Carrying<'_>,
    on_bench: &BTreeSet<UnitId>,
    order: &PushOrder,
) -> Result<Rehearsal, PushError> {
    let found = find(inventory, &order.chosen).await?;
    if found.units.is_empty() && found.not_found.is_empty() {
        return Err(PushError::Nobody);
    }
    let now = Timestamp::now();
    let facts = PushFacts {
        id: PushId(Uuid::now_v7()),
        title: format!("{} v{}", order.template.name, order.template.version),
        template: Some((order.template.name.clone(), order.template.version)),
        undoes: None,
        chosen: order.chosen.words(),
        via: order.via,
        rules: order.rules,
        agreed_by: None,
        by: order.by.clone(),
        begun: now,
    };
    let aims = found
        .units
        .into_iter()
        .map(|unit| (unit, None))
        .collect::<Vec<_>>();
    let surroundings = Surroundings {
        inventory,
        registry,
        carrier,
        on_bench,
    };
    let mut rehearsal = surroundings
        .rehearse(facts, aims, Some(&order.template))
        .await?;
    rehearsal.not_found = found.not_found;
    rehearsal.doubles = found.doubles;
    Ok(rehearsal)
}

/// What carries messages to units, where anything does, and the passwords that units want in them.
#[derive(Clone, Copy)]
pub struct Carrying<'a> {
    /// The carrier account.
    pub account: Option<&'a Account>,
    /// Passwords at hand.
    pub secrets: &'a UnitSecrets,
}

/// What rehearsals look at beside the units.
pub(super) struct Surroundings<'a> {
    pub inventory: &'a Inventory,
    pub registry: &'a ProfileRegistry,
    pub carrier: Carrying<'a>,
    pub on_bench: &'a BTreeSet<UnitId>,
}

impl Surroundings<'_> {
    /// Rehearses units, each towards the template or towards its own former values.
    pub async fn rehearse(
        &self,
        facts: PushFacts,
        aims: Vec<(Unit, Option<fleet::push::Former>)>,
        template: Option<&Template>,
    ) -> Result<Rehearsal, PushError> {
        let held = self
            .inventory
            .pushes_that_hold(aims.iter().map(|(unit, _)| unit.id.clone()).collect())
            .await?;
        let capabilities = self
            .carrier
            .account
            .map(|account| account.carrier.capabilities());
        let no_messages = match &capabilities {
            None => Some("no carrier account is set up on this bench, so no message can be sent"),
            Some(able) if able.message_length.is_none() => Some("this carrier sends no messages"),
            Some(_) => None,
        };
        let gives_answers = capabilities.is_some_and(|able| able.gives_replies);
        let usual_plan = self
            .carrier
            .account
            .map(|account| account.plan_code.as_str());
        let (mut units, mut cost, mut over_plan) = (Vec::new(), None, 0);
        for (turn, (unit, former)) in aims.into_iter().enumerate() {
            // Lanes go on while very many are looked at.
            if turn % 64 == 63 {
                tokio::task::yield_now().await;
            }
            let holder = held
                .get(&unit.id)
                .map(|push| format!("the push '{}' of {} has it", push.title, push.by));
            let by_message = match (facts.via, former.as_ref(), template) {
                (Via::Cable, ..) => Ok(()),
                (_, Some(former), _) => {
                    self.by_message(&unit, &former.as_template(), gives_answers)
                }
                (_, None, Some(template)) => self.by_message(&unit, template, gives_answers),
                (_, None, None) => Ok(()),
            };
            let circumstances = Circumstances {
                held_by: holder.as_deref(),
                no_messages,
                not_by_message: by_message.as_ref().err().map(String::as_str),
                on_bench: self.on_bench.contains(&unit.id),
            };
            let aim = match (&former, template) {
                (Some(former), _) => Aim::Former(former),
                (None, Some(template)) => Aim::Template(template),
                (None, None) => continue,
            };
            let foreseen = rehearse(&unit, self.registry, aim, facts.via, circumstances);
            let plan = unit.plan_code.as_deref().or(usual_plan);
            if let Some(new) = cost_of(&unit, plan, &foreseen.forecast) {
                over_plan += usize::from(new.is_over());
                cost = dearer(cost, new);
            }
            let turn = u32::try_from(turn).unwrap_or(u32::MAX);
            let mut line = PushUnit::new(
                unit.id.clone(),
                turn,
                unit.model.clone(),
                foreseen.way,
                foreseen.forecast,
                facts.begun,
            );
            line.former = former;
            line.had_template = unit.template.clone().zip(unit.template_version);
            units.push(line);
        }
        Ok(Rehearsal {
            at: facts.begun,
            facts,
            units,
            not_found: Vec::new(),
            doubles: Vec::new(),
            cost,
            over_plan,
        })
    }

    /// Why a unit cannot be written by message, if it cannot.
    fn by_message(
        &self,
        unit: &Unit,
        template: &Template,
        gives_answers: bool,
    ) -> Result<(), String> {
        let profile = unit.profile.as_deref();
        let Some(profile) = profile.and_then(|id| self.registry.get(id)) else {
            return Err("its device profile is not there".to_owned());
        };
        let password = self.carrier.secrets.for_unit(Some(&unit.id), &profile.id);
        ByMessage::new(unit, profile, template, password.cloned(), 0, gives_answers)
            .ok_or_else(|| "its device profile has no models".to_owned())?
            .possible()
    }
}

fn cost_of(unit: &Unit, plan: Option<&str>, forecast: &Forecast) -> Option<DataCost> {
    let Forecast::Change { changes } = forecast else {
        return None;
    };
    let changed: BTreeMap<SettingKey, ShownValue> = changes
        .iter()
        .map(|change| (change.key.clone(), change.after.clone()))
        .collect();
    let included = plan.and_then(included_mb);
    data_cost(&unit.settings, &changed, included, Assumptions::default())
}

/// The one that a person has to know of: over its plan before inside it, then the one that needs more.
fn dearer(known: Option<DataCost>, new: DataCost) -> Option<DataCost> {
    let rank = |cost: &DataCost| (cost.is_over(), cost.after_mb);
    match known {
        Some(known) if rank(&known) >= rank(&new) => Some(known),
        _ => Some(new),
    }
}

/// Keeps a rehearsed push. From then on it goes on by itself, in this program or the next.
///
/// # Errors
/// When nothing would change, a unit was taken meanwhile, or the inventory cannot be written.
pub async fn begin_push(
    inventory: &Inventory,
    rehearsal: Rehearsal,
    agreed_by: Option<String>,
) -> Result<Push, PushError> {
    if rehearsal.changing() == 0 {
        return Err(PushError::NothingChanges);
    }
    let facts = PushFacts {
        agreed_by,
        begun: Timestamp::now(),
        ..rehearsal.facts
    };
    let push = Push::new(facts, rehearsal.units);
    match inventory.begin_push(&push).await? {
        None => Ok(push),
        Some(unit) => Err(PushError::Taken(unit.to_string())),
    }
}

impl Chosen {
    fn words(&self) -> String {
        match self {
            Self::Search(query) if query.trim().is_empty() => "all units".to_owned(),
            Self::Search(query) => format!("by the search '{query}'"),
            Self::Numbers(numbers) => format!(
                "by a list of {}",
                counted(numbers.len() as u64, "number", "numbers")
            ),
            Self::Units(units) => counted(units.len() as u64, "chosen unit", "chosen units"),
        }
    }
}

#[derive(Default)]
struct Found {
    units: Vec<Unit>,
    not_found: Vec<String>,
    doubles: Vec<String>,
}

async fn find(inventory: &Inventory, chosen: &Chosen) -> Result<Found, PushError> {
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    if !matches!(chosen, Chosen::Units(_)) {
        inventory.caught_up().await?;
    }
    match chosen {
        Chosen::Search(query) => {
            let query = Query::parse(query).map_err(|error| PushError::Query(error.to_string()))?;
            for id in inventory.select_units(query).await? {
                found.units.extend(inventory.unit(id).await?);
            }
        }
        Chosen::Numbers(numbers) => {
            for number in numbers {
                match inventory.unit_named(number.clone()).await? {
                    Named::One(unit) if seen.insert(unit.id.clone()) => found.units.push(*unit),
                    Named::One(_) => found.doubles.push(number.clone()),
                    Named::Nothing => found.not_found.push(number.clone()),
                    Named::Several(count) => {
                        found
                            .not_found
                            .push(format!("{number} (fits {count} units)"));
                    }
                }
            }
        }
        Chosen::Units(ids) => {
            for id in ids {
                match inventory.unit(id.clone()).await? {
                    Some(unit) if seen.insert(id.clone()) => found.units.push(unit),
                    Some(_) => found.doubles.push(id.to_string()),
                    None => found.not_found.push(id.to_string()),
                }
            }
        }
    }
    Ok(found)
}
