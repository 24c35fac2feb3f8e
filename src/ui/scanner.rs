//! Tells a scanner from fingers: a burst of characters that ends in Enter or Tab is a scan, wherever the focus is.
//!
//! Typed characters are held for a moment. If the burst goes on and ends, it is taken whole and presses nothing; otherwise
//! everything goes on its way in its order. What a scan means is not decided here.

use egui::{Event, Key, Modifiers};

/// Two characters of a burst are never further apart.
pub const BURST_GAP_S: f64 = 0.06;
/// A shorter text that ends in Enter was typed.
const SHORTEST_SCAN: usize = 5;

/// What came of one frame's events.
#[derive(Debug, Default, PartialEq)]
pub struct Sifted {
    /// Goes on to the screens.
    pub pass: Vec<Event>,
    /// Scans, without their ending.
    pub scans: Vec<String>,
    /// Whether one of them ended in Tab, which would have moved the keyboard.
    pub ended_in_tab: bool,
    /// Look again after so long, because something is held.
    pub again_in_s: Option<f64>,
}

/// Holds what may become a scan.
#[derive(Debug, Default)]
pub struct Scanner {
    held: Vec<Event>,
    text: String,
    last_at: f64,
}

impl Scanner {
    /// Sifts the events of one frame. `frame_s` is how long the frame before took: characters that had to wait for it were
    /// not slow.
    pub fn sift(&mut self, events: Vec<Event>, now_s: f64, frame_s: f64) -> Sifted {
        let mut sifted = Sifted::default();
        let allowed = BURST_GAP_S + frame_s.clamp(0.0, 0.25);
        if !self.held.is_empty() && now_s - self.last_at > allowed {
            self.release(&mut sifted.pass);
        }
        for event in events {
            match &event {
                Event::Text(text) => {
                    self.text.push_str(text);
                    self.last_at = now_s;
                    self.held.push(event);
                }
                Event::Key {
                    key: Key::Enter | Key::Tab,
                    pressed: true,
                    modifiers,
                    ..
                } if is_scan(&self.text) && !modifiers.any() => {
                    sifted.ended_in_tab |= matches!(event, Event::Key { key: Key::Tab, .. });
                    sifted.scans.push(std::mem::take(&mut self.text));
                    self.held.clear();
                }
                Event::Key { key, modifiers, .. } if may_write(*key, *modifiers) => {
                    if self.held.is_empty() {
                        self.last_at = now_s;
                    }
                    self.held.push(event);
                }
                Event::Key { .. }
                | Event::PointerButton { .. }
                | Event::Paste(_)
                | Event::Ime(_) => {
                    self.release(&mut sifted.pass);
                    sifted.pass.push(event);
                }
                _ => sifted.pass.push(event),
            }
        }
        if !self.held.is_empty() {
            if now_s - self.last_at >= BURST_GAP_S {
                self.release(&mut sifted.pass);
            } else {
                sifted.again_in_s = Some(BURST_GAP_S - (now_s - self.last_at));
            }
        }
        sifted
    }

    fn release(&mut self, pass: &mut Vec<Event>) {
        pass.append(&mut self.held);
        self.text.clear();
    }
}

fn is_scan(text: &str) -> bool {
    text.chars().count() >= SHORTEST_SCAN
}

/// Whether a key writes a character when pressed so: only such keys are part of a burst.
fn may_write(key: Key, modifiers: Modifiers) -> bool {
    let chord = modifiers.ctrl || modifiers.alt || modifiers.command;
    !chord
        && (key.name().chars().count() == 1
            || matches!(
                key,
                Key::Space
                    | Key::Minus
                    | Key::Plus
                    | Key::Slash
                    | Key::Colon
                    | Key::Comma
                    | Key::Period
                    | Key::Semicolon
                    | Key::Equals
            ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: Key) -> Event {
        Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        }
    }

    fn typed(text: &str) -> Vec<Event> {
        text.chars()
            .map(|letter| Event::Text(letter.to_string()))
            .collect()
    }

    #[test]
    fn a_burst_with_enter_is_a_scan_and_presses_nothing() {
        let mut scanner = Scanner::default();
        let mut events = typed("004999012632468");
        events.push(key(Key::Enter));
        let sifted = scanner.sift(events, 1.0, 0.016);
        assert_eq!(sifted.scans, ["004999012632468"]);
        assert!(sifted.pass.is_empty() && sifted.again_in_s.is_none());
    }

    #[test]
    fn a_burst_over_several_frames_is_one_scan() {
        let mut scanner = Scanner::default();
        for (frame, part) in ["00499", "90126", "32468"].into_iter().enumerate() {
            let sifted = scanner.sift(typed(part), frame as f64 * 0.05, 0.016);
            assert!(sifted.pass.is_empty() && sifted.again_in_s.is_some());
        }
        let sifted = scanner.sift(vec![key(Key::Tab)], 0.15, 0.016);
        assert_eq!(sifted.scans, ["004999012632468"]);
        assert!(sifted.ended_in_tab);
    }

    #[test]
    fn slow_typing_passes_late_and_in_order() {
        let mut scanner = Scanner::default();
        let first = scanner.sift(typed("a"), 0.0, 0.016);
        assert!(first.pass.is_empty());
        let second = scanner.sift(Vec::new(), 0.061, 0.016);
        assert_eq!(second.pass, typed("a"));
    }

    #[test]
    fn a_short_word_and_enter_are_typed() {
        let mut scanner = Scanner::default();
        let mut events = typed("4821");
        events.push(key(Key::Enter));
        let sifted = scanner.sift(events.clone(), 0.0, 0.016);
        assert_eq!(sifted.pass, events);
        assert!(sifted.scans.is_empty());
    }

    #[test]
    fn a_key_that_writes_nothing_lets_everything_before_it_go_first() {
        let mut scanner = Scanner::default();
        let mut events = typed("ab");
        events.push(key(Key::Backspace));
        assert_eq!(scanner.sift(events.clone(), 0.0, 0.016).pass, events);
    }

    #[test]
    fn a_slow_frame_does_not_cut_a_scan() {
        let mut scanner = Scanner::default();
        scanner.sift(typed("0049990126"), 0.0, 0.016);
        let mut rest = typed("32468");
        rest.push(key(Key::Enter));
        assert_eq!(scanner.sift(rest, 0.2, 0.2).scans, ["004999012632468"]);
    }
}
