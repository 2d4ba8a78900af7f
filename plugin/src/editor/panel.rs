//! What the window shows: the instrument, what is wrong, the parameters, what the engine is doing.
//! Runs on the window's thread.
//! Reads copies and sends wishes; it never waits for a load (see `Instrument::shown`, `Instrument::choose`).

use super::parameters;
use super::preset_row::PresetRow;
use super::standalone_page;
use super::tuning_row::TuningRow;
use crate::instrument::Shown;
use crate::library::{Entry, Origin};
use crate::plugin::Shared;
use egui::{Align, Color32, ComboBox, Context, Layout, RichText, ScrollArea, TextEdit, Ui, Visuals};
use nice_plug::context::gui::GuiContext;
use std::path::PathBuf;
use timbrel_engine::model::Execution;
use timbrel_engine::render::Shaping;

/// Something is wrong.
pub(super) const ERROR: Color32 = Color32::from_rgb(0xe8, 0x6a, 0x5e);
/// Something is other than asked for.
pub(super) const NOTICE: Color32 = Color32::from_rgb(0xe3, 0xb3, 0x4f);

/// How waveshapers can be computed, from right to left.
const SHAPINGS: [(Shaping, &str, &str); 2] = [
    (Shaping::Exact, "exact", "The instrument's own networks at every sample: the most exact, and the most work"),
    (Shaping::Tables, "tables", "Tables made from the instrument's networks: for playing"),
];

/// What the window remembers between frames.
#[derive(Default)]
pub(super) struct Panel {
    /// A model file's path, as typed.
    typed: String,
    tuning: TuningRow,
    presets: PresetRow,
}

/// Sets the window's looks.
pub(super) fn dress(context: &Context) {
    context.set_visuals(Visuals::dark());
}

impl Panel {
    /// Draws everything.
    pub(super) fn draw(&mut self, ui: &mut Ui, shared: &Shared, gui: &GuiContext) {
        let shown = shared.instrument.shown();
        egui::Panel::top("instrument").show(ui, |ui| {
            ui.add_space(6.0);
            instrument_row(ui, shared, &shown);
            sentences(ui, &shown);
            ui.add_space(2.0);
            self.presets.draw(ui, &shared.presets);
            ui.add_space(4.0);
        });
        egui::Panel::bottom("status").show(ui, |ui| {
            ui.add_space(4.0);
            self.tuning.draw(ui, &shared.tunings);
            ui.separator();
            self.file_row(ui, shared);
            ui.separator();
            status_row(ui, shared);
            if let Some(desk) = &shared.standalone {
                ui.collapsing("Audio and MIDI", |ui| standalone_page::draw(ui, desk));
            }
            ui.add_space(4.0);
        });
        egui::CentralPanel::default().show(ui, |ui| {
            ScrollArea::both().auto_shrink(false).show(ui, |ui| parameters::draw(ui, shared, &gui.param_setter()));
        });
    }

    /// Where the player's own models belong, and a way to one that lies elsewhere.
    fn file_row(&mut self, ui: &mut Ui, shared: &Shared) {
        ui.horizontal(|ui| {
            ui.label("Model file");
            let load = ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let pressed = ui.button("Load").clicked();
                let hint = shared.instrument.user_models().map(|folder| format!("or put it into {}", folder.display()));
                let field = TextEdit::singleline(&mut self.typed).desired_width(f32::INFINITY);
                let typed = ui.add(field.hint_text(hint.unwrap_or_default()));
                pressed || (typed.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)))
            });
            let path = self.typed.trim();
            if load.inner && !path.is_empty() {
                shared.instrument.choose(PathBuf::from(path));
            }
        });
    }
}

