//! The pretend carrier's report feed: reports that were seeded, numbered in the order in which they appear.
//!
//! A seed says what comes and when; nothing is there before its time. Rows of a plan are drawn when they are read, so that
//! a long plan costs little memory.

use super::admission::to_the_second;
use super::answer::Answer;
use super::validation::bad;
use super::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// Most reports of one seed.
const LONGEST_ROW: u64 = 5_000_000;
const CURSOR_MARK: &str = "seq:";

/// Reports that shall appear. Times count from when the seed is given; a negative time lies in the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportSeed {
    /// The carrier's unit numbers. They need not be registered: a unit table may lag behind.
    pub units: Vec<String>,
    /// Reports of each unit.
    #[serde(default = "one")]
    pub count: u32,
    /// Milliseconds between two reports of one unit.
    #[serde(default)]
    pub every_ms: u64,
    /// When the first one appears, milliseconds from now.
    #[serde(default)]
    pub begins_in_ms: i64,
    /// Members that every one of these reports carries instead of drawn ones, as the contract spells them.
    #[serde(default)]
    pub members: Map<String, Value>,
}

fn one() -> u32 {
    1
}

impl ReportSeed {
    /// Reads one seed, or refuses it in words.
    pub(super) fn check(&self) -> Result<(), String> {
        let rows = u64::from(self.count) * self.units.len() as u64;
        if rows == 0 || rows > LONGEST_ROW {
            return Err(format!(
                "1 to {LONGEST_ROW} reports can be seeded at once, not {rows}"
            ));
        }
        match self
            .members
            .keys()
            .find(|name| matches!(name.as_str(), "reportId" | "unitId" | "receivedAt"))
        {
            Some(name) => Err(format!("{name} is the sandbox's own to set")),
            None => Ok(()),
        }
    }
}

/// A report that has its number.
#[derive(Debug, Clone)]
struct Row {
    received_at: Timestamp,
    seed: usize,
    unit: usize,
    turn: u32,
}

/// All reports, there already or still to come.
#[derive(Debug, Default)]
pub(super) struct Reports {
    seeds: Vec<ReportSeed>,
    /// What each seed brings next: its turn and when that is due.
    due: BTreeMap<(Timestamp, usize, u32), ()>,
    rows: Vec<Row>,
}

impl Reports {
    pub(super) fn plan(&mut self, at: Timestamp, seed: &ReportSeed) {
        let number = self.seeds.len();
        let first = later(at, seed.begins_in_ms);
        self.due.insert((first, number, 0), ());
        self.seeds.push(seed.clone());
    }

    /// Numbers all that have appeared by now.
    pub(super) fn settle(&mut self, now: Timestamp) {
        while let Some((&(at, number, turn), ())) = self.due.first_key_value() {
            if at > now {
                return;
            }
            self.due.pop_first();
            let Some(seed) = self.seeds.get(number) else {
                continue;
            };
            // The order of receipt is the order of the numbers, even where a seed speaks of the past.
            let received_at = self.rows.last().map_or(at, |row| row.received_at.max(at));
            self.rows.extend((0..seed.units.len()).map(|unit| Row {
                received_at,
                seed: number,
                unit,
                turn,
            }));
            if turn + 1 < seed.count {
                let pause = i64::try_from(seed.every_ms).unwrap_or(i64::MAX);
                self.due.insert((later(at, pause), number, turn + 1), ());
            }
        }
    }

    /// Answers `report/list`. `repeat` hands the last report of the page before once more.
    pub(super) fn page(
        &self,
        world: &World,
        parameter: &dyn Fn(&str) -> Option<String>,
        retention_days: u32,
        repeat: bool,
        now: Timestamp,
    ) -> Answer {
        let limit = match parameter("limit").map(|text| text.parse::<usize>()) {
            None => 500,
            Some(Ok(limit)) if (1..=1_000).contains(&limit) => limit,
            Some(_) => return bad("limit"),
        };
        let unit_id = parameter("unitId");
        if unit_id
            .as_ref()
            .is_some_and(|id| world.unit(id).is_none() && !self.is_named(id))
        {
            return Answer::error(404, "DEVICE_NOT_FOUND");
        }
        let kept_since = now
            .checked_sub(SignedDuration::from_hours(24 * i64::from(retention_days)))
            .unwrap_or(Timestamp::MIN);
        let oldest = self
            .rows
            .partition_point(|row| row.received_at < kept_since);
        let after = match parameter("since") {
            None => oldest,
            Some(cursor) => match position(&cursor).filter(|&after| after <= self.rows.len()) {
                None => return Answer::error(400, "INVALID_CURSOR").field("since"),
                Some(after) if after < oldest => {
                    return Answer::error(410, "CURSOR_EXPIRED")
                        .member("oldestCursor", json!(cursor_at(oldest)));
                }
                Some(after) => after,
            },
        };
        let begin = if repeat && after > oldest && limit > 1 {
            after - 1
        } else {
            after
        };
        let mut wanted = self.rows.iter().enumerate().skip(begin).filter(|(_, row)| {
            unit_id
                .as_ref()
                .is_none_or(|id| self.unit_of(row) == Some(id))
        });
        let page: Vec<(usize, &Row)> = wanted.by_ref().take(limit).collect();
        let has_more = wanted.next().is_some();
        let next = if has_more {
            page.last().map_or(after, |(index, _)| index + 1)
        } else {
            self.rows.len()
        };
        let page = Page {
            reports: page
                .iter()
                .map(|(index, row)| self.draw(world, *index, row))
                .collect(),
            next_cursor: cursor_at(next),
            has_more,
            retention_days: retention_days.max(1),
        };
        serde_json::to_string(&page).map_or_else(
            |_| Answer::error(500, "UNEXPECTED_ERROR"),
            |text| Answer::of_text(200, text),
        )
    }

