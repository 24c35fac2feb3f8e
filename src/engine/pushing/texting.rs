//! Units of a push that are reached by text message: whose turn it is, and the talk with each of them.
//!
//! What is said and what an answer means is `fleet::push`'s; that a text leaves once and is looked up after any doubt is the
//! [`Messenger`]'s. A talk that was cut off is led again from its beginning: its texts have the same numbers, so what was sent is not
//! sent again, and an answer that counted counts for the same text.

mod answers;

use super::{Context, Input};
use crate::engine::messaging::{MessageEnd, MessageWish, Messenger};
use crate::inventory::PushMessage;
use answers::Answers;
use fleet::fault::UnitCondition;
use fleet::plan::Plan;
use fleet::push::{
    Acknowledged, Asking, ByMessage, Effect, Kept, PushId, PushState, PushUnit, Standing, Way,
    refused,
};
use fleet::sms::{Held, SmsAnswer, SmsMessage, SmsPurpose, Understood};
use fleet::unit::{Unit, UnitEvent, UnitEventKind, UnitState};
use fleet::{Fault, Secret, Template, UnitId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Talks at one time: units take minutes to answer, and the carrier's pace is kept by the account.
const AT_ONCE: usize = 16;
/// Pauses between two looks for an answer, the last one again and again; milliseconds.
const PAUSES_MS: [u64; 7] = [300, 700, 2_000, 5_000, 10_000, 30_000, 60_000];
/// After the carrier took no messages, so long none is begun.
const REST: Duration = Duration::from_secs(60);

/// Why a talk ends before its last word.
enum Stop {
    /// The program ends, or the unit came by another way; nobody has to be told.
    Silently,
    /// This is what became of it.
    With(Kept),
}

impl From<crate::inventory::InventoryError> for Stop {
    fn from(error: crate::inventory::InventoryError) -> Self {
        // What cannot be kept is not sent; nothing can be told to the push either.
        tracing::error!(%error, "a talk by message cannot go on");
        Self::Silently
    }
}

impl Context {
    /// Begins with as many units by message as there is room for.
    pub(super) fn text_next(self: &Rc<Self>) {
        if self.account.is_none() || self.quitting.get() {
            return;
        }
        let mut wanted = Vec::new();
        {
            let pushes = self.pushes.borrow();
            if pushes
                .no_texts_until
                .is_some_and(|until| Instant::now() < until)
            {
                return;
            }
            let room = AT_ONCE.saturating_sub(pushes.texting.len());
            for (id, open) in &pushes.open {
                if open.template.is_none() && open.push.facts().template.is_some() {
                    continue;
                }
                let next = open.push.next_by_message(room.saturating_sub(wanted.len()));
                wanted.extend(next.into_iter().map(|unit| (*id, unit)));
            }
        }
        for (id, unit) in wanted {
            if !self.pushes.borrow_mut().texting.insert(unit.clone()) {
                continue;
            }
            let context = Rc::clone(self);
            tokio::task::spawn_local(async move {
                let reached = Input::Reached {
                    unit: unit.clone(),
                    way: Way::Sms,
                };
                let effects = match context.may_do(id, &unit, Way::Sms).await {
                    true => context.push_input(id, reached).await,
                    false => Vec::new(),
                };
                let begins = |effect: &Effect| matches!(effect, Effect::Begin { .. });
                if effects.iter().any(begins) {
                    context.talk(id, &unit).await;
                } else {
                    context.pushes.borrow_mut().texting.remove(&unit);
                }
            });
        }
    }

    /// Leads the talks on that were cut off, and those that wait for an answer.
    pub(super) fn text_on(self: &Rc<Self>, id: PushId) {
        let open: Vec<UnitId> = {
            let pushes = self.pushes.borrow();
            let Some(open) = pushes.open.get(&id) else {
                return;
            };
            let units = open.push.units().iter();
            units
                .filter(|unit| {
                    unit.way == Way::Sms
                        && (unit.standing == Standing::Sent || unit.awaits_proof)
                        && unit.elsewhere.is_none()
                })
                .map(|unit| unit.id.clone())
                .collect()
        };
        for unit in open {
            self.pushes.borrow_mut().texting.insert(unit.clone());
            let context = Rc::clone(self);
            tokio::task::spawn_local(async move { context.talk(id, &unit).await });
        }
    }

    async fn talk(self: &Rc<Self>, id: PushId, unit: &UnitId) {
        let outcome = self.talk_to_its_end(id, unit).await;
        self.pushes.borrow_mut().texting.remove(unit);
        if let Some(outcome) = outcome {
            let unit = unit.clone();
            self.push_input(id, Input::Told { unit, outcome }).await;
        }
        self.text_next();
    }

    async fn talk_to_its_end(self: &Rc<Self>, id: PushId, unit: &UnitId) -> Option<Kept> {
        let (line, template) = {
            let pushes = self.pushes.borrow();
            let open = pushes.open.get(&id)?;
            let line = open.push.unit(unit)?.clone();
            let template = match &line.former {
                Some(former) => Some(Arc::new(former.as_template())),
                None => open.template.clone(),
            };
            (line, template)
        };
        let put_off = |why: &str| Some(Kept::PutOff(why.to_owned()));
        let Some(template) = template else {
            return put_off("waits for the template's secrets");
        };
        let Some(account) = self.account.clone() else {
            return Some(Kept::SentForNow(
                "sent; no carrier account is set up here now, so its answer cannot be read"
                    .to_owned(),
            ));
        };
        let row = match self.inventory.unit(unit.clone()).await {
            Ok(Some(row)) => row,
            Ok(None) => return put_off("it is not in the inventory any more"),
            Err(_) => return None,
        };
        if row.state == UnitState::Retired && line.held.is_none() {
            return Some(Kept::Cannot("it was retired meanwhile".to_owned()));
        }
        let profile = row.profile.as_deref().and_then(|id| self.registry.get(id));
        let Some(profile) = profile.map(Arc::clone) else {
            return put_off("its device profile is not there");
        };
        if let Err(fault) = self.profile_confirmed(&profile).await {
            return Some(Kept::Failed {
                fault,
                condition: UnitCondition::Untouched,
            });
        }
        let password = {
            let secrets = self.unit_secrets.borrow();
            secrets.for_unit(Some(unit), &profile.id).cloned()
        };
        let gives_answers = account.carrier.capabilities().gives_replies;
        let serial = serial_of(id, line.attempts);
        let words = ByMessage::new(&row, &profile, &template, password, serial, gives_answers)?;
        let written = self
            .inventory
            .push_message_has_written(id, unit.clone(), line.attempts);
        let wrote = match written.await {
            Ok(wrote) => wrote,
            Err(_) => return None,
        };
        let mut talk = Talk {
            context: self,
            messenger: Messenger::new(self.inventory.clone(), account, self.actor()),
            push: id,
            line,
            row,
            template: &template,
            words,
            gives_answers,
            part: 0,
            asked_first: None,
            may_hear_old: false,
            wrote,
            heard: BTreeMap::new(),
        };
        match talk.lead().await {
            Ok(kept) | Err(Stop::With(kept)) => Some(kept),
            Err(Stop::Silently) => None,
        }
    }
}

/// Messages of some families carry a number; it differs from push to push and from attempt to attempt.
fn serial_of(push: PushId, attempt: u32) -> u16 {
    let [.., high, low] = *push.0.as_bytes();
    u16::from_be_bytes([high, low])
        .wrapping_add(u16::try_from(attempt % 7).unwrap_or_default() << 12)
}

/// The talk with one unit.
struct Talk<'a> {
    context: &'a Rc<Context>,
    messenger: Messenger,
    push: PushId,
    line: PushUnit,
    row: Unit,
    template: &'a Template,
    words: ByMessage<'a>,
    gives_answers: bool,
    /// How many texts it has had.
    part: u32,
    /// When its first text left.
    asked_first: Option<Timestamp>,
    /// Whether an answer to an earlier question may still come.
    may_hear_old: bool,
    /// Whether anything was written, also before this talk was led again.
    wrote: bool,
    /// Texts that it sent and that were no answer to what was asked then, by the carrier's number: each is read once.
    heard: BTreeMap<String, String>,
}

