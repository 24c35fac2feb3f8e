//! The window: screens drawn from `engine::State`, wishes sent as `engine::Command`s.
//!
//! Nothing here opens a port, a file or a connection, and nothing here waits. What a unit's state means is decided by the
//! engine; how it looks is decided here.

mod acts;
pub mod announce;
pub mod app;
pub mod bench;
pub mod choices;
pub mod desk;
mod dialogs;
pub mod draw;
mod find;
mod first_start;
mod frame;
pub mod keys;
pub mod scanner;
mod templates;
pub mod theme;
mod to_do;
mod unit;
mod unit_words;
pub mod widgets;
pub mod words;

pub use app::{Doors, Window};
pub use choices::Choices;

use std::sync::Arc;

/// Wakes the window from any thread, so that it takes what was told.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Opens the window and stays in it until it is closed. `connect` is called once, with the closure that wakes it.
///
/// # Errors
/// When no window can be opened here; the text says why.
pub fn run(choices: Choices, connect: impl FnOnce(Wake) -> Doors) -> Result<(), String> {
    let viewport = egui::ViewportBuilder::default()
        .with_app_id("fleetdesk")
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size([720.0, 560.0]);
    let options = eframe::NativeOptions {
        viewport,
        ..eframe::NativeOptions::default()
    };
    let creator: eframe::AppCreator<'_> = Box::new(|creation| {
        let ctx = creation.egui_ctx.clone();
        let wake: Wake = Arc::new(move || ctx.request_repaint());
        let doors = connect(wake);
        Ok(Box::new(Window::new(&creation.egui_ctx, choices, doors)))
    });
    eframe::run_native("Fleetdesk", options, creator).map_err(|error| error.to_string())
}
