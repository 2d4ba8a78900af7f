//! Keeps the level of a voice whose spectrum is tilted: measures the power before and after, and makes up for the difference.
//! On the audio thread.
//! Promises the level within 0.5 dB once the sound stands (test: `a_tilted_newt_keeps_its_level`), and a function of positions
//! and samples alone, so that block cuts do not show (test: `block_sizes_never_change_a_tilted_newt`).
//!
//! What an ordinary spectrum needs is given at once; what this one needs beyond that is learned within some 0.1 s, as
//! decibels for each of tilt, so that it goes when the tilt does.

use super::tilt_filter::UPDATE;

/// Time constant of the powers, seconds: some periods of the lowest notes.
const MEASURING: f64 = 0.04;
/// Time constant of what is made up for, seconds.
const MAKING_UP: f64 = 0.04;
/// What partials that fall as k^-1.5 need at tilts of -6, -3, 0, 3 and 6 decibels per octave, decibels.
const USUAL_DB: [f64; 5] = [0.6, 0.5, 0.0, -1.3, -6.1];
/// Tilt between two of them.
const USUAL_STEP: f64 = 3.0;
/// Most that is made up for beyond that, decibels for one of tilt.
const MOST_DB: f64 = 3.0;
/// A tilt under this says nothing about it, decibels per octave.
const SLIGHT: f64 = 0.25;
/// Power under this says nothing: -120 dBFS.
const FAINT: f64 = 1e-12;

/// The level of one voice. Positions are those of the voice's own clock.
#[derive(Clone, Debug)]
pub(super) struct LevelKeeper {
    /// Share of a measured power that a sample replaces.
    share: f64,
    /// Share of its way that the correction goes between two positions of the grid.
    approach: f64,
    /// Powers, measured while there is a tilt at the positions of the grid.
    before: f64,
    after: f64,
    measuring: bool,
    /// Beyond the usual, decibels for one of tilt.
    correction: f64,
    gain: f64,
    /// Where the gain is at the next position of the grid.
    target: f64,
    slope: f64,
}

impl LevelKeeper {
    /// At rest, at `sample_rate` hertz.
    pub fn new(sample_rate: f64) -> Self {
        Self {
            share: -(-1.0 / (MEASURING * sample_rate)).exp_m1(),
            approach: -(-(UPDATE as f64) / (MAKING_UP * sample_rate)).exp_m1(),
            before: 0.0,
            after: 0.0,
            measuring: false,
            correction: 0.0,
            gain: 1.0,
            target: 1.0,
            slope: 0.0,
        }
    }

    /// Begins with a tilt, decibels per octave.
    pub fn begin(&mut self, tilt: f32) {
        (self.before, self.after, self.correction, self.slope) = (0.0, 0.0, 0.0, 0.0);
        self.measuring = tilt != 0.0;
        self.gain = linear(usual_db(f64::from(tilt)));
        self.target = self.gain;
    }

    /// Whether it changes nothing until the tilt moves.
    pub fn rests(&self) -> bool {
        self.gain == 1.0 && self.target == 1.0
    }

    /// Brings `tilted`, which begins at `position`, to the level of `plain`, of the same length.
    pub fn process(&mut self, position: u64, plain: &[f32], tilted: &mut [f32], tilt: impl Fn(u64) -> f32) {
        for (offset, (plain, tilted)) in plain.iter().zip(tilted).enumerate() {
            let position = position + offset as u64;
            if position.is_multiple_of(UPDATE) {
                self.update(f64::from(tilt(position)), f64::from(tilt(position + UPDATE)));
            }
            let (before, after) = (f64::from(*plain), f64::from(*tilted));
            if self.measuring {
                self.before += (before * before - self.before) * self.share;
                self.after += (after * after - self.after) * self.share;
            }
            *tilted = (after * self.gain) as f32;
            self.gain += self.slope;
        }
    }

    /// At the grid: where the gain goes until the next position of it, with the tilt now and then.
    fn update(&mut self, now: f64, then: f64) {
        if self.measuring != (now != 0.0) {
            (self.before, self.after, self.measuring) = (0.0, 0.0, now != 0.0);
        }
        if self.before > FAINT && self.after > FAINT && now.abs() > SLIGHT {
            let beyond = 10.0 * (self.before / self.after).log10() - usual_db(now);
            let wanted = (beyond / now).clamp(-MOST_DB, MOST_DB);
            self.correction += (wanted - self.correction) * self.approach;
        }
        self.gain = self.target;
        self.target = linear(usual_db(then) + self.correction * then);
        self.slope = (self.target - self.gain) / UPDATE as f64;
    }
}

fn usual_db(tilt: f64) -> f64 {
    let place = (tilt / USUAL_STEP + 2.0).clamp(0.0, 4.0);
    let lower = (place as usize).min(USUAL_DB.len() - 2);
    USUAL_DB[lower] + (USUAL_DB[lower + 1] - USUAL_DB[lower]) * (place - lower as f64)
}

fn linear(db: f64) -> f64 {
    10_f64.powf(db / 20.0)
}
