//! The row under the search box: menus that write the words of fields, so that a person learns them by the way, and the time it took.

use crate::ui::draw::{Draw, Room};
use crate::ui::theme::palette;
use crate::ui::theme::text::{self, Size, Weight};
use crate::ui::widgets::{choice, speak};
use crate::ui::words;
use egui::accesskit::Role;
use egui::{ComboBox, Ui};
use fleet::query::{AgeOf, Filter, Query, StateWord, Test, TextField, TextTest};

/// States that the menu offers, in the order of interest.
const STATES: [StateWord; 11] = [
    StateWord::Reporting,
    StateWord::Quiet,
    StateWord::NeverReported,
    StateWord::Verified,
    StateWord::NotVerified,
    StateWord::Stopped,
    StateWord::NeedsYou,
    StateWord::Known,
    StateWord::Suspended,
    StateWord::Owed,
    StateWord::Retired,
];
const AGES: [(&str, &str); 5] = [
    ("in the last day", "seen<1d"),
    ("in the last 7 days", "seen<7d"),
    ("in the last 30 days", "seen<30d"),
    ("not for 7 days", "seen>7d"),
    ("not for 30 days", "seen>30d"),
];

/// Draws the row.
pub(super) fn show(ui: &mut Ui, draw: &mut Draw<'_>) {
    let palette = palette(ui);
    let query = Query::parse(draw.desk.typed.trim()).unwrap_or_default();
    let offices = offered(&draw.state.menus.offices, TextField::Office);
    let templates = offered(&draw.state.menus.templates, TextField::Template);
    let states: Vec<(String, String)> = STATES
        .iter()
        .map(|state| {
            let name = state.name();
            (name.replace('-', " "), format!("state:{name}"))
        })
        .collect();
    let ages: Vec<(String, String)> = AGES
        .iter()
        .map(|(words, filter)| ((*words).to_owned(), (*filter).to_owned()))
        .collect();
    let of_text = |field: TextField| move |test: &Test| matches!(test, Test::Text(found, _) if *found == field);
    ui.horizontal(|ui| {
        let mut wanted = None;
        let mut one = |ui: &mut Ui,
                       name: &str,
                       any: &str,
                       values: &[(String, String)],
                       is: &dyn Fn(&Test) -> bool| {
            if let Some(chosen) = menu(ui, name, any, values, &query, is) {
                wanted = Some(chosen);
            }
        };
        one(
            ui,
            "Office",
            "Any office",
            &offices,
            &of_text(TextField::Office),
        );
        one(ui, "State", "Any state", &states, &|test| {
            matches!(test, Test::State(_))
        });
        one(
            ui,
            "Template",
            "Any template",
            &templates,
            &of_text(TextField::Template),
        );
        one(ui, "Seen", "Seen any time", &ages, &|test| {
            matches!(test, Test::Age(AgeOf::Seen, ..) | Test::Never(AgeOf::Seen))
        });
        if let Some(typed) = wanted {
            draw.desk.typed = typed;
            draw.desk.row = 0;
            draw.desk.focus_search = true;
        }
        if draw.room == Room::Wide {
            let words = "or type  office:north   state:quiet   seen<7d";
            ui.label(text::rich(
                words,
                Size::Caption,
                Weight::Regular,
                palette.ink3,
            ));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let caption = caption(draw);
            ui.label(text::rich(
                caption,
                Size::Caption,
                Weight::Regular,
                palette.ink3,
            ));
        });
    });
}

fn caption(draw: &Draw<'_>) -> String {
    let typed = draw.desk.typed.trim();
    if typed.is_empty() || draw.state.search.query != typed {
        return "Works offline.".to_owned();
    }
    let took = draw.state.search.took_ms.ceil().max(1.0);
    format!("Works offline. This search took {took} ms.")
}

/// Each value with how it is shown and what is typed for it.
fn offered(values: &[(String, u64)], field: TextField) -> Vec<(String, String)> {
    let filter = |value: &str| {
        Filter {
            not: false,
            test: Test::Text(field, vec![TextTest::Is(value.to_owned())]),
        }
        .to_string()
    };
    values
        .iter()
        .take(40)
        .map(|(value, units)| {
            (
                format!("{value}  ({})", words::count(*units)),
                filter(value),
            )
        })
        .collect()
}

/// A menu; answers the query as it is typed with the chosen value.
fn menu(
    ui: &mut Ui,
    name: &str,
    any: &str,
    values: &[(String, String)],
    query: &Query,
    is: &dyn Fn(&Test) -> bool,
) -> Option<String> {
    let now = query.filters.iter().find(|filter| is(&filter.test));
    let shown = now.map_or_else(|| any.to_owned(), ToString::to_string);
    let without = || {
        let mut query = query.clone();
        query.filters.retain(|filter| !is(&filter.test));
        query.to_string()
    };
    let list = ComboBox::from_id_salt(("find filter", name))
        .selected_text(text::rich(
            shown.clone(),
            Size::Caption,
            Weight::Medium,
            palette(ui).ink,
        ))
        .height(420.0);
    let (response, chosen) = choice::show(ui, list, |ui| {
        let mut chosen = choice::line(ui, now.is_none(), any).then(without);
        for (words, filter) in values {
            let is_now = now.is_some_and(|now| now.to_string() == *filter);
            if choice::line(ui, is_now, words) {
                let rest = without();
                chosen = Some(format!("{rest} {filter}").trim().to_owned());
            }
        }
        chosen
    });
    speak::tell(
        &response,
        Role::ComboBox,
        &format!("{name}: {shown}"),
        |_| {},
    );
    chosen
}
