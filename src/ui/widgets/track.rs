//! Last positions on a plain map: a grid, a line, a dot for each, the last one filled, a scale. North is up; nothing is fetched for it.

use super::speak;
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use egui::accesskit::Role;
use egui::{Align2, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2, pos2, vec2};

/// Height of the map.
pub const HEIGHT: f32 = 270.0;
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_320.0;
/// Room around the track.
const PADDING: f32 = 48.0;
/// A unit that stands still is shown with that much ground around it, metres.
const LEAST_M: f64 = 200.0;

/// One position, with what stands beside it where it is the first or the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// When ('10:41').
    pub time: String,
    /// More ('38 km/h'), or empty.
    pub more: String,
}

/// Where everything of a map stands, in points from its upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// The dots, in the given order.
    pub dots: Vec<Vec2>,
    /// Points for a metre.
    pub points_per_m: f32,
    /// Metres between two lines of the grid, and of the scale.
    pub grid_m: f64,
    /// Latitude of the upper edge.
    pub north: f64,
    /// Longitude of the left edge.
    pub west: f64,
}

/// Lays dots out on a sheet of `size` points; `None` without a dot.
#[must_use]
pub fn sheet(dots: &[Dot], size: Vec2) -> Option<Sheet> {
    let first = dots.first()?;
    // Around the dateline the shorter way counts.
    let east_of_first =
        |dot: &Dot| (dot.longitude - first.longitude + 540.0).rem_euclid(360.0) - 180.0;
    let shrink = first.latitude.to_radians().cos().max(0.01);
    let metres: Vec<(f64, f64)> = dots
        .iter()
        .map(|dot| {
            let north = (dot.latitude - first.latitude) * DEGREE_M;
            (east_of_first(dot) * DEGREE_M * shrink, north)
        })
        .collect();
    let range = |pick: fn(&(f64, f64)) -> f64| {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for each in metres.iter().map(pick) {
            low = low.min(each);
            high = high.max(each);
        }
        (low, high)
    };
    let ((west, east), (south, north)) = (range(|place| place.0), range(|place| place.1));
    let room = vec2(
        (size.x - 2.0 * PADDING).max(1.0),
        (size.y - 2.0 * PADDING).max(1.0),
    );
    let wide = (east - west).max(LEAST_M);
    let high = (north - south).max(LEAST_M);
    let points_per_m = (f64::from(room.x) / wide).min(f64::from(room.y) / high);
    let middle = ((west + east) / 2.0, (south + north) / 2.0);
    let place = |east_m: f64, north_m: f64| {
        vec2(
            size.x / 2.0 + ((east_m - middle.0) * points_per_m) as f32,
            size.y / 2.0 - ((north_m - middle.1) * points_per_m) as f32,
        )
    };
    let top_m = middle.1 + f64::from(size.y) / 2.0 / points_per_m;
    let left_m = middle.0 - f64::from(size.x) / 2.0 / points_per_m;
    let left = first.longitude + left_m / (DEGREE_M * shrink);
    Some(Sheet {
        dots: metres
            .iter()
            .map(|(east, north)| place(*east, *north))
            .collect(),
        points_per_m: points_per_m as f32,
        grid_m: round_below(68.0 / points_per_m),
        north: first.latitude + top_m / DEGREE_M,
        west: (left + 540.0).rem_euclid(360.0) - 180.0,
    })
}

/// The largest of 1, 2, 5, 10, 20, ... that is not above; a metre at least.
fn round_below(metres: f64) -> f64 {
    let power = 10f64.powf(metres.max(1.0).log10().floor());
    [5.0, 2.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step <= metres)
        .unwrap_or(power)
}

/// '500 m' or '2 km'.
#[must_use]
pub fn distance(metres: f64) -> String {
    if metres >= 1_000.0 {
        format!("{} km", metres / 1_000.0)
    } else {
        format!("{metres} m")
    }
}

/// Adds the map of `dots`, the oldest first.
pub fn show(ui: &mut Ui, dots: &[Dot], spoken: &str) {
    let palette = palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    speak::tell(&response, Role::Image, spoken, |_| {});
    let rect = rect.shrink(1.0);
    let Some(sheet) = sheet(dots, rect.size()) else {
        return;
    };
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, 0.0, palette.bg);
    let step = (sheet.grid_m as f32 * sheet.points_per_m).max(8.0);
    let line = Stroke::new(1.0, palette.line);
    let count = |length: f32| (length / step).floor() as usize;
    for index in 1..=count(rect.width()) {
        painter.vline(rect.left() + step * index as f32, rect.y_range(), line);
    }
    for index in 1..=count(rect.height()) {
        painter.hline(rect.x_range(), rect.top() + step * index as f32, line);
    }
    let places: Vec<Pos2> = sheet.dots.iter().map(|dot| rect.min + *dot).collect();
    painter.add(Shape::line(places.clone(), Stroke::new(2.0, palette.ink2)));
    let last = places.len().saturating_sub(1);
    for (index, place) in places.iter().enumerate() {
        if index < last {
            painter.circle(*place, 4.0, palette.surface, Stroke::new(1.5, palette.ink2));
        } else {
            painter.circle_filled(*place, 8.0, palette.ink);
            painter.circle_filled(*place, 3.0, palette.surface);
        }
    }
    corners(&painter, palette, rect, &sheet);
    scale(&painter, palette, rect, &sheet);
    if let (Some(dot), Some(place)) = (dots.last(), places.last()) {
        label(&painter, palette, rect, *place, dot, true);
    }
    if let (Some(dot), Some(place), true) = (dots.first(), places.first(), last > 0)
        && places.last().is_some_and(|end| end.distance(*place) > 56.0)
    {
        label(&painter, palette, rect, *place, dot, false);
    }
}

