//! The table of found units, in groups by how they were found.

use crate::engine::SearchAnswer;
use crate::ui::desk::Area;
use crate::ui::draw::{Draw, Room};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, palette};
use crate::ui::unit_words::{registration_pill, state_pill, template};
use crate::ui::widgets::number::{found_in, paint_found};
use crate::ui::widgets::{Number, focus, key_cap, speak};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, Frame, Margin, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use fleet::UnitId;
use fleet::unit::Unit;

const ROW: f32 = 42.0;

/// How a unit was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A number ends with it.
    Ends,
    /// A number contains it.
    Contains,
    /// Vehicle, customer or note.
    Words,
}

/// Found units in their groups, in the order of the answer.
#[must_use]
pub fn grouped(answer: &SearchAnswer) -> Vec<(Group, Vec<&Unit>)> {
    let mut groups = vec![
        (Group::Ends, Vec::new()),
        (Group::Contains, Vec::new()),
        (Group::Words, Vec::new()),
    ];
    for unit in &answer.rows {
        let group = group_of(unit, answer.query.trim());
        if let Some((_, units)) = groups.iter_mut().find(|(each, _)| *each == group) {
            units.push(unit);
        }
    }
    groups.retain(|(_, units)| !units.is_empty());
    groups
}

fn numbers(unit: &Unit) -> impl Iterator<Item = &str> {
    let iccid = unit.iccid.as_ref().map(fleet::Iccid::as_str);
    let mdn = unit.mdn.as_ref().map(fleet::Mdn::as_str);
    [
        Some(unit.id.as_str()),
        iccid,
        mdn,
        unit.serial_number.as_deref(),
    ]
    .into_iter()
    .flatten()
}

fn group_of(unit: &Unit, query: &str) -> Group {
    let found =
        |number: &str| found_in(number, query).map(|range| range.end == number.chars().count());
    let best = numbers(unit).filter_map(found).max();
    match best {
        Some(true) => Group::Ends,
        Some(false) => Group::Contains,
        None => Group::Words,
    }
}

/// Draws the table; returns the unit that was opened.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, query: &str) -> Option<UnitId> {
    let palette = palette(ui);
    let columns = Columns::of(ui.available_width() - 32.0, draw.room);
    let groups = grouped(&draw.state.search);
    let mut opened = None;
    let mut index = 0;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::new()
            .inner_margin(Margin::symmetric(16, 0))
            .show(ui, |ui| {
                speak::region(ui, Role::Table, "Found units");
                ui.spacing_mut().item_spacing.y = 0.0;
                table_head(ui, palette, &columns);
                for (group, units) in &groups {
                    group_head(ui, palette, *group, query, units.len());
                    for unit in units {
                        let chosen = index == draw.desk.row;
                        let row = Row {
                            unit,
                            query,
                            chosen,
                            columns: &columns,
                        };
                        let response = row.show(ui, palette, draw);
                        if chosen {
                            draw.desk.area(Area::Main, response.id);
                        }
                        if response.double_clicked() || (response.clicked() && chosen) {
                            opened = Some(unit.id.clone());
                        } else if response.clicked() {
                            draw.desk.row = index;
                        }
                        index += 1;
                    }
                }
                keys(ui, palette, draw.state.search.total, index);
            });
    });
    opened
}

struct Columns {
    state: f32,
    set: f32,
    customer: f32,
    vehicle: f32,
    template: f32,
    carrier: Option<f32>,
}

impl Columns {
    fn of(width: f32, room: Room) -> Self {
        const UNIT: f32 = 212.0;
        const STATE: f32 = 128.0;
        const SET: f32 = 112.0;
        const CARRIER: f32 = 132.0;
        let carrier = room != Room::Narrow && width >= 860.0;
        let last = if carrier { width - CARRIER } else { width };
        let first = UNIT + STATE + SET;
        let rest = (last - first).max(200.0);
        Self {
            state: UNIT,
            set: UNIT + STATE,
            customer: first,
            vehicle: first + rest * 0.40,
            template: first + rest * 0.66,
            carrier: carrier.then_some(last),
        }
    }
}

fn table_head(ui: &mut Ui, palette: &Palette, columns: &Columns) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    let format = text::format(Size::Caption, Weight::Medium, palette.ink3);
    let head = |left: f32, words: &str| {
        let at = pos2(rect.left() + left + 8.0, rect.center().y);
        text::paint(ui.painter(), at, Align2::LEFT_CENTER, words, format.clone());
    };
    head(0.0, "Unit");
    head(columns.state, "State");
    head(columns.set, "Last set");
    head(columns.customer, "Customer");
    head(columns.vehicle, "Vehicle");
    head(columns.template, "Template");
    if let Some(carrier) = columns.carrier {
        head(carrier, "Carrier");
    }
    ui.painter().hline(
        rect.x_range(),
        rect.bottom(),
        Stroke::new(1.0, palette.line),
    );
}