    fn unit_of(&self, row: &Row) -> Option<&String> {
        self.seeds
            .get(row.seed)
            .and_then(|seed| seed.units.get(row.unit))
    }

    fn is_named(&self, unit_id: &String) -> bool {
        self.seeds.iter().any(|seed| seed.units.contains(unit_id))
    }

    /// A drive around Kansas City; some reports were stored and come hours late, some have no fix.
    fn draw(&self, world: &World, index: usize, row: &Row) -> Each<'_> {
        let unit_id = self.unit_of(row).map_or("", String::as_str);
        let mut drawn = drawn_from(&(unit_id, row.turn));
        let mut next = move || drawn.next().unwrap_or_default();
        let (late, blind) = (row.turn % 17 == 16, row.turn % 13 == 12);
        let made_before_s = if late { 8 * 3_600 } else { 3 };
        // Each unit is somewhere else on the same ring road.
        let own: f64 = drawn_from(unit_id).take(4).sum();
        let angle = own + f64::from(row.turn) / 30.0;
        let coordinate = |centre: f64, swing: f64| ((centre + swing / 10.0) * 1e6).round() / 1e6;
        let fix = if blind {
            DrawnFix::default()
        } else {
            DrawnFix {
                valid: true,
                latitude: Some(coordinate(39.103_423, angle.sin())),
                longitude: Some(coordinate(-94.584_045, angle.cos())),
                altitude_m: Some(250.0 + next()),
                speed_kph: Some(40.0 + next()),
                heading_deg: Some((f64::from(row.turn) * 12.0) % 360.0),
                satellites: 9,
                hdop: Some(0.9),
                accuracy_m: Some(5),
            }
        };
        let report = Drawn {
            report_id: format!("RP{:014}", index + 1),
            unit_id,
            mdn: world
                .unit(unit_id)
                .filter(|unit| unit.has_number())
                .map(super::world::Unit::mdn),
            received_at: to_the_second(row.received_at),
            event_time: to_the_second(later(row.received_at, -made_before_s * 1_000)),
            event_code: if late { 11 } else { 2 },
            sequence: row.turn,
            fix,
            ignition: !blind,
            main_voltage: 12.0 + next() / 10.0,
            odometer_km: 18_000.0 + f64::from(row.turn),
            payload_base64: STANDARD.encode(format!("$GPRMC,{unit_id},{}", row.turn)),
        };
        let members = self.seeds.get(row.seed).map(|seed| &seed.members);
        let Some(members) = members.filter(|members| !members.is_empty()) else {
            return Each::Drawn(report);
        };
        let mut report = serde_json::to_value(&report).unwrap_or_default();
        if let Some(report) = report.as_object_mut() {
            report.extend(members.clone());
        }
        Each::Seeded(report)
    }
}

/// A page as the contract writes it. Written without a tree: whoever measures how fast pages are collected shall not measure this.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    reports: Vec<Each<'a>>,
    next_cursor: String,
    has_more: bool,
    retention_days: u32,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Each<'a> {
    Drawn(Drawn<'a>),
    /// With members that the seed sets.
    Seeded(Value),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Drawn<'a> {
    report_id: String,
    unit_id: &'a str,
    mdn: Option<String>,
    received_at: String,
    event_time: String,
    event_code: u8,
    sequence: u32,
    fix: DrawnFix,
    ignition: bool,
    main_voltage: f64,
    odometer_km: f64,
    payload_base64: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct DrawnFix {
    valid: bool,
    latitude: Option<f64>,
    longitude: Option<f64>,
    altitude_m: Option<f64>,
    speed_kph: Option<f64>,
    heading_deg: Option<f64>,
    satellites: u8,
    hdop: Option<f64>,
    accuracy_m: Option<u8>,
}

/// Sixteen small numbers, 0 to 15, the same each time. A page has a thousand reports: a digest for each would be most of its cost.
fn drawn_from<T: Hash + ?Sized>(what: &T) -> impl Iterator<Item = f64> + use<T> {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher
        .finish()
        .to_be_bytes()
        .into_iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .map(f64::from)
}

fn later(at: Timestamp, by_ms: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_millis(by_ms))
        .unwrap_or(at)
}

/// The cursor behind so many reports.
fn cursor_at(position: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("{CURSOR_MARK}{position}"))
}

fn position(cursor: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    std::str::from_utf8(&bytes)
        .ok()?
        .strip_prefix(CURSOR_MARK)?
        .parse()
        .ok()
}
