//! Brightness: the spectrum of the pitched sound tilted over its fundamental, at the same power.
//! On the control thread.
//! Promises the slope that is asked for and a level that stays (tests: `partials_tilt_by_their_octave`, `a_tilt_keeps_the_power`).
//!
//! Partial k of a tilt of t decibels per octave has the gain `10^(t log2(k) / 20)`, and all have the one that keeps the sum of
//! squares of the partials that can be heard.

use crate::frame::Tone;

/// Partials beyond this are not heard and do not count as power, hertz.
const HEARD_TO_HZ: f64 = 18_000.0;

/// Tilts for instruments of up to a number of partials.
pub(super) struct Tilt {
    /// log2(k) of partials 1, 2, ...
    octaves: Vec<f32>,
    heard_to_hz: f64,
}

impl Tilt {
    /// For rows of `harmonics` partials in a host at `sample_rate` (hertz).
    pub fn new(harmonics: usize, sample_rate: f64) -> Self {
        let octaves = (1..=harmonics).map(|k| (k as f32).log2()).collect();
        Self { octaves, heard_to_hz: HEARD_TO_HZ.min(0.45 * sample_rate) }
    }

    /// Tilts linear amplitudes of partials 1, 2, ...
    pub fn partials(&self, amplitudes: &mut [f32], tone: Tone) {
        if tone.tilt == 0.0 {
            return;
        }
        let heard = self.heard(tone, amplitudes.len());
        let before = power(&amplitudes[..heard]);
        for (amplitude, octaves) in amplitudes.iter_mut().zip(&self.octaves) {
            *amplitude *= gain(tone.tilt, *octaves);
        }
        let after = power(&amplitudes[..heard]);
        if after > 0.0 {
            let kept = (before / after).sqrt();
            amplitudes.iter_mut().for_each(|amplitude| *amplitude *= kept);
        }
    }

    /// Partials that can be heard, at least the first.
    fn heard(&self, tone: Tone, partials: usize) -> usize {
        ((self.heard_to_hz / f64::from(tone.f0_hz).max(1.0)) as usize).clamp(1, partials)
    }
}

fn gain(db_per_octave: f32, octaves: f32) -> f32 {
    // 10^(x / 20) = 2^(x / (20 log10(2))).
    (db_per_octave * octaves / 6.020_6).exp2()
}

fn power(amplitudes: &[f32]) -> f32 {
    amplitudes.iter().map(|amplitude| amplitude * amplitude).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::db_of_gain;

    fn falling(count: usize) -> Vec<f32> {
        (1..=count).map(|k| 0.1 / k as f32).collect()
    }

    #[test]
    fn partials_tilt_by_their_octave() {
        for tilt in [-6.0, -2.5, 1.0, 6.0] {
            let (plain, mut tilted) = (falling(100), falling(100));
            Tilt::new(100, 48_000.0).partials(&mut tilted, Tone { tilt, ..Tone::of(110.0) });
            let db = |k: usize| db_of_gain(tilted[k - 1] / plain[k - 1]);
            let worst = [1, 2, 3, 5, 25, 50].map(|k| (db(2 * k) - db(k) - tilt).abs()).into_iter().fold(0.0, f32::max);
            println!("{tilt:+.1} dB per octave: off by {worst:.1e} dB");
            assert!(worst < 1e-3);
        }
    }

    #[test]
    fn a_tilt_keeps_the_power() {
        for (f0_hz, tilt) in [(55.0, -6.0), (55.0, 6.0), (440.0, 6.0), (4_000.0, 6.0), (20_000.0, -6.0)] {
            let mut tilted = falling(100);
            let tone = Tone { tilt, ..Tone::of(f0_hz) };
            let heard = ((18_000.0 / f0_hz) as usize).clamp(1, 100);
            let before = power(&tilted[..heard]);
            Tilt::new(100, 48_000.0).partials(&mut tilted, tone);
            let change = 10.0 * (power(&tilted[..heard]) / before).log10();
            println!("{f0_hz} Hz, {tilt:+} dB per octave: {change:+.1e} dB");
            assert!(change.abs() < 1e-3);
        }
    }
}
