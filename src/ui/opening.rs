//! What stands in the window while the inventory is still being opened: after an unclean end all of it is read once and checked, and with very
//! many units that takes its time. The bench follows by itself.
//!
//! Opening runs on a thread of its own, outside this room; here it is only heard of.

use super::theme::text::{self, Size, Weight};
use super::theme::{icon_table as icons, palette};
use super::widgets::{Button, bar, card, speak};
use super::words;
use egui::accesskit::Role;
use egui::{Key, Ui, ViewportCommand, vec2};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

const WIDTH: f32 = 560.0;
/// Pause between two looks at whether there is news.
const LOOK: Duration = Duration::from_millis(100);

/// What the thread that opens tells.
pub enum News<T> {
    /// How far the check is.
    Checked(SoFar),
    /// Everything is at hand, and what a person should know of how it was found.
    Opened(T, Vec<String>),
    /// It could not be opened: what happened, what state things are in, what to do, a code.
    Failed([String; 4]),
}

/// How far a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoFar {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// How many of a hundred pages were looked at; `None` in the second part, in which every row is.
    pub pages_percent: Option<u8>,
    /// Since the check began.
    pub elapsed: Duration,
}

/// The screen.
pub struct Opening<T> {
    news: Receiver<News<T>>,
    so_far: Option<SoFar>,
    failed: Option<[String; 4]>,
}

impl<T> Opening<T> {
    /// Nothing heard yet.
    #[must_use]
    pub fn new(news: Receiver<News<T>>) -> Self {
        Self {
            news,
            so_far: None,
            failed: None,
        }
    }

    /// Waits so long for what usually comes at once, before there is a window. Answers what was opened.
    pub fn wait(&mut self, longest: Duration) -> Option<(T, Vec<String>)> {
        let until = std::time::Instant::now() + longest;
        loop {
            let left = until.saturating_duration_since(std::time::Instant::now());
            match self.news.recv_timeout(left) {
                Ok(News::Checked(so_far)) => self.so_far = Some(so_far),
                Ok(News::Opened(found, notes)) => return Some((found, notes)),
                Ok(News::Failed(lines)) => self.failed = Some(lines),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
            if self.has_failed() {
                return None;
            }
        }
    }

    /// It could not be opened.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Draws it; what was opened, once it is.
    pub fn show(&mut self, ui: &mut Ui) -> Option<(T, Vec<String>)> {
        let opened = self.hear();
        ui.ctx().request_repaint_after(LOOK);
        card::alone(ui, WIDTH, |ui| match (&self.failed, self.so_far) {
            (Some(lines), _) => failed(ui, lines),
            (None, Some(so_far)) => checking(ui, so_far),
            (None, None) => opening(ui),
        });
        opened
    }

    fn hear(&mut self) -> Option<(T, Vec<String>)> {
        loop {
            match self.news.try_recv() {
                Ok(News::Checked(so_far)) => self.so_far = Some(so_far),
                Ok(News::Opened(found, notes)) => return Some((found, notes)),
                Ok(News::Failed(lines)) => self.failed = Some(lines),
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => {
                    self.failed.get_or_insert_with(|| {
                        [
                            "Opening the inventory was cut off.",
                            "Nothing was changed.",
                            "Close Fleetdesk and start it again.",
                            "I-721",
                        ]
                        .map(str::to_owned)
                    });
                    return None;
                }
            }
        }
    }
}

fn title(ui: &mut Ui, words: &str) {
    let colours = palette(ui);
    speak::region(ui, Role::Dialog, words);
    ui.label(text::rich(
        words,
        Size::Title,
        Weight::Semibold,
        colours.ink,
    ));
}

fn line(ui: &mut Ui, words: &str) {
    let ink = palette(ui).ink2;
    ui.label(text::rich(words, Size::Body, Weight::Regular, ink));
}

fn opening(ui: &mut Ui) {
    title(ui, "The inventory is being opened");
    line(ui, "The bench follows by itself.");
}

fn checking(ui: &mut Ui, so_far: SoFar) {
    title(ui, "The inventory is being checked");
    line(
        ui,
        "The last run was cut off: Fleetdesk or this PC was ended in the middle. Before anything goes on, all of the inventory is read once and checked.",
    );
    line(
        ui,
        "What does not fit together is set aside, the newest good copy takes its place, and you are told. Work that was cut off goes on when its unit is plugged in again.",
    );
    ui.add_space(4.0);
    let megabytes = words::count(so_far.bytes.div_ceil(1_000_000));
    let (share, part) = match so_far.pages_percent {
        Some(percent) => (
            f32::from(percent) / 100.0,
            format!("Part 1 of 2, its pages: {percent} of 100"),
        ),
        None => (1.0, "Part 2 of 2, its rows".to_owned()),
    };
    let words = format!(
        "{part}. {megabytes} MB, {} s so far.",
        so_far.elapsed.as_secs()
    );
    let colour = palette(ui).work.line;
    let width = ui.available_width();
    bar::show(ui, vec2(width, 6.0), share, colour, &part);
    let ink = palette(ui).ink;
    let shown = ui.label(text::rich(&words, Size::Body, Weight::Medium, ink));
    speak::tell(&shown, Role::Status, &part, |_| {});
    line(ui, "The bench follows by itself.");
}

fn failed(ui: &mut Ui, [what, state, cure, code]: &[String; 4]) {
    let colours = palette(ui);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(26.0, 26.0), egui::Sense::hover());
        icons::WARNING_FILL.paint(ui.painter(), rect.center(), 22.0, colours.person.text);
        title(ui, "The inventory cannot be opened");
    });
    for words in [what, state, cure, code] {
        line(ui, words);
    }
    ui.add_space(4.0);
    let close = Button::primary("Close Fleetdesk").key("Enter").show(ui);
    let enter = ui.input(|input| input.key_pressed(Key::Enter));
    if close.clicked() || enter {
        ui.ctx().send_viewport_cmd(ViewportCommand::Close);
    }
}