fn group_head(ui: &mut Ui, palette: &Palette, group: Group, query: &str, count: usize) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::hover());
    let words = match group {
        Group::Ends => format!("Number ends with {query}"),
        Group::Contains => format!("Number contains {query}"),
        Group::Words => "Vehicle, customer, note".to_owned(),
    };
    let at = pos2(rect.left() + 8.0, rect.bottom() - 12.0);
    let format = text::format(Size::Caption, Weight::Semibold, palette.ink3);
    let title = text::paint(ui.painter(), at, Align2::LEFT_CENTER, &words, format);
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    text::paint(
        ui.painter(),
        pos2(title.right() + 4.0, at.y),
        Align2::LEFT_CENTER,
        &count.to_string(),
        format,
    );
    ui.painter().hline(
        rect.x_range(),
        rect.bottom(),
        Stroke::new(1.0, palette.line),
    );
    speak::tell(
        &response,
        Role::RowGroup,
        &format!("{words}, {count}"),
        |_| {},
    );
}

struct Row<'a> {
    unit: &'a Unit,
    query: &'a str,
    chosen: bool,
    columns: &'a Columns,
}

impl Row<'_> {
    fn show(&self, ui: &mut Ui, palette: &Palette, draw: &Draw<'_>) -> egui::Response {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        if self.chosen {
            ui.painter().rect_filled(rect, 0.0, palette.work.tint);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 0.0, palette.bg);
        }
        ui.painter().hline(
            rect.x_range(),
            rect.bottom(),
            Stroke::new(1.0, palette.line),
        );
        if ui.is_rect_visible(rect) {
            self.paint(ui, palette, rect, draw);
        }
        focus::ring(ui, &response, 2.0);
        speak::tell(&response, Role::Row, &self.spoken(), |node| {
            node.set_selected(self.chosen)
        });
        if self.chosen && response.has_focus() {
            ui.scroll_to_rect(rect, None);
        }
        response
    }

    fn spoken(&self) -> String {
        let mut words = vec![format!(
            "Unit ending {}",
            speak::spoken_ending(self.unit.id.as_str())
        )];
        words.extend(self.unit.model.clone());
        words.push(state_pill(self.unit.state).words);
        words.extend(self.unit.customer.clone());
        words.extend(self.unit.vehicle.clone());
        words.join(", ")
    }

    fn paint(&self, ui: &Ui, palette: &Palette, rect: Rect, draw: &Draw<'_>) {
        let painter = ui.painter();
        let y = rect.center().y;
        let x = |left: f32| rect.left() + left + 8.0;
        self.paint_unit(ui, palette, rect);
        state_pill(self.unit.state).paint(painter, palette, pos2(x(self.columns.state), y));
        let body = text::format(Size::Body, Weight::Regular, palette.ink);
        let faint = text::format(Size::Body, Weight::Regular, palette.ink3);
        let cell = |left: f32, end: f32, value: Option<&str>, none: &str| match value {
            Some(value) => {
                paint_found(
                    painter,
                    palette,
                    pos2(x(left), y),
                    value,
                    self.query,
                    body.clone(),
                    end - left - 16.0,
                );
            }
            None => {
                text::paint(
                    painter,
                    pos2(x(left), y),
                    Align2::LEFT_CENTER,
                    none,
                    faint.clone(),
                );
            }
        };
        let set = self
            .unit
            .provisioned_at
            .map(|at| words::when(at, draw.now, draw.zone));
        match &set {
            Some(set) => text::paint(
                painter,
                pos2(x(self.columns.set), y),
                Align2::LEFT_CENTER,
                set,
                body.clone(),
            ),
            None => text::paint(
                painter,
                pos2(x(self.columns.set), y),
                Align2::LEFT_CENTER,
                "never",
                faint.clone(),
            ),
        };
        let end = rect.width();
        cell(
            self.columns.customer,
            self.columns.vehicle,
            self.unit.customer.as_deref(),
            "no customer",
        );
        cell(
            self.columns.vehicle,
            self.columns.template,
            self.unit.vehicle.as_deref(),
            "none",
        );
        let template_end = self.columns.carrier.unwrap_or(end);
        cell(
            self.columns.template,
            template_end,
            template(self.unit).as_deref(),
            "none yet",
        );
        if let Some(carrier) = self.columns.carrier {
            registration_pill(self.unit.registration).paint(painter, palette, pos2(x(carrier), y));
        }
    }

    /// The number, and under it what else was found.
    fn paint_unit(&self, ui: &Ui, palette: &Palette, rect: Rect) {
        let painter = ui.painter();
        let left = rect.left() + 8.0;
        let id = self.unit.id.as_str();
        let second = self.second_line();
        let y = if second.is_some() {
            rect.center().y - 8.0
        } else {
            rect.center().y
        };
        Number::new(id).find(self.query).paint(
            painter,
            palette,
            pos2(left, y),
            Align2::LEFT_CENTER,
        );
        let at = pos2(left, rect.center().y + 10.0);
        match second {
            Some(Second::Number(name, number)) => {
                let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
                let name = text::paint(painter, at, Align2::LEFT_CENTER, name, format);
                let number = Number::new(number).find(self.query).quiet();
                number.paint(
                    painter,
                    palette,
                    pos2(name.right() + 4.0, at.y),
                    Align2::LEFT_CENTER,
                );
            }
            Some(Second::Note(note)) => {
                let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
                paint_found(
                    painter,
                    palette,
                    at,
                    note,
                    self.query,
                    format,
                    self.columns.state - 16.0,
                );
            }
            None => {}
        }
    }

    fn second_line(&self) -> Option<Second<'_>> {
        let unit = self.unit;
        if found_in(unit.id.as_str(), self.query).is_some() {
            return None;
        }
        let named = [
            ("ICCID", unit.iccid.as_ref().map(fleet::Iccid::as_str)),
            ("Phone", unit.mdn.as_ref().map(fleet::Mdn::as_str)),
            ("Serial", unit.serial_number.as_deref()),
        ];
        let number = named
            .into_iter()
            .filter_map(|(name, number)| number.map(|number| (name, number)))
            .find(|(_, number)| found_in(number, self.query).is_some());
        match (number, &unit.note) {
            (Some((name, number)), _) => Some(Second::Number(name, number)),
            (None, Some(note)) if found_in(note, self.query).is_some() => Some(Second::Note(note)),
            _ => None,
        }
    }
}

