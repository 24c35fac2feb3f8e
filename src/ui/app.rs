//! The window itself: takes events, draws, sends wishes. It waits for nothing.

use super::all_done::AllDone;
use super::announce::Announcer;
use super::choices::Choices;
use super::desk::{Area, Desk, Dialog, Screen, WayBack};
use super::draw::{Draw, Room};
use super::keys::Keyboard;
use super::scanner::Scanner;
use super::sound::Sound;
use super::widgets::{ToastCard, field, focus, paging, speak};
use super::{
    acts, bench, dialogs, find, first_start, frame, keys, push, review, scans, sheets, templates,
    theme, to_do, unit, walk,
};
use crate::engine::{Command, Event, LabelWish, LaneState, Slot, State};
use egui::accesskit::{Live, Role};
use egui::{
    CentralPanel, Context, EventFilter, FocusDirection, Frame, Key, Modifiers, Rect, Ui,
    UserAttentionType, ViewportCommand,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Seconds that words stay for somebody who is elsewhere.
const AWAY_S: f64 = 600.0;

/// What the window is connected to.
pub struct Doors {
    /// What the engine tells.
    pub events: Receiver<Event>,
    /// Where wishes go. Must not wait.
    pub send: Box<dyn Fn(Command)>,
    /// Keeps the choices of the window. Must not wait.
    pub keep: Box<dyn Fn(&Choices)>,
    /// Plays a sound. Must not wait.
    pub play: Box<dyn Fn(Sound)>,
    /// Whether sounds can be heard here.
    pub sound_works: Box<dyn Fn() -> bool>,
    /// Has the system tell whoever looks elsewhere. Must not wait.
    pub notify: Box<dyn Fn(&str)>,
    /// Starts a pretend office beside this one, where that is possible.
    pub pretend_office: Option<Box<dyn Fn()>>,
}

/// The window.
pub struct Window {
    state: State,
    desk: Desk,
    doors: Doors,
    scanner: Scanner,
    held: keys::Held,
    announcer: Announcer,
    all_done: AllDone,
    /// Something was told while nobody looked.
    told_away: bool,
    zone: TimeZone,
    clock: fn() -> Timestamp,
}

impl Window {
    /// A window connected to `doors`. The fonts and styles are given to `ctx`.
    pub fn new(ctx: &Context, choices: Choices, doors: Doors) -> Self {
        theme::install(ctx);
        choices.apply(ctx);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let desk = Desk {
            choices,
            ..Desk::default()
        };
        Self {
            state: State::default(),
            desk,
            doors,
            scanner: Scanner::default(),
            held: keys::Held::default(),
            announcer: Announcer::default(),
            all_done: AllDone::default(),
            told_away: false,
            zone: TimeZone::system(),
            clock: Timestamp::now,
        }
    }

    /// Another clock and zone than the system's, so that pictures and tests are the same every day.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> Timestamp, zone: TimeZone) -> Self {
        self.clock = clock;
        self.zone = zone;
        self
    }

    /// What it was told.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Says something that is to be read when somebody looks, as it is said at the beginning.
    pub fn say_at_start(&mut self, ctx: &Context, words: String) {
        // The check of the inventory before it may have taken long.
        let now_s = ctx.input(|input| input.time);
        self.desk.say(words, now_s + AWAY_S);
    }

    /// What it remembers, to begin elsewhere than at the bench.
    pub fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }

    /// Takes everything the engine told since the last time.
    pub fn take_events(&mut self, ctx: &Context) {
        let now_s = ctx.input(|input| input.time);
        let mut sounds = Vec::new();
        let mut labels = Vec::new();
        let mut opened_by_scan = None;
        while let Ok(event) = self.doors.events.try_recv() {
            if let Event::LaneChanged(lane) = &event {
                let before = self.state.lanes.get(&lane.slot).map(|lane| &lane.state);
                let was_empty = before.is_none_or(|before| *before == LaneState::Empty);
                if was_empty && lane.state == LaneState::Looking {
                    self.desk.plugged.insert(lane.slot, now_s);
                }
                let pulled = !was_empty && lane.state == LaneState::Empty;
                if pulled && self.desk.chosen == Some(lane.slot) {
                    self.desk.chosen = None;
                }
                if before != Some(&lane.state) {
                    sounds.extend(Sound::of(&lane.state));
                }
                self.announcer.lane_changed(before, lane);
                labels.extend(self.desk.label_due(lane));
            }
            if let Event::Scans(seen) = &event {
                let answered = self.desk.scans.answered(seen, now_s);
                if let Some((scan, from)) = answered {
                    sounds.push(if scan.good { Sound::Tick } else { Sound::Low });
                    opened_by_scan = scan.unit.clone().filter(|_| from.scan_opens());
                }
            }
            if let Event::EditedNothing(unit) = &event {
                let _ = self.desk.edited.answered(unit);
            }
            if matches!(event, Event::Rehearsed(_)) {
                self.desk.push.asked = false;
            }
            let opened = match &event {
                Event::TemplateOpened(page) => Some((page.name.clone(), page.version)),
                _ => None,
            };
            self.state.apply(event);
            if let Some(opened) = opened {
                self.desk.opened_template(&self.state, opened);
            }
        }
        for toast in std::mem::take(&mut self.state.toasts) {
            self.announcer.say(&toast.text, now_s);
            if toast.warning {
                sounds.push(Sound::Low);
            }
            let card = ToastCard {
                words: toast.text,
                warning: toast.warning,
            };
            let back = match (toast.undo, &toast.unit) {
                (Some(wish), _) => Some(WayBack::Template(wish)),
                (None, Some(unit)) => {
                    let edited = self.desk.edited.answered(unit);
                    // It was not kept: there is nothing to take back.
                    edited.filter(|_| !card.warning).map(WayBack::Edit)
                }
                (None, None) => None,
            };
            self.desk.put_on_show(card, now_s + frame::TOAST_S, back);
        }
        for (unit, size) in labels {
            (self.doors.send)(Command::Label(LabelWish::PrintOf(unit, size)));
        }
        if let Some(unit) = opened_by_scan.filter(|_| self.desk.dialog.is_none())
            && self.desk.unit.as_ref() != Some(&unit)
        {
            self.desk.unit = Some(unit.clone());
            self.desk.screen = Screen::Unit;
            (self.doors.send)(Command::OpenUnit(unit));
        }
        if let Some(told) = self.all_done.look(&self.state.lanes) {
            self.tell_away(ctx, told, now_s);
        }
        self.play(sounds);
        self.desk.plugged.retain(|_, at| now_s - *at < 1.0);
        self.forget_what_is_gone();
        self.leave(ctx);
    }

    /// Whoever looks elsewhere is called back: the system marks the window, and the words stay until somebody looks.
    fn tell_away(&mut self, ctx: &Context, told: String, now_s: f64) {
        self.announcer.say(&told, now_s);
        if ctx.input(|input| input.focused) {
            return;
        }
        if self.desk.choices.notify {
            (self.doors.notify)(&told);
        }
        ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(
            UserAttentionType::Informational,
        ));
        self.desk.say(told, now_s + AWAY_S);
        self.told_away = true;
    }

    /// Words that stayed for somebody who was elsewhere stay as long as any others once that person is back.
    fn somebody_looks(&mut self, ui: &Ui) {
        let by_hand = |event: &egui::Event| {
            use egui::Event::{Key, PointerButton, Text};
            matches!(event, Key { .. } | PointerButton { .. } | Text(_))
        };
        let (looks, now_s) = ui.input(|input| {
            let looks = input.focused || input.events.iter().any(by_hand);
            (looks, input.time)
        });
        if looks && std::mem::take(&mut self.told_away) {
            for toast in &mut self.desk.toasts {
                toast.until_s = toast.until_s.min(now_s + frame::TOAST_S);
            }
        }
    }

    /// Each kind of sound once: eight lanes that are done together sound like one.
    fn play(&mut self, sounds: Vec<Sound>) {
        self.desk.sound_works = (self.doors.sound_works)();
        if !self.desk.choices.sound {
            return;
        }
        let mut played = Vec::new();
        for sound in sounds {
            if !played.contains(&sound) {
                (self.doors.play)(sound);
                played.push(sound);
            }
        }
    }

    /// A chosen lane that lost its unit is no longer chosen; an answered question closes its dialog.
    fn forget_what_is_gone(&mut self) {
        let waiting = |slot: &Slot| {
            self.state
                .lanes
                .get(slot)
                .is_some_and(|lane| lane.question.is_some())
        };
        if let Some(Dialog::Approve(slot) | Dialog::ConfirmProfile(slot)) = &self.desk.dialog
            && !waiting(slot)
        {
            self.desk.dialog = None;
        }
        // Matching ends by a word of its own, never by the way; its dialog ends with it.
        let matching = self.state.slots.matching;
        if matching && self.desk.dialog.is_none() {
            self.desk.open(Dialog::Slots);
        }
        if std::mem::replace(&mut self.desk.matching, matching)
            && !matching
            && self.desk.dialog == Some(Dialog::Slots)
        {
            self.desk.dialog = None;
        }
        let last = self.state.templates.len().saturating_sub(1);
        self.desk.template = self.desk.template.min(last);
    }

    fn leave(&mut self, ctx: &Context) {
        if self.state.ended {
            ctx.send_viewport_cmd(ViewportCommand::Close);
            return;
        }
        if !ctx.input(|input| input.viewport().close_requested()) {
            return;
        }
        ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        let mut commands = Vec::new();
        let mut draw = Draw {
            state: &self.state,
            desk: &mut self.desk,
            commands: &mut commands,
            now: (self.clock)(),
            zone: &self.zone,
            room: Room::of(ctx.content_rect().width()),
        };
        // What is typed is asked for first, or kept.
        if !dialogs::may_leave(&mut draw) {
            ctx.request_repaint();
            return;
        }
        templates::keep_all(&mut draw);
        for command in commands {
            (self.doors.send)(command);
        }
        let working = self
            .state
            .lanes
            .values()
            .any(|lane| lane.state.is_working() && lane.state != LaneState::Looking);
        if !working && !self.desk.leaving {
            self.desk.leaving = true;
            (self.doors.send)(Command::Quit);
        }
        self.desk.open(Dialog::Leave);
    }

    /// Draws everything and sends what was wished.
    pub fn draw(&mut self, ui: &mut Ui) {
        self.somebody_looks(ui);
        let acts = self.input(ui);
        let mut commands = Vec::new();
        let now = (self.clock)();
        self.desk.areas.clear();
        let mut draw = Draw {
            state: &self.state,
            desk: &mut self.desk,
            commands: &mut commands,
            now,
            zone: &self.zone,
            room: Room::of(ui.ctx().content_rect().width()),
        };
        let now_s = ui.input(|input| input.time);
        let mut filled = Vec::new();
        for scan in acts.scans {
            if scans::scanned(&mut draw, scan, now_s) {
                filled.push(Sound::Tick);
            }
        }
        // Keys act on what was drawn last, so their areas are those of the last frame.
        draw.desk.areas = acts.areas;
        for act in acts.acts {
            acts::perform(ui, &mut draw, act);
        }
        draw.desk.areas.clear();
        let _ = focus::take_order(ui.ctx());
        screens(ui, &mut draw);
        draw.desk.walk.drawn(ui.ctx(), &mut draw.desk.areas);
        hold_arrows(ui);
        paging::forget(ui.ctx());
        let _ = field::take_entered(ui.ctx());
        self.play(filled);
        let sandbox = self.state.bench.sandbox;
        if sandbox {
            frame::sandbox_frame(ui);
        }
        self.say(ui);
        self.finish(ui, commands);
    }

    /// Takes scans and keys out of the input before any widget sees them.
    fn input(&mut self, ui: &Ui) -> Taken {
        let ctx = ui.ctx();
        let areas = std::mem::take(&mut self.desk.areas);
        let mut taken = Taken {
            scans: Vec::new(),
            acts: Vec::new(),
            areas,
        };
        if ctx.current_pass_index() > 0 {
            return taken;
        }
        let typing = ctx.text_edit_focused();
        let sifted = ctx.input_mut(|input| {
            let events = self.held.sift(std::mem::take(&mut input.events), typing);
            let sifted = self
                .scanner
                .sift(events, input.time, f64::from(input.unstable_dt));
            input.events.clone_from(&sifted.pass);
            sifted
        });
        if let Some(again) = sifted.again_in_s {
            ctx.request_repaint_after(Duration::from_secs_f64(again.clamp(0.001, 0.1)));
        }
        if sifted.ended_in_tab {
            ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
        }
        taken.scans = sifted.scans;
        let keyboard = self.keyboard(ctx);
        taken.acts = keys::take(ctx, keyboard, &mut self.held);
        self.first_tab(ctx);
        if taken
            .acts
            .iter()
            .any(|act| matches!(act, keys::Act::Move(..)))
        {
            ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
        }
        taken
    }

    /// Where nothing has the keyboard, as after a change of page, Tab begins with the page and not with the bottom line.
    fn first_tab(&self, ctx: &Context) {
        let idle = ctx.memory(|memory| memory.focused()).is_none();
        let Some(first) = self.desk.walk.first().filter(|_| idle) else {
            return;
        };
        if self.desk.dialog.is_some() || egui::Popup::is_any_open(ctx) {
            return;
        }
        // Shift Tab goes to the last thing, as egui does by itself.
        let tab = |input: &mut egui::InputState| {
            !input.modifiers.shift && input.consume_key(Modifiers::NONE, Key::Tab)
        };
        if ctx.input_mut(tab) {
            ctx.memory_mut(|memory| {
                memory.move_focus(FocusDirection::None);
                memory.request_focus(first);
            });
        }
    }

    /// What the keyboard is on.
    fn keyboard(&self, ctx: &Context) -> Keyboard {
        let focused = ctx.memory(|memory| memory.focused());
        let lanes = self.state.lanes.keys().map(|slot| bench::lane_id(slot.0));
        let on_lane = focused.is_some_and(|id| lanes.into_iter().any(|lane| lane == id));
        let typing = ctx.text_edit_focused();
        let in_find = typing && self.desk.screen == Screen::Find && self.desk.dialog.is_none();
        Keyboard {
            typing,
            on_button: focused.is_some() && !on_lane && !typing,
            enter_passes: in_find,
            copy_passes: in_find && !field::search_has_selection(ctx),
            choosing: egui::Popup::is_any_open(ctx),
        }
    }

    /// The one live region, read by screen readers and seen by nobody.
    fn say(&mut self, ui: &Ui) {
        let now_s = ui.input(|input| input.time);
        let (sentence, urgent) = self.announcer.sentence(now_s);
        let sentence = sentence.to_owned();
        let place = Rect::from_min_size(ui.max_rect().min, egui::vec2(1.0, 1.0));
        let id = speak::note(ui, place, "live region", Role::Log, &sentence);
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_live(if urgent {
                Live::Assertive
            } else {
                Live::Polite
            });
        });
        if self.announcer.is_waiting() {
            ui.ctx().request_repaint_after(Duration::from_millis(300));
        }
    }

    fn finish(&mut self, ui: &Ui, commands: Vec<Command>) {
        for command in commands {
            (self.doors.send)(command);
        }
        if std::mem::take(&mut self.desk.choices_changed) {
            self.desk.choices.apply(ui.ctx());
            (self.doors.keep)(&self.desk.choices);
        }
        if std::mem::take(&mut self.desk.wants_pretend_office) {
            self.pretend_office(ui);
        }
        let lanes_move = self
            .state
            .lanes
            .values()
            .any(|lane| lane.state.is_working());
        let bench_moves =
            self.desk.screen == Screen::Bench && (lanes_move || !self.desk.plugged.is_empty());
        let ladder = self.desk.dialog == Some(Dialog::Ladder);
        if bench_moves || ladder {
            ui.ctx().request_repaint_after(Duration::from_millis(100));
        } else {
            // '2 min ago' grows old by itself.
            ui.ctx().request_repaint_after(Duration::from_secs(20));
        }
    }

    fn pretend_office(&mut self, ui: &Ui) {
        let words = match &self.doors.pretend_office {
            Some(start) => {
                start();
                "The pretend office opens in a window of its own"
            }
            None => "Start it with: fleetdesk demo",
        };
        let until_s = ui.input(|input| input.time) + frame::TOAST_S;
        self.desk.say(words.into(), until_s);
    }
}

