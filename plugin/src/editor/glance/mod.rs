//! One glance tells what sounds: the views of the chosen voice and of the output, the field, the line of status.
//! Window's thread; read from the scene alone.

mod field;
mod status;
mod views;

pub use field::Field;
pub use views::Views;

use super::stage::Stage;
use egui::Ui;

/// The line at the bottom.
pub fn status(ui: &mut Ui, stage: &Stage) {
    status::draw(ui, stage);
}
