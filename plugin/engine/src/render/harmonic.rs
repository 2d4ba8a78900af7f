//! The harmonic bank of one voice: partials k = 1..H of one phase, sum of a_k sin(2 pi (k phase + deviation_k)).
//! On the audio thread.
//! Promises exact phase over hours (test: `phase_is_continuous_after_hours`), levels within 0.1 dB
//! (test: `partials_have_their_level`), no partial at or above Nyquist (test: `a_swept_bank_does_not_alias`), also where the
//! series is stretched (tests: `tests/tests/render_banks/stretched.rs`).

use super::deviations::{Deviation, Deviations};
use super::partials::{Partial, add_deviating_partials, add_partials};
use super::phase::{Gone, PhaseLine, TURN};
use super::series::Series;
use super::simd::Instructions;

/// A partial begins to fade at this share of the host's Nyquist frequency ...
const FADE_FROM: f64 = 0.92;
/// ... and is gone at this one; the rest is room for the sidebands of its amplitude and pitch changes.
const FADE_TO: f64 = 0.98;

/// Frequency, series and amplitudes of one voice, linear from one frame to the next.
pub(super) struct HarmonicBank {
    instructions: Instructions,
    line: PhaseLine,
    deviations: Deviations,
    amplitudes: Vec<f32>,
    targets: Vec<f32>,
    partials: Vec<Partial>,
    /// Those of `partials`, where they deviate.
    deviating: Vec<Deviation>,
    sounding: usize,
}

impl HarmonicBank {
    /// A silent bank of `harmonics` partials.
    pub fn new(harmonics: usize, sample_rate: f64, instructions: Instructions) -> Self {
        Self {
            instructions,
            line: PhaseLine::new(sample_rate),
            deviations: Deviations::new(harmonics),
            amplitudes: vec![0.0; harmonics],
            targets: vec![0.0; harmonics],
            partials: vec![Partial::default(); harmonics],
            deviating: vec![Deviation::default(); harmonics],
            sounding: 0,
        }
    }

    /// Begins at `position` with this phase of the fundamental (cycles), which all partials share, and these values at once.
    pub fn begin(&mut self, position: u64, phase: f64, f0_hz: f64, series: Series, amplitudes: &[f32]) {
        self.line.begin(position, phase, f0_hz);
        self.deviations.begin(series, self.line.to as f64 / TURN);
        self.amplitudes.copy_from_slice(amplitudes);
        self.targets.copy_from_slice(amplitudes);
        self.prepare();
    }

    /// From `position` on, goes in `length` samples (at least 1) to these values; `None` keeps what was aimed at.
    pub fn aim(
        &mut self,
        position: u64,
        length: u64,
        f0_hz: Option<f64>,
        series: Option<Series>,
        amplitudes: Option<&[f32]>,
    ) {
        self.rebase(position);
        self.line.aim(f0_hz);
        self.deviations.aim(series, self.line.to as f64 / TURN);
        if let Some(amplitudes) = amplitudes {
            self.targets.copy_from_slice(amplitudes);
        }
        self.ramp_over(length);
    }

    /// From `position` on, goes in `length` samples to silence with the pitch it has.
    pub fn fade(&mut self, position: u64, length: u64) {
        self.rebase(position);
        self.line.hold();
        self.deviations.hold();
        self.targets.fill(0.0);
        self.ramp_over(length);
    }

    /// From `position` on, holds what it has there.
    pub fn hold(&mut self, position: u64) {
        self.rebase(position);
        self.line.hold();
        self.deviations.hold();
        self.targets.copy_from_slice(&self.amplitudes);
        self.ramp_over(1);
    }

    /// Number of partials.
    pub fn len(&self) -> usize {
        self.amplitudes.len()
    }

    /// Silence at once.
    pub fn stop(&mut self) {
        self.amplitudes.fill(0.0);
        self.targets.fill(0.0);
        self.sounding = 0;
        self.line.stop();
    }

    /// Fundamental at `position`, hertz.
    pub fn f0_hz(&self, position: u64) -> f64 {
        self.line.f0_hz(position)
    }

    /// Root of the sum of squares of the partials aimed at, over the square root of 2: RMS, full scale = 1.
    pub fn level(&self) -> f32 {
        (0.5 * self.targets.iter().map(|amplitude| amplitude * amplitude).sum::<f32>()).sqrt()
    }

    /// Adds samples from `position` on to `out`.
    pub fn render(&mut self, mut position: u64, mut out: &mut [f32]) {
        while !out.is_empty() {
            let gone = position - self.line.start;
            let mut count = out.len();
            if self.line.length > 0 {
                if gone >= self.line.length {
                    self.rebase(self.line.start + self.line.length);
                    self.deviations.settle();
                    self.prepare();
                    continue;
                }
                count = count.min((self.line.length - gone) as usize);
            }
            let (now, later) = out.split_at_mut(count);
            if self.sounding > 0 {
                let partials = &self.partials[..self.sounding];
                if self.deviations.rest() {
                    let (phase, increment) = (self.line.phase_at(gone), self.line.increment_at(gone));
                    let offset = if self.line.length > 0 { gone as u32 } else { 0 };
                    add_partials(self.instructions, partials, phase, increment, self.line.step, offset, now);
                } else {
                    add_deviating_partials(self.instructions, partials, &self.deviating, &self.line, gone, now);
                }
            }
            position += count as u64;
            out = later;
        }
    }

