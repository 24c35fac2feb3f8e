//! Compares a carrier's account with the inventory: reads the account's list page by page ([`list`]), keeps what it said, and
//! names what differs with what to do about it. It goes on where it stopped, and holds a page at a time.

mod list;

use super::changing::registration_of;
use super::options::Account;
use crate::inventory::{Inventory, InventoryError, Listed, ListingState, Ours};
use crate::sheets::{SheetError, SheetWriter, WriteKind};
use carrier::{Capabilities, Identifier};
use fleet::registration::{LookUp, RegistrationState, SubscriptionState};
use jiff::{SignedDuration, Timestamp};
use list::Room;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

pub use list::ListProgress;

/// Subscriptions compared at once.
const PIECE: u32 = 500;
/// Units looked up one by one in one run where the list holds everything: beyond, the list's own word is taken.
const MOST_LOOK_UPS: u64 = 50;
/// How long the carrier's word counts that it does not know a unit.
const LOOK_UP_COUNTS: SignedDuration = SignedDuration::from_hours(24);

const HEADINGS: [&str; 7] = [
    "Difference",
    "Unit",
    "SIM",
    "Carrier's number",
    "Inventory says",
    "Carrier says",
    "What to do",
];

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

impl Difference {
    /// In words for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::BilledNotOurs => "Billed, but not in the inventory",
            Self::UnknownThere => "Ours, but unknown there",
            Self::StateDiffers => "The state differs",
            Self::PlanDiffers => "The plan differs",
            Self::PairDiffers => "Unit and SIM differ",
        }
    }
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
    /// Only what was changed since then was read; the rest is known from before.
    pub only_changed_since: Option<Timestamp>,
}

/// What is told while an account is compared.
#[derive(Debug)]
pub enum CompareNews<'a> {
    /// How far the list was read.
    Read(&'a ListProgress),
    /// A difference.
    Found(&'a Finding),
}

/// Who hears it.
pub type Hears<'a> = dyn FnMut(CompareNews<'_>) + 'a;

/// Why there is no report yet.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The list could not be read to its end; what was read is kept.
    #[error("{why}")]
    Unfinished {
        /// Why.
        why: String,
        /// How far it was read.
        progress: Box<ListProgress>,
        /// Until when the carrier keeps the place; afterwards the list is begun anew. `None` where the place does not get lost.
        place_until: Option<Timestamp>,
        /// When there are calls again, where the day's calls were what was missing.
        calls_again_at: Option<Timestamp>,
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
    /// Read the whole list, also where it would do to read what was changed.
    pub whole: bool,
    /// Stay over the end of the day's calls, and keep the place in the list meanwhile.
    pub waits: bool,
    /// How long the carrier keeps the place in a list.
    pub place_kept: Option<Duration>,
}

impl<'a> Comparer<'a> {
    /// Compares as far as the calls of today reach.
    #[must_use]
    pub fn new(inventory: &'a Inventory, account: &'a Account) -> Self {
        let kept_s = account.carrier.capabilities().list_place_kept_s;
        Self {
            inventory,
            account,
            most_calls: None,
            whole: false,
            waits: false,
            place_kept: kept_s.map(Duration::from_secs),
        }
    }

    /// Reads the list to its end, looks up what it does not have, and tells each difference in the list's order. Dropping it at any
    /// moment loses nothing: the next one goes on.
    ///
    /// # Errors
    /// When the list could not be read to its end (the next run goes on), or the inventory cannot be used.
    pub async fn compare(&self, hears: &mut Hears<'_>) -> Result<Comparison, CompareError> {
        let mut calls = 0;
        let listing = self.read_list(&mut calls, hears).await?;
        self.look_up_missing(&listing, &mut calls).await?;
        let mut result = self.told(&listing, hears).await?;
        result.calls = calls;
        Ok(result)
    }

    /// Tells every difference between what is kept of the account and the inventory, without a call.
    ///
    /// # Errors
    /// When the inventory cannot be read. Without a listing that came to its end there is nothing to tell.
    pub async fn told_again(
        &self,
        hears: &mut Hears<'_>,
    ) -> Result<Option<Comparison>, CompareError> {
        let account = self.account.account.as_str();
        match self.inventory.carrier_listing(account).await? {
            Some(listing) if listing.complete => self.told(&listing, hears).await.map(Some),
            _ => Ok(None),
        }
    }

