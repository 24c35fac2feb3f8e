//! Pushes that benches share through the fleet database: told, heard and taken in, one question after the other.
//!
//! What a heard unit means for the push is `fleet::push`'s business, and who may begin with a unit the database's. A question may be cut
//! off anywhere: what was not told stays marked in the inventory, and what was not heard comes again.

use super::left_alone::{LeftAlone, keep_left_alone};
use super::round::RoundError;
use crate::inventory::{Inventory, InventoryError, PushStep, StoredTemplate, Untold};
use fleet::UnitId;
use fleet::printable::printable;
use fleet::push::{
    Effect, Input, Push, PushFacts, PushId, PushProgress, PushState, PushUnit, Standing, Way,
};
use fleet_db::{NewPush, Session, SharedPush, SharedUnit, TellPush};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Who tells.
#[derive(Debug, Clone)]
pub struct Teller {
    /// The bench's number.
    pub device: Uuid,
    /// How it calls itself.
    pub actor: String,
}

/// What is new of a push on the other benches' side.
#[derive(Debug, Default)]
pub struct News {
    /// Units that stand otherwise there.
    pub units: Vec<PushUnit>,
    /// How the push stands, where it stands otherwise there.
    pub progress: Option<PushProgress>,
    /// How it stands there in any case.
    pub listed: Option<PushProgress>,
    /// Up to which change this is.
    pub up_to: i64,
}

impl News {
    /// Whether nothing is new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.progress.is_none()
    }
}

/// Makes a push of this bench known to the others. Its steps are marked to be told from `Inventory::share_push` on, so that comes first.
///
/// # Errors
/// When the fleet database or the inventory did not do its part; sharing it again is harmless.
pub async fn share(
    inventory: &Inventory,
    session: &Session,
    teller: &Teller,
    push: &Push,
) -> Result<(), RoundError> {
    let facts = push.facts();
    let template = match &facts.template {
        None => None,
        Some((name, version)) => inventory
            .templates()
            .await?
            .into_iter()
            .find(|each| each.name == *name && each.version == *version)
            .map(|stored| stored.toml),
    };
    // A search may name a customer; which units it found stands in the units.
    let told = PushFacts {
        chosen: "on another bench".to_owned(),
        ..facts.clone()
    };
    let new = NewPush {
        about: json!({ "facts": told, "template": template }),
        progress: as_json(push.progress())?,
        pilot: i32::try_from(facts.rules.pilot).unwrap_or(i32::MAX),
        units: push.units().iter().map(as_json).collect::<Result<_, _>>()?,
    };
    session
        .share_push(facts.id.0, teller.device, &teller.actor, &new)
        .await?;
    Ok(())
}

/// What came of taking in a push of another bench.
#[derive(Debug)]
pub enum TakenIn {
    /// It is kept here from now on.
    Here(Box<Push>),
    /// It cannot be, and a person is told why.
    LeftAlone(LeftAlone),
}

/// A push that others began: kept here from now on, with its template where this bench has none.
///
/// # Errors
/// When the fleet database or the inventory did not do its part.
pub async fn take_in(
    inventory: &Inventory,
    session: &Session,
    teller: &Teller,
    shared: &SharedPush,
) -> Result<TakenIn, RoundError> {
    let Some((facts, progress, template)) = understood(shared) else {
        return Ok(TakenIn::LeftAlone(LeftAlone::newer(shared)));
    };
    if let (Some(wanted), Some(toml)) = (&facts.template, template)
        && let Err(why) = keep_template(inventory, wanted, toml, &facts.by).await
    {
        let (name, version) = wanted;
        let why = format!(
            "its template {} version {version} cannot be had here: {why}",
            printable(name)
        );
        let cure = "Give one of the two templates another version, then begin the push again.";
        return Ok(TakenIn::LeftAlone(LeftAlone::of(
            shared, &why, cure, "P-459",
        )));
    }
    let rows = session.push_units(shared.push, -1, i64::MAX, &[]).await?;
    let units: Option<Vec<PushUnit>> = rows.iter().map(|row| unit(row, teller.device)).collect();
    let Some(units) = units else {
        return Ok(TakenIn::LeftAlone(LeftAlone::newer(shared)));
    };
    let mut push = Push::recover(facts, progress, units);
    let passed_over = inventory.take_in_push(&push, shared.changed).await?;
    for (unit, title) in passed_over.here {
        push.pass_over(&unit, Some(title));
    }
    Ok(TakenIn::Here(Box::new(push)))
}

