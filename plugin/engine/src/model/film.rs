//! What is done to the film of a waveshaping instrument before its shapers.
//! Plain data, control thread.
//! [`FilmShape::REST`] changes nothing, to the bit (tests: `tests/tests/clap_shaping.rs`).

/// How a film is shaped: what the shapers of a waveshaping instrument are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FilmShape {
    /// Gain of the index, decibels.
    pub drive_db: f32,
    /// Added to the index.
    pub shift: f32,
    /// Which shapers are heard: -1 the darker half, 0 all, 1 the brighter half.
    pub mix: f32,
}

impl FilmShape {
    /// As the decoder says.
    pub const REST: Self = Self { drive_db: 0.0, shift: 0.0, mix: 0.0 };
}