    /// Moves the start of the segment to `position` and holds from there what it had there.
    fn rebase(&mut self, position: u64) {
        self.deviations.rebase(position - self.line.start, self.line.length);
        match self.line.rebase(position) {
            Gone::Whole => self.amplitudes.copy_from_slice(&self.targets),
            Gone::Share(share) => {
                for (amplitude, target) in self.amplitudes.iter_mut().zip(&self.targets) {
                    *amplitude += (target - *amplitude) * share;
                }
            }
        }
    }

    fn ramp_over(&mut self, length: u64) {
        self.line.ramp_over(length);
        self.deviations.ramp_over(length);
        self.prepare();
    }

    /// Lists the partials that sound in the segment.
    fn prepare(&mut self) {
        self.sounding = 0;
        let nyquist = 0.5 * TURN;
        let (from, to) = (self.line.from as f64 / nyquist, self.line.to as f64 / nyquist);
        let length = self.line.length as f64;
        for (index, (&first, &last)) in self.amplitudes.iter().zip(&self.targets).enumerate() {
            let number = (index + 1) as f64;
            // Frequencies at both ends, as shares of Nyquist.
            let (mut low, mut high) = (number * from, number * to);
            if !self.deviations.rest() {
                let (from, to) = self.deviations.ends(index);
                low += 2.0 * from;
                high += 2.0 * to;
            }
            if low >= FADE_TO && high >= FADE_TO {
                break;
            }
            let first = f64::from(first) * nyquist_gain(low);
            let last = f64::from(last) * nyquist_gain(high);
            if first == 0.0 && last == 0.0 {
                continue;
            }
            let (base, slope) = if self.line.length == 0 {
                (last, 0.0)
            } else if high > FADE_TO {
                // It leaves the band within the segment: the line ends where the frequency crosses the limit.
                (first, -first * (high - low) / ((FADE_TO - low) * length))
            } else if low > FADE_TO {
                // It enters the band within the segment.
                let crossing = length * (low - FADE_TO) / (low - high);
                let slope = last / (length - crossing);
                (-slope * crossing, slope)
            } else {
                (first, (last - first) / length)
            };
            if slope.is_finite() {
                self.partials[self.sounding] =
                    Partial { number: index as u32 + 1, base: base as f32, slope: slope as f32 };
                self.deviating[self.sounding] = self.deviations.line(index);
                self.sounding += 1;
            }
        }
    }
}