/// Units on cables that another bench had in hand when the push was cancelled, and of which it says nothing any more.
///
/// # Errors
/// When the fleet database did not do its part.
pub async fn fell_silent(
    session: &Session,
    push: &Push,
    teller: &Teller,
) -> Result<Vec<UnitId>, RoundError> {
    if !matches!(push.progress().state, PushState::Cancelled { .. }) {
        return Ok(Vec::new());
    }
    let there = |unit: &&PushUnit| {
        unit.standing == Standing::Sent && unit.way == Way::Cable && unit.elsewhere.is_some()
    };
    let waited_for: BTreeMap<i32, &UnitId> = push
        .units()
        .iter()
        .filter(there)
        .filter_map(|unit| Some((i32::try_from(unit.turn).ok()?, &unit.id)))
        .collect();
    if waited_for.is_empty() {
        return Ok(Vec::new());
    }
    let turns: Vec<i32> = waited_for.keys().copied().collect();
    let rows = session
        .push_units(push.facts().id.0, i64::MAX, i64::MAX, &turns)
        .await?;
    let silent = |row: &&SharedUnit| {
        !row.held
            && row.standing == Standing::Sent.as_str()
            && row.way == Way::Cable.as_str()
            && row.device != Some(teller.device)
    };
    let silent = rows.iter().filter(silent);
    Ok(silent
        .filter_map(|row| waited_for.get(&row.turn).map(|id| (*id).clone()))
        .collect())
}

/// Tells how the push stands where this bench changed that, and hears what is new. `untold` was read before the push was looked at: a step in
/// between is then told twice rather than never. `again` are turns that are asked for whatever was heard.
///
/// # Errors
/// When the fleet database or the inventory did not do its part.
pub async fn hear(
    inventory: &Inventory,
    session: &Session,
    teller: &Teller,
    shared: &SharedPush,
    (push, heard): (&Push, i64),
    untold: &Untold,
    again: &[u32],
) -> Result<News, RoundError> {
    let id = push.facts().id;
    // A list that tells nothing unheard may be older than what this bench has said since.
    let mut theirs = shared.changed > heard;
    if let Some(number) = untold.whole {
        let told = TellPush {
            // A database that went back to a backup knows less than this bench.
            heard: if heard < 0 { shared.changed } else { heard },
            progress: Some(as_json(push.progress())?),
            units: Vec::new(),
        };
        let taken = session
            .tell_push(id.0, teller.device, &teller.actor, &told)
            .await?;
        theirs &= !taken.contains(&(-1, true));
        let told = Untold {
            whole: Some(number),
            ..Untold::default()
        };
        inventory.told(id, told).await?;
    }
    let turns: Vec<i32> = again
        .iter()
        .filter_map(|turn| i32::try_from(*turn).ok())
        .collect();
    let mut news = News {
        up_to: shared.changed,
        ..News::default()
    };
    if shared.changed > heard || !turns.is_empty() {
        let rows = session
            .push_units(id.0, heard, shared.changed, &turns)
            .await?;
        // What this bench said itself is older than what stands here, and so is what it has not told yet.
        let is_news = |row: &&SharedUnit| {
            let turn = u32::try_from(row.turn).unwrap_or(u32::MAX);
            row.device != Some(teller.device)
                && (again.contains(&turn) || !untold.turns.contains_key(&turn))
        };
        let units = rows
            .iter()
            .filter(is_news)
            .filter_map(|row| unit(row, teller.device));
        news.units = units
            .filter(|unit| push.unit(&unit.id).is_some_and(|known| known != unit))
            .collect();
    }
    let progress: Option<PushProgress> = serde_json::from_value(safe(&shared.progress)).ok();
    news.listed = progress.clone().filter(|_| theirs);
    news.progress = progress.filter(|progress| theirs && progress != push.progress());
    Ok(news)
}

