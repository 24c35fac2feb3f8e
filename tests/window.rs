//! The real window on a screen that nobody sees: the demo opens, its units go green, keys lead to Find and back.
//!
//! The picture of the README comes from here: `FLEETDESK_KEEP_PICTURE=1 cargo test the_window_shows` writes it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const WIDTH: usize = 1440;
const HEIGHT: usize = 900;
/// The whole demo takes about 30 s on a quiet machine.
const LONGEST: Duration = Duration::from_secs(150);

type Colour = [u8; 3];
/// Tokens of the design, light and dark.
const PRETEND: [Colour; 2] = [[0x7A, 0x3B, 0xB0], [0x8A, 0x4C, 0xC2]];
const PROVED: [Colour; 2] = [[0x0F, 0x7A, 0x45], [0x15, 0x7A, 0x49]];
const PERSON: [Colour; 2] = [[0xF7, 0xBA, 0x2A], [0xE9, 0xAC, 0x24]];
const PERSON_LINE: [Colour; 2] = [[0xB8, 0x78, 0x00], [0xF0, 0xB4, 0x29]];
/// The first start says in a box of this colour that units can be plugged in already.
const WORK_TINT: [Colour; 2] = [[0xE6, 0xEE, 0xFC], [0x17, 0x25, 0x40]];

/// A child that ends with its test, by its own id.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Screen {
    display: String,
    _server: Running,
}

