//! How a voice's frame is shaped between decoder and banks: what the settings say of it, for one voice at one frame.
//! Plain data, control thread.
//! [`Timbre::REST`] changes nothing, to the bit (tests: `tests/tests/clap_shaping.rs`).

use crate::model::FilmShape;

/// Latent dimensions that have a setting.
pub const LATENTS: usize = 4;

/// What of a voice's sound is shaped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timbre {
    /// Even partials against odd ones, decibels.
    pub odd_even_db: f32,
    /// How far the spectral envelope is moved, semitones.
    pub formant_semitones: f32,
    /// Noise against harmonics, decibels.
    pub balance_db: f32,
    /// How much higher a pitch than what sounds the decoder is told, semitones.
    pub shift_semitones: f32,
    /// What is done to a film before the shapers.
    pub film: FilmShape,
    /// Place between the first instrument, 0, and the second, 1.
    pub morph: f32,
    /// Place in each latent dimension: -1 its low end, 0 its default, 1 its high end.
    pub latent: [f32; LATENTS],
}

impl Timbre {
    /// As the decoder says.
    pub const REST: Self = Self {
        odd_even_db: 0.0,
        formant_semitones: 0.0,
        balance_db: 0.0,
        shift_semitones: 0.0,
        film: FilmShape::REST,
        morph: 0.0,
        latent: [0.0; LATENTS],
    };
}