struct Taken {
    scans: Vec<String>,
    acts: Vec<keys::Act>,
    areas: std::collections::BTreeMap<Area, egui::Id>,
}

/// Arrow keys choose lanes and rows, and Escape ends what lies on top: egui must not carry the keyboard away with them. In an open list
/// the arrows are the list's.
fn hold_arrows(ui: &Ui) {
    if let Some(focused) = ui.memory(|memory| memory.focused())
        && !ui.ctx().text_edit_focused()
    {
        let arrows = !egui::Popup::is_any_open(ui.ctx());
        let filter = EventFilter {
            horizontal_arrows: arrows,
            vertical_arrows: arrows,
            tab: false,
            escape: true,
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(focused, filter));
    }
}

fn screens(ui: &mut Ui, draw: &mut Draw<'_>) {
    let ground = frame::ground(ui, draw.state.bench.sandbox);
    CentralPanel::default().frame(ground).show(ui, |ui| {
        if draw.desk.screen != Screen::Templates {
            templates::left(draw);
        }
        // What had the keyboard on the page that was left has it no more, whatever stands in its place now.
        if draw.desk.walk.is_left_for(draw.desk.screen) {
            walk::forget_keyboard(ui);
        }
        frame::status_line(ui, draw);
        scans::line(ui, draw);
        frame::rail(ui, draw);
        draw.desk.walk.page_begins(ui.ctx(), draw.desk.screen);
        CentralPanel::default()
            .frame(Frame::new())
            .show(ui, |ui| match draw.desk.screen {
                Screen::Bench if first_start::is_first(draw.state) => first_start::show(ui, draw),
                Screen::Bench => bench::show(ui, draw),
                Screen::Find => find::show(ui, draw),
                Screen::Unit => unit::show(ui, draw),
                Screen::Import => sheets::incoming::show(ui, draw),
                Screen::Templates => templates::show(ui, draw),
                Screen::ToDo => to_do::show(ui, draw),
                Screen::Compare => super::compare::show(ui, draw),
                Screen::Review => review::show(ui, draw),
                Screen::Push => push::show(ui, draw),
            });
        draw.desk.walk.page_ends(ui.ctx());
        dialogs::show(ui, draw);
        frame::toasts(ui, draw);
        scans::word(ui, draw);
    });
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.take_events(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }
}
