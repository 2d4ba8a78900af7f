//! The drawer of settings: how the window looks, where the network runs, where files lie, and in the standalone program
//! audio and MIDI.
//! Window's thread.
//! What is about the player is kept for the player, what is about the sound is an edit
//! (test: `settings_are_kept_for_the_player`).

use super::{dialog, pieces};
use crate::editor::stage::Stage;
use crate::editor::standalone_page;
use crate::editor::tastes::Tastes;
use crate::editor::theme::{Contrast, TextSize};
use egui::{Frame, Label, RichText, ScrollArea, Ui, UiBuilder};
use std::path::Path;
use timbrel_engine::model::Execution;
use timbrel_engine::render::Shaping;

/// What the drawer remembers between frames.
#[derive(Default)]
pub struct Settings {
    /// Why a folder could not be shown.
    sentence: Option<String>,
}

impl Settings {
    /// Draws the drawer.
    pub fn draw(&mut self, ui: &mut Ui, stage: &Stage) {
        let (theme, rect) = (stage.theme, ui.max_rect());
        let (head, body) = rect.split_top_bottom_at_y(rect.top() + theme.scaled(30.0));
        ui.scope_builder(UiBuilder::new().max_rect(head).id_salt("head"), |ui| {
            ui.horizontal_centered(|ui| {
                ui.label(RichText::new("Settings").font(theme.title()));
                super::close(ui, stage);
            });
        });
        let is_wide = body.width() >= theme.scaled(780.0);
        ui.scope_builder(UiBuilder::new().max_rect(body).id_salt("settings"), |ui| {
            ScrollArea::vertical().id_salt("settings").auto_shrink([false, false]).show(ui, |ui| {
                if is_wide {
                    ui.columns(2, |columns| {
                        if let [left, right] = columns {
                            group(left, stage, "Window", |ui| look(ui, stage));
                            group(left, stage, "Network", |ui| network(ui, stage));
                            self.second_column(right, stage);
                        }
                    });
                } else {
                    group(ui, stage, "Window", |ui| look(ui, stage));
                    group(ui, stage, "Network", |ui| network(ui, stage));
                    self.second_column(ui, stage);
                }
            });
        });
    }

    fn second_column(&mut self, ui: &mut Ui, stage: &Stage) {
        if let Some(desk) = &stage.shared.standalone {
            group(ui, stage, "Audio and MIDI", |ui| standalone_page::draw(ui, desk));
        }
        group(ui, stage, "Folders", |ui| self.folders(ui, stage));
        group(ui, stage, "About", |ui| about(ui, stage));
    }

    fn folders(&mut self, ui: &mut Ui, stage: &Stage) {
        let theme = stage.theme;
        let folders =
            [("Instruments", stage.shared.instrument.user_models()), ("Presets", stage.shared.presets.user_folder())];
        for (name, folder) in folders {
            let Some(folder) = folder else { continue };
            ui.horizontal(|ui| {
                let label = format!("Show {}", name.to_lowercase());
                if ui.button(&label).on_hover_text("In the system's file manager").clicked() {
                    let shown = dialog::show_folder(&folder);
                    let sentence = |reason| format!("{} cannot be shown: {reason}.", folder.display());
                    self.sentence = shown.err().map(sentence);
                }
                ui.add(
                    Label::new(RichText::new(short(&folder)).font(theme.small()).color(theme.palette.faint)).truncate(),
                );
            });
        }
        let hint = "What is put there is listed by itself.";
        ui.label(RichText::new(hint).font(theme.small()).color(theme.palette.faint));
        if let Some(sentence) = &self.sentence {
            ui.label(RichText::new(sentence).color(theme.palette.error));
        }
    }
}

fn short(folder: &Path) -> String {
    let home =
        dirs::home_dir().and_then(|home| folder.strip_prefix(home).ok().map(|rest| format!("~/{}", rest.display())));
    home.unwrap_or_else(|| folder.display().to_string())
}

fn group(ui: &mut Ui, stage: &Stage, title: &str, draw: impl FnOnce(&mut Ui)) {
    let (theme, palette) = (stage.theme, stage.theme.palette);
    Frame::new().fill(palette.panel).corner_radius(6).inner_margin(10).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        pieces::heading(ui, theme, title);
        ui.add_space(2.0);
        draw(ui);
    });
    ui.add_space(theme.scaled(8.0));
}

/// A caption over a choice.
fn caption(ui: &mut Ui, stage: &Stage, text: &str) {
    ui.label(RichText::new(text).font(stage.theme.small()).color(stage.theme.palette.faint));
}

fn look(ui: &mut Ui, stage: &Stage) {
    let theme = stage.theme;
    let mut tastes: Tastes = stage.memory.tastes.borrow().clone();
    caption(ui, stage, "Text size");
    let sizes = TextSize::ALL.map(|size| (size, size.name()));
    if let Some(size) = pieces::segments(ui, theme, "Text size", &sizes, tastes.text_size) {
        tastes.text_size = size;
    }
    caption(ui, stage, "Colours");
    let contrasts = [(Contrast::Walnut, "Walnut"), (Contrast::High, "High contrast")];
    if let Some(contrast) = pieces::segments(ui, theme, "Colours", &contrasts, tastes.contrast) {
        tastes.contrast = contrast;
    }
    ui.checkbox(&mut tastes.tooltips, "Tooltips");
    ui.checkbox(&mut tastes.computer_keyboard, "Play on the computer's keyboard")
        .on_hover_text("While the keyboard in the window has the focus");
    if tastes != *stage.memory.tastes.borrow() {
        stage.memory.tastes.replace(tastes);
    }
}

fn network(ui: &mut Ui, stage: &Stage) {
    let (theme, instrument) = (stage.theme, &stage.shared.instrument);
    caption(ui, stage, "Runs on");
    let places = [(Execution::Cpu, "CPU"), (Execution::Cuda, "CUDA")];
    if let Some(execution) = pieces::segments(ui, theme, "Runs on", &places, instrument.execution()) {
        instrument.run_on(execution);
    }
    caption(ui, stage, "Waveshapers");
    let ways = [(Shaping::Tables, "Tables"), (Shaping::Exact, "Exact networks")];
    if let Some(shaping) = pieces::segments(ui, theme, "Waveshapers", &ways, instrument.shaping()) {
        instrument.shape_by(shaping);
    }
    if let Some(note) = &stage.scene.instrument.note {
        ui.add(Label::new(RichText::new(note).color(theme.palette.notice)).wrap());
    }
}

fn about(ui: &mut Ui, stage: &Stage) {
    let theme = stage.theme;
    ui.label(RichText::new(concat!("Timbrel ", env!("CARGO_PKG_VERSION"))).font(theme.strong()));
    for text in [
        "A neural synthesizer. MIT or Apache 2.0; instruments have licences of their own, which their cards name.",
        "Type: IBM Plex Sans Condensed, SIL Open Font License 1.1. Networks: ONNX Runtime, MIT. What else is inside, with all \
         licences, lies in the folder “licences” beside the plugin.",
        "VST is a trademark of Steinberg Media Technologies GmbH.",
    ] {
        ui.add(Label::new(RichText::new(text).font(theme.small()).color(theme.palette.faint)).wrap());
    }
}
