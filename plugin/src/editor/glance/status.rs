//! One line: how the synth does.

use crate::editor::stage::Stage;
use egui::{RichText, Ui};

/// Draws it.
pub(super) fn draw(ui: &mut Ui, stage: &Stage) {
    let palette = &stage.theme.palette;
    ui.horizontal(|ui| match &stage.scene.status {
        Some(status) => {
            ui.weak(format!("Voices {}", status.voices));
            let late = RichText::new(format!("Late frames {}", status.late_frames));
            ui.label(late.color(if status.late_frames > 0 { palette.notice } else { palette.faint }));
            ui.weak(format!("Control {:.0} %", status.control_load * 100.0));
            if let Some(latency) = stage.scene.latency {
                ui.weak(format!("Latency {:.1} ms", latency.milliseconds()));
            }
            if let Some(error) = &status.error {
                ui.colored_label(palette.error, error);
            }
        }
        None => {
            ui.weak("Not running");
        }
    });
}
