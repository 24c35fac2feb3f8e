//! One round: send until nothing is left or all that is left is busy, then hear what is new.

use super::database::FleetDatabase;
use crate::inventory::{Changed, Inventory, InventoryError, SyncState, WentBack};
use fleet::UnitId;
use fleet_db::Fault;
use fleet_db::install::SCHEMA_VERSION;
use fleet_db::protocol::{Answer, Operation, Outcome, Page, PageAfter};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Rows of one page.
const PAGE: u32 = 2_000;
/// The same while the whole fleet is heard.
const FIRST_PAGE: u32 = 16_000;
/// Operations asked about at once after a restore.
const ASKED_AT_ONCE: usize = 5_000;
/// Units whose history is fetched in one round; beyond it the next change of the unit, or a question about it, fetches it.
const MOST_HISTORIES: usize = 100;
/// How often a batch is sent again at once when another transaction was in the way.
const AT_ONCE_AGAIN: u32 = 4;
/// A batch that waited for so long is left to the next round.
const LONG_WAIT: Duration = Duration::from_secs(5);
/// After so long, rows that are busy are asked for once more in the same round: another bench has a row for a moment only.
const A_MOMENT: Duration = Duration::from_millis(150);
/// How often a round may find the other side changed before it is left to the next one.
const MOST_REPAIRS: u32 = 3;

/// Busy rows whose holder is asked for; one line of words has no room for more.
const MOST_HOLDERS: usize = 3;

/// A unit whose row somebody edits with plain SQL right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    /// The unit, where this bench knows it.
    pub unit: Option<UnitId>,
    /// The login that has it.
    pub login: String,
    /// Since when, by the server's clock.
    pub since: Timestamp,
}

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Operations that were answered for good.
    pub pushed: u64,
    /// Units that were heard anew.
    pub pulled: u64,
    /// Operations that met another's edit, or a deleted unit.
    pub conflicts: u64,
    /// Operations that a rule of the fleet table refused.
    pub rejected: u64,
    /// Newest revision of the fleet database.
    pub head: i64,
    /// How long it took until all that was heard was kept. Of a first load, lists show it a little and searches find it much later.
    pub kept_after: Duration,
    /// How long it took until all that was heard was shown.
    pub shown_after: Duration,
    /// Units whose row somebody holds in an open transaction: their operations wait.
    pub busy: BTreeSet<Uuid>,
    /// Who has some of them, as far as the database can tell.
    pub held: Vec<HeldRow>,
    /// The fleet database had another history (a restore, another database); so many operations went out again.
    pub began_anew: Option<u64>,
    /// Units that stood otherwise before the fleet database went back; told once, when all was heard anew.
    pub went_back: Vec<WentBack>,
    /// Units that facts about a person were removed from.
    pub blanked: u64,
    /// The fleet database has a newer form than this program knows. It works; the program should be brought up to date.
    pub newer_schema: Option<Fault>,
    /// Another bench works on a copy of this data folder; this one took a new number.
    pub was_copied: bool,
    /// The fleet database takes changes only from a newer program.
    pub too_old: Option<Fault>,
}

/// Why a round could not be finished. What it kept so far counts; the next one goes on there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoundError {
    /// The fleet database, or the way there.
    #[error(transparent)]
    Database(#[from] Fault),
    /// This bench's own file.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
}

/// Goes one round.
///
/// # Errors
/// When the fleet database or the inventory did not do its part.
pub async fn round(
    inventory: &Inventory,
    database: &impl FleetDatabase,
) -> Result<Summary, RoundError> {
    let state = inventory.sync_state().await?;
    let rows = if state.position.cursor == 0 {
        FIRST_PAGE
    } else {
        PAGE
    };
    round_in_pages(inventory, database, rows).await
}

/// A round that hears so many units at once: each page is kept in one transaction.
///
/// # Errors
/// When the fleet database or the inventory did not do its part.
pub async fn round_in_pages(
    inventory: &Inventory,
    database: &impl FleetDatabase,
    page_rows: u32,
) -> Result<Summary, RoundError> {
    let mut round = Round {
        inventory,
        database,
        page_rows,
        summary: Summary::default(),
        heard: Vec::new(),
        repairs: 0,
        untidy: false,
        behind: false,
        went_back: false,
        begun: Instant::now(),
    };
    round.go().await?;
    Ok(round.summary)
}

