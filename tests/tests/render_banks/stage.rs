//! What a layer of the DDSP family is built from.

use super::playing::Playing;
use timbrel_engine::frame::FrameLayout;
use timbrel_engine::impulse_response::ImpulseResponse;
use timbrel_engine::render::{RenderSpec, Voicing};

/// What a stage is built from.
#[derive(Clone)]
pub struct Stage {
    pub harmonics: usize,
    pub noise_bands: usize,
    pub train_rate: f64,
    pub sample_rate: f64,
    pub impulse_response: Vec<f32>,
    /// Samples of the impulse response that always sound.
    pub direct: usize,
    pub start: u64,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            harmonics: 60,
            noise_bands: 65,
            train_rate: 48_000.0,
            sample_rate: 48_000.0,
            impulse_response: Vec::new(),
            direct: 1,
            start: 0,
        }
    }
}

impl Stage {
    pub fn open(&self) -> Playing {
        let layout = FrameLayout::Ddsp { harmonics: self.harmonics, noise_bands: self.noise_bands };
        let samples = self.impulse_response.clone();
        let impulse_response = ImpulseResponse { direct: self.direct.min(samples.len()), samples };
        let voicing = Voicing::Harmonic;
        let spec =
            RenderSpec { layout, train_rate: self.train_rate, noise_rate: self.train_rate, impulse_response, voicing };
        Playing::open(&spec, self.sample_rate, self.start)
    }

    /// A row: partial k has `amplitude(k)`, band b has `magnitude(b)`.
    pub fn row(&self, amplitude: impl Fn(usize) -> f32, magnitude: impl Fn(usize) -> f32) -> Vec<f32> {
        (1..=self.harmonics).map(amplitude).chain((0..self.noise_bands).map(magnitude)).collect()
    }
}
