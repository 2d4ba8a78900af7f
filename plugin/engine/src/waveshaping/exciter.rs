//! The exciter: one fixed mix of the partials of one phase for each shaper.
//! Plain data of the loader thread; its slow sum is for checks and tests.
//! Promises the mix as the model gives it (test: `every_rung_is_its_partials`).

use std::f64::consts::TAU;

/// Mixes of partials 1..H with fixed phases, one for each shaper.
#[derive(Clone, Debug, PartialEq)]
pub struct Exciter {
    /// Number of shapers, S.
    pub shapers: usize,
    /// Number of partials, H.
    pub harmonics: usize,
    /// Linear amplitudes, `[S, H]` row-major; of any sign.
    pub weights: Vec<f32>,
    /// What is added to each mix, `[S]`.
    pub bias: Vec<f32>,
    /// Phase of each partial where the common phase is 0, radians, `[H]`.
    pub phases: Vec<f32>,
    /// Partials at or above this frequency are left out, hertz.
    pub top_hz: f64,
}

impl Exciter {
    /// Mix of `shaper` from partials 1..=`partials` at `phase` (turns). Slow and exact.
    pub fn evaluate(&self, shaper: usize, partials: usize, phase: f64) -> f64 {
        let weights = &self.weights[shaper * self.harmonics..][..partials.min(self.harmonics)];
        let sines = weights.iter().zip(&self.phases).zip(1u32..);
        f64::from(self.bias[shaper])
            + sines
                .map(|((weight, offset), number)| {
                    f64::from(*weight) * (TAU * (f64::from(number) * phase).fract() + f64::from(*offset)).sin()
                })
                .sum::<f64>()
    }
}
