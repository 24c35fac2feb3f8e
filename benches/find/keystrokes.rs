//! Keystrokes of every kind against the store, and the two ways that one would write first.

use crate::fleet_of::{CUSTOMERS, WORDS, chance, unit};
use fleet::query::Query;
use fleetdesk::engine::FIRST_ROWS;
use fleetdesk::inventory::Inventory;
use rusqlite::Connection;
use std::path::Path;
use std::time::{Duration, Instant};

/// Tries of the two plain ways; each costs what a whole kind of ours does.
const PLAIN_TRIES: usize = 12;

struct Kind {
    name: &'static str,
    make: fn(usize, usize) -> String,
}

fn part(text: &str, from: usize, length: usize) -> String {
    text.chars().skip(from).take(length).collect()
}

fn ending(text: &str, length: usize) -> String {
    part(text, text.chars().count().saturating_sub(length), length)
}

fn sample(n: usize, of: usize) -> fleet::unit::Unit {
    unit(chance(n, 99) as usize % of)
}

fn word(n: usize) -> &'static str {
    WORDS[chance(n, 98) as usize % WORDS.len()]
}

const KINDS: &[Kind] = &[
    Kind {
        name: "last 1 digit",
        make: |n, of| ending(sample(n, of).id.as_str(), 1),
    },
    Kind {
        name: "last 2 digits",
        make: |n, of| ending(sample(n, of).id.as_str(), 2),
    },
    Kind {
        name: "last 4 of the IMEI",
        make: |n, of| ending(sample(n, of).id.as_str(), 4),
    },
    Kind {
        name: "last 6 of the ICCID",
        make: |n, of| ending(sample(n, of).iccid.unwrap().as_str(), 6),
    },
    Kind {
        name: "first 4 of the IMEI",
        make: |n, of| part(sample(n, of).id.as_str(), 0, 4),
    },
    Kind {
        name: "first 11 of the IMEI",
        make: |n, of| part(sample(n, of).id.as_str(), 0, 11),
    },
    Kind {
        name: "3 inside the IMEI",
        make: |n, of| part(sample(n, of).id.as_str(), 9, 3),
    },
    Kind {
        name: "5 inside the ICCID",
        make: |n, of| part(sample(n, of).iccid.unwrap().as_str(), 11, 5),
    },
    Kind {
        name: "7 inside the ICCID",
        make: |n, of| part(sample(n, of).iccid.unwrap().as_str(), 10, 7),
    },
    Kind {
        name: "4 inside a head",
        make: |n, of| part(sample(n, of).id.as_str(), 2, 4),
    },
    Kind {
        name: "6 over the end of a head",
        make: |n, of| part(sample(n, of).id.as_str(), 5, 6),
    },
    Kind {
        name: "phone number",
        make: |n, of| sample(n, of).mdn.unwrap().as_str().to_owned(),
    },
    Kind {
        name: "plate",
        make: |n, of| sample(n, of).vehicle.unwrap(),
    },
    Kind {
        name: "word, 1 letter",
        make: |n, _| part(word(n), 0, 1),
    },
    Kind {
        name: "word, 3 letters",
        make: |n, _| part(word(n), 0, 3),
    },
    Kind {
        name: "word, whole",
        make: |n, _| word(n).to_owned(),
    },
    Kind {
        name: "inside of a word",
        make: |n, _| part(word(n), 1, 4),
    },
    Kind {
        name: "two common words",
        make: |n, _| {
            format!(
                "{} {}",
                CUSTOMERS[n % 16].split(' ').next().unwrap(),
                word(n)
            )
        },
    },
    Kind {
        name: "four common words",
        make: |n, _| format!("{} {} {}", CUSTOMERS[n % 16], word(n), word(n + 7)),
    },
    Kind {
        name: "word that no unit has",
        make: |n, _| format!("{} zebra", word(n)),
    },
    Kind {
        name: "word and last 4",
        make: |n, of| {
            format!(
                "{} {}",
                ending(sample(n, of).id.as_str(), 4),
                CUSTOMERS[n % 16].split(' ').next().unwrap()
            )
        },
    },
    Kind {
        name: "office:north",
        make: |n, _| ["office:north", "office:south", "office=East"][n % 3].to_owned(),
    },
    Kind {
        name: "office and state",
        make: |n, _| {
            ["office:north state:stopped", "office:valley state:retired"][n % 2].to_owned()
        },
    },
    Kind {
        name: "template and seen<7d",
        make: |n, _| {
            format!(
                "template:\"{}\" seen<7d",
                ["van standard", "coach", "plant"][n % 3]
            )
        },
    },
    Kind {
        name: "drift:yes",
        make: |_, _| "drift:yes".to_owned(),
    },
    Kind {
        name: "word in an office",
        make: |n, _| format!("{} office:west", word(n)),
    },
];

struct Times(Vec<Duration>);

impl Times {
    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        let place = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len());
        sorted[place - 1].as_secs_f64() * 1e3
    }
}

