//! What stands in the window while the inventory is opened: after an unclean end it is checked first.

use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use fleetdesk::ui::{News, Opening, SoFar, theme};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

type Seen = (Opening<u32>, Option<(u32, Vec<String>)>);

fn window(size: [f32; 2]) -> (Sender<News<u32>>, Harness<'static, Seen>) {
    let (tell, hears) = channel();
    let harness = Harness::builder()
        .with_size(size)
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, (opening, found): &mut Seen| {
                if found.is_none() {
                    *found = opening.show(ui);
                }
            },
            (Opening::new(hears), None),
        );
    (tell, harness)
}

fn says(harness: &Harness<'static, Seen>, role: Role, words: &str) -> bool {
    harness.query_all_by_role(role).any(|node| {
        let data = node.accesskit_node().data().clone();
        let said = data.label().or(data.value()).unwrap_or_default();
        said.contains(words)
    })
}

#[test]
fn the_window_says_that_the_inventory_is_checked_how_far_and_that_nothing_is_lost() {
    for size in [[1440.0, 900.0], [720.0, 560.0]] {
        let (tell, mut window) = window(size);
        let so_far = |pages_percent, seconds| {
            News::Checked(SoFar {
                bytes: 812_000_000,
                pages_percent,
                elapsed: Duration::from_secs(seconds),
            })
        };
        tell.send(so_far(Some(43), 4)).unwrap();
        window.run_steps(3);
        window.check_accessibility();
        assert!(says(
            &window,
            Role::Dialog,
            "The inventory is being checked"
        ));
        assert!(says(&window, Role::Label, "The last run was cut off"));
        assert!(says(&window, Role::Label, "the newest good copy"));
        assert!(says(
            &window,
            Role::Status,
            "Part 1 of 2, its pages: 43 of 100"
        ));
        tell.send(so_far(None, 9)).unwrap();
        window.run_steps(3);
        assert!(says(&window, Role::Status, "Part 2 of 2, its rows"));
        tell.send(News::Opened(7, vec!["whole".into()])).unwrap();
        window.run_steps(3);
        let found = window.state().1.clone();
        assert_eq!(found, Some((7, vec!["whole".to_owned()])));
    }
}

#[test]
fn an_inventory_that_cannot_be_opened_is_told_in_its_four_lines() {
    let (tell, mut window) = window([720.0, 560.0]);
    let lines = [
        "It cannot be read.",
        "Nothing was done.",
        "Start again.",
        "I-721",
    ];
    tell.send(News::Failed(lines.map(str::to_owned))).unwrap();
    window.run_steps(3);
    window.check_accessibility();
    for words in lines {
        assert!(says(&window, Role::Label, words), "{words}");
    }
    assert!(says(&window, Role::Button, "Close Fleetdesk"));
    assert!(window.state().0.has_failed());
}
