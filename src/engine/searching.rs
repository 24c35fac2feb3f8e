//! Searches of the screens: the first rows at once, all rows after them, a page when it is looked at. A newer search stops an older.

use super::context::Context;
use super::event::Event;
use super::found::{FIRST_ROWS, LookedUpList, PAGE, SearchAnswer};
use crate::inventory::{AllFound, MOST_LINES};
use fleet::pasted;
use fleet::query::Query;
use std::rc::Rc;
use std::time::Instant;

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
        if let Err(error) = answer(&of_task, text, query).await {
            of_task.toast(format!("The search failed: {error}"), true);
        }
    });
    context.searching.replace(Some(task));
}

async fn answer(
    context: &Rc<Context>,
    text: String,
    query: Query,
) -> Result<(), crate::inventory::InventoryError> {
    let begun = Instant::now();
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
        ..SearchAnswer::default()
    }));
    if complete {
        context.found.take();
        return Ok(());
    }
    let all = context.inventory.search_all(query).await?;
    let lines = context.inventory.lines(&all, 0, PAGE).await?;
    context.found.replace(Some((text.clone(), all.clone())));
    context.tell(Event::SearchedAll(text.clone(), all));
    context.tell(Event::SearchPage(text, 0, lines));
    Ok(())
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
    let context = Rc::clone(context);
    tokio::task::spawn_local(async move {
        match context.inventory.look_up_list(lines.clone()).await {
            Ok(verdicts) => {
                let list = lines.into_iter().zip(verdicts).collect();
                context.tell(Event::ListLookedUp(Box::new(LookedUpList::new(
                    list, left_out,
                ))));
            }
            Err(error) => context.toast(format!("The list was not looked up: {error}"), true),
        }
    });
}