pub fn measure(inventory: &Inventory, folder: &Path, units: usize, tries: usize) {
    let plain = Plain::open(folder);
    println!(
        "\n{:<26} {:>9} {:>9} {:>7} {:>9} {:>11} {:>11}",
        "keystroke", "p50 ms", "p99 ms", "whole", "all p50", "LIKE p50", "FTS p50"
    );
    let mut every = Times(Vec::new());
    for kind in KINDS {
        let mut times = Times(Vec::new());
        let mut whole = 0;
        for n in 0..tries + 10 {
            let query = Query::parse(&(kind.make)(n, units)).unwrap();
            let begun = Instant::now();
            let first = inventory.search_first(query, FIRST_ROWS).wait().unwrap();
            // The first ones warm the cache, as the keystrokes before do.
            if n >= 10 {
                times.0.push(begun.elapsed());
                whole += usize::from(first.complete);
            }
        }
        let all = Times(
            (0..8)
                .map(|n| {
                    let query = Query::parse(&(kind.make)(n, units)).unwrap();
                    let begun = Instant::now();
                    inventory.search_all(query).wait().unwrap();
                    begun.elapsed()
                })
                .collect(),
        );
        let ours = times.at(0.5);
        let ratio = |plain: Option<f64>| {
            plain.map_or("-".to_owned(), |ms| format!("{ms:.1} {:.0}x", ms / ours))
        };
        let texts: Vec<String> = (0..PLAIN_TRIES).map(|n| (kind.make)(n, units)).collect();
        println!(
            "{:<26} {ours:>9.3} {:>9.3} {:>6.0}% {:>9.1} {:>11} {:>11}",
            kind.name,
            times.at(0.99),
            whole as f64 * 100.0 / tries as f64,
            all.at(0.5),
            ratio(plain.like(&texts)),
            ratio(plain.fts(&texts)),
        );
        every.0.extend(times.0);
    }
    println!(
        "all kinds: p50 {:.3} ms, p99 {:.3} ms",
        every.at(0.5),
        every.at(0.99)
    );
    println!(
        "'whole': first rows that were all rows, with an exact count; 'all': until every row and the exact count are known."
    );
}

/// `LIKE` over the rows as they are, and one FTS5 table of all texts.
struct Plain(Connection);

impl Plain {
    fn open(folder: &Path) -> Self {
        let file = folder.join("bare.sqlite");
        let is_new = !file.is_file();
        let connection = Connection::open(&file).unwrap();
        let inventory = folder.join("inventory.sqlite");
        connection
            .execute("ATTACH ?1 AS inventory", [inventory.to_str().unwrap()])
            .unwrap();
        if is_new {
            connection
                .execute_batch(
                    "PRAGMA main.journal_mode = OFF; PRAGMA main.synchronous = OFF;
                     CREATE VIRTUAL TABLE bare USING fts5 (text, content = '');
                     INSERT INTO bare (rowid, text) SELECT row, concat_ws(' ', id, iccid, mdn, serial_number, vehicle, customer, office, note, model, template) FROM inventory.unit;",
                )
                .unwrap();
        }
        connection
            .pragma_update(None, "cache_size", -49_152)
            .unwrap();
        Self(connection)
    }

    fn like(&self, texts: &[String]) -> Option<f64> {
        const COLUMNS: [&str; 8] = [
            "id",
            "iccid",
            "mdn",
            "serial_number",
            "vehicle",
            "customer",
            "note",
            "template",
        ];
        self.median(
            texts,
            |word| {
                let one =
                    COLUMNS.map(|column| format!("{column} LIKE '%{}%'", word.replace('\'', "''")));
                format!("({})", one.join(" OR "))
            },
            |all| {
                format!(
                    "SELECT row FROM inventory.unit WHERE {} ORDER BY updated_ms DESC LIMIT 100",
                    all.join(" AND ")
                )
            },
        )
    }

    fn fts(&self, texts: &[String]) -> Option<f64> {
        self.median(
            texts,
            |word| format!("\"{word}\"*"),
            |all| {
                format!(
                    "SELECT rowid FROM bare WHERE bare MATCH '{}' ORDER BY rank LIMIT 100",
                    all.join(" AND ")
                )
            },
        )
    }

    /// Fields by name are not in the reach of either.
    fn median(
        &self,
        texts: &[String],
        word: impl Fn(&str) -> String,
        all: impl Fn(Vec<String>) -> String,
    ) -> Option<f64> {
        if texts.iter().any(|text| text.contains([':', '='])) {
            return None;
        }
        let times = texts.iter().map(|text| {
            let sql = all(text.split_whitespace().map(&word).collect());
            let begun = Instant::now();
            let rows: Vec<i64> = self
                .0
                .prepare(&sql)
                .unwrap()
                .query_map([], |row| row.get(0))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            std::hint::black_box(rows);
            begun.elapsed()
        });
        Some(Times(times.collect()).at(0.5))
    }
}
