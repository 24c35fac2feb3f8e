//! Connects the window to the engine, to the preferences file and to a pretend office beside it.
//!
//! What could wait (writing a file) is done on a thread of its own; the window only leaves a message.

use super::app::{Doors, Window};
use super::away::Notifier;
use super::choices::Choices;
use super::opening::Opening;
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

/// What the window begins with.
pub enum First<T> {
    /// Everything is at hand, and what a person should know of how it was found.
    Opened(T, Vec<String>),
    /// It is being opened still.
    Opening(Opening<T>),
}

/// Opens the window and stays in it until it is closed; then waits until the engine has reached its safe points.
///
/// `start` starts the engine with what was opened and the closure that wakes the window. `keep` is the file for choices, if they are kept. Where the secrets
/// lie in a sealed file, `locked` opens it: the passphrase is asked before the engine starts, and it starts without it, too.
///
/// # Errors
/// When no window can be opened here; the text says why.
pub fn run<T: 'static>(
    first: First<T>,
    start: impl FnOnce(T, Wake) -> (Engine, Receiver<Event>) + 'static,
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
        let begin: Begin<T> = Box::new(move |(opened, notes), ctx| {
            let waking = ctx.clone();
            let (engine, events) = start(opened, Box::new(move || waking.request_repaint()));
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
            let mut window = Window::new(ctx, choices, doors);
            for note in notes {
                window.say_at_start(ctx, note);
            }
            window
        });
        let question = locked.map(Unlock::new);
        Ok(Box::new(match first {
            First::Opening(opening) => Shell::Opening(opening, Some((question, begin))),
            First::Opened(found, notes) => {
                Shell::opened((found, notes), question, begin, &creation.egui_ctx)
            }
        }))
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

/// What was opened, and what a person should know of how it was found.
type Found<T> = (T, Vec<String>);

/// Starts the engine and opens the window on it.
type Begin<T> = Box<dyn FnOnce(Found<T>, &egui::Context) -> Window>;

/// The window, after what may come before it.
enum Shell<T> {
    Opening(Opening<T>, Option<(Option<Unlock>, Begin<T>)>),
    Asking(Unlock, Option<(Found<T>, Begin<T>)>),
    Open(Box<Window>),
}

impl<T> Shell<T> {
    fn opened(
        found: Found<T>,
        question: Option<Unlock>,
        begin: Begin<T>,
        ctx: &egui::Context,
    ) -> Self {
        match question {
            Some(unlock) => Self::Asking(unlock, Some((found, begin))),
            None => Self::Open(Box::new(begin(found, ctx))),
        }
    }
}

impl<T> eframe::App for Shell<T> {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        if let Self::Open(window) = self {
            window.logic(ctx, frame);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let next = match self {
            Self::Open(window) => return window.ui(ui, frame),
            Self::Opening(opening, begin) => {
                let Some(found) = opening.show(ui) else {
                    return;
                };
                let Some((question, begin)) = begin.take() else {
                    return;
                };
                Self::opened(found, question, begin, ui.ctx())
            }
            Self::Asking(unlock, begin) => {
                let Some(answer) = unlock.show(ui) else {
                    return;
                };
                let Some((found, begin)) = begin.take() else {
                    return;
                };
                if answer == Unlocked::NotNow {
                    tracing::info!("the passphrase of the sealed file was not given");
                }
                Self::Open(Box::new(begin(found, ui.ctx())))
            }
        };
        *self = next;
        ui.ctx().request_repaint();
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