impl Talk<'_> {
    async fn lead(&mut self) -> Result<Kept, Stop> {
        let asked = self.questions(Asking::Before)?;
        let can_ask = !asked.is_empty();
        let mut first = self.ask(asked).await?;
        let mut plan = self.plan(&first.held)?;
        if can_ask && self.asks_beside(&plan, &first).await? {
            self.at_a_safe_point()?;
            first = self.ask_beside(Asking::BeforeOnceMore).await?;
            plan = self.plan(&first.held)?;
        }
        let held = first.held.clone();
        if plan.changes.is_empty() {
            self.record(&held).await?;
            return Ok(Kept::AlreadyRight { by_message: true });
        }
        if can_ask {
            let former = self
                .words
                .former(&plan, &held, self.line.had_template.clone());
            self.told(Kept::Held(Box::new(former))).await?;
        }
        self.at_a_safe_point()?;
        let acknowledged = self.write(&plan, &held).await?;
        if acknowledged.taken > 0 {
            let words = format!(
                "the unit answered that it took {}",
                count(acknowledged.taken)
            );
            self.told(Kept::Taken(words)).await?;
        }
        let restart = self.words.restart();
        if let Some(restart) = restart.map_err(|problem| self.unsayable(&problem))? {
            self.say(&restart).await?;
        }
        if !can_ask {
            return match acknowledged {
                Acknowledged {
                    unanswered: 1.., ..
                } if self.gives_answers && self.answers_writes(&plan, &held) => {
                    Ok(self.unanswered(UnitCondition::WrittenUnproved))
                }
                acknowledged => Ok(self.words.unasked(acknowledged)),
            };
        }
        self.prove(&plan, &first).await
    }

    fn plan(&self, held: &Held) -> Result<Plan, Stop> {
        self.words.plan(held).map_err(|fault| self.failed(fault))
    }

    fn questions(&self, asking: Asking) -> Result<Vec<SmsMessage>, Stop> {
        let questions = self.words.questions(asking);
        questions.map_err(|problem| self.unsayable(&problem))
    }

    fn answers_writes(&self, plan: &Plan, held: &Held) -> bool {
        let writes = self.words.writes(plan, held);
        writes.is_ok_and(|writes| writes.iter().all(|write| write.is_answered))
    }

    async fn ask(&mut self, questions: Vec<SmsMessage>) -> Result<Answers, Stop> {
        let mut answers = Answers::default();
        for question in questions {
            let Some(understood) = self.say(&question).await? else {
                return Err(Stop::With(self.unanswered(self.condition())));
            };
            if let Some(no) = refused(&understood, self.condition()) {
                return Err(Stop::With(no));
            }
            answers.shown.push((understood.shown, question.places));
            if let SmsAnswer::Values(values) = understood.answer {
                answers.held.merge(values);
            }
        }
        Ok(answers)
    }

    async fn write(&mut self, plan: &Plan, held: &Held) -> Result<Acknowledged, Stop> {
        let writes = self.words.writes(plan, held);
        let writes = writes.map_err(|problem| self.unsayable(&problem))?;
        let mut acknowledged = Acknowledged::default();
        for write in writes {
            let said = self.say(&write).await?;
            let many = write.places.len();
            let Some(understood) = said else {
                self.wrote = true;
                acknowledged.unanswered += many;
                continue;
            };
            if let Some(no) = refused(&understood, self.condition()) {
                return Err(Stop::With(no));
            }
            self.wrote = true;
            acknowledged.taken += match &understood.answer {
                SmsAnswer::Taken { not_repeated } => many.saturating_sub(not_repeated.len()),
                _ => 0,
            };
        }
        Ok(acknowledged)
    }

    /// Number of a text: the same whenever this talk is led again.
    fn reference(&self, part: u32, message: &SmsMessage) -> Uuid {
        let (unit, attempt) = (&self.line.id, self.line.attempts);
        let sha256 = message.shown_sha256();
        let name = format!(
            "{} {} {attempt} {part} {sha256}",
            unit.kind(),
            unit.as_str()
        );
        Uuid::new_v5(&self.push.0, name.as_bytes())
    }

    /// Sends one text and waits until it is with the unit, and for the answer where one comes.
    async fn say(&mut self, message: &SmsMessage) -> Result<Option<Understood>, Stop> {
        let part = self.part;
        self.part += 1;
        let reference = self.reference(part, message);
        self.still_wanted()?;
        let inventory = &self.context.inventory;
        inventory
            .intend_push_message(
                PushMessage {
                    client_reference: reference,
                    push: self.push,
                    unit: self.line.id.clone(),
                    attempt: self.line.attempts,
                    part,
                    reads: message.purpose == SmsPurpose::Ask,
                    shown_sha256: message.shown_sha256(),
                },
                Timestamp::now(),
            )
            .await?;
        let wish = MessageWish::to(&self.row, reference, Secret::new(message.text().reveal()));
        let wishes = [wish];
        let waits_for_answer = message.is_answered && self.gives_answers;
        let earlier = match waits_for_answer && (self.wrote || self.may_hear_old) {
            true => self.there_before(reference).await?,
            false => BTreeSet::new(),
        };
        let begun = Instant::now();
        let mut pauses = PAUSES_MS.iter().copied();
        let mut was_delivered = false;
        loop {
            let sent = self.messenger.send(&wishes).await?.into_iter().next();
            let kept = inventory.message(reference).await?;
            let asked_at = kept.and_then(|kept| kept.asked_at);
            self.asked_first = self.asked_first.or(asked_at);
            // The answer first: where it is there, the carrier need not be asked how the text fares.
            let has_left = matches!(
                sent,
                Some(MessageEnd::Underway | MessageEnd::Delivered | MessageEnd::InDoubt { .. })
            );
            if let (true, true, Some(asked_at)) = (waits_for_answer, has_left, asked_at)
                && let Some(understood) = self
                    .answer_to(message, reference, asked_at, &earlier)
                    .await?
            {
                self.messenger.note_answered(reference).await?;
                return Ok(Some(understood));
            }
            let end = self.messenger.follow(&wishes).await?.into_iter().next();
            let mut pause_ms = pauses.next().unwrap_or(60_000);
            match end {
                Some(MessageEnd::Delivered) => {
                    if !was_delivered && !self.wrote {
                        let words = match message.purpose {
                            SmsPurpose::Ask => "asked what it holds",
                            _ => "with the unit; its answer is awaited",
                        };
                        self.told(Kept::OnItsWay(words.to_owned())).await?;
                    }
                    was_delivered = true;
                }
                Some(MessageEnd::Failed { why } | MessageEnd::Refused { why }) => {
                    return Err(Stop::With(Kept::Failed {
                        fault: Fault::MessageRefused { message: why },
                        condition: self.condition(),
                    }));
                }
                Some(MessageEnd::NotYet {
                    why, retry_after_s, ..
                }) => {
                    if !self.wrote {
                        self.at_a_safe_point()?;
                    }
                    pause_ms = pause_ms.max(retry_after_s.saturating_mul(1_000));
                    if begun.elapsed() + Duration::from_millis(pause_ms) > self.context.message_wait
                    {
                        self.context.pushes.borrow_mut().no_texts_until =
                            Some(Instant::now() + REST);
                        return Err(Stop::With(
                            self.left(&format!("the carrier takes no messages now: {why}")),
                        ));
                    }
                }
                Some(MessageEnd::InDoubt { why }) => {
                    if begun.elapsed() > self.context.message_wait {
                        // It may have left.
                        self.wrote |= message.purpose != SmsPurpose::Ask;
                        return Err(Stop::With(Kept::Failed {
                            fault: Fault::MessageInDoubt { detail: why },
                            condition: self.condition(),
                        }));
                    }
                }
                Some(MessageEnd::Underway) | None => {}
            }
            if was_delivered && !waits_for_answer {
                return Ok(None);
            }
            let waited = asked_at.map_or(Duration::ZERO, |asked_at| {
                let ago = Timestamp::now().duration_since(asked_at);
                Duration::try_from(ago).unwrap_or_default()
            });
            if asked_at.is_some() && waited > self.context.message_wait {
                return Ok(None);
            }
            self.sleep(pause_ms).await?;
        }
    }

    /// What was proved goes into the unit's row.
    async fn record(&self, after: &Held) -> Result<(), Stop> {
        let inventory = &self.context.inventory;
        let Some(mut row) = inventory.unit(self.line.id.clone()).await? else {
            return Ok(());
        };
        let now = Timestamp::now();
        row.settings.extend(self.words.settings_after(after));
        row.template = Some(self.template.name.clone());
        row.template_version = Some(self.template.version);
        if row.state == UnitState::Known {
            row.state = UnitState::NotVerified;
        }
        row.updated_at = now;
        let entry = UnitEvent {
            at: now,
            kind: UnitEventKind::Verified,
            title: "Read back by text message".to_owned(),
            detail: format!("{} version {}", self.template.name, self.template.version),
            by: self.context.actor(),
        };
        inventory.upsert_unit(row, vec![entry]).await?;
        Ok(())
    }

    async fn entry(&self, title: &str, detail: String, kind: UnitEventKind) -> Result<(), Stop> {
        let entry = UnitEvent {
            at: Timestamp::now(),
            kind,
            title: title.to_owned(),
            detail,
            by: self.context.actor(),
        };
        let inventory = &self.context.inventory;
        inventory.add_entry(self.line.id.clone(), entry).await?;
        Ok(())
    }

    async fn told(&self, outcome: Kept) -> Result<(), Stop> {
        self.still_wanted()?;
        let unit = self.line.id.clone();
        let told = Input::Told { unit, outcome };
        self.context.push_input(self.push, told).await;
        Ok(())
    }

    /// The unit may have been plugged in meanwhile, and is the cable's then.
    fn still_wanted(&self) -> Result<(), Stop> {
        if self.context.quitting.get() {
            return Err(Stop::Silently);
        }
        let pushes = self.context.pushes.borrow();
        let unit = pushes
            .open
            .get(&self.push)
            .and_then(|open| open.push.unit(&self.line.id));
        let ours = unit.is_some_and(|unit| {
            unit.way == Way::Sms && matches!(unit.standing, Standing::Sent | Standing::Taken)
        });
        ours.then_some(()).ok_or(Stop::Silently)
    }

    /// Before the first write a push that was cancelled leaves the unit as it is; afterwards it is led to its end.
    fn at_a_safe_point(&self) -> Result<(), Stop> {
        if self.wrote {
            return Ok(());
        }
        let cancelled = {
            let pushes = self.context.pushes.borrow();
            let open = pushes.open.get(&self.push);
            open.is_some_and(|open| {
                matches!(open.push.progress().state, PushState::Cancelled { .. })
            })
        };
        match cancelled {
            true => Err(Stop::With(self.left("stopped before anything was written"))),
            false => Ok(()),
        }
    }

    fn left(&self, why: &str) -> Kept {
        if self.wrote {
            Kept::SentForNow(why.to_owned())
        } else {
            Kept::PutOff(why.to_owned())
        }
    }

    async fn sleep(&self, pause_ms: u64) -> Result<(), Stop> {
        let until = Instant::now() + Duration::from_millis(pause_ms);
        while Instant::now() < until {
            self.still_wanted()?;
            let step = Duration::from_millis(200).min(until - Instant::now().min(until));
            tokio::time::sleep(step).await;
        }
        Ok(())
    }

    fn condition(&self) -> UnitCondition {
        if self.wrote {
            UnitCondition::WrittenUnproved
        } else {
            UnitCondition::Untouched
        }
    }

    fn unanswered(&self, condition: UnitCondition) -> Kept {
        Kept::Failed {
            fault: Fault::MessageNotAnswered {
                minutes: self.context.message_wait.as_secs().div_ceil(60),
            },
            condition,
        }
    }

    fn failed(&self, fault: Fault) -> Stop {
        Stop::With(Kept::Failed {
            fault,
            condition: self.condition(),
        })
    }

    fn unsayable(&self, problem: &fleet::sms::SmsProblem) -> Stop {
        self.failed(Fault::MessageRefused {
            message: format!("it was not written: {problem}"),
        })
    }
}

fn count(values: usize) -> String {
    fleet::wording::counted(values as u64, "value", "values")
}
