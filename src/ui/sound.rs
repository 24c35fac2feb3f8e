//! Four short sounds, so that the eyes may stay on the units. Each has a visible twin: without sound nothing is lost.
//!
//! No sound library is built in: the system's own player is called, from a thread of its own. Where there is none, the
//! window says so.

use crate::engine::LaneState;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

/// A sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// A unit is ready.
    Tick,
    /// Pull it.
    Rising,
    /// A person can cure it.
    Low,
    /// Set it aside.
    Falling,
}

impl Sound {
    /// The sound of a lane that came into `state`.
    #[must_use]
    pub fn of(state: &LaneState) -> Option<Self> {
        match state {
            LaneState::Ready | LaneState::NotVerified => Some(Self::Tick),
            LaneState::AlreadySet | LaneState::Done | LaneState::DoneCarrierOwed => {
                Some(Self::Rising)
            }
            LaneState::NeedsYou | LaneState::WaitingForUnit => Some(Self::Low),
            LaneState::Stopped => Some(Self::Falling),
            _ => None,
        }
    }

    fn file(self) -> (&'static str, &'static [u8]) {
        match self {
            Self::Tick => ("tick.wav", include_bytes!("../../assets/sounds/tick.wav")),
            Self::Rising => (
                "rising.wav",
                include_bytes!("../../assets/sounds/rising.wav"),
            ),
            Self::Low => ("low.wav", include_bytes!("../../assets/sounds/low.wav")),
            Self::Falling => (
                "falling.wav",
                include_bytes!("../../assets/sounds/falling.wav"),
            ),
        }
    }
}

/// Sounds that may wait; older ones are dropped, because a late sound says something untrue.
const MOST_WAITING: usize = 2;

/// Plays sounds without making anybody wait.
#[derive(Debug, Clone)]
pub struct Player {
    wanted: Sender<Sound>,
    works: Arc<AtomicBool>,
}

impl Player {
    /// Starts the thread that plays.
    #[must_use]
    pub fn start() -> Self {
        let (wanted, wishes) = channel();
        let works = Arc::new(AtomicBool::new(true));
        let told = Arc::clone(&works);
        let thread = std::thread::Builder::new()
            .name("sound".into())
            .spawn(move || {
                if serve(&wishes).is_none() {
                    told.store(false, Ordering::Relaxed);
                }
            });
        if thread.is_err() {
            works.store(false, Ordering::Relaxed);
        }
        Self { wanted, works }
    }

    /// Wishes a sound.
    pub fn play(&self, sound: Sound) {
        // Nobody listens when there is no player; that is told by `works`.
        let _ = self.wanted.send(sound);
    }

    /// Whether sounds can be heard, as far as is known.
    #[must_use]
    pub fn works(&self) -> bool {
        self.works.load(Ordering::Relaxed)
    }
}

/// Plays until nobody can wish any more; `None` when nothing here can play.
fn serve(wishes: &Receiver<Sound>) -> Option<()> {
    let Ok(mut sound) = wishes.recv() else {
        return Some(());
    };
    let folder = Folder::make()?;
    let mut program = None;
    loop {
        let waiting: Vec<Sound> = wishes.try_iter().collect();
        let dropped = waiting.len().saturating_sub(MOST_WAITING);
        for sound in std::iter::once(sound).chain(waiting.into_iter().skip(dropped)) {
            let file = folder.file(sound)?;
            let found = match program {
                Some(index) => play(PLAYERS.get(index)?, &file).then_some(index),
                None => PLAYERS.iter().position(|player| play(player, &file)),
            };
            program = Some(found?);
        }
        match wishes.recv() {
            Ok(next) => sound = next,
            Err(_) => return Some(()),
        }
    }
}

/// A player program and what it is given before the file; `{}` stands for the file where it is inside a text.
type PlayerProgram = (&'static str, &'static [&'static str]);

#[cfg(target_os = "macos")]
const PLAYERS: &[PlayerProgram] = &[("afplay", &["{}"])];
#[cfg(windows)]
const PLAYERS: &[PlayerProgram] = &[(
    "powershell",
    &[
        "-NoProfile",
        "-Command",
        "(New-Object Media.SoundPlayer '{}').PlaySync()",
    ],
)];
#[cfg(not(any(windows, target_os = "macos")))]
const PLAYERS: &[PlayerProgram] = &[
    ("pw-play", &["{}"]),
    ("paplay", &["{}"]),
    ("aplay", &["-q", "{}"]),
];

fn play((program, arguments): &PlayerProgram, file: &Path) -> bool {
    let file = file.display().to_string();
    let status = Command::new(program)
        .args(
            arguments
                .iter()
                .map(|argument| argument.replace("{}", &file)),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// A folder of our own for the files that players want; gone when the program ends.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Option<Self> {
        let name = format!("fleetdesk-sounds-{}", uuid::Uuid::now_v7());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).ok()?;
        Some(Self(folder))
    }

    fn file(&self, sound: Sound) -> Option<PathBuf> {
        let (name, bytes) = sound.file();
        let file = self.0.join(name);
        if !file.exists() {
            std::fs::write(&file, bytes).ok()?;
        }
        Some(file)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_for_hands_has_a_sound_and_work_has_none() {
        assert_eq!(Sound::of(&LaneState::Done), Some(Sound::Rising));
        assert_eq!(Sound::of(&LaneState::NeedsYou), Some(Sound::Low));
        assert_eq!(Sound::of(&LaneState::Stopped), Some(Sound::Falling));
        assert_eq!(Sound::of(&LaneState::Ready), Some(Sound::Tick));
        for quiet in [
            LaneState::Looking,
            LaneState::Setting { done: 1, of: 2 },
            LaneState::Verified,
            LaneState::Empty,
        ] {
            assert_eq!(Sound::of(&quiet), None, "{quiet:?}");
        }
    }

    #[test]
    fn the_files_are_short_waves() {
        for sound in [Sound::Tick, Sound::Rising, Sound::Low, Sound::Falling] {
            let (name, bytes) = sound.file();
            assert!(bytes.starts_with(b"RIFF"), "{name}");
            assert!(bytes.len() < 22_050, "{name} is longer than half a second");
        }
    }

    #[test]
    fn the_folder_goes_away_with_its_files() {
        let folder = Folder::make().unwrap();
        let file = folder.file(Sound::Tick).unwrap();
        assert!(file.exists());
        drop(folder);
        assert!(!file.exists());
    }
}