    async fn told(
        &self,
        listing: &ListingState,
        hears: &mut Hears<'_>,
    ) -> Result<Comparison, CompareError> {
        let capabilities = self.account.carrier.capabilities();
        let account = self.account.account.as_str();
        let mut result = Comparison {
            listed: 0,
            findings: 0,
            calls: 0,
            not_looked_up: 0,
            pairs_compared: false,
            only_changed_since: listing.since,
        };
        let mut tell = |result: &mut Comparison, finding: &Finding| {
            result.findings += 1;
            hears(CompareNews::Found(finding));
        };
        let mut after = String::new();
        loop {
            let piece = self
                .inventory
                .compared(account, listing.run, after.clone(), PIECE)
                .await?;
            for (listed, ours) in &piece.items {
                result.listed += 1;
                result.pairs_compared |= listed.device_id.is_some();
                for finding in differences(listed, ours.as_ref(), &capabilities) {
                    tell(&mut result, &finding);
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
                .not_listed(account, listing.run, after, PIECE)
                .await?;
            for (ours, asked) in &piece.items {
                match (counts(*asked), capabilities.list_is_whole) {
                    (true, _) => tell(&mut result, &unknown_there(ours, "not on this account")),
                    (false, true) => {
                        tell(
                            &mut result,
                            &unknown_there(ours, "not in this account's list"),
                        );
                    }
                    (false, false) => result.not_looked_up += 1,
                }
            }
            match piece.next {
                Some(next) => after = next,
                None => break,
            }
        }
        Ok(result)
    }

    /// Units that the list does not have are looked up one by one: a list may be cut to what changed lately. What was found is
    /// kept, so that no unit is asked for twice in a day.
    async fn look_up_missing(
        &self,
        listing: &ListingState,
        calls: &mut u32,
    ) -> Result<(), CompareError> {
        let capabilities = self.account.carrier.capabilities();
        let account = self.account.account.as_str();
        let (mut after, mut asked) = (0, 0);
        loop {
            let piece = self
                .inventory
                .not_listed(account, listing.run, after, PIECE)
                .await?;
            for (ours, said) in &piece.items {
                if counts(*said) {
                    continue;
                }
                let enough = capabilities.list_is_whole && asked >= MOST_LOOK_UPS;
                if enough || !matches!(self.room(*calls, Duration::ZERO), Room::Free) {
                    return Ok(());
                }
                (*calls, asked) = (*calls + 1, asked + 1);
                let identifier = match &ours.iccid {
                    Some(iccid) if capabilities.needs_iccid => Identifier::Iccid(iccid.clone()),
                    _ => Identifier::Device(ours.id.as_str().to_owned()),
                };
                let found = match self.account.carrier.find(&identifier).await {
                    LookUp::Found { unit } => Some(unit),
                    LookUp::NotFound => None,
                    LookUp::Failed { .. } => continue,
                };
                let now = Timestamp::now();
                let id = ours.id.clone();
                self.inventory
                    .keep_looked_up(account, listing.run, id, found, now)
                    .await?;
            }
            match piece.next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }
}

/// Whether the carrier said lately that it does not know a unit.
fn counts(said: Option<Timestamp>) -> bool {
    said.is_some_and(|at| Timestamp::now().duration_since(at).abs() < LOOK_UP_COUNTS)
}

fn unknown_there(ours: &Ours, theirs: &str) -> Finding {
    finding(
        Difference::UnknownThere,
        None,
        Some(ours),
        word_of(ours.registration),
        theirs.to_owned(),
        "Look whether it is on another account; if it is still used, put it on the bench to register it, otherwise retire it.",
    )
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
            "If the inventory is right, change the plan on the unit's page (or 'fleetdesk carrier plan'); if the carrier is, correct the inventory.",
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
            "It goes on by itself while Fleetdesk is open (or 'fleetdesk carrier follow')."
        }
        (Some(RegistrationState::Active), SubscriptionState::Suspended) => {
            "If it is in use, 'Restore' on the unit's page (or 'fleetdesk carrier restore') puts it back into service; otherwise note it as suspended."
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

/// A sheet of differences for people; no cell is a formula, and it stands there whole or not at all.
pub struct FindingSheet(SheetWriter);

impl FindingSheet {
    /// Begins a sheet: a workbook where its name says so, CSV otherwise.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(path: &Path) -> Result<Self, SheetError> {
        let workbook = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
        let kind = match workbook {
            true => WriteKind::Xlsx,
            false => WriteKind::CsvForPeople { separator: b',' },
        };
        let headings = HEADINGS.map(str::to_owned);
        SheetWriter::create(path, kind, &headings).map(Self)
    }

    /// Adds a difference.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, finding: &Finding) -> Result<(), SheetError> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        self.0.row(&[
            finding.difference.words().to_owned(),
            text(&finding.unit),
            text(&finding.iccid),
            text(&finding.carrier_id),
            finding.ours.clone(),
            finding.theirs.clone(),
            finding.remedy.clone(),
        ])
    }

    /// Puts it at its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(self) -> Result<(), SheetError> {
        self.0.finish().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_holds_no_formula_and_keeps_its_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.csv");
        let evil = [
            "=HYPERLINK(\"x\")",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "＝1",
            "a\nb,\"c\"",
        ];
        let mut sheet = FindingSheet::begin(&path).unwrap();
        for text in evil {
            let finding = Finding {
                difference: Difference::PlanDiffers,
                unit: Some("490154203237518".to_owned()),
                iccid: Some("89011200000000000017".to_owned()),
                carrier_id: None,
                ours: text.to_owned(),
                theirs: "0042".to_owned(),
                remedy: String::new(),
            };
            sheet.add(&finding).unwrap();
        }
        sheet.end().unwrap();
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), evil.len());
        for (row, text) in rows.iter().zip(evil) {
            assert_eq!((&row[2], &row[5]), ("89011200000000000017", "0042"));
            assert_eq!(row[4].trim_start_matches('\''), text);
            let formula = row[4].trim_start().starts_with(['=', '+', '-', '@', '＝']);
            assert!(!formula, "{row:?}");
        }
    }
}
