//! Header and drawers: instruments, presets, settings.
//! Window's thread.

pub mod morph_pad;

use crate::editor::preset_row::PresetRow;
use crate::editor::stage::{Drawer, Slot, Stage};
use crate::editor::standalone_page;
use crate::editor::tuning_row::TuningRow;
use egui::{ComboBox, RichText, TextEdit, Ui};
use std::path::PathBuf;

/// See the module.
#[derive(Default)]
pub struct Browser {
    typed: String,
    presets: PresetRow,
    tuning: TuningRow,
}

impl Browser {
    /// Draws the line at the top.
    pub fn header(&mut self, ui: &mut Ui, stage: &Stage) {
        ui.horizontal(|ui| {
            ui.label(RichText::new("timbrel").font(stage.theme.title()).color(stage.theme.palette.harmonics));
            let shown = &stage.scene.instrument;
            let name = shown.name.as_deref().unwrap_or("no instrument");
            ComboBox::from_id_salt("choice").selected_text(name).width(180.0).show_ui(ui, |ui| {
                for entry in shown.choices.iter() {
                    if ui.selectable_label(shown.path.as_deref() == Some(&entry.path), &entry.title).clicked() {
                        stage.shared.instrument.choose(entry.path.clone());
                    }
                }
            });
            let drawers = [
                (Drawer::Instruments(Slot::First), "Instruments"),
                (Drawer::Presets, "Presets"),
                (Drawer::Settings, "Settings"),
            ];
            for (drawer, text) in drawers {
                let is_open = stage.memory.drawer.get() == Some(drawer);
                if ui.selectable_label(is_open, text).clicked() {
                    stage.memory.drawer.set(if is_open { None } else { Some(drawer) });
                }
            }
            let (can_undo, can_redo) = stage.shared.history.reach();
            if ui.add_enabled(can_undo, egui::Button::new("Undo")).clicked() {
                stage.hand.undo();
            }
            if ui.add_enabled(can_redo, egui::Button::new("Redo")).clicked() {
                stage.hand.redo();
            }
            if ui.button("Panic").clicked() {
                stage.shared.instrument.panic();
            }
        });
    }

    /// Draws what lies over views and pages.
    pub fn drawer(&mut self, ui: &mut Ui, drawer: Drawer, stage: &Stage) {
        match drawer {
            Drawer::Instruments(_) => {
                let typed = ui.add(TextEdit::singleline(&mut self.typed).hint_text("a model file"));
                if typed.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
                    stage.shared.instrument.choose(PathBuf::from(self.typed.trim()));
                }
            }
            Drawer::Presets => self.presets.draw(ui, &stage.shared.presets),
            // `help` draws it.
            Drawer::Keys => {}
            Drawer::Settings => {
                self.tuning.draw(ui, &stage.shared.tunings);
                if let Some(desk) = &stage.shared.standalone {
                    standalone_page::draw(ui, desk);
                }
            }
        }
    }
}
