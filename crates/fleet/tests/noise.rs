//! A bounded run of the fuzz bodies with seeded input, and the memory that noise without end may take. The long run: `fuzz/README.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod noise {
    pub mod bodies;
}

use fleet::job::Operation;
use fleet::{Dialogue, Knowledge, Moment};
use noise::bodies;
use std::sync::Arc;

/// A small generator: the same seed, the same bytes.
struct Bytes(u64);

impl Bytes {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Pieces of what units really say, with random bytes between.
    fn data(&mut self, pieces: &[&str], count: u64) -> Vec<u8> {
        let mut data = vec![self.next().to_le_bytes()[0]];
        for _ in 0..count {
            let random = self.next();
            match random % 3 {
                0 => data.extend_from_slice(&random.to_le_bytes()),
                _ => {
                    let index = usize::try_from(random >> 8).unwrap_or(0) % pieces.len();
                    data.extend_from_slice(pieces.get(index).copied().unwrap_or("").as_bytes());
                }
            }
        }
        data
    }
}

const SAID: [&str; 16] = [
    "\r\n",
    "OK\r\n",
    "ERROR\r\n",
    "$",
    "#",
    "$$",
    "cfg_info:3:352094082042885\r\n",
    "+RESP:GTVER,1A0800,860599000773978,",
    "+ACK:GTRTO,",
    "ST300CMD;Res;100850000;010;Preset;NTW;0;a;RPT;1;",
    "RES;4309999001;03;05;10;00#0",
    "$$V28,353358017784062,A12,OK*02\r\n",
    "$$V9999,",
    "352094082042885\r\n",
    "+CGDCONT: 1,\"IP\",\"",
    "\u{1b}]52;c;\u{202e}",
];

#[test]
fn no_line_upsets_any_family() {
    let mut bytes = Bytes(1);
    for _ in 0..2_000 {
        bodies::line(&bytes.data(&SAID, 40));
    }
}

#[test]
fn no_pattern_upsets_the_reader() {
    let pieces = [
        "{a}", "{b*}", "{c#}", "{d%8}", "{", "}", "{{", "}}", ",", "x", "\0", "12", "AF", "{a#0}",
    ];
    let mut bytes = Bytes(2);
    for _ in 0..4_000 {
        bodies::pattern(&bytes.data(&pieces, 12));
    }
}

#[test]
fn no_profile_file_upsets_the_reader() {
    let pieces = [
        "schema = 1\n",
        "id = \"a\"\n",
        "[line]\n",
        "baud = 9600\n",
        "[[variant]]\n",
        "[exchange.a]\n",
        "request = \"{a}\"\n",
        "[[setting]]\n",
        "[single]\n",
        "[positional]\n",
        "[[view]]\n",
        "= ",
        "\"",
        "[",
        "]",
        "{",
        "}\n",
    ];
    let mut bytes = Bytes(3);
    for _ in 0..1_000 {
        bodies::profile_file(&bytes.data(&pieces, 30));
    }
}

/// Bytes of this process that are in memory, where the system tells.
fn in_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split_whitespace().nth(1)?.parse::<u64>().ok()? * 4096)
}

/// Streams noise into the dialogue with each family; what is kept stays small however much came.
fn stream(megabytes: u64) {
    let before = in_memory();
    for profile in bodies::families() {
        let mut now = Moment(1000);
        let knowledge = Knowledge {
            label: "356868000041418".parse().ok(),
            ..Knowledge::default()
        };
        let mut dialogue = Dialogue::new(Arc::clone(profile), knowledge, now);
        let mut bytes = Bytes(7);
        let chunk: Vec<u8> = (0..8192).flat_map(|_| bytes.next().to_le_bytes()).collect();
        let lines = format!(
            "$$A4000,{}\r\n+ACK:{}\n",
            "x".repeat(5000),
            "y".repeat(9000)
        );
        for round in 0..megabytes * 16 {
            if !dialogue.is_busy() {
                dialogue.begin(Operation::ReadAll, now);
            }
            dialogue.receive(
                if round % 8 == 7 {
                    lines.as_bytes()
                } else {
                    &chunk
                },
                now,
            );
            now = now.plus_ms(50);
            dialogue.timeout(now);
            while dialogue.take_outgoing().is_some() {}
            while dialogue.next_event().is_some() {}
        }
        let kept: usize = dialogue
            .transcript()
            .entries()
            .map(|entry| entry.text.len())
            .sum();
        assert!(kept < 3 << 20, "{}: {kept} bytes of transcript", profile.id);
    }
    if let (Some(before), Some(after)) = (before, in_memory()) {
        let grown = after.saturating_sub(before);
        assert!(grown < 64 << 20, "{grown} bytes more in memory");
    }
}

#[test]
fn noise_takes_no_memory() {
    stream(1);
}

/// `cargo test -p fleet --release --test noise -- --ignored`
#[test]
#[ignore = "takes minutes"]
fn a_gigabyte_of_noise_takes_no_memory() {
    stream(100);
}
