//! Connects the window to the engine, to the preferences file and to a pretend office beside it.
//!
//! What could wait (writing a file) is done on a thread of its own; the window only leaves a message.

use super::app::{Doors, Window};
use super::choices::Choices;
use super::sound::Player;
use crate::engine::{Engine, Event};
use crate::preferences::Preferences;
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, channel};

/// Wakes the window from any thread, so that it takes what was told.
pub type Wake = Box<dyn Fn() + Send>;

/// Opens the window and stays in it until it is closed; then waits until the engine has reached its safe points.
///
/// `start` starts the engine with the closure that wakes the window. `keep` is the file for choices, if they are kept.
///
/// # Errors
/// When no window can be opened here; the text says why.
pub fn run(
    start: impl FnOnce(Wake) -> (Engine, Receiver<Event>),
    preferences: Preferences,
    keep: Option<PathBuf>,
) -> Result<(), String> {
    let viewport = egui::ViewportBuilder::default()
        .with_app_id("fleetdesk")
        .with_icon(super::theme::icon::window_icon())
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size([720.0, 560.0]);
    let options = eframe::NativeOptions {
        viewport,
        ..eframe::NativeOptions::default()
    };
    let running: Rc<RefCell<Option<Rc<Engine>>>> = Rc::default();
    let started = Rc::clone(&running);
    let creator: eframe::AppCreator<'_> = Box::new(move |creation| {
        let ctx = creation.egui_ctx.clone();
        let (engine, events) = start(Box::new(move || ctx.request_repaint()));
        let engine = Rc::new(engine);
        *started.borrow_mut() = Some(Rc::clone(&engine));
        let choices = Choices::of(&preferences);
        let player = Player::start();
        let doors = Doors {
            events,
            send: Box::new(move |command| engine.send(command)),
            keep: keeper(preferences, keep),
            play: Box::new({
                let player = player.clone();
                move |sound| player.play(sound)
            }),
            sound_works: Box::new(move || player.works()),
            pretend_office: pretend_office(),
        };
        Ok(Box::new(Window::new(&creation.egui_ctx, choices, doors)))
    });
    let shown =
        eframe::run_native("Fleetdesk", options, creator).map_err(|error| error.to_string());
    if let Some(engine) = running
        .take()
        .and_then(|engine| Rc::try_unwrap(engine).ok())
    {
        engine.quit();
        engine.join();
    }
    shown
}

/// Keeps choices, newest last, without making the window wait.
fn keeper(mut preferences: Preferences, file: Option<PathBuf>) -> Box<dyn Fn(&Choices)> {
    let Some(file) = file else {
        return Box::new(|_| {});
    };
    let (changed, changes) = channel::<Choices>();
    let writer = std::thread::Builder::new()
        .name("preferences".into())
        .spawn(move || {
            while let Ok(choices) = changes.recv() {
                choices.keep_in(&mut preferences);
                if let Err(error) = preferences.save(&file) {
                    tracing::warn!(%error, "choices of the window were not kept");
                }
            }
        });
    if let Err(error) = writer {
        tracing::warn!(%error, "choices of the window will not be kept");
    }
    Box::new(move |choices| {
        // Nobody listens only when the thread could not be started, which was said.
        let _ = changed.send(choices.clone());
    })
}

/// Starts this same program once more, with a pretend office of its own.
fn pretend_office() -> Option<Box<dyn Fn()>> {
    let program = std::env::current_exe().ok()?;
    Some(Box::new(move || {
        if let Err(error) = std::process::Command::new(&program).arg("demo").spawn() {
            tracing::warn!(%error, "the pretend office did not start");
        }
    }))
}