struct Round<'a, D> {
    inventory: &'a Inventory,
    database: &'a D,
    page_rows: u32,
    summary: Summary,
    heard: Vec<Changed>,
    repairs: u32,
    untidy: bool,
    behind: bool,
    went_back: bool,
    begun: Instant,
}

/// Whether the other side is what it was.
enum Other {
    TheSame,
    Changed,
}

impl<D: FleetDatabase> Round<'_, D> {
    async fn go(&mut self) -> Result<(), RoundError> {
        loop {
            let state = self.inventory.sync_state().await?;
            if state.uncovered > 0 && self.answers_are_lost().await? {
                self.begin_anew(&state).await?;
                self.not_for_ever()?;
                continue;
            }
            if state.waiting > 0 {
                // Who may not push finds out before the first byte, and a restored database before it gets old answers wrong.
                let first = PageAfter::first(&state.position);
                let look = self.database.pull(&state.position, &first, 1).await?;
                if let Other::Changed = self.compare(&state, &look).await? {
                    self.not_for_ever()?;
                    continue;
                }
                match look.may_push() {
                    Ok(()) => self.push().await?,
                    Err(fault) => self.summary.too_old = Some(fault),
                }
            }
            match self.pull().await? {
                Other::TheSame => break,
                Other::Changed => self.not_for_ever()?,
            }
        }
        self.summary.kept_after = self.begun.elapsed();
        // A large page of an ordinary pull falls behind as well.
        self.behind |= self.inventory.sync_state().await?.behind;
        if self.behind {
            while !self.inventory.show_part().await? {}
        }
        self.summary.shown_after = self.begun.elapsed();
        if self.behind {
            self.inventory.caught_up().await?;
        }
        self.histories().await?;
        if self.went_back {
            self.summary.went_back = self.inventory.take_went_back().await?;
        }
        if self.untidy {
            self.tidy().await;
        }
        Ok(())
    }

    fn not_for_ever(&self) -> Result<(), Fault> {
        if self.repairs <= MOST_REPAIRS {
            return Ok(());
        }
        Err(Fault::NotUnderstood {
            why: "the database's history changes while it is read".to_owned(),
        })
    }

    /// Repairs what must be repaired when the other side is not what it was.
    async fn compare(&mut self, state: &SyncState, page: &Page) -> Result<Other, RoundError> {
        if !page.same_history {
            self.begin_anew(state).await?;
            return Ok(Other::Changed);
        }
        if state
            .schema_version
            .is_some_and(|known| known != page.schema_version)
            && state.position.cursor > 0
        {
            self.repairs += 1;
            tracing::info!(
                schema = page.schema_version,
                "the fleet table has a new form; everything is heard anew"
            );
            self.inventory.note_versions(page.clone()).await?;
            self.inventory.hear_all_again().await?;
            return Ok(Other::Changed);
        }
        if page.schema_version > SCHEMA_VERSION {
            self.summary.newer_schema = Some(Fault::SchemaNewer {
                found: page.schema_version,
                known: SCHEMA_VERSION,
            });
        }
        self.blank(state, page).await?;
        Ok(Other::TheSame)
    }

    /// A round that ended between the answers and its pull leaves them unproved. A database that was restored to a moment that this bench had
    /// heard of already has the same place in its history, and no receipts.
    async fn answers_are_lost(&self) -> Result<bool, RoundError> {
        let uncovered = self.inventory.uncovered_operations().await?;
        let known = self.receipts_of(&uncovered).await?;
        Ok(uncovered.iter().any(|op| !known.contains(op)))
    }

    async fn begin_anew(&mut self, state: &SyncState) -> Result<(), RoundError> {
        self.repairs += 1;
        let decided = self.inventory.decided_operations().await?;
        let known = self.receipts_of(&decided).await?;
        let again = self.inventory.begin_anew(known, Timestamp::now()).await?;
        tracing::warn!(
            again,
            cursor = state.position.cursor,
            "the fleet database has another history than before; everything is compared anew"
        );
        *self.summary.began_anew.get_or_insert(0) += again;
        Ok(())
    }

    /// Before anything is sent or kept: what was blanked there leaves this bench, too, what waits to be sent included.
    async fn blank(&mut self, state: &SyncState, page: &Page) -> Result<(), RoundError> {
        self.untidy |= state.untidy;
        self.went_back |= state.went_back || self.summary.began_anew.is_some();
        if page.purged <= state.purged {
            return Ok(());
        }
        let purges = self.database.purges(state.purged).await?;
        let blanked = self.inventory.blank(purges, Timestamp::now()).await?;
        self.summary.blanked += blanked;
        self.untidy |= blanked > 0;
        Ok(())
    }

    /// Nothing of what was blanked stays in old pages and copies. What cannot be done now is done after a later round.
    async fn tidy(&self) {
        let tidied = async {
            if self.inventory.write_anew().await? {
                self.inventory.renew_backups().await?;
                self.inventory.note_tidy().await?;
            }
            Ok::<(), InventoryError>(())
        };
        if let Err(error) = tidied.await {
            tracing::warn!(%error, "old pages or copies of the inventory may still hold what was removed; tried again later");
        }
    }

    /// Which of these operations this database knows.
    async fn receipts_of(&self, operations: &[Uuid]) -> Result<HashSet<Uuid>, RoundError> {
        let mut known = HashSet::new();
        for part in operations.chunks(ASKED_AT_ONCE) {
            known.extend(self.database.known_ops(part).await?);
        }
        Ok(known)
    }

    async fn push(&mut self) -> Result<(), RoundError> {
        let mut device = self.inventory.sync_state().await?.device_id;
        let (mut renewed, mut asked_again) = (0, false);
        loop {
            let batch = self
                .inventory
                .take_operations(self.summary.busy.clone())
                .await?;
            if batch.is_empty() {
                if self.summary.busy.is_empty() || asked_again {
                    return self.holders().await;
                }
                asked_again = true;
                tokio::time::sleep(A_MOMENT).await;
                self.summary.busy.clear();
                continue;
            }
            match self.send(device, &batch).await {
                Ok(answers) => self.keep(&batch, answers).await?,
                Err(RoundError::Database(Fault::DeviceCopied)) if renewed < 2 => {
                    renewed += 1;
                    device = Uuid::now_v7();
                    tracing::warn!(
                        "another bench works on a copy of this data folder; this one takes a new number"
                    );
                    self.inventory.become_another_device(device).await?;
                    self.summary.was_copied = true;
                }
                Err(RoundError::Database(fault)) => {
                    return Err(self.who_holds_up(fault).await.into());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// A commit that waited in vain waits for whoever has the counter of revisions in an open transaction. People must hear who that is.
    async fn who_holds_up(&self, fault: Fault) -> Fault {
        if !fault.waited_in_vain() {
            return fault;
        }
        match self.database.row_holder(None).await {
            Ok(Some(holder)) => Fault::HeldUp {
                login: holder.login,
                open_s: holder.open_s,
            },
            _ => fault,
        }
    }

    /// Who has the rows that are busy.
    async fn holders(&mut self) -> Result<(), RoundError> {
        let busy: Vec<Uuid> = self.summary.busy.iter().copied().collect();
        for unit_id in busy {
            if self.summary.held.len() >= MOST_HOLDERS {
                break;
            }
            if let Some(holder) = self.database.row_holder(Some(unit_id)).await? {
                self.summary.held.push(HeldRow {
                    unit: self.inventory.unit_numbered(unit_id).await?,
                    login: holder.login,
                    since: holder.since,
                });
            }
        }
        Ok(())
    }

    /// Sends a batch. One operation that the database cannot even look at must not keep back the others for ever.
    async fn send(&self, device: Uuid, batch: &[Operation]) -> Result<Vec<Answer>, RoundError> {
        match self.send_whole(device, batch).await {
            Err(Fault::Refused { .. } | Fault::TooLarge { .. }) => {}
            other => return Ok(other?),
        }
        let mut answers = Vec::with_capacity(batch.len());
        for one in batch {
            match self.send_whole(device, std::slice::from_ref(one)).await {
                Ok(answer) => answers.extend(answer),
                Err(fault @ (Fault::Refused { .. } | Fault::TooLarge { .. })) => {
                    tracing::warn!(op = %one.op_id, %fault, "an operation is refused for good");
                    answers.push(Answer {
                        op_id: one.op_id,
                        outcome: Outcome::Rejected,
                        detail: Some(serde_json::json!({ "message": fault.to_string() })),
                    });
                }
                Err(other) => return Err(other.into()),
            }
        }
        Ok(answers)
    }

    async fn send_whole(&self, device: Uuid, batch: &[Operation]) -> Result<Vec<Answer>, Fault> {
        let mut pause = Duration::from_millis(20);
        for _ in 0..AT_ONCE_AGAIN {
            let begun = Instant::now();
            match self.database.push(device, batch).await {
                // Told by the server: nothing of it was done, and the line is whole.
                Err(Fault::Disturbed {
                    sqlstate: Some(state),
                    ..
                }) if matches!(state.as_str(), "40001" | "40P01" | "55P03")
                    && begun.elapsed() < LONG_WAIT =>
                {
                    let spread = f64::from(Uuid::now_v7().as_bytes()[15]) / 256.0;
                    tokio::time::sleep(pause.mul_f64(0.5 + spread)).await;
                    pause *= 3;
                }
                other => return other,
            }
        }
        self.database.push(device, batch).await
    }

    async fn keep(&mut self, batch: &[Operation], answers: Vec<Answer>) -> Result<(), RoundError> {
        for (operation, answer) in batch.iter().zip(&answers) {
            match answer.outcome {
                Outcome::Busy => {
                    self.summary.busy.insert(operation.unit_id);
                    continue;
                }
                Outcome::Partial | Outcome::Conflict | Outcome::Gone => self.summary.conflicts += 1,
                Outcome::Rejected => self.summary.rejected += 1,
                Outcome::Applied => {}
            }
            self.summary.pushed += 1;
        }
        self.inventory
            .keep_answers(answers, Timestamp::now())
            .await?;
        Ok(())
    }

    async fn pull(&mut self) -> Result<Other, RoundError> {
        let state = self.inventory.sync_state().await?;
        let goes_on = state.under_way.is_some();
        let mut after = state
            .under_way
            .unwrap_or_else(|| PageAfter::first(&state.position));
        let (database, rows) = (self.database, self.page_rows);
        if let Some(heard_to) = state.heard_to.as_ref().filter(|_| goes_on) {
            // What was kept before it was cut off must be part of this database's history, too.
            let look = database
                .pull(heard_to, &PageAfter::first(heard_to), 1)
                .await?;
            if let Other::Changed = self.compare(&state, &look).await? {
                return Ok(Other::Changed);
            }
        }
        let mut page = database.pull(&state.position, &after, rows).await?;
        self.summary.head = page.head;
        if let Other::Changed = self.compare(&state, &page).await? {
            return Ok(Other::Changed);
        }
        self.behind |= state.behind;
        if !goes_on && self.is_nothing_new(&state, &page).await? {
            return Ok(Other::TheSame);
        }
        let first_load = state.position.cursor == 0;
        let mut begins = !goes_on;
        loop {
            let now = Timestamp::now();
            self.summary.head = page.head;
            let last = match page.rows.last() {
                Some(row) if page.rows.len() >= rows as usize => {
                    after = PageAfter {
                        rev: row.rev,
                        unit_id: row.unit_id,
                    };
                    false
                }
                _ => true,
            };
            let kept = self.inventory.keep_page(page, begins, now);
            begins = false;
            // The next page is on its way while this one is kept. Where a page begins follows from the one before, kept or not.
            let (changed, next) = if last {
                (kept.await?, None)
            } else {
                let (kept, next) = tokio::join!(kept, database.pull(&state.position, &after, rows));
                (kept?, Some(next?))
            };
            self.summary.pulled += changed.len() as u64;
            if !first_load {
                self.heard.extend(changed);
            }
            let Some(next) = next else {
                self.inventory.end_pull(now).await?;
                self.behind |= first_load;
                return Ok(Other::TheSame);
            };
            page = next;
        }
    }

    /// An idle round writes nothing.
    async fn is_nothing_new(&self, state: &SyncState, page: &Page) -> Result<bool, RoundError> {
        let nothing = page.rows.is_empty()
            && state.overlaid == 0
            && page.head == state.position.cursor
            && Some(page.head_tag) == state.position.tag;
        let versions = (Some(page.schema_version), Some(page.min_client));
        if nothing && versions != (state.schema_version, state.min_client) {
            self.inventory.note_versions(page.clone()).await?;
        }
        Ok(nothing)
    }

    /// Who changed what, for the timelines and the questions of this office.
    async fn histories(&mut self) -> Result<(), RoundError> {
        // Kept over rounds that are cut off, until a round came to its end.
        let again = self.went_back;
        let asked = self.inventory.units_in_question(again).await?;
        let heard = self.heard.iter().map(|changed| changed.unit_id);
        let units: BTreeSet<Uuid> = heard.collect();
        let others = units.into_iter().filter(|unit| !asked.contains(unit));
        // Whoever is asked must be told first who and when.
        for unit in asked.iter().copied().chain(others).take(MOST_HISTORIES) {
            let entries = self.database.history(unit).await?;
            self.inventory.keep_history(unit, entries).await?;
        }
        Ok(())
    }
}
