//! The question for the passphrase of the sealed file, before the bench.

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use fleetdesk::ui::{Unlock, Unlocked, theme};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const RIGHT: &str = "several easy words";

type Asking = (Option<Unlock>, Option<Unlocked>);

struct Question {
    harness: Harness<'static, Asking>,
    tried: Arc<Mutex<Vec<String>>>,
}

impl Question {
    fn new(size: [f32; 2]) -> Self {
        let tried: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&tried);
        let open = move |passphrase: fleet::Secret| {
            kept.lock().unwrap().push(passphrase.reveal().to_owned());
            if passphrase.reveal() == RIGHT {
                Ok(())
            } else {
                Err("This is not the passphrase of the sealed file.".to_owned())
            }
        };
        let unlock = Unlock::new(Arc::new(open));
        let harness = Harness::builder()
            .with_size(size)
            .with_context_setup(theme::install)
            .build_ui_state(
                |ui, (unlock, ended): &mut Asking| {
                    if let Some(unlock) = unlock {
                        *ended = ended.or(unlock.show(ui));
                    }
                },
                (Some(unlock), None),
            );
        let mut question = Self { harness, tried };
        question.harness.run_steps(3);
        question.harness.check_accessibility();
        question
    }

    fn types(&mut self, text: &str) {
        for letter in text.chars() {
            self.harness.event(egui::Event::Text(letter.to_string()));
            self.harness.run_steps(1);
        }
    }

    fn key(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(2);
    }

    fn says(&self, words: &str) -> bool {
        let labels = self.harness.query_all_by_role(Role::Label);
        labels
            .filter_map(|node| {
                let data = node.accesskit_node().data().clone();
                data.label().or(data.value()).map(str::to_owned)
            })
            .any(|label| label.contains(words))
    }

    /// Lets frames pass until it has answered; the file is opened on a thread of its own.
    fn until(&mut self, mut fits: impl FnMut(&Self) -> bool) {
        let begun = Instant::now();
        while !fits(self) {
            assert!(begun.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(5));
            self.harness.run_steps(1);
        }
    }

    fn ended(&self) -> Option<Unlocked> {
        self.harness.state().1
    }
}

#[test]
fn a_wrong_passphrase_is_said_in_words_and_the_right_one_opens() {
    let mut question = Question::new([1440.0, 900.0]);
    assert!(question.says("The secrets of this bench are locked"));
    question.types("a wrong one");
    let fields = question.harness.query_all_by_role(Role::PasswordInput);
    for field in fields {
        let value = field.accesskit_node().data().value().unwrap_or_default();
        assert!(!value.contains("wrong"), "it stands in the open: {value}");
    }
    question.key(Key::Enter);
    question.until(|question| question.says("This is not the passphrase"));
    assert_eq!(question.ended(), None);
    // The field is empty and has the keyboard again.
    question.harness.run_steps(2);
    question.types(RIGHT);
    assert!(!question.says("This is not the passphrase"));
    question.key(Key::Enter);
    question.until(|question| question.ended().is_some());
    assert_eq!(question.ended(), Some(Unlocked::Opened));
    assert_eq!(*question.tried.lock().unwrap(), ["a wrong one", RIGHT]);
}

#[test]
fn work_goes_on_without_it_by_a_key_or_a_button() {
    let mut question = Question::new([720.0, 560.0]);
    question.key(Key::Enter);
    assert_eq!(question.ended(), None, "nothing was typed");
    question.key(Key::Escape);
    assert_eq!(question.ended(), Some(Unlocked::NotNow));
    let mut question = Question::new([720.0, 560.0]);
    question
        .harness
        .get_by_role_and_label(Role::Button, "Not now")
        .click();
    question.harness.run_steps(2);
    assert_eq!(question.ended(), Some(Unlocked::NotNow));
    assert!(question.tried.lock().unwrap().is_empty());
}
