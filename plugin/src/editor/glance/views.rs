//! What the network says of the chosen voice, and what comes out.

use crate::editor::stage::Stage;
use egui::{Rect, Ui};

/// See the module.
#[derive(Default)]
pub struct Views {}

impl Views {
    /// Draws them side by side over `rect`.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, stage: &Stage) {
        ui.painter().rect_filled(rect, 6.0, stage.theme.palette.well);
    }
}
