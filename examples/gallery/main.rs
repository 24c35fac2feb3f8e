//! Shows the parts and screens with invented data: `cargo run --example gallery -- [PAGE] [--dark] [--zoom FACTOR] [--size WxH]`.
//!
//! Nothing is opened and nothing is sent. Pages: parts, bench, stopped, small-hub, no-job, approve, pick-job, ladder, sandbox,
//! find, find-empty, find-none, unit-long, unit-absent, template-long, pasted, import, import-refused, import-columns,
//! import-working, import-done, export, labels, scans, edit, unit, review, templates, push, push-empty,
//! first-report, unit-waits, unit-late, unit-heard, talk, typing, typing-on, confirm-profile,
//! push-rehearsal, push-long, push-one, push-many, push-left, push-running, push-stopped, push-ended, push-sheet, slots, slots-matching,
//! template-draft, template-limit, template-released, to-do, to-do-empty, to-do-pushes, first, keys, options; with a carrier account: account,
//! account-waits, account-plan, account-day, account-swap, compare, compare-reading, compare-waiting, compare-unfinished, compare-never.
//! Moments between them: newer-version, set-aside, support, support-saved, leave, leaving, life-swap, life-return, life-retire, life-back,
//! toast, label-small. And before all: locked, checked, checked-rows, checked-failed.

mod account;
mod heard;
mod lists;
mod moments;
mod parts;
mod pushes;
mod sample;
mod templates;

use eframe::egui;
use fleetdesk::engine::{Event, Slot, SubscriptionStep, UnitsMeant};
use fleetdesk::preferences::ThemeChoice;
use fleetdesk::ui::choices::Choices;
use fleetdesk::ui::desk::{CarrierSwap, Desk, Dialog, Screen, SubscriptionForm, SwapForm};
use fleetdesk::ui::{Doors, Unlock, Window};
use std::sync::mpsc;

/// The page of parts.
#[derive(Default)]
struct Parts {
    typed: parts::Typed,
}

impl eframe::App for Parts {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        parts::show(ui, &mut self.typed);
    }
}

/// The question for the passphrase. Here no passphrase is right.
struct Locked(Unlock);

impl Default for Locked {
    fn default() -> Self {
        Self(Unlock::new(std::sync::Arc::new(|_| {
            Err("This is not the passphrase of the sealed file, or the file was changed. Nothing was opened; type it once more.".to_owned())
        })))
    }
}

impl eframe::App for Locked {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.0.show(ui);
    }
}

fn events(page: &str) -> Vec<Event> {
    let mut events = match page {
        "first" => vec![Event::Bench(fleetdesk::engine::BenchFacts {
            name: "Bench 2".into(),
            office: "North office".into(),
            ..Default::default()
        })],
        "no-job" | "pick-job" | "to-do-empty" => vec![sample::bench(false), sample::templates()],
        "small-hub" => {
            let mut events = vec![
                sample::bench(true),
                sample::job(),
                sample::status(),
                sample::templates(),
            ];
            let lanes = sample::lanes().into_iter().take(8);
            events.extend(lanes.map(|lane| Event::LaneChanged(Box::new(lane))));
            events.extend(sample::done_today());
            events
        }
        "sandbox" | "compare-waiting" => sample::office(true),
        _ => sample::office(false),
    };
    if page == "review" {
        events.push(Event::Reviews(sample::reviews()));
        events.push(Event::Agreement(fleetdesk::engine::Agreement {
            configured: true,
            agreed_at: Some(sample::now()),
            waiting: 2,
            need_you: 3,
            ..Default::default()
        }));
    }
    events.extend(sample::asked_or_typed(page));
    events.extend(heard::events(page));
    events.extend(lists::events(if page == "label-small" {
        "labels"
    } else {
        page
    }));
    events.extend(moments::events(page));
    events.extend(pushes::events(page));
    events.extend(templates::events(page));
    if page == "slots-matching" {
        events.push(Event::Slots(fleetdesk::engine::SlotFacts {
            hubs: vec![7, 3],
            matching: true,
            no_place: true,
        }));
    }
    let with_account = page.starts_with("account") || page.starts_with("compare");
    if with_account || page == "to-do" {
        let path = match page {
            "account-day" => "/rws/api/v1",
            _ => "/accountServices/resources/v1",
        };
        events.extend(account::facts(path));
    }
    events.extend(match page {
        "compare" => Some(account::compared()),
        "compare-reading" | "compare-waiting" => Some(account::reading(page == "compare-waiting")),
        "compare-unfinished" => Some(account::unfinished()),
        "account-waits" => account::waiting("Waiting for the carrier", "40 min, usual is 30"),
        _ => None,
    });
    if with_account || matches!(page, "unit" | "find-empty" | "edit") {
        events.extend(sample::unit_opened());
    }
    match page {
        "unit-long" => events.extend(heard::unit_of_long_texts()),
        "unit-absent" => events.extend(sample::unit_id("4821").map(Event::UnitAbsent)),
        _ => {}
    }
    events
}

