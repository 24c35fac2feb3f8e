//! The table of found units, in groups by how they were found.

use super::foot;
use crate::engine::{Command, Group, PAGE, UnitLine};
use crate::ui::desk::Area;
use crate::ui::draw::{Draw, Room};
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::theme::{Palette, icon_table as icons, palette};
use crate::ui::unit_words::{registration_pill, state_pill, template};
use crate::ui::widgets::number::{found_in, paint_found};
use crate::ui::widgets::{Number, focus, paging, speak};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{Align2, Frame, Margin, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use fleet::UnitId;
use fleet::query::Query;
use fleet::unit::Unit;

const ROW: f32 = 42.0;

/// Draws the table; returns the unit that was opened. Only the rows in sight are looked at, however many there are.
pub fn show(ui: &mut Ui, draw: &mut Draw<'_>, query: &str) -> Option<UnitId> {
    let palette = palette(ui);
    let columns = Columns::of(ui.available_width() - 32.0, draw.room);
    let marked = marked(query);
    let mut opened = None;
    Frame::new()
        .inner_margin(Margin::symmetric(16, 0))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            table_head(ui, palette, &columns);
            let foot = ui.available_height() - FOOT;
            let table = Table {
                places: Places::of(&draw.state.search.groups()),
                columns: &columns,
                marked: &marked,
            };
            ScrollArea::vertical()
                .auto_shrink(false)
                .max_height(foot.max(ROW))
                .show_viewport(ui, |ui, viewport| {
                    paging::turn(ui);
                    speak::region(ui, Role::Table, "Found units");
                    opened = table.show(ui, draw, viewport);
                });
            foot::show(ui, draw, query);
        });
    opened
}

const FOOT: f32 = 40.0;
const GROUP_HEAD: f32 = 34.0;

/// The first word, which is what is marked in numbers and texts.
fn marked(query: &str) -> String {
    let words = Query::parse(query).unwrap_or_default().words;
    let readings = words.concat();
    if words.len() > 1 && readings.chars().all(|each| each.is_ascii_digit()) {
        return readings;
    }
    words.into_iter().next().unwrap_or_default()
}

/// Where heads and rows stand, without a list of them.
struct Places {
    /// Group, its first row, its rows, its top.
    groups: Vec<(Group, usize, usize, f64)>,
    height: f64,
}

impl Places {
    fn of(groups: &[(Group, usize)]) -> Self {
        let (mut first, mut height) = (0, 0.0);
        let mut places = Vec::new();
        for (group, rows) in groups {
            places.push((*group, first, *rows, height));
            first += rows;
            height += f64::from(GROUP_HEAD) + *rows as f64 * f64::from(ROW);
        }
        Self {
            groups: places,
            height,
        }
    }

    fn top_of(&self, row: usize) -> Option<f64> {
        let (_, first, _, top) = self
            .groups
            .iter()
            .find(|(_, first, rows, _)| (*first..first + rows).contains(&row))?;
        Some(top + f64::from(GROUP_HEAD) + (row - first) as f64 * f64::from(ROW))
    }
}

struct Table<'a> {
    places: Places,
    columns: &'a Columns,
    marked: &'a str,
}

impl Table<'_> {
    fn show(&self, ui: &mut Ui, draw: &mut Draw<'_>, viewport: Rect) -> Option<UnitId> {
        let palette = palette(ui);
        ui.set_height(self.places.height as f32);
        let left = ui.max_rect().left();
        let width = ui.available_width();
        // Counted from what is in sight: far down in a long list single precision would let rows jump.
        let seen = ui.clip_rect().top();
        let at = |top: f64, height: f32| {
            let y = seen + (top - f64::from(viewport.top())) as f32;
            Rect::from_min_size(pos2(left, y), vec2(width, height))
        };
        if std::mem::take(&mut draw.desk.row_moved)
            && let Some(top) = self.places.top_of(draw.desk.row)
        {
            let row = at(top, ROW);
            let with_head = if draw.desk.row == 0 { GROUP_HEAD } else { 0.0 };
            ui.scroll_to_rect(row.expand2(vec2(0.0, with_head)), None);
        }
        let mut opened = None;
        let mut missing = std::collections::BTreeSet::new();
        for (group, first, rows, top) in &self.places.groups {
            let begin = f64::from(viewport.top()) - top - f64::from(GROUP_HEAD);
            let end = f64::from(viewport.bottom()) - top - f64::from(GROUP_HEAD);
            if begin <= 0.0 && end >= -f64::from(GROUP_HEAD) {
                group_head(
                    ui,
                    palette,
                    at(*top, GROUP_HEAD),
                    *group,
                    self.marked,
                    *rows,
                );
            }
            let from = (begin / f64::from(ROW)).floor().max(0.0) as usize;
            let to = ((end / f64::from(ROW)).ceil().max(0.0) as usize).min(*rows);
            for place in from.min(*rows)..to {
                let row = first + place;
                let rect = at(
                    top + f64::from(GROUP_HEAD) + place as f64 * f64::from(ROW),
                    ROW,
                );
                let Some(line) = draw.state.search.line(row) else {
                    missing.insert(row / PAGE);
                    continue;
                };
                let chosen = row == draw.desk.row;
                let shown = Row {
                    line,
                    query: self.marked,
                    chosen,
                    columns: self.columns,
                };
                let response = shown.show(ui, palette, draw, rect, row);
                if chosen {
                    draw.desk.area(Area::Main, response.id);
                }
                if response.double_clicked() || (response.clicked() && chosen) {
                    opened = Some(line.unit.id.clone());
                } else if response.clicked() {
                    draw.desk.row = row;
                }
            }
        }
        ask_for(draw, missing);
        opened
    }
}

