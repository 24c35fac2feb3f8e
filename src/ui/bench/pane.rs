//! One lane in full: who it is, how far, what changes, what to press.

use super::first_report;
use super::lanes::hub_of;
use super::look;
use super::pane_parts::{head, state_head};
use super::question;
use crate::engine::{Command, Lane, LaneState, Slot};
use crate::ui::desk::{Area, Dialog};
use crate::ui::draw::{Draw, Room};
use crate::ui::keys::{Act, cap};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{icon_table as icons, palette};
use crate::ui::widgets::{Button, FailureCard, bar, card, change_rows, empty, fold, stage_rail};
use crate::ui::words;
use egui::{Frame, Margin, Panel, ScrollArea, Ui};

/// Draws the pane.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let Some(slot) = draw.desk.shown_lane(draw.state) else {
        nothing(ui, draw);
        return;
    };
    let state = draw.state;
    let empty_lane = Lane::empty(slot, "");
    let lane = state.lanes.get(&slot).unwrap_or(&empty_lane);
    if lane.state == LaneState::Empty {
        let title = format!("Slot {slot} is empty");
        empty::show(
            ui,
            icons::PLUGS,
            &title,
            "Plug a unit here. It blinks at once, and answers within two seconds.",
            |_| {},
        );
        return;
    }
    let inset = if draw.room == Room::Wide { 20.0 } else { 14.0 };
    if lane.state.is_working() || lane.state == LaneState::Ready {
        let foot = Frame::new()
            .fill(palette(ui).surface)
            .inner_margin(Margin::symmetric(inset as i8, 12));
        Panel::bottom("pane foot")
            .resizable(false)
            .frame(foot)
            .show(ui, |ui| foot_buttons(ui, draw, lane));
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let inset_margin = Margin::symmetric(inset as i8, 0);
        Frame::new().inner_margin(inset_margin).show(ui, |ui| {
            let hub = hub_of(draw.state, slot);
            head(ui, lane, hub, draw.room);
        });
        card::separator(ui);
        Frame::new().inner_margin(inset_margin).show(ui, |ui| {
            ui.add_space(16.0);
            progress(ui, draw, lane);
            trouble(ui, lane);
            ui.add_space(14.0);
            stage_rail::show(ui, first_report::stages(lane, draw));
            ui.add_space(10.0);
        });
        if matches!(lane.state, LaneState::NeedsYou | LaneState::Stopped) {
            card::separator(ui);
            Frame::new()
                .inner_margin(Margin::symmetric(inset as i8, 14))
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 8.0;
                    question::show(ui, draw, lane);
                });
        }
        if !lane.changes.is_empty() {
            card::separator(ui);
            Frame::new().inner_margin(inset_margin).show(ui, |ui| {
                ui.add_space(12.0);
                changes(ui, draw, lane);
                ui.add_space(6.0);
            });
        }
        folds(ui, draw, lane, inset);
    });
}

fn nothing(ui: &mut Ui, draw: &mut Draw<'_>) {
    if draw.state.job.is_some() {
        let words = "Plug a unit into any slot. Scan its housing label to tick it.";
        empty::show(ui, icons::PLUGS, "No unit on the bench", words, |_| {});
        return;
    }
    let words = "Take a template, for whom, and how many. Until then units are only looked at, never written.";
    let pick = |ui: &mut Ui| {
        Button::primary("Pick a job")
            .key(cap(Act::PickJob))
            .show(ui)
            .clicked()
    };
    // One primary button a screen: the job line has it already.
    let pressed = empty::show(ui, icons::PACKAGE, "Pick a job to start", words, |ui| {
        draw.room == Room::Narrow && pick(ui)
    });
    if pressed {
        draw.desk.open(Dialog::PickJob);
    }
}

fn progress(ui: &mut Ui, draw: &Draw<'_>, lane: &Lane) {
    let mut second = first_report::second(lane, draw);
    if matches!(lane.state, LaneState::NeedsYou | LaneState::Stopped) {
        second.clear();
    }
    state_head(ui, lane, draw.now, &second);
    if let Some(share) = look::progress(lane, draw.now) {
        ui.add_space(10.0);
        let colour = palette(ui).work.line;
        let id = ui.unique_id().with("bar");
        let share = bar::glide(ui, id, share);
        bar::show(
            ui,
            egui::vec2(ui.available_width(), 6.0),
            share,
            colour,
            &lane.state.word(),
        );
    }
    if let Some(unit) = &lane.unit {
        let elsewhere = draw
            .state
            .agreement
            .who_has(&unit.id, unit.iccid.as_deref());
        if let Some(elsewhere) = elsewhere {
            ui.add_space(8.0);
            let words = format!(
                "{}. Set it here only when that bench has let go of it.",
                elsewhere.words(draw.zone)
            );
            crate::ui::widgets::why(ui, &words);
        }
        for warning in &unit.warnings {
            ui.add_space(8.0);
            crate::ui::widgets::why(ui, warning);
        }
    }
}

fn trouble(ui: &mut Ui, lane: &Lane) {
    let Some(advice) = &lane.advice else { return };
    ui.add_space(14.0);
    FailureCard::of(advice, lane.state != LaneState::Stopped).show(ui);
}