fn instrument_row(ui: &mut Ui, shared: &Shared, shown: &Shown) {
    ui.horizontal(|ui| {
        ui.heading("Timbrel");
        ui.add_space(12.0);
        let name = shown.name.as_deref().unwrap_or("no instrument");
        ComboBox::from_id_salt("choice").selected_text(name).width(220.0).show_ui(ui, |ui| {
            for entry in &shown.choices {
                let chosen = shown.path.as_deref() == Some(&entry.path);
                let label = ui.selectable_label(chosen, choice_text(entry));
                if label.clicked() {
                    shared.instrument.choose(entry.path.clone());
                }
                if let Some(fault) = &entry.fault {
                    label.on_hover_text(fault);
                }
            }
        });
        second_choice(ui, shared, shown);
        if ui.button("Refresh").on_hover_text("Look for model files again").clicked() {
            shared.instrument.prepare();
        }
        if shared.instrument.is_loading() {
            ui.spinner();
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let now = shared.instrument.execution();
            for (execution, text) in [(Execution::Cuda, "CUDA"), (Execution::Cpu, "CPU")] {
                if ui.selectable_label(now == execution, text).clicked() && now != execution {
                    shared.instrument.run_on(execution);
                }
            }
            ui.label("Runs on");
            if shown.shapes {
                ui.separator();
                let now = shared.instrument.shaping();
                for (shaping, text, hint) in SHAPINGS {
                    let label = ui.selectable_label(now == shaping, text).on_hover_text(hint);
                    if label.clicked() && now != shaping {
                        shared.instrument.shape_by(shaping);
                    }
                }
                ui.label("Shapers");
            }
        });
    });
}

/// What the instrument morphs to.
fn second_choice(ui: &mut Ui, shared: &Shared, shown: &Shown) {
    ui.label("Morph to");
    let name = shown.second_name.as_deref().unwrap_or("nothing");
    ComboBox::from_id_salt("second choice").selected_text(name).width(140.0).show_ui(ui, |ui| {
        if ui.selectable_label(shown.second_name.is_none(), "nothing").clicked() {
            shared.instrument.choose_second(None);
        }
        for entry in &shown.choices {
            let chosen = shown.second_path.as_deref() == Some(&entry.path);
            let label = ui.selectable_label(chosen, choice_text(entry));
            if label.clicked() {
                shared.instrument.choose_second(Some(entry.path.clone()));
            }
            if let Some(fault) = &entry.fault {
                label.on_hover_text(fault);
            }
        }
    });
}

fn choice_text(entry: &Entry) -> RichText {
    let text = match entry.origin {
        Origin::Shipped => RichText::new(&entry.title),
        Origin::User => RichText::new(format!("{} (yours)", entry.title)),
    };
    if entry.fault.is_some() { text.color(ERROR) } else { text }
}

fn sentences(ui: &mut Ui, shown: &Shown) {
    let sentences =
        [(&shown.error, ERROR), (&shown.missing, NOTICE), (&shown.second_missing, NOTICE), (&shown.note, NOTICE)];
    for (sentence, colour) in sentences {
        if let Some(sentence) = sentence {
            ui.label(RichText::new(sentence).color(colour));
        }
    }
}

fn status_row(ui: &mut Ui, shared: &Shared) {
    ui.horizontal(|ui| {
        if ui.button("Panic").on_hover_text("Silence at once, and every pedal and wheel at rest").clicked() {
            shared.instrument.panic();
        }
        ui.separator();
        status(ui, shared);
    });
}

fn status(ui: &mut Ui, shared: &Shared) {
    match shared.instrument.status() {
        Some(status) => {
            ui.label(format!("Voices {}", status.voices));
            ui.separator();
            let late = RichText::new(format!("Late frames {}", status.late_frames));
            ui.label(if status.late_frames > 0 { late.color(NOTICE) } else { late });
            ui.separator();
            ui.label(format!("Control load {:.0} %", status.control_load * 100.0));
            ui.separator();
            if let Some(latency) = shared.instrument.latency() {
                ui.label(format!("Latency {} samples ({:.1} ms)", latency.samples, latency.milliseconds()));
                ui.separator();
            }
            limiter_light(ui, status.limiter_reduction_db);
            ui.separator();
            ui.label(if status.priority_raised { "Priority raised" } else { "Normal priority" })
                .on_hover_text("Whether the system let the control thread run before others");
            if let Some(error) = &status.error {
                ui.separator();
                ui.label(RichText::new(error).color(ERROR));
            }
        }
        None => {
            ui.label("Not running");
        }
    }
}

/// Shines while the limiter takes something away.
fn limiter_light(ui: &mut Ui, reduction_db: f32) {
    // What is less than that nobody hears.
    let text = if reduction_db < 0.1 {
        RichText::new("Limiter").weak()
    } else {
        RichText::new(format!("Limiter -{reduction_db:.1} dB")).color(NOTICE)
    };
    ui.label(text).on_hover_text("What the safety limiter takes away to keep the output below full scale");
}
