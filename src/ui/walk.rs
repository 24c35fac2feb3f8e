//! Where the keyboard can be: the areas that F6 goes through, and the first thing of a page, which Tab begins with.

use super::desk::{Area, Screen};
use super::draw::Draw;
use super::widgets::focus;
use egui::{Context, Id, Ui};
use std::collections::BTreeMap;
use std::ops::Range;

/// What can have the keyboard, as it was drawn in the last frame.
#[derive(Default)]
pub struct Walk {
    /// Everything, in the order in which Tab goes through it.
    order: Vec<Id>,
    /// The part of it that is the page.
    page: Range<usize>,
    /// Places in the order at which an area begins.
    marks: Vec<(Area, usize)>,
    /// The screen that was drawn.
    screen: Option<Screen>,
}

impl Walk {
    /// The page is about to be drawn.
    pub fn page_begins(&mut self, ctx: &Context, screen: Screen) {
        self.screen = Some(screen);
        let at = focus::drawn(ctx);
        self.page = at..at;
    }

    /// The page was drawn.
    pub fn page_ends(&mut self, ctx: &Context) {
        self.page.end = focus::drawn(ctx);
    }

    /// Whether another screen was drawn last.
    pub fn is_left_for(&self, screen: Screen) -> bool {
        self.screen.is_some_and(|drawn| drawn != screen)
    }

    /// The first thing of the page.
    pub fn first(&self) -> Option<Id> {
        self.order
            .get(self.page.start)
            .copied()
            .filter(|_| !self.page.is_empty())
    }

    /// The frame is drawn: the areas that were marked are found. A page without any is one area.
    pub fn drawn(&mut self, ctx: &Context, areas: &mut BTreeMap<Area, Id>) {
        self.order = focus::take_order(ctx);
        for (area, at) in std::mem::take(&mut self.marks) {
            if let Some(id) = self.order.get(at).filter(|_| at < self.page.end) {
                areas.entry(area).or_insert(*id);
            }
        }
        let of_page = [Area::Head, Area::Main, Area::Form, Area::Pane];
        if let Some(first) = self.first()
            && !of_page.iter().any(|area| areas.contains_key(area))
        {
            areas.insert(Area::Main, first);
        }
    }

    /// The area that something is in: the one that began last before it.
    fn area_of(&self, id: Id, areas: &[(Area, Id)]) -> Option<usize> {
        let place = |id: Id| self.order.iter().position(|each| *each == id);
        let here = place(id)?;
        let begun = areas.iter().enumerate();
        begun
            .filter_map(|(index, (_, first))| Some((place(*first)?, index)))
            .filter(|(begins, _)| *begins <= here)
            .max()
            .map(|(_, index)| index)
    }
}

impl Draw<'_> {
    /// What is drawn next begins this area, if nothing did yet.
    pub fn area_begins(&mut self, ui: &Ui, area: Area) {
        let marks = &mut self.desk.walk.marks;
        if marks.iter().all(|(marked, _)| *marked != area) {
            marks.push((area, focus::drawn(ui.ctx())));
        }
    }
}

/// Gives the keyboard to the first thing of the next or former area.
pub fn to_area(ui: &Ui, draw: &mut Draw<'_>, step: i32) {
    let areas: Vec<(Area, Id)> = draw
        .desk
        .areas
        .iter()
        .map(|(area, id)| (*area, *id))
        .collect();
    let focused = ui.memory(|memory| memory.focused());
    let here = focused.and_then(|id| draw.desk.walk.area_of(id, &areas));
    let count = areas.len() as i32;
    if count == 0 {
        return;
    }
    let next = match here {
        Some(here) => (here as i32 + step).rem_euclid(count),
        None if step > 0 => 0,
        None => count - 1,
    };
    if let Some((_, id)) = usize::try_from(next).ok().and_then(|next| areas.get(next)) {
        ui.memory_mut(|memory| memory.request_focus(*id));
    }
}

/// Nothing has the keyboard.
pub fn forget_keyboard(ui: &Ui) {
    ui.memory_mut(|memory| {
        if let Some(focused) = memory.focused() {
            memory.surrender_focus(focused);
        }
    });
}