/// Gain of a partial at `share` of the Nyquist frequency: 1 up to [`FADE_FROM`], raised cosine to 0 at [`FADE_TO`].
fn nyquist_gain(share: f64) -> f64 {
    if share <= FADE_FROM {
        1.0
    } else if share >= FADE_TO {
        0.0
    } else {
        0.5 + 0.5 * (std::f64::consts::PI * (share - FADE_FROM) / (FADE_TO - FADE_FROM)).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Tone;

    #[test]
    fn phase_is_continuous_after_hours() {
        // 2^40 samples are 265 days at 48 kHz.
        for hours in [1u64 << 33, 1 << 40] {
            let mut bank = HarmonicBank::new(40, 48_000.0, Instructions::detect());
            bank.begin(7, 0.0, 440.0, Series::HARMONIC, &[0.02; 40]);
            bank.aim(7, 192, Some(441.5), None, None);
            let mut whole = [0.0; 64];
            bank.render(hours, &mut whole);
            // The phase in exact arithmetic: 192 samples of the ramp, then the rest held.
            let increment = |f0_hz: f64| (f0_hz / 48_000.0 * TURN) as u128;
            let (from, to) = (increment(440.0), increment(441.5));
            let step = (to - from) / 192;
            let mut worst = 0f64;
            for (sample, found) in whole.iter().enumerate() {
                let held = u128::from(hours) - 7 - 192 + sample as u128;
                let phase = (192 * from + step * (192 * 191 / 2) + held * to) % (1u128 << 64);
                let turns = phase as f64 / TURN;
                let expected: f64 =
                    (1..=40).map(|number| 0.02 * (f64::from(number) * turns * std::f64::consts::TAU).sin()).sum();
                worst = worst.max((f64::from(*found) - expected).abs());
            }
            println!("after {hours} samples: worst error {:.1} dB", 20.0 * worst.log10());
            assert!(worst < 1e-5);
        }
    }

    fn series(stretch: f32, inharmonicity: f32) -> Series {
        Series::of(&Tone { stretch, inharmonicity, ..Tone::of(0.0) }).expect("both are finite")
    }

    #[test]
    fn a_stretched_phase_is_continuous_after_hours() {
        // Two hours at 48 kHz, and 265 days.
        for hours in [7_200 * 48_000u64, 1 << 40] {
            let (from, to) = (series(0.02, 0.0), series(-0.01, 0.000_4));
            let mut bank = HarmonicBank::new(40, 48_000.0, Instructions::detect());
            bank.begin(7, 0.0, 440.0, from, &[0.02; 40]);
            bank.aim(7, 192, Some(441.5), Some(to), None);
            let mut found = [0.0; 64];
            bank.render(hours, &mut found);
            let mut worst = 0f64;
            // The phase in exact arithmetic, 2^-64 turns: 192 samples of the ramp, then the rest held.
            let increment = |turns: f64| (turns * TURN) as i128;
            for (sample, found) in found.iter().enumerate() {
                let held = i128::from(hours) - 7 - 192 + sample as i128;
                let phase = |from: i128, to: i128| {
                    let step = (to - from) / 192;
                    let phase = (192 * from + step * (192 * 191 / 2)) + (held * to).rem_euclid(1 << 64);
                    phase.rem_euclid(1 << 64) as f64 / TURN
                };
                let (slow, fast) = (440.0 / 48_000.0, 441.5 / 48_000.0);
                let fundamental = phase(increment(slow), increment(fast));
                let expected: f64 = (1..=40)
                    .map(|number| {
                        let number = f64::from(number);
                        // As the bank has them, to the last bit: what it holds for hours is this frequency.
                        let excess = |series: Series| series.ratio(number) - number;
                        let bits = |turns: f64| i128::from((turns * 2f64.powi(52)) as i64) << 12;
                        let (slow, fast) = (increment(slow) as f64 / TURN, increment(fast) as f64 / TURN);
                        let deviation = phase(bits(excess(from) * slow), bits(excess(to) * fast));
                        0.02 * ((number * fundamental + deviation) * std::f64::consts::TAU).sin()
                    })
                    .sum();
                worst = worst.max((f64::from(*found) - expected).abs());
            }
            println!("after {hours} samples: worst error {:.1} dB", 20.0 * worst.log10());
            assert!(worst < 1e-5);
        }
    }

    #[test]
    fn a_bank_begins_at_its_phase() {
        for phase in [0.0, 0.25, 0.9] {
            let mut bank = HarmonicBank::new(10, 48_000.0, Instructions::detect());
            bank.begin(5, phase, 480.0, Series::HARMONIC, &[0.05; 10]);
            let mut out = [0.0; 100];
            bank.render(5, &mut out);
            let expected = |n: usize| -> f64 {
                let turns = phase + 0.01 * n as f64;
                (1..=10).map(|k| 0.05 * (std::f64::consts::TAU * f64::from(k) * turns).sin()).sum()
            };
            let error = |(n, found): (usize, &f32)| (f64::from(*found) - expected(n)).abs();
            let worst = out.iter().enumerate().map(error).fold(0.0, f64::max);
            println!("phase {phase}: worst error {worst:.1e}");
            assert!(worst < 2e-6);
        }
    }

    #[test]
    fn every_instruction_set_makes_the_same_sound() {
        let amplitudes: Vec<f32> = (1..=60).map(|number| 0.3 / number as f32).collect();
        let sound = |instructions, series| {
            let mut bank = HarmonicBank::new(60, 48_000.0, instructions);
            bank.begin(0, 0.0, 330.0, Series::HARMONIC, &amplitudes);
            bank.aim(0, 900, Some(300.0), Some(series), Some(&[0.01; 60]));
            let mut out = vec![0.0; 1_000];
            bank.render(0, &mut out);
            out
        };
        for series in [Series::HARMONIC, series(0.05, 0.001)] {
            let (baseline, best) = (sound(Instructions::Baseline, series), sound(Instructions::detect(), series));
            let worst = baseline.iter().zip(&best).fold(0f32, |worst, (a, b)| worst.max((a - b).abs()));
            println!("{:?} against the baseline, {series:?}: {worst:.1e}", Instructions::detect());
            assert!(worst < 2e-6);
        }
    }

    #[test]
    fn a_partial_that_leaves_the_band_within_a_segment_is_silent_from_there() {
        for (from, to) in [
            (Series::HARMONIC, Series::HARMONIC),
            (series(-0.08, 0.0), series(0.08, 0.002)),
            (series(0.08, 0.0), series(-0.08, 0.0)),
        ] {
            let mut bank = HarmonicBank::new(100, 48_000.0, Instructions::Baseline);
            bank.begin(0, 0.0, 200.0, from, &[0.01; 100]);
            bank.aim(0, 192, Some(1_600.0), Some(to), Some(&[0.01; 100]));
            assert!(bank.sounding > 14);
            for partial in &bank.partials[..bank.sounding] {
                for sample in 0..192u64 {
                    let share = sample as f64 / 192.0;
                    let amplitude = (partial.base + partial.slope * sample as f32).max(0.0);
                    let ends = [from, to].map(|series| series.ratio(f64::from(partial.number)));
                    let frequency = ends[0] * 200.0 * (1.0 - share) + ends[1] * 1_600.0 * share;
                    let quiet = amplitude < 1e-9 || frequency < 0.981 * 24_000.0;
                    assert!(quiet, "partial {} at {frequency} Hz", partial.number);
                }
            }
        }
    }
}
