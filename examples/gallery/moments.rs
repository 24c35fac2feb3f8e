//! Moments between the pages: what is asked before something is left or changed, what is told for a few seconds, what stands there first.

use super::sample::{now, stopped, unit_id, unit_opened};
use fleet::edit::{Edit, Field};
use fleet::label::LabelSize;
use fleetdesk::engine::*;
use fleetdesk::ui::desk::{Desk, Dialog, EditBack, LifeChoice, Screen, ToastOnShow, WayBack};
use fleetdesk::ui::widgets::ToastCard;
use fleetdesk::ui::{News, Opening, SoFar};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// The inventory while it is opened.
pub struct Checked {
    opening: Opening<()>,
    // As long as it lives, something is awaited.
    _tells: Sender<News<()>>,
}

impl Checked {
    /// How it stands on this page.
    pub fn new(page: &str) -> Self {
        let (tells, hears) = channel();
        let so_far = |pages_percent, seconds| {
            News::Checked(SoFar {
                bytes: 812_000_000,
                pages_percent,
                elapsed: Duration::from_secs(seconds),
            })
        };
        let news = match page {
            "checked-rows" => so_far(None, 21),
            "checked-failed" => News::Failed(
                [
                    "The inventory cannot be opened: the file is held by another program.",
                    "Nothing was changed.",
                    "Close the other program, then start Fleetdesk again.",
                    "I-701",
                ]
                .map(str::to_owned),
            ),
            _ => so_far(Some(43), 9),
        };
        // The receiver lives as long as the screen.
        let _ = tells.send(news);
        Self {
            opening: Opening::new(hears),
            _tells: tells,
        }
    }
}

impl eframe::App for Checked {
    fn ui(&mut self, ui: &mut eframe::egui::Ui, _frame: &mut eframe::Frame) {
        self.opening.show(ui);
    }
}

/// What a page needs beside the office.
pub fn events(page: &str) -> Vec<Event> {
    match page {
        "newer-version" => vec![Event::Templates(vec![TemplateFacts {
            name: "Van standard".into(),
            version: 6,
            released: true,
            created_at: Some(now()),
            ..TemplateFacts::default()
        }])],
        "set-aside" => vec![Event::LaneChanged(Box::new(Lane {
            set_aside: true,
            ..stopped(9, "8245")
        }))],
        "support" => vec![support(SupportStage::Shown(pieces()))],
        "support-saved" => vec![support(SupportStage::Saved(
            "/home/anna/Documents/fleetdesk-support-4821-2026-11-22.zip".into(),
        ))],
        _ if page.starts_with("life") => unit_opened().into_iter().collect(),
        _ => Vec::new(),
    }
}

fn support(stage: SupportStage) -> Event {
    Event::Support(Some(Box::new(SupportBundle {
        unit: unit_id("4821"),
        stage,
    })))
}

fn pieces() -> Vec<SupportPiece> {
    [
        ("versions.txt", "versions and unit families", 1_204, 0),
        ("preferences.toml", "choices of this bench", 2_310, 2),
        ("unit.json", "the unit's row", 1_450, 1),
        ("timeline.json", "the unit's timeline", 44_020, 3),
        ("logs/fleetdesk.2026-11-22.log", "event log", 812_400, 0),
        ("logs/fleetdesk.2026-11-21.log", "event log", 1_402_118, 4),
    ]
    .into_iter()
    .map(|(name, words, bytes, taken_out)| SupportPiece {
        name: name.into(),
        words: words.into(),
        bytes,
        taken_out,
    })
    .collect()
}

/// Puts what the page shows on show; whether it is one of these.
pub fn prepare(page: &str, desk: &mut Desk) -> bool {
    match page {
        "newer-version" => desk.chosen = Some(Slot(6)),
        "set-aside" => desk.chosen = Some(Slot(9)),
        "support" | "support-saved" => {
            desk.support_path = "fleetdesk-support-4821-2026-11-22.zip".into();
            desk.dialog = Some(Dialog::Support);
        }
        "leave" | "leaving" => {
            desk.leaving = page == "leaving";
            desk.dialog = Some(Dialog::Leave);
        }
        "life-swap" => life(desk, LifeChoice::Swap),
        "life-return" => life(desk, LifeChoice::Return),
        "life-retire" => life(desk, LifeChoice::Retire),
        "life-back" => life(desk, LifeChoice::TakeBack),
        "toast" => toasts(desk),
        "label-small" => {
            let size = LabelSize::of_key("54x25").map_or("", |size| size.key);
            desk.choices.label_size = size.to_owned();
            desk.screen = Screen::Find;
            desk.sheets.units = Some((
                UnitsMeant::All,
                "the 412 units found by office:north".into(),
            ));
            desk.sheets.label_path = "fleetdesk-labels-2026-11-22.pdf".into();
            desk.dialog = Some(Dialog::Labels);
        }
        _ => return false,
    }
    true
}

fn life(desk: &mut Desk, choice: LifeChoice) {
    desk.screen = Screen::Unit;
    desk.dialog = Some(Dialog::Life(choice));
}

/// One of one line, one of several, one that can be taken back.
fn toasts(desk: &mut Desk) {
    let back = unit_id("4821").map(|unit| {
        let edits = Edit::new(Field::Vehicle, "SMP 1074");
        WayBack::Edit(EditBack {
            set: Vec::new(),
            unit,
            edits: edits.into_iter().collect(),
        })
    });
    let all = [
        ("Start all: 2 lanes.", false, None),
        (
            "Nothing was sent: the carrier could not be reached. It is asked again by itself in 4 minutes, and nothing is lost.",
            true,
            None,
        ),
        ("Unit …4821: plate SMP 1147.", false, back),
    ];
    for (number, (words, warning, back)) in (0..).zip(all) {
        let words = words.to_owned();
        desk.toasts.push(ToastOnShow {
            number,
            card: ToastCard { words, warning },
            until_s: f64::INFINITY,
            back,
        });
    }
}