/// Asks for pages that are in sight and not there, each once; pages that were let go are asked for again.
fn ask_for(draw: &mut Draw<'_>, missing: std::collections::BTreeSet<usize>) {
    let query = &draw.state.search.query;
    let (of, asked) = &mut draw.desk.pages_asked;
    if of != query {
        of.clone_from(query);
        asked.clear();
    }
    asked.retain(|page| missing.contains(page));
    let new: Vec<usize> = missing.difference(asked).copied().collect();
    asked.extend(&new);
    for page in new {
        draw.wish(Command::ShowRows(page));
    }
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
    head(columns.set, "Last report");
    head(columns.customer, "Customer");
    head(columns.vehicle, "Plate");
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

fn group_head(ui: &Ui, palette: &Palette, rect: Rect, group: Group, query: &str, count: usize) {
    let words = match group {
        Group::Ends => format!("Number ends with {query}"),
        Group::Contains => format!("Number contains {query}"),
        Group::Words => "Plate, customer, note".to_owned(),
        Group::Fields => "Newest first".to_owned(),
    };
    let at = pos2(rect.left() + 8.0, rect.bottom() - 12.0);
    let format = text::format(Size::Caption, Weight::Semibold, palette.ink3);
    let title = text::paint(ui.painter(), at, Align2::LEFT_CENTER, &words, format);
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let count = words::count(count as u64);
    text::paint(
        ui.painter(),
        pos2(title.right() + 4.0, at.y),
        Align2::LEFT_CENTER,
        &count,
        format,
    );
    ui.painter().hline(
        rect.x_range(),
        rect.bottom(),
        Stroke::new(1.0, palette.line),
    );
    let spoken = format!("{words}, {count}");
    speak::note(ui, rect, ("group", group as usize), Role::RowGroup, &spoken);
}

struct Row<'a> {
    line: &'a UnitLine,
    query: &'a str,
    chosen: bool,
    columns: &'a Columns,
}

impl Row<'_> {
    fn show(
        &self,
        ui: &mut Ui,
        palette: &Palette,
        draw: &Draw<'_>,
        rect: Rect,
        row: usize,
    ) -> egui::Response {
        let response = ui.interact(rect, egui::Id::unique(("found", row)), Sense::click());
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
        self.paint(ui, palette, rect, draw);
        focus::ring(ui, &response, 2.0);
        speak::tell(&response, Role::Row, &self.spoken(), |node| {
            node.set_selected(self.chosen)
        });
        response
    }

    fn spoken(&self) -> String {
        let mut words = vec![format!(
            "Unit ending {}",
            speak::spoken_ending(self.line.unit.id.as_str())
        )];
        words.extend(self.line.unit.model.clone());
        words.push(state_pill(self.line.unit.state).words);
        words.extend(self.line.unit.customer.clone());
        words.extend(self.line.unit.vehicle.clone());
        words.join(", ")
    }

    fn paint(&self, ui: &Ui, palette: &Palette, rect: Rect, draw: &Draw<'_>) {
        let painter = ui.painter();
        let y = rect.center().y;
        let x = |left: f32| rect.left() + left + 8.0;
        self.paint_unit(ui, palette, rect);
        state_pill(self.line.unit.state).paint(painter, palette, pos2(x(self.columns.state), y));
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
        let heard = self
            .line
            .reported_at
            .map(|at| words::when(at, draw.now, draw.zone));
        let (heard, format) = match &heard {
            Some(heard) => (heard.as_str(), body.clone()),
            None => ("never", faint.clone()),
        };
        let at = pos2(x(self.columns.set), y);
        text::paint(painter, at, Align2::LEFT_CENTER, heard, format);
        let end = rect.width();
        cell(
            self.columns.customer,
            self.columns.vehicle,
            self.line.unit.customer.as_deref(),
            "no customer",
        );
        cell(
            self.columns.vehicle,
            self.columns.template,
            self.line.unit.vehicle.as_deref(),
            "none",
        );
        let template_end = self.columns.carrier.unwrap_or(end);
        let mark = if self.line.drifts { 20.0 } else { 0.0 };
        if self.line.drifts {
            let at = pos2(x(self.columns.template) + 7.0, y);
            icons::NOT_EQUALS_BOLD.paint(painter, at, 14.0, palette.person.line);
        }
        cell(
            self.columns.template + mark,
            template_end,
            template(&self.line.unit).as_deref(),
            "none yet",
        );
        if let Some(carrier) = self.columns.carrier {
            registration_pill(self.line.unit.registration).paint(
                painter,
                palette,
                pos2(x(carrier), y),
            );
        }
    }

    /// The number, and under it what else was found.
    fn paint_unit(&self, ui: &Ui, palette: &Palette, rect: Rect) {
        let painter = ui.painter();
        let left = rect.left() + 8.0;
        let id = self.line.unit.id.as_str();
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
        let unit = &self.line.unit;
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

    #[test]
    fn a_million_rows_have_places_without_a_list_of_them() {
        let places = Places::of(&[(Group::Ends, 3), (Group::Words, 1_000_000)]);
        assert_eq!(places.top_of(0), Some(34.0));
        assert_eq!(places.top_of(3), Some(34.0 + 3.0 * 42.0 + 34.0));
        let last = places.top_of(1_000_002).unwrap_or_default();
        assert_eq!(places.height - last, 42.0);
        assert_eq!(places.top_of(1_000_003), None);
    }

    #[test]
    fn fields_are_not_marked_and_a_number_in_groups_is_one() {
        assert_eq!(marked("4821 office:north"), "4821");
        assert_eq!(marked("8901 2602"), "89012602");
        assert_eq!(marked("office:north"), "");
    }
}