fn changes(ui: &mut Ui, draw: &mut Draw<'_>, lane: &Lane) {
    let title = words::several(lane.changes.len() as u64, "change", "changes");
    let version = lane.template.as_ref();
    let version = version.map(|(_, version)| format!("template v{version}"));
    change_rows::head(
        ui,
        &title,
        "on the unit",
        version.as_deref().unwrap_or("template"),
    );
    let few = if draw.room == Room::Wide || draw.desk.folds.changes {
        usize::MAX
    } else {
        6
    };
    for line in lane.changes.iter().take(few) {
        change_rows::row(ui, &look::row(line));
    }
    let more = lane.changes.len().saturating_sub(few);
    if more > 0 {
        let title = words::several(more as u64, "more change", "more changes");
        fold::row(ui, &mut draw.desk.folds.changes, &title, "", 0.0);
    }
    if lane.changes.iter().any(|line| line.change.guarded) {
        change_rows::guarded_note(ui);
    }
}

fn folds(ui: &mut Ui, draw: &mut Draw<'_>, lane: &Lane, inset: f32) {
    let folds = &mut draw.desk.folds;
    let margin = Margin::symmetric(inset as i8, 8);
    if !lane.already_right.is_empty() {
        let title = format!("{} already right", lane.already_right.len());
        fold::row(ui, &mut folds.right, &title, "", inset);
        if folds.right {
            for (name, value) in &lane.already_right {
                let value = value.to_string();
                let fact = card::Fact {
                    name,
                    value: &value,
                    ..card::Fact::default()
                };
                card::fact(ui, &fact, 160.0);
            }
        }
    }
    let note = carrier_words(lane);
    fold::row(ui, &mut folds.carrier, "Carrier", &note, inset);
    if folds.carrier {
        Frame::new()
            .inner_margin(margin)
            .show(ui, |ui| carrier(ui, draw, lane, &note));
    }
    let note = super::talk::note(&lane.talk);
    let open = &mut draw.desk.folds.talk;
    fold::row(ui, open, "Talk with the unit", &note, inset);
    if *open || lane.talk.typing {
        Frame::new()
            .inner_margin(margin)
            .show(ui, |ui| super::talk::show(ui, draw, lane));
    }
    card::separator(ui);
}

fn carrier_words(lane: &Lane) -> String {
    use fleet::registration::RegistrationState as R;
    match (&lane.carrier_note, lane.registration) {
        (Some(note), _) => note.clone(),
        (None, Some(R::Active)) => "Active".into(),
        (None, Some(R::Pending)) => "Accepted, activation runs".into(),
        (None, Some(R::Owed)) => "Owed, told by itself".into(),
        (None, Some(R::Skipped)) => "Not wanted for this unit".into(),
        (None, Some(R::Refused)) => "Refused".into(),
        (None, Some(R::Suspended)) => "Suspended at the carrier".into(),
        (None, Some(R::Ended)) => "Its subscription has ended".into(),
        (None, None) => "Not asked yet".into(),
    }
}

fn carrier(ui: &mut Ui, draw: &Draw<'_>, lane: &Lane, note: &str) {
    let palette = palette(ui);
    let account = draw
        .state
        .bench
        .carrier
        .as_deref()
        .unwrap_or("No carrier account on this PC");
    ui.label(text::rich(account, Size::Body, Weight::Medium, palette.ink));
    ui.label(text::rich(
        note,
        Size::Caption,
        Weight::Regular,
        palette.ink2,
    ));
    if let Some(iccid) = lane.unit.as_ref().and_then(|unit| unit.iccid.as_deref()) {
        ui.add_space(6.0);
        ui.label(text::rich(
            "ICCID",
            Size::Caption,
            Weight::Regular,
            palette.ink3,
        ));
        crate::ui::widgets::Number::new(iccid).show(ui);
    }
}

fn foot_buttons(ui: &mut Ui, draw: &mut Draw<'_>, lane: &Lane) {
    if lane.state == LaneState::Ready {
        let off = if draw.state.job.is_none() {
            Some("Pick a job first.")
        } else if lane.talk.typing {
            Some("Switch typing off first.")
        } else {
            None
        };
        ui.horizontal(|ui| {
            let start = Button::new("Start this lane")
                .key(cap(Act::Enter))
                .off(off)
                .show(ui);
            draw.desk.area(Area::Pane, start.id);
            if start.clicked() {
                draw.wish(Command::Start(lane.slot));
            }
            if let Some(reason) = off {
                crate::ui::widgets::why(ui, reason);
            }
        });
        return;
    }
    if lane.state == LaneState::Looking {
        crate::ui::widgets::why(
            ui,
            "Nothing is written to anything that has not answered as a known unit.",
        );
        return;
    }
    let stop = Button::new("Stop safely").key(cap(Act::Escape)).show(ui);
    draw.desk.area(Area::Pane, stop.id);
    if stop.clicked() {
        draw.wish(Command::Stop(lane.slot));
    }
}

/// The pane as one line, where there is little room.
pub fn strip(ui: &mut Ui, draw: &mut Draw<'_>) {
    let slot = draw.desk.shown_lane(draw.state);
    let lane = slot.and_then(|slot: Slot| draw.state.lanes.get(&slot));
    let open = draw.desk.pane_open;
    if super::pane_parts::strip(ui, lane, draw.now, open) {
        draw.desk.pane_open = !open;
    }
}