fn prepare(page: &str, desk: &mut Desk) {
    match page {
        "stopped" => desk.chosen = Some(Slot(9)),
        "approve" => {
            desk.chosen = Some(Slot(4));
            desk.dialog = Some(Dialog::Approve(Slot(4)));
        }
        "needs-you" => desk.chosen = Some(Slot(4)),
        "first-report" => desk.chosen = Some(Slot(13)),
        "confirm-profile" => {
            desk.chosen = Some(Slot(4));
            desk.dialog = Some(Dialog::ConfirmProfile(Slot(4)));
        }
        "talk" | "typing-on" => {
            desk.chosen = Some(Slot(12));
            desk.pane_open = true;
        }
        "typing" => {
            desk.chosen = Some(Slot(12));
            desk.dialog = Some(Dialog::TypeToUnit(Slot(12)));
        }
        "pick-job" => desk.dialog = Some(Dialog::PickJob),
        "ladder" => {
            desk.dialog = Some(Dialog::Ladder);
            desk.ladder.light = true;
        }
        "keys" => desk.dialog = Some(Dialog::Keys),
        "options" => desk.dialog = Some(Dialog::Options),
        "slots" | "slots-matching" => desk.dialog = Some(Dialog::Slots),
        "find" | "find-empty" | "find-none" => {
            desk.screen = Screen::Find;
            desk.focus_search = true;
            desk.typed = match page {
                "find" => "4821".into(),
                "find-none" => "48219".into(),
                _ => String::new(),
            };
        }
        "unit" | "unit-waits" | "unit-late" | "unit-heard" | "account" | "account-waits" => {
            desk.screen = Screen::Unit;
        }
        "unit-long" => desk.screen = Screen::Unit,
        "unit-absent" => {
            desk.screen = Screen::Unit;
            desk.unit = sample::unit_id("4821");
        }
        "account-plan" | "account-day" | "account-swap" => {
            desk.screen = Screen::Unit;
            dialog_of_account(page, desk);
        }
        "compare" | "compare-reading" | "compare-waiting" | "compare-unfinished"
        | "compare-never" => desk.screen = Screen::Compare,
        "edit" => {
            desk.screen = Screen::Unit;
            desk.unit_form = lists::edited();
            desk.dialog = Some(Dialog::EditUnit);
        }
        "pasted" => {
            desk.screen = Screen::Find;
            desk.list_open = true;
        }
        "import" | "import-refused" | "import-columns" | "import-working" | "import-done" => {
            desk.screen = Screen::Import;
            desk.sheets.only_refused = page == "import-done";
        }
        "export" | "labels" => {
            desk.screen = Screen::Find;
            desk.sheets.units = Some((
                UnitsMeant::All,
                "the 412 units found by office:north".into(),
            ));
            desk.sheets.export_path = "fleetdesk-units-2026-11-22.xlsx".into();
            desk.sheets.label_path = "fleetdesk-labels-2026-11-22.pdf".into();
            let dialogs = [Dialog::Export, Dialog::Labels];
            desk.dialog = dialogs.into_iter().nth(usize::from(page == "labels"));
        }
        "review" => desk.screen = Screen::Review,
        _ if page.starts_with("push") => {
            desk.screen = Screen::Push;
            if page == "push-sheet" {
                desk.push.sheet_path = "Push Van standard v5 2026-11-22.xlsx".into();
                desk.dialog = Some(Dialog::PushSheet);
            }
        }
        "templates" | "template-draft" | "template-limit" | "template-long"
        | "template-released" => desk.screen = Screen::Templates,
        "to-do" | "to-do-empty" | "to-do-pushes" => desk.screen = Screen::ToDo,
        _ => desk.chosen = Some(Slot(6)),
    }
    desk.folds.talk = matches!(page, "stopped" | "talk" | "typing-on");
}

