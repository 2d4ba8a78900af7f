//! What the performer knows of the instrument that plays: its loudness, its levels beside other instruments', and how its
//! players shape their notes.
//! Plain data, control thread. Tests: `tests/tests/perform_arithmetic/phrasing.rs`, `matching.rs`.

use crate::model::{DYNAMICS, Matching, RecordedVibrato};

/// The loudness that a model was trained on, decibels in its own measure. `low_db <= soft_db < loud_db <= high_db`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoudnessRange {
    /// Quietest frame.
    pub low_db: f32,
    /// Loudest frame.
    pub high_db: f32,
    /// Sustain level of the softest notes: velocity 1.
    pub soft_db: f32,
    /// Sustain level of the loudest notes: velocity 127.
    pub loud_db: f32,
}

impl LoudnessRange {
    /// How loud that is for the instrument: 0 at `soft_db`, 1 at `loud_db`, within [`DYNAMICS`].
    pub fn dynamics(&self, loudness_db: f32) -> f32 {
        ((loudness_db - self.soft_db) / (self.loud_db - self.soft_db)).clamp(DYNAMICS.0, DYNAMICS.1)
    }
}

/// How the players of the recordings play, beside what the performance network says frame by frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Manner {
    /// Lag after which the fluctuation of the loudness is correlated by 1/e, seconds.
    pub loudness_seconds: f64,
    /// The same of the pitch, seconds.
    pub pitch_seconds: f64,
    /// Their vibrato.
    pub vibrato: RecordedVibrato,
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Character {
    /// Its loudness.
    pub range: LoudnessRange,
    /// What brings it in line with others.
    pub matching: Matching,
    /// How notes are shaped; `None` where nobody learned it, and notes are plain.
    pub manner: Option<Manner>,
}

impl From<LoudnessRange> for Character {
    /// An instrument of which nothing else is known.
    fn from(range: LoudnessRange) -> Self {
        Self { range, matching: Matching::default(), manner: None }
    }
}
