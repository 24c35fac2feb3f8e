//! Page Up and Page Down: the largest thing on the screen that scrolls moves by a page, whatever the keyboard is on.

use egui::style::ScrollAnimation;
use egui::{Context, Id, Ui, vec2};

/// What of the old page is still seen on the next one.
const KEPT: f32 = 0.1;

fn asked() -> Id {
    Id::unique("pages to turn")
}

/// So many pages down, or up where negative, are to be turned in this frame.
pub fn ask(ctx: &Context, pages: i32) {
    ctx.data_mut(|data| data.insert_temp(asked(), pages));
}

/// Inside of what scrolls: turns the pages. Only the first that asks turns them, and nothing that lies below a dialog.
pub fn turn(ui: &Ui) {
    if !ui.memory(|memory| memory.allows_interaction(ui.layer_id())) {
        return;
    }
    let pages = ui.data_mut(|data| data.remove_temp::<i32>(asked()));
    if let Some(pages) = pages {
        let page = ui.clip_rect().height() * (1.0 - KEPT);
        let way = vec2(0.0, -page * pages as f32);
        ui.scroll_with_delta_animation(way, ScrollAnimation::none());
    }
}

/// Where nothing scrolled, nothing is to be turned later.
pub fn forget(ctx: &Context) {
    ctx.data_mut(|data| data.remove::<i32>(asked()));
}
