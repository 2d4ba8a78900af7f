//! The morph pad: left to right from the first instrument to the second, up and down a latent dimension or a macro.
//! Window's thread.

use crate::editor::stage::Stage;
use egui::{Rect, Ui};

/// Draws the pad in `rect`, also where there is no second instrument: then it says how to choose one.
pub fn draw(ui: &mut Ui, rect: Rect, stage: &Stage) {
    let palette = stage.theme.palette;
    ui.painter().rect_filled(rect, 4.0, palette.well);
}