/// Tells what this bench did to units; `untold` was read before the push was looked at. Answers the turns whose word was not taken: another
/// bench knows better, so they have to be heard.
///
/// # Errors
/// When the fleet database or the inventory did not do its part.
pub async fn tell(
    inventory: &Inventory,
    session: &Session,
    teller: &Teller,
    push: &Push,
    untold: Untold,
    heard: i64,
) -> Result<Vec<u32>, RoundError> {
    let id = push.facts().id;
    if untold.turns.is_empty() {
        return Ok(Vec::new());
    }
    // What another bench did is told by that bench; that a person here wants it done again, or not at all, by this one.
    let decided = |unit: &PushUnit| matches!(unit.standing, Standing::Waiting | Standing::LeftOut);
    let wanted = |unit: &&PushUnit| {
        untold.turns.contains_key(&unit.turn) && (unit.elsewhere.is_none() || decided(unit))
    };
    let mut units = Vec::new();
    for unit in push.units().iter().filter(wanted) {
        let mut told = as_json(unit)?;
        if let Some(object) = told.as_object_mut() {
            let in_hand = push.in_hand().contains(&unit.id);
            object.insert("in_hand".to_owned(), json!(in_hand));
            // Which pushes this bench has beside it is its own business.
            object.remove("passed_over");
        }
        units.push(told);
    }
    let told = TellPush {
        heard,
        progress: None,
        units,
    };
    let answers = session
        .tell_push(id.0, teller.device, &teller.actor, &told)
        .await?;
    let refused = answers.iter().filter(|(_, taken)| !taken);
    let refused = refused
        .filter_map(|(turn, _)| u32::try_from(*turn).ok())
        .collect();
    let told = Untold {
        whole: None,
        turns: untold.turns,
    };
    inventory.told(id, told).await?;
    Ok(refused)
}

/// What was heard of units and does not stand here: what this bench knows better is told once more, what it has in hand is asked for again.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NotTaken {
    /// Turns of units that this bench proved, or left out of a push that was cancelled: the others hear of it.
    pub known_better: Vec<u32>,
    /// Turns of units that were in hand here.
    pub in_hand_here: Vec<u32>,
}

impl NotTaken {
    /// What `push` did not take of `heard`.
    #[must_use]
    pub fn of(push: &Push, heard: &[PushUnit]) -> Self {
        let mut not_taken = Self::default();
        for heard in heard {
            let Some(known) = push.unit(&heard.id).filter(|known| *known != heard) else {
                continue;
            };
            let proved = known.standing == Standing::Verified && known.elsewhere.is_none();
            let left_out =
                known.standing == Standing::LeftOut && heard.standing == Standing::Waiting;
            if proved || left_out {
                not_taken.known_better.push(heard.turn);
            } else if push.in_hand().contains(&heard.id) {
                not_taken.in_hand_here.push(heard.turn);
            }
        }
        not_taken
    }
}

/// What a look at all shared pushes brought.
#[derive(Debug, Default)]
pub struct Looked {
    /// How many pushes came in.
    pub came: usize,
    /// Those that cannot be taken in.
    pub left_alone: Vec<LeftAlone>,
}

/// Goes once over all shared pushes without a running engine: takes in what others began, hears and tells.
///
/// # Errors
/// When the fleet database or the inventory did not do its part.
pub async fn round(
    inventory: &Inventory,
    session: &Session,
    teller: &Teller,
) -> Result<Looked, RoundError> {
    let shared = inventory.shared_pushes().await?;
    let ids: Vec<Uuid> = shared.keys().map(|id| id.0).collect();
    let listed = session.shared_pushes(&ids).await?;
    let mut looked = Looked::default();
    for there in &listed {
        let id = PushId(there.push);
        let Some(heard) = shared.get(&id).copied() else {
            if inventory.push(id).await?.is_none() {
                match take_in(inventory, session, teller, there).await? {
                    TakenIn::Here(_) => looked.came += 1,
                    TakenIn::LeftAlone(left) => looked.left_alone.push(left),
                }
            }
            continue;
        };
        let Some(mut push) = inventory.push(id).await?.map(Push::at_rest) else {
            continue;
        };
        let mut heard = heard_of(inventory, there, heard).await?;
        let mut again = Vec::new();
        for _ in 0..2 {
            let untold = inventory.untold(id).await?;
            let known = (&push, heard);
            let news = hear(inventory, session, teller, there, known, &untold, &again).await?;
            heard = there.changed;
            keep_news(inventory, &mut push, news).await?;
            let untold = inventory.untold(id).await?;
            again = tell(inventory, session, teller, &push, untold, there.changed).await?;
            if again.is_empty() {
                break;
            }
        }
        let units = fell_silent(session, &push, teller).await?;
        if !units.is_empty() {
            keep_input(inventory, &mut push, Input::FellSilent { units }, None).await?;
            let untold = inventory.untold(id).await?;
            tell(inventory, session, teller, &push, untold, there.changed).await?;
        }
    }
    keep_left_alone(inventory, &looked.left_alone).await?;
    Ok(looked)
}

/// Up to where a push was heard. A fleet database that went back to a backup is heard and told from the beginning.
///
/// # Errors
/// When the inventory cannot be written.
pub async fn heard_of(
    inventory: &Inventory,
    there: &SharedPush,
    heard: i64,
) -> Result<i64, InventoryError> {
    if there.changed >= heard {
        return Ok(heard);
    }
    inventory.share_push(PushId(there.push), true).await?;
    Ok(-1)
}

