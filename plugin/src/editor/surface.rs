//! The axis of pitch that field and keyboard share: a dot of the field stands above the key that plays it.
//! Pure.
//! Going from pitch to place and back is exact (test: `places_and_pitches_agree`).

use egui::Rect;
use std::ops::RangeInclusive;

/// White keys of an octave, by their semitones.
const WHITE: [u8; 7] = [0, 2, 4, 5, 7, 9, 11];
/// Width of a black key as a share of a white one's.
pub const BLACK_WIDTH: f32 = 0.62;

/// Keys from left to right. A key's middle is where it lies on a piano, and pitches between keys lie between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surface {
    left: f32,
    /// Width of a white key, points.
    white: f32,
    lowest: u8,
    highest: u8,
}

/// Whether a key is black.
pub fn is_black(key: u8) -> bool {
    !WHITE.contains(&(key % 12))
}

/// White keys below a key.
fn whites_below(key: u8) -> f32 {
    let octave = f32::from(key / 12) * 7.0;
    octave + WHITE.iter().filter(|white| **white < key % 12).count() as f32
}

impl Surface {
    /// The surface of the keys `lowest` to `highest` (both white) over the width of `rect`.
    pub fn new(rect: Rect, keys: RangeInclusive<u8>) -> Self {
        let (lowest, highest) = (*keys.start(), *keys.end());
        let whites = whites_below(highest) - whites_below(lowest) + 1.0;
        Self { left: rect.left(), white: rect.width() / whites, lowest, highest }
    }

    /// The keys.
    pub fn keys(&self) -> RangeInclusive<u8> {
        self.lowest..=self.highest
    }

    /// Width of a white key, points.
    pub fn white_width(&self) -> f32 {
        self.white
    }

    /// Where the middle of a key is.
    pub fn middle(&self, key: u8) -> f32 {
        let whites = whites_below(key) - whites_below(self.lowest);
        let half = if is_black(key) { 0.0 } else { 0.5 };
        self.left + (whites + half) * self.white
    }

    /// Where a pitch is (MIDI, 60 is middle C).
    pub fn place(&self, pitch: f32) -> f32 {
        let pitch = pitch.clamp(0.0, 127.0);
        let below = pitch.floor().min(126.0);
        let (left, right) = (self.middle(below as u8), self.middle(below as u8 + 1));
        left + (right - left) * (pitch - below)
    }

    /// Which pitch lies at a place.
    pub fn pitch(&self, place: f32) -> f32 {
        let above = (1..=127).find(|key| self.middle(*key) >= place).unwrap_or(127);
        let (left, right) = (self.middle(above - 1), self.middle(above));
        f32::from(above - 1) + ((place - left) / (right - left)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    #[test]
    fn places_and_pitches_agree() {
        let surface = Surface::new(Rect::from_min_size(pos2(30.0, 0.0), vec2(1040.0, 80.0)), 21..=108);
        assert!(
            (surface.middle(21) - (30.0 + 10.0)).abs() < 1e-3 && (surface.middle(108) - (1070.0 - 10.0)).abs() < 1e-3
        );
        for step in 0..870 {
            let pitch = 21.0 + step as f32 * 0.1;
            let back = surface.pitch(surface.place(pitch));
            assert!((back - pitch).abs() < 1e-3, "{pitch} came back as {back}");
        }
    }
}