/// A step of the subscription of the unit that is shown.
fn dialog_of_account(page: &str, desk: &mut Desk) {
    let Some(Event::UnitOpened(shown)) = sample::unit_opened() else {
        return;
    };
    let unit = shown.unit.id;
    if page == "account-swap" {
        desk.swap_form = Some(SwapForm {
            unit,
            what: CarrierSwap::Sim,
            former_sim: None,
            typed: String::new(),
            asked: false,
        });
        desk.dialog = Some(Dialog::CarrierSwap);
        return;
    }
    let (step, plan) = match page {
        "account-plan" => (SubscriptionStep::Plan, "M2MLTE20"),
        _ => (SubscriptionStep::Deactivate, ""),
    };
    desk.subscription_form = Some(SubscriptionForm {
        unit,
        step,
        plan: plan.to_owned(),
        typed: String::new(),
        day: String::new(),
    });
    desk.dialog = Some(Dialog::Subscription);
}

fn window(page: &str, choices: Choices, ctx: &egui::Context) -> Window {
    let (told, events_of_window) = mpsc::channel();
    for event in events(page) {
        // The receiver lives as long as the window.
        let _ = told.send(event);
    }
    if page == "find-none" {
        let answer = fleetdesk::engine::SearchAnswer {
            query: "48219".into(),
            complete: true,
            ..Default::default()
        };
        let _ = told.send(Event::Searched(answer));
    }
    let doors = Doors {
        events: events_of_window,
        send: Box::new(|_| {}),
        keep: Box::new(|_| {}),
        play: Box::new(|_| {}),
        sound_works: Box::new(|| true),
        notify: Box::new(|_| {}),
        pretend_office: None,
    };
    let mut window =
        Window::new(ctx, choices, doors).with_clock(sample::now, jiff::tz::TimeZone::UTC);
    if !moments::prepare(page, window.desk_mut()) {
        prepare(page, window.desk_mut());
    }
    window
}

/// The value after `name` among the arguments.
fn option<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1).map(String::as_str)
}

fn main() -> eframe::Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let page = arguments
        .first()
        .filter(|page| !page.starts_with("--"))
        .cloned()
        .unwrap_or_else(|| "parts".into());
    let choices = Choices {
        theme: if arguments.iter().any(|argument| argument == "--dark") {
            ThemeChoice::Dark
        } else {
            ThemeChoice::Light
        },
        zoom: option(&arguments, "--zoom")
            .and_then(|zoom| zoom.parse().ok())
            .unwrap_or(1.0),
        sound: true,
        ..Choices::default()
    };
    let size = option(&arguments, "--size").and_then(|size| size.split_once('x'));
    let size = size.and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size(size.unwrap_or([1440.0, 900.0])),
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "Fleetdesk gallery",
        options,
        Box::new(move |creation| {
            let ctx = &creation.egui_ctx;
            let window = window(&page, choices, ctx);
            let app: Box<dyn eframe::App> = match page.as_str() {
                "parts" => Box::<Parts>::default(),
                "locked" => Box::new(Locked::default()),
                page if page.starts_with("checked") => Box::new(moments::Checked::new(page)),
                _ => Box::new(window),
            };
            Ok(app)
        }),
    )
}
