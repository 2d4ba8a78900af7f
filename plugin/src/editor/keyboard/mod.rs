//! The on-screen keyboard: shows what is played, and plays.
//! Window's thread.

use crate::editor::stage::Stage;
use crate::editor::surface::{BLACK_WIDTH, Surface, is_black};
use egui::{Rect, Ui, pos2};

/// The keys that are shown.
pub const KEYS: std::ops::RangeInclusive<u8> = 21..=108;

/// See the module.
#[derive(Default)]
pub struct Keyboard {}

impl Keyboard {
    /// Draws it over `rect`.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, surface: &Surface, stage: &Stage) {
        let (painter, palette) = (ui.painter_at(rect), &stage.theme.palette);
        for black in [false, true] {
            for key in surface.keys().filter(|key| is_black(*key) == black) {
                let half = surface.white_width() * if black { BLACK_WIDTH } else { 0.96 } / 2.0;
                let bottom = if black { rect.top() + rect.height() * 0.62 } else { rect.bottom() };
                let middle = surface.middle(key);
                let shape = Rect::from_min_max(pos2(middle - half, rect.top()), pos2(middle + half, bottom));
                painter.rect_filled(shape, 2.0, if black { palette.ground } else { palette.text });
            }
        }
    }

    /// Lets go of everything that it holds: the window closes.
    pub fn let_go(&mut self) {}
}
