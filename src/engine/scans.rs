//! Scans: what each one named, what came of it, the last ten with a way back. On the bench a scan ticks the lane of its unit.

use super::context::Context;
use super::event::Event;
use super::run::Report;
use super::state::Slot;
use crate::inventory::Named;
use fleet::UnitId;
use fleet::ids::{Recognised, recognise};
use fleet::printable::printable;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::rc::Rc;

/// Scans that stay in sight.
pub const LAST_SCANS: usize = 10;

/// A scan and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanSeen {
    /// Counted from 1, in the order of scanning.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// The last four of what it named, or its beginning where it named nothing.
    pub short: String,
    /// The large word.
    pub word: String,
    /// More in a line.
    pub detail: String,
    /// It named a unit.
    pub good: bool,
    /// The inventory has that unit.
    pub known: bool,
    /// The unit, where it named a single one.
    pub unit: Option<UnitId>,
    /// Slots that it ticked.
    pub ticked: Vec<Slot>,
    /// It was taken back.
    pub undone: bool,
}

/// The last scans, newest first.
#[derive(Default)]
pub(super) struct Scans {
    seen: VecDeque<ScanSeen>,
    count: u64,
}

/// What a scan names.
pub(super) struct ScanRead {
    number: u64,
    text: String,
    /// Whether it ticks the lanes of its units.
    pub ticks: bool,
    pub units: Vec<UnitId>,
    known: bool,
    detail: String,
    problem: Option<(&'static str, String)>,
}

/// Reads a scan: numbers of units stand for themselves, a SIM, a phone number or a serial number for the unit that has it.
pub(super) fn read(context: &Rc<Context>, text: String, ticks: bool) {
    let number = {
        let mut scans = context.scans.borrow_mut();
        scans.count += 1;
        scans.count
    };
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let mut read = ScanRead {
            number,
            text: text.clone(),
            ticks,
            units: Vec::new(),
            known: true,
            detail: String::new(),
            problem: None,
        };
        for piece in recognise(&text) {
            let looked_for = match &piece {
                Recognised::Imei(imei) => imei.as_str().to_owned(),
                Recognised::Meid(meid) => meid.as_str().to_owned(),
                Recognised::Esn(esn) => esn.as_str().to_owned(),
                Recognised::Iccid(iccid) => iccid.as_str().to_owned(),
                Recognised::Mdn(mdn) => mdn.as_str().to_owned(),
                Recognised::Other(other) => other.clone(),
                Recognised::Wrong { text, error } => {
                    let why = format!("{}: {error}", printable(text));
                    read.problem.get_or_insert(("Cannot be read", why));
                    continue;
                }
            };
            let own = match &piece {
                Recognised::Imei(_) | Recognised::Meid(_) | Recognised::Esn(_) => {
                    UnitId::from_unit_answer(&looked_for).ok().map(|(id, _)| id)
                }
                _ => None,
            };
            match context.inventory.unit_with_number(looked_for.clone()).await {
                Ok(Named::One(unit)) => {
                    let facts = [unit.customer.as_deref(), unit.vehicle.as_deref()];
                    let facts: Vec<&str> = facts.into_iter().flatten().collect();
                    read.detail = match facts.as_slice() {
                        [] => "nobody has it".to_owned(),
                        some => some.join(", "),
                    };
                    read.units.push(unit.id);
                }
                // A number that a unit is known by names it before the inventory has heard of it.
                _ if own.is_some() => {
                    read.detail = "not in the inventory yet".to_owned();
                    read.known = false;
                    read.units.extend(own);
                }
                Ok(Named::Several(count)) => {
                    let why = format!("{count} units fit {}", printable(&looked_for));
                    read.problem.get_or_insert(("Several", why));
                }
                _ => {
                    let why = format!("no unit has {}", printable(&looked_for));
                    read.problem.get_or_insert(("Not known", why));
                }
            }
        }
        read.units.dedup();
        if read.units.is_empty() {
            let nothing = || ("Cannot be read", "no number stands in it".to_owned());
            read.problem.get_or_insert_with(nothing);
        }
        // The loop knows which lane has which unit.
        let _ = context.reports.send(Report::ScanRead(Box::new(read)));
    });
}

/// Keeps and tells what came of a scan.
pub(super) fn came_of(context: &Rc<Context>, read: ScanRead, ticked: Vec<Slot>) {
    let tail = |text: &str| {
        let letters: Vec<char> = text.chars().collect();
        letters
            .get(letters.len().saturating_sub(4)..)
            .unwrap_or_default()
            .iter()
            .collect::<String>()
    };
    let short = match read.units.first() {
        Some(unit) => unit.last_four().to_owned(),
        None => tail(&printable(read.text.trim())),
    };
    let unit = match read.units.as_slice() {
        [unit] => Some(unit.clone()),
        _ => None,
    };
    let (word, detail, good) = match (ticked.as_slice(), read.units.as_slice(), read.problem) {
        ([slot], ..) => (format!("Slot {slot}"), "label ticked".to_owned(), true),
        ([_, ..], ..) => {
            let slots: Vec<String> = ticked.iter().map(ToString::to_string).collect();
            let words = format!("Slots {}", slots.join(", "));
            (words, "labels ticked".to_owned(), true)
        }
        (_, [_], _) => (format!("…{short}"), read.detail, true),
        (_, [_, ..], _) => {
            let words = format!("{} units", read.units.len());
            (words, "several numbers in one scan".to_owned(), true)
        }
        (_, [], Some((word, why))) => (word.to_owned(), why, false),
        (_, [], None) => ("Not known".to_owned(), String::new(), false),
    };
    let outcome = if ticked.is_empty() {
        detail.clone()
    } else {
        format!("ticked, {}", word.to_lowercase())
    };
    context.last_scan.replace(Some((short.clone(), outcome)));
    let seen = ScanSeen {
        number: read.number,
        at: Timestamp::now(),
        short,
        word,
        detail,
        good,
        known: read.known,
        unit,
        ticked,
        undone: false,
    };
    {
        let mut scans = context.scans.borrow_mut();
        scans.seen.push_front(seen);
        // One that had to be looked up may be answered after a later one.
        let newest_first = |scan: &ScanSeen| std::cmp::Reverse(scan.number);
        scans.seen.make_contiguous().sort_by_key(newest_first);
        scans.seen.truncate(LAST_SCANS);
    }
    tell(context);
    super::lists::refresh(context);
}

/// Takes a scan back: its lanes are no longer ticked.
pub(super) fn undo(context: &Rc<Context>, number: u64) -> Vec<Slot> {
    let slots = {
        let mut scans = context.scans.borrow_mut();
        let scan = scans.seen.iter_mut().find(|scan| scan.number == number);
        let Some(scan) = scan.filter(|scan| !scan.undone) else {
            return Vec::new();
        };
        scan.undone = true;
        scan.ticked.clone()
    };
    tell(context);
    slots
}

fn tell(context: &Context) {
    let seen = context.scans.borrow().seen.iter().cloned().collect();
    context.tell(Event::Scans(seen));
}