fn corners(
    painter: &egui::Painter,
    palette: &crate::ui::theme::Palette,
    rect: Rect,
    sheet: &Sheet,
) {
    let format = text::format(Size::Caption, Weight::Regular, palette.ink3);
    let side = |degrees: f64, positive: char, negative: char| {
        let letter = if degrees < 0.0 { negative } else { positive };
        format!("{:.2} {letter}", degrees.abs())
    };
    text::paint(
        painter,
        rect.left_top() + vec2(10.0, 14.0),
        Align2::LEFT_CENTER,
        &side(sheet.north, 'N', 'S'),
        format.clone(),
    );
    text::paint(
        painter,
        rect.left_bottom() + vec2(10.0, -14.0),
        Align2::LEFT_CENTER,
        &side(sheet.west, 'E', 'W'),
        format,
    );
}

fn scale(painter: &egui::Painter, palette: &crate::ui::theme::Palette, rect: Rect, sheet: &Sheet) {
    let length = sheet.grid_m as f32 * sheet.points_per_m;
    let right = rect.right() - 14.0;
    let y = rect.bottom() - 16.0;
    let stroke = Stroke::new(1.5, palette.ink2);
    painter.hline((right - length)..=right, y, stroke);
    for x in [right - length, right] {
        painter.vline(x, (y - 4.0)..=(y + 4.0), stroke);
    }
    let format = text::format(Size::Caption, Weight::Regular, palette.ink2);
    text::paint(
        painter,
        pos2(right - length / 2.0, y - 12.0),
        Align2::CENTER_CENTER,
        &distance(sheet.grid_m),
        format,
    );
}

/// Time and more beside a dot, on the side where there is room.
fn label(
    painter: &egui::Painter,
    palette: &crate::ui::theme::Palette,
    rect: Rect,
    place: Pos2,
    dot: &Dot,
    last: bool,
) {
    let (weight, colour) = if last {
        (Weight::Semibold, palette.ink)
    } else {
        (Weight::Regular, palette.ink2)
    };
    let format = text::format(Size::Caption, weight, colour);
    if !last {
        let below = place + vec2(0.0, 15.0);
        text::paint(painter, below, Align2::CENTER_CENTER, &dot.time, format);
        return;
    }
    let right = place.x + 80.0 < rect.right();
    let (x, align) = if right {
        (place.x + 16.0, Align2::LEFT_CENTER)
    } else {
        (place.x - 16.0, Align2::RIGHT_CENTER)
    };
    let up = if dot.more.is_empty() { 0.0 } else { 7.0 };
    text::paint(painter, pos2(x, place.y - up), align, &dot.time, format);
    let format = text::format(Size::Caption, Weight::Regular, palette.ink2);
    if !dot.more.is_empty() {
        text::paint(painter, pos2(x, place.y + 8.0), align, &dot.more, format);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(latitude: f64, longitude: f64) -> Dot {
        Dot {
            latitude,
            longitude,
            time: String::new(),
            more: String::new(),
        }
    }

    const SIZE: Vec2 = vec2(400.0, 270.0);

    #[test]
    fn north_is_up_east_is_right_and_all_dots_are_inside() {
        let dots = [
            dot(47.60, -122.36),
            dot(47.61, -122.34),
            dot(47.62, -122.33),
        ];
        let sheet = sheet(&dots, SIZE).unwrap();
        assert!(sheet.dots[0].y > sheet.dots[2].y && sheet.dots[0].x < sheet.dots[2].x);
        for place in &sheet.dots {
            assert!(place.x >= 47.0 && place.x <= 353.0 && place.y >= 47.0 && place.y <= 223.0);
        }
        assert!(sheet.north > 47.62 && sheet.west < -122.36);
    }

    #[test]
    fn a_degree_of_longitude_is_shorter_in_the_north() {
        let span = |latitude: f64| {
            let dots = [dot(latitude, 10.0), dot(latitude, 10.1)];
            let sheet = sheet(&dots, SIZE).unwrap();
            f64::from(sheet.dots[1].x - sheet.dots[0].x) / f64::from(sheet.points_per_m)
        };
        assert!((span(0.0) - 11_132.0).abs() < 20.0, "{}", span(0.0));
        assert!((span(60.0) - 5_566.0).abs() < 20.0, "{}", span(60.0));
    }

    #[test]
    fn a_unit_that_stands_still_and_one_across_the_dateline_have_a_sheet() {
        let still = sheet(&[dot(39.1, -94.5), dot(39.1, -94.5)], SIZE).unwrap();
        assert!(still.dots[0].x.is_finite() && still.grid_m >= 1.0);
        let across = sheet(&[dot(0.0, 179.99), dot(0.0, -179.99)], SIZE).unwrap();
        let metres =
            f64::from(across.dots[1].x - across.dots[0].x) / f64::from(across.points_per_m);
        assert!((metres - 2_226.4).abs() < 10.0, "{metres}");
        assert!(across.west.abs() <= 180.0);
        assert!(sheet(&[dot(90.0, 0.0)], SIZE).is_some());
        assert_eq!(sheet(&[], SIZE), None);
    }

    #[test]
    fn the_grid_has_round_steps() {
        for (metres, step) in [
            (0.3, 1.0),
            (7.0, 5.0),
            (68.0, 50.0),
            (480.0, 200.0),
            (999.0, 500.0),
            (12_000.0, 10_000.0),
        ] {
            assert_eq!(round_below(metres), step, "{metres}");
        }
        assert_eq!(
            (distance(500.0), distance(2_000.0)),
            ("500 m".into(), "2 km".into())
        );
    }
}
