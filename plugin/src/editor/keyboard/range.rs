//! Which keys fit: all of a piano's where there is room, else some octaves of them.
//! Pure.
//! A white key is never narrower than a finger's breadth of the screen (test: `keys_never_get_too_narrow_to_hit`).

use std::ops::RangeInclusive;

/// White keys of a piano, A0 to C8: keys 21 to 108.
const WHITES: i32 = 52;
/// White keys from the lowest to the first C.
const FIRST_C: i32 = 2;
/// White keys from the lowest to the middle of what is shown where not all fit: F4.
const MIDDLE: i32 = 26;
/// Least width of a white key with text of the usual size, points: what a mouse hits without looking twice.
pub const LEAST_WHITE: f32 = 16.0;

/// How many white keys fit.
fn fitting(width: f32, factor: f32) -> i32 {
    ((width / (LEAST_WHITE * factor)) as i32).clamp(8, WHITES)
}

/// The white key at the left, by its place among the piano's, before it is brought among them.
fn leftmost(whites: i32, octaves: i32) -> i32 {
    // The nearest C, so that octaves look alike.
    let wanted = MIDDLE - whites / 2 - FIRST_C;
    FIRST_C + 7 * ((wanted as f32 / 7.0).round() as i32 + octaves)
}

/// The key that is a piano's white key number `white`, from 0.
fn key(white: i32) -> u8 {
    const SEMITONES: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
    // The lowest is the A of octave 0, which begins at key 12.
    let white = white + 5;
    (12 + white / 7 * 12 + SEMITONES[(white % 7) as usize]) as u8
}

/// The keys over `width` points with text of `factor` times the usual size, so many `octaves` above the middle where not
/// all fit.
pub fn keys_over(width: f32, factor: f32, octaves: i32) -> RangeInclusive<u8> {
    let whites = fitting(width, factor);
    let left = leftmost(whites, octaves).clamp(0, WHITES - whites);
    key(left)..=key(left + whites - 1)
}

/// By how many octaves what is shown can be moved: `0..=0` where all keys fit.
pub fn reach(width: f32, factor: f32) -> RangeInclusive<i32> {
    let whites = fitting(width, factor);
    let (left, most) = (leftmost(whites, 0), WHITES - whites);
    if most == 0 {
        return 0..=0;
    }
    let octaves = |keys: i32| (keys + 6).div_euclid(7).max(0);
    -octaves(left)..=octaves(most - left)
}

/// The least move that shows all of `keys`, octaves, where `shown` is what the offset `octaves` shows.
pub fn towards(octaves: i32, shown: &RangeInclusive<u8>, keys: &RangeInclusive<u8>) -> i32 {
    let octave = |semitones: u8| i32::from(semitones.div_ceil(12));
    if keys.start() < shown.start() {
        octaves - octave(shown.start() - keys.start())
    } else if keys.end() > shown.end() {
        octaves + octave(keys.end() - shown.end())
    } else {
        octaves
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::surface::{Surface, is_black};
    use egui::{Rect, pos2, vec2};

    #[test]
    fn keys_never_get_too_narrow_to_hit() {
        for width in [400.0, 640.0, 672.0, 900.0, 1032.0, 2500.0] {
            for factor in [0.9, 1.0, 1.2, 1.45] {
                for octaves in reach(width, factor) {
                    let keys = keys_over(width, factor, octaves);
                    let rect = Rect::from_min_size(pos2(80.0, 0.0), vec2(width, 60.0));
                    let white = Surface::new(rect, keys.clone()).white_width();
                    assert!(white >= LEAST_WHITE * factor, "{width} {factor}: {white} for {keys:?}");
                    assert!(!is_black(*keys.start()) && !is_black(*keys.end()), "{keys:?}");
                    assert!(*keys.start() >= 21 && *keys.end() <= 108, "{keys:?}");
                }
            }
        }
        assert_eq!(keys_over(1032.0, 1.0, 0), 21..=108);
        assert_eq!(reach(1032.0, 1.0), 0..=0);
    }

    #[test]
    fn octaves_reach_both_ends_of_the_piano() {
        for (width, factor) in [(672.0, 1.0), (672.0, 1.45), (300.0, 1.0)] {
            let reach = reach(width, factor);
            let ends = (keys_over(width, factor, *reach.start()), keys_over(width, factor, *reach.end()));
            assert!(*ends.0.start() == 21 && *ends.1.end() == 108, "{reach:?} {ends:?}");
            let middle = keys_over(width, factor, 0);
            assert!(middle.contains(&60), "{middle:?}");
            for octaves in reach.clone() {
                let there = keys_over(width, factor, octaves);
                let back = towards(octaves, &there, &(60..=64));
                assert!(keys_over(width, factor, back).contains(&60), "from {there:?} by {back}");
            }
        }
    }
}
