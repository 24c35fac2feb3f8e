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

/// Most bytes of this process that were ever in memory, where the system tells. Whatever was held for a moment only counts too.
fn peak_in_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// What a port can bring that never becomes an answer: random bytes, one line without an end, frames that promise much, and lines that
/// forge what a terminal would obey.
fn noises() -> Vec<Vec<u8>> {
    let mut bytes = Bytes(7);
    let random = (0..2048).flat_map(|_| bytes.next().to_le_bytes()).collect();
    let endless = vec![b'x'; 16 << 10];
    let promises = "$$A4000,@@+ACK:GTRTO,+RESP:GT+QRY:cfg_info:RES;"
        .repeat(350)
        .into_bytes();
    let lines = format!(
        "{}\r\n{}\n\u{1b}]52;c;AAAA\u{7}\u{1b}[1A\rOK\r\n\u{202e}<img onerror=x>\n\0\0\0",
        "y".repeat(5000),
        "$".repeat(9000),
    );
    vec![random, endless, promises, lines.into_bytes()]
}

/// Streams noise while a unit is looked for and while each family is read; what is kept stays small however much came. Gives the bytes.
fn stream(megabytes: u64) -> u64 {
    let before = peak_in_memory();
    let noises = noises();
    let label: Option<fleet::ids::Label> = "356868000041418".parse().ok();
    let knowledge = Knowledge {
        label,
        ..Knowledge::default()
    };
    let mut streamed = 0;
    for profile in bodies::families() {
        let mut now = Moment(1000);
        let mut dialogue = Dialogue::new(Arc::clone(profile), knowledge.clone(), now);
        let (mut fed, mut round) = (0, 0);
        while fed < megabytes << 20 {
            if !dialogue.is_busy() {
                dialogue.begin(Operation::ReadAll, now);
            }
            let noise = noises.get(round % noises.len()).unwrap();
            dialogue.receive(noise, now);
            fed += noise.len() as u64;
            // Most of the time nothing falls silent: the clock hardly moves.
            now = now.plus_ms(if round % 64 == 63 { 3000 } else { 2 });
            dialogue.timeout(now);
            while dialogue.take_outgoing().is_some() {}
            while dialogue.next_event().is_some() {}
            round += 1;
        }
        streamed += fed;
        let kept: usize = dialogue
            .transcript()
            .entries()
            .map(|entry| entry.text.len())
            .sum();
        assert!(kept < 3 << 20, "{}: {kept} bytes of transcript", profile.id);
    }
    if let (Some(before), Some(after)) = (before, peak_in_memory()) {
        let grown = after.saturating_sub(before);
        assert!(grown < 64 << 20, "{grown} bytes more in memory at the peak");
    }
    streamed
}

/// All families listen at once while nobody is known yet: what each of them keeps of the noise adds up.
#[test]
fn noise_on_an_unknown_port_takes_no_memory_and_ends_in_words() {
    let before = peak_in_memory();
    let families = bodies::families().iter();
    let families = families.map(|profile| (Arc::clone(profile), Knowledge::default()));
    let mut now = Moment(1000);
    let mut recognition = fleet::dialogue::Recognition::new(families.collect(), now);
    let noises = noises();
    let mut ended = None;
    for round in 0..120 {
        let noise = noises.get(round % noises.len()).unwrap();
        recognition.receive(noise.get(..2048).unwrap(), now);
        now = now.plus_ms(100);
        recognition.timeout(now);
        while recognition.take_outgoing().is_some() {}
        if let Some(event) = recognition.next_event() {
            ended = Some(event);
            break;
        }
    }
    assert!(
        matches!(ended, Some(fleet::dialogue::RecognitionEvent::Failed(_))),
        "{ended:?}"
    );
    assert!(now.since_ms(Moment(1000)) <= 11_000);
    if let (Some(before), Some(after)) = (before, peak_in_memory()) {
        assert!(after.saturating_sub(before) < 64 << 20);
    }
}

/// 11 MB through the heart, one with each family.
#[test]
fn noise_takes_no_memory() {
    assert!(stream(1) >= 11 << 20);
}

/// `cargo test -p fleet --release --test noise -- --ignored`
#[test]
#[ignore = "takes minutes"]
fn a_gigabyte_of_noise_takes_no_memory() {
    assert!(stream(94) >= 1 << 30);
}
