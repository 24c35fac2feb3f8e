//! Shows the parts and screens with invented data: `cargo run --example gallery -- [PAGE] [--dark] [--zoom FACTOR]`.
//!
//! Nothing is opened and nothing is sent. Pages: `parts` and the names that `--help` prints.

mod parts;

use eframe::egui;

struct Gallery {
    typed: parts::Typed,
}

impl eframe::App for Gallery {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        parts::show(ui, &mut self.typed);
    }
}

fn main() -> eframe::Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let dark = arguments.iter().any(|argument| argument == "--dark");
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size([1440.0, 900.0]),
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "Fleetdesk gallery",
        options,
        Box::new(move |creation| {
            fleetdesk::ui::theme::install(&creation.egui_ctx);
            creation.egui_ctx.set_theme(if dark {
                egui::Theme::Dark
            } else {
                egui::Theme::Light
            });
            Ok(Box::new(Gallery {
                typed: parts::Typed::default(),
            }))
        }),
    )
}