async fn keep_news(
    inventory: &Inventory,
    push: &mut Push,
    news: News,
) -> Result<(), InventoryError> {
    let id = push.facts().id;
    if news.is_empty() {
        return inventory.note_heard(id, news.up_to).await;
    }
    let (heard, listed) = (news.units.clone(), news.listed);
    let input = Input::Heard {
        units: news.units,
        progress: news.progress,
    };
    keep_input(inventory, push, input, Some(news.up_to)).await?;
    let known_better = NotTaken::of(push, &heard).known_better;
    let came_to_more = listed.is_some_and(|listed| listed != *push.progress());
    if !known_better.is_empty() || came_to_more {
        inventory.tell_again(id, known_better, came_to_more).await?;
    }
    Ok(())
}

async fn keep_input(
    inventory: &Inventory,
    push: &mut Push,
    input: Input,
    heard: Option<i64>,
) -> Result<(), InventoryError> {
    let (id, now) = (push.facts().id, Timestamp::now());
    for effect in push.handle(input, now) {
        if let Effect::Keep {
            progress,
            units,
            log,
        } = effect
        {
            let step = PushStep {
                push: id,
                progress,
                units: units
                    .iter()
                    .filter_map(|unit| push.unit(unit).cloned())
                    .collect(),
                log,
                now,
                heard,
            };
            for (unit, title) in inventory.keep_push_step(step).await?.here {
                push.pass_over(&unit, Some(title));
            }
        }
    }
    Ok(())
}

/// Turns of the units that this bench has in its hands now.
#[must_use]
pub fn in_hand(push: &Push) -> Vec<i32> {
    let units = push.in_hand().iter().filter_map(|id| push.unit(id));
    units
        .filter_map(|unit| i32::try_from(unit.turn).ok())
        .collect()
}

fn understood(shared: &SharedPush) -> Option<(PushFacts, PushProgress, Option<String>)> {
    let facts: PushFacts = serde_json::from_value(shared.about.get("facts")?.clone()).ok()?;
    let progress = serde_json::from_value(safe(&shared.progress)).ok()?;
    let template = shared.about.get("template").and_then(Value::as_str);
    let by = shared.actor.as_deref().unwrap_or("another bench");
    (facts.id.0 == shared.push).then(|| {
        let facts = PushFacts {
            title: printable(&facts.title),
            chosen: printable(&facts.chosen),
            by: printable(by),
            ..facts
        };
        (facts, progress, template.map(str::to_owned))
    })
}

/// How a push stands, with texts that do no harm on a screen: whoever may write the table may have written them.
fn safe(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(printable(text)),
        Value::Array(items) => items.iter().map(safe).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), safe(member)))
            .collect(),
        other => other.clone(),
    }
}

/// A unit as the fleet database has it. While a bench begins with it, the columns are newer than what it wrote last.
fn unit(row: &SharedUnit, device: Uuid) -> Option<PushUnit> {
    let mut unit: PushUnit = serde_json::from_value(row.body.clone()).ok()?;
    unit.passed_over = None;
    unit.words = printable(&unit.words);
    if i64::from(unit.turn) != i64::from(row.turn) {
        return None;
    }
    let standing = Standing::ALL
        .into_iter()
        .find(|each| each.as_str() == row.standing)?;
    unit.way = match row.way.as_str() {
        "sms" => Way::Sms,
        _ => Way::Cable,
    };
    unit.pilot = row.pilot;
    let other = row.device.is_some_and(|other| other != device)
        && (unit.attempts > 0 || standing == Standing::Sent);
    unit.elsewhere = other.then(|| printable(row.actor.as_deref().unwrap_or("another bench")));
    if standing != unit.standing {
        unit.standing = standing;
        unit.awaits_proof = false;
        unit.words = "in another bench's hands".to_owned();
    }
    Some(unit)
}

async fn keep_template(
    inventory: &Inventory,
    (name, version): &(String, u32),
    toml: String,
    by: &str,
) -> Result<(), String> {
    let template = fleet::Template::from_toml_redacted(&toml)
        .map_err(|problems| format!("{} mistakes stand in it", problems.len()))?;
    if template.name != *name || template.version != *version {
        return Err("it bears another name".to_owned());
    }
    let stored = StoredTemplate::of_file(&template, by, Timestamp::now());
    let stored = StoredTemplate { toml, ..stored };
    let kept = inventory.save_template(stored).await;
    kept.map_err(|error| error.to_string())
}

fn as_json(value: &impl serde::Serialize) -> Result<Value, InventoryError> {
    serde_json::to_value(value).map_err(InventoryError::from)
}
