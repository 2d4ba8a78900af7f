//! Scala's scales (`.scl`) and keyboard mappings (`.kbm`), and the pitch that they give to each key.
//! Any thread but the audio thread; the finished table is `Copy`.
//! Twelve equal steps give exactly the pitches that there are without a scale (test: `twelve_equal_steps_change_nothing`).

mod error;
mod keyboard_map;
mod scale;
mod text;

pub use error::{TuningError, TuningFault, TuningField};
pub use keyboard_map::KeyboardMap;
pub use scale::Scale;
pub use text::{LARGEST_FILE, decode, read};

use crate::event::KeyPitch;
use crate::units::{A4_HZ, A4_PITCH};

/// MIDI keys.
pub const KEYS: usize = 128;

/// A pitch for every MIDI key.
pub type KeyTable = [KeyPitch; KEYS];

/// Where degree 0 of a scale lies that comes without a mapping: middle C, at the pitch that it has in twelve equal steps.
pub const MIDDLE_KEY: u8 = 60;

/// Keys that a scale puts outside of these MIDI pitches (4 Hz to 24 kHz) play nothing.
const PLAYED: std::ops::RangeInclusive<f64> = -12.4..=138.2;

/// What every key plays, and what the player reads about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuning {
    /// The scale's own description; empty where it has none.
    pub description: String,
    /// Pitch by key.
    pub keys: KeyTable,
}

impl Tuning {
    /// Twelve equal steps: every key at its MIDI pitch, relative to A4.
    pub fn twelve_equal() -> Self {
        let keys = std::array::from_fn(untuned);
        Self { description: "12 equal steps to the octave".to_owned(), keys }
    }

    /// The tuning of `scale` (without one: twelve equal steps) on the keys of `map`.
    ///
    /// Without a map key 60 is degree 0, at its pitch in twelve equal steps relative to A4, and each further key is one degree
    /// further. With a map all its keys are absolute: the reference key is at the map's own frequency. Keys outside of the
    /// map's range are left as they are without a scale, unmapped ones are silent.
    pub fn new(scale: Option<&Scale>, map: Option<&KeyboardMap>) -> Self {
        let twelve;
        let scale = match scale {
            Some(scale) => scale,
            None if map.is_none() => return Self::twelve_equal(),
            None => {
                twelve = Scale::twelve_equal();
                &twelve
            }
        };
        let keys = match map {
            None => std::array::from_fn(|key| {
                let cents = scale.cents(key as i64 - i64::from(MIDDLE_KEY));
                played(f64::from(MIDDLE_KEY) + cents / 100.0, KeyPitch::Relative)
            }),
            Some(map) => std::array::from_fn(|key| mapped(key, scale, map)),
        };
        Self { description: scale.description().to_owned(), keys }
    }
}

fn mapped(key: usize, scale: &Scale, map: &KeyboardMap) -> KeyPitch {
    if !map.range().contains(&key) {
        return untuned(key);
    }
    let cents = |key| map.cents(key, scale);
    let (Some(here), Some(reference)) = (cents(key), cents(map.reference_key())) else { return KeyPitch::Silent };
    let reference_pitch = f64::from(A4_PITCH) + 12.0 * (map.reference_hz() / f64::from(A4_HZ)).log2();
    played(reference_pitch + (here - reference) / 100.0, KeyPitch::Absolute)
}

fn untuned(key: usize) -> KeyPitch {
    KeyPitch::Relative(key as f32)
}

fn played(pitch: f64, kind: fn(f32) -> KeyPitch) -> KeyPitch {
    // What is not a number lies outside too.
    if PLAYED.contains(&pitch) { kind(pitch as f32) } else { KeyPitch::Silent }
}