enum Second<'a> {
    Number(&'static str, &'a str),
    Note(&'a str),
}

fn keys(ui: &mut Ui, palette: &Palette, total: u64, shown: usize) {
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.add_space(4.0);
        let words = |ui: &mut Ui, words: &str| {
            ui.label(text::rich(
                words,
                Size::Caption,
                Weight::Regular,
                palette.ink2,
            ));
            ui.add_space(10.0);
        };
        key_cap::show(ui, "↑");
        key_cap::show(ui, "↓");
        words(ui, "choose");
        key_cap::show(ui, "Enter");
        words(ui, "open");
        key_cap::show(ui, "Ctrl C");
        words(ui, "copy the number");
        if total > shown as u64 {
            let more = format!(
                "The first {shown} of {}. Type more to see fewer.",
                words::count(total)
            );
            words(ui, &more);
        }
    });
    ui.add_space(8.0);
}

/// Draws the units that were opened lately; returns the one that was pressed.
pub fn opened_lately(ui: &mut Ui, units: &[Unit]) -> Option<UnitId> {
    if units.is_empty() {
        return None;
    }
    let palette = palette(ui);
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 13.0), Sense::hover());
    ui.painter().hline(
        line.x_range(),
        line.center().y,
        Stroke::new(1.0, palette.line),
    );
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let format = text::format(Size::Caption, Weight::Semibold, palette.ink3);
    text::paint(
        ui.painter(),
        rect.left_center(),
        Align2::LEFT_CENTER,
        "Opened lately",
        format,
    );
    let mut opened = None;
    for unit in units {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::click());
        let painter = ui.painter();
        if response.hovered() {
            painter.rect_filled(rect.expand2(vec2(6.0, 0.0)), 4.0, palette.bg);
        }
        let number = Number::new(unit.id.as_str()).paint(
            painter,
            palette,
            rect.left_center(),
            Align2::LEFT_CENTER,
        );
        let format = text::format(Size::Body, Weight::Regular, palette.ink3);
        let customer = unit
            .customer
            .as_deref()
            .or(unit.model.as_deref())
            .unwrap_or_default();
        let customer = text::cut_middle(
            painter,
            customer,
            &format,
            rect.right() - number.right() - 12.0,
        );
        text::paint(
            painter,
            rect.right_center(),
            Align2::RIGHT_CENTER,
            &customer,
            format,
        );
        focus::ring(ui, &response, 4.0);
        let spoken = format!(
            "Unit ending {}, {customer}",
            speak::spoken_ending(unit.id.as_str())
        );
        speak::tell(&response, Role::ListItem, &spoken, |_| {});
        if response.clicked() {
            opened = Some(unit.id.clone());
        }
    }
    ui.add_space(4.0);
    opened
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet::unit::UnitState;

    fn unit(imei: &str, note: Option<&str>) -> Unit {
        let id = UnitId::from_unit_answer(imei).unwrap().0;
        let mut unit = Unit::new(id, jiff::Timestamp::UNIX_EPOCH);
        unit.note = note.map(str::to_owned);
        unit.state = UnitState::Known;
        unit
    }

    #[test]
    fn units_are_grouped_by_how_they_were_found() {
        let answer = SearchAnswer {
            query: "2468".into(),
            rows: vec![
                unit("490154203237518", Some("spare for 2468")),
                unit("004999012632468", None),
                unit("352468081234567", None),
            ],
            total: 3,
            took_ms: 1.0,
        };
        let groups: Vec<Group> = grouped(&answer)
            .into_iter()
            .map(|(group, _)| group)
            .collect();
        assert_eq!(groups, [Group::Ends, Group::Contains, Group::Words]);
    }
}
