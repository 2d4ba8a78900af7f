//! The pages of controls.
//! Window's thread.

use crate::editor::parameters;
use crate::editor::stage::{Page, Stage};
use egui::{ScrollArea, Ui};

/// See the module.
#[derive(Default)]
pub struct Pages {}

impl Pages {
    /// Draws the tabs and the page that is open.
    pub fn draw(&mut self, ui: &mut Ui, stage: &Stage) {
        ui.horizontal(|ui| {
            for (page, name) in Page::ALL {
                if ui.selectable_label(stage.memory.page.get() == page, name).clicked() {
                    stage.memory.page.set(page);
                }
            }
        });
        ScrollArea::both().auto_shrink(false).show(ui, |ui| parameters::draw(ui, stage));
    }
}
