//! Searches of the screens: the first rows at once, all rows after them, a page when it is looked at. A newer search stops an older. While
//! searches do not know of every unit, it is said how many are left, and asked again once they do.

use super::context::Context;
use super::event::Event;
use super::found::{FIRST_ROWS, LookedUpList, PAGE, SearchAnswer};
use crate::inventory::{AllFound, InventoryError, MOST_LINES};
use fleet::pasted::{self, PastedLine};
use fleet::query::Query;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How often it is looked whether searches know of every unit.
const LOOK: Duration = Duration::from_secs(1);

/// What happened, what state all is in, what to do and the code.
fn unreadable(what: &str, error: &InventoryError) -> String {
    format!(
        "{what}: the inventory cannot be read, {error}. Nothing was changed. Free space on the disk, or start again. I-722"
    )
}

/// Answers a search. Text that cannot be understood is told by the screen itself.
pub(super) fn search(context: &Rc<Context>, text: String) {
    context.searched.replace(text.clone());
    if let Some(stale) = context.searching.borrow_mut().take() {
        // Dropping its question stops it in the store.
        stale.abort();
    }
    let Ok(query) = Query::parse(&text) else {
        return;
    };
    let of_task = Rc::clone(context);
    let task = tokio::task::spawn_local(async move {
        let answered = match answer(&of_task, text.clone(), query).await {
            Ok(0) => return,
            Ok(_) => until_it_knows_all(&of_task, text).await,
            Err(error) => Err(error),
        };
        if let Err(error) = answered {
            of_task.toast(unreadable("The search has no answer", &error), true);
        }
    });
    context.searching.replace(Some(task));
}

/// Tells how many units searches do not know of yet, and searches once more when there are none left.
async fn until_it_knows_all(context: &Rc<Context>, text: String) -> Result<(), InventoryError> {
    loop {
        tokio::time::sleep(LOOK).await;
        match context.inventory.searches_behind().await? {
            0 => break,
            behind => context.tell(Event::SearchBehind(text.clone(), behind)),
        }
    }
    search(context, text);
    Ok(())
}

/// Answers how many units the search may not have known of.
async fn answer(context: &Rc<Context>, text: String, query: Query) -> Result<u64, InventoryError> {
    let begun = Instant::now();
    // Before the search: units that become known meanwhile are counted as unknown, and never the other way round.
    let behind = context.inventory.searches_behind().await?;
    let first = context
        .inventory
        .search_first(query.clone(), FIRST_ROWS)
        .await?;
    let took_ms = begun.elapsed().as_secs_f64() * 1000.0;
    let complete = first.complete;
    context.tell(Event::Searched(SearchAnswer {
        query: text.clone(),
        first: first.lines,
        total: first.total,
        complete,
        took_ms,
        behind,
        ..SearchAnswer::default()
    }));
    if complete {
        context.found.take();
        return Ok(behind);
    }
    let all = context.inventory.search_all(query).await?;
    let lines = context.inventory.lines(&all, 0, PAGE).await?;
    context.found.replace(Some((text.clone(), all.clone())));
    context.tell(Event::SearchedAll(text.clone(), all));
    context.tell(Event::SearchPage(text, 0, lines));
    Ok(behind)
}

/// Tells a page of what was found.
pub(super) fn page(context: &Rc<Context>, page: usize) {
    let Some((text, all)) = context.found.borrow().clone() else {
        return;
    };
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        let all: AllFound = all;
        let lines = context.inventory.lines(&all, page * PAGE, PAGE).await;
        if let Ok(lines) = lines {
            context.tell(Event::SearchPage(text, page, lines));
        }
    });
}

/// Looks a pasted list up.
pub(super) fn look_up(context: &Rc<Context>, text: &str) {
    let mut lines = pasted::lines(text);
    let left_out = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    if let Some(stale) = context.looking_up.borrow_mut().take() {
        stale.abort();
    }
    let of_task = Rc::clone(context);
    let task = tokio::task::spawn_local(async move {
        if let Err(error) = look_up_until_all_are_known(&of_task, lines, left_out).await {
            of_task.toast(unreadable("The list was not looked up", &error), true);
        }
    });
    context.looking_up.replace(Some(task));
}

/// At once, and once more when searches know of every unit.
async fn look_up_until_all_are_known(
    context: &Context,
    lines: Vec<PastedLine>,
    left_out: usize,
) -> Result<(), InventoryError> {
    loop {
        let behind = context.inventory.searches_behind().await?;
        let verdicts = context.inventory.look_up_list(lines.clone()).await?;
        let list = lines.iter().cloned().zip(verdicts).collect();
        let list = LookedUpList::new(list, left_out).behind(behind);
        context.tell(Event::ListLookedUp(Box::new(list)));
        if behind == 0 {
            return Ok(());
        }
        loop {
            tokio::time::sleep(LOOK).await;
            if context.inventory.searches_behind().await? == 0 {
                break;
            }
        }
    }
}
