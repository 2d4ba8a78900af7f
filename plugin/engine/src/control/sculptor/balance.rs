//! Noise against all that is pitched, at the power that both have together.
//! On the control thread.
//! Promises the ratio that is asked for and the power that was there (test: `balance_moves_the_ratio_and_keeps_the_power`).
//!
//! With pitched power H, noise power N and a wanted change of their ratio N / H by b^2: the gains of the amplitudes are
//! `c / sqrt(b)` and `c sqrt(b)`, where `c^2 = (H + N) / (H / b + N b)`.

use crate::units::gain_of_db;

/// Power of noise given by band gains.
pub(super) struct NoisePower {
    /// Stretches between neighbouring bands that can be heard.
    heard: usize,
    /// Stretches there are, at least 1.
    all: f32,
}

impl NoisePower {
    /// For `bands` gains evenly spaced from 0 to half of `train_rate`, heard up to `heard_to_hz` (hertz).
    pub fn new(bands: usize, train_rate: f64, heard_to_hz: f64) -> Self {
        let all = bands.saturating_sub(1).max(1);
        let spacing = 0.5 * train_rate / all as f64;
        Self { heard: ((heard_to_hz / spacing) as usize).clamp(1, all), all: all as f32 }
    }

    /// Power of white noise of unit variance through gains that are linear between the bands; full scale = 1.
    pub fn of(&self, gains: &[f32]) -> f32 {
        let stretches = gains.windows(2).take(self.heard);
        stretches.map(|ends| ends[0] * ends[0] + ends[0] * ends[1] + ends[1] * ends[1]).sum::<f32>() / (3.0 * self.all)
    }
}

/// Linear gains of both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gains {
    pub pitched: f32,
    pub noise: f32,
}

/// Gains that move the noise by so many decibels against what is pitched, where both have these powers. What is alone stays.
pub(super) fn gains(pitched: f32, noise: f32, db: f32) -> Gains {
    let change = gain_of_db(db);
    let after = pitched / change + noise * change;
    if after <= 0.0 {
        return Gains { pitched: 1.0, noise: 1.0 };
    }
    let kept = (pitched + noise) / after;
    Gains { pitched: (kept / change).sqrt(), noise: (kept * change).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::db_of_gain;

    #[test]
    fn balance_moves_the_ratio_and_keeps_the_power() {
        for (pitched, noise) in [(0.1f32, 1e-4f32), (1e-3, 1e-2), (0.0, 0.1), (0.1, 0.0)] {
            for db in [-24.0, -6.0, 6.0, 24.0] {
                let found = gains(pitched, noise, db);
                let after = pitched * found.pitched.powi(2) + noise * found.noise.powi(2);
                let power = db_of_gain((after / (pitched + noise)).sqrt());
                let ratio = db_of_gain(found.noise / found.pitched);
                println!("{pitched} and {noise}: asked {db:+}, moved {ratio:+.3}, power {power:+.4} dB");
                assert!((ratio - db).abs() < 1e-3 && power.abs() < 1e-3);
            }
        }
    }

    #[test]
    fn flat_noise_has_its_own_power() {
        assert!((NoisePower::new(65, 48_000.0, 24_000.0).of(&[0.5; 65]) - 0.25).abs() < 1e-6);
        assert!((NoisePower::new(65, 48_000.0, 12_000.0).of(&[0.5; 65]) - 0.125).abs() < 1e-6);
    }
}
