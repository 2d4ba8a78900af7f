//! Vibrato and the loudness fluctuation that goes with it: they set in gently and are a little irregular, as a player's are.
//! Pure, control thread: a function of the voice's time and seed, so frames may fall anywhere
//! (test: `a_vibrato_does_not_care_where_frames_fall`).

use super::chance::{hash, wander};

/// Cycles from one drawn deviation of the phase to the next.
const PHASE_CYCLES: f64 = 2.0;
/// Greatest deviation of the phase at full jitter, cycles. The rate then deviates by 20 % (rms): value noise of uniform
/// draws has a slope of sqrt(2/3 * 6/5) = 0.89 a place (rms), and 0.45 * 0.89 / 2 = 0.2. At the initial 0.3 that is 6 %, near
/// the 8 % that singers show within a tone (Prame 1994).
const PHASE_DEVIATION: f64 = 0.45;
/// Cycles from one drawn depth to the next.
const DEPTH_CYCLES: f64 = 3.0;
/// Greatest deviation of the depth at full jitter, of the depth.
const DEPTH_DEVIATION: f32 = 0.5;
/// Cycles from one drawn deviation of the loudness to the next.
const LOUDNESS_CYCLES: f64 = 1.5;
/// Share of the fluctuation that follows chance instead of the vibrato at full jitter.
const LOUDNESS_CHANCE: f32 = 0.5;

/// One voice's vibrato.
#[derive(Clone, Copy, Debug)]
pub struct Flutter {
    seed: u32,
    cycles: f64,
    seconds: f64,
}

impl Flutter {
    /// At a note's beginning.
    pub fn new(seed: u32) -> Self {
        Self { seed, cycles: 0.0, seconds: 0.0 }
    }

    /// Lets `seconds` pass at `rate` hertz.
    pub fn advance(&mut self, seconds: f64, rate: f64) {
        self.cycles += seconds * rate;
        self.seconds += seconds;
    }

    /// How much of the vibrato is there, 0 to 1, where it takes `seconds` to set in: a raised cosine.
    pub fn onset(&self, seconds: f64) -> f32 {
        if self.seconds >= seconds {
            return 1.0;
        }
        (0.5 - 0.5 * (std::f64::consts::PI * self.seconds / seconds).cos()) as f32
    }

    /// Deviation of the pitch, in depths: -1 to 1 without jitter, half as much again at most with it (`jitter` 0 to 1).
    pub fn swing(&self, jitter: f32) -> f32 {
        let depth = 1.0 + jitter * DEPTH_DEVIATION * self.wander(1, DEPTH_CYCLES);
        self.sine(jitter) * depth
    }

    /// Deviation of the loudness, -1 to 1: in step with the pitch, and with chance as far as `jitter` says.
    pub fn fluctuation(&self, jitter: f32) -> f32 {
        let chance = jitter * LOUDNESS_CHANCE;
        (1.0 - chance) * self.sine(jitter) + chance * self.wander(2, LOUDNESS_CYCLES)
    }

    fn sine(&self, jitter: f32) -> f32 {
        let deviation = PHASE_DEVIATION * f64::from(jitter * self.wander(0, PHASE_CYCLES));
        (std::f64::consts::TAU * (self.cycles + deviation)).sin() as f32
    }

    fn wander(&self, stream: u32, cycles: f64) -> f32 {
        wander(self.seed ^ hash(stream), self.cycles / cycles)
    }
}
