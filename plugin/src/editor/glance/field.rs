//! Pitch and loudness: where the instrument was trained, and where each voice is.

use crate::editor::stage::Stage;
use crate::editor::surface::Surface;
use egui::{Rect, Ui, pos2};

/// Loudness at the bottom and at the top, decibels of the model's own measure, where no model says otherwise.
const LOUDNESS: (f32, f32) = (-80.0, 0.0);

/// See the module.
#[derive(Default)]
pub struct Field {}

impl Field {
    /// Draws it over `rect`, on the keyboard's axis.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, surface: &Surface, stage: &Stage) {
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 6.0, stage.theme.palette.well);
        for voice in stage.scene.voices() {
            let share = (voice.loudness_db - LOUDNESS.0) / (LOUDNESS.1 - LOUDNESS.0);
            let place = pos2(surface.place(voice.midi_pitch), rect.bottom() - rect.height() * share.clamp(0.0, 1.0));
            painter.circle_filled(place, 5.0, stage.theme.palette.harmonics);
        }
    }
}
