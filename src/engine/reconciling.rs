//! Comparing the account with the inventory as the window asks for it: one at a time, in the background, to be stopped at any
//! moment. What it finds is told as it stands; how it is found is [`super::comparing`].

use super::comparing::{
    CompareError, CompareNews, Comparer, Comparison, Finding, FindingSheet, ListProgress,
};
use super::context::Context;
use super::event::Event;
use super::lists;
use super::options::Account;
use jiff::Timestamp;
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// Differences that a screen is given; a sheet has them all.
pub const MOST_SHOWN: usize = 2_000;

/// What a person wants of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReconcileWish {
    /// Show what is known, without a call.
    Show,
    /// Begin, or go on; the whole account, also where reading what was changed would do.
    Begin {
        /// The whole account.
        whole: bool,
    },
    /// Stop; what was read is kept.
    Stop,
    /// Write all differences into a file.
    Save(PathBuf),
}

/// What a screen shows of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// How it stands.
    pub standing: ReconcileStanding,
    /// The first differences, in the account's order.
    pub findings: Arc<Vec<Finding>>,
}

/// How a comparison stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ReconcileStanding {
    /// Nothing is known yet.
    #[default]
    Never,
    /// The account's list is being read, or its reading waits for the next day's calls.
    Reading(ListProgress),
    /// It was compared.
    Compared {
        /// What came of it.
        comparison: Comparison,
        /// When the account's list was read.
        at: Timestamp,
    },
    /// The list was not read to its end.
    Unfinished {
        /// Why.
        why: String,
        /// How far it came.
        progress: ListProgress,
        /// When there are calls again.
        calls_again_at: Option<Timestamp>,
    },
    /// It could not be done.
    Failed {
        /// Why.
        why: String,
    },
}

/// Does what a person wants.
pub(super) fn wish(context: &Rc<Context>, wish: ReconcileWish) {
    let Some(account) = context.account.clone() else {
        return context.toast("No carrier account is set up on this bench", true);
    };
    match wish {
        ReconcileWish::Show => show(context, account),
        ReconcileWish::Begin { whole } => begin(context, account, whole),
        ReconcileWish::Stop => stop(context),
        ReconcileWish::Save(path) => save(context, account, super::outgoing::placed(path)),
    }
}

/// Goes on by itself with a list that an earlier run was reading, where the carrier still keeps its place.
pub(super) fn take_up(context: &Rc<Context>) {
    let Some(account) = context.account.clone() else {
        return;
    };
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let kept = account.carrier.capabilities().list_place_kept_s;
        let listing = context
            .inventory
            .carrier_listing(account.account.as_str())
            .await;
        let Ok(Some(listing)) = listing else {
            return;
        };
        let age_s = Timestamp::now().as_second() - listing.last.as_second();
        let place_is_kept = kept.is_some_and(|kept| i64::try_from(kept).is_ok_and(|s| age_s < s));
        if !listing.complete && listing.cursor.is_some() && place_is_kept {
            begin(&context, account, false);
        }
    });
}

fn is_running(context: &Context) -> bool {
    let running = context.reconciling.borrow();
    running.as_ref().is_some_and(|task| !task.is_finished())
}

fn tell(context: &Context, standing: ReconcileStanding, findings: Vec<Finding>) {
    context.tell(Event::Reconciled(Box::new(Reconciled {
        standing,
        findings: Arc::new(findings),
    })));
}

fn begin(context: &Rc<Context>, account: Account, whole: bool) {
    if is_running(context) {
        return;
    }
    let doing = Rc::clone(context);
    let task = tokio::task::spawn_local(async move {
        let found = RefCell::new(Vec::new());
        let comparer = Comparer {
            whole,
            waits: true,
            ..Comparer::new(&doing.inventory, &account)
        };
        let mut hears = |news: CompareNews<'_>| match news {
            CompareNews::Read(progress) => {
                let standing = ReconcileStanding::Reading(progress.clone());
                tell(&doing, standing, Vec::new());
            }
            CompareNews::Found(finding) => keep(&found, finding),
        };
        // People who ask the carrier something meanwhile go first.
        let ended = carrier::yielding(comparer.compare(&mut hears)).await;
        let standing = match ended {
            Ok(comparison) => ReconcileStanding::Compared {
                comparison,
                at: Timestamp::now(),
            },
            Err(CompareError::Unfinished {
                why,
                progress,
                calls_again_at,
                ..
            }) => ReconcileStanding::Unfinished {
                why,
                progress: *progress,
                calls_again_at,
            },
            Err(error) => ReconcileStanding::Failed {
                why: error.to_string(),
            },
        };
        tell(&doing, standing, found.take());
        lists::refresh(&doing);
    });
    context.reconciling.replace(Some(task));
}

fn keep(found: &RefCell<Vec<Finding>>, finding: &Finding) {
    let mut found = found.borrow_mut();
    if found.len() < MOST_SHOWN {
        found.push(finding.clone());
    }
}

fn stop(context: &Rc<Context>) {
    if let Some(task) = context.reconciling.take() {
        task.abort();
    }
    let Some(account) = context.account.clone() else {
        return;
    };
    show(context, account);
}

fn show(context: &Rc<Context>, account: Account) {
    if is_running(context) {
        return;
    }
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let found = RefCell::new(Vec::new());
        let comparer = Comparer::new(&context.inventory, &account);
        let mut hears = |news: CompareNews<'_>| {
            if let CompareNews::Found(finding) = news {
                keep(&found, finding);
            }
        };
        let listing = context
            .inventory
            .carrier_listing(account.account.as_str())
            .await;
        let told = comparer.told_again(&mut hears).await;
        if is_running(&context) {
            return;
        }
        let standing = match (told, listing) {
            (Ok(Some(comparison)), Ok(Some(listing))) => ReconcileStanding::Compared {
                comparison,
                at: listing.last,
            },
            (Ok(None), Ok(Some(listing))) => ReconcileStanding::Unfinished {
                why: "it was stopped before the list's end".to_owned(),
                progress: ListProgress::of(&listing),
                calls_again_at: None,
            },
            (Ok(_), Ok(_)) => ReconcileStanding::Never,
            (Err(error), _) => ReconcileStanding::Failed {
                why: error.to_string(),
            },
            (_, Err(error)) => ReconcileStanding::Failed {
                why: error.to_string(),
            },
        };
        tell(&context, standing, found.take());
    });
}

fn save(context: &Rc<Context>, account: Account, path: PathBuf) {
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let written = write(&context, &account, &path).await;
        match written {
            Ok(rows) => context.toast(
                format!("{rows} differences are written to {}", path.display()),
                false,
            ),
            Err(why) => context.toast(format!("{}: {why}", path.display()), true),
        }
    });
}

async fn write(
    context: &Context,
    account: &Account,
    path: &std::path::Path,
) -> Result<u64, String> {
    if path.exists() {
        return Err("it is there already; give another name".to_owned());
    }
    let mut sheet = FindingSheet::begin(path).map_err(|error| error.to_string())?;
    let mut spoiled = None;
    let mut hears = |news: CompareNews<'_>| {
        if let CompareNews::Found(finding) = news
            && spoiled.is_none()
        {
            spoiled = sheet.add(finding).err();
        }
    };
    let told = Comparer::new(&context.inventory, account)
        .told_again(&mut hears)
        .await
        .map_err(|error| error.to_string())?;
    if let Some(error) = spoiled {
        return Err(error.to_string());
    }
    let Some(comparison) = told else {
        return Err("the account was not read to its end yet".to_owned());
    };
    sheet.end().map_err(|error| error.to_string())?;
    Ok(comparison.findings)
}
