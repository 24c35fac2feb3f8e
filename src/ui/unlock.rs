//! The one question before a bench whose secrets lie in a sealed file: its passphrase, or going on without it.
//!
//! What opens the file is given from outside and runs on a thread of its own: making the key takes its time on purpose.

use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::field::Field;
use super::widgets::{Button, card, speak, why};
use egui::accesskit::Role;
use egui::{Id, Key, Ui, vec2};
use fleet::Secret;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// Opens the sealed file; the words say why it did not open.
pub type Opener = Arc<dyn Fn(Secret) -> Result<(), String> + Send + Sync>;

/// How the question ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlocked {
    /// The secrets are at hand.
    Opened,
    /// A person goes on without them.
    NotNow,
}

const NAME: &str = "Passphrase";
const WIDTH: f32 = 520.0;

/// The question on the screen. It holds what is being typed, so it cannot be printed.
pub struct Unlock {
    open: Opener,
    typed: String,
    trouble: Option<String>,
    opening: Option<Receiver<Result<(), String>>>,
    focused: bool,
}

impl Unlock {
    /// Nothing typed yet.
    #[must_use]
    pub fn new(open: Opener) -> Self {
        Self {
            open,
            typed: String::new(),
            trouble: None,
            opening: None,
            focused: false,
        }
    }

    /// Draws it; how it ended, once it has.
    pub fn show(&mut self, ui: &mut Ui) -> Option<Unlocked> {
        let mut ended = self.hear();
        card::alone(ui, WIDTH, |ui| {
            speak::region(ui, Role::Dialog, "The secrets of this bench are locked");
            if let Some(answer) = self.question(ui) {
                ended = Some(answer);
            }
        });
        ended
    }

    fn question(&mut self, ui: &mut Ui) -> Option<Unlocked> {
        let colours = palette(ui);
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(26.0, 26.0), egui::Sense::hover());
            icons::LOCK_FILL.paint(ui.painter(), rect.center(), 22.0, colours.ink2);
            ui.label(text::rich(
                "The secrets of this bench are locked",
                Size::Title,
                Weight::Semibold,
                colours.ink,
            ));
        });
        ui.label(text::rich(
            "The passwords for the office database and the carrier lie in a sealed file on this PC. Its passphrase is asked once for each start and kept nowhere.",
            Size::Body,
            Weight::Regular,
            colours.ink2,
        ));
        ui.add_space(4.0);
        ui.label(text::rich(
            NAME,
            Size::Caption,
            Weight::Medium,
            colours.ink3,
        ));
        let width = ui.available_width();
        let field = Field {
            text: &mut self.typed,
            name: NAME,
            hint: "",
            secret: true,
            wrong: self.trouble.is_some(),
            width,
        }
        .show(ui);
        if !self.focused {
            self.focused = true;
            ui.memory_mut(|memory| memory.request_focus(Id::unique(("field", NAME))));
        }
        if field.changed() {
            self.trouble = None;
        }
        if let Some(trouble) = &self.trouble {
            ui.label(text::rich(
                trouble,
                Size::Body,
                Weight::Medium,
                colours.person.text,
            ));
        }
        let enter = ui.input(|input| input.key_pressed(Key::Enter));
        let escape = ui.input(|input| input.key_pressed(Key::Escape));
        let busy = self.opening.is_some();
        let off = match (busy, self.typed.is_empty()) {
            (true, _) => Some("It is being opened."),
            (false, true) => Some("Type the passphrase first."),
            (false, false) => None,
        };
        ui.add_space(4.0);
        let mut ended = None;
        ui.horizontal(|ui| {
            let words = if busy { "Opening…" } else { "Open" };
            let pressed = Button::primary(words)
                .key("Enter")
                .off(off)
                .show(ui)
                .clicked();
            let not_now = Button::new("Not now").key("Esc").show(ui).clicked();
            if off.is_none() && (pressed || enter) {
                self.begin(ui);
            } else if not_now || escape {
                ended = Some(Unlocked::NotNow);
            }
        });
        why(
            ui,
            "Without it the bench works all the same: what the carrier and the other offices must hear is kept and goes out after a start with the passphrase.",
        );
        ended
    }

    fn begin(&mut self, ui: &Ui) {
        let passphrase = Secret::new(std::mem::take(&mut self.typed));
        let (told, hears) = channel();
        let (open, ctx) = (Arc::clone(&self.open), ui.ctx().clone());
        let thread = std::thread::Builder::new()
            .name("sealed file".into())
            .spawn(move || {
                // Nobody hears it only when the window was closed meanwhile.
                let _ = told.send(open(passphrase));
                ctx.request_repaint();
            });
        match thread {
            Ok(_) => self.opening = Some(hears),
            Err(error) => {
                self.trouble = Some(format!(
                    "The system gives no means to open it ({error}). Close other programs and try again."
                ));
            }
        }
    }

    fn hear(&mut self) -> Option<Unlocked> {
        let heard = match self.opening.as_ref()?.try_recv() {
            Ok(heard) => heard,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => {
                Err("Opening it was cut off. Type the passphrase once more.".to_owned())
            }
        };
        self.opening = None;
        // Whoever typed it wrongly types it once more.
        self.focused = false;
        match heard {
            Ok(()) => Some(Unlocked::Opened),
            Err(trouble) => {
                self.trouble = Some(trouble);
                None
            }
        }
    }
}