impl Screen {
    /// A screen with a number of its own: the server picks a free one and says which.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("display");
        let server = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "exec Xvfb -displayfd 3 -screen 0 {WIDTH}x{HEIGHT}x24 -nolisten tcp 3>\"$0\""
            ))
            .arg(&told)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed (tests/run does it)");
        let server = Running(server);
        let begun = Instant::now();
        loop {
            let text = std::fs::read_to_string(&told).unwrap_or_default();
            if text.ends_with('\n') {
                return Self {
                    display: format!(":{}", text.trim()),
                    _server: server,
                };
            }
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "Xvfb did not start: is it installed?"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.display)
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null());
        command
    }

    fn pixels(&self) -> Vec<Colour> {
        let shot = self
            .command("import")
            .args(["-window", "root", "-depth", "8", "rgb:-"])
            .output()
            .expect("ImageMagick is installed (tests/run does it)");
        assert_eq!(
            shot.stdout.len(),
            WIDTH * HEIGHT * 3,
            "{}",
            String::from_utf8_lossy(&shot.stderr)
        );
        shot.stdout
            .chunks_exact(3)
            .map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect()
    }

    fn keep(&self, path: &Path) {
        let kept = self
            .command("import")
            .args(["-window", "root"])
            .arg(path)
            .status()
            .unwrap();
        assert!(kept.success());
    }

    /// Presses a key in the program's window. Nobody manages windows here, so the focus is given by hand.
    fn press(&self, key: &str) {
        let pressed = self
            .command("xdotool")
            .args([
                "search",
                "--sync",
                "--onlyvisible",
                "--name",
                "Fleetdesk",
                "windowfocus",
                "--sync",
                "key",
                key,
            ])
            .status()
            .expect("xdotool is installed (tests/run does it)");
        assert!(pressed.success());
    }

    /// Waits until the screen fits.
    fn wait_for(&self, what: &str, fits: impl Fn(&[Colour]) -> bool) {
        let begun = Instant::now();
        while !fits(&self.pixels()) {
            assert!(
                begun.elapsed() < LONGEST,
                "never seen on the screen: {what}"
            );
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

fn count(pixels: &[Colour], either: [Colour; 2]) -> usize {
    pixels.iter().filter(|pixel| either.contains(pixel)).count()
}

#[test]
fn the_window_shows_a_pretend_office_at_work_and_obeys_keys() {
    let screen = Screen::open();
    let home = tempfile::tempdir().unwrap();
    let demo = screen
        .command(env!("CARGO_BIN_EXE_fleetdesk"))
        .args(["demo", "--seed", "7", "--data-dir"])
        .arg(home.path())
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _demo = Running(demo);
    screen.wait_for("the sandbox's frame around the window", |pixels| {
        count(pixels, PRETEND) > 10_000
    });
    // A lane card is about 224 by 165 points: six of seven green ones leave room for their words.
    screen.wait_for("green lanes and the one that needs a person", |pixels| {
        count(pixels, PROVED) > 6 * 25_000 && count(pixels, PERSON) > 25_000
    });
    if std::env::var_os("FLEETDESK_KEEP_PICTURE").is_some() {
        screen.keep(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screenshot-bench.png"));
    }
    screen.press("ctrl+f");
    screen.wait_for("Find, where no lane is", |pixels| {
        count(pixels, PROVED) < 5_000 && count(pixels, PRETEND) > 10_000
    });
    screen.press("ctrl+1");
    screen.wait_for("the bench again", |pixels| {
        count(pixels, PROVED) > 6 * 25_000
    });
}

#[test]
fn the_window_asks_once_for_the_passphrase_and_works_without_it() {
    use fleetdesk::secrets::SealedFile;
    use std::net::TcpListener;
    let passphrase = "several easy words";
    let database = TcpListener::bind("127.0.0.1:0").unwrap();
    database.set_nonblocking(true).unwrap();
    let port = database.local_addr().unwrap().port();
    let home = tempfile::tempdir().unwrap();
    let address = format!("postgres://bench_2@127.0.0.1:{port}/fleet?sslmode=verify-full");
    let preferences = format!("[fleet_db]\naddress = \"{address}\"\nlogin = \"sealed_file\"\n");
    std::fs::write(home.path().join("preferences.toml"), preferences).unwrap();
    let name = fleetdesk::start::database_keychain_name(&address.parse().unwrap());
    SealedFile::in_folder(home.path())
        .keep(
            &fleet::Secret::new(passphrase),
            &name,
            &fleet::Secret::new("canary-database-8811"),
        )
        .unwrap();
    let screen = Screen::open();
    let start = || {
        Running(
            screen
                .command(env!("CARGO_BIN_EXE_fleetdesk"))
                .arg("--data-dir")
                .arg(home.path())
                .env("LIBGL_ALWAYS_SOFTWARE", "1")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    };
    // Whoever reaches the database has the password from the file: it is read before a connection is made.
    let is_reached_within = |limit: Duration| {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if database.accept().is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    };
    let types = |text: &str| {
        for letter in text.chars() {
            let key = if letter == ' ' {
                "space".to_owned()
            } else {
                letter.to_string()
            };
            screen.press(&key);
        }
    };
    let first_step = |pixels: &[Colour]| count(pixels, WORK_TINT) > 20_000;
    let without = start();
    screen.wait_for("the question", |pixels| {
        pixels.iter().any(|each| *each != [0, 0, 0])
    });
    screen.press("Escape");
    screen.wait_for("the first start, without secrets", first_step);
    assert!(!is_reached_within(Duration::from_secs(2)));
    drop(without);

    let _with = start();
    screen.wait_for("the question again", |pixels| {
        pixels.iter().any(|each| *each != [0, 0, 0]) && !first_step(pixels)
    });
    types("wrong");
    screen.press("Return");
    // Making the key takes its time; then the field is outlined, and the words stand under it.
    screen.wait_for("that it was wrong", |pixels| {
        count(pixels, PERSON_LINE) > 500
    });
    assert!(!is_reached_within(Duration::from_secs(1)));
    types(passphrase);
    screen.press("Return");
    assert!(is_reached_within(LONGEST));
    screen.wait_for("the first start", first_step);
    for entry in std::fs::read_dir(home.path().join("logs"))
        .unwrap()
        .flatten()
    {
        let text = std::fs::read(entry.path()).unwrap();
        let text = String::from_utf8_lossy(&text);
        assert!(
            !text.contains(passphrase) && !text.contains("canary"),
            "{text}"
        );
    }
}
