//! Connects the window to the engine, to the preferences file and to a pretend office beside it.
//!
//! What could wait (writing a file) is done on a thread of its own; the window only leaves a message.

use super::app::{Doors, Window};
use super::away::Notifier;
use super::choices::Choices;
use super::sound::Player;
use super::theme;
use super::unlock::{Opener, Unlock, Unlocked};
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
/// `start` starts the engine with the closure that wakes the window. `keep` is the file for choices, if they are kept. Where the secrets
/// lie in a sealed file, `locked` opens it: the passphrase is asked before the engine starts, and it starts without it, too.
///
/// # Errors
/// When no window can be opened here; the text says why.
pub fn run(
    start: impl FnOnce(Wake) -> (Engine, Receiver<Event>) + 'static,
    preferences: Preferences,
    keep: Option<PathBuf>,
    locked: Option<Opener>,
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
        let choices = Choices::of(&preferences);
        theme::install(&creation.egui_ctx);
        choices.apply(&creation.egui_ctx);
        let begin: Begin = Box::new(move |ctx| {
            let waking = ctx.clone();
            let (engine, events) = start(Box::new(move || waking.request_repaint()));
            let engine = Rc::new(engine);
            *started.borrow_mut() = Some(Rc::clone(&engine));
            let player = Player::start();
            let notifier = Notifier::start();
            let doors = Doors {
                events,
                send: Box::new(move |command| engine.send(command)),
                keep: keeper(preferences, keep),
                play: Box::new({
                    let player = player.clone();
                    move |sound| player.play(sound)
                }),
                sound_works: Box::new(move || player.works()),
                notify: Box::new(move |words| notifier.show(words)),
                pretend_office: pretend_office(),
            };
            Window::new(ctx, choices, doors)
        });
        let shell = match locked {
            Some(open) => Shell::Asking(Unlock::new(open), Some(begin)),
            None => Shell::Open(Box::new(begin(&creation.egui_ctx))),
        };
        Ok(Box::new(shell))
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

/// Starts the engine and opens the window on it.
type Begin = Box<dyn FnOnce(&egui::Context) -> Window>;

/// The window, after the question that may come before it.
enum Shell {
    Asking(Unlock, Option<Begin>),
    Open(Box<Window>),
}

impl eframe::App for Shell {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        if let Self::Open(window) = self {
            window.logic(ctx, frame);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        match self {
            Self::Open(window) => window.ui(ui, frame),
            Self::Asking(unlock, begin) => {
                let Some(answer) = unlock.show(ui) else {
                    return;
                };
                let Some(begin) = begin.take() else { return };
                if answer == Unlocked::NotNow {
                    tracing::info!("the passphrase of the sealed file was not given");
                }
                *self = Self::Open(Box::new(begin(ui.ctx())));
                ui.ctx().request_repaint();
            }
        }
    }
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
