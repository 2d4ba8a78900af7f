//! How a player shapes a note: what a performance network is asked at each frame, and what it answers.
//! Plain data, control thread (docs/model-format.md, Performance).

use super::metadata::StateShape;

/// Least and greatest dynamics that the network is asked for.
pub const DYNAMICS: (f32, f32) = (-0.25, 1.25);
/// Longest time that the network is told, seconds: what is longer ago is as long ago as this.
pub const LONGEST_SECONDS: f32 = 60.0;

/// What a model file says about its performance network.
#[derive(Clone, Debug, PartialEq)]
pub struct Performance {
    /// Its recurrent states; all zero before a note.
    pub states: Vec<StateShape>,
    /// Correlation time of the fluctuation of loudness in the recordings, seconds.
    pub loudness_seconds: f32,
    /// Correlation time of the fluctuation of pitch in the recordings, seconds.
    pub pitch_seconds: f32,
    /// Vibrato in the recordings.
    pub vibrato: RecordedVibrato,
}

/// The vibrato of the players who were recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecordedVibrato {
    /// Amplitude of the pitch, cents; 0 where they played without.
    pub depth_cents: f32,
    /// Hertz.
    pub rate_hz: f32,
    /// Time from the beginning of a note to its full depth, seconds.
    pub onset_seconds: f32,
}

/// What one voice asks of the performance network at one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GestureRequest {
    /// Which state to go on from; each slot at most once in a step.
    pub slot: usize,
    /// Whether it goes on from zero instead, as the note begins here or was not asked about at the frame before.
    pub begins: bool,
    /// MIDI pitch of the note, bends and vibrato left out.
    pub midi_pitch: f32,
    /// How loud the note is asked for, velocity and expression together: 0 is the model's `soft_db`, 1 its `loud_db`.
    /// Clamped to [`DYNAMICS`].
    pub dynamics: f32,
    /// Time since the note-on, seconds.
    pub since_on: f32,
    /// Whether key or pedal hold the note.
    pub gate: bool,
    /// Time since neither does, seconds; 0 while one does.
    pub since_off: f32,
    /// Where in the note its loudness peaks, against the recordings: -1 early, 0 as they were played, 1 late.
    pub peak_position: f32,
    /// Noise of the attack, against the recordings: -1 less, 0 as they were played, 1 more.
    pub attack_noise: f32,
    /// Place between two instruments, where there are two: 0 the first, 1 the second.
    pub morph: f32,
}

/// What a player does at one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gesture {
    /// Loudness, decibels above the level that velocity and expression ask for; far below before and after the note.
    pub loudness_db: f32,
    /// Pitch, cents above the note's.
    pub pitch_cents: f32,
    /// Standard deviation of the loudness from player to player and moment to moment, decibels.
    pub loudness_spread_db: f32,
    /// Standard deviation of the pitch, cents.
    pub pitch_spread_cents: f32,
    /// What is added to the noise, decibels.
    pub noise_db: f32,
}

impl Gesture {
    /// What lies at a share of the way (0 to 1) from this gesture to another. Not-a-number counts as 0, and a gesture that is
    /// not finite as one that nobody made.
    #[must_use]
    pub fn towards(&self, other: &Self, share: f32) -> Self {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        if share == 0.0 || !other.is_finite() {
            return *self;
        }
        let between = |from: f32, to: f32| from * (1.0 - share) + to * share;
        Self {
            loudness_db: between(self.loudness_db, other.loudness_db),
            pitch_cents: between(self.pitch_cents, other.pitch_cents),
            loudness_spread_db: between(self.loudness_spread_db, other.loudness_spread_db),
            pitch_spread_cents: between(self.pitch_spread_cents, other.pitch_spread_cents),
            noise_db: between(self.noise_db, other.noise_db),
        }
    }

    fn is_finite(&self) -> bool {
        let Self { loudness_db, pitch_cents, loudness_spread_db, pitch_spread_cents, noise_db } = self;
        [loudness_db, pitch_cents, loudness_spread_db, pitch_spread_cents, noise_db].iter().all(|x| x.is_finite())
    }
}
