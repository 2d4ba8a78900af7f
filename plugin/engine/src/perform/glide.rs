//! The way of pitch from one note to the next, in semitones, linear in time.
//! Pure, control thread. A glide is a function of the time since it began, so frames may fall anywhere
//! (test: `a_glide_does_not_care_where_frames_fall`).

use super::settings::GlideMode;

/// What is left of the way, as an offset from the note's own pitch.
#[derive(Clone, Copy, Debug)]
pub struct Glide {
    whole: f32,
    /// Seconds since it began, ...
    elapsed: f64,
    /// ... and of the whole way.
    duration: f64,
}

impl Glide {
    /// No way to go.
    pub const NONE: Self = Self { whole: 0.0, elapsed: 0.0, duration: 0.0 };

    /// Begins `offset` semitones away from the note's pitch, over a `time` in seconds that means what `mode` says.
    pub fn over(offset: f32, time: f64, mode: GlideMode) -> Self {
        let duration = match mode {
            GlideMode::ConstantTime => time,
            GlideMode::ConstantRate => time * f64::from(offset.abs()) / 12.0,
        };
        Self { whole: offset, elapsed: 0.0, duration }
    }

    /// Semitones that are left.
    pub fn offset(&self) -> f32 {
        if self.elapsed >= self.duration { 0.0 } else { self.whole * (1.0 - self.elapsed / self.duration) as f32 }
    }

    /// Lets `seconds` pass.
    pub fn advance(&mut self, seconds: f64) {
        self.elapsed += seconds;
    }
}

/// Where the note that began last is on its way: from there the next one glides, even if that note is over.
#[derive(Clone, Copy, Debug)]
pub struct Trail {
    /// Pitch of its key, MIDI semitones at A4 = 440 Hz.
    pub pitch: f32,
    /// Its own glide.
    pub glide: Glide,
}

impl Trail {
    /// Pitch now, MIDI semitones at A4 = 440 Hz.
    pub fn pitch_now(&self) -> f32 {
        self.pitch + self.glide.offset()
    }
}
