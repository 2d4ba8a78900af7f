//! Where each key lies, and which key and how hard a place is.
//! Pure.
//! Every place of the keys is one key's (test: `every_place_is_the_key_that_is_drawn_there`).

use crate::editor::surface::{BLACK_WIDTH, Surface, is_black};
use egui::{Pos2, Rect, pos2};

/// Height of the rail above the keys, on which lights show the pitches that sound, points.
pub const RAIL: f32 = 7.0;
/// Share of a white key's length that a black one has.
const BLACK_HEIGHT: f32 = 0.6;
/// Velocity at a key's far end; at its near end it is 1.
const SOFTEST: f32 = 0.15;
/// The last part of a key is as hard as can be.
const HARD: f32 = 0.12;

/// The keys over a rectangle.
#[derive(Clone, Copy, Debug)]
pub struct Manual<'a> {
    /// The axis.
    pub surface: &'a Surface,
    /// Above the keys.
    pub rail: Rect,
    /// The keys.
    pub rect: Rect,
}

impl<'a> Manual<'a> {
    /// Rail and keys over `rect`, which is as wide as the axis.
    pub fn new(surface: &'a Surface, rect: Rect) -> Self {
        let (rail, rect) = rect.split_top_bottom_at_y(rect.top() + RAIL);
        Self { surface, rail, rect }
    }

    /// Where a key lies. A white one's upper part is under its black neighbours.
    pub fn shape(&self, key: u8) -> Rect {
        let middle = self.surface.middle(key);
        let (half, bottom) = if is_black(key) {
            (self.surface.white_width() * BLACK_WIDTH / 2.0, self.black_bottom())
        } else {
            (self.surface.white_width() / 2.0, self.rect.bottom())
        };
        Rect::from_min_max(pos2(middle - half, self.rect.top()), pos2(middle + half, bottom))
    }

    /// How far black keys reach down.
    pub fn black_bottom(&self) -> f32 {
        self.rect.top() + self.rect.height() * BLACK_HEIGHT
    }

    /// The key at a place; beside the keys the nearest one, so that a drag that leaves them goes on.
    pub fn key_at(&self, place: Pos2) -> u8 {
        let place = self.rect.shrink(0.01).clamp(place);
        let keys = || self.surface.keys();
        let black = keys().find(|key| is_black(*key) && self.shape(*key).contains(place));
        let white = || keys().find(|key| !is_black(*key) && self.shape(*key).contains(place));
        black.or_else(white).unwrap_or(*self.surface.keys().start())
    }

    /// How hard a key is struck at a place: softly at its far end, hard at its near end, 0 to 1.
    pub fn velocity(&self, key: u8, place: Pos2) -> f32 {
        let shape = self.shape(key);
        let depth = ((place.y - shape.top()) / (shape.height() * (1.0 - HARD))).clamp(0.0, 1.0);
        SOFTEST + (1.0 - SOFTEST) * depth
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    #[test]
    fn every_place_is_the_key_that_is_drawn_there() {
        let rect = Rect::from_min_size(pos2(80.0, 400.0), vec2(1032.0, 76.0));
        let surface = Surface::new(rect, 21..=108);
        let manual = Manual::new(&surface, rect);
        for key in 21..=108 {
            let shape = manual.shape(key);
            assert!((shape.center().x - surface.place(f32::from(key))).abs() < 1e-3, "a dot is above its key");
            let near = pos2(shape.center().x, shape.bottom() - 1.0);
            assert_eq!(manual.key_at(near), key);
            assert!(manual.velocity(key, near) == 1.0 && manual.velocity(key, shape.center_top()) < 0.2);
        }
        assert_eq!(manual.key_at(pos2(0.0, 0.0)), 21);
        assert_eq!(manual.key_at(pos2(5000.0, 9000.0)), 108);
    }
}
